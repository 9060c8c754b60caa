"""What has changed since the plan was made: tables, goal, and moves that somebody decided."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.columns import Table
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PEOPLE, POTENTIAL
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios, write_copy
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.order import in_order
from optimizer.inputs.single import read_single
from optimizer.recalibrate.moves import Move, moves_of_contingency, moves_of_shares

DEFAULT_CAP = 0.2
_NAME_REPS = ("capacity", "locks", "metrics", "pool_members")
"""Tables that may name only reps of ``people``."""


@dataclass(frozen=True)
class Options:
    """What a recalibration is told on the command line.

    Attributes
    ----------
    potential, people, shares : Path or None
        Tables in place of the run's.
    goal : float or None
        New total of the period.
    contingency : str or None
        Name of a ``[[contingency]]`` of the scenario.
    cap : float or None
        In place of ``[recalibration] cap``.
    pace_only : bool
        Leave targets as they are.
    """

    potential: Path | None = None
    people: Path | None = None
    shares: Path | None = None
    goal: float | None = None
    contingency: str | None = None
    cap: float | None = None
    pace_only: bool = False


@dataclass(frozen=True)
class Changed:
    """The inputs from now on, and how they differ from the run's.

    Attributes
    ----------
    loaded : Loaded
        As the new run keeps them.
    goal : float or None
    moves : tuple of Move
    cap : float
    people : mapping of rep to what is new about them, in words
    notes : tuple of str
    """

    loaded: Loaded
    goal: float | None
    moves: tuple[Move, ...]
    cap: float
    people: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def scenario(self) -> Scenario:
        """The one measure's scenario."""
        return self.loaded.scenarios[0]


def read_changed(scenario: Scenario, run: Path, period: str, options: Options) -> Changed:
    """Return what has changed.

    Parameters
    ----------
    scenario : Scenario
        The run's own copy.
    run : Path
    period : str
        That is recalibrated.
    options : Options

    Raises
    ------
    InputError
        Where a table is wrong by itself or does not fit the scenario, or an option is wrong.
    """
    _check(options)
    new = _with_tables(scenario, options)
    other = dict(new.settings.other)
    if options.cap is not None:
        other["recalibration"] = {**other.get("recalibration", {}), "cap": options.cap}
    new = replace(new, settings=replace(new.settings, other=other))
    people = _people_changes(scenario.table("people"), new.table("people"))
    new, notes = _without_strangers(new)
    cap = float(other.get("recalibration", {}).get("cap", DEFAULT_CAP))
    kept_back = new.settings.buffers.capacity
    if _has_capacity(new) and cap > kept_back:
        notes.append(
            f"cap {cap:.10g} is larger than the {kept_back:.10g} of capacity kept back: a full "
            "move upward may find nobody who can carry it"
        )
    loaded = _reread(Loaded((new,), (), load_scenarios(run / "scenario").beside))
    moves = _moves(scenario, period, options)
    return Changed(loaded, options.goal, moves, cap, people, tuple(notes))


def _has_capacity(scenario: Scenario) -> bool:
    tables = (scenario.table("people"), scenario.table("capacity"))
    return any(table is not None and table["capacity"].notna().any() for table in tables)


def _check(options: Options) -> None:
    told = [
        f"--{name}"
        for name in ("potential", "people", "shares", "goal", "contingency")
        if getattr(options, name) is not None
    ]
    if options.pace_only and told:
        raise InputError(
            f"--pace-only leaves targets as they are, and {', '.join(told)} would move them; "
            "leave one of them out"
        )
    if options.goal is not None and not 0 < options.goal < float("inf"):
        raise InputError(f"--goal {options.goal:g}: write the new total of the period, above 0")
    if options.cap is not None and not 0 <= options.cap < float("inf"):
        raise InputError(f"--cap {options.cap:g}: write a share of the original, such as 0.2")


def _with_tables(scenario: Scenario, options: Options) -> Scenario:
    given = {PEOPLE: options.people, POTENTIAL: options.potential}
    tables = dict(scenario.tables)
    for table, path in given.items():
        if path is not None:
            tables[table.name] = _table(path, table)
    if options.people is not None and scenario.table("people") is None:
        raise InputError("--people: the run is a regional plan and has no people; plan anew")
    return replace(scenario, tables=tables)


def _table(path: Path, table: Table) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"--{table.name} {path}: there is no such file")
    return in_order(read_single(path, table))


def _people_changes(before: pd.DataFrame | None, now: pd.DataFrame | None) -> dict[str, str]:
    """Return what is new about each rep, in words."""
    if before is None or now is None or before is now:
        return {}
    old, new = before.set_index("rep"), now.set_index("rep")
    stay = [rep for rep in old.index if rep in new.index]
    words: dict[str, list[str]] = {}
    for column in [str(name) for name in new if name in old and name not in ("name", "email")]:
        was, has = old[column].loc[stay], new[column].loc[stay]
        differs = ~((was == has) | (was.isna() & has.isna())).to_numpy(dtype=bool)
        for rep, one, other in zip(was.index[differs], was[differs], has[differs], strict=True):
            text = f"{column} {_shown(one)} to {_shown(other)}"
            words.setdefault(str(rep), []).append(text)
    moved = [rep for rep in stay if str(old.at[rep, "region"]) != str(new.at[rep, "region"])]
    if moved:
        places = [str(table.at[moved[0], "region"]) for table in (old, new)]
        raise InputError(
            f"--people: {moved[0]} moves from {places[0]} to {places[1]}. In "
            "mid-period one leaves and another joins: give the rep a new name in the new region "
            "and leave the old one out"
        )
    joined = {str(rep): "joins" for rep in new.index if rep not in old.index}
    left = {str(rep): "leaves, and keeps what was sold" for rep in old.index.difference(new.index)}
    return {**{rep: ", ".join(texts) for rep, texts in words.items()}, **joined, **left}


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "blank" if np.isnan(value) else f"{value:.10g}"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return "blank" if value is pd.NaT or value == "" else str(value)


def _without_strangers(scenario: Scenario) -> tuple[Scenario, list[str]]:
    """Leave out rows that name reps who left, where only those of ``people`` may be named."""
    people = scenario.table("people")
    if people is None:
        return scenario, []
    known = {"", *people["rep"]}
    tables, notes = dict(scenario.tables), []
    for name in _NAME_REPS:
        table = scenario.table(name)
        if table is None:
            continue
        stays = table["rep"].isin(known).to_numpy(dtype=bool)
        if stays.all():
            continue
        gone = ", ".join(sorted(set(table["rep"][~stays])))
        notes.append(f"{name}: rows of {gone}, who left, are left out")
        tables[name] = table[stays]
        if not stays.any():
            del tables[name]
    return replace(scenario, tables=tables), notes


def _reread(loaded: Loaded) -> Loaded:
    """Return a scenario as its own copy reads, with all rules of the loader."""
    with tempfile.TemporaryDirectory(prefix="quotaplan-") as folder:
        write_copy(loaded, Path(folder), keep_personal=True)
        again = load_scenarios(folder)
    return replace(again, notes=())


def _moves(scenario: Scenario, period: str, options: Options) -> tuple[Move, ...]:
    found: list[Move] = []
    if options.contingency is not None:
        known = {str(one.get("name", "")): one for one in _contingencies(scenario)}
        if options.contingency not in known:
            remedy = meant(options.contingency, list(known)) if known else "It has none."
            raise InputError(f"the scenario has no contingency {options.contingency}. {remedy}")
        found += moves_of_contingency(known[options.contingency], scenario, period)
    if options.shares is not None:
        found += moves_of_shares(options.shares, scenario, period)
    return tuple(found)


def _contingencies(scenario: Scenario) -> list[Mapping[str, Any]]:
    return list(scenario.settings.other.get("contingency", ()))
