"""Reading a recalibrated run: its tables and inputs, measure by measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.files import UnreadableError, first_file, numbers, read_texts
from optimizer.verify.layout import ROLLUP, TARGETS, Layout, Written, read_table
from optimizer.verify.recalibrated import Recalibrated
from optimizer.verify.terms import Terms

_NUMBERS = {
    "changes": ("before", "after", "change", "share"),
    "not_moved": ("asked", "reached", "refused"),
    "original": ("target",),
    "sold": ("week", "amount"),
    "pacing": ("week", "target", "cumulative"),
    "people": ("capacity", "min"),
    "potential": ("potential",),
    "locks": ("amount",),
    "capacity": ("capacity", "min"),
    "products": ("effort",),
}
_TABLES = ("changes", "not_moved", "original", "sold", "pacing")
_INPUTS = ("people", "capacity", "products", "potential", "locks", "regions")
"""Tables of the inputs that the checks look at."""

_BLOCK = ("period", "week", "cap", "before", "goal", "placed", "gap")


def read_recalibrated(
    folder: Path, content: Mapping[str, Any], terms: Sequence[Terms]
) -> Iterator[Recalibrated]:
    """Yield each measure of a recalibrated run, the main one first.

    Raises
    ------
    UnreadableError
        Where a file is missing or no table, or ``run.json`` does not say what was done.
    """
    measures = [one.measure for one in terms]
    written = [_written(folder, layout, measures) for layout in (TARGETS, ROLLUP)]
    tables = {stem: _table(folder, stem, stem) for stem in _TABLES}
    for one in terms:
        summary = _summary(content, one.measure, several=len(terms) > 1)
        targets, rollup = (_own(_frame(table), one.measure) for table in written)
        yield Recalibrated(
            terms=one,
            content=summary,
            period=str(summary["recalibration"]["period"]),
            cap=float(summary["recalibration"]["cap"]),
            targets=targets,
            rollup=rollup,
            inputs=_inputs(folder / "scenario", one),
            **{stem: _own(table, one.measure) for stem, table in tables.items()},
        )


def _summary(content: Mapping[str, Any], measure: str, *, several: bool) -> dict[str, Any]:
    """Return what ``run.json`` says of a measure."""
    found: Any = content
    if several:
        measures = content.get("measures")
        found = measures.get(measure) if isinstance(measures, dict) else None
    block = found.get("recalibration") if isinstance(found, dict) else None
    if not isinstance(block, dict) or any(key not in block for key in _BLOCK):
        where = f" of {measure}" if several else ""
        raise UnreadableError(
            f"run.json lacks the block recalibration{where} with {', '.join(_BLOCK)}"
        )
    return {**found, "origin": content.get("origin")}


def _written(folder: Path, layout: Layout, measures: Sequence[str]) -> Written:
    written = read_table(folder, layout, measures)
    if written.frame is None or written.failures:
        raise UnreadableError("; ".join(one.text for one in written.failures[:3]))
    return written


def _frame(written: Written) -> pd.DataFrame:
    assert written.frame is not None
    texts = {
        str(name): column.astype(str)
        for name, column in written.frame.items()
        if not pd.api.types.is_numeric_dtype(column)
    }
    return written.frame.assign(**texts)


def _own(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    if "measure" not in table:
        return table
    return table[table["measure"] == measure].drop(columns="measure")


def _inputs(scenario: Path, terms: Terms) -> dict[str, pd.DataFrame]:
    """Return the input tables of a measure; people of another one without their amounts."""
    found = {}
    for name in _INPUTS:
        stem = terms.stems.get(name, name)
        if stem and first_file(scenario, stem).is_file():
            found[name] = _table(scenario, stem, name)
    if terms.borrows_people and "people" in found:
        amounts = [column for column in _NUMBERS["people"] if column in found["people"]]
        found["people"] = found["people"].assign(**dict.fromkeys(amounts, np.nan))
    return found


def _table(folder: Path, stem: str, name: str) -> pd.DataFrame:
    """Read a table that holds what tables of a name hold."""
    path = first_file(folder, stem)
    try:
        texts = read_texts(path)
    except UnreadableError as error:
        raise UnreadableError(f"{path.name} {error}") from error
    columns = {
        str(label): numbers(column) if label in _NUMBERS.get(name, ()) else column.astype(str)
        for label, column in texts.items()
    }
    return pd.DataFrame(columns)
