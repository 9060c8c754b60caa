"""The people: weights, limits and what each may sell, worked out from the inputs alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes, place
from optimizer.verify.columns import coded, ranks, texts_of
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
    row : (rep,) ints
        Where each stands in the table of people.
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
    row: Ints
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

    @cached_property
    def groups(self) -> tuple[Ints, Ints]:
        """Each rep's group (same region, same products) and the first rep of each group."""
        group = self.leaf
        for part in np.packbits(self.sells, axis=1).T:
            group = pd.factorize(group * (1 << 8) + part)[0]
        first = np.flatnonzero(np.diff(np.maximum.accumulate(group), prepend=-1))
        return np.asarray(group, dtype=np.int64), first

    @cached_property
    def _begins(self) -> Ints:
        """The first rep of every leaf that has any."""
        return np.flatnonzero(np.diff(self.leaf, prepend=-1))

    def sums(self, amount: Floats, leaves: int) -> Floats:
        """Return the sums of amounts (rep, ...) by leaf."""
        total = np.zeros((leaves, *amount.shape[1:]))
        if len(self.leaf):
            begins = self._begins
            total[self.leaf[begins]] = np.add.reduceat(amount, begins, axis=0)
        return total

    def somebody(self, chosen: Bools, leaves: int) -> Bools:
        """Return where any rep (rep, ...) of a leaf is chosen."""
        found = np.zeros((leaves, *chosen.shape[1:]), dtype=bool)
        if len(self.leaf):
            begins = self._begins
            found[self.leaf[begins]] = np.logical_or.reduceat(chosen, begins, axis=0)
        return found


def read_crew(axes: Axes, terms: Terms, tables: ScenarioTables, past: Past | None) -> Crew | None:
    """Return the people of a measure; None for a regional plan."""
    table = tables.get("people")
    if table is None:
        return None
    home = axes.leaf(table["region"])
    row = np.lexsort((ranks(table["rep"]), home))
    row = row[home[row] >= 0]
    table, leaf = table.iloc[row], home[row]
    names = tuple(texts_of(table["rep"]))
    ramp = _ramp(axes, terms, table["start"])
    ability = _ability(terms, table, names, leaf, past)
    resource = _one_if_blank(table["resource"])
    factor = ability * resource * _one_if_blank(table["fte"])
    low, raw = _limits(axes, tables, table, names, ramp)
    usable = raw * (1.0 - terms.capacity_buffer)
    effort = _effort(axes, tables.get("products"))
    plain = bool((effort == 1.0).all())
    return Crew(
        names=names,
        teams=tuple(texts_of(table["team"])),
        roles=tuple(texts_of(table["role"])),
        row=row,
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
    codes, different = coded(starts)
    known = [
        [ramp_share(months, month_of_date(text), terms.ramp) for months in axes.months]
        for text in map(str, different)
    ]
    return np.array(known, dtype=float).reshape(len(different), len(axes.months))[codes]


def _sells(axes: Axes, lists: pd.Series) -> Bools:
    codes, different = coded(lists)
    rows = []
    for text in map(str, different):
        named = {name.strip() for name in text.split(";")} - {""}
        rows.append([not named or product in named for product in axes.products])
    return np.array(rows, dtype=bool).reshape(len(different), len(axes.products))[codes]


def _limits(
    axes: Axes, tables: ScenarioTables, table: pd.DataFrame, names: Sequence[str], ramp: Floats
) -> tuple[Floats, Floats]:
    low = table["min"].fillna(0.0).to_numpy(dtype=float)[:, None] * ramp
    high = table["capacity"].to_numpy(dtype=float)[:, None] * ramp
    final = tables.get("capacity")
    if final is not None:
        rep = place(names, final["rep"])
        period = axes.period(final["period"])
        for column, limit in (("min", low), ("capacity", high)):
            told = (rep >= 0) & (period >= 0) & final[column].notna().to_numpy()
            limit[rep[told], period[told]] = final[column].to_numpy(dtype=float)[told]
    return low, np.where(np.isnan(high), np.inf, high)


def _ability(
    terms: Terms, table: pd.DataFrame, names: Sequence[str], leaf: Ints, past: Past | None
) -> Floats:
    ability = table["ability"].to_numpy(dtype=float)
    unknown = np.isnan(ability)
    ability = np.where(unknown, 1.0, ability)
    if past is None or not unknown.any():
        return ability
    sold = pd.Series(past.amount).groupby(place(names, past.rep)).sum()
    amount = np.asarray(sold.reindex(np.arange(len(names))), dtype=np.float64)
    reps = np.flatnonzero(unknown)
    for members in np.split(reps, np.flatnonzero(np.diff(leaf[reps])) + 1):
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
