"""Real-sized data: plan 2013 of AdventureWorks, and compare targets with what was sold."""

from __future__ import annotations

from pathlib import Path

import adventureworks
import pandas as pd
import pytest
from worlds import ROOT

from optimizer.pipeline import plan

FOLDER = adventureworks.data_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason="AdventureWorks is not beside the repository (../shared) nor in QUOTAPLAN_SHARED",
)


@pytest.fixture(scope="module")
def company() -> adventureworks.Company:
    assert FOLDER is not None
    return adventureworks.read_company(FOLDER)


@pytest.fixture(scope="module")
def table(
    company: adventureworks.Company, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    return adventureworks.comparison(company, tmp_path_factory.mktemp("adventureworks"))


def test_orders_and_tidy_history_agree(company: adventureworks.Company) -> None:
    assert FOLDER is not None
    orders = pd.read_csv(FOLDER / "reseller_sales.csv.gz", parse_dates=["OrderDate"])
    booked = orders["OrderDate"] + pd.Timedelta(days=5)
    orders["period"] = booked.dt.year.astype(str) + "Q" + booked.dt.quarter.astype(str)
    staff = pd.read_csv(FOLDER / "sales_employees.csv").set_index("EmployeeKey")["Name"]
    orders["rep"] = orders["EmployeeKey"].map(staff)
    sums = orders.groupby(["rep", "period"])["SalesAmount"].sum()
    sold = company.sold.groupby(["rep", "period"])["amount"].sum()
    assert (sums.reindex(sold.index) - sold).abs().max() < 1.0


def test_everybody_has_a_territory(company: adventureworks.Company) -> None:
    people = company.people.set_index("rep")
    assert len(people) == 17
    assert people["region"].notna().all()
    assert people.loc["Syed Abbas", "region"] == people.loc["Lynn Tsoflias", "region"]
    assert list(company.new_shares.index) == ["Australia", "Germany"]
    assert company.past["period"].str[:4].max() == "2012"


def test_the_year_is_planned_to_the_dollar(company: adventureworks.Company, tmp_path: Path) -> None:
    world = adventureworks.write_scenario(company, tmp_path / "w", shares_of_last_year=True)
    result = plan(world)
    total = round(company.sold["amount"].sum())
    assert (result.status, result.exit_code) == ("complete", 0)
    assert result.main.summary["placed"] == total
    assert result.main.targets["target"].sum() == total
    assert result.main.targets["rep"].nunique() == 17
    assert len(result.main.instance.products) == 4
    assert len(result.main.instance.leaves) == 10


def test_the_document_shows_these_figures(table: pd.DataFrame) -> None:
    text = (ROOT / "docs" / "real-data.md").read_text(encoding="utf-8")
    for line in adventureworks.table_lines(table):
        assert line in text


def test_what_the_document_says_of_the_order(table: pd.DataFrame) -> None:
    weighted, known = table["weighted"], table["weighted, known reps"]
    assert weighted.idxmin() == "published quotas"
    ours, last = "ours, shares from last year", "last year plus a constant percentage"
    assert weighted[ours] < weighted[last] < weighted["ours, shares left to the engine"]
    assert known[last] < known[ours] < known["ours, shares left to the engine"]
    assert (table["mean"] > table["median"]).all()
