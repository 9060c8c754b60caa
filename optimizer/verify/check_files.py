"""Check 1: the files are there, and none was changed after the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from optimizer.errors import InputError
from optimizer.verify.failures import Failure, fault
from optimizer.verify.files import first_file, sha256
from optimizer.verify.layout import LAYOUTS, OTHERS
from optimizer.verify.telling import ALWAYS, WHERE_NEEDED

CHECK = "files"


def check_run(run: Path) -> None:
    """Refuse what is no run folder at all; a damaged one is a matter of the checks.

    Raises
    ------
    InputError
        Where there is no folder, or neither ``run.json`` nor any table of a run in it.
    """
    if not run.is_dir():
        raise InputError(f"{run}: there is no such run folder; name one that 'plan' wrote")
    if (run / "run.json").exists():
        return
    kind = "no run folder (it has no run.json)"
    if (run / "scenario.toml").is_file():
        kind = "a scenario, not a run of one"
    elif any(first_file(run, layout.stem, layout.endings).is_file() for layout in LAYOUTS):
        return
    raise InputError(f"{run}: this is {kind}; name a folder that 'plan' wrote")


def check_hashes(run: Path, summary: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield files that are missing, changed after the run, or not part of it."""
    outputs = summary.get("outputs")
    if not isinstance(outputs, dict):
        yield fault(CHECK, "run.json", "outputs", "does not list the files of the run")
        return
    for name in sorted(outputs):
        yield from _one_file(run, str(name), outputs[name])
    for name in sorted(_expected(run) - set(outputs)):
        if (run / name).is_file():
            yield fault(CHECK, name, "", "is not among the files that the run wrote")


def check_present(run: Path) -> Iterator[Failure]:
    """Yield files that every run folder has and this one lacks; tables are read elsewhere."""
    for name in OTHERS:
        if not (run / name).is_file():
            yield fault(CHECK, name, "", "is missing")


def _one_file(run: Path, name: str, digest: object) -> Iterator[Failure]:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        yield fault(CHECK, "run.json", "outputs", "names a file outside the run folder", found=name)
        return
    if not (run / path).is_file():
        yield fault(CHECK, name, "", "is missing: the run wrote it and it is gone")
        return
    try:
        found = sha256(run / path)
    except OSError as error:
        yield fault(CHECK, name, "", f"cannot be opened: {error.strerror}")
        return
    if found != digest:
        stale = " (an input of the plan: the plan is stale)" if path.parts[0] == "scenario" else ""
        yield fault(
            CHECK, name, "", f"was changed after the run{stale}",
            expected=f"sha256 {str(digest)[:12]}…", found=f"{found[:12]}…",
        )  # fmt: skip


def _expected(run: Path) -> set[str]:
    names = {*OTHERS}
    tables = (*LAYOUTS, *ALWAYS, *WHERE_NEEDED)
    names.update(first_file(run, layout.stem, layout.endings).name for layout in tables)
    names.update(
        f"scenario/{path.name}"
        for path in sorted((run / "scenario").glob("*"))
        if path.suffix in (".csv", ".parquet", ".toml")
    )
    return names
