"""Which cells each rule touches: the one description that programs and bounds are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.model.members import Entries, Wholes, read_entries, read_wholes
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Rules:
    """Rules of an instance over its open cells.

    Attributes
    ----------
    open_cell : (cell,) ints
        Flat indices of the open cells in (leaf, period, product) order.
    leaf, period, product : (cell,) ints
    reference : (cell,) floats
    carried : (cell,) bools
        Whether anything can be placed: some rep works there, or the plan is regional.
    placed_low, placed_high : (cell,) floats
        Least to place, and the tightest limit that names this cell alone (else a cap so wide
        that it binds nowhere).
    own_potential : (cell,) ints
        Row of that limit; -1 where there is none.
    band_part : Entries
    wholes : Wholes
        What bands are parts of.
    potential, region_lock : Entries
        `potential` holds only rows over more than one cell, `potential_rows` which.
    potential_rows : (row,) ints
    """

    open_cell: Ints
    leaf: Ints
    period: Ints
    product: Ints
    reference: Floats
    carried: Bools
    placed_low: Floats
    placed_high: Floats
    own_potential: Ints
    band_part: Entries
    wholes: Wholes
    potential: Entries
    potential_rows: Ints
    region_lock: Entries

    @property
    def band_whole(self) -> Entries:
        """Cells of the whole of each band, row by row: many where regions are many."""
        return self.wholes.each


def cube_of(instance: Instance, rules: Rules, values: NDArray[Kind]) -> NDArray[Kind]:
    """Lay values of open cells on (leaf, period, product); closed cells are 0, or False."""
    cube = np.zeros(instance.reference.size, dtype=values.dtype)
    cube[rules.open_cell] = values
    return cube.reshape(instance.reference.shape)


def read_rules(instance: Instance, *, fold: bool = True) -> Rules:
    """Return the rules of an instance over its open cells.

    Parameters
    ----------
    instance : Instance
    fold : bool
        Keep a potential that names one cell alone as that cell's upper limit; False makes every
        potential a row, for who wants to see it give.
    """
    open_cell = np.flatnonzero(instance.reference > 0)
    leaf, period, product = np.unravel_index(open_cell, instance.reference.shape)
    position = np.full(instance.reference.size, -1, dtype=np.int64)
    position[open_cell] = np.arange(len(open_cell))
    own_row, own_limit, wide_rows = _own_potentials(instance, position, len(open_cell))
    if not fold:
        own_row, own_limit = np.full_like(own_row, -1), np.full_like(own_limit, np.inf)
        wide_rows = np.arange(len(instance.potentials.usable))
    low = (
        np.zeros(len(open_cell))
        if instance.placed_low is None
        else instance.placed_low.ravel()[open_cell]
    )
    bands = instance.bands
    return Rules(
        open_cell=open_cell,
        leaf=leaf,
        period=period,
        product=product,
        reference=instance.reference.ravel()[open_cell],
        carried=active_periods(instance)[leaf, period],
        placed_low=low,
        placed_high=np.minimum(own_limit, 2.0 * instance.ask_total),
        own_potential=own_row,
        band_part=read_entries(instance, bands.part, position),
        wholes=read_wholes(instance, bands.whole, position),
        potential=read_entries(instance, instance.potentials.slices.at(wide_rows), position),
        potential_rows=wide_rows,
        region_lock=read_entries(instance, instance.region_locks.slices, position),
    )


def active_periods(instance: Instance) -> Bools:
    """Return where somebody can carry a target, shape (leaf, period)."""
    shape = instance.reference.shape[:2]
    if instance.reps is None:
        return np.ones(shape, dtype=bool)
    works = instance.reps.reference > 0
    counts = [np.bincount(instance.reps.leaf[some], minlength=shape[0]) for some in works.T]
    return np.asarray(np.column_stack(counts) > 0)


def _own_potentials(instance: Instance, position: Ints, cells: int) -> tuple[Ints, Floats, Ints]:
    """Tell limits on one cell from wider ones; of several on a cell the tightest counts."""
    slices = instance.potentials.slices
    leaf_of_node = np.full(len(instance.tree.names), -1, dtype=np.int64)
    leaf_of_node[instance.tree.leaf_node] = np.arange(len(instance.tree.leaf_node))
    leaf = leaf_of_node[slices.region]
    single_period = len(instance.periods) == 1
    single_product = len(instance.products) == 1
    period = np.where((slices.period == ALL) & single_period, 0, slices.period)
    product = np.where((slices.product == ALL) & single_product, 0, slices.product)
    alone = (leaf >= 0) & (period != ALL) & (product != ALL)
    rows = np.flatnonzero(alone)
    flat = np.ravel_multi_index((leaf[rows], period[rows], product[rows]), instance.reference.shape)
    cell = position[flat]
    rows, cell = rows[cell >= 0], cell[cell >= 0]
    order = np.argsort(-instance.potentials.usable[rows], kind="stable")
    own_row = np.full(cells, -1, dtype=np.int64)
    own_limit = np.full(cells, np.inf)
    own_row[cell[order]] = rows[order]
    own_limit[cell[order]] = instance.potentials.usable[rows[order]]
    return own_row, own_limit, np.flatnonzero(~alone)
