"""What a limit is worth: the prices of the three steps brought into one figure.

The prices of a step hold what the steps before have reached. Let a limit move by one unit,
and let c1, c2, c3 be how much the least −Σ Y, −Σ T and F of the steps fall by their own
prices. Then Σ Y rises by c1. Keeping it costs step 2 its price m of Σ Y for each unit, so
Σ T rises by c2 − m·c1. Keeping both costs step 3 its prices p (of Σ Y) and s (of Σ T), so F
falls by c3 − p·c1 − s·(c2 − m·c1) = c3 − s·c2 − (p − s·m)·c1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.model.bound import (
    Prices,
    flat_rewards,
    no_prices,
    product_worth,
    unit_worth,
)
from optimizer.model.worth import (
    effort_price,
    fairest_total,
    highest_total,
    most_of,
    read_lines,
    slope_above,
)
from optimizer.problem.instance import Floats, Instance
from optimizer.problem.reference import sellable

NOISE = 1e-5
"""Prices up to this size are taken for 0.

All are amounts per amount: a cell that is off its reference by 10⁻⁵ has a price of 2·10⁻⁵, and
the solver's tolerances and the finest pieces of F leave a few 10⁻⁶.
"""


@dataclass(frozen=True)
class LimitPrices:
    """Gain per unit by which a limit gives way; for goal and locks per unit by which they rise.

    The gain is the gap closed where a gap is left, else the fall of F.

    Attributes
    ----------
    goal : float
        Per unit of what is asked of all cells, the references held.
    band_min, band_max : (band,) floats
        Per unit of the amount asked of the part.
    potential : (potential row,) floats
    cover_min, cover_max : (leaf, period, product) floats
    region_lock, rep_lock : (lock,) floats
    rep_min, rep_max : (rep, period) floats
        Of capacities per unit of capacity, which is effort where products differ in it.
    year_min, year_max : (rep,) floats
    opening : (group, period, product) floats
        Per unit that a group may sell of a product that is not on its list.
    """

    goal: float
    band_min: Floats
    band_max: Floats
    potential: Floats
    cover_min: Floats
    cover_max: Floats
    region_lock: Floats
    rep_lock: Floats
    rep_min: Floats
    rep_max: Floats
    year_min: Floats
    year_max: Floats
    opening: Floats


def limit_prices(instance: Instance, prices: dict[str, Prices], *, with_gap: bool) -> LimitPrices:
    """Return what each limit of a plan is worth.

    Parameters
    ----------
    prices : dict of Prices
        By step, as the plan's proof has them; a step that is missing has no price.
    with_gap : bool
        Whether to price the gap (step 1 alone) or F.
    """
    steps = {step: prices.get(step, no_prices(instance)) for step in ("gap", "cover", "fairness")}
    gap = _gains(instance, steps["gap"], "gap")
    if with_gap:
        return _finished(instance, gap)
    cover, fairness = (_gains(instance, steps[step], step) for step in ("cover", "fairness"))
    street = steps["fairness"].street
    placed = steps["fairness"].placed - street * steps["cover"].placed
    combined = {
        part.name: getattr(fairness, part.name)
        - street * getattr(cover, part.name)
        - placed * getattr(gap, part.name)
        for part in fields(LimitPrices)
    }
    return _finished(instance, LimitPrices(**combined))


def goal_price(instance: Instance, worth: LimitPrices, objective: float | None) -> float:
    """Return what one more unit of the goal is worth, references growing with it.

    With a gap: what of the unit is placed, less the unit. Else the fall of F: were potentials,
    capacities, mins and locks to grow with the goal too, F would do the same (it is
    homogeneous of degree 1); what they do not grow by is worth their prices.

    Parameters
    ----------
    objective : float or None
        F; None where a gap is left, which `worth` then prices.
    """
    if objective is None:
        price = (1.0 + instance.over_region) * worth.goal - 1.0
    else:
        held = worth.potential @ instance.potentials.usable
        held += worth.region_lock @ instance.region_locks.amount
        held += worth.rep_lock @ instance.rep_locks.amount
        if instance.reps is not None:
            high = np.where(worth.rep_max != 0.0, instance.reps.high, 0.0)
            held += (worth.rep_max * high).sum() - (worth.rep_min * instance.reps.low).sum()
            held += _held_by_years(instance, worth)
        price = -(objective + float(held)) / instance.goal
    return 0.0 if abs(price) <= NOISE else price


def _held_by_years(instance: Instance, worth: LimitPrices) -> float:
    reps = instance.reps
    if reps is None or reps.total_low is None or reps.total_high is None:
        return 0.0
    most = np.where(worth.year_max != 0.0, reps.total_high, 0.0)
    return float(worth.year_max @ most - worth.year_min @ reps.total_low)


def _gains(instance: Instance, prices: Prices, step: str) -> LimitPrices:
    """Return the gains of one step by its own prices."""
    low, high = _rep_gains(instance, prices, step)
    return LimitPrices(
        goal=-prices.goal,
        band_min=prices.band_min,
        band_max=prices.band_max,
        potential=prices.potential,
        cover_min=prices.cover_min,
        cover_max=prices.cover_max,
        region_lock=-prices.region_lock,
        rep_lock=-prices.rep_lock,
        rep_min=low,
        rep_max=high,
        year_min=prices.year_min,
        year_max=prices.year_max,
        opening=_openings(instance, prices),
    )


def _rep_gains(instance: Instance, prices: Prices, step: str) -> tuple[Floats, Floats]:
    """Return the gains of mins and capacities: what a unit is worth, less what it costs there."""
    reps = instance.reps
    if reps is None:
        nothing = np.zeros((0, len(instance.periods)))
        return nothing, nothing
    place = (reps.group[:, None], np.arange(len(instance.periods))[None, :])
    lines = tuple(
        line.at(place) for line in read_lines(product_worth(instance, prices), instance.effort)
    )
    reward = np.broadcast_to(
        flat_rewards(instance, prices)[:, None] + (1.0 if step == "cover" else 0.0),
        reps.low.shape,
    )
    works = reps.reference > 0
    reference = np.where(works, reps.reference, 1.0)
    if step == "fairness":
        total = fairest_total(lines, reference, reps.low, reps.high, reward)
    else:
        total = highest_total(lines, reps.low, most_of(lines, reps.high), reps.high, reward)
    least = _margin(reps.low, reference, reward, step) + slope_above(lines, reps.high, reps.low)
    gain = effort_price(lines, reps.high, total, _margin(total, reference, reward, step))
    return np.where(works, np.maximum(-least, 0.0), 0.0), np.where(works, gain, 0.0)


def _margin(total: Floats, reference: Floats, reward: Floats, step: str) -> Floats:
    """Return what a unit of total is worth beside its product, less what it costs in F."""
    return reward - (2.0 * (total / reference - 1.0) if step == "fairness" else 0.0)


def _openings(instance: Instance, prices: Prices) -> Floats:
    """Return how much more a unit is worth in a product that a group does not sell."""
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        return np.zeros((0, *instance.reference.shape[1:]))
    worth = unit_worth(instance, prices)
    allowed = sellable(instance.reference, groups)
    best = np.where(allowed, worth, -np.inf).max(axis=2, keepdims=True)
    return np.where(closed_lists(instance), np.maximum(worth - best, 0.0), 0.0)


def closed_lists(instance: Instance) -> np.ndarray:
    """Return where a group works but does not sell what is open, (group, period, product)."""
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    works = np.zeros((len(groups.leaf), len(instance.periods)), dtype=bool)
    np.logical_or.at(works, reps.group, reps.reference > 0)
    closed = (instance.reference[groups.leaf] > 0) & ~groups.sells[:, None, :]
    return np.asarray(closed & works[:, :, None])


def _finished(instance: Instance, found: LimitPrices) -> LimitPrices:
    """Net both sides of what is one rule, and cut what is noise."""
    parts = {part.name: getattr(found, part.name) for part in fields(LimitPrices)}
    fixed = instance.bands.low == instance.bands.high
    parts["band_min"], parts["band_max"] = _netted(found.band_min, found.band_max, fixed)
    one = np.full(found.cover_min.shape, instance.over_rep == 0)
    parts["cover_min"], parts["cover_max"] = _netted(found.cover_min, found.cover_max, one)
    for name, values in parts.items():
        parts[name] = np.where(np.abs(values) <= NOISE, 0.0, values)
    return LimitPrices(**{**parts, "goal": float(parts["goal"])})


def _netted(least: Floats, most: Floats, one: np.ndarray) -> tuple[Floats, Floats]:
    net = least - most
    return (
        np.where(one, np.maximum(net, 0.0), least),
        np.where(one, np.maximum(-net, 0.0), most),
    )
