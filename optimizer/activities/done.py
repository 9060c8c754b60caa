"""Actions that were done so far, week by week, held against the seats of a period."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.activities.team import Team
from optimizer.domain.nearest import meant
from optimizer.domain.tables import ACTIVITIES
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.single import read_single
from optimizer.problem.instance import Floats


def read_done(path: Path, team: Team, steps: Sequence[str]) -> Floats:
    """Read actions done and lay them on seats and steps.

    Parameters
    ----------
    path : Path
        CSV or Parquet; other periods and weeks after `team.week` are left out.
    team : Team
        The table must cover every one of its weeks that are over.
    steps : sequence of str
        All steps of the scenario's funnels.

    Returns
    -------
    (seat, step) floats
        How many up to the week; NaN for a seat without any row in the period, and for a step
        that the table does not have at all.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    if not path.is_file():
        raise InputError(f"--activities {path}: there is no such file")
    table = read_single(path, ACTIVITIES)
    column = "region" if (team.rep == "").all() else "rep"
    own = (table.text("period") == team.period).to_numpy(dtype=bool)
    found = [
        *_unknown(table, own, column, [str(name) for name in team.names]),
        *_unknown(table, own, "step", list(steps)),
        *_late(table, own, team),
    ]
    if found:
        raise InputError(found)
    chosen = own & (table.numbers("week") <= team.week)
    _must_cover(table, chosen, team)
    return _laid(table, own, chosen, team, steps, column)


def _laid(
    table: Typed, own: np.ndarray, chosen: np.ndarray, team: Team, steps: Sequence[str], column: str
) -> Floats:
    """Return the counts of the chosen rows by seat and step."""
    seat = pd.Index(team.names).get_indexer(pd.Index(table.text(column)))
    step = pd.Index(list(steps)).get_indexer(pd.Index(table.text("step")))
    counts = np.zeros((len(team.rep), len(steps)))
    np.add.at(counts, (seat[chosen], step[chosen]), table.numbers("count")[chosen])
    told = np.zeros(len(team.rep), dtype=bool)
    told[seat[own]] = True
    counts[~told] = np.nan
    counts[:, ~np.isin(np.arange(len(steps)), step[own])] = np.nan
    return counts


def _unknown(table: Typed, own: np.ndarray, column: str, known: list[str]) -> list[Finding]:
    names = table.text(column)
    strange = own & ~names.isin(known).to_numpy(dtype=bool)
    what = "the funnels have" if column == "step" else "the plan has"
    return table.listed(
        strange,
        column,
        f"{what} no such {column}",
        lambda row: meant(str(names.iloc[row]), known),
    )


def _late(table: Typed, own: np.ndarray, team: Team) -> list[Finding]:
    weeks = team.due.shape[1]
    late = own & (table.numbers("week") > weeks)
    remedy = f"Weeks run from 1 to {weeks}."
    return table.listed(late, "week", "the period has no such week", remedy)


def _must_cover(table: Typed, chosen: np.ndarray, team: Team) -> None:
    present = set(table.frame.loc[chosen, "week"].astype(int))
    missing = [week for week in range(1, team.week + 1) if week not in present]
    if missing:
        shown = ", ".join(map(str, missing[:10]))
        problem = f"period {team.period} has no activities in week {shown}"
        remedy = f"Add rows for every week up to {team.week} (0 where nothing was done)."
        raise InputError([Finding(table.source, 0, "week", "", problem, remedy)])
