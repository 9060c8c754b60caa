"""Shadow prices of the joint model's rows, and the lower bound of F that they prove.

The Lagrangian is L = objective − Σ price·g with every rule written g ≥ 0 (price ≥ 0) or
g = 0 (any price). For whatever prices, minimising L over Y ≥ 0 and T within the rep's
limits gives a lower bound of the step; it needs no trust in the solver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.model.allocation import Price
from optimizer.model.joint_row import Rule
from optimizer.model.joint_variables import JointVariables
from optimizer.model.worth import fairest_total, read_lines, worth_of
from optimizer.problem.instance import Floats

NOISE = 1e-9
"""Prices up to this size are taken for rounding of the solver."""


@dataclass(frozen=True)
class Lagrangian:
    """L without its objective: a constant and one slope per variable.

    Attributes
    ----------
    constant : float
        In scaled amounts.
    ask, placed : (open cell,) floats
    total : (rep, period) floats
        Slope of T alone.
    worth : (rep, period, product) floats
        What a unit of x is worth (its slope, with the other sign); NaN where there is no x.
    """

    constant: float
    ask: Floats
    placed: Floats
    total: Floats
    worth: Floats


def read_prices(model: JointVariables, rules: Sequence[Rule]) -> Floats | None:
    """Return the (rule,) prices of the last solve; None if the solver gives no numbers.

    Inequalities get at least 0; the goal's price is moved so that no cell's ask would be
    worth asking for without end (a solver keeps that only to its tolerance).
    """
    found = [rule.relation.pi for rule in rules]
    if any(price is None for price in found):
        return None
    prices = np.array(found, dtype=float)
    if not np.isfinite(prices).all():
        return None
    prices[np.abs(prices) <= NOISE] = 0.0
    equal = np.array([rule.place.side == "equal" for rule in rules])
    prices = np.where(equal, prices, np.maximum(prices, 0.0))
    goal = next(number for number, rule in enumerate(rules) if rule.place.kind == "goal")
    prices[goal] += min(float(weigh(model, rules, prices).ask.min()), 0.0)
    return prices


def weigh(model: JointVariables, rules: Sequence[Rule], prices: Floats) -> Lagrangian:
    """Collect the slopes of −Σ price·g, variable by variable."""
    constant = 0.0
    slope: dict[str, float] = {}
    for rule, price in zip(rules, prices.tolist(), strict=True):
        if price != 0.0:
            constant -= price * rule.relation.constant
            for variable, factor in rule.relation.items():
                slope[variable.name] = slope.get(variable.name, 0.0) - price * factor
    ask = np.array([slope.get(variable.name, 0.0) for variable in model.ask.values()])
    placed = np.array([slope.get(variable.name, 0.0) for variable in model.placed.values()])
    return Lagrangian(constant, ask, placed, *_rep_slopes(model, slope))


def _rep_slopes(model: JointVariables, slope: dict[str, float]) -> tuple[Floats, Floats]:
    shape = model.instance.reference.shape
    if model.instance.reps is None:
        return np.zeros((0, shape[1])), np.zeros((0, *shape[1:]))
    people = len(model.instance.reps.leaf)
    total, worth = np.zeros((people, shape[1])), np.full((people, *shape[1:]), np.nan)
    for (rep, cell), variable in model.split.items():
        period, product = divmod(cell % (shape[1] * shape[2]), shape[2])
        worth[rep, period, product] = -slope.get(variable.name, 0.0)
    for key, variable in model.total.items():
        total[key] = slope.get(variable.name, 0.0)
    return total, worth


def fairness_bound(model: JointVariables, rules: Sequence[Rule], prices: Floats) -> float:
    """Return the lower bound of F (scaled) that the prices prove.

    Backing is priced at what asking costs, a_c ≥ 0, so D drops out and Y pays a_c:
    constants + Σ_c min_{Y≥0} [(Y − D0)²/D0 + κ_c·Y] + Σ_iq min_T [(T − T0)²/T0 + slope·T − W(T)],
    W(T) being the most that T is worth within the rep's capacity (`worth`).
    """
    instance, scale = model.instance, model.scale
    weighed = weigh(model, rules, prices)
    reference = instance.reference.reshape(-1)[model.cells] / scale
    slope: Floats = weighed.placed + weighed.ask
    best: Floats = np.maximum(reference * (1.0 - slope / 2.0), 0.0)
    best = np.where(model.covered[model.leaf, model.period], best, 0.0)
    bound = weighed.constant + float(np.sum((best - reference) ** 2 / reference + slope * best))
    if instance.reps is not None:
        at = np.nonzero(instance.reps.reference > 0)
        wish = instance.reps.reference[at] / scale
        low: Floats = instance.reps.low[at] / scale
        high: Floats = instance.reps.high[at] / scale
        lines = read_lines(weighed.worth[at], instance.effort)
        best = fairest_total(lines, wish, low, high, -weighed.total[at])
        gained = worth_of(lines, high, best) - weighed.total[at] * best
        bound += float(np.sum((best - wish) ** 2 / wish - gained))
    return bound


def as_prices(step: str, rules: Sequence[Rule], prices: Floats) -> tuple[Price, ...]:
    """Return the non-zero prices of a step in the labels of ``prices.csv``."""
    return tuple(
        Price(
            step, rule.place.kind, rule.place.side, rule.place.period,
            rule.place.region, rule.place.product, rule.place.rep, price,
        )
        for rule, price in zip(rules, prices.tolist(), strict=True)
        if price != 0.0
    )  # fmt: skip
