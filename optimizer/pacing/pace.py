"""The recipe of pacing: a run becomes weekly targets, and shows where its seats stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.pacing.actions import activities_of
from optimizer.pacing.actuals import Actuals, parse_week, read_actuals
from optimizer.pacing.calibration import calibrate, with_scatter
from optimizer.pacing.columns import columns_of_others
from optimizer.pacing.curves import Curves, curves_of_periods
from optimizer.pacing.landing import Spread
from optimizer.pacing.pacing import Pacing
from optimizer.pacing.rehearsal import rehearse, team_of
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.pacing.seats import Seats, choose_period
from optimizer.pacing.standing import new_alerts, status_table
from optimizer.pacing.status import read_lights
from optimizer.pacing.weekly import cumulative_targets, weekly_targets

DEFAULT_TRIALS = 1000


def pace_run(
    run: Path | str,
    *,
    actuals: Path | str | None = None,
    as_of: str | int | None = None,
    activities: Path | str | None = None,
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
    as_of : str or int, optional
        Week whose end the status is of, such as ``2024Q1W06``, or ``6`` in a plan of one
        period; needed with `actuals`.
    activities : path, optional
        Table of period, week, rep, step, count: actions done up to `as_of`.
    period : str, optional
        Period to simulate or calibrate; the first if left out.
    measure : str, optional
        The main one if left out.
    propose_curve : bool
        Learn a curve from the table ``weekly`` and hold it against the plan's.
    trials, seed, workers : int
        Of the simulation; the seed is the scenario's if left out.

    Returns
    -------
    Pacing
        Tables ``weekly``, ``status`` and ``now``, ``alerts``, ``simulation``, and `activities`
        where the scenario has a funnel; nothing is written.

    Raises
    ------
    InputError
        Where the run, the actuals or the arguments are wrong.
    """
    _check(actuals, as_of, activities, trials, seed, workers, propose_curve)
    planned = read_planned(Path(run), measure)
    week = 0
    if as_of is not None:
        period, week = _week(str(as_of), period, planned.scenario.settings.periods)
    seats = choose_period(planned.seats, period)
    periods = [one for one in planned.seats if len(one) or one is seats]
    curves_of = curves_of_periods(planned.scenario, periods)
    curves = curves_of[seats.period]
    settings = planned.scenario.settings.other.get("pacing", {})
    spread = with_scatter(Spread(**settings.get("spread", {})), curves.learned)
    lights = read_lights(settings)
    sold = None if actuals is None else _sold(Path(actuals), planned, seats, week)
    base = Pacing(
        planned, seats, curves, weekly_table(planned, curves_of, settings),
        activities=activities_of(planned, curves_of, seats.period, sold, activities),
    )  # fmt: skip
    if sold is not None:
        status = status_table(seats, curves, sold, spread, lights)
        alerts = new_alerts(status, week)
        return replace(base, status=status, alerts=alerts, week=week, unreported=sold.unreported)
    luck = (trials, planned.scenario.settings.seed if seed is None else seed, workers)
    if propose_curve:
        found = calibrate(planned.scenario, seats, curves, spread, lights, *luck)
        return replace(base, calibration=found)
    team = team_of(seats, curves, spread, lights)
    return replace(base, simulated=rehearse(team, *luck) if len(team.target) else {})


def _check(
    actuals: Path | str | None, as_of: str | int | None, activities: Path | str | None,
    trials: int, seed: int | None, workers: int, propose_curve: bool,
) -> None:  # fmt: skip
    if (actuals is None) != (as_of is None):
        raise InputError("--actuals and --as-of go together; give both or none")
    if activities is not None and actuals is None:
        raise InputError("--activities tells actions done by now: give --actuals and --as-of too")
    if propose_curve and actuals is not None:
        raise InputError("--calibrate learns from the table weekly of the run: drop --actuals")
    for name, value, least in (
        ("trials", trials, 1), ("workers", workers, 1), ("seed", seed or 0, 0),
    ):  # fmt: skip
        if value < least:
            raise InputError(f"--{name} {value}: give at least {least}")


def _sold(path: Path, planned: PlannedRun, seats: Seats, week: int) -> Actuals:
    own = planned.scenario.settings.measure
    known = {*planned.measures, *columns_of_others(planned)}
    return read_actuals(path, seats, week, own, known)


def _week(as_of: str, asked: str | None, periods: tuple[str, ...]) -> tuple[str, int]:
    """Return period and week of `as_of`; a bare week is one of the period asked for."""
    bare = as_of.strip().isdigit() and asked in periods
    period, week = parse_week(as_of, [asked] if bare and asked else periods)
    if asked not in (None, period):
        raise InputError(
            f"--as-of {as_of} is a week of {period}, --period asks for {asked}: drop one of them"
        )
    return period, week


def weekly_table(
    planned: PlannedRun, curves: Mapping[str, Curves], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Return ``pacing.csv``: the weeks of all periods, region by region, rep by rep.

    Parameters
    ----------
    planned : PlannedRun
    curves : mapping of period to Curves
        Of all periods that have seats.
    settings : mapping
        The block ``[pacing]``.
    """
    unit = float(settings.get("rounding", 1.0)) or 1e-6
    tables = [_weeks_of(seats, curves[seats.period], unit) for seats in planned.seats if len(seats)]
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
