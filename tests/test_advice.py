"""Advice keeps its promise: taken, it closes what it said, to the unit."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from strategies import World, worlds
from worlds import SCENARIOS, company_a, company_a_people, shares, write_world

from optimizer.advice.advise import advice_table, advise
from optimizer.advice.parts import Advice
from optimizer.advice.shortage import shortage_sentence, shortages
from optimizer.advice.trial import Trial
from optimizer.change.edits import add_rep, set_capacity, set_potential, set_products, set_share
from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.backing import Backing
from optimizer.planning.measure import MeasurePlan
from optimizer.planning.scenario_plan import plan_scenario
from optimizer.problem.build import build_instance

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
        steps = [(part.lever, part.where) for part in one.parts if part.lever != "capacity"]
        assert len(set(steps)) == len(steps), "no two steps move the same limit"


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


def combination(plan: MeasurePlan) -> Advice:
    found = [one for one in plan.advice if one.is_combination]
    assert len(found) == 1
    return found[0]


def levers_of(advice: Advice) -> list[str]:
    return [part.lever for part in advice.parts]


ALL_BUT = {"share", "potential_buffer", "capacity_buffer", "capacity", "rep", "lock", "potential"}
HALVES = {"P": 50, "Q": 50}


def test_a_combination_hires_where_people_sell_different_things(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 200, "advice": {"never": sorted(ALL_BUT - {"rep"})}},
        people=[
            {"rep": "Li", "region": "A", "capacity": 80, "products": "P"},
            {"rep": "Wang", "region": "A", "capacity": 40, "products": "Q"},
        ],
        products=shares("product", HALVES),
    )
    plan = plan_scenario(read(folder))
    assert gap_of(plan) == 80
    together = combination(plan)
    assert levers_of(together) == ["rep"]
    assert (together.parts[0].change, together.closes) == (2, 80)
    assert gap_of(plan_scenario(together.apply(plan.scenario))) == 0


def test_people_come_where_nobody_works_only_if_that_is_cheapest(tmp_path: Path) -> None:
    """B lacks 80: its share can fall, which is cheaper than a rep."""
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 160, "tolerance": {"region": 0.0}},
        people=[{"rep": "Li", "region": "A"}],
        regions=shares("region", {"A": 50, "B": 50}),
    )
    together = combination(plan_scenario(read(folder)))
    assert set(levers_of(together)) == {"share"}
    assert together.closes == 80


def test_a_combination_opens_a_product_to_who_has_room(tmp_path: Path) -> None:
    """Wang can sell 50 of 100 Q; Li and Chen have room, and one of them is enough."""
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 200, "tolerance": {"product": 0.0}},
        people=[
            {"rep": "Li", "region": "A", "capacity": 120, "products": "P"},
            {"rep": "Chen", "region": "A", "capacity": 150, "products": "P"},
            {"rep": "Wang", "region": "A", "capacity": 50, "products": "Q"},
        ],
        products=shares("product", HALVES),
    )
    for never, kind in ((["share"], ["product"]), ([], ["share", "share"])):
        scenario = read(folder)
        other = {"advice": {"never": never}}
        scenario = replace(scenario, settings=replace(scenario.settings, other=other))
        together = combination(plan_scenario(scenario))
        assert (levers_of(together), together.closes) == (kind, 50)
        if kind == ["product"]:
            assert together.parts[0].words == "let Chen (A) sell Q as well"


def test_two_products_opened_to_one_rep_are_both_open(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 300, "advice": {"never": sorted(ALL_BUT)}},
        people=[{"rep": "Li", "region": "A", "capacity": 400, "products": "P"}],
        products=shares("product", {"P": 1, "Q": 1, "R": 1}),
    )
    plan = plan_scenario(read(folder))
    together = combination(plan)
    assert [part.where for part in together.parts] == ["Li Q", "Li R"]
    assert together.closes == 200
    people = together.apply(plan.scenario).table("people")
    assert people is not None
    assert people["products"].tolist() == ["P;Q;R"]


def test_what_one_rep_carries_of_a_product_is_gone_for_the_next(tmp_path: Path) -> None:
    """Li and Chen have 60 each besides P: Q takes one of them, R the other."""
    people = [
        {"rep": name, "region": "A", "capacity": 100, "products": "P"} for name in ("Chen", "Li")
    ]
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 190, "advice": {"never": sorted(ALL_BUT)}},
        people=people,
        products=shares("product", {"P": 10, "Q": 90, "R": 90}),
    )
    plan = plan_scenario(read(folder))
    together = combination(plan)
    assert together.closes == gap_of(plan) == 180
    assert gap_of(plan_scenario(together.apply(plan.scenario))) == 0


def test_a_lock_on_everything_can_stand_at_another_amount(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 100},
        regions=[{"region": "A"}],
        locks=[{"amount": 90, "owner": "boss", "reason": "deal"}],
    )
    plan = plan_scenario(read(folder))
    together = combination(plan)
    assert levers_of(together) == ["lock"]
    assert (together.parts[0].change, together.closes, together.cost) == (10, 10, 40)
    assert together.parts[0].words == "lock everything at 100 instead of 90"
    locks = together.apply(plan.scenario).table("locks")
    assert locks is not None
    assert locks[["amount", "owner", "reason"]].values.tolist() == [[100, "boss", "deal"]]


def test_shares_move_by_what_is_asked_in_the_end(tmp_path: Path) -> None:
    """North shrinks from 100 to 60, of which N1 carries 10: a sixth, where 30 % was the least."""
    folder = write_world(
        tmp_path,
        {"periods": ["2024Q1"], "goal": 200, "tolerance": {"region": 0.2}},
        people=[
            {"rep": "Li", "region": "N1", "capacity": 10},
            {"rep": "Wang", "region": "N2", "capacity": 50},
            {"rep": "Chen", "region": "South"},
        ],
        regions=[
            {"region": "North", "share": 50},
            {"region": "South", "share": 50},
            {"region": "N1", "parent": "North", "share": 50},
            {"region": "N2", "parent": "North", "share": 50},
        ],
    )
    plan = plan_scenario(read(folder))
    assert gap_of(plan) == 8
    together = combination(plan)
    assert set(levers_of(together)) == {"share"}
    assert together.closes == 8
    assert "16.6" in together.parts[0].words


def test_a_trial_that_goes_on_from_the_last_one_says_what_a_fresh_one_does(
    company: MeasurePlan,
) -> None:
    scenario, gap = company.scenario, float(company.summary["gap"])
    held = Trial(scenario, gap)
    edits = [
        lambda given: set_share(given, "region_share", min_share=0.1, region="North"),
        lambda given: set_share(given, "region_share", max_share=0.6, region="East"),
        lambda given: set_capacity(given, "S5", 200.0, "2023Q3"),
        lambda given: add_rep(given, "More", "North", capacity=40.0),
        lambda given: set_potential(given, 300.0, region="East"),
        lambda given: set_products(given, "S5", ["MES"]),
    ]
    for edit in (*edits, *reversed(edits)):
        changed = edit(scenario)
        fresh = min(Backing(build_instance(changed)).most(), company.instance.goal)
        assert held.closed_by(changed) == max(np.floor(fresh + 1e-6) - 990, 0)
