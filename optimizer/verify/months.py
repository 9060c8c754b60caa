"""Months that period labels cover, read from the labels and the periods table alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

YEAR = 12
Months = tuple[int, int]
"""First month, counted from year 0, and the number of months."""

_SHAPES = (
    (re.compile(r"(\d{4})"), 12),
    (re.compile(r"(\d{4})H([12])"), 6),
    (re.compile(r"(\d{4})Q([1-4])"), 3),
    (re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), 1),
)


def months_of_label(label: str) -> Months | None:
    """Return the months of a dated label; None for a label without a date.

    Examples
    --------
    >>> months_of_label("2024Q2")
    (24291, 3)
    """
    for shape, length in _SHAPES:
        match = shape.fullmatch(label)
        if match:
            year, part = (*match.groups(), "1")[:2]
            return int(year) * YEAR + (int(part) - 1) * length, length
    return None


def month_of_date(text: str) -> int | None:
    """Return the month of an ISO date, counted from year 0; None where it is not one."""
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", text)
    return int(match[1]) * YEAR + int(match[2]) - 1 if match else None


def months_of_periods(
    labels: Sequence[str], starts: Mapping[str, int]
) -> tuple[Months | None, ...]:
    """Return the months of each period of the plan.

    A label without a date begins at its start and ends where the next period begins; the
    last one is as long as the one before it, or three months where it stands alone.
    """
    dated = [months_of_label(label) for label in labels]
    first = [own[0] if own else starts.get(label) for own, label in zip(dated, labels, strict=True)]
    found: list[Months | None] = []
    for place, own in enumerate(dated):
        begin = first[place]
        if own is not None or begin is None:
            found.append(own)
            continue
        end = first[place + 1] if place + 1 < len(labels) else None
        before = found[-1][1] if found and found[-1] else 3
        found.append((begin, end - begin if end is not None and end > begin else before))
    return tuple(found)


def ramp_share(period: Months | None, start: int | None, factors: Sequence[float]) -> float:
    """Return the mean ramp factor over the months of a period.

    The month of the start has the first factor, the next month the second, and so on; after
    the list a rep counts in full, before the start not at all.
    """
    if period is None or start is None:
        return 1.0
    first, length = period
    total = 0.0
    for month in range(first, first + length):
        age = month - start
        if age >= 0:
            total += factors[age] if age < len(factors) else 1.0
    return total / length
