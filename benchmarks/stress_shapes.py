"""Plans of every shape: as ``incentive.toml`` has them, and read once more in plain numpy.

The plain reading shares nothing with the engine but the targets. It pays a block of trials at
once, in double precision, each rule as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Floats = np.ndarray

REGIONS, TEAMS, REPS = 5, 10, 100
"""Reps lie region by region, team by team, all of one size."""

PERIODS = ("2024Q1", "2024Q2", "2024Q3")
SHARES = {"A": 0.6, "B": 0.4}
MARGIN, RATE_COLLECTED = 0.4, 0.85

SCENARIO = f"""
name = "truth"
periods = {list(PERIODS)}
goal = {{ floor = 28800, target = 36000, stretch = 43200 }}

[stress]
metrics = {{ collection_rate = {RATE_COLLECTED} }}
measures = {{ margin = {MARGIN} }}
attainment = {{ model = "lognormal", mean = 0.95, cv = 0.3 }}
correlation = {{ company = 0.3, region = 0.2 }}
"""


@dataclass(frozen=True)
class Targets:
    """What reps are to sell: level → (period, rep, product) floats."""

    floor: Floats
    target: Floats
    stretch: Floats

    def of(self, period: int, name: str = "target", products: Sequence[int] = (0, 1)) -> Floats:
        """Return a level of some products in a period, (rep,) floats."""
        return np.asarray(getattr(self, name)[period][:, list(products)].sum(axis=1))


@dataclass(frozen=True)
class Trials:
    """Some trials, and what several shapes pay in them alike.

    Attributes
    ----------
    targets : Targets
    attained : list of (trial, rep) floats
        By period.
    tiers, bands, lines : list of (trial, rep) floats
        Four commission tiers; a bonus in steps; a bonus along a line.
    """

    targets: Targets
    attained: list[Floats]
    tiers: list[Floats]
    bands: list[Floats]
    lines: list[Floats]


def trials_of(targets: Targets, attained: list[Floats]) -> Trials:
    """Pay what several shapes have in common."""
    return Trials(
        targets,
        attained,
        [slices(level, *TIERS) * targets.of(period) for period, level in enumerate(attained)],
        [3 * reached(level, *BANDS) for level in attained],
        [3 * (np.clip(2 * level - 1, 0, 1) + np.clip(3 * level - 3, 0, 1.5)) for level in attained],
    )


Pay = Callable[[Trials], Floats]
"""Trials → their cost."""


def slices(attained: Floats, *steps: tuple[float, float]) -> Floats:
    """Return Σ rate × (what lies between the start of its tier and that of the next)."""
    starts = [start for start, _ in steps] + [np.inf]
    return sum(
        rate * (np.clip(attained, starts[place], starts[place + 1]) - starts[place])
        for place, (_, rate) in enumerate(steps)
    )


def reached(attained: Floats, *steps: tuple[float | Floats, float]) -> Floats:
    """Return the value of the last step that attainment is at or above."""
    found, before = np.zeros_like(attained), 0.0
    for start, value in steps:
        found += (attained >= start) * (value - before)
        before = value
    return found


TIERS = (0.0, 0.010), (0.8, 0.015), (1.0, 0.020), (1.2, 0.025)
BANDS = (0.0, 0.0), (0.6, 0.8), (1.0, 1.2), (1.2, 2.0)


def _sum(paid: Iterable[Floats]) -> Floats:
    return sum(one.sum(axis=1) for one in paid)


def marginal(trials: Trials) -> Floats:
    """Pay four tiers, each its slice."""
    return _sum(trials.tiers)


def retroactive(trials: Trials) -> Floats:
    """Pay all sales at the rate of the level that is reached."""

    def paid(period: int, level: Floats) -> Floats:
        target = trials.targets.of(period)
        names = ("floor", "target", "stretch")
        starts = [trials.targets.of(period, name) / target for name in names]
        rate = reached(level, *zip(starts, (0.010, 0.018, 0.025), strict=True))
        return rate * level * target

    return _sum(paid(period, level) for period, level in enumerate(trials.attained))


def two_blocks(trials: Trials) -> Floats:
    """Pay one product above target, the other from 90 % on."""

    def paid(period: int, level: Floats) -> Floats:
        one, other = (trials.targets.of(period, products=[product]) for product in (0, 1))
        return slices(level, (1.0, 0.05)) * one + reached(level, (0.9, 0.02)) * level * other

    return _sum(paid(period, level) for period, level in enumerate(trials.attained))


def bands(trials: Trials) -> Floats:
    """Pay a bonus in steps."""
    return _sum(trials.bands)


def line(trials: Trials) -> Floats:
    """Pay a bonus along a line."""
    return _sum(trials.lines)


def core(trials: Trials) -> Floats:
    """Pay tiers and bands through a gate, up to a cap."""
    pairs = zip(trials.tiers, trials.bands, strict=True)
    return _sum(np.minimum(0.8 * (one + other), 1.5 * 3) for one, other in pairs)


def capped(trials: Trials) -> Floats:
    """Pay tiers and a line up to an amount."""
    pairs = zip(trials.tiers, trials.lines, strict=True)
    return _sum(np.minimum(one + other, 4) for one, other in pairs)


def guaranteed(trials: Trials) -> Floats:
    """Pay tiers, at least an amount in the first two periods."""
    return _sum(map(np.maximum, trials.tiers, (1.0, 1.0, 0.0)))


def ranked(trials: Trials) -> Floats:
    """Pay bands, and more to the two best of twenty in a region."""

    def paid(bonus: Floats, level: Floats) -> Floats:
        number, reps = level.shape
        ordered = np.sort(level.reshape(number, REGIONS, -1), axis=2)
        cut = np.repeat(ordered[:, :, -2], reps // REGIONS, axis=1)
        return np.maximum(bonus, 3 * 2.5 * ((level >= cut) & (level >= 0.9)))

    return _sum(map(paid, trials.bands, trials.attained))


def progressing(trials: Trials) -> Floats:
    """Pay bands, and more for fifteen points above the period before."""
    paid = [trials.bands[0]]
    for bonus, before, level in zip(
        trials.bands[1:], trials.attained, trials.attained[1:], strict=False
    ):
        gains = (level - before >= 0.15) & (level >= 0.8)
        paid.append(np.maximum(bonus, 3 * 2.0 * gains))
    return _sum(paid)


def on_team(trials: Trials) -> Floats:
    """Pay everybody on what the team attains."""

    def paid(period: int, level: Floats) -> Floats:
        target = trials.targets.of(period)
        whole = target.reshape(TEAMS, -1).sum(axis=1)
        sold = (level * target).reshape(len(level), TEAMS, -1).sum(axis=2)
        together = sold / whole
        return (REPS // TEAMS) * (slices(together, *TIERS) * whole + 3 * reached(together, *BANDS))

    return _sum(paid(period, level) for period, level in enumerate(trials.attained))


def to_date(trials: Trials) -> Floats:
    """Pay the year to date, less what was paid before."""
    before: Floats = np.zeros_like(trials.attained[0])
    sold, target = np.zeros_like(before), np.zeros(REPS)
    for period, level in enumerate(trials.attained):
        sold = sold + level * trials.targets.of(period)
        target = target + trials.targets.of(period)
        ratio, number = sold / target, period + 1
        due = slices(ratio, *TIERS) * target + number * 3 * reached(ratio, *BANDS)
        before = np.maximum(np.minimum(due, number * 4.5), before)
    return np.asarray(before.sum(axis=1))


def pooled(trials: Trials) -> Floats:
    """Pay tiers, and a pool of what a region sells above its goal."""
    cost = marginal(trials)
    for period, level in enumerate(trials.attained):
        target = trials.targets.of(period)
        sold = (level * target).reshape(len(level), REGIONS, -1).sum(axis=2)
        goal = target.reshape(REGIONS, -1).sum(axis=1)
        cost = cost + 0.05 * np.maximum(sold - goal, 0).sum(axis=1)
    return cost


def awarded(trials: Trials) -> Floats:
    """Pay bands, and an amount for every two periods running on target."""
    first, second, third = (level >= 1 for level in trials.attained)
    # The third period counts with the second only where the second did not with the first.
    number = (first & second).sum(axis=1) + (~first & second & third).sum(axis=1)
    return bands(trials) + 2 * number


def blocks_to_date(trials: Trials) -> Floats:
    """Pay a team's margin of one product, year to date."""
    before = np.zeros((len(trials.attained[0]), TEAMS))
    sold, target = np.zeros_like(before), np.zeros(TEAMS)
    for period, level in enumerate(trials.attained):
        own = trials.targets.of(period, products=[0])
        sold = sold + (level * own).reshape(len(level), TEAMS, -1).sum(axis=2)
        target = target + own.reshape(TEAMS, -1).sum(axis=1)
        rate = reached(sold / target, (0.8, 0.010), (1.0, 0.018), (1.2, 0.025))
        before = np.maximum(rate * MARGIN * sold, before)
    return np.asarray((REPS // TEAMS) * before.sum(axis=1))


_COMMISSION = """
[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.010 }, { from = 0.8, rate = 0.015 },
         { from = 1.0, rate = 0.020 }, { from = 1.2, rate = 0.025 }]
"""
_BONUS = """
[plan.bonus]
target_incentive = 3
mode = "band"
bands = [{ from = 0.0, multiplier = 0.0 }, { from = 0.6, multiplier = 0.8 },
         { from = 1.0, multiplier = 1.2 }, { from = 1.2, multiplier = 2.0 }]
"""
_LINE = """
[plan.bonus]
target_incentive = 3
mode = "linear"
bands = [{ from = 0.5, multiplier = 0.0 }, { from = 1.0, multiplier = 1.0 },
         { from = 1.5, multiplier = 2.5 }]
"""
_GATE = '[[plan.gate]]\nmetric = "collection_rate"\nbelow = 0.9\nfactor = 0.8\n'
_CAP = 'cap = { of = "target_incentive", times = 1.5 }\n'
_LEVELS = """
[[plan.commission]]
mode = "retroactive"
tiers = [{ from = "floor", rate = 0.010 }, { from = "target", rate = 0.018 },
         { from = "stretch", rate = 0.025 }]
"""
_BLOCKS = """
[[plan.commission]]
mode = "marginal"
products = ["A"]
tiers = [{ from = "target", rate = 0.05 }]
[[plan.commission]]
mode = "retroactive"
products = ["B"]
tiers = [{ from = 0.9, rate = 0.02 }]
"""
_MARGINS = """
[[plan.commission]]
mode = "retroactive"
products = ["A"]
measure = "margin"
tiers = [{ from = 0.8, rate = 0.010 }, { from = 1.0, rate = 0.018 }, { from = 1.2, rate = 0.025 }]
"""
_RANK = 'rank = { top = 0.1, within = "region", multiplier = 2.5, from = 0.9, min_group = 5 }\n'
_PROGRESS = "progress = { gain = 0.15, from = 0.8, multiplier = 2.0 }\n"
_FUND = '[[pool]]\nname = "fund"\nof = "region"\nrate = 0.05\n'
_AWARD = (
    '[[award]]\nname = "stock"\nmetric = "attainment"\nat_least = 1.0\nperiods = 2\namount = 2\n'
)
_START = '[[plan]]\nname = "all"\n'

SHAPES: dict[str, tuple[str, Pay]] = {
    "marginal tiers": (_START + _COMMISSION, marginal),
    "retroactive tiers": (_START + _LEVELS, retroactive),
    "two products": (_START + _BLOCKS, two_blocks),
    "bonus in bands": (_START + _BONUS, bands),
    "bonus on a line": (_START + _LINE, line),
    "gate and cap": (_START + _CAP + _COMMISSION + _BONUS + _GATE, core),
    "capped amount": (_START + "cap = { amount = 4 }\n" + _COMMISSION + _LINE, capped),
    "guarantee": (_START + "guarantee = { amount = 1, periods = 2 }\n" + _COMMISSION, guaranteed),
    "rank": (_START + _BONUS + _RANK, ranked),
    "progress": (_START + _BONUS + _PROGRESS, progressing),
    "team": (_START + 'of = "team"\n' + _COMMISSION + _BONUS, on_team),
    "year to date": (_START + 'basis = "cumulative"\n' + _CAP + _COMMISSION + _BONUS, to_date),
    "pool": (_START + _COMMISSION + _FUND, pooled),
    "award": (_START + _BONUS + _AWARD, awarded),
    "team's margin, year to date": (
        _START + 'of = "team"\nbasis = "cumulative"\n' + _MARGINS,
        blocks_to_date,
    ),
}
"""Name → rules of pay, and how they read."""
