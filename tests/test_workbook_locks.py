"""An edited plan.xlsx comes back as locks."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_worlds import book_of, cells_of, edited, records_of, small_world

import cli
from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import Loaded, load_scenarios
from optimizer.pipeline import plan
from optimizer.workbook.locked import with_locks
from optimizer.workbook.write import write_plan_workbook

LOCK = ["period", "region", "rep", "product", "amount", "owner", "reason", "expires"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a world, and a run of it with its workbook."""
    folder = tmp_path_factory.mktemp("locks")
    plan(small_world(folder / "world"), folder / "run", xlsx=True)
    return folder


@pytest.fixture(scope="module")
def world(home: Path) -> Path:
    return home / "world"


@pytest.fixture(scope="module")
def book(home: Path) -> Path:
    return home / "run" / "plan.xlsx"


@pytest.fixture(scope="module")
def loaded(world: Path) -> Loaded:
    return load_scenarios(world)


def findings(loaded: Loaded, path: Path) -> list[tuple[str, int, str, str]]:
    """Return file, row, column and problem of everything that is wrong with a workbook."""
    with pytest.raises(InputError) as told:
        with_locks(loaded, path)
    return [(one.file, one.row, one.column, one.problem) for one in told.value.findings]


def row_of(book: Path, **labels: str) -> int:
    """Return the row of a target."""
    for row, record in enumerate(records_of(book, "targets"), start=2):
        if all(record[name] == label for name, label in labels.items()):
            return row
    raise LookupError(labels)


def locks_of(loaded: Loaded) -> list[tuple[Any, ...]]:
    table = loaded.scenarios[0].table("locks")
    assert table is not None
    names = ["period", "region", "rep", "product", "amount", "owner"]
    return [tuple(row) for row in table[names].to_numpy().tolist()]


# Without edits


def test_a_round_trip_without_edits_changes_nothing(home: Path, tmp_path: Path) -> None:
    plan(home / "world", tmp_path / "run", locks=home / "run" / "plan.xlsx", xlsx=True)
    before = {path.relative_to(home / "run"): path for path in (home / "run").rglob("*.*")}
    for name, path in before.items():
        if path.is_file() and name != Path("run.json"):
            assert (tmp_path / "run" / name).read_bytes() == path.read_bytes(), name
    records = [
        json.loads((run / "run.json").read_text(encoding="utf-8"))
        for run in (home / "run", tmp_path / "run")
    ]
    for record in records:
        del record["seconds"]
    assert records[0] == records[1]


def test_an_unedited_workbook_is_told(home: Path, tmp_path: Path) -> None:
    arguments = ["plan", home / "world", "--out", tmp_path / "run", "--locks"]
    told = CliRunner().invoke(cli.main, [*map(str, arguments), str(home / "run" / "plan.xlsx")])
    assert told.exit_code == 0
    assert "edits no target and has no new lock: it changes nothing" in told.output


def test_sorting_whole_rows_is_no_edit(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    head, *rows = cells_of(book, "targets")
    path = book_of(tmp_path / "sorted.xlsx", targets=[head, *reversed(rows)])
    assert with_locks(loaded, path) is loaded


def test_part_of_the_rows_is_enough(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    head, *rows = cells_of(book, "targets")
    rows[2][head.index("target")] += 1
    path = book_of(tmp_path / "part.xlsx", targets=[head, *rows[:4]])
    assert len(locks_of(with_locks(loaded, path))) == 2


# With edits


def test_an_edited_target_is_a_lock_with_owner_and_reason(
    home: Path, book: Path, tmp_path: Path
) -> None:
    row = row_of(book, rep="=Ann", period="2024Q1", product="@Service")
    planned = records_of(book, "targets")[row - 2]["planned"]
    changes = {
        (row, "target"): planned + 2, (row, "owner"): "Zhou", (row, "reason"): "@agreed",
        (row, "expires"): dt.datetime(2024, 6, 30),
    }  # fmt: skip
    path = edited(book, tmp_path / "edit.xlsx", "targets", changes)
    result = plan(home / "world", tmp_path / "run", locks=path, xlsx=True)
    found = records_of(tmp_path / "run" / "plan.xlsx", "targets")
    again = next(one for one in found if (one["rep"], one["period"], one["product"]) ==
                 ("=Ann", "2024Q1", "@Service"))  # fmt: skip
    assert again["target"] == planned + 2
    with (tmp_path / "run" / "locks.csv").open(encoding="utf-8", newline="") as file:
        held = {row["rep"]: row for row in csv.DictReader(file)}
    assert held["'=Ann"]["owner"] == "Zhou"
    assert held["'=Ann"]["reason"] == "'@agreed"
    assert held["'=Ann"]["expires"] == "2024-06-30"
    assert held["Bob"]["owner"] == "Head"
    # The file that had a say is an input of the run.
    assert any(name.endswith("edit.xlsx") for name in result.run["inputs"])
    assert not [text for text in result.run["assumptions"] if "do not say" in text]
    # Planned from its own copy, or with its own workbook, it stays.
    plan(tmp_path / "run" / "scenario", tmp_path / "own")
    plan(home / "world", tmp_path / "next", locks=tmp_path / "run" / "plan.xlsx")
    for name in ("own", "next"):
        targets = (tmp_path / name / "targets.csv").read_bytes()
        assert targets == (tmp_path / "run" / "targets.csv").read_bytes()


def test_missing_owners_and_reasons_are_noted(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    target = records_of(book, "targets")[3]["target"]
    path = edited(book, tmp_path / "e.xlsx", "targets", {(5, "target"): target + 1})
    notes = [str(note) for note in with_locks(loaded, path).notes]
    assert [note for note in notes if "1 of 1 locks do not say who decided it (rows 5)" in note]
    assert [note for note in notes if "1 of 1 locks do not say why it was decided" in note]


def test_the_sheet_of_locks_fixes_any_slice(loaded: Loaded, tmp_path: Path) -> None:
    rows = [LOCK, ["2024Q1", "North", None, None, 28, "Zhou", "agreed", None],
            [None] * 8, [None, None, "007", None, 30, "Zhou", "agreed", "2024-03-31"]]  # fmt: skip
    path = book_of(tmp_path / "own.xlsx", locks=rows)
    assert locks_of(with_locks(loaded, path)) == [
        ("", "", "007", "", 30.0, "Zhou"),
        ("2024Q1", "", "Bob", "", 18.0, "Head"),
        ("2024Q1", "North", "", "", 28.0, "Zhou"),
    ]


def test_chinese_sheets_come_back_too(home: Path, loaded: Loaded, tmp_path: Path) -> None:
    write_plan_workbook(home / "run", tmp_path / "zh.xlsx", "zh")
    assert with_locks(loaded, tmp_path / "zh.xlsx") is loaded
    row = row_of_chinese(tmp_path / "zh.xlsx")
    amount = records_of(tmp_path / "zh.xlsx", "目标")[row - 2]["计划值"] + 1.0
    changes = {(row, "目标"): amount, (row, "负责人"): "周", (row, "原因"): "已商定"}
    path = edited(tmp_path / "zh.xlsx", tmp_path / "edit.xlsx", "目标", changes)
    assert ("2024Q2", "-South", "李娜", "MES", amount, "周") in locks_of(with_locks(loaded, path))
    wrong = edited(path, tmp_path / "wrong.xlsx", "目标", {(row, "目标"): "many"})
    assert findings(loaded, wrong)[0][:3] == ("wrong.xlsx, sheet 目标", row, "目标")


def test_a_chinese_workbook_with_sheets_of_earlier_names_comes_back(
    home: Path, loaded: Loaded, tmp_path: Path
) -> None:
    write_plan_workbook(home / "run", tmp_path / "zh.xlsx", "zh")
    book = openpyxl.load_workbook(tmp_path / "zh.xlsx")
    assert {"名单", "记录"} <= set(book.sheetnames) and not {"lists", "record"} & set(
        book.sheetnames
    )
    book["记录"]["B2"] = "99"
    book.save(tmp_path / "now.xlsx")
    book["记录"].title, book["名单"].title = "record", "lists"
    book.save(tmp_path / "before.xlsx")
    for name in ("now.xlsx", "before.xlsx"):
        with pytest.raises(InputError, match="was written by another version"):
            with_locks(loaded, tmp_path / name)
    book["record"]["B2"] = "1"
    book.save(tmp_path / "before.xlsx")
    assert with_locks(loaded, tmp_path / "before.xlsx") is loaded


def row_of_chinese(path: Path) -> int:
    wanted = ("2024Q2", "李娜", "MES")
    for row, record in enumerate(records_of(path, "目标"), start=2):
        if (record["周期"], record["销售员"], record["产品线"]) == wanted:
            return row
    raise LookupError(wanted)


def test_each_measure_has_its_own_locks(tmp_path: Path) -> None:
    keys = {"measure": {"orders": {"goal": 40, "unit": "orders", "rounding": 1}}}
    world = small_world(tmp_path / "world", settings=keys, locks=None)
    plan(world, tmp_path / "run", xlsx=True)
    book = tmp_path / "run" / "plan.xlsx"
    both = load_scenarios(world)
    assert with_locks(both, book) is both
    row = row_of(book, measure="orders", rep="Bob", period="2024Q1", product="MES")
    path = edited(book, tmp_path / "edit.xlsx", "targets", {(row, "target"): 1})
    main, orders = with_locks(both, path).scenarios
    assert main.table("locks") is None
    table = orders.table("locks")
    assert table is not None
    assert table["amount"].tolist() == [1.0]


def test_a_plan_by_region_comes_back(tmp_path: Path) -> None:
    world = small_world(tmp_path / "world", people=None, locks=None, products=None)
    plan(world, tmp_path / "run", xlsx=True)
    before = load_scenarios(world)
    book = tmp_path / "run" / "plan.xlsx"
    assert with_locks(before, book) is before
    target = records_of(book, "targets")[0]["target"]
    path = edited(book, tmp_path / "edit.xlsx", "targets", {(2, "target"): target - 1})
    ((period, region, rep, product, amount, _),) = locks_of(with_locks(before, path))
    # The only product, which nobody named, is no product of the lock either.
    assert (period, region, rep, product, amount) == ("2024Q1", "-South", "", "", target - 1)


def test_expired_locks_are_told_and_left_out(loaded: Loaded, tmp_path: Path) -> None:
    rows = [LOCK, [None, None, "007", None, 30, "Zhou", "agreed", dt.datetime(2023, 5, 1)]]
    path = book_of(tmp_path / "old.xlsx", locks=rows)
    assert with_locks(loaded, path) is loaded
    rows.append([None, None, "李娜", None, 30, "Zhou", "agreed", None])
    both = with_locks(loaded, book_of(tmp_path / "both.xlsx", locks=rows))
    assert [note for note in both.notes if "the lock expired" in note.problem]
    assert len(locks_of(both)) == 2


def test_other_inputs_than_the_workbook_was_made_from(
    book: Path, home: Path, tmp_path: Path
) -> None:
    people = [{"rep": name, "region": "North"} for name in ("=Ann", "Bob")]
    people += [{"rep": name, "region": "-South"} for name in ("007", "李娜")]
    changed = load_scenarios(small_world(tmp_path / "world", people=people))
    target = records_of(book, "targets")[3]["target"]
    path = edited(book, tmp_path / "e.xlsx", "targets", {(5, "target"): target + 1})
    notes = [str(note) for note in with_locks(changed, path).notes]
    assert [note for note in notes if "plan of other inputs" in note and "people.csv" in note]


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_exactly_the_edited_rows_become_locks(
    book: Path, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    head, *rows = cells_of(book, "targets")
    place = {name: head.index(name) for name in head}
    chosen = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=6))
    expected = {("2024Q1", "", "Bob", "", 18.0, "Head")}
    for at in sorted(chosen):
        others = sorted(set(range(60)) - {rows[at][place["planned"]]})
        amount = data.draw(st.sampled_from(others))
        rows[at][place["target"]] = amount
        labels = (rows[at][place[name]] for name in ("period", "region", "rep", "product"))
        expected.add((*labels, float(amount), ""))
    order = data.draw(st.permutations(rows))
    path = book_of(tmp_path_factory.mktemp("any") / "e.xlsx", targets=[head, *order])
    assert set(locks_of(with_locks(loaded, path))) == expected


# What is wrong


def test_wrong_cells_are_named_by_sheet_row_and_column(
    book: Path, loaded: Loaded, tmp_path: Path
) -> None:
    changes: dict[tuple[int, str], Any] = {
        (3, "target"): "1O", (4, "target"): -2, (5, "target"): None, (6, "target"): 2.5,
        (7, "expires"): "soon", (7, "target"): 3,
    }  # fmt: skip
    path = edited(book, tmp_path / "e.xlsx", "targets", changes)
    found = findings(loaded, path)
    assert [(row, column) for _, row, column, _ in found] == [
        (3, "target"), (4, "target"), (5, "target"), (7, "expires")
    ]  # fmt: skip
    assert {file for file, *_ in found} == {"e.xlsx, sheet targets"}
    only = edited(book, tmp_path / "f.xlsx", "targets", {(6, "target"): 2.5})
    ((_, row, column, problem),) = findings(loaded, only)
    assert (row, column) == (6, "target")
    assert problem == "the amount is no multiple of the rounding 1"


@pytest.mark.parametrize("name", ["period", "region", "rep", "product", "planned", "check"])
def test_an_edit_of_another_column_is_found(
    book: Path, loaded: Loaded, tmp_path: Path, name: str
) -> None:
    value = 999 if name == "planned" else "x"
    path = edited(book, tmp_path / "e.xlsx", "targets", {(3, name): value})
    ((_, row, _, problem),) = findings(loaded, path)
    assert row == 3
    assert problem.startswith("the labels or the planned figure of this row are not")


def test_sorting_one_column_alone_is_found(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    head, *rows = cells_of(book, "targets")
    place = head.index("planned")
    for row, value in zip(rows, [row[place] for row in reversed(rows)], strict=True):
        row[place] = value
    found = findings(loaded, book_of(tmp_path / "e.xlsx", targets=[head, *rows]))
    assert all("planned figure" in problem for *_, problem in found)


def test_an_owner_without_a_change_is_asked_about(
    book: Path, loaded: Loaded, tmp_path: Path
) -> None:
    path = edited(book, tmp_path / "e.xlsx", "targets", {(3, "owner"): "Zhou"})
    ((_, row, column, problem),) = findings(loaded, path)
    assert (row, column) == (3, "target")
    assert "but its target is as planned" in problem


def test_unknown_names_in_the_sheet_of_locks(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    first = len([row for row in records_of(book, "locks") if row["amount"]]) + 2
    changes: dict[tuple[int, str], Any] = {
        (first, "rep"): "Bobb", (first, "amount"): 5,
        (first + 1, "region"): "Nort", (first + 1, "amount"): 5,
        (first + 2, "period"): "2025Q1", (first + 2, "amount"): 5,
        (first + 3, "product"): "MESS", (first + 3, "amount"): 5,
        (first + 4, "rep"): "Bob", (first + 4, "region"): "-South", (first + 4, "amount"): 5,
    }  # fmt: skip
    path = edited(book, tmp_path / "e.xlsx", "locks", changes)
    found = findings(loaded, path)
    assert [(row, column) for _, row, column, _ in found] == [
        (first, "rep"), (first + 1, "region"), (first + 2, "period"), (first + 3, "product"),
        (first + 4, "region"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="Did you mean Bob"):
        with_locks(loaded, path)


def test_locks_of_the_scenario_stay(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    path = edited(book, tmp_path / "e.xlsx", "locks", {(2, "amount"): 20})
    ((file, row, column, problem),) = findings(loaded, path)
    assert (file, row, column) == ("e.xlsx, sheet locks", 2, "amount")
    assert problem == "the same slice is fixed to 18 in locks.csv, row 2"


def test_a_slice_fixed_twice_in_the_workbook(loaded: Loaded, tmp_path: Path) -> None:
    same = ["2024Q2", "-South", "007", "MES"]
    rows = [LOCK, [*same, 8, "a", "b", None], [*same, 9, "a", "b", None],
            ["2024Q2", None, "007", "MES", 8, "a", "b", None]]  # fmt: skip
    ((_, row, _, problem),) = findings(loaded, book_of(tmp_path / "e.xlsx", locks=rows))
    assert row == 3
    assert problem == "the same slice is fixed to 8 in e.xlsx, sheet locks, row 2"


def test_locks_that_no_plan_can_keep_end_as_a_contradiction(
    home: Path, loaded: Loaded, tmp_path: Path
) -> None:
    rows = [LOCK, ["2024Q1", None, "007", None, 41, "a", "b", None]]
    path = book_of(tmp_path / "e.xlsx", locks=rows)
    with pytest.raises(ContradictionError, match="007"):
        plan(home / "world", tmp_path / "run", locks=path)
    assert not (tmp_path / "run").exists()


def test_a_formula_that_was_never_calculated(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    path = edited(book, tmp_path / "e.xlsx", "targets", {(3, "target"): "=5+6"})
    ((file, row, column, problem),) = findings(loaded, path)
    assert (file, row, column) == ("e.xlsx, sheet targets", 3, "target")
    assert "never calculated" in problem


def test_sheets_as_they_should_not_be(book: Path, loaded: Loaded, tmp_path: Path) -> None:
    head, *rows = cells_of(book, "targets")
    bare = [row[: head.index("check")] for row in (head, *rows)]
    no_check = book_of(tmp_path / "a.xlsx", targets=bare)
    assert findings(loaded, no_check)[0][2:] == ("check", "the column check is missing")
    twice = book_of(tmp_path / "b.xlsx", targets=[[*head, "rep"], *rows])
    assert findings(loaded, twice)[0][3] == "the column rep is there twice"
    empty = book_of(tmp_path / "c.xlsx", targets=[], locks=[])
    assert "the file or sheet is empty" in findings(loaded, empty)[0][3]
    other = book_of(tmp_path / "d.xlsx", people=[["rep"]])
    assert "neither a sheet targets nor a sheet locks" in findings(loaded, other)[0][3]
    strange = book_of(tmp_path / "e.xlsx", locks=[[*LOCK, "colour"], [None] * 9])
    assert "no such column" in findings(loaded, strange)[0][3]
    blank = book_of(tmp_path / "f.xlsx", locks=[LOCK])
    assert with_locks(loaded, blank) is loaded
    only = book_of(tmp_path / "g.xlsx", targets=[head])
    assert with_locks(loaded, only) is loaded


def test_a_workbook_of_another_layout(loaded: Loaded, tmp_path: Path) -> None:
    record = [["program", "quotaplan"], ["format", "2"], ["version", "9.0"]]
    path = book_of(tmp_path / "e.xlsx", locks=[LOCK], record=record)
    assert "written by another version of quotaplan, 9.0" in findings(loaded, path)[0][3]


def test_a_measure_that_is_none(loaded: Loaded, tmp_path: Path) -> None:
    rows = [["measure", *LOCK], ["orders", None, None, "Bob", None, 5, "a", "b", None]]
    ((_, row, column, problem),) = findings(loaded, book_of(tmp_path / "e.xlsx", locks=rows))
    assert (row, column, problem) == (2, "measure", "this is no measure of the scenario")


def test_files_that_are_no_workbooks(loaded: Loaded, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file cannot be read"):
        with_locks(loaded, tmp_path / "nothing.xlsx")
    with pytest.raises(InputError, match="the file cannot be read"):
        with_locks(loaded, tmp_path)
    (tmp_path / "text.xlsx").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "no workbook" in findings(loaded, tmp_path / "text.xlsx")[0][3]


def test_the_workbook_of_the_run_that_is_replaced_is_kept(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "run", tmp_path / "run")
    book = tmp_path / "run" / "plan.xlsx"
    target = records_of(book, "targets")[3]["target"]
    edited(book, book, "targets", {(5, "target"): target + 1})
    with pytest.raises(InputError, match=r"plan.xlsx \(changed since\). That would be deleted"):
        plan(home / "world", tmp_path / "run", locks=book)
    with pytest.raises(InputError, match="would be deleted; name another folder"):
        plan(home / "world", tmp_path / "run", locks=book, force=True)
    assert openpyxl.load_workbook(book)
