"""Calibration: false reds halve at equal misses, judged by periods that nobody has learned from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.errors import InputError
from optimizer.pacing.calibration import Calibration, calibrate, with_scatter
from optimizer.pacing.curves import curves_of_periods
from optimizer.pacing.landing import Spread
from optimizer.pacing.pace import pace_run
from optimizer.pacing.rehearsal import team_of
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.pacing.simulate import Simulation, back_loaded, simulate
from optimizer.pacing.status import Lights
from optimizer.pipeline import plan
from tests.worlds import write_world

REPS = 40
LATE = back_loaded(13)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> PlannedRun:
    """Return a plan of 40 equal targets in 4 regions, with weeks that some test replaces."""
    folder = tmp_path_factory.mktemp("late")
    write_world(
        folder / "scenario",
        {"periods": ["2024Q1"], "goal": 100 * REPS, "levels": {"floor": 0.8}},
        people=[{"rep": f"r{rep:02}", "region": f"R{rep % 4}"} for rep in range(REPS)],
        weekly=_weeks(0, Spread()),
    )
    plan(folder / "scenario", folder / "run")
    return read_planned(folder / "run")


def _weeks(seed: int, spread: Spread, weekly: np.ndarray = LATE) -> pd.DataFrame:
    """Return eight past quarters of a team that sells by a curve."""
    random, tables = np.random.default_rng(seed), []
    for quarter in range(8):
        region = _factor(random, spread.region, 4)[np.arange(REPS) % 4]
        able = _factor(random, spread.company, ()) * region * _factor(random, spread.seat, REPS)
        common = _factor(random, spread.common_week, 13)
        own = _factor(random, spread.own_week, (REPS, 13))
        amount = 100 * able[:, None] * weekly * common * own
        tables.append(
            pd.DataFrame(
                {
                    "period": f"202{quarter // 4}Q{quarter % 4 + 1}",
                    "week": np.tile(np.arange(1, 14), REPS),
                    "rep": np.repeat([f"r{rep:02}" for rep in range(REPS)], 13),
                    "amount": amount.ravel().round(2),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _factor(random: np.random.Generator, cv: float, shape: int | tuple[int, ...]) -> np.ndarray:
    variance = np.log1p(cv * cv)
    return np.exp(np.sqrt(variance) * random.standard_normal(shape) - variance / 2)


@dataclass(frozen=True)
class _Judged:
    """Weeks per target in fresh periods of the true team."""

    false_reds: float
    false_greens: float
    seen: float

    @classmethod
    def of(cls, found: Simulation) -> _Judged:
        counts = found.counts
        return cls(
            counts.red_reached.sum() / counts.total,
            counts.green_missed.sum() / counts.total,
            found.seen,
        )


def _calibrated(planned: PlannedRun, weekly: pd.DataFrame, seed: int) -> Calibration:
    scenario, seats = planned.scenario, planned.seats[0]
    known = replace(scenario, tables={**scenario.tables, "weekly": weekly.assign(region="")})
    curves = curves_of_periods(known, [seats])[seats.period]
    spread = with_scatter(Spread(), curves.learned)
    return calibrate(known, seats, curves, spread, Lights(), 128, seed)


def _judge(
    planned: PlannedRun, found: Calibration, spread: Spread, seed: int
) -> tuple[_Judged, _Judged]:
    """Return how plan and proposal do in periods simulated from the truth."""
    seats = planned.seats[0]
    curves = curves_of_periods(planned.scenario, [seats])[seats.period]
    truth = replace(team_of(seats, curves, spread, Lights()), sold_weekly=LATE[None])
    proposed = replace(truth, plan_weekly=found.share_after[None], lights=found.lights)
    before, after = (_Judged.of(simulate(one, 500, seed)) for one in (truth, proposed))
    return before, after


@pytest.mark.parametrize("own_week", [0.2, 0.5, 0.8])
def test_false_reds_halve_at_equal_misses(planned: PlannedRun, own_week: float) -> None:
    """Back-loaded months of 24 / 34 / 42 %, five histories; the rest is what scatter leaves.

    The cut is above a half by more than two standard errors; as many later misses are red as
    before, and no more green lights miss their floor, within the error of a history.
    """
    spread, cuts, seen, greens = Spread(own_week=own_week), [], [], []
    for seed in range(5):
        found = _calibrated(planned, _weeks(seed, spread), seed)
        before, after = _judge(planned, found, spread, 100 + seed)
        cuts.append(1 - after.false_reds / before.false_reds)
        seen.append(after.seen / before.seen)
        greens.append(after.false_greens / before.false_greens)
    error = float(np.std(cuts, ddof=1)) / np.sqrt(len(cuts))
    assert np.mean(cuts) - 2 * error > 0.5
    assert np.mean(seen) > 0.98
    assert np.mean(greens) < 1.1


def test_the_learned_curve_alone_more_than_halves_false_reds(planned: PlannedRun) -> None:
    """But it also sees fewer of the misses, which is why lights are proposed beside it."""
    found = _calibrated(planned, _weeks(1, Spread()), 1)
    before, after, equal = found.false_reds
    assert found.learned.quarters == 8
    assert after < 0.5 * before
    assert found.seen[1] < 0.8 * found.seen[0]
    assert equal < 0.5 * before
    assert found.seen[2] > 0.99 * found.seen[0]
    assert found.half_shown[2] <= 3


def test_a_team_that_sells_as_planned_is_left_alone(planned: PlannedRun) -> None:
    """The learned curve is the plan's, so what it does is about the same; misses stay in sight."""
    curves = curves_of_periods(planned.scenario, planned.seats)["2024Q1"]
    found = _calibrated(planned, _weeks(3, Spread(), curves.curves[0].weekly), 3)
    assert np.abs(found.share_after - found.share_before).max() < 0.015
    before, after, equal = found.false_reds
    assert after == pytest.approx(before, rel=0.35)
    assert equal <= before
    assert found.seen[2] >= 0.99 * found.seen[0]


def test_curves_by_region_are_held_against_the_plans(planned: PlannedRun) -> None:
    """R0 sells early and the others late: each is paced, and sells, by its own curve."""
    late, early = _weeks(5, Spread()), _weeks(6, Spread(), LATE[::-1])
    of_r0 = late["rep"].str[1:].astype(int) % 4 == 0
    weekly = pd.concat([late[~of_r0], early[of_r0]])
    scenario, seats = planned.scenario, planned.seats[0]
    settings = replace(scenario.settings, other={"pacing": {"learn_by": "region"}})
    known = replace(
        scenario, settings=settings,
        tables={**scenario.tables, "weekly": weekly.assign(region="")},
    )  # fmt: skip
    curves = curves_of_periods(known, [seats])[seats.period]
    apart = calibrate(known, seats, curves, Spread(), Lights(), 128, 1)
    together = _calibrated(planned, weekly, 1)
    assert apart.share_after == pytest.approx(together.share_after, abs=0.02)
    assert apart.false_reds[0] > 1.2 * together.false_reds[0]
    assert apart.false_reds[2] < 0.5 * apart.false_reds[0]


def test_command_tells_curve_and_lights_and_they_can_be_used(
    planned: PlannedRun, tmp_path: Path
) -> None:
    arguments = ["pace", str(planned.folder), "--calibrate", "--trials", "64", "--charts", "none"]
    told = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "pace")])
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    at = lines.index("To use it, write in [pacing]:")
    keys = "\n".join(line.strip() for line in lines[at + 1 : at + 4])
    table = pd.read_csv(tmp_path / "pace" / "calibration.csv")
    assert table["share_after"].sum() == pytest.approx(1)
    assert table["red_below"].is_monotonic_increasing
    assert table["green_from"].is_monotonic_decreasing
    figures = json.loads((tmp_path / "pace" / "pace.json").read_text(encoding="utf-8"))
    assert figures["calibration"]["red_below"][0] == table["red_below"].iloc[0]
    scenario = tmp_path / "scenario"
    write_world(
        scenario,
        {"periods": ["2024Q1"], "goal": 100 * REPS},
        people=[{"rep": f"r{rep:02}", "region": f"R{rep % 4}"} for rep in range(REPS)],
        weekly=_weeks(0, Spread()),
    )
    text = (scenario / "scenario.toml").read_text(encoding="utf-8")
    (scenario / "scenario.toml").write_text(f"{text}\n[pacing]\n{keys}\n", encoding="utf-8")
    plan(scenario, tmp_path / "run")
    paced = pace_run(tmp_path / "run", trials=1)
    assert paced.curves.curves[0].weekly == pytest.approx(table["share_after"].to_numpy())


def test_nothing_to_calibrate(planned: PlannedRun) -> None:
    seats = planned.seats[0]
    curves = curves_of_periods(planned.scenario, [seats])[seats.period]
    with pytest.raises(InputError, match="has no targets"):
        calibrate(
            planned.scenario, replace(seats, target=0 * seats.target), curves, Spread(), Lights(),
            1, 1,
        )  # fmt: skip
