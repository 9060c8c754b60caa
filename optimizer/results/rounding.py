"""From an exact plan to one in whole units, down to each rep's cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.allocation import Allocation
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Bands, Floats, Instance, Ints
from optimizer.results.remainder import largest_remainder, whole_part
from optimizer.results.split import split_tables
from optimizer.results.whole_cells import WholeCells, round_cells
from optimizer.results.whole_street import round_volumes

_DUST = 1e-7
"""Part of a whole by which a share may leave its band and still count as in it."""


@dataclass(frozen=True)
class WholePlan:
    """A plan in whole units.

    Attributes
    ----------
    ask, placed : (leaf, period, product) ints
        What is asked of a region's cell, and its target.
    cells : (rep, period, product) ints or None
        Rep targets; None in a regional plan.
    floor, stretch : ints
        Of the shape of `cells`, or of `placed` in a regional plan.
    stretch_placed : int
        What stretch places at region level.
    """

    ask: Ints
    placed: Ints
    cells: Ints | None
    floor: Ints
    stretch: Ints
    stretch_placed: int


def round_plan(instance: Instance, allocation: Allocation, stretch: Instance) -> WholePlan:
    """Round an exact plan and put floor and stretch around it.

    Parameters
    ----------
    instance : Instance
    allocation : Allocation
    stretch : Instance
        The stretch problem on the same axes.
    """
    whole, cells = _round(instance, allocation, None)
    targets = whole.placed if cells is None else cells
    above, raised = _stretch(instance, stretch, whole, cells)
    floor = floor_cells(instance, targets)
    return WholePlan(
        whole.ask,
        whole.placed,
        cells,
        floor,
        _own_stretch(instance, stretch, targets, raised),
        int(above.placed.sum()),
    )


def _round(
    instance: Instance, allocation: Allocation, base: Ints | None
) -> tuple[WholeCells, Ints | None]:
    rules = read_rules(instance)
    pools = read_pools(instance, rules)
    whole = round_cells(
        instance, rules, pools, allocation.ask, allocation.placed, allocation.placed_most
    )
    if pools is None or allocation.volume is None:
        return whole, None
    volume = round_volumes(instance, pools, whole.placed, allocation.volume)
    return whole, _rep_cells(instance, pools, volume, base)


def _rep_cells(instance: Instance, pools: Pools, volume: Ints, base: Ints | None) -> Ints:
    """Round the reps' totals by water-filling, then split them over products."""
    assert instance.reps is not None
    curves, unit = pools.curves, instance.unit
    street = volume.sum(axis=1) * unit
    exact = curves.targets(curves.multiple(np.arange(len(street)), street)) / unit
    order = np.lexsort((pools.item_rep, curves.pool))
    high = np.where(np.isfinite(curves.high), curves.high / unit, 2.0**53)
    total = largest_remainder(
        exact[order],
        curves.pool[order],
        volume.sum(axis=1),
        np.rint(curves.low[order] / unit).astype(np.int64),
        np.rint(high[order]).astype(np.int64),
    )
    cells = np.zeros((*instance.reps.reference.shape, volume.shape[1]), dtype=np.int64)
    rep, period = pools.item_rep[order], pools.item_period[order]
    if base is not None:
        cells += base
        total = total - base[rep, period].sum(axis=1)
        given = np.zeros_like(volume)
        np.add.at(given, curves.pool[order], base[rep, period])
        volume = volume - given
    cells[rep, period] += split_tables(total, curves.pool[order], volume)
    return cells


def _stretch(
    instance: Instance, stretch: Instance, whole: WholeCells, cells: Ints | None
) -> tuple[WholeCells, Ints]:
    """Solve and round the stretch problem with every cell at least its target."""
    raised = replace(
        stretch,
        placed_low=whole.placed * instance.unit,
        bands=_bands_around(stretch, whole.ask),
    )
    if cells is not None and instance.reps is not None and stretch.reps is not None:
        assert instance.groups is not None
        volume = np.zeros((len(instance.groups.leaf), *cells.shape[1:]))
        np.add.at(volume, instance.reps.group, cells * instance.unit)
        low = np.maximum(stretch.reps.low, cells.sum(axis=2) * instance.unit)
        raised = replace(
            raised, volume_low=volume, reps=replace(stretch.reps, low=_below(low, stretch))
        )
    above, stretched = _round(raised, solve_pooled(raised), cells)
    return above, above.placed if stretched is None else stretched


def _bands_around(stretch: Instance, ask: Ints) -> Bands:
    """Let bands out as far as whole asks left them, so that the targets can be built upon."""
    rules, bands = read_rules(stretch), stretch.bands
    asked = ask.ravel()[rules.open_cell].astype(float)
    part = rules.band_part.sums(asked, len(bands.low))
    whole = rules.band_whole.sums(asked, len(bands.low))
    share = np.divide(part, whole, out=bands.low.copy(), where=whole > 0)
    low = np.where(share < bands.low - _DUST, share, bands.low)
    high = np.where(share > bands.high + _DUST, share, bands.high)
    return replace(bands, low=low, high=high)


def _below(low: Floats, stretch: Instance) -> Floats:
    assert stretch.reps is not None
    return np.minimum(low, np.where(stretch.reps.reference > 0, stretch.reps.high, low))


def _own_stretch(instance: Instance, stretch: Instance, targets: Ints, stretched: Ints) -> Ints:
    """Put in the stretch of reps who have their own ratio: nearest unit, within capacity."""
    reps = instance.reps
    if reps is None or np.isnan(reps.stretch_ratio).all():
        return stretched
    assert stretch.reps is not None
    result = stretched.copy()
    for rep in np.flatnonzero(~np.isnan(reps.stretch_ratio)):
        total = targets[rep].sum(axis=1)
        most = np.minimum(stretch.reps.high[rep] / instance.unit, 2.0**53)
        wanted = np.minimum(np.floor(total * reps.stretch_ratio[rep] + 0.5 + 1e-9), most)
        periods = np.arange(len(total))
        rows = targets[rep] * (wanted / np.maximum(total, 1))[:, None]
        result[rep] = largest_remainder(
            rows.ravel(),
            np.repeat(periods, rows.shape[1]),
            np.maximum(wanted.astype(np.int64), total),
            targets[rep].ravel(),
        ).reshape(rows.shape)
    return result


def floor_cells(instance: Instance, targets: Ints) -> Ints:
    """Return floors: target × ratio, rounded by largest remainder down the tree.

    Parameters
    ----------
    targets : (owner, period, product) ints
        Owners are reps, or leaves in a regional plan.
    """
    ratio = np.full(len(targets), instance.floor_goal / instance.goal)
    leaf: Ints = np.arange(len(targets))
    if instance.reps is not None:
        leaf = instance.reps.leaf
        own = instance.reps.floor_ratio
        ratio = np.where(np.isnan(own), ratio, own)
    exact = targets * np.minimum(ratio, 1.0)[:, None, None]
    period_totals = _nearest_sum(exact.sum(axis=(0, 2)))
    by_leaf = _down_the_tree(instance, leaf, exact.sum(axis=2), period_totals)
    owners = np.lexsort((np.arange(len(leaf)), leaf))
    floor = np.zeros_like(targets)
    for period in range(targets.shape[1]):
        totals = largest_remainder(
            exact[owners, period].sum(axis=1), leaf[owners], by_leaf[:, period]
        )
        cells = exact[owners, period]
        floor[owners, period] = largest_remainder(
            cells.ravel(),
            np.repeat(np.arange(len(owners)), cells.shape[1]),
            totals,
        ).reshape(cells.shape)
    return floor


def _nearest_sum(exact: Floats) -> Ints:
    total = int(np.floor(exact.sum() + 0.5 + 1e-9))
    low = int(whole_part(exact)[0].sum())
    return largest_remainder(
        exact, np.zeros(len(exact), dtype=np.int64), np.array([max(total, low)])
    )


def _down_the_tree(instance: Instance, leaf: Ints, exact: Floats, totals: Ints) -> Ints:
    """Hand period totals down the region tree; returns (leaf, period)."""
    tree = instance.tree
    leaves = np.zeros((len(tree.leaf_node), exact.shape[1]))
    np.add.at(leaves, leaf, exact)
    nodes = tree.covers.astype(float) @ leaves
    whole = np.zeros(nodes.shape, dtype=np.int64)
    whole[0] = totals
    for parent in range(len(tree.names)):
        children = np.flatnonzero(tree.parent == parent)
        if not len(children):
            continue
        for period in range(exact.shape[1]):
            whole[children, period] = largest_remainder(
                nodes[children, period],
                np.zeros(len(children), dtype=np.int64),
                whole[parent, [period]],
            )
    return whole[tree.leaf_node]
