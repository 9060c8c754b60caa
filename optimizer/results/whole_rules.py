"""The rules of regional cells in whole units: one small function per family.

A *frame* is an instance with its rules and pools. Items of a rounding problem are cells, or
regions by periods ("rows"); `first` is where the cells' items start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import Change, ContradictionError
from optimizer.model.pools import Pools
from optimizer.model.rules import Entries, Rules
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Slices
from optimizer.problem.reference import sellable
from optimizer.results.nearest import LESS_THAN_ONE, Nearest

TOTAL_WEIGHT, SLICE_WEIGHT = 3.0, 2.0
"""How dear it is to leave a total of the tree, and the slice of a band."""


@dataclass(frozen=True)
class Frame:
    """An instance with its rules and pools, and what can be placed at most, in units."""

    instance: Instance
    rules: Rules
    pools: Pools | None
    placed_most: float

    @property
    def row_of_cell(self) -> Ints:
        """Region and period of each open cell, as one number."""
        return self.rules.leaf * len(self.instance.periods) + self.rules.period

    @property
    def rows(self) -> int:
        """How many regions by periods there are."""
        return len(self.instance.leaves) * len(self.instance.periods)

    def in_row_slice(self, slices: Slices, row: int) -> Ints:
        """Return the regions by periods inside a slice, whatever its product."""
        leaf, period = np.divmod(np.arange(self.rows), len(self.instance.periods))
        inside = self.instance.tree.covers[slices.region[row]][leaf]
        inside = inside & ((slices.period[row] == ALL) | (period == slices.period[row]))
        return np.flatnonzero(inside)


def no_whole_plan(instance: Instance) -> ContradictionError:
    """Return the error for limits that leave a plan in fractions but none in whole units."""
    unit = instance.unit
    text = (
        f"minimums, locks and limits are so tight that they leave a plan in fractions but none in "
        f"whole multiples of {unit:g}: set rounding to {unit / 10:g}, or lower a minimum or "
        f"raise a limit by a few units"
    )
    change = Change("rounding", "equal", "*", "*", "*", "*", unit, unit * 0.9, text)
    return ContradictionError([change])


def whole_ask(instance: Instance) -> int:
    """Return G(1 + o_R) in whole units, rounded down."""
    units: float = instance.ask_total / instance.unit
    return math.floor(units * (1.0 + 1e-12) + 1e-9)


def within_street(frame: Frame, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Keep a region-period between what its reps must and can carry."""
    pools, instance = frame.pools, frame.instance
    if pools is None:
        return low, high
    row = pools.leaf * len(instance.periods) + pools.period
    count = len(low)
    least = np.bincount(row, weights=pools.curves.street_low, minlength=count) / instance.unit
    most = np.bincount(row, weights=pools.curves.street_high, minlength=count) / instance.unit
    least = np.ceil(least / (1.0 + instance.over_rep) - 1e-9)
    return np.maximum(low, least), np.minimum(high, np.floor(most + 1e-9))


def keep_ask_total(frame: Frame, problem: Nearest, items: Ints) -> None:
    """Σ ask = G(1 + o_R)."""
    total = np.array([float(whole_ask(frame.instance))])
    problem.keep(_together(items), total, total)


def keep_placed_total(frame: Frame, problem: Nearest, items: Ints) -> None:
    """Σ placed ≤ what the exact plan places, in whole units."""
    most = min(whole_ask(frame.instance), math.floor(frame.placed_most * (1.0 + 1e-9) + 1e-6))
    problem.keep(_together(items), np.array([-np.inf]), np.array([float(most)]))


def keep_near_tree(
    frame: Frame, problem: Nearest, exact: Floats, leaf: Ints, key: Ints, keys: int, *, plain: bool
) -> None:
    """Keep every region's totals near: by key, and over all keys if `plain`."""
    rows: list[Ints] = []
    items: list[Ints] = []
    first = 0
    for covers in frame.instance.tree.covers:
        inside = np.flatnonzero(covers[leaf])
        rows.append(first + key[inside])
        items.append(inside)
        first += keys
        if plain:
            rows.append(np.full(len(inside), first))
            items.append(inside)
            first += 1
    entries = _joined(rows, items)
    problem.keep_near(entries, entries.sums(exact, first), TOTAL_WEIGHT)


def keep_row_slices(frame: Frame, totals: Nearest) -> None:
    """Keep potentials and locks that name no product, over regions by periods."""
    potentials, locks, unit = (
        frame.instance.potentials,
        frame.instance.region_locks,
        frame.instance.unit,
    )
    for slices, limit, least in (
        (potentials.slices, potentials.usable, None),
        (locks.slices, locks.amount, locks.amount),
    ):
        chosen = np.flatnonzero(slices.product == ALL)
        items = [frame.in_row_slice(slices, int(row)) for row in chosen]
        most = np.rint(limit[chosen] / unit)
        low = np.full(len(chosen), -np.inf) if least is None else most
        totals.keep(_numbered(items), low, most)


def keep_row_bands(frame: Frame, totals: Nearest) -> None:
    """Keep share bands that name no product, over regions by periods."""
    bands = frame.instance.bands
    chosen = np.flatnonzero((bands.part.product == ALL) & (bands.whole.product == ALL))
    part, whole = (
        _numbered([frame.in_row_slice(slices, int(row)) for row in chosen])
        for slices in (bands.part, bands.whole)
    )
    keep_bands(frame, totals, part, whole, chosen)


def keep_bands(frame: Frame, problem: Nearest, part: Entries, whole: Entries, chosen: Ints) -> None:
    """Keep share bands: exactly where the whole is the goal, else within one unit."""
    bands = frame.instance.bands
    slices = bands.whole
    of_goal = (slices.period == ALL) & (slices.region == 0) & (slices.product == ALL)
    fixed = of_goal[chosen]
    low, high = bands.low[chosen], bands.high[chosen]
    limits = whole_band(low[fixed], high[fixed], whole_ask(frame.instance))
    problem.keep_within(_renumbered(part, fixed), *limits)
    roomy = (np.minimum(high, 1.0) - low) * whole_ask(frame.instance) >= len(frame.instance.leaves)
    for sign, factor, limited in (
        (1.0, low, ~fixed & (low > 0)),
        (-1.0, high, ~fixed & np.isfinite(high)),
    ):
        sides = (_renumbered(part, limited), _renumbered(whole, limited))
        problem.keep_share(*sides, factor[limited], sign, roomy[limited])


def keep_near_slices(frame: Frame, cells: Nearest, exact: Floats) -> None:
    """Keep the slices of the ``shares`` table near their exact asks."""
    odd = np.array([kind == "share" for kind in frame.instance.bands.kind], dtype=bool)
    if odd.any():
        part = _renumbered(frame.rules.band_part, odd)
        cells.keep_near(part, part.sums(exact, int(odd.sum())), SLICE_WEIGHT)


def keep_backing(frame: Frame, cells: Nearest, first: int) -> None:
    """Keep potentials over several cells, and locks on regions."""
    instance, rules = frame.instance, frame.rules
    usable = np.rint(instance.potentials.usable[rules.potential_rows] / instance.unit)
    cells.keep(_moved(rules.potential, first), np.full(len(usable), -np.inf), usable)
    amount = np.rint(instance.region_locks.amount / instance.unit)
    cells.keep(_moved(rules.region_lock, first), amount, amount)


def keep_people(frame: Frame, cells: Nearest, first: int) -> None:
    """Leave room for the reps: volumes of mixed pools exist that cover what is placed."""
    pools, instance = frame.pools, frame.instance
    if pools is None:
        return
    low, high = within_street(frame, np.zeros(frame.rows), np.full(frame.rows, np.inf))
    every = Entries(frame.row_of_cell, np.arange(len(frame.rules.open_cell)) + first)
    cells.keep(every, low, high)
    mixed = np.flatnonzero(~pools.plain)
    if not len(mixed):
        return
    pool, product = mixed_volumes(instance, pools)
    least = volume_low(instance, pools, pool, product)
    column = cells.add_whole(least)
    street = cells.add_rows(
        np.rint(pools.curves.street_low[mixed] / instance.unit),
        np.rint(pools.curves.street_high[mixed] / instance.unit),
    )
    number = np.full(len(pools.group), -1, dtype=np.int64)
    number[mixed] = np.arange(len(mixed))
    cells.builder.add_entries(street[number[pool]], column, 1.0)
    _cover_mixed(frame, cells, pool, product, column, first)
    amount = np.rint(instance.rep_locks.amount / instance.unit)
    locked = rep_lock_items(instance, pools, pool, product)
    rows = cells.add_rows(amount, amount)
    cells.builder.add_entries(rows[locked.row], column[locked.cell], 1.0)


def mixed_volumes(instance: Instance, pools: Pools) -> tuple[Ints, Ints]:
    """Return pool and product of every volume that a pool which is not plain may carry."""
    assert instance.groups is not None
    allowed = sellable(instance.reference, instance.groups)[pools.group, pools.period]
    pool, product = np.nonzero(allowed & ~pools.plain[:, None])
    return pool, product


def volume_low(instance: Instance, pools: Pools, pool: Ints, product: Ints) -> Floats:
    """Return the least of each volume, in units."""
    if instance.volume_low is None:
        return np.zeros(len(pool))
    low = instance.volume_low[pools.group[pool], pools.period[pool], product]
    return np.asarray(np.rint(low / instance.unit), dtype=float)


def _cover_mixed(
    frame: Frame, cells: Nearest, pool: Ints, product: Ints, column: Ints, first: int
) -> None:
    """Y ≤ Σ X < (1 + o_I) · Y + 1 in each cell that mixed pools share, Σ X ≤ (1 + o_I) · Y."""
    pools, rules, shape = frame.pools, frame.rules, frame.instance.reference.shape
    assert pools is not None
    place = np.full(shape, -1, dtype=np.int64)
    place.ravel()[rules.open_cell] = np.arange(len(rules.open_cell))
    cell = place[pools.leaf[pool], pools.period[pool], product]
    mixed = np.zeros(shape[:2], dtype=bool)
    mixed[pools.leaf[~pools.plain], pools.period[~pools.plain]] = True
    covered = np.flatnonzero(mixed[rules.leaf, rules.period])
    row_of = np.full(len(rules.open_cell), -1, dtype=np.int64)
    row_of[covered] = np.arange(len(covered))
    over = frame.instance.over_rep
    slack = LESS_THAN_ONE if over > 0 else 0.0
    least = cells.add_rows(np.zeros(len(covered)), np.full(len(covered), np.inf))
    most = cells.add_rows(np.full(len(covered), -slack), np.full(len(covered), np.inf))
    every = Entries(np.arange(len(covered)), covered + first)
    for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + over)):
        cells.builder.add_entries(rows[row_of[cell]], column, sign)
        cells.put(rows, every, factor)
    street = cells.add_rows(np.zeros(frame.rows), np.full(frame.rows, np.inf))
    cells.builder.add_entries(street[frame.row_of_cell[cell]], column, -1.0)
    cells.put(street, Entries(frame.row_of_cell[covered], covered + first), 1.0 + over)


def rep_lock_items(instance: Instance, pools: Pools, pool: Ints, product: Ints) -> Entries:
    """Return which volumes each lock on a rep covers."""
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    items: list[Ints] = []
    for lock, rep in enumerate(locks.rep):
        inside = pools.group[pool] == reps.group[rep]
        inside = inside & ((locks.period[lock] < 0) | (pools.period[pool] == locks.period[lock]))
        inside = inside & ((locks.product[lock] < 0) | (product == locks.product[lock]))
        items.append(np.flatnonzero(inside))
    return _numbered(items)


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


def _together(items: Ints) -> Entries:
    return Entries(np.zeros(len(items), dtype=np.int64), items)


def _numbered(items: Sequence[Ints]) -> Entries:
    return _joined([np.full(len(found), row) for row, found in enumerate(items)], items)


def _joined(rows: Sequence[Ints], items: Sequence[Ints]) -> Entries:
    none = np.zeros(0, dtype=np.int64)
    return Entries(np.concatenate([none, *rows]), np.concatenate([none, *items]))


def _moved(entries: Entries, by: int) -> Entries:
    return Entries(entries.row, entries.cell + by)


def _renumbered(entries: Entries, kept: Bools) -> Entries:
    number = np.cumsum(kept) - 1
    inside = kept[entries.row]
    return Entries(number[entries.row[inside]], entries.cell[inside])
