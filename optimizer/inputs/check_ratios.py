"""Rules on numbers that only count beside each other: weights, efforts and shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.findings import number

LEAST = 1e-9
"""Smallest number above 0 that counts: what is smaller can only be a slip, or means 0."""

WIDEST = 1e9
"""How many times the smallest of such numbers the largest may be."""

COLUMNS = (
    ("people", "ability"),
    ("people", "resource"),
    ("people", "fte"),
    ("products", "effort"),
    ("products", "share"),
    ("periods", "share"),
    ("regions", "share"),
    ("shares", "share"),
)

Floats = NDArray[np.float64]
Rule = Callable[[Case], Iterator[Finding]]


def ratios_within_reach(case: Case) -> Iterator[Finding]:
    """Check that no number is lost beside another of its column, or is all but 0."""
    for name, column in COLUMNS:
        table = case.tables.get(name)
        if table is None or column not in table.frame:
            continue
        values = np.abs(table.numbers(column))
        counted = values[values > 0]
        if not len(counted):
            continue
        tiny = (values > 0) & (values < LEAST)
        remedy = "Write 0 if nothing is meant, or use a smaller unit."
        yield from table.listed(
            tiny, column, f"the number is nearer to 0 than {LEAST:g} and would be lost", remedy
        )
        most = float(counted.max())
        lost = (values > 0) & ~tiny & (values < most / WIDEST)
        problem = f"the number is lost beside the largest of the column, {number(most)}"
        remedy = f"Write 0 if nothing is meant; the largest may be {WIDEST:g} times the smallest."
        yield from table.listed(lost, column, problem, remedy)


RULES: tuple[Rule, ...] = (ratios_within_reach,)
