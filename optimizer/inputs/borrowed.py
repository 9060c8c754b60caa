"""People that a measure takes over from the main one: without amounts, which are not its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.domain.tables import PEOPLE_AMOUNTS
from optimizer.errors import Finding
from optimizer.inputs.findings import Typed


def without_amounts(people: pd.DataFrame) -> pd.DataFrame:
    """Return a people table with every amount blank."""
    return people.assign(**dict.fromkeys(PEOPLE_AMOUNTS, np.nan))


def borrowed_people(people: Typed, measure: str) -> tuple[Typed, list[Finding]]:
    """Return the people of the main measure as another one has them, and a note on what is gone."""
    filled = [name for name in PEOPLE_AMOUNTS if people.frame[name].notna().any()]
    if not filled:
        return people, []
    listed = ", ".join(people.header(name) for name in filled)
    problem = f"{listed}: amounts of the main measure, left out for the measure {measure}"
    remedy = f"Name a people table of its own in measure.{measure}.tables to give it amounts."
    note = people.finding(0, "", "", problem, remedy, "note")
    return replace(people, frame=without_amounts(people.frame)), [note]
