"""What runs pay and may cost, side by side, as far as pay, stress and tune have told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.compare.read import Run

STRESS, TUNE, PAY = "stress", "tune", "pay"
SOURCES = (STRESS, TUNE, PAY)

WHOLE = "*"
"""Dimension of what is about everybody."""

TARGET, EXPECTED, P90 = "cost_at_target", "cost_mean", "cost_p90"
OVERRUN, BUDGET, PAYOUT = "overrun_probability", "budget", "payout"

_COSTS = ("mean", "p50", "p90", "p95", "cvar95")
_DIMENSIONS = ("component", "team", "region", "role", "plan")
_LABELS = ("source", "dimension", "name")
_DIGITS = 6
_NOISE = 1e-9
"""Within this share of each other, figures are the same."""

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Told:
    """A figure of a run, and its standard error where trials have found it."""

    value: float
    error: float = math.nan


def pay_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return what runs pay and may cost; no rows where fewer than two runs tell it.

    Parameters
    ----------
    runs : sequence of Run
        The base first.

    Returns
    -------
    DataFrame
        source (``stress``, ``tune``, ``pay``), dimension (``*`` for all people), name;
        ``value R`` of each run R; ``difference R`` and ``change R`` (to the base) of each run
        but the base; ``error R``, the standard error of each run. What a run does not tell is
        blank, and so are its differences. Whole figures come first, then those of groups, the
        largest difference first.
    """
    told = [dict(_told(run)) for run in runs]
    columns: dict[str, list[float]] = {f"value {run.label}": [] for run in runs}
    for run in runs[1:]:
        columns |= {f"difference {run.label}": [], f"change {run.label}": []}
    columns |= {f"error {run.label}": [] for run in runs}
    keys = _ordered(told)
    for key in keys:
        row = [one.get(key, Told(math.nan)) for one in told]
        for run, one in zip(runs, row, strict=True):
            columns[f"value {run.label}"].append(one.value)
            columns[f"error {run.label}"].append(one.error)
        for run, one in zip(runs[1:], row[1:], strict=True):
            difference = _apart(one.value, row[0].value)
            columns[f"difference {run.label}"].append(difference)
            base = row[0].value if key[2] != OVERRUN else math.nan
            columns[f"change {run.label}"].append(difference / base if base > 0 else math.nan)
    labels = pd.DataFrame(keys, columns=list(_LABELS), dtype=str)
    return labels.join(pd.DataFrame(columns, dtype=float))


def _ordered(told: Sequence[Mapping[Key, Told]]) -> list[Key]:
    """Return what two runs or more tell, in the order of the table; no groups that cost nothing."""
    times = Counter(source for one in told for source in {key[0] for key in one})
    keys = [
        key
        for key in dict.fromkeys(key for one in told for key in one)
        if times[key[0]] > 1
        and (key[1] == WHOLE or any(one[key].value for one in told if key in one))
    ]
    dimensions = list(dict.fromkeys(key[1] for key in keys))
    place = {key: number for number, key in enumerate(keys)}

    def rank(key: Key) -> tuple[object, ...]:
        values = [one[key].value for one in told if key in one]
        spread = _apart(max(values), min(values)) if values[0] == values[0] else 0.0
        inside = (place[key], "") if key[1] == WHOLE else (-spread, key[2])
        return (SOURCES.index(key[0]), dimensions.index(key[1]), *inside)

    return sorted(keys, key=rank)


def _apart(value: float, base: float) -> float:
    """Return a difference; sums of the same amounts in another order make none."""
    return 0.0 if math.isclose(value, base, rel_tol=_NOISE) else round(value - base, _DIGITS) + 0.0


def _told(run: Run) -> Iterator[tuple[Key, Told]]:
    yield from _stress(run.stress, run.stress_by)
    yield from _tune(run.tune)
    yield from _paid(run, run.pay, run.payouts)


def _stress(figures: Mapping[str, Any], groups: pd.DataFrame) -> Iterator[tuple[Key, Told]]:
    if not figures:
        return
    yield (STRESS, WHOLE, TARGET), Told(number(figures.get(TARGET)))
    yield from _costs(STRESS, figures.get("cost"))
    yield (STRESS, WHOLE, BUDGET), Told(number(figures.get(BUDGET)))
    for name in (OVERRUN, "reserve"):
        yield (STRESS, WHOLE, name), _figure(figures.get(name))
    rows = groups[groups["dimension"].isin(_DIMENSIONS)]
    for row in rows.to_dict("records"):
        yield (STRESS, str(row["dimension"]), str(row["name"])), Told(float(row["mean"]))


def _tune(figures: Mapping[str, Any]) -> Iterator[tuple[Key, Told]]:
    """Yield what the tuned rates cost."""
    if not figures:
        return
    after = _part(figures.get("cost"), "after")
    yield (TUNE, WHOLE, BUDGET), Told(number(figures.get(BUDGET)))
    yield from _costs(TUNE, after)
    yield (TUNE, WHOLE, OVERRUN), _figure(_part(after, OVERRUN))


def _costs(source: str, figures: object) -> Iterator[tuple[Key, Told]]:
    for name in _COSTS:
        one = _figure(_part(figures, name))
        if one.value == one.value:
            yield (source, WHOLE, f"cost_{name}"), one


def _paid(
    run: Run, figures: Mapping[str, Any], payouts: pd.DataFrame
) -> Iterator[tuple[Key, Told]]:
    if not figures:
        return
    yield (PAY, WHOLE, PAYOUT), Told(number(figures.get(PAYOUT)))
    periods = figures.get("periods")
    components: dict[str, float] = {}
    for period in periods if isinstance(periods, list) else []:
        parts = _part(period, "by_component")
        for name, value in parts.items() if isinstance(parts, Mapping) else ():
            components[str(name)] = components.get(str(name), 0.0) + number(value)
    for name, value in components.items():
        yield (PAY, "component", name), Told(round(value, _DIGITS))
    for dimension, sums in _by_group(run, payouts):
        for name, value in sums.items():
            yield (PAY, dimension, str(name)), Told(round(float(value), _DIGITS))


def _by_group(run: Run, payouts: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Yield payouts by team, region, plan and period; people without a team count for none."""
    homes = run.targets[run.targets["rep"] != ""].drop_duplicates("rep").set_index("rep")
    for dimension in ("team", "region"):
        group = payouts["rep"].map(homes[dimension]).fillna("")
        yield dimension, payouts["payout"].groupby(group[group != ""], sort=False).sum()
    for dimension in ("plan", "period"):
        yield dimension, payouts["payout"].groupby(payouts[dimension], sort=False).sum()


def pay_unit(runs: Sequence[Run]) -> str:
    """Return the money of pay in the first run that tells one; blank where none does."""
    units = (str(getattr(run, source).get("unit") or "") for run in runs for source in SOURCES)
    return next(filter(None, units), "")


def pay_notes(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return what makes the pay of runs hard to compare, in words."""
    return tuple(note for run in runs[1:] for note in _notes(runs[0], run))


def _notes(base: Run, run: Run) -> Iterator[str]:
    for source in SOURCES:
        one, other = (getattr(each, source) for each in (base, run))
        if one and other and one.get("unit", "") != other.get("unit", ""):
            yield (
                f"{source} counts in {one.get('unit') or 'no named unit'} in {base.label} and in "
                f"{other.get('unit') or 'no named unit'} in {run.label}: differences mix the two"
            )
    yield from _other_stress(base, run)
    periods = [set(each.payouts["period"]) for each in (base, run)]
    if base.pay and run.pay and periods[0] != periods[1]:
        said = [", ".join(sorted(each)) or "nothing" for each in periods]
        yield f"{base.label} has paid {said[0]}, {run.label} {said[1]}: other periods, other pay"


def _other_stress(base: Run, run: Run) -> Iterator[str]:
    """Yield what two stress tests were made with, where that is not the same."""
    for name, words in (("measure", "looks at"), ("incentive", "pays by")):
        one, other = (each.stress.get(name) for each in (base, run))
        if one and other and one != other:
            yield (
                f"stress {words} {one} in {base.label} and {other} in {run.label}: this alone "
                "may make the difference"
            )


def _figure(figure: object) -> Told:
    return Told(number(_part(figure, "value")), number(_part(figure, "standard_error")))


def _part(content: object, name: str) -> Any:
    return content.get(name) if isinstance(content, Mapping) else None


def number(value: object) -> float:
    """Return a number, written as number or as text; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan
