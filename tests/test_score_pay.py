"""Scores in pay: gates and awards on the metric ``score``, and pay scaled by it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.errors import Finding, InputError
from optimizer.incentives.plan import Gate
from optimizer.incentives.read import check_incentives, read_incentives
from optimizer.incentives.sentences import plan_sentences
from optimizer.pay.pay import pay_run
from optimizer.pay.scores import read_scores
from optimizer.stress.gates import gate_factors
from tests.score_world import read_case, rows_of, write_rows, write_world

PLAN = '[[plan]]\nname = "all"\n[plan.bonus]\ntarget_incentive = 1000\nmode = "band"\n'
BONUS = PLAN + "bands = [{ from = 0.0, multiplier = 1.0 }]\n"
SCALE = '[[plan.gate]]\nmetric = "score"\nbelow = 100\nfactor = "proportional"\n'
GATE = '[[plan.gate]]\nmetric = "score"\nbelow = 60\nfactor = 0.5\n'


def run_of(folder: Path, rules: str) -> tuple[Path, Path]:
    """Return the scored run of SC-03 with rules of pay, and its actuals."""
    run, actuals = write_world(read_case("sc-03")[0], folder)
    (run / "scenario" / "incentive.toml").write_text(rules, encoding="utf-8")
    done = CliRunner().invoke(main, ["score", str(run), "--actuals", str(actuals)])
    assert done.exit_code == 0, done.stderr
    return run, actuals


def paid(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["pay", *map(str, arguments)])


@pytest.mark.parametrize(
    ("rules", "payouts"),
    [
        (GATE, {"S001": "1000.00", "S002": "500.00", "S003": "1000.00"}),
        (SCALE, {"S001": "860.00", "S002": "595.00", "S003": "930.00"}),
        (GATE + SCALE, {"S001": "860.00", "S002": "500.00", "S003": "930.00"}),
        (SCALE.replace("100", "93"), {"S001": "924.73", "S002": "639.78", "S003": "1000.00"}),
        ('[[award]]\nname = "a"\nmetric = "score"\nat_least = 86\namount = 7\n',
         {"S001": "1007.00", "S002": "1000.00", "S003": "1007.00"}),
    ],
    ids=["gate", "scale", "both", "scale up to 93", "award"],
)  # fmt: skip
def test_a_score_gates_scales_and_awards(
    tmp_path: Path, rules: str, payouts: dict[str, str]
) -> None:
    run, actuals = run_of(tmp_path, BONUS + rules)
    for place in (run / "score", run / "score" / "scores.csv"):
        done = paid(run, "--actuals", actuals, "--scores", place)
        assert done.exit_code == 0, done.stderr
        rows = rows_of(run / "pay" / "payouts.csv")
        assert {row["rep"]: row["payout"] for row in rows} == payouts


def test_the_ledger_says_what_a_score_leaves(tmp_path: Path) -> None:
    run, actuals = run_of(tmp_path, BONUS + SCALE)
    paid(run, "--actuals", actuals, "--scores", run / "score")
    ledger = rows_of(run / "pay" / "ledger.csv")
    (line,) = [row for row in ledger if (row["rep"], row["component"]) == ("S002", "gate score")]
    assert (line["tier"], line["base"], line["rate"], line["amount"]) == (
        "59.5 is below 100", "1000", "-0.405", "-405.00",
    )  # fmt: skip


def test_without_scores_a_gate_says_where_they_come_from(tmp_path: Path) -> None:
    run, actuals = run_of(tmp_path, BONUS + GATE)
    done = paid(run, "--actuals", actuals)
    assert done.exit_code == 2
    assert "S001, S002, S003 have no score in 2023Q3; name what 'score' wrote with --scores" in (
        done.stderr
    )


def test_a_column_of_the_actuals_goes_before_scores(tmp_path: Path) -> None:
    run, actuals = run_of(tmp_path, BONUS + SCALE)
    rows = [{**row, "score": "50" if row["rep"] == "S001" else ""} for row in rows_of(actuals)]
    write_rows(actuals, rows)
    found = pay_run(run, actuals, scores=run / "score")
    assert [one.amount for one in found.payouts] == [500, 595, 930]


def test_awards_look_at_the_scores_of_runs_before(tmp_path: Path) -> None:
    award = '[[award]]\nname = "a"\nmetric = "score"\nat_least = 86\nperiods = 2\namount = 7\n'
    run, actuals = run_of(tmp_path / "now", BONUS + award)
    world, _ = read_case("sc-03")
    world.periods = ["2023Q2"]
    for table in (world.sales, world.metrics):
        for place in list(table):
            table["2023Q2", place[1]] = table.pop(place)
    before, sold = write_world(world, tmp_path / "before")
    (before / "scenario" / "incentive.toml").write_text(BONUS + award, encoding="utf-8")
    for command in (["score"], ["pay", "--scores", str(before / "score")]):
        done = CliRunner().invoke(
            main, [command[0], str(before), "--actuals", str(sold), *command[1:]]
        )
        assert done.exit_code == 0, done.stderr
    found = pay_run(run, actuals, scores=run / "score", previous=[before])
    assert {one.rep: one.amount for one in found.payouts} == {
        "S001": 1007, "S002": 1000, "S003": 1007,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("a,b\n1,2\n", "these are no scores"),
        ("period,rep,metric,value\n2023Q3,S001,score,many\n", "these are no scores"),
        ("period,rep,metric,value\n2023Q3,S001,score,nan\n", "these are no scores"),
        ("period,rep,metric,value\n2023Q3,S001,score,1\n2023Q3,S001,score,2\n", "two scores"),
        ("period,rep,metric,value\n2023Q3,S01,score,1\n", "no S01. Did you mean S001?"),
        ("period,rep,metric,value\n2023Q2,S001,score,1\n", "there are no scores of 2023Q3"),
        ("period,rep,metric,value\n", "there are no scores of 2023Q3"),
    ],
)
def test_scores_that_are_none_are_told(tmp_path: Path, table: str, told: str) -> None:
    run, actuals = run_of(tmp_path, BONUS + GATE)
    (tmp_path / "scores.csv").write_text(table, encoding="utf-8")
    done = paid(run, "--actuals", actuals, "--scores", tmp_path)
    assert (done.exit_code, told in done.stderr) == (2, True), done.stderr


def test_scores_that_nothing_looks_at_are_refused(tmp_path: Path) -> None:
    run, actuals = run_of(tmp_path, BONUS)
    with pytest.raises(InputError, match="no gate and no award of the rules of pay looks at"):
        pay_run(run, actuals, scores=run / "score")
    with pytest.raises(InputError, match="these are no scores"):
        read_scores(tmp_path / "none")


def problems(text: str) -> list[Finding]:
    return check_incentives(text.encode())


@pytest.mark.parametrize(
    ("factor", "below", "told"),
    [
        ('"proportionate"', "100", "this is no share of what is left"),
        ("1.2", "100", "this is no share of what is left"),
        ("true", "100", "this is no share of what is left"),
        ('"proportional"', "0", "nothing is in proportion to 0"),
    ],
)
def test_factors_of_gates_are_shares_or_in_proportion(factor: str, below: str, told: str) -> None:
    text = f'{BONUS}[[plan.gate]]\nmetric = "score"\nbelow = {below}\nfactor = {factor}\n'
    (found,) = [one for one in problems(text) if one.severity == "error"]
    assert told in found.problem


def test_gates_in_proportion_are_read_checked_and_said() -> None:
    (plan,) = read_incentives((BONUS + SCALE).encode()).plans
    (gate,) = plan.gates
    assert gate == Gate("score", Decimal(100), None)
    assert [gate.left(Decimal(value)) for value in (-5, 0, 85)] == [(0, 100), (0, 100), (85, 100)]
    sentences = list(plan_sentences(plan, "CNY", Decimal(1)))
    assert any("below 100, they are paid in proportion, by its value / 100" in one
               for one in sentences)  # fmt: skip
    kept = GATE.replace("0.5", "1.0") + SCALE.replace("100", "90").replace('"proportional"', "0.8")
    assert any("is cut less" in one.problem for one in problems(BONUS + kept))
    assert not any("is cut less" in one.problem for one in problems(BONUS + GATE + SCALE))


def test_stress_scales_as_pay_does() -> None:
    gates = (Gate("score", Decimal(100), None), Gate("score", Decimal(60), Decimal("0.5")))
    reps = np.array(["a"], dtype=object)
    for score, left in ((120.0, 1.0), (100.0, 1.0), (85.0, 0.85), (60.0, 0.6), (59.0, 0.5)):
        found = gate_factors(gates, {"score": score}, None, "2024Q1", reps, np.array([True]))
        assert found.tolist() == pytest.approx([left])
