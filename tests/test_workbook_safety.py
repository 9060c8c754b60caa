"""Workbooks that are made to do harm are refused in words, before they are opened."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from workbook_worlds import book_of

from optimizer.errors import InputError
from optimizer.inputs import archive, workbook
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.workbook import read_sheets

KEYS = [["key", "value"], ["periods", "2024Q1; 2024Q2"], ["goal", 10]]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return book_of(tmp_path / "good.xlsx", scenario=KEYS, people=[["rep", "region"], ["a", "N"]])


def remade(path: Path, out: Path, **parts: bytes) -> Path:
    """Write a copy of a workbook with other content in some parts, named by their last word."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            stem = item.filename.rpartition("/")[2].partition(".")[0]
            new.writestr(item.filename, parts.get(stem, old.read(item)))
    return out


def told(path: Path) -> str:
    with pytest.raises(InputError) as error:
        load_scenarios(path)
    (finding,) = error.value.findings
    assert finding.file == path.name
    return finding.problem


def sheet(rows: str, before: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    head = f'<?xml version="1.0" encoding="UTF-8"?>{before}'
    return f'{head}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["sheet2", "workbook"])
def test_entities_are_refused(good: Path, tmp_path: Path, part: str, encoding: str) -> None:
    text = sheet(CELL, LAUGHS).decode().replace("UTF-8", encoding.upper())
    bomb = remade(good, tmp_path / "bomb.xlsx", **{part: text.encode(encoding)})
    assert "declares entities" in told(bomb)


def test_entities_are_refused_whatever_a_part_is_called(good: Path, tmp_path: Path) -> None:
    """A sheet in a part of another suffix, to which the workbook's relations lead."""
    harmless, bomb = tmp_path / "moved.xlsx", tmp_path / "bomb.xlsx"
    for out, content in ((harmless, None), (bomb, sheet(CELL, LAUGHS))):
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(out, "w") as new:
            for item in old.infolist():
                data = old.read(item).replace(b"sheet2.xml", b"sheet2.dat")
                if item.filename.endswith("sheet2.xml"):
                    data = content or data
                new.writestr(item.filename.replace("sheet2.xml", "sheet2.dat"), data)
    assert len(load_scenarios(harmless).scenarios[0].tables["people"]) == 1
    assert "sheet2.dat declares entities" in told(bomb)


def test_a_text_that_many_cells_share_is_no_longer_than_a_cell(good: Path, tmp_path: Path) -> None:
    """One text of a megabyte, stored once, would be one of gigabytes in a column."""
    long = "A" * 1_000_000
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{long}</t></is></c></row>'
        for row in (1, 2)
    )
    bomb = remade(good, tmp_path / "bomb.xlsx", sheet2=sheet(rows))
    assert "row 1, has a cell of 1,000,000 characters" in told(bomb)


def test_a_file_read_from_the_machine_is_refused(good: Path, tmp_path: Path) -> None:
    before = '<!DOCTYPE a [<!ENTITY c SYSTEM "file:///etc/hostname">]>'
    bomb = remade(good, tmp_path / "bomb.xlsx", sheet2=sheet(CELL, before))
    assert "declares entities" in told(bomb)


def test_what_unpacks_to_far_more_than_its_size_is_refused(good: Path, tmp_path: Path) -> None:
    bomb = remade(good, tmp_path / "bomb.xlsx", sheet2=sheet(" " * (100 << 20)))
    assert bomb.stat().st_size < 1 << 20
    tracemalloc.start()
    assert "times its size" in told(bomb)
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_what_unpacks_to_too_much_is_refused(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT", 1_000)
    assert "the workbook unpacks to 0.0 GB, and at most" in told(good)


def test_an_archive_of_very_many_files_is_refused(good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(good, "a") as file:
        for number in range(archive.ENTRIES_LIMIT):
            file.writestr(f"xl/{number}", b"")
    assert "files, and a workbook has at most 10,000" in told(good)


def test_a_table_of_contents_that_lies_unpacks_no_more_than_it_says(
    good: Path, tmp_path: Path
) -> None:
    bomb = remade(good, tmp_path / "bomb.xlsx", sheet2=sheet(" " * (100 << 20)))
    data = bytearray(bomb.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as file:
        item = file.getinfo("xl/worksheets/sheet2.xml")
    size = item.file_size.to_bytes(4, "little")
    assert data.count(size) == 2
    (tmp_path / "lie.xlsx").write_bytes(data.replace(size, (500).to_bytes(4, "little")))
    tracemalloc.start()
    assert "no workbook, or a damaged one" in told(tmp_path / "lie.xlsx")
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_a_value_far_to_the_right_is_told(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_CELLS", 1_000_000)
    rows = "".join(f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(1, 200))
    wide = remade(good, tmp_path / "wide.xlsx", sheet2=sheet(rows))
    assert told(wide).startswith("the sheet people has values down to row 62 and out to column")


def test_a_row_beyond_the_last_is_left_alone(good: Path, tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="999999999999"><c><v>1</v></c></row>'
    long = remade(good, tmp_path / "long.xlsx", sheet2=sheet(rows))
    cells = read_sheets(long.read_bytes(), "long.xlsx")["people"].cells
    assert cells.to_numpy().tolist() == [[1]]


def test_blank_cells_at_the_ends_are_no_table(good: Path, tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"/></row>'
        '<row r="1048576"><c r="XFD1048576"/></row>'
    )
    blank = remade(good, tmp_path / "blank.xlsx", sheet2=sheet(rows))
    assert read_sheets(blank.read_bytes(), "b")["people"].cells.shape == (1, 1)


def test_a_password_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    assert "protected by a password" in told(tmp_path / "secret.xlsx")


def test_a_formula_without_a_value_below_the_table_is_found(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "scenario"
    for row in KEYS:
        page.append(row)
    people = book.create_sheet("people")
    people.append(["rep", "region"])
    people["D9"] = "=1+1"
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(InputError) as error:
        load_scenarios(tmp_path / "b.xlsx")
    assert [(one.file, one.row, one.value) for one in error.value.findings] == [
        ("people", 9, "=1+1")
    ]


def test_sheets_that_wait_for_rows_are_no_tables(tmp_path: Path) -> None:
    waiting = {
        "regions": [["region", "parent", "share"]],
        "products": [["product"]],
        "periods": [["period"]],
        "activity": [["step"]],
        "locks": [["amount"]],
    }
    people = [["rep", "region"], ["a", "N"]]
    path = book_of(tmp_path / "b.xlsx", scenario=KEYS, people=people, **waiting)
    (scenario,) = load_scenarios(path).scenarios
    assert list(scenario.tables) == ["people"]
    # Nobody loses the people by a slip: without rows they are asked for.
    path = book_of(tmp_path / "c.xlsx", scenario=KEYS, people=people[:1])
    with pytest.raises(InputError, match="the table people has no rows"):
        load_scenarios(path)


def test_rules_of_pay_lie_beside_a_workbook_too(good: Path) -> None:
    (good.parent / "incentive.toml").write_text('[[plan]]\nname = "all"\n', encoding="utf-8")
    loaded = load_scenarios(good)
    assert list(loaded.beside) == ["incentive.toml"]
    assert set(loaded.scenarios[0].digests) == {"good.xlsx", "incentive.toml"}
