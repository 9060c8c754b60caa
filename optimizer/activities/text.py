"""Activities as text for a terminal: what is needed or left, and where conversion is low."""

from __future__ import annotations

import pandas as pd

from optimizer.activities.activities import Activities
from optimizer.results.text_table import render_table

_MOST_ROWS = 12


def render_activities(found: Activities) -> str:
    """Return what the targets take in actions; with actuals what is left, and what to look at."""
    column = "left" if found.week else "count"
    rows = found.standing
    if rows.empty:
        return _notes(found, "Activities: nobody has a funnel.")
    total = rows.groupby("step", sort=False)[column].sum()
    names = rows["rep"].where(rows["rep"] != "", rows["region"])
    wide = rows.assign(name=names).pivot_table(
        index="name", columns="step", values=column, aggfunc="sum", sort=False
    )
    wide = wide.sort_values(found.steps[0], ascending=False, kind="stable")
    lines = [["all", *(_whole(total[step]) for step in found.steps)]]
    lines += [
        [str(name), *(_whole(wide.loc[name, step]) for step in found.steps)]
        for name in wide.index[:_MOST_ROWS]
    ]
    table = render_table(["who", *found.steps], lines, len(found.steps))
    more = len(wide) - _MOST_ROWS
    if more > 0:
        table += f"\n… {more} more in activities.csv"
    flagged = [_flag(row) for _, row in found.flagged.head(_MOST_ROWS).iterrows()]
    return "\n".join([_notes(found, _head(found)), table, *flagged])


def _head(found: Activities) -> str:
    if not found.week:
        return f"Activities that the targets of {found.period} take"
    return f"Activities still to do in {found.period} after week {found.week}"


def _notes(found: Activities, text: str) -> str:
    return "\n".join([text, *(f"note: {note}" for note in found.notes)])


def _whole(value: float) -> str:
    return "" if value != value else f"{value:,.0f}"


def _flag(row: pd.Series) -> str:
    """Return one seat whose conversion is low, in a sentence."""
    name = row["rep"] or row["region"]
    return (
        f"{name}: {row['step']} on plan ({row['done']:,.0f} of {row['due']:,.0f} due), but "
        f"{100 * row['converted']:.0f} % convert where {100 * row['conversion']:.0f} % are planned "
        f"(by chance alone {100 * row['chance']:.1f} %): look at conversion."
    )
