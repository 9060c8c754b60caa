"""What earlier runs know of the periods before a plan: metrics, and what was scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from optimizer.domain.calendar import Span
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.pay.actuals import metric_values
from optimizer.pay.scores import SCORE, SCORES
from optimizer.results.stored_table import read_stored
from optimizer.scorecards.cards import period_spans

FOLDER = "score"

Known = dict[str, dict[str, Fraction]]
"""Rep → name → value."""


@dataclass(frozen=True)
class PastPeriod:
    """One period before the plan.

    Attributes
    ----------
    period : str
    span : Span or None
        Its months, where they are known.
    figures : mapping of rep to figure to value
        Metrics, and what measures of cards looked at.
    values : mapping of rep to measure of a card to value
    """

    period: str
    span: Span | None = None
    figures: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)


def read_past(folders: Sequence[Path], names: frozenset[str]) -> tuple[PastPeriod, ...]:
    """Read the periods of earlier runs, in their order.

    Parameters
    ----------
    folders : sequence of Path
        Run folders, the earliest first.
    names : frozenset of str
        Metrics to read from the tables of their scenarios.

    Raises
    ------
    InputError
        Where one is no run, knows nothing, or has a period of another one.
    """
    found: list[PastPeriod] = []
    for folder in folders:
        if not (folder / "scenario").is_dir():
            raise InputError(f"--previous {folder}: there is no run of 'plan'; name its folder")
        scenario = load_scenarios(folder / "scenario").scenarios[0]
        table = metric_values(scenario.table("metrics"), names)
        scored = folder / FOLDER / SCORES
        if not table and not scored.is_file():
            raise InputError(
                f"--previous {folder}: it has neither metrics nor {SCORES} under {FOLDER}; score "
                "that run first, without --out"
            )
        figures, values = _scored(scored) if scored.is_file() else ({}, {})
        for (period, rep), own in table.items():
            known = figures.setdefault(period, {}).setdefault(rep, {})
            for name, value in own.items():
                known.setdefault(name, Fraction(value))
        spans = period_spans(scenario)
        for period in scenario.settings.periods:
            if any(one.period == period for one in found):
                raise InputError(
                    f"--previous {folder}: period {period} is in an earlier one too; name each "
                    "period once"
                )
            found.append(
                PastPeriod(period, spans[period], figures.get(period, {}), values.get(period, {}))
            )
    return tuple(found)


def _scored(path: Path) -> tuple[dict[str, Known], dict[str, Known]]:
    """Return period → figures, and period → values of measures, as they were scored."""
    figures: dict[str, Known] = {}
    values: dict[str, Known] = {}
    columns = ["period", "rep", "metric", "value", "source", "actual"]
    try:
        rows = read_stored(path)[columns].astype(str).to_numpy().tolist()
        for period, rep, metric, value, source, actual in rows:
            if metric == SCORE:
                continue
            if value:
                values.setdefault(period, {}).setdefault(rep, {})[metric] = Fraction(value)
            if actual:
                figures.setdefault(period, {}).setdefault(rep, {})[source] = Fraction(actual)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read; run 'score' for it again") from error
    return figures, values
