"""Findings: where they point, and how many are listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.columns import Table
from optimizer.errors import Finding

LISTED = 20
"""How many rows with the same fault are listed one by one."""

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Typed:
    """One input table after its headers and values are understood.

    Attributes
    ----------
    table : Table
        The declaration it follows.
    source : str
        File or sheet, for messages.
    frame : DataFrame
        As `Scenario.tables` promises; the index is the row in the source.
    headers : mapping of canonical column to header as written
    """

    table: Table
    source: str
    frame: pd.DataFrame
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, column: str) -> str:
        """Return the header of a column as the planner wrote it."""
        return self.headers.get(column, column)

    def text(self, column: str) -> pd.Series[str]:
        """Return a column of names or text."""
        chosen: pd.Series[str] = self.frame[column]
        return chosen

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column of numbers, NaN where blank."""
        return self.frame[column].to_numpy(dtype=np.float64)

    def finding(
        self, row: int, column: str, value: str, problem: str, remedy: str, severity: str = "error"
    ) -> Finding:
        """Return one finding about this table."""
        header = self.header(column) if column else ""
        return Finding(self.source, row, header, value, problem, remedy, severity)

    def listed(
        self,
        rows: Rows,
        column: str,
        problem: str | Callable[[int], str],
        remedy: str | Callable[[int], str],
    ) -> list[Finding]:
        """Return a finding for each chosen row, at most `LISTED` of them.

        Parameters
        ----------
        rows : (row,) bools
            Rows with the fault.
        column : str
            Canonical column whose value is shown.
        problem, remedy : str or function of the row's position
        """
        positions = np.flatnonzero(rows)
        values = self.frame[column]
        found = [
            self.finding(
                int(self.frame.index[position]),
                column,
                shown(values.iloc[position]),
                problem(position) if callable(problem) else problem,
                remedy(position) if callable(remedy) else remedy,
            )
            for position in positions[:LISTED].tolist()
        ]
        return shortened(found, len(positions))


def shortened(found: list[Finding], total: int) -> list[Finding]:
    """Return the first findings, the last of them saying how many more there are."""
    if total <= LISTED or not found:
        return found
    last = found[LISTED - 1]
    more = f"{last.problem} (and {total - LISTED} more rows have the same fault)"
    return [
        *found[: LISTED - 1],
        Finding(last.file, last.row, last.column, last.value, more, last.remedy, last.severity),
    ]


def shown(value: object) -> str:
    """Return a value as a planner would write it."""
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else number(float(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value)


def number(value: float) -> str:
    """Return a number without a needless ``.0``."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.10g}"
