"""What each rep, or each region of a regional plan, has over all periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.results.label_column import Labels
from optimizer.results.rounding import WholePlan
from optimizer.results.target_rows import target_cells


@dataclass(frozen=True)
class OwnerTotals:
    """Totals of all who have target cells, by name.

    Attributes
    ----------
    column : str
        ``rep``, or ``region`` in a regional plan.
    names : Index
    leaf : (owner,) ints
    region, team : Categorical
    reference, target : (owner,) floats
        Sums over all periods and products; the reference is above 0.
    row : (owner,) ints
        Row of `cells` of each.
    cells : (row, period, product) bools
        What is open to the owners of a row.
    works : (owner, period) bools
        Whether an owner has cells in a period, where `cells` are open.
    row_leaf : (row,) ints
    """

    column: str
    names: pd.Index
    leaf: Ints
    region: pd.Categorical
    team: pd.Categorical
    reference: Floats
    target: Floats
    row: Ints
    cells: Bools
    works: Bools
    row_leaf: Ints

    @property
    def rep(self) -> pd.Categorical:
        """The reps; blank in a regional plan."""
        everybody = np.arange(len(self.names))
        if self.column == "rep":
            return pd.Categorical.from_codes(everybody, categories=self.names)
        return Labels([""] * len(self.names)).column(everybody)


def owner_totals(instance: Instance, plan: WholePlan) -> OwnerTotals:
    """Return the totals of all who have target cells.

    Parameters
    ----------
    instance : Instance
    plan : WholePlan
    """
    cells, reps = target_cells(instance), instance.reps
    opened: Bools = np.asarray(cells.mix > 0)
    works: Bools = np.asarray(cells.reference > 0)
    some: Bools = np.asarray(opened.any(axis=2))
    has: Bools = works & some[cells.row]
    names = Labels(instance.leaves if reps is None else reps.names)
    owner = np.argsort(names.code, kind="stable")
    owner = owner[has[owner].any(axis=1)]
    reference = np.where(has, cells.reference, 0.0).sum(axis=1)
    if reps is None:
        reference = instance.reference.sum(axis=(1, 2))
    placed = plan.placed if plan.cells is None else plan.cells
    row_leaf = np.zeros(len(opened), dtype=np.int64)
    row_leaf[cells.row] = cells.leaf
    return OwnerTotals(
        "region" if reps is None else "rep",
        names.distinct[names.code[owner]],
        cells.leaf[owner],
        Labels(instance.leaves).column(cells.leaf[owner]),
        Labels([""] * len(works) if reps is None else reps.team).column(owner),
        reference[owner],
        placed.sum(axis=(1, 2))[owner] * instance.unit,
        cells.row[owner],
        opened,
        works[owner],
        row_leaf,
    )
