"""What the targets of a run take in actions, and what is left to do of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.activities.counts import due_of_rest, seats_need, weekly_counts
from optimizer.activities.done import read_done
from optimizer.activities.funnel import Assigned, assign_funnels, has_funnels
from optimizer.activities.standing import STANDING, standing_of
from optimizer.activities.team import Team
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.problem.instance import Floats, Ints

_NAMED = 5
"""How many seats a note names."""


@dataclass(frozen=True)
class Activities:
    """What the targets take in actions.

    Attributes
    ----------
    period : str
        The one that is looked at.
    week : int
        Weeks of it that are over, 0 without actuals.
    steps : tuple of str
        Steps of all funnels, in order.
    table : DataFrame
        ``activities.csv``: period, week, region, rep, step, count; with actuals also left.
    standing : DataFrame
        ``activity_status.csv``: one row per seat of the period and step.
    notes : tuple of str
        Who has no funnel, and why.
    """

    period: str
    week: int
    steps: tuple[str, ...]
    table: pd.DataFrame
    standing: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def flagged(self) -> pd.DataFrame:
        """Rows of `standing` whose activity is on plan and whose conversion is low."""
        return self.standing[self.standing["flag"] != ""].reset_index(drop=True)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        columns = ["count", "due", "done", "left"]
        sums = self.standing.groupby("step", sort=False)[columns].sum(min_count=1)
        steps = {
            str(step): {name: int(value) for name, value in row.items() if value == value}
            for step, row in sums.to_dict("index").items()
        }
        flags = self.flagged[["rep", "region", "step", "flag"]].to_dict("records")
        return {"week": self.week, "steps": steps, "flags": flags, "notes": list(self.notes)}


def find_activities(
    scenario: Scenario, teams: Sequence[Team], period: str, done: Path | None = None
) -> Activities | None:
    """Turn targets into actions per week; say what is left of them and how they convert.

    Parameters
    ----------
    scenario : Scenario
    teams : sequence of Team
        Of all periods that have seats.
    period : str
        The one to look at.
    done : path, optional
        Table of period, week, rep, step, count up to the week of the team of that period.

    Returns
    -------
    Activities or None
        None where the scenario has neither a funnel nor a table ``activity``.

    Raises
    ------
    InputError
        Where there are actions but no funnel, or the actions do not fit the plan.
    """
    if not has_funnels(scenario):
        if done is not None:
            raise InputError(
                f"--activities {done}: the scenario has no [[funnel]] for "
                f"{scenario.settings.measure}; write one in scenario.toml and plan again"
            )
        return None
    tables: list[pd.DataFrame] = []
    standing = pd.DataFrame(columns=list(STANDING))
    notes: list[str] = []
    steps: tuple[str, ...] = ()
    week = 0
    for team in teams:
        assigned = assign_funnels(scenario, team.rep, team.region)
        counts = seats_need(assigned.funnels, assigned.of_seat, team.target)
        left = _left(team, assigned) if team.week else None
        tables.append(_weeks(team, assigned, counts, left))
        if team.period == period:
            notes, steps, week = _notes(assigned), _all_steps(assigned), team.week
            read = None if done is None else read_done(done, team, steps)
            standing = standing_of(team, assigned, counts, left, read, steps)
    table = pd.concat(tables, ignore_index=True)
    return Activities(period, week, steps, table, standing, tuple(notes))


def _left(team: Team, assigned: Assigned) -> list[Ints]:
    """Return what the amount still to be sold takes."""
    return seats_need(assigned.funnels, assigned.of_seat, np.maximum(team.target - team.sold, 0.0))


def _all_steps(assigned: Assigned) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for funnel in assigned.funnels for step in funnel.steps))


def _notes(assigned: Assigned) -> list[str]:
    found = []
    for reason, names in assigned.reasons.items():
        shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        found.append(
            f"no activities for {len(names)} of {len(assigned.of_seat)}: {reason} ({shown})"
        )
    return found


def _weeks(
    team: Team, assigned: Assigned, counts: list[Ints], left: list[Ints] | None
) -> pd.DataFrame:
    """Return the rows of a period: seat by seat in their order, week by week, step by step."""
    tables = []
    for number, funnel in enumerate(assigned.funnels):
        seats = np.flatnonzero(assigned.of_seat == number)
        due = team.due[seats]
        weeks, steps = due.shape[1], len(funnel.steps)
        each = weeks * steps
        columns: dict[str, Any] = {
            "seat": np.repeat(seats, each),
            "period": team.period,
            "week": np.tile(np.repeat(np.arange(1, weeks + 1), steps), len(seats)),
            "region": np.repeat(team.region[seats], each),
            "rep": np.repeat(team.rep[seats], each),
            "step": np.tile(np.array(funnel.steps, dtype=object), len(seats) * weeks),
            "count": weekly_counts(counts[number], due).ravel(),
        }
        if left is not None:
            columns["left"] = _left_by_week(left[number], due, team.week).ravel()
        tables.append(pd.DataFrame(columns))
    if not tables:
        return pd.DataFrame(columns=["period", "week", "region", "rep", "step", "count"])
    table = pd.concat(tables).sort_values("seat", kind="stable")
    return table.drop(columns="seat").reset_index(drop=True)


def _left_by_week(left: Ints, due: Floats, done: int) -> Floats:
    """Return what is left for each week, (seat, week, step) floats; NaN for weeks that are over."""
    weeks = due.shape[1]
    found = np.full((len(left), weeks, left.shape[1]), np.nan)
    if done < weeks:
        found[:, done:, :] = weekly_counts(left, due_of_rest(due, done))
    return found
