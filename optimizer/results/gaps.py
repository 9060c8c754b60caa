"""Where the goal is not backed, and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.model.rules import Rules, active_periods
from optimizer.problem.instance import Bools, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.results.remainder import largest_remainder
from optimizer.results.rounding import WholePlan

COLUMNS = ["period", "region", "product", "gap", "cause"]


def gaps_table(
    instance: Instance, rules: Rules, plan: WholePlan, gap: int, short: int, *, complete: bool
) -> pd.DataFrame:
    """Return ``gaps.csv``: each cell's part of the gap and what holds it there.

    Parameters
    ----------
    gap, short : int
        Gap and short over-assignment in units; a cell's part of the gap is its own shortage
        × gap / (gap + short), by largest remainder.
    complete : bool
        Whether only rounding stands between the plan and its goal.
    """
    leaf, period, product = np.nonzero(plan.ask > plan.placed)
    shortage = (plan.ask - plan.placed)[leaf, period, product]
    if not gap or not len(shortage):
        return pd.DataFrame(columns=COLUMNS)
    part = largest_remainder(
        shortage * (gap / (gap + short)), np.zeros(len(shortage), dtype=np.int64), np.array([gap])
    )
    causes = _Causes(instance, rules, plan)
    table = pd.DataFrame(
        {
            "period": [instance.periods[index] for index in period],
            "region": [instance.leaves[index] for index in leaf],
            "product": [instance.products[index] for index in product],
            "gap": part * instance.unit,
            "cause": [
                "rounding" if complete else causes.of(*place)
                for place in zip(leaf.tolist(), period.tolist(), product.tolist(), strict=True)
            ],
        }
    )
    order = np.lexsort((product, leaf, period))
    return table.iloc[order][part[order] > 0].reset_index(drop=True)


class _Causes:
    """Tests of what keeps a cell from taking one more unit."""

    def __init__(self, instance: Instance, rules: Rules, plan: WholePlan) -> None:
        self.instance = instance
        self.active = active_periods(instance)
        self.potential = self._full_potentials(rules, plan)
        self.full, self.sold = self._full_reps(plan)
        self.locked = self._locked(rules)
        self.banded = len(instance.bands.low) > 0
        self.locks = len(instance.region_locks.amount) + len(instance.rep_locks.amount) > 0

    def of(self, leaf: int, period: int, product: int) -> str:
        """Return the causes of a cell's gap, joined by ``;``."""
        if not self.active[leaf, period]:
            return "no_rep"
        tests = {
            "potential": self.potential[leaf, period, product],
            "capacity": self.full[leaf, period, product],
            "eligibility": not self.sold[leaf, period, product]
            or (self.full[leaf, period, product] and not self.full[leaf, period].all()),
            "lock": self.locked[leaf, period, product],
        }
        if tests["eligibility"] and not self.sold[leaf, period, product]:
            tests["capacity"] = False
        found = [cause for cause, holds in tests.items() if holds]
        if self.banded and (not found or self._room_elsewhere(leaf, period, product)):
            found.append("share_band")
        return ";".join(found or ["lock" if self.locks else "rounding"])

    def _room_elsewhere(self, leaf: int, period: int, product: int) -> bool:
        """Whether another cell could take the unit if share bands let it move there."""
        free = self.active[:, :, None] & ~self.potential & ~self.full & self.sold & ~self.locked
        free[leaf, period, product] = False
        return bool(free.any())

    def _full_potentials(self, rules: Rules, plan: WholePlan) -> Bools:
        instance = self.instance
        full = np.zeros(instance.reference.size, dtype=bool)
        placed = plan.placed.ravel()[rules.open_cell] * instance.unit
        own = rules.own_potential >= 0
        full[rules.open_cell[own]] = placed[own] > rules.placed_high[own] - instance.unit
        usable = instance.potentials.usable[rules.potential_rows]
        tight = rules.potential.sums(placed, len(usable)) > usable - instance.unit
        cells = rules.potential.cell[tight[rules.potential.row]]
        full[rules.open_cell[cells]] = True
        return np.asarray(
            full.reshape(instance.reference.shape) | (instance.reference <= 0), dtype=bool
        )

    def _full_reps(self, plan: WholePlan) -> tuple[Bools, Bools]:
        """Return per cell whether its reps are full, and whether any sells it."""
        instance = self.instance
        shape = instance.reference.shape
        if instance.reps is None or instance.groups is None or plan.cells is None:
            return np.zeros(shape, dtype=bool), np.ones(shape, dtype=bool)
        reps = instance.reps
        total: Ints = plan.cells.sum(axis=2)
        room = (reps.reference > 0) & (total * instance.unit <= reps.high - instance.unit * 0.5)
        works = sellable(instance.reference, instance.groups)[reps.group]
        works = works & (reps.reference > 0)[:, :, None]
        free = np.zeros(shape, dtype=bool)
        sold = np.zeros(shape, dtype=bool)
        np.logical_or.at(free, reps.leaf, works & room[:, :, None])
        np.logical_or.at(sold, reps.leaf, works)
        return ~free, sold

    def _locked(self, rules: Rules) -> Bools:
        locked = np.zeros(self.instance.reference.size, dtype=bool)
        locked[rules.open_cell[rules.region_lock.cell]] = True
        return locked.reshape(self.instance.reference.shape)
