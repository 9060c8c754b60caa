"""Whole cells of one region without a search: totals by a network, then unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.alike import alike
from optimizer.model.members import Entries
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.whole import ceil_units, floor_units, guard, over_assigned
from optimizer.results.nearest import Nearest
from optimizer.results.region_rows import keep_people
from optimizer.results.region_task import Items, Task, cell_most
from optimizer.results.remainder import whole_part
from optimizer.results.unit_by_unit import Table, give_units

_DUST = 1e-6
"""What a program leaves between a fraction and the whole number that it means."""


@dataclass(frozen=True)
class _Region:
    """Cells and limits of one region's reps, in units.

    Attributes
    ----------
    exact, base, allowed : (rep, period, product)
    low, high, capacity : (rep, period) floats
    year_low, year_high : (rep,) floats
    kind : (rep,) ints
        Reps with the same data have the same number.
    """

    exact: Floats
    base: Ints
    allowed: Bools
    low: Floats
    high: Floats
    capacity: Floats
    year_low: Floats
    year_high: Floats
    kind: Ints


def without_search(instance: Instance, task: Task, items: Items, relaxed: Floats) -> Ints | None:
    """Return whole cells near ones in fractions; None where this way breaks a limit.

    Parameters
    ----------
    instance : Instance
    task : Task
    items : Items
    relaxed : (item,) floats
        Cells that keep all limits, in units.

    Returns
    -------
    (item,) ints or None
        They may leave over some of what is placed.
    """
    members, row = np.unique(items.rep, return_inverse=True)
    region = _read(instance, task, items, members, row, relaxed)
    effort = np.ones(task.placed.shape[1]) if instance.effort is None else instance.effort
    held = _hold_locked(instance, task, items, row, relaxed, region)
    total = None if held is None else _totals(held)
    if held is None or total is None:
        return None
    region = held
    cells = np.zeros_like(region.base)
    most = cell_most(instance, task.placed)
    for period in task.periods.tolist():
        table = Table(
            region.exact[:, period],
            region.base[:, period],
            region.allowed[:, period],
            effort,
            region.capacity[:, period],
            region.high[:, period],
            region.kind,
            task.placed[period],
            most[period],
        )
        cells[:, period] = give_units(table, total[:, period], region.year_high - total.sum(axis=1))
        total[:, period] = cells[:, period].sum(axis=1)
    street = over_assigned(task.placed.sum(axis=1), instance.over_rep)
    kept = _keeps_limits(region, cells, effort)
    if not kept or (cells.sum(axis=(0, 2)) > street)[task.periods].any():
        return None
    return cells[row, items.period, items.product]


def _read(
    instance: Instance, task: Task, items: Items, members: Ints, row: Ints, relaxed: Floats
) -> _Region:
    reps, unit = instance.reps, instance.unit
    assert reps is not None
    shape = (len(members), *task.placed.shape)
    exact, allowed = np.zeros(shape), np.zeros(shape, dtype=bool)
    base = np.zeros(shape, dtype=np.int64)
    place = (row, items.period, items.product)
    exact[place], allowed[place] = np.maximum(relaxed, 0.0), True
    base[place] = task.base[items.rep, items.period, items.product]
    kind = alike(instance, members)
    sums = np.zeros(shape)
    np.add.at(sums, kind, exact)
    capacity = reps.high[members] / unit
    there = allowed.any(axis=2)
    return _Region(
        exact=(sums / np.maximum(np.bincount(kind, minlength=len(kind)), 1)[:, None, None])[kind],
        base=base,
        allowed=allowed,
        low=np.where(there, np.rint(ceil_units(reps.low, unit) / unit)[members], 0.0),
        high=np.where(there, np.rint(floor_units(most_totals(instance), unit)[members] / unit), 0),
        capacity=capacity + guard(capacity),
        year_low=task.year_low[members],
        year_high=task.year_high[members],
        kind=kind,
    )


def _hold_locked(
    instance: Instance, task: Task, items: Items, row: Ints, relaxed: Floats, region: _Region
) -> _Region | None:
    """Settle the cells of reps whom a lock names, so that the others are fitted around them."""
    inside = np.isin(items.rep, instance.rep_locks.rep)
    if not inside.any():
        return region
    chosen = Items(items.rep[inside], items.period[inside], items.product[inside])
    place = row[inside], chosen.period, chosen.product
    base, free = region.base[place].astype(float), np.zeros(len(chosen.rep), dtype=bool)
    problem = Nearest(relaxed[inside], base, np.full(len(base), np.inf), free)
    found = keep_people(instance, task, chosen, problem).solve()
    if found is None:
        return None
    settled, allowed, exact = region.base.copy(), region.allowed.copy(), region.exact.copy()
    settled[place], allowed[place], exact[place] = found, False, found
    return replace(region, base=settled, allowed=allowed, exact=exact)


def _totals(region: _Region) -> Ints | None:
    """Return whole totals around the exact ones, (rep, period), years and streets kept."""
    exact = region.exact.sum(axis=2)
    periods = exact.shape[1]
    base, _ = whole_part(exact)
    low: Floats = np.clip(base, region.low, region.high)
    high: Floats = np.clip(base + 1, low, region.high)
    flat = np.arange(exact.size)
    none = np.zeros(exact.size, dtype=bool)
    problem = Nearest(exact.ravel(), low.ravel(), high.ravel(), none)
    street = np.floor(exact.sum(axis=0) + _DUST)
    problem.keep(Entries(flat % periods, flat), street, street)
    limited = (region.year_low > 0) | np.isfinite(region.year_high)
    number = np.cumsum(limited) - 1
    kept = np.flatnonzero(limited[flat // periods])
    entries = Entries(number[kept // periods], kept)
    problem.keep(entries, region.year_low[limited], region.year_high[limited])
    found = problem.solve()
    return None if found is None else found.reshape(exact.shape)


def _keeps_limits(region: _Region, cells: Ints, effort: Floats) -> bool:
    """Whether whole cells keep every limit of the reps, equals within one unit."""
    total = cells.sum(axis=2)
    year = total.sum(axis=1)
    least = np.full(total.shape, np.iinfo(np.int64).max)
    np.minimum.at(least, region.kind, total)
    return bool(
        (cells >= region.base).all()
        and (cells[~region.allowed] == region.base[~region.allowed]).all()
        and ((total >= region.low) & (total <= region.high)).all()
        and ((year >= region.year_low) & (year <= region.year_high)).all()
        and (cells @ effort <= region.capacity).all()
        and (total - least[region.kind] <= 1).all()
    )
