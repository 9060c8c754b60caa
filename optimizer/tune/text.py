"""Tuned rates as text for the terminal."""

from __future__ import annotations

from optimizer.tune.tune import Tuning

_CLOSE = 5e-4


def render_tuning(found: Tuning) -> str:
    """Return rates before and after, pay and cost, and how the budget holds on fresh trials."""
    return "\n\n".join((_head(found), _rates(found), _pay(found), _cost(found)))


def _head(found: Tuning) -> str:
    unit = f" {found.unit}" if found.unit else ""
    lines = [f"{found.name}: rates for a budget of {found.budget:,.10g}{unit}"]
    lines += [f"{name}: left as it is, paid on the year to date" for name in found.design.left]
    return "\n".join(lines)


def _rates(found: Tuning) -> str:
    width = max(len(name) for name in found.rates["rate"])
    lines = [f"{'rate':<{width}}{'before':>12}{'after':>12}{'bounds':>24}"]
    for row in found.rates.to_dict("records"):
        bounds = f"{row['low']:.6g} … {row['high']:.6g}"
        lines.append(
            f"{row['rate']:<{width}}{row['before']:>12.6g}{row['after']:>12.6g}{bounds:>24}"
        )
    return "\n".join(lines)


def _pay(found: Tuning) -> str:
    lines = []
    for row in found.pay.to_dict("records"):
        lines.append(
            f"{row['plan']}: pay at 100 % {row['at_target_before']:,.6g} → "
            f"{row['at_target_after']:,.6g}; at {100 * row['excellence']:.1f} %, which a tenth "
            f"exceed, {row['at_excellence_before']:,.6g} → {row['at_excellence_after']:,.6g}."
        )
    return "\n".join(lines)


def _cost(found: Tuning) -> str:
    before, after = found.cost["before"], found.cost["after"]
    lines = [f"{'on fresh trials':<18}{'before':>16}{'after':>16}{'± error':>12}"]
    for name, shown in (("mean", "mean"), ("p95", "P95"), ("cvar95", "CVaR95")):
        lines.append(
            f"{shown:<18}{before[name].value:>16,.6g}{after[name].value:>16,.6g}"
            f"{after[name].standard_error:>12,.3g}"
        )
    chance = {when: 100 * one["overrun_probability"].value for when, one in found.cost.items()}
    over = found.out_of_sample
    lines.append(
        f"Budget exceeded with a probability of {chance['before']:.1f} % → {chance['after']:.1f} %."
    )
    lines.append(
        f"CVaR95 is {abs(100 * over):.2f} % {'over' if over > 0 else 'under'} the budget on fresh "
        f"trials; {found.in_sample:,.6g} on those the rates were found by."
    )
    if over > _CLOSE:
        lines.append(
            f"To keep the budget there too, tune for {100 * over:.2f} % less, or with more trials."
        )
    return "\n".join(lines)
