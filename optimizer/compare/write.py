"""A comparison as files: a CSV per table, pay where it is known, and all of it as JSON."""

from __future__ import annotations

from pathlib import Path

from optimizer.compare.comparison import TABLES, Comparison
from optimizer.results.run_folder import command_folder, write_json
from optimizer.results.table_file import write_csv


def write_comparison(comparison: Comparison, out: Path, *, force: bool = False) -> None:
    """Write a comparison into a folder, which appears whole or not at all.

    Parameters
    ----------
    comparison : Comparison
    out : Path
        New, empty, or an earlier comparison, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the runs that are compared.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    decimals = {**comparison.decimals, "": comparison.decimals[comparison.measures[0]]}
    told = {"runs": list(comparison.runs)}
    with command_folder(out, "compare", comparison.folders, told, force=force) as draft:
        for name in TABLES:
            if name != "pay" or len(comparison.pay):
                write_csv(getattr(comparison, name), draft / f"{name}.csv", decimals)
        write_json(comparison.as_dict(), draft / "compare.json")
