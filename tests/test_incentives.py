"""``incentive.toml``: read exactly, and sent back with every mistake in words of pay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.errors import Finding, InputError
from optimizer.incentives.check_people import is_amount
from optimizer.incentives.match import plan_of_people
from optimizer.incentives.plan import Knot, Rank, Threshold, Tier
from optimizer.incentives.read import check_incentives, examined, read_incentives

CONTRACT = """\
[[plan]]
name = "senior"
match = { role = "senior" }
of = "rep"
basis = "period"
cap = { of = "target_incentive", times = 3.0 }
guarantee = { amount = 5000, periods = 2 }

[[plan.commission]]
mode = "marginal"
products = ["MES"]
measure = "amount"
tiers = [
  { from = 0.0, rate = 0.010 },
  { from = "target", rate = 0.015 },
  { from = 1.2, rate = 0.020 },
]

[plan.bonus]
target_incentive = 30000
mode = "band"
bands = [
  { from = 0.0, multiplier = 0.0 },
  { from = 0.6, multiplier = 0.8 },
  { from = 1.0, multiplier = 1.2 },
  { from = 1.2, multiplier = 2.0 },
]
rank = { top = 0.05, within = "region", multiplier = 2.0, from = 1.0, min_group = 5 }
progress = { gain = 0.15, from = 0.8, multiplier = 1.0 }

[[plan.gate]]
metric = "collection_rate"
below = 0.9
factor = 0.8

[[pool]]
name = "team fund"
of = "team"
measured_against = "goal"
over = 1.0
trigger = 1.0
rate = 0.05
split = "equal"

[[award]]
name = "restricted stock"
metric = "attainment"
at_least = 1.0
periods = 8
consecutive = true
text = "eligible for the stock plan"
amount = 0
"""

PLAN = '[[plan]]\nname = "all"\n'
TIERS = "tiers = [{ from = 0.0, rate = 0.01 }]\n"
BLOCK = PLAN + '[[plan.commission]]\nmode = "marginal"\n'
BONUS = PLAN + '[plan.bonus]\ntarget_incentive = 100\nmode = "band"\n'
BANDS = "bands = [{ from = 0.0, multiplier = 1.0 }]\n"


def scenario(**people: object) -> Scenario:
    """Return two seniors in Shanghai, below East, and an open newcomer in North."""
    table = pd.DataFrame(
        {
            "rep": ["Ann", "Bob", "Cid"],
            "region": ["Shanghai", "Shanghai", "North"],
            "team": ["one", "", ""],
            "role": ["senior", "senior", "newcomer"],
            "open": [False, False, True],
            "x_bonus": ["30000", "", ""],
            **people,
        }
    )
    regions = pd.DataFrame({"region": ["East", "Shanghai", "North"], "parent": ["", "East", ""]})
    products = pd.DataFrame({"product": ["MES", "Twin"]})
    settings = Settings("s", ("2024Q1",), Goal(1.0), other={"pay": {"per_unit": 10000}})
    return Scenario(settings, {"people": table, "regions": regions, "products": products})


def findings(text: str, at: Scenario | None = None) -> list[Finding]:
    return check_incentives(text.encode(), at)


def errors(text: str, at: Scenario | None = None) -> list[Finding]:
    found = [finding for finding in findings(text, at) if finding.severity == "error"]
    with pytest.raises(InputError) as refused:
        read_incentives(text.encode(), at)
    assert list(refused.value.findings) == found
    return found


def notes(text: str, at: Scenario | None = None) -> list[Finding]:
    found = findings(text, at)
    assert {finding.severity for finding in found} <= {"note"}
    return found


def test_every_element_is_read_as_exact_decimals() -> None:
    rules = read_incentives(CONTRACT.encode())
    (plan,), (pool,), (award,) = rules.plans, rules.pools, rules.awards
    (block,) = plan.commissions
    assert (plan.match, plan.of, plan.basis) == ({"role": ("senior",)}, "rep", "period")
    assert block.products == ("MES",)
    assert block.tiers == (
        Tier(Threshold(Decimal("0.0")), Decimal("0.01")),
        Tier(Threshold(level="target"), Decimal("0.015")),
        Tier(Threshold(Decimal("1.2")), Decimal("0.02")),
    )
    assert plan.bonus is not None
    assert plan.bonus.target_incentive == 30000
    assert plan.bonus.knots[3] == Knot(Decimal("1.2"), Decimal(2))
    assert plan.bonus.rank == Rank(Decimal("0.05"), Decimal(2), "region", Decimal(1), 5)
    assert plan.bonus.progress is not None
    assert plan.bonus.progress.gain == Decimal("0.15")
    assert (plan.gates[0].below, plan.gates[0].missing) == (Decimal("0.9"), "error")
    assert plan.cap is not None
    assert plan.cap.times == 3
    assert plan.guarantee is not None
    assert (plan.guarantee.amount, plan.guarantee.periods) == (5000, 2)
    assert (pool.of, pool.measured_against, pool.rate) == ("team", "goal", Decimal("0.05"))
    assert (award.periods, award.consecutive, award.amount) == (8, True, 0)


def test_what_is_left_out_has_its_default() -> None:
    rules = read_incentives(
        (BLOCK + TIERS + '[[pool]]\nname = "p"\nrate = 0.1\n'
         '[[award]]\nname = "a"\nmetric = "attainment"\nat_least = 1\n').encode()
    )  # fmt: skip
    (plan,), (pool,), (award,) = rules.plans, rules.pools, rules.awards
    assert (plan.match, plan.of, plan.basis, plan.cap) == ({}, "rep", "period", None)
    assert plan.commissions[0].products == ()
    assert (pool.of, pool.over, pool.trigger, pool.split) == ("team", 1, 1, "equal")
    assert (award.periods, award.consecutive, award.text) == (1, True, "")


@pytest.mark.parametrize(
    ("text", "row", "column", "problem", "remedy"),
    [
        (PLAN + "[[plan.commission]]\n" + TIERS, 3, "plan[0].commission[0].mode",
         "the mode is missing", "tenfold"),
        (BLOCK.replace("marginal", "progressive") + TIERS, 4, "plan[0].commission[0].mode",
         "not one of the known words", "marginal, retroactive"),
        (PLAN + "mach = { role = 'x' }\n", 3, "plan[0].mach", "no such key", "match?"),
        (BLOCK + "tires = []\n" + TIERS, 5, "plan[0].commission[0].tires", "no such key", "tiers?"),
        (BLOCK, 3, "plan[0].commission[0].tiers", "tiers is missing", "Write tiers"),
        (BLOCK + "tiers = []\n", 5, "plan[0].commission[0].tiers", "is empty", "Write tiers"),
        (BLOCK + "tiers = [{ from = 0.0 }]\n", 5, "plan[0].commission[0].tiers[0].rate",
         "the rate is missing", "per unit sold"),
        (BLOCK + "tiers = [{ from = 0.0, rate = -0.1 }]\n", 5,
         "plan[0].commission[0].tiers[0].rate", "negative", "at least 0"),
        (BLOCK + 'tiers = [{ from = "traget", rate = 0.1 }]\n', 5,
         "plan[0].commission[0].tiers[0].from", "neither an attainment nor a level", "stretch"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 0.1 }, { from = 0.0, rate = 0.2 }]\n", 5,
         "plan[0].commission[0].tiers[1].from", "two tiers begin at 0 %: they overlap", "Keep one"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 0.1 }, { from = 'target', rate = 0.2 }, "
         "{ from = 1.0, rate = 0.3 }]\n", 5, "plan[0].commission[0].tiers[2].from",
         "two tiers begin at 100 %", "Keep one"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 0.1 }, { from = 1.2, rate = 0.2 }, "
         "{ from = 'target', rate = 0.3 }]\n", 5, "plan[0].commission[0].tiers[2].from",
         "begins below the one before it, at 120 %", "lowest attainment up"),
        (BLOCK + "tiers = [{ from = 0.0, to = 0.79, rate = 0.1 }, { from = 0.8, rate = 0.2 }]\n", 5,
         "plan[0].commission[0].tiers[0].to", "nothing is said between 79 % and 80 %: a gap",
         "at 80 %"),
        (BONUS + "bands = [{ from = 0.0, to = 1.1, multiplier = 0.1 }, "
         "{ from = 1.0, multiplier = 0.2 }]\n", 6, "plan[0].bonus.bands[0].to",
         "ends at 110 % and the next begins at 100 %: they overlap", "at 100 %"),
        (BONUS + "bands = [{ from = 0.5, to = 0.4, multiplier = 0.1 }]\n", 6,
         "plan[0].bonus.bands[0].to", "the end 40 % is not above the beginning 50 %", "next step"),
        (PLAN + "[plan.bonus]\ntarget_incentive = 100\n" + BANDS, 3, "plan[0].bonus.mode",
         "the mode is missing", "linear"),
        (BONUS.replace("100", '"30000"') + BANDS, 4, "plan[0].bonus.target_incentive",
         "neither an amount nor an x_ column", "x_target_incentive"),
        (BONUS + BANDS + "rank = { top = 0, multiplier = 1.0 }\n", 7, "plan[0].bonus.rank.top",
         "too small", "above 0, at most 1"),
        (BONUS + BANDS + "progress = { gain = 0.15 }\n", 7, "plan[0].bonus.progress.multiplier",
         "multiplier is missing", "least multiplier"),
        (BLOCK + TIERS + "[[plan.gate]]\nmetric = 'm'\nbelow = 0.9\n", 6, "plan[0].gate[0].factor",
         "factor is missing", "what is left"),
        (BLOCK + TIERS + "[[plan.gate]]\nmetric = 'm'\nbelow = 0.9\nfactor = 0.8\n"
         "[[plan.gate]]\nmetric = 'm'\nbelow = 0.9\nfactor = 0.5\n", 12, "plan[0].gate[1].below",
         "two gates below 0.9", "Keep one"),
        (BLOCK + TIERS + "[[plan.gate]]\nmetric = 'm'\nbelow = 0.9\nfactor = 0.8\n"
         "[[plan.gate]]\nmetric = 'm'\nbelow = 0.7\nfactor = 0.5\nmissing = 'pass'\n", 14,
         "plan[0].gate[1].missing", "differently", "same"),
        (PLAN + "cap = { times = 3.0 }\n", 3, "plan[0].cap", "does not say how much", "amount"),
        (PLAN + "cap = { amount = 1, times = 3.0 }\n", 3, "plan[0].cap", "both", "Write cap"),
        (PLAN + "cap = { of = 'target_incentive', times = 3.0 }\n[[plan.commission]]\n"
         "mode = 'marginal'\n" + TIERS, 3, "plan[0].cap", "no bonus", "as an amount"),
        (PLAN + "guarantee = { amount = 5000 }\n", 3, "plan[0].guarantee.periods",
         "periods is missing", "how many periods"),
        (PLAN + "guarantee = { amount = 5000, periods = 1.5 }\n", 3, "plan[0].guarantee.periods",
         "whole number", "whole number"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 1e300 }]\n", 5,
         "plan[0].commission[0].tiers[0].rate", "beyond 1e+15", "amount or rate"),
        (PLAN + "cap = { amount = 2000000000000000 }\n", 3, "plan[0].cap.amount", "beyond 1e+15",
         "amount or rate"),
        ("[[plan]]\nof = 'rep'\n", 1, "plan[0].name", "the name is missing", "Name the plan"),
        (BLOCK + TIERS + BLOCK + TIERS, 7, "plan[1].name", "plan[0] has this name too", "own"),
        ("[[pool]]\nname = 'p'\n", 1, "pool[0].rate", "rate is missing", "per unit"),
        ("[[pool]]\nname = 'p'\nrate = 0.1\nof = 'members'\nmeasured_against = 'goal'\n", 5,
         "pool[0].measured_against", "no goal", "street"),
        ("[[award]]\nname = 'a'\nmetric = 'attainment'\nat_least = 1\nconsecutive = 'yes'\n", 5,
         "award[0].consecutive", "neither true nor false", "quotation marks"),
        (PLAN + "match = 'senior'\n", 3, "plan[0].match", "does not say whom", "role"),
        ("plan = 3\n", 1, "plan", "must be a list of tables", "[[plan]]"),
        ("\n", 0, "", "no plan, pool or award", "Begin with [[plan]]"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_a_way_out(
    text: str, row: int, column: str, problem: str, remedy: str
) -> None:
    (found,) = errors(text)
    assert (found.file, found.row, found.column) == ("incentive.toml", row, column)
    assert problem in found.problem
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("before", "item", "most", "column"),
    [
        ("", "[[plan]]\nname = 'p'\n", 1_000, "plan"),
        (BLOCK + "tiers = [", "{ from = 0.0, rate = 0.1 }, ", 500, "plan[0].commission[0].tiers"),
        (BONUS + "bands = [", "{ from = 0.0, multiplier = 0.1 }, ", 500, "plan[0].bonus.bands"),
    ],
)
def test_rules_that_nobody_could_explain_are_refused(
    before: str, item: str, most: int, column: str
) -> None:
    end = "]" if before else ""
    with pytest.raises(InputError, match=f"there are {most + 1:,} of them") as error:
        examined((before + item * (most + 1) + end).encode(), "incentive.toml", None)
    assert error.value.findings[0].column == column
    assert examined((before + item * most + end).encode(), "incentive.toml", None)[1]


def test_all_mistakes_come_at_once() -> None:
    text = CONTRACT.replace('mode = "marginal"\n', "").replace("below = 0.9\n", "") + "rat = 1\n"
    found = errors(text + PLAN + 'of = "teem"\n')
    assert [one.column for one in found] == [
        "plan[0].commission[0].mode", "plan[0].gate[0].below", "award[0].rat", "plan[1].of",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BLOCK + "tiers = [{ from = 0.5, rate = 0.1 }]\n", "nothing is said about pay below 50 %"),
        (BLOCK + 'tiers = [{ from = "floor", rate = 0.1 }]\n', "pay below floor"),
        (BLOCK + "tiers = [{ from = 0.0, to = 1.2, rate = 0.1 }]\n", "nothing is said above 120 %"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 0.2 }, { from = 1.0, rate = 0.1 }]\n",
         "the rate falls from 20 % to 10 %"),
        (BLOCK.replace("marginal", "retroactive")
         + "tiers = [{ from = 0.0, rate = 0.2 }, { from = 1.0, rate = 0.1 }]\n",
         "pay falls when 100 % is reached"),
        (BLOCK.replace("marginal", "retroactive")
         + "tiers = [{ from = 0.0, rate = 0.0 }, { from = 'floor', rate = 0.01 }]\n",
         "pay jumps at floor (by 1 % of all sold)"),
        (BONUS + "bands = [{ from = 0.0, multiplier = 0.8 }, { from = 0.8, multiplier = 0.0 }]\n",
         "falls from 0.8 to 0 at 80 %: less pay for more sales"),
        (BONUS + "bands = [{ from = 0.0, multiplier = 0.8 }, { from = 1.0, multiplier = 1.2 }]\n",
         "the bonus jumps at 100 % (by 0.4)"),
        (BONUS + BANDS + "rank = { top = 0.05, multiplier = 2.0 }\n", "alone in a group"),
        (BLOCK + TIERS + "[[plan.gate]]\nmetric = 'm'\nbelow = 0.9\nfactor = 0.5\n"
         "[[plan.gate]]\nmetric = 'm'\nbelow = 0.7\nfactor = 0.8\n", "a lower m is cut less"),
        (BLOCK + TIERS + BLOCK.replace("all", "late") + TIERS, "nobody is left for this plan"),
        (PLAN, "pays nothing by itself"),
        ("[[pool]]\nname = 'p'\nrate = 0.1\nover = 1.2\n", "the excess is below 0"),
        (BLOCK + "tiers = [{ from = 0.0, rate = 1.5 }]\n",
         "the rate is 150 % of amount: more than all of it"),
    ],
)  # fmt: skip
def test_what_is_odd_is_noted(text: str, problem: str) -> None:
    (found,) = notes(text)
    assert problem in found.problem
    read_incentives(text.encode())


def test_rates_per_unit_may_be_above_1() -> None:
    block = BLOCK + "measure = 'customers'\nper_unit = 1\n"
    assert notes(block + "tiers = [{ from = 0.0, rate = 150 }]\n") == []


def test_target_incentives_are_held_to_what_is_exact() -> None:
    assert is_amount("1e15")
    assert not is_amount("1.000001e15")


def test_a_linear_bonus_may_jump_but_not_twice() -> None:
    def text(*multipliers: float) -> str:
        knots = [f"{{ from = 1.0, multiplier = {one} }}" for one in multipliers]
        bands = ", ".join(["{ from = 0.0, multiplier = 0.0 }", *knots])
        return f"{BONUS.replace('band', 'linear')}bands = [{bands}]\n"

    assert notes(text(0.5)) == []
    (found,) = notes(text(0.5, 1.0))
    assert "the bonus jumps at 100 % (by 0.5)" in found.problem
    (found,) = errors(text(0.5, 1.0, 1.5))
    assert "two bands begin at 100 %" in found.problem


@pytest.mark.parametrize(
    ("text", "severity", "problem"),
    [
        (BLOCK + "products = ['MEZ']\n" + TIERS, "error", "no such product"),
        (PLAN + "match = { rolle = 'senior' }\n", "error", "no column rolle"),
        (BLOCK + TIERS + BLOCK.replace("all", "b").replace(
            "[[plan.c", "match = { role = 'seniors' }\n[[plan.c") + TIERS, "note",
         "nobody has this role"),
        (BONUS.replace("100", '"x_bonis"') + BANDS, "error", "no such column"),
        (BONUS.replace("100", '"x_bonus"') + BANDS, "error", "1 people (Bob)"),
        (PLAN + "of = 'team'\n", "error", "1 people (Bob) of this plan have no team"),
        (BONUS + BANDS + "rank = { top = 0.5, within = 'team', multiplier = 1.0 }\n", "error",
         "have no team"),
        (BLOCK.replace("[[plan.c", "match = { rep = 'Ann' }\n[[plan.c") + TIERS, "note",
         "no plan matches 1 people (Bob)"),
        ("[[pool]]\nname = 'p'\nrate = 0.1\nsplit = 'share'\n", "error", "has nobody for this"),
        (BLOCK + "measure = 'margin'\n" + TIERS, "note", "margin is taken to be in"),
    ],
)  # fmt: skip
def test_rules_are_held_against_the_people(text: str, severity: str, problem: str) -> None:
    found = [one for one in findings(text, scenario()) if problem in one.problem]
    assert [one.severity for one in found] == [severity]


def test_a_region_matches_all_below_it_and_the_first_plan_pays() -> None:
    text = (
        PLAN.replace("all", "east") + 'match = { region = "East", role = ["senior", "lead"] }\n'
        '[[plan]]\nname = "open"\nmatch = { open = "yes" }\n'
        '[[plan]]\nname = "rest"\n'
    )
    rules = read_incentives(text.encode(), scenario())
    assert plan_of_people(rules.plans, scenario()).tolist() == [0, 0, 1]
    assert plan_of_people(rules.plans[1:2], scenario()).tolist() == [-1, -1, 0]


def test_check_tells_of_the_rules_of_pay(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path / "s"), "--example", "company-a"])
    assert done.exit_code == 0
    file = tmp_path / "s" / "incentive.toml"
    file.write_text(CONTRACT, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path / "s")])
    assert done.exit_code == 0
    assert (
        "note: incentive.toml, row 22, column plan[0].bonus.bands: the bonus jumps" in done.stderr
    )
    file.write_text(CONTRACT.replace('mode = "marginal"\n', ""), encoding="utf-8")
    done = CliRunner().invoke(main, ["check", str(tmp_path / "s")])
    assert done.exit_code == 2
    assert "incentive.toml, row 9, column plan[0].commission[0].mode: the mode is" in done.stderr


@pytest.mark.parametrize(
    ("other", "text", "noted"),
    [
        ({}, BONUS + BANDS, True),
        ({"pay": {"per_unit": 1}}, BONUS + BANDS, False),
        ({}, BLOCK + TIERS, False),
    ],
)
def test_money_that_nobody_named_is_noted(other: dict[str, object], text: str, noted: bool) -> None:
    settings = Settings("s", ("2024Q1",), Goal(1.0), unit="10k CNY", other=other)
    found = findings(text, replace(scenario(), settings=settings))
    assert any("unit of the plan, 10k CNY" in one.problem for one in found) == noted


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_incentives(tmp_path / "none.toml")
