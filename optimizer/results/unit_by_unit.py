"""Whole cells of one region's reps, unit by unit: the short way before a search.

Exact cells are rounded down, which keeps every rep within the capacity, and the units left are
given one by one, the heaviest products first, to those with most capacity left for each unit
they still need. A unit that finds no rep is fitted in by an exchange of units between two, or
by several of them, each taking heavier units off one rep for lighter ones.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Bools, Floats, Ints
from optimizer.results.exchanges import make_room, read_exchanges
from optimizer.results.remainder import largest_remainder, whole_part

_CANDIDATES = 40
"""Reps with most capacity left, on each side, among whom an exchange is looked for."""

_GATHERERS = 3
"""Reps with most capacity left for whom the others make room."""

_MOST = 3
"""Units for each cell beyond which the exact cells are not near enough to start from."""

_DUST, _DIGITS = 1e-6, 6
"""What a program leaves between a fraction and the whole number that it means."""


@dataclass
class Table:
    """Cells of one region and period, reps × products.

    Attributes
    ----------
    exact : (rep, product) floats
        Cells in fractions that keep all limits.
    base : (rep, product) ints
        Least of each cell.
    allowed : (rep, product) bools
    effort : (product,) floats
    capacity : (rep,) floats
        In units of effort; inf where nothing limits it.
    most : (rep,) floats
        The most of each total.
    kind : (rep,) ints
        Reps of one kind differ by one unit at most.
    least, column_most : (product,) ints
        What is placed of each product, and the most that may be carried of it.
    """

    exact: Floats
    base: Ints
    allowed: Bools
    effort: Floats
    capacity: Floats
    most: Floats
    kind: Ints
    least: Ints
    column_most: Ints

    def columns(self) -> Ints:
        """Return how many units of each product there are to give, (product,)."""
        sums = self.exact.sum(axis=0)
        whole, _ = whole_part(sums + _DUST)
        low = np.minimum(self.least, whole)
        total = np.array([int(np.floor(sums.sum() + _DUST))])
        one = np.zeros(len(sums), dtype=np.int64)
        most = np.maximum(self.column_most, low)
        return largest_remainder(sums, one, np.maximum(total, low.sum()), low, most)


def give_units(table: Table, total: Ints, year_room: Floats) -> Ints:
    """Return whole cells; what finds no rep is left out, and all where it is too much.

    Parameters
    ----------
    table : Table
    total : (rep,) ints
        What each rep is to have, near the exact totals.
    year_room : (rep,) floats
        Units that each rep may have beyond `total`.

    Returns
    -------
    (rep, product) ints
    """
    beyond = np.maximum(table.exact.sum(axis=0) - table.column_most, 0.0).sum()
    if beyond > _MOST * table.exact.size:
        return table.base.copy()
    work = _Work(table, total, year_room)
    wanted = table.columns() - work.cells.sum(axis=0)
    work.take_back(wanted)
    if np.maximum(wanted, 0).sum() > _MOST * table.exact.size:
        return work.cells
    heaviest = np.argsort(-table.effort, kind="stable").tolist()
    for product in heaviest:
        wanted[product] -= work.fill(product, int(wanted[product]))
    for product in heaviest:
        while wanted[product] > 0 and work.fit_in(product):
            wanted[product] -= 1
    return work.cells


class _Work:
    """Cells being filled, and what is left of each rep's limits."""

    def __init__(self, table: Table, total: Ints, year_room: Floats) -> None:
        self.table = table
        whole, _ = whole_part(np.floor(table.exact + _DUST))
        self.cells = np.maximum(whole, table.base)
        self.slack = table.capacity - self.cells @ table.effort
        over = np.maximum(self.cells.sum(axis=1) - total, 0)
        for row in np.flatnonzero((over > 0) | (self.slack < 0)).tolist():
            self._lower(row, int(over[row]))
        self.need = total - self.cells.sum(axis=1)
        self.most = np.minimum(table.most, total + year_room)

    def take_back(self, wanted: Ints) -> None:
        """Take back what is beyond the columns; `wanted` is brought up to date."""
        for product in np.flatnonzero(wanted < 0).tolist():
            spare = self.cells[:, product] - self.table.base[:, product]
            for row in np.argsort(self.slack, kind="stable").tolist():
                part = min(int(spare[row]), -int(wanted[product]))
                if part > 0:
                    self._change(row, product, -part)
                    self.need[row] += part
                    wanted[product] += part

    def fill(self, product: int, units: int) -> int:
        """Give units to whoever needs one and has most capacity left for each needed.

        Returns how many found a rep.
        """
        able = np.flatnonzero((self.need > 0) & self._carries(product))
        effort, given = float(self.table.effort[product]), 0
        left = self.table.exact[:, product] - self.cells[:, product]
        waiting = [self._turn(row, float(left[row])) for row in able.tolist()]
        heapq.heapify(waiting)
        while waiting and given < units:
            _, less, row = heapq.heappop(waiting)
            self._change(row, product, 1)
            self.need[row] -= 1
            given += 1
            if self.need[row] > 0 and self.slack[row] >= effort:
                heapq.heappush(waiting, self._turn(row, -less - 1.0))
        return given

    def _turn(self, row: int, left: float) -> tuple[float, float, int]:
        """Return what a rep's turn is sorted by, the first turn being the least."""
        room = min(float(self.slack[row]), 2.0**53) / float(self.need[row])
        return -round(room, _DIGITS), -left, row

    def fit_in(self, product: int) -> bool:
        """Give a unit beyond what was meant, to whoever it fits or can be made to fit."""
        return self.add(product) or self.exchange(product) or self.gather(product)

    def add(self, product: int) -> bool:
        """Give a unit beyond what was meant to whoever it fits best."""
        able = np.flatnonzero(self._carries(product) & self._may_rise())
        if not len(able):
            return False
        self._change(int(able[np.argmin(self.slack[able])]), product, 1)
        return True

    def exchange(self, product: int) -> bool:
        """Give a unit to a rep who hands on another, for a third or for none.

        Rep i takes the unit and hands q to rep j, who hands r back, or nothing.
        """
        table, effort = self.table, self.table.effort
        if np.sort(self.slack)[-2:].sum() < effort[product]:
            return False
        rows = np.sort(np.argsort(-self.slack, kind="stable")[:_CANDIDATES])
        takers = np.flatnonzero(table.allowed[:, product])
        takers = takers[np.argsort(-self.slack[takers], kind="stable")[:_CANDIDATES]]
        back = np.append(effort, 0.0)
        moved = effort[:, None] - back[None, :]
        rise = self._may_rise()
        spare = self.cells > table.base
        given = np.column_stack([spare, np.ones(len(spare), dtype=bool)])
        sold = np.column_stack([table.allowed, np.ones(len(spare), dtype=bool)])
        for taker in takers.tolist():
            after = self.slack[taker] - effort[product] + moved
            fits = (after >= 0)[None] & (self.slack[rows][:, None, None] >= moved[None])
            fits &= (spare[taker][None, :] & table.allowed[rows])[:, :, None]
            fits &= (given[rows] & sold[taker][None, :])[:, None, :]
            fits[:, :, :-1] &= bool(rise[taker])
            fits[:, :, -1] &= rise[rows][:, None]
            fits[rows == taker] = False
            if fits.any():
                self._pass_on(taker, product, rows, fits)
                return True
        return False

    def _pass_on(self, taker: int, product: int, rows: Ints, fits: Bools) -> None:
        number, handed, returned = (int(k) for k in np.unravel_index(fits.argmax(), fits.shape))
        other = int(rows[number])
        self._change(taker, product, 1)
        self._change(taker, handed, -1)
        self._change(other, handed, 1)
        if returned < len(self.table.effort):
            self._change(other, returned, -1)
            self._change(taker, returned, 1)

    def gather(self, product: int) -> bool:
        """Give a unit to a rep for whom others make room by exchanges that leave totals alone."""
        table, effort = self.table, float(self.table.effort[product])
        if np.maximum(self.slack, 0.0).sum() < effort:
            return False
        able = np.flatnonzero(table.allowed[:, product] & self._may_rise())
        exchanges = read_exchanges(tuple(table.effort.tolist()))
        for taker in able[np.argsort(-self.slack[able], kind="stable")[:_GATHERERS]].tolist():
            cells = self.cells.copy()
            cells[taker, product] += 1
            slack = table.capacity - cells @ table.effort
            if make_room(exchanges, cells, table.base, table.allowed, slack, taker):
                self.cells, self.slack = cells, slack
                return True
        return False

    def _carries(self, product: int) -> Bools:
        fits = self.slack >= self.table.effort[product]
        return np.asarray(fits & self.table.allowed[:, product], dtype=bool)

    def _may_rise(self) -> Bools:
        """Return whose total may rise by a unit, equals staying equal."""
        total = self.cells.sum(axis=1)
        lowest = np.full(int(self.table.kind.max(initial=0)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(lowest, self.table.kind, total)
        return np.asarray((total < self.most) & (total <= lowest[self.table.kind]), dtype=bool)

    def _lower(self, row: int, amount: int) -> None:
        """Bring a total down by an amount and to its capacity, the heaviest products first."""
        effort = self.table.effort
        for product in np.argsort(-effort, kind="stable").tolist():
            spare = int(self.cells[row, product] - self.table.base[row, product])
            short = max(-float(self.slack[row]), 0.0)
            above = short / effort[product] if effort[product] > 0 else 0.0
            part = min(spare, max(amount, int(np.ceil(above))))
            if part > 0:
                self._change(row, product, -part)
                amount -= part

    def _change(self, row: int, product: int, amount: int) -> None:
        self.cells[row, product] += amount
        self.slack[row] = self.table.capacity[row] - self.cells[row] @ self.table.effort
