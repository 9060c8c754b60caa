"""A workbook being written: its formats, its sheets, and one way to put a value into a cell.

The same content gives the same bytes. Texts are never run as formulas, and stay texts where
somebody edits them.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from optimizer.errors import InputError
from optimizer.results.parts_folder import parts_folder
from optimizer.results.run_folder import NO_ROOM
from optimizer.results.text_table import width
from optimizer.workbook.words import check_language, heading, said, sheet_name

LONGEST = 32_767
"""Characters that a cell can hold."""

LONGEST_TITLE = 250
"""Characters of a title that every program shows."""

_CREATED = dt.datetime(2000, 1, 1)
_NARROWEST, _WIDEST = 9, 48
_PAPER_A4 = 9
_FONT = {"font_name": "Calibri", "font_size": 11}
_BASE: dict[str, dict[str, Any]] = {
    "text": {"num_format": "@", "quote_prefix": True},
    "plain": {},
    "date": {"num_format": "yyyy-mm-dd"},
    "head": {
        "bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True,
        "valign": "top", "border": 1, "border_color": "#8A9BB0",
    },
    "head_required": {
        "bold": True, "bg_color": "#7A1F2B", "font_color": "#FFFFFF", "text_wrap": True,
        "valign": "top", "border": 1, "border_color": "#8A9BB0",
    },
    "title": {"bold": True, "font_size": 16, "font_color": "#1F3A5F"},
    "part": {"bold": True, "font_size": 12, "font_color": "#1F3A5F", "bottom": 1},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "code": {"font_name": "Consolas", "bg_color": "#F2F2F2"},
    "link": {"font_color": "#1F5FBF", "underline": 1},
}  # fmt: skip
_BACK = {"fill": "#FFF8DC", "sum": "#E8EDF3"}
"""Colours behind cells to fill in, and behind totals."""

_MARKS = {
    "wrong": {"bg_color": "#F8CBAD", "font_color": "#9C0006", "bold": True},
    "doubtful": {"bg_color": "#FFE699", "font_color": "#7F6000"},
    "changed": {"bg_color": "#BDD7EE", "font_color": "#1F3A5F", "bold": True},
    "holds": {"font_color": "#006100"},
    "fill": {"bg_color": _BACK["fill"], "border": 1, "border_color": "#D0D0D0"},
}
"""What conditional colours look like."""


class Book:
    """A workbook being written.

    Parameters
    ----------
    book : xlsxwriter.Workbook
    lang : str
        One of `LANGUAGES`.
    """

    def __init__(self, book: Any, lang: str) -> None:
        self._book = book
        self.lang = lang
        self._formats: dict[tuple[Any, ...], Any] = {}

    def sheet(self, name: str) -> Any:
        """Add a sheet of the program's own, called in the language of the workbook."""
        return self.table_sheet(sheet_name(name, self.lang))

    def table_sheet(self, name: str) -> Any:
        """Add a sheet called as it is said, set to print on A4 across."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_PAPER_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        return sheet

    def form(self, base: str, back: str = "", **more: Any) -> Any:
        """Return a format: one of the known ones, a colour behind it, and more of one's own."""
        key = (base, back, *sorted(more.items()))
        if key not in self._formats:
            properties = {**_FONT, **_BASE[base], **more}
            if back:
                properties |= {"bg_color": _BACK[back], "border": 1, "border_color": "#D0D0D0"}
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def number(self, decimals: int, back: str = "", **more: Any) -> Any:
        """Return the format of amounts with so many decimals."""
        digits = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        return self.form("plain", back, num_format=f"{digits};[Red]-{digits}", **more)

    def mark(self, name: str) -> Any:
        """Return a format for conditional colours."""
        if ("mark", name) not in self._formats:
            self._formats["mark", name] = self._book.add_format(_MARKS[name])
        return self._formats["mark", name]

    def said(self, sentence: str) -> str:
        """Return a sentence in the language of the workbook."""
        return said(sentence, self.lang)

    def heading(self, name: str) -> str:
        """Return the heading of a column in the language of the workbook."""
        return heading(name, self.lang)

    def reference(self, name: str) -> str:
        """Return a sheet as formulas name it."""
        return f"'{sheet_name(name, self.lang)}'!"


@contextmanager
def open_book(path: Path, lang: str, title: str) -> Iterator[Book]:
    """Yield a workbook that is written to a path in the end.

    Raises
    ------
    InputError
        Where the path cannot be written, or the language is none.
    OSError
        Where there is no room for it.
    """
    check_language(lang)
    with parts_folder(path.name) as folder:
        # In memory, it is closed quietly where there is no room for its parts.
        draft = io.BytesIO()
        book = xlsxwriter.Workbook(draft, {"constant_memory": True, "tmpdir": str(folder)})
        book.set_properties(
            {"title": title[:LONGEST_TITLE], "author": "quotaplan", "created": _CREATED}
        )
        try:
            yield Book(book, lang)
        finally:
            # A workbook that is given up is closed too: it holds files open.
            book.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draft.getvalue())
    except OSError as error:
        # Whoever made the folder that it lies in says that there is no room.
        if error.errno in NO_ROOM:
            raise
        reason = error.strerror or str(error)
        raise InputError(f"{path}: the workbook cannot be written ({reason})") from error


def put(sheet: Any, row: int, column: int, value: Any, form: Any = None) -> None:
    """Put a value into a cell: a text as text, whatever it begins with.

    Parameters
    ----------
    sheet : worksheet
    row, column : int
        From 0.
    value : str, number, bool, date or None
        Unknown numbers and dates are blank.
    form : format, optional

    Raises
    ------
    InputError
        For a text that no cell can hold.
    """
    if value is None or value == "" or value is pd.NaT:
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, str):
        if len(value) > LONGEST:
            raise InputError(
                f"the text “{value[:40]}…” has {len(value):,} characters, and a cell of a workbook "
                f"holds {LONGEST:,}: shorten it, or do without the workbook"
            )
        sheet.write_string(row, column, value, form)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, form)
    elif math.isfinite(value):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_blank(row, column, None, form)


def put_head(
    book: Book,
    sheet: Any,
    columns: Sequence[str],
    frozen: int,
    notes: Mapping[str, str] | None = None,
    own: Collection[str] = (),
) -> None:
    """Write the headings into the first row, and keep them and the first columns in view.

    Parameters
    ----------
    columns : sequence of str
        By the names that files have.
    frozen : int
        Columns that stay when one scrolls to the right.
    notes : mapping of column to text, optional
        What a note on the heading says.
    own : collection of str
        Columns with a name of the planner's own, such as periods.
    """
    for place, name in enumerate(columns):
        written = name if name in own else book.heading(name)
        put(sheet, 0, place, written, book.form("head"))
        if notes and name in notes:
            sheet.write_comment(0, place, notes[name], {"x_scale": 2.2, "y_scale": 0.9})
    sheet.freeze_panes(1, frozen)
    sheet.repeat_rows(0)


def fitting(texts: Sequence[str]) -> float:
    """Return the width of a column in which texts can be read."""
    widest = max((width(text) for text in texts), default=0) + 3
    return float(min(max(widest, _NARROWEST), _WIDEST))
