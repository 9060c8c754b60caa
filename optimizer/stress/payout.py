"""What reps are paid at given attainments, for many trials at once.

Order: commissions + bonus → gates → cap; pools and guarantee come after, see `simulate`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.pay.line import BONUS, CAP, COMMISSION, GATE
from optimizer.problem.instance import Floats
from optimizer.stress.basis import DECIMALS
from optimizer.stress.schedule import Bands, Ranking, Schedule, Tiers

Tell = Callable[[str, str, Floats], None]
"""Takes dimension (``tier`` or ``component``), name and amounts, (trial, rep) floats."""


def pay(
    schedule: Schedule,
    attainment: Floats,
    before: Floats | None = None,
    tell: Tell | None = None,
) -> Floats:
    """Return what reps are paid before pools and guarantee.

    Parameters
    ----------
    attainment : (trial, rep) floats
    before : (trial, rep) floats, optional
        Attainment of the period before, where the bonus rewards progress.
    tell : function, optional
        Is told the amounts of each tier and component.

    Returns
    -------
    (trial, rep) floats
        In pay units.
    """
    commission = np.zeros_like(attainment)
    for block in schedule.tiers:
        _add_tiers(block, attainment, commission, tell)
    paid = commission
    if tell is not None and schedule.tiers:
        tell("component", COMMISSION, commission)
    if schedule.bands is not None:
        least = least_multiplier(schedule, attainment, before)
        bonus = _bonus(schedule.bands, attainment, least, tell)
        if tell is not None:
            tell("component", BONUS, bonus)
        paid += bonus
    return _limited(schedule, paid, tell)


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


def _add_tiers(block: Tiers, attainment: Floats, commission: Floats, tell: Tell | None) -> None:
    part = np.empty_like(attainment)
    last = len(block.start) - 1
    for place, rate in enumerate(block.rate):
        start = block.starts(place)
        if not block.is_marginal:
            reached = attainment >= start
            if place < last:
                reached &= attainment < block.starts(place + 1)
            np.multiply(attainment, reached, out=part)
        elif place < last:
            np.clip(attainment, start, block.starts(place + 1), out=part)
            part -= start
        else:
            np.maximum(attainment, start, out=part)
            part -= start
        part *= rate
        if tell is not None:
            tell("tier", block.names[place], part)
        commission += part


def _bonus(bands: Bands, attainment: Floats, least: Floats | None, tell: Tell | None) -> Floats:
    if bands.is_linear:
        found = np.interp(attainment, bands.start, bands.multiplier, left=0.0)
        multiplier = np.asarray(found, dtype=attainment.dtype)
    else:
        multiplier = np.zeros_like(attainment)
        part = np.empty_like(attainment)
        steps = np.diff(bands.multiplier, prepend=bands.multiplier.dtype.type(0))
        for start, step in zip(bands.start, steps, strict=True):
            if step:
                np.multiply(attainment >= start, step, out=part)
                multiplier += part
    if least is not None:
        np.maximum(multiplier, least, out=multiplier)
    multiplier *= bands.incentive
    if tell is not None:
        _tell_bands(bands, attainment, multiplier, tell)
    return multiplier


def _tell_bands(bands: Bands, attainment: Floats, bonus: Floats, tell: Tell) -> None:
    last = len(bands.start) - 1
    for place, name in enumerate(bands.names):
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
        least = np.zeros_like(attainment)
        _rank(schedule.ranking, attainment, least)
    if schedule.progress is not None and before is not None:
        gain, start, multiplier = schedule.progress
        made = (np.round(attainment - before, DECIMALS) >= gain) & (attainment >= start)
        gained = made * attainment.dtype.type(multiplier)
        least = gained if least is None else np.maximum(least, gained)
    return least


def _rank(ranking: Ranking, attainment: Floats, least: Floats) -> None:
    for members, size, winners in ranking.groups:
        of_group = attainment[:, members]
        place = size - winners
        cut = np.partition(of_group, place, axis=1)[:, place : place + 1]
        won = (of_group >= cut) & (of_group >= ranking.start)
        least[:, members] = won * least.dtype.type(ranking.multiplier)
