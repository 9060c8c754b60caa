"""The pooled model as one linear program: cells, street totals, and what couples them.

Columns: ask D per open cell, placed Y per carried cell (in pieces), streets S of each pool (in
pieces), volume X per product of each pool that is not plain. Amounts are divided by `scale`,
so that a typical cell is about 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.pieces import PIECES, Pieces, bounds_of
from optimizer.model.pooled_rows import RowAdder, RowPlaces, Volumes
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.streets import Streets, every_street
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.solve.program import ProgramBuilder, Solution

_NEVER_REACHED = 2.0
"""A cap this many times what the rules allow binds nowhere, so all prices stand on rules."""


@dataclass(frozen=True)
class PooledProgram:
    """The program under construction and where its parts are.

    Attributes
    ----------
    builder : ProgramBuilder
    scale : float
    ask : (cell,) ints
    placed, street : Pieces
        In scaled amounts, their columns filled in.
    volumes : Volumes
    rows : RowPlaces
    streets : Streets or None
        What the street variables stand for.
    mixed_cell : (row,) ints
        Cells that have cover rows of their own; the others are covered by plain pools.
    """

    builder: ProgramBuilder
    scale: float
    ask: Ints
    placed: Pieces
    carried: Ints
    street: Pieces
    volumes: Volumes
    rows: RowPlaces
    mixed_cell: Ints
    streets: Streets | None

    def placed_of(self, solution: Solution, cells: int) -> Floats:
        """Return Y per open cell, in the scenario's unit."""
        values = np.zeros(cells)
        values[self.carried] = solution.values[self.placed.columns].sum(axis=1) * self.scale
        return values

    def street_of(self, solution: Solution) -> Floats:
        """Return S per street, in the scenario's unit."""
        return np.asarray(solution.values[self.street.columns].sum(axis=1) * self.scale)


def build_program(
    instance: Instance, rules: Rules, pools: Pools | None, streets: Streets | None = None
) -> PooledProgram:
    """Return the pooled model without costs.

    Parameters
    ----------
    instance, rules, pools
    streets : Streets, optional
        Parts of the totals of pools; as many as all limits need if left out.
    """
    if streets is None and pools is not None:
        streets = every_street(instance, pools)
    builder = ProgramBuilder()
    scale = instance.ask_total / max(len(rules.open_cell), 1)
    cells = len(rules.open_cell)
    ask = builder.add_columns(np.zeros(cells), np.full(cells, np.inf), np.zeros(cells))
    carried = np.flatnonzero(rules.carried)
    placed = _placed_pieces(rules, carried, scale)
    street = _street_pieces(instance, streets, scale)
    for pieces in (placed, street):
        _add_pieces(builder, pieces)
    volumes = add_volumes(builder, instance, rules, pools, scale)
    owner = None if streets is None else streets.pool
    adder = RowAdder(builder, instance, rules, scale, ask, carried, placed, street, volumes, owner)
    mixed = mixed_cells(rules, pools)
    goal = adder.goal()
    band_min, band_max = adder.bands()
    adder.backing()
    potential = adder.potential()
    region_lock = adder.region_locks()
    total_placed, total_street = adder.totals()
    cover_min, cover_max = adder.cover_mixed(mixed)
    plain_min, plain_max = adder.cover_plain(pools)
    adder.balance(pools)
    rep_lock = adder.rep_locks(pools)
    year = adder.years(streets)
    adder.efforts(pools, streets)
    rows = RowPlaces(
        goal, band_min, band_max, potential, region_lock, total_placed, total_street,
        cover_min, cover_max, plain_min, plain_max, rep_lock, year,
    )  # fmt: skip
    return PooledProgram(
        builder, scale, ask, placed, carried, street, volumes, rows,
        np.flatnonzero(mixed), streets,
    )  # fmt: skip


def _placed_pieces(rules: Rules, carried: Ints, scale: float) -> Pieces:
    reference = rules.reference[carried] / scale

    def slope_at(variables: Ints, values: Floats) -> Floats:
        return 2.0 * (values / reference[variables] - 1.0)

    low = rules.placed_low[carried] / scale
    high = np.maximum(rules.placed_high[carried] / scale, low)
    return Pieces.of(low, high, reference, slope_at)


def _street_pieces(instance: Instance, streets: Streets | None, scale: float) -> Pieces:
    if streets is None:
        nothing = np.zeros(0)
        return Pieces.of(nothing, nothing, nothing, lambda variables, values: values)
    curves, begin = streets.curves, streets.begin

    def slope_at(variables: Ints, values: Floats) -> Floats:
        return 2.0 * (curves.multiple(variables, values * scale + begin[variables]) - 1.0)

    most = _NEVER_REACHED * (1.0 + instance.over_rep) * instance.ask_total
    low = (curves.street_low - begin) / scale
    high = np.maximum(np.minimum(curves.street_high - begin, most) / scale, low)
    size = curves.street_reference / scale
    return Pieces.of(low, high, size - begin / scale, slope_at, size)


def _add_pieces(builder: ProgramBuilder, pieces: Pieces) -> None:
    low, high = bounds_of(pieces.first_breakpoints())
    columns = builder.add_columns(low.ravel(), high.ravel(), np.zeros(low.size))
    pieces.columns = columns.reshape(-1, PIECES)


def add_amounts(builder: ProgramBuilder, low: Floats, high: Floats) -> Pieces:
    """Add amounts of which no cost is asked, one column each instead of pieces."""
    amounts = Pieces.of(low, np.maximum(high, low), low, lambda variables, values: values)
    amounts.columns = builder.add_columns(low, amounts.high, np.zeros(len(low)))[:, None]
    return amounts


def mixed_cells(rules: Rules, pools: Pools | None) -> Bools:
    """Return the cells of leaves and periods where some pool is not plain, shape (cell,)."""
    if pools is None:
        return np.zeros(len(rules.open_cell), dtype=bool)
    mixed = {
        (int(leaf), int(period))
        for leaf, period in zip(pools.leaf[~pools.plain], pools.period[~pools.plain], strict=True)
    }
    return np.array(
        [cell in mixed for cell in zip(rules.leaf.tolist(), rules.period.tolist(), strict=True)],
        dtype=bool,
    )


def add_volumes(
    builder: ProgramBuilder, instance: Instance, rules: Rules, pools: Pools | None, scale: float
) -> Volumes:
    """Add a column per product of each pool that is not plain, in amounts / `scale`."""
    none = np.zeros(0, dtype=np.int64)
    if pools is None or pools.plain.all():
        return Volumes(none, none, none, np.zeros(0))
    assert instance.groups is not None
    allowed = sellable(instance.reference, instance.groups)
    number = np.full(instance.reference.shape, -1, dtype=np.int64)
    number.ravel()[rules.open_cell] = np.arange(len(rules.open_cell))
    mixed = np.flatnonzero(~pools.plain)
    which, product = np.nonzero(allowed[pools.group[mixed], pools.period[mixed]])
    pool = mixed[which]
    low: Floats = np.zeros(len(pool))
    if instance.volume_low is not None:
        low = instance.volume_low[pools.group[pool], pools.period[pool], product] / scale
    column = builder.add_columns(low, np.full(len(pool), np.inf), np.zeros(len(pool)))
    cell = number[pools.leaf[pool], pools.period[pool], product]
    return Volumes(column, pool, cell, low)
