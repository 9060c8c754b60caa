"""Workbooks opened and recalculated by LibreOffice: no error cell, and the sums come out."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workbook_worlds import book_of, cells_of, edited, records_of, small_world

from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import plan
from optimizer.workbook.locked import with_locks
from optimizer.workbook.template import write_example
from optimizer.workbook.write import write_plan_workbook

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""
"""Settings under which every formula is worked out again when a workbook is opened."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """Return name → (workbook as written, as LibreOffice saved it after recalculating)."""
    home = tmp_path_factory.mktemp("office")
    written = home / "written"
    written.mkdir()
    world = small_world(home / "world")
    plan(world, home / "run")
    write_plan_workbook(home / "run", written / "plan.xlsx")
    write_plan_workbook(home / "run", written / "zh.xlsx", "zh")
    changes: dict[tuple[int, str], Any] = {(3, "target"): 30, (3, "owner"): "Zhou"}
    edited(written / "plan.xlsx", written / "edited.xlsx", "targets", changes)
    shutil.copyfile(write_example("annual", home / "annual")[0], written / "annual.xlsx")
    settings = {"measure": {"orders": {"goal": 12, "rounding": 1}}, "rounding": 0.1}
    plan(small_world(home / "two", settings=settings, locks=None), home / "two-run")
    write_plan_workbook(home / "two-run", written / "two.xlsx")
    return {path.stem: pair for path, pair in _recalculated(sorted(written.iterdir()), home)}


def _recalculated(paths: list[Path], home: Path) -> list[tuple[Path, tuple[Path, Path]]]:
    profile = home / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
    command = [str(OFFICE), "--headless", f"-env:UserInstallation={profile.as_uri()}"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(home / "saved")]
    subprocess.run([*command, *map(str, paths)], check=True, capture_output=True, timeout=300)
    return [(path, (path, home / "saved" / path.name)) for path in paths]


NAMES = ["annual", "edited", "plan", "two", "zh"]


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_holds_an_error(books: dict[str, tuple[Path, Path]], name: str) -> None:
    book = openpyxl.load_workbook(books[name][1], data_only=True)
    values = [cell for page in book for row in page.iter_rows(values_only=True) for cell in row]
    assert not [value for value in values if isinstance(value, str) and value.startswith("#")]


@pytest.mark.parametrize("name", ["annual", "plan", "two", "zh"])
def test_every_formula_comes_to_what_was_written(
    books: dict[str, tuple[Path, Path]], name: str
) -> None:
    written, saved = books[name]
    formulas = openpyxl.load_workbook(written)
    before, after = (openpyxl.load_workbook(path, data_only=True) for path in (written, saved))
    counted = 0
    for page in formulas:
        for cell in (cell for row in page.iter_rows() for cell in row if cell.data_type == "f"):
            ours = before[page.title][cell.coordinate].value
            theirs = after[page.title][cell.coordinate].value
            if isinstance(ours, str) or ours is None:
                assert (ours or "") == (theirs or ""), (page.title, cell.coordinate)
            else:
                assert theirs == pytest.approx(ours, abs=1e-6), (page.title, cell.coordinate)
            counted += 1
    assert counted > 50


def test_an_edit_shows_in_every_sum_it_moves(books: dict[str, tuple[Path, Path]]) -> None:
    written, saved = books["edited"]
    row = records_of(written, "targets")[1]
    moved = 30 - row["planned"]
    assert moved
    checks = [check for check in records_of(saved, "checks") if check["verdict"] == "differs"]
    assert {(check["period"], check["region"]) for check in checks} == {
        ("*", "*"), (row["period"], "*"), (row["period"], row["region"]),
    }  # fmt: skip
    assert {check["difference"] for check in checks} == {moved}
    people = {one["rep"]: one for one in records_of(saved, "people")}
    before = {one["rep"]: one for one in records_of(books["plan"][1], "people")}
    assert people[row["rep"]]["total"] - before[row["rep"]]["total"] == moved


def test_what_was_saved_there_comes_back(
    books: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    loaded = load_scenarios(books["plan"][0].parent.parent / "world")
    assert with_locks(loaded, books["plan"][1]) is loaded
    assert with_locks(loaded, books["zh"][1]) is loaded
    table = with_locks(loaded, books["edited"][1]).scenarios[0].table("locks")
    assert table is not None
    assert sorted(table["owner"]) == ["Head", "Zhou"]
    # A formula in place of a number has a value once it was calculated.
    formula = edited(books["plan"][0], tmp_path / "f.xlsx", "targets", {(3, "target"): "=10+20"})
    ((_, (_, saved)),) = _recalculated([formula], tmp_path)
    table = with_locks(loaded, saved).scenarios[0].table("locks")
    assert table is not None
    assert 30.0 in table["amount"].tolist()


def test_a_template_saved_there_is_the_same_scenario(
    books: dict[str, tuple[Path, Path]],
) -> None:
    ours, theirs = (load_scenarios(path).scenarios[0] for path in books["annual"])
    assert ours.settings == theirs.settings
    for name in ours.tables:
        assert ours.tables[name].equals(theirs.tables[name]), name


def test_the_list_of_periods_follows_the_sheet_of_keys(
    books: dict[str, tuple[Path, Path]], tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(books["annual"][0])
    page = book["scenario"]
    row = next(row for row in range(1, 20) if page.cell(row, 1).value == "periods")
    page.cell(row, 2).value = '["2025-01", "2025-02"]'
    book.save(tmp_path / "a.xlsx")
    ((_, (_, saved)),) = _recalculated([tmp_path / "a.xlsx"], tmp_path)
    listed = [cells[0] for cells in cells_of(saved, "lists")[1:] if cells[0]]
    assert listed == ["2025-01", "2025-02"]


def test_dates_typed_there_are_dates(tmp_path: Path) -> None:
    rows = [["key", "value"], ["periods", "2024Q1; 2024Q2"], ["goal", 10]]
    people = [["rep", "region", "start"], ["a", "N", dt.datetime(2024, 1, 15)]]
    path = book_of(tmp_path / "b.xlsx", scenario=rows, people=people)
    ((_, (_, saved)),) = _recalculated([path], tmp_path)
    table = load_scenarios(saved).scenarios[0].tables["people"]
    assert table["start"].dt.date.tolist() == [dt.date(2024, 1, 15)]
