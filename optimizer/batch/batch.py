"""The recipe of a batch: many scenarios, each planned once, into one folder with one table."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optimizer.batch.table import NAME, TABLE, is_batch, write_batch
from optimizer.batch.task import LOST, Row, Task, work_on, worst
from optimizer.errors import InputError
from optimizer.inputs.sources import TOML
from optimizer.results.claim import claimed
from optimizer.workers.cluster import Cluster
from optimizer.workers.here import on_this_machine
from optimizer.workers.workers import Lost, Workers

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What a name must not hold, lest it looks like lines of ours."""

_REST = 20.0
"""Between two times that tables are written: times what writing them took."""


@dataclass(frozen=True)
class Batch:
    """What became of many scenarios.

    Attributes
    ----------
    out : Path
    rows : tuple of Row
        In the order in which the scenarios were named.
    """

    out: Path
    rows: tuple[Row, ...]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as plain data."""
        return [asdict(row) for row in self.rows]

    @property
    def exit_code(self) -> int:
        """The worst of all, in the order 1, 4, 2, 3, 0."""
        return worst([row.exit_code for row in self.rows])


class _Written:
    """The tables of a batch, written anew so often that it takes a small part of the time.

    What a killed batch did not write is in the run folders, where the next one finds it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 0.0

    def write(self, rows: Mapping[int, Row]) -> None:
        """Write rows, given by position."""
        started = time.monotonic()
        write_batch([rows[at] for at in sorted(rows)], self._folder)
        ended = time.monotonic()
        self._next = ended + _REST * (ended - started)

    def write_at_times(self, rows: Mapping[int, Row]) -> None:
        """Write rows unless that was done a moment ago."""
        if time.monotonic() >= self._next:
            self.write(rows)


def batch_run(
    scenarios: Sequence[Path | str],
    out: Path | str,
    *,
    method: str | None = None,
    cost: bool = True,
    again: bool = False,
    allow_outside: bool = False,
    workers: int = 1,
    dask: str | None = None,
    tell: Callable[[Row, int, int], None] | None = None,
) -> Batch:
    """Plan many scenarios, each into a folder of its name; go on where one fails.

    Parameters
    ----------
    scenarios : sequence of path
        Folders, ``scenario.toml`` files or workbooks; a folder of scenarios stands for all
        in it.
    out : path
        New, empty, or the folder of an earlier batch, whose finished runs are kept.
    method : str, optional
        As `plan` takes it.
    cost : bool
        Say what incentive pay may cost, for scenarios with rules of pay.
    again : bool
        Plan again what is finished, and write into `out` whatever it holds.
    allow_outside : bool
        Read what scenarios name outside the folders that hold them, too.
    workers : int
        Processes of this machine.
    dask : str, optional
        Address of a Dask scheduler to work there instead; its machines see the same folders.
    tell : function of (row, how many are done, how many there are), optional
        Called when a scenario is done.

    Raises
    ------
    InputError
        Where arguments are wrong, or another command writes there at this moment; what is wrong
        with a scenario is in its row.
    """
    folder = Path(out)
    tasks = [
        Task(name, path.resolve(), (folder / name).resolve(), method, cost, again, allow_outside)
        for name, path in named(scenarios, allow_outside=allow_outside).items()
    ]
    with claimed(folder):
        _check_out(folder, force=again)
        folder.mkdir(parents=True, exist_ok=True)
        chosen = on_this_machine(workers) if dask is None else Cluster(dask, folder)
        rows: dict[int, Row] = {}
        written = _Written(folder)
        written.write(rows)
        try:
            for position, row in _done(tasks, chosen):
                rows[position] = row
                written.write_at_times(rows)
                if tell is not None:
                    tell(row, len(rows), len(tasks))
        finally:
            written.write(rows)
    return Batch(folder, tuple(rows[at] for at in sorted(rows)))


def named(scenarios: Sequence[Path | str], *, allow_outside: bool = False) -> dict[str, Path]:
    """Return name → scenario, the name being that of its folder or workbook.

    Raises
    ------
    InputError
        Where there is none, two have the same name, or a link in a folder of scenarios leads
        out of it.
    """
    found: dict[str, Path] = {}
    for path in (one for given in scenarios for one in _within(Path(given), allow_outside)):
        name = _name(path)
        if _BREAKS.search(name):
            raise InputError(
                f"{str(path)!r}: its name holds a line break, or what moves the cursor; rename it"
            )
        if found.get(name, path).resolve() != path.resolve():
            raise InputError(
                f"{found[name]} and {path}: both are called {name}, and so would their runs be; "
                "rename one of the folders"
            )
        if name in (NAME, TABLE):
            raise InputError(
                f"{path}: {name} is the batch's own file; rename the scenario's folder"
            )
        found[name] = path
    if not found:
        raise InputError("name at least one scenario, as in: quotaplan batch plans/* --out runs")
    return found


def _within(path: Path, allow_outside: bool) -> Iterable[Path]:
    """Return the scenarios in a folder of scenarios, or the one that the path stands for."""
    if path.name == TOML:
        return [path.parent]
    if path.is_dir() and not (path / TOML).is_file():
        inside = sorted(file.parent for file in path.glob(f"*/{TOML}"))
        for one in () if allow_outside else inside:
            if not one.resolve().is_relative_to(path.resolve()):
                raise InputError(
                    f"{one} is a link that leads to {one.resolve()}, outside {path}; name that "
                    "scenario by itself, or where you trust the link say --allow-outside"
                )
        return inside or [path]
    return [path]


def _name(path: Path) -> str:
    """Return what a scenario is called; a path that leads nowhere has a name too."""
    place = path.resolve()
    return place.name if place.is_dir() else place.stem


def _check_out(out: Path, *, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: a file of that name exists; name another folder")
    if out.is_dir() and any(out.iterdir()) and not is_batch(out) and not force:
        raise InputError(
            f"--out {out}: the folder is not empty and holds no earlier batch (no {NAME}); "
            "name another folder, or use --force to write into it"
        )


def _done(tasks: Sequence[Task], workers: Workers) -> Iterable[tuple[int, Row]]:
    for position, row in workers.finished(work_on, tasks):
        if isinstance(row, Lost):
            error = {"error": row.reason, "text": row.reason, "exit_code": 1}
            yield position, Row(tasks[position].name, LOST, 1, error=error)
        else:
            yield position, row
