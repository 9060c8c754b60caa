"""The page of a report as a file: what it carries, and that nothing in it can do harm."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from cli import main
from optimizer.errors import InputError
from optimizer.page import plan as page_plan
from optimizer.page.document import LANGUAGES, render_page, script_text, style_text
from optimizer.page.encode import encode, guessed, to_json
from optimizer.page.report import write_report
from optimizer.page.run import read_page_run
from optimizer.page.write import page_blocks, page_of
from optimizer.pipeline import plan
from tests.report_worlds import (
    HOSTILE,
    blocks_of,
    column_of,
    hostile_run,
    table_of,
    write_scenario,
)
from tests.worlds import SCENARIOS

BROWSER = Path(optimizer.__file__).parent / "page" / "browser"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "annual"
    plan(SCENARIOS / "annual", folder, hold=False)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "company-a"
    plan(SCENARIOS / "company-a", folder, hold=False)
    return folder


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return page_of(run)


def test_a_page_carries_the_plan_to_the_unit(run: Path, page: str) -> None:
    targets = pd.read_csv(run / "targets.csv")
    carried = table_of(blocks_of(page)["cells-0"])
    keys = ["rep", "period", "product"]
    both = targets.merge(carried, on=keys, suffixes=("", "_page"), validate="one_to_one")
    assert len(both) == len(targets) == len(carried)
    for name in ("floor", "target", "stretch"):
        assert (both[name] == both[f"{name}_page"]).all()
    assert np.allclose(both["reference"], both["reference_page"], atol=0.005)


def test_a_page_carries_every_roll_up_and_step(run: Path, page: str) -> None:
    blocks = blocks_of(page)
    rollup = pd.read_csv(run / "rollup.csv")
    carried = table_of(blocks["plan-0"]["rollup"])
    assert len(carried) == len(rollup)
    for name in ("ask", "target", "gap", "street"):
        assert carried[name].astype(float).sum() == rollup[name].sum()
    steps, told = table_of(blocks["steps-0"]), pd.read_csv(run / "explain.csv")
    mine = steps.groupby(["rep", "period"])["amount"].sum().round(6)
    theirs = told.groupby(["rep", "period"])["amount"].sum().round(6)
    pd.testing.assert_series_equal(mine.sort_index(), theirs.sort_index())


def test_a_page_asks_nothing_of_any_network(page: str) -> None:
    assert not re.findall(r'(?:src|href|action)\s*=\s*"(?!#)', page)
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"\burl\((?!#)", style_text() + script_text())
    for call in ("fetch(", "XMLHttpRequest", "WebSocket", "innerHTML", "eval(", "localStorage"):
        assert call not in script_text()


def test_the_policy_lets_only_this_style_and_script_in(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    for tag in ("style", "script"):
        found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert found is not None
        digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_names_that_are_markup_stay_names(tmp_path: Path) -> None:
    text = page_of(hostile_run(tmp_path))
    assert "<img" not in text and "<svg/" not in text and "<!--" not in text
    assert "\u2028" not in text
    assert text.count("</script>") == text.count("<script")
    people = table_of(blocks_of(text)["plan-0"]["people"])
    assert {HOSTILE, "=1+1", "__proto__", "a b & <b>"} == set(people["rep"])


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=30))
def test_any_labels_come_back_and_none_is_markup(labels: list[str]) -> None:
    text = to_json(encode(pd.DataFrame({"name": pd.Series(labels, dtype="str")}), {}))
    assert not set("<>&\u2028\u2029") & set(text)
    assert list(table_of(json.loads(text)).get("name", [])) == labels


@given(
    st.lists(st.floats(width=64) | st.integers(-(10**6), 10**6).map(float), max_size=30),
    st.integers(0, 9),
)
def test_any_numbers_come_back_as_near_as_told(values: list[float], decimals: int) -> None:
    table = pd.DataFrame({"amount": np.array(values, dtype=float)})
    block = json.loads(to_json(encode(table, {"amount": decimals})))
    back = column_of(block["c"]["amount"], len(values))
    for value, found in zip(values, back, strict=True):
        if not np.isfinite(value):
            assert found is None
        else:
            near = max(0.5 * 10.0**-decimals * (1 + 1e-6), 1e-8 * abs(value))
            assert abs(found - value) <= near


def test_runs_of_one_label_are_told_once() -> None:
    table = pd.DataFrame({"rep": ["A"] * 50 + ["B"] * 50})
    assert encode(table, {})["c"]["rep"] == {"l": ["A", "B"], "r": [0, 50, 1, 50]}


def test_a_column_is_of_numbers_only_if_all_of_it_is() -> None:
    table = pd.DataFrame({"a": ["1", "", "2.5"], "b": ["1", "x", "2"], "rep": ["1", "2", "3"]})
    found = guessed(table, {"rep"})["c"]
    assert {name: "l" in raw for name, raw in found.items()} == {"a": False, "b": True, "rep": True}


def test_both_languages_have_the_same_words() -> None:
    words = json.loads((BROWSER / "words.json").read_text(encoding="utf-8"))
    assert set(words) == set(LANGUAGES)
    assert list(words["en"]) == list(words["zh"])
    for key, text in words["en"].items():
        names = re.compile(r"\{\w+\}")
        assert set(names.findall(text)) == set(names.findall(words["zh"][key])), key


def test_every_word_of_the_script_is_known() -> None:
    known = json.loads((BROWSER / "words.json").read_text(encoding="utf-8"))["en"]
    used = set(re.findall(r'\bt\("([a-z_0-9]+)"', script_text()))
    chosen = re.findall(r'\bt\([^()"]*\? "([a-z_0-9]+)" : "([a-z_0-9]+)"', script_text())
    used |= {name for pair in chosen for name in pair}
    assert len(used) > 150
    assert used - set(known) == set()


def test_every_file_of_the_page_is_in_it() -> None:
    text = style_text() + script_text()
    for path in BROWSER.glob("*.[jc]s*"):
        if path.suffix != ".json":
            assert path.read_text(encoding="utf-8") in text, path.name
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300 or path.suffix == ".json"
    assert "<!--" not in script_text() and "</script" not in script_text()


def test_a_page_of_a_region_tells_of_nobody_else(run: Path) -> None:
    text = page_of(run, region="浙江")
    people = pd.read_csv(run / "scenario" / "people.csv")
    inside = people["region"].isin(["杭州", "宁波"])
    assert set(table_of(blocks_of(text)["plan-0"]["people"])["rep"]) == set(people["rep"][inside])
    told = blocks_of(text)
    assert told["plan-0"]["figures"] == told["plan-0"]["fairness"] == {}
    assert "*" not in table_of(told["plan-0"]["rollup"])["region"].to_list()
    own = json.dumps(told, ensure_ascii=False)
    for name in {*people["rep"][~inside], *people["region"][~inside]} - set(people["rep"][inside]):
        assert f'"{name}"' not in own, name


def test_rules_of_pay_name_only_people_of_the_page(small: Path, tmp_path: Path) -> None:
    run = tmp_path / "paid"
    shutil.copytree(small, run)
    rules = """
[[plan]]
name = "two"
match = { rep = ["S1", "S3"] }
paid = "with the salary"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = "target", rate = 0.02 }]

[[plan]]
name = "others"
guarantee = { amount = 10, periods = 2 }

[plan.bonus]
target_incentive = 100
mode = "linear"
bands = [{ from = 0.5, multiplier = 0.0 }, { from = 1.0, multiplier = 1.0 }]

[[pool]]
name = "fund"
of = "region"
rate = 0.05
split = "equal"
match = { rep = ["S3"] }
"""
    (run / "scenario" / "incentive.toml").write_text(rules, encoding="utf-8")
    everybody = blocks_of(page_of(run))["rules"]
    assert everybody["plans"][0]["match"] == {"rep": ["S1", "S3"]}
    assert everybody["of"]["S1"] == 0 and everybody["of"]["N1"] == 1
    east = blocks_of(page_of(run, region="East"))["rules"]
    assert set(east["of"]) == {"S1", "S2", "N1"}
    assert east["plans"][0]["match"] == {"rep": ["S1"]}
    assert east["pools"][0]["match"] == {"rep": []}


def test_a_region_that_is_not_there_is_named(run: Path) -> None:
    with pytest.raises(InputError, match="no such region"):
        page_of(run, region="浙东")


def test_a_region_is_not_told_beside_other_runs(small: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not both"):
        write_report(small, tmp_path / "out", region="浙江", compare=[small])
    assert not (tmp_path / "out").exists()


def test_the_same_run_gives_the_same_page(run: Path, page: str) -> None:
    assert page_of(run) == page


def test_two_measures_have_a_plan_each(tmp_path: Path) -> None:
    people = pd.DataFrame({"rep": ["Ann", "Bo"], "region": ["North", "South"]})
    keys = (
        "name = 'two'\nperiods = ['2023Q3']\ngoal = 140\n\n[measure.customers]\n"
        "unit = 'customers'\ngoal = 20\n"
    )
    run = tmp_path / "run"
    plan(write_scenario(tmp_path / "two", keys, people=people), run, hold=False)
    blocks = page_blocks(read_page_run(run))
    assert blocks["core"]["measures"] == ["amount", "customers"]
    assert table_of(blocks["cells-0"])["target"].sum() == 140
    assert table_of(blocks["cells-1"])["target"].sum() == 20
    assert blocks["plan-1"]["unit"] == "customers"


def test_a_regional_plan_has_no_people(tmp_path: Path) -> None:
    regions = pd.DataFrame({"region": ["N", "S"], "share": [0.6, 0.4]})
    run = tmp_path / "run"
    keys = "periods = ['2023Q3']\ngoal = 140.25\nrounding = 0.01\n"
    plan(write_scenario(tmp_path / "regional", keys, regions=regions), run, hold=False)
    blocks = page_blocks(read_page_run(run))
    assert blocks["plan-0"]["seats"] == 0 and "cells-0" not in blocks
    rollup = table_of(blocks["plan-0"]["rollup"])
    whole = rollup[(rollup["region"] == "*") & (rollup["product"] == "*")]
    assert set(whole["target"]) == {140.25}


def test_of_too_many_people_only_teams_are_told(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_plan, "SEATS_MOST", 100)
    blocks = page_blocks(read_page_run(run))
    assert blocks["plan-0"]["seats"] == 120 and not blocks["plan-0"]["listed"]
    assert not {"cells-0", "steps-0"} & set(blocks)
    assert set(table_of(blocks["plan-0"]["rollup"])["team"]) > {"*"}
    limits = table_of(blocks["reasons-0"]["limits"])
    assert set(limits["rep"]) == {"*"}


def test_the_command_writes_page_workbook_and_pictures(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["report", str(small), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    files = json.loads(done.stdout)["files"]
    assert {"report.html", "plan.xlsx", "targets_by_region.png"} <= set(files)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["command"] == "report" and set(record["outputs"]) == set(files)


def test_the_command_compares_and_opens_in_chinese(small: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    shutil.copytree(small, other)
    words = ["report", str(small), "--compare", str(other), "--lang", "zh", "--charts", "none"]
    done = CliRunner().invoke(main, [*words, "--out", str(out)])
    assert done.exit_code == 0, done.output
    text = (out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in text
    assert blocks_of(text)["compared"]["runs"] == [small.name, "other"]


def damaged(folder: Path, name: str, text: str) -> None:
    """Write a file that a later command might have left."""
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    (folder / "pay.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: (run / "rollup.csv").unlink(), "rollup.csv is missing"),
        (lambda run: (run / "rollup.csv").write_text(""), "rollup.csv cannot be read"),
        (lambda run: (run / "targets.csv").write_text("a,b\n1,2\n"), "lacks the column"),
        (lambda run: (run / "fairness.json").write_text("[]"), "holds no named values"),
        (lambda run: (run / "explain.csv").write_text("rep,amount\nA,1\n"), "column period"),
        (lambda run: damaged(run / "pay", "payouts.csv", "rep\nA\n"), "lacks the column"),
        (lambda run: damaged(run / "pace", "pacing.csv", "week,target\nx,1\n"), "cannot be read"),
        (lambda run: damaged(run / "stress", "stress.json", "{"), "cannot be read"),
        (lambda run: (run / "run.json").write_text("{}"), "no run of 'plan'"),
        (lambda run: (run / "scenario" / "scenario.toml").write_text("="), "cannot be read"),
    ],
    ids=["missing", "empty", "columns", "json", "steps", "pay", "pace", "stress", "record", "toml"],
)
def test_a_damaged_run_is_told_in_words(
    small: Path, tmp_path: Path, damage: object, said: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(small, broken)
    damage(broken)  # type: ignore[operator]
    done = CliRunner().invoke(main, ["report", str(broken), "--charts", "none"])
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.output
    assert not (broken / "report").exists()


def test_no_run_is_told_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(tmp_path / "nothing")])
    assert done.exit_code == 2
    assert "there is no such run folder" in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_title_is_escaped() -> None:
    assert "<title>&lt;b&gt;</title>" in render_page("<b>", "en", {})
