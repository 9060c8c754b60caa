"""The frontier: chances and costs of over-assignment, and the cheapest for a wanted chance."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from cli import main
from optimizer.frontier.frontier import frontier_run, least_over_assignment
from optimizer.frontier.scaled import company_sales, scaled_world
from optimizer.incentives.plan import IncentivePlan, Plan, Pool
from optimizer.stress.payees import Payees
from optimizer.stress.rules import Spread, StressRules
from optimizer.stress.simulate import simulate
from optimizer.stress.stress import Parts, stress_run
from optimizer.stress.world import build_world
from tests.finance_worlds import finance_run
from tests.stress_worlds import BANDS, CAP, MARGINAL, exact, make_payees

CORE = Plan("p", commissions=(MARGINAL,), bonus=BANDS, cap=CAP)
POOLS = (Pool("goal", exact(0.05), "region"),
         Pool("street", exact(0.05), "region", "street"))  # fmt: skip


def parts_of(payees: Payees, *spreads: Spread) -> Parts:
    """Return a run whose goals are nine tenths of its targets."""
    target = payees.target.sum(axis=2)
    region = payees.labels("region")
    goals = {
        name: pd.Series(0.9 * target[period]).groupby(region).sum()
        for period, name in enumerate(payees.periods)
    }
    past = pd.Series([0.7, 0.8, 1.0, 1.1, 1.4], index=np.resize(payees.labels("rep"), 5))
    rules = StressRules(seed=3, spreads=spreads)
    return Parts(payees, IncentivePlan((CORE,), POOLS), rules, goals, past)


@pytest.mark.parametrize("elasticity", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("model", ["lognormal", "gamma"])
def test_a_scaled_run_is_one_of_larger_targets_and_other_means(
    model: str, elasticity: float
) -> None:
    payees = make_payees(12, 3, 2)
    factor = 1.2
    found = scaled_world(parts_of(payees, Spread(model, 0.9, 0.3)), factor, elasticity)
    amounts = {
        name: getattr(payees, name) * factor for name in ("reference", "floor", "target", "stretch")
    }
    mean = 0.9 * factor ** (elasticity - 1)
    by_hand = parts_of(payees, Spread(model, mean, 0.3))._replace(payees=replace(payees, **amounts))
    expected = build_world(*by_hand)
    assert simulate(found, 64).total == pytest.approx(simulate(expected, 64).total, rel=1e-4)
    assert found.laws.means() == pytest.approx(expected.laws.means())


def test_past_attainments_are_scaled_too() -> None:
    parts = parts_of(make_payees(6, 2), Spread("history", None))
    plain, scaled = (company_sales(scaled_world(parts, one, 0.5), 32) for one in (1.0, 1.44))
    assert scaled == pytest.approx(1.2 * plain, rel=1e-5)


def test_the_chance_of_one_rep_is_that_of_its_law() -> None:
    payees = make_payees(1, 1)
    sales = company_sales(scaled_world(parts_of(payees, Spread()), 1.0, 1.0), 2000)
    share = sales / payees.target.sum()
    spread = np.sqrt(np.log1p(0.25**2))
    for factor in (0.8, 1.0, 1.3):
        expected = ndtr((np.log(factor) - spread**2 / 2) / spread)
        assert (share * factor >= 1).mean() == pytest.approx(expected, abs=0.01)


@given(
    st.lists(st.floats(0.5, 1.5), min_size=20, max_size=60),
    st.floats(0.05, 0.95),
    st.floats(0.5, 1.5),
    st.floats(0.8, 1.2),
)
def test_the_least_over_assignment_is_the_least(
    sales: list[float], chance: float, elasticity: float, share: float
) -> None:
    found = least_over_assignment(np.array(sales), share, elasticity, chance)

    def reached(amount: float) -> bool:
        made = np.array(sales) * ((1 + amount) * share) ** elasticity >= 1
        return bool(made.mean() >= chance)

    if found is None:
        assert not reached(0.999)
    else:
        assert reached(found + 1e-9)
        assert not reached(found - 1.0001e-4)


def test_sales_that_do_not_follow_give_no_chance() -> None:
    assert least_over_assignment(np.array([0.9, 1.1]), 1.0, 0.0, 0.9) is None
    assert least_over_assignment(np.array([0.0, 0.0]), 1.0, 1.0, 0.9) is None


INCENTIVE = """
[[plan]]
name = "people"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.02 }]
"""
STRESS = '\n[stress]\ntrials = 3200\nattainment = { model = "lognormal", mean = 1.0, cv = 0.2 }\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finance_run(tmp_path_factory.mktemp("frontier"), STRESS, INCENTIVE)


def _frontier(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["frontier", *map(str, arguments)])


def test_one_rate_and_full_elasticity_make_cost_follow_targets(run: Path) -> None:
    found = frontier_run(run)
    rows = found.rows.set_index("over_assignment")
    # The goal is 1,400, of which 990 are placed.
    assert (found.goal, found.street, found.present) == (1400, 990, -0.2929)
    assert list(rows.index[:3]) == [-0.2929, 0.0, 0.05]
    assert rows.loc[0.2, "cost_mean"] == pytest.approx(1.2 * rows.loc[0.0, "cost_mean"], rel=1e-5)
    assert rows["ccos"].to_numpy() == pytest.approx(0.02, rel=0.02)
    assert rows.loc[0.0, "sales"] == pytest.approx(1400)
    assert (rows["probability"].diff().dropna() >= 0).all()
    assert rows.loc[0.0, "probability"] == pytest.approx(0.5, abs=0.05)
    cheapest = found.cheapest
    assert cheapest is not None
    assert cheapest["probability"] == pytest.approx(0.8, abs=0.002)
    assert 0.05 < cheapest["over_assignment"] < 0.2


def test_the_row_as_planned_is_what_stress_says(run: Path) -> None:
    rows = frontier_run(run).rows.set_index("over_assignment")
    figures = stress_run(run).figures
    assert rows.loc[-0.2929, "cost_mean"] == pytest.approx(figures["mean"].value, rel=1e-4)
    assert rows.loc[-0.2929, "cost_p90"] == pytest.approx(figures["p90"].value, rel=1e-4)


def test_sales_that_do_not_follow_cost_the_same_and_give_nothing(run: Path, tmp_path: Path) -> None:
    found = frontier_run(run, elasticity=0.0)
    assert found.cheapest is None
    assert found.rows["cost_mean"].to_numpy() == pytest.approx(19.8, rel=0.01)
    assert found.rows["probability"].nunique() == 1
    said = _frontier(run, "--elasticity", 0, "--out", tmp_path / "none").stdout
    assert "No over-assignment up to 100 % gives a chance of 80 %" in said


def test_files_and_the_summary(run: Path, tmp_path: Path) -> None:
    done = _frontier(run, "--json", "--chance", 0.9)
    assert done.exit_code == 0, done.output
    kept = json.loads((run / "frontier" / "frontier.json").read_text(encoding="utf-8"))
    assert (kept["measure"], kept["incentive"]) == ("amount", "incentive.toml")
    shown = json.loads(done.stdout)
    assert {key: shown[key] for key in kept} == kept
    assert kept["cheapest"]["probability"] >= 0.9
    table = pd.read_csv(run / "frontier" / "frontier.csv")
    assert list(table.columns) == [
        "over_assignment", "probability", "cost_mean", "cost_p90", "ccos", "sales",
    ]  # fmt: skip
    errors = pd.read_csv(run / "frontier" / "frontier_errors.csv")
    assert list(errors["over_assignment"]) == list(table["over_assignment"])
    assert (errors["cost_mean"] > 0).all()
    again = _frontier(run, "--chance", 0.9, "--workers", 2, "--out", tmp_path / "again")
    for words in ("as planned", "cheapest for 90 %", "more than as planned", "can carry it"):
        assert words in again.stdout
    assert "note: assumed elasticity: 1" in again.stderr
    for path in sorted((tmp_path / "again").iterdir()):
        assert path.read_bytes() == (run / "frontier" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "there is no such run folder"),
        (("{run}", "--chance", "1"), "--chance lies between 0 and 1"),
        (("{run}", "--step", "0"), "--step is above 0"),
        (("{run}", "--step", "0.0001"), "more than 200 rows"),
        (("{run}", "--elasticity", "-1"), "sales cannot fall where targets rise"),
        (("{run}", "--trials", "0"), "at least 1"),
        (("{run}", "--out", "{run}"), "holds no earlier 'frontier' run"),
    ],
)
def test_mistakes_are_told_in_words(run: Path, arguments: tuple[str, ...], words: str) -> None:
    done = _frontier(*(text.format(run=run) for text in arguments))
    assert done.exit_code == 2, done.output
    assert words in done.stderr
