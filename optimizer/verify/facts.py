"""Everything a plan is judged by, worked out from the scenario's copy in the run folder."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np

from optimizer.verify.axes import UNKNOWN, Axes, place, read_axes, unknown_labels
from optimizer.verify.bands import Band, Slice, family_bands, slice_bands
from optimizer.verify.columns import texts_of
from optimizer.verify.crew import Crew, read_crew, whole_down
from optimizer.verify.cube import Bools, Floats, Ints, slices_union
from optimizer.verify.failures import Failure
from optimizer.verify.past import Past, growth_base, read_past
from optimizer.verify.reference import Reference, past_cells, reference_ask, reference_targets
from optimizer.verify.shares import Evidence, families, resolve
from optimizer.verify.tables import ScenarioTables, read_tables
from optimizer.verify.terms import Terms
from optimizer.verify.years import Years, read_years


@dataclass(frozen=True)
class Markets:
    """The rows of ``potential`` whose labels are known, each (row,).

    Attributes
    ----------
    period, node, product : (row,) ints
        The slice; ALL (node 0) where a row does not name one.
    given, exact, usable : (row,) floats
        As given, usable before rounding, and in whole units.
    """

    period: Ints
    node: Ints
    product: Ints
    given: Floats
    exact: Floats
    usable: Floats

    @property
    def places(self) -> tuple[Ints, Ints, Ints]:
        """Node, period and product: where each stands in a margin cube."""
        return self.node, self.period, self.product

    def where(self, row: int) -> Slice:
        """Return the slice of a row."""
        return int(self.period[row]), int(self.node[row]), int(self.product[row])

    def slices(self) -> list[Slice]:
        """Return the slice of every row."""
        columns = self.period.tolist(), self.node.tolist(), self.product.tolist()
        return list(zip(*columns, strict=True))

    def take(self, rows: Bools) -> Markets:
        """Return some of the rows."""
        return Markets(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True)
class Lock:
    """An active lock; `rep` is -1 for a lock on a region's target."""

    where: Slice
    rep: int
    amount: float
    owner: str
    reason: str
    expires: str


@dataclass(frozen=True)
class Facts:
    """What must hold for one measure.

    Attributes
    ----------
    goal, floor_goal, stretch_goal : float
        The levels in whole units.
    reference : Reference
        The reference ask.
    targets : (rep, period) floats or None
        T0, the reference target of each rep; None in a regional plan.
    past : Past or None
        History as the inputs give it.
    years : Years or None
        Limits of reps over all periods; None in a regional plan.
    """

    terms: Terms
    axes: Axes
    goal: float
    floor_goal: float
    stretch_goal: float
    bands: tuple[Band, ...]
    markets: Markets
    locks: tuple[Lock, ...]
    crew: Crew | None
    reference: Reference
    targets: Floats | None
    past: Past | None
    years: Years | None

    @property
    def unit(self) -> float:
        """The rounding unit."""
        return self.terms.unit

    @property
    def ask_total(self) -> float:
        """What is asked of all cells together, before rounding."""
        return self.goal * (1.0 + self.terms.over_region)

    @property
    def floor_ratio(self) -> float:
        """Floor as a ratio to the target where a rep has no own."""
        return self.floor_goal / self.goal if self.goal > 0.0 else 0.0

    @property
    def opened(self) -> Bools:
        """Cells that may carry anything, shape (leaf, period, product)."""
        return self.reference.opened

    @cached_property
    def staffed(self) -> Bools:
        """Where somebody can carry a target, shape (leaf, period)."""
        shape = self.axes.shape[:2]
        if self.crew is None or self.targets is None:
            return np.ones(shape, dtype=bool)
        return self.crew.somebody(self.targets > 0.0, shape[0])


def read_facts(run: Path, terms: Terms) -> tuple[Facts, tuple[Failure, ...]]:
    """Return the facts of a measure and what is wrong with the inputs themselves.

    Raises
    ------
    UnreadableError
        Where the inputs do not even name the plan's axes.
    """
    tables = read_tables(run, terms)
    axes = read_axes(terms, tables)
    failures = (*tables.failures, *unknown_labels(axes, tables))
    past = read_past(axes, tables)
    crew = read_crew(axes, terms, tables, past)
    goal, floor_goal, stretch_goal = _levels(terms, past)
    shares, bands = _shares(axes, terms, tables, past, crew)
    markets = _markets(axes, terms, tables)
    total = goal * (1.0 + terms.over_region)
    reference = _reference(axes, shares, past, markets, total)
    return Facts(
        terms=terms,
        axes=axes,
        goal=goal,
        floor_goal=floor_goal,
        stretch_goal=stretch_goal,
        bands=bands,
        markets=markets,
        locks=_locks(axes, terms, tables, crew),
        crew=crew,
        reference=reference,
        targets=None if crew is None else reference_targets(crew, reference.ask, terms.over_rep),
        past=past,
        years=read_years(axes, tables, crew, past, terms.unit),
    ), failures


def _levels(terms: Terms, past: Past | None) -> tuple[float, float, float]:
    goal = terms.goal
    if goal is None:
        goal = growth_base(past, terms.base) * (1.0 + (terms.growth or 0.0))
    floor = goal * terms.floor_level if terms.floor is None else terms.floor
    stretch = goal * terms.stretch_level if terms.stretch is None else terms.stretch
    return nearest(goal, terms.unit), nearest(floor, terms.unit), nearest(stretch, terms.unit)


def nearest(amount: float, unit: float) -> float:
    """Return the nearest whole multiple of the unit, halves up."""
    return float(np.floor(amount / unit + 0.5 + 1e-9)) * unit


@dataclass(frozen=True)
class _Shares:
    region: Floats
    period: Floats
    product: Floats


def _shares(
    axes: Axes, terms: Terms, tables: ScenarioTables, past: Past | None, crew: Crew | None
) -> tuple[_Shares, tuple[Band, ...]]:
    evidence = Evidence(axes, past, tables.get("potential"), crew)
    node = np.ones(len(axes.tree.names))
    flat: dict[str, Floats] = {}
    bands: list[Band] = []
    for family in families(axes, tables):
        shares = resolve(family, evidence)
        bands += family_bands(family, shares, terms.tolerance.get(family.kind))
        if family.kind == "region":
            node[list(family.places)] = shares * node[family.whole]
        else:
            flat[family.kind] = shares
    bands += slice_bands(axes, tables, terms)
    leaf = node[axes.tree.leaf_node]
    return _Shares(leaf, flat["period"], flat["product"]), tuple(bands)


def _slices(axes: Axes, tables: ScenarioTables, name: str) -> tuple[Ints, Ints, Ints]:
    """Return period, node and product of each row of a table; none where there is none."""
    table = tables.get(name)
    if table is None:
        return (np.zeros(0, dtype=np.int64),) * 3
    return (
        axes.period(table["period"]),
        axes.node(table["region"]),
        axes.product(table["product"]),
    )


def _markets(axes: Axes, terms: Terms, tables: ScenarioTables) -> Markets:
    table = tables.get("potential")
    given = np.zeros(0) if table is None else table["potential"].to_numpy(dtype=float)
    exact = given * (1.0 - terms.potential_buffer)
    q, node, p = _slices(axes, tables, "potential")
    markets = Markets(q, node, p, given, exact, whole_down(exact, terms.unit))
    return markets.take(np.minimum(np.minimum(q, node), p) > UNKNOWN)


def _locks(axes: Axes, terms: Terms, tables: ScenarioTables, crew: Crew | None) -> tuple[Lock, ...]:
    table = tables.get("locks")
    if table is None:
        return ()
    expires = texts_of(table["expires"])
    active = [not day or day[:10] >= terms.as_of for day in expires]
    reps = place(crew.names if crew else (), table["rep"])
    said = (texts_of(table[name]) for name in ("owner", "reason", "expires"))
    slices = zip(*(place.tolist() for place in _slices(axes, tables, "locks")), strict=True)
    rows = zip(slices, reps, table["amount"], *said, active, strict=True)
    return tuple(
        Lock(where, int(rep), float(amount), owner, reason, expires[:10])
        for where, rep, amount, owner, reason, expires, holds in rows
        if holds and min(where) > -2 and rep > -2
    )


def _reference(
    axes: Axes, shares: _Shares, past: Past | None, markets: Markets, total: float
) -> Reference:
    none = markets.take(markets.given <= 0.0)
    closed = slices_union(axes.tree, axes.shape, *none.places)
    even = np.einsum("r,q,p->rqp", shares.region, shares.period, shares.product)
    sold = past_cells(axes, past, even)
    return reference_ask(shares.region, shares.period, shares.product, sold, closed, total)


def barred_cells(facts: Facts) -> Bools:
    """Return the cells that somebody who works there may not sell, (leaf, period, product)."""
    crew, targets = facts.crew, facts.targets
    assert crew is not None and targets is not None
    group, first = crew.groups
    works = np.zeros((len(first), targets.shape[1]), dtype=bool)
    rep, period = np.nonzero(targets > 0.0)
    works[group[rep], period] = True
    found = np.zeros(facts.axes.shape, dtype=bool)
    barred = works[:, :, None] & ~crew.sells[first][:, None, :]
    np.logical_or.at(found, crew.leaf[first], barred)
    return found


def label(axes: Axes, where: Slice, *more: str) -> str:
    """Return a slice in words: period, region and product; ``*`` = all."""
    q, node, p = where
    names = (
        axes.periods[q] if q >= 0 else "*",
        axes.tree.names[node],
        axes.products[p] if p >= 0 else "*",
    )
    return ", ".join(itertools.chain(names, more))
