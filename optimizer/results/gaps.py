"""Where the goal is not backed, and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.model.gap_causes import gap_causes
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Instance, Ints
from optimizer.results.remainder import largest_remainder
from optimizer.results.rounding import WholePlan

COLUMNS = ["period", "region", "product", "gap", "cause"]
CAUSES = ("potential", "capacity", "no_rep", "share_band", "eligibility", "lock")
ROUNDING = "rounding"


def gaps_table(
    instance: Instance, rules: Rules, plan: WholePlan, gap: int, short: int, *, complete: bool
) -> pd.DataFrame:
    """Return ``gaps.csv``: each cell's part of the gap and what holds it there.

    Parameters
    ----------
    gap, short : int
        Gap and short over-assignment in units; a cell's part of the gap is its own shortage
        × gap / (gap + short), by largest remainder.
    complete : bool
        Whether only rounding stands between the plan and its goal.
    """
    leaf, period, product = np.nonzero(plan.ask > plan.placed)
    shortage = (plan.ask - plan.placed)[leaf, period, product]
    if not gap or not len(shortage):
        return pd.DataFrame(columns=COLUMNS)
    part = largest_remainder(
        shortage * (gap / (gap + short)), np.zeros(len(shortage), dtype=np.int64), np.array([gap])
    )
    order = np.lexsort((product, leaf, period))
    order = order[part[order] > 0]
    leaf, period, product = leaf[order], period[order], product[order]
    only_rounding = np.full(len(order), ROUNDING, dtype=object)
    return pd.DataFrame(
        {
            "period": np.array(instance.periods, dtype=object)[period],
            "region": np.array(instance.leaves, dtype=object)[leaf],
            "product": np.array(instance.products, dtype=object)[product],
            "gap": part[order] * instance.unit,
            "cause": only_rounding if complete else _causes(instance, rules, leaf, period, product),
        }
    )


def _causes(instance: Instance, rules: Rules, leaf: Ints, period: Ints, product: Ints) -> object:
    """Return the causes of each cell's gap, joined by ``;``.

    A cell that no limit keeps short in the exact plan lost its unit to rounding.
    """
    found = gap_causes(instance, rules)
    held: Bools = np.stack(
        [getattr(found, cause)[leaf, period, product] for cause in CAUSES], axis=1
    )
    local = np.delete(held, CAUSES.index("share_band"), axis=1).any(axis=1, keepdims=True)
    held &= local
    kinds, which = np.unique(held, axis=0, return_inverse=True)
    texts = [
        ";".join(cause for cause, holds in zip(CAUSES, kind, strict=True) if holds) or ROUNDING
        for kind in kinds
    ]
    return np.array(texts, dtype=object)[which.reshape(-1)]
