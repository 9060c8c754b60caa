"""Changes that are made or not: one more rep, a product opened, a lock removed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.advice.hiring import average_capacity, hire
from optimizer.advice.lever import SEVERAL, WORTH
from optimizer.advice.opening import open_product
from optimizer.advice.parts import Part
from optimizer.change.edits import remove_lock
from optimizer.model.bound import Prices, rep_rewards, unit_worth
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.problem.instance import Floats, Instance


def find_choices(
    instance: Instance, prices: Prices, shortage: Floats, kept: float
) -> Iterator[Part]:
    """Yield the changes that may close a part of a gap.

    Parameters
    ----------
    instance : Instance
    prices : Prices
        Of the least gap.
    shortage : (leaf,) floats
        Gap of each region.
    kept : float
        Buffer on capacity.
    """
    if instance.reps is not None:
        yield from _new_reps(instance, shortage, kept)
        yield from _products(instance, prices)
    yield from _locks(instance, prices)


def _new_reps(instance: Instance, shortage: Floats, kept: float) -> Iterator[Part]:
    order = np.lexsort((np.arange(len(shortage)), -shortage))
    for leaf in order[shortage[order] > 0][:SEVERAL]:
        yield hire(instance, int(leaf), average_capacity(instance, int(leaf), kept), 1)


def _products(instance: Instance, prices: Prices) -> Iterator[Part]:
    """Yield products that a rep of the region could sell as well, one rep per product."""
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    gain = unit_worth(instance, prices)[reps.group] - rep_rewards(instance, prices)[:, :, None]
    closed = ~groups.sells[reps.group][:, None, :] & (instance.reference[reps.leaf] > 0)
    room = np.where(np.isfinite(reps.high), reps.high, instance.ask_total)
    value = np.where(closed, np.maximum(gain, 0.0) * room[:, :, None], 0.0).sum(axis=1)
    found = []
    for leaf in range(len(instance.leaves)):
        inside = np.flatnonzero(reps.leaf == leaf)
        if not len(inside):
            continue
        for product in range(len(instance.products)):
            best = inside[np.argmax(value[inside, product])]
            if value[best, product] > WORTH * instance.unit:
                found.append((-float(value[best, product]), int(best), product))
    for _, rep, product in sorted(found)[:SEVERAL]:
        yield open_product(instance, np.array([rep]), product)


def _locks(instance: Instance, prices: Prices) -> Iterator[Part]:
    region, rep = instance.region_locks, instance.rep_locks
    for row in np.flatnonzero(np.abs(prices.region_lock) > WORTH)[:SEVERAL]:
        names = (*slice_names(instance, region.slices, int(row)), "*")
        yield _lock(names, float(region.amount[row]))
    for row in np.flatnonzero(np.abs(prices.rep_lock) > WORTH)[:SEVERAL]:
        yield _lock(rep_lock_names(instance, int(row)), float(rep.amount[row]))


def _lock(names: tuple[str, str, str, str], amount: float) -> Part:
    period, region, product, rep = names
    where = " ".join(name for name in names if name != "*") or "everything"
    return Part(
        lever="lock",
        where="*" if where == "everything" else where,
        change=1.0,
        words=f"remove the lock on {where} ({amount:,.10g})",
        edit=lambda scenario: remove_lock(
            scenario, period=period, region=region, product=product, rep=rep
        ),
    )
