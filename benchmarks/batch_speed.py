"""How much sooner a batch is done by two processes than by one, and whether its bytes agree.

``python -m benchmarks.batch_speed`` from the root of the project; ``--smoke`` for a small try.
What was measured is told in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.instances import write_scenario
from benchmarks.timing import median_of
from optimizer.batch.batch import batch_run
from optimizer.results.run_folder import digests

SCENARIOS, REPS, PAIRS = 200, 40, 3


def timed(scenarios: Path, out: Path, workers: int) -> float:
    """Return the seconds of a batch into a fresh folder."""
    shutil.rmtree(out, ignore_errors=True)
    started = time.perf_counter()
    found = batch_run([scenarios], out, workers=workers)
    if found.exit_code not in (0, 3):
        raise RuntimeError(f"the batch ended with {found.exit_code}")
    return time.perf_counter() - started


def tables(out: Path) -> dict[str, str]:
    """Return the digests of all tables, without records, which tell times."""
    return {
        name: digest
        for name, digest in digests(out).items()
        if not name.endswith(("run.json", "batch.json", "batch.csv"))
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return 1 where two processes write other bytes than one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=SCENARIOS)
    parser.add_argument("--reps", type=int, default=REPS)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--smoke", action="store_true", help="3 scenarios of 10 reps, once")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.scenarios, options.reps, options.pairs = 3, 10, 1
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for number in range(options.scenarios):
            write_scenario(home / "plans" / f"plan-{number:03}", options.reps, seed=number)
        for _ in range(options.pairs):
            for workers in seconds:
                seconds[workers].append(timed(home / "plans", home / f"by-{workers}", workers))
        same = tables(home / "by-1") == tables(home / "by-2")
    one, two = median_of(seconds[1]), median_of(seconds[2])
    print(f"{options.scenarios} scenarios of {options.reps} reps, medians of {options.pairs} turns")
    print(f"one process {one:.1f} s, two processes {two:.1f} s: {one / two:.2f} times as fast")
    print("same bytes" if same else "OTHER BYTES")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
