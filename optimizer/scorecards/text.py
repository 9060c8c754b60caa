"""Scores as text for a terminal: the company, its regions and teams, and its people."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from optimizer.results.text_table import render_table
from optimizer.scorecards.card import Scorecard
from optimizer.scorecards.score import RepScore
from optimizer.scorecards.scores import Scores
from optimizer.scorecards.summary import DIMENSIONS, Group, groups_of
from optimizer.scorecards.words import plain, rounded, value_text

MANY = 20
"""With more people than this only groups are shown, and rows of a table end here."""


def render_scores(found: Scores) -> str:
    """Return what people score: company, groups, and people where there are not many."""
    groups = list(groups_of(found.scores, found.scorecard))
    parts = [f"{found.run.scenario.settings.name}: scores"]
    for period in dict.fromkeys(one.period for one in found.scores):
        scores = [one for one in found.scores if one.period == period]
        own = [one for one in groups if one.period == period]
        parts.append(_company(own[0]))
        if len(scores) <= MANY:
            parts.append(_people(scores, found.scorecard))
        for dimension in DIMENSIONS[1:]:
            members = [one for one in own if one.dimension == dimension]
            if len(members) > 1 and max(one.reps for one in members) > 1:
                parts.append(_groups(dimension, members))
    parts += ["\n".join(f"note: {note}" for note in found.notes)] if found.notes else []
    return "\n\n".join(parts)


def render_rep(scores: Sequence[RepScore], scorecard: Scorecard) -> str:
    """Return the scores of a rep line by line, by period."""
    return "\n\n".join(f"{_headline(one, scorecard)}\n\n{_lines(one)}" for one in scores)


def _headline(score: RepScore, scorecard: Scorecard) -> str:
    total = _total(score, scorecard) or "unknown"
    text = f"{score.period}, {score.rep} ({score.card}): score {total}"
    if score.grade:
        text += f", grade {score.grade}"
    if score.rank is not None:
        text += f", rank {score.rank}, {score.region_rank} in {score.region}"
    if not score.is_whole:
        _, low, high = _range(score)
        text += f"; {rounded(100 * score.known, 0)} % known, so between {low} and {high}"
    return text


def _lines(score: RepScore) -> str:
    """Return a table of what a total is made of."""
    rows = [
        [
            line.metric.name,
            line.reading.remark,
            "" if line.reading.actual is None else plain(line.reading.actual, 4),
            "" if line.reading.against is None else plain(line.reading.against, 4),
            "" if line.reading.value is None else value_text(line.metric, line.reading.value, 2),
            _points(line.points),
            plain(line.metric.weight),
            _points(line.weighted),
        ]
        for line in score.lines
    ]
    total = ["total", "", "", "", "", _points(score.total), plain(score.weight),
             _points(score.weighted)]  # fmt: skip
    header = ["measure", "remark", "actual", "against", "value", "points", "weight", "weighted"]
    return render_table(header, [*rows, total], 6)


def _company(group: Group) -> str:
    people = "1 person" if group.reps == 1 else f"{group.reps} people"
    mean = "no totals" if group.mean is None else f"mean {_points(group.mean)}"
    text = f"{group.period}: {mean} of {people}"
    if group.grades:
        text += f"; grades {_grades(group)}"
    if group.incomplete:
        text += f"; values missing for {group.incomplete}"
    return text


def _people(scores: Sequence[RepScore], scorecard: Scorecard) -> str:
    """Return a table of people, the highest total first."""
    has_range = any(not one.is_whole for one in scores)
    has_cards = len({one.card for one in scores}) > 1
    has_grades = any(one.grade for one in scores)
    ordered = sorted(scores, key=lambda one: (one.rank is None, one.rank or 0, one.rep))
    header = ["rep", "region", *["card"] * has_cards, *["grade"] * has_grades, "score",
              *["known", "at least", "at most"] * has_range, "rank", "in region"]  # fmt: skip
    rows = [
        [
            one.rep,
            one.region,
            *[one.card] * has_cards,
            *[one.grade] * has_grades,
            _total(one, scorecard),
            *_range(one) * has_range,
            _rank(one.rank),
            _rank(one.region_rank),
        ]
        for one in ordered
    ]
    return render_table(header, rows, 3 + 3 * has_range)


def _range(score: RepScore) -> list[str]:
    """Return the known weight and the range; blank where nothing is missing."""
    if score.is_whole:
        return ["", "", ""]
    low, high = score.range
    return [f"{rounded(100 * score.known, 0)} %", _points(low), _points(high)]


def _groups(dimension: str, members: Sequence[Group]) -> str:
    """Return a table of groups, the highest mean first."""
    ordered = sorted(members, key=lambda one: (one.mean is None, -(one.mean or 0), one.name))
    has_grades = any(one.grades for one in members)
    header = [dimension, *["grades"] * has_grades, "people", "mean", "lowest", "highest"]
    rows = [
        [
            one.name,
            *[_grades(one)] * has_grades,
            str(one.reps),
            *map(_points, (one.mean, one.lowest, one.highest)),
        ]
        for one in ordered[:MANY]
    ]
    more = len(ordered) - len(rows)
    text = render_table(header, rows, 4)
    return text + (f"\n… {more} more in score_by.csv" if more else "")


def _grades(group: Group) -> str:
    return ", ".join(f"{name} {number}" for name, number in group.grades.items())


def _total(score: RepScore, scorecard: Scorecard) -> str:
    """Return a total with as many places as it takes not to look like another grade."""
    if score.total is None:
        return ""
    texts = [rounded(score.total, places) for places in (2, 4, 8)]
    fitting = (text for text in texts if scorecard.grade(Fraction(text)) == score.grade)
    return next(fitting, texts[-1])


def _points(value: Fraction | None) -> str:
    return "" if value is None else rounded(value)


def _rank(place: int | None) -> str:
    return "" if place is None else str(place)
