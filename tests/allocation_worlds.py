"""Random problems for the kernels of the allocation: what binds in them, and what is short."""

from __future__ import annotations

import numpy as np
from instances import Person, Where, make_instance, region_bands

from optimizer.problem.instance import Instance

PERIODS = {"Q1": 0.6, "Q2": 0.4}


def bound_world(seed: int, over: float, width: float) -> Instance:
    """Return four regions where people, markets and bands bind in some places."""
    rng = np.random.default_rng(seed)
    shares = dict(zip("ABCD", rng.uniform(50, 150, 4).tolist(), strict=True))
    goal = sum(shares.values())
    people = [
        Person(f"{name}{at}", name, float(rng.uniform(0.2, 1.6) * share), weight=1.0 + at)
        for name, share in shares.items() for at in range(3)
    ]  # fmt: skip
    return make_instance(
        shares, goal, periods=PERIODS, products={"p": 0.6, "r": 0.4}, over_rep=over, people=people,
        bands=[
            *region_bands(shares, width),
            ("product_share", Where(product="p"), Where(), 0.6 - width, 0.6),
            ("period_share", Where("Q2", "D"), Where("*", "D"), 0.4, 0.4 + width),
        ],
        potentials=[
            (Where("Q1", "A"), 0.55 * shares["A"]), (Where("*", "B", "p"), 0.58 * shares["B"]),
            (Where("Q2", "C", "r"), 0.15 * shares["C"]),
        ],
    )  # fmt: skip


def short_world(seed: int, over: float) -> Instance:
    """Return five regions that people, and markets in three, end far below the goal."""
    rng = np.random.default_rng(seed)
    shares = dict(zip("ABCDE", rng.uniform(50, 150, 5).tolist(), strict=True))
    people = [
        Person(f"{name}{at}", name, float(rng.uniform(0.05, 0.35) * share), weight=1.0 + at)
        for name, share in shares.items() for at in range(2)
    ]  # fmt: skip
    markets = [
        (Where(period, name, product), float(rng.uniform(0.05, 0.6) * shares[name] / 4))
        for name in "ABC" for period in ("Q1", "Q2") for product in ("p", "r")
    ]  # fmt: skip
    return make_instance(
        shares, 2 * sum(shares.values()), periods=PERIODS, products={"p": 0.6, "r": 0.4},
        over_rep=over, people=people, potentials=markets,
    )  # fmt: skip
