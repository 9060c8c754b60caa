"""Weights, limits and groups of the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.calendar import MONTHS_PER_YEAR
from optimizer.domain.scenario import AbilityRule, Scenario
from optimizer.problem.history import History
from optimizer.problem.instance import Bools, Floats, Groups, Ints
from optimizer.problem.labels import Labels
from optimizer.problem.whole import ceil_units, floor_units

WEIGHED = ("rep", "region", "ability", "resource", "fte", "start", "products")
"""Columns of people that their order, weights and products hang on."""


@dataclass(frozen=True)
class Roster:
    """The people table in the problem's order (leaf, then name), with what it implies.

    Attributes
    ----------
    table : DataFrame
    order : (rep,) ints
        Row of each rep in the people table as it was read.
    names : tuple of str
    leaf : (rep,) ints
    sells : (rep, product) bools
    weight, ramp : (rep, period) floats
        Weight = ability × resource × fte × ramp.
    ability, resource : (rep,) floats
    fte_ramp : (rep, period) floats
        The factors of the weight; the last is fte × ramp.
    """

    table: pd.DataFrame
    order: Ints
    names: tuple[str, ...]
    leaf: Ints
    sells: Bools
    weight: Floats
    ramp: Floats
    ability: Floats
    resource: Floats
    fte_ramp: Floats


@dataclass(frozen=True)
class RepLimits:
    """Usable min and capacity, and the ramps in them, each (rep, period)."""

    low: Floats
    high: Floats
    low_ramp: Floats
    high_ramp: Floats


def read_roster(scenario: Scenario, labels: Labels, history: History | None) -> Roster | None:
    """Return the people in the problem's order; None for a regional plan."""
    people = scenario.table("people")
    if people is None:
        return None
    leaf = labels.leaf_index(people["region"])
    order = _by_leaf_and_name(leaf, people["rep"])
    table, leaf = people.iloc[order], leaf[order]
    ramp = ramp_factors(table["start"], labels, scenario.settings.ramp_factors)
    able = ability(table, leaf, history, scenario.settings.ability)
    resource = table["resource"].fillna(1.0).to_numpy(dtype=float)
    fte = table["fte"].fillna(1.0).to_numpy(dtype=float)
    return Roster(
        table,
        order,
        tuple(table["rep"].tolist()),
        leaf,
        products_sold(table["products"], labels),
        weight=(able * resource * fte)[:, None] * ramp,
        ramp=ramp,
        ability=able,
        resource=resource,
        fte_ramp=fte[:, None] * ramp,
    )


def _by_leaf_and_name(leaf: Ints, names: pd.Series) -> Ints:
    """Return the order of people by leaf, then by name, as tables mostly have them already."""
    if names.is_monotonic_increasing:
        return np.argsort(leaf, kind="stable")
    return np.lexsort((names.to_numpy(dtype=object).astype(str), leaf))


def ramp_factors(start: pd.Series, labels: Labels, factors: tuple[float, ...]) -> Floats:
    """Return the mean ramp factor of each rep and period, shape (rep, period).

    Months before `start` count 0, month k after it ``factors[k]``, later months 1; a rep
    without a start, or a period without dates, counts 1.
    """
    ramp = np.ones((len(start), len(labels.periods)))
    known = start.notna().to_numpy()
    if not known.any():
        return ramp
    dated = start[known]
    month = (dated.dt.year * MONTHS_PER_YEAR + dated.dt.month - 1).to_numpy(dtype=np.int64)
    steps = np.array([0.0, *factors, 1.0])
    for index, span in enumerate(labels.spans):
        if span is None:
            continue
        months = span.first + np.arange(span.months)
        since = np.clip(months[None, :] - month[:, None] + 1, 0, len(steps) - 1)
        ramp[known, index] = steps[since].mean(axis=1)
    return ramp


def ability(table: pd.DataFrame, leaf: Ints, history: History | None, rule: AbilityRule) -> Floats:
    """Return the ability of each rep: as given, else by history within the region."""
    given = table["ability"].to_numpy(dtype=float)
    result = np.where(np.isnan(given), 1.0, given)
    if history is None:
        return result
    sold = pd.Series(history.amount).groupby(history.rep.to_numpy()).sum()
    amount = table["rep"].map(sold).to_numpy(dtype=float)
    open_case = np.isnan(given)
    for region in np.unique(leaf[open_case]):
        members = np.flatnonzero(open_case & (leaf == region))
        result[members] = (
            _in_proportion(amount[members]) if rule.from_history else by_rank(amount[members], rule)
        )
    return result


def _in_proportion(amount: Floats) -> Floats:
    known = ~np.isnan(amount)
    mean = amount[known].mean() if known.any() else 0.0
    return np.where(known, amount / mean, 1.0) if mean > 0 else np.ones(len(amount))


def by_rank(amount: Floats, rule: AbilityRule) -> Floats:
    """Return the factor of each rep of a region by rank; ties at a cut and NaN get 1."""
    factor = np.ones(len(amount))
    known = amount[~np.isnan(amount)]
    ranked = np.sort(known)[::-1]
    top = min(whole_share(rule.top_share, len(amount)), len(ranked))
    bottom = min(whole_share(rule.bottom_share, len(amount)), len(ranked) - top)
    if top:
        tied = top < len(ranked) and ranked[top] == ranked[top - 1]
        cut = ranked[top - 1]
        factor[amount > cut if tied else amount >= cut] = rule.top_factor
    if bottom:
        tied = bottom < len(ranked) and ranked[-bottom - 1] == ranked[-bottom]
        cut = ranked[-bottom]
        factor[amount < cut if tied else amount <= cut] = rule.bottom_factor
    return factor


def whole_share(share: float, count: int) -> int:
    """Return ⌊share × count⌋, with 0.2 × 10 counted as 2 in spite of binary floats."""
    return int(np.floor(share * count * (1.0 + 1e-12)))


def products_sold(lists: pd.Series, labels: Labels) -> Bools:
    """Return which products each rep sells, shape (rep, product); a blank list is all."""
    codes, texts = pd.factorize(lists)
    rows = np.ones((len(texts), len(labels.products)), dtype=bool)
    for row, text in enumerate(texts):
        named = {name.strip() for name in str(text).split(";")} - {""}
        if named:
            rows[row] = [product in named for product in labels.products]
    return np.asarray(rows[codes], dtype=bool)


def rep_limits(
    roster: Roster,
    scenario: Scenario,
    labels: Labels,
    unit: float,
    *,
    inward: bool,
    whole_capacity: bool,
) -> RepLimits:
    """Return usable min and capacity.

    Figures of `people` are ramped, those of the ``capacity`` table are final; the buffer is
    kept back from both kinds of capacity. Capacity counted in effort is no amount of targets,
    and is not rounded (`whole_capacity`).
    """
    low = roster.table["min"].fillna(0.0).to_numpy()[:, None] * roster.ramp
    high = roster.table["capacity"].to_numpy(dtype=float)[:, None] * roster.ramp
    low_ramp, high_ramp = roster.ramp.copy(), roster.ramp.copy()
    final = scenario.table("capacity")
    if final is not None:
        row = {name: index for index, name in enumerate(roster.names)}
        code, names = pd.factorize(final["rep"])
        rep = np.array([row[name] for name in names.tolist()], dtype=np.int64)[code]
        period = labels.period_index(final["period"])
        for column, limit, ramp in (("min", low, low_ramp), ("capacity", high, high_ramp)):
            given = final[column].notna().to_numpy()
            limit[rep[given], period[given]] = final[column].to_numpy(dtype=float)[given]
            ramp[rep[given], period[given]] = 1.0
    high = np.where(np.isnan(high), np.inf, high * (1.0 - scenario.settings.buffers.capacity))
    if inward:
        low = ceil_units(low, unit)
    if whole_capacity:
        high = floor_units(high, unit)
    return RepLimits(low, high, low_ramp, high_ramp)


def group_reps(roster: Roster, locked: Bools) -> tuple[Ints, Groups]:
    """Return the group of each rep, and the groups, in the order of their first rep.

    Reps of one leaf with the same products share a group; a rep that a lock names stands
    alone.
    """
    packed = np.packbits(roster.sells, axis=1)
    key = np.column_stack([roster.leaf, np.where(locked, np.arange(len(locked)) + 1, 0), packed])
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    first = first[order]
    groups = Groups(leaf=roster.leaf[first], sells=roster.sells[first], locked=locked[first])
    return rank[inverse.reshape(-1)].astype(np.int64), groups
