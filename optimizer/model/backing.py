"""How much of the goal can be backed, and how much more if one limit gave way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.model.backing_program import BackingProgram, Give, lever_unit
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.solve.program import WHOLE, Solution, Solver

_KEPT = 1e-9
"""Part of the ask by which a best total may be missed while levers are made small."""

_LEAST_WORTH = 1e-6
"""What a lever must place per unit of room to be pulled any further."""

_FAIR_LOSS = 1e-3
"""Part of its cost that a combination may be dearer for a shorter search for whole numbers."""

_NONE: Ints = np.zeros(0, dtype=np.int64)


class Backing:
    """The program of the least gap, held by HiGHS, with levers that can be opened.

    Parameters
    ----------
    instance : Instance
    levers : sequence of tuples of Give
        What one unit of each lever does.
    enough : float
        Placed total beyond which nothing is wanted, in the scenario's unit.
    idle : (number,) ints
        Pools that carry nothing until a lever gives them capacity.

    Attributes
    ----------
    instance : Instance
    rules : Rules
    pools : Pools or None
    scale : float
        Amounts are divided by it in the program.
    ask, street : (cell,) ints, (pool,) ints
        Columns of D and S.
    rows : Rows
    solver : Solver
    asked : (cell,) floats
        D where levers were pulled last.
    """

    def __init__(
        self,
        instance: Instance,
        levers: Sequence[tuple[Give, ...]] = (),
        enough: float = np.inf,
        idle: Ints = _NONE,
    ) -> None:
        self.instance = instance
        self.rules = read_rules(instance, fold=False)
        self.pools = read_pools(instance)
        self.scale = instance.ask_total / max(len(self.rules.open_cell), 1)
        program = BackingProgram(instance, self.rules, self.pools, self.scale, idle)
        self.ask, self.street, self.rows = program.ask, program.street, program.rows
        self._placed = program.placed
        self._unit = np.array([lever_unit(gives, self.scale) for gives in levers])
        self._levers, self._room = program.add_levers(levers, self._unit)
        self.solver = Solver(program.builder.build())
        self.solver.set_costs(self._placed, np.full(len(self._placed), -1.0))
        self._set_total(-np.inf, enough / self.scale)
        self.asked: Floats = np.zeros(len(self.ask))

    def most(self) -> float:
        """Return how much can be placed at most with the levers as they are; 0 without a plan."""
        return self._total(self.solver.solve())

    def pull(self, lever: int, most: float) -> tuple[float, float]:
        """Return what can be placed with one lever, and the least of it that does so.

        Parameters
        ----------
        lever : int
        most : float
            How far it can be pulled.

        Returns
        -------
        float, float
            Placed total, and how far the lever was pulled.
        """
        column, unit = self._levers[[lever]], self._unit[lever]
        self.solver.set_costs(column, _LEAST_WORTH * self._room[[lever]])
        self.solver.set_bounds(column, np.zeros(1), np.array([most / unit]))
        found = self.solver.solve()
        self.solver.set_bounds(column, np.zeros(1), np.zeros(1))
        if not found.feasible:
            return 0.0, 0.0
        self.asked = found.values[self.ask] * self.scale
        return self._total(found), float(found.values[column[0]] * unit)

    def pull_together(
        self, most: Floats, cost: Floats, enough: float, whole: Bools
    ) -> tuple[float, Floats]:
        """Return the most that all levers can place together, and the cheapest way to it.

        The program cannot be used again.

        Parameters
        ----------
        most : (lever,) floats
            How far each can be pulled.
        cost : (lever,) floats
            Price of one unit of each.
        enough : float
            Placed total beyond which nothing is wanted.
        whole : (lever,) bools
            Levers that are pulled by whole numbers only.

        Returns
        -------
        float, (lever,) floats
            Placed total, and how far each lever is pulled.
        """
        none = np.zeros(len(most))
        self.solver.set_bounds(self._levers, none, most / self._unit)
        cost = cost * self._unit
        found = self._least(enough, cost)
        if not found.feasible:
            enough = self._best(enough)
            found = self._least(enough, cost)
        counted = self._levers[whole & (self._unit == 1.0)]
        if found.feasible and not _is_whole(found.values[counted]):
            found = self.solver.solve_whole(counted, fair_loss=_FAIR_LOSS * found.cost)
        if not found.feasible:
            return 0.0, none
        self.asked = found.values[self.ask] * self.scale
        return enough, np.asarray(found.values[self._levers] * self._unit)

    def _least(self, total: float, cost: Floats) -> Solution:
        """Solve for the cheapest levers that place a total."""
        self._set_total((total - _KEPT * self.instance.ask_total) / self.scale, np.inf)
        self.solver.set_costs(self._placed, np.zeros(len(self._placed)))
        typical = float(np.median(cost[cost > 0])) if (cost > 0).any() else 1.0
        self.solver.set_costs(self._levers, cost / typical)
        return self.solver.solve()

    def _best(self, enough: float) -> float:
        """Return what levers can place at most, up to what is enough."""
        self._set_total(-np.inf, enough / self.scale)
        self.solver.set_costs(self._placed, np.full(len(self._placed), -1.0))
        self.solver.set_costs(self._levers, np.zeros(len(self._levers)))
        return self._total(self.solver.solve())

    def _set_total(self, low: float, high: float) -> None:
        self.solver.set_row_bounds(self.rows.placed, np.array([low]), np.array([high]))

    def _total(self, found: Solution) -> float:
        return float(found.values[self._placed].sum() * self.scale) if found.feasible else 0.0


def least_gap(instance: Instance) -> float:
    """Return how much of the ask can be placed at most (step 1 alone); 0 without a plan."""
    return Backing(instance).most()


def _is_whole(values: Floats) -> bool:
    return bool(np.abs(values - np.rint(values)).max(initial=0.0) < WHOLE)
