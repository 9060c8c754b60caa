"""Columns of a table as arrays: a label is a number per row and a text per different one.

Nothing here makes a text per row: what many rows have in common is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from optimizer.verify.cube import Bools, Floats, Ints

Codes = NDArray[np.signedinteger[Any]]
Column = pd.Series | pd.Index | NDArray[Any] | pd.Categorical
FORMULA_STARTS = "=+-@＝＋－＠\t\r\n"
UNSEEN = -1
"""Code of a row without any label; its text is blank."""
MANY = 1 << 62
"""More combinations of labels than these are not numbered as they come."""
BLOCK = 1 << 16
"""Rows that are looked at together."""
ROOM = 8
"""Places for each row, within which repeated rows are found by marking their places."""


def column_of(values: pa.ChunkedArray) -> Column:
    """Return a column of a file: numbers as floats (NaN = blank), all else as categories.

    Formula guards are taken off; what is no text is told as text.
    """
    kind = values.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    if not pa.types.is_dictionary(kind):
        values = values.dictionary_encode()
    chunks = values.unify_dictionaries().chunks
    if not chunks:
        return pd.Categorical([], categories=pd.Index([], dtype=object))
    parts = [_codes(chunk.indices) for chunk in chunks]
    codes = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return labelled(codes, chunks[0].dictionary)


def _codes(indices: pa.Array) -> Codes:
    if pa.types.is_unsigned_integer(indices.type):
        indices = indices.cast(pa.int64())
    return np.asarray(indices.fill_null(UNSEEN).to_numpy(False))


def labelled(codes: Codes, dictionary: pa.Array) -> pd.Categorical:
    """Return categories of text, one for each different text."""
    labels = pd.Index(dictionary.to_pandas()) if _is_plain(dictionary) else None
    if labels is not None and labels.is_unique:
        if len(codes) and int(codes.min()) == UNSEEN:
            blank = labels.get_indexer(pd.Index([""]))[0]
            if blank < 0:
                blank, labels = len(labels), labels.append(pd.Index([""], dtype=labels.dtype))
            codes = np.where(codes == UNSEEN, blank, codes)
        return _categories(codes, labels)
    texts = [as_text(value) for value in dictionary.to_pandas()] + [""]
    places, labels = pd.factorize(np.array(texts, dtype=object))
    return _categories(places[codes], pd.Index(labels))


def _categories(codes: Codes, labels: pd.Index) -> pd.Categorical:
    found: pd.Categorical = pd.Categorical.from_codes(codes, categories=labels)
    return found


def _is_plain(dictionary: pa.Array) -> bool:
    """Return whether a dictionary holds nothing but texts, none of them guarded."""
    if not pa.types.is_string(dictionary.type) or dictionary.null_count:
        return False
    return not pc.any(pc.starts_with(dictionary, "'")).as_py()


def as_text(value: object) -> str:
    """Return a value as text, without the apostrophe that guards what looks like a formula."""
    if value is None or value is pd.NaT:
        return ""
    text = str(value).lower() if isinstance(value, bool | np.bool_) else str(value)
    guarded = text[:1] == "'" and text[1:2] != "" and text[1:2] in FORMULA_STARTS
    return text[1:] if guarded else text


def coded(column: Column) -> tuple[Codes, pd.Index]:
    """Return a number for each row, and what each number stands for."""
    cells = column.array if isinstance(column, pd.Series) else column
    if isinstance(cells, pd.Categorical):
        return np.asarray(cells.codes), cells.categories
    if isinstance(column, pd.Index):
        return np.arange(len(column)), column
    codes, different = pd.factorize(column)
    return np.asarray(codes), pd.Index(different)


def find(labels: Sequence[str], texts: pd.Index) -> Ints:
    """Return the position of each text among labels, each of which stands there once; else -1."""
    if not pd.api.types.is_object_dtype(texts.dtype) and texts.dtype != "str":
        return np.full(len(texts), -1, dtype=np.int64)
    known = pa.array(labels, type=pa.string())
    found = pc.index_in(pa.array(texts, type=pa.string(), from_pandas=True), value_set=known)
    return np.asarray(found.fill_null(-1).to_numpy(False), dtype=np.int64)


def same(column: Column, text: str) -> Bools:
    """Return which cells hold a text."""
    codes, different = coded(column)
    return np.append(np.asarray(different == text, dtype=bool), False)[codes]


def converted(column: Column, change: Callable[[str], str]) -> pd.Categorical:
    """Return a column with something done to each different text."""
    codes, different = coded(column)
    texts = np.array([change(str(text)) for text in different], dtype=object)
    places, labels = pd.factorize(texts)
    return _categories(np.append(places, UNSEEN)[codes], pd.Index(labels))


def texts_of(column: Column) -> NDArray[np.object_]:
    """Return a text per row; only where each is looked at."""
    codes, different = coded(column)
    return np.append(np.asarray(different, dtype=object), "")[codes]


def ranks(column: Column) -> Ints:
    """Return a number per row that rises with its text."""
    codes, different = coded(column)
    texts = pa.array(different, type=pa.string(), from_pandas=True)
    if pc.all(pc.less(texts[:-1], texts[1:]), min_count=0).as_py():
        return codes.astype(np.int64)
    order = np.asarray(pc.sort_indices(texts).to_numpy(False), dtype=np.int64)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes]


def finite_or_nan(values: Floats) -> Floats:
    """Return numbers, infinite ones as NaN."""
    finite = np.isfinite(values)
    return values if finite.all() else np.where(finite, values, np.nan)


def rows_where(count: int, test: Callable[[slice], Bools]) -> Ints:
    """Return the rows that pass a test, which is given a slice of them at a time.

    What the test works out is never larger than a slice, whatever the table.
    """
    found = [
        start + np.flatnonzero(test(slice(start, start + BLOCK)))
        for start in range(0, count, BLOCK)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def repeats(frame: pd.DataFrame, key: Sequence[str]) -> Bools:
    """Return which rows have the same key as a row above them."""
    number = np.zeros(len(frame), dtype=np.int64)
    size = 1
    for name in key:
        codes, different = coded(frame[name])
        levels = len(different) + 1
        if size > MANY // levels:
            return np.asarray(frame.duplicated(list(key)), dtype=bool)
        number *= levels
        number += codes
        number -= UNSEEN
        size *= levels
    if _are_different(number, size):
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(pd.Series(number).duplicated(), dtype=bool)


def _are_different(number: Ints, size: int) -> bool:
    """Return whether no number stands there twice; all are below a size."""
    if bool((number[1:] > number[:-1]).all()):
        return True
    if size <= ROOM * len(number):
        marked = np.zeros(size, dtype=bool)
        marked[number] = True
        return int(np.count_nonzero(marked)) == len(number)
    ordered = np.sort(number)
    return bool((ordered[1:] != ordered[:-1]).all())
