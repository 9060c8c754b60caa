"""`plan-doc`: rules of pay in sentences, a table that agrees with pay, and a picture."""

from __future__ import annotations

import re
import shutil
from decimal import Decimal
from pathlib import Path

import documents
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.incentives.read import read_incentives
from optimizer.incentives.sentences import award_sentence, plan_sentences, pool_sentence
from optimizer.incentives.sentences_zh import (
    award_sentence_zh,
    plan_sentences_zh,
    pool_sentence_zh,
)
from optimizer.pay.before_plan import examples_before
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
        "Commission and bonus depend on your collection rate: below 0.9, 80 % of them are paid.",
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


def test_every_rule_is_a_sentence_in_chinese_too() -> None:
    rules = read_incentives(RULES.encode())
    senior, lead = (list(plan_sentences_zh(one, "元", Decimal(10000))) for one in rules.plans)
    assert senior == [
        "本方案适用于岗位为 senior 的人员。",
        "以本人的销售额为准，按年初至今累计计算；本年已发的部分予以扣除，但绝不追回。",
        "提成：按 MES 的销售额，全部按所达到档次的同一比例计提：起始 1%，达到 100% 起 2%。"
        "百分比以本人在这些产品上的目标为基准。",
        "提成：全部销售额对应的 margin 的 50%。",
        "奖金：每期 30,000 元乘以系数，系数随本人的完成率（销售额/目标）在下列各点之间按直线计算："
        "低于 80% 没有奖金，达到 80% 起 0.5，达到 120% 起 1.5。",
        "完成率列区域内前 5% 者（含并列），系数至少为 2，条件是完成率不低于 100%且同组至少 20 人。",
        "完成率比上期提高至少 15 个百分点者，系数至少为 1。",
        "提成与奖金取决于回款率：低于 0.9 时发放 80%。",
        "提成与奖金合计每期最高为目标奖金的 3 倍。",
        "入职后前 2 期，每期至少发放 5,000 元，按在岗天数折算；此款绝不追回。",
    ]
    assert lead[1:] == [
        "以所在区域的销售额（含本人）为准，每期单独计算。",
        "提成：按全部销售额对应的 customers，各段分别按各自的比例计提：起始每单位 500 元，"
        "达到目标起每单位 800 元。百分比以所在区域的目标为基准。",
        "提成与奖金合计每期最高为 90,000 元。",
    ]
    assert pool_sentence_zh(rules.pools[0]) == (
        "fund：区域完成率达到 120% 后，销售额超出区域目标的 120% 部分的 5% "
        "由全体人员按各自销售额的比例分配。"
    )
    assert award_sentence_zh(rules.awards[0], "元") == (
        "stock：全体人员，连续 2 期完成率不低于 100%：eligible for the stock plan、500 元。"
    )


def test_the_page_in_chinese_has_the_same_figures(run: Path, tmp_path: Path) -> None:
    pages = []
    for lang in ("en", "zh"):
        done = _plan_doc(run, "--lang", lang, "--charts", "none", "--out", tmp_path / lang)
        assert done.exit_code == 0, done.output
        pages.append((tmp_path / lang / "plan.md").read_text(encoding="utf-8"))
    english, chinese = ([line for line in page.splitlines() if line.startswith("| ")]
                        for page in pages)  # fmt: skip
    kept = [line for line in english if "attainment" not in line]
    assert kept == [line for line in chinese if "完成率" not in line]
    assert len(kept) == 22
    assert "# 薪酬办法：company-a" in pages[1]
    assert "完成率达到 80% 时，收入一次增加 15,000 CNY。" in pages[1]
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,} [a-z]{3,}", pages[1].replace(
        "eligible for the stock plan", ""))  # fmt: skip


def test_when_it_is_paid_is_said_and_changes_nothing(run: Path, tmp_path: Path) -> None:
    told = RULES.replace('basis = "cumulative"', 'basis = "cumulative"\npaid = "with the salary"')
    told = told.replace('split = "amount"', 'split = "amount"\npaid = "in the next quarter"')
    told = told.replace("amount = 500\n", 'amount = 500\npaid = "in Q1 of the next year."\n')
    rules = tmp_path / "rules.toml"
    rules.write_text(told, encoding="utf-8")
    done = _plan_doc(run, "--incentive", rules, "--charts", "none", "--out", tmp_path / "doc")
    for words in ("- When it is paid: with the salary.", "sold. When it is paid: in the next quart",
                  "CNY. When it is paid: in Q1 of the next year."):  # fmt: skip
        assert words in done.stdout
    chinese = _plan_doc(run, "--incentive", rules, "--lang", "zh", "--charts", "none",
                        "--out", tmp_path / "zh")  # fmt: skip
    for words in ("- 发放时间：with the salary。", "发放时间：in Q1 of the next year。"):
        assert words in chinese.stdout
    assert read_incentives(told.encode()).plans[0].paid == "with the salary"


def test_before_a_plan_the_page_says_what_it_assumes(run: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario"
    shutil.copytree(run / "scenario", scenario)
    done = _plan_doc(scenario, "--charts", "none")
    assert done.exit_code == 0, done.output
    assert "There is no plan yet: the target is what this person would carry" in done.stdout
    assert (scenario / "plan-doc" / "plan.md").is_file()
    _, (senior, _), assumed = examples_before(scenario)
    assert assumed == "reference"
    # Case A: floor 1,200 and stretch 1,600 of a goal of 1,400.
    for level, goal in ((senior.floor, 1200), (senior.stretch, 1600)):
        assert float(level / senior.target) == pytest.approx(goal / 1400, abs=0.02)
    chosen = _plan_doc(scenario / "incentive.toml", "--target", 500, "--charts", "none",
                       "--out", tmp_path / "chosen")  # fmt: skip
    assert "the target was chosen for the example" in chosen.stdout
    assert "target 500, stretch 571 10k CNY in 2023Q3" in chosen.stdout


def test_rules_alone_are_enough(tmp_path: Path) -> None:
    rules = tmp_path / "incentive.toml"
    rules.write_text(RULES, encoding="utf-8")
    done = _plan_doc(rules, "--charts", "none")
    assert done.exit_code == 0, done.output
    assert "target, floor and stretch were chosen for the example" in done.stdout
    assert "floor 800,000, target 1,000,000, stretch 1,200,000 in one period" in done.stdout
    assert "| 100 % | 1,000,000 | 20,000.00 | 30,000.00 | 50,000.00 |" in done.stdout
    planned, (senior, lead), _ = examples_before(rules, None, 200.0)
    assert [senior.target, lead.target] == [200, 200]
    assert planned.unit == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{at}/nowhere",), "there is no such scenario"),
        (("{at}/rules.toml", "--target", "0"), "--target lies between 0 and"),
        (("{at}/rules.toml", "--target", "nan"), "--target lies between 0 and"),
        (("{at}/rules.toml", "--target", "1e300"), "--target lies between 0 and"),
        (("{at}/rules.toml", "--incentive", "{at}/rules.toml"), "leave --incentive out"),
        (("{run}", "--target", "5"), "this run has targets of its own"),
        (("{at}/bare",), "has no incentive.toml; name one with --incentive"),
        (("{at}/broken.toml",), "the line is no TOML"),
    ],
)
def test_mistakes_are_told_in_words(
    run: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("plan = [", encoding="utf-8")
    shutil.copytree(run / "scenario", tmp_path / "bare")
    (tmp_path / "bare" / "incentive.toml").unlink()
    done = _plan_doc(*(text.format(run=run, at=tmp_path) for text in arguments))
    assert done.exit_code == 2, done.output
    assert words in done.stderr


def test_rules_in_the_documentation_are_sound() -> None:
    blocks = documents.blocks_in("toml", [documents.ROOT / "docs" / "incentives.md"])
    assert [read_incentives(block.text.encode()).plans[0].name for block in blocks] == ["senior"]


def test_no_name_or_text_leaves_its_place_in_the_page(tmp_path: Path) -> None:
    """A backslash takes no sign away, and no line of a text defines what a name refers to."""
    rules = """\
[[plan]]
name = '\\<img src=x> ![pix] \\[pix]'
paid = "later\\n\\n[pix]: http://example.invalid/x.png\\n- more\\n| a | b |"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }]
"""
    path = tmp_path / "incentive.toml"
    path.write_text(rules, encoding="utf-8")
    out = tmp_path / "page"
    result = CliRunner().invoke(
        main, ["plan-doc", str(path), "--out", str(out), "--charts", "none"]
    )
    assert result.exit_code == 0, result.output
    lines = (out / "plan.md").read_text(encoding="utf-8").splitlines()
    assert r"## \\\<img src=x> !\[pix\] \\\[pix\]" in lines
    assert any(
        r"later \[pix\]: http://example.invalid/x.png - more | a | b |" in one for one in lines
    )
    assert not [one for one in lines if one.startswith(("[", "\\["))]
    assert not [one for one in lines if one.startswith("| a |")]
