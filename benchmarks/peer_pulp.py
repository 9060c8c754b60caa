"""The joint model in PuLP, with the CBC that it brings, or with HiGHS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product as pairs
from typing import Any

import numpy as np
import pulp

from benchmarks.peer_list import HIGHS
from benchmarks.peer_pieces import Pieces
from benchmarks.peer_world import PENALTY, Answer, Clock, World


def run(world: World, pieces: Pieces, solver: str, clock: Clock) -> Answer:
    """Plan with PuLP.

    Raises
    ------
    RuntimeError
        Where the solver ends without an optimum.
    """
    with clock("build"):
        problem, ask, cells = build(world, pieces)
    if solver == "cbc":
        solve_with_cbc(problem, clock)
    else:
        solve_with_highs(problem, solver, clock)
    # PuLP calls a plan optimal after a time limit, too: only sol_status tells
    if problem.sol_status != pulp.LpSolutionOptimal:
        raise RuntimeError(f"the solver ended {pulp.LpSolution[problem.sol_status]}")
    with clock("read back"):
        return Answer(values_of(ask, world.reference.shape), values_of(cells, _cells(world)))


def _cells(world: World) -> tuple[int, int, int]:
    return (*world.rep_reference.shape, world.reference.shape[2])


def values_of(variables: dict[tuple[int, ...], Any], shape: tuple[int, ...]) -> Any:
    """Return the values of variables whose keys are in the order of `shape`."""
    return np.array([one.varValue for one in variables.values()]).reshape(shape)


def solve_with_cbc(problem: Any, clock: Clock) -> None:
    """Solve by PuLP's CBC: a file is written, a program started, a file read back."""
    solver = pulp.COIN_CMD(path=pulp.PULP_CBC_CMD.pulp_cbc_path, msg=False)
    problem.writeMPS = timed(problem.writeMPS, "hand over", clock)
    solver.readsol_MPS = timed(solver.readsol_MPS, "read back", clock)
    _solve(problem, solver, clock)


def solve_with_highs(problem: Any, algorithm: str, clock: Clock) -> None:
    """Solve by HiGHS in the same process."""
    solver = pulp.HiGHS(msg=False, threads=1, **HIGHS[algorithm])
    solver.buildSolverModel = timed(solver.buildSolverModel, "hand over", clock)
    solver.findSolutionValues = timed(solver.findSolutionValues, "read back", clock)
    _solve(problem, solver, clock)


def timed(work: Callable[..., Any], stage: str, clock: Clock) -> Callable[..., Any]:
    """Return the same work, its time counted as a stage of its own and not as `solve`."""

    def measured(*arguments: Any, **options: Any) -> Any:
        before = clock.seconds.get(stage, 0.0)
        with clock(stage):
            result = work(*arguments, **options)
        clock.seconds["solve"] = clock.seconds.get("solve", 0.0) - clock.seconds[stage] + before
        return result

    return measured


def _solve(problem: Any, solver: Any, clock: Clock) -> None:
    with clock("solve"):
        problem.solve(solver)


Variables = dict[tuple[int, ...], Any]


def build(world: World, pieces: Pieces) -> tuple[Any, Variables, Variables]:
    """Return the joint model, the ask and the reps' cells."""
    problem = pulp.LpProblem("joint", pulp.LpMinimize)
    cells = list(np.ndindex(world.reference.shape))
    people = list(np.ndindex(world.rep_reference.shape))
    products = range(world.reference.shape[2])
    ask = {cell: _add(problem, "ask", cell, 0.0, None) for cell in cells}
    placed = {cell: _add(problem, "placed", cell, 0.0, world.potential[cell]) for cell in cells}
    low, high = world.low.tolist(), world.high.tolist()
    total = {(i, q): _add(problem, "total", (i, q), low[i][q], high[i][q]) for i, q in people}
    sold = {
        (rep, period, product): _add(problem, "sold", (rep, period, product), 0.0, None)
        for (rep, period), product in pairs(people, products)
    }
    terms = [
        *add_pieces(problem, "cell_piece", placed, pieces.cell_breaks, pieces.cell_costs),
        *add_pieces(problem, "total_piece", total, pieces.total_breaks, pieces.total_costs),
    ]
    gap = pulp.lpSum(ask.values()) - pulp.lpSum(placed.values())
    problem.setObjective(PENALTY * gap + pulp.lpSum(terms))
    add_shares(problem, world, ask)
    team = [np.flatnonzero(world.leaf == leaf).tolist() for leaf in range(len(world.reference))]
    for cell in cells:
        leaf, period, product = cell
        problem += placed[cell] <= ask[cell]
        carried = pulp.lpSum(sold[rep, period, product] for rep in team[leaf])
        problem += carried == placed[cell]
    for rep, period in people:
        one = pulp.lpSum(sold[rep, period, product] for product in products)
        problem += one == total[rep, period]
    return problem, ask, sold


def _add(problem: Any, name: str, key: tuple[int, ...], low: float, high: float | None) -> Any:
    label = "_".join(map(str, (name, *key)))
    return problem.add_variable(label, float(low), None if high is None else float(high))


def add_pieces(
    problem: Any, name: str, variables: Variables, breaks: Any, costs: Any
) -> Iterator[Any]:
    """Cut variables into pieces; yield what they cost."""
    for key, variable in variables.items():
        edges = breaks[key].tolist()
        widths = np.diff(breaks[key]).tolist()
        parts = [
            _add(problem, name, (*key, piece), 0.0, width) for piece, width in enumerate(widths)
        ]
        problem += variable == edges[0] + pulp.lpSum(parts)
        yield from (cost * part for cost, part in zip(costs[key].tolist(), parts, strict=True))


def add_shares(problem: Any, world: World, ask: Variables) -> None:
    """Ask for the goal, within the bands of periods, products, areas and leaves."""
    problem += pulp.lpSum(ask.values()) == world.goal
    bands = (world.leaf_band, world.period_band, world.product_band)
    held: list[list[list[Any]]] = [[[] for _ in band] for band in bands]
    for key, variable in ask.items():
        for axis, label in enumerate(key):
            held[axis][label].append(variable)
    of_area: list[list[Any]] = [[] for _ in world.area_band]
    for leaf, area in enumerate(world.area.tolist()):
        of_area[area] += held[0][leaf]
    for band, parts in ((bands[1], held[1]), (bands[2], held[2]), (world.area_band, of_area)):
        for (low, high), part in zip(band.tolist(), parts, strict=True):
            problem += pulp.lpSum(part) >= low * world.goal
            problem += pulp.lpSum(part) <= high * world.goal
    for leaf, area in enumerate(world.area.tolist()):
        low, high = world.leaf_band[leaf].tolist()
        problem += pulp.lpSum(held[0][leaf]) - low * pulp.lpSum(of_area[area]) >= 0
        problem += pulp.lpSum(held[0][leaf]) - high * pulp.lpSum(of_area[area]) <= 0
