"""Commands for the money of incentive plans: stress of the budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import charts_option, further_files, xlsx_option
from optimizer.terminal.program import common_options, show_json, show_text
from optimizer.terminal.progress import Progress

FILE = click.Path(path_type=Path)


@click.command(epilog="Example:  quotaplan stress runs/my-plan")
@click.argument("run", type=FILE)
@click.option("--incentive", type=FILE, help="Rules of pay in place of the run's incentive.toml.")
@click.option("--measure", help="Which measure, where the run has several.")
@click.option("--previous", type=FILE, multiple=True, help="Run paid before; earliest first.")
@click.option("--trials", type=int, help="Trials; the scenario's [stress] trials if left out.")
@click.option("--seed", type=int, help="Seed of the trials; the scenario's if left out.")
@click.option("--workers", default=1, show_default=True, help="Processes; same digits.")
@click.option("--calibrate", is_flag=True, help="Estimate mean, cv and correlation from history.")
@charts_option("none")
@xlsx_option
@click.option("--out", type=FILE, help="Folder to write; RUN/stress if not.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def stress(
    run: Path,
    calibrate: bool,
    charts: str,
    xlsx: bool,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say what the incentive plans of a RUN may cost, and how likely the budget is exceeded.

    Attainments are drawn as [stress] of the scenario says; each figure has its error.
    """
    from optimizer.stress.stress import stress_run
    from optimizer.stress.text import render_stress
    from optimizer.stress.write import write_stress

    with Progress(silent=quiet or as_json) as progress:
        progress("simulate")
        found = stress_run(run, propose_spread=calibrate, **options)
    folder = out or run / "stress"
    write_stress(found, folder, force=force, draw=further_files("stress", charts, xlsx))
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
        return
    if quiet:
        return
    show_text(render_stress(found))
    for text in found.world.rules.assumed:
        click.echo(f"note: assumed {text}", err=True)
    click.echo(f"\nFiles: {folder}")
