"""What the people leave room for, when regional cells become whole."""

from __future__ import annotations

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.pools import Pools
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.problem.whole import ceil_units, floor_units, guard
from optimizer.results.nearest import LESS_THAN_ONE, Nearest
from optimizer.results.whole_rules import Frame, numbered


def within_street(frame: Frame, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Keep a region-period between what its reps must and can carry."""
    pools, instance = frame.pools, frame.instance
    if pools is None:
        return low, high
    row = pools.leaf * len(instance.periods) + pools.period
    count = len(low)
    unit, sides = instance.unit, (pools.curves.street_low, pools.curves.street_high)
    lowest, highest = ceil_units(sides[0], unit) / unit, floor_units(sides[1], unit) / unit
    street = np.bincount(row, weights=np.rint(lowest), minlength=count).astype(float)
    most = np.bincount(row, weights=np.rint(highest), minlength=count)
    least = ceil_units(street / (1.0 + instance.over_rep), 1.0)
    return np.maximum(low, least), np.minimum(high, most)


def keep_people(frame: Frame, cells: Nearest, first: int) -> None:
    """Leave room for the reps: volumes of mixed pools exist that cover what is placed."""
    pools, instance = frame.pools, frame.instance
    if pools is None:
        return
    low, high = within_street(frame, np.zeros(frame.rows), np.full(frame.rows, np.inf))
    every = Entries(frame.row_of_cell, np.arange(len(frame.rules.open_cell)) + first)
    cells.keep(every, low, high)
    keep_years(frame, cells, frame.rules.leaf, first)
    _keep_effort(frame, cells, first)
    mixed = np.flatnonzero(~pools.plain)
    if not len(mixed):
        return
    pool, product = mixed_volumes(instance, pools)
    least = volume_low(instance, pools, pool, product)
    column = cells.add_whole(least)
    street = cells.add_rows(
        np.rint(pools.curves.street_low[mixed] / instance.unit),
        np.rint(pools.curves.street_high[mixed] / instance.unit),
    )
    number = np.cumsum(~pools.plain) - 1
    cells.builder.add_entries(street[number[pool]], column, 1.0)
    _cover_mixed(frame, cells, pool, product, column, first)
    amount = np.rint(instance.rep_locks.amount / instance.unit)
    locked = rep_lock_items(instance, pools, pool, product)
    rows = cells.add_rows(amount, amount)
    cells.builder.add_entries(rows[locked.row], column[locked.cell], 1.0)


def keep_years(frame: Frame, problem: Nearest, leaf: Ints, first: int) -> None:
    """Keep each region's total between what year limits of its people leave; `leaf` is (item,)."""
    room = frame.room
    if room is None:
        return
    limited = (room.year_low > 0) | np.isfinite(room.year_high)
    number = np.cumsum(limited) - 1
    item = np.flatnonzero(limited[leaf])
    entries = Entries(number[leaf[item]], item + first)
    problem.keep(entries, room.year_low[limited], room.year_high[limited])


def _keep_effort(frame: Frame, cells: Nearest, first: int) -> None:
    """Σ e · Y ≤ C over the products of each set that is told apart."""
    if frame.room is None:
        return
    place = np.full(frame.instance.reference.size, -1, dtype=np.int64)
    place[frame.rules.open_cell] = np.arange(len(frame.rules.open_cell))
    entries, weight = frame.room.entries(place.reshape(frame.instance.reference.shape))
    high = frame.room.high
    rows = cells.add_rows(np.full(len(high), -np.inf), high + guard(high))
    cells.put(rows, Entries(entries.row, entries.cell + first), weight)


def mixed_volumes(instance: Instance, pools: Pools) -> tuple[Ints, Ints]:
    """Return pool and product of every volume that a pool which is not plain may carry."""
    assert instance.groups is not None
    allowed = sellable(instance.reference, instance.groups)[pools.group, pools.period]
    pool, product = np.nonzero(allowed & ~pools.plain[:, None])
    return pool, product


def volume_low(instance: Instance, pools: Pools, pool: Ints, product: Ints) -> Floats:
    """Return the least of each volume, in units."""
    if instance.volume_low is None:
        return np.zeros(len(pool))
    low = instance.volume_low[pools.group[pool], pools.period[pool], product]
    return np.asarray(np.rint(low / instance.unit), dtype=float)


def _cover_mixed(
    frame: Frame, cells: Nearest, pool: Ints, product: Ints, column: Ints, first: int
) -> None:
    """Y ≤ Σ X < (1 + o_I) · Y + 1 in each cell that mixed pools share, Σ X ≤ (1 + o_I) · Y."""
    pools, rules, shape = frame.pools, frame.rules, frame.instance.reference.shape
    assert pools is not None
    flat = np.ravel_multi_index((pools.leaf[pool], pools.period[pool], product), shape)
    cell = np.searchsorted(rules.open_cell, flat)
    mixed = np.zeros(shape[:2], dtype=bool)
    mixed[pools.leaf[~pools.plain], pools.period[~pools.plain]] = True
    inside = mixed[rules.leaf, rules.period]
    covered, row_of = np.flatnonzero(inside), np.cumsum(inside) - 1
    over = frame.instance.over_rep
    slack = LESS_THAN_ONE if over > 0 else 0.0
    least = cells.add_rows(np.zeros(len(covered)), np.full(len(covered), np.inf))
    most = cells.add_rows(np.full(len(covered), -slack), np.full(len(covered), np.inf))
    every = Entries(np.arange(len(covered)), covered + first)
    for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + over)):
        cells.builder.add_entries(rows[row_of[cell]], column, sign)
        cells.put(rows, every, factor)
    street = cells.add_rows(np.zeros(frame.rows), np.full(frame.rows, np.inf))
    cells.builder.add_entries(street[frame.row_of_cell[cell]], column, -1.0)
    cells.put(street, Entries(frame.row_of_cell[covered], covered + first), 1.0 + over)


def rep_lock_items(instance: Instance, pools: Pools, pool: Ints, product: Ints) -> Entries:
    """Return which volumes each lock on a rep covers."""
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    items: list[Ints] = []
    for lock, rep in enumerate(locks.rep):
        inside = pools.group[pool] == reps.group[rep]
        inside = inside & ((locks.period[lock] < 0) | (pools.period[pool] == locks.period[lock]))
        inside = inside & ((locks.product[lock] < 0) | (product == locks.product[lock]))
        items.append(np.flatnonzero(inside))
    return numbered(items)
