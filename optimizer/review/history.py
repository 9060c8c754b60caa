"""The table history: past sales by span of months and by every dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR, Span, span_of
from optimizer.problem.instance import Bools, Ints
from optimizer.review.attainment import ALL, KEYS
from optimizer.review.book import Book

PLACE = list(KEYS[1:])
"""Columns that name a row of a period."""


@dataclass(frozen=True)
class History:
    """Past sales, row by row.

    Attributes
    ----------
    first, months : (row,) ints
        Months that a row covers; 0 of them where it is not dated.
    labels : DataFrame
        Columns region, team, role, rep, product of each row, blank where it does not tell.
    counts : (row,) ints
    """

    first: Ints
    months: Ints
    labels: pd.DataFrame
    counts: Ints

    def within(self, span: Span) -> Bools | None:
        """Return the rows that lie in a span; None where they leave a month of it out."""
        end = span.first + span.months
        inside = (self.months > 0) & (self.first >= span.first) & (self.first + self.months <= end)
        covered: set[int] = set()
        for first, months in {*zip(self.first[inside], self.months[inside], strict=True)}:
            covered.update(range(int(first), int(first + months)))
        return inside if len(covered) == span.months else None


def read_history(table: pd.DataFrame | None, book: Book) -> History | None:
    """Return a history table as counts with known labels; None where there is none.

    Parameters
    ----------
    table : DataFrame or None
        As declared for ``history``.
    book : Book
    """
    if table is None or not len(table):
        return None
    first = np.full(len(table), -1, dtype=np.int64)
    months = np.zeros(len(table), dtype=np.int64)
    codes, names = pd.factorize(table["period"])
    spans = [span_of(str(name)) for name in names]
    known = np.array([span is not None for span in spans])[codes]
    first[known] = np.array([span.first if span else -1 for span in spans])[codes][known]
    months[known] = np.array([span.months if span else 0 for span in spans])[codes][known]
    dated = table["date"].notna().to_numpy(dtype=bool) & ~known
    days = table["date"][dated]
    first[dated] = (days.dt.year * MONTHS_PER_YEAR + days.dt.month - 1).to_numpy()
    months[dated] = 1
    counts = book.unit.counts(table["amount"].to_numpy(dtype=float))
    return History(first, months, _labels(table, book), counts)


def _labels(table: pd.DataFrame, book: Book) -> pd.DataFrame:
    """Return who sold each row, by the table and else by where its rep sits now."""
    found = table[["region", "team", "rep", "product"]].astype(str)
    found["role"] = ""
    people = book.scenario.table("people")
    if people is None:
        return found
    own = people.set_index("rep")
    for column in ("region", "team", "role"):
        _fill_in(found, column, "rep", own[column])
    teams = people[people["team"] != ""].drop_duplicates("team").set_index("team")
    _fill_in(found, "region", "team", teams["region"])
    return found


def _fill_in(rows: pd.DataFrame, column: str, by: str, known: pd.Series) -> None:
    """Write into the blank cells of a column what is known by another one."""
    place = known.index.get_indexer(pd.Index(rows[by]))
    through = np.append(known.to_numpy(dtype=object), "")[place]
    rows[column] = np.where(rows[column] == "", through, rows[column]).astype(object)


def sums_of(history: History, inside: Bools, book: Book) -> pd.Series:
    """Return what rows of history come to by dimension, name and product.

    Where a row does not tell its seller, reps and teams of its region are left out, and where
    it does not tell the region or the product, all regions or products: their figures would be
    too small.
    """
    rows = history.labels[inside].assign(count=history.counts[inside])
    if len(book.products) == 1:
        rows["product"] = ALL
    tells_product = len(book.products) > 1 and bool((rows["product"] != "").all())
    found = {("company", ALL, ALL): int(rows["count"].sum())}
    if tells_product:
        sums = rows.groupby("product", sort=True)["count"].sum()
        found |= {("product", str(name), str(name)): int(sold) for name, sold in sums.items()}
    for dimension in ("team", "role", "rep"):
        known = _told(rows, dimension, book)
        sums = known.groupby(dimension, sort=True)["count"].sum()
        found |= {(dimension, str(name), ALL): int(sold) for name, sold in sums.items()}
    found |= dict(_of_regions(rows, book.parents, tells_product))
    index = pd.MultiIndex.from_tuples(list(found), names=PLACE)
    return pd.Series(list(found.values()), index=index, dtype=float)


def _told(rows: pd.DataFrame, dimension: str, book: Book) -> pd.DataFrame:
    """Return the rows of the names of a dimension whose sales are all told."""
    blank = rows[dimension] == ""
    if not blank.any():
        return rows
    regions = {*rows.loc[blank, "region"]}
    leaves = {*book.parents} - {*book.parents.values()}
    if dimension == "role" or regions - leaves:
        return rows.iloc[:0]
    names = {*rows.loc[rows["region"].isin(regions), dimension]}
    own = np.isin(book.seats.region.astype(str), sorted(regions))
    names |= {*getattr(book.seats, dimension)[own]}
    return rows[~rows[dimension].isin(names)]


def _of_regions(
    rows: pd.DataFrame, parents: Mapping[str, str], tells_product: bool
) -> Iterator[tuple[tuple[str, str, str], int]]:
    leaves = {*parents} - {*parents.values()}
    if not rows["region"].isin(leaves).all():
        return
    sums = rows.groupby(["region", "product"], sort=True)["count"].sum().reset_index()
    found: dict[tuple[str, str], int] = {}
    for leaf, own, sold in sums.to_numpy().tolist():
        region, product = str(leaf), str(own)
        while region:
            for name in (ALL, product) if tells_product else (ALL,):
                place = (region, name)
                found[place] = found.get(place, 0) + int(sold)
            region = parents.get(region, "")
    yield from ((("region", *place), sold) for place, sold in found.items())
