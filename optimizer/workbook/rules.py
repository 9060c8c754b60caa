"""What the sheets of tables offer, refuse and colour while they are filled in.

Drop-downs and colours follow the declaration of the tables. They help, and never replace
``check``: what they let pass is still judged by the loader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from optimizer.domain.columns import Column, Kind, Table
from optimizer.inputs.findings import number
from optimizer.workbook.book import Book, put
from optimizer.workbook.meanings import meaning
from optimizer.workbook.words import input_heading, sheet_name, yes_or_no

LISTS = "lists"
MOST_PERIODS = 120
COUNTED = 5_000
"""Rows up to which rows that stand twice are coloured; the work grows with their square."""

_SOURCES = {
    "region": ("regions", "region"),
    "parent": ("regions", "region"),
    "product": ("products", "product"),
    "rep": ("people", "rep"),
}
"""Column → table and column whose names it takes."""

_PERIODS_OF_THE_PLAN = ("periods", "capacity", "shares", "potential", "locks", "metrics")
_ORDERED = (
    ("min", "capacity"),
    ("min_total", "max_total"),
    ("min_share", "max_share"),
)
"""Columns of which the first may not be above the second."""

_WHOLES = {"products": None, "periods": None, "regions": "parent"}
"""Tables whose shares add up to 1, for each value of a column or all together."""

_SLACK = 0.005


@dataclass(frozen=True)
class Ready:
    """The sheets that are ready to be filled in.

    Attributes
    ----------
    book : Book
    last : mapping of sheet to the last row that is ready, from 0
    """

    book: Book
    last: Mapping[str, int]

    def names(self, sheet: str, column: Column) -> str | None:
        """Return the cells with the names that a column takes, or None where it takes any."""
        if column.name == "period":
            own = sheet.partition("_")[0]
            if own not in _PERIODS_OF_THE_PLAN:
                return None
            return f"{sheet_name(LISTS, self.book.lang)}!$A$2:$A${MOST_PERIODS + 1}"
        if column.name not in _SOURCES or column.kind is not Kind.LABEL:
            return None
        table, name = _SOURCES[column.name]
        if sheet == table and column.name == name:
            return None
        # A key leads its table: its names stand in the first column.
        return f"{table}!$A$2:$A${self.last[table] + 1}"


@dataclass(frozen=True)
class _Sheet:
    """Columns of a sheet by name, for formulas about the row of the first data cell."""

    table: Table
    columns: Sequence[Column]
    last: int

    def place(self, name: str) -> int:
        return [column.name for column in self.columns].index(name)

    def has(self, *names: str) -> bool:
        return {column.name for column in self.columns}.issuperset(names)

    def cell(self, name: str) -> str:
        return f"${xl_col_to_name(self.place(name))}2"

    def area(self, name: str) -> str:
        letters = xl_col_to_name(self.place(name))
        return f"${letters}$2:${letters}${self.last + 1}"

    @property
    def filled(self) -> str:
        return f"COUNTA($A2:${xl_col_to_name(len(self.columns) - 1)}2)>0"


def add_rules(ready: Ready, sheet: Any, name: str, table: Table, columns: Sequence[Column]) -> None:
    """Add drop-downs, checks of what is typed, and colours to the sheet of a table."""
    on = _Sheet(table, columns, ready.last[name])
    for place, column in enumerate(columns):
        names = ready.names(name, column)
        if rule := _typing(table, column, names, ready.book.lang):
            sheet.data_validation(1, place, on.last, place, rule)
    for column_name, formula, mark in _colours(ready, on, name):
        place = on.place(column_name)
        rule = {"type": "formula", "criteria": "=" + formula, "format": ready.book.mark(mark)}
        sheet.conditional_format(1, place, on.last, place, rule)


def _typing(table: Table, column: Column, names: str | None, lang: str) -> dict[str, Any] | None:
    """Return what may be typed into a column."""
    told = meaning(table, column, lang) if lang == "zh" else column.meaning
    said = {"error_title": input_heading(column.name, lang), "error_message": told[:250]}
    if names is not None:
        first = names.partition(":")[0]
        source = f'=OFFSET({first},0,0,MAX(1,SUMPRODUCT(({names}<>"")*1)),1)'
        return {"validate": "list", "source": source, "error_type": "warning", **said}
    if column.kind is Kind.BOOL:
        return {"validate": "list", "source": list(yes_or_no(lang)), **said}
    if column.kind is Kind.NUMBER and (column.low is not None or column.high is not None):
        rule = {"validate": "integer" if column.whole else "decimal", **said}
        low, high = (
            None if bound is None else number(bound) for bound in (column.low, column.high)
        )
        if low is not None and high is not None:
            return rule | {"criteria": "between", "minimum": low, "maximum": high}
        if low is not None:
            return rule | {"criteria": ">=", "value": low}
        return rule | {"criteria": "<=", "value": high}
    return None


def _colours(ready: Ready, on: _Sheet, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield (column, condition, colour); of several on a cell the first counts."""
    for column in on.columns:
        if wrong := _wrong(column, on.cell(column.name)):
            yield column.name, wrong, "wrong"
        names = ready.names(name, column)
        if names is not None:
            cell = on.cell(column.name)
            known = f'SUMPRODUCT(({names}<>"")*1)>0,ISNA(MATCH({cell},{names},0))'
            yield column.name, f'AND({cell}<>"",{known})', "wrong"
        if column.required:
            yield column.name, f'AND({on.cell(column.name)}="",{on.filled})', "doubtful"
    yield from _across(on)
    if on.table.key and on.last <= COUNTED:
        key = [column for column in on.table.key if on.has(column)]
        same = "*".join(f"({on.area(column)}={on.cell(column)})" for column in key)
        yield key[0], f"AND({on.filled},SUMPRODUCT({same}*1)>1)", "wrong"
    either = [column for column in on.table.either if on.has(column)]
    if either:
        blank = ",".join(f'{on.cell(column)}=""' for column in either)
        yield either[0], f"AND({on.filled},{blank})", "doubtful"


def _wrong(column: Column, cell: str) -> str:
    """Return when a cell holds what its column does not."""
    if column.kind is Kind.NUMBER:
        tests = [f"NOT(ISNUMBER({cell}))"]
        if column.low is not None:
            tests.append(f"{cell}<{column.low:g}")
        if column.high is not None:
            tests.append(f"{cell}>{column.high:g}")
        if column.whole:
            tests.append(f"{cell}<>INT({cell})")
        number = ",".join(tests[1:]) or "FALSE"
        return f'AND({cell}<>"",IF(ISNUMBER({cell}),OR({number}),TRUE))'
    if column.kind is Kind.DATE:
        return f'AND({cell}<>"",NOT(ISNUMBER({cell})),ISERROR(DATEVALUE({cell})))'
    if column.kind is Kind.BOOL:
        return f'AND({cell}<>"",{cell}<>"yes",{cell}<>"no",{cell}<>"是",{cell}<>"否")'
    return ""


def _across(on: _Sheet) -> Iterator[tuple[str, str, str]]:
    """Yield conditions on several columns: least above most, shares that do not fit."""
    for low, high in _ORDERED:
        if on.has(low, high):
            least, most = on.cell(low), on.cell(high)
            apart = f"AND(ISNUMBER({least}),ISNUMBER({most}),{least}>{most})"
            yield low, apart, "wrong"
            yield high, apart, "wrong"
    if on.table.name not in _WHOLES:
        return
    by = _WHOLES[on.table.name]
    cell = on.cell("share")

    def total(column: str) -> str:
        if by is None:
            return f"SUM({on.area(column)})"
        same = f"({on.area(by)}={on.cell(by)})*1"
        return f"SUMPRODUCT({same},{on.area(column)})"

    key = on.table.key[0]
    siblings = f"({on.area(by)}={on.cell(by)})*" if by else ""
    blanks = f'SUMPRODUCT({siblings}({on.area(key)}<>"")*({on.area("share")}=""))'
    is_one = f"ABS({total('share')}-1)<={_SLACK}"
    least, most = on.cell("min_share"), on.cell("max_share")
    outside = f"OR(AND(ISNUMBER({least}),{cell}<{least}),AND(ISNUMBER({most}),{cell}>{most}))"
    yield "share", f"AND(ISNUMBER({cell}),{is_one},{outside})", "wrong"
    yield "share", f"AND(ISNUMBER({cell}),NOT({is_one}),{blanks}=0)", "doubtful"
    above = f"{total('min_share')}>1+{_SLACK}"
    yield "min_share", f"AND(ISNUMBER({least}),{above})", "wrong"


def write_periods(book: Book, cell: str, periods: Sequence[str]) -> None:
    """Write the sheet that lists the periods, as the sheet of keys names them.

    Parameters
    ----------
    book : Book
    cell : str
        Where the periods stand, separated by ``;``.
    periods : sequence of str
        What they are now.
    """
    sheet = book.sheet(LISTS)
    put(sheet, 0, 0, book.heading("period"), book.form("head"))
    bare = cell
    for sign in ('"["', '"]"', '""""'):
        bare = f'SUBSTITUTE({bare},{sign},"")'
    bare = f'SUBSTITUTE(SUBSTITUTE({bare},",",";"),"；",";")'
    parts = f'SUBSTITUTE({bare},";",REPT(" ",99))'
    for row in range(1, MOST_PERIODS + 1):
        value = periods[row - 1] if row <= len(periods) else ""
        formula = f"=TRIM(MID({parts},(ROW()-2)*99+1,99))"
        sheet.write_formula(row, 0, formula, book.form("plain"), value)
    sheet.set_column(0, 0, 16)
    sheet.hide()
