"""The recipe of reading: layers → keys and tables → checks → scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.domain.columns import Kind
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import OF_ONE_MEASURE, table_of
from optimizer.errors import Finding, InputError
from optimizer.inputs.borrowed import borrowed_people
from optimizer.inputs.case import Case
from optimizer.inputs.characters import unfit
from optimizer.inputs.checks import check_case, check_complete
from optimizer.inputs.copy import write_copy
from optimizer.inputs.document import Document, parse_toml
from optimizer.inputs.expiry import without_expired
from optimizer.inputs.findings import Typed
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.normalise import canonical, typed
from optimizer.inputs.order import in_order
from optimizer.inputs.read import read_table
from optimizer.inputs.reader import Reader, fence_of
from optimizer.inputs.settings import (
    MAIN,
    build_settings,
    measure_names,
    merged,
    of_measure,
)
from optimizer.inputs.sound_keys import sound_keys
from optimizer.inputs.sources import (
    NAMES,
    Layer,
    Stored,
    find_tables,
    locate,
    near_names,
    read_layers,
)

__all__ = ["Loaded", "load_scenarios", "write_copy"]
MEASURE_KEYS = ("measure", "metric", "source")
"""Keys anywhere in a scenario's files whose text names a column."""


@dataclass
class _Shelf:
    """Tables already understood, by the file or sheet they come from."""

    measures: frozenset[str]
    found: list[Finding]
    known: dict[tuple[str, str], Typed | None] = field(default_factory=dict)

    def take(self, name: str, stored: Stored) -> Typed | None:
        """Return a table, or None where it could not be understood."""
        if (name, stored.source) not in self.known:
            try:
                table, found = typed(
                    read_table(stored), table_of(name), stored.source, self.measures
                )
            except InputError as error:
                table, found = None, list(error.findings)
            self.found += found
            self.known[name, stored.source] = table
        return self.known[name, stored.source]


def load_scenarios(path: Path | str, *, allow_outside: bool = False) -> Loaded:
    """Read and check a scenario.

    Parameters
    ----------
    path : Path or str
        A scenario folder, its ``scenario.toml``, or an ``.xlsx`` workbook.
    allow_outside : bool
        Read files that lie outside the folder that holds the scenario, too.

    Returns
    -------
    Loaded
        One scenario per measure, the main one first.

    Raises
    ------
    InputError
        With everything that is wrong, sorted by file and row.
    """
    start = locate(Path(path))
    reader = _reader(start, allow_outside)
    layers, found = read_layers(start, reader)
    if not layers:
        raise InputError(found)
    whole = not found
    document = _merged_document(layers)
    keys, faults = sound_keys(document)
    beside, broken = _beside(layers)
    shelf = _Shelf(_measure_columns(document, beside), [*found, *faults, *broken])
    cases = list(_cases(layers, document, keys, shelf))
    cases, notes = without_expired(cases)
    shelf.found += near_names(layers, _used_names(layers, keys))
    shelf.found += _named_by_folder(document, start)
    for case in cases:
        shelf.found += check_complete(case) if whole else []
        shelf.found += check_case(case)
    everything = sorted(set(shelf.found) | set(notes))
    if errors := [finding for finding in everything if finding.severity == "error"]:
        raise InputError(errors)
    scenarios = tuple(_scenario(case, start, reader) for case in cases)
    plain = {name: data for name, (_, data) in beside.items()}
    return Loaded(scenarios, tuple(everything), plain)


def input_digests(path: Path | str, *, allow_outside: bool = False) -> dict[str, str]:
    """Return file → sha256 of all that a scenario is read from, without reading more into it.

    Raises
    ------
    InputError
        Where a file cannot be read.
    """
    start = locate(Path(path))
    reader = _reader(start, allow_outside)
    layers, found = read_layers(start, reader)
    if found:
        raise InputError(found)
    keys, _ = sound_keys(_merged_document(layers))
    for measure in measure_names(keys):
        places, _ = _places(layers, keys, measure)
        for stored in places.values():
            stored.read()
    return dict(sorted(reader.digests.items()))


def _reader(start: Path, allow_outside: bool) -> Reader:
    """Return what reads the files of a scenario; the workbook itself is where the user says."""
    named = start if start.suffix.lower() == ".xlsx" else None
    return Reader(start.parent, None if allow_outside else fence_of(start), named)


def _merged_document(layers: list[Layer]) -> Document:
    """Return the keys of all layers, those of the scenario itself over those it builds on."""
    keys: dict[str, Any] = {}
    places: dict[str, tuple[str, int]] = {}
    for layer in reversed(layers):
        own = layer.document.keys
        if layer is not layers[0]:
            own = {name: value for name, value in own.items() if name != "extends"}
        keys = merged(keys, own)
        places.update(layer.document.places)
    return Document(keys, layers[0].document.file, places)


def _beside(layers: list[Layer]) -> tuple[dict[str, tuple[str, bytes]], list[Finding]]:
    """Return incentive and scorecard files, the nearest of each, and those that are broken."""
    beside: dict[str, tuple[str, bytes]] = {}
    for layer in reversed(layers):
        beside.update(layer.beside)
    found: list[Finding] = []
    for source, data in beside.values():
        try:
            parse_toml(data, source)
        except InputError as error:
            found += error.findings
    return beside, found


def _measure_columns(document: Document, beside: Mapping[str, tuple[str, bytes]]) -> frozenset[str]:
    """Return the canonical names of columns that some key names."""
    names = set(_named(document.keys))
    if isinstance(measures := document.keys.get("measure"), dict):
        names |= set(measures)
    for source, data in beside.values():
        try:
            names |= set(_named(parse_toml(data, source).keys))
        except InputError:
            continue
    return frozenset(map(canonical, names))


def _named(keys: Any) -> Iterator[str]:
    """Yield the texts under `MEASURE_KEYS`, however deep."""
    if isinstance(keys, list):
        for item in keys:
            yield from _named(item)
    elif isinstance(keys, Mapping):
        for name, value in keys.items():
            if name in MEASURE_KEYS and isinstance(value, str):
                yield value
            else:
                yield from _named(value)


def _cases(
    layers: list[Layer], document: Document, keys: Mapping[str, Any], shelf: _Shelf
) -> Iterator[Case]:
    """Yield the sound keys and typed tables of each measure."""
    for measure in measure_names(keys):
        places, found = _places(layers, keys, measure)
        shelf.found += found
        taken = {name: shelf.take(name, stored) for name, stored in places.items()}
        people = taken.get("people")
        alone = _is_alone(keys, measure)
        if people is not None and not alone and "people" not in _own_names(layers, measure):
            taken["people"], notes = borrowed_people(people, measure)
            shelf.found += notes
        yield Case(
            document,
            measure,
            of_measure(keys, measure),
            {name: table for name, table in taken.items() if table is not None},
            frozenset(name for name, table in taken.items() if table is None),
        )


def _is_alone(keys: Mapping[str, Any], measure: str) -> bool:
    """Return whether a measure owns the tables that are called by their own names."""
    return measure == MAIN or MAIN not in measure_names(keys)


def _places(
    layers: list[Layer], keys: Mapping[str, Any], measure: str
) -> tuple[dict[str, Stored], list[Finding]]:
    """Return where the tables of a measure are stored, and what is wrong with the places."""
    alone = _is_alone(keys, measure)
    defaults = NAMES if alone else [name for name in NAMES if name not in OF_ONE_MEASURE]
    return find_tables(layers, _table_names(layers, measure), defaults)


def _table_names(layers: list[Layer], measure: str) -> dict[str, tuple[str, int]]:
    """Return table → (name given for it, layer that gives it), a measure's own names first."""
    named: dict[str, tuple[str, int]] = {}
    for level in reversed(range(len(layers))):
        top = layers[level].document.keys.get("tables")
        named.update(_texts(top, level))
    if measure != MAIN:
        named = {name: given for name, given in named.items() if name not in OF_ONE_MEASURE}
        named.update(_own_names(layers, measure))
    return named


def _own_names(layers: list[Layer], measure: str) -> dict[str, tuple[str, int]]:
    """Return table → (name that the measure itself gives it, layer that gives it)."""
    named: dict[str, tuple[str, int]] = {}
    for level in reversed(range(len(layers))):
        measures = layers[level].document.keys.get("measure")
        own = measures.get(measure) if isinstance(measures, dict) else None
        named.update(_texts(own.get("tables") if isinstance(own, dict) else None, level))
    return named


def _texts(keys: Any, level: int) -> dict[str, tuple[str, int]]:
    if not isinstance(keys, dict):
        return {}
    return {
        name: (value, level)
        for name, value in keys.items()
        if name in NAMES and isinstance(value, str) and value
    }


def _used_names(layers: list[Layer], keys: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of files and sheets that some key gives to a table."""
    return frozenset(
        given.strip().casefold()
        for measure in measure_names(keys)
        for given, _ in _table_names(layers, measure).values()
    )


def _name_of(start: Path) -> str:
    """Return what a scenario is called that does not name itself."""
    return start.parent.resolve().name if start.suffix.lower() == ".toml" else start.stem


def _named_by_folder(document: Document, start: Path) -> Iterator[Finding]:
    """Yield a finding where the place of a scenario gives it a name that cannot be shown."""
    if "name" in document.keys:
        return
    name = _name_of(start)
    plain = name.encode(errors="replace").decode()
    unfit_name = unfit(plain, Kind.LABEL)[0] if plain == name else "the text is not in UTF-8"
    if unfit_name:
        problem = f"the scenario has the name of its folder or file: {unfit_name}"
        remedy = 'Rename it, or write name = "…" in scenario.toml.'
        yield document.finding("name", plain, problem, remedy)


def _scenario(case: Case, start: Path, reader: Reader) -> Scenario:
    """Freeze a case that has passed its checks."""
    return Scenario(
        settings=build_settings(case.keys, case.measure, _name_of(start)),
        tables={name: in_order(table) for name, table in case.tables.items() if len(table.frame)},
        sources={name: table.source for name, table in case.tables.items()},
        digests=dict(sorted(reader.digests.items())),
        root=str(start if start.suffix.lower() == ".xlsx" else start.parent),
    )
