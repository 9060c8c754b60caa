"""Parquet files: labels once each, unknown numbers as null, the same bytes for the same table.

Loaded only where a table is Parquet.
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP = 1 << 22
"""Rows of a group; each holds the labels that it needs."""

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
    columns = {str(name): _column(table[name]) for name in table.columns}
    labels = [name for name, values in columns.items() if pa.types.is_dictionary(values.type)]
    pq.write_table(
        pa.table(columns),
        path,
        row_group_size=_ROW_GROUP,
        use_dictionary=labels,
        dictionary_pagesize_limit=_LABELS,
    )


def read_parquet(data: bytes) -> pd.DataFrame:
    """Return the columns of a file; labels that are stored once each come as categories.

    Raises
    ------
    ValueError
        Where the bytes are no Parquet table, or a damaged one.
    """
    try:
        frame: pd.DataFrame = pq.read_table(io.BytesIO(data)).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error
    return frame.reset_index(drop=True)


def _column(values: pd.Series) -> pa.Array:
    if isinstance(values.dtype, pd.CategoricalDtype):
        labels = pa.array(values.cat.categories.to_numpy(dtype=object), type=pa.string())
        return pa.DictionaryArray.from_arrays(values.cat.codes.to_numpy(), labels)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return pa.array(values, from_pandas=True)
    texts = pa.array(values.to_numpy(dtype=object), type=pa.string(), from_pandas=True)
    return texts.dictionary_encode()
