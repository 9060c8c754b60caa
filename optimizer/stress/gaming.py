"""What reps could gain by moving deals over the end of a period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.factors import REPLICATES, TWINS, stream
from optimizer.stress.measures import Figure, standard_error
from optimizer.stress.payout import pay
from optimizer.stress.simulate import Turn, attainments, factors_of
from optimizer.stress.world import Paying, World

SHIFT = 0.05
"""Share of the target that a rep can move to the period before or after."""

_TRIALS = 4
"""In each set."""


def gaming_gain(world: World) -> Figure | None:
    """Return what all reps together gain where each moves deals if that pays.

    Each end of a period is judged by itself: a rep knows what both periods bring and moves up to
    `SHIFT` of the smaller target one way or the other. After the last period another one like it
    is assumed. Plans on a group or on the year to date, pools, rank, progress and guarantees are
    left out.

    Returns
    -------
    Figure or None
        In pay units; None where no plan can be judged.
    """
    judged = [one for one in world.paying if one.basis.is_own]
    if not judged:
        return None
    each = np.zeros(REPLICATES)
    for replicate in range(REPLICATES):
        drawn = _drawn(world, replicate)
        for one in judged:
            for period in range(len(one.schedules)):
                each[replicate] += _gain(one, period, drawn[period], drawn[period + 1])
    return Figure(float(each.mean()), standard_error(each))


def _drawn(world: World, replicate: int) -> list[Floats]:
    """Return attainments of each period, and once more of the last, (trial, rep) floats each."""
    periods, number = world.target.shape
    rows = slice(0, _TRIALS)
    found = []
    factors = factors_of(world, replicate, _TRIALS, Turn())
    again = factors_of(world, replicate, _TRIALS, Turn(fresh="company"))
    for period in range(periods + 1):
        if period == periods:
            factors = again
        normal = stream(world.rules.seed, replicate, 1 + period, 2 * TWINS)
        own = normal.standard_normal((_TRIALS, number))
        found.append(attainments(world, factors, min(period, periods - 1), rows, own))
    return found


def _gain(one: Paying, period: int, now: Floats, later: Floats) -> float:
    """Return the mean over trials of what reps gain at the end of a period."""
    following = min(period + 1, len(one.schedules) - 1)
    first, second = (
        replace(one.schedules[place], ranking=None, progress=None) for place in (period, following)
    )
    targets = one.basis.target[period], one.basis.target[following]
    moved = SHIFT * np.minimum(*targets)
    shift = [
        np.divide(moved, target, out=np.zeros_like(moved), where=target > 0) for target in targets
    ]
    own = now[:, one.reps], later[:, one.reps]
    plain = pay(first, own[0]) + pay(second, own[1])
    best = plain
    for way in (-1.0, 1.0):
        moving = [np.maximum(own[0] + way * shift[0], 0), np.maximum(own[1] - way * shift[1], 0)]
        best = np.maximum(best, pay(first, moving[0]) + pay(second, moving[1]))
    return float((best - plain).sum(axis=1).mean())
