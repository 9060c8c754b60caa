"""The numbers of one planning problem as arrays: all that a solver needs, nothing more.

Axes: ``leaf`` (regions that people sit on, sorted by name), ``period`` (in the scenario's
order), ``product`` (sorted by name), ``rep`` (sorted by region, then by name). A *cell* is
(leaf, period, product). Amounts are in the scenario's unit; limits are usable ones
(buffers and ramps applied) and rounded inward to the rounding unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.problem.slices import (
    ALL,
    Bands,
    Bools,
    Floats,
    Ints,
    Potentials,
    RegionLocks,
    RegionTree,
    RepLocks,
    Slices,
)

__all__ = [
    "ALL",
    "Bands",
    "Bools",
    "Floats",
    "Groups",
    "Instance",
    "Ints",
    "Potentials",
    "RegionLocks",
    "RegionTree",
    "RepLocks",
    "Reps",
    "Slices",
    "YearLimits",
]


@dataclass(frozen=True)
class YearLimits:
    """Limits on a rep's targets over all periods together, as in the inputs.

    Attributes
    ----------
    min_total : (rep,) floats
        0 where there is none.
    max_total : (rep,) floats
        inf where there is none.
    max_growth, before : (rep,) floats
        The growth allowed, and what the rep sold in the same periods a year earlier; NaN where
        there is no such limit, or where the history does not tell.
    """

    min_total: Floats
    max_total: Floats
    max_growth: Floats
    before: Floats

    @property
    def grown(self) -> Floats:
        """Most that growth allows, (rep,); inf where it sets no limit."""
        most = (1.0 + self.max_growth) * self.before
        return np.where(np.isnan(most), np.inf, most)

    @property
    def by_growth(self) -> Bools:
        """Whether growth sets the upper limit of a rep, and not ``max_total``, (rep,)."""
        return np.asarray(self.grown < self.max_total)


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
        Usable min and capacity, rounded inward; inf where there is no capacity. Where products
        differ in effort, `high` is in units of effort and not rounded: see
        `optimizer.problem.effort` for what it means for a total.
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
    total_low, total_high : (rep,) floats or None
        Usable limits of the sum over all periods, rounded inward; 0 and inf where there is
        none, None where nobody has any.
    total_given : YearLimits or None
        What these come from.
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
    total_low: Floats | None = None
    total_high: Floats | None = None
    total_given: YearLimits | None = None


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
    cells_low : (rep, period, product) floats or None
        Least of each rep's cells, likewise; given only with `effort`.
    effort : (product,) floats or None
        Capacity that a unit of each product takes; None where it is 1 for all.
    is_stretch : bool
        Whether the plan stands on the targets of another, and is not proven.
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
    cells_low: Floats | None = None
    effort: Floats | None = None
    is_stretch: bool = False

    @property
    def ask_total(self) -> float:
        """G(1 + o_R), what is asked of all cells together."""
        return self.goal * (1.0 + self.over_region)

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
        leaves = self.tree.below(int(slices.region[row]))
        if isinstance(period, slice) and isinstance(product, slice):
            chosen[leaves] = True
        elif isinstance(period, slice):
            chosen[leaves, :, product] = True
        elif isinstance(product, slice):
            chosen[leaves, period, :] = True
        else:
            chosen[leaves, period, product] = True
        return np.flatnonzero(chosen & (self.reference > 0))
