"""A recalibrated run explained for a terminal: who moved, why, and what did not."""

from __future__ import annotations

import pandas as pd

from optimizer.explain.recalibrated import EARLIER, FIRST, PLANNED, Recalibrated
from optimizer.results.text_table import amount, render_table

_MOST_ROWS = 40
_NO_REASONS = (FIRST, EARLIER, PLANNED)


def render_standing(found: Recalibrated, unit: str, decimals: int) -> str:
    """Return when a run was recalibrated, how far targets may move, and what is left open."""
    text = f"{found.period} recalibrated at the end of week {found.week}, cap {found.cap:.10g}"
    text += f"; amounts in {unit}" if unit else ""
    if found.gap <= 0:
        return text
    return f"{text}\nOf the goal of all periods {amount(found.gap, decimals)} is a gap"


def render_moves(waterfall: pd.DataFrame, keys: list[str], decimals: int, file: str) -> str:
    """Return targets that moved, a row each: first plan, before, change, now, and why.

    Parameters
    ----------
    waterfall : DataFrame
        Columns of `keys`, step, amount.
    keys : list of str
    decimals : int
    file : str
        Where the rest is.
    """
    rows = []
    for labels, steps in waterfall.groupby(keys, sort=False, observed=True):
        amounts = dict(zip(steps["step"].tolist(), steps["amount"].tolist(), strict=True))
        reasons = [name for name in amounts if name not in _NO_REASONS]
        if not reasons:
            continue
        now = sum(amounts.values())
        change = sum(amounts[name] for name in reasons)
        numbers = (amounts.get(FIRST, 0.0), now - change)
        rows.append(
            [*map(str, labels), "; ".join(reasons), *(amount(one, decimals) for one in numbers),
             f"{change:+,.{decimals}f}", amount(now, decimals)]
        )  # fmt: skip
    if not rows:
        return ""
    header = [*keys, "because of", FIRST, "before", "change", "now"]
    text = render_table(header, rows[:_MOST_ROWS], 4)
    return text if len(rows) <= _MOST_ROWS else f"{text}\n… {len(rows) - _MOST_ROWS} more in {file}"


def render_not_moved(not_moved: pd.DataFrame) -> str:
    """Return what was asked for and could not be had."""
    if not_moved.empty:
        return ""
    lines = [f"- {text}" for text in not_moved["text"].head(_MOST_ROWS)]
    if len(not_moved) > _MOST_ROWS:
        lines.append(f"… {len(not_moved) - _MOST_ROWS} more in not_moved.csv")
    return "Not moved:\n" + "\n".join(lines)
