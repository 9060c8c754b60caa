"""Sheets of an ``.xlsx`` workbook → cells. Values only: no formula is ever run.

This room is loaded only when a scenario has a workbook.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from optimizer.errors import Finding, InputError
from optimizer.inputs.archive import (
    RefusedError,
    check_begins_as_archive,
    check_parts,
    check_sizes,
)
from optimizer.inputs.characters import LONGEST_TEXT
from optimizer.inputs.findings import shortened

MOST_CELLS = 50_000_000
"""Cells that one sheet may span; a value far to the right of a table makes it wide."""

SPARSE_FREE = 1_000_000
"""Up to here nobody asks how many of the cells that a sheet spans hold something."""

SPARSE = 100
"""How many cells a larger sheet may span for each that holds something."""

MOST_ROWS = 1_048_576
"""Rows that a sheet may have."""

SAVE_AGAIN = "Open it in a spreadsheet program, save it as .xlsx and try again."


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    cells : DataFrame
        Values as last calculated, the header as the first row, blank cells as empty text.
    faults : tuple of Finding
        Formula cells whose value was never stored.
    """

    cells: pd.DataFrame
    faults: tuple[Finding, ...] = ()


def read_sheets(data: bytes, source: str, wanted: Callable[[str], bool] = bool) -> dict[str, Sheet]:
    """Return the sheets by their names.

    Parameters
    ----------
    data : bytes
        The file as it is.
    source : str
        Its name, for messages.
    wanted : function of a name, optional
        Whether to read a sheet; all are read if left out.

    Raises
    ------
    InputError
        Where the file is no workbook, or one that is not safe to open.
    """
    try:
        formulas = dict(_sheets(data, wanted, values=False)) if _has_formulas(data) else {}
        return {
            name: Sheet(cells, _faults(name, cells, formulas.get(name)))
            for name, cells in _sheets(data, wanted, values=True)
        }
    except RefusedError as error:
        raise InputError([Finding(source, 0, "", "", str(error), SAVE_AGAIN)]) from error
    except Exception as error:  # openpyxl raises whatever its parsers do on a damaged file
        problem = "the file is no workbook, or a damaged one"
        raise InputError([Finding(source, 0, "", "", problem, SAVE_AGAIN)]) from error


def _has_formulas(data: bytes) -> bool:
    """Return whether any sheet holds a formula; refuse archives that are not safe to open."""
    check_begins_as_archive(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        check_sizes(archive)
        return check_parts(archive)


def _sheets(
    data: bytes, wanted: Callable[[str], bool], *, values: bool
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (name, cells) of each sheet: values as last calculated, or formulas as written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about decorations that a plan does not need
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
        for sheet in book.worksheets:
            if wanted(sheet.title):
                sheet.reset_dimensions()
                rows = sheet.iter_rows(max_row=MOST_ROWS, values_only=True)
                yield sheet.title, _frame(_sound_rows(sheet.title, rows))
        book.close()


def _sound_rows(name: str, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return rows without the blank cells and blank rows at their ends."""
    found: list[tuple[Any, ...]] = []
    width = filled = cells = 0
    for row in rows:
        length = len(row)
        while length and row[length - 1] is None:
            length -= 1
        found.append(row[:length])
        if length:
            width, filled = max(width, length), len(found)
            cells += length - row[:length].count(None)
            _check_texts(name, len(found), row)
        if width * filled > MOST_CELLS:
            raise _far_out(name, filled, width)
    if width * filled > max(SPARSE_FREE, SPARSE * cells):
        raise _far_out(name, filled, width)
    return found[:filled]


def _check_texts(name: str, number: int, row: tuple[Any, ...]) -> None:
    """Refuse a text that no cell can hold: one that many cells share would fill the memory."""
    for cell in row:
        if isinstance(cell, str) and len(cell) > LONGEST_TEXT:
            raise RefusedError(
                f"the sheet {name}, row {number:,}, has a cell of {len(cell):,} characters, and "
                f"a cell holds at most {LONGEST_TEXT:,}"
            )


def _far_out(name: str, rows: int, columns: int) -> RefusedError:
    return RefusedError(
        f"the sheet {name} has values down to row {rows:,} and out to column {columns:,}; "
        "some stand far from the table: delete the columns and rows beyond it"
    )


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Lay rows of different lengths on one grid, blank cells as empty text."""
    width = max((len(row) for row in rows), default=0)
    grid = [
        ["" if cell is None else cell for cell in row] + [""] * (width - len(row)) for row in rows
    ]
    return pd.DataFrame(grid, columns=list(range(width)), dtype=object)


def _faults(name: str, cells: pd.DataFrame, formulas: pd.DataFrame | None) -> tuple[Finding, ...]:
    """Return a finding for each formula cell whose value was never stored."""
    if formulas is None:
        return ()
    # A formula without a value may stand beyond everything that has one.
    rows = cells.index.union(formulas.index)
    columns = cells.columns.union(formulas.columns)
    known, written = (
        frame.reindex(index=rows, columns=columns, fill_value="") for frame in (cells, formulas)
    )
    unknown = (known == "") & written.map(lambda cell: str(cell).startswith("="))
    found = [
        Finding(
            name,
            int(row) + 1,
            str(known.iat[0, column]),
            str(written.iat[row, column]),
            "the formula's value was never calculated",
            SAVE_AGAIN,
        )
        for row, column in np.argwhere(unknown.to_numpy()).tolist()
    ]
    return tuple(shortened(found, len(found)))
