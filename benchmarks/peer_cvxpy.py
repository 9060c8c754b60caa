"""The joint model in cvxpy: as the linear program of all peers, or with F squared as it is."""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
from scipy import sparse

from benchmarks.peer_list import HIGHS
from benchmarks.peer_pieces import Pieces
from benchmarks.peer_world import PENALTY, Answer, Clock, Floats, Ints, World


def run(world: World, pieces: Pieces | None, algorithm: str, clock: Clock) -> Answer:
    """Plan with cvxpy: HiGHS solves the linear program, Clarabel the squared one.

    Raises
    ------
    RuntimeError
        Where the solver ends without an optimum.
    """
    with clock("build"):
        problem, ask, cells = build(world, pieces)
    name, options = "CLARABEL", {}
    if pieces is not None:
        name, options = "HIGHS", {**HIGHS[algorithm], "threads": 1}
    with clock("hand over"):
        data, chain, inverse = problem.get_problem_data(name, solver_opts=options)
    with clock("solve"):
        solution = chain.solve_via_data(problem, data, solver_opts=options)
    with clock("read back"):
        problem.unpack_results(solution, chain, inverse)
        if problem.status != cp.OPTIMAL:
            raise RuntimeError(f"{name} ended {problem.status}")
        shape = (*world.rep_reference.shape, world.reference.shape[2])
        return Answer(ask.value.reshape(world.reference.shape), cells.value.reshape(shape))


def build(world: World, pieces: Pieces | None) -> tuple[cp.Problem, cp.Variable, cp.Variable]:
    """Return the joint model, the ask (leaf, period × product) and the reps' cells likewise.

    Without pieces, F is squared as it is.
    """
    leaves, periods, products = world.reference.shape
    wide = (leaves, periods * products)
    ask = cp.Variable(wide, nonneg=True)
    placed = cp.Variable(wide, bounds=[np.zeros(wide), world.potential.reshape(wide)])
    total = cp.Variable(world.low.shape, bounds=[world.low, world.high])
    cells = cp.Variable((len(world.leaf), wide[1]), nonneg=True)
    period = np.repeat(np.arange(periods), products)
    rules = [
        *share_rules(world, ask, period),
        placed <= ask,
        _sums(world.leaf, leaves) @ cells == placed,
        cells @ _sums(period, periods).T == total,
    ]
    wide_reference = world.reference.reshape(wide)
    if pieces is None:
        costs = squares(placed, wide_reference) + squares(total, world.rep_reference)
    else:
        costs = piece_costs(rules, placed, pieces.cell_breaks, pieces.cell_costs)
        costs += piece_costs(rules, total, pieces.total_breaks, pieces.total_costs)
    gap = cp.sum(ask) - cp.sum(placed)
    return cp.Problem(cp.Minimize(PENALTY * gap + costs), rules), ask, cells


def _sums(label: Ints, labels: int) -> Any:
    """Return the matrix that adds up the rows of each label."""
    ones = np.ones(len(label))
    return sparse.csr_array((ones, (label, np.arange(len(label)))), shape=(labels, len(label)))


def share_rules(world: World, ask: cp.Variable, period: Ints) -> list[Any]:
    """Ask for the goal, within the bands of periods, products, areas and leaves."""
    _, periods, products = world.reference.shape
    product = np.tile(np.arange(products), periods)
    of_leaf, of_column = cp.sum(ask, axis=1), cp.sum(ask, axis=0)
    of_area = _sums(world.area, len(world.area_band)) @ of_leaf
    above = _sums(world.area, len(world.area_band)).T @ of_area
    rules = [cp.sum(ask) == world.goal]
    for part, band in (
        (_sums(period, periods) @ of_column, world.period_band),
        (_sums(product, products) @ of_column, world.product_band),
        (of_area, world.area_band),
    ):
        rules += [part >= band[:, 0] * world.goal, part <= band[:, 1] * world.goal]
    rules.append(of_leaf >= cp.multiply(world.leaf_band[:, 0], above))
    rules.append(of_leaf <= cp.multiply(world.leaf_band[:, 1], above))
    return rules


def squares(variable: cp.Variable, reference: Floats) -> Any:
    """Return a part of F as it is."""
    return cp.sum_squares(cp.multiply(1.0 / np.sqrt(reference), variable - reference))


def piece_costs(rules: list[Any], variable: cp.Variable, breaks: Floats, slopes: Floats) -> Any:
    """Cut a variable into pieces; return what they cost."""
    width = (breaks[..., 1:] - breaks[..., :-1]).reshape(-1, slopes.shape[-1])
    part = cp.Variable(width.shape, bounds=[np.zeros(width.shape), width])
    start = breaks[..., 0].reshape(variable.shape)
    rules.append(variable == start + cp.reshape(cp.sum(part, axis=1), variable.shape, order="C"))
    return cp.sum(cp.multiply(slopes.reshape(width.shape), part))
