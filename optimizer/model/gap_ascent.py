"""The way up to the highest point of the dual where more is asked than placed.

There the dual has long straight stretches: whole sets of cells stand at limits until a price
outweighs theirs. Newton's steps are kept short there (`soft`), and each is followed as far as
the dual keeps rising along it, which its slope tells: between a point where it still rises and
one where it falls the next try lies where the slope would be 0 on a straight line.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.model.ascent import CLOSE, DEAREST, Point, free_rules, point_at, worst_miss
from optimizer.model.blocks import Blocks
from optimizer.model.coupling import Coupling
from optimizer.model.newton import newton_step
from optimizer.problem.instance import Floats, Instance

_MOST_ROUNDS = 80
_MOST_TRIES = 14
_NEAR = 100.0
"""A miss so many times the wanted one will do where no step makes it smaller."""

_SOFT, _SOFTEST, _HARDEST = 1e-2, 1e3, 1e-14
_HARDER, _SOFTER = 10.0, 100.0
_FLATTER = 0.5
"""Part of its slope at the start that the dual may have where a step ends."""

_SHORT = 0.05
_LONGER = 4.0


def climb_with_gap(
    instance: Instance, blocks: Blocks, coupling: Coupling, price: Floats, theta: Floats
) -> tuple[Point, int] | None:
    """Maximise the dual by short Newton steps, each followed as long as it pays.

    Parameters
    ----------
    instance, blocks, coupling
    price : (node + rule,) floats
    theta : (block,) floats
        Where to start.

    Returns
    -------
    Point, int
        The best prices and after how many rounds; None where they are not found.
    """
    close, soft = CLOSE * instance.ask_total, _SOFT
    point = point_at(blocks, coupling, price, theta)
    for done in range(_MOST_ROUNDS):
        if point is None or np.abs(point.price).max(initial=0.0) > DEAREST:
            return None
        free = free_rules(coupling, point, close)
        worst = worst_miss(coupling, point, close)
        if worst <= close:
            return point, done
        step, _ = newton_step(
            blocks, coupling, point.price, point.placement, point.missed, free, close, soft
        )
        higher, length = _farthest(blocks, coupling, point, step)
        if higher is None:
            soft *= _SOFTER
            if soft > _SOFTEST:
                return (point, done) if worst <= _NEAR * close else None
            continue
        if length >= 1.0:
            soft = max(soft / _HARDER, _HARDEST)
        elif length < _SHORT:
            soft *= _HARDER
        point = higher
    return None


def _farthest(
    blocks: Blocks, coupling: Coupling, point: Point, step: Floats
) -> tuple[Point | None, float]:
    """Return the point along a step where the dual rises hardly any more, and how far it is."""

    def tried(length: float) -> tuple[Point | None, float]:
        price = coupling.signed(point.price + length * step, point.missed.side)
        there = point_at(blocks, coupling, price, point.placement.theta)
        moved = price - point.price
        rise = float(point.miss @ moved)
        if there is None or rise <= 0:
            return None, -np.inf
        return there, float(there.miss @ moved) / rise

    return _bracketed(tried)


def _bracketed(
    tried: Callable[[float], tuple[Point | None, float]],
) -> tuple[Point | None, float]:
    """Search for a length at which the slope, 1 at the start, is about 0."""
    length, near, slope_near = 1.0, 0.0, 1.0
    far = slope_far = np.inf
    best: Point | None = None
    for _ in range(_MOST_TRIES):
        there, slope = tried(length)
        if there is not None and abs(slope) <= _FLATTER:
            return there, length
        if slope > 0:
            best, near, slope_near = there, length, slope
            if not np.isfinite(far):
                length *= _LONGER
                continue
        else:
            far, slope_far = length, slope
        straight = slope_near / (slope_near - slope_far) if np.isfinite(slope_far) else 0.0
        low, high = (_SHORT, 0.5) if best is None else (0.1, 0.9)
        length = near + (far - near) * min(max(straight, low), high)
    return best, near
