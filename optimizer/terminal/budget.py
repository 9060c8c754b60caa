"""Commands for the money of incentive plans: stress of the budget."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import finance_options, further_files
from optimizer.terminal.options import FILE, folder_options, trial_options, workers_option
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan stress runs/my-plan --charts png --lang zh")
@click.argument("run", type=FILE)
@trial_options
@workers_option
@click.option("--calibrate", is_flag=True, help="Estimate mean, cv and correlation from history.")
@finance_options
@folder_options("stress")
def stress(
    run: Path,
    calibrate: bool,
    charts: str,
    xlsx: bool,
    lang: str,
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
    draw = further_files("stress", charts, xlsx, lang)
    write_stress(found, folder, force=force, draw=draw, lang=lang)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
        return
    if quiet:
        return
    show_text(render_stress(found))
    for text in found.world.rules.assumed:
        say(f"note: assumed {text}", err=True)
    say(f"\nFiles: {folder}")
