"""Work on whole columns of text at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = NDArray[np.bool_]


def is_among(text: pd.Series[str], known: Iterable[str]) -> Rows:
    """Return which texts are among those known."""
    found = pc.is_in(_arrow(text), value_set=_arrow(known))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def as_floats(text: pd.Series[str]) -> NDArray[np.float64] | None:
    """Return texts as numbers, blank ones as NaN; None where some text is no plain number."""
    cells = _arrow(text)
    try:
        numbers = pc.if_else(pc.equal(cells, ""), None, cells).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64)


def bytes_of(text: pd.Series[str]) -> bytes:
    """Return the bytes of all texts, one after the other; perhaps those of further ones too."""
    raw = _arrow(text).buffers()[-1]
    return b"" if raw is None else bytes(raw)


def longest(text: pd.Series[str]) -> int:
    """Return how many bytes the longest text has."""
    return int(pc.max(pc.binary_length(_arrow(text))).as_py() or 0)


def matches(text: pd.Series[str], pattern: str) -> Rows:
    """Return which texts a regular expression (of RE2) is found in."""
    return _rows(pc.match_substring_regex(_arrow(text), pattern))


def rises(frame: pd.DataFrame, names: Sequence[str]) -> bool:
    """Return whether each row comes after the one before it, by some columns of text.

    Then the rows are in order, and none stands there twice.
    """
    after = np.zeros(max(len(frame) - 1, 0), dtype=bool)
    for name in reversed(names):
        cells = _arrow(frame[name])
        first, second = cells[:-1], cells[1:]
        above, same = pc.greater(second, first), pc.equal(second, first)
        after = _rows(above) | (_rows(same) & after)
    return bool(after.all())


def _rows(values: Any) -> Rows:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)


def _arrow(texts: Iterable[str]) -> pa.Array:
    """Return texts as Arrow has them, without a copy where pandas has them so already."""
    values = pa.array(texts) if isinstance(texts, pd.Series) else pa.array([*texts], pa.string())
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if values.type == pa.large_string() else values.cast(pa.large_string())
