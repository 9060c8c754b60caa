"""Where a scenario's parts lie: the chain of `extends`, and the file or sheet of each table.

Layers are ordered from the scenario itself to the last one it builds on.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.domain.nearest import meant
from optimizer.domain.tables import TABLES
from optimizer.errors import Finding, InputError
from optimizer.inputs.document import Document, parse_sheet, parse_toml
from optimizer.inputs.reader import REMEDY, Reader

TOML = "scenario.toml"
SHEET = "scenario"
BESIDE = ("incentive.toml", "scorecard.toml")
SUFFIXES = (".csv", ".parquet")
NAMES = tuple(table.name for table in TABLES)
MAY_WAIT = frozenset(table.name for table in TABLES if table.filled) - {"people"}
"""Sheets that may wait, with nothing but their header, until somebody fills them in."""


@dataclass(frozen=True)
class Stored:
    """One file or sheet that could hold a table.

    Attributes
    ----------
    source : str
        What messages call it.
    read : function
        Returns its bytes, or its cells for a sheet.
    form : str
        ``".csv"``, ``".parquet"`` or ``"sheet"``.
    faults : tuple of Finding
        What is wrong with single cells (a sheet's formulas without a value).
    """

    source: str
    form: str
    read: Callable[[], Any]
    faults: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One scenario of the chain, as it lies on disk.

    Attributes
    ----------
    document : Document
        Its own keys.
    stored : mapping of name (without suffix) to what is stored under it
    beside : mapping of file name to (shown name, bytes)
        ``incentive.toml`` and ``scorecard.toml`` where they exist.
    broken : tuple of Finding
        What makes its keys unreadable; `document` is empty then.
    """

    document: Document
    stored: Mapping[str, list[Stored]]
    beside: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    broken: tuple[Finding, ...] = ()

    def at(self, stem: str) -> list[Stored]:
        """Return what is stored under a name, upper and lower case alike."""
        return self.stored.get(_folded(stem), [])


def locate(path: Path) -> Path:
    """Return the toml file or workbook that a path stands for.

    Raises
    ------
    InputError
        Where there is none.
    """
    remedy = "Name a scenario folder, its scenario.toml or an .xlsx workbook."
    if path.is_dir():
        if (path / TOML).is_file():
            return path / TOML
        problem = f"the folder has no {TOML}"
        raise InputError([Finding(path.name, 0, "", "", problem, remedy)])
    if path.suffix.lower() not in (".toml", ".xlsx") or not path.is_file():
        problem = "there is no such scenario" if not path.exists() else "this is no scenario"
        raise InputError([Finding(str(path), 0, "", "", problem, remedy)])
    return path


def read_layers(start: Path, reader: Reader) -> tuple[list[Layer], list[Finding]]:
    """Return the scenario and all it builds on, and what keeps the chain from being whole."""
    layers: list[Layer] = []
    seen: list[Path] = []
    path: Path | None = start
    try:
        while path is not None:
            layers.append(_read_layer(path, reader))
            seen.append(path.resolve())
            path = _base(path, layers[-1].document, seen, reader)
    except InputError as error:
        return layers, list(error.findings)
    return layers, [finding for layer in layers for finding in layer.broken]


def _base(path: Path, document: Document, seen: list[Path], reader: Reader) -> Path | None:
    """Return the scenario that `document` extends, or None."""
    written = document.keys.get("extends")
    if not isinstance(written, str) or not written:
        return None

    relative = "Name another scenario relative to this one, such as ../base, or drop the key."

    def refuse(problem: str, remedy: str = relative) -> InputError:
        return InputError([document.finding("extends", written, problem, remedy)])

    if Path(written).is_absolute() or not written.isprintable():
        raise refuse("the scenario to extend must be a relative path")
    try:
        outside = reader.outside(path.parent / written)
        base = path if outside else locate(path.parent / written)
        resolved = base.resolve()
    except (InputError, OSError, RuntimeError, ValueError) as error:
        raise refuse("there is no scenario at the path to extend") from error
    if outside:
        raise refuse(outside, REMEDY)
    if resolved in seen:
        itself = resolved == path.resolve()
        raise refuse("the scenario extends itself" if itself else "scenarios extend in a circle")
    return base


def _read_layer(path: Path, reader: Reader) -> Layer:
    data = reader.read(path)
    beside = {
        name: (reader.shown(path.parent / name), reader.read(path.parent / name))
        for name in BESIDE
        if _is_there(path.parent / name)
    }
    if path.suffix.lower() == ".xlsx":
        return _workbook(data, reader.shown(path), beside)
    stored: dict[str, list[Stored]] = {}
    for file in sorted(path.parent.iterdir()):
        if file.suffix.lower() in SUFFIXES and _is_there(file):
            item = Stored(reader.shown(file), file.suffix.lower(), _opener(reader, file))
            stored.setdefault(_folded(file.stem), []).append(item)
    try:
        return Layer(parse_toml(data, reader.shown(path)), stored, beside)
    except InputError as error:
        empty = Document({}, reader.shown(path))
        return Layer(empty, stored, beside, error.findings)


def _is_there(file: Path) -> bool:
    """Return whether there is something of that name; reading tells what is no file."""
    return file.exists() or file.is_symlink()


def _opener(reader: Reader, file: Path) -> Callable[[], bytes]:
    return lambda: reader.read(file)


def _workbook(data: bytes, shown: str, beside: Mapping[str, tuple[str, bytes]]) -> Layer:
    """Read a workbook: the sheet `scenario` and all sheets that could be tables."""
    sheets = importlib.import_module("optimizer.inputs.workbook").read_sheets(data, shown)
    by_name = {_folded(name): (name, sheet) for name, sheet in sheets.items()}
    if SHEET not in by_name:
        problem = "the workbook has no sheet named scenario"
        remedy = "Add a sheet scenario with the columns key and value."
        raise InputError([Finding(shown, 0, "", "", problem, remedy)])
    name, settings = by_name.pop(SHEET)
    stored = {
        folded: [Stored(sheet_name, "sheet", _keeper(sheet.cells), sheet.faults)]
        for folded, (sheet_name, sheet) in by_name.items()
        if folded not in MAY_WAIT or len(sheet.cells) > 1
    }
    try:
        if settings.faults:
            raise InputError(settings.faults)
        return Layer(parse_sheet(settings.cells, name), stored, beside)
    except InputError as error:
        return Layer(Document({}, name), stored, beside, error.findings)


def _keeper(cells: pd.DataFrame) -> Callable[[], pd.DataFrame]:
    return lambda: cells


def _folded(name: str) -> str:
    return name.strip().casefold()


def find_tables(
    layers: list[Layer], named: Mapping[str, tuple[str, int]], defaults: Collection[str]
) -> tuple[dict[str, Stored], list[Finding]]:
    """Return where each table is stored, and what is wrong with the places.

    Parameters
    ----------
    layers : list of Layer
    named : mapping of table to (name given for it, layer that gives it)
        A layer above the one that gives the name may still replace the table by its own name.
    defaults : collection of tables that are also looked for under their own name
    """
    places: dict[str, Stored] = {}
    found: list[Finding] = []
    for table in NAMES:
        given, level = named.get(table, (table, len(layers)))
        for index, layer in enumerate(layers):
            own = [table] if index < level and table in defaults else []
            stems = [*own, given] if table in named else own
            items = next((items for stem in stems if (items := layer.at(stem))), [])
            if len(items) > 1:
                both = " and ".join(item.source for item in items)
                problem = f"the table {table} is present twice"
                remedy = "Keep one and remove the other."
                found.append(Finding(items[0].source, 0, "", both, problem, remedy))
            if items:
                places[table] = items[0]
                break
        else:
            if table in named:
                found.append(_missing(layers[level], table, given))
    return places, found


def _missing(layer: Layer, table: str, stem: str) -> Finding:
    problem = f"there is no file or sheet of this name for the table {table}"
    known = [name for name in layer.stored if name != _folded(stem)]
    remedy = meant(stem, known)
    return layer.document.finding(f"tables.{table}", stem, problem, remedy)


def near_names(layers: list[Layer], used: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each file or sheet whose name is nearly a table's.

    ``people_2024`` is a name of the planner's own; ``poeple`` is not.
    """
    for layer in layers:
        for stem, items in layer.stored.items():
            if stem in NAMES or stem in used:
                continue
            close = difflib.get_close_matches(stem, NAMES, n=1, cutoff=0.8)
            if close and not (stem.startswith(close[0]) and not stem[len(close[0])].isalpha()):
                problem = f"the name is nearly that of the table {close[0]}"
                remedy = f"Did you mean {close[0]}? Rename it, or name it in [tables]."
                yield Finding(items[0].source, 0, "", items[0].source, problem, remedy)
