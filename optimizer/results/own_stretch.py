"""Stretch of reps who have their own ratio to the target."""

from __future__ import annotations

import numpy as np

from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import guard
from optimizer.results.remainder import largest_remainder
from optimizer.results.whole_totals import MOST_UNITS, year_units


def own_stretch(instance: Instance, stretch: Instance, targets: Ints, stretched: Ints) -> Ints:
    """Put in the stretch of reps who have their own ratio: nearest unit, within their limits.

    Parameters
    ----------
    instance, stretch : Instance
        The problem, and its stretch problem.
    targets, stretched : (owner, period, product) ints
        Owners are reps, or leaves in a regional plan, which has no ratios of its own.
    """
    reps = instance.reps
    if reps is None or np.isnan(reps.stretch_ratio).all():
        return stretched
    assert stretch.reps is not None
    result = stretched.copy()
    most = np.minimum(np.floor(most_totals(stretch) / instance.unit + 1e-9), MOST_UNITS)
    _, most_year = year_units(stretch)
    for rep in np.flatnonzero(~np.isnan(reps.stretch_ratio)):
        total = targets[rep].sum(axis=1)
        wanted = np.minimum(np.floor(total * reps.stretch_ratio[rep] + 0.5 + 1e-9), most[rep])
        more = _within_year(np.maximum(wanted.astype(np.int64) - total, 0), total, most_year[rep])
        for period in range(len(total)):
            capacity = stretch.reps.high[rep, period] / instance.unit
            result[rep, period] = _raised(
                targets[rep, period], int(more[period]), stretch.effort, capacity
            )
    return result


def _within_year(more: Ints, total: Ints, most: float) -> Ints:
    """Cut what is added in all periods to what the year limit leaves."""
    room = max(min(most - total.sum(), more.sum()), 0.0)
    if room >= more.sum():
        return more
    exact = more * (room / more.sum())
    return largest_remainder(exact, np.zeros_like(more), np.array([int(room)]), high=more)


def _raised(target: Ints, more: int, effort: Floats | None, capacity: float) -> Ints:
    """Return cells with units added in proportion, as many as their effort leaves room for."""
    found, most = target, more
    least = 0
    limit = capacity + guard(np.array(capacity))
    while least <= most:
        middle = most if most == more else (least + most) // 2
        total = int(target.sum()) + middle
        exact = target * (total / max(int(target.sum()), 1))
        one = np.zeros(len(target), dtype=np.int64)
        cells = largest_remainder(exact, one, np.array([total]), low=target)
        if effort is None or cells @ effort <= limit:
            found, least = cells, middle + 1
        else:
            most = middle - 1
    return found
