"""A session answers what a fresh plan of the changed scenario would say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from worlds import SCENARIOS, write_world

from optimizer.change.edits import set_capacity, set_goal
from optimizer.domain.scenario import Buffers, Scenario
from optimizer.errors import ContradictionError, InputError
from optimizer.model.pooled import solve_pooled
from optimizer.problem import staged
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


def test_what_is_given_in_other_types_is_understood_or_refused(company: Session) -> None:
    assert company.goal(np.int64(1300)).goal == 1300
    assert company.products("S1", "MES;Service").placed == pytest.approx(990)
    for ask in (
        lambda: company.goal("1300"),
        lambda: company.goal(None),  # type: ignore[arg-type]
        lambda: company.capacity(7, 100),  # type: ignore[arg-type]
        lambda: company.potential(5, region=7),  # type: ignore[arg-type]
        lambda: company.hire("新人", "East", open="maybe"),
        lambda: company.unlock(rep="S1"),
        lambda: company.adopt("S1"),  # type: ignore[arg-type]
        lambda: company.ask(lambda one: None),  # type: ignore[arg-type, return-value]
        lambda: company.ask("goal"),  # type: ignore[arg-type]
        lambda: Session(5),  # type: ignore[arg-type]
        lambda: Session(company.scenario, measure="customers"),
    ):
        with pytest.raises(InputError):
            ask()


def test_a_change_of_ones_own_is_checked_and_leaves_the_base(company: Session) -> None:
    def higher(one: Scenario) -> Scenario:
        one.tables["people"]["capacity"] *= 2
        return one

    def wrong(one: Scenario) -> Scenario:
        people = one.tables["people"].assign(capacity=-1)
        return dataclasses.replace(one, tables={**one.tables, "people": people})

    def keeps_all(one: Scenario) -> Scenario:
        return dataclasses.replace(
            one, settings=dataclasses.replace(one.settings, buffers=Buffers(capacity=1.0))
        )

    def strange(one: Scenario) -> Scenario:
        return dataclasses.replace(one, tables={**one.tables, "poeple": one.tables["people"]})

    before = company.scenario.tables["people"].copy()
    assert company.ask(higher).placed > company.base.placed
    assert company.scenario.tables["people"].equals(before)
    for change, said in (
        (wrong, "the number is negative"),
        (keeps_all, "the number is too large"),
        (strange, "Did you mean people"),
    ):
        with pytest.raises(InputError, match=said):
            company.ask(change)


def test_answers_can_be_adopted_one_after_another(company: Session) -> None:
    locked = company.adopt(company.lock(100, rep="S1", owner="吴"))
    free = locked.unlock(rep="S1")
    assert free.placed == pytest.approx(company.base.placed)
    again = locked.adopt(free).adopt(locked.adopt(free).hire("新人", "East", capacity=50))
    assert "新人" in again.base.reps.index
    assert again.goal(1400).unfairness == pytest.approx(again.base.unfairness)


def test_a_regional_plan_tells_its_regions(tmp_path: Path) -> None:
    regions = [{"region": name, "share": 0.5} for name in ("华东", "南")]
    potential = [{"region": "华东", "potential": 400}]
    keys = {"periods": ["2024Q1"], "goal": 1000}
    session = Session(write_world(tmp_path / "world", keys, regions=regions, potential=potential))
    answer = session.goal(1200)
    assert repr(answer) == (
        "<goal 1,200: goal 1,200, placed 1,000.00 (+100.00), gap 200.00 (+100.00), "
        "1 of 2 region targets move>"
    )
    assert "南" in answer._repr_html_()


def test_a_difference_that_is_none_has_no_sign_of_a_fall(company: Session) -> None:
    answer = company.goal(1400)
    answer.allocation.placed[answer.allocation.placed > 0] -= 1e-9
    assert "-0.00" not in repr(answer)


def test_what_did_not_change_is_not_read_again(
    company: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    for name in ("read_labels", "read_roster", "resolve_shares", "reference_ask", "group_reps"):
        monkeypatch.setattr(staged, name, again)
    assert company.goal(1300).goal == 1300
    assert company.capacity("S5", 200).placed == pytest.approx(1040)
    assert company.buffer("capacity", 0.1).placed < 990
    assert company.potential(200, region="East").gap > 410
    with pytest.raises(AssertionError, match="read again"):
        company.hire("New", "East")
