"""Being told to end: by the system or a closing terminal, as by an interrupt."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDINGS = ("SIGTERM", "SIGHUP")


@contextmanager
def ending_as_interrupts() -> Iterator[list[int]]:
    """Let a request to end do what an interrupt does: stop workers, clear drafts, say a line.

    Yields
    ------
    list of int
        Gets the number of the signal that came, if one does.
    """
    came: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if callable(signal.getsignal(signal.SIGINT)):
            signal.raise_signal(signal.SIGINT)
        else:
            # A job in the background ignores interrupts, but not this.
            raise KeyboardInterrupt

    known = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        known = []
    # What somebody ignores on purpose, as nohup does, stays ignored.
    before = {one: signal.getsignal(one) for one in known}
    heard = [one for one, handler in before.items() if handler is signal.SIG_DFL]
    for one in heard:
        signal.signal(one, interrupt)
    try:
        yield came
    finally:
        for one in heard:
            signal.signal(one, before[one])
