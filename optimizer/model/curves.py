"""Water-filling: the fairest targets of reps that share one street total.

For a group of reps and a period with street total S the fairest targets are
``T[i] = clip(m · T0[i], low[i], high[i])`` with one multiple m for all of them. S grows with
m along straight pieces between the breakpoints ``low/T0`` and ``high/T0``, so m is found
exactly from sorted breakpoints and running sums, for all groups and periods at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.model.members import ranges
from optimizer.problem.instance import Floats, Ints

_NOISE = 1e-11
"""Relative size below which a running sum of references counts as 0."""

_AT_ONCE = 100_000
"""Items sorted at a time."""


@dataclass(frozen=True)
class Curves:
    """Street curves of many pools of reps (a pool = one group in one period).

    Attributes
    ----------
    pool : (item,) ints
        Pool of each item; an item is one rep in one period with a reference above 0.
    reference, low, high : (item,) floats
    street_low, street_high, street_reference : (pool,) floats
        Sums over the pool.
    knot, start : floats, ints
        Breakpoints of all pools, sorted within each pool, and where each pool starts.
    slope, level : floats
        Above knot k, and up to the next, the street is ``level[k] + slope[k] · m``.
    """

    pool: Ints
    reference: Floats
    low: Floats
    high: Floats
    street_low: Floats
    street_high: Floats
    street_reference: Floats
    knot: Floats
    start: Ints
    slope: Floats
    level: Floats
    street_at_knot: Floats

    def multiple(self, pool: Ints, street: Floats) -> Floats:
        """Return the common multiple m that brings each pool to a street total.

        Parameters
        ----------
        pool : (query,) ints
        street : (query,) floats
            Cut to what the pool can carry.

        Returns
        -------
        (query,) floats
        """
        street = np.clip(street, self.street_low[pool], self.street_high[pool])
        left, right = self.start[pool], self.start[pool + 1] - 1
        left = left.copy()
        while np.any(left < right):
            middle = (left + right + 1) // 2
            below = self.street_at_knot[middle] <= street
            left = np.where(below, middle, left)
            right = np.where(below, right, middle - 1)
        slope = self.slope[left]
        exact = np.divide(
            street - self.level[left], slope, out=self.knot[left].copy(), where=slope > 0
        )
        return np.maximum(exact, self.knot[left])

    def street(self, multiple: Floats) -> tuple[Floats, Floats]:
        """Return each pool's street total at a multiple, and how fast it rises there.

        Parameters
        ----------
        multiple : (pool,) floats
            Below the first breakpoint all stand at their low.

        Returns
        -------
        (pool,) floats, (pool,) floats
        """
        left, right = self.start[:-1].copy(), self.start[1:] - 1
        while np.any(left < right):
            middle = (left + right + 1) // 2
            below = self.knot[middle] <= multiple
            left = np.where(below, middle, left)
            right = np.where(below, right, middle - 1)
        inside = multiple >= self.knot[left]
        total = np.where(inside, self.level[left] + self.slope[left] * multiple, self.street_low)
        total = np.clip(total, self.street_low, self.street_high)
        return total, np.where(inside, self.slope[left], 0.0)

    def targets(self, multiple: Floats) -> Floats:
        """Return each item's target at its pool's multiple; `multiple` is (pool,)."""
        found = multiple[self.pool]
        found *= self.reference
        return np.clip(found, self.low, self.high, out=found)

    def unfairness(self, multiple: Floats) -> float:
        """Return Σ (T − T0)² / T0 over all items at their pools' multiples."""
        total = 0.0
        for begin in range(0, len(self.pool), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            reference = self.reference[some]
            away = multiple[self.pool[some]] * reference
            np.clip(away, self.low[some], self.high[some], out=away)
            away -= reference
            total += float((away * away / reference).sum())
        return total


def build_curves(pool: Ints, pools: int, reference: Floats, low: Floats, high: Floats) -> Curves:
    """Return the street curves of pools of reps.

    Parameters
    ----------
    pool : (item,) ints
    pools : int
    reference, low, high : (item,) floats
        `reference` above 0; `high` may be inf.
    """
    in_order = bool((np.diff(pool) >= 0).all())
    order = None if in_order else np.argsort(pool, kind="stable")
    sorted_items = [values if order is None else values[order] for values in (reference, low, high)]
    items = _Items(np.bincount(pool, minlength=pools), *sorted_items)
    bounded = np.isfinite(high)
    limited = np.bincount(pool[bounded], minlength=pools)
    start = np.concatenate([[0], np.cumsum(1 + items.count + limited)])
    knot, slope, level, street = (np.empty(start[-1]) for _ in range(4))
    for chosen in _alike_in_size(items.count):
        places = _places(start, chosen)
        knot[places], slope[places], level[places], street[places] = _knots(items, chosen)
    total, street_low, street_high = (
        np.bincount(pool, weights=values, minlength=pools).astype(float)
        for values in (reference, low, np.where(bounded, high, 0.0))
    )
    return Curves(
        pool,
        reference,
        low,
        high,
        street_low,
        np.where(np.bincount(pool[~bounded], minlength=pools) > 0, np.inf, street_high),
        total,
        knot,
        start,
        slope,
        level,
        street,
    )


@dataclass(frozen=True)
class _Items:
    """Items sorted by pool: how many each pool has, and their numbers."""

    count: Ints
    reference: Floats
    low: Floats
    high: Floats

    @cached_property
    def first(self) -> Ints:
        """First item of each pool."""
        return np.asarray(np.cumsum(self.count) - self.count)


def _alike_in_size(count: Ints) -> Iterator[Ints]:
    """Yield pools of similar numbers of items, few enough at a time to stay in the cache."""
    size = np.ceil(np.log2(np.maximum(count, 1)) * 2).astype(np.int64)
    for one in np.unique(size):
        alike = np.flatnonzero(size == one)
        step = max(1, _AT_ONCE // max(int(count[alike].max()), 1))
        for begin in range(0, len(alike), step):
            yield alike[begin : begin + step]


def _places(start: Ints, pools: Ints) -> slice | Ints:
    """Return where the knots of some pools stand."""
    if pools[-1] - pools[0] == len(pools) - 1:
        return slice(start[pools[0]], start[pools[-1] + 1])
    return ranges(start[pools], start[pools + 1] - start[pools])


def _knots(items: _Items, pools: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Return knots of some pools, sorted by pool and knot, with slope, level and street there."""
    count = items.count[pools]
    place = np.arange(int(count.max(initial=0)))
    there = place < count[:, None]
    item = np.where(there, items.first[pools][:, None] + place, 0)
    reference = np.where(there, items.reference[item], 1.0)
    low, high = np.where(there, items.low[item], 0.0), np.where(there, items.high[item], np.inf)
    bounded = np.isfinite(high)
    high = np.where(bounded, high, 0.0)
    shape = (len(pools), 1)
    knot = np.hstack([
        np.zeros(shape),
        np.where(there, low / reference, np.inf),
        np.where(bounded, high / reference, np.inf),
    ])  # fmt: skip
    order = np.argsort(knot, axis=1, kind="stable")
    knot = np.take_along_axis(knot, order, axis=1)
    reference = np.where(there, reference, 0.0)
    slope = np.hstack([np.zeros(shape), reference, -reference])
    level = np.hstack([low.sum(axis=1, keepdims=True), -low, high])
    slope, level = (
        np.cumsum(np.take_along_axis(values, order, axis=1), axis=1) for values in (slope, level)
    )
    slope[np.abs(slope) < _NOISE * reference.sum(axis=1, keepdims=True)] = 0.0
    kept = np.isfinite(knot)
    whole = bool(kept.all())
    street = level + slope * (knot if whole else np.where(kept, knot, 0.0))
    street = np.maximum(street, low.sum(axis=1, keepdims=True))
    np.maximum.accumulate(street, axis=1, out=street)
    if whole:
        return knot.ravel(), slope.ravel(), level.ravel(), street.ravel()
    return knot[kept], slope[kept], level[kept], street[kept]
