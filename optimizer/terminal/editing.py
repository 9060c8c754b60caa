"""The command that helps editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from optimizer.terminal.options import FILE
from optimizer.terminal.program import common_options, show_json
from optimizer.terminal.streams import say


@click.command(epilog="Example:  quotaplan schema --out my-plan/.schemas")
@click.argument("name", type=click.Choice(["scenario", "incentive", "scorecard"]), required=False)
@click.option("--out", type=FILE, help="Folder to write the schemas into, one file each.")
@click.option("--force", is_flag=True, help="Replace files of those names, whatever they are.")
@common_options
def schema(name: str | None, out: Path | None, force: bool, as_json: bool, quiet: bool) -> None:
    """Print the JSON Schema of a TOML file, or write those of all.

    Editors with TOML support complete keys and mark what is wrong where the first line of the
    file names its schema:  #:schema .schemas/scenario.schema.json
    """
    from optimizer.errors import InputError
    from optimizer.schema.schema import FILES, schema_of
    from optimizer.together import appearing_together, may_replace

    names = FILES if name is None else (name,)
    if out is None:
        if name is None:
            raise InputError(f"name one of {', '.join(FILES)}, or a folder with --out")
        show_json(schema_of(name))
        return
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: a file of that name exists; name a folder")
    paths = [out / f"{file}.schema.json" for file in names]
    for file, path in zip(names, paths, strict=True):
        if not force and not may_replace(path, str(schema_of(file)["title"]).encode()):
            raise InputError(
                f"{path}: there is a file of that name that is no schema of quotaplan; name "
                "another folder, or use --force to replace it"
            )
    with appearing_together(out) as draft:
        for file, path in zip(names, paths, strict=True):
            text = json.dumps(schema_of(file), ensure_ascii=False, indent=2)
            (draft / path.name).write_text(text + "\n", encoding="utf-8", newline="\n")
    if as_json:
        show_json({"exit_code": 0, "files": [str(path) for path in paths]})
    elif not quiet:
        say(f"{out}: {', '.join(path.name for path in paths)}")
        say(f"First line of a file:  #:schema {paths[0]}")
