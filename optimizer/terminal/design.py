"""Commands that design incentive pay: rates for a budget, over-assignment and its price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import finance_options, further_files
from optimizer.terminal.options import FILE, folder_options, trial_options, workers_option
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan tune runs/my-plan --budget 500")
@click.argument("run", type=FILE)
@click.option("--budget", type=float, help="In the scenario's unit; [stress] budget if left out.")
@trial_options
@click.option("--least", default=0.5, show_default=True, help="Least rate, × what it is.")
@click.option("--most", default=2.0, show_default=True, help="Largest rate, × what it is.")
@finance_options
@folder_options("tune")
def tune(
    run: Path,
    charts: str,
    xlsx: bool,
    lang: str,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Find the rates of a RUN that pay most for excellence within a budget.

    Pay at 100 % stays what it is, and the worst 5 % of trials cost the budget at most. The
    answer is checked on fresh trials.
    """
    from optimizer.tune.text import render_tuning
    from optimizer.tune.tune import tune_run
    from optimizer.tune.write import write_tuning

    with Progress(silent=quiet or as_json) as progress:
        progress("simulate")
        found = tune_run(run, **options)
    folder = out or run / "tune"
    draw = further_files("tune", charts, xlsx, lang)
    write_tuning(found, folder, force=force, draw=draw, lang=lang)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        show_text(render_tuning(found))
        for text in found.design.world.rules.assumed:
            say(f"note: assumed {text}", err=True)
        say(f"\nFiles: {folder}")


@click.command(epilog="Example:  quotaplan frontier runs/my-plan --xlsx --lang zh")
@click.argument("run", type=FILE)
@click.option("--chance", default=0.8, show_default=True, help="Wanted chance of the goal.")
@click.option("--most", default=0.3, show_default=True, help="Largest over-assignment.")
@click.option("--step", default=0.05, show_default=True, help="Steps of over-assignment.")
@click.option("--elasticity", type=float, help="How sales follow targets; the scenario's or 1.")
@trial_options
@workers_option
@finance_options
@folder_options("frontier")
def frontier(
    run: Path,
    charts: str,
    xlsx: bool,
    lang: str,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Set over-assignment of a RUN against the chance of the goal, and against its cost.

    Names the cheapest over-assignment that has the wanted chance.
    """
    from optimizer.frontier.frontier import frontier_run
    from optimizer.frontier.text import render_frontier
    from optimizer.frontier.write import write_frontier

    with Progress(silent=quiet or as_json) as progress:
        progress("simulate")
        found = frontier_run(run, **options)
    folder = out or run / "frontier"
    draw = further_files("frontier", charts, xlsx, lang)
    write_frontier(found, folder, force=force, draw=draw, lang=lang)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        show_text(render_frontier(found))
        for text in found.assumed:
            say(f"note: assumed {text}", err=True)
        say(f"\nFiles: {folder}")
