"""A frontier as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from optimizer.frontier.frontier import Frontier
from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.table_file import write_table

Draw = Callable[[Frontier, Path], object]


def write_frontier(
    found: Frontier,
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    lang: str = "en",
) -> None:
    """Write a frontier into a folder, which appears whole or not at all.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier ``frontier``, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the run.
    draw : function, optional
        Draws pictures, or writes a workbook, into a folder.
    lang : str
        Language of what `draw` writes, for the record.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    kept, told = [found.folder / "run.json"], {"run": found.name, "lang": lang}
    with command_folder(out, "frontier", kept, told, force=force) as draft:
        write_table(found.rows, draft, "frontier", {"": 0}, "csv")
        write_table(found.errors, draft, "frontier_errors", {"": 0}, "csv")
        write_json(found.as_dict(), draft / "frontier.json")
        if draw is not None:
            draw(found, draft)
