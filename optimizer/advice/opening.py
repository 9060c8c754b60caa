"""Products opened to people who have room: what they would sell, and who it takes.

A pool may sell a product that it does not sell so far, up to what its people can carry. That
is exact, because what one rep sells of a new product leaves the old ones to the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.advice.parts import Part
from optimizer.change.edits import set_products
from optimizer.domain.scenario import Scenario
from optimizer.model.backing_capacity import heaviest
from optimizer.model.backing_program import Give
from optimizer.model.pools import Pools
from optimizer.problem.instance import Floats, Instance, Ints

_TOLD = 3
"""How many people a text names."""


@dataclass(frozen=True)
class Openings:
    """All that people could sell besides what they sell.

    Attributes
    ----------
    instance : Instance
    pool, product : (opening,) ints
    group, period : (opening,) ints
        Of the pool.
    most : (opening,) floats
        What the pool's people can carry.
    gives : tuple of tuples of Give
        Room made per unit.
    """

    instance: Instance
    pool: Ints
    product: Ints
    group: Ints
    period: Ints
    most: Floats
    gives: tuple[tuple[Give, ...], ...]

    @classmethod
    def of(cls, instance: Instance, pools: Pools | None) -> Openings:
        """Return the openings of pools that no lock names, for products no heavier than theirs."""
        groups = instance.groups
        if pools is None or groups is None:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(instance, nothing, nothing, nothing, nothing, np.zeros(0), ())
        asked = instance.reference[pools.leaf, pools.period] > 0
        free = ~(pools.plain | groups.locked[pools.group])
        high = np.minimum(pools.curves.street_high, instance.ask_total)
        closed = asked & ~groups.sells[pools.group] & (free & (high > 0))[:, None]
        if instance.effort is not None:
            closed &= instance.effort <= heaviest(instance, pools)[:, None]
        pool, product = np.nonzero(closed)
        gives = tuple(
            (Give("opening", np.array([row]), np.ones(1)),)
            for row in (pool * len(instance.products) + product).tolist()
        )
        return cls(
            instance, pool, product, pools.group[pool], pools.period[pool], high[pool], gives
        )

    def parts(self, amounts: Floats) -> Iterator[Part]:
        """Yield what opens products for some amounts, (opening,): by group, product by product.

        The fewest people are taken who can carry it, those with most room first; what one of
        them sells of one product, another product cannot have.
        """
        reps = self.instance.reps
        assert reps is not None or not len(amounts)
        for group in np.unique(self.group[amounts > 0]).tolist():
            assert reps is not None
            people = np.flatnonzero(reps.group == group)
            room = np.minimum(reps.high[people], self.instance.ask_total)
            room = np.where(reps.reference[people] > 0, room, 0.0)
            order = np.argsort(-room.sum(axis=1), kind="stable")
            people, room = people[order], room[order].copy()
            for product in np.unique(self.product[(self.group == group) & (amounts > 0)]).tolist():
                chosen = (self.group == group) & (self.product == product)
                need = np.zeros(room.shape[1])
                need[self.period[chosen]] = amounts[chosen]
                taken = _taken(room, need)
                room -= taken
                yield open_product(self.instance, people[taken.any(axis=1)], product)


def _taken(room: Floats, need: Floats) -> Floats:
    """Return what each takes of a need, (person, period), one after the other."""
    before = np.cumsum(room, axis=0) - room
    return np.asarray(np.clip(need - before, 0.0, room))


def open_product(instance: Instance, people: Ints, product: int) -> Part:
    """Return the change that lets people of one region sell a product as well."""
    reps = instance.reps
    assert reps is not None
    names = [reps.names[rep] for rep in people.tolist()]
    new, region = instance.products[product], instance.leaves[reps.leaf[people[0]]]
    listed = ", ".join(names[:_TOLD])
    listed += f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""

    def edit(scenario: Scenario) -> Scenario:
        for name in names:
            scenario = _opened(scenario, name, new)
        return scenario

    return Part(
        lever="product",
        where=f"{names[0]} {new}" if len(names) == 1 else f"{region} {new}",
        change=float(len(names)),
        words=f"let {listed} ({region}) sell {new} as well",
        edit=edit,
    )


def _opened(scenario: Scenario, rep: str, product: str) -> Scenario:
    people = scenario.table("people")
    assert people is not None
    sold = str(people.loc[people["rep"] == rep, "products"].iloc[0]).split(";")
    return set_products(scenario, rep, [*filter(None, sold), product])
