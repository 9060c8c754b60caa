"""What stress pays at an attainment, against a slow and obvious reading of the rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.incentives.plan import Commission, Gate, Plan, Pool
from optimizer.stress.course import Course
from optimizer.stress.curve_table import cliffs, payout_curves
from optimizer.stress.moments import pay_cumulants, tidied
from optimizer.stress.payees import Payees
from optimizer.stress.pieces import payout_pieces
from optimizer.stress.rules import StressRules
from optimizer.stress.schedule import in_single
from optimizer.stress.world import World
from tests.stress_worlds import (
    FUND,
    METRICS,
    PRODUCTS,
    SHAPES,
    exact,
    make_payees,
    make_world,
    tiers,
)

RULES = StressRules(metrics=METRICS)
OWN = [name for name, plan in SHAPES.items() if plan.of == "rep" and plan.basis == "period"]
CURVED = [name for name in OWN if name not in ("rank", "progress")]


def slow_commission(block: Commission, payees: Payees, period: int, rep: int, at: float) -> float:
    chosen = [place for place, name in enumerate(PRODUCTS) if name in (block.products or PRODUCTS)]
    levels = {
        level: float(getattr(payees, level)[period, rep, chosen].sum())
        for level in ("floor", "target", "stretch")
    }
    target = levels["target"]
    starts = [
        levels[tier.start.level] / target
        if tier.start.attainment is None
        else float(tier.start.attainment)
        for tier in block.tiers
    ]
    if block.mode == "retroactive":
        reached = [
            float(tier.rate) for tier, start in zip(block.tiers, starts, strict=True) if at >= start
        ]
        return at * target * reached[-1] if reached else 0.0
    paid = 0.0
    for place, tier in enumerate(block.tiers):
        end = starts[place + 1] if place + 1 < len(starts) else float("inf")
        paid += max(0.0, min(at, end) - starts[place]) * target * float(tier.rate)
    return paid


def slow_multiplier(plan: Plan, at: float) -> float:
    assert plan.bonus is not None
    points = [(float(knot.start), float(knot.multiplier)) for knot in plan.bonus.knots]
    reached = [place for place, (start, _) in enumerate(points) if at >= start]
    if not reached:
        return 0.0
    start, value = points[reached[-1]]
    if plan.bonus.mode == "band" or reached[-1] + 1 == len(points):
        return value
    following, other = points[reached[-1] + 1]
    return value + (other - value) * (at - start) / (following - start)


def slow_pay(plan: Plan, payees: Payees, period: int, rep: int, at: float, least: float) -> float:
    paid = sum(slow_commission(block, payees, period, rep, at) for block in plan.commissions)
    incentive = 0.0
    if plan.bonus is not None:
        incentive = float(plan.bonus.target_incentive)  # type: ignore[arg-type]
        paid += incentive * max(slow_multiplier(plan, at), least)
    for gate in plan.gates:
        paid *= float(gate.factor) if METRICS[gate.metric] < float(gate.below) else 1.0
    if plan.cap is not None:
        paid = min(paid, float(plan.cap.amount or 0) or float(plan.cap.times or 0) * incentive)
    return max(paid, float(plan.guarantee.amount) if plan.guarantee is not None else 0.0)


def slow_least(plan: Plan, world: World, row: np.ndarray, before: np.ndarray | None) -> list[float]:
    """Return the multiplier that rank and progress lift each rep's bonus to."""
    least = [0.0] * len(row)
    rank = None if plan.bonus is None else plan.bonus.rank
    if rank is not None:
        for region in range(len(world.regions)):
            group = [rep for rep in range(len(row)) if world.region[rep] == region]
            number = int(np.ceil(float(rank.top) * len(group)))
            cut = sorted((row[rep] for rep in group), reverse=True)[number - 1]
            for rep in group if len(group) >= rank.min_group else []:
                if row[rep] >= cut and row[rep] >= float(rank.start):
                    least[rep] = float(rank.multiplier)
    progress = None if plan.bonus is None else plan.bonus.progress
    if progress is not None and before is not None:
        for rep in range(len(row)):
            if round(row[rep] - before[rep], 6) >= float(progress.gain) and row[rep] >= float(
                progress.start
            ):
                least[rep] = max(least[rep], float(progress.multiplier))
    return least


def drawn(payees: Payees, trials: int, seed: int = 5) -> np.ndarray:
    """Return attainments, some of them on a threshold, (trial, rep)."""
    random = np.random.default_rng(seed)
    found = np.exp(random.normal(-0.1, 0.4, size=(trials, len(payees))))
    on = random.random(found.shape) < 0.2
    return np.where(on, random.choice([0.0, 0.5, 0.6, 0.8, 0.9, 1.0, 1.2, 1.5], found.shape), found)


@pytest.mark.parametrize("name", OWN)
def test_every_shape_pays_as_its_rules_read(name: str) -> None:
    payees = make_payees(12, 2, periods=2)
    world, plan = make_world(SHAPES[name], RULES, payees), SHAPES[name]
    course, before = Course(world), None
    for period in range(2):
        attainment = drawn(payees, 40, period)
        paid = course.pay(period, attainment)
        for trial, row in enumerate(attainment):
            least = slow_least(plan, world, row, None if before is None else before[trial])
            wanted = [
                slow_pay(plan, payees, period, rep, float(at), least[rep])
                for rep, at in enumerate(row)
            ]
            assert paid[trial] == pytest.approx(wanted, rel=1e-12, abs=1e-12)
        before = attainment


@pytest.mark.parametrize("name", CURVED)
def test_curves_and_single_precision_pay_the_same(name: str) -> None:
    payees = make_payees(12, 2)
    world = make_world(SHAPES[name], RULES, payees)
    pieces = tidied(payout_pieces(world.paying[0].schedules[0]))
    single = replace(world.paying[0], schedules=(in_single(world.paying[0].schedules[0]),))
    for at in (0.0, 0.3, 0.5, 0.6, 0.79, 0.8, 0.95, 1.0, 1.19, 1.2, 1.4, 1.5, 2.7):
        row = np.full((1, len(payees)), at)
        wanted = Course(world).pay(0, row)[0]
        assert pieces.at(at) == pytest.approx(wanted, rel=1e-12, abs=1e-12)
        rough = Course(replace(world, paying=(single,))).pay(0, row.astype(np.float32))[0]
        assert rough == pytest.approx(wanted, rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("name", CURVED)
def test_moments_are_those_of_many_attainments(name: str) -> None:
    payees = make_payees(6, 1)
    world = make_world(SHAPES[name], RULES, payees)
    pieces = tidied(payout_pieces(world.paying[0].schedules[0]))
    middle, spread = np.full(6, -0.1), np.full(6, 0.35)
    found = pay_cumulants(pieces, middle, spread)
    # Even quantiles: the midpoint rule over the whole law.
    steps = (np.arange(200_000) + 0.5) / 200_000
    from scipy.special import ndtri

    level = np.exp(-0.1 + 0.35 * ndtri(steps))
    for rep in range(6):
        place = np.searchsorted(pieces.start[:, rep], level, side="right") - 1
        paid = pieces.level[place, rep] + pieces.slope[place, rep] * level
        assert found[0, rep] == pytest.approx(paid.mean(), rel=1e-4)
        assert found[1, rep] == pytest.approx(paid.var(), rel=1e-3)
        third = ((paid - paid.mean()) ** 3).mean()
        assert found[2, rep] == pytest.approx(third, rel=5e-3, abs=1e-3 * paid.std() ** 3)


def test_a_plan_on_the_team_pays_each_on_the_attainment_of_all() -> None:
    payees = make_payees(10, 1)
    world = make_world(SHAPES["team"], RULES, payees)
    attainment = drawn(payees, 20)
    paid = Course(world).pay(0, attainment)
    target = payees.target[0].sum(axis=1)
    for first in (0, 5):
        group = slice(first, first + 5)
        sold = (attainment[:, group] * target[group]).sum(axis=1)
        # Each is paid as one rep who carries the target of the whole team.
        alone = replace(
            make_payees(1, 1),
            floor=payees.floor[:, group].sum(axis=1, keepdims=True),
            target=payees.target[:, group].sum(axis=1, keepdims=True),
            stretch=payees.stretch[:, group].sum(axis=1, keepdims=True),
        )
        plan = replace(SHAPES["team"], of="rep")
        for trial in range(20):
            at = round(float(sold[trial] / target[group].sum()), 6)
            wanted = slow_pay(plan, alone, 0, 0, at, 0.0)
            assert paid[trial, group] == pytest.approx([wanted] * 5, rel=1e-9)


def test_the_year_to_date_pays_what_is_left_of_the_whole() -> None:
    payees = make_payees(8, 1, periods=3)
    world = make_world(SHAPES["year to date"], RULES, payees)
    target = payees.target.sum(axis=2)
    course, sold, paid = Course(world), np.zeros((30, 8)), np.zeros((30, 8))
    plan = replace(SHAPES["year to date"], basis="period")
    for period in range(3):
        attainment = drawn(payees, 30, period)
        sold += attainment * target[period]
        now = course.pay(period, attainment)
        assert (now >= 0).all()
        whole = replace(
            payees,
            floor=payees.floor[: period + 1].sum(axis=0, keepdims=True),
            target=payees.target[: period + 1].sum(axis=0, keepdims=True),
            stretch=payees.stretch[: period + 1].sum(axis=0, keepdims=True),
        )
        bonus = plan.bonus
        assert bonus is not None
        scaled = replace(bonus, target_incentive=bonus.target_incentive * (period + 1))
        for trial in range(30):
            for rep in range(8):
                at = round(float(sold[trial, rep] / target[: period + 1, rep].sum()), 6)
                due = slow_pay(replace(plan, bonus=scaled), whole, 0, rep, at, 0.0)
                wanted = max(due - paid[trial, rep], 0.0)
                assert now[trial, rep] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
        paid += now


@pytest.mark.parametrize("split", ["equal", "amount", "none"])
@pytest.mark.parametrize("of", ["team", "region", "company"])
def test_a_pool_shares_the_excess_over_the_goal(of: str, split: str) -> None:
    payees = make_payees(10, 2)
    pool = Pool("fund", exact(0.1), of=of, split=split, trigger=exact(1.05), over=exact(1))
    world = make_world(Plan("p"), RULES, payees, (pool,))
    attainment = drawn(payees, 30) + 0.15
    paid = Course(world).pay(0, attainment)
    target = payees.target[0].sum(axis=1)
    group = np.full(10, "*") if of == "company" else payees.labels(of)
    for name in sorted(set(group)):
        own = group == name
        sold, goal = (attainment[:, own] * target[own]).sum(axis=1), float(target[own].sum())
        wanted = np.where(sold >= 1.05 * goal, 0.1 * (sold - goal), 0.0)
        assert paid[:, own].sum(axis=1) == pytest.approx(wanted)
        if split == "amount":
            part = attainment[:, own] * target[own] / sold[:, None] * wanted[:, None]
            assert paid[:, own] == pytest.approx(part)
        else:
            assert np.ptp(paid[:, own], axis=1) == pytest.approx(np.zeros(30), abs=1e-9)


def test_the_payout_curve_shows_three_cliffs_of_a_retroactive_commission() -> None:
    payees = make_payees(1, 1)
    payees = replace(
        payees,
        products=("A",),
        floor=np.array([[[1200.0]]]),
        target=np.array([[[1400.0]]]),
        stretch=np.array([[[1600.0]]]),
    )
    world = make_world(SHAPES["retroactive"], RULES, payees)
    found = cliffs(payout_curves(world))
    assert found["jump"].round(6).tolist() == [12.0, 11.2, 11.2]
    assert sorted(found["attainment"].round(6)) == [0.857143, 1.0, 1.142857]
    marginal = replace(
        SHAPES["retroactive"],
        commissions=(replace(SHAPES["retroactive"].commissions[0], mode="marginal"),),
    )
    assert cliffs(payout_curves(make_world(marginal, RULES, payees))).empty


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan("p", commissions=(Commission("marginal", tiers((0, 1)), measure="margin"),)),
         "pays commission on margin"),
        (Plan("p", gates=(Gate("margin", exact(1), exact(0.5)),)), "a gate looks at margin"),
    ],
)  # fmt: skip
def test_what_stress_cannot_pay_is_refused_in_words(plan: Plan, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_world(plan, RULES, make_payees(4, 1))


def test_a_gate_that_lets_a_missing_measure_pass_does_not_cut() -> None:
    gate = Gate("margin", exact(1), exact(0.5), missing="pass")
    plan = replace(SHAPES["marginal"], gates=(gate,))
    world = make_world(plan, RULES, make_payees(4, 1))
    assert (world.paying[0].schedules[0].factor == 1).all()


def test_pools_and_groups_use_every_rep_of_the_world() -> None:
    payees = make_payees(20, 2)
    plans = (replace(SHAPES["marginal"], match={"role": ("senior",)}), SHAPES["team"])
    world = make_world(plans, RULES, payees, (FUND,))
    part = world.chosen(world.paying[1:])
    assert part.target.shape == world.target.shape
    attainment = drawn(payees, 5)
    whole, rest = Course(world), Course(part)
    alone = Course(replace(world, paying=world.paying[:1], funds=((),)))
    assert whole.pay(0, attainment) == pytest.approx(
        rest.pay(0, attainment) + alone.pay(0, attainment)
    )
