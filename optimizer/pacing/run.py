"""The plan that a run folder holds, as pacing needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.load import Loaded, load_scenarios
from optimizer.pacing.seats import Seats, read_seats
from optimizer.results.run_folder import read_record
from optimizer.results.stored_table import read_stored_table

TARGET_LABELS = ("period", "region", "team", "rep", "product")
TARGET_AMOUNTS = ("reference", "floor", "target", "stretch")
"""Columns of ``targets.csv`` that hold texts, and numbers."""


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
    measures : tuple of str
        All measures of the folder, the main one first.
    targets : DataFrame
        ``targets.csv`` of the measure, labels as text.
    seats : tuple of Seats
        One per period.
    """

    folder: Path
    record: dict[str, Any]
    scenario: Scenario
    measures: tuple[str, ...]
    targets: pd.DataFrame
    seats: tuple[Seats, ...]


def read_planned(folder: Path, measure: str | None = None) -> PlannedRun:
    """Read one measure of a run folder.

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
    record, loaded = _read(folder)
    named = {one.settings.measure: one for one in loaded.scenarios}
    if measure is not None and measure not in named:
        raise InputError(f"{folder} has no measure {measure}. {meant(measure, list(named))}")
    scenario = named[measure] if measure else loaded.scenarios[0]
    targets = read_stored_table(folder, "targets", TARGET_LABELS, TARGET_AMOUNTS)
    return _planned(folder, record, scenario, tuple(named), targets)


def read_measures(folder: Path) -> tuple[Loaded, tuple[PlannedRun, ...]]:
    """Read all measures of a run folder, the main one first, and its copy of the inputs.

    Raises
    ------
    InputError
        Where it holds no plan.
    """
    record, loaded = _read(folder)
    targets = read_stored_table(folder, "targets", TARGET_LABELS, TARGET_AMOUNTS)
    names = tuple(one.settings.measure for one in loaded.scenarios)
    return loaded, tuple(_planned(folder, record, one, names, targets) for one in loaded.scenarios)


def _read(folder: Path) -> tuple[dict[str, Any], Loaded]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    record = read_record(folder)
    if "goal" not in record:
        raise InputError(f"{folder}: this is no run of 'plan'; name a folder that 'plan' wrote")
    return record, load_scenarios(folder / "scenario")


def _planned(
    folder: Path,
    record: dict[str, Any],
    scenario: Scenario,
    measures: tuple[str, ...],
    targets: pd.DataFrame,
) -> PlannedRun:
    own = rows_of_measure(targets, scenario.settings.measure)
    return PlannedRun(folder, record, scenario, measures, own, read_seats(scenario, own))


def rows_of_measure(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows of one measure, without that column; all rows where there is none."""
    if "measure" not in table:
        return table
    own = table[table["measure"] == measure]
    return own.drop(columns="measure").reset_index(drop=True)
