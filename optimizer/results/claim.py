"""One command at a time writes a folder; what a killed one left beside it is cleared away."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optimizer.errors import InputError

DRAFT = "quotaplan-"
"""What the name of every unfinished folder holds, after that of its place."""
EARLIER = "earlier-run"
"""What a folder is called while another takes its name, in an unfinished one."""
LONGEST_NAME = 200
"""Bytes of the name of a folder: what is written beside it for a while has a longer one."""
_OWN = getattr(os, "O_NOFOLLOW", 0)
"""No link is followed, which would let others choose the file; Windows has no such flag."""


def place_of(out: Path) -> Path:
    """Return where an output folder really lies: symbolic links are followed, never replaced.

    Raises
    ------
    InputError
    """
    try:
        place = out.resolve()
        place.exists()
    except (OSError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno != errno.ELOOP:
            raise cannot_write(out, error) from error
        raise InputError(f"--out {out}: the link leads nowhere; name another folder") from error
    if not place.name:
        raise InputError(f"--out {out}: that holds everything there is; name a folder in it")
    if os.path.ismount(place):  # that of Path is not on Windows before Python 3.12
        raise InputError(f"--out {out}: a disk is mounted there; name a folder in it")
    if len(os.fsencode(place.name)) > LONGEST_NAME:
        raise InputError(
            f"--out {out}: the name is longer than {LONGEST_NAME} bytes; name another folder"
        )
    return place


def draft_prefix(place: Path) -> str:
    """Return how the names of unfinished folders for a place begin; 16 hex digits follow."""
    return f".{place.name}.{DRAFT}"


def brought_back(draft: Path, place: Path) -> None:
    """Give a folder its name back that was to be replaced and was not; clear the rest away."""
    kept = draft / EARLIER
    if kept.exists():
        if place.exists():
            clear_away(draft)
            return
        kept.rename(place)
    with contextlib.suppress(OSError):
        draft.rmdir()


def clear_away(draft: Path) -> None:
    """Delete an unfinished folder, or the file that a folder took the place of, if that can be."""
    if draft.is_dir():
        for folder, _, _ in os.walk(draft):
            with contextlib.suppress(OSError):
                Path(folder).chmod(0o700)  # what is read only could not be deleted
        shutil.rmtree(draft, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        draft.unlink()


@contextmanager
def claimed(out: Path | None) -> Iterator[None]:
    """Hold an output folder against other commands, and clear what a killed one left of it.

    The claim ends with the process, however that ends.

    Raises
    ------
    InputError
        Where another command writes there at this moment, or nothing can be written.
    """
    if out is None:
        yield
        return
    place = place_of(out)
    lock = place.with_name(f".{place.name}.lock")
    made = [folder for folder in place.parents if not folder.exists()]
    held = _held_for(out, lock)
    try:
        _clear_beside(place)
        yield
    finally:
        # A file that holds something is somebody's own.
        if not os.fstat(held).st_size:
            with contextlib.suppress(OSError):
                lock.unlink()
        os.close(held)
        with contextlib.suppress(OSError):  # one that holds something stays
            for folder in made:
                folder.rmdir()


def _clear_beside(place: Path) -> None:
    """Give a folder that was to be replaced its name back; clear away what is left beside it."""
    unfinished = re.compile(re.escape(draft_prefix(place)) + "[0-9a-f]{16}")
    left = [path for path in place.parent.glob(".*") if unfinished.fullmatch(path.name)]
    for path in sorted(left, key=lambda path: not (path / EARLIER).exists()):
        if (path / EARLIER).exists() and not place.exists():
            brought_back(path, place)
        clear_away(path)


def _held_for(out: Path, lock: Path) -> int:
    """Return the locked file beside an output folder; InputError where there can be none."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        held = _held(lock)
    except PermissionError as error:
        if not lock.exists():
            raise cannot_write(out, error) from error
        raise InputError(
            f"--out {out}: {lock} is somebody else's and cannot be locked; delete it if no "
            "command of theirs writes there at this moment, or name another folder"
        ) from error
    except OSError as error:
        raise cannot_write(out, error) from error
    if held is None:
        raise InputError(
            f"--out {out}: another command writes there at this moment; wait until it is done, or "
            "name another folder"
        )
    return held


def cannot_write(out: Path, error: OSError) -> InputError:
    """Return the error of a folder that cannot be written, in words."""
    reason = error.strerror or str(error)
    return InputError(f"--out {out}: cannot be written ({reason}); name another folder")


def _held(lock: Path) -> int | None:
    """Return a file that is locked and still the one of its name; None where another has it."""
    while True:
        descriptor = _opened(lock)
        try:
            if not _is_locked(descriptor):
                os.close(descriptor)
                return None
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), lock.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(lock: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | _OWN, 0o644)
    except PermissionError:
        if not lock.exists():
            raise
        # Of somebody else who may write there, too: to lock it, reading is enough.
        return os.open(lock, os.O_RDONLY | _OWN)


def _is_locked(descriptor: int) -> bool:
    """Lock a file for this process, without waiting; say whether it could be."""
    try:
        if os.name == "nt":
            windows: Any = importlib.import_module("msvcrt")
            windows.locking(descriptor, windows.LK_NBLCK, 1)
        else:
            unix: Any = importlib.import_module("fcntl")
            unix.flock(descriptor, unix.LOCK_EX | unix.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
