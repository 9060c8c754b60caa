"""Three paths and two solvers on random small worlds: how often they disagree.

``python tests/agreement.py --worlds 10000`` prints how many worlds were planned by which path,
the largest differences, and every disagreement. Worlds are numbered by their seed, so a
disagreement is seen again with ``--first SEED --worlds 1``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random
from typing import Any

import numpy as np
from instances import Person, Where, make_instance

from optimizer.errors import ContradictionError
from optimizer.model.allocation import Allocation
from optimizer.model.joint import solve_joint
from optimizer.model.pooled import solve_pooled
from optimizer.model.solve import solve_decomposed
from optimizer.problem.instance import Instance
from optimizer.results.rounding import round_placed

CERTIFIED = 1e-4
"""Most by which two values of F may differ, as a part of F or of 10⁻⁶ × the goal."""

TOTAL = 1e-7
"""Most by which totals placed and carried may differ, as a part of the ask."""

PRODUCTS = ("p", "q", "r")
LEAVES = ("A", "B", "C")


@dataclass
class Tally:
    """What was compared, and what was found.

    Attributes
    ----------
    planned : Counter
        Worlds by path and outcome.
    differences : dict
        Largest differences of F and of totals, as their limits measure them.
    disagreements : list of str
    """

    planned: Counter[str] = field(default_factory=Counter)
    differences: dict[str, float] = field(default_factory=dict)
    disagreements: list[str] = field(default_factory=list)

    def note(self, seed: int, name: str, found: float, most: float) -> None:
        """Keep a difference, and the world where it is too large."""
        kind = name.rsplit(" of ", 1)[0]
        self.differences[kind] = max(found, self.differences.get(kind, 0.0))
        if not found <= most:
            self.disagreements.append(f"world {seed}: {name} differs by {found:.3g}")


def make_world(seed: int) -> Instance:
    """Return a random small problem: most have a plan, some a gap, some contradict themselves."""
    chance = Random(seed)
    leaves = LEAVES[: chance.randint(1, 3)]
    products = {name: chance.randint(1, 5) for name in PRODUCTS[: chance.randint(1, 3)]}
    periods = {f"Q{number}": chance.randint(1, 3) for number in range(chance.randint(1, 2))}
    regions = {name: float(chance.randint(1, 6)) for name in leaves}
    goal = float(chance.randint(20, 3000))
    cell = goal / (len(leaves) * len(periods))
    parents = dict.fromkeys(leaves[:2], "Area") if len(leaves) == 3 else {}
    rules: dict[str, Any] = {
        "people": _people(chance, leaves, tuple(products), cell),
        "bands": _bands(chance, regions, products),
        "potentials": _potentials(chance, leaves, tuple(periods), tuple(products), cell),
        "over_region": chance.choice([0.0, 0.0, 0.02]),
        "over_rep": chance.choice([0.0, 0.0, 0.03]),
    }
    if chance.random() < 0.1:
        rules["region_locks"] = [(Where(region=leaves[0]), round(cell * chance.random()))]
    if rules["people"] and chance.random() < 0.1:
        amount = float(round(cell / 4 * chance.random()))
        rules["rep_locks"] = [(rules["people"][0].name, "Q0", "*", amount)]
    if rules["people"] and chance.random() < 0.2:
        rules["effort"] = {name: chance.choice([0.5, 1.0, 1.5]) for name in products}
    total = sum(products.values())
    shares = {name: weight / total for name, weight in products.items()}
    whole = sum(periods.values())
    return make_instance(
        regions,
        goal,
        products=shares,
        periods={name: weight / whole for name, weight in periods.items()},
        parents=parents,
        **rules,
    )


def _people(
    chance: Random, leaves: tuple[str, ...], products: tuple[str, ...], cell: float
) -> list[Person] | None:
    if chance.random() < 0.1:
        return None
    people = []
    year = chance.random() < 0.15
    for leaf in leaves:
        heads = chance.choice([0, 1, 1, 2, 2, 3])
        for number in range(heads):
            fair = cell / heads
            people.append(
                Person(
                    f"{leaf}{number}",
                    leaf,
                    high=chance.choice([inf, inf, float(round(fair * chance.uniform(0.6, 2)))]),
                    low=chance.choice([0.0, 0.0, 0.0, float(round(fair * chance.uniform(0, 0.5)))]),
                    weight=chance.choice([1.0, 1.0, 0.8, 1.5]),
                    sells=chance.choice([(), (), (), (chance.choice(products),)]),
                    total_high=float(round(2 * fair * chance.uniform(0.7, 2))) if year else inf,
                )
            )
    return people or None


def _bands(
    chance: Random, regions: dict[str, float], products: dict[str, int]
) -> list[tuple[str, Where, Where, float, float]]:
    bands = []
    if chance.random() < 0.7:
        give, total = chance.choice([0.0, 0.02, 0.1]), sum(regions.values())
        for name, amount in regions.items():
            share = amount / total
            low, high = max(share - give, 0.0), min(share + give, 1.0)
            bands.append(("region_share", Where(region=name), Where(), low, high))
    if chance.random() < 0.6:
        give, total = chance.choice([0.01, 0.1]), sum(products.values())
        for name, amount in products.items():
            share = amount / total
            low, high = max(share - give, 0.0), min(share + give, 1.0)
            bands.append(("product_share", Where(product=name), Where(), low, high))
    return bands


def _potentials(
    chance: Random,
    leaves: tuple[str, ...],
    periods: tuple[str, ...],
    products: tuple[str, ...],
    cell: float,
) -> list[tuple[Where, float]]:
    found = []
    for _ in range(chance.choice([0, 0, 1, 2])):
        where = Where(
            chance.choice(["*", *periods]), chance.choice(leaves), chance.choice(["*", *products])
        )
        found.append((where, float(round(cell * chance.uniform(0.2, 2.5)))))
    return found


def compare(seed: int, tally: Tally, solvers: Sequence[str] = ("HiGHS", "CBC")) -> None:
    """Plan one world by every path, and compare each with the pooled one."""
    instance = make_world(seed)
    found = {"pooled": _attempt(lambda: solve_pooled(instance))}
    for solver in solvers:
        found[f"joint {solver}"] = _attempt(partial(solve_joint, instance, solver=solver))
    quick = _attempt(lambda: solve_decomposed(instance)[0])
    if isinstance(quick, Allocation):
        found["decomposed"] = quick
    for path, plan in found.items():
        tally.planned[f"{path}: {'plan' if isinstance(plan, Allocation) else plan}"] += 1
    first = found.pop("pooled")
    for path, plan in found.items():
        if isinstance(plan, Allocation) and isinstance(first, Allocation):
            _compare_plans(seed, tally, instance, first, plan, path)
        elif plan != first:
            tally.disagreements.append(f"world {seed}: pooled {first!s:.80}, {path} {plan!s:.80}")


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ContradictionError:
        return "contradiction"
    except Exception as error:  # whatever it is, it is counted and shown
        return f"{type(error).__name__}: {error}"


def _compare_plans(
    seed: int, tally: Tally, instance: Instance, one: Allocation, other: Allocation, path: str
) -> None:
    ask = instance.ask_total
    for name in ("placed_most", "street_most"):
        first, second = getattr(one, name), getattr(other, name)
        if instance.reps is not None or name == "placed_most":
            tally.note(seed, f"{name} of {path}", abs(first - second) / ask, TOTAL)
    scale = max(one.bound, other.bound, 1e-6 * instance.goal)
    away = abs(one.objective - other.objective) / scale
    tally.note(seed, f"F of {path}", away, CERTIFIED)
    whole = [_attempt(partial(round_placed, instance, plan)) for plan in (one, other)]
    if all(isinstance(units, np.ndarray) for units in whole):
        first, second = (int(units.sum()) for units in whole)
        tally.note(seed, f"units placed of {path}", float(abs(first - second)), 1.0)
    elif any(units != "contradiction" for units in whole):
        tally.disagreements.append(f"world {seed}: rounded, pooled {whole[0]}, {path} {whole[1]}")


def main(words: list[str] | None = None) -> int:
    """Compare as many worlds as asked for; 1 where any disagree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    parser.add_argument("--joint-every", type=int, default=1, help="joint in every N-th world")
    parser.add_argument("--cbc-every", type=int, default=1, help="CBC in every N-th of those")
    asked = parser.parse_args(words)
    tally = Tally()
    for seed in range(asked.first, asked.first + asked.worlds):
        joint = seed % asked.joint_every == 0
        cbc = seed % (asked.joint_every * asked.cbc_every) == 0
        compare(seed, tally, ("HiGHS", "CBC")[: joint + cbc])
        if (seed + 1) % 250 == 0:
            print(f"{seed + 1} worlds, {len(tally.disagreements)} disagreements", flush=True)
    for outcome, worlds in sorted(tally.planned.items()):
        print(f"{outcome}: {worlds}")
    for kind, most in tally.differences.items():
        print(f"largest difference of {kind}: {most:.3g}")
    print(f"disagreements: {len(tally.disagreements)}")
    for text in tally.disagreements[:50]:
        print(f"- {text}")
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
