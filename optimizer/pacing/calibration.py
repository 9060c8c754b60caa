"""A curve from history held against the plan's: how many alarms were false before and after.

In any one week a red light is a limit on what was sold, and another curve only moves that
limit: with as many later misses red in that week, as many reds are false. What a curve changes
is how strict each week is. So misses are held equal over all weeks before the last, and limits
are proposed that are mild in early weeks, when little is known, and rise to the floor itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.pacing.curves import Curves, curves_from_history, past_periods
from optimizer.pacing.landing import Spread
from optimizer.pacing.learned import Learned
from optimizer.pacing.rehearsal import team_of
from optimizer.pacing.seats import Seats
from optimizer.pacing.simulate import TRIALS, Simulation, Team, simulate
from optimizer.pacing.status import Lights

_STEPS = 100
"""Limits are proposed in hundredths."""

_SHAPES = ((0.0, 1.0), (0.0, 0.5, 1.0, 1.0), (0.0, 1.0, 1.0))
"""How far limits have come at even distances of a period, the gentlest first."""

_CUT = 0.55
"""Part of the false reds that proposed lights take away, where one of the shapes can."""

_SEARCHED = 1 << 22
"""Seats × trials of one simulation of the search; at least one block of trials."""


@dataclass(frozen=True, repr=False)
class Calibration:
    """The curve that history proposes, and what it would change.

    Attributes
    ----------
    learned : Learned
        The company's curve.
    share_before, share_after : (week,) floats
        Share of each week of the whole target: by the plan's curves, and by those of history.
    before, after : Simulation
        The team sells as in history; paced by the plan's curves, and by those of history.
    lights : Lights
        With them, the curves of history leave no more misses unseen than the plan's do now, as
        far as any such limits can.
    at_equal : Simulation
        Paced by the curves of history with these lights.
    """

    learned: Learned
    share_before: np.ndarray
    share_after: np.ndarray
    before: Simulation
    after: Simulation
    lights: Lights
    at_equal: Simulation

    @property
    def simulations(self) -> tuple[Simulation, Simulation, Simulation]:
        """Before, after, and after with the proposed lights."""
        return self.before, self.after, self.at_equal

    @property
    def false_reds(self) -> tuple[float, float, float]:
        """False red weeks per seat, of each of `simulations`."""
        before, after, equal = (
            float(one.counts.red_reached.sum()) / one.counts.total for one in self.simulations
        )
        return before, after, equal

    @property
    def seen(self) -> tuple[float, float, float]:
        """Share of later misses that are red, mean of the weeks before the last, of each."""
        before, after, equal = (one.seen for one in self.simulations)
        return before, after, equal

    @property
    def half_shown(self) -> tuple[int, int, int]:
        """First week by which half of the later misses have been red, of each; 0 if none."""
        before, after, equal = (one.half_shown_week for one in self.simulations)
        return before, after, equal

    @property
    def false_greens(self) -> tuple[float, float, float]:
        """Weeks per seat that are green although the floor is missed in the end, of each."""
        before, after, equal = (
            float(one.counts.green_missed.sum()) / one.counts.total for one in self.simulations
        )
        return before, after, equal

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        figures = {
            f"{name}_{when}": value
            for name in ("false_reds", "seen", "half_shown", "false_greens")
            for when, value in zip(
                ("before", "after", "at_equal_misses"), getattr(self, name), strict=True
            )
        }
        return {
            "periods": self.learned.quarters,
            "shares": [round(float(one), 9) for one in self.share_after],
            "red_below": list(self.lights.red_below),
            "green_from": list(self.lights.green_from),
            **figures,
        }

    def table(self) -> pd.DataFrame:
        """Return ``calibration.csv``: curves and lights, and how often these were wrong."""
        columns = {
            "week": np.arange(1, len(self.share_before) + 1),
            "share_before": self.share_before,
            "share_after": self.share_after,
            "due_before": np.cumsum(self.share_before),
            "due_after": np.cumsum(self.share_after),
        }
        columns["red_below"], columns["green_from"] = self.lights.limits(len(self.share_before))
        when = ("before", "after", "equal")
        for after, one in zip(when, self.simulations, strict=True):
            columns[f"red_{after}"] = one.share("red")
            columns[f"false_alarm_{after}"] = one.false_alarm
            columns[f"miss_{after}"] = one.miss
            columns[f"shown_{after}"] = one.shown
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        before, after, equal = self.false_reds
        return (
            f"<Calibration on {past_periods(self.learned.quarters)}: false red weeks per target "
            f"{before:.2f}, with the learned curve {after:.2f}, with its lights {equal:.2f}>"
        )


def calibrate(
    scenario: Scenario, seats: Seats, curves: Curves, spread: Spread, lights: Lights,
    trials: int, seed: int, workers: int = 1,
) -> Calibration:  # fmt: skip
    """Return the curve of the table ``weekly``, and false alarms with and without it.

    Parameters
    ----------
    scenario : Scenario
    seats : Seats
    curves : Curves
        The plan's curves.
    spread : Spread
    lights : Lights
        The plan's.

    Raises
    ------
    InputError
        Where there is no history of weeks.
    """
    if curves.learned is None:
        raise InputError(
            "--calibrate learns from past weeks, and the scenario has none: add a table weekly "
            "with period, week, rep and amount"
        )
    if not seats.target.any():
        raise InputError(
            f"--calibrate: period {seats.period} has no targets; name another --period"
        )
    paced = team_of(seats, curves_from_history(scenario, seats), spread, lights)
    now = team_of(seats, curves, spread, lights)
    team = _selling_by(now, paced)
    before, after = (simulate(one, trials, seed, workers) for one in (team, paced))
    fair = _fair_lights(team, paced, trials, seed, workers)
    at_equal = simulate(replace(paced, lights=fair), trials, seed, workers)
    asked, learned = (
        one.target @ one.plan_weekly[one.curve] / one.target.sum() for one in (now, paced)
    )
    return Calibration(curves.learned, asked, learned, before, after, fair, at_equal)


def with_scatter(spread: Spread, learned: Learned | None) -> Spread:
    """Return a spread whose weeks scatter as history shows, where it does."""
    if learned is None:
        return spread
    seen = {"common_week": learned.common_week, "own_week": learned.own_week}
    return replace(spread, **{name: value for name, value in seen.items() if not np.isnan(value)})


def rising_lights(red_below: float, green_from: float, shape: tuple[float, ...]) -> Lights:
    """Return lights that go from two first limits to floor and target themselves."""
    red, green = (
        tuple(first + (1.0 - first) * part for part in shape) for first in (red_below, green_from)
    )
    return Lights(red, green)


def _selling_by(paced: Team, other: Team) -> Team:
    """Return a team paced by its own curves that sells by those of another."""
    pairs, pair = np.unique(np.stack([paced.curve, other.curve]), axis=1, return_inverse=True)
    return replace(
        paced,
        curve=pair.reshape(-1),
        plan_weekly=paced.plan_weekly[pairs[0]],
        sold_weekly=other.sold_weekly[pairs[1]],
    )


def _fair_lights(now: Team, paced: Team, trials: int, seed: int, workers: int) -> Lights:
    """Find the lights that rise most gently of those that cut the false reds well below half."""
    few = min(trials, max(TRIALS, min(4 * TRIALS, _SEARCHED // len(now.target))))
    wanted = simulate(now, few, seed, workers)
    most = (1.0 - _CUT) * wanted.counts.red_reached.sum()
    for shape in _SHAPES:
        lights = _equal_lights(wanted, paced, shape, seed, workers)
        found = simulate(replace(paced, lights=lights), few, seed, workers)
        if found.counts.red_reached.sum() <= most:
            break
    return lights


def _equal_lights(
    wanted: Simulation, paced: Team, shape: tuple[float, ...], seed: int, workers: int
) -> Lights:
    """Find the mildest lights that leave no more misses unseen, and no more green, than wanted."""
    red, green = (0, _STEPS), (_STEPS, 2 * _STEPS)
    while red[1] - red[0] > 1 or green[1] - green[0] > 1:
        middle = [(low + high) // 2 if high - low > 1 else high for low, high in (red, green)]
        lights = rising_lights(middle[0] / _STEPS, middle[1] / _STEPS, shape)
        found = simulate(replace(paced, lights=lights), len(wanted.company), seed, workers)
        red = (red[0], middle[0]) if found.seen >= wanted.seen else (middle[0], red[1])
        fewer = found.counts.green_missed.sum() <= wanted.counts.green_missed.sum()
        green = (green[0], middle[1]) if fewer else (middle[1], green[1])
    return rising_lights(red[1] / _STEPS, green[1] / _STEPS, shape)
