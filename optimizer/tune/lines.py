"""Cost of each trial, and pay at an attainment, as straight lines in the rates.

Marginal tiers, retroactive tiers and bonuses are sums of rate × (what the rate is paid on), so
cost is a straight line in the rates. Where a cap, a rank, progress or a guarantee takes over, the
rate is no part of that payout: the line is then the one that touches cost at the rates given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from optimizer.problem.instance import Floats
from optimizer.stress.blocks import Block, attainment_blocks
from optimizer.stress.course import Course, Look
from optimizer.stress.factors import REPLICATES
from optimizer.stress.payout import least_multiplier, pay
from optimizer.stress.schedule import Schedule, in_single
from optimizer.stress.world import World
from optimizer.stress.world import in_single as world_in_single
from optimizer.tune.rate import Design, with_rates

TOP = 0.1
"""Share of reps and periods beyond the point of excellence."""

_CELLS, _FEWEST = 4_000_000, 16
"""Reps × periods × trials by which the point of excellence is found; least trials of a set."""

Take = Callable[[int, Floats], None]
"""Takes the number of a rate within its plan, and what it is paid on, (trial, rep) floats."""


@dataclass(frozen=True)
class Lines:
    """fixed + slope · rates.

    Attributes
    ----------
    fixed : (line,) floats
        In pay units.
    slope : (line, rate) floats
    """

    fixed: Floats
    slope: Floats

    def at(self, values: Floats) -> Floats:
        """Return the value of each line at some rates, (line,) floats."""
        return np.asarray(self.fixed + self.slope @ values)


def cost_lines(design: Design, values: Floats, trials: int) -> Lines:
    """Return the cost of each trial as a line in the rates.

    Parameters
    ----------
    values : (rate,) floats
        Rates at which the lines touch cost.
    trials : int
        In each set of trials.
    """
    world = world_in_single(with_rates(design, values))
    units = tuple(tuple(map(in_single, one)) for one in design.units)
    cost = np.zeros(REPLICATES * trials)
    slope = np.zeros((REPLICATES * trials, len(values)))
    for block in attainment_blocks(world, trials):
        first = block.replicate * trials
        rows = slice(first + block.rows.start, first + block.rows.stop)
        cost[rows] = _add_block(world, units, block, slope[rows])
    return Lines(cost - slope @ values, slope)


def _add_block(
    world: World, units: tuple[tuple[Schedule, ...], ...], block: Block, slope: Floats
) -> Floats:
    """Add the slopes of a block of trials to `slope`; return what they cost, (trial,) floats."""
    course = Course(world)
    cost = np.zeros(len(slope))
    for period, attainment in enumerate(block.attainment):
        paid = course.pay(period, attainment)
        cost += paid.sum(axis=1, dtype=float)
        first = 0
        for one, look, schedules in zip(world.paying, course.looks, units, strict=True):
            if not schedules:
                continue
            counted = _counted(one.schedules[period], look, paid[:, one.reps])
            number = number_of_rates(schedules[period])
            _add_slopes(schedules[period], look, counted, slope[:, first : first + number])
            first += number
    return cost


def number_of_rates(unit: Schedule) -> int:
    """Return how many rates a schedule has."""
    knots = 0 if unit.bands is None else len(unit.bands.start)
    return sum(len(block.names) for block in unit.tiers) + knots


def _counted(schedule: Schedule, look: Look, paid: Floats) -> tuple[Floats, Floats]:
    """Return how much of what a rate pays is paid out, of commissions and of the bonus.

    Parameters
    ----------
    paid : (trial, rep) floats
        In the end.

    Returns
    -------
    pair of (rep,) or (trial, rep) floats
        What gates leave; 0 where cap, guarantee, rank or progress takes over.
    """
    counted: Floats = schedule.factor
    if np.isfinite(schedule.cap).any():
        open_ended = replace(schedule, cap=np.full_like(schedule.cap, np.inf))
        paid_out = pay(open_ended, look.attainment, look.before, blocks=look.blocks)
        counted = counted * (paid_out < schedule.cap)
    if (schedule.guarantee > 0).any():
        counted = counted * (paid > schedule.guarantee)
    least = least_multiplier(schedule, look.attainment, look.before)
    if least is None or schedule.bands is None:
        return counted, counted
    ones = np.ones_like(schedule.factor)
    plain = Schedule(
        schedule.reps, (), schedule.bands, ones, np.inf * ones, np.zeros_like(ones)
    )  # fmt: skip
    is_own = pay(plain, look.attainment) >= least * schedule.bands.incentive
    return counted, counted * is_own


def _add_slopes(unit: Schedule, look: Look, counted: tuple[Floats, Floats], slope: Floats) -> None:
    """Add what one unit of each rate of a plan costs to `slope`, (trial, rate) floats."""
    commissions = sum(len(block.names) for block in unit.tiers)

    def take(place: int, amounts: Floats) -> None:
        weight = counted[0] if place < commissions else counted[1]
        slope[:, place] += (amounts * weight).sum(axis=1, dtype=float)

    _tell_parts(unit, look, take)


def _tell_parts(unit: Schedule, look: Look, take: Take) -> None:
    """Hand over what each rate of a plan pays at 1, before gates and cap."""
    places = count()

    def tell(dimension: str, _name: str, amounts: Floats) -> None:
        if dimension == "tier":
            take(next(places), amounts)

    bands = unit.bands
    if bands is None or not bands.is_linear:
        pay(unit, look.attainment, tell=tell, blocks=look.blocks)
        return
    pay(replace(unit, bands=None), look.attainment, tell=tell, blocks=look.blocks)
    for own in np.eye(len(bands.start)):
        part = np.interp(look.attainment, bands.start, own, left=0.0)
        take(next(places), part * bands.incentive)


def pay_lines(design: Design, values: Floats, attainment: Floats) -> Lines:
    """Return what each plan pays where all its reps reach an attainment in every period.

    Before pools and guarantee; rank and progress are left out.

    Parameters
    ----------
    values : (rate,) floats
        Rates at which the lines touch pay.
    attainment : (plan,) floats
        Of each plan that pays somebody.
    """
    world = with_rates(design, values)
    paid, slope = np.zeros(len(world.paying)), np.zeros((len(world.paying), len(values)))
    first = 0
    for place, (one, units) in enumerate(zip(world.paying, design.units, strict=True)):
        number = number_of_rates(units[0]) if units else 0
        part = slope[place : place + 1, first : first + number]
        for schedule, unit in zip(one.schedules, units, strict=True) if units else ():
            plain = replace(schedule, ranking=None, progress=None)
            level = np.full((1, len(one.reps)), attainment[place])
            found = pay(plain, level)
            look = Look(level, (), None)
            paid[place] += found.sum()
            without = replace(plain, guarantee=np.zeros(len(one.reps)))
            _add_slopes(unit, look, _counted(without, look, found), part)
        first += number
    return Lines(paid - slope @ values, slope)


def excellence(design: Design, trials: int) -> Floats:
    """Return the attainment that a tenth of each plan's reps and periods exceed, (plan,) floats.

    Of simulated attainments with their shocks; of the group's, where a plan pays on a group.

    Parameters
    ----------
    trials : int
        At most, in each set of trials.
    """
    world = design.world
    cells = REPLICATES * world.target.size
    few = min(trials, max(_FEWEST, _CELLS // max(cells, 1)))
    found: list[list[Floats]] = [[] for _ in world.paying]
    for block in attainment_blocks(world, few):
        for period in range(len(block.attainment)):
            for place, one in enumerate(world.paying):
                own = one.basis.attainment(period, block.attainment, one.reps)
                found[place].append(own[:, one.basis.target[period] > 0].ravel())
    levels = [np.concatenate(own) for own in found]
    # Three decimals, so that what is shown is what was used.
    return np.array([round(float(np.quantile(own, 1 - TOP)), 3) if len(own) else 1.0
                     for own in levels])  # fmt: skip
