"""What a question to a session comes to, and how it differs from the base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.model.allocation import Allocation
from optimizer.planning.measure import MeasurePlan
from optimizer.planning.scenario_plan import plan_scenario
from optimizer.problem.instance import Floats, Instance

_NOTHING = 1e-9
"""Part of the goal below which a difference is none."""

AMOUNTS = ("goal", "placed", "gap", "street", "unfairness")


_Reader = Callable[["Answer"], tuple[Sequence[str], Floats]]


class Answer:
    """The best plan of a changed scenario, in exact amounts before rounding.

    Attributes
    ----------
    name : str
    scenario : Scenario
        With the changes made.
    instance : Instance
    allocation : Allocation
    base : Answer or None
        What it is compared with; None for the base itself.
    """

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        instance: Instance,
        allocation: Allocation,
        base: Answer | None,
    ) -> None:
        self.name = name
        self.scenario = scenario
        self.instance = instance
        self.allocation = allocation
        self.base = base

    @property
    def goal(self) -> float:
        """The goal handed down."""
        return self.instance.goal

    @property
    def placed(self) -> float:
        """What regions carry of it, over-assignment included."""
        return float(self.allocation.placed.sum())

    @property
    def gap(self) -> float:
        """What nothing backs."""
        gap = self.goal - self.placed
        return gap if gap > _NOTHING * self.goal else 0.0

    @property
    def street(self) -> float:
        """Sum of the reps' targets; of the regions' in a regional plan."""
        totals = self.allocation.rep_total
        return self.placed if totals is None else float(totals.sum())

    @property
    def unfairness(self) -> float:
        """F: squared distances from the reference, per unit of reference; 0 is the reference."""
        return self.allocation.objective

    @cached_property
    def totals(self) -> pd.DataFrame:
        """Goal, placed, gap, street and unfairness; beside the base's, where there is one."""
        return self._beside({name: getattr(self, name) for name in AMOUNTS}, AMOUNTS)

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Region targets by period."""
        return self._side(lambda one: (one.instance.periods, one.allocation.placed.sum((0, 2))))

    @cached_property
    def products(self) -> pd.DataFrame:
        """Region targets by product."""
        return self._side(lambda one: (one.instance.products, one.allocation.placed.sum((0, 1))))

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Region targets of every region of the tree."""
        return self._side(
            lambda one: (
                one.instance.tree.names[1:],
                one.instance.tree.sums(one.allocation.placed.sum((1, 2)))[1:],
            )
        )

    @cached_property
    def reps(self) -> pd.DataFrame:
        """Rep targets over all periods; those that move most first."""
        table = self._side(_rep_totals)
        if "difference" not in table:
            return table
        order = np.argsort(-table["difference"].abs().fillna(np.inf), kind="stable")
        return table.iloc[order]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Region targets by period, region and product, with the ask and the reference."""
        instance, allocation = self.instance, self.allocation
        leaf, period, product = np.nonzero(instance.reference > 0)
        at = (leaf, period, product)
        return pd.DataFrame(
            {
                "period": np.array(instance.periods, dtype=object)[period],
                "region": np.array(instance.leaves, dtype=object)[leaf],
                "product": np.array(instance.products, dtype=object)[product],
                "reference": instance.reference[at],
                "ask": allocation.ask[at],
                "target": allocation.placed[at],
            }
        )

    def plan(self) -> MeasurePlan:
        """Return the plan in whole units with all its tables, as ``plan`` makes it."""
        return plan_scenario(self.scenario)

    def __repr__(self) -> str:
        unit = f" {self.scenario.settings.unit}".rstrip()
        said = [f"goal {self.goal:,.10g}{unit}", self._told("placed"), self._told("gap")]
        if self.base is not None:
            said.append(self._moved())
        return f"<{self.name}: {', '.join(said)}>"

    def _repr_html_(self) -> str:
        moved = self.reps if self.base is not None and len(self.reps) else self.regions
        return (
            f"<p><b>{_escaped(self.name)}</b></p>"
            + self.totals.to_html(float_format="{:,.2f}".format)
            + moved.head(10).to_html(float_format="{:,.2f}".format)
        )

    def _told(self, name: str) -> str:
        value = getattr(self, name)
        if self.base is None:
            return f"{name} {value:,.2f}"
        moved = round(value - getattr(self.base, name), 2) + 0.0  # -0.0 is no fall
        return f"{name} {value:,.2f} ({moved:+,.2f})"

    def _moved(self) -> str:
        """Say how many targets move: of reps, or in a regional plan of the lowest regions."""
        table, what = self.reps, "targets"
        if self.instance.reps is None:
            table, what = self.regions.loc[list(self.instance.leaves)], "region targets"
        difference = table["difference"].abs().fillna(np.inf)
        return f"{int((difference > 0.5 * self.instance.unit).sum())} of {len(table)} {what} move"

    def _side(self, read: _Reader) -> pd.DataFrame:
        names, amounts = read(self)
        return self._beside(dict(zip(names, amounts.tolist(), strict=True)), names, read)

    def _beside(
        self, amounts: dict[str, float], names: Sequence[str], read: _Reader | None = None
    ) -> pd.DataFrame:
        """Return amounts with those of the base; a name that one of the two lacks is blank."""
        if self.base is None:
            return pd.DataFrame({"target": pd.Series(amounts)}, index=list(names))
        if read is None:
            before = {name: getattr(self.base, name) for name in names}
        else:
            known, values = read(self.base)
            before = dict(zip(known, values.tolist(), strict=True))
        every = list(dict.fromkeys([*before, *names]))
        table = pd.DataFrame(
            {"base": pd.Series(before), "target": pd.Series(amounts)}, index=every, dtype=float
        )
        moved = table["target"].fillna(0.0) - table["base"].fillna(0.0)
        table["difference"] = moved.where(moved.abs() > _NOTHING * self.goal, 0.0)
        table["change"] = table["difference"] / table["base"].where(table["base"] > 0)
        return table


def _rep_totals(answer: Answer) -> tuple[tuple[str, ...], Floats]:
    reps, totals = answer.instance.reps, answer.allocation.rep_total
    if reps is None or totals is None:
        return (), np.zeros(0)
    return reps.names, totals.sum(axis=1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
