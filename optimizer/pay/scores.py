"""Scores read back: what ``score`` wrote, as the metric that gates and awards look at."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from optimizer.domain.nearest import meant
from optimizer.errors import InputError
from optimizer.pay.exact import named
from optimizer.results.stored_table import read_stored

SCORE = "score"
"""Name of a scorecard's total among metrics."""

SCORES = "scores.csv"

ScoreOf = Mapping[tuple[str, str], Decimal]
"""(period, rep) → total."""


def read_scores(path: Path) -> dict[tuple[str, str], Decimal]:
    """Read the totals of scorecards.

    Parameters
    ----------
    path : Path
        ``scores.csv``, or the folder that ``score`` wrote.

    Returns
    -------
    mapping of (period, rep) to total
        Those who have one.

    Raises
    ------
    InputError
        Where there is no such table, or a rep has two totals in a period.
    """
    file = path / SCORES if path.is_dir() else path
    try:
        table = read_stored(file)[["period", "rep", "metric", "value"]].astype(str)
        rows = table[table["metric"] == SCORE].to_numpy().tolist()
        found: dict[tuple[str, str], Decimal] = {}
        for period, rep, _, value in rows:
            if (period, rep) in found:
                raise InputError(f"{file}: {rep} has two scores in {period}; keep one")
            if value:
                found[period, rep] = _finite(value)
    except (OSError, ValueError, KeyError, ArithmeticError) as error:
        raise InputError(
            f"{file}: these are no scores (columns period, rep, metric, value); name what 'score' "
            "wrote"
        ) from error
    return found


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def check_scores(
    path: Path, scores: ScoreOf, periods: tuple[str, ...], people: Mapping[str, object]
) -> None:
    """Check that scores are those of a plan.

    Parameters
    ----------
    path : Path
    scores : mapping of (period, rep) to total
    periods : tuple of str
    people : mapping by rep

    Raises
    ------
    InputError
        Where they name reps whom the plan does not have, or have none of its periods.
    """
    strange = sorted({rep for _, rep in scores if rep not in people})
    if strange:
        raise InputError(
            f"{path}: the plan has no {named(strange)}. {meant(strange[0], list(people))} Score "
            "this run, and name what that wrote"
        )
    if not {period for period, _ in scores} & set(periods):
        raise InputError(
            f"{path}: there are no scores of {named(list(periods))}; score this run, and name what "
            "that wrote"
        )
