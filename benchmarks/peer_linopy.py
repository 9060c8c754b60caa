"""The joint model in linopy: labelled arrays, handed to HiGHS in memory."""

from __future__ import annotations

from typing import Any

import linopy
import xarray as xr
from linopy.solvers import Solver

from benchmarks.peer_list import HIGHS
from benchmarks.peer_pieces import Pieces
from benchmarks.peer_world import PENALTY, Answer, Clock, Floats, World

CELL = ("leaf", "period", "product")
PERSON = ("rep", "period")


def run(world: World, pieces: Pieces, algorithm: str, clock: Clock) -> Answer:
    """Plan with linopy and HiGHS.

    Raises
    ------
    RuntimeError
        Where HiGHS ends without an optimum.
    """
    with clock("build"):
        model = build(world, pieces)
    with clock("hand over"):
        options = {**HIGHS[algorithm], "threads": 1, "output_flag": False}
        handed = Solver.from_name("highs", model=model, io_api="direct", options=options)
    with clock("solve"):
        result = handed.solve()
    with clock("read back"):
        status, condition = model.assign_result(result, solver=handed)
        if (status, condition) != ("ok", "optimal"):
            raise RuntimeError(f"HiGHS ended {status}, {condition}")
        ask, cells = (model.variables[name].solution for name in ("ask", "cells"))
        return Answer(ask.transpose(*CELL).values, cells.transpose("rep", *CELL[1:]).values)


def build(world: World, pieces: Pieces) -> linopy.Model:
    """Return the joint model."""
    model = linopy.Model()
    array = labelled(world)
    ask = model.add_variables(lower=0.0 * array["reference"], name="ask")
    placed = model.add_variables(lower=0.0 * array["potential"], upper=array["potential"])
    total = model.add_variables(lower=array["low"], upper=array["high"], name="total")
    product = array["reference"].indexes["product"]
    sold = [*array["low"].indexes.values(), product]
    cells = model.add_variables(lower=0.0, coords=sold, name="cells")
    add_shares(model, world, ask)
    leaf = xr.DataArray(world.leaf, dims="rep", coords={"rep": range(len(world.leaf))}, name="leaf")
    model.add_constraints(placed - ask <= 0)
    model.add_constraints(cells.groupby(leaf).sum() - placed == 0)
    model.add_constraints(cells.sum("product") - total == 0)
    gap = ask.sum() - placed.sum()
    fairness = [
        add_pieces(model, placed, CELL, pieces.cell_breaks, pieces.cell_costs),
        add_pieces(model, total, PERSON, pieces.total_breaks, pieces.total_costs),
    ]
    model.add_objective(PENALTY * gap + fairness[0] + fairness[1])
    return model


def labelled(world: World) -> dict[str, xr.DataArray]:
    """Return the arrays with their dimensions named."""
    dims = {"reference": CELL, "potential": CELL, "low": PERSON, "high": PERSON}
    return {name: _array(getattr(world, name), axes) for name, axes in dims.items()}


def _array(values: Floats, dims: tuple[str, ...]) -> xr.DataArray:
    coords = {dim: range(size) for dim, size in zip(dims, values.shape, strict=True)}
    return xr.DataArray(values, dims=dims, coords=coords)


def add_shares(model: linopy.Model, world: World, ask: Any) -> None:
    """Ask for the goal, within the bands of periods, products, areas and leaves."""
    model.add_constraints(ask.sum() == world.goal)
    of_leaf = ask.sum(["period", "product"])
    area = xr.DataArray(
        world.area, dims="leaf", coords={"leaf": range(len(world.area))}, name="area"
    )
    of_area = of_leaf.groupby(area).sum()
    for part, dim, band in (
        (ask.sum(["leaf", "product"]), "period", world.period_band),
        (ask.sum(["leaf", "period"]), "product", world.product_band),
        (of_area, "area", world.area_band),
    ):
        model.add_constraints(part >= _array(band[:, 0] * world.goal, (dim,)))
        model.add_constraints(part <= _array(band[:, 1] * world.goal, (dim,)))
    above = of_area.sel(area=area)
    low, high = (_array(world.leaf_band[:, side], ("leaf",)) for side in (0, 1))
    model.add_constraints(of_leaf - low * above >= 0)
    model.add_constraints(of_leaf - high * above <= 0)


def add_pieces(
    model: linopy.Model, variable: Any, dims: tuple[str, ...], breaks: Floats, costs: Floats
) -> Any:
    """Cut a variable into pieces; return what they cost."""
    dims = (*dims, "piece")
    width = _array(breaks[..., 1:] - breaks[..., :-1], dims)
    parts = model.add_variables(lower=0.0 * width, upper=width)
    model.add_constraints(variable - parts.sum("piece") == _array(breaks[..., 0], dims[:-1]))
    return (_array(costs, dims) * parts).sum()
