"""Parts of the allocation against slow and obvious ways: rules, streets, people, proofs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from allocation_worlds import PERIODS
from instances import Person, Where, make_instance, region_bands, two_by_two
from test_kernel_allocation import parts, tied
from test_kernel_allocation_bounds import PEOPLE

from optimizer.model import ascent, bound, curves, newton
from optimizer.model.ascent import point_at
from optimizer.model.blocks import Blocks
from optimizer.model.bound import least_value, no_prices, product_worth, rep_rewards
from optimizer.model.coupling import read_coupling
from optimizer.model.curves import build_curves
from optimizer.model.newton import newton_step
from optimizer.model.rules import read_rules
from optimizer.problem.instance import ALL, Floats, Instance, Slices

# ---------------------------------------------------------------- rules that tie regions


def amount_of(instance: Instance, slices: Slices, row: int, cells: Floats) -> float:
    """Return what lies in a slice, (leaf, period, product) floats, leaf by leaf."""
    tree, total = instance.tree, 0.0
    node, period, product = (
        int(getattr(slices, name)[row]) for name in ("region", "period", "product")
    )
    for leaf, at in enumerate(tree.leaf_node.tolist()):
        line = [at]
        while line[-1]:
            line.append(int(tree.parent[line[-1]]))
        if node in line:
            some = cells[leaf]
            some = some if period == ALL else some[period : period + 1]
            some = some if product == ALL else some[:, product : product + 1]
            total += float(some.sum())
    return total


def many_rules(people: bool) -> Instance:
    """Return four regions in two areas, with bands of all kinds, markets and locks."""
    bands = [
        *region_bands({"A": 300.0, "B": 200.0, "C": 400.0, "D": 100.0}, 0.05)[:2],
        ("product_share", Where(product="p"), Where(), 0.5, 0.5),
        ("product_share", Where(product="q"), Where(), 0.2, 0.4),
        ("product_share", Where("*", "N", "q"), Where("*", "N", "*"), 0.25, np.inf),
        ("period_share", Where("Q1", "B"), Where("*", "B"), 0.0, 0.5),
        ("period_share", Where("Q2", "C", "r"), Where("*", "C", "r"), 0.3, 0.7),
        ("region_share", Where("*", "N"), Where(), 0.45, 0.5),
        ("region_share", Where("*", "A"), Where("*", "N"), 0.5, 0.6),
    ]
    heads = [Person(f"{name}{at}", name, high=150.0) for name in "ABCD" for at in range(2)]
    return make_instance(
        {"A": 300.0, "B": 200.0, "C": 400.0, "D": 100.0}, 1000,
        products={"p": 0.5, "q": 0.3, "r": 0.2}, periods={"Q1": 0.45, "Q2": 0.55},
        parents={"A": "N", "B": "N", "C": "S", "D": "S"}, people=heads if people else None,
        bands=bands, potentials=[(Where("*", "C", "p"), 150.0), (Where("Q1", "N"), 260.0)],
        region_locks=[(Where("Q1", "D"), 50.0), (Where("*", "S", "q"), 140.0)], over_rep=0.05,
    )  # fmt: skip


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("people", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_rule_is_missed_by_what_its_slices_lack(seed: int, people: bool, apart: bool) -> None:
    """Bands stand on what is asked, markets and locks on what is placed."""
    instance = many_rules(people)
    rules = read_rules(instance)
    coupling = read_coupling(instance, rules)
    assert coupling is not None
    rng = np.random.default_rng(seed)
    asked = rng.uniform(10, 80, int(rules.carried.sum()))
    placed = asked * rng.uniform(0.5, 1.0, len(asked)) if apart else asked
    cells = np.zeros((2, *instance.reference.shape))
    for one, values in zip(cells, (asked, placed), strict=True):
        one.ravel()[rules.open_cell[rules.carried]] = values
    miss = coupling.missed(np.zeros(coupling.prices), asked, placed).miss[coupling.nodes :]
    bands, locks, wide = instance.bands, instance.region_locks, instance.potentials
    assert miss[0] == pytest.approx(1000 - asked.sum())

    def of_band(row: int) -> tuple[float, float]:
        part, whole = (
            amount_of(instance, side, row, cells[0]) for side in (bands.part, bands.whole)
        )
        return part, whole

    told: dict[str, set[int]] = {"least": set(), "most": set(), "potential": set(), "lock": set()}
    for rule in range(1, len(miss)):
        if (row := int(coupling.band_min[rule])) >= 0:
            part, whole = of_band(row)
            assert miss[rule] == pytest.approx(bands.low[row] * whole - part)
            assert bool(coupling.equal[rule]) is bool(bands.low[row] == bands.high[row])
            told["least"].add(row)
        elif (row := int(coupling.band_max[rule])) >= 0:
            part, whole = of_band(row)
            assert miss[rule] == pytest.approx(part - bands.high[row] * whole)
            assert not coupling.equal[rule]
            told["most"].add(row)
        elif (row := int(coupling.potential[rule])) >= 0:
            held = int(rules.potential_rows[row])
            there = amount_of(instance, wide.slices, held, cells[1])
            assert miss[rule] == pytest.approx(there - wide.usable[held])
            told["potential"].add(held)
        else:
            row = int(coupling.region_lock[rule])
            there = amount_of(instance, locks.slices, row, cells[1])
            assert miss[rule] == pytest.approx(locks.amount[row] - there)
            assert coupling.equal[rule]
            told["lock"].add(row)
    assert told == {
        "least": {0, 1, 2, 3, 4, 6}, "most": {0, 1, 3, 5, 6}, "potential": {0, 1}, "lock": {0, 1},
    }  # fmt: skip
    of_regions = {int(row): at for at, row in enumerate(coupling.regions.row) if row >= 0}
    assert of_regions.keys() == {7, 8}
    whole_miss = coupling.missed(np.zeros(coupling.prices), asked, placed).miss
    for row, at in of_regions.items():
        part, whole = of_band(row)
        lacks = max(bands.low[row] * whole - part, 0.0)
        assert whole_miss[at] == pytest.approx(lacks + min(bands.high[row] * whole - part, 0.0))


@pytest.mark.parametrize("seed", range(3))
def test_what_rules_pay_for_a_cell_is_what_it_makes_of_their_misses(seed: int) -> None:
    instance = many_rules(people=False)
    rules = read_rules(instance)
    coupling = read_coupling(instance, rules)
    assert coupling is not None
    rng = np.random.default_rng(seed)
    cells = int(rules.carried.sum())
    asked, price = rng.uniform(10, 80, cells), rng.normal(size=coupling.prices)
    price[: coupling.nodes] *= coupling.regions.row >= 0
    here = float(price @ coupling.missed(price, asked, asked).miss)
    paid, (for_ask, for_place) = coupling.worth(price), coupling.worth_apart(price)
    assert for_ask + for_place == pytest.approx(paid)
    for cell in range(cells):
        more = asked.copy()
        more[cell] += 1.0
        both, ask, place = (
            here - float(price @ coupling.missed(price, *ends).miss)
            for ends in ((more, more), (more, asked), (asked, more))
        )
        assert (both, ask, place) == pytest.approx((paid[cell], for_ask[cell], for_place[cell]))


# ---------------------------------------------------------------- the way up


@pytest.mark.parametrize(
    ("gained", "worst", "taken"),
    [(2.9e-4, 1.0, False), (3.1e-4, 1.0, True), (4.9e-4, 1.0, True), (0.0, 0.91, False),
     (-1.0, 0.89, True)],
)  # fmt: skip
def test_a_step_is_taken_that_gains_enough_or_misses_less(
    monkeypatch: pytest.MonkeyPatch, gained: float, worst: float, taken: bool
) -> None:
    """From price 2 a step of 1 at a slope of 3 gains at most 3; a ten-thousandth is enough."""
    tried = SimpleNamespace(value=10.0 + gained, price=np.array([3.0]))
    monkeypatch.setattr(ascent, "point_at", lambda *_: tried)
    monkeypatch.setattr(ascent, "_MOST_HALVINGS", 1)
    monkeypatch.setattr(ascent, "worst_miss", lambda _c, at, _: worst if at is tried else 1.0)
    here: Any = SimpleNamespace(
        price=np.array([2.0]), miss=np.array([3.0]), value=10.0,
        missed=SimpleNamespace(side=None), placement=SimpleNamespace(theta=None),
    )  # fmt: skip
    coupling: Any = SimpleNamespace(signed=lambda price, _side: price)
    blocks: Any = None
    found = ascent._higher(blocks, coupling, here, np.array([1.0]), 1e-9)
    assert (found is tried) is taken


@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("soft", [0.0, 0.5])
def test_a_step_is_the_same_however_many_cells_are_worked_on_at_a_time(
    monkeypatch: pytest.MonkeyPatch, people: bool, soft: float
) -> None:
    instance = tied(people, locked=True)
    blocks, coupling = parts(instance)
    price = np.zeros(coupling.prices)
    price[coupling.nodes] = 0.1
    here = point_at(blocks, coupling, price, np.zeros(blocks.number))
    assert here is not None
    free = ascent.free_rules(coupling, here, 1e-9)
    given = (blocks, coupling, price, here.placement, here.missed, free, 1e-9, soft)
    whole, flat = newton_step(*given)
    for cells in (1, 40, 100):
        monkeypatch.setattr(newton, "_AT_ONCE", cells)
        again = newton_step(*given)
        assert again[0] == pytest.approx(whole, abs=1e-12)
        assert again[1] is flat


@pytest.mark.parametrize("people", [True, False])
def test_soft_cells_follow_prices_by_more_of_their_reference(people: bool) -> None:
    instance = tied(people)
    blocks, coupling = parts(instance)
    here = point_at(blocks, coupling, np.zeros(coupling.prices), np.zeros(blocks.number))
    assert here is not None
    sets = np.arange(coupling.number)
    plain, soft = (
        newton._curvature(blocks, coupling, sets, here.placement, much) for much in (0.0, 0.5)
    )
    inside = np.zeros((coupling.number, len(coupling.leaf)))
    inside[coupling.sets.row, coupling.sets.cell] = 1.0
    inside[0] = 1.0
    on_ask = sets < coupling.asks
    both = (on_ask[:, None] == on_ask) * ((0.25 * inside * blocks.reference) @ inside.T)
    assert soft.matrix - plain.matrix == pytest.approx(both)
    by_leaf = np.zeros_like(plain.by_leaf)
    np.add.at(by_leaf, coupling.leaf, (0.25 * inside * blocks.reference).T)
    by_leaf[:, ~on_ask] = 0.0
    assert soft.by_leaf - plain.by_leaf == pytest.approx(by_leaf)


def test_a_region_that_is_full_gets_its_price_along_the_slope() -> None:
    """Both stand at their markets of 60; A should have 0.6 of 120 and lacks 12."""
    instance = make_instance(
        {"A": 100.0, "B": 100.0}, 200,
        potentials=[(Where("Q1", "A"), 60.0), (Where("Q1", "B"), 60.0)],
        bands=[("region_share", Where(region="A"), Where(), 0.6, 0.8)],
    )  # fmt: skip
    blocks, coupling = parts(instance)
    at = int(np.flatnonzero(coupling.regions.row >= 0)[0])
    price = np.zeros(coupling.prices)
    price[at], price[coupling.nodes] = 1.0, 5.0
    here = point_at(blocks, coupling, price, np.zeros(0))
    assert here is not None
    assert here.miss[[at, coupling.nodes]] == pytest.approx([12.0, 80.0])
    free = ascent.free_rules(coupling, here, 1e-9)
    step, flat = newton_step(blocks, coupling, price, here.placement, here.missed, free, 1e-9)
    assert flat
    # freely A would follow by 50 · 0.4² and B by 50 · 0.6², and all cells by half their reference
    assert step[[at, coupling.nodes]] == pytest.approx([12.0 / 26.0, 80.0 / 100.0])
    calm = newton_step(blocks, coupling, price, here.placement, here.missed, free, 13.0)
    assert calm[1]
    assert calm[0][[at, coupling.nodes]] == pytest.approx([0.0, 80.0 / 100.0])


def test_prices_are_free_to_move_where_a_rule_binds_or_is_missed() -> None:
    """Bands of regions, first, are missed on either side; others where they lack something."""
    coupling: Any = SimpleNamespace(nodes=3, fixed=np.array([0, 0, 0, 0, 0, 0, 1], dtype=bool))
    point: Any = SimpleNamespace(
        miss=np.array([-0.5, 0.5, 0.1, -0.5, 0.5, 0.1, 0.0]), price=np.zeros(7)
    )
    free = ascent.free_rules(coupling, point, 0.2)
    assert free.tolist() == [True, True, False, False, True, False, True]
    assert ascent.worst_miss(coupling, point, 0.2) == 0.5
    point.price[5] = -1.0
    assert ascent.free_rules(coupling, point, 0.2)[5]


@pytest.mark.parametrize("people", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_dual_rises_by_what_rules_are_missed(people: bool, seed: int) -> None:
    """It is concave, and its slope along any direction is the miss there."""
    instance = tied(people, locked=True)
    blocks, coupling = parts(instance)
    rng, theta = np.random.default_rng(seed), np.zeros(blocks.number)
    price = np.zeros(coupling.prices)
    price[coupling.nodes :] = rng.uniform(0.05, 0.15, coupling.prices - coupling.nodes)
    way = np.zeros(coupling.prices)
    way[coupling.nodes :] = rng.normal(size=coupling.prices - coupling.nodes)
    small = 1e-5
    before, here, after = (
        point_at(blocks, coupling, price + side * small * way, theta) for side in (-1, 0, 1)
    )
    assert before is not None and here is not None and after is not None
    slope = (after.value - before.value) / (2 * small)
    assert slope == pytest.approx(float(here.miss @ way), rel=1e-4, abs=1e-3)
    assert after.value + before.value <= 2 * here.value + 1e-9


# ---------------------------------------------------------------- streets and blocks


def test_pools_of_like_sizes_are_worked_on_together_a_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curves, "_AT_ONCE", 4)
    count = np.array([1, 2, 1, 5, 0, 1, 2, 1, 2])
    found = [some.tolist() for some in curves._alike_in_size(count)]
    assert found == [[0, 2, 4, 5], [7], [1, 6], [8], [3]]


@pytest.mark.parametrize("size", [1.0, 0.001])
@pytest.mark.parametrize("at_once", [2, 100_000])
def test_multiples_are_exact_whatever_the_size_of_amounts(
    monkeypatch: pytest.MonkeyPatch, size: float, at_once: int
) -> None:
    monkeypatch.setattr(curves, "_AT_ONCE", at_once)
    pool = np.array([0, 0, 0, 1, 1, 2])
    reference = size * np.array([10.0, 20, 30, 5, 8, 4])
    low, high = 0.3 * reference, reference * np.array([1.2, 1.5, 2.0, 1.1, np.inf, 3.0])
    found = build_curves(pool, 3, reference, low, high)
    for multiple in (0.3, 0.7, 1.15, 1.3, 1.9):
        targets = np.clip(multiple * reference, low, high)
        street = np.bincount(pool, targets)
        again = found.targets(found.multiple(np.arange(3), street))
        assert again == pytest.approx(targets)
        away = float(((targets - reference) ** 2 / reference).sum())
        assert found.unfairness(np.full(3, multiple)) == pytest.approx(away)


def block(low: float, high: float, people: tuple[float, float]) -> Blocks:
    least, most = (np.array([one]) for one in people)
    curve = build_curves(np.zeros(1, dtype=np.int64), 1, np.array([20.0]), least, most)
    one = np.array([20.0])
    return Blocks(one, np.array([low]), np.array([high]), np.zeros(1, dtype=np.int64), 0.0, curve)


@pytest.mark.parametrize(
    ("edge", "looked_at"),
    [(0.7, [0.0, 1.0, 0.5, 0.75, 0.625]), (9.0, [0.0, 1.0, 5.0, 21.0, 13.0, 9.0]),
     (-0.7, [0.0, -1.0, -0.5, -0.75])],
)  # fmt: skip
def test_without_a_slope_a_balance_is_looked_for_by_halves(
    edge: float, looked_at: list[float]
) -> None:
    """Cells take 30 up to a price and 10 beyond it, people 20 at any."""
    seen: list[float] = []

    def cells(theta: Floats) -> tuple[Floats, Floats]:
        seen.append(float(theta[0]))
        return np.where(theta < edge, 30.0, 10.0), np.zeros(1)

    one, zero = np.ones(1), np.zeros(1)
    assert block(0.0, 99.0, (20.0, 20.0)).balance(cells, one, one, zero) is None
    assert seen[: len(looked_at)] == looked_at


def test_a_loose_block_keeps_its_price() -> None:
    one, theta = np.ones(1), np.array([0.3])

    def cells(theta: Floats) -> tuple[Floats, Floats]:
        return np.full(1, 30.0), np.zeros(1)

    people = block(0.0, 99.0, (20.0, 20.0))
    assert people.balance(cells, one, one, theta) is None
    found = people.balance(cells, one, one, theta, np.array([True]))
    assert found is not None
    assert (found[0].tolist(), found[1].tolist()) == ([0.3], [30.0])


def test_cells_at_a_limit_do_not_follow_prices() -> None:
    reference = np.full(4, 10.0)
    low, high = np.array([10.0, 0, 0, 11]), np.array([20.0, 10, 20, 20])
    found = Blocks(reference, low, high, np.array([0, 0, 0, 0]), 0.0, None)
    placed, give = found._cells(np.zeros(4), np.zeros(4))
    assert placed.tolist() == [10, 10, 10, 11]
    assert give.tolist() == [0, 0, 5, 0]


def test_a_block_without_cells_has_sums_too() -> None:
    curve = build_curves(np.arange(2), 2, np.full(2, 20.0), np.zeros(2), np.full(2, 44.0))
    one = np.array([5.0])
    found = Blocks(one, one, one, np.zeros(1, dtype=np.int64), 0.0, curve)
    assert found.sums(one).tolist() == [5.0, 0.0]


# ---------------------------------------------------------------- the bound of people


@pytest.mark.parametrize("size", [1.0, 0.001])
@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
@pytest.mark.parametrize("seed", range(4))
def test_with_effort_the_bound_takes_the_best_mix_of_products(
    step: str, seed: int, size: float
) -> None:
    """Two products of effort 3 and 1: at each total, as much of the better as capacity lets."""
    rng = np.random.default_rng(seed)
    most = {"Ann": 60.0, "Bob": 400.0, "Cid": 45.0}
    people = [replace(one, high=most[one.name] * size, low=one.low * size) for one in PEOPLE]
    instance = make_instance(
        {"A": 60 * size, "B": 40 * size}, 100 * size, products={"p": 0.5, "r": 0.5},
        people=people, over_rep=0.1, effort={"p": 3.0, "r": 1.0},
    )  # fmt: skip
    reps = instance.reps
    assert reps is not None
    assert instance.effort is not None
    nothing = no_prices(instance)
    prices = replace(
        nothing, street=float(rng.uniform(-0.3, 0.3)),
        cover_min=rng.uniform(0, 1.5, nothing.cover_min.shape),
        cover_max=rng.uniform(0, 1.5, nothing.cover_max.shape),
        year_min=rng.uniform(0, 0.5, 3), year_max=rng.uniform(0, 0.5, 3),
    )  # fmt: skip
    worth = product_worth(instance, prices)
    expected = 0.0
    for rep in range(3):
        reward = prices.street + prices.year_min[rep] - prices.year_max[rep]
        reward += 1.0 if step == "cover" else 0.0
        low, capacity = float(reps.low[rep, 0]), float(reps.high[rep, 0])
        most = min(capacity, max(low, 110.0 * size))
        total = np.linspace(low, capacity if step == "fairness" else most, 40_001)
        heavy, light = worth[reps.group[rep], 0]
        # of the heavy product as much as effort lets: 3 h + (total − h) ≤ capacity
        room = np.clip((capacity - total) / 2.0, 0.0, total)
        best = np.where(heavy > light, heavy * room + light * (total - room), light * total)
        value = best + reward * total
        if step == "fairness":
            reference = reps.reference[rep, 0]
            value = value - np.square(total - reference) / reference
        expected -= float(value.max())
    found = bound._least_over_reps(instance, prices, worth, step)
    assert found == pytest.approx(expected, abs=2e-3 * size)


def test_rewards_of_some_years_alone_count_in_the_least_gap() -> None:
    people = [Person("Ann", "A", total_low=5.0, total_high=30.0), Person("Bob", "B")]
    instance = make_instance({"A": 60, "B": 40}, 100, periods=PERIODS, people=people)
    prices = replace(no_prices(instance), year_min=np.array([0.5, 0.0]))
    value, _ = least_value(instance, read_rules(instance), prices, "gap", 100.0, 100.0)
    # cells place the whole goal at most, each by itself, and Ann takes it twice at 0.5
    cells = float(read_rules(instance).carried.sum()) * 100
    assert value == pytest.approx(0.5 * 5 - cells - 2 * 100 * 0.5)


def test_without_prices_limits_alone_keep_people_from_their_reference() -> None:
    instance = two_by_two(people=[Person("Ann", "A", 20.0), Person("Bob", "A"), Person("Cid", "B")])
    reps, nothing = instance.reps, no_prices(instance)
    assert reps is not None
    worth = product_worth(instance, nothing)
    # Ann is asked for 30 and carries 20; the others take what is theirs
    assert bound._least_over_reps(instance, nothing, worth, "fairness") == pytest.approx(100 / 30)
    assert bound._least_over_reps(instance, nothing, worth, "gap") == 0.0


@pytest.mark.parametrize("effort", [None, {"p": 3.0, "r": 1.0}])
@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
def test_people_without_work_in_a_period_count_for_nothing(
    step: str, effort: dict[str, float] | None
) -> None:
    instance = two_by_two(people=PEOPLE, effort=effort)
    reps = instance.reps
    assert reps is not None
    alone = replace(reps, reference=np.where(np.arange(3)[:, None] == 0, reps.reference, 0.0))
    nothing = no_prices(instance)
    prices = replace(nothing, cover_min=np.full(nothing.cover_min.shape, 0.7))
    worth = product_worth(instance, prices)
    found = [
        bound._least_over_reps(replace(instance, reps=one), prices, worth, step)
        for one in (reps, alone, replace(reps, reference=reps.reference - alone.reference))
    ]
    assert found[0] == pytest.approx(found[1] + found[2])
    assert found[1] != 0 != found[2]


def test_what_nobody_sells_rewards_nobody() -> None:
    people = [Person("Ann", "A", 60.0, sells=("p",)), Person("Bob", "A"), Person("Cid", "B")]
    instance = two_by_two(people=people)
    reps = instance.reps
    assert reps is not None
    prices = no_prices(instance)
    worth = np.broadcast_to(np.array([0.2, 0.9]), prices.cover_min.shape).copy()
    found = rep_rewards(instance, replace(prices, cover_min=worth))[:, 0]
    names = {name: found[at] for at, name in enumerate(reps.names)}
    assert names == pytest.approx({"Ann": 0.2, "Bob": 0.9, "Cid": 0.9})
