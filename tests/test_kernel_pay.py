"""Every line of the ledger of one rep, by hand: base, rate, words and cents, at and beside edges.

Payouts alone do not tell a wrong base with a right amount, or a line of nothing; these do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.incentives.plan import (
    Award,
    Bonus,
    Cap,
    Commission,
    Gate,
    Guarantee,
    Knot,
    Plan,
    Progress,
    Rank,
    Threshold,
    Tier,
)
from optimizer.pay.before_plan import INCENTIVE, TARGET, _in_units, _ratio, examples_before
from optimizer.pay.earned import Basis, MissingMetricError, earned_lines, multiplier
from optimizer.pay.exact import exact, exact_decimals, named, shared, shown
from optimizer.pay.extras import Tenure, award_line, guarantee_line
from optimizer.pay.figures import Figures
from optimizer.pay.levels import LevelsByPeriod
from optimizer.pay.line import Line
from optimizer.pay.payout import Payout
from optimizer.pay.rank import winners

D = Decimal
FLAT = Commission("marginal", (Tier(Threshold(D(0)), D("0.02")),))
SLICES = (
    Tier(Threshold(D(0)), D("0.01")),
    Tier(Threshold(level="target"), D("0.02")),
    Tier(Threshold(D("1.2")), D("0.03")),
)


def figures(actual: int, target: int = 100, **measures: int) -> Figures:
    """Return what a rep sold of one product, against a target."""
    levels = {("amount", name): {"all": D(target)} for name in ("floor", "target", "stretch")}
    sold = {"amount": actual, **measures}
    return Figures(levels, {name: {"all": D(amount)} for name, amount in sold.items()})


def lines(plan: Plan, actual: int, **basis: object) -> list[tuple[str, str, str, object, object]]:
    """Return the ledger: component, tier, base, rate, amount as texts."""
    own = Basis(figures(actual), **basis)  # type: ignore[arg-type]
    return shown_lines(earned_lines(plan, own))


def shown_lines(found: list[Line]) -> list[tuple[str, str, str, object, object]]:
    return [
        (one.component, one.tier, *(None if number is None else shown(number)
                                    for number in (one.base, one.rate, one.amount)))
        for one in found
    ]  # fmt: skip


# ---------------------------------------------------------------- commission


@pytest.mark.parametrize(
    ("actual", "slices"),
    [
        (0, []),
        (100, [("from 0 %", "100", "0.01", "1")]),
        (110, [("from 0 %", "100", "0.01", "1"), ("from target", "10", "0.02", "0.2")]),
        (
            130,
            [
                ("from 0 %", "100", "0.01", "1"),
                ("from target", "20", "0.02", "0.4"),
                ("from 120 %", "10", "0.03", "0.3"),
            ],
        ),
    ],
)
def test_slices_are_paid_each_at_its_rate(actual: int, slices: list[tuple[str, ...]]) -> None:
    plan = Plan("plan", commissions=(Commission("marginal", SLICES),))
    assert lines(plan, actual) == [("commission", *one) for one in slices]


def test_the_tier_reached_pays_all_of_it() -> None:
    plan = Plan("plan", commissions=(Commission("retroactive", SLICES),))
    assert lines(plan, 99) == [("commission", "from 0 %", "99", "0.01", "0.99")]
    assert lines(plan, 100) == [("commission", "from target", "100", "0.02", "2")]
    assert lines(plan, 120, per_unit=D(10)) == [
        ("commission", "from 120 %", "1200", "0.03", "36")
    ]  # fmt: skip


def test_another_measure_is_sliced_like_the_amount() -> None:
    """Of 60 of margin on an amount of 120, slices of 100 and 20 take 50 and 10."""
    block = Commission("marginal", SLICES, measure="margin", per_unit=D(2))
    own = Basis(figures(120, margin=60), per_unit=D(7))
    assert shown_lines(earned_lines(Plan("plan", commissions=(block,)), own)) == [
        ("commission", "from 0 %", "100", "0.01", "1"),
        ("commission", "from target", "20", "0.02", "0.4"),
    ]


@pytest.mark.parametrize(("actual", "margin"), [(0, 60), (120, 0), (120, -1), (-1, 60)])
def test_nothing_sold_is_no_line(actual: int, margin: int) -> None:
    block = Commission("marginal", SLICES, measure="margin")
    retroactive = replace(block, mode="retroactive")
    own = Basis(figures(actual, margin=margin))
    assert earned_lines(Plan("plan", commissions=(block, retroactive)), own) == []
    assert earned_lines(Plan("plan", commissions=(FLAT,)), Basis(figures(0))) == []


def test_without_a_target_only_one_rate_from_0_is_paid() -> None:
    plan = Plan("plan", commissions=(Commission("marginal", SLICES), FLAT))
    found = earned_lines(plan, Basis(figures(50, target=0), per_unit=D(3)))
    assert shown_lines(found) == [("commission 2", "from 0 %", "150", "0.02", "3")]


def test_blocks_are_told_apart_by_products_or_measure_else_by_number() -> None:
    """Two blocks on one product have the same label, and go by their numbers."""
    blocks = (
        replace(FLAT, products=("A", "B")),
        replace(FLAT, measure="margin"),
        replace(FLAT, products=("C",)),
        replace(FLAT, products=("C",)),
        FLAT,
    )
    sold = {"amount": {"A": D(1), "C": D(50)}, "margin": {"A": D(100)}}
    own = Basis(Figures({}, sold))
    names = [one.name for one in earned_lines(Plan("plan", commissions=blocks), own)]
    assert names == ["A+B", "margin", "3", "4", "5"]


def test_tiers_begin_no_earlier_than_those_before() -> None:
    """A target below 80 % of itself cannot be: the later of two that begin together holds."""
    tiers = (
        Tier(Threshold(D("0.8")), D("0.01")),
        Tier(Threshold(level="floor"), D("0.02")),
    )
    own = figures(90)
    own.levels["amount", "floor"] = {"all": D(50)}  # type: ignore[index]
    found = earned_lines(Plan("plan", commissions=(Commission("marginal", tiers),)), Basis(own))
    assert shown_lines(found) == [("commission", "from floor", "10", "0.02", "0.2")]


# ---------------------------------------------------------------- bonus


KNOTS = (Knot(D("0.8"), D("0.5")), Knot(D(1), D(1)), Knot(D("1.2"), D(2)))
LINEAR = Bonus(D(1000), "linear", KNOTS)


@pytest.mark.parametrize(
    ("mode", "actual", "step"),
    [
        ("linear", 79, ("below 80 %", "0", "1")),
        ("linear", 80, ("between 80 % and 100 %", "10", "20")),
        ("linear", 90, ("between 80 % and 100 %", "15", "20")),
        ("linear", 110, ("between 100 % and 120 %", "30", "20")),
        ("linear", 120, ("from 120 %", "2", "1")),
        ("band", 80, ("from 80 %", "0.5", "1")),
        ("band", 119, ("from 100 %", "1", "1")),
    ],
)
def test_the_curve_is_a_quotient(mode: str, actual: int, step: tuple[str, str, str]) -> None:
    text, top, bottom = multiplier(replace(LINEAR, mode=mode), D(actual), D(100))
    assert (text, shown(top), shown(bottom)) == step


def test_the_bonus_is_the_best_of_curve_rank_and_progress() -> None:
    rank, progress = Rank(D("0.2"), D("1.5")), Progress(D("0.1"), D("1.75"), D("0.9"))
    plan = Plan("plan", bonus=replace(LINEAR, rank=rank, progress=progress))

    def paid(actual: int, **basis: object) -> tuple[str, object, object]:
        found = lines(plan, actual, target_incentive=D(1000), periods=2, **basis)
        ((component, tier, base, rate, amount),) = found
        assert (component, base) == ("bonus", "2000")
        return tier, rate, amount

    assert paid(100) == ("between 100 % and 120 %", "1", "2000")
    assert paid(100, wins=True) == ("rank", "1.5", "3000")
    assert paid(110, wins=True) == ("between 100 % and 120 %", "1.5", "3000")
    assert paid(90, before=Fraction(8, 10)) == ("progress", "1.75", "3500")
    assert paid(90, before=Fraction(81, 100)) == ("between 80 % and 100 %", "0.75", "1500")
    assert paid(89, before=Fraction(1, 10)) == ("between 80 % and 100 %", "0.725", "1450")
    assert paid(100, wins=True, before=Fraction(9, 10)) == ("progress", "1.75", "3500")
    assert paid(115, before=Fraction(1, 10)) == ("between 100 % and 120 %", "1.75", "3500")
    assert earned_lines(plan, Basis(figures(100, target=0), D(1000))) == []


# ---------------------------------------------------------------- gates and cap


GATES = (
    Gate("collection", D("0.9"), D("0.8")),
    Gate("collection", D("0.7"), D("0.5")),
    Gate("returns", D("0.5"), None, "pass"),
)


@pytest.mark.parametrize(
    ("metrics", "left"),
    [
        ({"collection": "0.9"}, []),
        ({"collection": "0.7"}, [("gate collection", "0.7 is below 0.9", "2", "-0.2", "-0.4")]),
        ({"collection": "0.6"}, [("gate collection", "0.6 is below 0.7", "2", "-0.5", "-1")]),
        ({"collection": "1", "returns": "0.5"}, []),
        (
            {"collection": "0.6", "returns": "0.2"},
            [
                ("gate collection", "0.6 is below 0.7", "2", "-0.5", "-1"),
                ("gate returns", "0.2 is below 0.5", "1", "-0.6", "-0.6"),
            ],
        ),
        (
            {"collection": "1", "returns": "-1"},
            [("gate returns", "-1 is below 0.5", "2", "-1", "-2")],
        ),
    ],
)
def test_the_lowest_gate_reached_takes_its_part(
    metrics: dict[str, str], left: list[tuple[str, ...]]
) -> None:
    plan = Plan("plan", commissions=(FLAT,), gates=GATES)
    values = {name: D(value) for name, value in metrics.items()}
    assert lines(plan, 100, metrics=values)[1:] == left


def test_a_gate_without_a_value_stops_whoever_has_something_to_be_paid_on() -> None:
    plan = Plan("plan", commissions=(FLAT,), gates=GATES)
    with pytest.raises(MissingMetricError, match="collection"):
        lines(plan, 100)
    with pytest.raises(MissingMetricError):
        lines(plan, 0)
    with pytest.raises(MissingMetricError):
        earned_lines(plan, Basis(figures(1, target=0)))
    assert earned_lines(plan, Basis(figures(0, target=0))) == []
    passed = replace(plan, gates=GATES[2:])
    assert lines(passed, 100) == [("commission", "from 0 %", "100", "0.02", "2")]


@pytest.mark.parametrize(("most", "cut"), [("4", []), ("3.99", [("at most 3.99", "-0.01")])])
def test_a_cap_cuts_what_is_above_it(most: str, cut: list[tuple[str, str]]) -> None:
    plan = Plan("plan", commissions=(FLAT,), cap=Cap(amount=D(most)))
    found = lines(plan, 200)[1:]
    assert found == [("cap", text, "4", None, amount) for text, amount in cut]


def test_a_cap_of_target_incentives_holds_for_each_period_counted() -> None:
    plan = Plan("plan", commissions=(FLAT,), cap=Cap("target_incentive", D("1.5")))
    found = lines(plan, 1000, target_incentive=D(5), periods=2)[1:]
    assert found == [("cap", "at most 15.00", "20", None, "-5")]


# ---------------------------------------------------------------- awards and guarantee


def test_an_award_comes_once_in_so_many_periods_and_says_how() -> None:
    award = Award("streak", "attainment", D(1), 2, amount=D(700))
    yes, no = Fraction(1), Fraction(99, 100)

    def wins(*values: Fraction | None, consecutive: bool = True) -> bool:
        return award_line(replace(award, consecutive=consecutive), values) is not None

    assert [wins(*[yes] * number) for number in range(6)] == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]
    assert not wins(yes, yes, no)
    assert not wins(yes, no, yes)
    assert not wins(yes, None, yes)
    assert wins(no, yes, yes)
    assert wins(yes, no, yes, consecutive=False)
    assert not wins(yes, no, yes, yes, consecutive=False)
    texts = {
        (periods, running): award_line(
            replace(award, periods=periods, consecutive=running), [yes] * periods
        )
        for periods in (1, 2)
        for running in (True, False)
    }
    assert {place: line and line.tier for place, line in texts.items()} == {
        (1, True): "attainment at least 1",
        (1, False): "attainment at least 1",
        (2, True): "attainment at least 1, 2 periods running",
        (2, False): "attainment at least 1, 2 periods",
    }
    own = award_line(replace(award, periods=1, text="Held it"), [yes])
    assert own == Line("award", "streak", "Held it", None, None, D("700.00"))


def test_a_guarantee_fills_up_what_is_missing_and_no_more() -> None:
    guarantee = Guarantee(D(1000), 2)
    half = Fraction(1, 2)
    assert guarantee_line(guarantee, half, D("499.99")) == Line(
        "guarantee", "", "to 500.00", D(500), None, D("0.01")
    )
    assert guarantee_line(guarantee, half, D(500)) is None


QUARTERS = ("2023Q1", "2023Q2", "2023Q3")


def tenure(periods: tuple[str, ...] = QUARTERS, starts: tuple[str | None, ...] = ()) -> Tenure:
    table = {"period": list(periods), "start": pd.to_datetime(list(starts))}
    tables = {"periods": pd.DataFrame(table)} if starts else {}
    return Tenure(Scenario(Settings("world", periods, Goal(1.0)), tables))


@pytest.mark.parametrize(
    ("start", "parts"),
    [
        (dt.date(2023, 1, 1), (1, 1, 0)),
        (dt.date(2023, 5, 1), (0, Fraction(61, 91), 1)),
        (dt.date(2023, 3, 31), (Fraction(1, 90), 1, 0)),
        (dt.date(2023, 4, 1), (0, 1, 1)),
        (dt.date(2023, 7, 1), (0, 0, 1)),
        (dt.date(2022, 12, 31), (1, 0, 0)),
        (dt.date(2022, 10, 1), (1, 0, 0)),
        (dt.date(2022, 9, 30), (0, 0, 0)),
        (dt.date(2023, 10, 1), (0, 0, 0)),
        (None, (1, 1, 0)),
    ],
)
def test_a_guarantee_covers_the_days_of_the_first_periods(
    start: dt.date | None, parts: tuple[Fraction | int, ...]
) -> None:
    own = tenure()
    assert tuple(own.guaranteed(Guarantee(D(1), 2), one, start) for one in QUARTERS) == parts


def test_periods_without_dates_are_counted_from_the_first_of_the_plan() -> None:
    own = tenure(("north", "south"))
    found = [own.guaranteed(Guarantee(D(1), 1), one, dt.date(2023, 1, 5)) for one in own._place]
    assert found == [1, 0]


def test_periods_begin_on_the_days_that_their_table_names() -> None:
    own = tenure(QUARTERS, ("2023-01-11", None, "2023-07-01"))
    first = own.guaranteed(Guarantee(D(1), 1), "2023Q1", dt.date(2023, 1, 21))
    assert first == Fraction(70, 80)


# ---------------------------------------------------------------- numbers, ranks, sums


def test_texts_of_decimals_keep_so_many_places() -> None:
    assert [shown(D(text), 2) for text in ("1.25", "1.255", "1.254", "1.20", "100", "-0.00")] == [
        "1.25", "1.26", "1.25", "1.2", "100", "0",
    ]  # fmt: skip
    assert shown(D(1) / D(3)) == "0.333333333333"
    assert shown(D("0.1234567890126")) == "0.123456789013"
    assert shown(D("-0.001"), 2) == "0"


def test_names_of_many_are_counted() -> None:
    assert named(["a", "b"], 2) == "a, b"
    assert named(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert named(list("abcde")) == "a, b, c, d, e"
    assert named(list("abcdef")) == "a, b, c, d, e and 1 more"


def test_cents_left_over_go_to_the_largest_remainders() -> None:
    assert shared(D("0.05"), {"b": D(1), "a": D(1), "c": D(2)}) == {
        "a": D("0.01"), "b": D("0.01"), "c": D("0.03"),
    }  # fmt: skip
    assert shared(D("0.02"), {"b": D(1), "a": D(1), "c": D(1)}) == {
        "a": D("0.01"), "b": D("0.01"), "c": D("0.00"),
    }  # fmt: skip


def test_shares_come_by_name() -> None:
    assert list(shared(D(1), {"b": D(2), "c": D(1), "a": D(1)})) == ["a", "b", "c"]


def test_numbers_are_the_decimals_that_files_show() -> None:
    assert exact(0.1) == D("0.1")
    assert exact(np.float64(3)) == D(3)
    assert str(exact(1e16)) == "10000000000000000"
    with exact_decimals():
        assert len(str(D(1) / D(3))) == 82


def test_ties_at_the_cut_win_in_groups_that_are_large_enough() -> None:
    people = [("x", name, D(number)) for name, number in ("a3", "b2", "c2", "d1")]
    few = [("y", "e", D(9))]
    rule = Rank(D("0.5"), D(1), min_group=2)
    assert winners(rule, people + few) == {"a", "b", "c"}
    assert winners(replace(rule, top=D("0.26")), people) == {"a", "b", "c"}
    assert winners(replace(rule, top=D("0.25")), people) == {"a"}
    assert winners(replace(rule, start=D("2.5")), people) == {"a"}
    assert winners(replace(rule, min_group=4), people) == {"a", "b", "c"}
    assert winners(replace(rule, min_group=5), people) == set()
    assert winners(replace(rule, min_group=1), few) == {"e"}


def test_a_payout_adds_up_its_lines_by_kind() -> None:
    kinds = {"commission": "10", "bonus": "5", "gate": "-3", "cap": "-2", "paid before": "-1",
             "pool": "7", "award": "11", "guarantee": "13"}  # fmt: skip
    ledger = [Line(kind, "", "", None, None, D(text)) for kind, text in kinds.items()]
    ledger[2] = replace(ledger[2], rate=D("-0.2"))
    ledger.append(Line("gate", "other", "", None, D("-0.5"), D("-1")))
    own = Payout("2023Q1", "rep", "plan", D(1), D(1), D(1), tuple(ledger))
    assert own.earned == 8
    assert {name: shown(value) for name, value in own.columns.items()} == {
        "commission": "10", "bonus": "5", "gate_factor": "0.4", "cap_cut": "2", "pool": "7",
        "award": "11", "guarantee": "13", "payout": "39",
    }  # fmt: skip
    assert replace(own, lines=tuple(ledger[:2])).gate_factor == 1


def test_levels_are_laid_out_when_asked_for_and_once() -> None:
    rows = {"period": ["2023Q2", "2023Q1", "2023Q1"], "rep": ["a", "a", "b"],
            "product": ["A", "A", "B"], "floor": [1.0, 2.25, 3.0], "target": [2.0, 4.5, 6.0],
            "stretch": [4.0, 9.0, 12.0]}  # fmt: skip
    own = LevelsByPeriod(pd.DataFrame(rows), {"amount": 2})
    assert list(own) == ["2023Q2", "2023Q1"]
    assert len(own) == 2
    assert own["2023Q1"]["a"]["amount", "floor"] == {"A": D("2.25")}
    assert str(own["2023Q1"]["b"]["amount", "target"]["B"]) == "6.00"
    assert own["2023Q1"] is own["2023Q1"]


# ---------------------------------------------------------------- before there is a plan


RULES = """\
[[plan]]
name = "commission"
[[plan.commission]]
mode = "marginal"
products = ["B", "A"]
tiers = [{ from = 0.0, rate = 0.01 }]

[[plan]]
name = "bonus"
[plan.bonus]
target_incentive = "x_incentive"
mode = "band"
bands = [{ from = 0.0, multiplier = 1.0 }]
"""


def test_of_nobody_a_million_and_ten_thousand_are_assumed(tmp_path: Path) -> None:
    path = tmp_path / "incentive.toml"
    path.write_text(RULES, encoding="utf-8")
    run, found, basis = examples_before(path)
    assert (basis, len(found), run.unit) == ("unknown", 2, run.scenario.settings.pay_unit)
    assert (TARGET, INCENTIVE) == (1_000_000, 10_000)
    assert [one.target_incentive for one in run.people.values()] == [0, 10_000]
    levels = run.levels["one period"]["somebody paid by bonus"]
    assert levels["amount", "target"] == {"A": D(500_000), "B": D(500_000)}
    assert levels["amount", "floor"]["A"] < D(500_000) < levels["amount", "stretch"]["A"]
    run, _, _ = examples_before(path, target=300)
    levels = run.levels["one period"]["somebody paid by bonus"]
    assert levels["amount", "target"] == {"A": D(150), "B": D(150)}


SCENARIO = """\
periods = ["2024Q1", "2024Q2"]
rounding = 0.5
goal = { floor = 90, target = 100, stretch = 125 }
[pay]
unit = "CNY"
per_unit = 2
"""
PEOPLE = "rep,region,products,floor,stretch\nAnn,East,,,\nBob,East,A,0.5,2\nCid,West,,,\n"


def write_scenario(folder: Path, **tables: str) -> Path:
    scenario = folder / "scenario"
    scenario.mkdir()
    (scenario / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    (scenario / "incentive.toml").write_text(RULES.replace('"x_incentive"', "7"), encoding="utf-8")
    for name, text in tables.items():
        (scenario / f"{name}.csv").write_text(text, encoding="utf-8")
    return scenario


def test_before_a_plan_people_have_their_reference_by_product(tmp_path: Path) -> None:
    """100 over two periods and two people of East, in the mix 0.75 to 0.25; Bob sells A alone."""
    tables = {"regions": "region,share\nEast,1\nWest,0\n",
              "products": "product,share\nA,0.75\nB,0.25\n",
              "periods": "period,share\n2024Q1,0.4\n2024Q2,0.6\n", "people": PEOPLE}  # fmt: skip
    scenario = write_scenario(tmp_path, **tables)
    run, _, basis = examples_before(scenario)
    assert (basis, run.unit, run.per_unit) == ("reference", "CNY", 2)
    first = run.levels["2024Q1"]

    def amounts(rep: str, level: str) -> dict[str, str]:
        return {name: shown(amount) for name, amount in first[rep]["amount", level].items()}

    assert amounts("Ann", "target") == {"A": "15", "B": "5"}
    assert amounts("Bob", "target") == {"A": "20", "B": "0"}
    assert amounts("Ann", "floor") == {"A": "13.5", "B": "4.5"}
    assert amounts("Bob", "floor") == {"A": "10", "B": "0"}
    assert amounts("Ann", "stretch") == {"A": "19", "B": "6"}
    assert amounts("Bob", "stretch") == {"A": "40", "B": "0"}
    assert amounts("Cid", "target") == {"A": "0", "B": "0"}
    run, _, basis = examples_before(scenario, target=3)
    first = run.levels["2024Q1"]
    assert basis == "chosen"
    assert amounts("Ann", "target") == {"A": "2.5", "B": "0.5"}
    assert amounts("Ann", "stretch") == {"A": "3", "B": "1"}
    assert not any(person.is_open for person in run.people.values())


def test_amounts_below_one_are_split_like_any_other(tmp_path: Path) -> None:
    scenario = write_scenario(tmp_path, regions="region\nEast\n", people="rep,region\nAnn,East\n",
                              products="product,share\nA,0.75\nB,0.25\n")  # fmt: skip
    small = SCENARIO.replace("90", "0.3").replace("100", "0.4").replace("125", "0.5")
    small = small.replace("rounding = 0.5", "rounding = 0.01")
    (scenario / "scenario.toml").write_text(small, encoding="utf-8")
    run, _, _ = examples_before(scenario)
    assert run.levels["2024Q1"]["Ann"]["amount", "target"] == {"A": D("0.15"), "B": D("0.05")}


def test_without_people_there_is_one_person_for_each_plan(tmp_path: Path) -> None:
    run, found, basis = examples_before(write_scenario(tmp_path, regions="region\nEast\n"))
    assert (basis, len(found), run.per_unit, run.unit) == ("unknown", 2, 2, "CNY")
    assert list(run.people) == ["somebody paid by commission", "somebody paid by bonus"]
    assert [one.target_incentive for one in run.people.values()] == [0, 7]
    assert not any(person.is_open for person in run.people.values())
    levels = run.levels["2024Q1"]["somebody paid by bonus"]
    assert levels["amount", "floor"] == {"A": D(400_000), "B": D(400_000)}


def test_ratios_of_ones_own_go_before_those_of_the_goal() -> None:
    own = np.array([np.nan, 0.5])
    assert _ratio(own, 3.0, 4.0).tolist() == [0.75, 0.5]


def test_parts_of_products_add_up_in_whole_units() -> None:
    shares = np.array([[1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0]])
    found = _in_units(np.array([10.0, 7.0]), shares, 0.5)
    assert found.tolist() == [3.5, 3.0, 3.5, 0.0, 7.0, 0.0]
