"""Shares of periods, products and regions: as given, and as assumed where blank."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from itertools import product as combinations

import numpy as np
import pandas as pd

from optimizer.verify.axes import Axes
from optimizer.verify.crew import Crew
from optimizer.verify.cube import ALL, Bools, Floats
from optimizer.verify.files import UnreadableError
from optimizer.verify.past import Past
from optimizer.verify.tables import ScenarioTables


@dataclass(frozen=True)
class Family:
    """Things that share one whole.

    Attributes
    ----------
    kind : str
        ``period``, ``product`` or ``region``.
    places : tuple of int
        Places on the axis; nodes for regions.
    whole : int
        Parent node of regions; 0 for periods and products.
    given, low, high : (place,) floats
        Share, min_share and max_share of the table; NaN where blank.
    """

    kind: str
    places: tuple[int, ...]
    whole: int
    given: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Evidence:
    """What blank shares are assumed from, in this order: history, potential, rep weight."""

    axes: Axes
    past: Past | None
    potential: pd.DataFrame | None
    crew: Crew | None

    def parts(self, kind: str, places: tuple[int, ...]) -> Floats:
        """Return proportions that sum to 1."""
        for amounts in (
            self._sold(kind, places),
            self._market(kind, places),
            self._weight(kind, places),
        ):
            if amounts is not None and amounts.sum() > 0:
                return np.asarray(amounts / amounts.sum(), dtype=np.float64)
        return np.full(len(places), 1.0 / len(places))

    def _sold(self, kind: str, places: tuple[int, ...]) -> Floats | None:
        if self.past is None:
            return None
        if kind == "period":
            return self._sold_by_season(places)
        axis = self.past.leaf if kind == "region" else self.past.product
        size = self.axes.shape[0 if kind == "region" else 2]
        sums = np.maximum(_tally(axis, self.past.amount, axis >= 0, size), 0.0)
        return self._over_leaves(sums, places) if kind == "region" else sums[list(places)]

    def _sold_by_season(self, places: tuple[int, ...]) -> Floats | None:
        assert self.past is not None
        usable = self.past.period >= 0
        if any(months is not None for months in self.axes.months):
            usable = usable & (self.past.whole | self._by_label(self.past))
        sums = _tally(self.past.period, self.past.amount, usable, self.axes.shape[1])
        sums = sums[first_alike(self.axes)][list(places)]
        return None if (sums <= 0).any() else sums

    def _by_label(self, past: Past) -> Bools:
        """Return undated rows that name a period of the plan; none unless all are named."""
        named = ~past.dated & (past.period >= 0)
        missing = set(range(self.axes.shape[1])) - set(past.period[named].tolist())
        return np.zeros(len(named), dtype=bool) if missing else named

    def _market(self, kind: str, places: tuple[int, ...]) -> Floats | None:
        if self.potential is None:
            return None
        rows = {
            (int(q), int(node), int(p)): float(amount)
            for q, node, p, amount in zip(
                self.axes.period(self.potential["period"]),
                self.axes.node(self.potential["region"]),
                self.axes.product(self.potential["product"]),
                self.potential["potential"],
                strict=True,
            )
        }
        found = [self._market_of(rows, kind, item) for item in places]
        return None if None in found else np.array(found, dtype=float)

    def _market_of(
        self, rows: dict[tuple[int, int, int], float], kind: str, item: int
    ) -> float | None:
        """Return a label's potential: its own row, or rows that cover it without a hole."""
        tree = self.axes.tree
        below = [int(node) for node in tree.leaf_node[tree.under(item if kind == "region" else 0)]]
        choices = {
            "period": [[ALL], list(range(self.axes.shape[1]))],
            "region": [[item] if kind == "region" else [0], below],
            "product": [[ALL], list(range(self.axes.shape[2]))],
        }
        if kind != "region":
            choices[kind] = [[item]]
        for slices in combinations(choices["period"], choices["region"], choices["product"]):
            amounts = [rows.get(cell) for cell in combinations(*slices)]
            if None not in amounts:
                return float(sum(amount for amount in amounts if amount is not None))
        return None

    def _weight(self, kind: str, places: tuple[int, ...]) -> Floats | None:
        if kind != "region" or self.crew is None:
            return None
        total = _tally(
            self.crew.leaf, self.crew.weight.sum(axis=1), self.crew.leaf >= 0, self.axes.shape[0]
        )
        return self._over_leaves(total, places)

    def _over_leaves(self, leaves: Floats, places: tuple[int, ...]) -> Floats:
        tree = self.axes.tree
        return np.array([leaves[tree.under(node)].sum() for node in places])


def families(axes: Axes, tables: ScenarioTables) -> list[Family]:
    """Return all families: periods, products, and the children of every region."""
    everything = [
        _family("period", axes.shape[1], _given("period", tables.get("periods"), axes.periods)),
        _family("product", axes.shape[2], _given("product", tables.get("products"), axes.products)),
    ]
    tree = axes.tree
    given = _given("region", tables.get("regions"), tree.names)
    order = np.argsort(tree.parent, kind="stable")
    starts = np.searchsorted(tree.parent[order], np.arange(len(tree.names) + 1))
    for whole, (start, end) in enumerate(itertools.pairwise(starts)):
        if end > start:
            children = order[start:end]
            places = tuple(children.tolist())
            everything.append(Family("region", places, whole, *given[:, children]))
    return everything


def resolve(family: Family, evidence: Evidence) -> Floats:
    """Return the shares of a family, summing to 1.

    Given shares are scaled to 1 where none is blank; blank ones take what the others leave.

    Raises
    ------
    UnreadableError
        Where all of them are 0.
    """
    blank = np.isnan(family.given)
    if not blank.any():
        whole = float(family.given.sum())
        if whole == 0:
            raise UnreadableError(f"goes with shares of every {family.kind} that are all 0")
        return np.asarray(family.given / whole, dtype=np.float64)
    shares = family.given.copy()
    wanting = tuple(place for place, empty in zip(family.places, blank, strict=True) if empty)
    shares[blank] = (1.0 - shares[~blank].sum()) * evidence.parts(family.kind, wanting)
    return shares


def first_alike(axes: Axes) -> list[int]:
    """Return for each period the first one that covers the same months of a year."""
    seasons = [months and (months[0] % 12, months[1]) for months in axes.months]
    return [
        seasons.index(season) if season is not None else place
        for place, season in enumerate(seasons)
    ]


def _family(kind: str, size: int, given: Floats) -> Family:
    return Family(kind, tuple(range(size)), 0, *given)


def _given(kind: str, table: pd.DataFrame | None, names: tuple[str, ...]) -> Floats:
    """Return share, min_share and max_share of some names as the table has them, (3, name)."""
    columns = ["share", "min_share", "max_share"]
    if table is None:
        return np.full((len(columns), len(names)), np.nan)
    rows = table.set_index(table[kind].astype(object))[columns].reindex(list(names))
    return rows.to_numpy(dtype=float).T


def _tally(axis: np.ndarray, amount: Floats, usable: Bools, size: int) -> Floats:
    return np.bincount(axis[usable], weights=amount[usable], minlength=size).astype(np.float64)
