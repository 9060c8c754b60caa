"""Whole regional cells by one walk along the region tree, for plans too large for a program.

Regions stand in the order of the tree, so that all of any larger region follow one another.
Their totals are rounded by running sums: every region of every level is then within one unit
of its exact total. Each total is handed down to periods, and each period's to products, to
the largest remainders, counting what a period or product is behind in the regions before; so
these stay near theirs in every part of the walk. What an exact value has no fraction of keeps
it, so a limit that binds a cell, a region and period, or a region is kept by itself.

The walk knows no other rule: who calls it has to see whether the others hold.
"""

from __future__ import annotations

import numpy as np

from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.results.remainder import whole_part

_WHOLE = 1e-6
"""A fraction this small counts as none."""

_SWAPS = 3
"""How often the ends of the walk are brought nearer to their exact totals."""


def chain_cells(
    instance: Instance,
    rules: Rules,
    exact: Floats,
    limits: tuple[Floats, Floats],
    rows: tuple[Floats, Floats],
    total: int,
) -> Ints | None:
    """Return whole cells with a given total; None where limits leave no room on the way.

    Parameters
    ----------
    exact : (cell,) floats
        Open cells, in units.
    limits : tuple of (cell,) floats
        Whole limits of each cell.
    rows : tuple of (row,) floats
        Whole limits of each region and period, ``leaf · periods + period``.
    total : int
    """
    leaves, periods, products = instance.reference.shape
    row = rules.leaf * periods + rules.period
    order = (instance.tree.order[:, None] * periods + np.arange(periods)).ravel()
    low, high = limits
    base = np.clip(whole_part(exact)[0], low, high)
    left = np.where(base < high, exact - base, 0.0)
    tables = np.zeros((2, leaves * periods, products))
    tables[:, row, rules.product] = base, np.where(left < _WHOLE, 0.0, left)
    cells, fractions = tables[:, order]
    least, most = (np.asarray(side)[order] for side in rows)
    sums = cells.sum(axis=1)
    highest = np.minimum(most, sums + (fractions > 0).sum(axis=1))
    if (np.maximum(sums, least) > highest).any():
        return None
    exact_row = np.clip(sums + fractions.sum(axis=1), least, most)
    start = np.floor(exact_row + _WHOLE)
    rest = np.where(exact_row - start < _WHOLE, 0.0, exact_row - start).reshape(leaves, periods)
    units = _running(rest.sum(axis=1), total - round(float(start.sum())))
    given = None if units is None else _walk(rest, rest > 0, units)
    if given is None:
        return None
    row_units = np.rint(start + given.ravel() - sums).astype(np.int64)
    handed = _walk(fractions, fractions > 0, row_units)
    if handed is None:
        return None
    whole = np.zeros((leaves * periods, products), dtype=np.int64)
    whole[order] = np.rint(cells).astype(np.int64) + handed
    return np.asarray(whole[row, rules.product])


def _running(exact: Floats, total: int) -> Ints | None:
    """Round so that every stretch of neighbours is within one unit, and all add up to `total`."""
    if total <= 0 or not exact.any():
        return np.zeros(len(exact), dtype=np.int64) if total == 0 else None
    sums = np.cumsum(exact)
    whole = np.floor(sums * (total / float(sums[-1])) + _WHOLE)
    return np.asarray(np.diff(whole, prepend=0.0), dtype=np.int64)


def _walk(left: Floats, can: Bools, units: Ints) -> Ints | None:
    """Hand units to the columns of each row that are furthest behind so far.

    Parameters
    ----------
    left : (row, column) floats
        What each would be given exactly, in [0, 1).
    can : (row, column) bools
        Where a unit may go.
    units : (row,) ints
    """
    if (units < 0).any() or (units > can.sum(axis=1)).any():
        return None
    columns = range(left.shape[1])
    behind = [0.0] * left.shape[1]
    given: list[list[int]] = []
    for fractions, allowed, count in zip(left.tolist(), can.tolist(), units.tolist(), strict=True):
        for column in columns:
            behind[column] += fractions[column]
        row = [0] * len(behind)
        if count:
            ranked = sorted((-behind[column], column) for column in columns if allowed[column])
            for _, column in ranked[:count]:
                row[column] = 1
                behind[column] -= 1.0
        given.append(row)
    found = np.array(given, dtype=np.int64).reshape(left.shape)
    for _ in range(_SWAPS):
        _swap_last(found, can, (left - found).sum(axis=0))
    return found


def _swap_last(given: Ints, can: Bools, behind: Floats) -> None:
    """Move a unit from the column most ahead to the one most behind, in the last row that can."""
    to, away = int(np.argmax(behind)), int(np.argmin(behind))
    if behind[to] - behind[away] <= 1.0:
        return
    rows = np.flatnonzero((given[:, away] > 0) & (given[:, to] == 0) & can[:, to])
    if len(rows):
        given[rows[-1], away] -= 1
        given[rows[-1], to] += 1
