"""The sheet of targets, to be read, filtered and edited, and its way to tell an edit.

Each row carries what was planned beside what may be changed, and a check of its labels and of
what was planned: an edit of the wrong cell, or a sort of one column alone, is found when the
workbook comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from optimizer.workbook.book import Book, put_head
from optimizer.workbook.flat import column_names, form_of, put_rows, width_of
from optimizer.workbook.run import Run

PLACE = ("period", "region", "rep", "product")
"""Columns that name a target."""

EDITED = ("target", "owner", "reason", "expires")
"""Columns that are for the planner to fill in."""

_CHECK_DIGITS = 6
_NOTES = {
    "target": "Change it to fix it: an edited target comes back as a lock.",
    "planned": "What the plan says. Leave it as it is: it shows what was edited.",
    "owner": "Who decided the change.",
    "reason": "Why.",
    "expires": "Last day on which the change holds, as year-month-day; blank means always.",
}
_NOTES_ZH = {
    "target": "修改后即为固定：交回时作为锁定处理。",
    "planned": "方案给出的值，请勿修改：据此识别改动。",
    "owner": "由谁决定此修改。",
    "reason": "修改原因。",
    "expires": "修改的最后有效日（年-月-日）；空白表示一直有效。",
}


def write_targets(book: Book, run: Run, targets: pd.DataFrame) -> None:
    """Write the sheet of targets.

    Parameters
    ----------
    book : Book
    run : Run
    targets : DataFrame
        ``targets.csv`` with a column `measure`.
    """
    frame = targets if run.is_several else targets.drop(columns="measure")
    frame = _with_room(targets, frame) if run.is_plan else frame
    columns = [str(column) for column in frame.columns]
    sheet = book.sheet("targets")
    frozen = columns.index("product") + 1
    notes = _NOTES_ZH if book.lang == "zh" else _NOTES
    put_head(book, sheet, columns, frozen, notes if run.is_plan else None)
    fill = "target" if run.is_plan else None
    forms = [
        form_of(book, column, frame[column], run.decimals, "fill" if column == fill else "")
        for column in columns
    ]
    put_rows(sheet, frame, forms)
    last = max(len(frame), 1)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    typed = {name: book.form("text") for name in ("owner", "reason")}
    typed["expires"] = book.form("date")
    for place, column in enumerate(columns):
        hidden = {"hidden": True} if column == "check" else {}
        sheet.set_column(place, place, width_of(book, frame, column), typed.get(column), hidden)
    sheet.ignore_errors(
        {"number_stored_as_text": f"A1:{column_names(columns)['product']}{last + 1}"}
    )
    if run.is_plan:
        _mark_edits(book, sheet, columns, last, _finest(run))


def _with_room(targets: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the columns that an edit needs."""
    checks = row_checks(*(targets[name].astype("str") for name in ("measure", *PLACE)),
                        planned=targets["target"])  # fmt: skip
    blank = pd.Series("", index=frame.index, dtype=object)
    added = {"planned": frame["target"], "owner": blank, "reason": blank, "expires": blank}
    return frame.assign(**added, check=checks)


def row_checks(*labels: Iterable[str], planned: Iterable[float]) -> list[str]:
    """Return a short check of each row's labels and of what was planned for it.

    Parameters
    ----------
    labels : iterables of str
        Measure, period, region, rep and product of each row.
    planned : iterable of float
    """
    amounts = [f"{value:.6f}" for value in planned]
    return [
        hashlib.blake2b("\0".join(row).encode(), digest_size=_CHECK_DIGITS).hexdigest()
        for row in zip(*labels, amounts, strict=True)
    ]


def _finest(run: Run) -> float:
    """Return the smallest rounding of any measure; 0 where one has none."""
    return min(one.settings.rounding for one in run.scenarios)


def _mark_edits(book: Book, sheet: Any, columns: Sequence[str], last: int, unit: float) -> None:
    """Colour edited and wrong cells, and keep typing out of what was planned."""
    at = column_names(columns)
    place = {column: columns.index(column) for column in columns}
    target, planned = f"${at['target']}2", f"${at['planned']}2"
    edited = f"AND(ISNUMBER({target}),{target}<>{planned})"
    wrong = f"NOT(ISNUMBER({target})),{target}<0"
    if unit > 0:
        wrong += f",ABS(ROUND({target}/{unit!r},0)-{target}/{unit!r})>0.000001"
    rules = [
        ("target", f"=IF(ISNUMBER({target}),OR({wrong}),TRUE)", "wrong"),
        ("target", f"={edited}", "changed"),
        ("owner", f'=AND({edited},${at["owner"]}2="")', "doubtful"),
        ("reason", f'=AND({edited},${at["reason"]}2="")', "doubtful"),
        ("planned", f"={edited}", "doubtful"),
        *((column, f'=${at["period"]}2<>""', "fill") for column in EDITED[1:]),
    ]
    for column, formula, mark in rules:
        rule = {"type": "formula", "criteria": formula, "format": book.mark(mark)}
        sheet.conditional_format(1, place[column], last, place[column], rule)
    sheet.data_validation(1, place["target"], last, place["target"], {
        "validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": False,
        "error_title": book.heading("target"),
        "error_message": book.said("Write a number, 0 or above."),
    })  # fmt: skip
    sheet.data_validation(1, place["planned"], last, place["planned"], {
        "validate": "custom", "value": "=FALSE",
        "error_title": book.heading("planned"),
        "error_message": book.said("Leave it as it is; change the target instead."),
    })  # fmt: skip


def is_same(one: Any, other: Any) -> Any:
    """Return which amounts are the same, but for what a spreadsheet's arithmetic leaves."""
    return np.isclose(one, other, rtol=1e-12, atol=1e-9)
