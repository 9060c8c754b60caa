"""One table given to a command by its file: read and understood like those of a scenario."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from optimizer.domain.columns import Table
from optimizer.errors import Finding, InputError
from optimizer.inputs.findings import Typed
from optimizer.inputs.normalise import canonical, typed
from optimizer.inputs.read import read_table
from optimizer.inputs.reader import Reader
from optimizer.inputs.sources import SUFFIXES, Stored


def read_single(path: Path, table: Table, measures: Collection[str] = ()) -> Typed:
    """Read a CSV or Parquet file that holds one table.

    Parameters
    ----------
    path : Path
    table : Table
        Its declaration.
    measures : collection of str
        Measures that may have a column of their own.

    Raises
    ------
    InputError
        With everything that is wrong, file, row and column.
    """
    form = path.suffix.lower()
    if form not in SUFFIXES:
        problem = f"the table {table.name} must be a file that ends in {' or '.join(SUFFIXES)}"
        raise InputError([Finding(path.name, 0, "", str(path), problem, "Save it as CSV UTF-8.")])
    reader = Reader(path.parent)
    known = frozenset(map(canonical, measures))
    understood, found = typed(
        read_table(Stored(path.name, form, lambda: reader.read(path))), table, path.name, known
    )
    if found or understood is None:
        raise InputError(sorted(found))
    return understood
