"""A change of plan before and after: paired differences, against those whom it passed by.

Each seat is compared with itself: its mean over the periods from the change on, less its mean
over those before. Where some seats did not have the change, the mean difference of those is
taken off (difference in differences). The interval is Student's for paired differences, Welch's
for two groups: it tells how much people differ, nothing of what else changed at that time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from optimizer.domain.nearest import meant
from optimizer.errors import InputError
from optimizer.problem.instance import Bools, Floats
from optimizer.review.book import Book
from optimizer.review.standings import Standings

CONFIDENCE = 0.95
MEASURES = ("attainment", "amount")
CAUTION = (
    "This is what changed, not why: whatever else changed at that time is in it. Seats without "
    "the change, where there are some, take off what all had in common."
)


@dataclass(frozen=True)
class Comparison:
    """A mean with its interval; blank where it cannot be known.

    Attributes
    ----------
    mean, low, high : float
        NaN where unknown.
    """

    mean: float
    low: float
    high: float


def paired(differences: Floats) -> Comparison:
    """Return the mean of paired differences with its 95 % interval by Student's t."""
    number = len(differences)
    mean = float(differences.mean()) if number else math.nan
    if number < 2:
        return Comparison(mean, math.nan, math.nan)
    error = float(differences.std(ddof=1)) / math.sqrt(number)
    half = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, number - 1))
    return Comparison(mean, mean - half, mean + half)


def against(changed: Floats, others: Floats) -> Comparison:
    """Return the difference of two means with its 95 % interval by Welch's t."""
    sizes = len(changed), len(others)
    if not all(sizes):
        return Comparison(math.nan, math.nan, math.nan)
    mean = float(changed.mean() - others.mean())
    if min(sizes) < 2:
        return Comparison(mean, math.nan, math.nan)
    parts = [float(group.var(ddof=1)) / len(group) for group in (changed, others)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Comparison(mean, mean, mean)
    freedom = sum(parts) ** 2 / sum(
        part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True)
    )
    half = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
    return Comparison(mean, mean - half, mean + half)


def before_after_table(
    book: Book, standings: Standings, changes: Sequence[str], changed: Bools
) -> pd.DataFrame:
    """Return what differs before and after each change of plan.

    Parameters
    ----------
    book : Book
    standings : Standings
    changes : sequence of str
        First period of each change.
    changed : (seat,) bools
        Which seats of `standings` had the change.

    Returns
    -------
    DataFrame
        Columns change_at, measure (attainment, or amount sold per period), group (``changed``,
        ``others``, ``difference``), seats, before, after, change, low, high, relative (change /
        before). Seats count where they have a figure before and after.

    Raises
    ------
    InputError
        Where a change is in no known period, or nothing is known before it.
    """
    changes = sorted(changes, key=lambda name: _place(standings.periods, name))
    places = [_place(standings.periods, name) for name in changes]
    ends = [*places[1:], len(standings.periods)]
    starts = [0, *places[:-1]]
    scale = 10.0**book.unit.decimals
    figures = {"attainment": standings.attainment, "amount": standings.actual / scale}
    rows = [
        {"change_at": name, "measure": measure, **row}
        for name, first, at, end in zip(changes, starts, places, ends, strict=True)
        for measure in MEASURES
        for row in _of_change(figures[measure], first, at, end, changed)
    ]
    return pd.DataFrame(rows)


def _place(periods: tuple[str, ...], name: str) -> int:
    if name not in periods:
        raise InputError(
            f"--change-at {name}: no such period is known. {meant(name, periods)} Earlier ones "
            "come with --previous"
        )
    if periods.index(name) == 0:
        raise InputError(
            f"--change-at {name}: nothing is known before it; add earlier periods with --previous"
        )
    return periods.index(name)


def _of_change(
    values: Floats, first: int, at: int, end: int, changed: Bools
) -> list[dict[str, float | int | str]]:
    before, after = _mean(values[first:at]), _mean(values[at:end])
    known = np.isfinite(before) & np.isfinite(after)
    rows = []
    parts = {}
    for group, chosen in (("changed", known & changed), ("others", known & ~changed)):
        differences = parts[group] = after[chosen] - before[chosen]
        if group == "others" and not (~changed).any():
            continue
        level = [float(side[chosen].mean()) if chosen.any() else math.nan
                 for side in (before, after)]  # fmt: skip
        rows.append(_row(group, int(chosen.sum()), level, paired(differences)))
    if (~changed).any():
        found = against(parts["changed"], parts["others"])
        rows.append(_row("difference", int(known.sum()), [math.nan, math.nan], found))
    return rows


def _mean(values: Floats) -> Floats:
    """Return means over the periods that are known, (seat,) floats."""
    known = np.isfinite(values)
    number = known.sum(axis=0)
    sums = np.where(known, values, 0.0).sum(axis=0)
    blank = np.full(len(sums), np.nan)
    return np.asarray(np.divide(sums, number, out=blank, where=number > 0))


def _row(
    group: str, seats: int, level: Sequence[float], found: Comparison
) -> dict[str, float | int | str]:
    before, after = level
    return {
        "group": group,
        "seats": seats,
        "before": before,
        "after": after,
        "change": found.mean,
        "low": found.low,
        "high": found.high,
        "relative": found.mean / before if before > 0 else math.nan,
    }
