"""The tables that tell why, of a plan written down by hand: each rule at its edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from verify_company import company, regional
from verify_company_tables import LIMITS, REGIONAL_LIMITS, limits
from verify_edits import terms
from verify_plans import Draft, added, having

from optimizer.verify.acting import Limits, read_limits
from optimizer.verify.check_advice import _order, check_advice
from optimizer.verify.check_explain import check_explain
from optimizer.verify.check_explain_regions import check_explain_regions
from optimizer.verify.check_groups import _are_most, check_groups
from optimizer.verify.check_off_reference import (
    check_off_reference,
    check_sums,
    multiple_of,
    read_owners,
)
from optimizer.verify.check_owners import check_commits, check_lock_rows
from optimizer.verify.facts import Lock
from optimizer.verify.failures import Failure
from optimizer.verify.waterfalls import (
    Waterfalls,
    check_ends,
    check_given_step,
    check_limit_step,
    check_steps,
)

Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return regional(tmp_path_factory.mktemp("regional"))


def said(failures: Iterable[Failure]) -> list[str]:
    """Return failures as: where | what should be there | what is."""
    return [" | ".join((one.where, one.expected, one.found)) for one in failures]


def table(text: str, *amounts: str) -> pd.DataFrame:
    """Return a table; its rows begin with 2, as in a file."""
    lines = [line.split(",") for line in text.strip().splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0]).replace({None: ""})
    frame[list(amounts)] = frame[list(amounts)].replace({"": "nan"}).astype(float)
    return frame.set_axis(range(2, len(frame) + 2))


def acting(draft: Draft, *priced: int) -> Limits:
    """Return the company's limits, some of which have a price."""
    frame = limits(LIMITS, priced)
    free = ~frame["kind"].isin(["goal", "lock", "eligibility"]).to_numpy()
    frame.loc[free, "slack"] = 999.0
    return read_limits(draft.facts, frame)


# ---------------------------------------------------------------- explain.csv

STEPS = """rep,period,step,amount
Ann,2024Q1,equal share,400
Ann,2024Q1,over-assignment,40
Bob,2024Q1,equal share,400
Bob,2024Q1,over-assignment,40
Cid,2024Q1,equal share,400
Cid,2024Q1,over-assignment,40
Eve,2024Q1,equal share,400
Eve,2024Q1,over-assignment,40
Ann,2024Q2,equal share,400
Ann,2024Q2,over-assignment,40
Bob,2024Q2,equal share,400
Bob,2024Q2,over-assignment,40
Cid,2024Q2,equal share,400
Cid,2024Q2,over-assignment,40
Eve,2024Q2,equal share,400
Eve,2024Q2,over-assignment,40
Hal,2024Q2,equal share,400
Hal,2024Q2,over-assignment,40
"""


def explained(draft: Draft, frame: pd.DataFrame, *priced: int) -> list[str]:
    return said(check_explain(draft.facts, draft.plan(), acting(draft, *priced), frame, "x"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STEPS, []),
        (STEPS.replace("Hal,2024Q2,over-assignment,40\n", ""),
         ["Hal, 2024Q2 | 440 | 400", "Hal, 2024Q2, over-assignment | 40 | 0"]),
        (STEPS.replace("Hal,2024Q2,equal share,400\nHal,2024Q2,over-assignment,40\n", ""),
         ["Hal, 2024Q2 | 440 | "]),
        (STEPS + "Hal,2024Q2,rounding,0.01\n", ["Hal, 2024Q2 | 440 | 440.01"]),
        (STEPS + "Hal,2024Q2,rounding,0.004\n",
         ["Hal, 2024Q2, rounding |  | 0.004", "Hal, 2024Q2 | 440 | 440.004"]),
        (STEPS + "Hal,2024Q2,fairness shift,1\nHal,2024Q2,rounding,-1\n", []),
        (STEPS + "Hal,2024Q2,rounding,-1\nHal,2024Q2,fairness shift,1\n",
         ["Hal, 2024Q2, fairness shift |  | "]),
        (STEPS + "Hal,2024Q2,lock,1\nHal,2024Q2,coverage,0\nHal,2024Q2,rounding,-1\n", []),
        # East has a lock in the first period, South has none.
        (STEPS.replace("Bob,2024Q1,equal", "Ann,2024Q1,lock,1\nAnn,2024Q1,rounding,-1\n"
                       "Bob,2024Q1,equal"), []),
        (STEPS.replace("Ann,2024Q2,equal", "Eve,2024Q1,lock,1\nEve,2024Q1,rounding,-1\n"
                       "Ann,2024Q2,equal"), ["Eve, 2024Q1, lock |  | 1"]),
        (STEPS + "Hal,2024Q2,capacity,1\nHal,2024Q2,rounding,-1\n",
         ["Hal, 2024Q2, capacity |  | 1"]),
        (STEPS.replace("Hal,2024Q2,over-assignment,40\n",
                       "Hal,2024Q2,ability,0.02\nHal,2024Q2,over-assignment,39.98\n"),
         ["Hal, 2024Q2, ability | 0 | 0.02", "Hal, 2024Q2, over-assignment | 40 | 39.98"]),
        (STEPS.replace("Hal,2024Q2,over-assignment,40\n",
                       "Hal,2024Q2,ability,0.01\nHal,2024Q2,over-assignment,39.99\n"), []),
        (STEPS + "Zoe,2024Q2,rounding,1\n", ["row 20 |  | "]),
        (STEPS + "Hal,2024Q2,luck,1\n", ["row 20 |  | "]),
        (STEPS + "Hal,2024Q1,equal share,0\n", []),
        (STEPS + "Hal,2024Q1,equal share,1\n",
         ["Hal, 2024Q1 | 0 | 1", "Hal, 2024Q1, equal share | 0 | 1"]),
        (STEPS + "Ann,2024Q1,rounding,0\n", ["Ann, 2024Q1 |  | ", "Ann, 2024Q1 |  | "]),
    ],
)  # fmt: skip
def test_steps_of_a_rep_lead_from_an_equal_share_to_the_target(
    draft: Draft, text: str, expected: list[str]
) -> None:
    # Nothing is asked of Hal before he comes.
    weight = np.ones((5, 2))
    weight[4, 0] = 0.0
    ask = draft.facts.reference.ask.copy()
    ask[2, 0] = 0.0
    facts = replace(draft.facts.reference, ask=ask)
    assert explained(draft.of(reference=facts), table(text, "amount")) == expected


def test_steps_of_weights_are_those_of_the_inputs(draft: Draft) -> None:
    crew = draft.facts.crew
    assert crew is not None
    weight = crew.weight.copy()
    weight[0, 0] = 1.2 * 1.5 * 0.5  # Ann: ability, resource, half time
    ability, resource = (np.array([one, 1.0, 1.0, 1.0, 1.0]) for one in (1.2, 1.5))
    changed = replace(crew, weight=weight, ability=ability, resource=resource)
    targets = draft.facts.targets
    assert targets is not None
    targets = targets.copy()
    targets[:3, 0] = 1320 * weight[:3, 0] / weight[:3, 0].sum()
    steps = table(STEPS, "amount")
    # 1,200 in three equal parts; then by 1.2, by 1.8 and by 0.9 of 3.2, 3.8 and 2.9.
    levels = [400, 1200 * 1.2 / 3.2, 1200 * 1.8 / 3.8, 1200 * 0.9 / 2.9, 1320 * 0.9 / 2.9]
    due = np.round(np.diff(levels), 2)
    names = ["ability", "resource", "ramp", "over-assignment"]
    own = pd.DataFrame({"rep": "Ann", "period": "2024Q1", "step": ["equal share", *names],
                        "amount": [400.0, *due]}, range(90, 95))  # fmt: skip
    own.loc[94, "amount"] += 440 - own["amount"].sum() - 12
    rest = pd.DataFrame([("Ann", "2024Q1", "fairness shift", 12.0)], [95], columns=own.columns)
    shifted = pd.concat([own, rest, steps.iloc[2:]])
    found = explained(draft.of(crew=changed, targets=targets), shifted)
    away = [one.split(" | ")[0] for one in found if one.startswith("Ann, 2024Q1")]
    assert away == ["Ann, 2024Q1, over-assignment"]
    for name in names[:3]:
        wrong = added(added(shifted, "amount", 0.05, {"rep": "Ann", "period": "2024Q1",
                      "step": name}), "amount", -0.05, {"step": "fairness shift"})  # fmt: skip
        found = explained(draft.of(crew=changed, targets=targets), wrong)
        assert any(one.startswith(f"Ann, 2024Q1, {name} ") for one in found)


def test_a_regional_plan_explains_no_rep(regions: Draft) -> None:
    acts = read_limits(regions.facts, limits(REGIONAL_LIMITS))
    check = partial(check_explain, regions.facts, regions.plan(), acts)
    assert said(check(table(STEPS, "amount"), "x")) == ["row 2 |  | "]
    assert said(check(table(STEPS, "amount")[:0], "x")) == []


REGION_STEPS = "period,region,product,step,amount\n" + "".join(
    f"2024Q{quarter},{region},{product},shares,{amount}\n"
    + (f"2024Q1,West,{product},coverage,-{amount}\n" if quarter == 1 and region == "West" else "")
    for quarter in (1, 2)
    for region, product, amount in (
        ("East", "MES", 900), ("East", "Twin", 300), ("South", "MES", 300), ("South", "Twin", 100),
        ("West", "MES", 300), ("West", "Twin", 100),
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "priced", "expected"),
    [
        (REGION_STEPS, (), []),
        (REGION_STEPS.replace("2024Q1,West,MES,coverage,-300\n", ""), (),
         ["2024Q1, West, MES | 0 | 300"]),
        (REGION_STEPS.replace("2024Q2,West,MES,shares,300\n", ""), (),
         ["2024Q2, West, MES | 300 | "]),
        (REGION_STEPS.replace("2024Q2,West,MES,shares,300",
                              "2024Q2,West,MES,shares,299.9\n2024Q2,West,MES,history mix,0.1"), (),
         ["2024Q2, West, MES, shares | 300 | 299.9", "2024Q2, West, MES, history mix | 0 | 0.1"]),
        (REGION_STEPS + "2024Q2,West,Twin,coverage,1\n2024Q2,West,Twin,rounding,-1\n", (),
         ["2024Q2, West, Twin, coverage |  | 1"]),
        (REGION_STEPS + "2024Q2,West,Twin,year,1\n2024Q2,West,Twin,rounding,-1\n", (),
         ["2024Q2, West, Twin, year |  | 1"]),
        (REGION_STEPS + "2024Q2,West,Twin,year,1\n2024Q2,West,Twin,rounding,-1\n", (41,), []),
        (REGION_STEPS + "2024Q2,West,Twin,region_share,1\n2024Q2,West,Twin,rounding,-1\n", (11,),
         ["2024Q2, West, Twin, region_share |  | 1"]),
        (REGION_STEPS + "2024Q2,West,Twin,region_share,1\n2024Q2,West,Twin,rounding,-1\n", (10,),
         []),
        (REGION_STEPS + "2024Q2,West,Twin,period_share,1\n2024Q2,West,Twin,rounding,-1\n", (1,),
         []),
        (REGION_STEPS + "2024Q2,West,Twin,product_share,1\n2024Q2,West,Twin,rounding,-1\n", (6,),
         []),
        (REGION_STEPS + "2024Q2,West,Twin,share,1\n2024Q2,West,Twin,rounding,-1\n", (17,), []),
    ],
)  # fmt: skip
def test_steps_of_a_cell_lead_from_the_shares_to_the_target(
    draft: Draft, text: str, priced: tuple[int, ...], expected: list[str]
) -> None:
    frame = table(text, "amount")
    found = check_explain_regions(draft.facts, draft.plan(), acting(draft, *priced), frame, "x")
    assert said(found) == expected


# ---------------------------------------------------------------- waterfalls


def falls(*steps: tuple[int, int, float]) -> Waterfalls:
    """Return waterfalls of three places, of (place, step, amount)."""
    place, step, amount = (np.array(one) for one in zip(*steps, strict=True))
    first = ("one", "two")
    return Waterfalls("x", first, str, 3, place, step.astype(np.int8), amount.astype(float))


FIRST_LIMIT, LAST_LIMIT, SHIFT = 2, 14, 15


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0, 0, 1), (0, 1, 1), (0, 5, 1), (0, 3, 1), (0, 15, 1), (0, 16, 1), (1, 0, 1)], []),
        ([(0, 0, 1), (0, 15, 1), (0, LAST_LIMIT, 1)], ["0, coverage |  | "]),
        ([(0, 0, 1), (0, FIRST_LIMIT, 1), (0, 1, 1)], ["0, two |  | "]),
        ([(0, 0, 1), (0, 16, 1), (0, 15, 1)], ["0, fairness shift |  | "]),
        ([(1, 1, 1), (0, 0, 1), (2, FIRST_LIMIT, 1)], ["1 |  | ", "2 |  | "]),
        ([(0, 0, 1), (1, 0, 1), (0, 1, 1)], ["0 |  | ", "0 |  | "]),
        ([(0, 0, 1.000009), (0, 1, 1.04)], []),
        ([(0, 0, 1.005), (0, 1, 1.04)], ["0, one |  | 1.005"]),
    ],
)
def test_steps_stand_in_their_order_in_hundredths(
    steps: list[tuple[int, int, float]], expected: list[str]
) -> None:
    unit = 4.0 if steps[-1][2] == 1.04 else 1.0
    whole = [(place, step, round(amount * unit, 6)) for place, step, amount in steps]
    found = said(check_steps(falls(*whole), unit))
    assert found == [one.replace("1.005", f"{1.005 * unit:g}") for one in expected]


@pytest.mark.parametrize(
    ("off", "is_told"), [(0.0024, False), (-0.0024, False), (0.0026, True), (-0.0026, True)]
)
@pytest.mark.parametrize("unit", [1.0, 4.0])
def test_steps_end_at_the_target_to_a_quarter_of_a_hundredth(
    off: float, is_told: bool, unit: float
) -> None:
    one = falls((0, 0, 5.0), (0, 1, 2.0 + off * unit), (2, 0, 1.0))
    targets, wanted = np.array([7.0, 9.0, 1.0]), np.array([True, True, True])
    found = said(check_ends(one, targets, wanted, unit))
    expected = [f"0 | 7 | {7 + off * unit:g}"] if is_told else []
    assert found == ["1 | 9 | ", *expected]
    found = said(check_ends(one, targets, np.array([False, False, True]), unit))
    assert found == [*expected, "1 | 9 | 0"]


def test_large_sums_may_be_off_in_their_last_digit() -> None:
    targets = np.array([1e13, 0.0, 0.0])
    for off, is_told in ((0.1875, False), (0.25, True)):
        one = falls((0, 0, 1e13 + off))
        assert bool(said(check_ends(one, targets, np.zeros(3, dtype=bool), 1.0))) == is_told


@pytest.mark.parametrize(
    ("amount", "expected", "size", "is_off"),
    [
        (5.0124, 5.0, 1.0, False), (5.0126, 5.0, 1.0, True), (4.9876, 5.0, 1.0, False),
        (4.9874, 5.0, 1.0, True), (5.11, 5.0, 1e5, False), (5.12, 5.0, 1e5, True),
        (0.0, 10.9, 1e6, False), (0.0, 10.9, 9e5, True), (0.0, -10.9, 1e6, False),
        (12.0, 10.9, 1e6, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("unit", [1.0, 8.0])
def test_a_given_step_is_right_to_a_hundredth_or_too_small_to_be_told(
    unit: float, amount: float, expected: float, size: float, is_off: bool
) -> None:
    amount, expected, size = amount * unit, expected * unit, size * unit
    one = falls((1, 0, 0.0), (1, 1, amount))
    due, sizes = np.array([9.0, expected, 9.0]), np.full(3, size)
    found = said(check_given_step(one, "two", due, sizes, unit, "due"))
    assert found == ([f"1, two | {expected:g} | {amount:.12g}"] if is_off else [])


def test_a_limit_is_told_where_it_acts() -> None:
    one = falls((0, 0, 5.0), (0, 2, 1.0), (1, 0, 5.0), (1, 2, -1.0), (2, 0, 1.0), (2, 2, 0.0))
    acts = np.array([True, False, False])
    assert said(check_limit_step(one, "potential", acts)) == ["1, potential |  | -1"]


# ---------------------------------------------------------------- locks.csv, commits.csv

LOCKS = """period,region,rep,product,owner,reason,expires,amount,price,text
2024Q1,East,*,Twin,board,agreed,,300,0.5,agreed with the board
2024Q2,West,Hal,*,sales,founder,2024-12-31,440,0,founder of sales to 2024-12-31
"""
EAST, HAL = "2024Q1, East, *, Twin", "2024Q2, West, Hal, *"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one, []),
        (lambda one: one.iloc[::-1], []),
        (lambda one: one[:1], [f"{HAL} | 440 | "]),
        (lambda one: pd.concat([one, one[:1]]), [f"{EAST} |  | "]),
        (lambda one: added(one, "amount", 1, {"rep": "Hal"}), [f"{HAL}, amount | 440 | 441"]),
        (lambda one: added(one, "amount", 0.25, {"rep": "Hal"}), []),
        (lambda one: added(one, "price", 1e-6, {"rep": "*"}), [f"{EAST}, price | 0.5 | 0.500001"]),
        (lambda one: added(one, "price", 4e-8, {"rep": "*"}), []),
        (lambda one: added(one, "price", -0.1, {"rep": "Hal"}), [f"{HAL}, price | 0 | -0.1"]),
        (lambda one: one.assign(owner=["", "sales"]), [f"{EAST}, owner | board | blank"]),
        (lambda one: one.assign(expires=["2024", ""]),
         [f"{EAST}, expires | blank | 2024", f"{HAL}, expires | 2024-12-31 | blank"]),
        (lambda one: one.assign(text=["agreed", "founder"]),
         [f"{EAST}, text |  | agreed", f"{HAL}, text |  | founder"]),
    ],
)  # fmt: skip
def test_locks_are_told_as_the_inputs_have_them(
    draft: Draft, change: Change, expected: list[str]
) -> None:
    frame = limits(LIMITS, (19,))
    frame = frame[frame["kind"] == "lock"]
    rows = change(table(LOCKS, "amount", "price"))
    found = said(check_lock_rows(draft.facts, frame, rows, "x"))
    assert [one.replace("|  | 440", "| 440 | ") for one in found] == expected


def test_locks_of_one_place_are_matched_by_owner_and_reason(draft: Draft) -> None:
    told = ((5.0, "b", "x"), (4.0, "a", "z"), (3.0, "a", "y"))
    locks = [Lock((0, 2, 1), -1, amount, *said_of, "") for amount, *said_of in told]
    rows = "period,region,rep,product,owner,reason,expires,amount,price,text\n" + "".join(
        f"2024Q1,East,*,Twin,{text},,{amount},0,{text}\n"
        for amount, text in ((4, "a,z"), (5, "b,x"), (3, "a,y"))
    ).replace(",0,a,", ",0,a ").replace(",0,b,", ",0,b ")
    changed = draft.of(locks=tuple(locks))
    frame = limits(LIMITS)[:0]
    found = table(rows, "amount", "price")
    assert said(check_lock_rows(changed.facts, frame, found, "x")) == []
    none = draft.of(locks=()).facts
    assert said(check_lock_rows(none, frame, found[:0], "x")) == []
    assert said(check_lock_rows(none, frame, found[:1], "x")) == [f"{EAST} |  | "]


COMMITS = """period,region,team,rep,target,commit,difference
2024Q1,East,One,Ann,440,400,40
2024Q2,East,One,Ann,440,400,40
2024Q2,West,,Hal,440,450,-10
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one, []),
        (lambda one: one[1:], ["Ann, 2024Q1 |  | "]),
        (lambda one: one[:0], ["Ann, 2024Q1 |  | ", "Ann, 2024Q2 |  | ", "Hal, 2024Q2 |  | "]),
        (lambda one: added(one, "target", 1, {"rep": "Hal"}), ["Hal, 2024Q2, target | 440 | 441"]),
        (lambda one: added(one, "target", 5e-5, {"rep": "Hal"}),
         ["Hal, 2024Q2, target | 440 | 440.00005"]),
        (lambda one: added(one, "target", 4e-5, {"rep": "Hal"}), []),
        (lambda one: added(one, "commit", -5e-5, {"rep": "Hal"}),
         ["Hal, 2024Q2, commit | 450 | 449.99995"]),
        (lambda one: added(one, "difference", 4e-5, {"rep": "Hal"}), []),
        (lambda one: added(one, "difference", -1, {"rep": "Hal"}),
         ["Hal, 2024Q2, difference | -10 | -11"]),
        (lambda one: one.assign(rep=["Ann", "Ann", "Eve"]),
         ["Hal, 2024Q2 |  | ", "Eve, 2024Q2 |  | "]),
        (lambda one: one.assign(period=["2024Q1", "2024Q2", "2024Q1"]),
         ["Hal, 2024Q2 |  | ", "Hal, 2024Q1 |  | "]),
        (lambda one: one.assign(rep=["Ann", "Ann", "Zoe"]), ["row 4 |  | ", "Hal, 2024Q2 |  | "]),
        (lambda one: one.assign(team=["One", "Two", ""]), ["Ann, team | One | Two"]),
        (lambda one: one.assign(region=["East", "East", "South"]), ["Hal, region | West | South"]),
    ],
)  # fmt: skip
def test_offers_are_set_against_the_target(
    draft: Draft, change: Change, expected: list[str]
) -> None:
    frame = change(table(COMMITS, "target", "commit", "difference"))
    assert said(check_commits(draft.facts, draft.plan(), frame, "x")) == expected


def test_nobody_offers_anything_in_a_regional_plan(regions: Draft) -> None:
    frame = table(COMMITS, "target", "commit", "difference")
    assert said(check_commits(regions.facts, regions.plan(), frame, "x")) == ["row 2 |  | "]
    assert said(check_commits(regions.facts, regions.plan(), frame[:0], "x")) == []


# ---------------------------------------------------------------- off_reference.csv, fairness.csv

OFF = """rep,region,team,role,limit,reference,target,multiple
Cid,East,Two,junior,region_share,880,704,0.8
Eve,South,,junior,capacity,880,1012,1.15
Ann,East,One,senior,region_share,880,880,1
Bob,East,One,senior,region_share,880,880,1
Hal,West,,,year;lock,440,440,1
"""
GROUPS = """group,name,limits,reps,reference,target,multiple,within_10,within_20
role,,year;lock,1,440,440,1,1,1
role,junior,capacity;region_share,2,1760,1716,0.975,0,1
role,senior,region_share,2,1760,1760,1,1,1
region,East,region_share,3,2640,2464,0.933333333,0.666666667,1
region,South,capacity,1,880,1012,1.15,0,1
region,West,lock;year,1,440,440,1,1,1
"""
SUMS = ("reference", "target", "multiple")


@pytest.fixture(scope="module")
def away(draft: Draft) -> Draft:
    """Cid is asked for 80 % of the reference, Eve for 115 %."""
    changed = draft.target("target", -88, rep="Cid")
    return changed.target("target", 66, rep="Eve", product="MES")


def owners_of(away: Draft) -> Iterator[object]:
    frame = limits(LIMITS, (11, 20, 40, 41))
    return read_owners(away.facts, away.plan(), read_limits(away.facts, frame))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one, []),
        (lambda one: one.iloc[[0, 1, 4, 3, 2]], []),
        (lambda one: one.iloc[[1, 0, 2, 3, 4]], ["Cid |  | 0.8"]),
        (lambda one: one[1:], ["Cid |  | "]),
        (lambda one: one.assign(rep=one["rep"].replace("Cid", "Zoe")),
         ["row 2 |  | Zoe", "Cid |  | "]),
        (lambda one: added(one, "target", 1, {"rep": "Ann"}), ["Ann, target | 880 | 881"]),
        (lambda one: added(one, "reference", 1e-3, {"rep": "Ann"}),
         ["Ann, reference | 880 | 880.001"]),
        (lambda one: added(one, "reference", 8e-4, {"rep": "Ann"}), []),
        (lambda one: added(one, "multiple", 2e-6, {"rep": "Eve"}),
         ["Eve, multiple | 1.15 | 1.150002"]),
        (lambda one: added(one, "multiple", 1.1e-6, {"rep": "Eve"}), []),
        (lambda one: one.assign(role="junior"),
         ["Ann, role | senior | junior", "Bob, role | senior | junior",
          "Hal, role | blank | junior"]),
        (lambda one: one.assign(team=one["team"].replace("Two", "")), ["Cid, team | Two | blank"]),
        (lambda one: one.assign(region=one["region"].replace("West", "South")),
         ["Hal, region | West | South"]),
        (lambda one: one.assign(limit=one["limit"].replace("capacity", "")),
         ["Eve, limit | capacity | none"]),
        (lambda one: one.assign(limit=one["limit"].replace("capacity", "capacity;capacity")),
         ["Eve, limit | capacity | capacity;capacity"]),
        (lambda one: one.assign(limit=one["limit"].replace("year;lock", "lock;year")), []),
        (lambda one: one.assign(limit=one["limit"].replace("year;lock", "year;luck")),
         ["Hal, limit | year;lock | year;luck"]),
    ],
)  # fmt: skip
def test_people_off_reference_are_told_furthest_first(
    away: Draft, change: Change, expected: list[str]
) -> None:
    frame = change(table(OFF, *SUMS))
    owners = owners_of(away)
    assert said(check_off_reference(away.facts, owners, frame, "x")) == expected  # type: ignore[arg-type]


def test_a_multiple_of_nothing_is_unknown() -> None:
    found = multiple_of(np.array([5.0, 0.0, 3.0]), np.array([2.0, 0.0, 0.0]))
    assert found.tolist() == pytest.approx([2.5, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(("off", "told"), [(0.9e-6, 0), (-0.9e-6, 0), (1.1e-6, 1), (-1.1e-6, 1)])
@pytest.mark.parametrize("column", ["reference", "multiple"])
def test_sums_are_right_to_a_millionth_of_themselves(
    draft: Draft, column: str, off: float, told: int
) -> None:
    reference, target = np.array([10.0, 0.0]), np.array([2000.0, 0.0])
    frame = pd.DataFrame({"reference": [10.0, 0.0], "target": target, "multiple": [200.0, np.nan]})
    frame.loc[0, column] *= 1.0 + off
    found = list(check_sums(draft.facts, frame, reference, target, ["A", "B"], "x"))
    assert [one.where for one in found] == [f"A, {column}"] * told


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one, []),
        (lambda one: one.iloc[::-1], []),
        (lambda one: one[1:], ["role  |  | "]),
        (lambda one: one[:-1], ["region West |  | "]),
        (lambda one: one.assign(name=one["name"].replace("West", "Coast")),
         ["row 7 |  | Coast", "region West |  | "]),
        (lambda one: one.assign(group=one["group"].replace("role", "team")),
         ["row 2 | role or region | team", "row 3 | role or region | team",
          "row 4 | role or region | team", "role  |  | ", "role junior |  | ",
          "role senior |  | "]),
        (lambda one: added(one, "reps", 1, {"name": "East"}), ["region East, reps | 3 | 4"]),
        (lambda one: added(one, "reps", -1, {"name": "East"}), ["region East, reps | 3 | 2"]),
        (lambda one: added(one, "target", -1, {"name": "East"}),
         ["region East, target | 2464 | 2463"]),
        (lambda one: added(one, "reference", 1, {"name": "East"}),
         ["region East, reference | 2640 | 2641"]),
        (lambda one: added(one, "multiple", 0.1, {"name": "South"}),
         ["region South, multiple | 1.15 | 1.25"]),
        (lambda one: added(one, "within_10", 2e-6, {"name": "South"}),
         ["region South, within_10 | 0 | 2e-06"]),
        (lambda one: added(one, "within_20", -0.5, {"name": "junior"}),
         ["role junior, within_20 | 1 | 0.5"]),
        (lambda one: one.assign(within_10=np.nan)[3:4],
         ["role  |  | ", "role junior |  | ", "role senior |  | ", "region South |  | ",
          "region West |  | ", "region East, within_10 | 0.666666666667 | nan"]),
        (lambda one: one.assign(limits=one["limits"].replace("capacity", "")),
         ["region South, limits | capacity | none"]),
        (lambda one: one.assign(limits=one["limits"].replace("capacity", "year")),
         ["region South, limits | capacity | year"]),
    ],
)  # fmt: skip
def test_groups_have_the_sums_and_shares_of_their_people(
    away: Draft, change: Change, expected: list[str]
) -> None:
    frame = change(table(GROUPS, *SUMS, "reps", "within_10", "within_20"))
    owners = owners_of(away)
    assert said(check_groups(away.facts, owners, frame, "x")) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "is_right"),
    [
        ("a b c", True), ("a c b", True), ("a b d", False), ("b a c", False), ("a b", False),
        ("a b c d", False), ("a a b", False), ("a b x", False), ("", False),
    ],
)  # fmt: skip
def test_the_most_frequent_limits_come_first(told: str, is_right: bool) -> None:
    assert _are_most({"a": 5, "b": 3, "c": 3, "d": 1}, told.split()) == is_right
    assert _are_most({}, [])


def test_regions_of_a_regional_plan_stand_for_people(regions: Draft) -> None:
    frame = limits(REGIONAL_LIMITS, (9,))
    frame.loc[~having(frame, {"period": "2024H1", "region": "North"}), "slack"] = 99.0
    owners = read_owners(regions.facts, regions.plan(), read_limits(regions.facts, frame))
    assert owners.name.tolist() == owners.region.tolist() == ["North", "South"]
    assert owners.multiple.tolist() == pytest.approx([50 / 60, 1.0])
    off = table(f"""rep,region,team,role,limit,reference,target,multiple
,North,,,potential,60,50,{50 / 60}
,South,,,,60,60,1
""", *SUMS)  # fmt: skip
    assert said(check_off_reference(regions.facts, owners, off, "x")) == []
    groups = table(f"""group,name,limits,reps,reference,target,multiple,within_10,within_20
region,North,potential,1,60,50,{50 / 60},0,1
region,South,,1,60,60,1,1,1
""", *SUMS, "reps", "within_10", "within_20")  # fmt: skip
    assert said(check_groups(regions.facts, owners, groups, "x")) == []
    unknown = replace(owners, reference=np.array([60.0, 0.0]))
    found = said(check_off_reference(regions.facts, unknown, off, "x"))
    assert found == ["South, reference | 0 | 60", "South, multiple | nan | 1"]
    blank = added(off, "reference", -60, {"region": "South"})
    blank.loc[having(blank, {"region": "South"}), "multiple"] = np.nan
    assert said(check_off_reference(regions.facts, unknown, blank, "x")) == []


# ---------------------------------------------------------------- advice.csv

ADVICE = """lever,where,change,closes,text
rep,West,1,300,Put one more rep into West: closes 300 of the gap
lock,2024Q1 East Twin,1,30,Lift it: closes about 30 of the gap
combination,*,0,390,All: closes 390 of the gap; no lever was found for the other 10
"""


def advised(draft: Draft, frame: pd.DataFrame) -> list[str]:
    return said(check_advice(draft.facts, draft.plan(), "gap", frame, "x"))


@pytest.mark.parametrize("status", ["complete", "gap", "", None])
def test_where_the_goal_is_placed_nothing_is_advised(draft: Draft, status: object) -> None:
    plan = draft.plan()
    whole = replace(draft.facts, goal=float(plan.leaf("target", draft.facts).sum()))
    frame = table(ADVICE, "change", "closes")
    told = said(check_advice(whole, plan, status, frame, "x"))
    assert told == ["row 2 |  | rep", "row 3 |  | lock", "row 4 |  | combination"]
    assert said(check_advice(whole, plan, status, frame[:0], "x")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one, []),
        (lambda one: one[:0], []),
        (lambda one: one.iloc[[1, 0, 2]], ["row 2 |  | 300"]),
        (lambda one: one.iloc[[2, 0, 1]], ["row 4 |  | "]),
        (lambda one: one.assign(text=one["text"].str.replace("300", "301")), ["row 2, text |  | "]),
        (lambda one: one.assign(text=one["text"].str.replace("30 of", "30.1 of")),
         ["row 3, text |  | "]),
        (lambda one: one.assign(text=one["text"].str.replace("300", "300.00003")), []),
        (lambda one: one.assign(text=one["text"].str.replace("other 10", "other 10.5")), []),
        (lambda one: one.assign(text=one["text"].str.replace("other 10", "other 10.6")),
         ["row 4, text |  | "]),
        (lambda one: one.assign(text=one["text"].str.replace("; no.*", "", regex=True)),
         ["row 4, text |  | "]),
        (lambda one: one.assign(text=one["text"].str.replace("about", "near")),
         ["row 3, text |  | "]),
        (lambda one: one.assign(lever=one["lever"].replace("rep", "luck")), ["row 2 |  | luck"]),
        (lambda one: one.assign(where=["Far", "2024Q1 East", "East"]),
         ["row 2, where |  | Far", "row 3, where |  | 2024Q1 East", "row 4, where |  | East"]),
        (lambda one: one.assign(change=[1.5, 1.0, 0.0]), ["row 2, change |  | 1.5"]),
        (lambda one: one.assign(change=[0.0, 0.0, -1.0]),
         ["row 2, change |  | 0", "row 3, change |  | 0", "row 4, change |  | -1"]),
        (lambda one: one.assign(change=[2.0, 1.1, 5.0]), ["row 3, change |  | 1.1"]),
    ],
)  # fmt: skip
def test_advice_is_possible_and_says_what_it_closes(
    draft: Draft, change: Change, expected: list[str]
) -> None:
    found = advised(draft, change(table(ADVICE, "change", "closes")))
    assert [one.replace("row 2, text |  | Put", "row 2, text |  | ")[: len(due)]
            for one, due in zip(found, expected, strict=True)] == expected  # fmt: skip


@pytest.mark.parametrize(("more", "told"), [(0.0, []), (0.5, ["row 3 |  | 30.5"])])
def test_the_most_helpful_lever_comes_first(more: float, told: list[str]) -> None:
    frame = table(ADVICE, "change", "closes").assign(closes=[30.0, 30.0 + more, 99.0])
    assert said(_order(frame, "x")) == told


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        (400, []), (401, ["row 2, closes | 400 | 401"]), (399.5, ["row 2, closes |  | 399.5"]),
        (0, ["row 2, closes |  | 0"]), (-1, ["row 2, closes |  | -1"]), (400.0009, []),
        (400.002, ["row 2, closes | 400 | 400.002", "row 2, closes |  | 400.002"]),
    ],
)  # fmt: skip
def test_a_lever_closes_whole_units_of_the_gap_at_most(
    draft: Draft, closes: float, expected: list[str]
) -> None:
    text = f"lever,where,change,closes,text\nrep,West,1,{closes},It closes {closes} of the gap\n"
    found = advised(draft, table(text, "change", "closes"))
    assert [one for one in found if ", text" not in one] == expected


@pytest.mark.parametrize(
    ("lever", "where", "most"),
    [
        ("share", "West", 9), ("share", "West > Coast", 9), ("share", "2024Q2 > 2024Q1", 9),
        ("share", "Twin > MES", 9), ("share", "Twin > West", None), ("share", "West > West", None),
        ("potential_buffer", "everywhere", 0.1), ("potential_buffer", "West", None),
        ("capacity_buffer", "*", 0.1), ("capacity", "2024Q1 West", 9), ("capacity", "West", None),
        ("capacity", "2024Q1 Far", None), ("rep", "Coast", 9), ("rep", "*", None),
        ("product", "West Twin", 1), ("product", "Hal MES", 1), ("product", "Zoe MES", None),
        ("product", "West", None), ("lock", "2024Q2 West Hal", 1), ("lock", "2024Q2 Hal", None),
        ("potential", "2024Q1 South Twin", 9), ("potential", "2024Q2 West", 9),
        ("potential", "West", None), ("combination", "everywhere", 9),
    ],
)  # fmt: skip
def test_a_lever_is_pulled_where_it_stands_and_so_far_as_it_goes(
    draft: Draft, lever: str, where: str, most: float | None
) -> None:
    text = f"lever,where,change,closes,text\n{lever},{where},1,400,It closes 400 of the gap\n"
    frame = table(text, "change", "closes")
    for change, is_told in ((0.05, lever == "rep"), (most or 9, False), ((most or 0) + 0.2, None)):
        found = advised(draft, frame.assign(change=change))
        expected = [f"row 2, where |  | {where}"] if most is None else []
        if most is None or (is_told is None and most == 9):
            assert ("row 2, where" in "".join(found)) == (most is None)
            continue
        if is_told or is_told is None:
            expected.append(f"row 2, change |  | {change:.12g}")
        assert found == expected


@pytest.mark.parametrize(
    ("where", "words"),
    [((0, 1, -1), "2024Q1 Coast"), ((-1, 0, 0), "MES"), ((-1, 0, -1), "*"), ((1, 3, 1),
     "2024Q2 South Twin")],
)  # fmt: skip
def test_a_lock_is_named_by_its_labels(
    draft: Draft, where: tuple[int, int, int], words: str
) -> None:
    held = draft.of(locks=(Lock(where, -1, 5.0, "", "", ""),))
    frame = table(f"lever,where,change,closes,text\nlock,{words},1,400,It closes 400 of the gap\n",
                  "change", "closes")  # fmt: skip
    assert advised(held, frame) == []
    assert advised(held, frame.assign(where="2024Q2")) == ["row 2, where |  | 2024Q2"]


def test_advice_keeps_to_what_may_be_pulled(draft: Draft) -> None:
    frame = table(ADVICE, "change", "closes")
    never = terms(draft, never=("rep",))
    assert advised(never, frame) == ["row 2 |  | rep"]
    told = ["row 2 |  | rep", "row 3 |  | lock", "row 4 |  | combination"]
    assert said(check_advice(draft.facts, draft.plan(), "complete", frame, "x")) == told
    assert advised(draft.of(goal=3600.0), frame) == told
    assert advised(draft.of(goal=3600.25), frame) == told
    assert len(advised(draft.of(goal=3601.0), frame)) == 4
