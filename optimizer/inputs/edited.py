"""The loader's rules for a scenario that is edited in memory, on as few rows as an edit touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from optimizer.domain.columns import Column, Kind
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario, Settings
from optimizer.domain.tables import PASSED_THROUGH, TABLES, table_of
from optimizer.errors import Finding, InputError
from optimizer.inputs import check_keys, check_labels, check_people, check_shares
from optimizer.inputs.case import Case
from optimizer.inputs.checks import RULES
from optimizer.inputs.copy import goal_table, measure_keys
from optimizer.inputs.document import Document
from optimizer.inputs.findings import Typed, shown
from optimizer.inputs.normalise import named_columns, typed
from optimizer.inputs.sound_keys import sound_keys
from optimizer.inputs.values import prepared, understand

GOAL: tuple[check_keys.Rule, ...] = (check_keys.goal_levels, check_keys.goal_size)
FIGURES: tuple[check_keys.Rule, ...] = (check_people.least_below_most,)
PRODUCTS: tuple[check_keys.Rule, ...] = (check_labels.products_known, check_people.locks_fit_reps)
PEOPLE: tuple[check_keys.Rule, ...] = (check_keys.ramp_needs_dates, *check_people.RULES)
LOCKS: tuple[check_keys.Rule, ...] = (
    check_people.locks_whole,
    check_people.locks_fit_reps,
)
BANDS: tuple[check_keys.Rule, ...] = (
    check_people.least_below_most,
    check_shares.shares_fit_whole,
    check_shares.shares_in_own_bands,
    check_shares.slices_fit_whole,
)
NAMES: tuple[check_keys.Rule, ...] = (
    check_labels.names_usable,
    check_labels.regions_known,
    check_labels.products_known,
)
"""Rules that an edit can break, by what it edits; `NAMES` where it makes a table of labels."""

_TABLES = tuple(table.name for table in TABLES)
_BOUND = ("people", "regions", "products", "periods")
"""Tables whose names, dates and tree other tables are held against."""


def refuse(
    scenario: Scenario,
    what: str,
    rules: Collection[check_keys.Rule],
    tables: Mapping[str, pd.DataFrame | None],
) -> None:
    """Refuse an edited scenario that breaks a rule of the loader.

    Parameters
    ----------
    scenario : Scenario
        With the edit made.
    what : str
        What was edited, for messages.
    rules : collection of rules
    tables : mapping of table name to DataFrame or None
        What the rules look at, only the rows that matter; None is no table.

    Raises
    ------
    InputError
    """
    keys = _keys(scenario.settings)
    case = Case(
        Document(keys, what),
        scenario.settings.measure,
        keys,
        {
            name: Typed(table_of(name), what, table)
            for name, table in tables.items()
            if table is not None
        },
    )
    _raise([finding for rule in rules for finding in rule(case)], what)


def typed_values(
    scenario: Scenario, name: str, what: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values of a new row as the loader would understand them in a file.

    Parameters
    ----------
    scenario : Scenario
    name : str
        Of the table.
    what : str
        What the row is, for messages.
    values : mapping of header to value
        Headers as a file may have them; values as a file or as Python has them.

    Returns
    -------
    dict of column to value
        Blank ones left out.

    Raises
    ------
    InputError
    """
    table, frame = table_of(name), scenario.table(name)
    own = () if frame is None else tuple(map(str, frame.columns))
    headers, found = named_columns(list(values), table, what, set(own) - set(table.names))
    _raise(found, what)
    typed_ones = {}
    for column, header in headers.items():
        kind = Kind.TEXT if column.startswith(PASSED_THROUGH) else Kind.NUMBER
        declared = table.column(column) or Column(column, kind, "", percent=True)
        understood = understand(prepared(pd.Series([values[header]])), declared)
        for fault in understood.faults:
            if fault.rows.any():
                value = shown(understood.written.iloc[0])
                remedy = fault.remedy(value) if callable(fault.remedy) else fault.remedy
                found.append(Finding(what, 0, header, value, fault.problem, remedy))
        typed_ones[column] = understood.values.iloc[0]
    _raise(found, what)
    return {column: one for column, one in typed_ones.items() if one != "" and not pd.isna(one)}


def reread(scenario: Scenario, base: Scenario) -> Scenario:
    """Return a scenario that somebody edited, as its files would be read.

    Parameters
    ----------
    scenario : Scenario
    base : Scenario
        What it was edited from; tables that are those of the base are taken as they are.

    Raises
    ------
    InputError
    """
    tables: dict[str, pd.DataFrame] = {}
    found: list[Finding] = []
    found += sound_keys(Document(_keys(scenario.settings), "scenario.toml"))[1]
    for name, frame in scenario.tables.items():
        if frame is base.tables.get(name):
            tables[name] = frame
            continue
        if name not in _TABLES:
            remedy = meant(name, _TABLES)
            found.append(
                Finding("the changed scenario", 0, "", name, "there is no such table", remedy)
            )
            continue
        declared = table_of(name)
        own = set(map(str, frame.columns)) - set(declared.names)
        understood, findings = typed(frame, declared, f"the table {name}", own)
        found += findings
        if understood is not None:
            tables[name] = understood.frame
    _raise(found, "")
    changed = replace(
        scenario, tables={name: table for name, table in tables.items() if len(table)}
    )
    refuse(changed, "the changed scenario", RULES, _looked_at(changed, base))
    return changed


def _looked_at(changed: Scenario, base: Scenario) -> dict[str, pd.DataFrame]:
    """Return the tables that rules have to look at again."""
    now, before = changed.settings, base.settings
    new = {name for name, table in changed.tables.items() if table is not base.tables.get(name)}
    if not new and replace(now, goal=before.goal, buffers=before.buffers) == before:
        bound: tuple[str, ...] = ()
    else:
        bound = _BOUND
    if now.goal.growth is not None:
        bound = (*bound, "history")
    return {name: table for name, table in changed.tables.items() if name in {*new, *bound}}


def _raise(found: Collection[Finding], what: str) -> None:
    """Raise what is wrong; rows of an edit are no rows of a file."""
    errors = [
        replace(finding, file=what or finding.file, row=0)
        for finding in found
        if finding.severity == "error"
    ]
    if errors:
        raise InputError(list(dict.fromkeys(errors)))


def _keys(settings: Settings) -> dict[str, Any]:
    """Return the keys of one measure as a file would have them, its goal always as a table."""
    return measure_keys(settings) | {
        "goal": goal_table(settings.goal),
        "periods": list(settings.periods),
        "ramp": {"factors": list(settings.ramp_factors)},
    }
