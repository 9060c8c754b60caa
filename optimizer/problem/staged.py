"""Readers of the parts of a problem that take over what an earlier build made of the same.

Each names what its part is made from; `Stages` compares that with the build before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.problem.effort import read_effort
from optimizer.problem.history import History, read_history
from optimizer.problem.instance import (
    Bools,
    Floats,
    Groups,
    Ints,
    Potentials,
    RegionLocks,
    RepLocks,
)
from optimizer.problem.labels import Labels, read_labels
from optimizer.problem.limits import read_locks, read_potentials, without_market
from optimizer.problem.people import (
    WEIGHED,
    RepLimits,
    Roster,
    group_reps,
    read_roster,
    rep_limits,
)
from optimizer.problem.reference import reference_ask, reference_targets, sellable
from optimizer.problem.shares import Shares, resolve_shares
from optimizer.problem.stages import Columns, Stages
from optimizer.problem.years import UsableYear, read_years

_PLACES = {
    "people": ("region", "products"),
    "history": ("region", "product"),
    "potential": ("region", "product"),
    "shares": ("region", "product"),
    "locks": ("region", "product"),
}
"""Columns that name regions and products where no table of their own does."""


@dataclass(frozen=True)
class Parts:
    """A scenario as it is built, stage by stage.

    Attributes
    ----------
    stages : Stages
    scenario : Scenario
    unit : float
    inward : bool
        Whether limits are rounded inward to the unit.
    """

    stages: Stages
    scenario: Scenario
    unit: float
    inward: bool

    def labels(self) -> Labels:
        """Return the axes."""
        scenario = self.scenario
        tables = [scenario.table(name) for name in ("periods", "products", "regions")]
        listed = tables[1] is not None and tables[2] is not None
        named = () if listed else tuple(_PLACES.items())
        places = [Columns(scenario.table(name), columns) for name, columns in named]
        needs = [scenario.settings.periods, *tables, *places]
        return self.stages.of("labels", needs, lambda: read_labels(scenario))

    def history(self, labels: Labels) -> History | None:
        """Return past sales on the axes."""
        scenario = self.scenario
        people = Columns(scenario.table("people"), ("rep", "region", "team"))
        needs = [scenario.table("history"), people, labels]
        return self.stages.of("history", needs, lambda: read_history(scenario, labels))

    def roster(self, labels: Labels, history: History | None) -> Roster | None:
        """Return the people in the problem's order."""
        scenario, settings = self.scenario, self.scenario.settings
        people = scenario.table("people")
        if people is None:
            return None
        needs = [
            Columns(people, WEIGHED), labels, history, settings.ramp_factors, settings.ability,
        ]  # fmt: skip
        read = self.stages.of(
            "roster", needs, lambda: (people, read_roster(scenario, labels, history))
        )
        return _with_figures(people, *read)

    def potentials(self, labels: Labels) -> Potentials:
        """Return the market limits."""
        scenario = self.scenario
        kept_back = scenario.settings.buffers.potential
        needs = [scenario.table("potential"), labels, self.unit, kept_back, self.inward]
        return self.stages.of(
            "potentials",
            needs,
            lambda: read_potentials(scenario, labels, self.unit, inward=self.inward),
        )

    def shares(
        self,
        labels: Labels,
        history: History | None,
        potentials: Potentials,
        roster: Roster | None,
    ) -> Shares:
        """Return shares and bands; history and the rest count only where shares are assumed."""
        scenario = self.scenario
        tables = [scenario.table(name) for name in ("periods", "products", "regions", "shares")]
        weighed = None if roster is None else (roster.leaf, roster.weight)
        return self.stages.of(
            "shares",
            [*tables, scenario.settings.tolerance, labels],
            lambda: resolve_shares(scenario, labels, history, potentials, roster),
            also=[history, potentials, weighed],
            counts=lambda shares: bool(shares.assumptions),
        )

    def closed(self, labels: Labels, potentials: Potentials) -> Bools:
        """Return the cells without a market."""
        needs = [potentials, labels]
        return self.stages.of("closed", needs, lambda: without_market(potentials, labels))

    def reference(
        self, labels: Labels, history: History | None, shares: Shares, closed: Bools, total: float
    ) -> tuple[Floats, float]:
        """Return the reference ask and the largest share it misses."""
        margins = shares.margins
        fitted, miss = self.stages.of(
            "fit",
            [*margins, history, labels, closed],
            lambda: reference_ask(*margins, history, labels.first_alike, closed, 1.0),
        )
        return self.stages.of("reference", [fitted, total], lambda: fitted * total), miss

    def locks(self, labels: Labels, roster: Roster | None) -> tuple[RegionLocks, RepLocks]:
        """Return the locks on regions and on reps."""
        names = () if roster is None else roster.names
        needs = [self.scenario.table("locks"), labels, names]
        return self.stages.of("locks", needs, lambda: read_locks(self.scenario, labels, names))

    def effort(self, labels: Labels) -> Floats | None:
        """Return the effort of products."""
        needs = [self.scenario.table("products"), labels]
        return self.stages.of("effort", needs, lambda: read_effort(self.scenario, labels))

    def years(self, labels: Labels, history: History | None, roster: Roster) -> UsableYear:
        """Return the limits of people over all periods."""
        year = Columns(roster.table, ("min_total", "max_total", "max_growth"))
        needs = [year, roster.names, labels, history, self.unit, self.inward]
        return self.stages.of(
            "years",
            needs,
            lambda: read_years(roster.table, labels, history, self.unit, inward=self.inward),
        )

    def limits(self, labels: Labels, roster: Roster, *, whole_capacity: bool) -> RepLimits:
        """Return min and capacity of people."""
        scenario = self.scenario
        needs = [
            Columns(roster.table, ("min", "capacity")), roster.names, roster.ramp,
            scenario.table("capacity"), labels, self.unit, scenario.settings.buffers.capacity,
            self.inward, whole_capacity,
        ]  # fmt: skip
        return self.stages.of(
            "limits",
            needs,
            lambda: rep_limits(
                roster, scenario, labels, self.unit,
                inward=self.inward, whole_capacity=whole_capacity,
            ),
        )  # fmt: skip

    def groups(self, roster: Roster, rep_locks: RepLocks) -> tuple[Ints, Groups]:
        """Return the group of each rep, and the groups."""
        locked = np.zeros(len(roster.leaf), dtype=bool)
        locked[rep_locks.rep] = True
        needs = [roster.leaf, roster.sells, locked]
        return self.stages.of("groups", needs, lambda: group_reps(roster, locked))

    def targets(
        self, roster: Roster, group: Ints, groups: Groups, reference: Floats, over_rep: float
    ) -> tuple[Floats, Floats]:
        """Return the weight of each rep where a cell is open, and the reference target."""

        def work() -> tuple[Floats, Floats]:
            busy: Bools = np.asarray(sellable(reference, groups).any(axis=2), dtype=bool)
            weight = np.where(busy[group], roster.weight, 0.0)
            return weight, reference_targets(reference, roster.leaf, weight, over_rep)

        needs = [roster.leaf, roster.weight, group, groups, reference, over_rep]
        return self.stages.of("targets", needs, work)


def _with_figures(people: pd.DataFrame, read: pd.DataFrame, roster: Roster | None) -> Roster | None:
    """Return a roster with the columns of a people table that its weights do not hang on."""
    if roster is None or people is read:
        return roster
    return replace(roster, table=people.iloc[roster.order])
