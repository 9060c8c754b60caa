"""The parts that find exact plans, one by one: curves of streets, pieces of cost, Newton's step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from instances import Person, Where, make_instance, region_bands

from optimizer.model.ascent import climb, free_rules, point_at
from optimizer.model.blocks import Blocks, read_blocks
from optimizer.model.coupling import Coupling, read_coupling
from optimizer.model.curves import build_curves
from optimizer.model.newton import newton_step
from optimizer.model.pieces import Pieces, bounds_of
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance

# ---------------------------------------------------------------- streets

POOL = np.array([0, 2, 0, 1, 2, 0, 2])
REFERENCE = np.array([10.0, 4, 20, 5, 8, 30, 2])
LOW = np.array([5.0, 0, 0, 2, 2, 0, 0])
HIGH = np.array([np.inf, 8, 30, 6, np.inf, 60, 3])


@pytest.mark.parametrize("is_sorted", [True, False])
@pytest.mark.parametrize("multiple", [0.0, 0.1, 0.5, 1.0, 1.2, 1.5, 2.0, 7.0])
def test_a_street_is_the_sum_of_its_people_at_a_multiple(multiple: float, is_sorted: bool) -> None:
    order = np.argsort(POOL, kind="stable") if is_sorted else np.arange(7)
    pool, reference, low, high = POOL[order], REFERENCE[order], LOW[order], HIGH[order]
    curves = build_curves(pool, 3, reference, low, high)
    targets = np.clip(multiple * reference, low, high)
    total, rise = curves.street(np.full(3, multiple))
    assert total == pytest.approx(np.bincount(pool, targets))
    moving = (multiple * reference >= low) & (multiple * reference < high)
    assert rise == pytest.approx(np.bincount(pool, reference * moving, 3))
    assert curves.targets(np.full(3, multiple)) == pytest.approx(targets)
    away = ((targets - reference) ** 2 / reference).sum()
    assert curves.unfairness(np.full(3, multiple)) == pytest.approx(away)
    again = curves.multiple(np.arange(3), total)
    assert curves.targets(again) == pytest.approx(targets)
    assert curves.street_low.tolist() == [5, 2, 2]
    assert curves.street_high.tolist() == [np.inf, 6, np.inf]


def test_below_the_first_start_and_beyond_the_last_end_nothing_moves() -> None:
    curves = build_curves(np.zeros(2, dtype=np.int64), 1, np.array([10.0, 20.0]),
                          np.array([5.0, 2.0]), np.array([15.0, 30.0]))  # fmt: skip
    total, rise = curves.street(np.array([-1.0]))
    assert (total.tolist(), rise.tolist()) == ([7.0], [0.0])
    total, rise = curves.street(np.array([9.0]))
    assert (total.tolist(), rise.tolist()) == ([45.0], [0.0])
    found = curves.multiple(np.zeros(4, dtype=np.int64), np.array([0.0, 7.0, 45.0, 99.0]))
    assert found.tolist()[1:] == [0.1, 1.5, 1.5]
    assert curves.targets(found[:1]).tolist() == [5.0, 2.0]


# ---------------------------------------------------------------- pieces


def pieces() -> Pieces:
    low, high, centre = np.array([0.0, 4.0]), np.array([30.0, 9.0]), np.array([10.0, 2.0])
    return Pieces.of(low, high, centre, lambda which, at: 2.0 * (at / centre[which] - 1.0))


def test_breakpoints_are_multiples_first_and_steps_around_a_solution_then() -> None:
    own = pieces()
    assert own.first_breakpoints()[0] == pytest.approx([0, 6, 9, 10, 11, 15, 25, 30])
    assert own.first_breakpoints()[1] == pytest.approx([4, 4, 4, 4, 4, 4, 5, 9])
    assert own.width.tolist() == [2.5, 0.5]
    own.follow(np.array([12.0, 6.0]))
    assert own.width.tolist() == [1.25, 2.0]
    assert own.breakpoints()[0] == pytest.approx([0, 7, 10, 10.75, 12, 13.25, 17, 30])
    assert own.breakpoints()[1] == pytest.approx([4, 4, 4, 4, 6, 8, 9, 9])
    assert own.coarseness() == 1.0
    own.follow(np.array([12.625, 3.0]))
    assert own.width == pytest.approx([0.25, 1.0])
    own.follow(np.array([13.0, 3.0]))
    assert own.width == pytest.approx([0.125, 0.2])
    own.follow(np.array([13.25, 3.0]))
    assert own.width == pytest.approx([0.125, 0.04])


def test_a_piece_costs_the_mean_of_the_slopes_at_its_ends() -> None:
    own = pieces()
    cost = own.costs(own.first_breakpoints())
    assert cost[0] == pytest.approx([-1.4, -0.5, -0.1, 0.1, 0.6, 2.0, 3.5])
    low, high = bounds_of(own.first_breakpoints())
    assert low.tolist() == [[0.0] * 7, [4.0] + [0.0] * 6]
    assert high[0] == pytest.approx([6, 3, 1, 1, 4, 10, 5])
    assert high[1] == pytest.approx([4, 0, 0, 0, 0, 1, 4])


# ---------------------------------------------------------------- Newton's step


REGIONS = {"A": 300.0, "B": 200.0, "C": 400.0, "D": 100.0}


def tied(people: bool, *, tolerance: float = 0.02, locked: bool = False) -> Instance:
    """Return four regions whose markets and bands keep the goal from going its own way."""
    heads = [
        Person(f"{name}{number}", name, high=most, weight=1 + number / 2)
        for name, most in (("A", 120.0), ("B", 90.0), ("C", 260.0), ("D", 80.0))
        for number in range(3)
    ]
    return make_instance(
        REGIONS, 1000, products={"p": 0.5, "q": 0.3, "r": 0.2}, periods={"Q1": 0.45, "Q2": 0.55},
        people=heads if people else None, bands=region_bands(REGIONS, tolerance),
        potentials=[
            (Where("*", "C", "p"), 150.0), (Where("Q1", "B", "*"), 80.0),
            (Where("*", "*", "q"), 290.0), (Where("Q2", "A", "q"), 30.0),
        ],
        region_locks=[(Where("Q1", "D", "*"), 50.0)] if locked else [], over_rep=0.05,
    )  # fmt: skip


def parts(instance: Instance) -> tuple[Blocks, Coupling]:
    rules = read_rules(instance)
    blocks, coupling = (
        read_blocks(instance, rules, read_pools(instance)),
        read_coupling(instance, rules),
    )
    assert blocks is not None
    assert coupling is not None
    return blocks, coupling


@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("tolerance", [0.0, 0.01, 0.2])
def test_prices_are_found_in_a_few_rounds(people: bool, locked: bool, tolerance: float) -> None:
    instance = tied(people, tolerance=tolerance, locked=locked)
    blocks, coupling = parts(instance)
    found = climb(instance, blocks, coupling, np.zeros(coupling.prices), np.zeros(blocks.number))
    assert found is not None
    point, rounds = found
    assert rounds <= 7
    assert point.placement.placed.sum() == pytest.approx(1000, rel=1e-11)
    again = climb(instance, blocks, coupling, point.price, point.placement.theta)
    assert again is not None
    assert again[1] == 0


def slope(blocks: Blocks, coupling: Coupling, price: Floats, step: Floats, theta: Floats) -> Floats:
    """Return by how much misses change along a step, by a small part of it."""
    small = 1e-5
    ends = [point_at(blocks, coupling, price + sign * small * step, theta) for sign in (1, -1)]
    first, last = (one.miss for one in ends if one is not None)
    return (first - last) / (2 * small)


@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_a_step_makes_up_for_what_is_missed_as_far_as_misses_are_straight(
    people: bool, seed: int
) -> None:
    instance = tied(people, locked=seed % 2 == 1)
    blocks, coupling = parts(instance)
    rng = np.random.default_rng(seed)
    theta = np.zeros(blocks.number)
    zero = point_at(blocks, coupling, np.zeros(coupling.prices), theta)
    assert zero is not None
    noise = rng.uniform(0.0, 0.05, coupling.prices)
    price = coupling.signed(noise, zero.missed.side)
    price[coupling.nodes] = 0.1
    here = point_at(blocks, coupling, price, theta)
    assert here is not None
    free = free_rules(coupling, here, 1e-9)
    step, flat = newton_step(blocks, coupling, price, here.placement, here.missed, free, 1e-9)
    assert not flat
    assert (step[~free] == 0).all()
    change = slope(blocks, coupling, price, step, here.placement.theta)
    moved = step != 0
    assert moved.sum() >= free.sum() - 2  # that of the company, and a region that goes its own way
    assert (here.miss + change)[moved] == pytest.approx(np.zeros(moved.sum()), abs=1e-4)
    soft, _ = newton_step(
        blocks, coupling, price, here.placement, here.missed, free, 1e-9, soft=0.5
    )
    assert 0 < np.abs(soft[coupling.nodes :]).sum() < 2 * np.abs(step[coupling.nodes :]).sum()


def test_where_a_market_is_full_its_price_goes_along_the_slope() -> None:
    """All cells of a lock stand at their market: no price moves them, and the step is straight."""
    instance = make_instance(
        {"A": 100.0, "B": 100.0}, 200, potentials=[(Where("Q1", "A"), 60.0)],
        region_locks=[(Where("Q1", "A"), 50.0)],
    )  # fmt: skip
    blocks, coupling = parts(replace(instance))
    price = np.zeros(coupling.prices)
    price[-1] = 3.0
    here = point_at(blocks, coupling, price, np.zeros(0))
    assert here is not None
    free = free_rules(coupling, here, 1e-9)
    step, flat = newton_step(blocks, coupling, price, here.placement, here.missed, free, 1e-9)
    assert flat
    assert step[-1] == pytest.approx(-10.0 / 50.0)
