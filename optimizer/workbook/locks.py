"""The sheets of locks: one ready to fill in, with drop-downs, and one of those that hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from optimizer.domain.labels import EVERYTHING, product_names, region_parents
from optimizer.domain.tables import LOCKS
from optimizer.workbook.book import Book, put, put_head
from optimizer.workbook.run import Run

ROWS = 500
"""Blank rows that are ready to be filled in; more may be added below."""

COLUMNS = ("period", "region", "rep", "product", "amount", "owner", "reason", "expires")
PLACE = ("period", "region", "rep", "product")
_WIDTHS = {"amount": 14, "owner": 22, "reason": 40, "expires": 14}
_NOTES_ZH = {
    "measure": "指标。",
    "period": "周期；空白表示全部。",
    "region": "区域，叶子或上级；空白表示全部。",
    "product": "产品线；空白表示全部。",
    "rep": "固定其目标的销售员；空白表示固定区域目标。",
    "amount": "固定的金额，须为取整单位的整数倍。",
    "owner": "由谁决定。",
    "reason": "原因。",
    "expires": "最后有效日，对照 as_of 判断。",
}


def write_lists(book: Book, run: Run) -> dict[str, str]:
    """Write the hidden sheet of names that drop-downs offer; return where each list is."""
    sheet = book.sheet("lists")
    sheet.hide()
    lists = _names(run)
    longest = max(map(len, lists.values()))
    for column, name in enumerate(lists):
        put(sheet, 0, column, book.heading(name), book.form("head"))
    for row in range(longest):
        for column, names in enumerate(lists.values()):
            if row < len(names):
                put(sheet, row + 1, column, names[row], book.form("text"))
    place = book.reference("lists")
    areas = {}
    for column, (name, names) in enumerate(lists.items()):
        letters = xl_col_to_name(column)
        if names:
            areas[name] = f"{place}${letters}$2:${letters}${len(names) + 1}"
    return areas


def _names(run: Run) -> dict[str, list[str]]:
    """Return the names that a lock may have, by column."""
    regions: dict[str, None] = {}
    products: dict[str, None] = {}
    reps: dict[str, None] = {}
    for scenario in run.scenarios:
        regions |= dict.fromkeys(region_parents(scenario))
        products |= dict.fromkeys(product_names(scenario))
        people = scenario.table("people")
        reps |= dict.fromkeys([] if people is None else people["rep"].tolist())
    return {
        "measure": [one.settings.measure for one in run.scenarios],
        "period": list(run.scenarios[0].settings.periods),
        "region": [name for name in regions if name != EVERYTHING],
        "rep": list(reps),
        "product": [name for name in products if name != EVERYTHING],
    }


def write_locks(book: Book, run: Run, lists: Mapping[str, str]) -> None:
    """Write the sheet of locks: those that the plan keeps, and room for more.

    Parameters
    ----------
    book : Book
    run : Run
    lists : mapping of column to the cells with its names
    """
    sheet = book.sheet("locks")
    columns = (*(("measure",) if run.is_several else ()), *COLUMNS)
    notes: dict[str, str] = {column.name: column.meaning for column in LOCKS.columns}
    put_head(book, sheet, columns, 0, _NOTES_ZH if book.lang == "zh" else notes)
    forms = {name: book.form("text", "fill") for name in columns} | {
        "amount": book.number(run.decimals, "fill"),
        "expires": book.form("date", "fill"),
    }
    held = list(_held(run))
    last = len(held) + ROWS
    for row in range(1, last + 1):
        values = held[row - 1] if row <= len(held) else {}
        for place, column in enumerate(columns):
            put(sheet, row, place, values.get(column), forms[column])
    sheet.autofilter(0, 0, last, len(columns) - 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _WIDTHS.get(column, 18))
        _guide_cells(book, sheet, place, column, lists, last)
    _mark_wrong(book, run, sheet, columns, lists, last)


def _held(run: Run) -> Iterator[dict[str, Any]]:
    """Yield the locks that the plan keeps, so that they go on from plan to plan."""
    for scenario in run.scenarios:
        table = scenario.table("locks")
        if table is None:
            continue
        for values in table[list(COLUMNS)].itertuples(index=False, name=None):
            row = dict(zip(COLUMNS, values, strict=True))
            expires = None if pd.isna(row["expires"]) else row["expires"].date()
            yield {**row, "expires": expires, "measure": scenario.settings.measure}


def _guide_cells(
    book: Book, sheet: Any, place: int, column: str, lists: Mapping[str, str], last: int
) -> None:
    """Offer names in a column, and keep what is no number or date out of it."""
    rule: dict[str, Any] = {}
    if column in lists:
        rule = {"validate": "list", "source": "=" + lists[column], "error_type": "warning",
                "error_message": book.said("The plan has no such name.")}  # fmt: skip
    elif column == "amount":
        rule = {"validate": "decimal", "criteria": ">=", "value": 0,
                "error_message": book.said("Write a number, 0 or above.")}  # fmt: skip
    if rule:
        rule["error_title"] = book.heading(column)
        sheet.data_validation(1, place, last, place, rule)


def _mark_wrong(
    book: Book, run: Run, sheet: Any, columns: Sequence[str], lists: Mapping[str, str], last: int
) -> None:
    """Colour unknown names, wrong amounts, slices that stand twice, and blanks."""
    at = {column: f"${xl_col_to_name(place)}2" for place, column in enumerate(columns)}
    first, final = at[columns[0]], at["expires"]
    amount, unit = at["amount"], min(one.settings.rounding for one in run.scenarios)
    filled = f"COUNTA({first}:{final})>0"
    rules = [
        (name, f'=AND({at[name]}<>"",ISNA(MATCH({at[name]},{lists[name]},0)))', "wrong")
        for name in columns
        if name in lists
    ]
    whole = f",ABS(ROUND({amount}/{unit!r},0)-{amount}/{unit!r})>0.000001" if unit > 0 else ""
    bad = f'IF(ISNUMBER({amount}),OR({amount}<0{whole}),{amount}<>"")'
    rules += [
        ("amount", f"={bad}", "wrong"),
        ("amount", f'=AND({amount}="",{filled})', "doubtful"),
        ("owner", f'=AND({at["owner"]}="",{filled})', "doubtful"),
        ("reason", f'=AND({at["reason"]}="",{filled})', "doubtful"),
    ]
    key = [name for name in columns if name in ("measure", *PLACE)]
    same = "*".join(
        f"(${xl_col_to_name(columns.index(name))}$2:"
        f"${xl_col_to_name(columns.index(name))}${last + 1}={at[name]})"
        for name in key
    )
    any_key = "+".join(f'({at[name]}<>"")' for name in key)
    rules += [(name, f"=AND({any_key}>0,SUMPRODUCT({same}*1)>1)", "wrong") for name in key]
    for name, formula, mark in rules:
        place = columns.index(name)
        rule = {"type": "formula", "criteria": formula, "format": book.mark(mark)}
        sheet.conditional_format(1, place, last, place, rule)
