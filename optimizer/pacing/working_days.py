"""Working days, by a well-kept calendar of public holidays.

Loaded only where a scenario asks for it: ``[pacing] holidays = "CN"``.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Sequence

from optimizer.errors import InputError


def working_days(weeks: Sequence[Sequence[dt.date]], country: str) -> list[int]:
    """Return the number of working days of each week.

    Weekends that a country works in exchange for a holiday count as working days.

    Parameters
    ----------
    weeks : sequence of sequences of date
    country : str
        ISO code, such as CN; with a part of the country after a dash, such as US-CA.

    Raises
    ------
    InputError
        Where the calendar is not installed, or does not know the country.
    """
    try:
        holidays = importlib.import_module("holidays")
    except ImportError as error:
        raise InputError(
            '[pacing] holidays needs a calendar: pip install "quotaplan[calendar]", or drop the key'
        ) from error
    years = sorted({day.year for week in weeks for day in week})
    name, _, part = country.partition("-")
    try:
        calendar = holidays.country_holidays(name, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise InputError(
            f'[pacing] holidays = "{country}": no calendar for it; write an ISO code such as "CN"'
        ) from error
    return [sum(calendar.is_working_day(day) for day in week) for week in weeks]
