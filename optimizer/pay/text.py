"""Pay as text for a terminal: totals by plan, pools, and who is paid most and least."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from optimizer.pay.line import KINDS
from optimizer.pay.pay import Pay
from optimizer.pay.payout import Payout
from optimizer.results.text_table import render_table

_MOST = 20


def render_pay(pay: Pay) -> str:
    """Return what is paid: a table of reps per period, or of plans where there are many reps."""
    found = pay.as_dict()
    parts = [f"{pay.run.scenario.settings.name}: pay of {amount(found['payout'])} {found['unit']}"]
    for one in found["periods"]:
        payouts = [payout for payout in pay.payouts if payout.period == one["period"]]
        parts.append(_period(one))
        parts.append(_people(payouts) if len(payouts) <= _MOST else _plans(one))
    if pools := [one for one in found["pools"] if Decimal(one["amount"]) > 0]:
        parts.append(_pools(pools))
    if found["when_paid"]:
        when = (f"{name}: {text.rstrip('.')}." for name, text in found["when_paid"].items())
        parts.append(f"When it is paid. {' '.join(when)}")
    parts += [f"note: {note}" for note in found["notes"]]
    return "\n\n".join(parts)


def amount(text: str) -> str:
    """Return an amount of money with commas."""
    return f"{Decimal(text):,.2f}"


def _period(one: dict[str, Any]) -> str:
    parts = [
        f"{kind} {amount(one['by_component'][kind])}"
        for kind in KINDS
        if Decimal(one["by_component"][kind])
    ]
    return f"{one['period']}: {amount(one['payout'])} to {one['reps']} people" + (
        f" ({', '.join(parts)})" if parts else ""
    )


def _people(payouts: list[Payout]) -> str:
    names = ("commission", "bonus", "gate_factor", "cap_cut", "pool", "award", "guarantee")
    used = [
        name
        for name in names
        if any(one.columns[name] != (name == "gate_factor") for one in payouts)
    ]
    rows = [
        [
            one.rep,
            one.plan,
            "" if one.attainment is None else f"{100 * one.attainment:.1f} %",
            *(f"{one.columns[name]:,.2f}" for name in used),
            f"{one.amount:,.2f}",
        ]
        for one in payouts
    ]
    header = ["rep", "plan", "attainment", *(name.replace("_", " ") for name in used), "payout"]
    return render_table(header, rows, 2)


def _plans(one: dict[str, Any]) -> str:
    rows = [
        [plan["plan"] or "none", str(plan["reps"]), amount(plan["payout"])]
        for plan in one["by_plan"]
    ]
    return render_table(["plan", "people", "payout"], rows, 1)


def _pools(pools: list[dict[str, Any]]) -> str:
    rows = [
        [one["period"], one["pool"], one["group"], amount(one["amount"]), amount(one["paid"])]
        for one in pools[:_MOST]
    ]
    more = len(pools) - len(rows)
    text = render_table(["period", "pool", "group", "amount", "paid"], rows, 3)
    return text + (f"\n… {more} more in pools.csv" if more > 0 else "")
