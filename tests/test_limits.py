"""Prices of limits and causes of gaps, held against plans solved anew with a limit moved."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from instances import Person, Where, company_a, make_instance, region_bands
from strategies import World, worlds
from worlds import shares, write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.allocation import Allocation
from optimizer.model.backing import least_gap
from optimizer.model.gap_causes import gap_causes
from optimizer.model.joint import solve_joint
from optimizer.model.limit_prices import LimitPrices, goal_price, limit_prices
from optimizer.model.listing import gather_prices
from optimizer.model.pooled import solve_pooled
from optimizer.model.rules import read_rules
from optimizer.pipeline import PlanResult, plan
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
from optimizer.verify.verify import verify_run

KINDS = ("potential", "capacity", "no_rep", "share_band", "eligibility", "lock")
STEP = 1e-5
"""By what part of the goal limits are moved."""

AB = {"A": 60.0, "B": 40.0}
METHODS = {"pooled": solve_pooled, "joint": solve_joint}

Move = Callable[[float], Instance]


def has_gap(instance: Instance, found: Allocation) -> bool:
    """Return whether the exact plan leaves a gap."""
    return found.placed_most < instance.goal * (1 - 1e-9) - 1e-6 * instance.unit


def worth_of(instance: Instance, found: Allocation) -> LimitPrices:
    """Return the prices of a plan's limits."""
    steps = gather_prices(instance, found.prices)
    return limit_prices(instance, steps, with_gap=has_gap(instance, found))


def gains(
    instance: Instance, found: Allocation, move: Move, amount: float
) -> tuple[float, float] | None:
    """Return what one unit less and one unit more gain; None where a side has no plan."""
    gap = has_gap(instance, found)
    sides = []
    for sign in (-1.0, 1.0):
        try:
            moved = move(sign * amount)
            other = solve_pooled(moved)
        except ContradictionError:
            return None
        before = instance.goal - found.placed_most if gap else found.objective
        after = moved.goal - other.placed_most if gap else other.objective
        sides.append(sign * (before - after) / amount)
    return sides[0], sides[1]


def lies_between(price: float, sides: tuple[float, float]) -> bool:
    """Return whether a price is that of one side, or lies between both."""
    room = 2e-4 + 1e-3 * abs(price)
    return min(sides) - room <= price <= max(sides) + room


def moved(array: np.ndarray, place: Any, amount: float) -> np.ndarray:
    """Return an array with one number changed."""
    array = array.copy()
    array[place] += amount
    return array


def moves(instance: Instance, worth: LimitPrices) -> Iterator[tuple[str, float, float, Move]]:
    """Yield kind, price per unit, amount to move by, and how, of each limit that is stated."""
    amount = STEP * instance.goal
    potentials, bands, reps = instance.potentials, instance.bands, instance.reps
    for row in np.flatnonzero(potentials.usable > 0):
        yield "potential", float(worth.potential[row]), amount, lambda by, row=row: replace(
            instance, potentials=replace(potentials, usable=moved(potentials.usable, row, by))
        )  # fmt: skip
    for field, array, prices, sign in (
        ("low", bands.low, worth.band_min, -1), ("high", bands.high, worth.band_max, 1)
    ):  # fmt: skip
        for row in np.flatnonzero(np.isfinite(array) & ((array > 0) | (sign > 0))):
            # of the whole goal only: the ask of another whole is not unique with a gap
            if len(instance.members(bands.whole, row)) == (instance.reference > 0).sum():
                price = sign * float(prices[row]) * instance.ask_total
                yield (
                    f"band {field}",
                    price,
                    STEP,
                    lambda by, row=row, field=field, array=array: replace(
                        instance, bands=replace(bands, **{field: moved(array, row, by)})
                    ),
                )
    if reps is not None:
        for field, array, prices, sign in (
            ("low", reps.low, worth.rep_min, -1), ("high", reps.high, worth.rep_max, 1)
        ):  # fmt: skip
            stated = (reps.reference > 0) & np.isfinite(array) & ((array > 0) | (sign > 0))
            for place in zip(*np.nonzero(stated), strict=True):
                price = sign * float(prices[place])
                yield (
                    f"rep {field}",
                    price,
                    amount,
                    lambda by, at=place, field=field, array=array: replace(
                        instance, reps=replace(reps, **{field: moved(array, at, by)})
                    ),
                )
    for field, prices in (("region_locks", worth.region_lock), ("rep_locks", worth.rep_lock)):
        locks = getattr(instance, field)
        for row in range(len(locks.amount)):
            yield (
                field,
                float(prices[row]),
                amount,
                lambda by, row=row, field=field, locks=locks: replace(
                    instance, **{field: replace(locks, amount=moved(locks.amount, row, by))}
                ),
            )


def with_goal(instance: Instance, by: float) -> Instance:
    """Return an instance with another goal and the references that go with it."""
    factor = 1 + by / instance.goal
    reps = instance.reps
    return replace(
        instance,
        goal=instance.goal * factor,
        reference=instance.reference * factor,
        reps=None if reps is None else replace(reps, reference=reps.reference * factor),
    )


def exact_instance(world: World) -> Instance:
    """Return a world's numbers, no limit rounded inward; none where it is wrong in itself."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = write_world(Path(folder) / "world", world.settings, **world.tables)
            return build_instance(load_scenarios(path).scenarios[0], inward=False)
        except (InputError, ContradictionError):
            assume(False)
            raise


def solved(instance: Instance) -> Allocation:
    """Return the plan; none where limits contradict each other."""
    try:
        return solve_pooled(instance)
    except ContradictionError:
        assume(False)
        raise


RANDOM = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@RANDOM
@given(worlds(), st.data())
def test_prices_are_the_slopes_of_the_gap_or_of_unfairness(
    world: World, data: st.DataObject
) -> None:
    instance = exact_instance(world)
    found = solved(instance)
    every = list(moves(instance, worth_of(instance, found)))
    priced = [each for each in every if each[1] != 0]
    free = [each for each in every if each[1] == 0]
    for group in (priced, free):
        for kind, price, amount, move in data.draw(st.permutations(group))[:2] if group else []:
            sides = gains(instance, found, move, amount)
            assert sides is None or lies_between(price, sides), (kind, price, sides)


# ---------------------------------------------------------------- prices known beforehand


def two_regions(**rules: Any) -> Instance:
    return make_instance(AB, 100, people=[Person("a", "A"), Person("b", "B")], **rules)


def known(name: str) -> tuple[Instance, str, Any, float]:
    """Return an instance, a family of prices, a place in it, and the price it must have."""
    crew = [Person("a", "A", high=40), Person("b", "A", high=70)]
    over = make_instance({"A": 1}, 100, people=crew, over_rep=0.2)
    low = make_instance({"A": 1}, 100, people=[Person("a", "A", low=60), Person("b", "A")])
    market = two_regions(potentials=[(Where(region="A"), 50)])
    locked = two_regions(region_locks=[(Where(region="A"), 50)])
    banded = two_regions(bands=[("region_share", Where(region="A"), Where(), 0.0, 0.5)])
    return {
        # Y = T = (50, 50) of (60, 40): F is twice 10²/60 + 10²/40
        "potential": (market, "potential", 0, 2 * (20 / 60 + 20 / 40)),
        "lock": (locked, "region_lock", 0, 2 * (20 / 60 + 20 / 40)),
        "share": (banded, "band_max", 0, 2 * (20 / 60 + 20 / 40)),
        # T = (60, 40) of (50, 50): one unit less of the min is one more for the other
        "min": (low, "rep_min", (0, 0), 2 * 10 / 50 + 2 * 10 / 50),
        # T = (40, 70) of (60, 60), 10 short of the street: either capacity is used to the full
        "capacity below": (over, "rep_max", (0, 0), 2 * 20 / 60),
        "capacity above": (over, "rep_max", (1, 0), -2 * 10 / 60),
    }[name]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "name", ["potential", "lock", "share", "min", "capacity below", "capacity above"]
)
def test_prices_known_beforehand(name: str, method: str) -> None:
    instance, family, place, price = known(name)
    worth = worth_of(instance, METHODS[method](instance))
    assert getattr(worth, family)[place] == pytest.approx(price, rel=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_over_assignment_of_regions_that_is_short_moves_what_is_placed(method: str) -> None:
    # 110 asked, 105 placed: (50, 55) of (66, 44), and reps likewise; all follows the potentials
    instance = two_regions(
        over_region=0.1, potentials=[(Where(region="A"), 50), (Where(region="B"), 55)]
    )
    worth = worth_of(instance, METHODS[method](instance))
    expected = [2 * 2 * 16 / 66, -2 * 2 * 11 / 44]
    assert worth.potential == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_company_a_prices_of_capacity(method: str) -> None:
    instance = company_a()
    worth = worth_of(instance, METHODS[method](instance))
    assert worth.rep_max.ravel() == pytest.approx([1.0] * 8)
    assert not worth.rep_min.any()


# ---------------------------------------------------------------- the table


def planned(folder: Path, keys: dict[str, Any] | None = None, **tables: Any) -> PlanResult:
    """Write a world with a goal of 100 and plan it."""
    base: dict[str, Any] = {"name": "w", "periods": ["2024Q1"], "goal": 100}
    return plan(write_world(folder / "world", base | (keys or {}), **tables))


def price_of(result: PlanResult, kind: str, **where: str) -> float:
    """Return the price of one row of limits."""
    rows = result.main.limits
    rows = rows[rows["kind"] == kind]
    for column, label in where.items():
        rows = rows[rows[column] == label]
    assert len(rows) == 1
    return float(rows["shadow_price"].iloc[0])


def crew(**more: Any) -> list[dict[str, Any]]:
    """Return one rep in A, with what is given, and one in B."""
    return [{"rep": "a", "region": "A", **more}, {"rep": "b", "region": "B"}]


def test_the_goals_price_counts_that_references_grow(tmp_path: Path) -> None:
    result = planned(
        tmp_path,
        {"tolerance": {"region": 0.3}, "rounding": 0.01},
        people=crew(capacity=50),
        regions=shares("region", AB),
    )
    # F = 2·(10²/60 + 10²/40) = 25/3, and the capacity's price is 5/3
    assert price_of(result, "capacity") == pytest.approx(5 / 3, rel=1e-4)
    assert price_of(result, "goal") == pytest.approx(-(25 / 3 + 50 * 5 / 3) / 100, rel=1e-4)


@RANDOM
@given(worlds())
def test_the_goals_price_is_the_slope_along_the_goal(world: World) -> None:
    instance = exact_instance(world)
    found = solved(instance)
    objective = None if has_gap(instance, found) else found.objective
    price = goal_price(instance, worth_of(instance, found), objective)
    sides = gains(instance, found, lambda by: with_goal(instance, by), STEP * instance.goal)
    assert sides is None or lies_between(price, sides)


def test_a_plan_without_limits_in_the_way_has_no_price(tmp_path: Path) -> None:
    rows = planned(tmp_path, people=crew(), regions=shares("region", AB)).main.limits
    assert not rows["binding"].any()
    assert (rows["shadow_price"] == 0).all()


def lists(folder: Path, **more: Any) -> PlanResult:
    """Plan a region where one rep of two sells only p, of two products asked alike."""
    people = [
        {"rep": "a", "region": "A", "products": "p"}, {"rep": "b", "region": "A", **more},
    ]  # fmt: skip
    products = shares("product", {"p": 0.5, "q": 0.5})
    return planned(folder, people=people, products=products)


def test_product_lists_are_limits_with_a_price(tmp_path: Path) -> None:
    result = lists(tmp_path, capacity=30)
    rows = result.main.limits
    rows = rows[rows["kind"] == "eligibility"]
    assert rows[["side", "period", "region", "product", "rep"]].to_numpy().tolist() == [
        ["max", "2024Q1", "A", "q", "*"]
    ]
    assert rows[["limit", "value", "slack"]].to_numpy().tolist() == [[0, 0, 0]]
    # q: 50 asked, b carries 30; a unit of it that a might sell closes a unit of the gap
    assert (result.run["gap"], price_of(result, "eligibility")) == (20, pytest.approx(1))
    assert price_of(result, "capacity") == pytest.approx(1)
    assert result.main.gaps["cause"].tolist() == ["capacity;share_band;eligibility"]


def test_a_product_list_in_the_way_of_fairness_has_a_price(tmp_path: Path) -> None:
    products = shares("product", {"p": 0.2, "q": 0.8})
    people = [{"rep": "a", "region": "A", "products": "p"}, {"rep": "b", "region": "A"}]
    result = planned(tmp_path, people=people, products=products)
    # T = (20, 80) of (50, 50): a unit of q goes from b to a
    assert result.status == "complete"
    assert price_of(result, "eligibility") == pytest.approx(4 * 30 / 50, rel=1e-4)


def test_product_lists_that_stop_nothing_have_none(tmp_path: Path) -> None:
    assert price_of(lists(tmp_path), "eligibility") == 0


def test_verify_refuses_a_cause_that_no_limit_on_the_cell_can_be(tmp_path: Path) -> None:
    people = [
        {"rep": "a", "region": "A", "capacity": 50}, {"rep": "b", "region": "B"},
        {"rep": "c", "region": "C", "capacity": 5},
    ]  # fmt: skip
    world = {"name": "w", "periods": ["2024Q1"], "goal": 100}
    run = tmp_path / "run"
    regions = shares("region", {"A": 0.5, "B": 0.2, "C": 0.3})
    locks = [{"region": "B", "amount": 15}]
    plan(write_world(tmp_path / "world", world, people=people, regions=regions, locks=locks), run)
    gaps = run / "gaps.csv"
    text = gaps.read_text(encoding="utf-8")
    assert "2024Q1,C,all,25,capacity\n" in text
    gaps.write_text(text.replace("25,capacity", "25,capacity;lock"), encoding="utf-8")
    said = [failure.text for failure in verify_run(run).failures]
    assert any("lock cannot be a cause" in line and "C, all" in line for line in said), said


# ---------------------------------------------------------------- causes of gaps


def relaxed(instance: Instance, kind: str, hair: float, cell: tuple[int, ...]) -> Instance:
    """Return an instance with the limits of one kind that touch a cell a hair wider."""
    leaf, period, product = cell
    flat = int(np.ravel_multi_index(cell, instance.reference.shape))
    if kind == "potential":
        potentials = instance.potentials
        rows = range(len(potentials.usable))
        touching = [flat in instance.members(potentials.slices, row) for row in rows]
        usable = potentials.usable + hair * np.array(touching)
        return replace(instance, potentials=replace(potentials, usable=usable))
    if kind == "share_band":
        bands, share = instance.bands, hair / instance.ask_total
        low = np.maximum(bands.low - share, 0.0)
        return replace(instance, bands=replace(bands, low=low, high=bands.high + share))
    if kind == "lock":
        region, own = instance.region_locks, instance.rep_locks
        rows = range(len(region.amount))
        touching = [flat in instance.members(region.slices, row) for row in rows]
        amount = region.amount + hair * np.array(touching)
        instance = replace(instance, region_locks=replace(region, amount=amount))
        if instance.reps is None:
            return instance
        at_home = instance.reps.leaf[own.rep] == leaf
        return replace(instance, rep_locks=replace(own, amount=own.amount + hair * at_home))
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    here = (reps.leaf == leaf) & (reps.reference[:, period] > 0)
    if kind == "capacity":
        sells = here & groups.sells[reps.group, product]
        high = reps.high.copy()
        high[sells if sells.any() else here, period] += hair
        return replace(instance, reps=replace(reps, high=high))
    assert kind == "eligibility"
    sold = groups.sells.copy()
    sold[groups.leaf == leaf, product] = True
    return replace(instance, groups=replace(groups, sells=sold))


@RANDOM
@given(worlds(), st.data())
def test_relaxing_the_causes_of_a_gap_closes_some_of_it(world: World, data: st.DataObject) -> None:
    instance = exact_instance(world)
    found = solved(instance)
    assume(has_gap(instance, found))
    causes = gap_causes(instance, read_rules(instance))
    typical = instance.ask_total / int((instance.reference > 0).sum())
    short = np.argwhere(found.ask - found.placed > 1e-4 * typical)
    assert len(short)
    hair = 1e-3 * typical
    for cell in data.draw(st.permutations([tuple(row) for row in short.tolist()]))[:3]:
        named = [kind for kind in KINDS if getattr(causes, kind)[cell]]
        assert set(named) - {"share_band"}, cell
        if "no_rep" in named:
            continue
        wider = instance
        for kind in named:
            wider = relaxed(wider, kind, hair, cell)
        assert least_gap(wider) > found.placed_most + 0.01 * hair, (cell, named)


def both_at_forty(**more: Any) -> Instance:
    people = [Person("a", "A"), Person("b", "B", high=30)]
    bands = region_bands(AB, 0.0)
    return make_instance(
        AB, 100, people=people, bands=bands, potentials=[(Where(region="B"), 30)], **more
    )


def test_limits_at_one_amount_are_all_named() -> None:
    instance = both_at_forty()
    causes = gap_causes(instance, read_rules(instance))
    named = [kind for kind in KINDS if getattr(causes, kind)[1, 0, 0]]
    assert named == ["potential", "capacity", "share_band"]


def test_bands_are_no_cause_where_nobody_else_has_room() -> None:
    people = [Person("a", "A", high=60), Person("b", "B", high=30)]
    instance = make_instance(AB, 100, people=people, bands=region_bands(AB, 0.0))
    causes = gap_causes(instance, read_rules(instance))
    assert not causes.share_band.any()
    assert causes.capacity[1, 0, 0]


def test_a_lock_on_a_rep_is_the_only_cause_beside_bands_and_lists() -> None:
    people = [Person("a", "A", high=60), Person("b", "B"), Person("c", "A", sells=("p",), high=0)]
    instance = make_instance(
        AB, 100, products={"p": 0.5, "q": 0.5}, people=people, bands=region_bands(AB, 0.0),
        rep_locks=[("b", "*", "*", 25.0)],
    )  # fmt: skip
    causes = gap_causes(instance, read_rules(instance))
    for kind in KINDS:
        assert getattr(causes, kind)[1].any() == (kind == "lock"), kind
