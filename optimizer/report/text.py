"""Plans, findings and checks as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.errors import Finding
from optimizer.results.text_table import amount, render_table

_MOST_ROWS = 24


def render_plan(
    rollup: pd.DataFrame,
    summary: Mapping[str, Any],
    depth: Mapping[str, int],
    title: str,
    unit: str,
    decimals: int,
) -> str:
    """Return the result of one measure: a line of totals, then regions, products and periods.

    Parameters
    ----------
    depth : mapping of region to its level in the tree, 1 right below the company
    """
    figures = {name: amount(float(summary[name]), decimals) for name in _TOTALS}
    parts = [f"goal {figures['goal']}", f"placed {figures['placed']}", f"gap {figures['gap']}"]
    if summary["street"] != summary["placed"]:
        parts.append(f"street {figures['street']}")
    head = f"{title}: {', '.join(parts)}" + (f" ({unit})" if unit else "")
    tables = [_by(rollup, column, depth, decimals) for column in ("region", "product", "period")]
    return "\n\n".join([head, *tables])


_TOTALS = ("goal", "placed", "gap", "street")


def _by(rollup: pd.DataFrame, column: str, depth: Mapping[str, int], decimals: int) -> str:
    """Return the roll-up along one dimension, totals of the others, the company last."""
    others = [name for name in ("period", "region", "product") if name != column]
    chosen = rollup[(rollup["team"] == "*") & (rollup[others] == "*").all(axis=1)]
    labels = [str(label) for label in chosen[column] if label != "*"]
    level = {label: depth.get(label, 1) if column == "region" else 1 for label in labels}
    deepest = max(level.values(), default=1)
    while deepest > 1 and sum(at <= deepest for at in level.values()) > _MOST_ROWS:
        deepest -= 1
    shown = [label for label in labels if level[label] <= deepest][:_MOST_ROWS]
    figures = {
        str(row[column]): [amount(float(row[name]), decimals) for name in _FIGURES]
        for _, row in chosen.iterrows()
    }
    rows = [["  " * (level[label] - 1) + label, *figures[label]] for label in shown]
    if len(shown) < len(labels):
        rows.append([f"… {len(labels) - len(shown)} more in rollup.csv", "", "", "", ""])
    rows.append(["total", *figures["*"]])
    return render_table([column, *_FIGURES], rows, len(_FIGURES))


_FIGURES = ("ask", "target", "gap", "street")


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
