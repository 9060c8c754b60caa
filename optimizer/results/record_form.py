"""Does a record of a run have the form that commands rely on? Others may have edited it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from optimizer.errors import InputError

_TEXTS = ("name", "command", "status", "version", "method", "unit")
_NUMBERS = (
    "goal", "placed", "street", "gap", "over_assignment_short", "street_short", "stretch_gap",
    "objective", "bound", "objective_rounded", "seed",
)  # fmt: skip
_TABLES = ("solver", "recalibration")
_TABLES_OF_TEXTS = ("inputs", "outputs", "origin")
_TABLES_OF_NUMBERS = ("proof", "stretch", "seconds", "verification")
_LARGEST = 10**300


def sound_record(record: Any, path: Path) -> dict[str, Any]:
    """Return a record, empty where it is none; refuse values that are not of a plan's kind.

    Parameters
    ----------
    record : Any
        What stands in ``run.json``; keys that are missing, and those of other commands, are
        left to who reads them.
    path : Path
        For messages.

    Raises
    ------
    InputError
        Naming the first value that is of another kind.
    """
    if not isinstance(record, dict):
        return {}
    if "goal" not in record and "measures" not in record:
        return record
    for key, kind in _misshapen(record):
        raise InputError(
            f"{path}: {key} should be {kind}; the file was changed since the run was written: "
            "plan the scenario again, or take the file from a copy"
        )
    return record


def _misshapen(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each key that holds something of another kind, and the kind it should be."""
    measures = record.get("measures", {})
    if not isinstance(measures, dict) or not all(
        isinstance(block, dict) for block in measures.values()
    ):
        yield "measures", "a table of tables"
        return
    for block in (record, *measures.values()):
        for key, value in block.items():
            if value is not None and (kind := _kind_missed(key, value)):
                yield key, kind


def _kind_missed(key: str, value: Any) -> str:
    """Return the kind that a value should be; blank where it is, or where any will do."""
    if key in _TEXTS:
        return "" if isinstance(value, str) else "a text"
    if key in _NUMBERS:
        return "" if _is_number(value) else "a number"
    if key == "assumptions":
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return "" if texts else "a list of texts"
    if key in _TABLES:
        return "" if isinstance(value, dict) else "a table"
    if key in _TABLES_OF_TEXTS:
        texts = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        return "" if texts else "a table of texts"
    if key in _TABLES_OF_NUMBERS:
        numbers = isinstance(value, dict) and all(map(_is_number, value.values()))
        return "" if numbers else "a table of numbers"
    return ""


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) < _LARGEST
