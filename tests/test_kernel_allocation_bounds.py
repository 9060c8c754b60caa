"""The parts that prove and hand over plans: bounds by prices, room of blocks, starts, cuts."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from allocation_worlds import PERIODS
from instances import Person, Where, make_instance, region_bands, two_by_two

from optimizer.model.blocks import Blocks, read_blocks
from optimizer.model.bound import least_value, no_prices, rep_rewards
from optimizer.model.coupling import read_coupling
from optimizer.model.curves import build_curves
from optimizer.model.decomposed import Fairest, Start, _fitting, solve_blocks
from optimizer.model.filled import solve_filled
from optimizer.model.newton import _along
from optimizer.model.pooled_rows import plain_places
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.model.streets import every_street, read_cuts
from optimizer.problem.instance import Floats, Instance

PEOPLE = [Person("Ann", "A", 60.0, 2.0), Person("Bob", "A", 40.0), Person("Cid", "B", 45.0, 1.0)]

# ---------------------------------------------------------------- the bound


def line(low: float, high: float, reference: float | None, slope: float) -> float:
    """Return the least of (x − r)²/r + slope · x between two ends, by looking everywhere."""
    every = np.linspace(low, high, 20_001)
    away = 0.0 if reference is None else np.square(every - reference) / reference
    return float((away + slope * every).min())


@pytest.mark.parametrize("goal", [-0.7, 0.4])
@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
@pytest.mark.parametrize("seed", range(2))
def test_a_bound_is_the_least_that_prices_leave_of_each_cell_and_rep(
    step: str, seed: int, goal: float
) -> None:
    """Without bands, all that is left after the prices is one variable at a time.

    A goal that pays for asking is not believed: its price is taken for 0.
    """
    price = min(goal, 0.0)
    instance = two_by_two(
        people=PEOPLE, over_rep=0.1, region_locks=[(Where("*", "A", "p"), 25.0)],
        rep_locks=[("Ann", "*", "p", 12.0)],
    )  # fmt: skip
    instance = replace(instance, is_stretch=True, volume_low=np.full((3, 1, 2), 0.5))
    assert instance.cover_give == 1.0
    rules, rng = read_rules(instance), np.random.default_rng(seed)
    nothing = no_prices(instance)
    prices = replace(
        nothing, goal=goal, placed=0.3, street=0.2, region_lock=np.array([0.4]),
        rep_lock=np.array([0.6]), cover_min=rng.uniform(0, 1, nothing.cover_min.shape),
        cover_max=rng.uniform(0, 1, nothing.cover_max.shape),
    )  # fmt: skip
    value, completed = least_value(instance, rules, prices, step, 80.0, 70.0)
    assert completed.goal == pytest.approx(price)
    expected = price * 100 + 0.4 * 25 + 0.6 * 12 + 0.3 * 80 + 0.2 * 70
    expected -= instance.cover_give * prices.cover_max.sum()
    fair = step == "fairness"
    for cell, reference in np.ndenumerate(instance.reference):
        slope = -price - 0.3 + prices.cover_min[cell] - 1.1 * prices.cover_max[cell]
        slope -= 0.4 if cell == (0, 0, 0) else 0.0
        slope -= 1.0 if step == "gap" else 0.0
        expected += line(0.0, 100.0, reference if fair else None, slope)
    reps = instance.reps
    assert reps is not None
    worth = (prices.cover_min - prices.cover_max)[reps.leaf, 0]
    worth[reps.names.index("Ann"), 0] += 0.6
    reward = worth.max(axis=1) + 0.2
    assert rep_rewards(instance, prices)[:, 0] == pytest.approx(reward)
    expected += 0.5 * (worth.max(axis=1, keepdims=True) - worth).sum()
    for rep in range(3):
        gain = reward[rep] + (1.0 if step == "cover" else 0.0)
        reference = reps.reference[rep, 0] if fair else None
        expected += line(reps.low[rep, 0], reps.high[rep, 0], reference, -gain)
    assert value == pytest.approx(expected, abs=2e-5)


def test_a_rule_of_a_year_is_worth_its_price_in_every_period() -> None:
    people = [Person("Ann", "A", total_low=5.0, total_high=30.0), Person("Bob", "B")]
    instance = make_instance({"A": 60, "B": 40}, 100, periods=PERIODS, people=people)
    prices = replace(
        no_prices(instance), year_min=np.array([0.5, 0.0]), year_max=np.array([0.2, 0.0])
    )
    assert rep_rewards(instance, prices) == pytest.approx(np.array([[0.3, 0.3], [0.0, 0.0]]))
    value, _ = least_value(instance, read_rules(instance), prices, "cover", 100.0, 100.0)
    # 0.5 · 5 − 0.2 · 30, and each rep takes all of the goal in both periods
    assert value == pytest.approx(2.5 - 6.0 - 2 * 100 * 1.3 - 2 * 100 * 1.0)


# ---------------------------------------------------------------- blocks


def room(low: list[float], high: list[float]) -> Blocks:
    """Return two blocks of one cell each; people carry 11 to 44, and 0 to 22."""
    curves = build_curves(np.arange(2), 2, np.full(2, 20.0), np.array([11.0, 0.0]),
                          np.array([44.0, 22.0]))  # fmt: skip
    return Blocks(np.full(2, 20.0), np.array(low), np.array(high), np.arange(2), 0.1, curves)


@pytest.mark.parametrize(
    ("low", "high", "total", "can"),
    [
        ([0.0, 0.0], [90.0, 90.0], 59.9, True),
        ([0.0, 0.0], [90.0, 90.0], 60.1, False),
        ([0.0, 0.0], [30.0, 90.0], 49.9, True),
        ([0.0, 0.0], [30.0, 90.0], 50.1, False),
        ([0.0, 0.0], [9.9, 90.0], 1.0, False),
        ([0.0, 0.0], [10.1, 90.0], 1.0, True),
        ([39.9, 0.0], [90.0, 90.0], 1.0, True),
        ([40.1, 0.0], [90.0, 90.0], 1.0, False),
        ([0.0, 20.1], [90.0, 90.0], 1.0, False),
    ],
)
def test_blocks_can_cover_what_both_cells_and_people_can_take(
    low: list[float], high: list[float], total: float, can: bool
) -> None:
    assert room(low, high).can_cover(total) is can


@pytest.mark.parametrize(
    ("lock", "reaches"),
    [
        (("Ann", "Q1", "*", 30.0), True),
        (("Ann", "Q1", "*", 2.0), True),
        (("Ann", "Q1", "*", 60.0), True),
        (("Ann", "Q1", "*", 1.9), False),
        (("Ann", "Q1", "*", 60.1), False),
        (("Ann", "*", "*", 30.0), False),
        (("Ann", "Q1", "p", 30.0), False),
    ],
)
@pytest.mark.parametrize("twice", [False, True])
def test_a_locked_total_is_both_limits_of_its_rep(
    lock: tuple[str, str, str, float], reaches: bool, twice: bool
) -> None:
    locks = [lock, ("Bob", "Q1", "*", 7.0)] + [("Bob", "Q1", "*", 7.0)] * twice
    instance = two_by_two(people=PEOPLE, rep_locks=locks)
    pools = read_pools(instance)
    blocks = read_blocks(instance, read_rules(instance), pools)
    assert (blocks is not None) is (reaches and not twice)
    if blocks is not None and pools is not None:
        assert blocks.curves is not None
        low, high = (
            dict(zip(pools.item_rep.tolist(), values.tolist(), strict=True))
            for values in (blocks.curves.low, blocks.curves.high)
        )
        assert (low, high) == ({0: lock[3], 1: 7.0, 2: 1.0}, {0: lock[3], 1: 7.0, 2: 45.0})


# ---------------------------------------------------------------- whole plans


def holds_together(instance: Instance, found: Fairest) -> None:
    """Check that a plan's totals, fairness and proof are of one and the same plan."""
    rules, reps = read_rules(instance), instance.reps
    assert reps is not None
    assert found.rep_total is not None
    signed = ("placed", "street", "band_min", "band_max", "potential", "cover_min", "cover_max")
    for prices in found.prices.values():
        assert all(np.min(getattr(prices, name), initial=0.0) >= -1e-9 for name in signed)
    works = reps.reference > 0
    away = ((found.rep_total - reps.reference)[works] ** 2 / reps.reference[works]).sum()
    away += ((found.placed - rules.reference) ** 2 / rules.reference).sum()
    assert found.objective == pytest.approx(away, abs=1e-9)
    assert found.bound == pytest.approx(away, abs=1e-7)
    assert found.bound <= found.objective
    assert found.rep_total.sum() == pytest.approx(found.street_most)
    assert (found.rep_total <= reps.high + 1e-9).all()
    assert (found.rep_total >= reps.low - 1e-9).all()
    cells = np.zeros(instance.reference.shape)
    cells.ravel()[rules.open_cell] = found.placed
    carried = np.zeros(cells.shape[:2])
    np.add.at(carried, reps.leaf, found.rep_total)
    assert (carried >= cells.sum(axis=2) - 1e-7).all()
    assert (carried <= (1 + instance.over_rep) * cells.sum(axis=2) + 1e-7).all()


@pytest.mark.parametrize("over", [0.0, 0.05])
def test_a_plan_by_prices_holds_together(over: float) -> None:
    instance = make_instance(
        {"A": 60, "B": 40}, 100, periods=PERIODS, over_rep=over,
        people=[Person("Ann", "A", 33.0), Person("Bob", "A", weight=2.0), Person("Cid", "B")],
        bands=region_bands({"A": 60, "B": 40}, 0.05),
    )  # fmt: skip
    found = solve_blocks(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    holds_together(instance, found)
    assert found.placed.sum() == pytest.approx(100)


@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("most", [15.0, 21.0, 60.0])
def test_a_filled_plan_holds_together(most: float, over: float) -> None:
    """A is ended by its people, B by its people or its market of 12 a period."""
    instance = make_instance(
        {"A": 60, "B": 40}, 200, periods=PERIODS, over_rep=over,
        people=[Person("Ann", "A", 21.0), Person("Bob", "A", 7.0), Person("Cid", "B", most)],
        potentials=[(Where("Q1", "B"), 12.0), (Where("Q2", "B"), 12.0)],
    )  # fmt: skip
    found = solve_filled(instance, read_rules(instance), read_pools(instance))
    assert found is not None
    holds_together(instance, found)
    assert found.placed_most == pytest.approx(2 * 28 + 2 * min(12.0, most))
    assert found.street_most == pytest.approx(2 * 28 + 2 * min(12.0 * (1 + over), most))
    assert found.ask is not None
    assert found.ask.sum() == pytest.approx(200)
    assert (found.ask >= found.placed - 1e-9).all()


def test_a_goal_that_is_reached_is_not_filled() -> None:
    people = [Person("Ann", "A", 60.0), Person("Bob", "B", 40.0)]
    instance = two_by_two(people=people)
    assert solve_filled(instance, read_rules(instance), read_pools(instance)) is None


# ---------------------------------------------------------------- starts


def test_a_start_keeps_the_prices_that_still_mean_the_same() -> None:
    instance = two_by_two(
        people=PEOPLE, bands=region_bands({"A": 60, "B": 40}, 0.05),
        region_locks=[(Where("*", "A", "p"), 25.0)],
    )  # fmt: skip
    rules = read_rules(instance)
    blocks = read_blocks(instance, rules, read_pools(instance))
    coupling = read_coupling(instance, rules)
    assert blocks is not None
    assert coupling is not None
    price: Floats = 1.0 + np.arange(coupling.prices)
    theta = np.array([7.0, 8.0])

    def fitted(start: Start | None) -> tuple[list[float], list[float]]:
        found = _fitting(start, coupling, blocks)
        return found.rule.tolist(), found.theta.tolist()

    zeros, kept = [0.0] * len(price), price.tolist()
    assert fitted(None) == (zeros, [0.0, 0.0])
    assert fitted(Start(price, np.ones(3), 1)) == (zeros, [0.0, 0.0])
    assert fitted(Start(price, theta, 1)) == (kept, [7.0, 8.0])
    assert fitted(Start(price[:-1], theta, 0)) == ([*kept[:-1], 0.0], [7.0, 8.0])
    assert fitted(Start(np.append(price, 9.0), theta, 2)) == ([*kept[:-1], 0.0], [7.0, 8.0])
    assert fitted(Start(price, theta, 0)) == (zeros, [7.0, 8.0])


def test_a_rule_that_no_cell_follows_has_no_step() -> None:
    assert _along(np.array([6.0, 5.0]), np.array([3.0, 0.0])).tolist() == [2.0, 0.0]


# ---------------------------------------------------------------- streets


def mixed(**rules: object) -> Instance:
    """Return a region of two groups: Ann sells everything, Bob light products alone."""
    return make_instance(
        {"A": 60}, 60, products={"heavy": 0.5, "light": 0.3, "middle": 0.2}, periods=PERIODS,
        people=[Person("Ann", "A", 40.0), Person("Bob", "A", 30.0, sells=("light",))],
        effort={"heavy": 4.0, "light": 1.0, "middle": 2.0}, **rules,
    )  # fmt: skip


def test_totals_are_cut_at_every_effort_above_the_lightest_that_is_sold() -> None:
    instance = mixed()
    pools = read_pools(instance)
    assert pools is not None
    cuts = read_cuts(instance, pools, np.ones(len(pools.group), dtype=bool))
    assert cuts.effort.tolist() == [4.0, 2.0, 1.0]
    several = instance.groups.sells[pools.group].sum(axis=1) > 1  # type: ignore[union-attr]
    assert cuts.there.tolist() == [[one, one, False] for one in several.tolist()]
    assert cuts.number.tolist() == [[1, 2, 2] if one else [0, 0, 0] for one in several]
    none = read_cuts(instance, pools, ~several)
    assert not none.there.any()


def test_parts_of_a_total_lie_between_the_cuts_and_add_up() -> None:
    instance = mixed()
    pools = read_pools(instance)
    assert pools is not None
    streets = every_street(instance, pools)
    ends = {}
    for street in range(len(streets.pool)):
        item = np.flatnonzero(streets.curves.pool == street)
        rep = int(streets.item_rep[item[0]])
        base, high = float(streets.base[item[0]]), float(streets.curves.high[item[0]])
        ends.setdefault((rep, int(streets.item_period[item[0]])), []).append((base, high))
    ann, bob = [(0.0, 10.0), (10.0, 20.0), (20.0, 40.0)], [(0.0, 30.0)]
    assert ends == {(0, 0): ann, (0, 1): ann, (1, 0): bob, (1, 1): bob}
    full = streets.totals(streets.curves.street_high - streets.begin, (2, 2))
    assert full == pytest.approx(np.array([[40.0, 40.0], [30.0, 30.0]]))


@pytest.mark.parametrize("most", [inf, 50.0])
def test_only_people_with_a_limit_of_the_year_have_a_street_of_their_own(most: float) -> None:
    people = [Person("Ann", "A", total_high=most), Person("Bob", "A"), Person("Cid", "A")]
    instance = make_instance({"A": 60}, 60, periods=PERIODS, people=people)
    pools = read_pools(instance)
    assert pools is not None
    streets = every_street(instance, pools)
    limited = [-1] if most == inf else [-1, 0]
    assert sorted(set(streets.kind.tolist())) == limited
    assert len(streets.pool) == 2 * len(limited)
    one, members = streets.kinds()
    assert (one.tolist(), members.tolist()) == (([], []) if most == inf else ([0], [1]))


def test_places_of_plain_pools_are_numbered_by_region_and_then_period() -> None:
    instance = make_instance(
        {"A": 50, "B": 50}, 100, products={"p": 0.5, "r": 0.5}, periods=PERIODS,
        people=[Person("Ann", "A", sells=("p",)), Person("Bob", "A"), Person("Cid", "B")],
    )  # fmt: skip
    pools = read_pools(instance)
    assert pools is not None
    assert plain_places(instance, pools).tolist() == [2, 3]
