"""The scores of one period, rep by rep, and who lacks which value."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from optimizer.pay.exact import named
from optimizer.pay.run import PlannedPay
from optimizer.scorecards.card import ATTAINMENT, LEVELS, Metric, Scorecard
from optimizer.scorecards.cards import Card
from optimizer.scorecards.points import neutral, points
from optimizer.scorecards.score import Line, RepScore
from optimizer.scorecards.values import Reading, Readings
from optimizer.scorecards.words import card_text, plain

Place = tuple[int, str, str]
"""Position of a measure among all, period, and why a value is missing."""

Missing = dict[Place, list[str]]
"""Place → reps without a value."""


def period_scores(
    run: PlannedPay,
    scorecard: Scorecard,
    cards: Mapping[str, Card],
    readings: Readings,
    period: str,
    named_by_actuals: Collection[str],
    missing: Missing,
) -> list[RepScore]:
    """Return the scores of a period, by rep, without ranks and grades.

    Parameters
    ----------
    run : PlannedPay
    scorecard : Scorecard
    cards : mapping of rep to Card
        Of those who are there.
    readings : Readings
    period : str
    named_by_actuals : collection of str
        Reps that the actuals name in the period: open positions among them are scored.
    missing : Missing
        Filled with who lacks which value.
    """
    found = []
    for rep, person in run.people.items():
        card = cards.get(rep, ())
        if not card or (person.is_open and rep not in named_by_actuals):
            continue
        lines = []
        for position in card:
            metric = scorecard.metrics[position]
            reading = readings.read(metric, period, rep)
            lines.append(line_of(metric, reading))
            if reading.value is None:
                missing.setdefault((position, period, reading.remark), []).append(rep)
        text = card_text([scorecard.metrics[position] for position in card])
        found.append(RepScore(period, rep, person.region, person.team, text, tuple(lines)))
    return found


def line_of(metric: Metric, reading: Reading) -> Line:
    """Return the line of a measure: its points, or what stands for a missing value."""
    if reading.value is not None:
        return Line(metric, reading, points(metric, reading.value))
    return Line(metric, reading, neutral(metric) if metric.missing == "neutral" else None)


def missing_text(metric: Metric, place: Place, reps: list[str]) -> str:
    """Return who lacks a value and why, and what was done or what to do about it."""
    _, period, reason = place
    looks = "" if metric.source == metric.name else f" (it looks at {metric.source})"
    lacks = reason if reason.startswith("no ") else f"no value: {reason}"
    said = f"{period}: {metric.name} of {named(reps)} has {lacks}{looks}"
    if metric.missing == "error":
        remedy = "add the values to metrics.csv or, as a column, to the actuals"
        if metric.source == ATTAINMENT or reason in _NO_LEVEL:
            remedy = "let another card match them"
        return f'{said}; {remedy}, or write missing = "reweight" or "neutral" in the measure'
    if metric.missing == "neutral":
        return f"{said}; {plain(neutral(metric))} points stand for it"
    return f"{said}; the other measures count more"


_NO_LEVEL = frozenset(f"{level} is 0" for level in LEVELS)
"""Reasons that no more data would mend."""
