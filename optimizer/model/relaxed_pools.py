"""Pools of which only totals are kept at first: a smaller program that is mostly enough.

Where product lists leave room, volumes of products exist for almost any totals. So their
columns are left out until the totals found prove to have none, and put in only there. The
program without them is a relaxation: its bounds hold, and a solution with volumes is exact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.pooled_program import add_volumes, mixed_cells
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.solve.program import ProgramBuilder, Solver

_MISSED = 1e-7
"""How much of a typical cell volumes may lack, as rounding errors of totals."""


def product_locks(instance: Instance, pools: Pools) -> Bools:
    """Return the regions and periods where a lock names a product, shape (leaf, period)."""
    found = np.zeros(instance.reference.shape[:2], dtype=bool)
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    for lock in np.flatnonzero(locks.product >= 0):
        period = locks.period[lock]
        found[reps.leaf[locks.rep[lock]], slice(None) if period < 0 else period] = True
    return found


def relax_pools(pools: Pools, apart: Bools) -> Pools:
    """Return pools that keep products apart only where `apart`, shape (leaf, period), says so."""
    return replace(pools, plain=pools.plain | ~apart[pools.leaf, pools.period])


def lacking_volumes(
    instance: Instance, rules: Rules, pools: Pools, relaxed: Pools, placed: Floats, street: Floats
) -> Bools:
    """Return where no volumes of products go with the totals found, shape (leaf, period).

    Parameters
    ----------
    pools, relaxed : Pools
        As they are, and as they were taken for.
    placed : (cell,) floats
    street : (pool,) floats
    """
    lacking = np.zeros(instance.reference.shape[:2], dtype=bool)
    asked = replace(pools, plain=pools.plain | ~relaxed.plain)
    if asked.plain.all():
        return lacking
    builder = ProgramBuilder()
    scale = instance.ask_total / len(rules.open_cell)
    volumes = add_volumes(builder, instance, rules, asked, scale)
    cell = np.flatnonzero(mixed_cells(rules, asked))
    row_of_cell = np.full(len(rules.open_cell), -1, dtype=np.int64)
    row_of_cell[cell] = np.arange(len(cell))
    target = placed[cell] / scale
    rows = builder.add_rows(target, (1.0 + instance.over_rep) * target)
    builder.add_entries(rows[row_of_cell[volumes.cell]], volumes.column, 1.0)
    zeros = np.zeros(len(cell))
    misses = [builder.add_columns(zeros, zeros + np.inf, zeros + 1.0) for _ in range(2)]
    for columns, sign in zip(misses, (1.0, -1.0), strict=True):
        builder.add_entries(rows, columns, sign)
    mixed = np.flatnonzero(~asked.plain)
    row_of_pool = np.full(len(street), -1, dtype=np.int64)
    row_of_pool[mixed] = np.arange(len(mixed))
    totals = builder.add_rows(street[mixed] / scale, street[mixed] / scale)
    builder.add_entries(totals[row_of_pool[volumes.pool]], volumes.column, 1.0)
    found = Solver(builder.build()).solve()
    if not found.feasible:
        lacking[asked.leaf[mixed], asked.period[mixed]] = True
        return lacking
    missed = cell[(found.values[misses[0]] + found.values[misses[1]]) > _MISSED]
    lacking[rules.leaf[missed], rules.period[missed]] = True
    return lacking
