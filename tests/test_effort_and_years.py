"""Effort of products and limits over all periods: worth, plans, prices, contradictions."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from instances import Person, Where, make_instance, product_bands, region_bands
from scipy.optimize import linprog
from strategies import World, limited_worlds
from worlds import write_world

from optimizer.change.contradiction import apply_changes
from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.alike import alike
from optimizer.model.backing import least_gap
from optimizer.model.joint import solve_joint
from optimizer.model.light_volumes import mend_volumes
from optimizer.model.limit_prices import limit_prices
from optimizer.model.listing import gather_prices
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools, spread_effort
from optimizer.model.rules import read_rules
from optimizer.model.solve import solve
from optimizer.model.streets import read_cuts
from optimizer.model.volume_search import light_needed
from optimizer.model.worth import (
    effort_price,
    fairest_total,
    highest_total,
    most_of,
    read_lines,
    worth_of,
)
from optimizer.pipeline import plan
from optimizer.problem.build import build_instance
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Instance

# ---------------------------------------------------------------- what totals are worth


def random_worth(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw worth and effort of some products, and a capacity."""
    number = int(rng.integers(1, 5))
    worth = np.round(rng.normal(size=number), 1)
    if rng.random() < 0.4:
        worth[:] = worth[0]
    effort = rng.choice([0.0, 0.5, 1.0, 1.0, 1.5, 2.0], size=number)
    return worth, effort, float(rng.choice([0.0, 1.0, 3.0]))


@pytest.mark.parametrize("seed", range(40))
def test_worth_is_that_of_the_best_split(seed: int) -> None:
    worth, effort, capacity = random_worth(np.random.default_rng(seed))
    lines = read_lines(worth[None], effort)
    most = most_of(lines, np.array([capacity]))[0]
    assert most == pytest.approx(inf if effort.min() == 0 else capacity / effort.min())
    for total in (0.0, 0.3, 1.0, 2.0, 5.0):
        if total <= most:
            best = linprog(-worth, A_eq=[np.ones(len(worth))], b_eq=[total], A_ub=[effort],
                           b_ub=[capacity])  # fmt: skip
            found = worth_of(lines, np.array([capacity]), np.array([total]))[0]
            assert found == pytest.approx(-best.fun, abs=1e-7)


@pytest.mark.parametrize("seed", range(40))
def test_totals_are_the_best_for_their_worth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    worth, effort, capacity = random_worth(rng)
    lines = read_lines(worth[None], effort)
    limit, reward, wish = np.array([capacity]), rng.normal(size=1), np.array([1.5])
    most = min(float(most_of(lines, limit)[0]), 8.0)
    low = np.array([min(0.2, most)])
    grid = np.linspace(low[0], most, 4001)
    gain = worth_of(lines, np.full(len(grid), capacity), grid) + reward * grid
    cost = (grid - wish) ** 2 / wish - gain
    best = fairest_total(lines, wish, low, limit, reward)
    value = (best - wish) ** 2 / wish - worth_of(lines, limit, best) - reward * best
    assert value[0] <= cost.min() + 1e-9
    highest = highest_total(lines, low, np.array([most]), limit, reward)
    assert (worth_of(lines, limit, highest) + reward * highest)[0] >= gain.max() - 1e-9


def test_price_of_effort_is_what_one_more_unit_of_capacity_gains() -> None:
    worth, effort = np.array([[1.0, 0.4]]), np.array([2.0, 1.0])
    lines, wish, none = read_lines(worth, effort), np.array([2.0]), np.zeros(1)

    def value(capacity: float) -> float:
        limit = np.array([capacity])
        total = fairest_total(lines, wish, none, limit, none)
        gain = worth_of(lines, limit, total) - (total - wish) ** 2 / wish
        return float(gain[0])

    for capacity in (1.0, 2.5, 3.0, 4.0, 6.0):
        limit = np.array([capacity])
        total = fairest_total(lines, wish, none, limit, none)
        price = effort_price(lines, limit, total, -2.0 * (total / wish - 1.0))[0]
        step = 1e-6
        rises = [(value(capacity + step) - value(capacity)) / step,
                 (value(capacity) - value(capacity - step)) / step]  # fmt: skip
        assert min(rises) - 1e-4 <= price <= max(rises) + 1e-4


# ---------------------------------------------------------------- plans


def random_instance(seed: int) -> Instance:
    """Draw two regions whose people have capacities in effort and limits over all periods."""
    rng = np.random.default_rng(seed)
    products = ["p", "q", "r"][: rng.integers(1, 4)]
    periods = ["Q1", "Q2"][: rng.integers(1, 3)]
    people = []
    for region, part in (("A", 60.0), ("B", 40.0)):
        number = int(rng.integers(2, 5))
        fair = part / number / len(periods)
        for rep in range(number):
            own = products[: rng.integers(1, len(products) + 1)] if rng.random() < 0.4 else []
            high = float(rng.choice([inf, 0.8, 1.1, 1.5])) * fair
            most = float(rng.choice([inf, inf, 0.7, 0.9])) * fair * len(periods)
            least = min(most, float(rng.choice([0.0, 0.0, 0.6])) * fair * len(periods))
            people.append(Person(f"{region}{rep}", region, high, 0.0, float(rng.choice([1, 2])),
                                 tuple(own), least, most))  # fmt: skip
        people[-1] = replace(people[-2], name=people[-1].name)
    limits = {"potentials": [(Where(periods[0], "A", products[0]), float(rng.uniform(3, 15)))]}
    return make_instance(
        {"A": 60, "B": 40}, 100,
        products={name: float(rng.integers(1, 4)) for name in products},
        periods={name: float(rng.integers(1, 3)) for name in periods},
        people=people,
        effort={name: float(rng.choice([0.0, 0.5, 0.8, 1.0, 1.2, 2.0])) for name in products},
        over_rep=float(rng.choice([0, 0.1])),
        bands=region_bands({"A": 60, "B": 40}, float(rng.choice([0, 0.1]))),
        **(limits if rng.random() < 0.5 else {}),
    )  # fmt: skip


def keeps_limits(instance: Instance, totals: np.ndarray, volume: np.ndarray) -> None:
    """Check totals and volumes against effort and the limits over all periods."""
    reps, pools = instance.reps, read_pools(instance)
    assert reps is not None and pools is not None
    assert (totals <= most_totals(instance) + 1e-6).all()
    if reps.total_low is not None and reps.total_high is not None:
        year = totals.sum(axis=1)
        assert ((year >= reps.total_low - 1e-6) & (year <= reps.total_high + 1e-6)).all()
    if instance.effort is not None:
        cuts = read_cuts(instance, pools, spread_effort(instance)[pools.group, pools.period])
        spare = np.maximum(cuts.effort[None, :] - instance.effort[:, None], 0.0)
        there = volume[pools.group, pools.period] @ spare
        assert (there >= light_needed(instance, pools, cuts, totals) - 1e-5).all()


@pytest.mark.parametrize("seed", range(25))
def test_pooled_agrees_with_joint(seed: int) -> None:
    instance = random_instance(seed)
    try:
        joint = solve_joint(instance)
    except ContradictionError:
        with pytest.raises(ContradictionError):
            solve_pooled(instance)
        return
    found = solve_pooled(instance)
    assert found.placed_most == pytest.approx(joint.placed_most, abs=1e-5)
    assert found.street_most == pytest.approx(joint.street_most, abs=1e-5)
    assert found.objective == pytest.approx(joint.objective, rel=1e-4, abs=1e-5)
    assert found.bound <= joint.objective + 1e-5
    assert least_gap(instance) == pytest.approx(found.placed_most, abs=1e-5)
    assert solve(instance).allocation.objective == pytest.approx(
        found.objective, rel=1e-6, abs=1e-6
    )
    assert found.rep_total is not None and found.volume is not None
    keeps_limits(instance, found.rep_total, found.volume)
    assert instance.reps is not None
    kind = alike(instance, np.arange(len(instance.reps.leaf)))
    for one in np.unique(kind):
        assert np.ptp(found.rep_total[kind == one], axis=0).max() <= 1e-6


def test_effort_is_no_limit_on_totals_but_on_products() -> None:
    """Two reps share 40 heavy and 20 light; who may spend 25 carries the light ones."""
    people = [Person("Ann", "A", 25.0), Person("Ben", "A")]
    mix = {"heavy": 2 / 3, "light": 1 / 3}
    instance = make_instance(
        {"A": 60},
        60,
        products=mix,
        people=people,
        effort={"heavy": 1.0, "light": 0.5},
        bands=product_bands(mix),
    )
    found = solve(instance)
    assert found.method == "decomposed"
    assert found.allocation.rep_total == pytest.approx(np.full((2, 1), 30.0))
    tight = replace(instance, effort=np.array([1.0, 0.8]))
    found = solve(tight)
    assert found.method == "pooled"
    # 20 light units take 16 of the 25, and 9 heavy ones the rest
    assert found.allocation.rep_total is not None
    assert found.allocation.rep_total[:, 0] == pytest.approx([29.0, 31.0])


def test_a_year_that_is_full_is_shared_out_to_the_others() -> None:
    people = [Person("Ann", "A", total_high=20.0), Person("Ben", "A"), Person("Bob", "B")]
    instance = make_instance({"A": 60, "B": 40}, 100, periods={"Q1": 1, "Q2": 1}, people=people,
                             bands=region_bands({"A": 60, "B": 40}, 0.0))  # fmt: skip
    found = solve(instance)
    assert found.method == "pooled"
    wanted = np.array([[10, 10], [20, 20], [20, 20]])
    assert found.allocation.rep_total == pytest.approx(wanted, abs=1e-3)
    assert [(price.kind, price.side, price.rep) for price in found.allocation.prices
            if price.kind == "year"] == [("year", "max", "Ann")]  # fmt: skip


def test_prices_of_years_are_those_of_small_changes() -> None:
    def planned(most: float) -> tuple[float, float]:
        people = [Person("Ann", "A", total_high=most), Person("Ben", "A"), Person("Bob", "B")]
        instance = make_instance({"A": 60, "B": 40}, 100, periods={"Q1": 1, "Q2": 1},
                                 people=people)  # fmt: skip
        found = solve_pooled(instance)
        worth = limit_prices(instance, gather_prices(instance, found.prices), with_gap=False)
        return found.objective, float(worth.year_max[0])

    fall = (planned(19.9)[0] - planned(20.1)[0]) / 0.2
    assert planned(20.0)[1] == pytest.approx(fall, rel=1e-3)


def test_prices_of_capacity_in_effort_are_those_of_small_changes() -> None:
    def planned(capacity: float) -> tuple[float, float]:
        people = [Person("Ann", "A", capacity), Person("Ben", "A")]
        instance = make_instance({"A": 60}, 60, products={"heavy": 2, "light": 1}, people=people,
                                 effort={"heavy": 1.0, "light": 0.8})  # fmt: skip
        found = solve_pooled(instance)
        worth = limit_prices(instance, gather_prices(instance, found.prices), with_gap=False)
        return found.objective, float(worth.rep_max[0, 0])

    fall = (planned(19.9)[0] - planned(20.1)[0]) / 0.2
    assert planned(20.0)[1] == pytest.approx(fall, rel=1e-3)
    assert fall > 0.1


def test_volumes_that_lack_light_products_are_mended() -> None:
    people = [Person("Ann", "A", 25.0), Person("Ben", "A", sells=("heavy",)),
              Person("Cid", "A", sells=("heavy", "light"))]  # fmt: skip
    instance = make_instance({"A": 90}, 90, products={"heavy": 2, "light": 1}, people=people,
                             effort={"heavy": 1.0, "light": 0.8}, over_rep=0.1)  # fmt: skip
    found = solve_pooled(instance)
    assert found.volume is not None and found.rep_total is not None
    keeps_limits(instance, found.rep_total, found.volume)
    rules, pools = read_rules(instance), read_pools(instance)
    assert pools is not None
    placed = found.placed.ravel()[rules.open_cell]
    again = mend_volumes(instance, rules, pools, placed, found.rep_total, found.volume)
    assert again is found.volume


# ---------------------------------------------------------------- contradictions


def changes_of(instance: Instance) -> list[tuple[str, str, str, float | None]]:
    """Return kind, side, rep and new limit of the changes that would help."""
    with pytest.raises(ContradictionError) as caught:
        solve(instance)
    return [(one.kind, one.side, one.rep, one.new_limit) for one in caught.value.changes]


def test_min_total_beyond_capacities_is_told() -> None:
    people = [Person("Ann", "A", 20.0, total_low=50.0), Person("Ben", "A")]
    instance = make_instance({"A": 60}, 60, periods={"Q1": 1, "Q2": 1}, people=people)
    assert changes_of(instance) == [("year", "min", "Ann", 40.0)]


def test_max_total_below_minimums_is_told() -> None:
    people = [Person("Ann", "A", low=20.0, total_high=30.0), Person("Ben", "A")]
    instance = make_instance({"A": 60}, 60, periods={"Q1": 1, "Q2": 1}, people=people)
    ((kind, side, _, new),) = changes_of(instance)
    assert (kind, side) == ("min", "min") and new == 10.0


def test_max_growth_below_a_lock_is_told() -> None:
    people = [Person("Ann", "A", total_high=30.0), Person("Ben", "A")]
    instance = make_instance({"A": 60}, 60, people=people, rep_locks=[("Ann", "*", "*", 36.0)])
    assert instance.reps is not None and instance.reps.total_given is not None
    given = replace(
        instance.reps.total_given,
        max_total=np.full(2, inf),
        max_growth=np.array([0.2, np.nan]),
        before=np.array([25.0, np.nan]),
    )
    grown = replace(instance, reps=replace(instance.reps, total_given=given))
    assert changes_of(grown) == [("growth", "max", "Ann", pytest.approx(0.44))]


def test_minimums_beyond_effort_are_told() -> None:
    """Light products sell 10; the other minimum of 25 would take 50 of effort."""
    people = [Person("Ann", "A", high=40.0, low=30.0)]
    instance = make_instance({"A": 60}, 60, products={"heavy": 5, "light": 1}, people=people,
                             effort={"heavy": 2.0, "light": 1.0},
                             potentials=[(Where(product="light"), 10.0)])  # fmt: skip
    ((kind, side, _, new),) = changes_of(instance)
    assert (kind, side, new) == ("min", "min", 25.0)


# ---------------------------------------------------------------- random scenarios


@settings(max_examples=int(os.environ.get("QUOTAPLAN_EXAMPLES", "60")) // 10,
          suppress_health_check=list(HealthCheck), deadline=None)  # fmt: skip
@given(limited_worlds())
def test_plans_pass_verify_and_contradictions_can_be_mended(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write_world(Path(name) / "scenario", world.settings, **world.tables)
        try:
            event(plan(folder, Path(name) / "run").status)
        except InputError:
            event("input error")
        except ContradictionError as error:
            event("contradiction")
            assert error.changes
            scenario = load_scenarios(folder).scenarios[0]
            solve(build_instance(apply_changes(scenario, error.changes)))
