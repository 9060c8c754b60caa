"""What a page tells of other runs beside its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.compare.comparison import TABLES, compare_runs
from optimizer.page.encode import encode, guessed

ROWS_MOST = 5_000
"""Rows of a table of differences that a page holds, the largest first."""

_LEFT_OUT = frozenset(("cells",))


def compared_block(run: Path, others: Sequence[Path]) -> dict[str, Any] | None:
    """Return runs side by side, the page's own as the base; None without others.

    Raises
    ------
    InputError
        Where one of them is no whole run folder.
    """
    if not others:
        return None
    found = compare_runs([run, *others])
    tables: dict[str, Any] = {}
    for name in TABLES:
        if name in _LEFT_OUT:
            continue
        table = getattr(found, name)
        numbers = [str(column) for column in table.select_dtypes("number")]
        shown = table.iloc[:ROWS_MOST]
        encoded = (
            encode(shown, dict.fromkeys(numbers, 6)) if numbers else guessed(shown.astype("str"))
        )
        tables[name] = {"rows": len(table), "table": encoded}
    return {
        "runs": list(found.runs),
        "notes": list(found.notes),
        "cells_that_differ": len(found.cells),
        "tables": tables,
    }
