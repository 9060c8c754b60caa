"""Reading a run folder without trust: whole files, tables, cells, and what is said of them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from verify_company import company
from verify_plans import Draft

from optimizer.errors import DefectError, InputError
from optimizer.verify import columns, verify
from optimizer.verify.check_files import check_hashes, check_present, check_run
from optimizer.verify.check_record import check_record, check_verification
from optimizer.verify.check_summary import (
    block_of,
    check_measures,
    check_top,
    fairness_of,
    summary_of,
)
from optimizer.verify.columns import as_text, column_of, finite_or_nan, rows_where, texts_of
from optimizer.verify.failures import COUNTED, LISTED, Verification, fault, shorten, show
from optimizer.verify.files import (
    UnreadableError,
    _first_line,
    first_file,
    numbers,
    read_columns,
    read_json,
    read_toml,
    sha256,
)
from optimizer.verify.layout import GAPS, LAYOUTS, TARGETS, Layout, Written, read_table
from optimizer.verify.telling import read_telling
from optimizer.verify.terms import read_terms
from optimizer.verify.verify import _Log, _Tables
from optimizer.verify.written import lay_out, where_cell


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return company(tmp_path_factory.mktemp("company"))


# ---------------------------------------------------------------- what is said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"), (False, "no"), (12345678901234567, "12345678901234567"), (1.5, "1.5"),
        (np.float64(0.1), "0.1"), (1 / 3, "0.333333333333"), ("1.50", "1.50"), (None, "None"),
        ([1], "[1]"), (1e6, "1000000"),
    ],
)  # fmt: skip
def test_values_are_shown_as_people_read_them(value: object, text: str) -> None:
    assert show(value) == text


def test_a_fault_is_one_sentence() -> None:
    assert fault("c", "f.csv", "row 2", "is off", 1, 2).text == (
        "f.csv, row 2: is off (expected 1, found 2)"
    )
    assert fault("c", "f.csv", "", "is off", found=2).text == "f.csv: is off (found 2)"
    assert fault("c", "f.csv", "", "is off", 1).text == "f.csv: is off (expected 1)"
    assert str(fault("c", "f.csv", "", "is off")) == "f.csv: is off"
    assert Verification(3, ()).ok and not Verification(3, (fault("c", "f", "", "w"),)).ok


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (0, None), (1, "f: 0"), (LISTED, f"f: {LISTED - 1}"),
        (LISTED + 1, "f: 1 more faults of this kind"),
        (LISTED + COUNTED - 1, "f: 999 more faults of this kind"),
        (LISTED + COUNTED, "f: 1000 or more more faults of this kind"),
        (LISTED + COUNTED + 9, "f: 1000 or more more faults of this kind"),
    ],
)  # fmt: skip
def test_the_first_faults_are_told_and_the_rest_counted(count: int, last: str | None) -> None:
    found = list(shorten(fault("c", "f", "", str(number)) for number in range(count)))
    assert len(found) == min(count, LISTED) + (count > LISTED)
    assert (found[-1].text if found else None) == last


# ---------------------------------------------------------------- files


def test_the_kind_of_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such run folder"):
        check_run(tmp_path / "none")
    with pytest.raises(InputError, match=r"it has no run\.json"):
        check_run(tmp_path)
    (tmp_path / "scenario.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="a scenario, not a run of one"):
        check_run(tmp_path)
    (tmp_path / "scenario.toml").unlink()
    (tmp_path / "targets.parquet").write_text("", encoding="utf-8")
    check_run(tmp_path)
    (tmp_path / "targets.parquet").unlink()
    (tmp_path / "run.json").write_text("", encoding="utf-8")
    check_run(tmp_path)


def test_files_are_those_that_the_run_wrote(tmp_path: Path) -> None:
    (tmp_path / "scenario").mkdir()
    for name in ("a.csv", "targets.csv", "scenario/people.csv", "scenario/notes.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    digest = hashlib.sha256(b"a.csv").hexdigest()
    outputs = {"a.csv": digest, "gone.csv": "0", "scenario/people.csv": "0" * 64, "/x": "0",
               "../y": "0", "a\\b": "0", "c:d": "0"}  # fmt: skip
    people = hashlib.sha256(b"scenario/people.csv").hexdigest()
    found = [(one.file, one.expected, one.found)
             for one in check_hashes(tmp_path, {"outputs": outputs})]  # fmt: skip
    assert found == [
        *(("run.json", "", name) for name in ("../y", "/x", "a\\b", "c:d")),
        ("gone.csv", "", ""), ("scenario/people.csv", "sha256 000000000000…", f"{people[:12]}…"),
        ("targets.csv", "", ""),
    ]  # fmt: skip
    texts = [one.text for one in check_hashes(tmp_path, {"outputs": outputs})]
    assert sum("the plan is stale" in text for text in texts) == 1
    assert [one.where for one in check_hashes(tmp_path, {"outputs": [1]})] == ["outputs"]
    assert [one.file for one in check_present(tmp_path)] == [
        "fairness.json", "scenario/scenario.toml",
    ]  # fmt: skip
    assert sha256(tmp_path / "a.csv") == digest


def test_large_files_are_digested_whole(tmp_path: Path) -> None:
    content = b"0123456789" * 200_000
    (tmp_path / "large").write_bytes(content)
    assert sha256(tmp_path / "large") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"\xff", b"[1]", b"{", b"[" * 100_000])
def test_what_is_no_object_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UnreadableError, match="cannot be read"):
        read_json(tmp_path / "a")
    if content != b"[1]":
        with pytest.raises(UnreadableError, match="not valid TOML"):
            read_toml(tmp_path / "a")
    with pytest.raises(UnreadableError, match="is missing"):
        read_toml(tmp_path / "none")
    with pytest.raises(UnreadableError, match="cannot be opened"):
        read_json(tmp_path)


def test_the_first_kind_of_a_table_that_is_there_is_read(tmp_path: Path) -> None:
    assert first_file(tmp_path, "t").name == "t.csv"
    (tmp_path / "t.parquet").touch()
    assert first_file(tmp_path, "t").name == "t.parquet"
    (tmp_path / "t.csv").touch()
    assert first_file(tmp_path, "t").name == "t.csv"
    for name in ("t.csv", "t.parquet"):
        with pytest.raises(UnreadableError, match="is empty"):
            read_columns(tmp_path / name)
    with pytest.raises(UnreadableError, match="is missing"):
        read_columns(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("a,n\nx,1\ny,\n", ("a", "n"), [["x", 1.0], ["y", np.nan]]),
        ("\ufeffa,n\nx,1\n", ("a", "n"), [["x", 1.0]]),
        ("a,n\n'=x,1\n'y,2\n", ("a", "n"), [["=x", 1.0], ["'y", 2.0]]),
        ('a,n\n"x\ny",1\n', ("a", "n"), [["x\ny", 1.0]]),
        ("a,n\nNA,1\nnull,2\n", ("a", "n"), [["NA", 1.0], ["null", 2.0]]),
        ("a,n\n", ("a", "n"), []),
        ("n,a\n1,x\n", ("n", "a"), [["x", 1.0]]),
        ("b,a,n\n9,x,1\n", ("b", "a", "n"), [["x", 1.0]]),
        ("a,n\nx,inf\n", ("a", "n"), [["x", np.nan]]),
        ("a,n\nx,one\n'=y,2\n", ("a", "n"), [["x", np.nan], ["=y", 2.0]]),
    ],
)
def test_tables_are_read_by_columns(
    tmp_path: Path, text: str, names: tuple[str, ...], rows: list[list[Any]]
) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    frame, found = read_columns(tmp_path / "t.csv", ("n",), {"a", "n"})
    assert found == names
    assert set(frame) == {"a", "n"}
    assert frame.index.tolist() == list(range(2, len(rows) + 2))
    assert list(frame["a"].astype(str)) == [row[0] for row in rows]
    due = np.array([row[1] for row in rows], dtype=float)
    assert np.array_equal(numbers(frame["n"]).to_numpy(), due, equal_nan=True)


@pytest.mark.parametrize("text", ["a,a\n1,2\n", "a,b\n1,2,3\n", "a\n\x00\n"])
def test_tables_of_no_shape_are_not_guessed_at(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    try:
        frame, names = read_columns(tmp_path / "t.csv", ("b",))
    except UnreadableError:
        return
    assert len(set(names)) == len(names) == frame.shape[1]


def test_cells_become_texts_without_their_guard() -> None:
    cells = [None, True, 3, "'=a", "'a", "'", "", "'-1", pd.NaT, np.bool_(False)]
    assert [as_text(cell) for cell in cells] == [
        "", "true", "3", "=a", "'a", "'", "", "-1", "", "false",
    ]  # fmt: skip
    assert texts_of(pd.Series(["b", None, "a"])).tolist() == ["b", "", "a"]
    assert np.array_equal(
        finite_or_nan(np.array([1.0, np.inf, -np.inf])), [1.0, np.nan, np.nan], equal_nan=True
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [(ValueError("first\nsecond"), "first"), (ValueError("  \n"), "ValueError"),
     (KeyError("a"), "'a'"), (OSError(), "OSError")],
)  # fmt: skip
def test_an_error_is_told_by_its_first_line_or_its_name(error: Exception, line: str) -> None:
    assert _first_line(error) == line


def test_a_blank_label_is_the_text_without_letters_wherever_it_stands() -> None:
    for labels in (["", "a"], ["a", ""], ["a", "b"]):
        found = column_of(
            pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), labels)])
        )
        assert list(found) == [labels[0], "", labels[1]]


def test_whole_numbers_beyond_floats_are_read_as_the_nearest_float() -> None:
    found = column_of(pa.chunked_array([[2**53 + 1, 5]], type=pa.int64()))
    assert np.asarray(found).tolist() == [2.0**53, 5.0]


def test_rows_at_the_edge_of_a_block_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK", 2)
    seen: list[slice] = []

    def test(rows: slice) -> np.ndarray:
        seen.append(rows)
        return np.ones(len(range(5)[rows]), dtype=bool)

    assert rows_where(5, test).tolist() == [0, 1, 2, 3, 4]
    assert seen == [slice(0, 2), slice(2, 4), slice(4, 6)]


# ---------------------------------------------------------------- tables of a run


def gaps_read(folder: Path, text: str, *measures: str) -> tuple[list[str], list[float] | None]:
    (folder / "gaps.csv").write_text(text, encoding="utf-8")
    written = read_table(folder, GAPS, measures or ("amount",))
    texts = [one.text.removeprefix("gaps.csv") for one in written.failures]
    return texts, None if written.frame is None else written.frame["gap"].tolist()


HEAD = "period,region,product,cause,gap\n"


@pytest.mark.parametrize(
    ("text", "failures", "gaps"),
    [
        (HEAD + "Q,a,x,lock,1\nQ,b,x,lock,2\n", [], [1, 2]),
        (HEAD + "Q,a,x,lock,1\nQ,a,x,lock,2\n",
         [", row 3: Q, a, x stands there twice (duplicate row)"], [1]),
        (HEAD + "Q,a,x,,1\nQ,b,x,lock,\n", [", row 3, gap: is blank", ", row 2, cause: is blank"],
         []),
        (HEAD + "Q,a,x,lock,many\nQ,b,x,lock,2\n",
         [", row 2, gap: is not a number (found many)", ", row 2, gap: is blank"], [2]),
        (HEAD + "Q,a,x,lock,nan\nQ,b,x,lock,-inf\n",
         [", row 2, gap: is not a number (found nan)", ", row 3, gap: is not a number (found -inf)",
          ", row 2, gap: is blank", ", row 3, gap: is blank"], []),
        ("period,region,product,cause\nQ,a,x,lock\n", [": lacks the column gap"], None),
        ("period,region,product,cause,gap,more\nQ,a,x,lock,1,2\n",
         [": has a column more that does not belong there"], [1]),
        ("period,region,product,cause,gap,x_own\nQ,a,x,lock,1,2\n",
         [": has a column x_own that does not belong there"], [1]),
        ("measure,period,region,product,cause,gap\nm,Q,a,x,lock,1\n",
         [": has a column measure that does not belong there",
          ", row 2, measure: is an unknown label (found m)"], []),
    ],
)  # fmt: skip
def test_tables_have_their_columns_and_each_row_once(
    tmp_path: Path, text: str, failures: list[str], gaps: list[float] | None
) -> None:
    assert gaps_read(tmp_path, text) == (failures, gaps)


def test_rows_of_two_measures_are_told_apart(tmp_path: Path) -> None:
    head = "measure,period,region,product,cause,gap\n"
    text = head + "m,Q,a,x,lock,1\nn,Q,a,x,lock,2\nm,Q,a,x,lock,3\nz,Q,a,x,lock,4\n"
    assert gaps_read(tmp_path, text, "m", "n") == (
        [", row 4: m, Q, a, x stands there twice (duplicate row)",
         ", row 5, measure: is an unknown label (found z)"], [1, 2],
    )  # fmt: skip
    assert gaps_read(tmp_path, HEAD + "Q,a,x,lock,1\n", "m", "n") == (
        [": lacks the column measure"], [1],
    )  # fmt: skip
    written = read_table(tmp_path, GAPS, ("m",))
    assert written.of_measure("m") is written.frame
    (tmp_path / "gaps.csv").write_text(text, encoding="utf-8")
    of_n = read_table(tmp_path, GAPS, ("m", "n")).of_measure("n")
    assert of_n is not None and of_n["gap"].tolist() == [2]
    assert Written("x", None, ()).of_measure("m") is None


def test_columns_of_planners_are_let_be_in_targets_only(tmp_path: Path) -> None:
    names = [*TARGETS.texts, *TARGETS.amounts, "x_note", "note"]
    row = ["Q", "a", "", "", "x", "1", "1", "1", "1", "hello", "there"]
    (tmp_path / "targets.csv").write_text(f"{','.join(names)}\n{','.join(row)}\n", encoding="utf-8")
    written = read_table(tmp_path, TARGETS, ["amount"])
    assert [one.text for one in written.failures] == [
        "targets.csv: has a column note that does not belong there"
    ]


def test_tables_only_where_needed_may_be_missing(tmp_path: Path) -> None:
    found = read_telling(tmp_path, ["amount"])
    missing = [stem for stem, written in found.items() if written.frame is None]
    assert missing == ["explain", "explain_regions", "advice", "off_reference", "fairness"]
    for stem in ("locks", "commits"):
        frame = found[stem].frame
        assert frame is not None and len(frame) == 0 and not found[stem].failures


def test_a_table_is_let_go_with_its_last_measure() -> None:
    frame = pd.DataFrame({"measure": ["a", "b", "a"], "gap": [1.0, 2.0, 3.0]})
    tables = _Tables({"gaps": Written("gaps.csv", frame, ())}, {}, None, "b")
    first, second = tables.take("gaps", "a"), tables.take("gaps", "b")
    assert first is not None and second is not None
    assert (first["gap"].tolist(), second["gap"].tolist()) == ([1, 3], [2])
    assert tables.take("gaps", "a") is None
    assert tables.file("gaps") == "gaps.csv"
    layout = Layout("t", ("a",), (), (), ("a",))
    assert layout.endings == ("csv", "parquet")


# ---------------------------------------------------------------- the log of checks


def test_every_check_counts_and_each_fault_is_told_once() -> None:
    log = _Log()
    assert log.outcome() == Verification(1, ())
    one, other = fault("c", "f", "", "one"), fault("c", "f", "", "other")
    log.add(one, one)
    log.check("f", lambda: iter([one, other]))
    assert log.outcome() == Verification(1, (one, other))
    assert log.read(lambda: 5, "f") == 5

    def damaged() -> int:
        raise UnreadableError("is damaged")

    assert log.read(damaged, "g") is None
    log.check("h", lambda: iter([fault("c", "f", "", str(1 // 0))]))
    assert log.outcome().checks == 4
    assert [one.text for one in log.outcome().failures[2:]] == [
        "g: is damaged",
        "h: is too damaged to be checked (found integer division or modulo by zero)",
    ]


# ---------------------------------------------------------------- labels of the plan


def test_unknown_labels_of_targets_are_told_and_left_out(draft: Draft) -> None:
    targets = draft.targets.copy()
    changes = [
        ("period", "2024Q3"), ("region", "Coast"), ("product", "*"), ("rep", ""), ("rep", "Z"),
    ]  # fmt: skip
    for row, (column, name) in enumerate(changes):
        targets.loc[row, column] = name
    plan, failures = lay_out(draft.facts, targets, draft.rollup, "t.csv")
    assert [one.text for one in failures] == [
        "t.csv, row 0, period: 2024Q3 is an unknown label",
        "t.csv, row 1, region: Coast is an unknown label",
        "t.csv, row 2, product: * is an unknown label",
        "t.csv, row 3, rep: a blank cell is an unknown label",
        "t.csv, row 4, rep: Z is an unknown label",
    ]
    assert len(plan.rows.cell) == len(targets) - 5
    assert plan.rows.target.tolist() == targets["target"].tolist()[5:]
    assert plan.targets_file == "t.csv"


def test_unknown_labels_of_the_roll_up_are_told_and_left_out(draft: Draft) -> None:
    rollup = draft.rollup.copy()
    for row, (column, name) in enumerate((("period", "2024Q3"), ("region", "Z"), ("product", "z"))):
        rollup.loc[row, column] = name
    plan, failures = lay_out(draft.facts, draft.targets, rollup, "t.csv")
    assert [one.text for one in failures] == [
        "rollup.csv, row 0, period: 2024Q3 is an unknown label",
        "rollup.csv, row 1, region: Z is an unknown label",
        "rollup.csv, row 2, product: z is an unknown label",
    ]
    assert (~plan.present).sum() == 3
    assert len(plan.teams) == (rollup["team"] != "*").sum()


def test_sums_have_all_places_though_the_last_have_no_row(draft: Draft) -> None:
    plan = draft.without("targets", rep="Hal").plan()
    assert plan.rows.cells("target").tolist() == [
        [[990, 330], [990, 330]], [[330, 110], [330, 110]], [[0, 0], [0, 0]],
    ]  # fmt: skip
    assert plan.rows.by_rep("target").tolist() == [[440, 440]] * 4 + [[0, 0]]
    assert plan.rows.listed.sum(axis=(1, 2)).tolist() == [4, 4, 2, 4, 0]
    assert plan.rows.leaf(slice(4, 7)).tolist() == [0, 1, 1]
    assert plan.rows.place(6) == (1, 0, 1)
    axes = draft.facts.axes
    assert where_cell(axes, 1, 0, 1, "Eve") == "2024Q1, South, Eve, Twin"
    assert where_cell(axes, 2, 1, -1) == "2024Q2, West, *"
    assert np.isnan(plan.margin["potential"]).sum() == plan.present.size - 2


# ---------------------------------------------------------------- run.json


RECORD = {"command": "plan", "seed": 3, "name": "n", "method": "pooled", "assumptions": ["a"],
          "verification": {"checks": 4, "failed": 0}}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("command", "pay", "command"), ("seed", 4, "seed"), ("seed", True, "seed"),
        ("name", None, "name"), ("method", "magic", "method"), ("assumptions", "a", "assumptions"),
        ("assumptions", [1], "assumptions"), ("assumptions", [], None),
        ("verification", [], "verification"),
        ("verification", {"checks": 1}, "verification.failed"),
        ("verification", {"checks": True, "failed": 0}, "verification.checks"),
        ("verification", {"checks": 1, "failed": 1}, "verification.failed"),
        ("verification", {"checks": 1, "failed": False}, "verification.failed"),
        ("method", "joint", None), ("method", "decomposed", None),
    ],
)  # fmt: skip
def test_what_a_run_says_of_itself_fits(key: str, value: object, where: str | None) -> None:
    terms = read_terms({"goal": 1, "seed": 3, "name": "n"})
    assert not list(check_record(RECORD, terms))
    found = [one.where for one in check_record({**RECORD, key: value}, terms)]
    assert found == ([where] if where else [])


def test_a_scenario_without_a_name_may_have_any() -> None:
    content = {**RECORD, "name": "anything", "seed": 0}
    assert not list(check_record(content, read_terms({"goal": 1})))
    assert [one.where for one in check_verification({})] == ["verification"]


@pytest.mark.parametrize(
    ("checks", "failed", "wheres"),
    [
        (5, 0, []), (5, 1, ["failed"]), (5, 2, ["failed"]), (0, -1, ["failed"]),
        (True, 0, ["checks"]), (5.0, 0, ["checks"]), (5, False, ["failed"]),
        (None, "0", ["checks", "failed"]),
    ],
)  # fmt: skip
def test_a_written_plan_has_passed_its_verification(
    checks: object, failed: object, wheres: list[str]
) -> None:
    found = check_verification({"verification": {"checks": checks, "failed": failed}})
    assert [one.where for one in found] == [f"verification.{where}" for where in wheres]


TWO = {"goal": 1, "measure": {"b": {"goal": 2}}}


@pytest.mark.parametrize(
    ("settings", "content", "wheres"),
    [
        ({"goal": 1}, {}, []), ({"goal": 1}, {"measures": {}}, ["measures.amount"]),
        ({"goal": 1}, {"measures": {"amount": 1, "c": 1}}, ["measures.c"]),
        (TWO, {}, ["measures.amount", "measures.b"]),
        (TWO, {"measures": {"amount": 1, "b": 1}}, []),
        (TWO, {"measures": {"amount": 1, "c": 1}}, ["measures.b", "measures.c"]),
    ],
)  # fmt: skip
def test_a_run_has_the_measures_of_the_scenario(
    settings: dict[str, Any], content: dict[str, Any], wheres: list[str]
) -> None:
    assert [one.where for one in check_measures(content, read_terms(settings))] == wheres


@pytest.mark.parametrize(
    ("main", "other", "top", "wheres"),
    [
        ({"status": "complete"}, {"status": "complete"}, {"status": "complete"}, []),
        ({"status": "complete"}, {"status": "gap"}, {"status": "complete"}, ["status"]),
        ({"status": "complete"}, {"status": "gap"}, {"status": "gap"}, []),
        ({"status": "gap"}, {"status": "complete"}, {"status": "gap"}, []),
        ({"status": "complete"}, {"status": "complete"}, {"status": "gap"}, ["status"]),
        ({"status": "gap", "goal": 1, "bound": 2}, {}, {"status": "gap", "goal": 2},
         ["goal", "bound"]),
        (1, {"status": "gap"}, {"status": "gap", "goal": 2}, []),
    ],
)  # fmt: skip
def test_the_top_is_the_main_measure_and_the_worst_status(
    main: object, other: object, top: dict[str, Any], wheres: list[str]
) -> None:
    content = {**top, "measures": {"amount": main, "b": other}}
    assert [one.where for one in check_top(content, read_terms(TWO))] == wheres
    assert not list(check_top(content, read_terms({"goal": 1})))
    assert not list(check_top(top, read_terms(TWO)))


def test_figures_of_a_measure_are_found() -> None:
    content = {"goal": 1, "proof": {"x": 1}, "measures": {"b": {"goal": 2}, "c": 3}}
    assert summary_of(content, "b", several=True) == {"goal": 2}
    assert summary_of(content, "b", several=False) is content
    assert summary_of(content, "c", several=True) is content
    assert summary_of({}, "b", several=True) == {}
    fairness = {"b": {"gini": 1}, "c": 3}
    assert fairness_of(fairness, "b", several=True) == {"gini": 1}
    assert fairness_of(fairness, "b", several=False) is fairness
    assert fairness_of(fairness, "c", several=True) is fairness
    assert block_of(content, {"goal": 2}, "proof") == {"x": 1}
    assert block_of(content, {"proof": {"y": 1}}, "proof") == {"y": 1}
    assert block_of(content, {}, "stretch") == {}


# ---------------------------------------------------------------- before a run is written


@pytest.mark.parametrize("faults", [0, 1, 25])
def test_a_draft_with_faults_is_not_written(monkeypatch: pytest.MonkeyPatch, faults: int) -> None:
    found = tuple(fault("sums", "targets.csv", f"row {row}", "is wrong") for row in range(faults))
    told = Verification(7, found)
    monkeypatch.setattr(verify, "verify_run", lambda _: told)
    if not faults:
        assert verify.verify_draft(Path("run"), "plan") is told
        return
    with pytest.raises(DefectError, match="The plan did not pass") as error:
        verify.verify_draft(Path("run"), "plan")
    lines = str(error.value).splitlines()[1:]
    assert lines == [f"- {one.text}" for one in found[:20]]


def test_texts_of_parquet_are_in_utf8(tmp_path: Path) -> None:
    path = tmp_path / "targets.parquet"
    ends = pa.py_buffer(np.array([0, 2], dtype=np.int32))
    odd = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(b"a\xd0")])
    pq.write_table(pa.table({"rep": odd}), path)
    with pytest.raises(UnreadableError, match="cannot be read as a table"):
        read_columns(path)


def test_every_table_that_is_read_is_a_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound, odd = (SimpleNamespace(failures=some) for some in ((), (fault("c", "f", "", "odd"),)))
    monkeypatch.setattr(verify, "read_table", lambda *_: sound)
    monkeypatch.setattr(verify, "read_telling", lambda *_: {"a": sound, "b": odd})
    log, terms = _Log(), SimpleNamespace(measure="amount")
    verify._read_run(tmp_path, [terms], log)  # type: ignore[list-item]
    assert log.checks == len(LAYOUTS) + 2
    assert [one.text for one in log.failures] == [fault("c", "f", "", "odd").text]
