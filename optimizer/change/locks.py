"""Targets fixed, and set free again."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from optimizer.change.rows import check_places, locked, people_of
from optimizer.change.tables import (
    ALL,
    appended,
    checked_number,
    labels_of,
    slice_text,
    table_or_new,
    with_table,
)
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.edited import LOCKS, refuse, typed_values

_TOLD = 5
"""How many locks a message lists."""


def set_lock(
    scenario: Scenario,
    amount: float,
    *,
    period: str = ALL,
    region: str = ALL,
    rep: str = ALL,
    product: str = ALL,
    owner: str = "",
    reason: str = "",
    expires: dt.date | str | None = None,
) -> Scenario:
    """Fix a slice to an amount, in place of any lock on exactly that slice.

    A rep sits in one region, so a lock on a rep is the same whatever region it names.

    Parameters
    ----------
    scenario : Scenario
    amount : float
        A whole multiple of the rounding.
    period, region, rep, product : str
    owner, reason : str
    expires : date, optional
        Last day, as a date or as text such as 2024-12-31.

    Raises
    ------
    InputError
        For an unknown name, a lock that has expired, or one that the loader would refuse.
    """
    amount = checked_number("the lock", amount)
    places = {"period": period, "region": region, "rep": rep, "product": product}
    check_places(scenario, places)
    what = f"the lock on {slice_text(places)}"
    values = {"amount": amount, "owner": owner, "reason": reason, "expires": expires}
    given = {column: value for column, value in values.items() if value not in ("", None)}
    row = {**labels_of(places), **typed_values(scenario, "locks", what, given)}
    last, as_of = row.get("expires"), scenario.settings.as_of
    if last is not None and as_of is not None and last < pd.Timestamp(as_of):
        raise InputError(f"{what} until {last.date()} has expired: the scenario is as of {as_of}")
    locks = table_or_new(scenario, "locks")
    kept = locks[~locked(locks, places)] if len(locks) else locks
    every = appended("locks", kept, row)
    tables = {"locks": every.iloc[-1:]}
    if rep != ALL and (region != ALL or product != ALL):
        people = people_of(scenario, rep)
        tables |= {"people": people[people["rep"] == rep]}
        tables |= {name: table for name, table in scenario.tables.items() if name == "regions"}
    refuse(scenario, what, LOCKS, tables)
    return with_table(scenario, "locks", every)


def remove_lock(
    scenario: Scenario,
    *,
    period: str = ALL,
    region: str = ALL,
    rep: str = ALL,
    product: str = ALL,
) -> Scenario:
    """Remove the lock on exactly this slice.

    Raises
    ------
    InputError
        For an unknown name, or where there is no such lock.
    """
    places = {"period": period, "region": region, "rep": rep, "product": product}
    check_places(scenario, places)
    locks = table_or_new(scenario, "locks")
    chosen = locked(locks, places)
    if not chosen.any():
        raise InputError(f"there is no lock on exactly {slice_text(places)}{_on(locks)}")
    return with_table(scenario, "locks", locks[~chosen])


def _on(locks: pd.DataFrame) -> str:
    """Return what is locked, for who looks for a lock that is not there."""
    if locks.empty:
        return ": nothing is locked"
    columns = ["period", "region", "rep", "product"]
    named = [
        slice_text(dict(zip(columns, (name or ALL for name in row), strict=True)))
        for row in locks[columns].head(_TOLD).itertuples(index=False)
    ]
    more = f"; and {len(locks) - _TOLD} more" if len(locks) > _TOLD else ""
    return f". Locked: {'; '.join(named)}{more}"
