"""The plan that a run folder holds, as pacing needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.pacing.seats import Seats, read_seats
from optimizer.results.run_folder import read_record

_LABELS = ("period", "region", "team", "rep", "product", "measure")
_MARKED = r"^'(?=[=+\-@\t\r])"
"""The apostrophe that keeps a spreadsheet from running a text."""


@dataclass(frozen=True)
class PlannedRun:
    """One measure of a run folder.

    Attributes
    ----------
    folder : Path
    record : dict
        ``run.json``.
    scenario : Scenario
        From the run's own copy of its inputs.
    seats : tuple of Seats
        One per period.
    """

    folder: Path
    record: dict[str, Any]
    scenario: Scenario
    seats: tuple[Seats, ...]


def read_planned(folder: Path, measure: str | None = None) -> PlannedRun:
    """Read a run folder.

    Parameters
    ----------
    folder : Path
    measure : str, optional
        The main one if left out.

    Raises
    ------
    InputError
        Where it holds no plan, or no such measure.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    record = read_record(folder)
    if "goal" not in record:
        raise InputError(f"{folder}: this is no run of 'plan'; name a folder that 'plan' wrote")
    scenarios = load_scenarios(folder / "scenario").scenarios
    named = {one.settings.measure: one for one in scenarios}
    if measure is not None and measure not in named:
        raise InputError(f"{folder} has no measure {measure}. {meant(measure, list(named))}")
    scenario = named[measure] if measure else scenarios[0]
    targets = _targets(folder)
    if "measure" in targets:
        targets = targets[targets["measure"] == scenario.settings.measure]
    return PlannedRun(folder, record, scenario, read_seats(scenario, targets))


def _targets(folder: Path) -> pd.DataFrame:
    """Return ``targets.csv`` or ``targets.parquet``, labels as texts, blank as ``""``."""
    if (folder / "targets.parquet").is_file():
        from optimizer.columnar import read_parquet

        return read_parquet((folder / "targets.parquet").read_bytes())
    path = folder / "targets.csv"
    try:
        table = pd.read_csv(path, dtype=dict.fromkeys(_LABELS, "string"), keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read; plan again") from error
    for name in set(_LABELS) & set(table.columns):
        table[name] = table[name].str.replace(_MARKED, "", regex=True).astype(object)
    return table
