"""The explanations of a run folder, read from its files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.inputs.document import parse_toml
from optimizer.inputs.sound_keys import sound_keys
from optimizer.results.run_folder import decimals_of, regular
from optimizer.results.stored_table import read_stored, table_path
from optimizer.results.texts import parse_json

_NUMBERS = (
    "amount", "target", "limit", "value", "slack", "shadow_price", "gap",
    "change", "closes", "reference", "asked", "reached", "refused", "pay_effect",
)  # fmt: skip
_NEEDED = {
    "explain": ("period", "rep", "step", "amount"),
    "explain_regions": ("period", "region", "product", "step", "amount"),
    "limits": ("kind", "side", "period", "region", "product", "rep", "limit", "value", "binding"),
    "gaps": ("period", "region", "product", "gap", "cause"),
    "advice": ("lever", "where", "change", "closes", "text"),
    "rollup": ("period", "region", "team", "product", "reference", "target"),
    "locks": ("period", "rep", "owner", "reason"),
    "targets": ("period", "region", "rep", "product", "target"),
    "original": ("period", "region", "rep", "product", "target"),
    "changes": ("region", "rep", "product", "change", "reason", "pay_effect"),
    "not_moved": ("text",),
    "people": ("rep", "region"),
    "regions": ("region",),
}
"""Table → columns without which nothing can be explained."""

_EMPTY = ("period", "region", "rep", "product", "binding", "gap", "text")
"""Columns that tables without rows have."""


@dataclass(frozen=True)
class Explanations:
    """What one measure of a run folder says about its numbers.

    Attributes
    ----------
    folder : Path
        The run's.
    measure, unit : str
    decimals : int
        Decimals of a target.
    periods : tuple of str
    parent : mapping of region to the region above it, ``""`` right below the company
    waterfall : DataFrame
        ``explain.csv``: rep, period, step, amount.
    regions : DataFrame
        ``explain_regions.csv``: period, region, product, step, amount.
    people : DataFrame
        Columns rep, region: everybody in the copy of the inputs.
    limits, gaps, advice : DataFrame
    locks : DataFrame
        Columns period, rep, owner, reason and more; empty where there are none.
    totals : mapping of region and period to reference and target
        Of all products together.
    fairness : mapping
    """

    folder: Path
    measure: str
    unit: str
    decimals: int
    periods: tuple[str, ...]
    parent: Mapping[str, str]
    waterfall: pd.DataFrame
    regions: pd.DataFrame
    people: pd.DataFrame
    limits: pd.DataFrame
    gaps: pd.DataFrame
    advice: pd.DataFrame
    locks: pd.DataFrame
    totals: Mapping[tuple[str, str], tuple[float, float]]
    fairness: Mapping[str, Any]

    @property
    def leaves(self) -> frozenset[str]:
        """The regions that have targets or people."""
        return frozenset([*self.regions["region"], *self.people["region"]])

    def leaves_below(self, region: str) -> frozenset[str]:
        """Return the leaves in a region, itself included."""
        return frozenset(leaf for leaf in self.leaves if region in self.line_of(leaf))

    def line_of(self, region: str) -> tuple[str, ...]:
        """Return a region and all regions above it."""
        line = [region]
        while (above := self.parent.get(line[-1], "")) and above not in line:
            line.append(above)
        return tuple(line)


def load_explanations(run: Path | str, measure: str | None = None) -> Explanations:
    """Return the explanations of one measure of a run folder, the main one if not named.

    Raises
    ------
    InputError
        Where the folder holds no plan with explanations, or no such measure.
    """
    folder = Path(run)
    regions = _read(folder, "explain_regions")
    names = list(dict.fromkeys(regions.get("measure", [])))
    bare = bare_explanations(folder, measure, names)
    fairness = _fairness(folder)
    waterfall, limits, gaps, advice = (
        read_table(folder, name, bare.measure) for name in ("explain", "limits", "gaps", "advice")
    )
    return replace(
        bare,
        waterfall=waterfall,
        regions=_of_measure(regions, bare.measure),
        limits=limits,
        gaps=gaps,
        advice=advice,
        locks=_locks(folder, bare.measure),
        totals=_totals(folder, bare.measure),
        fairness=fairness.get(bare.measure, {}) if names else fairness,
    )


def bare_explanations(folder: Path, measure: str | None, names: Sequence[str]) -> Explanations:
    """Return what the inputs of a run say of a measure: its people and places, and no tables.

    Parameters
    ----------
    folder : Path
    measure : str or None
        The main one if not named.
    names : sequence of str
        All measures of the run; empty where there is but one.

    Raises
    ------
    InputError
        Where the folder has no copy of its inputs, or no such measure.
    """
    keys = _settings(folder)
    known = list(names) or _own_names(keys)
    if not known:
        raise damaged(folder, "scenario/scenario.toml")
    if measure is not None and measure not in known:
        problem = "there is no such measure in this run"
        raise InputError([Finding("--measure", 0, "", measure, problem, meant(measure, known))])
    chosen = measure or known[0]
    own = keys.get("measure", {}).get(chosen, keys)
    empty = pd.DataFrame(columns=list(_EMPTY), dtype=object)
    return Explanations(
        folder=folder,
        measure=chosen,
        unit=str(own.get("unit", "")),
        decimals=decimals_of(float(own.get("rounding", 1))),
        periods=tuple(keys["periods"]),
        parent=_parents(folder, keys, own),
        waterfall=empty,
        regions=empty,
        people=_people(folder, own),
        limits=empty,
        gaps=empty,
        advice=empty,
        locks=empty,
        totals={},
        fairness={},
    )


def _locks(folder: Path, measure: str) -> pd.DataFrame:
    if not table_path(folder, "locks").exists():
        return pd.DataFrame(columns=["period", "rep", "owner", "reason"])
    return _of_measure(_read(folder, "locks"), measure)


def _totals(folder: Path, measure: str) -> dict[tuple[str, str], tuple[float, float]]:
    rollup = _of_measure(_read(folder, "rollup"), measure)
    rows = rollup[(rollup["team"] == "*") & (rollup["product"] == "*")]
    names = zip(rows["region"], rows["period"], strict=True)
    amounts = zip(rows["reference"].tolist(), rows["target"].tolist(), strict=True)
    return dict(zip(names, amounts, strict=True))


def _settings(folder: Path) -> dict[str, Any]:
    file = "scenario/scenario.toml"
    try:
        data = regular(folder / file).read_bytes()
    except OSError as error:
        raise _no_run(folder, file) from error
    try:
        keys, strange = sound_keys(parse_toml(data, file))
    except InputError as error:
        raise damaged(folder, file) from error
    if strange or not keys.get("periods"):
        raise damaged(folder, file)
    return keys


def _fairness(folder: Path) -> dict[str, Any]:
    try:
        content = parse_json(regular(folder / "fairness.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise _no_run(folder, "fairness.json") from error
    except (ValueError, RecursionError) as error:
        raise damaged(folder, "fairness.json") from error
    if not isinstance(content, dict):
        raise damaged(folder, "fairness.json")
    return content


def _no_run(folder: Path, file: str) -> InputError:
    return InputError(
        f"{folder}: the file {file} is missing, so nothing can be explained; name a run folder "
        "that 'plan' of this version wrote"
    )


def damaged(folder: Path, file: str) -> InputError:
    """Return what to say of a file of a run that was changed or cut."""
    return InputError(
        f"{folder}: the file {file} is not as it was written; plan again, or name another run"
    )


def _own_names(keys: Mapping[str, Any]) -> list[str]:
    """Return the name of the only measure of a run."""
    return list(keys.get("measure", {})) if "goal" not in keys else ["amount"]


def read_table(folder: Path, stem: str, measure: str) -> pd.DataFrame:
    """Return a table of a run folder, the rows of one measure.

    Raises
    ------
    InputError
        Where it is missing.
    """
    return _of_measure(_read(folder, stem), measure)


def _read(folder: Path, stem: str) -> pd.DataFrame:
    path = table_path(folder, stem)
    try:
        table = read_stored(path, _NUMBERS)
    except OSError as error:
        raise _no_run(folder, path.name) from error
    except ValueError as error:
        raise damaged(folder, path.name) from error
    if not table.columns.is_unique or not {*_NEEDED.get(stem, ())} <= {*table}:
        raise damaged(folder, path.name)
    return table


def _of_measure(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    if "measure" not in table:
        return table
    own = table[table["measure"] == measure]
    return own.drop(columns="measure").reset_index(drop=True)


def _stem(own: Mapping[str, Any], table: str) -> str:
    """Return the file name of an input table of a measure, without its ending."""
    return str(own.get("tables", {}).get(table, table))


def _people(folder: Path, own: Mapping[str, Any]) -> pd.DataFrame:
    scenario, stem = folder / "scenario", _stem(own, "people")
    if not table_path(scenario, stem).exists():
        return pd.DataFrame({"rep": [], "region": []}, dtype=str)
    return _read(scenario, stem)[["rep", "region"]]


def _parents(folder: Path, keys: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str]:
    scenario, stem = folder / "scenario", _stem(own or keys, "regions")
    if not table_path(scenario, stem).exists():
        return {}
    table = _read(scenario, stem)
    if "parent" not in table:
        return {}
    return dict(zip(table["region"], table["parent"], strict=True))
