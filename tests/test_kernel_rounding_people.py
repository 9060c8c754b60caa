"""One region's people in whole units: quick ways, searches, and what is tried again."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from instances import Person, make_instance

from optimizer.errors import ContradictionError, SearchEndedError
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results import region_units, whole_limits, whole_region
from optimizer.results.region_task import Items, Region, Task, one_region
from optimizer.results.region_units import (
    _hold_locked,
    _keeps_limits,
    _read,
    _Region,
    _totals,
    without_search,
)
from optimizer.results.whole_limits import Mended, _Work, in_totals, mend, narrowed
from optimizer.results.whole_region import _exact, _left_over, round_region

TWO = {"p": 0.5, "r": 0.5}
HALVES = {"Q1": 0.5, "Q2": 0.5}


def crew(people: list[Person], *, unit: float = 0.5, **rules: Any) -> Instance:
    regions = {person.region: 1.0 for person in people}
    return replace(make_instance(regions, 100.0, people=people, **rules), unit=unit)


def task_of(placed: list[list[int]], total: list[list[float]], **more: Any) -> Task:
    people = len(total)
    return Task(
        leaf=0,
        periods=np.array(more.get("periods", range(len(placed)))),
        placed=np.array(placed),
        total=np.array(total, dtype=float),
        base=more.get("base", np.zeros((people, len(placed), len(placed[0])), dtype=np.int64)),
        year_low=np.array(more.get("year_low", [0.0] * people)),
        year_high=np.array(more.get("year_high", [inf] * people)),
        search=more.get("search", False),
    )


def all_items(people: int, periods: int, products: int) -> Items:
    return Items(*np.nonzero(np.ones((people, periods, products))))


# ---------------------------------------------------------------- unit by unit, a whole region


def region_of(exact: list[list[float]], **more: Any) -> _Region:
    """Return a region of one product; `exact` is (rep, period)."""
    cells = np.array(exact, dtype=float)[:, :, None]
    shape = cells.shape[:2]
    usual: dict[str, Any] = {
        "exact": cells,
        "base": np.zeros(cells.shape, dtype=np.int64),
        "allowed": np.ones(cells.shape, dtype=bool),
        "low": np.zeros(shape),
        "high": np.full(shape, inf),
        "capacity": np.full(shape, inf),
        "year_low": np.zeros(len(cells)),
        "year_high": np.full(len(cells), inf),
        "kind": np.arange(len(cells)),
    }
    return _Region(**{**usual, **{name: np.array(value) for name, value in more.items()}})


@pytest.mark.parametrize(
    ("exact", "more", "total"),
    [
        ([[1.5, 2.5], [1.5, 2.5]], {}, [[2, 3], [1, 2]]),
        ([[1.5, 2.5], [1.5, 2.5]], {"year_low": [0, 5]}, [[1, 2], [2, 3]]),
        ([[1.5, 2.5], [1.5, 2.5]], {"year_high": [3, inf]}, [[1, 2], [2, 3]]),
        ([[0.4], [0.6]], {"year_low": [1, 0]}, [[1], [0]]),
        ([[1.5], [1.5]], {"high": [[1], [9]]}, [[1], [2]]),
        ([[1.4], [1.6]], {"low": [[2], [0]]}, [[2], [1]]),
        ([[1.5], [1.5]], {"high": [[1], [1]]}, None),
        ([[1.5], [2.5]], {"high": [[9], [1]]}, None),
        ([[1.4999998], [1.4999997]], {}, [[2], [1]]),
        ([[1.4], [1.4]], {}, [[1], [1]]),
    ],
)
def test_totals_keep_streets_and_years(
    exact: list[list[float]], more: dict[str, Any], total: list[list[int]] | None
) -> None:
    found = _totals(region_of(exact, **more))
    assert (None if found is None else found.tolist()) == total


@pytest.mark.parametrize(
    ("name", "place", "within", "beyond"),
    [
        ("base", (0, 0, 0), 2, 3),
        ("low", (0, 1), 4, 5),
        ("high", (0, 1), 4, 3),
        ("year_low", 1, 8, 9),
        ("year_high", 1, 8, 7),
        ("capacity", (1, 0), 5.0, 4.9),
    ],
)
def test_whole_cells_keep_every_limit_of_people(
    name: str, place: Any, within: float, beyond: float
) -> None:
    cells, effort = np.full((2, 2, 2), 2), np.array([1.0, 1.5])
    region = region_of([[2.0, 2.0]] * 2, base=np.zeros(cells.shape, dtype=np.int64),
                       allowed=np.ones(cells.shape, dtype=bool))  # fmt: skip
    assert _keeps_limits(region, cells, effort)
    for limit, kept in ((within, True), (beyond, False)):
        values = getattr(region, name).astype(float)
        values[place] = limit
        assert _keeps_limits(replace(region, **{name: values}), cells, effort) == kept


def test_cells_that_are_settled_stay_and_equals_differ_by_a_unit() -> None:
    cells, effort = np.full((2, 2, 2), 2), np.ones(2)
    base, allowed = np.zeros(cells.shape, dtype=np.int64), np.ones(cells.shape, dtype=bool)
    allowed[0, 1, 1] = False
    base[0, 1, 1] = 2
    region = region_of([[2.0, 2.0]] * 2, base=base, allowed=allowed)
    assert _keeps_limits(region, cells, effort)
    assert not _keeps_limits(replace(region, base=0 * base), cells, effort)
    equals = replace(region, kind=np.zeros(2, dtype=np.int64))
    for more, kept in ((0, True), (1, True), (2, False)):
        changed = cells.copy()
        changed[1, 0, 0] += more
        assert _keeps_limits(equals, changed, effort) == kept
        assert _keeps_limits(region, changed, effort)


ALIKE = [Person("a", "A", 30.3, 4.2), Person("b", "A", 30.3, 4.2), Person("c", "A", 8.0)]


def test_cells_of_equals_are_their_mean_and_limits_are_in_units() -> None:
    """Each sells p in the first quarter, p and r in the second; c has nothing in the second."""
    made = crew(ALIKE, products=TWO, periods=HALVES, effort={"p": 1.0, "r": 1.5},
                rep_locks=[("c", "*", "p", 5.0)])  # fmt: skip
    rep, period, product = np.array([[0, 0, 0, 1, 1, 1, 2], [0, 1, 1, 0, 1, 1, 0],
                                     [0, 0, 1, 0, 0, 1, 0]])  # fmt: skip
    base = np.arange(12).reshape(3, 2, 2)
    task = task_of([[9, 0], [9, 9]], [[0.0, 0.0]] * 3, base=base, year_low=[1.0, 2.0, 3.0],
                   year_high=[4.0, 5.0, 6.0])  # fmt: skip
    relaxed = np.array([4.0, -0.1, 2.0, 6.0, 3.0, 2.0, 5.0])
    members, row = np.unique(rep, return_inverse=True)
    found = _read(made, task, Items(rep, period, product), members, row, relaxed)
    assert found.exact.tolist() == [[[5, 0], [1.5, 2]], [[5, 0], [1.5, 2]], [[5, 0], [0, 0]]]
    assert found.allowed.astype(int).tolist() == [[[1, 0], [1, 1]], [[1, 0], [1, 1]],
                                                  [[1, 0], [0, 0]]]  # fmt: skip
    assert found.base.tolist() == [[[0, 0], [2, 3]], [[4, 0], [6, 7]], [[8, 0], [0, 0]]]
    assert found.low.tolist() == [[9, 9], [9, 9], [0, 0]]
    assert found.high.tolist() == [[60, 60], [60, 60], [16, 0]]
    assert found.capacity.ravel() == pytest.approx([60.6] * 4 + [16, 16], abs=1e-8)
    assert (found.capacity > [[60.6], [60.6], [16]]).all()
    assert found.kind.tolist() == [0, 0, 1]
    assert (found.year_low.tolist(), found.year_high.tolist()) == ([1, 2, 3], [4, 5, 6])


def test_cells_of_whom_a_lock_names_are_settled_first() -> None:
    locks = [("c", "*", "p", 5.0), ("c", "Q2", "*", 2.0)]
    items = all_items(3, 2, 2)
    relaxed = np.array([1.5] * 8 + [7.3, 0.4, 2.7, 1.3])
    task = task_of([[20, 9], [9, 9]], [[3.0, 3.0], [3.0, 3.0], [7.7, 4.0]])
    for own, expected in ((locks, [[7, 1], [3, 1]]), ([*locks, ("c", "Q1", "*", 1.0)], None)):
        made = crew(ALIKE, products=TWO, periods=HALVES, rep_locks=own)
        members, row = np.unique(items.rep, return_inverse=True)
        region = _read(made, task, items, members, row, relaxed)
        held = _hold_locked(made, task, items, row, relaxed, region)
        assert (held is None) == (expected is None)
        if held is not None:
            assert held.exact[2].tolist() == held.base[2].tolist()
            assert held.base[2].sum(axis=0)[0] == 10
            assert held.base[2, 1].sum() == 4
            assert not held.allowed[2].any()
            assert held.allowed[:2].all() and not held.base[:2].any()
            assert (held.exact[:2] == 1.5).all()
    free = crew(ALIKE, products=TWO, periods=HALVES)
    region = _read(free, task, items, members, row, relaxed)
    assert _hold_locked(free, task, items, row, relaxed, region) is region


def test_a_region_is_filled_without_a_search() -> None:
    """Heavy units go first to the first of two equals; only the second quarter is a task."""
    people = [Person("a", "A", high=5.0), Person("b", "A", high=5.0)]
    made = crew(people, products=TWO, periods=HALVES, effort={"p": 2.0, "r": 1.0})
    chosen = np.zeros((2, 2, 2))
    chosen[:, 1] = 1
    items = Items(*np.nonzero(chosen))
    task = task_of([[99, 99], [5, 5]], [[0.0, 5.0]] * 2, periods=[1])
    found = without_search(made, task, items, np.full(4, 2.5))
    assert found is not None
    assert found.tolist() == [3, 2, 2, 3]
    tight = replace(task, year_high=np.array([4.0, inf]))
    assert without_search(made, tight, items, np.full(4, 2.5)) is None
    over = replace(made, over_rep=0.25)
    wide = replace(task, placed=np.array([[99, 99], [1, 1]]))
    assert without_search(over, wide, items, np.ones(4)) is None
    fits = replace(task, placed=np.array([[99, 99], [2, 2]]))
    found = without_search(over, fits, items, np.ones(4))
    assert found is not None
    assert found.tolist() == [1, 1, 1, 1]


def test_a_street_beyond_over_assignment_in_any_quarter_is_left_to_a_search() -> None:
    made = crew([Person("a", "A"), Person("b", "A", total_high=9.0)], periods=HALVES,
                products={"p": 1.0}, over_rep=0.25)  # fmt: skip
    made = replace(made, over_rep=0.25)
    items = all_items(2, 2, 1)
    found = without_search(made, task_of([[4], [4]], [[2.5, 2.5]] * 2), items, np.full(4, 2.5))
    assert found is not None
    assert found.reshape(2, 2).sum(axis=0).tolist() == [5, 5]
    two = crew([Person("a", "A"), Person("b", "A", total_high=9.0)], periods=HALVES,
               products=TWO, over_rep=0.25)  # fmt: skip
    task = task_of([[2, 2], [1, 1]], [[2.0, 2.0]] * 2)
    assert without_search(two, task, all_items(2, 2, 2), np.ones(8)) is None


def test_room_of_the_year_counts_what_other_quarters_were_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Totals of 3 in each quarter; the first is given one more of a, and b has no limit."""
    room: list[list[float]] = []
    given = [np.array([[4], [2]]), np.array([[3], [3]])]

    def give(table: Any, total: Ints, year_room: Floats) -> Ints:
        assert total.tolist() == [3, 3]
        room.append(year_room.tolist())
        return given[len(room) - 1]

    monkeypatch.setattr(region_units, "give_units", give)
    made = crew([Person("a", "A"), Person("b", "A", weight=2.0)], periods=HALVES)
    task = task_of([[6], [6]], [[3.0, 3.0]] * 2, year_high=[20.0, 7.0])
    found = without_search(made, task, all_items(2, 2, 1), np.full(4, 3.0))
    assert found is not None
    assert found.tolist() == [4, 3, 2, 3]
    assert room == [[14, 1], [13, 2]]


# ---------------------------------------------------------------- one region's problem


def test_a_region_keeps_the_data_of_its_own_reps() -> None:
    people = [Person("a", "A", 9.0, 1.0), Person("b", "B", 8.0, 2.0, total_high=7.0),
              Person("c", "B", 6.0, 3.0, weight=2.0), Person("d", "C", 5.0, 4.0)]  # fmt: skip
    locks = [
        ("a", "Q1", "*", 1.0),
        ("b", "Q1", "*", 2.0),
        ("c", "*", "*", 3.0),
        ("d", "*", "*", 4.0),
    ]
    made = crew(people, periods=HALVES, rep_locks=locks)
    made = replace(made, cells_low=np.arange(8.0).reshape(4, 2, 1))
    own = one_region(made, slice(1, 3))
    assert own.reps is not None and own.cells_low is not None
    assert made.reps is not None
    assert own.reps.names == ("b", "c")
    assert own.reps.low.tolist() == [[2, 2], [3, 3]]
    assert own.reps.high.tolist() == [[8, 8], [6, 6]]
    assert own.reps.total_high is not None
    assert own.reps.total_high.tolist() == [7, inf]
    assert own.reps.total_given is None
    assert own.cells_low.ravel().tolist() == [2, 3, 4, 5]
    assert own.rep_locks.rep.tolist() == [0, 1]
    assert own.rep_locks.period.tolist() == [0, -1]
    assert own.rep_locks.amount.tolist() == [2, 3]
    assert one_region(replace(made, cells_low=None), slice(1, 3)).cells_low is None


def test_what_cells_leave_over_is_missing_and_beyond() -> None:
    made = crew([Person("a", "A"), Person("b", "A")], products=TWO, periods=HALVES, over_rep=0.25)
    task = task_of([[4, 10], [9, 9]], [[0.0, 0.0]] * 2, periods=[0])
    items = all_items(2, 2, 2)
    cells = np.array([[[1.5, 9.0], [0.0, 0.0]], [[1.0, 6.0], [0.0, 99.0]]]).ravel()
    assert _left_over(made, task, items, cells) == pytest.approx(1.5 + 2.0)
    both = replace(task, periods=np.array([0, 1]))
    assert _left_over(made, both, items, cells) == pytest.approx(3.5 + 9.0 + 87.0)
    region = whole_region._read(made, task, items, np.floor(cells).astype(np.int64))
    assert region.missing.tolist() == [[2, 0], [0, 0]]
    assert region.excess.tolist() == [[0, 2], [0, 0]]
    assert (region.left_over, region.leaves_over) == (4, True)


def test_exact_cells_follow_the_mix_within_capacities() -> None:
    people = [Person("a", "A", high=4.0), Person("b", "A", sells=("p",)), Person("c", "A")]
    made = crew(people, products=TWO, periods=HALVES, effort={"p": 1.0, "r": 1.5})
    chosen = np.ones((3, 2, 2), dtype=bool)
    chosen[1, :, 1] = False
    chosen[1, 1] = False
    task = task_of([[4, 6], [0, 0]], [[6.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    found = _exact(made, task, chosen)
    assert not found[:, 1].any()
    assert found[:, 0].sum(axis=1) == pytest.approx([6, 2, 4])
    assert found[:, 0].sum(axis=0) == pytest.approx([4.8, 7.2], rel=1e-3)
    assert found[1, 0].tolist() == pytest.approx([2, 0])
    assert found[0, 0] @ [1.0, 1.5] == pytest.approx(8.0, rel=1e-3)
    later = _exact(made, replace(task, periods=np.array([1]), placed=task.placed[::-1]), chosen)
    assert not later[:, 0].any() and not later[1, 1].any()
    assert later[:, 1].sum() == pytest.approx(2.0)
    one = _exact(made, replace(task, placed=np.array([[1, 0], [0, 0]])), chosen)
    assert one[:, 0].sum() == pytest.approx(12.0)


class Scripted:
    """Answers of the quick way and of searches, in turn, and a record of what was asked."""

    def __init__(self, quick: list[Any], relaxed: list[float] | None, found: list[Any]) -> None:
        self.quick, self.fractions, self.found = quick, relaxed, found
        self.bounds: list[tuple[list[float], list[float]]] = []
        self.asked: list[tuple[float, int]] = []
        self.near: list[list[float]] = []

    def without_search(
        self, instance: Instance, task: Task, items: Items, relaxed: Floats
    ) -> Ints | None:
        self.near.append(relaxed.tolist())
        return self.next(self.quick)

    def region_problem(self, instance: Instance, task: Task, items: Items, problem: Any) -> Any:
        self.bounds.append((problem.low.tolist(), problem.high.tolist()))
        assert problem.worth.all()
        return self

    def relaxed(self) -> Floats | None:
        return None if self.fractions is None else np.array(self.fractions)

    def solve(self, *, gap: float, most_nodes: int) -> Ints | None:
        self.asked.append((gap, most_nodes))
        return self.next(self.found)

    @staticmethod
    def next(answers: list[Any]) -> Ints | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return None if answer is None else np.array(answer)


FULL, ONE, TWO_OFF, THREE, FIVE = (
    [2, 2, 2, 2], [2, 2, 2, 1], [2, 2, 2, 0], [2, 2, 1, 0], [1, 1, 1, 0]
)  # fmt: skip
OTHER = [1, 3, 3, 1]
FIRST, SECOND = (30_000.0, 10), (1.0, 10)
ENDED = SearchEndedError("too early")


@pytest.mark.parametrize(
    ("search", "quick", "relaxed", "found", "answer", "asked"),
    [
        # Two units over are few; more are tried from the nearest in fractions.
        (False, [TWO_OFF], None, [], TWO_OFF, []),
        (False, [THREE, ONE], [2.0] * 4, [], ONE, []),
        (False, [THREE, None], [2.0] * 4, [], THREE, []),
        (False, [None, FIVE], [2.0] * 4, [], FIVE, []),
        (False, [THREE, [1, 2, 2, 0]], [2.0] * 4, [], THREE, []),
        (False, [THREE], None, [], None, []),
        # In a small region no unit is given up without a search.
        (True, [FULL], None, [], FULL, []),
        (True, [ONE, FULL], [2.0] * 4, [], FULL, []),
        (True, [ONE, ONE], [1.9, 1.9, 1.9, 1.9], [], ONE, []),
        (True, [ONE, ONE], [2.0] * 4, [FULL, OTHER], OTHER, [FIRST, SECOND]),
        (True, [ONE, ONE], [2.0] * 4, [FULL, None], FULL, [FIRST, SECOND]),
        (True, [ONE, ONE], [2.0] * 4, [TWO_OFF], ONE, [FIRST]),
        (True, [ONE, ONE], [2.0] * 4, [None, FULL, OTHER], OTHER, [FIRST, FIRST, SECOND]),
        (True, [ONE, ONE], [2.0] * 4, [None, None], ONE, [FIRST, FIRST]),
        # Where no quick way leads anywhere there is a search in any region, wide at last.
        (False, [None, None], [2.0] * 4, [TWO_OFF], TWO_OFF, [FIRST]),
        (False, [None, None], [2.0] * 4, [THREE, FULL, OTHER], OTHER, [FIRST, FIRST, SECOND]),
        (False, [None, None], [2.0] * 4, [THREE, ONE], ONE, [FIRST, FIRST]),
        (False, [None, None], [2.0] * 4, [None, None], None, [FIRST, FIRST]),
        # A search that ends too early costs nothing of what is found without it.
        (True, [ONE, ONE], [2.0] * 4, [ENDED, FULL, OTHER], OTHER, [FIRST, FIRST, SECOND]),
        (True, [ONE, ONE], [2.0] * 4, [ENDED, ENDED], ONE, [FIRST, FIRST]),
        (True, [ONE, ONE], [2.0] * 4, [FULL, ENDED], FULL, [FIRST, SECOND]),
        (True, [ONE, ONE], [2.0] * 4, [FULL, ONE], FULL, [FIRST, SECOND]),
        (False, [None, None], [2.0] * 4, [ENDED, TWO_OFF], TWO_OFF, [FIRST, FIRST]),
        # That a wider search proves that there are none is a proof.
        (False, [None, None], [2.0] * 4, [ENDED, None], None, [FIRST, FIRST]),
    ],
)
def test_what_leaves_least_over_is_taken_and_searched_for_where_it_pays(
    monkeypatch: pytest.MonkeyPatch, search: bool, quick: list[Any], relaxed: list[float] | None,
    found: list[Any], answer: list[int] | None, asked: list[tuple[float, int]],
) -> None:  # fmt: skip
    made = crew([Person("a", "A"), Person("b", "A")], products=TWO)
    script = Scripted(list(quick), relaxed, list(found))
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    base = np.array([[[0, 0]], [[1, 0]]])
    task = task_of([[4, 4]], [[4.0]] * 2, search=search, base=base)
    region = round_region(made, task)
    assert (None if region is None else region.amount.tolist()) == answer
    assert script.asked == asked
    assert (script.quick, script.found) == ([], [])
    wide = ([0, 0, 1, 0], [inf] * 4)
    assert script.bounds[:1] in ([], [wide])
    if asked:
        assert script.bounds[1] == ([0, 0, 1, 0], [5, 5, 5, 5])
        assert script.bounds[2:] in ([], [wide])
    if len(script.near) > 1:
        assert script.near[1] == relaxed


@pytest.mark.parametrize("found", [[None, ENDED], [ENDED, ENDED]])
def test_a_search_that_ended_is_no_proof_that_there_is_nothing(
    monkeypatch: pytest.MonkeyPatch, found: list[Any]
) -> None:
    made = crew([Person("a", "A"), Person("b", "A")], products=TWO)
    script = Scripted([None, None], [2.0] * 4, list(found))
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    with pytest.raises(SearchEndedError, match="too early"):
        round_region(made, task_of([[4, 4]], [[4.0]] * 2))


def test_a_search_begins_three_units_around_the_nearest_in_fractions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = crew([Person("a", "A"), Person("b", "A")], products=TWO)
    script = Scripted([None, None], [5.5, 4.0, 0.2, 9.0], [[5, 4, 1, 9], None])
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    round_region(made, task_of([[6, 13]], [[9.0], [10.0]]))
    assert script.bounds[1] == ([2, 1, 0, 6], [9, 7, 4, 12])


@pytest.mark.parametrize(("heads", "tries"), [(10, 2), (21, 1)])
def test_twenty_cells_are_searched_for_the_last_unit_and_one_more_is_not(
    monkeypatch: pytest.MonkeyPatch, heads: int, tries: int
) -> None:
    people = [Person(f"{number:02}", "A") for number in range(heads)]
    made = crew(people, products=TWO if heads == 10 else {"p": 1.0})
    cells = np.ones(20 if heads == 10 else 21, dtype=np.int64)
    cells[0] = 0
    script = Scripted([cells, cells], [1.0] * len(cells), [None, None])
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    placed = [[10, 10]] if heads == 10 else [[21]]
    found = round_region(made, task_of(placed, [[1.0]] * heads, search=True))
    assert found is not None
    assert found.left_over == 1
    assert len(script.near) == tries


@pytest.mark.parametrize(("missing", "searches"), [(4, 1), (5, 2)])
def test_a_search_ends_within_two_units_of_each_period(
    monkeypatch: pytest.MonkeyPatch, missing: int, searches: int
) -> None:
    made = crew([Person("a", "A"), Person("b", "A")], products=TWO, periods=HALVES)
    cells = np.ones(8, dtype=np.int64)
    cells[:missing] = 0
    script = Scripted([None, None], [1.0] * 8, [cells, cells])
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    round_region(made, task_of([[2, 2]] * 2, [[2.0, 2.0]] * 2))
    assert len(script.asked) == searches


@pytest.mark.parametrize(
    ("heads", "periods", "missing", "tries"),
    [(2, 1, 2, 1), (2, 1, 3, 2), (2, 2, 4, 1), (2, 2, 5, 2), (30, 1, 3, 1), (30, 1, 4, 2)],
)
def test_a_tenth_of_a_unit_for_each_rep_may_be_left_over(
    monkeypatch: pytest.MonkeyPatch, heads: int, periods: int, missing: int, tries: int
) -> None:
    """In a larger region there is no search for the last unit, even if it were worth it."""
    monkeypatch.setattr(whole_region, "_SMALL", 6)
    people = [Person(f"{number:02}", "A") for number in range(heads)]
    made = crew(people, periods={f"Q{number}": 1.0 for number in range(periods)},
                products=dict.fromkeys("pqrs", 1.0))  # fmt: skip
    cells = np.ones(heads * periods * 4, dtype=np.int64)
    cells[:missing] = 0
    script = Scripted([cells, cells], [1.0] * len(cells), [])
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    monkeypatch.setattr(whole_region, "region_problem", script.region_problem)
    task = task_of([[heads] * 4] * periods, [[4.0] * periods] * heads, search=True)
    found = round_region(made, task)
    assert found is not None
    assert found.left_over == missing
    assert len(script.near) == tries


def test_only_cells_of_the_region_its_periods_and_lists_are_rounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [Person("a", "A"), Person("b", "A", sells=("p",)), Person("c", "B")]
    made = crew(people, products=TWO, periods=HALVES)
    assert made.reps is not None
    reference = made.reps.reference.copy()
    reference[0, 1], reference[1, 0] = 0.0, 0.5
    made = replace(made, reps=replace(made.reps, reference=reference))
    script = Scripted([[3, 3, 3]], None, [])
    monkeypatch.setattr(whole_region, "without_search", script.without_search)
    task = task_of([[6, 3], [3, 0]], [[6.0, 0.0], [3.0, 3.0], [9.0, 9.0]])
    found = round_region(made, replace(task, periods=np.array([0])))
    assert found is not None
    assert (found.rep.tolist(), found.product.tolist()) == ([0, 0, 1], [0, 1, 0])
    assert found.period.tolist() == [0, 0, 0]
    script.quick = [[3, 3, 3, 3]]
    found = round_region(made, task)
    assert found is not None
    assert found.period.tolist() == [0, 0, 0, 1]


# ---------------------------------------------------------------- mending regions


def limited(**more: Any) -> Instance:
    """Return two regions; a may have 10 units in the year, and b and c as many as they like."""
    people = [Person("a", "A", total_high=5.0), Person("b", "A"), Person("c", "B")]
    return crew(people, periods=HALVES, **{"products": TWO, **more})


CELLS = np.array([[[3, 3], [3, 3]], [[2, 3], [2, 3]], [[4, 4], [4, 4]]])


def work_of(made: Instance, cells: Ints = CELLS, base: Ints | None = None) -> _Work:
    assert made.reps is not None
    pools = read_pools(in_totals(made))
    assert pools is not None
    placed = np.zeros(made.reference.shape, dtype=np.int64)
    np.add.at(placed, made.reps.leaf, cells)
    total = cells.sum(axis=2) * made.unit
    return _Work(made, pools, total, placed, cells.copy(),
                 np.zeros_like(cells) if base is None else base, {})  # fmt: skip


def test_totals_beyond_a_year_are_brought_within_it_and_split_again() -> None:
    made = limited()
    work = work_of(made)
    assert (work.leaves.tolist(), work.out.tolist()) == ([True, False], [True, False, False])
    assert work.search
    found = mend(made, work.pools, work.rep_total, work.placed, CELLS, 0 * CELLS, {})
    assert found.most is None and found.placed is None
    assert found.cells[0].sum() == 10
    assert found.cells[:2].sum(axis=0).tolist() == work.placed[0].tolist()
    assert found.cells[2].tolist() == CELLS[2].tolist()
    kept = CELLS.copy()
    kept[0] = [[2, 3], [2, 3]]
    same = mend(made, work.pools, work.rep_total, work.placed, kept, 0 * kept, {})
    assert same.cells is kept


def test_a_base_is_kept_where_totals_are_split_again() -> None:
    base = np.zeros_like(CELLS)
    base[0] = [[3, 0], [3, 0]]
    work = work_of(limited(), base=base)
    assert work._mend_totals(0)
    assert (work.cells >= base).all()
    assert work.cells[0].sum() == 10
    assert work.cells[:2].sum(axis=0).tolist() == CELLS[:2].sum(axis=0).tolist()
    people = [Person("a", "A", total_high=5.0), Person("b", "A", high=2.0), Person("c", "B")]
    full = np.array([[[9, 9]] * 2, [[0, 0]] * 2, [[4, 4]] * 2])
    tight = work_of(crew(people, periods=HALVES, products=TWO), full)
    assert not tight._mend_totals(0)
    assert (tight.cells == full).all()


def test_what_people_could_not_carry_limits_the_next_try() -> None:
    work = work_of(limited())
    work.missing[0, 0, 1], work.excess[1, 1, 0] = 2, 1
    assert work.limits_for_another_try()[0].tolist() == [[[0, 0]] * 2, [[0, 0], [5, 0]]]
    work.excess[1, 1, 0] = 3
    least, most = work.limits_for_another_try()
    assert least.tolist() == [[[0, 0], [0, 0]], [[0, 0], [7, 0]]]
    assert most.tolist() == [[[5, 4], [inf, inf]], [[inf, inf], [inf, inf]]]
    rules = read_rules(work.instance)
    narrow = narrowed(work.instance, rules, Mended(CELLS, least, most))
    assert narrow.placed_low.tolist() == [0, 0, 0, 0, 0, 0, 3.5, 0]
    assert narrow.placed_high.tolist()[:2] == [2.5, 2.0]
    assert narrow.placed_high[2:].tolist() == rules.placed_high[2:].tolist()
    lower = replace(rules, placed_low=rules.placed_low + 4.0, placed_high=rules.placed_low + 2.25)
    both = narrowed(work.instance, lower, Mended(CELLS, least, most))
    assert both.placed_low.tolist() == [4.0] * 8
    assert both.placed_high.tolist() == [2.25, 2.0] + [2.25] * 6


def test_less_is_placed_where_streets_and_minimums_allow_it() -> None:
    work = work_of(limited(over_rep=0.25))
    assert work.carried() is not None
    work.missing[0, 0, 0] = 2
    carried = work.carried()
    assert carried is not None
    assert carried.tolist() == [[[3, 6], [5, 6]], [[4, 4], [4, 4]]]
    work.missing[0, 0, 0] = 3
    assert work.carried() is None
    work.missing[0, 0, 0], work.excess[1, 0, 0] = 0, 1
    assert work.carried() is None


def region_found(work: _Work, leaf: int, **more: Any) -> Region:
    """Return a region's answer with all its cells of one unit."""
    mine = work._members(leaf)
    items = all_items(mine.stop - mine.start, 2, 2)
    zero = np.zeros((2, 2), dtype=np.int64)
    usual: dict[str, Any] = {
        "leaf": leaf, "periods": np.arange(2), "rep": items.rep, "period": items.period,
        "product": items.product, "amount": np.ones(len(items.rep), dtype=np.int64),
        "missing": zero, "excess": zero,
    }  # fmt: skip
    return Region(**{**usual, **more})


def test_an_answer_takes_the_place_of_a_regions_cells_in_its_periods() -> None:
    work = work_of(limited())
    with pytest.raises(ContradictionError, match="whole multiples of"):
        work._put(None)
    left = np.array([[1, 0], [0, 2]])
    later = np.arange(2) == 1
    rep, period, product = np.nonzero(np.broadcast_to(later[None, :, None], (2, 2, 2)))
    found = region_found(work, 0, periods=np.array([1]), rep=rep, period=period, product=product,
                         amount=np.array([1, 0, 0, 1]), missing=left, excess=2 * left)  # fmt: skip
    work._put(found)
    work._put(replace(found, missing=left))
    assert work.cells[:2].tolist() == [[[3, 3], [1, 0]], [[2, 3], [0, 1]]]
    assert work.cells[2].tolist() == CELLS[2].tolist()
    assert work.missing.tolist() == [(2 * left).tolist(), [[0, 0], [0, 0]]]
    assert work.excess[0].tolist() == (4 * left).tolist()


def test_what_is_left_over_moves_between_periods_in_small_regions() -> None:
    work = work_of(limited())
    one = np.array([[1, 0], [0, 0]])
    assert not work._may_move(region_found(work, 0))
    assert work._may_move(region_found(work, 0, missing=one))
    work.cells = np.zeros((3, 10, 5), dtype=np.int64)
    assert work._may_move(region_found(work, 0, missing=one))
    alone = region_found(work, 1, missing=one)
    work.cells = np.zeros((3, 101, 1), dtype=np.int64)
    assert not work._may_move(alone)
    assert work._may_move(replace(alone, excess=one))


def test_locks_over_all_periods_and_years_tie_a_regions_periods() -> None:
    locks = [("a", "Q1", "*", 1.0), ("b", "Q2", "*", 1.0), ("c", "*", "*", 8.0)]
    work = work_of(limited(rep_locks=locks))
    assert [work._locked_over_periods(leaf) for leaf in (0, 1)] == [False, True]
    both = work_of(limited(rep_locks=[("a", "*", "p", 3.0), ("c", "*", "*", 8.0)]))
    assert [both._locked_over_periods(leaf) for leaf in (0, 1)] == [True, True]
    assert work._tied()
    people = [Person("a", "A", high=4.0), Person("c", "B")]
    free = crew(people, periods=HALVES, products=TWO, effort={"p": 1.0, "r": 2.0})
    assert not work_of(free, CELLS[[0, 2]])._tied()


def test_regions_are_not_rounded_twice_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    work = work_of(limited())
    tasks: list[Task] = []
    answers: list[Region | None] = []

    def answer(instance: Instance, task: Task) -> Region | None:
        assert instance.reps is not None
        assert instance.reps.names == ("a", "b")
        tasks.append(task)
        return answers.pop(0)

    monkeypatch.setattr(whole_limits, "round_region", answer)
    first = region_found(work, 0, periods=np.array([1]))
    answers[:] = [first]
    assert work._rounded(0, np.array([1])) is first
    task = tasks[0]
    # The year of a leaves 10 less the 6 of the first quarter.
    assert task.year_high.tolist() == [4, inf]
    assert task.year_low.tolist() == [-6, -5]
    assert (task.placed.tolist(), task.leaf) == (work.placed[0].tolist(), 0)
    assert task.base.shape == (2, 2, 2)
    assert work._rounded(0, np.array([1])) is first
    assert len(tasks) == 1
    # With more in the other quarter the answer breaks the year, and is looked for again.
    work.cells[0, 0] = [4, 4]
    less = np.array([[0, 0], [3, 0]])
    second = region_found(work, 0, periods=np.array([1]), missing=less)
    answers[:] = [second]
    assert work._rounded(0, np.array([1])) is second
    carried = (0, np.array([1]).tobytes(), (work.placed[0] - less)[1:].tobytes())
    assert carried in work.known
    answers[:] = [None]
    assert work._rounded(0, np.array([0])) is None
    answers[:] = [None]
    assert work._rounded(0, np.array([0])) is None
    assert len(tasks) == 4


def test_known_answers_are_held_against_years_at_both_sides() -> None:
    work = work_of(limited())
    found = region_found(work, 0)
    found = replace(found, amount=np.array([1, 1, 2, 0, 4, 0, 0, 0]))
    for low, high, kept in (([4.0, 4.0], [4.0, 4.0], True), ([5.0, 0.0], [9.0, 9.0], False),
                            ([0.0, 0.0], [9.0, 3.0], False)):  # fmt: skip
        task = task_of([[9, 9]] * 2, [[0.0, 0.0]] * 2, year_low=low, year_high=high)
        assert work._within_years(found, task) == kept
    first = found.rep == 0
    alone = replace(found, rep=found.rep[first], period=found.period[first],
                    product=found.product[first], amount=found.amount[first])  # fmt: skip
    assert work._within_years(alone, replace(task, year_low=np.zeros(2)))
    assert not work._within_years(alone, replace(task, year_low=np.array([0.0, 1.0])))


def test_what_a_region_carries_is_known_as_the_answer_for_just_that() -> None:
    """Eight units of twelve are carried; with over-assignment ten would do as well."""
    work = work_of(limited(over_rep=0.25))
    task = task_of([[3, 3], [4, 2]], [[0.0, 0.0]] * 2)
    missing = np.array([[1, 1], [2, 0]])
    found = region_found(work, 0, missing=missing)
    work._remember_carried(found, task)
    ((key, known),) = work.known.items()
    carried = np.array([[2, 2], [2, 2]])
    assert key == (0, np.arange(2).tobytes(), carried.tobytes())
    assert not known.missing.any()
    assert known.amount.tolist() == found.amount.tolist()
    exactly = work_of(limited())
    exactly._remember_carried(found, task)
    assert list(exactly.known) == [key]
    for changed in (
        {"missing": 0 * missing},
        {"excess": np.array([[1, 0], [0, 0]])},
        {"missing": np.array([[1, 1], [3, 0]])},
    ):
        work.known.clear()
        work._remember_carried(replace(found, **changed), task)
        assert not work.known


def test_periods_are_mended_one_by_one_and_together_where_they_are_tied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Effort breaks in the second quarter; what is left over may go to the first."""
    people = [Person("a", "A", high=4.5, total_high=50.0), Person("b", "A"), Person("c", "B")]
    made = crew(people, periods=HALVES, products=TWO, effort={"p": 1.0, "r": 2.0})
    cells = CELLS.copy()
    cells[0, 1] = [3, 4]
    work = work_of(made, cells)
    assert work.leaves.tolist() == [True, False]
    assert work._breaks_effort(slice(0, 2)).tolist() == [False, True]
    assert work._breaks_effort(slice(2, 3)).tolist() == [False, False]
    asked: list[list[int]] = []
    left = np.array([[0, 0], [1, 0]])
    later = {"periods": np.array([1]), "rep": np.zeros(1, dtype=np.int64),
             "period": np.ones(1, dtype=np.int64), "product": np.zeros(1, dtype=np.int64),
             "amount": np.ones(1, dtype=np.int64)}  # fmt: skip

    def rounded(leaf: int, periods: Ints) -> Region | None:
        asked.append(periods.tolist())
        return region_found(work, leaf, missing=left, **(later if len(periods) == 1 else {}))

    monkeypatch.setattr(work, "_rounded", rounded)
    work.mend_region(0)
    assert asked == [[1], [0, 1]]
    assert (work.cells[:2] == 1).all()
    assert work.missing[0].tolist() == left.tolist()
    assert not work.excess.any()
    asked.clear()
    work = work_of(made, cells)
    monkeypatch.setattr(work, "_rounded", rounded)
    monkeypatch.setattr(work, "_may_move", lambda found: False)
    work.mend_region(0)
    assert asked == [[1]]
    assert work.cells[0].tolist() == [[3, 3], [1, 0]]
    monkeypatch.setattr(work, "_locked_over_periods", lambda leaf: True)
    asked.clear()
    work.mend_region(0)
    assert asked == [[0, 1]]


def test_capacities_become_limits_of_totals() -> None:
    people = [Person("a", "A", high=4.7), Person("b", "A", high=4.7, sells=("r",))]
    made = crew(people, products=TWO, effort={"p": 1.0, "r": 1.5})
    made = replace(made, cells_low=np.zeros((2, 1, 2)))
    totals = in_totals(made)
    assert totals.reps is not None
    assert (totals.effort, totals.cells_low) == (None, None)
    assert sorted(totals.reps.high.ravel().tolist()) == [3.0, 4.5]
    free = crew(people)
    assert in_totals(free) is free
    regional = replace(made, reps=None)
    assert in_totals(regional) is regional


def test_one_period_is_mended_at_a_time() -> None:
    """Effort breaks in the second of three quarters; the others are left as they are."""
    people = [Person("a", "A", high=4.5), Person("b", "A"), Person("c", "B")]
    thirds = {f"Q{number}": 1.0 for number in range(3)}
    made = crew(people, periods=thirds, products=TWO, effort={"p": 1.0, "r": 2.0})
    cells = np.array([[[3, 3], [3, 4], [3, 3]], [[2, 3], [2, 3], [2, 3]], [[4, 4]] * 3])
    work = work_of(made, cells)
    found = mend(made, work.pools, work.rep_total, work.placed, cells, 0 * cells, {})
    assert found.most is None
    assert found.cells[:, [0, 2]].tolist() == cells[:, [0, 2]].tolist()
    assert found.cells[0, 1] @ [1.0, 2.0] <= 9
    assert found.cells[:2, 1].sum(axis=0).tolist() == [5, 7]


@pytest.mark.parametrize(("totals_mended", "asked"), [(True, []), (False, [[0, 1]])])
def test_totals_are_mended_first_where_a_year_is_broken(
    monkeypatch: pytest.MonkeyPatch, totals_mended: bool, asked: list[list[int]]
) -> None:
    work, found = work_of(limited()), []

    def rounded(leaf: int, periods: Ints) -> Region:
        found.append(periods.tolist())
        return region_found(work, leaf)

    monkeypatch.setattr(work, "_rounded", rounded)
    monkeypatch.setattr(work, "_mend_totals", lambda leaf: totals_mended)
    work.mend_region(0)
    assert found == asked
    monkeypatch.setattr(work, "_mend_totals", lambda leaf: pytest.fail("no year is broken"))
    work.mend_region(1)
    assert found == asked


@pytest.mark.parametrize("side", ["missing", "excess"])
def test_units_that_find_no_rep_ask_for_another_try(
    monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    made = limited(rep_locks=[("a", "*", "p", 3.0)])
    work = work_of(made)
    left = {side: np.array([[1, 0], [0, 0]])}
    monkeypatch.setattr(
        whole_limits, "round_region", lambda instance, task: region_found(work, 0, **left)
    )
    found = mend(made, work.pools, work.rep_total, work.placed, CELLS, 0 * CELLS, {})
    assert found.most is not None
    assert (found.most[0, 0, 0] == 4) == (side == "missing")
    assert found.cells[:2].tolist() == np.ones((2, 2, 2)).tolist()


@pytest.mark.parametrize(("regions", "search"), [(40, True), (41, False)])
def test_few_broken_regions_are_worth_a_search(regions: int, search: bool) -> None:
    people = [Person("a", f"R{number:02}", total_high=1.0) for number in range(regions)]
    made = crew(people)
    assert work_of(made, np.full((regions, 1, 1), 3)).search == search
