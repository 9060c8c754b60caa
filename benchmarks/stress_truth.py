"""Cost as stress finds it, beside trials of the same rules read a second time.

``python -m benchmarks.stress_truth`` from the root of the project (a quarter of an hour of one
processor); ``--smoke`` for a small try. Every plan shape is paid in many trials by the plain
reading, twice: with every factor and every rep drawn anew, pseudo-random; and with the factors of
company and regions spread evenly (the scrambled Sobol points of SciPy, which share nothing with
those of stress), which makes the truth several times sharper. Then stress finds the figures with
many seeds:

- their mean against both truths, with the standard error of the difference: bias;
- stated over true standard error;
- where a quantile of the truth is a step, that is a cost that many trials share, no quantile can
  agree closer than the step is wide. There the chance of a cost up to the step is compared,
  counted to halfway to the next one (the continuity correction of a closed form, which is smooth).
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import ndtri
from scipy.stats.qmc import Sobol

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
from optimizer.stress.measures import Figure, mean, quantile, tail
from optimizer.stress.stress import read_world
from optimizer.stress.world import World

SETS, BLOCK, SEEDS = 64, 250, 50
LEVELS = {"p50": 0.50, "p80": 0.80, "p90": 0.90, "p95": 0.95}
SHOWN = ("mean", *LEVELS, "cvar95")
STEP = 0.001
"""Share of trials with one and the same cost from which a quantile is compared as a step."""

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


def true_costs(targets: Targets, trials: int, *, even: bool) -> dict[str, Floats]:
    """Return the cost of trials under each shape, read plainly, (set, trial) floats.

    Parameters
    ----------
    even : bool
        The factors of company and regions are Sobol points, scrambled anew in each set.
    """
    each = 1 << (-(-trials // SETS) - 1).bit_length()
    shared = len(PERIODS) * (1 + REGIONS)
    sets = []
    for number in range(SETS):
        generator = np.random.Generator(np.random.PCG64([77 if even else 2024, number]))
        if even:
            points = Sobol(shared, bits=40, seed=int(generator.integers(2**31))).random(each)
            normal = ndtri(np.clip(points, 1e-12, 1 - 1e-12))
        else:
            normal = generator.standard_normal((each, shared))
        company, region = np.split(normal, [len(PERIODS)], axis=1)
        region = region.reshape(each, len(PERIODS), REGIONS)
        sets.append(costs(targets, company, region, generator))
    return {name: np.stack([one[name] for one in sets]) for name in SHAPES}


def figures_of(sets: Floats) -> dict[str, Figure]:
    """Return the figures that are compared, of (set, trial) costs."""
    found = {name: quantile(sets, level) for name, level in LEVELS.items()}
    return {"mean": mean(sets), **found, "cvar95": tail(sets)}


def bias(figures: Sequence[dict[str, Figure]], truth: dict[str, Figure]) -> dict[str, Figure]:
    """Return by how much the mean over seeds differs from the truth, as a share of it."""
    found = {}
    for name in SHOWN:
        values = np.array([one[name].value for one in figures])
        error = np.hypot(values.std(ddof=1) / np.sqrt(len(values)), truth[name].standard_error)
        level = truth[name].value
        found[name] = Figure(float(values.mean() / level - 1), float(error / level))
    return found


def stated_to_true(figures: Sequence[dict[str, Figure]]) -> dict[str, float]:
    """Return stated standard errors over those that seeds show."""
    found = {}
    for name in SHOWN:
        stated = np.mean([one[name].standard_error ** 2 for one in figures])
        found[name] = float(np.sqrt(stated) / np.std([one[name].value for one in figures], ddof=1))
    return found


def step_chances(
    seeds: Sequence[Floats], truth: Floats, figures: dict[str, Figure]
) -> dict[str, Figure]:
    """Return, for each quantile that is a step, by how much the chance of it differs."""
    found = {}
    for name in LEVELS:
        step = figures[name].value
        alike = np.isclose(truth, step, rtol=1e-7, atol=0.0)
        if alike.mean() < STEP:
            continue
        edge = (step + truth[(truth > step) & ~alike].min()) / 2
        chances = np.array([(costs < edge).mean() for costs in seeds])
        true = mean((truth < edge).astype(float))
        error = np.hypot(chances.std(ddof=1) / np.sqrt(len(seeds)), true.standard_error)
        found[name] = Figure(float(chances.mean() - true.value), float(error))
    return found


def compared(seeds: Sequence[Floats], plain: Floats, even: Floats) -> dict[str, object]:
    """Compare the costs that seeds find with both truths, under one shape."""
    figures = [figures_of(costs) for costs in seeds]
    truth = figures_of(even)
    found = {
        "plain": bias(figures, figures_of(plain)),
        "even": bias(figures, truth),
        "steps": step_chances(seeds, even, truth),
    }
    plainly = {key: {name: one.as_dict() for name, one in part.items()}
               for key, part in found.items()}  # fmt: skip
    return {**plainly, "stated_to_true": stated_to_true(figures), "trials": seeds[0].size}


def costs_by_seed(world: World, trials: int, seeds: int) -> list[Floats]:
    """Return what stress finds with each seed, (set, trial) floats each."""
    rules = [replace(world.rules, seed=seed, trials=trials) for seed in range(seeds)]
    return [CostModel(replace(world, rules=one)).costs() for one in rules]


def line(name: str, method: str, row: dict[str, object]) -> str:
    """Return a comparison as a line of text, in 1/10,000."""
    even, steps, stated = row["even"], row["steps"], row["stated_to_true"]
    assert isinstance(even, dict)
    assert isinstance(steps, dict)
    assert isinstance(stated, dict)
    parts = [f"{name:<28}{method:<13}"]
    for key in SHOWN:
        one = steps.get(key, even[key])
        mark = "s" if key in steps else " "
        parts.append(f"{1e4 * one['value']:+6.2f} ± {1e4 * one['standard_error']:.2f}{mark}")
    parts.append(" ".join(f"{stated[key]:.2f}" for key in SHOWN))
    return "  ".join(parts)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--trials", type=int, default=4_000_000, help="of each truth")
    parser.add_argument("--by-seed", type=int, default=10_000, help="trials of each seed")
    parser.add_argument("--json", help="file for the figures")
    chosen = parser.parse_args()
    trials, seeds = (6_400, 3) if chosen.smoke else (chosen.trials, SEEDS)
    print(f"{', '.join(SHOWN)}: difference from the truth in 1/10,000")
    print("(s: of the chance of a step); stated over true error of each")
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        worlds = planned(Path(temporary))
    payees = next(iter(worlds.values())).payees
    targets = Targets(payees.floor, payees.target, payees.stretch)
    plain, even = (true_costs(targets, trials, even=one) for one in (False, True))
    for name, world in worlds.items():
        of_seeds = costs_by_seed(world, 320 if chosen.smoke else chosen.by_seed, seeds)
        found[name] = compared(of_seeds, plain[name], even[name])
        print(line(name, CostModel(world).methods["all"], found[name]), flush=True)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
