"""The run folder and its tables: formats, safety, margins, causes, prices, fairness."""

from __future__ import annotations

import csv
import json
import re
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product as cells_of
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import shares, write_world

from optimizer.errors import DefectError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.allocation import Allocation
from optimizer.model.pooled import solve_pooled
from optimizer.pipeline import PlanResult, plan
from optimizer.problem.build import build_instance
from optimizer.results import place, run_folder
from optimizer.results.claim import EARLIER, claimed
from optimizer.results.fairness import gini
from optimizer.results.run_folder import (
    appearing_whole,
    check_out,
    decimals_of,
    digests,
    plain,
    write_json,
)
from optimizer.results.table_file import write_csv
from optimizer.results.texts import harmless, parse_json

AB = shares("region", {"A": 0.6, "B": 0.4})
BASE: dict[str, Any] = {"name": "w", "periods": ["2024Q1"], "goal": 100}


def read_csv(path: Path) -> pd.DataFrame:
    """Read a written table with every cell as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


# ---------------------------------------------------------------- numbers and texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1400, "1400"),
        (0.1, "0.1"),
        (1 / 3, "0.333333333"),
        (-2 / 3, "-0.666666667"),
        (1e-7, "0.0000001"),
        (1.5e-12, "0.0000000000015"),
        (123456789.123, "123456789"),
        (1234567890123.0, "1234567890123"),
        (1e21, "1000000000000000000000"),
        (99999.99999999, "100000"),
        (nan, ""),
        (inf, ""),
        (-inf, ""),
    ],
)
def test_numbers_are_plain(value: float, text: str) -> None:
    assert plain(value) == text


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_plain_numbers_keep_nine_digits_and_no_exponent(value: float) -> None:
    text = plain(value)
    assert re.fullmatch(r"-?\d+(\.\d*[1-9])?", text), text
    assert text != "-0"
    assert float(text) == pytest.approx(value, rel=5.1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("rounding", "decimals"),
    [(1, 0), (10, 0), (250, 0), (0.5, 1), (0.25, 2), (0.01, 2), (1.5, 1), (0, 6), (1e-05, 5)],
)
def test_decimals_are_those_that_multiples_need(rounding: float, decimals: int) -> None:
    assert decimals_of(rounding) == decimals
    assert decimals_of(float(rounding)) == decimals


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@sum", "\tx", "=", "-"])
def test_formulas_are_made_harmless(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=b", "华东", "O'Hare", "1-2", " =x", "*"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A;=cmd|calc!A1", "A;'=cmd|calc!A1"),
        ('=A 1; "=B', "'=A 1; \"'=B"),
        ("A;-SUM(B1)", "A;'-SUM(B1)"),
        ("a\tb\n@c", "a\tb\n'@c"),
        ("a\x1b[31m\u202eb\r", r"a\x1b[31m\u202eb\x0d"),
        ("a\udcff", r"a\udcff"),
    ],
)
def test_texts_of_others_are_made_harmless_within(text: str, written: str) -> None:
    assert harmless(text) == written
    assert harmless(written) == written


@pytest.mark.parametrize("text", ["A; B", "one; -5 and +3", "a\n- b\n- c", "江; 河", "(a; b) = c"])
def test_lists_and_notes_are_written_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'["\uDBFFx"]', r'{"\udc00": 1}', "{"])
def test_json_of_half_characters_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_of_whole_characters_is_read() -> None:
    assert parse_json(r'["\ud83d\ude00", "\\ud800"]') == ["\U0001f600", r"\ud800"]


def test_tables_are_written_byte_for_byte(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "measure": ["amount", "customers"],
            "rep": ["=cmd", 'a "b", c'],
            "target": [1200.0, 3.0],
            "gap": [-0.0, nan],
            "slack": [1 / 3, -0.0],
            "binding": [True, False],
        }
    )
    write_csv(table, tmp_path / "t.csv", {"amount": 2, "customers": 0})
    assert (tmp_path / "t.csv").read_bytes() == (
        b"measure,rep,target,gap,slack,binding\n"
        b"amount,'=cmd,1200.00,0.00,0.333333333,true\n"
        b'customers,"a ""b"", c",3,,0,false\n'
    )


def test_a_column_without_a_number_is_blank(tmp_path: Path) -> None:
    table = pd.DataFrame({"potential": [None, None], "x_note": ["a", "b"]}, dtype=object)
    write_csv(table, tmp_path / "t.csv", {"": 0})
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "potential,x_note\n,a\n,b\n"


def test_json_takes_numpy_numbers_and_nothing_odd(tmp_path: Path) -> None:
    write_json({"a": np.int64(3), "b": np.float64(0.5), "c": "华东"}, tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert "华东" in text
    assert json.loads(text) == {"a": 3, "b": 0.5, "c": "华东"}
    with pytest.raises(TypeError):
        write_json({"a": object()}, tmp_path / "b.json")


# ---------------------------------------------------------------- the folder


def run_like(folder: Path, command: str = "plan") -> Path:
    """Make a folder that looks like an earlier run."""
    folder.mkdir(parents=True)
    (folder / "old.csv").write_text("old", encoding="utf-8")
    (folder / "scenario").mkdir()
    (folder / "scenario" / "scenario.toml").write_text("goal = 1", encoding="utf-8")
    record = {"command": command, "outputs": digests(folder)}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_only_empty_folders_and_earlier_runs_may_be_written_over(tmp_path: Path) -> None:
    check_out(tmp_path / "new", "plan", force=False)
    (tmp_path / "empty").mkdir()
    check_out(tmp_path / "empty", "plan", force=False)
    check_out(run_like(tmp_path / "run"), "plan", force=False)
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine", encoding="utf-8")
    broken = run_like(tmp_path / "broken")
    (broken / "run.json").write_text("[1, 2", encoding="utf-8")
    listed = run_like(tmp_path / "listed")
    (listed / "run.json").write_text("[1, 2]", encoding="utf-8")
    file = full / "letter.txt"
    for refused in (full, run_like(tmp_path / "pay", "pay"), broken, listed, file):
        with pytest.raises(InputError, match="--out"):
            check_out(refused, "plan", force=False)
        check_out(refused, "plan", force=True)


@pytest.mark.parametrize(
    "added", [["notes.txt"], ["pace/pacing.csv"], ["scenario/locks.csv", "report/plan.xlsx"]]
)
def test_what_was_added_to_an_earlier_run_is_named_and_kept(
    tmp_path: Path, added: list[str]
) -> None:
    out = run_like(tmp_path / "run")
    for name in added:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("mine", encoding="utf-8")
    names = [name if name.startswith(("notes", "scenario")) else f"{name.split('/')[0]}/"
             for name in added]  # fmt: skip
    with pytest.raises(InputError, match=", ".join(sorted(names)) + r"\. .*--force"):
        check_out(out, "plan", force=False)
    check_out(out, "plan", force=True)
    assert all((out / name).read_text(encoding="utf-8") == "mine" for name in added)


def test_of_many_additions_to_a_run_the_first_are_named(tmp_path: Path) -> None:
    out = run_like(tmp_path / "run")
    for number in range(8):
        (out / f"note{number}").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="note0, note1, note2, note3, note4 and 3 more"):
        check_out(out, "plan", force=False)


def test_a_file_of_the_desktop_is_no_addition(tmp_path: Path) -> None:
    out = run_like(tmp_path / "run")
    (out / ".DS_Store").write_bytes(b"\x00")
    check_out(out, "plan", force=False)


def test_a_record_without_outputs_makes_everything_an_addition(tmp_path: Path) -> None:
    out = run_like(tmp_path / "run")
    (out / "run.json").write_text('{"command": "plan"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"old\.csv, scenario/"):
        check_out(out, "plan", force=False)


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays_a_link(tmp_path: Path, there: bool) -> None:
    place, link = tmp_path / "disk" / "run", tmp_path / "run"
    if there:
        run_like(place)
    link.symlink_to(place, target_is_directory=True)
    check_out(link, "plan", force=False)
    with appearing_whole(link) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
    assert link.is_symlink()
    assert contents(place) == ["a.csv"]
    assert contents(tmp_path / "disk") == ["run", "run/a.csv"]


def test_a_link_to_something_else_is_refused_as_that(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "run").symlink_to(tmp_path / "full", target_is_directory=True)
    with pytest.raises(InputError, match="not empty"):
        check_out(tmp_path / "run", "plan", force=False)


def test_links_in_a_circle_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(InputError, match="--out"), appearing_whole(tmp_path / "one"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.parametrize("there", [True, False])
def test_an_interrupt_while_writing_leaves_what_was_there(tmp_path: Path, there: bool) -> None:
    out = tmp_path / "run"
    if there:
        run_like(out)
    before = contents(tmp_path)
    with pytest.raises(KeyboardInterrupt) as stop, appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
        raise KeyboardInterrupt
    assert stop.value.args == ()
    assert contents(tmp_path) == before


def test_an_interrupt_while_a_run_is_put_in_place_waits_until_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run_like(tmp_path / "run")
    put = run_folder.put_in_place

    def disturbed(draft: Path, place: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        put(draft, place)

    monkeypatch.setattr(run_folder, "put_in_place", disturbed)
    with pytest.raises(KeyboardInterrupt, match="run is whole"), appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
    assert contents(tmp_path) == ["run", "run/a.csv"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def contents(folder: Path) -> list[str]:
    """Return all that lies below a folder, hidden files included."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_run_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    with appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
        assert not out.exists()
    assert contents(tmp_path) == ["deep", "deep/run", "deep/run/a.csv"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), appearing_whole(tmp_path / "run") as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
        raise KeyboardInterrupt
    assert contents(tmp_path) == []


def test_a_failure_does_not_damage_an_earlier_run(tmp_path: Path) -> None:
    out = run_like(tmp_path / "run")
    before, files = digests(out), contents(tmp_path)
    with pytest.raises(RuntimeError), appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
        raise RuntimeError
    assert digests(out) == before
    assert contents(tmp_path) == files


def test_a_move_that_fails_puts_the_earlier_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run_like(tmp_path / "run")
    files = contents(tmp_path)
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if Path(target) == out and path.name != EARLIER:
            raise PermissionError(13, "in use")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    monkeypatch.setattr(place, "_exchanged", lambda one, other: False)
    with pytest.raises(InputError, match="in use"), appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
    assert contents(tmp_path) == files


def test_a_run_that_could_not_be_put_back_is_so_by_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = run_like(tmp_path / "run")
    files = contents(tmp_path)
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if Path(target) == out:
            raise PermissionError(13, "in use")
        return rename(path, target)

    monkeypatch.setattr(place, "_exchanged", lambda one, other: False)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        with pytest.raises(InputError, match="in use"), appearing_whole(out) as draft:
            (draft / "a.csv").write_text("1", encoding="utf-8")
    assert not out.exists()
    (tmp_path / ".run.quotaplan-0123456789abcdef").mkdir()
    with claimed(out):
        assert contents(out) == [name.removeprefix("run/") for name in files if "/" in name]
    assert contents(tmp_path) == files


def test_a_new_run_replaces_the_earlier_one_wholly(tmp_path: Path) -> None:
    out = run_like(tmp_path / "run")
    with appearing_whole(out) as draft:
        (draft / "a.csv").write_text("1", encoding="utf-8")
    assert contents(tmp_path) == ["run", "run/a.csv"]


def test_without_a_folder_the_draft_is_thrown_away() -> None:
    with appearing_whole(None) as draft:
        kept = draft
        assert draft.is_dir()
    assert not kept.exists()


def test_a_plan_that_fails_its_verification_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = write_world(tmp_path / "world", BASE, regions=AB)
    out = run_like(tmp_path / "run")
    before = digests(out)
    verdict = SimpleNamespace(checks=7, failures=(SimpleNamespace(text="the sums are off"),))
    monkeypatch.setattr("optimizer.verify.verify.verify_run", lambda draft: verdict)
    with pytest.raises(DefectError, match="the sums are off"):
        plan(world, out)
    assert digests(out) == before
    with pytest.raises(DefectError):
        plan(world, tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "world"]


# ---------------------------------------------------------------- margins


def tree_world(folder: Path, potential: float) -> Path:
    """Write a world with a tree, teams, two half-years and two products."""
    regions = [
        {"region": "Land", "share": 0.9},
        {"region": "Sea", "share": 0.1},
        {"region": "N", "parent": "Land", "share": 0.3},
        {"region": "S", "parent": "Land", "share": 0.7},
    ]
    people = [
        {"rep": "n1", "region": "N", "team": "tn", "capacity": 150, "x_grade": "=9"},
        {"rep": "n2", "region": "N", "team": "tn", "products": "p"},
        {"rep": "s1", "region": "S", "team": "ts1", "capacity": 180, "x_grade": "B"},
        {"rep": "s2", "region": "S", "team": "ts2", "capacity": 200},
        {"rep": "s3", "region": "S", "capacity": 120.5},
        {"rep": "o1", "region": "Sea", "capacity": 60},
    ]
    potentials = [
        {"region": "Land", "product": "p", "potential": potential},
        {"period": "2024H1", "region": "Sea", "product": "p", "potential": 30},
        {"period": "2024H2", "region": "Sea", "product": "p", "potential": 25},
    ]
    keys = {
        "name": "tree",
        "periods": ["2024H1", "2024H2"],
        "goal": 1000,
        "buffers": {"capacity": 0.05, "potential": 0.1, "over_assignment": {"rep": 0.02}},
        "tolerance": {"region": 0.05},
    }
    products = [{"product": "p", "share": 0.45}, {"product": "q", "share": 0.55}]
    return write_world(
        folder, keys, regions=regions, people=people, potential=potentials, products=products
    )


@pytest.fixture(scope="module")
def tree_run(tmp_path_factory: pytest.TempPathFactory) -> PlanResult:
    """Return a plan over the tree."""
    folder = tmp_path_factory.mktemp("tree")
    return plan(tree_world(folder / "world", 500), folder / "run")


@pytest.fixture(scope="module")
def rollup(tree_run: PlanResult) -> pd.DataFrame:
    """Return the roll-up as written, numbers read."""
    assert tree_run.out is not None
    table = pd.read_csv(tree_run.out / "rollup.csv", keep_default_na=False, na_values=[""])
    return table


def below(region: str) -> list[str]:
    """Return the leaves of a node of the tree."""
    return {"*": ["N", "S", "Sea"], "Land": ["N", "S"]}.get(region, [region])


def test_the_roll_up_has_every_combination_of_margins(rollup: pd.DataFrame) -> None:
    plain_rows = rollup[rollup["team"] == "*"]
    keys = set(plain_rows[["period", "region", "product"]].itertuples(index=False, name=None))
    nodes = ("*", "Land", "N", "S", "Sea")
    assert keys == set(cells_of(("2024H1", "2024H2", "*"), nodes, ("p", "q", "*")))
    assert len(keys) == len(plain_rows)
    teams = rollup[rollup["team"] != "*"]
    assert set(teams[["region", "team"]].itertuples(index=False, name=None)) == {
        ("N", "tn"), ("S", "ts1"), ("S", "ts2"),
    }  # fmt: skip
    assert len(teams) == 3 * 3 * 3


def chosen(table: pd.DataFrame, row: Any) -> pd.Series:
    """Return which rows of a table of cells lie in the slice of a roll-up row."""
    inside = table["region"].isin(below(row.region))
    if row.period != "*":
        inside &= table["period"] == row.period
    if row.product != "*":
        inside &= table["product"] == row.product
    if "team" in table and row.team != "*":
        inside &= table["team"] == row.team
    return inside


def test_sums_of_rep_cells_agree_with_pandas(tree_run: PlanResult, rollup: pd.DataFrame) -> None:
    assert tree_run.out is not None
    targets = pd.read_csv(tree_run.out / "targets.csv", keep_default_na=False)
    for row in rollup.itertuples():
        inside = chosen(targets, row)
        for column, source in (("street", "target"), ("floor", "floor"), ("stretch", "stretch")):
            assert getattr(row, column) == targets.loc[inside, source].sum(), (row, column)
        if row.team != "*":
            expected = targets.loc[inside, "reference"].sum()
            assert row.reference == pytest.approx(expected, rel=1e-7, abs=1e-7)


def test_sums_of_regional_cells_agree_with_pandas(rollup: pd.DataFrame) -> None:
    cells = rollup[
        (rollup["team"] == "*")
        & (rollup["period"] != "*")
        & (rollup["product"] != "*")
        & rollup["region"].isin(["N", "S", "Sea"])
    ].drop(columns="team")
    for row in rollup[rollup["team"] == "*"].itertuples():
        inside = cells[chosen(cells, row)]
        for column in ("ask", "target", "gap"):
            assert getattr(row, column) == inside[column].sum(), (row, column)
        assert row.reference == pytest.approx(inside["reference"].sum(), rel=1e-7)
    teams = rollup[rollup["team"] != "*"]
    assert teams[["ask", "target", "gap", "potential", "capacity"]].isna().all(axis=None)


def figure(rollup: pd.DataFrame, column: str, period: str, region: str, product: str) -> float:
    """Return one figure of the roll-up."""
    rows = rollup[
        (rollup["team"] == "*")
        & (rollup["period"] == period)
        & (rollup["region"] == region)
        & (rollup["product"] == product)
    ]
    return float(rows[column].iloc[0])


def test_capacities_are_usable_ones_where_all_are_known(rollup: pd.DataFrame) -> None:
    # 95 %, rounded down: 142, 171, 190, 114, 57; n2 has none
    assert figure(rollup, "capacity", "2024H1", "S", "*") == 171 + 190 + 114
    assert figure(rollup, "capacity", "*", "S", "*") == 2 * (171 + 190 + 114)
    assert figure(rollup, "capacity", "2024H2", "Sea", "*") == 57
    for region in ("N", "Land", "*"):
        assert np.isnan(figure(rollup, "capacity", "*", region, "*"))
    assert np.isnan(figure(rollup, "capacity", "2024H1", "S", "p"))


def test_potentials_are_usable_ones_of_the_slice_or_of_its_cells(rollup: pd.DataFrame) -> None:
    assert figure(rollup, "potential", "*", "Land", "p") == 450
    assert figure(rollup, "potential", "2024H1", "Sea", "p") == 27
    assert figure(rollup, "potential", "2024H2", "Sea", "p") == 22
    assert figure(rollup, "potential", "*", "Sea", "p") == 49
    for period, region, product in (
        ("2024H1", "Land", "p"), ("*", "Sea", "*"), ("*", "*", "p"), ("*", "N", "p"),
    ):  # fmt: skip
        assert np.isnan(figure(rollup, "potential", period, region, product))


def test_of_two_potentials_of_one_cell_the_tighter_is_shown(tmp_path: Path) -> None:
    potential = [
        {"region": "A", "potential": 30},
        {"region": "A", "period": "2024Q1", "potential": 40},
    ]
    regions = [{"region": "A"}, {"region": "B"}]
    world = write_world(tmp_path / "world", BASE, regions=regions, potential=potential)
    for rows in (potential, potential[::-1]):
        pd.DataFrame(rows).to_csv(world / "potential.csv", index=False)
        table = plan(world).main.rollup
        assert table.loc[table["region"] == "A", "potential"].tolist() == [30, 30, 30, 30]
        assert table.loc[table["region"] != "A", "potential"].isna().all()


def test_a_stretch_against_a_wide_potential_may_be_rounded_up_in_each_cell(tmp_path: Path) -> None:
    # four cells of Land, each with its street rounded up to whole units over 102 % of 450
    assert plan(tree_world(tmp_path / "world", 450)).run["stretch"]["placed"] > 0


def test_target_cells_exist_where_they_are_open_and_sold(tree_run: PlanResult) -> None:
    assert tree_run.out is not None
    targets = read_csv(tree_run.out / "targets.csv")
    cells = targets[["period", "rep", "product"]].apply(tuple, axis=1).tolist()
    reps = {"n1": "pq", "n2": "p", "s1": "pq", "s2": "pq", "s3": "pq", "o1": "pq"}
    assert set(cells) == {
        (period, rep, product)
        for period in ("2024H1", "2024H2")
        for rep, products in reps.items()
        for product in products
    }
    order = [(row.period, row.region, row.rep, row.product) for row in targets.itertuples()]
    assert order == sorted(order)
    grades = dict(zip(targets["rep"], targets["x_grade"], strict=True))
    assert grades == {"n1": "'=9", "n2": "", "s1": "B", "s2": "", "s3": "", "o1": ""}


def test_a_reps_reference_follows_the_regions_mix_over_what_is_sold(tree_run: PlanResult) -> None:
    targets, instance = tree_run.main.targets, tree_run.main.instance
    n2 = targets[(targets["rep"] == "n2") & (targets["period"] == "2024H1")]
    n1 = targets[(targets["rep"] == "n1") & (targets["period"] == "2024H1")]
    mine = float(n1["reference"].sum())
    assert float(n2["reference"].sum()) == pytest.approx(mine)
    mix = instance.reference[0, 0] / instance.reference[0, 0].sum()
    assert n1["reference"].to_numpy() == pytest.approx(mine * mix)
    assert 2 * mine == pytest.approx(1.02 * instance.reference[0, 0].sum())


def test_run_json_agrees_with_the_tables(tree_run: PlanResult, rollup: pd.DataFrame) -> None:
    assert tree_run.out is not None
    run = json.loads((tree_run.out / "run.json").read_text(encoding="utf-8"))
    total = {name: figure(rollup, name, "*", "*", "*") for name in ("ask", "target", "street")}
    assert (run["placed"], run["street"]) == (total["target"], total["street"])
    assert run["goal"] == 1000 == total["ask"]
    assert run["gap"] == 1000 - run["placed"]
    assert run["outputs"] == digests(tree_run.out)
    with (tree_run.out / "prices.csv").open(encoding="utf-8", newline="") as file:
        assert {row["step"] for row in csv.DictReader(file)} <= {"gap", "cover", "fairness"}


# ---------------------------------------------------------------- causes of gaps


Plan = Callable[..., PlanResult]


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    """Return a function that writes a world and plans it."""

    def make(keys: dict[str, Any] | None = None, **tables: Any) -> PlanResult:
        folder = tmp_path / f"world{len(list(tmp_path.iterdir()))}"
        return plan(write_world(folder, BASE | (keys or {}), **tables))

    return make


def rep(name: str, region: str, **more: Any) -> dict[str, Any]:
    """Return a row of people."""
    return {"rep": name, "region": region, **more}


PRODUCTS = shares("product", {"p": 0.5, "q": 0.5})
GAPS: dict[str, tuple[dict[str, Any], dict[tuple[str, str], tuple[float, str]]]] = {
    "nobody works there": (
        {"people": [rep("a", "A", capacity=60)], "regions": AB},
        {("B", "all"): (40, "no_rep")},
    ),
    "potential": (
        {
            "people": [rep("a", "A"), rep("b", "B")],
            "regions": AB,
            "potential": [{"region": "A", "potential": 45}, {"region": "B", "potential": 40}],
        },
        {("A", "all"): (15, "potential")},
    ),
    "capacity": (
        {"people": [rep("a", "A", capacity=45), rep("b", "B", capacity=38)], "regions": AB},
        {("A", "all"): (15, "capacity"), ("B", "all"): (2, "capacity")},
    ),
    "capacity, and bands that keep it from free hands": (
        {"people": [rep("a", "A", capacity=45), rep("b", "B")], "regions": AB},
        {("A", "all"): (15, "capacity;share_band")},
    ),
    "nobody sells it": (
        {
            "people": [
                rep("a", "A", capacity=30, products="p"), rep("b", "B", capacity=20, products="p"),
            ],
            "regions": AB,
            "products": PRODUCTS,
        },
        # nor has anybody a hand free to
        {("A", "q"): (30, "capacity;eligibility"), ("B", "q"): (20, "capacity;eligibility")},
    ),
    "a market that is closed for what a rep sells": (
        {
            "people": [rep("a", "A"), rep("b", "B", capacity=40)],
            "regions": AB,
            "products": PRODUCTS,
            "potential": [{"product": "p", "potential": 40}, {"product": "q", "potential": 50}],
        },
        {("A", "p"): (6, "potential"), ("B", "p"): (4, "potential;capacity")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GAPS)
def test_gaps_name_their_causes(planned: Plan, name: str) -> None:
    tables, expected = GAPS[name]
    result = planned(**tables)
    assert (result.status, result.exit_code) == ("gap", 3)
    gaps = result.main.gaps
    assert gaps["gap"].sum() == result.run["gap"]
    if name == "a market that is closed for what a rep sells":
        # 10 of p are missing, however they are spread over the regions
        assert gaps["gap"].sum() == 10
        assert set(gaps["product"]) == {"p"}
        assert all("potential" in cause for cause in gaps["cause"])
        return
    found = {
        (row.region, row.product): (row.gap, row.cause) for row in gaps.itertuples(index=False)
    }
    assert found == expected


def test_a_lock_alone_is_named_alone(planned: Plan) -> None:
    people = [rep("a", "A", capacity=60), rep("b", "B")]
    locks = [{"region": "B", "amount": 25}]
    result = planned(people=people, regions=AB, locks=locks)
    assert result.run["gap"] == 15
    assert result.main.gaps[["region", "gap", "cause"]].to_numpy().tolist() == [["B", 15, "lock"]]


@pytest.mark.parametrize(
    ("people", "locks", "gap"),
    [
        ([rep("a", "A"), rep("b", "B")], [{"period": "2024Q1", "amount": 90}], 10),
        ([rep("a", "A"), rep("b", "B", capacity=20)], [{"region": "A", "amount": 60}], 20),
    ],
)
def test_a_lock_may_leave_a_gap_where_there_are_no_bands(
    planned: Plan, people: list[dict[str, Any]], locks: list[dict[str, Any]], gap: float
) -> None:
    result = planned(people=people, locks=locks)
    assert (result.status, result.run["gap"]) == ("gap", gap)
    assert not any("share_band" in cause for cause in result.main.gaps["cause"])


def test_a_lock_is_among_the_causes(planned: Plan) -> None:
    people = [rep("a", "A", capacity=60), rep("b", "B")]
    result = planned(people=people, regions=AB, locks=[{"region": "B", "amount": 25}])
    assert "lock" in result.main.gaps["cause"].iloc[0].split(";")


def test_what_rounding_leaves_is_no_gap_of_the_plan(planned: Plan) -> None:
    people = [rep("a", "A", capacity=5.5), rep("b", "B", capacity=4.6)]
    regions = [{"region": "A"}, {"region": "B"}]
    result = planned({"goal": 10}, people=people, regions=regions)
    assert (result.status, result.exit_code, result.run["gap"]) == ("complete", 0, 1)
    assert result.main.gaps["gap"].tolist() == [1]
    assert result.main.gaps["cause"].tolist() == ["rounding"]
    exact = planned({"goal": 10, "rounding": 0.1}, people=people, regions=regions)
    assert (exact.run["gap"], len(exact.main.gaps)) == (0, 0)


def test_gaps_are_shared_with_over_assignment_that_is_short(planned: Plan) -> None:
    people = [rep("a", "A", capacity=45), rep("b", "B", capacity=35)]
    result = planned({"buffers": {"over_assignment": {"region": 0.1}}}, people=people, regions=AB)
    # asked 66 + 44 = 110, placed 80: 21 and 9 short, of which 20 of 30 are gap
    assert (result.run["gap"], result.run["over_assignment_short"]) == (20, 10)
    assert dict(zip(result.main.gaps["region"], result.main.gaps["gap"], strict=True)) == {
        "A": 14, "B": 6,
    }  # fmt: skip


def test_a_complete_plan_has_no_gaps(planned: Plan) -> None:
    assert planned(regions=AB).main.gaps.empty


# ---------------------------------------------------------------- fairness


def naive_gini(values: Iterable[float]) -> float:
    """Return the mean difference of all pairs over twice the mean."""
    found = list(values)
    pairs = [abs(one - other) for one in found for other in found]
    return sum(pairs) / (2 * len(found) * sum(found))


@settings(deadline=None)
@given(st.lists(st.integers(0, 100).map(float), min_size=1, max_size=12))
def test_gini_is_half_the_relative_mean_difference(values: list[float]) -> None:
    expected = naive_gini(values) if sum(values) else 0.0
    assert gini(np.array(values)) == pytest.approx(expected, abs=1e-12)


def test_fairness_figures_can_be_recomputed(planned: Plan) -> None:
    people = [
        rep("a1", "A", capacity=20), rep("a2", "A"), rep("a3", "A", min=38),
        rep("b1", "B", ability=1.2), rep("b2", "B", ability=0.8),
    ]  # fmt: skip
    history = [
        {"period": "2023Q1", "rep": name, "amount": amount}
        for name, amount in (("a1", 10), ("a2", 14), ("a3", 30), ("b1", 9), ("gone", 99))
    ]
    potential = [{"region": "A", "potential": 900}, {"region": "B", "potential": 250}]
    result = planned({"goal": 200}, people=people, regions=AB, history=history,
                     potential=potential)  # fmt: skip
    targets = result.main.targets
    sums = dict(list(targets.groupby("rep")))
    target = {name: float(rows["target"].sum()) for name, rows in sums.items()}
    multiple = {name: target[name] / float(rows["reference"].sum()) for name, rows in sums.items()}
    report = result.main.fairness
    assert report["reps"] == 5
    assert report["gini"] == pytest.approx(naive_gini(multiple.values()), abs=1e-8)
    for width in (10, 20):
        near = [abs(value - 1) <= width / 100 + 1e-9 for value in multiple.values()]
        assert report[f"within_{width}"] == pytest.approx(sum(near) / 5)
    assert report["smallest_multiple"] == pytest.approx(min(multiple.values()), abs=1e-8)
    assert report["largest_multiple"] == pytest.approx(max(multiple.values()), abs=1e-8)
    per_head = {"a1": 300, "a2": 300, "a3": 300, "b1": 125, "b2": 125}
    expected = np.corrcoef([[target[name], per_head[name]] for name in per_head], rowvar=False)
    assert report["correlation_potential"] == pytest.approx(expected[0, 1], abs=1e-8)
    past = {"a1": 10, "a2": 14, "a3": 30, "b1": 9}
    expected = np.corrcoef([[target[name], past[name]] for name in past], rowvar=False)
    assert report["correlation_history"] == pytest.approx(expected[0, 1], abs=1e-8)


def test_fairness_of_regions_and_of_figures_that_are_not_known(planned: Plan) -> None:
    report = planned(regions=AB).main.fairness
    assert report["reps"] == 2
    assert report["gini"] == pytest.approx(0, abs=1e-9)
    assert report["correlation_potential"] is None
    assert report["correlation_history"] is None


# ---------------------------------------------------------------- prices of limits


def solved(folder: Path, keys: dict[str, Any], **tables: Any) -> Allocation:
    """Return the exact plan of a world."""
    world = write_world(folder / f"solved{len(list(folder.iterdir()))}", BASE | keys, **tables)
    return solve_pooled(build_instance(load_scenarios(world).scenarios[0]))


def gap_world(**change: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a world whose gap is held by a capacity, a potential and a share band."""
    people = [
        rep("a", "A", capacity=50 + change.get("capacity", 0)), rep("b", "B"), rep("c", "C"),
        rep("d", "D", capacity=20 + change.get("ramped", 0), start="2024-01-01"),
    ]  # fmt: skip
    regions = shares("region", {"A": 0.5, "B": 0.2, "C": 0.2, "D": 0.1})
    regions[1]["max_share"] = 0.22 + change.get("share", 0) / 100
    potential = [{"region": "C", "potential": 12 + change.get("potential", 0)}]
    keys = {
        "goal": 200,
        "rounding": 0.01,
        "buffers": {"capacity": 0.1, "potential": 0.2},
        "tolerance": {"region": 0.04},
        "ramp": {"factors": [0.25, 0.5, 0.75]},
    }
    return keys, {"people": people, "regions": regions, "potential": potential}


def limit(
    result: PlanResult, kind: str, side: str, region: str = "*", owner: str | None = None
) -> Any:
    """Return one row of limits."""
    rows = result.main.limits
    rows = rows[(rows["kind"] == kind) & (rows["side"] == side) & (rows["region"] == region)]
    if owner is not None:
        rows = rows[rows["rep"] == owner]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.fixture(scope="module")
def with_gap(tmp_path_factory: pytest.TempPathFactory) -> PlanResult:
    keys, tables = gap_world()
    return plan(write_world(tmp_path_factory.mktemp("gap"), BASE | keys, **tables))


@pytest.fixture(scope="module")
def without_gap(tmp_path_factory: pytest.TempPathFactory) -> PlanResult:
    keys, tables = complete_world()
    return plan(write_world(tmp_path_factory.mktemp("complete"), BASE | keys, **tables))


@pytest.mark.parametrize(
    ("change", "kind", "side", "region", "scale"),
    [
        ("capacity", "capacity", "max", "A", 1),
        ("potential", "potential", "max", "C", 1),
        ("share", "region_share", "max", "B", 100),
        ("ramped", "capacity", "max", "D", 1),
    ],
)  # fmt: skip
def test_prices_of_a_gap_say_how_much_more_is_placed(
    tmp_path: Path,
    with_gap: PlanResult,
    change: str,
    kind: str,
    side: str,
    region: str,
    scale: float,
) -> None:
    assert with_gap.status == "gap"
    row = limit(with_gap, kind, side, region)
    assert bool(row["binding"])
    most = []
    for step in (-1.0, 1.0):
        keys, tables = gap_world(**{change: step})
        most.append(solved(tmp_path, keys, **tables).placed_most)
    rise = (most[1] - most[0]) / 2
    assert rise > 0.3
    assert row["shadow_price"] == pytest.approx(rise * scale, rel=1e-3)


def test_the_goals_price_says_how_the_gap_grows(with_gap: PlanResult) -> None:
    instance = with_gap.main.instance
    most = [solve_pooled(replace(instance, goal=200.0 + step)).placed_most for step in (-1, 1)]
    price = limit(with_gap, "goal", "equal")["shadow_price"]
    assert price == pytest.approx((most[1] - most[0]) / 2 - 1, rel=1e-3)
    assert price == pytest.approx(0.22 - 1, rel=1e-3)  # B's largest share is all that is placed


def complete_world(**change: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a world that places all, though a capacity, a potential and a lock push it."""
    people = [
        rep("a1", "A", capacity=40 + change.get("capacity", 0)), rep("a2", "A"),
        rep("b", "B"), rep("c1", "C", min=26 + change.get("min", 0)), rep("c2", "C"),
        rep("d", "D"), rep("d2", "D"),
    ]  # fmt: skip
    regions = shares("region", {"A": 0.4, "B": 0.3, "C": 0.15, "D": 0.15})
    potential = [{"region": "B", "potential": 62.5 + change.get("potential", 0)}]
    locks = [{"region": "D", "amount": 35 + change.get("lock", 0)}]
    keys = {
        "goal": 200,
        "rounding": 0.01,
        "buffers": {"capacity": 0.2, "potential": 0.2},
        "tolerance": {"region": 0.2},
    }
    return keys, {"people": people, "regions": regions, "potential": potential, "locks": locks}


@pytest.mark.parametrize(
    ("change", "kind", "side", "region", "owner", "sign"),
    [
        ("capacity", "capacity", "max", "A", "a1", -1),
        ("potential", "potential", "max", "B", None, -1),
        ("lock", "lock", "equal", "D", None, -1),
        ("min", "min", "min", "C", "c1", 1),
    ],
)
def test_prices_of_a_complete_plan_say_how_f_changes(
    tmp_path: Path,
    without_gap: PlanResult,
    change: str,
    kind: str,
    side: str,
    region: str,
    owner: str | None,
    sign: int,
) -> None:
    assert (without_gap.status, without_gap.run["gap"]) == ("complete", 0)
    row = limit(without_gap, kind, side, region, owner)
    value = []
    for step in (-0.5, 0.5):
        keys, tables = complete_world(**{change: step})
        value.append(solved(tmp_path, keys, **tables).objective)
    rise = value[1] - value[0]
    assert abs(rise) > 0.01
    assert row["shadow_price"] == pytest.approx(sign * rise, rel=1e-2)


def test_the_goals_price_says_how_f_falls(without_gap: PlanResult) -> None:
    instance = without_gap.main.instance
    reps = instance.reps
    assert reps is not None
    low, high = (
        solve_pooled(
            replace(
                instance,
                goal=200.0 * factor,
                reference=instance.reference * factor,
                reps=replace(reps, reference=reps.reference * factor),
            )
        ).objective
        for factor in (1 - 0.5 / 200, 1 + 0.5 / 200)
    )
    price = limit(without_gap, "goal", "equal")["shadow_price"]
    assert price == pytest.approx(low - high, rel=1e-2)
    assert abs(price) > 0.01


def test_limits_give_value_and_slack_of_the_plan_in_whole_units(planned: Plan) -> None:
    people = [rep("a", "A", capacity=61.7, min=20), rep("b", "B")]
    potential = [{"region": "B", "potential": 45.9}]
    regions = [{"region": "A", "share": 0.6, "min_share": 0.5}, {"region": "B", "share": 0.4}]
    result = planned(people=people, regions=regions, potential=potential)
    for kind, side, region, owner, expected in (
        ("capacity", "max", "A", "a", (61, 60, 1)),
        ("min", "min", "A", "a", (20, 60, 40)),
        ("potential", "max", "B", None, (45, 40, 5)),
        ("region_share", "min", "A", None, (50, 60, 10)),
        ("region_share", "max", "B", None, (40, 40, 0)),
        ("coverage", "min", "B", None, (40, 40, 0)),
        ("goal", "equal", "*", None, (100, 100, 0)),
    ):
        row = limit(result, kind, side, region, owner)
        assert (row["limit"], row["value"], row["slack"]) == pytest.approx(expected, abs=1e-9), kind
    assert not result.main.limits.duplicated(["kind", "side", "period", "region", "product",
                                              "rep"]).any()  # fmt: skip


def test_what_is_binding_has_a_price(tree_run: PlanResult) -> None:
    rows = tree_run.main.limits
    assert rows["binding"].any()
    assert (rows["binding"] == (rows["shadow_price"] != 0)).all()


# ---------------------------------------------------------------- several measures


def test_several_measures_share_the_tables_of_a_run(tmp_path: Path) -> None:
    keys = {
        **BASE,
        "unit": "CNY",
        "goal": 1000,
        "rounding": 0.5,
        "measure": {"customers": {"goal": 30, "unit": "customers", "rounding": 1}},
    }
    people = [rep("a", "A", capacity=600), rep("b", "B", capacity=500)]
    world = write_world(tmp_path / "world", keys, people=people, regions=AB)
    result = plan(world, tmp_path / "run")
    assert result.out is not None
    names = [one.scenario.settings.measure for one in result.measures]
    assert names == ["amount", "customers"]
    for name in ("targets", "rollup", "limits", "prices"):
        table = read_csv(tmp_path / "run" / f"{name}.csv")
        assert table.columns[0] == "measure", name
        assert table["measure"].drop_duplicates().tolist() == names, name
    targets = read_csv(tmp_path / "run" / "targets.csv")
    assert targets[["measure", "rep", "target"]].to_numpy().tolist() == [
        ["amount", "a", "600.0"], ["amount", "b", "400.0"],
        ["customers", "a", "18"], ["customers", "b", "12"],
    ]  # fmt: skip
    gaps = (tmp_path / "run" / "gaps.csv").read_text(encoding="utf-8")
    assert gaps == "measure,period,region,product,gap,cause\n"
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (run["goal"], run["unit"]) == (1000, "CNY")
    assert run["measures"]["customers"]["goal"] == 30
    fairness = json.loads((tmp_path / "run" / "fairness.json").read_text(encoding="utf-8"))
    assert set(fairness) == {"amount", "customers"}


def test_a_single_measure_has_no_measure_column(tmp_path: Path) -> None:
    plan(write_world(tmp_path / "world", BASE, regions=AB), tmp_path / "run")
    for name in ("targets", "rollup", "gaps", "limits", "prices"):
        assert "measure" not in read_csv(tmp_path / "run" / f"{name}.csv").columns
    assert "measures" not in json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))


# ---------------------------------------------------------------- run.json


@pytest.mark.parametrize("rounding", [0, 0.01, 0.07, 2.5])
def test_amounts_of_whole_units_are_written_without_binary_dust(
    tmp_path: Path, rounding: float
) -> None:
    goal = {"floor": 1111.11, "target": 1234.56, "stretch": 1357.9}
    people = [{"rep": "a", "region": "A"}, {"rep": "b", "region": "B", "capacity": 303.33}]
    keys = {**BASE, "goal": goal, "rounding": rounding, "periods": ["2024Q1", "2024Q2"],
            "buffers": {"over_assignment": {"region": 0.03, "rep": 0.02}}}  # fmt: skip
    run = plan(write_world(tmp_path / "w", keys, people=people)).run
    names = ("goal", "placed", "street", "gap", "over_assignment_short", "street_short",
             "stretch_gap")  # fmt: skip
    amounts = [run[name] for name in names] + list(run["stretch"].values())
    assert sum(amount > 0 for amount in amounts) >= 5
    for amount in amounts:
        digits = repr(amount).partition(".")[2]
        assert "e" not in digits
        assert len(digits) <= max(decimals_of(rounding), 1), amount
