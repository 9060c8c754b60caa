"""A stress test as files: figures as JSON, costs by group, payout curves, pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.table_file import write_table
from optimizer.stress.stress import Stress

Draw = Callable[[Stress, Path], object]


def write_stress(
    found: Stress,
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    lang: str = "en",
) -> None:
    """Write a stress test into a folder, which appears whole or not at all.

    Parameters
    ----------
    out : Path
        New, empty, or an earlier ``stress``, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the run.
    draw : function, optional
        Draws pictures into a folder.
    lang : str
        Language of what `draw` writes, for the record.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    kept, told = [found.folder / "run.json"], {"run": found.name, "lang": lang}
    tables = {
        "stress_by": found.by,
        "stress_by_errors": found.by_errors,
        "payout_curve": found.curves,
    }
    with command_folder(out, "stress", kept, told, force=force) as draft:
        for name, table in tables.items():
            write_table(table, draft, name, {"": 0}, "csv")
        write_json(found.as_dict(), draft / "stress.json")
        if draw is not None:
            draw(found, draft)
