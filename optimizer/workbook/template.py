"""A scenario as a workbook to fill in: a sheet of keys, and one for every table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.bundled import example_folder, example_names
from optimizer.domain.columns import Column, Kind, Table
from optimizer.domain.keys import KEYS
from optimizer.domain.tables import TABLES
from optimizer.errors import InputError
from optimizer.inputs.copy import canonical
from optimizer.inputs.document import understood
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.loaded import Loaded
from optimizer.together import appearing_together, is_empty
from optimizer.workbook.book import Book, open_book, put, put_head
from optimizer.workbook.guide import write_guide
from optimizer.workbook.meanings import key_meaning, meaning
from optimizer.workbook.rules import Ready, add_rules, write_periods
from optimizer.workbook.words import input_heading, yes_or_no

ROOM = 1_000
"""Blank rows below those that are filled, ready to be filled in."""

_WIDTHS = {Kind.NUMBER: 11, Kind.DATE: 12, Kind.BOOL: 8}
_LONG = ("reason", "owner", "email", "products")


def write_example(name: str, folder: Path, *, lang: str = "en", force: bool = False) -> list[Path]:
    """Write a bundled scenario into a folder as one workbook; return the files, it first.

    Parameters
    ----------
    name : str
        Of the example.
    folder : Path
    lang : str
        Of headings and notes: ``en`` or ``zh``.
    force : bool
        Write into a folder that is not empty.

    Raises
    ------
    InputError
        Where there is no such example, the folder is not empty, or it cannot be written.
    """
    known = example_names()
    if name not in known:
        raise InputError(
            f"--example {name}: there is none of that name; choose one of {', '.join(known)}"
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: a file of that name exists; name another folder")
    if folder.is_dir() and not is_empty(folder) and not force:
        raise InputError(
            f"{folder}: the folder is not empty; name another one, or use --force to write "
            "over files of the same names"
        )
    loaded = load_scenarios(example_folder() / name)
    with appearing_together(folder) as draft:
        write_scenario_workbook(loaded, draft / f"{name}.xlsx", lang)
        for beside, data in sorted(loaded.beside.items()):
            (draft / beside).write_bytes(data)
    return [folder / f"{name}.xlsx", *(folder / beside for beside in sorted(loaded.beside))]


def write_scenario_workbook(loaded: Loaded, path: Path, lang: str = "en") -> None:
    """Write a scenario as a workbook; reading it back gives the same scenario.

    The same scenario gives the same bytes. Tables that the scenario does not have are there with
    nothing but their headings. Addresses are left out.

    Parameters
    ----------
    loaded : Loaded
    path : Path
        Where to write; ends in ``.xlsx``.
    lang : str
        Of headings and notes: ``en`` or ``zh``.

    Raises
    ------
    InputError
        Where the path cannot be written, or a text is too long for a cell.
    """
    document, files = canonical(loaded)
    blank = {table.name: (table, None) for table in TABLES}
    sheets: dict[str, tuple[Table, pd.DataFrame | None]] = {**blank, **files}
    keys = list(sheet_rows(document))
    with open_book(path, lang, str(document.get("name", ""))) as book:
        write_guide(book, sheets)
        at = _write_keys(book, keys)
        sizes = {name: (0 if frame is None else len(frame)) for name, (_, frame) in sheets.items()}
        ready = Ready(book, {name: rows + ROOM for name, rows in sizes.items()})
        for name, (table, frame) in sheets.items():
            _write_table(book, name, table, frame, ready)
        write_periods(book, f"'scenario'!$B${at['periods'] + 1}", document["periods"])


def sheet_rows(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, cell) for the sheet `scenario`.

    Parameters
    ----------
    document : mapping
        Keys as TOML has them.
    above : str
        Dotted path of the table that holds them.
    """
    for name, value in document.items():
        path = f"{above}.{name}" if above else name
        is_plain = all(key.replace("_", "").replace("-", "").isalnum() for key in (name,))
        if isinstance(value, Mapping) and is_plain:
            yield from sheet_rows(_without_defaults(path, value), path)
        elif value != [] and value != "":
            yield path, _cell(path, value)


def _without_defaults(path: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave out names of tables that are the tables' own."""
    if path.rpartition(".")[2] != "tables":
        return value
    return {name: stem for name, stem in value.items() if name != stem}


def _cell(path: str, value: Any) -> Any:
    """Return a value as a planner would write it, and the loader reads it back."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | list):
        return _literal(value)
    plain = value
    if isinstance(value, list):
        plain = "; ".join(map(str, value))
    return plain if understood(path, plain) == value else _literal(value)


def _literal(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_literal(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _write_keys(book: Book, keys: list[tuple[str, Any]]) -> dict[str, int]:
    """Write the sheet of keys; return the row of each, from 0."""
    sheet = book.table_sheet("scenario")
    put_head(book, sheet, ("key", "value"), 1, own=("key", "value"))
    declared = {key.path: key for key in KEYS}
    at = {}
    for row, (path, value) in enumerate(keys, start=1):
        at[path] = row
        put(sheet, row, 0, path, book.form("text"))
        base = "text" if isinstance(value, str) else "plain"
        put(sheet, row, 1, value, book.form(base, "fill"))
        if text := key_meaning(path, declared, book.lang):
            sheet.write_comment(row, 0, text, {"x_scale": 2.2})
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 60)
    return at


def _write_table(
    book: Book, name: str, table: Table, frame: pd.DataFrame | None, ready: Ready
) -> None:
    """Write the sheet of a table, filled or waiting."""
    sheet = book.table_sheet(name)
    columns = _columns(table, frame)
    for place, column in enumerate(columns):
        base = "head_required" if column.required else "head"
        put(sheet, 0, place, input_heading(column.name, book.lang), book.form(base))
        sheet.write_comment(0, place, meaning(table, column, book.lang), {"x_scale": 2.2})
    forms = [_form(book, column) for column in columns]
    values = [_values(frame, column, book.lang) for column in columns]
    for row in range(0 if frame is None else len(frame)):
        for place, cells in enumerate(values):
            put(sheet, row + 1, place, cells[row], forms[place])
    sheet.freeze_panes(1, len(table.key) or 1)
    sheet.repeat_rows(0)
    last = ready.last[name]
    sheet.autofilter(0, 0, last, len(columns) - 1)
    for place, column in enumerate(columns):
        wide = 24 if column.name in _LONG else _WIDTHS.get(column.kind, 15)
        sheet.set_column(place, place, wide, forms[place])
    sheet.ignore_errors({"number_stored_as_text": f"A1:ZZ{last + 1}"})
    add_rules(ready, sheet, name, table, columns)


def _columns(table: Table, frame: pd.DataFrame | None) -> list[Column]:
    """Return the columns of a sheet: all that are declared but addresses, then the planner's."""
    declared = [column for column in table.columns if not column.personal]
    further = [] if frame is None else [
        Column(str(name), Kind.NUMBER if values.dtype == float else Kind.TEXT, "")
        for name, values in frame.items()
        if str(name) not in table.names
    ]  # fmt: skip
    return [*declared, *further]


def _form(book: Book, column: Column) -> Any:
    """Return the format of a column, typed cells included."""
    if column.kind is Kind.NUMBER:
        return book.form("plain", num_format="General")
    return book.form("date" if column.kind is Kind.DATE else "text")


def _values(frame: pd.DataFrame | None, column: Column, lang: str) -> list[Any]:
    """Return the cells of a column."""
    if frame is None:
        return []
    values = frame[column.name]
    if column.kind is Kind.BOOL:
        yes, _ = yes_or_no(lang)
        return [yes if value else None for value in values]
    if column.kind is Kind.DATE:
        return [None if pd.isna(value) else value.date() for value in values]
    if column.kind is Kind.NUMBER:
        return values.to_numpy(dtype=float).tolist()
    return values.astype("str").tolist()
