"""A recalibration as text for a terminal: totals, largest moves with reasons, what was refused."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from optimizer.recalibrate.recalibrate import MeasureRecalibration
from optimizer.recalibrate.recalibration import Recalibration
from optimizer.results.run_folder import decimals_of
from optimizer.results.text_table import amount, render_table

TOP = 10


def render_recalibration(found: Recalibration, top: int = TOP) -> str:
    """Return what moved, why, and what did not, measure by measure."""
    parts = [_measure(one, top, several=len(found.measures) > 1) for one in found.measures]
    effect = found.pay_effect
    if effect is not None and effect.amounts is not None:
        whole = sum(effect.amounts.values(), Decimal(0))
        said = f"Pay at the landing that is projected changes by {whole:+,.2f} {effect.unit}"
        parts.append(f"{said.rstrip()} in all; by rep in changes.csv")
    return "\n\n".join(parts)


def _measure(found: MeasureRecalibration, top: int, *, several: bool) -> str:
    settings, standing = found.changed.scenario.settings, found.standing
    name = f"{settings.name}, {found.measure}" if several else settings.name
    head = f"{name}, {standing.period} at the end of week {standing.week}"
    unit = f" {settings.unit}" if settings.unit else ""
    decimals = decimals_of(settings.rounding)
    if not found.changed.is_moved:
        total = amount(found.placed, decimals)
        weeks = "the weeks to come are paced anew"
        if standing.actuals is None:
            weeks = "so do their weeks, for the actuals do not say what was sold"
        return f"{head}: targets stay at {total}{unit}; {weeks}"
    total = (
        f"{head}: {amount(found.before, decimals)} before, "
        f"{amount(found.placed, decimals)} now{unit}"
    )
    if found.gap > 0:
        total += f"; {amount(found.gap, decimals)} is a gap that nothing backs"
    parts = [total, *_moves(found.changes, decimals, top), *_refused(found.not_moved)]
    return "\n\n".join(parts)


def _moves(changes: pd.DataFrame, decimals: int, top: int) -> list[str]:
    """Return the largest moves of people, or of regions in a plan without people."""
    own = changes[(changes["rep"] != "*") & (changes["product"] == "*")]
    own = own if len(own) else changes[changes["rep"].isin(["", "*"])]
    if own.empty:
        return ["No target moves."]
    order = own["change"].abs().sort_values(ascending=False, kind="stable").index[:top]
    rows = [
        [
            *(str(row[name]) for name in ("region", "rep", "product")),
            str(row["reason"]),
            amount(float(row["before"]), decimals),
            amount(float(row["after"]), decimals),
            f"{float(row['change']):+,.{decimals}f}",
            "" if row["share"] != row["share"] else f"{100 * float(row['share']):+.1f} %",
        ]
        for _, row in own.loc[order].iterrows()
    ]
    header = ["region", "rep", "product", "reason", "before", "after", "change", "of original"]
    text = render_table(header, rows, 4)
    more = len(own) - len(rows)
    return [text + (f"\n… {more} more in changes.csv" if more > 0 else "")]


def _refused(not_moved: pd.DataFrame) -> list[str]:
    if not_moved.empty:
        return []
    lines = [f"- {text}" for text in not_moved["text"].head(TOP)]
    more = len(not_moved) - TOP
    lines += [f"… {more} more in not_moved.csv"] if more > 0 else []
    return ["Not moved:\n" + "\n".join(lines)]
