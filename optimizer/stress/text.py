"""A stress test as text for the terminal."""

from __future__ import annotations

import pandas as pd

from optimizer.stress.measures import Figure
from optimizer.stress.stress import Stress

_SHOWN = ("mean", "p50", "p90", "p95", "p99", "cvar95")
_MOST_ROWS = 8
_NAMES = {"cvar95": "CVaR95", "mean": "mean"}


def render_stress(found: Stress) -> str:
    """Return the figures of a stress test, the budget, what makes the cost, and the shocks."""
    parts = [_head(found), _costs(found), _budget(found), _makers(found)]
    parts += [_shocks(found), _cliffs(found), _calibration(found)]
    return "\n\n".join(part for part in parts if part)


def _head(found: Stress) -> str:
    unit = f", {found.unit}" if found.unit else ""
    lines = [f"{found.name}: incentive cost of the whole plan{unit}"]
    lines += [f"{name}: {method}" for name, method in found.methods.items()]
    return "\n".join(lines)


def _costs(found: Stress) -> str:
    lines = [f"{'':<10}{'cost':>16}{'± error':>14}"]
    for name in _SHOWN:
        one = found.figures[name]
        shown = _NAMES.get(name, name.upper())
        error = found.shown(one.standard_error)
        lines.append(f"{shown:<10}{found.shown(one.value):>16}{error:>14}")
    shares = [found.other["steps"][name] for name in _SHOWN if name in found.other["steps"]]
    if shares:
        names = ", ".join(name.upper() for name in _SHOWN if name in found.other["steps"])
        lines.append(
            f"Cost comes in steps: {names} are costs that {100 * min(shares):.1f} % of trials or "
            "more share,\nand can only move by a whole step."
        )
    return "\n".join(lines)


def _budget(found: Stress) -> str:
    mean, target = found.figures["mean"].value, found.other["cost_at_target"]
    level = found.other["cost_at_mean_attainment"]
    lines = [
        f"If everybody lands on target: {found.shown(target)}; expected: {found.shown(mean)}.",
        f"If nothing spread around its mean: {found.shown(level)}; "
        f"spread adds {found.shown(mean - level, sign=True)}.",
    ]
    if found.budget is not None:
        chance = found.other["overrun_probability"]
        lines.append(
            f"Budget {found.shown(found.budget)}: exceeded with a probability of "
            f"{100 * chance['value']:.1f} % (± {100 * chance['standard_error']:.1f})."
        )
    reserve = found.other["reserve"]
    lines.append(
        f"Reserve above the middle (P90 - P50): {found.shown(reserve['value'])} "
        f"(± {found.shown(reserve['standard_error'])})."
    )
    lines.append(f"Cost per unit of sales: {100 * found.other['ccos']['value']:.2f} %.")
    return "\n".join(lines)


def _makers(found: Stress) -> str:
    parts = {name: max(one["value"], 0.0) for name, one in found.other["variance"].items()}
    whole = sum(parts.values())
    lines = []
    if whole > 0:
        shares = ", ".join(f"{name} {100 * value / whole:.0f} %" for name, value in parts.items())
        lines.append(f"What makes the variance: {shares}.")
    error = found.other["quota_error_cost"]
    way = "save" if error["value"] >= 0 else "cost"
    lines.append(
        f"Attainments one point closer to 100 % would {way} {found.shown(abs(error['value']))} "
        f"(± {found.shown(error['standard_error'])})."
    )
    gaming = found.other["gaming"]
    if gaming is not None:
        lines.append(
            f"Moving up to {100 * gaming['shift']:.0f} % of a target over the end of a period "
            f"could cost {found.shown(gaming['value'])} "
            f"(± {found.shown(gaming['standard_error'])})."
        )
    return "\n".join(lines)


def _shocks(found: Stress) -> str:
    if found.shocks.empty:
        return ""
    lines = [f"{'shock':<24}{'chance':>8}{'mean':>16}{'change':>14}{'P95':>16}"]
    for row in found.shocks.to_dict("records"):
        chance = "what-if" if pd.isna(row["probability"]) else f"{100 * row['probability']:.0f} %"
        lines.append(
            f"{row['name']:<24}{chance:>8}{found.shown(row['mean']):>16}"
            f"{found.shown(row['change'], sign=True):>14}{found.shown(row['p95']):>16}"
        )
    return "\n".join(lines)


def _cliffs(found: Stress) -> str:
    rows = found.curves[found.curves["jump"].abs() > found.curves["payout"].max() / 100]
    rows = rows[rows["attainment"] > 0]
    if rows.empty:
        return ""
    lines = ["Cliffs, for the average rep and period:"]
    for row in rows.sort_values("jump", ascending=False).head(_MOST_ROWS).to_dict("records"):
        jump = found.shown(row["jump"], sign=True)
        lines.append(f"  {row['plan']} at {100 * row['attainment']:g} %: {jump}")
    return "\n".join(lines)


def _calibration(found: Stress) -> str:
    one = found.calibration
    if one is None:
        return ""
    mean = "1.0" if one.mean is None else f"{one.mean.value:.3f}"
    lines = [
        f"From {one.periods} past periods of {one.reps} reps ({one.source}), for [stress]:",
        f'  attainment = {{ model = "lognormal", mean = {mean}, cv = {one.cv.value:.3f} }}',
        f"  correlation = {{ company = {one.company.value:.2f}, region = {one.region.value:.2f} }}",
        f"  errors: cv {_error(one.cv)}, company {_error(one.company)}, "
        f"region {_error(one.region)}" + ("" if one.mean is None else f", mean {_error(one.mean)}"),
    ]
    if one.mean is None:
        lines.append("  amounts say nothing of the level of attainment: mean 1.0 is assumed")
    return "\n".join(lines)


def _error(one: Figure) -> str:
    return f"± {one.standard_error:.3f}"
