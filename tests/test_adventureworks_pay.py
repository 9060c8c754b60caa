"""Real-sized data: what pay would have cost in 2013, and the band that was known before."""

from __future__ import annotations

import adventureworks
import adventureworks_pay
import pandas as pd
import pytest
from worlds import ROOT

FOLDER = adventureworks.data_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason="AdventureWorks is not beside the repository (../shared) nor in QUOTAPLAN_SHARED",
)


@pytest.fixture(scope="module")
def document() -> str:
    return " ".join((ROOT / "docs" / "real-data.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def company() -> adventureworks.Company:
    assert FOLDER is not None
    return adventureworks.read_company(FOLDER)


@pytest.fixture(scope="module")
def study(
    company: adventureworks.Company, tmp_path_factory: pytest.TempPathFactory
) -> adventureworks_pay.Study:
    assert FOLDER is not None
    return adventureworks_pay.study(company, FOLDER, tmp_path_factory.mktemp("study"))


def test_attainments_of_the_document_are_those_of_the_data(document: str) -> None:
    assert FOLDER is not None
    for line in adventureworks_pay.attainment_lines(adventureworks_pay.attainments_by_year(FOLDER)):
        assert line in document


def test_commission_at_published_rates_is_rate_times_sales(
    study: adventureworks_pay.Study, company: adventureworks.Company, document: str
) -> None:
    assert FOLDER is not None
    staff = pd.read_csv(FOLDER / "sales_employees.csv").set_index("Name")
    sold = company.sold.groupby(["rep", "period"])["amount"].sum()
    by_hand = (sold * sold.index.get_level_values("rep").map(staff["CommissionPct"])).sum()
    commission = adventureworks_pay.total(study.published, "commission")
    assert float(commission) == pytest.approx(by_hand, abs=0.005 * len(sold))
    met = sold >= company.quotas.reindex(sold.index)
    due = (met * sold.index.get_level_values("rep").map(staff["Bonus"])).sum()
    bonus = adventureworks_pay.total(study.published, "bonus")
    assert float(bonus) == due
    assert f"{commission:,.0f} dollars of commission" in document
    assert f"{bonus:,.0f} dollars of bonus" in document


def test_the_band_comes_from_the_years_before(study: adventureworks_pay.Study) -> None:
    assert FOLDER is not None
    past = adventureworks_pay.past_attainments(FOLDER)
    assert past["period"].str[:4].unique().tolist() == ["2011", "2012"]
    assert (study.known.source, study.known.periods, study.known.reps) == ("attainment", 8, 12)
    assert study.known.mean is not None
    assert study.known.mean.value == pytest.approx(0.864, abs=5e-4)
    assert study.known.cv.value == pytest.approx(0.219, abs=5e-4)
    assert study.known.company.value == study.known.region.value == 0


def test_the_document_shows_these_bands(study: adventureworks_pay.Study, document: str) -> None:
    for line in adventureworks_pay.band_lines(study.bands):
        assert line in document
    verdicts = [adventureworks_pay.verdict(row) for _, row in study.bands.iterrows()]
    assert sorted(verdicts) == ["below", "below", "inside", "on the edge"]
