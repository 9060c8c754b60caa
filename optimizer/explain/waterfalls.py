"""Waterfalls: from an even share, or the shares of the goal, to each target, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.explain.cells import REGION_LOCK, SHIFT, CellMoves, explain_cells
from optimizer.explain.exact import amounts_of, shown, whole_steps
from optimizer.explain.people import Multiples, read_multiples
from optimizer.model.allocation import Allocation
from optimizer.problem.instance import Floats, Instance
from optimizer.results.label_column import label_column
from optimizer.results.rounding import WholePlan

LIMITS = (
    "potential", "period_share", "region_share", "product_share", "share", "lock",
    "capacity", "min", "effort", "year", "growth", "eligibility", "coverage",
)  # fmt: skip
"""Steps named after the limits that act, as in ``limits.csv``."""

REGION_STEPS = ("shares", "history mix")
ROUNDING = "rounding"
CELL_STEPS = (*REGION_STEPS, *LIMITS, SHIFT, ROUNDING)


@dataclass(frozen=True)
class Moves:
    """What moved targets, of all regions and reps: what their waterfalls are made of.

    Attributes
    ----------
    instance : Instance
        As `build_instance` makes it: with the factors of the weights.
    whole : WholePlan
    multiples : Multiples or None
        None in a regional plan.
    cells : CellMoves
    """

    instance: Instance
    whole: WholePlan
    multiples: Multiples | None
    cells: CellMoves


def read_moves(instance: Instance, allocation: Allocation, whole: WholePlan) -> Moves:
    """Find what moved targets.

    Parameters
    ----------
    instance : Instance
    allocation : Allocation
        The exact plan with its prices.
    whole : WholePlan
        The plan in whole units, made from `allocation`.
    """
    multiples = None
    if allocation.rep_total is not None:
        multiples = read_multiples(instance, allocation.rep_total, whole.cells)
    cells = explain_cells(instance, allocation, multiples)
    return Moves(instance, whole, multiples, cells)


def region_waterfalls(told: Moves) -> pd.DataFrame:
    """Return ``explain_regions.csv``: the target of each region, period and product.

    Returns
    -------
    DataFrame
        Columns period, region, product, step, amount, in the order of `CELL_STEPS`; sums and
        omissions as in `rep_waterfalls`, the first step being ``shares``. Cells that get no
        share of the goal are left out.
    """
    instance, moves = told.instance, told.cells.moves
    reference, even = instance.reference, _even(instance.reference)
    closed = reference <= 0
    steps: dict[str, Floats] = {name: reference * moves[name] for name in (*LIMITS, SHIFT)}
    steps["lock"] += reference * moves[REGION_LOCK]
    steps["shares"], steps["history mix"] = even, np.where(closed, 0.0, reference - even)
    steps["potential"] = np.where(closed, -even, steps["potential"])
    order = np.stack([steps[name] for name in CELL_STEPS[:-1]], axis=-1)
    size = np.maximum(reference, even)
    parts = whole_steps(order, size, told.whole.placed, instance.unit, len(REGION_STEPS))
    parts[even <= 0] = 0
    leaf, period, product, step = shown(parts)
    kept = np.lexsort((step, product, leaf, period))
    kept = kept[(even[leaf, period, product] > 0)[kept]]
    leaf, period, product, step = leaf[kept], period[kept], product[kept], step[kept]
    return pd.DataFrame(
        {
            "period": label_column(instance.periods, period),
            "region": label_column(instance.leaves, leaf),
            "product": label_column(instance.products, product),
            "step": label_column(CELL_STEPS, step),
            "amount": amounts_of(parts[leaf, period, product, step], instance.unit),
        }
    )


def _even(reference: Floats) -> Floats:
    """Return the cube with the margins of the reference that favours no cell."""
    total = reference.sum()
    if total <= 0:
        return np.zeros_like(reference)
    region, period, product = (
        reference.sum(axis=others) / total for others in ((1, 2), (0, 2), (0, 1))
    )
    return np.asarray(total * region[:, None, None] * period[:, None] * product)
