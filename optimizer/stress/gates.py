"""What gates leave of commission and bonus, measures being what ``[stress]`` assumes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.plan import Gate
from optimizer.problem.instance import Floats
from optimizer.stress.payees import Flags


def gate_factors(
    gates: tuple[Gate, ...],
    metrics: Mapping[str, float],
    given: pd.DataFrame | None,
    period: str,
    reps: np.ndarray,
    is_paid: Flags,
) -> Floats:
    """Return the product over measures of the lowest gate reached, (rep,) floats.

    Parameters
    ----------
    metrics : mapping of str to float
        Level of a measure for everybody.
    given : DataFrame, optional
        The table metrics, for measures that `metrics` does not hold.
    reps : (rep,) objects
        Names.
    is_paid : (rep,) flags
        Who has a target: nobody else needs a value.

    Raises
    ------
    InputError
        Where a measure is not known and no gate lets that pass.
    """
    factor = np.ones(len(reps))
    for metric in dict.fromkeys(gate.metric for gate in gates):
        own = [gate for gate in gates if gate.metric == metric]
        value = metric_values(metric, metrics, given, period, reps)
        unknown = np.isnan(value) & is_paid
        if unknown.any() and own[0].missing == "error":
            raise InputError(
                f"a gate looks at {metric}, which is not known for {reps[unknown][0]} in {period}; "
                f"write [stress] metrics = {{ {metric} = … }} in the scenario, or "
                'missing = "pass" in the gate'
            )
        lowest = np.ones(len(reps))
        for gate in sorted(own, key=lambda gate: gate.below, reverse=True):
            below = float(gate.below)
            left = np.maximum(value, 0) / below if gate.factor is None else float(gate.factor)
            lowest = np.where(value < below, left, lowest)
        factor *= lowest
    return factor


def metric_values(
    metric: str,
    metrics: Mapping[str, float],
    given: pd.DataFrame | None,
    period: str,
    reps: np.ndarray,
) -> Floats:
    """Return a measure of each rep, (rep,) floats; NaN where it is not known."""
    if metric in metrics:
        return np.full(len(reps), float(metrics[metric]))
    if given is None:
        return np.full(len(reps), np.nan)
    is_meant = (given["metric"].astype(str) == metric) & (given["period"].astype(str) == period)
    rows = given[is_meant]
    found = pd.Series(rows["value"].to_numpy(dtype=float), index=rows["rep"].astype(str))
    return found.reindex(reps).to_numpy(dtype=float)
