"""The rules that tie regions together: bands of the region tree, and the few others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.region_bands import RegionBands, read_region_bands
from optimizer.model.rules import Rules
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints

_LARGEST = 60_000_000
"""Sets × cells beyond which the rules are too many to be solved at once."""


@dataclass(frozen=True)
class Missed:
    """By how much rules are missed at some prices.

    Attributes
    ----------
    miss : (node + rule,) floats
        Bands of regions first.
    side : (node,) ints
        Which side of its band each region is held to: 1 for the lower, -1 for the upper.
    """

    miss: Floats
    side: Ints


@dataclass(frozen=True)
class Coupling:
    """Rules over the carried cells of several blocks.

    Prices, and misses, are one vector: bands of regions by node, then the other rules, each
    Σ factor · Σ set = b or ≥ b over sets of cells. Locks come last.

    Attributes
    ----------
    regions : RegionBands
    leaf : (cell,) ints
        Leaf of each carried cell, sorted.
    leaves : int
    sets : Entries
        Carried cells of sets 1, 2, …, sorted by cell; set 0 has all of them.
    number, asks : int
        How many sets there are, and how many of them stand on what is asked; the others, which
        come last, stand on what is placed.
    rule, of, factor : (term,) ints, ints, floats
        Rule, set and factor of each term.
    least : (rule,) floats
    equal : (rule,) bools
    band_min, band_max, potential, region_lock : (rule,) ints
        Row of the instance's limits that the rule stands for; -1 where it is another kind.
    """

    regions: RegionBands
    leaf: Ints
    leaves: int
    sets: Entries
    number: int
    asks: int
    rule: Ints
    of: Ints
    factor: Floats
    least: Floats
    equal: Bools
    band_min: Ints
    band_max: Ints
    potential: Ints
    region_lock: Ints

    @property
    def nodes(self) -> int:
        """How many prices bands of regions have; the goal's comes next."""
        return len(self.regions.row)

    @property
    def prices(self) -> int:
        """How many prices there are."""
        return self.nodes + len(self.least)

    @property
    def fixed(self) -> Bools:
        """Which rules are equalities, (node + rule,)."""
        return np.concatenate([self.regions.equal, self.equal])

    def worth(self, price: Floats) -> Floats:
        """Return what the rules pay for a unit that is asked of a carried cell and placed there."""
        return self._worth(price, self._paid(price))

    def worth_apart(self, price: Floats) -> tuple[Floats, Floats]:
        """Return what the rules pay for a unit asked, and for a unit placed, in each cell."""
        asked, placed = self._paid(price), self._paid(price)
        asked[self.asks :], placed[: self.asks] = 0.0, 0.0
        return self._worth(price, asked), self.sets.spread(placed, len(self.leaf))

    def _paid(self, price: Floats) -> Floats:
        rule = price[self.nodes :]
        weights = self.factor * rule[self.rule]
        return np.bincount(self.of, weights=weights, minlength=self.number).astype(float)

    def _worth(self, price: Floats, paid: Floats) -> Floats:
        region = price[: self.nodes]
        found = self.sets.spread(paid, len(self.leaf)) + paid[0]
        found += self.regions.worth(region, np.where(region < 0, -1, 1))[self.leaf]
        return np.asarray(found)

    def missed(self, price: Floats, asked: Floats, placed: Floats) -> Missed:
        """Return by how much the rules are missed."""
        total = np.bincount(self.leaf, weights=asked, minlength=self.leaves).astype(float)
        sums = self.sets.sums(asked, self.number)
        if placed is not asked:
            sums[self.asks :] = self.sets.sums(placed, self.number)[self.asks :]
        sums[0] = total.sum()
        amount = np.bincount(
            self.rule, weights=self.factor * sums[self.of], minlength=len(self.least)
        )
        region, side = self.regions.misses(price[: self.nodes], total)
        return Missed(np.concatenate([region, self.least - amount]), side)

    def signed(self, price: Floats, side: Ints) -> Floats:
        """Return prices with those of inequalities on their side of 0."""
        region, rule = price[: self.nodes], price[self.nodes :]
        held = np.where(side > 0, np.maximum(region, 0.0), np.minimum(region, 0.0))
        region = np.where(self.regions.equal, region, held)
        return np.concatenate([region, np.where(self.equal, rule, np.maximum(rule, 0.0))])


def read_coupling(instance: Instance, rules: Rules) -> Coupling | None:
    """Return the coupling rules; None where they are too many."""
    bands, locks, wide = instance.bands, instance.region_locks, rules.potential_rows
    regions = read_region_bands(instance.tree, bands)
    other = np.ones(len(bands.low), dtype=bool)
    other[regions.row[regions.row >= 0]] = False
    sets, part, whole = _band_sets(instance, rules, other)
    first = 1 + sum(size for _, size in sets)
    potential = first + np.arange(len(wide))
    lock = first + len(wide) + np.arange(len(locks.amount))
    sets += [(rules.potential, len(wide)), (rules.region_lock, len(locks.amount))]
    number = first + len(wide) + len(locks.amount)
    if number * int(rules.carried.sum()) > _LARGEST:
        return None
    fixed = other & (bands.low == bands.high)
    least = np.flatnonzero(other & ~fixed & (bands.low > 0))
    most = np.flatnonzero(other & ~fixed & np.isfinite(bands.high))
    same, none = np.flatnonzero(fixed), np.zeros(1, dtype=np.int64)
    low, high, count = bands.low, bands.high, len(locks.amount)
    kinds: list[_Kind] = [
        _Kind(none, True, [(none, np.ones(1))]),
        _Kind(same, True, [(part[same], np.ones(len(same))), (whole[same], -low[same])]),
        _Kind(least, False, [(part[least], np.ones(len(least))), (whole[least], -low[least])]),
        _Kind(most, False, [(part[most], -np.ones(len(most))), (whole[most], high[most])]),
        _Kind(np.arange(len(wide)), False, [(potential, -np.ones(len(wide)))]),
        _Kind(np.arange(count), True, [(lock, np.ones(count))]),
    ]
    right = [np.array([instance.ask_total]), np.zeros(len(same) + len(least) + len(most))]
    return Coupling(
        regions,
        rules.leaf[rules.carried],
        len(instance.leaves),
        _carried_sets(sets, rules.carried),
        number,
        first,
        *_terms(kinds),
        np.concatenate([*right, -instance.potentials.usable[wide], locks.amount]),
        np.concatenate([np.full(len(kind.rows), kind.equal) for kind in kinds]),
        *(_rows_of(kinds, which) for which in ((1, 2), (3,), (4,), (5,))),
    )


@dataclass(frozen=True)
class _Kind:
    """Rules of one kind: their rows, and the sets and factors of their terms."""

    rows: Ints
    equal: bool
    terms: list[tuple[Ints, Floats]]


def _band_sets(
    instance: Instance, rules: Rules, other: Bools
) -> tuple[list[tuple[Entries, int]], Ints, Ints]:
    """Return the sets that bands stand on, and the sets of each band's part and whole."""
    slices, wholes = instance.bands.whole, rules.wholes
    everything = (slices.period == ALL) & (slices.region == 0) & (slices.product == ALL)
    used = np.zeros(wholes.number, dtype=bool)
    used[wholes.of[other & ~everything]] = True
    count, before = int(used.sum()), int(other.sum())
    part: Ints = np.cumsum(other)
    whole: Ints = np.where(everything, 0, before + np.cumsum(used)[wholes.of])
    sets = [(_chosen(rules.band_part, other), before), (_chosen(wholes.sets, used), count)]
    return sets, part, whole


def _chosen(entries: Entries, rows: Bools) -> Entries:
    inside = rows[entries.row]
    return Entries((np.cumsum(rows) - 1)[entries.row[inside]], entries.cell[inside])


def _carried_sets(sets: list[tuple[Entries, int]], carried: Bools) -> Entries:
    """Return sets 1, 2, … over the carried cells, sorted by cell."""
    first = 1 + np.cumsum([0, *(count for _, count in sets)])
    row = np.concatenate([entries.row + at for (entries, _), at in zip(sets, first, strict=False)])
    cell = np.concatenate([entries.cell for entries, _ in sets])
    inside = carried[cell]
    row, cell = row[inside], (np.cumsum(carried) - 1)[cell[inside]]
    order = np.argsort(cell, kind="stable")
    return Entries(row[order], cell[order])


def _terms(kinds: Sequence[_Kind]) -> tuple[Ints, Ints, Floats]:
    """Return rule, set and factor of all terms."""
    rule, first = [], 0
    for kind in kinds:
        rule += [first + np.arange(len(kind.rows)) for _ in kind.terms]
        first += len(kind.rows)
    terms = [term for kind in kinds for term in kind.terms]
    return (
        np.concatenate(rule),
        np.concatenate([of for of, _ in terms]),
        np.concatenate([factor for _, factor in terms]),
    )


def _rows_of(kinds: Sequence[_Kind], which: tuple[int, ...]) -> Ints:
    return np.concatenate([
        kind.rows if number in which else np.full(len(kind.rows), -1)
        for number, kind in enumerate(kinds)
    ])  # fmt: skip
