"""A batch as text for a terminal."""

from __future__ import annotations

from collections import Counter

from optimizer.batch.batch import Batch
from optimizer.batch.task import Row
from optimizer.results.text_table import render_table

_MOST_ROWS = 40
_SHOWN = ("goal", "placed", "gap", "fairness", "cost_mean", "cost_p95", "seconds")
_HEADS = ("scenario", "status", *_SHOWN)
_PLACES = {"fairness": 3, "seconds": 1, "cost_mean": 0, "cost_p95": 0}


def render_batch(found: Batch) -> str:
    """Return a line per scenario, how many ended how, and what went wrong where."""
    rows = [[row.scenario, row.status, *map(_cell, _figures(row))] for row in found.rows]
    if len(rows) > _MOST_ROWS:
        more = [f"… {len(rows) - _MOST_ROWS} more in batch.csv"]
        rows = [*rows[:_MOST_ROWS], more + [""] * (len(_HEADS) - 1)]
    parts = [render_table(list(_HEADS), rows, len(_SHOWN)), _counts(found)]
    wrong = [f"{row.scenario}: {row.error['text']}" for row in found.rows if row.error]
    return "\n\n".join(parts + wrong)


def _figures(row: Row) -> list[tuple[str, float | None]]:
    return [(name, getattr(row, name)) for name in _SHOWN]


def _cell(figure: tuple[str, float | None]) -> str:
    name, value = figure
    if value is None:
        return ""
    places = _PLACES.get(name, 0 if value == round(value) else 2)
    return f"{value:,.{places}f}"


def _counts(found: Batch) -> str:
    counts = Counter(row.status for row in found.rows)
    before = sum(row.found_finished for row in found.rows)
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    again = f"; {before} were finished before" if before else ""
    return f"{len(found.rows)} scenarios: {told}{again}"
