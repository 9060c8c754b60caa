"""The dual in the prices of coupling rules, and the way up to its highest point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.blocks import Blocks, Placement
from optimizer.model.coupling import Coupling, Missed
from optimizer.model.newton import newton_step
from optimizer.problem.instance import Bools, Floats, Instance

CLOSE = 1e-12
"""Largest miss of a coupling rule, as a part of the ask."""

DEAREST = 1e6
"""A price beyond which the rules are taken for ones that cannot be kept."""

_MOST_ROUNDS = 25
_MOST_HALVINGS = 10
_LONGER = 4.0


@dataclass(frozen=True)
class Point:
    """Prices of the coupling rules, what the blocks do at them, and the value of the dual."""

    price: Floats
    placement: Placement
    missed: Missed
    value: float

    @property
    def miss(self) -> Floats:
        """By how much each rule is missed."""
        return self.missed.miss


def climb(
    instance: Instance, blocks: Blocks, coupling: Coupling, price: Floats, theta: Floats
) -> tuple[Point, int] | None:
    """Maximise the dual by Newton steps on the prices that are free to move.

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
    close = CLOSE * instance.ask_total
    point = point_at(blocks, coupling, price, theta)
    for done in range(_MOST_ROUNDS):
        if point is None:
            return None
        free = free_rules(coupling, point, close)
        if worst_miss(coupling, point, close) <= close:
            return point, done
        step, flat = newton_step(
            blocks, coupling, point.price, point.placement, point.missed, free, close
        )
        higher = _higher(blocks, coupling, point, step, close)
        point = _farther(blocks, coupling, point, higher) if flat else higher
    return None


def _farther(
    blocks: Blocks, coupling: Coupling, point: Point, higher: Point | None
) -> Point | None:
    """Go on in the direction of a step as long as the dual keeps rising."""
    for _ in range(_MOST_HALVINGS):
        if higher is None:
            return None
        longer = point.price + _LONGER * (higher.price - point.price)
        price = coupling.signed(longer, point.missed.side)
        tried = point_at(blocks, coupling, price, higher.placement.theta)
        if tried is None or tried.value <= higher.value or np.abs(price).max() > DEAREST:
            return higher
        higher = tried
    return higher


def _higher(
    blocks: Blocks, coupling: Coupling, point: Point, step: Floats, close: float
) -> Point | None:
    """Return a point along the step where the dual is higher, or the miss is smaller."""
    if not (np.abs(point.price + step) <= DEAREST).all():
        return None
    length = 1.0
    worst = worst_miss(coupling, point, close)
    for _ in range(_MOST_HALVINGS):
        price = coupling.signed(point.price + length * step, point.missed.side)
        tried = point_at(blocks, coupling, price, point.placement.theta)
        if tried is not None:
            gain = float(point.miss @ (price - point.price))
            if tried.value >= point.value + 1e-4 * gain > point.value:
                return tried
            if worst_miss(coupling, tried, close) < 0.9 * worst:
                return tried
        length /= 2.0
    return None


def free_rules(coupling: Coupling, point: Point, close: float) -> Bools:
    """Return the rules whose price may move: equalities, and what binds or is missed."""
    missed = point.miss > close
    missed[: coupling.nodes] = np.abs(point.miss[: coupling.nodes]) > close
    return np.asarray(coupling.fixed | (point.price != 0) | missed)


def worst_miss(coupling: Coupling, point: Point, close: float) -> float:
    """Return the largest miss of the rules whose price may move."""
    return float(np.abs(point.miss[free_rules(coupling, point, close)]).max(initial=0.0))


def point_at(blocks: Blocks, coupling: Coupling, price: Floats, theta: Floats) -> Point | None:
    """Return the dual at some prices; None where a block finds no balance."""
    placement = blocks.place(coupling, price, theta)
    if placement is None:
        return None
    missed = coupling.missed(price, placement.asked, placement.placed)
    return Point(price, placement, missed, placement.cost + float(price @ missed.miss))
