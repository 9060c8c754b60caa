"""The command for many scenarios at once."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.errors import InputError
from optimizer.terminal.options import FILE, outside_option
from optimizer.terminal.private import is_private
from optimizer.terminal.program import common_options, leaving, show_json, show_text
from optimizer.terminal.streams import say

if TYPE_CHECKING:
    from optimizer.batch.task import Row

_MINUTE = 60


@click.command(epilog="Example:  quotaplan batch plans/* --out runs --workers 2")
@click.argument("scenarios", type=FILE, nargs=-1, metavar="SCENARIO...")
@click.option("--out", type=FILE, required=True, help="Folder to write the runs into.")
@click.option("--workers", default=1, show_default=True, help="Processes of this machine.")
@click.option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster to work there.")
@click.option(
    "--method", type=click.Choice(["decomposed", "pooled", "joint"]), help="How to solve."
)
@click.option("--no-cost", is_flag=True, help="Leave out what incentive pay may cost.")
@click.option("--force", "again", is_flag=True, help="Plan again what is finished.")
@outside_option
@common_options
def batch(
    scenarios: tuple[Path, ...],
    out: Path,
    no_cost: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Plan many SCENARIOs into one folder, each into a folder of its name.

    Goes on where one fails, skips those whose run is finished, and ends with the worst exit
    code in the order 1, 4, 2, 3, 0. batch.csv has a line for each. After an interrupt the same
    command goes on where it stopped.
    """
    from optimizer.batch.batch import batch_run
    from optimizer.batch.text import render_batch

    if options["dask"] is not None and is_private():
        raise InputError(
            "--private is for files that this machine writes; leave out --dask, or start the "
            "workers of the cluster with umask 077"
        )
    clock = _Clock(silent=quiet or as_json)
    with leaving(f"what is finished is whole in {out}; the same command goes on from there"):
        found = batch_run(scenarios, out, cost=not no_cost, tell=clock, **options)
    if as_json:
        show_json({"exit_code": found.exit_code, "out": str(out), "scenarios": found.as_dicts()})
    elif not quiet:
        show_text(render_batch(found))
        say(f"\nFiles: {out}")
    if quiet and not as_json:
        for row in found.rows:
            if row.error is not None:
                say(f"{row.scenario}: {row.error['text']}", err=True)
    sys.exit(found.exit_code)


class _Clock:
    """Says after each scenario how far the batch is and how long the rest may take."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._started = time.monotonic()
        self._planned = 0

    def __call__(self, row: Row, done: int, all_of_them: int) -> None:
        self._planned += not row.found_finished
        if self._silent:
            return
        spent = time.monotonic() - self._started
        left = spent / max(self._planned, 1) * (all_of_them - done)
        state = "finished before" if row.found_finished else row.status
        rest = f", about {_span(left)} left" if done < all_of_them and self._planned else ""
        say(f"{done} of {all_of_them}{rest}: {row.scenario}, {state}", err=True)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
