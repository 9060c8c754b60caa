"""Plans, findings and checks as text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.errors import Finding

_MOST_ROWS = 24


def width(text: str) -> int:
    """Return how many columns a text takes on a terminal; Chinese characters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if _is_wide(letter) else 1 for letter in text
    )


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


def render_table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
    """Return aligned columns; the last `numbers` columns are right-aligned."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(width(row[column]) for row in table) for column in range(len(header))]
    first_number = len(header) - numbers
    lines = []
    for row in table:
        cells = []
        for column, text in enumerate(row):
            space = " " * (widths[column] - width(text))
            cells.append(space + text if column >= first_number else text + space)
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * length for length in widths))
    return "\n".join(lines)


def amount(value: float, decimals: int) -> str:
    """Return an amount with thousands separated; blank where it is not known."""
    return "" if value != value else f"{value:,.{decimals}f}"


def render_plan(
    rollup: pd.DataFrame, summary: Mapping[str, Any], title: str, unit: str, decimals: int
) -> str:
    """Return the result of one measure: a line of totals, then regions and products."""
    figures = {name: amount(float(summary[name]), decimals) for name in _TOTALS}
    parts = [f"goal {figures['goal']}", f"placed {figures['placed']}", f"gap {figures['gap']}"]
    if summary["street"] != summary["placed"]:
        parts.append(f"street {figures['street']}")
    head = f"{title}: {', '.join(parts)}" + (f" ({unit})" if unit else "")
    return "\n\n".join(
        [head, *(_by(rollup, column, decimals) for column in ("region", "product", "period"))]
    )


_TOTALS = ("goal", "placed", "gap", "street")


def _by(rollup: pd.DataFrame, column: str, decimals: int) -> str:
    """Return the roll-up along one dimension, totals of the others, the company last."""
    others = [name for name in ("period", "region", "product") if name != column]
    chosen = rollup[(rollup["team"] == "*") & (rollup[others] == "*").all(axis=1)]
    rows = [
        ["total" if row[column] == "*" else str(row[column])]
        + [amount(float(row[name]), decimals) for name in ("ask", "target", "gap", "street")]
        for _, row in chosen.iterrows()
    ]
    rows.sort(key=lambda row: row[0] == "total")
    if len(rows) > _MOST_ROWS:
        hidden = len(rows) - _MOST_ROWS
        rows = [*rows[: _MOST_ROWS - 1], [f"… {hidden} more", "", "", "", ""], rows[-1]]
    return render_table([column, "ask", "target", "gap", "street"], rows, 4)


def render_findings(findings: Sequence[Finding]) -> str:
    """Return findings one a line, errors first."""
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    return "\n".join(f"{finding.severity}: {str(finding).rstrip()}" for finding in ordered)


def render_gap(gaps: pd.DataFrame, decimals: int) -> str:
    """Return where the gap lies, by region and cause, largest first."""
    sums = gaps.groupby(["region", "cause"], sort=True)["gap"].sum().reset_index()
    sums = sums.sort_values(["gap", "region"], ascending=[False, True])
    rows = [
        [str(region), str(cause).replace(";", ", "), amount(float(gap), decimals)]
        for region, cause, gap in sums.head(_MOST_ROWS).itertuples(index=False)
    ]
    return render_table(["gap in", "because of", "amount"], rows, 1)
