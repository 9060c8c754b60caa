"""How much of a gap a changed scenario closes, worked out afresh.

The program of the least gap says how much can be placed, and whole units mostly reach that.
Where they may not, as under effort and limits over all periods, a changed scenario is planned
down to whole units, unless it is too large for that.
"""

from __future__ import annotations

import numpy as np

from optimizer.advice.held_program import HeldProgram
from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, SolverError
from optimizer.model.backing import Backing
from optimizer.model.backing_capacity import tells_people_apart
from optimizer.model.contradiction import check_limits
from optimizer.model.solve import solve
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
from optimizer.problem.stages import Stages
from optimizer.results.rounding import round_placed
from optimizer.results.tables import in_unit

_ACCURACY = 1e-9
"""Part of a total by which a program may miss a whole unit that it means, as in rounding."""

_MOST_PLANNED, _MOST_APART = 2000, 40
"""Cells of reps up to which changes are planned down to whole units; the latter under effort and
limits over all periods, where whole units take a search."""


class Trial:
    """Tries changes of one scenario.

    Parameters
    ----------
    scenario : Scenario
    gap : float
        What is left of the goal, in the scenario's unit.

    Attributes
    ----------
    instance : Instance
        The scenario's problem.
    before : float
        What can be placed as it is.
    exact : bool
        Whether what a trial says is true to the unit; else whole units may come out a few off.
    """

    def __init__(self, scenario: Scenario, gap: float) -> None:
        self._stages = Stages()
        self.instance = build_instance(scenario, stages=self._stages)
        self._gap = gap
        self._held = HeldProgram(Backing(self.instance, enough=self.instance.goal))
        self.before = self._held.most()
        unit = self.instance.unit
        lost = self._units(self.before) > round((self.instance.goal - gap) / unit)
        apart = tells_people_apart(self.instance)
        most = _MOST_APART if apart else _MOST_PLANNED
        self._planned = (lost or apart) and _cells(self.instance) <= most
        self.exact = self._planned or not (lost or apart)

    def closed_by(self, scenario: Scenario) -> float:
        """Return how much of the gap a changed scenario closes, in whole units."""
        changed = build_instance(scenario, stages=Stages(self._stages))
        unit = self.instance.unit
        placed = round((self.instance.goal - self._gap) / unit)
        if self._planned:
            more = _placed(changed) - placed
        else:
            most = self._held.most_of(changed)
            if most is None:
                most = Backing(changed, enough=changed.goal).most()
            more = self._units(most) - max(self._units(self.before), placed)
        return in_unit(min(max(more, 0), round(self._gap / unit)), unit)

    def _units(self, most: float) -> int:
        units = int(np.floor(most * (1.0 + _ACCURACY) / self.instance.unit + 1e-6))
        return min(units, round(self.instance.goal / self.instance.unit))


def _cells(instance: Instance) -> int:
    shape = instance.reference.shape
    rows = shape[0] if instance.reps is None else len(instance.reps.leaf)
    return int(rows * shape[1] * shape[2])


def _placed(instance: Instance) -> int:
    """Return how many units a plan places; 0 where there is none."""
    try:
        check_limits(instance)
        placed = round_placed(instance, solve(instance).allocation)
        return int(placed.sum())
    except (ContradictionError, SolverError):
        return 0
