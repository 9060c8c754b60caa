"""The labels of a plan and where each stands: periods, regions, products, reps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.columns import Column, coded, find
from optimizer.verify.cube import ALL, COMPANY, Ints, Places, Tree, grow_tree
from optimizer.verify.failures import Failure, fault
from optimizer.verify.files import UnreadableError
from optimizer.verify.months import Months, month_of_date, months_of_periods
from optimizer.verify.tables import CHECK, ScenarioTables
from optimizer.verify.terms import Terms

UNKNOWN = -2
ONLY = "all"
"""The single product or region of a scenario that names none."""


@dataclass(frozen=True)
class Axes:
    """Periods in the scenario's order, products by name, and the region tree.

    Attributes
    ----------
    months : tuple of (first month, number of months) or None
        What each period covers; None where a period is not dated.
    """

    periods: tuple[str, ...]
    months: tuple[Months | None, ...]
    products: tuple[str, ...]
    tree: Tree

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of leaves, periods and products."""
        return len(self.tree.leaf_node), len(self.periods), len(self.products)

    def period(self, texts: Column) -> Ints:
        """Return the place of each period; ALL for blank and ``*``, else UNKNOWN."""
        return place(self.periods, texts)

    def product(self, texts: Column) -> Ints:
        """Return the place of each product; ALL for blank and ``*``, else UNKNOWN."""
        return place(self.products, texts)

    def node(self, texts: Column) -> Ints:
        """Return the node of each region; 0, the company, for blank and ``*``, else UNKNOWN."""
        found = place(self.tree.names[1:], texts)
        return np.where(found >= 0, found + 1, np.where(found == ALL, 0, UNKNOWN))

    def leaf(self, texts: Column) -> Ints:
        """Return the leaf of each region; UNKNOWN for anything else."""
        found = place(self.tree.leaves, texts)
        return np.where(found >= 0, found, UNKNOWN)


def place(labels: Sequence[str], texts: Column) -> Ints:
    """Return the position of each text among labels; ALL for blank and ``*``, else UNKNOWN."""
    codes, different = coded(texts)
    found = find(labels, different)
    everything = np.asarray((different == "") | (different == COMPANY), dtype=bool)
    places = np.where(found >= 0, found, np.where(everything, ALL, UNKNOWN))
    return np.append(places, UNKNOWN)[codes]


def joint(*axes: tuple[Callable[[pd.Index], Ints], Column, int]) -> Places:
    """Return the flat index of each row in an array; below 0 where a label is on none of an axis.

    Parameters
    ----------
    axes : tuples of (what places labels, the labels of the rows, length of the axis)
        From the slowest axis to the fastest.
    """
    size = math.prod(length for _, _, length in axes)
    # Far enough below 0 for one unknown label, near enough for one on every axis.
    unknown = -size - 1
    kind = "int32" if size * len(axes) < 1 << 30 else "int64"
    total: Places = np.zeros(1, dtype=kind)
    stride = size
    for places_of, texts, length in axes:
        stride //= max(length, 1)
        codes, labels = coded(texts)
        found = np.append(places_of(labels), UNKNOWN)
        total = np.where(found >= 0, found * stride, unknown).astype(kind)[codes] + total
    return total


def read_axes(terms: Terms, tables: ScenarioTables) -> Axes:
    """Return the axes of a measure.

    Raises
    ------
    UnreadableError
        Where the scenario has no periods or a period twice.
    """
    if not terms.periods or len(set(terms.periods)) < len(terms.periods):
        raise UnreadableError("names no periods, or one twice")
    starts: dict[str, int] = {}
    periods = tables.get("periods")
    if periods is not None:
        for label, start in zip(periods["period"], periods["start"], strict=True):
            month = month_of_date(start)
            if month is not None:
                starts[label] = month
    return Axes(
        terms.periods,
        months_of_periods(terms.periods, starts),
        _products(tables),
        _tree(tables),
    )


def unknown_labels(axes: Axes, tables: ScenarioTables) -> Iterator[Failure]:
    """Yield the labels of the input tables that name nothing known."""
    people = tables.get("people")
    reps = tuple(people["rep"]) if people is not None else ()
    for name, frame in tables.frames.items():
        lookups = {"region": axes.node, "product": axes.product}
        if name != "history":
            lookups["period"] = axes.period
        for column, lookup in lookups.items():
            if column not in frame:
                continue
            yield from _unknown(frame, column, lookup(frame[column]), tables.files[name])
        if name in ("capacity", "locks"):
            yield from _unknown(frame, "rep", place(reps, frame["rep"]), tables.files[name])


def _unknown(frame: pd.DataFrame, column: str, found: Ints, file: str) -> Iterator[Failure]:
    for row in frame.index[found == UNKNOWN]:
        label = str(frame.at[row, column])
        yield fault(CHECK, file, f"row {row}, {column}", f"{label} is not a known {column}")


def _used(tables: ScenarioTables, column: str, names: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        frame = tables.get(name)
        if frame is not None:
            found.update(frame[column].unique())
    return found - {""}


def _products(tables: ScenarioTables) -> tuple[str, ...]:
    listed = tables.get("products")
    if listed is not None:
        return tuple(sorted(listed["product"]))
    found = _used(tables, "product", ("history", "potential", "shares", "locks"))
    people = tables.get("people")
    if people is not None:
        for text in people["products"].unique():
            found.update(name.strip() for name in text.split(";"))
    return tuple(sorted(found - {""})) or (ONLY,)


def _tree(tables: ScenarioTables) -> Tree:
    listed = tables.get("regions")
    if listed is not None:
        return grow_tree(dict(zip(listed["region"], listed["parent"], strict=True)))
    found = _used(tables, "region", ("people", "history", "potential", "shares", "locks"))
    return grow_tree(dict.fromkeys(found, "") or {ONLY: ""})
