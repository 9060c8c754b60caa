"""Trials of stress, step by step: periods in their order, deals moved, closed form, figures."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.incentives.plan import Plan
from optimizer.problem.instance import Floats
from optimizer.stress import closed, gaming
from optimizer.stress.attainment import log_normal
from optimizer.stress.awards import Reward
from optimizer.stress.basis import Basis
from optimizer.stress.closed import (
    MEAN,
    NODES,
    THIRD,
    VARIANCE,
    Curves,
    _costs_of,
    build_curves,
    closed_costs,
)
from optimizer.stress.course import Course
from optimizer.stress.factors import REPLICATES, Factors
from optimizer.stress.gaming import _drawn, gaming_gain
from optimizer.stress.measures import cost_figures, quantile, reserve, steps
from optimizer.stress.moments import _below
from optimizer.stress.payout import pay
from optimizer.stress.pools import Fund
from optimizer.stress.rules import Shock, Spread, StressRules
from optimizer.stress.schedule import Bands, Schedule
from optimizer.stress.simulate import Turn, factors_of
from optimizer.stress.tiers import Tiers
from optimizer.stress.world import Paying
from tests.stress_worlds import BANDS, Commission, make_payees, make_world, tiers

# ---------------------------------------------------------------- period after period


def paying(
    reps: list[int],
    amount: list[float],
    *,
    basis: Basis | None = None,
    blocks: tuple[Basis | None, ...] = (None,),
    kind: str = "period",
    **more: Any,
) -> Paying:
    """Return a plan that pays an amount per 100 % of attainment, in two periods."""
    number = len(reps)
    block = Tiers(("t",), np.zeros((1, number)), np.ones(1), np.array(amount), True, True)
    schedule = Schedule(np.array(reps), (block,), None, np.ones(number), np.full(number, np.inf),
                        np.zeros(number))  # fmt: skip
    schedule = replace(schedule, **more)
    own = basis or Basis(((0,), (1,)), np.ones((2, 4)), np.ones((2, number)))
    return Paying(Plan("p", basis=kind), np.array(reps), (schedule, schedule), own, blocks)


def world(*plans: Paying, **more: Any) -> Any:
    plain: dict[str, Any] = {
        "paying": plans, "rewards": (), "looks_back": False, "funds": ((), ()),
        "target": np.full((2, 4), 0.5), "before": (None, None),
    }  # fmt: skip
    return SimpleNamespace(**(plain | more))


NOW = np.array([[1.0, 2.0, 3.0, 4.0], [0.5, 0.5, 0.5, 0.5]])
Told = dict[tuple[str, str], list[list[float]]]


def course(own: Any) -> tuple[Course, Told]:
    told: Told = {}
    return Course(own, lambda *one: told.update({one[:2]: one[2].tolist()})), told


def test_each_plan_pays_its_own_reps() -> None:
    """The last of all has no plan."""
    one, other = paying([2, 0], [10.0, 20.0]), paying([1], [1.0])
    found = Course(world(one, other))
    assert found.pay(0, NOW.copy()).tolist() == [[20, 2, 30, 0], [10, 0.5, 5, 0]]
    assert [look.attainment.tolist() for look in found.looks] == [
        [[3, 1], [0.5, 0.5]], [[2], [0.5]],
    ]  # fmt: skip
    assert [look.before for look in found.looks] == [None, None]
    everybody = Course(world(paying([0, 1, 2, 3], [1.0, 2.0, 3.0, 4.0])))
    assert everybody.pay(0, NOW.copy())[0].tolist() == [1, 4, 9, 16]
    crossed = Course(world(paying([0, 1, 2], [1.0, 2.0, 3.0]), paying([3], [4.0])))
    assert crossed.pay(0, NOW.copy())[0].tolist() == [1, 4, 9, 16]


def fund(member: list[int], **more: Any) -> Fund:
    """Return a pool of one group that shares alike half of what is above its goal."""
    number = len(member)
    plain = Fund("pool", np.array(member), np.array([0]), np.array([1.0]),
                 np.full(number, 1 / number), np.zeros(number), 0.5, 1.0, 1.0)  # fmt: skip
    return replace(plain, **more)


@pytest.mark.parametrize("member", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3]], ids=str)
def test_pools_come_on_top_and_are_told(member: list[int]) -> None:
    """The first pool has half of what is above 1 for its members; the second sells too little."""
    plan = paying([0, 1, 2, 3], [1.0] * 4)
    weight = np.array([1.0, 0.5, 0.5, 0.5])
    funds = (fund(member), fund([0])), ()
    own, told = course(world(plan, funds=funds, target=np.stack([weight] * 2)))
    paid = own.pay(0, NOW.copy())
    excess = np.maximum((NOW * weight)[:, member].sum(axis=1) - 1, 0)
    is_member = np.isin(np.arange(4), member)
    assert paid == pytest.approx(NOW + is_member * (0.5 * excess / len(member))[:, None])
    assert told["component", "pool pool"] == [[0.0], [0.0]]


def test_awards_count_from_period_to_period() -> None:
    """Two periods at 100 %, one of them held before; who has no target never holds it."""
    reward = Reward("streak", np.array([1, 0, 3]), 100.0, 1.0, 2, True, np.array([1, 0, 0]), None)
    target = np.array([[0.5, 0.5, 0.5, 0.0], [0.5, 0.5, 0.5, 0.0]])
    own, told = course(world(paying([0, 1, 2, 3], [0.0] * 4), rewards=(reward,), looks_back=True,
                             target=target))  # fmt: skip
    first = own.pay(0, NOW.copy())
    assert first.tolist() == [[0, 100, 0, 0], [0, 0, 0, 0]]
    assert told["component", "award streak"] == [[100, 0, 0], [0, 0, 0]]
    second = own.pay(1, np.full((2, 4), 1.0))
    assert second.tolist() == [[100, 0, 0, 0], [0, 0, 0, 0]]


def test_guarantees_fill_up_all_other_pay() -> None:
    plan = paying([0, 2], [1.0, 1.0], guarantee=np.array([2.0, 0.0]))
    own, told = course(world(plan, paying([1], [1.0]), funds=((fund([0, 1, 2, 3]),), ())))
    paid = own.pay(0, NOW.copy())
    assert paid.tolist() == [[2, 2.5, 3.5, 0.5], [2, 0.5, 0.5, 0]]
    assert told["component", "guarantee"] == [[0.5, 0], [1.5, 0]]
    assert told["component", "pool pool"] == [[0.5] * 4, [0.0] * 4]
    small, told = course(world(paying([0], [0.0], guarantee=np.array([0.25]))))
    assert small.pay(0, NOW.copy())[0].tolist() == [0.25, 0, 0, 0]
    without, told = course(world(paying([0], [0.0])))
    without.pay(0, NOW.copy())
    assert ("component", "guarantee") not in told


def test_what_was_paid_before_is_taken_off_and_never_asked_back() -> None:
    """Year to date: 150 % of 2 and 50 % of 2 are 100 % of 4; the third period begins anew."""
    weight = np.full((3, 1), 2.0)
    basis = Basis(((0,), (0, 1), (0, 1, 2)), weight, np.array([[2.0], [4.0], [2.0]]))
    plan = paying([0], [10.0], basis=basis, kind="cumulative")
    plan = replace(plan, schedules=plan.schedules * 2)
    own, told = course(world(plan, target=weight, funds=((), (), ())))
    assert own.pay(0, np.array([[1.5], [0.5]])).tolist() == [[15], [5]]
    assert told["component", "paid before"] == [[0], [0]]
    assert own.pay(1, np.array([[0.5], [2.0]])).tolist() == [[0], [7.5]]
    assert told["component", "paid before"] == [[-10], [-5]]
    assert own.pay(2, np.array([[0.5], [0.0]])).tolist() == [[10], [12.5]]
    assert told["component", "paid before"] == [[-15], [-12.5]]


PROGRESS = {
    "bands": Bands(("x",), np.array([0.0]), np.array([1.0]), False, np.full(4, 10.0)),
    "tiers": (), "progress": (0.5, 0.0, 2.0),
}  # fmt: skip


@pytest.mark.parametrize(
    ("known", "looks_back", "paid"),
    [
        ((None, None), False, [[10, 10, 10, 10], [10, 10, 10, 10]]),
        ((None, None), True, [[10, 10, 10, 10], [10, 20, 10, 10]]),
        ((np.array([0.5, 1.0, np.nan, 9]), None), False, [[20, 10, 10, 10], [10, 10, 10, 10]]),
        ((None, np.array([0.9, 9.0, np.nan, 1.0])), True, [[10, 10, 10, 10], [20, 10, 10, 20]]),
    ],
)
def test_progress_looks_at_what_is_known_else_at_what_was_paid(
    known: Any, looks_back: bool, paid: list[list[float]]
) -> None:
    """From 100 % for all to 140, 150, 149 and 150 %, the last one without a target before."""
    target = np.array([[0.5, 0.5, 0.5, 0.0], [0.5] * 4])
    plan = paying([0, 1, 2, 3], [0.0] * 4, **PROGRESS)
    own = Course(world(plan, before=known, looks_back=looks_back, target=target))
    found = [own.pay(0, np.full((1, 4), 1.0)), own.pay(1, np.array([[1.4, 1.5, 1.49, 1.5]]))]
    assert [one[0].tolist() for one in found] == paid


def test_a_group_reaches_what_it_is_paid_on() -> None:
    """Later periods look back at the attainment of the group, where it has a target."""
    basis = Basis(((0,), (1,)), np.full((2, 4), 0.25), np.array([[0.5, 0.0], [0.5, 0.5]]),
                  np.arange(4), np.array([0, 2]), np.array([0, 1]))  # fmt: skip
    reward = Reward("held", np.array([0, 2, 3]), 1.0, 1.5, 1, True, np.zeros(3, int), None)
    block = replace(basis, target=basis.target * 2 + 0.5)
    plan = paying([0, 2], [10.0, 20.0], basis=basis, blocks=(block,))
    own = Course(world(plan, looks_back=True, rewards=(reward,)))
    paid = own.pay(0, NOW.copy())
    assert own.looks[0].attainment.tolist() == [[1.5, 0], [0.5, 0]]
    assert own.looks[0].blocks[0] is not None
    assert own.looks[0].blocks[0].tolist() == [[0.5, 3.5], [0.166667, 0.5]]
    # Nobody looks back at the third one's 300 %: the group, without a target, has reached nothing.
    assert paid.tolist() == pytest.approx(np.array([[6, 0, 70, 1], [10 / 6, 0, 10, 0]]), abs=1e-4)


# ---------------------------------------------------------------- compiled kernels


def test_kernels_are_told_where_each_tier_and_band_ends() -> None:
    """The first band has no start and the last no end."""
    calls: list[tuple[Any, ...]] = []

    def called(*one: Any) -> Floats:
        calls.append(one)
        return np.zeros((1, 2))

    kernels: Any = SimpleNamespace(
        commission=lambda *one: called("commission", *one), tier=lambda *one: called("tier", *one),
        bonus=lambda *one: called("bonus", *one), band=lambda *one: called("band", *one),
    )  # fmt: skip
    block = Tiers(("a", "b"), np.array([[0.0, 0.0], [0.9, 0.8]]), np.array([0.1, 0.3]),
                  np.array([10.0, 20.0]), True, False)  # fmt: skip
    bands = Bands(("x", "y", "z"), np.array([0.5, 0.8, 1.0]), np.ones(3), False, np.ones(2))
    rules = Schedule(np.arange(2), (block, block), bands, np.ones(2), np.full(2, np.inf),
                     np.zeros(2))  # fmt: skip
    at = np.array([[1.0, 2.0]])
    told: list[tuple[str, str]] = []
    pay(rules, at, None, lambda *one: told.append(one[:2]), (at + 1, None), kernels)
    tiers_told = [one for one in calls if one[0] == "tier"]
    assert [one[1].tolist() for one in tiers_told] == [[[2, 3]]] * 2 + [[[1, 2]]] * 2
    assert [np.asarray(one[2]).tolist() for one in tiers_told] == [[0, 0], [0.9, 0.8]] * 2
    assert [np.asarray(one[3]).tolist() for one in tiers_told] == [[0.9, 0.8], np.inf] * 2
    assert tiers_told[1][4] == pytest.approx([3.0, 6.0])
    found = [one[2:4] for one in calls if one[0] == "band"]
    assert np.array_equal(found, [(-np.inf, 0.8), (0.8, 1.0), (1.0, np.nan)], equal_nan=True)
    assert told == [("tier", "a"), ("tier", "b")] * 2 + [("component", "commission")] + [
        ("tier", "x"), ("tier", "y"), ("tier", "z"), ("component", "bonus"),
    ]  # fmt: skip
    (loud,) = [one for one in calls if one[0] == "bonus"]
    assert loud[-1] is None
    calls.clear()
    pay(rules, at, None, None, (), kernels)
    assert [one[0] for one in calls] == ["commission", "commission", "bonus"]
    assert calls[0][-1] is None and calls[1][-1] is not None and calls[2][-1] is not None
    assert calls[0][3].tolist() == pytest.approx([0.1, 0.2])


def test_the_first_band_holds_all_below_it() -> None:
    """Rank may lift somebody who is below every knot, and that is told by the first one."""
    bands = Bands(("x", "y"), np.array([0.5, 0.8]), np.array([1.0, 2.0]), False, np.ones(1))
    rules = Schedule(np.arange(1), (), bands, np.ones(1), np.full(1, np.inf), np.zeros(1),
                     progress=(0.1, 0.0, 1.5))  # fmt: skip
    told: Told = {}
    at = np.array([[0.3], [0.5], [0.8]])
    pay(rules, at, np.zeros((3, 1)), lambda *one: told.update({one[:2]: one[2].tolist()}))
    assert told["tier", "x"] == [[1.5], [1.5], [0]]
    assert told["tier", "y"] == [[0], [0], [2]]


# ---------------------------------------------------------------- deals moved


FLAT = Plan("p", commissions=(Commission("marginal", tiers((0.0, 0.01))),))
CLIFF = Plan("p", commissions=(Commission("retroactive", tiers((0.0, 0.0), (1.0, 0.01))),))


def test_nobody_gains_by_moving_deals_where_one_rate_holds() -> None:
    found = gaming_gain(make_world(FLAT, StressRules(), make_payees(6, 2, periods=2)))
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-9)
    group = replace(CLIFF, of="team")
    assert gaming_gain(make_world(group, StressRules(), make_payees(6, 2))) is None


def test_gains_of_all_plans_periods_and_reps_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 97 % one gets over the cliff by a later deal, but in the last period by 4 % of two."""
    payees = make_payees(5, 1, periods=2)
    one, other = (replace(CLIFF, name=name, match={"role": (name,)})
                  for name in ("senior", "newcomer"))  # fmt: skip
    own = make_world((one, other, replace(CLIFF, of="team", name="x")), StressRules(), payees)
    same = [np.full((4, 5), 0.97), np.full((4, 5), 0.2), np.full((4, 5), 0.2)]

    def drawn(_: Any, replicate: int) -> list[Floats]:
        return [one + (0.04 if replicate == 0 else 0.0) * (one > 0.5) for one in same]

    monkeypatch.setattr(gaming, "_drawn", drawn)
    found = gaming_gain(own)
    first, second = payees.target.sum(axis=2)
    shift = 0.05 * np.minimum(first, second) / first
    gained = np.where(0.97 + shift >= 1, 0.01 * (0.97 + shift) * first, 0.0).sum()
    full = (0.01 * np.minimum(shift, 9) * first).sum()
    assert found is not None
    assert found.value == pytest.approx((gained * (REPLICATES - 1) + full) / REPLICATES)
    assert found.standard_error == pytest.approx(abs(gained - full) / REPLICATES)


def test_deals_are_drawn_for_each_period_and_one_more() -> None:
    """With all in common, the one more has other factors than the last, and nothing else."""
    rules = StressRules(seed=5, company=1.0, region=0.0, spreads=(Spread(mean=0.9, cv=0.3),))
    own = make_world(FLAT, rules, make_payees(3, 2, periods=2))
    found = _drawn(own, 7)
    assert [one.shape for one in found] == [(4, 3)] * 3
    mean, spread = log_normal(0.9, 0.3)
    plain, fresh = factors_of(own, 7, 4, Turn()), factors_of(own, 7, 4, Turn(fresh="company"))
    common = [plain.company[:, 0], plain.company[:, 1], fresh.company[:, 1]]
    for one, factor in zip(found, common, strict=True):
        assert one == pytest.approx(np.repeat(np.exp(mean + spread * factor)[:, None], 3, axis=1))
    apart = _drawn(make_world(FLAT, replace(rules, company=0.0), make_payees(3, 2, periods=2)), 7)
    assert len(np.unique(np.stack(apart))) == 3 * 4 * 3


# ---------------------------------------------------------------- closed form


def flat_curves(factor: Floats, target: Floats, own: float, hit: float) -> list[Floats]:
    """Return mean, variance and third cumulant of 1 % of lognormal sales."""
    mean, spread = log_normal(1.0, 0.25)
    scale = 0.01 * hit * np.exp(mean + spread * factor) * target
    power = np.exp(own * spread**2)
    return [
        scale * power**0.5,
        scale**2 * power * (power - 1),
        scale**3 * power**1.5 * (power**3 - 3 * power + 2),
    ]


@pytest.mark.parametrize(("company", "region"), [(0.3, 0.2), (0.0, 0.0)])
def test_curves_of_one_rate_are_those_of_a_lognormal(company: float, region: float) -> None:
    shocks = (Shock("half", 0.5, 0.1), Shock("stop", 0.0, 0.1))
    rules = StressRules(company=company, region=region, shocks=shocks)
    payees = make_payees(5, 2, periods=2)
    own = make_world(FLAT, rules, payees)
    curves = build_curves(own, own.paying)
    assert curves.region == region
    assert curves.reach == pytest.approx(5.5 * np.sqrt(company + region))
    target = payees.target.sum(axis=2)
    places = np.array([-1.0, 0.0, 2.0]) if company else np.zeros(3)
    for comes, hit in (((False, False), 1.0), ((True, False), 0.5), ((False, True), 0.0),
                       ((True, True), 0.0)):  # fmt: skip
        for period in range(2):
            found = curves.at(comes, period, np.repeat(places[:, None], 2, axis=1))
            for trial, factor in enumerate(places):
                wanted = flat_curves(factor, target[period], 1 - company - region, hit)
                for quantity, each in enumerate(wanted):
                    sums = np.bincount(own.region, each)
                    assert found[quantity, trial] == pytest.approx(sums, rel=1e-3, abs=1e-9)


def test_whose_sales_are_gone_is_paid_what_nothing_pays() -> None:
    """A bonus from 0 on is paid whatever comes, without a spread."""
    knot = replace(BANDS.knots[0], multiplier=BANDS.knots[1].multiplier)
    plan = replace(FLAT, bonus=replace(BANDS, knots=(knot,)))
    own = make_world(plan, StressRules(shocks=(Shock("stop", 0.0, 0.1),)), make_payees(4, 1))
    curves = build_curves(own, own.paying)
    assert curves.at((True,), 0, np.zeros((1, 1)))[:, 0, 0] == pytest.approx([4 * 3 * 0.8, 0, 0])


def test_without_anything_in_common_one_node_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = closed._at_nodes

    def counted(*one: Any) -> Floats:
        asked.append(len(one[-1]))
        return real(*one)

    monkeypatch.setattr(closed, "_at_nodes", counted)
    payees = make_payees(4, 1)
    for company, numbers in ((0.0, [1]), (0.2, [25])):
        own = make_world(FLAT, StressRules(company=company, region=0.0), payees)
        build_curves(own, own.paying)
        assert asked == numbers
        asked.clear()
    monkeypatch.setattr(closed, "_settled", lambda _: len(asked) == 3)
    build_curves(own, own.paying)
    assert asked == [25, 33, 49]
    # With an odd number of nodes the middle of the law is one of them.
    assert all(number % 2 for number in NODES) and sorted(NODES) == list(NODES)


def linear_curves(region: float, regions: int, shocks: int = 0) -> Curves:
    """Return means 10 + factor, variances 4 and third cumulants 16 of each region; 1000 shocked."""
    at = np.linspace(-3, 3, 2049)
    table = np.stack([10 + at, 4 + 0 * at, 16 + 0 * at], axis=1)
    both = np.stack([np.stack([table * (region + 1) for region in range(regions)])] * 2)
    tables = {(): both} if not shocks else {(False,): both, (True,): both + np.array([1000, 0, 0])}
    return Curves(3.0, region, tables)


@pytest.mark.parametrize("region", [0.0, 0.25])
def test_a_trial_costs_its_mean_and_one_draw_for_what_is_own(region: float) -> None:
    """Two periods of regions that count once and twice; sd and skewness of the sums."""
    own: Any = SimpleNamespace(
        laws=SimpleNamespace(company=0.25), regions=("a", "b"),
        payees=SimpleNamespace(periods=("1", "2")),
    )  # fmt: skip
    factors = Factors(
        np.array([[1.0, -1.0], [0.5, 2.0], [0.0, 0.0]]),
        np.array([[[1.0, 2.0], [0.0, 0.5]], [[-1.0, 0], [0, 1]], [[0.0, 0], [0, 0]]]),
        np.array([0.0, 2.0, -1.0]), np.zeros((3, 0), dtype=bool),
    )  # fmt: skip
    found = _costs_of(own, linear_curves(region, 2), factors)
    sd, skew = np.sqrt(24.0), 96 / 24**1.5
    for trial in range(3):
        common = 0.5 * factors.company[trial][:, None] + np.sqrt(region) * factors.region[trial]
        mean = ((10 + common) * [1, 2]).sum()
        z = factors.own[trial]
        assert found[trial] == pytest.approx(mean + sd * (z + skew * (z**2 - 1) / 6), rel=1e-4)
    struck = replace(factors, struck=np.array([[False], [True], [False]]))
    shocked = _costs_of(own, linear_curves(region, 2, shocks=1), struck)
    assert shocked - found == pytest.approx([0, 4000, 0])
    still = Curves(0.0, 0.0, {(): np.tile([5.0, 0.0, 0.0], (2, 2, 1, 1))})
    own.laws.company = 0.0
    assert _costs_of(own, still, factors).tolist() == [20.0] * 3
    assert (MEAN, VARIANCE, THIRD) == (0, 1, 2)


def test_costs_in_closed_form_come_in_sets_of_the_same_factors() -> None:
    own = make_world(FLAT, StressRules(seed=2), make_payees(5, 2, periods=2))
    curves = build_curves(own, own.paying)
    found = closed_costs(own, curves, 6)
    assert found.total.shape == (REPLICATES, 6)
    for replicate in (0, 5):
        factors = factors_of(own, replicate, 6, Turn())
        assert found.total[replicate].tolist() == _costs_of(own, curves, factors).tolist()
    fresh = closed_costs(own, curves, 6, Turn(fresh="company"))
    assert (fresh.total != found.total).all()


# ---------------------------------------------------------------- figures


def test_errors_of_quantiles_count_ties_once_below_and_once_within() -> None:
    """Of costs in steps, the shares below and up to the quantile differ."""
    sets = np.random.default_rng(4).integers(0, 6, (8, 100)).astype(float)
    sets[:, :30] = 2.0
    found = quantile(sets, 0.4)
    assert found.value == 2.0
    below, within = ([each.mean() for each in ties] for ties in (sets < 2.0, sets <= 2.0))
    errors = [np.std(one, ddof=1) / np.sqrt(8) for one in (below, within)]
    low, high = max(0.4 - 2 * errors[0], 0), min(0.4 + 2 * errors[1], 1)
    ends = np.quantile(sets, [low, high], method="median_unbiased")
    reach = (high - low) / sum(errors)
    assert found.standard_error == pytest.approx((ends[1] - ends[0]) / (2 * reach))
    top = np.tile([0.0, 0.0, 0.0, 1.0, 5.0], (8, 20)) + np.arange(8)[:, None] * (
        np.arange(100) > 90
    )
    wide = quantile(top, 0.6)
    below, within = ([each.mean() for each in ties]
                     for ties in (top < wide.value, top <= wide.value))  # fmt: skip
    errors = [np.std(one, ddof=1) / np.sqrt(8) for one in (below, within)]
    assert errors[0] != errors[1]
    low, high = 0.6 - 2 * errors[0], 0.6 + 2 * errors[1]
    ends = np.quantile(top, [low, high], method="median_unbiased")
    expected = (ends[1] - ends[0]) / (2 * (high - low) / sum(errors))
    assert wide.standard_error == pytest.approx(expected)


def test_small_costs_are_told_apart_like_large_ones() -> None:
    costs = np.arange(1.0, 1001.0).reshape(4, 250)
    for scale in (1.0, 1e-12):
        assert steps(costs * scale, cost_figures(costs * scale)) == {}
        found = reserve(costs * scale)
        assert found.value / scale == pytest.approx(reserve(costs).value)
        assert found.standard_error / scale == pytest.approx(reserve(costs).standard_error)


def test_reps_who_are_alike_are_worked_out_once() -> None:
    assert _below(np.zeros(3), np.full(3, 0.5)).shape == (4, 1)
    assert _below(np.zeros(3), np.array([0.5, 0.5, 0.6])).shape == (4, 3)
    assert _below(np.array([0.0, 0.0, 0.1]), np.full(3, 0.5)).shape == (4, 3)
