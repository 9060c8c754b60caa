"""Which edits a planner accepts: ``proposal.csv`` as it comes back from a spreadsheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from optimizer.domain.columns import Column, Kind, Table
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.single import read_single
from optimizer.proposal.edit import ESTIMATED, NEEDED, Edit
from optimizer.proposal.proposal import Proposal

ANSWERED = Table(
    "proposal",
    "A proposal with a planner's answers.",
    (
        Column("number", Kind.NUMBER, "Number of the edit.", whole=True),
        Column("table", Kind.TEXT, "Table, or scenario for keys.", required=True),
        Column("row", Kind.TEXT, "What the row is about."),
        Column("column", Kind.TEXT, "Column or key.", required=True),
        Column("before", Kind.TEXT, "As it stands."),
        Column("after", Kind.TEXT, "As it is proposed; another number may be written."),
        Column("observations", Kind.NUMBER, "How many figures the estimate rests on."),
        Column("reason", Kind.TEXT, "Why."),
        Column("accept", Kind.TEXT, "yes or no."),
    ),
)

YES = frozenset(("yes", "y", "true", "1", "是", "x"))
NO = frozenset(("no", "n", "false", "0", "否", ""))


def read_accepted(path: Path, proposal: Proposal) -> Proposal:
    """Return a proposal with the edits that are accepted; rows left out are not.

    Parameters
    ----------
    path : Path
        ``proposal.csv`` with ``yes`` or ``no`` in the column `accept`. The figure in `after` may
        be another one than was proposed.
    proposal : Proposal

    Raises
    ------
    InputError
        Where an answer is neither yes nor no, or a row is about something else.
    """
    if not path.is_file():
        raise InputError(f"--accept {path}: there is no such file")
    table = read_single(path, ANSWERED)
    by_place = {edit.place: edit for edit in proposal.edits}
    found: list[Finding] = []
    taken: dict[tuple[str, str, str], Edit] = {}
    for position, row in enumerate(table.frame.to_dict("records")):
        edit = by_place.get((row["table"], row["row"], row["column"]))
        if edit is None:
            problem = f"nothing is proposed for {row['table']}, {row['row']}, {row['column']}"
            remedy = "Propose anew and answer that file."
            found.append(_finding(table, position, "table", row["table"], problem, remedy))
            continue
        word = str(row["accept"]).strip().casefold()
        if edit.kind == NEEDED:
            if word in NO and word:
                problem = f"{edit.table} {edit.column} must change with the periods"
                remedy = "Write needed; what is estimated may be refused."
                found.append(_finding(table, position, "accept", row["accept"], problem, remedy))
        elif word in YES:
            taken[edit.place] = _answered(table, position, edit, str(row["after"]), found)
        elif word not in NO:
            problem = "this is neither yes nor no"
            remedy = "Write yes or no; blank is no."
            found.append(_finding(table, position, "accept", row["accept"], problem, remedy))
    if found:
        raise InputError(found)
    edits = [taken.get(edit.place, edit) for edit in proposal.edits]
    kept = [edit for edit in edits if edit.kind == NEEDED or edit.place in taken]
    return replace(proposal, edits=tuple(kept))


def _answered(table: Typed, position: int, edit: Edit, after: str, found: list[Finding]) -> Edit:
    """Return an edit with the figure that the planner wrote."""
    assert edit.kind == ESTIMATED
    number = pd.to_numeric(after.replace(",", ""), errors="coerce")
    most = 1.0 if edit.column in ("conversion", "share") else float("inf")
    if not 0 < number <= most or number == float("inf"):
        problem = f"the new {edit.column} is no number above 0"
        problem += "" if most > 1 else ", at most 1"
        remedy = f"Write one, such as the {edit.after} that was proposed."
        found.append(_finding(table, position, "after", after, problem, remedy))
        return edit
    return replace(edit, after=float(number))


def _finding(
    table: Typed, position: int, column: str, value: str, problem: str, remedy: str
) -> Finding:
    return table.finding(int(table.frame.index[position]), column, value, problem, remedy)
