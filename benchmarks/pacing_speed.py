"""What one week of one seat in one simulated period costs, beside one multiply-add over memory.

``python -m benchmarks.pacing_speed`` from the root of the project; ``--smoke`` for a small try.
What is measured is told in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.timing import median_of
from optimizer.pacing.curve import Phases, phase_curve
from optimizer.pacing.landing import Spread
from optimizer.pacing.simulate import Team, simulate

SEATS, TRIALS, WEEKS = 10_000, 10_000, 13
ELEMENTS = 1 << 24


def team_of(seats: int) -> Team:
    """Return a team of any size, regions of fifty."""
    curve = phase_curve(WEEKS, Phases()).weekly[None]
    random = np.random.default_rng(7)
    return Team(
        target=random.uniform(50.0, 150.0, seats),
        floor_ratio=np.full(seats, 0.85),
        region=np.arange(seats) // 50,
        curve=np.zeros(seats, dtype=np.int64),
        plan_weekly=curve,
        sold_weekly=curve,
        spread=Spread(),
    )


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def multiply_add(one: np.ndarray, other: np.ndarray, into: np.ndarray) -> None:
    """Do one multiply-add of single floats over memory, in place."""
    np.multiply(one, other, out=into)
    np.add(into, one, out=into)


def measure(seats: int, trials: int, pairs: int) -> dict[str, list[float]]:
    """Return nanoseconds per seat, week and trial, and per element of a multiply-add."""
    team = team_of(seats)
    one, other, into = (np.ones(ELEMENTS, dtype=np.float32) for _ in range(3))
    multiply_add(one, other, into)
    simulate(team, 64, 0)
    part = max(64, trials // pairs)
    spent: dict[str, list[float]] = {"seat-week-trial": [], "multiply-add": []}
    for turn in range(pairs):
        each = seconds_of(lambda turn=turn: simulate(team, part, turn))
        spent["seat-week-trial"].append(1e9 * each / (seats * WEEKS * part))
        whole = seconds_of(lambda: multiply_add(one, other, into))
        spent["multiply-add"].append(1e9 * whole / ELEMENTS)
    return spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", help="file for the figures")
    chosen = parser.parse_args()
    seats, trials, pairs = (200, 128, 2) if chosen.smoke else (SEATS, TRIALS, 5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = measure(seats, trials, pairs)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    medians = {name: median_of(values) for name, values in spent.items()}
    ratio = medians["seat-week-trial"] / medians["multiply-add"]
    memory = (after - before) / 1024 - 3 * ELEMENTS * 4 / 2**20
    print(f"{seats} seats × {WEEKS} weeks × {trials} trials, medians of {pairs} pairs")
    print(f"one seat-week-trial {medians['seat-week-trial']:.1f} ns")
    print(f"one multiply-add    {medians['multiply-add']:.2f} ns")
    print(f"ratio               {ratio:.1f}")
    print(f"memory beyond the inputs {max(memory, 0):.0f} MB")
    if chosen.json:
        figures = {"spent": spent, "ratio": ratio, "memory": memory}
        Path(chosen.json).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
