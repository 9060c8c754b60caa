"""An advice: changes of the inputs, and how much of the gap they close when they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.change.capacities import set_capacities
from optimizer.domain.scenario import Scenario

Edit = Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Part:
    """A change of the inputs: which lever, where, how far.

    Attributes
    ----------
    lever : str
        As in `optimizer.advice.costs.LEVERS`.
    where : str
        Labels of the slice; ``*`` for everywhere.
    change : float
    words : str
    edit : scenario → scenario
    capacities : mapping of (rep, period) to float
        Final capacities that are written besides.
    """

    lever: str
    where: str
    change: float
    words: str
    edit: Edit
    capacities: Mapping[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True)
class Advice:
    """A way to close a gap, or a part of it.

    Attributes
    ----------
    parts : tuple of Part
        One, or the parts of the cheapest combination.
    closes : float
        How much of the gap is closed, in the scenario's unit.
    cost : float
        What the parts cost by the planner's prices; NaN for one lever by itself.
    leaves : float
        Of a combination, how much of the gap stays because no lever was found for it.
    exact : bool
        Whether `closes` is true to the unit; else whole units may come out a few off, as under
        effort or limits over all periods in a plan too large to try each way in whole units.
    """

    parts: tuple[Part, ...]
    closes: float
    cost: float = float("nan")
    leaves: float = 0.0
    exact: bool = True

    @property
    def is_combination(self) -> bool:
        """Whether this is the cheapest combination rather than one lever."""
        return not np.isnan(self.cost)

    def apply(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the advice taken."""
        return apply_parts(self.parts, scenario)


def apply_parts(parts: Sequence[Part], scenario: Scenario) -> Scenario:
    """Return a scenario with several changes made; capacities are written at once."""
    capacities: dict[tuple[str, str], float] = {}
    for part in parts:
        scenario = part.edit(scenario)
        capacities.update(part.capacities)
    return set_capacities(scenario, capacities) if capacities else scenario


def unchanged(scenario: Scenario) -> Scenario:
    """Return the scenario as it is."""
    return scenario
