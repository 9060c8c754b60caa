"""Past sales on the axes of the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes
from optimizer.verify.cube import Bools, Floats, Ints
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
    months : (row,) objects
        Months that a row covers; None where it is not dated.
    label, rep : Series of texts
    """

    amount: Floats
    leaf: Ints
    period: Ints
    product: Ints
    whole: Bools
    months: tuple[Months | None, ...]
    label: pd.Series
    rep: pd.Series


def read_past(axes: Axes, tables: ScenarioTables) -> Past | None:
    """Return the history of a measure, or None where it has none."""
    table = tables.get("history")
    if table is None or table.empty:
        return None
    months = _months(table)
    return Past(
        amount=table["amount"].to_numpy(dtype=float),
        leaf=_leaf(axes, table, tables.get("people")),
        period=_like(axes, table["period"], months),
        product=axes.product(table["product"]),
        whole=_whole_years(months),
        months=months,
        label=table["period"],
        rep=table["rep"],
    )


def growth_base(past: Past | None, base: tuple[str, ...]) -> float:
    """Return what the base periods of a growth goal sold."""
    if past is None:
        return 0.0
    frames = [months_of_label(label) for label in base]
    total = 0.0
    for amount, label, months in zip(past.amount, past.label, past.months, strict=True):
        within = months is not None and any(
            frame is not None and _holds(frame, months) for frame in frames
        )
        if within or label in base:
            total += amount
    return total


def _holds(outer: Months, inner: Months) -> bool:
    return outer[0] <= inner[0] and sum(inner) <= sum(outer)


def _months(table: pd.DataFrame) -> tuple[Months | None, ...]:
    known: dict[tuple[str, str], Months | None] = {}
    for label, date in set(zip(table["period"], table["date"], strict=True)):
        month = month_of_date(date)
        known[label, date] = months_of_label(label) or ((month, 1) if month is not None else None)
    return tuple(known[row] for row in zip(table["period"], table["date"], strict=True))


def _leaf(axes: Axes, table: pd.DataFrame, people: pd.DataFrame | None) -> Ints:
    leaf = axes.leaf(table["region"])
    if people is None:
        return leaf
    blank = (table["region"] == "").to_numpy()
    for column in ("rep", "team"):
        named = people[people[column] != ""].drop_duplicates(column)
        home = dict(zip(named[column], axes.leaf(named["region"]), strict=True))
        through = np.array([home.get(label, -1) for label in table[column]], dtype=np.int64)
        leaf = np.where(blank & (leaf < 0), through, leaf)
    return leaf


def _like(axes: Axes, labels: pd.Series, months: tuple[Months | None, ...]) -> Ints:
    found = axes.period(labels)
    for row, span in enumerate(months):
        if found[row] >= 0 or span is None:
            continue
        for place, own in enumerate(axes.months):
            if own is not None and (span[0] - own[0]) % YEAR + span[1] <= own[1]:
                found[row] = place
                break
    return found


def _whole_years(months: tuple[Months | None, ...]) -> Bools:
    covered: dict[int, set[int]] = {}
    for span in set(months):
        if span is not None and span[0] % YEAR + span[1] <= YEAR:
            covered.setdefault(span[0] // YEAR, set()).update(range(span[0], sum(span)))
    whole = {year for year, found in covered.items() if len(found) == YEAR}
    return np.array([span is not None and span[0] // YEAR in whole for span in months])
