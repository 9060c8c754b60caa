"""Advice keeps its promise: taken, it closes what it said, to the unit."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from strategies import World, worlds
from worlds import SCENARIOS, company_a, company_a_people, shares, write_world

from optimizer.advice.advise import Advice, advice_table, advise
from optimizer.advice.shortage import shortage_sentence, shortages
from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.planning.measure import MeasurePlan
from optimizer.planning.scenario_plan import plan_scenario

EXAMPLES = int(os.environ.get("QUOTAPLAN_EXAMPLES", "60")) // 4
SLOW = settings(max_examples=max(EXAMPLES, 1), suppress_health_check=list(HealthCheck))


def read(folder: Path) -> Scenario:
    return load_scenarios(folder).scenarios[0]


def advice_of(plan: MeasurePlan) -> tuple[Advice, ...]:
    return plan.advice


def gap_of(plan: MeasurePlan) -> int:
    return round(float(plan.summary["gap"]) / plan.instance.unit)


@SLOW
@given(worlds())
def test_every_advice_closes_what_it_promised(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            scenario = read(write_world(Path(name), world.settings, **world.tables))
            before = plan_scenario(scenario)
        except (ContradictionError, InputError):
            return
    assume(gap_of(before) > 0)
    unit = before.instance.unit
    for one in before.advice:
        event("+".join(part.lever for part in one.parts[:1]))
        after = plan_scenario(one.apply(scenario))
        closed = max(gap_of(before) - gap_of(after), 0)
        assert abs(closed - round(one.closes / unit)) <= 1, one


@pytest.fixture(scope="module")
def company() -> MeasurePlan:
    return plan_scenario(read(SCENARIOS / "company-a"))


def test_company_a_is_told_what_is_missing_and_where(company: MeasurePlan) -> None:
    """AL-03: the people carry 990 of 1,400; by region 87, 120, 130, 60 and 13 are missing."""
    ask = company.whole.ask * company.instance.unit
    found = shortages(company.instance, ask, company.gaps)
    assert {one.region: one.gap for one in found} == {
        "North": 130, "South": 120, "East": 87, "West": 60, "Overseas": 13,
    }  # fmt: skip
    text = shortage_sentence(found, company.instance.goal, "10k CNY")
    assert text.startswith("410 of the goal of 1,400 10k CNY are backed by nothing.")
    assert "North 2023Q3 lacks 130 of 280: its 1 rep can carry 150." in text


def test_company_a_is_told_what_closes_it(company: MeasurePlan) -> None:
    table = advice_table(company.advice)
    capacity = table[table["lever"] == "capacity"].set_index("where")["closes"]
    assert capacity["2023Q3 North"] == 130
    assert capacity["2023Q3 South"] == 120
    together = table[table["lever"] == "combination"]
    assert together["closes"].tolist() == [410]


def test_a_complete_plan_needs_no_advice() -> None:
    assert plan_scenario(read(SCENARIOS / "east-china")).advice == ()


def test_levers_that_are_never_used_are_not_advised(tmp_path: Path) -> None:
    scenario = read(company_a(tmp_path, company_a_people(), advice={"never": ["rep", "capacity"]}))
    levers = {part.lever for one in plan_scenario(scenario).advice for part in one.parts}
    assert not levers & {"rep", "capacity"}


def test_the_cheapest_combination_follows_the_prices(tmp_path: Path) -> None:
    """One region lacks 40; capacity is dear, then people are."""
    people = [{"rep": "Li", "region": "A", "capacity": 60}, {"rep": "Wang", "region": "B"}]
    regions = shares("region", {"A": 50, "B": 50})
    for prices, kind in (({"rep": 0.1}, "rep"), ({"capacity": 0.1}, "capacity")):
        folder = write_world(
            tmp_path / kind,
            {"periods": ["2024Q1"], "goal": 200, "tolerance": {"region": 0.0}, "advice": prices},
            people=people,
            regions=regions,
        )
        together = [one for one in plan_scenario(read(folder)).advice if one.is_combination]
        assert [part.lever for part in together[0].parts] == [kind]
        assert together[0].closes == 40


def test_a_region_without_people_is_offered_its_first_rep(tmp_path: Path) -> None:
    people = [{"rep": "Li", "region": "A", "capacity": 100}]
    regions = shares("region", {"A": 50, "B": 50})
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 160, "tolerance": {"region": 0.0}},
        people=people,
        regions=regions,
    )
    plan = plan_scenario(read(folder))
    assert gap_of(plan) == 80
    first = plan.advice[0]
    assert (first.parts[0].lever, first.parts[0].where, first.closes) == ("rep", "B", 80)


def test_advice_repeats_itself(company: MeasurePlan) -> None:
    shortage = (company.whole.ask - company.whole.placed).sum(axis=(1, 2)).astype(float)
    again = advise(
        company.scenario,
        company.instance,
        company.gap_prices,
        float(company.summary["gap"]),
        shortage * company.instance.unit,
    )
    assert advice_table(again).equals(advice_table(company.advice))
    assert np.isfinite(advice_table(again)["closes"]).all()


@pytest.mark.parametrize("capacity", [3.33, 50_000, 300_000_000])
def test_a_goal_of_a_thousand_million_is_advised_on_at_once(
    tmp_path: Path, capacity: float
) -> None:
    """Raising capacity is cheaper than hiring, however small a rep is beside the goal."""
    names = ("A", "B", "C")
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 1_000_000_000, "rounding": 0.01},
        people=[{"rep": name, "region": "R", "capacity": capacity} for name in names],
    )
    plan = plan_scenario(read(folder))
    together = plan.advice[-1]
    assert together.is_combination
    assert {part.lever for part in together.parts} == {"capacity"}
    assert together.closes == pytest.approx(float(plan.summary["gap"]), rel=1e-8)


def test_a_lock_on_everything_is_named(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 100},
        regions=[{"region": "A"}],
        locks=[{"amount": 90}],
    )
    table = advice_table(plan_scenario(read(folder)).advice)
    lock = table[table["lever"] == "lock"].iloc[0]
    assert (lock["where"], lock["closes"]) == ("*", 10)
    assert "the lock on everything (90)" in lock["text"]
