"""Who breaks effort or a year limit in whole units."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Bools, Instance, Ints
from optimizer.problem.whole import guard
from optimizer.results.whole_totals import year_units


def broken_rows(instance: Instance, cells: Ints) -> Bools:
    """Return the regions and periods where a rep breaks a limit, (leaf, period)."""
    assert instance.reps is not None
    broken = broken_effort(instance, cells)
    broken[np.unique(instance.reps.leaf[broken_years(instance, cells)])] = True
    return broken


def broken_effort(instance: Instance, cells: Ints) -> Bools:
    """Return the regions and periods where products take more than a capacity."""
    reps = instance.reps
    assert reps is not None
    broken = np.zeros(instance.reference.shape[:2], dtype=bool)
    if instance.effort is not None:
        used, capacity = cells @ instance.effort, reps.high / instance.unit
        np.logical_or.at(broken, reps.leaf, used > capacity + guard(capacity))
    return broken


def broken_years(instance: Instance, cells: Ints) -> Bools:
    """Return the reps whose total of all periods is outside their limits."""
    low, high = year_units(instance)
    year = cells.sum(axis=(1, 2))
    return np.asarray((year < low) | (year > high), dtype=bool)
