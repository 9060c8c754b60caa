"""Whom a rule is for: people whose columns hold the values it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.labels import region_parents
from optimizer.domain.scenario import Scenario
from optimizer.incentives.plan import Plan

Match = Mapping[str, tuple[str, ...]]


def matching(match: Match, scenario: Scenario) -> NDArray[np.bool_]:
    """Return which people a rule is for.

    A region matches the people of all regions below it too.

    Parameters
    ----------
    match : mapping of column of people to values
        Empty matches everyone.
    scenario : Scenario
        With a table of people.

    Returns
    -------
    (person,) bools
        In the order of the table.
    """
    people = scenario.tables["people"]
    chosen = np.ones(len(people), dtype=bool)
    for column, values in match.items():
        wanted = below(values, scenario) if column == "region" else set(values)
        chosen &= as_words(people[column]).isin(wanted).to_numpy(dtype=bool)
    return chosen


def below(regions: Sequence[str], scenario: Scenario) -> set[str]:
    """Return regions and all that lie below them."""
    parents = region_parents(scenario)
    found = set(regions)
    while more := {name for name, above in parents.items() if above in found} - found:
        found |= more
    return found


def as_words(column: pd.Series) -> pd.Series:
    """Return a column of people as the text that a match compares: numbers plain, yes or no."""
    if column.dtype == bool:
        return column.map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(column):
        return column.map(lambda value: f"{value:g}" if value == value else "")
    return column.astype(str)


def plan_of_people(plans: Sequence[Plan], scenario: Scenario) -> NDArray[np.intp]:
    """Return the plan that pays each of the people: the first that matches, −1 for none.

    Returns
    -------
    (person,) ints
        Positions in `plans`, in the order of the table of people.
    """
    found = np.full(len(scenario.tables["people"]), -1, dtype=np.intp)
    for index in reversed(range(len(plans))):
        found[matching(plans[index].match, scenario)] = index
    return found
