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
from optimizer.model.members import Entries
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Slices
from optimizer.problem.whole import guard, over_assigned
from optimizer.results.nearest import LESS_THAN_ONE, Nearest
from optimizer.results.people_room import Room

TOTAL_WEIGHT, SLICE_WEIGHT = 3.0, 2.0
"""How dear it is to leave a total of the tree, and the slice of a band."""


@dataclass(frozen=True)
class Frame:
    """An instance with its rules and pools, and what can be placed at most, in units.

    `room` is what effort and year limits leave, where people have such.
    """

    instance: Instance
    rules: Rules
    pools: Pools | None
    placed_most: float
    room: Room | None = None

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
    change = Change("rounding", "equal", "*", "*", "*", "*", unit, unit * 0.9, text, unit / 10)
    return ContradictionError([change])


def whole_ask(instance: Instance) -> int:
    """Return G(1 + o_R) in whole units, rounded down."""
    goal = np.array([round(instance.goal / instance.unit)])
    return int(over_assigned(goal, instance.over_region)[0])


def keep_ask_total(frame: Frame, problem: Nearest, items: Ints) -> None:
    """Σ ask = G(1 + o_R)."""
    total = np.array([float(whole_ask(frame.instance))])
    problem.keep(_together(items), total, total)


def whole_most(frame: Frame) -> int:
    """Return what the exact plan places, in whole units."""
    return min(whole_ask(frame.instance), math.floor(frame.placed_most * (1.0 + 1e-9) + 1e-6))


def keep_placed_total(frame: Frame, problem: Nearest, items: Ints) -> None:
    """Σ placed ≤ what the exact plan places, in whole units."""
    most = np.array([float(whole_most(frame))])
    problem.keep(_together(items), np.array([-np.inf]), most)


def keeps_backing(frame: Frame, placed: Ints) -> bool:
    """Whether whole cells keep potentials over several cells, and locks on regions."""
    instance, rules, unit = frame.instance, frame.rules, frame.instance.unit
    usable = np.rint(instance.potentials.usable[rules.potential_rows] / unit)
    amount = np.rint(instance.region_locks.amount / unit)
    amounts = placed.astype(float)
    inside = rules.potential.sums(amounts, len(usable)) <= usable
    locked = rules.region_lock.sums(amounts, len(amount)) == amount
    return bool(inside.all() and locked.all())


def keeps_bands(frame: Frame, asked: Ints) -> bool:
    """Whether whole cells keep all share bands within less than one unit."""
    rules, bands = frame.rules, frame.instance.bands
    part = rules.band_part.sums(asked.astype(float), len(bands.low))
    whole = rules.wholes.sums(asked.astype(float))
    high = np.minimum(bands.high, 1.0)
    over = (part >= high * whole + LESS_THAN_ONE) & np.isfinite(bands.high)
    return not bool((over | (part <= bands.low * whole - LESS_THAN_ONE)).any())


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
        totals.keep(numbered(items), low, most)


def keep_row_bands(frame: Frame, totals: Nearest) -> None:
    """Keep share bands that name no product, over regions by periods."""
    bands = frame.instance.bands
    chosen = np.flatnonzero((bands.part.product == ALL) & (bands.whole.product == ALL))
    part, whole = (
        numbered([frame.in_row_slice(slices, int(row)) for row in chosen])
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


def whole_band(
    low: Floats, high: Floats, total: int
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return limits of share bands of a total in whole units: inward, and at the most.

    Inward limits keep the band; where no whole number lies inside they are the two around
    it. At the most a band may be missed by less than one unit.
    """
    high = np.minimum(high, 1.0)
    least = np.ceil(low * total - guard(low * total))
    most = np.floor(high * total + guard(high * total))
    narrow = least > most
    least, most = np.where(narrow, most, least), np.where(narrow, least, most)
    lowest = np.minimum(np.floor(low * total + 1e-9 - LESS_THAN_ONE) + 1.0, least)
    highest = np.maximum(np.ceil(high * total - 1e-9 + LESS_THAN_ONE) - 1.0, most)
    return (least, most), (lowest, highest)


def _together(items: Ints) -> Entries:
    return Entries(np.zeros(len(items), dtype=np.int64), items)


def numbered(items: Sequence[Ints]) -> Entries:
    """Return entries that put each set of items into a row of its own."""
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
