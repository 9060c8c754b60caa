"""The command that looks back: results, where they came from, and how targets were set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.options import FILE, folder_options
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan review runs/my-plan --actuals sales.csv")
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales of whole periods, or orders.")
@click.option("--previous", type=FILE, multiple=True, help="Run reviewed before; earliest first.")
@click.option("--history", type=FILE, help="Past sales, in place of the scenario's history.")
@click.option("--orders", type=FILE, help="Order lines, where --actuals are totals.")
@click.option("--change-at", multiple=True, help="First period of a change of plan.")
@click.option("--changed", help="Who had the change, as column=value; all if left out.")
@click.option("--measure", help="Which measure, where the run has several.")
@click.option("--region", help="Show this region and those below it.")
@click.option("--team", help="Show this team.")
@click.option("--rep", help="Show this rep.")
@folder_options("review")
def review(
    run: Path,
    actuals: Path,
    region: str | None,
    team: str | None,
    rep: str | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Look back at the periods of a RUN: who attained what, why, and how targets were set.

    Shows the company; a region, a team or a rep where one is named. The files hold all of it.
    """
    from optimizer.review.run import review_run
    from optimizer.review.text import render_group, render_review
    from optimizer.review.write import write_review

    folder = out or run / "review"
    with Progress(silent=quiet or as_json) as progress:
        progress("review")
        found = review_run(run, actuals, **options)
        chosen = [(dimension, name)
                  for dimension, name in (("region", region), ("team", team), ("rep", rep))
                  if name is not None]  # fmt: skip
        views = [render_group(found, *one) for one in chosen]
        progress("write")
        read = [actuals, *(options[name] for name in ("history", "orders") if options[name])]
        read += [earlier / "run.json" for earlier in options["previous"]]
        write_review(found, folder, read, force=force)
    if as_json:
        own = {"views": [found.view(*one) for one in chosen]} if chosen else {}
        show_json({"exit_code": 0, **found.as_dict(), **own, "out": str(folder)})
    elif not quiet:
        show_text("\n\n".join(views) if views else render_review(found))
        say(f"\nFiles: {folder}")
