"""What a reader of a review should know about its figures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.pay.exact import named
from optimizer.review.book import Book
from optimizer.review.outliers import Outliers
from optimizer.review.past import Past
from optimizer.review.settings import ReviewSettings


def notes_on(
    book: Book, past: Past, outliers: Outliers, settings: ReviewSettings, too_large: int
) -> tuple[str, ...]:
    """Return notes in words: what was assumed, left out or could not be judged.

    Parameters
    ----------
    too_large : int
        Orders larger than what the actuals hold in their place.
    """
    return (
        *_people(book),
        *_periods(book, past),
        *_orders(outliers, settings, too_large),
    )


def _people(book: Book) -> Iterator[str]:
    sold = (book.actual != 0).any(axis=2)
    works = book.target.sum(axis=2) > 0
    for at, period in enumerate(book.periods):
        silent = np.flatnonzero(works[at] & ~sold[at] & (book.seats.names != ""))
        if len(silent):
            names = named([str(name) for name in book.seats.names[silent]])
            yield f"{period}: {len(silent)} with a target sold nothing by the actuals ({names})"
    nobody = book.actual[:, book.seats.rep == ""].sum()
    if nobody and not book.seats.is_regional:
        yield f"{book.unit.text(int(nobody))} were sold by nobody of the people, in their regions"
    if book.products == ("*",):
        yield "the actuals tell no products, so nothing is said by product"


def _periods(book: Book, past: Past) -> Iterator[str]:
    missing = [name for name in book.periods if past.sold_year_before(name) is None]
    if missing:
        yield (
            f"sales of a year before are not known for {named(missing)}: neither the table "
            "history, nor --history, nor --previous has all months of it"
        )


def _orders(outliers: Outliers, settings: ReviewSettings, too_large: int) -> Iterator[str]:
    if outliers.unjudged:
        yield (
            f"orders of {named(list(outliers.unjudged))} are not judged: fewer than "
            f"{settings.outlier_orders} of them are known"
        )
    if too_large:
        yield (
            f"{too_large} of the large orders are larger than what the actuals hold in their "
            "place; see that orders and actuals are of the same sales"
        )
