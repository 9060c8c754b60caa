"""Whole numbers nearest to exact ones, with totals near theirs and hard rows kept.

Every item and every total is its exact value rounded down, plus at most one unit at a cost
that is lowest where the remainder is largest. Steps beyond that are possible but dear, for
the places where a hard row leaves no other way. Where the totals form at most two chains of
nested sets the program is a network, and its solution is whole by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from optimizer.model.members import Entries
from optimizer.problem.instance import Bools, Floats, Ints
from optimizer.results.remainder import whole_part
from optimizer.solve.program import WHOLE, ProgramBuilder, Solution, Solver

LESS_THAN_ONE = 1.0 - 1e-6
_BEYOND = 8.0
"""Cost of a step beyond one unit from the exact value."""

_MISS = 20.0
"""Cost of a unit between the inner and the outer limits of a share band."""

_FAR = 1000
"""Steps away from the exact value that are tried, besides two for each item, or twice what
limits move the exact values where that is more."""

_TIE = 1e-3
"""Remainders this close count as equal: the unit goes to what stands first."""

_WORTH = 10_000.0
"""Worth of a unit placed; a search may lose less than one, never more."""


@dataclass
class Nearest:
    """A rounding problem over items.

    Parameters
    ----------
    exact : (item,) floats
        In units.
    low, high : (item,) floats
        Whole limits of each item; `high` may be inf.
    worth : (item,) bools
        Whether another unit is worth more than any closeness (it is, for what is placed).
    """

    exact: Floats
    low: Floats
    high: Floats
    worth: Bools
    builder: ProgramBuilder = field(default_factory=ProgramBuilder)

    def __post_init__(self) -> None:
        self._beside: list[Ints] = []
        low = self.low.astype(np.int64)
        base, _ = whole_part(self.exact)
        self.base = np.minimum(np.maximum(base, low), self.high).astype(np.int64)
        gain = np.where(self.worth, _WORTH, 0.0)
        left = np.clip(self.exact - self.base, 0.0, 1.0)
        self._room = (self.base - low).astype(float), self.high - self.base
        self._moved = float(np.abs(self.exact - self.base).sum())
        self._steps = self._step_columns(left, 1.0, gain, *self._room)

    def keep_near(self, entries: Entries, exact: Floats, weight: float) -> None:
        """Keep totals near their exact values; `exact` is (total,)."""
        base, left = whole_part(exact)
        free = np.full(len(base), np.inf)
        steps = self._step_columns(left, weight, np.zeros(len(base)), free, free)
        rows = self.add_rows(base.astype(float), base.astype(float))
        self.put(rows, entries, 1.0)
        for columns, sign in zip(steps, (-1.0, -1.0, 1.0), strict=True):
            self.builder.add_entries(rows, columns, sign)

    def keep(self, entries: Entries, low: Floats, high: Floats) -> None:
        """Keep hard rows: low ≤ sum of the entries' items ≤ high."""
        sums = entries.sums(self.base.astype(float), len(low))
        self._moved += float((np.maximum(low - sums, 0.0) + np.maximum(sums - high, 0.0)).sum())
        self.put(self.add_rows(low, high), entries, 1.0)

    def keep_within(
        self, entries: Entries, inner: tuple[Floats, Floats], outer: tuple[Floats, Floats]
    ) -> None:
        """Keep sums within the inner limits where possible, within the outer ones always."""
        rows = self.add_rows(*inner)
        self.put(rows, entries, 1.0)
        for sign, give in ((1.0, inner[0] - outer[0]), (-1.0, outer[1] - inner[1])):
            columns = self.builder.add_columns(np.zeros(len(give)), give, np.full(len(give), _MISS))
            self.builder.add_entries(rows, columns, sign)

    def keep_share(
        self, part: Entries, whole: Entries, factor: Floats, sign: float, strict: Bools
    ) -> None:
        """Keep sign · (Σ part − factor · Σ whole) ≥ 0, missed by less than one unit at most.

        A miss is dear for `strict` rows only: a band without room is missed by every whole
        number, and how it is missed is left to closeness.
        """
        rows = len(strict)
        positions = self.add_rows(np.zeros(rows), np.full(rows, np.inf))
        miss = self.builder.add_columns(
            np.zeros(rows), np.full(rows, LESS_THAN_ONE), np.where(strict, _MISS, 0.0)
        )
        self.builder.add_entries(positions, miss, 1.0)
        self.put(positions, part, sign)
        self.put(positions, whole, -sign * factor[whole.row])

    def add_rows(self, low: Floats, high: Floats) -> Ints:
        """Add rows for `put`."""
        return self.builder.add_rows(np.asarray(low, dtype=float), np.asarray(high, dtype=float))

    def put(self, rows: Ints, entries: Entries, factor: Floats | float) -> None:
        """Add factor × item to rows; the part already given goes to the other side."""
        values = np.broadcast_to(np.asarray(factor, dtype=float), entries.row.shape)
        for columns, signed in zip(self._steps, (values, values, -values), strict=True):
            self.builder.add_entries(rows[entries.row], columns[entries.cell], signed)
        self.builder.shift_rows(rows[entries.row], values * self.base[entries.cell])

    def add_whole(self, low: Floats) -> Ints:
        """Add whole numbers beside the items, at least `low`; returns their columns."""
        columns = self.builder.add_columns(low, np.full(len(low), np.inf), np.zeros(len(low)))
        self._beside.append(columns)
        return columns

    def solve(self, *, gap: float = 1e-6, most_nodes: int = 2000, may_lose: int = 0) -> Ints | None:
        """Return the whole numbers, or None where the hard rows leave none.

        Where the rows form a network the corner that the simplex method ends in is whole by
        itself; only where it is not, whole numbers are searched for, until they cost at most
        `gap` more than the best, or `most_nodes` parts of the search are done. Where a few
        units may be lost against fractions (`may_lose`), what is whole in the corner is kept.
        """
        whole = np.concatenate([*self._steps, *self._beside])
        solver = Solver(self.builder.build())
        self._bound_steps(solver)
        found = solver.solve()
        if found.feasible and not _is_whole(found.values[whole]):
            loss = _WORTH * max(may_lose, 1)
            found = solver.solve_whole(
                whole, fair_loss=loss, gap=gap, most_nodes=most_nodes, near=may_lose > 0
            )
        return self._read(found) if found.feasible else None

    def relaxed(self) -> Floats | None:
        """Return the items of the best plan in fractions, or None where hard rows leave none."""
        found = Solver(self.builder.build()).solve()
        if not found.feasible:
            return None
        up, more, less = (found.values[columns] for columns in self._steps)
        return np.asarray(self.base + up + more - less)

    def _bound_steps(self, solver: Solver) -> None:
        """Let items move as far as limits may ask for, and no further: searches need an end."""
        far = max(float(_FAR), 2.0 * self._moved) + 2.0 * len(self.exact)
        down, up = (np.minimum(room, far) for room in self._room)
        _, more, less = self._steps
        none = np.zeros(len(self.exact))
        solver.set_bounds(more, none, np.maximum(up - 1.0, 0.0))
        solver.set_bounds(less, none, down)

    def _read(self, found: Solution) -> Ints:
        up, more, less = (found.values[columns] for columns in self._steps)
        return np.asarray(self.base + np.rint(up + more - less), dtype=np.int64)

    def _step_columns(
        self, left: Floats, weight: float, gain: Floats, down: Floats, up: Floats
    ) -> tuple[Ints, Ints, Ints]:
        count = len(left)
        left = np.round(left / _TIE) * _TIE
        tie = _TIE * np.arange(count) / count
        zeros = np.zeros(count)
        add = self.builder.add_columns
        one = add(zeros, np.minimum(up, 1.0), weight * (1.0 - 2.0 * left + tie) - gain)
        more = add(zeros, np.maximum(up - 1.0, 0.0), weight * _BEYOND - gain)
        less = add(zeros, down, weight * _BEYOND + gain)
        return one, more, less


def _is_whole(values: Floats) -> bool:
    return bool(np.abs(values - np.rint(values)).max(initial=0.0) < WHOLE)
