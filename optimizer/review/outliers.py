"""Orders out of the common, set aside by the quartiles of their product's orders.

An order is set aside where the log of its amount is above the third quartile of its product's
orders + 3 interquartile ranges. Where the middle half of the orders lies closer together than
10 %, it counts as 10 %: else one that is a little larger than many equal ones would go too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats, Ints
from optimizer.review.actuals import Sales
from optimizer.review.book import Book
from optimizer.review.settings import ReviewSettings

LEAST_RANGE = math.log(1.1)

COLUMNS = ("period", "order", "row", "rep", "region", "product", "customer",
           "amount", "limit", "median", "orders")  # fmt: skip


@dataclass(frozen=True)
class Outliers:
    """Large orders, and what they were judged by.

    Attributes
    ----------
    table : DataFrame
        Columns `COLUMNS`, largest first within a period: amount, limit and median in counts;
        orders: how many of the product there are.
    judged, unjudged : tuple of str
        Products with enough orders to judge, and without.
    rule : str
        In words.
    """

    table: pd.DataFrame
    judged: tuple[str, ...]
    unjudged: tuple[str, ...]
    rule: str


def find_outliers(book: Book, orders: Sales | None, settings: ReviewSettings) -> Outliers:
    """Find the orders of the periods reviewed that are out of the common.

    Parameters
    ----------
    book : Book
    orders : Sales or None
        Order lines; those outside the periods reviewed only help to judge. None where there
        are none.
    settings : ReviewSettings
    """
    rule = (
        f"log of the amount above Q3 + {settings.outlier_range:g} × (Q3 − Q1) of the product's "
        f"orders, at least {settings.outlier_orders} of them; Q3 − Q1 at least that of 10 %"
    )
    if orders is None:
        return Outliers(pd.DataFrame(columns=list(COLUMNS)), (), (), rule)
    lines = _joined(orders, book)
    found, judged, unjudged = list[pd.DataFrame](), list[str](), list[str]()
    for product, rows in lines[lines["amount"] > 0].groupby("product", sort=True):
        if len(rows) < settings.outlier_orders:
            unjudged.append(str(product))
            continue
        judged.append(str(product))
        limit, median = limit_of(rows["amount"].to_numpy(dtype=float), settings.outlier_range)
        large = rows[(rows["amount"] > limit) & rows["period"].isin(book.periods)]
        figures = {"limit": math.floor(limit), "median": round(median)}
        found.append(large.assign(**figures, orders=len(rows)))
    table = pd.concat(found or [lines.iloc[:0]], ignore_index=True).reindex(columns=list(COLUMNS))
    order = pd.Index(book.periods).get_indexer(pd.Index(table["period"]))
    table = table.iloc[np.lexsort((table["row"], -table["amount"].to_numpy(float), order))]
    return Outliers(table.reset_index(drop=True), tuple(judged), tuple(unjudged), rule)


def limit_of(amounts: Floats, outlier_range: float) -> tuple[float, float]:
    """Return the largest amount that is in the common, and the median.

    Parameters
    ----------
    amounts : (order,) floats
        All above 0, at least one.
    outlier_range : float
        Interquartile ranges above the third quartile, of logs.
    """
    low, middle, high = np.quantile(np.log(amounts), (0.25, 0.5, 0.75))
    return math.exp(high + outlier_range * max(high - low, LEAST_RANGE)), math.exp(middle)


def _joined(orders: Sales, book: Book) -> pd.DataFrame:
    """Return orders: lines of one order, period, seller and product added up."""
    frame, names = orders.table.frame, book.scenario.settings.periods
    periods = np.array([*names, ""], dtype=object)
    rows = pd.DataFrame(
        {
            "period": periods[orders.period],
            "order": frame["order"].to_numpy(dtype=object),
            "row": frame.index.to_numpy(dtype=np.int64),
            "rep": orders.rep,
            "region": orders.region,
            "product": orders.product if len(book.products) > 1 else "*",
            "customer": frame["customer"].to_numpy(dtype=object),
            "amount": book.unit.counts(orders.amount),
        }
    )
    numbered = rows["order"] != ""
    keys = ["period", "order", "rep", "region", "product"]
    joined = (
        rows[numbered]
        .groupby(keys, sort=False)
        .agg(row=("row", "first"), customer=("customer", "first"), amount=("amount", "sum"))
        .reset_index()
    )
    return pd.concat([rows[~numbered], joined], ignore_index=True)


def set_aside(book: Book, outliers: Outliers) -> tuple[Ints, int]:
    """Return what of each cell's actual are orders set aside.

    Returns
    -------
    (period, seat, product) ints
    int
        How many of these orders are larger than what the actuals hold in their cell.
    """
    table = outliers.table
    found = np.zeros_like(book.actual)
    if not len(table):
        return found, 0
    seats = book.seats
    keys = pd.MultiIndex.from_arrays([seats.rep.astype(str), seats.region.astype(str)])
    seat = keys.get_indexer(
        pd.MultiIndex.from_arrays([table["rep"].astype(str), table["region"].astype(str)])
    )
    period = pd.Index(book.periods).get_indexer(pd.Index(table["period"]))
    product = pd.Index(book.products).get_indexer(pd.Index(table["product"].astype(str)))
    known = (seat >= 0) & (product >= 0)
    counts = table["amount"].to_numpy(dtype=np.int64)
    cell = period[known], seat[known], product[known]
    np.add.at(found, cell, counts[known])
    return found, int((~known).sum() + (counts[known] > book.actual[cell]).sum())
