"""Attainment by every dimension, floor and stretch beside it, with and without large orders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats, Ints
from optimizer.review.book import Book
from optimizer.review.groups import COMPANY, Groups, dimensions

ALL = "*"
KEYS = ("period", "dimension", "name", "product")
COUNTS = (
    "target", "actual", "difference", "floor", "stretch", "street", "set_aside", "kept",
    "before", "year_before",
)  # fmt: skip
"""Columns of whole counts; unknown where the goal or the past says nothing."""

_WITH_PRODUCTS = (COMPANY, "region")


def attainment_table(book: Book) -> pd.DataFrame:
    """Return who attained what: a row per period, dimension, name and product.

    The target of company, regions and products is what the company wants of them (the goal);
    that of teams, roles and people is the sum of people's targets, which is `street` for all.
    Where several periods are reviewed, rows of period ``*`` add them up.

    Returns
    -------
    DataFrame
        Columns `KEYS`; counts target, actual, difference, floor, stretch, street, set_aside and
        kept (actual − set_aside); attainment, floor_attainment, stretch_attainment,
        street_attainment, attainment_kept: ratios, NaN where there is nothing to attain; and
        reps, how many people have a target.
    """
    tables = [
        _of_dimension(book, groups, with_products)
        for groups in dimensions(book.seats, book.parents)
        for with_products in (False, True)
        if not with_products or (groups.dimension in _WITH_PRODUCTS and len(book.products) > 1)
    ]
    table = pd.concat(tables, ignore_index=True)
    for name, of in (
        ("attainment", "target"), ("floor_attainment", "floor"),
        ("stretch_attainment", "stretch"), ("street_attainment", "street"),
    ):  # fmt: skip
        table[name] = ratio(table["actual"].to_numpy(), table[of].to_numpy())
    table["attainment_kept"] = ratio(table["kept"].to_numpy(), table["target"].to_numpy())
    return table


def ratio(part: Ints | Floats, whole: Ints | Floats) -> Floats:
    """Return part / whole, NaN where there is no whole above 0."""
    found = np.full(len(part), np.nan)
    return np.asarray(np.divide(part, whole, out=found, where=np.asarray(whole) > 0))


def _of_dimension(book: Book, groups: Groups, with_products: bool) -> pd.DataFrame:
    """Return the rows of one dimension, for all products together or one by one."""
    totals = {name: groups.total(getattr(book, name))
              for name in ("floor", "target", "stretch", "actual", "set_aside")}  # fmt: skip
    reps = groups.total((book.target.sum(axis=2, keepdims=True) > 0).astype(np.int64))
    if not with_products:
        totals = {name: values.sum(axis=2, keepdims=True) for name, values in totals.items()}
    else:
        reps = groups.total((book.target > 0).astype(np.int64))
    totals["street"] = totals["target"]
    if groups.dimension in _WITH_PRODUCTS:
        totals |= _asked(book, groups, with_products)
    totals["difference"] = totals["actual"] - totals["target"]
    totals["kept"] = totals["actual"] - totals["set_aside"]
    totals["reps"] = reps
    if len(book.periods) > 1:
        totals = {
            name: np.concatenate([values, values.sum(axis=0, keepdims=True)])
            for name, values in totals.items()
        }
        works = book.target.sum(axis=(0, 2), keepdims=True) > 0
        totals["reps"][-1] = groups.total(works.astype(np.int64))[0]
    return _rows(book, groups, totals, with_products)


def _asked(book: Book, groups: Groups, with_products: bool) -> dict[str, Ints]:
    """Return the goal of company or regions at its three levels."""
    products = book.products if with_products else (ALL,)
    nothing = np.zeros(len(book.periods), dtype=np.int64)
    asks = np.array(
        [[book.asks.get((name, product), nothing) for product in products]
         for name in groups.names]
    )  # fmt: skip
    target = np.moveaxis(asks, 2, 0)
    return {
        "target": target,
        "floor": np.rint(target * book.floor_ratio).astype(np.int64),
        "stretch": np.rint(target * book.stretch_ratio).astype(np.int64),
    }


def _rows(book: Book, groups: Groups, totals: dict[str, Ints], with_products: bool) -> pd.DataFrame:
    periods = [*book.periods, ALL] if len(book.periods) > 1 else list(book.periods)
    products = list(book.products) if with_products else [ALL]
    shape = len(periods), len(groups.names), len(products)
    place = np.indices(shape).reshape(3, -1)
    names = np.array(groups.names, dtype=object)[place[1]]
    product = np.array(products, dtype=object)[place[2]]
    is_product = with_products and groups.dimension == COMPANY
    table = pd.DataFrame(
        {
            "period": np.array(periods, dtype=object)[place[0]],
            "dimension": "product" if is_product else groups.dimension,
            "name": product if is_product else names,
            "product": product,
            **{name: values.reshape(-1) for name, values in totals.items()},
        }
    )
    is_empty = (table[["target", "actual", "street"]] == 0).all(axis=1)
    return table[~is_empty | (table["dimension"] == COMPANY)]


def rows_of(table: pd.DataFrame, dimension: str, period: str) -> pd.DataFrame:
    """Return the rows of one dimension and period, all products together."""
    chosen = (table["dimension"] == dimension) & (table["period"] == period)
    if dimension not in ("product",):
        chosen &= table["product"] == ALL
    return table[chosen]


def last_period(book: Book) -> str:
    """Return ``*`` where several periods are reviewed, else the one."""
    return ALL if len(book.periods) > 1 else book.periods[0]
