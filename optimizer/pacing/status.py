"""Red, yellow, green: where sales stand against what is due."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.problem.instance import Floats

RED, YELLOW, GREEN = "red", "yellow", "green"
DEFAULT_RED_BELOW = 0.8
_EXACT = 1e-9
"""Relative size of what binary fractions add to an amount: equal to a limit is not below it."""


def status_of(
    actual: Floats, floor_due: Floats, target_due: Floats, red_below: float = DEFAULT_RED_BELOW
) -> NDArray[np.str_]:
    """Return the status of cumulative sales.

    Red below `red_below` × floor due; green from the target due upwards; yellow between.

    Parameters
    ----------
    actual, floor_due, target_due : floats of one shape
        Cumulative amounts at the end of a week.
    red_below : float
        Ratio to the floor due.
    """
    close = _EXACT * np.maximum(np.abs(target_due), 1e-300)
    red = actual < red_below * floor_due - close
    green = actual >= target_due - close
    return np.where(green, GREEN, np.where(red, RED, YELLOW))
