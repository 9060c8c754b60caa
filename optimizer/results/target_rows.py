"""The rows of ``targets.csv``, block by block: there may be tens of millions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.results.label_column import Labels
from optimizer.results.rounding import WholePlan

_BLOCK = 1 << 20
"""Cells of a block at most."""


@dataclass(frozen=True)
class TargetCells:
    """Which target cells exist, and their references: owners are reps, or leaves without any.

    Attributes
    ----------
    leaf : (owner,) ints
    row : (owner,) ints
        Owners of one row have their references in the same mix of products.
    reference : (owner, period) floats
        1 in a regional plan.
    mix : (row, period, product) floats
        Parts of the reference of an owner, the reference itself in a regional plan; 0 where no
        cell is.
    """

    leaf: Ints
    row: Ints
    reference: Floats
    mix: Floats

    def at(self, owner: Ints, period: Ints | slice) -> tuple[Bools, Floats]:
        """Return which cells of some owners and periods exist and their references."""
        mix = self.mix[self.row[owner], period]
        total = self.reference[owner, period][..., None]
        return (mix > 0) & (total > 0), total * mix


def target_cells(instance: Instance) -> TargetCells:
    """Return the target cells of an instance.

    A rep's reference is spread over what the rep sells in the mix of the region's reference.
    """
    reps, groups = instance.reps, instance.groups
    if reps is None or groups is None:
        leaf = np.arange(len(instance.reference))
        one = np.ones(instance.reference.shape[:2])
        return TargetCells(leaf, leaf, one, instance.reference)
    mix = np.where(sellable(instance.reference, groups), instance.reference[groups.leaf], 0.0)
    sums = mix.sum(axis=2, keepdims=True)
    mix = np.divide(mix, sums, out=np.zeros_like(mix), where=sums > 0)
    return TargetCells(reps.leaf, reps.group, reps.reference, mix)


def targets_table(scenario: Scenario, instance: Instance, plan: WholePlan) -> pd.DataFrame:
    """Return ``targets.csv``: one row per existing cell, labels as categories."""
    return pd.concat(target_blocks(scenario, instance, plan), ignore_index=True)


def extra_columns(scenario: Scenario, instance: Instance) -> list[str]:
    """Return the columns that planners brought with their people."""
    people = scenario.table("people")
    if people is None or instance.reps is None:
        return []
    return [str(column) for column in people.columns if str(column).startswith("x_")]


def target_blocks(
    scenario: Scenario,
    instance: Instance,
    plan: WholePlan,
    extra: Sequence[str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield ``targets.csv`` from top to bottom: rows by period, region, rep and product.

    Parameters
    ----------
    scenario : Scenario
    instance : Instance
    plan : WholePlan
    extra : sequence of str, optional
        The columns ``x_…``, blank where the people have none of that name; those of the people
        if left out.

    Yields
    ------
    DataFrame
        At least one; labels are categories.
    """
    cells = target_cells(instance)
    order = np.argsort(cells.leaf, kind="stable")
    labels = _labels(instance)
    brought = _extra(scenario, instance, extra)
    amounts = {
        "floor": plan.floor,
        "target": plan.placed if plan.cells is None else plan.cells,
        "stretch": plan.stretch,
    }
    count = len(order) * len(instance.periods)
    step = max(1, _BLOCK // max(len(instance.products), 1))
    for start in range(0, max(count, 1), step):
        place = np.arange(start, min(start + step, count))
        period, owner = np.divmod(place, max(len(order), 1))
        owner = order[owner]
        exists, reference = cells.at(owner, period)
        chosen = np.flatnonzero(exists).astype(np.int32)
        row, product = np.divmod(chosen, np.int32(exists.shape[1]))
        whose = owner.astype(np.int32)[row]
        index = {
            "period": period.astype(np.int32)[row],
            "region": cells.leaf.astype(np.int32)[whose],
            "team": whose,
            "rep": whose,
            "product": product,
        }
        columns: dict[str, Any] = {name: labels[name].column(at) for name, at in index.items()}
        columns["reference"] = reference.ravel()[chosen]
        for name, cube in amounts.items():
            columns[name] = cube[owner, period].ravel()[chosen] * instance.unit
        columns |= {name: given.column(whose) for name, given in brought.items()}
        yield pd.DataFrame(columns, copy=False)


def _labels(instance: Instance) -> dict[str, Labels]:
    reps = instance.reps
    nobody = [""] * len(instance.reference)
    return {
        "period": Labels(instance.periods),
        "region": Labels(instance.leaves),
        "team": Labels(nobody if reps is None else reps.team),
        "rep": Labels(nobody if reps is None else reps.names),
        "product": Labels(instance.products),
    }


def _extra(
    scenario: Scenario, instance: Instance, names: Sequence[str] | None
) -> dict[str, Labels]:
    """Return what planners brought with their people, in the order of the reps."""
    known = extra_columns(scenario, instance)
    people, reps = scenario.table("people"), instance.reps
    if known and people is not None and reps is not None:
        rows = people.set_index("rep")[known].loc[[*reps.names]]
        found = {name: Labels(rows[name]) for name in known}
    else:
        found = {}
    nobody = Labels([""] * len(instance.reference if reps is None else reps.names))
    return {name: found.get(name, nobody) for name in (known if names is None else names)}
