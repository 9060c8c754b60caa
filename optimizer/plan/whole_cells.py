"""Regional cells in whole units: first regions by periods, then products within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.errors import DefectError
from optimizer.model.pools import Pools
from optimizer.model.rules import Entries, Rules
from optimizer.plan.nearest import LESS_THAN_ONE, Nearest
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable

_ROW, _TOTAL, _SLICE = 60.0, 3.0, 2.0
"""How dear it is to leave a region-period, a total of the tree, a band's slice."""


@dataclass(frozen=True)
class WholeCells:
    """Ask and placed in whole units, each (leaf, period, product)."""

    ask: Ints
    placed: Ints


def whole_ask(instance: Instance) -> int:
    """Return G(1 + o_R) in whole units, rounded down."""
    return int(np.floor(instance.ask_total / instance.unit * (1.0 + 1e-12) + 1e-9))


def round_cells(
    instance: Instance, rules: Rules, pools: Pools | None, ask: Floats, placed: Floats
) -> WholeCells:
    """Return whole ask and placed nearest to the exact ones within all limits.

    Parameters
    ----------
    ask, placed : (leaf, period, product) floats

    Raises
    ------
    DefectError
        Where no whole numbers keep all limits.
    """
    rounder = _Rounder(instance, rules, pools)
    exact_ask, exact_placed = (
        cube.ravel()[rules.open_cell] / instance.unit for cube in (ask, placed)
    )
    if np.allclose(exact_ask, exact_placed, rtol=1e-9, atol=1e-6):
        both = rounder.round(exact_placed, backed=True, banded=True)
        if both is not None and both.sum() == whole_ask(instance):
            return WholeCells(rounder.cube(both), rounder.cube(both))
    asked = None
    whole = rounder.round(exact_placed, backed=True, banded=False)
    if whole is not None:
        wanted = np.maximum(exact_ask, whole)
        asked = rounder.round(wanted, backed=False, banded=True, low=whole)
    if whole is None or asked is None:
        asked, whole = rounder.round_together(exact_ask, exact_placed)
    return WholeCells(rounder.cube(asked), rounder.cube(whole))


@dataclass(frozen=True)
class _Rounder:
    instance: Instance
    rules: Rules
    pools: Pools | None

    def cube(self, values: Ints) -> Ints:
        cube = np.zeros(self.instance.reference.size, dtype=np.int64)
        cube[self.rules.open_cell] = values
        return cube.reshape(self.instance.reference.shape)

    def round(
        self, exact: Floats, *, backed: bool, banded: bool, low: Ints | None = None
    ) -> Ints | None:
        """Round cells; `backed` cells keep market and people limits, others sum to the ask."""
        least, most = self._limits(backed, low)
        rows = self._round_rows(exact, least, most, backed, banded)
        if rows is None:
            return None
        cells = Nearest(exact, least, most, np.full(len(exact), backed))
        in_row = Entries(self._row_of_cell(), np.arange(len(exact)))
        cells.keep_near(in_row, rows.astype(float), _ROW)
        every = Entries(np.zeros(len(exact), dtype=np.int64), np.arange(len(exact)))
        self._keep_total(cells, every, backed, float(exact.sum()))
        self._keep_tree(cells, exact, self.rules.product, len(self.instance.products))
        if backed:
            self._keep_backing(cells, 0)
            self._keep_people(cells, 0)
        self._keep_bands(cells, exact, banded)
        return cells.solve()

    def round_together(self, ask: Floats, placed: Floats) -> tuple[Ints, Ints]:
        """Round ask and placed in one program, for limits that leave no other way."""
        count = len(ask)
        low_ask, high_ask = self._limits(False, None)
        low, high = self._limits(True, None)
        both = Nearest(
            np.concatenate([ask, placed]),
            np.concatenate([low_ask, low]),
            np.concatenate([high_ask, high]),
            np.repeat([False, True], count),
        )
        every = np.arange(count)
        zeros = np.zeros(count, dtype=np.int64)
        rows = both.add_rows(zeros.astype(float), np.full(count, np.inf))
        both.put(rows, Entries(every, every), 1.0)
        both.put(rows, Entries(every, every + count), -1.0)
        self._keep_total(both, Entries(zeros, every), False, float(ask.sum()))
        self._keep_total(both, Entries(zeros, every + count), True, float(placed.sum()))
        self._keep_tree(both, ask, self.rules.product, len(self.instance.products))
        self._keep_backing(both, count)
        self._keep_people(both, count)
        self._keep_bands(both, ask, True)
        found = both.solve()
        if found is None:
            raise DefectError(
                "No plan in whole units keeps all limits; plan with a smaller rounding."
            )
        return found[:count], found[count:]

    def _limits(self, backed: bool, low: Ints | None) -> tuple[Floats, Floats]:
        unit, rules = self.instance.unit, self.rules
        least = np.rint(rules.placed_low / unit)
        if not backed:
            lowest = least if low is None else np.maximum(least, low)
            return lowest, np.full(len(least), np.inf)
        most = np.where(rules.carried, np.rint(rules.placed_high / unit), 0.0)
        return least, np.maximum(most, least)

    def _row_of_cell(self) -> Ints:
        return self.rules.leaf * len(self.instance.periods) + self.rules.period

    def _round_rows(
        self, exact: Floats, least: Floats, most: Floats, backed: bool, banded: bool
    ) -> Ints | None:
        """Round the totals of region and period, keeping the tree's totals."""
        rows = self.instance.reference.shape[0] * len(self.instance.periods)
        row = self._row_of_cell()
        low, total = (np.bincount(row, weights=part, minlength=rows) for part in (least, exact))
        high = np.bincount(row, weights=np.minimum(most, 2.0**53), minlength=rows)
        if backed:
            low, high = self._within_street(low, high)
        totals = Nearest(total, low, np.maximum(high, low), np.full(rows, backed))
        leaf, period = np.divmod(np.arange(rows), len(self.instance.periods))
        every = Entries(np.zeros(rows, dtype=np.int64), np.arange(rows))
        self._keep_total(totals, every, backed, float(exact.sum()))
        self._near_tree(totals, total, leaf, period, len(self.instance.periods))
        if backed:
            self._keep_row_slices(totals, leaf, period)
        if banded:
            self._keep_row_bands(totals, leaf, period)
        return totals.solve()

    def _within_street(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Keep a region-period between what its reps must and can carry."""
        if self.pools is None:
            return low, high
        pools, unit, periods = self.pools, self.instance.unit, len(self.instance.periods)
        row = pools.leaf * periods + pools.period
        least = np.bincount(row, weights=pools.curves.street_low, minlength=len(low)) / unit
        most = np.bincount(row, weights=pools.curves.street_high, minlength=len(low)) / unit
        least = np.ceil(least / (1.0 + self.instance.over_rep) - 1e-9)
        return np.maximum(low, least), np.minimum(high, np.floor(most + 1e-9))

    def _keep_total(
        self, problem: Nearest, every: Entries, backed: bool, exact: float
    ) -> None:
        total = np.array([float(whole_ask(self.instance))])
        if backed:
            most = np.minimum(total, np.floor(exact * (1.0 + 1e-9) + 1e-6))
            problem.keep(every, np.array([-np.inf]), most)
        else:
            problem.keep(every, total, total)

    def _keep_tree(self, cells: Nearest, exact: Floats, key: Ints, keys: int) -> None:
        if keys > 1:
            self._near_tree(cells, exact, self.rules.leaf, key, keys, plain=False)

    def _near_tree(
        self,
        problem: Nearest,
        exact: Floats,
        leaf: Ints,
        key: Ints,
        keys: int,
        *,
        plain: bool = True,
    ) -> None:
        """Keep every region's totals near: by key, and over all keys if `plain`."""
        covers = self.instance.tree.covers
        rows, items, first = [], [], 0
        for node in range(len(covers)):
            inside = np.flatnonzero(covers[node][leaf])
            for index, count in ((key[inside], keys), (np.zeros_like(inside), 1 if plain else 0)):
                if count:
                    rows.append(first + index)
                    items.append(inside)
                    first += count
        entries = Entries(np.concatenate(rows), np.concatenate(items))
        problem.keep_near(entries, entries.sums(exact, first), _TOTAL)

    def _keep_row_slices(self, totals: Nearest, leaf: Ints, period: Ints) -> None:
        potentials, locks = self.instance.potentials, self.instance.region_locks
        for slices, low, high in (
            (potentials.slices, np.full(len(potentials.usable), -np.inf), potentials.usable),
            (locks.slices, locks.amount, locks.amount),
        ):
            for row in np.flatnonzero(slices.product == ALL):
                inside = self.instance.tree.covers[slices.region[row]][leaf]
                inside &= (slices.period[row] == ALL) | (period == slices.period[row])
                items = np.flatnonzero(inside)
                entries = Entries(np.zeros(len(items), dtype=np.int64), items)
                limits = (np.rint(np.array([side[row]]) / self.instance.unit) for side in (low, high))
                totals.keep(entries, *limits)

    def _keep_row_bands(self, totals: Nearest, leaf: Ints, period: Ints) -> None:
        bands = self.instance.bands
        chosen = np.flatnonzero((bands.part.product == ALL) & (bands.whole.product == ALL))
        sides = []
        for slices in (bands.part, bands.whole):
            rows, items = [], []
            for number, row in enumerate(chosen):
                inside = self.instance.tree.covers[slices.region[row]][leaf]
                inside &= (slices.period[row] == ALL) | (period == slices.period[row])
                items.append(np.flatnonzero(inside))
                rows.append(np.full(len(items[-1]), number))
            sides.append(_entries(rows, items))
        self._put_bands(totals, sides[0], sides[1], chosen)

    def _keep_bands(self, cells: Nearest, exact: Floats, banded: bool) -> None:
        rules, bands = self.rules, self.instance.bands
        odd = np.array([kind == "share" for kind in bands.kind], dtype=bool)
        if odd.any():
            part = _renumbered(rules.band_part, odd)
            cells.keep_near(part, part.sums(exact, int(odd.sum())), _SLICE)
        if banded:
            self._put_bands(cells, rules.band_part, rules.band_whole, np.arange(len(bands.low)))

    def _put_bands(
        self, problem: Nearest, part: Entries, whole: Entries, chosen: Ints
    ) -> None:
        """Keep share bands: exactly where the whole is the goal, else within one unit."""
        slices = self.instance.bands.whole
        of_goal = (slices.period == ALL) & (slices.region == 0) & (slices.product == ALL)
        fixed = of_goal[chosen]
        low, high = self.instance.bands.low[chosen], self.instance.bands.high[chosen]
        limits = whole_band(low[fixed], high[fixed], whole_ask(self.instance))
        problem.keep_within(_renumbered(part, fixed), *limits)
        for sign, factor, limited in (
            (1.0, low, ~fixed & (low > 0)),
            (-1.0, high, ~fixed & np.isfinite(high)),
        ):
            sides = (_renumbered(part, limited), _renumbered(whole, limited))
            problem.keep_share(*sides, factor[limited], sign, int(limited.sum()))

    def _keep_backing(self, cells: Nearest, first: int) -> None:
        rules, unit = self.rules, self.instance.unit
        usable = np.rint(self.instance.potentials.usable[rules.potential_rows] / unit)
        cells.keep(_moved(rules.potential, first), np.full(len(usable), -np.inf), usable)
        amount = np.rint(self.instance.region_locks.amount / unit)
        cells.keep(_moved(rules.region_lock, first), amount, amount)

    def _keep_people(self, cells: Nearest, first: int) -> None:
        """Leave room for the reps: volumes of mixed pools exist that cover what is placed."""
        pools, instance = self.pools, self.instance
        if pools is None:
            return
        self._keep_street_rows(cells, first)
        mixed = np.flatnonzero(~pools.plain)
        if not len(mixed):
            return
        assert instance.groups is not None
        allowed = sellable(instance.reference, instance.groups)[pools.group, pools.period]
        allowed[pools.plain] = False
        pool, product = np.nonzero(allowed)
        low = self._volume_low(pool, product)
        column = cells.builder.add_columns(low, np.full(len(pool), np.inf), np.zeros(len(pool)))
        street = cells.add_rows(
            np.rint(pools.curves.street_low[mixed] / instance.unit),
            np.rint(pools.curves.street_high[mixed] / instance.unit),
        )
        number = np.full(len(pools.group), -1, dtype=np.int64)
        number[mixed] = np.arange(len(mixed))
        cells.builder.add_entries(street[number[pool]], column, 1.0)
        self._cover_mixed(cells, pool, product, column, first)
        amount = np.rint(instance.rep_locks.amount / instance.unit)
        locked = rep_lock_items(instance, pools, pool, product)
        rows = cells.add_rows(amount, amount)
        cells.builder.add_entries(rows[locked.row], column[locked.cell], 1.0)

    def _volume_low(self, pool: Ints, product: Ints) -> Floats:
        low = self.instance.volume_low
        if low is None or self.pools is None:
            return np.zeros(len(pool))
        return np.rint(low[self.pools.group[pool], self.pools.period[pool], product] / self.instance.unit)

    def _cover_mixed(
        self, cells: Nearest, pool: Ints, product: Ints, column: Ints, first: int
    ) -> None:
        pools, rules = self.pools, self.rules
        assert pools is not None
        place = np.full(self.instance.reference.shape, -1, dtype=np.int64)
        place.ravel()[rules.open_cell] = np.arange(len(rules.open_cell))
        cell = place[pools.leaf[pool], pools.period[pool], product]
        mixed: Bools = np.zeros(self.instance.reference.shape[:2], dtype=bool)
        mixed[pools.leaf[~pools.plain], pools.period[~pools.plain]] = True
        covered = np.flatnonzero(mixed[rules.leaf, rules.period])
        row_of = np.full(len(rules.open_cell), -1, dtype=np.int64)
        row_of[covered] = np.arange(len(covered))
        over = self.instance.over_rep
        least = cells.add_rows(np.zeros(len(covered)), np.full(len(covered), np.inf))
        slack = LESS_THAN_ONE if over > 0 else 0.0
        most = cells.add_rows(np.full(len(covered), -slack), np.full(len(covered), np.inf))
        every = Entries(np.arange(len(covered)), covered + first)
        for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + over)):
            cells.builder.add_entries(rows[row_of[cell]], column, sign)
            cells.put(rows, every, factor)

    def _keep_street_rows(self, cells: Nearest, first: int) -> None:
        rows = self.instance.reference.shape[0] * len(self.instance.periods)
        low, high = self._within_street(np.zeros(rows), np.full(rows, np.inf))
        every = Entries(self._row_of_cell(), np.arange(len(self.rules.open_cell)) + first)
        cells.keep(every, low, high)


def rep_lock_items(instance: Instance, pools: Pools, pool: Ints, product: Ints) -> Entries:
    """Return which volumes each lock on a rep covers."""
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    rows, items = [], []
    for lock, rep in enumerate(locks.rep):
        inside = pools.group[pool] == reps.group[rep]
        inside &= (locks.period[lock] < 0) | (pools.period[pool] == locks.period[lock])
        inside &= (locks.product[lock] < 0) | (product == locks.product[lock])
        items.append(np.flatnonzero(inside))
        rows.append(np.full(len(items[-1]), lock))
    return _entries(rows, items)


def whole_band(
    low: Floats, high: Floats, total: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return limits of share bands of a total in whole units: inward, and at the most.

    Inward limits keep the band; where no whole number lies inside they are the two around
    it. At the most a band may be missed by less than one unit.
    """
    high = np.minimum(high, 1.0)
    least = np.ceil(low * total * (1.0 - 1e-12) - 1e-9)
    most = np.floor(high * total * (1.0 + 1e-12) + 1e-9)
    narrow = least > most
    least, most = np.where(narrow, most, least), np.where(narrow, least, most)
    lowest = np.minimum(np.floor(low * total + 1e-9 - LESS_THAN_ONE) + 1.0, least)
    highest = np.maximum(np.ceil(high * total - 1e-9 + LESS_THAN_ONE) - 1.0, most)
    return (least, most), (lowest, highest)


def _moved(entries: Entries, by: int) -> Entries:
    return Entries(entries.row, entries.cell + by)


def _renumbered(entries: Entries, kept: Bools) -> Entries:
    number = np.cumsum(kept) - 1
    inside = kept[entries.row]
    return Entries(number[entries.row[inside]], entries.cell[inside])


def _entries(rows: list[Ints], items: list[Ints]) -> Entries:
    none = np.zeros(0, dtype=np.int64)
    return Entries(np.concatenate(rows or [none]), np.concatenate(items or [none]))
