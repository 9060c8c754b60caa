"""Weekly targets in whole units that add up to the period at every level."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Ints

_GUARD = 1e-9
"""Part of a unit by which a cumulative target may miss a whole number and still be one."""


def cumulative_targets(target: Floats, due: Floats, unit: float, place: Ints) -> Floats:
    """Return what is due at the end of each week, rounded.

    Cumulative rounding: week w is due ⌊target · due / unit + u⌋ · unit, the last week the
    target itself. With one u of 1/2 for everybody, equal targets would all round the same way
    and a region's week be off by many units; so u is spread evenly over the people of a region
    (van der Corput 1935), which keeps each of them within one unit, and the region near its
    own curve.

    Parameters
    ----------
    target : (seat,) floats
        At least 0.
    due : (seat, week) floats
        Share due at the end of each week, rising to 1.
    unit : float
        Weekly targets are multiples of it, but for the remainder in the last week.
    place : (seat,) ints
        Place of each seat among those of its region, from 0.

    Returns
    -------
    (seat, week) floats
        Rising, the last column equal to `target`. Each is within one unit of
        ``target × due``, and so is each week of its exact figure.
    """
    offset = spread_evenly(place)
    whole = np.floor(target[:, None] * due / unit + offset[:, None] + _GUARD)
    rounded = np.minimum(whole * unit, target[:, None])
    rounded[:, -1] = target
    return np.asarray(rounded)


def weekly_targets(cumulative: Floats) -> Floats:
    """Return each week's own target, (seat, week) floats."""
    return np.diff(cumulative, axis=1, prepend=0.0)


def spread_evenly(place: Ints) -> Floats:
    """Return 1/2, 1/4, 3/4, 1/8, 5/8 … for place 0, 1, 2, 3, 4 …: any first n lie evenly."""
    left = np.asarray(place, dtype=np.int64) + 1
    value, digit = np.zeros(len(left)), 0.5
    while np.any(left > 0):
        value += digit * (left & 1)
        left >>= 1
        digit /= 2.0
    return value
