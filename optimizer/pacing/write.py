"""Pacing as files: weekly targets, simulated weeks or status, and all figures as JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from optimizer.pacing.pacing import Pacing
from optimizer.results.run_folder import command_folder, decimals_of, write_json
from optimizer.results.table_file import write_table

_SMALLEST = 1e-6

Draw = Callable[[Pacing, Path], object]


def write_pacing(
    pacing: Pacing,
    out: Path,
    *,
    force: bool = False,
    draw: Draw | None = None,
    lang: str = "en",
) -> None:
    """Write pacing into a folder, which appears whole or not at all.

    Parameters
    ----------
    pacing : Pacing
    out : Path
        New, empty, or an earlier ``pace``, unless `force`.
    force : bool
        Replace `out` whatever it holds, but never the run.
    draw : function, optional
        Draws pictures of a pacing into a folder.
    lang : str
        Language of what `draw` writes, for the record.

    Raises
    ------
    InputError
        Where `out` holds something else or cannot be written.
    """
    decimals = {"": decimals_of(unit_of(pacing))}
    kept = [pacing.planned.folder / "run.json"]
    told = {"run": pacing.planned.record.get("name", ""), "lang": lang}
    with command_folder(out, "pace", kept, told, force=force) as draft:
        for name, table in _tables(pacing).items():
            write_table(table, draft, name, decimals, "auto")
        write_json(pacing.as_dict(), draft / "pace.json")
        if draw is not None:
            draw(pacing, draft)


def unit_of(pacing: Pacing) -> float:
    """Return the finer of the roundings of weeks and of the plan."""
    settings = pacing.planned.scenario.settings
    weekly = float(settings.other.get("pacing", {}).get("rounding", 1.0))
    return min(weekly or _SMALLEST, settings.rounding or _SMALLEST)


def _tables(pacing: Pacing) -> dict[str, pd.DataFrame]:
    tables = {"pacing": pacing.weekly}
    if pacing.simulated:
        tables["simulation"] = pacing.simulation
    if pacing.status is not None and pacing.alerts is not None:
        tables |= {"status": pacing.status, "alerts": pacing.alerts}
    if pacing.calibration is not None:
        tables["calibration"] = pacing.calibration.table()
    if pacing.activities is not None:
        tables["activities"] = pacing.activities.table
        tables["activity_status"] = pacing.activities.standing
    return tables
