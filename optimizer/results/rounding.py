"""From an exact plan to one in whole units, down to each rep's cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.allocation import Allocation
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import read_rules
from optimizer.model.solve import solve
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bands, Floats, Instance, Ints
from optimizer.results.own_stretch import own_stretch
from optimizer.results.people_room import read_room
from optimizer.results.remainder import group_sums, largest_in_rows, largest_remainder, whole_part
from optimizer.results.split import split_tables
from optimizer.results.whole_cells import WholeCells, round_cells
from optimizer.results.whole_limits import Known, in_totals, mend, narrowed
from optimizer.results.whole_rules import Frame, keeps_backing, no_whole_plan
from optimizer.results.whole_street import exact_streets, round_volumes
from optimizer.results.whole_totals import limits_people, water_filled

_DUST = 1e-7
"""Part of a whole by which a share may leave its band and still count as in it."""

_MOST_TRIES = 6
"""How often regional cells are rounded anew around what people cannot carry, beside once for
each period."""


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
    raised = own_stretch(instance, stretch, targets, raised)
    return WholePlan(
        whole.ask,
        whole.placed,
        None if cells is None else _compact(cells),
        _compact(floor_cells(instance, targets)),
        _compact(raised),
        int(above.placed.sum()),
    )


def _compact(counts: Ints) -> Ints:
    """Return counts in half the memory where they are small enough."""
    fits = counts.max(initial=0) <= np.iinfo(np.int32).max
    return counts.astype(np.int32) if fits else counts


def round_placed(instance: Instance, allocation: Allocation) -> Ints:
    """Return targets of regions in whole units as `round_plan` does, (leaf, period, product)."""
    return _round(instance, allocation, None)[0].placed


def _round(
    instance: Instance, allocation: Allocation, base: Ints | None, known: Pools | None = None
) -> tuple[WholeCells, Ints | None]:
    """Round regional cells, then those of reps; again where people leave no room for some.

    What they leave no room for goes elsewhere that way. Where that ends nowhere, or loses more
    than it saves, it is not placed. `known` are the pools of the instance.
    """
    best: tuple[WholeCells, Ints] | None = None
    seen: Known = {}
    in_units = in_totals(instance)
    rules, room = read_rules(in_units), read_room(instance)
    pools = known if known is not None and in_units is instance else read_pools(in_units)
    for _ in range(_MOST_TRIES + len(instance.periods)):
        whole = round_cells(
            in_units, rules, pools, allocation.ask, allocation.placed, allocation.placed_most, room
        )
        if pools is None or allocation.volume is None or allocation.rep_total is None:
            return whole, None
        most = exact_streets(instance, pools, allocation.placed, allocation.rep_total)
        volume = round_volumes(in_units, pools, whole.placed, allocation.volume, most)
        cells = _rep_cells(in_units, pools, volume, base)
        if not limits_people(instance):
            return whole, cells
        below = np.zeros_like(cells) if base is None else base
        mended = mend(instance, pools, allocation.rep_total, whole.placed, cells, below, seen)
        if mended.most is None:
            return _larger(best, (whole, mended.cells))
        if mended.placed is not None and _keeps_regions(in_units, mended.placed):
            best = _larger(best, (replace(whole, placed=mended.placed), mended.cells))
        rules = narrowed(instance, rules, mended)
    if best is None:
        raise no_whole_plan(instance)
    return best


def _keeps_regions(instance: Instance, placed: Ints) -> bool:
    """Whether less placed is still enough for locks on regions and for what must be placed."""
    rules = read_rules(instance)
    low = np.rint(rules.placed_low / instance.unit)
    enough = (placed.ravel()[rules.open_cell] >= low).all()
    return bool(
        enough
        and keeps_backing(Frame(instance, rules, None, np.inf), placed.ravel()[rules.open_cell])
    )


def _larger(
    best: tuple[WholeCells, Ints] | None, other: tuple[WholeCells, Ints]
) -> tuple[WholeCells, Ints]:
    """Return the plan that places more; the latter where both place the same."""
    more = best is not None and int(best[0].placed.sum()) > int(other[0].placed.sum())
    return best if best is not None and more else other


def _rep_cells(instance: Instance, pools: Pools, volume: Ints, base: Ints | None) -> Ints:
    """Round the reps' totals by water-filling, then split them over products."""
    assert instance.reps is not None
    total = water_filled(pools, volume.sum(axis=1), instance.unit)
    pool, rep, period = pools.curves.pool, pools.item_rep, pools.item_period
    if base is None:
        cells = np.zeros((*instance.reps.reference.shape, volume.shape[1]), dtype=np.int64)
        cells[rep, period] = split_tables(total, pool, volume)
        return cells
    cells, own = base.copy(), base[rep, period]
    more = volume - group_sums(pool, own, len(volume))
    own += split_tables(total - own.sum(axis=1), pool, more)
    cells[rep, period] = own
    return cells


def _stretch(
    instance: Instance, stretch: Instance, whole: WholeCells, cells: Ints | None
) -> tuple[WholeCells, Ints]:
    """Solve and round the stretch problem with every cell at least its target."""
    raised = replace(
        stretch,
        placed_low=whole.placed * instance.unit,
        is_stretch=True,
        bands=_bands_around(stretch, whole.ask),
    )
    if cells is not None and instance.reps is not None and stretch.reps is not None:
        assert instance.groups is not None
        groups = len(instance.groups.leaf)
        volume = group_sums(instance.reps.group, cells, groups) * instance.unit
        low = np.maximum(stretch.reps.low, cells.sum(axis=2) * instance.unit)
        raised = replace(
            raised,
            volume_low=volume,
            cells_low=None if stretch.effort is None else cells * instance.unit,
        )
        raised = replace(raised, reps=replace(stretch.reps, low=_below(low, raised)))
    pools = read_pools(raised)
    above, stretched = _round(raised, solve(raised, pools=pools).allocation, cells, pools)
    return above, above.placed if stretched is None else stretched


def _bands_around(stretch: Instance, ask: Ints) -> Bands:
    """Let bands out as far as whole asks left them, so that the targets can be built upon."""
    rules, bands = read_rules(stretch), stretch.bands
    asked = ask.ravel()[rules.open_cell].astype(float)
    part = rules.band_part.sums(asked, len(bands.low))
    whole = rules.wholes.sums(asked)
    share = np.divide(part, whole, out=bands.low.copy(), where=whole > 0)
    low = np.where(share < bands.low - _DUST, share, bands.low)
    high = np.where(share > bands.high + _DUST, share, bands.high)
    return replace(bands, low=low, high=high)


def _below(low: Floats, stretch: Instance) -> Floats:
    assert stretch.reps is not None
    most = most_totals(stretch)
    return np.minimum(low, np.where(stretch.reps.reference > 0, most, low))


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
    ratio = np.minimum(ratio, 1.0)
    periods = range(targets.shape[1])
    sums = np.stack(
        [(targets[:, period] * ratio[:, None]).sum(axis=1) for period in periods], axis=1
    )
    by_leaf = _down_the_tree(instance, leaf, sums, _nearest_sum(sums.sum(axis=0)))
    owners = np.argsort(leaf, kind="stable")
    floor = np.zeros_like(targets)
    for period in periods:
        totals = largest_remainder(sums[owners, period], leaf[owners], by_leaf[:, period])
        exact = targets[owners, period] * ratio[owners, None]
        floor[owners, period] = largest_in_rows(exact, totals)
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
    by_leaf = [
        np.bincount(leaf, weights=column, minlength=len(tree.leaf_node)) for column in exact.T
    ]
    nodes = tree.sums(np.column_stack(by_leaf).astype(float))
    whole = np.zeros(nodes.shape, dtype=np.int64)
    whole[0] = totals
    for level in tree.levels[1:]:
        children = level[np.argsort(tree.parent[level], kind="stable")]
        parents, group = np.unique(tree.parent[children], return_inverse=True)
        for period in range(exact.shape[1]):
            whole[children, period] = largest_remainder(
                nodes[children, period], group, whole[parents, period]
            )
    return whole[tree.leaf_node]
