"""Streaks: periods running at target, at the top, or under the floor."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from optimizer.problem.instance import Bools, Floats, Ints
from optimizer.review.settings import ReviewSettings
from optimizer.review.standings import Standings

KINDS = ("target", "top", "top share", "floor")


def streaks_table(standings: Standings, settings: ReviewSettings) -> pd.DataFrame:
    """Return the streaks that run, or have just ended, in each period reviewed.

    A streak goes on in the period right after; a period without a target or without actuals
    ends it. At the top are the `top` best attainments of the company (and the best
    `top_share`), ties at the cut all in.

    Returns
    -------
    DataFrame
        Columns period, kind, name, length (0: ended in this period), before (its length a
        period before), since (its first period), needed, told (whether it is long enough to be
        told, or was when it ended).
    """
    needed = {
        "target": settings.target_periods,
        "top": settings.top_periods,
        "top share": settings.top_periods,
        "floor": settings.floor_periods,
    }
    tables = []
    for kind in KINDS:
        length = _lengths(_holds(kind, standings, settings), standings.follows)
        first = len(standings.periods) - standings.reviewed
        tables += [
            _of_period(standings, kind, length, at, needed[kind])
            for at in range(first, len(standings.periods))
        ]
    table = pd.concat(tables, ignore_index=True)
    order = pd.Index(standings.periods).get_indexer(pd.Index(table["period"]))
    return table.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _holds(kind: str, standings: Standings, settings: ReviewSettings) -> Bools:
    """Return in which periods each seat is where the streak runs, (period, seat) bools."""
    if kind == "target":
        return standings.actual >= standings.target
    if kind == "floor":
        return standings.actual < standings.floor
    share = settings.top_share if kind == "top share" else None
    return np.array([at_top(row, settings.top, share) for row in standings.attainment])


def at_top(attainment: Floats, most: int, share: float | None) -> Bools:
    """Return who is among the best: so many, or so large a share of all, ties at the cut in.

    Where there are no more people than that, being one of them says nothing: nobody is.

    Parameters
    ----------
    attainment : (seat,) floats
        NaN for who has none.
    most : int
        Used where `share` is None.
    share : float or None
        Rounded up to whole people.
    """
    known = np.sort(attainment[~np.isnan(attainment)])[::-1]
    number = most if share is None else math.ceil(round(share * len(known), 9))
    if not 0 < number < len(known):
        return np.zeros(len(attainment), dtype=bool)
    return np.asarray(attainment >= known[number - 1])


def _lengths(holds: Bools, follows: tuple[bool, ...]) -> Ints:
    """Return how many periods running each seat holds at each period, (period, seat) ints."""
    length = np.zeros(holds.shape, dtype=np.int64)
    for at, goes_on in enumerate(follows):
        before = length[at - 1] if at and goes_on else 0
        length[at] = np.where(holds[at], before + 1, 0)
    return length


def _of_period(standings: Standings, kind: str, length: Ints, at: int, needed: int) -> pd.DataFrame:
    now = length[at]
    before = length[at - 1] if at and standings.follows[at] else np.zeros_like(now)
    chosen = np.flatnonzero((now > 0) | (before > 0))
    last = np.where(now > 0, at - now + 1, at - before)
    return pd.DataFrame(
        {
            "period": standings.periods[at],
            "kind": kind,
            "name": np.array(standings.names, dtype=object)[chosen],
            "length": now[chosen],
            "before": before[chosen],
            "since": np.array(standings.periods, dtype=object)[last[chosen]],
            "needed": needed,
            "told": np.maximum(now, before)[chosen] >= needed,
        }
    )
