"""What all commands share: options, errors in one voice, interrupts, JSON."""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from io import StringIO
from itertools import takewhile
from typing import Any, TypeVar

import click

from optimizer.errors import QuotaplanError
from optimizer.terminal.early import INTERRUPTED
from optimizer.terminal.private import add_private, kept_private
from optimizer.terminal.signals import ending_as_interrupts
from optimizer.terminal.streams import harmless_json, make_ready, say, silenced

Command = TypeVar("Command", bound=Callable[..., Any])

SIGNALLED = 128
"""Exit code of a command that a signal ended: this and the number of the signal."""


class Program(click.Group):
    """The commands; a wrong command line and an interrupt are told as every other error is."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Take a command in; one that writes a folder can keep it private."""
        add_private(cmd)
        super().add_command(cmd, name)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and end with its exit code; without `standalone_mode`, raise."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        make_ready()
        as_json = wants_json(sys.argv[1:] if args is None else args)
        with ending_as_interrupts() as came:
            try:
                code = super().main(args, prog_name, complete_var, False, **extra)
            except click.ClickException as error:
                code = show_wrong_line(error, as_json=as_json)
            except click.Abort as stop:
                code = show_interrupt(stop, as_json=as_json)
            except OSError as problem:
                code = silenced(problem)
            except SystemExit as end:
                code = end.code
        sys.exit(SIGNALLED + came[0] if came and code == INTERRUPTED else code)


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for JSON, whatever else is wrong with it."""
    return "--json" in takewhile(lambda argument: argument != "--", arguments)


def common_options(command: Command) -> Command:
    """Add ``--json``, ``--quiet`` and ``--debug``, and show errors as every command does."""

    def run(*args: Any, **kwargs: Any) -> None:
        as_json, debug = kwargs["as_json"], kwargs.pop("debug")
        try:
            with kept_private():
                command(*args, **kwargs)
        except KeyboardInterrupt as stop:
            writes = "out" in kwargs or kwargs.get("folder") is not None
            told = stop.args or (("all was written, or nothing",) if writes else ())
            sys.exit(show_interrupt(KeyboardInterrupt(*told), as_json=as_json))
        except BrokenPipeError as problem:
            sys.exit(silenced(problem))
        except Exception as error:
            if debug and isinstance(error, OSError):
                traceback.print_exc()  # further up it would count as one of standard output
            elif debug:
                raise
            sys.exit(show_error(error, as_json=as_json))

    update_wrapper(run, command)
    for option in (
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
        click.option("--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    ):
        run = option(run)
    return run  # type: ignore[return-value]


def show_wrong_line(error: click.ClickException, *, as_json: bool) -> int:
    """Print what is wrong with a command line and return the exit code."""
    if as_json:
        show_json({"error": error.format_message(), "exit_code": error.exit_code})
    text = StringIO()
    error.show(text)
    say(text.getvalue().rstrip("\n"), err=True)
    return error.exit_code


def show_error(error: Exception, *, as_json: bool) -> int:
    """Print an error in a planner's words and return the exit code of its kind."""
    if isinstance(error, QuotaplanError):
        content, text = error.as_dict(), str(error)
    elif isinstance(error, OSError):
        text = f"{error.filename or 'a file'}: {error.strerror or error}; name another path"
        content = {"error": text, "exit_code": 2}
    elif isinstance(error, MemoryError):
        text = f"There is not enough memory for this: {error or 'what is free is used up'}. "
        text += "Ask for fewer trials or people at once, or run it where there is more."
        content = {"error": text, "exit_code": 2}
    else:
        text = (
            f"A defect of quotaplan, not of your inputs: {type(error).__name__}: {error}\n"
            "Run again with --debug and report what it prints."
        )
        content = {"error": text, "exit_code": 1}
    if as_json:
        show_json(content)
    say(text, err=True)
    return int(content["exit_code"])


def show_interrupt(stop: BaseException, *, as_json: bool) -> int:
    """Print that the program was interrupted and what it left behind; return the exit code."""
    text = f"Interrupted; {stop.args[0] if stop.args else 'nothing was written'}."
    if as_json:
        show_json({"error": text, "exit_code": INTERRUPTED})
    say(text, err=True)
    return INTERRUPTED


@contextmanager
def leaving(state: str) -> Iterator[None]:
    """Let an interrupt say what it leaves behind, where that is more than nothing."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(*(stop.args or (state,))) from stop


def show_json(content: Any) -> None:
    """Print a result as JSON on stdout."""
    say(harmless_json(json.dumps(content, ensure_ascii=False, indent=2)))


def show_text(text: str, *, painted: bool = False) -> None:
    """Print a result on stdout, perhaps in colours; on a terminal, tables fit its width."""
    if sys.stdout.isatty():
        from optimizer.results.folded import folded

        text = folded(text, shutil.get_terminal_size().columns)
    say(text, painted=painted)
