"""Simulated periods against a slow and obvious simulation; digits that workers do not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.pacing.curve import Phases, phase_curve
from optimizer.pacing.landing import Spread
from optimizer.pacing.simulate import Simulation, Team, back_loaded, simulate

CURVE = phase_curve(13, Phases()).weekly


def _team(seats: int = 24, spread: Spread | None = None) -> Team:
    return Team(
        target=np.linspace(40, 160, seats),
        floor_ratio=np.linspace(0.75, 0.95, seats),
        region=np.arange(seats) // 6,
        curve=np.zeros(seats, dtype=int),
        plan_weekly=CURVE[None],
        sold_weekly=back_loaded(13)[None],
        spread=spread or Spread(),
    )


def _obvious(team: Team, trials: int, seed: int) -> dict[str, np.ndarray]:
    """Simulate seat by seat and week by week; returns shares per week."""
    random, weeks = np.random.default_rng(seed), team.weeks
    names = ("red", "green", "red_reached", "green_missed", "shown")
    counts = {name: np.zeros(weeks) for name in names}
    missed = 0
    due = np.cumsum(team.plan_weekly[0])
    for _ in range(trials):
        company = _factor(random, team.spread.company)
        regions = [_factor(random, team.spread.region) for _ in range(4)]
        shared = [_factor(random, team.spread.common_week) for _ in range(weeks)]
        for seat in range(len(team.target)):
            able = company * regions[team.region[seat]] * _factor(random, team.spread.seat)
            sold, so_far = 0.0, []
            for week in range(weeks):
                own = _factor(random, team.spread.own_week)
                sold += able * shared[week] * own * team.sold_weekly[0, week]
                so_far.append(sold)
            floor = team.floor_ratio[seat]
            lights = [
                "red" if sold_by < 0.8 * floor * by else "green" if sold_by >= by else "yellow"
                for sold_by, by in zip(so_far, due, strict=True)
            ]
            missed += sold < floor
            for week, light in enumerate(lights):
                counts["red"][week] += light == "red"
                counts["green"][week] += light == "green"
                counts["red_reached"][week] += light == "red" and sold >= 1
                counts["green_missed"][week] += light == "green" and sold < floor
                counts["shown"][week] += sold < floor and "red" in lights[: week + 1]
    total = trials * len(team.target)
    return {name: count / total for name, count in counts.items()} | {
        "missed": np.array([missed / total])
    }


def _factor(random: np.random.Generator, cv: float) -> float:
    variance = np.log1p(cv * cv)
    return float(np.exp(np.sqrt(variance) * random.standard_normal() - variance / 2))


def test_fast_and_obvious_simulation_agree() -> None:
    """Within five standard errors of 500 periods; seats of a period go together."""
    team = _team()
    slow = _obvious(team, 500, 5)
    fast = simulate(team, 4000, 1)
    for name in ("red", "green", "red_reached", "green_missed", "shown"):
        allowed = 5 * 0.25 / np.sqrt(500)
        assert fast.share(name) == pytest.approx(slow[name], abs=allowed), name
        assert np.abs(fast.share(name) - slow[name]).mean() < allowed / 3, name
    assert fast.counts.missed / fast.counts.total == pytest.approx(slow["missed"][0], abs=0.03)


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_finds_the_same_digits(workers: int) -> None:
    team = _team(3000)
    found, base = simulate(team, 130, 9, workers), simulate(team, 130, 9)
    _same(found, base)
    assert found.company.shape == (130, 13)


def test_more_trials_begin_with_the_same_ones() -> None:
    team = _team()
    few, many = simulate(team, 70, 3), simulate(team, 200, 3)
    assert np.array_equal(few.company, many.company[:70])
    assert not np.array_equal(few.company, simulate(team, 70, 4).company)


def test_without_any_spread_everybody_is_green_and_on_target() -> None:
    """Sold by the very curve that is due; a hair above it, because amounts are single floats."""
    still = Spread(mean=1.0001, company=0, region=0, seat=0, common_week=0, own_week=0)
    team = replace(_team(spread=still), sold_weekly=CURVE[None])
    found = simulate(team, 10, 1)
    assert (found.share("green") == 1).all()
    assert (found.counts.reached, found.counts.missed) == (found.counts.total, 0)
    assert found.company[:, -1] == pytest.approx(1.0001, abs=1e-5)
    assert found.first_telling_week == 0


def test_curves_of_two_kinds_of_seats() -> None:
    """Seats that sell late and are due late look like seats that sell and are due early."""
    even = np.full(13, 1 / 13)
    team = replace(
        _team(2000),
        curve=np.arange(2000) % 2,
        floor_ratio=np.full(2000, 0.85),
        plan_weekly=np.stack([CURVE, even]),
        sold_weekly=np.stack([CURVE, even]),
    )
    alone = replace(
        team, curve=np.zeros(2000, dtype=int), plan_weekly=CURVE[None], sold_weekly=CURVE[None]
    )
    both, one = simulate(team, 400, 2), simulate(alone, 400, 2)
    assert both.counts.missed == pytest.approx(one.counts.missed, rel=0.03)
    assert both.share("red")[5] == pytest.approx(one.share("red")[5], abs=0.03)


def test_a_back_loaded_team_raises_more_false_alarms() -> None:
    late = simulate(_team(500), 300, 1)
    on_time = simulate(replace(_team(500), sold_weekly=CURVE[None]), 300, 1)
    assert late.counts.red_reached.sum() > 2 * on_time.counts.red_reached.sum()
    assert back_loaded(13).sum() == pytest.approx(1)
    assert back_loaded(13)[[0, 4, 8]] == pytest.approx([0.06, 0.085, 0.084])


def _same(one: Simulation, other: Simulation) -> None:
    assert np.array_equal(one.company, other.company)
    for name in ("red", "green", "red_reached", "red_missed", "green_missed", "shown"):
        assert np.array_equal(getattr(one.counts, name), getattr(other.counts, name)), name
