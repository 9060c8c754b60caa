"""Waterfalls in whole hundredths of the rounding unit, so that they add up as written."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Ints
from optimizer.results.run_folder import decimals_of

PARTS = 100
"""Amounts of a waterfall are told in this part of the rounding unit."""

_NOISE = 1e-5
"""Steps below this part of the reference are the solver's accuracy, no step."""


_SLIGHT = 5e-5
"""Rounding below this part of the reference, and of `_FEW` parts at most, is the solver's."""
_FEW = 2


def whole_steps(steps: Floats, reference: Floats, total: Ints, unit: float, given: int) -> Ints:
    """Return steps, and the rounding that ends them, in whole parts of the unit.

    Parameters
    ----------
    steps : (..., step) floats
        Amounts of the steps before rounding, in their order.
    reference : (...) floats
        Size of the number that is explained.
    total : (...) ints
        Where the waterfall must end, in units.
    unit : float
    given : int
        How many of the first steps follow from the inputs alone: they stay as they are.

    Returns
    -------
    (..., step + 1) ints
        They sum to ``PARTS × total`` exactly.
    """
    kept = np.where(np.abs(steps) > _NOISE * reference[..., None], steps, 0.0)
    level = np.rint(np.cumsum(kept, axis=-1) * (PARTS / unit)).astype(np.int64)
    level = np.concatenate([level, total[..., None] * PARTS], axis=-1)
    parts = np.diff(level, axis=-1, prepend=0)
    _swallow_slight(parts, reference * (PARTS / unit), given)
    return np.asarray(parts)


def _swallow_slight(parts: Ints, reference: Floats, given: int) -> None:
    """Give a rounding that is only the solver's accuracy to the largest step before it."""
    moved = parts[..., given:-1]
    largest = np.abs(moved).argmax(axis=-1)[..., None]
    rounding = np.abs(parts[..., -1])
    slight = (rounding <= np.minimum(_SLIGHT * reference, _FEW)) & (moved != 0).any(axis=-1)
    added = np.where(slight, parts[..., -1], 0)[..., None]
    np.put_along_axis(moved, largest, np.take_along_axis(moved, largest, -1) + added, -1)
    parts[..., -1:] -= added


def shown(parts: Ints) -> tuple[Ints, ...]:
    """Return the indices of the steps that a table lists: the first one, and what is not 0."""
    listed = parts != 0
    listed[..., 0] = True
    return np.nonzero(listed)


def amounts_of(parts: Ints, unit: float) -> Floats:
    """Return whole parts of the unit as amounts without binary dust."""
    return np.asarray(np.round(parts * (unit / PARTS), decimals_of(unit) + 2))
