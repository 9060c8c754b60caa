"""What reps are paid at given attainments, for many trials at once.

Order: commissions + bonus → gates → cap; pools, awards and guarantee come after, see `course`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from optimizer.pay.line import BONUS, CAP, COMMISSION, GATE
from optimizer.problem.instance import Floats
from optimizer.stress.basis import DECIMALS
from optimizer.stress.schedule import Bands, Ranking, Schedule
from optimizer.stress.tiers import Tiers

if TYPE_CHECKING:
    from optimizer.compiled.kernels import Kernels

Tell = Callable[[str, str, Floats], None]
"""Takes dimension (``tier`` or ``component``), name and amounts, (trial, rep) floats."""


def pay(
    schedule: Schedule,
    attainment: Floats,
    before: Floats | None = None,
    tell: Tell | None = None,
    blocks: Sequence[Floats | None] = (),
    kernels: Kernels | None = None,
) -> Floats:
    """Return what reps are paid before pools, awards and guarantee.

    Parameters
    ----------
    attainment : (trial, rep) floats
    before : (trial, rep) floats, optional
        Attainment of the period before, where the bonus rewards progress.
    tell : function, optional
        Is told the amounts of each tier and component.
    blocks : sequence of (trial, rep) floats or None
        Attainment of each commission block, None where it is that of the plan; of all where
        left out.
    kernels : Kernels, optional
        Compiled ones, where all is of single precision; the same digits.

    Returns
    -------
    (trial, rep) floats
        In pay units; with kernels, until they are called again.
    """
    paid: Floats | None = None
    for place, block in enumerate(schedule.tiers):
        given = blocks[place] if blocks else None
        own = attainment if given is None else given
        if kernels is None:
            paid = _sum(paid, _commission(block, own))
        else:
            rates = block.start, block.changes, block.amount, block.is_marginal
            paid = kernels.commission(own, *rates, paid)
        if tell is not None:
            _tell_tiers(block, own, tell, kernels)
    if tell is not None and paid is not None:
        tell("component", COMMISSION, paid)
    if schedule.bands is not None:
        least = least_multiplier(schedule, attainment, before)
        if tell is None and kernels is not None:
            paid = _bonus_by(kernels, schedule.bands, attainment, least, paid)
        else:
            bonus = _bonus(schedule.bands, attainment, least, kernels)
            if tell is not None:
                _tell_bands(schedule.bands, attainment, bonus, tell, kernels)
                tell("component", BONUS, bonus)
            paid = _sum(paid, bonus)
    return _limited(schedule, np.zeros_like(attainment) if paid is None else paid, tell)


def _sum(found: Floats | None, part: Floats) -> Floats:
    """Return the sum of both, in place where there is a place."""
    if found is None:
        return part
    found += part
    return found


def _limited(schedule: Schedule, paid: Floats, tell: Tell | None) -> Floats:
    """Apply gates, then the cap, in place."""
    if (schedule.factor != 1).any():
        if tell is not None:
            tell("component", GATE, paid * (schedule.factor - 1))
        paid *= schedule.factor
    if np.isfinite(schedule.cap).any():
        if tell is not None:
            tell("component", CAP, np.minimum(schedule.cap - paid, 0))
        np.minimum(paid, schedule.cap, out=paid)
    return paid


def _commission(block: Tiers, attainment: Floats) -> Floats:
    changes = block.changes
    starts = [block.starts(place) for place in range(len(changes))]
    nothing = np.zeros_like(changes)
    if block.is_marginal:
        found = _along(attainment, starts, nothing, changes)
    else:
        found = _along(attainment, starts, changes, nothing)
        found *= attainment
    found *= block.amount
    return found


def _along(attainment: Floats, starts: Sequence[Floats], jumps: Floats, slopes: Floats) -> Floats:
    """Return a piecewise straight line at attainments, (trial, rep) floats.

    Parameters
    ----------
    starts : sequence of float or (rep,) floats
    jumps, slopes : (start,) floats
        By how much the line jumps, and its slope changes, at each start.
    """
    found: Floats | None = None
    part = np.empty_like(attainment)
    for start, jump, slope in zip(starts, jumps, slopes, strict=True):
        if slope:
            if start.any():
                np.maximum(attainment, start, out=part)
                part -= start
                part *= slope
            else:
                np.multiply(attainment, slope, out=part)
            if found is None:
                found, part = part, np.empty_like(part)
            else:
                found += part
        if jump:
            np.multiply(attainment >= start, jump, out=part)
            if found is None:
                found, part = part, np.empty_like(part)
            else:
                found += part
    return np.zeros_like(attainment) if found is None else found


def _tell_tiers(block: Tiers, attainment: Floats, tell: Tell, kernels: Kernels | None) -> None:
    last = len(block.rate) - 1
    for place, rate in enumerate(block.rate):
        start = block.starts(place)
        end = block.starts(place + 1) if place < last else np.asarray(np.inf, start.dtype)
        weight = rate * block.amount
        if kernels is not None:
            part = kernels.tier(attainment, start, end, weight, block.is_marginal)
        elif block.is_marginal:
            part = np.asarray((np.clip(attainment, start, end) - start) * weight)
        else:
            reached = attainment * ((attainment >= start) & (attainment < end))
            part = np.asarray(reached * weight)
        tell("tier", block.names[place], part)


def _bonus(
    bands: Bands, attainment: Floats, least: Floats | None, kernels: Kernels | None
) -> Floats:
    if kernels is not None:
        return _bonus_by(kernels, bands, attainment, least, None)
    multiplier = _along(attainment, [np.asarray(one) for one in bands.start], *bands.steps)
    if least is not None:
        np.maximum(multiplier, least, out=multiplier)
    multiplier *= bands.incentive
    return multiplier


def _bonus_by(
    kernels: Kernels, bands: Bands, attainment: Floats, least: Floats | None, paid: Floats | None
) -> Floats:
    """Return a bonus, added in place to what is paid already."""
    return kernels.bonus(attainment, bands.start, bands.steps, bands.incentive, least, paid)


def _tell_bands(
    bands: Bands, attainment: Floats, bonus: Floats, tell: Tell, kernels: Kernels | None
) -> None:
    last = len(bands.start) - 1
    for place, name in enumerate(bands.names):
        if kernels is not None:
            start = float(bands.start[place]) if place > 0 else -np.inf
            end = float(bands.start[place + 1]) if place < last else np.nan
            tell("tier", name, kernels.band(attainment, start, end, bonus))
            continue
        reached = np.ones(attainment.shape, dtype=bool)
        if place > 0:
            reached &= attainment >= bands.start[place]
        if place < last:
            reached &= attainment < bands.start[place + 1]
        tell("tier", name, bonus * reached)


def least_multiplier(
    schedule: Schedule, attainment: Floats, before: Floats | None
) -> Floats | None:
    """Return the multiplier that rank or progress lift a bonus to, or None where there is neither.

    Parameters
    ----------
    attainment, before : (trial, rep) floats
    """
    least: Floats | None = None
    if schedule.ranking is not None:
        won = _won(schedule.ranking, attainment)
        least = np.asarray(won * attainment.dtype.type(schedule.ranking.multiplier))
    if schedule.progress is not None and before is not None:
        gain, start, multiplier = schedule.progress
        made = (np.round(attainment - before, DECIMALS) >= gain) & (attainment >= start)
        gained = made * attainment.dtype.type(multiplier)
        least = gained if least is None else np.maximum(least, gained)
    return least


def _won(ranking: Ranking, attainment: Floats) -> np.ndarray:
    """Return who is among the best of the group, (trial, rep) flags."""
    won = np.zeros(attainment.shape, dtype=bool)
    if ranking.is_even:
        _, size, winners = ranking.groups[0]
        shape = (len(attainment), -1, size)
        won.reshape(shape)[:] = _best(attainment.reshape(shape), winners, ranking.start)
        return won
    for members, _, winners in ranking.groups:
        won[:, members] = _best(attainment[:, members], winners, ranking.start)
    return won


def _best(of_group: Floats, winners: int, start: float) -> np.ndarray:
    """Return who is among so many winners along the last axis, ties at the cut included."""
    place = of_group.shape[-1] - winners
    cut = np.partition(of_group, place)[..., place : place + 1]
    return of_group >= np.maximum(cut, of_group.dtype.type(start))
