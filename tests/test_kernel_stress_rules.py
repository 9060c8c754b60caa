"""How rules of pay are laid on the people of a run for stress, each number by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.errors import InputError
from optimizer.incentives.plan import (
    Award,
    Bonus,
    Cap,
    Commission,
    Gate,
    Knot,
    Plan,
    Pool,
    Progress,
    Rank,
    Threshold,
    Tier,
)
from optimizer.stress.attainment import _one_for_all, laws_of, log_normal
from optimizer.stress.awards import build_reward
from optimizer.stress.gates import gate_factors, metric_values
from optimizer.stress.payees import Payees
from optimizer.stress.pools import Fund, build_fund
from optimizer.stress.pools import in_single as fund_in_single
from optimizer.stress.rules import Spread, StressRules
from optimizer.stress.schedule import Schedule, build_schedule, target_incentive
from optimizer.stress.tiers import build_blocks, tiers_of
from optimizer.stress.tiers import in_single as tiers_in_single

D = Decimal
ALL = np.arange(4)
PERIODS = ("2024Q1", "2024Q2")


def payees(**tables: pd.DataFrame) -> Payees:
    """Return four reps of two regions with targets of two products, one below 1, one of nothing."""
    people = pd.DataFrame(
        {
            "rep": ["a", "b", "c", "d"], "region": ["East", "East", "West", "West"],
            "team": ["T1", "T2", "T3", ""], "role": ["old", "new", "old", "new"],
            "x_incentive": [10.0, None, "20", "?"],
        }
    )  # fmt: skip
    target = np.array(
        [[[0.25, 0.25], [1, 3], [0, 0], [2, 2]], [[1, 1], [1, 1], [4, 0], [0, 0]]], dtype=float
    )
    stretch = 1.5 * target
    stretch[0, 0] = 0.5
    scenario = Scenario(Settings("world", PERIODS, Goal(1.0)), {"people": people, **tables})
    return Payees(
        PERIODS, ("A", "B"), people, scenario, ALL, target, 0.8 * target, target, stretch,
        per_unit=100.0,
        others={"margin": dict.fromkeys(("floor", "target", "stretch"), 2 * target)},
    )  # fmt: skip


def commission(*tiers: tuple[str, str], mode: str = "marginal", **more: Any) -> Commission:
    levels = ("floor", "target", "stretch")
    return Commission(
        mode,
        tuple(
            Tier(Threshold(level=start) if start in levels else Threshold(D(start)), D(rate))
            for start, rate in tiers
        ),
        **more,
    )


# ---------------------------------------------------------------- commission blocks


STEPS = commission(("0", "0.01"), ("floor", "0.02"), ("target", "0.03"), ("stretch", "0.05"))


def test_tiers_begin_at_levels_over_the_target() -> None:
    """Without a target every level is at 100 %."""
    (block,) = build_blocks(Plan("plan", commissions=(STEPS,)), payees(), ALL, {})
    assert (block.label, block.basis, block.per_unit) == ("plan", None, 100.0)
    found = tiers_of(block, 0)
    assert found.names == ("plan from 0", "plan from floor", "plan from target",
                           "plan from stretch")  # fmt: skip
    assert found.start == pytest.approx(
        np.array([[0, 0, 0, 0], [0.8, 0.8, 1, 0.8], [1, 1, 1, 1], [2, 1.5, 1, 1.5]])
    )
    assert found.rate.tolist() == [0.01, 0.02, 0.03, 0.05]
    assert found.changes == pytest.approx([0.01, 0.01, 0.01, 0.02])
    assert found.amount.tolist() == [50, 400, 0, 400]
    assert found.is_marginal and not found.is_common
    assert found.starts(1) == pytest.approx([0.8, 0.8, 1, 0.8])
    assert tiers_of(block, 1).amount.tolist() == [200, 200, 400, 0]


def test_tiers_begin_no_earlier_than_those_before() -> None:
    rule = commission(("1.1", "0.01"), ("target", "0.02"), mode="retroactive")
    (block,) = build_blocks(Plan("plan", commissions=(rule,)), payees(), ALL, {})
    found = tiers_of(block, 0)
    assert found.start.tolist() == [[1.1] * 4] * 2
    assert found.is_common and not found.is_marginal
    assert found.names == ("plan from 1.1", "plan from target")
    assert (found.starts(0).shape, float(found.starts(0))) == ((), 1.1)
    single = tiers_in_single(found)
    assert {one.dtype for one in (single.start, single.rate, single.amount)} == {
        np.dtype(np.float32)
    }


def test_blocks_look_at_products_and_measures_of_their_own() -> None:
    """A team's block on one product looks at attainments of its own; a rep's at the rep's."""
    rules = (
        commission(("0", "0.01"), products=("A",)),
        commission(("0", "0.01"), measure="margin"),
        commission(("0", "0.01"), measure="carried"),
        commission(("0", "0.01"), measure="carried", per_unit=D(3)),
        commission(("0", "0.01")),
    )
    own = build_blocks(Plan("p", commissions=rules), payees(), ALL, {"carried": 0.25})
    assert [block.label for block in own] == [f"p, commission {place}" for place in range(1, 6)]
    assert [block.per_unit for block in own] == [100, 100, 25, 0.75, 100]
    assert [block.basis for block in own] == [None] * 5
    assert [tiers_of(block, 0).amount.tolist() for block in own] == [
        [25, 100, 0, 200], [100, 800, 0, 800], [12.5, 100, 0, 100], [0.375, 3, 0, 3],
        [50, 400, 0, 400],
    ]  # fmt: skip
    team = build_blocks(Plan("p", of="region", commissions=rules), payees(), ALL, {"carried": 1})
    assert [block.basis is None for block in team] == [False, False, True, True, True]
    assert tiers_of(team[0], 0).amount.tolist() == [125, 125, 200, 200]


def test_a_measure_that_nobody_has_a_target_of_is_told() -> None:
    plan = Plan("p", commissions=(commission(("0", "0.01"), measure="visits"),))
    with pytest.raises(InputError, match="pays commission on visits"):
        build_blocks(plan, payees(), ALL, {"margin": 0.3})


def test_the_main_measure_goes_by_both_its_names() -> None:
    own = payees()
    named = replace(own.scenario, settings=replace(own.scenario.settings, measure="sales"))
    own = replace(own, scenario=named, others={"amount": own.others["margin"]})
    rules = tuple(commission(("0", "0.01"), measure=name) for name in ("amount", "sales"))
    found = build_blocks(Plan("p", commissions=rules), own, ALL, {})
    assert [tiers_of(block, 0).amount.tolist() for block in found] == [[50, 400, 0, 400]] * 2


# ---------------------------------------------------------------- schedules


KNOTS = (Knot(D("0.5"), D("0.25")), Knot(D(1), D(1)))


def laid(plan: Plan, target: list[float], reps: np.ndarray = ALL, periods: int = 1) -> Schedule:
    own, number = payees(), len(reps)
    return build_schedule(
        plan, own, reps, (), np.array(target), np.ones(number), np.zeros(number), periods
    )


def test_a_bonus_is_for_those_who_have_a_target() -> None:
    bonus = Bonus("x_incentive", "linear", KNOTS)
    found = laid(Plan("p", bonus=bonus, cap=Cap("target_incentive", D(2))), [0.5, 1, 0, 0],
                 periods=3)  # fmt: skip
    assert found.bands is not None
    assert found.bands.names == ("p, bonus from 0.5", "p, bonus from 1")
    assert (found.bands.start.tolist(), found.bands.multiplier.tolist()) == ([0.5, 1], [0.25, 1])
    assert found.bands.is_linear
    assert found.bands.incentive.tolist() == [30, 0, 0, 0]
    assert found.cap.tolist() == [60, 0, 120, 0]
    assert (found.ranking, found.progress) == (None, None)
    some = laid(Plan("p", bonus=replace(bonus, mode="band")), [1, 1], reps=np.array([2, 0]))
    assert some.bands is not None
    assert (some.bands.incentive.tolist(), some.bands.is_linear) == ([20, 10], False)
    assert some.cap.tolist() == [np.inf, np.inf]


def test_without_a_bonus_there_is_none() -> None:
    found = laid(Plan("p", cap=Cap(amount=D(5))), [1, 1, 1, 1], periods=2)
    assert (found.bands, found.ranking, found.progress) == (None, None, None)
    assert found.cap.tolist() == [10] * 4


def test_target_incentives_are_an_amount_or_a_column() -> None:
    plan, own = Plan("p"), payees()
    assert target_incentive(plan, D("2.5"), own).tolist() == [2.5] * 4
    assert target_incentive(plan, "x_incentive", own).tolist() == [10, 0, 20, 0]
    with pytest.raises(InputError, match="no column x_other for the target incentive"):
        target_incentive(plan, "x_other", own)


def ranked(rank: Rank, target: list[float]) -> tuple[list[tuple[Any, int, int]], bool]:
    found = laid(Plan("p", bonus=Bonus(D(1), "band", KNOTS, rank=rank)), target).ranking
    assert found is not None
    assert (found.multiplier, found.start) == (1.5, 0.25)
    groups = [
        (np.arange(4)[members].tolist(), size, winners) for members, size, winners in found.groups
    ]
    return groups, found.is_even


def test_the_best_are_counted_among_those_with_a_target() -> None:
    half = Rank(D("0.5"), D("1.5"), start=D("0.25"))
    assert ranked(half, [1, 1, 1, 1]) == ([([0, 1], 2, 1), ([2, 3], 2, 1)], True)
    assert ranked(half, [1, 1, 0, 0.5]) == ([([0, 1], 2, 1), ([3], 1, 1)], False)
    assert ranked(half, [0, 0, 1, 1]) == ([([2, 3], 2, 1)], False)
    assert ranked(half, [0, 0, 0, 0]) == ([], False)
    company = replace(half, within="company", top=D("0.3"))
    assert ranked(company, [1, 1, 1, 1]) == ([([0, 1, 2, 3], 4, 2)], True)
    assert ranked(company, [1, 0, 1, 1]) == ([([0, 2, 3], 3, 1)], False)
    assert ranked(replace(company, top=D(0)), [1, 1, 1, 1]) == ([], False)
    assert ranked(replace(company, top=D(1)), [1, 1, 1, 1]) == ([([0, 1, 2, 3], 4, 4)], True)
    large = replace(half, min_group=2)
    assert ranked(large, [1, 1, 1, 0]) == ([([0, 1], 2, 1)], False)
    assert ranked(replace(large, min_group=3), [1, 1, 1, 1]) == ([], False)
    role = replace(half, within="role")
    assert ranked(role, [1, 1, 1, 1]) == ([([1, 3], 2, 1), ([0, 2], 2, 1)], False)


def test_progress_is_a_gain_a_start_and_a_multiplier() -> None:
    rule = Bonus(D(1), "band", KNOTS, progress=Progress(D("0.1"), D("1.75"), D("0.9")))
    assert laid(Plan("p", bonus=rule), [1, 1, 1, 1]).progress == (0.1, 0.9, 1.75)


# ---------------------------------------------------------------- gates


NAMES = np.array(["a", "b", "c"], dtype=object)
GIVEN = pd.DataFrame(
    [
        ("2024Q1", "a", "returns", 0.2), ("2024Q1", "b", "returns", -1.0),
        ("2024Q2", "c", "returns", 0.1), ("2024Q1", "c", "calls", 0.3),
    ],
    columns=["period", "rep", "metric", "value"],
)  # fmt: skip
RETURNS = Gate("returns", D("0.5"), None, "pass")


def gated(gates: tuple[Gate, ...], given: pd.DataFrame | None = GIVEN, **metrics: float) -> Any:
    paid = np.array([True, True, False])
    return gate_factors(gates, metrics, given, "2024Q1", NAMES, paid).tolist()


def test_the_lowest_gate_of_each_measure_takes_its_part() -> None:
    """Whatever the order in which gates are written; a level for everybody goes before a table."""
    low, high = Gate("calls", D("0.4"), D("0.5")), Gate("calls", D("0.9"), D("0.8"))
    for gates in ((low, high), (high, low)):
        assert gated(gates, calls=0.3) == [0.5] * 3
        assert gated(gates, calls=0.4) == [0.8] * 3
        assert gated(gates, calls=0.9) == [1.0] * 3
    assert gated((RETURNS,)) == pytest.approx([0.4, 0, 1])
    assert gated((RETURNS,), returns=0.25) == [0.5] * 3
    assert gated((low, RETURNS), calls=0.0) == pytest.approx([0.2, 0, 0.5])
    assert gated(()) == [1.0] * 3


def test_who_is_paid_needs_a_value_where_the_gate_says_so() -> None:
    strict = replace(RETURNS, missing="error")
    assert gated((strict,)) == pytest.approx([0.4, 0, 1])
    with pytest.raises(InputError, match="looks at returns, which is not known for b in 2024Q1"):
        gated((strict,), GIVEN[GIVEN["rep"] != "b"])
    with pytest.raises(InputError, match="not known for a in 2024Q1"):
        gated((strict, RETURNS), None)
    assert gated((RETURNS, strict), None) == [1.0] * 3
    assert np.isnan(metric_values("calls", {}, GIVEN, "2024Q2", NAMES)).all()
    values = metric_values("calls", {"returns": 1.0}, GIVEN, "2024Q1", NAMES)
    assert np.array_equal(values, [np.nan, np.nan, 0.3], equal_nan=True)


# ---------------------------------------------------------------- awards


AWARD = Award("streak", "attainment", D("0.9"), 2, amount=D(700), match={"role": ("old",)})


def earlier(*values: list[float]) -> Any:
    """Return what is known of the periods before: of all four reps, period by period."""
    return SimpleNamespace(values=lambda metric: [np.array(one) for one in values])


def test_an_award_counts_the_periods_before() -> None:
    past = earlier([0.95, 9, 0.9, 9], [0.89, 9, 1.0, 9])
    found = build_reward(AWARD, payees(), StressRules(), past)
    assert found is not None
    assert (found.name, found.amount, found.at_least, found.periods) == ("streak", 700, 0.9, 2)
    assert (found.reps.tolist(), found.is_consecutive, found.given) == ([0, 2], True, None)
    assert (found.held.tolist(), found.held.dtype) == ([0, 2], np.int16)
    ever = build_reward(replace(AWARD, consecutive=False), payees(), StressRules(), past)
    assert ever is not None
    assert ever.held.tolist() == [1, 2]


def test_an_award_that_cannot_come_is_left_out() -> None:
    def comes(before: Any, **change: Any) -> bool:
        return build_reward(replace(AWARD, **change), payees(), StressRules(), before) is not None

    none, one = earlier(), earlier([1, 1, 1, 1])
    assert comes(none) and comes(one)
    assert not comes(none, amount=D(0))
    assert not comes(none, match={"role": ("nobody",)})
    assert not comes(none, periods=3) and comes(one, periods=3)
    assert not comes(one, periods=4)


def test_awards_on_a_metric_are_held_where_its_value_is() -> None:
    award = replace(AWARD, metric="returns", at_least=D("0.2"), match={}, periods=1)
    found = build_reward(award, payees(metrics=GIVEN), StressRules(), earlier())
    assert found is not None and found.given is not None
    assert found.given.tolist() == [[True, False, False, False], [False] * 4]
    held = found.is_held(0, np.ones((3, 4)))
    assert held.tolist() == [[True, False, False, False]] * 3
    for name in ("returns", "visits"):
        known = StressRules(metrics={name: 0.2})
        level = build_reward(replace(award, metric=name), payees(), known, earlier())
        assert level is not None and level.given is not None and level.given.all()
    with pytest.raises(InputError, match="award streak looks at visits"):
        build_reward(replace(award, metric="visits"), payees(metrics=GIVEN), StressRules(),
                     earlier())  # fmt: skip


def test_an_award_comes_once_in_so_many_periods() -> None:
    found = build_reward(AWARD, payees(), StressRules(), earlier())
    assert found is not None
    attained = np.array([[0.9, 0, 0.89, 0], [1.0, 0, np.nan, 0]])
    assert found.is_held(0, attained).tolist() == [[True, False], [True, False]]
    held, before = np.array([[True, False]] * 2), np.array([[1, 3], [2, 0]])
    number = found.counted(held, before)
    assert number.tolist() == [[2, 0], [3, 0]]
    assert found.paid(held, number, np.dtype(float)).tolist() == [[700, 0], [0, 0]]
    ever = replace(found, is_consecutive=False)
    assert ever.counted(held, before).tolist() == [[2, 3], [3, 0]]
    # Nobody is paid twice for the same periods: where none is held there is none.
    assert ever.paid(held, np.array([[2, 2], [1, 4]]), np.dtype(float)).tolist() == [
        [700, 0], [0, 0],
    ]  # fmt: skip


# ---------------------------------------------------------------- pools


GOALS = pd.Series({"East": 6.0, "West": 8.0, "*": 20.0})
MEMBERS = pd.DataFrame(
    [("fund", "c", 0.25), ("fund", "a", 0.75), ("other", "b", 1.0)],
    columns=["pool", "rep", "share"],
)


def fund(period: int = 0, goals: pd.Series = GOALS, **rule: Any) -> Fund:
    pool = Pool("fund", D("0.5"), **rule)
    found = build_fund(pool, payees(), period, goals, MEMBERS)
    assert found is not None
    return found


def test_groups_are_measured_against_their_part_of_the_goal() -> None:
    """East has 6 for references of 0.5 and 4, West 8 for 0 and 4."""
    team = fund(of="team", over=D("1.1"), trigger=D("1.2"))
    assert (team.name, team.rate, team.over, team.trigger) == ("fund", 50.0, 1.1, 1.2)
    assert (team.member.tolist(), team.first.tolist()) == ([0, 1, 2], [0, 1, 2])
    assert team.goal == pytest.approx([6 * 0.5 / 4.5, 6 * 4 / 4.5, 0])
    assert team.weight.tolist() == [1, 1, 1] and not team.shares.any()
    region = fund(of="region")
    assert (region.member.tolist(), region.first.tolist()) == ([0, 1, 2, 3], [0, 2])
    assert region.goal == pytest.approx([6, 8])
    assert region.weight.tolist() == [0.5] * 4
    assert fund(of="region", goals=GOALS.drop("West")).goal == pytest.approx([6, 0])
    assert fund(of="company").goal.tolist() == [20]
    assert fund(of="company", goals=GOALS.drop("*")).goal.tolist() == [0]
    assert fund(1, of="region", measured_against="street").goal.tolist() == [4, 4]
    assert fund(of="company", measured_against="street").goal.tolist() == [8.5]
    assert fund(of="team", measured_against="street").goal.tolist() == [0.5, 4, 0]


def test_members_and_shares_come_from_their_table() -> None:
    named = fund(of="members")
    assert (named.member.tolist(), named.goal.tolist()) == ([0, 2], [0.5])
    assert named.weight.tolist() == [0.5, 0.5]
    assert fund(of="members", split="share").weight.tolist() == [0.75, 0.25]
    assert fund(1, of="members").goal.tolist() == [6]
    shared = fund(of="company", split="share")
    assert (shared.member.tolist(), shared.weight.tolist()) == ([0, 1, 2, 3], [0.75, 0, 0.25, 0])
    for table in (None, MEMBERS[MEMBERS["pool"] == "other"]):
        for rule in ({"of": "members"}, {"split": "share"}):
            with pytest.raises(InputError, match="the table pool_members names nobody for it"):
                build_fund(Pool("fund", D(1), **rule), payees(), 0, GOALS, table)


def test_a_match_says_who_shares_and_all_fill_it() -> None:
    old = fund(of="region", match={"role": ("old",)})
    assert (old.member.tolist(), old.weight.tolist()) == ([0, 1, 2, 3], [1, 0, 1, 0])
    assert old.goal == pytest.approx([6, 8])
    west = fund(of="region", match={"region": ("West",)})
    assert west.weight.tolist() == [0, 0, 0.5, 0.5]
    amount = fund(of="region", split="amount", match={"role": ("old",)})
    assert (amount.weight.tolist(), amount.shares.tolist()) == ([0] * 4, [1, 0, 1, 0])
    nobody = fund(of="region", split="none", match={"role": ("old",)})
    assert (nobody.weight.tolist(), nobody.shares.tolist()) == ([0.5] * 4, [0] * 4)
    sold = np.array([[7.0, 1, 0, 0]])
    assert old.paid(sold).tolist() == [[100, 0, 0, 0]]
    assert nobody.paid(sold).sum() == 100


def test_reps_are_laid_group_by_group_in_their_order() -> None:
    own = payees()
    crossed = replace(own, people=own.people.assign(team=["T2", "T1", "T2", "T1"]))
    found = build_fund(Pool("fund", D(1)), crossed, 0, GOALS, None)
    assert found is not None
    assert (found.member.tolist(), found.first.tolist()) == ([1, 3, 0, 2], [0, 2])
    assert found.goal == pytest.approx([6 * 4 / 4.5 + 8, 6 * 0.5 / 4.5])
    assert not found.is_in_order
    blank = replace(own, people=own.people.assign(team=""))
    assert build_fund(Pool("fund", D(1)), blank, 0, GOALS, None) is None
    single = fund_in_single(found)
    assert {one.dtype for one in (single.goal, single.weight, single.shares)} == {
        np.dtype(np.float32)
    }


def test_a_region_without_references_has_no_part_of_a_goal() -> None:
    own = payees()
    reference = own.reference.copy()
    reference[0, 2:] = 0
    found = build_fund(Pool("fund", D(1), of="region"), replace(own, reference=reference), 0,
                       GOALS, None)  # fmt: skip
    assert found is not None
    assert found.goal == pytest.approx([6, 0])


# ---------------------------------------------------------------- how attainments spread


def test_the_first_spread_that_matches_counts() -> None:
    rules = StressRules(
        spreads=(
            Spread("lognormal", 1.1, 0.3, {"rep": ("b",)}),
            Spread("gamma", 0.9, 0.2, {"rep": ("a", "b")}),
            Spread("history", None, match={"rep": ("a", "c")}),
            Spread("lognormal", 1.0, 0.5),
        ),
        company=0.25, region=0.5,
    )  # fmt: skip
    past = pd.Series([0.5, 1.0], index=["c", "c"])
    found = laws_of(payees(), rules, past)
    assert found.is_lognormal.tolist() == [False, True, False, True]
    assert found.log_mean == pytest.approx([0, log_normal(1.1, 0.3)[0], 0, log_normal(1, 0.5)[0]])
    assert found.log_spread == pytest.approx([0, log_normal(1.1, 0.3)[1], 0, log_normal(1, 0.5)[1]])
    assert [law.reps.tolist() for law in found.others] == [[0], [2]]
    assert found.means() == pytest.approx([0.9, 1.1, 0.75, 1.0])
    assert (found.company, found.region, found.own) == (0.25, 0.5, 0.25)
    normal = np.array([[-9.0, 0, -9, 0], [9, 0, 9, 0]])
    drawn = found.of_normal(normal)
    assert drawn[:, 2].tolist() == [0.5, 1.0]
    assert drawn[0, 0] < 0.5 < 1.5 < drawn[1, 0]
    mean, spread = log_normal(1.0, 0.25)
    alone = laws_of(payees(), StressRules(), None)
    assert (alone.others, alone.is_lognormal.all()) == ((), True)
    assert [float(one) for one in alone.log_line] == [spread, mean]
    with pytest.raises(InputError, match="finds no past of these reps"):
        laws_of(payees(), replace(rules, spreads=rules.spreads[2:3]), None)
    with pytest.raises(InputError, match="finds no past of these reps"):
        laws_of(payees(), rules, pd.Series([1.0], index=["d"]))


def test_rules_that_match_nobody_any_more_have_no_law() -> None:
    """Whoever is left for the last spread is nobody: there is no past to look for."""
    rules = StressRules(spreads=(Spread(), Spread("history", None)))
    assert laws_of(payees(), rules, None).others == ()


def test_one_number_stands_for_reps_who_are_alike() -> None:
    assert _one_for_all(np.array([0.5, 0.5])).shape == ()
    assert _one_for_all(np.array([0.5, 0.6, 0.5])).tolist() == [0.5, 0.6, 0.5]
    assert _one_for_all(np.zeros(0)).tolist() == []
