"""Runs side by side: totals, differences along every dimension, inputs and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.compare.inputs import input_differences
from optimizer.compare.limits import binding_limits
from optimizer.compare.pay import pay_notes, pay_table, pay_unit
from optimizer.compare.read import Run, read_runs
from optimizer.compare.sides import cells, margin, measures_of, regions, reps
from optimizer.compare.totals import notes, totals

TABLES = ("totals", "inputs", "regions", "products", "periods", "reps", "cells", "limits", "pay")
"""Tables of a comparison, in the order of reading."""


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; the first is the base.

    Tables have a column ``measure`` in front where the runs have more than one measure.

    Attributes
    ----------
    folders : tuple of Path
        The run folders.
    runs : tuple of str
        What the runs are called, in the columns of the tables too.
    measures : tuple of str
        The main one first.
    decimals : mapping of measure to int
        Decimals of its amounts.
    notes : tuple of str
        What makes the runs hard to compare.
    totals : DataFrame
        One row per measure and run.
    inputs : DataFrame
        Settings and rows of input tables that differ from the base's.
    regions, products, periods, reps : DataFrame
        Targets of each run, differences and relative changes to the base, largest first.
    cells : DataFrame
        The same for cells of ``targets.csv``, only those that differ.
    limits : DataFrame
        Limits that bind in one run and not in the other.
    pay : DataFrame
        What runs pay and may cost; no rows where fewer than two runs tell it.
    pay_unit : str
        Money of pay; blank where it is not named.
    """

    folders: tuple[Path, ...]
    runs: tuple[str, ...]
    measures: tuple[str, ...]
    decimals: dict[str, int]
    notes: tuple[str, ...]
    totals: pd.DataFrame
    inputs: pd.DataFrame
    regions: pd.DataFrame
    products: pd.DataFrame
    periods: pd.DataFrame
    reps: pd.DataFrame
    cells: pd.DataFrame
    limits: pd.DataFrame
    pay: pd.DataFrame
    pay_unit: str

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, with the columns of the tables as keys.

        Cells are only counted: there may be very many.
        """
        return {
            "command": "compare",
            "base": self.runs[0],
            "runs": list(self.runs),
            "measures": list(self.measures),
            "notes": list(self.notes),
            "cells_that_differ": len(self.cells),
            "pay_unit": self.pay_unit,
            **{name: _records(getattr(self, name)) for name in TABLES if name != "cells"},
        }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    known = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def compare_runs(folders: Sequence[Path]) -> Comparison:
    """Compare two or more run folders, from their files alone.

    Parameters
    ----------
    folders : sequence of Path
        The first is the base that the others are held against.

    Raises
    ------
    InputError
        Where there are fewer than two folders, or one is no whole run folder.
    """
    runs = read_runs([Path(folder) for folder in folders])
    measures = measures_of(runs)
    tables = {
        "totals": totals(runs),
        "regions": regions(runs),
        "products": margin(runs, "product"),
        "periods": margin(runs, "period"),
        "reps": reps(runs),
        "cells": cells(runs),
        "limits": binding_limits(runs),
    }
    if len(measures) == 1:
        tables = {name: table.drop(columns="measure") for name, table in tables.items()}
    return Comparison(
        folders=tuple(run.folder for run in runs),
        runs=tuple(run.label for run in runs),
        measures=tuple(measures),
        decimals={measure: _decimals(runs, measure) for measure in measures},
        notes=notes(runs) + pay_notes(runs),
        inputs=input_differences(runs),
        pay=pay_table(runs),
        pay_unit=pay_unit(runs),
        **tables,
    )


def _decimals(runs: Sequence[Run], measure: str) -> int:
    return max(run.decimals(measure) for run in runs if measure in run.figures)
