"""What pay may cost, as workbooks for finance: stress, tuned rates, a frontier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.frontier.frontier import Frontier
from optimizer.report.pay_book import spoken_component, write_pay_book
from optimizer.report.sheets import (
    AMOUNT,
    MONEY,
    PERCENT,
    Number,
    Row,
    Sheet,
    sentences,
    write_spoken,
)
from optimizer.report.wording import Wording
from optimizer.stress.curve_table import cliffs, payout_curves
from optimizer.stress.stress import Stress
from optimizer.tune.rate import with_rates
from optimizer.tune.tune import Tuning

_ERROR = "standard error"
_FIGURES = ("figure", "value", _ERROR)
_CURVE = {"attainment": PERCENT, "payout": MONEY, "slope": MONEY, "jump": MONEY}
_COSTS = {"mean": "mean", "sd": "standard deviation", "cvar95": "CVaR95, mean of the worst 5 %"}


def write_stress_book(found: Stress, path: Path, lang: str = "en") -> None:
    """Write a stress test as a workbook: figures, cost by group, shocks, payout curves."""
    say = Wording(lang)
    by = {**dict.fromkeys(("mean", "p50", "p95"), MONEY), "share": PERCENT}
    sheets = [
        Sheet("figures", _FIGURES, _stress_figures(found, say), {"value": MONEY, _ERROR: MONEY}),
        _with_errors("by group", _groups(found.by, say), found.by_errors, by),
        _sheet("payout curve", found.curves, _CURVE),
        _sheet("cliffs", cliffs(found.curves), _CURVE),
        Sheet("method", ("plan or pool", "cost is found by"), say.each(found.methods).items()),
        sentences("assumptions", found.world.rules.assumed, say),
    ]
    if len(found.shocks):
        money = dict.fromkeys(found.shocks.columns.drop("name"), MONEY)
        sheets.insert(2, _sheet("shocks", found.shocks, {**money, "probability": PERCENT}))
    write_spoken(sheets, path, say)


def _groups(by: pd.DataFrame, say: Wording) -> pd.DataFrame:
    """Return cost by group with dimensions, tiers and components in a language."""
    names = [
        spoken_component(name, say) if dimension == "component"
        else say.told(name, "rate") if dimension == "tier"
        else name
        for dimension, name in zip(by["dimension"], by["name"], strict=True)
    ]  # fmt: skip
    return by.assign(dimension=[say(one) for one in by["dimension"]], name=names)


def _stress_figures(found: Stress, say: Wording) -> Iterator[Row]:
    other = found.other
    yield (say("money of pay"), found.unit, None)
    yield (say("trials"), Number(int(found.costs.size), "#,##0"), None)
    yield (say("seed"), Number(found.world.rules.seed, "0"), None)
    for name, one in found.figures.items():
        figure = say(_COSTS[name]) if name in _COSTS else name.upper()
        yield (say("cost, {figure}", figure=figure), one.value, one.standard_error)
    yield (say("cost with everybody on target"), other["cost_at_target"], None)
    average = say("cost with everybody on the mean attainment")
    yield (average, other["cost_at_mean_attainment"], None)
    if found.budget is not None:
        yield (say("budget"), found.budget, None)
        chance = say("probability that it is exceeded")
        yield _figure(chance, other["overrun_probability"], PERCENT)
    yield _figure(say("reserve, P90 − P50"), other["reserve"])
    yield (say("expected sales"), other["sales"], None)
    yield _figure(say("cost / sales"), other["ccos"], PERCENT)
    whole = sum(one["value"] for one in other["variance"].values()) or 1.0
    for name, one in other["variance"].items():
        shares = {key: value / whole for key, value in one.items()}
        source = say("share of the variance of cost, {source}", source=say(name))
        yield _figure(source, shares, PERCENT)
    yield _figure(say("cost of targets that are off"), other["quota_error_cost"])
    if other["gaming"] is not None:
        yield _figure(say("cost of sales moved between periods"), other["gaming"])


def write_tune_book(found: Tuning, path: Path, lang: str = "en") -> None:
    """Write tuned rates as a workbook: rates, pay, cost on fresh trials, payout curves."""
    say = Wording(lang)
    levels = [name for name in found.pay.columns if name.startswith("at_")]
    rates = found.rates.assign(rate=[say.told(one, "rate") for one in found.rates["rate"]])
    figures = [
        (say("money of pay"), found.unit), (say("budget"), found.budget),
        (say("trials"), Number(found.trials, "#,##0")), (say("seed"), Number(found.seed, "0")),
        (say("CVaR95 on the trials the rates were found by"), found.in_sample),
        (say("CVaR95 on fresh trials, over the budget"), Number(found.out_of_sample, PERCENT)),
    ]  # fmt: skip
    write_spoken(
        [
            Sheet("figures", ("figure", "value"), figures, {"value": MONEY}),
            _sheet("rates", rates, {}),
            _sheet("pay", found.pay, {"excellence": PERCENT, **dict.fromkeys(levels, MONEY)}),
            Sheet("cost", ("on fresh trials", "before", f"before, {_ERROR}", "after",
                           f"after, {_ERROR}"), list(_costs(found, say)),
                  dict.fromkeys(("before", f"before, {_ERROR}", "after", f"after, {_ERROR}"),
                                MONEY)),
            _sheet("curve before", payout_curves(found.design.world), _CURVE),
            _sheet("curve after", _curve_after(found), _CURVE),
            sentences("assumptions", found.design.world.rules.assumed, say),
        ],
        path,
        say,
    )  # fmt: skip


def _curve_after(found: Tuning) -> pd.DataFrame:
    return payout_curves(with_rates(found.design, found.rates["after"].to_numpy()))


def _costs(found: Tuning, say: Wording) -> Iterator[Row]:
    before, after = found.cost["before"], found.cost["after"]
    for name, shown in (("mean", say("mean")), ("p95", "P95"), ("cvar95", "CVaR95")):
        yield (shown, before[name].value, before[name].standard_error, after[name].value,
               after[name].standard_error)  # fmt: skip
    name = "overrun_probability"
    yield (
        say("probability that the budget is exceeded"),
        *(Number(one, PERCENT) for when in (before, after)
          for one in (when[name].value, when[name].standard_error)),
    )  # fmt: skip


def write_frontier_book(found: Frontier, path: Path, lang: str = "en") -> None:
    """Write a frontier as a workbook: its figures, and its rows with their errors."""
    say, cheapest = Wording(lang), found.cheapest
    figures = [
        (say("money of pay"), found.unit), (say("goal"), found.goal),
        (say("sum of all targets"), found.street),
        (say("over-assignment as planned"), Number(found.present, PERCENT)),
        (say("elasticity of sales to targets"), found.elasticity),
        (say("trials"), Number(found.trials, "#,##0")), (say("seed"), Number(found.seed, "0")),
        (say("wanted chance of the goal"), Number(found.chance, PERCENT)),
        (say("cheapest over-assignment that has it"),
         Number(cheapest["over_assignment"], PERCENT) if cheapest else say("none up to 100 %")),
    ]  # fmt: skip
    if cheapest is not None:
        figures.append((say("mean cost there"), Number(cheapest["cost_mean"], MONEY)))
    forms = {
        **dict.fromkeys(("probability", "ccos"), PERCENT),
        **dict.fromkeys(("cost_mean", "cost_p90"), MONEY),
    }
    write_spoken(
        [
            Sheet("figures", ("figure", "value"), figures, {"value": AMOUNT}),
            _with_errors("frontier", found.rows, found.errors, forms,
                         {"over_assignment": PERCENT, "sales": MONEY}),
            sentences("assumptions", found.assumed, say),
        ],
        path,
        say,
    )  # fmt: skip


def _figure(name: str, one: Mapping[str, float], form: str = MONEY) -> Row:
    return (name, Number(one["value"], form), Number(one["standard_error"], form))


def _sheet(name: str, table: pd.DataFrame, forms: Mapping[str, str]) -> Sheet:
    shown = {str(column): str(column).replace("_", " ") for column in table.columns}
    return Sheet(
        name,
        tuple(shown.values()),
        table.itertuples(index=False, name=None),
        {shown[column]: form for column, form in forms.items()},
    )


def _with_errors(
    name: str,
    table: pd.DataFrame,
    errors: pd.DataFrame,
    forms: Mapping[str, str],
    exact: Mapping[str, str] | None = None,
) -> Sheet:
    """Return a sheet in which the standard error of each figure of `forms` stands beside it."""
    columns, shown = {}, {**forms, **(exact or {})}
    for column in map(str, table.columns):
        columns[column] = table[column]
        if column in forms:
            beside = f"{column}, {_ERROR}"
            columns[beside], shown[beside] = errors[column], forms[column]
    return _sheet(name, pd.DataFrame(columns), shown)


BOOKS: Mapping[str, Callable[[Any, Path, str], None]] = {
    "frontier": write_frontier_book,
    "pay": write_pay_book,
    "stress": write_stress_book,
    "tune": write_tune_book,
}
"""Command → what writes its figures as a workbook."""
