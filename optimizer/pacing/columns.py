"""Columns of actuals that sales leave alone: what pay and scorecards read from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.inputs.document import parse_toml
from optimizer.inputs.load import MEASURE_KEYS
from optimizer.pacing.run import PlannedRun

_FILES = {"incentive.toml": MEASURE_KEYS, "scorecard.toml": (*MEASURE_KEYS, "of")}
"""File beside the scenario → keys whose text names a column."""

_BEFORE = "_before"
"""What follows a metric's name where the column holds the figure of the period before."""


def columns_of_others(planned: PlannedRun) -> frozenset[str]:
    """Return the columns that rules of pay, scorecards and the table metrics name.

    Parameters
    ----------
    planned : PlannedRun

    Raises
    ------
    InputError
        Where one of these files of the run is no TOML.
    """
    found: set[str] = set()
    for file, keys in _FILES.items():
        path = planned.folder / "scenario" / file
        if path.is_file():
            found.update(_texts(parse_toml(path.read_bytes(), file).keys, keys))
    metrics = planned.scenario.table("metrics")
    if metrics is not None:
        found.update(metrics["metric"].astype(str))
    return frozenset(found | {name + _BEFORE for name in found})


def _texts(item: Any, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts under some keys, however deep."""
    if isinstance(item, list):
        for part in item:
            yield from _texts(part, keys)
    elif isinstance(item, Mapping):
        for name, value in item.items():
            if name in keys and isinstance(value, str):
                yield value
            else:
                yield from _texts(value, keys)
