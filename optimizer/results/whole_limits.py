"""Effort and year limits of people in whole units: mend the regions that break them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.whole import floor_units, over_assigned
from optimizer.results.broken_limits import broken_effort, broken_rows, broken_years
from optimizer.results.in_order import put_in_order
from optimizer.results.region_task import Region, Task, one_region
from optimizer.results.split import split_tables
from optimizer.results.whole_region import round_region
from optimizer.results.whole_rules import no_whole_plan
from optimizer.results.whole_totals import refitted, within_years, year_units

_FEW = 40
"""Regions by periods that break a limit, up to which a search for the last unit is made."""

_SMALL = 100
"""Cells of a region, over all periods, up to which periods are rounded together for a unit."""


@dataclass(frozen=True)
class Mended:
    """Cells of reps that keep all limits, or what regional cells must leave them.

    Attributes
    ----------
    cells : (rep, period, product) ints
    least, most : (leaf, period, product) ints, floats, or None
        Limits of regional cells for another try, `most` inf where there is none; None where
        `cells` are final.
    placed : (leaf, period, product) ints or None
        What `cells` carry of regional cells where that is less than was to be placed, and all
        limits are kept; None where `cells` are final, or a limit is not kept.
    """

    cells: Ints
    least: Ints | None = None
    most: Floats | None = None
    placed: Ints | None = None


def in_totals(instance: Instance) -> Instance:
    """Return the problem with capacities as whole limits of totals, effort left out."""
    if instance.effort is None or instance.reps is None:
        return instance
    high = floor_units(most_totals(instance), instance.unit)
    return replace(instance, effort=None, cells_low=None, reps=replace(instance.reps, high=high))


Known = dict[tuple[int, bytes, bytes], Region]
"""Regions rounded before: by leaf, periods and what is placed there."""


def mend(
    instance: Instance,
    pools: Pools,
    rep_total: Floats,
    placed: Ints,
    cells: Ints,
    base: Ints,
    known: Known,
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
    known : dict
        Regions rounded in tries before, from the same `base`; brought up to date.

    Raises
    ------
    ContradictionError
        Where no whole numbers keep all limits.
    """
    if not broken_rows(instance, cells).any():
        return Mended(cells)
    work = _Work(instance, pools, rep_total, placed, cells.copy(), base, known)
    for leaf in np.flatnonzero(work.leaves).tolist():
        work.mend_region(leaf)
    carried = put_in_order(instance, work.cells, base, work.leaves)
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
        known: Known,
    ) -> None:
        assert instance.reps is not None
        self.instance, self.pools, self.rep_total = instance, pools, rep_total
        self.placed, self.cells, self.base, self.known = placed, cells, base, known
        self.leaf_of, self.every = instance.reps.leaf, np.arange(len(instance.periods))
        self.first = np.searchsorted(self.leaf_of, np.arange(len(placed) + 1))
        self.missing, self.excess = np.zeros_like(placed), np.zeros_like(placed)
        self.years, self.out = year_units(instance), broken_years(instance, cells)
        broken = broken_rows(instance, cells)
        self.leaves: Bools = np.asarray(broken.any(axis=1), dtype=bool)
        self.search = bool(np.count_nonzero(broken) <= _FEW)
        self.street = self._streets()
        self.exact = self._refitted()

    def mend_region(self, leaf: int) -> None:
        """Mend totals first, then periods one by one, and all together where that fails."""
        mine = self._members(leaf)
        out = self.out[mine].any() and not self._mend_totals(leaf)
        if out or self._locked_over_periods(leaf):
            self._put(self._rounded(leaf, self.every))
            return
        before = self.cells[mine].copy()
        for period in np.flatnonzero(self._breaks_effort(mine)):
            found = self._rounded(leaf, self.every[period : period + 1])
            if self._tied() and (found is None or self._may_move(found)):
                self.cells[mine], self.missing[leaf], self.excess[leaf] = before, 0, 0
                self._put(self._rounded(leaf, self.every))
                return
            self._put(found)

    def limits_for_another_try(self) -> tuple[Ints, Floats]:
        """Return the least and the most of regional cells that their people can carry.

        A region and period that people could not carry in full stays at what they could.
        """
        full = self.missing.any(axis=2, keepdims=True)
        most = np.where(full, self.placed - self.missing, np.inf)
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

    def _members(self, leaf: int) -> slice:
        return slice(int(self.first[leaf]), int(self.first[leaf + 1]))

    def _breaks_effort(self, mine: slice) -> Bools:
        """Return the periods in which one of some reps has too little capacity, (period,)."""
        broken = broken_effort(one_region(self.instance, mine), self.cells[mine])
        return np.asarray(broken.any(axis=0), dtype=bool)

    def _put(self, found: Region | None) -> None:
        if found is None:
            raise no_whole_plan(self.instance)
        block = self.cells[self._members(found.leaf)]
        block[:, found.periods] = 0
        block[found.rep, found.period, found.product] = found.amount
        self.missing[found.leaf] += found.missing
        self.excess[found.leaf] += found.excess

    def _rounded(self, leaf: int, periods: Ints) -> Region | None:
        """Return whole cells of a region; its reps are numbered from its first one on."""
        mine = self._members(leaf)
        others = np.delete(self.cells[mine], periods, axis=1).sum(axis=(1, 2))
        low, high = (limit[mine] - others for limit in self.years)
        totals, base = self.exact[mine], self.base[mine]
        task = Task(leaf, periods, self.placed[leaf], totals, base, low, high, self.search)
        key = leaf, periods.tobytes(), task.placed[periods].tobytes()
        if key in self.known and self._within_years(self.known[key], task):
            return self.known[key]
        found = round_region(one_region(self.instance, mine), task)
        if found is not None:
            self.known[key] = found
            self._remember_carried(found, task)
        return found

    def _within_years(self, found: Region, task: Task) -> bool:
        year = np.bincount(found.rep, weights=found.amount, minlength=len(task.year_low))
        return bool(((year >= task.year_low) & (year <= task.year_high)).all())

    def _remember_carried(self, found: Region, task: Task) -> None:
        """Keep what a region carries as the answer for where just that is placed."""
        carried = (task.placed - found.missing)[found.periods]
        street = np.zeros(len(task.placed), dtype=np.int64)
        np.add.at(street, found.period, found.amount)
        within = street[found.periods] <= over_assigned(carried.sum(axis=1), self.instance.over_rep)
        if found.missing.any() and not found.excess.any() and within.all():
            key = found.leaf, found.periods.tobytes(), carried.tobytes()
            self.known[key] = replace(found, missing=np.zeros_like(found.missing))

    def _may_move(self, found: Region) -> bool:
        """Whether what is left over is looked for room in other periods: in small regions."""
        cells = self.cells[self._members(found.leaf)].size
        return bool(found.excess.any()) or (found.leaves_over and cells <= _SMALL)

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

    def _refitted(self) -> Floats:
        """Return exact totals that go with the whole streets where limits break, (rep, period)."""
        pools, exact = self.pools, np.zeros(self.cells.shape[:2])
        chosen = self.leaves[pools.leaf[pools.curves.pool]]
        exact[pools.item_rep, pools.item_period] = refitted(
            self.instance, pools, self.rep_total, self.street, chosen
        )
        return exact

    def _mend_totals(self, leaf: int) -> bool:
        """Put in totals within year limits and split them; False where streets do not allow it."""
        pools = self.pools
        item = np.flatnonzero(pools.leaf[pools.curves.pool] == leaf)
        rep, period = pools.item_rep[item], pools.item_period[item]
        exact = self.exact[rep, period]
        totals = within_years(self.instance, pools, exact, self.street, item)
        if totals is None:
            return False
        number, table = np.unique(pools.curves.pool[item], return_inverse=True)
        volume = np.zeros((len(number), self.cells.shape[2]), dtype=np.int64)
        np.add.at(volume, table, (self.cells - self.base)[rep, period])
        order = np.lexsort((rep, table))
        base = self.base[rep[order], period[order]]
        rows = totals[order] - base.sum(axis=1)
        split = split_tables(rows, table[order], volume)
        self.cells[rep[order], period[order]] = base + split
        return True


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
