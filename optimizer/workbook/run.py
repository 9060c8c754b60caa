"""What a workbook tells of a run, read from the run folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.labels import region_parents
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.results.run_folder import decimals_of, read_record
from optimizer.results.stored_table import read_stored, table_path

LEVELS = ("floor", "target", "stretch")
SURE = {
    "targets": ("reference", *LEVELS),
    "rollup": ("ask", "gap", "street", "reference", "potential", "capacity", *LEVELS),
}
"""Columns of numbers in the tables that every run has."""

NUMBERS = frozenset((
    *SURE["rollup"], "limit", "value", "slack", "shadow_price", "change", "closes", "amount",
    "price", "multiple", "min", "before", "after", "share", "pay_effect", "wanted", "refused",
))  # fmt: skip
"""Columns that hold numbers wherever all they hold can be read as such."""

_AGAIN = "plan the scenario again, or name another run"


@dataclass(frozen=True)
class Run:
    """A run folder.

    Attributes
    ----------
    folder : Path
    record : mapping
        Content of ``run.json``.
    scenarios : tuple of Scenario
        One per measure, the main one first.
    """

    folder: Path
    record: Mapping[str, Any]
    scenarios: tuple[Scenario, ...]

    @property
    def is_several(self) -> bool:
        """Whether the run plans more than one measure."""
        return len(self.scenarios) > 1

    @property
    def is_plan(self) -> bool:
        """Whether edits may come back as locks: a recalibrated run's may not."""
        return self.record.get("command") == "plan"

    @property
    def decimals(self) -> int:
        """Return how many decimals the amounts of all measures need."""
        return max(decimals_of(one.settings.rounding) for one in self.scenarios)

    def figures(self, measure: str) -> Mapping[str, Any]:
        """Return the totals of a measure."""
        found: Mapping[str, Any] = self.record.get("measures", {}).get(measure, self.record)
        return found

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table with a column `measure` in any case; None where the run has none.

        Raises
        ------
        InputError
            Where the file cannot be read.
        """
        path = table_path(self.folder, name)
        if not path.is_file():
            return None
        try:
            frame = read_stored(path, SURE.get(name, ()))
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read ({error}): {_AGAIN}") from error
        if "measure" not in frame:
            frame.insert(0, "measure", self.scenarios[0].settings.measure)
        return frame if name in SURE else _with_numbers(frame)

    def needed(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """Return a table that every run has, with these columns.

        Raises
        ------
        InputError
            Where it is missing or lacks one of them.
        """
        frame = self.table(name)
        if frame is None:
            raise InputError(f"{table_path(self.folder, name)} is missing: {_AGAIN}")
        for column in columns:
            if column not in frame:
                path = table_path(self.folder, name)
                raise InputError(f"{path} lacks the column {column}: {_AGAIN}")
        return frame


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of numbers are numbers, NaN where blank."""
    found = {}
    for name in NUMBERS.intersection(frame.columns):
        written = frame[name].astype("str")
        numbers = pd.to_numeric(written.where(written != ""), errors="coerce")
        if (numbers.notna() | (written == "")).all():
            found[name] = numbers.astype(float)
    return frame.assign(**found)


def read_run(folder: Path) -> Run:
    """Read the record and the inputs of a run.

    Raises
    ------
    InputError
        Where the folder holds no run.
    """
    record = read_record(folder)
    if record.get("command") not in ("plan", "recalibrate"):
        raise InputError(
            f"{folder}: this is no run folder; name one that 'plan' or 'recalibrate' wrote"
        )
    return Run(folder, record, load_scenarios(folder / "scenario").scenarios)


def tree(scenario: Scenario) -> Iterator[tuple[str, str, int, bool]]:
    """Yield (region, parent, level from 1, is a leaf), parents before their children."""
    parent_of = region_parents(scenario)
    children: dict[str, list[str]] = {}
    for region in sorted(parent_of):
        children.setdefault(parent_of[region], []).append(region)
    waiting = [(region, 1) for region in reversed(children.get("", []))]
    while waiting:
        region, level = waiting.pop()
        below = children.get(region, [])
        yield region, parent_of[region], level, not below
        waiting += [(child, level + 1) for child in reversed(below)]
