"""Prices on the few rules that couple regions; everything else region by region.

Where the whole goal can be placed and carried, the three steps of the model are one: least gap
and fullest cover are reached exactly, and fairness is a smooth concave problem in the prices
of goal, bands, wide potentials and locks. Newton's method on these prices, with exact second
derivatives and limits of sign, ends in a handful of rounds. What comes out is proven by the
same bound as any other plan; where it is not, or where the whole goal cannot be placed, the
pooled model takes over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.blocks import Blocks, Placement, read_blocks
from optimizer.model.bound import Prices, least_value
from optimizer.model.coupling import Coupling, read_coupling
from optimizer.model.decomposed_prices import step_prices
from optimizer.model.pools import Pools
from optimizer.model.relaxed_pools import lacking_volumes
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance

_MOST_ROUNDS = 25
_MOST_HALVINGS = 10
_DEAREST = 1e6
"""A price beyond which the goal is taken for one that cannot be placed in full."""

_CLOSE = 1e-12
"""Largest miss of a coupling rule, as a part of the ask."""

_PROVEN = 1e-9
"""Largest certified gap of a plan made here."""

_FLAT = 1e-9
_LONGER = 4.0
_RIDGE = 1e-13
"""Added to the diagonal as a part of its sum: rules may repeat each other, or touch only cells
that are at a limit."""


@dataclass(frozen=True)
class Fairest:
    """The fairest plan of a goal that is placed and carried in full.

    Attributes
    ----------
    placed : (cell,) floats
        Y of all open cells.
    rep_total : (rep, period) floats or None
    street_most : float
    objective, bound : float
    prices : dict of str to Prices
    rounds : int
    start : Start
        Where to begin when the same problem is solved again with other numbers.
    """

    placed: Floats
    rep_total: Floats | None
    street_most: float
    objective: float
    bound: float
    prices: dict[str, Prices]
    rounds: int
    start: Start


@dataclass(frozen=True)
class _Point:
    """Prices of the coupling rules, what the blocks do at them, and the value of the dual."""

    price: Floats
    placement: Placement
    miss: Floats
    value: float


@dataclass(frozen=True)
class Start:
    """Prices to start from: one per coupling rule, one per block."""

    rule: Floats
    theta: Floats


def solve_blocks(
    instance: Instance, rules: Rules, pools: Pools | None, start: Start | None = None
) -> Fairest | None:
    """Return the fairest plan; None where the goal is not placed in full or nothing is proven.

    Parameters
    ----------
    instance, rules, pools
    start : Start, optional
        Prices of a plan with the same rules and other numbers.
    """
    blocks = read_blocks(instance, rules, pools)
    if blocks is None or instance.is_stretch:
        return None
    if not blocks.can_cover(instance.ask_total):
        return None
    coupling = read_coupling(instance, rules)
    if coupling is None:
        return None
    found = _climb(instance, blocks, coupling, _fitting(start, coupling, blocks))
    if found is None:
        return None
    return _proven(instance, rules, pools, blocks, coupling, found)


def _fitting(start: Start | None, coupling: Coupling, blocks: Blocks) -> Start:
    fits = start is not None and start.rule.shape == coupling.least.shape
    if start is not None and fits and len(start.theta) == blocks.number:
        return start
    return Start(np.zeros(len(coupling.least)), np.zeros(blocks.number))


def _climb(
    instance: Instance, blocks: Blocks, coupling: Coupling, start: Start
) -> tuple[_Point, int] | None:
    """Maximise the dual by Newton steps on the prices that are free to move."""
    close = _CLOSE * instance.ask_total
    point = _at(blocks, coupling, start.rule, start.theta)
    for done in range(_MOST_ROUNDS):
        if point is None:
            return None
        free = _free(coupling, point, close)
        if _worst(coupling, point, close) <= close:
            return point, done
        step, flat = _step(blocks, coupling, point, free, close)
        higher = _higher(blocks, coupling, point, step, close)
        point = _farther(blocks, coupling, point, higher) if flat else higher
    return None


def _step(
    blocks: Blocks, coupling: Coupling, point: _Point, free: Bools, close: float
) -> tuple[Floats, bool]:
    """Return Newton's step; where the dual has no curvature, one along its slope, and True.

    A rule over cells that are all held by other limits is missed by the same amount until its
    price outweighs theirs; on the way there the dual is straight.
    """
    table, miss = coupling.table[free], point.miss[free]
    matrix = _curvature(blocks, table, point.placement)
    natural = np.square(table) @ blocks.reference / 2.0
    flat = (np.diag(matrix) <= _FLAT * natural) & (np.abs(miss) > close)
    step = np.zeros(len(free))
    if flat.any():
        step[np.flatnonzero(free)[flat]] = miss[flat] / natural[flat]
        return step, True
    ridge = _RIDGE * (float(np.trace(matrix)) + float(blocks.reference.mean()))
    step[free] = np.linalg.solve(matrix + ridge * np.eye(len(matrix)), miss)
    return step, False


def _farther(
    blocks: Blocks, coupling: Coupling, point: _Point, higher: _Point | None
) -> _Point | None:
    """Go on in the direction of a step as long as the dual keeps rising."""
    for _ in range(_MOST_HALVINGS):
        if higher is None:
            return None
        price = _signed(coupling, point.price + _LONGER * (higher.price - point.price))
        tried = _at(blocks, coupling, price, higher.placement.theta)
        if tried is None or tried.value <= higher.value or np.abs(price).max() > _DEAREST:
            return higher
        higher = tried
    return higher


def _higher(
    blocks: Blocks, coupling: Coupling, point: _Point, step: Floats, close: float
) -> _Point | None:
    """Return a point along the step where the dual is higher, or the miss is smaller."""
    if not (np.abs(point.price + step) <= _DEAREST).all():
        return None
    length = 1.0
    worst = _worst(coupling, point, close)
    for _ in range(_MOST_HALVINGS):
        price = _signed(coupling, point.price + length * step)
        tried = _at(blocks, coupling, price, point.placement.theta)
        if tried is not None:
            gain = float(point.miss @ (price - point.price))
            if tried.value >= point.value + 1e-4 * gain > point.value:
                return tried
            if _worst(coupling, tried, close) < 0.9 * worst:
                return tried
        length /= 2.0
    return None


def _free(coupling: Coupling, point: _Point, close: float) -> Bools:
    """Return the rules whose price may move: equalities, and what binds or is missed."""
    return np.asarray(coupling.equal | (point.price > 0) | (point.miss > close))


def _worst(coupling: Coupling, point: _Point, close: float) -> float:
    return float(np.abs(point.miss[_free(coupling, point, close)]).max(initial=0.0))


def _signed(coupling: Coupling, price: Floats) -> Floats:
    """Return prices with those of inequalities at 0 or above."""
    return np.where(coupling.equal, price, np.maximum(price, 0.0))


def _at(blocks: Blocks, coupling: Coupling, price: Floats, theta: Floats) -> _Point | None:
    placement = blocks.place(price @ coupling.table, theta)
    if placement is None:
        return None
    miss = coupling.least - coupling.table @ placement.placed
    return _Point(price, placement, miss, placement.cost + float(price @ miss))


def _curvature(blocks: Blocks, table: Floats, here: Placement) -> Floats:
    """Return A · (dY/dπ) · Aᵀ; a block's cover ties its cells together."""
    weighted = table * here.give
    matrix = weighted @ table.T
    if blocks.number:
        order = np.argsort(blocks.block, kind="stable")
        starts = np.searchsorted(blocks.block[order], np.arange(blocks.number))
        sums = np.add.reduceat(weighted[:, order], starts, axis=1)
        matrix -= (sums * here.drag) @ sums.T
    return np.asarray(matrix)


def _people(
    instance: Instance, pools: Pools | None, blocks: Blocks, theta: Floats
) -> tuple[Floats | None, Floats]:
    """Return the targets of reps, and the street of each pool."""
    if pools is None or instance.reps is None or blocks.curves is None:
        return None, np.zeros(0)
    targets = blocks.curves.targets(1.0 + theta / (2.0 * (1.0 + blocks.over)))
    totals = np.zeros(instance.reps.reference.shape)
    totals[pools.item_rep, pools.item_period] = targets
    street = np.bincount(pools.curves.pool, weights=targets, minlength=len(pools.group))
    return totals, street.astype(float)


def _proven(
    instance: Instance,
    rules: Rules,
    pools: Pools | None,
    blocks: Blocks,
    coupling: Coupling,
    found: tuple[_Point, int],
) -> Fairest | None:
    """Return the plan if its prices prove it."""
    point, rounds = found
    placed = np.zeros(len(rules.open_cell))
    placed[rules.carried] = point.placement.placed
    totals, street = _people(instance, pools, blocks, point.placement.theta)
    if pools is not None and not pools.plain.all():
        relaxed = replace(pools, plain=np.ones_like(pools.plain))
        if lacking_volumes(instance, rules, pools, relaxed, placed, street).any():
            return None
    prices = step_prices(instance, rules, pools, coupling, point.price, point.placement.theta)
    total = instance.ask_total
    most = {"gap": (0.0, 0.0), "cover": (total, 0.0), "fairness": (total, float(street.sum()))}
    objective = point.placement.cost + float(rules.reference[~rules.carried].sum())
    reached = {"gap": -total, "cover": -float(street.sum()), "fairness": objective}
    completed, bound = {}, -np.inf
    for step, (placed_most, street_most) in most.items():
        if step == "cover" and pools is None:
            continue
        bound, completed[step] = least_value(
            instance, rules, prices[step], step, placed_most, street_most
        )
        size = total if step != "fairness" else max(bound, 1e-6 * instance.goal)
        if abs(reached[step] - bound) > _PROVEN * size:
            return None
    start = Start(point.price, point.placement.theta)
    bound = min(bound, objective)
    return Fairest(placed, totals, float(street.sum()), objective, bound, completed, rounds, start)
