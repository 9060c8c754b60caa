"""Whole units: limits rounded inward, goals to the nearest."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Ints

SMALLEST_UNIT = 1e-6
"""The unit of a scenario that asks for no rounding."""

_DUST = 1e-15
"""What a few floating-point operations leave, relative to a count of units."""


def unit_of(rounding: float) -> float:
    """Return the unit that all targets are whole multiples of."""
    return rounding if rounding > 0 else SMALLEST_UNIT


def guard(count: Floats) -> Floats:
    """Return how far from a whole unit a count may be and still mean that unit."""
    finite = np.where(np.isfinite(count), np.abs(count), 0.0)
    return np.asarray(np.minimum(1e-9 + _DUST * finite, 0.25))


def over_assigned(target: Ints, over: float) -> Ints:
    """Return whole units × (1 + over-assignment), rounded down."""
    most = target * (1.0 + over)
    return np.asarray(np.floor(most + guard(most)), dtype=np.int64)


def floor_units(amount: Floats, unit: float) -> Floats:
    """Round down to the unit; what float dust keeps from a whole unit counts as that unit."""
    count = amount / unit
    return np.asarray(np.floor(count + guard(count)) * unit)


def ceil_units(amount: Floats, unit: float) -> Floats:
    """Round up to the unit; what float dust puts above a whole unit counts as that unit."""
    count = amount / unit
    return np.asarray(np.ceil(count - guard(count)) * unit)


def nearest_units(amount: float, unit: float) -> float:
    """Round to the nearest unit, halves up."""
    return float(np.floor(amount / unit + 0.5 + 1e-9)) * unit
