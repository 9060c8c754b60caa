"""Every bundled scenario: readable, planned as expected, adding up, verified, solver-proof."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import make_annual
import numpy as np
import pandas as pd
import pytest
from worlds import EXAMPLES, PLANNED, SCENARIOS, expected, write_world

from optimizer.errors import ContradictionError
from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import MeasurePlan, PlanResult, plan
from optimizer.verify.verify import verify_run

MARGINS = {"regions": "region", "products": "product", "periods": "period"}
CERTIFIED = 1e-4
WHERE = ["period", "region", "product"]

Planner = Callable[[str], tuple[PlanResult, Path]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    """Plan a bundled scenario once, and remember result and run folder."""
    done: dict[str, tuple[PlanResult, Path]] = {}

    def run(name: str) -> tuple[PlanResult, Path]:
        if name not in done:
            folder = tmp_path_factory.mktemp("runs") / name
            done[name] = plan(SCENARIOS / name, folder), folder
        return done[name]

    return run


def read(path: Path, measure: str, count: int) -> pd.DataFrame:
    """Read an output table as text, and keep the rows of one measure."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return table if count == 1 else table[table["measure"] == measure]


def numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return amount columns as whole numbers."""
    return table[columns].replace("", "0").astype("int64")


def nodes_over(measure: MeasurePlan) -> pd.DataFrame:
    """Return (region, node) for every leaf and all that it lies in, from the regions table."""
    regions = measure.scenario.table("regions")
    assert regions is not None
    parent = dict(zip(regions["region"], regions["parent"], strict=True))
    pairs = []
    for leaf in set(parent) - set(parent.values()):
        node = leaf
        while node:
            pairs.append((leaf, node))
            node = parent[node]
        pairs.append((leaf, "*"))
    return pd.DataFrame(pairs, columns=["region", "node"])


def margins(cells: pd.DataFrame, nodes: pd.DataFrame, amounts: list[str]) -> pd.DataFrame:
    """Sum cells to every combination of period, region and product, all of them included."""
    table = cells[["period", "region", "product"]].join(numbers(cells, amounts))
    table = table.merge(nodes, on="region").drop(columns="region")
    table = table.rename(columns={"node": "region"})
    for column in ("period", "product"):
        table = pd.concat([table, table.assign(**{column: "*"})])
    return table.groupby(WHERE)[amounts].sum()


def test_every_world_is_explained() -> None:
    text = (SCENARIOS / "README.md").read_text(encoding="utf-8")
    for name in EXAMPLES:
        assert f"[{name}]({name}/scenario.toml)" in text, name
        settings = (SCENARIOS / name / "scenario.toml").read_text(encoding="utf-8")
        assert settings.startswith("# "), name
        assert re.search(rf'^name = "{name}"$', settings, re.MULTILINE), name
        assert (SCENARIOS / name / "expected.json").is_file(), name


@pytest.mark.parametrize("name", EXAMPLES)
def test_reads_without_a_finding_that_stops_it(name: str) -> None:
    loaded = load_scenarios(SCENARIOS / name)
    assert loaded.scenarios[0].settings.name == name
    assert all(note.severity == "note" for note in loaded.notes)


def check_measure(measure: MeasurePlan, figures: dict[str, Any]) -> None:
    """Compare one measure with the expected figures.

    ``within`` is how many units a split may be off where rounding has ties to break.
    """
    within_units = figures.get("within", 0)
    for key in ("goal", "placed", "gap"):
        assert measure.summary[key] == figures[key], key
    assert abs(measure.summary["street"] - figures["street"]) <= within_units
    for block, column in MARGINS.items():
        rows = measure.rollup[measure.rollup["team"] == "*"]
        for other in MARGINS.values():
            rows = rows[(rows[other] == "*") != (other == column)]
        assert set(rows[column]) == set(figures[block]), block
        for _, row in rows.iterrows():
            for key, amount in figures[block][row[column]].items():
                assert abs(float(row[key]) - amount) <= within_units, (row[column], key)


@pytest.mark.parametrize("name", PLANNED)
def test_comes_to_the_expected_figures(name: str, planned: Planner) -> None:
    figures = expected(name)
    result, _ = planned(name)
    assert (result.status, result.exit_code) == (figures["status"], figures["exit_code"])
    check_measure(result.main, figures)
    others = {item.scenario.settings.measure: item for item in result.measures[1:]}
    assert set(others) == set(figures.get("measures", {}))
    for measure, plan_of_measure in others.items():
        check_measure(plan_of_measure, figures["measures"][measure])


@pytest.mark.parametrize("name", PLANNED)
def test_adds_up_at_every_level(name: str, planned: Planner) -> None:
    result, folder = planned(name)
    for measure in result.measures:
        label, count = measure.scenario.settings.measure, len(result.measures)
        targets = read(folder / "targets.csv", label, count)
        rollup = read(folder / "rollup.csv", label, count)
        check_sums(measure, targets, rollup[rollup["team"] == "*"])
        check_teams(targets, rollup[rollup["team"] != "*"])


def check_sums(measure: MeasurePlan, targets: pd.DataFrame, rollup: pd.DataFrame) -> None:
    """Compare every row of the rollup with sums made here: of its cells, and of the targets."""
    instance, nodes = measure.instance, nodes_over(measure)
    every = nodes["node"].nunique() * (len(instance.periods) + 1) * (len(instance.products) + 1)
    assert len(rollup) == every
    columns = ["ask", "target", "gap", "street", "floor", "stretch"]
    found = rollup[WHERE].join(numbers(rollup, columns)).set_index(WHERE).sort_index()
    is_cell = rollup["region"].isin(set(nodes["region"]))
    is_cell &= (rollup["period"] != "*") & (rollup["product"] != "*")
    sums = margins(rollup[is_cell], nodes, ["ask", "target", "gap"]).reindex(found.index)
    assert (found[["ask", "target", "gap"]] == sums).all(axis=None)
    assert (found["ask"] == found["target"] + found["gap"]).all()
    own = margins(targets, nodes, ["target", "floor", "stretch"])
    own = own.reindex(found.index, fill_value=0)
    assert (found["street"] == own["target"]).all()
    assert (found[["floor", "stretch"]] == own[["floor", "stretch"]]).all(axis=None)
    assert (found["target"] <= found["street"]).all()
    assert (found["floor"] <= found["street"]).all()
    assert (found["street"] <= found["stretch"]).all()
    over = measure.scenario.settings.buffers.over_assignment_rep
    whole = found.xs("*", level="product")
    assert (whole["street"] <= whole["target"] * (1 + over) + 1e-9).all()


def check_teams(targets: pd.DataFrame, teams: pd.DataFrame) -> None:
    """Compare the rows by team with sums over the targets."""
    if teams.empty:
        assert (targets["team"] == "").all()
        return
    where = ["period", "team", "product"]
    home = targets[["team", "region"]].drop_duplicates()
    swapped = targets.assign(region=targets["team"])
    alone = pd.DataFrame({"region": home["team"], "node": home["team"]})
    sums = margins(swapped, alone, ["target", "floor", "stretch"])
    sums.index = sums.index.set_names({"region": "team"})
    found = teams[where].join(numbers(teams, ["street", "floor", "stretch"])).set_index(where)
    sums = sums.reorder_levels(where).reindex(found.index, fill_value=0)
    assert (found.to_numpy() == sums.to_numpy()).all()
    regions = dict(zip(home["team"], home["region"], strict=True))
    assert (teams["team"].map(regions) == teams["region"]).all()


@pytest.mark.parametrize("name", PLANNED)
def test_passes_its_verification(name: str, planned: Planner) -> None:
    _, folder = planned(name)
    verification = verify_run(folder)
    assert verification.checks > 0
    assert verification.failures == ()
    assert verification.ok


@pytest.mark.parametrize(
    ("name", "solver"),
    [
        pytest.param(name, solver, marks=pytest.mark.slow if name == "annual" else ())
        for name in PLANNED
        for solver in ("HiGHS", "CBC")
        if (name, solver) != ("annual", "CBC")  # the slowest by far
    ],
)
def test_joint_model_agrees(name: str, solver: str, planned: Planner) -> None:
    pooled, _ = planned(name)
    joint = plan(SCENARIOS / name, method="joint", solver=solver)
    assert (joint.status, joint.exit_code) == (pooled.status, pooled.exit_code)
    for one, other in zip(joint.measures, pooled.measures, strict=True):
        for key in ("goal", "placed", "gap", "over_assignment_short"):
            assert one.summary[key] == other.summary[key], key
        goal = one.instance.goal
        for exact in ("placed", "rep_total"):
            sums = [np.sum(getattr(item.allocation, exact)) for item in (one, other)]
            assert abs(sums[0] - sums[1]) <= 1e-6 * goal, exact
        scale = max(other.allocation.bound, 1e-6 * goal)
        assert abs(one.allocation.objective - other.allocation.objective) <= CERTIFIED * scale
        for column in ("ask", "target", "gap"):
            assert total(one, column) == total(other, column), column
        if one.scenario.settings.buffers.over_assignment_rep == 0:
            assert one.summary["street"] == other.summary["street"]


def total(measure: MeasurePlan, column: str) -> float:
    """Return a column of the rollup for the whole company."""
    rows = measure.rollup
    is_company = (rows[["period", "region", "product", "team"]] == "*").all(axis=1)
    return float(rows.loc[is_company, column].iloc[0])


def test_the_contradiction_is_explained(tmp_path: Path) -> None:
    figures = expected("contradiction")
    folder = tmp_path / "run"
    with pytest.raises(ContradictionError) as caught:
        plan(SCENARIOS / "contradiction", folder)
    assert caught.value.exit_code == figures["exit_code"]
    assert not folder.exists()
    assert figures["region"] in str(caught.value)
    amounts = [change.amount for change in caught.value.changes]
    assert sum(amounts) == pytest.approx(figures["amount"], abs=1e-6)


def test_the_contradiction_goes_away_as_advised(tmp_path: Path) -> None:
    for number, (low, band) in enumerate([(60, 0.14), (51, 0.12)]):
        world = tmp_path / f"world-{number}"
        world.mkdir()
        for path in (SCENARIOS / "contradiction").iterdir():
            (world / path.name).write_bytes(path.read_bytes())
        people = pd.read_csv(world / "people.csv")
        people.loc[people["min"].notna(), "min"] = low
        people.to_csv(world / "people.csv", index=False)
        regions = pd.read_csv(world / "regions.csv")
        regions.loc[regions["region"] == "North", "max_share"] = band
        regions.to_csv(world / "regions.csv", index=False)
        assert plan(world).exit_code == 0


def test_annual_tables_are_what_their_script_writes(tmp_path: Path) -> None:
    make_annual.make(tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["history.csv", "people.csv", "potential.csv", "regions.csv"]
    for name in written:
        assert (tmp_path / name).read_bytes() == (SCENARIOS / "annual" / name).read_bytes(), name


def test_annual_is_as_large_as_it_says(planned: Planner) -> None:
    result, _ = planned("annual")
    instance = result.main.instance
    assert instance.reps is not None
    assert len(instance.reps.names) == 120
    assert (len(instance.periods), len(instance.products)) == (4, 4)
    assert len(instance.leaves) >= 10
    people = result.main.scenario.table("people")
    assert people is not None
    assert people["start"].notna().sum() >= 20


def test_contradictions_of_different_kinds_are_told_together(tmp_path: Path) -> None:
    world = write_world(
        tmp_path / "world",
        {"periods": ["2024Q1"], "goal": 1000, "buffers": {"capacity": 0.1}},
        people=[
            {"rep": "A", "region": "N", "capacity": 100, "min": 95},
            {"rep": "B", "region": "N"},
            {"rep": "C", "region": "S", "capacity": 300},
        ],
        regions=[{"region": "N", "share": 0.6}, {"region": "S", "share": 0.4}],
        locks=[{"region": "S", "amount": 350}],
    )
    with pytest.raises(ContradictionError) as told:
        plan(world)
    amounts = {(change.kind, change.rep): change.amount for change in told.value.changes}
    assert amounts == {("min", "A"): pytest.approx(5), ("lock", "*"): pytest.approx(80)}


def test_a_plan_that_is_not_held_is_still_told(planned: Planner) -> None:
    held, _ = planned("company-a")
    let_go = plan(SCENARIOS / "company-a", hold=False)
    assert let_go.measures == ()
    (report,) = let_go.reports
    assert report.summary == held.main.summary
    assert report.shortage == held.main.shortage() != ""
    pd.testing.assert_frame_equal(report.gaps, held.main.gaps)
    pd.testing.assert_frame_equal(report.rollup, held.main.rollup)
