"""Commands for pay: what people are paid, and the rules of pay in plain sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import charts_option, noting_fonts
from optimizer.terminal.program import common_options, show_json
from optimizer.terminal.progress import Progress

FILE = click.Path(path_type=Path)


@click.command(epilog="Example:  quotaplan pay runs/my-plan --actuals sales.csv")
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales of whole periods.")
@click.option("--incentive", type=FILE, help="Rules of pay, in place of the run's.")
@click.option("--previous", type=FILE, multiple=True, help="Run paid before; earliest first.")
@click.option("--period", help="Pay only this period; earlier ones are history.")
@click.option("--out", type=FILE, help="Folder to write; RUN/pay if not.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def pay(
    run: Path,
    actuals: Path,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say what each rep of a RUN is paid, line by line and to the cent.

    The rules are those of incentive.toml; every period of the plan that the actuals have is
    paid.
    """
    from optimizer.pay.pay import pay_run
    from optimizer.pay.text import render_pay
    from optimizer.pay.write import write_pay

    folder = out or run / "pay"
    with Progress(silent=quiet or as_json) as progress:
        progress("pay")
        found = pay_run(run, actuals, **options)
        progress("write")
        done = write_pay(found, folder, actuals, force=force)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        click.echo(render_pay(found))
        click.echo(f"\nThe ledger adds up in {done.checks} sums. Files: {folder}")


@click.command("plan-doc", epilog="Example:  quotaplan plan-doc runs/my-plan")
@click.argument("run", type=FILE)
@click.option("--incentive", type=FILE, help="Rules of pay, in place of the run's.")
@charts_option("png")
@click.option("--out", type=FILE, help="Folder to write; RUN/plan-doc if not.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def plan_doc(
    run: Path,
    incentive: Path | None,
    charts: str,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the rules of pay of a RUN in plain sentences, with what they pay at 50 to 150 %.

    Each plan is shown on one of its people, the one whose target is in the middle.
    """
    from optimizer.pay.example import examples
    from optimizer.report.incentive_pages import write_pages

    folder = out or run / "plan-doc"
    planned, found = examples(run, incentive)
    draw = None if charts == "none" else drawing()
    page = write_pages(planned, found, folder, force=force, draw=draw, form=charts)
    if as_json:
        show_json({"exit_code": 0, "text": page, "out": str(folder)})
    elif not quiet:
        click.echo(page)
        click.echo(f"Files: {folder}")


def drawing() -> Any:
    """Return what draws payout curves; matplotlib is loaded for it."""
    from optimizer.report.incentive_figures import draw_plan

    return noting_fonts(draw_plan)
