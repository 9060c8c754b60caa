"""A copy of a scenario as it was read, so that a run can be repeated from itself.

One ``scenario.toml`` with everything merged into it, one UTF-8 CSV per table under canonical
headers (Parquet for large ones). The same scenario gives the same bytes.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from optimizer.domain.columns import Kind, Table
from optimizer.domain.formats import is_parquet
from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.domain.tables import OF_ONE_MEASURE, TABLES
from optimizer.inputs.borrowed import without_amounts
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.settings import MAIN
from optimizer.inputs.values import FORMULA_STARTS

LARGEST_WHOLE = 2**53
"""Up to here a float holds every whole number, so it can be written without a point."""

Stems = dict[str, str]


def write_copy(
    loaded: Loaded, folder: Path, *, keep_personal: bool, table_format: str = "csv"
) -> None:
    """Write a scenario with its tables to a folder; reading it back gives the same scenario.

    Parameters
    ----------
    loaded : Loaded
    folder : Path
        Made if it does not exist.
    keep_personal : bool
        Whether to keep columns with personal data (``email``).
    table_format : str
        ``csv``, ``parquet``, or ``auto``: Parquet for large tables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document, files = canonical(loaded)
    for stem, (table, frame) in sorted(files.items()):
        written = _columns(table, frame, keep_personal)
        if is_parquet(len(written), table_format):
            columnar = importlib.import_module("optimizer.columnar")
            columnar.write_parquet(written, folder / f"{stem}.parquet")
        else:
            (folder / f"{stem}.csv").write_bytes(_csv(written))
    (folder / "scenario.toml").write_bytes(tomli_w.dumps(document).encode())
    for name, data in sorted(loaded.beside.items()):
        (folder / name).write_bytes(data)


def canonical(loaded: Loaded) -> tuple[dict[str, Any], dict[str, tuple[Table, pd.DataFrame]]]:
    """Return a scenario as one document, and its tables.

    Returns
    -------
    document : dict
        Keys as TOML has them, defaults written out.
    files : dict of name to (Table, DataFrame)
        Tables by the names that the document gives them, or their own.
    """
    files, stems = _layout(loaded.scenarios)
    return _document(loaded.scenarios, stems), files


def _layout(
    scenarios: tuple[Scenario, ...],
) -> tuple[dict[str, tuple[Table, pd.DataFrame]], list[Stems]]:
    """Return the files to write, and the names that each measure gives to its tables."""
    files: dict[str, tuple[Table, pd.DataFrame]] = {}
    stems: list[Stems] = [{} for _ in scenarios]
    for table in TABLES:
        frames = [scenario.table(table.name) for scenario in scenarios]
        common = _common(table.name, scenarios, frames)
        if common is not None:
            files[table.name] = (table, common)
        for scenario, frame, own in zip(scenarios, frames, stems, strict=True):
            given = _taken_over(table.name, common, alone=_is_alone(scenario, scenarios))
            if frame is None or (given is not None and frame.equals(given)):
                continue
            stem = table.name
            if common is None or not frame.equals(common):
                stem = f"{table.name}_{_slug(scenario.settings.measure, scenarios)}"
                files[stem] = (table, frame)
            own[table.name] = stem
    return files, stems


def _common(
    name: str, scenarios: tuple[Scenario, ...], frames: list[pd.DataFrame | None]
) -> pd.DataFrame | None:
    """Return the frame written under the table's own name, which measures without one share."""
    if scenarios[0].settings.measure == MAIN:
        return frames[0]
    shared = [frame for frame in frames if frame is not None]
    if len(shared) == len(frames) and all(frame.equals(shared[0]) for frame in shared):
        return shared[0]
    return None


def _taken_over(name: str, common: pd.DataFrame | None, *, alone: bool) -> pd.DataFrame | None:
    """Return the table that a measure has where it names none of its own."""
    if alone or common is None:
        return common
    if name in OF_ONE_MEASURE:
        return None
    return without_amounts(common) if name == "people" else common


def _is_alone(scenario: Scenario, scenarios: tuple[Scenario, ...]) -> bool:
    """Return whether a measure looks for all tables under their own names."""
    measures = [other.settings.measure for other in scenarios]
    return scenario.settings.measure == MAIN or MAIN not in measures


def _slug(measure: str, scenarios: tuple[Scenario, ...]) -> str:
    """Return a measure's name as part of a file name."""
    if measure.replace("_", "").isalnum():
        return measure
    return str([other.settings.measure for other in scenarios].index(measure))


def _document(scenarios: tuple[Scenario, ...], stems: list[Stems]) -> dict[str, Any]:
    """Return the keys of all measures as one document."""
    document = _shared_keys(scenarios[0].settings)
    measures: dict[str, Any] = {}
    for scenario, own in zip(scenarios, stems, strict=True):
        keys = measure_keys(scenario.settings) | ({"tables": own} if own else {})
        if scenario.settings.measure == MAIN:
            document |= keys
        else:
            measures[scenario.settings.measure] = keys
    return document | ({"measure": measures} if measures else {})


def _shared_keys(settings: Settings) -> dict[str, Any]:
    """Return the keys that all measures share."""
    ability = settings.ability
    keys: dict[str, Any] = {
        "name": settings.name,
        "periods": list(settings.periods),
        "seed": settings.seed,
    }
    if settings.as_of is not None:
        keys["as_of"] = settings.as_of.isoformat()
    keys["ability"] = {
        "top": {"share": ability.top_share, "factor": ability.top_factor},
        "bottom": {"share": ability.bottom_share, "factor": ability.bottom_factor},
    } | ({"from": "history"} if ability.from_history else {})
    keys["ramp"] = {"factors": list(settings.ramp_factors)}
    return keys | {name: _plain(block) for name, block in settings.other.items()}


def measure_keys(settings: Settings) -> dict[str, Any]:
    """Return the keys of one measure, defaults written out."""
    buffers = settings.buffers
    tolerance = {
        name: value
        for name in ("period", "product", "region")
        if (value := getattr(settings.tolerance, name)) is not None
    }
    return {
        "unit": settings.unit,
        "rounding": _tidy(settings.rounding),
        "goal": _short(goal_table(settings.goal)),
        "levels": {"floor": settings.levels.floor, "stretch": settings.levels.stretch},
        "buffers": {
            "potential": buffers.potential,
            "capacity": buffers.capacity,
            "over_assignment": {
                "region": buffers.over_assignment_region,
                "rep": buffers.over_assignment_rep,
            },
        },
        "tolerance": tolerance,
    }


def goal_table(goal: Goal) -> dict[str, Any]:
    """Return the keys of a goal."""
    named = {
        name: _tidy(value)
        for name in ("floor", "target", "stretch", "growth")
        if (value := getattr(goal, name)) is not None
    }
    return named | ({"base": list(goal.base)} if goal.base else {})


def _short(goal: dict[str, Any]) -> Any:
    """Return a goal as a number where it is one."""
    return goal["target"] if list(goal) == ["target"] else goal


def _tidy(value: float) -> int | float:
    """Return a whole number without a point."""
    return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value


def _plain(value: Any) -> Any:
    """Return nested mappings as plain dicts."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _csv(table: pd.DataFrame) -> bytes:
    stream = io.StringIO()
    table.to_csv(stream, index=False, lineterminator="\n")
    return stream.getvalue().encode()


def _columns(table: Table, frame: pd.DataFrame, keep_personal: bool) -> pd.DataFrame:
    """Return a table as it is written; columns blank from top to bottom are left out."""
    columns: dict[str, pd.Series[Any]] = {}
    for name in map(str, frame.columns):
        column = table.column(name)
        kind = column.kind if column else _kind_of(frame[name])
        if column is not None and column.personal and not keep_personal:
            continue
        values = _written(frame[name], kind)
        if column is None or column.required or _filled(values):
            columns[name] = values
    if not any(name in columns for name in table.either) and table.either:
        columns[table.either[0]] = _written(frame[table.either[0]], Kind.TEXT)
    return pd.DataFrame(columns)


def _kind_of(values: pd.Series[Any]) -> Kind:
    return Kind.NUMBER if values.dtype == np.float64 else Kind.TEXT


def _filled(values: pd.Series[Any]) -> bool:
    return bool((values.notna() & (values != "")).any())


def _written(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """Return a column as it is written."""
    if kind is Kind.NUMBER:
        whole = values.isna() | ((values == np.floor(values)) & (values.abs() < LARGEST_WHOLE))
        return values.astype("Int64") if whole.all() else values
    if kind is Kind.DATE:
        days: pd.Series[Any] = values.dt.strftime("%Y-%m-%d").fillna("")
        return days
    if kind is Kind.BOOL:
        return values.map({True: "yes", False: ""})
    risky = values.str.startswith(FORMULA_STARTS)
    return values.mask(risky, "'" + values) if risky.any() else values
