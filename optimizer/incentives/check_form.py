"""What ``incentive.toml`` must hold before a rule can be made of it: keys of several forms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.errors import Finding
from optimizer.incentives.plan import LEVELS, PROPORTIONAL
from optimizer.inputs.document import Document
from optimizer.inputs.forms import is_match, tables_of
from optimizer.inputs.values import MOST

LONGEST = (
    ("", "plan", 1_000), ("plan[].commission[]", "tiers", 500), ("plan[].bonus", "bands", 500),
)  # fmt: skip
"""Lists that more than so many items make too long to be explained: their table, name, and most."""


def free_forms(document: Document) -> Iterator[Finding]:
    """Check keys that may hold more than one kind of value."""
    tiers = "plan[].commission[].tiers[]"
    for path, tier in tables_of(document.keys, tiers):
        for name in ("from", "to"):
            if name in tier and not _is_threshold(tier[name]):
                problem = "this is neither an attainment nor a level"
                remedy = "Write a number from 0 on, such as 1.2, or floor, target, stretch."
                yield document.finding(f"{path}.{name}", tier[name], problem, remedy)
    for path, bonus in tables_of(document.keys, "plan[].bonus"):
        value = bonus.get("target_incentive", 0)
        if not _is_amount(value) and not (isinstance(value, str) and value.startswith("x_")):
            problem = "this is neither an amount nor an x_ column of people"
            remedy = 'Write an amount per period, or a column such as "x_target_incentive".'
            yield document.finding(f"{path}.target_incentive", value, problem, remedy)
    for path, gate in tables_of(document.keys, "plan[].gate[]"):
        if "factor" in gate:
            yield from _factor(document, path, gate)
    for path, award in tables_of(document.keys, "award[]"):
        if not isinstance(award.get("consecutive", True), bool):
            problem = "this is neither true nor false"
            remedy = "Write true or false, without quotation marks."
            yield document.finding(f"{path}.consecutive", award["consecutive"], problem, remedy)
    for pattern in ("plan[]", "pool[]", "award[]"):
        for path, table in tables_of(document.keys, pattern):
            if "match" in table and not is_match(table["match"]):
                problem = "this does not say whom to match"
                remedy = 'Write columns of people and values, such as { role = "senior" }.'
                yield document.finding(f"{path}.match", table["match"], problem, remedy)


def _factor(document: Document, path: str, gate: Mapping[str, Any]) -> Iterator[Finding]:
    """Check what a gate leaves: a share, or value / below."""
    factor, below = gate["factor"], gate.get("below", 1)
    if factor == PROPORTIONAL:
        if _is_amount(below) and below == 0:
            problem = "nothing is in proportion to 0"
            remedy = "Write the value from which everything is paid, such as below = 100."
            yield document.finding(f"{path}.below", below, problem, remedy)
    elif not _is_amount(factor) or factor > 1:
        problem = "this is no share of what is left"
        remedy = 'Write a number from 0 to 1, or factor = "proportional" for value / below.'
        yield document.finding(f"{path}.factor", factor, problem, remedy)


def _is_amount(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0  # type: ignore[arg-type,operator]


def _is_threshold(value: object) -> bool:
    return value in LEVELS if isinstance(value, str) else _is_amount(value)


def no_vast_numbers(document: Document) -> Iterator[Finding]:
    """Check that no number is beyond what amounts are exact to."""
    for path, value in _numbers("", document.keys):
        if math.isfinite(value) and abs(value) > MOST:
            problem = f"the number is beyond {MOST:g}, the most that is exact"
            remedy = "Nobody is paid so much: write the amount or rate that is meant."
            yield document.finding(path, value, problem, remedy)


def _numbers(path: str, value: object) -> Iterator[tuple[str, float]]:
    """Yield every number under a key, with its own key."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _numbers(f"{path}.{name}" if path else str(name), item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _numbers(f"{path}[{place}]", item)
    elif isinstance(value, int | float):
        yield path, value


def one_cap(document: Document) -> Iterator[Finding]:
    """Check that a cap is an amount, or a multiple of something, and not both."""
    for path, cap in tables_of(document.keys, "plan[].cap"):
        multiple = {"of", "times"} & set(cap)
        remedy = 'Write cap = { of = "target_incentive", times = 3.0 } or cap = { amount = 90000 }.'
        if "amount" in cap and multiple:
            problem = "the cap is both an amount and a multiple"
            yield document.finding(path, dict(cap), problem, remedy)
        elif "amount" not in cap and len(multiple) < 2:
            problem = "the cap does not say how much"
            yield document.finding(path, dict(cap), problem, remedy)
