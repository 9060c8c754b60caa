"""The tables of a run folder: their columns, and reading them with every fault in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.verify.columns import repeats
from optimizer.verify.failures import Failure, fault, shorten
from optimizer.verify.files import UnreadableError, first_file, is_filled, numbers, read_columns

CHECK = "files"


@dataclass(frozen=True)
class Layout:
    """One table of a run folder.

    Attributes
    ----------
    texts, amounts : tuple of str
        Columns of labels and of numbers, in no order.
    filled : tuple of str
        Columns that are never blank.
    key : tuple of str
        Columns that name a row: no two rows share them.
    endings : tuple of str
        Kinds of file that it may be.
    """

    stem: str
    texts: tuple[str, ...]
    amounts: tuple[str, ...]
    filled: tuple[str, ...]
    key: tuple[str, ...]
    endings: tuple[str, ...] = ("csv", "parquet")


TARGETS = Layout(
    "targets",
    texts=("period", "region", "team", "rep", "product"),
    amounts=("reference", "floor", "target", "stretch"),
    filled=("period", "region", "product", "reference", "floor", "target", "stretch"),
    key=("period", "region", "rep", "product"),
)
ROLLUP = Layout(
    "rollup",
    texts=("period", "region", "team", "product"),
    amounts=("ask", "target", "gap", "street", "floor", "stretch", "reference", "potential",
             "capacity"),
    filled=("period", "region", "team", "product", "street", "floor", "stretch", "reference"),
    key=("period", "region", "team", "product"),
)  # fmt: skip
GAPS = Layout(
    "gaps",
    texts=("period", "region", "product", "cause"),
    amounts=("gap",),
    filled=("period", "region", "product", "gap", "cause"),
    key=("period", "region", "product"),
)
LIMITS = Layout(
    "limits",
    texts=("kind", "side", "period", "region", "product", "rep", "binding"),
    amounts=("limit", "value", "slack", "shadow_price"),
    filled=("kind", "side", "period", "region", "product", "rep", "limit", "value", "slack",
            "binding"),
    key=("kind", "side", "period", "region", "product", "rep"),
)  # fmt: skip
PRICES = Layout(
    "prices",
    texts=("step", "kind", "side", "period", "region", "product", "rep"),
    amounts=("price",),
    filled=("step", "kind", "side", "period", "region", "product", "rep", "price"),
    key=("step", "kind", "side", "period", "region", "product", "rep"),
)
LAYOUTS = (TARGETS, ROLLUP, GAPS, LIMITS, PRICES)
OTHERS = ("fairness.json", "scenario/scenario.toml")
"""Files of a run folder that are no tables; ``run.json`` apart."""


@dataclass(frozen=True)
class Written:
    """One table as it stands in the run folder, faulty rows left out.

    Attributes
    ----------
    file : str
        Its name; messages point there.
    frame : DataFrame or None
        Labels as text, amounts as floats (blank = NaN); None where it cannot be read.
    """

    file: str
    frame: pd.DataFrame | None
    failures: tuple[Failure, ...]

    def of_measure(self, measure: str) -> pd.DataFrame | None:
        """Return the rows of one measure; all rows of a table without that column."""
        if self.frame is None or "measure" not in self.frame:
            return self.frame
        return self.frame[self.frame["measure"] == measure]


def read_table(run: Path, layout: Layout, measures: Sequence[str]) -> Written:
    """Read one table of a run folder; `measures` are those of the scenario."""
    path = first_file(run, layout.stem, layout.endings)
    try:
        wanted = {"measure", *layout.texts, *layout.amounts}
        texts, names = read_columns(path, layout.amounts, wanted)
        failures = list(_columns(names, layout, path.name, several=len(measures) > 1))
        missing = {*layout.texts, *layout.amounts} - set(names)
        if missing:
            return Written(path.name, None, tuple(failures))
        frame, faults = _typed(texts, layout, path.name)
        frame, more = _sound(frame, layout, path.name, measures)
    except UnreadableError as error:
        return Written(path.name, None, (fault(CHECK, path.name, "", str(error)),))
    return Written(path.name, frame, (*failures, *shorten(faults), *shorten(more)))


def _columns(names: Sequence[str], layout: Layout, file: str, *, several: bool) -> list[Failure]:
    wanted = ["measure"] if several else []
    wanted += [*layout.texts, *layout.amounts]
    failures = [
        fault(CHECK, file, "", f"lacks the column {column}")
        for column in wanted
        if column not in names
    ]
    return failures + [
        fault(CHECK, file, "", f"has a column {column} that does not belong there")
        for column in names
        if column not in wanted and not (layout is TARGETS and column.startswith("x_"))
    ]


def _typed(texts: pd.DataFrame, layout: Layout, file: str) -> tuple[pd.DataFrame, list[Failure]]:
    failures: list[Failure] = []
    columns = {str(name): column for name, column in texts.items()}
    for column in layout.amounts:
        cells = texts[column]
        columns[column] = numbers(cells)
        wrong = ~is_filled(columns[column])
        wrong[wrong] = is_filled(cells[wrong])
        failures += [
            fault(CHECK, file, f"row {row}, {column}", "is not a number", found=cells.at[row])
            for row in texts.index[wrong]
        ]
    return pd.DataFrame(columns, copy=False), failures


def _sound(
    frame: pd.DataFrame, layout: Layout, file: str, measures: Sequence[str]
) -> tuple[pd.DataFrame, list[Failure]]:
    """Leave out rows that are blank where they must not be, or that stand there twice."""
    failures: list[Failure] = []
    broken = np.zeros(len(frame), dtype=bool)
    for column in layout.filled:
        blank = ~is_filled(frame[column])
        failures += [
            fault(CHECK, file, f"row {row}, {column}", "is blank") for row in frame.index[blank]
        ]
        broken |= blank
    key = [*(["measure"] if "measure" in frame else []), *layout.key]
    twice = repeats(frame, key) & ~broken
    failures += [
        fault(CHECK, file, f"row {row}",
              f"{', '.join(map(str, frame.loc[row, key]))} stands there twice (duplicate row)")
        for row in frame.index[twice]
    ]  # fmt: skip
    broken |= twice
    if "measure" in frame:
        strange = ~frame["measure"].isin(measures).to_numpy()
        failures += [
            fault(CHECK, file, f"row {row}, measure", "is an unknown label",
                  found=frame.at[row, "measure"])
            for row in frame.index[strange]
        ]  # fmt: skip
        broken |= strange
    return frame[~broken] if broken.any() else frame, failures
