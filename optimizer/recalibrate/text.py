"""A recalibration as text for a terminal: totals, largest moves with reasons, what was refused."""

from __future__ import annotations

import pandas as pd

from optimizer.recalibrate.recalibrate import Recalibration
from optimizer.results.text_table import amount, render_table

TOP = 10


def render_recalibration(found: Recalibration, decimals: int, top: int = TOP) -> str:
    """Return what moved, why, and what did not."""
    settings, standing = found.changed.scenario.settings, found.standing
    head = f"{settings.name}, {standing.period} at the end of week {standing.week}"
    unit = f" {settings.unit}" if settings.unit else ""
    if found.pace_only:
        total = amount(found.placed, decimals)
        return f"{head}: targets stay at {total}{unit}; the weeks to come are paced anew"
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
