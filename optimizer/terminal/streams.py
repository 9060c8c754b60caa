"""What commands print: shown whole, without commands to the terminal, wherever it goes."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

UNHEARD = 141
"""Nobody reads the output any more, as in a pipe to ``head``."""

UNWRITABLE = 2

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that move the cursor, ring, hide or turn text around; not tab and line feed."""

_PAINT = re.compile("(\x1b\\[[0-9]{1,2}m)")


def make_ready() -> None:
    """Give the process the streams that whoever started it closed, such as a scheduler."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free number is taken: no file that is opened later becomes a stream.
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def say(text: str, *, err: bool = False, painted: bool = False) -> None:
    """Print a text; characters that would command the terminal are shown as escapes.

    Parameters
    ----------
    text : str
    err : bool
        On standard error, where a failure to print is no failure of the command.
    painted : bool
        Colours in the text are our own.
    """
    parts = _PAINT.split(text) if painted else [text]
    parts[::2] = [harmless(part) for part in parts[::2]]
    try:
        click.echo("".join(parts), err=err)
    except OSError as problem:
        code = silenced(problem, err=err)
        if not err:
            sys.exit(code)


def harmless(text: str) -> str:
    r"""Return a text with commands to a terminal as escapes, ``\x1b`` or ``\u202e``."""
    return _COMMANDS.sub(_escape, text)


def harmless_json(text: str) -> str:
    """Return JSON with such characters in the form that JSON has for them."""
    return _COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}"


def silenced(problem: OSError, *, err: bool = False) -> int:
    """Say no more on a stream that cannot be written; return the exit code that this has."""
    stream = sys.stderr if err else sys.stdout
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if isinstance(problem, BrokenPipeError):
        return UNHEARD
    if not err:
        say(f"standard output: {problem.strerror or problem}; send it to another place", err=True)
    return UNWRITABLE
