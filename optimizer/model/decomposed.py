"""Prices on the few rules that couple regions; everything else region by region.

Where the whole goal can be placed and carried, the three steps of the model are one: least gap
and fullest cover are reached exactly, and fairness is a smooth concave problem in the prices
of goal, bands, wide potentials and locks. Newton's method on these prices, with exact second
derivatives and limits of sign, ends in a handful of rounds. What comes out is proven by the
same bound as any other plan; where it is not, or where the whole goal cannot be placed, others
take over (`optimizer.model.filled`, `optimizer.model.gapped`, `optimizer.model.pooled`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.ascent import Point, climb
from optimizer.model.blocks import Blocks, read_blocks
from optimizer.model.bound import Prices, least_value
from optimizer.model.coupling import Coupling, read_coupling
from optimizer.model.decomposed_prices import step_prices
from optimizer.model.pools import Pools
from optimizer.model.relaxed_pools import broken_years, lacking_volumes
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance

_PROVEN = 1e-9
"""Largest certified gap of a plan made here."""


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
    if blocks is None or (instance.is_stretch and not is_plain(pools)):
        return None
    if not blocks.can_cover(instance.ask_total):
        return None
    coupling = read_coupling(instance, rules)
    if coupling is None:
        return None
    start = _fitting(start, coupling, blocks)
    found = climb(instance, blocks, coupling, start.rule, start.theta)
    if found is None:
        return None
    return _proven(instance, rules, pools, blocks, coupling, found)


def is_plain(pools: Pools | None) -> bool:
    """Whether only totals of people matter everywhere."""
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


def _people(
    instance: Instance, pools: Pools | None, blocks: Blocks, theta: Floats
) -> tuple[Floats | None, Floats]:
    """Return the targets of reps, and the street of each pool."""
    if pools is None or blocks.curves is None:
        return None, np.zeros(0)
    targets = blocks.curves.targets(1.0 + theta / (2.0 * (1.0 + blocks.over)))
    street = np.bincount(pools.curves.pool, weights=targets, minlength=len(pools.group))
    return people_totals(instance, pools, targets), street.astype(float)


def people_totals(instance: Instance, pools: Pools, targets: Floats) -> Floats:
    """Lay targets of the pools' items on (rep, period)."""
    assert instance.reps is not None
    totals = np.zeros(instance.reps.reference.shape)
    totals[pools.item_rep, pools.item_period] = targets
    return totals


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
    if not totals_suffice(instance, rules, pools, placed, totals):
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


def totals_suffice(
    instance: Instance, rules: Rules, pools: Pools | None, placed: Floats, totals: Floats | None
) -> bool:
    """Whether products go with totals found without them, and nobody's year is broken."""
    if pools is None or totals is None:
        return True
    if not pools.plain.all():
        relaxed = replace(pools, plain=np.ones_like(pools.plain))
        if lacking_volumes(instance, rules, pools, relaxed, placed, totals).any():
            return False
    return not broken_years(instance, totals).any()


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
