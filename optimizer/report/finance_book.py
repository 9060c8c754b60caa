"""What pay costs, as workbooks for finance: stress, tuned rates, a frontier, payouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.frontier.frontier import Frontier
from optimizer.pay.exact import exact_decimals
from optimizer.pay.line import KINDS
from optimizer.pay.pay import Pay
from optimizer.pay.tables import LEDGER, POOLS, ledger_rows, payout_header, payout_rows, pool_rows
from optimizer.report.sheets import (
    AMOUNT,
    MONEY,
    MOST_ROWS,
    PERCENT,
    Number,
    Sheet,
    write_book,
)
from optimizer.stress.curve_table import cliffs, payout_curves
from optimizer.stress.stress import Stress
from optimizer.tune.rate import with_rates
from optimizer.tune.tune import Tuning

_ERROR = "standard error"
_FIGURES = ("figure", "value", _ERROR)
_CURVE = {"attainment": PERCENT, "payout": MONEY, "slope": MONEY, "jump": MONEY}
_COSTS = {"sd": "standard deviation", "cvar95": "CVaR95, mean of the worst 5 %"}
_LABELS = frozenset(("period", "rep", "plan", "component", "tier", "pool", "group"))
_PAY = {
    **dict.fromkeys(("target", "actual", "base"), AMOUNT),
    **dict.fromkeys(("attainment", "gate factor"), PERCENT),
}

Row = tuple[Any, ...]


def write_stress_book(found: Stress, path: Path) -> None:
    """Write a stress test as a workbook: figures, cost by group, shocks, payout curves."""
    by = {**dict.fromkeys(("mean", "p50", "p95"), MONEY), "share": PERCENT}
    sheets = [
        Sheet("figures", _FIGURES, _stress_figures(found), {"value": MONEY, _ERROR: MONEY}),
        _with_errors("by group", found.by, found.by_errors, by),
        _sheet("payout curve", found.curves, _CURVE),
        _sheet("cliffs", cliffs(found.curves), _CURVE),
        Sheet("method", ("plan or pool", "cost is found by"), list(found.methods.items())),
        _texts("assumptions", found.world.rules.assumed),
    ]
    if len(found.shocks):
        money = dict.fromkeys(found.shocks.columns.drop("name"), MONEY)
        sheets.insert(2, _sheet("shocks", found.shocks, {**money, "probability": PERCENT}))
    write_book(sheets, path)


def _stress_figures(found: Stress) -> Iterator[Row]:
    other = found.other
    yield ("money of pay", found.unit, None)
    yield ("trials", Number(int(found.costs.size), "#,##0"), None)
    yield ("seed", Number(found.world.rules.seed, "0"), None)
    for name, one in found.figures.items():
        shown = f"cost, {_COSTS.get(name, name.upper() if name[0] == 'p' else name)}"
        yield (shown, one.value, one.standard_error)
    yield ("cost with everybody on target", other["cost_at_target"], None)
    yield ("cost with everybody on the mean attainment", other["cost_at_mean_attainment"], None)
    if found.budget is not None:
        yield ("budget", found.budget, None)
        yield _figure("probability that it is exceeded", other["overrun_probability"], PERCENT)
    yield _figure("reserve, P90 − P50", other["reserve"])
    yield ("expected sales", other["sales"], None)
    yield _figure("cost / sales", other["ccos"], PERCENT)
    whole = sum(one["value"] for one in other["variance"].values()) or 1.0
    for name, one in other["variance"].items():
        shares = {key: value / whole for key, value in one.items()}
        yield _figure(f"share of the variance of cost, {name}", shares, PERCENT)
    yield _figure("cost of targets that are off", other["quota_error_cost"])
    if other["gaming"] is not None:
        yield _figure("cost of sales moved between periods", other["gaming"])


def write_tune_book(found: Tuning, path: Path) -> None:
    """Write tuned rates as a workbook: rates, pay, cost on fresh trials, payout curves."""
    levels = [name for name in found.pay.columns if name.startswith("at_")]
    figures = [
        ("money of pay", found.unit), ("budget", found.budget),
        ("trials", Number(found.trials, "#,##0")), ("seed", Number(found.seed, "0")),
        ("CVaR95 on the trials the rates were found by", found.in_sample),
        ("CVaR95 on fresh trials, over the budget", Number(found.out_of_sample, PERCENT)),
    ]  # fmt: skip
    write_book(
        [
            Sheet("figures", ("figure", "value"), figures, {"value": MONEY}),
            _sheet("rates", found.rates, {}),
            _sheet("pay", found.pay, {"excellence": PERCENT, **dict.fromkeys(levels, MONEY)}),
            Sheet("cost", ("on fresh trials", "before", f"before, {_ERROR}", "after",
                           f"after, {_ERROR}"), list(_costs(found)),
                  dict.fromkeys(("before", f"before, {_ERROR}", "after", f"after, {_ERROR}"),
                                MONEY)),
            _sheet("curve before", payout_curves(found.design.world), _CURVE),
            _sheet("curve after", _curve_after(found), _CURVE),
            _texts("assumptions", found.design.world.rules.assumed),
        ],
        path,
    )  # fmt: skip


def _curve_after(found: Tuning) -> pd.DataFrame:
    return payout_curves(with_rates(found.design, found.rates["after"].to_numpy()))


def _costs(found: Tuning) -> Iterator[Row]:
    before, after = found.cost["before"], found.cost["after"]
    for name, shown in (("mean", "mean"), ("p95", "P95"), ("cvar95", "CVaR95")):
        yield (shown, before[name].value, before[name].standard_error, after[name].value,
               after[name].standard_error)  # fmt: skip
    name = "overrun_probability"
    yield (
        "probability that the budget is exceeded",
        *(Number(one, PERCENT) for when in (before, after)
          for one in (when[name].value, when[name].standard_error)),
    )  # fmt: skip


def write_frontier_book(found: Frontier, path: Path) -> None:
    """Write a frontier as a workbook: its figures, and its rows with their errors."""
    cheapest = found.cheapest
    figures = [
        ("money of pay", found.unit), ("goal", found.goal), ("sum of all targets", found.street),
        ("over-assignment as planned", Number(found.present, PERCENT)),
        ("elasticity of sales to targets", found.elasticity),
        ("trials", Number(found.trials, "#,##0")), ("seed", Number(found.seed, "0")),
        ("wanted chance of the goal", Number(found.chance, PERCENT)),
        ("cheapest over-assignment that has it",
         Number(cheapest["over_assignment"], PERCENT) if cheapest else "none up to 100 %"),
    ]  # fmt: skip
    if cheapest is not None:
        figures.append(("mean cost there", Number(cheapest["cost_mean"], MONEY)))
    forms = {
        **dict.fromkeys(("probability", "ccos"), PERCENT),
        **dict.fromkeys(("cost_mean", "cost_p90"), MONEY),
    }
    write_book(
        [
            Sheet("figures", ("figure", "value"), figures, {"value": AMOUNT}),
            _with_errors("frontier", found.rows, found.errors, forms,
                         {"over_assignment": PERCENT, "sales": MONEY}),
            _texts("assumptions", found.assumed),
        ],
        path,
    )  # fmt: skip


def write_pay_book(found: Pay, path: Path) -> None:
    """Write pay as a workbook: totals, payouts, ledger, pools, notes."""
    with exact_decimals():
        figures = found.as_dict()
        notes = list(figures["notes"])
        sheets = [
            Sheet("by period", ("period", "people", *KINDS, "payout"), _periods(figures),
                  dict.fromkeys((*KINDS, "payout"), MONEY)),
            Sheet("by plan", ("period", "plan", "people", "payout"), _plans(figures),
                  {"payout": MONEY}),
        ]  # fmt: skip
        tables = {
            "payouts": (payout_header(found), payout_rows(found), len(found.payouts)),
            "ledger": (LEDGER, ledger_rows(found), sum(len(one.lines) for one in found.payouts)),
            "pools": (POOLS, pool_rows(found), len(found.funds)),
        }
        for name, (header, rows, number) in tables.items():
            if number > MOST_ROWS:
                notes.append(
                    f"{name}: {number:,} rows, more than the {MOST_ROWS:,} that a sheet holds; "
                    f"see {name}.csv"
                )
            else:
                sheets.append(_pay_table(name, header, rows))
        notes += [f"{name} is paid: {text}" for name, text in figures["when_paid"].items()]
        write_book([*sheets, _texts("notes", notes)], path)


def _pay_table(name: str, header: Iterable[str], rows: Iterable[list[str]]) -> Sheet:
    labels = [column in _LABELS for column in header]
    shown = tuple(column.replace("_", " ") for column in header)
    numbers = (
        [text if is_label else (float(text) if text else None)
         for text, is_label in zip(row, labels, strict=True)]
        for row in rows
    )  # fmt: skip
    forms = {column: _PAY.get(column, MONEY) for column in shown if column != "rate"}
    return Sheet(name, shown, numbers, forms)


def _periods(figures: Mapping[str, Any]) -> Iterator[Row]:
    for one in figures["periods"]:
        by = one["by_component"]
        yield (one["period"], one["reps"], *(float(by[kind]) for kind in KINDS),
               float(one["payout"]))  # fmt: skip


def _plans(figures: Mapping[str, Any]) -> Iterator[Row]:
    for one in figures["periods"]:
        for plan in one["by_plan"]:
            yield (one["period"], plan["plan"] or "none", plan["reps"], float(plan["payout"]))


def _figure(name: str, one: Mapping[str, float], form: str = MONEY) -> Row:
    return (name, Number(one["value"], form), Number(one["standard_error"], form))


def _texts(name: str, texts: Iterable[str]) -> Sheet:
    return Sheet(name, (name,), [(text,) for text in texts])


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


BOOKS: Mapping[str, Callable[[Any, Path], None]] = {
    "frontier": write_frontier_book,
    "pay": write_pay_book,
    "stress": write_stress_book,
    "tune": write_tune_book,
}
"""Command → what writes its figures as a workbook."""
