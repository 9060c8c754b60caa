"""The numbers of one planning problem as arrays: all that a solver needs, nothing more.

Axes: ``leaf`` (regions that people sit on, sorted by name), ``period`` (in the scenario's
order), ``product`` (sorted by name), ``rep`` (sorted by region, then by name). A *cell* is
(leaf, period, product). Amounts are in the scenario's unit; limits are usable ones
(buffers and ramps applied) and rounded inward to the rounding unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]

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
    covers : (node, leaf) bools
        Which leaves lie below a node (a leaf's own node included).
    """

    names: tuple[str, ...]
    parent: Ints
    leaf_node: Ints
    covers: Bools

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


@dataclass(frozen=True)
class Reps:
    """The people, sorted by (leaf, name).

    Attributes
    ----------
    names : tuple of str
    leaf : (rep,) ints
    team : tuple of str
    weight : (rep, period) floats
        ability × resource × fte × ramp; 0 where the rep has no open cell.
    reference : (rep, period) floats
        T0, the reference target (model page, section 1). 0 closes the rep-period.
    low, high : (rep, period) floats
        Usable min and capacity, rounded inward; inf where there is no capacity.
    group : (rep,) ints
        Reps with the same leaf and product list that no lock names share a group.
    floor_ratio, stretch_ratio : (rep,) floats
        Own ratios to the target; NaN where the scenario's apply.
    low_ramp, high_ramp : (rep, period) floats or None
        Ramp that min and capacity were multiplied by; 1 for final figures.
    carries : (rep, period) floats or None
        Usable capacity of everybody with a weight, even where all cells are closed.
    ability, resource : (rep,) floats or None
    fte_ramp : (rep, period) floats or None
        The factors of the weight, open cells or not; the last is fte × ramp.
    """

    names: tuple[str, ...]
    leaf: Ints
    team: tuple[str, ...]
    weight: Floats
    reference: Floats
    low: Floats
    high: Floats
    group: Ints
    floor_ratio: Floats
    stretch_ratio: Floats
    low_ramp: Floats | None = None
    high_ramp: Floats | None = None
    carries: Floats | None = None
    ability: Floats | None = None
    resource: Floats | None = None
    fte_ramp: Floats | None = None


@dataclass(frozen=True)
class Groups:
    """Reps that are interchangeable but for their numbers: same leaf, same products.

    Attributes
    ----------
    leaf : (group,) ints
    sells : (group, product) bools
    locked : (group,) bools
        True for a group of one rep that a lock names.
    """

    leaf: Ints
    sells: Bools
    locked: Bools


@dataclass(frozen=True)
class Instance:
    """One planning problem.

    Attributes
    ----------
    periods, products : tuple of str
    tree : RegionTree
    goal, floor_goal, stretch_goal : float
        G at its three levels, whole multiples of `unit`.
    unit : float
        The rounding unit (1e-6 where the scenario rounds to nothing).
    over_region, over_rep : float
        o_R and o_I.
    reference : (leaf, period, product) floats
        D0, scaled to goal × (1 + over_region). 0 closes the cell.
    bands, potentials, region_locks, rep_locks
    reps, groups : Reps, Groups or None
        None for a regional plan, which has no coverage rule.
    assumptions : tuple of str
        What was assumed, in words.
    shut : (leaf, period, product) bools or None
        Cells that have shares, and that nothing but a potential of 0 closes.
    placed_low : (leaf, period, product) floats or None
        Least that must be placed in a cell (stretch plans start from the targets).
    volume_low : (group, period, product) floats or None
        Least that a group must sell of a product, likewise.
    """

    periods: tuple[str, ...]
    products: tuple[str, ...]
    tree: RegionTree
    goal: float
    floor_goal: float
    stretch_goal: float
    unit: float
    over_region: float
    over_rep: float
    reference: Floats
    bands: Bands
    potentials: Potentials
    region_locks: RegionLocks
    rep_locks: RepLocks
    reps: Reps | None
    groups: Groups | None
    assumptions: tuple[str, ...] = ()
    shut: Bools | None = None
    placed_low: Floats | None = None
    volume_low: Floats | None = None

    @property
    def ask_total(self) -> float:
        """G(1 + o_R), what is asked of all cells together."""
        return self.goal * (1.0 + self.over_region)

    @property
    def is_stretch(self) -> bool:
        """Whether the plan stands on the targets of another."""
        return self.placed_low is not None

    @property
    def cover_give(self) -> float:
        """By how much a product's street may pass (1 + o_I) × target.

        Nothing, but in a stretch plan, whose targets stand in whole units already: there a
        product may have been rounded up by less than one unit.
        """
        return self.unit if self.volume_low is not None and self.over_rep > 0 else 0.0

    @property
    def leaves(self) -> tuple[str, ...]:
        """Names of the leaf regions."""
        return tuple(self.tree.names[node] for node in self.tree.leaf_node)

    def members(self, slices: Slices, row: int) -> Ints:
        """Return the flat indices (C order of `reference`) of the open cells of a slice."""
        chosen = np.zeros(self.reference.shape, dtype=bool)
        period = slice(None) if slices.period[row] == ALL else slices.period[row]
        product = slice(None) if slices.product[row] == ALL else slices.product[row]
        leaves = np.flatnonzero(self.tree.covers[slices.region[row]])
        if isinstance(period, slice) and isinstance(product, slice):
            chosen[leaves] = True
        elif isinstance(period, slice):
            chosen[leaves, :, product] = True
        elif isinstance(product, slice):
            chosen[leaves, period, :] = True
        else:
            chosen[leaves, period, product] = True
        return np.flatnonzero(chosen & (self.reference > 0))
