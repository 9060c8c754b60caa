"""Commands that design incentive pay: rates for a budget, over-assignment and its price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import charts_option, further_files, xlsx_option
from optimizer.terminal.program import common_options, show_json, show_text
from optimizer.terminal.progress import Progress

FILE = click.Path(path_type=Path)


@click.command(epilog="Example:  quotaplan tune runs/my-plan --budget 500")
@click.argument("run", type=FILE)
@click.option("--budget", type=float, help="In the scenario's unit; [stress] budget if left out.")
@click.option("--incentive", type=FILE, help="Rules of pay in place of the run's incentive.toml.")
@click.option("--measure", help="Which measure, where the run has several.")
@click.option("--previous", type=FILE, multiple=True, help="Run paid before; earliest first.")
@click.option("--trials", type=int, help="Trials; the scenario's [stress] trials if left out.")
@click.option("--seed", type=int, help="Seed of the trials; the scenario's if left out.")
@click.option("--least", default=0.5, show_default=True, help="Least rate, × what it is.")
@click.option("--most", default=2.0, show_default=True, help="Largest rate, × what it is.")
@charts_option("none")
@xlsx_option
@click.option("--out", type=FILE, help="Folder to write; RUN/tune if not.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def tune(
    run: Path,
    charts: str,
    xlsx: bool,
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
    write_tuning(found, folder, force=force, draw=further_files("tune", charts, xlsx))
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        show_text(render_tuning(found))
        for text in found.design.world.rules.assumed:
            click.echo(f"note: assumed {text}", err=True)
        click.echo(f"\nFiles: {folder}")


@click.command(epilog="Example:  quotaplan frontier runs/my-plan --chance 0.9")
@click.argument("run", type=FILE)
@click.option("--chance", default=0.8, show_default=True, help="Wanted chance of the goal.")
@click.option("--most", default=0.3, show_default=True, help="Largest over-assignment.")
@click.option("--step", default=0.05, show_default=True, help="Steps of over-assignment.")
@click.option("--elasticity", type=float, help="How sales follow targets; the scenario's or 1.")
@click.option("--incentive", type=FILE, help="Rules of pay in place of the run's incentive.toml.")
@click.option("--measure", help="Which measure, where the run has several.")
@click.option("--previous", type=FILE, multiple=True, help="Run paid before; earliest first.")
@click.option("--trials", type=int, help="Trials; the scenario's [stress] trials if left out.")
@click.option("--seed", type=int, help="Seed of the trials; the scenario's if left out.")
@click.option("--workers", default=1, show_default=True, help="Processes; same digits.")
@charts_option("none")
@xlsx_option
@click.option("--out", type=FILE, help="Folder to write; RUN/frontier if not.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def frontier(
    run: Path,
    charts: str,
    xlsx: bool,
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
    write_frontier(found, folder, force=force, draw=further_files("frontier", charts, xlsx))
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        show_text(render_frontier(found))
        for text in found.assumed:
            click.echo(f"note: assumed {text}", err=True)
        click.echo(f"\nFiles: {folder}")
