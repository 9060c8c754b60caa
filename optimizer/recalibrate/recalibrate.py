"""The recipe of a recalibration: what changed, what may move, the least change, what to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.pacing.actuals import parse_week
from optimizer.problem.instance import ALL, Bools, Floats, Instance
from optimizer.problem.whole import nearest_units
from optimizer.recalibrate.board import Board, lay_board
from optimizer.recalibrate.caps import Caps, let_out, read_caps
from optimizer.recalibrate.changed import Changed, Options, read_changed
from optimizer.recalibrate.least_change import least_change
from optimizer.recalibrate.moves import Move
from optimizer.recalibrate.problem import Market, period_instance, read_market, rep_reference
from optimizer.recalibrate.reach import find_reach
from optimizer.recalibrate.standing import Standing, read_run, read_standing
from optimizer.recalibrate.tables import new_rollup, new_targets
from optimizer.recalibrate.told import CHANGES, NOT_MOVED, changes_table, not_moved_table
from optimizer.recalibrate.weeks import new_weeks

_WEIGHT = ("ability", "resource", "fte", "start")


@dataclass(frozen=True)
class Recalibration:
    """A recalibrated run.

    Attributes
    ----------
    standing : Standing
    changed : Changed
    targets, rollup, changes, not_moved, weekly : DataFrame
        ``targets.csv``, ``rollup.csv``, ``changes.csv``, ``not_moved.csv``, ``pacing.csv``.
    before, goal, placed : float
        Total of the period before, as it was to be, and as it is.
    pace_only : bool
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
    pace_only: bool

    @property
    def gap(self) -> float:
        """What of the period's total nothing backs."""
        return max(self.goal - self.placed, 0.0)

    @property
    def exit_code(self) -> int:
        """0, or 3 where a gap is left or something was not moved."""
        return 3 if self.gap > 0 or len(self.not_moved) else 0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        moved = self.not_moved.to_dict("records")
        return {
            "period": self.standing.period,
            "week": self.standing.week,
            "cap": self.changed.cap,
            "pace_only": self.pace_only,
            "before": self.before,
            "goal": self.goal,
            "placed": self.placed,
            "gap": self.gap,
            "targets_moved": int((self.changes["rep"] != "*").sum()),
            "not_moved": moved,
            "notes": list(self.changed.notes),
        }


def recalibrate(
    run: Path | str, actuals: Path | str, as_of: str, options: Options | None = None
) -> Recalibration:
    """Move the targets of a period that has begun, as little as what changed asks for.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or of ``recalibrate``; it stays as it is.
    actuals : path
        Table of period, week, rep, amount (and product) up to `as_of`.
    as_of : str
        Week that is over, such as ``2024Q1W06``.
    options : Options, optional
        What has changed.

    Raises
    ------
    InputError
        Where the run, a table or an option is wrong.
    ContradictionError
        Where no targets keep all limits.
    """
    options = options or Options()
    planned = read_run(Path(run))
    period, _ = parse_week(as_of, planned.scenario.settings.periods)
    changed = read_changed(planned.scenario, Path(run), period, options)
    people = changed.scenario.table("people") if options.people is not None else None
    standing = read_standing(planned, Path(actuals), as_of, people)
    if options.pace_only:
        return _paced(standing, changed)
    return _moved(standing, changed)


def _paced(standing: Standing, changed: Changed) -> Recalibration:
    planned = replace(standing.planned, scenario=changed.scenario)
    total = float(
        standing.rollup.loc[
            (standing.rollup["period"] == standing.period)
            & (standing.rollup["region"] == "*")
            & (standing.rollup["product"] == "*")
            & (standing.rollup["team"] == "*"),
            "target",
        ].iloc[0]
    )
    return Recalibration(
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
        pace_only=True,
    )


def _moved(standing: Standing, changed: Changed) -> Recalibration:
    problem = state_problem(standing, changed)
    board, unit = problem.board, problem.board.unit
    moved = least_change(problem.instance, board)
    targets = new_targets(
        standing, changed.scenario, board, problem.instance, moved, problem.reference
    )
    planned = replace(standing.planned, scenario=changed.scenario)
    return Recalibration(
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
        pace_only=False,
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
    unit = board.unit
    asked = float(board.now.sum())
    if changed.goal is not None:
        asked = nearest_units(changed.goal, unit) / unit
    if board.now.sum() == 0 or asked <= 0:
        raise InputError(f"nothing is planned in {standing.period}, so nothing can be moved")
    market = read_market(board)
    moves = _asked(board, changed.moves)
    slices = [(mask, amount) for _, mask, amount in moves]
    caps = let_out(board, read_caps(board, changed.cap), asked, slices)
    reference = _reference(board, changed)
    works = None if reference is None else reference > 0
    reach = find_reach(board, caps, market, asked, slices, works)
    locks = _locks(board, changed.moves, reach.moved)
    instance = period_instance(board, reach.caps, market, reach.goal, reference, locks)
    return Problem(board, caps, market, moves, asked, reach.goal, reference, instance)


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
