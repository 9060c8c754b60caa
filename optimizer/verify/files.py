"""Reading the files of a run folder: whatever cannot be read is said in words, never raised."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
import warnings
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from optimizer.verify.columns import FORMULA_STARTS, Column, coded, column_of, finite_or_nan, same
from optimizer.verify.cube import Bools

_LABELS = pa.dictionary(pa.int32(), pa.string())
_Read = tuple[dict[str, Column], tuple[str, ...]]


class UnreadableError(Exception):
    """A file that is missing or damaged; the message says how, in words."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        content = json.loads(_bytes(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("cannot be read: it is not valid JSON") from error
    if not isinstance(content, dict):
        raise UnreadableError("cannot be read: it does not hold named values")
    return content


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        return tomllib.loads(_bytes(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("cannot be read: it is not valid TOML") from error


def read_texts(path: Path) -> pd.DataFrame:
    """Read a table, every column as `read_columns` has it."""
    frame, _ = read_columns(path)
    return frame


def read_columns(
    path: Path, amounts: Collection[str] = (), wanted: Collection[str] | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read columns of a table, formula guards taken off; blank cells are ``""`` or NaN.

    A row's index is its row in the file (the header is row 1).

    Parameters
    ----------
    path : Path
    amounts : collection of str
        Columns of numbers. They come as floats where all of their cells are numbers or blank;
        all others come as categories, but for numbers in a Parquet file.
    wanted : collection of str, optional
        Columns to read; all where left out.

    Returns
    -------
    DataFrame
        The wanted columns that the file has.
    tuple of str
        The names of all columns of the file.

    Raises
    ------
    UnreadableError
        Where the file is missing, empty or no table.
    """
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    columns, names = read(path, amounts, wanted)
    rows = len(next(iter(columns.values()))) if columns else 0
    return pd.DataFrame(columns, index=pd.RangeIndex(2, rows + 2), copy=False), names


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def numbers(texts: pd.Series) -> pd.Series:
    """Return texts as floats; blank and unreadable cells are NaN."""
    if pd.api.types.is_numeric_dtype(texts):
        values = texts.to_numpy(dtype=np.float64)
    else:
        codes, different = coded(texts)
        known = pd.to_numeric(pd.Series(different, dtype=object), errors="coerce")
        values = np.append(known.to_numpy(dtype=np.float64), np.nan)[codes]
    return pd.Series(finite_or_nan(values), index=texts.index, copy=False)


def is_filled(cells: pd.Series) -> Bools:
    """Return which cells hold something."""
    if pd.api.types.is_numeric_dtype(cells):
        return np.asarray(~np.isnan(cells.to_numpy(dtype=np.float64)), dtype=bool)
    return ~same(cells, "")


def unguarded(texts: pd.Series) -> pd.Series:
    """Take off the apostrophe that keeps a spreadsheet from running a cell as a formula."""
    guarded = texts.str.startswith("'") & texts.str.slice(1, 2).isin(list(FORMULA_STARTS))
    if not guarded.any():
        return texts
    return texts.where(~guarded, texts.str.slice(1))


def first_file(folder: Path, stem: str, endings: Iterable[str] = ("csv", "parquet")) -> Path:
    """Return the file of a table; the first ending where there is none."""
    paths = [folder / f"{stem}.{ending}" for ending in endings]
    return next((path for path in paths if path.is_file()), paths[0])


def _bytes(path: Path) -> bytes:
    _check_regular(path)
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError("is missing") from error
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror}") from error


def _read_csv(path: Path, amounts: Collection[str], wanted: Collection[str] | None) -> _Read:
    content = _filled(path)
    table = _plain_csv(content, amounts)
    if table is None:
        frame = _csv_by_cell(content)
        columns: dict[str, Column] = {
            str(name): pd.Categorical(column.to_numpy(dtype=object))
            for name, column in frame.items()
        }
    else:
        columns = {name: column_of(table[name]) for name in table.column_names}
    names = tuple(columns)
    return {name: columns[name] for name in names if wanted is None or name in wanted}, names


def _plain_csv(content: bytes, amounts: Collection[str]) -> pa.Table | None:
    """Read a table by columns; None where it must be read cell by cell to say what is wrong."""
    try:
        header = next(csv.reader(io.StringIO(content.split(b"\n", 1)[0].decode("utf-8-sig"))))
        kinds = {name: pa.float64() if name in amounts else _LABELS for name in header}
        table = pa_csv.read_csv(
            pa.py_buffer(content),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(column_types=kinds, null_values=[""]),
        )
    except (ValueError, StopIteration, csv.Error):
        return None
    if table.column_names != header or len(kinds) < len(header):
        return None
    for name in set(amounts) & set(header):
        if not pc.all(pc.is_finite(table[name]), min_count=0).as_py():
            return None
    return table


def _csv_by_cell(content: bytes) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                io.BytesIO(content),
                dtype=str,
                keep_default_na=False,
                index_col=False,
                encoding="utf-8-sig",
            )
    except (ValueError, Warning) as error:
        raise UnreadableError(f"cannot be read as a table: {_first_line(error)}") from error
    frame = frame.fillna("")
    if b"'" in content:
        frame = pd.DataFrame({name: unguarded(column) for name, column in frame.items()})
    return frame


def _read_parquet(path: Path, amounts: Collection[str], wanted: Collection[str] | None) -> _Read:
    _filled_size(path)
    try:
        with pq.ParquetFile(path) as file:
            names = tuple(map(str, file.schema_arrow.names))
            columns = {
                name: column_of(_sound(file.read(columns=[name])))
                for name in names
                if wanted is None or name in wanted
            }
    except (ValueError, OSError, pa.ArrowException) as error:
        raise UnreadableError(f"cannot be read as a table: {_first_line(error)}") from error
    # What decoding took is of no more use, and as large as the columns themselves.
    pa.default_memory_pool().release_unused()
    return columns, names


def _sound(table: pa.Table) -> pa.ChunkedArray:
    """Return the only column of a table, of which every text is in UTF-8."""
    table.validate(full=True)
    return table.column(0)


def _filled(path: Path) -> bytes:
    content = _bytes(path)
    if not content:
        raise UnreadableError("is empty")
    return content


def _check_regular(path: Path) -> None:
    """Refuse a pipe or a device, of which no reader would see the end."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UnreadableError("cannot be opened: it is a pipe or a device, not a file")


def _filled_size(path: Path) -> None:
    _check_regular(path)
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise UnreadableError("is missing") from error
    if not size:
        raise UnreadableError("is empty")


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
