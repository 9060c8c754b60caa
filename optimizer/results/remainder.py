"""Largest remainder: whole units that add up, each within one unit of its exact value."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from optimizer.problem.instance import Floats, Ints

_GUARD = 1e-7
"""An exact value this close below a whole unit counts as that unit."""

_FEW = 12
"""Columns of a row whose order is found by comparing all pairs."""

_AT_ONCE = 100_000
"""Items sorted at a time."""


def whole_part(exact: Floats) -> tuple[Ints, Floats]:
    """Return the whole units of exact amounts, and what is left, in [0, 1)."""
    guard = np.minimum(_GUARD + 1e-15 * np.abs(exact), 0.25)
    base = np.floor(exact + guard)
    return base.astype(np.int64), np.maximum(exact - base, 0.0)


def largest_remainder(
    exact: Floats, group: Ints, totals: Ints, low: Ints | None = None, high: Ints | None = None
) -> Ints:
    """Round so that each group adds up to its total.

    Units go to the largest remainders first, ties to the item that stands first; a unit that
    finds no room goes to the next item that has some, round after round.

    Parameters
    ----------
    exact : (item,) floats
        In units, at least 0.
    group : (item,) ints
        Sorted.
    totals : (group,) ints
    low, high : (item,) ints, optional
        Limits of each item.

    Returns
    -------
    (item,) ints
    """
    base, left = whole_part(exact)
    if low is not None:
        base = np.maximum(base, low)
    if high is not None:
        base = np.minimum(base, high)
    if low is None:
        low = np.zeros_like(base)
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(totals)))])
    missing = totals - _sums(base, group, len(totals))
    groups = np.flatnonzero(missing)
    while len(groups):
        taken = np.concatenate([
            _takers(some, start, missing, base, left, low, high) for some in alike(groups, start)
        ])  # fmt: skip
        if not len(taken):
            break
        step = np.sign(missing[group[taken]])
        base[taken] += step
        missing -= _sums(step, group[taken], len(totals))
        groups = groups[missing[groups] != 0]
        left = np.zeros_like(left)
    return base


def largest_in_rows(exact: Floats, totals: Ints) -> Ints:
    """Round every row so that it adds up to its total, as `largest_remainder` does.

    Parameters
    ----------
    exact : (row, column) floats
        In units, at least 0.
    totals : (row,) ints

    Returns
    -------
    (row, column) ints
    """
    base, left = whole_part(exact)
    missing = totals - base.sum(axis=1)
    base += ranks(left) < missing[:, None]
    columns = exact.shape[1]
    rest = np.flatnonzero((missing < 0) | (missing > columns))
    if len(rest):
        row = np.repeat(np.arange(len(rest)), columns)
        found = largest_remainder(exact[rest].ravel(), row, totals[rest])
        base[rest] = found.reshape(-1, columns)
    return base


def ranks(key: Floats) -> Ints:
    """Return the place of each column in its row, the largest first, ties as they stand.

    Parameters
    ----------
    key : (row, column) floats
    """
    rows, columns = key.shape
    if columns > _FEW:
        order = np.argsort(-key, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(columns)[None, :], axis=1)
        return rank
    # Comparing all pairs of a few columns takes a fraction of sorting every row.
    rank = np.zeros((columns, rows), dtype=np.int8)
    values = np.ascontiguousarray(key.T)
    for one, other in itertools.combinations(range(columns), 2):
        later = values[other] > values[one]
        rank[one] += later
        rank[other] += ~later
    return rank.T


def group_sums(group: Ints, values: Ints, groups: int) -> Ints:
    """Return the sums of whole numbers, (item, …), over each group, (group, …)."""
    if (np.diff(group) < 0).any():
        order = np.argsort(group)
        group, values = group[order], values[order]
    sums = np.zeros((groups, *values.shape[1:]), dtype=np.int64)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    if len(first):
        sums[group[first]] = np.add.reduceat(values, first)
    return sums


def alike(groups: Ints, start: Ints) -> Iterator[Ints]:
    """Yield groups of similar size, few enough at a time to stay in the cache.

    Parameters
    ----------
    groups : (chosen,) ints
    start : (group + 1,) ints
        First item of each group.
    """
    count = np.maximum(np.diff(start)[groups], 1)
    size = np.ceil(np.log2(count) * 2).astype(np.int64)
    for one in np.unique(size):
        chosen = groups[size == one]
        step = max(1, _AT_ONCE // int(count[size == one].max()))
        for begin in range(0, len(chosen), step):
            yield chosen[begin : begin + step]


def _takers(
    groups: Ints, start: Ints, missing: Ints, base: Ints, left: Floats, low: Ints, high: Ints | None
) -> Ints:
    """Return the items that take, or give, a unit in groups of similar size."""
    first, count = start[groups], start[groups + 1] - start[groups]
    place = np.arange(int(count.max()))
    there = place < count[:, None]
    item = np.where(there, first[:, None] + place, 0)
    more = missing[groups, None] > 0
    room = more if high is None else more & (base[item] < high[item])
    room = there & (room | (~more & (base[item] > low[item])))
    key = np.where(room, np.where(more, -left[item], left[item]), np.inf)
    order = np.argsort(key, kind="stable")
    chosen = (place < np.abs(missing[groups, None])) & np.take_along_axis(room, order, axis=1)
    return np.asarray(np.take_along_axis(item, order, axis=1)[chosen])


def _sums(values: Ints, group: Ints, groups: int) -> Ints:
    return np.asarray(np.rint(np.bincount(group, weights=values, minlength=groups)), dtype=np.int64)
