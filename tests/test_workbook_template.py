"""init --xlsx: a scenario as a workbook to fill in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from workbook_worlds import cells_of, small_world

import cli
from optimizer.bundled import example_folder, example_names
from optimizer.domain.tables import TABLES
from optimizer.errors import InputError
from optimizer.inputs.load import Loaded, load_scenarios
from optimizer.workbook.template import sheet_rows, write_example, write_scenario_workbook


def same(one: Loaded, other: Loaded) -> None:
    """Assert that two scenarios say the same."""
    assert one.beside == other.beside
    for ours, theirs in zip(one.scenarios, other.scenarios, strict=True):
        assert ours.settings == theirs.settings
        assert list(ours.tables) == list(theirs.tables)
        for name in ours.tables:
            mine, its = (each.tables[name].reset_index(drop=True) for each in (ours, theirs))
            pd.testing.assert_frame_equal(mine[sorted(mine)], its[sorted(its)])


@pytest.mark.parametrize(
    ("name", "lang"), [*((name, "en") for name in example_names()), ("four-levels", "zh")]
)
def test_every_example_reads_back_as_it_was(tmp_path: Path, name: str, lang: str) -> None:
    path, *_ = write_example(name, tmp_path / "mine", lang=lang)
    same(load_scenarios(path), load_scenarios(example_folder() / name))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example("annual", tmp_path_factory.mktemp("template"))[0]


def test_there_is_a_sheet_for_every_table(book: Path) -> None:
    names = openpyxl.load_workbook(book).sheetnames
    tables = [table.name for table in TABLES]
    assert names == ["guide", "scenario", *tables, "lists"]


def test_every_heading_has_a_note(book: Path) -> None:
    written = openpyxl.load_workbook(book)
    for table in TABLES:
        for cell in written[table.name][1]:
            column = table.column(str(cell.value))
            if column is None:
                assert str(cell.value).startswith("x_")
            else:
                assert column.meaning in cell.comment.text, (table.name, cell.value)
                assert ("required" in cell.comment.text) == column.required
        assert "email" not in [cell.value for cell in written[table.name][1]]


def test_names_are_offered_from_where_they_are_declared(book: Path) -> None:
    written = openpyxl.load_workbook(book)
    offered = {
        (sheet, str(rule.sqref).split(":")[0]): str(rule.formula1)
        for sheet in written.sheetnames
        for rule in written[sheet].data_validations.dataValidation
        if rule.type == "list"
    }
    assert "regions!$A$2" in offered["people", "B2"]
    assert "regions!$A$2" in offered["regions", "B2"]
    assert "lists!$A$2" in offered["potential", "A2"]
    assert "products!$A$2" in offered["potential", "C2"]
    assert "people!$A$2" in offered["locks", "D2"]
    assert "people!$A$2" in offered["capacity", "A2"]
    # Sales of the past may name any period.
    assert ("history", "A2") not in offered


def test_a_chinese_template_is_chinese_where_one_chooses_too(tmp_path: Path) -> None:
    path = write_example("annual", tmp_path / "mine", lang="zh")[0]
    written = openpyxl.load_workbook(path)
    assert written.sheetnames[0] == "指南" and written.sheetnames[-1] == "名单"
    rules = [rule for sheet in written for rule in sheet.data_validations.dataValidation]
    offered = [str(rule.formula1) for rule in rules if rule.type == "list"]
    assert '"是,否"' in offered and not any("yes" in one or "lists" in one for one in offered)
    assert any("名单!$A$2" in one for one in offered)
    assert all(re.search("[\u4e00-\u9fff]", str(rule.error)) for rule in rules)
    cells = {cell for row in cells_of(path, "people") for cell in row}
    assert "是" in cells and "yes" not in cells
    same(load_scenarios(path), load_scenarios(example_folder() / "annual"))


def test_numbers_out_of_bounds_are_refused_while_typed(book: Path) -> None:
    rules = openpyxl.load_workbook(book)["products"].data_validations.dataValidation
    bounds = {
        str(rule.sqref).split(":")[0]: (rule.type, rule.operator, rule.formula1, rule.formula2)
        for rule in rules
    }
    assert bounds["D2"] == ("decimal", "greaterThanOrEqual", "0", None)
    assert bounds["E2"] == ("decimal", None, "0", "1")


def test_a_text_column_keeps_what_is_typed_a_text(book: Path) -> None:
    page = openpyxl.load_workbook(book)["people"]
    assert page.column_dimensions["A"].number_format == "@" or page["A2"].number_format == "@"
    assert page["A2"].data_type == "s"


def test_keys_are_written_as_a_planner_would(book: Path) -> None:
    rows = dict(cells_of(book, "scenario")[1:])
    assert rows["periods"] == "2024Q1; 2024Q2; 2024Q3; 2024Q4"
    assert rows["goal.target"] == 40500
    assert rows["ramp.factors"] == "[0.25, 0.4, 0.6, 0.8, 0.9]"


def test_nested_keys_are_written_as_toml() -> None:
    document = {
        "name": "2024", "unit": "", "periods": ["2024"], "tables": {"people": "people"},
        "stress": {"by": [{"match": {"role": "new", "a b": 1}, "cv": 0.4}], "metrics": {"x": 0.9}},
        "pay": {"unit": "CNY"},
    }  # fmt: skip
    assert dict(sheet_rows(document)) == {
        "name": "2024",
        "periods": '["2024"]',
        "stress.by": '[{ match = { role = "new", "a b" = 1 }, cv = 0.4 }]',
        "stress.metrics.x": 0.9,
        "pay.unit": "CNY",
    }


def test_names_that_begin_as_formulas_read_back(tmp_path: Path) -> None:
    settings = {"measure": {"orders": {"goal": 12, "rounding": 1}}, "name": "2024"}
    loaded = load_scenarios(small_world(tmp_path / "world", settings=settings))
    write_scenario_workbook(loaded, tmp_path / "w.xlsx")
    again = load_scenarios(tmp_path / "w.xlsx")
    for ours, theirs in zip(again.scenarios, loaded.scenarios, strict=True):
        assert ours.settings == theirs.settings
        assert list(ours.tables) == list(theirs.tables)
    people, before = (one.scenarios[0].tables["people"] for one in (again, loaded))
    assert people["rep"].tolist() == before["rep"].tolist() == ["007", "=Ann", "Bob", "李娜"]
    assert people["region"].tolist() == before["region"].tolist()
    # Addresses stay where they are.
    assert people["email"].tolist() == [""] * 4


def test_the_same_scenario_gives_the_same_bytes(book: Path, tmp_path: Path) -> None:
    again = write_example("annual", tmp_path / "again")[0]
    assert again.read_bytes() == book.read_bytes()


def test_the_command(tmp_path: Path) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(cli.main, [str(argument) for argument in arguments])
        return done.exit_code, done.output

    code, said = run("init", tmp_path / "mine", "--example", "company-a", "--xlsx")
    assert (code, "company-a.xlsx" in said) == (0, True)
    path = tmp_path / "mine" / "company-a.xlsx"
    assert f"quotaplan check {path}" in said
    assert run("check", path)[0] == 0
    assert run("plan", path, "--out", tmp_path / "run")[0] in (0, 3)
    code, said = run("init", tmp_path / "mine", "--xlsx")
    assert (code, "the folder is not empty" in said) == (2, True)
    code, said = run("init", tmp_path / "mine", "--xlsx", "--force", "--json")
    assert json.loads(said)["files"] == ["company-a.xlsx"]
    assert run("init", tmp_path / "new", "--example", "none", "--xlsx")[0] == 2
    assert run("init", path, "--xlsx")[0] == 2
    assert not (tmp_path / "new").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="a file of that name exists"):
        write_example("company-a", tmp_path / "file")
