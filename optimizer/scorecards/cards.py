"""Who has which card when: measures matched by columns of people and by months since start."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.calendar import MONTHS_PER_YEAR, Span, spans_of
from optimizer.domain.scenario import Scenario
from optimizer.incentives.match import matching
from optimizer.scorecards.card import Metric, Months

Card = tuple[int, ...]
"""Positions of a card's measures."""


def period_spans(scenario: Scenario) -> dict[str, Span | None]:
    """Return the months of each period; None where nothing dates it."""
    settings, table = scenario.settings, scenario.table("periods")
    starts: dict[str, dt.date] = {}
    if table is not None:
        dated = table[table["start"].notna()]
        starts = {
            str(period): start.date()
            for period, start in zip(dated["period"], dated["start"], strict=True)
        }
    return dict(zip(settings.periods, spans_of(settings.periods, starts), strict=True))


class Cards:
    """The cards of the people of a scenario.

    Months since start are calendar months from the one that holds a rep's `start` to the
    first of the period, 0 for who starts in the period. People without `start` have been there
    for long. Who starts after a period has no card in it.

    Parameters
    ----------
    metrics : tuple of Metric
    scenario : Scenario
        With people.
    """

    def __init__(self, metrics: tuple[Metric, ...], scenario: Scenario) -> None:
        self._metrics, self._spans = metrics, period_spans(scenario)
        self.reps = tuple(map(str, scenario.tables["people"]["rep"]))
        self._matched = [matching(metric.match, scenario) for metric in metrics]
        starts = pd.to_datetime(scenario.tables["people"]["start"])
        first = starts.dt.year * MONTHS_PER_YEAR + starts.dt.month - 1
        self._first = first.fillna(-np.inf).to_numpy(dtype=float)

    def is_dated(self, period: str) -> bool:
        """Return whether months since start are known in a period."""
        return self._spans[period] is not None

    def there(self, period: str) -> NDArray[np.bool_]:
        """Return who has started by the end of a period, (person,) bools."""
        span = self._spans[period]
        if span is None:
            return np.ones(len(self.reps), dtype=bool)
        return self._first < span.first + span.months

    def months(self, period: str) -> NDArray[np.float64]:
        """Return months since start at the beginning of a period, (person,) floats."""
        span = self._spans[period]
        if span is None:
            return np.full(len(self.reps), np.inf)
        return np.maximum(span.first - self._first, 0.0)

    def of(self, period: str) -> dict[str, Card]:
        """Return the card of each rep who is there, empty where no measure matches."""
        months, there = self.months(period), self.there(period)
        chosen = np.zeros((len(self.reps), len(self._metrics)), dtype=bool)
        for place, (metric, matched) in enumerate(zip(self._metrics, self._matched, strict=True)):
            chosen[:, place] = matched & there & _within(metric.months, months)
        rows, codes = np.unique(chosen, axis=0, return_inverse=True)
        cards = [tuple(np.flatnonzero(row).tolist()) for row in rows]
        return {
            rep: cards[code]
            for rep, code, is_there in zip(
                self.reps, codes.reshape(-1).tolist(), there.tolist(), strict=True
            )
            if is_there
        }


def _within(bounds: Months | None, months: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whose months since start lie within bounds."""
    if bounds is None:
        return np.ones(len(months), dtype=bool)
    end = np.inf if bounds.end is None else bounds.end
    within: NDArray[np.bool_] = (months >= bounds.start) & ((months < end) | np.isinf(end))
    return within
