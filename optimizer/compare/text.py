"""A comparison as text for a terminal: what differs in the inputs, then what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from optimizer.compare.comparison import TABLES, Comparison
from optimizer.compare.forms import Form, cells, factor, header, more, percent, points, signed
from optimizer.compare.pay import STRESS
from optimizer.compare.sides import changed
from optimizer.compare.text_pay import render_pay
from optimizer.results.text_table import amount, render_table, width

_WIDEST = 20
"""Longer names of runs are told once, and numbered in the tables."""
_ALWAYS = {"goal": "goal", "placed": "placed", "gap": "gap", "street": "street"}
_WHERE_NOT_ZERO = {
    "over_assignment_short": "over-assignment short",
    "street_short": "street short",
    "stretch_gap": "stretch gap",
}
_COSTS = {"cost_mean": "cost, mean", "cost_p95": "cost, 95 % of trials"}
"""Told with the pay where two runs have them."""
_SHARES = {"within_10": "within 10 % of reference", "within_20": "within 20 % of reference"}
_FACTORS = {
    "smallest_multiple": "smallest target / reference",
    "largest_multiple": "largest target / reference",
    "gini": "Gini of target / reference",
}
_SIDES = {"regions": "region", "products": "product", "periods": "period", "reps": "rep"}
_BINDS = {"true": "binds", "false": "-", "": "no limit"}


def render_comparison(comparison: Comparison, top: int = 10) -> str:
    """Return totals and fairness, inputs that differ, and the largest differences.

    Parameters
    ----------
    top : int
        Rows to show of each table; the files have them all.
    """
    names = _names(comparison.runs)
    parts = [_head(comparison.runs, names), *(f"note: {note}" for note in comparison.notes)]
    blocks = [_of_measure(comparison, measure) for measure in comparison.measures]
    parts += [_totals(one, names) for one in blocks]
    parts += [_inputs(comparison, run, top) for run in comparison.runs[1:]]
    for one in blocks:
        parts += [_side(one, table, names, top) for table in _SIDES]
        parts.append(_limits(one, names, top))
    parts += render_pay(comparison, names, top)
    return "\n\n".join(part for part in parts if part)


def _names(runs: Sequence[str]) -> list[str]:
    """Return what the columns of runs are called."""
    if max(map(width, runs)) <= _WIDEST:
        return list(runs)
    return ["base", *(f"run {number}" for number in range(2, len(runs) + 1))]


def _head(runs: Sequence[str], names: Sequence[str]) -> str:
    lines = [f"{', '.join(runs[1:])} against {runs[0]}"]
    if list(runs) != list(names):
        longest = max(map(len, names))
        pairs = zip(names, runs, strict=True)
        lines = ["Runs compared:", *(f"  {name:<{longest}}  {run}" for name, run in pairs)]
    return "\n".join(lines)


def _of_measure(comparison: Comparison, measure: str) -> Comparison:
    """Return the part of a comparison that is about one measure."""
    if len(comparison.measures) == 1:
        return comparison
    tables: dict[str, Any] = {}
    for name in TABLES:
        table = getattr(comparison, name)
        if "measure" in table:
            chosen = table[table["measure"] == measure]
            tables[name] = chosen.drop(columns="measure").reset_index(drop=True)
    return replace(comparison, measures=(measure,), **tables)


def _title(one: Comparison, words: str) -> str:
    return f"{one.measures[0]}, {words}" if len(one.decimals) > 1 else words


def _totals(one: Comparison, names: Sequence[str]) -> str:
    """Return the totals, one figure a line, the runs side by side."""
    table = one.totals.set_index("run").reindex(list(one.runs))
    units = [unit for unit in dict.fromkeys(table["unit"].dropna()) if unit]
    as_amount = _amounts(one)
    several = len(one.runs) > 2
    status = [str(word) for word in table["status"].fillna("not planned")]
    rows = [["status", status[0]]]
    for word in status[1:]:
        rows[0] += [word, ""] if several else [word, "", ""]
    costs = {} if (one.pay["source"] == STRESS).any() else _COSTS
    for name, word in {**_ALWAYS, **_WHERE_NOT_ZERO, **costs}.items():
        values = table[name].to_list()
        if name in _ALWAYS or any(value > 0 for value in values):
            rows.append([word, *cells(values, as_amount, as_amount, relative=True)])
    for figures, form, step in ((_SHARES, percent, points), (_FACTORS, factor, factor)):
        for name, word in figures.items():
            if table[name].notna().any():
                rows.append([word, *cells(table[name].to_list(), form, step, relative=False)])
    title = _title(one, "totals" + (f" ({' or '.join(units)})" if units else ""))
    head = ["", *header(names)]
    return title + "\n" + render_table(head, rows, len(head) - 1)


def _amounts(one: Comparison) -> Form:
    decimals = one.decimals[one.measures[0]]
    return lambda value: amount(value, decimals)


def _inputs(comparison: Comparison, run: str, top: int) -> str:
    """Return what the inputs of a run have otherwise than the base's, in words."""
    table = comparison.inputs[comparison.inputs["run"] == run]
    which = f" of {run}" if len(comparison.runs) > 2 else ""
    if table.empty:
        return f"inputs{which}: no difference"
    counts = table.groupby("file", sort=False).size()
    said = ", ".join(f"{file} {count:,}" for file, count in counts.items())
    lines = [f"inputs{which} that differ: {said}"]
    lines += [f"  {text}" for text in table["text"].head(top)]
    return "\n".join([*lines, *more(len(table), top, "inputs.csv")])


def _side(one: Comparison, name: str, names: Sequence[str], top: int) -> str:
    """Return the largest differences along one dimension."""
    table, column = getattr(one, name), _SIDES[name]
    if table.empty:
        return ""
    found = changed(table)
    title = _title(one, name)
    if found.empty:
        return f"{title}: no difference"
    labels = [column]
    if name == "reps" or (name == "regions" and table["level"].nunique() > 1):
        labels.append("region" if name == "reps" else "level")
    gaps = [f"gap {run}" for run in one.runs if f"gap {run}" in table]
    if not (table[gaps].fillna(0.0) > 0).any(axis=None):
        gaps = []
    as_amount = _amounts(one)
    rows = [
        [
            *(str(row[label]) for label in labels),
            *_side_cells(row, one.runs, as_amount),
            *(as_amount(row[gap]) for gap in gaps),
        ]
        for row in found.head(top).to_dict("records")
    ]
    headers = [f"gap {each}" for each in names] if gaps else []
    head = [*labels, *header(names), *headers]
    text = render_table(head, rows, len(head) - len(labels))
    title += f": {len(found):,} of {len(table):,} differ, largest first"
    return "\n".join([title, text, *more(len(found), top, f"{name}.csv")])


def _side_cells(row: Mapping[Any, Any], runs: Sequence[str], as_amount: Form) -> list[str]:
    found = [as_amount(row[f"target {runs[0]}"])]
    for run in runs[1:]:
        found.append(as_amount(row[f"target {run}"]))
        found.append(signed(row[f"difference {run}"], as_amount))
        if len(runs) == 2:
            found.append(signed(row[f"change {run}"], percent))
    return found


def _limits(one: Comparison, names: Sequence[str], top: int) -> str:
    """Return the limits that bind in one run and not in the other."""
    title = _title(one, "limits that bind in one run and not in the other")
    if one.limits.empty:
        return f"{title}: none"
    counts = one.limits.groupby("kind", sort=False).size()
    said = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
    rows = [
        [
            f"{row['kind']}, {row['side']}",
            ", ".join(
                str(row[label])
                for label in ("region", "rep", "product", "period")
                if row[label] != "*"
            ),
            *(_BINDS[str(row[f"binding {run}"])] for run in one.runs),
        ]
        for row in one.limits.head(top).to_dict("records")
    ]
    text = render_table(["limit", "where", *names], rows, 0)
    return "\n".join([f"{title}: {said}", text, *more(len(one.limits), top, "limits.csv")])
