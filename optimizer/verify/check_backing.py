"""Check 3, the last columns of the roll-up: usable potential and capacity of every slice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.verify.amounts import differ
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
    """Return each slice's own limit, else the sum of its cells' where all open ones have one."""
    axes = facts.axes
    periods, products = axes.shape[1:]
    cells = np.where(facts.opened, np.nan, 0.0)
    leaf_of = {int(node): leaf for leaf, node in enumerate(axes.tree.leaf_node)}
    for market in facts.markets:
        q, node, p = market.where
        q, p = (0 if q == ALL and periods == 1 else q), (0 if p == ALL and products == 1 else p)
        if node in leaf_of and q != ALL and p != ALL and facts.opened[leaf_of[node], q, p]:
            cells[leaf_of[node], q, p] = market.usable
    known = margins(cells, axes.tree)
    if not facts.markets:
        known[:] = np.nan
    for market in facts.markets:
        q, node, p = market.where
        known[node, q, p] = market.usable
    return known


def _capacity(facts: Facts) -> Floats:
    """Return the capacity of the reps at work; unknown where one has none, and by product."""
    axes, crew = facts.axes, facts.crew
    total = np.full((len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1), np.nan)
    if crew is None or facts.targets is None:
        return total
    carried = np.zeros((*axes.shape[:2], 1))
    np.add.at(carried[:, :, 0], crew.leaf, np.where(facts.targets > 0.0, crew.high, 0.0))
    sums = margins(carried, axes.tree)[:, :, -1]
    total[:, :, -1] = np.where(np.isfinite(sums), sums, np.nan)
    return total


def _blank(amount: float) -> object:
    return "blank" if np.isnan(amount) else float(amount)
