"""Whole units: limits rounded inward, goals to the nearest."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats

SMALLEST_UNIT = 1e-6
"""The unit of a scenario that asks for no rounding."""

_GUARD = 1e-9


def unit_of(rounding: float) -> float:
    """Return the unit that all targets are whole multiples of."""
    return rounding if rounding > 0 else SMALLEST_UNIT


def floor_units(amount: Floats, unit: float) -> Floats:
    """Round down to the unit; a limit within 10⁻⁹ of a whole unit counts as that unit."""
    return np.asarray(np.floor(amount / unit * (1.0 + _GUARD) + _GUARD) * unit)


def ceil_units(amount: Floats, unit: float) -> Floats:
    """Round up to the unit; a limit within 10⁻⁹ of a whole unit counts as that unit."""
    return np.asarray(np.ceil(amount / unit * (1.0 - _GUARD) - _GUARD) * unit)


def nearest_units(amount: float, unit: float) -> float:
    """Round to the nearest unit, halves up."""
    return float(np.floor(amount / unit + 0.5 + _GUARD)) * unit
