"""A problem with the changes made that a contradiction calls for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from optimizer.errors import Change
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.problem.instance import Instance


def with_changes(instance: Instance, changes: Iterable[Change]) -> Instance:
    """Return the problem with new minimums, locks and bands, as changes say.

    Changes of other kinds, and those without a new limit, are left out.
    """
    for change in changes:
        if change.new_limit is None:
            continue
        if change.kind == "min":
            instance = _lower(instance, change)
        elif change.kind == "lock":
            instance = _move_lock(instance, change, change.new_limit)
        else:
            instance = _widen(instance, change, change.new_limit)
    return instance


def _lower(instance: Instance, change: Change) -> Instance:
    reps = instance.reps
    assert reps is not None
    low, period = reps.low.copy(), instance.periods.index(change.period)
    for part in change.parts:
        low[reps.names.index(part.rep), period] = part.new_limit
    return replace(instance, reps=replace(reps, low=low))


def _move_lock(instance: Instance, change: Change, new: float) -> Instance:
    place = (change.period, change.region, change.product)
    if change.rep != "*":
        own = instance.rep_locks
        amount = own.amount.copy()
        for row in range(len(amount)):
            if rep_lock_names(instance, row) == (*place, change.rep):
                amount[row] = new
        return replace(instance, rep_locks=replace(own, amount=amount))
    locks = instance.region_locks
    amount = locks.amount.copy()
    for row in range(len(amount)):
        if slice_names(instance, locks.slices, row) == place:
            amount[row] = new
    return replace(instance, region_locks=replace(locks, amount=amount))


def _widen(instance: Instance, change: Change, new: float) -> Instance:
    bands = instance.bands
    low, high = bands.low.copy(), bands.high.copy()
    place = (change.period, change.region, change.product)
    for row in np.flatnonzero(np.array(bands.kind) == change.kind).tolist():
        if slice_names(instance, bands.part, row) == place:
            (low if change.side == "min" else high)[row] = new
    return replace(instance, bands=replace(bands, low=low, high=high))
