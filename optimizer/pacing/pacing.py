"""What pacing found: weekly targets of a run, and what is known of its weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from optimizer.activities.activities import Activities
from optimizer.pacing.calibration import Calibration
from optimizer.pacing.curves import Curves
from optimizer.pacing.rehearsal import simulation_summary, simulation_table
from optimizer.pacing.run import PlannedRun
from optimizer.pacing.seats import Seats
from optimizer.pacing.simulate import Simulation

_SHOWN = 30
"""Rows of a table in a notebook."""

_NAMED = 5
"""People whom a note names."""


@dataclass(frozen=True, repr=False)
class Pacing:
    """Weekly targets of a run, and what is known of its weeks.

    Attributes
    ----------
    planned : PlannedRun
    seats : Seats
        Of the period that is looked at.
    curves : Curves
        Of that period.
    weekly : DataFrame
        ``pacing.csv``, all periods.
    simulated : mapping of behaviour to Simulation
        Empty where actuals are given.
    status, alerts : DataFrame or None
        ``status.csv`` and ``alerts.csv``; None without actuals.
    week : int
        Week that `status` ends with; 0 without actuals.
    calibration : Calibration or None
    activities : Activities or None
        None where the scenario has no funnel.
    unreported : tuple of str
        Seats with a target but no row in the actuals, which count as 0.
    """

    planned: PlannedRun
    seats: Seats
    curves: Curves
    weekly: pd.DataFrame
    simulated: Mapping[str, Simulation] = field(default_factory=dict)
    status: pd.DataFrame | None = None
    alerts: pd.DataFrame | None = None
    week: int = 0
    calibration: Calibration | None = None
    activities: Activities | None = None
    unreported: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of the curves, and of the actuals."""
        if not self.unreported:
            return self.curves.notes
        first, more = self.unreported[:_NAMED], len(self.unreported) - _NAMED
        shown = ", ".join(first) + (f" and {more} more" if more > 0 else "")
        absent = (
            f"{self.seats.period}: {len(self.unreported)} with a target have no row in the actuals "
            f"and count as 0 ({shown}); add their rows, with amount 0 where "
            "nothing was sold"
        )
        return (*self.curves.notes, absent)

    @property
    def now(self) -> pd.DataFrame:
        """The rows of `status` at the end of `week`; none without actuals."""
        if self.status is None:
            return pd.DataFrame()
        return self.status[self.status["week"] == self.week].reset_index(drop=True)

    @property
    def simulation(self) -> pd.DataFrame:
        """``simulation.csv``."""
        return simulation_table(dict(self.simulated))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        found: dict[str, Any] = {
            "measure": self.planned.scenario.settings.measure,
            "period": self.seats.period,
            "weeks": self.seats.weeks,
            "due": [round(float(part), 12) for part in self.curves.due[0]],
            "notes": list(self.notes),
        }
        if self.simulated:
            found["simulation"] = {
                name: simulation_summary(one) for name, one in self.simulated.items()
            }
        if self.status is not None and self.alerts is not None:
            now = self.now
            found["week"] = self.week
            found["company"] = now.iloc[0].drop(["period", "week", "level", "name"]).to_dict()
            found["status"] = _lights(now)
            found["alerts"] = self.alerts.to_dict("records")
        if self.calibration is not None:
            found["calibration"] = self.calibration.as_dict()
        if self.activities is not None:
            found["activities"] = self.activities.as_dict()
        return found

    def __repr__(self) -> str:
        settings = self.planned.scenario.settings
        target = f"{float(self.seats.target.sum()):,.10g} {settings.unit}".rstrip()
        said = [f"{len(self.seats)} targets, together {target}, in {self.seats.weeks} weeks"]
        if self.status is not None:
            whole = self.now.iloc[0]
            said.append(
                f"end of week {self.week}: {100 * whole['pace']:.0f} % of what is due, "
                f"{whole['status']}, landing {whole['low']:,.0f} to {whole['high']:,.0f}"
            )
        for name, one in self.simulated.items():
            false = simulation_summary(one)["false_reds"]
            said.append(f"{name}: {false:.2f} false red weeks per target")
        if self.calibration is not None:
            said.append(repr(self.calibration)[1:-1])
        return f"<Pacing of {settings.name}, {self.seats.period}: {'; '.join(said)}>"

    def _repr_html_(self) -> str:
        table = self.simulation if self.simulated else self.weekly
        if self.status is not None:
            table = self.now[self.now["level"].isin(["company", "region"])]
        if self.calibration is not None:
            table = self.calibration.table()
        shown = table.head(_SHOWN).to_html(index=False, float_format="{:,.2f}".format)
        return f"<p>{escape(repr(self)[1:-1])}</p>{shown}"


def _lights(now: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many are red, yellow and green on each level."""
    counted = now.groupby(["level", "status"], observed=True).size()
    lights: dict[str, dict[str, int]] = {}
    for level, status, number in counted.reset_index(name="number").itertuples(index=False):
        lights.setdefault(str(level), {})[str(status)] = int(number)
    return lights
