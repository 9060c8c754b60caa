"""Runs side by side: differences that add up, inputs that differ, text that lines up."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from worlds import SCENARIOS, company_a, company_a_people, one_each, write_world

from optimizer.compare.comparison import TABLES, Comparison, compare_runs
from optimizer.compare.text import render_comparison
from optimizer.compare.write import write_comparison
from optimizer.errors import InputError
from optimizer.pipeline import plan
from optimizer.results.text_table import width

Edit = Callable[[str], str]


def scenario(folder: Path, name: str, **edits: Edit) -> Path:
    """Copy a bundled scenario; edits go by file name without its ending."""
    shutil.copytree(SCENARIOS / name, folder)
    for stem, edit in edits.items():
        path = folder / ("scenario.toml" if stem == "scenario" else f"{stem}.csv")
        text = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        path.write_text(edit(text), encoding="utf-8")
    return folder


def turned(text: str) -> str:
    """Return a table with its rows in the opposite order."""
    head, *rows = text.splitlines()
    return "\n".join([head, *reversed(rows)]) + "\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Plan the annual scenario as it is, with changed inputs, and with its rows turned round."""
    home = tmp_path_factory.mktemp("runs")
    edits: dict[str, dict[str, Edit]] = {
        "base": {},
        "more": {
            "scenario": lambda text: text.replace("target = 40500", "target = 44550"),
            "potential": lambda text: text.replace("4624", "5200"),
            "locks": lambda text: text + "2024Q3,南京,,600,me,promised,2024-12-31\n",
        },
        "turned": dict.fromkeys(("people", "history", "potential", "locks", "regions"), turned),
    }
    for name, edit in edits.items():
        plan(scenario(home / "scenarios" / name, "annual", **edit), home / name)
    return {name: home / name for name in edits}


@pytest.fixture(scope="module")
def changed(runs: dict[str, Path]) -> Comparison:
    return compare_runs([runs["base"], runs["more"]])


# ---------------------------------------------------------------- differences


def leaves(run: Path, table: pd.DataFrame) -> pd.DataFrame:
    regions = pd.read_csv(run / "scenario" / "regions.csv")
    return table[~table["region"].isin(regions["parent"])]


def test_differences_add_up_to_those_of_the_totals(
    runs: dict[str, Path], changed: Comparison
) -> None:
    totals = changed.totals.set_index("run")
    placed, street = (
        totals.loc["more", ["placed", "street"]] - totals.loc["base", ["placed", "street"]]
    )
    assert placed == 4050
    by_region = leaves(runs["base"], changed.regions)["difference more"].sum()
    assert by_region == changed.products["difference more"].sum() == placed
    assert changed.periods["difference more"].sum() == placed
    assert changed.reps["difference more"].sum() == street
    assert changed.cells["difference more"].sum() == street
    top = changed.regions[changed.regions["level"] == 1]
    assert top["difference more"].sum() == placed


def test_gaps_add_up_too(tmp_path: Path) -> None:
    for name, goal in (("a", 1400), ("b", 1540)):
        plan(company_a(tmp_path / f"s-{name}", company_a_people(), goal=goal), tmp_path / name)
    found = compare_runs([tmp_path / "a", tmp_path / "b"])
    for table in (found.regions, found.products, found.periods):
        assert table["gap a"].sum() == 410
        assert table["gap b"].sum() == 550
        assert (table["difference b"] == 0).all()
    assert list(found.regions["region"]) == ["East", "South", "North", "West", "Overseas"]
    assert "regions: 5 of 5 differ" in render_comparison(found)


def test_largest_differences_come_first_and_equals_go_by_name(changed: Comparison) -> None:
    for table, label in ((changed.regions, "region"), (changed.reps, "rep")):
        size = -table["difference more"].abs()
        order = sorted(zip(size, table[label], strict=True))
        assert [name for _, name in order] == list(table[label])
    expected = changed.reps["difference more"] / changed.reps["target base"]
    assert changed.reps["change more"].to_list() == pytest.approx(expected.to_list())
    assert (changed.cells["difference more"] != 0).all()


def test_a_run_is_no_different_from_itself(runs: dict[str, Path]) -> None:
    found = compare_runs([runs["base"], runs["base"]])
    assert len(set(found.runs)) == 2
    for table in (found.inputs, found.cells, found.limits):
        assert table.empty
    for table in (found.regions, found.products, found.periods, found.reps):
        assert (table[f"difference {found.runs[1]}"] == 0).all()
    text = render_comparison(found)
    assert text.count("no difference") == 5
    assert found.notes == ()


def test_the_order_of_input_rows_is_no_difference(runs: dict[str, Path]) -> None:
    found = compare_runs([runs["base"], runs["turned"]])
    assert found.inputs.empty
    assert found.cells.empty


def test_regions_know_their_level(changed: Comparison) -> None:
    level = changed.regions.set_index("region")["level"]
    assert (level["华东"], level["上海"], level["浦东"]) == (1, 2, 3)


def test_more_than_two_runs_are_held_against_the_first(runs: dict[str, Path]) -> None:
    found = compare_runs([runs["more"], runs["base"], runs["turned"]])
    assert found.runs == ("more", "base", "turned")
    assert (found.regions["difference base"] == found.regions["difference turned"]).all()
    assert set(found.inputs["run"]) == {"base", "turned"}
    assert "inputs of turned that differ" in render_comparison(found)


def test_people_of_one_run_only_are_blank_in_the_other(tmp_path: Path) -> None:
    plan(company_a(tmp_path / "s1", company_a_people()), tmp_path / "reps")
    plan(company_a(tmp_path / "s2", one_each(["East"]) + company_a_people()[3:]), tmp_path / "one")
    found = compare_runs([tmp_path / "reps", tmp_path / "one"]).reps.set_index("rep")
    assert pd.isna(found.loc["S1", "target one"])
    assert found.loc["S1", "difference one"] == -150
    assert found.loc["S1", "change one"] == -1
    assert pd.isna(found.loc["Rep East", "target reps"])
    assert pd.isna(found.loc["Rep East", "change one"])
    assert found.loc["Rep East", "difference one"] == found.loc["Rep East", "target one"] > 0


def test_a_regional_plan_is_compared_without_reps(tmp_path: Path) -> None:
    for name, goal in (("a", 1200), ("b", 1320)):
        plan(company_a(tmp_path / f"s-{name}", [], goal=goal), tmp_path / name)
    found = compare_runs([tmp_path / "a", tmp_path / "b"])
    assert found.reps.empty
    assert found.cells["difference b"].sum() == 120
    assert set(found.cells["rep"]) == {""}
    assert "\nreps" not in render_comparison(found)


def test_parquet_and_csv_are_the_same(runs: dict[str, Path], tmp_path: Path) -> None:
    plan(SCENARIOS / "annual", tmp_path / "parquet", table_format="parquet")
    found = compare_runs([runs["base"], tmp_path / "parquet"])
    assert found.cells.empty
    assert found.inputs.empty


# ---------------------------------------------------------------- periods, measures, units


def test_other_periods_units_and_measures_are_said(tmp_path: Path) -> None:
    plan(SCENARIOS / "customers", tmp_path / "two")
    settings = {"name": "x", "periods": ["2024Q1"], "goal": 1500, "unit": "kEUR"}
    plan(write_world(tmp_path / "s", settings, people=one_each(["East"])), tmp_path / "one")
    found = compare_runs([tmp_path / "two", tmp_path / "one"])
    notes = " ".join(found.notes)
    assert "the measure customers is in two only" in notes
    assert "amount is counted in 10k CNY in two and in kEUR in one" in notes
    assert "two plans 2023Q3, one 2024Q1" in notes
    assert found.measures == ("amount", "customers")
    periods = found.periods
    assert list(periods["measure"]) == ["amount", "amount", "customers"]
    assert list(periods["difference one"]) == [1500, -1400, -20]
    assert list(found.totals["measure"]) == ["amount", "amount", "customers"]
    text = render_comparison(found)
    assert "customers, totals (customers)" in text
    assert "note: " in text


def test_a_single_measure_needs_no_column(changed: Comparison) -> None:
    for name in TABLES:
        assert "measure" not in getattr(changed, name)


# ---------------------------------------------------------------- inputs


def test_inputs_that_differ_are_said_in_words(changed: Comparison) -> None:
    assert list(changed.inputs["text"]) == [
        "scenario.toml: goal.target 40500 → 44550",
        "potential, product Consulting: potential 4624 → 5200",
        "locks, period 2024Q3, region 南京: added "
        "(amount 600, owner me, reason promised, expires 2024-12-31)",
    ]
    assert list(changed.inputs["base"]) == ["40500", "4624", ""]


def differences(tmp_path: Path, name: str, **edits: Edit) -> list[str]:
    plan(scenario(tmp_path / "s1", name), tmp_path / "a")
    plan(scenario(tmp_path / "s2", name, **edits), tmp_path / "b")
    return list(compare_runs([tmp_path / "a", tmp_path / "b"]).inputs["text"])


def test_rows_are_matched_by_what_names_them(tmp_path: Path) -> None:
    found = differences(
        tmp_path,
        "company-a",
        people=lambda text: (
            text.replace("S1,East,senior,150", "S1,East,senior,150.5")
            .replace("S2,East,senior,150,", "S2,East,senior,,")
            .replace("N3,Overseas,newcomer,80,60\n", "N4,Overseas,newcomer,80,60\n")
        ),
        scenario=lambda text: text.replace("red_below = 0.8", ""),
    )
    assert found == [
        "scenario.toml: pacing.red_below 0.8 → not given",
        "people, rep N3: removed (region Overseas, role newcomer, capacity 80, min 60)",
        "people, rep N4: added (region Overseas, role newcomer, capacity 80, min 60)",
        "people, rep S1: capacity 150 → 150.5",
        "people, rep S2: capacity 150 → blank",
    ]


def test_order_lines_are_added_up(tmp_path: Path) -> None:
    def split(text: str) -> str:
        head, first, second, *rest = text.splitlines()
        labels, _, amount = first.rpartition(",")
        parts = [f"{labels},{float(amount) - 1}", f"{labels},1"]
        more, _, other = second.rpartition(",")
        return "\n".join([head, *parts, f"{more},{float(other) + 2:g}", *rest]) + "\n"

    found = differences(tmp_path, "east-china", history=split)
    assert len(found) == 1
    assert found[0].startswith("history, ")


def test_a_goal_as_number_and_as_levels_is_one_goal(tmp_path: Path) -> None:
    people = one_each(["East"])
    for name, goal in (("a", 1400), ("b", {"target": 1400, "stretch": 1700})):
        world = {"name": name, "periods": ["2024Q1"], "goal": goal}
        plan(write_world(tmp_path / f"s-{name}", world, people=people), tmp_path / name)
    found = compare_runs([tmp_path / "a", tmp_path / "b"]).inputs
    assert list(found["text"]) == ["scenario.toml: goal.stretch not given → 1700"]


def test_limits_that_bind_in_one_run_only(changed: Comparison) -> None:
    limits = changed.limits
    lock = limits[(limits["kind"] == "lock") & (limits["region"] == "南京")].iloc[0]
    assert (lock["binding base"], lock["binding more"]) == ("", "true")
    assert pd.isna(lock["limit base"])
    assert lock["limit more"] == 600
    assert ((limits["binding base"] == "true") != (limits["binding more"] == "true")).all()
    of_rep = (limits["rep"] != "*").to_list()
    assert of_rep == sorted(of_rep)


# ---------------------------------------------------------------- files and text


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_files_hold_what_was_compared(
    runs: dict[str, Path], changed: Comparison, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_comparison(changed, out)
    names = {path.name for path in out.iterdir()}
    tables = {f"{name}.csv" for name in TABLES if name != "pay"}
    assert names == tables | {"compare.json", "run.json"}
    assert [row["rep"] for row in read(out / "reps.csv")] == list(changed.reps["rep"])
    content = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(changed.as_dict(), allow_nan=False))
    assert content["runs"] == ["base", "more"]
    assert content["cells_that_differ"] == len(read(out / "cells.csv")) > 0
    assert content["totals"][1]["cost_mean"] is None
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_comparison(compare_runs([runs["base"], runs["more"]]), out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_runs_are_never_written_over(runs: dict[str, Path], changed: Comparison) -> None:
    with pytest.raises(InputError, match="not empty"):
        write_comparison(changed, runs["base"])
    with pytest.raises(InputError, match="would be deleted"):
        write_comparison(changed, runs["base"], force=True)
    assert (runs["base"] / "targets.csv").is_file()


def formula_world(folder: Path, goal: int) -> Path:
    settings = {"name": "=1+1", "periods": ["2024Q1"], "goal": goal}
    reps = ("=cmd|' /C calc'!A0", "@王芳", "+plus", "plain")
    people = [{"rep": rep, "region": "-West", "name": "=x"} for rep in reps]
    return write_world(folder, settings, people=people)


def test_names_that_look_like_formulas_are_harmless(tmp_path: Path) -> None:
    for name, goal in (("=a", 100), ("b", 140)):
        plan(formula_world(tmp_path / f"s{goal}", goal), tmp_path / name)
    found = compare_runs([tmp_path / "=a", tmp_path / "b"])
    assert found.runs == ("=a", "b")
    assert "=cmd|' /C calc'!A0" in set(found.reps["rep"])
    assert found.inputs["text"].to_list() == ["scenario.toml: goal.target 100 → 140"]
    write_comparison(found, tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        for row in read(path):
            for name, text in row.items():
                is_number = text.lstrip("-").replace(".", "").isdigit()
                assert is_number or not text.startswith(("=", "+", "-", "@")), (path, name)


def columns_of(block: str) -> set[int]:
    return {width(line) for line in block.splitlines()[1:] if not line.startswith("  …")}


def test_columns_line_up_whatever_the_script(changed: Comparison) -> None:
    blocks = {
        part.split(":")[0].split(" ")[0]: part for part in render_comparison(changed).split("\n\n")
    }
    for name in ("regions", "products", "periods", "reps"):
        assert len(columns_of(blocks[name])) == 1, blocks[name]
    assert "华东" in blocks["regions"]


def test_the_text_tells_what_changed_before_what_came_of_it(changed: Comparison) -> None:
    text = render_comparison(changed, top=3)
    order = ["more against base", "totals (10k CNY)", "inputs that differ", "regions:", "reps:"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "goal" in text
    assert "+4,050" in text
    assert "+10.0 %" in text
    assert "more in regions.csv" in text


def test_long_names_of_runs_are_numbered(runs: dict[str, Path], tmp_path: Path) -> None:
    long = tmp_path / "the plan that the board will see in December"
    shutil.copytree(runs["more"], long)
    text = render_comparison(compare_runs([runs["base"], long]))
    assert text.startswith("Runs compared:\n  base   base\n  run 2  the plan that the board")
    assert text.count(long.name) == 1


def test_cost_is_shown_where_a_run_has_been_stressed(runs: dict[str, Path], tmp_path: Path) -> None:
    stressed = tmp_path / "stressed"
    shutil.copytree(runs["base"], stressed)
    (stressed / "stress").mkdir()
    costs = {"cost": {"mean": {"value": 512.5}, "p95": {"value": 700}}}
    (stressed / "stress" / "stress.json").write_text(json.dumps(costs), encoding="utf-8")
    (stressed / "stress" / "stress_by.csv").write_text("dimension,name,mean\n", encoding="utf-8")
    found = compare_runs([stressed, runs["more"]])
    totals = found.totals.set_index("run")
    assert totals.loc["stressed", "cost_mean"] == 512.5
    assert pd.isna(totals.loc["more", "cost_p95"])
    assert "cost, mean" in render_comparison(found)
    assert "cost, mean" not in render_comparison(compare_runs([runs["base"], runs["more"]]))


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("count", [0, 1])
def test_one_run_is_not_enough(runs: dict[str, Path], count: int) -> None:
    with pytest.raises(InputError, match="two or more run folders"):
        compare_runs([runs["base"]][:count])


def damaged(run: Path, folder: Path, name: str, content: str | None) -> Path:
    shutil.copytree(run, folder)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.json", None, "no run folder, it has no run.json"),
        ("run.json", "{", r"run\.json cannot be read"),
        ("run.json", "[]", r"run\.json holds no named values"),
        ("run.json", '{"command": "compare"}', "holds a comparison"),
        ("targets.csv", None, r"targets\.csv is missing"),
        ("targets.csv", "period,region\n", r"targets\.csv lacks the column team"),
        ("rollup.csv", "", r"rollup\.csv cannot be read"),
        ("limits.csv", None, r"limits\.csv is missing"),
        ("fairness.json", None, r"fairness\.json is missing"),
        ("scenario/scenario.toml", None, r"scenario\.toml is missing"),
        ("scenario/scenario.toml", "= 3", r"scenario\.toml cannot be read"),
    ],
)
def test_what_is_no_whole_run_is_said(
    runs: dict[str, Path], tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    broken = damaged(runs["base"], tmp_path / "broken", name, content)
    with pytest.raises(InputError, match=words):
        compare_runs([runs["base"], broken])


def test_a_folder_that_is_not_there_is_said(runs: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run folder"):
        compare_runs([runs["base"], tmp_path / "nowhere"])


def test_runs_of_one_name_are_told_apart_by_their_path(
    runs: dict[str, Path], tmp_path: Path
) -> None:
    twin = tmp_path / "base"
    shutil.copytree(runs["base"], twin)
    assert compare_runs([runs["base"], twin]).runs == (runs["base"].as_posix(), twin.as_posix())
