"""Advice to the unit: under effort and limits over all periods, in fine units, in few steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from worlds import shares, write_world

from optimizer.advice import trial
from optimizer.advice.advise import advice_table
from optimizer.advice.combination import Combination, settle
from optimizer.advice.lever import Lever
from optimizer.advice.parts import Advice, Part, unchanged
from optimizer.inputs.load import load_scenarios
from optimizer.model.backing_capacity import CapacityRoom, raised_people
from optimizer.model.pools import read_pools
from optimizer.model.streets import every_street
from optimizer.planning import scenario_plan
from optimizer.planning.measure import MeasurePlan
from optimizer.planning.scenario_plan import plan_scenario
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance

TWO = ["2024Q1", "2024Q2"]


def planned(folder: Path, settings: dict[str, object], **tables: object) -> MeasurePlan:
    whole = {"periods": TWO, "rounding": 1, **settings}
    return plan_scenario(load_scenarios(write_world(folder, whole, **tables)).scenarios[0])


def gap_of(plan: MeasurePlan) -> int:
    return round(float(plan.summary["gap"]) / plan.instance.unit)


def assert_kept(plan: MeasurePlan) -> None:
    """Every advice closes what it promised, and the last one everything."""
    unit, gap = plan.instance.unit, gap_of(plan)
    assert gap > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenario_plan, "advise", lambda *_: ())
        for one in plan.advice:
            left = gap_of(scenario_plan.plan_scenario(one.apply(plan.scenario)))
            assert gap - left == round(one.closes / unit), one
    assert plan.advice[-1].is_combination
    assert (round(plan.advice[-1].closes / unit), plan.advice[-1].leaves) == (gap, 0)


def test_who_has_a_full_year_is_not_asked_for_more(tmp_path: Path) -> None:
    """r0 may carry 79 in all: more capacity, or a rep hired, is for the others."""
    plan = planned(
        tmp_path,
        {"goal": 501, "buffers": {"capacity": 0.1}, "tolerance": {"product": 0.2, "period": 0.1}},
        people=[
            {"rep": "r0", "region": "A", "capacity": 82, "max_total": 79, "min": 5},
            {"rep": "r1", "region": "A", "capacity": 77, "products": "P"},
            {"rep": "r2", "region": "A", "capacity": 22},
        ],
        products=shares("product", {"P": 1, "Q": 4}),
    )
    assert_kept(plan)
    raised = [part for one in plan.advice for part in one.parts if part.lever == "capacity"]
    assert raised
    assert not any(rep == "r0" for part in raised for rep, _ in part.capacities)


def test_advice_under_effort_is_what_whole_units_give(tmp_path: Path) -> None:
    """Q takes twice the capacity; a program in fractions would promise a unit too many."""
    assert_kept(
        planned(
            tmp_path,
            {"goal": 120, "tolerance": {"region": 0.0}},
            people=[
                {"rep": "r0", "region": "A", "capacity": 33},
                {"rep": "r1", "region": "A", "capacity": 27, "max_total": 50},
            ],
            products=[
                {"product": "P", "share": 1, "effort": 0.5},
                {"product": "Q", "share": 1, "effort": 2},
            ],
        )
    )


def test_shares_that_bind_each_other_move_together(tmp_path: Path) -> None:
    """In fractions A needs 81.33 % and B can have 18.67 %: no whole units fit between."""
    plan = planned(
        tmp_path,
        {"goal": 541, "tolerance": {"region": 0.1, "product": 0.2, "period": 0.1}},
        people=[
            {"rep": "r0", "region": "B", "capacity": 68, "products": "P", "max_total": 101},
            {"rep": "r1", "region": "A", "capacity": 65, "products": "P;Q", "max_total": 79},
            {"rep": "r2", "region": "A", "capacity": 63, "max_total": 45},
        ],
        products=[
            {"product": "P", "share": 1, "effort": 1},
            {"product": "Q", "share": 3, "effort": 1},
            {"product": "R", "share": 1, "effort": 0.5},
        ],
    )
    last = plan.advice[-1]
    assert (last.closes, last.leaves) == (gap_of(plan), 0)


def test_units_of_a_millionth_are_counted_as_rounding_counts_them(tmp_path: Path) -> None:
    """900 in 10⁻⁶ is 9·10⁸ units, to which a program is as exact as rounding takes it to be."""
    plan = planned(
        tmp_path,
        {"goal": 900, "rounding": 0, "tolerance": {"region": 0.07}, "periods": ["2024Q1"]},
        people=[
            {"rep": "Li", "region": "A", "capacity": 100.0 / 3},
            {"rep": "Wang", "region": "B", "capacity": 700.0 / 3},
            {"rep": "Chen", "region": "C"},
        ],
        regions=shares("region", {"A": 31, "B": 36, "C": 33}),
    )
    assert_kept(plan)


def test_shares_assumed_from_people_are_left_alone_where_people_come(tmp_path: Path) -> None:
    """Nobody works: who is hired takes all, and a share for the other region is in the way."""
    late = {"fte": 0.5, "start": "2025-03-01"}
    plan = planned(
        tmp_path,
        {"goal": 514, "tolerance": {"region": 0.02}},
        people=[{"rep": "Li", "region": "A", **late}, {"rep": "Wang", "region": "B", **late}],
    )
    assert_kept(plan)


def test_a_large_plan_under_effort_says_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_MOST_APART", 1)
    plan = planned(
        tmp_path,
        {"goal": 60, "periods": ["2024Q1"]},
        people=[{"rep": "Li", "region": "A", "capacity": 40}],
        products=[
            {"product": "P", "share": 1, "effort": 0.5},
            {"product": "Q", "share": 1, "effort": 2},
        ],
    )
    texts = advice_table(plan.advice)["text"]
    assert len(texts)
    assert texts.str.contains("closes about ").all()


def test_what_no_lever_closes_is_told() -> None:
    part = Part("share", "A", 1.0, "let A's share rise", unchanged)
    text = advice_table((Advice((part,), 5.0, 0.5, leaves=2.0),))["text"].iloc[0]
    assert text.endswith("closes 5 of the gap; no lever was found for the other 2")


# ---------------------------------------------------------------- room that capacity makes


def cut_instance(folder: Path, capacity: Sequence[float]) -> Instance:
    people = [
        {"rep": "r0", "region": "A", "capacity": capacity[0], "max_total": 300},
        {"rep": "r1", "region": "A", "capacity": capacity[1]},
    ]
    efforts = {"P": 0.5, "Q": 1, "R": 2}
    products = [{"product": name, "effort": effort} for name, effort in efforts.items()]
    world = write_world(folder, {"periods": TWO, "goal": 900}, people=people, products=products)
    return build_instance(load_scenarios(world).scenarios[0])


@pytest.mark.parametrize("by_capacity", [False, True])
def test_room_is_what_streets_of_larger_capacities_have(tmp_path: Path, by_capacity: bool) -> None:
    """30 more for a pool of 40 and 60: half each by reference, 12 and 18 by capacity."""
    more = (12.0, 18.0) if by_capacity else (15.0, 15.0)
    small = cut_instance(tmp_path / "small", (40.0, 60.0))
    large = cut_instance(tmp_path / "large", (40.0 + more[0], 60.0 + more[1]))
    held = []
    for instance in (small, large):
        pools = read_pools(instance)
        assert pools is not None
        streets = every_street(instance, pools)
        held.append(streets.curves.street_high - streets.begin)
    pools = read_pools(small)
    assert pools is not None
    room = CapacityRoom(small, pools, every_street(small, pools))
    street, made = room.made(np.array([0]), np.array([30.0]), by_capacity=by_capacity)
    first = np.flatnonzero(every_street(small, pools).pool == 0)
    assert street.tolist() == first.tolist()
    assert made == pytest.approx((held[1] - held[0])[first])


def test_capacity_is_for_who_can_still_carry_more(tmp_path: Path) -> None:
    for capacity, expected in (((40.0, 60.0), [True, True]), ((80.0, 60.0), [False, True])):
        instance = cut_instance(tmp_path / str(capacity[0]), capacity)
        pools = read_pools(instance)
        assert pools is not None
        assert raised_people(instance, pools)[pools.item_period == 0].tolist() == expected


# ---------------------------------------------------------------- settling a combination


def lever(kind: str, most: float = 100.0) -> Lever:
    def part(amount: float) -> Part:
        return Part(kind, kind, amount, f"{kind} {amount:g}", unchanged)

    return Lever(kind, (), most, room=1.0, step=1.0, part=part)


def combination(steps: Sequence[int], price: Sequence[float], least: float) -> Combination:
    kinds = ("share", "capacity", "rep")[: len(steps)]
    levers = tuple(lever(kind) for kind in kinds)
    return Combination(levers, tuple(steps), tuple(price), (), 0.0, least, 0.0)


def pulled(parts: Sequence[Part]) -> dict[str, float]:
    return {part.lever: part.change for part in parts}


def test_a_step_that_is_not_needed_is_taken_back() -> None:
    """9.7 and 4.3 in fractions close 14: rounded up to 10 and 5, one of them can have less."""
    found = combination((10, 5), (1.0, 3.0), 9.7 + 3 * 4.3)
    advice = settle(found, lambda parts: min(sum(pulled(parts).values()), 14.0), 14.0, 1.0)
    assert pulled(advice.parts) == {"share": 9, "capacity": 5}
    assert (advice.closes, advice.cost) == (14, 24)


def test_nothing_is_tried_below_the_least_cost() -> None:
    tried: list[dict[str, float]] = []

    def closed(parts: Sequence[Part]) -> float:
        tried.append(pulled(parts))
        return 14.0

    advice = settle(combination((10, 4), (1.0, 3.0), 22.0), closed, 14.0, 1.0)
    assert (tried, advice.cost) == ([{"share": 10, "capacity": 4}], 22)


def test_what_whole_units_lose_is_pulled_further() -> None:
    """Two units are lost: the cheaper lever goes two steps further."""
    found = combination((10, 4), (1.0, 3.0), 22.0)
    advice = settle(found, lambda parts: sum(pulled(parts).values()) - 2.0, 14.0, 1.0)
    assert (advice.closes, pulled(advice.parts)) == (14, {"share": 12, "capacity": 4})


def test_levers_that_help_only_together_are_pulled_together() -> None:
    def closed(parts: Sequence[Part]) -> float:
        return 14.0 if min(pulled(parts).values()) >= 5 else 12.0

    advice = settle(combination((4, 4), (1.0, 3.0), 16.0), closed, 14.0, 1.0)
    assert (advice.closes, pulled(advice.parts)) == (14, {"share": 5, "capacity": 5})


def test_a_lever_that_was_not_pulled_may_be_the_one_that_helps() -> None:
    def closed(parts: Sequence[Part]) -> float:
        return 14.0 if pulled(parts).get("capacity", 0.0) >= 2 else 12.0

    advice = settle(combination((14, 0), (1.0, 3.0), 14.0), closed, 14.0, 1.0)
    assert (advice.closes, pulled(advice.parts)["capacity"]) == (14, 2)


def test_levers_in_each_others_way_are_left_out() -> None:
    def closed(parts: Sequence[Part]) -> float:
        return 14.0 if set(pulled(parts)) == {"rep"} else 3.0

    advice = settle(combination((4, 4, 1), (1.0, 3.0, 9.0), 25.0), closed, 14.0, 1.0)
    assert (advice.closes, advice.cost, pulled(advice.parts)) == (14, 9, {"rep": 1})
