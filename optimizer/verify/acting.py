"""Where the limits of ``limits.csv`` act: cell by cell, and rep by rep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import UNKNOWN, Axes, place
from optimizer.verify.columns import Codes, coded, converted, rows_where
from optimizer.verify.crew import Crew
from optimizer.verify.cube import ALL, Bools, Floats, Ints, slices_union
from optimizer.verify.facts import Facts

NEAR_BAND = 2.0
"""Rounding units from the edge of a band within which the part counts as at it."""
NEARLY = 1e-3
"""Part of a limit that a plan which is proven nearly the best may stay away from it."""
BANDS = ("period_share", "region_share", "product_share", "share")
OWN = ("capacity", "min", "effort", "year", "growth", "lock")
"""Kinds of limits that name a rep."""


@dataclass(frozen=True)
class Limits:
    """Rows of ``limits.csv`` on the axes that have a price or are at their limit.

    Rows with unknown labels are left out.

    Attributes
    ----------
    kinds : tuple of str
    kind : (row,) ints
        Which of the kinds a row is of.
    period, node, product, rep : (row,) ints
        ALL where a row does not name one; node 0 is the company.
    binding, bound : (row,) bools
        Whether a row has a price, and whether it has one or is at its limit: all of them are.
    """

    axes: Axes
    crew: Crew | None
    kinds: tuple[str, ...]
    kind: Codes
    period: Ints
    node: Ints
    product: Ints
    rep: Ints
    binding: Bools
    bound: Bools

    def of(self, kind: str) -> Bools:
        """Return which rows are of a kind."""
        number = self.kinds.index(kind) if kind in self.kinds else UNKNOWN
        return np.asarray(self.kind == number, dtype=bool)

    def cells(self, kind: str, acts: Bools) -> Bools:
        """Return cells on which rows of a kind act that name no rep, (leaf, period, product)."""
        rows = acts & self.of(kind) & (self.rep == ALL)
        tree, shape = self.axes.tree, self.axes.shape
        return slices_union(tree, shape, self.node[rows], self.period[rows], self.product[rows])

    def whole_cells(self, kind: str, acts: Bools) -> Bools:
        """Return the cells of the wholes whose parts some bands fix.

        The whole of a share is the slice without the first of product, region, period that it
        names; that of a region's share is its parent.
        """
        rows = acts & self.of(kind)
        period, node, product = self.period[rows], self.node[rows], self.product[rows]
        if kind == "share":
            period = np.where((product == ALL) & (node == 0), ALL, period)
            node = np.where(product == ALL, 0, node)
        else:
            period = np.full(len(period), ALL)
            node = np.maximum(self.axes.tree.parent[node], 0)
        every = np.full(len(product), ALL)
        return slices_union(self.axes.tree, self.axes.shape, node, period, every)

    def reps(self, kind: str, acts: Bools) -> Bools:
        """Return the reps and periods on which rows of a kind act that name a rep."""
        count = 0 if self.crew is None else len(self.crew.names)
        found = np.zeros((count, self.axes.shape[1] + 1), dtype=bool)
        rows = acts & self.of(kind) & (self.rep >= 0)
        found[self.rep[rows], self.period[rows]] = True
        return np.asarray(found[:, :-1] | found[:, -1:], dtype=bool)


def read_limits(facts: Facts, frame: pd.DataFrame) -> Limits:
    """Return the written limits of a measure on the axes of the scenario."""
    axes, crew = facts.axes, facts.crew
    binding = place(("true",), converted(frame["binding"], str.lower)) == 0
    kind, kinds = coded(frame["kind"])
    rows = np.flatnonzero(binding | _is_at_limit(facts, frame))
    few = frame.iloc[rows]
    period, node, product = (
        axes.period(few["period"]), axes.node(few["region"]), axes.product(few["product"])
    )  # fmt: skip
    rep = place(crew.names if crew else (), few["rep"])
    known = (np.minimum(period, product) > UNKNOWN) & (node > UNKNOWN) & (rep > UNKNOWN)
    rows = rows[known]
    return Limits(
        axes, crew, tuple(map(str, kinds)), kind[rows],
        period[known], node[known], product[known], rep[known],
        binding[rows], np.ones(len(rows), dtype=bool),
    )  # fmt: skip


def _is_at_limit(facts: Facts, frame: pd.DataFrame) -> Bools:
    """Return which rows are as near to their limit as rounding takes them from it."""
    crew = facts.crew
    kind, kinds = coded(frame["kind"])
    # A limit of effort is counted in effort: a unit takes as much as its product asks.
    heaviest = 1.0 if crew is None else float(crew.effort.max(initial=1.0))
    per_cell = np.where(kinds == "effort", heaviest, 1.0)
    of_band = np.asarray(kinds.isin(BANDS), dtype=bool)
    counts = [coded(frame[name]) for name in ("period", "region", "product")]
    sizes = _sizes(facts.axes, *(labels for _, labels in counts))
    limit, slack = (frame[name].to_numpy(dtype=float) for name in ("limit", "slack"))

    def near(part: slice) -> Bools:
        room = per_cell[kind[part]]
        for size, (codes, _) in zip(sizes, counts, strict=True):
            room = room * size[codes[part]]
        room = np.where(of_band[kind[part]], NEAR_BAND, room)
        most = room * facts.unit * (1.0 + 1e-9) + NEARLY * np.abs(limit[part])
        return np.asarray(slack[part] <= most, dtype=bool)

    found = np.zeros(len(frame), dtype=bool)
    found[rows_where(len(frame), near)] = True
    return found


def _sizes(axes: Axes, periods: pd.Index, regions: pd.Index, products: pd.Index) -> list[Floats]:
    """Return for labels of each kind how many cells they hold: rounding moves each by a unit."""
    first = np.searchsorted(np.sort(axes.tree.leaf_node), np.arange(len(axes.tree.names) + 1))
    under = first[axes.tree.end] - first[:-1]
    return [
        np.where(axes.period(periods) == ALL, float(axes.shape[1]), 1.0),
        under[np.maximum(axes.node(regions), 0)].astype(np.float64),
        np.where(axes.product(products) == ALL, float(axes.shape[2]), 1.0),
    ]


def acting_reps(limits: Limits) -> dict[str, Bools]:
    """Return by kind the reps and periods that a limit of their own acts on, (rep, period)."""
    found = {kind: limits.reps(kind, limits.bound) for kind in OWN}
    # Where products differ in effort, capacity is what holds the effort.
    found["capacity"] = found["effort"] = found["capacity"] | found["effort"]
    return found


def acting_cells(facts: Facts, limits: Limits) -> Mapping[str, Bools]:
    """Return by kind of limit the cells that it may move, shape (leaf, period, product).

    A share moves all of its whole: what one part gets others give. Limits of people move the
    cells of their region, and so do product lists, wherever somebody does not sell what others do.
    """
    shape = facts.axes.shape
    found = {kind: limits.whole_cells(kind, limits.bound) for kind in BANDS}
    found["potential"] = limits.cells("potential", limits.bound)
    found["lock"] = limits.cells("lock", limits.bound)
    found["coverage"] = np.broadcast_to(~facts.staffed[:, :, None], shape)
    if facts.crew is None:
        return found
    for kind, reps in acting_reps(limits).items():
        people = facts.crew.somebody(reps, shape[0])
        found[kind] = found.get(kind, np.zeros(shape, dtype=bool)) | people[:, :, None]
    found["eligibility"] = np.broadcast_to(_lists(facts)[:, None, None], shape)
    return found


def _lists(facts: Facts) -> Bools:
    """Return the leaves in which somebody does not sell all open products."""
    crew = facts.crew
    assert crew is not None
    sold = np.asarray(facts.opened.any(axis=1), dtype=bool)
    barred = np.asarray((sold[crew.leaf] & ~crew.sells).any(axis=1), dtype=bool)
    return crew.somebody(barred, len(sold))
