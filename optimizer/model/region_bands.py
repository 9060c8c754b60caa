"""Share bands of the region tree: any number of them, solved from the leaves to the company.

A band ties the total of a region to that of the region above it. Given how fast the total of
each leaf follows its price, the totals that restore a set of bands at least cost are found by
recursion: what a region costs is a parabola of its total, made from the parabolas of the regions
below it. So twenty thousand bands cost no more than a walk over the tree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import ALL, Bands, Bools, Floats, Ints, RegionTree

_SAME = 1e-9
"""Tied shares this close to 1 leave nothing for the others."""

_STIFF = 1e-12
"""How fast the regions without a tie follow their price at least, as a part of all."""


@dataclass(frozen=True)
class RegionBands:
    """At most one band per region: low · Σ parent ≤ Σ region ≤ high · Σ parent.

    A price is above 0 where the lower side is held, below 0 where the upper one is.

    Attributes
    ----------
    tree : RegionTree
    low, high : (node,) floats
        0 and inf where there is no limit.
    equal : (node,) bools
    row : (node,) ints
        Row of the band among all; -1 where there is none.
    """

    tree: RegionTree
    low: Floats
    high: Floats
    equal: Bools
    row: Ints

    def factors(self, side: Ints) -> Floats:
        """Return the share that each band holds on a side: low, or high where `side` is < 0."""
        high = np.where(np.isfinite(self.high), self.high, 0.0)
        return np.where(side < 0, high, self.low)

    def misses(self, price: Floats, total: Floats) -> tuple[Floats, Ints]:
        """Return by how much bands are missed or, where a price holds them, left, and the side.

        Parameters
        ----------
        price : (node,) floats
        total : (leaf,) floats

        Returns
        -------
        (node,) floats, (node,) ints
            Below 0 where the region has too much; 1 for the lower side, -1 for the upper.
        """
        part = self.tree.sums(total)
        whole = part[np.maximum(self.tree.parent, 0)]
        lacks = self.low * whole - part
        limited = np.isfinite(self.high)
        room = np.multiply(self.high, whole, out=np.zeros_like(part), where=limited) - part
        over = np.where(limited, np.minimum(room, 0.0), 0.0)
        miss = np.where(lacks > 0, lacks, over)
        miss = np.where(price > 0, lacks, np.where(price < 0, room, miss))
        miss = np.where(self.row < 0, 0.0, np.where(self.equal, lacks, miss))
        side = np.where(price == 0, miss, price)
        return miss, np.where(side < 0, -1, 1)

    def worth(self, price: Floats, side: Ints) -> Floats:
        """Return what the bands pay for a unit in each leaf; prices (node, …), result (leaf, …)."""
        factor = self.factors(side).reshape(-1, *(1,) * (price.ndim - 1))
        own = price.copy()
        charged = np.zeros_like(price)
        np.add.at(charged, self.tree.parent[1:], (factor * price)[1:])
        own -= charged
        for nodes in self.tree.levels[1:]:
            own[nodes] += own[self.tree.parent[nodes]]
        return np.asarray(own[self.tree.leaf_node])

    def follows(self, side: Ints, give: Floats) -> Floats:
        """Return how fast each band closes by its own price, if leaves give `give`, (leaf,)."""
        part = self.tree.sums(give)
        whole = part[np.maximum(self.tree.parent, 0)]
        factor = self.factors(side)
        return np.asarray(np.square(1.0 - factor) * part + np.square(factor) * (whole - part))

    def sides(self, side: Ints, total: Floats) -> Floats:
        """Return part − share · whole of each band; totals (leaf, …), result (node, …)."""
        part = self.tree.sums(total)
        factor = self.factors(side).reshape(-1, *(1,) * (total.ndim - 1))
        return np.asarray(part - factor * part[np.maximum(self.tree.parent, 0)])

    def loosened(self, tied: Bools, pull: Floats) -> Bools:
        """Return ties without one of each family that is tied as a whole to shares unlike 1.

        Parameters
        ----------
        tied : (node,) bools
        pull : (node,) floats
            How much each tie seems to matter, at least 0; the least goes.
        """
        above = self.tree.parent
        family = np.bincount(above[1:], minlength=len(above))
        ties = np.bincount(above[1:], weights=tied[1:], minlength=len(above))
        crossed = (family == ties) & (ties > 0)
        loose = tied & ~self.equal & crossed[np.maximum(above, 0)]
        nodes = np.flatnonzero(loose)
        nodes = nodes[np.lexsort((pull[nodes], above[nodes]))]
        kept = tied.copy()
        kept[nodes[np.diff(above[nodes], prepend=-1) != 0]] = False
        return kept

    def solve(self, tied: Bools, side: Ints, give: Floats, wanted: Floats) -> Floats:
        """Return prices at which the tied bands move by given amounts.

        Parameters
        ----------
        tied : (node,) bools
        side : (node,) ints
        give : (leaf,) floats
            How fast each leaf's total follows its price, above 0.
        wanted : (node, case) floats

        Returns
        -------
        (node, case) floats
            0 where not tied.
        """
        recursion = _Recursion(self.tree, tied, np.where(tied, self.factors(side), 0.0), wanted)
        recursion.gather(give)
        return recursion.prices()


class _Recursion:
    """Least ½ Σ change² / give over the leaves, with the tied bands moved as wanted.

    Of each node: cost ½ steep · change² + shift · change, by what is below it.
    """

    def __init__(self, tree: RegionTree, tied: Bools, share: Floats, wanted: Floats) -> None:
        nodes, cases = wanted.shape
        self.tree, self.tied, self.share = tree, tied, share
        self.wanted = np.where(tied[:, None], wanted, 0.0)
        self.steep, self.shift = np.zeros(nodes), np.zeros((nodes, cases))
        self.free = np.zeros(nodes)
        self.pull = np.zeros((nodes, cases))
        self.rest = 1.0 - self._above(share)
        self.rest[np.abs(self.rest) < _SAME] = 0.0
        self.moved = self._above(self.wanted)

    def _above(self, values: Floats, nodes: Ints | None = None) -> Floats:
        """Return sums over the children of each node."""
        below = np.arange(1, len(values)) if nodes is None else nodes
        total = np.zeros_like(values)
        np.add.at(total, self.tree.parent[below], values[below])
        return total

    def gather(self, give: Floats) -> None:
        """Put the parabolas together from the leaves up."""
        tree, share = self.tree, self.share
        self.steep[tree.leaf_node] = 1.0 / give
        for nodes in tree.levels[:0:-1]:
            above = np.unique(tree.parent[nodes])
            tied, other = nodes[self.tied[nodes]], nodes[~self.tied[nodes]]
            follow = np.zeros_like(self.steep)
            follow[nodes] = 1.0 / self.steep[nodes]
            reach = self._above(follow, nodes)[above]
            free = self._above(follow, other)[above]
            least = np.where(self.rest[above] != 0, _STIFF * reach, 0.0)
            self.free[above] = np.where(free <= _STIFF * reach, least, free)
            self.pull[above] = self._above(follow[:, None] * self.shift, other)[above]
            steep = self._above(share * share * self.steep, tied)[above]
            shift = self.steep[:, None] * self.wanted + self.shift
            moves = self._above(share[:, None] * shift, tied)[above]
            rest = self.rest[above]
            slack = np.divide(1.0, self.free[above], out=np.zeros(len(above)),
                              where=self.free[above] > 0)  # fmt: skip
            self.steep[above] = np.maximum(steep + rest * rest * slack, 1e-300)
            toward = (self.pull[above] - self.moved[above]) * slack[:, None]
            self.shift[above] = moves + rest[:, None] * toward

    def prices(self) -> Floats:
        """Hand the changes down from the company, whose own price is 0."""
        tree, wanted = self.tree, self.wanted
        change, price = np.zeros_like(wanted), np.zeros_like(wanted)
        common = np.zeros_like(wanted)
        change[0] = -self.shift[0] / self.steep[0]
        for nodes in tree.levels[1:]:
            above = np.unique(tree.parent[nodes])
            tied, other = nodes[self.tied[nodes]], nodes[~self.tied[nodes]]
            change[tied] = self.share[tied, None] * change[tree.parent[tied]] + wanted[tied]
            price[tied] = self.steep[tied, None] * change[tied] + self.shift[tied]
            spare = self.rest[:, None] * change - self.moved + self.pull
            open_free = self.free[above] > 0
            some, none = above[open_free], above[~open_free]
            common[some] = spare[some] / self.free[some, None]
            common[none] = self._above(self.share[:, None] * price, tied)[none]
            here = common[tree.parent[other]]
            change[other] = (here - self.shift[other]) / self.steep[other, None]
            price[tied] -= common[tree.parent[tied]]
        return np.asarray(np.where(self.tied[:, None], price, 0.0))


def read_region_bands(tree: RegionTree, bands: Bands) -> RegionBands:
    """Return the bands of regions over all periods and products."""
    part, whole = bands.part, bands.whole
    alone = (part.period == ALL) & (part.product == ALL) & (part.region > 0)
    alone &= (whole.period == ALL) & (whole.product == ALL)
    alone &= whole.region == tree.parent[part.region]
    alone &= np.array([kind == "region_share" for kind in bands.kind], dtype=bool)
    rows = np.flatnonzero(alone)
    nodes = part.region[rows]
    row = np.full(len(tree.names), -1, dtype=np.int64)
    low, high = np.zeros(len(row)), np.full(len(row), np.inf)
    row[nodes], low[nodes], high[nodes] = rows, bands.low[rows], bands.high[rows]
    return RegionBands(tree, low, high, low == high, row)
