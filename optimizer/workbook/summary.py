"""The first sheet: the figures of a plan, what each sheet is, and how edits come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimizer.workbook.book import Book, put
from optimizer.workbook.run import Run
from optimizer.workbook.spoken import note_in_language
from optimizer.workbook.words import sheet_name

MEANINGS = {
    "regions": "Region targets by period; parents are the sums of their children.",
    "checks": "Live sums that prove the totals, and show what an edit does to them.",
    "people": "What each rep carries by period, all products together.",
    "targets": "Every target; edit the yellow ones.",
    "locks": "Locks that hold, and room for more: slices whose target you want fixed.",
    "locked": "Locks that this plan keeps, and what each costs.",
    "rollup": "Every total; * stands for all.",
    "gaps": "Where the ask is not backed, and why.",
    "advice": "What would close the gap.",
    "limits": "Limits that hold the plan back, with their prices.",
    "off_reference": "Who is off reference, and which limit did it.",
    "changes": "What was moved, and why.",
    "not_moved": "What the cap refused to move.",
    "explain": "Each target step by step.",
}
"""Sheet → what it tells, one of the sentences."""

LEFT_OUT = (
    "Left out: it has more rows than a workbook is good for; take the file in the run folder."
)
_NOT_EDITED = "Every target."

_FIGURES = {
    "goal floor": "floor",
    "goal": "goal",
    "goal stretch": "stretch",
    "region targets": "placed",
    "gap": "gap",
    "rep targets": "street",
}
_COME_BACK = (
    "Change the column target in the sheet targets, or fill in the sheet locks.",
    "Say who decided it and why, in the columns owner and reason.",
    "Yellow cells are for you to fill in; blue ones you have changed; red ones are wrong.",
    "Unedited, every line of the sheet checks says “holds”.",
    "Save the workbook, then run:",
)
_COMMAND = "quotaplan plan SCENARIO --locks plan.xlsx --out NEW-RUN"


def write_summary(book: Book, run: Run, sheets: Sequence[str], left_out: Sequence[str]) -> None:
    """Write the first sheet.

    Parameters
    ----------
    book : Book
    run : Run
    sheets : sequence of str
        Those that follow, in order.
    left_out : sequence of str
        Those that are too long.
    """
    sheet = book.sheet("summary")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(run.scenarios), 18)
    sheet.set_column(len(run.scenarios) + 1, 8, 14)
    title = f"{book.said('plan')}: {run.record.get('name', '')}"
    put(sheet, 0, 0, title, book.form("title"))
    row = _put_figures(book, run, sheet, 2)
    row = _put_sheets(book, sheet, row + 1, sheets, left_out, is_plan=run.is_plan)
    if run.is_plan:
        row = _part(book, sheet, row + 1, "How to send changes back")
        for sentence in _COME_BACK:
            put(sheet, row, 0, book.said(sentence))
            row += 1
        put(sheet, row, 0, _COMMAND, book.form("code"))
        row += 1
    notes = run.record.get("assumptions", [])
    if notes:
        row = _part(book, sheet, row + 1, "Assumptions and notes")
        for note in notes:
            put(sheet, row, 0, note_in_language(str(note), book.lang), book.form("plain"))
            row += 1


def _part(book: Book, sheet: Any, row: int, title: str) -> int:
    """Put the title of a part; return the row below."""
    put(sheet, row, 0, book.said(title), book.form("part"))
    return row + 1


def _put_figures(book: Book, run: Run, sheet: Any, row: int) -> int:
    """Put the totals, one column for each measure; return the row below."""
    row = _part(book, sheet, row, "Figures")
    if run.is_several:
        for column, scenario in enumerate(run.scenarios, start=1):
            put(sheet, row, column, scenario.settings.measure, book.form("head"))
        row += 1
    put(sheet, row, 0, book.said("status"))
    whole = {"gap": "left with a gap", "complete": "complete"}
    found = whole.get(str(run.record.get("status")), "")
    put(sheet, row, 1, book.said(found) if found else "", book.form("text", bold=True))
    put(sheet, row + 1, 0, book.said("unit"))
    for column, scenario in enumerate(run.scenarios, start=1):
        put(sheet, row + 1, column, scenario.settings.unit, book.form("text"))
    row += 2
    for name, key in _FIGURES.items():
        values = [_figure(run, one.settings.measure, key) for one in run.scenarios]
        if all(value is None for value in values):
            continue
        put(sheet, row, 0, book.said(name))
        for column, value in enumerate(values, start=1):
            form = book.number(run.decimals, bold=key in ("goal", "placed"))
            put(sheet, row, column, value, form)
        row += 1
    return row


def _figure(run: Run, measure: str, key: str) -> float | None:
    """Return a total of a measure, or None where the run does not tell it."""
    if key in ("floor", "stretch"):
        if not run.is_plan:
            return None
        goal = next(one.settings.goal for one in run.scenarios if one.settings.measure == measure)
        levels: Mapping[str, float | None] = {"floor": goal.floor, "stretch": goal.stretch}
        return levels[key]
    value = run.figures(measure).get(key)
    return float(value) if isinstance(value, int | float) else None


def _put_sheets(
    book: Book,
    sheet: Any,
    row: int,
    sheets: Sequence[str],
    left_out: Sequence[str],
    *,
    is_plan: bool,
) -> int:
    """Put a link to each sheet with what it tells; return the row below."""
    row = _part(book, sheet, row, "Sheets")
    for name in (*sheets, *left_out):
        shown = sheet_name(name, book.lang)
        if name in sheets:
            place = f"internal:'{shown}'!A1"
            sheet.write_url(row, 0, place, book.form("link"), string=shown)
            told = MEANINGS[name] if is_plan or name != "targets" else _NOT_EDITED
            put(sheet, row, 1, book.said(told))
        else:
            put(sheet, row, 0, shown)
            put(sheet, row, 1, book.said(LEFT_OUT), book.form("plain", italic=True))
        row += 1
    return row
