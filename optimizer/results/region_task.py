"""What is to be rounded in one region, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from optimizer.model.members import Entries
from optimizer.problem.instance import Floats, Instance, Ints, RepLocks
from optimizer.results.nearest import LESS_THAN_ONE


@dataclass(frozen=True)
class Task:
    """Cells to be rounded: one region and some periods.

    Attributes
    ----------
    leaf : int
    periods : (number,) ints
    placed : (period, product) ints
        Of the region.
    total : (rep, period) floats
        Exact totals, in units.
    base : (rep, period, product) ints
        Least of each cell.
    year_low, year_high : (rep,) floats
        Limits of what each rep may have in these periods together, in units.
    search : bool
        Whether a search for the last unit is worth its time.
    """

    leaf: int
    periods: Ints
    placed: Ints
    total: Floats
    base: Ints
    year_low: Floats
    year_high: Floats
    search: bool


@dataclass(frozen=True)
class Region:
    """Whole cells of a region, and what they leave over.

    Attributes
    ----------
    leaf : int
    periods : (number,) ints
    rep, period, product, amount : (item,) ints
    missing, excess : (period, product) ints
        Units placed that nobody can carry, and units that must be carried beyond them.
    """

    leaf: int
    periods: Ints
    rep: Ints
    period: Ints
    product: Ints
    amount: Ints
    missing: Ints
    excess: Ints

    @property
    def leaves_over(self) -> bool:
        """Whether regional cells have to change."""
        return self.left_over > 0

    @property
    def left_over(self) -> int:
        """How many units regional cells have to change by."""
        return int(self.missing.sum() + self.excess.sum())


@dataclass(frozen=True)
class Items:
    """Rep, period and product of each cell to be rounded, (item,) ints each."""

    rep: Ints
    period: Ints
    product: Ints

    def by(self, key: Ints) -> tuple[Ints, Entries]:
        """Return the distinct keys and the items of each."""
        kinds, row = np.unique(key, return_inverse=True)
        return kinds, Entries(row, np.arange(len(key)))


def one_region(instance: Instance, mine: slice) -> Instance:
    """Return the problem with the reps of one region alone, numbered from the first one on."""
    reps, locks, cells_low = instance.reps, instance.rep_locks, instance.cells_low
    assert reps is not None
    cut: dict[str, Any] = {
        field.name: getattr(reps, field.name)[mine]
        for field in fields(reps)
        if field.name != "total_given" and getattr(reps, field.name) is not None
    }
    inside = (locks.rep >= mine.start) & (locks.rep < mine.stop)
    own = RepLocks(*(part[inside] for part in (
        locks.rep - mine.start, locks.period, locks.product, locks.amount
    )))  # fmt: skip
    return replace(
        instance,
        reps=replace(reps, **cut, total_given=None),
        rep_locks=own,
        cells_low=None if cells_low is None else cells_low[mine],
    )


def cell_most(instance: Instance, placed: Ints) -> Ints:
    """Return the most that reps may carry of each cell, of the shape of `placed`."""
    over = instance.over_rep
    most = np.floor((1.0 + over) * placed + (LESS_THAN_ONE if over > 0 else 1e-9))
    return np.asarray(most, dtype=np.int64)
