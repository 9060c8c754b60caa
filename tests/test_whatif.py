"""A session answers what a fresh plan of the changed scenario would say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS

from optimizer.change.edits import set_capacity, set_goal
from optimizer.errors import ContradictionError, InputError
from optimizer.model.pooled import solve_pooled
from optimizer.problem.build import build_instance
from optimizer.whatif.session import Session


@pytest.fixture(scope="module")
def company() -> Session:
    return Session(SCENARIOS / "company-a")


@pytest.fixture(scope="module")
def cascade() -> Session:
    return Session(SCENARIOS / "east-china")


def test_the_base_is_the_plan(company: Session) -> None:
    assert company.base.goal == 1400
    assert company.base.placed == pytest.approx(990)
    assert company.base.gap == pytest.approx(410)
    assert repr(company) == "Session of <base: goal 1,400 10k CNY, placed 990.00, gap 410.00>"


def test_a_capacity_moves_only_its_region(company: Session) -> None:
    answer = company.capacity("S5", 200)
    assert answer.placed == pytest.approx(1040)
    moved = answer.reps[answer.reps["difference"].abs() > 1e-6]
    assert moved.index.tolist() == ["S5"]
    assert moved.loc["S5", "difference"] == pytest.approx(50)
    assert "gap 360.00 (-50.00), 1 of 8 targets move" in repr(answer)
    assert company.base.placed == pytest.approx(990), "the base stays as it is"


QUESTIONS = {
    "goal": lambda one: one.goal(1500),
    "buffer": lambda one: one.buffer("capacity", 0.1),
    "share": lambda one: one.share("region_share", min_share=0.1, region="East"),
    "potential": lambda one: one.potential(200, region="East"),
    "capacity": lambda one: one.capacity("S1", 170, period="2023Q3"),
    "lock": lambda one: one.lock(70, rep="N3", owner="Chen", reason="promised"),
    "products": lambda one: one.products("S1", ["MES", "Service"]),
    "hire": lambda one: one.hire("New", "North", capacity=120),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_what_a_fresh_solve_finds(company: Session, question: str) -> None:
    answer = QUESTIONS[question](company)
    fresh = solve_pooled(build_instance(answer.scenario))
    size = max(fresh.bound, 1e-6 * answer.goal)
    assert answer.placed == pytest.approx(fresh.placed.sum(), rel=1e-8)
    assert abs(answer.unfairness - fresh.objective) <= 1e-4 * size


def test_warm_answers_equal_cold_ones(cascade: Session) -> None:
    for goal in (900, 1100, 2000):
        warm = cascade.goal(goal)
        cold = Session(set_goal(cascade.scenario, goal)).base
        assert np.abs(warm.allocation.placed - cold.allocation.placed).max() <= 1e-6 * goal


def test_several_changes_at_once_and_a_name(company: Session) -> None:
    answer = company.ask(
        lambda one: set_goal(one, 1000),
        lambda one: set_capacity(one, "S5", 300),
        name="lower, and more in the north",
    )
    assert answer.goal == 1000
    assert repr(answer).startswith("<lower, and more in the north: goal 1,000")


def test_an_answer_can_become_the_base(company: Session) -> None:
    session = company.adopt(company.capacity("S5", 200))
    assert session.base.placed == pytest.approx(1040)


def test_tables_add_up_and_show_the_difference(company: Session) -> None:
    answer = company.hire("New", "North", capacity=120)
    assert answer.reps.index[0] == "New"
    assert pd.isna(answer.reps.loc["New", "base"])
    assert answer.reps["difference"].sum() == pytest.approx(answer.placed - company.base.placed)
    for table in (answer.periods, answer.products):
        assert table["target"].sum() == pytest.approx(answer.placed)
    leaves = answer.regions.loc[list(answer.instance.leaves)]
    assert leaves["target"].sum() == pytest.approx(answer.placed)
    assert answer.totals.loc["gap", "difference"] == pytest.approx(-120)
    assert answer.cells["target"].sum() == pytest.approx(answer.placed)
    assert "<table" in answer._repr_html_()


def test_the_plan_in_whole_units(company: Session) -> None:
    plan = company.capacity("S5", 200).plan()
    assert plan.summary["gap"] == 360


def test_mistakes_and_contradictions_are_told(company: Session) -> None:
    with pytest.raises(InputError, match="East"):
        company.potential(10, region="Esat")
    with pytest.raises(ContradictionError):
        company.lock(500, rep="S1")
    with pytest.raises(InputError, match="customers"):
        Session(SCENARIOS / "company-a", measure="customers")
