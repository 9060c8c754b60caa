"""Limits of people over all periods together, worked out from the inputs alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.verify.axes import Axes, place
from optimizer.verify.crew import Crew, whole_down, whole_up
from optimizer.verify.cube import Floats
from optimizer.verify.files import is_filled
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
    least, most, growth = (
        table[column].to_numpy(dtype=float)[crew.row]
        for column in ("min_total", "max_total", "max_growth")
    )
    limited = ~np.isnan(growth)
    grown = np.full(len(growth), np.nan)
    if limited.any():
        grown[limited] = (1.0 + growth[limited]) * sold_last_year(axes, crew, past)[limited]
    return Years(
        least=np.where(np.isnan(least), 0.0, least),
        most=np.where(np.isnan(most), np.inf, most),
        grown=np.where(np.isnan(grown), np.inf, grown),
        unit=unit,
    )


def sold_last_year(axes: Axes, crew: Crew, past: Past | None) -> Floats:
    """Return what each rep sold in the plan's periods a year earlier; NaN where unknown.

    It is unknown to all where periods carry no dates, or where the rows that name a rep leave
    a month of that time without any; and to a rep whom no such row names.
    """
    unknown = np.full(len(crew.names), np.nan)
    if past is None:
        return unknown
    wanted: set[int] = set()
    for months in axes.months:
        if months is None:
            return unknown
        wanted |= {month - YEAR for month in _each(months)}
    fits = np.array(
        [months is not None and wanted.issuperset(_each(months)) for months in past.spans],
        dtype=bool,
    )
    told = fits[past.span] & is_filled(past.rep)
    covered: set[int] = set()
    for span in np.unique(past.span[told]).tolist():
        covered.update(_each(past.spans[span] or (0, 0)))
    if covered != wanted:
        return unknown
    rep = place(crew.names, past.rep)
    told &= rep >= 0
    sold = np.bincount(rep[told], weights=past.amount[told], minlength=len(crew.names))
    named = np.bincount(rep[told], minlength=len(crew.names)) > 0
    return np.where(named, np.maximum(sold, 0.0), np.nan)


def _each(months: Months) -> range:
    first, count = months
    return range(first, first + count)
