"""The small steps of rounding, each with an answer worked out by hand."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, make_instance

from optimizer.model.members import Entries
from optimizer.model.pools import read_pools
from optimizer.results.chained import _running, _swap_last, _walk
from optimizer.results.exchanges import make_room, read_exchanges
from optimizer.results.in_order import _order
from optimizer.results.nearest import Nearest
from optimizer.results.region_task import cell_most, one_region
from optimizer.results.remainder import alike, group_sums, ranks, whole_part
from optimizer.results.unit_by_unit import Table, give_units
from optimizer.results.whole_totals import (
    MOST_UNITS,
    _headroom,
    limits_people,
    unit_limits,
    within_years,
    year_units,
)

Numbers = list[list[float]]

# ---------------------------------------------------------------- remainders


def test_the_whole_part_forgives_a_ten_millionth_and_no_more() -> None:
    base, left = whole_part(np.array([0.0, 1.5, 2.0 - 9e-8, 2.0 - 2e-7, 7.0]))
    assert base.tolist() == [0, 1, 2, 1, 7]
    assert left[:3].tolist() == [0.0, 0.5, 0.0]
    assert left[3] == pytest.approx(1.0, abs=1e-6)
    large, rest = whole_part(np.array([1e14 - 0.0625, 1e14 - 0.25, 1e15 - 0.5]))
    assert large.tolist() == [10**14, 10**14 - 1, 10**15 - 1]
    assert rest.tolist() == [0.0, 0.75, 0.5]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-9, 9)), max_size=12), st.booleans())
def test_sums_of_groups_in_any_order_are_those_of_adding(
    items: list[tuple[int, int]], is_sorted: bool
) -> None:
    items = sorted(items) if is_sorted else items
    group = np.array([one for one, _ in items], dtype=np.int64)
    values = np.array([[amount, 2 * amount] for _, amount in items], dtype=np.int64).reshape(-1, 2)
    expected = np.zeros((5, 2), dtype=np.int64)
    np.add.at(expected, group, values)
    assert (group_sums(group, values, 5) == expected).all()


def test_columns_are_ranked_the_largest_first_ties_as_they_stand() -> None:
    few = np.array([[0.1, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert ranks(few).tolist() == [[2, 0, 1, 3], [0, 1, 2, 3]]
    for columns in (12, 13):
        row = np.arange(columns) % 3
        order = sorted(range(columns), key=lambda column: (-row[column], column))
        found = ranks(row[None, :].astype(float))[0]
        assert [order.index(column) for column in range(columns)] == found.tolist()


def test_groups_of_similar_size_come_together_few_at_a_time() -> None:
    sizes = [1, 2, 3, 100, 2, 110, 1, 0]
    start = np.concatenate([[0], np.cumsum(sizes)])
    found = [one.tolist() for one in alike(np.arange(len(sizes)), start)]
    assert found == [[0, 6, 7], [1, 4], [2], [3, 5]]
    large = np.concatenate([[0], np.cumsum([60_000, 60_000, 60_000])])
    assert [one.tolist() for one in alike(np.arange(3), large)] == [[0], [1], [2]]
    half = np.concatenate([[0], np.cumsum([50_000, 50_000, 50_000])])
    assert [one.tolist() for one in alike(np.array([0, 2]), half)] == [[0, 2]]


# ---------------------------------------------------------------- the walk


@pytest.mark.parametrize(
    ("exact", "total", "whole"),
    [
        ([0.5, 0.5, 0.5, 0.5], 2, [0, 1, 0, 1]),
        ([0.9, 0.9, 0.2], 2, [0, 1, 1]),
        ([0.5, 0.5], 0, [0, 0]),
        ([], 0, []),
        ([], 1, None),
        ([0.0, 0.0], 1, None),
        ([0.5], -1, None),
        ([0.25, 0.25], 1, [0, 1]),
        ([0.75, 0.25], 2, [1, 1]),
    ],
)
def test_running_sums_round_every_stretch(
    exact: list[float], total: int, whole: list[int] | None
) -> None:
    found = _running(np.array(exact), total)
    assert (None if found is None else found.tolist()) == whole


def test_a_walk_gives_to_whom_is_furthest_behind() -> None:
    left = np.array([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    can = left > 0
    found = _walk(left, can, np.array([1, 1, 1, 1]))
    assert found is not None
    assert found.tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    ties = _walk(np.full((2, 2), 0.5), can[:2], np.array([1, 1]))
    assert ties is not None
    assert ties.tolist() == [[1, 0], [0, 1]]
    assert _walk(left, can, np.array([2, 2, 2, 2])) is not None
    assert _walk(left, can, np.array([1, 1, 1, 3])) is None
    assert _walk(left, can, np.array([1, -1, 1, 1])) is None
    closed = _walk(left[:1], np.array([[False, True]]), np.array([1]))
    assert closed is not None
    assert closed.tolist() == [[0, 1]]
    assert _walk(left[:1], np.array([[False, True]]), np.array([2])) is None


def test_the_last_row_that_can_gives_up_a_unit_to_who_is_more_than_one_behind() -> None:
    given, can = np.array([[1, 0], [1, 0], [1, 0]]), np.array([[1, 1], [1, 1], [1, 0]], dtype=bool)
    _swap_last(given, can, np.array([-0.5, 0.5]))
    assert given.tolist() == [[1, 0]] * 3
    _swap_last(given, can, np.array([-0.5, 0.75]))
    assert given.tolist() == [[1, 0], [0, 1], [1, 0]]
    full = np.array([[1, 1]])
    _swap_last(full, np.ones((1, 2), dtype=bool), np.array([-1.0, 1.0]))
    assert full.tolist() == [[1, 1]]


# ---------------------------------------------------------------- nearest whole numbers


def nearest(exact: list[float], low: list[float], high: list[float], worth: bool) -> Nearest:
    sides = np.array(low), np.array(high)
    return Nearest(np.array(exact), *sides, np.full(len(exact), worth))


def all_of(*rows: list[int]) -> Entries:
    row = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    return Entries(row, np.array([item for one in rows for item in one], dtype=np.int64))


def test_remainders_within_a_thousandth_are_equal_and_the_first_wins() -> None:
    def rounded(exact: list[float], total: float) -> list[int] | None:
        problem = nearest(exact, [0.0] * len(exact), [inf] * len(exact), False)
        problem.keep(all_of(list(range(len(exact)))), np.array([total]), np.array([total]))
        found = problem.solve()
        return None if found is None else found.tolist()

    assert rounded([1.5, 1.5004, 1.0], 4.0) == [2, 1, 1]
    assert rounded([1.5, 1.502, 1.0], 4.0) == [1, 2, 1]
    assert rounded([1.5, 0.5], 4.0) == [3, 1]


def test_numbers_start_within_their_limits() -> None:
    problem = nearest([5.5, 0.2, 7.0], [0.0, 2.0, 0.0], [3.0, 4.0, inf], False)
    assert problem.base.tolist() == [3, 2, 7]
    assert problem.relaxed() == pytest.approx([3.0, 2.0, 7.0])
    found = problem.solve()
    assert found is not None
    assert found.tolist() == [3, 2, 7]


def test_limits_may_ask_for_a_thousand_steps_and_twice_what_they_move() -> None:
    problem = nearest([5.0], [0.0], [inf], False)
    problem.keep(all_of([0]), np.array([1000.0]), np.array([1000.0]))
    found = problem.solve()
    assert found is not None
    assert found.tolist() == [1000]
    moved = nearest([5.0, 5.0], [0.0, 0.0], [inf, inf], False)
    moved.keep(all_of([0, 1]), np.array([4000.0]), np.array([inf]))
    found = moved.solve()
    assert found is not None
    assert found.sum() == 4000


def test_a_share_without_room_is_left_to_closeness_and_a_strict_one_is_not() -> None:
    """Half of 3 is no whole number: 1 of 3 misses it by half a unit, and is nearest."""

    def rounded(strict: bool, sign: float) -> list[int] | None:
        problem = nearest([1.4, 1.6], [0.0, 0.0], [inf, inf], False)
        problem.keep(all_of([0, 1]), np.array([3.0]), np.array([3.0]))
        problem.keep_share(all_of([0]), all_of([0, 1]), np.array([0.5]), sign, np.array([strict]))
        found = problem.solve()
        return None if found is None else found.tolist()

    assert rounded(False, 1.0) == [1, 2]
    assert rounded(True, 1.0) == [2, 1]
    assert rounded(True, -1.0) == [1, 2]


# ---------------------------------------------------------------- order, exchanges, unit by unit


def test_totals_a_unit_out_of_order_are_handed_over() -> None:
    cells = np.array([[5, 1], [4, 1], [9, 9], [7, 0]])
    base = np.zeros_like(cells)
    reference = np.array([10.0, 20.0])
    _order(cells, base, np.array([0, 1]), reference)
    assert cells.tolist() == [[4, 1], [5, 1], [9, 9], [7, 0]]
    _order(cells, base, np.array([0, 1]), reference)
    assert cells.tolist() == [[4, 1], [5, 1], [9, 9], [7, 0]]
    wide = np.array([[6, 1], [4, 1]])
    _order(wide, base[:2], np.array([0, 1]), reference)
    assert wide.tolist() == [[6, 1], [4, 1]]
    equal = np.array([[5, 1], [4, 1]])
    _order(equal, base[:2], np.array([0, 1]), np.array([10.0, 10.0 + 1e-9]))
    assert equal.tolist() == [[5, 1], [4, 1]]
    kept = np.array([[5, 1], [4, 1]])
    _order(kept, kept.copy(), np.array([0, 1]), reference)
    assert kept.tolist() == [[5, 1], [4, 1]]


def test_exchanges_of_one_unit_come_before_those_of_two_lightest_first() -> None:
    found = read_exchanges((1.0, 1.5, 3.0))
    assert found.handed[:3].tolist() == [[-1, 1, 0], [0, -1, 1], [-1, 0, 1]]
    assert found.effort[:3].tolist() == [0.5, 1.5, 2.0]
    assert (np.abs(found.handed[3:]).max(axis=1) == 2).any()
    assert (np.diff(found.effort[3:]) >= 0).all()
    assert found.effort[3:].tolist() == sorted(found.effort[3:].tolist())
    assert len(read_exchanges(tuple(range(1, 9))).handed) == 300
    assert read_exchanges((2.0,)).handed.shape == (0, 1)


def test_the_exchange_that_relieves_just_enough_is_made() -> None:
    effort, none = (1.0, 1.5, 3.0), np.zeros((2, 3), dtype=np.int64)
    cells, slack = np.array([[0, 1, 1], [3, 1, 0]]), np.array([-0.5, 9.0])
    assert make_room(read_exchanges(effort), cells, none, none == 0, slack, 0)
    assert cells.tolist() == [[1, 0, 1], [2, 2, 0]]
    assert slack.tolist() == [0.0, 8.5]
    cells, slack = np.array([[0, 1, 1], [3, 1, 0]]), np.array([-0.5, 0.25])
    assert not make_room(read_exchanges(effort), cells, none, none == 0, slack, 0)
    assert cells.tolist() == [[0, 1, 1], [3, 1, 0]]


def table_of(exact: Numbers, capacity: list[float], effort: list[float], **more: object) -> Table:
    cells = np.array(exact)
    placed = np.array(more.get("placed", np.rint(cells.sum(axis=0)).tolist()), dtype=np.int64)
    return Table(
        exact=cells,
        base=np.zeros(cells.shape, dtype=np.int64),
        allowed=np.array(more.get("allowed", np.ones(cells.shape)), dtype=bool),
        effort=np.array(effort),
        capacity=np.array(capacity),
        most=np.array(more.get("most", [inf] * len(cells)), dtype=float),
        kind=np.array(more.get("kind", range(len(cells)))),
        least=placed,
        column_most=placed,
    )


@pytest.mark.parametrize(
    ("exact", "capacity", "effort", "total", "more", "cells"),
    [
        # Who needs a unit and has most capacity left for each needed takes the heavy one.
        ([[1.5, 1.5], [1.5, 1.5]], [5.5, 4.0], [2.0, 1.0], [3, 3], {}, [[2, 1], [1, 2]]),
        ([[1.5, 1.5], [1.5, 1.5]], [4.0, 5.5], [2.0, 1.0], [3, 3], {}, [[1, 2], [2, 1]]),
        # Without effort to tell them apart the first takes the first.
        ([[0.5, 0.5], [0.5, 0.5]], [inf, inf], [1.0, 1.0], [1, 1], {}, [[1, 0], [0, 1]]),
        # Who may not sell the heavy one takes the light.
        ([[0.0, 1.5], [1.0, 0.5]], [9.0, 9.0], [2.0, 1.0], [2, 1],
         {"allowed": [[0, 1], [1, 1]]}, [[0, 2], [1, 0]]),
        # A unit beyond what was meant goes to whom it fits best, within the most of a total.
        ([[1.0], [1.0]], [9.0, 3.0], [1.0], [1, 1], {"placed": [2]}, [[1], [1]]),
        ([[1.5], [1.5]], [9.0, 3.0], [1.0], [1, 1], {"placed": [3]}, [[1], [2]]),
        ([[1.5], [1.5]], [9.0, 3.0], [1.0], [1, 1], {"placed": [3], "most": [9, 1]}, [[2], [1]]),
        # What nobody can carry is left out.
        ([[1.5], [1.5]], [1.5, 1.5], [1.0], [1, 1], {"placed": [3]}, [[1], [1]]),
        # Equals differ by a unit at most.
        ([[1.4], [1.3], [1.3]], [9.0, 8.0, 7.0], [1.0], [1, 1, 1],
         {"placed": [4], "kind": [0, 0, 0]}, [[1], [1], [2]]),
    ],
)  # fmt: skip
def test_units_are_given_one_by_one(
    exact: Numbers,
    capacity: list[float],
    effort: list[float],
    total: list[int],
    more: dict[str, object],
    cells: list[list[int]],
) -> None:
    table = table_of(exact, capacity, effort, **more)
    found = give_units(table, np.array(total), np.full(len(exact), inf))
    assert found.tolist() == cells


def test_a_heavy_unit_finds_room_by_an_exchange() -> None:
    """One has room for 1 and the other for 1.5; a unit of 2 needs a light one handed over."""
    exact = [[1.0, 2.0], [0.9, 2.2]]
    table = table_of(exact, [5.0, 5.6], [2.0, 1.0], placed=[2, 5])
    found = give_units(table, np.array([3, 3]), np.full(2, inf))
    assert found.sum(axis=0).tolist() == [2, 4]
    assert (found @ np.array([2.0, 1.0]) <= table.capacity).all()


# ---------------------------------------------------------------- totals and years


def test_headroom_is_a_tenth_at_a_limit_of_the_year() -> None:
    year, least, most = np.array(
        [[100.0, 50.0, 75.0, 0.0, 1.0], [0, 50, 50, 0, 1], [100, inf, inf, inf, inf]]
    )
    assert _headroom(year, least, most).tolist() == [1.1, 1 / 1.1, 1.0, 1.0, 1 / 1.1]


def test_limits_in_units_are_whole() -> None:
    people = [Person("a", "A", 7.0, 2.0, total_low=5.0, total_high=9.0), Person("b", "A")]
    instance = make_instance({"A": 1.0}, 10, people=people)
    pools = read_pools(instance)
    assert pools is not None
    low, high = unit_limits(pools, 1.0)
    assert (low.tolist(), high.tolist()) == ([2, 0], [7, MOST_UNITS])
    assert [side.tolist() for side in year_units(instance)] == [[5.0, 0.0], [9.0, inf]]
    assert limits_people(instance)
    free = make_instance({"A": 1.0}, 10, people=[Person("b", "A")])
    assert not limits_people(free)
    assert [side.tolist() for side in year_units(free)] == [[0.0], [inf]]


def test_totals_around_exact_ones_keep_streets_and_years() -> None:
    people = [Person("a", "A", total_high=10.0), Person("b", "A")]
    periods = {"Q1": 0.5, "Q2": 0.5}
    instance = make_instance({"A": 1.0}, 22, periods=periods, people=people)
    pools = read_pools(instance)
    assert pools is not None
    item = np.arange(len(pools.item_rep))
    exact = np.where(pools.item_rep == 0, 5.4, 5.6)
    found = within_years(instance, pools, exact, np.array([11, 11]), item)
    assert found is not None
    assert np.bincount(pools.item_rep, weights=found).tolist() == [10, 12]
    assert within_years(instance, pools, exact, np.array([14, 11]), item) is None


def test_reps_of_one_region_are_numbered_from_the_first_on() -> None:
    people = [Person(name, region) for name, region in (("a", "A"), ("b", "B"), ("c", "B"))]
    instance = make_instance(
        {"A": 1.0, "B": 2.0},
        30,
        people=people,
        rep_locks=[("a", "Q1", "*", 5.0), ("c", "*", "*", 7.0)],
    )
    own = one_region(instance, slice(1, 3))
    assert own.reps is not None
    assert own.reps.names == ("b", "c")
    assert (own.rep_locks.rep.tolist(), own.rep_locks.amount.tolist()) == ([1], [7.0])


def test_over_assignment_rounds_up_to_just_below_the_next_unit() -> None:
    placed = np.array([[0, 1, 10, 33]])
    exactly = make_instance({"A": 1.0}, 10, people=[Person("a", "A")])
    over = make_instance({"A": 1.0}, 10, people=[Person("a", "A")], over_rep=0.1)
    assert cell_most(exactly, placed).tolist() == [[0, 1, 10, 33]]
    assert cell_most(over, placed).tolist() == [[0, 2, 11, 37]]
    large = np.array([[4 * 10**15 + 1]])
    assert cell_most(exactly, large).tolist() == large.tolist()
