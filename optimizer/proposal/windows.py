"""The last periods before a new plan, as windows that rows of history fall into."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.domain.calendar import MONTHS_PER_YEAR, month_of, span_of
from optimizer.problem.history import History
from optimizer.problem.instance import Bools, Ints
from optimizer.proposal.moving import Move

LAST = 4
"""Periods looked back on, at least; a year where that is more."""


@dataclass(frozen=True)
class Windows:
    """Periods of one length, the last of them ending where the new plan begins.

    Attributes
    ----------
    count, months : int
        How many, and how long each is.
    end : int
        First month after them, as months since year 0.
    """

    count: int
    months: int
    end: int

    def of(self, history: History) -> tuple[Ints, Bools]:
        """Return the window of each row, and which rows lie in one, both (row,)."""
        offset = history.first - self.end
        window = offset // self.months + self.count
        whole = offset % self.months + history.months <= self.months
        inside = (history.months > 0) & whole & (window >= 0) & (window < self.count)
        return window, inside


def last_windows(move: Move) -> Windows:
    """Return the last periods before a new plan, as long as those of the plan that is over."""
    span = span_of(next(iter(move.periods)))
    assert span is not None
    count = max(LAST, MONTHS_PER_YEAR // span.months)
    return Windows(count, span.months, month_of(move.start))
