"""What happened before the period that is paid: attainment, metrics, and what was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.pay.actuals import ATTAINMENT, Metrics, metric_values
from optimizer.pay.scores import SCORE, SCORES, read_scores
from optimizer.results.stored_table import read_stored

PAYOUTS = "payouts.csv"


@dataclass(frozen=True)
class PaidPeriod:
    """One period that has been paid.

    Attributes
    ----------
    attainment : mapping of rep to Fraction
        Of those who had one.
    earned : mapping of rep to amount
        Commission and bonus after gates and cap, without pools, awards and guarantee.
    metrics : mapping of rep to metric to value
    """

    period: str
    attainment: Mapping[str, Fraction] = field(default_factory=dict)
    earned: Mapping[str, Decimal] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def value(self, rep: str, metric: str) -> Fraction | None:
        """Return a rep's value of a metric, attainment included; None where it is not known."""
        if metric == ATTAINMENT:
            return self.attainment.get(rep)
        found = self.metrics.get(rep, {}).get(metric)
        return None if found is None else Fraction(found)


def read_previous(folders: Sequence[Path], metrics: set[str]) -> tuple[PaidPeriod, ...]:
    """Read the periods that earlier runs paid, in their order.

    Parameters
    ----------
    folders : sequence of Path
        Run folders with ``pay/``, the earliest first.
    metrics : set of str
        Metrics to read from their scenarios.

    Raises
    ------
    InputError
        Where one was never paid, or two paid the same period.
    """
    found: list[PaidPeriod] = []
    for folder in folders:
        path = folder / "pay" / PAYOUTS
        if not path.is_file():
            raise InputError(
                f"--previous {folder}: it has no {PAYOUTS} under pay; pay that run first, without "
                "--out"
            )
        table = load_scenarios(folder / "scenario").scenarios[0].table("metrics")
        values = metric_values(table, metrics)
        if SCORE in metrics and (folder / SCORE / SCORES).is_file():
            for place, total in read_scores(folder / SCORE).items():
                values.setdefault(place, {})[SCORE] = total
        periods = _paid(path, values)
        if again := {one.period for one in found} & {one.period for one in periods}:
            raise InputError(
                f"--previous {folder}: period {min(again)} was paid by an earlier one too; name "
                "each period once"
            )
        found += periods
    return tuple(found)


def _paid(path: Path, values: Metrics) -> list[PaidPeriod]:
    try:
        table = read_stored(path)
        rows = [[Decimal(cell or "0") for cell in row] for row in table[list(_NUMBERS)].to_numpy()]
        labels = table[["period", "rep"]].astype(str).to_numpy().tolist()
    except (OSError, ValueError, KeyError, ArithmeticError) as error:
        raise InputError(f"{path}: cannot be read; run 'pay' for it again") from error
    attained: dict[str, dict[str, Fraction]] = {}
    earned: dict[str, dict[str, Decimal]] = {}
    for (period, rep), (target, actual, payout, *others) in zip(labels, rows, strict=True):
        own = attained.setdefault(period, {})
        if target > 0:
            own[rep] = Fraction(actual) / Fraction(target)
        earned.setdefault(period, {})[rep] = payout - sum(others, Decimal(0))
    return [
        PaidPeriod(
            period,
            attained[period],
            earned[period],
            {rep: own for (when, rep), own in values.items() if when == period},
        )
        for period in attained
    ]


_NUMBERS = ("target", "actual", "payout", "pool", "award", "guarantee")
