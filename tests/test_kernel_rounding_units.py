"""Units of one region given, taken back and exchanged: by hand, or against a slow way."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as every
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, make_instance

from optimizer.problem.instance import Ints
from optimizer.results.exchanges import _can_hand, _can_take, make_room, read_exchanges
from optimizer.results.in_order import _free, _order, put_in_order
from optimizer.results.unit_by_unit import Table, _Work, give_units

SLOW = settings(max_examples=40, deadline=None)
Numbers = list[list[float]]


def table_of(exact: Numbers, capacity: list[float], effort: list[float], **more: Any) -> Table:
    cells = np.array(exact, dtype=float)
    placed = np.array(more.get("placed", np.rint(cells.sum(axis=0))), dtype=np.int64)
    return Table(
        exact=cells,
        base=np.array(more.get("base", np.zeros(cells.shape)), dtype=np.int64),
        allowed=np.array(more.get("allowed", np.ones(cells.shape)), dtype=bool),
        effort=np.array(effort),
        capacity=np.array(capacity),
        most=np.array(more.get("most", [inf] * len(cells)), dtype=float),
        kind=np.array(more.get("kind", range(len(cells)))),
        least=placed,
        column_most=np.array(more.get("column_most", placed), dtype=np.int64),
    )


def work_of(table: Table, total: list[int] | None = None) -> _Work:
    """Return work at the whole parts of a table, whose totals are as they are."""
    whole = np.floor(table.exact).sum(axis=1).astype(np.int64)
    wanted = whole if total is None else np.array(total)
    return _Work(table, wanted, np.full(len(whole), inf))


# ---------------------------------------------------------------- what is to be given


@pytest.mark.parametrize(
    ("exact", "placed", "most", "columns"),
    [
        ([[2.6, 2.6]], [9, 9], [9, 9], [3, 2]),
        ([[2.6, 2.6]], [9, 9], [2, 9], [2, 3]),
        ([[2.6, 2.6]], [2, 3], [2, 3], [2, 3]),
        ([[1.5, 1.5], [1.5, 1.5]], [3, 3], [3, 3], [3, 3]),
        # A millionth short of a whole number is that number, in each column and in all.
        ([[2.9999995] * 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]),
        ([[2.9999995, 1.0000004]], [2, 1], [9, 9], [3, 1]),
    ],
)
def test_columns_are_whole_sums_within_what_is_placed(
    exact: Numbers, placed: list[int], most: list[int], columns: list[int]
) -> None:
    table = table_of(exact, [inf] * len(exact), [1.0] * len(exact[0]), placed=placed,
                     column_most=most)  # fmt: skip
    assert table.columns().tolist() == columns


@pytest.mark.parametrize(
    ("capacity", "base", "effort", "total", "cells"),
    [
        (99.0, [0, 0], [2.0, 1.0], 10, [5, 5]),
        # Heavy units go first, down to the capacity, and to the total.
        (12.0, [0, 0], [2.0, 1.0], 10, [3, 5]),
        (12.0, [4, 0], [2.0, 1.0], 10, [4, 4]),
        (12.0, [0, 0], [2.0, 1.0], 9, [3, 5]),
        (12.0, [0, 0], [2.0, 1.0], 7, [2, 5]),
        (99.0, [0, 0], [2.0, 1.0], 9, [4, 5]),
        (99.0, [0, 0], [1.0, 2.0], 9, [5, 4]),
        (99.0, [0, 0], [1.0, 1.0], 9, [4, 5]),
        (99.0, [3, 4], [2.0, 1.0], 0, [3, 4]),
        # What takes no effort gives no capacity back.
        (3.0, [5, 0], [1.0, 0.0], 10, [5, 5]),
        (9.5, [0, 0], [1.0, 1.0], 10, [4, 5]),
        (15.0, [0, 0], [2.0, 1.0], 10, [5, 5]),
    ],
)
def test_whole_parts_are_brought_to_total_and_capacity(
    capacity: float, base: list[int], effort: list[float], total: int, cells: list[int]
) -> None:
    work = work_of(table_of([[5.4, 5.6]], [capacity], effort, base=[base]), [total])
    assert work.cells.tolist() == [cells]
    assert work.slack.tolist() == [capacity - np.array(cells) @ effort]
    assert work.need.tolist() == [total - sum(cells)]


def test_work_begins_at_whole_parts_no_less_than_the_base() -> None:
    table = table_of([[2.9999995, 1.7], [0.5, 3.2]], [9.0, 9.0], [1.0, 1.0],
                     base=[[0, 0], [2, 0]], most=[4, 99])  # fmt: skip
    work = _Work(table, np.array([5, 6]), np.array([2.0, 3.0]))
    assert work.cells.tolist() == [[3, 1], [2, 3]]
    assert work.need.tolist() == [1, 1]
    assert work.most.tolist() == [4, 9]


def test_units_beyond_a_column_are_taken_back_where_capacity_is_scarcest() -> None:
    table = table_of([[3, 0], [4, 0], [0, 2]], [4.0, 4.5, 2.0], [1.0, 1.0],
                     base=[[1, 0], [0, 0], [0, 0]])  # fmt: skip
    work, wanted = work_of(table), np.array([-5, 1])
    work.take_back(wanted)
    assert work.cells.tolist() == [[2, 0], [0, 0], [0, 2]]
    assert work.need.tolist() == [1, 4, 0]
    assert wanted.tolist() == [0, 1]
    work, wanted = work_of(table), np.array([-3, 0])
    work.take_back(wanted)
    assert work.cells.tolist() == [[3, 0], [1, 0], [0, 2]]
    assert work.need.tolist() == [0, 3, 0]


def test_among_equals_the_first_gives_back() -> None:
    table = table_of([[2.0]] * 40, [5.0] * 40, [1.0])
    work, wanted = work_of(table), np.array([-3])
    work.take_back(wanted)
    assert work.cells.ravel().tolist() == [0, 1] + [2] * 38
    assert work.need.tolist() == [2, 1] + [0] * 38


@pytest.mark.parametrize(
    ("exact", "capacity", "effort", "total", "units", "cells"),
    [
        # Room for each unit needed: 8 of 2 before 3 of 1, and 7 of 1 after that.
        ([0.1, 0.2], [8.0, 3.0], 1.0, [2, 1], 2, [2, 0]),
        ([0.1, 0.2], [8.0, 3.0], 1.0, [2, 1], 3, [2, 1]),
        ([0.1, 0.2], [8.0, 3.0], 1.0, [2, 1], 9, [2, 1]),
        # As much room: who is further behind the exact cell, by one less after each unit.
        ([0.2, 0.7], [5.0, 5.0], 1.0, [1, 1], 1, [0, 1]),
        ([1.9, 0.8], [9.0, 8.0], 2.0, [5, 4], 0, [1, 0]),
        ([0.9, 0.8], [8.0, 8.0], 2.0, [4, 4], 1, [1, 0]),
        ([0.9, 0.8], [8.0, 8.0], 2.0, [4, 4], 2, [1, 1]),
        ([0.9, 0.8], [8.0, 8.0], 2.0, [4, 4], 3, [2, 1]),
        # A difference of a ten-millionth is none; one of a hundred thousandth is.
        ([0.2, 0.7], [5.0000004, 5.0], 1.0, [1, 1], 1, [0, 1]),
        ([0.2, 0.7], [5.00001, 5.0], 1.0, [1, 1], 1, [1, 0]),
        # Without a limit who needs least comes first; far from a limit is not without one.
        ([0.7, 0.2], [inf, inf], 1.0, [2, 1], 1, [0, 1]),
        ([0.2, 0.7], [300.0, 200.0], 1.0, [1, 1], 1, [1, 0]),
        # A unit that just fits, and one that does not.
        ([0.5, 0.5], [4.0, 1.9], 2.0, [2, 1], 9, [2, 0]),
        # What counts is how far behind, not how much was given.
        ([2.2, 1.7], [7.0, 6.0], 1.0, [3, 2], 1, [2, 2]),
        # Who needs none gets none.
        ([0.5, 0.5], [9.0, 9.0], 1.0, [0, 1], 9, [0, 1]),
    ],
)
def test_units_go_to_whom_has_most_room_for_each_needed(
    exact: list[float], capacity: list[float], effort: float, total: list[int], units: int,
    cells: list[int],
) -> None:  # fmt: skip
    work = work_of(table_of([[one] for one in exact], capacity, [effort]), total)
    begun = work.cells.ravel().copy()
    found = work.fill(0, units)
    assert work.cells.ravel().tolist() == cells
    assert found == (np.array(cells) - begun).sum()
    assert work.need.tolist() == [want - cell for want, cell in zip(total, cells, strict=True)]
    assert work.slack.tolist() == [
        most - effort * cell for most, cell in zip(capacity, cells, strict=True)
    ]


def test_units_left_after_a_turn_count_one_less() -> None:
    """Behind by 1.9, 0.9 and −0.1 in turn, against 0.8 and −0.2, at the same room."""
    table = table_of([[0.0], [0.0]], [8.0, 8.0], [2.0])
    table = replace(table, exact=np.array([[0.9], [0.8]]), base=np.zeros((2, 1), dtype=np.int64))
    work = work_of(table, [4, 4])
    work.table = replace(table, exact=np.array([[1.9], [0.8]]))
    assert work.fill(0, 4) == 4
    assert work.cells.ravel().tolist() == [3, 1]


# ---------------------------------------------------------------- beyond what was meant


def slow_rise(work: _Work) -> list[bool]:
    total, kind = work.cells.sum(axis=1), work.table.kind
    return [
        bool(total[row] < work.most[row] and all(total[row] <= total[kind == kind[row]]))
        for row in range(len(total))
    ]


def slow_exchange(work: _Work, product: int) -> Ints | None:
    """Try takers, those with most capacity left first, and all they may hand and get back."""
    table, cells = work.table, work.cells
    reps, products = cells.shape
    rise = slow_rise(work)
    order = sorted(range(reps), key=lambda rep: (-work.slack[rep], rep))
    for taker in (rep for rep in order if table.allowed[rep, product]):
        for other, handed, back in every(range(reps), range(products), range(products + 1)):
            if other == taker:
                continue
            changed = cells.copy()
            changed[taker, product] += 1
            changed[taker, handed] -= 1
            changed[other, handed] += 1
            may = cells[taker, handed] > table.base[taker, handed] and table.allowed[other, handed]
            if back < products:
                changed[other, back] -= 1
                changed[taker, back] += 1
                may = may and table.allowed[taker, back] and rise[taker]
                may = may and cells[other, back] > table.base[other, back]
            else:
                may = may and rise[other]
            slack = table.capacity - changed @ table.effort
            if may and slack[taker] >= 0 and slack[other] >= 0:
                return changed
    return None


def random_work(seed: int) -> tuple[_Work, int]:
    rng = np.random.default_rng(seed)
    reps, products = int(rng.integers(2, 7)), int(rng.integers(1, 4))
    effort = rng.choice([0.5, 1.0, 1.5, 2.0, 2.5], products)
    base = rng.integers(0, 2, (reps, products))
    allowed = rng.random((reps, products)) < 0.75
    cells = base + np.where(allowed, rng.integers(0, 3, (reps, products)), 0)
    total = cells.sum(axis=1)
    table = table_of(
        cells.tolist(), (cells @ effort + rng.integers(0, 5, reps) / 2).tolist(), effort.tolist(),
        base=base, allowed=allowed, most=total + rng.integers(0, 2, reps),
        kind=rng.integers(0, reps, reps),
    )  # fmt: skip
    return work_of(table), int(np.argmax(effort))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_an_exchange_of_two_is_found_wherever_there_is_one(seed: int) -> None:
    work, product = random_work(seed)
    expected = slow_exchange(work, product)
    before = work.cells.copy()
    assert work.exchange(product) == (expected is not None)
    assert work.cells.tolist() == (before if expected is None else expected).tolist()
    assert work.slack.tolist() == (work.table.capacity - work.cells @ work.table.effort).tolist()


@SLOW
@given(st.integers(0, 10**6))
def test_a_unit_is_added_where_it_leaves_least_capacity(seed: int) -> None:
    work, product = random_work(seed)
    rise, need = slow_rise(work), work.table.effort[product]
    able = [
        (work.slack[rep], rep)
        for rep in range(len(rise))
        if rise[rep] and work.slack[rep] >= need and work.table.allowed[rep, product]
    ]
    expected = work.cells.copy()
    if able:
        expected[min(able)[1], product] += 1
    assert work.add(product) == bool(able)
    assert work.cells.tolist() == expected.tolist()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_room_is_gathered_for_one_of_three_with_most_capacity_left(seed: int) -> None:
    work, product = random_work(seed)
    table, rise = work.table, slow_rise(work)
    exchanges = read_exchanges(tuple(table.effort.tolist()))
    able = [rep for rep in range(len(rise)) if rise[rep] and table.allowed[rep, product]]
    expected = None
    for taker in sorted(able, key=lambda rep: (-work.slack[rep], rep))[:3]:
        cells = work.cells.copy()
        cells[taker, product] += 1
        slack = table.capacity - cells @ table.effort
        if make_room(exchanges, cells, table.base, table.allowed, slack, taker):
            expected = cells
            break
    before = work.cells.copy()
    assert work.gather(product) == (expected is not None)
    assert work.cells.tolist() == (before if expected is None else expected).tolist()
    assert work.slack == pytest.approx(table.capacity - work.cells @ table.effort)


def test_who_is_far_beyond_a_start_is_left_to_a_search() -> None:
    """Three units for each cell: beyond columns at first, and wanted beyond totals later."""

    def given_to(exact: float, total: int, most: int, base: int) -> list[list[int]]:
        table = table_of([[exact]], [inf], [1.0], placed=[most], base=[[base]])
        return give_units(table, np.array([total]), np.array([inf])).tolist()

    assert given_to(10.0, 10, 7, 1) == [[7]]
    assert given_to(11.0, 11, 7, 1) == [[1]]
    assert given_to(3.0, 0, 3, 0) == [[3]]
    assert given_to(4.0, 0, 4, 0) == [[0]]
    assert given_to(4.0, 0, 4, 1) == [[4]]
    pair = {"total": np.array([11]), "year_room": np.array([inf])}
    for most, cells in ((4, [4, 1]), (3, [0, 0])):
        table = table_of([[10.0, 1.0]], [inf], [1.0, 1.0], placed=[most, 1])
        assert give_units(table, **pair).tolist() == [cells]
    for exact, cells in ((6.0, [6, 0]), (7.0, [0, 0])):
        table = table_of([[exact, 0.0]], [inf], [1.0, 1.0])
        assert give_units(table, np.array([0]), np.array([inf])).tolist() == [cells]


def test_an_exchange_is_looked_for_among_forty() -> None:
    """The taker, reps who may not sell what is handed on, and one who may, with least left."""
    for others, found in ((38, True), (39, False)):
        cells = [[0.0, 1.0], *([[0.0, 0.0]] * others), [0.0, 0.0]]
        allowed = [[1, 1], *([[0, 0]] * others), [0, 1]]
        slack = [1.0, *([0.9] * others), 0.5]
        effort = np.array([1.5, 0.5])
        capacity = (np.array(cells) @ effort + slack).tolist()
        work = work_of(table_of(cells, capacity, effort.tolist(), allowed=allowed))
        assert work.exchange(0) == found


def test_room_is_gathered_for_three() -> None:
    """Only the one with least capacity left has anything to hand on."""
    for others, found in ((2, True), (3, False)):
        cells = [[0.0, 0.0, 0.0]] * others + [[0.0, 3.0, 0.0], [0.0, 0.0, 9.0]]
        slack = [0.6] * others + [0.5, 9.0]
        allowed = [[1, 1, 1]] * (others + 1) + [[0, 1, 1]]
        capacity = (np.array(cells) @ np.array(EFFORT) + slack).tolist()
        work = work_of(table_of(cells, capacity, list(EFFORT), allowed=allowed))
        assert work.gather(0) == found


def test_heavy_products_are_given_first_and_equals_as_they_stand() -> None:
    """Each product has a unit to give, and there is one rep who needs one."""
    for effort, taken in (([1.0, 2.0], 1), ([2.0, 1.0], 0), ([2.0] * 20, 0)):
        table = table_of([[0.5] * len(effort)] * 2, [inf, inf], effort, placed=[1] * len(effort))
        found = give_units(table, np.array([1, 0]), np.zeros(2))
        assert (found.sum(), found[0, taken]) == (1, 1)


# ---------------------------------------------------------------- exchanges among several


def test_who_may_hand_and_who_may_take() -> None:
    handed = np.array([[1, -1, 0], [2, -2, 0], [-1, 1, 0], [1, 0, -1], [0, 0, 0]])
    yes = np.array([True, True, True])
    assert _can_hand(handed, np.array([1, 1, 0]), yes).tolist() == [0, 2, 3, 4]
    assert _can_hand(handed, np.array([2, 0, 0]), yes).tolist() == [0, 1, 3, 4]
    assert _can_hand(handed, np.array([2, 1, 0]), np.array([True, False, True])).tolist() == [
        2, 3, 4
    ]  # fmt: skip
    spare = np.array([[0, 1, 0], [1, 2, 1]])
    both = np.array([[True, True, True], [False, True, True]])
    assert _can_take(handed, spare, both).tolist() == [
        [True, False, False, False, True],
        [False, False, True, False, True],
    ]


EFFORT = (2.0, 1.5, 1.0)


def relieved(
    cells: list[list[int]], slack: list[float], **more: Any
) -> tuple[bool, list[list[int]], list[float]]:
    table, left = np.array(cells), np.array(slack)
    base = np.array(more.get("base", np.zeros(table.shape)), dtype=np.int64)
    allowed = np.array(more.get("allowed", np.ones(table.shape)), dtype=bool)
    found = make_room(read_exchanges(EFFORT), table, base, allowed, left, more.get("rep", 0))
    return found, table.tolist(), left.tolist()


def test_the_exchange_that_comes_nearest_to_what_is_short_is_made() -> None:
    """Short of 0.6 a relief of 1 is worth more than one of 0.5; short of 0.5 less."""
    cells = [[2, 0, 0], [0, 1, 1]]
    found, after, slack = relieved(cells, [-0.6, 9.0])
    assert (found, after) == (True, [[1, 0, 1], [1, 1, 0]])
    assert slack == pytest.approx([0.4, 8.0])
    assert relieved(cells, [-0.5, 9.0]) == (True, [[1, 1, 0], [1, 0, 1]], [0.0, 8.5])
    assert relieved(cells, [-0.5, 0.5]) == (True, [[1, 1, 0], [1, 0, 1]], [0.0, 0.0])
    assert relieved(cells, [-0.5, 0.25])[0] is False
    assert relieved(cells, [0.0, 9.0]) == (True, cells, [0.0, 9.0])


def test_of_exchanges_that_relieve_enough_the_least_is_made() -> None:
    """Short of 1.3: two units for two relieve 1.6, one for one 2 or 1.2."""
    effort, cells = (3.0, 1.8, 1.0), np.array([[1, 2, 0], [0, 1, 2]])
    slack = np.array([-1.3, 9.0])
    assert make_room(read_exchanges(effort), cells, 0 * cells, cells >= 0, slack, 0)
    assert cells.tolist() == [[1, 0, 2], [0, 3, 0]]


@pytest.mark.parametrize("effort", [(1.0, 2.0, 3.0), (0.5, 1.0, 1.0, 2.0), tuple(range(1, 9))])
def test_exchanges_stand_by_effort_and_then_as_numbers_do(effort: tuple[float, ...]) -> None:
    found = read_exchanges(effort)
    order = [
        (int(np.abs(row).sum()) > 2, float(moved), row.tolist())
        for row, moved in zip(found.handed, found.effort, strict=True)
    ]
    assert order == sorted(order)


def test_who_helps_most_comes_first_and_the_others_only_where_needed() -> None:
    helpers = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    found, after, slack = relieved(helpers, [-1.0, 5.0, 5.0])
    assert (found, after, slack) == (True, [[0, 0, 1], [0, 1, 0], [1, 0, 0]], [0.0, 5.0, 4.0])
    alike = [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert relieved(alike, [-1.0, 5.0, 5.0])[1] == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
    enough = [[2, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert relieved(enough, [-1.0, 1.0, 1.0])[1] == [[1, 0, 1], [1, 0, 0], [0, 0, 1]]
    many = [[1, 0, 0], *([[0, 0, 1]] * 40)]
    assert relieved(many, [-1.0, *([5.0] * 40)])[1][:3] == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
    turned = [[0, 0, 1], [0, 0, 1], [1, 0, 0]]
    assert relieved(turned, [5.0, 5.0, -1.0], rep=2)[1] == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]


def test_several_help_where_one_is_not_enough() -> None:
    two = [[2, 0, 0], [0, 0, 1], [0, 0, 1]]
    assert relieved(two, [-2.0, 1.0, 1.0]) == (
        True, [[0, 0, 2], [1, 0, 0], [1, 0, 0]], [0.0, 0.0, 0.0]
    )  # fmt: skip
    once = [[1, 0, 4], [0, 0, 3], [0, 0, 3]]
    assert relieved(once, [-2.0, 9.0, 9.0])[0] is False
    # The third has capacity left and may not sell the heavy product.
    barred = {"allowed": [[1, 1, 1], [1, 1, 1], [0, 0, 1]]}
    assert relieved([[2, 0, 0], [0, 0, 2], [0, 0, 2]], [-2.0, 2.0, 2.0], **barred) == (
        True, [[0, 0, 2], [2, 0, 0], [0, 0, 2]], [0.0, 0.0, 2.0]
    )  # fmt: skip
    assert relieved([[4, 0, 0], [0, 0, 4], [0, 0, 4]], [-4.0, 4.0, 4.0], **barred) == (
        True, [[0, 0, 4], [4, 0, 0], [0, 0, 4]], [0.0, 0.0, 4.0]
    )  # fmt: skip
    # Both are asked for what they relieve best, though less were enough of the second.
    assert relieved([[2, 0, 0], [0, 0, 1], [0, 1, 1]], [-1.5, 1.0, 1.0]) == (
        True, [[0, 0, 2], [1, 0, 0], [1, 1, 0]], [0.5, 0.0, 0.0]
    )  # fmt: skip


def test_what_must_be_kept_is_not_handed() -> None:
    cells = [[1, 0, 0], [0, 0, 1]]
    assert relieved(cells, [-1.0, 1.0])[0] is True
    assert relieved(cells, [-1.0, 1.0], base=[[1, 0, 0], [0, 0, 0]])[0] is False
    assert relieved(cells, [-1.0, 1.0], base=[[0, 0, 0], [0, 0, 1]])[0] is False
    assert relieved(cells, [-1.0, 1.0], allowed=[[1, 1, 0], [1, 1, 1]])[0] is False
    assert relieved(cells, [-1.0, 1.0], allowed=[[1, 1, 1], [0, 1, 1]])[0] is False


# ---------------------------------------------------------------- the order of references


@pytest.mark.parametrize(
    ("limits", "cells", "free"),
    [
        ({}, [[3, 1], [2, 2]], [True, True]),
        ({}, [[0, 0], [0, 0]], [True, True]),
        ({"total_low": 3.0}, [[3, 1], [2, 2]], [True, True]),
        ({"total_low": 3.5}, [[3, 1], [2, 2]], [False, False]),
        ({"total_low": 0.5}, [[1, 0], [1, 0]], [False, False]),
        ({"total_high": 5.0}, [[3, 1], [2, 2]], [True, True]),
        ({"total_high": 4.5}, [[3, 1], [2, 2]], [False, False]),
        ({"high": 2.5}, [[3, 1], [3, 2]], [True, False]),
        ({"low": 1.5}, [[3, 1], [2, 1]], [True, False]),
        ({"low": 1.0}, [[1, 1], [2, 1]], [False, True]),
        ({"high": 3.5, "effort": (1.0, 1.5)}, [[3, 1], [2, 2]], [True, False]),
        ({"high": 2.0, "effort": (1.0, 1.5), "sells": ("p",)}, [[3, 0], [4, 0]], [True, False]),
    ],
)
def test_who_has_room_to_either_side_is_free(
    limits: dict[str, Any], cells: list[list[int]], free: list[bool]
) -> None:
    """Limits are in units of a half: 3.5 over two quarters leave 8 units no room below."""
    effort = limits.pop("effort", None) if (limits := dict(limits)) else None
    made = make_instance(
        {"A": 1.0}, 100.0, products={"p": 0.5, "r": 0.5}, periods={"Q1": 0.5, "Q2": 0.5},
        people=[Person("a", "A", **limits), Person("b", "A", sells=limits.get("sells", ()))],
        effort=None if effort is None else dict(zip("pr", effort, strict=True)),
    )  # fmt: skip
    made = replace(made, unit=0.5)
    both = np.array([cells, cells])
    assert _free(made, both)[0].tolist() == free
    assert made.reps is not None
    reference = made.reps.reference.copy()
    reference[0, 0] = 0.0
    closed = replace(made, reps=replace(made.reps, reference=reference))
    assert _free(closed, both)[0].tolist() == [False, free[1]]
    reference[0, 0] = 0.5
    small = replace(made, reps=replace(made.reps, reference=reference))
    assert _free(small, both)[0].tolist() == free


@pytest.mark.parametrize(("most", "free"), [(5.0, True), (4.5, False)])
def test_a_year_has_room_for_a_unit_in_each_quarter(most: float, free: bool) -> None:
    people = [Person("a", "A", total_high=most)]
    made = make_instance({"A": 1.0}, 100.0, periods={"Q1": 0.5, "Q2": 0.5}, people=people)
    assert _free(replace(made, unit=0.5), np.array([[[4], [4]]])).tolist() == [[free, free]]


def test_only_regions_that_were_mended_are_put_in_order_and_locks_are_left() -> None:
    people = [
        Person(f"{region}{rep}", region, weight=1.0 + 0.5 * rep)
        for region in "ABC"
        for rep in range(2)
    ]
    made = make_instance(
        {"A": 1.0, "B": 1.0, "C": 1.0}, 90.0, periods={"Q1": 0.5, "Q2": 0.5}, people=people,
        rep_locks=[("B0", "Q1", "*", 5.0), ("B1", "Q1", "*", 4.0)],
    )  # fmt: skip
    cells = np.tile(np.array([[[5], [4]], [[4], [3]]]), (3, 1, 1))
    none = np.zeros_like(cells)
    found = put_in_order(made, cells, none, np.array([True, True, False]))
    kept = [[5, 4], [4, 3]]
    assert found[:, :, 0].tolist() == [[4, 3], [5, 4], *kept, *kept]
    assert cells[0, 0, 0] == 5
    assert made.reps is not None
    high = np.full((6, 2), inf)
    high[4, 0], high[0, 1], high[1, 1] = 5.0, 4.0, 3.0
    tight = replace(made, reps=replace(made.reps, high=high))
    later = put_in_order(tight, cells, none, np.array([True, False, True]))
    assert later[:, :, 0].tolist() == [[4, 4], [5, 3], *kept, [5, 3], [4, 4]]


def test_the_first_of_many_equals_hands_over() -> None:
    reference = np.array([1.0] * 40 + [2.0])
    cells = np.array([[5]] * 40 + [[4]])
    _order(cells, np.zeros_like(cells), np.arange(41), reference)
    assert cells.ravel().tolist() == [4] + [5] * 40


def test_the_first_of_equals_among_many_others_hands_over() -> None:
    reference = np.array([3.0 if place % 3 == 2 else 1.0 for place in range(90)])
    reference[45] = 2.0
    cells = np.where(reference == 3.0, 7, np.where(reference == 2.0, 5, 6))[:, None]
    expected = cells.ravel().tolist()
    expected[0], expected[45] = 5, 6
    _order(cells, np.zeros_like(cells), np.arange(90), reference)
    assert cells.ravel().tolist() == expected


def test_totals_two_units_off_are_not_due_to_rounding() -> None:
    cells = np.array([[6], [4], [7]])
    _order(cells, np.zeros_like(cells), np.arange(3), np.array([1.0, 2.0, 3.0]))
    assert cells.ravel().tolist() == [6, 4, 7]


def test_a_unit_beyond_the_least_is_enough_to_hand_over() -> None:
    cells = np.array([[1, 5], [1, 4], [2, 4]])
    base = np.array([[0, 5], [0, 0], [0, 0]])
    _order(cells, base, np.arange(3), np.array([1.0, 2.0, 3.0]))
    assert cells.tolist() == [[0, 5], [2, 4], [2, 4]]
