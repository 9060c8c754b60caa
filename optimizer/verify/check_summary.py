"""Check 2: the figures of ``run.json`` are those of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.amounts import differ
from optimizer.verify.crew import whole_down
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.terms import Terms
from optimizer.verify.written import Plan

CHECK = "summary"
FILE = "run.json"
STATUSES = ("complete", "gap")
FIGURES = ("goal", "placed", "street", "gap", "over_assignment_short", "street_short",
           "stretch_gap", "objective", "bound", "objective_rounded")  # fmt: skip


def check_measures(content: Mapping[str, Any], terms: Sequence[Terms]) -> Iterator[Failure]:
    """Yield measures that ``run.json`` has and the scenario has not, or the other way round."""
    found = content.get("measures")
    names = {one.measure for one in terms}
    if len(terms) > 1 or found is not None:
        listed = set(found) if isinstance(found, dict) else set()
        for name in sorted(names ^ listed):
            words = "is missing" if name in names else "is no measure of the scenario"
            yield fault(CHECK, FILE, f"measures.{name}", words)


def check_top(content: Mapping[str, Any], terms: Sequence[Terms]) -> Iterator[Failure]:
    """Yield figures of the whole run that are not those of the main measure.

    A run has a gap where any of its measures has one.
    """
    measures = content.get("measures")
    if not isinstance(measures, dict) or len(terms) < 2:
        return
    main = measures.get(terms[0].measure)
    if isinstance(main, dict):
        for key in FIGURES:
            if content.get(key) != main.get(key):
                yield fault(CHECK, FILE, key, "does not agree with the main measure",
                            main.get(key), content.get(key))  # fmt: skip
    statuses = [one.get("status") for one in measures.values() if isinstance(one, dict)]
    right = "gap" if "gap" in statuses else "complete"
    if content.get("status") != right:
        yield fault(CHECK, FILE, "status", "does not fit the measures", right,
                    content.get("status"))  # fmt: skip


def summary_of(content: Mapping[str, Any], measure: str, *, several: bool) -> Mapping[str, Any]:
    """Return the figures of one measure: top level where there is one measure only."""
    measures = content.get("measures")
    if several and isinstance(measures, dict) and isinstance(measures.get(measure), dict):
        return dict(measures[measure])
    return content


def fairness_of(content: Mapping[str, Any], measure: str, *, several: bool) -> Mapping[str, Any]:
    """Return the fairness figures of one measure."""
    own = content.get(measure)
    return dict(own) if several and isinstance(own, dict) else content


def block_of(content: Mapping[str, Any], summary: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a block of named figures, of the measure or of the run."""
    for holder in (summary, content):
        if isinstance(holder.get(key), dict):
            return dict(holder[key])
    return {}


def check_figures(
    facts: Facts, plan: Plan, gaps: pd.DataFrame | None, summary: Mapping[str, Any]
) -> Iterator[Failure]:
    """Yield figures that are missing or are not those of the tables."""
    expected = _expected(facts, plan)
    prefix = "" if facts.terms.measure == "amount" else f"{facts.terms.measure}: "
    for key in FIGURES:
        value = summary.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield fault(CHECK, FILE, f"{prefix}{key}", "is missing or no number", found=value or "")
        elif key in expected and differ(np.array(value), np.array(expected[key]), facts.unit):
            yield fault(CHECK, FILE, f"{prefix}{key}", "does not agree with the tables",
                        expected[key], value)  # fmt: skip
    yield from _status(facts, summary, expected["gap"], gaps, prefix)


def _expected(facts: Facts, plan: Plan) -> dict[str, float]:
    placed = float(plan.leaf("target", facts).sum())
    street = float(plan.rows.target.sum())
    gap = max(facts.goal - placed, 0.0)
    most = float(whole_down(np.array(facts.ask_total), facts.unit))
    short = 0.0
    if facts.crew is not None:
        target = plan.leaf("target", facts).sum(axis=2)
        room = whole_down((1.0 + facts.terms.over_rep) * target, facts.unit)
        short = float(room.sum()) - street
    return {
        "goal": facts.goal,
        "placed": placed,
        "street": street,
        "gap": gap,
        "over_assignment_short": most - max(placed, facts.goal),
        "street_short": short,
    }


def _status(
    facts: Facts,
    summary: Mapping[str, Any],
    gap: float,
    gaps: pd.DataFrame | None,
    prefix: str,
) -> Iterator[Failure]:
    status = summary.get("status")
    if status not in STATUSES:
        yield fault(CHECK, FILE, f"{prefix}status", "is none of complete, gap", found=status)
        return
    left = not differ(np.array(gap), np.array(0.0), facts.unit)
    rounding = gaps is not None and bool((gaps["cause"] == "rounding").all())
    right = "complete" if left or rounding else "gap"
    # A true gap below one unit may leave only cells that lost theirs to rounding.
    swallowed = rounding and not left and status == "gap"
    if gaps is not None and status != right and not swallowed:
        yield fault(CHECK, FILE, f"{prefix}status",
                    "does not fit the gap and its causes", right, status)  # fmt: skip
