"""Sheets of an ``.xlsx`` workbook → cells. Values only: no formula is ever run.

This room is loaded only when a scenario has a workbook.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import shortened

UNPACKED_LIMIT = 4 << 30
"""Bytes a workbook may unpack to; more is no plan but a trap."""

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


def read_sheets(data: bytes, source: str) -> dict[str, Sheet]:
    """Return every sheet by its name.

    Raises
    ------
    InputError
        Where the file is no workbook.
    """
    try:
        formulas = dict(_sheets(data, values=False)) if _has_formulas(data) else {}
        return {
            name: Sheet(cells, _faults(name, cells, formulas.get(name)))
            for name, cells in _sheets(data, values=True)
        }
    except Exception as error:  # openpyxl raises whatever its parsers do on a damaged file
        problem = "the file is no workbook, or a damaged one"
        raise InputError([Finding(source, 0, "", "", problem, SAVE_AGAIN)]) from error


def _has_formulas(data: bytes) -> bool:
    """Return whether any sheet holds a formula; refuse archives that unpack without end."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > UNPACKED_LIMIT:
            raise ValueError("unpacks to more than a workbook may")
        return any(
            b"<f>" in (sheet := archive.read(item)) or b"<f " in sheet
            for item in archive.infolist()
            if item.filename.startswith("xl/worksheets/")
        )


def _sheets(data: bytes, *, values: bool) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (name, cells) of each sheet: values as last calculated, or formulas as written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about decorations that a plan does not need
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            yield sheet.title, _frame(list(sheet.iter_rows(values_only=True)))
        book.close()


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
    written = formulas.reindex(index=cells.index, columns=cells.columns, fill_value="")
    unknown = (cells == "") & written.map(lambda cell: str(cell).startswith("="))
    found = [
        Finding(
            name,
            int(row) + 1,
            str(cells.iat[0, column]),
            str(written.iat[row, column]),
            "the formula's value was never calculated",
            SAVE_AGAIN,
        )
        for row, column in np.argwhere(unknown.to_numpy()).tolist()
    ]
    return tuple(shortened(found, len(found)))
