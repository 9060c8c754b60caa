"""Changes that are made or not: one more rep, a product opened, a lock removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.advice.lever import SEVERAL, WORTH
from optimizer.advice.limit_levers import average_capacity, new_name
from optimizer.change.edits import add_rep, remove_lock, set_products
from optimizer.domain.scenario import Scenario
from optimizer.model.bound import Prices, rep_rewards, unit_worth
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.problem.instance import Floats, Instance


@dataclass(frozen=True)
class Choice:
    """A change of the inputs that is made or not.

    Attributes
    ----------
    kind : str
        ``rep``, ``product`` or ``lock``.
    where : str
    edit : scenario → scenario
    words : str
    """

    kind: str
    where: str
    edit: Callable[[Scenario], Scenario]
    words: str


def find_choices(
    instance: Instance, prices: Prices, shortage: Floats, kept: float
) -> Iterator[Choice]:
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


def _new_reps(instance: Instance, shortage: Floats, kept: float) -> Iterator[Choice]:
    order = np.lexsort((np.arange(len(shortage)), -shortage))
    for leaf in order[shortage[order] > 0][:SEVERAL]:
        yield new_rep(instance, int(leaf), kept)


def new_rep(instance: Instance, leaf: int, kept: float) -> Choice:
    """Return the choice of one more rep of average capacity in a region."""
    region, capacity = instance.leaves[leaf], average_capacity(instance, leaf, kept)
    own = {} if capacity is None else {"capacity": capacity}
    size = "without a limit" if capacity is None else f"of capacity {capacity:,.10g} per period"
    return Choice(
        kind="rep",
        where=region,
        edit=lambda scenario: add_rep(scenario, new_name(scenario, region), region, **own),
        words=f"put one more rep {size} into {region}",
    )


def _products(instance: Instance, prices: Prices) -> Iterator[Choice]:
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
        yield _product(instance, rep, product)


def _product(instance: Instance, rep: int, product: int) -> Choice:
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    sold = groups.sells[reps.group[rep]].copy()
    sold[product] = True
    listed = [name for name, sells in zip(instance.products, sold, strict=True) if sells]
    name, new = reps.names[rep], instance.products[product]
    return Choice(
        kind="product",
        where=f"{name} {new}",
        edit=lambda scenario: set_products(scenario, name, listed),
        words=f"let {name} ({instance.leaves[reps.leaf[rep]]}) sell {new} as well",
    )


def _locks(instance: Instance, prices: Prices) -> Iterator[Choice]:
    region, rep = instance.region_locks, instance.rep_locks
    for row in np.flatnonzero(np.abs(prices.region_lock) > WORTH)[:SEVERAL]:
        names = (*slice_names(instance, region.slices, int(row)), "*")
        yield _lock(names, float(region.amount[row]))
    for row in np.flatnonzero(np.abs(prices.rep_lock) > WORTH)[:SEVERAL]:
        yield _lock(rep_lock_names(instance, int(row)), float(rep.amount[row]))


def _lock(names: tuple[str, str, str, str], amount: float) -> Choice:
    period, region, product, rep = names
    where = " ".join(name for name in names if name != "*") or "everything"
    return Choice(
        kind="lock",
        where="*" if where == "everything" else where,
        edit=lambda scenario: remove_lock(
            scenario, period=period, region=region, product=product, rep=rep
        ),
        words=f"remove the lock on {where} ({amount:,.10g})",
    )
