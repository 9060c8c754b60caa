"""Cost as stress finds it, beside plain trials of the same rules read a second time.

``python -m benchmarks.stress_truth`` from the root of the project (a quarter of an hour of one
processor); ``--smoke`` for a small try. Two comparisons of every plan shape:

- with plain trials: every factor and every rep drawn anew, pseudo-random, in 32 sets;
- on the same factors: the plain reading is paid where the company's and regions' factors are
  those of the engine, and only what is the reps' own is drawn anew. What the factors add to the
  error of both cancels, so this shows a bias that plain trials are too rough for.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.stress_shapes import (
    PERIODS,
    REGIONS,
    REPS,
    SCENARIO,
    SHAPES,
    SHARES,
    TEAMS,
    Floats,
    Targets,
    trials_of,
)
from optimizer.pipeline import plan
from optimizer.stress.cost import CostModel
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import Figure, cost_figures
from optimizer.stress.simulate import Turn, factors_of
from optimizer.stress.stress import read_world
from optimizer.stress.world import World

SETS, BLOCK, SEEDS = 32, 250, 50
SHOWN = ("mean", "p50", "p95", "cvar95")
MEAN, CV, COMPANY, REGION = 0.95, 0.30, 0.3, 0.2


def planned(folder: Path) -> dict[str, World]:
    """Plan a small company and return its world under each shape."""
    scenario = folder / "truth"
    scenario.mkdir()
    (scenario / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    each = REPS // TEAMS
    people = [
        (f"{team}{place:02}", f"R{team * REGIONS // TEAMS}", f"T{team}", 0.6 + (7 * place % 9) / 10)
        for team in range(TEAMS)
        for place in range(each)
    ]
    rows = {"people": [("rep", "region", "team", "resource"), *people],
            "products": [("product", "share"), *SHARES.items()]}  # fmt: skip
    for name, table in rows.items():
        with (scenario / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(table)
    plan(scenario, folder / "run")
    worlds = {}
    for number, (name, (text, _)) in enumerate(SHAPES.items()):
        path = folder / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        worlds[name] = read_world(folder / "run", path)
    return worlds


def blocks(
    company: Floats, region: Floats, generator: np.random.Generator
) -> Iterator[tuple[slice, list[Floats]]]:
    """Yield attainments by period, a block of trials at a time.

    Parameters
    ----------
    company : (trial, period) floats
    region : (trial, period, region) floats
    """
    variance = np.log1p(CV**2)
    middle, spread = np.log(MEAN) - variance / 2, np.sqrt(variance)
    for first in range(0, len(company), BLOCK):
        rows = slice(first, first + BLOCK)
        attained = []
        for period in range(len(PERIODS)):
            own = generator.standard_normal((len(company[rows]), REPS))
            shared = np.sqrt(COMPANY) * company[rows, period, None]
            shared = shared + np.sqrt(REGION) * region[rows, period]
            normal = np.repeat(shared, REPS // REGIONS, axis=1) + np.sqrt(0.5) * own
            attained.append(np.exp(middle + spread * normal))
        yield rows, attained


def costs(
    targets: Targets, company: Floats, region: Floats, generator: np.random.Generator
) -> dict[str, Floats]:
    """Return the cost of trials under each shape, read plainly."""
    found = {name: np.empty(len(company)) for name in SHAPES}
    for rows, attained in blocks(company, region, generator):
        trials = trials_of(targets, attained)
        for name, (_, paid) in SHAPES.items():
            found[name][rows] = paid(trials)
    return found


def plain_costs(targets: Targets, trials: int) -> dict[str, Floats]:
    """Return the cost of plain trials under each shape, (set, trial) floats."""
    each = -(-trials // SETS)
    sets = []
    for number in range(SETS):
        generator = np.random.Generator(np.random.PCG64([2024, number]))
        company = generator.standard_normal((each, len(PERIODS)))
        region = generator.standard_normal((each, len(PERIODS), REGIONS))
        sets.append(costs(targets, company, region, generator))
    return {name: np.stack([one[name] for one in sets]) for name in SHAPES}


def same_factors(world: World, targets: Targets, each: int) -> dict[str, Floats]:
    """Return the cost of trials on the engine's own factors, (set, trial) floats."""
    sets = []
    for number in range(REPLICATES):
        factors = factors_of(world, number, each, Turn())
        generator = np.random.Generator(np.random.PCG64([4048, number]))
        sets.append(costs(targets, factors.company, factors.region, generator))
    return {name: np.stack([one[name] for one in sets]) for name in SHAPES}


def difference(one: Floats, other: Floats, name: str) -> Figure:
    """Return by how much a figure of paired sets differs, as a share of it: the sets' mean."""
    found = [
        [cost_figures(np.stack([costs, costs]))[name].value for costs in table]
        for table in (one, other)
    ]
    each = np.subtract(*found) / np.mean(found[1])
    return Figure(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))


def truth_of_errors(world: World, trials: int, seeds: int) -> dict[str, float]:
    """Return stated standard errors over those that seeds show."""
    values: dict[str, list[float]] = {name: [] for name in SHOWN}
    errors: dict[str, list[float]] = {name: [] for name in SHOWN}
    for seed in range(seeds):
        rules = replace(world.rules, seed=seed, trials=trials)
        found = cost_figures(CostModel(replace(world, rules=rules)).costs())
        for name in SHOWN:
            values[name].append(found[name].value)
            errors[name].append(found[name].standard_error)
    return {
        name: float(np.sqrt(np.mean(np.square(errors[name]))) / np.std(values[name], ddof=1))
        for name in SHOWN
    }


def compared(worlds: dict[str, World], trials: int, each: int, seeds: int) -> dict[str, object]:
    """Compare every shape and print a row for each."""
    first = next(iter(worlds.values()))
    payees = first.payees
    targets = Targets(payees.floor, payees.target, payees.stretch)
    plain, paired = plain_costs(targets, trials), same_factors(first, targets, each)
    found: dict[str, object] = {}
    for name, world in worlds.items():
        model = CostModel(replace(world, rules=replace(world.rules, trials=REPLICATES * each)))
        engine = model.costs()
        own, truth = cost_figures(engine), cost_figures(plain[name])
        row: dict[str, object] = {"method": model.methods["all"]}
        row["plain"] = {
            key: {
                "difference": own[key].value / truth[key].value - 1,
                "error": float(np.hypot(own[key].standard_error, truth[key].standard_error))
                / truth[key].value,
            }
            for key in own
        }
        row["same_factors"] = {
            key: difference(engine, paired[name], key).as_dict() for key in SHOWN
        }
        row["stated_to_true"] = truth_of_errors(world, 1024, seeds)
        found[name] = row
        print(_line(name, row), flush=True)
    return found


def _line(name: str, row: dict[str, object]) -> str:
    plain, same = row["plain"], row["same_factors"]
    assert isinstance(plain, dict)
    assert isinstance(same, dict)
    widest = max(abs(one["difference"]) / one["error"] for one in plain.values())
    parts = [f"{name:<28}{row['method']:<13}{widest:6.1f}"]
    parts += [f"{1e4 * plain[key]['difference']:+7.2f} ± {1e4 * plain[key]['error']:.2f}"
              for key in ("p95", "cvar95")]  # fmt: skip
    parts += [f"{1e4 * same[key]['value']:+7.2f} ± {1e4 * same[key]['standard_error']:.2f}"
              for key in SHOWN]  # fmt: skip
    stated = row["stated_to_true"]
    assert isinstance(stated, dict)
    parts.append(f"{stated['p95']:6.2f} {stated['cvar95']:.2f}")
    return "  ".join(parts)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trials", type=int, default=4_000_000, help="plain ones")
    parser.add_argument("--json", help="file for the figures")
    chosen = parser.parse_args()
    trials, each, seeds = (6_400, 512, 3) if chosen.smoke else (chosen.trials, 2**15, SEEDS)
    print("in 1/10,000 of the figure; widest difference of all figures from plain trials in "
          "standard errors;\nP95, CVaR95 from plain trials; mean, P50, P95, CVaR95 on the same "
          "factors; stated / true error of P95, CVaR95")  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        found = compared(planned(Path(temporary)), trials, each, seeds)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
