"""The rates of incentive plans as one list of numbers, and a world paid by other ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import InputError
from optimizer.problem.instance import Floats
from optimizer.stress.schedule import Schedule
from optimizer.stress.world import Paying, World

BONUS = -1
"""In place of the number of a commission block."""


@dataclass(frozen=True)
class Rate:
    """The rate of a tier, or the multiplier of a bonus.

    Attributes
    ----------
    plan, name : str
        Whose, and which.
    value, low, high : float
        As it is, and within what it may be set.
    paying : int
        Position among the plans that pay somebody.
    block : int
        Commission block, counted from 0; `BONUS` for the bonus.
    step : int
        Tier or knot within its block.
    """

    plan: str
    name: str
    value: float
    low: float
    high: float
    paying: int
    block: int
    step: int


@dataclass(frozen=True)
class Design:
    """What may be tuned.

    Attributes
    ----------
    world : World
        As it is paid now.
    rates : tuple of Rate
        Plan by plan, block by block, the bonus last.
    units : tuple of tuple of Schedule
        By plan and period: the schedule at rates of 1, without gates, cap, rank, progress and
        guarantee. Empty for a plan that is left as it is.
    """

    world: World
    rates: tuple[Rate, ...]
    units: tuple[tuple[Schedule, ...], ...]

    @property
    def present(self) -> Floats:
        """Return the rates as they are, (rate,) floats."""
        return np.array([rate.value for rate in self.rates])

    @property
    def left(self) -> tuple[str, ...]:
        """Names of the plans that are left as they are."""
        pairs = zip(self.world.paying, self.units, strict=True)
        return tuple(one.plan.name for one, units in pairs if not units)

    @property
    def is_straight(self) -> bool:
        """Whether pay is a straight line in the rates: nothing caps it or lifts it."""
        return all(
            _is_straight(one)
            for one, units in zip(self.world.paying, self.units, strict=True)
            if units
        )


def build_design(world: World, least: float, most: float) -> Design:
    """List the rates of the plans that may be tuned.

    Parameters
    ----------
    least, most : float
        Each rate stays between these multiples of what it is.

    Raises
    ------
    InputError
        Where there is nothing to tune.
    """
    rates: list[Rate] = []
    units: list[tuple[Schedule, ...]] = []
    for place, one in enumerate(world.paying):
        is_tuned = one.plan.basis == "period"
        units.append(_units(one) if is_tuned else ())
        if is_tuned:
            rates += _rates(place, one, least, most)
    if not any(rate.value for rate in rates):
        raise InputError(
            "there are no rates to tune: plans on the year to date are left as they are, and no "
            "other plan pays a commission or a bonus"
        )
    return Design(world, tuple(rates), tuple(units))


def _rates(place: int, one: Paying, least: float, most: float) -> list[Rate]:
    schedule, plan = one.schedules[0], one.plan
    found = [
        (block.names[step], float(tier.rate), number, step)
        for number, (block, written) in enumerate(
            zip(schedule.tiers, plan.commissions, strict=True)
        )
        for step, tier in enumerate(written.tiers)
    ]
    if schedule.bands is not None and plan.bonus is not None:
        found += [
            (name, float(knot.multiplier), BONUS, step)
            for step, (name, knot) in enumerate(
                zip(schedule.bands.names, plan.bonus.knots, strict=True)
            )
        ]
    return [
        Rate(plan.name, name, value, least * value, most * value, place, block, step)
        for name, value, block, step in found
    ]


def _units(one: Paying) -> tuple[Schedule, ...]:
    found = []
    for schedule in one.schedules:
        tiers = tuple(replace(block, rate=np.ones(len(block.names))) for block in schedule.tiers)
        bands = schedule.bands
        if bands is not None:
            bands = replace(bands, multiplier=np.ones(len(bands.start)))
        ones = np.ones(len(schedule.reps))
        found.append(Schedule(schedule.reps, tiers, bands, ones, np.inf * ones, 0 * ones))
    return tuple(found)


def with_rates(design: Design, values: Floats) -> World:
    """Return the world as it is paid by other rates, (rate,) floats."""
    chosen: dict[tuple[int, int], list[float]] = {}
    for rate, value in zip(design.rates, values.tolist(), strict=True):
        chosen.setdefault((rate.paying, rate.block), []).append(value)
    paying = tuple(
        _paid_by(place, one, units, chosen) if units else one
        for place, (one, units) in enumerate(zip(design.world.paying, design.units, strict=True))
    )
    return replace(design.world, paying=paying)


def _paid_by(
    place: int,
    one: Paying,
    units: Sequence[Schedule],
    chosen: dict[tuple[int, int], list[float]],
) -> Paying:
    schedules = []
    for schedule, unit in zip(one.schedules, units, strict=True):
        tiers = tuple(
            replace(block, rate=np.array(chosen[place, number]))
            for number, block in enumerate(unit.tiers)
        )
        bands = unit.bands
        if bands is not None:
            bands = replace(bands, multiplier=np.array(chosen[place, BONUS]))
        schedules.append(replace(schedule, tiers=tiers, bands=bands))
    return replace(one, schedules=tuple(schedules))


def _is_straight(one: Paying) -> bool:
    return not any(
        np.isfinite(schedule.cap).any()
        or (schedule.guarantee > 0).any()
        or schedule.ranking is not None
        or schedule.progress is not None
        for schedule in one.schedules
    )
