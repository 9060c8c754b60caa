"""Numbers that nobody means, in options and keys of the commands after a plan: words, no defect."""

from __future__ import annotations

import json
import warnings
from fractions import Fraction
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
import tomli_w
from click.testing import CliRunner, Result
from worlds import write_world

from cli import main
from optimizer.activities.counts import MOST, seats_need
from optimizer.activities.funnel import Funnel
from optimizer.errors import DefectError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import plan
from optimizer.review.previous import _read

RULES = """
[[plan]]
name = "all"
[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = 0.02 }]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    world = write_world(
        folder / "scenario",
        {"name": "odd", "periods": ["2024Q1"], "goal": 100},
        people=[{"rep": "Ann", "region": "A"}, {"rep": "Ben", "region": "B"}],
    )
    (world / "incentive.toml").write_text(RULES, encoding="utf-8")
    plan(world, folder / "run")
    return folder / "run"


def quotaplan(*words: object) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("stress", "--seed", "-1"), "--seed -1: a seed is a whole number from 0 on"),
        (("frontier", "--seed", "-1"), "--seed -1"),
        (("tune", "--budget", "5", "--seed", "-1"), "--seed -1"),
        (("stress", "--trials", "0"), "--trials is at least 1"),
        (("stress", "--workers", "0"), "--workers is at least 1"),
        (("frontier", "--workers", "0"), "--workers is at least 1"),
        (("tune", "--budget", "nan"), "--budget nan: name one from 1e-06 to 1e+15"),
        (("tune", "--budget", "1e-308"), "--budget 1e-308: name one from"),
        (("tune", "--budget", "1e308"), "--budget 1e+308: name one from"),
        (("tune", "--budget", "-1"), "name a budget above 0"),
        (("tune", "--budget", "5", "--most", "1e308"), "--most between 1 and 1,000"),
        (("tune", "--budget", "5", "--least", "nan"), "--least lies between 0 and 1"),
        (("frontier", "--step", "inf"), "--step is above 0"),
        (("frontier", "--step", "nan"), "--step is above 0"),
        (("frontier", "--elasticity", "1e20"), "elasticity 1e+20: sales cannot fall"),
        (("frontier", "--elasticity", "nan"), "elasticity nan"),
        (("frontier", "--elasticity", "-1"), "elasticity -1"),
        (("frontier", "--chance", "nan"), "--chance lies between 0 and 1"),
    ],
)
def test_options(run: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    command, *further = words
    done = quotaplan(command, run, *further, "--out", tmp_path / "out", "--charts", "none")
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cap", ["nan", "inf", "1e308", "1001", "-0.1"])
def test_caps_of_a_recalibration(run: Path, tmp_path: Path, cap: str) -> None:
    (tmp_path / "weeks.csv").write_text("period,week,rep,amount\n2024Q1,1,Ann,5\n", "utf-8")
    done = quotaplan(
        "recalibrate", run, "--actuals", tmp_path / "weeks.csv", "--as-of", "2024Q1W01",
        "--cap", cap, "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.exit_code == 2
    assert f"--cap {float(cap):g}: write a share of the original" in done.stderr


@pytest.mark.parametrize(
    ("block", "key", "most"),
    [
        ("recalibration", {"cap": 1e3}, 1e3),
        ("pacing", {"weeks": [1000, 0, 0]}, 1000),
        ("pacing", {"rounding": 1e15}, 1e15),
        ("pacing", {"spread": {"mean": 100.0}}, 100),
        ("pacing", {"spread": {"seat": 10.0}}, 10),
        ("pacing", {"spread": {"common_week": 10.0}}, 10),
        ("stress", {"budget": 1e15}, 1e15),
        ("stress", {"elasticity": 10.0}, 10),
        ("stress", {"attainment": {"mean": 100.0}}, 100),
        ("stress", {"attainment": {"cv": 10.0}}, 10),
        ("stress", {"shock": [{"name": "s", "factor": 100.0, "probability": 0.1}]}, 100),
        ("advice", {"rep": 1e9}, 1e9),
        ("funnel", [{"steps": ["deal"], "deal_size": 1e15}], 1e15),
    ],
)
def test_keys(tmp_path: Path, block: str, key: object, most: float) -> None:
    """At its bound a number is read, beyond it is refused."""
    keys = {"name": "odd", "periods": ["2024Q1"], "goal": 100, block: key}
    (tmp_path / "scenario.toml").write_bytes(tomli_w.dumps(keys).encode())
    (tmp_path / "people.csv").write_text("rep,region\nAnn,A\n", encoding="utf-8")
    assert load_scenarios(tmp_path).scenarios
    text = tomli_w.dumps({**keys, block: _grown(key, most)})
    (tmp_path / "scenario.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="the number is too large"):
        load_scenarios(tmp_path)


def _grown(key: object, most: float) -> object:
    """Return a key with the number at its bound made larger."""
    if isinstance(key, dict):
        return {name: _grown(value, most) for name, value in key.items()}
    if isinstance(key, list):
        return [_grown(value, most) for value in key]
    return type(key)(key * 2) if key == most else key  # type: ignore[operator,call-arg]


@pytest.mark.parametrize(
    ("unit", "sound"), [(0, True), (1e-6, True), (1e-7, False), (5e-324, False)]
)
def test_weeks_are_not_rounded_finer_than_amounts(tmp_path: Path, unit: float, sound: bool) -> None:
    keys = {"name": "odd", "periods": ["2024Q1"], "goal": 100, "pacing": {"rounding": unit}}
    (tmp_path / "scenario.toml").write_bytes(tomli_w.dumps(keys).encode())
    (tmp_path / "people.csv").write_text("rep,region\nAnn,A\n", encoding="utf-8")
    if sound:
        assert load_scenarios(tmp_path).scenarios
        return
    with pytest.raises(InputError, match="finer than amounts are kept"):
        load_scenarios(tmp_path)


@pytest.mark.parametrize("rates", [(1e-308,), (1e-9, 1e-9), (1e-3,) * 100])
def test_a_funnel_that_takes_billions_is_refused(rates: tuple[float, ...]) -> None:
    steps = tuple(f"step {number}" for number in range(len(rates) + 1))
    funnel = Funnel(steps, tuple(map(Fraction, rates)), Fraction(1))
    with pytest.raises(InputError, match="somebody needs more than 1,000,000,000,000 of a step"):
        seats_need((funnel,), np.zeros(1, dtype=int), np.array([5.0]))
    few = Funnel(("call", "deal"), (Fraction(5, MOST),), Fraction(1))
    assert seats_need((few,), np.zeros(1, dtype=int), np.array([5.0]))[0].max() == MOST


def test_a_rep_in_two_teams_is_told(run: Path, tmp_path: Path) -> None:
    copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "targets.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    cells = next(line for line in lines if ",Ann," in line).split(",")
    cells[lines[0].split(",").index("team")] = "Other"
    table.write_text("\n".join([*lines, ",".join(cells)]) + "\n", encoding="utf-8")
    done = quotaplan("pace", tmp_path / "run", "--out", tmp_path / "out", "--charts", "none")
    assert done.exit_code == 2
    assert "targets of Ann in 2024Q1 name two regions or teams; plan again" in done.stderr


@pytest.mark.parametrize("is_edited", [True, False])
def test_where_a_recalibration_does_not_add_up_edits_of_its_run_are_to_blame(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_edited: bool
) -> None:
    def defect(*_: object) -> None:
        raise DefectError("it does not add up")

    monkeypatch.setattr("optimizer.recalibrate.write.verify_draft", defect)
    copytree(run, tmp_path / "run")
    if is_edited:
        with (tmp_path / "run" / "scenario" / "scenario.toml").open("a", encoding="utf-8") as file:
            file.write("\n")
    (tmp_path / "weeks.csv").write_text("period,week,rep,amount\n2024Q1,1,Ann,5\n", "utf-8")
    done = quotaplan(
        "recalibrate", tmp_path / "run", "--actuals", tmp_path / "weeks.csv",
        "--as-of", "2024Q1W01", "--out", tmp_path / "out",
    )  # fmt: skip
    words = ": scenario/scenario.toml changed since it was planned" if is_edited else "not add up"
    assert (done.exit_code, words in done.stderr) == (2 if is_edited else 1, True), done.stderr
    assert not (tmp_path / "out").exists()


def test_targets_cut_off_are_told_before_anybody_is_paid(run: Path, tmp_path: Path) -> None:
    copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "targets.csv"
    whole = table.read_text(encoding="utf-8").rstrip("\n")
    (tmp_path / "sales.csv").write_text("period,rep,amount\n2024Q1,Ann,50\n", encoding="utf-8")
    for text in (whole.rpartition(",")[0] + ",", whole.rpartition(",")[0] + ",9e20"):
        table.write_text(text + "\n", encoding="utf-8")
        done = quotaplan(
            "pay", tmp_path / "run", "--actuals", tmp_path / "sales.csv", "--out", tmp_path / "out"
        )
        assert done.exit_code == 2, done.output
        assert "a target, floor or stretch is none; plan again" in done.stderr


@pytest.mark.parametrize("number", ["inf", "1e400", "-1e31"])
def test_numbers_of_a_run_have_an_end(run: Path, tmp_path: Path, number: str) -> None:
    copytree(run, tmp_path / "run")
    table = tmp_path / "run" / "explain.csv"
    head, row, *rest = table.read_text(encoding="utf-8").splitlines()
    cells = row.split(",")
    cells[head.split(",").index("amount")] = number
    table.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    assert quotaplan("explain", tmp_path / "run").exit_code == 2


def test_locks_that_stand_there_twice_are_a_fault_and_no_defect(tmp_path: Path) -> None:
    world = write_world(
        tmp_path / "world",
        {"name": "odd", "periods": ["2024Q1"], "goal": 100},
        people=[{"rep": "Ann", "region": "A"}, {"rep": "Ben", "region": "B"}],
        locks=[{"rep": "Ann", "amount": 40}],
    )
    plan(world, tmp_path / "run")
    table = tmp_path / "run" / "locks.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[-1]]) + "\n", encoding="utf-8")
    done = quotaplan("verify", tmp_path / "run")
    assert done.exit_code == 1
    assert "stands there twice" in done.output
    assert "defect" not in done.output


def test_rates_that_are_none_are_told_by_the_report(run: Path, tmp_path: Path) -> None:
    copytree(run, tmp_path / "run")
    quotaplan("tune", tmp_path / "run", "--budget", "5", "--charts", "none", "--trials", "50")
    told = tmp_path / "run" / "tune" / "tune.json"
    told.parent.mkdir(exist_ok=True)
    for rates in ([None], 5, ["x"]):
        told.write_text(json.dumps({"rates": rates}), encoding="utf-8")
        done = quotaplan("report", tmp_path / "run", "--no-xlsx", "--out", tmp_path / "out")
        assert done.exit_code == 2, done.output
        assert "tune.json has rates that are none; run tune again" in done.stderr


def test_a_review_with_rows_that_are_the_same_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "review"
    folder.mkdir()
    row = "2023Q1,company,*,*,10,9,8,0.9\n"
    text = f"period,dimension,name,product,target,actual,floor,attainment\n{row}{row}"
    (folder / "attainment.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="two rows are of the same; review that run again"):
        _read(tmp_path)
