"""Tables as the sheets of a workbook: numbers as numbers, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from optimizer.chinese.templates import SENTENCE
from optimizer.report.wording import Wording
from optimizer.results.parts_folder import parts_folder
from optimizer.results.text_table import width
from optimizer.results.texts import harmless

MONEY, AMOUNT, PERCENT, PLAIN = "#,##0.00", "#,##0.######", "0.00%", "General"
"""Number formats."""

MOST_ROWS = 1_048_575
"""Rows that a sheet has below its header."""

_CREATED = dt.datetime(2000, 1, 1)
_WIDEST, _NARROWEST, _BESIDE = 60, 11, 3
"""Letters of a column, and of what stands beside the widest text: the arrow of the filter."""

_LINE = 15
"""Height of a line of text, in points; a heading has at most a line for each word."""

_LOOKED_AT = 200
"""Rows by which the width of a column is found."""

_LONGEST = 32_767
"""Characters that a cell holds."""

_PAPER_A4 = 9
_FAULT = "#"
"""Begins texts that a spreadsheet takes for a formula that failed."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_HEADING = {"bold": True, "bg_color": "#E8EDF3", "text_wrap": True, "valign": "top"}


_BESIDE_IT = ", standard error"
"""Ends the heading of the standard error of a column."""

Row = tuple[Any, ...]


class Number(NamedTuple):
    """A number that is shown otherwise than the rest of its column."""

    value: Any
    form: str


@dataclass(frozen=True)
class Sheet:
    """A table of a workbook.

    Attributes
    ----------
    name : str
        At most 31 characters.
    header : tuple of str
    rows : iterable of sequences
        Texts, numbers, `Number` or None, from top to bottom; at most `MOST_ROWS`.
    forms : mapping of str to str
        Column → number format.
    """

    name: str
    header: tuple[str, ...]
    rows: Iterable[Sequence[Any]]
    forms: Mapping[str, str] = field(default_factory=dict)


def sentences(name: str, said: Iterable[str], say: Wording, own: Iterable[str] = ()) -> Sheet:
    """Return a sheet of sentences.

    Parameters
    ----------
    name : str
    said : iterable of str
        What other parts of the program have said, in English.
    say : Wording
    own : iterable of str
        Sentences in the language of `say`, or of the planner's own.
    """
    texts = (*(say.told(text, SENTENCE) for text in said), *own)
    return Sheet(name, (name,), [(text,) for text in texts])


def write_spoken(sheets: Iterable[Sheet], path: Path, say: Wording) -> None:
    """Write sheets into a workbook with names and headings, all of them known, in a language."""
    write_book((_in_language(sheet, say) for sheet in sheets), path)


def _in_language(sheet: Sheet, say: Wording) -> Sheet:
    shown = {column: _heading(column, say) for column in sheet.header}
    forms = {shown[column]: form for column, form in sheet.forms.items()}
    return replace(sheet, name=say(sheet.name), header=tuple(shown.values()), forms=forms)


def _heading(column: str, say: Wording) -> str:
    if column.endswith(_BESIDE_IT):
        return say("{column}, standard error", column=say(column.removesuffix(_BESIDE_IT)))
    return say(column)


def write_book(sheets: Iterable[Sheet], path: Path) -> None:
    """Write sheets into a workbook.

    No text is run as a formula. What no sheet can hold is left out: infinite numbers, control
    characters.

    Parameters
    ----------
    sheets : iterable of Sheet
        At least one.
    path : Path
        Ends in ``.xlsx``.

    Raises
    ------
    InputError
        Where there is no room to put it together.
    """
    draft = io.BytesIO()
    with (
        parts_folder(path.name) as folder,
        xlsxwriter.Workbook(draft, {**_OPTIONS, "tmpdir": str(folder)}) as book,
    ):
        book.set_properties({"author": "quotaplan", "created": _CREATED})
        forms = _Forms(book)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, forms)
    path.write_bytes(draft.getvalue())


class _Forms(dict[str, Any]):
    """Number format → format of a workbook; `quoted` is that of texts like formulas."""

    def __init__(self, book: Any) -> None:
        super().__init__()
        self._book = book
        self.heading = book.add_format(_HEADING)
        self.quoted = book.add_format({"quote_prefix": True})

    def __missing__(self, form: str) -> Any:
        self[form] = self._book.add_format({"num_format": form})
        return self[form]


def _write_sheet(target: Any, sheet: Sheet, forms: _Forms) -> None:
    target.freeze_panes(1, 0)
    target.repeat_rows(0)
    target.set_landscape()
    target.set_paper(_PAPER_A4)
    target.fit_to_pages(1, 0)
    rows = iter(sheet.rows)
    first = list(islice(rows, _LOOKED_AT))
    target.set_row(0, _LINE * max(len(name.split()) for name in sheet.header))
    for place, name in enumerate(sheet.header):
        texts = chain(name.split(), (_shown(row[place]) for row in first))
        widest = max(map(width, texts)) + _BESIDE
        target.set_column(place, place, min(max(widest, _NARROWEST), _WIDEST))
        target.write_string(0, place, name, forms.heading)
    shown = [sheet.forms.get(name, PLAIN) for name in sheet.header]
    number = 0
    for number, row in zip(count(1), chain(first, rows), strict=False):
        for place, (value, form) in enumerate(zip(row, shown, strict=True)):
            _write(target, number, place, value, form, forms)
    target.autofilter(0, 0, number, len(sheet.header) - 1)


def _write(target: Any, row: int, place: int, value: Any, form: str, forms: _Forms) -> None:
    if isinstance(value, str):
        text = _CONTROL.sub("", value)[:_LONGEST]
        is_safe = harmless(text) == text and not text.startswith(_FAULT)
        if text:
            target.write_string(row, place, text, None if is_safe else forms.quoted)
        return
    if isinstance(value, Number):
        value, form = value
    if value is not None and math.isfinite(value):
        target.write_number(row, place, value, forms[form])


def _shown(value: Any) -> str:
    """Return about what a cell shows."""
    if isinstance(value, Number):
        value = value.value
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:,.2f}"
