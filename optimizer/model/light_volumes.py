"""Volumes of products mended where effort needs more of the light ones than the region's mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.pools import Pools, spread_effort
from optimizer.model.rules import Rules
from optimizer.model.streets import read_cuts
from optimizer.model.volume_search import light_needed, search_volumes
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.solve.program import Solver

_NEGLIGIBLE = 1e-9
"""Part of a pool's total that may lack."""

_NEARNESS = 1e-3
"""Cost of leaving the region's mix, beside 1 for missing what must be."""


def mend_volumes(
    instance: Instance,
    rules: Rules,
    pools: Pools,
    placed: Floats,
    totals: Floats,
    volume: Floats,
) -> Floats:
    """Return the volumes nearest to given ones that leave everybody within the capacity.

    They also cover what is placed, which the given ones may come near only.

    Where they do so already, they stay as they are; elsewhere the sum of what is moved is least.

    Parameters
    ----------
    placed : (cell,) floats
    totals : (rep, period) floats
    volume : (group, period, product) floats

    Returns
    -------
    (group, period, product) floats
    """
    if instance.effort is None:
        return volume
    short = _short(instance, pools, totals, volume)
    place = _uncovered(instance, rules, pools, placed, volume)
    place[pools.leaf[short], pools.period[short]] = True
    if not place.any():
        return volume
    asked = replace(pools, plain=~place[pools.leaf, pools.period])
    search = search_volumes(instance, rules, asked, placed, totals)
    owner, columns = search.volumes.pool, search.volumes.column
    where = (pools.group[owner], pools.period[owner], rules.product[search.volumes.cell])
    before = volume[where] / search.scale
    rows = search.builder.add_rows(before, before)
    search.builder.add_entries(rows, columns, 1.0)
    for sign in (1.0, -1.0):
        zeros = np.zeros(len(rows))
        moved = search.builder.add_columns(zeros, zeros + np.inf, zeros + _NEARNESS)
        search.builder.add_entries(rows, moved, sign)
    found = Solver(search.builder.build()).solve()
    if not found.feasible:
        return volume
    mended = volume.copy()
    mended[where] = np.maximum(found.values[columns], 0.0) * search.scale
    return mended


def _uncovered(
    instance: Instance, rules: Rules, pools: Pools, placed: Floats, volume: Floats
) -> Bools:
    """Return the regions and periods whose volumes miss what is placed, (leaf, period)."""
    assert instance.groups is not None
    sums = np.zeros(instance.reference.shape)
    np.add.at(sums, instance.groups.leaf, volume)
    most = (1.0 + instance.over_rep) * placed + instance.cover_give
    sold = sums.ravel()[rules.open_cell]
    missed = np.maximum(placed - sold, sold - most) > _NEGLIGIBLE * instance.ask_total
    found = np.zeros(instance.reference.shape[:2], dtype=bool)
    found[rules.leaf[missed], rules.period[missed]] = True
    mixed = np.zeros_like(found)
    mixed[pools.leaf[~pools.plain], pools.period[~pools.plain]] = True
    return np.asarray(found & mixed)


def _short(instance: Instance, pools: Pools, totals: Floats, volume: Floats) -> Bools:
    """Return the pools whose volumes lack light products, (pool,)."""
    assert instance.effort is not None
    cuts = read_cuts(instance, pools, spread_effort(instance)[pools.group, pools.period])
    needed = light_needed(instance, pools, cuts, totals)
    sold = volume[pools.group, pools.period]
    there = sold @ np.maximum(cuts.effort[None, :] - instance.effort[:, None], 0.0)
    lack = needed - there > _NEGLIGIBLE * sold.sum(axis=1, keepdims=True)
    return np.asarray((lack & cuts.there).any(axis=1))
