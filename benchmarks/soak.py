"""What a long batch in one process keeps of memory, open files, threads, processes and drafts.

``python -m benchmarks.soak --scenarios 2000`` from the root of the project; ``--smoke`` for a
small try. What was measured is told in docs/promises.md. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.instances import write_scenario
from optimizer.batch.batch import batch_run
from optimizer.batch.task import Row

SCENARIOS, DIFFERENT = 2_000, 20
SAMPLES, WARM = 20, 0.1
"""Looks at the process, and the share of the batch after which the first of them counts."""

FLAT = 24.0
"""MB that a process may grow after it is warm: what allocators keep, not what a leak takes."""

PROCESS = Path("/proc/self")


@dataclass(frozen=True)
class Look:
    """What the process holds at one moment.

    Attributes
    ----------
    done : int
        Scenarios behind it.
    memory : float
        MB in RAM.
    objects, files, threads, children : int
        Objects that the garbage collector knows, open files, threads and child processes.
    """

    done: int
    memory: float
    objects: int
    files: int
    threads: int
    children: int


def look(done: int) -> Look:
    """Return what the process holds now."""
    gc.collect()
    status = dict(
        line.split(":", 1) for line in (PROCESS / "status").read_text(encoding="utf-8").splitlines()
    )
    children = [
        child
        for task in (PROCESS / "task").iterdir()
        for child in (task / "children").read_text(encoding="utf-8").split()
    ]
    return Look(
        done,
        int(status["VmRSS"].split()[0]) / 1024,
        len(gc.get_objects()),
        len(list((PROCESS / "fd").iterdir())),
        int(status["Threads"]),
        len(children),
    )


def small(place: Path, number: int) -> None:
    """Write a scenario of a few people, some with a gap."""
    place.mkdir(parents=True)
    keys = f'periods = ["2024Q1"]\ngoal = {100 + number}\n'
    people = [f"P{rep},{'NS'[rep % 2]},{40 if number % 3 else 20}" for rep in range(3 + number % 4)]
    (place / "scenario.toml").write_text(keys, encoding="utf-8")
    text = "\n".join(["rep,region,capacity", *people, ""])
    (place / "people.csv").write_text(text, encoding="utf-8")


def prepare(home: Path, scenarios: int) -> Path:
    """Write scenarios of which a few differ, one of them with all limits; return their folder."""
    plans = home / "plans"
    for number in range(scenarios):
        place = plans / f"plan-{number:05}"
        if number == 0:
            write_scenario(place, 6, seed=1)
        elif number < DIFFERENT:
            small(place, number)
        else:
            shutil.copytree(plans / f"plan-{number % DIFFERENT:05}", place)
    return plans


def soak(plans: Path, out: Path, scenarios: int) -> list[Look]:
    """Plan all, and return the looks taken meanwhile."""
    first = max(1, round(WARM * scenarios))
    every = max(1, (scenarios - first) // SAMPLES)
    looks: list[Look] = []

    def tell(row: Row, done: int, all_of_them: int) -> None:
        if row.exit_code not in (0, 3):
            raise RuntimeError(f"{row.scenario} ended with {row.exit_code}: {row.error}")
        if done == all_of_them or (done >= first and (done - first) % every == 0):
            looks.append(look(done))

    batch_run([plans], out, tell=tell)
    return looks


def faults(looks: list[Look], temporary: Path, out: Path) -> dict[str, str]:
    """Return what was kept, by what it is; nothing where all is well."""
    first, last = looks[0], looks[-1]
    # Pools of libraries start a thread when there is work for one, up to one for each core.
    more = {"files": 0, "threads": os.cpu_count() or 1, "children": 0}
    found = {
        name: f"{getattr(first, name)} at {first.done}, {getattr(last, name)} at {last.done}"
        for name, allowed in more.items()
        if getattr(last, name) > getattr(first, name) + allowed
    }
    if last.memory - first.memory > FLAT:
        found["memory"] = f"{first.memory:.0f} MB at {first.done}, {last.memory:.0f} at {last.done}"
    left = [path.name for path in (*temporary.iterdir(), *out.glob(".*"))]
    if left:
        found["left behind"] = ", ".join(left[:5])
    return found


def show(looks: list[Look], found: Mapping[str, str], seconds: float) -> None:
    """Print the looks as a table, and the verdict."""
    print("done    MB  objects  files  threads  children")
    for one in looks:
        print(
            f"{one.done:4}  {one.memory:4.0f}  {one.objects:7}  {one.files:5}  {one.threads:7}  "
            f"{one.children:8}"
        )
    print(f"{looks[-1].done} scenarios in {seconds:.0f} s")
    print("nothing is kept" if not found else f"KEPT: {found}")


def main(arguments: list[str] | None = None) -> int:
    """Run the batch and print; return 1 where something is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=SCENARIOS)
    parser.add_argument("--json", type=Path, help="write the looks there")
    parser.add_argument("--smoke", action="store_true", help="6 scenarios")
    options = parser.parse_args(arguments)
    if not PROCESS.is_dir():
        print("this machine has no /proc, so nothing can be said", file=sys.stderr)
        return 2
    if options.smoke:
        options.scenarios = 6
    usual = tempfile.tempdir
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        plans = prepare(home, options.scenarios)
        temporary = home / "temporary"
        temporary.mkdir()
        tempfile.tempdir = str(temporary)
        started = time.perf_counter()
        try:
            looks = soak(plans, home / "out", options.scenarios)
        finally:
            tempfile.tempdir = usual
        seconds = time.perf_counter() - started
        found = faults(looks, temporary, home / "out")
    show(looks, found, seconds)
    if options.json is not None:
        text = json.dumps([asdict(one) for one in looks], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
