"""Share bands on the ask: which slice may be how large a part of which whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.verify.axes import Axes
from optimizer.verify.cube import ALL, Floats
from optimizer.verify.shares import Family
from optimizer.verify.tables import ScenarioTables
from optimizer.verify.terms import Terms

Slice = tuple[int, int, int]
"""Period, node and product; ALL (node 0) where a slice does not name one."""


@dataclass(frozen=True)
class Band:
    """low × Σ ask(whole) ≤ Σ ask(part) ≤ high × Σ ask(whole); None where a side is open."""

    kind: str
    part: Slice
    whole: Slice
    low: float | None
    high: float | None


def family_bands(family: Family, shares: Floats, tolerance: float | None) -> list[Band]:
    """Return the bands of a family; each side by itself.

    A minimum or maximum of the table holds as it stands; else the tolerance around the
    share, where the scenario sets one or the share was given.
    """
    bands = []
    for row, place in enumerate(family.places):
        width = tolerance
        if width is None and not np.isnan(family.given[row]):
            width = 0.0
        part = {"period": ALL, "region": 0, "product": ALL}
        part[family.kind] = place
        bands.append(
            _band(
                f"{family.kind}_share",
                (part["period"], part["region"], part["product"]),
                (ALL, family.whole, ALL),
                _side(family.low[row], shares[row], width, -1.0),
                _side(family.high[row], shares[row], width, 1.0),
            )
        )
    return [band for band in bands if band is not None]


def slice_bands(axes: Axes, tables: ScenarioTables, terms: Terms) -> list[Band]:
    """Return the bands of the ``shares`` table.

    A row is a share of its slice without the first label it names, in the order product,
    region, period.
    """
    table = tables.get("shares")
    if table is None:
        return []
    bands = []
    slices = zip(
        axes.period(table["period"]), axes.node(table["region"]), axes.product(table["product"]),
        table["share"], table["min_share"], table["max_share"], strict=True,
    )  # fmt: skip
    for q, node, p, share, low, high in slices:
        if p != ALL:
            whole, kind = (int(q), int(node), ALL), "product"
        elif node != 0:
            whole, kind = (int(q), 0, ALL), "region"
        else:
            whole, kind = (ALL, 0, ALL), "period"
        width = terms.tolerance.get(kind, 0.0)
        part = (int(q), int(node), int(p))
        bands.append(
            _band(
                "share", part, whole, _side(low, share, width, -1.0), _side(high, share, width, 1.0)
            )
        )
    return [band for band in bands if band is not None]


def _side(limit: float, share: float, width: float | None, sign: float) -> float | None:
    if not np.isnan(limit):
        return float(limit)
    return None if width is None else float(share + sign * width)


def _band(
    kind: str, part: Slice, whole: Slice, low: float | None, high: float | None
) -> Band | None:
    low = None if low is None or low <= 0.0 else low
    high = None if high is None or high >= 1.0 else max(high, 0.0)
    if low is None and high is None:
        return None
    return Band(kind, part, whole, low, high)
