"""Regional cells in whole units: which way is taken, what each way keeps, and what is retried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
import pytest
from instances import Person, Where, make_instance
from test_kernel_rounding_rows import Written, ones, written

from optimizer.errors import ContradictionError
from optimizer.model.allocation import Allocation, SolverReport
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results import rounding, whole_cells
from optimizer.results.nearest import Nearest
from optimizer.results.people_room import read_room
from optimizer.results.whole_cells import (
    WholeCells,
    _chain,
    _placed_limits,
    _round_ask,
    _round_placed,
    _round_rows,
    _round_together,
    _search,
    round_cells,
)
from optimizer.results.whole_limits import Mended
from optimizer.results.whole_rules import Frame

TWO = {"p": 0.5, "r": 0.5}


def world(*, unit: float = 0.5, **rules: Any) -> Instance:
    """Return regions A and B, a goal of 200 units, and what `rules` say."""
    usual: dict[str, Any] = {"products": TWO}
    made = make_instance({"A": 60, "B": 40}, 100.0, **{**usual, **rules})
    return replace(made, unit=unit)


def frame_of(instance: Instance, most: float = 200.0) -> Frame:
    return Frame(instance, read_rules(instance), read_pools(instance), most, read_room(instance))


# ---------------------------------------------------------------- limits and programs


def test_cells_are_placed_between_their_limits_in_units() -> None:
    made = world(potentials=[(Where(region="A", product="p"), 7.0)], people=[Person("a", "A")])
    low = np.array([[[1.5, 0.0]], [[0.0, 2.0]]])
    least, most = _placed_limits(frame_of(replace(made, placed_low=low)))
    assert least.tolist() == [3, 0, 0, 4]
    assert most.tolist() == [14, 400, 0, 4]


class Captured(Nearest):
    """A rounding problem that is kept, and answers with its start."""

    made: list[Captured]
    answers: list[Any]
    asked: list[dict[str, Any]]

    def __post_init__(self) -> None:
        super().__post_init__()
        Captured.made.append(self)

    def solve(self, **asked: Any) -> Ints | None:
        Captured.asked.append(asked)
        return Captured.answers.pop(0) if Captured.answers else self.base


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> type[Captured]:
    monkeypatch.setattr(whole_cells, "Nearest", Captured)
    for name in ("made", "answers", "asked"):
        monkeypatch.setattr(Captured, name, [], raising=False)
    return Captured


BAND = ("share", Where(region="A"), Where(), 0.5, 0.7)
CELL_BAND = ("share", Where(region="A", product="p"), Where(region="A"), 0.25, 0.75)
RULES: dict[str, Any] = {
    "bands": [BAND, CELL_BAND],
    "region_locks": [(Where(region="B"), 30.0)],
    "potentials": [(Where(product="p"), 45.0)],
}


def test_totals_of_regions_are_rounded_within_what_cells_allow(captured: type[Captured]) -> None:
    people = [Person("a", "A", high=50.0, low=3.0), Person("b", "B", total_high=33.0)]
    frame = frame_of(world(people=people, **RULES))
    exact = np.array([60.5, 50.25, 30.0, 29.5])
    low, high = np.array([1.0, 2.0, 3.0, 4.0]), np.array([70.0, 30.0, inf, 9.0])
    _round_rows(frame, exact, low, high, backed=True, banded=False)
    (problem,) = captured.made
    assert problem.exact.tolist() == [110.75, 59.5]
    assert problem.low.tolist() == [6, 7]
    assert problem.high.tolist() == [100, 2.0**53 + 9]
    assert problem.worth.tolist() == [True, True]
    rows = written(problem).rows()
    both, first, second = (ones(*items, count=2) for items in ((0, 1), (0,), (1,)))
    totals = (170, 170, 110, 110, 59, 59)
    sums = (both, both, first, first, second, second)
    near = [(low, low, row) for low, row in zip(totals, sums, strict=True)]
    assert rows[:6] == near
    assert rows[6:] == [(-inf, 200, both), (60, 60, second), (0, 66, second)]


def test_asks_of_regions_have_their_own_total_and_bands(captured: type[Captured]) -> None:
    frame = frame_of(world(**RULES))
    exact = np.array([60.5, 50.25, 30.0, 29.5])
    low, high = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, inf)
    _round_rows(frame, exact, low, high, backed=False, banded=True)
    (problem,) = captured.made
    assert problem.low.tolist() == [3, 7]
    assert not problem.worth.any()
    rows = written(problem).rows()
    assert rows[6:] == [(200, 200, [1, 1]), (100, 140, [1, 0])]
    # A cell with less room above than below keeps what must be.
    _round_rows(frame, exact, np.full(4, 50.0), np.full(4, 20.0), backed=False, banded=True)
    assert captured.made[1].high.tolist() == [100, 100]


def near_rows(found: Written, count: int) -> list[list[float]]:
    """Return the first rows, which are those of totals kept near."""
    assert found.low[:count].tolist() == found.high[:count].tolist()
    return found.items[:count].tolist()


def test_what_is_placed_is_rounded_by_row_product_and_backing(captured: type[Captured]) -> None:
    frame = frame_of(world(**RULES), 150.0)
    exact = np.array([60.5, 50.25, 30.0, 29.5])
    captured.answers[:] = [np.array([111, 58]), np.array([1, 2, 3, 4])]
    found = _round_placed(frame, exact, banded=True)
    assert found is not None
    assert found.tolist() == [1, 2, 3, 4]
    assert captured.asked == [{}, {}]
    totals, problem = captured.made
    assert totals.worth.all()
    assert problem.worth.all()
    assert problem.high.tolist() == [400] * 4
    program = written(problem)
    rows = program.rows()
    assert rows[0] == (-inf, 150, [1, 1, 1, 1])
    assert rows[1:3] == [(111, 111, [1, 1, 0, 0]), (58, 58, [0, 0, 1, 1])]
    assert program.cost[12:14] == pytest.approx([60, 60 * (1 + 0.5e-3)])
    products = [ones(*cells, count=4) for cells in ((0, 2), (1, 3), (0,), (1,), (2,), (3,))]
    assert [row for _, _, row in rows[3:9]] == products
    assert [row for _, _, row in rows[9:11]] == [ones(0, 1, count=4), ones(0, count=4)]
    assert rows[11:13] == [(-inf, 90, ones(0, 2, count=4)), (60, 60, ones(2, 3, count=4))]
    assert rows[13:14] == [(100, 140, ones(0, 1, count=4))]
    assert len(rows) == 16
    captured.answers[:] = [np.array([111, 58])]
    _round_placed(frame, exact, banded=False)
    assert len(written(captured.made[3]).rows()) == 13
    captured.answers[:] = [None]
    assert _round_placed(frame, exact, banded=False) is None


def test_the_ask_is_no_less_than_what_is_placed(captured: type[Captured]) -> None:
    frame = frame_of(world(**RULES), 150.0)
    exact, placed = np.array([60.5, 50.25, 30.0, 29.5]), np.array([61, 50, 31, 29])
    captured.answers[:] = [np.array([112, 60]), None]
    assert _round_ask(frame, exact, placed) is None
    totals, cells = captured.made
    assert totals.exact.tolist() == [111.25, 60.5]
    assert cells.exact.tolist() == [61, 50.25, 31, 29.5]
    assert cells.low.tolist() == placed.tolist()
    assert not cells.worth.any()
    rows = written(cells).rows()
    assert rows[:3] == [(200, 200, [1] * 4), (112, 112, [1, 1, 0, 0]), (60, 60, [0, 0, 1, 1])]
    assert rows[11] == (100, 140, ones(0, 1, count=4))
    assert len(rows) == 14
    captured.answers[:] = [None]
    assert _round_ask(frame, exact, placed) is None
    assert len(captured.made) == 3


def test_ask_and_placed_are_rounded_together_where_there_is_no_other_way(
    captured: type[Captured],
) -> None:
    frame = frame_of(world(**RULES), 150.0)
    ask, placed = np.array([60.5, 50.25, 30.0, 29.5]), np.array([40.5, 50.0, 30.0, 29.0])
    asked, whole = _round_together(frame, ask, placed)
    assert (asked.tolist(), whole.tolist()) == ([60, 50, 30, 29], [40, 50, 30, 29])
    (problem,) = captured.made
    assert problem.worth.tolist() == [False] * 4 + [True] * 4
    assert problem.low.tolist() == [0] * 8
    assert problem.high.tolist() == [inf] * 4 + [400] * 4
    rows = written(problem).rows()
    assert [row[:2] for row in rows[:4]] == [(0, inf)] * 4
    backed = np.hstack([np.eye(4), -np.eye(4)]).tolist()
    assert [row for _, _, row in rows[:4]] == backed
    assert rows[4:6] == [(200, 200, ones(0, 1, 2, 3)), (-inf, 150, ones(4, 5, 6, 7))]
    assert rows[6][2] == ones(0, 2)
    assert rows[12:14] == [(-inf, 90, ones(4, 6)), (60, 60, ones(6, 7))]
    assert rows[14] == (100, 140, ones(0, 1))
    assert len(rows) == 17
    captured.answers[:] = [None]
    with pytest.raises(ContradictionError, match="in fractions but none in"):
        _round_together(frame, ask, placed)


def test_people_are_kept_in_both_ways(captured: type[Captured]) -> None:
    people = [Person("a", "A", high=50.0), Person("b", "B", high=40.0)]
    frame = frame_of(world(people=people))
    exact = np.array([40.0, 40.0, 30.0, 30.0])
    _round_placed(frame, exact, banded=False)
    assert (0, 100, [1, 1, 0, 0]) in written(captured.made[1]).rows()
    _round_together(frame, exact, exact)
    assert (0, 100, ones(4, 5)) in written(captured.made[2]).rows()


def test_only_where_effort_leaves_rows_a_search_may_lose_units(captured: type[Captured]) -> None:
    people = [Person("a", "A", high=50.0), Person("b", "B", high=40.0)]
    plain, heavy = world(people=people), world(people=people, effort={"p": 1.0, "r": 2.0})
    yearly = world(people=[replace(people[0], total_high=90.0), people[1]])
    for made in (plain, yearly, heavy):
        problem = Captured(np.ones(1), np.zeros(1), np.ones(1), np.ones(1, dtype=bool))
        _search(frame_of(made), problem)
    assert captured.asked == [{}, {}, {"gap": 1000.0, "most_nodes": 10, "may_lose": 2}]


# ---------------------------------------------------------------- which way is taken


@dataclass
class Ways:
    """Scripted answers of each way, and the order in which they were asked for."""

    answers: dict[str, Any]

    def __post_init__(self) -> None:
        self.order: list[str] = []

    def placed(self, frame: Frame, exact: Floats, *, banded: bool) -> Any:
        self.order.append("both" if banded else "placed")
        return self.answers[self.order[-1]]

    def ask(self, frame: Frame, exact: Floats, whole: Ints) -> Any:
        self.order.append("ask")
        return self.answers["ask"]

    def together(self, frame: Frame, ask: Floats, placed: Floats) -> Any:
        self.order.append("together")
        return self.answers["ask_too"], self.answers["placed_too"]

    def chain(self, frame: Frame, ask: Floats, placed: Floats, *, same: bool) -> Any:
        self.order.append(f"chain {same} {ask.tolist() == placed.tolist()}")
        return self.answers.get("chain")


ASK, PLACED, BOTH, SHORT = ([60, 60, 40, 40], [50, 60, 40, 40], [61, 59, 40, 40], [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("same", "stretch", "both", "placed", "ask", "found", "order"),
    [
        (True, False, BOTH, None, None, (BOTH, BOTH), ["both"]),
        (True, False, SHORT, PLACED, ASK, (ASK, PLACED), ["both", "placed", "ask"]),
        (True, False, None, PLACED, ASK, (ASK, PLACED), ["both", "placed", "ask"]),
        (False, False, None, PLACED, ASK, (ASK, PLACED), ["placed", "ask"]),
        (False, False, None, PLACED, None, (BOTH, SHORT), ["placed", "ask", "together"]),
        (False, False, None, None, ASK, (BOTH, SHORT), ["placed", "together"]),
        (False, True, None, PLACED, ASK, (PLACED, PLACED), ["placed"]),
        (False, True, None, None, ASK, (BOTH, SHORT), ["placed", "together"]),
    ],
)
def test_one_is_rounded_after_the_other_and_both_where_that_fails(
    monkeypatch: pytest.MonkeyPatch, same: bool, stretch: bool, both: Any, placed: Any, ask: Any,
    found: tuple[list[int], list[int]], order: list[str],
) -> None:  # fmt: skip
    answers = {"both": both, "placed": placed, "ask": ask, "ask_too": BOTH, "placed_too": SHORT}
    ways = Ways({name: None if one is None else np.array(one) for name, one in answers.items()})
    for name in ("placed", "ask", "together"):
        monkeypatch.setattr(whole_cells, f"_round_{name}", getattr(ways, name))
    made = replace(world(), is_stretch=stretch)
    asked = made.reference
    least = asked if same else 0.9 * asked
    whole = round_cells(made, read_rules(made), None, asked, least, 100.0)
    assert (whole.ask.ravel().tolist(), whole.placed.ravel().tolist()) == found
    assert whole.ask.shape == asked.shape
    assert ways.order == order


def test_differences_of_a_millionth_of_a_unit_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"both": np.array(BOTH), "placed": np.array(PLACED), "ask": np.array(ASK)})
    for name in ("placed", "ask"):
        monkeypatch.setattr(whole_cells, f"_round_{name}", getattr(ways, name))
    made = world()
    for off, order in ((4e-7, ["both"]), (2e-6, ["placed", "ask"])):
        ways.order.clear()
        asked = made.reference
        round_cells(made, read_rules(made), None, asked, asked - off, 100.0)
        assert ways.order == order


@pytest.mark.parametrize(
    ("most", "sells", "same", "order"),
    [
        (3, (), True, ["chain True True"]),
        (3, (), False, ["chain False False"]),
        (4, (), True, ["both"]),
        (3, ("p",), True, ["both"]),
    ],
)
def test_large_plain_plans_are_rounded_by_a_walk(
    monkeypatch: pytest.MonkeyPatch, most: int, sells: tuple[str, ...], same: bool,
    order: list[str],
) -> None:  # fmt: skip
    chained = WholeCells(np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64))
    ways = Ways({"both": np.array(BOTH), "chain": chained})
    monkeypatch.setattr(whole_cells, "CHAINED", most)
    monkeypatch.setattr(whole_cells, "_round_placed", ways.placed)
    monkeypatch.setattr(whole_cells, "_chain", ways.chain)
    people = [Person("a", "A"), Person("b", "B"), Person("c", "B", sells=sells)]
    for made in (world(people=people), *(() if sells else (world(),))):
        ways.order.clear()
        asked = made.reference
        placed = asked * (1 + 1e-12) if same else asked / 2
        found = round_cells(made, read_rules(made), read_pools(made), asked, placed, 100.0)
        assert ways.order == order
        assert (found is chained) == (order != ["both"])


def test_a_walk_is_taken_only_where_it_keeps_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Locks, bands, room of people, and an ask above what is placed."""
    asked: list[tuple[Any, ...]] = []
    answers: list[Any] = []

    def walk(
        instance: Instance, rules: Any, exact: Floats, limits: Any, rows: Any, total: int
    ) -> Any:
        sides = [side.tolist() for side in (*limits, *rows)]
        asked.append((exact.tolist(), *sides, total))
        return answers.pop(0)

    monkeypatch.setattr(whole_cells, "chain_cells", walk)

    def chained(
        made: Instance, found: list[Any], *, same: bool, stretch: bool = False
    ) -> tuple[list[int], list[int]] | None:
        asked.clear()
        answers[:] = [None if one is None else np.array(one) for one in found]
        frame = frame_of(replace(made, is_stretch=stretch), 190.0)
        exact = made.reference.ravel() / made.unit
        whole = _chain(frame, exact, exact - 2.25, same=same)
        assert not answers
        return (
            None if whole is None else (whole.ask.ravel().tolist(), whole.placed.ravel().tolist())
        )

    people = [Person("a", "A", high=70.0, low=5.0, total_high=65.0), Person("b", "B")]
    made = world(people=people, region_locks=[(Where(region="B"), 40.0)], bands=[CELL_BAND])
    placed, more, less = [60, 60, 40, 40], [65, 61, 40, 41], [60, 60, 40, 39]
    assert chained(made, [placed], same=True) == (placed, placed)
    assert asked == [
        ([57.75, 57.75, 37.75, 37.75], [0] * 4, [400] * 4, [10, 0], [140, inf], 200)
    ]  # fmt: skip
    assert chained(made, [placed, more], same=False) == (more, placed)
    assert asked[0][-1] == 190
    assert asked[1] == ([60.0, 60.0, 40.0, 40.0], placed, [inf] * 4, [0, 0], [inf, inf], 200)
    assert chained(made, [placed], same=False, stretch=True) == (placed, placed)
    assert chained(made, [None], same=True) is None
    assert chained(made, [less], same=True) is None
    assert chained(made, [[70, 61, 40, 40]], same=True) is None
    assert chained(made, [placed, None], same=False) is None
    assert chained(made, [placed, [100, 20, 40, 40]], same=False) is None
    assert chained(made, [[100, 20, 40, 40]], same=True) is None
    odd = [100, 20, 40, 40]
    assert chained(made, [odd], same=True, stretch=True) == (odd, odd)
    free = world(people=[Person("a", "A"), Person("b", "B")])
    assert chained(free, [odd], same=True) == (odd, odd)


def test_a_walk_asks_for_no_less_than_is_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[list[float]] = []

    def walk(*given: Any) -> Any:
        found.append(given[2].tolist())
        return np.array([61, 50, 41, 40])

    monkeypatch.setattr(whole_cells, "chain_cells", walk)
    _chain(frame_of(world()), np.array([60.5, 50.5, 40.5, 40.5]), np.zeros(4), same=False)
    assert found[1] == [61, 50.5, 41, 40.5]


# ---------------------------------------------------------------- tries again


@dataclass
class Tries:
    """In place of rounding regions and mending people: scripted answers in turn."""

    mended: list[Mended]
    placed: list[int]

    def __post_init__(self) -> None:
        self.lows: list[float] = []
        self.pools: list[Any] = []

    def round_cells(self, instance: Instance, rules: Any, pools: Any, *rest: Any) -> WholeCells:
        self.lows.append(float(rules.placed_low[0]))
        self.pools.append(pools)
        return WholeCells(np.array([[[99]]]), np.array([[[self.placed.pop(0)]]]))

    def mend(self, *given: Any) -> Mended:
        self.below = given[5].tolist()
        return self.mended.pop(0)


def exact_of(made: Instance) -> Allocation:
    assert made.reps is not None
    return Allocation(
        ask=made.reference, placed=made.reference, rep_total=made.reps.reference,
        volume=made.reference, placed_most=100.0, street_most=100.0, objective=0.0, bound=0.0,
        prices=(), solver=SolverReport("", "", "", 0),
    )  # fmt: skip


def again(placed: int | None, least: int = 0) -> Mended:
    cells = np.array([[[placed or 0]]])
    return Mended(cells, np.array([[[least]]]), np.array([[[inf]]]),
                  None if placed is None else cells)  # fmt: skip


@pytest.mark.parametrize(
    ("mended", "placed", "lows"),
    [
        ([Mended(np.array([[[7]]]))], 90, [0]),
        ([again(80, 3), Mended(np.array([[[7]]]))], 89, [0, 3]),
        ([again(95, 3), Mended(np.array([[[7]]]))], 95, [0, 3]),
        # What people carry has to be enough for what must be placed: two units here at most.
        ([again(None, 4), again(None, 5), Mended(np.array([[[7]]]))], 88, [0, 4, 5]),
        ([again(50 + turn) for turn in range(7)], 56, [0] * 7),
        ([again(56 - turn) for turn in range(7)], 56, [0] * 7),
        ([again(None)] * 7, None, [0] * 7),
    ],
)
def test_regions_are_rounded_again_around_what_people_cannot_carry(
    monkeypatch: pytest.MonkeyPatch, mended: list[Mended], placed: int | None, lows: list[float]
) -> None:
    made = make_instance({"A": 1.0}, 100, people=[Person("a", "A", total_high=99.0)])
    tries = Tries(list(mended), [90 - turn for turn in range(9)])
    monkeypatch.setattr(rounding, "round_cells", tries.round_cells)
    monkeypatch.setattr(rounding, "mend", tries.mend)
    monkeypatch.setattr(rounding, "round_volumes", lambda *given: np.array([[90]]))
    if placed is None:
        with pytest.raises(ContradictionError):
            rounding.round_placed(made, exact_of(made))
    else:
        assert rounding.round_placed(made, exact_of(made)).tolist() == [[[placed]]]
    assert tries.lows == lows
    assert tries.below == [[[0]]]


def test_less_than_must_be_placed_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_instance({"A": 1.0}, 100, people=[Person("a", "A", total_high=99.0)])
    made = replace(made, placed_low=np.array([[[60.0]]]))
    tries = Tries([again(59), again(61), again(58), *[again(None)] * 4], [90] * 7)
    monkeypatch.setattr(rounding, "round_cells", tries.round_cells)
    monkeypatch.setattr(rounding, "mend", tries.mend)
    monkeypatch.setattr(rounding, "round_volumes", lambda *given: np.array([[90]]))
    assert rounding.round_placed(made, exact_of(made)).tolist() == [[[61]]]
    known = read_pools(made)
    tries = Tries([Mended(np.array([[[7]]]))], [90])
    monkeypatch.setattr(rounding, "round_cells", tries.round_cells)
    monkeypatch.setattr(rounding, "mend", tries.mend)
    rounding._round(made, exact_of(made), np.array([[[5]]]), known)
    assert tries.pools[0] is known
    assert tries.below == [[[5]]]
