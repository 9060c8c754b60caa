"""The recipe of pacing: a run becomes weekly targets, and shows where its seats stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.pacing.actuals import parse_week, read_actuals
from optimizer.pacing.calibration import Calibration, calibrate, with_scatter
from optimizer.pacing.curves import Curves, read_curves
from optimizer.pacing.landing import Spread
from optimizer.pacing.rehearsal import (
    rehearse,
    simulation_summary,
    simulation_table,
    team_of,
)
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.pacing.seats import Seats, choose_period
from optimizer.pacing.simulate import Simulation
from optimizer.pacing.standing import new_alerts, status_table
from optimizer.pacing.status import DEFAULT_RED_BELOW
from optimizer.pacing.weekly import cumulative_targets, weekly_targets

DEFAULT_TRIALS = 1000


@dataclass(frozen=True)
class Pacing:
    """Weekly targets of a run, and what is known of its weeks.

    Attributes
    ----------
    planned : PlannedRun
    seats : Seats
        Of the period that is looked at.
    curves : Curves
        Of that period.
    weekly : DataFrame
        ``pacing.csv``, all periods.
    simulated : mapping of behaviour to Simulation
        Empty where actuals are given.
    status, alerts : DataFrame or None
        ``status.csv`` and ``alerts.csv``; None without actuals.
    week : int
        Week that `status` ends with; 0 without actuals.
    calibration : Calibration or None
    """

    planned: PlannedRun
    seats: Seats
    curves: Curves
    weekly: pd.DataFrame
    simulated: Mapping[str, Simulation] = field(default_factory=dict)
    status: pd.DataFrame | None = None
    alerts: pd.DataFrame | None = None
    week: int = 0
    calibration: Calibration | None = None

    @property
    def simulation(self) -> pd.DataFrame:
        """``simulation.csv``."""
        return simulation_table(dict(self.simulated))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        found: dict[str, Any] = {
            "period": self.seats.period,
            "weeks": self.seats.weeks,
            "due": [round(float(part), 12) for part in self.curves.due[0]],
            "notes": list(self.curves.notes),
        }
        if self.simulated:
            found["simulation"] = {
                name: simulation_summary(one) for name, one in self.simulated.items()
            }
        if self.status is not None and self.alerts is not None:
            now = self.status[self.status["week"] == self.week]
            found["week"] = self.week
            found["company"] = now.iloc[0].drop(["period", "week", "level", "name"]).to_dict()
            found["status"] = _lights(now)
            found["alerts"] = self.alerts.to_dict("records")
        if self.calibration is not None:
            before, after, equal = self.calibration.false_reds
            found["calibration"] = {
                "periods": self.calibration.learned.quarters,
                "shares": [round(float(one), 9) for one in self.calibration.learned.curve.weekly],
                "false_reds_before": before,
                "false_reds_after": after,
                "false_reds_after_at_equal_misses": equal,
                "red_below_at_equal_misses": self.calibration.equal_red_below,
            }
        return found


def pace(
    run: Path | str,
    *,
    actuals: Path | str | None = None,
    as_of: str | None = None,
    period: str | None = None,
    measure: str | None = None,
    propose_curve: bool = False,
    trials: int = DEFAULT_TRIALS,
    seed: int | None = None,
    workers: int = 1,
) -> Pacing:
    """Lay the targets of a run on weeks; say where its seats stand, or simulate how they may.

    Parameters
    ----------
    run : path
        Run folder of ``plan``.
    actuals : path, optional
        Table of period, week, rep, amount (and product) up to `as_of`.
    as_of : str, optional
        Week whose end the status is of, such as ``2024Q1W06``; needed with `actuals`.
    period : str, optional
        Period to simulate or calibrate; the first if left out.
    measure : str, optional
    propose_curve : bool
        Learn a curve from the table ``weekly`` and hold it against the plan's.
    trials, seed, workers : int
        Of the simulation; the seed is the scenario's if left out.

    Raises
    ------
    InputError
        Where the run, the actuals or the arguments are wrong.
    """
    if (actuals is None) != (as_of is None):
        raise InputError("--actuals and --as-of go together; give both or none")
    if trials < 1:
        raise InputError(f"--trials {trials}: simulate at least 1")
    planned = read_planned(Path(run), measure)
    week = 0
    if as_of is not None:
        period, week = parse_week(as_of, planned.scenario.settings.periods)
    seats = choose_period(planned.seats, period)
    curves = read_curves(planned.scenario, seats)
    settings = planned.scenario.settings.other.get("pacing", {})
    spread = with_scatter(Spread(**settings.get("spread", {})), curves.learned)
    red_below = float(settings.get("red_below", DEFAULT_RED_BELOW))
    weekly = weekly_table(planned, settings)
    if actuals is not None:
        sold = read_actuals(Path(actuals), seats, week)
        status = status_table(seats, curves, sold, spread, red_below)
        return Pacing(
            planned, seats, curves, weekly,
            status=status, alerts=new_alerts(status, week), week=week,
        )  # fmt: skip
    luck = (trials, planned.scenario.settings.seed if seed is None else seed, workers)
    if propose_curve:
        found = calibrate(seats, curves, spread, red_below, *luck)
        return Pacing(planned, seats, curves, weekly, calibration=found)
    team = team_of(seats, curves, spread, red_below)
    simulated = rehearse(team, *luck) if len(team.target) else {}
    return Pacing(planned, seats, curves, weekly, simulated)


def weekly_table(planned: PlannedRun, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Return ``pacing.csv``: the weeks of all periods, region by region, rep by rep."""
    unit = float(settings.get("rounding", 1.0)) or 1e-6
    tables = [
        _weeks_of(seats, read_curves(planned.scenario, seats), unit)
        for seats in planned.seats
        if len(seats)
    ]
    return pd.concat(tables, ignore_index=True)


def _weeks_of(seats: Seats, curves: Curves, unit: float) -> pd.DataFrame:
    due = curves.due[curves.of_seat]
    cumulative = cumulative_targets(seats.target, due, unit, seats.place)
    number, weeks = cumulative.shape
    phase = np.array([curve.phase for curve in curves.curves], dtype=object)[curves.of_seat]
    return pd.DataFrame(
        {
            "period": seats.period,
            "week": np.tile(np.arange(1, weeks + 1), number),
            "start": np.tile(np.array(seats.week_starts(), dtype=object), number),
            "phase": phase.ravel(),
            "region": np.repeat(seats.region, weeks),
            "rep": np.repeat(seats.rep, weeks),
            "target": weekly_targets(cumulative).ravel(),
            "cumulative": cumulative.ravel(),
        }
    )


def _lights(now: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many are red, yellow and green on each level."""
    counted = now.groupby(["level", "status"], observed=True).size()
    lights: dict[str, dict[str, int]] = {}
    for level, status, number in counted.reset_index(name="number").itertuples(index=False):
        lights.setdefault(str(level), {})[str(status)] = int(number)
    return lights
