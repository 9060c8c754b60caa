"""Commands for pay: what people are paid, and the rules of pay in plain sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.errors import InputError
from optimizer.terminal.charts import charts_option, further_files, noting_fonts, xlsx_option
from optimizer.terminal.options import FILE, folder_options, language_option
from optimizer.terminal.program import show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan pay runs/my-plan --actuals sales.csv")
@click.argument("run", type=FILE)
@click.option("--actuals", type=FILE, required=True, help="Sales of whole periods.")
@click.option("--incentive", type=FILE, help="Rules of pay, in place of the run's.")
@click.option("--previous", type=FILE, multiple=True, help="Run paid before; earliest first.")
@click.option("--scores", type=FILE, help="What 'score' wrote, for gates and awards on score.")
@click.option("--period", help="Pay only this period; earlier ones are history.")
@xlsx_option
@language_option("Language of the workbook.", show_default=True)
@folder_options("pay")
def pay(
    run: Path,
    actuals: Path,
    xlsx: bool,
    lang: str,
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
        draw = further_files("pay", "none", xlsx, lang)
        done = write_pay(found, folder, actuals, force=force, draw=draw, lang=lang)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict(), "out": str(folder)})
    elif not quiet:
        show_text(render_pay(found))
        say(f"\nThe ledger adds up in {done.checks} sums. Files: {folder}")


@click.command("plan-doc", epilog="Example:  quotaplan plan-doc runs/my-plan --lang zh")
@click.argument("where", metavar="RUN", type=FILE)
@click.option("--incentive", type=FILE, help="Rules of pay, in place of the run's.")
@click.option("--target", type=float, help="Everybody's target, where there is no plan yet.")
@language_option("Language of the page.", show_default=True)
@charts_option("png")
@folder_options("plan-doc")
def plan_doc(
    where: Path,
    incentive: Path | None,
    target: float | None,
    charts: str,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the rules of pay of a RUN in plain sentences, with what they pay at 50 to 150 %.

    Each plan is shown on one of its people, the one whose target is in the middle. Before
    there is a plan, a scenario or an incentive.toml stands in for RUN; the page then says
    what target it assumes.
    """
    from optimizer.pay.before_plan import examples_before
    from optimizer.pay.example import examples
    from optimizer.report.incentive_pages import write_pages
    from optimizer.results.run_folder import read_record

    folder = out or (where if where.is_dir() else where.parent) / "plan-doc"
    if "goal" in read_record(where):
        if target is not None:
            raise InputError(
                "--target is for rules without a plan; this run has targets of its own"
            )
        (planned, found), assumed = examples(where, incentive), ""
    else:
        planned, found, assumed = examples_before(where, incentive, target)
    draw = None if charts == "none" else drawing()
    page = write_pages(planned, found, folder, draw=draw, form=charts, assumed=assumed, **options)
    if as_json:
        show_json({"exit_code": 0, "text": page, "out": str(folder)})
    elif not quiet:
        say(page)
        say(f"Files: {folder}")


def drawing() -> Any:
    """Return what draws payout curves; matplotlib is loaded for it."""
    from optimizer.report.incentive_figures import draw_plan

    return noting_fonts(draw_plan)
