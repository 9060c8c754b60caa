"""The command `pay`: files that add up to the cent, history, errors in words of pay."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.errors import DefectError, InputError
from optimizer.pay.check import check_tables
from optimizer.pay.exact import exact, exact_decimals, shared
from optimizer.pay.pay import pay_run
from optimizer.pay.tables import LEDGER, PAYOUTS
from optimizer.pay.write import write_pay
from optimizer.pipeline import plan
from optimizer.results.run_folder import read_record
from tests.worlds import SCENARIOS

RETROACTIVE = """\
[[plan]]
name = "everyone"

[[plan.commission]]
mode = "retroactive"
tiers = [
  { from = 0.0, rate = 0.0 },
  { from = "floor", rate = 0.01 },
  { from = "target", rate = 0.018 },
  { from = "stretch", rate = 0.025 },
]

[[pool]]
name = "trip"
of = "company"
rate = 0.10
split = "none"
"""

GATED = """\
[[plan]]
name = "everyone"

[plan.bonus]
target_incentive = 10000
mode = "band"
bands = [{ from = 0.0, multiplier = 0.0 }, { from = 1.0, multiplier = 1.2 }]
progress = { gain = 0.15, from = 0.8, multiplier = 1.0 }

[[plan.gate]]
metric = "collection_rate"
below = 0.9
factor = 0.8

[[award]]
name = "streak"
metric = "attainment"
at_least = 1.0
periods = 2
amount = 700
"""

YEARS = """\
name = "years"
periods = ["2024Q1", "2024Q2"]
goal = 400
[pay]
unit = "CNY"
per_unit = 10000
"""


@pytest.fixture(scope="module")
def company_a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    scenario = folder / "company-a"
    CliRunner().invoke(main, ["init", str(scenario), "--example", "company-a", "--quiet"])
    (scenario / "incentive.toml").write_text(RETROACTIVE, encoding="utf-8")
    with (scenario / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write('\n[pay]\nunit = "CNY"\nper_unit = 10000\n')
    plan(scenario, folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two quarters, two reps with 100 each in both."""
    folder = tmp_path_factory.mktemp("quarters")
    scenario = folder / "scenario"
    scenario.mkdir()
    (scenario / "scenario.toml").write_text(YEARS, encoding="utf-8")
    (scenario / "people.csv").write_text(
        "rep,region,capacity,min\n=Ann,East,100,100\nBob,East,100,100\n", encoding="utf-8"
    )
    (scenario / "incentive.toml").write_text(GATED, encoding="utf-8")
    plan(scenario, folder / "run")
    return folder / "run"


def write_sales(path: Path, rows: list[str], header: str = "period,rep,amount") -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def company_sales(path: Path) -> Path:
    """Seniors sell 236 each, newcomers 80: together 1420."""
    rows = [f"2023Q3,S{one},236" for one in range(1, 6)] + [
        f"2023Q3,N{one},80" for one in (1, 2, 3)
    ]
    return write_sales(path, rows)


def _pay(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["pay", *map(str, arguments)])


def test_company_a_is_paid_line_by_line(company_a: Path, tmp_path: Path) -> None:
    sales = company_sales(tmp_path / "sales.csv")
    done = _pay(company_a, "--actuals", sales, "--force")
    assert done.exit_code == 0, done.output
    assert "pay of 355,000.00 CNY" in done.output
    assert "stretch equals target for N1, N2, N3, S1, S2 and 3 more" in done.output
    payouts = pd.read_csv(company_a / "pay" / "payouts.csv", dtype=str)
    ledger = pd.read_csv(company_a / "pay" / "ledger.csv", dtype=str, keep_default_na=False)
    assert tuple(payouts.columns) == PAYOUTS
    assert tuple(ledger.columns) == LEDGER
    own = payouts.set_index("rep")["payout"]
    assert own["S1"] == "59000.00"  # 236 at 2.5 %
    assert own["N1"] == "20000.00"  # 80 at 2.5 %: nobody can carry more, so stretch is target
    for rep, rows in ledger.groupby("rep"):
        assert sum(map(Decimal, rows["amount"])) == Decimal(own[str(rep)])
    first = ledger.iloc[0]
    assert first.tolist() == [
        "2023Q3", "N1", "commission", "from stretch", "800000", "0.025", "20000.00",
    ]  # fmt: skip


def test_the_record_has_the_language(company_a: Path, tmp_path: Path) -> None:
    sales = company_sales(tmp_path / "sales.csv")
    for lang, extra in (("en", ()), ("zh", ("--lang", "zh"))):
        done = _pay(company_a, "--actuals", sales, "--out", tmp_path / lang, *extra)
        assert done.exit_code == 0, done.output
        assert read_record(tmp_path / lang)["lang"] == lang


def test_a_fund_that_nobody_is_paid_from(company_a: Path, tmp_path: Path) -> None:
    """Case IN-03: 10 % of the excess over the goal of 1400, not over the targets of 990."""
    sales = company_sales(tmp_path / "sales.csv")
    done = _pay(company_a, "--actuals", sales, "--out", tmp_path / "pay", "--json")
    found = json.loads(done.stdout)
    assert found["exit_code"] == 0
    assert found["unit"] == "CNY"
    (fund,) = found["pools"]
    assert (fund["target"], fund["actual"], fund["amount"]) == ("1400", "1420", "20000.00")
    assert fund["paid"] == "0.00"
    payouts = pd.read_csv(tmp_path / "pay" / "payouts.csv")
    assert payouts["pool"].sum() == 0
    assert Decimal(found["payout"]) == 355000


def test_the_same_bytes_whatever_the_order_of_rows(company_a: Path, tmp_path: Path) -> None:
    sales = company_sales(tmp_path / "sales.csv")
    lines = sales.read_text(encoding="utf-8").splitlines()
    mixed = write_sales(tmp_path / "mixed.csv", lines[:0:-1], lines[0])
    for name, path in (("a", sales), ("b", mixed)):
        assert _pay(company_a, "--actuals", path, "--out", tmp_path / name).exit_code == 0
    for name in ("payouts.csv", "ledger.csv", "pools.csv", "pay.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_weeks_and_lines_of_orders_add_up(company_a: Path, tmp_path: Path) -> None:
    rows = [f"2023Q3,{week},S1,{amount}" for week, amount in ((1, "100.1"), (2, "49.9"))]
    sales = write_sales(tmp_path / "weeks.csv", rows, "period,week,rep,amount")
    found = pay_run(company_a, sales)
    assert {one.rep: one.amount for one in found.payouts}["S1"] == 37500


def test_people_without_a_row_are_named(company_a: Path, tmp_path: Path) -> None:
    sales = write_sales(tmp_path / "sales.csv", ["2023Q3,S1,236", "2023Q3,N1,0"])
    found = pay_run(company_a, sales).as_dict()
    absent = [note for note in found["notes"] if "no row" in note]
    assert absent == [
        "2023Q3: 6 with a target have no row in the actuals and count as 0 (N2, N3, S2, S3, S4 "
        "and 1 more); add their rows, with amount 0 where nothing was sold"
    ]
    whole = pay_run(company_a, company_sales(tmp_path / "sales.csv")).as_dict()
    assert not any("no row" in note for note in whole["notes"])


def test_a_planned_measure_is_judged_by_its_own_targets(tmp_path: Path) -> None:
    """Customers have targets of their own; a rate of 100 is money for each of them."""
    plan(SCENARIOS / "customers", tmp_path / "run")
    targets = pd.read_csv(tmp_path / "run" / "targets.csv", keep_default_na=False)
    own = targets[targets["measure"] == "customers"]
    sold = own.assign(amount=100, customers=own["target"] + 1)
    columns = ["period", "rep", "product", "amount", "customers"]
    sold[columns].to_csv(tmp_path / "s.csv", index=False)
    (tmp_path / "rules.toml").write_text(
        '[[plan]]\nname = "all"\n[[plan.commission]]\nmode = "marginal"\n'
        'measure = "customers"\nper_unit = 1\n'
        'tiers = [{ from = 0.0, rate = 100 }, { from = "target", rate = 300 }]\n'
        '[[plan.commission]]\nmode = "marginal"\ntiers = [{ from = 0.0, rate = 0.01 }]\n',
        encoding="utf-8",
    )
    found = pay_run(tmp_path / "run", tmp_path / "s.csv", incentive=tmp_path / "rules.toml")
    east = next(one for one in found.payouts if one.rep == "Rep East")
    count = int(own.loc[own["rep"] == "Rep East", "target"].sum())
    products = int((own["rep"] == "Rep East").sum())
    assert [(line.component, line.amount) for line in east.lines] == [
        ("commission customers", 100 * count),
        ("commission customers", 300 * products),
        ("commission 2", products),
    ]


def test_progress_and_awards_know_the_period_before(quarters: Path, tmp_path: Path) -> None:
    header = "period,rep,amount,collection_rate"
    rows = ["2024Q1,=Ann,65,1", "2024Q2,=Ann,80,1", "2024Q1,Bob,100,0.89", "2024Q2,Bob,100,0.9"]
    found = pay_run(quarters, write_sales(tmp_path / "both.csv", rows, header))
    paid = {(one.period, one.rep): one.amount for one in found.payouts}
    assert paid["2024Q1", "=Ann"] == 0
    assert paid["2024Q2", "=Ann"] == 10000  # 15 points more, from 80 % on
    assert paid["2024Q1", "Bob"] == 9600
    assert paid["2024Q2", "Bob"] == 12700  # the streak of two

    second = write_sales(tmp_path / "second.csv", rows[1::2], header)
    first = write_sales(tmp_path / "first.csv", rows[::2], header)
    alone = {one.rep: one.amount for one in pay_run(quarters, second).payouts}
    assert alone == {"=Ann": 0, "Bob": 12000}

    assert _pay(quarters, "--actuals", first).exit_code == 0
    later = pay_run(quarters, second, previous=[quarters])
    assert {one.rep: one.amount for one in later.payouts} == {"=Ann": 10000, "Bob": 12700}
    both = pay_run(quarters, tmp_path / "both.csv", previous=[quarters])
    assert {one.period for one in both.payouts} == {"2024Q2"}
    chosen = pay_run(quarters, tmp_path / "both.csv", period="2024Q2")
    assert [one.amount for one in chosen.payouts] == [one.amount for one in later.payouts]
    with pytest.raises(InputError, match="has paid it already"):
        pay_run(quarters, tmp_path / "both.csv", previous=[quarters], period="2024Q1")
    with pytest.raises(InputError, match="no period that is not paid yet"):
        pay_run(quarters, first, previous=[quarters])
    with pytest.raises(InputError, match="was paid by an earlier one too"):
        pay_run(quarters, second, previous=[quarters, quarters])


def test_labels_that_look_like_formulas_are_harmless(quarters: Path, tmp_path: Path) -> None:
    rows = ["2024Q1,=Ann,65,1", "2024Q1,Bob,100,1"]
    sales = write_sales(tmp_path / "s.csv", rows, "period,rep,amount,collection_rate")
    assert _pay(quarters, "--actuals", sales, "--out", tmp_path / "pay").exit_code == 0
    assert "2024Q1,'=Ann," in (tmp_path / "pay" / "payouts.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        ("period,rep,amount", ["2024Q1,Bob,100"], "=Ann, Bob have no collection_rate in 2024Q1"),
        ("period,rep,amount", ["2024Q3,Bob,100"], "the plan has no such period"),
        ("period,rep,amount", ["2024Q1,Bop,100"], "Did you mean Bob?"),
        ("period,rep,product,amount", ["2024Q1,Bob,Twin,100"], "no such product"),
        ("period,rep,amout", ["2024Q1,Bob,100"], "Did you mean amount?"),
        ("period,rep,amount", ["2024Q1,Bob,1O0"], "letter O"),
        ("period,rep,amount,collection_rate", ["2024Q1,Bob,1,0.9", "2024Q1,Bob,1,0.8"],
         "Bob has another collection_rate"),
    ],
)  # fmt: skip
def test_wrong_actuals_are_sent_back(
    quarters: Path, tmp_path: Path, header: str, rows: list[str], said: str
) -> None:
    done = _pay(quarters, "--actuals", write_sales(tmp_path / "s.csv", rows, header),
                "--out", tmp_path / "pay")  # fmt: skip
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "pay").exists()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('[[plan]]\nname = "p"\n[[plan.commission]]\nmode = "marginal"\nmeasure = "margin"\n'
         "tiers = [{ from = 0.0, rate = 0.1 }]\n", "a commission is paid on margin"),
        ('[[plan]]\nname = "p"\n[[plan.commission]]\nmode = "marginal"\nproducts = ["all"]\n'
         "tiers = [{ from = 0.0, rate = 0.1 }]\n", "the plan p pays by product"),
        ('[[plan]]\nname = "p"\nbasis = "cumulative"\n[[plan.commission]]\nmode = "marginal"\n'
         "tiers = [{ from = 0.0, rate = 0.1 }]\n", "nothing for 2024Q1"),
        ('[[plan]]\nname = "p"\n[[plan.commission]]\n'
         "tiers = [{ from = 0.0, rate = 0.1 }]\n", "the mode is missing"),
    ],
)  # fmt: skip
def test_rules_that_the_actuals_cannot_serve(
    quarters: Path, tmp_path: Path, rules: str, said: str
) -> None:
    (tmp_path / "other.toml").write_text(rules, encoding="utf-8")
    sales = write_sales(tmp_path / "s.csv", ["2024Q2,Bob,100"])
    done = _pay(quarters, "--actuals", sales, "--incentive", tmp_path / "other.toml")
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_run_without_rules_or_people_is_told(tmp_path: Path) -> None:
    plan(SCENARIOS / "company-a", tmp_path / "run")
    sales = company_sales(tmp_path / "sales.csv")
    assert "name one with --incentive" in _pay(tmp_path / "run", "--actuals", sales).stderr
    assert "no such run folder" in _pay(tmp_path / "no", "--actuals", sales).stderr
    (tmp_path / "scenario.toml").write_text(YEARS, encoding="utf-8")
    (tmp_path / "regions.csv").write_text("region\nEast\nWest\n", encoding="utf-8")
    plan(tmp_path, tmp_path / "regions")
    assert "no people to pay" in _pay(tmp_path / "regions", "--actuals", sales).stderr


def test_other_folders_are_never_replaced(company_a: Path, tmp_path: Path) -> None:
    sales = company_sales(tmp_path / "sales.csv")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine", encoding="utf-8")
    done = _pay(company_a, "--actuals", sales, "--out", tmp_path / "mine")
    assert done.exit_code == 2
    assert "is not empty" in done.stderr
    assert _pay(company_a, "--actuals", sales, "--out", company_a, "--force").exit_code == 2
    assert _pay(company_a, "--actuals", sales, "--out", tmp_path, "--force").exit_code == 2
    assert sales.exists()


def test_a_ledger_that_does_not_add_up_is_never_written(company_a: Path, tmp_path: Path) -> None:
    found = pay_run(company_a, company_sales(tmp_path / "sales.csv"))
    object.__setattr__(found.payouts[0], "sums", {"commission": Decimal("0.01")})
    with pytest.raises(DefectError, match="adds up"):
        write_pay(found, tmp_path / "pay", tmp_path / "sales.csv")
    assert not (tmp_path / "pay").exists()


PAYOUT_ROW = ["2024Q1", "A", "p", "1", "1", "1", "1.00", "2.00", "0.8", "0.60", "0.10", "0.00",
              "0.00", "1.90"]  # fmt: skip
LEDGER_ROWS = [
    ["2024Q1", "A", "commission MES", "", "", "", "1.00"],
    ["2024Q1", "A", "bonus", "", "", "", "2.00"],
    ["2024Q1", "A", "gate collection_rate", "", "", "", "-0.60"],
    ["2024Q1", "A", "cap", "", "", "", "-0.60"],
    ["2024Q1", "A", "pool fund", "", "", "", "0.10"],
]
POOL_ROWS = [["2024Q1", "fund", "*", "", "", "", "0.10", "0.10"]]


def test_sums_are_counted_again() -> None:
    assert check_tables(PAYOUTS, [PAYOUT_ROW], LEDGER_ROWS, POOL_ROWS) == 9


@pytest.mark.parametrize("column", ["commission", "bonus", "cap_cut", "pool", "award", "payout"])
def test_a_cent_too_many_is_found(column: str) -> None:
    place = PAYOUTS.index(column)
    wrong = [*PAYOUT_ROW]
    wrong[place] = f"{Decimal(wrong[place]) + Decimal('0.01'):.2f}"
    with pytest.raises(DefectError, match=column):
        check_tables(PAYOUTS, [wrong], LEDGER_ROWS, POOL_ROWS)


def test_a_line_of_nobody_and_a_pool_that_leaks_are_found() -> None:
    stray = [*LEDGER_ROWS, ["2024Q1", "B", "bonus", "", "", "", "1.00"]]
    with pytest.raises(DefectError, match="B, 2024Q1"):
        check_tables(PAYOUTS, [PAYOUT_ROW], stray, POOL_ROWS)
    with pytest.raises(DefectError, match="pools"):
        check_tables(PAYOUTS, [PAYOUT_ROW], LEDGER_ROWS, [])


def test_shares_of_a_pool_add_up_and_ties_go_by_name() -> None:
    with exact_decimals():
        thirds = shared(Decimal("100.00"), dict.fromkeys("CBA", Decimal(1)))
        assert thirds == {"A": Decimal("33.34"), "B": Decimal("33.33"), "C": Decimal("33.33")}
        uneven = shared(Decimal("0.05"), {"A": Decimal(1), "B": Decimal(1), "C": Decimal("0.1")})
    assert sum(uneven.values()) == Decimal("0.05")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (83.68, "83.68"), (58.1 / 100, "0.581"), (9007199254740993.0, None), (3.0, "3")],
)
def test_numbers_of_files_become_the_decimals_they_show(value: float, text: str | None) -> None:
    assert exact(value) == (Decimal(int(value)) if text is None else Decimal(text))
