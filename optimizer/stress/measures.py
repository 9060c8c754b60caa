"""Figures of a distribution of cost, each with its standard error.

Trials come in independent sets. A figure is that of all trials; its standard error comes from how
much the sets differ. For a mean or a probability that is the spread of the sets' own figures over
√(number of sets). For a quantile it is not: one of a set's few trials is interpolated, and
scatters less than that of all trials. There the sets' shares of trials up to the quantile are
compared, and the quantiles at these shares are read off all trials (Woodruff 1952). This needs no
density, and holds where cost comes in steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats

QUANTILES = {"p5": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90,
             "p95": 0.95, "p99": 0.99}  # fmt: skip
TAIL = 0.05
"""Share of the worst trials that CVaR95 is the mean of."""

STEP = 0.002
"""Share of trials with one and the same cost from which a quantile is called a step."""

_ALIKE = 1e-6
"""Relative difference within which costs count as one: some are summed in single precision."""

_REACH = 2.0
"""Standard errors of a share up and down between which a quantile is read off."""


@dataclass(frozen=True)
class Figure:
    """A figure and its standard error."""

    value: float
    standard_error: float

    def as_dict(self) -> dict[str, float]:
        """Return it as plain data."""
        return {"value": self.value, "standard_error": self.standard_error}


def mean(sets: Floats) -> Figure:
    """Return the mean of all trials, (set, trial) floats."""
    return Figure(float(sets.mean()), standard_error(sets.mean(axis=1)))


def standard_error(each: Floats) -> float:
    """Return the standard error of a mean of independent figures, (set,) floats."""
    return float(standard_errors(each))


def standard_errors(each: Floats) -> Floats:
    """Return the standard errors of means of independent figures, (set, column) floats."""
    return np.asarray(each.std(axis=0, ddof=1) / np.sqrt(len(each)))


def quantile(sets: Floats, level: float) -> Figure:
    """Return a quantile of all trials, which are (set, trial) floats.

    Parameters
    ----------
    level : float
        Strictly between 0 and 1.
    """
    values, errors = quantiles(sets[..., None], (level,))
    return Figure(float(values[0, 0]), float(errors[0, 0]))


def quantiles(sets: Floats, levels: Sequence[float]) -> tuple[Floats, Floats]:
    """Return quantiles of columns over all trials, and their standard errors.

    Parameters
    ----------
    sets : (set, trial, column) floats
    levels : sequence of float
        Strictly between 0 and 1.

    Returns
    -------
    (level, column) floats, twice
    """
    ordered = np.sort(sets.reshape(-1, sets.shape[2]), axis=0)
    found = [_quantile(sets, ordered, level) for level in levels]
    values, errors = zip(*found, strict=True)
    return np.stack(values), np.stack(errors)


def _quantile(sets: Floats, ordered: Floats, level: float) -> tuple[Floats, Floats]:
    value = _at(ordered, np.full(ordered.shape[1], level))
    below = standard_errors((sets < value).mean(axis=1))
    within = standard_errors((sets <= value).mean(axis=1))
    low, high = np.maximum(level - _REACH * below, 0), np.minimum(level + _REACH * within, 1)
    # Near 0 and 1 the reach is cut off: what is left of it counts for what it is.
    reach = np.divide(high - low, below + within, out=np.ones_like(low), where=high > low)
    return value, (_at(ordered, high) - _at(ordered, low)) / (2 * reach)


def _at(ordered: Floats, share: Floats) -> Floats:
    """Return the median-unbiased quantile of each column (Hyndman and Fan 1996).

    Parameters
    ----------
    ordered : (trial, column) floats
    share : (column,) floats
    """
    last = len(ordered) - 1
    place = np.clip((last + 4 / 3) * share - 2 / 3, 0, last)
    start = np.minimum(place.astype(np.intp), max(last - 1, 0))
    low = np.take_along_axis(ordered, start[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(start + 1, last)[None], axis=0)[0]
    return np.asarray(low + (place - start) * (high - low))


def tail(sets: Floats) -> Figure:
    """Return CVaR95 of all trials, which are (set, trial) floats.

    Its error is that of the mean excess over an edge that stays: CVaR is least at its own edge
    (Rockafellar and Uryasev 2000), so that an error of the edge counts for next to nothing.
    """
    edge = quantile(sets, 1 - TAIL).value
    excess = np.maximum(sets - edge, 0).mean(axis=1) / TAIL
    return Figure(tail_mean(sets.ravel()), standard_error(excess))


def tail_mean(costs: Floats) -> float:
    """Return the mean of the worst `TAIL` of trials, the one at the edge in part."""
    edge = float(np.quantile(costs, 1 - TAIL))
    return float(edge + np.maximum(costs - edge, 0).mean() / TAIL)


def cost_figures(sets: Floats) -> Mapping[str, Figure]:
    """Return mean, sd, quantiles and CVaR95 of cost, (set, trial) floats."""
    found = {"mean": mean(sets), "sd": _sd(sets)}
    values, errors = quantiles(sets[..., None], list(QUANTILES.values()))
    for place, name in enumerate(QUANTILES):
        found[name] = Figure(float(values[place, 0]), float(errors[place, 0]))
    return found | {"cvar95": tail(sets)}


def steps(sets: Floats, figures: Mapping[str, Figure]) -> dict[str, float]:
    """Return the quantiles that are steps, each with the share of trials that cost just that.

    Parameters
    ----------
    sets : (set, trial) floats
    figures : mapping of str to Figure
        As `cost_figures` has them.

    Returns
    -------
    dict of str to float
        Only shares of at least `STEP`, and of two trials.
    """
    found = {}
    for name in QUANTILES:
        alike = np.isclose(sets, figures[name].value, rtol=_ALIKE, atol=0.0)
        if alike.sum() >= max(2, STEP * sets.size):
            found[name] = float(alike.mean())
    return found


def overrun(sets: Floats, budget: float) -> Figure:
    """Return the probability that cost is above a budget."""
    return mean((sets > budget).astype(float))


def reserve(sets: Floats) -> Figure:
    """Return P90 - P50: what to hold beyond the usual cost."""
    found, pulls = [], []
    for name in ("p90", "p50"):
        one = quantile(sets, QUANTILES[name])
        share = ((sets < one.value).mean(axis=1) + (sets <= one.value).mean(axis=1)) / 2
        spread = standard_error(share)
        found.append(one.value)
        pulls.append(share * (one.standard_error / spread if spread > 0 else 0.0))
    return Figure(found[0] - found[1], standard_error(pulls[0] - pulls[1]))


def shared_variance(sets: Floats, twins: Floats) -> Floats:
    """Return the variance of what trials and their twins have in common, (set,) floats.

    Parameters
    ----------
    sets, twins : (set, trial) floats
    """
    return np.array([np.cov(one, twin)[0, 1] for one, twin in zip(sets, twins, strict=True)])


def _sd(sets: Floats) -> Figure:
    value = float(sets.std(ddof=1))
    squares = ((sets - sets.mean()) ** 2).mean(axis=1)
    return Figure(value, standard_error(squares) / (2 * value) if value > 0 else 0.0)
