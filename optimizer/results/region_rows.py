"""The rules of one region's reps as rows of a rounding problem over their cells."""

from __future__ import annotations

import numpy as np

from optimizer.model.alike import alike
from optimizer.model.members import Entries
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Instance
from optimizer.problem.whole import ceil_units, floor_units, guard, over_assigned
from optimizer.results.nearest import Nearest
from optimizer.results.region_task import Items, Task, cell_most

_TOTAL_WEIGHT = 60.0
"""How dear it is to leave the exact total of a rep and period."""

_MISSED = 50_000.0
"""Cost of a unit that is placed and finds no rep, or that reps must carry beyond it."""


def region_problem(instance: Instance, task: Task, items: Items, problem: Nearest) -> Nearest:
    """Put all rules of a region's cells into a problem, and return it."""
    _cover(instance, task, problem, items)
    keep_people(instance, task, items, problem)
    _keep_alike(instance, problem, items)
    return problem


def keep_people(instance: Instance, task: Task, items: Items, problem: Nearest) -> Nearest:
    """Put the rules of single reps into a problem, and return it: totals, effort, years, locks."""
    _keep_totals(instance, task, problem, items)
    _keep_effort(instance, problem, items)
    _keep_years(task, problem, items)
    _keep_locks(instance, problem, items)
    return problem


def _cover(instance: Instance, task: Task, problem: Nearest, items: Items) -> None:
    """Y ≤ Σ x < (1 + o_I) · Y + 1 in each cell, Σ x ≤ (1 + o_I) · Y in each period."""
    products = task.placed.shape[1]
    cells, by_cell = items.by(items.period * products + items.product)
    period, product = np.divmod(cells, products)
    least = task.placed[period, product].astype(float)
    most = cell_most(instance, task.placed)[period, product].astype(float)
    rows = problem.add_rows(least, most)
    problem.put(rows, by_cell, 1.0)
    none, free, dear = (np.full(len(cells), value) for value in (0.0, np.inf, _MISSED))
    missing = problem.builder.add_columns(none, least, dear)
    excess = problem.builder.add_columns(none, free, dear)
    problem.builder.add_entries(rows, missing, 1.0)
    problem.builder.add_entries(rows, excess, -1.0)
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
    periods = len(instance.periods)
    keys, entries = items.by(items.rep * periods + items.period)
    rep, period = np.divmod(keys, periods)
    members = np.unique(items.rep)
    kind = alike(instance, members)[np.searchsorted(members, rep)]
    _, row, size = np.unique(kind * periods + period, return_inverse=True, return_counts=True)
    shared = size > 1
    kept, number_shared = shared[row], np.cumsum(shared) - 1
    column = problem.add_whole(np.zeros(int(shared.sum())))
    number = np.cumsum(kept) - 1
    rows = problem.add_rows(np.zeros(int(kept.sum())), np.ones(int(kept.sum())))
    problem.builder.add_entries(rows, column[number_shared[row[kept]]], -1.0)
    inside = kept[entries.row]
    problem.put(rows, Entries(number[entries.row[inside]], entries.cell[inside]), 1.0)
