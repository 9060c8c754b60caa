"""The command that starts a scenario, and the options of workbooks that `plan` has."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.errors import InputError
from optimizer.terminal.options import FILE, Function, decorated, language_option
from optimizer.terminal.program import common_options, leaving, show_json
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan init my-plan --example company-a --xlsx")
@click.argument("folder", type=FILE, required=False)
@click.option("--example", default="company-a", show_default=True, help="Scenario to start from.")
@click.option("--xlsx", is_flag=True, help="Write one Excel workbook with a sheet per table.")
@language_option("Headings of the workbook.")
@click.option("--list", "list_them", is_flag=True, help="List the examples and stop.")
@click.option("--force", is_flag=True, help="Write into a folder that is not empty.")
@common_options
def init(
    folder: Path | None,
    example: str,
    xlsx: bool,
    lang: str,
    list_them: bool,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a scenario to start from into FOLDER."""
    if list_them:
        show_examples(as_json=as_json)
        return
    if folder is None:
        raise InputError("name the folder to write, as in: quotaplan init my-plan")
    with leaving(f"{folder} may hold a part of the example"):
        if xlsx:
            from optimizer.workbook.template import write_example

            written = write_example(example, folder, lang=lang, force=force)
        else:
            from optimizer.bundled import copy_example

            written = copy_example(example, folder, force=force)
    if as_json:
        show_json({"folder": str(folder), "files": [path.name for path in written]})
    elif not quiet:
        say(f"{folder}: {', '.join(path.name for path in written)}")
        say(f"Next:  quotaplan check {written[0] if xlsx else folder}")


def show_examples(*, as_json: bool) -> None:
    """Print the names of the bundled scenarios, and what each is about."""
    from optimizer.bundled import example_names

    names = example_names()
    if as_json:
        show_json(names)
        return
    longest = max(map(len, names), default=0)
    for name, about in names.items():
        say(f"{name:<{longest}}  {about}")


def workbook_options(command: Function) -> Function:
    """Add ``--locks``, ``--xlsx`` and ``--lang``."""
    return decorated(
        command,
        click.option("--locks", type=FILE, help="Edited plan.xlsx whose changes come as locks."),
        click.option("--xlsx", is_flag=True, help="Write plan.xlsx into the run folder too."),
        language_option("Headings of plan.xlsx."),
    )


def show_unused(locks: Path | None, inputs: dict[str, str]) -> None:
    """Say that a workbook asked for nothing, where it did."""
    if locks is not None and locks.name not in {Path(name).name for name in inputs}:
        text = f"note: {locks} edits no target and has no new lock: it changes nothing"
        say(text, err=True)
