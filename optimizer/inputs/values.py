"""Cells of one column → what the column holds, and which cells hold something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.columns import Column, Kind
from optimizer.inputs.characters import unfit_texts
from optimizer.inputs.findings import Rows, shown
from optimizer.inputs.vectors import as_floats, bytes_of

FORMULA_STARTS = tuple("=+-@＝＋－＠")
"""A text that begins with one of these is written with an apostrophe before it."""

MOST = 1e15
"""Largest number of a table: beyond it, floats skip whole numbers."""

EARLIEST, LATEST = 1900, 2199
"""First and last year taken for a date; others are slips of the pen."""

_TRUE = frozenset({"yes", "y", "true", "1", "是"})
_FALSE = frozenset({"no", "n", "false", "0", "否", ""})
_ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})")
_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:\d{2}(?::\d{2}[.\d]*)?)?"
)
_SPLIT = re.compile("[;；]")
_LINE_ENDS = re.compile("\r\n?")
_NO_WIDTH = "\u200b\u2060\ufeff"
_BLANKS = f"{_NO_WIDTH} \t\n\xa0\u3000"


@dataclass(frozen=True)
class Fault:
    """Rows of a column that share a fault."""

    rows: Rows
    problem: str
    remedy: str | Callable[[str], str]


@dataclass(frozen=True)
class Understood:
    """A column as it is understood.

    Attributes
    ----------
    values : Series
        Typed values.
    written : Series of text
        The cells as text, for messages.
    faults : tuple of Fault
    """

    values: pd.Series[Any]
    written: pd.Series[str]
    faults: tuple[Fault, ...] = ()


def prepared(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells as stripped text, or as they are where they came as numbers or dates."""
    return cells if _is_typed(cells) else as_text(cells)


def is_blank(cells: pd.Series[Any]) -> Rows:
    """Return which prepared cells hold nothing."""
    blank = cells.isna() if _is_typed(cells) else cells == ""
    return blank.to_numpy(dtype=bool)


def _is_typed(cells: pd.Series[Any]) -> bool:
    """Return whether cells came as numbers or dates, as Parquet has them."""
    kind = cells.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return True
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def understand(cells: pd.Series[Any], column: Column) -> Understood:
    """Return the typed values of a column of prepared cells."""
    if column.kind is Kind.NUMBER:
        return _numbers(cells, column)
    if column.kind is Kind.DATE:
        return _dates(cells)
    if column.kind is Kind.BOOL:
        return _truths(cells)
    text = _as_text(cells)
    broken = Fault(
        text.isin(_ERRORS).to_numpy(),
        "the cell holds the error of a spreadsheet formula",
        "Mend the formula or type the value.",
    )
    missing = Fault((text == "").to_numpy(dtype=bool), "the value is missing", column.meaning)
    values = _lists(text) if column.kind is Kind.LIST else text
    unfit = [Fault(*found) for found in unfit_texts(values, column.kind)]
    return Understood(values, text, (broken, *([missing] if column.required else []), *unfit))


def absent(column: Column, index: pd.Index[Any]) -> pd.Series[Any]:
    """Return a column of blanks."""
    if column.kind is Kind.NUMBER:
        return pd.Series(np.nan, index=index, dtype=np.float64)
    if column.kind is Kind.DATE:
        return pd.Series(pd.NaT, index=index, dtype="datetime64[s]")
    if column.kind is Kind.BOOL:
        return pd.Series(False, index=index, dtype=bool)
    return pd.Series("", index=index, dtype="str")


def as_text(cells: pd.Series[Any]) -> pd.Series[str]:
    """Return cells as stripped text, whatever type they came in."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        labels = as_text(pd.Series([*cells.cat.categories, ""], dtype=object))
        return labels.take(cells.cat.codes.to_numpy()).set_axis(cells.index)
    if cells.dtype == object or not isinstance(cells.dtype, pd.StringDtype):
        cells = cells.astype(object).map(_one_text)
    elif cells.hasnans:
        cells = cells.fillna("")
    text = _tidied(cells.astype("str").str.strip())
    marked = text.str.startswith("'").to_numpy(dtype=bool)
    if marked.any():
        text = text.mask(marked, text[marked].map(_unmarked))
    return text


def _tidied(text: pd.Series[str]) -> pd.Series[str]:
    """Return texts with plain line feeds, and without blanks of no width around them.

    Within a text such blanks stay: some scripts have them between words.
    """
    raw = bytes_of(text)
    if b"\r" in raw:
        text = text.str.replace(_LINE_ENDS, "\n", regex=True)
    around = any(blank.encode() in raw for blank in _NO_WIDTH)
    return text.str.strip(_BLANKS) if around else text


def _as_text(cells: pd.Series[Any]) -> pd.Series[str]:
    """Return prepared cells as text."""
    return as_text(cells) if _is_typed(cells) else cells


def _one_text(value: Any) -> str:
    """Return one cell as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(_one_text(item) for item in value)
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    return str(value)


def _unmarked(text: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from running a text as a formula."""
    return text[1:] if text[1:].startswith(FORMULA_STARTS) else text


def _lists(text: pd.Series[str]) -> pd.Series[str]:
    """Return ``;`` lists without spaces, blanks and repetitions."""
    tidy = {
        item: ";".join(dict.fromkeys(part.strip() for part in _SPLIT.split(item) if part.strip()))
        for item in text.unique()
    }
    result: pd.Series[str] = text.map(tidy).astype("str")
    return result


def _truths(cells: pd.Series[Any]) -> Understood:
    """Understand yes and no."""
    text = _as_text(cells)
    folded = text.str.casefold()
    yes = folded.isin(_TRUE)
    unknown = ~(yes | folded.isin(_FALSE)).to_numpy()
    fault = Fault(unknown, "this is neither yes nor no", "Write yes or no.")
    return Understood(yes.astype(bool), text, (fault,))


def _dates(cells: pd.Series[Any]) -> Understood:
    """Understand dates, value by value (few are different)."""
    text = _as_text(cells)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        days = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        values = days.where(days.dt.year.between(EARLIEST, LATEST)).astype("datetime64[s]")
        values = values.dt.floor("D")
    else:
        known = {item: _one_date(item) for item in text.unique()}
        values = pd.to_datetime(text.map(known), errors="coerce").astype("datetime64[s]")
    bad = ((text != "") & values.isna()).to_numpy(dtype=bool)
    fault = Fault(bad, "this is not a date", "Write year-month-day, such as 2024-03-01.")
    return Understood(values, text, (fault,))


def _one_date(text: str) -> date | None:
    """Return the day a text stands for; None where it stands for none beyond doubt."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if EARLIEST <= day.year <= LATEST else None


def _numbers(cells: pd.Series[Any], column: Column) -> Understood:
    """Understand numbers: plain ones at once, others value by value."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        blank = cells.isna().to_numpy()
        return _bounded(numbers, blank, cells, column)
    text = _as_text(cells)
    blank = (text == "").to_numpy(dtype=bool)
    plain = as_floats(text)
    if plain is not None:
        return _bounded(plain, blank, text, column)
    known = {item: _one_number(item, column) for item in text.unique()}
    numbers = text.map(known).to_numpy(dtype=np.float64)
    return _bounded(numbers, blank, text, column)


def _one_number(text: str, column: Column) -> float:
    """Return the number a text stands for; NaN where it stands for none beyond doubt."""
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        if column.percent and text.endswith("%"):
            return float(text[:-1]) / 100.0
        return float(text)
    except ValueError:
        return float("nan")


def _bounded(
    numbers: NDArray[np.float64], blank: Rows, written: pd.Series[Any], column: Column
) -> Understood:
    """Return numbers as a column, with faults for those that are none or out of bounds."""
    sound = np.isfinite(numbers)
    faults = [Fault(~blank & ~sound, "this is not a number", _number_remedy)]
    if column.required:
        faults.append(Fault(blank, "the value is missing", column.meaning))
    vast = sound & (np.abs(numbers) > MOST)
    beyond = f"the number is beyond {MOST:g}, the most that is exact"
    faults.append(Fault(vast, beyond, _vast_remedy))
    sound &= ~vast
    if column.low is not None:
        below = "the number is negative"
        if column.low != 0:
            below = f"the number is below {shown(column.low)}"
        faults.append(Fault(sound & (numbers < column.low), below, column.meaning))
    if column.high is not None:
        above = f"the number is above {shown(column.high)}"
        faults.append(Fault(sound & (numbers > column.high), above, column.meaning))
    if column.whole:
        part = sound & (numbers != np.floor(numbers))
        faults.append(Fault(part, "this is not a whole number", column.meaning))
    # What is reported here is blank to the rules that follow, so that none reports it again.
    refused = np.logical_or.reduce([fault.rows for fault in faults])
    values = pd.Series(numbers, index=written.index, dtype=np.float64).mask(refused)
    return Understood(values, written, tuple(faults))


def _number_remedy(text: str) -> str:
    """Return what to do about a text that should be a number."""
    if "," in text:
        bare = text.replace(",", "")
        return f"Write {bare} without a comma, or {text.replace(',', '.')} if a point is meant."
    if "o" in text.casefold() and any(letter.isdigit() for letter in text):
        return "A letter O stands among the digits; write a zero."
    return "Write a plain number such as 1200 or 12.5, or leave the cell blank."


def _vast_remedy(text: str) -> str:
    """Return what to do about a number too large to be exact."""
    return f"{text} stands for no amount: use a larger unit, or leave blank what has no limit."
