"""Totals of reps in whole units: by water-filling, or near the exact plan within year limits."""

from __future__ import annotations

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.pools import Pools
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.results.nearest import Nearest
from optimizer.results.remainder import largest_remainder, whole_part

_ROUNDS = 500
_EXACT = 1e-9
_AT_LIMIT = 1e-6
"""Relative distance at which an exact total counts as at its limit."""

_OFF = 1e-3
"""Relative distance from the common multiple at which something must hold a rep."""

_HEAD = 1.1
"""What a rep at a limit would have beyond it: more than whole streets ever differ by."""

MOST_UNITS = 2.0**53
"""Stands for no limit where units are counted."""


def water_filled(pools: Pools, street: Ints, unit: float) -> Ints:
    """Return each item's target: one multiple of the reference in a pool, within limits.

    Parameters
    ----------
    pools : Pools
    street : (pool,) ints
        In units.
    unit : float

    Returns
    -------
    (item,) ints
        Sums to `street` in each pool.
    """
    curves = pools.curves
    exact = curves.targets(curves.multiple(np.arange(len(street)), street * unit)) / unit
    low, high = (limits.astype(np.int64) for limits in unit_limits(pools, unit))
    return largest_remainder(exact, curves.pool, street, low, high)


def unit_limits(pools: Pools, unit: float) -> tuple[Floats, Floats]:
    """Return least and most of each item in units, (item,) each."""
    curves = pools.curves
    high = np.where(np.isfinite(curves.high), np.rint(curves.high / unit), MOST_UNITS)
    return np.rint(curves.low / unit), np.minimum(high, MOST_UNITS)


def limits_people(instance: Instance) -> bool:
    """Return whether effort or year limits have to be kept."""
    return instance.effort is not None or (
        instance.reps is not None and instance.reps.total_low is not None
    )


def year_units(instance: Instance) -> tuple[Floats, Floats]:
    """Return the year limits of the reps in units, (rep,) each; 0 and inf where there is none."""
    reps = instance.reps
    assert reps is not None
    if reps.total_low is None or reps.total_high is None:
        people = len(reps.leaf)
        return np.zeros(people), np.full(people, np.inf)
    return np.rint(reps.total_low / instance.unit), np.rint(reps.total_high / instance.unit)


def refitted(
    instance: Instance, pools: Pools, rep_total: Floats, street: Ints, chosen: Bools
) -> Floats:
    """Return exact totals brought to whole streets within all limits of totals, in units.

    Streets and year limits are met in turn by scaling (iterative proportional fitting), so
    that equals stay equal. Who stands at a limit in the exact plan stays there: people
    without one share what a whole street has more or less.

    Parameters
    ----------
    rep_total : (rep, period) floats
    street : (pool,) ints
    chosen : (item,) bools
        The others are left at 0.

    Returns
    -------
    (item,) floats
    """
    item = np.flatnonzero(chosen)
    reps, rep = np.unique(pools.item_rep[item], return_inverse=True)
    used, pool = np.unique(pools.curves.pool[item], return_inverse=True)
    street = street[used]
    low, high = (limit[item] for limit in unit_limits(pools, instance.unit))
    least, most = (limit[reps] for limit in year_units(instance))
    exact = rep_total[pools.item_rep, pools.item_period][item] / instance.unit
    head = _headroom(rep_total[reps].sum(axis=1) / instance.unit, least, most)
    held = _held(instance, pools, item, exact, head[rep])
    high = np.where(held, np.clip(exact, low, high), high)
    factor = 1.0 / head
    total = np.clip(np.maximum(exact * np.where(held, _HEAD, 1.0), _EXACT), low, high)
    for _ in range(_ROUNDS):
        sums = np.bincount(pool, weights=total)
        by_pool = np.divide(street, sums, out=np.ones(len(sums)), where=sums > 0)
        total = np.clip(total * by_pool[pool], low, high)
        year = np.bincount(rep, weights=total)
        freely = np.divide(year, factor, out=np.zeros_like(year), where=factor > 0)
        wanted = np.clip(freely, least, most)
        by_rep = np.divide(wanted, year, out=np.ones(len(year)), where=year > 0)
        factor = factor * by_rep
        total = np.clip(total * by_rep[rep], low, high)
        missed = np.concatenate([by_rep[rep], by_pool[pool]]) - 1.0
        if (np.abs(missed) <= _EXACT).all():
            break
    result = np.zeros(len(chosen))
    result[item] = total
    return result


def _headroom(year: Floats, least: Floats, most: Floats) -> Floats:
    """Return by how much more, or less, each rep would have without a limit of the year."""
    full = year >= most * (1.0 - _AT_LIMIT)
    scant = (year <= least * (1.0 + _AT_LIMIT)) & (least > 0)
    return np.where(full, _HEAD, np.where(scant, 1.0 / _HEAD, 1.0))


def _held(instance: Instance, pools: Pools, item: Ints, exact: Floats, head: Floats) -> Bools:
    """Return whose total effort holds below the common multiple of the pool, (number,)."""
    if instance.effort is None:
        return np.zeros(len(item), dtype=bool)
    pool, unit = pools.curves.pool[item], instance.unit
    multiple = exact / pools.curves.reference[item]
    free = (exact * unit > pools.curves.low[item] * (1.0 + _AT_LIMIT)) & (head == 1.0)
    common = np.zeros(len(pools.group))
    np.maximum.at(common, pool[free], multiple[free])
    return np.asarray(free & (multiple < common[pool] * (1.0 - _OFF)), dtype=bool)


def within_years(
    instance: Instance, pools: Pools, exact: Floats, street: Ints, item: Ints
) -> Ints | None:
    """Return whole totals around exact ones that keep streets and year limits.

    Streets and years are the two sides of a network, so whole totals exist wherever exact
    ones do.

    Parameters
    ----------
    exact : (number,) floats
        Of the chosen items, in units.
    street : (pool,) ints
    item : (number,) ints
        The items chosen.

    Returns
    -------
    (number,) ints or None
        None where there are none within a unit of `exact`.
    """
    low, high = (limit[item] for limit in unit_limits(pools, instance.unit))
    base, _ = whole_part(exact)
    floor: Floats = np.clip(base, low, high)
    most: Floats = np.clip(base + 1, floor, high)
    free = np.zeros(len(item), dtype=bool)
    problem = Nearest(np.clip(exact, floor, None), floor, most, free)
    _keep_sums(problem, pools.curves.pool[item], street.astype(float), street.astype(float))
    _keep_sums(problem, pools.item_rep[item], *year_units(instance))
    return problem.solve()


def _keep_sums(problem: Nearest, owner: Ints, low: Floats, high: Floats) -> None:
    """Keep the items' sums by owner within limits, where there are any."""
    kinds, row = np.unique(owner, return_inverse=True)
    limited = (low[kinds] > 0) | np.isfinite(high[kinds])
    number = np.cumsum(limited) - 1
    kept = np.flatnonzero(limited[row])
    kinds = kinds[limited]
    problem.keep(Entries(number[row[kept]], kept), low[kinds], high[kinds])
