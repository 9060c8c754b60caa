"""Whole cells of one region's reps, every limit of theirs kept: for where the quick way fails.

Most regions need no more than water-filling and a controlled table. Where a rep would break
a year limit or the effort that a capacity leaves, the cells rep × period × product of that
region become the items of one rounding problem. What limits leave no room for is left out,
and told, so that the regional cells can be rounded again around it.
"""

from __future__ import annotations

import contextlib

import numpy as np

from optimizer.errors import SearchEndedError
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.results.exact_cells import exact_cells
from optimizer.results.nearest import Nearest
from optimizer.results.region_rows import region_problem
from optimizer.results.region_task import Items, Region, Task, cell_most
from optimizer.results.region_units import without_search

_ALL_PLACED = 30_000.0
"""Less than a unit costs: the first search is for whole numbers that leave no unit over."""

_NEAR_ENOUGH = 1.0
"""The second search is for near ones, to within this cost."""

_NODES = 10
"""How long each search may be; what is found in the end is mostly found at its start."""

_AROUND = 3.0
"""Units around an exact cell that are tried first."""

_SMALL = 20
"""Cells up to which no unit is given up without a search, if there are few regions to round."""

_DUST = 1e-6

_FEW, _FEW_OF_REPS = 2.0, 0.1
"""Units of a period, and for each rep, that are left over without another way being tried."""


def round_region(instance: Instance, task: Task) -> Region | None:
    """Return the whole cells nearest to the exact ones; None where limits leave none.

    Units are given one by one, from the exact cells and then from the nearest in fractions that
    keep all limits; what leaves less over is taken. In a small region, or where both ways fail,
    whole cells are searched for, a few units around these first: a search among few is short.
    """
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    chosen = sellable(instance.reference, groups)[reps.group] & (reps.reference > 0)[:, :, None]
    chosen &= (reps.leaf == task.leaf)[:, None, None]
    chosen &= np.isin(np.arange(chosen.shape[1]), task.periods)[None, :, None]
    items = Items(*np.nonzero(chosen))
    exact = _exact(instance, task, chosen)[items.rep, items.period, items.product]
    base = task.base[items.rep, items.period, items.product].astype(float)
    small = task.search and len(exact) <= _SMALL
    enough = max(_FEW, _FEW_OF_REPS * len(np.unique(items.rep))) * len(task.periods)
    few = 0.0 if small else enough
    best = _without_search(instance, task, items, exact)
    if best is not None and best.left_over <= few:
        return best
    wide, worth = (base, np.full(len(base), np.inf)), np.ones(len(base), dtype=bool)
    relaxed = region_problem(instance, task, items, Nearest(exact, *wide, worth)).relaxed()
    if relaxed is None:
        return None
    least = _left_over(instance, task, items, relaxed)
    best = _better(best, _without_search(instance, task, items, relaxed))
    if best is not None and (not small or best.left_over < least + 1.0 - _DUST):
        return best
    near = np.maximum(base, np.floor(relaxed) - _AROUND)
    ended: list[SearchEndedError] = []
    for low, high in ((near, np.maximum(near, np.ceil(relaxed) + _AROUND)), wide):
        problem = region_problem(instance, task, items, Nearest(relaxed, low, high, worth))
        found = _searched(problem, ended)
        if found is None:
            continue
        region = _read(instance, task, items, found)
        if not region.leaves_over:
            return _nearer(instance, task, items, problem, region)
        best = _better(best, region)
        if best is not None and best.left_over <= least + _FEW * len(task.periods):
            break
    if best is None and ended:
        raise ended[0]
    return best


def _searched(problem: Nearest, ended: list[SearchEndedError]) -> Ints | None:
    """Return whole cells that place all or nearly; None where there are none, or it `ended`."""
    ended.clear()
    try:
        return problem.solve(gap=_ALL_PLACED, most_nodes=_NODES)
    except SearchEndedError as error:
        ended.append(error)
        return None


def _nearer(
    instance: Instance, task: Task, items: Items, problem: Nearest, region: Region
) -> Region:
    """Return what is nearer to fractions than a region that places all; the region if none is."""
    with contextlib.suppress(SearchEndedError):
        found = problem.solve(gap=_NEAR_ENOUGH, most_nodes=_NODES)
        if found is not None:
            nearer = _read(instance, task, items, found)
            return region if nearer.leaves_over else nearer
    return region


def _better(first: Region | None, second: Region | None) -> Region | None:
    """Return what leaves less over; the first where both leave the same."""
    if first is None or second is None:
        return second if first is None else first
    return second if second.left_over < first.left_over else first


def _without_search(instance: Instance, task: Task, items: Items, relaxed: Floats) -> Region | None:
    found = without_search(instance, task, items, relaxed)
    return None if found is None else _read(instance, task, items, found)


def _left_over(instance: Instance, task: Task, items: Items, cells: Floats) -> float:
    """Return how much cells in fractions miss what is placed, or go beyond what may be."""
    sums = np.zeros(task.placed.shape)
    np.add.at(sums, (items.period, items.product), cells)
    here = np.isin(np.arange(len(sums)), task.periods)
    missing, excess = task.placed - sums, sums - cell_most(instance, task.placed)
    return float((np.maximum(missing, 0.0) + np.maximum(excess, 0.0))[here].sum())


def _read(instance: Instance, task: Task, items: Items, found: Ints) -> Region:
    sums = np.zeros(task.placed.shape, dtype=np.int64)
    np.add.at(sums, (items.period, items.product), found)
    here = np.isin(np.arange(len(sums)), task.periods)[:, None]
    missing = np.where(here, np.maximum(task.placed - sums, 0), 0)
    excess = np.where(here, np.maximum(sums - cell_most(instance, task.placed), 0), 0)
    place = (items.rep, items.period, items.product)
    return Region(task.leaf, task.periods, *place, found, missing, excess)


def _exact(instance: Instance, task: Task, chosen: np.ndarray) -> Floats:
    """Return exact cells, (rep, period, product), in units."""
    reps = instance.reps
    assert reps is not None
    result = np.zeros(chosen.shape)
    effort = np.ones(chosen.shape[2]) if instance.effort is None else instance.effort
    for period in task.periods.tolist():
        members = np.flatnonzero(chosen[:, period].any(axis=1))
        placed = task.placed[period].astype(float)
        total = task.total[members, period]
        if not len(members) or placed.sum() <= 0:
            continue
        column = placed * (total.sum() / placed.sum())
        capacity = reps.high[members, period] / instance.unit
        result[members, period] = exact_cells(
            total, column, chosen[members, period], effort, capacity
        )
    return result
