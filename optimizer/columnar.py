"""Parquet files: labels once each, unknown numbers as null, the same bytes for the same table.

Loaded only where a table is Parquet.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP = 1 << 20
"""Rows of a group at most; each holds the labels that it needs."""

_LABELS = 1 << 28
"""Bytes that the labels of a group may take before they are written out row by row."""


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write a table; nothing of the machine, of pandas or of the row numbers goes into it.

    Parameters
    ----------
    table : DataFrame
        Categories and texts become labels, numbers and dates stay what they are.
    path : Path
    """
    write_parquet_blocks([table], path)


def write_parquet_blocks(blocks: Iterable[pd.DataFrame], path: Path) -> None:
    """Write a table that comes block by block, as `write_parquet` does.

    Parameters
    ----------
    blocks : iterable of DataFrame
        The table from top to bottom, at least one block, all with the same columns; no more
        than one at a time is needed.
    path : Path
    """
    writer: pq.ParquetWriter | None = None
    known = _Labels()
    try:
        for part in _groups(blocks):
            columns = {str(name): known.column(part[name]) for name in part.columns}
            group = pa.table(columns)
            writer = writer or _writer(group.schema, path)
            writer.write_table(group, row_group_size=_ROW_GROUP)
    finally:
        if writer is not None:
            writer.close()


def read_parquet(data: bytes) -> pd.DataFrame:
    """Return the columns of a file; labels that are stored once each come as categories.

    Raises
    ------
    ValueError
        Where the bytes are no Parquet table, or a damaged one.
    MemoryError
        Where the table is larger than what is left.
    """
    try:
        table = pq.read_table(io.BytesIO(data))
        table.validate(full=True)
        frame: pd.DataFrame = table.to_pandas()
    except MemoryError:
        raise
    except Exception as error:  # what pandas noted in a damaged file may be anything
        raise ValueError(str(error) or "it is damaged") from error
    return frame.reset_index(drop=True)


def _groups(blocks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for block in blocks:
        for start in range(0, max(len(block), 1), _ROW_GROUP):
            yield block.iloc[start : start + _ROW_GROUP]


def _writer(schema: pa.Schema, path: Path) -> pq.ParquetWriter:
    """Open a file whose labels are stored once for each group of rows.

    The least and largest label of each group would tell nobody anything and take as long to
    find as all else.
    """
    labels = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return pq.ParquetWriter(
        path,
        schema,
        use_dictionary=labels,
        dictionary_pagesize_limit=_LABELS,
        write_statistics=[name for name in schema.names if name not in labels],
    )


class _Labels:
    """Columns as Arrow has them; labels that several groups of rows share are made once."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[pd.Index, pa.Array]] = {}

    def column(self, values: pd.Series) -> pa.Array:
        if isinstance(values.dtype, pd.CategoricalDtype):
            return self._chosen(values)
        if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
            return pa.array(values, from_pandas=True)
        return _texts(values).dictionary_encode()

    def _chosen(self, values: pd.Series) -> pa.Array:
        """Return labels with no others than those that occur."""
        labels = self._all(values.cat.categories)
        codes = values.cat.codes.to_numpy()
        occurs = np.zeros(len(labels) + 1, dtype=bool)
        occurs[codes] = True
        unknown = None if not occurs[-1] else codes < 0
        occurs = occurs[:-1]
        if not occurs.all():
            labels = labels.take(pa.array(np.flatnonzero(occurs)))
            codes = (np.cumsum(occurs, dtype=np.int32) - 1)[codes]
        indices = pa.array(codes.astype(np.int32, copy=False), mask=unknown)
        return pa.DictionaryArray.from_arrays(indices, labels)

    def _all(self, categories: pd.Index) -> pa.Array:
        found = self._made.get(id(categories))
        if found is None:
            found = self._made[id(categories)] = (categories, _texts(categories))
        return found[1]


def _texts(values: pd.Series | pd.Index) -> pa.Array:
    texts = pa.array(values, type=pa.string(), from_pandas=True)
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
