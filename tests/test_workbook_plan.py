"""plan.xlsx: a run folder as one workbook."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from workbook_worlds import cells_of, records_of, small_world

import cli
from optimizer.errors import InputError
from optimizer.pipeline import plan
from optimizer.workbook import write
from optimizer.workbook.book import open_book, put
from optimizer.workbook.summary import LEFT_OUT, MEANINGS
from optimizer.workbook.words import SENTENCES, SHEETS
from optimizer.workbook.write import write_plan_workbook


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    plan(small_world(folder / "world"), folder / "run", xlsx=True)
    return folder / "run"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_target_is_there_as_planned(run: Path) -> None:
    written = rows_of(run / "targets.csv")
    found = records_of(run / "plan.xlsx", "targets")
    assert len(found) == len(written)
    for ours, theirs in zip(found, written, strict=True):
        assert ours["target"] == ours["planned"] == float(theirs["target"])
        for name in ("period", "region", "rep", "product"):
            assert ours[name] == theirs[name].removeprefix("'")
        assert ours["owner"] is ours["reason"] is ours["expires"] is None


def test_formulas_say_what_they_came_to(run: Path) -> None:
    # A program that does not calculate, such as a preview, sees the numbers too.
    figures = json.loads((run / "run.json").read_text(encoding="utf-8"))
    checks = records_of(run / "plan.xlsx", "checks")
    assert {check["verdict"] for check in checks} == {"holds"}
    goal = next(check for check in checks if check["what"].endswith("against the goal"))
    assert (goal["counted"], goal["planned"]) == (120, figures["goal"])
    formulas = cells_of(run / "plan.xlsx", "checks", formulas=True)[1:]
    assert all(str(row[4]).startswith("=") for row in formulas)
    street = next(check for check in checks if check["what"].startswith("rep targets"))
    assert street["counted"] == figures["street"]


def test_parents_are_sums_of_their_children(run: Path) -> None:
    rows = {row[0]: row for row in cells_of(run / "plan.xlsx", "regions")[1:]}
    formulas = {row[0]: row for row in cells_of(run / "plan.xlsx", "regions", formulas=True)[1:]}
    for column in (2, 3, 4):
        parts = rows["North"][column] + rows["-South"][column]
        assert rows["All"][column] == rows["total"][column] == parts
    assert formulas["All"][2] == "=SUM(C3:C4)"
    assert formulas["total"][2] == "=C2"
    assert formulas["North"][2] == rows["North"][2]


def test_people_are_summed_over_products(run: Path) -> None:
    expected: dict[tuple[str, str], float] = {}
    for row in rows_of(run / "targets.csv"):
        key = (row["rep"].removeprefix("'"), row["period"])
        expected[key] = expected.get(key, 0.0) + float(row["target"])
    people = {row["rep"]: row for row in records_of(run / "plan.xlsx", "people")}
    for (rep, period), amount in expected.items():
        assert people[rep][period] == amount
    total = people.pop("total")
    assert total["total"] == sum(row["total"] for row in people.values())


def test_nothing_that_looks_like_a_formula_is_one(run: Path) -> None:
    book = openpyxl.load_workbook(run / "plan.xlsx")
    names = [cell for row in book["targets"].iter_rows() for cell in row
             if cell.value in ("=Ann", "-South", "@Service", "007")]  # fmt: skip
    assert names
    assert {cell.data_type for cell in names} == {"s"}
    # Whoever edits such a cell does not make it a formula either.
    assert {cell.number_format for cell in names} == {"@"}


def test_no_address_gets_in(run: Path) -> None:
    with zipfile.ZipFile(run / "plan.xlsx") as archive:
        for name in archive.namelist():
            assert b"example.com" not in archive.read(name)


def test_the_same_run_gives_the_same_bytes_whenever(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    write_plan_workbook(run, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (run / "plan.xlsx").read_bytes()


def test_the_run_verifies_with_its_workbook(run: Path) -> None:
    assert "plan.xlsx" in json.loads((run / "run.json").read_text(encoding="utf-8"))["outputs"]
    assert CliRunner().invoke(cli.main, ["verify", str(run)]).exit_code == 0


def test_chinese_headings(run: Path, tmp_path: Path) -> None:
    write_plan_workbook(run, tmp_path / "zh.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    assert {"概览", "区域", "目标", "锁定", "核对"} <= set(book.sheetnames)
    head = [cell.value for cell in book["目标"][1]]
    assert {"周期", "销售员", "产品线", "底线", "目标", "挑战", "计划值", "负责人"} <= set(head)
    assert {row["结论"] for row in records_of(tmp_path / "zh.xlsx", "核对")} == {"一致"}
    labels = [row[0] for row in cells_of(tmp_path / "zh.xlsx", "概览") if row[0]]
    assert not [text for text in labels[1:14] if text.isascii()]


def test_every_sheet_is_told_in_both_languages() -> None:
    assert set(MEANINGS) <= set(SHEETS)
    assert set(MEANINGS.values()) <= set(SENTENCES)
    assert LEFT_OUT in SENTENCES
    assert len(set(SHEETS.values())) == len(SHEETS)


def test_an_unknown_language_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--lang fr: choose one of en, zh"):
        write_plan_workbook(run, tmp_path / "fr.xlsx", "fr")


def test_long_tables_are_left_out_and_it_says_so(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "LARGE", 5)
    write_plan_workbook(run, tmp_path / "short.xlsx")
    book = openpyxl.load_workbook(tmp_path / "short.xlsx", data_only=True)
    assert "targets" not in book.sheetnames
    told = [row[:2] for row in book["summary"].iter_rows(values_only=True)]
    assert any(name == "targets" and str(text).startswith("Left out") for name, text in told)
    # What remains still proves its totals.
    assert {row["verdict"] for row in records_of(tmp_path / "short.xlsx", "checks")} == {"holds"}
    assert records_of(tmp_path / "short.xlsx", "people")


def test_sums_over_very_many_targets_are_plain_numbers(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.workbook.live.MOST_WORK", 1)
    write_plan_workbook(run, tmp_path / "plain.xlsx")
    people = cells_of(tmp_path / "plain.xlsx", "people", formulas=True)
    assert not str(people[1][3]).startswith("=")
    assert cells_of(tmp_path / "plain.xlsx", "people") == cells_of(run / "plan.xlsx", "people")


def test_several_measures_stand_below_each_other(tmp_path: Path) -> None:
    settings = {"measure": {"orders": {"goal": 12, "unit": "orders", "rounding": 1}}}
    world = small_world(tmp_path / "world", settings=settings, locks=None)
    plan(world, tmp_path / "run", xlsx=True)
    checks = records_of(tmp_path / "run" / "plan.xlsx", "checks")
    assert {check["measure"] for check in checks} == {"amount", "orders"}
    assert {check["verdict"] for check in checks} == {"holds"}
    goals = [check["planned"] for check in checks if check["what"].endswith("against the goal")]
    assert goals == [120, 12]


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_a_plan_by_region_has_no_sheet_of_people(tmp_path: Path, table_format: str) -> None:
    world = small_world(tmp_path / "world", people=None, locks=None)
    plan(world, tmp_path / "run", xlsx=True, table_format=table_format)
    book = openpyxl.load_workbook(tmp_path / "run" / "plan.xlsx")
    assert "people" not in book.sheetnames
    checks = records_of(tmp_path / "run" / "plan.xlsx", "checks")
    assert {check["verdict"] for check in checks} == {"holds"}


def test_a_gap_stands_in_red_letters(tmp_path: Path) -> None:
    people = [{"rep": "a", "region": "North", "capacity": 10},
              {"rep": "b", "region": "-South", "capacity": 60}]  # fmt: skip
    world = small_world(tmp_path / "world", people=people, locks=None)
    result = plan(world, tmp_path / "run", xlsx=True)
    assert result.exit_code == 3
    book = openpyxl.load_workbook(tmp_path / "run" / "plan.xlsx", data_only=True)
    assert {"gaps", "advice"} <= set(book.sheetnames)
    told = {row[0]: row[1] for row in book["summary"].iter_rows(values_only=True)}
    assert told["status"] == "left with a gap"
    checks = records_of(tmp_path / "run" / "plan.xlsx", "checks")
    assert {check["verdict"] for check in checks} == {"holds"}


def test_a_recalibrated_run_is_read_only(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "moved")
    record = json.loads((run / "run.json").read_text(encoding="utf-8")) | {"command": "recalibrate"}
    (tmp_path / "moved" / "run.json").write_text(json.dumps(record), encoding="utf-8")
    write_plan_workbook(tmp_path / "moved", tmp_path / "moved.xlsx")
    book = openpyxl.load_workbook(tmp_path / "moved.xlsx", data_only=True)
    assert "locks" not in book.sheetnames
    assert "planned" not in [cell.value for cell in book["targets"][1]]
    told = [row[0] for row in book["summary"].iter_rows(values_only=True)]
    assert "How to send changes back" not in told
    assert {row["verdict"] for row in records_of(tmp_path / "moved.xlsx", "checks")} == {"holds"}


def no_record(run: Path) -> None:
    (run / "run.json").unlink()


def no_targets(run: Path) -> None:
    (run / "targets.csv").unlink()


def no_column(run: Path) -> None:
    (run / "rollup.csv").write_text("period,region\n", encoding="utf-8")


def no_number(run: Path) -> None:
    text = (run / "targets.csv").read_text(encoding="utf-8")
    (run / "targets.csv").write_text(text.replace(",MES,", ",MES,x"), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (no_record, "this is no run folder"),
        (no_targets, "is missing: plan the scenario again"),
        (no_column, "lacks the column team"),
        (no_number, "cannot be read"),
    ],
)
def test_a_damaged_run_is_told(run: Path, tmp_path: Path, damage: Any, said: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    damage(copy)
    with pytest.raises(InputError, match=said):
        write_plan_workbook(copy, tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_a_place_that_cannot_be_written(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="the workbook cannot be written"):
        write_plan_workbook(run, tmp_path / "file" / "plan.xlsx")


def test_a_text_that_no_cell_holds(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with (
        pytest.raises(InputError, match="32,768 characters, and a cell of a workbook holds 32,767"),
        open_book(path, "en", "texts") as book,
    ):
        sheet = book.table_sheet("texts")
        put(sheet, 0, 0, "a" * 32_767)
        put(sheet, 1, 0, "a" * 32_768)
    assert not path.exists()
