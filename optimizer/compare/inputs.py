"""Inputs that differ between runs: keys of the settings, and rows of the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.compare.read import Run
from optimizer.compare.rows import table_differences
from optimizer.compare.sides import measures_of
from optimizer.compare.words import Difference, shown
from optimizer.domain.columns import Table
from optimizer.domain.tables import TABLES

COLUMNS = ("run", "file", "row", "column", "change", "base", "value", "text")
SETTINGS = "scenario.toml"
RECALIBRATE = "recalibrate"
"""In place of a file, what a recalibration was told."""

_TOLD = ("period", "week", "cap", "pace_only")
_LABELS = ("name",)
"""Keys that say what a scenario is called, not what it holds."""


def input_differences(runs: Sequence[Run]) -> pd.DataFrame:
    """Return the inputs of each run that differ from the base's, settings first.

    Compares the canonical copies in the run folders; the order of rows says nothing.

    Returns
    -------
    DataFrame
        run, file, row, column, change, base, value, text: all as text.
    """
    rows = [
        (run.label, one.file, one.row, one.column, one.change, one.base, one.value, one.text)
        for run in runs[1:]
        for one in _differences(runs[0], run)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def _differences(base: Run, run: Run) -> Iterator[Difference]:
    for file in sorted(
        {*base.documents, *run.documents}, key=lambda name: (name != SETTINGS, name)
    ):
        yield from _keys(file, base.documents.get(file), run.documents.get(file))
    yield from _recalibrations(base, run)
    declared = _declared(base) | _declared(run)
    for name, table in declared.items():
        sides = base.tables.get(name), run.tables.get(name)
        if sides[0] is not None or sides[1] is not None:
            for one in table_differences(table, *sides):
                yield Difference(name, one.row, one.column, one.change, one.base, one.value)


def _recalibrations(base: Run, run: Run) -> Iterator[Difference]:
    """Yield what recalibrations were told otherwise: no input in a folder holds it."""
    if not (base.is_recalibrated or run.is_recalibrated):
        return
    both = base.is_recalibrated and run.is_recalibrated
    measures = measures_of([base, run])
    for measure in measures:
        row = measure if len(measures) > 1 else ""
        sides = [each.figures.get(measure, {}) for each in (base, run)]
        told = [side.get("recalibration") or {} for side in sides]
        pairs = {"goal": [side.get("goal") for side in sides]}
        if both:
            pairs |= {name: [one.get(name) for one in told] for name in _TOLD}
        for name, values in pairs.items():
            before, after = map(shown, values)
            if before != after:
                yield Difference(RECALIBRATE, row, name, "changed", before, after)


def _keys(
    file: str, base: Mapping[str, Any] | None, other: Mapping[str, Any] | None
) -> Iterator[Difference]:
    before, after = (dict(_flat(document or {}, "")) for document in (base, other))
    for key in dict.fromkeys([*before, *after]):
        pair = before.get(key, ""), after.get(key, "")
        if pair[0] != pair[1] and not (file == SETTINGS and key in _LABELS):
            change = "changed" if key in before and key in after else "added"
            change = "removed" if key not in after else change
            yield Difference(file, "", key, change, *pair)


def _flat(content: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield dotted keys and values; a goal that is one number is its target."""
    if isinstance(content, Mapping):
        for name, item in content.items():
            if name != "tables":
                yield from _flat(item, f"{path}.{name}" if path else str(name))
    elif isinstance(content, list) and any(isinstance(item, Mapping) for item in content):
        for place, item in enumerate(content, start=1):
            yield from _flat(item, f"{path}[{place}]")
    elif path == "goal" or (path.startswith("measure.") and path.endswith(".goal")):
        yield f"{path}.target", shown(content)
    else:
        yield path, shown(content)


def _declared(run: Run) -> dict[str, Table]:
    """Return the declaration of each table by the name it has in the copy of the inputs."""
    declared = {table.name: table for table in TABLES}
    for block in (run.settings, *run.settings.get("measure", {}).values()):
        for table in TABLES:
            if (name := block.get("tables", {}).get(table.name)) is not None:
                declared[str(name)] = table
    return declared
