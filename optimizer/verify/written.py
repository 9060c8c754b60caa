"""The plan as it is written: the tables of a run folder laid on the axes of the scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.verify.axes import UNKNOWN, Axes, joint, place
from optimizer.verify.columns import coded, same
from optimizer.verify.cube import ALL, COMPANY, Bools, Floats, Ints, Places
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault, shorten

CHECK = "labels"
AMOUNTS = ("reference", "floor", "target", "stretch")
MARGINS = ("ask", "target", "gap", "street", "floor", "stretch", "reference", "potential",
           "capacity")  # fmt: skip

Whole = TypeVar("Whole", np.int16, np.int32)


@dataclass(frozen=True)
class Rows:
    """Rows of ``targets.csv`` on the axes; blank reps (a regional plan) have rep ALL.

    Attributes
    ----------
    shape : (leaves, periods, products)
    reps : int
        How many there are; 0 in a regional plan.
    cell : (row,) ints
        Flat index in an array (leaf, period, product).
    rep, period, product : (row,) ints
    reference, floor, target, stretch : (row,) floats
    team : (row,) labels
    """

    shape: tuple[int, int, int]
    reps: int
    cell: Places
    rep: NDArray[np.int32]
    period: NDArray[np.int16]
    product: NDArray[np.int16]
    reference: Floats
    floor: Floats
    target: Floats
    stretch: Floats
    team: pd.Series

    @cached_property
    def seat(self) -> Places:
        """Flat index of each row in an array (rep, period); below 0 in a regional plan."""
        kind = "int32" if self.reps * self.shape[1] < 1 << 30 else "int64"
        return np.asarray(self.rep.astype(kind) * self.shape[1] + self.period)

    def leaf(self, rows: slice) -> Places:
        """Return the leaf of some rows."""
        return self.cell[rows] // (self.shape[1] * self.shape[2])

    def place(self, row: int) -> tuple[int, int, int]:
        """Return leaf, period and product of a row."""
        leaf, rest = divmod(int(self.cell[row]), self.shape[1] * self.shape[2])
        period, product = divmod(rest, self.shape[2])
        return leaf, period, product

    @cached_property
    def listed(self) -> Bools:
        """Which cells of reps have a row, shape (rep, period, product)."""
        found = np.zeros((self.reps, *self.shape[1:]), dtype=bool)
        found.reshape(-1)[self.seat.astype(np.int64) * self.shape[2] + self.product] = True
        return found

    @cached_property
    def _sums(self) -> dict[tuple[str, str], Floats]:
        return {}

    def cells(self, column: str) -> Floats:
        """Return the sums of a column by cell, shape (leaf, period, product)."""
        key = "cells", column
        if key not in self._sums:
            size = int(np.prod(self.shape))
            total = np.bincount(self.cell, weights=getattr(self, column), minlength=size)
            self._sums[key] = total.astype(np.float64).reshape(self.shape)
        return self._sums[key]

    def by_rep(self, column: str) -> Floats:
        """Return the sums of a column by rep and period, shape (rep, period)."""
        key = "reps", column
        if key not in self._sums:
            self._sums[key] = self.added_by_rep(getattr(self, column))
        return self._sums[key]

    def added_by_rep(self, amount: Floats) -> Floats:
        """Return sums of amounts of rows by rep and period, shape (rep, period)."""
        shape = self.reps, self.shape[1]
        total = np.bincount(self.seat, weights=amount, minlength=shape[0] * shape[1])
        return total.astype(np.float64).reshape(shape)


@dataclass(frozen=True)
class Plan:
    """A measure's plan.

    Attributes
    ----------
    rows : Rows
    margin : mapping of column to margin cube
        ``rollup.csv`` rows over all teams, shape (node, period + 1, product + 1); NaN where a
        row is missing or blank.
    present : margin cube of bools
        Which rows of the roll-up exist.
    teams : DataFrame
        Rows of the roll-up by team, with the index columns ``q``, ``node``, ``p``.
    targets_file : str
        ``targets.csv`` or ``targets.parquet``.
    """

    rows: Rows
    margin: dict[str, Floats]
    present: np.ndarray
    teams: pd.DataFrame
    targets_file: str

    def leaf(self, column: str, facts: Facts) -> Floats:
        """Return a column of the roll-up per cell, shape (leaf, period, product)."""
        cube = self.margin[column][facts.axes.tree.leaf_node, :-1, :-1]
        return np.nan_to_num(cube)


def lay_out(
    facts: Facts, targets: pd.DataFrame, rollup: pd.DataFrame, file: str
) -> tuple[Plan, tuple[Failure, ...]]:
    """Return the written plan and the labels in it that name nothing known."""
    rows, faults = _rows(facts, targets, file)
    margin, present, teams, more = _rollup(facts, rollup)
    return Plan(rows, margin, present, teams, file), (*faults, *more)


def _rows(facts: Facts, frame: pd.DataFrame, file: str) -> tuple[Rows, tuple[Failure, ...]]:
    axes, crew = facts.axes, facts.crew
    leaves, periods, products = axes.shape
    cell = joint(
        (axes.leaf, frame["region"], leaves),
        (axes.period, frame["period"], periods),
        (axes.product, frame["product"], products),
    )
    rep = _small(partial(place, crew.names if crew else ()), frame["rep"], np.int32)
    strange = (rep == UNKNOWN if crew is None else rep < 0) | (cell < 0)
    failures: tuple[Failure, ...] = ()
    if strange.any():
        failures = tuple(shorten(_strange_rows(facts, frame, file)))
        frame, cell, rep = frame[~strange], cell[~strange], rep[~strange]
    reference, floor, target, stretch = (frame[name].to_numpy(dtype=float) for name in AMOUNTS)
    return Rows(
        axes.shape, len(crew.names) if crew else 0, cell, rep,
        _small(axes.period, frame["period"], np.int16),
        _small(axes.product, frame["product"], np.int16),
        reference, floor, target, stretch, frame["team"],
    ), failures  # fmt: skip


def _small(
    places_of: Callable[[pd.Index], Ints], texts: pd.Series, kind: type[Whole]
) -> NDArray[Whole]:
    """Return places of labels in small numbers."""
    codes, labels = coded(texts)
    return np.append(places_of(labels), UNKNOWN).astype(kind)[codes]


def _strange_rows(facts: Facts, frame: pd.DataFrame, file: str) -> Iterable[Failure]:
    axes, crew = facts.axes, facts.crew
    rep = place(crew.names if crew else (), frame["rep"])
    return _strange(
        frame, file,
        (("period", axes.period(frame["period"]) < 0), ("region", axes.leaf(frame["region"]) < 0),
         ("product", axes.product(frame["product"]) < 0),
         ("rep", rep == UNKNOWN if crew is None else rep < 0)),
    )  # fmt: skip


def _rollup(
    facts: Facts, frame: pd.DataFrame
) -> tuple[dict[str, Floats], np.ndarray, pd.DataFrame, tuple[Failure, ...]]:
    axes = facts.axes
    q, node, p = (
        axes.period(frame["period"]),
        axes.node(frame["region"]),
        axes.product(frame["product"]),
    )
    faults = _strange(
        frame, "rollup.csv",
        (("period", q == UNKNOWN), ("region", node == UNKNOWN), ("product", p == UNKNOWN)),
    )  # fmt: skip
    good = (q != UNKNOWN) & (node != UNKNOWN) & (p != UNKNOWN)
    whole = good & same(frame["team"], COMPANY)
    shape = (len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1)
    index = node[whole], q[whole], p[whole]
    present = np.zeros(shape, dtype=bool)
    present[index] = True
    margin = {}
    for column in MARGINS:
        margin[column] = np.full(shape, np.nan)
        margin[column][index] = frame[column].to_numpy(dtype=float)[whole]
    teams = frame.assign(q=q, node=node, p=p)[good & ~whole]
    return margin, present, teams, tuple(shorten(faults))


def _strange(
    frame: pd.DataFrame, file: str, tests: Iterable[tuple[str, np.ndarray]]
) -> Iterable[Failure]:
    for column, wrong in tests:
        for row in frame.index[wrong]:
            name = str(frame.at[row, column]) or "a blank cell"
            yield fault(CHECK, file, f"row {row}, {column}", f"{name} is an unknown label")


def where_cell(axes: Axes, leaf: int, period: int, product: int, rep: str = "") -> str:
    """Return a cell in words, as ``period, region, rep, product``."""
    parts = [axes.periods[period], axes.tree.leaves[leaf], rep]
    parts.append(axes.products[product] if product != ALL else COMPANY)
    return ", ".join(part for part in parts if part)
