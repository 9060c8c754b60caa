"""The least gap (step 1 of the model) as a small linear program of its own.

One column per cell and street instead of the pieces that fairness needs, every potential and
capacity a row, and a column per lever that makes room in those rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.model.backing_capacity import CapacityRoom
from optimizer.model.pooled_program import add_amounts, add_volumes, mixed_cells
from optimizer.model.pooled_rows import RowAdder
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.streets import Streets, every_street
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.solve.program import ProgramBuilder

_SEEN = 1e-4
"""Room, as a part of a typical cell, below which a solver would not see a unit of a lever."""


@dataclass(frozen=True)
class Give:
    """Room that one unit of a lever makes in the rows of one family.

    Attributes
    ----------
    family : str
        ``potential``, ``capacity`` (rows are pools), ``capacity_kept`` (the same, to each in
        proportion to the capacity there is), ``band_min``, ``band_max``, ``region_lock``,
        ``rep_lock`` (a larger amount), or ``opening`` (pool · products + product: so much more
        that the pool may sell of it).
    row : (entry,) ints
        Row within the family.
    amount : (entry,) floats
        Room per unit of the lever, in the scenario's unit; of effort where it is capacity.
    """

    family: str
    row: Ints
    amount: Floats


@dataclass(frozen=True)
class Rows:
    """Where the limits that may give way stand in the program."""

    placed: Ints
    potential: Ints
    capacity: Ints
    band_min: Ints
    band_max: Ints
    region_lock: Ints
    rep_lock: Ints
    cover_min: Ints
    cover_max: Ints
    balance: Ints


_SIGNS = {
    "potential": -1.0, "band_min": 1.0, "band_max": 1.0, "region_lock": -1.0, "rep_lock": -1.0,
}  # fmt: skip


class BackingProgram:
    """The program under construction: columns, rows, and where they stand.

    The pools `idle` carry nothing until a lever gives them capacity.
    """

    def __init__(
        self, instance: Instance, rules: Rules, pools: Pools | None, scale: float, idle: Ints
    ) -> None:
        self.builder = ProgramBuilder()
        self._pools, self._rules, self._scale = pools, rules, scale
        self._shape = instance.reference.shape
        cells = len(rules.open_cell)
        self.ask = self.builder.add_columns(
            np.zeros(cells), np.full(cells, np.inf), np.zeros(cells)
        )
        carried = np.flatnonzero(rules.carried)
        least = rules.placed_low[carried] / scale
        placed = add_amounts(self.builder, least, np.full(len(least), np.inf))
        streets = None if pools is None else every_street(instance, pools)
        low, high = (amount / scale for amount in street_limits(streets))
        self._capacity = None
        if pools is not None and streets is not None:
            self._capacity = CapacityRoom(instance, pools, streets)
            high = np.where(np.isin(streets.pool, idle), 0.0, high)
        self._high = high
        street = add_amounts(self.builder, low, np.full(len(low), np.inf))
        self.placed, self.street = placed.columns.ravel(), street.columns.ravel()
        volumes = add_volumes(self.builder, instance, rules, pools, scale)
        owner = None if streets is None else streets.pool
        adder = RowAdder(
            self.builder, instance, rules, scale, self.ask, carried, placed, street, volumes, owner
        )
        self._mixed = mixed_cells(rules, pools)
        self.rows = self._add_rows(adder, streets)

    def _add_rows(self, adder: RowAdder, streets: Streets | None) -> Rows:
        pools = self._pools
        adder.goal()
        band_min, band_max = adder.bands()
        adder.backing()
        potential = adder.potential()
        region_lock = adder.region_locks()
        total, _ = adder.totals()
        cover_min, cover_max = adder.cover_mixed(self._mixed)
        adder.cover_plain(pools)
        balance = adder.balance(pools)
        rep_lock = adder.rep_locks(pools)
        adder.years(streets)
        adder.efforts(pools, streets)
        capacity = self.builder.add_rows(np.full(len(self._high), -np.inf), self._high)
        self.builder.add_entries(capacity, self.street, 1.0)
        return Rows(
            total, potential, capacity, band_min, band_max, region_lock, rep_lock,
            cover_min, cover_max, balance,
        )  # fmt: skip

    def add_levers(self, levers: Sequence[tuple[Give, ...]], units: Floats) -> tuple[Ints, Floats]:
        """Add a column for each lever, shut; returns them, and the most room one unit makes."""
        shut = np.zeros(len(levers))
        columns = self.builder.add_columns(shut, shut.copy(), shut.copy())
        room = np.zeros(len(levers))
        for number, (gives, unit) in enumerate(zip(levers, units, strict=True)):
            for give in gives:
                amount = give.amount * unit / self._scale
                room[number] = max(room[number], float(np.abs(amount).max(initial=0.0)))
                for rows, values in self._entries_of(give, amount):
                    self.builder.add_entries(rows, np.full(len(rows), columns[number]), values)
        return columns, room

    def _entries_of(self, give: Give, amount: Floats) -> list[tuple[Ints, Floats]]:
        if give.family in ("capacity", "capacity_kept"):
            assert self._capacity is not None
            by_capacity = give.family == "capacity_kept"
            street, room = self._capacity.made(give.row, amount, by_capacity=by_capacity)
            return [(self.rows.capacity[street], -room)]
        if give.family != "opening":
            places: Ints = getattr(self.rows, give.family)[give.row]
            return [(places, _SIGNS[give.family] * amount)]
        pools, rules = self._pools, self._rules
        assert pools is not None
        pool, product = np.divmod(give.row, self._shape[2])
        mixed_pool = np.cumsum(~pools.plain) - 1
        at_cell = np.cumsum(self._mixed) - 1
        where = (pools.leaf[pool], pools.period[pool], product)
        cell = np.searchsorted(rules.open_cell, np.ravel_multi_index(where, self._shape))
        cover = at_cell[cell]
        return [
            (self.rows.cover_min[cover], amount),
            (self.rows.cover_max[cover], -amount),
            (self.rows.balance[mixed_pool[pool]], amount),
        ]


def street_limits(streets: Streets | None) -> tuple[Floats, Floats]:
    """Return the least and the most of each street, in the scenario's unit."""
    if streets is None:
        return np.zeros(0), np.zeros(0)
    curves, begin = streets.curves, streets.begin
    return curves.street_low - begin, curves.street_high - begin


def lever_unit(gives: tuple[Give, ...], scale: float) -> float:
    """Return how much of a lever its column counts as one: 1, unless that is too small to see."""
    room = max(float(np.abs(give.amount).max(initial=0.0)) for give in gives)
    return 1.0 if room >= _SEEN * scale else scale / max(room, _SEEN)
