"""Simulated periods of a plan: what the lights are worth, and what a wrong curve costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from optimizer.pacing.curves import Curves
from optimizer.pacing.landing import Spread
from optimizer.pacing.seats import Seats
from optimizer.pacing.simulate import Simulation, Team, back_loaded, simulate
from optimizer.pacing.status import Lights
from optimizer.problem.instance import Floats

AS_PLANNED, BACK_LOADED = "as planned", "back-loaded"


def team_of(seats: Seats, curves: Curves, spread: Spread, lights: Lights) -> Team:
    """Return the seats that have a target, selling by the plan's own curves."""
    works = seats.target > 0
    region = np.unique(seats.region[works].astype(str), return_inverse=True)[1]
    return Team(
        target=seats.target[works],
        floor_ratio=seats.floor[works] / seats.target[works],
        region=region.reshape(-1),
        curve=curves.of_seat[works],
        plan_weekly=curves.weekly,
        sold_weekly=curves.weekly,
        spread=spread,
        lights=lights,
    )


def selling_by(team: Team, weekly: Floats) -> Team:
    """Return the team selling by other curves, (curve, week) or one for all, (week,)."""
    return replace(team, sold_weekly=np.broadcast_to(weekly, team.plan_weekly.shape).copy())


def rehearse(team: Team, trials: int, seed: int, workers: int = 1) -> dict[str, Simulation]:
    """Simulate the team selling as planned, and the same team back-loaded, with the same luck."""
    behaviour = {AS_PLANNED: team, BACK_LOADED: selling_by(team, back_loaded(team.weeks))}
    return {name: simulate(one, trials, seed, workers) for name, one in behaviour.items()}


def simulation_table(found: dict[str, Simulation]) -> pd.DataFrame:
    """Return ``simulation.csv``: how each behaviour looks week by week.

    `red`, `yellow`, `green` are shares of all seats; `false_alarm` is the share of red seats
    that reach their target in the end, `miss` that of green seats that miss their floor,
    `shown` the share of later misses that have been red; `low`, `middle`, `high` are the 10 %,
    50 % and 90 % quantiles of the company's sales so far, as a share of its target.
    """
    tables = []
    for name, simulation in found.items():
        red, green = simulation.share("red"), simulation.share("green")
        low, middle, high = simulation.band()
        tables.append(
            pd.DataFrame(
                {
                    "selling": name,
                    "week": np.arange(1, len(red) + 1),
                    "red": red,
                    "yellow": 1.0 - red - green,
                    "green": green,
                    "false_alarm": simulation.false_alarm,
                    "miss": simulation.miss,
                    "shown": simulation.shown,
                    "low": low,
                    "middle": middle,
                    "high": high,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def simulation_summary(simulation: Simulation) -> dict[str, float | int]:
    """Return the figures of one behaviour over all weeks.

    `false_reds` counts red lights per seat that turn out wrong: over all weeks, seats that are
    red and reach the target; `false_greens` likewise green ones that miss the floor.
    """
    counts = simulation.counts
    low, middle, high = simulation.band()[:, -1]
    return {
        "reach_target": counts.reached / counts.total,
        "miss_floor": counts.missed / counts.total,
        "red_weeks": float(counts.red.sum()) / counts.total,
        "false_reds": float(counts.red_reached.sum()) / counts.total,
        "false_greens": float(counts.green_missed.sum()) / counts.total,
        "first_telling_week": simulation.first_telling_week,
        "landing_low": float(low),
        "landing_middle": float(middle),
        "landing_high": float(high),
    }
