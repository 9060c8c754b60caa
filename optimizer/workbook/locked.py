"""Locks from a workbook beside those of the scenario: checked, compared, put together."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from optimizer.domain.labels import EVERYTHING, product_names, region_parents
from optimizer.domain.scenario import Scenario
from optimizer.domain.tables import LOCKS, table_of
from optimizer.errors import Finding, InputError
from optimizer.inputs import check_labels, check_people
from optimizer.inputs.case import Case
from optimizer.inputs.document import Document
from optimizer.inputs.expiry import without_expired
from optimizer.inputs.findings import Typed, number, shortened
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.order import in_order
from optimizer.workbook.returned import Asked, Returned, read_returned
from optimizer.workbook.targets import is_same

_RULES = (
    check_labels.names_usable,
    check_labels.periods_known,
    check_labels.regions_known,
    check_labels.products_known,
    check_labels.reps_known,
    check_people.locks_whole,
    check_people.locks_fit_reps,
)
_BESIDE = ("people", "regions", "products")
_SHOWN = 8

Slice = tuple[str, str, str, str]
"""Period, region, rep, product; a rep's region says nothing more and is blank."""

Known = dict[Slice, tuple[float, str]]
"""Slice → its amount, and where that stands."""


def with_locks(loaded: Loaded, path: Path) -> Loaded:
    """Return a scenario with the locks of a workbook added to its own.

    Edited targets and filled-in locks of a ``plan.xlsx`` count. What the scenario locks itself
    stays; a lock that says the same again is left out, so that a workbook without edits changes
    nothing.

    Parameters
    ----------
    loaded : Loaded
    path : Path
        The workbook.

    Returns
    -------
    Loaded
        What was given, where the workbook asks for nothing new.

    Raises
    ------
    InputError
        Where the file cannot be read or is no workbook, cells are wrong, or a lock says
        something else than one of the scenario; all findings at once.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"--locks {path}: the file cannot be read ({error.strerror or error}); name a plan.xlsx"
        ) from error
    measures = [one.settings.measure for one in loaded.scenarios]
    returned = read_returned(data, path.name, measures)
    found: list[Finding] = []
    notes: list[Finding] = []
    scenarios = []
    for scenario in loaded.scenarios:
        added = _added(scenario, returned, found, notes)
        scenarios.append(_together(scenario, added, path.name))
    if errors := [finding for finding in found if finding.severity == "error"]:
        raise InputError(sorted(set(errors)))
    if all(new is old for new, old in zip(scenarios, loaded.scenarios, strict=True)):
        return loaded
    notes += _stale(loaded.scenarios[0], returned, path.name)
    digest = hashlib.sha256(data).hexdigest()
    known = tuple(_with_digest(one, path, digest) for one in scenarios)
    return replace(loaded, scenarios=known, notes=(*loaded.notes, *sorted(set(notes))))


def _added(
    scenario: Scenario, returned: Returned, found: list[Finding], notes: list[Finding]
) -> list[pd.DataFrame]:
    """Return the rows that a workbook adds to the locks of a measure."""
    known = _own(scenario)
    added: list[pd.DataFrame] = []
    for asked in returned.asked:
        table = asked.by_measure.get(scenario.settings.measure)
        if table is None:
            continue
        case = _case(scenario, replace(table, frame=_without_all(scenario, table.frame)))
        (case,), expired = without_expired([case])
        table = case.tables["locks"]
        faults = [finding for rule in _RULES for finding in rule(case)]
        found += [finding for finding in faults if finding.file == asked.source]
        new = _new_rows(table, asked, known, found)
        if len(new):
            added.append(new)
            notes += [*expired, *_unsigned(new, asked.source)]
    return added


def _own(scenario: Scenario) -> Known:
    table = scenario.table("locks")
    if table is None:
        return {}
    source = scenario.sources.get("locks", "locks")
    return {place: (amount, f"{source}, row {row}") for place, amount, row in _rows(table)}


def _rows(table: pd.DataFrame) -> Iterator[tuple[Slice, float, int]]:
    """Yield the slice, the amount and the row of each lock."""
    names = ("period", "region", "rep", "product", "amount")
    for row, period, region, rep, product, amount in zip(
        table.index, *(table[name] for name in names), strict=True
    ):
        yield (period, "" if rep else region, rep, product), float(amount), int(row)


def _case(scenario: Scenario, locks: Typed) -> Case:
    """Return what the loader's rules on locks look at."""
    settings = scenario.settings
    keys = {"periods": list(settings.periods), "rounding": settings.rounding}
    if settings.as_of is not None:
        keys["as_of"] = settings.as_of
    tables = {
        name: Typed(table_of(name), scenario.sources.get(name, name), frame)
        for name in _BESIDE
        if (frame := scenario.table(name)) is not None
    }
    document = Document(keys, locks.source)
    return Case(document, settings.measure, keys, {**tables, "locks": locks})


def _without_all(scenario: Scenario, frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in which the only product or region, which nobody named, is left blank."""
    only = {"region": list(region_parents(scenario)), "product": list(product_names(scenario))}
    return frame.assign(**{
        name: frame[name].mask(frame[name] == EVERYTHING, "")
        for name, labels in only.items()
        if labels == [EVERYTHING]
    })  # fmt: skip


def _new_rows(table: Typed, asked: Asked, known: Known, found: list[Finding]) -> pd.DataFrame:
    """Return the rows that say something new; what they say is known from now on."""
    new: list[bool] = []
    faults: list[Finding] = []
    for place, amount, row in _rows(table.frame):
        before = known.get(place)
        new.append(before is None)
        if before is None:
            known[place] = (amount, f"{asked.source}, row {row}")
        elif not is_same(before[0], amount):
            problem = f"the same slice is fixed to {number(before[0])} in {before[1]}"
            remedy = "Keep one of the two: change it there, or take this one back."
            faults.append(table.finding(row, "amount", number(amount), problem, remedy))
    found += shortened(faults, len(faults))
    return table.frame[pd.array(new, dtype=bool).to_numpy(dtype=bool)]


def _unsigned(rows: pd.DataFrame, source: str) -> Iterator[Finding]:
    """Yield notes on locks of which nobody says who decided them, or why."""
    for name, missing in (("owner", "who decided it"), ("reason", "why it was decided")):
        blank = rows.index[(rows[name] == "").to_numpy(dtype=bool)].tolist()
        if blank:
            more = f" and {len(blank) - _SHOWN} more" if len(blank) > _SHOWN else ""
            shown = ", ".join(map(str, blank[:_SHOWN])) + more
            problem = f"{len(blank)} of {len(rows)} locks do not say {missing} (rows {shown})"
            yield Finding(source, 0, name, "", problem, "Fill it in for whoever asks.", "note")


def _together(scenario: Scenario, added: list[pd.DataFrame], name: str) -> Scenario:
    """Return a scenario with more locks; itself where there are none."""
    if not added:
        return scenario
    own = scenario.table("locks")
    frames = [*([own] if own is not None else []), *added]
    further = [] if own is None else [column for column in own if column not in added[0]]
    blanks = dict.fromkeys(map(str, further), "")
    every = pd.concat([frame if frame is own else frame.assign(**blanks) for frame in frames])
    source = scenario.sources.get("locks")
    both = f"{source} and {name}" if source else name
    table = in_order(Typed(LOCKS, both, every))
    return replace(
        scenario,
        tables={**scenario.tables, "locks": table},
        sources={**scenario.sources, "locks": both},
    )


def _with_digest(scenario: Scenario, path: Path, digest: str) -> Scenario:
    """Return a scenario that was also read from a workbook."""
    root = Path(scenario.root)
    home = root.parent if root.suffix.lower() == ".xlsx" else root
    shown = Path(os.path.relpath(path, home)).as_posix()
    return replace(scenario, digests=dict(sorted({**scenario.digests, shown: digest}.items())))


def _stale(scenario: Scenario, returned: Returned, name: str) -> Iterator[Finding]:
    """Yield a note where a workbook was made from other inputs."""
    try:
        before = json.loads(returned.record.get("inputs", ""))
    except ValueError:
        return
    if not isinstance(before, dict):
        return
    other = [path for path, digest in scenario.digests.items() if before.get(path) != digest]
    if other:
        problem = "the workbook is of a plan of other inputs: these files have changed since"
        remedy = "Targets that were not edited are planned afresh; edited ones stay as written."
        yield Finding(name, 0, "", ", ".join(sorted(other)), problem, remedy, "note")
