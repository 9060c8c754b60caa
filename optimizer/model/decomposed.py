"""Prices on the few rules that couple regions; everything else region by region.

Where the whole goal can be placed and carried, the three steps of the model are one: least gap
and fullest cover are reached exactly, and fairness is a smooth concave problem in the prices
of goal, bands, wide potentials and locks. Newton's method on these prices, with exact second
derivatives and limits of sign, ends in a handful of rounds. What comes out is proven by the
same bound as any other plan; where it is not, or where the whole goal cannot be placed, others
take over (`optimizer.model.filled`, `optimizer.model.pooled`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.blocks import Blocks, Placement, read_blocks
from optimizer.model.bound import Prices, least_value
from optimizer.model.coupling import Coupling, Missed, read_coupling
from optimizer.model.decomposed_prices import step_prices
from optimizer.model.newton import newton_step
from optimizer.model.pools import Pools
from optimizer.model.relaxed_pools import broken_years, lacking_volumes
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

_LONGER = 4.0


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
    ask : (cell,) floats or None
        D of all open cells; None where all of it is placed.
    placed_most : float or None
        Σ Y; None where it is the whole ask.
    """

    placed: Floats
    rep_total: Floats | None
    street_most: float
    objective: float
    bound: float
    prices: dict[str, Prices]
    rounds: int
    start: Start
    ask: Floats | None = None
    placed_most: float | None = None


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


@dataclass(frozen=True)
class Start:
    """Prices to start from: one per coupling rule, locks last, and one per block."""

    rule: Floats
    theta: Floats
    locks: int = 0


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
    if blocks is None or (instance.is_stretch and not _is_plain(pools)):
        return None
    if not blocks.can_cover(instance.ask_total):
        return None
    coupling = read_coupling(instance, rules)
    if coupling is None:
        return None
    found = climb(instance, blocks, coupling, _fitting(start, coupling, blocks))
    if found is None:
        return None
    return _proven(instance, rules, pools, blocks, coupling, found)


def _is_plain(pools: Pools | None) -> bool:
    return pools is None or bool(pools.plain.all())


def _fitting(start: Start | None, coupling: Coupling, blocks: Blocks) -> Start:
    """Return a start with the rules and blocks of this problem; other locks begin at 0."""
    number, locks = coupling.prices, int((coupling.region_lock >= 0).sum())
    if start is None or len(start.theta) != blocks.number:
        return Start(np.zeros(number), np.zeros(blocks.number))
    if len(start.rule) - start.locks != number - locks:
        return Start(np.zeros(number), start.theta)
    if start.locks == locks:
        return start
    return Start(np.append(start.rule[: number - locks], np.zeros(locks)), start.theta)


def climb(
    instance: Instance, blocks: Blocks, coupling: Coupling, start: Start
) -> tuple[Point, int] | None:
    """Maximise the dual by Newton steps on the prices that are free to move."""
    close = _CLOSE * instance.ask_total
    point = _at(blocks, coupling, start.rule, start.theta)
    for done in range(_MOST_ROUNDS):
        if point is None:
            return None
        free = _free(coupling, point, close)
        if _worst(coupling, point, close) <= close:
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
        tried = _at(blocks, coupling, price, higher.placement.theta)
        if tried is None or tried.value <= higher.value or np.abs(price).max() > _DEAREST:
            return higher
        higher = tried
    return higher


def _higher(
    blocks: Blocks, coupling: Coupling, point: Point, step: Floats, close: float
) -> Point | None:
    """Return a point along the step where the dual is higher, or the miss is smaller."""
    if not (np.abs(point.price + step) <= _DEAREST).all():
        return None
    length = 1.0
    worst = _worst(coupling, point, close)
    for _ in range(_MOST_HALVINGS):
        price = coupling.signed(point.price + length * step, point.missed.side)
        tried = _at(blocks, coupling, price, point.placement.theta)
        if tried is not None:
            gain = float(point.miss @ (price - point.price))
            if tried.value >= point.value + 1e-4 * gain > point.value:
                return tried
            if _worst(coupling, tried, close) < 0.9 * worst:
                return tried
        length /= 2.0
    return None


def _free(coupling: Coupling, point: Point, close: float) -> Bools:
    """Return the rules whose price may move: equalities, and what binds or is missed."""
    missed = point.miss > close
    missed[: coupling.nodes] = np.abs(point.miss[: coupling.nodes]) > close
    return np.asarray(coupling.fixed | (point.price != 0) | missed)


def _worst(coupling: Coupling, point: Point, close: float) -> float:
    return float(np.abs(point.miss[_free(coupling, point, close)]).max(initial=0.0))


def _at(blocks: Blocks, coupling: Coupling, price: Floats, theta: Floats) -> Point | None:
    placement = blocks.place(coupling.worth(price), theta)
    if placement is None:
        return None
    missed = coupling.missed(price, placement.placed)
    return Point(price, placement, missed, placement.cost + float(price @ missed.miss))


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
    found: tuple[Point, int],
) -> Fairest | None:
    """Return the plan if its prices prove it."""
    point, rounds = found
    placed = np.zeros(len(rules.open_cell))
    placed[rules.carried] = point.placement.placed
    totals, street = _people(instance, pools, blocks, point.placement.theta)
    if pools is not None and not pools.plain.all():
        relaxed = replace(pools, plain=np.ones_like(pools.plain))
        assert totals is not None
        if lacking_volumes(instance, rules, pools, relaxed, placed, totals).any():
            return None
    if totals is not None and broken_years(instance, totals).any():
        return None
    prices = step_prices(instance, rules, pools, coupling, point.price, point.placement.theta)
    total = instance.ask_total
    objective = point.placement.cost + float(rules.reference[~rules.carried].sum())
    carried = float(street.sum())
    reached = {"gap": -total, "cover": -carried, "fairness": objective}
    proof = prove_steps(instance, rules, prices, reached, (total, carried))
    if proof is None:
        return None
    bound, completed = proof
    start = Start(point.price, point.placement.theta, int((coupling.region_lock >= 0).sum()))
    bound = min(bound, objective)
    return Fairest(placed, totals, carried, objective, bound, completed, rounds, start)


def prove_steps(
    instance: Instance,
    rules: Rules,
    prices: dict[str, Prices],
    reached: dict[str, float],
    most: tuple[float, float],
) -> tuple[float, dict[str, Prices]] | None:
    """Return the bound of F and the completed prices; None where a step is not proven.

    Parameters
    ----------
    prices : dict of step to Prices
    reached : dict of step to float
        Value of each step's objective.
    most : tuple of float
        Σ Y and Σ T of the plan.
    """
    kept = {"gap": (0.0, 0.0), "cover": (most[0], 0.0), "fairness": most}
    completed, bound = {}, -np.inf
    for step, (placed_most, street_most) in kept.items():
        if step == "cover" and instance.reps is None:
            continue
        bound, completed[step] = least_value(
            instance, rules, prices[step], step, placed_most, street_most
        )
        size = instance.ask_total if step != "fairness" else max(bound, 1e-6 * instance.goal)
        if abs(reached[step] - bound) > _PROVEN * size:
            return None
    return bound, completed
