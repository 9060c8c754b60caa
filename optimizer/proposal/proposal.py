"""The recipe of a proposal: a plan that is over, and its results, become the next inputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.change.tables import appended, table_or_new, with_table
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.pacing.run import PlannedRun, read_planned
from optimizer.proposal.ability import ability_edits
from optimizer.proposal.closed import Closed, read_closed, rows_of
from optimizer.proposal.edit import ESTIMATED, NEEDED, Edit
from optimizer.proposal.mix import mix_edits
from optimizer.proposal.moving import Move, find_move, needed_edits
from optimizer.proposal.rates import rate_edits
from optimizer.proposal.season import season_edits


@dataclass(frozen=True)
class Proposal:
    """The next inputs as differences from those of a plan that is over.

    Attributes
    ----------
    run : PlannedRun
    grown : Scenario
        As planned, with what was sold in the plan added to its history and weeks.
    move : Move
    goal : float or None
        New goal as given.
    edits : tuple of Edit
        Those that are needed first.
    notes : tuple of str
        What is left as it is, and why.
    """

    run: PlannedRun
    grown: Scenario
    move: Move
    goal: float | None
    edits: tuple[Edit, ...]
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """``proposal.csv``: one row per edit, with a column `accept` to fill in."""
        rows = [
            {
                "number": number,
                "table": edit.table,
                "row": edit.row,
                "column": edit.column,
                "before": _told(edit.before),
                "after": _told(edit.after),
                "observations": edit.observations if edit.kind == ESTIMATED else np.nan,
                "reason": edit.reason,
                "accept": NEEDED if edit.kind == NEEDED else "yes",
            }
            for number, edit in enumerate(self.edits, start=1)
        ]
        return pd.DataFrame(rows)

    def as_dict(self) -> dict[str, Any]:
        """Return the proposal as plain data."""
        return {
            "periods": list(self.move.periods.values()),
            "edits": [asdict(edit) for edit in self.edits],
            "notes": list(self.notes),
        }


def _told(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def propose_run(
    run: Path | str,
    actuals: Path | str,
    *,
    activities: Path | str | None = None,
    goal: float | None = None,
) -> Proposal:
    """Propose the inputs of the plan that follows one that is over.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or ``recalibrate``.
    actuals : path
        Table of period, rep (or region), product, amount: all periods of the plan, to the end.
    activities : path, optional
        Table of period, week, rep, step, count: rates of the funnel are learned from it.
    goal : float, optional
        The next goal; where none is given the goal stands, and growth counts from the next base.

    Raises
    ------
    InputError
        Where the run has several measures, the plan is not over, or a table does not fit it.
    """
    if goal is not None and not (np.isfinite(goal) and goal > 0):
        raise InputError(f"--goal {goal:g}: give a number above 0")
    planned = read_planned(Path(run))
    if len(planned.measures) > 1:
        raise InputError(
            f"the run has the measures {', '.join(planned.measures)}, and a proposal is for one: "
            "plan each in a scenario of its own, or write the next scenario by hand"
        )
    closed = read_closed(Path(actuals), planned)
    move = find_move(planned.scenario)
    notes: list[str] = []
    grown, added = _grown(planned.scenario, closed, notes)
    if goal is None and planned.scenario.settings.goal.growth is None:
        notes.append("goal: it stands as it is; give the next one with --goal")
    done = None if activities is None else Path(activities)
    edits = (
        *needed_edits(planned.scenario, move, added, goal),
        *ability_edits(planned.scenario, grown, move, notes),
        *mix_edits(planned.scenario, grown, move, notes),
        *season_edits(planned.scenario, grown, move, notes),
        *rate_edits(planned, closed, done, notes),
    )
    return Proposal(planned, grown, move, goal, edits, tuple(notes))


def _grown(scenario: Scenario, closed: Closed, notes: list[str]) -> tuple[Scenario, pd.DataFrame]:
    """Return a scenario with sales added to history and weeks, and what history gained."""
    history = scenario.table("history")
    known = set() if history is None else set(history["period"]) & set(closed.history["period"])
    added = closed.history[~closed.history["period"].isin(known)]
    if known:
        notes.append(f"history holds {', '.join(sorted(known))} already; nothing is added to it")
    rows = rows_of(added)
    grown = scenario
    if rows:
        table = appended("history", table_or_new(scenario, "history"), *rows)
        grown = with_table(grown, "history", table)
    weekly = scenario.table("weekly")
    if weekly is not None:
        news = closed.weekly[~closed.weekly["period"].isin(set(weekly["period"]))]
        if len(news):
            grown = with_table(grown, "weekly", appended("weekly", weekly, *rows_of(news)))
    return grown, added
