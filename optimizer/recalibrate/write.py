"""A recalibrated run as a folder that can be paced, verified and recalibrated again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import DefectError
from optimizer.inputs.load import write_copy
from optimizer.planning.record import package_version
from optimizer.recalibrate.recalibrate import Recalibration
from optimizer.recalibrate.standing import Standing
from optimizer.results.run_folder import (
    appearing_whole,
    check_inputs_safe,
    check_out,
    decimals_of,
    digests,
    write_json,
)
from optimizer.results.stored_table import table_path
from optimizer.results.table_file import write_table
from optimizer.verify.failures import Verification
from optimizer.verify.verify import verify_run

COMMAND = "recalibrate"
_FINEST = 6


def write_recalibration(
    found: Recalibration, out: Path, inputs: Mapping[str, Path], *, force: bool = False
) -> Verification:
    """Write a recalibrated run, verified, whole or not at all.

    Parameters
    ----------
    found : Recalibration
    out : Path
        New, empty, or an earlier ``recalibrate``, unless `force`; never the run itself.
    inputs : mapping of what to file
        Files that were read beside the run.
    force : bool

    Raises
    ------
    InputError
        Where `out` holds something else, or an input.
    DefectError
        Where what was found does not pass its verification; nothing is written.
    """
    check_out(out, COMMAND, force=force)
    run = found.standing.planned.folder
    check_inputs_safe(out, [run / "run.json", *inputs.values()])
    settings = found.changed.scenario.settings
    decimals = {"": decimals_of(settings.rounding)}
    with appearing_whole(out) as draft:
        for stem, table in (("targets", found.targets), ("rollup", found.rollup)):
            write_table(table, draft, stem, decimals, "auto")
        for stem, table in (
            ("changes", found.changes),
            ("not_moved", found.not_moved),
            ("original", found.standing.original),
        ):
            write_table(table, draft, stem, decimals)
        sold = sold_table(found.standing)
        write_table(sold, draft, "sold", {"": _FINEST - 2})
        finest = {"": _decimals((sold["amount"], found.weekly["target"]), decimals[""])}
        write_table(found.weekly, draft, "pacing", finest, "auto")
        write_copy(found.changed.loaded, draft / "scenario", keep_personal=False)
        record = _record(found, inputs)
        record["outputs"] = digests(draft)
        write_json(record, draft / "run.json")
        verification = verify_run(draft)
        if verification.failures:
            raise DefectError(
                "The recalibration did not pass its own verification and was not written:\n"
                + "\n".join(f"- {failure.text}" for failure in verification.failures[:20])
            )
        record["verification"] = {"checks": verification.checks, "failed": 0}
        write_json(record, draft / "run.json")
    return verification


def sold_table(standing: Standing) -> pd.DataFrame:
    """Return ``sold.csv``: what was sold in each week so far."""
    seats, done = standing.seats, standing.week
    return pd.DataFrame(
        {
            "period": standing.period,
            "week": np.tile(np.arange(1, done + 1), len(seats)),
            "region": np.repeat(seats.region, done),
            "rep": np.repeat(seats.rep, done),
            "amount": standing.actuals.sold.ravel(),
        }
    )


def _decimals(columns: Iterable[pd.Series], least: int) -> int:
    """Return how many decimals keep amounts as they are, six at most."""
    amounts = np.concatenate([column.to_numpy(dtype=float) for column in columns])
    for digits in range(least, _FINEST):
        if np.allclose(amounts, np.round(amounts, digits), rtol=0.0, atol=10.0**-9):
            return digits
    return _FINEST


def _record(found: Recalibration, inputs: Mapping[str, Path]) -> dict[str, Any]:
    standing, before = found.standing, found.standing.planned.record
    settings = found.changed.scenario.settings
    run = standing.planned.folder
    every = found.rollup[(found.rollup[["period", "region", "team", "product"]] == "*").all(axis=1)]
    totals = every.iloc[0]
    goal = float(before["goal"]) + found.goal - _replaced(found)
    placed, digits = float(totals["target"]), decimals_of(settings.rounding)
    gap = max(round(goal - placed, digits), 0.0)
    told = {key: value for key, value in found.as_dict().items() if key != "not_moved"}
    return {
        "name": settings.name,
        "command": COMMAND,
        "status": "gap" if gap > 0 else "complete",
        "version": package_version(),
        "seed": settings.seed,
        "method": "least change",
        "unit": settings.unit,
        "goal": round(goal, digits),
        "placed": placed,
        "street": float(totals["street"]),
        "gap": gap,
        "recalibration": {**told, "not_moved": len(found.not_moved)},
        "assumptions": [*before.get("assumptions", []), *found.changed.notes],
        "inputs": {
            **{f"--{what}": _digest(path) for what, path in sorted(inputs.items())},
            "run.json": _digest(run / "run.json"),
            table_path(run, "targets").name: _digest(table_path(run, "targets")),
        },
        "origin": standing.origin,
        "verification": {"checks": 0, "failed": 0},
    }


def _replaced(found: Recalibration) -> float:
    """Return the part of the run's goal in whose place the period's new total comes.

    A new goal takes the place of all that was asked of the period, a gap included.
    """
    if found.changed.goal is None:
        return found.before
    rollup = found.standing.rollup
    own = (rollup["period"] == found.standing.period) & (
        rollup[["region", "team", "product"]] == "*"
    ).all(axis=1)
    return float(rollup.loc[own, "ask"].iloc[0])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
