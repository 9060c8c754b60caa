"""Past sales, laid on the axes of the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, Span, span_of
from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Floats, Ints
from optimizer.problem.labels import Labels


@dataclass(frozen=True)
class History:
    """History rows on the plan's axes.

    Attributes
    ----------
    amount : (row,) floats
    leaf, period, product : (row,) ints
        Leaf, the like period of the plan, and product; -1 where a row does not tell.
    whole_year : (row,) bools
        Whether the row lies in a calendar year that the history holds whole.
    first, months : (row,) ints
        Months that the row covers; -1 and 0 where it is not dated.
    rep, label : (row,) objects
        Names as written.
    """

    amount: Floats
    leaf: Ints
    period: Ints
    product: Ints
    whole_year: Bools
    first: Ints
    months: Ints
    rep: pd.Series
    label: pd.Series


def read_history(scenario: Scenario, labels: Labels) -> History | None:
    """Lay the history table on the plan's axes; None where there is no history."""
    table = scenario.table("history")
    if table is None or table.empty:
        return None
    first, months = _months(table)
    return History(
        amount=table["amount"].to_numpy(dtype=float),
        leaf=_leaves(table, scenario, labels),
        period=_like_period(table["period"], first, months, labels),
        product=labels.product_index(table["product"]),
        whole_year=_in_whole_year(first, months),
        first=first,
        months=months,
        rep=table["rep"],
        label=table["period"],
    )


def base_amount(history: History, base: tuple[str, ...]) -> float:
    """Return what the base periods of a growth goal sold."""
    inside = np.zeros(len(history.amount), dtype=bool)
    for label in base:
        span = span_of(label)
        inside |= (history.label == label).to_numpy()
        if span is not None:
            inside |= (
                (history.months > 0)
                & (history.first >= span.first)
                & (history.first + history.months <= span.first + span.months)
            )
    return float(history.amount[inside].sum())


def _months(table: pd.DataFrame) -> tuple[Ints, Ints]:
    first = np.full(len(table), -1, dtype=np.int64)
    months = np.zeros(len(table), dtype=np.int64)
    codes, names = pd.factorize(table["period"])
    for code, name in enumerate(names):
        span = span_of(str(name))
        if span is not None:
            first[codes == code] = span.first
            months[codes == code] = span.months
    dates = table["date"]
    dated = dates.notna().to_numpy() & (months == 0)
    if dated.any():
        known = dates[dated]
        first[dated] = (known.dt.year * MONTHS_PER_YEAR + known.dt.month - 1).to_numpy()
        months[dated] = 1
    return first, months


def _leaves(table: pd.DataFrame, scenario: Scenario, labels: Labels) -> Ints:
    leaf = labels.leaf_index(table["region"])
    people = scenario.table("people")
    if people is None:
        return leaf
    unnamed = (table["region"] == "").to_numpy()
    for column in ("rep", "team"):
        known = people[people[column] != ""].drop_duplicates(column)
        home = pd.Series(labels.leaf_index(known["region"]), index=pd.Index(known[column]))
        through = table[column].map(home).fillna(-1).to_numpy(dtype=np.int64)
        leaf = np.where(unnamed & (leaf < 0), through, leaf)
    return leaf


def _like_period(names: pd.Series, first: Ints, months: Ints, labels: Labels) -> Ints:
    period = labels.period_index(names)
    for index, span in enumerate(labels.spans):
        if span is None:
            continue
        start, length = span.season
        offset = (first - start) % MONTHS_PER_YEAR
        like = (months > 0) & (offset + months <= length) & (period < 0)
        period[like] = index
    return period


def _in_whole_year(first: Ints, months: Ints) -> Bools:
    whole = np.zeros(len(first), dtype=bool)
    dated = months > 0
    spans = sorted(set(zip(first[dated].tolist(), months[dated].tolist(), strict=True)))
    years = {start // MONTHS_PER_YEAR for start, _ in spans}
    for year in years:
        calendar_year = Span(year * MONTHS_PER_YEAR, MONTHS_PER_YEAR)
        inside = [Span(*span) for span in spans if calendar_year.contains(Span(*span))]
        covered = {span.first + month for span in inside for month in range(span.months)}
        if len(covered) == MONTHS_PER_YEAR:
            whole |= dated & (first // MONTHS_PER_YEAR == year)
    return whole
