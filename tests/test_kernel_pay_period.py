"""A period of pay, each amount by hand: who is paid, what came before, pools, awards, starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.incentives.plan import Guarantee
from optimizer.pay.before_plan import _holds_rules, examples_before
from optimizer.pay.exact import exact_decimals
from optimizer.pay.extras import Tenure
from optimizer.pay.history import PaidPeriod
from optimizer.pay.pay import Pay, pay_periods
from optimizer.pay.payout import Payout
from optimizer.pay.period import PeriodPay
from tests.pay_world import PayWorld, actuals_of, pay_world, people_of, with_targets

D = Decimal
QUARTERS = ["2023Q1", "2023Q2", "2023Q3"]
FLAT = """\
[[plan]]
name = "flat"
[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.1 }]
"""
PROGRESS = """\
[[plan]]
name = "grades"
[plan.bonus]
target_incentive = 100
mode = "band"
bands = [{ from = 0.0, multiplier = 1.0 }]
progress = { gain = 0.1, from = 0.0, multiplier = 2.0 }
"""

Sales = dict[str, Sequence[float]]
"""Rep → amounts by period, for a target of 100."""


def paying(rules: str, sales: Sales, people: dict[str, dict[str, str]] | None = None) -> PayWorld:
    """Return a world of people of the East, but for what is said of them."""
    periods = QUARTERS[: len(next(iter(sales.values())))]
    cells = {
        (period, rep, "all"): {"floor": "80", "target": "100", "stretch": "120",
                               "amount": str(amount)}
        for rep, amounts in sales.items() for period, amount in zip(periods, amounts, strict=True)
    }  # fmt: skip
    known = people or {}
    everybody = [{"rep": rep, "region": "East", "team": "T", **known.get(rep, {})} for rep in sales]
    return PayWorld(rules, periods, everybody, cells, products=["all"])


def amounts(pay: Pay) -> dict[str, list[Decimal]]:
    found: dict[str, list[Decimal]] = {}
    for one in pay.payouts:
        found.setdefault(one.rep, []).append(one.amount)
    return found


def paid(world: PayWorld, past: Sequence[PaidPeriod] = ()) -> dict[str, list[Decimal]]:
    with exact_decimals():
        run = with_targets(people_of(world), world)
        return amounts(pay_periods(run, actuals_of(world), world.periods, past))


# ---------------------------------------------------------------- who is paid


def test_an_open_position_is_paid_where_it_has_sold() -> None:
    """Its sales count for pools, of which it has a part only then."""
    pool = '[[pool]]\nname = "fund"\nof = "region"\nmeasured_against = "street"\nrate = 1.0\n'
    world = paying(FLAT + pool, {"a": [110], "b": [90], "c": [130]}, {"b": {"open": "yes"}})
    assert paid(world) == {"a": [21], "b": [19], "c": [23]}
    run = with_targets(people_of(world), world)
    del world.cells["2023Q1", "b", "all"]
    with exact_decimals():
        found = pay_periods(run, actuals_of(world), world.periods)
    # 240 for 300: the open position's target counts.
    assert amounts(found) == {"a": [11], "c": [13]}
    assert [(fund.target, fund.actual, fund.amount) for fund in found.funds] == [(300, 240, 0)]


def test_an_open_position_that_has_sold_needs_a_target_incentive() -> None:
    rules = PROGRESS.replace("100", '"x_incentive"')
    people = {"a": {"x_incentive": "10"}, "b": {"x_incentive": "", "open": "yes"}}
    with pytest.raises(InputError, match="b was an open position, and people name no target"):
        pay_world(paying(rules, {"a": [100], "b": [100]}, people))


def test_whom_no_plan_matches_is_shown_and_not_paid() -> None:
    rules = FLAT.replace('name = "flat"', 'name = "flat"\nmatch = { role = "old" }')
    world = paying(rules, {"a": [100], "b": [50]}, {"a": {"role": "old"}, "b": {"role": "new"}})
    first, second = pay_world(world).payouts
    assert (first.plan, first.amount, first.attainment) == ("flat", 10, 1)
    assert (second.plan, second.lines, second.target) == ("", (), 100)
    assert (second.attainment, second.actual) == (D("0.5"), 50)


def test_gates_without_values_are_named_by_plan_and_metric() -> None:
    gate = '[[plan.gate]]\nmetric = "{}"\nbelow = 0.9\nfactor = 0.5\n'
    rules = FLAT.replace("flat", "old").replace('"\n[[', '"\nmatch = { role = "old" }\n[[')
    world = paying(
        rules + gate.format("calls") + FLAT + gate.format("score"),
        {"a": [100], "b": [100], "c": [100], "d": [100]},
        {rep: {"role": "old" if rep in "ab" else "new"} for rep in "abcd"},
    )
    world.metrics = {("2023Q1", "b"): {"calls": "1"}, ("2023Q1", "d"): {"calls": "1"}}
    with pytest.raises(InputError) as error:
        pay_world(world)
    first, second = str(error.value).splitlines()
    assert "the plan old has a gate on calls, and a have no calls in 2023Q1; add it" in first
    assert (
        "the plan flat has a gate on score, and c, d have no score in 2023Q1; name what" in second
    )


# ---------------------------------------------------------------- what came before


def before(period: str = "2022Q4", **attainment: str) -> PaidPeriod:
    return PaidPeriod(period, {rep: Fraction(text) for rep, text in attainment.items()})


def test_progress_looks_at_the_metric_then_at_the_period_before() -> None:
    world = paying(PROGRESS, {"a": [100, 110], "b": [100, 109]})
    assert paid(world) == {"a": [100, 200], "b": [100, 100]}
    assert paid(world, [before(a="0.9")]) == {"a": [200, 200], "b": [100, 100]}
    # Of several periods before, the last one counts.
    assert paid(world, [before("2022Q3", a="0.1", b="0.1"), before(b="0.9")]) == {
        "a": [100, 200], "b": [200, 100],
    }  # fmt: skip
    world.metrics = {("2023Q2", "a"): {"attainment_before": "1.05"},
                     ("2023Q1", "b"): {"attainment_before": "0.9"}}  # fmt: skip
    assert paid(world, [before(a="0.9", b="1")]) == {"a": [200, 100], "b": [200, 100]}


def test_a_period_left_out_is_not_the_period_before() -> None:
    world = paying(PROGRESS, {"a": [100, 50, 110]})
    world.cells = {place: cell for place, cell in world.cells.items() if place[0] != "2023Q2"}
    run = with_targets(people_of(world), world)
    with exact_decimals():
        worker = PeriodPay(run, actuals_of(world))
        last = before("2023Q1", a="1")
        (gap,), _ = worker.pay("2023Q3", [last])
        (next_one,), _ = worker.pay("2023Q3", [last, before("2023Q2", a="1")])
        (first,), _ = worker.pay("2023Q1", [before("2021Q1", a="0.9")])
    assert (gap.amount, next_one.amount, first.amount) == (100, 200, 200)


def test_what_the_year_has_been_paid_is_taken_off_and_never_asked_back() -> None:
    """10 % up to the target, 20 % of all from it on: 120 pays 24, 130 of 200 no more than 13."""
    rules = """\
[[plan]]
name = "year"
basis = "cumulative"
[[plan.commission]]
mode = "retroactive"
tiers = [{ from = 0.0, rate = 0.1 }, { from = 1.0, rate = 0.2 }]
"""
    world = paying(rules, {"a": [120, 10, 200], "b": [0, 50, 0]})
    assert paid(world) == {"a": [24, 0, 42], "b": [0, 5, 0]}
    lines = [one.lines for one in pay_world(world).payouts if one.rep == "a"]
    assert [(line.kind, line.amount) for line in lines[1]] == [("commission", 13),
                                                               ("paid before", -13)]  # fmt: skip
    assert [line.base for line in lines[1]] == [130, 24]
    assert lines[2][-1].tier == "in 2023Q1 and after"
    assert [(line.kind, line.amount) for line in lines[2]] == [("commission", 66),
                                                               ("paid before", -24)]  # fmt: skip
    other = PaidPeriod("2022Q4", {}, {"a": D(1000)})
    assert paid(world, [other]) == {"a": [24, 0, 42], "b": [0, 5, 0]}


# ---------------------------------------------------------------- awards and guarantee


def award(metric: str = "attainment", **more: Any) -> str:
    keys = {"periods": 1, "at_least": 1.0, "amount": 7} | more
    shown = "\n".join(
        f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
        for name, value in keys.items()
    )
    return f'[[award]]\nname = "{metric}"\nmetric = "{metric}"\n{shown}\n'


def test_awards_look_at_all_periods_up_to_now() -> None:
    world = paying(FLAT + award(periods=2), {"a": [100, 100, 100], "b": [99, 100, 100]})
    assert paid(world) == {"a": [10, 17, 10], "b": [D("9.9"), 10, 17]}
    assert paid(world, [before(a="1", b="1")])["a"] == [17, 10, 17]


def test_awards_on_metrics_are_for_those_who_match() -> None:
    rules = FLAT + award("calls", match='{ role = "old" }') + award("visits")
    world = paying(rules, {"a": [100], "b": [100]}, {"a": {"role": "old"}, "b": {"role": "new"}})
    world.metrics = {("2023Q1", "a"): {"calls": "1"}, ("2023Q1", "b"): {"calls": "9"}}
    assert paid(world) == {"a": [17], "b": [10]}
    world.metrics["2023Q1", "b"] = {"visits": "1"}
    assert paid(world) == {"a": [17], "b": [17]}


def test_a_guarantee_counts_pools_and_awards_as_pay() -> None:
    guarantee = "[plan.guarantee]\namount = 30\nperiods = 1\n"
    world = paying(FLAT + guarantee + award(), {"a": [100, 100]})
    assert paid(world) == {"a": [30, 17]}
    kinds = [(line.kind, line.amount) for line in pay_world(world).payouts[0].lines]
    assert kinds == [("commission", 10), ("award", 7), ("guarantee", 13)]


@pytest.mark.parametrize(
    ("start", "numbers"),
    [("2023-05-31", [None, 1, 2]), ("2022-12-31", [2, 3, 4]), ("2022-09-30", [3, 4, 5]),
     ("2021-12-31", [6, 7, 8])],
)  # fmt: skip
def test_periods_of_a_rep_are_counted_from_its_start(start: str, numbers: list[int | None]) -> None:
    """Each period is covered by a guarantee of as many periods, and not by one of fewer."""
    own = Tenure(people_of(paying(FLAT, {"a": [1, 1, 1]})).scenario)
    day = dt.date.fromisoformat(start)
    for period, number in zip(QUARTERS, numbers, strict=True):
        covered = [own.guaranteed(Guarantee(D(1), most), period, day) > 0 for most in range(1, 10)]
        assert covered == [number is not None and most >= number for most in range(1, 10)]


# ---------------------------------------------------------------- pools


def pooled(sales: Sales, people: dict[str, dict[str, str]] | None = None,
           members: Sequence[tuple[str, str, str]] = (), **keys: Any) -> Any:  # fmt: skip
    """Return the funds and the parts of people, of a pool of all that is above."""
    plain = {"of": "company", "measured_against": "street", "rate": 1.0} | keys
    written = "\n".join(
        f'{key} = "{value}"' if isinstance(value, str) and value[0] != "{" else f"{key} = {value}"
        for key, value in plain.items()
    )
    world = paying(FLAT + f'[[pool]]\nname = "fund"\n{written}\n', sales, people)
    world.members = list(members)
    world.goals = {("2023Q1", "East"): "120", ("2023Q1", "*"): "500"}
    found = pay_world(world)
    parts = {one.rep: one.of("pool") for one in found.payouts}
    return [(one.group, one.target, one.amount) for one in found.funds], parts


def test_a_pool_holds_what_is_strictly_above_from_its_trigger_on() -> None:
    assert pooled({"a": [150], "b": [60]}) == ([("*", 200, 10)], {"a": 5, "b": 5})
    assert pooled({"a": [150], "b": [50]})[0] == [("*", 200, 0)]
    assert pooled({"a": [150], "b": [60]}, trigger=1.05)[0] == [("*", 200, 10)]
    assert pooled({"a": [150], "b": [60]}, trigger=1.051)[0] == [("*", 200, 0)]
    assert pooled({"a": [150], "b": [40]}, over=0.9, trigger=0.9)[0] == [("*", 200, 10)]
    assert pooled({"a": [150], "b": [60]}, over=1.05, trigger=1.0)[0] == [("*", 200, 0)]
    assert pooled({"a": [150], "b": [60]}, rate=0.25)[0] == [("*", 200, D("2.5"))]


def test_a_pool_is_split_as_it_says() -> None:
    sales = {"a": [300], "b": [100], "c": [-50], "d": [0]}
    rules = {"measured_against": "goal", "of": "region"}
    assert pooled(sales, split="amount", **rules) == (
        [("East", 120, 230)], {"a": D("172.5"), "b": D("57.5"), "c": 0, "d": 0},
    )  # fmt: skip
    assert pooled(sales, split="equal", **rules)[1] == dict.fromkeys("abcd", D("57.5"))
    assert pooled(sales, split="none", **rules)[1] == dict.fromkeys("abcd", 0)
    assert pooled(sales, **rules, over=0.0)[0] == [("East", 120, 350)]
    members = [("fund", "a", "0.25"), ("fund", "b", "0"), ("fund", "d", "1"), ("other", "c", "1")]
    assert pooled(sales, members=members, split="share", **rules)[1] == {
        "a": 46, "b": 0, "c": 0, "d": 184,
    }  # fmt: skip
    assert pooled({"a": [300], "d": [-10]}, members=members, of="members", split="equal") == (
        [("fund", 200, 90)], {"a": 45, "d": 45},
    )  # fmt: skip
    nobody = {rep: {"role": "new"} for rep in "abcd"} | {"c": {"role": "old"}}
    held, parts = pooled(sales, nobody, match='{ role = "old" }', split="amount", **rules)
    assert (held, parts) == ([("East", 120, 230)], dict.fromkeys("abcd", 0))
    held, parts = pooled(sales, nobody, match='{ role = "old" }', **rules)
    assert (held, parts) == ([("East", 120, 230)], {"a": 0, "b": 0, "c": 230, "d": 0})


def test_teams_have_the_part_of_the_goal_that_their_references_have() -> None:
    """East has a goal of 120 for three of 100 each; the West has none, and one has no team."""
    people = {"b": {"team": "U"}, "c": {"team": ""}, "d": {"team": "W", "region": "West"}}
    sales = {"a": [50], "b": [41], "c": [999], "d": [999]}
    assert pooled(sales, people, of="team", measured_against="goal") == (
        [("T", 40, 10), ("U", 40, 1), ("W", 0, 0)], {"a": 10, "b": 1, "c": 0, "d": 0},
    )  # fmt: skip
    assert pooled(sales, people, measured_against="goal")[0] == [("*", 500, 1589)]
    assert pooled(sales, people, of="region", measured_against="goal")[0] == [
        ("East", 120, 970), ("West", 0, 0),
    ]  # fmt: skip
    street = pooled(sales, people, of="team", measured_against="street")[0]
    assert street == [("T", 100, 0), ("U", 100, 0), ("W", 100, 899)]


def test_funds_and_their_lines_say_what_they_are_of() -> None:
    world = paying(FLAT + '[[pool]]\nname = "fund"\nof = "company"\nmeasured_against = "street"\n'
                   "rate = 0.5\n", {"a": [130], "b": [100]})  # fmt: skip
    found = pay_world(world)
    (fund,) = found.funds
    assert (fund.attainment, fund.period, fund.group) == (D("1.15"), "2023Q1", "*")
    line = found.payouts[0].lines[-1]
    assert (line.base, line.rate, line.amount) == (15, D("0.5"), D("7.5"))
    assert (line.component, line.tier) == ("pool fund", "equal part of 50 % of the excess, *")


# ---------------------------------------------------------------- rank


@pytest.mark.parametrize(
    ("within", "winners"), [("region", "abd"), ("team", "acd"), ("company", "ab")]
)
def test_the_best_are_ranked_within_their_group(within: str, winners: str) -> None:
    rules = PROGRESS.replace(
        "progress = { gain = 0.1, from = 0.0, ", f'rank = {{ top = 0.5, within = "{within}", '
    )
    people = {"b": {"team": "T"}, "c": {"team": "U"}, "d": {"team": "W", "region": "West"}}
    sales = {"a": [130], "b": [120], "c": [110], "d": [100]}
    found = paid(paying(rules, sales, people))
    assert "".join(rep for rep, (amount,) in found.items() if amount == 200) == winners


def test_people_without_a_target_are_no_part_of_a_ranking() -> None:
    rules = PROGRESS.replace("progress = { gain = 0.1, from = 0.0, ", "rank = { top = 0.3, ")
    world = paying(rules, {"a": [130], "b": [120], "c": [110], "d": [100]})
    assert paid(world) == {"a": [200], "b": [200], "c": [100], "d": [100]}
    world.cells["2023Q1", "d", "all"] |= {"target": "0", "floor": "0", "stretch": "0"}
    assert paid(world) == {"a": [200], "b": [100], "c": [100], "d": [0]}


def test_the_factor_of_gates_is_a_decimal_where_there_are_none() -> None:
    own = Payout("2023Q1", "rep", "plan", D(1), D(1), D(1), ())
    assert isinstance(own.gate_factor, Decimal) and own.gate_factor == 1


# ---------------------------------------------------------------- before there is a plan


def test_a_file_holds_rules_where_it_names_a_plan_and_no_periods(tmp_path: Path) -> None:
    def holds(text: str, name: str = "other.toml") -> bool:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return _holds_rules(tmp_path / name)

    for word in ("plan", "pool", "award"):
        assert holds(f'[[{word}]]\nname = "x"\n')
        assert holds(f'goal = 1\n[[{word}]]\nname = "x"\n', "other.TOML")
        assert not holds(f'periods = ["2024Q1"]\n[[{word}]]\nname = "x"\n')
    assert not holds("goal = 1\n")
    assert not holds('periods = ["2024Q1"]\n')
    assert holds("", "incentive.toml")
    assert not holds('[[plan]]\nname = "x"\n', "other.txt")
    assert not _holds_rules(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    assert not _holds_rules(tmp_path / "folder.toml")


@pytest.mark.parametrize("target", [0.0, -1.0, 1e15, float("nan")])
def test_a_chosen_target_is_an_amount_that_cents_are_exact_in(
    tmp_path: Path, target: float
) -> None:
    (tmp_path / "incentive.toml").write_text(FLAT, encoding="utf-8")
    with pytest.raises(InputError, match="--target lies between 0 and 1,000,000,000,000,000"):
        examples_before(tmp_path / "incentive.toml", target=target)
    most, _, _ = examples_before(tmp_path / "incentive.toml", target=999_999_999_999_999)
    (levels,) = most.levels["one period"].values()
    assert levels["amount", "target"] == {"all": D(999_999_999_999_999)}


def test_rules_are_named_once_and_somewhere(tmp_path: Path) -> None:
    rules, scenario = tmp_path / "incentive.toml", tmp_path / "scenario.toml"
    rules.write_text(FLAT, encoding="utf-8")
    with pytest.raises(InputError, match="holds rules of pay itself; leave --incentive out"):
        examples_before(rules, rules)
    scenario.write_text('periods = ["2024Q1"]\ngoal = 100\nlevels = { floor = 0.5, stretch = 3 }\n',
                        encoding="utf-8")  # fmt: skip
    for where in (rules, tmp_path, scenario):
        run, _, basis = examples_before(where)
        (levels,) = run.levels["2024Q1"].values()
        amounts = [levels["amount", name]["all"] for name in ("floor", "target", "stretch")]
        assert (basis, amounts) == ("unknown", [500_000, 1_000_000, 3_000_000])
    other = tmp_path / "x.toml"
    rules.rename(other)
    assert examples_before(scenario, other)[2] == "unknown"
    with pytest.raises(InputError, match="name one with --incentive"):
        examples_before(scenario)


def test_each_measure_keeps_its_own_targets(tmp_path: Path) -> None:
    """A chosen target is one of the main measure alone."""
    tables = {"people.csv": "rep,region\nAnn,East\nBob,East\n", "incentive.toml": FLAT,
              "scenario.toml": 'periods = ["2024Q1"]\ngoal = 100\nrounding = 0.5\n'
                               "[measure.customers]\nrounding = 1\ngoal = 20\n"}  # fmt: skip
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for target, main in ((None, 50), (30.0, 30)):
        run, _, _ = examples_before(tmp_path, target=target)
        assert run.measures == ("amount", "customers")
        for rep in ("Ann", "Bob"):
            levels = run.levels["2024Q1"][rep]
            found = [sum(levels[measure, "target"].values()) for measure in run.measures]
            assert found == [main, 10]
