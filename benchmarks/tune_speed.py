"""What tuned rates cost, beside the whole linear program with a row per trial in HiGHS.

``python -m benchmarks.tune_speed`` from the root of the project; ``--smoke`` for a small try.
What was measured is told in docs/tune.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.instances import write_scenario
from benchmarks.timing import median_of
from optimizer.pipeline import plan
from optimizer.solve.program import ProgramBuilder, Solver
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import TAIL
from optimizer.stress.stress import read_world
from optimizer.tune.lines import cost_lines, excellence
from optimizer.tune.rate import Design, build_design
from optimizer.tune.search import build_question
from optimizer.tune.tail import Question, tail_cost, tuned

REPS, TRIALS, FRESH, PAIRS = 400, 100_000, 200_000, 5
SHARE = 0.97
"""Budget over what the worst trials cost today."""

TIERS = """
[[plan.commission]]
mode = "marginal"
tiers = [
  { from = 0.0, rate = 0.010 },
  { from = 0.8, rate = 0.015 },
  { from = 1.0, rate = 0.020 },
  { from = 1.2, rate = 0.025 },
]
"""


def designed(folder: Path, reps: int, plans: int) -> Design:
    """Plan a scenario; return its rates: one plan for all, or one for each of some regions."""
    scenario, run = folder / f"world-{plans}", folder / f"run-{plans}"
    write_scenario(scenario, reps)
    text = ""
    for place in range(plans):
        match = f'match = {{ region = "R{place:04}" }}\n' if plans > 1 else ""
        text += f'[[plan]]\nname = "plan {place}"\n{match}{TIERS}'
    (scenario / "incentive.toml").write_text(text, encoding="utf-8")
    plan(scenario, run)
    return build_design(read_world(run), 0.5, 2.0)


def questions(design: Design, trials: int, fresh: int) -> tuple[Question, Question]:
    """Return what is asked, and the same on fresh trials."""
    values, each = design.present, -(-trials // REPLICATES)
    level = excellence(design, each)
    asked = build_question(design, level, cost_lines(design, values, each), values, 1.0)
    asked = replace(asked, budget=SHARE * tail_cost(asked, values)[0])
    world = design.world
    other = replace(design, world=replace(world, rules=replace(world.rules, seed=99)))
    lines = cost_lines(other, values, -(-fresh // REPLICATES))
    return asked, replace(asked, fixed=lines.fixed, slope=lines.slope)


def whole_program(asked: Question) -> tuple[float, float]:
    """Return gain and seconds of the linear program with a row for each trial."""
    started = time.perf_counter()
    number, trials, scale = len(asked.gain), len(asked.fixed), asked.scale
    builder = ProgramBuilder()
    size = float(np.abs(asked.gain * scale).max())
    rates = builder.add_columns(asked.low / scale, asked.high / scale, -asked.gain * scale / size)
    edge = builder.add_columns(np.array([-np.inf]), np.array([np.inf]), np.zeros(1))
    above = builder.add_columns(np.zeros(trials), np.full(trials, np.inf), np.zeros(trials))
    for first, second, sign in asked.steps:
        row = builder.add_rows(np.zeros(1), np.full(1, np.inf))
        builder.add_entries(row, rates[[second]], sign * scale[second])
        builder.add_entries(row, rates[[first]], -sign * scale[first])
    for held, due in zip(asked.held * scale, asked.due, strict=True):
        most = np.abs(held).max()
        row = builder.add_rows(np.array([due / most]), np.array([due / most]))
        builder.add_entries(row.repeat(number), rates, held / most)
    rows = builder.add_rows(asked.fixed / asked.budget, np.full(trials, np.inf))
    builder.add_entries(rows, above, 1.0)
    builder.add_entries(rows, edge.repeat(trials), 1.0)
    places = np.tile(rates, trials)
    slope = -(asked.slope * scale / asked.budget).ravel()
    builder.add_entries(rows.repeat(number), places, slope)
    row = builder.add_rows(np.array([-np.inf]), np.ones(1))
    builder.add_entries(row, edge, 1.0)
    builder.add_entries(row.repeat(trials), above, 1 / (TAIL * trials))
    solver = Solver(builder.build())
    built = time.perf_counter() - started
    started = time.perf_counter()
    found = solver.solve()
    seconds = time.perf_counter() - started
    print(f"  whole program: built in {built:.1f} s, solved in {seconds:.1f} s", flush=True)
    return -found.cost * size, seconds


def compared(design: Design, trials: int, fresh: int, pairs: int) -> dict[str, object]:
    """Time both ways on one question; return the figures."""
    started = time.perf_counter()
    asked, again = questions(design, trials, fresh)
    laid = time.perf_counter() - started
    spent = []
    for _ in range(pairs):
        started = time.perf_counter()
        found = tuned(asked)
        spent.append(time.perf_counter() - started)
    gain, seconds = whole_program(asked)
    off = abs(found.gain / gain - 1)
    over = tail_cost(again, found.values)[0] / asked.budget - 1
    print(f"{len(asked.gain)} rates, {len(asked.fixed):,} trials: {1000 * median_of(spent):.1f} ms "
          f"({found.cuts} lines), 1/{seconds / median_of(spent):.0f} of the whole program; gain "
          f"differs by {off:.1e}; over the budget on fresh trials {100 * over:+.2f} %; "
          f"trials and lines took {laid:.0f} s", flush=True)  # fmt: skip
    return {
        "rates": len(asked.gain), "trials": len(asked.fixed), "seconds": spent,
        "whole_seconds": seconds, "cuts": found.cuts, "gain_off": off, "fresh_overrun": over,
        "lines_seconds": laid,
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trials", type=int, help="trials; 1,000 to 100,000 if left out")
    parser.add_argument("--json", help="file for the figures")
    chosen = parser.parse_args()
    sizes = [chosen.trials] if chosen.trials else [1_000, 10_000, TRIALS]
    sizes = [320] if chosen.smoke else sizes
    figures = []
    with tempfile.TemporaryDirectory() as temporary:
        for plans in (1, 8):
            design = designed(Path(temporary), REPS, plans)
            for trials in sizes:
                fresh = 2 * trials if chosen.smoke else FRESH
                figures.append(compared(design, trials, fresh, PAIRS))
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
