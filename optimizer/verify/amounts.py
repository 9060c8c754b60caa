"""Comparing amounts: in whole units where they are whole, else to the digits written."""

from __future__ import annotations

import numpy as np

from optimizer.verify.cube import Bools, Floats

WRITTEN = 1e-7
"""Relative error allowed in figures that are written with nine digits and then summed."""
SLIVER = 1e-3
"""Part of a unit that still counts as none: amounts in files are exact, their sums nearly."""
SUMMED = 0.25
"""Part of a unit that sums and differences of amounts may be off as floats."""


def whole(amount: Floats, unit: float) -> Bools:
    """Return which amounts are whole multiples of the unit; NaN counts as whole."""
    units = amount / unit
    return np.asarray(
        np.isnan(units) | (np.abs(units - np.round(units)) <= _sliver(units)), dtype=bool
    )


def differ(found: Floats, expected: Floats, unit: float) -> Bools:
    """Return where amounts in whole units differ; NaN only equals NaN."""
    return np.asarray(
        ~(np.abs(found - expected) <= np.maximum(_sliver(expected / unit), SUMMED) * unit)
        & ~(np.isnan(found) & np.isnan(expected)),
        dtype=bool,
    )


def above(found: Floats, limit: Floats, unit: float) -> Bools:
    """Return where an amount exceeds its limit by more than a sliver of the unit."""
    finite = np.where(np.isfinite(limit), limit, 0.0)
    room = np.maximum(_sliver(finite / unit), SUMMED)
    return np.asarray(found > limit + room * unit, dtype=bool)


def far(found: Floats, expected: Floats, scale: float) -> Bools:
    """Return where figures with nine digits differ, `scale` being a typical amount."""
    slack = WRITTEN * np.abs(expected) + 1e-9 * scale
    return np.asarray(
        ~(np.abs(found - expected) <= slack) & ~(np.isnan(found) & np.isnan(expected)), dtype=bool
    )


def _sliver(units: Floats) -> Floats:
    # At 10¹² units and more, floats themselves carry fewer digits than the sliver.
    return np.asarray(np.maximum(SLIVER, np.abs(units) * 1e-15), dtype=np.float64)
