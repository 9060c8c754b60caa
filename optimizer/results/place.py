"""Putting a finished folder in its place, in one step where the system can."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.results.claim import clear_away, draft_prefix

_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of renameat2(2)."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Rights of everybody but the owner."""


def new_draft(place: Path) -> Path:
    """Make an empty folder beside a place, to be put there in the end."""
    draft = place.with_name(f"{draft_prefix(place)}{secrets.token_hex(8)}")
    draft.mkdir()
    return draft


def put_in_place(draft: Path, place: Path) -> None:
    """Make a draft the folder of a name; what was there before is deleted afterwards.

    Whom the folder before kept out, the new one keeps out. Where folders can be exchanged in one
    step, the name leads to the old or to the new one at any moment, however the process ends.
    """
    if not place.exists():
        draft.rename(place)
        return
    if place.is_dir():
        kept_out = _OTHERS & ~place.stat().st_mode
        draft.chmod(stat.S_IMODE(draft.stat().st_mode) & ~kept_out)
    if _exchanged(draft, place):
        clear_away(draft)
        return
    old = new_draft(place)
    try:
        place.rename(old / "run")
        try:
            draft.rename(place)
        except OSError:
            (old / "run").rename(place)
            raise
    finally:
        clear_away(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    exchange = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if exchange is None:
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    if exchange(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0:
        return True
    failed = ctypes.get_errno()
    if failed in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(failed, os.strerror(failed), str(other))


@contextmanager
def undisturbed(*state: str) -> Iterator[None]:
    """Hold an interrupt back until the block is done; then it says what `state` it leaves."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt(*state)
