"""Families of the joint model on people's effort and on their year (see `joint_rules`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pulp

from optimizer.model.joint_row import Place, Rule
from optimizer.model.joint_variables import JointVariables


def effort(model: JointVariables) -> Iterator[Rule]:
    """Spend no more effort on a rep's products than the rep has capacity.

    Per rep and period with a capacity, where products differ in effort.
    C' − Σ_p e[p]·x[i,q,p] ≥ 0. Unit: scaled amount. Not priced: what capacity is worth
    follows from the other prices.
    """
    instance = model.instance
    if instance.effort is None or instance.reps is None:
        return
    shape = instance.reference.shape
    spent: dict[tuple[int, int], list[Any]] = {key: [] for key in model.total}
    for (rep, cell), variable in model.split.items():
        weight = float(instance.effort[cell % shape[2]])
        spent[rep, cell // shape[2] % shape[1]].append(weight * variable)
    for (rep, period), terms in spent.items():
        capacity = float(instance.reps.high[rep, period])
        if np.isfinite(capacity):
            yield Rule(Place("", "max"), capacity / model.scale - pulp.lpSum(terms) >= 0)


def year_min(model: JointVariables) -> Iterator[Rule]:
    """Give a rep at least the least of all periods together.

    Per rep with such a limit. Σ_q T[i,q] − min_total ≥ 0. Unit: scaled amount.
    """
    reps = model.instance.reps
    if reps is not None and reps.total_low is not None:
        for rep in np.flatnonzero(reps.total_low > 0).tolist():
            amount = float(reps.total_low[rep]) / model.scale
            yield Rule(_year_place(model, rep, "min"), _year(model, rep) - amount >= 0)


def year_max(model: JointVariables) -> Iterator[Rule]:
    """Give a rep at most the most of all periods together, growth included.

    Per rep with such a limit. min(max_total, (1 + max_growth)·last year) − Σ_q T[i,q] ≥ 0.
    Unit: scaled amount.
    """
    reps = model.instance.reps
    if reps is not None and reps.total_high is not None:
        for rep in np.flatnonzero(np.isfinite(reps.total_high)).tolist():
            amount = float(reps.total_high[rep]) / model.scale
            yield Rule(_year_place(model, rep, "max"), amount - _year(model, rep) >= 0)


def _year(model: JointVariables, rep: int) -> Any:
    return pulp.lpSum(
        model.total[rep, period]
        for period in range(len(model.instance.periods))
        if (rep, period) in model.total
    )


def _year_place(model: JointVariables, rep: int, side: str) -> Place:
    reps = model.instance.reps
    assert reps is not None
    region = model.instance.leaves[reps.leaf[rep]]
    return Place("year", side, region=region, rep=reps.names[rep])
