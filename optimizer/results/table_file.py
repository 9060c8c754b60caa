"""Tables of a run folder as files: CSV, or Parquet where nobody reads row by row."""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.formats import is_parquet
from optimizer.results.run_folder import plain
from optimizer.results.texts import harmless

AMOUNTS = frozenset(("floor", "target", "stretch", "ask", "gap", "street", "potential", "capacity"))
"""Columns that hold whole multiples of the rounding."""

_PARTS = "amount"
"""Column of the steps of a target, whole hundredths of the rounding."""

_MONEY = "pay_effect"
"""Column of pay: hundredths, whatever the rounding of targets."""

_QUOTED = re.compile('[,"\r\n]')
_BLOCK = 100_000
"""Rows that are put together at a time."""

_PLAIN_LOW, _PLAIN_HIGH = 1e-4, 1e8
"""Between these nine digits are written without an exponent by any formatter."""


@dataclass(frozen=True)
class _Texts:
    """A column as its different texts and, for each row, which of them it is.

    Attributes
    ----------
    texts : (text,) objects
    codes : (row,) ints
    """

    texts: NDArray[Any]
    codes: NDArray[Any]

    def block(self, start: int) -> list[str]:
        found: list[str] = self.texts[self.codes[start : start + _BLOCK]].tolist()
        return found


def write_table(
    table: pd.DataFrame,
    folder: Path,
    stem: str,
    decimals: Mapping[str, int],
    table_format: str = "csv",
) -> Path:
    """Write a table as CSV or Parquet and return the file.

    Parameters
    ----------
    stem : str
        Name of the file without its ending.
    decimals : mapping of measure to decimals
        ``""`` where the table has no column ``measure``.
    table_format : str
        ``csv``, ``parquet``, or ``auto``: Parquet for large tables.
    """
    return write_blocks([table], folder, stem, decimals, table_format)


def write_blocks(
    blocks: Iterable[pd.DataFrame],
    folder: Path,
    stem: str,
    decimals: Mapping[str, int],
    table_format: str = "csv",
) -> Path:
    """Write a table that comes block by block, as `write_table` does.

    Parameters
    ----------
    blocks : iterable of DataFrame
        The table from top to bottom, at least one block, all with the same columns. Only as
        many are held as it takes to see that a table is large.
    """
    coming, first, rows = iter(blocks), [], 0
    while table_format == "auto" and not is_parquet(rows, table_format):
        block = next(coming, None)
        if block is None:
            break
        first.append(block)
        rows += len(block)
    every = itertools.chain(first, coming)
    if is_parquet(rows, table_format):
        path = folder / f"{stem}.parquet"
        columnar = importlib.import_module("optimizer.columnar")
        columnar.write_parquet_blocks((rounded(block, decimals) for block in every), path)
        return path
    path = folder / f"{stem}.csv"
    _write_csv(every, path, decimals)
    return path


def write_csv(table: pd.DataFrame, path: Path, decimals: Mapping[str, int]) -> None:
    """Write a table as CSV, amounts as plain decimals, texts so that none is run as a formula.

    Parameters
    ----------
    decimals : mapping of measure to decimals
        ``""`` where the table has no column ``measure``.
    """
    _write_csv([table], path, decimals)


def _write_csv(blocks: Iterable[pd.DataFrame], path: Path, decimals: Mapping[str, int]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, block in enumerate(blocks):
            if number == 0:
                file.write(",".join(_cell(str(name)) for name in block.columns) + "\n")
            columns = [_texts(block, str(name), decimals) for name in block.columns]
            for start in range(0, len(block), _BLOCK):
                rows = zip(*(column.block(start) for column in columns), strict=True)
                file.write("\n".join(map(",".join, rows)) + "\n")


def rounded(table: pd.DataFrame, decimals: Mapping[str, int]) -> pd.DataFrame:
    """Return a table whose amounts are the floats nearest to what CSV would say."""
    most = max(decimals.values())
    exact = {
        name: np.round(table[name].to_numpy(dtype=float), most) + 0.0
        for name in map(str, table.columns)
        if name in AMOUNTS and most > 0
    }
    return table.assign(**exact)


def _texts(table: pd.DataFrame, name: str, decimals: Mapping[str, int]) -> _Texts:
    column = table[name]
    if column.dtype == bool:
        return _Texts(np.array(["false", "true"], dtype=object), column.to_numpy(dtype=np.int8))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _Texts(_cells(column.cat.categories), column.cat.codes.to_numpy())
    if not pd.api.types.is_numeric_dtype(column) and name not in AMOUNTS:
        values = column.to_numpy(dtype=object)
        if pd.api.types.infer_dtype(values, skipna=False) == "string":
            codes, distinct = pd.factorize(values)
            return _Texts(_cells(distinct), codes)
        return _Texts(_cells(values), np.arange(len(values)))
    numbers = column.to_numpy(dtype=float)
    if name == _MONEY:
        return _amounts(numbers, np.full(len(table), 2))
    if name not in AMOUNTS and name != _PARTS:
        codes, distinct = pd.factorize(numbers, use_na_sentinel=False)
        return _Texts(_objects(map(_plain, distinct.tolist())), codes)
    places = np.full(len(table), decimals.get("", 0) if "measure" not in table else -1)
    if "measure" in table:
        places = table["measure"].astype(object).map(dict(decimals)).to_numpy(dtype=np.int64)
    return _amounts(numbers, places + (2 if name == _PARTS else 0))


def _amounts(numbers: NDArray[np.float64], places: NDArray[np.int64]) -> _Texts:
    """Return amounts with as many decimals as their row wants."""
    codes = np.empty(len(numbers), dtype=np.int64)
    texts: list[str] = []
    for digits in np.unique(places).tolist():
        rows = places == digits
        code, distinct = pd.factorize(numbers[rows], use_na_sentinel=False)
        codes[rows] = code + len(texts)
        # A zero has no sign, and unknown is blank.
        texts += [
            f"{value + 0.0:.{digits}f}" if value == value else "" for value in distinct.tolist()
        ]
    return _Texts(_objects(texts), codes)


def _plain(value: float) -> str:
    """Write a number as `plain` does, quickly where that is easy."""
    return f"{value:.9g}" if _PLAIN_LOW < abs(value) < _PLAIN_HIGH else plain(value)


def _cells(values: Iterable[Any]) -> NDArray[Any]:
    return _objects(_cell(str(value)) for value in np.asarray(values, dtype=object).tolist())


def _cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs, in quotation marks where it must be."""
    text = harmless(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _objects(texts: Iterable[str]) -> NDArray[Any]:
    listed = list(texts)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found
