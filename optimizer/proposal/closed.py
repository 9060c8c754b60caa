"""What was sold in the periods of a plan that is over, as rows of history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.columns import Column, Kind, Table, label
from optimizer.domain.labels import product_names, region_parents
from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.single import read_single
from optimizer.pacing.columns import columns_of_others
from optimizer.pacing.run import PlannedRun

CLOSED = Table(
    "actuals",
    "What was sold in all periods of a plan; rows add up.",
    (
        label("period", "Period of the plan.", required=True),
        Column("week", Kind.NUMBER, "Week of the period; weeks add up.", low=1.0, high=53.0,
               whole=True),
        label("rep", "Rep, as in people."),
        label("region", "Region, where the row names no rep."),
        label("team", "Team; the plan says who sits where."),
        label("product", "Product."),
        Column("amount", Kind.NUMBER, "Amount sold; returns are negative.", required=True),
    ),
    either=("rep", "region"),
    filled=True,
)  # fmt: skip


@dataclass(frozen=True)
class Closed:
    """Sales of a plan that is over.

    Attributes
    ----------
    history : DataFrame
        period, region, rep, product, amount: one row per combination.
    weekly : DataFrame
        The same with week, without product; empty where the actuals have no weeks.
    """

    history: pd.DataFrame
    weekly: pd.DataFrame


def read_closed(path: Path, run: PlannedRun) -> Closed:
    """Read what was sold in all periods of a run.

    Raises
    ------
    InputError
        Where a row does not fit the plan, or the plan is not over yet.
    """
    if not path.is_file():
        raise InputError(f"--actuals {path}: there is no such file")
    table = read_single(path, CLOSED, {*run.measures, *columns_of_others(run)})
    found = _unknown(table, run) + _unfinished(table, run)
    if found:
        raise InputError(sorted(found))
    frame = table.frame[["period", "week", "region", "rep", "product"]].copy()
    frame["amount"] = np.nan_to_num(table.numbers("amount"))
    people = run.scenario.table("people")
    if people is not None:
        home = dict(zip(people["rep"], people["region"], strict=True))
        frame["region"] = frame["rep"].map(home).fillna(frame["region"])
    keys = ["period", "region", "rep"]
    by_week = frame[frame["week"].notna()]
    return Closed(
        frame.groupby([*keys, "product"])["amount"].sum().reset_index(),
        by_week.groupby([*keys, "week"])["amount"].sum().reset_index(),
    )


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as mappings of column to value."""
    return [
        dict(zip(map(str, table.columns), row, strict=True))
        for row in table.itertuples(index=False, name=None)
    ]


def _unknown(table: Typed, run: PlannedRun) -> list[Finding]:
    scenario = run.scenario
    people = scenario.table("people")
    known = {
        "period": list(scenario.settings.periods),
        "rep": [] if people is None else people["rep"].tolist(),
        "region": list(region_parents(scenario)),
        "product": list(product_names(scenario)),
    }
    found: list[Finding] = []
    for column, names in known.items():
        if column not in table.headers or (column == "rep" and people is None):
            continue
        text = table.text(column)
        strange = ((text != "") & ~text.isin(names)).to_numpy(dtype=bool)

        def remedy(row: int, text: pd.Series = text, names: list[str] = names) -> str:
            return meant(str(text.iloc[row]), names)

        found += table.listed(strange, column, f"the plan has no such {column}", remedy)
    return found


def _unfinished(table: Typed, run: PlannedRun) -> list[Finding]:
    """Find periods of the plan that are not sold, or not to their last week."""
    found = []
    for seats in run.seats:
        own = (table.text("period") == seats.period).to_numpy(dtype=bool)
        weeks = table.numbers("week")[own]
        if not own.any():
            problem = f"{seats.period} has no sales"
        elif np.isfinite(weeks).all() and weeks.max(initial=0) < seats.weeks:
            problem = f"{seats.period} ends with week {weeks.max():.0f} of {seats.weeks}"
        else:
            continue
        remedy = "A proposal looks back on a plan that is over; until then use recalibrate."
        found.append(Finding(table.source, 0, "period", "", problem, remedy))
    return found
