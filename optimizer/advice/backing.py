"""How much of the goal can be backed, and how much more if one limit gave way.

The least gap (step 1 of the model) as a small linear program of its own: one column per cell
and pool instead of the pieces that fairness needs, every potential and capacity a row, and a
column per lever that makes room in those rows. All levers are shut until one is tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.pooled_program import add_amounts, add_volumes, mixed_cells
from optimizer.model.pooled_rows import RowAdder
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import Rules, read_rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.solve.program import ProgramBuilder, Solution, Solver

_KEPT = 1e-9
"""Part of the ask by which a best total may be missed while a lever is made small."""

_SEEN = 1e-4
"""Room, as a part of a typical cell, below which a solver would not see a unit of a lever."""

_FAIR_LOSS = 1e-3
"""Part of its cost that a combination may be dearer for a shorter search for whole numbers."""


@dataclass(frozen=True)
class Give:
    """Room that one unit of a lever makes in the rows of one family.

    Attributes
    ----------
    family : str
        ``potential``, ``capacity`` (rows are pools), ``band_min`` or ``band_max``.
    row : (entry,) ints
        Row within the family.
    amount : (entry,) floats
        Room per unit of the lever, in the scenario's unit.
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


class Backing:
    """The program of the least gap, held by HiGHS, with levers that can be opened.

    Parameters
    ----------
    instance : Instance
    levers : sequence of sequences of Give
        What one unit of each lever does.
    """

    def __init__(self, instance: Instance, levers: tuple[tuple[Give, ...], ...] = ()) -> None:
        self.instance = instance
        self.rules = read_rules(instance, fold=False)
        self.pools = read_pools(instance, self.rules)
        self._scale = instance.ask_total / max(len(self.rules.open_cell), 1)
        builder, self._ask, self._placed, self._rows = _program(
            instance, self.rules, self.pools, self._scale
        )
        shut = np.zeros(len(levers))
        self._levers = builder.add_columns(shut, shut.copy(), shut.copy())
        self._unit = np.array([_unit(gives, self._scale) for gives in levers])
        for column, gives, unit in zip(self._levers, levers, self._unit, strict=True):
            for give in gives:
                _open_rows(builder, self._rows, give, int(column), self._scale / unit)
        self._solver = Solver(builder.build())

    def most(self) -> float:
        """Return how much can be placed at most with the levers as they are."""
        self._want(placed=-1.0)
        return self._total(self._solver.solve())

    def pull(self, lever: int, most: float, enough: float) -> tuple[float, float]:
        """Return what one lever alone adds, and the least of it that does so.

        Parameters
        ----------
        lever : int
        most : float
            How far it can be pulled.
        enough : float
            Placed total beyond which nothing is wanted.

        Returns
        -------
        float, float
            Placed total, and how far the lever was pulled.
        """
        cost = np.ones(1)
        pulled = self.pull_together(np.array([lever]), np.array([most]), cost, enough)
        return pulled[0], float(pulled[1][0])

    def pull_together(
        self, levers: Ints, most: Floats, cost: Floats, enough: float, whole: Bools | None = None
    ) -> tuple[float, Floats]:
        """Return the most that some levers can place together, and the cheapest way to it.

        Parameters
        ----------
        levers : (lever,) ints
        most : (lever,) floats
            How far each can be pulled.
        cost : (lever,) floats
            Price of one unit of each.
        enough : float
        whole : (lever,) bools, optional
            Levers that are pulled by whole numbers only; the program cannot be used again then.

        Returns
        -------
        float, (lever,) floats
            Placed total, and how far each lever is pulled.
        """
        columns, unit = self._levers[levers], self._unit[levers]
        cost, countable = cost * unit, unit == 1.0
        self._solver.set_bounds(columns, np.zeros(len(levers)), most / unit)
        best = min(self.most(), enough)
        least = (best - _KEPT * self.instance.ask_total) / self._scale
        self._solver.set_row_bounds(self._rows.placed, np.array([least]), np.array([np.inf]))
        self._want(placed=0.0)
        self._solver.set_costs(columns, cost / np.max(cost))
        found = self._solver.solve()
        if found.feasible and whole is not None and (whole & countable).any():
            counted = columns[whole & countable]
            found = self._solver.solve_whole(counted, fair_loss=_FAIR_LOSS * found.cost)
        self._solver.set_row_bounds(self._rows.placed, np.array([-np.inf]), np.array([np.inf]))
        self._solver.set_costs(columns, np.zeros(len(levers)))
        self._solver.set_bounds(columns, np.zeros(len(levers)), np.zeros(len(levers)))
        if not found.feasible:
            return best, np.zeros(len(levers))
        return best, np.asarray(found.values[columns] * unit)

    def _want(self, *, placed: float) -> None:
        self._solver.set_costs(self._placed, np.full(len(self._placed), placed))

    def _total(self, found: Solution) -> float:
        return float(found.values[self._placed].sum() * self._scale) if found.feasible else 0.0


def _program(
    instance: Instance, rules: Rules, pools: Pools | None, scale: float
) -> tuple[ProgramBuilder, Ints, Ints, Rows]:
    builder = ProgramBuilder()
    cells = len(rules.open_cell)
    ask = builder.add_columns(np.zeros(cells), np.full(cells, np.inf), np.zeros(cells))
    carried = np.flatnonzero(rules.carried)
    least = rules.placed_low[carried] / scale
    placed = add_amounts(builder, least, np.full(len(least), np.inf))
    street_low = np.zeros(0) if pools is None else pools.curves.street_low
    street = add_amounts(builder, street_low / scale, np.full(len(street_low), np.inf))
    volumes = add_volumes(builder, instance, rules, pools, scale)
    adder = RowAdder(builder, instance, rules, scale, ask, carried, placed, street, volumes)
    adder.goal()
    band_min, band_max = adder.bands()
    adder.backing()
    potential = adder.potential()
    adder.region_locks()
    total, _ = adder.totals()
    adder.cover_mixed(mixed_cells(rules, pools))
    adder.cover_plain(pools)
    adder.balance(pools)
    adder.rep_locks(pools)
    street_high = np.zeros(0) if pools is None else pools.curves.street_high
    capacity = builder.add_rows(np.full(len(street_high), -np.inf), street_high / scale)
    builder.add_entries(capacity, street.columns.ravel(), 1.0)
    rows = Rows(total, potential, capacity, band_min, band_max)
    return builder, ask, placed.columns.ravel(), rows


def _unit(gives: tuple[Give, ...], scale: float) -> float:
    """Return how much of a lever its column counts as one: 1, unless that is too small to see."""
    room = max(float(np.abs(give.amount).max(initial=0.0)) for give in gives)
    return 1.0 if room >= _SEEN * scale else scale / max(room, _SEEN)


def _open_rows(builder: ProgramBuilder, rows: Rows, give: Give, column: int, scale: float) -> None:
    """Let a lever's column make room in the rows of one family."""
    sign = {"potential": -1.0, "capacity": -1.0, "band_min": 1.0, "band_max": 1.0}[give.family]
    places: Ints = getattr(rows, give.family)[give.row]
    builder.add_entries(places, np.full(len(places), column), sign * give.amount / scale)
