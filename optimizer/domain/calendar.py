"""Period labels and the months they cover.

Labels ``YYYY``, ``YYYYHn``, ``YYYYQn`` and ``YYYY-MM`` carry dates; any other label is dated
only where the ``periods`` table gives its start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_LABEL = re.compile(r"^(?P<year>\d{4})(?:(?P<kind>[HQ])(?P<part>[1-4])|-(?P<month>\d{2}))?$")
_MONTHS = {"H": 6, "Q": 3}
MONTHS_PER_YEAR = 12
YEARS = range(1, 9999)
"""Years that a label may name: the day before a period and the day after it are days, too."""


@dataclass(frozen=True)
class Span:
    """A run of calendar months.

    Attributes
    ----------
    first : int
        Months since year 0 of the first month (``year × 12 + month − 1``).
    months : int
        How many months.
    """

    first: int
    months: int

    @property
    def year(self) -> int:
        """Calendar year of the first month."""
        return self.first // MONTHS_PER_YEAR

    @property
    def season(self) -> tuple[int, int]:
        """What makes two spans alike in different years: month of the year, and length."""
        return self.first % MONTHS_PER_YEAR, self.months

    def contains(self, other: Span) -> bool:
        """Return whether `other` lies wholly within this span."""
        return self.first <= other.first and other.first + other.months <= self.first + self.months


def month_of(day: date) -> int:
    """Return the month of a day as months since year 0."""
    return day.year * MONTHS_PER_YEAR + day.month - 1


def span_of(label: str) -> Span | None:
    """Return the months of a dated label, or None for any other label."""
    match = _LABEL.match(label)
    if match is None:
        return None
    if int(match["year"]) not in YEARS:
        return None
    start = int(match["year"]) * MONTHS_PER_YEAR
    if match["kind"]:
        months = _MONTHS[match["kind"]]
        part = int(match["part"])
        if part * months > MONTHS_PER_YEAR:
            return None
        return Span(start + (part - 1) * months, months)
    if match["month"]:
        month = int(match["month"])
        return Span(start + month - 1, 1) if 1 <= month <= MONTHS_PER_YEAR else None
    return Span(start, MONTHS_PER_YEAR)


def spans_of(labels: tuple[str, ...], starts: dict[str, date]) -> tuple[Span | None, ...]:
    """Return the months of each period.

    A label without a date takes its start from `starts` and runs to the next start; the last
    one is as long as the one before it (three months where it stands alone).
    """
    own = [span_of(label) for label in labels]
    firsts = [
        span.first if span else (month_of(starts[label]) if label in starts else None)
        for label, span in zip(labels, own, strict=True)
    ]
    spans: list[Span | None] = []
    for index, (span, first) in enumerate(zip(own, firsts, strict=True)):
        if span is not None or first is None:
            spans.append(span)
            continue
        following = firsts[index + 1] if index + 1 < len(firsts) else None
        before = spans[-1].months if spans and spans[-1] else 3
        months = following - first if following is not None and following > first else before
        spans.append(Span(first, months))
    return tuple(spans)
