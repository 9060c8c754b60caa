"""Prices that prove a plan in which the whole goal is placed and carried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.bound import Prices, band_prices, no_prices
from optimizer.model.coupling import Coupling
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance, Ints


def step_prices(
    instance: Instance,
    rules: Rules,
    pools: Pools | None,
    coupling: Coupling,
    price: Floats,
    theta: Floats,
) -> dict[str, Prices]:
    """Return prices that prove the three steps, as they stand in the Lagrangian of `bound`.

    Least gap: nothing beyond the ask can be placed. Fullest cover: nobody can carry beyond
    (1 + o_I) times what is placed. Fairest: the prices found here; those of the two totals make
    up for what an ask or a cover would gain by itself.
    """
    nothing, over = no_prices(instance), instance.over_rep
    ones = np.zeros(instance.reference.size)
    ones[rules.open_cell[rules.carried]] = 1.0
    cover_all = replace(
        nothing, goal=-(1.0 + over), cover_max=ones.reshape(instance.reference.shape)
    )
    fair = _coupling_prices(instance, rules, coupling, price)
    cover_min, cover_max, street = _cover_prices(instance, pools, theta)
    worth = (cover_min - cover_max)[:, :, 0] + street
    goal = float(price[coupling.nodes]) - (1.0 + over) * street
    part, whole = band_prices(instance, rules, fair)
    # The bound takes as much off the goal's price.
    placed = max(0.0, goal + float((part - whole).max(initial=0.0)))
    fair = replace(
        fair, goal=goal, placed=placed, street=street, cover_min=cover_min,
        cover_max=cover_max, rep_lock=_lock_prices(instance, worth),
    )  # fmt: skip
    return {"gap": replace(nothing, goal=-1.0), "cover": cover_all, "fairness": fair}


def gap_prices(
    instance: Instance,
    rules: Rules,
    pools: Pools | None,
    coupling: Coupling,
    price: Floats,
    theta: Floats,
) -> Prices:
    """Return the prices of a step where more is asked than placed, but for what is kept.

    Parameters
    ----------
    price : (node + rule,) floats
    theta : (block,) floats
        Price of a unit of cover: above 0 where people end what is placed, below 0 where what is
        placed ends them.
    """
    found = _coupling_prices(instance, rules, coupling, price)
    shape = instance.reference.shape
    least, most = np.zeros(shape), np.zeros(shape)
    if pools is not None:
        there = np.zeros(shape[:2], dtype=bool)
        there[pools.leaf, pools.period] = True
        least[there] = np.maximum(theta, 0.0)[:, None]
        most[there] = (np.maximum(-theta, 0.0) / (1.0 + instance.over_rep))[:, None]
    goal = float(price[coupling.nodes])
    return replace(found, goal=goal, cover_min=least, cover_max=most)


def with_lock_prices(instance: Instance, prices: Prices, *, carried: float, fair: bool) -> Prices:
    """Return prices with those of locks on reps, at which each amount is the best for the rep.

    Parameters
    ----------
    carried : float
        What a unit of target is worth by itself in this step.
    fair : bool
        Whether distance from the reference counts in it.
    """
    worth = (prices.cover_min - prices.cover_max)[:, :, 0] + prices.street + carried
    return replace(prices, rep_lock=_lock_prices(instance, worth, fair=fair))


def _coupling_prices(instance: Instance, rules: Rules, coupling: Coupling, price: Floats) -> Prices:
    """Return the prices of bands, wide potentials and locks on regions."""
    nothing = no_prices(instance)
    region, price = price[: coupling.nodes], price[coupling.nodes :]
    signed = _scattered(coupling.band_min, price, len(nothing.band_min))
    signed += _scattered(coupling.regions.row, region, len(nothing.band_min))
    return replace(
        nothing,
        band_min=np.maximum(signed, 0.0),
        band_max=np.maximum(-signed, 0.0)
        + _scattered(coupling.band_max, price, len(nothing.band_max)),
        potential=_wide_potentials(rules, coupling, price, len(nothing.potential)),
        region_lock=_scattered(coupling.region_lock, price, len(nothing.region_lock)),
    )


def _wide_potentials(rules: Rules, coupling: Coupling, price: Floats, number: int) -> Floats:
    """Return the prices of potentials over several cells; those of single cells follow later."""
    wide = coupling.potential >= 0
    found = np.zeros(number)
    found[rules.potential_rows[coupling.potential[wide]]] = price[wide]
    return found


def _scattered(rows: Ints, values: Floats, number: int) -> Floats:
    into = np.zeros(number)
    into[rows[rows >= 0]] = values[rows >= 0]
    return into


def _cover_prices(
    instance: Instance, pools: Pools | None, theta: Floats
) -> tuple[Floats, Floats, float]:
    """Return prices of cover, (leaf, period, product), and of keeping the cover full."""
    shape = instance.reference.shape
    least, most = np.zeros(shape), np.zeros(shape)
    if pools is None:
        return least, most, 0.0
    marginal = theta / (1.0 + instance.over_rep)
    street = 0.0 if instance.over_rep == 0 else max(0.0, float(marginal.max(initial=0.0)))
    there = np.zeros(shape[:2], dtype=bool)
    there[pools.leaf, pools.period] = True
    least[there] = np.maximum(marginal - street, 0.0)[:, None]
    most[there] = np.maximum(street - marginal, 0.0)[:, None]
    return least, most, street


def _lock_prices(instance: Instance, worth: Floats, *, fair: bool = True) -> Floats:
    """Return what locks on reps pay beyond the cover, so that each amount is the best.

    Parameters
    ----------
    worth : (leaf, period) floats
        What a unit of target is worth to a rep without a lock.
    """
    locks, reps = instance.rep_locks, instance.reps
    if reps is None or not len(locks.amount):
        return np.zeros(len(locks.amount))
    paid = worth[reps.leaf[locks.rep], locks.period]
    if not fair:
        return -paid
    multiple = locks.amount / reps.reference[locks.rep, locks.period]
    return np.asarray(2.0 * (multiple - 1.0) - paid)
