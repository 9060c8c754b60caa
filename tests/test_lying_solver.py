"""Solvers that call wrong answers optimal: none of their plans is ever written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import highspy
import numpy as np
import pulp
import pytest
from worlds import shares, write_world

from optimizer.errors import DefectError, QuotaplanError, SolverError
from optimizer.model import pooled
from optimizer.model.allocation import Allocation
from optimizer.model.pooled import solve_pooled
from optimizer.pipeline import plan
from optimizer.planning import scenario_plan
from optimizer.solve import program, pulp_backend
from optimizer.solve.answer import Limits


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Two regions, two products and four reps who cannot carry the whole goal."""
    people = [
        {"rep": f"{region} {number}", "region": region, "capacity": 180 + 60 * number}
        for region in ("East", "West")
        for number in (1, 2)
    ]
    settings = {
        "name": "lies",
        "periods": ["2024Q1"],
        "rounding": 1,
        "goal": 1100,
        "tolerance": {"region": 0.1, "product": 0.05},
    }
    return write_world(
        tmp_path / "scenario",
        settings,
        people=people,
        regions=shares("region", {"East": 0.6, "West": 0.4}),
        products=shares("product", {"MES": 0.7, "Service": 0.3}),
    )


class HonestHighs(highspy.Highs):  # type: ignore[misc]
    """HiGHS as it is."""


class TooMuch(highspy.Highs):  # type: ignore[misc]
    """Says that half as much again can be placed."""

    def getSolution(self) -> Any:
        found = super().getSolution()
        values = (1.5 * np.array(found.col_value)).tolist()
        return SimpleNamespace(col_value=values, row_dual=found.row_dual)


class NoNumbers(highspy.Highs):  # type: ignore[misc]
    """Answers with values that are no numbers."""

    def getSolution(self) -> Any:
        found = super().getSolution()
        return SimpleNamespace(
            col_value=[float("nan")] * len(found.col_value), row_dual=found.row_dual
        )


class TooFew(highspy.Highs):  # type: ignore[misc]
    """Answers with fewer values than the program has amounts."""

    def getSolution(self) -> Any:
        found = super().getSolution()
        return SimpleNamespace(col_value=found.col_value[1:], row_dual=found.row_dual)


class WrongCost(highspy.Highs):  # type: ignore[misc]
    """Says that its plan costs less than it does."""

    def getInfo(self) -> Any:
        found = super().getInfo().objective_function_value
        return SimpleNamespace(objective_function_value=found - 1.0, primal_solution_status=2)


class NothingDone(highspy.Highs):  # type: ignore[misc]
    """Stops at its time limit at once, and calls that optimal."""

    def run(self) -> Any:
        return highspy.HighsStatus.kOk

    def getModelStatus(self) -> Any:
        return highspy.HighsModelStatus.kOptimal

    def getSolution(self) -> Any:
        lp = self.getLp()
        return SimpleNamespace(col_value=[0.0] * lp.num_col_, row_dual=[0.0] * lp.num_row_)

    def getInfo(self) -> Any:
        return SimpleNamespace(objective_function_value=0.0, primal_solution_status=2)


class AnyPlan(highspy.Highs):  # type: ignore[misc]
    """Returns the first plan that keeps the limits, with its true cost, as the best one."""

    def run(self) -> Any:
        lp = self.getLp()
        columns, cost = np.arange(lp.num_col_, dtype=np.int32), np.array(lp.col_cost_)
        self.changeColsCost(len(columns), columns, np.zeros(len(columns)))
        status = super().run()
        self.changeColsCost(len(columns), columns, cost)
        return status

    def getModelStatus(self) -> Any:
        return highspy.HighsModelStatus.kOptimal

    def getInfo(self) -> Any:
        cost, values = np.array(self.getLp().col_cost_), np.array(self.getSolution().col_value)
        return SimpleNamespace(
            objective_function_value=float(cost @ values), primal_solution_status=2
        )


LIES: dict[type, str] = {
    TooMuch: "break a limit",
    NoNumbers: "no numbers",
    TooFew: "values for",
    WrongCost: "cost",
    NothingDone: "break a limit",
    AnyPlan: "do not prove it",
}


def refused(error: type[QuotaplanError], match: str | None, scenario: Path, **how: Any) -> None:
    """Check that planning ends in an error, with nothing written."""
    out = scenario.parent / "run"
    with pytest.raises(error, match=match) as raised:
        plan(scenario, out, **how)
    assert raised.value.exit_code == 1
    assert not out.exists()


def test_the_honest_solver_plans(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "QuietHighs", HonestHighs)
    found = plan(world, world.parent / "run", method="pooled")
    assert found.status == "gap"
    assert found.main.summary["placed"] == 1080


@pytest.mark.parametrize("liar", LIES, ids=lambda liar: liar.__name__)
def test_a_lie_of_highs_is_refused(
    world: Path, monkeypatch: pytest.MonkeyPatch, liar: type
) -> None:
    monkeypatch.setattr(program, "QuietHighs", liar)
    refused(SolverError, LIES[liar], world, method="pooled")


@pytest.mark.parametrize("liar", [TooMuch, WrongCost, AnyPlan], ids=lambda liar: liar.__name__)
def test_a_lie_past_the_checks_is_not_written(
    world: Path, monkeypatch: pytest.MonkeyPatch, liar: type
) -> None:
    """With the checks of the answer switched off, no plan that is wrong gets through either."""
    monkeypatch.setattr(program, "QuietHighs", liar)
    monkeypatch.setattr(Limits, "fault_of", lambda *_: "")
    monkeypatch.setattr(pooled, "_must_prove", lambda *_: None)
    out = world.parent / "run"
    try:
        found = plan(world, out, method="pooled")
    except QuotaplanError:
        assert not out.exists()
    else:
        # a lie about a cost that nothing reads harms no plan
        assert liar is WrongCost
        assert found.main.summary["placed"] == 1080


def less(found: Allocation) -> Allocation:
    """Return a plan that places less than can be placed, and says that this is the most."""
    assert found.rep_total is not None and found.volume is not None
    return replace(
        found,
        placed=0.9 * found.placed,
        rep_total=0.9 * found.rep_total,
        volume=0.9 * found.volume,
        placed_most=0.9 * found.placed_most,
        street_most=0.9 * found.street_most,
    )


FORCED: dict[str, Callable[[Allocation], Allocation]] = {
    "less placed": less,
    "less said to be the most": lambda found: replace(found, placed_most=0.9 * found.placed_most),
    "more said to be the most": lambda found: replace(found, placed_most=1.05 * found.placed_most),
    "fairer than it is": lambda found: replace(found, objective=0.5 * found.objective),
    "a bound too high": lambda found: replace(found, bound=1.1 * found.objective),
    "no number": lambda found: replace(found, objective=float("nan")),
    "no proof": lambda found: replace(found, prices=()),
}


@pytest.mark.parametrize("lie", FORCED)
def test_verify_finds_a_lie_that_was_forced_through(
    world: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(
        scenario_plan, "solve_pooled", lambda instance: FORCED[lie](solve_pooled(instance))
    )
    refused(DefectError, "did not pass its own verification", world, method="pooled")


class Told:
    """A PuLP solver that solves, and then tells something else."""

    def __init__(self, twist: Callable[[Any], None], objective: bool) -> None:
        self.twist, self.objective = twist, objective

    def actualSolve(self, problem: Any) -> int:
        meant = problem.objective
        if not self.objective:
            problem.setObjective(pulp.LpAffineExpression())
        pulp.HiGHS(msg=False, threads=1).actualSolve(problem)
        problem.setObjective(meant)
        self.twist(problem)
        problem.assignStatus(pulp.LpStatusOptimal, pulp.LpSolutionOptimal)
        return int(pulp.LpStatusOptimal)


def set_values(change: Callable[[float], float]) -> Callable[[Any], None]:
    """Return a twist of all values."""

    def twist(problem: Any) -> None:
        for variable in problem.variables():
            variable.varValue = change(variable.varValue or 0.0)

    return twist


TOLD: dict[str, tuple[Callable[[Any], None], bool]] = {
    "too much": (set_values(lambda value: 1.5 * value), True),
    "no numbers": (set_values(lambda value: float("nan")), True),
    "endless": (set_values(lambda value: float("inf")), True),
    "negative": (set_values(lambda value: -value), True),
    "nothing after a time limit": (set_values(lambda value: 0.0), True),
}


@pytest.mark.parametrize("lie", TOLD)
def test_a_lie_through_pulp_is_refused(
    world: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(pulp_backend, "_solver", lambda name, columns: Told(*TOLD[lie]))
    refused(SolverError, "calls its plan optimal, but it breaks the rule", world, method="joint")


def test_a_poor_plan_through_pulp_is_not_written(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = Told(lambda problem: None, False)
    monkeypatch.setattr(pulp_backend, "_solver", lambda name, columns: poor)
    refused(QuotaplanError, None, world, method="joint")


@pytest.mark.parametrize("lie", ["too much", "no numbers", "nothing after a time limit"])
def test_a_lie_through_pulp_past_the_check_is_not_written(
    world: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(pulp_backend, "_solver", lambda name, columns: Told(*TOLD[lie]))
    monkeypatch.setattr(pulp_backend, "check_answer", lambda problem, name: None)
    refused(QuotaplanError, None, world, method="joint")
