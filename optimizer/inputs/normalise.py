"""Cells → typed tables: headers become canonical names, values become what their column holds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.domain.columns import CANONICAL, Column, Kind, Table
from optimizer.domain.nearest import meant
from optimizer.domain.tables import PASSED_THROUGH, TABLES
from optimizer.errors import Finding, InputError
from optimizer.inputs.characters import unfit
from optimizer.inputs.findings import LISTED, Typed, shortened, shown
from optimizer.inputs.values import Understood, absent, is_blank, prepared, understand

MOST_COLUMNS = 1_000
"""Columns that a table may have; far more than anybody keeps beside a plan."""


def canonical(header: str) -> str:
    """Return the canonical name of a header, whether or not any table knows it."""
    stripped = header.strip()
    folded = re.sub(r"\s+", "_", stripped.casefold())
    if folded.startswith(PASSED_THROUGH):
        return PASSED_THROUGH + re.sub(r"[\t\r\n]+", " ", stripped[len(PASSED_THROUGH) :])
    return CANONICAL.get(stripped, folded)


def known_anywhere(header: str) -> bool:
    """Return whether some table has a column of this header."""
    name = canonical(header)
    return any(name in table.names for table in TABLES)


def typed(
    cells: pd.DataFrame, table: Table, source: str, measures: Collection[str]
) -> tuple[Typed | None, list[Finding]]:
    """Return a table with canonical headers and typed values, and what is wrong with it.

    Parameters
    ----------
    cells : DataFrame
        Columns by header; the index is the row in the source.
    table : Table
    source : str
        File or sheet, for messages.
    measures : collection of str
        Further columns known because a key `measure`, `metric` or `source` names them.

    Returns
    -------
    tuple of Typed or None, and list of Finding
        None where a required column is missing.

    Raises
    ------
    InputError
        Where it has more than `MOST_COLUMNS` columns.
    """
    if len(cells.columns) > MOST_COLUMNS:
        problem = f"the table {table.name} has {len(cells.columns):,} columns"
        remedy = f"Keep at most {MOST_COLUMNS:,}."
        raise InputError([Finding(source, 1, "", "", problem, remedy)])
    headers, found = named_columns(list(map(str, cells.columns)), table, source, measures)
    cells = cells.set_axis([*map(str, cells.columns)], axis=1)
    cells = cells.loc[:, ~cells.columns.duplicated()]
    ready = {header: prepared(cells[header]) for header in headers.values()}
    blank = np.ones(len(cells), dtype=bool)
    for values in ready.values():
        blank &= is_blank(values)
    if blank.any():
        ready = {header: values[~blank] for header, values in ready.items()}
    index = cells.index[~blank]
    columns: dict[str, pd.Series[Any]] = {}
    for column in (*table.columns, *_further(headers, table)):
        if column.name not in headers:
            columns[column.name] = absent(column, index)
            continue
        understood = understand(ready[headers[column.name]], column)
        columns[column.name] = understood.values
        found += _value_findings(understood, source, headers[column.name])
    if any(column.required and column.name not in headers for column in table.columns):
        return None, found
    result = Typed(table, source, pd.DataFrame(columns, index=index), headers)
    if table.filled and not len(result.frame):
        problem = f"the table {table.name} has no rows"
        found.append(Finding(source, 0, "", "", problem, "Fill it in, or remove it."))
    return result, found + _either(result)


def named_columns(
    written: list[str], table: Table, source: str, measures: Collection[str]
) -> tuple[dict[str, str], list[Finding]]:
    """Return canonical column → header, and findings about headers."""
    headers: dict[str, str] = {}
    found: list[Finding] = []
    for header in written:
        name = canonical(header)
        if name in headers:
            problem = f"the column {name} is there twice"
            found.append(Finding(source, 1, header, header, problem, "Remove one of the two."))
        elif all(unfit_name := unfit(name, Kind.LABEL)):
            found.append(Finding(source, 1, header, header, *unfit_name))
        elif name in table.names or name in measures or _passes(name):
            headers[name] = header
        else:
            aliases = [alias for column in table.columns for alias in column.aliases]
            problem = f"the table {table.name} has no such column"
            remedy = meant(header, [*table.names, *sorted(measures), *aliases])
            remedy += f" Columns of your own begin with {PASSED_THROUGH}."
            found.append(Finding(source, 1, header, header, problem, remedy))
    for column in table.columns:
        if column.required and column.name not in headers:
            problem = "the required column is missing"
            remedy = f"Add a column {column.name}. {column.meaning}"
            found.append(Finding(source, 1, column.name, "", problem, remedy))
    if table.either and not any(name in headers for name in table.either):
        remedy = f"Add a column {' or '.join(table.either)}."
        problem = "a required column is missing"
        found.append(Finding(source, 1, " or ".join(table.either), "", problem, remedy))
    return headers, found


def _passes(name: str) -> bool:
    return name.startswith(PASSED_THROUGH) and len(name) > len(PASSED_THROUGH)


def _further(headers: Mapping[str, str], table: Table) -> Iterator[Column]:
    """Yield the columns a table has beyond its declaration: measures, then columns of one's own."""
    for name in sorted(set(headers) - set(table.names), key=lambda name: (_passes(name), name)):
        kind = Kind.TEXT if _passes(name) else Kind.NUMBER
        yield Column(name, kind, "A column of the planner's own.", percent=True)


def _value_findings(understood: Understood, source: str, header: str) -> list[Finding]:
    """Return findings about single cells."""
    found: list[Finding] = []
    for fault in understood.faults:
        if not fault.rows.any():
            continue
        rows = understood.written[fault.rows]
        listed = [
            Finding(
                source,
                row,
                header,
                shown(value),
                fault.problem,
                fault.remedy(shown(value)) if callable(fault.remedy) else fault.remedy,
            )
            for row, value in zip(rows.index[:LISTED].tolist(), rows[:LISTED], strict=True)
        ]
        found += shortened(listed, len(rows))
    return found


def _either(table: Typed) -> list[Finding]:
    """Find rows that fill none of the columns of which they must fill one."""
    either = table.table.either
    if not any(name in table.headers for name in either):
        return []
    filled = np.zeros(len(table.frame), dtype=bool)
    for name in either:
        values = table.frame[name]
        filled |= (values.notna() & (values != "")).to_numpy(dtype=bool)
    names = " or ".join(either)
    return table.listed(~filled, either[0], f"the row has no {names}", f"Fill in {names}.")
