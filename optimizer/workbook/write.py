"""``plan.xlsx``: a run folder as one workbook, to be read, filtered, edited and sent back."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from optimizer.domain.formats import LARGE
from optimizer.workbook.book import Book, open_book, put
from optimizer.workbook.checks import write_checks
from optimizer.workbook.flat import column_names, write_flat
from optimizer.workbook.live import TargetSheet, tells_case
from optimizer.workbook.locks import write_lists, write_locks
from optimizer.workbook.people import write_people
from optimizer.workbook.regions import figures_of, write_regions
from optimizer.workbook.run import LEVELS, SURE, Run, read_run
from optimizer.workbook.spoken import in_language
from optimizer.workbook.summary import write_summary
from optimizer.workbook.targets import write_targets
from optimizer.workbook.words import FORMAT

NAME = "plan.xlsx"
"""What the workbook of a run is called."""

_FLAT = {
    "locked": "locks",
    "gaps": "gaps",
    "advice": "advice",
    "changes": "changes",
    "not_moved": "not_moved",
    "rollup": "rollup",
    "limits": "limits",
    "off_reference": "off_reference",
    "explain": "explain",
}
"""Sheet to look things up in → table of the run folder."""

_DOUBTFUL = {
    "gaps": {"gap": "> 0"},
    "rollup": {"gap": "> 0"},
    "not_moved": {"refused": "> 0"},
}
_LABELS = ("period", "region", "team", "product")


def write_plan_workbook(run: Path, path: Path, lang: str = "en") -> None:
    """Write a run folder as a workbook.

    The same run gives the same bytes. Tables of more than 200,000 rows are left out, and the
    first sheet says so.

    Parameters
    ----------
    run : Path
        What ``plan`` or ``recalibrate`` wrote.
    path : Path
        Where to write; ends in ``.xlsx``.
    lang : str
        ``en`` or ``zh``.

    Raises
    ------
    InputError
        Where the folder holds no run, a table of it cannot be read, or the path cannot be
        written.
    """
    found = read_run(run)
    targets = found.needed("targets", (*_LABELS, "rep", "reference", *LEVELS))
    rollup = found.needed("rollup", (*_LABELS, *SURE["rollup"]))
    flat = {
        sheet: frame for sheet, name in _FLAT.items() if (frame := _flat(found, name)) is not None
    }
    flat["rollup"] = rollup
    flat = {name: flat[name] for name in _FLAT if name in flat}
    has_people = bool((targets["rep"].astype("str") != "").any())
    order = ["regions", "checks", *(["people"] if has_people else []), "targets"]
    order += [*(["locks"] if found.is_plan else []), *flat]
    sizes = {name: len(frame) for name, frame in {**flat, "targets": targets}.items()}
    left_out = [name for name in order if sizes.get(name, 0) > LARGE]
    sheets = [name for name in order if name not in left_out]
    with open_book(path, lang, str(found.record.get("name", ""))) as book:
        write_summary(book, found, sheets, left_out)
        _write_sheets(book, found, targets, rollup, sheets)
        for name in (name for name in sheets if name in flat):
            frame = flat[name] if found.is_several else flat[name].drop(columns="measure")
            told = in_language(name, frame, lang)
            write_flat(book, name, told, found.decimals, _DOUBTFUL.get(name))
        _write_record(book, found)


def _flat(run: Run, name: str) -> pd.DataFrame | None:
    """Return a table to look things up in; None where there is none, or nothing in it."""
    frame = None if name in SURE else run.table(name)
    if frame is None or frame.empty:
        return None
    if name == "limits" and "binding" in frame:
        frame = frame[(frame["binding"].astype("str") == "true").to_numpy(dtype=bool)]
        frame = frame.drop(columns="binding")
    return None if frame.empty else frame


def _write_sheets(
    book: Book, run: Run, targets: pd.DataFrame, rollup: pd.DataFrame, sheets: list[str]
) -> None:
    """Write checks, regions, people, targets and locks; sheets follow the order of writing."""
    figures = {
        one.settings.measure: figures_of(rollup, one.settings.measure) for one in run.scenarios
    }
    live = _live(book, run, targets) if "targets" in sheets else None
    regions = write_regions(book, run, figures)
    write_checks(book, run, figures, regions, live)
    if "people" in sheets:
        write_people(book, run, targets, live)
    if "targets" in sheets:
        write_targets(book, run, targets)
    if "locks" in sheets:
        write_locks(book, run, write_lists(book, run))


def _live(book: Book, run: Run, targets: pd.DataFrame) -> TargetSheet:
    """Return where the sheet of targets will have what is added up."""
    columns = list(map(str, targets.columns))
    columns = columns if run.is_several else columns[1:]
    labels = [
        targets[name].astype("str").unique() for name in ("measure", "period", "region", "rep")
    ]
    return TargetSheet(book, column_names(columns), max(len(targets), 1) + 1, tells_case(labels))


def _write_record(book: Book, run: Run) -> None:
    """Write the hidden sheet by which the workbook is known when it comes back."""
    sheet = book.sheet("record")
    sheet.hide()
    record = {
        "program": "quotaplan",
        "format": FORMAT,
        "version": str(run.record.get("version", "")),
        "plan": str(run.record.get("name", "")),
        "inputs": json.dumps(run.record.get("inputs", {}), ensure_ascii=False, sort_keys=True),
    }
    for row, (key, value) in enumerate(record.items()):
        put(sheet, row, 0, key)
        put(sheet, row, 1, value, book.form("text"))
