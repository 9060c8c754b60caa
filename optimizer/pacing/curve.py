"""Curves: which share of a period's target is due in each week.

The default is 13 weeks in phases of 4, 6 and 3 with 30, 50 and 20 %, even inside a phase.
Shares are kept as fractions, so that what is due at the end of a phase is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from optimizer.errors import InputError
from optimizer.problem.instance import Floats

DEFAULT_WEEKS = (4, 6, 3)
DEFAULT_SHARES = (Fraction(3, 10), Fraction(1, 2), Fraction(1, 5))
_SUMS_TO_ONE = Fraction(1, 1000)


@dataclass(frozen=True)
class Phases:
    """The phases of a period.

    Attributes
    ----------
    weeks : tuple of int
        Weeks of each phase; other numbers of weeks keep their proportions.
    shares : tuple of Fraction
        Share of each phase; they add up to 1.
    names : tuple of str
    """

    weeks: tuple[int, ...] = DEFAULT_WEEKS
    shares: tuple[Fraction, ...] = DEFAULT_SHARES
    names: tuple[str, ...] = ("phase 1", "phase 2", "phase 3")


@dataclass(frozen=True)
class Curve:
    """What is due in each week, as a share of the period's target.

    Attributes
    ----------
    share : tuple of Fraction
        One per week; at least 0, they add up to 1.
    phase : tuple of str
        Name of each week's phase; empty where the curve has none.
    """

    share: tuple[Fraction, ...]
    phase: tuple[str, ...]

    @property
    def weeks(self) -> int:
        """How many weeks."""
        return len(self.share)

    @property
    def weekly(self) -> Floats:
        """Share of each week, (week,) floats."""
        return np.array([float(part) for part in self.share])

    @property
    def due(self) -> Floats:
        """Share due at the end of each week, (week,) floats; the last is 1."""
        total, sums = Fraction(0), []
        for part in self.share:
            total += part
            sums.append(float(total))
        return np.array(sums)


def read_phases(settings: Mapping[str, Any]) -> Phases:
    """Return the phases that ``[pacing]`` sets.

    Parameters
    ----------
    settings : mapping
        The block ``[pacing]`` of a scenario, keys checked one by one already.

    Raises
    ------
    InputError
        Where phases, shares and names differ in number, no phase has a week, or the shares do
        not add up to 1.
    """
    weeks = tuple(settings.get("weeks", DEFAULT_WEEKS))
    given = settings.get("shares", DEFAULT_SHARES)
    shares = tuple(Fraction(str(part)) for part in given)
    names = tuple(settings.get("names", [f"phase {number + 1}" for number in range(len(weeks))]))
    if not len(weeks) == len(shares) == len(names):
        raise InputError(
            f"[pacing] has {len(weeks)} weeks, {len(shares)} shares and {len(names)} names: give "
            "one of each for every phase"
        )
    if sum(weeks) < 1:
        raise InputError("[pacing] weeks: no phase has a week; give at least one")
    total = sum(shares, Fraction(0))
    if abs(total - 1) > _SUMS_TO_ONE:
        raise InputError(
            f"[pacing] shares add up to {float(total):.6g}, not to 1: change one of them by "
            f"{float(1 - total):+.6g}"
        )
    return Phases(weeks, tuple(part / total for part in shares), names)


def phase_weeks(weeks: int, phases: Sequence[int]) -> tuple[int, ...]:
    """Spread a number of weeks over phases in proportion, by largest remainder.

    Parameters
    ----------
    weeks : int
        At least 1.
    phases : sequence of int
        Weeks of each phase in a period of ``sum(phases)`` weeks.

    Returns
    -------
    tuple of int
        They add up to `weeks`; of equal remainders the earlier phase comes first.
    """
    whole, total = [weeks * part // sum(phases) for part in phases], sum(phases)
    by_remainder = sorted(range(len(phases)), key=lambda k: (-(weeks * phases[k] % total), k))
    for phase in by_remainder[: weeks - sum(whole)]:
        whole[phase] += 1
    return tuple(whole)


def phase_curve(weeks: int, phases: Phases) -> Curve:
    """Return the curve of a period with any number of weeks.

    Even inside a phase. A phase left without a week gives its share to the others in
    proportion; where those have none of their own, evenly over all weeks.
    """
    spread = phase_weeks(weeks, phases.weeks)
    kept = sum(
        (part for part, count in zip(phases.shares, spread, strict=True) if count), Fraction(0)
    )
    share: list[Fraction] = []
    names: list[str] = []
    for part, count, name in zip(phases.shares, spread, phases.names, strict=True):
        each = part / kept / count if count and kept else Fraction(1, weeks)
        share += [each] * count
        names += [name] * count
    return Curve(tuple(share), tuple(names))


def weighted_curve(curve: Curve, weight: Sequence[Fraction]) -> Curve:
    """Return a curve whose weeks are weighted, such as by their working days.

    The share of each phase stays; inside it weeks share in proportion to share × weight. A
    phase without any weight keeps its curve.
    """
    share = list(curve.share)
    for name in dict.fromkeys(curve.phase):
        inside = [week for week in range(curve.weeks) if curve.phase[week] == name]
        whole = sum((curve.share[week] for week in inside), Fraction(0))
        weighed = sum((curve.share[week] * weight[week] for week in inside), Fraction(0))
        if weighed:
            for week in inside:
                share[week] = whole * curve.share[week] * weight[week] / weighed
    return Curve(tuple(share), curve.phase)
