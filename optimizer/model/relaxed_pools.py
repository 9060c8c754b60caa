"""Pools of which only totals are kept at first: a smaller program that is mostly enough.

Where product lists and effort leave room, volumes of products exist for almost any totals. So
their columns are left out until the totals found prove to have none, and put in only there.
Likewise limits over all periods have a row only where they would be broken. The program without
them is a relaxation: its bounds hold, and a solution that keeps everything is exact.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.volume_search import search_volumes
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.solve.program import Solver

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
    instance: Instance, rules: Rules, pools: Pools, relaxed: Pools, placed: Floats, totals: Floats
) -> Bools:
    """Return where no volumes of products go with the totals found, shape (leaf, period).

    Parameters
    ----------
    pools, relaxed : Pools
        As they are, and as they were taken for.
    placed : (cell,) floats
    totals : (rep, period) floats
    """
    lacking = np.zeros(instance.reference.shape[:2], dtype=bool)
    asked = replace(pools, plain=pools.plain | ~relaxed.plain)
    if asked.plain.all():
        return lacking
    search = search_volumes(instance, rules, asked, placed, totals)
    found = Solver(search.builder.build()).solve()
    if not found.feasible:
        mixed = ~asked.plain
        lacking[asked.leaf[mixed], asked.period[mixed]] = True
        return lacking
    for columns, places in search.misses:
        missed = found.values[columns] > _MISSED
        lacking[tuple(place[missed] for place in places)] = True
    return lacking


def broken_years(instance: Instance, totals: Floats) -> Bools:
    """Return whose limits over all periods some totals break, (rep,).

    Parameters
    ----------
    totals : (rep, period) floats
    """
    reps = instance.reps
    if reps is None or reps.total_low is None or reps.total_high is None:
        return np.zeros(len(totals), dtype=bool)
    year = totals.sum(axis=1)
    give = _MISSED * min(instance.unit, instance.ask_total / len(totals))
    return np.asarray((year < reps.total_low - give) | (year > reps.total_high + give))
