"""`plan-doc`: rules of pay in sentences, a table that agrees with pay, and a picture."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import documents
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.incentives.read import read_incentives
from optimizer.incentives.sentences import award_sentence, plan_sentences, pool_sentence
from optimizer.pay.example import examples
from optimizer.pay.pay import pay_run
from optimizer.pipeline import plan

RULES = """\
[[plan]]
name = "senior"
match = { role = "senior" }
basis = "cumulative"
cap = { of = "target_incentive", times = 3.0 }
guarantee = { amount = 5000, periods = 2 }

[[plan.commission]]
mode = "retroactive"
products = ["MES"]
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = 0.02 }]

[[plan.commission]]
mode = "marginal"
measure = "margin"
tiers = [{ from = 0.0, rate = 0.5 }]

[plan.bonus]
target_incentive = 30000
mode = "linear"
bands = [{ from = 0.8, multiplier = 0.5 }, { from = 1.2, multiplier = 1.5 }]
rank = { top = 0.05, multiplier = 2.0, from = 1.0, min_group = 20 }
progress = { gain = 0.15, multiplier = 1.0 }

[[plan.gate]]
metric = "collection_rate"
below = 0.9
factor = 0.8

[[plan]]
name = "lead"
match = { role = "newcomer" }
of = "region"
cap = { amount = 90000 }

[[plan.commission]]
mode = "marginal"
measure = "customers"
per_unit = 1
tiers = [{ from = 0.0, rate = 500 }, { from = "target", rate = 800 }]

[[pool]]
name = "fund"
of = "region"
over = 1.2
trigger = 1.2
rate = 0.05
split = "amount"

[[award]]
name = "stock"
metric = "attainment"
at_least = 1.0
periods = 2
text = "eligible for the stock plan"
amount = 500
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    scenario = folder / "scenario"
    CliRunner().invoke(main, ["init", str(scenario), "--example", "company-a", "--quiet"])
    (scenario / "incentive.toml").write_text(RULES, encoding="utf-8")
    with (scenario / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write('\n[pay]\nunit = "CNY"\nper_unit = 10000\n')
    plan(scenario, folder / "run")
    return folder / "run"


def _plan_doc(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["plan-doc", *map(str, arguments)])


def test_every_rule_is_a_sentence() -> None:
    rules = read_incentives(RULES.encode())
    senior, lead = (list(plan_sentences(one, "CNY", Decimal(10000))) for one in rules.plans)
    assert senior == [
        "This plan pays everyone whose role is senior.",
        "It looks at your own sales, and counts the year to date; what was paid before in the "
        "year is taken off, and never claimed back.",
        "Commission on what is sold of MES, all of it at one rate, that of the step you reach: at "
        "first 1 %, from 100 % on 2 %. Percentages are of your own target for them.",
        "Commission: 50 % of the margin of all sales.",
        "Bonus: 30,000 CNY per period times a factor that follows your own attainment (sales / "
        "target) on straight lines between these points: below 80 % nothing, from 80 % 0.5, from "
        "120 % 1.5.",
        "The best 5 % of your region by attainment, ties included, have a factor of at least 2, if "
        "you reach at least 100 % and there are at least 20 of you.",
        "Whoever gains at least 15 points of attainment over the period before has a factor of at "
        "least 1.",
        "Commission and bonus depend on your collection rate: below 0.9 80 % of them are paid.",
        "Commission and bonus together pay at most 3 times your target incentive per period.",
        "In your first 2 periods you are paid at least 5,000 CNY per period, by the days you are "
        "here; this is never claimed back.",
    ]
    assert lead[1:] == [
        "It looks at your region's sales, your own included, and counts each period by itself.",
        "Commission on the customers of all sales, each part at its own rate: at first 500 CNY per "
        "unit, from your target on 800 CNY per unit. Percentages are of your region's target.",
        "Commission and bonus together pay at most 90,000 CNY per period.",
    ]
    assert pool_sentence(rules.pools[0]) == (
        "fund: once the region reaches 120 %, 5 % of what was sold over 120 % of the region's goal "
        "is shared by everyone, in proportion to what they sold."
    )
    assert award_sentence(rules.awards[0], "CNY") == (
        "stock: everyone with attainment of at least 100 % in 2 periods running: eligible for the "
        "stock plan and 500 CNY."
    )


def test_the_page_has_table_curve_and_jumps(run: Path) -> None:
    done = _plan_doc(run)
    assert done.exit_code == 0, done.output
    page = (run / "plan-doc" / "plan.md").read_text(encoding="utf-8")
    assert page in done.output
    rows = re.findall(r"^\| (\d+) % \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$", page, re.MULTILINE)
    senior = {int(row[0]): row[1:] for row in rows[:11]}
    assert list(senior) == list(range(50, 151, 10))
    assert senior[100] == ("150", "18,000.00", "30,000.00", "48,000.00")  # MES 90 at 2 %
    assert senior[150] == ("225", "27,000.00", "45,000.00", "72,000.00")
    assert "At 80 % pay rises by 15,000 CNY at once." in page
    assert "At 100 % pay rises by 9,000 CNY at once." in page
    assert "Not in these figures: what is paid on margin." in page
    assert (run / "plan-doc" / "curve-1.png").read_bytes()[:4] == b"\x89PNG"
    assert "(curve-1.png)" in page
    assert _plan_doc(run, "--charts", "none", "--quiet").stdout == ""
    assert not (run / "plan-doc" / "curve-1.png").exists()


def test_the_table_says_what_pay_would(run: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES.replace('basis = "cumulative"\n', "").split("[[plan.gate]]")[0]
                     .replace("guarantee = { amount = 5000, periods = 2 }\n", "")
                     .replace('[[plan.commission]]\nmode = "marginal"\nmeasure = "margin"\n'
                              "tiers = [{ from = 0.0, rate = 0.5 }]\n", ""),
                     encoding="utf-8")  # fmt: skip
    planned, (senior,) = examples(run, rules)
    targets = planned.levels["2023Q3"][senior.rep]["amount", "target"]
    for point in senior.table:
        rows = [f"2023Q3,{senior.rep},{product},{amount * point.attainment}"
                for product, amount in targets.items()]  # fmt: skip
        sales = tmp_path / "sales.csv"
        sales.write_text("\n".join(["period,rep,product,amount", *rows, ""]), encoding="utf-8")
        paid = {one.rep: one.amount for one in pay_run(run, sales, incentive=rules).payouts}
        assert paid[senior.rep] == point.payout


def test_rules_in_the_documentation_are_sound() -> None:
    blocks = documents.blocks_in("toml", [documents.ROOT / "docs" / "incentives.md"])
    assert [read_incentives(block.text.encode()).plans[0].name for block in blocks] == ["senior"]
