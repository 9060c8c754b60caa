"""What has changed since the plan was made: tables, goal, and moves that somebody decided."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.columns import Table
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import PEOPLE, POTENTIAL
from optimizer.errors import InputError
from optimizer.incentives.read import FILE, read_incentives
from optimizer.inputs.load import load_scenarios, write_copy
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.order import in_order
from optimizer.inputs.single import read_single
from optimizer.recalibrate.moves import Move, moves_of_contingency, moves_of_shares
from optimizer.recalibrate.staff import people_changes, with_people

DEFAULT_CAP = 0.2
LARGEST_CAP = 1e3
"""A thousand times the original: more is no cap."""

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
    measure : str or None
        Whose potential, shares, goal and contingency these are; the main one's if left out.
    incentive : Path or None
        Rules of pay from now on, in place of the run's.
    """

    potential: Path | None = None
    people: Path | None = None
    shares: Path | None = None
    goal: float | None = None
    contingency: str | None = None
    cap: float | None = None
    pace_only: bool = False
    measure: str | None = None
    incentive: Path | None = None


@dataclass(frozen=True)
class Changed:
    """The inputs of one measure from now on, and how they differ from the run's.

    Attributes
    ----------
    scenario : Scenario
        As the new run keeps it.
    goal : float or None
    moves : tuple of Move
    cap : float
    people : mapping of rep to what is new about them, in words
    notes : tuple of str
    is_moved : bool
        Whether targets of this measure may move at all.
    """

    scenario: Scenario
    goal: float | None
    moves: tuple[Move, ...]
    cap: float
    people: Mapping[str, str]
    notes: tuple[str, ...]
    is_moved: bool


def read_changes(
    loaded: Loaded, period: str, options: Options
) -> tuple[Loaded, tuple[Changed, ...]]:
    """Return the inputs from now on, and what has changed in each measure.

    Parameters
    ----------
    loaded : Loaded
        The run's own copy.
    period : str
        That is recalibrated.
    options : Options

    Raises
    ------
    InputError
        Where a table is wrong by itself or does not fit the scenario, or an option is wrong.
    """
    _check(options)
    chosen = chosen_measure(loaded.scenarios, options.measure)
    given, notes = _with_tables(loaded.scenarios, chosen, options)
    settled = [_without_strangers(_with_cap(one, options.cap)) for one in given]
    again = _reread(Loaded(tuple(one for one, _ in settled), (), loaded.beside))
    if options.incentive is not None:
        again = _with_rules(again, options.incentive)
    people = [
        people_changes(old.table("people"), new.table("people"))
        for old, new in zip(loaded.scenarios, given, strict=True)
    ]
    changes = []
    for place, (_, gone) in enumerate(settled):
        is_chosen = place == chosen
        now = again.scenarios[place]
        changes.append(
            Changed(
                scenario=now,
                goal=options.goal if is_chosen else None,
                moves=_moves(loaded.scenarios[place], period, options) if is_chosen else (),
                cap=_cap(now),
                people=people[place],
                notes=(*(notes if is_chosen else ()), *gone, *_cap_notes(now)),
                is_moved=not options.pace_only and (is_chosen or bool(people[place])),
            )
        )
    return again, tuple(changes)


def _cap(scenario: Scenario) -> float:
    return float(scenario.settings.other.get("recalibration", {}).get("cap", DEFAULT_CAP))


def _cap_notes(scenario: Scenario) -> list[str]:
    cap, kept_back = _cap(scenario), scenario.settings.buffers.capacity
    if not _has_capacity(scenario) or cap <= kept_back:
        return []
    return [
        f"cap {cap:.10g} is larger than the {kept_back:.10g} of capacity kept back: a full "
        "move upward may find nobody who can carry it"
    ]


def _with_cap(scenario: Scenario, cap: float | None) -> Scenario:
    if cap is None:
        return scenario
    other = dict(scenario.settings.other)
    other["recalibration"] = {**other.get("recalibration", {}), "cap": cap}
    return replace(scenario, settings=replace(scenario.settings, other=other))


def chosen_measure(scenarios: Sequence[Scenario], measure: str | None) -> int:
    """Return the place of a measure; that of the main one where none is named.

    Raises
    ------
    InputError
        Where there is no such measure.
    """
    names = [one.settings.measure for one in scenarios]
    if measure is not None and measure not in names:
        raise InputError(f"the run has no measure {measure}. {meant(measure, names)}")
    return names.index(measure) if measure else 0


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
    if options.cap is not None and not 0 <= options.cap <= LARGEST_CAP:
        raise InputError(f"--cap {options.cap:g}: write a share of the original, such as 0.2")


def _with_tables(
    scenarios: Sequence[Scenario], chosen: int, options: Options
) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios with the tables that are given, and notes on what they do not reach."""
    found = list(scenarios)
    notes: list[str] = []
    if options.people is not None:
        people = _table(options.people, PEOPLE)
        found, notes = with_people(scenarios, chosen, people)
    if options.potential is not None:
        given = {POTENTIAL.name: _table(options.potential, POTENTIAL)}
        found[chosen] = replace(found[chosen], tables={**found[chosen].tables, **given})
    return found, notes


def _with_rules(loaded: Loaded, incentive: Path) -> Loaded:
    """Return inputs with other rules of pay, which must fit their people."""
    if loaded.scenarios[0].table("people") is None:
        raise InputError("--incentive: the run is a regional plan and has no people to pay")
    read_incentives(incentive, loaded.scenarios[0])
    return replace(loaded, beside={**loaded.beside, FILE: incentive.read_bytes()})


def _table(path: Path, table: Table) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"--{table.name} {path}: there is no such file")
    return in_order(read_single(path, table))


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
