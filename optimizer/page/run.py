"""A run folder as a page needs it: its record, its settings, and its tables where it has them."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.results.run_folder import decimals_of, read_record, regular
from optimizer.results.stored_table import read_stored, table_path
from optimizer.results.texts import parse_json

_AGAIN = "plan the scenario again, or name another run"
_MAIN = "amount"


@dataclass(frozen=True)
class PageRun:
    """One run folder.

    Attributes
    ----------
    folder : Path
    record : mapping
        Content of ``run.json``.
    keys : mapping
        Keys of the scenario.
    measures : tuple of str
        The main one first.
    region : str
        The region that the page is about; empty for the whole company.
    parents : mapping of region to the region above it
    """

    folder: Path
    record: Mapping[str, Any]
    keys: Mapping[str, Any]
    measures: tuple[str, ...]
    region: str
    parents: Mapping[str, str]

    @property
    def has_funnel(self) -> bool:
        """Whether `pace` tells what the targets take in actions."""
        table = table_path(self.folder / "scenario", self.input_stem(self.measures[0], "activity"))
        return "funnel" in self.keys or table.is_file()

    @property
    def inside(self) -> frozenset[str]:
        """The region of the page and all below it; empty where the page is about all."""
        found = {self.region} - {""}
        while more := {name for name, above in self.parents.items() if above in found} - found:
            found |= more
        return frozenset(found)

    def own(self, measure: str) -> Mapping[str, Any]:
        """Return the keys of a measure."""
        found: Mapping[str, Any] = self.keys.get("measure", {}).get(measure, self.keys)
        return found

    def decimals(self, measure: str) -> int:
        """Return how many decimals the amounts of a measure have."""
        return decimals_of(float(self.own(measure).get("rounding", 1)))

    def input_stem(self, measure: str, table: str) -> str:
        """Return the name of an input table of a measure, without its ending."""
        known = {**self.keys.get("tables", {}), **self.own(measure).get("tables", {})}
        return str(known.get(table, table))


def read_page_run(folder: Path, region: str = "") -> PageRun:
    """Read what a run folder says of itself.

    Parameters
    ----------
    folder : Path
    region : str
        The only region to tell of, with all below it; empty for the whole company.

    Raises
    ------
    InputError
        Where the folder holds no plan, or no such region.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such run folder; name one that 'plan' wrote")
    record = read_record(folder)
    if "goal" not in record:
        raise InputError(f"{folder}: this is no run of 'plan'; name a folder that 'plan' wrote")
    path = folder / "scenario" / "scenario.toml"
    try:
        keys = tomllib.loads(regular(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    main = [_MAIN] if "goal" in keys else []
    measures = (*main, *keys.get("measure", {}))
    run = PageRun(folder, record, keys, measures or (_MAIN,), region, {})
    parents = _parents(run)
    if region and region not in parents:
        problem, remedy = "there is no such region in this run", meant(region, list(parents))
        raise InputError([Finding("--region", 0, "", region, problem, remedy)])
    return PageRun(folder, record, keys, run.measures, region, parents)


def read_table(
    run: PageRun,
    stem: str,
    numbers: Collection[str] = (),
    below: str = "",
    *,
    labels: Collection[str] = (),
    wanted: bool = False,
) -> pd.DataFrame | None:
    """Return a table of a run folder or of a folder in it; None where there is none.

    Parameters
    ----------
    stem : str
        Name of the file without its ending.
    numbers, labels : collection of str
        Columns that it must have. All but those of numbers are text.
    below : str
        Folder in the run folder.
    wanted : bool
        Whether a run without the table is no run.

    Raises
    ------
    InputError
        Where it cannot be read, or is `wanted` and missing.
    """
    path = table_path(run.folder / below, stem)
    if not path.is_file() and not wanted:
        return None
    try:
        table = read_stored(path, numbers)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    missing = [name for name in (*labels, *numbers) if name not in table]
    if missing:
        raise InputError(f"{path} lacks the column {missing[0]}: {_AGAIN}")
    return table


def read_json(run: PageRun, below: str, name: str) -> dict[str, Any] | None:
    """Return the content of a JSON file in a folder of a run; None where there is none.

    Raises
    ------
    InputError
        Where it cannot be read.
    """
    path = run.folder / below / name
    if not path.is_file():
        return None
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no named values: {_AGAIN}")
    return content


def of_measure(run: PageRun, table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows of one measure, and of the region that the page is about."""
    own = table
    if "measure" in table:
        own = table[table["measure"] == measure].drop(columns="measure")
    if run.region and "region" in own:
        own = own[own["region"].isin(run.inside)]
    return own.reset_index(drop=True)


def _parents(run: PageRun) -> dict[str, str]:
    """Return the region above each region, ``""`` right below the company."""
    parents: dict[str, str] = {}
    stem = run.input_stem(run.measures[0], "regions")
    listed = read_table(run, stem, below="scenario", labels=("region",))
    if listed is not None:
        above = listed["parent"] if "parent" in listed else [""] * len(listed)
        parents = dict(zip(listed["region"].astype("str"), map(str, above), strict=True))
    rollup = read_table(run, "rollup", labels=("region",), wanted=True)
    for name in [] if rollup is None else rollup["region"].astype("str").unique():
        if name != "*":
            parents.setdefault(name, "")
    return parents


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path} is missing: {_AGAIN}")
    said = str(error).strip().splitlines() or [type(error).__name__]
    return InputError(f"{path} cannot be read ({said[0]}): {_AGAIN}")
