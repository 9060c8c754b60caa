"""Small worlds for tests of stress, made without files, and plans of every shape."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.incentives.plan import (
    Bonus,
    Cap,
    Commission,
    Gate,
    Guarantee,
    IncentivePlan,
    Knot,
    Plan,
    Pool,
    Progress,
    Rank,
    Threshold,
    Tier,
)
from optimizer.stress.payees import Payees
from optimizer.stress.rules import StressRules
from optimizer.stress.world import World, build_world

PRODUCTS = ("A", "B")


def exact(value: float) -> Decimal:
    return Decimal(str(value))


def tiers(*steps: tuple[float | str, float]) -> tuple[Tier, ...]:
    return tuple(
        Tier(
            Threshold(level=start) if isinstance(start, str) else Threshold(exact(start)),
            exact(rate),
        )
        for start, rate in steps
    )


def knots(*steps: tuple[float, float]) -> tuple[Knot, ...]:
    return tuple(Knot(exact(start), exact(multiplier)) for start, multiplier in steps)


MARGINAL = Commission("marginal", tiers((0.0, 0.01), (0.8, 0.015), (1.0, 0.02), (1.2, 0.025)))
RETROACTIVE = Commission(
    "retroactive", tiers((0.0, 0.0), ("floor", 0.01), ("target", 0.018), ("stretch", 0.025))
)
BANDS = Bonus(exact(3), "band", knots((0, 0), (0.6, 0.8), (1, 1.2), (1.2, 2)))
LINE = Bonus(exact(3), "linear", knots((0.5, 0), (1, 1), (1.5, 2.5)))
GATE = (Gate("collection_rate", exact(0.9), exact(0.8)),)
CAP = Cap(of="target_incentive", times=exact(1.5))
RANK = Rank(exact(0.1), exact(2.5), start=exact(0.9), min_group=5)

SHAPES: Mapping[str, Plan] = {
    "marginal": Plan("p", commissions=(MARGINAL,)),
    "retroactive": Plan("p", commissions=(RETROACTIVE,)),
    "two blocks": Plan(
        "p",
        commissions=(
            Commission("marginal", tiers(("target", 0.05)), products=("A",)),
            Commission("retroactive", tiers((0.9, 0.02)), products=("B",)),
        ),
    ),
    "bands": Plan("p", bonus=BANDS),
    "line": Plan("p", bonus=LINE),
    "core": Plan("p", commissions=(MARGINAL,), bonus=BANDS, gates=GATE, cap=CAP),
    "capped": Plan("p", commissions=(MARGINAL,), bonus=LINE, cap=Cap(amount=exact(4)), gates=GATE),
    "guarantee": Plan("p", commissions=(MARGINAL,), guarantee=Guarantee(exact(1), 9)),
    "rank": Plan("p", bonus=Bonus(exact(3), "band", BANDS.knots, rank=RANK)),
    "progress": Plan(
        "p", bonus=Bonus(exact(3), "band", BANDS.knots, progress=Progress(exact(0.15), exact(2)))
    ),
    "team": Plan("p", of="team", commissions=(MARGINAL,), bonus=BANDS),
    "year to date": Plan("p", basis="cumulative", commissions=(MARGINAL,), bonus=BANDS, cap=CAP),
}
"""Plans of every shape."""

FUND = Pool("fund", exact(0.05))
METRICS = {"collection_rate": 0.85}


def make_payees(reps: int, regions: int, periods: int = 1, seed: int = 1) -> Payees:
    """Return reps with uneven targets; teams of five, two roles, two products."""
    random = np.random.default_rng(seed)
    names = [f"R{place % regions:02d}" for place in range(reps)]
    people = pd.DataFrame(
        {
            "rep": [f"S{place:05d}" for place in range(reps)],
            "region": sorted(names),
            "team": [f"T{place // 5:03d}" for place in range(reps)],
            "role": ["senior" if place % 3 else "newcomer" for place in range(reps)],
            "start": pd.NaT,
        }
    )
    people["start"] = pd.to_datetime(people["start"])
    labels = tuple(f"2024Q{period + 1}" for period in range(periods))
    scenario = Scenario(Settings("world", labels, Goal(1.0)), {"people": people})
    target = random.integers(40, 160, size=(periods, reps, len(PRODUCTS))).astype(float)
    return Payees(
        labels, PRODUCTS, people, scenario, np.arange(reps), target, np.round(target * 0.8),
        target, np.round(target * 1.2),
    )  # fmt: skip


def make_world(
    plans: Plan | tuple[Plan, ...],
    rules: StressRules,
    payees: Payees,
    pools: tuple[Pool, ...] = (),
) -> World:
    """Return the world of some plans; each goal is the sum of targets."""
    whole = plans if isinstance(plans, tuple) else (plans,)
    goals = {}
    for name, target in zip(payees.periods, payees.target.sum(axis=2), strict=True):
        own = pd.Series(target).groupby(payees.labels("region")).sum()
        goals[name] = pd.concat([own, pd.Series({"*": target.sum()})])
    return build_world(payees, IncentivePlan(whole, pools), rules, goals)
