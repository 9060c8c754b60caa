"""Commands for a period that has begun: pacing and recalibration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import charts_option, noting_fonts
from optimizer.terminal.options import (
    FILE,
    MOST_TRIALS,
    folder_options,
    force_option,
    language_option,
    workers_option,
)
from optimizer.terminal.program import common_options, show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan pace runs/my-plan --actuals weeks.csv --as-of 2024Q1W06")
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, help="Sales by week up to --as-of.")
@click.option("--as-of", help="Week to stand at the end of, such as 2024Q1W06.")
@click.option("--activities", type=FILE, help="Actions done by week.")
@click.option("--calibrate", is_flag=True, help="Propose a curve from the table weekly.")
@click.option("--period", help="Period to simulate; the first if left out.")
@click.option("--measure", help="Which measure, where the run has several.")
@click.option(
    "--trials",
    type=click.IntRange(max=MOST_TRIALS),
    default=1000,
    show_default=True,
    help="Simulated periods.",
)
@click.option("--seed", type=int, help="Seed of the simulation; the scenario's if left out.")
@workers_option
@charts_option("png")
@language_option("Language of the pictures.", show_default=True)
@folder_options("pace")
def pace(
    run: Path,
    calibrate: bool,
    charts: str,
    lang: str,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Lay the targets of a RUN on weeks; say where everybody stands, or simulate it.

    Without --actuals simulated periods show what red, yellow and green lights are worth.
    """
    from optimizer.pacing.pace import pace_run
    from optimizer.pacing.text import render_pacing, unpainted
    from optimizer.pacing.write import unit_of, write_pacing
    from optimizer.results.run_folder import decimals_of

    found = pace_run(run, propose_curve=calibrate, **options)
    folder = out or run / "pace"
    draw = None if charts == "none" else drawing(charts, lang)
    write_pacing(found, folder, force=force, draw=draw, lang=lang)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        paint = paint_light if sys.stdout.isatty() else unpainted
        show_text(render_pacing(found, decimals_of(unit_of(found)), paint), painted=True)
        say(f"\nFiles: {folder}")


def drawing(form: str, lang: str) -> Any:
    """Return what draws pictures of pacing; matplotlib is loaded for it."""
    from optimizer.report.pacing_figures import draw_pacing

    return noting_fonts(lambda pacing, folder: draw_pacing(pacing, folder, form, lang))


def paint_light(text: str, status: str) -> str:
    """Paint a text in the colour of a status."""
    return click.style(text, fg=status, bold=status == "red")


@click.command(
    epilog="Example:  quotaplan recalibrate runs/my-plan --actuals weeks.csv --as-of 2024Q1W06 "
    "--goal 900 --out runs/my-plan-2"
)
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales by week up to --as-of.")
@click.option("--as-of", required=True, help="Week that is over, such as 2024Q1W06.")
@click.option("--out", type=FILE, required=True, help="Run folder to write; RUN stays as it is.")
@click.option("--goal", type=float, help="New total of the period; what stands if left out.")
@click.option("--people", type=FILE, help="People from now on: who joins, leaves or changes.")
@click.option("--potential", type=FILE, help="What the market gives from now on.")
@click.option("--shares", type=FILE, help="New shares of products or regions.")
@click.option("--contingency", help="A [[contingency]] of the scenario to carry out.")
@click.option("--incentive", type=FILE, help="Rules of pay from now on; they move no target.")
@click.option("--cap", type=float, help="Largest move, in place of [recalibration] cap.")
@click.option("--measure", help="Whose goal, potential, shares and contingency; the main one's.")
@click.option("--pace-only", is_flag=True, help="Leave targets; pace the weeks to come anew.")
@force_option
@common_options
def recalibrate(
    run: Path,
    actuals: Path,
    as_of: str,
    out: Path,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Move the targets of a RUN in mid-period, as little as what has changed asks for.

    What is sold stays, no target moves further than the cap from the first plan, and the total
    is kept. Exit code 3 when a gap is left or something could not be moved.
    """
    from optimizer.recalibrate.changed import Options
    from optimizer.recalibrate.recalibration import find_recalibration
    from optimizer.recalibrate.text import render_recalibration
    from optimizer.recalibrate.write import write_recalibration

    with Progress(silent=quiet or as_json) as progress:
        progress("allocate")
        found = find_recalibration(run, actuals, as_of, Options(**options))
        progress("write")
        done = write_recalibration(found, out, force=force)
    if as_json:
        show_json({"exit_code": found.exit_code, **found.as_dict(), "out": str(out)})
    elif not quiet:
        show_text(render_recalibration(found))
        for note in found.notes:
            say(f"note: {note}", err=True)
        say(f"\nVerified by {done.checks} checks. Files: {out}")
    sys.exit(found.exit_code)
