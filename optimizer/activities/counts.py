"""From an amount to sell to whole actions, step by step and week by week."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np

from optimizer.activities.funnel import Funnel
from optimizer.errors import InputError
from optimizer.problem.instance import Floats, Ints

ROUNDED_FROM = 4
"""A rate written with as many decimals or more may be a rounded one."""

MOST = 10**12
"""Actions of a step that one seat may need."""

_FINEST = 6
"""Decimals of the finest unit of amounts."""

_GUARD = 1e-9
"""Part of an action that binary fractions may add to a count."""


def steps_needed(funnel: Funnel, amount: Fraction) -> tuple[int, ...]:
    """Return how many of each step an amount takes, (step,) ints.

    From the deal backwards, each step rounded up from the rounded one after it: 3 deals at
    40 % take 8 demos, and at 8/15 these take 15 visits.

    Parameters
    ----------
    funnel : Funnel
        A whole one.
    amount : Fraction
        What is to be sold, in the scenario's unit; nothing is needed for 0 or less.
    """
    assert funnel.deal_size is not None
    counts = [max(0, ceil(amount / funnel.deal_size))]
    for rate in reversed(funnel.conversion):
        assert rate is not None
        counts.append(_rounded_up(counts[-1], rate))
    return tuple(reversed(counts))


def _rounded_up(following: int, rate: Fraction) -> int:
    """Return how many actions become `following` ones at a rate.

    0.5333 is meant to be 8/15: where the rounding of the rate alone makes one action more,
    that one is left out.
    """
    exact = following / rate
    whole = floor(exact)
    digits = _decimals(rate)
    if digits >= ROUNDED_FROM and whole * (rate + Fraction(1, 2 * 10**digits)) >= following:
        return whole
    return ceil(exact)


def _decimals(rate: Fraction) -> int:
    """Return how many decimals a number has; 0 for one that no decimals can write."""
    rest, powers = rate.denominator, {2: 0, 5: 0}
    for prime in powers:
        while rest % prime == 0:
            rest //= prime
            powers[prime] += 1
    return max(powers.values()) if rest == 1 else 0


def seats_need(funnels: tuple[Funnel, ...], of_seat: Ints, amounts: Floats) -> list[Ints]:
    """Return what each seat needs.

    Parameters
    ----------
    funnels : tuple of Funnel
    of_seat : (seat,) ints
    amounts : (seat,) floats
        What each is to sell.

    Returns
    -------
    list of (member, step) ints
        One array per funnel; members are its seats in their order.
    """
    found: list[Ints] = []
    for number, funnel in enumerate(funnels):
        own = np.round(amounts[of_seat == number], _FINEST)
        distinct, place = np.unique(own, return_inverse=True)
        rows = [steps_needed(funnel, Fraction(repr(float(one)))) for one in distinct]
        if max(map(max, rows), default=0) > MOST:
            steps = ", ".join(funnel.steps)
            raise InputError(
                f"the funnel {steps}: somebody needs more than {MOST:,} of a step; write a "
                "larger deal size, or larger conversions"
            )
        table = np.array(rows, dtype=np.int64).reshape(len(rows), len(funnel.steps))
        found.append(table[place])
    return found


def weekly_counts(counts: Ints, due: Floats) -> Ints:
    """Lay counts on weeks so that nobody is behind what is due; weeks add up to the count.

    Parameters
    ----------
    counts : (seat, step) ints
    due : (seat, week) floats
        Share due at the end of each week, rising to 1.

    Returns
    -------
    (seat, week, step) ints
        The running sum of each is what is due, rounded up.
    """
    exact = counts[:, None, :] * due[:, :, None]
    running = np.ceil(exact - _GUARD * np.maximum(exact, 1.0)).astype(np.int64)
    running[:, -1, :] = counts
    return np.diff(running, axis=1, prepend=0)


def due_of_rest(due: Floats, done: int) -> Floats:
    """Return what is due of the rest at the end of each week to come.

    Parameters
    ----------
    due : (seat, week) floats
    done : int
        Weeks that are over, fewer than there are.

    Returns
    -------
    (seat, week to come) floats
        Rising to 1; even where the curve has nothing left.
    """
    before = due[:, done - 1 : done]
    rest, weeks = 1.0 - before, due.shape[1] - done
    even = np.broadcast_to(np.arange(1, weeks + 1) / weeks, (len(due), weeks))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (due[:, done:] - before) / rest
    return np.where(rest > _GUARD, share, even)
