"""Room that more capacity makes in the streets of the program of the least gap.

A pool may have several streets: people whose year is limited stand apart, and effort cuts the
totals. More capacity moves the cuts, so it makes room in each part between two of them.
"""

from __future__ import annotations

import numpy as np

from optimizer.model.pools import Pools
from optimizer.model.streets import Streets
from optimizer.problem.effort import least_effort, most_totals
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable


class CapacityRoom:
    """How much room capacity given to pools makes in their streets.

    Parameters
    ----------
    instance : Instance
    pools : Pools
    streets : Streets
        Of the program.
    """

    def __init__(self, instance: Instance, pools: Pools, streets: Streets) -> None:
        self._pool = streets.pool
        count, first = len(pools.group), streets.cut == 0
        self._room = _room_per_capacity(instance, pools, streets)
        self._part = _part_of_people(instance, pools, streets)
        high = streets.curves.street_high - streets.begin
        self._high = np.where(np.isfinite(high), high, 0.0)
        carried = np.bincount(self._pool[first], weights=self._high[first], minlength=count)
        self._carried = carried * heaviest(instance, pools)

    def made(
        self, pools: Ints, amount: Floats, *, by_capacity: bool = False
    ) -> tuple[Ints, Floats]:
        """Return streets of pools, and the room that more capacity makes there.

        Parameters
        ----------
        pools : (entry,) ints
        amount : (entry,) floats
            Capacity, in effort.
        by_capacity : bool
            Whether people get it in proportion to what they have; else as `raised_people`
            share it by reference.

        Returns
        -------
        (street,) ints, (street,) floats
        """
        given = np.bincount(pools, weights=amount, minlength=len(self._carried))[self._pool]
        if by_capacity:
            carried = self._carried[self._pool]
            room = np.divide(
                given * self._high, carried, out=np.zeros(len(given)), where=carried > 0
            )
        else:
            room = given * self._part * self._room
        street = np.flatnonzero(room)
        return street, room[street]


def tells_people_apart(instance: Instance) -> bool:
    """Return whether effort or limits over all periods tell the people of a pool apart."""
    return instance.effort is not None or (
        instance.reps is not None and instance.reps.total_low is not None
    )


def raised_people(instance: Instance, pools: Pools) -> Bools:
    """Return the items of pools, (item,), whom more capacity of their pool would go to.

    Whose capacities reach the most of their year already carry no more with more. They get
    some only where a pool has nobody else.
    """
    reps = instance.reps
    assert reps is not None
    if reps.total_high is None:
        return np.ones(len(pools.item_rep), dtype=bool)
    free = most_totals(instance).sum(axis=1) < reps.total_high
    able: Bools = free[pools.item_rep]
    some = np.bincount(pools.curves.pool, weights=able, minlength=len(pools.group)) > 0
    return np.asarray(able | ~some[pools.curves.pool], dtype=bool)


def heaviest(instance: Instance, pools: Pools) -> Floats:
    """Return the most effort that a unit takes of what each pool sells, (pool,)."""
    if instance.effort is None:
        return np.ones(len(pools.group))
    return np.asarray(np.where(_sold(instance, pools), instance.effort, 0.0).max(axis=1))


def _part_of_people(instance: Instance, pools: Pools, streets: Streets) -> Floats:
    """Return which part of a pool's new capacity goes to the people of each street, (street,)."""
    reference = np.where(raised_people(instance, pools), pools.curves.reference, 0.0)
    kinds = int(streets.kind.max(initial=-1)) + 2
    item = pools.curves.pool * kinds + streets.rep_kind[pools.item_rep] + 1
    by_kind = np.bincount(item, weights=reference, minlength=len(pools.group) * kinds)
    total = by_kind.reshape(-1, kinds).sum(axis=1)
    return np.asarray(by_kind[streets.pool * kinds + streets.kind + 1] / total[streets.pool])


def _room_per_capacity(instance: Instance, pools: Pools, streets: Streets) -> Floats:
    """Return how much longer each street gets per unit of capacity, (street,).

    The part between the cuts at C/e and C/e' grows by 1/e' − 1/e.
    """
    if instance.effort is None:
        return np.ones(len(streets.pool))
    cuts = streets.cuts
    last = least_effort(instance.effort, _sold(instance, pools))
    number = cuts.there.sum(axis=1)
    ends = np.zeros((len(last), int(number.max(initial=0)) + 2))
    pool, level = np.nonzero(cuts.there)
    ends[pool, cuts.number[pool, level]] = 1.0 / cuts.effort[level]
    ends[np.arange(len(last)), number + 1] = np.divide(
        1.0, last, out=np.full(len(last), np.inf), where=last > 0
    )
    room = ends[streets.pool, streets.cut + 1] - ends[streets.pool, streets.cut]
    return np.where(np.isfinite(room), room, 0.0)


def _sold(instance: Instance, pools: Pools) -> Bools:
    assert instance.groups is not None
    return np.asarray(sellable(instance.reference, instance.groups)[pools.group, pools.period])
