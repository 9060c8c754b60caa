"""The rows of the pooled model: one small function per family of rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.pieces import Pieces
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.streets import Streets
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.solve.program import ProgramBuilder


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
    year: Ints


@dataclass(frozen=True)
class RowAdder:
    """Adds the families to a program; each returns where its rows stand.

    `street` holds one street per pool, in the order of pools, unless `owner` names the pool of
    each.
    """

    builder: ProgramBuilder
    instance: Instance
    rules: Rules
    scale: float
    ask: Ints
    carried: Ints
    placed: Pieces
    street: Pieces
    volumes: Volumes
    owner: Ints | None = None

    def goal(self) -> Ints:
        """Σ D = G(1 + o_R)."""
        total = np.array([self.instance.ask_total / self.scale])
        row = self.builder.add_rows(total, total)
        self._put(np.zeros(len(self.ask), dtype=np.int64), row, self.ask, 1.0)
        return row

    def bands(self) -> tuple[Ints, Ints]:
        """Low · Σ D(whole) ≤ Σ D(part) ≤ high · Σ D(whole)."""
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
        part = limited[rules.band_part.row]
        whole = limited[rules.band_whole.row]
        self._put(rules.band_part.row[part], most, self.ask[rules.band_part.cell[part]], -1.0)
        self._put(
            rules.band_whole.row[whole],
            most,
            self.ask[rules.band_whole.cell[whole]],
            bands.high[rules.band_whole.row[whole]],
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
        cells, number = np.flatnonzero(mixed), np.cumsum(mixed) - 1
        least, most = self._cover_rows(len(cells), self.instance.cover_give / self.scale)
        for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + self.instance.over_rep)):
            self._put(number[self.volumes.cell], rows, self.volumes.column, sign)
            self._put_placed(np.arange(len(cells)), rows, cells, factor)
        return least, most

    def cover_plain(self, pools: Pools | None) -> tuple[Ints, Ints]:
        """Y ≤ Σ S ≤ (1 + o_I) · Y in total where the pools of a region and period are plain."""
        if pools is None:
            return self._cover_rows(0)
        place = plain_places(self.instance, pools)
        rules, periods = self.rules, len(self.instance.periods)
        inside = np.zeros(len(self.instance.leaves) * periods, dtype=bool)
        inside[place] = True
        number = np.cumsum(inside) - 1
        street, pool = self._streets_of(pools.plain)
        row_of_street = number[pools.leaf[pool] * periods + pools.period[pool]]
        place_of_cell = rules.leaf * periods + rules.period
        cells = np.flatnonzero(inside[place_of_cell])
        row_of_cell = number[place_of_cell[cells]]
        least, most = self._cover_rows(len(place))
        for rows, sign, factor in ((least, 1.0, -1.0), (most, -1.0, 1.0 + self.instance.over_rep)):
            self._put_pieces(row_of_street, rows, self.street, street, sign)
            self._put_placed(row_of_cell, rows, cells, factor)
        return least, most

    def balance(self, pools: Pools | None) -> Ints:
        """Σ_p X = S for each pool that is not plain."""
        if pools is None:
            return self._rows(np.zeros(0), np.zeros(0))
        number, nothing = np.cumsum(~pools.plain) - 1, np.zeros(int((~pools.plain).sum()))
        rows = self._rows(nothing, nothing)
        self._put(number[self.volumes.pool], rows, self.volumes.column, 1.0)
        street, pool = self._streets_of(~pools.plain)
        self._put_pieces(number[pool], rows, self.street, street, -1.0)
        return rows

    def rep_locks(self, pools: Pools | None) -> Ints:
        """Σ X of the rep over the locked slice = amount; S for X where only totals matter."""
        locks = self.instance.rep_locks
        rows = self._rows(locks.amount / self.scale, locks.amount / self.scale)
        if pools is None or not len(locks.rep):
            return rows
        assert self.instance.reps is not None
        group = pools.group[self.volumes.pool]
        period, product = pools.period[self.volumes.pool], self.rules.product[self.volumes.cell]
        for lock, rep in enumerate(locks.rep):
            owner = self.instance.reps.group[rep]
            inside = (group == owner) & _within(period, locks.period[lock])
            columns = self.volumes.column[inside & _within(product, locks.product[lock])]
            self._put(np.full(len(columns), lock), rows, columns, 1.0)
            whole = pools.plain & (pools.group == owner) & _within(pools.period, locks.period[lock])
            streets, _ = self._streets_of(whole)
            self._put_pieces(np.full(len(streets), lock), rows, self.street, streets, 1.0)
        return rows

    def years(self, streets: Streets | None) -> Ints:
        """K · min_total ≤ Σ_q S ≤ k · max_total for k people who are alike in all numbers."""
        reps = self.instance.reps
        if streets is None or reps is None or reps.total_low is None or reps.total_high is None:
            return self._rows(np.zeros(0), np.zeros(0))
        one, members = streets.kinds()
        rows = self._rows(
            members * reps.total_low[one] / self.scale, members * reps.total_high[one] / self.scale
        )
        street = np.flatnonzero(streets.kind >= 0)
        self._put_pieces(streets.kind[street], rows, self.street, street, 1.0)
        return rows

    def efforts(self, pools: Pools | None, streets: Streets | None) -> None:
        """Σ_p max(0, e − e[p]) · X ≥ e · (what is carried beyond C/e), for each effort e sold.

        That is when, and only when, the products of a pool can be shared out among its people
        so that nobody's effort passes the capacity.
        """
        effort, least = self.instance.effort, self.instance.volume_low
        if pools is None or streets is None or effort is None:
            return
        cuts = streets.cuts
        for level, one in enumerate(cuts.effort):
            there = cuts.there[:, level]
            chosen, number = np.flatnonzero(there), np.cumsum(there) - 1
            spare = np.maximum(one - effort, 0.0)
            kept = np.zeros(len(chosen))
            if least is not None:
                kept = least[pools.group[chosen], pools.period[chosen]] @ spare / self.scale
            rows = self._rows(kept, np.full(len(chosen), np.inf))
            inside = there[self.volumes.pool]
            saved = spare[self.rules.product[self.volumes.cell[inside]]]
            self._put(number[self.volumes.pool[inside]], rows, self.volumes.column[inside], saved)
            beyond = there[streets.pool] & (streets.cut >= cuts.number[streets.pool, level])
            street = np.flatnonzero(beyond)
            self._put_pieces(number[streets.pool[street]], rows, self.street, street, -float(one))

    def _streets_of(self, chosen: Bools) -> tuple[Ints, Ints]:
        """Return the streets of some pools, and the pool of each."""
        if self.owner is None:
            streets = np.flatnonzero(chosen)
            return streets, streets
        streets = np.flatnonzero(chosen[self.owner])
        return streets, self.owner[streets]

    def _rows(self, low: Floats, high: Floats) -> Ints:
        return self.builder.add_rows(low, high)

    def _cover_rows(self, number: int, give: float = 0.0) -> tuple[Ints, Ints]:
        exact = self.instance.over_rep == 0
        least = self._rows(np.zeros(number), np.full(number, 0.0 if exact else np.inf))
        free = np.full(number, -np.inf if exact else -give)
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


def plain_places(instance: Instance, pools: Pools) -> Ints:
    """Return the regions by periods whose pools are plain, leaf · periods + period, sorted."""
    plain = pools.plain
    return np.unique(pools.leaf[plain] * len(instance.periods) + pools.period[plain])


def _within(labels: Ints, wanted: int) -> Bools:
    """Return which labels a lock names; below 0 it names all."""
    return np.asarray((labels == wanted) | (wanted < 0))
