"""Rows of a scenario's tables, found by their labels and written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.change.tables import (
    ALL,
    appended,
    check_label,
    checked_number,
    in_slice,
    labels_of,
    put,
    table_or_new,
    with_table,
)
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.edited import FIGURES, refuse


def check_places(scenario: Scenario, places: Mapping[str, str]) -> None:
    """Refuse periods, regions, products and reps that the scenario does not know.

    Raises
    ------
    InputError
    """
    for column, name in places.items():
        if name == ALL:
            continue
        if column == "rep":
            people_of(scenario, name)
        elif column == "period":
            check_label(column, name, scenario.settings.periods)
        elif column == "region":
            check_label(column, name, tuple(region_parents(scenario)))
        else:
            check_label(column, name, product_names(scenario))


def people_of(scenario: Scenario, rep: str) -> pd.DataFrame:
    """Return the people, among whom the rep must be.

    Raises
    ------
    InputError
    """
    people = scenario.table("people")
    if people is None:
        raise InputError(f"the plan is regional, without a table of people: there is no rep {rep}")
    check_label("rep", rep, people["rep"].tolist())
    return people


def written(
    scenario: Scenario,
    name: str,
    places: Mapping[str, str],
    values: Mapping[str, Any],
    *,
    rows: Sequence[Mapping[str, Any]] = (),
    needs: Sequence[str] = (),
) -> Scenario:
    """Return the scenario with values in the row of exactly these labels.

    A row that is missing is added; a table that is missing is made, with `rows` in it.

    Raises
    ------
    InputError
        Where a new row would lack a value that it needs.
    """
    frame = table_or_new(scenario, name, rows)
    chosen = in_slice(frame, places)
    if chosen.any():
        return with_table(scenario, name, put(frame, chosen, values))
    if missing := [column for column in needs if column not in values]:
        where = ", ".join(label for label in places.values() if label != ALL)
        raise InputError(f"{name} has no row for {where}: a new one needs {', '.join(missing)}")
    return with_table(scenario, name, appended(name, frame, {**labels_of(places), **values}))


def figure_set(scenario: Scenario, column: str, rep: str, amount: float, period: str) -> Scenario:
    """Return the scenario with a rep's capacity or min set, for one period or for all.

    Raises
    ------
    InputError
    """
    what = f"the {'minimum' if column == 'min' else column} of {rep}"
    amount = checked_number(what, amount)
    people = people_of(scenario, rep)
    if period != ALL:
        check_label("period", period, scenario.settings.periods)
        places = {"rep": rep, "period": period}
        changed = written(scenario, "capacity", places, {column: amount})
        final = changed.tables["capacity"]
        refuse(changed, what, FIGURES, {"capacity": final[in_slice(final, places)]})
        return changed
    own = people["rep"] == rep
    people = put(people, own, {column: amount})
    changed = with_table(scenario, "people", people)
    refuse(changed, what, FIGURES, {"people": people[own]})
    return _without_final(changed, column, rep)


def _without_final(scenario: Scenario, column: str, rep: str) -> Scenario:
    """Return the scenario without a rep's figures for single periods in one column."""
    final = scenario.table("capacity")
    if final is None:
        return scenario
    own = final["rep"] == rep
    if not own.any():
        return scenario
    final = put(final, own, {column: math.nan})
    return with_table(scenario, "capacity", final[final[["capacity", "min"]].notna().any(axis=1)])


def locked(locks: pd.DataFrame, places: Mapping[str, str]) -> pd.Series[bool]:
    """Return which locks fix exactly this slice; the region of a rep's lock says nothing new."""
    if places["rep"] != ALL:
        places = {column: name for column, name in places.items() if column != "region"}
    return in_slice(locks, places)
