"""The joint model: known answers, golden rows, its proof, and what it refuses."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import product as pairs
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pulp
import pytest
from instances import (
    MISPLACED_PEOPLE,
    Person,
    Where,
    company_a,
    make_instance,
    region_bands,
    two_by_two,
)
from scipy.optimize import minimize

from optimizer.errors import Change, ContradictionError, InputError, SolverError
from optimizer.model import joint, joint_fairness, joint_rules
from optimizer.model.allocation import Allocation, Price
from optimizer.model.joint import solve_joint
from optimizer.model.joint_fairness import MUST, TangentCosts, certified_gap
from optimizer.model.joint_plan import even_out, fill
from optimizer.model.joint_rules import FAMILIES
from optimizer.model.joint_variables import add_variables
from optimizer.problem.instance import Instance, YearLimits
from optimizer.solve import pulp_backend

GOLDEN = Path(__file__).parent / "golden"
SOLVERS = ("HiGHS", "CBC")
STEP_ROWS = ("placed_most", "street_most", "tangent", "rep_limits")
EXACT = 1e-6


FIXED = region_bands({"A": 60, "B": 40}, 0.0)


def everything() -> Instance:
    """Two regions under one parent, two products and periods, and every rule there is."""
    return make_instance(
        {"A": 60, "B": 40},
        100,
        products={"p": 0.5, "r": 0.5},
        periods={"Q1": 0.4, "Q2": 0.6},
        parents={"A": "Land", "B": "Land"},
        people=[
            Person("Ann", "A", 25, 5),
            Person("Abe", "A", 30, sells=("p",)),
            Person("Bob", "B", 40, weight=2),
            Person("Bea", "B"),
        ],
        bands=[
            ("region_share", Where(region="Land"), Where(), 0.9, 1.0),
            ("region_share", Where(region="A"), Where(region="Land"), 0.55, 0.65),
            ("period_share", Where(period="Q1"), Where(), 0.35, 0.45),
            ("product_share", Where(product="p"), Where(), 0.45, 0.55),
            ("share", Where("Q1", "A", "r"), Where("Q1", "A"), 0.4, 0.6),
        ],
        potentials=[(Where("Q2", "A", "r"), 15.0), (Where(region="Land", product="p"), 52.0)],
        region_locks=[(Where("Q1", "B"), 17.0)],
        rep_locks=[("Bea", "Q1", "p", 4.0), ("Bob", "*", "*", 21.0)],
        over_region=0.02,
        over_rep=0.1,
    )


def everything_limited() -> Instance:
    """The same with products of unequal effort, and limits over both periods."""
    world = everything()
    assert world.reps is not None
    low, high = np.array([0.0, 12.0, 0.0, 0.0]), np.array([inf, 40.0, 45.0, inf])
    given = YearLimits(low, high, np.full(4, np.nan), np.full(4, np.nan))
    reps = replace(world.reps, total_low=low, total_high=high, total_given=given)
    return replace(world, reps=reps, effort=np.array([0.8, 1.5]))


def tight() -> Instance:
    """Two by two with a potential and a capacity that bind, and room in the bands."""
    bands = region_bands({"A": 60, "B": 40}, 0.1)
    bands.append(("product_share", Where(product="p"), Where(), 0.45, 0.55))
    return two_by_two(
        bands=bands,
        potentials=[(Where("*", "B", "r"), 18.0)],
        people=[Person("Ann", "A", 57), Person("Bea", "B", weight=2), Person("Bob", "B", 14)],
    )


WORLDS = {
    "complete": lambda: two_by_two(),
    "tight": tight,
    "everything": everything,
    "regional": lambda: two_by_two(
        people=None, potentials=[(Where(region="A"), 55.0)], bands=FIXED
    ),
    "no one in B": lambda: two_by_two(people=[Person("Ann", "A", 50)]),
    "company a": company_a,
}


# ---------------------------------------------------------------- known answers


@pytest.mark.parametrize(
    ("goal", "levels"),
    [(1200, [400, 240, 80, 360, 120]), (1400, [1400 / 3, 280, 280 / 3, 420, 140])],
)
def test_al01_al02_shares_of_the_goal(goal: float, levels: list[float]) -> None:
    allocation = solve_joint(company_a(goal, limits=False))
    np.testing.assert_allclose(allocation.placed.sum(axis=(1, 2)), levels, atol=1e-3)
    np.testing.assert_allclose(allocation.placed.sum(axis=(0, 1)) / goal, [0.6, 0.1, 0.3])
    assert allocation.placed_most == pytest.approx(goal, abs=EXACT)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("goal", "senior", "tolerance", "placed"),
    [
        (1400, 150, 0.0, 990),
        (1200, 150, 0.0, 990),
        (1600, 150, 0.0, 990),
        (1400, 180, 0.0, 1140),
        (1600, 180, 0.0, 1140),
        (1200, 180, 0.0, 1100),
        (1200, 180, 0.05, 1140),
    ],
)
def test_al03_people_carry_less(
    solver: str, goal: float, senior: float, tolerance: float, placed: float
) -> None:
    world = company_a(goal, senior=senior, tolerance=tolerance)
    allocation = solve_joint(world, solver=solver)
    assert allocation.placed_most == pytest.approx(placed, abs=EXACT)
    assert allocation.placed.sum() == pytest.approx(placed, rel=1e-8)
    assert allocation.ask.sum() == pytest.approx(goal, abs=EXACT)


def test_al03_gap_by_region_and_product() -> None:
    allocation = solve_joint(company_a())
    gap = (allocation.ask - allocation.placed).sum(axis=1)
    by_region = gap.sum(axis=1)
    np.testing.assert_allclose(by_region, [260 / 3, 130, 40 / 3, 120, 60], atol=1e-5)
    # between products the plan is as exact as F is proven
    np.testing.assert_allclose(gap.sum(axis=0), [246, 41, 123], atol=0.02)
    assert allocation.rep_total is not None
    assert sorted(allocation.rep_total.ravel().round(6)) == [80, 80, 80, 150, 150, 150, 150, 150]


@pytest.mark.parametrize(
    ("tolerance", "placed", "asked"),
    [
        (0.0, 2800 / 3, [1400 / 3, 280, 280 / 3, 420, 140]),
        (0.05, 990, [446.43, 267.86, 150, 401.79, 133.93]),
    ],
)
def test_al04_a_seat_in_the_wrong_place(
    tolerance: float, placed: float, asked: list[float]
) -> None:
    allocation = solve_joint(company_a(people=MISPLACED_PEOPLE, tolerance=tolerance))
    assert allocation.placed_most == pytest.approx(placed, abs=EXACT)
    np.testing.assert_allclose(allocation.ask.sum(axis=(1, 2)), asked, atol=0.01)


@pytest.mark.parametrize(
    ("where", "high", "closed", "closed_with_band"),
    [
        ("East", 150, 260 / 3, 150),
        ("South", 150, 120, 150),
        ("North", 150, 130, 150),
        ("West", 150, 60, 130),
        ("Overseas", 150, 40 / 3, 250 / 3),
        ("North", 80, 80, 80),
        ("Overseas", 80, 40 / 3, 80),
    ],
)
def test_al05_one_more_seat(
    where: str, high: float, closed: float, closed_with_band: float
) -> None:
    for tolerance, expected in ((0.0, closed), (0.05, closed_with_band)):
        world = company_a(tolerance=tolerance, more=[Person("new", where, high)])
        assert solve_joint(world).placed_most - 990 == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize(("goal", "placed"), [(123.5, 123.5), (130, 123.5)])
def test_al10_buffered_potential(goal: float, placed: float) -> None:
    world = make_instance(
        {"all": 1}, goal, people=[Person("seat", "all")], potentials=[(Where(), 123.5)]
    )
    allocation = solve_joint(world)
    assert allocation.placed_most == pytest.approx(placed, abs=EXACT)
    assert allocation.ask.sum() == pytest.approx(goal, abs=EXACT)


def test_al14_season() -> None:
    rest = 0.65 / 3
    periods = {"Q1": rest, "Q2": 0.35, "Q3": rest, "Q4": rest}
    world = make_instance({"all": 1}, 4000, periods=periods, people=[Person("seat", "all")])
    placed = solve_joint(world).placed.sum(axis=(0, 2))
    np.testing.assert_allclose(placed, [2600 / 3, 1400, 2600 / 3, 2600 / 3], atol=1e-2)


# ---------------------------------------------------------------- rules, one by one


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_rule_is_kept(solver: str) -> None:
    world = everything()
    found = solve_joint(world, solver=solver)
    assert found.rep_total is not None
    assert found.volume is not None
    assert world.reps is not None
    assert world.groups is not None
    tiny = 1e-6
    assert found.ask.sum() == pytest.approx(102, abs=tiny)
    for row in range(len(world.bands.kind)):
        part = found.ask.flat[world.members(world.bands.part, row)].sum()
        whole = found.ask.flat[world.members(world.bands.whole, row)].sum()
        assert world.bands.low[row] * whole - tiny <= part <= world.bands.high[row] * whole + tiny
    for row in range(len(world.potentials.slices)):
        placed = found.placed.flat[world.members(world.potentials.slices, row)].sum()
        assert placed <= world.potentials.usable[row] + tiny
    assert np.all(found.placed <= found.ask + tiny)
    carried = np.zeros_like(found.placed)
    np.add.at(carried, world.groups.leaf, found.volume)
    assert np.all(found.placed <= carried + tiny)
    assert np.all(carried <= 1.1 * found.placed + tiny)
    assert np.all(found.volume.transpose(0, 2, 1)[~world.groups.sells] == 0)
    assert np.all(world.reps.low - tiny <= found.rep_total)
    assert np.all(found.rep_total <= world.reps.high + tiny)
    assert found.placed[1, 0].sum() == pytest.approx(17, abs=tiny)
    bea, bob = world.reps.names.index("Bea"), world.reps.names.index("Bob")
    assert found.volume[world.reps.group[bea], 0, 0] == pytest.approx(4, abs=tiny)
    assert found.rep_total[bob].sum() == pytest.approx(21, abs=tiny)


def test_regional_plan_has_no_people() -> None:
    found = solve_joint(WORLDS["regional"]())
    assert found.rep_total is None
    assert found.volume is None
    assert found.placed_most == found.street_most == pytest.approx(95)


def test_region_without_reps_carries_nothing() -> None:
    found = solve_joint(WORLDS["no one in B"]())
    assert found.placed[1].sum() == 0
    assert found.placed_most == pytest.approx(50)


def test_over_assignment_is_carried_where_people_can() -> None:
    people = [Person("Ann", "A", 63), Person("Bob", "B")]
    world = two_by_two(over_rep=0.1, people=people, bands=FIXED)
    found = solve_joint(world)
    assert found.placed_most == pytest.approx(100)
    assert found.street_most == pytest.approx(63 + 44)


def test_equals_are_treated_alike() -> None:
    crew = [Person(name, "A", 20) for name in ("Abe", "Ada", "Amy")] + [Person("Bob", "B")]
    for solver in SOLVERS:
        found = solve_joint(two_by_two(people=crew, over_rep=0.05), solver=solver)
        assert found.rep_total is not None
        assert np.ptp(found.rep_total[:3]) <= 1e-12


# ---------------------------------------------------------------- bound and prices


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("world", WORLDS)
def test_bound_is_certified(world: str, solver: str) -> None:
    instance = WORLDS[world]()
    found = solve_joint(instance, solver=solver)
    assert found.bound <= found.objective
    assert certified_gap(found.objective, found.bound, instance.goal) <= MUST
    assert found.prices
    for step, value in (
        ("gap", -found.placed_most),
        ("cover", -found.street_most),
        ("fairness", found.objective),
    ):
        if step == "cover" and instance.reps is None:
            continue
        proven = proven_bound(instance, found, step)
        assert proven <= value + 1e-6 * instance.goal
        assert value - proven <= 1e-6 * instance.goal + MUST * abs(value)
    assert proven_bound(instance, found, "fairness") == pytest.approx(found.bound, abs=1e-6)


@pytest.mark.parametrize("world", WORLDS)
def test_solvers_agree(world: str) -> None:
    one, other = (solve_joint(WORLDS[world](), solver=solver) for solver in SOLVERS)
    assert one.placed_most == pytest.approx(other.placed_most, abs=EXACT)
    assert one.street_most == pytest.approx(other.street_most, abs=EXACT)
    assert one.objective == pytest.approx(other.objective, rel=1e-4, abs=1e-8)


def test_bound_is_below_an_independent_optimum() -> None:
    world = tight()
    found = solve_joint(world)
    best = independent_optimum(world, found)
    assert found.bound <= best + 1e-6
    assert found.objective == pytest.approx(best, rel=1e-5)


def test_closed_form_of_a_squeezed_rep() -> None:
    # Ann carries 57 of 60; Bob takes the 3: (Y−D0)²/D0 twice per region, T likewise.
    world = two_by_two(
        bands=region_bands({"A": 60, "B": 40}, 0.1),
        people=[Person("Ann", "A", 57), Person("Bob", "B")],
    )
    found = solve_joint(world)
    assert found.objective == pytest.approx(2 * (9 / 60 + 9 / 40), rel=1e-6)


def test_price_of_a_capacity_that_leaves_a_gap() -> None:
    found = solve_joint(company_a())
    gap_prices = [price for price in found.prices if price.step == "gap"]
    assert max(price.value for price in gap_prices if price.kind == "coverage") == pytest.approx(1)


def proven_bound(instance: Instance, found: Allocation, step: str) -> float:
    """Return the bound that the stored prices prove, by their labels alone."""
    prices = [price for price in found.prices if price.step == step]
    shape = instance.reference.shape
    ask, placed, carry = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    held: dict[tuple[str, int, int, int], float] = {}
    constant = street = 0.0
    for price in prices:
        at = cells_of(instance, price)
        value = price.value
        if price.kind == "goal":
            ask -= value
            constant += value * instance.ask_total
        elif price.kind.endswith("share"):
            low, high, whole = band_of(instance, price)
            sign, limit = (1, low) if price.side == "min" else (-1, high)
            ask[at] -= sign * value
            ask[whole] += sign * value * limit
        elif price.kind == "potential":
            placed[at] += value
            constant -= value * limit_of(instance, price)
        elif price.kind == "coverage" and price.side == "min":
            placed[at] += value
            carry[at] += value
        elif price.kind == "coverage":
            placed[at] -= (1 + instance.over_rep) * value
            carry[at] -= value
        elif price.kind == "placed":
            placed -= value
            constant += value * found.placed_most
        elif price.kind == "street":
            street += value
            constant += value * found.street_most
        elif price.rep == "*":
            placed[at] -= value
            constant += value * limit_of(instance, price)
        else:
            for leaf, period, product in np.argwhere(at):
                key = (price.rep, leaf, period, product)
                held[key] = held.get(key, 0.0) + value
            constant += value * limit_of(instance, price)
        if price.side != "equal":
            assert value > 0
    assert ask.min() >= -1e-12
    cell_open = instance.reference > 0
    covered = np.ones(shape, dtype=bool)
    total = 0.0
    linear = {"gap": 1.0, "cover": 0.0, "fairness": 0.0}[step]
    most = (1 + instance.over_rep) * instance.ask_total
    if instance.reps is not None:
        reps = instance.reps
        covered[:] = False
        for rep, period in pairs(range(len(reps.names)), range(shape[1])):
            leaf, wish = reps.leaf[rep], reps.reference[rep, period]
            if wish == 0:
                continue
            covered[leaf, period] = True
            sold = np.flatnonzero(instance.groups.sells[reps.group[rep]] & cell_open[leaf, period])
            gain = street + max(
                carry[leaf, period, p] + held.get((reps.names[rep], leaf, period, p), 0.0)
                for p in sold
            )
            low, high = reps.low[rep, period], reps.high[rep, period]
            if step == "fairness":
                best = np.clip(wish * (1 + gain / 2), low, high)
                total += (best - wish) ** 2 / wish - gain * best
            else:
                gain += step == "cover"
                total -= gain * (min(high, most) if gain > 0 else low)
    slope = (ask + placed - linear)[cell_open]
    wish, use = instance.reference[cell_open], covered[cell_open]
    if step == "fairness":
        best = np.where(use, np.maximum(wish * (1 - slope / 2), 0), 0)
        total += float(np.sum((best - wish) ** 2 / wish + slope * best))
    else:
        total += float(np.sum(np.where(use, np.minimum(slope, 0) * instance.ask_total, 0)))
    return constant + total


def index_of(names: tuple[str, ...], label: str) -> slice | int:
    return slice(None) if label == "*" else names.index(label)


def cells_of(instance: Instance, price: Price) -> np.ndarray:
    """Return the (leaf, period, product) bools of a price's open cells."""
    chosen = np.zeros(instance.reference.shape, dtype=bool)
    leaves = np.flatnonzero(instance.tree.covers[instance.tree.names.index(price.region)])
    period = index_of(instance.periods, price.period)
    for leaf in leaves:
        chosen[(leaf, period, index_of(instance.products, price.product))] = True
    return chosen & (instance.reference > 0)


def same_place(instance: Instance, price: Price, slices: object, row: int) -> bool:
    periods, products = (*instance.periods, "*"), (*instance.products, "*")
    return (price.period, price.region, price.product) == (
        periods[slices.period[row]],
        instance.tree.names[slices.region[row]],
        products[slices.product[row]],
    )


def band_of(instance: Instance, price: Price) -> tuple[float, float, np.ndarray]:
    bands = instance.bands
    row = next(
        row
        for row, kind in enumerate(bands.kind)
        if kind == price.kind and same_place(instance, price, bands.part, row)
    )
    whole = np.zeros(instance.reference.shape, dtype=bool)
    whole.flat[instance.members(bands.whole, row)] = True
    return bands.low[row], bands.high[row], whole


def limit_of(instance: Instance, price: Price) -> float:
    if price.rep != "*":
        locks, periods, products = (
            instance.rep_locks,
            (*instance.periods, "*"),
            (*instance.products, "*"),
        )
        assert instance.reps is not None
        return next(
            locks.amount[row]
            for row in range(len(locks.rep))
            if (price.rep, price.period, price.product)
            == (
                instance.reps.names[locks.rep[row]],
                periods[locks.period[row]],
                products[locks.product[row]],
            )
        )
    slices, amounts = (
        (instance.potentials.slices, instance.potentials.usable)
        if price.kind == "potential"
        else (instance.region_locks.slices, instance.region_locks.amount)
    )
    return next(
        amounts[row] for row in range(len(amounts)) if same_place(instance, price, slices, row)
    )


def independent_optimum(world: Instance, found: Allocation) -> float:
    """Return the least F of a world without over-assignment where all sell all (SLSQP)."""
    assert world.reps is not None
    shape, size = world.reference.shape, world.reference.size
    reps = world.reps

    def cost(point: np.ndarray) -> float:
        cells, people = point[size : 2 * size], point[2 * size :]
        wish = reps.reference.ravel()
        return float(
            np.sum((cells - world.reference.ravel()) ** 2 / world.reference.ravel())
            + np.sum((people - wish) ** 2 / wish)
        )

    rules = [
        {"type": "eq", "fun": lambda x: x[:size].sum() - world.ask_total},
        {"type": "ineq", "fun": lambda x: x[:size] - x[size : 2 * size]},
        {"type": "ineq", "fun": lambda x: x[size : 2 * size].sum() - found.placed_most},
    ]
    for leaf in range(shape[0]):
        mine = np.flatnonzero(reps.leaf == leaf)
        here = np.ravel_multi_index(np.indices(shape)[:, leaf].reshape(3, -1), shape)
        rules.append(
            {
                "type": "eq",
                "fun": lambda x, here=here, mine=mine: (
                    x[size + here].sum() - x[2 * size + mine].sum()
                ),
            }
        )
    for row in range(len(world.bands.kind)):
        part, whole = (world.members(s, row) for s in (world.bands.part, world.bands.whole))
        for limit, sign in ((world.bands.low[row], 1), (world.bands.high[row], -1)):
            rules.append(
                {
                    "type": "ineq",
                    "fun": lambda x, part=part, whole=whole, limit=limit, sign=sign: (
                        sign * (x[part].sum() - limit * x[whole].sum())
                    ),
                }
            )
    for row in range(len(world.potentials.slices)):
        cells = world.members(world.potentials.slices, row)
        usable = world.potentials.usable[row]
        rules.append(
            {
                "type": "ineq",
                "fun": lambda x, cells=cells, usable=usable: usable - x[size + cells].sum(),
            }
        )
    limits = [(0, None)] * (2 * size) + list(
        zip(reps.low.ravel(), np.where(np.isinf(reps.high), 1e6, reps.high).ravel(), strict=True)
    )
    start = np.concatenate([world.reference.ravel()] * 2 + [reps.reference.ravel()])
    answer = minimize(
        cost, start, method="SLSQP", bounds=limits, constraints=rules,
        options={"ftol": 1e-13, "maxiter": 1000},
    )  # fmt: skip
    assert answer.success, answer.message
    return float(answer.fun)


# ---------------------------------------------------------------- filling by hand


def test_fill_keeps_limits_and_sum() -> None:
    wish, low = np.array([10.0, 20.0, 30.0]), np.array([0.0, 25.0, 0.0])
    high = np.array([5.0, np.inf, np.inf])
    np.testing.assert_allclose(fill(wish, low, high, 60.0), [5, 25, 30])
    np.testing.assert_allclose(fill(wish, low, high, 105.0), [5, 40, 60])
    np.testing.assert_allclose(fill(wish, low, high, 25.0), [0, 25, 0])


def test_even_out_takes_each_group_by_itself() -> None:
    world = everything()
    assert world.groups is not None
    street = np.full((len(world.groups.leaf), 2), 10.0)
    total = even_out(world, street)
    assert total.sum() == pytest.approx(street.sum())


# ---------------------------------------------------------------- golden rows


OF_PEOPLE = ("effort", "year_min", "year_max")


def family_text(name: str, folder: Path) -> str:
    """Return the LP text of one family's rows on the world that has every rule."""
    world = everything_limited() if name in OF_PEOPLE else everything()
    if name == "least_placed":
        world = replace(
            world,
            placed_low=0.5 * world.reference * (world.reference >= np.median(world.reference)),
        )
    model = add_variables(world, "golden")
    problem = model.problem
    problem.setObjective(pulp.lpSum(model.placed.values()))
    if name in FAMILIES:
        rules = list(FAMILIES[name](model))
    elif name == "rep_limits":
        problem.setObjective(pulp.lpSum(model.total.values()))
        rules = []
    elif name == "tangent":
        TangentCosts(problem, list(model.placed.values())[:1], np.array([1.2]))
        rules = []
    else:
        rules = [getattr(joint_rules, name)(model, 90.0)]
    for number, rule in enumerate(rules):
        problem.addConstraint(rule.relation, f"{name}_{number}")
    problem.writeLP(str(folder / "family.lp"))
    return (folder / "family.lp").read_text()


@pytest.mark.parametrize("name", [*FAMILIES, *STEP_ROWS])
def test_family_is_written_as_it_was(name: str, tmp_path: Path) -> None:
    text = family_text(name, tmp_path)
    golden = GOLDEN / f"{name}.lp"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(text)
    assert golden.exists(), f"no golden text for the family {name}"
    assert text == golden.read_text()
    if name in FAMILIES:
        assert f"{name}_0:" in text, "the golden world does not touch the family"


def test_goldens_and_families_match() -> None:
    assert {path.stem for path in GOLDEN.glob("*.lp")} == {*FAMILIES, *STEP_ROWS}


def test_every_family_states_its_relation_and_unit() -> None:
    rows = [*FAMILIES.values(), joint_rules.placed_most, joint_rules.street_most]
    for family in [*rows, joint_fairness.tangent]:
        assert family.__doc__ is not None
        assert "Unit: scaled amount." in " ".join(family.__doc__.split())
        assert any(sign in family.__doc__ for sign in ("= ", "≥"))


def test_least_amounts_of_groups_are_refused() -> None:
    world = everything()
    assert world.groups is not None
    low = np.zeros((len(world.groups.leaf), 2, 2))
    with pytest.raises(InputError, match="use the pooled method"):
        solve_joint(replace(world, volume_low=low))


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("suffix", [".lp", ".mps"])
def test_export_solves_to_the_same_value(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"plan{suffix}"
    found = solve_joint(tight(), export=path)
    assert path.exists()
    if suffix == ".mps":
        _, problem = pulp.LpProblem.fromMPS(str(path))
        problem.solve(pulp.HiGHS(msg=False))
        scale = add_variables(tight()).scale
        assert problem.objective.value() * scale == pytest.approx(found.bound, rel=1e-3)


def test_export_refuses_other_suffixes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ends in neither"):
        solve_joint(two_by_two(), export=tmp_path / "plan.txt")


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "rules",
    [
        # a min above the capacity
        {"people": [Person("Ann", "A", 10, 20), Person("Bob", "B")]},
        # mins above what the region may be asked
        {
            "people": [Person("Ann", "A", 90, 80), Person("Bob", "B")],
            "bands": region_bands({"A": 60, "B": 40}, 0.0),
        },
        # a lock on a region above its potential
        {"region_locks": [(Where(region="A"), 60.0)], "potentials": [(Where(region="A"), 50.0)]},
        # a lock on a rep above the capacity
        {
            "people": [Person("Ann", "A", 50), Person("Bob", "B")],
            "rep_locks": [("Ann", "Q1", "*", 55.0)],
        },
        # a lock on a product that the rep does not sell
        {
            "people": [Person("Ann", "A", sells=("p",)), Person("Bob", "B")],
            "rep_locks": [("Ann", "Q1", "r", 5.0)],
        },
        # bands that leave no room
        {"bands": [("product_share", Where(product=p), Where(), 0.0, 0.4) for p in ("p", "r")]},
    ],
)
@pytest.mark.parametrize("solver", SOLVERS)
def test_contradictions(rules: dict[str, object], solver: str) -> None:
    with pytest.raises(ContradictionError):
        solve_joint(two_by_two(**rules), solver=solver)


def test_contradiction_is_explained_by_the_caller() -> None:
    change = Change("min", "min", "Q1", "A", "*", "Ann", 20.0, 10.0, "lower Ann's min by 10")
    world = two_by_two(people=[Person("Ann", "A", 10, 20), Person("Bob", "B")])
    with pytest.raises(ContradictionError, match="lower Ann's min"):
        solve_joint(world, explain=lambda _: [change])


def test_unknown_solver() -> None:
    with pytest.raises(InputError, match="no solver called Abacus"):
        solve_joint(two_by_two(), solver="Abacus")


def test_missing_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulp_backend, "is_installed", lambda name: name == "HiGHS")
    with pytest.raises(SolverError, match=r"CBC is not installed. Installed here: HiGHS"):
        solve_joint(two_by_two(), solver="CBC")


def test_registry() -> None:
    assert pulp_backend.is_installed("HiGHS")
    assert pulp_backend.is_installed("CBC")
    assert not pulp_backend.is_installed("Abacus")
    assert {"CBC", "HiGHS", "GLPK_CMD"} <= set(pulp_backend.solver_names())
    assert "PuLP" in pulp_backend.version("CBC")


@pytest.mark.parametrize(
    ("status", "sol_status"),
    [
        # what PuLP says of HiGHS after a time limit
        (pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible),
        (pulp.LpStatusNotSolved, pulp.LpSolutionNoSolutionFound),
        (pulp.LpStatusUndefined, pulp.LpSolutionNoSolutionFound),
        (pulp.LpStatusUnbounded, pulp.LpSolutionUnbounded),
    ],
)
def test_unfinished_solves_are_refused(status: int, sol_status: int) -> None:
    ended = SimpleNamespace(status=status, sol_status=sol_status)
    with pytest.raises(SolverError, match="without an optimal plan"):
        pulp_backend.read_termination(ended, "HiGHS")


def test_a_lying_solver_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Liar:
        def actualSolve(self, problem: pulp.LpProblem) -> int:
            for variable in problem.variables():
                variable.varValue = 1e6
            problem.assignStatus(pulp.LpStatusOptimal, pulp.LpSolutionIntegerFeasible)
            return pulp.LpStatusOptimal

    monkeypatch.setattr(pulp_backend, "_solver", lambda name, columns: Liar())
    with pytest.raises(SolverError, match="without an optimal plan"):
        solve_joint(two_by_two())


def test_a_solver_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def actualSolve(self, problem: pulp.LpProblem) -> int:
            raise pulp.PulpSolverError("out of order")

    monkeypatch.setattr(pulp_backend, "_solver", lambda name, columns: Broken())
    with pytest.raises(SolverError, match="out of order"):
        solve_joint(two_by_two())


def test_too_coarse_answers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint_fairness, "MAX_ROUNDS", 1)
    monkeypatch.setattr(joint_fairness.TangentCosts, "close_in", lambda costs: None)
    with pytest.raises(SolverError, match="too coarse"):
        solve_joint(everything())


@pytest.mark.parametrize("gap", [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
def test_what_is_no_number_proves_nothing(gap: tuple[float, float]) -> None:
    costs = SimpleNamespace(variables=[1], refine=lambda _: False, close_in=lambda: None)
    with pytest.raises(SolverError, match="too coarse"):
        joint_fairness.refine_until_certified(costs, lambda: None, lambda: gap, 1.0)  # type: ignore[arg-type]


def test_a_solver_that_breaks_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is ended with the command that waits for it, and its files were nobody else's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started: list[subprocess.Popen[bytes]] = []
    rights: list[int] = []

    class Waiting(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, words: list[str], **extra: Any) -> None:
            rights.append(Path(words[1]).parent.stat().st_mode & 0o777)
            super().__init__([sys.executable, "-c", "import time; time.sleep(60)"], **extra)
            started.append(self)

        def wait(self, timeout: float | None = None) -> int:
            if self.poll() is None and len(started) == 1 and not rights[1:]:
                rights.append(0)
                raise KeyboardInterrupt
            return super().wait(timeout)

    monkeypatch.setattr(subprocess, "Popen", Waiting)
    with pytest.raises(KeyboardInterrupt):
        solve_joint(two_by_two(), solver="CBC")
    assert started[0].poll() is not None
    assert rights == [0o700, 0]
    assert list(tmp_path.iterdir()) == []


def test_cbc_and_folders_with_blanks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a b"))
    with pytest.raises(SolverError, match="name another folder for temporary files in TMPDIR"):
        solve_joint(two_by_two(), solver="CBC")


def test_steps_that_cannot_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        joint, "placed_most", lambda model, amount: joint_rules.placed_most(model, 2 * amount)
    )
    with pytest.raises(SolverError, match="could not keep it"):
        solve_joint(two_by_two())


def test_without_prices_the_solver_s_bound_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joint, "read_prices", lambda model, rules: None)
    world = tight()
    found = solve_joint(world)
    assert found.prices == ()
    assert certified_gap(found.objective, found.bound, world.goal) <= MUST


def test_cbc_without_its_saved_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulp_backend, "_read_digits", lambda problem, saved: None)
    world = tight()
    found = solve_joint(world, solver="CBC")
    assert certified_gap(found.objective, found.bound, world.goal) <= MUST


@pytest.mark.parametrize("saved", [b"", b"\0" * 16])
def test_strange_digits_of_cbc_are_left_alone(saved: bytes) -> None:
    problem = pulp.LpProblem("one", pulp.LpMinimize)
    amount = problem.add_variable("amount", 0)
    problem.setObjective(amount + 0)
    problem.addConstraint(amount >= 3)
    pulp_backend.solve(problem, "CBC")
    pulp_backend._read_digits(problem, saved)
    assert amount.varValue == pytest.approx(3)
