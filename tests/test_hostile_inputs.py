"""Inputs that nobody writes by hand: what cannot be shown, runs elsewhere, bursts or is no file."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.batch.table import is_batch
from optimizer.domain.calendar import span_of
from optimizer.errors import Finding, InputError
from optimizer.inputs.columnar import read_columns
from optimizer.inputs.load import load_scenarios
from optimizer.results.run_folder import read_record

TOML = 'name = "tiny"\nperiods = ["2024Q1"]\ngoal = 100\n'


def scenario(folder: Path, toml: str = TOML, **tables: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    for name, text in tables.items():
        (folder / f"{name}.csv").write_bytes(text.encode())
    return folder


def people(rep: str = "Ann", region: str = "East", further: str = "", value: str = "") -> str:
    cells = [f'"{one}"' for one in (rep, region, value)]
    header = f'"{further}"' if further else ""
    return f"rep,region,{header or 'team'}\n{','.join(cells)}\n"


def said(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_scenarios(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Ea\x1b]8;;http://evil\x07st", "U+001B"),
        ("Ea\x9bst", "U+009B"),
        ("Ea\u202est", "U+202E"),
        ("Ea\u2066st", "U+2066"),
        ("Ea\u2028st", "line break"),
        ("Ea\rst", "line break"),
        ("Ea\nst", "line break"),
        ("Ea\tst", "tab"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused_with_the_character(
    tmp_path: Path, name: str, code: str
) -> None:
    found = said(scenario(tmp_path, people=people(region=name)))
    assert "people.csv, row 2, column region: the text holds a character that cannot be" in found
    assert f"without {code}" in found.replace("without the character", "without").replace(
        "without a ", "without "
    )


@pytest.mark.parametrize(
    "name",
    [
        "محمد\u200cرضا",
        "क्\u200dष",
        "👩\u200d💼 Ann",
        "O'Neil-Łuczak",
        "Jose\u0301",
        "王小明",
        "ស\u200bខ",
        "Ann; Ben",
        "x" * 1000,
        "עדי\u200f",
    ],
)
def test_names_of_real_people_stay_as_they_are(tmp_path: Path, name: str) -> None:
    loaded = load_scenarios(scenario(tmp_path, people=people(rep=name)))
    assert loaded.scenarios[0].tables["people"]["rep"].tolist() == [name]


def test_blanks_of_no_width_around_a_name_are_no_part_of_it(tmp_path: Path) -> None:
    table = people(rep="\u200bAnn \ufeff", region="East\r")
    table = load_scenarios(scenario(tmp_path, people=table)).scenarios[0].tables["people"]
    assert table[["rep", "region"]].to_numpy().tolist() == [["Ann", "East"]]


def test_notes_keep_their_lines(tmp_path: Path) -> None:
    note = "less:\r\n- two left\r- weg; -20 %"
    table = people(further="x_my\nnote", value=note)
    frame = load_scenarios(scenario(tmp_path, people=table)).scenarios[0].tables["people"]
    assert frame["x_my note"].tolist() == ["less:\n- two left\n- weg; -20 %"]


@pytest.mark.parametrize("name", ["x;=1+2;", "x; ＋1", 'x;""=1', "x;-1"])
def test_a_formula_after_a_separator_in_a_name_is_refused(tmp_path: Path, name: str) -> None:
    assert "would run as a formula" in said(scenario(tmp_path, people=people(rep=name)))


@pytest.mark.parametrize("note", ["a;=1", "a\n=1", "a\t@SUM(1)", "a;-HYPERLINK(A1)", "a;+c|' /c'"])
def test_a_formula_after_a_separator_in_a_note_is_refused(tmp_path: Path, note: str) -> None:
    table = people(further="x_note", value=note)
    assert "would run as a formula" in said(scenario(tmp_path, people=table))


@pytest.mark.parametrize("header", ["x_\x1b]0;a", "x_\u202ea", "x_;=1"])
def test_a_header_that_cannot_be_shown_or_runs_is_refused(tmp_path: Path, header: str) -> None:
    found = said(scenario(tmp_path, people=people(further=header)))
    assert found.startswith("people.csv, row 1, column x_")


@pytest.mark.parametrize("key", ["name", "unit"])
@pytest.mark.parametrize("text", ["\\u001B]0;a", "a\\nb", "a\\u202Eb", "x;=1"])
def test_keys_that_cannot_be_shown_or_run_are_refused(tmp_path: Path, key: str, text: str) -> None:
    own = f'{key} = "{text}"\n' + TOML.partition("\n")[2]
    found = said(scenario(tmp_path, own))
    assert found.startswith("scenario.toml, row 1, column " + key)


def test_texts_and_tables_have_a_largest_size(tmp_path: Path) -> None:
    long = scenario(tmp_path / "a", people=people(rep="x" * 1001))
    assert "more than 1,000 characters" in said(long)
    wide = "rep,region," + ",".join(f"x_{number}" for number in range(1000)) + "\nAnn,East\n"
    assert "the table people has 1,002 columns" in said(scenario(tmp_path / "b", people=wide))
    many = f"periods = {json.dumps([f'p{number}' for number in range(10_001)])}\ngoal = 1\n"
    assert "the list has 10,001 entries" in said(scenario(tmp_path / "c", many))


def test_a_row_of_countless_cells_is_no_table(tmp_path: Path) -> None:
    row = "," * 10_001
    assert "cells)" in said(scenario(tmp_path / "a", people=f"rep,region\nAnn,East{row}\n"))
    assert "cells)" in said(scenario(tmp_path / "b", people=f"rep,region{row}\nAnn,East\n"))


def test_a_finding_tells_only_the_beginning_of_a_long_value(tmp_path: Path) -> None:
    found = said(scenario(tmp_path, people=f'rep,region,capacity\nAnn,East,"{"1x" * 10**5}"'))
    assert len(found) < 10_000
    one = Finding("a.csv", 2, "x", "9" * 10**6, "no", "Write " + "9" * 10**6)
    assert len(str(one)) < 5_000 and one.value.endswith("9…")


@pytest.mark.parametrize("name", ["people.csv", "people.parquet", "incentive.toml"])
@pytest.mark.parametrize("pipe", [False, True])
def test_what_is_no_file_is_not_taken_for_absent(tmp_path: Path, name: str, pipe: bool) -> None:
    place = scenario(tmp_path) / name
    os.mkfifo(place) if pipe else place.mkdir()
    what = "it is no regular file" if pipe else "it is a folder"
    assert f"{name}: the file cannot be read ({what})" in said(tmp_path)


def test_a_folder_that_is_no_table_is_nobodys_business(tmp_path: Path) -> None:
    (scenario(tmp_path) / "letters.csv").mkdir()
    assert load_scenarios(tmp_path).scenarios[0].settings.name == "tiny"


@pytest.mark.parametrize("label", ["9999Q4", "0000Q4", "9999", "0000-01"])
def test_years_that_no_calendar_has_are_refused(tmp_path: Path, label: str) -> None:
    assert "looks like a date but is none" in said(
        scenario(tmp_path, TOML.replace("2024Q1", label))
    )
    past = scenario(tmp_path / "b", history=f"period,region,amount\n{label},East,1\n")
    assert "looks like a date but is none" in said(past)
    assert span_of("0001Q1") is not None and span_of("9998Q4") is not None


def test_a_folder_whose_name_is_no_text_needs_a_name(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc4\xe3"))
    found = said(scenario(folder, TOML.partition("\n")[2]))
    assert "the text is not in UTF-8" in found and "name = " in found
    found.encode()
    assert load_scenarios(scenario(folder)).scenarios[0].settings.name == "tiny"


def parquet(table: pa.Table) -> bytes:
    data = io.BytesIO()
    pq.write_table(table, data, compression="zstd", store_schema=False)
    return data.getvalue()


def repeated(text: str, rows: int) -> pa.Table:
    codes = pa.array(np.zeros(rows, dtype=np.int32))
    return pa.table({"rep": pa.DictionaryArray.from_arrays(codes, pa.array([text]))})


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (repeated("x" * 1_000_000, 50_000), "a text of 1,000,000 bytes"),
        (repeated("x" * 30_000, 300_000), "unpack to more than 2 GB"),
        (pa.table({"rep": ["x" * 80_000_000]}), "times its size"),
    ],
)
def test_parquet_that_bursts_is_refused_before_it_does(table: pa.Table, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_columns(parquet(table), "people.parquet")


def test_lists_of_numbers_are_no_cells() -> None:
    table = pa.table({"rep": ["A"], "x_all": [[1.5, 2.5]]})
    with pytest.raises(InputError, match=r"x_all.* holds more than a text or a list of texts"):
        read_columns(parquet(table), "people.parquet")


def test_a_damaged_table_of_contents_does_not_end_the_process() -> None:
    """Bytes of the sizes of columns, as pyarrow keeps them near the end of the file."""
    table = pa.table({"rep": ["A", "B"], "region": ["East", "West"], "low": [1, 2]})
    whole = parquet(table)
    told = set()
    for at in range(len(whole) - 600, len(whole)):
        for turned in (whole[at] ^ 0x10, 0, 0xFF):
            broken = whole[:at] + bytes([turned]) + whole[at + 1 :]
            try:
                told.add(tuple(read_columns(broken, "people.parquet").columns))
            except InputError as error:
                told.add(error.findings[0].problem)
    assert ("rep", "region", "low") in told
    assert "the file is no Parquet table, or a damaged one" in told


def test_many_short_texts_in_parquet_are_read() -> None:
    assert len(read_columns(parquet(repeated("East", 300_000)), "people.parquet")) == 300_000


def test_days_of_parquet_are_held_to_the_years_of_others(tmp_path: Path) -> None:
    days = np.array(["2024-01-01", "3170842-01-01", "1850-01-01"], dtype="datetime64[s]")
    table = pd.DataFrame({"rep": ["A", "B", "C"], "region": "East", "start": days})
    table.to_parquet(scenario(tmp_path) / "people.parquet")
    found = said(tmp_path).splitlines()
    assert [line.partition(" Write")[0] for line in found] == [
        "people.parquet, row 3, column start: this is not a date (found: 3170842-01-01).",
        "people.parquet, row 4, column start: this is not a date (found: 1850-01-01).",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"measures": 7},
        {"measures": {"a": 3}},
        {"measures": {"a": {"goal": "1"}}},
        {"goal": True},
        {"goal": 10**400},
        {"origin": -1},
        {"outputs": ["targets.csv"]},
        {"assumptions": "none"},
        {"verification": {"checks": "x"}},
        {"solver": []},
        {"unit": 3},
    ],
)
def test_a_record_with_values_of_other_kinds_is_refused(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"command": "plan", "goal": 1.0, **wrong}))
    with pytest.raises(InputError, match=r"run\.json: [a-z]+ should be a"):
        read_record(tmp_path)


def test_a_record_nested_without_end_is_none(tmp_path: Path) -> None:
    for name in ("run.json", "batch.json"):
        (tmp_path / name).write_text("[" * 100_000)
    assert read_record(tmp_path) == {} and not is_batch(tmp_path)
