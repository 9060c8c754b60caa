"""A curve from history held against the plan's: how many alarms were false before and after."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.pacing.curves import Curves
from optimizer.pacing.landing import Spread
from optimizer.pacing.learned import Learned
from optimizer.pacing.rehearsal import selling_by, team_of
from optimizer.pacing.seats import Seats
from optimizer.pacing.simulate import Counts, Simulation, Team, simulate

_CLOSE = 1e-3
"""How near the two curves' shares of missed floors without a red light are brought."""


@dataclass(frozen=True)
class Calibration:
    """The curve that history proposes, and what it would change.

    Attributes
    ----------
    learned : Learned
    before, after : Simulation
        The team sells as in history; paced by the plan's curve, and by the learned one.
    equal_red_below : float
        With it, the learned curve leaves as many later misses without a red light as the
        plan's curve does now.
    at_equal : Simulation
        Paced by the learned curve with that threshold.
    """

    learned: Learned
    before: Simulation
    after: Simulation
    equal_red_below: float
    at_equal: Simulation

    @property
    def false_reds(self) -> tuple[float, float, float]:
        """False red weeks per seat: before, after, and after at equal misses."""
        before, after, equal = (
            float(one.counts.red_reached.sum()) / one.counts.total
            for one in (self.before, self.after, self.at_equal)
        )
        return before, after, equal

    def table(self, curves: Curves) -> pd.DataFrame:
        """Return ``calibration.csv``: the curves, and the shares of false alarms and misses."""
        return pd.DataFrame(
            {
                "week": np.arange(1, self.learned.curve.weeks + 1),
                "share_before": curves.curves[0].weekly,
                "share_after": self.learned.curve.weekly,
                "due_before": curves.curves[0].due,
                "due_after": self.learned.curve.due,
                "red_before": self.before.share("red"),
                "red_after": self.after.share("red"),
                "false_alarm_before": self.before.false_alarm,
                "false_alarm_after": self.after.false_alarm,
                "miss_before": self.before.miss,
                "miss_after": self.after.miss,
            }
        )


def calibrate(
    seats: Seats, curves: Curves, spread: Spread, red_below: float,
    trials: int, seed: int, workers: int = 1,
) -> Calibration:  # fmt: skip
    """Return the curve of the table ``weekly``, and false alarms with and without it.

    Parameters
    ----------
    seats : Seats
    curves : Curves
        The plan's curves; `learned` is the proposal.
    spread : Spread
        Scatter of weeks that history shows takes the place of its own.

    Raises
    ------
    InputError
        Where there is no history of weeks.
    """
    learned = curves.learned
    if learned is None:
        raise InputError(
            "--calibrate learns from past weeks, and the scenario has none: add a table weekly "
            "with period, week, rep and amount"
        )
    spread = with_scatter(spread, learned)
    shares = learned.curve.weekly
    team = selling_by(team_of(seats, curves, spread, red_below), shares)
    paced = replace(team, plan_weekly=team.sold_weekly)
    before = simulate(team, trials, seed, workers)
    after = simulate(paced, trials, seed, workers)
    equal = _equal_threshold(paced, before.counts, trials, seed, workers)
    at_equal = simulate(replace(paced, red_below=equal), trials, seed, workers)
    return Calibration(learned, before, after, equal, at_equal)


def with_scatter(spread: Spread, learned: Learned | None) -> Spread:
    """Return a spread whose weeks scatter as history shows, where it does."""
    if learned is None:
        return spread
    seen = {"common_week": learned.common_week, "own_week": learned.own_week}
    return replace(spread, **{name: value for name, value in seen.items() if not np.isnan(value)})


def _equal_threshold(paced: Team, before: Counts, trials: int, seed: int, workers: int) -> float:
    """Find the threshold that lights as many of the later misses red as `before` does."""
    wanted = before.red_missed.sum() / max(before.missed, 1)
    low, high = 0.0, 1.0 / max(float(paced.floor_ratio.min(initial=1.0)), 0.1)
    few = min(trials, 256)
    for _ in range(12):
        middle = (low + high) / 2.0
        counts = simulate(replace(paced, red_below=middle), few, seed, workers).counts
        seen = counts.red_missed.sum() / max(counts.missed, 1)
        if abs(seen - wanted) <= _CLOSE * paced.weeks:
            break
        low, high = (middle, high) if seen < wanted else (low, middle)
    return middle
