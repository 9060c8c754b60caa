"""What a target can be held against: last year's sales, potential, capacity, size, tenure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.pacing.run import PlannedRun, rows_of_measure
from optimizer.pacing.seats import period_start
from optimizer.problem.instance import Floats
from optimizer.results.stored_table import read_stored_table
from optimizer.review.attainment import ALL
from optimizer.review.book import Book

DAYS_PER_MONTH = 365.25 / 12

Basis = Mapping[str, Floats]
"""Name → (period, seat) floats, NaN where unknown."""


def read_basis(planned: PlannedRun, book: Book, attainment: pd.DataFrame) -> dict[str, Floats]:
    """Return what every target can be held against.

    Parameters
    ----------
    planned : PlannedRun
    book : Book
    attainment : DataFrame
        With ``year_before``.

    Returns
    -------
    mapping of name to (period, seat) floats
        ``history``: sales of the same period a year before, in counts. ``potential``: usable
        potential of the seat's region, shared among its people by reference, in counts.
        ``capacity``: usable capacity, in counts. ``size``: the target. ``tenure``: months since
        the first day at work.
    """
    return {
        "history": _year_before(book, attainment),
        "potential": _potential(planned, book),
        "capacity": _capacity(planned, book),
        "size": _blank(book.target.sum(axis=2).astype(float)),
        "tenure": _tenure(book),
    }


def _blank(values: Floats) -> Floats:
    """Return values, NaN in place of what is not above 0."""
    return np.where(values > 0, values, np.nan)


def _year_before(book: Book, attainment: pd.DataFrame) -> Floats:
    rows = attainment[
        (attainment["dimension"] == book.seats.level) & (attainment["product"] == ALL)
    ]
    known = rows.set_index(["period", "name"])["year_before"]
    found = [
        known.xs(name, level="period").reindex(book.seats.names).to_numpy(dtype=float)
        if name in known.index.get_level_values("period")
        else np.full(len(book.seats), np.nan)
        for name in book.periods
    ]
    return _blank(np.array(found))


def _potential(planned: PlannedRun, book: Book) -> Floats:
    """Return each seat's part of its region's usable potential, by reference."""
    labels = ("period", "region", "team", "product")
    rollup = read_stored_table(planned.folder, "rollup", labels, ("potential",))
    rollup = rows_of_measure(rollup, book.scenario.settings.measure)
    rows = rollup[(rollup["team"] == ALL) & (rollup["product"] == ALL)]
    key = pd.MultiIndex.from_frame(rows[["period", "region"]].astype(str))
    known = pd.Series(rows["potential"].to_numpy(dtype=float), index=key)
    code = pd.factorize(pd.Index(book.seats.region, dtype=object))[0]
    found = np.full(book.reference.shape, np.nan)
    for at, name in enumerate(book.periods):
        wanted = pd.MultiIndex.from_arrays([[name] * len(code), book.seats.region.astype(str)])
        own = known.reindex(wanted).to_numpy(dtype=float) * 10.0**book.unit.decimals
        whole = np.bincount(code, weights=book.reference[at])[code]
        part = np.divide(book.reference[at], whole, out=np.zeros(len(code)), where=whole > 0)
        found[at] = own * part
    return _blank(found)


def _capacity(planned: PlannedRun, book: Book) -> Floats:
    """Return usable capacity; unknown in a recalibrated run, which keeps no limits."""
    if book.seats.is_regional or planned.record.get("command") == "recalibrate":
        return np.full(book.reference.shape, np.nan)
    limits = read_stored_table(planned.folder, "limits", ("kind", "period", "rep"), ("limit",))
    limits = rows_of_measure(limits, book.scenario.settings.measure)
    rows = limits[(limits["kind"] == "capacity") & (limits["side"] == "max")]
    rows = rows[rows["rep"].astype(str) != ALL]
    known = pd.Series(
        rows["limit"].to_numpy(dtype=float) * 10.0**book.unit.decimals,
        index=pd.MultiIndex.from_frame(rows[["period", "rep"]].astype(str)),
    ).groupby(level=[0, 1]).min()  # fmt: skip
    found = [
        known.reindex(
            pd.MultiIndex.from_arrays([[name] * len(book.seats), book.seats.rep.astype(str)])
        ).to_numpy(dtype=float)
        for name in book.periods
    ]
    return _blank(np.array(found))


def _tenure(book: Book) -> Floats:
    """Return months at work at the beginning of each period; below 0 for who starts later."""
    found = np.full(book.reference.shape, np.nan)
    start = pd.to_datetime(book.seats.start)
    for at, name in enumerate(book.periods):
        day = period_start(book.scenario, name)
        if day is not None:
            days = (pd.Timestamp(day) - start) / pd.Timedelta(days=1)
            found[at] = np.asarray(days, dtype=float) / DAYS_PER_MONTH
    return found
