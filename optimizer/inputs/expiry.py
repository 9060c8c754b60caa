"""Locks whose last day has passed: left out, with a note."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from optimizer.errors import Finding
from optimizer.inputs.case import Case
from optimizer.inputs.sound_keys import as_date


def without_expired(cases: list[Case]) -> tuple[list[Case], list[Finding]]:
    """Return the cases without the locks that have expired by `as_of`, and a note on each."""
    kept: list[Case] = []
    notes: list[Finding] = []
    for case in cases:
        case, found = _without_expired(case)
        kept.append(case)
        notes += found
    return kept, notes


def _without_expired(case: Case) -> tuple[Case, list[Finding]]:
    locks = case.tables.get("locks")
    if locks is None or locks.frame["expires"].isna().all():
        return case, []
    as_of = as_date(case.keys.get("as_of"))
    if as_of is None:
        problem = "locks have a last day, but there is no day to judge it against: they all hold"
        remedy = "Set as_of in scenario.toml, such as 2024-01-01."
        return case, [locks.finding(0, "expires", "", problem, remedy, "note")]
    over = (locks.frame["expires"] < pd.Timestamp(as_of)).to_numpy(dtype=bool)
    problem = f"the lock expired before {as_of.isoformat()} and is ignored"
    notes = [
        replace(finding, severity="note")
        for finding in locks.listed(over, "expires", problem, "Remove it, or give it a later day.")
    ]
    left = replace(locks, frame=locks.frame[~over])
    return replace(case, tables={**case.tables, "locks": left}), notes
