"""Totals and streets in whole units, the walk along the tree, and floors down it, by hand."""

from __future__ import annotations

from dataclasses import replace
from math import floor, inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance

from optimizer.errors import ContradictionError
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results.chained import _running, _walk, chain_cells
from optimizer.results.remainder import largest_remainder
from optimizer.results.rounding import (
    _bands_around,
    _below,
    _compact,
    _keeps_regions,
    _larger,
    _nearest_sum,
    _rep_cells,
    floor_cells,
)
from optimizer.results.whole_cells import WholeCells
from optimizer.results.whole_street import exact_streets, round_volumes
from optimizer.results.whole_totals import (
    MOST_UNITS,
    _held,
    refitted,
    unit_limits,
    water_filled,
    within_years,
    year_units,
)

# ---------------------------------------------------------------- largest remainder in limits


def slow_remainder(
    exact: list[float], total: int, low: list[int], high: list[int] | None
) -> list[int]:
    """Give or take a unit each, in rounds: the furthest first, then whoever has room."""
    base = [max(floor(amount), least) for amount, least in zip(exact, low, strict=True)]
    if high is not None:
        base = [min(amount, most) for amount, most in zip(base, high, strict=True)]
    left = [max(amount - floor(amount), 0.0) for amount in exact]
    while sum(base) != total:
        step = 1 if total > sum(base) else -1
        order = sorted(range(len(base)), key=lambda item: (-step * left[item], item))
        able = [
            item
            for item in order
            if (base[item] > low[item] if step < 0 else high is None or base[item] < high[item])
        ][: abs(total - sum(base))]
        for item in able:
            base[item] += step
        left = [0.0] * len(base)
        if not able:
            break
    return base


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_units_in_limits_go_to_the_largest_remainders(
    seed: int, with_low: bool, with_high: bool
) -> None:
    rng = np.random.default_rng(seed)
    groups, found = int(rng.integers(1, 6)), []
    exact: list[float] = []
    low: list[int] = []
    high: list[int] = []
    group: list[int] = []
    totals = []
    for number in range(groups):
        count = int(rng.choice([0, 1, 2, 3, 5, 40]))
        own = (rng.integers(0, 24, count) / 8).tolist()
        least = [int(rng.integers(0, floor(one) + 2)) if with_low else 0 for one in own]
        most = [int(rng.integers(one, one + 4)) for one in least]
        whole = sum(max(floor(one), at) for one, at in zip(own, least, strict=True))
        totals.append(max(whole + int(rng.integers(-3, 2 * count + 3)), 0) if count else 0)
        found += slow_remainder(own, totals[-1], least, most if with_high else None)
        exact, low, high, group = exact + own, low + least, high + most, group + [number] * count
    whole_units = largest_remainder(
        np.array(exact, dtype=float), np.array(group, dtype=np.int64), np.array(totals),
        np.array(low, dtype=np.int64) if with_low else None,
        np.array(high, dtype=np.int64) if with_high else None,
    )  # fmt: skip
    assert whole_units.tolist() == found


# ---------------------------------------------------------------- totals of reps


def pools_of(instance: Instance) -> Pools:
    pools = read_pools(instance)
    assert pools is not None
    return pools


def crew(people: list[Person], *, unit: float = 0.5, **rules: Any) -> Instance:
    regions = {person.region: 1.0 for person in people}
    return replace(make_instance(regions, 100.0, people=people, **rules), unit=unit)


@pytest.mark.parametrize(
    ("limits", "total"),
    [
        ({}, [2, 4, 7]),
        ({"c": {"high": 2.5}}, [3, 5, 5]),
        ({"a": {"low": 2.0}}, [4, 4, 5]),
    ],
)
def test_a_street_is_filled_to_one_multiple(limits: dict[str, Any], total: list[int]) -> None:
    """13 units by weights of 1, 2 and 3; those with limits of 5 and of 4 units stay at them."""
    people = [
        Person(name, "A", weight=weight, **limits.get(name, {}))
        for name, weight in zip("abc", (1.0, 2.0, 3.0), strict=True)
    ]
    pools = pools_of(crew([*people, Person("d", "B")]))
    assert water_filled(pools, np.array([13, 9]), 0.5).tolist() == [*total, 9]


def test_limits_of_totals_are_counted_in_units() -> None:
    made = crew([Person("a", "A", 3.5, 1.0, total_low=2.5, total_high=6.0), Person("b", "A")])
    low, high = unit_limits(pools_of(made), 0.5)
    assert (low.tolist(), high.tolist()) == ([2, 0], [7, 9_007_199_254_740_992])
    assert [side.tolist() for side in year_units(made)] == [[5, 0], [12, inf]]
    assert MOST_UNITS == 9_007_199_254_740_992


def refitted_to(
    people: list[Person], rep_total: list[list[float]], street: list[int], **rules: Any
) -> list[float]:
    """Return refitted totals by period and rep, in units of a half; exact ones are in units."""
    periods = {f"Q{number}": 1.0 for number in range(len(rep_total[0]))}
    made = crew(people, periods=periods, **rules)
    pools = pools_of(made)
    every = np.ones(len(pools.item_rep), dtype=bool)
    total = np.array(rep_total) * 0.5
    found: Floats = refitted(made, pools, total, np.array(street), every)
    return found.tolist()


def test_whole_streets_are_shared_in_proportion() -> None:
    people = [Person("a", "A"), Person("b", "A"), Person("c", "B", high=0.0), Person("d", "B")]
    found = refitted_to(people, [[10.2], [20.4], [0.0], [5.0]], [32, 6])
    assert found == pytest.approx([32 / 3, 64 / 3, 0.0, 6.0])
    alone = refitted_to([*people[:2], people[2]], [[10.2], [20.4], [0.0]], [32, 0])
    assert alone == pytest.approx([32 / 3, 64 / 3, 0.0])
    small = refitted_to(people[:2], [[0.2], [0.4]], [1])
    assert small == pytest.approx([1 / 3, 2 / 3])
    none = refitted_to([Person("a", "A"), Person("b", "A")], [[0.0], [10.0]], [10])
    assert none == pytest.approx([0.0, 10.0], abs=1e-6)


@pytest.mark.parametrize(
    ("limits", "exact", "street", "found"),
    [
        # Who is at the limit of the year stays there; the others share what is more or less.
        ({"total_high": 5.0}, [10, 11, 11], 33, [10, 11.5, 11.5]),
        ({"total_high": 5.0}, [10, 11, 11], 31, [10, 10.5, 10.5]),
        ({"total_low": 6.0}, [12, 9, 9], 29, [12, 8.5, 8.5]),
        ({"total_low": 6.0}, [12, 9, 9], 31, [12, 9.5, 9.5]),
        # Who is not at it goes with the others, up to it.
        ({"total_high": 5.0}, [9, 9, 9], 30, [10, 10, 10]),
        ({"total_high": 9.0}, [9, 9, 9], 30, [10, 10, 10]),
        ({"total_high": 5.0}, [9, 9, 9], 33, [10, 11.5, 11.5]),
        ({"total_high": 0.0}, [0, 9, 9], 19, [0, 9.5, 9.5]),
        ({"high": 5.0}, [9, 9, 9], 33, [10, 11.5, 11.5]),
        ({"low": 4.0}, [9, 9, 9], 21, [8, 6.5, 6.5]),
    ],
)
def test_a_limit_of_the_year_holds_one_and_the_others_share(
    limits: dict[str, Any], exact: list[float], street: int, found: list[float]
) -> None:
    people = [Person("a", "A", **limits), Person("b", "A"), Person("c", "A")]
    amounts = [[float(one)] for one in exact]
    assert refitted_to(people, amounts, [street]) == pytest.approx(found)


def test_years_and_streets_are_both_met_in_proportion() -> None:
    """Scaling rows and columns leaves the cross ratio of four totals alone."""
    people = [Person("a", "A", total_high=10.0), Person("b", "A")]
    first_a, first_b, second_a, second_b = refitted_to(people, [[12, 8], [10, 10]], [23, 19])
    assert first_a + first_b == pytest.approx(23)
    assert second_a + second_b == pytest.approx(19)
    assert first_a + second_a == pytest.approx(20)
    assert first_a * second_b / (first_b * second_a) == pytest.approx(1.5)


def test_whom_effort_holds_stays_and_who_is_not_chosen_is_nothing() -> None:
    """Both have a reference of 50; what holds the first at half of the others is effort."""
    people = [Person("a", "A", high=2.5), Person("b", "A"), Person("c", "A"), Person("d", "B")]
    made = crew(people, effort={"all": 1.0})
    pools = pools_of(made)
    exact = 0.5 * np.array([[4.9], [10.0], [10.0], [7.0]])
    chosen = np.array([True, True, True, False])
    found = refitted(made, pools, exact, np.array([26, 8]), chosen)
    assert found == pytest.approx([4.9, 10.55, 10.55, 0.0])


@pytest.mark.parametrize(
    ("exact", "head", "held"),
    [
        ([5.0, 10.0, 20.0], [1, 1, 1], [True, False, False]),
        ([9.98, 10.0, 20.0], [1, 1, 1], [True, False, False]),
        ([9.995, 10.0, 20.0], [1, 1, 1], [False, False, False]),
        ([5.0, 10.0, 20.0], [1.1, 1, 1], [False, False, False]),
        ([5.0, 5.0, 20.0], [1, 1, 1.1], [False, False, False]),
        ([10.0, 4.0, 20.0], [1, 1, 1], [False, False, False]),
        ([10.0, 4.000002, 20.0], [1, 1, 1], [False, False, False]),
        ([10.0, 4.00001, 20.0], [1, 1, 1], [False, True, False]),
    ],
)
def test_who_is_below_the_common_multiple_is_held(
    exact: list[float], head: list[float], held: list[bool]
) -> None:
    """References of 1, 1 and 2; the second has a minimum of 4 units."""
    people = [Person("a", "A"), Person("b", "A", low=2.0), Person("c", "A", weight=2.0)]
    for effort, expected in (({"all": 2.0}, held), (None, [False] * 3)):
        made = crew(people, effort=effort)
        found = _held(made, pools_of(made), np.arange(3), np.array(exact), np.array(head))
        assert found.tolist() == expected


@pytest.mark.parametrize(
    ("exact", "street", "limits", "total"),
    [
        ([0.4, 0.6], 1, {"total_low": 0.5}, [1, 0]),
        ([5.6, 5.4], 11, {"total_high": 2.5}, [5, 6]),
        ([5.6, 5.4], 11, {}, [6, 5]),
        ([5.4, 5.6], 12, {}, [6, 6]),
        ([5.4, 5.6], 13, {}, None),
        ([5.4, 5.6], 9, {}, None),
        ([5.4, 5.6], 11, {"high": 2.5, "total_low": 3.0}, None),
    ],
)
def test_totals_stay_within_a_unit_of_exact_ones(
    exact: list[float], street: int, limits: dict[str, Any], total: list[int] | None
) -> None:
    made = crew([Person("a", "A", **limits), Person("b", "A")])
    found = within_years(made, pools_of(made), np.array(exact), np.array([street]), np.arange(2))
    assert (None if found is None else found.tolist()) == total


# ---------------------------------------------------------------- streets and volumes


@pytest.mark.parametrize(
    ("street", "most"),
    [
        (5.5, 2**53),
        (5.5 * (1 - 5e-8), 2**53),
        (5.35, 10),
        (5.25, 10),
        (4.9999999, 10),
        (4.99, 9),
        (0.5, 1),
        (0.0, 0),
    ],
)
def test_streets_that_people_leave_short_stay_so(street: float, most: int) -> None:
    """10 units placed and a tenth of over-assignment: 11 are the street."""
    made = crew([Person("a", "A", total_high=90.0), Person("b", "A")], over_rep=0.1)
    placed, totals = np.array([[[5.0]]]), np.array([[0.3 * street], [0.7 * street]])
    assert exact_streets(made, pools_of(made), placed, totals).tolist() == [most]
    free = crew([Person("a", "A"), Person("b", "A")], over_rep=0.1)
    assert exact_streets(free, pools_of(free), placed, totals).tolist() == [2**53]
    none = exact_streets(made, pools_of(made), 0.0 * placed, 0.0 * totals)
    assert none.tolist() == [2**53]


@pytest.mark.parametrize(
    ("placed", "high", "most", "volume"),
    [
        ([10, 20], inf, 2**53, [11, 22]),
        ([10, 20], 15.5, 2**53, [10, 21]),
        ([10, 20], inf, 32, [11, 21]),
        ([10, 20], inf, 5, [10, 20]),
        ([0, 0], inf, 2**53, [0, 0]),
        ([0, 9], inf, 2**53, [0, 9]),
        ([100, 200], inf, 2**53, [110, 220]),
    ],
)
def test_a_pool_that_is_alone_follows_the_mix_of_its_region(
    placed: list[int], high: float, most: int, volume: list[int]
) -> None:
    made = crew([Person("a", "A", high=high)], over_rep=0.1, products={"p": 0.5, "r": 0.5})
    cells, none = np.array([[placed]]), np.zeros((1, 1, 2))
    found = round_volumes(made, pools_of(made), cells, none, np.array([most]))
    assert found.tolist() == [volume]
    twice = replace(made, over_rep=1.0)
    one = round_volumes(twice, pools_of(made), np.array([[[0, 1]]]), none, np.array([2**53]))
    assert one.tolist() == [[0, 2]]


def test_pools_with_lists_of_their_own_keep_their_totals_near() -> None:
    """A unit of p is as near to one as to the other, and the other's total has most left."""
    people = [Person("a", "A"), Person("b", "A", sells=("p",))]
    made = crew(people, products={"p": 0.5, "r": 0.5})
    exact = 0.5 * np.array([[[4.5, 0.0]], [[5.5, 6.4]]])
    placed, most = np.array([[[10, 6]]]), np.full(2, 2**53)
    assert round_volumes(made, pools_of(made), placed, exact, most).tolist() == [[4, 0], [6, 6]]
    locked = crew(people, products={"p": 0.5, "r": 0.5}, rep_locks=[("a", "*", "r", 9.0)])
    with pytest.raises(ContradictionError):
        round_volumes(locked, pools_of(locked), placed, exact, most)


@pytest.mark.parametrize(
    ("over", "rules", "volume"),
    [
        (0.0, {}, [[4, 0], [6, 6]]),
        (0.0, {"rep_locks": [("b", "*", "p", 2.5)]}, [[5, 0], [5, 6]]),
        (0.0, {"most": 1.5}, [[3, 0], [7, 6]]),
        (0.0, {"least": 6.5}, [[3, 0], [7, 6]]),
        (0.25, {}, [[5, 0], [7, 8]]),
        (0.25, {"volume": 3.5}, [[7, 0], [6, 7]]),
    ],
)
def test_pools_with_lists_of_their_own_are_rounded_together(
    over: float, rules: dict[str, Any], volume: list[list[int]]
) -> None:
    """10 units of p and 6 of r; b sells p alone. With over-assignment the street is 20 units."""
    people = [
        Person("a", "B", low=rules.get("least", 0.0)),
        Person("b", "B", high=rules.get("most", inf), sells=("p",)),
        Person("c", "A"),
    ]
    made = crew(people, over_rep=over, products={"p": 0.5, "r": 0.5},
                rep_locks=rules.get("rep_locks", []))  # fmt: skip
    if "volume" in rules:
        low = np.zeros((3, 1, 2))
        low[1, 0, 0] = rules["volume"]
        made = replace(made, volume_low=low)
    exact = 0.5 * np.array(
        [[[4.0, 4.0]], [[4.3, 0.0]], [[7.2 if over else 5.7, 7.4 if over else 6]]]
    )
    placed = np.array([[[4, 4]], [[10, 6]]])
    found = round_volumes(made, pools_of(made), placed, exact, np.full(3, 2**53))
    assert found[1:].tolist() == volume
    assert found[0].tolist() == [5, 5] if over else found[0].tolist() == [4, 4]


# ---------------------------------------------------------------- the walk along the tree

TREE = {"A": "Y", "B": "X", "C": "Y", "D": "X"}
"""The walk goes by what hangs together, not by name."""


def slow_chain(
    instance: Instance,
    exact: Floats,
    limits: tuple[Ints, Ints],
    rows: tuple[Ints, Ints],
    total: int,
) -> Ints | None:
    """Follow the walk row by row over plain lists; cubes are (leaf, period, product)."""
    leaves, periods, products = exact.shape
    places = [(leaf, period) for leaf in instance.tree.order.tolist() for period in range(periods)]
    fractions, firsts, rests, may = [], [], [], []
    for leaf, period in places:
        low, high = limits[0][leaf, period], limits[1][leaf, period]
        base = [
            int(min(max(floor(value), least), most))
            for value, least, most in zip(exact[leaf, period], low, high, strict=True)
        ]
        left = [
            value - whole if whole < value and whole < most else 0.0
            for value, whole, most in zip(exact[leaf, period], base, high, strict=True)
        ]
        least, most = rows[0][leaf, period], rows[1][leaf, period]
        room = min(most - sum(base), sum(one > 0 for one in left))
        if sum(base) > most or room < least - sum(base):
            return None
        wanted = min(max(sum(base) + sum(left), least), most)
        start = max(floor(wanted), sum(base), least)
        firsts.append((base, start))
        fractions.append(left)
        rests.append(wanted - start)
        may.append(wanted > start and start < sum(base) + room)
    rest = np.array(rests).reshape(leaves, periods)
    units = _running(rest.sum(axis=1), total - sum(int(start) for _, start in firsts))
    given_to = None if units is None else _walk(rest, np.array(may).reshape(rest.shape), units)
    if given_to is None:
        return None
    more = [start + extra - sum(base)
            for (base, start), extra in zip(firsts, given_to.ravel(), strict=True)]  # fmt: skip
    left = np.array(fractions).reshape(-1, products)
    handed = _walk(left, left > 0, np.array(more, dtype=np.int64))
    if handed is None:
        return None
    whole = np.zeros(exact.shape, dtype=np.int64)
    for (leaf, period), (base, _), extra in zip(places, firsts, handed, strict=True):
        whole[leaf, period] = np.array(base) + extra
    return whole


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_a_walk_rounds_down_the_tree_within_limits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (4, int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    made = make_instance(
        dict.fromkeys(TREE, 1.0), 100, parents=TREE,
        periods={f"Q{number}": 1.0 for number in range(shape[1])},
        products={f"p{number}": 1.0 for number in range(shape[2])},
    )  # fmt: skip
    reference = made.reference * (rng.random(shape) < 0.9)
    made = replace(made, reference=reference)
    rules = read_rules(made)
    exact = np.where(reference > 0, rng.integers(0, 24, shape) / 8, 0.0)
    high = np.floor(exact) + rng.integers(0, 3, shape) - (rng.random(shape) < 0.05)
    high = np.where(reference > 0, np.maximum(high, 0), 0)
    low = np.minimum(np.floor(exact) + (rng.random(shape) < 0.1), high)
    sums = exact.sum(axis=2)
    least = np.where(rng.random(shape[:2]) < 0.2, np.floor(sums), 0)
    most = np.where(rng.random(shape[:2]) < 0.2, np.ceil(sums), inf)
    total = round(float(exact.sum())) + int(rng.integers(-1, 2))
    opened = rules.open_cell
    found = chain_cells(
        made, rules, exact.ravel()[opened], (low.ravel()[opened], high.ravel()[opened]),
        (least.ravel(), most.ravel()), total,
    )  # fmt: skip
    expected = slow_chain(made, exact, (low, high), (least, most), total)
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    assert found.tolist() == expected.ravel()[opened].tolist()
    assert found.sum() == total
    row = expected.sum(axis=2)
    assert ((row >= least) & (row <= most)).all()
    assert ((expected >= low) & (expected <= high)).all()


def walk(left: list[list[float]], units: list[int], **more: Any) -> list[list[int]] | None:
    rows = np.array(left)
    can = np.array(more.get("can", rows > 0), dtype=bool)
    found = _walk(rows, can, np.array(units))
    return None if found is None else found.tolist()


def test_columns_are_given_units_as_they_fall_behind() -> None:
    first, second = [1, 0], [0, 1]
    found = walk([[0.2, 0.8]] * 5, [1] * 5)
    assert found == [second, second, first, second, second]
    assert walk([[0.2, 0.8]] * 3, [0, 1, 0]) == [[0, 0], second, [0, 0]]
    assert walk([[0.2, 0.8]] * 2, [2, 0]) == [[1, 1], [0, 0]]
    assert walk([[0.2, 0.8]] * 2, [2, -1]) is None
    # The first tie goes to the first, who is ahead after the next row; that is put right.
    assert walk([[0.9, 0.9], [0.9, 0.0]], [1, 1]) == [second, first]
    assert walk([[0.8, 0.9], [0.9, 0.0]], [1, 1]) == [second, first]
    assert walk([[0.9, 0.9], [0.9, 0.9], [0.9, 0.0]], [1, 0, 1]) == [second, [0, 0], first]


def test_what_is_almost_whole_is_whole_on_the_walk() -> None:
    made = make_instance({"A": 1.0}, 100, products={"p": 0.5, "r": 0.5})
    rules, rows = read_rules(made), (np.zeros(1), np.full(1, inf))
    limits = np.zeros(2), np.full(2, inf)

    def walked(exact: list[float], total: int) -> list[int] | None:
        found = chain_cells(made, rules, np.array(exact), limits, rows, total)
        return None if found is None else found.tolist()

    assert walked([2.0 + 5e-7, 3.5], 6) == [2, 4]
    assert walked([2.0 + 5e-7, 3.0], 6) is None
    assert walked([2.0 + 2e-6, 3.0], 6) == [3, 3]
    assert walked([2.3, 3.3], 7) is None


# ---------------------------------------------------------------- whole plans: small steps


def test_counts_take_half_the_memory_where_they_fit() -> None:
    assert _compact(np.array([2**31 - 1])).dtype == np.int32
    assert _compact(np.array([2**31])).dtype == np.int64
    assert _compact(np.zeros((0, 2), dtype=np.int64)).dtype == np.int32


def test_the_plan_that_places_more_is_kept_and_the_later_of_equals() -> None:
    def plan(amount: int) -> tuple[WholeCells, Ints]:
        return WholeCells(np.array([9]), np.array([amount])), np.array([amount])

    one, two, other = plan(5), plan(6), plan(5)
    assert _larger(None, one) is one
    assert _larger(one, two) is two
    assert _larger(two, one) is two
    assert _larger(one, other) is other


def test_less_placed_keeps_what_must_be_placed_and_locks() -> None:
    made = make_instance(
        {"A": 1.0, "B": 1.0}, 100, region_locks=[(Where(region="B"), 4.0)],
        potentials=[(Where(), 10.0)],
    )  # fmt: skip
    made = replace(made, unit=0.5, placed_low=np.array([[[2.5]], [[0.0]]]))
    for placed, kept in (([5, 8], True), ([4, 8], False), ([6, 8], True), ([6, 7], False),
                         ([12, 8], True), ([13, 8], False)):  # fmt: skip
        assert _keeps_regions(made, np.array(placed).reshape(2, 1, 1)) == kept


def test_totals_by_one_multiple_are_split_over_products_above_the_base() -> None:
    people = [Person("a", "A", weight=1.0), Person("b", "A", weight=2.0), Person("c", "B")]
    made = crew(people, products={"p": 0.5, "r": 0.5})
    volume = np.array([[6, 3], [2, 2]])
    found = _rep_cells(made, pools_of(made), volume, None)
    assert found.tolist() == [[[2, 1]], [[4, 2]], [[2, 2]]]
    base = np.array([[[0, 1]], [[1, 0]], [[0, 1]]])
    above = _rep_cells(made, pools_of(made), volume, base)
    assert above.sum(axis=(1, 2)).tolist() == [3, 6, 4]
    assert above[:2].sum(axis=0).tolist() == [[6, 3]]
    assert (above >= base).all()
    assert base.tolist() == [[[0, 1]], [[1, 0]], [[0, 1]]]


def test_bands_are_let_out_as_far_as_whole_asks_left_them() -> None:
    def band(part: str, low: float, high: float) -> tuple[Any, ...]:
        return ("share", Where(region="A", product=part), Where(region="A"), low, high)

    bands = [band("p", 0.35, 0.8), band("p", 0.1, 0.25), band("p", 0.2, 0.4),
             band("r", 0.7 + 5e-8, 0.7 + 6e-8), band("r", 0.6, 0.7 - 5e-8),
             band("r", 0.7 + 5e-7, 0.9), band("r", 0.5, 0.7 - 5e-7),
             ("share", Where(region="B", product="p"), Where(region="B"), 0.3, 0.6)]  # fmt: skip
    made = make_instance({"A": 1.0, "B": 1.0}, 20, products={"p": 0.5, "r": 0.5}, bands=bands)
    found = _bands_around(made, np.array([[[3, 7]], [[0, 0]]]))
    lows = [0.3, 0.1, 0.2, 0.7 + 5e-8, 0.6, 0.7, 0.5, 0.3]
    highs = [0.8, 0.3, 0.4, 0.7 + 6e-8, 0.7 - 5e-8, 0.9, 0.7, 0.6]
    assert found.low.tolist() == pytest.approx(lows, abs=1e-12)
    assert found.high.tolist() == pytest.approx(highs, abs=1e-12)


def test_what_must_be_carried_is_no_more_than_can_be() -> None:
    made = crew([Person("a", "A", high=4.0), Person("b", "A", high=4.0), Person("c", "B")])
    assert made.reps is not None
    reference = made.reps.reference.copy()
    reference[1] = 0.0
    made = replace(made, reps=replace(made.reps, reference=reference))
    assert _below(np.array([[5.0], [5.0], [5.0]]), made).ravel().tolist() == [4, 5, 5]
    assert _below(np.array([[3.0], [3.0], [3.0]]), made).ravel().tolist() == [3, 3, 3]


@pytest.mark.parametrize(
    ("exact", "whole"),
    [([1.5, 1.0], [2, 1]), ([1.25, 1.2], [1, 1]), ([0.4, 0.4], [1, 0]), ([2.0, 3.0], [2, 3]),
     ([0.25, 0.25], [1, 0]), ([0.2, 0.29], [0, 0])],
)  # fmt: skip
def test_sums_are_rounded_to_the_nearest_half_up(exact: list[float], whole: list[int]) -> None:
    assert _nearest_sum(np.array(exact)).tolist() == whole


def test_floors_are_handed_down_the_tree_and_never_above_targets() -> None:
    """Eight tenths of 43, 57 and 21: 96.8 in all, 80 of them below one node."""
    made = make_instance({"A": 3, "B": 4, "C": 1}, 100, parents={"A": "P", "B": "P"})
    targets = np.array([[[43]], [[57]], [[21]]])
    assert floor_cells(made, targets).ravel().tolist() == [34, 46, 17]
    above = floor_cells(replace(made, floor_goal=150.0), targets)
    assert above.ravel().tolist() == [43, 57, 21]
    people = [Person("a", "A"), Person("b", "B"), Person("c", "C")]
    crewed = make_instance({"A": 3, "B": 4, "C": 1}, 100, people=people)
    assert crewed.reps is not None
    own = replace(crewed.reps, floor_ratio=np.array([0.5, np.nan, 1.0]))
    assert floor_cells(replace(crewed, reps=own), targets).ravel().tolist() == [21, 46, 21]
    fewer = make_instance({"A": 3, "B": 4, "C": 1}, 100, people=people[:2])
    assert floor_cells(fewer, targets[:2]).ravel().tolist() == [34, 46]
