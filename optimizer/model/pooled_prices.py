"""The prices of the pooled model's rows, as they stand in the Lagrangian of `bound`."""

from __future__ import annotations

import numpy as np

from optimizer.model.bound import Prices, no_prices
from optimizer.model.pooled_program import PooledProgram
from optimizer.model.pooled_rows import plain_places
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.solve.program import Solution


def read_prices(
    instance: Instance, rules: Rules, pools: Pools | None, program: PooledProgram, found: Solution
) -> Prices:
    """Return the prices of all rows as they stand in the Lagrangian of `bound`."""
    nothing, rows, price = no_prices(instance), program.rows, found.price
    band = price[rows.band_min]
    potential = nothing.potential
    potential[rules.potential_rows] = np.maximum(-price[rows.potential], 0.0)
    cover_min, cover_max = nothing.cover_min, nothing.cover_max
    mixed = rules.open_cell[program.mixed_cell]
    _split(
        price[rows.cover_min], price[rows.cover_max], cover_min.ravel(), cover_max.ravel(), mixed
    )
    if pools is not None:
        least, most = np.zeros(cover_min.shape[:2]), np.zeros(cover_min.shape[:2])
        flat = plain_places(instance, pools)
        _split(price[rows.plain_min], price[rows.plain_max], least.ravel(), most.ravel(), flat)
        cover_min += least[:, :, None]
        cover_max += most[:, :, None]
    year_min, year_max = _year_prices(instance, program, price)
    return Prices(
        goal=float(price[rows.goal][0]),
        placed=max(float(price[rows.placed][0]), 0.0),
        street=max(float(price[rows.street][0]), 0.0),
        band_min=np.maximum(band, 0.0),
        band_max=np.maximum(price[rows.band_max], 0.0) + np.maximum(-band, 0.0),
        potential=potential,
        cover_min=cover_min,
        cover_max=cover_max,
        region_lock=price[rows.region_lock],
        rep_lock=price[rows.rep_lock],
        year_min=year_min,
        year_max=year_max,
    )


def _year_prices(
    instance: Instance, program: PooledProgram, price: Floats
) -> tuple[Floats, Floats]:
    """Return the prices of the limits over all periods, (rep,), least and most."""
    streets, rows = program.streets, program.rows.year
    found = np.zeros(0 if instance.reps is None else len(instance.reps.leaf))
    if streets is not None and len(rows):
        limited = streets.rep_kind >= 0
        found[limited] = price[rows][streets.rep_kind[limited]]
    return np.maximum(found, 0.0), np.maximum(-found, 0.0)


def _split(least: Floats, most: Floats, low: Floats, high: Floats, where: Ints) -> None:
    """Put prices of min and max rows into place; an equality's price may take either side."""
    low[where] = np.maximum(least, 0.0)
    high[where] = np.maximum(most, 0.0) + np.maximum(-least, 0.0)
