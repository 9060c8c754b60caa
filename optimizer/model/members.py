"""Which open cells lie in which slices, for all rows of a table of limits at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.problem.instance import ALL, Floats, Instance, Ints, Slices


@dataclass(frozen=True)
class Entries:
    """Memberships of cells in rows: entry k puts cell ``cell[k]`` into row ``row[k]``."""

    row: Ints
    cell: Ints

    def sums(self, values: Floats, rows: int) -> Floats:
        """Return the sum of `values`, shape (cell,), over each row."""
        return np.bincount(self.row, weights=values[self.cell], minlength=rows).astype(float)

    def spread(self, prices: Floats, cells: int) -> Floats:
        """Return the sum of the rows' prices over each cell."""
        return np.bincount(self.cell, weights=prices[self.row], minlength=cells).astype(float)


@dataclass(frozen=True)
class Wholes:
    """Memberships of which many rows share one set: the wholes that bands are parts of.

    Attributes
    ----------
    of : (row,) ints
        Set of each row.
    sets : Entries
        The sets, each once.
    number : int
        How many sets there are.
    """

    of: Ints
    sets: Entries
    number: int

    def sums(self, values: Floats) -> Floats:
        """Return the sum of `values`, shape (cell,), over each row."""
        return self.sets.sums(values, self.number)[self.of]

    def spread(self, prices: Floats, cells: int) -> Floats:
        """Return the sum of the rows' prices over each cell."""
        together = np.bincount(self.of, weights=prices, minlength=self.number)
        return self.sets.spread(together.astype(float), cells)

    @cached_property
    def each(self) -> Entries:
        """The memberships row by row, for programs that are small enough to list them."""
        start = np.searchsorted(self.sets.row, np.arange(self.number + 1))
        counts = np.diff(start)[self.of]
        return Entries(
            np.repeat(np.arange(len(self.of)), counts),
            self.sets.cell[ranges(start[self.of], counts)],
        )


def ranges(first: Ints, counts: Ints) -> Ints:
    """Return ``first[k], first[k] + 1, …`` for each k, `counts[k]` numbers, one after another."""
    before = np.cumsum(counts) - counts
    return np.asarray(np.repeat(first - before, counts) + np.arange(int(counts.sum())))


def read_entries(instance: Instance, slices: Slices, position: Ints) -> Entries:
    """Return the open cells of each slice.

    Parameters
    ----------
    position : (flat cell,) ints
        Number of each cell among the open ones; -1 where closed.
    """
    rows: list[Ints] = [np.zeros(0, dtype=np.int64)]
    cells: list[Ints] = [np.zeros(0, dtype=np.int64)]
    kinds = np.unique(np.column_stack([slices.period == ALL, slices.product == ALL]), axis=0)
    for every_period, every_product in kinds:
        alike = (slices.period == ALL) == every_period
        chosen = np.flatnonzero(alike & ((slices.product == ALL) == every_product))
        row, cell = _alike(instance, slices, chosen)
        place = position[cell]
        rows.append(row[place >= 0])
        cells.append(place[place >= 0])
    row, cell = np.concatenate(rows), np.concatenate(cells)
    if len(kinds) > 1:
        order = np.argsort(row, kind="stable")
        row, cell = row[order], cell[order]
    return Entries(row, cell)


def read_wholes(instance: Instance, slices: Slices, position: Ints) -> Wholes:
    """Return the open cells of slices that are mostly few and named by many rows."""
    names = np.column_stack([slices.region, slices.period, slices.product])
    found, of = np.unique(names, axis=0, return_inverse=True)
    sets = Slices(region=found[:, 0], period=found[:, 1], product=found[:, 2])
    return Wholes(of.reshape(-1), read_entries(instance, sets, position), len(found))


def _alike(instance: Instance, slices: Slices, rows: Ints) -> tuple[Ints, Ints]:
    """Return row and flat cell of slices that leave the same dimensions open."""
    tree, (_, periods, products) = instance.tree, instance.reference.shape
    first, after = (ends[slices.region[rows]] for ends in tree.spans)
    leaf = tree.order[ranges(first, after - first)]
    row = np.repeat(rows, after - first)
    period, product = slices.period[row], slices.product[row]
    cell = leaf[:, None] * periods
    cell = cell + (np.arange(periods) if (period == ALL).any() else period[:, None])
    cell = cell[:, :, None] * products
    cell = cell + (np.arange(products) if (product == ALL).any() else product[:, None, None])
    return np.repeat(row, cell.shape[1] * cell.shape[2]), cell.ravel()
