"""The ask that is closest to the reference, once it is known what is placed."""

from __future__ import annotations

import numpy as np
from highspy import HighsLp

from optimizer.errors import SolverError
from optimizer.model.filled import nearest_ask
from optimizer.model.pieces import PIECES, Pieces, bounds_of
from optimizer.model.rules import Rules, cube_of
from optimizer.problem.instance import Floats, Instance
from optimizer.solve.program import ProgramBuilder, Solver

_ROUNDS = 25
_EXACT = 1e-9

_MANY = 400
"""Open cells beyond which prices are tried before a program, which takes many rounds there."""


def closest_ask(instance: Instance, rules: Rules, placed: Floats, placed_most: float) -> Floats:
    """Return D: least Σ (D − D0)² / D0 subject to D ≥ Y, the goal and the share bands.

    Where all that is asked is placed, the ask is what is placed.

    Parameters
    ----------
    placed : (leaf, period, product) floats

    Returns
    -------
    (leaf, period, product) floats
    """
    if placed_most >= instance.ask_total * (1.0 - _EXACT) - _EXACT * instance.unit:
        return placed.copy()
    if len(rules.open_cell) > _MANY:
        found = nearest_ask(instance, rules, placed.ravel()[rules.open_cell])
        if found is not None:
            return cube_of(instance, rules, found)
    return _by_program(instance, rules, placed)


def _by_program(instance: Instance, rules: Rules, placed: Floats) -> Floats:
    scale = instance.ask_total / len(rules.open_cell)
    reference = rules.reference / scale
    least = placed.ravel()[rules.open_cell] / scale
    low = np.maximum(least - _EXACT, 0.0)
    pieces = Pieces.of(
        low,
        np.full(len(low), len(rules.open_cell) + 1.0),
        reference,
        lambda variables, values: 2.0 * (values / reference[variables] - 1.0),
    )
    solver = Solver(_program(instance, rules, pieces))
    asked = reference
    for round_number in range(_ROUNDS):
        breakpoints = pieces.breakpoints() if round_number else pieces.first_breakpoints()
        bounds = bounds_of(breakpoints)
        columns = pieces.columns.ravel()
        solver.set_bounds(columns, bounds[0].ravel(), bounds[1].ravel())
        solver.set_costs(columns, pieces.costs(breakpoints).ravel())
        found = solver.solve()
        if not found.feasible:
            raise SolverError("HiGHS found no ask for a plan that it had found.")
        asked = found.values[pieces.columns].sum(axis=1)
        pieces.follow(asked)
        if float((pieces.width / reference).max()) < 1e-7:
            break
    return cube_of(instance, rules, np.maximum(asked, least) * scale)


def _program(instance: Instance, rules: Rules, pieces: Pieces) -> HighsLp:
    builder = ProgramBuilder()
    low, high = bounds_of(pieces.first_breakpoints())
    columns = builder.add_columns(low.ravel(), high.ravel(), np.zeros(low.size))
    pieces.columns = columns.reshape(-1, PIECES)
    bands = instance.bands
    total = np.array([float(len(rules.open_cell))])
    goal = builder.add_rows(total, total)
    builder.add_entries(np.repeat(goal, len(columns)), columns, 1.0)
    limited = np.isfinite(bands.high)
    least = builder.add_rows(np.zeros(len(bands.low)), np.full(len(bands.low), np.inf))
    most = builder.add_rows(np.where(limited, 0.0, -np.inf), np.full(len(bands.low), np.inf))
    high_share = np.where(limited, bands.high, 0.0)
    one = np.ones(len(bands.low))
    for entries, rows, factor in (
        (rules.band_part, least, one),
        (rules.band_whole, least, -bands.low),
        (rules.band_part, most, -one),
        (rules.band_whole, most, high_share),
    ):
        spread = pieces.columns[entries.cell]
        builder.add_entries(
            np.repeat(rows[entries.row], PIECES),
            spread.ravel(),
            np.repeat(factor[entries.row], PIECES),
        )
    return builder.build()
