"""Commissions and bonuses, trial by trial: each operation as numpy does it, all in one go."""

from __future__ import annotations

import numpy as np

from optimizer.compiled.just_in_time import compiled
from optimizer.problem.instance import Floats


@compiled
def add_rise(row: Floats, start: Floats, slope: np.float32, line: Floats) -> None:
    """Add what rises from each rep's own start on, (rep,) floats each."""
    for place in range(row.size):
        reached, own = row[place], start[place]
        line[place] += ((own if reached < own else reached) - own) * slope


@compiled
def add_jump(row: Floats, start: Floats, jump: np.float32, line: Floats) -> None:
    """Add what comes at once at each rep's own start, (rep,) floats each."""
    for place in range(row.size):
        line[place] += np.float32(row[place] >= start[place]) * jump


@compiled
def add_common_rise(row: Floats, start: np.float32, slope: np.float32, line: Floats) -> None:
    """Add what rises from one start on for all reps, (rep,) floats each."""
    for place in range(row.size):
        reached = row[place]
        line[place] += ((start if reached < start else reached) - start) * slope


@compiled
def add_common_jump(row: Floats, start: np.float32, jump: np.float32, line: Floats) -> None:
    """Add what comes at once at one start for all reps, (rep,) floats each."""
    for place in range(row.size):
        line[place] += np.float32(row[place] >= start) * jump


@compiled
def pay_line(line: Floats, amount: Floats, adds: bool, paid: Floats) -> None:
    """Fill in, or add, line × amount, (rep,) floats each."""
    if adds:
        for place in range(line.size):
            paid[place] += line[place] * amount[place]
    else:
        for place in range(line.size):
            paid[place] = line[place] * amount[place]


@compiled
def fill_commission(
    attainment: Floats,
    start: Floats,
    change: Floats,
    amount: Floats,
    is_marginal: bool,
    adds: bool,
    paid: Floats,
) -> None:
    """Fill in the commission of a block, or add it to what is there.

    Parameters
    ----------
    attainment, paid : (trial, rep) floats
    start : (tier, rep) floats
    change : (tier,) floats
        By how much the rate changes at each start.
    amount : (rep,) floats
        Pay units at 100 % of attainment and a rate of 1.
    """
    line = np.empty(attainment.shape[1], dtype=np.float32)
    for trial in range(attainment.shape[0]):
        row, out = attainment[trial], paid[trial]
        line[:] = 0
        for tier in range(change.size):
            if change[tier] != 0 and is_marginal:
                add_rise(row, start[tier], change[tier], line)
            elif change[tier] != 0:
                add_jump(row, start[tier], change[tier], line)
        if not is_marginal:
            for place in range(row.size):
                line[place] *= row[place]
        pay_line(line, amount, adds, out)


@compiled
def fill_bonus(
    attainment: Floats,
    start: Floats,
    jumps: Floats,
    slopes: Floats,
    incentive: Floats,
    least: Floats,
    adds: bool,
    paid: Floats,
) -> None:
    """Fill in a bonus, or add it to what is there.

    Parameters
    ----------
    attainment, paid : (trial, rep) floats
    start, jumps, slopes : (knot,) floats
        By how much the multiplier jumps, and its slope changes, at each start.
    incentive : (rep,) floats
        Pay units at multiplier 1.
    least : (trial, rep) floats
        Multiplier at least; without trials where there is none.
    """
    line = np.empty(attainment.shape[1], dtype=np.float32)
    for trial in range(attainment.shape[0]):
        row, out = attainment[trial], paid[trial]
        line[:] = 0
        for knot in range(start.size):
            if slopes[knot] != 0:
                add_common_rise(row, start[knot], slopes[knot], line)
            if jumps[knot] != 0:
                add_common_jump(row, start[knot], jumps[knot], line)
        if least.shape[0] > 0:
            own = least[trial]
            for place in range(row.size):
                if line[place] < own[place]:
                    line[place] = own[place]
        pay_line(line, incentive, adds, out)


@compiled
def fill_tier(
    attainment: Floats,
    start: Floats,
    end: Floats,
    weight: Floats,
    is_marginal: bool,
    part: Floats,
) -> None:
    """Fill in what a tier pays.

    Parameters
    ----------
    attainment, part : (trial, rep) floats
    start, end : (rep,) floats
        Of the tier.
    weight : (rep,) floats
        Pay units at 100 % of attainment.
    """
    for trial in range(attainment.shape[0]):
        row, out = attainment[trial], part[trial]
        if is_marginal:
            for place in range(row.size):
                reached, least, most = row[place], start[place], end[place]
                reached = least if reached < least else reached
                reached = most if reached > most else reached
                out[place] = (reached - least) * weight[place]
        else:
            for place in range(row.size):
                reached = row[place]
                is_in = (reached >= start[place]) & (reached < end[place])
                out[place] = reached * np.float32(is_in) * weight[place]


@compiled
def fill_band(
    attainment: Floats, start: np.float32, end: np.float32, bonus: Floats, part: Floats
) -> None:
    """Fill in the bonus of those within a band, (trial, rep) floats.

    Parameters
    ----------
    attainment, bonus, part : (trial, rep) floats
    start, end : float
        Of the band; not a number where it has no end.
    """
    for trial in range(attainment.shape[0]):
        row, whole, out = attainment[trial], bonus[trial], part[trial]
        for place in range(row.size):
            is_in = (row[place] >= start) & (not row[place] >= end)
            out[place] = whole[place] * np.float32(is_in)
