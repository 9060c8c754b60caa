"""Many scenarios at once: a row for each whatever happens, finished runs kept, same bytes."""

from __future__ import annotations

import csv
import json
import shutil
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from worlds import ROOT

from cli import main
from optimizer.batch import batch
from optimizer.batch.batch import batch_run, named
from optimizer.batch.task import Row, Task, as_told, worst
from optimizer.errors import InputError
from optimizer.pipeline import plan
from optimizer.results.run_folder import digests

SCENARIOS = ROOT / "scenarios"
FEW = ("company-a", "contradiction", "east-china")
PAID = """
[[plan]]
name = "all"
of = "rep"
basis = "period"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = "target", rate = 0.02 }]
"""


@pytest.fixture
def few(tmp_path: Path) -> Path:
    for name in FEW:
        shutil.copytree(SCENARIOS / name, tmp_path / "plans" / name)
    return tmp_path / "plans"


def tables(folder: Path) -> dict[str, str]:
    """Return digests of all files but records, which tell times."""
    return {name: digest for name, digest in digests(folder).items() if "run.json" not in name}


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "batch.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_scenario_has_a_row_and_the_worst_code_counts(few: Path, tmp_path: Path) -> None:
    found = batch_run([few], tmp_path / "out")
    assert [(row.scenario, row.status, row.exit_code) for row in found.rows] == [
        ("company-a", "gap", 3), ("contradiction", "contradiction", 4),
        ("east-china", "complete", 0),
    ]  # fmt: skip
    assert found.exit_code == 4
    rows = rows_of(tmp_path / "out")
    assert list(rows[0])[:7] == [
        "scenario", "status", "exit_code", "goal", "placed", "gap", "fairness",
    ]  # fmt: skip
    assert [row["gap"] for row in rows] == ["410", "", "0"]
    assert rows[0]["cost_mean"] == ""
    error = found.rows[1].error
    assert error is not None
    assert error["changes"]
    assert not (tmp_path / "out" / "contradiction").exists()


def test_a_run_of_a_batch_is_the_run_of_plan_whatever_the_workers(
    few: Path, tmp_path: Path
) -> None:
    batch_run([few], tmp_path / "one")
    batch_run([few], tmp_path / "two", workers=2)
    plan(few / "company-a", tmp_path / "alone")
    assert tables(tmp_path / "one" / "company-a") == tables(tmp_path / "alone")
    for name in ("company-a", "east-china"):
        assert tables(tmp_path / "one" / name) == tables(tmp_path / "two" / name)


def test_finished_runs_are_kept_and_others_made(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch_run([few], out)
    before = (out / "company-a" / "run.json").read_bytes()
    again = batch_run([few], out)
    assert [row.found_finished for row in again.rows] == [True, False, True]
    assert (out / "company-a" / "run.json").read_bytes() == before
    assert again.rows[0].gap == 410

    (out / "company-a" / "targets.csv").write_text("damaged", encoding="utf-8")
    text = (few / "east-china" / "scenario.toml").read_text(encoding="utf-8")
    (few / "east-china" / "scenario.toml").write_text(text + "\n# changed\n", encoding="utf-8")
    third = batch_run([few], out)
    assert [(row.found_finished, row.exit_code) for row in third.rows] == [
        (False, 2), (False, 4), (False, 0),
    ]  # fmt: skip
    assert third.rows[0].error is not None
    assert "targets.csv (changed since)" in third.rows[0].error["text"]
    assert (out / "company-a" / "targets.csv").read_text(encoding="utf-8") == "damaged"
    shutil.rmtree(out / "company-a")
    assert [row.found_finished for row in batch_run([few], out).rows] == [False, False, True]
    assert all(batch_run([few], out).rows[at].found_finished for at in (0, 2))
    assert not any(row.found_finished for row in batch_run([few], out, again=True).rows)


def test_a_scenario_that_broke_says_what_its_folder_still_holds(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch_run([few], out)
    (few / "east-china" / "scenario.toml").write_text("periods = 3", encoding="utf-8")
    row = batch_run([few], out).rows[2]
    assert (row.status, row.exit_code) == ("wrong inputs", 2)
    assert row.error is not None
    assert "still holds an earlier run" in row.error["text"]


def test_a_record_that_somebody_broke_costs_only_its_own_run(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "batch"
    batch_run([few], out)
    name = sorted(path.parent.name for path in out.glob("*/run.json"))[0]
    record = out / name / "run.json"
    told = json.loads(record.read_text(encoding="utf-8")) | {"outputs": 5}
    record.write_text(json.dumps(told), encoding="utf-8")
    rows = {row.scenario: row for row in batch_run([few], out).rows}
    assert rows[name].exit_code == 2
    assert "outputs should be a table" in str(rows[name].error)
    assert len(rows) > 1
    assert {row.exit_code for key, row in rows.items() if key != name} <= {0, 3, 2, 4}


def test_edited_figures_of_a_run_are_not_taken_for_its_own(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "batch"
    before = batch_run([few], out).rows[0]
    record = out / before.scenario / "run.json"
    record.write_text(
        record.read_text(encoding="utf-8").replace('"placed": ', '"placed": 9'), encoding="utf-8"
    )
    row = batch_run([few], out).rows[0]
    assert (row.exit_code, row.found_finished) == (2, False)
    assert "run.json (changed since)" in str(row.error)


@pytest.mark.parametrize("said", ["", "8 GB"])
def test_want_of_memory_is_no_defect(said: str) -> None:
    told = as_told(MemoryError(said) if said else MemoryError())
    assert told["exit_code"] == 2
    assert told["text"].startswith("there is not enough memory for this: ")


def test_rules_of_pay_give_the_cost(few: Path, tmp_path: Path) -> None:
    (few / "east-china" / "incentive.toml").write_text(PAID, encoding="utf-8")
    row = batch_run([few / "east-china"], tmp_path / "out").rows[0]
    assert row.cost_mean is not None
    assert row.cost_p95 is not None
    assert 0 < row.cost_mean < row.cost_p95
    assert batch_run([few / "east-china"], tmp_path / "b", cost=False).rows[0].cost_mean is None


def test_a_scenario_that_is_not_there_is_one_row(few: Path, tmp_path: Path) -> None:
    found = batch_run([few / "company-a", few / "none"], tmp_path / "out")
    assert [row.status for row in found.rows] == ["gap", "wrong inputs"]
    assert found.exit_code == 2


def test_two_of_one_name_are_refused(few: Path, tmp_path: Path) -> None:
    shutil.copytree(few / "company-a", tmp_path / "other" / "company-a")
    with pytest.raises(InputError, match="both are called company-a"):
        named([few / "company-a", tmp_path / "other" / "company-a"])
    same = named([few / "company-a", few / "company-a" / "scenario.toml"])
    assert list(same) == ["company-a"]


def test_a_folder_of_something_else_is_refused(few: Path, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputError, match="holds no earlier batch"):
        batch_run([few], tmp_path / "own")
    with pytest.raises(InputError, match="a file of that name exists"):
        batch_run([few], tmp_path / "own" / "letter.txt")
    with pytest.raises(InputError, match="name at least one scenario"):
        batch_run([], tmp_path / "new")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["letter.txt"]


def test_the_order_of_exit_codes() -> None:
    assert [worst(codes) for codes in ([0, 3], [3, 2], [2, 4], [4, 1], [])] == [3, 2, 4, 1, 0]


def test_what_is_known_is_written_after_each(
    few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a clock that stands still: writing takes no time."""
    monkeypatch.setattr("optimizer.batch.batch.time.monotonic", lambda: 5.0)
    out, seen = tmp_path / "out", []

    def tell(row: Row, done: int, all_of_them: int) -> None:
        assert len(rows_of(out)) == done
        seen.append((row.scenario, done, all_of_them))

    batch_run([few], out, tell=tell)
    assert seen == [("company-a", 1, 3), ("contradiction", 2, 3), ("east-china", 3, 3)]
    assert not list(out.glob(".batch*"))


def test_the_command(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["batch", str(few), "--out", str(out)])
    assert done.exit_code == 4
    assert "3 scenarios: 1 complete, 1 contradiction, 1 gap" in done.stdout
    assert "minimums of 7 reps" in done.stdout
    assert "3 of 3: east-china, complete" in done.stderr
    assert "left: company-a, gap" in done.stderr
    told = CliRunner().invoke(main, ["batch", str(few), "--out", str(out), "--json"])
    content = json.loads(told.stdout)
    assert content["exit_code"] == 4
    assert [row["found_finished"] for row in content["scenarios"]] == [True, False, True]
    assert told.stderr == ""
    quiet = CliRunner().invoke(main, ["batch", str(few), "--out", str(out), "--quiet"])
    assert quiet.stdout == ""
    assert "contradiction: No plan keeps all" in quiet.stderr


@pytest.mark.parametrize("is_stopped", [False, True])
def test_tables_are_not_written_anew_for_every_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_stopped: bool
) -> None:
    """By a clock on which writing takes a second, and planning none."""
    written, last = [], "s39" if is_stopped else ""
    write = batch.write_batch

    def counted(rows: list[Row], folder: Path) -> None:
        written.append(len(rows))
        write(rows, folder)

    def worked(task: Task) -> Row:
        if task.name == last:
            raise KeyboardInterrupt
        return Row(task.name, "complete", 0)

    monkeypatch.setattr(batch, "write_batch", counted)
    monkeypatch.setattr(batch, "work_on", worked)
    monkeypatch.setattr("optimizer.batch.batch.time.monotonic", count().__next__)
    plans = [tmp_path / f"s{number:02}" for number in range(40)]
    if is_stopped:
        with pytest.raises(KeyboardInterrupt):
            batch_run(plans, tmp_path / "out")
    else:
        batch_run(plans, tmp_path / "out")
    done = 39 if is_stopped else 40
    assert written[0] == 0
    assert written[-1] == done
    assert len(written) <= 5
    assert len(rows_of(tmp_path / "out")) == done
    told = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))
    assert len(told["scenarios"]) == done
