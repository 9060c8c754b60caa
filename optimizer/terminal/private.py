"""The option that keeps what a command writes from the eyes of other users."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

_KEY = "quotaplan.private"
_NOBODY_ELSE = 0o077
"""What others may not do: anything."""


def add_private(command: click.Command) -> None:
    """Add ``--private`` to a command that writes files, before the options of all commands."""
    places = {option.name: place for place, option in enumerate(command.params)}
    if places.keys() & {"out", "folder"}:
        option = click.Option(
            ["--private"],
            is_flag=True,
            expose_value=False,
            callback=_note,
            help="Let nobody but you read what is written.",
        )
        command.params.insert(places.get("as_json", len(places)), option)


def is_private() -> bool:
    """Return whether the command that runs was asked to keep its files private."""
    return bool(click.get_current_context().meta.get(_KEY))


@contextmanager
def kept_private() -> Iterator[None]:
    """Make files with rights 0600 and folders with 0700 where that was asked for."""
    if not is_private():
        yield
        return
    before = os.umask(_NOBODY_ELSE)
    try:
        yield
    finally:
        os.umask(before)


def _note(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and os.name == "nt":
        raise click.UsageError(
            "--private sets rights that Windows does not know; choose with --out a folder that "
            "only you may open"
        )
    context.meta[_KEY] = wanted
