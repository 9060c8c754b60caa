"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from worlds import EXAMPLES, ROOT, SCENARIOS, shares, write_world

import cli
from optimizer.results.text_table import amount, render_table, short_amount, width

BASE: dict[str, Any] = {"name": "w", "periods": ["2024Q1"], "goal": 100}
AB = shares("region", {"A": 0.6, "B": 0.4})
PEOPLE = [
    {"rep": "a", "region": "A", "email": "a@example.org"},
    {"rep": "b", "region": "B", "email": "b@example.org"},
]

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Return a function that runs the command line; no answer may hold a traceback."""

    def invoke(*arguments: object) -> Result:
        result = CliRunner().invoke(cli.main, [str(one) for one in arguments])
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Return a small scenario that has a complete plan."""
    return write_world(tmp_path / "world", BASE, regions=AB, people=PEOPLE)


@pytest.fixture
def gap_world(tmp_path: Path) -> Path:
    """Return a small scenario with a gap of 10."""
    people = [{**PEOPLE[0], "capacity": 50}, PEOPLE[1]]
    return write_world(tmp_path / "gap", BASE, regions=AB, people=people)


@pytest.fixture
def contradiction(tmp_path: Path) -> Path:
    """Return a small scenario whose minimums are over the region's largest share."""
    people = [{**PEOPLE[0], "min": 70}, PEOPLE[1]]
    return write_world(tmp_path / "contradiction", BASE, regions=AB, people=people)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run folder; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    world = write_world(folder / "world", BASE, regions=AB, people=PEOPLE)
    result = CliRunner().invoke(cli.main, ["plan", str(world), "--out", str(folder / "run")])
    assert result.exit_code == 0, result.output
    return folder / "run"


def process(*arguments: object, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program, or a piece of Python, in a process of its own."""
    start = [sys.executable, "-c", code] if code else [sys.executable, str(ROOT / "cli.py")]
    return subprocess.run(
        [*start, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        cwd=ROOT,
        check=False,
    )


# ---------------------------------------------------------------- help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nimport cli\n"
        "for arguments in (['--help'], ['plan', '-h'], ['verify', '--help'], ['--version']):\n"
        "    try:\n        cli.main(arguments)\n"
        "    except SystemExit as end:\n        assert not end.code, end.code\n"
        "heavy = {'numpy', 'pandas', 'highspy', 'pulp', 'openpyxl', 'pyarrow', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = process(code=code)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


@pytest.mark.parametrize("command", ["init", "check", "plan", "verify"])
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example:  quotaplan {command}" in result.output
    for option in ("--json", "--quiet", "--debug"):
        assert option in result.output


WRONG = (
    (["nonsense"], "nonsense"),
    (["--wrong"], "--wrong"),
    (["plan"], "SCENARIO"),
    (["plan", "somewhere"], "--out"),
    (["plan", "somewhere", "--out", "x", "--method", "magic"], "magic"),
    (["plan", "somewhere", "--out", "x", "--format", "docx"], "docx"),
    (["verify", "--wrong"], "--wrong"),
    (["verify", "one", "two"], "two"),
    (["check", "somewhere", "--debug=3"], "--debug"),
)


@pytest.mark.parametrize(("arguments", "named"), WRONG)
def test_a_wrong_command_line_is_exit_code_two(run: Run, arguments: list[str], named: str) -> None:
    plain = run(*arguments)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert named in plain.stderr
    told = run(*arguments, "--json")
    assert told.exit_code == 2
    content = json.loads(told.stdout)
    assert (set(content), content["exit_code"]) == ({"error", "exit_code"}, 2)
    assert named in content["error"]
    assert content["error"] in told.stderr


def test_only_an_option_asks_for_json(run: Run) -> None:
    result = run("verify", "--wrong", "--", "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_wrong_command_line_is_json_in_a_process_of_its_own() -> None:
    done = process("plan", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {"error": "Missing argument 'SCENARIO'.", "exit_code": 2}
    assert "Missing argument 'SCENARIO'" in done.stderr


def test_embedded_the_program_raises_and_does_not_exit() -> None:
    with pytest.raises(click.UsageError, match="no-such"):
        cli.main(["no-such"], standalone_mode=False)
    assert cli.main(["--version"], standalone_mode=False) == 0


# ---------------------------------------------------------------- init


def test_init_lists_the_examples(run: Run) -> None:
    plain = run("init", "--list")
    assert plain.exit_code == 0
    assert tuple(line.split()[0] for line in plain.stdout.splitlines()) == EXAMPLES
    assert tuple(json.loads(run("init", "--list", "--json").stdout)) == EXAMPLES


def test_a_reader_who_stops_reading_is_no_error() -> None:
    """As in ``quotaplan init --list | head -0``: nothing is said, and the code is its own."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "init", "--list"],
        cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_init_writes_an_example_that_is_in_order(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "mine"
    result = run("init", folder, "--example", "customers")
    assert result.exit_code == 0
    written = {path.name for path in folder.iterdir()}
    source = {path.name for path in (SCENARIOS / "customers").iterdir()}
    assert written == source - {"expected.json"}
    assert run("check", folder).exit_code == 0


def test_init_writes_over_nothing_unless_forced(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "people.csv").write_text("mine", encoding="utf-8")
    refused = run("init", folder)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert [path.name for path in folder.iterdir()] == ["people.csv"]
    assert (folder / "people.csv").read_text(encoding="utf-8") == "mine"
    assert run("init", folder, "--force").exit_code == 0
    assert (folder / "people.csv").read_text(encoding="utf-8") != "mine"


def test_init_names_the_examples_there_are(run: Run, tmp_path: Path) -> None:
    result = run("init", tmp_path / "mine", "--example", "nope")
    assert result.exit_code == 2
    assert "company-a" in result.stderr
    assert not (tmp_path / "mine").exists()
    assert run("init").exit_code == 2
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run("init", tmp_path / "file").exit_code == 2


def test_init_says_what_it_wrote_as_json_or_not_at_all(run: Run, tmp_path: Path) -> None:
    told = json.loads(run("init", tmp_path / "a", "--json").stdout)
    assert sorted(told["files"]) == sorted(path.name for path in (tmp_path / "a").iterdir())
    assert run("init", tmp_path / "b", "--quiet").output == ""


# ---------------------------------------------------------------- check


def broken_world(folder: Path) -> Path:
    """Return a scenario with three mistakes in two tables."""
    people = [
        {"rep": "a", "region": "A", "capacity": -5},
        {"rep": "a", "region": "B"},
        {"rep": "c", "region": "Aa"},
    ]
    return write_world(folder / "broken", BASE, regions=AB, people=people)


def test_check_says_that_a_scenario_is_in_order(run: Run, world: Path) -> None:
    result = run("check", world)
    assert result.exit_code == 0
    assert "in order" in result.stdout
    assert json.loads(run("check", world, "--json").stdout) == {"exit_code": 0, "findings": []}
    assert run("check", world, "--quiet").output == ""


def test_check_lists_all_findings_at_once(run: Run, tmp_path: Path) -> None:
    before = sorted(broken_world(tmp_path).iterdir())
    result = run("check", tmp_path / "broken")
    assert result.exit_code == 2
    assert result.stdout == ""
    for row, column in ((2, "capacity"), (3, "rep"), (4, "region")):
        assert f"people.csv, row {row}, column {column}" in result.stderr, result.stderr
    told = json.loads(run("check", tmp_path / "broken", "--json").stdout)
    assert told["exit_code"] == 2
    assert len(told["findings"]) == len(result.stderr.strip().splitlines())
    assert {finding["file"] for finding in told["findings"]} == {"people.csv"}
    assert sorted((tmp_path / "broken").iterdir()) == before


def test_check_shows_what_is_worth_noting(run: Run, tmp_path: Path) -> None:
    world = write_world(tmp_path / "w", BASE, regions=shares("region", {"A": 30, "B": 10}))
    result = run("check", world)
    assert result.exit_code == 0
    assert "note: regions.csv" in result.stderr
    (note,) = json.loads(run("check", world, "--json").stdout)["findings"]
    assert (note["severity"], note["column"]) == ("note", "share")


def test_check_is_quiet_but_for_errors(run: Run, tmp_path: Path) -> None:
    world = write_world(tmp_path / "w", BASE, regions=shares("region", {"A": 30, "B": 10}))
    assert run("check", world, "--quiet").output == ""


def test_a_table_that_leaves_no_share_is_exit_code_two(run: Run, tmp_path: Path) -> None:
    for name, column, value in (("low", "min_share", 0.6), ("high", "max_share", 0.4)):
        rows = [{**row, "share": 0.5, column: value} for row in AB]
        world = write_world(tmp_path / name, BASE, regions=rows)
        assert run("check", world).exit_code == 2
        assert run("plan", world, "--out", tmp_path / "run").exit_code == 2
    assert not (tmp_path / "run").exists()


# ---------------------------------------------------------------- plan


def test_a_complete_plan_is_exit_code_zero(run: Run, world: Path, tmp_path: Path) -> None:
    result = run("plan", world, "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert "w: goal 100, placed 100, gap 0" in result.stdout
    assert re.search(r"Verified by \d+ checks", result.stdout)
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files == {
        "run.json", "targets.csv", "rollup.csv", "gaps.csv", "advice.csv", "limits.csv",
        "explain.csv", "explain_regions.csv", "prices.csv", "fairness.json", "fairness.csv",
        "off_reference.csv", "scenario",
    }  # fmt: skip


def test_a_gap_is_exit_code_three_and_written(run: Run, gap_world: Path, tmp_path: Path) -> None:
    result = run("plan", gap_world, "--out", tmp_path / "run")
    assert result.exit_code == 3
    assert "gap 10" in result.stdout
    assert re.search(r"^A +capacity, share_band +10$", result.stdout, re.MULTILINE)
    assert "advice.csv" in result.stderr
    assert (tmp_path / "run" / "gaps.csv").exists()


def test_a_contradiction_is_exit_code_four_and_nothing_is_written(
    run: Run, contradiction: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs" / "run"
    result = run("plan", contradiction, "--out", out)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "smallest set of changes" in result.stderr
    told = json.loads(run("plan", contradiction, "--out", out, "--json").stdout)
    assert told["exit_code"] == 4
    assert told["changes"]
    assert all(change["amount"] == pytest.approx(10) for change in told["changes"])
    assert not out.exists()


def test_wrong_inputs_are_exit_code_two_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    result = run("plan", broken_world(tmp_path), "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) >= 3
    assert not (tmp_path / "run").exists()
    assert run("plan", tmp_path / "nowhere", "--out", tmp_path / "run").exit_code == 2
    told = json.loads(run("plan", tmp_path / "nowhere", "--out", "x", "--json").stdout)
    assert told["exit_code"] == 2


def test_json_is_all_that_is_on_stdout(gap_world: Path, tmp_path: Path) -> None:
    done = process("plan", gap_world, "--out", tmp_path / "run", "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["status"], told["exit_code"], told["gap"]) == ("gap", 3, 10)
    stored = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert {key: told[key] for key in stored} == stored
    assert "NaN" not in done.stdout


def test_quiet_prints_nothing_but_errors(
    run: Run, world: Path, gap_world: Path, tmp_path: Path
) -> None:
    assert run("plan", world, "--out", tmp_path / "a", "--quiet").output == ""
    quiet = run("plan", gap_world, "--out", tmp_path / "b", "--quiet")
    assert (quiet.exit_code, quiet.output) == (3, "")
    assert run("plan", tmp_path / "none", "--out", tmp_path / "c", "--quiet").stderr


def test_out_is_refused_where_it_holds_something_else(
    run: Run, world: Path, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("mine", encoding="utf-8")
    refused = run("plan", world, "--out", full)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert [path.name for path in full.iterdir()] == ["letter.txt"]
    assert run("plan", world, "--out", full / "letter.txt").exit_code == 2
    assert run("plan", world, "--out", world).exit_code == 2
    assert run("plan", world, "--out", full, "--force").exit_code == 0
    assert not (full / "letter.txt").exists()
    assert run("plan", world, "--out", full).exit_code == 0


def test_out_may_be_the_empty_folder_one_stands_in(
    run: Run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = run("plan", world, "--out", ".")
    assert result.exit_code in (0, 2)


def test_out_below_a_file_is_a_mistake_of_the_command_line(
    run: Run, world: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run("plan", world, "--out", tmp_path / "file" / "run").exit_code == 2


def test_the_joint_method_gives_the_same_plan(run: Run, world: Path, tmp_path: Path) -> None:
    for name, options in (
        ("pooled", ["--method", "pooled"]),
        ("joint", ["--method", "joint"]),
        ("cbc", ["--method", "joint", "--solver", "CBC"]),
        ("solver alone", ["--solver", "HiGHS"]),
    ):
        result = run("plan", world, "--out", tmp_path / name, "--quiet", *options)
        assert (result.exit_code, result.output) == (0, ""), name
    targets = {
        name: (tmp_path / name / "targets.csv").read_bytes()
        for name in ("pooled", "joint", "cbc", "solver alone")
    }
    assert len(set(targets.values())) == 1
    told = json.loads((tmp_path / "cbc" / "run.json").read_text(encoding="utf-8"))
    assert told["method"] == "joint"
    assert "CBC" in told["solver"]["name"]
    assert run("verify", tmp_path / "cbc").exit_code == 0


def test_the_joint_method_says_contradictions_too(
    run: Run, contradiction: Path, tmp_path: Path
) -> None:
    result = run("plan", contradiction, "--out", tmp_path / "run", "--method", "joint")
    assert result.exit_code == 4
    assert "smallest set of changes" in result.stderr


@pytest.mark.parametrize(("suffix", "start"), [("lp", r"(?i)minimize"), ("mps", r"NAME")])
def test_the_joint_model_can_be_exported(
    run: Run, world: Path, tmp_path: Path, suffix: str, start: str
) -> None:
    path = tmp_path / f"model.{suffix}"
    assert run("plan", world, "--out", tmp_path / "run", "--export", path).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert re.search(start, text)
    assert len(text.splitlines()) > 10
    again = ["plan", world, "--out", tmp_path / "run", "--export", path]
    assert run(*again).exit_code == 0
    path.write_text("notes of a planner\n", encoding="utf-8")
    refused = run(*again)
    assert refused.exit_code == 2
    assert f"{path}: a file of that name exists that is no exported model" in refused.stderr
    assert path.read_text(encoding="utf-8") == "notes of a planner\n"
    assert run(*again, "--force").exit_code == 0
    assert path.read_text(encoding="utf-8") == text


def test_solvers_and_exports_that_cannot_be_are_named(
    run: Run, world: Path, tmp_path: Path
) -> None:
    out = ["--out", tmp_path / "run"]
    unknown = run("plan", world, *out, "--method", "joint", "--solver", "NOPE")
    assert unknown.exit_code == 2
    assert "HiGHS" in unknown.stderr
    assert run("plan", world, *out, "--export", tmp_path / "model.txt").exit_code == 2
    mixed = run("plan", world, *out, "--method", "pooled", "--solver", "CBC")
    assert mixed.exit_code == 2
    assert "--method joint" in mixed.stderr
    assert not (tmp_path / "run").exists()


def test_an_export_into_a_folder_that_is_not_there_is_no_defect(
    run: Run, world: Path, tmp_path: Path
) -> None:
    path = tmp_path / "none" / "model.lp"
    assert run("plan", world, "--out", tmp_path / "run", "--export", path).exit_code in (0, 2)


def test_messages_end_with_one_full_stop(run: Run, world: Path, tmp_path: Path) -> None:
    out = ["--out", tmp_path / "run"]
    assert ".." not in run("plan", world, *out, "--solver", "NOPE").stderr


def test_targets_may_be_parquet(run: Run, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run("plan", world, "--out", out, "--format", "parquet").exit_code == 0
    assert not (out / "targets.csv").exists()
    table = pd.read_parquet(out / "targets.parquet")
    assert dict(zip(table["rep"], table["target"], strict=True)) == {"a": 60, "b": 40}
    assert run("verify", out).exit_code == 0
    table.loc[0, "target"] += 1
    table.to_parquet(out / "targets.parquet", index=False)
    assert run("verify", out).exit_code == 1


def test_addresses_stay_out_of_a_run_unless_asked_for(
    run: Run, world: Path, tmp_path: Path
) -> None:
    run("plan", world, "--out", tmp_path / "a", "--quiet")
    run("plan", world, "--out", tmp_path / "b", "--quiet", "--keep-personal")
    found = {
        name: any(b"@example.org" in path.read_bytes()
                  for path in (tmp_path / name).rglob("*") if path.is_file())
        for name in "ab"
    }  # fmt: skip
    assert found == {"a": False, "b": True}


def test_a_run_can_be_repeated_from_itself(run: Run, finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    assert run("plan", finished / "scenario", "--out", again).exit_code == 0
    for name in ("targets", "rollup", "limits", "prices"):
        assert (again / f"{name}.csv").read_bytes() == (finished / f"{name}.csv").read_bytes()


def workbook(folder: Path) -> Path:
    """Write a scenario as one workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "scenario"
    for row in (("key", "value"), ("name", "w"), ("goal", 100), ("periods", "2024Q1")):
        sheet.append(row)
    for title, rows in (
        ("people", [("rep", "region"), ("a", "A"), ("b", "B")]),
        ("regions", [("region", "share"), ("A", 0.6), ("B", 0.4)]),
    ):
        table = book.create_sheet(title)
        for row in rows:
            table.append(row)
    book.save(folder / "w.xlsx")
    book.close()
    return folder / "w.xlsx"


def test_a_scenario_is_a_folder_a_toml_file_or_a_workbook(
    run: Run, world: Path, tmp_path: Path
) -> None:
    written = []
    for name, scenario in (
        ("folder", world), ("toml", world / "scenario.toml"), ("book", workbook(tmp_path)),
    ):  # fmt: skip
        result = run("plan", scenario, "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
        written.append((tmp_path / name / "targets.csv").read_bytes())
    assert written[0] == written[1] == written[2]


# ---------------------------------------------------------------- verify


def test_verify_holds_for_a_run_and_says_how_much_it_checked(run: Run, finished: Path) -> None:
    result = run("verify", finished)
    assert result.exit_code == 0
    assert re.search(r"\d+ checks, all hold", result.stdout)
    told = json.loads(run("verify", finished, "--json").stdout)
    assert (told["exit_code"], told["failures"]) == (0, [])
    assert run("verify", finished, "--quiet").output == ""


def test_verify_finds_damage(run: Run, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run("plan", world, "--out", out, "--quiet")
    text = (out / "targets.csv").read_text(encoding="utf-8")
    damaged = text.replace(",60,", ",61,", 1)
    assert damaged != text
    (out / "targets.csv").write_text(damaged, encoding="utf-8", newline="\n")
    result = run("verify", out)
    assert result.exit_code == 1
    assert "targets.csv" in result.stderr
    assert "failed" in result.stdout
    told = json.loads(run("verify", out, "--json").stdout)
    assert told["exit_code"] == 1
    assert told["failures"]
    assert run("verify", out, "--quiet").stderr


def test_verify_of_what_is_no_run_is_exit_code_two(
    run: Run, finished: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for place, words in (
        (tmp_path / "nowhere", "no such run folder"),
        (tmp_path / "empty", "no run folder"),
        (finished / "scenario", "a scenario, not a run"),
        (finished / "run.json", "no such run folder"),
    ):
        result = run("verify", place)
        assert (result.exit_code, result.stdout) == (2, ""), place
        assert place.name in result.stderr
        assert words in result.stderr
        assert json.loads(run("verify", place, "--json").stdout)["exit_code"] == 2


@pytest.mark.parametrize("lost", ["run.json", "targets.csv", "scenario", "everything else"])
def test_verify_of_a_run_with_files_missing_is_exit_code_one(
    run: Run, finished: Path, tmp_path: Path, lost: str
) -> None:
    damaged = Path(shutil.copytree(finished, tmp_path / "run"))
    for path in damaged.iterdir():
        if path.name == lost or (lost == "everything else" and path.name != "run.json"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    result = run("verify", damaged)
    assert result.exit_code == 1
    assert "is missing" in result.stderr


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("华东", 4),
        ("A区", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("（全）", 6),
        ("ｱ", 1),
    ],
)
def test_width_counts_columns_of_a_terminal(text: str, columns: int) -> None:
    assert width(text) == columns


def test_columns_stand_in_line_whatever_the_script() -> None:
    text = render_table(["区域", "x"], [["华东", "1"], ["A", "1,000"], ["total", "22"]], 1)
    assert text.splitlines() == [
        "区域       x",
        "-----  -----",
        "华东       1",
        "A      1,000",
        "total     22",
    ]
    assert {width(line) for line in text.splitlines()} == {12}


def test_amounts_are_grouped_and_blank_where_unknown() -> None:
    assert amount(1234567.5, 1) == "1,234,567.5"
    assert amount(float("nan"), 2) == ""
    shown = [short_amount(value) for value in (1.5, 1234.567, 99_999.96, 2_697_687.47, -3.5e10)]
    assert shown == ["1.5", "1,234.57", "100,000", "2,697,687", "-35,000,000,000"]


def test_chinese_names_stay_in_line_in_what_plan_prints(run: Run, tmp_path: Path) -> None:
    regions = shares("区域", {"华东": 0.6, "North East": 0.4})
    regions = [{"区域": row["区域"], "占比": row["share"]} for row in regions]
    world = write_world(tmp_path / "w", {**BASE, "unit": "万元"}, regions=regions)
    result = run("plan", world, "--out", tmp_path / "run")
    assert result.exit_code == 0
    assert "(万元)" in result.stdout
    table = next(part for part in result.stdout.split("\n\n") if part.startswith("region"))
    lines = table.splitlines()
    assert {width(line) for line in lines} == {width(lines[0])}
    assert any(line.startswith("华东 ") for line in lines)
    assert lines[-1].startswith("total")


# ---------------------------------------------------------------- errors


def test_a_defect_is_told_without_a_traceback_and_shown_with_debug(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr("optimizer.pipeline.plan", broken)
    arguments = ["plan", str(world), "--out", str(tmp_path / "run")]
    told = CliRunner().invoke(cli.main, arguments)
    assert told.exit_code == 1
    assert "ZeroDivisionError: made up" in told.stderr
    assert "--debug" in told.stderr
    assert told.stdout == ""
    shown = CliRunner().invoke(cli.main, [*arguments, "--debug"])
    assert isinstance(shown.exception, ZeroDivisionError)


def test_debug_shows_the_traceback_of_an_input_error(run: Run) -> None:
    plain = run("check", "nowhere")
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert "Traceback" not in plain.stderr
    debug = process("check", "nowhere", "--debug")
    assert "Traceback" in debug.stderr
    assert "InputError" in debug.stderr


def test_a_defect_as_json_is_json_too(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr("optimizer.pipeline.plan", broken)
    told = CliRunner().invoke(cli.main, ["plan", str(world), "--out", str(tmp_path), "--json"])
    assert told.exit_code == 1
    assert told.stdout == "" or json.loads(told.stdout)["exit_code"] == 1


# ---------------------------------------------------------------- interrupts


def stopped(*_: object, **__: object) -> None:
    """Stand in for a piece of work during which somebody presses Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("work", "arguments"),
    [
        ("optimizer.pipeline.plan", ["plan", "w", "--out", "run"]),
        ("optimizer.pipeline.plan", ["plan", "w", "--out", "run", "--debug"]),
        ("optimizer.inputs.load.load_scenarios", ["check", "w"]),
        ("optimizer.bundled.example_names", ["init", "--list"]),
        ("click.Context.invoke", ["check"]),
    ],
)
def test_an_interrupt_is_one_line_and_exit_code_130(
    run: Run, monkeypatch: pytest.MonkeyPatch, work: str, arguments: list[str]
) -> None:
    monkeypatch.setattr(work, stopped)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.strip() == "Interrupted; nothing was written."
    told = run(*arguments, "--json")
    content = json.loads(told.stdout)
    assert content == {"error": "Interrupted; nothing was written.", "exit_code": 130}


def test_an_interrupt_says_what_it_leaves(
    run: Run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr("optimizer.bundled.copy_example", stopped)
        result = run("init", tmp_path / "mine")
        assert result.exit_code == 130
        assert "may hold a part of the example" in result.stderr
    with monkeypatch.context() as patch:
        patch.setattr("optimizer.pipeline.plan", stopped)
        result = run("plan", world, "--out", out, "--export", tmp_path / "m.lp")
        assert result.stderr.strip() == "Interrupted; no run was written."
    with monkeypatch.context() as patch:
        patch.setattr("cli.show_plan", stopped)
        result = run("plan", world, "--out", out)
        assert (result.exit_code, result.stderr.strip()) == (
            130, f"Interrupted; the run in {out} is whole.",
        )  # fmt: skip
    assert run("verify", out).exit_code == 0


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
@pytest.mark.parametrize("stage", ["inputs.load.load_scenarios", "verify.verify.verify_run"])
def test_a_signal_ends_the_program_without_a_trace(world: Path, tmp_path: Path, stage: str) -> None:
    module, _, name = stage.rpartition(".")
    code = (
        f"import sys, os, signal, optimizer.{module} as room\n"
        "def work(*arguments, **options):\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    while True:\n        pass\n"
        f"room.{name} = work\n"
        "import cli\n"
        f"cli.main(['plan', {str(world)!r}, '--out', {str(tmp_path / 'runs' / 'run')!r}])\n"
    )
    done = process(code=code)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.splitlines()[-1] == "Interrupted; nothing was written."
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "runs").glob("*")) == []


# ---------------------------------------------------------------- folders that are kept


def test_an_earlier_run_that_was_added_to_is_kept(run: Run, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run("plan", world, "--out", out, "--quiet").exit_code == 0
    assert run("plan", world, "--out", out, "--quiet").exit_code == 0
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "pace").mkdir()
    refused = run("plan", world, "--out", out)
    assert refused.exit_code == 2
    assert "notes.txt, pace/" in refused.stderr
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert run("plan", world, "--out", out, "--force", "--quiet").exit_code == 0
    assert not (out / "notes.txt").exists()


def test_out_may_be_a_link_and_stays_one(run: Run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "latest"
    link.symlink_to(tmp_path / "disk" / "run", target_is_directory=True)
    for _ in range(2):
        assert run("plan", world, "--out", link, "--quiet").exit_code == 0
        assert link.is_symlink()
        assert (tmp_path / "disk" / "run" / "run.json").is_file()


@pytest.mark.parametrize("place", [".", "scenario"])
def test_a_plan_never_replaces_its_own_scenario(tmp_path: Path, place: str) -> None:
    scenario = tmp_path / "scenario"
    runner = CliRunner()
    assert runner.invoke(cli.main, ["init", str(scenario), "--example", "company-a"]).exit_code == 0
    before = {path.name: path.read_bytes() for path in scenario.iterdir()}
    found = runner.invoke(
        cli.main, ["plan", str(scenario), "--out", str(tmp_path / place), "--force"]
    )
    assert found.exit_code == 2
    assert "would be deleted" in found.output
    assert {path.name: path.read_bytes() for path in scenario.iterdir()} == before


def test_the_copy_in_a_run_may_be_planned_in_its_place(tmp_path: Path) -> None:
    run = tmp_path / "run"
    runner = CliRunner()
    runner.invoke(cli.main, ["init", str(tmp_path / "s"), "--example", "company-a-regions"])
    assert runner.invoke(cli.main, ["plan", str(tmp_path / "s"), "--out", str(run)]).exit_code == 0
    tables = (run / "targets.csv").read_bytes()
    again = runner.invoke(cli.main, ["plan", str(run / "scenario"), "--out", str(run)])
    assert again.exit_code == 0, again.output
    assert (run / "targets.csv").read_bytes() == tables
