"""The figures of ``score.json``: the company, regions, teams and cards of each period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from optimizer.pay.run import PlannedPay
from optimizer.scorecards.card import Scorecard
from optimizer.scorecards.score import RepScore
from optimizer.scorecards.words import plain

DIMENSIONS = ("company", "region", "team", "card")
NO_GRADE = "none"


@dataclass(frozen=True)
class Group:
    """Scores of a group in one period.

    Attributes
    ----------
    period, dimension, name : str
    reps, incomplete : int
        People with a card, and those of them with missing values.
    mean, lowest, highest : Fraction or None
        Of totals; None where there are none.
    grades : mapping of grade to number of people
        All grades of the scorecards, the highest first; ``none`` last where somebody has none.
    """

    period: str
    dimension: str
    name: str
    reps: int
    incomplete: int
    mean: Fraction | None
    lowest: Fraction | None
    highest: Fraction | None
    grades: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return the group as plain data; totals are texts of exact decimals."""
        return {
            "name": self.name,
            "reps": self.reps,
            "incomplete": self.incomplete,
            "mean": text_of(self.mean),
            "lowest": text_of(self.lowest),
            "highest": text_of(self.highest),
            "grades": self.grades,
        }


def text_of(value: Fraction | None) -> str | None:
    """Return a total as the text of a decimal; None where there is none."""
    return None if value is None else plain(value)


def groups_of(scores: Sequence[RepScore], scorecard: Scorecard) -> Iterator[Group]:
    """Yield the groups of each period: company, regions, teams, cards, each by name."""
    for period in dict.fromkeys(one.period for one in scores):
        own = [one for one in scores if one.period == period]
        for dimension in DIMENSIONS:
            members: dict[str, list[RepScore]] = {}
            for one in own:
                name = "*" if dimension == "company" else getattr(one, dimension)
                if name:
                    members.setdefault(name, []).append(one)
            for name in sorted(members):
                yield _group(period, dimension, name, members[name], scorecard)


def _group(
    period: str, dimension: str, name: str, scores: Sequence[RepScore], scorecard: Scorecard
) -> Group:
    totals = [one.total for one in scores if one.total is not None]
    counted = Counter(one.grade or NO_GRADE for one in scores)
    grades = {one.name: counted[one.name] for one in reversed(scorecard.grades)}
    if grades and counted[NO_GRADE]:
        grades[NO_GRADE] = counted[NO_GRADE]
    return Group(
        period,
        dimension,
        name,
        len(scores),
        sum(not one.is_whole for one in scores),
        sum(totals, Fraction(0)) / len(totals) if totals else None,
        min(totals) if totals else None,
        max(totals) if totals else None,
        grades,
    )


def summary(
    run: PlannedPay, scorecard: Scorecard, scores: Sequence[RepScore], notes: Sequence[str]
) -> dict[str, Any]:
    """Return totals of groups as plain data.

    Parameters
    ----------
    run : PlannedPay
    scorecard : Scorecard
    scores : sequence of RepScore
    notes : sequence of str
    """
    groups = list(groups_of(scores, scorecard))
    return {
        "name": run.scenario.settings.name,
        "measures": list(dict.fromkeys(metric.name for metric in scorecard.metrics)),
        "periods": [
            {
                "period": one.period,
                **one.as_dict(),
                **{
                    f"by_{dimension}": [
                        part.as_dict()
                        for part in groups
                        if (part.period, part.dimension) == (one.period, dimension)
                    ]
                    for dimension in DIMENSIONS[1:]
                },
            }
            for one in groups
            if one.dimension == "company"
        ],
        "notes": list(notes),
    }
