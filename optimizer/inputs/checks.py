"""All rules on a scenario's keys and tables; each is a small function that yields findings."""

from __future__ import annotations

from optimizer.errors import Finding
from optimizer.inputs import (
    check_funnel,
    check_keys,
    check_labels,
    check_pacing,
    check_people,
    check_ratios,
    check_shares,
)
from optimizer.inputs.case import Case
from optimizer.inputs.settings import MAIN

RULES = (
    *check_keys.RULES,
    *check_labels.RULES,
    *check_people.RULES,
    *check_ratios.RULES,
    *check_shares.RULES,
    *check_funnel.RULES,
    *check_pacing.RULES,
)
"""The table of contents of all rules."""


def check_complete(case: Case) -> list[Finding]:
    """Find required keys that are missing."""
    found: list[Finding] = []
    top = case.document.keys
    own = top.get("measure", {}).get(case.measure) if case.measure != MAIN else top
    missing = {
        "goal": "Write the number handed down, such as goal = 1000.",
        "periods": 'List the periods in order, such as periods = ["2024Q1", "2024Q2"].',
    }
    for key, remedy in missing.items():
        where = own if key == "goal" else top
        if isinstance(where, dict) and key not in where:
            path = key if where is top else f"measure.{case.measure}.{key}"
            found.append(case.document.finding(path, None, "the required key is missing", remedy))
    return found


def check_case(case: Case) -> list[Finding]:
    """Return what all rules find."""
    return [finding for rule in RULES for finding in rule(case)]
