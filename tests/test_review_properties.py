"""Figures of a review hold whatever the numbers are, and agree with slow and obvious ones."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.review.before_after import against, paired
from optimizer.review.effects import EFFECTS, shared, split
from optimizer.review.expected import chance
from optimizer.review.outliers import limit_of
from optimizer.review.prices import split_price
from optimizer.review.quality import rank_correlation
from optimizer.review.settings import ReviewSettings
from optimizer.review.standings import Standings
from optimizer.review.streaks import at_top, streaks_table
from optimizer.review.units import Unit, unit_of

COUNTS = st.integers(0, 400) | st.integers(0, 10**11) | st.just(0)
SOLD = st.integers(-300, 900) | st.integers(-(10**10), 10**11) | st.just(0)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw targets and actuals of seats by product, and the sorted regions of the seats."""
    seats, products = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    shape = seats * products
    target = draw(st.lists(COUNTS, min_size=shape, max_size=shape))
    actual = draw(st.lists(SOLD, min_size=shape, max_size=shape))
    jumps = draw(st.lists(st.booleans(), min_size=seats, max_size=seats))
    region = np.cumsum([0, *(int(jump) for jump in jumps[1:])])
    return (np.array(target).reshape(seats, products),
            np.array(actual).reshape(seats, products), region)  # fmt: skip


def slow_split(
    target: np.ndarray, actual: np.ndarray, region: np.ndarray
) -> dict[str, list[list[Fraction]]]:
    """Return the effects as the documentation words them, in fractions."""
    seats, products = target.shape
    whole, sold = int(target.sum()), int(actual.sum())

    def attained(step: int, seat: int, product: int) -> Fraction:
        """Return what the cell would have sold at one attainment after the other."""
        own = int(target[seat, product])
        if step == 0:
            return Fraction(own)
        if step == 1:
            return Fraction(own * sold, whole) if whole else Fraction(0)
        if step == 4:
            return Fraction(int(actual[seat, product]))
        cells = [
            other for other in range(seats) if step == 2 or region[other] == region[seat]
        ]  # fmt: skip
        base = sum(int(target[other, product]) for other in cells)
        total = sum(int(actual[other, product]) for other in cells)
        return Fraction(own * total, base) if base else Fraction(int(actual[seat, product]))

    found: dict[str, list[list[Fraction]]] = {}
    for name, (after, before) in (
        ("common", (1, 0)), ("product", (2, 1)), ("region", (3, 2)), ("own", (4, 3)),
    ):  # fmt: skip
        found[name] = [
            [attained(after, seat, product) - attained(before, seat, product)
             for product in range(products)]
            for seat in range(seats)
        ]  # fmt: skip
    return found


@given(worlds())
@settings(max_examples=120)
def test_effects_add_up_and_are_those_of_the_page(world: tuple[Any, Any, Any]) -> None:
    target, actual, region = world
    found = split(target, actual, region)
    parts = {name: getattr(found, name) for name in EFFECTS[1:]}
    assert (sum(parts.values()) == 100 * (actual - target)).all()
    assert parts["product"].sum() == -parts["common"].sum() + 100 * (actual - target).sum()
    assert (parts["region"].sum(axis=0) == 0).all()
    for number in np.unique(region):
        assert (parts["own"][region == number].sum(axis=0) == 0).all()
    if target.sum():
        assert parts["common"].sum() == 100 * (actual.sum() - target.sum())
        assert parts["product"].sum() == 0
    slow = slow_split(target, actual, region)
    for name, table in parts.items():
        for seat, product in itertools.product(*map(range, target.shape)):
            assert abs(int(table[seat, product]) - 100 * slow[name][seat][product]) <= 2, name


@given(st.lists(st.tuples(st.lists(COUNTS, min_size=1, max_size=6), SOLD), min_size=1, max_size=4))
def test_shares_of_a_block_add_up_and_every_run_of_them_is_near(
    blocks: list[tuple[list[int], int]],
) -> None:
    weights = [weight for own, _ in blocks for weight in own]
    first = np.cumsum([0, *(len(own) for own, _ in blocks[:-1])])
    found = shared(np.array(weights), np.array([whole for _, whole in blocks]), first)
    for start, (own, whole) in zip(first.tolist(), blocks, strict=True):
        parts = found[start : start + len(own)].tolist()
        assert sum(parts) == (whole if sum(own) else 0)
        for end in range(1, len(own) + 1):
            for begin in range(end):
                exact = Fraction(sum(own[begin:end]) * whole, sum(own)) if sum(own) else 0
                assert abs(sum(parts[begin:end]) - exact) <= Fraction(101, 100)


ATTAINED = st.sampled_from([None, 0.5, 0.79, 0.8, 0.95, 1.0, 1.2])


def slow_streak(attained: list[float | None], at: int, holds: Any, follows: list[bool]) -> int:
    length = 0
    while at >= 0 and attained[at] is not None and holds(at, attained[at]):
        length += 1
        if not follows[at]:
            break
        at -= 1
    return length


@given(
    st.integers(1, 5).flatmap(
        lambda periods: st.tuples(
            st.lists(st.lists(ATTAINED, min_size=periods, max_size=periods), min_size=1,
                     max_size=6),
            st.lists(st.booleans(), min_size=periods, max_size=periods),
            st.integers(1, periods),
        )
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_streaks_are_those_counted_by_hand(
    drawn: tuple[list[list[float | None]], list[bool], int], top: int
) -> None:
    seats, follows, reviewed = drawn
    follows = [False, *follows[1:]]
    periods = tuple(f"P{number}" for number in range(len(follows)))
    attained = np.array([[math.nan if cell is None else cell for cell in seat]
                         for seat in seats]).T  # fmt: skip
    target = np.where(np.isnan(attained), np.nan, 100.0)
    names = tuple(f"R{number}" for number in range(len(seats)))
    standings = Standings(periods, tuple(follows), reviewed, names, target, 0.8 * target,
                          attained * target)  # fmt: skip
    table = streaks_table(standings, ReviewSettings(top=top))
    found = {(period, kind, name): length for period, kind, name, length in zip(
        table["period"], table["kind"], table["name"], table["length"], strict=True)}  # fmt: skip

    def among_best(at: int, own: float) -> bool:
        known = [cell for cell in (seat[at] for seat in seats) if cell is not None]
        return len(known) > top > sum(cell > own for cell in known)

    rules = {
        "target": lambda _at, own: own >= 1,
        "floor": lambda _at, own: own < 0.8,
        "top": among_best,
    }
    for at in range(len(periods) - reviewed, len(periods)):
        for name, seat in zip(names, seats, strict=True):
            for kind, holds in rules.items():
                length = slow_streak(seat, at, holds, follows)
                assert found.get((periods[at], kind, name), 0) == length


@given(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=9), st.floats(0, 1))
def test_the_top_share_is_rounded_up_and_holds_all_ties(
    values: list[int | None], share: float
) -> None:
    attained = np.array([math.nan if value is None else value for value in values])
    chosen = at_top(attained, 0, share)
    known = sorted((value for value in values if value is not None), reverse=True)
    number = math.ceil(round(share * len(known), 9))
    cut = known[number - 1] if 0 < number < len(known) else math.inf
    assert chosen.tolist() == [value is not None and value >= cut for value in values]


@given(
    st.lists(st.tuples(st.none() | st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=9),
    st.integers(1, 4),
)
def test_the_chance_counts_the_others_who_did_it(
    rows: list[tuple[int | None, int]], least: int
) -> None:
    asked = np.array([math.nan if one is None else one for one, _ in rows], dtype=float)
    reached = np.array([other for _, other in rows], dtype=float)
    found = chance(asked, reached, least)
    known = [place for place, (one, _) in enumerate(rows) if one is not None]
    for place, (one, _) in enumerate(rows):
        others = [rows[other][1] for other in known if other != place]
        if one is None or len(others) < least:
            assert math.isnan(found[place])
        else:
            assert found[place] == sum(other >= one for other in others) / len(others)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 10**6),
                  st.integers(0, 10**6)),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_volume_mix_and_price_add_up(rows: list[tuple[int, int, int, int]]) -> None:
    before, now, was, is_now = (np.array(column) for column in zip(*rows, strict=True))
    volume, mix, price = split_price((before.astype(float), now.astype(float)), (was, is_now))
    assert volume + mix + price == is_now.sum() - was.sum()
    assume(before.sum() > 0 and (before > 0).all())
    mean = Fraction(int(was.sum()), int(before.sum()))
    assert abs(volume - (int(now.sum()) - int(before.sum())) * mean) <= 1
    exact = sum(int(sold) - int(pieces) * Fraction(int(old), int(first))
                for first, pieces, old, sold in rows)  # fmt: skip
    assert abs(price - exact) <= 1


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.sampled_from([0.0, 1.5, 3.0]))
def test_the_limit_of_orders_is_that_of_a_spreadsheet(orders: list[int], times: float) -> None:
    logs = sorted(math.log(order) for order in orders)

    def quartile(share: float) -> float:
        """Return what QUARTILE.INC returns."""
        place = share * (len(logs) - 1)
        low = math.floor(place)
        above = logs[min(low + 1, len(logs) - 1)]
        return logs[low] + (place - low) * (above - logs[low])

    limit, median = limit_of(np.array(orders, dtype=float), times)
    spread = max(quartile(0.75) - quartile(0.25), math.log(1.1))
    assert math.log(limit) == pytest.approx(quartile(0.75) + times * spread)
    assert math.log(median) == pytest.approx(quartile(0.5))


def test_intervals_cover_what_they_promise() -> None:
    """Of 1000 experiments in which nothing changed about 950 intervals hold 0."""
    draws = np.random.default_rng(5)
    held = {"paired": 0, "against": 0}
    for _ in range(1000):
        one, other = draws.normal(0, 1, 6), draws.normal(0, 3, 9)
        found = paired(one)
        held["paired"] += found.low <= 0 <= found.high
        found = against(one, other)
        held["against"] += found.low <= 0 <= found.high
    assert all(abs(number - 950) <= 4 * math.sqrt(1000 * 0.95 * 0.05) for number in held.values())


def test_one_or_no_seat_has_no_interval() -> None:
    assert math.isnan(paired(np.array([3.0])).low)
    assert math.isnan(paired(np.array([])).mean)
    assert math.isnan(against(np.array([1.0, 2.0]), np.array([1.0])).high)
    assert against(np.array([1.0, 2.0]), np.array([1.0])).mean == 0.5
    assert math.isnan(against(np.array([1.0]), np.array([])).mean)
    same = against(np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    assert (same.mean, same.low, same.high) == (1.0, 1.0, 1.0)


def test_rank_correlation_is_that_of_ranks_and_blank_where_there_is_none() -> None:
    one = np.array([1.0, 2.0, 3.0, 4.0, math.nan])
    found = rank_correlation(one, np.array([1.0, 4.0, 9.0, 100.0, 2.0]))
    assert found is not None
    assert (found["rho"], found["seats"]) == (pytest.approx(1.0), 4)
    assert rank_correlation(one[:3], one[:3]) is None
    assert rank_correlation(one, np.ones(5)) is None
    draws = np.random.default_rng(3)
    pairs = draws.normal(size=(2, 200))
    frame = pd.DataFrame(pairs.T)
    wanted = frame.corr("spearman").iloc[0, 1]
    found = rank_correlation(*pairs)
    assert found is not None
    assert found["rho"] == pytest.approx(wanted)
    assert found["low"] < found["rho"] < found["high"]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5), st.integers(0, 6))
def test_units_hold_all_digits(counts: list[int], decimals: int) -> None:
    amounts = np.array([count / 10**decimals for count in counts])
    unit = unit_of([amounts])
    assert unit.decimals <= decimals
    texts = [unit.text(count) for count in unit.counts(amounts).tolist()]
    assert [Fraction(text) for text in texts] == [Fraction(count, 10**decimals) for count in counts]


def test_large_counts_keep_their_digits() -> None:
    assert Unit(2).text(123_456_789_012_345_678) == "1234567890123456.78"
    assert Unit(2).text(-5) == "-0.05"
