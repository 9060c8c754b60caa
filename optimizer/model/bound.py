"""The proof: a lower bound of each step from the prices of its rules.

Any prices give a valid bound (weak duality). The Lagrangian splits into single variables, so
its least value has a closed form:

    L = objective − Σ price · (rule written as g ≥ 0 or h = 0)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.rules import Rules
from optimizer.model.worth import (
    fairest_total,
    highest_total,
    most_of,
    read_lines,
    worth_of,
)
from optimizer.problem.instance import Floats, Instance
from optimizer.problem.reference import sellable

_AT_ONCE = 50_000
"""People worked on at a time."""


@dataclass(frozen=True)
class Prices:
    """Prices of all rules in one step; inequalities at least 0, equalities of any sign.

    Attributes
    ----------
    goal, placed, street : float
    band_min, band_max : (band,) floats
    potential : (potential row,) floats
    cover_min, cover_max : (leaf, period, product) floats
    region_lock, rep_lock : (lock,) floats
    year_min, year_max : (rep,) floats
        Of the limits over all periods together.
    """

    goal: float
    placed: float
    street: float
    band_min: Floats
    band_max: Floats
    potential: Floats
    cover_min: Floats
    cover_max: Floats
    region_lock: Floats
    rep_lock: Floats
    year_min: Floats
    year_max: Floats


def no_prices(instance: Instance) -> Prices:
    """Return prices that are all 0."""
    bands = len(instance.bands.low)
    people = 0 if instance.reps is None else len(instance.reps.leaf)
    return Prices(
        goal=0.0,
        placed=0.0,
        street=0.0,
        band_min=np.zeros(bands),
        band_max=np.zeros(bands),
        potential=np.zeros(len(instance.potentials.given)),
        cover_min=np.zeros(instance.reference.shape),
        cover_max=np.zeros(instance.reference.shape),
        region_lock=np.zeros(len(instance.region_locks.amount)),
        rep_lock=np.zeros(len(instance.rep_locks.amount)),
        year_min=np.zeros(people),
        year_max=np.zeros(people),
    )


def least_value(
    instance: Instance,
    rules: Rules,
    prices: Prices,
    step: str,
    placed_most: float,
    street_most: float,
) -> tuple[float, Prices]:
    """Return a proven lower bound of a step's objective, and the prices that prove it.

    The prices come back completed: the goal's price moved so that asking never pays by
    itself, and the best prices put on limits of single cells.

    Parameters
    ----------
    step : str
        ``gap`` (least −Σ placed), ``cover`` (least −Σ targets) or ``fairness`` (least F).
    """
    ask_price, prices = ask_prices(instance, rules, prices)
    slope: Floats = ask_price + _placed_slopes(instance, rules, prices)
    if step == "gap":
        slope = slope - 1.0
    prices, slope = _price_own_potentials(instance, rules, prices, slope, step)
    constant = (
        prices.goal * instance.ask_total
        - float(prices.potential @ instance.potentials.usable)
        + float(prices.region_lock @ instance.region_locks.amount)
        + float(prices.rep_lock @ instance.rep_locks.amount)
        + prices.placed * placed_most
        + prices.street * street_most
        - instance.cover_give * float(prices.cover_max.ravel()[rules.open_cell].sum())
    )
    value = constant + _least_over_cells(instance, rules, slope, step)
    if instance.reps is not None:
        worth = product_worth(instance, prices)
        value += _year_constant(instance, prices)
        value += _least_over_reps(instance, prices, worth, step)
        # with effort the prices of these volumes are not known: a weaker bound, and true
        if instance.volume_low is not None and instance.effort is None:
            sold = ~np.isnan(worth)
            best = np.where(sold, worth, -np.inf).max(axis=2, keepdims=True)
            spare = np.subtract(best, worth, out=np.zeros_like(worth), where=sold)
            value += float((spare * instance.volume_low).sum())
    return value, prices


def ask_prices(instance: Instance, rules: Rules, prices: Prices) -> tuple[Floats, Prices]:
    """Return what one more unit of ask costs in each cell, never below 0."""
    part, whole = band_prices(instance, rules, prices)
    cost = -prices.goal - part + whole
    shift = float(cost.min(initial=0.0))
    return cost - shift, replace(prices, goal=prices.goal + shift)


def band_prices(instance: Instance, rules: Rules, prices: Prices) -> tuple[Floats, Floats]:
    """Return what bands pay for a unit of ask as a part, and charge for it as of a whole."""
    cells, bands = len(rules.open_cell), instance.bands
    high = np.where(np.isfinite(bands.high), bands.high, 0.0)
    part = rules.band_part.spread(prices.band_min - prices.band_max, cells)
    whole = rules.wholes.spread(prices.band_min * bands.low - prices.band_max * high, cells)
    return part, whole


def _placed_slopes(instance: Instance, rules: Rules, prices: Prices) -> Floats:
    cells = len(rules.open_cell)
    slope = rules.potential.spread(prices.potential[rules.potential_rows], cells)
    slope -= rules.region_lock.spread(prices.region_lock, cells)
    cover = prices.cover_min - (1.0 + instance.over_rep) * prices.cover_max
    return slope - prices.placed + cover.ravel()[rules.open_cell]


def _price_own_potentials(
    instance: Instance, rules: Rules, prices: Prices, slope: Floats, step: str
) -> tuple[Prices, Floats]:
    limited = (rules.own_potential >= 0) & rules.carried
    limit = np.where(limited, rules.placed_high, 0.0)
    marginal = slope.copy()
    if step == "fairness":
        marginal = marginal + 2.0 * (limit / rules.reference - 1.0)
    price = np.where(limited, np.maximum(0.0, -marginal), 0.0)
    potential = prices.potential.copy()
    potential[rules.own_potential[limited]] = price[limited]
    return replace(prices, potential=potential), slope + price


def _least_over_cells(instance: Instance, rules: Rules, slope: Floats, step: str) -> float:
    low = rules.placed_low
    high = np.where(rules.carried, instance.ask_total, low)
    if step != "fairness":
        return float(np.minimum(slope * low, slope * high).sum())
    reference = rules.reference
    best = np.clip(reference * (1.0 - slope / 2.0), low, np.where(rules.carried, np.inf, low))
    return float((np.square(best - reference) / reference + slope * best).sum())


def _year_constant(instance: Instance, prices: Prices) -> float:
    """Return what prices of year limits add whatever people carry."""
    reps = instance.reps
    if reps is None or reps.total_low is None or reps.total_high is None:
        return 0.0
    limited = np.where(prices.year_max > 0, reps.total_high, 0.0)
    return float(prices.year_min @ reps.total_low - prices.year_max @ limited)


def _least_over_reps(instance: Instance, prices: Prices, worth: Floats, step: str) -> float:
    reps = instance.reps
    assert reps is not None
    if instance.effort is None:
        best = np.where(np.isnan(worth), -np.inf, worth).max(axis=2)
        best = np.where(np.isfinite(best), best, 0.0) + (1.0 if step == "cover" else 0.0)
        return _least_without_effort(instance, prices, best, step)
    rep, period = np.nonzero(reps.reference > 0)
    place = (reps.group[rep], period)
    lines = tuple(line.at(place) for line in read_lines(worth, instance.effort))
    low, capacity = reps.low[rep, period], reps.high[rep, period]
    reward = flat_rewards(instance, prices)[rep] + (1.0 if step == "cover" else 0.0)
    if step != "fairness":
        most = np.maximum(low, (1.0 + instance.over_rep) * instance.ask_total)
        most = np.minimum(most_of(lines, capacity), most)
        total = highest_total(lines, low, most, capacity, reward)
        return float(-(worth_of(lines, capacity, total) + reward * total).sum())
    reference = reps.reference[rep, period]
    best = fairest_total(lines, reference, low, capacity, reward)
    away = np.square(best - reference) / reference
    return float((away - worth_of(lines, capacity, best) - reward * best).sum())


def _least_without_effort(instance: Instance, prices: Prices, best: Floats, step: str) -> float:
    """Return the least over people whose products all take the same effort.

    Parameters
    ----------
    best : (group, period) floats
        What a unit of the best product is worth.
    """
    reps, flat = instance.reps, flat_rewards(instance, prices)
    assert reps is not None
    if step != "fairness" and not best.any() and not flat.any():
        return 0.0
    cap, total = (1.0 + instance.over_rep) * instance.ask_total, 0.0
    for begin in range(0, len(reps.leaf), _AT_ONCE):
        some = slice(begin, begin + _AT_ONCE)
        works, low, high = reps.reference[some] > 0, reps.low[some], reps.high[some]
        reference = np.where(works, reps.reference[some], 1.0)
        reward = best[reps.group[some]] + flat[some, None]
        if step == "fairness":
            target = np.clip(reference * (1.0 + reward / 2.0), low, high)
            value = np.square(target - reference) / reference - reward * target
        else:
            most = np.minimum(high, np.maximum(low, cap))
            value = -np.maximum(reward * low, reward * most)
        total += float(np.where(works, value, 0.0).sum())
    return total


def flat_rewards(instance: Instance, prices: Prices) -> Floats:
    """Return what a unit of target is worth to each rep whatever the period and product."""
    assert instance.reps is not None
    return prices.year_min - prices.year_max + prices.street


def rep_rewards(instance: Instance, prices: Prices) -> Floats:
    """Return what one more unit of target is worth to each rep and period, (rep, period).

    Capacity is taken for free; where products differ in effort, a rep at capacity gains less.
    """
    assert instance.reps is not None
    worth = product_worth(instance, prices)
    best = np.where(np.isnan(worth), -np.inf, worth).max(axis=2)
    best = np.where(np.isfinite(best), best, 0.0)[instance.reps.group]
    return np.asarray(best + flat_rewards(instance, prices)[:, None])


def product_worth(instance: Instance, prices: Prices) -> Floats:
    """Return what one more unit of a product is worth to a group, (group, period, product).

    NaN where the group cannot sell it.
    """
    assert instance.groups is not None
    sold = sellable(instance.reference, instance.groups)
    return np.where(sold, unit_worth(instance, prices), np.nan)


def unit_worth(instance: Instance, prices: Prices) -> Floats:
    """Return what a unit of a product would be worth to a group, whether it may sell it or not."""
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    worth: Floats = (prices.cover_min - prices.cover_max)[groups.leaf]
    locks = instance.rep_locks
    for rep, period, product, price in zip(
        locks.rep, locks.period, locks.product, prices.rep_lock, strict=True
    ):
        periods = slice(None) if period < 0 else slice(period, period + 1)
        products = slice(None) if product < 0 else slice(product, product + 1)
        worth[reps.group[rep], periods, products] += price
    return worth
