"""Figures of a distribution of cost, each with its standard error.

Trials come in independent sets. A figure is that of all trials; its standard error is the spread
of the sets' own figures over √(number of sets).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats

QUANTILES = {"p5": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90,
             "p95": 0.95, "p99": 0.99}  # fmt: skip
TAIL = 0.05
"""Share of the worst trials that CVaR95 is the mean of."""

Measure = Callable[[Floats], float]


@dataclass(frozen=True)
class Figure:
    """A figure and its standard error."""

    value: float
    standard_error: float

    def as_dict(self) -> dict[str, float]:
        """Return it as plain data."""
        return {"value": self.value, "standard_error": self.standard_error}


def figure(sets: Floats, measure: Measure) -> Figure:
    """Return a figure of all trials.

    Parameters
    ----------
    sets : (set, trial) floats
    measure : function
        (trial,) floats → the figure.
    """
    each = np.array([measure(one) for one in sets])
    return Figure(float(measure(sets.ravel())), standard_error(each))


def standard_error(each: Floats) -> float:
    """Return the standard error of a mean of independent figures, (set,) floats."""
    return float(each.std(ddof=1) / np.sqrt(len(each)))


def tail_mean(costs: Floats) -> float:
    """Return the mean of the worst `TAIL` of trials, the one at the edge in part."""
    edge = float(np.quantile(costs, 1 - TAIL))
    return float(edge + np.maximum(costs - edge, 0).mean() / TAIL)


def cost_figures(sets: Floats) -> Mapping[str, Figure]:
    """Return mean, sd, quantiles and CVaR95 of cost, (set, trial) floats."""
    found = {"mean": figure(sets, _mean), "sd": figure(sets, _sd)}
    levels = list(QUANTILES.values())
    values = np.quantile(sets.ravel(), levels)
    each = np.quantile(sets, levels, axis=1)
    for place, name in enumerate(QUANTILES):
        found[name] = Figure(float(values[place]), standard_error(each[place]))
    return found | {"cvar95": figure(sets, tail_mean)}


def overrun(sets: Floats, budget: float) -> Figure:
    """Return the probability that cost is above a budget."""
    return figure(sets, lambda costs: float((costs > budget).mean()))


def reserve(sets: Floats) -> Figure:
    """Return P90 - P50: what to hold beyond the usual cost."""
    return figure(sets, lambda costs: float(np.quantile(costs, 0.90) - np.quantile(costs, 0.50)))


def shared_variance(sets: Floats, twins: Floats) -> Floats:
    """Return the variance of what trials and their twins have in common, (set,) floats.

    Parameters
    ----------
    sets, twins : (set, trial) floats
    """
    return np.array([np.cov(one, twin)[0, 1] for one, twin in zip(sets, twins, strict=True)])


def _mean(costs: Floats) -> float:
    return float(costs.mean())


def _sd(costs: Floats) -> float:
    return float(costs.std(ddof=1))
