"""The sheet of region targets: the tree from the top, periods side by side, parents as sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_range

from optimizer.workbook.book import Book, fitting, put, put_head
from optimizer.workbook.live import sum_of
from optimizer.workbook.run import Run, tree

BESIDE = ("ask", "gap", "street", "reference")
"""Totals of all periods, from the roll-up, beside the targets."""

Figures = Mapping[tuple[str, str], Mapping[str, float]]
"""(period, region) → figures of the roll-up; ``*`` is all."""


@dataclass
class RegionSheet:
    """Where the sheet has the totals of each measure.

    Attributes
    ----------
    totals : dict of measure to row
        From 0: the row of the company.
    periods : tuple of str
        In the order of the columns.
    first : int
        Column of the first period, from 0; the total follows the last one.
    """

    totals: dict[str, int]
    periods: tuple[str, ...]
    first: int


@dataclass(frozen=True)
class _Line:
    """A row to write.

    Attributes
    ----------
    region : str
    level : int
        0 for the company.
    parts : list of int
        Rows whose sum it is; empty for leaves.
    """

    region: str
    level: int
    parts: Sequence[int]


def figures_of(rollup: pd.DataFrame, measure: str) -> Figures:
    """Return the roll-up of a measure over teams and products."""
    chosen = (rollup["measure"] == measure) & (rollup["team"] == "*") & (rollup["product"] == "*")
    rows = rollup[chosen.to_numpy(dtype=bool)]
    labels = zip(rows["period"].astype("str"), rows["region"].astype("str"), strict=True)
    names = ("target", *BESIDE)
    values = rows[list(names)].to_numpy(dtype=float).tolist()
    return {
        label: dict(zip(names, row, strict=True)) for label, row in zip(labels, values, strict=True)
    }


def write_regions(book: Book, run: Run, figures: Mapping[str, Figures]) -> RegionSheet:
    """Write the sheet of regions.

    Parameters
    ----------
    book : Book
    run : Run
    figures : mapping of measure to figures
    """
    sheet = book.sheet("regions")
    periods = run.scenarios[0].settings.periods
    labels = (*(("measure",) if run.is_several else ()), "region", "level")
    columns = (*labels, *periods, "total", *BESIDE)
    put_head(book, sheet, columns, len(labels), own=periods)
    place = RegionSheet({}, periods, len(labels))
    row, widest = 1, 10.0
    for scenario in run.scenarios:
        measure = scenario.settings.measure
        lines = _lines(scenario, row, book)
        for line in lines:
            start = 1 if run.is_several else 0
            if start:
                put(sheet, row, 0, measure, _form(book, line, 0))
            put(sheet, row, start, line.region, _form(book, line, max(line.level - 1, 0)))
            put(sheet, row, start + 1, line.level, _form(book, line, None))
            _put_line(book, run, sheet, place, row, line, figures[measure])
            widest = max(widest, fitting([line.region]) + 2 * line.level)
            row += 1
        place.totals[measure] = row - 1
    sheet.set_column(0, len(labels) - 1, min(widest, 40))
    sheet.set_column(len(labels) - 1, len(labels) - 1, 7)
    sheet.set_column(len(labels), len(columns) - 1, 13)
    gap = columns.index("gap")
    rule = {"type": "cell", "criteria": ">", "value": 0, "format": book.mark("doubtful")}
    sheet.conditional_format(1, gap, row, gap, rule)
    return place


def _lines(scenario: Any, first: int, book: Book) -> list[_Line]:
    """Return the rows of a measure from row `first` on, the company last."""
    nodes = list(tree(scenario))
    row_of = {region: first + at for at, (region, *_) in enumerate(nodes)}
    parts: dict[str, list[int]] = {}
    for region, parent, _, _ in nodes:
        parts.setdefault(parent, []).append(row_of[region])
    lines = [_Line(region, level, parts.get(region, [])) for region, _, level, _ in nodes]
    return [*lines, _Line(book.heading("total"), 0, parts.get("", []))]


def _form(book: Book, line: _Line, indent: int | None) -> Any:
    more = {"bold": True} if line.level < 2 and line.parts else {}
    if indent is None:
        return book.form("plain", "sum" if not line.level else "", **more)
    return book.form("text", "sum" if not line.level else "", indent=indent, **more)


def _put_line(
    book: Book, run: Run, sheet: Any, place: RegionSheet, row: int, line: _Line, figures: Figures
) -> None:
    """Put the figures of a region, or of the company, into its row."""
    more = {"bold": True} if line.level < 2 and line.parts else {}
    form = book.number(run.decimals, "" if line.level else "sum", **more)
    region = line.region if line.level else "*"
    total = place.first + len(place.periods)
    for column, period in enumerate(place.periods, start=place.first):
        value = figures.get((period, region), {}).get("target", 0.0)
        formula = sum_of(line.parts, column) if line.parts else None
        if formula is None:
            put(sheet, row, column, value, form)
        else:
            sheet.write_formula(row, column, formula, form, value)
    every = figures.get(("*", region), {})
    sheet.write_formula(row, total, _across(row, place), form, every.get("target", 0.0))
    for column, name in enumerate(BESIDE, start=total + 1):
        put(sheet, row, column, every.get(name), form)


def _across(row: int, place: RegionSheet) -> str:
    """Return the sum of a row over its periods."""
    return f"=SUM({xl_range(row, place.first, row, place.first + len(place.periods) - 1)})"
