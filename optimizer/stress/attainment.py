"""Attainments of the reps from normal numbers: lognormal, gamma, or as history had them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import gammainccinv, gammaincinv, ndtr, ndtri

from optimizer.errors import InputError
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Flags, Payees
from optimizer.stress.rules import Spread, StressRules

_WIDEST, _STEP = 8.5, 0.005
"""Reach and step of the table of gamma quantiles, in standard deviations of the normal."""


@dataclass(frozen=True)
class Quantiles:
    """Reps whose attainment is a quantile of their own law.

    Attributes
    ----------
    reps : (rep,) ints
        Their positions.
    of_normal : function
        Normal numbers → attainments, of the same shape.
    mean : float
    """

    reps: Ints
    of_normal: Callable[[Floats], Floats]
    mean: float


@dataclass(frozen=True)
class Attainments:
    """The laws of attainment of all reps.

    Attributes
    ----------
    log_mean : (rep,) floats
        Mean of log attainment, for the lognormal ones; 0 for others.
    log_spread : (rep,) floats
        Standard deviation of log attainment; 0 for others.
    is_lognormal : (rep,) flags
    others : tuple of Quantiles
    company, region : float
        Share of the variance in common.
    """

    log_mean: Floats
    log_spread: Floats
    is_lognormal: np.ndarray
    others: tuple[Quantiles, ...]
    company: float
    region: float

    @property
    def own(self) -> float:
        """Share of the variance that is a rep's own."""
        return max(0.0, 1.0 - self.company - self.region)

    def of_normal(self, normal: Floats) -> Floats:
        """Turn normal numbers into attainments, in place, (trial, rep) floats."""
        found = [law.of_normal(normal[:, law.reps]) for law in self.others]
        spread, mean = self.log_line
        normal *= spread.astype(normal.dtype)
        normal += mean.astype(normal.dtype)
        np.exp(normal, out=normal)
        for law, values in zip(self.others, found, strict=True):
            normal[:, law.reps] = values
        return normal

    @cached_property
    def log_line(self) -> tuple[Floats, Floats]:
        """Spread and mean of log attainment: one number each where all reps have the same."""
        return _one_for_all(self.log_spread), _one_for_all(self.log_mean)

    def means(self) -> Floats:
        """Return the mean attainment of each rep, (rep,) floats."""
        found = np.exp(self.log_mean + self.log_spread**2 / 2)
        for law in self.others:
            found[law.reps] = law.mean
        return np.asarray(found)

    def chosen(self, reps: Ints) -> Attainments:
        """Return the laws of some reps only."""
        place = np.full(len(self.log_mean), -1)
        place[reps] = np.arange(len(reps))
        others = []
        for law in self.others:
            kept = place[law.reps]
            if (kept >= 0).any():
                others.append(Quantiles(kept[kept >= 0], law.of_normal, law.mean))
        return Attainments(
            self.log_mean[reps],
            self.log_spread[reps],
            self.is_lognormal[reps],
            tuple(others),
            self.company,
            self.region,
        )


def _one_for_all(values: Floats) -> Floats:
    """Return values of reps, or one number where all are the same."""
    same = len(values) > 0 and bool((values == values[0]).all())
    return np.asarray(values[0] if same else values)


def log_normal(mean: float, cv: float) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm."""
    variance = float(np.log1p(cv**2))
    return float(np.log(mean)) - variance / 2, float(np.sqrt(variance))


class GammaQuantiles:
    """Quantiles of a gamma law, read off a fine table.

    Parameters
    ----------
    mean, cv : float
    """

    def __init__(self, mean: float, cv: float) -> None:
        shape = 1 / cv**2 if cv > 0 else np.inf
        self._nodes = np.arange(-_WIDEST, _WIDEST + _STEP / 2, _STEP)
        known = np.ones_like(self._nodes)
        if cv > 0:
            # Each half by its own tail: the chance to be below is 1 from 8.3 on.
            tail = ndtr(-np.abs(self._nodes))
            below, above = gammaincinv(shape, tail), gammainccinv(shape, tail)
            known = np.where(self._nodes < 0, below, above) / shape
        self._known = mean * known

    def __call__(self, normal: Floats) -> Floats:
        """Turn normal numbers into quantiles."""
        return np.asarray(np.interp(normal, self._nodes, self._known))


class HistoryQuantiles:
    """Past attainments, each as likely.

    Parameters
    ----------
    sample : floats
    """

    def __init__(self, sample: Floats) -> None:
        self._ordered = np.sort(sample)
        self._cuts = ndtri(np.arange(1, len(sample)) / len(sample))

    def __call__(self, normal: Floats) -> Floats:
        """Turn normal numbers into past attainments."""
        return np.asarray(self._ordered[np.searchsorted(self._cuts, normal, side="right")])


def quantiles_of(reps: Ints, spread: Spread, sample: Floats | None) -> Quantiles:
    """Return a law that is not lognormal.

    Parameters
    ----------
    sample : floats
        Past attainments, where the model is ``history``.
    """
    if sample is not None:
        return Quantiles(reps, HistoryQuantiles(sample), float(sample.mean()))
    assert spread.mean is not None
    return Quantiles(reps, GammaQuantiles(spread.mean, spread.cv), spread.mean)


def laws_of(payees: Payees, rules: StressRules, past: pd.Series | None) -> Attainments:
    """Return how the attainment of each rep spreads; the first spread that matches counts.

    Raises
    ------
    InputError
        Where history is asked for and there is none.
    """
    number = len(payees)
    log_mean, log_spread = np.zeros(number), np.zeros(number)
    lognormal = np.zeros(number, dtype=bool)
    left = np.ones(number, dtype=bool)
    others = []
    for spread in rules.spreads:
        chosen = left & payees.matched(spread.match, "[[stress.by]]")
        left &= ~chosen
        reps = np.flatnonzero(chosen)
        if spread.model == "lognormal" and spread.mean is not None:
            log_mean[reps], log_spread[reps] = log_normal(spread.mean, spread.cv)
            lognormal |= chosen
        elif len(reps):
            is_past = spread.model == "history"
            sample = _sample(past, payees, chosen, spread.mean) if is_past else None
            others.append(quantiles_of(reps, spread, sample))
    return Attainments(log_mean, log_spread, lognormal, tuple(others), rules.company, rules.region)


def _sample(past: pd.Series | None, payees: Payees, chosen: Flags, mean: float | None) -> Floats:
    """Return past attainments of some reps, brought to a mean where one is given."""
    own = None if past is None else past[past.index.isin(payees.labels("rep")[chosen])]
    if own is None or own.empty:
        raise InputError(
            '[stress] attainment model "history" finds no past of these reps; add a metric '
            "attainment for past periods to the table metrics, or amounts by rep to history"
        )
    sample = own.to_numpy(dtype=float)
    return sample if mean is None else sample * (mean / sample.mean())
