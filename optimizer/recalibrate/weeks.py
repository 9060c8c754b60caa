"""Weekly targets after a recalibration: sold weeks keep what was sold, the rest is spread anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.pacing.actuals import Actuals
from optimizer.pacing.curves import Curves, curves_of_periods
from optimizer.pacing.pace import weekly_table
from optimizer.pacing.run import PlannedRun
from optimizer.pacing.seats import Seats, choose_period, read_seats
from optimizer.pacing.weekly import cumulative_targets, weekly_targets
from optimizer.problem.instance import Floats
from optimizer.recalibrate.standing import Standing

_SMALLEST = 1e-6


def new_weeks(standing: Standing, planned: PlannedRun, targets: pd.DataFrame) -> pd.DataFrame:
    """Return ``pacing.csv``: all periods, the recalibrated one from the week on anew.

    Where nothing is known of what was sold, the weeks are those of the targets.

    Parameters
    ----------
    standing : Standing
    planned : PlannedRun
        Of the new run.
    targets : DataFrame
        The new ``targets.csv``.

    Raises
    ------
    InputError
        Where ``[pacing]`` contradicts itself.
    """
    settings: Mapping[str, Any] = planned.scenario.settings.other.get("pacing", {})
    planned = replace(planned, seats=read_seats(planned.scenario, targets))
    seats = choose_period(planned.seats, standing.period)
    periods = [one for one in planned.seats if len(one) or one is seats]
    curves = curves_of_periods(planned.scenario, periods)
    table = weekly_table(planned, curves, settings)
    if standing.actuals is None:
        return table
    unit = float(settings.get("rounding", 1.0)) or _SMALLEST
    sold = _sold(standing.seats, standing.actuals, seats)
    cumulative = _cumulative(sold, curves[seats.period], seats, unit)
    rows = (table["period"] == standing.period).to_numpy()
    target, running = (
        table[name].to_numpy(dtype=float).copy() for name in ("target", "cumulative")
    )
    target[rows] = weekly_targets(cumulative).ravel()
    running[rows] = cumulative.ravel()
    return table.assign(target=target, cumulative=running)


def _cumulative(sold: Floats, curves: Curves, seats: Seats, unit: float) -> Floats:
    """Return running targets, (seat, week); below what was sold where that is over the target.

    Parameters
    ----------
    sold : (seat, week done) floats
        Running sales.
    """
    done = sold.shape[1]
    due = curves.due[curves.of_seat]
    before = due[:, done - 1]
    left = 1.0 - before
    rest = np.maximum(seats.target - sold[:, -1], 0.0)
    weeks = due.shape[1] - done
    even = np.arange(1, weeks + 1) / max(weeks, 1)
    share = np.divide(
        due[:, done:] - before[:, None], left[:, None],
        out=np.tile(even, (len(seats), 1)), where=left[:, None] > 1e-12,
    )  # fmt: skip
    ahead = sold[:, -1:] + (
        cumulative_targets(rest, share, unit, seats.place) if weeks else np.zeros((len(seats), 0))
    )
    return np.hstack([sold, ahead])


def _sold(standing: Seats, actuals: Actuals, seats: Seats) -> Floats:
    """Return running sales of the seats of the new plan, (seat, week done)."""
    row = pd.Index(standing.names).get_indexer(pd.Index(seats.names))
    return np.asarray(actuals.so_far[row])
