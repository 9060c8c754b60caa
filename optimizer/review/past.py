"""What was sold and attained a period and a year before: from actuals, reviews, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, Span, span_of, spans_of
from optimizer.problem.instance import Floats
from optimizer.review.actuals import starts_of
from optimizer.review.attainment import ALL, KEYS, ratio
from optimizer.review.book import Book
from optimizer.review.history import PLACE, History, sums_of
from optimizer.review.previous import Reviewed

COLUMNS = (
    *KEYS, "target", "actual", "attainment", "difference", "floor", "floor_attainment", "stretch",
    "stretch_attainment", "street", "street_attainment", "set_aside", "kept", "attainment_kept",
    "before", "change", "year_before", "change_year", "attainment_before", "gain", "reps",
)  # fmt: skip
"""Columns of ``attainment.csv``."""

Amounts = Mapping[str, pd.Series]
"""Period → what was sold, by dimension, name and product."""


@dataclass(frozen=True)
class Past:
    """Where figures of earlier periods come from.

    Attributes
    ----------
    order : tuple of str
        All known periods, earliest first: those of earlier reviews, then those reviewed now.
    spans : mapping of period to Span
        Of dated ones.
    amounts, attainments : mapping of period to Series by dimension, name and product
        Of the known periods; counts, and ratios.
    history : History or None
    book : Book
    """

    order: tuple[str, ...]
    spans: Mapping[str, Span]
    amounts: Amounts
    attainments: Amounts
    history: History | None
    book: Book

    def before(self, period: str) -> str | None:
        """Return the known period right before another; None where it is not known."""
        at = self.order.index(period)
        if at == 0:
            return None
        last, span = self.order[at - 1], self.spans.get(period)
        known = self.spans.get(last)
        if span is None or known is None:
            names = self.book.scenario.settings.periods
            is_next = names.index(period) == (names.index(last) + 1 if last in names else 0)
            return last if is_next else None
        return last if known.first + known.months == span.first else None

    def year_before(self, period: str) -> str | None:
        """Return the known period a year before another; None where it is not known."""
        span = self.spans.get(period)
        if span is None:
            return None
        wanted = Span(span.first - MONTHS_PER_YEAR, span.months)
        return next((name for name, own in self.spans.items() if own == wanted), None)

    def sold_before(self, period: str) -> pd.Series | None:
        """Return what was sold in the period before, by dimension, name and product."""
        if (name := self.before(period)) is not None:
            return self.amounts[name]
        span = self.spans.get(period)
        return None if span is None else self._historic(Span(span.first - span.months, span.months))

    def sold_year_before(self, period: str) -> pd.Series | None:
        """Return what was sold in the same period of the year before."""
        if (name := self.year_before(period)) is not None:
            return self.amounts[name]
        span = self.spans.get(period)
        if span is None:
            return None
        return self._historic(Span(span.first - MONTHS_PER_YEAR, span.months))

    def _historic(self, span: Span) -> pd.Series | None:
        inside = None if self.history is None else self.history.within(span)
        if self.history is None or inside is None:
            return None
        return sums_of(self.history, inside, self.book)


def make_past(
    book: Book, attainment: pd.DataFrame, reviewed: Reviewed, history: History | None
) -> Past:
    """Put together what is known of earlier periods.

    Parameters
    ----------
    book : Book
    attainment : DataFrame
        Of the periods reviewed now.
    reviewed : Reviewed
    history : History or None
    """
    earlier = reviewed.table.assign(
        actual=book.unit.counts(reviewed.table["actual"].to_numpy(float))
    )
    columns = [*KEYS, "actual", "attainment"]
    known = pd.concat([earlier[columns], attainment[columns]]) if len(earlier) else attainment
    by_period = {str(name): rows.set_index(PLACE) for name, rows in known.groupby("period")}
    order = (*reviewed.periods, *book.periods)
    names = book.scenario.settings.periods
    own = dict(zip(names, spans_of(names, starts_of(book.scenario)), strict=True))
    spans = {name: span for name in order if (span := own.get(name) or span_of(name)) is not None}
    return Past(
        order,
        spans,
        {name: by_period[name]["actual"].astype(float) for name in order},
        {name: by_period[name]["attainment"].astype(float) for name in order},
        history,
        book,
    )


def with_past(table: pd.DataFrame, past: Past) -> pd.DataFrame:
    """Return an attainment table with what was before.

    Returns
    -------
    DataFrame
        With counts before and year_before (NaN where unknown), and the ratios change,
        change_year, attainment_before and gain (attainment − attainment_before).
    """
    size = len(table)
    columns = {name: np.full(size, np.nan)
               for name in ("before", "year_before", "attainment_before")}  # fmt: skip
    place = pd.MultiIndex.from_frame(table[PLACE])
    period = table["period"].to_numpy(dtype=object)
    for name in past.book.periods:
        rows = period == name
        last = past.before(name)
        sources = {
            "before": past.sold_before(name),
            "year_before": past.sold_year_before(name),
            "attainment_before": None if last is None else past.attainments[last],
        }
        for column, series in sources.items():
            if series is not None:
                columns[column][rows] = series.reindex(place[rows]).to_numpy(dtype=float)
    _add_up(columns["year_before"], table, place)
    found = table.assign(**columns)
    found["change"] = _change(found["actual"], columns["before"])
    found["change_year"] = _change(found["actual"], columns["year_before"])
    found["gain"] = found["attainment"] - found["attainment_before"]
    return found[list(COLUMNS)]


def _add_up(year_before: Floats, table: pd.DataFrame, place: pd.MultiIndex) -> None:
    """Fill in rows of all periods: the sum of the year before, where all of it is known."""
    whole = (table["period"] == ALL).to_numpy(dtype=bool)
    if not whole.any():
        return
    parts = pd.Series(year_before[~whole], index=place[~whole])
    grouped = parts.groupby(level=PLACE, sort=False)
    sums = grouped.sum().where(grouped.count() == grouped.size())
    year_before[whole] = sums.reindex(place[whole]).to_numpy(dtype=float)


def _change(actual: pd.Series, before: Floats) -> Floats:
    return np.asarray(ratio(actual.to_numpy(dtype=float), before) - 1.0)
