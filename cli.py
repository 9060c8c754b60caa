"""The command line of quotaplan: parse, call the package, show the answer, set the exit code.

Nothing heavy is imported before a command runs, so that help answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

import click

from optimizer.errors import InputError, QuotaplanError

Command = TypeVar("Command", bound=Callable[..., Any])

GAP = 3
INTERRUPTED = 130
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Program(click.Group):
    """The commands; a wrong command line and an interrupt are told as every other error is."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and end with its exit code; without `standalone_mode`, raise."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        as_json = wants_json(sys.argv[1:] if args is None else args)
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
            if as_json:
                show_json({"error": error.format_message(), "exit_code": code})
        except click.Abort as stop:
            code = show_interrupt(stop, as_json=as_json)
        sys.exit(code)


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for JSON, whatever else is wrong with it."""
    return "--json" in takewhile(lambda argument: argument != "--", arguments)


def show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print the installed version and stop."""
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"quotaplan, version {version('quotaplan')}")
    except PackageNotFoundError:
        click.echo("quotaplan, not installed")
    context.exit()


def common_options(command: Command) -> Command:
    """Add ``--json``, ``--quiet`` and ``--debug``, and show errors as every command does."""

    def run(*args: Any, **kwargs: Any) -> None:
        as_json, debug = kwargs["as_json"], kwargs.pop("debug")
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as stop:
            sys.exit(show_interrupt(stop, as_json=as_json))
        except Exception as error:
            if debug:
                raise
            sys.exit(show_error(error, as_json=as_json))

    update_wrapper(run, command)
    for option in (
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
        click.option("--quiet", is_flag=True, help="Print nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    ):
        run = option(run)
    return run  # type: ignore[return-value]


def show_error(error: Exception, *, as_json: bool) -> int:
    """Print an error in a planner's words and return the exit code of its kind."""
    if isinstance(error, QuotaplanError):
        content, text = error.as_dict(), str(error)
    elif isinstance(error, OSError):
        text = f"{error.filename or 'a file'}: {error.strerror or error}; name another path"
        content = {"error": text, "exit_code": 2}
    else:
        text = (
            f"A defect of quotaplan, not of your inputs: {type(error).__name__}: {error}\n"
            "Nothing was written. Run again with --debug and report what it prints."
        )
        content = {"error": text, "exit_code": 1}
    if as_json:
        show_json(content)
    click.echo(text, err=True)
    return int(content["exit_code"])


def show_interrupt(stop: BaseException, *, as_json: bool) -> int:
    """Print that the program was interrupted and what it left behind; return the exit code."""
    text = f"Interrupted; {stop.args[0] if stop.args else 'nothing was written'}."
    if as_json:
        show_json({"error": text, "exit_code": INTERRUPTED})
    click.echo(text, err=True)
    return INTERRUPTED


@contextmanager
def leaving(state: str) -> Iterator[None]:
    """Let an interrupt say what it leaves behind, where that is more than nothing."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(*(stop.args or (state,))) from stop


def show_json(content: Any) -> None:
    """Print a result as JSON on stdout."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@main.command(epilog="Example:  quotaplan init my-plan --example company-a")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--example", default="company-a", show_default=True, help="Scenario to start from.")
@click.option("--list", "list_them", is_flag=True, help="List the examples and stop.")
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@common_options
def init(
    folder: Path | None, example: str, list_them: bool, force: bool, as_json: bool, quiet: bool
) -> None:
    """Write a scenario to start from into FOLDER."""
    from optimizer.bundled import copy_example, example_names

    if list_them:
        names = example_names()
        if as_json:
            show_json(names)
        else:
            longest = max(map(len, names), default=0)
            for name, about in names.items():
                click.echo(f"{name:<{longest}}  {about}")
        return
    if folder is None:
        raise InputError("name the folder to write, as in: quotaplan init my-plan")
    with leaving(f"{folder} may hold a part of the example"):
        written = copy_example(example, folder, force=force)
    if as_json:
        show_json({"folder": str(folder), "files": [path.name for path in written]})
    elif not quiet:
        click.echo(f"{folder}: {', '.join(path.name for path in written)}")
        click.echo(f"Next:  quotaplan check {folder}")


@main.command(epilog="Example:  quotaplan check my-plan")
@click.argument("scenario", type=click.Path(path_type=Path))
@common_options
def check(scenario: Path, as_json: bool, quiet: bool) -> None:
    """Check SCENARIO and list everything that is wrong or worth noting."""
    from dataclasses import asdict

    from optimizer.inputs.load import load_scenarios
    from optimizer.report.text import render_findings

    loaded = load_scenarios(scenario)
    if as_json:
        show_json({"exit_code": 0, "findings": [asdict(note) for note in loaded.notes]})
        return
    if loaded.notes and not quiet:
        click.echo(render_findings(loaded.notes), err=True)
    if not quiet:
        for one in loaded.scenarios:
            rows = ", ".join(f"{name} {len(table):,}" for name, table in one.tables.items())
            click.echo(f"{one.settings.name}, {one.settings.measure}: in order ({rows})")


@main.command(epilog="Example:  quotaplan plan my-plan --out runs/my-plan")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Run folder to write.")
@click.option("--method", type=click.Choice(["pooled", "joint"]), help="Model to solve.")
@click.option("--solver", help="Solver that PuLP offers, for the joint model (CBC, HiGHS, …).")
@click.option(
    "--export", type=click.Path(path_type=Path), help="Write the joint model as .lp or .mps."
)
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Format of the targets.",
)
@click.option("--keep-personal", is_flag=True, help="Keep e-mail addresses in the run folder.")
@click.option("--force", is_flag=True, help="Replace --out whatever it holds.")
@common_options
def plan(scenario: Path, out: Path, as_json: bool, quiet: bool, **options: Any) -> None:
    """Plan SCENARIO: allocate, round, verify and write a run folder.

    Exit code 0 when the whole goal is placed, 3 when a gap is left (written, and said why),
    4 when the inputs contradict each other (nothing is written).
    """
    from optimizer.pipeline import plan as make_plan

    with leaving("no run was written" if options["export"] else "nothing was written"):
        result = make_plan(scenario, out, **options)
    with leaving(f"the run in {out} is whole"):
        if as_json:
            show_json({**result.run, "exit_code": result.exit_code, "out": str(out)})
        elif not quiet:
            show_plan(result)
        if result.exit_code == GAP and not quiet:
            text = "Part of the goal is backed by nothing; see gaps.csv and limits.csv."
            click.echo(text, err=True)
    sys.exit(result.exit_code)


def show_plan(result: Any) -> None:
    """Print a plan's totals, its gap, and where its files are."""
    from optimizer.report.text import render_gap, render_plan
    from optimizer.results.run_folder import decimals_of

    for one in result.measures:
        settings = one.scenario.settings
        title = settings.name if one is result.main else f"{settings.name}, {settings.measure}"
        decimals = decimals_of(settings.rounding)
        depth = one.instance.tree.depth
        text = render_plan(one.rollup, one.summary, depth, title, settings.unit, decimals)
        click.echo(text + "\n")
        if len(one.gaps):
            click.echo(render_gap(one.gaps, decimals) + "\n")
    for text in result.run["assumptions"]:
        click.echo(f"note: {text}", err=True)
    click.echo(f"Verified by {result.verification.checks} checks. Files: {result.out}")


@main.command(epilog="Example:  quotaplan verify runs/my-plan")
@click.argument("run", type=click.Path(path_type=Path))
@common_options
def verify(run: Path, as_json: bool, quiet: bool) -> None:
    """Check a RUN folder afresh: sums, limits, levels, fairness and proof.

    Uses nothing that made the plan. Exit code 1 when something does not hold.
    """
    from dataclasses import asdict

    from optimizer.verify.check_files import check_run
    from optimizer.verify.verify import verify_run

    check_run(run)
    found = verify_run(run)
    code = 1 if found.failures else 0
    if as_json:
        failures = [asdict(failure) for failure in found.failures]
        show_json({"exit_code": code, "checks": found.checks, "failures": failures})
    else:
        for failure in found.failures:
            click.echo(failure.text, err=True)
        if not quiet:
            verdict = f"{len(found.failures)} failed" if code else "all hold"
            click.echo(f"{run}: {found.checks} checks, {verdict}")
    sys.exit(code)


if __name__ == "__main__":
    main()
