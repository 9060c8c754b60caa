"""The least change: exact by the planning model, then in whole units near what stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import ContradictionError
from optimizer.model.allocation import Allocation
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import read_rules
from optimizer.model.solve import solve
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.recalibrate.board import Board, People
from optimizer.results.remainder import group_sums
from optimizer.results.split import split_tables
from optimizer.results.whole_cells import round_cells
from optimizer.results.whole_street import round_volumes
from optimizer.results.whole_totals import water_filled

Kind = TypeVar("Kind", bound=np.generic)

_SAME = 1e-6
"""Part of a unit by which an exact target may differ and still be what it was."""

_NOT_SHORT = 1e-7


@dataclass(frozen=True)
class Moved:
    """New targets of the period, in units.

    Attributes
    ----------
    ask, placed : (leaf, product) ints
    cells : (rep, product) ints or None
    """

    ask: Ints
    placed: Ints
    cells: Ints | None


def least_change(instance: Instance, board: Board) -> Moved:
    """Return the targets that change least.

    Parameters
    ----------
    instance : Instance
        Of the period; its reference is what stands.
    board : Board

    Raises
    ------
    ContradictionError
        Where no targets keep all limits.
    """
    allocation, ratio = _allocate(instance, board)
    rules, pools = read_rules(instance), read_pools(instance)
    whole = round_cells(
        instance, rules, pools, allocation.ask, allocation.placed, allocation.placed_most
    )
    ask, placed = whole.ask[:, 0, :], whole.placed[:, 0, :]
    people = board.people
    if pools is None or people is None or allocation.volume is None:
        return Moved(ask, placed, None)
    most = np.full(len(pools.group), 2**53, dtype=np.int64)
    if ratio is not None:
        most = np.rint(ratio[pools.leaf] * placed.sum(axis=1)[pools.leaf]).astype(np.int64)
    volume = _kept_volumes(instance, board, people, allocation)
    street = round_volumes(instance, pools, whole.placed, volume, most)
    return Moved(ask, placed, _rep_cells(instance, pools, people, street))


def _allocate(instance: Instance, board: Board) -> tuple[Allocation, Floats | None]:
    """Return exact targets, and street per target of each region, (leaf,), where it is kept.

    Over-assignment stays as it is in each region, so that it moves nobody; where the total
    cannot be had so, it gives way first.
    """
    people, reps = board.people, instance.reps
    if people is None or reps is None or instance.over_rep <= 0:
        return solve(instance).allocation, None
    street = np.bincount(reps.leaf, weights=people.now, minlength=len(board.now))
    target = board.now.sum(axis=1)
    ratio = np.divide(street, target, out=np.ones(len(target)), where=target > 0)
    per_rep = ratio[reps.leaf][:, None]
    scaled = replace(
        instance,
        over_rep=0.0,
        reps=replace(
            reps,
            reference=reps.reference / per_rep,
            low=reps.low / per_rep,
            high=reps.high / per_rep,
        ),
        rep_locks=replace(
            instance.rep_locks,
            amount=instance.rep_locks.amount / ratio[reps.leaf[instance.rep_locks.rep]],
        ),
    )
    try:
        found = solve(scaled).allocation
    except ContradictionError:
        return solve(instance).allocation, None
    if found.placed_most < instance.goal * (1.0 - _NOT_SHORT):
        return solve(instance).allocation, None
    assert found.rep_total is not None and found.volume is not None
    assert instance.groups is not None
    by_group = ratio[instance.groups.leaf][:, None, None]
    return replace(
        found, rep_total=found.rep_total * per_rep, volume=found.volume * by_group
    ), ratio


def _kept_volumes(
    instance: Instance, board: Board, people: People, allocation: Allocation
) -> Floats:
    """Return the volumes of groups; those that stand where a region does not change."""
    assert instance.reps is not None and allocation.rep_total is not None
    assert allocation.volume is not None
    unit = instance.unit
    off = np.abs(allocation.rep_total[:, 0] / unit - people.now) > _SAME
    moved = (np.abs(allocation.placed[:, 0, :] / unit - board.now) > _SAME).any(axis=1)
    np.logical_or.at(moved, instance.reps.leaf, off)
    count = len(allocation.volume)
    now = group_sums(instance.reps.group, people.cells[:, None, :], count) * unit
    assert instance.groups is not None
    stays = ~moved[instance.groups.leaf]
    return np.where(stays[:, None, None], now, allocation.volume)


def _rep_cells(instance: Instance, pools: Pools, people: People, volume: Ints) -> Ints:
    """Split totals over products: what stands stays, the rest follows the mix.

    Parameters
    ----------
    volume : (pool, product) ints
    """
    rep, pool = pools.item_rep, pools.curves.pool
    total = water_filled(pools, volume.sum(axis=1), instance.unit)
    base = _kept_cells(people, rep, pool, total, volume)
    rest = total - base.sum(axis=1)
    left = volume - _sums(pool, base, len(volume))
    cells = np.zeros_like(people.cells)
    cells[rep] = base + split_tables(rest, pool, left)
    return cells


def _kept_cells(people: People, rep: Ints, pool: Ints, total: Ints, volume: Ints) -> Ints:
    """Return the part of each item's cells that new totals of reps and products leave as it is."""
    now = people.cells[rep].astype(float)
    leaves = people.leaves[rep]
    sold = now if people.sold_cells is None else people.sold_cells[rep]
    kept = np.zeros(now.shape)
    kept[leaves] = np.floor(_shrunk(np.maximum(sold[leaves], 0.0), total[leaves]) + _SAME)
    taken = _sums(pool, kept, len(volume))
    kept *= _part(volume, taken)[pool]
    stays = np.where(leaves[:, None], 0.0, now)
    columns = _part(
        volume - _sums(pool, np.floor(kept), len(volume)), _sums(pool, stays, len(volume))
    )
    part = np.minimum(_part(total, stays.sum(axis=1))[:, None], columns[pool])
    return np.asarray(np.floor(kept + _SAME) + np.floor(stays * part + _SAME), dtype=np.int64)


def _shrunk(cells: Floats, total: Ints) -> Floats:
    """Return rows cut down to their new totals in proportion."""
    return np.asarray(cells * _part(total, cells.sum(axis=1))[:, None])


def _part(new: Floats | Ints, now: Floats) -> Floats:
    """Return new / now, at most 1."""
    whole = np.asarray(new, dtype=float)
    part = np.divide(whole, now, out=np.ones_like(whole), where=now > 0)
    return np.asarray(np.minimum(part, 1.0))


def _sums(pool: Ints, values: NDArray[Kind], count: int) -> NDArray[Kind]:
    """Return sums of rows over each pool, (pool, …)."""
    total: NDArray[Kind] = np.zeros((count, values.shape[1]), dtype=values.dtype)
    np.add.at(total, pool, values)
    return total
