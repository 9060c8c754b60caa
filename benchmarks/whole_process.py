"""The whole of `plan`, from files to files, beside reading its inputs and writing its outputs.

``python -m benchmarks.whole_process`` from the root of the project; ``--smoke`` for a small try;
``--sizes 1000000`` for a million reps. Every run is a process of its own; times are its CPU
seconds. The floor is what pyarrow alone takes to read the same inputs and to write the tables
of the run as the same Parquet files. They take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from benchmarks.large import draw_tables, write_tables
from benchmarks.scale import peak_megabytes
from benchmarks.timing import run_python
from optimizer.pipeline import plan

SIZES = (10_000, 100_000, 1_000_000)
SMOKE_SIZES = (200,)
STAGES = ("start", "read", "build", "allocate", "round", "tables", "write", "verify")


def run_plan(scenario: Path, run: Path) -> dict[str, Any]:
    """Plan a scenario; return CPU seconds and the peak of memory at the end of each stage."""
    seconds, peak = dict.fromkeys(STAGES, 0.0), dict.fromkeys(STAGES, 0.0)
    stage, begun = "start", 0.0

    def begin(following: str) -> None:
        nonlocal stage, begun
        now = time.process_time()
        seconds[stage] += now - begun
        peak[stage] = peak_megabytes()
        stage, begun = following, now

    result = plan(scenario, run, force=True, table_format="parquet", progress=begin)
    begin("end")
    return {
        "seconds": seconds,
        "peak": peak,
        "method": result.run["method"],
        "checks": result.verification.checks,
    }


def run_floor(scenario: Path, run: Path) -> dict[str, Any]:
    """Read the inputs, and write the Parquet files of a run as they are, with pyarrow alone."""
    begun = time.process_time()
    rows = sum(len(_read(path)) for path in sorted(scenario.iterdir()) if path.is_file())
    read, write, size = time.process_time() - begun, 0.0, 0
    with tempfile.TemporaryDirectory() as name:
        for path in sorted(run.rglob("*.parquet")):
            table = pq.read_table(path)
            begun = time.process_time()
            _write(table, Path(name) / "copy.parquet")
            write += time.process_time() - begun
            size += path.stat().st_size
    return {"read": read, "write": write, "rows": rows, "bytes": size}


def _read(path: Path) -> pa.Table | list[Any]:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    return pa.csv.read_csv(path) if path.suffix == ".csv" else []


def _write(table: pa.Table, path: Path) -> None:
    labels = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    numbers = [name for name in table.column_names if name not in labels]
    pq.write_table(
        table,
        path,
        row_group_size=1 << 20,
        use_dictionary=labels,
        dictionary_pagesize_limit=1 << 28,
        write_statistics=numbers,
    )


def measure(reps: int, pairs: int, folder: Path) -> dict[str, Any]:
    """Write a scenario, plan it and take the floor, in turn; return all of it."""
    scenario, run = folder / "scenario", folder / "run"
    found: dict[str, list[dict[str, Any]]] = {"draw": [], "plan": [], "floor": []}
    for what in ("draw", *("plan", "floor") * pairs):
        command = ["-m", "benchmarks.whole_process", "--one", what, "--folder", str(folder)]
        command += ["--sizes", str(reps)]
        done = run_python(command, timeout=7200.0, compiled=folder / "compiled")
        found[what].append(json.loads(done.output))
    size = sum(path.stat().st_size for path in scenario.rglob("*") if path.is_file())
    assert run.is_dir()
    return {"reps": reps, "input_bytes": size, **found}


def one_step(what: str, reps: int, folder: Path) -> dict[str, Any]:
    """Do one step of a measurement, in this process."""
    if what == "draw":
        write_tables(draw_tables(reps), folder / "scenario", reps)
        return {}
    work = run_plan if what == "plan" else run_floor
    return work(folder / "scenario", folder / "run")


def table(result: dict[str, Any]) -> str:
    """Return the medians of one size as Markdown."""
    plans, floors = result["plan"], result["floor"]
    seconds = {name: _median(each["seconds"][name] for each in plans) for name in STAGES}
    floor = {name: _median(each[name] for each in floors) for name in ("read", "write")}
    whole, least = sum(seconds.values()), sum(floor.values())
    lines = [
        f"{result['reps']:,} reps: {whole:.1f} s of CPU, {whole / least:.1f} times the floor of "
        f"{least:.2f} s (reading {floor['read']:.2f} s, writing {floor['write']:.2f} s); "
        f"{max(each['peak'][STAGES[-1]] for each in plans) / 1000:.2f} GB at most",
        "",
        "| stage | CPU s | × floor | peak so far, GB |",
        "|---|--:|--:|--:|",
    ]
    for name in STAGES:
        peak = max(each["peak"][name] for each in plans) / 1000
        lines.append(f"| {name} | {seconds[name]:.2f} | {seconds[name] / least:.2f} | {peak:.2f} |")
    return "\n".join(lines)


def _median(values: Any) -> float:
    return float(statistics.median(values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="work in this folder and leave all there")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--one", choices=("draw", "plan", "floor"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(one_step(options.one, options.sizes[0], options.folder)))
        return
    pairs = 1 if options.smoke else options.pairs
    results = []
    with tempfile.TemporaryDirectory() as name:
        for reps in SMOKE_SIZES if options.smoke else options.sizes:
            folder = (options.folder or Path(name)) / str(reps)
            results.append(measure(reps, pairs, folder))
            print(table(results[-1]), end="\n\n")
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
