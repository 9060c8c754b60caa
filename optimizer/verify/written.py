"""The plan as it is written: the tables of a run folder laid on the axes of the scenario."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.verify.axes import UNKNOWN, Axes, place
from optimizer.verify.crew import Crew
from optimizer.verify.cube import ALL, COMPANY, Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault, shorten

CHECK = "labels"
AMOUNTS = ("reference", "floor", "target", "stretch")
MARGINS = ("ask", "target", "gap", "street", "floor", "stretch", "reference", "potential",
           "capacity")  # fmt: skip


Places = NDArray[np.int32]


@dataclass(frozen=True)
class Rows:
    """Rows of ``targets.csv`` on the axes; blank reps (a regional plan) have rep ALL.

    Attributes
    ----------
    period, leaf, rep, product : (row,) ints
    reference, floor, target, stretch : (row,) floats
    team : (row,) labels
    """

    period: Places
    leaf: Places
    rep: Places
    product: Places
    reference: Floats
    floor: Floats
    target: Floats
    stretch: Floats
    team: pd.Series

    def cells(self, amount: Floats, axes: Axes) -> Floats:
        """Return sums per cell, shape (leaf, period, product)."""
        leaves, periods, products = axes.shape
        cell = (self.leaf.astype(np.int64) * periods + self.period) * products + self.product
        total = np.bincount(cell, weights=amount, minlength=leaves * periods * products)
        return total.astype(np.float64).reshape(axes.shape)

    def by_rep(self, amount: Floats, crew: Crew, axes: Axes) -> Floats:
        """Return sums per rep and period, shape (rep, period)."""
        told = self.rep >= 0
        place = self.rep.astype(np.int64) * axes.shape[1] + self.period
        shape = len(crew.names), axes.shape[1]
        total = np.bincount(place[told], weights=amount[told], minlength=shape[0] * shape[1])
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
    period, product = place(axes.periods, frame["period"]), place(axes.products, frame["product"])
    leaf = axes.leaf(frame["region"])
    rep = place(crew.names if crew else (), frame["rep"])
    bad_rep = rep == UNKNOWN if crew is None else rep < 0
    failures = tuple(
        shorten(
            _strange(
                frame, file,
                (("period", period < 0), ("region", leaf < 0), ("product", product < 0),
                 ("rep", bad_rep)),
            )
        )
    )  # fmt: skip
    good = (period >= 0) & (leaf >= 0) & (product >= 0) & ~bad_rep
    everything = bool(good.all())

    def take(values: np.ndarray) -> np.ndarray:
        return values if everything else values[good]

    def places(values: Ints) -> Places:
        return take(values.astype(np.int32))

    reference, floor, target, stretch = (
        take(frame[name].to_numpy(dtype=float)) for name in AMOUNTS
    )
    return Rows(
        places(period), places(leaf), places(rep), places(product),
        reference, floor, target, stretch,
        frame["team"] if everything else frame["team"][good],
    ), failures  # fmt: skip


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
    whole = good & (frame["team"] == COMPANY).to_numpy()
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
