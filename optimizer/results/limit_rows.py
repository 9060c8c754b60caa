"""Rows of ``limits.csv`` as columns: families of limits, named and put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Slices

EVERY = "*"
COLUMNS = (
    "kind", "side", "period", "region", "product", "rep", "limit", "value", "slack",
    "binding", "shadow_price",
)  # fmt: skip
_NEGLIGIBLE = 1e-9

Names = NDArray[Any]
"""Labels, one per row."""


@dataclass(frozen=True)
class LimitRows:
    """Rows of one family and side.

    Attributes
    ----------
    kind : str or (row,) labels
    side : str
    period, region, product, rep : (row,) labels, or one for all
    limit, value, price : (row,) floats
    """

    kind: str | Names
    side: str
    period: str | Names
    region: str | Names
    product: str | Names
    rep: str | Names
    limit: Floats
    value: Floats
    price: Floats


def limit_table(families: Iterable[LimitRows]) -> pd.DataFrame:
    """Return families of limits as one table, with slack and what binds."""
    rows = list(families)
    counts = [len(each.limit) for each in rows]
    columns: dict[str, Any] = {}
    for name in ("kind", "side", "period", "region", "product", "rep"):
        parts = [
            np.broadcast_to(np.asarray(getattr(each, name), dtype=object), count)
            for each, count in zip(rows, counts, strict=True)
        ]
        columns[name] = np.concatenate(parts)
    limit, value, price = (
        np.concatenate([getattr(each, name) for each in rows])
        for name in ("limit", "value", "price")
    )
    columns.update(limit=limit, value=value, slack=_slack(columns["side"], limit, value))
    columns.update(binding=price != 0.0, shadow_price=price + 0.0)
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _slack(side: Names, limit: Floats, value: Floats) -> Floats:
    room = limit - value
    room = np.where(side == "min", -room, room)
    room = np.where(side == "equal", np.abs(room), room)
    dust = np.abs(room) <= _NEGLIGIBLE * np.maximum(1.0, np.abs(limit))
    return np.asarray(np.where(dust, 0.0, room))


def names_of(labels: Iterable[str], index: Ints) -> Names:
    """Return labels by their index; `ALL` is ``*``."""
    return np.array([*labels, EVERY], dtype=object)[index]


def places_of(instance: Instance, slices: Slices, rows: Bools | slice) -> dict[str, Names]:
    """Return period, region and product of some slices."""
    return {
        "period": names_of(instance.periods, slices.period[rows]),
        "region": names_of(instance.tree.names, slices.region[rows]),
        "product": names_of(instance.products, slices.product[rows]),
    }


def sums_of(instance: Instance, slices: Slices, cube: Floats) -> Floats:
    """Return the sum over each slice of a cube that is 0 in closed cells."""
    assert ALL == -1
    sums = np.tensordot(instance.tree.covers.astype(float), cube, axes=(1, 0))
    sums = np.concatenate([sums, sums.sum(axis=1, keepdims=True)], axis=1)
    sums = np.concatenate([sums, sums.sum(axis=2, keepdims=True)], axis=2)
    return np.asarray(sums[slices.region, slices.period, slices.product])
