"""A recalibrated run as a folder that can be paced, verified and recalibrated again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import DefectError, InputError
from optimizer.inputs.load import write_copy
from optimizer.planning.record import package_version
from optimizer.recalibrate.recalibrate import MeasureRecalibration
from optimizer.recalibrate.recalibration import Recalibration
from optimizer.recalibrate.standing import Standing
from optimizer.recalibrate.tables import with_measures
from optimizer.results.claim import claimed
from optimizer.results.run_folder import (
    appearing_whole,
    check_inputs_safe,
    check_out,
    decimals_of,
    digests,
    edited_since,
    write_record,
)
from optimizer.results.stored_table import table_path
from optimizer.results.table_file import write_table
from optimizer.verify.failures import Verification
from optimizer.verify.verify import verify_draft

COMMAND = "recalibrate"
_FINEST = 6


def write_recalibration(
    found: Recalibration, out: Path | None, *, force: bool = False
) -> Verification:
    """Write a recalibrated run, verified, whole or not at all.

    Parameters
    ----------
    found : Recalibration
    out : Path or None
        New, empty, or an earlier ``recalibrate``, unless `force`; never the run itself. None
        only verifies.
    force : bool

    Raises
    ------
    InputError
        Where `out` holds something else, or an input.
    DefectError
        Where what was found does not pass its verification; nothing is written.
    """
    check = partial(_check_out, out, force)
    if out is not None:
        written = found.main.standing.planned.record.get("outputs", {})
        files = [found.run / name for name in ("run.json", *written)]
        check_inputs_safe(out, [*files, *found.inputs.values()])
    with claimed(out), appearing_whole(out, check) as draft:
        check()
        _write_tables(found, draft)
        write_copy(found.loaded, draft / "scenario", keep_personal=False)
        record = recalibration_record(found)
        record["outputs"] = digests(draft)
        write_record(record, draft)
        verification = _verified(draft, found.run)
        record["verification"] = {"checks": verification.checks, "failed": 0}
        write_record(record, draft)
    return verification


def _verified(draft: Path, run: Path) -> Verification:
    """Verify what was written; where the run it rests on was edited, that is to blame."""
    try:
        return verify_draft(draft, "recalibration")
    except DefectError as defect:
        if edited := edited_since(run):
            raise InputError(
                f"{run}: {', '.join(edited)} changed since it was planned, and what follows does "
                "not add up; plan again"
            ) from defect
        raise


def _check_out(out: Path | None, force: bool) -> None:
    if out is not None:
        check_out(out, COMMAND, force=force)


def _write_tables(found: Recalibration, draft: Path) -> None:
    names = {one.measure: one for one in found.measures}
    decimals = {
        name: decimals_of(one.changed.scenario.settings.rounding) for name, one in names.items()
    }
    finest = {
        name: _decimals((sold_table(one.standing)["amount"], one.weekly["target"]), decimals[name])
        for name, one in names.items()
    }
    decimals[""], finest[""] = decimals[found.main.measure], finest[found.main.measure]
    for stem in ("targets", "rollup"):
        write_table(found.table(stem), draft, stem, decimals, "auto")
    for stem in ("changes", "not_moved"):
        write_table(found.table(stem), draft, stem, decimals)
    original = with_measures({name: one.standing.original for name, one in names.items()})
    write_table(original, draft, "original", decimals)
    sold = with_measures({name: sold_table(one.standing) for name, one in names.items()})
    write_table(sold, draft, "sold", dict.fromkeys(finest, _FINEST - 2))
    write_table(found.weekly, draft, "pacing", finest, "auto")


def sold_table(standing: Standing) -> pd.DataFrame:
    """Return ``sold.csv``: what was sold in each week so far; no rows where that is not known."""
    seats, done = standing.seats, standing.week
    table = pd.DataFrame(
        {
            "period": standing.period,
            "week": np.tile(np.arange(1, done + 1), len(seats)),
            "region": np.repeat(seats.region, done),
            "rep": np.repeat(seats.rep, done),
        }
    )
    if standing.actuals is None:
        return table.iloc[:0].assign(amount=0.0)
    return table.assign(amount=standing.actuals.sold.ravel())


def _decimals(columns: Iterable[pd.Series], least: int) -> int:
    """Return how many decimals keep amounts as they are, six at most."""
    amounts = np.concatenate([column.to_numpy(dtype=float) for column in columns])
    for digits in range(least, _FINEST):
        if np.allclose(amounts, np.round(amounts, digits), rtol=0.0, atol=10.0**-9):
            return digits
    return _FINEST


def recalibration_record(found: Recalibration) -> dict[str, Any]:
    """Return ``run.json``, but for the digests of the outputs."""
    main, run = found.main, found.run
    settings = main.changed.scenario.settings
    before = main.standing.planned.record
    blocks = {one.measure: _block(one) for one in found.measures}
    record = {
        "name": settings.name,
        "command": COMMAND,
        "version": package_version(),
        "seed": settings.seed,
        **blocks[main.measure],
        "status": "gap" if any(one["gap"] > 0 for one in blocks.values()) else "complete",
        "assumptions": [*before.get("assumptions", []), *found.notes],
        "inputs": {
            **{f"--{what}": _digest(path) for what, path in sorted(found.inputs.items())},
            "run.json": _digest(run / "run.json"),
            table_path(run, "targets").name: _digest(table_path(run, "targets")),
        },
        "origin": main.standing.origin,
        "verification": {"checks": 0, "failed": 0},
    }
    return record | ({"measures": blocks} if len(blocks) > 1 else {})


def _block(one: MeasureRecalibration) -> dict[str, Any]:
    settings = one.changed.scenario.settings
    told = {key: value for key, value in one.as_dict().items() if key != "not_moved"}
    gap = one.open_gap
    return {
        "status": "gap" if gap > 0 else "complete",
        "method": "least change",
        "unit": settings.unit,
        "goal": one.run_goal,
        "placed": one.total("target"),
        "street": one.total("street"),
        "gap": gap,
        "recalibration": {**told, "not_moved": len(one.not_moved)},
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
