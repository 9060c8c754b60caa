"""How far the reps of a region share one multiple of their references, and what parts them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.model.curves import build_curves
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Reps

APART = ("lock", "year", "growth", "effort")
"""Limits that take a rep out of the common multiple of the region."""

_NEAR = 1e-6
_TOLD = 1e-5
"""Part of the reference below which nothing is told."""

_AT_ONCE = 1 << 13
"""Reps worked on at a time."""


@dataclass(frozen=True)
class Multiples:
    """The common multiples m of T = clip(m · T0, min, capacity), by region and period.

    Attributes
    ----------
    least, most : (leaf, period) floats
        The range of multiples that gives the targets: one number where some rep is at no
        limit of its own, a range where all are.
    total : (rep, period) floats
        T, the exact targets.
    even : (rep, period) floats
        What the targets would be if everybody sold the same products.
    apart : dict of kind to (rep, period) bools
        Where a limit of `APART` sets the rep's target; no two of them in one place.
    held : (rep, period) bools
        Where a limit of the rep may be told: not where it would hold the rep only if everybody
        sold the same products.
    """

    least: Floats
    most: Floats
    total: Floats
    even: Floats
    apart: dict[str, Bools]
    held: Bools

    @property
    def bound(self) -> Bools:
        """Where every rep is at a limit of its own, shape (leaf, period)."""
        return np.asarray(self.least < self.most)

    def nearest(self, wanted: Floats) -> Floats:
        """Return the multiple nearest to the wanted one, shape (leaf, period)."""
        return np.clip(wanted, self.least, self.most)

    def own(self, reps: Reps, multiple: Floats, some: slice) -> dict[str, Floats]:
        """Return what the own limits of some reps take or add at a multiple, (rep, period) each.

        A kind that limits nobody among them is left out, but for capacity and min.
        """
        reference = reps.reference[some]
        gap = self.even[some] - multiple[reps.leaf[some]] * reference
        gap[~self.held[some] | (reference <= 0)] = 0.0
        found = {}
        for kind, mask in self.apart.items():
            if (here := mask[some]).any():
                found[kind] = np.where(here, gap, 0.0)
                gap = np.where(here, 0.0, gap)
        return {**found, "capacity": np.minimum(gap, 0.0), "min": np.maximum(gap, 0.0)}


def parts_of(reps: Reps) -> Iterator[slice]:
    """Yield all reps, few enough at a time to stay in the cache."""
    for start in range(0, len(reps.reference), _AT_ONCE):
        yield slice(start, start + _AT_ONCE)


def sums_by_leaf(leaf: Ints, values: Floats | Bools, leaves: int) -> Floats:
    """Return sums (leaf, period) of values (rep, period)."""
    columns = [np.bincount(leaf, weights=column, minlength=leaves) for column in values.T]
    return np.stack(columns, axis=1)


def any_of(masks: dict[str, Bools]) -> Bools:
    """Return where at least one of some masks holds."""
    return np.asarray(np.logical_or.reduce(list(masks.values())), dtype=bool)


def read_multiples(instance: Instance, total: Floats, cells: Ints | None) -> Multiples:
    """Return the multiples that bring the reps of each region and period to their targets.

    Parameters
    ----------
    total : (rep, period) floats
        The exact targets.
    cells : (rep, period, product) ints or None
        The targets in whole units: what they take of the reps' capacity where products differ
        in effort.
    """
    reps = instance.reps
    assert reps is not None
    shape = instance.reference.shape[:2]
    most = most_totals(instance)
    near = _TOLD * reps.reference
    sides = (total <= reps.low + near, total >= most - near)
    at_limit = sides[0] | sides[1]
    apart = _apart(instance, reps, total, cells, sides)
    rep, period = np.nonzero((reps.reference > 0) & ~any_of(apart))
    pool = reps.leaf[rep] * shape[1] + period
    there = np.bincount(pool, minlength=shape[0] * shape[1]) > 0
    found, pool = np.flatnonzero(there), (np.cumsum(there) - 1)[pool]
    reference, low, high = (values[rep, period] for values in (reps.reference, reps.low, most))
    curves = build_curves(pool, len(found), reference, low, high)
    street = np.bincount(pool, weights=total[rep, period], minlength=len(found)).astype(float)
    multiple = curves.multiple(np.arange(len(found)), street)
    even = total.copy()
    even[rep, period] = curves.targets(multiple)
    least, upper = np.zeros(shape), np.full(shape, np.inf)
    at_high = high <= multiple[pool] * reference * (1.0 + _NEAR)
    at_low = low >= multiple[pool] * reference * (1.0 - _NEAR)
    up, down = at_high & ~at_low, at_low & ~at_high
    np.maximum.at(least.ravel(), found[pool[up]], high[up] / reference[up])
    np.minimum.at(upper.ravel(), found[pool[down]], low[down] / reference[down])
    free = np.bincount(pool, weights=~(at_high | at_low), minlength=len(found)) > 0
    least.ravel()[found[free]] = upper.ravel()[found[free]] = multiple[free]
    # What would hold a rep only if everybody sold the same products does not hold it.
    held = np.asarray(at_limit | any_of(apart) | (np.abs(total - even) <= near), dtype=bool)
    return Multiples(np.minimum(least, upper), upper, total, even, apart, held)


def _apart(
    instance: Instance,
    reps: Reps,
    total: Floats,
    cells: Ints | None,
    sides: tuple[Bools, Bools],
) -> dict[str, Bools]:
    """Return where limits that take a rep out of the common multiple set the target.

    Parameters
    ----------
    sides : (rep, period) bools, twice
        Who is at the least and at the most of a single period: there that limit is told.
    """
    at_least, at_most = sides
    found = {kind: np.zeros(total.shape, dtype=bool) for kind in APART}
    found["lock"] = _locked(instance, reps)
    if reps.total_high is not None and reps.total_low is not None:
        whole, near = total.sum(axis=1), _TOLD * reps.reference.sum(axis=1)
        top = whole >= reps.total_high - near
        bottom = (reps.total_low > 0) & (whole <= reps.total_low + near)
        grown = np.zeros_like(top) if reps.total_given is None else reps.total_given.by_growth
        above = (top & ~bottom)[:, None] & ~at_most
        found["year"] = (bottom[:, None] & ~at_least) | (above & ~grown[:, None])
        found["growth"] = above & grown[:, None]
    if instance.effort is not None and cells is not None:
        room = instance.unit * float(instance.effort.max()) * len(instance.products)
        found["effort"] = (cells @ instance.effort) * instance.unit >= reps.high - room
    taken = reps.reference <= 0
    for kind in APART:
        found[kind] = np.asarray(found[kind] & ~taken, dtype=bool)
        taken = taken | found[kind]
    return found


def _locked(instance: Instance, reps: Reps) -> Bools:
    locks = instance.rep_locks
    locked = np.zeros(reps.reference.shape, dtype=bool)
    for rep, period in zip(locks.rep, locks.period, strict=True):
        locked[rep, slice(None) if period == ALL else period] = True
    return locked
