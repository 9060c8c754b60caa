"""Targets and sales of every seat in all known periods, those of earlier reviews included."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats
from optimizer.review.attainment import ALL, ratio
from optimizer.review.book import Book
from optimizer.review.past import Past
from optimizer.review.previous import Reviewed


@dataclass(frozen=True)
class Standings:
    """Seats by period.

    Attributes
    ----------
    periods : tuple of str
        Earliest first.
    follows : tuple of bool
        Whether each period comes right after the one before it in the list.
    reviewed : int
        How many of the last periods are reviewed now.
    names : tuple of str
        Seats of the book first, in its order, those without a name left out; then people of
        earlier reviews who have left.
    target, floor, actual : (period, seat) floats
        Counts; NaN where a seat had no target.
    """

    periods: tuple[str, ...]
    follows: tuple[bool, ...]
    reviewed: int
    names: tuple[str, ...]
    target: Floats
    floor: Floats
    actual: Floats

    @property
    def attainment(self) -> Floats:
        """Actual / target, (period, seat) floats; NaN where a seat had no target."""
        found = ratio(self.actual.reshape(-1), self.target.reshape(-1))
        return found.reshape(self.target.shape)

    def first(self, number: int) -> Standings:
        """Return the standings of the first seats alone."""
        return replace(
            self,
            names=self.names[:number],
            target=self.target[:, :number],
            floor=self.floor[:, :number],
            actual=self.actual[:, :number],
        )


def make_standings(book: Book, reviewed: Reviewed, past: Past) -> Standings:
    """Put together where every seat stood in all known periods.

    Parameters
    ----------
    book : Book
    reviewed : Reviewed
    past : Past
        Says which periods follow each other.
    """
    seats = book.seats
    own = np.flatnonzero(seats.names != "")
    table = reviewed.table
    rows = table[(table["dimension"] == seats.level) & (table["product"] == ALL)]
    names = [str(name) for name in seats.names[own]]
    left = sorted({*map(str, rows["name"])} - {*names}) if seats.level == "rep" else []
    every = (*names, *left)
    order = past.order
    figures = {}
    for name in ("target", "floor", "actual"):
        grid = np.full((len(order), len(every)), np.nan)
        grid[len(reviewed.periods) :, : len(own)] = getattr(book, name)[:, own].sum(axis=2)
        period = pd.Index(order).get_indexer(pd.Index(rows["period"]))
        place = pd.Index(every).get_indexer(pd.Index(rows["name"]))
        known = place >= 0
        grid[period[known], place[known]] = book.unit.counts(rows[name].to_numpy(float))[known]
        figures[name] = grid
    nobody = ~(figures["target"] > 0)
    for grid in figures.values():
        grid[nobody] = np.nan
    follows = tuple(past.before(name) is not None for name in order)
    return Standings(order, follows, len(book.periods), every, **figures)
