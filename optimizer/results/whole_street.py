"""What groups of reps carry in whole units, once the regional cells are whole."""

from __future__ import annotations

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.pools import Pools
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import over_assigned
from optimizer.results.nearest import Nearest
from optimizer.results.region_task import cell_most
from optimizer.results.remainder import largest_remainder
from optimizer.results.whole_people import mixed_volumes, rep_lock_items, volume_low
from optimizer.results.whole_rules import no_whole_plan
from optimizer.results.whole_totals import limits_people

_SHORT = 1e-7
"""Part of a street that may lack before it counts as short."""


def exact_streets(instance: Instance, pools: Pools, placed: Floats, rep_total: Floats) -> Ints:
    """Return the most that each pool's street should be, in units, (pool,).

    A street that the exact plan leaves short of over-assignment, for limits that only people
    know, stays so.

    Parameters
    ----------
    placed : (leaf, period, product) floats
    rep_total : (rep, period) floats
        Exact targets.
    """
    if not limits_people(instance):
        return np.full(len(pools.group), 2**53)
    totals = rep_total[pools.item_rep, pools.item_period]
    street = np.bincount(pools.curves.pool, weights=totals)
    full = (1.0 + instance.over_rep) * placed.sum(axis=2)[pools.leaf, pools.period]
    short = street < full * (1.0 - _SHORT)
    units = np.floor(street / instance.unit * (1.0 + _SHORT) + _SHORT)
    return np.where(short, units, 2.0**53).astype(np.int64)


def round_volumes(
    instance: Instance, pools: Pools, placed: Ints, volume: Floats, most: Ints
) -> Ints:
    """Return whole volumes of each pool, shape (pool, product).

    A pool that is alone follows the region's mix, up to what over-assignment and capacity
    allow; the others are rounded together, as near to `volume` as their limits permit.

    Parameters
    ----------
    placed : (leaf, period, product) ints
    volume : (group, period, product) floats
        Exact volumes, in the scenario's unit.
    most : (pool,) ints
        The most of each street, in units, where it covers what is placed.
    """
    whole = _plain_volumes(instance, pools, placed, most)
    mixed = np.flatnonzero(~pools.plain)
    if len(mixed):
        whole[mixed] = _mixed_volumes(instance, pools, mixed, placed, volume)
    return whole


def _plain_volumes(instance: Instance, pools: Pools, placed: Ints, limit: Ints) -> Ints:
    cells = placed[pools.leaf, pools.period]
    target = cells.sum(axis=1)
    most = np.minimum(np.rint(pools.curves.street_high / instance.unit), 2.0**53)
    most = np.minimum(most, limit)
    street = np.minimum(over_assigned(target, instance.over_rep), most.astype(np.int64))
    street = np.maximum(street, target)
    exact = cells * np.divide(street, target, out=np.ones(len(target)), where=target > 0)[:, None]
    table = np.repeat(np.arange(len(cells)), cells.shape[1])
    rounded = largest_remainder(exact.ravel(), table, street, low=cells.ravel())
    return np.asarray(rounded.reshape(cells.shape))


def _mixed_volumes(
    instance: Instance, pools: Pools, mixed: Ints, placed: Ints, volume: Floats
) -> Ints:
    unit, over = instance.unit, instance.over_rep
    pool, product = mixed_volumes(instance, pools)
    exact = volume[pools.group[pool], pools.period[pool], product] / unit
    low = volume_low(instance, pools, pool, product)
    problem = Nearest(exact, low, np.full(len(pool), np.inf), np.ones(len(pool), dtype=bool))
    items = np.arange(len(pool))
    number = np.cumsum(~pools.plain) - 1
    by_pool = Entries(number[pool], items)
    problem.keep_near(by_pool, by_pool.sums(exact, len(mixed)), 1.0)
    problem.keep(
        by_pool,
        np.rint(pools.curves.street_low[mixed] / unit),
        np.rint(pools.curves.street_high[mixed] / unit),
    )
    cell, at_cell = np.unique(
        np.ravel_multi_index((pools.leaf[pool], pools.period[pool], product), placed.shape),
        return_inverse=True,
    )
    target = placed.ravel()[cell]
    highest = cell_most(instance, target).astype(float)
    problem.keep(Entries(at_cell, items), target.astype(float), highest)
    row, at_row = np.unique(
        np.ravel_multi_index((pools.leaf[pool], pools.period[pool]), placed.shape[:2]),
        return_inverse=True,
    )
    total = placed.sum(axis=2).ravel()[row]
    street = over_assigned(total, over).astype(float)
    problem.keep(Entries(at_row, items), total.astype(float), street)
    _lock(problem, instance, pools, pool, product)
    found = problem.solve()
    if found is None:
        raise no_whole_plan(instance)
    whole = np.zeros((len(pools.group), placed.shape[2]), dtype=np.int64)
    whole[pool, product] = found
    return whole[mixed]


def _lock(problem: Nearest, instance: Instance, pools: Pools, pool: Ints, product: Ints) -> None:
    amount = np.rint(instance.rep_locks.amount / instance.unit)
    problem.keep(rep_lock_items(instance, pools, pool, product), amount, amount)
