"""Curves of all regions as one, and the variance of cost by what makes it."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from optimizer.problem.instance import Floats
from optimizer.stress.closed import (
    MEAN,
    NODES,
    QUANTITIES,
    REACH,
    VARIANCE,
    Comes,
    Curves,
    chebyshev_nodes,
    fine_table,
    fitted,
)
from optimizer.stress.world import World

_POINTS, _FEW_POINTS = 48, 20
"""Nodes of the Gauss-Hermite rules by which variance is split, and regions are averaged."""


def averaged(world: World, curves: Curves) -> Curves:
    """Return curves in which regions are summed, as functions of the company's factor alone.

    What a region has for itself becomes part of the variance and the third cumulant.
    """
    laws = world.laws
    nodes, weight = hermegauss(_FEW_POINTS)
    weight = weight / weight.sum()
    reach = REACH * float(np.sqrt(laws.company))
    number = NODES[-1] if reach > 0 else 1
    place = chebyshev_nodes(number)
    factor = (reach * place[:, None] + np.sqrt(laws.region) * nodes).reshape(-1, 1)
    tables = {}
    for comes, table in curves.tables.items():
        periods, regions = table.shape[:2]
        found = np.zeros((periods, QUANTITIES, number, 1))
        for period in range(periods):
            sums = curves.at(comes, period, np.repeat(factor, regions, axis=1))
            each = sums.reshape(QUANTITIES, number, len(nodes), regions)
            found[period, :, :, 0] = _pooled(each, weight)
        tables[comes] = fine_table(fitted(found, place), reach)
    return Curves(reach, 0.0, tables)


def _pooled(sums: Floats, weight: Floats) -> Floats:
    """Return cumulants of the sum of regions over their own factors, (quantity, step) floats.

    Parameters
    ----------
    sums : (quantity, step, node, region) floats
    weight : (node,) floats
    """
    mean, variance, third = sums
    middle = np.einsum("snr,n->sr", mean, weight)
    off = mean - middle[:, None]
    spread, skew = variance + off**2, third + 3 * off * variance + off**3
    others = [np.einsum("snr,n->s", one, weight) for one in (spread, skew)]
    return np.stack([middle.sum(axis=1), *others])


def closed_variance(world: World, curves: Curves) -> dict[str, float]:
    """Return the variance of cost that shocks, company, regions and individuals make."""
    chances = world.chances
    parts = dict.fromkeys(("shock", "company", "region", "individual"), 0.0)
    means, weights = [], []
    for comes in curves.tables:
        chance = float(np.prod(np.where(comes, chances, 1 - chances)))
        mean = 0.0
        for period in range(len(world.payees.periods)):
            found = _split(world, curves, comes, period)
            mean += found["mean"]
            for name in ("company", "region", "individual"):
                parts[name] += chance * found[name]
        means.append(mean)
        weights.append(chance)
    middle = np.average(means, weights=weights)
    parts["shock"] = float(np.average((np.array(means) - middle) ** 2, weights=weights))
    return parts


def _split(world: World, curves: Curves, comes: Comes, period: int) -> dict[str, float]:
    laws = world.laws
    nodes, weight = hermegauss(_POINTS)
    weight = weight / weight.sum()
    factor = np.sqrt(laws.company) * nodes[:, None] + np.sqrt(laws.region) * nodes
    regions = len(world.regions)
    table = np.repeat(factor.reshape(-1, 1), regions, axis=1)
    found = curves.at(comes, period, table).reshape(QUANTITIES, _POINTS, _POINTS, regions)
    mean, variance = found[MEAN], found[VARIANCE]
    given = np.einsum("zyr,y->zr", mean, weight)
    square = np.einsum("zyr,y->zr", mean**2, weight)
    whole = given.sum(axis=1)
    return {
        "mean": float(weight @ whole),
        "company": float(weight @ whole**2 - (weight @ whole) ** 2),
        "region": float(weight @ (square - given**2).sum(axis=1)),
        "individual": float(np.einsum("zyr,z,y->", variance, weight, weight)),
    }
