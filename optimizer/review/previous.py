"""Periods that earlier runs were reviewed for, from the files of those reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from optimizer.errors import InputError
from optimizer.results.run_folder import read_record
from optimizer.results.stored_table import read_stored, table_path
from optimizer.review.attainment import ALL, KEYS
from optimizer.review.book import Book

_NUMBERS = ("target", "actual", "floor", "attainment")


@dataclass(frozen=True)
class Reviewed:
    """Periods of earlier reviews.

    Attributes
    ----------
    periods : tuple of str
        In their order.
    table : DataFrame
        Rows of ``attainment.csv`` of those periods: period, dimension, name, product, and the
        numbers target, actual, floor, attainment.
    """

    periods: tuple[str, ...]
    table: pd.DataFrame


def read_previous(folders: Sequence[Path], book: Book) -> Reviewed:
    """Read earlier reviews.

    Parameters
    ----------
    folders : sequence of Path
        Run folders with ``review/``, the earliest first.
    book : Book
        What is reviewed now: the same measure in the same unit.

    Raises
    ------
    InputError
        Where one was never reviewed, was in another unit, or has a period that is there twice.
    """
    tables, periods = [pd.DataFrame(columns=[*KEYS, *_NUMBERS])], list[str]()
    for folder in folders:
        _check(folder, book)
        table = _read(folder)
        own = [name for name in dict.fromkeys(map(str, table["period"])) if name != ALL]
        if again := {*own} & {*periods, *book.periods}:
            raise InputError(
                f"--previous {folder}: period {min(again)} is reviewed already; name each "
                "period once"
            )
        periods += own
        tables.append(table[table["period"] != ALL])
    return Reviewed(tuple(periods), pd.concat(tables[1:] or tables, ignore_index=True))


def _check(folder: Path, book: Book) -> None:
    record = read_record(folder / "review")
    if record.get("command") != "review":
        raise InputError(
            f"--previous {folder}: it has no review; review that run first, without --out"
        )
    settings = book.scenario.settings
    for key, own in (("measure", settings.measure), ("unit", settings.unit)):
        if record.get(key) != own:
            raise InputError(
                f"--previous {folder}: its review is of {key} {record.get(key)!r}, this one of "
                f"{own!r}; review it for the same {key}"
            )


def _read(folder: Path) -> pd.DataFrame:
    path = table_path(folder / "review", "attainment")
    try:
        table = read_stored(path, _NUMBERS)[[*KEYS, *_NUMBERS]]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: cannot be read; review that run again") from error
    if table.duplicated(list(KEYS)).any():
        raise InputError(f"{path}: two rows are of the same; review that run again")
    return table.astype(dict.fromkeys(KEYS, object))
