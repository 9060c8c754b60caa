"""Exact money: decimals all the way, and one rule of rounding.

Every line of the ledger is rounded once, to 0.01 of the pay unit, half away from zero; what
comes later in the order of pay (gates, cap, guarantee) starts from rounded lines. Shares of a
pool are rounded so that they add up to it. Nothing else is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import numpy as np

CENT = Decimal("0.01")
ZERO, ONE = Decimal(0), Decimal(1)
DIGITS = 80
"""Digits of a quotient: two different quotients of inputs differ long before the last one."""


@contextmanager
def exact_decimals() -> Iterator[None]:
    """Work with so many digits that sums and products of inputs are exact."""
    with localcontext() as context:
        context.prec = DIGITS
        yield


def exact(value: float | np.floating) -> Decimal:
    """Return a number as the decimal that its file shows, up to 15 digits of it."""
    number = float(value)
    return Decimal(int(number)) if number.is_integer() else Decimal(f"{number:.15g}")


def cents(value: Decimal) -> Decimal:
    """Return an amount rounded to 0.01, half away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal, exact where it has one of no more than `DIGITS`."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def shared(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return whole cents that add up to an amount, in proportion to weights.

    The cents left over go to the largest remainders, ties to the first name.

    Parameters
    ----------
    amount : Decimal
        Whole cents, not negative.
    weights : mapping of name to weight
        None negative, not all 0.
    """
    whole = Fraction(total(weights.values()))
    count = int(amount / CENT)
    parts = {name: count * Fraction(weights[name]) / whole for name in sorted(weights)}
    found = {name: math.floor(part) for name, part in parts.items()}
    order = sorted(parts, key=lambda name: (found[name] - parts[name], name))
    for name in order[: count - sum(found.values())]:
        found[name] += 1
    return {name: number * CENT for name, number in found.items()}


def total(values: Iterable[Decimal]) -> Decimal:
    """Return a sum of decimals."""
    return sum(values, ZERO)


def shown(value: Decimal, places: int = 12) -> str:
    """Return a decimal as a plain text of at most so many places, without needless zeros."""
    text = f"{value:f}"
    if "." in text:
        if len(text) - text.index(".") - 1 > places:
            text = f"{value.quantize(ONE.scaleb(-places), ROUND_HALF_UP):f}"
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def named(names: Sequence[str], most: int = 5) -> str:
    """Return names for a message, the first few of many."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
