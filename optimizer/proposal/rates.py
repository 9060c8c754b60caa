"""Rates of the funnel from what was done: conversion of each step, and the size of a deal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.activities.done import read_done
from optimizer.activities.funnel import NOBODY, Funnel, assign_funnels, has_funnels
from optimizer.activities.team import Team
from optimizer.errors import InputError
from optimizer.pacing.run import PlannedRun
from optimizer.proposal.closed import Closed
from optimizer.proposal.edit import ESTIMATED, Edit

FEWEST_ACTIONS, FEWEST_DEALS = 30, 10
"""Actions of a step, and deals, that an estimate needs."""

PRIOR_ACTIONS, PRIOR_DEALS = 20, 10
"""How many actions, or deals, the rate as planned counts for."""

_SAME = 0.02
EVERYBODY = "all"


def rate_edits(
    run: PlannedRun, closed: Closed, activities: Path | None, notes: list[str]
) -> Iterator[Edit]:
    """Yield new rates, role by role; what is left as it is goes to the notes.

    Parameters
    ----------
    run : PlannedRun
    closed : Closed
    activities : path, optional
        Table of period, week, rep, step, count for all weeks of the plan.
    notes : list of str

    Raises
    ------
    InputError
        Where there are actions but no funnel, or the actions do not fit the plan.
    """
    if activities is None:
        if has_funnels(run.scenario):
            notes.append("rates: without --activities they stay")
        return
    if not has_funnels(run.scenario):
        raise InputError(f"--activities {activities}: the scenario has no [[funnel]]")
    steps: tuple[str, ...] = ()
    tables = []
    for seats in run.seats:
        assigned = assign_funnels(run.scenario, seats.rep, seats.region)
        steps = tuple(dict.fromkeys(step for one in assigned.funnels for step in one.steps))
        team = Team(
            seats.period, seats.region, seats.rep, seats.target,
            np.ones((len(seats), seats.weeks)), seats.weeks, np.zeros(len(seats)),
        )  # fmt: skip
        counts = pd.DataFrame(read_done(activities, team, steps), columns=list(steps))
        sold = closed.history[closed.history["period"] == seats.period]
        key = "region" if (seats.rep == "").all() else "rep"
        total = sold.groupby(key)["amount"].sum()
        counts["sold"] = total.reindex(team.names).fillna(0.0).to_numpy()
        counts["role"] = seats.role
        counts["funnel"] = [
            None if number == NOBODY else assigned.funnels[number] for number in assigned.of_seat
        ]
        tables.append(counts)
    yield from _by_role(pd.concat(tables), notes)


def _by_role(table: pd.DataFrame, notes: list[str]) -> Iterator[Edit]:
    roles = sorted(set(table["role"]))
    for role in roles:
        own = table[(table["role"] == role) & table["funnel"].notna()]
        name = role or EVERYBODY
        if role == "" and len(roles) > 1:
            notes.append("rates: people without a role keep theirs, as a row for all covers roles")
            continue
        if len(set(own["funnel"])) != 1:
            if len(own):
                notes.append(f"rates of {name}: they work by several funnels; theirs stay")
            continue
        yield from _of_funnel(own["funnel"].iloc[0], own, name, notes)


def _of_funnel(funnel: Funnel, table: pd.DataFrame, name: str, notes: list[str]) -> Iterator[Edit]:
    for step, following, rate in zip(
        funnel.steps, funnel.steps[1:], funnel.conversion, strict=False
    ):
        assert rate is not None
        known = table[table[step].notna() & table[following].notna()]
        done = float(known[step].sum()), float(known[following].sum())
        before = float(rate)
        if done[0] < FEWEST_ACTIONS:
            notes.append(f"conversion of {step}, {name}: {done[0]:.0f} done, fewer than "
                         f"{FEWEST_ACTIONS}; it stays")  # fmt: skip
            continue
        after = min((done[1] + PRIOR_ACTIONS * before) / (done[0] + PRIOR_ACTIONS), 1.0)
        reason = (
            f"{done[1]:.0f} of {done[0]:.0f} became {following}; the planned rate counts for "
            f"{PRIOR_ACTIONS}"
        )
        yield from _changed(f"{name} / {step}", "conversion", before, after, done[0], reason)
    assert funnel.deal_size is not None
    deal = funnel.steps[-1]
    known = table[table[deal].notna()]
    deals, sold, size = (
        float(known[deal].sum()),
        float(known["sold"].sum()),
        float(funnel.deal_size),
    )
    if deals < FEWEST_DEALS:
        notes.append(f"deal size, {name}: {deals:.0f} deals told, fewer than {FEWEST_DEALS}; "
                     "it stays")  # fmt: skip
        return
    after = (sold + PRIOR_DEALS * size) / (deals + PRIOR_DEALS)
    reason = f"{sold:,.10g} sold in {deals:.0f} deals; the planned size counts for {PRIOR_DEALS}"
    yield from _changed(f"{name} / {deal}", "deal_size", size, after, deals, reason)


def _changed(
    row: str, column: str, before: float, after: float, number: float, reason: str
) -> Iterator[Edit]:
    """Yield an edit where a rate moves by enough to matter."""
    if after > 0 and abs(after - before) >= _SAME * before:
        told = float(f"{before:.6g}"), float(f"{after:.4g}")
        yield Edit(ESTIMATED, "activity", row, column, *told, int(number), reason)
