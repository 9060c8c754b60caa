"""A year of AdventureWorks, quarter by quarter: every command, and what the loop is worth."""

from __future__ import annotations

from pathlib import Path

import adventureworks_year as year
import pandas as pd
import pytest
from worlds import ROOT

from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import plan
from optimizer.verify.verify import verify_run

FOLDER = year.data_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason="AdventureWorks is not beside the repository (../shared) nor in QUOTAPLAN_SHARED",
)


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> list[year.Quarter]:
    assert FOLDER is not None
    company, weekly = year.read_company(FOLDER), year.weekly_orders(FOLDER)
    return list(year.quarters_of(company, weekly, tmp_path_factory.mktemp("year")))


def test_weeks_add_up_to_quarters() -> None:
    assert FOLDER is not None
    weekly = year.weekly_orders(FOLDER).groupby(["rep", "period"])["amount"].sum()
    sold = year.read_company(FOLDER).sold.groupby(["rep", "period"])["amount"].sum()
    assert (weekly.reindex(sold.index) - sold).abs().max() < 1.0


def test_the_document_shows_these_figures(quarters: list[year.Quarter]) -> None:
    text = (ROOT / "docs" / "year.md").read_text(encoding="utf-8")
    for lines in (year.target_lines, year.halfway_lines, year.result_lines):
        for line in lines(quarters):
            assert line in text
    drawn = (ROOT / "docs" / "year.svg").read_text(encoding="utf-8")
    assert drawn == year.picture(quarters)


def test_every_quarter_learns(quarters: list[year.Quarter]) -> None:
    assert [one.period for one in quarters] == list(year.QUARTERS)
    assert quarters[0].error(quarters[0].target) == quarters[0].error(quarters[0].fixed)
    for one in quarters[1:]:
        assert one.error(one.target) < one.error(one.fixed)
    assert quarters[-1].error(quarters[-1].target) < 0.7 * quarters[-1].error(quarters[-1].fixed)


def test_most_of_what_is_left_is_the_mix_of_territories(quarters: list[year.Quarter]) -> None:
    """The document says about 9 %."""
    left = [one.error_in_territories for one in quarters]
    assert 0.085 < sum(left) / len(left) < 0.095


def test_what_was_sold_lies_in_the_band_seen_halfway(quarters: list[year.Quarter]) -> None:
    for one in quarters:
        company = one.status[one.status["level"] == "company"].iloc[0]
        assert company["low"] < one.sold.sum() < company["high"]


def test_the_misjudged_goal_was_mended_within_the_cap(quarters: list[year.Quarter]) -> None:
    mended = next(one for one in quarters if one.period == year.MISJUDGED)
    changes = pd.read_csv(mended.run / "changes.csv")
    assert mended.target.sum() == round(mended.sold.sum())
    assert changes["share"].abs().max() <= 0.2
    assert verify_run(mended.run).failures == ()


def test_pay_is_what_the_ledger_says(quarters: list[year.Quarter]) -> None:
    for one in quarters:
        payouts = pd.read_csv(one.run / "pay" / "payouts.csv")
        ledger = pd.read_csv(one.run / "pay" / "ledger.csv")
        assert round(payouts["payout"].sum() * 100) == round(ledger["amount"].sum() * 100)


def test_the_year_ends_with_the_next_plan(quarters: list[year.Quarter], tmp_path: Path) -> None:
    loaded = load_scenarios(quarters[-1].next_scenario)
    scenario = loaded.scenarios[0]
    assert scenario.settings.periods == ("2014Q1",)
    assert scenario.settings.name == "adventureworks 2014Q1"
    history = scenario.tables["history"]
    for one in quarters:
        own = history[history["period"] == one.period]
        assert own["amount"].sum() == pytest.approx(one.sold.sum())
    assert {"incentive.toml", "scorecard.toml"} <= set(loaded.beside)
    assert plan(quarters[-1].next_scenario, tmp_path / "run").exit_code == 0
