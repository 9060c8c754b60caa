"""How far the reps of a region share one multiple of their references, and what parts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.curves import build_curves
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Reps

_NEAR = 1e-6


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
    locked : (rep, period) bools
        Whether a lock names the rep in the period.
    """

    least: Floats
    most: Floats
    total: Floats
    even: Floats
    locked: Bools

    @property
    def bound(self) -> Bools:
        """Where every rep is at a limit of its own, shape (leaf, period)."""
        return np.asarray(self.least < self.most)

    def nearest(self, wanted: Floats) -> Floats:
        """Return the multiple nearest to the wanted one, shape (leaf, period)."""
        return np.clip(wanted, self.least, self.most)

    def own(self, reps: Reps, multiple: Floats) -> dict[str, Floats]:
        """Return what each rep's own limits take or add at a multiple, (rep, period) each."""
        common = multiple[reps.leaf] * reps.reference
        gap = np.where(reps.reference > 0, self.even - common, 0.0)
        free = np.where(self.locked, 0.0, gap)
        return {
            "lock": np.where(self.locked, gap, 0.0),
            "capacity": np.minimum(free, 0.0),
            "min": np.maximum(free, 0.0),
        }


def read_multiples(instance: Instance, total: Floats) -> Multiples:
    """Return the multiples that bring the reps of each region and period to their targets.

    Parameters
    ----------
    total : (rep, period) floats
        The exact targets.
    """
    reps = instance.reps
    assert reps is not None
    shape = instance.reference.shape[:2]
    locked = _locked(instance, reps)
    rep, period = np.nonzero((reps.reference > 0) & ~locked)
    found, pool = np.unique(reps.leaf[rep] * shape[1] + period, return_inverse=True)
    pool = np.asarray(pool.reshape(-1), dtype=np.int64)
    reference, low, high = (values[rep, period] for values in (reps.reference, reps.low, reps.high))
    curves = build_curves(pool, len(found), reference, low, high)
    street = np.bincount(pool, weights=total[rep, period], minlength=len(found)).astype(float)
    multiple = curves.multiple(np.arange(len(found)), street)
    even = total.copy()
    even[rep, period] = curves.targets(multiple)
    least, most = np.zeros(shape), np.full(shape, np.inf)
    at_high = high <= multiple[pool] * reference * (1.0 + _NEAR)
    at_low = low >= multiple[pool] * reference * (1.0 - _NEAR)
    up, down = at_high & ~at_low, at_low & ~at_high
    np.maximum.at(least.ravel(), found[pool[up]], high[up] / reference[up])
    np.minimum.at(most.ravel(), found[pool[down]], low[down] / reference[down])
    free = np.bincount(pool, weights=~(at_high | at_low), minlength=len(found)) > 0
    least.ravel()[found[free]] = most.ravel()[found[free]] = multiple[free]
    return Multiples(np.minimum(least, most), most, total, even, locked)


def _locked(instance: Instance, reps: Reps) -> Bools:
    locks = instance.rep_locks
    locked = np.zeros(reps.reference.shape, dtype=bool)
    for rep, period in zip(locks.rep, locks.period, strict=True):
        locked[rep, slice(None) if period == ALL else period] = True
    return locked & (reps.reference > 0)
