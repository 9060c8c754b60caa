"""Effort and year limits of people in whole units: mend the regions that break them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.whole import floor_units, guard, over_assigned
from optimizer.results.in_order import put_in_order
from optimizer.results.region_task import Region, Task
from optimizer.results.split import split_tables
from optimizer.results.whole_region import round_region
from optimizer.results.whole_rules import no_whole_plan
from optimizer.results.whole_totals import refitted, within_years, year_units


@dataclass(frozen=True)
class Mended:
    """Cells of reps that keep all limits, or what regional cells must leave them.

    Attributes
    ----------
    cells : (rep, period, product) ints
    least, most : (leaf, period, product) ints or None
        Limits of regional cells for another try; None where `cells` are final.
    placed : (leaf, period, product) ints or None
        What `cells` carry of regional cells where that is less than was to be placed, and all
        limits are kept; None where `cells` are final, or a limit is not kept.
    """

    cells: Ints
    least: Ints | None = None
    most: Ints | None = None
    placed: Ints | None = None


def in_totals(instance: Instance) -> Instance:
    """Return the problem with capacities as whole limits of totals, effort left out."""
    if instance.effort is None or instance.reps is None:
        return instance
    high = floor_units(most_totals(instance), instance.unit)
    return replace(instance, effort=None, cells_low=None, reps=replace(instance.reps, high=high))


def mend(
    instance: Instance, pools: Pools, rep_total: Floats, placed: Ints, cells: Ints, base: Ints
) -> Mended:
    """Return cells that keep effort and year limits, changed only in regions that break one.

    Parameters
    ----------
    instance : Instance
    pools : Pools
        Of the problem in totals (`in_totals`).
    rep_total : (rep, period) floats
        Exact totals.
    placed : (leaf, period, product) ints
    cells, base : (rep, period, product) ints
        As rounded without these limits, and the least of each.

    Raises
    ------
    ContradictionError
        Where no whole numbers keep all limits.
    """
    broken = broken_rows(instance, cells)
    if not broken.any():
        return Mended(cells)
    work = _Work(instance, pools, rep_total, placed, cells.copy(), base)
    for leaf in np.flatnonzero(broken.any(axis=1)).tolist():
        work.mend_region(leaf)
    leaves: Bools = np.asarray(broken.any(axis=1), dtype=bool)
    carried = put_in_order(instance, work.cells, base, leaves)
    if not work.missing.any() and not work.excess.any():
        return Mended(carried)
    return Mended(carried, *work.limits_for_another_try(), work.carried())


class _Work:
    """Cells being mended, region by region, and what people could not carry."""

    def __init__(
        self,
        instance: Instance,
        pools: Pools,
        rep_total: Floats,
        placed: Ints,
        cells: Ints,
        base: Ints,
    ) -> None:
        assert instance.reps is not None
        self.instance, self.pools, self.rep_total = instance, pools, rep_total
        self.placed, self.cells, self.base = placed, cells, base
        self.leaf_of = instance.reps.leaf
        self.every = np.arange(len(instance.periods))
        self.missing, self.excess = np.zeros_like(placed), np.zeros_like(placed)

    def mend_region(self, leaf: int) -> None:
        """Mend totals first, then periods one by one, and all together where that fails."""
        exact = self._refitted(leaf)
        out = broken_years(self.instance, self.cells)[self.leaf_of == leaf].any()
        if (out and not self._mend_totals(leaf, exact)) or self._locked_over_periods(leaf):
            self._put(self._rounded(leaf, self.every, exact))
            return
        before = self.cells.copy()
        for period in np.flatnonzero(broken_effort(self.instance, self.cells)[leaf]):
            found = self._rounded(leaf, self.every[period : period + 1], exact)
            if self._tied() and (found is None or found.leaves_over):
                self.cells = before
                self._put(self._rounded(leaf, self.every, exact))
                return
            self._put(found)

    def limits_for_another_try(self) -> tuple[Ints, Ints]:
        """Return the least and the most of regional cells that their people can carry.

        A region and period that people could not carry in full stays at what they could.
        """
        full = self.missing.any(axis=2, keepdims=True)
        most = np.where(full, self.placed - self.missing, np.iinfo(np.int64).max // 4)
        return np.where(self.excess > 0, self.placed + self.excess, 0), most

    def carried(self) -> Ints | None:
        """Return what is placed without what people cannot carry; None where that breaks a limit.

        Less placed leaves less room for over-assignment.
        """
        placed = self.placed - self.missing
        street = np.zeros(placed.shape[:2], dtype=np.int64)
        np.add.at(street, self.leaf_of, self.cells.sum(axis=2))
        most = over_assigned(placed.sum(axis=2), self.instance.over_rep)
        kept = not self.excess.any() and (street <= most).all()
        return placed if kept else None

    def _put(self, found: Region | None) -> None:
        if found is None:
            raise no_whole_plan(self.instance)
        mine = self.leaf_of == found.leaf
        self.cells[np.ix_(mine, np.isin(self.every, found.periods))] = 0
        self.cells[found.rep, found.period, found.product] = found.amount
        self.missing[found.leaf] += found.missing
        self.excess[found.leaf] += found.excess

    def _rounded(self, leaf: int, periods: Ints, exact: Floats) -> Region | None:
        low, high = year_units(self.instance)
        others = np.delete(self.cells, periods, axis=1).sum(axis=(1, 2))
        task = Task(leaf, periods, self.placed[leaf], exact, self.base, low - others, high - others)
        return round_region(self.instance, task)

    def _tied(self) -> bool:
        return self.instance.reps is not None and self.instance.reps.total_low is not None

    def _locked_over_periods(self, leaf: int) -> bool:
        locks = self.instance.rep_locks
        return bool((self.leaf_of[locks.rep[locks.period < 0]] == leaf).any())

    def _streets(self) -> Ints:
        total = self.cells.sum(axis=2)[self.pools.item_rep, self.pools.item_period]
        pools = len(self.pools.group)
        sums = np.bincount(self.pools.curves.pool, weights=total, minlength=pools)
        return np.asarray(np.rint(sums), dtype=np.int64)

    def _refitted(self, leaf: int) -> Floats:
        """Return exact totals that go with the whole streets, (rep, period)."""
        pools, exact = self.pools, np.zeros(self.cells.shape[:2])
        chosen = pools.leaf[pools.curves.pool] == leaf
        exact[pools.item_rep, pools.item_period] = refitted(
            self.instance, pools, self.rep_total, self._streets(), chosen
        )
        return exact

    def _mend_totals(self, leaf: int, exact: Floats) -> bool:
        """Put in totals within year limits and split them; False where streets do not allow it."""
        pools = self.pools
        item = np.flatnonzero(pools.leaf[pools.curves.pool] == leaf)
        rep, period = pools.item_rep[item], pools.item_period[item]
        street = self._streets()
        totals = within_years(self.instance, pools, exact[rep, period], street, item)
        if totals is None:
            return False
        number, table = np.unique(pools.curves.pool[item], return_inverse=True)
        volume = np.zeros((len(number), self.cells.shape[2]), dtype=np.int64)
        np.add.at(volume, table.reshape(-1), (self.cells - self.base)[rep, period])
        order = np.lexsort((rep, table.reshape(-1)))
        base = self.base[rep[order], period[order]]
        rows = totals[order] - base.sum(axis=1)
        split = split_tables(rows, table.reshape(-1)[order], volume)
        self.cells[rep[order], period[order]] = base + split
        return True


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


def narrowed(instance: Instance, rules: Rules, mended: Mended) -> Rules:
    """Return rules whose regional cells leave people what their limits need."""
    assert mended.least is not None and mended.most is not None
    least, most = (
        cube.ravel()[rules.open_cell] * instance.unit for cube in (mended.least, mended.most)
    )
    return replace(
        rules,
        placed_low=np.maximum(rules.placed_low, least),
        placed_high=np.minimum(rules.placed_high, most),
    )
