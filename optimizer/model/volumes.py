"""Who sells what: product volumes of each group, as close to the region's mix as can be.

The closest in the sense of relative entropy, found by iterative proportional fitting over
the allowed cells (Deming & Stephan 1940): rows keep each group's total, columns stay between
what is placed and what over-assignment allows, locks keep their amount.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.problem.reference import sellable

_ROUNDS = 500
_EXACT = 1e-11
_SMALLEST = 1e-150
"""Factors stop here, where a cell that must run empty would shrink for ever."""


def fit_volumes(instance: Instance, placed: Floats, rep_total: Floats) -> Floats:
    """Return what each group sells of each product, shape (group, period, product).

    Where everybody sells everything this is exactly street × the region's mix. Where
    allowed cells must run empty the fit comes near the limit slowly; what is left over
    after its last round is mended when the plan is rounded.

    Parameters
    ----------
    placed : (leaf, period, product) floats
    rep_total : (rep, period) floats
    """
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    allowed = sellable(instance.reference, groups)
    street = np.column_stack([
        np.bincount(reps.group, weights=totals, minlength=len(groups.leaf)).astype(float)
        for totals in rep_total.T
    ])  # fmt: skip
    total = placed.sum(axis=2)
    mix = np.divide(
        placed, total[:, :, None], out=np.zeros_like(placed), where=total[:, :, None] > 0
    )
    least: Floats = placed
    most: Floats = (1.0 + instance.over_rep) * placed
    if instance.volume_low is not None:
        base = np.zeros_like(placed)
        np.add.at(base, groups.leaf, instance.volume_low)
        least, most = np.maximum(least, base), np.maximum(most, base)
    volume: Floats = street[:, :, None] * np.where(allowed, mix[groups.leaf], 0.0)
    volume = _keep_rows(volume, street, allowed)
    factor: Floats = np.ones_like(placed)
    for _ in range(_ROUNDS):
        sums = _columns(instance, volume)
        base_sums = np.divide(sums, factor, out=np.zeros_like(sums), where=factor > 0)
        target = np.clip(base_sums, least, most)
        step = np.divide(target, sums, out=np.ones_like(sums), where=sums > 0)
        factor = np.clip(factor * step, _SMALLEST, 1.0 / _SMALLEST)
        volume = _keep_rows(volume * step[groups.leaf], street, allowed)
        volume = _keep_locks(instance, volume)
        if float(np.abs(_columns(instance, volume) - target).max(initial=0.0)) <= _EXACT * max(
            float(street.sum()), 1.0
        ):
            break
    return volume


def _columns(instance: Instance, volume: Floats) -> Floats:
    assert instance.groups is not None
    sums = np.zeros(instance.reference.shape)
    np.add.at(sums, instance.groups.leaf, volume)
    return sums


def _keep_rows(volume: Floats, street: Floats, allowed: Bools) -> Floats:
    sums = volume.sum(axis=2)
    scaled = volume * np.divide(street, sums, out=np.zeros_like(sums), where=sums > 0)[:, :, None]
    empty = (sums <= 0) & (street > 0)
    if empty.any():
        share = allowed / np.maximum(allowed.sum(axis=2, keepdims=True), 1)
        scaled = np.where(empty[:, :, None], street[:, :, None] * share, scaled)
    return np.asarray(scaled)


def _keep_locks(instance: Instance, volume: Floats) -> Floats:
    locks = instance.rep_locks
    if not len(locks.rep):
        return volume
    assert instance.reps is not None
    volume = volume.copy()
    for rep, period, product, amount in zip(
        locks.rep, locks.period, locks.product, locks.amount, strict=True
    ):
        periods = slice(None) if period < 0 else slice(period, period + 1)
        products = slice(None) if product < 0 else slice(product, product + 1)
        cells = volume[instance.reps.group[rep], periods, products]
        if cells.sum() > 0:
            cells *= amount / cells.sum()
    return volume
