"""From a scenario to the arrays of one planning problem."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.domain.scenario import Buffers, Scenario
from optimizer.problem.history import History, base_amount
from optimizer.problem.instance import Instance, Reps
from optimizer.problem.labels import Labels
from optimizer.problem.people import Roster
from optimizer.problem.reference import NEGLIGIBLE_MISS
from optimizer.problem.staged import Parts
from optimizer.problem.stages import Stages
from optimizer.problem.whole import nearest_units, unit_of
from optimizer.problem.years import UsableYear


@dataclass(frozen=True)
class GoalLevels:
    """The goal at its three levels, in whole units, and notes on how it came about."""

    floor: float
    target: float
    stretch: float
    notes: tuple[str, ...]


def build_instance(
    scenario: Scenario, *, inward: bool = True, stages: Stages | None = None
) -> Instance:
    """Return the planning problem of a scenario.

    Parameters
    ----------
    scenario : Scenario
    inward : bool
        Round limits inward to the unit, as every plan in whole units needs; False keeps
        them as they are, to tell a true gap from one that rounding makes.
    stages : Stages, optional
        Where to keep what is made, and to take over what an earlier build made of the same.
    """
    settings = scenario.settings
    parts = Parts(stages or Stages(), scenario, unit_of(settings.rounding), inward)
    labels = parts.labels()
    history = parts.history(labels)
    goal = goal_levels(scenario, history, parts.unit)
    roster = parts.roster(labels, history)
    potentials = parts.potentials(labels)
    shares = parts.shares(labels, history, potentials, roster)
    over_region = settings.buffers.over_assignment_region
    closed = parts.closed(labels, potentials)
    total = goal.target * (1.0 + over_region)
    reference, miss = parts.reference(labels, history, shares, closed, total)
    region_locks, rep_locks = parts.locks(labels, roster)
    planned = Instance(
        periods=labels.periods,
        products=labels.products,
        tree=labels.tree,
        goal=goal.target,
        floor_goal=goal.floor,
        stretch_goal=goal.stretch,
        unit=parts.unit,
        over_region=over_region,
        over_rep=settings.buffers.over_assignment_rep,
        reference=reference,
        bands=shares.bands,
        potentials=potentials,
        region_locks=region_locks,
        rep_locks=rep_locks,
        reps=None,
        groups=None,
        shut=closed & shares.everywhere,
        effort=parts.effort(labels),
        assumptions=goal.notes + shares.assumptions + _miss_note(miss),
    )
    if roster is None:
        return planned
    return _with_people(planned, parts, labels, roster, parts.years(labels, history, roster))


def stretch_instance(
    scenario: Scenario, planned: Instance, stages: Stages | None = None
) -> Instance:
    """Return the stretch problem: the stretch goal, nothing kept back but over-assignment.

    Parameters
    ----------
    scenario : Scenario
    planned : Instance
    stages : Stages, optional
        Of the build of `planned`, of which most is the same.
    """
    settings = scenario.settings
    buffers = Buffers(
        over_assignment_region=settings.buffers.over_assignment_region,
        over_assignment_rep=settings.buffers.over_assignment_rep,
    )
    raised = replace(
        settings.goal, target=planned.stretch_goal, growth=None, floor=None, stretch=None
    )
    return build_instance(
        replace(scenario, settings=replace(settings, buffers=buffers, goal=raised)),
        stages=Stages(stages),
    )


def goal_levels(scenario: Scenario, history: History | None, unit: float) -> GoalLevels:
    """Return floor, target and stretch, each the nearest whole multiple of the unit."""
    goal, levels = scenario.settings.goal, scenario.settings.levels
    notes: list[str] = []
    if goal.target is not None:
        target = goal.target
    else:
        base = base_amount(history, goal.base) if history is not None else 0.0
        target = base * (1.0 + (goal.growth or 0.0))
        notes.append(
            f"goal = base {base:,.10g} of {', '.join(goal.base)} "
            f"× {1.0 + (goal.growth or 0.0):.10g} = {target:,.10g}"
        )
    wanted = {
        "target": target,
        "floor": goal.floor if goal.floor is not None else target * levels.floor,
        "stretch": goal.stretch if goal.stretch is not None else target * levels.stretch,
    }
    whole = {name: nearest_units(amount, unit) for name, amount in wanted.items()}
    for name, amount in wanted.items():
        if abs(amount - whole[name]) > unit * 1e-9:
            notes.append(
                f"goal.{name} {amount:,.10g} rounded to {whole[name]:,.10g}, "
                f"a whole multiple of {unit:g}"
            )
    return GoalLevels(whole["floor"], whole["target"], whole["stretch"], tuple(notes))


def _with_people(
    planned: Instance, parts: Parts, labels: Labels, roster: Roster, year: UsableYear
) -> Instance:
    """Return a problem with its people."""
    whole_capacity = parts.inward and planned.effort is None
    limits = parts.limits(labels, roster, whole_capacity=whole_capacity)
    group, groups = parts.groups(roster, planned.rep_locks)
    weight, target = parts.targets(roster, group, groups, planned.reference, planned.over_rep)
    reps = Reps(
        names=roster.names,
        leaf=roster.leaf,
        team=tuple(roster.table["team"].tolist()),
        weight=weight,
        reference=target,
        low=limits.low,
        high=np.where(target > 0, limits.high, 0.0),
        group=group,
        floor_ratio=roster.table["floor"].to_numpy(dtype=float),
        stretch_ratio=roster.table["stretch"].to_numpy(dtype=float),
        low_ramp=limits.low_ramp,
        high_ramp=limits.high_ramp,
        carries=np.where(roster.weight > 0, limits.high, 0.0),
        ability=roster.ability,
        resource=roster.resource,
        fte_ramp=roster.fte_ramp,
        total_low=year.low,
        total_high=year.high,
        total_given=year.given,
    )
    notes = planned.assumptions + year.notes
    return replace(planned, reps=reps, groups=groups, assumptions=notes)


def _miss_note(miss: float) -> tuple[str, ...]:
    if miss <= NEGLIGIBLE_MISS:
        return ()
    return (
        f"closed cells keep the reference from meeting all shares: the largest miss is "
        f"{miss:.2%} of the goal",
    )
