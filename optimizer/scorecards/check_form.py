"""What ``scorecard.toml`` must hold before a card can be made of it: required keys and forms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.errors import Finding
from optimizer.inputs.document import Document
from optimizer.inputs.forms import is_match, tables_of
from optimizer.pay.scores import SCORE
from optimizer.scorecards.build import MONTHS

LONGEST = (("", "metric", 1_000),)
"""Lists that more than so many items make too long to be explained: their table, name, and most."""

MOST_MONTHS = 1200
"""A hundred years: nobody has been there longer."""


def some_metric(document: Document) -> Iterator[Finding]:
    """Check that there is a measure at all."""
    if not document.keys.get("metric"):
        problem = "the file has no measure"
        yield document.finding("", None, problem, "Begin with [[metric]].")


def stated_policy(document: Document) -> Iterator[Finding]:
    """Check that each measure has a rule for missing values: its own, or that of the file."""
    remedy = (
        'Write missing = "error" (refuse to score), "reweight" (the other measures count more) or '
        '"neutral" (points in the middle), at the top for all or in the measure.'
    )
    if "missing" in document.keys:
        return
    for path, table in tables_of(document.keys, "metric[]"):
        if "missing" not in table:
            problem = "nothing says what holds where a value is missing"
            yield document.finding(f"{path}.missing", None, problem, remedy)


def free_forms(document: Document) -> Iterator[Finding]:
    """Check keys that may hold more than one kind of value."""
    for path, table in tables_of(document.keys, "metric[]"):
        if not isinstance(table.get("carry", False), bool):
            problem, remedy = "this is neither true nor false", "Write true or false."
            yield document.finding(f"{path}.carry", table["carry"], problem, remedy)
        if "of" in table:
            yield from _due(document, f"{path}.of", table)
        if "match" in table:
            yield from _match(document, f"{path}.match", table["match"])
        if table.get("name") == SCORE:
            problem = "this is the name of the total"
            remedy = "Give the measure another name; gates of pay see the total as score."
            yield document.finding(f"{path}.name", SCORE, problem, remedy)
    for path, band in tables_of(document.keys, "metric[].bands[]"):
        if ("from" in band) == ("above" in band):
            problem = "the band must begin somewhere: with `from` or with `above`"
            remedy = "Write from = 0.8 (0.8 is in the band) or above = 0.8 (0.8 is not)."
            yield document.finding(path, dict(band), problem, remedy)


def _due(document: Document, key: str, table: Mapping[str, Any]) -> Iterator[Finding]:
    """Check what a ratio is of."""
    due = table["of"]
    if table.get("kind") in ("growth", "level"):
        problem = f"only a ratio is of something, and the kind is {table['kind']}"
        yield document.finding(key, due, problem, 'Leave `of` out, or write kind = "ratio".')
    elif isinstance(due, str):
        if not due:
            problem, remedy = "the name is empty", "Name a metric, or write a number above 0."
            yield document.finding(key, due, problem, remedy)
    elif not _is_number(due) or due <= 0:
        problem = "this is neither a number above 0 nor a name"
        remedy = 'Write of = 260, or the name of a metric such as of = "collection_due".'
        yield document.finding(key, due, problem, remedy)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) or math.isfinite(value)


def _match(document: Document, key: str, match: object) -> Iterator[Finding]:
    """Check that a match names columns with texts, and months as a range."""
    columns = match if isinstance(match, Mapping) else {}
    if not columns or not is_match({name: columns[name] for name in columns if name != MONTHS}):
        problem = "this does not say whom to match"
        remedy = 'Write columns of people and values, such as { role = "senior" }.'
        yield document.finding(key, match, problem, remedy)
    if MONTHS not in columns:
        return
    months = columns[MONTHS]
    remedy = "Write months = { from = 0, to = 3 }: 3 itself is not included."
    bounds = months if isinstance(months, Mapping) and set(months) <= {"from", "to"} else {}
    whole = [
        bound for bound in bounds.values() if isinstance(bound, int) and not isinstance(bound, bool)
    ]
    if not bounds or len(whole) < len(bounds) or not 0 <= min(whole) <= max(whole) <= MOST_MONTHS:
        problem = "these are no months since the start"
        yield document.finding(f"{key}.{MONTHS}", months, problem, remedy)
    elif bounds.get("to", math.inf) <= bounds.get("from", 0):
        problem = "the end is not after the beginning, so nobody is matched"
        yield document.finding(f"{key}.{MONTHS}", months, problem, remedy)
