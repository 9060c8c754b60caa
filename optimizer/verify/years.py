"""Limits of people over all periods together, worked out from the inputs alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes
from optimizer.verify.crew import Crew, whole_down, whole_up
from optimizer.verify.cube import Floats
from optimizer.verify.months import YEAR, Months
from optimizer.verify.past import Past
from optimizer.verify.tables import ScenarioTables


@dataclass(frozen=True)
class Years:
    """Limits of each rep's targets over all periods, each (rep,).

    Attributes
    ----------
    least, most, grown : (rep,) floats
        ``min_total``, ``max_total`` and (1 + ``max_growth``) × last year, as the inputs give
        them; 0, inf and inf where there is none.
    unit : float
    """

    least: Floats
    most: Floats
    grown: Floats
    unit: float

    @property
    def low(self) -> Floats:
        """The least total, rounded up to the unit."""
        return whole_up(self.least, self.unit)

    @property
    def high(self) -> Floats:
        """The most total, rounded down to the unit."""
        return whole_down(self.exact_high, self.unit)

    @property
    def exact_high(self) -> Floats:
        """The most total before it is rounded."""
        return np.minimum(self.most, self.grown)


def read_years(
    axes: Axes, tables: ScenarioTables, crew: Crew | None, past: Past | None, unit: float
) -> Years | None:
    """Return the year limits of the people; None for a regional plan."""
    table = tables.get("people")
    if crew is None or table is None:
        return None
    people = table.set_index("rep", drop=False).loc[list(crew.names)]
    least, most, growth = (
        people[column].to_numpy(dtype=float) for column in ("min_total", "max_total", "max_growth")
    )
    limited = ~np.isnan(growth)
    grown = np.full(len(growth), np.nan)
    if limited.any():
        sold = sold_last_year(axes, people["rep"][limited], past)
        grown[limited] = (1.0 + growth[limited]) * sold
    return Years(
        least=np.where(np.isnan(least), 0.0, least),
        most=np.where(np.isnan(most), np.inf, most),
        grown=np.where(np.isnan(grown), np.inf, grown),
        unit=unit,
    )


def sold_last_year(axes: Axes, reps: pd.Series, past: Past | None) -> Floats:
    """Return what each rep sold in the plan's periods a year earlier; NaN where unknown.

    It is unknown to all where periods carry no dates, or where the rows that name a rep leave
    a month of that time without any; and to a rep whom no such row names.
    """
    unknown = np.full(len(reps), np.nan)
    if past is None:
        return unknown
    wanted: set[int] = set()
    for months in axes.months:
        if months is None:
            return unknown
        wanted |= {month - YEAR for month in _each(months)}
    covered: set[int] = set()
    sums: dict[str, float] = {}
    for rep, months, amount in zip(past.rep, past.months, past.amount, strict=True):
        if rep == "" or months is None or not wanted.issuperset(_each(months)):
            continue
        covered.update(_each(months))
        sums[rep] = sums.get(rep, 0.0) + float(amount)
    if covered != wanted:
        return unknown
    return np.array([max(sums[rep], 0.0) if rep in sums else np.nan for rep in reps], dtype=float)


def _each(months: Months) -> range:
    first, count = months
    return range(first, first + count)
