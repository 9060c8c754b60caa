"""A review as files: tables whose amounts show all their digits, and all figures as JSON."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.formats import is_parquet
from optimizer.results.run_folder import command_folder, plain, write_json
from optimizer.results.table_file import write_table
from optimizer.results.texts import harmless
from optimizer.review.review import Review
from optimizer.review.units import Unit

_PLAIN_LOW, _PLAIN_HIGH = 1e-4, 1e8
"""Between these nine digits are written without an exponent by any formatter."""


def write_review(
    review: Review, out: Path, inputs: Iterable[Path] = (), *, force: bool = False
) -> None:
    """Write a review into a folder, which appears whole or not at all.

    Parameters
    ----------
    review : Review
    out : Path
        New, empty, or an earlier ``review``, unless `force`.
    inputs : iterable of Path
        Files that were read; never deleted.
    force : bool
        Replace `out` whatever it holds, but never the run or its inputs.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    settings = review.book.scenario.settings
    told = {
        "run": review.planned.record.get("name", ""),
        "measure": settings.measure,
        "unit": settings.unit,
        "periods": list(review.book.periods),
    }
    kept = [review.planned.folder / "run.json", *inputs]
    with command_folder(out, "review", kept, told, force=force) as draft:
        for stem, table in review.tables().items():
            _write(review, stem, table, draft)
        write_json(dict(review.quality), draft / "target_quality.json")
        write_json(review.as_dict(), draft / "review.json")


def _write(review: Review, stem: str, table: pd.DataFrame, folder: Path) -> None:
    units = {str(name): review.unit_of(stem, str(name)) for name in table.columns}
    if is_parquet(len(table), "auto"):
        amounts = {name: of.amounts(table[name].to_numpy(dtype=float))
                   for name, of in units.items() if of}  # fmt: skip
        decimals = {"": review.book.unit.decimals}
        write_table(table.assign(**amounts), folder, stem, decimals, "parquet")
        return
    columns = [texts_of(table[name], unit) for name, unit in units.items()]
    with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))


def texts_of(column: pd.Series, unit: Unit | None) -> list[str]:
    """Return the cells of a column: counts with all digits, ratios with nine, texts harmless.

    Parameters
    ----------
    column : Series
    unit : Unit or None
        What a column of counts counts; None for any other column.
    """
    codes, different = pd.factorize(column.to_numpy(), use_na_sentinel=True)
    texts = np.array([*_texts(different, unit), ""], dtype=object)
    found: list[str] = texts[codes].tolist()
    return found


def _texts(values: NDArray[Any], unit: Unit | None) -> Iterator[str]:
    """Yield different values of one column as texts."""
    if unit is not None:
        yield from map(unit.text, map(int, values.tolist()))
    elif values.dtype == bool:
        yield from ("true" if value else "false" for value in values.tolist())
    elif values.dtype == object:
        yield from (harmless(str(value)) for value in values.tolist())
    else:
        for value in values.tolist():
            quick = _PLAIN_LOW < abs(value) < _PLAIN_HIGH
            yield f"{value:.9g}" if quick else plain(value)
