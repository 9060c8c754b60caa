"""What a page tells of the actions that targets take, and of the inputs of the next plan."""

from __future__ import annotations

from typing import Any

from optimizer.page.encode import guessed
from optimizer.page.plan import SEATS_MOST
from optimizer.page.run import PageRun, read_json, read_table

_ACTIONS = ("count", "due", "done", "left")
_WHO = frozenset(("period", "region", "rep", "step", "flag"))
_EDITED = frozenset(("table", "row", "column", "before", "after", "reason"))


def activities_block(run: PageRun, seats: int) -> dict[str, Any] | None:
    """Return the actions that targets take, by person and step; None where there is no funnel.

    Parameters
    ----------
    run : PageRun
    seats : int
        People of the plan; of too many only sums by region are told.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    table = read_table(run, "activity_status", _ACTIONS, "pace", labels=("region", "rep", "step"))
    if table is None:
        return None
    own = table if not run.region else table.loc[table["region"].isin(run.inside)]
    if own.empty:
        return None
    told = read_json(run, "pace", "pace.json") or {}
    notes = [] if run.region else told.get("activities", {}).get("notes", [])
    by = ["step", "region"] if seats > SEATS_MOST else ["step"]
    sums = own.groupby(by, sort=False, observed=True)[list(_ACTIONS)].sum(min_count=1)
    found = {"steps": guessed(sums.reset_index(), _WHO), "notes": notes}
    return found if seats > SEATS_MOST else {**found, "people": guessed(own, _WHO)}


def proposal_block(run: PageRun) -> dict[str, Any] | None:
    """Return what `propose` would change in the inputs of the next plan; None where it was not run.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    table = read_table(run, "proposal", below="propose", labels=("table", "after", "reason"))
    if table is None:
        return None
    told = read_json(run, "propose", "proposal.json") or {}
    edits = guessed(table.drop(columns="accept", errors="ignore"), _EDITED)
    return {"edits": edits, "notes": told.get("notes", [])}
