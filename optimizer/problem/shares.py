"""Shares of periods, products and regions, and the bands around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.evidence import Evidence
from optimizer.problem.history import History
from optimizer.problem.instance import ALL, Bands, Bools, Floats, Potentials, Slices
from optimizer.problem.labels import Labels
from optimizer.problem.limits import slices_in_order
from optimizer.problem.people import Roster


@dataclass(frozen=True)
class Siblings:
    """Things that share one whole: all periods, all products, or the children of a region.

    Attributes
    ----------
    kind : str
        ``period``, ``product`` or ``region``.
    index : tuple of int
        Their indices on the axis (nodes for regions).
    whole : int
        The parent region's node; 0 for periods and products.
    given, low, high : (sibling,) floats
        As in the table; NaN where blank.
    """

    kind: str
    index: tuple[int, ...]
    whole: int
    given: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Shares:
    """Resolved shares.

    Attributes
    ----------
    period, product : floats
        Shares of the goal, summing to 1.
    node : (node,) floats
        Share of each region of its parent; 1 for the company.
    leaf : (leaf,) floats
        Share of each leaf of the goal.
    bands : Bands
    assumptions : tuple of str
    """

    period: Floats
    product: Floats
    node: Floats
    leaf: Floats
    bands: Bands
    assumptions: tuple[str, ...]

    @property
    def margins(self) -> tuple[Floats, Floats, Floats]:
        """Shares of leaves, periods and products."""
        return self.leaf, self.period, self.product

    @property
    def everywhere(self) -> Bools:
        """Which cells have a share in all three, shape (leaf, period, product)."""
        cells = self.leaf[:, None, None] * self.period[None, :, None] * self.product
        return np.asarray(cells > 0)


@dataclass
class _BandRows:
    kind: list[str] = field(default_factory=list)
    part: list[tuple[int, int, int]] = field(default_factory=list)
    whole: list[tuple[int, int, int]] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(
        self,
        kind: str,
        part: tuple[int, int, int],
        whole: tuple[int, int, int],
        limits: tuple[float, float, float],
    ) -> None:
        share, low, high = limits
        if low <= 0 and high >= 1:
            return
        self.kind.append(kind)
        self.part.append(part)
        self.whole.append(whole)
        self.share.append(share)
        self.low.append(max(low, 0.0))
        self.high.append(min(high, 1.0) if high < 1 else np.inf)

    def bands(self) -> Bands:
        return Bands(
            tuple(self.kind),
            _slices(self.part),
            _slices(self.whole),
            np.array(self.share),
            np.array(self.low),
            np.array(self.high),
        )


def _slices(rows: list[tuple[int, int, int]]) -> Slices:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Slices(period=table[:, 0], region=table[:, 1], product=table[:, 2])


def resolve_shares(
    scenario: Scenario,
    labels: Labels,
    history: History | None,
    potentials: Potentials,
    roster: Roster | None,
) -> Shares:
    """Return every share, given or assumed, and the bands that limit the ask."""
    tolerance = scenario.settings.tolerance
    rows = _BandRows()
    notes: list[str] = []
    evidence = Evidence(labels, history, potentials, roster)
    periods, products = (_flat_siblings(scenario, labels, kind) for kind in ("period", "product"))
    period, product = (_resolve(siblings, evidence, notes) for siblings in (periods, products))
    node = np.ones(len(labels.tree.names))
    _add_bands(rows, periods, period, tolerance.period)
    _add_bands(rows, products, product, tolerance.product)
    for siblings in _region_siblings(scenario, labels):
        shares = _resolve(siblings, evidence, notes)
        node[list(siblings.index)] = shares
        _add_bands(rows, siblings, shares, tolerance.region)
    _add_slice_bands(rows, scenario, labels)
    return Shares(period, product, node, _leaf_shares(labels, node), rows.bands(), tuple(notes))


def _leaf_shares(labels: Labels, node: Floats) -> Floats:
    whole = node.copy()
    for index in range(1, len(whole)):
        whole[index] *= whole[labels.tree.parent[index]]
    return whole[labels.tree.leaf_node]


def _flat_siblings(scenario: Scenario, labels: Labels, kind: str) -> Siblings:
    names = labels.periods if kind == "period" else labels.products
    given = _Given.of(scenario.table(f"{kind}s"), kind)
    return given.siblings(names, tuple(range(len(names))), 0)


def _region_siblings(scenario: Scenario, labels: Labels) -> list[Siblings]:
    tree = labels.tree
    given = _Given.of(scenario.table("regions"), "region")
    children = np.argsort(tree.parent, kind="stable")[1:]
    families = []
    for family in np.split(children, np.flatnonzero(np.diff(tree.parent[children])) + 1):
        index = tuple(family.tolist())
        names = [tree.names[child] for child in index]
        families.append(given.siblings(names, index, int(tree.parent[index[0]])))
    return families


@dataclass(frozen=True)
class _Given:
    """What a table says of shares: the row of each name, and share, min and max by row."""

    kind: str
    row: dict[str, int]
    columns: Floats

    @classmethod
    def of(cls, table: pd.DataFrame | None, kind: str) -> _Given:
        if table is None:
            return cls(kind, {}, np.full((1, 3), np.nan))
        columns = table[["share", "min_share", "max_share"]].to_numpy(dtype=float)
        row = {name: number for number, name in enumerate(table[kind])}
        return cls(kind, row, np.vstack([columns, np.full((1, 3), np.nan)]))

    def siblings(self, names: Sequence[str], index: tuple[int, ...], whole: int) -> Siblings:
        """Return the shares of some names; those without a row are blank."""
        rows = [self.row.get(name, -1) for name in names]
        return Siblings(self.kind, index, whole, *self.columns[rows].T)


def _resolve(siblings: Siblings, evidence: Evidence, notes: list[str]) -> Floats:
    """Return shares that sum to 1: given ones as given, blank ones from the evidence."""
    blank = np.isnan(siblings.given)
    if not blank.any():
        return np.asarray(siblings.given / siblings.given.sum())
    left = 1.0 - float(np.nansum(siblings.given))
    chosen = [index for index, is_blank in zip(siblings.index, blank, strict=True) if is_blank]
    proportion, source = evidence.weigh(siblings.kind, chosen)
    shares = siblings.given.copy()
    shares[blank] = left * proportion
    if len(siblings.index) > 1:
        notes.append(evidence.describe(siblings.kind, chosen, shares[blank], source))
    return shares


def _add_bands(
    rows: _BandRows, siblings: Siblings, shares: Floats, tolerance: float | None
) -> None:
    for position, index in enumerate(siblings.index):
        share = float(shares[position])
        width = tolerance
        if width is None and not np.isnan(siblings.given[position]):
            width = 0.0
        low, high = siblings.low[position], siblings.high[position]
        limits = (
            share,
            float(low) if not np.isnan(low) else (share - width if width is not None else 0.0),
            float(high) if not np.isnan(high) else (share + width if width is not None else 1.0),
        )
        part = {"period": ALL, "region": 0, "product": ALL} | {siblings.kind: index}
        rows.add(
            f"{siblings.kind}_share",
            (part["period"], part["region"], part["product"]),
            (ALL, siblings.whole, ALL),
            limits,
        )


def _add_slice_bands(rows: _BandRows, scenario: Scenario, labels: Labels) -> None:
    """Add the rows of ``shares``: each a share of its slice without its first named label."""
    table = scenario.table("shares")
    if table is None:
        return
    order, slices = slices_in_order(table, labels)
    table = table.iloc[order]
    tolerance = scenario.settings.tolerance
    for row, (share, low, high) in enumerate(
        table[["share", "min_share", "max_share"]].itertuples(index=False)
    ):
        part = [int(slices.period[row]), int(slices.region[row]), int(slices.product[row])]
        whole = list(part)
        if part[2] != ALL:
            whole[2], width = ALL, tolerance.product
        elif part[1] != 0:
            whole[1], width = 0, tolerance.region
        else:
            whole[0], width = ALL, tolerance.period
        width = width or 0.0
        limits = (
            float(share),
            float(low) if not np.isnan(low) else share - width,
            float(high) if not np.isnan(high) else share + width,
        )
        rows.add("share", (part[0], part[1], part[2]), (whole[0], whole[1], whole[2]), limits)
