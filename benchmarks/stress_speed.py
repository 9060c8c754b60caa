"""What stress costs, beside drawing its random numbers, plain Monte Carlo and a few imports.

``python -m benchmarks.stress_speed`` from the root of the project; ``--smoke`` for a small try.
What was measured is told in docs/stress.md.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.instances import write_scenario
from benchmarks.timing import median_of, run_python
from optimizer.errors import InputError
from optimizer.pipeline import plan
from optimizer.stress.compiled import COMPILED, NUMPY, kernels_for
from optimizer.stress.cost import CostModel
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import TAIL, cost_figures
from optimizer.stress.simulate import simulate
from optimizer.stress.stress import read_world
from optimizer.stress.world import World

REPS, MANY, TRIALS = 1_000, 10_000, 10_000
IMPORTS = "import numpy, pandas, scipy.stats"
FEW = """
import sys
from pathlib import Path
from optimizer.stress.simulate import simulate
from optimizer.stress.stress import read_world
simulate(read_world(Path(sys.argv[1])), 2, kernel=sys.argv[2])
"""
INCENTIVE = """
[[plan]]
name = "core"
cap = { of = "target_incentive", times = 4.0 }

[[plan.commission]]
mode = "marginal"
tiers = [
  { from = 0.0, rate = 0.010 },
  { from = 0.8, rate = 0.015 },
  { from = 1.0, rate = 0.020 },
  { from = 1.2, rate = 0.025 },
]

[plan.bonus]
target_incentive = 3
mode = "band"
bands = [
  { from = 0.0, multiplier = 0.0 },
  { from = 0.6, multiplier = 0.8 },
  { from = 1.0, multiplier = 1.2 },
  { from = 1.2, multiplier = 2.0 },
]
"""
RANK = 'rank = { top = 0.05, within = "region", multiplier = 2.0, from = 1.0, min_group = 5 }\n'
FUND = '\n[[pool]]\nname = "fund"\nof = "region"\nover = 1.2\ntrigger = 1.2\nrate = 0.05\n'


def planned(folder: Path, reps: int) -> Path:
    """Plan a scenario of some size and return its run folder."""
    write_scenario(folder / f"world-{reps}", reps)
    (folder / f"world-{reps}" / "incentive.toml").write_text(INCENTIVE, encoding="utf-8")
    full = folder / f"full-{reps}.toml"
    full.write_text(INCENTIVE + RANK + FUND, encoding="utf-8")
    plan(folder / f"world-{reps}", folder / f"run-{reps}")
    return folder / f"run-{reps}"


def cpu_of(work: Callable[[], object]) -> float:
    """Return the processor time that some work takes, in seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


def draw(shape: tuple[int, int], trials: int) -> None:
    """Draw a normal number for each payout, a block at a time."""
    generator = np.random.Generator(np.random.SFC64(1))
    block = np.empty(shape, dtype=np.float32)
    for _ in range(-(-trials // shape[0])):
        generator.standard_normal(out=block, dtype=np.float32)


def has_kernels() -> bool:
    """Return whether compiled kernels can be loaded."""
    try:
        kernels_for(COMPILED, 1)
    except InputError:
        return False
    return True


def payouts(world: World, trials: int, pairs: int) -> dict[str, list[float]]:
    """Return nanoseconds for a payout, by numpy and compiled, and for drawing one random number."""
    periods, reps = world.target.shape
    each = -(-trials // REPLICATES)
    block = max(1, 2**17 // reps), reps
    work: dict[str, Callable[[], object]] = {
        "payout": lambda: simulate(world, each, kernel=NUMPY),
        "draw": lambda: draw(block, each * REPLICATES * periods),
    }
    if has_kernels():
        work["compiled"] = lambda: simulate(world, each, kernel=COMPILED)
        simulate(world, 2, kernel=COMPILED)
    spent: dict[str, list[float]] = {name: [] for name in work}
    simulate(world, 2, kernel=NUMPY)
    number = each * REPLICATES * reps * periods
    for _ in range(pairs):
        for name, one in work.items():
            spent[name].append(1e9 * cpu_of(one) / number)
    return spent


def loading(run: Path) -> dict[str, float]:
    """Return seconds of whole processes that simulate next to nothing.

    By numpy; by kernels that are compiled first; by kernels that were compiled before.
    """
    found = {}
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as modules:
        os.environ["NUMBA_CACHE_DIR"] = kept
        turns = {"modules": NUMPY, "numpy": NUMPY, "compiling": COMPILED, "compiled": COMPILED}
        for name, kernel in turns.items():
            command = ["-c", FEW, str(run), kernel]
            found[name] = run_python(command, 600, Path(modules)).seconds
        del os.environ["NUMBA_CACHE_DIR"]
    return found


def plain_errors(costs: np.ndarray) -> tuple[float, float]:
    """Return the standard errors of P95 and CVaR95 of independent trials."""
    number = len(costs)
    width = np.sqrt(TAIL * (1 - TAIL) / number)
    low, edge, high = np.quantile(costs, [1 - TAIL - width, 1 - TAIL, 1 - TAIL + width])
    tail = np.maximum(costs - edge, 0).std() / TAIL / np.sqrt(number)
    return float(high - low) / 2, float(tail)


def against_plain(world: World, trials: int) -> tuple[float, float]:
    """Return the processor time of the closed form over that of plain trials at equal errors."""
    each = -(-trials // REPLICATES)
    rules = replace(world.rules, trials=trials)
    found: dict[str, np.ndarray] = {}

    def plainly() -> None:
        found["plain"] = simulate(world, each).total.ravel()

    def closed() -> None:
        found["closed"] = CostModel(replace(world, rules=rules)).costs()

    ratio = cpu_of(closed) / cpu_of(plainly)
    errors = plain_errors(found["plain"])
    own = cost_figures(found["closed"])
    pairs = zip(("p95", "cvar95"), errors, strict=True)
    first, second = (ratio * (own[name].standard_error / error) ** 2 for name, error in pairs)
    return first, second


def processes(run: Path, trials: int, pairs: int) -> tuple[list[float], list[float]]:
    """Return seconds of whole processes: stress, and a few imports."""
    stress, imports = [], []
    command = ["-m", "cli", "stress", str(run), "--quiet", "--trials", str(trials)]
    with tempfile.TemporaryDirectory() as compiled:
        for _ in range(pairs + 1):
            stress.append(run_python(command, 600, Path(compiled)).seconds)
            imports.append(run_python(["-c", IMPORTS], 600, Path(compiled)).seconds)
    return stress[1:], imports[1:]


def memory_of(world: World, trials: int, kernel: str) -> float:
    """Return how many MB a simulation needs at most, beyond the world."""
    tracemalloc.start()
    simulate(world, -(-trials // REPLICATES), kernel=kernel)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def ratio_of(name: str, spent: dict[str, list[float]]) -> dict[str, float]:
    """Return what payouts cost beside their draws, and print it."""
    draws = median_of(spent["draw"])
    ratio = {way: median_of(each) / draws for way, each in spent.items() if way != "draw"}
    print(f"{name}: its draw {draws:.1f} ns,", *(
        f"{way} {draws * times:.1f} ns, ratio {times:.2f};" for way, times in ratio.items()
    ))  # fmt: skip
    return ratio


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--json", help="file for the figures")
    chosen = parser.parse_args()
    sizes = (100, 200, 320, 2) if chosen.smoke else (REPS, MANY, TRIALS, 5)
    reps, many, trials, pairs = sizes
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run = planned(folder, reps)
        core, full = read_world(run), read_world(run, folder / f"full-{reps}.toml")
        figures: dict[str, object] = {}
        for name, world in (("core", core), ("full", full)):
            spent = payouts(world, trials // 2, pairs)
            figures[name] = {**spent, "ratio": ratio_of(name, spent)}
        if has_kernels():
            figures["loading"] = loading(run)
            print("a process that simulates next to nothing:", *(
                f"{name} {seconds:.1f} s" for name, seconds in figures["loading"].items()
            ))  # fmt: skip
        quantile, tail = against_plain(core, trials)
        figures["closed_to_plain"] = {"p95": quantile, "cvar95": tail}
        print(f"closed form to plain trials at equal error: P95 1/{1 / quantile:.0f}, "
              f"CVaR95 1/{1 / tail:.0f}")  # fmt: skip
        stress, imports = processes(run, trials, pairs)
        whole = median_of(stress) / median_of(imports)
        figures["process"] = {"stress": stress, "imports": imports, "ratio": whole}
        print(f"process: stress {median_of(stress):.2f} s, imports {median_of(imports):.2f} s, "
              f"ratio {whole:.2f}")  # fmt: skip
        large = read_world(planned(folder, many))
        for kernel in (NUMPY, COMPILED) if has_kernels() else (NUMPY,):
            megabytes = figures[f"memory, {kernel}"] = memory_of(large, trials, kernel)
            print(f"memory of {many} reps × {trials} trials, {kernel}: +{megabytes:.0f} MB")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
