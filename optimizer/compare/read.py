"""Run folders as they lie on disk: their summary, tables, and copy of the inputs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.errors import InputError
from optimizer.results.record_form import sound_record
from optimizer.results.run_folder import decimals_of, regular
from optimizer.results.stored_table import read_stored, table_path
from optimizer.results.texts import parse_json

MAIN = "amount"
"""Name of the main measure."""

TARGET_LABELS = ("period", "region", "team", "rep", "product")
ROLLUP_LABELS = ("period", "region", "team", "product")
LIMIT_LABELS = ("kind", "side", "period", "region", "product", "rep")
_LIMIT_AMOUNTS = ("limit", "binding")
_TABLES = (".csv", ".parquet")
_COMMANDS = ("stress", "tune", "pay")
"""Commands that write money into a folder of the run."""

_RECALIBRATED = "recalibrate"
"""Command of runs that move targets and tell neither limits nor fairness."""


@dataclass(frozen=True)
class Run:
    """One run folder, read.

    Attributes
    ----------
    folder : Path
    label : str
        What the run is called in the comparison.
    record : mapping
        Content of ``run.json``.
    figures : mapping of measure to mapping
        Totals of each measure, the main one first.
    fairness : mapping of measure to mapping
    targets, rollup, limits : DataFrame
        Tables of the run folder, with a column ``measure`` in any case; a recalibrated run has
        no limits.
    documents : mapping of file name to mapping
        TOML files of the copy of the inputs.
    tables : mapping of name to DataFrame
        Tables of the copy of the inputs, every cell as text, blank as ``""``.
    stress, tune, pay : mapping
        Content of ``stress/stress.json``, ``tune/tune.json``, ``pay/pay.json``; empty where the
        run has none.
    stress_by, payouts : DataFrame
        dimension, name, mean of ``stress/stress_by.csv``; period, rep, plan, payout of
        ``pay/payouts.csv``; no rows where the run has none.
    """

    folder: Path
    label: str
    record: Mapping[str, Any]
    figures: Mapping[str, Mapping[str, Any]]
    fairness: Mapping[str, Mapping[str, Any]]
    targets: pd.DataFrame
    rollup: pd.DataFrame
    limits: pd.DataFrame
    documents: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, pd.DataFrame]
    stress: Mapping[str, Any]
    tune: Mapping[str, Any]
    pay: Mapping[str, Any]
    stress_by: pd.DataFrame
    payouts: pd.DataFrame

    @property
    def is_recalibrated(self) -> bool:
        """Whether targets were moved in mid-period: then nothing is told of limits."""
        return self.record.get("command") == _RECALIBRATED

    @property
    def settings(self) -> Mapping[str, Any]:
        """The keys of the scenario."""
        return self.documents["scenario.toml"]

    def decimals(self, measure: str) -> int:
        """Return how many decimals the amounts of a measure have."""
        keys = self.settings if measure == MAIN else self.settings["measure"][measure]
        return decimals_of(float(keys.get("rounding", 1)))


def read_runs(folders: Sequence[Path]) -> tuple[Run, ...]:
    """Read run folders; each is called by its folder's name, or its path where names repeat.

    Raises
    ------
    InputError
        Where there are fewer than two, or one is no whole run folder.
    """
    if len(folders) < 2:
        raise InputError(
            f"compare takes two or more run folders, and {len(folders) or 'none'} is named: "
            "name the base first, then those to hold against it"
        )
    names = _labels(folders)
    return tuple(read_run(folder, name) for folder, name in zip(folders, names, strict=True))


def _labels(folders: Sequence[Path]) -> list[str]:
    names = [folder.name or folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        names = [folder.as_posix() for folder in folders]
    # A folder's name need not be text.
    names = [name.encode("utf-8", "replace").decode() for name in names]
    return [
        f"{name} ({before + 1})" if (before := names[:place].count(name)) else name
        for place, name in enumerate(names)
    ]


def read_run(folder: Path, label: str) -> Run:
    """Read one run folder.

    Raises
    ------
    InputError
        Where it is none, or one of its files is missing or cannot be read.
    """
    record = _record(folder)
    scenario = folder / "scenario"
    documents = {path.name: _toml(path) for path in sorted(scenario.glob("*.toml"))}
    if "scenario.toml" not in documents:
        raise InputError(f"{scenario / 'scenario.toml'} is missing: {_again(scenario)}")
    only = _only_measure(documents["scenario.toml"])
    is_recalibrated = record.get("command") == _RECALIBRATED
    fairness = {} if is_recalibrated else _json(folder / "fairness.json")
    binding = pd.DataFrame(columns=["measure", *LIMIT_LABELS, *_LIMIT_AMOUNTS], dtype=object)
    if not is_recalibrated:
        binding = _table(table_path(folder, "limits"), LIMIT_LABELS, _LIMIT_AMOUNTS, only)
    stress, tune, pay = (_of_command(folder, command) for command in _COMMANDS)
    return Run(
        folder,
        label,
        record,
        record.get("measures") or {only: record},
        fairness if "measures" in record else {only: fairness},
        _table(table_path(folder, "targets"), TARGET_LABELS, ("target",), only),
        _table(table_path(folder, "rollup"), ROLLUP_LABELS, ("target", "gap"), only),
        binding,
        documents,
        {path.stem: _texts(path) for path in sorted(scenario.iterdir()) if path.suffix in _TABLES},
        stress,
        tune,
        pay,
        _money(folder / "stress" / "stress_by.csv", ("dimension", "name"), "mean"),
        _money(folder / "pay" / "payouts.csv", ("period", "rep", "plan"), "payout"),
    )


def _of_command(folder: Path, command: str) -> Mapping[str, Any]:
    """Return the figures that a command has written into a run; none where it has not run."""
    path = folder / command / f"{command}.json"
    return _json(path) if path.parent.is_dir() else {}


def _money(path: Path, labels: Sequence[str], amount: str) -> pd.DataFrame:
    """Return a table that a command has written into a run; no rows where it has not run."""
    if not path.parent.is_dir():
        return pd.DataFrame(columns=[*labels, amount], dtype=object)
    return _table(path, labels, (amount,), MAIN)[[*labels, amount]]


def _again(path: Path) -> str:
    command = path.parent.name
    if command in _COMMANDS:
        return f"run '{command}' again, or take the folder {path.parent} away"
    return "plan the scenario again, or name another run"


def _record(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    if not (folder / "run.json").is_file():
        raise InputError(
            f"{folder}: this is no run folder, it has no run.json; name one that 'plan' wrote"
        )
    record = sound_record(_json(folder / "run.json"), folder / "run.json")
    if record.get("command") == "compare":
        raise InputError(f"{folder}: this holds a comparison; name the runs themselves")
    return record


def _only_measure(settings: Mapping[str, Any]) -> str:
    """Return the name of a run's measure where it has but one."""
    return MAIN if "goal" in settings else next(iter(settings.get("measure", {})), MAIN)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = parse_json(regular(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no named values: {_again(path)}")
    return content


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(regular(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path} is missing: {_again(path)}")
    said = str(error).strip().splitlines() or [type(error).__name__]
    return InputError(f"{path} cannot be read ({said[0]}): {_again(path)}")


def _table(path: Path, labels: Sequence[str], amounts: Sequence[str], measure: str) -> pd.DataFrame:
    """Read some columns of a table of a run folder; a single measure is named in any case."""
    wanted = ("measure", *labels, *amounts)
    numbers = [name for name in amounts if name != "binding"]
    try:
        frame = read_stored(path, numbers)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    for name in wanted[1:]:
        if name not in frame:
            raise InputError(f"{path} lacks the column {name}: {_again(path)}")
    for name in labels:
        frame[name] = frame[name].astype("str")
    if "measure" not in frame:
        frame["measure"] = measure
    return frame[list(wanted)]


def _texts(path: Path) -> pd.DataFrame:
    try:
        return read_stored(path).astype("str")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
