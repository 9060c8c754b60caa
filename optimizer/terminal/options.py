"""Options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from optimizer.terminal.program import common_options

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]

FILE = click.Path(path_type=Path)

MOST_TRIALS = 10**8
"""More would take hours and gigabytes, and change no digit that anybody reads."""

force_option = click.option("--force", is_flag=True, help="Replace --out whatever it holds.")

outside_option = click.option(
    "--allow-outside",
    is_flag=True,
    help="Read what a scenario names outside the folder that holds it.",
)


def decorated(command: Function, *options: Decorator) -> Function:
    """Add options to a command; its help has them in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def language_option(about: str, *, show_default: bool = False) -> Decorator:
    """Return the option that chooses a language, with what it is the language of."""
    return click.option(
        "--lang",
        type=click.Choice(("en", "zh")),
        default="en",
        show_default=show_default,
        help=about,
    )


def trial_options(command: Function) -> Function:
    """Add the options of simulated pay: rules, measure, history, trials and their seed."""
    return decorated(
        command,
        click.option(
            "--incentive", type=FILE, help="Rules of pay in place of the run's incentive.toml."
        ),
        click.option("--measure", help="Which measure, where the run has several."),
        click.option(
            "--previous", type=FILE, multiple=True, help="Run paid before; earliest first."
        ),
        click.option(
            "--trials",
            type=click.IntRange(max=MOST_TRIALS),
            help="Trials; the scenario's [stress] trials if left out.",
        ),
        click.option("--seed", type=int, help="Seed of the trials; the scenario's if left out."),
    )


def workers_option(command: Function) -> Function:
    """Add the option of processes."""
    return click.option("--workers", default=1, show_default=True, help="Processes; same digits.")(
        command
    )


def folder_options(where: str) -> Decorator:
    """Return what adds ``--out``, ``--force`` and the options of all commands.

    Parameters
    ----------
    where : str
        Folder of the run that is written to without ``--out``.
    """
    out = click.option("--out", type=FILE, help=f"Folder to write; RUN/{where} if not.")
    return lambda command: decorated(command, out, force_option, common_options)
