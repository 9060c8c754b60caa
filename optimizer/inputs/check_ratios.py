"""Rules on numbers that only count beside each other: weights, efforts and shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.findings import Typed, number

LEAST = 1e-9
"""Smallest number above 0 that counts: what is smaller can only be a slip, or means 0."""

WIDEST = 1e9
"""How many times the smallest of such numbers the largest may be."""

FACTORS = ("ability", "resource", "fte")
"""Columns of people whose product is a rep's weight."""

COLUMNS = (
    *(("people", name) for name in FACTORS),
    ("products", "effort"),
    ("products", "share"),
    ("periods", "share"),
    ("regions", "share"),
    ("shares", "share"),
)
ONE_IF_BLANK = (*FACTORS, "effort")

Floats = NDArray[np.float64]
Rule = Callable[[Case], Iterator[Finding]]


def ratios_within_reach(case: Case) -> Iterator[Finding]:
    """Check that no number is lost beside another of its column, or is all but 0."""
    for name, column in COLUMNS:
        table = case.tables.get(name)
        if table is None or column not in table.frame:
            continue
        blank = 1.0 if column in ONE_IF_BLANK else 0.0
        values = np.nan_to_num(np.abs(table.numbers(column)), nan=blank)
        tiny = (values > 0) & (values < LEAST)
        remedy = "Write 0 if nothing is meant, or use a smaller unit."
        yield from table.listed(
            tiny, column, f"the number is nearer to 0 than {LEAST:g} and would be lost", remedy
        )
        yield from _lost(table, column, np.where(tiny, 0.0, values), "number", "of the column")


def weights_within_reach(case: Case) -> Iterator[Finding]:
    """Check that no rep's weight, the product of the factors, is lost beside another's."""
    table = case.tables.get("people")
    written = [name for name in FACTORS if table is not None and name in table.frame]
    if table is None or len(written) < 2:
        return
    factors = [np.nan_to_num(table.numbers(name), nan=1.0) for name in written]
    if any(_lost_beside(values).any() for values in factors):
        return
    what = f"weight ({' × '.join(written)})"
    yield from _lost(table, written[0], np.prod(factors, axis=0), what, "of all")


def _lost(table: Typed, column: str, values: Floats, what: str, of: str) -> Iterator[Finding]:
    """Yield findings of numbers that are nothing beside the largest."""
    most = float(values.max(initial=0.0))

    def problem(row: int) -> str:
        return f"the {what}, {number(values[row])}, is lost beside the largest {of}, {number(most)}"

    remedy = f"Write 0 if nothing is meant; the largest may be {WIDEST:g} times the smallest."
    yield from table.listed(_lost_beside(values), column, problem, remedy)


def _lost_beside(values: Floats) -> NDArray[np.bool_]:
    """Return which numbers above 0 are nothing beside the largest."""
    lost: NDArray[np.bool_] = (values > 0) & (values < values.max(initial=0.0) / WIDEST)
    return lost


RULES: tuple[Rule, ...] = (ratios_within_reach, weights_within_reach)
