"""The tables of ``scenario/`` as the run keeps them, read without trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.verify.columns import repeats
from optimizer.verify.failures import Failure, fault
from optimizer.verify.files import UnreadableError, first_file, is_filled, numbers, read_columns
from optimizer.verify.terms import Terms

CHECK = "inputs"
FOLDER = "scenario"

TEXTS: dict[str, tuple[str, ...]] = {
    "people": ("rep", "region", "team", "role", "start", "products"),
    "capacity": ("rep", "period"),
    "regions": ("region", "parent"),
    "products": ("product",),
    "periods": ("period", "start"),
    "shares": ("period", "region", "product"),
    "potential": ("period", "region", "product"),
    "history": ("period", "date", "region", "team", "rep", "product"),
    "locks": ("expires", "period", "region", "rep", "product", "owner", "reason"),
}
_BAND = ("share", "min_share", "max_share")
AMOUNTS: dict[str, tuple[str, ...]] = {
    "people": (
        "ability",
        "resource",
        "fte",
        "capacity",
        "min",
        "floor",
        "stretch",
        "commit",
        "min_total",
        "max_total",
        "max_growth",
    ),
    "capacity": ("capacity", "min"),
    "regions": _BAND,
    "products": ("effort", *_BAND),
    "periods": _BAND,
    "shares": _BAND,
    "potential": ("potential",),
    "history": ("amount",),
    "locks": ("amount",),
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "people": ("rep", "region"),
    "capacity": ("rep", "period"),
    "regions": ("region",),
    "products": ("product",),
    "periods": ("period",),
    "shares": ("share",),
    "potential": ("potential",),
    "history": ("amount",),
    "locks": ("amount",),
}
OF_THE_MAIN = ("capacity", "min", "min_total", "max_total", "commit")
"""Columns of people in amounts of the main measure."""
KEYS: dict[str, tuple[str, ...]] = {
    "people": ("rep",),
    "capacity": ("rep", "period"),
    "regions": ("region",),
    "products": ("product",),
    "periods": ("period",),
}


@dataclass(frozen=True)
class ScenarioTables:
    """The tables of one measure that exist, by name, and what is wrong with them."""

    frames: Mapping[str, pd.DataFrame]
    files: Mapping[str, str]
    failures: tuple[Failure, ...]

    def get(self, name: str) -> pd.DataFrame | None:
        """Return a table, or None where the scenario has none."""
        return self.frames.get(name)


def read_tables(run: Path, terms: Terms) -> ScenarioTables:
    """Read every table of one measure."""
    frames: dict[str, pd.DataFrame] = {}
    files: dict[str, str] = {}
    failures: list[Failure] = []
    for name in TEXTS:
        stem = terms.stems.get(name, name)
        path = first_file(run / FOLDER, stem)
        if not stem or (not path.is_file() and name not in terms.stems):
            continue
        files[name] = f"{FOLDER}/{path.name}"
        try:
            texts, _ = read_columns(path, AMOUNTS[name], {*TEXTS[name], *AMOUNTS[name]})
            frames[name] = _typed(name, texts, files[name], failures)
        except UnreadableError as error:
            failures.append(fault(CHECK, files[name], "", str(error)))
    if terms.borrows_people and "people" in frames:
        amounts = [name for name in OF_THE_MAIN if name in frames["people"]]
        frames["people"] = frames["people"].assign(**dict.fromkeys(amounts, float("nan")))
    return ScenarioTables(frames, files, tuple(failures))


def _typed(name: str, texts: pd.DataFrame, file: str, failures: list[Failure]) -> pd.DataFrame:
    missing = [column for column in REQUIRED[name] if column not in texts]
    if missing:
        raise UnreadableError(f"lacks the column {', '.join(missing)}")
    codes = np.zeros(len(texts), dtype=np.int8)
    blank = pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index([""])), texts.index)
    typed: dict[str, pd.Series] = {}
    for column in TEXTS[name]:
        typed[column] = texts.get(column, blank)
    for column in AMOUNTS[name]:
        if column not in texts:
            typed[column] = pd.Series(float("nan"), index=texts.index)
            continue
        typed[column] = found = numbers(texts[column])
        wrong = ~is_filled(found)
        wrong[wrong] = is_filled(texts[column][wrong])
        for row in texts.index[wrong]:
            failures.append(
                fault(
                    CHECK,
                    file,
                    f"row {row}, {column}",
                    "is not a number",
                    found=texts.at[row, column],
                )
            )
    frame = pd.DataFrame(typed, index=texts.index, copy=False)
    return _without_faults(name, frame, file, failures)


def _without_faults(
    name: str, frame: pd.DataFrame, file: str, failures: list[Failure]
) -> pd.DataFrame:
    broken = np.zeros(len(frame), dtype=bool)
    for column in REQUIRED[name]:
        blank = ~is_filled(frame[column])
        for row in frame.index[blank]:
            failures.append(fault(CHECK, file, f"row {row}, {column}", "is blank"))
        broken |= blank
    if name in KEYS:
        twice = repeats(frame, KEYS[name]) & ~broken
        for row in frame.index[twice]:
            label = ", ".join(str(frame.at[row, column]) for column in KEYS[name])
            failures.append(fault(CHECK, file, f"row {row}", f"{label} stands there twice"))
        broken |= twice
    return frame[~broken] if broken.any() else frame
