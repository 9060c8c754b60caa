"""The sheet of people: what each rep carries by period, with live sums over the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from optimizer.workbook.book import Book, fitting, put, put_head
from optimizer.workbook.live import TargetSheet
from optimizer.workbook.run import Run

LABELS = ("measure", "region", "team", "rep")
_BESIDE = ("floor", "stretch", "reference")
_FAR = 0.2


@dataclass(frozen=True)
class _Place:
    """Where the columns of the sheet are, from 0."""

    labels: tuple[str, ...]
    periods: tuple[str, ...]

    @property
    def first(self) -> int:
        return len(self.labels)

    @property
    def total(self) -> int:
        return self.first + len(self.periods)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.labels, *self.periods, "total", *_BESIDE, "multiple")


def write_people(
    book: Book, run: Run, targets: pd.DataFrame, target_sheet: TargetSheet | None
) -> None:
    """Write the sheet of people.

    Parameters
    ----------
    book : Book
    run : Run
    targets : DataFrame
        ``targets.csv`` with a column `measure`.
    target_sheet : TargetSheet or None
        None where the workbook has no such sheet: then there are plain numbers.
    """
    named = list(LABELS)
    rows = targets.assign(**{name: targets[name].astype("str") for name in (*named, "period")})
    by_period = rows.groupby([*named, "period"], sort=True)["target"].sum().unstack("period")
    beside = rows.groupby(named, sort=True)[list(_BESIDE)].sum()
    place = _Place(LABELS if run.is_several else LABELS[1:], run.scenarios[0].settings.periods)
    amounts = by_period.reindex(columns=list(place.periods)).fillna(0.0).to_numpy().tolist()
    sheet = book.sheet("people")
    put_head(book, sheet, place.columns, place.first, own=place.periods)
    if target_sheet is not None and not target_sheet.is_light(by_period.size):
        target_sheet = None
    for row, (labels, values, others) in enumerate(
        zip(by_period.index, amounts, beside.to_numpy().tolist(), strict=True), start=1
    ):
        texts = dict(zip(LABELS, labels, strict=True))
        for column, name in enumerate(place.labels):
            put(sheet, row, column, texts[name], book.form("text"))
        _put_amounts(book, run, sheet, place, row, values, target_sheet)
        _put_beside(book, run, sheet, place, row, sum(values), others)
    _finish(book, run, sheet, place, amounts, beside)


def _put_amounts(
    book: Book, run: Run, sheet: Any, place: _Place, row: int, values: Sequence[float],
    target_sheet: TargetSheet | None,
) -> None:  # fmt: skip
    """Put what a rep carries in each period, and the sum."""
    form = book.number(run.decimals)
    for column, value in enumerate(values, start=place.first):
        if target_sheet is None:
            put(sheet, row, column, value, form)
            continue
        wanted = {"period": xl_rowcol_to_cell(0, column, row_abs=True)} | {
            name: xl_rowcol_to_cell(row, place.labels.index(name), col_abs=True)
            for name in place.labels
            if name in ("measure", "rep")
        }
        sheet.write_formula(row, column, "=" + target_sheet.total(wanted), form, value)
    across = xl_range(row, place.first, row, place.total - 1)
    bold = book.number(run.decimals, bold=True)
    sheet.write_formula(row, place.total, f"=SUM({across})", bold, sum(values))


def _put_beside(
    book: Book, run: Run, sheet: Any, place: _Place, row: int, total: float,
    others: Sequence[float],
) -> None:  # fmt: skip
    """Put floor, stretch and reference, and how many times the reference the target is."""
    for column, value in enumerate(others, start=place.total + 1):
        put(sheet, row, column, value, book.number(run.decimals))
    reference = place.total + len(_BESIDE)
    at, of = (xl_rowcol_to_cell(row, column) for column in (place.total, reference))
    form = book.form("plain", num_format="0.00")
    multiple = total / others[-1] if others[-1] > 0 else ""
    sheet.write_formula(row, reference + 1, f'=IF({of}>0,{at}/{of},"")', form, multiple)


def _finish(
    book: Book, run: Run, sheet: Any, place: _Place, amounts: Sequence[Sequence[float]],
    beside: pd.DataFrame,
) -> None:  # fmt: skip
    """Put the totals below, filters, widths and colours."""
    last = max(len(amounts), 1)
    columns = place.columns
    if not run.is_several:
        form = book.number(run.decimals, "sum", bold=True)
        for column in range(place.first):
            text = book.heading("total") if column == place.first - 1 else ""
            put(sheet, last + 1, column, text, book.form("text", "sum", bold=True))
        sums = [sum(column) for column in zip(*amounts, strict=True)]
        sums = [*sums, sum(sums), *beside.sum().tolist()]
        for column, value in enumerate(sums, start=place.first):
            area = xl_range(1, column, last, column)
            sheet.write_formula(last + 1, column, f"=SUM({area})", form, value)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    index: Mapping[str, pd.Index[Any]] = {
        name: beside.index.get_level_values(name) for name in place.labels
    }
    for column, name in enumerate(place.labels):
        texts = [book.heading(name) + "  ", *map(str, index[name][:300])]
        sheet.set_column(column, column, fitting(texts))
    sheet.set_column(place.first, len(columns) - 1, 12)
    far = {"type": "cell", "criteria": "not between", "minimum": 1 - _FAR, "maximum": 1 + _FAR,
           "format": book.mark("doubtful")}  # fmt: skip
    sheet.conditional_format(1, len(columns) - 1, last, len(columns) - 1, far)
