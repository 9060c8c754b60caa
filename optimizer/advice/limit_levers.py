"""Buffers, capacities and potentials as levers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.advice.lever import POINT, SEVERAL, WORTH, Lever, up
from optimizer.advice.parts import Part, unchanged
from optimizer.change.edits import set_buffer, set_potential
from optimizer.domain.scenario import Buffers
from optimizer.model.backing_capacity import raised_people
from optimizer.model.backing_program import Give
from optimizer.model.bound import Prices, rep_rewards
from optimizer.model.listing import slice_names
from optimizer.model.pools import Pools
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import ceil_units


def buffers(instance: Instance, pools: Pools | None, rows: Ints, kept: Buffers) -> Iterator[Lever]:
    """Yield what is kept back of potential and of capacity.

    Parameters
    ----------
    instance : Instance
    pools : Pools or None
    rows : (pool,) ints
        Where each pool's capacity stands in the program.
    kept : Buffers
    """
    given = instance.potentials.given
    if kept.potential > 0 and len(given):
        give = Give("potential", np.arange(len(given)), given)
        yield _buffer("potential", kept.potential, give, instance.goal)
    if kept.capacity > 0 and pools is not None:
        high = _carried(instance, pools)
        given = np.where(np.isfinite(high), high, 0.0) / (1.0 - kept.capacity)
        give = Give("capacity_kept", rows, given)
        yield _buffer("capacity", kept.capacity, give, instance.goal)


def _buffer(name: str, kept: float, give: Give, goal: float) -> Lever:
    def left(share: float) -> float:
        return max(round(kept - share, 6), 0.0)

    def part(amount: float) -> Part:
        share = min(up(amount, POINT), kept)
        return Part(
            lever=f"{name}_buffer",
            where="*",
            change=round(share, 10),
            words=f"keep back {left(share):.2%} of all {name} instead of {kept:.2%}",
            edit=lambda scenario: set_buffer(scenario, name, left(share)),
        )

    return Lever(
        kind=f"{name}_buffer",
        gives=(give,),
        most=kept,
        room=goal,
        step=POINT,
        part=part,
    )


def _carried(instance: Instance, pools: Pools) -> Floats:
    """Return the capacity of each pool's people together, in effort."""
    assert instance.reps is not None
    high = instance.reps.high[pools.item_rep, pools.item_period]
    return np.bincount(pools.curves.pool, weights=high, minlength=len(pools.group)).astype(float)


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
    instance: Instance, pools: Pools | None, chosen: Iterable[int], rows: Ints, kept: float
) -> Iterator[Lever]:
    """Yield more capacity for the people of a region and period whom it helps, by reference.

    Parameters
    ----------
    instance : Instance
    pools : Pools or None
    chosen : iterable of int
        Pools.
    rows : (pool,) ints
        Where each pool's capacity stands in the program.
    kept : float
        Buffer on capacity.
    """
    if pools is None:
        return
    helped = np.flatnonzero(raised_people(instance, pools))
    order = helped[np.argsort(pools.curves.pool[helped], kind="stable")]
    start = np.searchsorted(pools.curves.pool[order], np.arange(len(pools.group) + 1))
    for pool in chosen:
        people = People(instance, pools, int(pool), order[start[pool] : start[pool + 1]], kept)
        yield Lever(
            kind="capacity",
            gives=(Give("capacity", rows[[pool]], np.ones(1)),),
            most=2.0 * instance.ask_total,
            room=1.0,
            step=instance.unit,
            part=people.raised,
        )


@dataclass(frozen=True)
class People:
    """The people of a pool, whose capacity can be raised.

    Attributes
    ----------
    instance : Instance
    pools : Pools
    pool : int
    items : (item,) ints
        The pool's items that are raised.
    kept : float
        Buffer on capacity.
    """

    instance: Instance
    pools: Pools
    pool: int
    items: Ints
    kept: float

    def raised(self, amount: float) -> Part:
        """Return the change that raises their capacity by an amount, up to the unit."""
        reps, unit, pools = self.instance.reps, self.instance.unit, self.pools
        assert reps is not None
        units = round(float(ceil_units(np.array(amount), unit)) / unit)
        counts = _spread(pools.curves.reference[self.items], units)
        more = np.flatnonzero(counts > 0)
        rep, period = pools.item_rep[self.items[more]], int(pools.period[self.pool])
        region = self.instance.leaves[pools.leaf[self.pool]]
        label = self.instance.periods[period]
        names = [reps.names[one] for one in rep]
        final = (reps.high[rep, period] + counts[more] * unit) / (1.0 - self.kept)
        told = [
            f"{name} +{count * unit:,.10g}"
            for name, count in zip(names, counts[more].tolist(), strict=True)
        ]
        listed = ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")
        return Part(
            lever="capacity",
            where=f"{label} {region}",
            change=round(units * unit, 10),
            words=f"raise the capacity of {region}'s people in {label} by "
            f"{units * unit:,.10g} ({listed})",
            edit=unchanged,
            capacities={
                (name, label): up(high, unit / 100.0)
                for name, high in zip(names, final.tolist(), strict=True)
            },
        )


def _spread(weight: Floats, units: int) -> Floats:
    """Spread whole units in proportion, the largest remainders first."""
    exact = weight / weight.sum() * units
    counts = np.floor(exact + 1e-9)
    left = round(float(units - counts.sum()))
    counts[np.argsort(counts - exact, kind="stable")[:left]] += 1
    return np.asarray(counts)


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
    where = " ".join(name for name in names if name != "*")

    def part(amount: float) -> Part:
        more = float(ceil_units(np.array(amount), instance.unit))
        new = up((usable + more) / kept, instance.unit / 100.0)
        return Part(
            lever="potential",
            where=where or "*",
            change=round(more, 10),
            words=f"find more market: {where or 'everywhere'} would need a potential of "
            f"{new:,.10g} instead of {given:,.10g}",
            edit=lambda scenario: set_potential(
                scenario, new, period=period, region=region, product=product
            ),
        )

    return Lever(
        kind="potential",
        gives=(Give("potential", np.array([row]), np.ones(1)),),
        most=2.0 * instance.ask_total,
        room=1.0,
        step=instance.unit,
        part=part,
    )
