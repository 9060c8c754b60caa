"""Whole plans of the kernels: each holds together, is proven, and starts the next."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from allocation_worlds import PERIODS, bound_world, short_world
from instances import Person, Where, make_instance, two_by_two
from test_kernel_allocation_bounds import PEOPLE, holds_together

from optimizer.model import bound, decomposed, pooled
from optimizer.model.bound import no_prices
from optimizer.model.decomposed import prove_steps, solve_blocks
from optimizer.model.filled import solve_filled
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Instance


@pytest.mark.parametrize(
    ("step", "value", "size"), [("gap", -200.0, 200.0), ("cover", -210.0, 200.0),
                                ("fairness", 0.0, 1e-3), ("fairness", 7.0, 7.0)],
)  # fmt: skip
@pytest.mark.parametrize(("off", "proven"), [(0.9e-9, True), (-0.9e-9, True), (1.2e-9, False)])
def test_each_step_is_proven_to_a_billionth(
    monkeypatch: pytest.MonkeyPatch, step: str, value: float, size: float, off: float, proven: bool
) -> None:
    reached = {"gap": -200.0, "cover": -210.0, "fairness": 7.0} | {step: value}
    told: list[tuple[str, float, float]] = []

    def least(_instance: Any, _rules: Any, prices: Any, name: str, *most: float) -> Any:
        told.append((name, *most))
        return reached[name] - (off * size if name == step else 0.0), prices

    monkeypatch.setattr(decomposed, "least_value", least)
    instance: Any = SimpleNamespace(reps=(), ask_total=200.0, goal=1000.0)
    rules: Any = None
    prices: Any = dict.fromkeys(reached)
    found = prove_steps(instance, rules, prices, reached, (200.0, 210.0))
    assert (found is not None) is proven
    if proven:
        assert told == [("gap", 0.0, 0.0), ("cover", 200.0, 0.0), ("fairness", 200.0, 210.0)]


@pytest.mark.parametrize("width", [0.08, 0.01])
@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(6))
def test_plans_by_prices_of_random_worlds_hold_together(
    seed: int, over: float, width: float
) -> None:
    """People and markets bind in some places, so that others carry more."""
    instance = bound_world(seed, over, width)
    found = solve_blocks(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    holds_together(instance, found)
    assert found.placed.sum() == pytest.approx(instance.goal)


@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(6))
def test_filled_plans_of_random_worlds_hold_together(seed: int, over: float) -> None:
    instance = short_world(seed, over)
    found = solve_filled(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    holds_together(instance, found)
    assert found.rounds == 0


@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(8))
def test_regions_are_filled_above_their_reference_too(seed: int, over: float) -> None:
    """What a region can carry has nothing to do with its share of the goal."""
    rng = np.random.default_rng(seed)
    shares = dict(zip("ABCDE", rng.uniform(10, 600, 5).tolist(), strict=True))
    people = [
        Person(f"{name}{at}", name, float(rng.uniform(5, 60)), weight=1.0 + at)
        for name in shares for at in range(2)
    ]  # fmt: skip
    markets = [
        (Where(period, name, product), float(rng.uniform(5, 60)))
        for name in "ABC" for period in ("Q1", "Q2") for product in ("p", "r")
    ]  # fmt: skip
    instance = make_instance(
        shares, 1500, periods=PERIODS, products={"p": 0.6, "r": 0.4},
        over_rep=over, people=people, potentials=markets,
    )  # fmt: skip
    found = solve_filled(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    holds_together(instance, found)


@pytest.mark.parametrize(
    ("least", "market", "filled"),
    [
        (29.9, 30.0, True),
        (30.0, 30.0, True),
        (30.1, 30.0, False),
        (0.0, 30.0, True),
        (29.9, 29.0, False),
    ],
)
def test_minimums_beyond_what_a_region_carries_are_left_to_others(
    least: float, market: float, filled: bool
) -> None:
    people = [Person("Ann", "A", 50.0, least), Person("Bob", "B", 20.0)]
    instance = make_instance(
        {"A": 60, "B": 40}, 200, people=people, potentials=[(Where("Q1", "A"), market)]
    )
    found = solve_filled(instance, read_rules(instance), read_pools(instance))
    assert (found is not None) is filled
    if found is not None:
        holds_together(instance, found)


def test_a_filled_regional_plan_is_proven() -> None:
    """Markets hold 20 to 35 of 25 each; the goal of 200 stays out of reach."""
    markets = {("Q1", "A"): 20.0, ("Q2", "A"): 22.0, ("Q1", "B"): 35.0, ("Q2", "B"): 30.0}
    instance = make_instance(
        {"A": 100.0, "B": 100.0}, 200, periods={"Q1": 0.5, "Q2": 0.5},
        potentials=[(Where(*where), amount) for where, amount in markets.items()],
    )  # fmt: skip
    rules = read_rules(instance)
    found = solve_filled(instance, rules, None)
    assert found is not None
    assert found.placed_most == pytest.approx(107.0)
    assert sorted(found.placed.tolist()) == pytest.approx(sorted(markets.values()))
    away = ((found.placed - rules.reference) ** 2 / rules.reference).sum()
    assert found.objective == pytest.approx(away)
    assert found.bound == pytest.approx(away)
    assert all(one.placed >= 0.0 for one in found.prices.values())


def test_a_lock_is_worth_its_price_where_it_stands_alone() -> None:
    """Of two periods and three products, as a lock names one, all, or both."""
    instance = make_instance(
        {"A": 60, "B": 40}, 100, periods=PERIODS, products={"p": 0.5, "q": 0.2, "r": 0.3},
        people=PEOPLE, rep_locks=[("Ann", "Q1", "q", 9.0), ("Bob", "*", "p", 8.0),
                                  ("Cid", "Q2", "*", 7.0)],
    )  # fmt: skip
    reps = instance.reps
    assert reps is not None
    paid = bound.unit_worth(instance, replace(no_prices(instance), rep_lock=np.array([1.0, 2, 4])))
    worth = {name: paid[reps.group[at]].tolist() for at, name in enumerate(reps.names)}
    assert worth == {
        "Ann": [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
        "Bob": [[2.0, 0.0, 0.0], [2.0, 0.0, 0.0]],
        "Cid": [[0.0, 0.0, 0.0], [4.0, 4.0, 4.0]],
    }


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("stretch", [False, True])
def test_stretch_is_left_to_others_where_products_matter(mixed: bool, stretch: bool) -> None:
    people = [Person("Ann", "A", 60.0, sells=("p",)) if mixed else Person("Ann", "A", 60.0),
              Person("Bob", "A"), Person("Cid", "B")]  # fmt: skip
    instance = replace(two_by_two(people=people), is_stretch=stretch)
    found = solve_blocks(instance, read_rules(instance), read_pools(instance))
    assert (found is None) is (mixed and stretch)


@pytest.mark.parametrize("locks", [0, 1, 2])
def test_a_start_knows_how_many_of_its_prices_are_those_of_locks(locks: int) -> None:
    where = [(Where("*", "A", "p"), 25.0), (Where("*", "B", "p"), 24.0)][:locks]
    instance = two_by_two(people=PEOPLE, region_locks=where)
    found = solve_blocks(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    assert found.start.locks == locks
    assert found.start.rule[len(found.start.rule) - locks :].all()


@pytest.mark.parametrize("over", [0.0, 0.1])
@pytest.mark.parametrize("goal", [100, 200])
def test_least_gap_and_fullest_cover_are_proven_by_their_own_prices(
    monkeypatch: pytest.MonkeyPatch, over: float, goal: float
) -> None:
    told: list[tuple[str, float, float]] = []
    prove = pooled._must_prove

    def listened(instance: Instance, proven: float, found: float, step: str) -> None:
        told.append((step, proven, found))
        prove(instance, proven, found, step)

    monkeypatch.setattr(pooled, "_must_prove", listened)
    people = [Person("Ann", "A", 60.0), Person("Bob", "A", 30.0), Person("Cid", "B", 45.0)]
    instance = make_instance({"A": 60, "B": 40}, goal, people=people, over_rep=over)
    pooled.solve_pooled(instance)
    assert [step for step, _, _ in told] == ["least gap", "fullest cover"]
    placed = min(goal, 135.0)
    assert [found for _, _, found in told] == pytest.approx([placed, min(placed * (1 + over), 135)])
    for _, proven, found in told:
        assert proven == pytest.approx(found, rel=1e-7)
