"""The verifier's arithmetic at and beside its edges: what is let pass, and what just is not."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from optimizer.verify.amounts import above, differ, far, whole
from optimizer.verify.axes import joint, place
from optimizer.verify.bands import _band, _side
from optimizer.verify.cube import ALL, grow_tree, inside, slices_union
from optimizer.verify.effort import least_part, pieces_of
from optimizer.verify.months import month_of_date, months_of_periods, ramp_share

# ---------------------------------------------------------------- amounts


def test_a_thousandth_of_a_unit_is_none() -> None:
    amounts = np.array([3.0, 3.0009, 2.9991, 3.0011, 2.9989, 3.5])
    assert whole(amounts, 1.0).tolist() == [True, True, True, False, False, False]
    assert whole(amounts * 4, 4.0).tolist() == [True, True, True, False, False, False]
    assert whole(amounts, 2.0).tolist() == [False] * 6
    large = np.array([1e13, 1e13 + 2**-7, 1e13 + 2**-6])
    assert whole(large, 1.0).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("found", "expected", "unit", "is_off"),
    [
        (10.25, 10.0, 1.0, False), (9.75, 10.0, 1.0, False), (10.26, 10.0, 1.0, True),
        (9.74, 10.0, 1.0, True), (11.0, 10.0, 4.0, False), (11.25, 10.0, 4.0, True),
        (1e15 + 1, 1e15, 1.0, False), (1e15 + 2, 1e15, 1.0, True),
        (1e15 + 2, 1e15, 2.0, True), (np.nan, 1.0, 1.0, True), (1.0, np.nan, 1.0, True),
        (np.nan, np.nan, 1.0, False),
    ],
)  # fmt: skip
def test_amounts_differ_from_a_quarter_of_a_unit_on(
    found: float, expected: float, unit: float, is_off: bool
) -> None:
    assert differ(np.array([found]), np.array([expected]), unit).tolist() == [is_off]


@pytest.mark.parametrize(
    ("found", "limit", "unit", "is_above"),
    [
        (10.25, 10.0, 1.0, False), (10.26, 10.0, 1.0, True), (9.0, 10.0, 1.0, False),
        (11.0, 10.0, 4.0, False), (11.25, 10.0, 4.0, True), (1e300, np.inf, 1.0, False),
        (0.0, -np.inf, 1.0, True), (1e15 + 1, 1e15, 1.0, False), (1e15 + 2, 1e15, 1.0, True),
        (1e15 + 2, 1e15, 2.0, True),
    ],
)  # fmt: skip
def test_amounts_are_above_from_a_quarter_of_a_unit_on(
    found: float, limit: float, unit: float, is_above: bool
) -> None:
    assert above(np.array([found]), np.array([limit]), unit).tolist() == [is_above]


def test_figures_of_nine_digits_differ_beyond_the_last() -> None:
    found = np.array([1e7 + 0.9, 1e7 - 0.9, 1e7 + 1.2, 1e7 - 1.2, np.nan, np.nan, 1.0])
    expected = np.array([1e7, 1e7, 1e7, 1e7, np.nan, 1.0, np.nan])
    assert far(found, expected, 0.0).tolist() == [False, False, True, True, False, True, True]
    assert far(np.array([0.9, 1.1]), np.zeros(2), 1e9).tolist() == [False, True]
    assert far(np.array([1.9, 2.2]), np.zeros(2) + 0.0, 2e9).tolist() == [False, True]


# ---------------------------------------------------------------- labels and slices


def test_rows_are_placed_by_all_their_labels() -> None:
    def placed(labels: tuple[str, ...]) -> object:
        return lambda texts: place(labels, texts)

    rows = [("a", "x"), ("b", "z"), ("b", "y"), ("c", "x"), ("a", "?"), ("c", "?")]
    first, second = (pd.Series(list(column)) for column in zip(*rows, strict=True))
    found = joint((placed(("a", "b")), first, 2), (placed(("x", "y", "z")), second, 3))
    assert found[:3].tolist() == [0, 5, 4]
    assert (found[3:] < 0).all()


def test_cells_of_some_slices_are_those_of_each() -> None:
    tree, shape = grow_tree({"Coast": "", "East": "Coast", "South": "Coast", "Far": ""}), (3, 2, 2)
    slices = [(1, 0, ALL), (3, ALL, 1)]
    node, period, product = (np.array(column) for column in zip(*slices, strict=True))
    found = slices_union(tree, shape, node, period, product)
    expected = np.zeros(shape, dtype=bool)
    for one, q, p in slices:
        expected |= inside(tree, shape, q, one, p)
    assert (found == expected).all()
    assert 0 < expected.sum() < expected.size


def test_regions_end_where_those_below_them_end() -> None:
    tree = grow_tree({"S": "", "N": "", "A": "N", "B": "N", "C": "B", "D": "S"})
    assert tree.names == ("*", "N", "A", "B", "C", "S", "D")
    assert tree.parent.tolist() == [-1, 0, 1, 1, 3, 0, 5]
    assert tree.end.tolist() == [7, 5, 3, 5, 5, 7, 7]


def test_a_region_under_itself_is_in_no_tree() -> None:
    tree = grow_tree({"A": "B", "B": "A", "C": "", "D": "C"})
    assert tree.names == ("*", "C", "D")
    assert tree.leaves == ("D",)
    assert tree.end.tolist() == [3, 3, 3]
    assert tree.parent.tolist() == [-1, 0, 1]


# ---------------------------------------------------------------- bands


@pytest.mark.parametrize(
    ("limit", "share", "width", "sign", "side"),
    [
        (0.3, 0.5, 0.1, -1.0, 0.3), (np.nan, 0.5, 0.125, -1.0, 0.375),
        (np.nan, 0.5, 0.125, 1.0, 0.625), (np.nan, 0.5, None, 1.0, None),
        (0.0, 0.5, None, -1.0, 0.0),
    ],
)  # fmt: skip
def test_a_side_of_a_band_is_the_limit_else_share_and_tolerance(
    limit: float, share: float, width: float | None, sign: float, side: float | None
) -> None:
    assert _side(limit, share, width, sign) == side


@pytest.mark.parametrize(
    ("low", "high", "sides"),
    [
        (0.25, 0.75, (0.25, 0.75)), (0.0, 0.75, (None, 0.75)), (0.25, 1.0, (0.25, None)),
        (-0.5, 1.5, None), (None, None, None), (None, -0.5, (None, 0.0)),
        (1.0, None, (1.0, None)), (None, 0.0, (None, 0.0)), (1e-9, 1.0, (1e-9, None)),
    ],
)  # fmt: skip
def test_sides_that_say_nothing_are_no_band(
    low: float | None, high: float | None, sides: tuple[float | None, float | None] | None
) -> None:
    found = _band("share", (0, 1, ALL), (0, 0, ALL), low, high)
    assert (found and (found.low, found.high)) == sides


# ---------------------------------------------------------------- months


def test_periods_without_dates_last_as_long_as_their_neighbours_say() -> None:
    def spans(labels: str, **starts: int) -> tuple[tuple[int, int] | None, ...]:
        return months_of_periods(labels.split(), starts)

    assert spans("a b c", a=10, b=12, c=17) == ((10, 2), (12, 5), (17, 5))
    assert spans("a b", a=10) == ((10, 3), None)
    assert spans("a b c", b=12, c=12) == (None, (12, 3), (12, 3))
    assert spans("a b", a=12, b=11) == ((12, 3), (11, 3))
    assert spans("2024H1 b", b=24294) == ((24288, 6), (24294, 6))
    assert spans("a 2024Q3", a=24292) == ((24292, 2), (24294, 3))
    assert month_of_date("2024-03-31") == 2024 * 12 + 2
    assert month_of_date("soon") is None


def test_a_ramp_needs_dates_and_ends_in_full() -> None:
    assert ramp_share(None, 3, (0.5,)) == 1.0
    assert ramp_share((0, 3), None, (0.5,)) == 1.0
    assert ramp_share((0, 4), 0, (0.5, 0.75)) == (0.5 + 0.75 + 2) / 4
    assert ramp_share((0, 2), 1, ()) == 0.5


# ---------------------------------------------------------------- worth of a target, by effort


def most_worth(target: float, worth: np.ndarray, effort: np.ndarray, capacity: float) -> float:
    """Return W by trying each product alone and each two that use up the capacity together."""
    if target == 0.0:
        return 0.0
    capacity *= 1 + 1e-12
    found = [
        one * target for one, each in zip(worth, effort, strict=True) if each * target <= capacity
    ]
    for heavy, light in permutations(range(len(worth)), 2):
        apart = effort[heavy] - effort[light]
        if apart > 0 and effort[light] * target <= capacity <= effort[heavy] * target:
            part = (capacity - effort[light] * target) / apart
            found.append(worth[heavy] * part + worth[light] * (target - part))
    return max(found, default=-np.inf)


@pytest.mark.parametrize("is_fair", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_the_least_part_of_a_rep_is_that_of_trying_every_target(seed: int, is_fair: bool) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    worth, effort = rng.uniform(-1, 2, count), rng.choice([0.5, 1.0, 1.5, 3.0], count)
    extra, capacity = rng.uniform(-1, 1, 3), rng.uniform(2, 12, 3)
    most = capacity / effort.min()
    low = most * rng.choice([0.0, 0.3, 1.0], 3)
    reference = rng.uniform(1, 8, 3) if is_fair else None
    pieces = list(pieces_of(worth, effort))
    assert [one.heavy for one in pieces[1:]] == [one.light for one in pieces[:-1]]
    found = least_part(pieces, extra, low, capacity, 1e6, reference)
    for rep in range(3):
        tried = []
        for target in np.linspace(low[rep], most[rep], 801):
            away = 0.0 if reference is None else (target - reference[rep]) ** 2 / reference[rep]
            earned = most_worth(min(target, most[rep]), worth, effort, capacity[rep])
            tried.append(away - earned - extra[rep] * target)
        assert found[rep] <= min(tried) + 1e-9
        assert found[rep] == pytest.approx(min(tried), abs=2e-2)


def test_a_capacity_without_end_is_filled_up_to_the_most() -> None:
    pieces = list(pieces_of(np.array([2.0, 2.0, 1.0]), np.array([3.0, 2.0, 1.0])))
    assert [(one.slope, one.charge, one.light) for one in pieces] == [
        (2.0, 0.0, 2.0),
        (0.0, 1.0, 1.0),
    ]
    none = np.array([np.inf])
    assert least_part(pieces, np.array([0.5]), np.array([1.0]), none, 40.0, None) == [-100.0]
    assert least_part(pieces, np.array([-3.0]), np.array([1.0]), none, 40.0, None) == [1.0]
    free = list(pieces_of(np.array([1.0]), np.array([0.0])))
    assert least_part(free, np.array([0.0]), np.array([1.0]), np.array([9.0]), 40.0, None) == [
        -40.0
    ]
