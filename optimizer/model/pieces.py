"""Convex costs as straight pieces, refined where the solution lies.

A cost is known by its slope. Each variable is cut at breakpoints; between two of them the
cost is charged at the mean of the slopes at both ends, which is exact for a quadratic and
keeps the pieces in order of rising slope, so that a linear program fills them in that order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Floats, Ints

FIRST_MULTIPLES = (0.6, 0.9, 1.0, 1.1, 1.5, 2.5)
STEPS = np.array([-4.0, -1.0, 0.0, 1.0, 4.0])
PIECES = len(STEPS) + 2

SlopeAt = Callable[[Ints, Floats], Floats]
"""Slope of each chosen variable's cost at a value: (variables, values) → slopes."""


@dataclass
class Pieces:
    """The pieces of a set of variables.

    Attributes
    ----------
    low, high, centre : (variable,) floats
        Range, and the value where the cost is least, which may lie outside it.
    size : (variable,) floats
        What distances are measured against.
    slope_at : SlopeAt
    columns : (variable, piece) ints
        Columns of the program, filled by whoever adds them.
    value, width : (variable,) floats
        Where the last solution lay, and how finely it is cut there.
    """

    low: Floats
    high: Floats
    centre: Floats
    size: Floats
    slope_at: SlopeAt
    columns: Ints
    value: Floats
    width: Floats

    @classmethod
    def of(
        cls,
        low: Floats,
        high: Floats,
        centre: Floats,
        slope_at: SlopeAt,
        size: Floats | None = None,
    ) -> Pieces:
        """Return pieces that have not met a solution yet; their size is the centre unless given."""
        nowhere = np.zeros((len(low), 0), dtype=np.int64)
        size = centre if size is None else size
        return cls(low, high, centre, size, slope_at, nowhere, centre.copy(), 0.25 * size)

    def first_breakpoints(self) -> Floats:
        """Return the first breakpoints, shape (variable, piece + 1)."""
        away = np.array(FIRST_MULTIPLES) - 1.0
        inner = self.centre[:, None] + self.size[:, None] * away
        return self._ordered(inner)

    def breakpoints(self) -> Floats:
        """Return breakpoints around the last solution, shape (variable, piece + 1)."""
        inner = self.value[:, None] + self.width[:, None] * STEPS
        return self._ordered(np.column_stack([inner, self.centre]))

    def _ordered(self, inner: Floats) -> Floats:
        clipped = np.clip(inner, self.low[:, None], self.high[:, None])
        return np.column_stack([self.low, np.sort(clipped, axis=1), self.high])

    def costs(self, breakpoints: Floats) -> Floats:
        """Return the cost per unit of each piece, shape (variable, piece)."""
        variables = np.repeat(np.arange(len(self.low)), breakpoints.shape[1])
        slopes = self.slope_at(variables, breakpoints.ravel()).reshape(breakpoints.shape)
        return (slopes[:, :-1] + slopes[:, 1:]) / 2.0

    def coarseness(self) -> float:
        """Return the widest cut, as a share of the variable's size."""
        return float((self.width / self.size).max(initial=0.0))

    def follow(self, value: Floats) -> None:
        """Move to a new solution; cut finer where it stayed near the last one.

        Who has moved a step may have further to go, and is cut less fine than who stayed: else
        all steps to come together would end before a place that is a few steps away.
        """
        moved = np.abs(value - self.value)
        stayed, near = moved <= 0.5 * self.width, moved <= 1.5 * self.width
        finer = np.where(stayed, self.width / 5.0, self.width / 2.0)
        self.width = np.where(near, finer, moved / 2.0)
        self.value = value


def bounds_of(breakpoints: Floats) -> tuple[Floats, Floats]:
    """Return the column bounds of the pieces; the first piece starts at the variable's low."""
    high = np.diff(breakpoints, axis=1)
    low = np.zeros_like(high)
    low[:, 0] = breakpoints[:, 0]
    high[:, 0] = breakpoints[:, 1]
    return low, high
