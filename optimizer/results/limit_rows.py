"""Rows of ``limits.csv`` as columns: families of limits, named and put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints, Slices
from optimizer.results.label_column import Labels

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
        "period": Labels(instance.periods).and_last(EVERY),
        "region": Labels(instance.tree.names),
        "product": Labels(instance.products).and_last(EVERY),
        "rep": Labels(reps).and_last(EVERY),
    }
    columns: dict[str, Any] = {
        "kind": _words([each.kind for each in rows], rows),
        "side": _words([each.side for each in rows], rows),
    }
    for name, labels in axes.items():
        places = [_repeated(getattr(each, name), len(each.limit), np.int32) for each in rows]
        columns[name] = labels.column(np.concatenate(places))
    for name in ("limit", "value"):
        columns[name] = np.concatenate([getattr(each, name) for each in rows])
    columns["slack"] = np.concatenate([_slack(each) for each in rows])
    price = np.concatenate([each.price for each in rows])
    columns.update(binding=price != 0.0, shadow_price=price + 0.0)
    return pd.DataFrame(columns, columns=list(COLUMNS), copy=False)


def _words(words: Sequence[str | NDArray[Any]], rows: Sequence[LimitRows]) -> pd.Categorical:
    """Return a column of one word for each family, or one for each of its rows."""
    known = Labels(sorted({word for each in words for word in np.unique(each).tolist()}))
    codes = [
        _repeated(
            known.distinct.get_indexer(pd.Index(np.atleast_1d(each))), len(one.limit), np.int8
        )
        for each, one in zip(words, rows, strict=True)
    ]
    return known.column(np.concatenate(codes))


def _repeated(values: Any, count: int, kind: Any) -> NDArray[Any]:
    return np.broadcast_to(np.asarray(values, dtype=kind), count)


def _slack(rows: LimitRows) -> Floats:
    room = rows.limit - rows.value
    if rows.side != "max":
        room = -room if rows.side == "min" else np.abs(room)
    dust = np.abs(room) <= _NEGLIGIBLE * np.maximum(1.0, np.abs(rows.limit))
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
