"""The pooled model as one linear program: cells, street totals, and what couples them.

Columns: ask D per open cell, placed Y per carried cell (in pieces), street S per pool (in
pieces), volume X per product of each pool that is not plain. Amounts are divided by `scale`,
so that a typical cell is about 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.bound import Prices, no_prices
from optimizer.model.pieces import PIECES, Pieces, bounds_of
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.solve.program import ProgramBuilder, Solution


@dataclass(frozen=True)
class Volumes:
    """Volume columns: which pool and cell each belongs to."""

    column: Ints
    pool: Ints
    cell: Ints
    low: Floats


@dataclass(frozen=True)
class RowPlaces:
    """Where each family of rules stands in the program."""

    goal: Ints
    band_min: Ints
    band_max: Ints
    potential: Ints
    region_lock: Ints
    placed: Ints
    street: Ints
    cover_min: Ints
    cover_max: Ints
    plain_min: Ints
    plain_max: Ints
    rep_lock: Ints


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

    def placed_of(self, solution: Solution, cells: int) -> Floats:
        """Return Y per open cell, in the scenario's unit."""
        values = np.zeros(cells)
        values[self.carried] = solution.values[self.placed.columns].sum(axis=1) * self.scale
        return values

    def street_of(self, solution: Solution) -> Floats:
        """Return S per pool, in the scenario's unit."""
        return np.asarray(solution.values[self.street.columns].sum(axis=1) * self.scale)


def build_program(instance: Instance, rules: Rules, pools: Pools | None) -> PooledProgram:
    """Return the pooled model without costs."""
    builder = ProgramBuilder()
    scale = instance.ask_total / max(len(rules.open_cell), 1)
    cells = len(rules.open_cell)
    ask = builder.add_columns(np.zeros(cells), np.full(cells, np.inf), np.zeros(cells))
    carried = np.flatnonzero(rules.carried)
    placed = _placed_pieces(rules, carried, scale)
    street = _street_pieces(instance, pools, scale)
    for pieces in (placed, street):
        _add_pieces(builder, pieces)
    volumes = _add_volumes(builder, instance, rules, pools, scale)
    adder = _RowAdder(builder, instance, rules, scale, ask, carried, placed, street, volumes)
    mixed = _mixed_cells(rules, pools)
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
    rows = RowPlaces(
        goal, band_min, band_max, potential, region_lock, total_placed, total_street,
        cover_min, cover_max, plain_min, plain_max, rep_lock,
    )  # fmt: skip
    return PooledProgram(
        builder, scale, ask, placed, carried, street, volumes, rows, np.flatnonzero(mixed)
    )


def _placed_pieces(rules: Rules, carried: Ints, scale: float) -> Pieces:
    reference = rules.reference[carried] / scale

    def slope_at(variables: Ints, values: Floats) -> Floats:
        return 2.0 * (values / reference[variables] - 1.0)

    low = rules.placed_low[carried] / scale
    high = np.maximum(rules.placed_high[carried] / scale, low)
    return Pieces.of(low, high, reference, slope_at)


def _street_pieces(instance: Instance, pools: Pools | None, scale: float) -> Pieces:
    if pools is None:
        nothing = np.zeros(0)
        return Pieces.of(nothing, nothing, nothing, lambda variables, values: values)
    curves = pools.curves

    def slope_at(variables: Ints, values: Floats) -> Floats:
        return 2.0 * (curves.multiple(variables, values * scale) - 1.0)

    most = (1.0 + instance.over_rep) * instance.ask_total
    low = curves.street_low / scale
    high = np.maximum(np.minimum(curves.street_high, most) / scale, low)
    return Pieces.of(low, high, curves.street_reference / scale, slope_at)


def _add_pieces(builder: ProgramBuilder, pieces: Pieces) -> None:
    low, high = bounds_of(pieces.first_breakpoints())
    columns = builder.add_columns(low.ravel(), high.ravel(), np.zeros(low.size))
    pieces.columns = columns.reshape(-1, PIECES)


def _mixed_cells(rules: Rules, pools: Pools | None) -> Bools:
    """Return the cells of leaves and periods where some pool is not plain."""
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


def _add_volumes(
    builder: ProgramBuilder, instance: Instance, rules: Rules, pools: Pools | None, scale: float
) -> Volumes:
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
    low = np.zeros(len(pool))
    if instance.volume_low is not None:
        low = instance.volume_low[pools.group[pool], pools.period[pool], product] / scale
    column = builder.add_columns(low, np.full(len(pool), np.inf), np.zeros(len(pool)))
    cell = number[pools.leaf[pool], pools.period[pool], product]
    return Volumes(column, pool, cell, low)


@dataclass(frozen=True)
class _RowAdder:
    builder: ProgramBuilder
    instance: Instance
    rules: Rules
    scale: float
    ask: Ints
    carried: Ints
    placed: Pieces
    street: Pieces
    volumes: Volumes

    def goal(self) -> Ints:
        """Σ D = G(1 + o_R)."""
        total = np.array([self.instance.ask_total / self.scale])
        row = self.builder.add_rows(total, total)
        self._put(np.zeros(len(self.ask), dtype=np.int64), row, self.ask, 1.0)
        return row

    def bands(self) -> tuple[Ints, Ints]:
        """low · Σ D(whole) ≤ Σ D(part) ≤ high · Σ D(whole)."""
        bands, rules = self.instance.bands, self.rules
        number = len(bands.low)
        fixed = bands.low == bands.high
        least = self._rows(np.zeros(number), np.where(fixed, 0.0, np.inf))
        limited = np.isfinite(bands.high) & ~fixed
        most = self._rows(np.where(limited, 0.0, -np.inf), np.full(number, np.inf))
        self._put(rules.band_part.row, least, self.ask[rules.band_part.cell], 1.0)
        self._put(
            rules.band_whole.row,
            least,
            self.ask[rules.band_whole.cell],
            -bands.low[rules.band_whole.row],
        )
        high = np.where(limited, bands.high, 0.0)
        part = limited[rules.band_part.row]
        whole = limited[rules.band_whole.row]
        self._put(rules.band_part.row[part], most, self.ask[rules.band_part.cell[part]], -1.0)
        self._put(
            rules.band_whole.row[whole],
            most,
            self.ask[rules.band_whole.cell[whole]],
            high[rules.band_whole.row[whole]],
        )
        return least, most

    def backing(self) -> Ints:
        """D − Y ≥ 0 in each carried cell."""
        rows = self._rows(np.zeros(len(self.carried)), np.full(len(self.carried), np.inf))
        every = np.arange(len(self.carried))
        self._put(every, rows, self.ask[self.carried], 1.0)
        self._put_pieces(every, rows, self.placed, every, -1.0)
        return rows

    def potential(self) -> Ints:
        """Σ Y over a slice of several cells ≤ usable potential."""
        usable = self.instance.potentials.usable[self.rules.potential_rows] / self.scale
        rows = self._rows(np.full(len(usable), -np.inf), usable)
        self._put_placed(self.rules.potential.row, rows, self.rules.potential.cell, 1.0)
        return rows

    def region_locks(self) -> Ints:
        """Σ Y over the locked slice = amount."""
        amount = self.instance.region_locks.amount / self.scale
        rows = self._rows(amount, amount)
        self._put_placed(self.rules.region_lock.row, rows, self.rules.region_lock.cell, 1.0)
        return rows

    def totals(self) -> tuple[Ints, Ints]:
        """Σ Y and Σ T, free until the first two steps have set them."""
        free = np.array([-np.inf])
        placed, street = self._rows(free, -free), self._rows(free, -free)
        cells, pools = len(self.carried), len(self.street.low)
        zeros = np.zeros(cells, dtype=np.int64)
        self._put_pieces(zeros, placed, self.placed, np.arange(cells), 1.0)
        zeros = np.zeros(pools, dtype=np.int64)
        self._put_pieces(zeros, street, self.street, np.arange(pools), 1.0)
        return placed, street

    def cover_mixed(self, mixed: Bools) -> tuple[Ints, Ints]:
        """Y ≤ Σ X ≤ (1 + o_I) · Y per cell where pools differ in what they sell."""
        cells = np.flatnonzero(mixed)
        number = np.full(len(mixed), -1, dtype=np.int64)
        number[cells] = np.arange(len(cells))
        least, most = self._cover_rows(len(cells))
        for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + self.instance.over_rep)):
            self._put(number[self.volumes.cell], rows, self.volumes.column, sign)
            self._put_placed(np.arange(len(cells)), rows, cells, factor)
        return least, most

    def cover_plain(self, pools: Pools | None) -> tuple[Ints, Ints]:
        """Y ≤ S ≤ (1 + o_I) · Y in total where one pool sells everything."""
        if pools is None:
            return self._cover_rows(0)
        plain = np.flatnonzero(pools.plain)
        number = np.full(self.instance.reference.shape[:2], -1, dtype=np.int64)
        number[pools.leaf[plain], pools.period[plain]] = np.arange(len(plain))
        row_of_cell = number[self.rules.leaf, self.rules.period]
        cells = np.flatnonzero(row_of_cell >= 0)
        least, most = self._cover_rows(len(plain))
        for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + self.instance.over_rep)):
            self._put_pieces(np.arange(len(plain)), rows, self.street, plain, sign)
            self._put_placed(row_of_cell[cells], rows, cells, factor)
        return least, most

    def balance(self, pools: Pools | None) -> Ints:
        """Σ_p X = S for each pool that is not plain."""
        if pools is None:
            return self._rows(np.zeros(0), np.zeros(0))
        mixed = np.flatnonzero(~pools.plain)
        number = np.full(len(pools.plain), -1, dtype=np.int64)
        number[mixed] = np.arange(len(mixed))
        rows = self._rows(np.zeros(len(mixed)), np.zeros(len(mixed)))
        self._put(number[self.volumes.pool], rows, self.volumes.column, 1.0)
        self._put_pieces(np.arange(len(mixed)), rows, self.street, mixed, -1.0)
        return rows

    def rep_locks(self, pools: Pools | None) -> Ints:
        """Σ X of the rep over the locked slice = amount."""
        locks = self.instance.rep_locks
        rows = self._rows(locks.amount / self.scale, locks.amount / self.scale)
        if pools is None or not len(locks.rep):
            return rows
        assert self.instance.reps is not None
        group = pools.group[self.volumes.pool]
        period, product = pools.period[self.volumes.pool], self.rules.product[self.volumes.cell]
        for lock, rep in enumerate(locks.rep):
            inside = group == self.instance.reps.group[rep]
            inside &= (locks.period[lock] < 0) | (period == locks.period[lock])
            inside &= (locks.product[lock] < 0) | (product == locks.product[lock])
            columns = self.volumes.column[inside]
            self._put(np.full(len(columns), lock), rows, columns, 1.0)
        return rows

    def _rows(self, low: Floats, high: Floats) -> Ints:
        return self.builder.add_rows(low, high)

    def _cover_rows(self, number: int) -> tuple[Ints, Ints]:
        exact = self.instance.over_rep == 0
        least = self._rows(np.zeros(number), np.full(number, 0.0 if exact else np.inf))
        free = np.full(number, -np.inf if exact else 0.0)
        return least, self._rows(free, np.full(number, np.inf))

    def _put(self, row: Ints, rows: Ints, column: Ints, value: Floats | float) -> None:
        self.builder.add_entries(rows[row], column, value)

    def _put_placed(self, row: Ints, rows: Ints, cell: Ints, value: float) -> None:
        number = np.full(len(self.ask), -1, dtype=np.int64)
        number[self.carried] = np.arange(len(self.carried))
        position = number[cell]
        there = position >= 0
        self._put_pieces(row[there], rows, self.placed, position[there], value)

    def _put_pieces(
        self, row: Ints, rows: Ints, pieces: Pieces, variable: Ints, value: float
    ) -> None:
        columns = pieces.columns[variable]
        spread = np.repeat(rows[row], columns.shape[1])
        self.builder.add_entries(spread, columns.ravel(), value)


def read_prices(
    instance: Instance, rules: Rules, pools: Pools | None, program: PooledProgram, found: Solution
) -> Prices:
    """Return the prices of all rows as they stand in the Lagrangian of `bound`."""
    nothing, rows, price = no_prices(instance), program.rows, found.price
    band = price[rows.band_min]
    potential = nothing.potential
    potential[rules.potential_rows] = np.maximum(-price[rows.potential], 0.0)
    cover_min, cover_max = nothing.cover_min, nothing.cover_max
    mixed = rules.open_cell[program.mixed_cell]
    _split(price[rows.cover_min], price[rows.cover_max], cover_min.ravel(), cover_max.ravel(), mixed)
    if pools is not None:
        plain = pools.plain
        least, most = np.zeros(cover_min.shape[:2]), np.zeros(cover_min.shape[:2])
        flat = np.ravel_multi_index((pools.leaf[plain], pools.period[plain]), least.shape)
        _split(price[rows.plain_min], price[rows.plain_max], least.ravel(), most.ravel(), flat)
        cover_min += least[:, :, None]
        cover_max += most[:, :, None]
    return Prices(
        goal=float(price[rows.goal][0]),
        placed=max(float(price[rows.placed][0]), 0.0),
        street=max(float(price[rows.street][0]), 0.0),
        band_min=np.maximum(band, 0.0),
        band_max=np.maximum(price[rows.band_max], 0.0) + np.maximum(-band, 0.0),
        potential=potential,
        cover_min=cover_min,
        cover_max=cover_max,
        region_lock=price[rows.region_lock],
        rep_lock=price[rows.rep_lock],
    )


def _split(least: Floats, most: Floats, low: Floats, high: Floats, where: Ints) -> None:
    """Put prices of min and max rows into place; an equality's price may take either side."""
    low[where] = np.maximum(least, 0.0)
    high[where] = np.maximum(most, 0.0) + np.maximum(-least, 0.0)
