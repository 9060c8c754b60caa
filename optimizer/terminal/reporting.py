"""The command that writes a report for people: a page, a workbook, and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from optimizer.terminal.charts import charts_option, noting_fonts
from optimizer.terminal.options import FILE, folder_options, language_option
from optimizer.terminal.program import show_json
from optimizer.terminal.progress import Progress
from optimizer.terminal.streams import say

_MEGABYTE = 1e6


@click.command(epilog="Example:  quotaplan report runs/my-plan --compare runs/other-plan")
@click.argument("run", type=FILE)
@click.option("--compare", type=FILE, multiple=True, help="Run to hold against this one.")
@language_option("Language to open in.")
@click.option("--region", default="", help="Page of this region alone, and of nobody else.")
@click.option("--xlsx/--no-xlsx", default=True, show_default=True, help="Write plan.xlsx too.")
@charts_option("png")
@folder_options("report")
def report(
    run: Path, charts: str, out: Path | None, as_json: bool, quiet: bool, **options: Any
) -> None:
    """Write report.html, plan.xlsx and pictures of a RUN.

    The page is one file that needs no network. It tells of the plan, and of what pace, pay,
    stress, tune, frontier, score, review and propose wrote into the RUN.
    """
    from optimizer.page.report import write_report

    draw = None if charts == "none" else drawing(charts, options["lang"])
    with Progress(silent=quiet or as_json) as progress:
        progress("write")
        done = write_report(run, out, draw=draw, **options)
    if as_json:
        told = {"out": str(done.folder), "files": list(done.files), "page_bytes": done.size}
        show_json({"exit_code": 0, **told})
    elif not quiet:
        page = done.folder / "report.html"
        say(f"Open {page} in a browser ({done.size / _MEGABYTE:.1f} MB).")
        say(f"Files: {done.folder} ({', '.join(done.files)})")


def drawing(form: str, lang: str) -> Any:
    """Return what draws pictures of a run in a form; matplotlib is loaded for it."""
    from optimizer.report.plan_figures import draw_run

    return noting_fonts(lambda run, folder: draw_run(run, folder, form, lang))
