"""What ``[review]`` of a scenario says, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class ReviewSettings:
    """Rules of a review.

    Attributes
    ----------
    top : int
        So many people are at the top of a period.
    top_share : float
        So large a part of them is in the other group at the top.
    target_periods, top_periods, floor_periods : int
        Length from which a streak at target, at the top, under the floor is told.
    outlier_range : float
        An order is set aside above the third quartile + so many interquartile ranges, of logs.
    outlier_orders : int
        Orders of a product that it takes to judge.
    chance : float
        A target is told as set to fail where the chance of reaching it was below this.
    colleagues : int
        Others with a known figure that it takes to judge.
    """

    top: int = 3
    top_share: float = 0.1
    target_periods: int = 3
    top_periods: int = 3
    floor_periods: int = 2
    outlier_range: float = 3.0
    outlier_orders: int = 20
    chance: float = 0.1
    colleagues: int = 10

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> Self:
        """Return the settings of a block ``[review]``, known keys only."""
        return cls(**block)
