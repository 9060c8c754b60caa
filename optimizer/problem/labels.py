"""The axes of a problem: periods, products, and the tree of regions, each in one fixed order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from optimizer.domain.calendar import Span, spans_of
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Ints, RegionTree

_FEW = 1000
"""Names up to which each is looked up by itself."""


@dataclass(frozen=True)
class Labels:
    """The axes and how to find a label on them.

    Attributes
    ----------
    periods, products : tuple of str
    spans : tuple of Span or None
        Months of each period, None where a period is not dated.
    tree : RegionTree
    """

    periods: tuple[str, ...]
    spans: tuple[Span | None, ...]
    products: tuple[str, ...]
    tree: RegionTree

    @property
    def first_alike(self) -> Ints:
        """For each period the first one of the same season (January 2023 for January 2024)."""
        seasons = [
            span.season if span else name
            for span, name in zip(self.spans, self.periods, strict=True)
        ]
        return np.array([seasons.index(season) for season in seasons], dtype=np.int64)

    def period_index(self, names: pd.Series) -> Ints:
        """Return the index of each period name; -1 for blank."""
        return _positions(names, self.periods)

    def product_index(self, names: pd.Series) -> Ints:
        """Return the index of each product name; -1 for blank."""
        return _positions(names, self.products)

    def region_index(self, names: pd.Series) -> Ints:
        """Return the node of each region name; 0, the company, for blank."""
        return np.maximum(_positions(names, self.tree.names), 0)

    def leaf_index(self, names: pd.Series) -> Ints:
        """Return the leaf of each region name; -1 for blank and for regions above leaves."""
        leaf_of_node = np.full(len(self.tree.names), -1, dtype=np.int64)
        leaf_of_node[self.tree.leaf_node] = np.arange(len(self.tree.leaf_node))
        positions = _positions(names, self.tree.names)
        return np.where(positions > 0, leaf_of_node[positions], -1)


def _positions(names: pd.Series, labels: tuple[str, ...]) -> Ints:
    if len(names) <= _FEW:
        return np.asarray(pd.Index(labels).get_indexer(pd.Index(names)), dtype=np.int64)
    code, used = pd.factorize(names)
    return np.asarray(pd.Index(labels).get_indexer(pd.Index(used)), dtype=np.int64)[code]


def read_labels(scenario: Scenario) -> Labels:
    """Return the axes of a scenario; products and regions are sorted by name."""
    periods = scenario.settings.periods
    return Labels(
        periods=periods,
        spans=spans_of(periods, _starts(scenario)),
        products=product_names(scenario),
        tree=build_tree(region_parents(scenario)),
    )


def _starts(scenario: Scenario) -> dict[str, date]:
    table = scenario.table("periods")
    if table is None:
        return {}
    dated = table[table["start"].notna()]
    return {
        str(period): start.date()
        for period, start in zip(dated["period"], dated["start"], strict=True)
    }


def build_tree(parent_of: dict[str, str]) -> RegionTree:
    """Return the tree of regions, the company first, parents before children."""
    children: dict[str, list[str]] = {}
    for region in sorted(parent_of):
        children.setdefault(parent_of[region], []).append(region)
    names = ["*"]
    parent = [-1]
    waiting = [(region, 0) for region in reversed(children.get("", []))]
    while waiting:
        region, above = waiting.pop()
        node = len(names)
        names.append(region)
        parent.append(above)
        waiting += [(child, node) for child in reversed(children.get(region, []))]
    leaves = sorted(
        (node for node in range(1, len(names)) if names[node] not in children),
        key=lambda node: names[node],
    )
    return RegionTree(
        names=tuple(names),
        parent=np.array(parent, dtype=np.int64),
        leaf_node=np.array(leaves, dtype=np.int64),
    )
