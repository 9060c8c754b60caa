"""A proposal as text for a terminal."""

from __future__ import annotations

from optimizer.proposal.edit import ESTIMATED, NEEDED
from optimizer.proposal.proposal import Proposal
from optimizer.results.text_table import render_table

_MOST_ROWS = 40


def render_proposal(proposal: Proposal) -> str:
    """Return what the move needs, what was learned, and what stays as it is."""
    settings = proposal.run.scenario.settings
    new = ", ".join(proposal.move.periods.values())
    parts = [f"{settings.name}: from {', '.join(settings.periods)} to {new}"]
    for kind, title in ((NEEDED, "Needed for the new periods"), (ESTIMATED, "Learned")):
        edits = [edit for edit in proposal.edits if edit.kind == kind]
        if not edits:
            continue
        rows = [
            [edit.table, edit.row, edit.column, _told(edit.before), _told(edit.after), edit.reason]
            for edit in edits[:_MOST_ROWS]
        ]
        more = len(edits) - len(rows)
        table = render_table(["table", "row", "column", "before", "after", "why"], rows, 0)
        parts.append(f"{title}\n{table}" + (f"\n… {more} more in proposal.csv" if more > 0 else ""))
    if not any(edit.kind == ESTIMATED for edit in proposal.edits):
        parts.append("Learned: nothing that the results are enough for.")
    if proposal.notes:
        parts.append("\n".join(f"note: {note}" for note in proposal.notes))
    return "\n\n".join(parts)


def _told(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
