"""Whole units: largest remainders, controlled tables, nearest numbers, and whole plans."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import floor, inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance, region_bands
from worlds import REGIONS, shares, write_world

from optimizer.errors import SolverError
from optimizer.inputs.load import load_scenarios
from optimizer.model.allocation import Allocation
from optimizer.model.members import Entries
from optimizer.model.pooled import solve_pooled
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.instance import Instance
from optimizer.results.nearest import Nearest
from optimizer.results.remainder import largest_in_rows, largest_remainder, ranks, whole_part
from optimizer.results.rounding import WholePlan, floor_cells, round_plan
from optimizer.results.split import split_tables
from optimizer.solve.program import ProgramBuilder, Solution, Solver

LIGHT = settings(max_examples=60, deadline=None)


# ---------------------------------------------------------------- largest remainder


def naive_remainder(exact: list[Fraction], total: int) -> list[int]:
    """Hand units to the largest remainders one by one, the first item first among equals."""
    whole = [floor(amount) for amount in exact]
    order = sorted(range(len(exact)), key=lambda item: (whole[item] - exact[item], item))
    for item in order[: total - sum(whole)]:
        whole[item] += 1
    return whole


EIGHTHS = st.integers(0, 4000).map(lambda number: Fraction(number, 8))


@LIGHT
@given(st.lists(st.lists(EIGHTHS, min_size=1, max_size=6), min_size=1, max_size=5), st.data())
def test_largest_remainder_is_what_a_plain_one_gives(
    groups: list[list[Fraction]], data: st.DataObject
) -> None:
    totals, expected = [], []
    for group in groups:
        least = sum(floor(amount) for amount in group)
        open_items = sum(amount.denominator > 1 for amount in group)
        totals.append(least + data.draw(st.integers(0, open_items)))
        expected += naive_remainder(group, totals[-1])
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    exact = np.array([float(amount) for group in groups for amount in group])
    assert largest_remainder(exact, owner, np.array(totals)).tolist() == expected


@LIGHT
@given(st.lists(st.tuples(EIGHTHS, st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8),
       st.floats(0, 1))  # fmt: skip
def test_largest_remainder_keeps_limits_and_total(
    items: list[tuple[Fraction, int, int]], place: float
) -> None:
    exact = np.array([float(amount) for amount, _, _ in items])
    low = np.array([max(floor(amount) - down, 0) for amount, down, _ in items])
    high = np.array([floor(amount) + up for amount, _, up in items])
    total = int(low.sum() + round(place * (high.sum() - low.sum())))
    found = largest_remainder(exact, np.zeros(len(items), dtype=int), np.array([total]), low, high)
    assert found.sum() == total
    assert (found >= low).all()
    assert (found <= high).all()


def test_a_unit_without_room_goes_to_the_next() -> None:
    exact, one = np.array([3.9, 2.6, 1.5]), np.zeros(3, dtype=int)
    zeros = np.zeros(3, dtype=int)
    high = np.array([3, 9, 9])
    assert largest_remainder(exact, one, np.array([8]), zeros, high).tolist() == [3, 3, 2]
    full = np.array([3, 2, 9])
    assert largest_remainder(exact, one, np.array([8]), zeros, full).tolist() == [3, 2, 3]
    nowhere = np.array([3, 2, 1])
    assert largest_remainder(exact, one, np.array([8]), zeros, nowhere).tolist() == [3, 2, 1]


def test_almost_whole_counts_as_whole() -> None:
    whole, left = whole_part(np.array([2.99999999, 3.0, 3.00000001, 0.0]))
    assert whole.tolist() == [3, 3, 3, 0]
    assert left == pytest.approx([0, 0, 0, 0], abs=1e-7)


def test_the_whole_part_of_large_counts_is_exact() -> None:
    large = np.array([1e13, 4e15])
    assert whole_part(large)[0].tolist() == [10**13, 4 * 10**15]


# ---------------------------------------------------------------- tables


def random_tables(
    rng: np.random.Generator, tables: int, scale: int, columns: int = 4
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows, table of each row, and columns whose sums agree."""
    heights = rng.integers(1, 7, tables)
    table = np.repeat(np.arange(tables), heights)
    rows = rng.integers(0, scale, len(table))
    sums = np.bincount(table, weights=rows.astype(float), minlength=tables)
    shares_of = rng.dirichlet(np.ones(columns), tables) * (rng.random((tables, columns)) > 0.2)
    found = np.zeros((tables, columns), dtype=np.int64)
    for number in range(tables):
        share = shares_of[number] if shares_of[number].sum() > 0 else np.ones(columns)
        exact = share / share.sum() * sums[number]
        found[number] = np.floor(exact).astype(np.int64)
        found[number, int(np.argmax(exact))] += int(sums[number]) - int(found[number].sum())
    return rows, table, found


@LIGHT
@given(st.integers(0, 2**32), st.integers(1, 15), st.integers(0, 6))
def test_rows_of_any_width_are_ranked_and_rounded_alike(seed: int, columns: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    exact = rng.integers(0, 16, (rows, columns)) / 8.0
    order = np.argsort(-exact, axis=1, kind="stable")
    assert (np.take_along_axis(ranks(exact), order, axis=1) == np.arange(columns)).all()
    totals = rng.integers(0, 2 * columns + 3, rows)
    whole = largest_in_rows(exact, totals)
    expected = largest_remainder(exact.ravel(), np.repeat(np.arange(rows), columns), totals)
    assert whole.tolist() == expected.reshape(rows, columns).tolist()


def check_tables(
    rows: np.ndarray, table: np.ndarray, columns: np.ndarray, cells: np.ndarray
) -> None:
    """Both margins hold, no cell is a unit or more from its exact value."""
    assert (cells >= 0).all()
    assert cells.sum(axis=1).tolist() == rows.tolist()
    for number, wanted in enumerate(columns):
        assert cells[table == number].sum(axis=0).tolist() == wanted.tolist()
    for row, cell in zip(range(len(rows)), cells, strict=True):
        total = max(int(columns[table[row]].sum()), 1)
        for column, value in enumerate(cell.tolist()):
            exact = Fraction(int(rows[row]) * int(columns[table[row], column]), total)
            assert abs(value - exact) <= 1
            assert value == 0 or columns[table[row], column] > 0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("scale", [3, 12, 1000])
def test_tables_keep_both_margins(seed: int, scale: int) -> None:
    rows, table, columns = random_tables(np.random.default_rng(seed), 8, scale)
    check_tables(rows, table, columns, split_tables(rows, table, columns))


def test_huge_numbers_are_split_as_exactly() -> None:
    rows, table, columns = random_tables(np.random.default_rng(3), 5, 2**46)
    assert float(rows.max()) * float(columns.max()) > 2.0**63
    check_tables(rows, table, columns, split_tables(rows, table, columns))


def test_many_tables_at_once_are_each_split_alone() -> None:
    rng = np.random.default_rng(4)
    rows, table, columns = random_tables(rng, 300, 40)
    together = split_tables(rows, table, columns)
    for number in (0, 17, 299):
        inside = table == number
        alone = split_tables(rows[inside], np.zeros(inside.sum(), dtype=int), columns[[number]])
        assert together[inside].tolist() == alone.tolist()


@LIGHT
@given(st.integers(1, 40), st.integers(2, 8), st.lists(st.integers(0, 90), min_size=1, max_size=5))
def test_equal_rows_differ_by_one_unit_at_most(amount: int, count: int, weights: list[int]) -> None:
    rows = np.full(count, amount)
    weights = [weight + 1 for weight in weights]
    total = amount * count
    columns = np.array([naive_remainder([Fraction(total * weight, sum(weights))
                                         for weight in weights], total)])  # fmt: skip
    cells = split_tables(rows, np.zeros(count, dtype=int), columns)
    check_tables(rows, np.zeros(count, dtype=int), columns, cells)
    assert (cells.max(axis=0) - cells.min(axis=0)).max() <= 1


def test_nothing_to_split_is_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert split_tables(none, none, np.zeros((0, 3), dtype=np.int64)).shape == (0, 3)
    empty = split_tables(np.zeros(2, dtype=int), np.zeros(2, dtype=int), np.zeros((1, 3), int))
    assert not empty.any()


# ---------------------------------------------------------------- nearest whole numbers


def entries(*rows: list[int]) -> Entries:
    """Return memberships of items in rows."""
    return Entries(
        np.repeat(np.arange(len(rows)), [len(row) for row in rows]),
        np.array([item for row in rows for item in row], dtype=np.int64),
    )


def nearest(exact: list[float], worth: bool = False, **limits: Any) -> Nearest:
    """Return a rounding problem over items."""
    count = len(exact)
    return Nearest(
        np.array(exact),
        np.array(limits.get("low", [0.0] * count)),
        np.array(limits.get("high", [inf] * count)),
        np.full(count, worth),
    )


def brute_force(exact: list[float], total: int) -> float:
    """Return the least sum of distances of whole numbers with a total."""

    @cache
    def best(item: int, left: int) -> float:
        if item == len(exact):
            return 0.0 if left == 0 else inf
        middle = floor(exact[item])
        return min(
            abs(value - exact[item]) + best(item + 1, left - value)
            for value in range(max(middle - 3, 0), middle + 5)
        )

    return best(0, total)


@LIGHT
@given(st.lists(st.integers(0, 40).map(lambda eighths: eighths / 8), min_size=1, max_size=5),
       st.integers(-2, 2))  # fmt: skip
def test_whole_numbers_with_a_fixed_total_are_the_nearest(exact: list[float], shift: int) -> None:
    total = max(round(sum(exact)) + shift, 0)
    problem = nearest(exact)
    every = entries(list(range(len(exact))))
    problem.keep(every, np.array([float(total)]), np.array([float(total)]))
    found = problem.solve()
    assert found is not None
    assert found.sum() == total
    assert (found >= 0).all()
    distance = float(np.abs(found - np.array(exact)).sum())
    assert distance == pytest.approx(brute_force(exact, total), abs=1e-6)


def test_totals_stay_near_theirs() -> None:
    problem = nearest([1.4, 1.4, 1.4, 1.4, 1.4])
    every = entries([0, 1, 2, 3, 4])
    problem.keep_near(every, np.array([7.0]), 3.0)
    found = problem.solve()
    assert found is not None
    assert found.sum() == 7
    assert sorted(found.tolist()) == [1, 1, 1, 2, 2]
    assert found.tolist() == [2, 2, 1, 1, 1]


def test_limits_of_items_and_hard_rows_are_kept() -> None:
    problem = nearest([2.9, 2.9, 0.2], low=[0.0, 0.0, 2.0], high=[2.0, 9.0, inf])
    problem.keep(entries([1, 2]), np.array([-inf]), np.array([4.0]))
    found = problem.solve()
    assert found is not None
    assert found.tolist() == [2, 2, 2]


def test_hard_rows_without_whole_numbers_have_no_solution() -> None:
    problem = nearest([1.5, 1.5], high=[1.0, 1.0])
    problem.keep(entries([0, 1]), np.array([3.0]), np.array([3.0]))
    assert problem.solve() is None


def test_what_is_worth_more_than_closeness_fills_up() -> None:
    problem = nearest([1.1, 2.2], worth=True, high=[2.0, inf])
    problem.keep(entries([0, 1]), np.array([-inf]), np.array([5.0]))
    found = problem.solve()
    assert found is not None
    assert found.tolist() == [2, 3]


def test_inner_limits_are_kept_where_they_can_be_and_outer_ones_always() -> None:
    def found(exact: float, **more: Any) -> list[int]:
        problem = nearest([exact, 4.0])
        inner = (np.array([5.0]), np.array([6.0]))
        problem.keep_within(entries([0]), inner, (np.array([4.0]), np.array([7.0])))
        if "total" in more:
            total = np.array([more["total"]])
            problem.keep(entries([0]), total, total)
        result = problem.solve()
        return [] if result is None else result.tolist()

    assert found(4.4) == [5, 4]
    assert found(7.3) == [6, 4]
    assert found(5.4) == [5, 4]
    assert found(5.0, total=7.0) == [7, 4]
    assert found(5.0, total=8.0) == []


def knapsack(rng: np.random.Generator, items: int) -> ProgramBuilder:
    """Return a program whose cheapest solution is not whole: five limits over random weights."""
    builder = ProgramBuilder()
    columns = builder.add_columns(np.zeros(items), np.ones(items) * 3, -rng.integers(20, 60, items))
    for _ in range(5):
        weights = rng.integers(10, 40, items).astype(float)
        limit = np.array([float(weights.sum() // 3)])
        rows = builder.add_rows(np.array([-inf]), limit)
        builder.add_entries(np.repeat(rows, items), columns, weights)
    return builder


def kept(builder: ProgramBuilder, values: np.ndarray) -> bool:
    program = builder.build()
    totals = np.zeros(builder.rows)
    starts = np.asarray(program.a_matrix_.start_)
    column = np.repeat(np.arange(builder.columns), np.diff(starts))
    np.add.at(totals, np.asarray(program.a_matrix_.index_),
              np.asarray(program.a_matrix_.value_) * values[column])  # fmt: skip
    return bool(
        (totals <= np.asarray(program.row_upper_) + 1e-6).all()
        and (values >= -1e-6).all()
        and (values <= np.asarray(program.col_upper_) + 1e-6).all()
    )


@pytest.mark.parametrize("large", [0, 10**6], ids=["near first", "all at once"])
@pytest.mark.parametrize("nodes", [2000, 1])
def test_searches_keep_every_limit_and_end_alike(
    large: int, nodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.solve.program._LARGE", large)
    for name in ("_MOST_NODES", "_LEAST_NODES"):
        monkeypatch.setattr(f"optimizer.solve.program.{name}", nodes)
    builder = knapsack(np.random.default_rng(5), 40)
    whole = np.arange(builder.columns)
    ends = []
    for _ in range(2):
        solver = Solver(builder.build())
        relaxed = solver.solve()
        assert np.abs(relaxed.values - np.rint(relaxed.values)).max() > 0.01
        found = solver.solve_whole(whole, fair_loss=inf)
        assert found.feasible
        assert found.values == pytest.approx(np.rint(found.values), abs=1e-6)
        assert kept(builder, found.values)
        assert found.cost >= relaxed.cost - 1e-6
        assert solver._highs.getOptionValue("time_limit")[1] == inf
        ends.append(found.values.tobytes())
    assert ends[0] == ends[1]


def test_a_search_near_the_relaxed_numbers_that_loses_too_much_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builder = knapsack(np.random.default_rng(5), 40)
    whole = np.arange(builder.columns)
    costs = {}
    for large, loss in ((0, inf), (0, 0.0), (10**6, inf)):
        monkeypatch.setattr("optimizer.solve.program._LARGE", large)
        solver = Solver(builder.build())
        solver.solve()
        costs[large, loss] = solver.solve_whole(whole, fair_loss=loss).cost
    assert costs[0, 0.0] == costs[10**6, inf]
    assert costs[0, inf] >= costs[0, 0.0]


def test_a_search_that_ends_empty_goes_on_to_the_first_whole_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []
    search = Solver._search

    def empty_at_first(solver: Solver, nodes: int) -> Solution | None:
        tries.append(nodes)
        return None if len(tries) == 1 else search(solver, nodes)

    monkeypatch.setattr(Solver, "_search", empty_at_first)
    builder = knapsack(np.random.default_rng(5), 40)
    solver = Solver(builder.build())
    solver.solve()
    found = solver.solve_whole(np.arange(builder.columns), fair_loss=inf)
    assert tries[1] > tries[0]
    assert found.cost <= 0.0
    assert kept(builder, found.values)
    monkeypatch.setattr(Solver, "_search", lambda solver, nodes: None)
    solver = Solver(builder.build())
    solver.solve()
    with pytest.raises(SolverError, match="finer rounding"):
        solver.solve_whole(np.arange(builder.columns), fair_loss=inf)


def test_shares_are_missed_by_less_than_a_unit() -> None:
    # the part is to be half of the whole: 3 of 7 misses 3.5 by half a unit
    problem = nearest([3.2, 3.8])
    part, whole = entries([0]), entries([0, 1])
    for sign in (1.0, -1.0):
        problem.keep_share(part, whole, np.array([0.5]), sign, np.array([False]))
    total = np.array([7.0])
    problem.keep(whole, total, total)
    found = problem.solve()
    assert found is not None
    assert found.sum() == 7
    assert abs(found[0] - 3.5) < 1


# ---------------------------------------------------------------- regional cells


def rounded(instance: Instance) -> tuple[Allocation, WholePlan]:
    """Return the exact plan of an instance and its plan in whole units."""
    exact = solve_pooled(instance)
    above = replace(instance, goal=instance.stretch_goal, reference=1.2 * instance.reference)
    return exact, round_plan(instance, exact, above)


WORLDS: dict[str, dict[str, Any]] = {
    "thirds": {"regions": {"A": 1, "B": 1, "C": 1}, "goal": 100},
    "tree and periods": {
        "regions": {"A": 3, "B": 2, "C": 5, "D": 7},
        "parents": {"A": "P", "B": "P"},
        "goal": 997,
        "periods": {"Q1": 0.17, "Q2": 0.83},
        "products": {"p": 0.3, "q": 0.33, "r": 0.37},
    },
    "gap": {
        "regions": {"A": 3, "B": 2},
        "goal": 100,
        "products": {"p": 0.3, "q": 0.7},
        "people": [Person("a", "A", high=41), Person("b", "B", high=27), Person("c", "B", high=9)],
        "bands": region_bands({"A": 3, "B": 2}, 0.03),
    },
    "potentials": {
        "regions": {"A": 3, "B": 2},
        "goal": 101,
        "products": {"p": 0.3, "q": 0.7},
        "potentials": [(Where("Q1", "A", "p"), 11), (Where(product="q"), 63)],
    },
    "over-assignment": {
        "regions": {"A": 3, "B": 2},
        "goal": 100,
        "products": {"p": 0.31, "q": 0.69},
        "people": [Person("a", "A", high=70), Person("b", "B"), Person("c", "B", sells=("q",))],
        "over_region": 0.02,
        "over_rep": 0.03,
    },
}


@pytest.mark.parametrize("name", WORLDS)
def test_cells_add_up_near_their_exact_values(name: str) -> None:
    rules = dict(WORLDS[name])
    instance = make_instance(rules.pop("regions"), rules.pop("goal"), **rules)
    exact, whole = rounded(instance)
    assert whole.ask.sum() == floor(instance.ask_total + 1e-9)
    assert (whole.placed <= whole.ask).all()
    assert whole.placed.sum() == floor(exact.placed.sum() + 1e-6)
    for cube, close in ((whole.placed, exact.placed), (whole.ask, exact.ask)):
        assert np.abs(cube - close).max() < 1 + 1e-6
        for axes in ((1, 2), (0, 2), (0, 1)):
            assert np.abs(cube.sum(axis=axes) - close.sum(axis=axes)).max() < 1 + 1e-6
        covered = instance.tree.covers @ cube.sum(axis=(1, 2))
        assert np.abs(covered - instance.tree.covers @ close.sum(axis=(1, 2))).max() < 1 + 1e-6


def test_potentials_hold_in_whole_units() -> None:
    rules = dict(WORLDS["potentials"])
    instance = make_instance(rules.pop("regions"), rules.pop("goal"), **rules)
    _, whole = rounded(instance)
    assert whole.placed[0, 0, 0] <= 11
    assert whole.placed[:, :, 1].sum() <= 63
    assert whole.placed.sum() == 101


# ---------------------------------------------------------------- whole plans


PEOPLE = [
    {"rep": "a1", "region": "East", "capacity": 170},
    {"rep": "a2", "region": "East", "floor": 0.5, "stretch": 1.5},
    {"rep": "a3", "region": "East", "ability": 0.7},
    {"rep": "b1", "region": "South"},
    {"rep": "b2", "region": "South", "stretch": 1.0},
    {"rep": "c1", "region": "North", "products": "MES"},
    {"rep": "c2", "region": "North"},
    {"rep": "d1", "region": "West", "floor": 1.0},
    {"rep": "e1", "region": "Overseas", "min": 33.3},
]


def whole_plan(keys: dict[str, Any], **tables: Any) -> tuple[Instance, Instance, WholePlan]:
    """Return the instance, its stretch instance and the whole plan of a world."""
    with TemporaryDirectory() as folder:
        world = write_world(Path(folder) / "world", {"name": "w", **keys}, **tables)
        scenario = load_scenarios(world).scenarios[0]
    instance = build_instance(scenario)
    stretch = stretch_instance(scenario, instance)
    return instance, stretch, round_plan(instance, solve_pooled(instance), stretch)


def company(rounding: float, goal: float = 1403.0) -> tuple[Instance, Instance, WholePlan]:
    """Return a company of five regions, three products and two quarters."""
    keys = {
        "periods": ["2024Q1", "2024Q2"],
        "rounding": rounding,
        "goal": {"target": goal, "floor": 0.83 * goal, "stretch": 1.17 * goal},
    }
    products = [{"product": "MES", "share": 0.55}, {"product": "Twin", "share": 0.45}]
    tree = [{"region": "Land"}, {"region": "Overseas", "share": 80}]
    regions = [
        {**row, "parent": "Land"}
        for row in shares("region", REGIONS)
        if row["region"] != "Overseas"
    ]
    tree[0]["share"] = 1120
    return whole_plan(keys, people=PEOPLE, products=products, regions=regions + tree)


@pytest.fixture(scope="module", params=[1, 0, 0.5, 10])
def plan(request: pytest.FixtureRequest) -> tuple[Instance, Instance, WholePlan]:
    return company(request.param)


Plan = tuple[Instance, Instance, WholePlan]


def test_targets_add_up_to_the_goal(plan: Plan) -> None:
    instance, _, whole = plan
    assert whole.cells is not None
    assert instance.reps is not None
    goal = round(instance.goal / instance.unit)
    assert whole.placed.sum() == whole.ask.sum() == goal
    street = np.zeros_like(whole.placed)
    np.add.at(street, instance.reps.leaf, whole.cells)
    assert street.tolist() == whole.placed.tolist()


def test_floor_target_and_stretch_stand_in_order_in_every_cell(plan: Plan) -> None:
    _, _, whole = plan
    assert whole.cells is not None
    assert (whole.floor >= 0).all()
    assert (whole.floor <= whole.cells).all()
    assert (whole.cells <= whole.stretch).all()


def test_limits_of_reps_hold_in_whole_units(plan: Plan) -> None:
    instance, stretch, whole = plan
    reps = instance.reps
    assert reps is not None
    assert stretch.reps is not None
    assert whole.cells is not None
    total = whole.cells.sum(axis=2) * instance.unit
    dust = 1e-6 * instance.unit + 1e-9
    assert (total <= reps.high + dust).all()
    assert (total >= reps.low - dust).all()
    assert (whole.stretch.sum(axis=2) * instance.unit <= stretch.reps.high + dust).all()
    c1 = reps.names.index("c1")
    assert not whole.cells[c1, :, 1].any()
    assert not whole.stretch[c1, :, 1].any()


def test_own_ratios_override_the_levels(plan: Plan) -> None:
    instance, _, whole = plan
    assert instance.reps is not None
    assert whole.cells is not None
    at = {name: row for row, name in enumerate(instance.reps.names)}
    a2, b2, d1 = at["a2"], at["b2"], at["d1"]
    assert np.abs(whole.floor[a2] - 0.5 * whole.cells[a2]).max() < 1
    assert np.abs(whole.stretch[a2].sum(axis=1) - 1.5 * whole.cells[a2].sum(axis=1)).max() <= 0.5
    assert np.abs(whole.stretch[a2] - 1.5 * whole.cells[a2]).max() < 1
    assert whole.stretch[b2].tolist() == whole.cells[b2].tolist()
    assert whole.floor[d1].tolist() == whole.cells[d1].tolist()


def test_floors_add_up_down_the_tree(plan: Plan) -> None:
    instance, _, whole = plan
    reps = instance.reps
    assert reps is not None
    assert whole.cells is not None
    ratio = np.where(np.isnan(reps.floor_ratio), instance.floor_goal / instance.goal,
                     reps.floor_ratio)  # fmt: skip
    exact = whole.cells * ratio[:, None, None]
    assert whole.floor.sum() == floor(exact.sum() + 0.5 + 1e-9)
    for covers in instance.tree.covers:
        inside = covers[reps.leaf]
        for period in range(2):
            near = exact[inside, period].sum()
            assert abs(whole.floor[inside, period].sum() - near) < 1 + 1e-6
    assert np.abs(whole.floor - exact).max() < 1 + 1e-6
    assert np.abs(whole.floor.sum(axis=2) - exact.sum(axis=2)).max() < 1 + 1e-6


def test_stretch_places_its_goal_where_it_can(plan: Plan) -> None:
    instance, _, whole = plan
    assert whole.stretch_placed == round(instance.stretch_goal / instance.unit)


def test_the_floor_of_a_plan_without_own_ratios_is_the_goals_floor() -> None:
    keys = {"periods": ["2024Q1"], "goal": {"floor": 1200, "target": 1400, "stretch": 1600}}
    instance, _, whole = whole_plan(keys, regions=shares("region", REGIONS))
    assert whole.cells is None
    assert whole.floor.sum() == 1200
    by_region = dict(zip(instance.leaves, whole.floor.sum(axis=(1, 2)).tolist(), strict=True))
    assert by_region == REGIONS


def test_floors_equal_to_targets_stay_equal() -> None:
    instance = make_instance({"A": 3, "B": 4}, 100)
    assert instance.floor_goal == 80
    targets = np.array([[[43]], [[57]]])
    same = floor_cells(instance, targets)
    assert same.ravel().tolist() == [34, 46]  # 34.4 and 45.6
    own = floor_cells(replace(instance, floor_goal=100.0), targets)
    assert own.ravel().tolist() == [43, 57]


def test_equals_differ_by_a_unit_at_most_and_larger_references_get_no_less() -> None:
    people = [{"rep": f"r{number}", "region": "A"} for number in range(6)]
    people += [{"rep": f"s{number}", "region": "A", "ability": 0.9} for number in range(3)]
    people += [{"rep": "b", "region": "B"}]
    products = shares("product", {"p": 3, "q": 5, "r": 9})
    _, _, whole = whole_plan(
        {"periods": ["2024Q1"], "goal": 1000, "tolerance": {"region": 0.01}},
        people=people, products=products, regions=shares("region", {"A": 0.8, "B": 0.2}),
    )  # fmt: skip
    assert whole.cells is not None
    totals = whole.cells.sum(axis=(1, 2))
    assert np.ptp(totals[:6]) <= 1
    assert np.ptp(totals[6:9]) <= 1
    assert totals[:6].min() >= totals[6:9].max()
    assert np.ptp(whole.cells[:6], axis=0).max() <= 1


@pytest.mark.parametrize("rounding", [0, 0.01, 1, 10, 250])
def test_over_assignment_is_rounded_down_to_the_unit(rounding: float) -> None:
    keys = {
        "periods": ["2024Q1"],
        "goal": 1000,
        "rounding": rounding,
        "buffers": {"over_assignment": {"rep": 0.03}},
    }
    people = [{"rep": "a", "region": "A"}, {"rep": "b", "region": "B"}, {"rep": "c", "region": "B"}]
    regions = shares("region", {"A": 0.4, "B": 0.6})
    instance, _, whole = whole_plan(
        {**keys, "tolerance": {"region": 0.2}}, people=people, regions=regions
    )
    assert whole.cells is not None
    assert instance.reps is not None
    street = np.zeros(2, dtype=int)
    np.add.at(street, instance.reps.leaf, whole.cells.sum(axis=(1, 2)))
    for units, target in zip(street.tolist(), whole.placed.sum(axis=(1, 2)).tolist(), strict=True):
        assert units == target * 103 // 100


@pytest.mark.parametrize(("goal", "rounding"), [(2e6, 0), (5e10, 0.01), (8e14, 1)])
def test_large_goals_are_rounded_as_exactly(goal: float, rounding: float) -> None:
    people = [{"rep": "a", "region": "A"}, {"rep": "b", "region": "B"}, {"rep": "c", "region": "B"}]
    instance, _, whole = whole_plan(
        {"periods": ["2024Q1"], "goal": goal, "rounding": rounding}, people=people,
        regions=shares("region", {"A": 1, "B": 1}),
    )  # fmt: skip
    assert whole.cells is not None
    units = round(instance.goal / instance.unit)
    assert whole.ask.sum() == whole.placed.sum() == whole.cells.sum() == units


def test_the_same_data_in_any_order_gives_the_same_plan() -> None:
    keys = {"periods": ["2024Q1"], "goal": 1000}
    regions = shares("region", {"A": 1, "B": 1, "C": 1})
    rows = [{"rep": f"r{number}", "region": "ABC"[number % 3]} for number in range(8)]
    plans = [
        whole_plan(keys, people=list(order), regions=list(table))[2]
        for order, table in ((rows, regions), (rows[::-1], regions[::-1]))
    ]
    for one, other in pairwise(plans):
        assert one.cells is not None
        assert other.cells is not None
        assert one.cells.tolist() == other.cells.tolist()
        assert one.stretch.tolist() == other.stretch.tolist()
