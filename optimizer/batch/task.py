"""One scenario of a batch: planned and costed, or found finished; whatever happens, a row."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import InputError, QuotaplanError
from optimizer.incentives.read import FILE
from optimizer.inputs.load import input_digests
from optimizer.pipeline import plan
from optimizer.planning.record import package_version
from optimizer.results.record_digest import RECORD, is_as_written
from optimizer.results.run_folder import digests, read_record
from optimizer.stress.stress import stress_run

FAILED = {1: "defect", 2: "wrong inputs", 4: "contradiction"}
"""Status of a scenario that has no plan, by its exit code."""
LOST = "lost"
_WORST_FIRST = (1, 4, 2, 3, 0)


@dataclass(frozen=True)
class Task:
    """A scenario to plan.

    Attributes
    ----------
    name : str
        Of its folder in the batch.
    scenario, out : Path
    method : str or None
    cost : bool
        Say what its rules of pay may cost, where it has some.
    again : bool
        Plan it even where it is finished.
    allow_outside : bool
        Read what it names outside the folder that holds it, too.
    """

    name: str
    scenario: Path
    out: Path
    method: str | None
    cost: bool
    again: bool
    allow_outside: bool = False


@dataclass(frozen=True)
class Row:
    """What became of a scenario: a row of ``batch.csv``, and why it failed.

    Attributes
    ----------
    fairness : float or None
        Gini of target / reference.
    cost_mean, cost_p95 : float or None
        Of incentive pay, in pay units; None without rules of pay.
    seconds : float
    found_finished : bool
        Nothing was planned, since the run is there already.
    error : mapping or None
        What went wrong, as ``--json`` shows it.
    """

    scenario: str
    status: str
    exit_code: int
    goal: float | None = None
    placed: float | None = None
    gap: float | None = None
    fairness: float | None = None
    cost_mean: float | None = None
    cost_p95: float | None = None
    seconds: float = 0.0
    found_finished: bool = False
    error: dict[str, Any] | None = None


def worst(codes: list[int]) -> int:
    """Return the worst exit code, in the order 1, 4, 2, 3, 0."""
    return min(codes, key=_WORST_FIRST.index, default=0)


def work_on(task: Task) -> Row:
    """Plan a scenario unless that is done, and say what it may cost; what goes wrong is told."""
    started = time.perf_counter()
    found: dict[str, Any] = {}
    codes: list[int] = []
    error = None
    try:
        found["found_finished"] = not task.again and is_finished(task)
        if not found["found_finished"]:
            plan(
                task.scenario, task.out, method=task.method, force=task.again,
                allow_outside=task.allow_outside, hold=False,
            )  # fmt: skip
        found |= _figures(task.out)
        codes.append(3 if found["status"] == "gap" else 0)
        if task.cost and (task.out / "scenario" / FILE).is_file():
            found |= _cost(task.out)
    except Exception as fault:  # a batch goes on, whatever happens to one
        error = as_told(fault)
        codes.append(int(error["exit_code"]))
        if "status" not in found and _holds_a_run(task.out):
            error["text"] += f"\n{task.out} still holds an earlier run, of other inputs."
    code = worst(codes)
    found.setdefault("status", FAILED.get(code, FAILED[1]))
    seconds = round(time.perf_counter() - started, 3)
    return Row(task.name, exit_code=code, seconds=seconds, error=error, **found)


def _holds_a_run(folder: Path) -> bool:
    try:
        return bool(read_record(folder))
    except InputError:  # a record that somebody changed
        return True


def is_finished(task: Task) -> bool:
    """Return whether a run of the same inputs, version and method is there, whole."""
    record = read_record(task.out)
    if record.get("command") != "plan" or record.get("version") != package_version():
        return False
    if not is_as_written(task.out / RECORD):
        return False
    if task.method is not None and record.get("method") != task.method:
        return False
    try:
        if record.get("inputs") != input_digests(task.scenario, allow_outside=task.allow_outside):
            return False
    except InputError:
        return False
    outputs = record.get("outputs")
    now = digests(task.out)
    return isinstance(outputs, dict) and {name: now.get(name) for name in outputs} == outputs


def as_told(fault: Exception) -> dict[str, Any]:
    """Return what went wrong as plain data with its exit code."""
    if isinstance(fault, QuotaplanError):
        return fault.as_dict() | {"text": str(fault)}
    if isinstance(fault, MemoryError):
        text = f"there is not enough memory for this: {fault or 'what is free is used up'}"
        return {"error": text, "text": text, "exit_code": 2}
    if isinstance(fault, OSError):
        text = f"{fault.filename or 'a file'}: {fault.strerror or fault}"
        return {"error": text, "text": text, "exit_code": 2}
    text = f"a defect of quotaplan, not of the inputs: {type(fault).__name__}: {fault}"
    return {"error": text, "text": text, "exit_code": 1}


def _figures(run: Path) -> dict[str, Any]:
    """Return the figures of a plan, those of the main measure where it has several."""
    record = read_record(run)
    fairness = json.loads((run / "fairness.json").read_text(encoding="utf-8"))
    main = next(iter(record.get("measures", {})), "")
    gini = fairness.get(main, fairness).get("gini")
    return {name: record[name] for name in ("status", "goal", "placed", "gap")} | {"fairness": gini}


def _cost(run: Path) -> dict[str, float | None]:
    figures = stress_run(run).figures
    return {f"cost_{name}": _known(figures[name].value) for name in ("mean", "p95")}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
