"""More people as levers: a rep of average capacity who may come to a region.

A rep who may come stands in the problem from the start, without any capacity; whoever is hired
brings it. So one program tells whether it is cheaper to hire or to ask more of who is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.advice.lever import Lever, up
from optimizer.advice.parts import Part
from optimizer.change.edits import add_rep
from optimizer.domain.scenario import Scenario
from optimizer.model.backing_capacity import tells_people_apart
from optimizer.model.backing_program import Give
from optimizer.model.pools import Pools
from optimizer.problem.instance import Bools, Floats, Groups, Instance, Ints, Reps

_MOST_NEW = 50.0
"""New people in one region beyond which advice names no number: that is another company."""


@dataclass(frozen=True)
class Candidates:
    """A problem in which one rep more sits in some regions.

    Attributes
    ----------
    instance : Instance
        With them, behind all others.
    leaf, group : (candidate,) ints
        Region and group of each.
    apart : bool
        Whether they have groups of their own. Then their capacity stands in the problem, and
        the program holds it at 0 until they are hired; else they sit with who sells the same,
        without any capacity.
    """

    instance: Instance
    leaf: Ints
    group: Ints
    apart: bool

    def idle(self, pools: Pools | None) -> Ints:
        """Return the pools that carry nothing until somebody is hired."""
        if pools is None or not self.apart:
            return np.zeros(0, dtype=np.int64)
        rows = pools.number[self.group].ravel()
        return np.asarray(rows[rows >= 0])


def with_candidates(instance: Instance, leaves: Ints, kept: float) -> Candidates:
    """Return a problem in which one rep more sits in some regions.

    Where effort or limits over all periods tell people apart, who is new shares neither.

    Parameters
    ----------
    instance : Instance
    leaves : (candidate,) ints
        Their regions.
    kept : float
        Buffer on capacity.
    """
    reps, groups = instance.reps, instance.groups
    apart = tells_people_apart(instance)
    if reps is None or groups is None or not len(leaves):
        return Candidates(instance, leaves[:0], np.zeros(0, dtype=np.int64), apart)
    every = groups.sells.all(axis=1) & ~groups.locked & (not apart)
    there = np.full(len(instance.leaves), -1, dtype=np.int64)
    there[groups.leaf[every]] = np.flatnonzero(every)
    new = leaves[there[leaves] < 0]
    there[new] = len(groups.leaf) + np.arange(len(new))
    count = len(new)
    more = Groups(
        leaf=np.append(groups.leaf, new),
        sells=np.vstack([groups.sells, np.ones((count, groups.sells.shape[1]), dtype=bool)]),
        locked=np.append(groups.locked, np.zeros(count, dtype=bool)),
    )
    usable = [_usable(instance, average_capacity(instance, leaf, kept), kept) for leaf in leaves]
    capacity = np.array(usable) if apart else np.zeros(len(leaves))
    hired = _with_reps(instance, reps, leaves, there[leaves], capacity)
    return Candidates(replace(instance, reps=hired, groups=more), leaves, there[leaves], apart)


def _with_reps(instance: Instance, reps: Reps, leaves: Ints, group: Ints, capacity: Floats) -> Reps:
    """Return the reps with candidates behind them."""
    asked = instance.reference[leaves].sum(axis=2)
    count = len(leaves)
    return replace(
        reps,
        names=reps.names + ("",) * count,
        leaf=np.append(reps.leaf, leaves),
        weight=np.vstack([reps.weight, asked > 0]),
        reference=np.vstack([reps.reference, asked]),
        low=np.vstack([reps.low, np.zeros_like(asked)]),
        high=np.vstack([reps.high, np.where(asked > 0, capacity[:, None], 0.0)]),
        group=np.append(reps.group, group),
        total_low=_appended(reps.total_low, count, 0.0),
        total_high=_appended(reps.total_high, count, np.inf),
    )


def _appended(held: Floats | None, count: int, value: float) -> Floats | None:
    return None if held is None else np.append(held, np.full(count, value))


def more_reps(
    instance: Instance, pools: Pools, candidates: Candidates, kept: float
) -> Iterator[Lever]:
    """Yield more people of average capacity, one lever per candidate.

    Parameters
    ----------
    instance : Instance
    pools : Pools
        With the candidates' own.
    candidates : Candidates
    kept : float
        Buffer on capacity.
    """
    for leaf, own in zip(candidates.leaf.tolist(), candidates.group.tolist(), strict=True):
        rows = pools.number[own]
        rows = rows[rows >= 0]
        capacity = average_capacity(instance, leaf, kept)
        usable = _usable(instance, capacity, kept)
        if len(rows) and usable >= instance.unit and np.isfinite(_high(pools, rows)).any():
            yield _more_reps(instance, leaf, rows, capacity, usable)


def _high(pools: Pools, rows: Ints) -> Floats:
    return np.asarray(pools.curves.street_high[rows])


def _usable(instance: Instance, capacity: float | None, kept: float) -> float:
    """Return what a new rep can carry in a period; who has no limit could carry all."""
    if capacity is None:
        return instance.ask_total
    usable = capacity * (1.0 - kept)
    if instance.effort is not None:
        return usable
    return float(np.floor(usable / instance.unit + 1e-9) * instance.unit)


def _more_reps(
    instance: Instance, leaf: int, rows: Ints, capacity: float | None, usable: float
) -> Lever:
    def part(amount: float) -> Part:
        return hire(instance, leaf, capacity, round(up(amount, 1.0)))

    size = _average_target(instance) if capacity is None else capacity
    return Lever(
        kind="rep",
        gives=(Give("capacity", rows, np.full(len(rows), usable)),),
        most=min(float(np.ceil(instance.ask_total / usable)), _MOST_NEW),
        room=size * len(instance.periods),
        step=1.0,
        part=part,
        in_whole=True,
    )


def hire(instance: Instance, leaf: int, capacity: float | None, number: int) -> Part:
    """Return the change that puts people of some capacity per period into a region."""
    region = instance.leaves[leaf]
    own = {} if capacity is None else {"capacity": capacity}
    size = "without a limit" if capacity is None else f"of capacity {capacity:,.10g} per period"
    people = "one more rep" if number == 1 else f"{number} more reps"

    def edit(scenario: Scenario) -> Scenario:
        for _ in range(number):
            scenario = add_rep(scenario, new_name(scenario, region), region, **own)
        return scenario

    return Part("rep", region, float(number), f"put {people} {size} into {region}", edit)


def average_capacity(instance: Instance, leaf: int, kept: float) -> float | None:
    """Return the mean capacity per period of a region's reps, else of all; None without any."""
    reps = instance.reps
    assert reps is not None
    known: Bools = np.isfinite(reps.high) & (reps.reference > 0)
    here = known & (reps.leaf == leaf)[:, None]
    chosen = here if here.any() else known
    if not chosen.any():
        return None
    mean = float(reps.high[chosen].mean()) / (1.0 - kept)
    return float(np.floor(mean / instance.unit + 1e-9) * instance.unit)


def _average_target(instance: Instance) -> float:
    """Return the mean reference target per period of who works."""
    reps = instance.reps
    assert reps is not None
    working = reps.reference > 0
    return float(reps.reference[working].mean()) if working.any() else instance.ask_total


def new_name(scenario: Scenario, region: str) -> str:
    """Return a name for a new rep that nobody has."""
    people = scenario.table("people")
    taken = set() if people is None else set(people["rep"])
    number = 1
    while f"New {region} {number}" in taken:
        number += 1
    return f"New {region} {number}"
