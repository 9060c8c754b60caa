"""Buffers, capacities, more people and potentials as levers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from optimizer.advice.backing import Give
from optimizer.advice.lever import POINT, SEVERAL, WORTH, Lever, up
from optimizer.change.capacities import set_capacities
from optimizer.change.edits import add_rep, set_buffer, set_potential
from optimizer.domain.scenario import Buffers, Scenario
from optimizer.model.bound import Prices, rep_rewards
from optimizer.model.listing import slice_names
from optimizer.model.pools import Pools
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import ceil_units

_MOST_NEW = 50.0
"""New people in one region beyond which advice names no number: that is another company."""


def buffers(instance: Instance, pools: Pools | None, kept: Buffers) -> Iterator[Lever]:
    """Yield what is kept back of potential and of capacity."""
    if kept.potential > 0 and len(instance.potentials.given):
        yield _buffer("potential", kept.potential, instance.potentials.given, instance.goal)
    if kept.capacity > 0 and pools is not None:
        high = pools.curves.street_high
        given = np.where(np.isfinite(high), high, 0.0) / (1.0 - kept.capacity)
        yield _buffer("capacity", kept.capacity, given, instance.goal)


def _buffer(name: str, kept: float, amounts: Floats, goal: float) -> Lever:
    def left(share: float) -> float:
        return max(round(kept - share, 6), 0.0)

    return Lever(
        kind=f"{name}_buffer",
        where="*",
        gives=(Give(name, np.arange(len(amounts)), amounts),),
        most=kept,
        room=goal,
        whole=lambda share: min(up(share, POINT), kept),
        edit=lambda scenario, share: set_buffer(scenario, name, left(share)),
        words=lambda share: f"keep back {left(share):.2%} of all {name} instead of {kept:.2%}",
    )


def worth_raising(instance: Instance, pools: Pools | None, prices: Prices) -> Ints:
    """Return the pools whose capacity holds the gap open, those first that matter most."""
    if pools is None:
        return np.zeros(0, dtype=np.int64)
    worth = rep_rewards(instance, prices)[pools.item_rep, pools.item_period]
    value = np.bincount(
        pools.curves.pool,
        weights=np.maximum(worth, 0.0) * pools.curves.reference,
        minlength=len(pools.group),
    )
    chosen = np.isfinite(pools.curves.street_high) & (value > WORTH * instance.unit)
    order = np.lexsort((np.arange(len(value)), -value))
    return np.asarray(order[chosen[order]][:SEVERAL])


def capacities(
    instance: Instance, pools: Pools | None, chosen: Iterable[int], kept: float
) -> Iterator[Lever]:
    """Yield more capacity for the people of a region and period, spread by reference.

    Parameters
    ----------
    instance : Instance
    pools : Pools or None
    chosen : iterable of int
        Pools.
    kept : float
        Buffer on capacity.
    """
    if pools is None:
        return
    order = np.argsort(pools.curves.pool, kind="stable")
    start = np.searchsorted(pools.curves.pool[order], np.arange(len(pools.group) + 1))
    for pool in chosen:
        items = order[start[pool] : start[pool + 1]]
        yield _capacity(instance, pools, int(pool), items, 1.0 - kept)


def _capacity(instance: Instance, pools: Pools, pool: int, items: Ints, kept: float) -> Lever:
    reps, unit = instance.reps, instance.unit
    assert reps is not None
    people, period = pools.item_rep[items], int(pools.period[pool])
    weight = pools.curves.reference[items]
    label, region = instance.periods[period], instance.leaves[pools.leaf[pool]]

    def raises(amount: float) -> list[tuple[str, float, float]]:
        counts = _spread(weight, round(amount / unit))
        return [
            (reps.names[rep], float(reps.high[rep, period]), float(count) * unit)
            for rep, count in zip(people, counts, strict=True)
            if count > 0
        ]

    def edit(scenario: Scenario, amount: float) -> Scenario:
        final = {
            (name, label): up((high + more) / kept, unit / 100.0)
            for name, high, more in raises(amount)
        }
        return set_capacities(scenario, final)

    def words(amount: float) -> str:
        parts = [f"{name} +{more:,.10g}" for name, _, more in raises(amount)]
        listed = ", ".join(parts[:3]) + (f" and {len(parts) - 3} more" if len(parts) > 3 else "")
        return f"raise the capacity of {region}'s people in {label} by {amount:,.10g} ({listed})"

    return Lever(
        kind="capacity",
        where=f"{label} {region}",
        gives=(Give("capacity", np.array([pool]), np.ones(1)),),
        most=2.0 * instance.ask_total,
        room=1.0,
        whole=lambda amount: float(ceil_units(np.array(amount), unit)),
        edit=edit,
        words=words,
    )


def _spread(weight: Floats, units: int) -> Floats:
    """Spread whole units in proportion, the largest remainders first."""
    exact = weight / weight.sum() * units
    counts = np.floor(exact + 1e-9)
    left = round(float(units - counts.sum()))
    counts[np.argsort(counts - exact, kind="stable")[:left]] += 1
    return np.asarray(counts)


def more_reps(
    instance: Instance, pools: Pools | None, leaves: Iterable[int], kept: float
) -> Iterator[Lever]:
    """Yield more people of average capacity in regions where everybody sells everything."""
    if pools is None:
        return
    for leaf in leaves:
        here = np.flatnonzero((pools.leaf == leaf) & pools.plain)
        capacity = average_capacity(instance, leaf, kept)
        if len(here) and capacity is not None and capacity * (1.0 - kept) >= instance.unit:
            yield _more_reps(instance, here, int(leaf), capacity, 1.0 - kept)


def average_capacity(instance: Instance, leaf: int, kept: float) -> float | None:
    """Return the mean capacity per period of a region's reps, else of all; None without any."""
    reps = instance.reps
    assert reps is not None
    known = np.isfinite(reps.high) & (reps.reference > 0)
    here = known & (reps.leaf == leaf)[:, None]
    chosen = here if here.any() else known
    if not chosen.any():
        return None
    mean = float(reps.high[chosen].mean()) / (1.0 - kept)
    return float(np.floor(mean / instance.unit + 1e-9) * instance.unit)


def _more_reps(instance: Instance, pools: Ints, leaf: int, capacity: float, kept: float) -> Lever:
    region = instance.leaves[leaf]
    usable = float(np.floor(capacity * kept / instance.unit + 1e-9) * instance.unit)

    def edit(scenario: Scenario, number: float) -> Scenario:
        for _ in range(round(number)):
            scenario = add_rep(scenario, new_name(scenario, region), region, capacity=capacity)
        return scenario

    def words(number: float) -> str:
        count = round(number)
        people = "one more rep" if count == 1 else f"{count} more reps"
        return f"put {people} of capacity {capacity:,.10g} per period into {region}"

    return Lever(
        kind="rep",
        where=region,
        gives=(Give("capacity", pools, np.full(len(pools), usable)),),
        most=min(float(np.ceil(instance.ask_total / usable)), _MOST_NEW),
        room=capacity * len(instance.periods),
        whole=lambda number: up(number, 1.0),
        edit=edit,
        words=words,
        in_whole=True,
    )


def new_name(scenario: Scenario, region: str) -> str:
    """Return a name for a new rep that nobody has."""
    people = scenario.table("people")
    taken = set() if people is None else set(people["rep"])
    number = 1
    while f"New {region} {number}" in taken:
        number += 1
    return f"New {region} {number}"


def worth_finding(instance: Instance, prices: Prices) -> Ints:
    """Return the potentials that hold the gap open, those first that matter most."""
    order = np.lexsort((np.arange(len(prices.potential)), -prices.potential))
    chosen = (prices.potential > WORTH) & (instance.potentials.given > 0)
    return np.asarray(order[chosen[order]][:SEVERAL])


def potentials(instance: Instance, chosen: Iterable[int], kept: float) -> Iterator[Lever]:
    """Yield larger potentials; one of 0 stays closed, it is no market."""
    for row in chosen:
        if instance.potentials.given[row] > 0:
            yield _potential(instance, int(row), 1.0 - kept)


def _potential(instance: Instance, row: int, kept: float) -> Lever:
    period, region, product = names = slice_names(instance, instance.potentials.slices, row)
    given, usable = (
        float(amounts[row]) for amounts in (instance.potentials.given, instance.potentials.usable)
    )
    where = " ".join(name for name in names if name != "*") or "everywhere"

    def new(amount: float) -> float:
        return up((usable + amount) / kept, instance.unit / 100.0)

    return Lever(
        kind="potential",
        where=where,
        gives=(Give("potential", np.array([row]), np.ones(1)),),
        most=2.0 * instance.ask_total,
        room=1.0,
        whole=lambda amount: float(ceil_units(np.array(amount), instance.unit)),
        edit=lambda scenario, amount: set_potential(
            scenario, new(amount), period=period, region=region, product=product
        ),
        words=lambda amount: (
            f"find more market: {where} would need a potential of {new(amount):,.10g} "
            f"instead of {given:,.10g}"
        ),
    )
