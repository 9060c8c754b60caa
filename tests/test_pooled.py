"""The pooled model against slow, obvious or foreign solutions of the same problems."""

from __future__ import annotations

from dataclasses import replace
from itertools import product as cells_of
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance, product_bands, region_bands
from scipy.optimize import LinearConstraint, linprog, minimize

from optimizer.errors import Change, ContradictionError, SolverError
from optimizer.model.asking import closest_ask
from optimizer.model.backing import least_gap
from optimizer.model.contradiction import check_limits
from optimizer.model.curves import build_curves
from optimizer.model.listing import gather_prices, list_prices
from optimizer.model.pieces import PIECES, Pieces, bounds_of
from optimizer.model.pooled import CERTIFIED_GAP, relative_gap, solve_pooled
from optimizer.model.pooled_program import build_program
from optimizer.model.pools import read_pools
from optimizer.model.relaxed_pools import lacking_volumes, product_locks, relax_pools
from optimizer.model.rules import read_rules
from optimizer.model.volumes import fit_volumes
from optimizer.problem.instance import Instance

LIGHT = settings(max_examples=60, deadline=None)


# ---------------------------------------------------------------- water-filling


@st.composite
def pools_of_reps(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw pool, reference, low and high of some reps; pools are numbered 0, 1, …."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    count = sum(sizes)
    amount = st.integers(1, 400).map(lambda number: number / 4)
    reference = draw(st.lists(amount, min_size=count, max_size=count))
    low = draw(st.lists(st.one_of(st.just(0.0), amount), min_size=count, max_size=count))
    room = draw(
        st.lists(st.one_of(st.just(inf), st.just(0.0), amount), min_size=count, max_size=count)
    )
    low_array = np.array(low)
    return (
        np.repeat(np.arange(len(sizes)), sizes),
        np.array(reference),
        low_array,
        low_array + np.array(room),
    )


def bisected(street: float, reference: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return clip(m · T0, low, high) that adds up to a street, m found by bisection."""
    least, most = 0.0, 1e6
    for _ in range(200):
        middle = (least + most) / 2
        total = np.clip(middle * reference, low, high).sum()
        least, most = (middle, most) if total < street else (least, middle)
    return np.clip(least * reference, low, high)


@LIGHT
@given(pools_of_reps(), st.floats(0, 1))
def test_water_filling_is_what_bisection_finds(data: Any, place: float) -> None:
    pool, reference, low, high = data
    number = int(pool.max()) + 1
    curves = build_curves(pool, number, reference, low, high)
    least = np.array([low[pool == index].sum() for index in range(number)])
    most = np.array([min(high[pool == index].sum(), 5000.0) for index in range(number)])
    street = least + place * (np.maximum(most, least) - least)
    targets = curves.targets(curves.multiple(np.arange(number), street))
    for index in range(number):
        inside = pool == index
        assert targets[inside].sum() == pytest.approx(street[index], abs=1e-6)
        expected = bisected(street[index], reference[inside], low[inside], high[inside])
        assert targets[inside] == pytest.approx(expected, abs=1e-5)


@LIGHT
@given(pools_of_reps())
def test_the_multiple_rises_with_the_street(data: Any) -> None:
    pool, reference, low, high = data
    one = pool == 0
    curves = build_curves(pool[one], 1, reference[one], low[one], high[one])
    most = min(high[one].sum(), 5000.0)
    streets = np.linspace(low[one].sum(), max(most, low[one].sum()), 40)
    multiples = curves.multiple(np.zeros(40, dtype=int), streets)
    assert (np.diff(multiples) >= -1e-9).all()


def test_streets_out_of_reach_are_cut_to_what_can_be_carried() -> None:
    one = np.zeros(2, dtype=int)
    curves = build_curves(one, 1, np.array([30.0, 10.0]), np.array([5.0, 8.0]),
                          np.array([40.0, 20.0]))  # fmt: skip
    for street, expected in ((0, [5, 8]), (13, [5, 8]), (60, [40, 20]), (1000, [40, 20])):
        multiple = curves.multiple(np.array([0]), np.array([float(street)]))
        assert curves.targets(multiple) == pytest.approx(expected)
    assert (curves.street_low[0], curves.street_high[0], curves.street_reference[0]) == (13, 60, 40)


# ---------------------------------------------------------------- pieces


@st.composite
def variables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw low, high, centre and last value of variables."""
    count = draw(st.integers(1, 4))
    number = st.integers(0, 80).map(lambda step: step / 8)

    def some(strategy: Any) -> np.ndarray:
        return np.array(draw(st.lists(strategy, min_size=count, max_size=count)))

    low, centre = some(number), some(number) + 0.125
    high = low + some(number)
    return low, high, centre, low + (high - low) * some(st.floats(0, 1))


@LIGHT
@given(variables(), st.integers(0, 3))
def test_pieces_cover_the_range_at_rising_cost(data: Any, rounds: int) -> None:
    low, high, centre, value = data
    pieces = Pieces.of(low, high, centre, lambda which, at: 2.0 * (at / centre[which] - 1.0))
    breakpoints = pieces.first_breakpoints()
    for _ in range(rounds):
        pieces.follow(value)
        breakpoints = pieces.breakpoints()
    assert breakpoints.shape == (len(low), PIECES + 1)
    assert (np.diff(breakpoints, axis=1) >= 0).all()
    least, most = bounds_of(breakpoints)
    assert least.sum(axis=1) == pytest.approx(low)
    assert most.sum(axis=1) == pytest.approx(high)
    costs = pieces.costs(breakpoints)
    assert (np.diff(costs, axis=1) >= -1e-9).all()
    # filled up piece by piece, the cost at each breakpoint is that of the quadratic
    filled = np.cumsum(costs * np.diff(breakpoints, axis=1), axis=1)
    exact = (np.square(breakpoints - centre[:, None]) / centre[:, None])[:, 1:]
    start = np.square(low - centre) / centre
    assert filled == pytest.approx(exact - start[:, None], abs=1e-6)


def test_pieces_are_cut_finer_where_the_solution_stays() -> None:
    one = np.array([1.0])
    pieces = Pieces.of(np.zeros(1), np.array([9.0]), one, lambda which, at: at)
    first = float(pieces.width[0])
    pieces.follow(one)
    stayed = float(pieces.width[0])
    pieces.follow(np.array([5.0]))
    assert stayed < first
    assert pieces.width[0] > stayed


# ---------------------------------------------------------------- the optimum, by SciPy


def constraints(rows: list[tuple[np.ndarray, float, float]]) -> list[LinearConstraint]:
    """Return rows for SciPy, equalities apart from the rest."""
    parts = [[row for row in rows if (row[1] == row[2]) == equal] for equal in (True, False)]
    return [
        LinearConstraint(
            np.array([row for row, _, _ in part]),
            np.array([low for _, low, _ in part]),
            np.array([high for *_, high in part]),
        )
        for part in parts
        if part
    ]


class Twin:
    """The model page's rules over plain variables D, Y and x per cell, for SciPy.

    Written from the rules alone: no pools, no pieces, no scaling.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        assert instance.reps is not None
        assert instance.groups is not None
        self.shape = instance.reference.shape
        leaves, periods, products = self.shape
        self.cells = list(cells_of(range(leaves), range(periods), range(products)))
        reps = instance.reps
        self.sales = [
            (rep, period, product)
            for rep in range(len(reps.names))
            for period in range(periods)
            for product in range(products)
            if instance.groups.sells[reps.group[rep], product] and reps.reference[rep, period] > 0
        ]
        self.size = 2 * len(self.cells) + len(self.sales)
        self.rows: list[tuple[np.ndarray, float, float]] = []
        self._add_rules()

    def row(self) -> np.ndarray:
        return np.zeros(self.size)

    def ask(self, cell: tuple[int, ...]) -> int:
        return self.cells.index(cell)  # type: ignore[arg-type]

    def placed(self, cell: tuple[int, ...]) -> int:
        return len(self.cells) + self.ask(cell)

    def sale(self, number: int) -> int:
        return 2 * len(self.cells) + number

    def members(self, slices: Any, row: int) -> list[tuple[int, ...]]:
        covers = self.instance.tree.covers[slices.region[row]]
        return [
            cell
            for cell in self.cells
            if covers[cell[0]]
            and slices.period[row] in (-1, cell[1])
            and slices.product[row] in (-1, cell[2])
        ]

    def _add_rules(self) -> None:
        instance, reps = self.instance, self.instance.reps
        assert reps is not None
        total = self.row()
        for cell in self.cells:
            total[self.ask(cell)] = 1
            backing = self.row()
            backing[self.ask(cell)], backing[self.placed(cell)] = 1, -1
            self.rows.append((backing, 0, inf))
            self._cover(cell)
        self.rows.append((total, instance.ask_total, instance.ask_total))
        bands = instance.bands
        for row in range(len(bands.low)):
            for share, low, high in ((bands.low[row], 0, inf), (bands.high[row], -inf, 0)):
                if np.isfinite(share):
                    band = self.row()
                    for cell in self.members(bands.part, row):
                        band[self.ask(cell)] += 1
                    for cell in self.members(bands.whole, row):
                        band[self.ask(cell)] -= share
                    self.rows.append((band, low, high))
        for row, usable in enumerate(instance.potentials.usable):
            limit = self.row()
            for cell in self.members(instance.potentials.slices, row):
                limit[self.placed(cell)] = 1
            self.rows.append((limit, -inf, usable))
        for row, amount in enumerate(instance.region_locks.amount):
            lock = self.row()
            for cell in self.members(instance.region_locks.slices, row):
                lock[self.placed(cell)] = 1
            self.rows.append((lock, amount, amount))
        for rep in range(len(reps.names)):
            for period in range(self.shape[1]):
                self.rows.append(
                    (self.target(rep, period), reps.low[rep, period], reps.high[rep, period])
                )

    def _cover(self, cell: tuple[int, ...]) -> None:
        reps = self.instance.reps
        assert reps is not None
        least, most = self.row(), self.row()
        for number, (rep, period, product) in enumerate(self.sales):
            if (reps.leaf[rep], period, product) == cell:
                least[self.sale(number)] = most[self.sale(number)] = 1
        least[self.placed(cell)] = -1
        most[self.placed(cell)] = -(1 + self.instance.over_rep)
        self.rows += [(least, 0, inf), (most, -inf, 0)]

    def target(self, rep: int, period: int) -> np.ndarray:
        row = self.row()
        for number, sale in enumerate(self.sales):
            if sale[:2] == (rep, period):
                row[self.sale(number)] = 1
        return row

    def all_placed(self) -> np.ndarray:
        row = self.row()
        row[len(self.cells) : 2 * len(self.cells)] = 1
        return row

    def street(self) -> np.ndarray:
        row = self.row()
        row[2 * len(self.cells) :] = 1
        return row

    def most(self, objective: np.ndarray, *held: tuple[np.ndarray, float]) -> float:
        """Return the most of a sum, others held at least at an amount."""
        upper, limits = [], []
        for row, low, high in [*self.rows, *((row, low, inf) for row, low in held)]:
            if high < inf:
                upper.append(row)
                limits.append(high)
            if low > -inf:
                upper.append(-row)
                limits.append(-low)
        found = linprog(-objective, A_ub=np.array(upper), b_ub=limits, bounds=(0, None))
        assert found.status == 0, found.message
        return float(-found.fun)

    def fairness(self, values: np.ndarray) -> float:
        reps, reference = self.instance.reps, self.instance.reference
        assert reps is not None
        value = 0.0
        for cell in self.cells:
            if reference[cell] > 0:
                value += (values[self.placed(cell)] - reference[cell]) ** 2 / reference[cell]
        for rep, period in np.argwhere(reps.reference > 0):
            wish = reps.reference[rep, period]
            value += (self.target(rep, period) @ values - wish) ** 2 / wish
        return float(value)

    def fairest(self, placed: float, street: float) -> float:
        """Return the least F with the totals of the first two steps held."""
        give = 1e-7 * self.instance.ask_total
        rows = [*self.rows, (self.all_placed(), placed - give, inf),
                (self.street(), street - give, inf)]  # fmt: skip
        start = np.full(self.size, self.instance.ask_total / len(self.cells))
        found = minimize(
            self.fairness, start, method="SLSQP", bounds=[(0, None)] * self.size,
            constraints=constraints(rows), options={"maxiter": 500, "ftol": 1e-10},
        )  # fmt: skip
        for row, low, high in rows:
            assert low - 1e-5 <= row @ found.x <= high + 1e-5, found.message
        return float(found.fun)


ANN, BOB = Person("Ann", "A"), Person("Bob", "B")
TINY: dict[str, dict[str, Any]] = {
    "capacity makes a gap": {
        "people": [replace(ANN, high=50.0), replace(BOB, high=30.0)],
    },
    "capacity moves the ask": {
        "people": [replace(ANN, high=50.0), BOB],
        "bands": region_bands({"A": 60, "B": 40}, 0.2),
    },
    "potential of a cell and of a product": {
        "people": [ANN, BOB],
        "potentials": [(Where("Q1", "A", "p"), 20.0), (Where(product="r"), 55.0)],
    },
    "street over the target": {
        "people": [replace(ANN, high=62.0), BOB, Person("Bea", "B", low=25.0)],
        "over_rep": 0.1,
        "bands": region_bands({"A": 60, "B": 40}, 0.0),
    },
    "unlike product lists": {
        "people": [
            Person("Ann", "A", sells=("p",), high=35.0),
            Person("Abe", "A", weight=2.0),
            Person("Bob", "B", sells=("r",)),
            Person("Bea", "B", high=15.0),
        ],
        "bands": product_bands({"p": 0.5, "r": 0.5}),
    },
    "a lock": {
        "people": [ANN, Person("Abe", "A", weight=3.0), BOB],
        "region_locks": [(Where(region="B", product="p"), 35.0)],
    },
    "over-assignment of the region without backing": {
        "people": [replace(ANN, high=58.0), BOB],
        "over_region": 0.1,
        "bands": region_bands({"A": 60, "B": 40}, 0.01),
    },
    "two periods": {
        "people": [replace(ANN, high=20.0), BOB],
        "periods": {"Q1": 0.5, "Q2": 0.5},
        "products": {"p": 1.0},
        "bands": [("period_share", Where("Q1"), Where(), 0.45, 0.55)],
    },
}


@pytest.mark.parametrize("name", TINY)
def test_the_three_steps_find_what_scipy_finds(name: str) -> None:
    rules = dict(TINY[name])
    instance = make_instance(
        {"A": 60, "B": 40}, 100, products=rules.pop("products", {"p": 0.5, "r": 0.5}), **rules
    )
    twin = Twin(instance)
    found = solve_pooled(instance)
    placed = twin.most(twin.all_placed())
    assert found.placed_most == pytest.approx(placed, abs=1e-5)
    assert least_gap(instance) == pytest.approx(placed, abs=1e-5)
    street = twin.most(twin.street(), (twin.all_placed(), placed - 1e-7))
    assert found.street_most == pytest.approx(street, abs=1e-4)
    fairest = twin.fairest(placed, street)
    slack = 1e-4 * max(fairest, 1e-4)
    assert found.bound <= fairest + slack
    assert found.bound >= (1 - CERTIFIED_GAP) * fairest - slack
    assert found.objective == pytest.approx(fairest, abs=2 * slack)
    assert relative_gap(instance, found.objective, found.bound) <= CERTIFIED_GAP


def test_less_gap_goes_before_fairness() -> None:
    # without the gap rule, A would stay near 60 and B near 40
    people = [Person("Ann", "A", high=30), BOB]
    found = solve_pooled(make_instance({"A": 60, "B": 40}, 100, people=people))
    assert found.placed.ravel() == pytest.approx([30, 70], abs=1e-4)
    held = make_instance(
        {"A": 60, "B": 40}, 100, people=people, bands=region_bands({"A": 60, "B": 40}, 0.05)
    )
    assert solve_pooled(held).placed.ravel() == pytest.approx([30, 45], abs=1e-4)


def test_a_fuller_street_goes_before_fairness() -> None:
    people = [Person("Ann", "A", high=60), Person("Abe", "A"), BOB]
    found = solve_pooled(
        make_instance({"A": 60, "B": 40}, 100, people=people, over_rep=0.1,
                      bands=region_bands({"A": 60, "B": 40}, 0.0))
    )  # fmt: skip
    assert found.street_most == pytest.approx(110, abs=1e-5)
    assert found.rep_total is not None
    assert found.rep_total.ravel() == pytest.approx([33, 33, 44], abs=1e-3)


def test_the_fairest_targets_share_one_multiple() -> None:
    people = [
        Person("a", "A", weight=1, high=10),
        Person("b", "A", weight=2),
        Person("c", "A", weight=3, low=45),
        BOB,
    ]
    found = solve_pooled(make_instance({"A": 90, "B": 10}, 100, people=people,
                                       bands=region_bands({"A": 90, "B": 10}, 0.0)))  # fmt: skip
    assert found.rep_total is not None
    # references 15, 30, 45: a stops at 10, b and c share 80 in proportion 30 : 45, 48 ≥ 45
    assert found.rep_total.ravel() == pytest.approx([10, 32, 48, 10], abs=1e-3)


ONE_REGION = {
    "a minimum": ({}, [Person("a", "A", low=40), Person("b", "A")], [50.0, 50.0]),
    "a minimum that binds": ({}, [Person("a", "A", low=60), Person("b", "A")], [60.0, 40.0]),
    "over-assignment": (
        {"over_rep": 0.05}, [Person("a", "A", high=70), Person("b", "A", high=80)], [52.5, 52.5],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_REGION)
def test_one_region_in_one_period_has_a_plan(name: str) -> None:
    rules, people, expected = ONE_REGION[name]
    found = solve_pooled(make_instance({"A": 1}, 100, people=people, **rules))  # type: ignore[arg-type]
    assert found.rep_total is not None
    assert found.rep_total.ravel() == pytest.approx(expected, abs=1e-3)


def test_listed_prices_read_back_as_they_were() -> None:
    rules = dict(TINY["unlike product lists"])
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 0.5, "r": 0.5}, **rules)
    prices = solve_pooled(instance).prices
    assert {price.step for price in prices} >= {"gap", "fairness"}
    assert list_prices(instance, gather_prices(instance, prices)) == prices


# ---------------------------------------------------------------- the closest ask


def test_the_ask_stays_at_the_reference_where_nothing_pushes_it() -> None:
    people = [Person("Ann", "A", high=50), Person("Bob", "B", high=20)]
    found = solve_pooled(make_instance({"A": 60, "B": 40}, 100, people=people))
    assert found.placed.ravel() == pytest.approx([50, 20], abs=1e-5)
    assert found.ask.ravel() == pytest.approx([60, 40], abs=1e-4)


def test_the_ask_is_never_below_what_is_placed_and_moves_as_little_as_it_can() -> None:
    regions = {"A": 50, "B": 30, "C": 20}
    people = [Person("Ann", "A"), Person("Bob", "B", high=20), Person("Cem", "C", high=5)]
    bands = [("region_share", Where(region="A"), Where(), 0.0, 0.6)]
    instance = make_instance(regions, 100, people=people, bands=bands)
    found = solve_pooled(instance)
    assert found.placed.ravel() == pytest.approx([60, 20, 5], abs=1e-4)
    # A is pushed to 60; the 40 left go to B and C in proportion 30 : 20
    assert found.ask.ravel() == pytest.approx([60, 24, 16], abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_the_closest_ask_is_what_scipy_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    regions = {name: float(rng.integers(10, 60)) for name in "ABC"}
    products = {"p": 0.6, "r": 0.4}
    bands = [
        *region_bands(regions, 0.1),
        ("product_share", Where(product="p"), Where(), 0.5, 0.65),
        ("share", Where(region="A", product="p"), Where(region="A"), 0.0, 0.55),
    ]
    instance = make_instance(regions, 100, products=products, bands=bands)
    least = np.minimum(instance.reference * rng.uniform(0.2, 1.05, instance.reference.shape), 24)
    found = closest_ask(instance, read_rules(instance), least, float(least.sum()))
    reference = instance.reference.ravel()
    total = sum(regions.values())
    rows = [
        (np.ones(6), 100.0, 100.0),
        (np.tile([1.0, 0.0], 3), 50.0, 65.0),
        (np.array([0.45, -0.55, 0, 0, 0, 0]), -inf, 0.0),
    ]
    for index, amount in enumerate(regions.values()):
        share = 100 * amount / total
        inside = np.repeat(np.arange(3) == index, 2).astype(float)
        rows.append((inside, share - 10, share + 10))
    best = minimize(
        lambda ask: float((np.square(ask - reference) / reference).sum()),
        reference,
        method="SLSQP",
        bounds=list(zip(least.ravel(), [None] * 6, strict=True)),
        constraints=constraints(rows),
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert best.success
    assert found.ravel() == pytest.approx(best.x, abs=2e-3)


# ---------------------------------------------------------------- who sells what


def street_of(instance: Instance, totals: np.ndarray) -> np.ndarray:
    """Return street totals by group and period."""
    assert instance.groups is not None
    assert instance.reps is not None
    street = np.zeros((len(instance.groups.leaf), totals.shape[1]))
    np.add.at(street, instance.reps.group, totals)
    return street


def test_where_everyone_sells_everything_volumes_follow_the_mix_exactly() -> None:
    people = [Person("a", "A", weight=1), Person("b", "A", weight=2), BOB]
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 1, "q": 2, "r": 3},
                             people=people)  # fmt: skip
    placed = np.array([[[10.0, 30.0, 20.0]], [[4.0, 16.0, 20.0]]])
    totals = np.array([[25.0], [35.0], [40.0]])
    volume = fit_volumes(instance, placed, totals)
    assert volume[:, 0] == pytest.approx(np.array([[10, 30, 20], [4, 16, 20]]), abs=1e-9)


def test_volumes_keep_rows_columns_and_product_lists() -> None:
    people = [
        Person("a", "A", sells=("p",)),
        Person("b", "A", sells=("p", "q")),
        Person("c", "A"),
    ]
    instance = make_instance({"A": 1}, 100, products={"p": 5, "q": 3, "r": 2}, people=people)
    placed = np.array([[[50.0, 30.0, 20.0]]])
    totals = np.array([[25.0], [35.0], [40.0]])
    volume = fit_volumes(instance, placed, totals)[:, 0]
    assert volume.sum(axis=1) == pytest.approx([25, 35, 40])
    assert volume.sum(axis=0) == pytest.approx([50, 30, 20], abs=1e-6)
    assert volume[0, 1:].tolist() == [0, 0]
    assert volume[1, 2] == 0
    # closest in relative entropy: groups keep the same odds between what both may sell
    assert volume[1, 0] / volume[1, 1] == pytest.approx(volume[2, 0] / volume[2, 1], rel=1e-6)


def test_volumes_with_over_assignment_stay_in_their_columns_range() -> None:
    people = [Person("a", "A", sells=("p",)), Person("b", "A")]
    instance = make_instance({"A": 1}, 100, products={"p": 1, "q": 1}, people=people, over_rep=0.1)
    placed = np.array([[[50.0, 50.0]]])
    totals = np.array([[40.0], [70.0]])
    sums = fit_volumes(instance, placed, totals)[:, 0].sum(axis=0)
    assert sums == pytest.approx([55, 55], abs=1e-6)
    # b must give up all of p: the fit comes near that limit only slowly
    tight = np.array([[52.0], [50.0]])
    sums = fit_volumes(instance, placed, tight)[:, 0].sum(axis=0)
    assert sums == pytest.approx([52, 50], abs=0.2)


@pytest.mark.parametrize("seed", range(3))
def test_volumes_are_the_closest_to_the_mix_in_relative_entropy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lists = [("p",), ("p", "q"), ("p", "q", "r"), ("r", "q")]
    people = [Person(f"{name}", "A", sells=sold) for name, sold in zip("abcd", lists, strict=True)]
    instance = make_instance({"A": 1}, 100, products={"p": 1, "q": 1, "r": 1}, people=people,
                             over_rep=0.3)  # fmt: skip
    assert instance.groups is not None
    inside = instance.groups.sells
    feasible = np.where(inside, rng.uniform(5, 30, inside.shape), 0.0)
    street, sums = feasible.sum(axis=1), feasible.sum(axis=0)
    placed = sums / np.array([1.0, 1.3, 1.15])
    start = np.where(inside, street[:, None] * placed / placed.sum(), 0.0)
    start *= (street / start.sum(axis=1))[:, None]

    def distance(values: np.ndarray) -> float:
        return float((values * np.log(values / start[inside]) - values).sum())

    group, product = np.nonzero(inside)
    rows = [((group == one).astype(float), amount, amount) for one, amount in enumerate(street)]
    rows += [
        ((product == one).astype(float), amount, 1.3 * amount) for one, amount in enumerate(placed)
    ]
    best = minimize(
        distance, feasible[inside], method="SLSQP", bounds=[(1e-6, None)] * len(group),
        constraints=constraints(rows), options={"ftol": 1e-13, "maxiter": 500},
    )  # fmt: skip
    assert best.success
    assert instance.reps is not None
    totals = np.zeros((4, 1))
    totals[:, 0] = street[instance.reps.group]
    found = fit_volumes(instance, placed[None, None, :], totals)[:, 0]
    assert found[inside] == pytest.approx(best.x, abs=2e-2)


def test_volumes_keep_the_locks_of_reps() -> None:
    people = [Person("a", "A"), Person("b", "A")]
    instance = make_instance({"A": 1}, 100, products={"p": 1, "q": 1}, people=people,
                             rep_locks=[("a", "*", "p", 10.0)])  # fmt: skip
    totals = np.array([[40.0], [60.0]])  # by rep: a, b
    volume = fit_volumes(instance, np.array([[[50.0, 50.0]]]), totals)[:, 0]
    assert instance.reps is not None
    assert volume[instance.reps.group] == pytest.approx(np.array([[10, 30], [40, 20]]), abs=1e-5)


@pytest.mark.parametrize("name", TINY)
def test_volumes_of_a_plan_cover_what_is_placed(name: str) -> None:
    rules = dict(TINY[name])
    instance = make_instance(
        {"A": 60, "B": 40}, 100, products=rules.pop("products", {"p": 0.5, "r": 0.5}), **rules
    )
    found = solve_pooled(instance)
    assert found.volume is not None
    assert found.rep_total is not None
    assert instance.groups is not None
    assert found.volume.sum(axis=2) == pytest.approx(street_of(instance, found.rep_total), abs=1e-6)
    sums = np.zeros_like(found.placed)
    np.add.at(sums, instance.groups.leaf, found.volume)
    near = 0.1 if name == "unlike product lists" else 1e-4  # Bea's r must run empty
    assert (sums >= found.placed - near).all()
    assert (sums <= (1 + instance.over_rep) * found.placed + near).all()
    assert not found.volume[~np.broadcast_to(instance.groups.sells[:, None],
                                             found.volume.shape)].any()  # fmt: skip


def test_pools_are_plain_only_where_one_group_sells_all_that_is_open() -> None:
    people = [ANN, Person("Abe", "A", sells=("p",)), BOB]
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 1, "r": 1}, people=people)
    pools = read_pools(instance)
    assert pools is not None
    plain = {
        (instance.leaves[leaf], bool(flag))
        for leaf, flag in zip(pools.leaf, pools.plain, strict=True)
    }
    assert plain == {("A", False), ("B", True)}


# ---------------------------------------------------------------- totals first


def test_totals_alone_are_told_from_totals_that_have_volumes() -> None:
    people = [Person("a", "A", sells=("p",)), Person("b", "A", sells=("p", "r")), BOB]
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 1, "r": 1}, people=people)
    rules = read_rules(instance)
    pools = read_pools(instance)
    assert pools is not None
    relaxed = relax_pools(pools, np.zeros((2, 1), dtype=bool))
    assert relaxed.plain.all()
    placed = np.array([30.0, 30.0, 20.0, 20.0])
    for first, lacking in ((30.0, False), (30.001, True)):  # a sells p alone; 30 of it is placed
        totals = np.array([[first], [60.0 - first], [40.0]])
        found = lacking_volumes(instance, rules, pools, relaxed, placed, totals)
        assert found.tolist() == [[lacking], [False]]


def test_places_with_a_locked_product_are_never_taken_for_plain() -> None:
    people = [Person("a", "A"), Person("b", "A"), BOB]
    locks = [("a", "*", "p", 10.0), ("Bob", "*", "*", 40.0)]
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 1, "r": 1}, people=people,
                             rep_locks=locks)  # fmt: skip
    pools = read_pools(instance)
    assert pools is not None
    assert product_locks(instance, pools).tolist() == [[True], [False]]


def people_with_lists(rng: np.random.Generator) -> list[Person]:
    """Draw people of two regions, some of whom sell a part of the products."""
    lists = [(), (), ("p",), ("p", "q"), ("q", "r"), ("r",)]
    return [Person("whole a", "A"), Person("whole b", "B")] + [
        Person(f"{region}{number}", region, weight=float(rng.uniform(0.5, 2.0)),
               high=float(rng.choice([inf, 9.0, 20.0])), sells=lists[rng.integers(len(lists))])
        for region in "AB"
        for number in range(4)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_totals_first_find_what_volumes_everywhere_find(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    instance = make_instance(
        {"A": 60, "B": 40}, 100, products={"p": 3, "q": 2, "r": 1}, people=people_with_lists(rng),
        over_rep=float(seed % 2) * 0.1, bands=product_bands({"p": 0.5, "q": 1 / 3, "r": 1 / 6}),
        rep_locks=[("A1", "*", "*", 5.0), ("B2", "*", "*", 4.0)],
    )  # fmt: skip
    found = solve_pooled(instance)
    monkeypatch.setattr(
        "optimizer.model.pooled.product_locks",
        lambda instance, pools: np.ones(instance.reference.shape[:2], dtype=bool),
    )
    other = solve_pooled(instance)
    assert found.placed_most == pytest.approx(other.placed_most, abs=1e-6)
    assert found.street_most == pytest.approx(other.street_most, abs=1e-6)
    assert found.objective == pytest.approx(other.objective, rel=1e-6, abs=1e-6)
    assert found.bound <= other.objective + 1e-6
    assert found.placed == pytest.approx(other.placed, abs=1e-2)


def test_volumes_everywhere_are_not_needed_where_some_sell_everything() -> None:
    people = people_with_lists(np.random.default_rng(1))
    instance = make_instance({"A": 60, "B": 40}, 100, products={"p": 3, "q": 2, "r": 1},
                             people=people)  # fmt: skip
    rules = read_rules(instance)
    pools = read_pools(instance)
    assert pools is not None
    relaxed = relax_pools(pools, product_locks(instance, pools))
    assert len(build_program(instance, rules, relaxed).volumes.column) == 0
    assert len(build_program(instance, rules, pools).volumes.column) > 0


# ---------------------------------------------------------------- contradictions


def applied(instance: Instance, changes: tuple[Change, ...]) -> Instance:
    """Return an instance with the changes made as they say."""
    for change in changes:
        instance = {"min": _lower_minimums, "lock": _move_lock}.get(change.kind, _widen_band)(
            instance, change
        )
    return instance


def _lower_minimums(instance: Instance, change: Change) -> Instance:
    reps = instance.reps
    assert reps is not None
    low, period = reps.low.copy(), instance.periods.index(change.period)
    for part in change.parts:
        assert low[reps.names.index(part.rep), period] == part.limit
        low[reps.names.index(part.rep), period] = part.new_limit
    assert reps.low.sum() - low.sum() == pytest.approx(change.amount)
    return replace(instance, reps=replace(reps, low=low))


def _move_lock(instance: Instance, change: Change) -> Instance:
    if change.rep != "*":
        locks = instance.rep_locks
        amount = np.where(locks.amount == change.limit, change.new_limit, locks.amount)
        return replace(instance, rep_locks=replace(locks, amount=amount))
    region = instance.region_locks
    amount = np.where(region.amount == change.limit, change.new_limit, region.amount)
    return replace(instance, region_locks=replace(region, amount=amount))


def _widen_band(instance: Instance, change: Change) -> Instance:
    bands = instance.bands
    names = instance.tree.names
    low, high = bands.low.copy(), bands.high.copy()
    for row, kind in enumerate(bands.kind):
        period, product = bands.part.period[row], bands.part.product[row]
        place = (
            kind,
            "*" if period < 0 else instance.periods[period],
            names[bands.part.region[row]],
            "*" if product < 0 else instance.products[product],
        )
        if place == (change.kind, change.period, change.region, change.product):
            (low if change.side == "min" else high)[row] = change.new_limit
    return replace(instance, bands=replace(bands, low=low, high=high))


AB = {"A": 60.0, "B": 40.0}
CONTRADICTIONS: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "mins over a region's largest share": (
        {
            "people": [Person("a", "A", low=35), Person("b", "A", low=35), BOB],
            "bands": region_bands(AB, 0.0),
        },
        {"region_share": 20, "min": 10},
    ),
    "mins over the goal": (
        {"people": [Person("a", "A", low=70), Person("b", "B", low=50)]},
        {"min": 20},
    ),
    "lock over a potential": (
        {
            "people": [ANN, BOB],
            "region_locks": [(Where(region="A"), 55.0)],
            "potentials": [(Where("Q1", "A", "p"), 20.0), (Where("Q1", "A", "r"), 20.0)],
        },
        {"lock": 15},
    ),
    "lock over a wide potential": (
        {
            "people": [ANN, BOB],
            "region_locks": [(Where(region="A"), 55.0)],
            "potentials": [(Where(region="A"), 40.0)],
        },
        {"lock": 15},
    ),
    "lock over a capacity": (
        {"people": [Person("a", "A", high=30), BOB], "rep_locks": [("a", "Q1", "*", 50.0)]},
        {"lock": 20},
    ),
    "lock below a minimum": (
        {"people": [Person("a", "A", low=30), BOB], "rep_locks": [("a", "Q1", "*", 10.0)]},
        {"lock": 20, "min": 20},
    ),
    "lock over a largest share": (
        {
            "people": [ANN, BOB],
            "region_locks": [(Where(region="B"), 50.0)],
            "bands": [("region_share", Where(region="B"), Where(), 0.3, 0.45)],
        },
        {"lock": 5, "region_share": 5},
    ),
    "slices against the product's band": (
        {
            "people": [ANN, BOB],
            "periods": {"Q1": 0.5, "Q2": 0.5},
            "bands": [
                ("period_share", Where("Q1"), Where(), 0.5, 0.5),
                ("product_share", Where(product="p"), Where(), 0.0, 0.3),
                ("share", Where("Q1", product="p"), Where("Q1"), 0.8, 1.0),
            ],
        },
        {"share": 20, "product_share": 10, "period_share": 25},
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_say_changes_that_make_a_plan_possible(name: str) -> None:
    rules, amounts = CONTRADICTIONS[name]
    instance = make_instance(AB, 100, products={"p": 0.5, "r": 0.5}, **rules)
    with pytest.raises(ContradictionError) as caught:
        solve_pooled(instance)
    changes = caught.value.changes
    assert changes
    for change in changes:
        points = 100 if change.kind.endswith("share") else 1
        assert 0 < points * change.amount <= amounts[change.kind] + 1e-6, change
        assert change.new_limit is not None
        assert change.amount == pytest.approx(abs(change.new_limit - change.limit))
        assert f"{points * change.new_limit:,.10g}" in change.text
    found = solve_pooled(applied(instance, changes))
    assert found.placed_most > 0


def test_a_band_below_a_parent_says_how_far_it_must_give_way() -> None:
    bands = [
        ("region_share", Where(region="P"), Where(), 0.5, 0.5),
        ("region_share", Where(region="A"), Where(region="P"), 0.7, 1.0),
        ("region_share", Where(region="B"), Where(region="P"), 0.0, 1.0),
        ("product_share", Where(product="p"), Where(), 0.9, 1.0),
        ("share", Where(region="A", product="r"), Where(region="A"), 0.5, 1.0),
    ]
    instance = make_instance(
        {"A": 3, "B": 2, "C": 5}, 100, products={"p": 1, "r": 1}, parents={"A": "P", "B": "P"},
        people=[ANN, BOB, Person("Cem", "C")], bands=bands,
    )  # fmt: skip
    with pytest.raises(ContradictionError) as caught:
        solve_pooled(instance)
    # r: at least 50 % of A's 35 = 17.5 against 10 of the goal at most
    (change,) = caught.value.changes
    assert change.kind in {"product_share", "share", "region_share"}
    assert solve_pooled(applied(instance, caught.value.changes)).placed_most > 0


def test_a_minimum_over_the_capacity_is_named_with_its_rep() -> None:
    people = [Person("a", "A", low=50, high=40), BOB]
    with pytest.raises(ContradictionError) as caught:
        check_limits(make_instance(AB, 100, people=people))
    (change,) = caught.value.changes
    assert (change.kind, change.rep, change.region, change.amount) == ("min", "a", "A", 10)
    assert "lower the minimum by 10" in change.text


def test_a_contradiction_without_a_change_is_never_told() -> None:
    regions = {"A": 1e-9, "B": 1.0}
    people = [ANN, BOB]
    instance = make_instance(regions, 1e6, people=people, bands=region_bands(regions, 0.0))
    try:
        solve_pooled(instance)
    except ContradictionError as error:
        assert error.changes
    except SolverError as error:
        assert "too small" in str(error)
