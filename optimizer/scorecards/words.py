"""Values, bands and cards as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from optimizer.pay.exact import decimal, exact_decimals, shown
from optimizer.scorecards.card import Knot, Metric, Months


@lru_cache(maxsize=65536)
def plain(value: Fraction, places: int = 12) -> str:
    """Return a fraction as a decimal without needless zeros."""
    with exact_decimals():
        return shown(decimal(value), places)


def rounded(value: Fraction, places: int = 2) -> str:
    """Return a fraction to so many places, half away from zero, trailing zeros kept."""
    with exact_decimals():
        return f"{Decimal(shown(decimal(value), places)):.{places}f}"


def value_text(metric: Metric, value: Fraction, places: int = 12) -> str:
    """Return a value of a measure: per cent where it is a ratio or growth."""
    return plain(value, places) if metric.kind == "level" else f"{plain(100 * value, places)} %"


def knot_text(metric: Metric, knot: Knot) -> str:
    """Return where a band begins, such as ``above 120 %``."""
    text = value_text(metric, knot.start)
    return f"above {text}" if knot.is_above else text


def months_text(months: Months) -> str:
    """Return months since start, such as ``months 0 to 3``; the end is not included."""
    if months.end is None:
        return f"months from {months.start}"
    return f"months {months.start} to {months.end}"


_NAMELESS = ("rep", "region", "team", "role", "name")
"""Columns of people whose values speak for themselves."""


def card_text(metrics: Sequence[Metric]) -> str:
    """Return what tells a card from others: whom all its measures are for."""
    values: dict[str, tuple[str, ...]] = {}
    for metric in metrics:
        for column, own in metric.match.items():
            before = values.get(column, own)
            values[column] = tuple(one for one in before if one in own) or own
    parts = [
        " or ".join(own)
        if column in _NAMELESS
        else f"{column.removeprefix('x_')} {' or '.join(own)}"
        for column, own in sorted(values.items())
    ]
    months = [one.months for one in metrics if one.months is not None]
    if months:
        ends = [one.end for one in months if one.end is not None]
        both = Months(max(one.start for one in months), min(ends) if ends else None)
        parts.append(months_text(both))
    return ", ".join(parts) or "everyone"
