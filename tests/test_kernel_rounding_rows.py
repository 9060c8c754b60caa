"""The programs that rounding hands to the solver: every row, step and cost, written by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pytest
from instances import Person, Where, make_instance

from optimizer.model.members import Entries
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results import nearest as nearest_module
from optimizer.results.nearest import Nearest, _is_whole
from optimizer.results.people_room import Room, read_room
from optimizer.results.region_rows import keep_people as keep_rep_rules
from optimizer.results.region_rows import region_problem
from optimizer.results.region_task import Items, Task
from optimizer.results.whole_people import (
    keep_people,
    keep_years,
    mixed_volumes,
    rep_lock_items,
    within_street,
)
from optimizer.results.whole_rules import (
    Frame,
    keep_ask_total,
    keep_backing,
    keep_bands,
    keep_near_slices,
    keep_near_tree,
    keep_placed_total,
    keep_row_bands,
    keep_row_slices,
    keeps_backing,
    keeps_bands,
    no_whole_plan,
    whole_ask,
    whole_band,
    whole_most,
)
from optimizer.solve.program import WHOLE, Solution

MOST = 2.0**53


@dataclass
class Written:
    """A program as dense arrays; limits of rows hold for items, not for their steps."""

    items: Floats
    matrix: Floats
    low: Floats
    high: Floats
    cost: Floats
    least: Floats
    most: Floats

    def rows(self) -> list[tuple[float, float, list[float]]]:
        """Return low, high and the items' coefficients of every row."""
        return list(zip(self.low.tolist(), self.high.tolist(), self.items.tolist(), strict=True))

    def steps(self, first: int) -> list[tuple[float, float]]:
        """Return upper limit and cost of the columns from one on."""
        return list(zip(self.most[first:].tolist(), self.cost[first:].tolist(), strict=True))


def written(problem: Nearest) -> Written:
    """Read a problem's program; a step up counts as the item, a step down against it."""
    program = problem.builder.build()
    matrix = np.zeros((program.num_row_, program.num_col_))
    start = np.asarray(program.a_matrix_.start_)
    column = np.repeat(np.arange(program.num_col_), np.diff(start))
    np.add.at(
        matrix,
        (np.asarray(program.a_matrix_.index_, dtype=np.int64), column),
        np.asarray(program.a_matrix_.value_, dtype=float),
    )
    one, more, less = (matrix[:, columns] for columns in problem._steps)
    assert (one == more).all()
    assert (one == -less).all()
    shift = one @ problem.base
    sides = (np.asarray(program.row_lower_) + shift, np.asarray(program.row_upper_) + shift)
    columns = (program.col_cost_, program.col_lower_, program.col_upper_)
    return Written(one, matrix, *sides, *(np.asarray(values) for values in columns))


def problem_of(exact: list[float], *, worth: bool = False) -> Nearest:
    count = len(exact)
    free = np.full(count, inf)
    return Nearest(np.array(exact), np.zeros(count), free, np.full(count, worth))


def sets(*rows: list[int]) -> Entries:
    row = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    return Entries(row, np.array([item for one in rows for item in one], dtype=np.int64))


# ---------------------------------------------------------------- steps and their costs


def test_every_step_costs_what_its_distance_says() -> None:
    """A first step up costs 1 less twice the remainder, in thousandths, and a tie by place."""
    problem = Nearest(
        np.array([1.3004, 0.7, 5.0, 2.5, 0.2]),
        np.array([0.0, 0.0, 2.0, 0.0, 2.0]),
        np.array([inf, 1.0, 4.0, 2.0, 9.0]),
        np.array([False, True, False, False, False]),
    )
    assert problem.base.tolist() == [1, 0, 4, 2, 2]
    found = written(problem)
    tie = 1e-3 / 5
    first = [0.4, -0.4 + tie - 10_000, -1 + 2 * tie, 3 * tie, 1 + 4 * tie]
    assert found.cost == pytest.approx([*first, 8, 8 - 10_000, 8, 8, 8, 8, 10_008, 8, 8, 8])
    assert found.most.tolist() == [1, 1, 0, 0, 1, inf, 0, 0, 0, 6, 1, 0, 2, 2, 0]
    assert not found.least.any()


def test_totals_near_theirs_have_steps_of_their_own() -> None:
    problem = problem_of([1.5, 2.5, 3.25])
    problem.keep_near(sets([0, 2], [1]), np.array([7.3, 2.5]), 3.0)
    found = written(problem)
    assert found.rows() == [(7, 7, [1, 0, 1]), (2, 2, [0, 1, 0])]
    assert found.matrix[:, 9:].tolist() == [[-1, 0, -1, 0, 1, 0], [0, -1, 0, -1, 0, 1]]
    assert found.cost[9:] == pytest.approx([1.2, 3 * 0.5e-3, 24, 24, 24, 24])
    assert found.most[9:].tolist() == [1, 1, inf, inf, inf, inf]


def test_limits_with_an_outer_side_may_be_left_at_a_price() -> None:
    problem = problem_of([1.5, 2.5])
    inner, outer = (np.array([3.0]), np.array([5.0])), (np.array([2.0]), np.array([7.0]))
    problem.keep_within(sets([0, 1]), inner, outer)
    found = written(problem)
    assert found.rows() == [(3, 5, [1, 1])]
    assert found.matrix[0, 6:].tolist() == [1, -1]
    assert found.steps(6) == [(1, 20), (2, 20)]


def test_shares_may_be_missed_by_less_than_a_unit() -> None:
    problem = problem_of([1.5, 2.5])
    for sign in (1.0, -1.0):
        problem.keep_share(
            sets([0], [1]), sets([0, 1], [0, 1]), np.array([0.25, 0.5]), sign,
            np.array([True, False]),
        )  # fmt: skip
    found = written(problem)
    share = [[0.75, -0.25], [-0.5, 0.5]]
    assert found.items.tolist() == [*share, *(-np.array(share)).tolist()]
    assert (found.low.tolist(), found.high.tolist()) == ([0] * 4, [inf] * 4)
    assert found.matrix[:, 6:].tolist() == np.eye(4).tolist()
    assert found.steps(6) == [(1 - 1e-6, 20), (1 - 1e-6, 0)] * 2


class Recorded:
    """In place of the solver: notes what it is asked for."""

    values: Floats = np.zeros(0)
    asked: dict[str, Any]
    bounds: list[tuple[list[int], list[float], list[float]]]

    def __init__(self, program: Any) -> None:
        Recorded.asked, Recorded.bounds = {}, []
        self.columns = program.num_col_

    def set_bounds(self, columns: Ints, low: Floats, high: Floats) -> None:
        Recorded.bounds.append((columns.tolist(), low.tolist(), high.tolist()))

    def solve(self) -> Solution:
        return Solution(True, np.resize(Recorded.values, self.columns), np.zeros(0), 0.0)

    def solve_whole(self, whole: Ints, **asked: Any) -> Solution:
        Recorded.asked = {"whole": whole.tolist(), **asked}
        return self.solve()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> type[Recorded]:
    monkeypatch.setattr(nearest_module, "Solver", Recorded)
    monkeypatch.setattr(Recorded, "values", np.zeros(1))
    return Recorded


def test_steps_reach_as_far_as_limits_may_ask_for(recorded: type[Recorded]) -> None:
    """A thousand, or twice what limits move, and two for each item."""
    exact = np.array([5.0, 3000.5])
    problem = Nearest(exact, np.array([2.0, 0.0]), np.array([inf, 3001.0]), exact > 9)
    problem.solve()
    assert recorded.bounds == [([2, 3], [0, 0], [1003, 0]), ([4, 5], [0, 0], [3, 1004])]
    problem.keep(sets([0], [0, 1]), np.array([705.0, -inf]), np.array([inf, 2505.0]))
    problem.solve()
    far = 2 * (0.5 + 700 + 500) + 4
    assert recorded.bounds[0] == ([2, 3], [0, 0], [far - 1, 0])
    assert recorded.bounds[1] == ([4, 5], [0, 0], [3, far])


def test_what_a_start_within_limits_moves_counts_as_well(recorded: type[Recorded]) -> None:
    problem = Nearest(np.array([9000.0]), np.zeros(1), np.array([7000.0]), np.ones(1, dtype=bool))
    problem.solve()
    assert recorded.bounds == [([1], [0], [0]), ([2], [0], [4002])]


def test_a_search_is_told_what_it_may_lose(
    recorded: type[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "values", np.array([0.5]))
    problem = problem_of([1.5])
    beside = problem.add_whole(np.array([2.0]))
    problem.solve()
    whole = [0, 1, 2, *beside.tolist()]
    usual = {"whole": whole, "gap": 1e-6, "most_nodes": 2000}
    assert recorded.asked == {**usual, "fair_loss": 10_000.0, "near": False}
    problem.solve(gap=0.5, most_nodes=7, may_lose=1)
    assert recorded.asked == {
        "whole": whole, "gap": 0.5, "most_nodes": 7, "fair_loss": 10_000.0, "near": True
    }  # fmt: skip
    problem.solve(may_lose=3)
    assert recorded.asked == {**usual, "fair_loss": 30_000.0, "near": True}
    monkeypatch.setattr(recorded, "values", np.array([1.0]))
    problem.solve()
    assert not recorded.asked
    assert written(problem).least[beside].tolist() == [2.0]


def test_steps_up_and_down_make_the_number(
    recorded: type[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "values", np.array([1.0, 4.0, 2.0]))
    problem = problem_of([10.5])
    found = problem.solve()
    assert found is not None
    assert found.tolist() == [13]
    monkeypatch.setattr(recorded, "values", np.array([0.25, 4.0, 2.0]))
    fractions = problem.relaxed()
    assert fractions is not None
    assert fractions.tolist() == [12.25]


def test_a_number_a_millionth_off_is_not_whole() -> None:
    assert _is_whole(np.array([0.0, 7.0, 2.0 - 0.9 * WHOLE]))
    assert _is_whole(np.zeros(0))
    assert not _is_whole(np.array([3.0, WHOLE]))


# ---------------------------------------------------------------- regional rules

CELLS = 8
"""Regions A and B, quarters Q1 and Q2, products p and r, in this order of axes."""


def world(**rules: Any) -> Instance:
    """Return a world of 100 in units of a half."""
    made = make_instance(
        {"A": 60, "B": 40}, 100.0, products={"p": 0.5, "r": 0.5}, periods={"Q1": 0.5, "Q2": 0.5},
        **rules,
    )  # fmt: skip
    return replace(made, unit=0.5)


def frame_of(instance: Instance, most: float = 200.0) -> Frame:
    return Frame(instance, read_rules(instance), read_pools(instance), most, read_room(instance))


def ones(*items: int, count: int = CELLS) -> list[float]:
    return [1.0 if item in items else 0.0 for item in range(count)]


def test_the_ask_is_the_goal_with_over_assignment_in_whole_units() -> None:
    instance = world(over_region=0.013)
    assert whole_ask(instance) == 202
    problem = problem_of([1.5] * 3)
    keep_ask_total(frame_of(instance), problem, np.array([0, 2]))
    assert written(problem).rows() == [(202, 202, [1, 0, 1])]


@pytest.mark.parametrize(
    ("exact", "most"), [(250.0, 200), (49.9999995, 50), (49.99999, 49), (199.9999999, 200)]
)
def test_no_more_is_placed_than_the_exact_plan_places(exact: float, most: int) -> None:
    frame = frame_of(world(), exact)
    assert whole_most(frame) == most
    problem = problem_of([1.5] * 3)
    keep_placed_total(frame, problem, np.array([1, 2]))
    assert written(problem).rows() == [(-inf, most, [0, 1, 1])]


def test_what_the_exact_plan_places_may_be_a_billionth_short() -> None:
    large = replace(world(), goal=1e10)
    assert whole_most(frame_of(large, 1e10 - 5)) == 10**10 + 5
    assert whole_most(frame_of(large, 1e10 - 50)) == 10**10 - 40


def test_rows_of_a_slice() -> None:
    frame = frame_of(world(potentials=[(Where(region="A"), 9.0), (Where(period="Q2"), 9.0)]))
    slices = frame.instance.potentials.slices
    assert [frame.in_row_slice(slices, row).tolist() for row in (0, 1)] == [[0, 1], [1, 3]]
    assert (frame.rows, frame.row_of_cell.tolist()) == (4, [0, 0, 1, 1, 2, 2, 3, 3])


def test_totals_of_the_tree_are_kept_near_by_key_and_in_all() -> None:
    exact = np.array([1.25, 2.5, 3.0, 4.75])
    for plain in (True, False):
        problem = problem_of(exact.tolist())
        leaf, key = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
        keep_near_tree(frame_of(world()), problem, exact, leaf, key, 2, plain=plain)
        found = written(problem)
        nodes = [([0, 2], [1, 3], [0, 1, 2, 3]), ([0], [1], [0, 1]), ([2], [3], [2, 3])]
        rows = [items for node in nodes for items in (node if plain else node[:2])]
        assert found.items.tolist() == [ones(*items, count=4) for items in rows]
        totals = np.array([exact[items].sum() for items in rows])
        assert found.low.tolist() == found.high.tolist() == np.floor(totals).tolist()
        left = totals - np.floor(totals)
        tie = 1e-3 * np.arange(len(rows)) / len(rows)
        assert found.cost[12 : 12 + len(rows)] == pytest.approx(3.0 * (1.0 - 2.0 * left + tie))


def backed_world() -> Instance:
    return world(
        potentials=[(Where(region="A", product="p"), 9.0), (Where(region="B"), 7.5)],
        region_locks=[(Where(period="Q1", product="r"), 5.0), (Where(region="B"), 6.0)],
    )


def test_potentials_and_locks_of_regions_are_rows() -> None:
    frame = frame_of(backed_world())
    problem = problem_of([0.5] * (CELLS + 1))
    keep_backing(frame, problem, 1)
    found = written(problem)
    assert found.items[:, 0].tolist() == [0] * 4
    assert [(low, high, row[1:]) for low, high, row in found.rows()] == [
        (-inf, 18, ones(0, 2)),
        (-inf, 15, ones(4, 5, 6, 7)),
        (10, 10, ones(1, 5)),
        (12, 12, ones(4, 5, 6, 7)),
    ]
    totals = problem_of([0.5] * 4)
    keep_row_slices(frame, totals)
    rows = [(-inf, 15.0, ones(2, 3, count=4)), (12.0, 12.0, ones(2, 3, count=4))]
    assert written(totals).rows() == rows


@pytest.mark.parametrize(
    ("changed", "kept"),
    [({}, True), ({0: 9}, True), ({0: 10}, False), ({1: 8}, False), ({4: 1}, False),
     ({4: 1, 6: 3}, True), ({4: 2, 6: 3}, False)],
)  # fmt: skip
def test_whole_cells_keep_potentials_and_locks(changed: dict[int, int], kept: bool) -> None:
    placed = np.array([9, 7, 9, 30, 2, 3, 2, 5])
    for cell, amount in changed.items():
        placed[cell] = amount
    assert keeps_backing(frame_of(backed_world()), placed) == kept


@pytest.mark.parametrize(
    ("low", "high", "total", "inner", "outer"),
    [
        (0.25, 0.45, 10, (3, 4), (2, 5)),
        (0.3, 0.5, 10, (3, 5), (3, 5)),
        (0.31, 0.38, 10, (3, 4), (3, 4)),
        (0.0, inf, 10, (0, 10), (0, 10)),
        # No whole number lies within, and one is a ten-millionth away.
        (0.39999999, 0.39999999, 10, (3, 4), (3, 4)),
        (0.30000001, 0.30000001, 10, (3, 4), (3, 4)),
        # Dust of floats above a whole number is that number.
        (0.1 + 0.2, 0.3, 10, (3, 3), (3, 3)),
        (0.1 + 0.2, 0.29999999999999993, 10**14, (3 * 10**13,) * 2, (3 * 10**13,) * 2),
        # A miss of a unit less a millionth is one of a unit.
        (0.2999999, 0.45, 10, (3, 4), (3, 5)),
        (0.25, 0.4000001, 10, (3, 4), (2, 4)),
    ],
)
def test_share_bands_in_whole_units(
    low: float, high: float, total: int, inner: tuple[int, int], outer: tuple[int, int]
) -> None:
    sides = whole_band(np.array([low]), np.array([high]), total)
    assert [(int(least[0]), int(most[0])) for least, most in sides] == [inner, outer]


BANDS = [
    ("region_share", Where(region="A"), Where(), 0.255, 0.7),
    ("share", Where(region="A", product="p"), Where(region="A"), 0.25, 0.26),
    ("share", Where(region="B", product="r"), Where(region="B"), 0.0, 0.27),
    ("product", Where("Q1", product="p"), Where("Q1"), 0.5, inf),
    ("period", Where("Q1", "B"), Where(region="B"), 0.5, 0.5),
]
"""Of the goal; with less and more room than a unit for each region; without a side; none."""


def test_bands_of_the_goal_have_limits_and_others_shares() -> None:
    instance = world(bands=BANDS)
    frame = frame_of(instance)
    problem = problem_of([0.5] * CELLS)
    rules = frame.rules
    keep_bands(frame, problem, rules.band_part, rules.band_whole, np.arange(5))
    found = written(problem)
    a_part, a_half = np.array(ones(0, 2)), 0.25 * np.array(ones(0, 1, 2, 3))
    b_part, b_all = np.array(ones(5, 7)), np.array(ones(4, 5, 6, 7))
    first, quarter = np.array(ones(4, 5)), np.array(ones(0, 4)) - 0.5 * np.array(ones(0, 1, 4, 5))
    expected = [
        ones(0, 1, 2, 3),
        a_part - a_half,
        quarter,
        first - 0.5 * b_all,
        -a_part + 0.26 / 0.25 * a_half,
        -b_part + 0.27 * b_all,
        -first + 0.5 * b_all,
    ]
    assert found.items == pytest.approx(np.array(expected))
    assert (found.low[0], found.high[0]) == (51, 140)
    assert found.low[1:].tolist() == [0] * 6
    assert found.high[1:].tolist() == [inf] * 6
    assert found.steps(24)[:2] == [(0, 20), (0, 20)]
    assert [cost for _, cost in found.steps(26)] == [20, 20, 0, 20, 20, 0]


def test_room_of_a_unit_for_each_region_makes_a_share_strict() -> None:
    """Two regions and an ask of 200 units: a hundredth of the whole is 2 units."""
    sides = (0.25, 0.26), (0.25, 0.2599), (0.0, 0.01), (0.0, 0.0099), (0.985, inf), (0.995, inf)
    for (low, high), prices in zip(sides, ([20, 20], [0, 0], [20], [0], [20], [0]), strict=True):
        band = ("share", Where(region="A", product="p"), Where(region="A"), low, high)
        frame = frame_of(world(bands=[band]))
        problem = problem_of([0.5] * CELLS)
        rules = frame.rules
        keep_bands(frame, problem, rules.band_part, rules.band_whole, np.arange(1))
        assert [cost for _, cost in written(problem).steps(24)] == prices


def test_bands_without_products_are_kept_by_totals_of_regions_and_periods() -> None:
    frame = frame_of(world(bands=BANDS))
    totals = problem_of([0.5] * 4)
    keep_row_bands(frame, totals)
    expected = [[1, 1, 0, 0], [0, 0, 0.5, -0.5], [0, 0, -0.5, 0.5]]
    assert written(totals).items.tolist() == expected


def test_slices_of_the_shares_table_stay_near_their_asks() -> None:
    frame = frame_of(world(bands=BANDS))
    problem = problem_of([0.5] * CELLS)
    keep_near_slices(frame, problem, np.arange(CELLS) + 0.25)
    found = written(problem)
    assert found.rows() == [(2, 2, ones(0, 2)), (12, 12, ones(5, 7))]
    assert found.cost[24:26] == pytest.approx([2 * (1 - 2 * 0.5), 2 * (1 - 2 * 0.5 + 0.5e-3)])
    plain = problem_of([0.5] * CELLS)
    keep_near_slices(frame_of(world(bands=BANDS[:1])), plain, np.ones(CELLS))
    assert not written(plain).rows()


@pytest.mark.parametrize(
    ("low", "high", "part", "rest", "kept"),
    [
        (0.25, 0.75, 8, 2, True),
        (0.25, 0.75, 9, 1, False),
        (0.25, 0.75, 9, 3, True),
        (0.25, 0.75, 10, 2, False),
        (0.25, 0.75, 3, 9, True),
        (0.25, 0.75, 2, 10, False),
        (0.25, inf, 12, 0, True),
        (0.0, 1e-6, 1, 0, False),
        (1 - 1e-6, 1.0, 0, 1, False),
        (0.25, 0.75, 0, 0, True),
    ],
)
def test_whole_asks_keep_bands_within_less_than_one_unit(
    low: float, high: float, part: int, rest: int, kept: bool
) -> None:
    band = ("share", Where(region="A", product="p"), Where(region="A"), low, high)
    wide = ("share", Where(region="B", product="p"), Where(region="B"), 0.1, 0.9)
    asked = np.array([part, rest, 0, 0, 5, 5, 5, 5])
    assert keeps_bands(frame_of(world(bands=[wide, band])), asked) == kept


# ---------------------------------------------------------------- what people leave room for

SELLERS = [
    Person("a", "A", high=30.3, low=4.2, total_high=50.0),
    Person("b", "A", high=inf, low=1.0, sells=("p",), total_high=20.0),
    Person("c", "B", high=12.0, low=3.0, total_low=5.0),
]


def test_a_region_and_period_stays_between_what_its_reps_must_and_can_carry() -> None:
    instance = world(people=SELLERS, over_rep=0.1)
    frame = frame_of(instance)
    low, high = within_street(frame, np.array([0.0, 10, 0, 0]), np.array([9.0, inf, inf, 20]))
    assert low.tolist() == [10, 10, 6, 6]
    assert high.tolist() == [9, inf, 24, 20]
    alone = within_street(frame_of(world(people=SELLERS[:1])), np.zeros(4), np.full(4, inf))
    assert [side.tolist() for side in alone] == [[9, 9, 0, 0], [60, 60, 0, 0]]
    regional = frame_of(world())
    same = within_street(regional, np.ones(4), np.full(4, 7.0))
    assert [side.tolist() for side in same] == [[1] * 4, [7] * 4]


def test_years_of_people_are_rows_where_there_are_any() -> None:
    frame = frame_of(world(people=SELLERS, over_rep=0.1))
    problem = problem_of([0.5] * 5)
    keep_years(frame, problem, np.array([0, 0, 1, 1]), 1)
    assert written(problem).rows() == [(0, 140, [0, 1, 1, 0, 0]), (10, inf, [0, 0, 0, 1, 1])]
    free = problem_of([0.5] * 5)
    for least in (0.0, 0.5):
        people = [Person("a", "A"), Person("c", "B", total_low=least)]
        keep_years(frame_of(world(people=people)), free, np.array([0, 0, 1, 1]), 1)
    assert written(free).rows() == [(1, inf, [0, 0, 0, 1, 1])]
    cells = problem_of([0.5] * CELLS)
    keep_people(frame, cells, 0)
    assert (10, inf, ones(4, 5, 6, 7)) in written(cells).rows()


def test_a_lock_on_a_rep_covers_its_quarter_and_product() -> None:
    people = [Person("a", "A"), Person("b", "A", sells=("p",)), Person("c", "B")]
    places = [("a", "Q1", "p"), ("a", "*", "r"), ("a", "Q2", "*"), ("b", "*", "*")]
    made = world(people=people, rep_locks=[(*place, 4.0) for place in places])
    pools = frame_of(made).pools
    assert pools is not None
    pool, product = mixed_volumes(made, pools)
    found = rep_lock_items(made, pools, pool, product)
    names = [["b", "a"][pools.group[one] % 2] for one in pool]
    covered = [(lock, names[item], int(pools.period[pool[item]]), int(product[item]))
               for lock, item in zip(found.row, found.cell, strict=True)]  # fmt: skip
    expected = {(0, "a", 0, 0), (1, "a", 0, 1), (1, "a", 1, 1), (2, "a", 1, 0), (2, "a", 1, 1),
                (3, "b", 0, 0), (3, "b", 1, 0)}  # fmt: skip
    assert len(covered) == len(expected)
    assert set(covered) == expected


def mixed_world(**more: Any) -> Instance:
    """Return region A of one rep, and B where a sells p and r and b only p, in one quarter."""
    people = [
        Person("c", "A", high=12.0, low=3.0),
        Person("a", "B", high=30.0, low=4.0),
        Person("b", "B", low=1.0, sells=("p",)),
    ]
    made = make_instance(
        {"A": 60, "B": 40}, 100.0, products={"p": 0.5, "r": 0.5}, people=people,
        rep_locks=[("b", "*", "p", 2.5), ("a", "Q1", "*", 6.0)], over_rep=0.25,
    )  # fmt: skip
    return replace(made, unit=0.5, **more)


def test_volumes_of_people_with_different_lists_cover_what_is_placed() -> None:
    """Each volume is a number beside the cells: what b sells of p, and a of p and r."""
    for over, slack in ((0.25, 1 - 1e-6), (0.0, 0.0)):
        problem = problem_of([0.5] * 5)
        keep_people(frame_of(mixed_world(over_rep=over)), problem, 1)
        found = written(problem)
        beside = found.matrix[:, -3:]
        rows = zip(found.rows(), beside.tolist(), strict=True)
        most, none = 1.0 + over, [0, 0, 0]
        assert not found.items[:, 0].any()
        assert [(low, high, items[1:], more) for (low, high, items), more in rows] == [
            (5 if over else 6, 24, [1, 1, 0, 0], none),
            (8 if over else 10, inf, [0, 0, 1, 1], none),
            (2, inf, [0, 0, 0, 0], [1, 0, 0]),
            (8, 60, [0, 0, 0, 0], [0, 1, 1]),
            (0, inf, [0, 0, -1, 0], [1, 1, 0]),
            (0, inf, [0, 0, 0, -1], [0, 0, 1]),
            (-slack, inf, [0, 0, most, 0], [-1, -1, 0]),
            (-slack, inf, [0, 0, 0, most], [0, 0, -1]),
            (0, inf, [0, 0, 0, 0], none),
            (0, inf, [0, 0, most, most], [-1, -1, -1]),
            (5, 5, [0, 0, 0, 0], [1, 0, 0]),
            (12, 12, [0, 0, 0, 0], [0, 1, 1]),
        ]
        assert found.least[-3:].tolist() == [0, 0, 0]
        assert found.most[-3:].tolist() == [inf, inf, inf]


def test_volumes_are_at_least_what_must_be() -> None:
    low = np.array([[[1.0, 1.5]], [[0.5, 0.0]], [[2.0, 0.0]]])
    problem = problem_of([0.5] * 4)
    keep_people(frame_of(mixed_world(volume_low=low)), problem, 0)
    assert written(problem).least[-5:].tolist() == [2, 3, 1, 4, 0]


def test_effort_of_what_is_placed_leaves_people_their_capacity() -> None:
    """A closed cell takes no effort; who has no pools leaves the cells alone."""
    made = replace(mixed_world(), effort=np.array([1.0, 1.5]))
    reference = made.reference.copy()
    reference[0, 0, 1] = 0.0
    frame = frame_of(replace(made, reference=reference))
    room = Room(
        row=np.array([0, 0, 1]), leaf=np.array([0, 0, 1]), period=np.zeros(3, dtype=np.int64),
        product=np.array([0, 1, 1]), weight=np.array([1.0, 1.5, 1.5]), high=np.array([24.0, 9.25]),
        year_low=np.zeros(2), year_high=np.full(2, inf),
    )  # fmt: skip
    problem = problem_of([0.5] * 4)
    keep_people(replace(frame, room=room), problem, 1)
    efforts = [row for row in written(problem).rows() if 1.5 in row[2]]
    assert efforts == [(-inf, pytest.approx(9.25 + 1e-9, abs=1e-12), [0, 0, 0, 1.5])]
    capped = [row for row in written(problem).rows() if row[1] > 24 and row[1] < 25]
    assert [items for _, _, items in capped] == [[0, 1, 0, 0]]
    regional = problem_of([0.5] * 4)
    keep_people(frame_of(world()), regional, 0)
    assert not written(regional).rows()


# ---------------------------------------------------------------- the cells of one region

ITEMS = Items(
    np.array([0, 0, 0, 1, 1, 1, 2, 2, 2]),
    np.array([0, 1, 1, 0, 1, 1, 0, 1, 1]),
    np.array([0, 0, 1, 0, 0, 1, 0, 0, 1]),
)
"""Reps a, b and c: p in the first quarter, p and r in the second."""


def region_world(**more: Any) -> Instance:
    """Return one region; a and b are alike, a lock names c."""
    people = [Person("a", "A", 30.3, 4.2), Person("b", "A", 30.3, 4.2), Person("c", "A", 8.0)]
    locks = [("c", "*", "p", 5.0), ("c", "Q2", "*", 2.0), ("c", "Q1", "*", 1.0)]
    made = make_instance(
        {"A": 1.0}, 100.0, products={"p": 0.5, "r": 0.5}, periods={"Q1": 0.5, "Q2": 0.5},
        people=people, rep_locks=locks, over_rep=0.25, effort={"p": 1.0, "r": 1.5},
    )  # fmt: skip
    return replace(made, unit=0.5, **more)


TASK = Task(
    leaf=0, periods=np.array([0, 1]), placed=np.array([[41, 99], [30, 21]]),
    total=np.array([[15.25, 20.5], [16.0, 20.5], [5.0, 4.0]]),
    base=np.zeros((3, 2, 2), dtype=np.int64),
    year_low=np.array([0.0, 12.0, 0.0]), year_high=np.array([70.0, inf, 25.0]), search=True,
)  # fmt: skip


def nine(*items: int) -> list[float]:
    return ones(*items, count=9)


def test_rules_of_single_reps_are_rows() -> None:
    problem = problem_of([0.5] * 9)
    keep_rep_rules(region_world(), TASK, ITEMS, problem)
    found = written(problem)
    totals = [nine(0), nine(1, 2), nine(3), nine(4, 5), nine(6), nine(7, 8)]
    effort = [nine(0), (np.array(nine(1)) + 1.5 * np.array(nine(2))).tolist(),
              nine(3), (np.array(nine(4)) + 1.5 * np.array(nine(5))).tolist(),
              nine(6), (np.array(nine(7)) + 1.5 * np.array(nine(8))).tolist()]  # fmt: skip
    rows = found.rows()
    assert rows[:6] == [(9, 60, row) for row in totals[:4]] + [(0, 16, row) for row in totals[4:]]
    near = [15, 20, 16, 20, 5, 4]
    assert rows[6:12] == [(low, low, row) for low, row in zip(near, totals, strict=True)]
    assert found.cost[27:33] == pytest.approx(
        [60 * (1 - 2 * left + 1e-3 * place / 6)
         for place, left in enumerate([0.25, 0.5, 0.0, 0.5, 0.0, 0.0])]
    )  # fmt: skip
    assert [row for _, _, row in rows[12:18]] == effort
    assert [high for _, high, _ in rows[12:18]] == pytest.approx([60.6] * 4 + [16] * 2, abs=1e-8)
    assert all(high > round(high, 1) for _, high, _ in rows[12:18])
    assert {low for low, _, _ in rows[12:18]} == {-inf}
    assert rows[18:21] == [(0, 70, nine(0, 1, 2)), (12, inf, nine(3, 4, 5)), (0, 25, nine(6, 7, 8))]
    assert rows[21:] == [(10, 10, nine(6, 7)), (4, 4, nine(7, 8)), (2, 2, nine(6))]


def test_effort_limits_only_whom_a_capacity_does() -> None:
    made = region_world()
    assert made.reps is not None
    high = made.reps.high.copy()
    high[[0, 2], 1] = inf
    problem = problem_of([0.5] * 9)
    keep_rep_rules(replace(made, reps=replace(made.reps, high=high)), TASK, ITEMS, problem)
    rows = written(problem).rows()
    efforts = [row for low, most, row in rows if low == -inf and most < inf]
    heavy = (np.array(nine(4)) + 1.5 * np.array(nine(5))).tolist()
    assert efforts == [nine(0), nine(3), heavy, nine(6)]
    assert [most for _, most, _ in rows[:6]] == [60, MOST, 60, 60, 16, MOST]
    plain = problem_of([0.5] * 9)
    keep_rep_rules(replace(made, effort=None), TASK, ITEMS, plain)
    assert all(low > -inf for low, _, _ in written(plain).rows())


def test_what_is_placed_is_covered_and_equals_stay_equal() -> None:
    alone = replace(region_world(), effort=None)
    problem, people = problem_of([0.5] * 9), problem_of([0.5] * 9)
    region_problem(alone, TASK, ITEMS, problem)
    keep_rep_rules(alone, TASK, ITEMS, people)
    found, inner = written(problem), written(people)
    rows = found.rows()
    cells = [nine(0, 3, 6), nine(1, 4, 7), nine(2, 5, 8)]
    assert rows[:3] == list(zip([41, 30, 21], [52, 38, 27], cells, strict=True))
    assert found.steps(27)[:6] == [
        (41, 50_000), (30, 50_000), (21, 50_000), (inf, 50_000), (inf, 50_000), (inf, 50_000)
    ]  # fmt: skip
    beside = found.matrix[:5, 27:33]
    assert beside[:3].tolist() == np.hstack([np.eye(3), -np.eye(3)]).tolist()
    assert rows[3:5] == [(-inf, 175, nine(0, 3, 6)), (-inf, 63, nine(1, 2, 4, 5, 7, 8))]
    assert beside[3:].tolist() == [[0, 0, 0, -1, 0, 0], [0, 0, 0, 0, -1, -1]]
    number = len(inner.low)
    assert rows[5 : 5 + number] == inner.rows()
    alike = [nine(0), nine(1, 2), nine(3), nine(4, 5)]
    assert rows[5 + number :] == [(0, 1, row) for row in alike]
    tail = found.matrix[5 + number :, -2:]
    assert tail.tolist() == [[-1, 0], [0, -1], [-1, 0], [0, -1]]
    assert found.least[-2:].tolist() == [0, 0]
    assert found.most[-2:].tolist() == [inf, inf]


def test_cells_of_later_quarters_only_are_covered_in_theirs() -> None:
    later = ITEMS.period == 1
    items = Items(ITEMS.rep[later], ITEMS.period[later], ITEMS.product[later])
    problem = problem_of([0.5] * 6)
    region_problem(region_world(), TASK, items, problem)
    found = written(problem)
    assert found.rows()[2][:2] == (-inf, 63)
    assert found.matrix[2, 18:22].tolist() == [0, 0, -1, -1]


def test_people_who_differ_need_not_be_equal() -> None:
    """Of three kinds over two quarters none shares a number with another."""
    people = [
        Person(name, "A", weight=weight) for name, weight in zip("abc", (1, 2, 3), strict=True)
    ]
    other = make_instance(
        {"A": 1.0}, 100.0, products={"p": 0.5, "r": 0.5}, periods={"Q1": 0.5, "Q2": 0.5},
        people=people,
    )  # fmt: skip
    problem = problem_of([0.5] * 9)
    region_problem(other, TASK, ITEMS, problem)
    assert not [row for row in written(problem).rows() if row[:2] == (0, 1)]


def test_no_plan_in_whole_units_asks_for_a_finer_rounding() -> None:
    error = no_whole_plan(world())
    assert "whole multiples of 0.5: set rounding to 0.05" in str(error)
    (change,) = error.changes
    assert (change.limit, change.amount, change.new_limit) == (0.5, 0.45, 0.05)
