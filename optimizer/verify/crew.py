"""The people: weights, limits and what each may sell, worked out from the inputs alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes, place
from optimizer.verify.cube import Bools, Floats, Ints
from optimizer.verify.months import month_of_date, ramp_share
from optimizer.verify.past import Past
from optimizer.verify.tables import ScenarioTables
from optimizer.verify.terms import Terms

NEARLY = 1e-9
"""Part of a unit at which an amount counts as the whole unit beside it."""


@dataclass(frozen=True)
class Crew:
    """The reps, in the order of their leaf and name.

    Attributes
    ----------
    names, teams, roles : tuple of str
    leaf : (rep,) ints
    sells : (rep, product) bools
    ability, resource : (rep,) floats
    weight : (rep, period) floats
        Ability × resource × fte × ramp.
    low, high, raw_high : (rep, period) floats
        Usable min and capacity in whole units' amounts, rounded inward, and the capacity
        with no buffer; inf where there is none. Capacities are amounts of effort, and not
        rounded, where products differ in it.
    effort : (product,) floats
        Capacity that a unit of each product takes.
    exact_high : (rep, period) floats
        The usable capacity before it is rounded.
    floor_ratio, stretch_ratio : (rep,) floats
        Own ratios to the target; NaN where there are none.
    commit : (rep,) floats
        What each offers per period; NaN where nothing is offered.
    """

    names: tuple[str, ...]
    teams: tuple[str, ...]
    roles: tuple[str, ...]
    leaf: Ints
    sells: Bools
    ability: Floats
    resource: Floats
    weight: Floats
    low: Floats
    high: Floats
    raw_high: Floats
    effort: Floats
    exact_high: Floats
    floor_ratio: Floats
    stretch_ratio: Floats
    commit: Floats

    @property
    def by_effort(self) -> bool:
        """Whether products differ in effort from the plain 1."""
        return bool((self.effort != 1.0).any())


def read_crew(axes: Axes, terms: Terms, tables: ScenarioTables, past: Past | None) -> Crew | None:
    """Return the people of a measure; None for a regional plan."""
    table = tables.get("people")
    if table is None:
        return None
    leaf = axes.leaf(table["region"])
    table = table.assign(leaf=leaf)[leaf >= 0].sort_values(["leaf", "rep"])
    leaf = table["leaf"].to_numpy(dtype=np.int64)
    ramp = _ramp(axes, terms, table["start"])
    ability = _ability(terms, table, leaf, past)
    resource = _one_if_blank(table["resource"])
    factor = ability * resource * _one_if_blank(table["fte"])
    low, raw = _limits(axes, tables, table, ramp)
    usable = raw * (1.0 - terms.capacity_buffer)
    effort = _effort(axes, tables.get("products"))
    plain = bool((effort == 1.0).all())
    return Crew(
        names=tuple(table["rep"].to_numpy(dtype=object)),
        teams=tuple(table["team"].to_numpy(dtype=object)),
        roles=tuple(table["role"].to_numpy(dtype=object)),
        leaf=leaf,
        sells=_sells(axes, table["products"]),
        ability=ability,
        resource=resource,
        weight=factor[:, None] * ramp,
        low=whole_up(low, terms.unit),
        high=whole_down(usable, terms.unit) if plain else usable,
        raw_high=whole_down(raw, terms.unit) if plain else raw,
        effort=effort,
        exact_high=usable,
        floor_ratio=table["floor"].to_numpy(dtype=float),
        stretch_ratio=table["stretch"].to_numpy(dtype=float),
        commit=table["commit"].to_numpy(dtype=float),
    )


def whole_down(amount: Floats, unit: float) -> Floats:
    """Round down to the unit; what floats keep from the next whole unit counts as it."""
    units = amount / unit
    return np.asarray(np.floor(units + _dust(units)) * unit, dtype=np.float64)


def whole_up(amount: Floats, unit: float) -> Floats:
    """Round up to the unit."""
    units = amount / unit
    return np.asarray(np.ceil(units - _dust(units)) * unit, dtype=np.float64)


def _dust(units: Floats) -> Floats:
    """Return what floats leave of a count of units, well below one unit."""
    known = np.where(np.isinf(units), 0.0, np.abs(units))
    return np.asarray(np.minimum(NEARLY + 1e-15 * known, 0.25), dtype=np.float64)


def _effort(axes: Axes, products: pd.DataFrame | None) -> Floats:
    effort = np.ones(len(axes.products))
    if products is not None:
        effort[axes.product(products["product"])] = _one_if_blank(products["effort"])
    return effort


def _one_if_blank(values: pd.Series) -> Floats:
    return values.fillna(1.0).to_numpy(dtype=float)


def _ramp(axes: Axes, terms: Terms, starts: pd.Series) -> Floats:
    codes, different = pd.factorize(starts)
    known = [
        [ramp_share(months, month_of_date(text), terms.ramp) for months in axes.months]
        for text in map(str, different)
    ]
    return np.array(known, dtype=float).reshape(len(different), len(axes.months))[codes]


def _sells(axes: Axes, lists: pd.Series) -> Bools:
    codes, different = pd.factorize(lists)
    rows = []
    for text in map(str, different):
        named = {name.strip() for name in text.split(";")} - {""}
        rows.append([not named or product in named for product in axes.products])
    return np.array(rows, dtype=bool).reshape(len(different), len(axes.products))[codes]


def _limits(
    axes: Axes, tables: ScenarioTables, table: pd.DataFrame, ramp: Floats
) -> tuple[Floats, Floats]:
    low = table["min"].fillna(0.0).to_numpy(dtype=float)[:, None] * ramp
    high = table["capacity"].to_numpy(dtype=float)[:, None] * ramp
    final = tables.get("capacity")
    if final is not None:
        rep = place(tuple(table["rep"].to_numpy(dtype=object)), final["rep"])
        period = axes.period(final["period"])
        for column, limit in (("min", low), ("capacity", high)):
            told = (rep >= 0) & (period >= 0) & final[column].notna().to_numpy()
            limit[rep[told], period[told]] = final[column].to_numpy(dtype=float)[told]
    return low, np.where(np.isnan(high), np.inf, high)


def _ability(terms: Terms, table: pd.DataFrame, leaf: Ints, past: Past | None) -> Floats:
    ability = table["ability"].to_numpy(dtype=float)
    unknown = np.isnan(ability)
    ability = np.where(unknown, 1.0, ability)
    if past is None or not unknown.any():
        return ability
    sold = pd.Series(past.amount).groupby(past.rep.to_numpy(dtype=object)).sum()
    amount = np.asarray(table["rep"].map(sold.to_dict()), dtype=np.float64)
    for region in np.unique(leaf[unknown]):
        members = np.flatnonzero(unknown & (leaf == region))
        if terms.from_history:
            ability[members] = _by_history(amount[members])
        else:
            ability[members] = _by_rank(amount[members], terms)
    return ability


def _by_history(amount: Floats) -> Floats:
    """Return weights in proportion to history, 1 on average; without history 1."""
    known = amount[~np.isnan(amount)]
    if not known.size or known.mean() <= 0:
        return np.ones(len(amount))
    return np.where(np.isnan(amount), 1.0, amount / known.mean())


def _by_rank(amount: Floats, terms: Terms) -> Floats:
    """Return the factor of each rep of a region by rank of history; ties at a cut get 1."""
    ability = np.ones(len(amount))
    ranked = [int(rep) for rep in np.argsort(-amount, kind="stable") if not np.isnan(amount[rep])]
    top = min(_part(terms.top[0], len(amount)), len(ranked))
    bottom = min(_part(terms.bottom[0], len(amount)), len(ranked) - top)
    for chosen, rest, factor in (
        (ranked[:top], ranked[top:], terms.top[1]),
        (ranked[len(ranked) - bottom :], ranked[: len(ranked) - bottom], terms.bottom[1]),
    ):
        others = {amount[rep] for rep in rest}
        for rep in chosen:
            if amount[rep] not in others:
                ability[rep] = factor
    return ability


def _part(share: float, count: int) -> int:
    return int(np.floor(share * count + NEARLY))
