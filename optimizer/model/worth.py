"""What totals of reps are worth at given prices, when products differ in effort.

A rep with capacity C who carries T in all, and earns w[p] for a unit of product p that takes
effort e[p], is worth at best

    W(T) = max Σ w·x over x ≥ 0 with Σ x = T and Σ e·x ≤ C
         = min over µ ≥ 0 of µ·C + φ(µ)·T, with φ(µ) = max over p of w[p] − µ·e[p].

W is concave and straight in pieces: up to T = C/e of the best product all is that product;
beyond, heavier products give way to lighter ones along the upper hull of the points (e, w),
until T = C/e of the lightest, the most that the rep can carry. µ is the price of effort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Bools, Floats, Ints

_NEAR = 1e-9
"""Relative distance at which a total counts as at the end of a piece."""


@dataclass(frozen=True)
class Line:
    """One straight piece of W: ``slope · T + price · C``, up to ``T = reach · C``.

    Attributes
    ----------
    slope, price, reach : (…,) floats
        −inf, inf and 0 where W has fewer pieces.
    """

    slope: Floats
    price: Floats
    reach: Floats

    def at(self, place: tuple[Ints, ...]) -> Line:
        """Return the line of some places."""
        return Line(self.slope[place], self.price[place], self.reach[place])

    def end(self, capacity: Floats) -> Floats:
        """Return the total at which the piece ends."""
        return _times(self.reach, capacity)


def read_lines(worth: Floats, effort: Floats | None) -> tuple[Line, ...]:
    """Return the pieces of W in their order.

    Parameters
    ----------
    worth : (…, product) floats
        What a unit is worth; NaN where the product is not sold.
    effort : (product,) floats or None
        None where it is 1 for all: then W has one piece.
    """
    sold = ~np.isnan(worth)
    earned = np.where(sold, worth, -np.inf)
    best = earned.max(axis=-1)
    best = np.where(np.isfinite(best), best, 0.0)
    if effort is None:
        return (Line(best, np.zeros_like(best), np.ones_like(best)),)
    heavy = np.where(sold & (earned >= best[..., None]), effort, np.inf).min(axis=-1)
    here, price, lines = best, np.zeros_like(best), []
    there: Bools = np.isfinite(heavy)
    while there.any():
        slope = np.where(there, here - price * np.where(there, heavy, 0.0), -np.inf)
        reach = np.divide(1.0, heavy, out=np.full_like(heavy, np.inf), where=heavy > 0)
        lines.append(Line(slope, np.where(there, price, np.inf), np.where(there, reach, 0.0)))
        here, heavy, price = _lighter(earned, sold, effort, here, heavy)
        there = np.isfinite(heavy)
    return tuple(lines)


def _lighter(
    earned: Floats, sold: Bools, effort: Floats, here: Floats, heavy: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the next point of the hull towards lighter products, and the slope to it."""
    lighter = sold & (effort < heavy[..., None]) & np.isfinite(heavy)[..., None]
    lost = here[..., None] - np.where(lighter, earned, 0.0)
    saved = np.where(lighter, heavy[..., None] - effort, 1.0)
    steep = np.where(lighter, lost / saved, np.inf)
    least = steep.min(axis=-1)
    found = np.isfinite(least)
    near = lighter & (steep <= least[..., None])
    effort_next = np.where(near, effort, np.inf).min(axis=-1)
    chosen = near & (effort == effort_next[..., None])
    return np.where(chosen, earned, -np.inf).max(axis=-1), effort_next, np.where(found, least, 0.0)


def most_of(lines: tuple[Line, ...], capacity: Floats) -> Floats:
    """Return the most that can be carried."""
    most: Floats = np.zeros_like(capacity)
    for line in lines:
        most = np.maximum(most, line.end(capacity))
    return most


def worth_of(lines: tuple[Line, ...], capacity: Floats, total: Floats) -> Floats:
    """Return W of totals that can be carried."""
    value: Floats = np.full_like(total, np.inf)
    for line in lines:
        there = np.isfinite(line.price)
        rent = _times(np.where(there, line.price, 0.0), capacity)
        height = np.where(there, line.slope, 0.0) * total + rent
        value = np.minimum(value, np.where(there, height, np.inf))
    return value


def fairest_total(
    lines: tuple[Line, ...], reference: Floats, low: Floats, capacity: Floats, reward: Floats
) -> Floats:
    """Return the T with the least (T − T0)²/T0 − W(T) − reward · T.

    Each piece alone would be left where its own slope says; as slopes fall, the largest of
    these totals, each cut to the end of its piece, is the best of all.
    """
    best: Floats = np.zeros_like(reference)
    for line in lines:
        there = np.isfinite(line.slope)
        free = reference * (1.0 + (np.where(there, line.slope, 0.0) + reward) / 2.0)
        best = np.maximum(best, np.where(there, np.minimum(free, line.end(capacity)), 0.0))
    return np.maximum(best, low)


def highest_total(
    lines: tuple[Line, ...], low: Floats, most: Floats, capacity: Floats, reward: Floats
) -> Floats:
    """Return the T with the highest W(T) + reward · T, low ≤ T ≤ most: as far as it gains."""
    best: Floats = low.copy()
    for line in lines:
        gains = np.isfinite(line.slope) & (np.where(line.reach > 0, line.slope, 0.0) + reward > 0)
        best = np.maximum(best, np.where(gains, np.minimum(line.end(capacity), most), low))
    return best


def slope_above(lines: tuple[Line, ...], capacity: Floats, total: Floats) -> Floats:
    """Return the slope of W right above a total, or of its last piece at the end of all."""
    slope: Floats = np.zeros_like(total)
    open_yet: Bools = np.ones(total.shape, dtype=bool)
    for line in lines:
        there = np.isfinite(line.slope) & open_yet
        slope = np.where(there, line.slope, slope)
        open_yet = open_yet & (total >= line.end(capacity) * (1.0 - _NEAR))
    return slope


def effort_price(lines: tuple[Line, ...], capacity: Floats, total: Floats, gain: Floats) -> Floats:
    """Return what one more unit of capacity is worth to a rep who carries a total.

    Parameters
    ----------
    total : (…,) floats
    gain : (…,) floats
        What a unit of total is worth beside W, its cost in fairness taken off.
    """
    price: Floats = np.zeros_like(total)
    open_yet: Bools = np.isfinite(capacity)
    for line in lines:
        there = np.isfinite(line.price) & open_yet
        end = line.end(capacity)
        ends_here = np.isfinite(end) & (total >= end * (1.0 - _NEAR))
        beyond = np.maximum(np.where(there, line.slope, 0.0) + gain, 0.0)
        moved = np.where(ends_here, np.where(np.isfinite(line.reach), line.reach, 0.0), 0.0)
        price = np.where(there, np.where(there, line.price, 0.0) + beyond * moved, price)
        open_yet = open_yet & (total > end * (1.0 + _NEAR))
    return price


def _times(factor: Floats, capacity: Floats) -> Floats:
    """Return factor × capacity; nothing times anything is 0, but for a reach without end."""
    endless = np.isinf(factor)
    product = np.where(endless, 0.0, factor) * np.where(np.isinf(capacity), 0.0, capacity)
    unlimited = endless | (np.isinf(capacity) & (factor > 0))
    return np.where(unlimited, np.inf, product)
