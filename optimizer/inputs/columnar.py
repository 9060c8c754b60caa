"""Parquet → cells. This room is loaded only when a scenario has a Parquet file."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from optimizer.columnar import read_parquet
from optimizer.errors import Finding, InputError
from optimizer.inputs.archive import RATIO_LIMIT, UNPACKED_FREE, UNPACKED_LIMIT
from optimizer.inputs.characters import LONGEST_TEXT

MOST_VALUES = 500_000_000
"""Values that a file may hold; stored once for many rows, they take no room in it."""

MOST_BYTES = 4 * LONGEST_TEXT
"""Bytes that a text of so many characters may have."""

USUAL_BYTES = 100
"""Texts of fewer bytes on average may fill a table of any length."""

_OF_LISTS = ("BYTE_ARRAY", "INT32")
"""How Parquet keeps lists of texts, and lists that are all empty."""


def read_columns(data: bytes, source: str) -> pd.DataFrame:
    """Return the columns of a Parquet file under their own headers.

    Raises
    ------
    InputError
        Where the file is no Parquet, or one that would unpack to more than a table is.
    """
    remedy = "Write it again, or save the table as CSV UTF-8."
    try:
        if problem := _bursting(data):
            raise InputError([Finding(source, 0, "", "", problem, remedy)])
        return read_parquet(data)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # what a damaged file makes of its reader may be anything
        problem = "the file is no Parquet table, or a damaged one"
        raise InputError([Finding(source, 0, "", "", problem, remedy)]) from error


def _bursting(data: bytes) -> str:
    """Return what speaks against unpacking a file, going by its table of contents.

    What that says of a single column is not looked up: where it is damaged, pyarrow would end
    the whole process.
    """
    file = pq.ParquetFile(io.BytesIO(data))
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    rows = sum(group.num_rows for group in groups)
    values = rows * file.metadata.num_columns
    unpacked = sum(group.total_byte_size for group in groups)
    if values > MOST_VALUES:
        return f"the table holds {values:,} values, and at most {MOST_VALUES:,} are read"
    if unpacked > UNPACKED_LIMIT:
        return (
            f"the file unpacks to {unpacked / (1 << 30):,.1f} GB, and at most "
            f"{UNPACKED_LIMIT >> 30} GB are read"
        )
    if unpacked > UNPACKED_FREE and unpacked > RATIO_LIMIT * len(data):
        return (
            f"the file unpacks to {unpacked / len(data):,.0f} times its size, which no table does"
        )
    columns = [file.schema.column(index) for index in range(len(file.schema))]
    for column in columns:
        if column.max_repetition_level and column.physical_type not in _OF_LISTS:
            return _too_deep(column.path)
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    large = rows * unpacked > UNPACKED_LIMIT
    return next(filter(None, (_repeated(data, path) for path in texts if large)), "")


def _too_deep(path: str) -> str:
    return f"the column {path} holds more than a text or a list of texts in a cell"


def _repeated(data: bytes, path: str) -> str:
    """Return what is wrong with a column of texts that are stored once and stand in many rows."""
    file = pq.ParquetFile(io.BytesIO(data), read_dictionary=[path])
    rows = unpacked = 0
    for batch in file.iter_batches(columns=[path]):
        texts = batch.column(0)
        while pa.types.is_list(texts.type) or pa.types.is_large_list(texts.type):
            texts = texts.flatten()
        if not pa.types.is_dictionary(texts.type):
            return _too_deep(path)
        lengths = pc.binary_length(texts.dictionary)
        if (longest := pc.max(lengths).as_py() or 0) > MOST_BYTES:
            return f"the column {path} holds a text of {longest:,} bytes"
        rows += len(texts)
        unpacked += pc.sum(lengths.take(texts.indices).cast(pa.int64())).as_py() or 0
        if unpacked > max(UNPACKED_LIMIT, rows * USUAL_BYTES):
            return f"the texts in the column {path} unpack to more than {UNPACKED_LIMIT >> 30} GB"
    return ""
