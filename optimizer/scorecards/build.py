"""Sound keys of ``scorecard.toml`` → scorecards; numbers become exact fractions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from optimizer.incentives.build import build_match
from optimizer.scorecards.card import Grade, Knot, Metric, Months

Keys = Mapping[str, Any]

MONTHS = "months"
"""Key of a match that is no column of people."""


def fraction(value: float) -> Fraction:
    """Return a number as the decimal that stands in the file."""
    return Fraction(repr(value))


def build_metric(keys: Keys, missing: str = "error") -> Metric:
    """Return one ``[[metric]]``; `missing` is what the file says for all."""
    match = dict(keys.get("match", {}))
    months = match.pop(MONTHS, None)
    due = keys.get("of", "target")
    return Metric(
        name=keys["name"],
        weight=fraction(keys["weight"]),
        kind=keys["kind"],
        source=keys["source"],
        knots=tuple(map(build_knot, keys["bands"])),
        due=due if isinstance(due, str) else fraction(due),
        better=keys.get("better", "higher"),
        mode=keys["mode"],
        missing=keys.get("missing", missing),
        neutral=fraction(keys["neutral"]) if "neutral" in keys else None,
        is_carried=keys.get("carry", False),
        products=tuple(dict.fromkeys(keys.get("products", ()))),
        match=build_match(match),
        months=None if months is None else Months(months.get("from", 0), months.get("to")),
    )


def build_knot(keys: Keys) -> Knot:
    """Return where a band begins."""
    start = keys["above"] if "above" in keys else keys["from"]
    return Knot(fraction(start), fraction(keys["points"]), is_above="above" in keys)


def build_grade(keys: Keys) -> Grade:
    """Return one grade."""
    return Grade(fraction(keys["from"]), keys["name"])
