"""Reading the files of a run folder: whatever cannot be read is said in words, never raised."""

from __future__ import annotations

import hashlib
import json
import tomllib
import warnings
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FORMULA_STARTS = "=+-@\t\r"


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
    """Read a table with every cell as text, formula guards taken off; blank cells are ``""``.

    Parquet has labels as categories and numbers as numbers (NaN = blank). A row's index is its
    row in the file (the header is row 1).
    """
    frame = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    frame.index = pd.RangeIndex(2, len(frame) + 2)
    return frame


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
        values = texts.astype("float64")
    else:
        codes, different = pd.factorize(texts)
        known = pd.to_numeric(pd.Series(different, dtype=object), errors="coerce")
        amounts = np.append(known.to_numpy(dtype=float), np.nan)
        values = pd.Series(amounts[codes], index=texts.index)
    return values.where(values.abs() < float("inf"))


def is_filled(cells: pd.Series) -> pd.Series:
    """Return which cells hold something."""
    return cells.notna() if pd.api.types.is_numeric_dtype(cells) else cells != ""


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
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableError("is missing") from error
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror}") from error


def _read_csv(path: Path) -> pd.DataFrame:
    content = _filled(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                BytesIO(content),
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


def _read_parquet(path: Path) -> pd.DataFrame:
    content = _filled(path)
    try:
        frame = pd.read_parquet(BytesIO(content))
    except (ValueError, OSError, ImportError) as error:
        raise UnreadableError(f"cannot be read as a table: {_first_line(error)}") from error
    return pd.DataFrame({str(name): _labels(column) for name, column in frame.items()})


def _labels(column: pd.Series) -> pd.Series:
    """Return a column of numbers as it is, any other as sorted categories of text."""
    if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
        return column
    codes, different = pd.factorize(column)
    texts = [_as_text(value) for value in different] + [""]
    place, labels = pd.factorize(np.array(texts, dtype=object), sort=True)
    return pd.Series(pd.Categorical.from_codes(place[codes], categories=pd.Index(labels)))


def _as_text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
    guarded = text[:1] == "'" and text[1:2] != "" and text[1:2] in FORMULA_STARTS
    return text[1:] if guarded else text


def _filled(path: Path) -> bytes:
    content = _bytes(path)
    if not content:
        raise UnreadableError("is empty")
    return content


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
