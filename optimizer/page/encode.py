"""Tables as a page carries them: column by column, labels once each, amounts as whole numbers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_LARGEST = 2.0**53
"""Beyond this a number of a page is no longer exact."""

_DIGITS = 9
_RUN = 4
"""Rows that a label must hold on average before runs are shorter than a code per row."""

_ESCAPED = {sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def encode(table: pd.DataFrame, decimals: Mapping[str, int]) -> dict[str, Any]:
    """Return a table as plain data.

    Parameters
    ----------
    table : DataFrame
    decimals : mapping of column to int
        Decimals of the columns that are numbers; all others are labels.

    Returns
    -------
    dict
        ``n`` rows and ``c`` columns. A column of labels has ``l``, its different labels, and
        ``v``, a code per row, or ``r``, code and length of each run. A column of numbers has
        ``s``, how many parts a unit has, and ``v``, whole parts; None is unknown. Without
        ``s`` it has the numbers themselves.
    """
    columns = {
        str(name): _numbers(column.to_numpy(dtype=float), decimals[str(name)])
        if name in decimals
        else _labels(column)
        for name, column in table.items()
    }
    return {"n": len(table), "c": columns}


def guessed(table: pd.DataFrame, labels: Collection[str] = ()) -> dict[str, Any]:
    """Encode a table; a column of text is one of numbers where all its cells are numbers.

    Parameters
    ----------
    table : DataFrame
        Columns of numbers, and of text, blank as ``""``.
    labels : collection of str
        Columns that are never numbers, whatever they hold.
    """
    known: dict[str, Any] = {}
    decimals: dict[str, int] = {}
    for name, column in table.items():
        if pd.api.types.is_numeric_dtype(column):
            decimals[str(name)] = _DIGITS
            known[str(name)] = column.astype(float)
            continue
        texts = column.astype("str")
        numbers = pd.to_numeric(texts.where(texts != "", None), errors="coerce")
        is_number = bool(((texts == "") | numbers.notna()).all()) and bool(numbers.notna().any())
        if is_number and name not in labels:
            decimals[str(name)] = _DIGITS
            known[str(name)] = numbers.astype(float)
        else:
            known[str(name)] = texts
    return encode(pd.DataFrame(known), decimals)


def to_json(content: object) -> str:
    """Return JSON that no reader of HTML takes for markup."""
    text = json.dumps(
        content, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain
    )
    for sign, escaped in _ESCAPED.items():
        text = text.replace(sign, escaped)
    return text


def finite(content: Any) -> Any:
    """Return plain data with None in place of every number that is not finite."""
    if isinstance(content, Mapping):
        return {str(key): finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    if isinstance(content, float) and not np.isfinite(content):
        return None
    return content


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no plain value")


def _labels(column: pd.Series) -> dict[str, Any]:
    codes, different = pd.factorize(column.astype("str"))
    found: dict[str, Any] = {"l": [str(label) for label in different]}
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else codes
    if len(starts) * _RUN <= len(codes):
        lengths = np.diff(np.r_[starts, len(codes)])
        return found | {"r": np.column_stack([codes[starts], lengths]).ravel().tolist()}
    return found | {"v": codes.tolist()}


def _numbers(values: NDArray[np.float64], decimals: int) -> dict[str, Any]:
    parts = 10.0**decimals
    known = np.isfinite(values)
    whole = np.round(np.where(known, values, 0.0) * parts)
    if decimals < _DIGITS and bool((np.abs(whole) < _LARGEST).all()):
        return {"s": int(parts), "v": _blanked(whole.astype(np.int64), known)}
    short = [float(f"{value:.{_DIGITS}g}") for value in np.where(known, values, 0.0).tolist()]
    return {"v": [int(value) if value.is_integer() and abs(value) < _LARGEST else value
                  for value in short] if bool(known.all())
            else _blanked(np.array(short, dtype=object), known)}  # fmt: skip


def _blanked(values: NDArray[Any], known: NDArray[np.bool_]) -> list[Any]:
    if bool(known.all()):
        return list(values.tolist())
    found = values.astype(object)
    found[~known] = None
    return list(found.tolist())
