"""A change of sales from one period to the next split into volume, mix and price.

Told where the actuals count pieces. Volume: more or fewer pieces at the mean price before. Mix:
the same number of pieces, but more of the dear or of the cheap ones, at the prices before. Price:
the pieces of now at prices of now instead of before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats, Ints
from optimizer.review.actuals import Sales
from optimizer.review.book import Book
from optimizer.review.groups import Groups, dimensions
from optimizer.review.units import FINER

PARTS = ("volume", "mix", "price")

_TIMES = 10**FINER
_DIMENSIONS = ("company", "region", "team")


def split_price(pieces: tuple[Floats, Floats], amounts: tuple[Ints, Ints]) -> tuple[int, int, int]:
    """Split the change of an amount into volume, mix and price.

    A product that was not sold before has no price before: what it sells now is mix.

    Parameters
    ----------
    pieces : (product,) floats, twice
        Before and now.
    amounts : (product,) ints, twice
        Before and now.

    Returns
    -------
    tuple of int
        They add up to the change exactly.
    """
    (before, now), (was, is_now) = pieces, amounts
    change = int(is_now.sum() - was.sum())
    whole = float(before.sum())
    if whole <= 0:
        return 0, change, 0
    volume = round((float(now.sum()) / whole - 1.0) * float(was.sum()))
    known = before > 0
    old_price = np.divide(was, before, out=np.zeros(len(before)), where=known)
    price = round(float((is_now[known] - now[known] * old_price[known]).sum()))
    return volume, change - volume - price, price


def prices_table(book: Book, sales: Sales) -> pd.DataFrame | None:
    """Return volume, mix and price of each period against the one before it.

    Returns
    -------
    DataFrame or None
        Columns period, before_period, dimension, name; counts before, actual and difference;
        and volume, mix, price in hundredths of the unit, which add up to the difference. None
        where the actuals have no units, or one period only.
    """
    if "units" not in sales.table.headers or len(book.periods) < 2:
        return None
    present = np.unique(sales.period)
    pieces = np.zeros(book.actual.shape)
    seat, product = _places(book, sales)
    np.add.at(
        pieces,
        (np.searchsorted(present, sales.period), seat, product),
        np.nan_to_num(sales.table.numbers("units")),
    )
    rows = [
        row
        for groups in dimensions(book.seats, book.parents)
        if groups.dimension in _DIMENSIONS
        for row in _of_dimension(book, groups, pieces)
    ]
    return pd.DataFrame(rows)


def _places(book: Book, sales: Sales) -> tuple[Ints, Ints]:
    keys = pd.MultiIndex.from_arrays([book.seats.rep.astype(str), book.seats.region.astype(str)])
    wanted = pd.MultiIndex.from_arrays([sales.rep.astype(str), sales.region.astype(str)])
    product = pd.Index(book.products).get_indexer(pd.Index(sales.product.astype(str)))
    return np.asarray(keys.get_indexer(wanted)), np.asarray(product)


def _of_dimension(book: Book, groups: Groups, pieces: Floats) -> list[dict[str, object]]:
    amounts = groups.total(book.actual) * _TIMES
    scaled = groups.total(np.rint(pieces * 10**6).astype(np.int64)) / 10.0**6
    rows: list[dict[str, object]] = []
    for at in range(1, len(book.periods)):
        for place, name in enumerate(groups.names):
            was, now = amounts[at - 1, place], amounts[at, place]
            parts = split_price((scaled[at - 1, place], scaled[at, place]), (was, now))
            rows.append(
                {
                    "period": book.periods[at],
                    "before_period": book.periods[at - 1],
                    "dimension": groups.dimension,
                    "name": name,
                    "before": was.sum() // _TIMES,
                    "actual": now.sum() // _TIMES,
                    "difference": (now.sum() - was.sum()) // _TIMES,
                    **dict(zip(PARTS, parts, strict=True)),
                }
            )
    return rows
