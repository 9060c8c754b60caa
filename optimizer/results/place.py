"""Putting a finished folder in its place, in one step where the system can."""

from __future__ import annotations

import contextlib
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

from optimizer.results.claim import EARLIER, brought_back, clear_away, draft_prefix

_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of renameat2(2)."""

_INTERRUPTS = ("SIGINT", "SIGTERM", "SIGHUP")

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Rights of everybody but the owner."""


def new_draft(place: Path) -> Path:
    """Make an empty folder beside a place, to be put there in the end; nobody else can enter."""
    draft = place.with_name(f"{draft_prefix(place)}{secrets.token_hex(8)}")
    draft.mkdir(mode=0o700)
    return draft


def put_in_place(draft: Path, place: Path) -> None:
    """Make a draft the folder of a name; what was there before is deleted afterwards.

    Whom the folder before kept out, the new one keeps out. Where folders can be exchanged in one
    step, the name leads to the old or to the new one at any moment, however the process ends.
    Elsewhere a process that is killed between two steps leaves the old one under another name,
    from which the next command brings it back.
    """
    _let_in(draft, place)
    if not place.exists():
        draft.rename(place)
        return
    if _exchanged(draft, place):
        clear_away(draft)
        return
    old = new_draft(place)
    try:
        place.rename(old / EARLIER)
        draft.rename(place)
    except BaseException:
        brought_back(old, place)
        raise
    clear_away(old)


def _let_in(draft: Path, place: Path) -> None:
    """Open a draft to whom the system lets into a new folder, and the one before did not keep out.

    Where the group of the one before cannot be kept, no group is let in.
    """
    fresh = place.with_name(f"{draft_prefix(place)}{secrets.token_hex(8)}")
    fresh.mkdir()
    mode = stat.S_IMODE(fresh.stat().st_mode)
    fresh.rmdir()
    if place.is_dir():
        before = place.stat()
        mode &= ~_OTHERS | before.st_mode
        if os.name == "posix" and draft.stat().st_gid != before.st_gid:
            try:
                os.chown(draft, -1, before.st_gid)
            except OSError:
                mode &= ~stat.S_IRWXG
    draft.chmod(mode)


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
    """Hold interrupts back until the block is done; then they say what `state` they leave."""
    known = [getattr(signal, name) for name in _INTERRUPTS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        known = []
    handlers = {one: signal.getsignal(one) for one in known}
    heard = {one: handler for one, handler in handlers.items() if callable(handler)}
    came: list[int] = []
    for one in heard:
        signal.signal(one, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for one, handler in heard.items():
            signal.signal(one, handler)
    with contextlib.suppress(KeyboardInterrupt):
        for one in came:
            heard[signal.Signals(one)](one, None)
    if came:
        raise KeyboardInterrupt(*state)
