"""What moved each region's cells from the reference to the exact target.

At the best plan the price of every rule says how hard it pulls (docs/model.md, "How a number
is explained"). All moves here are parts of the reference: 0.1 is a tenth of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.explain.moves import add_moves
from optimizer.explain.people import APART, Multiples, parts_of, sums_by_leaf
from optimizer.model.allocation import Allocation
from optimizer.model.bound import Prices, no_prices
from optimizer.model.listing import gather_prices
from optimizer.model.rules import Rules, active_periods, cube_of, read_rules
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.problem.reference import sellable

SHIFT = "fairness shift"
BANDS = ("period_share", "region_share", "product_share", "share")
OWN = (*APART, "capacity", "min")
REGION_LOCK = "region lock"
STAGES = (OWN, ("region_share",), ("period_share",), ("product_share",), ("share",),
          (REGION_LOCK,), ("eligibility",), ("potential",))  # fmt: skip
_FULL = 1.0 - 1e-9
_LARGE = 1e9


@dataclass(frozen=True)
class CellMoves:
    """Moves of the cells from reference to exact target, as parts of the reference.

    Attributes
    ----------
    moves : dict of name to (leaf, period, product) floats
        They add up to Y / D0 − 1; 0 in closed cells.
    short : bool
        Whether the plan falls short of what was asked: then what can be placed is placed,
        and nothing is held back.
    lists : (leaf,) bools
        Where some rep does not sell all open products.
    """

    moves: dict[str, Floats]
    short: bool
    lists: Bools

    def by_region(self, instance: Instance, names: tuple[str, ...]) -> dict[str, Floats]:
        """Return moves of regions and periods as parts of their references, (leaf, period)."""
        reference = instance.reference
        return {name: _mean(self.moves[name], reference) for name in names}


def explain_cells(
    instance: Instance, allocation: Allocation, multiples: Multiples | None
) -> CellMoves:
    """Split what happened to every open cell into the limits that did it.

    Parameters
    ----------
    multiples : Multiples or None
        None in a regional plan.
    """
    rules = read_rules(instance)
    prices = gather_prices(instance, allocation.prices).get("fairness", no_prices(instance))
    short = _is_short(instance, allocation)
    lists = _lists(instance)
    works = active_periods(instance)[:, :, None] & (instance.reference > 0)
    part = np.divide(
        allocation.placed,
        instance.reference,
        out=np.ones_like(instance.reference),
        where=instance.reference > 0,
    )
    parts = _pulls(instance, rules, prices, multiples)
    rest = part - 1.0 - np.asarray(sum(parts.values()))
    _people(instance, parts, rest, multiples, lists)
    if not short:
        _shift_under_fixed_shares(instance, rules, parts)
    parts = {name: np.where(works, values, 0.0) for name, values in parts.items()}
    names, moves = [SHIFT], parts[SHIFT][None]
    for stage in STAGES:
        new = np.stack([parts[name] for name in stage])
        moves = add_moves(moves, new, hold=not short and stage != OWN)
        names.extend(stage)
    found = dict(zip(names, moves, strict=True))
    found["coverage"] = np.where(works, 0.0, part - 1.0)
    return CellMoves(found, short, lists)


def _is_short(instance: Instance, allocation: Allocation) -> bool:
    if allocation.placed_most < instance.ask_total * _FULL:
        return True
    wanted = (1.0 + instance.over_rep) * allocation.placed_most
    return instance.reps is not None and allocation.street_most < wanted * _FULL


def _lists(instance: Instance) -> Bools:
    lists = np.zeros(len(instance.reference), dtype=bool)
    groups = instance.groups
    if groups is not None:
        missing = sellable(instance.reference, groups) != (instance.reference[groups.leaf] > 0)
        np.logical_or.at(lists, groups.leaf, missing.any(axis=(1, 2)))
    return lists


def _pulls(
    instance: Instance, rules: Rules, prices: Prices, multiples: Multiples | None
) -> dict[str, Floats]:
    """Return what each family's prices are worth in each cell, but for the people's limits.

    A pull that is alike in all products of a region and period is shared with the people, who
    hold against it as the cells do: of such pulls only the part `shared` arrives.
    """
    shared = _shared(instance, multiples)
    pulls, left = _band_pulls(instance, rules, prices)
    pulls["potential"] = -_cube(instance, rules, _potential_prices(rules, prices))
    cells = len(rules.open_cell)
    pulls[REGION_LOCK] = _cube(instance, rules, rules.region_lock.spread(prices.region_lock, cells))
    street = (1.0 + instance.over_rep) * prices.street
    pulls[SHIFT] = shared * ((prices.goal + prices.placed + street) / 2.0 + left)
    for name in ("product_share", "share", REGION_LOCK, "potential"):
        pulls[SHIFT] -= (1.0 - shared) * _mean(pulls[name], instance.reference)[:, :, None]
    for name in ("region_share", "period_share"):
        pulls[name] = pulls[name] * shared
    return pulls


def _shared(instance: Instance, multiples: Multiples | None) -> float:
    return 1.0 if multiples is None else 1.0 / (2.0 + instance.over_rep)


def _band_pulls(
    instance: Instance, rules: Rules, prices: Prices
) -> tuple[dict[str, Floats], Floats]:
    """Return what share limits pull, by kind, and what they leave to the common pull.

    A share limit moves targets between its part and the rest of its whole: its pulls are told
    so that, weighted by reference, they cancel over the whole. What they pull at all cells of
    the whole alike is common.
    """
    bands, cells = instance.bands, len(rules.open_cell)
    high = np.where(np.isfinite(bands.high), bands.high, 0.0)
    price = prices.band_min - prices.band_max
    part = rules.band_part.sums(rules.reference, len(price))
    whole = rules.wholes.sums(rules.reference)
    share = _part(part, whole)
    pulls = {}
    for kind in BANDS:
        own = np.where([name == kind for name in bands.kind], price, 0.0)
        pull = rules.band_part.spread(own, cells) - rules.wholes.spread(own * share, cells)
        pulls[kind] = _cube(instance, rules, pull)
    common = price * share - (prices.band_min * bands.low - prices.band_max * high)
    return pulls, _cube(instance, rules, rules.wholes.spread(common, cells))


def _potential_prices(rules: Rules, prices: Prices) -> Floats:
    wide = rules.potential.spread(prices.potential[rules.potential_rows], len(rules.open_cell))
    own = np.zeros(len(rules.open_cell))
    limited = rules.own_potential >= 0
    own[limited] = prices.potential[rules.own_potential[limited]]
    return np.asarray(wide + own)


def _cube(instance: Instance, rules: Rules, prices: Floats) -> Floats:
    """Return half of prices by cell: F moves a cell by half of what pulls at it."""
    cube = np.zeros(instance.reference.size)
    cube[rules.open_cell] = prices / 2.0
    return cube.reshape(instance.reference.shape)


def _people(
    instance: Instance,
    parts: dict[str, Floats],
    rest: Floats,
    multiples: Multiples | None,
    lists: Bools,
) -> None:
    """Put in what the people's own limits do, and give what is left to the common pull.

    Where nobody in a region is free, what its prices say is settled by the people's limits
    alone: they carry the rest.

    Parameters
    ----------
    rest : (leaf, period, product) floats
        Y / D0 − 1, less all pulls.
    """
    for name in (*OWN, "eligibility"):
        parts[name] = np.zeros(instance.reference.shape)
    level = _mean(rest, instance.reference)
    if multiples is not None:
        bound = multiples.bound
        own = _own_sums(instance, multiples, 1.0)
        ask = instance.reference.sum(axis=2)
        shared = _shared(instance, multiples)
        for name, values in _who_holds(instance, multiples, level).items():
            moved = np.where(bound, values, shared * _part(own[name], ask))
            parts[name] += moved[:, :, None]
            rest = rest - moved[:, :, None]
        level = _mean(rest, instance.reference)
    apart = np.where(lists[:, None, None], rest - level[:, :, None], 0.0)
    parts["eligibility"] += apart
    parts[SHIFT] += rest - apart


def _shift_under_fixed_shares(instance: Instance, rules: Rules, parts: dict[str, Floats]) -> None:
    """Give the common pull of cells that a fixed share binds to that share.

    A region whose share is fixed, and those of the regions above it, makes up for its own cells
    whatever the rest of the company does; likewise a period or a product.
    """
    bands = instance.bands
    level = instance.tree.depth
    depth = np.array([level[name] for name in instance.leaves], dtype=np.float64)[rules.leaf]
    fixed = bands.low == bands.high
    for kind, needed in (
        ("region_share", depth),
        ("period_share", np.ones_like(depth)),
        ("product_share", np.ones_like(depth)),
    ):
        own = fixed & np.array([name == kind for name in bands.kind], dtype=bool)
        count = rules.band_part.spread(own.astype(np.float64), len(rules.open_cell))
        bound = cube_of(instance, rules, count >= needed)
        parts[kind] = parts[kind] + np.where(bound, parts[SHIFT], 0.0)
        parts[SHIFT] = np.where(bound, 0.0, parts[SHIFT])


def _who_holds(instance: Instance, multiples: Multiples, level: Floats) -> dict[str, Floats]:
    """Give the move of a region whose people are all at their limits to the limit that acts.

    Where no limit of theirs acts in the direction of the move it is left to the common pull.
    """
    assert instance.reps is not None
    down = level < 0
    capped = _own_sums(instance, multiples, np.inf)["capacity"] < 0
    raised = _own_sums(instance, multiples, 0.0)["min"] > 0
    by_limit = np.where(down, capped, raised)
    found = {
        "capacity": np.where(down & by_limit, level, 0.0),
        "min": np.where(~down & by_limit, level, 0.0),
    }
    left = ~by_limit
    for kind, mask in multiples.apart.items():
        here = left & (sums_by_leaf(instance.reps.leaf, mask, len(level)) > 0)
        found[kind] = np.where(here, level, 0.0)
        left = left & ~here
    return found


def _own_sums(instance: Instance, multiples: Multiples, wanted: float) -> dict[str, Floats]:
    """Return what own limits take or add by region and period, at the multiple nearest to one."""
    reps = instance.reps
    assert reps is not None
    multiple = np.minimum(multiples.nearest(np.full(multiples.least.shape, wanted)), _LARGE)
    shape = instance.reference.shape[:2]
    found: dict[str, Floats] = {name: np.zeros(shape) for name in OWN}
    for some in parts_of(reps):
        for name, values in multiples.own(reps, multiple, some).items():
            found[name] += sums_by_leaf(reps.leaf[some], values, len(instance.reference))
    return found


def _mean(values: Floats, reference: Floats) -> Floats:
    return _part((values * reference).sum(axis=2), reference.sum(axis=2))


def _part(amount: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(amount, whole, out=np.zeros_like(amount), where=whole > 0))
