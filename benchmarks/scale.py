"""How plans grow: time and memory of every step in memory, up to a million reps.

``python -m benchmarks.scale`` from the root of the project; ``--smoke`` for a small try that
checks the plan; ``--write FOLDER`` leaves each scenario there, as Parquet and as CSV. Each size
runs in a process of its own on one thread; times are CPU seconds of that thread, so that others
on the machine do not count. ``read`` is what ``pandas.read_csv`` takes for the tables that grow,
in turn with ``allocate``: from arrays in memory to the exact plan, proven, with the cells of
every rep by product.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from benchmarks.large import TABLES_OF_ROWS, draw_tables, scenario_of, write_tables
from benchmarks.timing import run_python
from optimizer.model.allocation import Allocation
from optimizer.model.solve import solve
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.instance import Floats, Instance
from optimizer.problem.stages import Stages
from optimizer.results.rounding import round_plan

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SMOKE_SIZES = (200, 1_000)
MOST_GAP = 1e-4
STEPS = ("read", "build", "allocate", "stretch problem", "round")

Result = TypeVar("Result")


@dataclass
class Record:
    """CPU seconds of each step, turn by turn, and the peak of memory after its first turn."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)

    def time(self, step: str, work: Callable[[], Result]) -> Result:
        """Do some work and note what it took."""
        started = time.process_time()
        result = work()
        self.seconds.setdefault(step, []).append(time.process_time() - started)
        self.peak.setdefault(step, peak_megabytes())
        return result


def peak_megabytes() -> float:
    """Return the most memory that this process has had so far."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10)


def allocate(instance: Instance) -> tuple[Allocation, str, Floats]:
    """Return the exact plan, how it was found, and the cells of reps by product."""
    solved = solve(instance)
    allocation, reps = solved.allocation, instance.reps
    assert reps is not None and allocation.volume is not None and allocation.rep_total is not None
    volume = allocation.volume
    sums = volume.sum(axis=2, keepdims=True)
    mix = np.divide(volume, sums, out=np.zeros_like(volume), where=sums > 0)
    cells = mix[reps.group]
    cells *= allocation.rep_total[:, :, None]
    return allocation, solved.method, cells


def measure(reps: int, turns: int, folder: Path) -> dict[str, Any]:
    """Draw a scenario, write it, and time every step of its plan."""
    tables = draw_tables(reps)
    write_tables(tables, folder, reps)
    scenario, record, stages = scenario_of(tables, reps), Record(), Stages()
    del tables
    instance = record.time("build", lambda: build_instance(scenario, stages=stages))
    record.peak["inputs"] = peak_megabytes()
    for _ in range(turns):
        allocation, method, cells = record.time("allocate", lambda: allocate(instance))
        check_plan(instance, allocation, cells)
        del cells
        record.time("read", lambda: read_tables(folder))
    stretch = record.time("stretch problem", lambda: stretch_instance(scenario, instance, stages))
    whole = record.time("round", lambda: round_plan(instance, allocation, stretch))
    if whole.placed.sum() * instance.unit != instance.goal:
        raise RuntimeError("the whole plan misses its goal")
    middle = {step: statistics.median(seconds) for step, seconds in record.seconds.items()}
    return {
        "reps": reps,
        "method": method,
        "gap": (allocation.objective - allocation.bound) / allocation.bound,
        "seconds": middle,
        "peak": record.peak,
    }


def read_tables(folder: Path) -> int:
    """Read the tables that grow from CSV, as pandas does it; return their rows."""
    return sum(len(pd.read_csv(folder / "csv" / f"{name}.csv")) for name in TABLES_OF_ROWS)


def check_plan(instance: Instance, allocation: Allocation, cells: Floats) -> None:
    """Raise where a plan is not proven, misses the goal or breaks a limit of a rep."""
    reps = instance.reps
    assert reps is not None
    total, give = cells.sum(axis=2), 1e-6 * instance.unit
    if not np.isclose(cells.sum(), instance.ask_total, rtol=1e-9, atol=0.0):
        raise RuntimeError("the cells miss the goal")
    if (total > reps.high + give).any() or (total < reps.low - give).any():
        raise RuntimeError("a rep's limit is broken")
    if allocation.objective > allocation.bound * (1.0 + MOST_GAP):
        raise RuntimeError("the plan is not proven")


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the results as a Markdown table."""
    lines = [
        f"| reps | method | {' | '.join(STEPS)} | allocate / read | peak above inputs |",
        f"|--:|---|{'--:|' * len(STEPS)}--:|--:|",
    ]
    for result in results:
        seconds, peak = result["seconds"], result["peak"]
        spent = " | ".join(f"{seconds[step]:.3f} s" for step in STEPS)
        ratio = seconds["allocate"] / seconds["read"]
        above = peak["allocate"] - peak["inputs"]
        lines.append(
            f"| {result['reps']:,} | {result['method']} | {spent} | {ratio:.2f} | {above:,.0f} MB |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--write", type=Path, help="leave the scenarios in this folder")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    turns = 1 if options.smoke else options.turns
    if options.one is not None:
        print(json.dumps(measure(options.sizes[0], turns, options.one)))
        return
    results = []
    with tempfile.TemporaryDirectory() as name:
        for reps in SMOKE_SIZES if options.smoke else options.sizes:
            folder = (options.write or Path(name)) / str(reps)
            arguments = ["--one", str(folder), "--sizes", str(reps), "--turns", str(turns)]
            command = ["-m", "benchmarks.scale", *arguments]
            done = run_python(command, timeout=3600.0, compiled=Path(name) / "compiled")
            results.append(json.loads(done.output))
    print(table(results))
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
