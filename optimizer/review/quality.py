"""How well targets were set: who reached them, how far apart people are, and what it goes with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import stats

from optimizer.domain.calendar import MONTHS_PER_YEAR, span_of
from optimizer.problem.instance import Floats
from optimizer.review.attainment import ALL, ratio
from optimizer.review.book import Book
from optimizer.review.standings import Standings

FACTORS = ("potential", "history", "size", "tenure", "asked")
"""What attainment is held against; `asked` is target / sales of the year before."""

_LEAST = 4
_QUANTILES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
_CONFIDENCE = 0.95


def quality_of(book: Book, basis: Mapping[str, Floats], standings: Standings) -> dict[str, Any]:
    """Return the quality of target setting, by period and over all periods.

    Returns
    -------
    dict
        ``periods``: for each period (and ``*`` where there are several): seats with a target,
        share at target and at floor, mean, sd and quantiles of attainment, and its rank
        correlation with potential, sales of a year before, size of the target, tenure, and
        growth asked. ``calibration``: attainment of all known periods of three years, and by
        how much targets stand above what was sold.
    """
    named = book.seats.names != ""
    figures = {name: getattr(book, name).sum(axis=2)[:, named].astype(float)
               for name in ("floor", "target", "actual")}  # fmt: skip
    factors = {name: values[:, named] for name, values in basis.items()}
    factors["asked"] = ratio(figures["target"].reshape(-1), factors["history"].reshape(-1)).reshape(
        figures["target"].shape
    )
    periods = [
        _of_period(name, {key: values[at] for key, values in figures.items()},
                   {key: factors[key][at] for key in FACTORS})
        for at, name in enumerate(book.periods)
    ]  # fmt: skip
    if len(periods) > 1:
        sums = {key: values.sum(axis=0) for key, values in figures.items()}
        mean = {key: _mean(factors[key], figures["target"] > 0) for key in FACTORS}
        periods.append(_of_period(ALL, sums, mean))
    return {"periods": periods, "calibration": _calibration(book, standings)}


def _mean(values: Floats, works: np.ndarray) -> Floats:
    """Return the mean over periods with a target; NaN where one of them is unknown."""
    number = works.sum(axis=0)
    found = np.where(works, values, 0.0).sum(axis=0)
    blank = np.full(len(found), np.nan)
    return np.asarray(np.divide(found, number, out=blank, where=number > 0))


def _of_period(
    name: str, figures: Mapping[str, Floats], factors: Mapping[str, Floats]
) -> dict[str, Any]:
    works = figures["target"] > 0
    target, actual, floor = (figures[key][works] for key in ("target", "actual", "floor"))
    found: dict[str, Any] = {"period": name, "seats": int(works.sum())}
    if not works.any():
        return found
    attainment = actual / target
    found |= {
        "at_target": float((actual >= target).mean()),
        "at_floor": float((actual >= floor).mean()),
        "mean": float(attainment.mean()),
        "sd": float(attainment.std(ddof=1)) if len(attainment) > 1 else None,
        **{key: float(np.quantile(attainment, share)) for key, share in _QUANTILES.items()},
        "correlation": {
            key: rank_correlation(values[works], attainment) for key, values in factors.items()
        },
    }
    return found


def rank_correlation(one: Floats, other: Floats) -> dict[str, float | int] | None:
    """Return Spearman's rank correlation with its 95 % interval; None where none is defined.

    The interval is Fisher's with the variance of Bonett and Wright (2000).
    """
    known = np.isfinite(one) & np.isfinite(other)
    number = int(known.sum())
    if number < _LEAST or np.ptp(one[known]) == 0 or np.ptp(other[known]) == 0:
        return None
    ranks = [stats.rankdata(values[known]) for values in (one, other)]
    rho = float(np.clip(np.corrcoef(*ranks)[0, 1], -1.0, 1.0))
    inside = min(max(rho, -1 + 1e-12), 1 - 1e-12)
    half = float(stats.norm.ppf((1 + _CONFIDENCE) / 2))
    half *= math.sqrt((1 + rho * rho / 2) / (number - 3))
    low, high = (math.tanh(math.atanh(inside) + sign * half) for sign in (-1, 1))
    return {"rho": rho, "low": low, "high": high, "seats": number}


def _calibration(book: Book, standings: Standings) -> dict[str, Any]:
    """Return how far targets stand above sales over the known periods of the last three years."""
    target, actual = (np.nansum(values, axis=1) for values in (standings.target, standings.actual))
    first = _three_years(standings.periods)
    chosen = slice(first, None)
    whole = float(target[chosen].sum())
    sold = float(actual[chosen].sum())
    attained = sold / whole if whole > 0 else None
    return {
        "periods": list(standings.periods[chosen]),
        "attainment": attained,
        "targets_above_sales": whole / sold - 1.0 if whole > 0 and sold > 0 else None,
    }


def _three_years(periods: tuple[str, ...]) -> int:
    """Return the position of the first period that lies within three years of the end."""
    spans = [span_of(name) for name in periods]
    last = spans[-1]
    if last is None:
        return 0
    end = last.first + last.months
    for at, span in enumerate(spans):
        if span is not None and span.first >= end - 3 * MONTHS_PER_YEAR:
            return at
    return 0
