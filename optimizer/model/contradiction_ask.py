"""What is asked, with as few columns as the limits allow.

Where nothing but totals over products matters, regions with the same open products share one
mix: any totals of regions and any mix with the same sum belong to some ask, total × mix / sum.
So a region and a period need one column, not one for each product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.rules import Rules
from optimizer.problem.instance import ALL, Bools, Instance, Ints, Slices
from optimizer.solve.program import ProgramBuilder


@dataclass(frozen=True)
class Ask:
    """Columns of the ask.

    Attributes
    ----------
    cell : (cell,) ints
        Column of each open cell that has its own; -1 for the others.
    total : (leaf, period) ints
        Column of the total of a region and period that has no cells; -1 for the others.
    part, whole : Entries
        Columns, in place of cells, that make up each band's part and whole; a whole that is
        everything has none, for its sum is known.
    """

    cell: Ints
    total: Ints
    part: Entries
    whole: Entries


def named_with_product(instance: Instance) -> Bools:
    """Return where a band names a region and a product together, shape (leaf, period)."""
    found = np.zeros(instance.reference.shape[:2], dtype=bool)
    for slices in (instance.bands.part, instance.bands.whole):
        for row in np.flatnonzero((slices.product != ALL) & (slices.region != 0)):
            period = int(slices.period[row])
            when = slice(None) if period == ALL else slice(period, period + 1)
            found[instance.tree.covers[slices.region[row]], when] = True
    return found


def is_everything(instance: Instance) -> Bools:
    """Return which bands are a share of the whole goal, shape (band,)."""
    whole = instance.bands.whole
    return np.asarray((whole.period == ALL) & (whole.region == 0) & (whole.product == ALL))


def add_ask(
    builder: ProgramBuilder, instance: Instance, rules: Rules, tied: Bools, scale: float
) -> Ask:
    """Add the ask and Σ D = G(1 + o_R).

    Parameters
    ----------
    builder : ProgramBuilder
    instance : Instance
    rules : Rules
    tied : (leaf, period) bools
        Where single cells matter.
    scale : float
    """
    own = tied[rules.leaf, rules.period]
    cell = np.full(len(rules.open_cell), -1, dtype=np.int64)
    cell[own] = _add(builder, int(own.sum()))
    total = np.full(tied.shape, -1, dtype=np.int64)
    loose = ~tied & (instance.reference > 0).any(axis=2)
    total[loose] = _add(builder, int(loose.sum()))
    kind = _kinds(instance, loose)
    rest = np.flatnonzero(~own)
    key = kind[rules.leaf[rest], rules.period[rest]] * len(instance.products) + rules.product[rest]
    kinds, place = np.unique(key, return_inverse=True)
    mix = np.full(len(cell), -1, dtype=np.int64)
    mixed = _add(builder, len(kinds))
    mix[rest] = mixed[place.reshape(-1)]
    number = int(kind.max(initial=-1)) + 1
    balance = builder.add_rows(np.zeros(number), np.zeros(number))
    builder.add_entries(balance[kinds // len(instance.products)], mixed, 1.0)
    builder.add_entries(balance[kind[loose]], total[loose], -1.0)
    goal = np.array([instance.ask_total / scale])
    everything = np.concatenate([cell[own], total[loose]])
    row = builder.add_rows(goal, goal)
    builder.add_entries(np.repeat(row, len(everything)), everything, 1.0)
    columns = np.where(own, cell, total[rules.leaf, rules.period]), np.where(own, cell, mix)
    return Ask(
        cell,
        total,
        _sums(rules.band_part, instance.bands.part, columns),
        _sums(_kept(rules.band_whole, ~is_everything(instance)), instance.bands.whole, columns),
    )


def _add(builder: ProgramBuilder, number: int) -> Ints:
    return builder.add_columns(np.zeros(number), np.full(number, np.inf), np.zeros(number))


def _kinds(instance: Instance, loose: Bools) -> Ints:
    """Return which regions and periods share a mix: same period, same open products."""
    kind = np.full(loose.shape, -1, dtype=np.int64)
    packed = np.packbits(instance.reference > 0, axis=2)[loose]
    key = np.column_stack([np.nonzero(loose)[1], packed])
    kind[loose] = np.unique(key, axis=0, return_inverse=True)[1].reshape(-1)
    return kind


def _kept(entries: Entries, rows: Bools) -> Entries:
    kept = rows[entries.row]
    return Entries(entries.row[kept], entries.cell[kept])


def _sums(entries: Entries, slices: Slices, columns: tuple[Ints, Ints]) -> Entries:
    """Return the columns of each row once: totals where all products count, else the mix."""
    by_total, by_mix = columns
    everything = slices.product[entries.row] == ALL
    column = np.where(everything, by_total[entries.cell], by_mix[entries.cell])
    width = int(column.max(initial=0)) + 1
    row, column = np.divmod(np.unique(entries.row * width + column), width)
    return Entries(row, column)
