"""The tables beside the targets, of plans written down by hand: limits, gaps and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from verify_company_tables import EFFORT_LIMITS, LIMITS, REGIONAL_LIMITS, limits
from verify_edits import Q1, Q2, WORLDS, closed, crew, faint, terms
from verify_plans import Draft, added, having

from optimizer.verify.acting import Limits, acting_cells, acting_reps, read_limits
from optimizer.verify.check_fairness import (
    _correlations,
    _differ,
    _figures,
    check_fairness,
    multiples,
)
from optimizer.verify.check_gaps import _possible, check_causes, check_gaps
from optimizer.verify.check_levels import check_stretch_gap
from optimizer.verify.check_slack import check_slack
from optimizer.verify.check_summary import check_figures
from optimizer.verify.cube import ALL, inside
from optimizer.verify.facts import barred_cells
from optimizer.verify.failures import Failure
from optimizer.verify.past import read_past
from optimizer.verify.tables import ScenarioTables

TABLES = {"company": LIMITS, "regional": REGIONAL_LIMITS, "by_effort": EFFORT_LIMITS}


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Draft]:
    folder = tmp_path_factory.mktemp("plans")
    return {name: make(folder / name) for name, make in WORLDS.items()}


def said(failures: Iterable[Failure]) -> list[str]:
    """Return failures as: where | what should be there | what is."""
    return [" | ".join((one.where, one.expected, one.found)) for one in failures]


# ---------------------------------------------------------------- limits.csv


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("order", [1, -1])
def test_limits_of_a_sound_plan_are_found_in_any_order(
    drafts: dict[str, Draft], world: str, order: int
) -> None:
    draft, frame = drafts[world], limits(TABLES[world], (0, 1))
    assert said(check_slack(draft.facts, draft.plan(), frame.iloc[::order])) == []


SOUTH = {"kind": "potential", "region": "South"}
SOUTH_WORDS = "potential max 2024Q1, South, Twin, *"
EVE = {"kind": "capacity", "period": Q2}
EVE_WORDS = "capacity max 2024Q2, South, *, Eve"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda one: one.drop(index=[22, 40]),
         ["potential max 2024Q2, West, *, * |  | ", f"{EVE_WORDS} |  | "]),
        (lambda one: one.iloc[::-1].drop(index=[0, 42]),
         ["goal equal *, *, *, * |  | ", "year max *, West, *, Hal |  | "]),
        (lambda one: added(one, "limit", 1, EVE),
         [f"{EVE_WORDS}, slack | 11 | 10", f"{EVE_WORDS}, limit | 450 | 451"]),
        (lambda one: added(one, "slack", 2e-5, SOUTH), [f"{SOUTH_WORDS}, slack | 80 | 80.00002"]),
        (lambda one: added(one, "slack", 1.7e-5, SOUTH), []),
        (lambda one: added(one, "value", 1.5e-5, SOUTH),
         [f"{SOUTH_WORDS}, value | 100 | 100.000015"]),
        (lambda one: added(one, "value", 1.3e-5, SOUTH), []),
        (lambda one: added(one, "slack", -1, {"kind": "min", "period": Q1}),
         ["min min 2024Q1, South, *, Eve, slack | 340 | 339"]),
        (lambda one: added(one, "slack", 1, {"kind": "goal"}),
         ["goal equal *, *, *, *, slack | 0 | 1"]),
        (lambda one: added(one, "value", 1, {"kind": "goal"}),
         ["goal equal *, *, *, *, slack | 1 | 0", "goal equal *, *, *, *, value | 4000 | 4001"]),
        (lambda one: one.assign(region=one["region"].replace("Coast", "Cost")),
         ["region_share min *, Cost, *, * |  | ", "region_share max *, Cost, *, * |  | ",
          "region_share min *, Coast, *, * |  | ", "region_share max *, Coast, *, * |  | "]),
        (lambda one: one.assign(rep=one["rep"].replace("Hal", "Zoe"))[40:],
         ["year min *, West, *, Zoe |  | ", "year max *, West, *, Zoe |  | "]),
        (lambda one: one.assign(kind=one["kind"].replace("year", "growth")),
         ["year min *, West, *, Hal |  | ", "year max *, West, *, Hal |  | ",
          "growth min *, West, *, Hal |  | ", "growth max *, West, *, Hal |  | "]),
        (lambda one: one.assign(side=one["side"].replace("equal", "most")),
         ["goal equal *, *, *, * |  | ", "lock equal 2024Q1, East, Twin, * |  | ",
          "lock equal 2024Q2, West, *, Hal |  | ", "goal most *, *, *, * |  | ",
          "lock most 2024Q1, East, Twin, * |  | ", "lock most 2024Q2, West, *, Hal |  | "]),
        (lambda one: one.assign(binding=["TRUE", "False", *["false"] * 41]),
         ["goal equal *, *, *, *, binding | no | TRUE"]),
        (lambda one: one.assign(shadow_price=[np.nan, -0.5, *[0.0] * 41]),
         ["period_share min 2024Q1, *, *, *, binding | yes | false"]),
        (lambda one: one.assign(binding=["perhaps", *["false"] * 42]),
         ["goal equal *, *, *, *, binding | no | perhaps"]),
    ],
)  # fmt: skip
def test_a_limit_that_is_not_that_of_the_inputs_is_told(
    drafts: dict[str, Draft],
    change: Callable[[pd.DataFrame], pd.DataFrame],
    expected: list[str],
) -> None:
    draft, frame = drafts["company"], change(limits(LIMITS))
    found = said(check_slack(draft.facts, draft.plan(), frame))
    if len(frame) < 20:  # most are left out here, which is told one by one
        found = [one for one in found if "Zoe" in one]
    assert found == expected


def test_who_is_asked_for_nothing_has_no_limits(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    assert draft.facts.targets is not None
    targets = draft.facts.targets.copy()
    targets[3, 0] = 0.0  # Eve, who has a min and a capacity
    found = said(check_slack(draft.of(targets=targets).facts, draft.plan(), limits(LIMITS)))
    eve = "2024Q1, South, *, Eve"
    assert found == [f"min min {eve} |  | ", f"capacity max {eve} |  | "]


def test_room_written_as_none_is_next_to_none(drafts: dict[str, Draft]) -> None:
    draft = drafts["by_effort"]
    frame = limits(EFFORT_LIMITS)
    for value, is_told in ((200 + 1e-7, False), (200 + 1.9e-7, False), (200 + 1e-4, True)):
        near = frame.copy()
        near.loc[1, "value"] = value
        assert bool(said(check_slack(draft.facts, draft.plan(), near))) == is_told
    small = draft.of(locks=(replace_lock(draft, 0.0),))
    for row in ("lock", 0.0, 5e-10, False), ("lock", 0.0, 5e-9, True):
        kind, limit, value, is_told = row
        added_row = {"kind": kind, "side": "equal", "period": Q1, "region": "East",
                     "product": "Heavy", "rep": "Ann", "limit": limit, "value": value,
                     "slack": 0.0, "shadow_price": 0.0, "binding": "false"}  # fmt: skip
        near = pd.concat([frame, pd.DataFrame([added_row])], ignore_index=True)
        found = said(check_slack(small.facts, small.plan(), near))
        assert any(", slack" in one for one in found) == is_told


def replace_lock(draft: Draft, amount: float) -> Any:
    """Return a lock on Ann's first product in the first period."""
    from optimizer.verify.facts import Lock

    return Lock((0, 0, 0), 0, amount, "", "", "")


# ---------------------------------------------------------------- gaps.csv


def gaps(text: str) -> pd.DataFrame:
    """Return ``gaps.csv`` of rows without blanks in them."""
    names = ["period", "region", "product", "gap", "cause"]
    lines = [line.split(",") for line in text.split()]
    return pd.DataFrame(lines, columns=names).astype({"gap": float})


SHORT = "2024Q1,West,MES,300,no_rep 2024Q1,West,Twin,100,no_rep"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHORT, []),
        ("2024Q1,West,MES,300,no_rep",
         ["2024Q1, West, Twin | 100 | 0", "all rows | 400 | 300"]),
        (SHORT.replace("300", "301"),
         ["2024Q1, West, MES | 300 | 301", "all rows | 400 | 401"]),
        (SHORT.replace("300", "299"),
         ["2024Q1, West, MES | 300 | 299", "all rows | 400 | 399"]),
        (SHORT.replace("300", "300.25"), ["row 0, gap |  | 300.25"]),
        (f"{SHORT} 2024Q2,South,MES,1,rounding",
         ["2024Q2, South, MES | 0 | 1", "all rows | 400 | 401"]),
        (f"{SHORT} 2024Q2,Coast,MES,1,rounding", ["row 2 |  | "]),
        (f"{SHORT} 2024Q2,South,*,1,rounding", ["row 2 |  | "]),
        (f"{SHORT} 2024Q3,South,MES,1,rounding", ["row 2 |  | "]),
    ],
)  # fmt: skip
def test_gaps_are_what_is_asked_and_not_placed(
    drafts: dict[str, Draft], text: str, expected: list[str]
) -> None:
    draft = drafts["company"]
    assert said(check_gaps(draft.facts, draft.plan(), gaps(text))) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (2, 0, []), (0, 2, []), (0, 0, ["all rows | 2 | 0"]), (2, 2, ["all rows | 2 | 4"]),
        (4, 0, ["all rows | 2 | 4"]), (6, 0, ["2024H1, North, all | 1.6 | 6", "all rows | 2 | 6"]),
        (0, 4, ["2024H2, North, all | 0.4 | 4", "all rows | 2 | 4"]),
    ],
)  # fmt: skip
def test_a_gap_smaller_than_what_cells_lack_is_shared_within_a_unit(
    drafts: dict[str, Draft], first: int, second: int, expected: list[str]
) -> None:
    draft = drafts["regional"].of(goal=112.0)  # cells lack 8 and 2 of what is asked, 2 of the goal
    rows = [f"{half},North,all,{gap},potential"
            for half, gap in (("2024H1", first), ("2024H2", second)) if gap]  # fmt: skip
    frame = gaps(" ".join(rows)) if rows else gaps(SHORT)[:0]
    assert said(check_gaps(draft.facts, draft.plan(), frame)) == expected


def test_where_nothing_is_short_no_gap_is_listed(drafts: dict[str, Draft]) -> None:
    draft = drafts["regional"]
    assert said(check_gaps(draft.facts, draft.plan(), gaps(SHORT)[:0])) == []
    listed = gaps("2024H1,North,all,2,potential")
    assert said(check_gaps(draft.facts, draft.plan(), listed)) == ["all rows | 0 | 2"]


def test_causes_can_be_where_their_limits_are(drafts: dict[str, Draft]) -> None:
    found = _possible(drafts["company"].facts)
    every = [f"{q} {r} {p}" for r in ("East", "South", "West") for q in (1, 2) for p in "MT"]
    cells = {cause: [place for place, can in zip(every, mask.ravel(), strict=True) if can]
             for cause, mask in found.items()}  # fmt: skip
    assert cells == {
        "potential": ["1 South T", "2 West M", "2 West T"],
        "capacity": ["1 South M", "1 South T", "2 South M", "2 South T", "2 West M", "2 West T"],
        "no_rep": every, "share_band": every, "rounding": every,
        "eligibility": ["1 East T", "2 East T"],
        "lock": ["1 East T", "2 West M", "2 West T"],
    }  # fmt: skip
    regional = _possible(drafts["regional"].facts)
    assert not regional["no_rep"].any() and not regional["capacity"].any()
    assert regional["potential"].all() and not regional["eligibility"].any()
    assert _possible(drafts["by_effort"].facts)["capacity"].all()
    assert not _possible(drafts["company"].of(bands=()).facts)["share_band"].any()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2024Q1,West,MES,1,no_rep", []),
        ("2024Q1,West,MES,1,no_rep;rounding", []),
        ("2024Q1,West,MES,1,rounding", ["2024Q1, West, MES, cause | no_rep | rounding"]),
        ("2024Q2,West,MES,1,no_rep", ["2024Q2, West, MES, cause |  | no_rep"]),
        ("2024Q2,East,MES,1,eligibility", ["2024Q2, East, MES, cause |  | eligibility"]),
        ("2024Q1,East,Twin,1,eligibility;lock", []),
        ("2024Q9,East,Twin,1,capacity", []), ("2024Q9,West,Twin,1,capacity", []),
        ("2024Q1,East,Twin,1,luck",
         ["2024Q1, East, Twin, cause | potential; capacity; no_rep; share_band; eligibility; "
          "lock; rounding | luck"]),
    ],
)  # fmt: skip
def test_causes_that_cannot_be_are_told(
    drafts: dict[str, Draft], row: str, expected: list[str]
) -> None:
    assert said(check_causes(drafts["company"].facts, gaps(row))) == expected
    assert said(check_causes(drafts["company"].facts, gaps(row)[:0])) == []


# ---------------------------------------------------------------- run.json

FIGURES = {
    "company": {"goal": 4000, "placed": 3600, "street": 3960, "gap": 400,
                "over_assignment_short": 0, "street_short": 0},
    "regional": {"goal": 100, "placed": 110, "street": 110, "gap": 0,
                 "over_assignment_short": 10, "street_short": 0},
    "by_effort": {"goal": 800, "placed": 800, "street": 800, "gap": 0,
                  "over_assignment_short": 0, "street_short": 0},
}  # fmt: skip
OTHERS = {"stretch_gap": 0, "objective": 1, "bound": 1, "objective_rounded": 1}


def figures_said(draft: Draft, frame: pd.DataFrame | None, **figures: object) -> list[str]:
    return said(check_figures(draft.facts, draft.plan(), frame, figures))


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("figure", [None, *FIGURES["company"]])
def test_figures_of_the_run_are_those_of_the_tables(
    drafts: dict[str, Draft], world: str, figure: str | None
) -> None:
    draft, status = drafts[world], "gap" if world == "company" else "complete"
    frame = gaps(SHORT) if world == "company" else gaps(SHORT)[:0]
    figures = {**FIGURES[world], **OTHERS, "status": status}
    if figure is None:
        assert figures_said(draft, frame, **figures) == []
        return
    due = FIGURES[world][figure]
    for more, is_told in ((0.25, False), (1, True), (-1, True)):
        off = more * draft.facts.unit
        expected = [f"{figure} | {due} | {due + off:g}"] if is_told else []
        assert figures_said(draft, frame, **{**figures, figure: due + off}) == expected


def test_street_falls_short_of_its_room(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"].target("target", -2, rep="Eve", product="Twin")
    figures = {**FIGURES["company"], **OTHERS, "street": 3956, "street_short": 4}
    assert figures_said(draft, gaps(SHORT), **figures, status="gap") == []


@pytest.mark.parametrize(
    ("frame", "goal", "status", "expected"),
    [
        (SHORT, 400, "complete", ["status | gap | complete"]),
        (SHORT, 400, "fine", ["status |  | fine"]),
        (SHORT.replace("no_rep", "rounding"), 400, "complete", []),
        (SHORT.replace("no_rep", "rounding"), 400, "gap", []),
        (SHORT.replace("300,no_rep", "300,rounding"), 400, "complete", ["status | gap | complete"]),
        (SHORT, 0, "gap", ["status | complete | gap"]),
        (SHORT, 0, "complete", []),
        (None, 400, "complete", []),
        ("", 0, "gap", ["status | complete | gap"]),
    ],
)  # fmt: skip
def test_a_run_is_complete_where_nothing_but_rounding_is_left(
    drafts: dict[str, Draft], frame: str | None, goal: int, status: str, expected: list[str]
) -> None:
    draft = drafts["company"].of(goal=3600.0 + goal)
    table = None if frame is None else gaps(frame) if frame else gaps(SHORT)[:0]
    short = -400 + goal if goal == 0 else 0
    figures = {**FIGURES["company"], **OTHERS, "goal": 3600 + goal, "gap": goal,
               "over_assignment_short": short and 0}  # fmt: skip
    assert figures_said(draft, table, **figures, status=status) == expected


@pytest.mark.parametrize("value", [None, True, "many", [1.0]])
@pytest.mark.parametrize("key", ["goal", "bound", "stretch_gap"])
def test_a_figure_must_be_a_number(drafts: dict[str, Draft], key: str, value: object) -> None:
    draft = terms(drafts["company"], measure="customers")
    figures = {**FIGURES["company"], **OTHERS, "status": "gap", key: value}
    shown = "" if value is None else "yes" if value is True else str(value)
    found = figures_said(draft, gaps(SHORT), **figures)
    assert found == [f"customers: {key} |  | {shown}"]


@pytest.mark.parametrize(
    ("goal", "placed", "gap", "expected"),
    [
        (4800, 4355, 445, []),
        (4801, 4355, 445, ["stretch.goal | 4800 | 4801", "stretch_gap | 446 | 445"]),
        (4800, 4355, 444, ["stretch_gap | 445 | 444"]),
        (4800, 3600, 1200, []),
        (4800, 3599, 1201, ["stretch.placed | 3600 | 3599"]),
        (4800, 4356, 444, ["stretch.placed | 4355 | 4356"]),
        (4800, 4355.25, 444.75, []), (4800, 3599.75, 1200.25, []),
        (4800, 4355, None, ["stretch_gap | 445 | nan"]),
        (None, 4355, 445, ["stretch.goal | 4800 | nan", "stretch_gap | nan | 445"]),
        (True, 4355, 445, ["stretch.goal | 4800 | nan", "stretch_gap | nan | 445"]),
    ],
)  # fmt: skip
def test_stretch_places_between_the_target_and_the_street(
    drafts: dict[str, Draft], goal: Any, placed: Any, gap: Any, expected: list[str]
) -> None:
    draft, stretch = drafts["company"], {"goal": goal, "placed": placed}
    summary = {"stretch_gap": gap}
    found = said(check_stretch_gap(draft.facts, draft.plan(), summary, stretch))
    assert [one for one in found if "nan | nan" not in one] == expected
    own = crew(draft, stretch_ratio=np.array([1.3, *[np.nan] * 4]))
    if placed == 4356:  # own ratios may add up to less than the region's stretch
        assert said(check_stretch_gap(own.facts, own.plan(), summary, stretch)) == []


def test_a_stretch_beyond_its_goal_leaves_no_gap(drafts: dict[str, Draft]) -> None:
    draft, stretch = drafts["company"].of(stretch_goal=4000.0), {"goal": 4000, "placed": 4355}
    assert said(check_stretch_gap(draft.facts, draft.plan(), {"stretch_gap": 0}, stretch)) == []


# ---------------------------------------------------------------- fairness.json


def test_figures_of_fairness_by_hand() -> None:
    assert _figures(np.array([])) == {"reps": 0}
    multiples = np.array([0.8, 0.9, 1.0, 1.1, 1.2000005, 1.3])
    pairs = np.abs(np.subtract.outer(multiples, multiples)).mean()
    assert _figures(multiples) == {
        "reps": 6, "gini": pytest.approx(pairs / 2 / multiples.mean()), "within_10": 0.5,
        "within_20": pytest.approx(5 / 6), "smallest_multiple": 0.8, "largest_multiple": 1.3,
    }  # fmt: skip
    assert _figures(np.zeros(3))["gini"] == 0.0
    assert _figures(np.array([1.1000011, 0.7999989]))["within_10"] == 0.0
    assert _figures(np.array([1.2000011, 0.7999989]))["within_20"] == 0.0


@pytest.mark.parametrize(
    ("found", "expected", "is_off"),
    [
        (None, None, False), (None, 1.0, True), (1.0, None, True), (0.5 + 9e-8, 0.5, False),
        (0.5 + 1.1e-7, 0.5, True), (50 + 4e-6, 50.0, False), (50 - 6e-6, 50.0, True),
        (float("nan"), 1.0, True),
    ],
)  # fmt: skip
def test_figures_of_fairness_have_seven_digits(
    found: float | None, expected: float | None, is_off: bool
) -> None:
    assert _differ(found, expected) == is_off


def test_fairness_is_compared_figure_by_figure(drafts: dict[str, Draft]) -> None:
    draft = drafts["regional"]
    right = {"reps": 2, "gini": 1 / 22, "within_10": 0.5, "within_20": 1.0,
             "smallest_multiple": 50 / 60, "largest_multiple": 1.0,
             "correlation_potential": None, "correlation_history": None}  # fmt: skip
    plan = draft.plan()
    assert said(check_fairness(draft.facts, plan, right)) == []
    shown = {"reps": "2", "correlation_potential": "unknown", "correlation_history": "unknown"}
    for key, value in right.items():
        due = shown.get(key, f"{value:.12g}" if value is not None else "")
        less = {name: one for name, one in right.items() if name != key}
        assert said(check_fairness(draft.facts, plan, less)) == [f"{key} |  | "]
        for wrong, told in ((0.5555, "0.5555"), (True, "yes"), ("x", "x")):
            wanted = "" if due == "unknown" and wrong != 0.5555 else due
            found = said(check_fairness(draft.facts, plan, {**right, key: wrong}))
            assert [one.replace("None", "") for one in found] == [f"{key} | {wanted} | {told}"]


def correlation(one: list[float], other: list[float]) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_targets_go_with_markets_and_history(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    facts = draft.facts
    people = pd.DataFrame({"rep": facts.crew.names, "region": ["East", "East", "East", "South",
                           "West"], "team": facts.crew.teams})  # fmt: skip
    history = pd.DataFrame({
        "period": "2023", "date": "", "region": "", "team": "", "product": "",
        "rep": ["Ann", "Ann", "Bob", "Eve", "Hal", "Zoe"], "amount": [10.0, 5, 40, 70, 20, 999],
    })  # fmt: skip
    past = read_past(facts.axes, ScenarioTables({"history": history, "people": people}, {}, ()))
    sold = draft.of(past=past)
    found = _correlations(sold.facts, sold.plan())
    expected = correlation([880, 880, 880, 440], [15, 40, 70, 20])
    assert found == {"correlation_history": pytest.approx(expected), "correlation_potential": None}
    # A market of the whole year counts, one inside it does not; East's is shared by three.
    expected = correlation([880, 880, 880, 880, 440], [300, 300, 300, 500, 100])
    for wide in (
        [(-1, 2, -1, 900), (0, 2, 1, 50), (-1, 3, -1, 500), (0, 3, 1, 30), (1, 4, 0, 60),
         (1, 4, 1, 20), (0, 4, 0, 20)],
        [(-1, 2, 0, 700), (-1, 2, 1, 200), (1, 2, 1, 50), (0, 3, -1, 300), (1, 3, -1, 200),
         (1, 3, 0, 77), (0, 4, 0, 60), (0, 4, 1, 40)],
    ):  # fmt: skip
        q, node, p, given = (np.array(column) for column in zip(*wide, strict=True))
        markets = replace(facts.markets, period=q, node=node, product=p, given=given * 1.0)
        found = _correlations(sold.of(markets=markets).facts, sold.plan())
        assert found["correlation_potential"] == pytest.approx(expected)
    three = replace(past, amount=np.array([10.0, 5, 40, 70, 20, 999]), rep=past.rep.where(
        past.rep != "Hal", "Zoe"))  # fmt: skip
    found = _correlations(sold.of(past=three).facts, sold.target("target", 44, rep="Eve").plan())
    assert found["correlation_history"] == pytest.approx(
        correlation([880, 880, 1056], [15, 40, 70])
    )
    gone = sold.of(markets=markets).without("targets", rep="Bob")
    found = _correlations(gone.facts, gone.plan())
    expected = correlation([880, 880, 880, 440], [450, 450, 500, 100])
    assert found["correlation_potential"] == pytest.approx(expected)
    level = sold.target("target", -440, rep="Eve", product="MES")
    level = level.target("target", 0, rep="Eve")
    flat = replace(past, amount=np.full(6, 7.0))
    assert "correlation_history" not in _correlations(
        sold.of(past=replace(flat, amount=np.array([3.5, 3.5, 7, 7, 7, 7]))).facts, sold.plan()
    )


def test_who_has_no_reference_has_no_multiple(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"].target("target", 44, rep="Eve").without("targets", rep="Hal")
    assert multiples(draft.facts, draft.plan()).tolist() == [1.0, 1.0, 1.0, 1.2]


def test_regions_go_with_markets_and_history(drafts: dict[str, Draft]) -> None:
    draft = drafts["regional"]
    facts = draft.facts
    assert _correlations(facts, draft.plan()) == {
        "correlation_potential": None, "correlation_history": None,
    }  # fmt: skip
    assert closed(draft, 0, 0, 0).facts.opened.sum() == 3


# ---------------------------------------------------------------- where limits act


def test_limits_act_where_they_have_a_price_or_are_reached(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    frame = limits(LIMITS, (11, 41))  # East's share and Hal's least year have a price
    frame.loc[having(frame, SOUTH), "slack"] = 1.18
    frame.loc[having(frame, {"kind": "capacity", "period": Q1}), "slack"] = 2.4501
    frame.loc[having(frame, EVE), "slack"] = 2.45
    frame.loc[having(frame, {"kind": "share", "side": "min"}), "slack"] = 2.41
    frame.loc[having(frame, {"kind": "product_share"}), "slack"] = 99.0
    frame.loc[having(frame, {"kind": "period_share"}), "slack"] = 99.0
    found = read_limits(draft.facts, frame)
    reps = acting_reps(found)
    assert {kind: np.argwhere(mask).tolist() for kind, mask in reps.items()} == {
        "capacity": [[3, 1]], "effort": [[3, 1]], "min": [], "year": [[4, 0], [4, 1]],
        "growth": [], "lock": [[4, 1]],
    }  # fmt: skip
    cells = acting_cells(draft.facts, found)
    assert np.argwhere(cells["potential"]).tolist() == [[1, 0, 1]]
    assert cells["region_share"].tolist() == [[[True] * 2] * 2] * 2 + [[[False] * 2] * 2]
    assert not cells["product_share"].any() and not cells["share"].any()
    assert np.argwhere(cells["lock"]).tolist() == [[0, 0, 1], [2, 1, 0], [2, 1, 1]]
    assert np.argwhere(cells["coverage"]).tolist() == [[2, 0, 0], [2, 0, 1]]
    assert cells["year"][2].all() and not cells["year"][:2].any()
    assert cells["eligibility"][0].all() and not cells["eligibility"][1:].any()


def test_a_list_acts_where_a_product_is_open_at_any_time(drafts: dict[str, Draft]) -> None:
    draft = closed(drafts["company"], 0, 0, 1)  # Cid of East does not sell the second product
    found = acting_cells(draft.facts, read_limits(draft.facts, limits(LIMITS)))
    assert found["eligibility"][:, 0, 0].tolist() == [True, False, False]
    never = closed(draft, 0, 1, 1)
    found = acting_cells(never.facts, read_limits(never.facts, limits(LIMITS)))
    assert not found["eligibility"].any()


@pytest.mark.parametrize(
    ("kind", "part", "whole"),
    [
        ("share", (1, 0, ALL), (ALL, 0)), ("share", (1, 2, ALL), (1, 0)),
        ("share", (1, 2, 1), (1, 2)), ("share", (ALL, 2, ALL), (ALL, 0)),
        ("share", (1, 0, 0), (1, 0)), ("share", (0, 1, ALL), (0, 0)),
        ("share", (ALL, 0, 1), (ALL, 0)), ("region_share", (ALL, 2, ALL), (ALL, 1)),
        ("region_share", (ALL, 1, ALL), (ALL, 0)), ("product_share", (ALL, 0, 1), (ALL, 0)),
        ("period_share", (1, 0, ALL), (ALL, 0)),
    ],
)  # fmt: skip
def test_a_share_moves_all_of_its_whole(
    drafts: dict[str, Draft], kind: str, part: tuple[int, int, int], whole: tuple[int, int]
) -> None:
    axes = drafts["company"].facts.axes
    q, node, p = (np.array([one, one]) for one in part)
    one = Limits(axes, None, ("lock", kind), np.array([1, 0]), q, node, p, np.array([-1, -1]),
                 np.ones(2, dtype=bool), np.ones(2, dtype=bool))  # fmt: skip
    due = inside(axes.tree, axes.shape, whole[0], whole[1], ALL)
    assert (one.whole_cells(kind, one.bound) == due).all()
    assert not one.whole_cells("year", one.bound).any()
    assert not one.whole_cells(kind, np.array([False, True])).any()


@pytest.mark.parametrize(
    ("kind", "labels", "slack", "acts"),
    [
        ("potential", (Q1, "South", "Twin"), 1.18, True),
        ("potential", (Q1, "South", "Twin"), 1.1801, False),
        ("potential", (Q2, "West", "*"), 2.45, True),
        ("potential", (Q2, "West", "*"), 2.4501, False),
        ("lock", ("*", "*", "*"), 12.3, True), ("lock", ("*", "*", "*"), 12.31, False),
        ("lock", ("*", "Coast", "Twin"), 4.3, True), ("lock", ("*", "Coast", "Twin"), 4.31, False),
        ("share", (Q2, "*", "Twin"), 2.3, True), ("share", (Q2, "*", "Twin"), 2.31, False),
        ("region_share", ("*", "East", "*"), 2.3, True),
        ("region_share", ("*", "East", "*"), 2.31, False),
    ],
)  # fmt: skip
def test_a_limit_is_reached_within_a_unit_for_each_of_its_cells(
    drafts: dict[str, Draft], kind: str, labels: tuple[str, str, str], slack: float, acts: bool
) -> None:
    # A unit a cell, but two for a band, and a thousandth of the limit.
    limit = {"potential": 180.0 if labels[0] == Q1 else 450.0}.get(kind, 300.0)
    row = dict(zip(("period", "region", "product"), labels, strict=True))
    frame = pd.DataFrame([{"kind": kind, **row, "rep": "*", "limit": limit, "slack": slack,
                           "binding": "false"}])  # fmt: skip
    assert bool(len(read_limits(drafts["company"].facts, frame).kind)) == acts


@pytest.mark.parametrize(
    ("kind", "slack", "acts"),
    [("effort", 6.3, True), ("effort", 6.31, False), ("year", 2.3, False), ("capacity", 2.3, True),
     ("capacity", 2.31, False)],
)  # fmt: skip
def test_effort_is_reached_within_a_unit_of_the_heaviest_product(
    drafts: dict[str, Draft], kind: str, slack: float, acts: bool
) -> None:
    draft = crew(drafts["by_effort"], effort=np.array([3.0, 0.5]))
    row = {"kind": kind, "period": Q1, "region": "East", "product": "*", "rep": "Ann"}
    frame = pd.DataFrame([row | {"limit": 300.0, "slack": slack, "binding": "false"}])
    found = read_limits(draft.facts, frame)
    assert bool(len(found.kind)) == (acts or kind == "year")
    light = crew(draft, effort=np.array([0.5, 0.25]))
    assert bool(len(read_limits(light.facts, frame).kind)) == (slack <= 2.3)


def test_limits_of_nobody_known_are_left_out(drafts: dict[str, Draft]) -> None:
    frame = limits(LIMITS, tuple(range(43)))
    frame.loc[1, "period"], frame.loc[9, "region"], frame.loc[5, "product"] = "Q9", "Far", "none"
    frame.loc[41, "rep"] = "Zoe"
    found = read_limits(drafts["company"].facts, frame)
    assert len(found.kind) == 39
    assert found.of("period_share").sum() == 3 and not found.of("effort").any()
    assert found.binding.all()
    none = limits(LIMITS)
    none["slack"] = 999.0
    assert not len(read_limits(drafts["company"].facts, none).kind)


def test_cells_are_barred_where_somebody_at_work_may_not_sell(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    assert draft.facts.crew is not None
    sells = draft.facts.crew.sells.copy()
    sells[4] = [True, False]  # Hal, who comes in the second period
    hal = crew(draft, sells=sells)
    assert np.argwhere(barred_cells(hal.facts)).tolist() == [[0, 0, 1], [0, 1, 1], [2, 1, 1]]
    assert barred_cells(faint(hal).facts)[2, 0].tolist() == [False, True]
