"""What a proposal consists of: one edit of the inputs each."""

from __future__ import annotations

from dataclasses import dataclass

NEEDED, ESTIMATED = "needed", "estimated"
"""Kinds of edits: what the move to other periods asks for, and what was learned from results."""


@dataclass(frozen=True)
class Edit:
    """One proposed change of the inputs.

    Attributes
    ----------
    kind : str
        `NEEDED` or `ESTIMATED`.
    table : str
        Table, or ``scenario`` for keys.
    row : str
        What the row is about, such as a rep or a period; blank for the whole table.
    column : str
        Column or key.
    before, after : str or float
        As they stand, and as they are proposed; blank for none.
    observations : int
        How many figures the estimate rests on; 0 for what is needed.
    reason : str
        Why, in words.
    """

    kind: str
    table: str
    row: str
    column: str
    before: str | float
    after: str | float
    observations: int
    reason: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Table, row and column: no two edits share them."""
        return self.table, self.row, self.column
