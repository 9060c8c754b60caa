"""The joint model's decisions: one PuLP variable per open cell, rep-period and rep cell.

Amounts are divided by a power of ten so that a typical cell is about 1. A variable's name
is its family and a number; what it stands for is looked up here, never read from the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pulp

from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Bools, Instance, Ints


@dataclass(frozen=True)
class JointVariables:
    """Variables by what they stand for; a cell is its flat index in `Instance.reference`.

    Attributes
    ----------
    instance : Instance
    problem : pulp.LpProblem
        The problem the variables belong to; rules are added to it later.
    scale : float
        Amount that one unit of a variable stands for.
    cells : (open cell,) ints
        The open cells, ascending.
    leaf, period, product : (open cell,) ints
        Where they are.
    covered : (leaf, period) bools
        Regions and periods whose people can carry something.
    ask, placed : dict of cell to variable
        D and Y.
    total : dict of (rep, period) to variable
        T, bounded by the rep's min and capacity.
    split : dict of (rep, cell) to variable
        x, for the open cells that the rep sells.
    carriers : dict of cell to list of variables
        The same x, by cell.
    """

    instance: Instance
    problem: Any
    scale: float
    cells: Ints
    leaf: Ints
    period: Ints
    product: Ints
    covered: Bools
    ask: dict[int, Any]
    placed: dict[int, Any]
    total: dict[tuple[int, int], Any]
    split: dict[tuple[int, int], Any]
    carriers: dict[int, list[Any]]


def typical_amount(instance: Instance) -> float:
    """Return the power of ten nearest to the mean open cell."""
    mean = float(instance.reference[instance.reference > 0].mean())
    return float(10.0 ** round(np.log10(mean)))


def add_variables(instance: Instance, name: str = "quotaplan_joint") -> JointVariables:
    """Declare D, Y, T and x of an instance.

    T[i,q] lies in [min, usable capacity]; this is the rule on rep limits. Y is 0 where a
    region has no one to carry it. Unit: `typical_amount`.
    """
    problem = pulp.LpProblem(name, pulp.LpMinimize)
    scale = typical_amount(instance)
    cells = np.flatnonzero(instance.reference > 0)
    leaf, period, product = np.unravel_index(cells, instance.reference.shape)
    covered = covered_regions(instance)
    carried = covered[leaf, period]
    ask = {int(cell): problem.add_variable(f"ask_{number}", 0) for number, cell in enumerate(cells)}
    placed = {
        int(cell): problem.add_variable(f"placed_{number}", 0, None if carried[number] else 0)
        for number, cell in enumerate(cells)
    }
    total = _add_totals(problem, instance, scale)
    split = _add_split(problem, instance, total)
    carriers: dict[int, list[Any]] = {int(cell): [] for cell in cells}
    for (_, cell), variable in split.items():
        carriers[cell].append(variable)
    return JointVariables(
        instance, problem, scale, cells, leaf, period, product, covered,
        ask, placed, total, split, carriers,
    )  # fmt: skip


def covered_regions(instance: Instance) -> Bools:
    """Return (leaf, period) bools: True where people carry the region, or none are planned."""
    covered = np.ones(instance.reference.shape[:2], dtype=bool)
    if instance.reps is not None:
        weight = np.zeros(covered.shape)
        np.add.at(weight, instance.reps.leaf, instance.reps.reference)
        covered = weight > 0
    return covered


def _add_totals(problem: Any, instance: Instance, scale: float) -> dict[tuple[int, int], Any]:
    if instance.reps is None:
        return {}
    reps, most = instance.reps, most_totals(instance)
    total: dict[tuple[int, int], Any] = {}
    for number, (rep, period) in enumerate(np.argwhere(reps.reference > 0).tolist()):
        high = most[rep, period]
        total[rep, period] = problem.add_variable(
            f"total_{number}",
            float(reps.low[rep, period]) / scale,
            float(high) / scale if np.isfinite(high) else None,
        )
    return total


def _add_split(
    problem: Any, instance: Instance, total: dict[tuple[int, int], Any]
) -> dict[tuple[int, int], Any]:
    if instance.reps is None or instance.groups is None:
        return {}
    reps, sells = instance.reps, instance.groups.sells
    split: dict[tuple[int, int], Any] = {}
    for rep, period in total:
        leaf = reps.leaf[rep]
        open_products = instance.reference[leaf, period] > 0
        for product in np.flatnonzero(sells[reps.group[rep]] & open_products).tolist():
            cell = int(np.ravel_multi_index((leaf, period, product), instance.reference.shape))
            split[rep, cell] = problem.add_variable(f"split_{len(split)}", 0)
    return split
