"""Random rules of pay: stress pays each of them as `pay` does, but for the cent.

``QUOTAPLAN_EXPLORE=1`` looks at other worlds, ``QUOTAPLAN_EXAMPLES`` at how many.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import numpy as np
import pandas as pd
import pytest

from optimizer.errors import InputError
from optimizer.incentives.read import read_incentives
from optimizer.stress.course import Course
from optimizer.stress.payees import LEVELS, Payees
from optimizer.stress.rules import StressRules
from optimizer.stress.world import World, build_world
from tests.pay_random import STARTS, random_worlds
from tests.pay_world import PayWorld, pay_world, scenario_of

FIRST = 1_000_000 if os.environ.get("QUOTAPLAN_EXPLORE") else 0
WORLDS = int(os.environ.get("QUOTAPLAN_EXAMPLES", "240"))
PORTIONS = 6
MARGIN = 0.3


def alike(world: PayWorld, random: Random) -> np.ndarray:
    """Give every rep one attainment in a period, of all products; return them, (period, rep)."""
    reps = [one["rep"] for one in in_order(world)]
    found = np.zeros((len(world.periods), len(reps)))
    for place in np.ndindex(*found.shape):
        found[place] = random.choice([*STARTS, round(random.uniform(0, 1.6), 2)])
    for (period, rep, _), cell in world.cells.items():
        level = found[world.periods.index(period), reps.index(rep)]
        amount = round(level * 1000) * int(cell["target"])
        cell["amount"], cell["margin"] = f"{amount}e-3", f"{3 * amount}e-4"
    return found


def in_order(world: PayWorld) -> list[dict[str, str]]:
    return sorted(world.people, key=lambda one: (one["region"], one["rep"]))


def stressed(world: PayWorld) -> World:
    """Return the same people, targets and rules for stress."""
    scenario = scenario_of(world)
    metrics = pd.DataFrame(
        [
            (period, rep, name, float(value))
            for (period, rep), own in world.metrics.items()
            for name, value in own.items()
        ],
        columns=["period", "rep", "metric", "value"],
    )
    scenario = replace(scenario, tables={**scenario.tables, "metrics": metrics})
    people, reps = scenario.tables["people"], [one["rep"] for one in in_order(world)]
    order = np.array([people["rep"].tolist().index(rep) for rep in reps])
    cubes = {name: np.zeros((len(world.periods), len(reps), len(world.products)))
             for name in LEVELS}  # fmt: skip
    for (period, rep, product), cell in world.cells.items():
        place = world.periods.index(period), reps.index(rep), world.products.index(product)
        for name, cube in cubes.items():
            cube[place] = float(cell[name])
    payees = Payees(
        tuple(world.periods), tuple(world.products), people.iloc[order].reset_index(drop=True),
        scenario, order, cubes["target"], **cubes, per_unit=float(world.per_unit),
    )  # fmt: skip
    goals = {
        period: pd.Series(
            {region: float(goal) for (when, region), goal in world.goals.items() if when == period}
        )
        for period in world.periods
    }
    rules = StressRules(measures={"margin": MARGIN})
    return build_world(payees, read_incentives(world.rules.encode(), scenario), rules, goals)


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_random_rules_are_paid_as_pay_does(portion: int) -> None:
    number = 0
    for seed in range(FIRST + portion, FIRST + WORLDS, PORTIONS):
        (world,) = random_worlds(seed, 1)
        # Nobody is paid from such a pool, yet it costs what it holds.
        world.rules = world.rules.replace('split = "none"', 'split = "equal"')
        for person in world.people:
            person.pop("open", None)
        attainment = alike(world, Random(seed))
        try:
            own = stressed(world)
        except InputError as error:
            known = "is not known for anybody", "no plan of incentive.toml pays anybody"
            assert any(words in str(error) for words in known), seed
            continue
        exactly = {(one.period, one.rep): float(one.amount) for one in pay_world(world).payouts}
        course = Course(own)
        for period, name in enumerate(world.periods):
            paid = course.pay(period, attainment[period][None])[0]
            wanted = [exactly[name, one["rep"]] for one in in_order(world)]
            assert paid == pytest.approx(wanted, rel=1e-5, abs=0.1), (seed, name)
        number += 1
    assert number > 0.9 * WORLDS / PORTIONS
