"""A frontier as files."""

from __future__ import annotations

from pathlib import Path

from optimizer.frontier.frontier import Frontier
from optimizer.results.run_folder import (
    appearing_whole,
    check_inputs_safe,
    check_out,
    digests,
    write_json,
)
from optimizer.results.table_file import write_table


def write_frontier(found: Frontier, out: Path, *, force: bool = False) -> None:
    """Write a frontier into a folder, which appears whole or not at all.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier ``frontier``, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the run.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    check_out(out, "frontier", force=force)
    check_inputs_safe(out, [found.folder / "run.json"])
    with appearing_whole(out) as draft:
        write_table(found.rows, draft, "frontier", {"": 0}, "csv")
        write_table(found.errors, draft, "frontier_errors", {"": 0}, "csv")
        write_json(found.as_dict(), draft / "frontier.json")
        record = {"command": "frontier", "run": found.name, "outputs": digests(draft)}
        write_json(record, draft / "run.json")
