"""The cheapest levers together, in steps that inputs can say, and no step more than it takes.

A program finds amounts in fractions. Each is rounded up to what a table would say, which may be
more than is needed of one lever once another was rounded up; and whole units may need a little
more than the program says. So the amounts are settled by trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.advice.lever import Lever
from optimizer.advice.parts import Advice, Part

_MOST_TRIALS = 16
"""How many trials may go into pulling further, and how many into pulling less."""

_MOST_CHANGES = 1024
"""How many changes the trials of pulling less may make in all: many levers are worth few."""

_FARTHER = (1.0, 2.0, 4.0, 8.0)
"""How many times what is missing one lever is pulled further by."""

_LITTLE = 0.5
"""Part of what is wanted below which levers are taken to stand in each other's way."""

_CHEAPER = 1e-6
"""Part of a cost that is none: a step that costs no more is not worth a trial."""

Tried = Callable[[Sequence[Part]], float]


@dataclass(frozen=True)
class Combination:
    """Levers pulled together.

    Attributes
    ----------
    levers : tuple of Lever
        Those pulled, and some that may be where these are not enough.
    steps : (lever,) tuple of int
        How many steps each is pulled.
    price : (lever,) tuple of float
        Of a step.
    openings : tuple of Part
        Products opened besides.
    opening_cost : float
    least_cost : float
        What the levers would cost in fractions; no steps cost less.
    reaches : float
        What the program of the least gap places with them.
    """

    levers: tuple[Lever, ...]
    steps: tuple[int, ...]
    price: tuple[float, ...]
    openings: tuple[Part, ...]
    opening_cost: float
    least_cost: float
    reaches: float

    def parts(self, steps: Sequence[int]) -> tuple[Part, ...]:
        """Return the changes that some steps come to."""
        pulled = [
            lever.part(number * lever.step)
            for lever, number in zip(self.levers, steps, strict=True)
            if number > 0
        ]
        return (*pulled, *self.openings)

    def cost(self, steps: Sequence[int]) -> float:
        """Return what some steps cost; the last step of a lever may be shorter."""
        own = (
            price * min(number, lever.most / lever.step)
            for lever, number, price in zip(self.levers, steps, self.price, strict=True)
        )
        return round(sum(own) + self.opening_cost, 10)


def settle(found: Combination, tried: Tried, wanted: float, unit: float) -> Advice:
    """Return the combination with each lever pulled as far as it takes, and no step further.

    Parameters
    ----------
    found : Combination
    tried : function of parts
        Says how much of the gap they close.
    wanted : float
        How much is to be closed.
    unit : float
        Rounding unit.
    """
    steps, closes = found.steps, tried(found.parts(found.steps))
    if closes < wanted - 0.5 * unit:
        steps, closes = _farther(found, tried, closes, wanted - 0.5 * unit)
    if closes < _LITTLE * wanted:
        steps, closes = _fewer_kinds(found, tried, steps, closes)
    if closes > 0:
        steps, closes = _less(found, tried, steps, closes, unit)
    return Advice(found.parts(steps), closes, found.cost(steps))


def _farther(
    found: Combination, tried: Tried, closes: float, enough: float
) -> tuple[tuple[int, ...], float]:
    """Pull levers further until enough is closed: one, all of them, then one not pulled so far.

    The cheapest come first. Shares that bind each other have to move together.
    """
    steps, left = found.steps, _MOST_TRIALS
    goal = np.array([lever.room * lever.step for lever in found.levers])
    order = np.argsort(np.array(found.price) / goal, kind="stable").tolist()
    pulled = tuple(lever for lever in order if steps[lever] > 0)
    ways = [(lever,) for lever in pulled] + [pulled] * (len(pulled) > 1)
    ways += [(lever,) for lever in order if lever not in pulled]
    for factor in _FARTHER:
        best = steps, closes
        more = np.maximum(np.rint(factor * (enough - closes) / goal), 1.0).astype(int)
        for way in ways[: max(left, 0)]:
            longer = steps
            for lever in way:
                longer = _moved(longer, lever, int(more[lever]))
            now = tried(found.parts(longer))
            if now > best[1]:
                best = longer, now
            if now >= enough:
                return best
        left -= len(ways)
        steps, closes = best
    return steps, closes


def _fewer_kinds(
    found: Combination, tried: Tried, steps: tuple[int, ...], closes: float
) -> tuple[tuple[int, ...], float]:
    """Do without a kind of lever, or with one alone, where kinds stand in each other's way.

    So it is where shares were assumed from people: who is hired moves them, too.
    """
    kinds = dict.fromkeys(lever.kind for lever in found.levers)
    best = steps, closes
    for alone in (False, True):
        for kind in kinds:
            fewer = tuple(
                number if (lever.kind == kind) is alone else 0
                for lever, number in zip(found.levers, found.steps, strict=True)
            )
            now = tried(found.parts(fewer))
            if now > best[1]:
                best = fewer, now
    return best


def _less(
    found: Combination, tried: Tried, steps: tuple[int, ...], closes: float, unit: float
) -> tuple[tuple[int, ...], float]:
    """Take back steps that are not needed, the dearest first."""
    small = _CHEAPER * found.cost(steps)
    least = found.least_cost + small
    left = min(_MOST_TRIALS, _MOST_CHANGES // max(len(found.parts(steps)), 1))
    price = np.array(found.price)
    for lever in np.argsort(-price, kind="stable")[: int((price > small).sum())].tolist():
        back = 1
        while left > 0 and steps[lever] > 0:
            shorter = _moved(steps, lever, -min(back, steps[lever]))
            if found.cost(shorter) >= least:
                now, left = tried(found.parts(shorter)), left - 1
                if now >= closes - 0.5 * unit:
                    steps, closes, back = shorter, now, 2 * back
                    continue
            if back == 1:
                break
            back = 1
    return steps, closes


def _moved(steps: tuple[int, ...], lever: int, by: int) -> tuple[int, ...]:
    return (*steps[:lever], steps[lever] + by, *steps[lever + 1 :])
