"""The best plan where the goal is more than people and markets carry: every region filled.

Where no rule but the goal keeps regions apart, a goal out of reach leaves each region and
period at the most that it carries by itself: its people's capacity or its market, whichever is
less. So totals are known at once; cells and people share them as fairly as their limits let
them, and the ask is the one nearest to its reference that nowhere falls below. Bands may stand
in the way of such an ask; then, and where rules reach over several regions, the plan is left to
others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.ascent import climb
from optimizer.model.blocks import Blocks, read_blocks
from optimizer.model.bound import Prices, no_prices
from optimizer.model.coupling import read_coupling
from optimizer.model.curves import Curves, build_curves
from optimizer.model.decomposed import Fairest, Start, prove_steps
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance, Ints, Potentials, RegionLocks, Slices

_ENOUGH = 1e-9
"""Part of the ask that may lack before it counts as a gap."""


@dataclass(frozen=True)
class _Filled:
    """What the blocks carry at most.

    Attributes
    ----------
    target, street : (block,) floats
        Σ Y and Σ T.
    placed : (cell,) floats
    multiple, share : (block,) floats
        Of the people's references, and of the cells'.
    """

    target: Floats
    street: Floats
    placed: Floats
    multiple: Floats
    share: Floats


def solve_filled(instance: Instance, rules: Rules, pools: Pools | None) -> Fairest | None:
    """Return the best plan where every region is filled; None where that is not the answer."""
    blocks = _separate(instance, rules, pools)
    if blocks is None:
        return None
    cells = build_curves(blocks.block, _number(blocks), blocks.reference, blocks.low, blocks.high)
    filled = _fill(blocks, cells)
    if filled is None or filled.target.sum() >= instance.ask_total * (1.0 - _ENOUGH):
        return None
    placed = np.zeros(len(rules.open_cell))
    placed[rules.carried] = filled.placed
    inside = rules.potential.sums(placed, len(rules.potential_rows))
    if (inside > instance.potentials.usable[rules.potential_rows] * (1.0 + _ENOUGH)).any():
        return None
    ask = nearest_ask(instance, rules, placed)
    if ask is None:
        return None
    totals, away = _totals(instance, pools, blocks, filled)
    street = 0.0 if pools is None else float(filled.street.sum())
    most = float(filled.target.sum()), street
    objective = float((np.square(placed - rules.reference) / rules.reference).sum()) + away
    proof = prove_steps(
        instance,
        rules,
        _prices(instance, pools, blocks, cells, filled),
        {"gap": -most[0], "cover": -most[1], "fairness": objective},
        most,
    )
    if proof is None:
        return None
    bound, prices = proof
    start = Start(np.zeros(0), np.zeros(0))
    return Fairest(
        placed, totals, most[1], objective, min(bound, objective), prices, 0, start, ask, most[0]
    )


def _separate(instance: Instance, rules: Rules, pools: Pools | None) -> Blocks | None:
    """Return the blocks where nothing but the goal and bands ties them together."""
    reps = instance.reps
    if instance.effort is not None or (reps is not None and reps.total_low is not None):
        return None
    if len(instance.region_locks.amount) or len(instance.rep_locks.amount):
        return None
    if pools is not None and not pools.plain.all():
        return None
    blocks = read_blocks(instance, rules, pools)
    if blocks is None or pools is not None:
        return blocks
    # without people each cell is a block of its own, filled to its market
    return replace(blocks, block=np.arange(len(blocks.reference)))


def _number(blocks: Blocks) -> int:
    return blocks.number if blocks.curves is not None else len(blocks.reference)


def _fill(blocks: Blocks, cells: Curves) -> _Filled | None:
    """Return the most that each block carries; None where minimums are beyond it."""
    every, over = np.arange(_number(blocks)), 1.0 + blocks.over
    target, street = cells.street_high, cells.street_high
    multiple: Floats = np.ones(len(every))
    if blocks.curves is not None:
        target = np.minimum(cells.street_high, blocks.curves.street_high)
        street = np.minimum(blocks.curves.street_high, over * target)
        least = np.maximum(cells.street_low, blocks.curves.street_low / over)
        if (least > target * (1.0 + _ENOUGH)).any():
            return None
        multiple = blocks.curves.multiple(every, street)
    share = cells.multiple(every, target)
    return _Filled(target, street, cells.targets(share), multiple, share)


def _totals(
    instance: Instance, pools: Pools | None, blocks: Blocks, filled: _Filled
) -> tuple[Floats | None, float]:
    """Return the targets of people, and what they add to F."""
    if pools is None or instance.reps is None or blocks.curves is None:
        return None, 0.0
    totals = np.zeros(instance.reps.reference.shape)
    totals[pools.item_rep, pools.item_period] = blocks.curves.targets(filled.multiple)
    return totals, blocks.curves.unfairness(filled.multiple)


def nearest_ask(instance: Instance, rules: Rules, placed: Floats) -> Floats | None:
    """Return the ask nearest to its reference that keeps goal and bands and covers `placed`."""
    nowhere = np.zeros(0, dtype=np.int64)
    nothing = Slices(nowhere, nowhere, nowhere)
    alone = replace(
        instance,
        reps=None,
        groups=None,
        potentials=Potentials(nothing, np.zeros(0), np.zeros(0)),
        region_locks=RegionLocks(nothing, np.zeros(0)),
    )
    count = len(placed)
    free = replace(
        rules,
        carried=np.ones(count, dtype=bool),
        placed_low=placed,
        placed_high=np.full(count, 2.0 * instance.ask_total),
        potential=replace(rules.potential, row=nowhere, cell=nowhere),
        potential_rows=nowhere,
        region_lock=replace(rules.region_lock, row=nowhere, cell=nowhere),
    )
    blocks, coupling = read_blocks(alone, free, None), read_coupling(alone, free)
    if blocks is None or coupling is None:
        return None
    found = climb(alone, blocks, coupling, np.zeros(coupling.prices), np.zeros(0))
    return None if found is None else found[0].placement.placed


def _prices(
    instance: Instance, pools: Pools | None, blocks: Blocks, cells: Curves, filled: _Filled
) -> dict[str, Prices]:
    """Return prices that prove the three steps, as they stand in the Lagrangian of `bound`.

    A unit is worth 1 in least gap and fullest cover where people end it; where markets do, the
    limits of cells take that price by themselves.
    """
    nothing = no_prices(instance)
    steep = 2.0 * (filled.share - 1.0)
    if pools is None or blocks.curves is None:
        highest = max(0.0, float(steep.max(initial=0.0)))
        return {"gap": nothing, "cover": nothing, "fairness": replace(nothing, placed=highest)}
    over, high = 1.0 + blocks.over, blocks.curves.street_high
    by_people, by_markets = high <= cells.street_high, over * filled.target < high
    ended = np.where(by_markets, filled.multiple, _highest(blocks.curves))
    pull = 2.0 * (ended - 1.0)
    street = max(0.0, float(pull[~by_people].max(initial=0.0)))
    wanted = np.where(by_people, steep + np.maximum(pull - street, 0.0), steep)
    placed = max(0.0, float(wanted.max(initial=0.0)))
    cover_min = np.where(by_people, placed - steep, 0.0)
    cover_max = np.where(by_markets & ~by_people, street - pull, 0.0)
    return {
        "gap": replace(nothing, cover_min=_spread(instance, pools, by_people.astype(float))),
        "cover": replace(nothing, cover_max=_spread(instance, pools, by_markets.astype(float))),
        "fairness": replace(
            nothing,
            placed=placed,
            street=street,
            cover_min=_spread(instance, pools, cover_min),
            cover_max=_spread(instance, pools, cover_max),
        ),
    }


def _highest(curves: Curves) -> Floats:
    """Return the multiple from which all of a block's people stand at their capacity."""
    return np.asarray(curves.knot[curves.start[1:] - 1])


def _spread(instance: Instance, pools: Pools, values: Floats) -> Floats:
    """Lay values of blocks on (leaf, period, product)."""
    found = np.zeros(instance.reference.shape)
    block: Ints = np.lexsort((pools.period, pools.leaf))
    found[pools.leaf[block], pools.period[block]] = values[:, None]
    return found
