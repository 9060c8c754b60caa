"""Tables of a run as sheets to look things up in: filters, frozen headings, number formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from optimizer.results.table_file import AMOUNTS
from optimizer.workbook.book import Book, fitting, put, put_head

LOOKED_AT = 300
"""Rows that decide how wide a column is."""

LABELS = ("measure", "period", "region", "team", "rep", "product", "kind", "side")
"""Columns that stay in view on the left."""

_LONG_TEXT = ("text", "reason", "cause")


def write_flat(
    book: Book,
    name: str,
    frame: pd.DataFrame,
    decimals: int,
    doubtful: Mapping[str, str] | None = None,
) -> None:
    """Write a table as a sheet.

    Parameters
    ----------
    book : Book
    name : str
        Of the sheet, one of `SHEETS`.
    frame : DataFrame
    decimals : int
        Of amounts.
    doubtful : mapping of column to condition, optional
        What of a number column is coloured, such as ``"> 0"``.
    """
    sheet = book.sheet(name)
    columns = [str(column) for column in frame.columns]
    frozen = len([column for column in columns if column in LABELS])
    put_head(book, sheet, columns, frozen if columns[:frozen] == _labels(columns) else 0)
    forms = [form_of(book, column, frame[column], decimals) for column in columns]
    put_rows(sheet, frame, forms)
    sheet.autofilter(0, 0, max(len(frame), 1), len(columns) - 1)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, width_of(book, frame, column))
        condition = (doubtful or {}).get(column)
        if condition and len(frame):
            sign, value = condition.split()
            mark = book.mark("doubtful")
            rule = {"type": "cell", "criteria": sign, "value": float(value), "format": mark}
            sheet.conditional_format(1, place, len(frame), place, rule)


def _labels(columns: Sequence[str]) -> list[str]:
    return [column for column in columns if column in LABELS]


def put_rows(sheet: Any, frame: pd.DataFrame, forms: Sequence[Any]) -> None:
    """Put the rows of a table below each other, each column in its format; blanks are left out."""
    cells = [plain_cells(frame[column]) for column in frame.columns]
    for row, values in enumerate(zip(*cells, strict=True), start=1):
        for place, value in enumerate(values):
            # Unknown numbers do not equal themselves.
            if value != "" and value == value:
                put(sheet, row, place, value, forms[place])


def plain_cells(column: pd.Series[Any]) -> list[Any]:
    """Return a column as texts or numbers."""
    if pd.api.types.is_numeric_dtype(column):
        found: list[Any] = column.to_numpy(dtype=np.float64).tolist()
        return found
    return column.astype("str").tolist()


def form_of(book: Book, column: str, values: pd.Series[Any], decimals: int, back: str = "") -> Any:
    """Return the format of a column."""
    if not pd.api.types.is_numeric_dtype(values):
        wrapped = {"text_wrap": True, "valign": "top"} if column in _LONG_TEXT else {}
        return book.form("text", back, **wrapped)
    if column in AMOUNTS or column in ("reference", "amount", "before", "after", "planned"):
        return book.number(decimals + (column == "reference"), back)
    return book.form("plain", back, num_format="#,##0.####")


def width_of(book: Book, frame: pd.DataFrame, column: str) -> float:
    """Return how wide a column must be to be read, by its first rows."""
    head = book.heading(column) + "  "
    first = frame[column].head(LOOKED_AT)
    if pd.api.types.is_numeric_dtype(first):
        texts = [f"{value:,.2f}" for value in first.dropna().tolist()]
    else:
        texts = [str(value) for value in first]
    return fitting([head, *texts])


def column_names(columns: Collection[str]) -> dict[str, str]:
    """Return column → its letters on a sheet."""
    return {column: xl_col_to_name(place) for place, column in enumerate(columns)}
