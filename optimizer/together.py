"""Files that appear in a folder together, or not at all."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.errors import InputError

_BEGINNING = 200
_DRAFT = ".quotaplan-"


def may_replace(path: Path, sign: bytes) -> bool:
    """Return whether a file can be written anew: there is none, or it begins with our sign.

    Parameters
    ----------
    path : Path
    sign : bytes
        What stands near the beginning of each file that we wrote ourselves.
    """
    if not path.exists():
        return not path.is_symlink()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return sign in file.read(_BEGINNING)


def is_empty(folder: Path) -> bool:
    """Return whether a folder holds nothing but what a killed command left of ours."""
    return all(path.name.startswith(_DRAFT) and path.is_dir() for path in folder.iterdir())


@contextmanager
def appearing_together(folder: Path) -> Iterator[Path]:
    """Yield an empty folder; what is written there goes into `folder` if nothing fails.

    Other files of `folder` stay, and those of the same names until all new ones are written.

    Raises
    ------
    InputError
        Where there is no room, or the folder may not be written.
    """
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=folder) as draft:
            yield Path(draft)
            for path in sorted(Path(draft).iterdir()):
                path.replace(folder / path.name)
    except BaseException as error:
        for place in new:
            with contextlib.suppress(OSError):
                place.rmdir()
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise InputError(
                f"{folder}: cannot be written ({reason}); name another folder"
            ) from error
        raise
