"""Limits of people over all periods together, and what they sold a year earlier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR
from optimizer.problem.history import History
from optimizer.problem.instance import Bools, Floats, YearLimits
from optimizer.problem.labels import Labels
from optimizer.problem.whole import ceil_units, floor_units

_NAMED = 3
"""How many reps a note names."""


@dataclass(frozen=True)
class UsableYear:
    """Year limits as given and as usable, and notes on those that could not be had.

    Attributes
    ----------
    given : YearLimits or None
    low, high : (rep,) floats or None
    notes : tuple of str
    """

    given: YearLimits | None = None
    low: Floats | None = None
    high: Floats | None = None
    notes: tuple[str, ...] = ()


def read_years(
    people: pd.DataFrame, labels: Labels, history: History | None, unit: float, *, inward: bool
) -> UsableYear:
    """Return the year limits of people.

    Parameters
    ----------
    people : DataFrame
        In the problem's order.
    labels : Labels
    history : History or None
    unit : float
    inward : bool
        Round limits inward to the unit.
    """
    columns = ("min_total", "max_total", "max_growth")
    least, most, growth = (people[name].to_numpy(dtype=float) for name in columns)
    if np.isnan(least).all() and np.isnan(most).all() and np.isnan(growth).all():
        return UsableYear()
    before: Floats = np.full(len(people), np.nan)
    notes: tuple[str, ...] = ()
    asked = ~np.isnan(growth)
    if asked.any():
        known, why = year_before(people["rep"], labels, history)
        before = np.where(asked, known, np.nan)
        notes = _notes(people["rep"][asked & np.isnan(before)], why)
    given = YearLimits(
        min_total=np.where(np.isnan(least), 0.0, least),
        max_total=np.where(np.isnan(most), np.inf, most),
        max_growth=growth,
        before=before,
    )
    low, high = given.min_total, np.minimum(given.max_total, given.grown)
    if inward:
        low, high = ceil_units(low, unit), floor_units(high, unit)
    return UsableYear(given, low, high, notes)


def year_before(rep: pd.Series, labels: Labels, history: History | None) -> tuple[Floats, str]:
    """Return what each rep sold in the same periods a year earlier, and why it is not known.

    Rows of `history` that name a rep count where their months lie within the plan's months
    moved back by twelve; such rows, of whatever rep, have to cover all these months.

    Returns
    -------
    (rep,) floats, str
        NaN for a rep without a row there; for everybody where the history does not hold the
        time.
    """
    unknown = np.full(len(rep), np.nan)
    if any(span is None for span in labels.spans):
        return unknown, "the plan's periods carry no dates"
    months = {
        span.first + month - MONTHS_PER_YEAR
        for span in labels.spans
        if span is not None
        for month in range(span.months)
    }
    if history is None:
        return unknown, "there is no history"
    inside = _within(history, months)
    spans = set(zip(history.first[inside].tolist(), history.months[inside].tolist(), strict=True))
    covered = {first + month for first, length in spans for month in range(length)}
    if covered != months:
        return unknown, "the history by rep does not hold all of these periods a year earlier"
    sold = pd.Series(history.amount[inside]).groupby(history.rep[inside].to_numpy()).sum()
    amount = rep.map(sold).to_numpy(dtype=float)
    return np.maximum(amount, 0.0), "the history does not name them in these periods a year earlier"


def _within(history: History, months: set[int]) -> Bools:
    """Return the rows of a rep whose months all lie in a set."""
    named = (history.rep != "").to_numpy() & (history.months > 0)
    spans = set(zip(history.first[named].tolist(), history.months[named].tolist(), strict=True))
    inside: Bools = np.zeros(len(named), dtype=bool)
    for first, length in spans:
        if months.issuperset(range(first, first + length)):
            inside |= named & (history.first == first) & (history.months == length)
    return inside


def _notes(without: pd.Series, why: str) -> tuple[str, ...]:
    """Return a note on reps whose growth is not limited; nothing where there are none."""
    if without.empty:
        return ()
    names = sorted(without)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (f"max_growth sets no limit for {', '.join(names[:_NAMED])}{more}: {why}",)
