"""The tables of a plan: roll-up, prices, and its totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.model.allocation import Allocation, Price
from optimizer.model.rules import active_periods
from optimizer.problem.instance import ALL, Floats, Instance, Ints
from optimizer.problem.whole import floor_units, over_assigned
from optimizer.results.label_column import label_column
from optimizer.results.rounding import WholePlan
from optimizer.results.run_folder import decimals_of
from optimizer.results.target_rows import target_cells

EVERY = "*"


def rollup_table(instance: Instance, plan: WholePlan) -> pd.DataFrame:
    """Return ``rollup.csv``: every combination of margins, then the rows by team."""
    unit, tree = instance.unit, instance.tree
    cells = plan.placed if plan.cells is None else plan.cells
    columns: dict[str, Floats] = {
        "ask": _margins(tree.sums(plan.ask * unit)),
        "target": _margins(tree.sums(plan.placed * unit)),
        "street": _node_margins(instance, cells * unit),
        "floor": _node_margins(instance, plan.floor * unit),
        "stretch": _node_margins(instance, plan.stretch * unit),
        "reference": _margins(tree.sums(instance.reference)),
        "potential": _slice_potentials(instance),
        "capacity": _capacities(instance),
    }
    table = _rollup_rows(instance, np.arange(len(tree.names)), columns)
    everybody = label_column([EVERY], np.zeros(len(table), dtype=np.int8))
    table.insert(2, "team", pd.Series(everybody))
    table.insert(6, "gap", table["ask"] - table["target"])
    teams = _team_rows(instance, plan)
    if teams is None:
        return table[list(ROLLUP)]
    both = pd.concat([table.astype({"team": object}), teams], ignore_index=True)
    return both[list(ROLLUP)]


def _rollup_rows(instance: Instance, node: Ints, columns: Mapping[str, Floats]) -> pd.DataFrame:
    """Return margin cubes (place, period + all, product + all) as rows, by period and place.

    Parameters
    ----------
    node : (place,) ints
        Region of each place.
    """
    shape = len(node), len(instance.periods) + 1, len(instance.products) + 1
    period, place, product = (
        index.ravel() for index in np.indices((shape[1], shape[0], shape[2]), dtype=np.int32)
    )
    return pd.DataFrame(
        {
            "period": label_column((*instance.periods, EVERY), period),
            "region": label_column(instance.tree.names, node[place]),
            "product": label_column((*instance.products, EVERY), product),
            **{name: cube.transpose(1, 0, 2).ravel() for name, cube in columns.items()},
        }
    )


ROLLUP = (
    "period", "region", "team", "product", "ask", "target", "gap", "street", "floor",
    "stretch", "reference", "potential", "capacity",
)  # fmt: skip


def _margins(sums: NDArray[Any]) -> Floats:
    """Add sums over all periods and over all products to (place, period, product) amounts."""
    cube = np.asarray(sums, dtype=float)
    cube = np.concatenate([cube, cube.sum(axis=1, keepdims=True)], axis=1)
    return np.concatenate([cube, cube.sum(axis=2, keepdims=True)], axis=2)


def _node_margins(instance: Instance, values: NDArray[Any]) -> Floats:
    """Return the margins of every region of (owner, period, product) amounts."""
    if instance.reps is None:
        return _margins(instance.tree.sums(np.asarray(values, dtype=float)))
    leaves = _sums_by(instance.reps.leaf, values, len(instance.leaves))
    return _margins(instance.tree.sums(leaves))


def _sums_by(group: Ints, values: NDArray[Any], groups: int) -> Floats:
    """Return sums (group, period, product) over owners; owners of a group below 0 count not."""
    counted = group >= 0
    group, chosen = group[counted], values if counted.all() else values[counted]
    total = np.empty((groups, *values.shape[1:]))
    for place in np.ndindex(*values.shape[1:]):
        total[(slice(None), *place)] = np.bincount(
            group, weights=chosen[(slice(None), *place)], minlength=groups
        )
    return total


def _slice_potentials(instance: Instance) -> Floats:
    """Return usable potential of every margin: its own row, else the sum of its cells' rows.

    Of several rows on one slice (its only period named and not named) the tighter counts.
    """
    cells, own = _given_potentials(instance)
    if np.isnan(own).all():
        return own
    known = np.where(instance.reference > 0, cells, 0.0)
    sums = _margins(instance.tree.sums(np.nan_to_num(known)))
    sums[_margins(instance.tree.sums(np.isnan(known).astype(float))) > 0] = np.nan
    return np.where(np.isnan(own), sums, own)


def _given_potentials(instance: Instance) -> tuple[Floats, Floats]:
    """Return the tightest limit on each cell, (leaf, period, product), and on each margin."""
    slices, usable = instance.potentials.slices, instance.potentials.usable
    cells = np.full(instance.reference.shape, np.nan)
    periods, products = len(instance.periods), len(instance.products)
    own = np.full((len(instance.tree.names), periods + 1, products + 1), np.nan)
    place = (
        slices.region,
        np.where(slices.period == ALL, periods, slices.period),
        np.where(slices.product == ALL, products, slices.product),
    )
    np.fmin.at(own, place, usable)
    # The only period or product and all of them are one slice.
    if periods == 1:
        own[:] = np.fmin(own, own[:, ::-1])
    if products == 1:
        own[:] = np.fmin(own, own[:, :, ::-1])
    cells[:] = own[instance.tree.leaf_node, :-1, :-1]
    return cells, own


def _capacities(instance: Instance) -> Floats:
    """Return usable capacity of every margin over all products; unknown stays blank.

    Capacity of effort is rounded down to the unit, rep by rep.
    """
    products = len(instance.products)
    shape = (len(instance.tree.names), len(instance.periods) + 1, products + 1)
    result = np.full(shape, np.nan)
    if instance.reps is None:
        return result
    works = instance.reps.reference > 0
    known = np.isfinite(instance.reps.high)
    whole = floor_units(instance.reps.high, instance.unit)
    high = np.where(works & known, whole, 0.0)
    sums = _node_margins(instance, high[:, :, None])[:, :, 0]
    unknown = _node_margins(instance, (works & ~known)[:, :, None])[:, :, 0]
    result[:, :, products] = np.where(unknown == 0, sums, np.nan)
    return result


def _team_rows(instance: Instance, plan: WholePlan) -> pd.DataFrame | None:
    reps = instance.reps
    if reps is None or plan.cells is None or not any(reps.team):
        return None
    number, teams = pd.factorize(np.array(reps.team, dtype=object), sort=True)
    if teams[0] == "":
        number, teams = number - 1, teams[1:]
    home = np.zeros(len(teams), dtype=np.int64)
    home[number[number >= 0]] = reps.leaf[number >= 0]
    columns = {
        "street": plan.cells * instance.unit,
        "floor": plan.floor * instance.unit,
        "stretch": plan.stretch * instance.unit,
        "reference": target_cells(instance).at(np.arange(len(number)), slice(None))[1],
    }
    cubes = {name: _margins(_sums_by(number, values, len(teams)))
             for name, values in columns.items()}  # fmt: skip
    table = _rollup_rows(instance, instance.tree.leaf_node[home], cubes)
    place = np.tile(np.repeat(np.arange(len(teams)), len(instance.products) + 1),
                    len(instance.periods) + 1)  # fmt: skip
    blank = dict.fromkeys(("ask", "target", "gap", "potential", "capacity"), np.nan)
    return table.assign(team=teams[place], **blank)


def prices_table(prices: Sequence[Price]) -> pd.DataFrame:
    """Return ``prices.csv``: the dual prices that prove the bound."""
    rows = [(p.step, p.kind, p.side, p.period, p.region, p.product, p.rep, p.value) for p in prices]
    columns = ["step", "kind", "side", "period", "region", "product", "rep", "price"]
    return pd.DataFrame(rows, columns=columns)


def summary(
    instance: Instance, allocation: Allocation, plan: WholePlan, *, complete: bool
) -> dict[str, float | str]:
    """Return the totals of a plan as ``run.json`` states them."""
    unit = instance.unit
    placed = int(plan.placed.sum())
    asked, goal = int(plan.ask.sum()), round(instance.goal / unit)
    street = placed if plan.cells is None else int(plan.cells.sum())
    gap = max(goal - placed, 0)
    units = {
        "goal": goal,
        "placed": placed,
        "street": street,
        "gap": gap,
        "over_assignment_short": asked - placed - gap,
        "street_short": _street_wanted(instance, plan) - street,
        "stretch_gap": max(round(instance.stretch_goal / unit) - plan.stretch_placed, 0),
    }
    result: dict[str, float | str] = {name: in_unit(count, unit) for name, count in units.items()}
    result["status"] = "complete" if complete else "gap"
    result["objective"] = allocation.objective
    result["bound"] = allocation.bound
    result["objective_rounded"] = fairness_value(instance, plan)
    return result


def in_unit(count: int, unit: float) -> float:
    """Return whole units as an amount with the decimals of the unit, without binary dust."""
    return round(float(count * unit), decimals_of(unit))


def _street_wanted(instance: Instance, plan: WholePlan) -> int:
    """Return what the street would be if capacity allowed: target × (1 + o_I), rounded down."""
    if instance.reps is None:
        return int(plan.placed.sum())
    target = plan.placed.sum(axis=2)[active_periods(instance)]
    return int(over_assigned(target, instance.over_rep).sum())


def fairness_value(instance: Instance, plan: WholePlan) -> float:
    """Return F at the rounded plan."""
    is_open = instance.reference > 0
    reference = instance.reference[is_open]
    placed = plan.placed[is_open] * instance.unit
    value = float((np.square(placed - reference) / reference).sum())
    if instance.reps is None or plan.cells is None:
        return value
    works = instance.reps.reference > 0
    reference = instance.reps.reference[works]
    target = plan.cells.sum(axis=2)[works] * instance.unit
    return value + float((np.square(target - reference) / reference).sum())
