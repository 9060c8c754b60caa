"""Check 10: the fairness figures are those of the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from optimizer.verify.cube import Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan

CHECK = "fairness"
FILE = "fairness.json"
DIGITS = 1e-7


def check_fairness(facts: Facts, plan: Plan, content: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield figures that are missing or not those of target / reference over all periods."""
    for key, expected in _figures(multiples(facts, plan)).items():
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
    rows = plan.rows
    owner = rows.leaf if facts.crew is None else rows.rep
    count = len(facts.axes.tree.leaf_node) if facts.crew is None else len(facts.crew.names)
    reference = np.bincount(owner, weights=rows.reference, minlength=count)
    target = np.bincount(owner, weights=rows.target, minlength=count)
    known = reference > 0.0
    return np.asarray(target[known] / reference[known], dtype=np.float64)


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
