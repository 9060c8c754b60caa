"""Pools: the reps of one group in one period, as one street total with one curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.curves import Curves, build_curves
from optimizer.model.members import ranges
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bools, Instance, Ints
from optimizer.problem.reference import sellable


@dataclass(frozen=True)
class Pools:
    """Pools of reps that can carry something.

    Attributes
    ----------
    group, leaf, period : (pool,) ints
    plain : (pool,) bools
        Whether the pool is alone in its leaf and period, sells all that is open there and no
        lock names it, and effort limits nobody beyond the total: then its products follow the
        region's mix, and only totals matter.
    number : (group, period) ints
        Pool of a group and period; -1 where it can carry nothing.
    item_rep, item_period : (item,) ints
        Rep and period of each item of `curves`, sorted by pool and rep.
    curves : Curves
    """

    group: Ints
    leaf: Ints
    period: Ints
    plain: Bools
    number: Ints
    item_rep: Ints
    item_period: Ints
    curves: Curves


def read_pools(instance: Instance) -> Pools | None:
    """Return the pools of an instance; None for a regional plan."""
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        return None
    item_rep, item_period = _items(reps.group, reps.reference > 0)
    periods = len(instance.periods)
    key = reps.group[item_rep] * periods + item_period
    first = np.flatnonzero(np.diff(key, prepend=-1))
    group, period = np.divmod(key[first], periods)
    number = np.full((len(groups.leaf), periods), -1, dtype=np.int64)
    number[group, period] = np.arange(len(first))
    curves = build_curves(
        np.repeat(np.arange(len(first)), np.diff(first, append=len(key))),
        len(first),
        reps.reference[item_rep, item_period],
        reps.low[item_rep, item_period],
        most_totals(instance)[item_rep, item_period],
    )
    leaf = groups.leaf[group]
    return Pools(
        group,
        leaf,
        period,
        _plain(instance, group, leaf, period) & ~spread_effort(instance)[group, period],
        number,
        item_rep,
        item_period,
        curves,
    )


def _items(group: Ints, works: Bools) -> tuple[Ints, Ints]:
    """Return rep and period of all that can carry something, by group, period and rep."""
    by_group = np.argsort(group, kind="stable")
    counts = np.bincount(group)
    periods = works.shape[1]
    first = np.repeat(np.cumsum(counts) - counts, periods)
    rep = by_group[ranges(first, np.repeat(counts, periods))]
    period = np.repeat(np.tile(np.arange(periods), len(counts)), np.repeat(counts, periods))
    there = works[rep, period]
    return rep[there], period[there]


def _plain(instance: Instance, group: Ints, leaf: Ints, period: Ints) -> Bools:
    groups = instance.groups
    assert groups is not None
    sharing = np.zeros(instance.reference.shape[:2], dtype=np.int64)
    np.add.at(sharing, (leaf, period), 1)
    open_cells = instance.reference[leaf, period] > 0
    sells_all = (sellable(instance.reference, groups)[group, period] == open_cells).all(axis=1)
    plain: Bools = (sharing[leaf, period] == 1) & sells_all & ~groups.locked[group]
    if instance.volume_low is not None and instance.over_rep > 0:
        plain &= False
    return plain


def spread_effort(instance: Instance) -> Bools:
    """Return where somebody's capacity limits more than the total, shape (group, period).

    That is so where the products sold differ in effort.
    """
    reps, groups, effort = instance.reps, instance.groups, instance.effort
    assert reps is not None and groups is not None
    limited = np.zeros((len(groups.leaf), len(instance.periods)), dtype=bool)
    if effort is None:
        return limited
    np.logical_or.at(limited, reps.group, np.isfinite(reps.high) & (reps.reference > 0))
    sold = sellable(instance.reference, groups)
    least, most = np.where(sold, effort, np.inf).min(axis=2), np.where(sold, effort, 0).max(axis=2)
    return np.asarray(limited & (least < most))
