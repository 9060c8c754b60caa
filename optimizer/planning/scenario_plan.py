"""One scenario in memory becomes a plan in whole units with all its tables."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from optimizer.advice.advise import advise
from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, SolverError
from optimizer.model.allocation import Allocation
from optimizer.model.bound import no_prices
from optimizer.model.contradiction import check_limits
from optimizer.model.listing import gather_prices
from optimizer.model.pooled import solve_pooled
from optimizer.model.rules import read_rules
from optimizer.model.solve import Solved, most_placed, solve, solve_decomposed
from optimizer.planning.measure import MeasurePlan
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.instance import Instance
from optimizer.problem.stages import Stages
from optimizer.results.commits import commits_table
from optimizer.results.fairness import fairness_report
from optimizer.results.gaps import gaps_table
from optimizer.results.limits import limits_table
from optimizer.results.locks import locks_table
from optimizer.results.off_reference import fairness_tables
from optimizer.results.owner_totals import owner_totals
from optimizer.results.rounding import WholePlan, round_plan
from optimizer.results.tables import prices_table, rollup_table, summary

METHODS = ("decomposed", "pooled", "joint")

_SHORT = ("gap", "over_assignment_short")

Result = TypeVar("Result")


def _untold(stage: str) -> None:
    """Tell nobody that a stage begins."""


@dataclass
class Clock:
    """Seconds spent by stage.

    Attributes
    ----------
    tell : function of a stage
        Called when a stage begins.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    tell: Callable[[str], None] = _untold

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        """Do some work and add its time to a stage."""
        self.tell(stage)
        started = time.perf_counter()
        result = work()
        spent = time.perf_counter() - started
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + spent, 4)
        return result


@dataclass(frozen=True)
class Way:
    """How to solve.

    Attributes
    ----------
    method : str
        One of `METHODS`; empty for the quickest that reaches.
    solver : str or None
        A solver that PuLP offers, for the joint model.
    export : Path or None
        Where to write the joint model.
    """

    method: str = ""
    solver: str | None = None
    export: Path | None = None


def plan_scenario(
    scenario: Scenario, way: Way | None = None, clock: Clock | None = None
) -> MeasurePlan:
    """Return the plan of one measure: allocated, rounded, explained, advised on.

    Parameters
    ----------
    scenario : Scenario
    way : Way, optional
        How to solve; the quickest way that reaches if left out.
    clock : Clock, optional
        Where to note the time spent.

    Raises
    ------
    ContradictionError
        Where no plan keeps all limits, with the changes that would help.
    SolverError
        Where a solver fails, or the bound cannot be proven.
    """
    way, clock = way or Way(), clock or Clock()
    stages = Stages()
    instance = clock.time("build", lambda: build_instance(scenario, stages=stages))
    check_limits(instance)
    solved = clock.time("allocate", lambda: _allocate(instance, way))
    allocation = solved.allocation
    whole = clock.time(
        "round",
        lambda: round_plan(instance, allocation, stretch_instance(scenario, instance, stages)),
    )
    return clock.time("tables", lambda: _tables(scenario, instance, solved, whole))


def _allocate(instance: Instance, way: Way) -> Solved:
    if way.method == "pooled":
        return Solved(solve_pooled(instance), "pooled", None)
    if way.method == "decomposed":
        allocation, start = solve_decomposed(instance)
        if allocation is not None:
            return Solved(allocation, "decomposed", start)
    if way.method != "joint":
        return solve(instance)
    from optimizer.model.joint import solve_joint

    with suppress(ContradictionError):
        allocation = solve_joint(instance, solver=way.solver or "HiGHS", export=way.export)
        return Solved(allocation, "joint", None)
    solved = Solved(solve_pooled(instance), "pooled", None)
    if way.export is not None:
        raise SolverError(
            f"The joint model found no plan where the pooled one does, so {way.export} was not "
            "written: try another solver, or plan without --export."
        )
    return solved


def _tables(
    scenario: Scenario, instance: Instance, solved: Solved, whole: WholePlan
) -> MeasurePlan:
    allocation = solved.allocation
    prices, rules = gather_prices(instance, allocation.prices), read_rules(instance)
    complete = _is_complete(scenario, instance, allocation, whole)
    figures = summary(instance, allocation, whole, complete=complete)
    gap, short = (round(float(figures[name]) / instance.unit) for name in _SHORT)
    gap_prices = prices.get("gap", no_prices(instance))
    limits = limits_table(
        instance, whole, prices, scenario.settings.buffers,
        objective=allocation.objective, with_gap=not complete,
    )  # fmt: skip
    owners = owner_totals(instance, whole)
    off_reference, groups = fairness_tables(scenario, instance, owners, limits)
    lacking = (whole.ask - whole.placed).sum(axis=(1, 2)) * instance.unit
    return MeasurePlan(
        scenario=scenario,
        instance=instance,
        allocation=allocation,
        method=solved.method,
        whole=whole,
        rollup=rollup_table(instance, whole),
        gaps=gaps_table(instance, rules, whole, gap, short, complete=complete),
        limits=limits,
        prices=prices_table(allocation.prices),
        gap_prices=gap_prices,
        commits=commits_table(scenario, instance, whole),
        locks=locks_table(scenario, limits, with_gap=not complete),
        fairness=fairness_report(scenario, instance, owners),
        off_reference=off_reference,
        fairness_groups=groups,
        advice=() if complete else advise(scenario, gap_prices, gap * instance.unit, lacking),
        summary=figures,
    )


def _is_complete(
    scenario: Scenario, instance: Instance, allocation: Allocation, whole: WholePlan
) -> bool:
    """Return whether at most rounding keeps the plan from its goal."""
    enough = instance.goal - 1e-6 * instance.unit - 1e-9 * instance.goal
    if whole.placed.sum() * instance.unit >= enough or allocation.placed_most >= enough:
        return True
    return most_placed(build_instance(scenario, inward=False)) >= enough
