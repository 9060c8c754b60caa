"""Whole cells of one region's reps, every limit of theirs kept: for where the quick way fails.

Most regions need no more than water-filling and a controlled table. Where a rep would break
a year limit or the effort that a capacity leaves, the cells rep × period × product of that
region become the items of one rounding problem. What limits leave no room for is left out,
and told, so that the regional cells can be rounded again around it.
"""

from __future__ import annotations

import numpy as np

from optimizer.model.alike import alike
from optimizer.model.members import Entries
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.problem.whole import ceil_units, floor_units, guard, over_assigned
from optimizer.results.exact_cells import exact_cells
from optimizer.results.nearest import Nearest
from optimizer.results.region_task import Items, Region, Task, cell_most
from optimizer.results.region_units import without_search

_TOTAL_WEIGHT = 60.0
"""How dear it is to leave the exact total of a rep and period."""

_MISSED = 50_000.0
"""Cost of a unit that is placed and finds no rep, or that reps must carry beyond it."""

_ALL_PLACED = 30_000.0
"""Less than a unit costs: the first search is for whole numbers that leave no unit over."""

_NEAR_ENOUGH = 1.0
"""The second search is for near ones, to within this cost."""

_NODES = 10
"""How long each search may be; what is found in the end is mostly found at its start."""

_AROUND = 3.0
"""Units around an exact cell that are tried first."""

_SMALL = 24
"""Cells up to which no unit is given up without a search."""

_FEW = 2.0
"""Units of a period that whole cells may leave over beyond those in fractions."""


def round_region(instance: Instance, task: Task) -> Region | None:
    """Return the whole cells nearest to the exact ones; None where limits leave none.

    Units are given one by one, from the exact cells and then from the nearest in fractions that
    keep all limits. Where both ways leave units over whole cells are searched for, a few units
    around these first: a search among few is short.
    """
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    chosen = sellable(instance.reference, groups)[reps.group] & (reps.reference > 0)[:, :, None]
    chosen &= (reps.leaf == task.leaf)[:, None, None]
    chosen &= np.isin(np.arange(chosen.shape[1]), task.periods)[None, :, None]
    items = Items(*np.nonzero(chosen))
    exact = _exact(instance, task, chosen)[items.rep, items.period, items.product]
    base = task.base[items.rep, items.period, items.product].astype(float)
    few = _FEW * len(task.periods) if len(exact) > _SMALL else 0.0
    best = _without_search(instance, task, items, exact)
    if best is not None and best.left_over <= few:
        return best
    wide = base, np.inf + base
    relaxed = _problem(instance, task, items, Nearest(exact, *wide, exact >= 0.0)).relaxed()
    if relaxed is None:
        return None
    least = _left_over(instance, task, items, relaxed)
    best = _better(best, _without_search(instance, task, items, relaxed))
    if best is not None and best.left_over <= least + few:
        return best
    near = np.maximum(base, np.floor(relaxed) - _AROUND)
    for low, high in ((near, np.maximum(near, np.ceil(relaxed) + _AROUND)), wide):
        problem = _problem(instance, task, items, Nearest(relaxed, low, high, exact >= 0.0))
        found = problem.solve(gap=_ALL_PLACED, most_nodes=_NODES)
        if found is None:
            continue
        region = _read(instance, task, items, found)
        if not region.leaves_over:
            nearer = problem.solve(gap=_NEAR_ENOUGH, most_nodes=_NODES)
            return region if nearer is None else _read(instance, task, items, nearer)
        best = _better(best, region)
        if best is not None and best.left_over <= least + _FEW * len(task.periods):
            break
    return best


def _problem(instance: Instance, task: Task, items: Items, problem: Nearest) -> Nearest:
    _cover(instance, task, problem, items)
    _keep_totals(instance, task, problem, items)
    _keep_effort(instance, problem, items)
    _keep_years(task, problem, items)
    _keep_locks(instance, problem, items)
    _keep_alike(instance, problem, items)
    return problem


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


def _cover(instance: Instance, task: Task, problem: Nearest, items: Items) -> None:
    """Y ≤ Σ x < (1 + o_I) · Y + 1 in each cell, Σ x ≤ (1 + o_I) · Y in each period."""
    products = task.placed.shape[1]
    _, by_cell = items.by(items.period * products + items.product)
    cells = np.unique(items.period * products + items.product)
    period, product = np.divmod(cells, products)
    least = task.placed[period, product].astype(float)
    most = cell_most(instance, task.placed)[period, product].astype(float)
    rows = problem.add_rows(least, most)
    problem.put(rows, by_cell, 1.0)
    for sign, room in ((1.0, least), (-1.0, np.full(len(cells), np.inf))):
        columns = problem.builder.add_columns(
            np.zeros(len(cells)), room, np.full(len(cells), _MISSED)
        )
        problem.builder.add_entries(rows, columns, sign)
        if sign < 0:
            excess = columns
    periods, by_period = items.by(items.period)
    street = over_assigned(task.placed.sum(axis=1), instance.over_rep)[periods]
    rows = problem.add_rows(np.full(len(periods), -np.inf), street.astype(float))
    problem.put(rows, by_period, 1.0)
    problem.builder.add_entries(rows[np.searchsorted(periods, period)], excess, -1.0)


def _keep_totals(instance: Instance, task: Task, problem: Nearest, items: Items) -> None:
    reps, unit = instance.reps, instance.unit
    assert reps is not None
    periods = len(instance.periods)
    keys, entries = items.by(items.rep * periods + items.period)
    rep, period = np.divmod(keys, periods)
    low = np.rint(ceil_units(reps.low, unit) / unit)[rep, period]
    high = floor_units(most_totals(instance), unit)[rep, period] / unit
    problem.keep(entries, low, np.rint(np.minimum(high, 2.0**53)))
    problem.keep_near(entries, task.total[rep, period], _TOTAL_WEIGHT)


def _keep_effort(instance: Instance, problem: Nearest, items: Items) -> None:
    """Σ e · x ≤ C' for each rep and period."""
    reps, effort = instance.reps, instance.effort
    assert reps is not None
    if effort is None:
        return
    periods = len(instance.periods)
    keys, entries = items.by(items.rep * periods + items.period)
    capacity = reps.high.ravel()[keys] / instance.unit
    limited = np.isfinite(capacity)
    number = np.cumsum(limited) - 1
    kept = limited[entries.row]
    capacity = capacity[limited]
    rows = problem.add_rows(np.full(len(capacity), -np.inf), capacity + guard(capacity))
    cells = entries.cell[kept]
    problem.put(rows, Entries(number[entries.row[kept]], cells), effort[items.product[cells]])


def _keep_years(task: Task, problem: Nearest, items: Items) -> None:
    keys, entries = items.by(items.rep)
    problem.keep(entries, task.year_low[keys], task.year_high[keys])


def _keep_locks(instance: Instance, problem: Nearest, items: Items) -> None:
    locks = instance.rep_locks
    for rep, period, product, amount in zip(
        locks.rep, locks.period, locks.product, locks.amount, strict=True
    ):
        inside = items.rep == rep
        inside &= (period < 0) | (items.period == period)
        inside &= (product < 0) | (items.product == product)
        cells = np.flatnonzero(inside)
        if len(cells):
            fixed = np.array([float(np.rint(amount / instance.unit))])
            problem.keep(Entries(np.zeros(len(cells), dtype=np.int64), cells), fixed, fixed)


def _keep_alike(instance: Instance, problem: Nearest, items: Items) -> None:
    """Totals of reps with the same data differ by one unit at most, in every period."""
    members = np.unique(items.rep)
    kind = np.full(int(members.max(initial=0)) + 1, -1, dtype=np.int64)
    kind[members] = alike(instance, members)
    periods = len(instance.periods)
    keys, entries = items.by(items.rep * periods + items.period)
    rep, period = np.divmod(keys, periods)
    kinds, row, size = np.unique(
        kind[rep] * periods + period, return_inverse=True, return_counts=True
    )
    shared = size > 1
    column = np.full(len(kinds), -1, dtype=np.int64)
    column[shared] = problem.add_whole(np.zeros(int(shared.sum())))
    own = column[row.reshape(-1)]
    kept = own >= 0
    number = np.cumsum(kept) - 1
    rows = problem.add_rows(np.zeros(int(kept.sum())), np.ones(int(kept.sum())))
    problem.builder.add_entries(rows, own[kept], -1.0)
    inside = kept[entries.row]
    problem.put(rows, Entries(number[entries.row[inside]], entries.cell[inside]), 1.0)
