"""The command `stress` on a plan: files, figures, the budget, errors in a planner's words."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.pipeline import plan
from optimizer.stress.stress import stress_run
from tests.finance_worlds import finance_run
from tests.worlds import SCENARIOS

INCENTIVE = """
[[plan]]
name = "people"

[[plan.commission]]
mode = "retroactive"
tiers = [
  { from = 0.0, rate = 0.0 },
  { from = 0.8, rate = 0.01 },
  { from = 1.0, rate = 0.018 },
  { from = 1.2, rate = 0.025 },
]

[[pool]]
name = "trip"
of = "company"
rate = 0.1
split = "none"
"""

STRESS = """
[stress]
trials = 1600
budget = 18
attainment = { model = "lognormal", mean = 0.95, cv = 0.2 }
correlation = { company = 0.3, region = 0.2 }

[[stress.shock]]
name = "rival"
match = { role = "senior" }
factor = 0.8

[[stress.shock]]
name = "boom"
factor = 1.1
probability = 0.25
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finance_run(tmp_path_factory.mktemp("stress"), STRESS, INCENTIVE)


def _stress(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["stress", *map(str, arguments)])


def test_files_and_figures_are_those_of_the_contract(run: Path) -> None:
    done = _stress(run, "--json")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    kept = json.loads((run / "stress" / "stress.json").read_text(encoding="utf-8"))
    assert {key: shown[key] for key in kept} == kept
    assert list(kept["cost"]) == [
        "mean", "sd", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "cvar95",
    ]  # fmt: skip
    assert all(set(one) == {"value", "standard_error"} for one in kept["cost"].values())
    assert kept["trials"] == 1600
    assert kept["method"] == {"people": "simulation", "trip": "simulation"}
    assert kept["budget"] == 18
    # Case IN-02: everybody on target costs 990 × 1.8 %; the goal of the fund is not reached.
    assert kept["cost_at_target"] == pytest.approx(17.82)
    assert kept["cost_at_mean_attainment"] == pytest.approx(990 * 0.95 * 0.01)
    assert set(kept["variance"]) == {"shock", "company", "region", "individual"}
    assert kept["reserve"]["value"] == pytest.approx(
        kept["cost"]["p90"]["value"] - kept["cost"]["p50"]["value"]
    )
    assert 0 < kept["overrun_probability"]["value"] < 1
    sales = 990 * 0.95 * 1.025
    assert kept["ccos"]["value"] == pytest.approx(kept["cost"]["mean"]["value"] / sales)
    assert kept["by_shock"]["rival"]["change"] < 0 < kept["by_shock"]["boom"]["change"]
    assert kept["by_shock"]["rival"]["probability"] is None
    assert kept["by_shock"]["boom"]["probability"] == 0.25
    assert all(
        shock[f"{name}_error"] > 0
        for shock in kept["by_shock"].values()
        for name in ("mean", "p50", "p95", "cvar95", "change")
    )
    assert (kept["measure"], kept["incentive"]) == ("amount", "incentive.toml")
    by = pd.read_csv(run / "stress" / "stress_by.csv")
    assert list(by.columns) == ["dimension", "name", "mean", "p50", "p95", "share"]
    regions = by[by["dimension"] == "region"]["mean"].sum()
    assert regions == pytest.approx(kept["cost"]["mean"]["value"], rel=1e-5)
    curve = pd.read_csv(run / "stress" / "payout_curve.csv")
    assert list(curve.columns) == ["plan", "attainment", "payout", "slope", "jump"]
    assert json.loads((run / "stress" / "run.json").read_text())["command"] == "stress"


def test_again_gives_the_same_bytes_and_two_workers_too(run: Path, tmp_path: Path) -> None:
    for name, more in (("one", ()), ("two", ("--workers", 2))):
        assert _stress(run, "--out", tmp_path / name, *more).exit_code == 0
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    other = stress_run(run, seed=99)
    assert other.figures["mean"].value != stress_run(run).figures["mean"].value


def test_one_trial_is_made_enough_for_an_error(run: Path) -> None:
    found = stress_run(run, trials=1)
    assert found.costs.size == 32
    assert all(one.standard_error > 0 for one in found.figures.values())
    json.dumps(found.as_dict(), allow_nan=False)


def test_the_summary_says_what_a_planner_asks(run: Path) -> None:
    said = _stress(run).stdout
    for words in ("P95", "Budget 18.00: exceeded", "Reserve above the middle", "rival", "what-if"):
        assert words in said, said


def test_pictures_are_drawn_on_request(run: Path, tmp_path: Path) -> None:
    assert _stress(run, "--out", tmp_path / "drawn", "--charts", "svg").exit_code == 0
    for name in ("payout_curve", "cost", "shocks"):
        assert (tmp_path / "drawn" / f"{name}.svg").stat().st_size > 1000


def test_other_rules_of_pay_may_be_named(run: Path, tmp_path: Path) -> None:
    rules = tmp_path / "flat.toml"
    rules.write_text(
        '[[plan]]\nname = "flat"\n[[plan.commission]]\nmode = "marginal"\n'
        "tiers = [{ from = 0.0, rate = 0.02 }]\n",
        encoding="utf-8",
    )
    found = stress_run(run, incentive=rules)
    assert found.other["cost_at_target"] == pytest.approx(990 * 0.02)
    mean = found.figures["mean"]
    assert abs(mean.value - 990 * 0.95 * 1.025 * 0.02) < 4 * mean.standard_error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "there is no such run folder"),
        (("{run}", "--trials", "0"), "at least 1"),
        (("{run}", "--measure", "customers"), "has no measure customers"),
        (("{run}", "--incentive", "none.toml"), "none.toml: cannot be read"),
        (("{run}", "--calibrate"), "at least 3 past periods"),
        (("{run}", "--out", "{run}"), "holds no earlier 'stress' run"),
    ],
)
def test_mistakes_are_told_in_words(run: Path, arguments: tuple[str, ...], words: str) -> None:
    done = _stress(*(text.format(run=run) for text in arguments))
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_run_without_rules_of_pay_says_what_to_do(tmp_path: Path) -> None:
    plan(SCENARIOS / "company-a", tmp_path / "run")
    done = _stress(tmp_path / "run")
    assert done.exit_code == 2
    assert "the run has no incentive.toml; name one with --incentive" in done.stderr


def test_costs_in_steps_are_said(run: Path, tmp_path: Path) -> None:
    (tmp_path / "bands.toml").write_text(
        '[[plan]]\nname = "people"\n[plan.bonus]\ntarget_incentive = 3\nmode = "band"\n'
        "bands = [{ from = 0.0, multiplier = 0.0 }, { from = 1.0, multiplier = 1.2 }]\n",
        encoding="utf-8",
    )
    done = _stress(run, "--incentive", tmp_path / "bands.toml", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "Cost comes in steps: P50" in done.output
    kept = json.loads((tmp_path / "out" / "stress.json").read_text(encoding="utf-8"))
    assert 0.002 <= kept["steps"]["p50"] <= 1
