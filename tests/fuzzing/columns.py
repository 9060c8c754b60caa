"""Ways to break Parquet files: strange types under good names, and damaged bytes."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from tests.fuzzing.raw import STEPS, Step
from tests.fuzzing.texts import CELLS, HEADERS

_EARLY = dt.datetime(1, 1, 1)

STRANGE: tuple[Callable[[int], Any], ...] = (
    lambda rows: pa.array([None] * rows),
    lambda rows: pa.array([None] * rows, pa.float64()),
    lambda rows: pa.array([float("nan"), float("inf"), -0.0][:rows] + [1e308] * (rows - 3)),
    lambda rows: pa.array([2**64 - 1] * rows, pa.uint64()),
    lambda rows: pa.array([-(2**63)] * rows, pa.int64()),
    lambda rows: pa.array([True, None, False][:rows] + [True] * (rows - 3)),
    lambda rows: pa.array([decimal.Decimal("12345678901234567890.123")] * rows),
    lambda rows: pa.array([decimal.Decimal("-0.000000001")] * rows),
    lambda rows: pa.array([_EARLY] * rows, pa.timestamp("us")),
    lambda rows: pa.array([dt.datetime(9999, 12, 31)] * rows, pa.timestamp("us")),
    lambda rows: pa.array([dt.datetime(2024, 1, 1)] * rows, pa.timestamp("ns", tz="Asia/Shanghai")),
    lambda rows: pa.array([dt.datetime(2024, 1, 1)] * rows, pa.timestamp("ms", tz="+14:00")),
    lambda rows: pa.array([None] * rows, pa.timestamp("s")),
    lambda rows: pa.array([dt.date(2024, 3, 1)] * rows),
    lambda rows: pa.array([dt.date(1, 1, 1)] * rows),
    lambda rows: pa.array([dt.time(1, 2)] * rows),
    lambda rows: pa.array([dt.timedelta(days=5)] * rows),
    lambda rows: pa.array([b"\xff\xfe"] * rows),
    lambda rows: pa.array([b"abc"] * rows, pa.binary(3)),
    lambda rows: pa.array([["a", None], [], None][:rows] + [["a"]] * (rows - 3)),
    lambda rows: pa.array([[["a"]]] * rows),
    lambda rows: pa.array([[1.5, None]] * rows),
    lambda rows: pa.array([{"a": 1, "b": "x"}] * rows),
    lambda rows: pa.array([[("k", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
    lambda rows: pa.array(["a", None, ""][:rows] + ["b"] * (rows - 3)).dictionary_encode(),
    lambda rows: pa.array([1, 2, 3][:rows] + [1] * (rows - 3)).dictionary_encode(),
    lambda rows: pa.array([1.5] * rows).dictionary_encode(),
    lambda rows: pa.array([dt.date(2024, 1, 1)] * rows).dictionary_encode(),
    lambda rows: pa.array([None] * rows, pa.dictionary(pa.int32(), pa.string())),
    lambda rows: pa.array(["x"] * rows, pa.large_string()),
    lambda rows: pa.array([0, 1, 53][:rows] + [7] * (rows - 3), pa.int8()),
)
METADATA = (
    b"{}", b"null", b"[]", b"not json", b'{"index_columns": ["rep"]}', b'{"index_columns": [5]}',
    json.dumps({"index_columns": [{"kind": "range", "start": 0, "stop": 9, "step": 1}]}).encode(),
    json.dumps({
        "index_columns": [], "column_indexes": [{"name": None, "pandas_type": "zzz"}],
        "columns": [{"name": "rep", "pandas_type": "datetimetz", "metadata": {"timezone": "Mars"}}],
    }).encode(),
)  # fmt: skip


def strange_columns(data: bytes, random: Random, _others: Sequence[bytes]) -> bytes:
    """Change types, names or metadata of a Parquet file; leave others alone."""
    try:
        table = pq.read_table(io.BytesIO(data))
        for _ in range(random.choice((1, 1, 2, 4))):
            table = random.choice(_TABLE_STEPS)(table, random)
        out = io.BytesIO()
        pq.write_table(table, out, compression="none", store_schema=random.random() < 0.7)
    except (pa.ArrowException, OSError, TypeError, ValueError, IndexError, OverflowError):
        return data
    return out.getvalue()


def _another_type(table: pa.Table, random: Random) -> pa.Table:
    place = random.randrange(table.num_columns)
    column = random.choice(STRANGE)(table.num_rows)[: table.num_rows]
    return table.set_column(place, table.column_names[place], column)


def _texts(table: pa.Table, random: Random) -> pa.Table:
    place = random.randrange(table.num_columns)
    column = pa.array([random.choice(CELLS) for _ in range(table.num_rows)])
    return table.set_column(place, table.column_names[place], column)


def _another_name(table: pa.Table, random: Random) -> pa.Table:
    names = list(table.column_names)
    names[random.randrange(len(names))] = random.choice((*HEADERS, *names))
    return table.rename_columns(names)


def _another_column(table: pa.Table, random: Random) -> pa.Table:
    column = random.choice(STRANGE)(table.num_rows)[: table.num_rows]
    return table.append_column(random.choice(HEADERS), column)


def _no_column(table: pa.Table, random: Random) -> pa.Table:
    return table.remove_column(random.randrange(table.num_columns))


def _another_length(table: pa.Table, random: Random) -> pa.Table:
    return random.choice((table[:0], table[:1], pa.concat_tables([table] * 3)))


def _another_origin(table: pa.Table, random: Random) -> pa.Table:
    return table.replace_schema_metadata({b"pandas": random.choice(METADATA)})


_TABLE_STEPS = (
    _another_type, _another_type, _another_type, _texts, _texts, _another_name, _another_column,
    _no_column, _another_length, _another_origin,
)  # fmt: skip
PARQUET_STEPS: tuple[Step, ...] = (*STEPS, *[strange_columns] * 20)


def as_parquet(text: str) -> bytes:
    """Return a CSV text as a Parquet file, in the types that its cells suggest."""
    table = pa.csv.read_csv(io.BytesIO(text.encode()))
    out = io.BytesIO()
    pq.write_table(table, out, compression="none")
    return out.getvalue()
