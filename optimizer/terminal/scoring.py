"""The command for scorecards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.options import FILE, folder_options
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan score runs/my-plan --actuals sales.csv")
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales and metrics of whole periods.")
@click.option("--scorecard", type=FILE, help="Scorecards, in place of the run's.")
@click.option("--previous", type=FILE, multiple=True, help="Run of periods before; earliest first.")
@click.option("--period", help="Score only this period.")
@click.option("--rep", help="Show the lines of this rep.")
@folder_options("score")
def score(
    run: Path,
    actuals: Path,
    rep: str | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Score the people of a RUN by the cards of scorecard.toml, with ranks and grades.

    Every period of the plan that the actuals have is scored. What is missing is treated as the
    cards say, and shown with the range that the total may lie in.
    """
    from optimizer.scorecards.scores import score_run
    from optimizer.scorecards.tables import SCORES, score_rows
    from optimizer.scorecards.text import render_rep, render_scores
    from optimizer.scorecards.write import write_scores

    folder = out or run / "score"
    with Progress(silent=quiet or as_json) as progress:
        progress("score")
        found = score_run(run, actuals, **options)
        chosen = () if rep is None else found.of(rep)
        progress("write")
        done = write_scores(found, folder, actuals, force=force)
    if as_json:
        rows = [dict(zip(SCORES, row, strict=True)) for row in score_rows(chosen)]
        lines = {"lines": rows} if chosen else {}
        show_json({"exit_code": 0, **found.as_dict(), **lines, "out": str(folder)})
    elif not quiet:
        show_text(render_rep(chosen, found.scorecard) if chosen else render_scores(found))
        say(f"\nCounted again in {done.checks} places. Files: {folder}")
