"""Who is off reference: rep by rep with the limits that act there, by role and by region."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from strategies import World, worlds
from worlds import SCENARIOS, company_a, company_a_people, write_world

from optimizer.errors import QuotaplanError
from optimizer.pipeline import PlanResult, plan
from optimizer.results.fairness import fairness_report
from optimizer.results.off_reference import GROUPS, OFF_REFERENCE, fairness_tables
from optimizer.results.owner_totals import owner_totals


def tables(result: PlanResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    main = result.main
    owners = owner_totals(main.instance, main.whole)
    return fairness_tables(main.scenario, main.instance, owners, main.limits)


@pytest.fixture(scope="module")
def annual() -> PlanResult:
    return plan(SCENARIOS / "annual")


def test_company_a_is_held_back_by_capacity(tmp_path: Path) -> None:
    off, groups = tables(plan(company_a(tmp_path / "a", company_a_people())))
    first = off.iloc[0]
    assert list(off.columns) == list(OFF_REFERENCE)
    assert (first["rep"], first["region"], first["role"]) == ("N1", "East", "newcomer")
    assert first["multiple"] == pytest.approx(80 / (1400 * 400 / 1200 / 3))
    assert set(off["limit"]) == {"capacity;coverage"}
    assert off["multiple"].is_monotonic_increasing
    assert list(groups.columns) == list(GROUPS)
    assert list(groups["group"]) == ["role"] * 2 + ["region"] * 5
    east = groups[groups["name"] == "East"].iloc[0]
    assert (east["reps"], east["target"], east["limits"]) == (3, 380, "capacity;coverage")
    assert east["within_10"] == pytest.approx(2 / 3)


def test_furthest_off_comes_first_and_equals_go_by_name() -> None:
    off, _ = tables(plan(SCENARIOS / "four-levels"))
    assert list(off["rep"][:2]) == ["Li", "Zhang"]
    assert list(off["multiple"][:2]) == pytest.approx([0.2, 1.8])
    assert list(off["rep"][2:]) == ["Rep of East", "Rep of the company"]


def test_own_limits_are_told_before_those_of_the_region(annual: PlanResult) -> None:
    off, _ = tables(annual)
    rows = off.set_index("rep")["limit"]
    assert rows["朱芳"] == "lock;coverage"
    assert rows["黄艳"] == "potential;coverage"


def naive_kinds(result: PlanResult, row: pd.Series) -> set[str]:
    """Return the kinds of limits on a rep, one limit and one cell at a time."""
    main = result.main
    regions = main.scenario.table("regions")
    parent = {} if regions is None else dict(zip(regions["region"], regions["parent"], strict=True))
    above = [row["region"]]
    while parent.get(above[-1]):
        above.append(parent[above[-1]])
    targets = main.targets
    mine = targets[(targets["rep"] == row["rep"]) & (targets["region"] == row["region"])]
    found = set()
    for limit in main.limits[main.limits["binding"]].to_dict("records"):
        if limit["kind"] == "goal":
            continue
        if limit["rep"] != "*":
            if limit["rep"] == row["rep"]:
                found.add(limit["kind"])
            continue
        here = mine[
            [limit["period"] in ("*", period) for period in mine["period"]]
            & np.array([limit["product"] in ("*", product) for product in mine["product"]])
        ]
        if limit["region"] in ("*", *above) and len(here):
            found.add(limit["kind"])
    return found


def test_limits_are_those_on_the_cells_of_each_rep(annual: PlanResult) -> None:
    off, _ = tables(annual)
    for _, row in off.iloc[::7].iterrows():
        assert set(row["limit"].split(";")) - {""} == naive_kinds(annual, row)


def planned(tmp_path_factory: pytest.TempPathFactory, world: World) -> Iterator[PlanResult]:
    folder = tmp_path_factory.mktemp("world")
    try:
        yield plan(write_world(folder / "s", world.settings, **world.tables))
    except QuotaplanError:
        return


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_tables_agree_with_targets_and_figures(
    tmp_path_factory: pytest.TempPathFactory, world: World
) -> None:
    for result in planned(tmp_path_factory, world):
        off, groups = tables(result)
        targets, figures = result.main.targets, result.main.fairness
        assert off["target"].sum() == pytest.approx(targets["target"].sum())
        assert off["reference"].sum() == pytest.approx(targets["reference"].sum())
        known = off["multiple"].dropna()
        assert len(known) == figures["reps"]
        far = (known - 1).abs().round(9)
        assert far.is_monotonic_decreasing
        if len(known):
            assert known.min() == pytest.approx(figures["smallest_multiple"])
            assert known.max() == pytest.approx(figures["largest_multiple"])
        for _, part in groups.groupby("group"):
            assert part["reps"].sum() == len(off)
            assert part["target"].sum() == pytest.approx(off["target"].sum())
            weighted = (part["within_10"] * part["reps"]).sum() / part["reps"].sum()
            assert weighted == pytest.approx(figures["within_10"])
        for _, row in off.iterrows():
            assert set(row["limit"].split(";")) - {""} == naive_kinds(result, row)


def test_a_regional_plan_is_told_by_region(tmp_path: Path) -> None:
    result = plan(company_a(tmp_path / "a", []))
    off, groups = tables(result)
    assert set(off["rep"]) == set(off["role"]) == set(off["team"]) == {""}
    assert sorted(off["region"]) == ["East", "North", "Overseas", "South", "West"]
    assert set(groups["group"]) == {"region"}


def test_more_history_and_potential_go_with_more_target(annual: PlanResult) -> None:
    assert annual.main.fairness["correlation_potential"] > 0.5
    assert annual.main.fairness["correlation_history"] > 0.5


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        ([{"region": "A", "product": "P", "potential": 30}, {"region": "A", "potential": 90}], 90),
        ([{"region": "A", "product": name, "potential": 30} for name in "PQ"], 60),
        (
            [
                {"region": "A", "period": "2024Q1", "product": "P", "potential": 20},
                {"region": "A", "period": "2024Q1", "potential": 50},
                {"region": "A", "period": "2024Q2", "product": "P", "potential": 40},
            ],
            90,
        ),
    ],
    ids=["a row inside a wider one", "products", "a wider row in one period only"],
)
def test_potential_is_not_counted_twice(
    tmp_path: Path, rows: list[dict[str, Any]], amounts: float
) -> None:
    """Correlate with potentials that lie on a line only if A's is `amounts`."""
    others = [{"region": name, "potential": value} for name, value in (("B", 200), ("C", 310))]
    world = write_world(
        tmp_path / "s",
        {"name": "w", "periods": ["2024Q1", "2024Q2"], "goal": 10},
        regions=[
            {"region": name, "share": share} for name, share in zip("ABC", (1, 2, 3), strict=True)
        ],
        products=[{"product": name} for name in "PQ"],
        potential=[*rows, *others],
    )
    main = plan(world).main
    owners = owner_totals(main.instance, main.whole)
    assert owners.names.tolist() == ["A", "B", "C"]
    owners = replace(owners, target=np.array([amounts, 200.0, 310.0]))
    found = fairness_report(main.scenario, main.instance, owners)
    assert found["correlation_potential"] == pytest.approx(1.0)


def test_figures_that_are_not_defined_are_null(tmp_path: Path) -> None:
    report = plan(company_a(tmp_path / "a", company_a_people())).main.fairness
    assert report["correlation_potential"] is None
    assert report["correlation_history"] is None
