"""Simulated periods against a slow and obvious simulation; digits that workers do not change."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from optimizer.pacing.curve import Phases, phase_curve
from optimizer.pacing.landing import Spread
from optimizer.pacing.simulate import Counts, Simulation, Team, back_loaded, simulate
from optimizer.pacing.status import Lights

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


@dataclass(frozen=True)
class _Obvious:
    """What a slow, obvious simulation counts.

    Attributes
    ----------
    counts : mapping of name to (period, week) floats
        Of each simulated period, as a share of the seats.
    missed : (period,) floats
    company : (period, week) floats
        Sales so far as a share of the company's target.
    seats : int
    """

    counts: dict[str, np.ndarray]
    missed: np.ndarray
    company: np.ndarray
    seats: int

    def share(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean of a count, and five standard errors; seats of a period go together."""
        return self.ratio(self.counts[name], np.ones_like(self.counts[name]))

    def ratio(self, part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return Σ part / Σ whole by week, and five standard errors of it, or a few seats."""
        found = part.sum(axis=0) / np.maximum(whole.sum(axis=0), 1e-12)
        away = (part - found * whole) / np.maximum(whole.mean(axis=0), 1e-12)
        few = 8 / np.maximum(whole.sum(axis=0) * self.seats, 8)
        return found, np.maximum(5 * away.std(axis=0, ddof=1) / np.sqrt(len(part)), few)


def _obvious(team: Team, periods: int, seed: int) -> _Obvious:
    """Simulate period by period, seat by seat and week by week."""
    random, weeks, seats = np.random.default_rng(seed), team.weeks, len(team.target)
    names = ("red", "green", "red_reached", "red_missed", "green_missed", "shown")
    counts = {name: np.zeros((periods, weeks)) for name in names}
    missed, company = np.zeros(periods), np.zeros((periods, weeks))
    red_below = [_at(team.lights.red_below, week / (weeks - 1)) for week in range(weeks)]
    green_from = [_at(team.lights.green_from, week / (weeks - 1)) for week in range(weeks)]
    for period in range(periods):
        all_share = team.spread.mean * _factor(random, team.spread.company)
        regions = [_factor(random, team.spread.region) for _ in range(4)]
        shared = [_factor(random, team.spread.common_week) for _ in range(weeks)]
        for seat in range(seats):
            able = all_share * regions[team.region[seat]] * _factor(random, team.spread.seat)
            due, sold, lights = 0.0, 0.0, []
            asks, sells = (
                curve[team.curve[seat]].tolist() for curve in (team.plan_weekly, team.sold_weekly)
            )
            floor, target = team.floor_ratio[seat] * team.target[seat], team.target[seat]
            for week in range(weeks):
                own = _factor(random, team.spread.own_week)
                sold += able * shared[week] * own * target * sells[week]
                due += asks[week]
                lights.append(
                    "red" if sold < red_below[week] * floor * due
                    else "green" if sold >= green_from[week] * target * due
                    else "yellow"
                )  # fmt: skip
                company[period, week] += sold / team.target.sum()
            misses, reaches = sold < floor, sold >= target
            missed[period] += misses / seats
            for week, light in enumerate(lights):
                seen = {
                    "red": light == "red",
                    "green": light == "green",
                    "red_reached": light == "red" and reaches,
                    "red_missed": light == "red" and misses,
                    "green_missed": light == "green" and misses,
                    "shown": misses and "red" in lights[: week + 1],
                }
                for name, is_so in seen.items():
                    counts[name][period, week] += is_so / seats
    return _Obvious(counts, missed, company, seats)


def _at(numbers: tuple[float, ...], part: float) -> float:
    """Return where the straight lines through numbers at even distances are at a part."""
    if len(numbers) == 1:
        return numbers[0]
    step = min(int(part * (len(numbers) - 1)), len(numbers) - 2)
    further = part * (len(numbers) - 1) - step
    return numbers[step] + further * (numbers[step + 1] - numbers[step])


def _factor(random: np.random.Generator, cv: float) -> float:
    variance = math.log1p(cv * cv)
    return math.exp(math.sqrt(variance) * random.standard_normal() - variance / 2)


PERIODS, EVEN = 250, np.full(13, 1 / 13)
LIGHTS = Lights((0.6, 0.8, 1.0, 1.0), (1.2, 1.1, 1.0, 1.0))
TEAMS = {
    "back-loaded": _team(),
    "as planned": replace(_team(), sold_weekly=CURVE[None]),
    "two curves, own lights": replace(
        _team(spread=Spread(1.1, 0.15, 0.1, 0.3, 0.2, 0.3)),
        curve=np.arange(24) % 2,
        plan_weekly=np.stack([CURVE, EVEN]),
        sold_weekly=np.stack([EVEN, back_loaded(13)]),
        lights=LIGHTS,
    ),
}


@pytest.mark.parametrize("name", TEAMS)
def test_fast_and_obvious_simulation_agree(name: str) -> None:
    """Every figure of simulation.csv, within five standard errors of 250 periods."""
    team = TEAMS[name]
    slow, fast = _obvious(team, PERIODS, 5), simulate(team, 4096, 1)
    for count in slow.counts:
        expected, allowed = slow.share(count)
        assert (np.abs(fast.share(count) - expected) <= allowed).all(), count
        assert np.abs(fast.share(count) - expected).mean() < allowed.mean() / 2, count
    counts = slow.counts
    for found, part, whole in (
        (fast.false_alarm, counts["red_reached"], counts["red"]),
        (fast.miss, counts["green_missed"], counts["green"]),
        (fast.shown, counts["shown"], np.repeat(slow.missed[:, None], 13, axis=1)),
    ):
        expected, allowed = slow.ratio(part, whole)
        assert (np.abs(found - expected) <= allowed).all()
    expected, allowed = slow.ratio(slow.missed[:, None], np.ones((PERIODS, 1)))
    assert abs(fast.counts.missed / fast.counts.total - expected[0]) <= allowed[0]
    seen = counts["red_missed"][:, :-1].mean(axis=1, keepdims=True)
    expected, allowed = slow.ratio(seen, slow.missed[:, None])
    assert abs(fast.seen - expected[0]) <= allowed[0]


@pytest.mark.parametrize("name", TEAMS)
def test_the_companys_band_holds_eight_obvious_periods_in_ten(name: str) -> None:
    """Each week's 10, 50 and 90 % quantile, within five standard errors of 250 periods."""
    team = TEAMS[name]
    few = replace(
        team, target=team.target[::3], floor_ratio=team.floor_ratio[::3],
        region=team.region[::3], curve=team.curve[::3],
    )  # fmt: skip
    company, band = _obvious(few, PERIODS, 7).company, simulate(few, 4096, 2).band()
    for quantile, found in zip((0.1, 0.5, 0.9), band, strict=True):
        allowed = 5 * np.sqrt(quantile * (1 - quantile) / PERIODS)
        assert (np.abs((company <= found).mean(axis=0) - quantile) <= allowed).all()
    inside = ((band[0] <= company) & (company <= band[2])).mean(axis=0)
    assert (np.abs(inside - 0.8) <= 5 * np.sqrt(0.8 * 0.2 / PERIODS)).all()


def test_first_weeks_that_tell() -> None:
    """Counted by hand: ten miss; red tells from week 3, half have been red by week 2."""
    red_missed = np.array([1, 4, 6, 9])
    counts = Counts(
        red=np.array([5, 6, 8, 9]), green=np.zeros(4, int), red_reached=np.array([3, 1, 1, 0]),
        red_missed=red_missed, green_missed=np.zeros(4, int), shown=np.array([1, 5, 7, 10]),
        missed=10, reached=20, total=40,
    )  # fmt: skip
    found = Simulation(counts, np.zeros((1, 4)))
    assert (found.first_telling_week, found.half_shown_week) == (3, 2)
    assert found.seen == pytest.approx((1 + 4 + 6) / 30)
    nobody = replace(counts, red_missed=0 * red_missed, shown=0 * red_missed, missed=0)
    never = Simulation(nobody, np.zeros((1, 4)))
    assert (never.first_telling_week, never.half_shown_week, never.seen) == (0, 0, 0)


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


def test_without_any_spread_counts_and_sums_are_known() -> None:
    """All sell 90 %, by two curves: who has a floor of 89 % keeps it, who has 91 % misses it."""
    still = Spread(mean=0.9, company=0, region=0, seat=0, common_week=0, own_week=0)
    team = replace(
        _team(spread=still),
        floor_ratio=np.tile([0.89, 0.91], 12),
        curve=np.repeat([0, 1], 12),
        plan_weekly=np.stack([CURVE, EVEN]),
        sold_weekly=np.stack([CURVE, back_loaded(13)]),
    )
    found = simulate(team, 10, 1)
    assert (found.counts.missed, found.counts.reached, found.counts.total) == (120, 0, 240)
    sold = 0.9 * team.target @ np.cumsum(team.sold_weekly, axis=1)[team.curve]
    assert found.company == pytest.approx(np.tile(sold / team.target.sum(), (10, 1)), abs=1e-5)


@pytest.mark.parametrize("name", ["company", "region", "seat", "common_week", "own_week"])
def test_each_spread_alone_moves_the_company_as_far_as_it_should(name: str) -> None:
    """Who shares a factor moves together: the standard deviation of the sum is known exactly."""
    alone = dict.fromkeys(("company", "region", "seat", "common_week", "own_week"), 0.0)
    team = _team(spread=Spread(1.0, **alone | {name: 0.2}))
    part = team.target / team.target.sum()
    by_region, weekly = np.bincount(team.region, weights=part), team.sold_weekly[0]
    squares = {
        "company": 1.0,
        "region": np.square(by_region).sum(),
        "seat": np.square(part).sum(),
        "common_week": np.square(weekly).sum(),
        "own_week": np.square(weekly).sum() * np.square(part).sum(),
    }
    landed = simulate(team, 8192, 3).company[:, -1]
    assert landed.mean() == pytest.approx(1.0, abs=0.012)
    assert landed.std() == pytest.approx(0.2 * np.sqrt(squares[name]), rel=0.06)


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
