"""Where actions stand: what was due, what was done, what is left, and how they convert."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betainc

from optimizer.activities.counts import weekly_counts
from optimizer.activities.funnel import Assigned, Funnel
from optimizer.activities.team import Team
from optimizer.problem.instance import Floats, Ints

STANDING = (
    "period", "week", "region", "rep", "step", "count", "due", "done", "left", "conversion",
    "converted", "share", "chance", "flag",
)  # fmt: skip
"""Columns of ``activity_status.csv``."""

LOW_CONVERSION = "conversion"
"""The flag of a seat that is as active as planned and converts too little."""

LOW_BELOW = 0.8
"""Part of the planned conversion below which it is low."""

_CLOSE = 1e-9


def low_conversion(done: Floats, due: Floats, following: Floats, rate: Floats) -> np.ndarray:
    """Tell where activity is on plan and conversion is below 80 % of plan.

    Parameters
    ----------
    done, due : floats of one shape
        Actions of a step done, and due, by now.
    following : floats
        Actions of the next step done by now.
    rate : floats
        Planned share of a step that becomes the next.

    Returns
    -------
    bools
        False where anything is unknown (NaN), and where nothing was done.
    """
    with np.errstate(invalid="ignore"):
        return (done > 0) & (done >= due) & (following < LOW_BELOW * rate * done - _CLOSE)


def standing_of(
    team: Team,
    assigned: Assigned,
    counts: list[Ints],
    left: list[Ints] | None,
    done: Floats | None,
    steps: tuple[str, ...],
) -> pd.DataFrame:
    """Return one row per seat and step.

    Parameters
    ----------
    team : Team
    assigned : Assigned
    counts, left : list of (member, step) ints
        Per funnel: what the target takes, and what the rest of it does.
    done : (seat, step of `steps`) floats or None
        NaN where unknown.
    steps : tuple of str
    """
    tables = []
    for number, funnel in enumerate(assigned.funnels):
        seats = np.flatnonzero(assigned.of_seat == number)
        place = [steps.index(step) for step in funnel.steps]
        own = np.full((len(seats), len(place)), np.nan) if done is None else done[seats][:, place]
        rest = np.full(own.shape, np.nan) if left is None else left[number].astype(float)
        tables.append(_of_funnel(team, funnel, seats, counts[number], own, rest))
    if not tables:
        return pd.DataFrame(columns=list(STANDING))
    table = pd.concat(tables).sort_values("seat", kind="stable")
    return table[list(STANDING)].reset_index(drop=True)


def _of_funnel(
    team: Team, funnel: Funnel, seats: Ints, counts: Ints, done: Floats, left: Floats
) -> pd.DataFrame:
    number, steps = counts.shape
    due = np.full(counts.shape, np.nan)
    if team.week:
        due = weekly_counts(counts, team.due[seats])[:, : team.week].sum(axis=1).astype(float)
    rate = np.array([float(one) for one in funnel.conversion if one is not None] + [np.nan])
    rate = np.broadcast_to(rate, counts.shape)
    following = np.concatenate([done[:, 1:], np.full((number, 1), np.nan)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        converted = np.where(done > 0, following / done, np.nan)
    flag = np.where(low_conversion(done, due, following, rate), LOW_CONVERSION, "")
    return pd.DataFrame(
        {
            "seat": np.repeat(seats, steps),
            "period": team.period,
            "week": team.week or np.nan,
            "region": np.repeat(team.region[seats], steps),
            "rep": np.repeat(team.rep[seats], steps),
            "step": np.tile(np.array(funnel.steps, dtype=object), number),
            "count": counts.ravel(),
            "due": due.ravel(),
            "done": done.ravel(),
            "left": left.ravel(),
            "conversion": rate.ravel(),
            "converted": converted.ravel(),
            "share": (converted / rate).ravel(),
            "chance": _chance(following, done, rate).ravel(),
            "flag": flag.ravel(),
        }
    )


def _chance(following: Floats, done: Floats, rate: Floats) -> Floats:
    """Return how likely so few or fewer would convert at the planned rate; NaN where unknown.

    The binomial distribution, as the incomplete beta function that it is.
    """
    known = np.isfinite(following) & (done > 0)
    chance = np.full(done.shape, np.nan)
    some, every = following[known], done[known]
    missing = np.maximum(every - some, 0.0)
    chance[known] = np.where(
        missing > 0, betainc(np.maximum(missing, 1.0), some + 1.0, 1.0 - rate[known]), 1.0
    )
    return chance
