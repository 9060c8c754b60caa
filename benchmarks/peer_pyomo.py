"""The joint model in Pyomo, handed to HiGHS in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.solver.common.results import SolutionStatus
from pyomo.contrib.solver.solvers.highs import Highs

from benchmarks.peer_list import HIGHS
from benchmarks.peer_pieces import Pieces
from benchmarks.peer_world import PENALTY, Answer, Clock, Floats, World


def run(world: World, pieces: Pieces, algorithm: str, clock: Clock) -> Answer:
    """Plan with Pyomo and HiGHS.

    Raises
    ------
    RuntimeError
        Where HiGHS ends without an optimum.
    """
    with clock("build"):
        model = build(world, pieces)
    handed = Highs()
    with clock("hand over"):
        handed.set_instance(model)
    with clock("solve"):
        result = handed.solve(
            model,
            load_solutions=False,
            raise_exception_on_nonoptimal_result=False,
            threads=1,
            solver_options=HIGHS[algorithm],
        )
    if result.solution_status is not SolutionStatus.optimal:
        raise RuntimeError(f"HiGHS ended {result.termination_condition}")
    with clock("read back"):
        result.solution_loader.load_vars()
        shape = (*world.rep_reference.shape, world.reference.shape[2])
        return Answer(_values(model.ask, world.reference.shape), _values(model.sold, shape))


def _values(variable: Any, shape: tuple[int, ...]) -> Floats:
    return np.array([one.value for one in variable.values()]).reshape(shape)


def build(world: World, pieces: Pieces) -> Any:
    """Return the joint model."""
    model = pyo.ConcreteModel()
    leaves, periods, products = world.reference.shape
    model.leaf, model.period = pyo.RangeSet(0, leaves - 1), pyo.RangeSet(0, periods - 1)
    model.product = pyo.RangeSet(0, products - 1)
    model.rep = pyo.RangeSet(0, len(world.leaf) - 1)
    model.cell = model.leaf * model.period * model.product
    model.ask = pyo.Var(model.cell, bounds=(0, None))
    model.placed = pyo.Var(model.cell, bounds=_bounds(0.0 * world.potential, world.potential))
    model.total = pyo.Var(model.rep, model.period, bounds=_bounds(world.low, world.high))
    model.sold = pyo.Var(model.rep, model.period, model.product, bounds=(0, None))
    add_shares(model, world)
    add_people(model, world)
    costs = [
        add_pieces(model, "cell", model.placed, pieces.cell_breaks, pieces.cell_costs),
        add_pieces(model, "total", model.total, pieces.total_breaks, pieces.total_costs),
    ]
    gap = pyo.quicksum(model.ask.values()) - pyo.quicksum(model.placed.values())
    model.objective = pyo.Objective(expr=PENALTY * gap + costs[0] + costs[1])
    return model


def _bounds(low: Floats, high: Floats) -> Any:
    return lambda model, *key: (float(low[key]), float(high[key]))


def add_shares(model: Any, world: World) -> None:
    """Ask for the goal, within the bands of periods, products, areas and leaves."""
    ask, goal = model.ask, world.goal
    leaves_of = [np.flatnonzero(world.area == area).tolist() for area in np.unique(world.area)]

    def of_leaf(leaf: int) -> Any:
        return pyo.quicksum(ask[leaf, q, p] for q in model.period for p in model.product)

    def of_area(area: int) -> Any:
        return pyo.quicksum(of_leaf(leaf) for leaf in leaves_of[area])

    def of_period(period: int) -> Any:
        return pyo.quicksum(ask[r, period, p] for r in model.leaf for p in model.product)

    def of_product(product: int) -> Any:
        return pyo.quicksum(ask[r, q, product] for r in model.leaf for q in model.period)

    model.goal = pyo.Constraint(expr=pyo.quicksum(ask.values()) == goal)
    model.shares = pyo.ConstraintList()
    for part, band in (
        (of_period, world.period_band),
        (of_product, world.product_band),
        (of_area, world.area_band),
    ):
        for label, (low, high) in enumerate(band.tolist()):
            model.shares.add((low * goal, part(label), high * goal))
    for leaf, area in enumerate(world.area.tolist()):
        low, high = world.leaf_band[leaf].tolist()
        model.shares.add(of_leaf(leaf) - low * of_area(area) >= 0)
        model.shares.add(of_leaf(leaf) - high * of_area(area) <= 0)


def add_people(model: Any, world: World) -> None:
    """Add backing, coverage and the totals of reps."""
    team = [np.flatnonzero(world.leaf == leaf).tolist() for leaf in model.leaf]

    @model.Constraint(model.cell)
    def backing(model: Any, *cell: int) -> Any:
        return model.placed[cell] <= model.ask[cell]

    @model.Constraint(model.cell)
    def coverage(model: Any, leaf: int, period: int, product: int) -> Any:
        carried = pyo.quicksum(model.sold[rep, period, product] for rep in team[leaf])
        return carried == model.placed[leaf, period, product]

    @model.Constraint(model.rep, model.period)
    def rep_total(model: Any, rep: int, period: int) -> Any:
        sold = pyo.quicksum(model.sold[rep, period, product] for product in model.product)
        return sold == model.total[rep, period]


def add_pieces(model: Any, name: str, variable: Any, breaks: Floats, costs: Floats) -> Any:
    """Cut a variable into pieces; return what they cost."""
    numbers = range(costs.shape[-1])
    width = breaks[..., 1:] - breaks[..., :-1]
    part = pyo.Var(variable.index_set(), numbers, bounds=_bounds(0.0 * width, width))

    def whole(model: Any, *key: int) -> Any:
        start = float(breaks[(*key, 0)])
        return variable[key] == start + pyo.quicksum(part[(*key, number)] for number in numbers)

    model.add_component(f"{name}_part", part)
    model.add_component(f"{name}_whole", pyo.Constraint(variable.index_set(), rule=whole))
    return pyo.quicksum(float(costs[key]) * one for key, one in part.items())
