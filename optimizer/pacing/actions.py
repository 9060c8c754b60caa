"""The actions that the weekly targets of a run take, as the room of activities counts them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from optimizer.activities.activities import Activities, find_activities
from optimizer.activities.team import Team
from optimizer.pacing.actuals import Actuals
from optimizer.pacing.curves import Curves
from optimizer.pacing.run import PlannedRun


def activities_of(
    planned: PlannedRun,
    curves: Mapping[str, Curves],
    period: str,
    sold: Actuals | None,
    done: Path | str | None,
) -> Activities | None:
    """Return what the targets of a run take in actions; None where it has no funnel.

    Parameters
    ----------
    planned : PlannedRun
    curves : mapping of period to Curves
        Of all periods that have seats.
    period : str
        The one to look at.
    sold : Actuals or None
        Sales of that period.
    done : path, optional
        Actions done in it.

    Raises
    ------
    InputError
        Where the actions do not fit the plan.
    """
    teams = []
    for seats in planned.seats:
        if not len(seats):
            continue
        known = sold if seats.period == period else None
        teams.append(
            Team(
                period=seats.period,
                region=seats.region,
                rep=seats.rep,
                target=seats.target,
                due=curves[seats.period].due[curves[seats.period].of_seat],
                week=0 if known is None else known.done,
                sold=np.zeros(len(seats)) if known is None else known.sold.sum(axis=1),
            )
        )
    return find_activities(planned.scenario, teams, period, None if done is None else Path(done))
