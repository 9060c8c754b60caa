"""Rows of ``limits.csv`` as columns: families of limits, named and put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Slices
from optimizer.results.label_column import label_column

EVERY = "*"
COLUMNS = (
    "kind", "side", "period", "region", "product", "rep", "limit", "value", "slack",
    "binding", "shadow_price",
)  # fmt: skip
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class LimitRows:
    """Rows of one family and side.

    Attributes
    ----------
    kind : str or (row,) labels
    side : str
    period, product, rep : (row,) ints, or one for all
        Places on the axes; `ALL` is ``*``.
    region : (row,) ints, or one for all
        Nodes of the tree; 0, the company, is ``*``.
    limit, value, price : (row,) floats
    """

    kind: str | NDArray[Any]
    side: str
    period: Ints | int
    region: Ints | int
    product: Ints | int
    rep: Ints | int
    limit: Floats
    value: Floats
    price: Floats


def limit_table(instance: Instance, families: Iterable[LimitRows]) -> pd.DataFrame:
    """Return families of limits as one table, with slack and what binds."""
    rows = list(families)
    reps = () if instance.reps is None else instance.reps.names
    axes = {
        "period": (*instance.periods, EVERY),
        "region": instance.tree.names,
        "product": (*instance.products, EVERY),
        "rep": (*reps, EVERY),
    }
    columns: dict[str, Any] = {}
    for name in ("kind", "side"):
        kinds = [_repeated(getattr(each, name), len(each.limit), object) for each in rows]
        number, words = pd.factorize(np.concatenate(kinds))
        columns[name] = label_column(words, number)
    for name, labels in axes.items():
        places = [_repeated(getattr(each, name), len(each.limit), np.int32) for each in rows]
        columns[name] = label_column(labels, np.concatenate(places))
    limit, value, price = (
        np.concatenate([getattr(each, name) for each in rows])
        for name in ("limit", "value", "price")
    )
    slack = _slack(columns["side"], limit, value)
    columns.update(limit=limit, value=value, slack=slack)
    columns.update(binding=price != 0.0, shadow_price=price + 0.0)
    return pd.DataFrame(columns, columns=list(COLUMNS))


def _repeated(values: Any, count: int, kind: Any) -> NDArray[Any]:
    return np.broadcast_to(np.asarray(values, dtype=kind), count)


def _slack(side: pd.Categorical, limit: Floats, value: Floats) -> Floats:
    room = limit - value
    room = np.where(side == "min", -room, room)
    room = np.where(side == "equal", np.abs(room), room)
    dust = np.abs(room) <= _NEGLIGIBLE * np.maximum(1.0, np.abs(limit))
    return np.asarray(np.where(dust, 0.0, room))


def places_of(slices: Slices, rows: Bools | slice) -> dict[str, Ints]:
    """Return period, region and product of some slices."""
    return {
        "period": slices.period[rows],
        "region": slices.region[rows],
        "product": slices.product[rows],
    }


def sums_of(instance: Instance, slices: Slices, cube: Floats) -> Floats:
    """Return the sum over each slice of a cube that is 0 in closed cells."""
    assert ALL == -1
    sums = instance.tree.sums(np.asarray(cube, dtype=float))
    sums = np.concatenate([sums, sums.sum(axis=1, keepdims=True)], axis=1)
    sums = np.concatenate([sums, sums.sum(axis=2, keepdims=True)], axis=2)
    return np.asarray(sums[slices.region, slices.period, slices.product])
