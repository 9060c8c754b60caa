"""Tables of a run folder read back, CSV or Parquet alike."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.results.run_folder import regular
from optimizer.results.texts import FORMULA_STARTS

MOST_COLUMNS = 2_000
"""Columns of a table; no command writes so many."""


def table_path(folder: Path, stem: str) -> Path:
    """Return the file of a table; that of a CSV where there is none."""
    parquet = folder / f"{stem}.parquet"
    return parquet if parquet.is_file() else folder / f"{stem}.csv"


def read_stored(path: Path, numbers: Collection[str] | None = None) -> pd.DataFrame:
    """Return a table as it was before it was written.

    Parameters
    ----------
    path : Path
    numbers : collection of str, optional
        Columns to read as numbers, NaN where blank. If left out, every cell is text, as a CSV
        has it.

    Returns
    -------
    DataFrame
        Other columns as text (categories of text from Parquet), blank as ``""``.

    Raises
    ------
    OSError
        Where the file is missing or cannot be opened.
    ValueError
        Where it is no table, or has more than `MOST_COLUMNS`.
    """
    if path.suffix == ".parquet":
        columnar = importlib.import_module("optimizer.columnar")
        frame: pd.DataFrame = columnar.read_parquet(regular(path).read_bytes())
    else:
        frame = pd.read_csv(regular(path), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if len(frame.columns) > MOST_COLUMNS:
        raise ValueError(f"it has {len(frame.columns):,} columns")
    known = numbers or ()
    return pd.DataFrame(
        {
            str(name): _numbers(column) if name in known else _texts(column)
            for name, column in frame.items()
        }
    )


def read_stored_table(
    folder: Path, stem: str, labels: Collection[str], numbers: Collection[str]
) -> pd.DataFrame:
    """Return a table of a run folder, CSV or Parquet, that has these columns.

    Parameters
    ----------
    folder : Path
    stem : str
        Name of the file without its ending.
    labels, numbers : collection of str
        Columns that it must have. Those of numbers are NaN where blank; all others, whether
        they are named or not, are text, blank as ``""``.

    Raises
    ------
    InputError
        Where it is missing or no such table.
    """
    path = table_path(folder, stem)
    try:
        table = read_stored(path, numbers)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read; plan again") from error
    if missing := sorted({*labels, *numbers} - set(table)):
        shown = ", ".join(missing)
        raise InputError(f"{path}: it has no column {shown}; plan again")
    return table


MOST = 1e30
"""Largest number of a table: 10¹⁵ of a plan in 10¹⁵ units of pay."""

_OBJECTS = ("", "string", "empty", "boolean", "date")
"""What a column of Python objects may hold; blank for every other column."""


def _numbers(column: pd.Series) -> pd.Series:
    try:
        numbers = pd.to_numeric(column).astype(float)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if (numbers.abs() > MOST).any():
        raise ValueError(f"a number is beyond {MOST:g}")
    return numbers


def _texts(column: pd.Series) -> pd.Series:
    """Return a column as text without the apostrophe that keeps a formula from running."""
    kind = pd.api.types.infer_dtype(column) if column.dtype == object else ""
    if kind not in _OBJECTS:
        raise ValueError(f"a column holds {kind}, not texts")
    if isinstance(column.dtype, pd.StringDtype) or kind in ("string", "empty"):
        bare = column.str.slice(1)
        return column.where(
            ~(column.str.startswith("'") & bare.str.startswith(FORMULA_STARTS)), bare
        )
    codes, different = pd.factorize(column)
    texts = np.array([*map(_text, different), ""], dtype=object)
    place, labels = pd.factorize(texts, sort=True)
    return pd.Series(pd.Categorical.from_codes(place[codes], categories=pd.Index(labels)))


def _text(value: Any) -> str:
    """Return a cell of Parquet as the CSV would have it."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    text = str(value)
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
