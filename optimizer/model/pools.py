"""Pools: the reps of one group in one period, as one street total with one curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.curves import Curves, build_curves
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable


@dataclass(frozen=True)
class Pools:
    """Pools of reps that can carry something.

    Attributes
    ----------
    group, leaf, period : (pool,) ints
    plain : (pool,) bools
        Whether the pool is alone in its leaf and period, sells all that is open there and no
        lock names it: then its products follow the region's mix, and only totals matter.
    number : (group, period) ints
        Pool of a group and period; -1 where it can carry nothing.
    item_rep, item_period : (item,) ints
        Rep and period of each item of `curves`.
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

    def rep_totals(self, street: Floats, shape: tuple[int, ...]) -> Floats:
        """Return T of each rep and period for given street totals of the pools."""
        pools = np.arange(len(self.group))
        totals = np.zeros(shape)
        totals[self.item_rep, self.item_period] = self.curves.targets(
            self.curves.multiple(pools, street)
        )
        return totals


def read_pools(instance: Instance, rules: Rules) -> Pools | None:
    """Return the pools of an instance; None for a regional plan."""
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        return None
    item_rep, item_period = np.nonzero(reps.reference > 0)
    number = np.full((len(groups.leaf), len(instance.periods)), -1, dtype=np.int64)
    key = reps.group[item_rep] * len(instance.periods) + item_period
    found, pool = np.unique(key, return_inverse=True)
    group, period = np.divmod(found, len(instance.periods))
    number[group, period] = np.arange(len(found))
    curves = build_curves(
        pool.reshape(-1),
        len(found),
        reps.reference[item_rep, item_period],
        reps.low[item_rep, item_period],
        reps.high[item_rep, item_period],
    )
    leaf = groups.leaf[group]
    return Pools(
        group,
        leaf,
        period,
        _plain(instance, group, leaf, period),
        number,
        item_rep,
        item_period,
        curves,
    )


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
