"""The places of a problem, and the rules that stand on slices of it, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)

ALL = -1
"""Index that stands for "all" in a slice."""


@dataclass(frozen=True)
class RegionTree:
    """All nodes of the region tree, the root (the company) first.

    Attributes
    ----------
    names : tuple of str
        Node names; ``names[0]`` is ``"*"``, the company. Parents come before children.
    parent : (node,) ints
        Index of the parent; -1 for the root.
    leaf_node : (leaf,) ints
        Node of each leaf.
    """

    names: tuple[str, ...]
    parent: Ints
    leaf_node: Ints

    @cached_property
    def levels(self) -> tuple[Ints, ...]:
        """Nodes of each level, the company first."""
        level = np.zeros(len(self.parent), dtype=np.int64)
        found = [np.zeros(1, dtype=np.int64)]
        while len(found[-1]):
            level[np.isin(self.parent, found[-1])] = len(found)
            found.append(np.flatnonzero(level == len(found)))
        return tuple(found[:-1])

    @cached_property
    def order(self) -> Ints:
        """Leaves in an order in which those below any node stand side by side, (leaf,) ints."""
        first, _ = self.spans
        return np.argsort(first[self.leaf_node], kind="stable")

    @cached_property
    def spans(self) -> tuple[Ints, Ints]:
        """First place in `order` of the leaves below each node and the one after, (node,) each."""
        count = self.sums(np.ones(len(self.leaf_node), dtype=np.int64))
        first = np.zeros_like(count)
        for nodes in self.levels[1:]:
            above = self.parent[nodes]
            nodes = nodes[np.argsort(above, kind="stable")]
            above = self.parent[nodes]
            before = np.cumsum(count[nodes]) - count[nodes]
            start = np.searchsorted(above, above)
            first[nodes] = first[above] + before - before[start]
        return first, first + count

    @cached_property
    def covers(self) -> Bools:
        """Which leaves lie below a node, its own included, (node, leaf); for small trees."""
        first, after = self.spans
        place = np.empty(len(self.leaf_node), dtype=np.int64)
        place[self.order] = np.arange(len(place))
        return np.asarray((place >= first[:, None]) & (place < after[:, None]))

    def below(self, node: int) -> Ints:
        """Return the leaves below a node, a leaf's own included, sorted."""
        first, after = self.spans
        return np.sort(self.order[first[node] : after[node]])

    def sums(self, values: NDArray[Kind]) -> NDArray[Kind]:
        """Return sums over the leaves below each node, (node, …), of values (leaf, …)."""
        total = np.zeros((len(self.parent), *values.shape[1:]), dtype=values.dtype)
        total[self.leaf_node] = values
        for nodes in self.levels[:0:-1]:
            np.add.at(total, self.parent[nodes], total[nodes])
        return total

    @property
    def depth(self) -> dict[str, int]:
        """Level of each region, 1 right below the company."""
        level = [0]
        for above in self.parent[1:]:
            level.append(level[above] + 1)
        return dict(zip(self.names, level, strict=True))


@dataclass(frozen=True)
class Slices:
    """Sets of cells, one per row, by their labels; `ALL` where a dimension is not named.

    Attributes
    ----------
    period, product : (row,) ints
    region : (row,) ints
        Node of the region tree (0, the root, means all regions).
    """

    period: Ints
    region: Ints
    product: Ints

    def __len__(self) -> int:
        return len(self.period)

    def at(self, rows: Ints) -> Slices:
        """Return some of the slices."""
        return Slices(self.period[rows], self.region[rows], self.product[rows])


@dataclass(frozen=True)
class Bands:
    """Share bands: low × Σ ask(whole) ≤ Σ ask(part) ≤ high × Σ ask(whole).

    Attributes
    ----------
    kind : tuple of str
        ``period_share``, ``product_share``, ``region_share`` or ``share`` per row.
    part, whole : Slices
    share, low, high : (row,) floats
        `low` is 0 and `high` inf where there is no limit on that side.
    """

    kind: tuple[str, ...]
    part: Slices
    whole: Slices
    share: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Potentials:
    """Market limits: Σ placed(slice) ≤ usable.

    Attributes
    ----------
    slices : Slices
    given, usable : (row,) floats
        The potential as in the inputs, and what is left of it below the buffer.
    kept_back : float
        The buffer, a share of the given potential.
    """

    slices: Slices
    given: Floats
    usable: Floats
    kept_back: float = 0.0


@dataclass(frozen=True)
class RegionLocks:
    """Locks on region targets: Σ placed(slice) = amount.

    `note` says who decided each, why and until when, for messages; empty where nobody asks.
    """

    slices: Slices
    amount: Floats
    note: tuple[str, ...] = ()


@dataclass(frozen=True)
class RepLocks:
    """Locks on rep targets: Σ of the rep's cells over the period and product = amount.

    `note` is that of `RegionLocks`.
    """

    rep: Ints
    period: Ints
    product: Ints
    amount: Floats
    note: tuple[str, ...] = ()
