"""The first sheet of a workbook to fill in: how to use it, and what each table is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from optimizer.domain.columns import Table
from optimizer.workbook.book import Book, put
from optimizer.workbook.meanings import table_meaning

COUNTED = 20_000
"""Rows of a table that are counted."""

_STEPS = {
    "en": (
        "1. Fill in the sheet scenario: the periods, the goal, and what else you want to set.",
        "2. Fill in the tables you need. Those with nothing but headings are not used; people "
        "without rows must be deleted for a plan by region.",
        "3. Save, and let the program check everything:",
        "quotaplan check THIS-WORKBOOK.xlsx",
        "4. Plan:",
        "quotaplan plan THIS-WORKBOOK.xlsx --out RUN --xlsx",
    ),
    "zh": (
        "1. 填写 scenario 表：周期、目标总额及其他设置。",
        "2. 填写需要的表。只有表头的表不会使用；若按区域分解而不分到人，请删除 people 表。",
        "3. 保存，然后检查：",
        "quotaplan check THIS-WORKBOOK.xlsx",
        "4. 生成方案：",
        "quotaplan plan THIS-WORKBOOK.xlsx --out RUN --xlsx --lang zh",
    ),
}
_COLOURS = {
    "en": (
        ("head_required", "", "A column with a red heading must be filled in."),
        ("", "wrong", "Red: wrong. A negative number, an unknown name, a row that stands twice, "
                      "a minimum above its capacity, a share outside its band."),
        ("", "doubtful", "Yellow: missing, or worth a look, such as shares that do not add up "
                         "to 1 (they are scaled)."),
    ),
    "zh": (
        ("head_required", "", "红色表头的列必须填写。"),
        ("", "wrong", "红色：有误。负数、未知名称、重复行、下限高于产能、占比超出范围。"),
        ("", "doubtful", "黄色：缺失或需留意，例如占比之和不为 1（将按比例折算）。"),
    ),
}  # fmt: skip
_TITLES = {
    "en": ("A scenario in one workbook", "What the colours mean", "Tables", "rows"),
    "zh": ("一个工作簿即一个方案", "颜色含义", "各表", "行数"),
}


def write_guide(book: Book, sheets: Mapping[str, tuple[Table, Any]]) -> None:
    """Write the first sheet.

    Parameters
    ----------
    book : Book
    sheets : mapping of sheet to (Table, anything)
        The tables that follow.
    """
    sheet = book.sheet("guide")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 90)
    title, colours, tables, rows = _TITLES[book.lang]
    put(sheet, 0, 0, title, book.form("title"))
    row = _put_steps(book, sheet, 2, _STEPS[book.lang])
    put(sheet, row + 1, 0, colours, book.form("part"))
    row += 2
    for head, mark, text in _COLOURS[book.lang]:
        put(sheet, row, 0, "abc", book.form(head) if head else book.mark(mark))
        put(sheet, row, 2, text)
        row += 1
    put(sheet, row + 1, 0, tables, book.form("part"))
    put(sheet, row + 1, 1, rows, book.form("part"))
    put(sheet, row + 1, 2, None, book.form("part"))
    row += 2
    for name, (table, frame) in sheets.items():
        sheet.write_url(row, 0, f"internal:'{name}'!A1", book.form("link"), string=name)
        count = 0 if frame is None else len(frame)
        needed = next(at for at, column in enumerate(table.columns) if column.required)
        letters = xl_col_to_name(needed)
        area = f"'{name}'!${letters}$2:${letters}${COUNTED}"
        formula = f'=SUMPRODUCT(({area}<>"")*1)'
        sheet.write_formula(row, 1, formula, book.form("plain"), min(count, COUNTED - 1))
        put(sheet, row, 2, table_meaning(table, book.lang))
        row += 1


def _put_steps(book: Book, sheet: Any, row: int, steps: Iterable[str]) -> int:
    """Put the steps below each other, commands as such; return the row below."""
    for step in steps:
        is_command = step.startswith("quotaplan")
        put(sheet, row, 0, step, book.form("code") if is_command else None)
        row += 1
    return row
