"""A workbook that comes back: its edited targets and filled-in locks, as the loader takes locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.domain.columns import Column, Kind
from optimizer.domain.nearest import meant
from optimizer.domain.tables import LOCKS
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import LISTED, Typed, shortened
from optimizer.inputs.normalise import typed
from optimizer.inputs.read import headed
from optimizer.inputs.values import as_text, prepared, understand
from optimizer.inputs.workbook import Sheet, read_sheets
from optimizer.workbook.targets import EDITED, PLACE, is_same, row_checks
from optimizer.workbook.words import FORMAT, column_of, sheet_of

NEEDED = (*PLACE, "target", "planned", "check")
"""Columns of the sheet of targets without which no edit can be told."""

_NUMBER = Column("planned", Kind.NUMBER, "What the plan says.", required=True)
_UNTOUCHED = (
    "Change only target, owner, reason and expires there; sort whole rows, never one column. To "
    "fix another slice, use the sheet locks."
)


@dataclass(frozen=True)
class Asked:
    """Locks that one sheet asks for.

    Attributes
    ----------
    source : str
        Workbook and sheet, for messages.
    by_measure : mapping of measure to Typed
        Each like a table of locks; the index is the row in the sheet.
    """

    source: str
    by_measure: Mapping[str, Typed]


@dataclass(frozen=True)
class _Page:
    """A sheet.

    Attributes
    ----------
    cells : DataFrame
        Under canonical names; the index is the row.
    source : str
        Workbook and sheet, for messages.
    headings : mapping of column to heading as written
    """

    cells: pd.DataFrame
    source: str
    headings: Mapping[str, str]

    def finding(self, row: int, column: str, value: str, problem: str, remedy: str) -> Finding:
        """Return a finding about a cell."""
        heading = self.headings.get(column, column)
        return Finding(self.source, row, heading, value, problem, remedy)


@dataclass(frozen=True)
class Returned:
    """What a workbook asks for.

    Attributes
    ----------
    asked : tuple of Asked
        Edited targets first, then the sheet of locks.
    record : mapping
        What the workbook says of the plan it was made from; empty where it is no plan's.
    """

    asked: tuple[Asked, ...]
    record: Mapping[str, str]


def read_returned(data: bytes, name: str, measures: Collection[str]) -> Returned:
    """Read what was edited or filled in.

    Parameters
    ----------
    data : bytes
        The file as it is.
    name : str
        Its name, for messages.
    measures : collection of str
        Those of the scenario, the main one first.

    Raises
    ------
    InputError
        Where the file is no workbook, has neither sheet, or cells are wrong; all at once.
    """
    sheets = {
        sheet_of(title): (f"{name}, sheet {title}", sheet)
        for title, sheet in read_sheets(data, name, _is_wanted).items()
    }
    if not {"targets", "locks"} & set(sheets):
        problem = "the workbook has neither a sheet targets nor a sheet locks"
        remedy = "Take a plan.xlsx that 'plan --xlsx' or 'report' wrote, and edit that."
        raise InputError([Finding(name, 0, "", "", problem, remedy)])
    record = _record(sheets["record"][1]) if "record" in sheets else {}
    if record.get("format", FORMAT) != FORMAT:
        problem = (
            f"the workbook was written by another version of quotaplan, {record.get('version', '')}"
        )
        remedy = "Write plan.xlsx anew with this version, and edit that."
        raise InputError([Finding(name, 0, "", "", problem, remedy)])
    found: list[Finding] = []
    asked: list[Asked] = []
    for title, read in (("targets", _edits), ("locks", _filled)):
        if title in sheets:
            source, sheet = sheets[title]
            try:
                asked.append(read(_page(sheet, source), list(measures)))
            except InputError as error:
                found += error.findings
    if found:
        raise InputError(sorted(found))
    return Returned(tuple(asked), record)


def _is_wanted(title: str) -> bool:
    return sheet_of(title) in ("targets", "locks", "record")


def _record(sheet: Sheet) -> dict[str, str]:
    if sheet.cells.shape[1] < 2:
        return {}
    return dict(zip(as_text(sheet.cells[0]), as_text(sheet.cells[1]), strict=True))


def _page(sheet: Sheet, source: str) -> _Page:
    """Return the cells of a sheet under canonical names.

    Raises
    ------
    InputError
        Where the sheet has no headings, one twice, or formulas that were never calculated.
    """
    if sheet.faults:
        raise InputError([replace(fault, file=source) for fault in sheet.faults])
    cells = headed(sheet.cells, source)
    written = list(map(str, cells.columns))
    headings: dict[str, str] = {}
    for header in written:
        name = column_of(header)
        if name in headings:
            problem = f"the column {name} is there twice"
            raise InputError(
                [Finding(source, 1, header, header, problem, "Remove one of the two.")]
            )
        headings[name] = header
    return _Page(cells.set_axis(list(headings), axis=1), source, headings)


def _edits(page: _Page, measures: list[str]) -> Asked:
    """Return the locks that edited targets stand for."""
    cells = page.cells
    for name in NEEDED:
        if name not in cells:
            problem = f"the column {name} is missing"
            remedy = "Take the sheet as 'plan --xlsx' or 'report' wrote it, hidden columns too."
            raise InputError([page.finding(1, name, "", problem, remedy)])
    texts = cells.apply(as_text)
    rows = cells[(texts[list(NEEDED)] != "").any(axis=1).to_numpy(dtype=bool)]
    texts = texts.loc[rows.index]
    measure = texts["measure"] if "measure" in texts else pd.Series(measures[0], index=rows.index)
    planned = understand(prepared(rows["planned"]), _NUMBER).values
    labels = (texts[name].tolist() for name in PLACE)
    right = row_checks(measure.tolist(), *labels, planned=planned.tolist())
    found = _moved(page, texts[(texts["check"] != right).to_numpy(dtype=bool)])
    target = understand(prepared(rows["target"]), _NUMBER).values.to_numpy(dtype=float)
    # What is blank or no number counts as edited, so that it is told.
    edited = ~is_same(target, planned.to_numpy(dtype=float)) | np.isnan(target)
    noted = (texts.reindex(columns=EDITED[1:], fill_value="") != "").any(axis=1).to_numpy()
    found += _idle(page, texts[noted & ~edited])
    wanted = [name for name in (*PLACE, "target", *EDITED[1:]) if name in rows]
    chosen = rows.loc[edited, wanted].rename(columns={"target": "amount"})
    headings = {**page.headings, "amount": page.headings["target"]}
    asked, faults = _by_measure(chosen, measure[edited], replace(page, headings=headings), measures)
    found += faults
    if found:
        raise InputError(found)
    return Asked(page.source, asked)


def _moved(page: _Page, rows: pd.DataFrame) -> list[Finding]:
    """Return findings on rows whose labels, or what was planned, are no longer as written."""
    problem = "the labels or the planned figure of this row are not as the plan wrote them"
    values = rows[[*PLACE, "planned"]].head(LISTED).to_numpy().tolist()
    found = [
        page.finding(int(row), "", ", ".join(filter(None, value)), problem, _UNTOUCHED)
        for row, value in zip(rows.index[:LISTED], values, strict=True)
    ]
    return shortened(found, len(rows))


def _idle(page: _Page, rows: pd.DataFrame) -> list[Finding]:
    """Return findings on rows with an owner, a reason or a day, whose target stands as planned.

    Whoever wants a target fixed at what was planned says so in the sheet of locks.
    """
    problem = "the row has an owner, a reason or a last day, but its target is as planned"
    remedy = "Change the target, or clear these cells; to fix it as it is, use the sheet locks."
    found = [
        page.finding(int(row), "target", value, problem, remedy)
        for row, value in zip(rows.index[:LISTED], rows["target"][:LISTED], strict=True)
    ]
    return shortened(found, len(rows))


def _filled(page: _Page, measures: list[str]) -> Asked:
    """Return the locks that were filled in."""
    texts = page.cells.apply(as_text)
    rows = page.cells[(texts != "").any(axis=1).to_numpy(dtype=bool)]
    measure = pd.Series(measures[0], index=rows.index)
    if "measure" in rows:
        measure = texts.loc[rows.index, "measure"].mask(lambda names: names == "", measures[0])
        rows = rows.drop(columns="measure")
    asked, found = _by_measure(rows, measure, page, measures)
    if found:
        raise InputError(found)
    return Asked(page.source, asked)


def _by_measure(
    rows: pd.DataFrame, measure: pd.Series[str], page: _Page, measures: list[str]
) -> tuple[dict[str, Typed], list[Finding]]:
    """Return rows as tables of locks, one for each measure, and what is wrong with them."""
    strange = measure[~measure.isin(measures)].head(LISTED)
    found = [
        page.finding(
            int(row), "measure", str(name), "this is no measure of the scenario",
            meant(str(name), measures),
        )
        for row, name in zip(strange.index.tolist(), strange, strict=True)
    ]  # fmt: skip
    asked: dict[str, Typed] = {}
    for name in measures:
        own = rows[(measure == name).to_numpy(dtype=bool)]
        if name != measures[0] and not len(own):
            continue
        table, faults = typed(own, LOCKS, page.source, ())
        found += [
            replace(fault, column=page.headings.get(fault.column, fault.column)) for fault in faults
        ]
        if table is not None and len(table.frame):
            asked[name] = replace(table, headers=page.headings)
    return asked, found
