"""Past sales on the axes of the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes, place
from optimizer.verify.columns import UNSEEN, coded, same, texts_of
from optimizer.verify.cube import Bools, Floats, Ints
from optimizer.verify.files import is_filled
from optimizer.verify.months import YEAR, Months, month_of_date, months_of_label
from optimizer.verify.tables import ScenarioTables


@dataclass(frozen=True)
class Past:
    """History rows; an index below 0 where a row does not tell.

    Attributes
    ----------
    amount : (row,) floats
    leaf, period, product : (row,) ints
        `period` is the like period of the plan: the same months of another year.
    whole : (row,) bools
        Whether the row lies in a calendar year that the history covers month by month.
    spans : tuple of (first month, number of months) or None
        All that rows cover; None for those that are not dated.
    span : (row,) ints
        Which of the spans each row covers.
    label, rep : Series of labels
    """

    amount: Floats
    leaf: Ints
    period: Ints
    product: Ints
    whole: Bools
    spans: tuple[Months | None, ...]
    span: Ints
    label: pd.Series
    rep: pd.Series

    @property
    def dated(self) -> Bools:
        """Which rows cover known months."""
        return _each_span(self.spans, lambda months: months is not None)[self.span]


def read_past(axes: Axes, tables: ScenarioTables) -> Past | None:
    """Return the history of a measure, or None where it has none."""
    table = tables.get("history")
    if table is None or table.empty:
        return None
    spans, span = _spans(table)
    return Past(
        amount=table["amount"].to_numpy(dtype=float),
        leaf=_leaf(axes, table, tables.get("people")),
        period=_like(axes, table["period"], spans, span),
        product=axes.product(table["product"]),
        whole=_whole_years(spans)[span],
        spans=spans,
        span=span,
        label=table["period"],
        rep=table["rep"],
    )


def growth_base(past: Past | None, base: tuple[str, ...]) -> float:
    """Return what the base periods of a growth goal sold."""
    if past is None:
        return 0.0
    frames = [frame for frame in map(months_of_label, base) if frame is not None]
    within = _each_span(
        past.spans,
        lambda months: months is not None and any(_holds(frame, months) for frame in frames),
    )[past.span]
    named = place(base, past.label) >= 0
    return float(sum(past.amount[within | named].tolist()))


def _each_span(spans: Sequence[Months | None], test: Callable[[Months | None], bool]) -> Bools:
    return np.array([test(months) for months in spans], dtype=bool)


def _holds(outer: Months, inner: Months) -> bool:
    return outer[0] <= inner[0] and sum(inner) <= sum(outer)


def _spans(table: pd.DataFrame) -> tuple[tuple[Months | None, ...], Ints]:
    """Return all spans of months, and which of them each row covers."""
    labels, periods = coded(table["period"])
    days, dates = coded(table["date"])
    pair, different = pd.factorize(labels.astype(np.int64) * len(dates) + days)
    spans: list[Months | None] = []
    for number in different.tolist():
        label, date = str(periods[number // len(dates)]), str(dates[number % len(dates)])
        month = month_of_date(date)
        spans.append(months_of_label(label) or ((month, 1) if month is not None else None))
    return tuple(spans), np.asarray(pair, dtype=np.int64)


def _leaf(axes: Axes, table: pd.DataFrame, people: pd.DataFrame | None) -> Ints:
    leaf = axes.leaf(table["region"])
    if people is None:
        return leaf
    blank = same(table["region"], "")
    for column in ("rep", "team"):
        named = people[is_filled(people[column])].drop_duplicates(column)
        home = axes.leaf(named["region"])
        row = place(tuple(texts_of(named[column])), table[column])
        through = np.append(home, UNSEEN)[np.where(row >= 0, row, len(home))]
        leaf = np.where(blank & (leaf < 0), through, leaf)
    return leaf


def _like(axes: Axes, labels: pd.Series, spans: Sequence[Months | None], span: Ints) -> Ints:
    found = axes.period(labels)
    like = np.full(len(spans), UNSEEN, dtype=np.int64)
    for number, months in enumerate(spans):
        for place_of, own in enumerate(axes.months):
            if months is None or own is None:
                continue
            if (months[0] - own[0]) % YEAR + months[1] <= own[1]:
                like[number] = place_of
                break
    dated = _each_span(spans, lambda months: months is not None)[span]
    return np.where((found < 0) & dated & (like[span] >= 0), like[span], found)


def _whole_years(spans: Sequence[Months | None]) -> Bools:
    """Return which spans lie in a calendar year that all of them together cover."""
    covered: dict[int, set[int]] = {}
    for span in spans:
        if span is not None and span[0] % YEAR + span[1] <= YEAR:
            covered.setdefault(span[0] // YEAR, set()).update(range(span[0], sum(span)))
    whole = {year for year, found in covered.items() if len(found) == YEAR}
    return _each_span(spans, lambda span: span is not None and span[0] // YEAR in whole)
