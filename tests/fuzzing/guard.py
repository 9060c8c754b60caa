"""One execution under guard: what may come out of a reader, and what is a failure."""

from __future__ import annotations

import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from optimizer.errors import InputError

SECONDS = 10
"""An execution that takes longer is a failure."""

MEMORY = 2 << 30
"""Bytes by which memory may grow."""


class TooLongError(BaseException):
    """An execution took more than `SECONDS`; no reader can catch it."""


@dataclass(frozen=True)
class Failure:
    """What came out of an execution that should not have.

    Attributes
    ----------
    place : str
        Kind of the error, and the last line of the project that it went through.
    text : str
        The traceback.
    """

    place: str
    text: str


def attempt(execute: Callable[[], object]) -> tuple[str, Failure | None]:
    """Execute once and return ``"read"``, ``"refused"`` or ``"failed"``, and the failure.

    Parameters
    ----------
    execute : function
        May return or raise InputError with findings in words; all else is a failure: other
        errors, warnings, more than `SECONDS`, findings without words.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with _limited():
                execute()
    except InputError as error:
        if not str(error).strip() or not all(one.problem for one in error.findings):
            return "failed", Failure("InputError without words", traceback.format_exc())
        str(error).encode()
        return "refused", None
    except (Exception, TooLongError) as error:
        return "failed", Failure(_place(error), traceback.format_exc(limit=-30))
    return "read", None


@contextmanager
def _limited() -> Iterator[None]:
    """Raise in the block when its time is over."""
    if not hasattr(signal, "setitimer"):
        start = time.monotonic()
        yield
        if time.monotonic() - start > SECONDS:
            raise TooLongError
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _place(error: BaseException) -> str:
    """Return what tells one failure from another."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/optimizer/" in frame.filename.replace("\\", "/")
    ]
    # A recursion stops at any of its frames.
    named = own[:1] if isinstance(error, RecursionError) else own[-1:]
    where = "".join(
        f"{frame.filename.replace(chr(92), '/').rpartition('/optimizer/')[2]}:{frame.name}"
        for frame in named
    )
    return f"{type(error).__name__} in {where}"
