"""Tables of a scenario, copied with a row changed, added or left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.columns import Column, Kind
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import table_of
from optimizer.errors import InputError

ALL = "*"
"""What stands for all periods, regions, products or reps; in a table it is a blank."""


def check_label(kind: str, name: str, known: Sequence[str]) -> None:
    """Refuse a name that the scenario does not know.

    Raises
    ------
    InputError
    """
    if name not in known:
        raise InputError(f"there is no {kind} {name}. {meant(name, list(known))}")


def check_number(what: str, value: Any, high: float = math.inf) -> None:
    """Refuse a number that is negative, above `high`, or none at all.

    Raises
    ------
    InputError
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise InputError(f"{what} is {value!r}, and must be a number")
    if not (0 <= value <= high and math.isfinite(value)):
        bounds = "at least 0" if math.isinf(high) else f"from 0 to {high:g}"
        raise InputError(f"{what} is {float(value):g}, and must be a number {bounds}")


def with_table(scenario: Scenario, name: str, frame: pd.DataFrame) -> Scenario:
    """Return the scenario with a table in place of its own; one without rows is left out."""
    tables = {other: table for other, table in scenario.tables.items() if other != name}
    if len(frame):
        tables[name] = frame
    sources = {name: name, **scenario.sources}
    return replace(scenario, tables=tables, sources=sources)


def table_or_new(
    scenario: Scenario, name: str, rows: Sequence[Mapping[str, Any]] = ()
) -> pd.DataFrame:
    """Return a table, or where there is none one with the given rows."""
    table = scenario.table(name)
    return table if table is not None else new_table(name, rows)


def new_table(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table with all columns of its declaration, blank where a row says nothing.

    The index counts rows as a file would: the header is row 1.
    """
    index = pd.RangeIndex(2, 2 + len(rows))
    return pd.DataFrame(
        {
            column.name: _values(column.kind, [row.get(column.name) for row in rows], index)
            for column in table_of(name).columns
        },
        index=index,
    )


def put(frame: pd.DataFrame, chosen: Any, values: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy with values written into the chosen rows (a mask)."""
    changed = frame.copy()
    for column, value in values.items():
        changed.loc[chosen, column] = value
    return changed


def appended(name: str, frame: pd.DataFrame, *rows: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy with more rows, blank in the columns they say nothing of."""
    first = int(frame.index.max()) + 1 if len(frame) else 2
    index = pd.RangeIndex(first, first + len(rows))
    columns = {}
    for column in map(str, frame.columns):
        kind = _kind(table_of(name).column(column), frame[column])
        columns[column] = _values(kind, [row.get(column) for row in rows], index)
    return pd.concat([frame, pd.DataFrame(columns, index=index)])


def in_slice(frame: pd.DataFrame, places: Mapping[str, str]) -> pd.Series[bool]:
    """Return which rows name exactly these labels; `ALL` is a blank cell."""
    chosen = pd.Series(True, index=frame.index)
    for column, name in places.items():
        chosen &= frame[column] == ("" if name == ALL else name)
    return chosen


def labels_of(places: Mapping[str, str]) -> dict[str, str]:
    """Return labels as a table writes them: blank for `ALL`."""
    return {column: "" if name == ALL else name for column, name in places.items()}


def _kind(column: Column | None, values: pd.Series[Any]) -> Kind:
    if column is not None:
        return column.kind
    return Kind.NUMBER if values.dtype == np.float64 else Kind.TEXT


def _values(kind: Kind, values: Sequence[Any], index: pd.Index[Any]) -> pd.Series[Any]:
    if kind is Kind.NUMBER:
        numbers = [math.nan if value is None else float(value) for value in values]
        return pd.Series(numbers, index=index, dtype=np.float64)
    if kind is Kind.DATE:
        return pd.Series(pd.to_datetime(list(values)), index=index, dtype="datetime64[s]")
    if kind is Kind.BOOL:
        return pd.Series([bool(value) for value in values], index=index, dtype=bool)
    return pd.Series(
        ["" if value is None else str(value) for value in values], index=index, dtype="str"
    )
