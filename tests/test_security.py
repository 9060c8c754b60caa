"""Inputs from strangers: nothing in them runs, and none of them reads what lies outside.

A scenario whose every name is a formula, markup or both goes through all commands; then every
cell, page and workbook that they wrote is looked at.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import optimizer
from cli import main
from optimizer.errors import InputError
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.reader import fence_of
from tests.report_worlds import write_scenario

STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?\d[\d.]*(e[+-]?\d+)?%?|-")
COMMAND = "=cmd|'/c calc'!A1"
LINK = '=HYPERLINK("http://example.invalid/?"&A1,"look")'
MARKUP = '</script><img src=x onerror="window.broken=1">'

PEOPLE = pd.DataFrame(
    {
        "rep": [COMMAND, LINK, MARKUP, "@SUM(1+1)*9", "＝1+1", "-2+3", "__proto__"],
        "region": ["=East", "=East", "=East", "+West", "+West", "+West", "+West"],
        "team": ["@t1", "@t1", "<b>t2", "", "", "－", "－"],
        "role": ["=senior", "=senior", "+junior", "+junior", "+junior", "=senior", "=senior"],
        "capacity": [60] * 7,
        "x_note": ["=1+1", "ok", "@x", "－", "[a](http://example.invalid)", "", "+1"],
    }
)
REGIONS = pd.DataFrame({"region": ["@All", "=East", "+West"], "parent": ["", "@All", "@All"]})
LOCKS = pd.DataFrame(
    {"rep": [COMMAND], "period": ["2024Q1"], "amount": [20], "owner": ["=me"], "reason": ["+why"]}
)
KEYS = f"""
name = {json.dumps(MARKUP)}
unit = "=EUR"
periods = ["2024Q1", "2024Q2"]
goal = 500

[stress]
trials = 320
budget = 100
attainment = {{ model = "lognormal", mean = 0.95, cv = 0.2 }}
correlation = {{ company = 0.3, region = 0.2 }}
"""
INCENTIVE = f"""
[[plan]]
name = {json.dumps("=plan ![x](http://example.invalid/x.png)" + MARKUP)}

[[plan.commission]]
mode = "marginal"
tiers = [{{ from = 0.0, rate = 0.01 }}, {{ from = "target", rate = 0.02 }}]
"""
SCORECARD = """
missing = "error"
grades = [{ from = 0, name = "=C" }, { from = 70, name = "@A" }]

[[metric]]
name = "=sales"
weight = 1.0
kind = "ratio"
source = "amount"
mode = "linear"
bands = [{ from = 0.0, points = 0 }, { from = 1.0, points = 100 }]
"""


def quotaplan(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def done(*words: object) -> None:
    found = quotaplan(*words, "--quiet")
    assert found.exit_code in (0, 3), found.output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that the commands wrote of a scenario of hostile names; no test writes into it."""
    return written(tmp_path_factory.getbasetemp() / "strangers")


@cache
def written(home: Path) -> Path:
    """Plan a scenario of hostile names and run every command on it, once for all modules."""
    scenario = write_scenario(home / "=plans" / "=in", KEYS, people=PEOPLE, regions=REGIONS,
                              locks=LOCKS)  # fmt: skip
    (scenario / "incentive.toml").write_text(INCENTIVE, encoding="utf-8")
    (scenario / "scorecard.toml").write_text(SCORECARD, encoding="utf-8")
    reps = PEOPLE["rep"]
    weeks = [("2024Q1", week, rep, 2) for rep in reps for week in range(1, 7)]
    names = ["period", "week", "rep", "amount"]
    pd.DataFrame(weeks, columns=names).to_csv(home / "weeks.csv", index=False)
    sold = [(period, rep, 30) for rep in reps for period in ("2024Q1", "2024Q2")]
    pd.DataFrame(sold, columns=["period", "rep", "amount"]).to_csv(home / "sold.csv", index=False)
    run = home / "run"
    done("plan", scenario, "--out", run, "--xlsx")
    done("pace", run, "--actuals", home / "weeks.csv", "--as-of", "2024Q1W06")
    done("pay", run, "--actuals", home / "sold.csv", "--xlsx")
    done("stress", run, "--charts", "none")
    done("score", run, "--actuals", home / "sold.csv")
    done("review", run, "--actuals", home / "sold.csv")
    done("plan-doc", run, "--charts", "none")
    done("recalibrate", run, "--actuals", home / "weeks.csv", "--as-of", "2024Q1W06",
         "--out", home / "again")  # fmt: skip
    done("compare", run, home / "again", "--out", home / "compared")
    done("propose", run, "--actuals", home / "sold.csv", "--next", home / "next" / "q3")
    done("report", run, "--charts", "none", "--compare", home / "again")
    done("batch", home / "=plans", "--out", home / "batch")
    return home


def cells(home: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(home.rglob("*.csv")):
        if path.parent in (home, home / "=plans" / "=in"):
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.reader(file), start=1):
                for cell in row:
                    yield f"{path.relative_to(home)}, row {number}", cell


def test_no_cell_of_any_table_begins_a_formula(home: Path) -> None:
    found = list(cells(home))
    assert sum(cell.startswith("'=") for _, cell in found) > 100
    wrong = [
        one for one in found if one[1].startswith(STARTS) and not NUMBER.fullmatch(one[1])
    ]  # fmt: skip
    assert not wrong[:5]


def test_no_text_is_a_formula_or_a_link_of_any_workbook(home: Path) -> None:
    books = sorted(home.rglob("*.xlsx"))
    assert len(books) >= 3
    for path in books:
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                text = book.read(name).decode("utf-8", errors="replace")
                formulas = re.findall(r"<f>(.*?)</f>", text)
                assert not [one for one in formulas if "cmd" in one or "HYPERLINK" in one], name
                assert 'TargetMode="External"' not in text, (path.name, name)
                assert not re.search("vbaProject|ddeLink|externalLink", name)


def test_nothing_of_a_page_of_rules_is_markup(home: Path) -> None:
    text = (home / "run" / "plan-doc" / "plan.md").read_text(encoding="utf-8")
    assert "example.invalid" in text
    assert not re.search(r"(?<!\\)(?:\\\\)*<[A-Za-z/!?]", text)
    pictures = re.findall(r"!\[.*?\]\(([^)]*\.svg)\)", text)
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\[", text)) == len(pictures)


def test_names_come_back_as_they_were(home: Path) -> None:
    again = load_scenarios(home / "run" / "scenario").scenarios[0]
    assert sorted(again.tables["people"]["rep"]) == sorted(PEOPLE["rep"])
    assert sorted(again.tables["people"]["x_note"]) == sorted(PEOPLE["x_note"])
    assert not optimizer.verify_run(home / "run").failures


def test_the_next_scenario_needs_nothing_outside(home: Path, tmp_path: Path) -> None:
    """It lies in another folder than the run, so it has the inputs of the run with it."""
    shutil.copytree(home / "next" / "q3", tmp_path / "moved")
    assert load_scenarios(tmp_path / "moved").scenarios[0].settings.periods == ("2024Q3", "2024Q4")
    assert load_scenarios(home / "next" / "q3").scenarios[0].tables["people"].shape[0] == 7


# Where a scenario reads from

TINY = 'periods = ["2024"]\ngoal = 10\n'


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A folder of scenarios, and beside it one that is none of its business."""
    secret = pd.DataFrame({"rep": ["Secret"], "region": ["R"]})
    write_scenario(tmp_path / "secret", TINY, people=secret)
    write_scenario(tmp_path / "plans" / "base", TINY, people=secret.assign(rep="Ann"))
    return tmp_path


def refused(room: Path, name: str = "mine") -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenarios(room / "plans" / name)
    text = str(caught.value)
    assert "outside" in text and str(room / "plans") in text and "--allow-outside" in text
    assert "Secret" not in text
    return caught.value


@pytest.mark.parametrize(
    "path", ["../../secret", "../base/../../secret", "../../secret/scenario.toml", "../.."]
)
def test_extends_stays_beside(path: str, room: Path) -> None:
    write_scenario(room / "plans" / "mine", f'extends = "{path}"\n')
    (found,) = refused(room).findings
    assert (found.file, found.row, found.column, found.value) == (
        "scenario.toml", 1, "extends", path,
    )  # fmt: skip


def test_extends_beside_and_inside_is_read(room: Path) -> None:
    write_scenario(room / "plans" / "mine", 'extends = "../base"\n')
    shutil.copytree(room / "plans" / "base", room / "plans" / "own" / "base")
    (room / "plans" / "own" / "scenario.toml").write_text('extends = "base"\n')
    for name in ("mine", "own"):
        people = load_scenarios(room / "plans" / name).scenarios[0].tables["people"]
        assert people["rep"].tolist() == ["Ann"]


def test_a_chain_does_not_lead_outside_either(room: Path) -> None:
    write_scenario(room / "plans" / "middle", 'extends = "../../secret"\n')
    write_scenario(room / "plans" / "mine", 'extends = "../middle"\n')
    (found,) = refused(room).findings
    assert found.file == "../middle/scenario.toml"


@pytest.mark.parametrize("name", ["people.csv", "scenario.toml", "incentive.toml"])
def test_links_do_not_lead_outside(name: str, room: Path) -> None:
    mine = write_scenario(room / "plans" / "mine", TINY)
    target = room / "secret" / (name if (room / "secret" / name).exists() else "people.csv")
    (mine / name).unlink(missing_ok=True)
    (mine / name).symlink_to(target)
    (found,) = refused(room).findings
    assert found.file == name


def test_a_link_of_a_folder_does_not_lead_outside(room: Path) -> None:
    (room / "plans" / "linked").symlink_to(room / "secret", target_is_directory=True)
    write_scenario(room / "plans" / "mine", 'extends = "../linked"\n')
    refused(room)


def test_links_that_stay_inside_are_read(room: Path) -> None:
    mine = write_scenario(room / "plans" / "mine", TINY)
    (mine / "people.csv").symlink_to(room / "plans" / "base" / "people.csv")
    assert load_scenarios(mine).scenarios[0].tables["people"]["rep"].tolist() == ["Ann"]


def test_a_link_that_the_user_names_is_the_users_will(room: Path) -> None:
    (room / "short").symlink_to(room / "plans" / "base", target_is_directory=True)
    assert load_scenarios(room / "short").scenarios[0].tables["people"]["rep"].tolist() == ["Ann"]


def test_the_whole_disk_is_beside_nobody(tmp_path: Path) -> None:
    disk = Path(tmp_path.anchor)
    assert fence_of(disk / "plans" / "mine" / "scenario.toml") == (disk / "plans").resolve()
    assert fence_of(disk / "mine" / "scenario.toml") == (disk / "mine").resolve()
    assert fence_of(disk / "plans" / "mine.xlsx") == (disk / "plans").resolve()


def test_a_link_to_nothing_or_to_itself_is_told(room: Path) -> None:
    mine = write_scenario(room / "plans" / "mine", 'extends = "../loop"\n')
    (room / "plans" / "loop").symlink_to(room / "plans" / "loop")
    with pytest.raises(InputError, match="no scenario at the path to extend"):
        load_scenarios(mine)


def test_who_trusts_a_scenario_may_let_it_out(room: Path) -> None:
    mine = write_scenario(room / "plans" / "mine", 'extends = "../../secret"\n')
    assert quotaplan("check", mine).exit_code == 2
    assert quotaplan("check", mine, "--allow-outside").exit_code == 0
    plan = ["plan", mine, "--out", room / "run", "--quiet"]
    assert quotaplan(*plan).exit_code == 2
    assert not (room / "run").exists()
    assert quotaplan(*plan, "--allow-outside").exit_code == 0
    batch = ["batch", mine, "--out", room / "runs", "--quiet"]
    assert quotaplan(*batch).exit_code == 2
    assert quotaplan(*batch, "--allow-outside").exit_code == 0
    again = quotaplan(*batch[:-1], "--allow-outside")
    assert "finished before" in again.output


def test_a_folder_of_scenarios_is_not_left_by_a_link(room: Path) -> None:
    (room / "plans" / "linked").symlink_to(room / "secret", target_is_directory=True)
    found = quotaplan("batch", room / "plans", "--out", room / "runs")
    assert found.exit_code == 2
    assert "is a link that leads to" in found.output
    assert not (room / "runs").exists()
    allowed = quotaplan("batch", room / "plans", "--out", room / "runs", "--allow-outside")
    assert allowed.exit_code == 0


# Who may read what was written

POSIX = pytest.mark.skipif(os.name == "nt", reason="rights of files are others on Windows")


def rights(folder: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"folder": {stat.S_IMODE(folder.stat().st_mode)}, "file": set()}
    for path in folder.rglob("*"):
        kind = "folder" if path.is_dir() else "file"
        found[kind].add(stat.S_IMODE(path.stat().st_mode))
    return found


def test_every_command_that_writes_a_folder_can_keep_it_private() -> None:
    writing = {
        name for name, command in main.commands.items()
        if any(option.name in ("out", "folder") for option in command.params)
    }  # fmt: skip
    private = {
        name for name, command in main.commands.items()
        if any(option.name == "private" for option in command.params)
    }  # fmt: skip
    assert {"plan", "pay", "stress", "score", "report", "batch", "init"} <= writing
    assert private == writing


@POSIX
def test_private_files_are_for_nobody_else(home: Path, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        own = tmp_path / "own"
        done("plan", home / "=plans" / "=in", "--out", own / "run", "--xlsx", "--private")
        pay = ["pay", home / "run", "--actuals", home / "sold.csv", "--out", own / "pay"]
        done(*pay, "--xlsx", "--private")
        batch = ["batch", home / "=plans", "--out", own / "batch", "--workers", 2]
        done(*batch, "--no-cost", "--private")
        assert rights(own) == {"folder": {0o700}, "file": {0o600}}
        assert os.umask(0o022) == 0o022
        # Whom the folder kept out before, it keeps out when it is written anew.
        done("plan", home / "=plans" / "=in", "--out", own / "run")
        assert stat.S_IMODE((own / "run").stat().st_mode) == 0o700
    finally:
        os.umask(before)


@POSIX
@pytest.mark.parametrize("mask", [0o077, 0o022, 0o002])
def test_rights_are_those_that_the_system_gives(mask: int, home: Path, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        optimizer.plan(home / "=plans" / "=in", tmp_path / "new" / "run")
    finally:
        os.umask(before)
    expected = {"folder": {0o777 & ~mask}, "file": {0o666 & ~mask}}
    assert rights(tmp_path / "new") == expected


def test_private_and_a_cluster_do_not_go_together(room: Path) -> None:
    words = ["batch", room / "plans", "--out", room / "runs", "--dask", "tcp://localhost:1"]
    found = quotaplan(*words, "--private")
    assert found.exit_code == 2
    assert "umask 077" in found.output
    assert not (room / "runs").exists()
