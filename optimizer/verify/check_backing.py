"""Check 3, the last columns of the roll-up: usable potential and capacity of every slice."""

from __future__ import annotations

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
    limits = np.full((len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1), np.inf)
    np.minimum.at(limits, facts.markets.places, facts.markets.usable)
    # A lone period or product is the same as all of them.
    if axes.shape[1] == 1:
        limits[:] = limits.min(axis=1, keepdims=True)
    if axes.shape[2] == 1:
        limits[:] = limits.min(axis=2, keepdims=True)
    told = np.isfinite(limits)
    if not told.any():
        return np.full(limits.shape, np.nan)
    limits[~told] = np.nan
    cells = np.where(facts.opened, limits[axes.tree.leaf_node, :-1, :-1], 0.0)
    return np.where(told, limits, margins(cells, axes.tree))


def _capacity(facts: Facts) -> Floats:
    """Return the capacity of the reps at work; unknown where one has none, and by product."""
    axes, crew = facts.axes, facts.crew
    total = np.full((len(axes.tree.names), axes.shape[1] + 1, axes.shape[2] + 1), np.nan)
    if crew is None or facts.targets is None:
        return total
    high = whole_down(crew.high, facts.unit)
    carried = crew.sums(np.where(facts.targets > 0.0, high, 0.0), axes.shape[0])
    sums = margins(carried[:, :, None], axes.tree)[:, :, -1]
    total[:, :, -1] = np.where(np.isfinite(sums), sums, np.nan)
    return total


def _blank(amount: float) -> object:
    return "blank" if np.isnan(amount) else float(amount)
