"""The score of one rep in one period: a line per measure, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from optimizer.scorecards.card import Metric
from optimizer.scorecards.points import best, worst
from optimizer.scorecards.values import Reading


@dataclass(frozen=True)
class Line:
    """One measure of a rep's card.

    Attributes
    ----------
    metric : Metric
    reading : Reading
    points : Fraction or None
        None where the value is missing and the other measures count more instead.
    """

    metric: Metric
    reading: Reading
    points: Fraction | None

    @property
    def is_known(self) -> bool:
        """Whether the measure has a value."""
        return self.reading.value is not None

    @property
    def weighted(self) -> Fraction | None:
        """Weight × points."""
        return None if self.points is None else self.metric.weight * self.points

    @property
    def least(self) -> Fraction:
        """Weight × points, the fewest that can be had where the value is missing."""
        points = self.points if self.is_known and self.points is not None else worst(self.metric)
        return self.metric.weight * points

    @property
    def most(self) -> Fraction:
        """Weight × points, the most that can be had where the value is missing."""
        points = self.points if self.is_known and self.points is not None else best(self.metric)
        return self.metric.weight * points


@dataclass(frozen=True)
class RepScore:
    """What a rep scores in a period.

    Attributes
    ----------
    period, rep, region, team : str
    card : str
        Whom the card is for, in words.
    lines : tuple of Line
        In the order of the file.
    rank, region_rank : int or None
        1 for the highest total of the company, and of the region; equal totals share a rank.
    grade : str
    """

    period: str
    rep: str
    region: str
    team: str
    card: str
    lines: tuple[Line, ...]
    rank: int | None = None
    region_rank: int | None = None
    grade: str = ""

    @cached_property
    def weight(self) -> Fraction:
        """Weights that count: of measures with points."""
        return sum((line.metric.weight for line in self.lines if line.points is not None),
                   Fraction(0))  # fmt: skip

    @cached_property
    def known(self) -> Fraction:
        """Weights of measures that have a value."""
        return sum((line.metric.weight for line in self.lines if line.is_known), Fraction(0))

    @cached_property
    def weighted(self) -> Fraction:
        """Sum of weight × points."""
        return sum((line.weighted or Fraction(0) for line in self.lines), Fraction(0))

    @cached_property
    def total(self) -> Fraction | None:
        """Mean points of what counts; None where nothing does."""
        return self.weighted / self.weight if self.weight else None

    @property
    def is_whole(self) -> bool:
        """Whether every measure with a weight has a value."""
        return all(line.is_known or not line.metric.weight for line in self.lines)

    @cached_property
    def range(self) -> tuple[Fraction, Fraction]:
        """Least and most that the total can be, whatever the missing values are."""
        return (
            sum((line.least for line in self.lines), Fraction(0)),
            sum((line.most for line in self.lines), Fraction(0)),
        )


def ranks(totals: Mapping[str, Fraction]) -> dict[str, int]:
    """Return the rank of each name, 1 for the highest; equal totals share one: 1, 2, 2, 4."""
    ordered = sorted(totals.values(), reverse=True)
    first: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {name: first[value] for name, value in totals.items()}
