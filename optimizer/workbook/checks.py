"""The sheet of checks: what is added up live, held against what was planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from optimizer.domain.scenario import Scenario
from optimizer.workbook.book import Book, put, put_head
from optimizer.workbook.live import TargetSheet
from optimizer.workbook.regions import Figures, RegionSheet
from optimizer.workbook.run import Run, tree

COLUMNS = ("what", "measure", "period", "region", "counted", "planned", "difference", "verdict")
_WIDTHS = (44, 12, 12, 20, 16, 16, 14, 12)
_COUNTED = COLUMNS.index("counted")
_FINEST = 1e-6

GOAL = "region targets and gap against the goal"
ADDED = "region targets add up"
STREET = "rep targets of the sheet targets"
OF_REGION = "street of a region"


@dataclass(frozen=True)
class _Check:
    """One line.

    Attributes
    ----------
    what : str
        One of the sentences above.
    period, region : str
        ``*`` is all.
    formula : str
        What counts it; ``{row}`` is its row, from 1.
    value : float
        What it comes to as the workbook is written.
    planned : float
    may_exceed : bool
        Whether more than planned is fine.
    """

    what: str
    period: str
    region: str
    formula: str
    value: float
    planned: float
    may_exceed: bool = False


def write_checks(
    book: Book,
    run: Run,
    figures: Mapping[str, Figures],
    regions: RegionSheet,
    target_sheet: TargetSheet | None,
) -> None:
    """Write the sheet of checks.

    Parameters
    ----------
    book : Book
    run : Run
    figures : mapping of measure to figures of the roll-up
    regions : RegionSheet
    target_sheet : TargetSheet or None
        None where the workbook has no such sheet.
    """
    sheet = book.sheet("checks")
    put_head(book, sheet, COLUMNS, 0)
    row = 1
    for scenario in run.scenarios:
        measure = scenario.settings.measure
        tolerance = max(scenario.settings.rounding / 2, _FINEST)
        for check in _checks(book, run, scenario, figures[measure], regions, target_sheet):
            _put_check(book, run, sheet, row, measure, check, tolerance)
            row += 1
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.autofilter(0, 0, row - 1, len(COLUMNS) - 1)
    verdict = len(COLUMNS) - 1
    for text, mark in (("holds", "holds"), ("differs", "changed")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{book.said(text)}"',
                "format": book.mark(mark)}  # fmt: skip
        sheet.conditional_format(1, verdict, row - 1, verdict, rule)


def _put_check(
    book: Book, run: Run, sheet: Any, row: int, measure: str, check: _Check, tolerance: float
) -> None:
    """Put one line: what is counted, what was planned, and whether they agree."""
    texts = (book.said(check.what), measure, check.period, check.region)
    for column, text in enumerate(texts):
        put(sheet, row, column, text, book.form("text"))
    form = book.number(run.decimals)
    formula = "=" + check.formula.format(row=row + 1)
    sheet.write_formula(row, _COUNTED, formula, form, check.value)
    put(sheet, row, _COUNTED + 1, check.planned, form)
    counted, planned, difference = (xl_rowcol_to_cell(row, _COUNTED + place) for place in range(3))
    apart = check.value - check.planned
    sheet.write_formula(row, _COUNTED + 2, f"={counted}-{planned}", form, apart)
    low = f"{difference}>=-{tolerance:.10f}"
    test = low if check.may_exceed else f"ABS({difference})<={tolerance:.10f}"
    holds = apart >= -tolerance and (check.may_exceed or apart <= tolerance)
    yes, no = book.said("holds"), book.said("differs")
    formula = f'=IF({test},"{yes}","{no}")'
    sheet.write_formula(row, _COUNTED + 3, formula, book.form("plain"), yes if holds else no)


def _checks(
    book: Book, run: Run, scenario: Scenario, figures: Figures, regions: RegionSheet,
    target_sheet: TargetSheet | None,
) -> Iterator[_Check]:  # fmt: skip
    """Yield the checks of a measure."""
    total = figures.get(("*", "*"), {})
    target, street, gap = (total.get(name, 0.0) for name in ("target", "street", "gap"))
    row = regions.totals[scenario.settings.measure]
    place = book.reference("regions")
    columns = range(regions.first, regions.first + len(regions.periods) + 1)
    cells = [place + xl_rowcol_to_cell(row, column, True, True) for column in columns]
    goal = run.figures(scenario.settings.measure).get("goal")
    if run.is_plan and goal is not None:
        formula = f"{cells[-1]}+{gap!r}"
        yield _Check(GOAL, "*", "*", formula, target + gap, float(goal), may_exceed=True)
    yield _Check(ADDED, "*", "*", cells[-1], target, target)
    for period, cell in zip(regions.periods, cells, strict=False):
        of_period = figures.get((period, "*"), {}).get("target", 0.0)
        yield _Check(ADDED, period, "*", cell, of_period, of_period)
    if target_sheet is None:
        return
    of_measure = {"measure": "$B{row}"} if run.is_several else {}
    yield _Check(STREET, "*", "*", target_sheet.total(of_measure), street, street)
    wanted = of_measure | {"period": "$C{row}"}
    if not target_sheet.is_light(len(figures)):
        return
    for period in regions.periods:
        of_period = figures.get((period, "*"), {}).get("street", 0.0)
        yield _Check(STREET, period, "*", target_sheet.total(wanted), of_period, of_period)
    wanted |= {"region": "$D{row}"}
    leaves = [region for region, *_, is_leaf in tree(scenario) if is_leaf]
    for period in regions.periods:
        for region in leaves:
            own = figures.get((period, region), {}).get("street", 0.0)
            yield _Check(OF_REGION, period, region, target_sheet.total(wanted), own, own)
