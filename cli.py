"""The command line of quotaplan: parse, call the package, show the answer, set the exit code.

Nothing heavy is imported before a command runs, so that help answers at once.
"""

from __future__ import annotations

import optimizer.terminal.early  # noqa: F401

# isort: split
import sys
from pathlib import Path
from typing import Any

import click

from optimizer.terminal.bonus import pay, plan_doc
from optimizer.terminal.budget import stress
from optimizer.terminal.design import frontier, tune
from optimizer.terminal.editing import schema
from optimizer.terminal.many import batch
from optimizer.terminal.options import FILE, force_option, outside_option
from optimizer.terminal.program import Program, common_options, leaving, show_json, show_text
from optimizer.terminal.progress import Progress
from optimizer.terminal.proposing import propose
from optimizer.terminal.quarter import pace, recalibrate
from optimizer.terminal.reporting import report
from optimizer.terminal.reviewing import review
from optimizer.terminal.scoring import score
from optimizer.terminal.start import init, show_unused, workbook_options
from optimizer.terminal.streams import say

GAP = 3
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the installed version and stop."""
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        say(f"quotaplan, version {version('quotaplan')}")
    except PackageNotFoundError:
        say("quotaplan, not installed")
    context.exit()


@click.group(cls=Program, context_settings=HELP)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Hand a sales goal down to quarters, products, regions and people, to the unit.

    Start with:  quotaplan init my-plan --example company-a
    """


@main.command(epilog="Example:  quotaplan check my-plan")
@click.argument("scenario", type=FILE)
@outside_option
@common_options
def check(scenario: Path, allow_outside: bool, as_json: bool, quiet: bool) -> None:
    """Check SCENARIO and list everything that is wrong or worth noting."""
    from dataclasses import asdict

    from optimizer.inputs.load import load_scenarios
    from optimizer.report.text import render_findings
    from optimizer.scorecards.read import check_beside

    with Progress(silent=quiet or as_json) as progress:
        progress("read")
        loaded = load_scenarios(scenario, allow_outside=allow_outside)
        notes = (*loaded.notes, *check_beside(loaded))
    if as_json:
        show_json({"exit_code": 0, "findings": [asdict(note) for note in notes]})
        return
    if notes and not quiet:
        say(render_findings(notes), err=True)
    if not quiet:
        for one in loaded.scenarios:
            rows = ", ".join(f"{name} {len(table):,}" for name, table in one.tables.items())
            say(f"{one.settings.name}, {one.settings.measure}: in order ({rows})")


@main.command(epilog="Example:  quotaplan plan my-plan --out runs/my-plan")
@click.argument("scenario", type=FILE)
@click.option("--out", type=FILE, required=True, help="Run folder to write.")
@click.option(
    "--method", type=click.Choice(["decomposed", "pooled", "joint"]), help="How to solve."
)
@click.option("--solver", help="Solver that PuLP offers, for the joint model (CBC, HiGHS, …).")
@click.option("--export", type=FILE, help="Write the joint model as .lp or .mps.")
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["auto", "csv", "parquet"]),
    default="auto",
    show_default=True,
    help="Format of the tables; auto: Parquet for those of more than 200,000 rows.",
)
@workbook_options
@click.option("--keep-personal", is_flag=True, help="Keep e-mail addresses in the run folder.")
@outside_option
@force_option
@common_options
def plan(scenario: Path, out: Path, as_json: bool, quiet: bool, **options: Any) -> None:
    """Plan SCENARIO: allocate, round, verify and write a run folder.

    Exit code 0 when the whole goal is placed, 3 when a gap is left (written, and said why),
    4 when the inputs contradict each other (nothing is written).
    """
    from optimizer.pipeline import plan as make_plan

    left = "no run was written" if options["export"] else "nothing was written"
    with leaving(left), Progress(silent=quiet or as_json) as progress:
        result = make_plan(scenario, out, hold=False, progress=progress, **options)
    with leaving(f"the run in {out} is whole"):
        if as_json:
            show_json({**result.run, "exit_code": result.exit_code, "out": str(out)})
        elif not quiet:
            show_plan(result)
            show_unused(options["locks"], result.run["inputs"])
        if result.exit_code == GAP and not quiet:
            text = f"What would close the gap:  quotaplan explain {out}  (or advice.csv)"
            say(text, err=True)
    sys.exit(result.exit_code)


def show_plan(result: Any) -> None:
    """Print a plan's totals, its gap, and where its files are."""
    from optimizer.report.text import render_gap, render_plan
    from optimizer.results.run_folder import decimals_of

    for at, one in enumerate(result.reports):
        settings = one.settings
        title = f"{settings.name}, {settings.measure}" if at else settings.name
        decimals = decimals_of(settings.rounding)
        text = render_plan(one.rollup, one.summary, one.depth, title, settings.unit, decimals)
        show_text(text + "\n")
        for text in one.locks["text"]:
            say(f"lock: {text}")
        if len(one.gaps):
            show_text(render_gap(one.gaps, decimals) + "\n")
            say(one.shortage + "\n")
    for text in result.run["assumptions"]:
        say(f"note: {text}", err=True)
    say(f"Verified by {result.verification.checks} checks. Files: {result.out}")


@main.command(epilog="Example:  quotaplan verify runs/my-plan")
@click.argument("run", type=FILE)
@common_options
def verify(run: Path, as_json: bool, quiet: bool) -> None:
    """Check a RUN folder afresh: sums, limits, levels, fairness and proof.

    Uses nothing that made the plan. Exit code 1 when something does not hold.
    """
    from dataclasses import asdict

    from optimizer.verify.check_files import check_run
    from optimizer.verify.verify import verify_run

    check_run(run)
    with Progress(silent=quiet or as_json) as progress:
        progress("verify")
        found = verify_run(run)
    code = 1 if found.failures else 0
    if as_json:
        failures = [asdict(failure) for failure in found.failures]
        show_json({"exit_code": code, "checks": found.checks, "failures": failures})
    else:
        for failure in found.failures:
            say(failure.text, err=True)
        if not quiet:
            verdict = f"{len(found.failures)} failed" if code else "all hold"
            say(f"{run}: {found.checks} checks, {verdict}")
    sys.exit(code)


@main.command(epilog="Example:  quotaplan explain runs/my-plan --rep 'Li Na' --period 2024Q1")
@click.argument("run", type=FILE)
@click.option("--rep", help="Only this rep.")
@click.option("--region", help="Only this region and those below it.")
@click.option("--period", help="Only this period.")
@click.option("--measure", help="Which measure, where the run has several.")
@common_options
def explain(run: Path, as_json: bool, quiet: bool, **chosen: str | None) -> None:
    """Say why the targets of a RUN are what they are, step by step.

    Shows waterfalls from the even share to the target, the limits that bind there, gaps, and
    what would close them.
    """
    from optimizer.explain.explanation import explain_run
    from optimizer.explain.text import render_explanation

    found = explain_run(run, **chosen)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict()})
    elif not quiet:
        show_text(render_explanation(found))


@main.command(epilog="Example:  quotaplan compare runs/plan-a runs/plan-b --out runs/a-b")
@click.argument("runs", type=FILE, nargs=-1)
@click.option("--out", type=FILE, help="Folder to write all tables into.")
@click.option("--top", default=10, show_default=True, help="Rows to show of each table.")
@force_option
@common_options
def compare(
    runs: tuple[Path, ...], out: Path | None, top: int, force: bool, as_json: bool, quiet: bool
) -> None:
    """Show RUNS side by side: what differs in the inputs, and what came of it.

    The first run is the base. Largest differences come first.
    """
    from optimizer.compare.comparison import compare_runs
    from optimizer.compare.text import render_comparison
    from optimizer.compare.write import write_comparison

    found = compare_runs(runs)
    if out is not None:
        write_comparison(found, out, force=force)
    if as_json:
        show_json({"exit_code": 0, **found.as_dict()})
    elif not quiet:
        show_text(render_comparison(found, top))
        if out is not None:
            say(f"\nFiles: {out}")


main.add_command(init)
main.add_command(batch)
main.add_command(pace)
main.add_command(pay)
main.add_command(plan_doc)
main.add_command(propose)
main.add_command(recalibrate)
main.add_command(report)
main.add_command(review)
main.add_command(score)
main.add_command(schema)
main.add_command(stress)
main.add_command(frontier)
main.add_command(tune)

if __name__ == "__main__":
    main()
