"""Tables of a scenario, copied with a row changed, added or left out."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.columns import Column, Kind
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PASSED_THROUGH, table_of
from optimizer.errors import InputError
from optimizer.inputs.sound_keys import as_number
from optimizer.inputs.values import MOST

ALL = "*"
"""What stands for all periods, regions, products or reps; in a table it is a blank."""


def check_label(kind: str, name: Any, known: Sequence[str]) -> None:
    """Refuse a name that the scenario does not know.

    Raises
    ------
    InputError
    """
    if not isinstance(name, str):
        raise InputError(f"the {kind} is {name!r}, and must be text: a name, or {ALL} for all")
    if name not in known:
        raise InputError(f"there is no {kind} {name}. {meant(name, list(known))}")


def checked_number(what: str, value: Any, high: float | None = None) -> float:
    """Return a number as a float; refuse one that is negative, above `high`, or none at all.

    Without `high`, what a table may hold is the most.

    Raises
    ------
    InputError
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InputError(f"{what} is {value!r}, and must be a number")
    number = as_number(value)
    if high is None and MOST < number < math.inf:
        raise InputError(f"{what} is {number:g}, and {MOST:g} is the most that is exact")
    if not 0 <= number <= (MOST if high is None else high):
        bounds = "at least 0" if high is None else f"from 0 to {high:g}"
        raise InputError(f"{what} is {number:g}, and must be a number {bounds}")
    return number


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
            column.name: _values(column.kind, [row.get(column.name) for row in rows])
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
    """Return a copy with more rows, blank in the columns they say nothing of.

    Columns of one's own that only the new rows have are blank in the others.
    """
    frame = _with_own(frame, sorted({column for row in rows for column in row}))
    first = int(frame.index.max()) + 1 if len(frame) else 2
    columns = {}
    for column, dtype in frame.dtypes.items():
        kind = _kind(table_of(name).column(str(column)), dtype)
        columns[column] = _values(kind, [row.get(str(column)) for row in rows])
    added = pd.DataFrame(columns, index=pd.RangeIndex(first, first + len(rows)))
    return pd.concat([frame, added]) if len(frame) else added


def _with_own(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table with further columns of text, in the order in which they are read."""
    new = [column for column in columns if column not in frame]
    if not new:
        return frame
    blank = _values(Kind.TEXT, [None] * len(frame))
    wider = frame.assign(**dict.fromkeys(new, blank))
    passed = sorted(column for column in map(str, wider) if column.startswith(PASSED_THROUGH))
    return wider[[*(column for column in map(str, wider) if column not in passed), *passed]]


def in_slice(frame: pd.DataFrame, places: Mapping[str, str]) -> pd.Series[bool]:
    """Return which rows name exactly these labels; `ALL` is a blank cell."""
    chosen = pd.Series(True, index=frame.index)
    for column, name in places.items():
        chosen &= frame[column] == ("" if name == ALL else name)
    return chosen


def slice_text(places: Mapping[str, str]) -> str:
    """Return a slice as a planner names it."""
    named = [f"{column} {name}" for column, name in places.items() if name != ALL]
    return ", ".join(named) or "everything"


def labels_of(places: Mapping[str, str]) -> dict[str, str]:
    """Return labels as a table writes them: blank for `ALL`."""
    return {column: "" if name == ALL else name for column, name in places.items()}


def _kind(column: Column | None, dtype: Any) -> Kind:
    if column is not None:
        return column.kind
    return Kind.NUMBER if dtype == np.float64 else Kind.TEXT


def _values(kind: Kind, values: Sequence[Any]) -> Any:
    """Return an array of a kind's values; None is blank."""
    if kind is Kind.NUMBER:
        return np.array([math.nan if value is None else float(value) for value in values])
    if kind is Kind.DATE:
        return pd.to_datetime(list(values)).to_numpy().astype("datetime64[s]")
    if kind is Kind.BOOL:
        return np.array([bool(value) for value in values], dtype=bool)
    return pd.Series(["" if value is None else str(value) for value in values], dtype="str").array
