"""F of a peer's plan and every rule of it, worked out again from its cells alone."""

from __future__ import annotations

import numpy as np

from benchmarks.peer_world import Answer, Floats, Ints, World


def check(world: World, answer: Answer) -> dict[str, float | str]:
    """Return how fair a plan is, how much it places, and the rule that it breaks most.

    Returns
    -------
    dict
        ``fairness``, F; ``fairness_off``, its relative difference from the best; ``placed``;
        ``lacking``, what is placed less than the best plan does, as a part of that;
        ``violation`` and ``rule``, the largest breach as a part of the limit, and of what.
    """
    placed = add_up(answer.cells, world.leaf, len(world.reference))
    total = answer.cells.sum(axis=2)
    fairness = fairness_of(world, answer)
    found = breaches(world, answer.ask, placed, total)
    found["cells below 0"] = _above(-answer.cells, 0.0)
    rule = max(found, key=lambda name: found[name])
    return {
        "fairness": fairness,
        "fairness_off": fairness / world.fairness - 1.0,
        "placed": float(placed.sum()),
        "lacking": 1.0 - float(placed.sum()) / world.placed_most,
        "violation": found[rule],
        "rule": rule,
    }


def fairness_of(world: World, answer: Answer) -> float:
    """Return F of a plan."""
    placed = add_up(answer.cells, world.leaf, len(world.reference))
    total = answer.cells.sum(axis=2)
    return _squares(placed, world.reference) + _squares(total, world.rep_reference)


def breaches(world: World, ask: Floats, placed: Floats, total: Floats) -> dict[str, float]:
    """Return by how much each family of rules is broken at worst, as a part of the limit.

    Parameters
    ----------
    ask, placed : (leaf, period, product) floats
    total : (rep, period) floats
    """
    of_leaf = ask.sum(axis=(1, 2))
    of_area = add_up(of_leaf, world.area, len(world.area_band))
    whole = world.goal
    return {
        "goal": max(_above(ask.sum(), whole), _below(ask.sum(), whole)),
        "period shares": _outside(ask.sum(axis=(0, 2)), world.period_band, whole),
        "product shares": _outside(ask.sum(axis=(0, 1)), world.product_band, whole),
        "area shares": _outside(of_area, world.area_band, whole),
        "leaf shares": _outside(of_leaf, world.leaf_band, of_area[world.area]),
        "backing": _above(placed, ask),
        "potential": _above(placed, world.potential),
        "capacity": _above(total, world.high),
        "min": _below(total, world.low),
        "ask below 0": _above(-ask, 0.0),
    }


def add_up(values: Floats, label: Ints, labels: int) -> Floats:
    """Return the sum of the rows of each label, shape (label, …)."""
    columns = values.reshape(len(values), -1)
    sums = [np.bincount(label, columns[:, k], labels) for k in range(columns.shape[1])]
    return np.stack(sums, axis=1).reshape(labels, *values.shape[1:])


def _squares(value: Floats, reference: Floats) -> float:
    return float(((value - reference) ** 2 / reference).sum())


def _outside(value: Floats, band: Floats, whole: Floats | float) -> float:
    return max(_below(value, band[:, 0] * whole), _above(value, band[:, 1] * whole))


def _above(value: Floats, limit: Floats | float) -> float:
    over = (value - limit) / np.maximum(np.abs(limit), 1.0)
    return float(np.max(over, initial=0.0))


def _below(value: Floats, limit: Floats | float) -> float:
    under = (limit - value) / np.maximum(np.abs(limit), 1.0)
    return float(np.max(under, initial=0.0))
