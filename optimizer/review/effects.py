"""The difference to target split into effects that add up: common, product, region, own.

What a seat sold of a product is reached from its target in steps: the target; times the
company's attainment; times the product's; times the product's in the region; what it sold. Each
effect is the difference of two steps, so they add up whatever the numbers are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Ints
from optimizer.review.attainment import ALL, ratio
from optimizer.review.book import Book
from optimizer.review.groups import COMPANY, Groups, dimensions
from optimizer.review.units import FINER

EFFECTS = ("assignment", "common", "region", "product", "own")
"""In the order in which they are told; the product's is taken before the region's."""

_TIMES = 10**FINER


@dataclass(frozen=True)
class Steps:
    """Effects of the cells of one period, in hundredths of the unit.

    Attributes
    ----------
    common, region, product, own : (seat, product) ints
        Over all cells `region`, `product` and `own` each add up to 0: regions over each
        product, own over each product of a region.
    """

    common: Ints
    region: Ints
    product: Ints
    own: Ints


def split(target: Ints, actual: Ints, region: Ints) -> Steps:
    """Split actual − target of every cell into effects.

    A product without a target has no attainment: what is sold of it is the product's effect,
    and what a region sells of a product that it was not to sell is the region's.

    Parameters
    ----------
    target, actual : (seat, product) ints
        In the unit.
    region : (seat,) ints
        Seats are sorted by region.
    """
    target, actual = target * _TIMES, actual * _TIMES
    seats, products = target.shape
    flat = target.reshape(-1)
    first = np.zeros(1, dtype=np.int64)
    common = shared(flat, np.array([actual.sum()]), first).reshape(seats, products)
    columns = target.T.reshape(-1)
    sold = actual.T.reshape(-1)
    blocks = np.arange(products) * seats
    by_product = shared(columns, np.add.reduceat(sold, blocks), blocks)
    starts = np.flatnonzero(np.diff(region, prepend=-1))
    within = (blocks[:, None] + starts[None, :]).reshape(-1)
    by_region = shared(columns, np.add.reduceat(sold, within), within)
    by_product = np.where(_untargeted(columns, blocks), sold, by_product)
    by_region = np.where(_untargeted(columns, within), sold, by_region)
    by_product, by_region = (step.reshape(products, seats).T for step in (by_product, by_region))
    return Steps(common - target, by_region - by_product, by_product - common, actual - by_region)


def shared(weights: Ints, totals: Ints, first: Ints) -> Ints:
    """Share totals among blocks of items in proportion to weights; whole, and exact in sum.

    Running sums are rounded, so that any run of items of a block is within one count of its
    exact share.

    Parameters
    ----------
    weights : (item,) ints
        None negative.
    totals : (block,) ints
    first : (block,) ints
        Where each block begins; the first at 0.

    Returns
    -------
    (item,) ints
        All 0 in a block without weights.
    """
    sizes = np.diff(first, append=len(weights))
    block = np.repeat(np.arange(len(first)), sizes)
    running = np.cumsum(weights)
    before = (running - weights)[first]
    whole = np.add.reduceat(weights, first)
    part = ratio(running - before[block], whole[block])
    upto = np.rint(np.nan_to_num(part) * totals[block]).astype(np.int64)
    last = first + sizes - 1
    upto[last] = np.where(whole > 0, totals, 0)
    found = np.diff(upto, prepend=0)
    found[first] = upto[first]
    return np.where(whole[block] > 0, found, 0)


def _untargeted(weights: Ints, first: Ints) -> np.ndarray:
    whole = np.add.reduceat(weights, first)
    return np.repeat(whole == 0, np.diff(first, append=len(weights)))


def effects_table(book: Book) -> pd.DataFrame:
    """Return what made the difference to target: a row per period, dimension and name.

    Returns
    -------
    DataFrame
        Columns period, dimension, name; counts target, actual and difference, as in
        `attainment_table`; and, in hundredths of the unit, the effects: assignment (people's
        targets − goal), common, region, product, own. They add up to the difference.
    """
    region = pd.factorize(pd.Index(book.seats.region, dtype=object))[0]
    found = [split(book.target[at], book.actual[at], region) for at in range(len(book.periods))]
    cells = {name: np.stack([getattr(one, name) for one in found]) for name in EFFECTS[1:]}
    tables = [_of_dimension(book, groups, cells) for groups in dimensions(book.seats, book.parents)]
    if len(book.products) > 1:
        tables.insert(2, _of_products(book))
    return pd.concat(tables, ignore_index=True)


def _of_dimension(book: Book, groups: Groups, cells: dict[str, Ints]) -> pd.DataFrame:
    sums = {name: groups.total(values).sum(axis=2) for name, values in cells.items()}
    street, actual = (groups.total(values).sum(axis=2) for values in (book.target, book.actual))
    target = street
    if groups.dimension in (COMPANY, "region"):
        nothing = np.zeros(len(book.periods), dtype=np.int64)
        target = np.array([book.asks.get((name, ALL), nothing) for name in groups.names]).T
    return _rows(book, groups.dimension, groups.names, (target, street, actual), sums)


def _of_products(book: Book) -> pd.DataFrame:
    """Return the rows of products: a product has a common and a product effect, and no other."""
    street, actual = book.target.sum(axis=1), book.actual.sum(axis=1)
    sums = {name: np.zeros_like(street) for name in EFFECTS[1:]}
    for at in range(len(book.periods)):
        whole = np.array([actual[at].sum() * _TIMES])
        common = shared(street[at] * _TIMES, whole, np.zeros(1, dtype=np.int64))
        sums["common"][at] = common - street[at] * _TIMES
        sums["product"][at] = actual[at] * _TIMES - common
    nothing = np.zeros(len(book.periods), dtype=np.int64)
    target = np.array([book.asks.get((ALL, name), nothing) for name in book.products]).T
    return _rows(book, "product", book.products, (target, street, actual), sums)


def _rows(
    book: Book,
    dimension: str,
    names: tuple[str, ...],
    figures: tuple[Ints, Ints, Ints],
    sums: dict[str, Ints],
) -> pd.DataFrame:
    target, street, actual = figures
    columns = {
        "target": target,
        "actual": actual,
        "difference": actual - target,
        "assignment": (street - target) * _TIMES,
        **sums,
    }
    periods = list(book.periods)
    if len(periods) > 1:
        periods.append(ALL)
        columns = {
            name: np.concatenate([values, values.sum(axis=0, keepdims=True)])
            for name, values in columns.items()
        }
    place = np.indices((len(periods), len(names))).reshape(2, -1)
    table = pd.DataFrame(
        {
            "period": np.array(periods, dtype=object)[place[0]],
            "dimension": dimension,
            "name": np.array(names, dtype=object)[place[1]],
            **{name: values.reshape(-1) for name, values in columns.items()},
        }
    )
    is_empty = (table[["target", "actual"]] == 0).all(axis=1) & (table["assignment"] == 0)
    return table[~is_empty | (dimension == COMPANY)]
