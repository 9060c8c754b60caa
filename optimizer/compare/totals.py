"""What runs come to as a whole, one row each, and what to know before comparing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from optimizer.compare.read import Run
from optimizer.compare.sides import measures_of

AMOUNTS = (
    "goal", "placed", "street", "gap", "over_assignment_short", "street_short", "stretch_gap",
    "objective",
)  # fmt: skip
FAIRNESS = ("gini", "within_10", "within_20", "smallest_multiple", "largest_multiple")
_MOST_PERIODS = 4
COST = ("cost_mean", "cost_p95")


def totals(runs: Sequence[Run]) -> pd.DataFrame:
    """Return one row per measure and run.

    Returns
    -------
    DataFrame
        measure, run, name, unit, status; totals as ``run.json`` has them; fairness as
        ``fairness.json`` has it; cost as ``stress/stress.json`` has it. NaN is unknown.
    """
    rows = [
        _row(run, measure)
        for measure in measures_of(runs)
        for run in runs
        if measure in run.figures
    ]
    return pd.DataFrame(rows)


def _row(run: Run, measure: str) -> dict[str, Any]:
    figures, fairness = run.figures[measure], run.fairness.get(measure, {})
    is_main = measure == next(iter(run.figures))
    return {
        "measure": measure,
        "run": run.label,
        "name": str(run.record.get("name", "")),
        "unit": str(figures.get("unit", "")),
        "status": str(figures.get("status", "")),
        **{name: _number(figures.get(name)) for name in AMOUNTS},
        **{name: _number(fairness.get(name)) for name in FAIRNESS},
        **{name: _number(_cost(run, name) if is_main else None) for name in COST},
    }


def _cost(run: Run, name: str) -> object:
    """Return a figure of the cost, such as ``cost_mean``, as a stress test has it."""
    figures = run.stress.get("cost")
    figure = figures.get(name.removeprefix("cost_")) if isinstance(figures, dict) else None
    return figure.get("value") if isinstance(figure, dict) else None


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return what makes runs hard to compare, in words."""
    return tuple(note for run in runs[1:] for note in _notes(runs[0], run))


def _notes(base: Run, run: Run) -> Iterator[str]:
    for measure in measures_of([base, run]):
        if measure not in base.figures or measure not in run.figures:
            where, lacks = (run, base) if measure in run.figures else (base, run)
            yield (
                f"the measure {measure} is in {where.label} only: "
                f"{lacks.label} is blank there and counts as 0"
            )
            continue
        one, other = (str(each.figures[measure].get("unit", "")) for each in (base, run))
        if one != other:
            yield (
                f"{measure} is counted in {one or 'no named unit'} in {base.label} and in "
                f"{other or 'no named unit'} in {run.label}: differences mix the two units"
            )
    periods = [list(map(str, each.settings.get("periods", []))) for each in (base, run)]
    if set(periods[0]) != set(periods[1]):
        yield (
            f"{base.label} plans {_listed(periods[0])}, {run.label} {_listed(periods[1])}: "
            "a period that a run does not have counts as 0"
        )
    keys = ["version", "method"]
    if run.is_recalibrated != base.is_recalibrated:
        moved = run if run.is_recalibrated else base
        yield f"{moved.label} is recalibrated in mid-period: it tells neither limits nor fairness"
        keys.remove("method")
    for key in keys:
        one, other = (str(each.record.get(key, "unknown")) for each in (base, run))
        if one != other:
            yield f"the {key} is {one} in {base.label} and {other} in {run.label}"


def _listed(periods: Sequence[str]) -> str:
    if len(periods) <= _MOST_PERIODS:
        return ", ".join(periods)
    return f"{periods[0]} to {periods[-1]} ({len(periods)} periods)"
