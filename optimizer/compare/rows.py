"""Rows of one input table that differ between two runs, matched by what names a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from optimizer.compare.words import Difference, shown, shown_number
from optimizer.domain.columns import Kind, Table
from optimizer.domain.tables import LOCKS

Bools = npt.NDArray[np.bool_]

SUMMED = "amount"
"""Column that is added up where rows of a table have no name of their own."""
_SAME = 1e-9
_PLACE = "_place"


def table_differences(
    table: Table, base: pd.DataFrame | None, other: pd.DataFrame | None
) -> Iterator[Difference]:
    """Yield the rows that were added or removed, and the values that changed.

    Rows are matched by the key of the table; locks, which may repeat, by slice and rep; order
    lines, which have no key, are added up by all their other columns.

    Parameters
    ----------
    base, other : DataFrame or None
        The table in each run, every cell as text; None where the run does not have it.
    """
    columns = _columns(table, base, other)
    keys = _keys(table, columns)
    values = [name for name in columns if name not in keys]
    sides = [_prepared(table, side, columns, keys) for side in (base, other)]
    both = sides[0].merge(
        sides[1], on=[*keys, _PLACE], how="outer", suffixes=(" 0", " 1"), indicator=True
    )
    both = both.sort_values([*keys, _PLACE], kind="stable")
    differs = {name: _differs(table, name, both) for name in values}
    alone = (both["_merge"] != "both").to_numpy()
    chosen = alone | np.logical_or.reduce([np.zeros(len(both), dtype=bool), *differs.values()])
    marks = {name: mask[chosen] for name, mask in differs.items()}
    for place, row in enumerate(both[chosen].to_dict("records")):
        label = named(keys, [str(row[name]) for name in keys])
        if row["_merge"] != "both":
            side = "0" if row["_merge"] == "left_only" else "1"
            cells = [(name, _shown(table, name, row[f"{name} {side}"])) for name in values]
            content = ", ".join(f"{name} {cell}" for name, cell in cells if cell)
            yield _one_sided(table.name, label, content, removed=side == "0")
            continue
        for name in values:
            if marks[name][place]:
                pair = [_shown(table, name, row[f"{name} {side}"]) for side in (0, 1)]
                yield Difference(table.name, label, name, "changed", *pair)


def named(keys: Sequence[str], labels: Sequence[str]) -> str:
    """Return what names a row, in words; blank labels mean all and are left out."""
    words = [f"{key} {label}" for key, label in zip(keys, labels, strict=True) if label]
    return ", ".join(words) or "all"


def _one_sided(table: str, label: str, content: str, *, removed: bool) -> Difference:
    if removed:
        return Difference(table, label, "", "removed", content, "")
    return Difference(table, label, "", "added", "", content)


def _columns(table: Table, *sides: pd.DataFrame | None) -> list[str]:
    """Return the columns that either side has: declared ones in their order, then ``x_…``."""
    found = {str(name) for side in sides if side is not None for name in side.columns}
    declared = [name for name in table.names if name in found or name in table.key]
    return declared + sorted(found - set(declared))


def _keys(table: Table, columns: Sequence[str]) -> list[str]:
    if table.key:
        return list(table.key)
    if table is LOCKS:
        return [column.name for column in table.columns if column.kind is Kind.LABEL]
    return [name for name in columns if name != SUMMED]


def _prepared(
    table: Table, side: pd.DataFrame | None, columns: Sequence[str], keys: Sequence[str]
) -> pd.DataFrame:
    """Return a table with all columns, numbers as floats, and which of its equals a row is."""
    names = list(dict.fromkeys([*keys, *columns]))
    frame = pd.DataFrame(columns=names, dtype=str) if side is None else side
    frame = frame.reindex(columns=names, fill_value="")
    for name in names:
        if name not in keys:
            frame[name] = _typed(table, name, frame[name])
    if not table.key and table is not LOCKS:
        frame = frame.groupby(list(keys), sort=True)[SUMMED].sum().reset_index()
    frame = frame.sort_values(names, kind="stable")
    frame[_PLACE] = frame.groupby(list(keys), sort=False).cumcount()
    return frame


def _typed(table: Table, name: str, values: pd.Series) -> pd.Series:
    kind = _kind(table, name)
    if kind is Kind.NUMBER:
        return pd.to_numeric(values, errors="coerce").astype(float)
    if kind is Kind.LIST:
        return values.map(lambda text: ";".join(sorted(set(filter(None, _items(text))))))
    return values.astype(str)


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(";")]


def _kind(table: Table, name: str) -> Kind:
    column = table.column(name)
    return column.kind if column else Kind.TEXT


def _differs(table: Table, name: str, both: pd.DataFrame) -> Bools:
    pair = both[f"{name} 0"], both[f"{name} 1"]
    numbers = [pd.to_numeric(side, errors="coerce").to_numpy(dtype=float) for side in pair]
    if _kind(table, name) is Kind.NUMBER:
        same = np.isclose(numbers[0], numbers[1], rtol=_SAME, atol=_SAME, equal_nan=True)
        return np.asarray(~same, dtype=bool)
    texts = [side.fillna("").to_numpy(dtype=object) for side in pair]
    return np.asarray((texts[0] != texts[1]) & (numbers[0] != numbers[1]), dtype=bool)


def _shown(table: Table, name: str, value: object) -> str:
    if _kind(table, name) is Kind.NUMBER:
        return shown_number(float(str(value)))
    return shown(value)
