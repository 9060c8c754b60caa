"""Simulated quarters: how often red, yellow and green tell the truth.

A seat's week sells ``target · s_w · a · shared_w · own_w``: s_w is the curve by which the team
really sells, a = company × region × own attainment, shared_w and own_w scatter around 1. All
factors are lognormal with mean 1 (a: mean μ). Trials are drawn in blocks of `TRIALS` and tiles
of `SEATS`, each from its own stream keyed by (seed, block, tile), so that any number of workers
finds the same digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from optimizer.pacing.curve import Phases, phase_curve
from optimizer.pacing.landing import Spread
from optimizer.pacing.status import Lights
from optimizer.problem.instance import Floats, Ints
from optimizer.workers.here import on_this_machine
from optimizer.workers.workers import in_order

TRIALS, SEATS = 64, 2048
_COMPANY = 2**32 - 1
"""Stream of what all seats share."""


@dataclass(frozen=True)
class Team:
    """The seats of one period.

    Attributes
    ----------
    target : (seat,) floats
        All above 0.
    floor_ratio : (seat,) floats
        Floor / target.
    region, curve : (seat,) ints
    plan_weekly : (curve, week) floats
        Shares that the targets are due by.
    sold_weekly : (curve, week) floats
        Shares by which the team really sells.
    spread : Spread
    lights : Lights
    """

    target: Floats
    floor_ratio: Floats
    region: Ints
    curve: Ints
    plan_weekly: Floats
    sold_weekly: Floats
    spread: Spread
    lights: Lights = field(default_factory=Lights)

    @property
    def weeks(self) -> int:
        """How many weeks."""
        return int(self.plan_weekly.shape[1])


@dataclass(frozen=True)
class Counts:
    """Counts over seats and trials at the end of each week, (week,) ints.

    Attributes
    ----------
    red, green
        Seats of that status.
    red_reached, red_missed, green_missed
        Red seats that reach the target, or miss their floor, in the end; green ones that miss it.
    shown
        Seats that miss their floor in the end and have been red by then.
    missed, reached, total : int
        Seats that miss their floor, reach their target; all.
    """

    red: Ints
    green: Ints
    red_reached: Ints
    red_missed: Ints
    green_missed: Ints
    shown: Ints
    missed: int
    reached: int
    total: int

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            *(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts))
        )


@dataclass(frozen=True)
class Simulation:
    """What simulated periods show.

    Attributes
    ----------
    counts : Counts
    company : (trial, week) floats
        Cumulative sales of all seats, as a share of their target.
    """

    counts: Counts
    company: Floats

    def share(self, name: str) -> Floats:
        """Return a count as a share of all seats, (week,) floats."""
        return np.asarray(getattr(self.counts, name) / self.counts.total)

    @property
    def false_alarm(self) -> Floats:
        """Of the seats red at the end of a week, the share that reaches the target."""
        return _ratio(self.counts.red_reached, self.counts.red)

    @property
    def miss(self) -> Floats:
        """Of the seats green at the end of a week, the share that misses the floor."""
        return _ratio(self.counts.green_missed, self.counts.green)

    @property
    def shown(self) -> Floats:
        """Of the seats that miss the floor, the share that has been red by a week."""
        return _ratio(self.counts.shown, np.full_like(self.counts.red, self.counts.missed))

    @property
    def seen(self) -> float:
        """Share of the later misses that are red, mean of the weeks before the last."""
        weeks = self.counts.red_missed[:-1]
        return float(weeks.sum()) / max(self.counts.missed * len(weeks), 1)

    @property
    def half_shown_week(self) -> int:
        """First week by which half of the later misses have been red; 0 if none."""
        weeks = np.flatnonzero((self.shown >= 0.5) & (self.counts.missed > 0))
        return int(weeks[0]) + 1 if len(weeks) else 0

    @property
    def first_telling_week(self) -> int:
        """First week whose red tells: most that miss are red, and most red miss; 0 if none."""
        most_shown = 2 * self.counts.red_missed >= self.counts.missed
        most_true = 2 * self.counts.red_missed >= self.counts.red
        told = np.flatnonzero(most_shown & most_true & (self.counts.missed > 0))
        return int(told[0]) + 1 if len(told) else 0

    def band(self, low: float = 0.1, high: float = 0.9) -> Floats:
        """Return low, middle and high quantile of the company, (3, week) floats."""
        return np.asarray(np.quantile(self.company, (low, 0.5, high), axis=0))


def simulate(team: Team, trials: int, seed: int, workers: int = 1) -> Simulation:
    """Simulate a period many times.

    Parameters
    ----------
    team : Team
    trials : int
        At least 1.
    seed : int
    workers : int
        Processes; the digits do not depend on it.
    """
    blocks = [
        (number, min(TRIALS, trials - number * TRIALS)) for number in range(-(-trials // TRIALS))
    ]
    work = partial(_block, team, seed)
    return _joined(in_order(on_this_machine(workers), work, blocks))


def _joined(results: Iterator[tuple[Counts, Floats]]) -> Simulation:
    counts, company = next(results)
    rows = [company]
    for more, company in results:
        counts = counts + more
        rows.append(company)
    return Simulation(counts, np.concatenate(rows))


def _block(team: Team, seed: int, block: tuple[int, int]) -> tuple[Counts, Floats]:
    """Simulate one block of trials, tile by tile; the last block drops what is not asked."""
    number, trials = block
    spread, weeks = team.spread, team.weeks
    regions = int(team.region.max()) + 1
    shared = _stream(seed, number, _COMPANY)
    company = _factor(shared, (TRIALS, 1), spread.company)[:trials] * np.float32(spread.mean)
    by_region = _factor(shared, (TRIALS, regions), spread.region)[:trials] * company
    by_week = _factor(shared, (TRIALS, weeks), spread.common_week)[:trials]
    sold = np.zeros((trials, weeks))
    found: Counts | None = None
    for tile, begin in enumerate(range(0, len(team.target), SEATS)):
        seats = slice(begin, begin + SEATS)
        random = _stream(seed, number, tile)
        counted, amounts = _tile(team, seats, random, by_region, by_week)
        found = counted if found is None else found + counted
        sold += amounts
    assert found is not None
    return found, sold / team.target.sum()


def _tile(
    team: Team,
    seats: slice,
    random: np.random.Generator,
    by_region: NDArray[np.float32],
    by_week: NDArray[np.float32],
) -> tuple[Counts, Floats]:
    """Simulate some seats; amounts run as parts of each seat's target."""
    spread, weeks, curve = team.spread, team.weeks, team.curve[seats]
    trials, size = len(by_region), len(curve)
    drawn = np.empty((TRIALS, size), dtype=np.float32)
    able = _factor(random, drawn.shape, spread.seat)[:trials] * by_region[:, team.region[seats]]
    due = np.cumsum(team.plan_weekly, axis=1).astype(np.float32)
    real = team.sold_weekly.astype(np.float32)
    alike = bool((curve == curve[0]).all())
    floor = team.floor_ratio[seats].astype(np.float32)
    weight = team.target[seats].astype(np.float32)
    total = np.zeros((trials, size), dtype=np.float32)
    red, green = np.empty((2, weeks, trials, size), dtype=bool)
    sold = np.empty((trials, weeks))
    scale, shift = _lognormal(spread.own_week)
    red_below, green_from = (limit.astype(np.float32) for limit in team.lights.limits(weeks))
    for week in range(weeks):
        random.standard_normal(out=drawn, dtype=np.float32)
        drawn *= scale
        drawn -= shift
        noise = np.exp(drawn, out=drawn)[:trials]
        noise *= able
        noise *= by_week[:, week, None] * (real[curve[0], week] if alike else np.float32(1.0))
        if not alike:
            noise *= real[curve, week]
        total += noise
        np.less(total, red_below[week] * floor * due[curve, week], out=red[week])
        np.greater_equal(total, green_from[week] * due[curve, week], out=green[week])
        sold[:, week] = np.einsum("ts,s->t", total, weight)  # BLAS would add in another order
    return _count(red, green, total >= 1.0, total < floor), sold


def _count(
    red: NDArray[np.bool_],
    green: NDArray[np.bool_],
    reached: NDArray[np.bool_],
    missed: NDArray[np.bool_],
) -> Counts:
    seen = np.logical_or.accumulate(red, axis=0)
    return Counts(
        red=_per_week(red),
        green=_per_week(green),
        red_reached=_per_week(red & reached),
        red_missed=_per_week(red & missed),
        green_missed=_per_week(green & missed),
        shown=_per_week(seen & missed),
        missed=int(np.count_nonzero(missed)),
        reached=int(np.count_nonzero(reached)),
        total=missed.size,
    )


def _per_week(flags: NDArray[np.bool_]) -> Ints:
    return np.array([np.count_nonzero(week) for week in flags], dtype=np.int64)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *key])))


def _factor(random: np.random.Generator, shape: tuple[int, ...], cv: float) -> NDArray[np.float32]:
    """Draw lognormal factors with mean 1 and a coefficient of variation."""
    scale, shift = _lognormal(cv)
    drawn = scale * random.standard_normal(shape, dtype=np.float32) - shift
    return np.asarray(np.exp(drawn), dtype=np.float32)


def _lognormal(cv: float) -> tuple[np.float32, np.float32]:
    """Return σ and σ²/2 of a lognormal with mean 1."""
    variance = np.log1p(cv * cv)
    return np.float32(np.sqrt(variance)), np.float32(variance / 2.0)


def _ratio(part: Ints, whole: Ints) -> Floats:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def back_loaded(weeks: int, months: Sequence[float] = (0.24, 0.34, 0.42)) -> Floats:
    """Return the weekly shares of a back-loaded team: weeks 1–4, 5–8, 9–13 of a quarter.

    Other numbers of weeks keep the proportions of 4, 4 and 5 weeks by largest remainder.
    """
    shares = tuple(Fraction(str(part)) for part in months)
    return phase_curve(weeks, Phases((4, 4, 5), shares, ("1", "2", "3"))).weekly
