"""Controlled rounding of many tables at once: rows and columns both add up.

Each pool is a table of reps × products whose exact cells are row total × column total / sum.
The whole parts are taken first; what is left is a table of zeros and ones with given row and
column sums. Giving each row's units to the columns that still need most always completes such
a table if any completion exists (Gale 1957, Ryser 1957), and one does, because the exact
remainders are one in fractions (Cox 1987).
"""

from __future__ import annotations

import itertools

import numpy as np

from optimizer.problem.instance import Floats, Ints
from optimizer.results.remainder import ranks

_LARGE = 2**62
_AT_ONCE = 50_000
"""Rows worked on at a time, about."""


def split_tables(rows: Ints, table: Ints, columns: Ints) -> Ints:
    """Split row totals over columns so that both kinds of totals hold.

    Parameters
    ----------
    rows : (row,) ints
        Row totals, the rows of one table together.
    table : (row,) ints
        Table of each row, sorted.
    columns : (table, column) ints
        Column totals; each table's sum to the sum of its rows.

    Returns
    -------
    (row, column) ints
        Each within one unit of ``row × column / sum``.
    """
    start = np.concatenate([[0], np.cumsum(np.bincount(table, minlength=len(columns)))])
    whole = np.zeros((len(rows), columns.shape[1]), dtype=np.int64)
    step = max(1, _AT_ONCE // max(len(rows) // max(len(columns), 1), 1))
    for begin in range(0, len(columns), step):
        end = min(begin + step, len(columns))
        some = slice(start[begin], start[end])
        whole[some] = _split(rows[some], table[some] - begin, columns[begin:end])
    return whole


def _split(rows: Ints, table: Ints, columns: Ints) -> Ints:
    """Split the rows of some tables: one row of each table at a time."""
    sums = columns.sum(axis=1)
    whole, left = _shares(rows, columns[table], np.maximum(sums, 1)[table])
    need = (columns - _column_sums(whole, table, len(columns))).astype(float)
    first = np.searchsorted(table, np.arange(len(columns)))
    place = np.arange(len(rows)) - first[table]
    by_place = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[by_place], np.arange(place.max(initial=-1) + 2))
    units = (rows - whole.sum(axis=1))[by_place]
    left = np.ascontiguousarray(left[by_place].T) / 2.0
    table, need = table[by_place], need.T.copy()
    given = np.zeros(left.shape, dtype=bool)
    for begin, end in itertools.pairwise(ends):
        # Tables stand in order: where there are as many as in all, they are all of them.
        here = slice(None) if end - begin == len(columns) else table[begin:end]
        wanted = need[:, here] + left[:, begin:end]
        taken = given[:, begin:end]
        np.less(ranks(wanted.T).T, units[begin:end], out=taken)
        need[:, here] -= taken
    whole[by_place] += given.T
    return whole


def _shares(rows: Ints, columns: Ints, sums: Ints) -> tuple[Ints, Floats]:
    """Return whole part and remainder of rows × columns / sums, exact for any size."""
    largest = float(rows.max(initial=0)) * float(columns.max(initial=0))
    if largest < _LARGE:
        whole, rest = np.divmod(rows[:, None] * columns, sums[:, None])
        return whole, rest / sums[:, None]
    exact = rows[:, None].astype(object) * columns.astype(object)
    whole = (exact // sums[:, None].astype(object)).astype(np.int64)
    rest = exact - whole.astype(object) * sums[:, None].astype(object)
    return whole, rest.astype(float) / sums[:, None]


def _column_sums(values: Ints, table: Ints, tables: int) -> Ints:
    sums = np.zeros((tables, values.shape[1]), dtype=np.int64)
    first = np.flatnonzero(np.diff(table, prepend=-1))
    if len(first):
        sums[table[first]] = np.add.reduceat(values, first, axis=0)
    return sums
