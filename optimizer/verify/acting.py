"""Where the limits of ``limits.csv`` act: cell by cell, and rep by rep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import UNKNOWN, Axes, place
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
    """Rows of ``limits.csv`` on the axes; rows with unknown labels are left out.

    Attributes
    ----------
    kind : (row,) objects
    period, node, product, rep : (row,) ints
        ALL where a row does not name one; node 0 is the company.
    binding, bound : (row,) bools
        Whether a row has a price, and whether it has one or is at its limit.
    """

    axes: Axes
    crew: Crew | None
    kind: np.ndarray
    period: Ints
    node: Ints
    product: Ints
    rep: Ints
    binding: Bools
    bound: Bools

    def cells(self, kind: str, acts: Bools) -> Bools:
        """Return cells on which rows of a kind act that name no rep, (leaf, period, product)."""
        rows = acts & (self.kind == kind) & (self.rep == ALL)
        tree, shape = self.axes.tree, self.axes.shape
        return slices_union(tree, shape, self.node[rows], self.period[rows], self.product[rows])

    def whole_cells(self, kind: str, acts: Bools) -> Bools:
        """Return the cells of the wholes whose parts some bands fix.

        The whole of a share is the slice without the first of product, region, period that it
        names; that of a region's share is its parent.
        """
        rows = acts & (self.kind == kind)
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
        rows = acts & (self.kind == kind) & (self.rep >= 0)
        found[self.rep[rows], self.period[rows]] = True
        return np.asarray(found[:, :-1] | found[:, -1:], dtype=bool)


def read_limits(facts: Facts, frame: pd.DataFrame) -> Limits:
    """Return the written limits of a measure on the axes of the scenario."""
    axes, crew = facts.axes, facts.crew
    period, node, product = (
        axes.period(frame["period"]), axes.node(frame["region"]), axes.product(frame["product"])
    )  # fmt: skip
    rep = place(crew.names if crew else (), frame["rep"])
    known = (np.minimum(period, product) > UNKNOWN) & (node > UNKNOWN) & (rep > UNKNOWN)
    binding = (frame["binding"].str.lower() == "true").to_numpy(dtype=bool)
    limit, slack = (frame[name].to_numpy(dtype=float) for name in ("limit", "slack"))
    room = np.where(frame["kind"].isin(BANDS), NEAR_BAND, _cells(axes, period, node, product))
    if crew is not None:
        # A limit of effort is counted in effort: a unit takes as much as its product asks.
        heaviest = max(float(crew.effort.max()), 1.0)
        room = np.where(frame["kind"] == "effort", room * heaviest, room)
    bound = binding | (slack <= room * facts.unit * (1.0 + 1e-9) + NEARLY * np.abs(limit))
    return Limits(
        axes, crew, frame["kind"].to_numpy(dtype=object)[known],
        period[known], node[known], product[known], rep[known], binding[known], bound[known],
    )  # fmt: skip


def _cells(axes: Axes, period: Ints, node: Ints, product: Ints) -> Floats:
    """Return how many cells a slice has: rounding moves each by a unit at most."""
    _, periods, products = axes.shape
    first = np.searchsorted(np.sort(axes.tree.leaf_node), np.arange(len(axes.tree.names) + 1))
    under = first[axes.tree.end] - first[:-1]
    count = under[np.maximum(node, 0)] * np.where(period == ALL, periods, 1)
    return np.asarray(count * np.where(product == ALL, products, 1), dtype=np.float64)


def by_leaf(leaf: Ints, reps: Bools, leaves: int) -> Bools:
    """Return where some rep of a leaf is chosen, shape (leaf, period)."""
    found = np.zeros((leaves, reps.shape[1]), dtype=bool)
    rep, period = np.nonzero(reps)
    found[leaf[rep], period] = True
    return found


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
        people = by_leaf(facts.crew.leaf, reps, shape[0])
        found[kind] = found.get(kind, np.zeros(shape, dtype=bool)) | people[:, :, None]
    found["eligibility"] = np.broadcast_to(_lists(facts)[:, None, None], shape)
    return found


def _lists(facts: Facts) -> Bools:
    """Return the leaves in which somebody does not sell all open products."""
    crew = facts.crew
    assert crew is not None
    sold = np.asarray(facts.opened.any(axis=1), dtype=bool)
    found = np.zeros(len(sold), dtype=bool)
    found[crew.leaf[(sold[crew.leaf] & ~crew.sells).any(axis=1)]] = True
    return np.asarray(found, dtype=bool)
