"""Cells of region × period × product, the region tree over them, and sums over slices.

A *margin cube* has axes (node of the tree, period, product); its last period and product
hold the sums over all, so that the index -1 means "all" wherever a slice is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Places = NDArray[np.signedinteger[Any]]

ALL = -1
COMPANY = "*"


@dataclass(frozen=True)
class Tree:
    """The region tree in depth-first order: node 0 is the company.

    Attributes
    ----------
    names : tuple of str
    parent : (node,) ints
        -1 for the company.
    end : (node,) ints
        The nodes below a node are those from itself up to, not including, its `end`.
    leaf_node : (leaf,) ints
        Node of each leaf; leaves are in the order of their names.
    """

    names: tuple[str, ...]
    parent: Ints
    end: Ints
    leaf_node: Ints

    @cached_property
    def layers(self) -> tuple[tuple[Ints, Ints], ...]:
        """The nodes of each depth, deepest first, and where the children of a parent begin."""
        depth = np.zeros(len(self.parent), dtype=np.int64)
        for node in range(1, len(depth)):
            depth[node] = depth[self.parent[node]] + 1
        found = []
        for level in range(int(depth.max()), 0, -1):
            nodes = np.flatnonzero(depth == level)
            begins = np.flatnonzero(np.diff(self.parent[nodes], prepend=-1))
            found.append((nodes, begins))
        return tuple(found)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Names of the leaves."""
        return tuple(self.names[node] for node in self.leaf_node)

    def under(self, node: int) -> Bools:
        """Return which leaves lie under a node, itself included."""
        inside = (self.leaf_node >= node) & (self.leaf_node < self.end[node])
        return np.asarray(inside, dtype=bool)

    def children(self, node: int) -> list[int]:
        """Return the nodes right under a node."""
        return [int(child) for child in np.flatnonzero(self.parent == node)]


def grow_tree(parent_of: Mapping[str, str]) -> Tree:
    """Return the tree of regions from the parent of each; regions in a circle are left out."""
    below: dict[str, list[str]] = {}
    for region, above in sorted(parent_of.items()):
        below.setdefault(above, []).append(region)
    names, parent, depth = [COMPANY], [-1], [0]
    waiting = [(region, 0, 1) for region in reversed(below.get("", []))]
    while waiting:
        region, over, level = waiting.pop()
        names.append(region)
        parent.append(over)
        depth.append(level)
        here = len(names) - 1
        waiting += [(child, here, level + 1) for child in reversed(below.get(region, []))]
    end = [0] * len(names)
    open_nodes: list[int] = []
    for node in range(len(names) + 1):
        level = depth[node] if node < len(names) else 0
        while open_nodes and depth[open_nodes[-1]] >= level:
            end[open_nodes.pop()] = node
        open_nodes.append(node)
    leaves = [node for node in range(1, len(names)) if end[node] == node + 1]
    leaves.sort(key=lambda node: names[node])
    return Tree(
        tuple(names),
        np.array(parent, dtype=np.int64),
        np.array(end, dtype=np.int64),
        np.array(leaves, dtype=np.int64),
    )


def margins(cells: Floats, tree: Tree) -> Floats:
    """Return the margin cube of cells (leaf, period, product)."""
    periods, products = cells.shape[1:]
    cube = np.zeros((len(tree.names), periods + 1, products + 1))
    cube[tree.leaf_node, :-1, :-1] = cells
    for nodes, begins in tree.layers:
        cube[tree.parent[nodes[begins]]] += np.add.reduceat(cube[nodes], begins, axis=0)
    cube[:, -1, :-1] = cube[:, :-1, :-1].sum(axis=1)
    cube[:, :, -1] = cube[:, :, :-1].sum(axis=2)
    return cube


def spread(cube: Floats, tree: Tree) -> Floats:
    """Return for each cell the sum over all slices it belongs to: the transpose of `margins`."""
    total = cube[:, :-1, :-1] + cube[:, -1:, :-1] + cube[:, :-1, -1:] + cube[:, -1:, -1:]
    for nodes, _ in reversed(tree.layers):
        total[nodes] += total[tree.parent[nodes]]
    return np.asarray(total[tree.leaf_node], dtype=np.float64)


def slices_union(
    tree: Tree, shape: tuple[int, ...], node: Ints, period: Ints, product: Ints
) -> Bools:
    """Return which cells (leaf, period, product) at least one of some slices holds."""
    slots = np.zeros((len(tree.names), shape[1] + 1, shape[2] + 1))
    np.add.at(slots, (node, period, product), 1.0)
    return spread(slots, tree) > 0.0


def inside(tree: Tree, shape: tuple[int, ...], period: int, node: int, product: int) -> Bools:
    """Return which cells (leaf, period, product) a slice holds."""
    chosen = np.zeros(shape, dtype=bool)
    periods = slice(None) if period == ALL else slice(period, period + 1)
    products = slice(None) if product == ALL else slice(product, product + 1)
    chosen[tree.under(node), periods, products] = True
    return chosen
