"""Red, yellow, green: where sales stand against what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.problem.instance import Floats

RED, YELLOW, GREEN = "red", "yellow", "green"
DEFAULT_RED_BELOW, DEFAULT_GREEN_FROM = 0.8, 1.0
_EXACT = 1e-9
"""Relative size of what binary fractions add to an amount: equal to a limit is not below it."""


@dataclass(frozen=True)
class Lights:
    """Where red ends and green begins, as the weeks go by.

    Several numbers are laid evenly from the first week to the last, in straight lines between.

    Attributes
    ----------
    red_below : tuple of float
        Ratios to the floor due, at least one.
    green_from : tuple of float
        Ratios to the target due, at least one.
    """

    red_below: tuple[float, ...] = (DEFAULT_RED_BELOW,)
    green_from: tuple[float, ...] = (DEFAULT_GREEN_FROM,)

    def limits(self, weeks: int) -> tuple[Floats, Floats]:
        """Return `red_below` and `green_from` of each week of a period, (week,) floats."""
        return _laid(self.red_below, weeks), _laid(self.green_from, weeks)


def read_lights(settings: Mapping[str, Any]) -> Lights:
    """Return the lights that ``[pacing]`` sets; its keys have been checked."""
    found = {}
    for name in ("red_below", "green_from"):
        if name in settings:
            value = settings[name]
            found[name] = tuple(map(float, value if isinstance(value, list) else [value]))
    return Lights(**found)


def _laid(numbers: tuple[float, ...], weeks: int) -> Floats:
    """Return numbers laid evenly on weeks; a period of one week has the last of them."""
    ends = np.linspace(0.0, 1.0, weeks) if weeks > 1 else np.ones(1)
    return np.interp(ends, np.linspace(0.0, 1.0, len(numbers)), numbers)


def status_of(
    actual: Floats,
    floor_due: Floats,
    target_due: Floats,
    red_below: float = DEFAULT_RED_BELOW,
    green_from: float = DEFAULT_GREEN_FROM,
) -> NDArray[np.str_]:
    """Return the status of cumulative sales.

    Red below `red_below` × floor due; green from `green_from` × target due upwards; yellow
    between.

    Parameters
    ----------
    actual, floor_due, target_due : floats of one shape
        Cumulative amounts at the end of a week.
    red_below, green_from : float
        Ratios to the floor due and to the target due.
    """
    close = _EXACT * np.maximum(np.abs(target_due), 1e-300)
    red = actual < red_below * floor_due - close
    green = actual >= green_from * target_due - close
    return np.where(green, GREEN, np.where(red, RED, YELLOW))
