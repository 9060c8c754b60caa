"""From a scenario to numbers: calendar, axes, history, shares, reference, people, limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import product as cells_of
from math import floor, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import REGIONS, shares, write_world

from optimizer.domain.calendar import Span, span_of, spans_of
from optimizer.domain.scenario import Scenario
from optimizer.inputs.load import load_scenarios
from optimizer.problem.build import build_instance, stretch_instance
from optimizer.problem.effort import most_totals
from optimizer.problem.history import History, base_amount, read_history
from optimizer.problem.instance import Instance
from optimizer.problem.labels import build_tree, read_labels
from optimizer.problem.people import whole_share
from optimizer.problem.reference import history_cube, reference_ask
from optimizer.problem.whole import ceil_units, floor_units, nearest_units, unit_of

QUARTERS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4")
PEOPLE = [{"rep": "Ann", "region": "North"}, {"rep": "Bob", "region": "South"}]

Read = Callable[..., Scenario]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a world and reads it as a scenario."""

    def make(keys: dict[str, Any] | None = None, **tables: Any) -> Scenario:
        folder = tmp_path / f"world{len(list(tmp_path.iterdir()))}"
        base = {"name": "w", "periods": ["2024Q1"], "goal": 1000}
        return load_scenarios(write_world(folder, base | (keys or {}), **tables)).scenarios[0]

    return make


def shares_of(instance: Instance, axis: str) -> dict[str, float]:
    """Return the shares that the reference has along one axis."""
    others = {"region": (1, 2), "period": (0, 2), "product": (0, 1)}[axis]
    names = {"region": instance.leaves, "period": instance.periods, "product": instance.products}
    sums = instance.reference.sum(axis=others) / instance.reference.sum()
    return dict(zip(names[axis], sums.tolist(), strict=True))


def bands_of(instance: Instance, kind: str) -> dict[str, tuple[float, float]]:
    """Return the bands of one kind, by the label that they are on."""
    bands = instance.bands
    label = {
        "period_share": lambda row: instance.periods[bands.part.period[row]],
        "product_share": lambda row: instance.products[bands.part.product[row]],
        "region_share": lambda row: instance.tree.names[bands.part.region[row]],
    }[kind]
    return {
        label(row): (float(bands.low[row]), float(bands.high[row]))
        for row, one in enumerate(bands.kind)
        if one == kind
    }


def weights_of(instance: Instance) -> dict[str, float]:
    """Return the reps' weights in the first period."""
    assert instance.reps is not None
    return dict(zip(instance.reps.names, instance.reps.weight[:, 0].tolist(), strict=True))


def limits_of(instance: Instance) -> dict[str, list[tuple[float, float]]]:
    """Return (min, capacity) of each rep by period."""
    reps = instance.reps
    assert reps is not None
    return {
        name: list(zip(reps.low[rep].tolist(), reps.high[rep].tolist(), strict=True))
        for rep, name in enumerate(reps.names)
    }


# ---------------------------------------------------------------- calendar


@pytest.mark.parametrize(
    ("label", "first", "months"),
    [
        ("2024", (2024, 1), 12),
        ("2024H1", (2024, 1), 6),
        ("2024H2", (2024, 7), 6),
        ("2024Q1", (2024, 1), 3),
        ("2024Q4", (2024, 10), 3),
        ("2024-01", (2024, 1), 1),
        ("2024-12", (2024, 12), 1),
        ("1999Q3", (1999, 7), 3),
    ],
)
def test_dated_labels_cover_their_months(label: str, first: tuple[int, int], months: int) -> None:
    span = span_of(label)
    assert span == Span(first[0] * 12 + first[1] - 1, months)
    assert span.year == first[0]


@pytest.mark.parametrize(
    "label",
    ["FY24", "2024H3", "2024Q5", "2024Q0", "2024-13", "2024-00", "24Q1", "2024 Q1", "2024q1", "",
     "2024-1", "12024"],
)  # fmt: skip
def test_other_labels_carry_no_date(label: str) -> None:
    assert span_of(label) is None


def test_spans_are_alike_across_years_only_with_month_and_length() -> None:
    season = {label: span_of(label).season for label in ("2023Q3", "2024Q3", "2024H2", "2024Q2")}  # type: ignore[union-attr]
    assert season["2023Q3"] == season["2024Q3"]
    assert len(set(season.values())) == 3


def test_a_span_contains_what_lies_wholly_in_it() -> None:
    half = span_of("2024H1")
    assert half is not None
    inside = {
        label: half.contains(span_of(label))  # type: ignore[arg-type]
        for label in ("2024Q1", "2024Q2", "2024Q3", "2024-06", "2024-07", "2023-12", "2024")
    }
    assert [label for label, yes in inside.items() if yes] == ["2024Q1", "2024Q2", "2024-06"]


def test_labels_without_dates_run_from_start_to_start() -> None:
    starts = {
        "spring": dt.date(2024, 3, 1),
        "summer": dt.date(2024, 5, 1),
        "rest": dt.date(2024, 9, 15),
    }
    spans = spans_of(("spring", "summer", "rest"), starts)
    month = 2024 * 12
    assert spans == (Span(month + 2, 2), Span(month + 4, 4), Span(month + 8, 4))


def test_a_single_label_without_a_date_lasts_a_quarter_and_without_a_start_none() -> None:
    assert spans_of(("wave",), {"wave": dt.date(2024, 2, 10)}) == (Span(2024 * 12 + 1, 3),)
    assert spans_of(("wave", "2024Q2"), {}) == (None, span_of("2024Q2"))


def test_a_label_without_a_date_ends_where_a_dated_one_starts() -> None:
    assert spans_of(("early", "2024Q2"), {"early": dt.date(2024, 2, 1)})[0] == Span(24289, 2)


# ---------------------------------------------------------------- axes


def test_axes_are_sorted_whatever_the_order_of_rows(read: Read) -> None:
    rows = [{"rep": "z", "region": "b"}, {"rep": "y", "region": "a"}, {"rep": "x", "region": "b"}]
    tables = {"people": rows, "products": [{"product": name} for name in ("q", "p")]}
    instance = build_instance(read({"periods": ["2024Q2", "2024Q3"]}, **tables))
    assert instance.leaves == ("a", "b")
    assert instance.products == ("p", "q")
    assert instance.periods == ("2024Q2", "2024Q3")
    assert instance.reps is not None
    assert instance.reps.names == ("y", "x", "z")
    assert instance.reps.leaf.tolist() == [0, 1, 1]


def test_the_tree_puts_parents_first_and_knows_its_leaves() -> None:
    tree = build_tree({"b1": "b", "a": "", "b": "", "b2": "b", "b2x": "b2", "c": ""})
    assert tree.names[0] == "*"
    assert sorted(tree.names[1:]) == ["a", "b", "b1", "b2", "b2x", "c"]
    assert all(parent < node for node, parent in enumerate(tree.parent.tolist()))
    up = {name: tree.names[parent] for name, parent in zip(tree.names[1:], tree.parent[1:],
                                                           strict=True)}  # fmt: skip
    assert up == {"a": "*", "b": "*", "c": "*", "b1": "b", "b2": "b", "b2x": "b2"}
    leaves = [tree.names[node] for node in tree.leaf_node]
    assert leaves == ["a", "b1", "b2x", "c"]
    covered = {
        name: [leaf for leaf, yes in zip(leaves, row, strict=True) if yes]
        for name, row in zip(tree.names, tree.covers, strict=True)
    }
    assert covered == {
        "*": leaves, "a": ["a"], "b": ["b1", "b2x"], "b1": ["b1"], "b2": ["b2x"], "b2x": ["b2x"],
        "c": ["c"],
    }  # fmt: skip


def test_labels_come_from_the_tables_in_use(read: Read) -> None:
    people = [{"rep": "Ann", "region": "North", "products": "b; a"}]
    history = [{"period": "2023Q1", "region": "South", "product": "c", "amount": 1}]
    labels = read_labels(read(people=people, history=history))
    assert labels.products == ("a", "b", "c")
    assert labels.tree.names == ("*", "North", "South")


def test_a_scenario_without_labels_has_one_of_each(read: Read) -> None:
    labels = read_labels(read(potential=[{"potential": 5, "period": "2024Q1"}]))
    assert (labels.products, labels.tree.names) == (("all",), ("*", "all"))


def test_first_alike_points_at_the_first_period_of_a_season(read: Read) -> None:
    periods = ["2023Q4", "2024Q1", "2024Q4", "2025Q1"]
    assert read_labels(read({"periods": periods}, people=PEOPLE)).first_alike.tolist() == [
        0, 1, 0, 1,
    ]  # fmt: skip


# ---------------------------------------------------------------- history


def quarters(year: int, *amounts: float, **more: Any) -> list[dict[str, Any]]:
    """Return history of quarters."""
    return [
        {"period": f"{year}Q{number}", "amount": amount, **more}
        for number, amount in enumerate(amounts, start=1)
    ]


def test_period_shares_come_from_like_periods_of_whole_years_only(read: Read) -> None:
    history = quarters(2022, 10, 20, 30, 40) + quarters(2023, 1000)
    instance = build_instance(read({"periods": QUARTERS}, people=PEOPLE, history=history))
    assert shares_of(instance, "period") == pytest.approx(
        dict(zip(QUARTERS, (0.1, 0.2, 0.3, 0.4), strict=True))
    )
    assert any("period shares assumed from history" in text for text in instance.assumptions)


def test_two_whole_years_count_together(read: Read) -> None:
    history = quarters(2022, 10, 20, 30, 40) + quarters(2023, 60, 20, 10, 10)
    instance = build_instance(read({"periods": QUARTERS}, people=PEOPLE, history=history))
    assert shares_of(instance, "period") == pytest.approx(
        dict(zip(QUARTERS, (0.35, 0.2, 0.2, 0.25), strict=True))
    )


def test_months_and_dates_count_in_the_quarter_that_they_lie_in(read: Read) -> None:
    months = [{"period": f"2023-{month:02d}", "amount": month} for month in range(1, 12)]
    history = [*months, {"date": "2023-12-31", "amount": 12}]
    instance = build_instance(read({"periods": QUARTERS}, people=PEOPLE, history=history))
    expected = {name: total / 78 for name, total in zip(QUARTERS, (6, 15, 24, 33), strict=True)}
    assert shares_of(instance, "period") == pytest.approx(expected)


def test_rows_coarser_than_a_period_say_nothing_of_periods(read: Read) -> None:
    history = [
        {"period": "2022", "region": "North", "amount": 300},
        {"period": "2022", "region": "South", "amount": 100},
    ]
    keys = {"periods": ["2024H1", "2024H2"]}
    instance = build_instance(read(keys, people=PEOPLE, history=history))
    assert shares_of(instance, "period") == pytest.approx({"2024H1": 0.5, "2024H2": 0.5})
    assert shares_of(instance, "region") == pytest.approx({"North": 0.75, "South": 0.25})


def test_history_of_a_past_rep_counts_for_nobody_and_of_a_present_one_for_the_region(
    read: Read,
) -> None:
    history = [
        {"period": "2023Q1", "rep": "Ann", "amount": 30},
        {"period": "2023Q1", "rep": "Bob", "amount": 10},
        {"period": "2023Q1", "rep": "gone", "amount": 500},
    ]
    instance = build_instance(read(people=PEOPLE, history=history))
    assert shares_of(instance, "region") == pytest.approx({"North": 0.75, "South": 0.25})


def test_history_of_a_team_counts_for_its_region(read: Read) -> None:
    people = [{**row, "team": f"team {row['region']}"} for row in PEOPLE]
    history = [
        {"period": "2023Q1", "team": "team North", "amount": 1},
        {"period": "2023Q1", "team": "team South", "amount": 4},
    ]
    instance = build_instance(read(people=people, history=history))
    assert shares_of(instance, "region") == pytest.approx({"North": 0.2, "South": 0.8})


def test_a_region_named_in_a_row_goes_before_the_region_of_its_rep(read: Read) -> None:
    history = [
        {"period": "2023Q1", "rep": "Ann", "region": "South", "amount": 3},
        {"period": "2023Q1", "rep": "Bob", "amount": 1},
        {"period": "2023Q1", "region": "North", "amount": 4},
    ]
    scenario = read(people=PEOPLE, history=history)
    found = read_history(scenario, read_labels(scenario))
    assert found is not None
    by_row = dict(zip(found.amount.tolist(), found.leaf.tolist(), strict=True))
    assert by_row == {3: 1, 1: 1, 4: 0}


@pytest.mark.parametrize(
    ("base", "amount"),
    [(("2022Q1",), 10), (("2022",), 100), (("2022H2", "2022Q1"), 80), (("2022Q1", "2022"), 100)],
)
def test_growth_counts_each_row_of_its_base_once(
    read: Read, base: tuple[str, ...], amount: float
) -> None:
    scenario = read(people=PEOPLE, history=quarters(2022, 10, 20, 30, 40) + quarters(2023, 7))
    found = read_history(scenario, read_labels(scenario))
    assert found is not None
    assert base_amount(found, base) == amount


# ---------------------------------------------------------------- shares and bands


def test_given_shares_are_scaled_to_one(read: Read) -> None:
    instance = build_instance(read(regions=shares("region", REGIONS)))
    assert shares_of(instance, "region") == pytest.approx(
        {name: amount / 1200 for name, amount in REGIONS.items()}
    )
    assert instance.reference.sum() == pytest.approx(1000)


def test_a_regions_share_is_of_its_parent(read: Read) -> None:
    regions = [
        {"region": "N", "share": 0.25},
        {"region": "S", "share": 0.75},
        {"region": "N1", "parent": "N", "share": 3},
        {"region": "N2", "parent": "N", "share": 1},
    ]
    instance = build_instance(read(regions=regions))
    assert shares_of(instance, "region") == pytest.approx({"N1": 0.1875, "N2": 0.0625, "S": 0.75})


def test_blank_shares_take_what_the_others_leave_by_history(read: Read) -> None:
    regions = [{"region": "a", "share": 0.4}, {"region": "b"}, {"region": "c"}]
    history = [{"period": "2023Q1", "region": name, "amount": amount}
               for name, amount in (("a", 999), ("b", 10), ("c", 20))]  # fmt: skip
    instance = build_instance(read(regions=regions, history=history))
    assert shares_of(instance, "region") == pytest.approx({"a": 0.4, "b": 0.2, "c": 0.4})
    assert any("region shares assumed from history: b 0.2, c 0.4" in text
               for text in instance.assumptions)  # fmt: skip


def test_without_history_blank_shares_follow_potential_known_for_all(read: Read) -> None:
    regions = [{"region": "a"}, {"region": "b"}]
    known = [{"region": "a", "potential": 300}, {"region": "b", "potential": 100}]
    whole = build_instance(read(regions=regions, potential=known))
    assert shares_of(whole, "region") == pytest.approx({"a": 0.75, "b": 0.25})
    partly = build_instance(read(regions=regions, potential=known[:1]))
    assert shares_of(partly, "region") == pytest.approx({"a": 0.5, "b": 0.5})


def test_without_history_or_potential_regions_follow_rep_weight(read: Read) -> None:
    people = [
        {"rep": "A1", "region": "a", "ability": 1.5},
        {"rep": "A2", "region": "a", "fte": 0.5},
        {"rep": "B", "region": "b", "resource": 2},
    ]
    instance = build_instance(read(people=people))
    assert shares_of(instance, "region") == pytest.approx({"a": 0.5, "b": 0.5})
    people[2]["resource"] = 6
    instance = build_instance(read(people=people))
    assert shares_of(instance, "region") == pytest.approx({"a": 0.25, "b": 0.75})
    assert any("from rep weight" in text for text in instance.assumptions)


def test_history_goes_before_potential_before_equal_parts_for_products(read: Read) -> None:
    products = [{"product": "p"}, {"product": "q"}]
    potential = [{"product": "p", "potential": 10}, {"product": "q", "potential": 90}]
    history = [{"period": "2023Q1", "product": name, "amount": 50} for name in "pq"]
    history[0]["amount"] = 150
    even = build_instance(read(products=products, people=PEOPLE))
    by_market = build_instance(read(products=products, potential=potential))
    by_past = build_instance(read(products=products, potential=potential, history=history))
    assert shares_of(even, "product") == pytest.approx({"p": 0.5, "q": 0.5})
    assert shares_of(by_market, "product") == pytest.approx({"p": 0.1, "q": 0.9})
    assert shares_of(by_past, "product") == pytest.approx({"p": 0.75, "q": 0.25})


def test_given_shares_have_a_band_of_the_tolerance_and_none_means_fixed(read: Read) -> None:
    regions = shares("region", {"a": 0.3, "b": 0.7})
    fixed = build_instance(read(regions=regions))
    assert bands_of(fixed, "region_share") == {
        "a": pytest.approx((0.3, 0.3)), "b": pytest.approx((0.7, 0.7)),
    }  # fmt: skip
    wide = build_instance(read({"tolerance": {"region": 0.4}}, regions=regions))
    assert bands_of(wide, "region_share") == {
        "a": pytest.approx((0.0, 0.7)), "b": pytest.approx((0.3, inf)),
    }  # fmt: skip


def test_assumed_shares_have_a_band_only_with_a_tolerance(read: Read) -> None:
    free = build_instance(read({"tolerance": {"product": 0.1}}, people=PEOPLE))
    assert bands_of(free, "region_share") == {}
    bound = build_instance(read({"tolerance": {"region": 0.1}}, people=PEOPLE))
    assert bands_of(bound, "region_share") == {
        "North": pytest.approx((0.4, 0.6)), "South": pytest.approx((0.4, 0.6)),
    }  # fmt: skip


def test_a_band_of_the_table_replaces_each_side_by_itself(read: Read) -> None:
    products = [
        {"product": "p", "share": 0.5, "min_share": 0.2},
        {"product": "q", "share": 0.3, "max_share": 0.9},
        {"product": "r", "share": 0.2, "min_share": 0.1, "max_share": 0.25},
    ]
    instance = build_instance(read({"tolerance": {"product": 0.05}}, products=products,
                                   people=PEOPLE))  # fmt: skip
    assert bands_of(instance, "product_share") == {
        "p": pytest.approx((0.2, 0.55)),
        "q": pytest.approx((0.25, 0.9)),
        "r": pytest.approx((0.1, 0.25)),
    }


def test_own_bands_are_not_scaled_with_the_shares(read: Read) -> None:
    regions = [
        {"region": "a", "share": 30, "min_share": 0.1, "max_share": 0.5},
        {"region": "b", "share": 70},
    ]
    instance = build_instance(read(regions=regions))
    assert bands_of(instance, "region_share") == {
        "a": pytest.approx((0.1, 0.5)), "b": pytest.approx((0.7, 0.7)),
    }  # fmt: skip


def test_a_slice_is_a_share_of_the_slice_without_its_first_named_label(read: Read) -> None:
    rows = [
        {"period": "2024Q1", "region": "North", "product": "p", "share": 0.3},
        {"period": "2024Q1", "region": "North", "share": 0.4, "min_share": 0.1},
        {"period": "2024Q1", "share": 0.5, "max_share": 0.8},
    ]
    products = [{"product": "p"}, {"product": "q"}]
    periods = ["2024Q1", "2024Q2"]
    scenario = read({"periods": periods}, shares=rows, people=PEOPLE, products=products)
    instance = build_instance(scenario)
    bands, names = instance.bands, instance.tree.names
    assert bands.kind == ("share",) * 3
    found = {}
    for row in range(3):
        part = (bands.part.period[row], names[bands.part.region[row]], bands.part.product[row])
        whole = (bands.whole.period[row], names[bands.whole.region[row]], bands.whole.product[row])
        found[part] = (whole, pytest.approx((bands.low[row], bands.high[row])))
    assert found == {
        (0, "North", 0): ((0, "North", -1), (0.3, 0.3)),
        (0, "North", -1): ((0, "*", -1), (0.1, 0.4)),
        (0, "*", -1): ((-1, "*", -1), (0.5, 0.8)),
    }
    assert shares_of(instance, "period") == pytest.approx(dict.fromkeys(periods, 0.5))


# ---------------------------------------------------------------- reference


def slow_fit(
    start: np.ndarray, margins: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, float]:
    """Fit a cube to its margins in the plainest way; return it and its largest miss."""
    cube = start.copy()
    for _ in range(3000):
        for axis, margin in enumerate(margins):
            for index, wanted in enumerate(margin):
                place = tuple(index if k == axis else slice(None) for k in range(3))
                held = cube[place].sum()
                if held > 0:
                    cube[place] *= wanted / held
        miss = max(
            abs(cube.sum(axis=tuple({0, 1, 2} - {axis}))[index] - wanted)
            for axis, margin in enumerate(margins)
            for index, wanted in enumerate(margin)
        )
        if miss < 1e-14:
            break
    return cube, miss


def random_history(rng: np.random.Generator, shape: tuple[int, int, int]) -> History:
    """Return history rows that leave out some of their labels."""
    rows = 40
    index = [rng.integers(-1, length, rows) for length in shape]
    nothing = np.zeros(rows, dtype=np.int64)
    return History(
        amount=rng.integers(1, 100, rows).astype(float),
        leaf=index[0],
        period=index[1],
        product=index[2],
        whole_year=np.ones(rows, dtype=bool),
        first=nothing,
        months=nothing,
        rep=None,  # type: ignore[arg-type]
        label=None,  # type: ignore[arg-type]
    )


def slow_cube(history: History, margins: tuple[np.ndarray, ...]) -> np.ndarray:
    """Spread each row with a known period over all cells that it may be about."""
    shape = tuple(len(margin) for margin in margins)
    cube = np.zeros(shape)
    rows = zip(history.leaf, history.period, history.product, history.amount, strict=True)
    for leaf, period, product, amount in rows:
        if period < 0:
            continue
        for cell in cells_of(*(range(length) for length in shape)):
            weight = amount
            for at, named, margin in zip(cell, (leaf, period, product), margins, strict=True):
                weight *= margin[at] if named < 0 else float(named == at)
            cube[cell] += weight
    return cube / cube.sum()


@pytest.mark.parametrize("seed", range(3))
def test_the_reference_is_what_a_plain_fit_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (3, 2, 3)
    margins = tuple(rng.dirichlet(np.full(length, 3.0)) for length in shape)
    history = random_history(rng, shape)
    even = np.einsum("i,j,k->ijk", *margins)
    closed = np.zeros(shape, dtype=bool)
    closed[0, :, 0] = seed > 0
    past = slow_cube(history, margins)
    assert history_cube(history, even, np.arange(2)) == pytest.approx(past)
    expected, _ = slow_fit(np.where(closed, 0.0, 0.99 * past + 0.01 * even), margins)
    found, miss = reference_ask(*margins, history, np.arange(2), closed, 500.0)  # type: ignore[misc]
    assert miss < 1e-9
    assert found == pytest.approx(500.0 * expected, abs=1e-6)
    assert (found[closed] == 0).all()


def test_periods_of_one_season_share_its_history() -> None:
    rng = np.random.default_rng(5)
    margins = (np.array([0.5, 0.5]), np.array([0.3, 0.3, 0.4]), np.array([1.0]))
    history = random_history(rng, (2, 2, 1))
    cube = history_cube(history, np.einsum("i,j,k->ijk", *margins), np.array([0, 1, 0]))
    assert cube is not None
    assert cube[:, 0] == pytest.approx(cube[:, 2])
    assert cube.sum() == pytest.approx(1.0)


def test_a_region_without_a_market_leaves_its_share_to_the_others() -> None:
    closed = np.zeros((3, 2, 1), dtype=bool)
    closed[2] = True
    found, miss = reference_ask(
        np.array([0.3, 0.5, 0.2]),
        np.array([0.6, 0.4]),
        np.ones(1),
        None,
        np.arange(2),
        closed,
        80.0,
    )
    assert miss == pytest.approx(0.2)
    assert found.sum(axis=(1, 2)) == pytest.approx([30.0, 50.0, 0.0])
    assert found.sum(axis=(0, 2)) == pytest.approx([48.0, 32.0])


def test_no_open_cell_loses_its_reference_where_shares_are_out_of_reach() -> None:
    """A sells in the first period only, so B must sell nothing there: the fit never ends."""
    closed = np.array([[[False], [True]], [[False], [False]]])
    found, miss = reference_ask(
        np.array([0.7, 0.3]), np.array([0.3, 0.7]), np.ones(1), None, np.arange(2), closed, 1.0
    )
    assert miss > 0.1
    assert ((found > 0) == ~closed).all()
    assert found[1, 0, 0] == pytest.approx(1e-6 * 0.3 * 0.3, rel=1e-3)
    assert found.sum() == pytest.approx(1.0)


def test_closed_cells_that_keep_margins_out_of_reach_are_noted(read: Read) -> None:
    regions, products = shares("region", {"a": 0.4, "b": 0.6}), shares("product", {"p": 1, "q": 1})
    closed = [
        {"region": "a", "product": "q", "potential": 0},
        {"region": "b", "product": "p", "potential": 0},
    ]
    instance = build_instance(read(regions=regions, products=products, potential=closed))
    assert instance.reference[0, 0, 1] == instance.reference[1, 0, 0] == 0
    assert instance.reference.sum() == pytest.approx(1000)
    # the cells left are a·p and b·q: either regions (40/60) or products (50/50) can be met
    notes = [text for text in instance.assumptions if "closed cells" in text]
    assert len(notes) == 1
    assert "10.00%" in notes[0]
    reachable = build_instance(read(regions=regions, products=products, potential=closed[:1]))
    assert not any("closed cells" in text for text in reachable.assumptions)
    assert reachable.reference[:, 0] == pytest.approx(np.array([[400, 0], [100, 500]]))


def test_over_assignment_raises_the_reference(read: Read) -> None:
    keys = {"buffers": {"over_assignment": {"region": 0.02, "rep": 0.05}}}
    instance = build_instance(read(keys, people=PEOPLE))
    assert instance.ask_total == pytest.approx(1020)
    assert instance.reference.sum() == pytest.approx(1020)
    assert instance.reps is not None
    assert instance.reps.reference.sum() == pytest.approx(1020 * 1.05)


def test_reference_targets_follow_weights_within_the_region(read: Read) -> None:
    people = [
        {"rep": "A1", "region": "a", "ability": 1.2},
        {"rep": "A2", "region": "a", "ability": 0.8, "resource": 1.5},
        {"rep": "B", "region": "b", "fte": 0.5},
    ]
    regions = shares("region", {"a": 0.6, "b": 0.4})
    instance = build_instance(read(people=people, regions=regions))
    assert instance.reps is not None
    assert instance.reps.reference[:, 0] == pytest.approx([300, 300, 400])


# ---------------------------------------------------------------- people


def team(amounts: dict[str, float | None], region: str = "North", **more: Any) -> dict[str, Any]:
    """Return people of one region and their history."""
    return {
        "people": [{"rep": name, "region": region, **more} for name in amounts],
        "history": [
            {"period": "2023Q1", "rep": name, "amount": amount}
            for name, amount in amounts.items()
            if amount is not None
        ],
    }


def test_ability_goes_by_rank_of_history(read: Read) -> None:
    amounts = {f"r{number}": 10.0 * number for number in range(10)}
    instance = build_instance(read(**team({**amounts, "r0": 5.0})))
    weights = weights_of(instance)
    assert {name for name, weight in weights.items() if weight == 1.2} == {"r8", "r9"}
    assert {name for name, weight in weights.items() if weight == 0.8} == {"r0", "r1"}
    assert sum(weight == 1.0 for weight in weights.values()) == 6


@pytest.mark.parametrize(
    ("amounts", "top", "bottom"),
    [
        ((50, 40, 30, 20, 10), {0}, {4}),
        ((50, 50, 30, 20, 10), set(), {4}),
        ((50, 40, 30, 10, 10), {0}, set()),
        ((10, 10, 10, 10, 10), set(), set()),
        ((50, 40, 30, 20), set(), set()),
        ((50, 40, None, 20, 10), {0}, {4}),
        ((50, None, None, None, None), {0}, set()),
        ((9, 8, 8, 6, 5, 4, 3, 2, 2, 0.5), {0}, {9}),
    ],
)
def test_ties_at_the_cut_and_small_teams_get_one(
    read: Read, amounts: tuple[float | None, ...], top: set[int], bottom: set[int]
) -> None:
    named = {f"r{index}": amount for index, amount in enumerate(amounts)}
    weights = weights_of(build_instance(read(**team(named))))
    expected = {
        f"r{index}": 1.2 if index in top else 0.8 if index in bottom else 1.0
        for index in range(len(amounts))
    }
    assert weights == expected


def test_rank_is_within_the_region_and_among_those_without_an_ability(read: Read) -> None:
    north = team({f"n{number}": number + 1.0 for number in range(5)})
    south = team({f"s{number}": number + 100.0 for number in range(5)}, region="South")
    south["people"][0]["ability"] = 1.1
    instance = build_instance(
        read(
            people=north["people"] + south["people"],
            history=north["history"] + south["history"],
        )
    )
    weights = weights_of(instance)
    assert (weights["n4"], weights["n0"]) == (1.2, 0.8)
    assert weights["s0"] == 1.1
    assert {weights[f"s{number}"] for number in range(1, 5)} == {1.0}


def test_the_ability_rule_can_be_set_or_taken_from_history(read: Read) -> None:
    amounts: dict[str, float | None] = {"a": 10, "b": 20, "c": 30, "d": None}
    rule = {"ability": {"top": {"share": 0.5, "factor": 2}, "bottom": {"share": 0.25, "factor": 0}}}
    assert weights_of(build_instance(read(rule, **team(amounts)))) == {
        "a": 0.0, "b": 2.0, "c": 2.0, "d": 1.0,
    }  # fmt: skip
    by_history = {"ability": {"from": "history"}}
    assert weights_of(build_instance(read(by_history, **team(amounts)))) == pytest.approx(
        {"a": 0.5, "b": 1.0, "c": 1.5, "d": 1.0}
    )


@given(st.integers(0, 100), st.integers(0, 3000))
def test_a_share_of_a_head_count_is_rounded_down_exactly(percent: int, count: int) -> None:
    assert whole_share(percent / 100, count) == percent * count // 100


def test_ramps_are_means_over_the_months_of_a_period(read: Read) -> None:
    people = [
        {"rep": "new", "region": "a", "start": "2024-02-15", "capacity": 120, "min": 12},
        {"rep": "late", "region": "a", "start": "2024-07-01", "capacity": 120},
        {"rep": "old", "region": "a", "start": "2020-01-01", "capacity": 120, "fte": 0.5},
        {"rep": "same", "region": "a", "capacity": 120},
    ]
    keys = {"periods": ["2024Q1", "2024Q2", "2024H2"], "ramp": {"factors": [0.25, 0.5, 0.75]}}
    instance = build_instance(read(keys, people=people))
    reps = instance.reps
    assert reps is not None
    weight = dict(zip(reps.names, reps.weight.tolist(), strict=True))
    assert weight["new"] == pytest.approx([(0 + 0.25 + 0.5) / 3, (0.75 + 1 + 1) / 3, 1])
    assert weight["late"] == pytest.approx([0, 0, (0.25 + 0.5 + 0.75 + 3) / 6])
    assert weight["old"] == pytest.approx([0.5, 0.5, 0.5])
    assert weight["same"] == pytest.approx([1, 1, 1])
    limits = limits_of(instance)
    assert limits["new"] == [(3, 30), (11, 110), (12, 120)]
    assert limits["late"] == [(0, 0), (0, 0), (0, 90)]
    assert limits["old"] == [(0, 120)] * 3
    assert reps.reference[list(reps.names).index("late"), :2].tolist() == [0, 0]


def test_a_start_in_the_periods_table_dates_a_period_for_the_ramp(read: Read) -> None:
    people = [{"rep": "new", "region": "a", "start": "2024-03-01"}, {"rep": "old", "region": "a"}]
    undated = build_instance(read({"periods": ["wave"]}, people=people))
    assert weights_of(undated)["new"] == 1.0
    keys = {"periods": ["wave"], "ramp": {"factors": [0.3, 0.6]}}
    periods = [{"period": "wave", "start": "2024-02-01"}]
    dated = build_instance(read(keys, people=people, periods=periods))
    assert weights_of(dated)["new"] == pytest.approx((0 + 0.3 + 0.6) / 3)


def test_figures_of_the_capacity_table_are_final_but_for_the_buffer(read: Read) -> None:
    people = [
        {"rep": "new", "region": "a", "start": "2024-03-01", "capacity": 90, "min": 30},
        {"rep": "old", "region": "a"},
    ]
    final = [
        {"rep": "new", "period": "2024Q1", "capacity": 50},
        {"rep": "new", "period": "2024Q2", "min": 7.2},
        {"rep": "old", "period": "2024Q2", "capacity": 41},
    ]
    keys = {"periods": ["2024Q1", "2024Q2"], "buffers": {"capacity": 0.1}}
    limits = limits_of(build_instance(read(keys, people=people, capacity=final)))
    assert limits["new"] == [(10, 45), (8, 81)]
    assert limits["old"] == [(0, inf), (0, 36)]


def test_reps_with_the_same_products_share_a_group(read: Read) -> None:
    people = [
        {"rep": "a1", "region": "a", "products": "q;p"},
        {"rep": "a2", "region": "a", "products": "p; q"},
        {"rep": "a3", "region": "a"},
        {"rep": "a4", "region": "a", "products": "p"},
        {"rep": "a5", "region": "a", "products": "p"},
        {"rep": "b1", "region": "b", "products": "p"},
    ]
    products = [{"product": "p"}, {"product": "q"}]
    locks = [{"rep": "a5", "amount": 3, "period": "2024Q1"}]
    instance = build_instance(read(people=people, products=products, locks=locks))
    assert instance.reps is not None
    assert instance.groups is not None
    assert instance.reps.group.tolist() == [0, 0, 0, 1, 2, 3]
    assert instance.groups.locked.tolist() == [False, False, True, False]
    assert instance.groups.sells.tolist() == [[True, True], [True, False], [True, False],
                                              [True, False]]  # fmt: skip
    assert instance.groups.leaf.tolist() == [0, 0, 0, 1]


def test_a_rep_whose_products_are_closed_has_no_reference(read: Read) -> None:
    people = [
        {"rep": "a1", "region": "a", "products": "p", "capacity": 9},
        {"rep": "a2", "region": "a", "capacity": 9},
    ]
    products = [{"product": "p"}, {"product": "q"}]
    potential = [{"region": "a", "product": "p", "potential": 0}]
    instance = build_instance(read(people=people, products=products, potential=potential))
    assert instance.reps is not None
    assert instance.reps.reference[:, 0] == pytest.approx([0, 1000])
    assert limits_of(instance) == {"a1": [(0, 0)], "a2": [(0, 9)]}


# ---------------------------------------------------------------- limits and goals


def test_limits_forgive_float_dust(read: Read) -> None:
    assert (0.58 * 100 < 58, 0.1 * 3 * 10 > 3) == (True, True)
    assert floor_units(np.array([0.58 * 100]), 1.0)[0] == 58
    people = [{"rep": "a", "region": "N", "capacity": 150, "min": 0.1 * 3 * 10}]
    scenario = read({"buffers": {"capacity": 0.1}}, people=people)
    assert limits_of(build_instance(scenario))["a"] == [(3, 135)]


@settings(deadline=None)
@given(
    st.integers(0, 10**7),
    st.integers(0, 99),
    st.sampled_from([(1, 1), (10, 1), (1, 100), (1, 2), (5, 1), (1, 10)]),
)
def test_limits_are_rounded_inward(cents: int, percent: int, unit: tuple[int, int]) -> None:
    """Amounts are whole cents, so exact figures are whole ten-thousandths."""
    exact = cents * (100 - percent)
    step = unit[0] * 10_000 // unit[1]
    amount, size = np.array([cents / 100 * (1.0 - percent / 100)]), unit[0] / unit[1]
    assert floor_units(amount, size)[0] == pytest.approx(exact // step * size, abs=1e-9 * size)
    assert ceil_units(amount, size)[0] == pytest.approx(-(-exact // step) * size, abs=1e-9 * size)


def test_no_limit_stays_none() -> None:
    assert floor_units(np.array([inf]), 1.0)[0] == inf


@pytest.mark.parametrize(
    ("limit", "unit"),
    [(2_000_000_000.0, 1.0), (1000.0, 1e-6), (30_000_000.0, 0.01)],
)
def test_a_whole_limit_stays_what_it_is_however_large(limit: float, unit: float) -> None:
    assert round(float(floor_units(np.array([limit]), unit)[0]) / unit) == round(limit / unit)
    assert round(float(ceil_units(np.array([limit]), unit)[0]) / unit) == round(limit / unit)


def test_buffers_keep_back_potential_too(read: Read) -> None:
    potential = [{"region": "a", "potential": 99.9}, {"region": "b", "potential": 200}]
    scenario = read({"buffers": {"potential": 0.05}}, potential=potential)
    instance = build_instance(scenario)
    assert instance.potentials.usable.tolist() == [94, 190]
    assert instance.potentials.given.tolist() == [99.9, 200]
    loose = build_instance(scenario, inward=False)
    assert loose.potentials.usable == pytest.approx([94.905, 190])


def test_potential_zero_closes_every_cell_of_its_slice(read: Read) -> None:
    potential = [
        {"period": "2024Q1", "product": "p", "potential": 0},
        {"region": "b", "product": "q", "potential": 0},
    ]
    keys = {"periods": ["2024Q1", "2024Q2"]}
    tables = {
        "products": [{"product": "p"}, {"product": "q"}],
        "regions": [{"region": "a"}, {"region": "b"}],
    }
    instance = build_instance(read(keys, potential=potential, **tables))
    is_open = instance.reference > 0
    assert is_open[:, 0, 0].tolist() == [False, False]
    assert is_open[1, :, 1].tolist() == [False, False]
    assert is_open[0, :, 1].tolist() == [True, True]
    assert is_open[:, 1, 0].tolist() == [True, True]


def test_locks_are_of_regions_or_of_reps(read: Read) -> None:
    locks = [
        {"region": "North", "period": "2024Q1", "amount": 30},
        {"rep": "Bob", "amount": 40},
    ]
    instance = build_instance(read(people=PEOPLE, locks=locks))
    assert instance.region_locks.amount.tolist() == [30]
    assert instance.region_locks.slices.period.tolist() == [0]
    assert instance.tree.names[int(instance.region_locks.slices.region[0])] == "North"
    assert instance.rep_locks.amount.tolist() == [40]
    assert instance.reps is not None
    assert instance.reps.names[instance.rep_locks.rep[0]] == "Bob"
    assert instance.rep_locks.period.tolist() == [-1]


@pytest.mark.parametrize(
    ("keys", "levels"),
    [
        ({"goal": 1000}, (800, 1000, 1200)),
        ({"goal": 1000, "levels": {"floor": 0.5, "stretch": 1.5}}, (500, 1000, 1500)),
        ({"goal": {"floor": 900, "target": 1000, "stretch": 1100}}, (900, 1000, 1100)),
        ({"goal": {"target": 1000, "stretch": 1010}}, (800, 1000, 1010)),
        ({"goal": 1004.9, "rounding": 10}, (800, 1000, 1210)),
        ({"goal": 1005, "rounding": 10}, (800, 1010, 1210)),
        ({"goal": 0.25, "rounding": 0.1}, (0.2, 0.3, 0.3)),
        ({"goal": 33.3333333, "rounding": 0}, (26.666667, 33.333333, 40)),
    ],
)
def test_goals_come_to_the_nearest_whole_multiple(
    read: Read, keys: dict[str, Any], levels: tuple[float, float, float]
) -> None:
    instance = build_instance(read(keys, people=PEOPLE))
    found = (instance.floor_goal, instance.goal, instance.stretch_goal)
    assert found == pytest.approx(levels, abs=1e-9)


def test_what_is_rounded_is_noted(read: Read) -> None:
    def notes(goal: Any) -> list[str]:
        found = build_instance(read({"goal": goal}, people=PEOPLE)).assumptions
        return [text for text in found if text.startswith("goal")]

    assert notes(1000) == []
    assert [text.split(" ")[0] for text in notes(1000.4)] == [
        "goal.target", "goal.floor", "goal.stretch",
    ]  # fmt: skip
    assert notes({"floor": 1, "target": 2, "stretch": 2.5}) == [
        "goal.stretch 2.5 rounded to 3, a whole multiple of 1"
    ]


def test_growth_is_shown_with_its_base(read: Read) -> None:
    goal = {"growth": 0.35, "base": ["2022Q1", "2022Q2"]}
    scenario = read({"goal": goal}, people=PEOPLE, history=quarters(2022, 60, 40, 7, 7))
    instance = build_instance(scenario)
    assert instance.goal == 135
    assert instance.assumptions[0] == "goal = base 100 of 2022Q1, 2022Q2 × 1.35 = 135"


@given(st.integers(0, 10**9), st.integers(1, 10**4))
def test_halves_are_rounded_up(tenths: int, unit: int) -> None:
    exact = floor((tenths + 5 * unit) / (10 * unit)) * unit
    assert nearest_units(tenths / 10, float(unit)) == exact


def test_no_rounding_means_millionths() -> None:
    assert (unit_of(0), unit_of(10), unit_of(0.5)) == (1e-6, 10, 0.5)


def test_the_stretch_problem_keeps_nothing_back(read: Read) -> None:
    people = [{"rep": "a", "region": "N", "capacity": 100}, {"rep": "b", "region": "S"}]
    potential = [{"region": "S", "potential": 400}]
    buffers = {"potential": 0.5, "capacity": 0.1, "over_assignment": {"region": 0.02, "rep": 0.04}}
    goal = {"target": 1000, "stretch": 1300}
    scenario = read({"buffers": buffers, "goal": goal}, people=people, potential=potential)
    planned = build_instance(scenario)
    assert limits_of(planned)["a"] == [(0, 90)]
    above = stretch_instance(scenario, planned)
    assert above.goal == 1300
    assert limits_of(above)["a"] == [(0, 100)]
    assert above.potentials.usable.tolist() == [400]
    assert (above.over_region, above.over_rep) == (0.02, 0.04)


# ---------------------------------------------------------------- years and effort


def past(rep: str, *amounts: float, year: int = 2023) -> list[dict[str, Any]]:
    """Return a rep's sales of the quarters of a year."""
    return [
        {"rep": rep, "period": f"{year}Q{number}", "amount": amount}
        for number, amount in enumerate(amounts, start=1)
    ]


def year_limits(instance: Instance) -> dict[str, tuple[float, float]]:
    """Return the usable limits over all periods, by rep."""
    reps = instance.reps
    assert reps is not None and reps.total_low is not None and reps.total_high is not None
    both = zip(reps.total_low.tolist(), reps.total_high.tolist(), strict=True)
    return dict(zip(reps.names, both, strict=True))


def test_limits_over_all_periods_are_rounded_inward_and_the_smaller_counts(read: Read) -> None:
    people = [
        {"rep": "a", "region": "x", "min_total": 10.2, "max_total": 20.9},
        {"rep": "b", "region": "x", "max_growth": 0.1},
        {"rep": "c", "region": "x", "max_total": 300, "max_growth": 0.1},
        {"rep": "d", "region": "x", "max_total": 40, "max_growth": 0.1},
        {"rep": "e", "region": "x"},
    ]
    history = past("b", 10, 20, 30, 45) + past("c", 10, 20, 30, 40) + past("d", 10, 20, 30, 40)
    instance = build_instance(read({"periods": list(QUARTERS)}, people=people, history=history))
    assert year_limits(instance) == {
        "a": (11.0, 20.0), "b": (0.0, 115.0), "c": (0.0, 110.0), "d": (0.0, 40.0),
        "e": (0.0, inf),
    }  # fmt: skip
    assert instance.reps is not None and instance.reps.total_given is not None
    assert instance.reps.total_given.by_growth.tolist() == [False, True, True, False, False]
    plain = build_instance(read(people=[{"rep": "a", "region": "x"}]))
    assert plain.reps is not None and plain.reps.total_low is None


@pytest.mark.parametrize(
    ("periods", "history", "most", "note"),
    [
        (["2024Q2"], past("b", 10, 20, 30, 40), 30.0, ""),
        (["2024-04", "2024-05", "2024-06"], past("b", 10, 20, 30, 40), 30.0, ""),
        (["2024H1"], past("b", 10, 20, 30, 40), 45.0, ""),
        (["2024"], past("b", 10, 20, 30, 40) + past("b", 99, year=2022), 150.0, ""),
        (["2024"], past("b", 10, 20, 30), inf, "does not hold all"),
        (["2024Q1"], past("a", 10), inf, "does not name them"),
        (["2024Q1"], [{"period": "2023Q1", "region": "x", "amount": 5}], inf, "does not hold"),
        (["2024-01"], past("b", 10), inf, "does not hold all"),
        (["2024Q1"], [], inf, "no history"),
        (["first"], past("b", 10), inf, "no dates"),
    ],
)
def test_growth_is_on_the_same_periods_a_year_earlier(
    periods: list[str], history: list[dict[str, Any]], most: float, note: str, read: Read
) -> None:
    people = [{"rep": "a", "region": "x"}, {"rep": "b", "region": "x", "max_growth": 0.5}]
    instance = build_instance(read({"periods": periods}, people=people, history=history))
    assert year_limits(instance)["b"] == (0.0, most)
    told = [text for text in instance.assumptions if text.startswith("max_growth")]
    assert [note in text and "for b:" in text for text in told] == ([True] if note else [])


def test_capacity_in_effort_is_not_rounded_and_carries_light_products_best(read: Read) -> None:
    people = [
        {"rep": "a", "region": "x", "capacity": 10.5},
        {"rep": "b", "region": "x", "capacity": 10.5, "products": "heavy"},
        {"rep": "c", "region": "x"},
    ]
    products = [{"product": "heavy", "effort": 2}, {"product": "light", "effort": 0.5}]
    instance = build_instance(read(people=people, products=products))
    assert instance.effort is not None and instance.effort.tolist() == [2.0, 0.5]
    assert [most for ((_, most),) in limits_of(instance).values()] == [10.5, 10.5, inf]
    assert most_totals(instance)[:, 0].tolist() == [21.0, 5.25, inf]
    begun = np.zeros((3, 1, 2))
    begun[0, 0] = [3.0, 1.0]
    assert most_totals(replace(instance, cells_low=begun))[0, 0] == 4.0 + 4.0 / 0.5
    same = [{"product": "heavy", "effort": 1}, {"product": "light"}]
    plain = build_instance(read(people=people, products=same))
    assert plain.effort is None
    assert most_totals(plain)[:, 0].tolist() == [10.0, 10.0, inf]


def test_a_product_without_effort_takes_no_capacity(read: Read) -> None:
    people = [{"rep": "a", "region": "x", "capacity": 0}]
    products = [{"product": "free", "effort": 0}, {"product": "other", "effort": 1}]
    instance = build_instance(read(people=people, products=products))
    assert most_totals(instance).tolist() == [[inf]]
