"""The allocation cases of the source documents, AL-01 to AL-14, with their known answers.

Whole figures are the plan after rounding; figures with decimals are the exact plan before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import (
    ASSIGNED,
    MISPLACED,
    PRODUCTS,
    REGIONS,
    SCENARIOS,
    company_a,
    company_a_people,
    one_each,
    shares,
    write_world,
)

from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import MeasurePlan, PlanResult, plan

THIRD = 1 / 3
EXACT = 1e-3
CELL = 0.05  # cells are as exact as the certified bound of the objective lets them be


def margin(measure: MeasurePlan, column: str, by: str, **where: str) -> dict[str, float]:
    """Return a column of the rollup by one dimension, all others summed (``*``)."""
    rows = measure.rollup
    for name in ("period", "region", "product", "team"):
        if name != by:
            rows = rows[rows[name] == where.get(name, "*")]
    rows = rows[rows[by] != "*"]
    return dict(zip(rows[by], rows[column].astype(float), strict=True))


def total(measure: MeasurePlan, column: str) -> float:
    """Return a column of the rollup for the whole company."""
    rows = measure.rollup
    names = ["period", "region", "product", "team"]
    return float(rows.loc[(rows[names] == "*").all(axis=1), column].iloc[0])


def by_leaf(measure: MeasurePlan, cube: Any) -> dict[str, float]:
    """Return an exact (leaf, period, product) cube summed by region."""
    return dict(zip(measure.instance.leaves, cube.sum(axis=(1, 2)), strict=True))


def by_rep(measure: MeasurePlan) -> dict[str, float]:
    """Return exact rep totals over all periods."""
    reps, totals = measure.instance.reps, measure.allocation.rep_total
    assert reps is not None
    assert totals is not None
    return dict(zip(reps.names, totals.sum(axis=1), strict=True))


def rounded_by_rep(measure: MeasurePlan) -> dict[str, float]:
    """Return rep targets as written, over all periods and products."""
    summed = measure.targets.groupby("rep")["target"].sum()
    return {str(rep): float(amount) for rep, amount in summed.items()}


def exact_gap(measure: MeasurePlan) -> float:
    """Return the gap before rounding."""
    return float(measure.instance.goal - measure.allocation.placed.sum())


def limits_of(measure: MeasurePlan, kind: str, side: str) -> pd.DataFrame:
    """Return the rows of one family of limits."""
    rows = measure.limits
    return rows[(rows["kind"] == kind) & (rows["side"] == side)]


def causes(measure: MeasurePlan) -> set[str]:
    """Return all causes of the gap."""
    return {cause for text in measure.gaps["cause"] for cause in text.split(";")}


def close(expected: dict[str, float], absolute: float = EXACT) -> Any:
    """Compare a mapping of figures."""
    return pytest.approx(expected, abs=absolute)


# ---------------------------------------------------------------- AL-01, AL-02


@pytest.fixture(scope="module")
def regions_plan() -> MeasurePlan:
    return plan(SCENARIOS / "company-a-regions").main


def test_al01_region_targets(regions_plan: MeasurePlan) -> None:
    asked = by_leaf(regions_plan, regions_plan.allocation.ask)
    assert asked == close({name: 1400 * share / 1200 for name, share in REGIONS.items()})
    rounded = {"East": 467, "South": 420, "North": 280, "West": 140, "Overseas": 93}
    assert margin(regions_plan, "target", "region") == rounded
    assert margin(regions_plan, "ask", "region") == rounded
    assert total(regions_plan, "target") == 1400


def test_al01_floor_and_stretch(regions_plan: MeasurePlan) -> None:
    assert margin(regions_plan, "floor", "region") == REGIONS
    stretch = {"East": 533, "South": 480, "North": 320, "West": 160, "Overseas": 107}
    assert margin(regions_plan, "stretch", "region") == stretch
    assert (total(regions_plan, "floor"), total(regions_plan, "stretch")) == (1200, 1600)


@pytest.mark.parametrize(
    ("goal", "figures"),
    [
        (1200, {"East": 400, "South": 360, "North": 240, "West": 120, "Overseas": 80}),
        (1400, {"East": 467, "South": 420, "North": 280, "West": 140, "Overseas": 93}),
        (1600, {"East": 533, "South": 480, "North": 320, "West": 160, "Overseas": 107}),
    ],
)
def test_al01_each_level_as_the_goal(goal: int, figures: dict[str, float], tmp_path: Path) -> None:
    result = plan(company_a(tmp_path / "world", one_each(REGIONS), goal=goal))
    assert result.exit_code == 0
    assert margin(result.main, "target", "region") == figures


def test_al01_shares_as_decimals_give_the_same_plan(tmp_path: Path) -> None:
    printed = {"East": 0.3333, "South": 0.30, "North": 0.20, "West": 0.10, "Overseas": 0.0667}
    world = company_a(tmp_path / "world", one_each(REGIONS))
    pd.DataFrame(shares("region", printed)).to_csv(world / "regions.csv", index=False)
    measure = plan(world).main
    asked = by_leaf(measure, measure.allocation.ask)
    assert asked["East"] == pytest.approx(466.62, abs=1e-3)
    assert asked["Overseas"] == pytest.approx(93.38, abs=1e-3)
    rounded = {"East": 467, "South": 420, "North": 280, "West": 140, "Overseas": 93}
    assert margin(measure, "target", "region") == rounded


def test_al01_printed_whole_percents_are_another_plan(tmp_path: Path) -> None:
    printed = {"East": 33, "South": 30, "North": 20, "West": 10, "Overseas": 7}
    world = company_a(tmp_path / "world", one_each(REGIONS))
    pd.DataFrame(shares("region", printed)).to_csv(world / "regions.csv", index=False)
    figures = {"East": 462, "South": 420, "North": 280, "West": 140, "Overseas": 98}
    assert margin(plan(world).main, "target", "region") == figures


def test_al01_products(regions_plan: MeasurePlan) -> None:
    for column, figures in {
        "floor": (720, 360, 120),
        "target": (840, 420, 140),
        "stretch": (960, 480, 160),
    }.items():
        found = margin(regions_plan, column, "product")
        assert found == dict(zip(PRODUCTS, figures, strict=True)), column


def test_al02_region_by_product(regions_plan: MeasurePlan) -> None:
    table = {
        "East": (280, 140, 47),
        "South": (252, 126, 42),
        "North": (168, 84, 28),
        "West": (84, 42, 14),
        "Overseas": (56, 28, 9),
    }
    for region, figures in table.items():
        found = margin(regions_plan, "target", "product", region=region)
        assert found == dict(zip(PRODUCTS, figures, strict=True)), region


def test_al02_at_1200_all_cells_are_whole(tmp_path: Path) -> None:
    measure = plan(company_a(tmp_path / "world", one_each(REGIONS), goal=1200)).main
    for region, share in REGIONS.items():
        found = margin(measure, "target", "product", region=region)
        assert found == {product: round(part * share) for product, part in PRODUCTS.items()}


# ---------------------------------------------------------------- AL-03


@pytest.fixture(scope="module")
def company_plan() -> PlanResult:
    return plan(SCENARIOS / "company-a")


def test_al03_the_people_carry_990_of_1400(company_plan: PlanResult) -> None:
    summary = company_plan.main.summary
    assert (company_plan.status, company_plan.exit_code) == ("gap", 3)
    assert (summary["goal"], summary["placed"], summary["gap"]) == (1400, 990, 410)
    assert summary["street"] == 990
    assert causes(company_plan.main) == {"capacity"}
    capacities = {row["rep"]: row["capacity"] for row in company_a_people()}
    assert rounded_by_rep(company_plan.main) == capacities


def test_al03_gap_by_region_and_product(company_plan: PlanResult) -> None:
    measure = company_plan.main
    gap = measure.allocation.ask - measure.allocation.placed
    exact = {
        "East": 86 + 2 / 3,
        "South": 120,
        "North": 130,
        "West": 60,
        "Overseas": 13 + THIRD,
    }
    assert by_leaf(measure, gap) == close(exact)
    rounded = {"East": 87, "South": 120, "North": 130, "West": 60, "Overseas": 13}
    assert margin(measure, "gap", "region") == rounded
    carried = {"East": 380, "South": 300, "North": 150, "West": 80, "Overseas": 80}
    assert margin(measure, "target", "region") == carried
    asked = {"East": 467, "South": 420, "North": 280, "West": 140, "Overseas": 93}
    assert margin(measure, "ask", "region") == asked
    cells = {
        "East": (52, 26, 8 + 2 / 3),
        "South": (72, 36, 12),
        "North": (78, 39, 13),
        "West": (36, 18, 6),
        "Overseas": (8, 4, 1 + THIRD),
    }
    for region, figures in cells.items():
        leaf = measure.instance.leaves.index(region)
        found = dict(zip(measure.instance.products, gap[leaf, 0], strict=True))
        assert found == close(dict(zip(PRODUCTS, figures, strict=True)), CELL), region


def test_al03_products_keep_their_proportion(company_plan: PlanResult) -> None:
    placed = margin(company_plan.main, "target", "product")
    assert placed == {"MES": 594, "Digital Twin": 297, "Service": 99}
    gap = margin(company_plan.main, "gap", "product")
    assert gap == {"MES": 246, "Digital Twin": 123, "Service": 41}


def test_al03_one_more_unit_of_capacity_closes_one_unit_of_gap(company_plan: PlanResult) -> None:
    rows = limits_of(company_plan.main, "capacity", "max")
    assert len(rows) == 8
    assert rows["shadow_price"].astype(float).to_list() == pytest.approx([1.0] * 8, abs=1e-6)


@pytest.mark.parametrize("goal", [1200, 1400, 1600])
@pytest.mark.parametrize(
    ("senior", "newcomer", "carried"),
    [(150, 80, 990), (180, 80, 1140), (150, 60, 930), (180, 60, 1080)],
)
def test_al03_what_the_people_add_up_to(
    senior: int, newcomer: int, carried: int, goal: int, tmp_path: Path
) -> None:
    people = company_a_people(senior=senior, newcomer=newcomer)
    summary = plan(company_a(tmp_path / "w", people, goal, region_tolerance=0.3)).main.summary
    assert (summary["placed"], summary["gap"]) == (carried, goal - carried)


@pytest.mark.parametrize(
    ("senior", "goal", "tolerance", "placed", "gap"),
    [
        (150, 1200, 0.0, 990, (20, 60, 90, 40, 0)),
        (150, 1600, 0.0, 990, None),
        (180, 1400, 0.0, 1140, (26 + 2 / 3, 60, 100, 60, 13 + THIRD)),
        (180, 1600, 0.0, 1140, (93 + THIRD, 120, 140, 80, 26 + 2 / 3)),
        (180, 1200, 0.0, 1100, None),
        (180, 1200, 0.05, 1140, None),
    ],
)
def test_al03_variants(
    senior: int,
    goal: int,
    tolerance: float,
    placed: int,
    gap: tuple[float, ...] | None,
    tmp_path: Path,
) -> None:
    result = plan(company_a(tmp_path / "w", company_a_people(senior=senior), goal, tolerance))
    measure = result.main
    assert result.exit_code == 3
    assert float(measure.allocation.placed.sum()) == pytest.approx(placed, abs=EXACT)
    assert (measure.summary["placed"], measure.summary["gap"]) == (placed, goal - placed)
    if gap is not None:
        found = by_leaf(measure, measure.allocation.ask - measure.allocation.placed)
        assert found == close(dict(zip(REGIONS, gap, strict=True)))


# ---------------------------------------------------------------- AL-04


def test_al04_fixed_shares_leave_capacity_idle() -> None:
    measure = plan(SCENARIOS / "company-a-wrong-place").main
    assert float(measure.allocation.placed.sum()) == pytest.approx(933 + THIRD, abs=EXACT)
    gap = by_leaf(measure, measure.allocation.ask - measure.allocation.placed)
    figures = {"East": 86 + 2 / 3, "South": 190, "North": 130, "West": 60, "Overseas": 0}
    assert gap == close(figures)
    assert 150 - by_rep(measure)["S5"] == pytest.approx(56 + 2 / 3, abs=EXACT)
    assert (measure.summary["placed"], measure.summary["gap"]) == (933, 467)


def test_al04_the_share_band_is_named_as_a_cause() -> None:
    measure = plan(SCENARIOS / "company-a-wrong-place").main
    assert causes(measure) == {"capacity", "share_band"}
    bands = measure.limits[measure.limits["kind"] == "region_share"]
    prices = bands["shadow_price"].astype(float)
    assert set(bands.loc[prices > EXACT, "region"]) >= {"Overseas"}


def test_al04_a_band_moves_the_ask_to_the_people(tmp_path: Path) -> None:
    people = company_a_people(MISPLACED)
    measure = plan(company_a(tmp_path / "world", people, region_tolerance=0.05)).main
    assert float(measure.allocation.placed.sum()) == pytest.approx(990, abs=EXACT)
    asked = by_leaf(measure, measure.allocation.ask)
    figures = {"East": 446.43, "South": 401.79, "North": 267.86, "West": 133.93, "Overseas": 150}
    assert asked == close(figures, 0.01)
    shrunk = 1250 / (1306 + 2 / 3)
    assert asked["East"] / (1400 / 3) == pytest.approx(shrunk, abs=1e-5)
    gap = {"East": 66.43, "South": 171.79, "North": 117.86, "West": 53.93, "Overseas": 0}
    carried = by_leaf(measure, measure.allocation.placed)
    assert {name: asked[name] - carried[name] for name in REGIONS} == close(gap, 0.01)
    assert (measure.summary["placed"], measure.summary["gap"]) == (990, 410)


# ---------------------------------------------------------------- AL-05

EVERY = {region: [150] for region in REGIONS}
LEVERS = [
    # lever, people, goal, gap with fixed shares, gap with ± 5 points
    ("all five seniors to 180", {"senior": 180}, 1400, 410 - 150, 410 - 150),
    ("senior in East", {"extra": {"East": [150]}}, 1400, 410 - 86 - 2 / 3, 410 - 150),
    ("senior in South", {"extra": {"South": [150]}}, 1400, 410 - 120, 410 - 150),
    ("senior in North", {"extra": {"North": [150]}}, 1400, 410 - 130, 410 - 150),
    ("senior in West", {"extra": {"West": [150]}}, 1400, 410 - 60, 410 - 130),
    ("senior Overseas", {"extra": {"Overseas": [150]}}, 1400, 410 - 13 - THIRD, 410 - 83 - THIRD),
    ("newcomer in East", {"extra": {"East": [80]}}, 1400, 410 - 80, 410 - 80),
    ("newcomer in South", {"extra": {"South": [80]}}, 1400, 410 - 80, 410 - 80),
    ("newcomer in North", {"extra": {"North": [80]}}, 1400, 410 - 80, 410 - 80),
    ("newcomer in West", {"extra": {"West": [80]}}, 1400, 410 - 60, 410 - 80),
    ("newcomer Overseas", {"extra": {"Overseas": [80]}}, 1400, 410 - 13 - THIRD, 410 - 80),
    (
        "seniors in East, South and North",
        {"extra": {"East": [150], "South": [150], "North": [150]}},
        1400,
        73 + THIRD,
        0,
    ),
    ("a senior everywhere", {"extra": EVERY}, 1400, 0, 0),
    ("goal 1120", {}, 1120, 142, 130),
    ("goal 990", {}, 990, 67, 0.5),
    ("seniors to 180, goal 1120", {"senior": 180}, 1120, 76, 0),
]


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
@pytest.mark.parametrize("lever", LEVERS, ids=[lever[0] for lever in LEVERS])
def test_al05_levers(lever: tuple[Any, ...], tolerance: float, tmp_path: Path) -> None:
    _, people, goal, fixed, banded = lever
    gap = banded if tolerance else fixed
    rows = company_a_people(ASSIGNED, **people)
    result = plan(company_a(tmp_path / "world", rows, goal, tolerance))
    summary = result.main.summary
    assert exact_gap(result.main) == pytest.approx(gap, abs=EXACT)
    assert result.exit_code == (0 if gap == 0 else 3)
    assert summary["placed"] + summary["gap"] == goal
    assert abs(summary["gap"] - gap) < 1


def test_al05_gaps_of_the_lowered_goals(tmp_path: Path) -> None:
    for goal, senior, expected in (
        (1120, 150, {"South": 36, "North": 74, "West": 32}),
        (990, 150, {"North": 48, "West": 19}),
        (1120, 180, {"North": 44, "West": 32}),
    ):
        world = company_a(tmp_path / f"{goal}-{senior}", company_a_people(senior=senior), goal)
        found = margin(plan(world).main, "gap", "region")
        assert {name: gap for name, gap in found.items() if gap} == expected


# ---------------------------------------------------------------- AL-06


@pytest.mark.parametrize(
    ("base", "growth", "goal"),
    [
        (1200, 0.35, 1620),
        (1037.04, 0.35, 1400),
        (1000, 0.40, 1400),
        (1000, 0.30, 1300),
        (100, 0.20, 120),
    ],
)
def test_al06_growth_goals(base: float, growth: float, goal: int, tmp_path: Path) -> None:
    world = company_a(tmp_path / "w", one_each(REGIONS), {"growth": growth, "base": ["2022Q3"]})
    past = [
        {"period": "2022Q3", "region": region, "amount": base * share / 1200}
        for region, share in REGIONS.items()
    ]
    other = [{"period": "2023Q2", "region": "East", "amount": 777}]
    pd.DataFrame(past + other).to_csv(world / "history.csv", index=False)
    result = plan(world)
    assert result.exit_code == 0
    assert result.main.summary["goal"] == goal
    assert result.main.summary["placed"] == goal
    written = " ".join(result.main.instance.assumptions).replace(",", "")
    assert f"{base:g}" in written or f"{base:.2f}" in written


# ---------------------------------------------------------------- AL-07

CUSTOMERS = {"East": 7, "South": 6, "North": 4, "West": 2, "Overseas": 1}


def test_al07_customers_as_a_scenario_of_their_own(tmp_path: Path) -> None:
    settings = {
        "unit": "customers",
        "periods": ["2023Q3"],
        "rounding": 1,
        "goal": {"floor": 15, "target": 20, "stretch": 25},
    }
    people, regions = one_each(REGIONS), shares("region", REGIONS)
    measure = plan(write_world(tmp_path / "w", settings, people=people, regions=regions)).main
    asked = by_leaf(measure, measure.allocation.ask)
    exact = {"East": 20 / 3, "South": 6, "North": 4, "West": 2, "Overseas": 4 / 3}
    assert asked == close(exact)
    assert margin(measure, "target", "region") == CUSTOMERS
    assert (total(measure, "floor"), total(measure, "stretch")) == (15, 25)


def test_al07_customers_as_a_second_measure() -> None:
    result = plan(SCENARIOS / "customers")
    assert [item.scenario.settings.measure for item in result.measures] == ["amount", "customers"]
    revenue, customers = result.measures
    assert revenue.summary["placed"] == 1400
    assert customers.summary["placed"] == 20
    assert margin(customers, "target", "region") == CUSTOMERS
    assert (total(customers, "floor"), total(customers, "stretch")) == (15, 25)
    assert (total(revenue, "floor"), total(revenue, "stretch")) == (1200, 1600)


# ---------------------------------------------------------------- AL-08


def test_al08_east_china_by_history() -> None:
    result = plan(SCENARIOS / "east-china")
    assert result.exit_code == 0
    regions = {"Shanghai": 400, "Hangzhou": 300, "Nanjing": 300}
    assert margin(result.main, "target", "region") == regions
    reps = {"A": 150, "B": 130, "C": 120, "D": 300, "E": 300}
    assert rounded_by_rep(result.main) == reps
    assert by_rep(result.main) == close({name: float(amount) for name, amount in reps.items()})


@pytest.mark.parametrize(
    ("abilities", "figures"),
    [((1.125, 0.975, 0.9), (150, 130, 120)), ((1, 1, 1), (134, 133, 133))],
)
def test_al08_given_abilities(
    abilities: tuple[float, ...], figures: tuple[int, ...], tmp_path: Path
) -> None:
    people: list[dict[str, Any]] = [
        {"rep": rep, "region": "Shanghai", "ability": ability}
        for rep, ability in zip("ABC", abilities, strict=True)
    ]
    people += [{"rep": "D", "region": "Hangzhou"}, {"rep": "E", "region": "Nanjing"}]
    cities = {"Shanghai": 0.4, "Hangzhou": 0.3, "Nanjing": 0.3}
    world = write_world(
        tmp_path / "world",
        {"periods": ["2024"], "goal": 1000},
        people=people,
        regions=shares("region", cities),
    )
    found = rounded_by_rep(plan(world).main)
    assert tuple(found[rep] for rep in "ABC") == figures


# ---------------------------------------------------------------- AL-09


@pytest.fixture(scope="module")
def cascade() -> MeasurePlan:
    result = plan(SCENARIOS / "four-levels")
    assert result.exit_code == 0
    return result.main


def test_al09_levels(cascade: MeasurePlan) -> None:
    assert margin(cascade, "target", "region") == {
        "East": 3000,
        "Team one": 800,
        "Rest of East": 2200,
        "Rest of the company": 7000,
    }
    reps = rounded_by_rep(cascade)
    assert (reps["Zhang"], reps["Li"]) == (720, 80)


def test_al09_months(cascade: MeasurePlan) -> None:
    company = list(margin(cascade, "target", "period").values())
    assert sorted(company) == [833] * 8 + [834] * 4
    for region in ("*", "East", "Team one", "Rest of East", "Rest of the company"):
        months = margin(cascade, "target", "period", region=region).values()
        assert max(months) - min(months) <= 1, region
    by_month = cascade.targets.groupby(["rep", "period"])["target"].sum().unstack("period")
    assert set(by_month.loc["Zhang"]) == {60}
    assert set(by_month.loc["Li"]) <= {6, 7}
    spread = by_month.max(axis=1) - by_month.min(axis=1)
    assert (spread <= 1).all()


def test_al09_the_lock_shows_in_the_fairness(cascade: MeasurePlan) -> None:
    reps = cascade.instance.reps
    assert reps is not None
    reference = dict(zip(reps.names, reps.reference.sum(axis=1), strict=True))
    assert reference["Zhang"] == pytest.approx(400)
    exact = by_rep(cascade)
    assert exact["Zhang"] / reference["Zhang"] == pytest.approx(1.8, abs=EXACT)
    assert exact["Li"] / reference["Li"] == pytest.approx(0.2, abs=EXACT)
    figures = [value for value in cascade.fairness.values() if isinstance(value, float)]
    assert any(value == pytest.approx(1.8, abs=0.02) for value in figures)
    assert any(value == pytest.approx(0.2, abs=0.02) for value in figures)


# ---------------------------------------------------------------- AL-10


def market(folder: Path, goal: Any, rounding: float) -> Path:
    """Write one market with a potential of 130, of which 5 % is kept back."""
    settings = {
        "periods": ["2023Q3"],
        "goal": goal,
        "rounding": rounding,
        "buffers": {"potential": 0.05},
    }
    tables = {
        "people": one_each(["Market"]),
        "potential": [{"region": "Market", "potential": 130}],
        "history": [{"period": "2023Q2", "region": "Market", "amount": 100}],
    }
    return write_world(folder, settings, **tables)


@pytest.mark.parametrize(
    ("goal", "rounding", "placed", "code"),
    [
        (123.5, 0, 123.5, 0),
        (130, 0, 123.5, 3),
        (130, 1, 123, 3),
        # the two readings not to use ask for more than the buffered potential backs
        ({"growth": 0.30 - 0.05, "base": ["2023Q2"]}, 0, 123.5, 3),
        ({"growth": 0.30 * 0.95, "base": ["2023Q2"]}, 0, 123.5, 3),
    ],
)
def test_al10_buffer_on_potential(
    goal: Any, rounding: float, placed: float, code: int, tmp_path: Path
) -> None:
    result = plan(market(tmp_path / "world", goal, rounding))
    summary = result.main.summary
    assert result.exit_code == code
    assert summary["placed"] == pytest.approx(placed, abs=1e-6)
    if isinstance(goal, dict):
        assert summary["goal"] == pytest.approx(100 * (1 + goal["growth"]), abs=1e-6)
    assert summary["gap"] == pytest.approx(summary["goal"] - placed, abs=1e-6)
    if code:
        assert "potential" in causes(result.main)


def test_al10_stretch_may_use_the_whole_potential(tmp_path: Path) -> None:
    measure = plan(market(tmp_path / "world", 130, 1)).main
    assert total(measure, "stretch") == 130
    assert measure.summary["stretch_gap"] == 156 - 130


# ---------------------------------------------------------------- AL-11

SOLD = dict(zip("ABCDEFGHIJ", (180, 170, 150, 140, 130, 120, 110, 100, 70, 60), strict=True))


def team(folder: Path, sold: dict[str, float], resources: tuple[float, ...] = ()) -> MeasurePlan:
    """Plan 1000 for one team with this history."""
    people = [{"rep": rep, "region": "Team"} for rep in sold]
    for row, resource in zip(people, resources, strict=False):
        row["resource"] = str(resource)
    past = [
        {"period": "2023Q2", "region": "Team", "rep": rep, "amount": amount}
        for rep, amount in sold.items()
        if amount
    ]
    settings = {"periods": ["2023Q3"], "goal": 1000, "rounding": 1}
    return plan(write_world(folder, settings, people=people, history=past)).main


def test_al11_factors_that_add_up(tmp_path: Path) -> None:
    measure = team(tmp_path / "world", SOLD, (1.1, 0.9) * 5)
    raw = dict(zip(SOLD, (132, 108, 110, 90, 110, 90, 110, 90, 88, 72), strict=True))
    assert by_rep(measure) == close({name: float(amount) for name, amount in raw.items()})
    assert rounded_by_rep(measure) == raw


def test_al11_factors_made_to_add_up(tmp_path: Path) -> None:
    measure = team(tmp_path / "world", SOLD, (1.1,) * 6 + (0.9,) * 4)
    raw = (132, 132, 110, 110, 110, 110, 90, 90, 72, 72)
    assert sum(raw) == 1028
    assert by_rep(measure) == close(
        {name: amount / 1.028 for name, amount in zip(SOLD, raw, strict=True)}
    )
    figures = (128, 128, 107, 107, 107, 107, 88, 88, 70, 70)
    assert rounded_by_rep(measure) == dict(zip(SOLD, figures, strict=True))


@pytest.mark.parametrize(
    ("sold", "abilities"),
    [
        ((80, 70, 60, 50, 40, 30, 20, 10), (1.2, 1, 1, 1, 1, 1, 1, 0.8)),
        ((70, 60, 50, 40, 30, 20, 10), (1.2, 1, 1, 1, 1, 1, 0.8)),
        ((30, 20, 10), (1, 1, 1)),
        # ties at the cut are neutral
        ((90, 90, 70, 60, 50, 40, 20, 10), (1, 1, 1, 1, 1, 1, 1, 0.8)),
        ((180, 170, 170, 140, 130, 120, 110, 60, 60, 60), (1.2, *(1,) * 9)),
        # reps without history are neutral, and count in the headcount
        ((50, 40, 30, 20, 0), (1.2, 1, 1, 0.8, 1)),
    ],
)
def test_al11_fifths_of_other_headcounts(
    sold: tuple[float, ...], abilities: tuple[float, ...], tmp_path: Path
) -> None:
    measure = team(tmp_path / "world", dict(zip("ABCDEFGHIJ", sold, strict=False)))
    reps = measure.instance.reps
    assert reps is not None
    assert reps.weight[:, 0].tolist() == pytest.approx(list(abilities))


# ---------------------------------------------------------------- AL-12


def ramp_world(
    folder: Path, people: list[dict[str, Any]], factors: list[float], **more: Any
) -> Path:
    """Write one team for 2023Q3 with a ramp."""
    settings = {"periods": ["2023Q3"], "goal": 1000, "ramp": {"factors": factors}, **more}
    return write_world(folder, settings, people=people)


def newcomers(old: int, new: int, **columns: Any) -> list[dict[str, Any]]:
    """Return experienced people and newcomers who start with the quarter."""
    rows: list[dict[str, Any]] = [{"rep": f"Old {i}", "region": "Team"} for i in range(old)]
    return rows + [
        {"rep": f"New {i}", "region": "Team", "start": "2023-07-01", **columns} for i in range(new)
    ]


def test_al12_ramped_weights(tmp_path: Path) -> None:
    measure = plan(ramp_world(tmp_path / "world", newcomers(6, 4), [0.25, 0.5, 0.75])).main
    for rep, amount in by_rep(measure).items():
        assert amount == pytest.approx(125 if rep.startswith("Old") else 62.5, abs=EXACT)
    rounded = rounded_by_rep(measure)
    assert [rounded[f"Old {i}"] for i in range(6)] == [125] * 6
    assert [rounded[f"New {i}"] for i in range(4)] == [63, 63, 62, 62]


def test_al12_min_ramps_like_capacity(tmp_path: Path) -> None:
    people = newcomers(5, 3, capacity=80, min=60)
    result = plan(ramp_world(tmp_path / "world", people, [0.25, 0.5, 0.75]))
    assert result.exit_code == 0
    capacity = limits_of(result.main, "capacity", "max")
    minimum = limits_of(result.main, "min", "min")
    assert capacity["limit"].astype(float).to_list() == [40] * 3
    assert minimum["limit"].astype(float).to_list() == [30] * 3
    rounded = rounded_by_rep(result.main)
    assert [rounded[f"New {i}"] for i in range(3)] == [40] * 3


def test_al12_company_a_sets_no_start(company_plan: PlanResult) -> None:
    minimum = limits_of(company_plan.main, "min", "min")
    assert minimum["limit"].astype(float).to_list() == [60] * 3


def test_al12_ramp_of_zeros(tmp_path: Path) -> None:
    result = plan(ramp_world(tmp_path / "world", newcomers(4, 2), [0.0, 0.0, 0.0]))
    assert result.exit_code == 0
    found = by_rep(result.main)
    assert (found["New 0"], found["New 1"]) == (0, 0)
    rounded = rounded_by_rep(result.main)
    assert rounded.get("New 0", 0) == 0
    assert [rounded[f"Old {i}"] for i in range(4)] == [250] * 4
    numbers = [value for value in result.main.fairness.values() if isinstance(value, float)]
    assert np.isfinite(numbers).all()


def test_al12_nobody_counts_yet(tmp_path: Path) -> None:
    result = plan(ramp_world(tmp_path / "world", newcomers(0, 2), [0.0, 0.0, 0.0]))
    assert result.exit_code == 3
    assert result.main.summary["gap"] == 1000
    assert causes(result.main) == {"no_rep"}


# ---------------------------------------------------------------- AL-13


@pytest.mark.parametrize(("buffer", "usable"), [(0.10, 1026), (0.15, 969)])
def test_al13_room_for_recalibration(buffer: float, usable: int, tmp_path: Path) -> None:
    people = company_a_people(senior=180)
    for row in people:
        row["min"] = None
    world = company_a(tmp_path / "world", people, buffers={"capacity": buffer})
    measure = plan(world).main
    assert limits_of(measure, "capacity", "max")["limit"].astype(float).sum() == usable
    assert (measure.summary["placed"], measure.summary["gap"]) == (usable, 1400 - usable)
    assert total(measure, "capacity") == usable


@pytest.mark.parametrize(("cap", "warned"), [(0.20, True), (0.10, False)])
def test_al13_a_cap_above_the_room_is_noted(cap: float, warned: bool, tmp_path: Path) -> None:
    world = company_a(
        tmp_path / "world",
        company_a_people(senior=180),
        buffers={"capacity": 0.15},
        recalibration={"cap": cap},
    )
    loaded = load_scenarios(world)
    notes = [str(note) for note in loaded.notes if "recalibration" in str(note)]
    assert bool(notes) is warned


# ---------------------------------------------------------------- AL-14


@pytest.mark.parametrize(
    ("given", "figures"),
    [
        ((0.35, None, None, None), (1400, 867, 867, 866)),
        ((0.35, 0.65 / 3, 0.65 / 3, 0.65 / 3), (1400, 867, 867, 866)),
        ((None, None, 0.35, None), (867, 867, 1400, 866)),
    ],
)
def test_al14_season(
    given: tuple[float | None, ...], figures: tuple[int, ...], tmp_path: Path
) -> None:
    quarters = [f"2024Q{number}" for number in (1, 2, 3, 4)]
    periods = [
        {"period": quarter, "share": share} for quarter, share in zip(quarters, given, strict=True)
    ]
    world = write_world(
        tmp_path / "world",
        {"periods": quarters, "goal": 4000},
        periods=periods,
        people=one_each(["Team"]),
    )
    measure = plan(world).main
    assert margin(measure, "target", "period") == dict(zip(quarters, figures, strict=True))
    exact = measure.allocation.ask.sum(axis=(0, 2))
    wanted = [1400 if share == 0.35 else 4000 * 0.65 / 3 for share in given]
    assert exact.tolist() == pytest.approx(wanted, abs=EXACT)


def test_al14_life_cycle(tmp_path: Path) -> None:
    lines = {"new": 0.30, "mature": 0.60, "long tail": 0.10}
    products = [
        {"product": f"Line {name}", "lifecycle": name, "share": share}
        for name, share in lines.items()
    ]
    settings = {"periods": ["2024Q1"], "goal": 1000}
    people = one_each(["Team"])
    measure = plan(write_world(tmp_path / "w", settings, products=products, people=people)).main
    found = margin(measure, "target", "product")
    assert found == {"Line new": 300, "Line mature": 600, "Line long tail": 100}


def test_al14_premium_share_by_period(tmp_path: Path) -> None:
    world = write_world(
        tmp_path / "world",
        {"periods": ["2024Q1", "2024Q2"], "goal": 2000},
        people=one_each(["Team"]),
        periods=shares("period", {"2024Q1": 0.5, "2024Q2": 0.5}),
        products=[{"product": "premium"}, {"product": "low-price"}],
        shares=[
            {"period": "2024Q1", "product": "premium", "share": 0.30},
            {"period": "2024Q2", "product": "premium", "share": 0.45},
        ],
    )
    measure = plan(world).main
    first = margin(measure, "target", "product", period="2024Q1")
    second = margin(measure, "target", "product", period="2024Q2")
    assert first == {"premium": 300, "low-price": 700}
    assert second == {"premium": 450, "low-price": 550}


def test_al14_bottom_up_figures_are_no_limit(tmp_path: Path) -> None:
    people = company_a_people()
    plain = plan(company_a(tmp_path / "plain", people)).main
    offered = [{**row, "commit": 10 * number} for number, row in enumerate(people, start=1)]
    committed = plan(company_a(tmp_path / "committed", offered)).main
    assert rounded_by_rep(committed) == rounded_by_rep(plain)
    assert committed.summary["gap"] == plain.summary["gap"]
    reported = committed.commits.set_index("rep")
    assert reported["commit"].to_dict() == {row["rep"]: row["commit"] for row in offered}
    assert (reported["difference"] == reported["target"] - reported["commit"]).all()
    assert reported["target"].to_dict() == rounded_by_rep(committed)
    assert plain.commits.empty
