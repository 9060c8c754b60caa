"""Squared deviations as a linear program: tangents, added where the solution lies.

A term (v − v0)²/v0 is replaced by a variable that lies above some of its tangents. The
linear program is then a relaxation: its optimum is a lower bound, and every round adds
tangents around the solution until the bound is near enough to the best plan found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import pulp

from optimizer.errors import SolverError
from optimizer.model.joint_row import Place, Rule
from optimizer.problem.instance import Floats

AIM, AIM_PER_TERM = 1e-5, 1e-9
"""Certified gap at which refinement stops: the smaller of the first, and the second per term.

A small plan is cheap to make nearly exact; where hardly anything deviates, the first serves.
"""

MUST = 1e-4
"""Certified gap that a plan must have."""

SMALL = 1e-6
"""Share of the goal below which gaps are measured against the goal, not the bound."""

MAX_ROUNDS = 40
START = (0.0, 0.5, 0.9, 1.1, 1.5)
"""Where the first tangents touch, as multiples of the reference."""

FIRST_WIDTH, SHRINK = 0.05, 0.25
"""Tangents are also laid this far (times the reference) beside the solution, ever closer."""

BESIDE = 1e-6
"""Distance from the reference of the closest tangents, in multiples of it."""

NEAR = 1e-3
"""Tangents nearer to another than this part of the width say nothing new."""


def certified_gap(objective: float, bound: float, goal: float) -> float:
    """Return (objective − bound) / max(bound, 1e-6·goal)."""
    return (objective - bound) / max(bound, SMALL * goal)


class TangentCosts:
    """One epigraph variable per term, and the tangents it lies above.

    None is ever taken away: solutions jump, and come back to where a tangent was.

    Parameters
    ----------
    problem : pulp.LpProblem
        Gets Σ deviation as its objective and the tangents as rows.
    variables : sequence of variables
        v, one per term.
    reference : (term,) floats
        v0 > 0, in the problem's scale.
    """

    def __init__(self, problem: Any, variables: Sequence[Any], reference: Floats) -> None:
        self.problem = problem
        self.variables = variables
        self.reference = reference
        self.deviation = [
            problem.add_variable(f"deviation_{number}", 0) for number in range(len(variables))
        ]
        self.width = FIRST_WIDTH
        self._touch: list[list[float]] = [[1.0] for _ in variables]
        self._count = 0
        problem.setObjective(pulp.lpSum(self.deviation))
        for multiple in START:
            for term in range(len(variables)):
                self._lay(term, multiple)

    def values(self) -> Floats:
        """Return v, (term,) floats, of the last solve."""
        return np.array([variable.varValue for variable in self.variables], dtype=float)

    def known(self) -> float:
        """Return Σ deviation of the last solve, a lower bound of the terms' least sum."""
        return float(sum(variable.varValue for variable in self.deviation))

    def refine(self, slack: float) -> bool:
        """Lay tangents at and beside the last solution; False if none is missing.

        Parameters
        ----------
        slack : float
            Difference between a term and its variable that may stay.
        """
        values = self.values()
        exact = (values - self.reference) ** 2 / self.reference
        known = np.array([variable.varValue for variable in self.deviation], dtype=float)
        before = self._count
        centre = (values / self.reference).tolist()
        for term in np.flatnonzero(exact - known > slack).tolist():
            for beside in (0.0, -self.width, self.width):
                self._lay(term, centre[term] + beside)
        self.width *= SHRINK
        return self._count > before

    def close_in(self) -> None:
        """Lay tangents right beside each reference and at the last solution.

        For plans that hardly leave theirs: there a row in full size asks less than a solver's
        tolerance lets pass.
        """
        for term, found in enumerate((self.values() / self.reference).tolist()):
            for multiple in filter(isfinite, (1.0 - BESIDE, 1.0 + BESIDE, found)):
                away = max(abs(multiple - 1.0), BESIDE)
                self._add(term, multiple, 1.0 / away)

    def _lay(self, term: int, multiple: float) -> None:
        """Add a tangent unless it lies below zero or right beside another."""
        touch = self._touch[term]
        if multiple < 0 or min(abs(multiple - other) for other in touch) < NEAR * self.width:
            return
        touch.append(multiple)
        self._add(term, multiple)

    def _add(self, term: int, multiple: float, size: float = 1.0) -> None:
        row = tangent(self, term, multiple, size).relation
        self.problem.addConstraint(row, f"tangent_{self._count}")
        self._count += 1


def tangent(costs: TangentCosts, term: int, multiple: float, size: float = 1.0) -> Rule:
    """Keep a deviation above a tangent of its term.

    Per term and touching point a·v0. deviation − 2(a − 1)·v ≥ v0·(1 − a²), all times a size.
    Unit: scaled amount. Not priced.
    """
    slope = size * 2.0 * (multiple - 1.0)
    height = size * float(costs.reference[term]) * (1.0 - multiple**2)
    deviation, variable = costs.deviation[term], costs.variables[term]
    return Rule(Place("", "min"), size * deviation - slope * variable >= height)


def refine_until_certified(
    costs: TangentCosts,
    solve: Callable[[], None],
    assess: Callable[[], tuple[float, float]],
    goal: float,
) -> int:
    """Solve and refine until the certified gap is closed; return the number of rounds.

    Parameters
    ----------
    costs : TangentCosts
    solve : callable
        Solves the problem; raises unless it ends optimal.
    assess : callable
        Looks at the last solution; returns the best objective and the best bound so far.
    goal : float
        G in the problem's scale.

    Raises
    ------
    SolverError
        If the gap stays above what a plan must have.
    """
    terms = max(len(costs.variables), 1)
    aim = min(AIM, AIM_PER_TERM * terms)
    rounds, more = 0, True
    while more and rounds < MAX_ROUNDS:
        rounds += 1
        solve()
        objective, bound = assess()
        allowed = max(aim * bound, AIM * SMALL * goal)
        more = objective - bound > allowed and costs.refine(0.1 * allowed / terms)
    # A number that is none is no proof.
    if not certified_gap(objective, bound, goal) <= MUST:
        costs.close_in()
        solve()
        objective, bound = assess()
    if not certified_gap(objective, bound, goal) <= MUST:
        raise SolverError(
            f"The solver's answers are too coarse to prove the plan: {objective:.9g} was found, "
            f"{bound:.9g} is proven. Try another solver, or the pooled method."
        )
    return rounds
