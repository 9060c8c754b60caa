"""Formulas that add up cells of other sheets, and what they came to when they were written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from optimizer.workbook.book import Book

MOST_WORK = 20_000_000
"""Cells that all sums over the sheet of targets may look at; above it they are plain numbers."""

_LONGEST_FORMULA = 8_000


@dataclass(frozen=True)
class TargetSheet:
    """Where the sheet of targets has what is added up.

    Attributes
    ----------
    book : Book
    letters : mapping of column to letters
    last : int
        Last row, from 1.
    tells_case : bool
        Whether labels differ by upper and lower case alone.
    """

    book: Book
    letters: Mapping[str, str]
    last: int
    tells_case: bool

    def area(self, column: str) -> str:
        """Return a column as formulas name it."""
        letters = self.letters[column]
        sheet = self.book.reference("targets")
        return f"{sheet}${letters}$2:${letters}${self.last}"

    def total(self, wanted: Mapping[str, str]) -> str:
        """Return the sum of targets in rows with some labels.

        Unlike SUMIFS this takes labels as they are: no wildcards, no comparison signs.

        Parameters
        ----------
        wanted : mapping of column to cell
        """
        if not wanted:
            return f"SUM({self.area('target')})"
        tests = "*".join(self._is(column, cell) for column, cell in wanted.items())
        return f"SUMPRODUCT({tests}*1,{self.area('target')})"

    def _is(self, column: str, cell: str) -> str:
        area = self.area(column)
        return f"EXACT({area},{cell})" if self.tells_case else f"({area}={cell})"

    def is_light(self, sums: int) -> bool:
        """Return whether a spreadsheet program works out so many sums at once."""
        return sums * self.last <= MOST_WORK


def tells_case(labels: Iterable[Collection[str]]) -> bool:
    """Return whether labels of any kind differ by upper and lower case alone."""
    return any(len({text.casefold() for text in kind}) < len(set(kind)) for kind in labels)


def sum_of(rows: Sequence[int], column: int) -> str | None:
    """Return the sum of some cells of a column; None where the formula would be too long.

    Parameters
    ----------
    rows : sequence of int
        From 0, rising.
    column : int
        From 0.
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    parts = [
        xl_rowcol_to_cell(first, column)
        if first == last
        else f"{xl_rowcol_to_cell(first, column)}:{xl_rowcol_to_cell(last, column)}"
        for first, last in runs
    ]
    formula = "+".join(f"SUM({part})" if ":" in part else part for part in parts)
    return f"={formula}" if len(formula) <= _LONGEST_FORMULA else None
