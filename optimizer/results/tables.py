"""The tables of a plan: targets, roll-up, gaps, prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.model.allocation import Allocation, Price
from optimizer.model.rules import active_periods
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.problem.whole import over_assigned
from optimizer.results.rounding import WholePlan
from optimizer.results.run_folder import decimals_of

EVERY = "*"


def targets_table(scenario: Scenario, instance: Instance, plan: WholePlan) -> pd.DataFrame:
    """Return ``targets.csv``: one row per existing cell."""
    exists, reference = target_cells(instance)
    owner, period, product = np.nonzero(exists)
    leaf = owner if instance.reps is None else instance.reps.leaf[owner]
    order = np.lexsort((product, owner, leaf, period))
    owner, period, product, leaf = owner[order], period[order], product[order], leaf[order]
    cells = plan.placed if plan.cells is None else plan.cells
    reps = instance.reps
    blank = np.full(len(owner), "", dtype=object)
    table = pd.DataFrame(
        {
            "period": _names(instance.periods, period),
            "region": _names(instance.leaves, leaf),
            "team": blank if reps is None else _names(reps.team, owner),
            "rep": blank if reps is None else _names(reps.names, owner),
            "product": _names(instance.products, product),
            "reference": reference[owner, period, product],
            "floor": plan.floor[owner, period, product] * instance.unit,
            "target": cells[owner, period, product] * instance.unit,
            "stretch": plan.stretch[owner, period, product] * instance.unit,
        }
    )
    people = scenario.table("people")
    if people is not None:
        extra = [column for column in people.columns if str(column).startswith("x_")]
        rows = people.set_index("rep").loc[table["rep"].to_list(), extra]
        for column in extra:
            table[column] = rows[column].to_numpy()
    return table


def target_cells(instance: Instance) -> tuple[Bools, Floats]:
    """Return which target cells exist and their references, (owner, period, product).

    A rep's reference is spread over what the rep sells in the mix of the region's reference.
    """
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        return instance.reference > 0, instance.reference
    allowed = sellable(instance.reference, groups)
    mix = np.where(allowed, instance.reference[groups.leaf], 0.0)
    sums = mix.sum(axis=2, keepdims=True)
    mix = np.divide(mix, sums, out=np.zeros_like(mix), where=sums > 0)
    reference = reps.reference[:, :, None] * mix[reps.group]
    return allowed[reps.group] & (reps.reference > 0)[:, :, None], reference


def _names(labels: tuple[str, ...], index: Ints) -> object:
    return np.array(labels, dtype=object)[index]


def rollup_table(instance: Instance, plan: WholePlan) -> pd.DataFrame:
    """Return ``rollup.csv``: every combination of margins, then the rows by team."""
    unit, leaf = instance.unit, _owner_leaf(instance)
    covers = instance.tree.covers.astype(float)
    by_leaf = covers[:, leaf]
    cells = plan.placed if plan.cells is None else plan.cells
    columns: dict[str, Floats] = {
        "ask": _margins(covers, plan.ask * unit),
        "target": _margins(covers, plan.placed * unit),
        "street": _margins(by_leaf, cells * unit),
        "floor": _margins(by_leaf, plan.floor * unit),
        "stretch": _margins(by_leaf, plan.stretch * unit),
        "reference": _margins(covers, instance.reference),
        "potential": _slice_potentials(instance),
        "capacity": _capacities(instance, by_leaf),
    }
    shape = columns["ask"].shape
    node, period, product = (index.ravel() for index in np.indices(shape))
    order = np.lexsort((product, node, period))
    table = pd.DataFrame(
        {
            "period": _names((*instance.periods, EVERY), period),
            "region": _names(instance.tree.names, node),
            "team": EVERY,
            "product": _names((*instance.products, EVERY), product),
            **{name: values.ravel() for name, values in columns.items()},
        }
    ).iloc[order]
    table.insert(6, "gap", table["ask"] - table["target"])
    return pd.concat([table, *_team_rows(instance, plan)], ignore_index=True)[list(ROLLUP)]


ROLLUP = (
    "period", "region", "team", "product", "ask", "target", "gap", "street", "floor",
    "stretch", "reference", "potential", "capacity",
)  # fmt: skip


def _owner_leaf(instance: Instance) -> Ints:
    return np.arange(len(instance.leaves)) if instance.reps is None else instance.reps.leaf


def _margins(member: Floats, values: Floats | Ints) -> Floats:
    """Sum (owner, period, product) to (node, period + all, product + all)."""
    sums = np.tensordot(member, values.astype(float), axes=(1, 0))
    sums = np.concatenate([sums, sums.sum(axis=1, keepdims=True)], axis=1)
    return np.concatenate([sums, sums.sum(axis=2, keepdims=True)], axis=2)


def _slice_potentials(instance: Instance) -> Floats:
    """Return usable potential of every margin: its own row, else the sum of its cells' rows.

    Of several rows on one slice (its only period named and not named) the tighter counts.
    """
    cells, own = _given_potentials(instance)
    if np.isnan(own).all():
        return own
    covers = instance.tree.covers.astype(float)
    known = np.where(instance.reference > 0, cells, 0.0)
    sums = _margins(covers, np.nan_to_num(known))
    sums[_margins(covers, np.isnan(known).astype(float)) > 0] = np.nan
    return np.where(np.isnan(own), sums, own)


def _given_potentials(instance: Instance) -> tuple[Floats, Floats]:
    """Return the tightest limit on each cell, (leaf, period, product), and on each margin."""
    slices, usable = instance.potentials.slices, instance.potentials.usable
    cells = np.full(instance.reference.shape, np.nan)
    periods, products = len(instance.periods), len(instance.products)
    own = np.full((len(instance.tree.names), periods + 1, products + 1), np.nan)
    for period, node, product, limit in zip(
        slices.period, slices.region, slices.product, usable, strict=True
    ):
        place = node, periods if period == ALL else period, products if product == ALL else product
        own[place] = np.fmin(own[place], limit)
    # The only period or product and all of them are one slice.
    if periods == 1:
        own[:] = np.fmin(own, own[:, ::-1])
    if products == 1:
        own[:] = np.fmin(own, own[:, :, ::-1])
    cells[:] = own[instance.tree.leaf_node, :-1, :-1]
    return cells, own


def _capacities(instance: Instance, by_leaf: Floats) -> Floats:
    """Return usable capacity of every margin over all products; unknown stays blank."""
    products = len(instance.products)
    shape = (len(instance.tree.names), len(instance.periods) + 1, products + 1)
    result = np.full(shape, np.nan)
    if instance.reps is None:
        return result
    works = instance.reps.reference > 0
    known = np.isfinite(instance.reps.high)
    high = np.where(works & known, instance.reps.high, 0.0)
    sums = _margins(by_leaf, high[:, :, None])[:, :, 0]
    unknown = _margins(by_leaf, (works & ~known)[:, :, None].astype(float))[:, :, 0]
    result[:, :, products] = np.where(unknown == 0, sums, np.nan)
    return result


def _team_rows(instance: Instance, plan: WholePlan) -> list[pd.DataFrame]:
    reps = instance.reps
    if reps is None or plan.cells is None or not any(reps.team):
        return []
    teams = sorted(set(reps.team) - {""})
    number = {team: index for index, team in enumerate(teams)}
    member = np.zeros((len(teams), len(reps.team)))
    for rep, name in enumerate(reps.team):
        if name:
            member[number[name], rep] = 1.0
    home = [instance.leaves[reps.leaf[int(np.argmax(row))]] for row in member]
    reference = target_cells(instance)[1]
    columns = {
        "street": _margins(member, plan.cells * instance.unit),
        "floor": _margins(member, plan.floor * instance.unit),
        "stretch": _margins(member, plan.stretch * instance.unit),
        "reference": _margins(member, reference),
    }
    shape = columns["street"].shape
    team, period, product = (index.ravel() for index in np.indices(shape))
    order = np.lexsort((product, team, period))
    table = pd.DataFrame(
        {
            "period": _names((*instance.periods, EVERY), period),
            "region": _names(tuple(home), team),
            "team": _names(tuple(teams), team),
            "product": _names((*instance.products, EVERY), product),
            **{name: values.ravel() for name, values in columns.items()},
        }
    ).iloc[order]
    for name in ("ask", "target", "gap", "potential", "capacity"):
        table[name] = np.nan
    return [table]


def prices_table(prices: tuple[Price, ...]) -> pd.DataFrame:
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
