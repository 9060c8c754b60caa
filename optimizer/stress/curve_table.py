"""The payout curve of each plan: what its average rep is paid at an attainment, and its cliffs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats
from optimizer.stress.moments import tidied
from optimizer.stress.pieces import Pieces, payout_pieces
from optimizer.stress.world import Paying, World

COLUMNS = ("plan", "attainment", "payout", "slope", "jump")
_LAST, _STEP = 2.0, 0.05
_MOST_STARTS = 200
_SMALLEST_JUMP = 0.005


def payout_curves(world: World) -> pd.DataFrame:
    """Return ``payout_curve.csv``: for each plan, the mean over its reps with a target.

    The period is the first in which the plan pays somebody with a target. Rank, progress, pools
    and awards are not part of the curve. `slope` is per 100 % of attainment, from there on;
    `jump` is by how much pay rises at that very attainment.
    """
    tables = [_of_plan(one) for one in world.paying]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def _of_plan(paying: Paying) -> pd.DataFrame:
    for schedule, target in zip(paying.schedules, paying.basis.target, strict=True):
        reps = np.flatnonzero(target > 0)
        if len(reps):
            whole = payout_pieces(schedule)
            return _rows(paying.plan.name, tidied(_of_reps(whole, reps)))
    return pd.DataFrame(columns=COLUMNS)


def _of_reps(pieces: Pieces, reps: np.ndarray) -> Pieces:
    return Pieces(pieces.start[:, reps], pieces.level[:, reps], pieces.slope[:, reps])


def _rows(name: str, pieces: Pieces) -> pd.DataFrame:
    rows = []
    for point in _points(pieces):
        jump, slope = pieces.rising(point)
        rows.append(
            (
                name,
                round(point, 9),
                float(pieces.at(point).mean()),
                float(slope.mean()),
                float(jump.mean()),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _points(pieces: Pieces) -> list[float]:
    """Return the attainments to show: even steps, and where a piece begins."""
    starts: Floats = np.unique(pieces.start)
    starts = starts[starts <= 2 * _LAST]
    if len(starts) > _MOST_STARTS:
        starts = np.unique(np.round(starts, 2))
    steps = np.round(np.arange(0, _LAST + _STEP / 2, _STEP), 9)
    return sorted(set(map(float, steps)) | set(map(float, starts)))


def cliffs(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the payout curves at which pay jumps up or down, the largest first."""
    found = curves[curves["jump"].abs() > _SMALLEST_JUMP]
    order = found["jump"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)
