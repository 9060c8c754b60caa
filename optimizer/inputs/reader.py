"""Files read once each, with their digests, and none from outside the fence of a scenario."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from optimizer.errors import Finding, InputError

REMEDY = (
    "Put a copy inside, or where you trust the scenario say --allow-outside with check, plan or "
    "batch (allow_outside=True in Python)."
)
"""What to do about a file outside the fence."""


def fence_of(start: Path) -> Path:
    """Return the folder that a scenario reads from, itself and those beside it.

    Parameters
    ----------
    start : Path
        Its toml file or workbook.

    Returns
    -------
    Path
        The folder that holds the scenario's folder, or the workbook; without symbolic links.
        Where that would be the whole disk, the scenario's folder alone.
    """
    home = start.parent.resolve()
    beside = home.parent
    return home if start.suffix.lower() == ".xlsx" or beside == beside.parent else beside


class Reader:
    """Reads files once each, keeping their digests; names them relative to the scenario.

    Parameters
    ----------
    root : Path
        The scenario's folder.
    fence : Path or None
        The folder that no file may lie outside, symbolic links followed; None for any place.
    named : Path or None
        A file that the user named, which is read wherever it leads.
    """

    def __init__(self, root: Path, fence: Path | None = None, named: Path | None = None) -> None:
        self.root = root
        self.fence = fence
        self.named = named
        self.digests: dict[str, str] = {}

    def shown(self, path: Path) -> str:
        """Return a path as messages show it."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def outside(self, path: Path) -> str:
        """Return what is wrong with the place of a file; blank where nothing is."""
        if self.fence is None or path == self.named:
            return ""
        place = path.resolve()
        if place.is_relative_to(self.fence):
            return ""
        return f"it leads to {place}, outside {self.fence}, the folder that holds the scenario"

    def read(self, path: Path) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        InputError
            Where it cannot be read, or lies outside the fence.
        """
        try:
            if problem := self.outside(path):
                raise InputError([Finding(self.shown(path), 0, "", "", problem, REMEDY)])
            if path.exists() and not path.is_file():
                raise OSError(0, "it is a folder" if path.is_dir() else "it is no regular file")
            data = path.read_bytes()
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or error
            problem = f"the file cannot be read ({reason})"
            remedy = "Check that it exists, is a file and that you may read it."
            raise InputError([Finding(self.shown(path), 0, "", "", problem, remedy)]) from error
        self.digests[self.shown(path)] = hashlib.sha256(data).hexdigest()
        return data
