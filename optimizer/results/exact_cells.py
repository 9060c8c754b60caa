"""Exact cells of reps by product, where products differ in effort."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Bools, Floats

_ROUNDS = 200
_EXACT = 1e-9
_NEAR = 1e-7
"""Part of the sum of all cells that a margin or a capacity may be missed by."""

_STUCK = 20, 0.95
"""So many rounds that leave more than this part of the miss mean that none is to come."""
_STEEPEST = 60.0
"""Largest exponent by which a heavy product gives way; beyond it nothing is left."""


def exact_cells(
    total: Floats, column: Floats, allowed: Bools, effort: Floats, capacity: Floats
) -> Floats:
    """Return cells near row × column / sum whose effort stays within each row's capacity.

    Rows and columns are scaled in turn; a row above its capacity leaves heavy products to
    others, x · exp(−µ · effort), a step of Newton's method for µ in every round. What has no
    exact answer comes near one.

    Parameters
    ----------
    total, capacity : (row,) floats
    column : (column,) floats
        Sums to the sum of `total`.
    allowed : (row, column) bools
    effort : (column,) floats

    Returns
    -------
    (row, column) floats
        Rows sum to `total`.
    """
    tilt = np.zeros(len(total))
    column_factor: Floats = np.maximum(column, _EXACT)
    above = effort - float(effort.min())
    steepest = _STEEPEST / max(float(above.max()), _EXACT)
    size, last = max(float(column.sum()), 1.0), np.inf
    for number in range(_ROUNDS):
        cells = np.where(allowed, column_factor * np.exp(-tilt[:, None] * above), 0.0)
        cells = _rows_kept(cells, total)
        used, sums = cells @ effort, cells.sum(axis=0)
        over = np.where(tilt > 0, np.abs(used - capacity), np.maximum(used - capacity, 0.0))
        missed = max(float(np.abs(sums - column).max(initial=0.0)), float(over.max(initial=0.0)))
        if missed <= _NEAR * size or (number % _STUCK[0] == 0 and missed > _STUCK[1] * last):
            break
        last = missed if number % _STUCK[0] == 0 else last
        spread = cells @ effort**2 - used**2 / np.maximum(total, _EXACT)
        step = np.divide(used - capacity, spread, out=np.zeros_like(used), where=spread > _EXACT)
        tilt = np.clip(tilt + step, 0.0, steepest)
        column_factor = column_factor * np.divide(
            column, sums, out=np.ones_like(sums), where=sums > 0
        )
    return cells


def _rows_kept(cells: Floats, total: Floats) -> Floats:
    sums = cells.sum(axis=1)
    factor = np.divide(total, sums, out=np.zeros_like(sums), where=sums > 0)
    return np.asarray(cells * factor[:, None])
