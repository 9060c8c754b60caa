"""Check 3, the last columns of the roll-up: usable potential and capacity of every slice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from optimizer.verify.amounts import differ
from optimizer.verify.crew import whole_down
from optimizer.verify.cube import ALL, Floats, margins
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "adds up"


def check_backing(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows whose potential or capacity is not the usable one of the slice."""
    periods, products = facts.axes.shape[1:]
    for column, expected in (("potential", _potential(facts)), ("capacity", _capacity(facts))):
        found = plan.margin[column]
        for node, q, p in np.argwhere(plan.present & differ(found, expected, facts.unit)):
            where = (ALL if q == periods else int(q), int(node), ALL if p == products else int(p))
            yield fault(
                CHECK, "rollup.csv", f"{label(facts.axes, where)}, {column}",
                "is not the usable one of the slice",
                _blank(expected[node, q, p]), _blank(found[node, q, p]),
            )  # fmt: skip


def _potential(facts: Facts) -> Floats:
    """Return each slice's own limit, else the sum of its cells' where all open ones have one.

    The tightest counts where rows with and without a lone label mean the same slice.
    """
    axes = facts.axes
    periods, products = axes.shape[1:]
    told: dict[tuple[int, int, int], float] = {}
    for market in facts.markets:
        q, node, p = market.where
        # A lone period or product is the same as all of them.
        for at in itertools.product({q, ALL, 0} if periods == 1 else {q}, {node},
                                    {p, ALL, 0} if products == 1 else {p}):  # fmt: skip
            told[at] = min(told.get(at, np.inf), market.usable)
    cells = np.where(facts.opened, np.nan, 0.0)
    for leaf, q, p in np.argwhere(facts.opened):
        cells[leaf, q, p] = told.get((int(q), int(axes.tree.leaf_node[leaf]), int(p)), np.nan)
    known = margins(cells, axes.tree)
    if not told:
        known[:] = np.nan
    for (q, node, p), limit in told.items():
        known[node, q, p] = limit
    return known


def _capacity(facts: Facts) -> Floats:
    """Return the capacity of the reps at work; unknown where one has none, and by product."""
    axes, crew = facts.axes, facts.crew
    total = np.full((len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1), np.nan)
    if crew is None or facts.targets is None:
        return total
    carried = np.zeros((*axes.shape[:2], 1))
    high = whole_down(crew.high, facts.unit)
    np.add.at(carried[:, :, 0], crew.leaf, np.where(facts.targets > 0.0, high, 0.0))
    sums = margins(carried, axes.tree)[:, :, -1]
    total[:, :, -1] = np.where(np.isfinite(sums), sums, np.nan)
    return total


def _blank(amount: float) -> object:
    return "blank" if np.isnan(amount) else float(amount)
