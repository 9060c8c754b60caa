"""Water-filling: the fairest targets of reps that share one street total.

For a group of reps and a period with street total S the fairest targets are
``T[i] = clip(m · T0[i], low[i], high[i])`` with one multiple m for all of them. S grows with
m along straight pieces between the breakpoints ``low/T0`` and ``high/T0``, so m is found
exactly from sorted breakpoints and running sums, for all groups and periods at once.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats, Ints

_NOISE = 1e-11
"""Relative size below which a running sum of references counts as 0."""


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
        return np.clip(multiple[self.pool] * self.reference, self.low, self.high)


def build_curves(pool: Ints, pools: int, reference: Floats, low: Floats, high: Floats) -> Curves:
    """Return the street curves of pools of reps.

    Parameters
    ----------
    pool : (item,) ints
    pools : int
    reference, low, high : (item,) floats
        `reference` above 0; `high` may be inf.
    """
    bounded = np.isfinite(high)
    knot = np.concatenate([np.zeros(pools), low / reference, high[bounded] / reference[bounded]])
    owner = np.concatenate([np.arange(pools), pool, pool[bounded]])
    slope = np.concatenate([np.zeros(pools), reference, -reference[bounded]])
    level = np.concatenate([np.bincount(pool, weights=low, minlength=pools), -low, high[bounded]])
    order = np.lexsort((knot, owner))
    knot, owner = knot[order], owner[order]
    start = np.searchsorted(owner, np.arange(pools + 1))
    slope, level = _running(slope[order], start), _running(level[order], start)
    total, street_low, street_high = (
        np.bincount(pool, weights=values, minlength=pools).astype(float)
        for values in (reference, low, np.where(bounded, high, 0.0))
    )
    boundless = np.bincount(pool[~bounded], minlength=pools) > 0
    slope[np.abs(slope) < _NOISE * total[owner]] = 0.0
    street_at_knot = np.maximum(level + slope * knot, street_low[owner])
    for begin, end in itertools.pairwise(start):
        np.maximum.accumulate(street_at_knot[begin:end], out=street_at_knot[begin:end])
    return Curves(
        pool,
        reference,
        low,
        high,
        street_low,
        np.where(boundless, np.inf, street_high),
        total,
        knot,
        start,
        slope,
        level,
        street_at_knot,
    )


def _running(values: Floats, start: Ints) -> Floats:
    sums = np.cumsum(values)
    before = np.concatenate([[0.0], sums])[start[:-1]]
    return np.asarray(sums - np.repeat(before, np.diff(start)))
