"""Check 10: the fairness figures are those of the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from optimizer.verify.axes import place
from optimizer.verify.cube import Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "fairness"
FILE = "fairness.json"
DIGITS = 1e-7
FEWEST = 3
"""Fewer pairs than these have no correlation worth the name."""


def check_fairness(facts: Facts, plan: Plan, content: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield figures that are missing or not those of target / reference over all periods."""
    figures = _figures(multiples(facts, plan)) | _correlations(facts, plan)
    for key, expected in figures.items():
        if key not in content:
            yield fault(CHECK, FILE, key, "is missing")
            continue
        found = content[key]
        if isinstance(found, bool) or not isinstance(found, int | float | None):
            yield fault(CHECK, FILE, key, "is no number", expected, found)
        elif _differ(found, expected):
            yield fault(CHECK, FILE, key, "is not what the targets give",
                        "unknown" if expected is None else expected,
                        "unknown" if found is None else found)  # fmt: skip


def multiples(facts: Facts, plan: Plan) -> Floats:
    """Return target / reference of each rep (regions in a regional plan) over all periods."""
    reference, target = by_owner(facts, plan, "reference"), by_owner(facts, plan, "target")
    known = reference > 0.0
    return np.asarray(target[known] / reference[known], dtype=np.float64)


def by_owner(facts: Facts, plan: Plan, column: str) -> Floats:
    """Return the sums of a column of the targets by rep, in a regional plan by leaf."""
    if facts.crew is None:
        return np.asarray(plan.rows.cells(column).sum(axis=(1, 2)), dtype=np.float64)
    return np.asarray(plan.rows.by_rep(column).sum(axis=1), dtype=np.float64)


def _correlations(facts: Facts, plan: Plan) -> dict[str, float | None]:
    """Return how targets go with the markets and with history; a figure that is moot is left out.

    A market is shared by the reps of its region that have targets.
    """
    target = by_owner(facts, plan, "target")
    measured = by_owner(facts, plan, "reference") > 0.0
    figures: dict[str, float | None] = {}
    for name, other in (("potential", _markets(facts, plan)), ("history", _history(facts))):
        known = measured & ~np.isnan(other)
        if known.sum() < FEWEST:
            figures[f"correlation_{name}"] = None
            continue
        one, two = target[known], other[known]
        if all(np.ptp(values) > DIGITS * np.abs(values).max() for values in (one, two)):
            one, two = one - one.mean(), two - two.mean()
            length = float(np.sqrt((one @ one) * (two @ two)))
            figures[f"correlation_{name}"] = float(one @ two) / length
    return figures


def _markets(facts: Facts, plan: Plan) -> Floats:
    """Return the potential of each owner's region, per head; NaN where none is given.

    A row inside a wider one of its region tells of a part of it, and is not added to it.
    """
    tree, markets = facts.axes.tree, facts.markets
    given = np.full((len(tree.names), facts.axes.shape[1] + 1, facts.axes.shape[2] + 1), np.nan)
    given[markets.places] = markets.given
    told = ~np.isnan(given)
    inside = np.zeros_like(told)
    inside[:, :-1] |= told[:, -1:]
    inside[:, :, :-1] |= told[:, :, -1:] | told[:, -1:, -1:]
    told &= ~inside
    whole = np.where(told, given, 0.0).sum(axis=(1, 2))
    by_leaf = np.where(told.any(axis=(1, 2)), whole, np.nan)[tree.leaf_node]
    if facts.crew is None:
        return by_leaf
    present = np.flatnonzero(plan.rows.listed.any(axis=(1, 2)))
    heads = np.bincount(facts.crew.leaf[present], minlength=len(by_leaf))
    share = by_leaf / np.maximum(heads, 1)
    return np.asarray(share[facts.crew.leaf], dtype=np.float64)


def _history(facts: Facts) -> Floats:
    """Return what each owner sold; NaN where history does not name it."""
    names = facts.axes.tree.leaves if facts.crew is None else facts.crew.names
    sold = np.full(len(names), np.nan)
    if facts.past is None:
        return sold
    owner = facts.past.leaf if facts.crew is None else place(names, facts.past.rep)
    told = owner >= 0
    sums = np.bincount(owner[told], weights=facts.past.amount[told])
    named = np.unique(owner[told])
    sold[named] = sums[named]
    return sold


def _figures(multiple: Floats) -> dict[str, float | None]:
    if not multiple.size:
        return {"reps": 0}
    away = np.abs(multiple - 1.0)
    return {
        "reps": len(multiple),
        "gini": _gini(multiple),
        "within_10": float(np.mean(away <= 0.1 + 1e-6)),
        "within_20": float(np.mean(away <= 0.2 + 1e-6)),
        "smallest_multiple": float(multiple.min()),
        "largest_multiple": float(multiple.max()),
    }


def _gini(multiple: Floats) -> float:
    """Return half the mean absolute difference of all pairs, relative to the mean."""
    total = float(multiple.sum())
    if total <= 0.0:
        return 0.0
    ranked = np.sort(multiple)
    below = np.concatenate([[0.0], np.cumsum(ranked)[:-1]])
    return float((ranked * np.arange(len(ranked)) - below).sum() / (len(ranked) * total))


def _differ(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return (found is None) != (expected is None)
    return not abs(found - expected) <= DIGITS * max(1.0, abs(expected))
