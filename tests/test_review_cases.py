"""Review reproduces the worked cases, by their numbers, and textbook splits by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.pipeline import plan
from optimizer.review.effects import EFFECTS, split
from optimizer.review.review import Review
from optimizer.review.run import review_run
from optimizer.review.text import render_review
from optimizer.review.write import write_review
from tests.review_worlds import run_with, sales_of, write_sales
from tests.worlds import ASSIGNED, SCENARIOS

QUARTERS = ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]


def row(table: pd.DataFrame, **chosen: str) -> pd.Series:
    for column, value in chosen.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


# RV-01. How the 1420 are spread over people is ours: everybody alike but S1.
COMPANY_A = {rep: 175 for reps in ASSIGNED.values() for rep in reps} | {"S1": 195}
TWIN_SHARE = 0.32


def company_a_sales(path: Path) -> Path:
    twin = {rep: round(amount * TWIN_SHARE, 2) for rep, amount in COMPANY_A.items()}
    return write_sales(
        path,
        [
            {"period": "2023Q3", "rep": rep, "product": product, "amount": part}
            for rep, amount in COMPANY_A.items()
            for product, part in (("Digital Twin", twin[rep]), ("MES", amount - twin[rep]))
        ],
    )


@pytest.fixture(scope="module")
def company_a(tmp_path_factory: pytest.TempPathFactory) -> Review:
    folder = tmp_path_factory.mktemp("company-a")
    plan(SCENARIOS / "company-a", folder / "run")
    history = write_sales(folder / "past.csv", [{"period": "2023Q2", "amount": 1200}])
    sales = company_a_sales(folder / "sales.csv")
    return review_run(folder / "run", sales, history=history)


def test_rv_01_company_a(company_a: Review) -> None:
    found = row(company_a.attainment, dimension="company")
    assert found["attainment"] == pytest.approx(1420 / 1400)
    assert found["floor_attainment"] == pytest.approx(1.1833, abs=5e-5)
    assert found["stretch_attainment"] == pytest.approx(0.8875)
    assert found["street_attainment"] == pytest.approx(1.4343, abs=5e-5)
    assert found["change"] == pytest.approx(0.1833, abs=5e-5)
    twin = row(company_a.attainment, dimension="product", name="Digital Twin")
    assert company_a.book.unit.amount(twin["actual"]) == pytest.approx(454.4)
    assert twin["attainment"] == pytest.approx(1.0819, abs=5e-5)
    head = company_a.as_dict()["company"][0]
    assert (head["heads"], head["actual_per_head"], head["street_per_head"]) == (8, 177.5, 123.75)


def test_rv_01_what_was_nobodys_target_is_told_apart(company_a: Review) -> None:
    found = row(company_a.effects, dimension="company")
    unit = company_a.book.unit
    assert unit.amount(found["difference"]) == pytest.approx(20)
    assert unit.finer.amount(found["assignment"]) == pytest.approx(-410)
    assert unit.finer.amount(found["common"]) == pytest.approx(430)


def test_rv_01_growth_read_on_last_quarter(tmp_path: Path) -> None:
    run = run_with(tmp_path, {"Ann": [1620]}, ["2023Q3"],
                   history=[{"period": "2023Q2", "region": "North", "amount": 1200}],
                   goal={"growth": 0.35, "base": ["2023Q2"]})  # fmt: skip
    sales = write_sales(tmp_path / "s.csv", [{"period": "2023Q3", "rep": "Ann", "amount": 1420}])
    found = row(review_run(run, sales).attainment, dimension="company")
    assert found["attainment"] == pytest.approx(0.8765, abs=5e-5)
    assert found["floor_attainment"] == pytest.approx(1420 / (0.8 * 1620))


def test_rv_01_new_product_against_the_tables_share_of_the_floor(tmp_path: Path) -> None:
    """30 % of 1200 in place of 1400: 454.4 against 360."""
    run = run_with(tmp_path, {"Ann": [360]}, ["2023Q3"])
    sales = write_sales(tmp_path / "s.csv", [{"period": "2023Q3", "rep": "Ann", "amount": 454.4}])
    found = row(review_run(run, sales).attainment, dimension="company")
    assert found["attainment"] == pytest.approx(1.2622, abs=5e-5)


def test_rv_01_new_customers(tmp_path: Path) -> None:
    plan(SCENARIOS / "customers", tmp_path / "run")
    people = pd.read_csv(SCENARIOS / "customers" / "people.csv")
    rows = [{"period": "2023Q3", "rep": people["rep"][0], "amount": 100, "customers": 22}]
    found = review_run(tmp_path / "run", write_sales(tmp_path / "s.csv", rows), measure="customers")
    assert row(found.attainment, dimension="company")["attainment"] == pytest.approx(1.1)


D1 = {"S001": [500_000], "S002": [480_000], "S003": [520_000]}
D1_SOLD = {"S001": 575_000, "S002": 408_000, "S003": 624_000}
D1_REGION = {"S001": "East", "S002": "North", "S003": "South"}


def test_rv_02_split_of_a_gap(tmp_path: Path) -> None:
    run = run_with(tmp_path, D1, ["2024Q1"], D1_REGION)
    sales = write_sales(tmp_path / "s.csv", [{"period": "2024Q1", "rep": rep, "amount": amount}
                                             for rep, amount in D1_SOLD.items()])  # fmt: skip
    found = review_run(run, sales)
    effects = found.effects[found.effects["dimension"] == "region"].set_index("name")
    cents = {name: (effects.loc[name, "common"], effects.loc[name, "region"])
             for name in ("East", "North", "South")}  # fmt: skip
    assert cents == {
        "East": (3_566_667, 3_933_333),
        "North": (3_424_000, -10_624_000),
        "South": (3_709_333, 6_690_667),
    }
    assert effects[["product", "own", "assignment"]].eq(0).all(axis=None)
    assert effects["region"].sort_values(ascending=False).index.tolist() == [
        "South", "East", "North",
    ]  # fmt: skip
    company = row(found.effects, dimension="company")
    assert (company["common"], company["difference"]) == (10_700_000, 107_000)


def test_rv_03_change_over_time(tmp_path: Path) -> None:
    history = [
        {"period": "2023Q3", "rep": "Ann", "region": "North", "amount": 1000},
        {"period": "2024-04", "rep": "Ann", "region": "North", "amount": 400},
        {"period": "2024-05", "rep": "Ann", "region": "North", "amount": 400},
        {"period": "2024-06", "rep": "Ann", "region": "North", "amount": 463.16},
    ]
    run = run_with(tmp_path, {"Ann": [1100]}, ["2024Q3"], history=history)
    sales = write_sales(tmp_path / "s.csv", [{"period": "2024Q3", "rep": "Ann", "amount": 1200}])
    attainment = review_run(run, sales).attainment
    for dimension in ("company", "region", "rep"):
        found = row(attainment, dimension=dimension)
        assert found["change_year"] == pytest.approx(0.20)
        assert found["change"] == pytest.approx(-0.05, abs=5e-6)
        assert found["before"] / found["year_before"] == pytest.approx(1.2632, abs=5e-5)


STREAKS = {
    "P1": (1.10, 1.12, 1.05, 1.20),
    "P2": (0.95, 0.78, 0.76, 0.90),
    "P3": (1.05, 0.98, 1.01, 1.15),
    "P4": (1.02, 1.04, 0.97, 0.70),
    "P5": (0.79, 0.85, 0.78, 0.79),
}


def told(found: Review, period: str, kind: str) -> dict[str, tuple[int, int]]:
    """Return who has a streak, or had one until now: its length, and the one before."""
    rows = found.streaks
    rows = rows[(rows["period"] == period) & (rows["kind"] == kind)]
    return {name: (length, before) for name, length, before
            in zip(rows["name"], rows["length"], rows["before"], strict=True)}  # fmt: skip


def check_streaks(found: Review) -> None:
    assert told(found, "2024Q3", "top") == {"P1": (3, 2), "P3": (3, 2), "P4": (3, 2)}
    assert told(found, "2024Q4", "top") == {
        "P1": (4, 3), "P2": (1, 0), "P3": (4, 3), "P4": (0, 3),
    }  # fmt: skip
    assert told(found, "2024Q3", "floor") == {"P2": (2, 1), "P5": (1, 0)}
    assert told(found, "2024Q4", "floor") == {"P2": (0, 2), "P4": (1, 0), "P5": (2, 1)}
    flags = found.flags[found.flags["period"] == "2024Q4"]
    assert set(zip(flags["name"], flags["flag"], strict=True)) >= {
        ("P1", "streak: top"), ("P3", "streak: top"), ("P4", "streak ended: top"),
        ("P5", "streak: floor"), ("P2", "streak ended: floor"),
    }  # fmt: skip


def test_rv_04_streaks_within_a_run(tmp_path: Path) -> None:
    targets = dict.fromkeys(STREAKS, [100] * 4)
    run = run_with(tmp_path, targets, QUARTERS)
    check_streaks(review_run(run, sales_of(tmp_path / "s.csv", targets, STREAKS, QUARTERS)))


def test_rv_04_streaks_over_several_runs(tmp_path: Path) -> None:
    targets = dict.fromkeys(STREAKS, [100] * 2)
    runs = []
    for half, quarters in enumerate((QUARTERS[:2], QUARTERS[2:])):
        folder = tmp_path / str(half)
        runs.append(run_with(folder, targets, quarters))
        attained = {rep: own[2 * half : 2 * half + 2] for rep, own in STREAKS.items()}
        sales = sales_of(folder / "s.csv", targets, attained, quarters)
        found = review_run(runs[-1], sales, previous=runs[:-1])
        write_review(found, runs[-1] / "review")
    check_streaks(found)
    rows = found.attainment[found.attainment["dimension"] == "rep"].set_index(["period", "name"])
    assert rows.loc[("2024Q3", "P4"), "attainment_before"] == 1.04
    assert rows.loc[("2024Q3", "P4"), "gain"] == pytest.approx(-0.07)
    assert rows.loc[("2024Q3", "P4"), "change"] == pytest.approx(0.97 / 1.04 - 1)


def test_one_of_three_is_not_among_the_best_three(tmp_path: Path) -> None:
    targets = dict.fromkeys(("P1", "P2", "P3"), [100] * 3)
    run = run_with(tmp_path, targets, QUARTERS[:3])
    attained = {"P1": (1.1,) * 3, "P2": (0.9,) * 3, "P3": (0.5,) * 3}
    found = review_run(run, sales_of(tmp_path / "s.csv", targets, attained, QUARTERS[:3]))
    assert told(found, "2024Q3", "top") == {}
    assert told(found, "2024Q3", "top share") == {"P1": (3, 2)}
    assert told(found, "2024Q3", "floor") == {"P3": (3, 2)}


def test_rv_05_outlier_orders(tmp_path: Path) -> None:
    run = run_with(tmp_path, D1, ["2024Q1"], D1_REGION)
    sales = [{"period": "2024Q1", "rep": rep, "amount": D1_SOLD[rep], "order": ""}
             for rep in ("S001", "S002")]  # fmt: skip
    orders = [{"period": "2024Q1", "rep": "S003", "order": f"A{number}", "amount": amount}
              for number, amount in enumerate([19_000, 20_000, 20_400] * 7)]  # fmt: skip
    orders.append({"period": "2024Q1", "rep": "S003", "order": "B1", "amount": 50_000})
    orders.append({"period": "2024Q1", "rep": "S003", "order": "B1", "amount": 100_000})
    rest = 624_000 - sum(order["amount"] for order in orders)
    sales.append({"period": "2024Q1", "rep": "S003", "amount": rest, "order": ""})
    path = write_sales(tmp_path / "s.csv", [*sales, *orders])
    lines = write_sales(tmp_path / "o.csv", orders)
    found = review_run(run, path, orders=lines)
    listed = found.outliers.table
    assert listed[["order", "rep", "amount"]].to_numpy().tolist() == [["B1", "S003", 150_000]]
    own = row(found.attainment, dimension="rep", name="S003")
    assert own["attainment"] == pytest.approx(1.2)
    assert own["attainment_kept"] == pytest.approx(0.9115, abs=5e-5)
    flag = row(found.flags, name="S003", flag="large order")
    assert flag["text"] == (
        "150000 are large orders: attainment 91.2 % without them, 120.0 % with them"
    )
    assert "Q3 + 3 ×" in found.as_dict()["outliers"]["rule"]


def test_rv_06_targets_set_too_high(tmp_path: Path) -> None:
    years = ["2021", "2022", "2023", "2024"]
    targets = {"Ann": [100] * 4, "Bob": [200] * 4}
    run = run_with(tmp_path, targets, years, levels={"floor": 0.8, "stretch": 1.2})
    attained = {"Ann": [0.9] * 4, "Bob": [0.75] * 4}
    found = review_run(run, sales_of(tmp_path / "s.csv", targets, attained, years))
    calibration = found.quality["calibration"]
    assert calibration["periods"] == years[1:]
    assert calibration["attainment"] == pytest.approx(0.8)
    assert calibration["targets_above_sales"] == pytest.approx(0.25)
    assert found.quality["periods"][0]["at_floor"] == 0.5
    told = "people attained 80.0 %: targets stand 25.0 % above what was sold"
    assert told in render_review(found)


def test_rv_07_a_claim_held_against_those_without_the_change(tmp_path: Path) -> None:
    """Sales per head of those with the new plan 100 to 130, of the others 100 to 110 (ours)."""
    names = [f"R{number}" for number in range(8)]
    people = {name: {"role": "new plan" if number < 4 else "old"}
              for number, name in enumerate(names)}  # fmt: skip
    quarters = QUARTERS[:2]
    targets = dict.fromkeys(names, [100] * 2)
    run = run_with(tmp_path, targets, quarters, people=people)
    after = {name: (1.30 if number < 4 else 1.10) + (0.02 if number % 2 else -0.02)
             for number, name in enumerate(names)}  # fmt: skip
    attained = {name: (1.0, after[name]) for name in names}
    sales = sales_of(tmp_path / "s.csv", targets, attained, quarters)
    found = review_run(run, sales, change_at=["2024Q2"], changed="role=new plan").before_after
    assert found is not None
    amounts = found[found["measure"] == "amount"].set_index("group")
    assert amounts.loc["changed", ["before", "after"]].tolist() == [100, 130]
    assert amounts.loc["changed", "relative"] == pytest.approx(0.3)
    assert amounts.loc["difference", "change"] == pytest.approx(20)
    # By hand: sd 4/√3 per group of four; Welch with 6 degrees of freedom, t = 2.44691.
    error = (2 * (16 / 3) / 4) ** 0.5
    assert amounts.loc["difference", "high"] == pytest.approx(20 + 2.446912 * error)
    # t = 3.18245 with three degrees of freedom.
    assert amounts.loc["changed", "low"] == pytest.approx(30 - 3.182446 * (16 / 3 / 4) ** 0.5)


def test_rv_08_months_are_periods_like_any_other(tmp_path: Path) -> None:
    """The monthly alarm: two months running under the floor."""
    months = ["2024-01", "2024-02", "2024-03"]
    targets = {"Ann": [50] * 3, "Bob": [50] * 3}
    run = run_with(tmp_path, targets, months)
    attained = {"Ann": (0.9, 0.7, 0.7), "Bob": (0.7, 0.9, 0.7)}
    found = review_run(run, sales_of(tmp_path / "s.csv", targets, attained, months))
    alarms = found.flags[found.flags["flag"] == "streak: floor"]
    assert alarms[["period", "name"]].to_numpy().tolist() == [["2024-03", "Ann"]]


def test_a_region_is_not_blamed_for_the_products_it_was_given() -> None:
    """North was to sell more of what sells badly everywhere: product, not region."""
    target = np.array([[100, 300], [300, 100]])  # North, South by product
    actual = np.array([[110, 240], [330, 80]])  # both products alike in both regions
    found = split(target, actual, np.array([0, 1]))
    sums = {name: getattr(found, name).sum(axis=1) / 100 for name in EFFECTS[1:]}
    assert sums["region"].tolist() == [0, 0]
    assert sums["own"].tolist() == [0, 0]
    assert sums["product"].tolist() == [-30, 30]
    assert sums["common"].tolist() == [-20, -20]


def test_volume_mix_and_price(tmp_path: Path) -> None:
    """10 × 5 + 10 × 20 = 250 become 20 × 6 + 5 × 20 = 220: by hand."""
    sales = [
        {"period": "2024Q1", "rep": "Ann", "product": "cheap", "units": 10, "amount": 50},
        {"period": "2024Q1", "rep": "Ann", "product": "dear", "units": 10, "amount": 200},
        {"period": "2024Q2", "rep": "Ann", "product": "cheap", "units": 20, "amount": 120},
        {"period": "2024Q2", "rep": "Ann", "product": "dear", "units": 5, "amount": 100},
    ]
    known = [{"period": "2023Q4", "region": "North", "product": name, "amount": 1}
             for name in ("cheap", "dear")]  # fmt: skip
    run = run_with(tmp_path, {"Ann": [200, 200]}, QUARTERS[:2], history=known)
    found = review_run(run, write_sales(tmp_path / "s.csv", sales)).prices
    assert found is not None
    own = row(found, dimension="company")
    # 5 pieces more at a mean price of 12.5; 25 pieces at old prices, 20 × 5 + 5 × 20; the rest.
    assert (own["volume"], own["mix"], own["price"]) == (6250, -11250, 2000)
    assert own["difference"] == -30
