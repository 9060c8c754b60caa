"""What comes on top of a plan: awards for what was held over periods, and the guarantee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from optimizer.domain.calendar import MONTHS_PER_YEAR, month_of, spans_of
from optimizer.domain.scenario import Scenario
from optimizer.incentives.plan import Award, Guarantee
from optimizer.pay.exact import cents, shown
from optimizer.pay.line import AWARD, GUARANTEE, Line


def award_line(award: Award, values: Sequence[Fraction | None]) -> Line | None:
    """Return the line of an award where its periods are complete, else None.

    A run of n periods counts once: the next award needs n more.

    Parameters
    ----------
    award : Award
    values : sequence of Fraction or None
        The metric in each period up to the one that is paid, in order; None where unknown.
    """
    held = [value is not None and value >= Fraction(award.at_least) for value in values]
    if not held or not held[-1]:
        return None
    number = sum(held)
    if award.consecutive:
        number = next((place for place, one in enumerate(reversed(held)) if not one), len(held))
    if number % award.periods:
        return None
    text = award.text or f"{award.metric} at least {shown(award.at_least)}"
    if award.periods > 1:
        text += f", {award.periods} periods" + (" running" if award.consecutive else "")
    return Line(AWARD, award.name, text, None, None, cents(award.amount))


def guarantee_line(guarantee: Guarantee, share: Fraction, earned: Decimal) -> Line | None:
    """Return the top-up to the guaranteed pay; None where enough is earned.

    Parameters
    ----------
    guarantee : Guarantee
    share : Fraction
        Part of the period that is guaranteed, 0 where none.
    earned : Decimal
        All other pay of the period.
    """
    least = cents(guarantee.amount * share.numerator / share.denominator)
    if least <= earned:
        return None
    return Line(GUARANTEE, "", f"to {least:f}", least, None, least - earned)


class Tenure:
    """How long people have been there, period by period."""

    def __init__(self, scenario: Scenario) -> None:
        settings, table = scenario.settings, scenario.table("periods")
        starts: dict[str, dt.date] = {}
        if table is not None:
            given = table[table["start"].notna()]
            starts = {
                str(period): start.date()
                for period, start in zip(given["period"], given["start"], strict=True)
            }
        spans = spans_of(settings.periods, starts)
        self._place = {period: place for place, period in enumerate(settings.periods)}
        self._first = [None if span is None else starts.get(period, _day(span.first))
                       for period, span in zip(settings.periods, spans, strict=True)]  # fmt: skip
        self._next = [None if span is None else _day(span.first + span.months) for span in spans]
        self._spans = spans

    def guaranteed(self, guarantee: Guarantee, period: str, start: dt.date | None) -> Fraction:
        """Return the part of a period that a guarantee covers, by days.

        Its periods are counted from the one in which the rep starts; from the first of the plan
        where the start or the dates of periods are not known.
        """
        place = self._place[period]
        first, following = self._first[place], self._next[place]
        if start is None or first is None or following is None:
            return Fraction(int(place < guarantee.periods))
        if start >= following:
            return Fraction(0)
        if self._number(place, start) > guarantee.periods:
            return Fraction(0)
        return Fraction((following - max(start, first)).days, (following - first).days)

    def _number(self, place: int, start: dt.date) -> int:
        """Return which period of a rep a period is, 1 for the one that holds the start."""
        number = 1
        for earlier in range(place, -1, -1):
            first = self._first[earlier]
            if first is None or start >= first:
                return number
            number += 1
        first, span = self._first[0], self._spans[0]
        assert first is not None and span is not None
        months = month_of(first) - month_of(start)
        return number - 1 + -(-months // span.months)


def _day(month: int) -> dt.date:
    return dt.date(month // MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1)
