"""A rep with a larger reference gets no less: units moved where a repair turned that round."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.results.whole_totals import year_units

_SAME = 1e-9
"""Relative distance of references that are no order."""


def put_in_order(instance: Instance, cells: Ints, base: Ints, leaves: Bools) -> Ints:
    """Return cells in which free reps of a group stand in the order of their references.

    A rep is free where one more unit of every product breaks no limit of theirs, nor one less
    in every period. Between such reps a unit can move without breaking anything.

    Parameters
    ----------
    cells, base : (rep, period, product) ints
        Cells, and the least of each.
    leaves : (leaf,) bools
        The regions to be looked at.
    """
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    cells = cells.copy()
    free = _free(instance, cells) & leaves[reps.leaf][:, None] & ~groups.locked[reps.group][:, None]
    for group in np.unique(reps.group[free.any(axis=1)]).tolist():
        members = np.flatnonzero(reps.group == group)
        for period in range(cells.shape[1]):
            chosen = members[free[members, period]]
            _order(cells[:, period], base[:, period], chosen, reps.reference[chosen, period])
    return cells


def _order(cells: Ints, base: Ints, chosen: Ints, reference: Floats) -> None:
    """Hand the totals of one group and period to its reps in the order of their references.

    Only what rounding did is mended: totals a unit off. More is not due to rounding.
    """
    order = np.argsort(reference, kind="stable")
    chosen, reference = chosen[order], reference[order]
    step = np.cumsum(np.diff(reference, prepend=reference[:1]) > _SAME * reference)
    total = cells[chosen].sum(axis=1)
    chosen = chosen[np.lexsort((total, step))]
    more = np.sort(total) - cells[chosen].sum(axis=1)
    if (np.abs(more) > 1).any():
        return
    givers, takers = np.repeat(chosen, np.maximum(-more, 0)), np.repeat(chosen, np.maximum(more, 0))
    for giver, taker in zip(givers.tolist(), takers.tolist(), strict=True):
        spare = cells[giver] - base[giver]
        product = int(np.argmax(spare))
        if spare[product] > 0:
            cells[giver, product] -= 1
            cells[taker, product] += 1


def _free(instance: Instance, cells: Ints) -> Bools:
    """Return who has room to either side, shape (rep, period)."""
    reps, groups, unit = instance.reps, instance.groups, instance.unit
    assert reps is not None and groups is not None
    total, periods = cells.sum(axis=2), cells.shape[1]
    low, high = year_units(instance)
    year = total.sum(axis=1)
    in_year = ((low <= 0) | (year >= low + periods)) & (year <= high - periods)
    effort = np.ones(cells.shape[2]) if instance.effort is None else instance.effort
    sold = sellable(instance.reference, groups)[reps.group]
    each = np.where(sold, effort, 0.0).sum(axis=2) if instance.effort is not None else 1.0
    room = cells @ effort + each <= reps.high / unit
    above = (total > np.rint(reps.low / unit)) | (reps.low <= 0)
    return np.asarray(in_year[:, None] & room & above & (reps.reference > 0))
