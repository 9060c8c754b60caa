"""What runs pay and may cost as text: whole figures, then groups that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from optimizer.compare.comparison import Comparison
from optimizer.compare.forms import Form, cells, header, more, percent, points
from optimizer.compare.pay import BUDGET, EXPECTED, OVERRUN, P90, PAY, PAYOUT, STRESS, TARGET, TUNE
from optimizer.compare.pay import WHOLE as EVERYBODY
from optimizer.results.text_table import amount, render_table

_WHOLE = {
    (STRESS, TARGET): "cost, everybody on target",
    (STRESS, EXPECTED): "expected cost",
    (STRESS, P90): "cost, P90",
    (STRESS, "cost_p95"): "cost, P95",
    (STRESS, BUDGET): "budget",
    (STRESS, OVERRUN): "chance of more than the budget",
    (TUNE, BUDGET): "tuned rates: budget",
    (TUNE, EXPECTED): "tuned rates: expected cost",
    (TUNE, "cost_cvar95"): "tuned rates: CVaR95",
    (TUNE, OVERRUN): "tuned rates: chance of more",
    (PAY, PAYOUT): "paid",
}
_GROUPS = ("component", "team", "region")
_SOURCES = {STRESS: "expected cost", PAY: "paid"}
_LARGE = 1000.0
"""Amounts from which cents are left out, but for what is paid."""

_CHANCE = 2.0
"""Standard errors of a difference within which it may be chance."""


def render_pay(comparison: Comparison, names: Sequence[str], top: int) -> list[str]:
    """Return what runs pay and may cost, one text per table; none where it is not known.

    Parameters
    ----------
    names : sequence of str
        What the columns of runs are called.
    top : int
        Groups to show of each dimension.
    """
    table = comparison.pay
    if table.empty:
        return []
    parts = [_whole(comparison, names)]
    for source, words in _SOURCES.items():
        for dimension in _GROUPS:
            chosen = table[(table["source"] == source) & (table["dimension"] == dimension)]
            parts.append(_group(comparison, chosen, f"{words} by {dimension}", names, top))
    return [part for part in parts if part]


def _whole(comparison: Comparison, names: Sequence[str]) -> str:
    table = comparison.pay[comparison.pay["dimension"] == EVERYBODY]
    told: dict[tuple[str, str], Any] = {
        (str(row["source"]), str(row["name"])): row for row in table.to_dict("records")
    }
    rows = []
    for key, words in _WHOLE.items():
        values = [told[key][f"value {run}"] for run in comparison.runs if key in told]
        if all(value != value for value in values):
            continue
        if key[1] == OVERRUN:
            rows.append([words, *cells(values, percent, points, relative=False)])
        else:
            form = _form(key[0], values)
            rows.append([words, *cells(values, form, form, relative=True)])
    if not rows:
        return ""
    head = ["", *header(names)]
    text = render_table(head, rows, len(head) - 1)
    title = "pay and its cost" + (f" ({comparison.pay_unit})" if comparison.pay_unit else "")
    return "\n".join([title, text, *_chance(comparison, told)])


def _chance(comparison: Comparison, told: Mapping[tuple[str, str], Any]) -> Iterator[str]:
    """Yield the figures whose difference may be nothing but chance."""
    base = comparison.runs[0]
    for run in comparison.runs[1:]:
        unsure = []
        for key, words in _WHOLE.items():
            row = told.get(key)
            if row is None:
                continue
            error = float(np.hypot(row[f"error {base}"], row[f"error {run}"]))
            if 0 < abs(float(row[f"difference {run}"])) <= _CHANCE * error:
                unsure.append(words)
        if unsure:
            which = f" of {run}" if len(comparison.runs) > 2 else ""
            yield (
                f"  differences{which} within two standard errors, perhaps chance: "
                + "; ".join(unsure)
            )


def _group(
    comparison: Comparison, table: pd.DataFrame, words: str, names: Sequence[str], top: int
) -> str:
    """Return the groups of one dimension that differ."""
    if table.empty:
        return ""
    runs = comparison.runs
    differs = table[[f"difference {run}" for run in runs[1:]]].fillna(0.0).ne(0.0).any(axis=1)
    lone = table[[f"value {run}" for run in runs]].isna().any(axis=1)
    found = table[differs | lone]
    if found.empty:
        return f"{words}: no difference"
    values = found[[f"value {run}" for run in runs]].to_numpy(dtype=float)
    form = _form(str(found["source"].iloc[0]), values.ravel().tolist())
    rows = [
        [str(name), *cells(row.tolist(), form, form, relative=True)]
        for name, row in zip(found["name"].head(top), values, strict=False)
    ]
    head = [words.rpartition(" ")[2], *header(names)]
    text = render_table(head, rows, len(head) - 1)
    title = f"{words}: {len(found):,} of {len(table):,} differ, largest first"
    return "\n".join([title, text, *more(len(found), top, "pay.csv")])


def _form(source: str, values: Sequence[float]) -> Form:
    """Return how amounts are written: what is paid to the cent, other large ones without."""
    largest = max((abs(value) for value in values if value == value), default=0.0)
    decimals = 0 if source != PAY and largest >= _LARGE else 2
    return lambda value: amount(value, decimals)
