"""Tuned rates as text for the terminal."""

from __future__ import annotations

from optimizer.results.text_table import render_table, short_amount
from optimizer.tune.tune import Tuning

_CLOSE = 5e-4
_LARGE = 100
"""Errors from which on decimals say nothing."""


def render_tuning(found: Tuning) -> str:
    """Return rates before and after, pay and cost, and how the budget holds on fresh trials."""
    return "\n\n".join((_head(found), _rates(found), _pay(found), _cost(found)))


def _head(found: Tuning) -> str:
    unit = f" {found.unit}" if found.unit else ""
    lines = [f"{found.name}: rates for a budget of {found.budget:,.15g}{unit}"]
    lines += [f"{name}: left as it is, paid on the year to date" for name in found.design.left]
    return "\n".join(lines)


def _rates(found: Tuning) -> str:
    rows = [
        [
            str(row["rate"]),
            f"{row['before']:.6g}",
            f"{row['after']:.6g}",
            f"{row['low']:.6g} … {row['high']:.6g}",
        ]
        for row in found.rates.to_dict("records")
    ]
    return render_table(["rate", "before", "after", "bounds"], rows, 3)


def _pay(found: Tuning) -> str:
    lines = []
    for row in found.pay.to_dict("records"):
        lines.append(
            f"{row['plan']}: pay at 100 % {short_amount(row['at_target_before'])} → "
            f"{short_amount(row['at_target_after'])}; at {100 * row['excellence']:.1f} %, which "
            f"a tenth exceed, {short_amount(row['at_excellence_before'])} → "
            f"{short_amount(row['at_excellence_after'])}."
        )
    return "\n".join(lines)


def _cost(found: Tuning) -> str:
    before, after = found.cost["before"], found.cost["after"]
    rows = [
        [
            shown,
            short_amount(before[name].value),
            short_amount(after[name].value),
            _error(after[name].standard_error),
        ]
        for name, shown in (("mean", "mean"), ("p95", "P95"), ("cvar95", "CVaR95"))
    ]
    lines = [render_table(["on fresh trials", "before", "after", "± error"], rows, 3)]
    chance = {when: 100 * one["overrun_probability"].value for when, one in found.cost.items()}
    over = found.out_of_sample
    lines.append(
        f"Budget exceeded with a probability of {chance['before']:.1f} % → {chance['after']:.1f} %."
    )
    lines.append(
        f"CVaR95 is {abs(100 * over):.2f} % {'over' if over > 0 else 'under'} the budget on fresh "
        f"trials; {short_amount(found.in_sample)} on those the rates were found by."
    )
    if over > _CLOSE:
        lines.append(
            f"To keep the budget there too, tune for {100 * over:.2f} % less, or with more trials."
        )
    return "\n".join(lines)


def _error(value: float) -> str:
    return f"{value:,.0f}" if value >= _LARGE else f"{value:,.3g}"
