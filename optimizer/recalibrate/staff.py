"""People from now on: in which measures they are, and what is new about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.borrowed import without_amounts
from optimizer.inputs.settings import MAIN


def with_people(
    scenarios: Sequence[Scenario], chosen: int, people: pd.DataFrame
) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios with new people, in every measure that has those of the chosen one.

    A measure that takes over the people of the main one has them without amounts, as ever.

    Returns
    -------
    tuple of list of Scenario, and list of str
        The second names measures with people of their own, who stay.

    Raises
    ------
    InputError
        Where the chosen measure has no people.
    """
    tables = [one.table("people") for one in scenarios]
    owner = _owner(scenarios, chosen)
    before = tables[owner]
    if before is None:
        raise InputError("--people: the run is a regional plan and has no people; plan anew")
    found, apart = [], []
    has_main = scenarios[0].settings.measure == MAIN
    for place, (scenario, own) in enumerate(zip(scenarios, tables, strict=True)):
        new = None if own is None or not own.equals(before) else people
        if own is not None and has_main and place != owner and own.equals(without_amounts(before)):
            new = without_amounts(people)
        if new is not None:
            scenario = replace(scenario, tables={**scenario.tables, "people": new})
        elif own is not None:
            apart.append(scenario.settings.measure)
        found.append(scenario)
    notes = [
        f"{name}: has people of its own, who stay; recalibrate it with --measure {name}"
        for name in apart
    ]
    return found, notes


def _owner(scenarios: Sequence[Scenario], chosen: int) -> int:
    """Return the measure whose people the chosen one has: its own, or the main one's."""
    main, own = scenarios[0].table("people"), scenarios[chosen].table("people")
    if chosen == 0 or scenarios[0].settings.measure != MAIN or main is None or own is None:
        return chosen
    return 0 if own.equals(without_amounts(main)) else chosen


def people_changes(before: pd.DataFrame | None, now: pd.DataFrame | None) -> dict[str, str]:
    """Return what is new about each rep, in words.

    Raises
    ------
    InputError
        Where a rep changes the region.
    """
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
