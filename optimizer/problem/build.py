"""From a scenario to the arrays of one planning problem."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.domain.scenario import Buffers, Scenario
from optimizer.problem.history import History, base_amount, read_history
from optimizer.problem.instance import Bools, Floats, Groups, Instance, RepLocks, Reps
from optimizer.problem.labels import Labels, read_labels
from optimizer.problem.limits import read_locks, read_potentials, without_market
from optimizer.problem.people import Roster, group_reps, read_roster, rep_limits
from optimizer.problem.reference import (
    NEGLIGIBLE_MISS,
    reference_ask,
    reference_targets,
    sellable,
)
from optimizer.problem.shares import resolve_shares
from optimizer.problem.whole import nearest_units, unit_of


@dataclass(frozen=True)
class GoalLevels:
    """The goal at its three levels, in whole units, and notes on how it came about."""

    floor: float
    target: float
    stretch: float
    notes: tuple[str, ...]


def build_instance(scenario: Scenario, *, inward: bool = True) -> Instance:
    """Return the planning problem of a scenario.

    Parameters
    ----------
    scenario : Scenario
    inward : bool
        Round limits inward to the unit, as every plan in whole units needs; False keeps
        them as they are, to tell a true gap from one that rounding makes.
    """
    settings = scenario.settings
    labels = read_labels(scenario)
    history = read_history(scenario, labels)
    unit = unit_of(settings.rounding)
    goal = goal_levels(scenario, history, unit)
    roster = read_roster(scenario, labels, history)
    potentials = read_potentials(scenario, labels, unit, inward=inward)
    shares = resolve_shares(scenario, labels, history, potentials, roster)
    over_region = settings.buffers.over_assignment_region
    closed = without_market(potentials, labels)
    reference, miss = reference_ask(
        *shares.margins,
        history,
        labels.first_alike,
        closed,
        goal.target * (1.0 + over_region),
    )
    region_locks, rep_locks = read_locks(scenario, labels, roster.names if roster else ())
    reps, groups = _people(scenario, labels, roster, reference, rep_locks, unit, inward=inward)
    return Instance(
        periods=labels.periods,
        products=labels.products,
        tree=labels.tree,
        goal=goal.target,
        floor_goal=goal.floor,
        stretch_goal=goal.stretch,
        unit=unit,
        over_region=over_region,
        over_rep=settings.buffers.over_assignment_rep,
        reference=reference,
        bands=shares.bands,
        potentials=potentials,
        region_locks=region_locks,
        rep_locks=rep_locks,
        reps=reps,
        groups=groups,
        shut=closed & shares.everywhere,
        assumptions=goal.notes + shares.assumptions + _miss_note(miss),
    )


def stretch_instance(scenario: Scenario, planned: Instance) -> Instance:
    """Return the stretch problem: the stretch goal, nothing kept back but over-assignment."""
    settings = scenario.settings
    buffers = Buffers(
        over_assignment_region=settings.buffers.over_assignment_region,
        over_assignment_rep=settings.buffers.over_assignment_rep,
    )
    raised = replace(
        settings.goal, target=planned.stretch_goal, growth=None, floor=None, stretch=None
    )
    return build_instance(
        replace(scenario, settings=replace(settings, buffers=buffers, goal=raised))
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


def _people(
    scenario: Scenario,
    labels: Labels,
    roster: Roster | None,
    reference: Floats,
    rep_locks: RepLocks,
    unit: float,
    *,
    inward: bool,
) -> tuple[Reps | None, Groups | None]:
    if roster is None:
        return None, None
    limits = rep_limits(roster, scenario, labels, unit, inward=inward)
    locked = np.zeros(len(roster.leaf), dtype=bool)
    locked[rep_locks.rep] = True
    group, groups = group_reps(roster, locked)
    busy: Bools = np.asarray(sellable(reference, groups).any(axis=2), dtype=bool)
    weight = np.where(busy[group], roster.weight, 0.0)
    target = reference_targets(
        reference, roster.leaf, weight, scenario.settings.buffers.over_assignment_rep
    )
    reps = Reps(
        names=roster.names,
        leaf=roster.leaf,
        team=tuple(roster.table["team"]),
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
    )
    return reps, groups


def _miss_note(miss: float) -> tuple[str, ...]:
    if miss <= NEGLIGIBLE_MISS:
        return ()
    return (
        f"closed cells keep the reference from meeting all shares: the largest miss is "
        f"{miss:.2%} of the goal",
    )
