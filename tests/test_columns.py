"""Whole columns at once: what is read, written and shown is what row by row would give."""

from __future__ import annotations

import csv
import io
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import shares, write_world

from optimizer import columnar
from optimizer.columnar import read_parquet, write_parquet
from optimizer.domain import formats
from optimizer.explain import people, rep_waterfalls
from optimizer.explain.explanation import explain_run
from optimizer.inputs.normalise import known_anywhere
from optimizer.inputs.text import read_cells
from optimizer.inputs.vectors import as_floats, is_among, rises
from optimizer.pipeline import plan
from optimizer.results import table_file, target_rows
from optimizer.results.label_column import Labels, label_column, positions_of
from optimizer.results.run_folder import plain
from optimizer.results.stored_table import read_stored, table_path
from optimizer.results.table_file import write_blocks, write_csv
from optimizer.results.texts import harmless
from optimizer.terminal import progress as shown
from optimizer.verify.files import numbers, read_texts
from optimizer.verify.verify import verify_run

PEOPLE = [
    {"rep": "a", "region": "A", "team": "t", "min": 10, "x_note": "=1+1"},
    {"rep": "b", "region": "B", "team": "", "min": 0, "x_note": ""},
]
BASE: dict[str, Any] = {"name": "w", "periods": ["2024Q1", "2024Q2"], "goal": 101, "rounding": 0.5}
AB = shares("region", {"A": 0.6, "B": 0.4})

cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00", max_codepoint=0x2FFF))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a run folder as CSV and the same as Parquet; not to be changed."""
    folder = tmp_path_factory.mktemp("both")
    world = write_world(folder / "world", BASE, regions=AB, people=PEOPLE)
    for table_format in ("csv", "parquet"):
        assert plan(world, folder / table_format, table_format=table_format).exit_code == 0
    return folder / "csv", folder / "parquet"


# ---------------------------------------------------------------- Parquet and CSV


def test_both_formats_hold_the_same(both: tuple[Path, Path]) -> None:
    names = sorted(path.name for path in both[0].glob("*.csv"))
    assert [path.stem for path in sorted(both[1].glob("*.parquet"))] == [
        name.removesuffix(".csv") for name in names
    ]
    for name in names:
        one = pd.read_csv(both[0] / name, dtype=str, keep_default_na=False)
        other = read_stored(table_path(both[1], name.removesuffix(".csv")))
        assert list(one) == list(other)
        for column in one:
            for text, cell in zip(one[column], other[column].astype(str), strict=True):
                if text not in (cell, f"'{cell}"):
                    assert float(text or "nan") == pytest.approx(float(cell), rel=1e-8), column


def test_tables_come_out_alike_in_blocks_of_any_size(
    both: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, size in (
        (target_rows, "_BLOCK", 1), (rep_waterfalls, "_BLOCK", 2), (people, "_AT_ONCE", 1),
        (columnar, "_ROW_GROUP", 3), (table_file, "_BLOCK", 2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, size)
    for whole, table_format in zip(both, ("csv", "parquet"), strict=True):
        plan(whole / "scenario", tmp_path / table_format, table_format=table_format)
    for path in both[0].glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "csv" / path.name).read_bytes(), path.name
    for path in both[1].glob("*.parquet"):
        pd.testing.assert_frame_equal(
            read_stored(path), read_stored(tmp_path / "parquet" / path.name)
        )


@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_measures_may_bring_other_columns(tmp_path: Path, table_format: str) -> None:
    own = {"goal": 30, "tables": {"people": "callers"}}
    callers = [{"rep": "c", "region": "A", "x_level": "+2"}, {"rep": "d", "region": "B"}]
    world = write_world(
        tmp_path / "world", BASE | {"rounding": 1, "measure": {"calls": own}}, regions=AB,
        people=PEOPLE, callers=callers,
    )  # fmt: skip
    result = plan(world, tmp_path / "run", table_format=table_format)
    assert result.exit_code == 0
    targets = read_stored(table_path(tmp_path / "run", "targets")).astype(object)
    assert list(targets)[-2:] == ["x_note", "x_level"]
    brought = targets.drop_duplicates("rep")[["rep", "x_note", "x_level"]].to_numpy().tolist()
    assert brought == [["a", "=1+1", ""], ["b", "", ""], ["c", "", "+2"], ["d", "", ""]]


def test_a_table_is_large_by_all_its_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "LARGE", 5)
    blocks = [pd.DataFrame({"rep": ["a", "b"], "target": [1.0, 2.0 + number]}) for number in (0, 1)]
    assert write_blocks(iter(blocks), tmp_path, "few", {"": 0}, "auto").name == "few.csv"
    assert (tmp_path / "few.csv").read_text() == "rep,target\na,1\nb,2\na,1\nb,3\n"
    many = write_blocks(iter([*blocks, blocks[1]]), tmp_path, "many", {"": 0}, "auto")
    assert many.name == "many.parquet"
    assert read_parquet(many.read_bytes())["target"].tolist() == [1.0, 2.0, 1.0, 3.0, 1.0, 3.0]


def test_parquet_has_numbers_as_csv_says_them(both: tuple[Path, Path]) -> None:
    table = read_parquet((both[1] / "targets.parquet").read_bytes())
    assert isinstance(table["rep"].dtype, pd.CategoricalDtype)
    assert table["target"].dtype == np.float64
    assert set(table["x_note"]) == {"=1+1", ""}
    assert not (table["target"] % 0.5).any()


def test_a_run_in_parquet_is_verified_explained_and_planned_again(
    both: tuple[Path, Path], tmp_path: Path
) -> None:
    verification = verify_run(both[1])
    assert verification.ok, verification.failures
    assert verification.checks == verify_run(both[0]).checks
    assert explain_run(both[1]).sentences == explain_run(both[0]).sentences
    plan(both[1] / "scenario", tmp_path / "again", table_format="parquet")
    for path in both[1].rglob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(both[1])).read_bytes()


def test_a_broken_cell_of_parquet_is_found(both: tuple[Path, Path], tmp_path: Path) -> None:
    plan(both[0] / "scenario", tmp_path / "run", table_format="parquet")
    file = tmp_path / "run" / "targets.parquet"
    table = read_parquet(file.read_bytes())
    write_parquet(table.assign(target=table["target"].where(table.index > 0)), file)
    said = [failure.text for failure in verify_run(tmp_path / "run").failures]
    assert any("row 2, target: is blank" in text for text in said), said


def test_only_large_tables_are_parquet_by_themselves(
    both: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "LARGE", 5)
    plan(both[0] / "scenario", tmp_path / "run")
    written = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {"explain.parquet", "rollup.parquet", "targets.csv", "gaps.csv"} <= written
    assert {"people.csv", "regions.csv"} <= written


def test_unknown_numbers_and_labels_survive_parquet(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "rep": label_column(("ü", "b", "ü"), np.array([0, 1, 2])),
            "target": [1.5, math.nan, 0.0],
            "binding": [True, False, True],
        }
    )
    write_parquet(table, tmp_path / "t.parquet")
    back = read_texts(tmp_path / "t.parquet")
    assert back["rep"].tolist() == ["ü", "b", "ü"]
    assert back["binding"].tolist() == ["true", "false", "true"]
    assert numbers(back["target"]).fillna(-1).tolist() == [1.5, -1, 0.0]
    assert read_stored(tmp_path / "t.parquet", ["target"])["target"].fillna(-1).sum() == 0.5


# ---------------------------------------------------------------- CSV


@given(
    st.lists(st.tuples(cells, st.floats(width=32), st.integers(-5, 10**6)), max_size=8),
    st.booleans(),
)
def test_csv_is_what_a_csv_writer_would_write(
    rows: list[tuple[str, float, int]], as_labels: bool
) -> None:
    texts, figures, units = zip(*rows, strict=True) if rows else ((), (), ())
    table = pd.DataFrame(
        {
            "rep": pd.Series(texts, dtype=object),
            "slack": pd.Series(figures, dtype=float),
            "target": pd.Series(units, dtype=float) / 4,
        }
    )
    expected = io.StringIO(newline="")
    writer = csv.writer(expected, lineterminator="\n")
    writer.writerow(table.columns)
    for text, figure, unit in rows:
        writer.writerow([harmless(text), plain(figure), f"{unit / 4 + 0.0:.2f}"])
    if as_labels and rows:
        table["rep"] = label_column(texts, np.arange(len(rows)))
    path = _Memory()
    write_csv(table, path, {"": 2})  # type: ignore[arg-type]
    assert path.text == expected.getvalue()


class _Memory:
    """A path that is written to memory."""

    text = ""

    def open(self, *_: object, **__: object) -> io.StringIO:
        memory = self

        class Stream(io.StringIO):
            def close(self) -> None:
                memory.text = self.getvalue()
                super().close()

        return Stream(newline="")


@given(st.lists(cells, max_size=12))
def test_labels_are_kept_once_and_sorted(texts: list[str]) -> None:
    column = label_column(texts, np.arange(len(texts)))
    assert list(column) == texts
    assert list(column.categories) == sorted(set(texts))
    names = pd.Index(sorted(set(texts)), dtype=object)
    found = positions_of(pd.Series(column), names)
    assert [names[place] for place in found] == texts


@given(st.lists(cells.filter(lambda text: text != "*"), max_size=12))
def test_a_label_is_put_in_its_place_behind_the_others(texts: list[str]) -> None:
    column = Labels(texts).and_last("*").column(np.arange(-1, len(texts)))
    assert list(column) == ["*", *texts]
    assert list(column.categories) == sorted({*texts, "*"})


# ---------------------------------------------------------------- reading


plain_cells = st.text(st.sampled_from("ab7 .é-,"), max_size=4)


@given(st.lists(st.lists(plain_cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_quick_and_slow_reading_agree(rows: list[list[str]]) -> None:
    rows = [[cell.replace(",", "") for cell in row] for row in rows]
    lines = ["rep,region,x_1", *map(",".join, rows)]
    quick = read_cells("\n".join(lines).encode(), "t.csv", known_anywhere)
    slow = read_cells("\n".join(['"rep",region,x_1', *lines[1:]]).encode(), "t.csv", known_anywhere)
    assert quick.to_numpy().tolist() == slow.to_numpy().tolist()
    assert quick.to_numpy().tolist()[1:] == rows


@given(st.lists(st.one_of(st.sampled_from(["", "1e3", "12.50", "-0", "007", ".5", "x", "1 2"]),
                          st.floats().map(repr)), max_size=6))  # fmt: skip
def test_texts_are_the_numbers_that_they_say(texts: list[str]) -> None:
    found = as_floats(pd.Series(texts, dtype="str"))
    if found is None:
        assert any(text in ("x", "1 2") for text in texts)
    else:
        expected = [float(text or "nan") for text in texts]
        assert np.array_equal(found, np.array(expected, dtype=float), equal_nan=True)


@given(st.lists(st.tuples(plain_cells, plain_cells), max_size=6))
def test_rows_rise_where_they_are_sorted_and_once(rows: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["rep", "period"], dtype="str")
    assert rises(frame, ["rep", "period"]) == (rows == sorted(set(rows)))


@given(st.lists(plain_cells, max_size=6), st.lists(plain_cells, max_size=6))
def test_names_are_among_those_known(texts: list[str], known: list[str]) -> None:
    found = is_among(pd.Series(texts, dtype="str"), known)
    assert found.tolist() == [text in known for text in texts]


# ---------------------------------------------------------------- progress


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is shown on stderr, with nothing of a terminal."""
    lines: list[str] = []
    monkeypatch.setattr(shown.click, "echo", lambda text, **_: lines.append(text))
    return lines


def test_quick_work_is_silent(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "SHOWN_AFTER", 30.0)
    with shown.Progress(silent=False) as progress:
        progress("read")
        progress("round")
    assert said == []


def test_long_work_says_what_it_does(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "SHOWN_AFTER", 0.05)
    with shown.Progress(silent=False) as progress:
        progress("read")
        time.sleep(0.3)
        progress("round")
        progress("round")
        progress("write")
    assert said == ["reading and checking …", "rounding …", "writing …"]


def test_long_work_is_silent_where_asked(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "SHOWN_AFTER", 0.0)
    with shown.Progress(silent=True) as progress:
        progress("read")
    assert said == []
