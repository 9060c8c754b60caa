"""The recipe of one measure: what changed, what may move, the least change, what to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.problem.instance import ALL, Bools, Floats, Instance
from optimizer.problem.whole import nearest_units
from optimizer.recalibrate.board import Board, lay_board
from optimizer.recalibrate.caps import Caps, let_out, read_caps
from optimizer.recalibrate.changed import Changed
from optimizer.recalibrate.least_change import least_change
from optimizer.recalibrate.moves import Move
from optimizer.recalibrate.problem import Market, period_instance, read_market, rep_reference
from optimizer.recalibrate.reach import find_reach
from optimizer.recalibrate.standing import Standing
from optimizer.recalibrate.tables import new_rollup, new_targets
from optimizer.recalibrate.told import CHANGES, EVERY, NOT_MOVED, changes_table, not_moved_table
from optimizer.recalibrate.weeks import new_weeks
from optimizer.results.run_folder import decimals_of

_WEIGHT = ("ability", "resource", "fte", "start")
_MOST_TIMES = 1000
"""A new total that is larger beside the old one is written in another unit."""


@dataclass(frozen=True)
class MeasureRecalibration:
    """One measure of a recalibrated run.

    Attributes
    ----------
    standing : Standing
    changed : Changed
    targets, rollup, changes, not_moved, weekly : DataFrame
        ``targets.csv``, ``rollup.csv``, ``changes.csv``, ``not_moved.csv``, ``pacing.csv``.
    before, goal, placed : float
        Total of the period before, as it was to be, and as it is.
    """

    standing: Standing
    changed: Changed
    targets: pd.DataFrame
    rollup: pd.DataFrame
    changes: pd.DataFrame
    not_moved: pd.DataFrame
    weekly: pd.DataFrame
    before: float
    goal: float
    placed: float

    @property
    def measure(self) -> str:
        """Name of the measure."""
        return self.changed.scenario.settings.measure

    @property
    def gap(self) -> float:
        """What of the period's total nothing backs."""
        return max(self.goal - self.placed, 0.0)

    @property
    def run_goal(self) -> float:
        """Goal of all periods.

        A new total takes the place of all that was asked of its period, a gap included.
        """
        record = self.standing.planned.record
        before = float(record.get("measures", {}).get(self.measure, record)["goal"])
        replaced = self.before
        if self.changed.goal is not None:
            replaced = total_of(self.standing.rollup, "ask", self.standing.period)
        digits = decimals_of(self.changed.scenario.settings.rounding)
        return round(before + self.goal - replaced, digits)

    @property
    def open_gap(self) -> float:
        """What of the goal of all periods nothing backs."""
        digits = decimals_of(self.changed.scenario.settings.rounding)
        return max(round(self.run_goal - self.total("target"), digits), 0.0)

    @property
    def exit_code(self) -> int:
        """0, or 3 where a gap is left or something was not moved."""
        return 3 if self.open_gap > 0 or len(self.not_moved) else 0

    def total(self, column: str) -> float:
        """Return a total of all periods, such as ``target`` or ``street``."""
        return total_of(self.rollup, column, EVERY)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        moved = self.not_moved.to_dict("records")
        return {
            "period": self.standing.period,
            "week": self.standing.week,
            "cap": self.changed.cap,
            "pace_only": not self.changed.is_moved,
            "before": self.before,
            "goal": self.goal,
            "placed": self.placed,
            "gap": self.gap,
            "targets_moved": int((self.changes["rep"] != "*").sum()),
            "not_moved": moved,
            "notes": list(self.changed.notes),
        }


def total_of(rollup: pd.DataFrame, column: str, period: str) -> float:
    """Return the company's total of a column of a roll-up in a period; ``*`` for all."""
    rows = (rollup["period"] == period) & (rollup[["region", "team", "product"]] == EVERY).all(
        axis=1
    )
    return float(rollup.loc[rows, column].iloc[0])


def recalibrate_measure(standing: Standing, changed: Changed) -> MeasureRecalibration:
    """Move the targets of one measure, as little as what changed asks for.

    Raises
    ------
    InputError
        Where an option is wrong, or nothing is planned in the period.
    ContradictionError
        Where no targets keep all limits.
    """
    return _moved(standing, changed) if changed.is_moved else _paced(standing, changed)


def _paced(standing: Standing, changed: Changed) -> MeasureRecalibration:
    planned = replace(standing.planned, scenario=changed.scenario)
    total = total_of(standing.rollup, "target", standing.period)
    return MeasureRecalibration(
        standing=standing,
        changed=changed,
        targets=standing.targets,
        rollup=standing.rollup,
        changes=pd.DataFrame(columns=list(CHANGES)),
        not_moved=pd.DataFrame(columns=list(NOT_MOVED)),
        weekly=new_weeks(standing, planned, standing.targets),
        before=total,
        goal=total,
        placed=total,
    )


def _moved(standing: Standing, changed: Changed) -> MeasureRecalibration:
    problem = state_problem(standing, changed)
    board, unit = problem.board, problem.board.unit
    moved = least_change(problem.instance, board)
    targets = new_targets(
        standing, changed.scenario, board, problem.instance, moved, problem.reference
    )
    planned = replace(standing.planned, scenario=changed.scenario)
    return MeasureRecalibration(
        standing=standing,
        changed=changed,
        targets=targets,
        rollup=new_rollup(standing, board, moved, targets, keeps_gap=changed.goal is None),
        changes=changes_table(standing, targets, board, moved, changed),
        not_moved=not_moved_table(
            board, problem.caps, problem.market, moved, problem.asked, problem.moves,
            changed.cap, problem.goal,
        ),
        weekly=new_weeks(standing, planned, targets),
        before=float(board.now.sum() * unit),
        goal=float(problem.goal * unit),
        placed=float(moved.placed.sum() * unit),
    )  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """What a recalibration solves; amounts are in units.

    Attributes
    ----------
    board : Board
    caps : Caps
        As far as the cap lets targets move.
    market : Market
    moves : list of (move, cells, amount asked)
    asked, goal : float
        The total that was asked for, and the one that caps allow.
    reference : (rep,) floats or None
    instance : Instance
    """

    board: Board
    caps: Caps
    market: Market
    moves: list[tuple[Move, Bools, float]]
    asked: float
    goal: float
    reference: Floats | None
    instance: Instance


def state_problem(standing: Standing, changed: Changed) -> Problem:
    """Return the problem of least change.

    Raises
    ------
    InputError
        Where the period has no targets.
    SolverError
        Where what was sold and locks cannot be kept at once.
    """
    board = lay_board(standing, changed)
    asked = _asked_total(board, changed.goal, standing.period)
    market = read_market(board)
    moves = _asked(board, changed.moves)
    slices = [(mask, amount) for _, mask, amount in moves]
    caps = let_out(board, read_caps(board, changed.cap), asked, slices)
    reference = _reference(board, changed)
    works = None if reference is None else reference > 0
    reach = find_reach(board, caps, market, asked, slices, works)
    locks = _locks(board, changed.moves, reach.moved)
    instance = period_instance(board, reach.caps, reach.market, reach.goal, reference, locks)
    return Problem(board, caps, market, moves, asked, reach.goal, reference, instance)


def _asked_total(board: Board, goal: float | None, period: str) -> float:
    """Return the total of the period that is asked for, in units."""
    now = float(board.now.sum())
    if now == 0:
        raise InputError(f"nothing is planned in {period}, so nothing can be moved")
    if goal is None:
        return now
    stands = f"the {now * board.unit:,.10g} that stand in {period}"
    if goal > _MOST_TIMES * now * board.unit:
        raise InputError(
            f"--goal {goal:.10g} is more than {_MOST_TIMES:,} times {stands}; write it in the "
            "unit of the plan"
        )
    asked = nearest_units(goal, board.unit) / board.unit
    if asked == 0:
        raise InputError(
            f"--goal {goal:.10g} is nothing in whole multiples of {board.unit:.10g}, beside "
            f"{stands}; write it in the unit of the plan"
        )
    return float(asked)


def _reference(board: Board, changed: Changed) -> Floats | None:
    people, reps = board.people, board.whole.reps
    if people is None or reps is None:
        return None
    own = [
        any(word.split(" ")[0] in _WEIGHT for word in changed.people.get(name, "").split(", "))
        for name in reps.names
    ]
    return rep_reference(board, people, np.array(own, dtype=bool))


def _asked(board: Board, moves: Sequence[Move]) -> list[tuple[Move, Bools, float]]:
    """Return cells and amount of each move, in whole units."""
    tree, products, unit = board.whole.tree, board.whole.products, board.unit
    now = board.now * unit
    return [
        (
            move,
            move.cells(tree, products),
            nearest_units(move.asked(tree, products, now), unit) / unit,
        )
        for move in moves
    ]


def _locks(board: Board, moves: Sequence[Move], amounts: Floats) -> list[tuple[int, int, float]]:
    """Return the slices to hold at what they can be moved to."""
    tree, products = board.whole.tree, board.whole.products
    return [
        (
            tree.names.index(move.region) if move.region else 0,
            products.index(move.product) if move.product else ALL,
            float(amount),
        )
        for move, amount in zip(moves, amounts, strict=True)
    ]
