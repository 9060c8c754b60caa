"""The scenario with the changes made that a contradiction calls for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from optimizer.change.edits import (
    set_lock,
    set_minimum,
    set_potential,
    set_share,
    set_year_limits,
)
from optimizer.change.rows import locked
from optimizer.domain.scenario import Scenario
from optimizer.errors import Change, InputError
from optimizer.inputs.edited import GOAL, LOCKS, refuse


def apply_changes(scenario: Scenario, changes: Iterable[Change]) -> Scenario:
    """Return the scenario with changes made, as a `ContradictionError` names them.

    Minimums are written as final figures of the period, rep by rep as `Change.parts` says;
    locks keep their owner, reason and last day; growth without a new limit is left blank.

    Raises
    ------
    InputError
        For a change that says no new limit, or of a kind that is none of a contradiction's.
    """
    for change in changes:
        scenario = _applied(scenario, change)
    return scenario


def _applied(scenario: Scenario, change: Change) -> Scenario:
    new = change.new_limit
    places = {"period": change.period, "region": change.region, "product": change.product}
    if change.kind == "growth":
        return set_year_limits(scenario, change.rep, max_growth=new)
    if new is None:
        raise InputError(f"this change does not say what to write instead: {change.text}")
    if change.kind == "year":
        return set_year_limits(scenario, change.rep, **{f"{change.side}_total": new})
    if change.kind == "min":
        for part in change.parts:
            scenario = set_minimum(scenario, part.rep, part.new_limit, change.period)
        return scenario
    if change.kind == "lock":
        return _moved_lock(scenario, change, new)
    if change.kind == "potential":
        return set_potential(scenario, new, **places)
    if change.kind == "rounding":
        changed = replace(scenario, settings=replace(scenario.settings, rounding=new))
        refuse(changed, "the rounding", (*GOAL, *LOCKS), {"locks": scenario.table("locks")})
        return changed
    if change.side == "min":
        return set_share(scenario, change.kind, None, new, None, **places)
    return set_share(scenario, change.kind, None, None, new, **places)


def _moved_lock(scenario: Scenario, change: Change, amount: float) -> Scenario:
    places = {
        "period": change.period,
        "region": change.region,
        "rep": change.rep,
        "product": change.product,
    }
    locks = scenario.table("locks")
    chosen = locks[locked(locks, places)] if locks is not None else None
    if chosen is None or chosen.empty:
        raise InputError(f"the scenario has no such lock: {change.text}")
    first = chosen.iloc[0]
    day: dt.datetime | None = None if chosen["expires"].isna().iloc[0] else first["expires"]
    return set_lock(
        scenario,
        amount,
        **places,
        owner=str(first["owner"]),
        reason=str(first["reason"]),
        expires=None if day is None else day.date(),
    )
