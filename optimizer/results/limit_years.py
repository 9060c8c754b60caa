"""Year limits of reps as rows of ``limits.csv``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.model.limit_prices import LimitPrices
from optimizer.problem.instance import ALL, Instance, Ints
from optimizer.problem.whole import ceil_units, floor_units
from optimizer.results.limit_rows import LimitRows


def year_rows(instance: Instance, worth: LimitPrices, cells: Ints) -> Iterator[LimitRows]:
    """Yield ``min_total``, ``max_total`` and what growth allows, where reps have them.

    Of the two upper limits the tighter one has the price; that of growth is per 1.0 of it.

    Parameters
    ----------
    cells : (rep, period, product) ints
        Targets in units.
    """
    reps = instance.reps
    if reps is None or reps.total_given is None:
        return
    given, unit = reps.total_given, instance.unit
    value = cells.sum(axis=(1, 2)) * unit
    least, most, grown = given.min_total, given.max_total, given.grown
    for kind, side, limit, price in (
        ("year", "min", ceil_units(least, unit), worth.year_min),
        ("year", "max", floor_units(most, unit), np.where(given.by_growth, 0.0, worth.year_max)),
        ("growth", "max", floor_units(grown, unit),
         np.where(given.by_growth, worth.year_max * np.nan_to_num(given.before), 0.0)),
    ):  # fmt: skip
        rep = np.flatnonzero(np.isfinite(limit) & ((limit > 0) | (side == "max")))
        region = instance.tree.leaf_node[reps.leaf[rep]]
        yield LimitRows(kind, side, ALL, region, ALL, rep, limit[rep], value[rep], price[rep])
