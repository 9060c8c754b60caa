"""What is stored for a table → its cells under their headers, as they were written."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd

from optimizer.errors import Finding, InputError
from optimizer.inputs.normalise import known_anywhere
from optimizer.inputs.sources import Stored
from optimizer.inputs.text import read_cells
from optimizer.inputs.values import as_text


def read_table(stored: Stored) -> pd.DataFrame:
    """Return the cells of a table.

    Returns
    -------
    DataFrame
        Columns by header as written; the index is the row in the source (the header is 1).

    Raises
    ------
    InputError
        Where the file cannot be read as a table.
    """
    if stored.faults:
        raise InputError(stored.faults)
    if stored.form == ".parquet":
        columnar = importlib.import_module("optimizer.inputs.columnar")
        cells: pd.DataFrame = columnar.read_columns(stored.read(), stored.source)
        return cells.set_axis(pd.RangeIndex(2, len(cells) + 2), axis=0)
    if stored.form == "sheet":
        return headed(stored.read(), stored.source)
    return headed(read_cells(stored.read(), stored.source, known_anywhere), stored.source)


def headed(cells: pd.DataFrame, source: str) -> pd.DataFrame:
    """Make the first row the header; leave out columns that are blank from top to bottom.

    Parameters
    ----------
    cells : DataFrame
        The header as the first row, blank cells as empty text.
    source : str
        File or sheet, for messages.

    Raises
    ------
    InputError
        Where there is no header, or a column with values has none.
    """
    if not cells.size or not (header := as_text(cells.iloc[0])).any():
        problem = "the file or sheet is empty, or its first row is"
        remedy = "Put the column headers in the first row, or remove the file."
        raise InputError([Finding(source, 1 if cells.size else 0, "", "", problem, remedy)])
    body = cells.iloc[1:].set_axis(pd.RangeIndex(2, len(cells) + 1), axis=0)
    nameless = np.flatnonzero((header == "").to_numpy(dtype=bool))
    written = (body.iloc[:, nameless].to_numpy(dtype=object) != "").any(axis=0)
    for position in nameless[written].tolist():
        filled = as_text(body.iloc[:, position])
        filled = filled[filled != ""]
        if len(filled):
            problem = "the column has values but no header"
            remedy = "Give the column a header, or clear it."
            row = int(filled.index[0])
            raise InputError([Finding(source, row, "", filled.iloc[0], problem, remedy)])
    kept = np.flatnonzero((header != "").to_numpy(dtype=bool))
    return body.iloc[:, kept].set_axis(header.iloc[kept].tolist(), axis=1)
