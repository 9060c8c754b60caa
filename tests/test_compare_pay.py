"""Pay of runs side by side: cost at target, expected cost, overrun, payouts by group."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from worlds import SCENARIOS, one_each, shares, write_world

import optimizer
from cli import main
from optimizer.compare.comparison import Comparison, compare_runs
from optimizer.compare.pay import number
from optimizer.compare.text import render_comparison
from optimizer.compare.write import write_comparison
from optimizer.errors import InputError
from optimizer.pipeline import plan

STRESS = """
[pay]
unit = "CNY"
per_unit = 10000

[stress]
trials = 320
budget = 18
attainment = { model = "lognormal", mean = 0.95, cv = 0.2 }
"""
RULES = """
[[plan]]
name = "people"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = RATE }]
"""
TEAMS = {"East": "=major", "South": "新客", "North": "n", "West": "w", "Overseas": "o"}


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Plan company A twice, the second with a higher rate; stress, tune and pay both."""
    home = tmp_path_factory.mktemp("paid")
    for name, rate in (("base", 0.018), ("more", 0.022)):
        scenario = home / "scenarios" / name
        shutil.copytree(SCENARIOS / "company-a", scenario)
        settings = (scenario / "scenario.toml").read_text(encoding="utf-8")
        (scenario / "scenario.toml").write_text(settings + STRESS, encoding="utf-8")
        (scenario / "incentive.toml").write_text(RULES.replace("RATE", str(rate)), encoding="utf-8")
        people = pd.read_csv(scenario / "people.csv")
        people["team"] = people["region"].map(TEAMS)
        people.to_csv(scenario / "people.csv", index=False)
        plan(scenario, home / name)
        weeks = pd.read_csv(home / name / "targets.csv")
        weeks = weeks.groupby(["period", "rep"], as_index=False)["target"].sum()
        weeks["amount"] = weeks["target"] * 1.1
        weeks[["period", "rep", "amount"]].to_csv(home / "actuals.csv", index=False)
        for command in (
            ["stress", home / name],
            ["tune", home / name, "--budget", 20],
            ["pay", home / name, "--actuals", home / "actuals.csv"],
        ):
            done = CliRunner().invoke(main, list(map(str, command)))
            assert done.exit_code == 0, done.output
    plan(home / "scenarios" / "base", home / "unpaid")
    return {name: home / name for name in ("base", "more", "unpaid")}


@pytest.fixture(scope="module")
def found(paid: dict[str, Path]) -> Comparison:
    return compare_runs([paid["base"], paid["more"]])


def told(run: Path, command: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run / command / f"{command}.json").read_text())
    return content


def row(found: Comparison, *key: str) -> dict[str, Any]:
    table = found.pay.set_index(["source", "dimension", "name"])
    return {str(name): value for name, value in table.loc[key].to_dict().items()}


def test_figures_are_those_of_the_commands(paid: dict[str, Path], found: Comparison) -> None:
    stress = {name: told(paid[name], "stress") for name in ("base", "more")}
    for name, of in (
        ("cost_at_target", lambda one: one["cost_at_target"]),
        ("cost_mean", lambda one: one["cost"]["mean"]["value"]),
        ("cost_p90", lambda one: one["cost"]["p90"]["value"]),
        ("overrun_probability", lambda one: one["overrun_probability"]["value"]),
        ("budget", lambda one: one["budget"]),
    ):
        values = [of(stress[run]) for run in ("base", "more")]
        one = row(found, "stress", "*", name)
        assert [one["value base"], one["value more"]] == pytest.approx(values)
        assert one["difference more"] == pytest.approx(values[1] - values[0], abs=1e-5)
    expected = row(found, "stress", "*", "cost_mean")
    assert expected["error more"] == stress["more"]["cost"]["mean"]["standard_error"] > 0
    assert math.isnan(row(found, "stress", "*", "overrun_probability")["change more"])
    tuned = told(paid["more"], "tune")["cost"]["after"]["cvar95"]["value"]
    assert row(found, "tune", "*", "cost_cvar95")["value more"] == pytest.approx(tuned)
    payout = row(found, "pay", "*", "payout")
    assert payout["value base"] == float(told(paid["base"], "pay")["payout"])
    assert found.pay_unit == "CNY"


def test_groups_add_up_to_the_payout(found: Comparison) -> None:
    payout = row(found, "pay", "*", "payout")
    table = found.pay[found.pay["source"] == "pay"]
    for dimension in ("component", "team", "region", "plan", "period"):
        own = table[table["dimension"] == dimension]
        for column in ("value base", "value more", "difference more"):
            assert own[column].sum() == pytest.approx(payout[column], abs=0.005), dimension
    teams = table[table["dimension"] == "team"]
    assert set(teams["name"]) == set(TEAMS.values())
    assert list(teams["difference more"]) == sorted(teams["difference more"], reverse=True)
    cost = found.pay[(found.pay["source"] == "stress") & (found.pay["dimension"] == "team")]
    assert cost["value more"].sum() == pytest.approx(
        row(found, "stress", "*", "cost_mean")["value more"], rel=1e-5
    )


def test_text_csv_and_json_tell_it(found: Comparison, tmp_path: Path) -> None:
    text = render_comparison(found)
    for words in (
        "pay and its cost (CNY)",
        "cost, everybody on target",
        "cost, P90",
        "chance of more than the budget",
        "paid by team: 5 of 5 differ",
        "新客",
    ):
        assert words in text
    assert "cost, mean" not in text
    write_comparison(found, tmp_path / "out")
    with (tmp_path / "out" / "pay.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found.pay)
    assert not any(one["name"].startswith("=") for one in rows)
    content = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in content["pay"]] == list(found.pay["name"])
    assert content["pay_unit"] == "CNY"


def test_nothing_new_where_one_run_alone_has_it(paid: dict[str, Path], tmp_path: Path) -> None:
    found = compare_runs([paid["unpaid"], paid["more"]])
    assert found.pay.empty
    text = render_comparison(found)
    assert "pay and its cost" not in text
    assert "cost, mean" in text
    write_comparison(found, tmp_path / "out")
    assert not (tmp_path / "out" / "pay.csv").exists()


def test_a_third_run_without_pay_is_blank(paid: dict[str, Path]) -> None:
    found = compare_runs([paid["base"], paid["unpaid"], paid["more"]])
    one = row(found, "pay", "*", "payout")
    assert math.isnan(one["value unpaid"]) and math.isnan(one["difference unpaid"])
    assert one["difference more"] > 0
    assert "paid by team" in render_comparison(found)


def test_the_same_run_twice_differs_in_nothing(paid: dict[str, Path]) -> None:
    found = compare_runs([paid["base"], paid["base"]])
    differences = found.pay[[f"difference {found.runs[1]}"]].dropna()
    assert (differences == 0).all(axis=None) and len(differences)
    assert "paid by team: no difference" in render_comparison(found)


def test_other_units_and_periods_are_said(paid: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(paid["more"], tmp_path / "other")
    path = tmp_path / "other" / "pay"
    content = told(tmp_path / "other", "pay") | {"unit": "EUR"}
    (path / "pay.json").write_text(json.dumps(content), encoding="utf-8")
    payouts = (path / "payouts.csv").read_text(encoding="utf-8")
    (path / "payouts.csv").write_text(payouts.replace("2023Q3", "2023Q4"), encoding="utf-8")
    found = compare_runs([paid["base"], tmp_path / "other"])
    assert any("pay counts in CNY in base and in EUR in other" in note for note in found.notes)
    assert any("base has paid 2023Q3, other 2023Q4" in note for note in found.notes)


def test_stress_by_other_rules_or_of_another_measure_is_noted(
    paid: dict[str, Path], tmp_path: Path
) -> None:
    base, other = (tmp_path / name for name in ("base", "other"))
    for folder in (base, other):
        shutil.copytree(paid["base"], folder)
    assert not any("stress" in note for note in compare_runs([base, other]).notes)
    path = other / "stress" / "stress.json"
    figures = json.loads(path.read_text(encoding="utf-8"))
    assert (figures["measure"], figures["incentive"]) == ("amount", "incentive.toml")
    figures |= {"measure": "customers", "incentive": "new.toml"}
    path.write_text(json.dumps(figures), encoding="utf-8")
    notes = compare_runs([base, other]).notes
    assert any("stress looks at amount in base and customers in other" in note for note in notes)
    assert any("pays by incentive.toml in base and new.toml in other" in note for note in notes)


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda run: (run / "pay" / "pay.json").write_text("{"), "run 'pay' again"),
        (lambda run: (run / "pay" / "payouts.csv").write_text("rep\n"), "lacks the column period"),
        (lambda run: (run / "stress" / "stress_by.csv").unlink(), "stress_by.csv is missing"),
        (lambda run: (run / "stress" / "stress.json").unlink(), "run 'stress' again"),
        (lambda run: (run / "tune" / "tune.json").write_text("[]"), "holds no named values"),
        (
            lambda run: (run / "pay" / "payouts.csv").write_text(
                "period,rep,plan,payout\n2023Q3,S1,people,much\n"
            ),
            "payouts.csv cannot be read",
        ),
    ],
)
def test_damaged_pay_is_said(
    paid: dict[str, Path], tmp_path: Path, damage: Damage, words: str
) -> None:
    shutil.copytree(paid["more"], tmp_path / "damaged")
    damage(tmp_path / "damaged")
    with pytest.raises(InputError, match=words):
        compare_runs([paid["base"], tmp_path / "damaged"])


@pytest.mark.parametrize(
    "content", [{"cost": 3, "budget": "NaN", "unit": 7}, {"cost": {"mean": 1}}]
)
def test_figures_that_are_none_are_blank(
    paid: dict[str, Path], tmp_path: Path, content: dict[str, Any]
) -> None:
    shutil.copytree(paid["more"], tmp_path / "odd")
    for command in ("stress", "tune", "pay"):
        path = tmp_path / "odd" / command / f"{command}.json"
        path.write_text(json.dumps({**content, "periods": 5}), encoding="utf-8")
    found = compare_runs([paid["base"], tmp_path / "odd"])
    assert math.isnan(row(found, "pay", "*", "payout")["value odd"])
    assert math.isnan(row(found, "stress", "*", "cost_mean")["value odd"])
    assert "pay and its cost" in render_comparison(found)


def test_sums_in_another_order_are_no_difference(paid: dict[str, Path], tmp_path: Path) -> None:
    for name in ("one", "other"):
        shutil.copytree(paid["base"], tmp_path / name)
    path = tmp_path / "other" / "stress" / "stress_by.csv"
    groups = pd.read_csv(path, keep_default_na=False)
    groups["mean"] = groups["mean"] * (1 + 1e-10)
    groups.to_csv(path, index=False)
    table = compare_runs([tmp_path / "one", tmp_path / "other"]).pay
    assert set(table["difference other"].fillna(0.0)) == {0.0}


def test_numbers_are_read_as_what_they_are() -> None:
    assert number("18.73") == 18.73
    assert number(0) == 0.0
    for wrong in (None, True, "much", "1e999", [1], 10**400, "nan"):
        assert math.isnan(number(wrong)), wrong


def test_a_recalibrated_goal_is_an_input(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path / "scenario",
        {"name": "goals", "periods": ["2023Q3"], "goal": 1000},
        people=one_each(["East", "South"]),
        regions=shares("region", {"East": 600, "South": 400}),
    )
    plan(folder, tmp_path / "plan")
    weeks = tmp_path / "weeks.csv"
    pd.DataFrame(
        [{"period": "2023Q3", "week": week, "rep": f"Rep {region}", "amount": 10}
         for week in (1, 2) for region in ("East", "South")]
    ).to_csv(weeks, index=False)  # fmt: skip
    for name, week, goal in (("low", "2023Q3W01", 900), ("high", "2023Q3W02", 1100)):
        optimizer.recalibrate_run(tmp_path / "plan", weeks, week, tmp_path / name, goal=goal)
    first = compare_runs([tmp_path / "plan", tmp_path / "low"])
    assert list(first.inputs["text"]) == ["recalibrate: goal 1000 → 900"]
    assert "inputs: no difference" not in render_comparison(first)
    both = compare_runs([tmp_path / "low", tmp_path / "high"])
    assert list(both.inputs["text"]) == [
        "recalibrate: goal 900 → 1100",
        "recalibrate: week 1 → 2",
    ]
    assert compare_runs([tmp_path / "low", tmp_path / "low"]).inputs.empty
