"""Scores as tables, every cell a text: a row per measure, then the total; and groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from optimizer.pay.scores import SCORE
from optimizer.scorecards.score import Line, RepScore
from optimizer.scorecards.summary import Group
from optimizer.scorecards.words import plain

Row = list[str]

SCORES = (
    "period", "rep", "metric", "value", "points", "weight", "weighted", "low", "high", "rank",
    "region_rank", "grade", "region", "team", "card", "source", "actual", "against", "remark",
)  # fmt: skip
GROUPS = (
    "period", "dimension", "name", "reps", "incomplete", "mean", "lowest", "highest", "grades",
)  # fmt: skip


def score_rows(scores: Sequence[RepScore]) -> Iterator[Row]:
    """Yield the rows of ``scores.csv``: by period and rep, measures as in the file, then total."""
    for one in scores:
        for line in one.lines:
            yield _line(one, line)
        yield _total(one)


def _line(score: RepScore, line: Line) -> Row:
    reading, metric = line.reading, line.metric
    low, high = ("", "") if line.is_known else (plain(line.least), plain(line.most))
    return [
        score.period,
        score.rep,
        metric.name,
        _text(reading.value),
        _text(line.points),
        plain(metric.weight),
        _text(line.weighted),
        low,
        high,
        "",
        "",
        "",
        score.region,
        score.team,
        score.card,
        metric.figure,
        _text(reading.actual),
        _text(reading.against),
        reading.remark,
    ]


def _total(score: RepScore) -> Row:
    low, high = ("", "") if score.is_whole else tuple(map(plain, score.range))
    remark = "" if score.is_whole else f"{plain(score.known)} of the weight is known"
    return [
        score.period,
        score.rep,
        SCORE,
        _text(score.total),
        _text(score.total),
        plain(score.weight),
        plain(score.weighted),
        low,
        high,
        "" if score.rank is None else str(score.rank),
        "" if score.region_rank is None else str(score.region_rank),
        score.grade,
        score.region,
        score.team,
        score.card,
        "",
        "",
        "",
        remark,
    ]


def group_rows(groups: Sequence[Group]) -> Iterator[Row]:
    """Yield the rows of ``score_by.csv``."""
    for one in groups:
        yield [
            one.period,
            one.dimension,
            one.name,
            str(one.reps),
            str(one.incomplete),
            _text(one.mean),
            _text(one.lowest),
            _text(one.highest),
            "; ".join(f"{name} {number}" for name, number in one.grades.items()),
        ]


def _text(value: Fraction | None) -> str:
    return "" if value is None else plain(value)
