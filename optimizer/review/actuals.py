"""What was sold in the periods of a plan: totals or order lines, by rep or by region."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, spans_of
from optimizer.domain.columns import Column, Kind, Table, label
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.normalise import canonical
from optimizer.inputs.settings import MAIN
from optimizer.inputs.single import read_single
from optimizer.problem.instance import Floats, Ints

_COLUMNS = (
    label("period", "Period of the plan."),
    Column("date", Kind.DATE, "Day of the sale, in place of the period."),
    Column("week", Kind.NUMBER, "Week of the period; weeks add up.", low=1.0, high=53.0),
    label("order", "Number of the order; lines of one order add up."),
    label("rep", "Rep, as in people; blank for sales of a region that are nobody's."),
    label("region", "Region, where the row names no rep."),
    label("team", "Team; the plan says who sits where."),
    label("product", "Product; without the column nothing is said by product."),
    label("customer", "Customer, for the list of large orders."),
    Column("units", Kind.NUMBER, "Pieces sold; with them price is told from volume."),
    Column("amount", Kind.NUMBER, "Amount sold; returns are negative.", required=True),
)

REVIEW_ACTUALS = Table(
    "actuals",
    "What was sold in the periods of a plan: totals or order lines; rows add up.",
    _COLUMNS,
    either=("rep", "region"),
    filled=True,
)

ORDERS = Table(
    "orders",
    "Orders line by line, to tell those that are out of the common; earlier ones help to judge.",
    _COLUMNS,
    either=("rep", "region"),
    filled=True,
)


@dataclass(frozen=True)
class Sales:
    """A table of sales on the axes of a plan.

    Attributes
    ----------
    table : Typed
        As read.
    period : (row,) ints
        Position among the plan's periods; -1 outside of them.
    rep, region : (row,) objects
        Who sold, blank where nobody of the people; the leaf region.
    product : (row,) objects
        ``*`` in a table without products.
    amount : (row,) floats
        Of the measure that is reviewed; blank is 0.
    """

    table: Typed
    period: Ints
    rep: np.ndarray
    region: np.ndarray
    product: np.ndarray
    amount: Floats

    @property
    def has_products(self) -> bool:
        """Whether the table tells products."""
        return "product" in self.table.headers


@dataclass(frozen=True)
class Known:
    """The labels of a plan that sales may name.

    Attributes
    ----------
    scenario : Scenario
    columns : tuple of str
        Further columns that sales may have: measures, and what pay and scorecards look at.
    regions : tuple of str
        Leaves.
    home : Series
        Region by rep; empty in a regional plan.
    products : tuple of str
    """

    scenario: Scenario
    columns: tuple[str, ...]
    regions: tuple[str, ...]
    home: pd.Series
    products: tuple[str, ...]


def read_sales(path: Path, known: Known, option: str) -> Sales:
    """Read sales and lay them on the axes of a plan.

    Parameters
    ----------
    path : Path
        CSV or Parquet.
    known : Known
    option : str
        ``actuals``, whose rows must lie in periods of the plan, or ``orders``.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    if not path.is_file():
        raise InputError(f"--{option} {path}: there is no such file")
    declared = REVIEW_ACTUALS if option == "actuals" else ORDERS
    table = read_single(path, declared, known.columns)
    period, undated = _periods(table, known.scenario)
    found = [*_strange(table, known), *_unplaced(table, undated, declared)]
    if option == "actuals":
        found += _outside(table, period, undated, known.scenario)
    if found:
        raise InputError(sorted(found))
    rep = table.text("rep").to_numpy(dtype=object)
    written = table.text("region")
    home = known.home.reindex(rep).to_numpy(dtype=object) if len(known.home) else written.to_numpy()
    names = table.text("product") if "product" in table.headers else None
    return Sales(
        table,
        period,
        rep,
        np.where(rep == "", written.to_numpy(dtype=object), home).astype(object),
        np.full(len(rep), "*", dtype=object) if names is None else names.to_numpy(dtype=object),
        np.nan_to_num(table.numbers(column_of(table, known.scenario.settings.measure))),
    )


def column_of(table: Typed, measure: str) -> str:
    """Return the column that holds a measure: that of its name, else ``amount``."""
    return canonical(measure) if canonical(measure) in table.headers else MAIN


def _periods(table: Typed, scenario: Scenario) -> tuple[Ints, np.ndarray]:
    """Return each row's period of the plan, and which rows say neither period nor date."""
    names = scenario.settings.periods
    text, dates = table.text("period"), table.frame["date"]
    place = pd.Index(names).get_indexer(pd.Index(text))
    known = dates.notna().to_numpy(dtype=bool) & (text == "").to_numpy(dtype=bool)
    months = np.full(len(text), -1, dtype=np.int64)
    months[known] = (dates[known].dt.year * MONTHS_PER_YEAR + dates[known].dt.month - 1).to_numpy()
    for position, span in enumerate(spans_of(names, starts_of(scenario))):
        if span is not None:
            inside = known & (months >= span.first) & (months < span.first + span.months)
            place = np.where(inside & (place < 0), position, place)
    return np.asarray(place, dtype=np.int64), (text == "").to_numpy(dtype=bool) & ~known


def starts_of(scenario: Scenario) -> dict[str, dt.date]:
    """Return the first day of each period for which the table ``periods`` gives one."""
    table = scenario.table("periods")
    if table is None:
        return {}
    given = table[table["start"].notna()]
    days = [pd.Timestamp(day).date() for day in given["start"]]
    return dict(zip(given["period"].astype(str), days, strict=True))


def _strange(table: Typed, known: Known) -> Iterator[Finding]:
    """Find reps, regions and products that the plan does not have."""
    labels = {"region": known.regions}
    labels |= {"rep": tuple(map(str, known.home.index))} if len(known.home) else {}
    labels |= {"product": known.products} if "product" in table.headers else {}
    nobody = (table.text("rep") == "").to_numpy(dtype=bool)
    if not len(known.home):
        remedy = "The plan is by region: leave the column rep out."
        yield from table.listed(~nobody, "rep", "the plan has no people", remedy)
    for column, names in labels.items():
        cells = table.text(column)
        strange = ~cells.isin(names).to_numpy(dtype=bool)
        strange &= {"region": nobody, "rep": ~nobody}.get(column, np.True_)

        def remedy_of(row: int, cells: pd.Series = cells, names: tuple[str, ...] = names) -> str:
            return meant(str(cells.iloc[row]), names)

        problem = f"the plan has no such {column}"
        if column == "region":
            problem = "the row names no rep, and the plan has no such region on its lowest level"
        yield from table.listed(strange, column, problem, remedy_of)


def _unplaced(table: Typed, undated: np.ndarray, declared: Table) -> Iterator[Finding]:
    problem = f"the row of {declared.name} has neither a period nor a date"
    yield from table.listed(undated, "period", problem, "Fill in one of the two.")


def _outside(
    table: Typed, period: Ints, undated: np.ndarray, scenario: Scenario
) -> Iterator[Finding]:
    names = scenario.settings.periods
    outside = (period < 0) & ~undated
    named = (table.text("period") != "").to_numpy(dtype=bool)
    cells = table.text("period")
    earlier = "Earlier sales belong in the table history, or in a file given with --history."
    yield from table.listed(
        outside & named,
        "period",
        "the plan has no such period",
        lambda row: f"{meant(str(cells.iloc[row]), names)} {earlier}",
    )
    yield from table.listed(outside & ~named, "date", "the day is in no period of the plan",
                            f"The plan has {', '.join(names[:12])}. {earlier}")  # fmt: skip
