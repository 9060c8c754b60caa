"""The joint model as sparse arrays, straight into HiGHS: the barest peer."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np

from benchmarks.peer_list import HIGHS
from benchmarks.peer_pieces import Pieces
from benchmarks.peer_world import PENALTY, Answer, Clock, Floats, Ints, World


def run(world: World, pieces: Pieces, algorithm: str, clock: Clock) -> Answer:
    """Plan with HiGHS.

    Raises
    ------
    RuntimeError
        Where HiGHS ends without an optimum.
    """
    with clock("build"):
        columns = Columns.of(world, pieces)
        program = build(world, pieces, columns)
    with clock("hand over"):
        highs = highspy.Highs()
        options = {**HIGHS[algorithm], "threads": 1, "output_flag": False}
        for option, value in options.items():
            highs.setOptionValue(option, value)
        highs.passModel(program)
    with clock("solve"):
        highs.run()
    with clock("read back"):
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ended {highs.modelStatusToString(status)}")
        values = np.array(highs.getSolution().col_value)
        return Answer(values[columns.ask], values[columns.cells])


@dataclass(frozen=True)
class Columns:
    """Positions of the columns, each block in the shape of what it stands for."""

    ask: Ints
    placed: Ints
    total: Ints
    cells: Ints
    cell_pieces: Ints
    total_pieces: Ints
    count: int

    @classmethod
    def of(cls, world: World, pieces: Pieces) -> Columns:
        """Return the numbered columns of a world."""
        shape, people = world.reference.shape, world.rep_reference.shape
        number = pieces.cell_costs.shape[-1]
        shapes = (shape, shape, people, (*people, shape[2]), (*shape, number), (*people, number))
        ends = np.cumsum([0, *(int(np.prod(one)) for one in shapes)])
        blocks = [
            np.arange(first, end).reshape(one)
            for first, end, one in zip(ends, ends[1:], shapes, strict=False)
        ]
        return cls(*blocks, count=int(ends[-1]))


@dataclass
class Rows:
    """Rows as they are collected: limits, and entries by row and column."""

    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    count: int = 0

    def add(
        self, low: Floats | float, high: Floats | float, *entries: tuple[Ints, Ints, Floats | float]
    ) -> None:
        """Add rows, numbered from 0 in `entries`: (row, column, coefficient), broadcast."""
        number = 1 + max(int(row.max()) for row, _, _ in entries)
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), number))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), number))
        for row, column, value in entries:
            parts = np.broadcast_arrays(row + self.count, column, value)
            self.entries.append((parts[0].ravel(), parts[1].ravel(), parts[2].ravel()))
        self.count += number


def build(world: World, pieces: Pieces, columns: Columns) -> highspy.HighsLp:
    """Return the joint model as a program of HiGHS."""
    rows = Rows()
    add_ask(rows, world, columns)
    add_people(rows, world, columns)
    add_pieces(rows, pieces, columns)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns.count, rows.count
    low, high = np.zeros(columns.count), np.full(columns.count, np.inf)
    high[columns.placed] = world.potential
    low[columns.total], high[columns.total] = world.low, world.high
    high[columns.cell_pieces] = np.diff(pieces.cell_breaks)
    high[columns.total_pieces] = np.diff(pieces.total_breaks)
    cost = np.zeros(columns.count)
    cost[columns.ask], cost[columns.placed] = PENALTY, -PENALTY
    cost[columns.cell_pieces] = pieces.cell_costs
    cost[columns.total_pieces] = pieces.total_costs
    program.col_lower_, program.col_upper_, program.col_cost_ = low, high, cost
    program.row_lower_, program.row_upper_ = np.concatenate(rows.low), np.concatenate(rows.high)
    row, column, value = (np.concatenate(parts) for parts in zip(*rows.entries, strict=True))
    order = np.argsort(row, kind="stable")
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(row[order], np.arange(rows.count + 1))
    program.a_matrix_.index_ = column[order]
    program.a_matrix_.value_ = value[order]
    return program


def add_ask(rows: Rows, world: World, columns: Columns) -> None:
    """Add the rules on the ask: goal and shares."""
    leaf, period, product = np.indices(world.reference.shape)
    ask, goal = columns.ask, world.goal
    rows.add(goal, goal, (np.zeros_like(ask), ask, 1.0))
    for band, part in (
        (world.period_band, period),
        (world.product_band, product),
        (world.area_band, world.area[leaf]),
    ):
        rows.add(band[:, 0] * goal, band[:, 1] * goal, (part, ask, 1.0))
    part, other = np.nonzero(world.area[:, None] == world.area)
    for side, low, high in ((0, 0.0, np.inf), (1, -np.inf, 0.0)):
        share = (part == other) - world.leaf_band[part, side]
        rows.add(low, high, (part[:, None, None], ask[other], share[:, None, None]))


def add_people(rows: Rows, world: World, columns: Columns) -> None:
    """Add backing, coverage and the totals of reps."""
    cell = np.arange(columns.ask.size).reshape(columns.ask.shape)
    total = np.arange(columns.total.size).reshape(columns.total.shape)
    rows.add(-np.inf, 0.0, (cell, columns.placed, 1.0), (cell, columns.ask, -1.0))
    rows.add(0.0, 0.0, (cell[world.leaf], columns.cells, 1.0), (cell, columns.placed, -1.0))
    rows.add(0.0, 0.0, (total[..., None], columns.cells, 1.0), (total, columns.total, -1.0))


def add_pieces(rows: Rows, pieces: Pieces, columns: Columns) -> None:
    """Let each placed cell and each total be the sum of its pieces."""
    for value, parts, breaks in (
        (columns.placed, columns.cell_pieces, pieces.cell_breaks),
        (columns.total, columns.total_pieces, pieces.total_breaks),
    ):
        row = np.arange(value.size).reshape(value.shape)
        first = -breaks[..., 0].ravel()
        rows.add(first, first, (row[..., None], parts, 1.0), (row, value, -1.0))
