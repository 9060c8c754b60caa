"""What each measure of a card is worth for a rep in a period, or why it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from optimizer.domain.calendar import Span
from optimizer.pay.actuals import Actuals
from optimizer.pay.book import Book
from optimizer.pay.run import PlannedPay
from optimizer.scorecards.card import ATTAINMENT, LEVELS, Metric
from optimizer.scorecards.cards import period_spans
from optimizer.scorecards.past import PastPeriod

BEFORE = "_before"
"""What follows the name of a metric that holds the last period's figure."""


@dataclass(frozen=True)
class Reading:
    """What a measure reads.

    Attributes
    ----------
    value : Fraction or None
        In the terms of its kind; None where it is missing.
    actual, against : Fraction or None
        The figure, and what it is set against.
    remark : str
        Why it is missing, or where it comes from.
    """

    value: Fraction | None = None
    actual: Fraction | None = None
    against: Fraction | None = None
    remark: str = ""


class Readings:
    """Reads measures of cards.

    Parameters
    ----------
    run : PlannedPay
    actuals : Actuals
    past : sequence of PastPeriod
        Periods before the plan, in order.
    """

    def __init__(self, run: PlannedPay, actuals: Actuals, past: Sequence[PastPeriod] = ()) -> None:
        self._run, self._actuals, self._past = run, actuals, tuple(past)
        self._book = Book(run, actuals)
        self._spans = period_spans(run.scenario)
        named = {name for own in actuals.sold.values() for name in own}
        self._columns = {"amount", run.measures[0], *named}

    def read(self, metric: Metric, period: str, rep: str) -> Reading:
        """Return what a measure reads in a period of the plan; the last known where it is carried.

        Parameters
        ----------
        metric : Metric
        period, rep : str
        """
        found = self._own(metric, period, rep)
        if found.value is not None or not metric.is_carried:
            return found
        periods = self._run.periods
        for earlier in reversed(periods[: periods.index(period)]):
            carried = self._own(metric, earlier, rep)
            if carried.value is not None:
                return replace(carried, remark=f"carried from {earlier}")
        for past in reversed(self._past):
            value = past.values.get(rep, {}).get(metric.name)
            if value is None and metric.kind == "level":
                value = past.figures.get(rep, {}).get(metric.figure)
            if value is not None:
                return Reading(value, remark=f"carried from {past.period}")
        return found

    def _own(self, metric: Metric, period: str, rep: str) -> Reading:
        """Return what a measure reads in a period by itself."""
        actual = self._figure(metric, period, rep)
        if actual is None:
            return Reading(remark="no target" if metric.source == ATTAINMENT else "no value")
        if metric.kind == "level":
            return Reading(actual, actual)
        if metric.kind == "ratio":
            due, what = self._due(metric, period, rep)
            if due is None:
                return Reading(actual=actual, remark=f"no {what}")
            if due <= 0:
                return Reading(actual=actual, against=due, remark=f"{what} is {_sign(due)}")
            return Reading(actual / due, actual, due)
        last = self._last(metric, period, rep)
        if last is None:
            return Reading(actual=actual, remark="no value for the period before")
        if last <= 0:
            remark = f"the period before is {_sign(last)}"
            return Reading(actual=actual, against=last, remark=remark)
        return Reading(actual / last - 1, actual, last)

    def _figure(self, metric: Metric, period: str, rep: str) -> Fraction | None:
        """Return the figure of a measure in a period of the plan."""
        source, main = metric.source, self._run.measures[0]
        if source == ATTAINMENT:
            if period not in self._actuals.periods:
                return None
            figures = self._book.own(rep, period)
            target = figures.level(main, "target")
            return Fraction(figures.actual(main)) / Fraction(target) if target > 0 else None
        if source in self._columns:
            if period not in self._actuals.periods:
                return None
            return Fraction(self._book.own(rep, period).actual(source, metric.products))
        return self._metric(source, period, rep)

    def _metric(self, name: str, period: str, rep: str) -> Fraction | None:
        value = self._actuals.metrics.get((period, rep), {}).get(name)
        return None if value is None else Fraction(value)

    def _due(self, metric: Metric, period: str, rep: str) -> tuple[Fraction | None, str]:
        """Return what a ratio is of, and what that is called."""
        if isinstance(metric.due, Fraction):
            return metric.due, "what it is of"
        if metric.due in LEVELS:
            main = self._run.measures[0]
            measure = main if metric.source == "amount" else metric.source
            level = self._book.own(rep, period).level(measure, metric.due, metric.products)
            return Fraction(level), metric.due
        return self._metric(metric.due, period, rep), metric.due

    def _last(self, metric: Metric, period: str, rep: str) -> Fraction | None:
        """Return the figure of the period right before."""
        given = self._metric(f"{metric.source}{BEFORE}", period, rep)
        if given is not None:
            return given
        periods = self._run.periods
        if place := periods.index(period):
            return self._figure(metric, periods[place - 1], rep)
        if not self._past or not _follows(self._past[-1].span, self._spans[period]):
            return None
        return self._past[-1].figures.get(rep, {}).get(metric.figure)


def _follows(one: Span | None, other: Span | None) -> bool:
    """Return whether a period begins where another ends, as far as dates are known."""
    return one is None or other is None or one.first + one.months == other.first


def _sign(value: Fraction) -> str:
    return "0" if value == 0 else "below 0"
