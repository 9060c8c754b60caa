"""The scorecards of one scenario, as ``scorecard.toml`` states them.

Numbers are exact fractions: a threshold of 1.2 is met by a value of exactly 1.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

KINDS = ("ratio", "growth", "level")
BETTER = ("higher", "lower")
MODES = ("band", "linear")
MISSING = ("error", "neutral", "reweight")
LEVELS = ("floor", "target", "stretch")

ATTAINMENT = "attainment"
"""Source that is worked out: actual / target of the main measure."""


@dataclass(frozen=True)
class Knot:
    """Where a band, or a straight line, begins.

    Attributes
    ----------
    start : Fraction
        Value of the measure.
    points : Fraction
    is_above : bool
        The band begins just above `start`, not at it.
    """

    start: Fraction
    points: Fraction
    is_above: bool = False

    def reached(self, value: Fraction) -> bool:
        """Return whether a value is at or beyond the beginning."""
        return value > self.start if self.is_above else value >= self.start


@dataclass(frozen=True)
class Months:
    """Whole months since the start: from `start` on, to before `end` where there is one."""

    start: int = 0
    end: int | None = None


@dataclass(frozen=True)
class Metric:
    """One measure of a card.

    Attributes
    ----------
    name : str
    weight : Fraction
        Share of the card's total.
    kind : str
        ``ratio``: figure / what it is due; ``growth``: figure / last period's − 1; ``level``:
        the figure itself.
    source : str
        The figure: a measure of the plan, a metric, or ``attainment``.
    due : Fraction or str
        Of a ratio: a number, a metric, or a level of the plan for its own measures.
    better : str
    mode : str
        ``band``: steps; ``linear``: straight lines between knots.
    knots : tuple of Knot
        From the lowest value up.
    missing : str
        What holds without a value.
    neutral : Fraction or None
        Points without a value; None for halfway between the least and the most.
    is_carried : bool
        Without a value the last known one holds.
    products : tuple of str
        Products of the figure; empty for all.
    match : mapping of column of people to values
    months : Months or None
    """

    name: str
    weight: Fraction
    kind: str
    source: str
    knots: tuple[Knot, ...]
    due: Fraction | str = "target"
    better: str = "higher"
    mode: str = "band"
    missing: str = "error"
    neutral: Fraction | None = None
    is_carried: bool = False
    products: tuple[str, ...] = ()
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    months: Months | None = None

    @property
    def figure(self) -> str:
        """What the figure is called: its source, and products where it has some only."""
        return f"{self.source} of {'+'.join(self.products)}" if self.products else self.source


@dataclass(frozen=True)
class Grade:
    """A grade, for totals from `start` on."""

    start: Fraction
    name: str


@dataclass(frozen=True)
class Scorecard:
    """All measures and grades; a rep's card has the measures that match the rep.

    Attributes
    ----------
    metrics : tuple of Metric
    grades : tuple of Grade
        From the lowest up; empty for none.
    """

    metrics: tuple[Metric, ...]
    grades: tuple[Grade, ...] = ()

    def grade(self, total: Fraction) -> str:
        """Return the grade of a total; empty below the lowest."""
        return next((one.name for one in reversed(self.grades) if total >= one.start), "")

    @property
    def figures(self) -> frozenset[str]:
        """Names that may be metrics: sources, and what ratios are due."""
        named = {metric.source for metric in self.metrics}
        named |= {metric.due for metric in self.metrics if isinstance(metric.due, str)}
        return frozenset(named - {ATTAINMENT, *LEVELS})
