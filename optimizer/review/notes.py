"""What a reader of a review should know about its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from optimizer.inputs.settings import MAIN
from optimizer.pay.exact import named
from optimizer.review.actuals import Sales, column_of
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


def measure_notes(sales: Sales, measure: str, measures: Sequence[str]) -> Iterator[str]:
    """Yield that a further measure is read from amounts, where it has no column of its own.

    Parameters
    ----------
    sales : Sales
    measure : str
        The one that is reviewed.
    measures : sequence of str
        All of the run, the main one first.
    """
    if measure != measures[0] and column_of(sales.table, measure) == MAIN:
        yield (
            f"the actuals have no column {measure}, so their column {MAIN} is taken for it; see "
            f"that it counts {measure}"
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
        yield (
            f"{book.unit.text(int(nobody))} were sold by nobody of the people: they count for "
            "regions and the company, and for no rep"
        )
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
            f"{too_large} of the large orders {'is' if too_large == 1 else 'are'} larger than "
            "what the actuals hold in the same place; see that orders and actuals are of the same "
            "sales"
        )
