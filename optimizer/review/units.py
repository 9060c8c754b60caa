"""Amounts as whole numbers of one small unit, so that every sum in a review is exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.errors import InputError
from optimizer.problem.instance import Floats, Ints

MOST_DECIMALS = 6
FINER = 2
"""Effects are told in hundredths of the unit: so many decimals more than amounts."""

_LARGEST = 2.0**62
_NOISE = 1e-14
_IN_FLOATS = 10**15
"""Below this a float shows all digits of a count."""


@dataclass(frozen=True)
class Unit:
    """The unit that amounts are counted in: 10 to the power of minus `decimals`."""

    decimals: int

    @property
    def finer(self) -> Unit:
        """The hundredth of this unit, in which effects are counted."""
        return Unit(self.decimals + FINER)

    def counts(self, amounts: Floats) -> Ints:
        """Return amounts as counts of the unit; unknown ones are 0."""
        counts = np.rint(np.nan_to_num(amounts) * 10.0**self.decimals)
        return np.asarray(counts, dtype=np.int64)

    def amounts(self, counts: Ints | Floats) -> Floats:
        """Return counts as amounts."""
        return np.asarray(counts / 10.0**self.decimals)

    def amount(self, count: int) -> float:
        """Return one count as an amount."""
        return float(count / 10.0**self.decimals)

    def text(self, count: int) -> str:
        """Return one count as a plain decimal, all its digits shown."""
        if self.decimals == 0:
            return str(count)
        if abs(count) < _IN_FLOATS:
            return f"{count / 10.0**self.decimals:.{self.decimals}f}"
        whole, part = divmod(abs(count), 10**self.decimals)
        return f"{'-' if count < 0 else ''}{whole}.{part:0{self.decimals}d}"


def unit_of(columns: Iterable[Floats]) -> Unit:
    """Return the largest unit in which all amounts are whole, at most `MOST_DECIMALS` decimals.

    Amounts of more decimals are rounded to it.

    Parameters
    ----------
    columns : iterable of (row,) floats
        Everything that will be added up; NaN where unknown.

    Raises
    ------
    InputError
        Where the amounts are too large to be counted exactly.
    """
    known = [np.nan_to_num(column, posinf=np.inf, neginf=-np.inf) for column in columns]
    largest = sum(float(np.abs(column).sum()) for column in known)
    if not largest * 10.0**FINER < _LARGEST:
        raise InputError(
            f"the amounts add up to {largest:.3g}, more than can be counted exactly; write them "
            "in a larger unit, or look for a cell with too many digits"
        )
    fitting = MOST_DECIMALS
    while largest * 10.0 ** (fitting + FINER) >= _LARGEST:
        fitting -= 1
    for decimals in range(fitting):
        if all(_is_whole(column, decimals) for column in known):
            return Unit(decimals)
    return Unit(fitting)


def _is_whole(amounts: Floats, decimals: int) -> bool:
    """Return whether amounts have so many decimals, but for what a sum of floats leaves."""
    left = np.abs(np.round(amounts, decimals) - amounts)
    return bool((left <= _NOISE * np.abs(amounts)).all())
