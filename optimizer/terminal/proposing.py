"""The command that closes the loop: from results to the next inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.options import FILE, folder_options
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(
    epilog="Example:  quotaplan propose runs/q1 --actuals q1.csv "
    "--accept runs/q1/propose/proposal.csv --next q2"
)
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales of all periods of the plan.")
@click.option("--activities", type=FILE, help="Actions done by week, to learn rates from.")
@click.option("--goal", type=float, help="The next goal; the goal stands if left out.")
@click.option("--accept", type=FILE, help="The proposal.csv with your answers.")
@click.option("--next", "following", type=FILE, help="Folder for the next scenario, a new one.")
@folder_options("propose")
def propose(
    run: Path,
    actuals: Path,
    accept: Path | None,
    following: Path | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Propose the inputs of the plan that follows a RUN which is over, as edits to accept or not.

    Writes proposal.csv with a column accept; with --next also the next scenario, with all edits
    or those that --accept has with yes.
    """
    from optimizer.errors import InputError
    from optimizer.proposal.accept import read_accepted
    from optimizer.proposal.following import write_following
    from optimizer.proposal.proposal import propose_run
    from optimizer.proposal.text import render_proposal
    from optimizer.proposal.write import write_proposal

    if accept is not None and following is None:
        raise InputError("--accept says which edits to take: give --next, the folder to write")
    folder = out or run / "propose"
    with Progress(silent=quiet or as_json) as progress:
        progress("read")
        found = propose_run(run, actuals, **options)
        if accept is not None:
            found = read_accepted(accept, found)
        progress("write")
        if accept is None:
            read = [actuals, *(one for one in (options["activities"],) if one is not None)]
            write_proposal(found, folder, read, force=force)
        if following is not None:
            write_following(found, following)
    written = [str(one) for one in (folder if accept is None else None, following) if one]
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": written})
    elif not quiet:
        show_text(render_proposal(found))
        say(f"\nFiles: {', '.join(written)}")
