"""What long work is doing, on stderr: one line that changes on a terminal, plain lines else."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from types import TracebackType

import click

SHOWN_AFTER = 2.0
"""Seconds of silence; quick work says nothing."""

WORDS = {
    "read": "reading and checking",
    "build": "laying out",
    "allocate": "allocating",
    "round": "rounding",
    "pay": "working out pay",
    "score": "working out scores",
    "tables": "making tables",
    "write": "writing",
    "verify": "verifying",
    "simulate": "simulating",
}
"""Stages of work in words."""


class Progress:
    """Shows the stage that work is in, once the work takes long.

    Parameters
    ----------
    silent : bool
        Show nothing, however long it takes.
    """

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._one_line = sys.stderr.isatty()
        self._started = time.monotonic()
        self._stage = ""
        self._shown = ""
        self._lock = threading.Lock()
        self._timer = threading.Timer(SHOWN_AFTER, self._show)
        self._timer.daemon = True

    def __call__(self, stage: str) -> None:
        """Note that a stage begins."""
        self._stage = WORDS.get(stage, stage)
        if time.monotonic() - self._started >= SHOWN_AFTER:
            self._show()

    def __enter__(self) -> Progress:
        if not self._silent:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._shown and self._one_line:
                _print("\r\x1b[K", nl=False)
            self._silent = True

    def _show(self) -> None:
        with self._lock:
            if self._silent or self._stage == self._shown or not self._stage:
                return
            self._shown = self._stage
            if self._one_line:
                _print(f"\r\x1b[K{self._stage} …", nl=False)
            else:
                _print(f"{self._stage} …", nl=True)


def _print(text: str, *, nl: bool) -> None:
    """Print on standard error; work does not stop where nobody can see how far it is."""
    with suppress(OSError):
        click.echo(text, err=True, nl=nl)
