"""What a page tells of actions and of the next plan: all of it, and of a region only its own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.errors import InputError
from optimizer.page.encode import encode
from optimizer.page.spoken import chinese_block
from optimizer.page.write import page_of
from optimizer.pipeline import plan
from tests.report_worlds import blocks_of, table_of, write_scenario

KEYS = """
name = "team"
unit = "10k CNY"
goal = 360
periods = ["2024Q1"]

[[funnel]]
steps = ["visit", "contract"]
conversion = [0.2]
deal_size = 20
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("after")
    people = pd.DataFrame({"rep": ["Ann", "Bob", "Cid"], "region": ["East", "East", "West"]})
    plan(write_scenario(folder / "scenario", KEYS, people=people), folder / "run", hold=False)
    sold = pd.DataFrame({"period": "2024Q1", "rep": people["rep"], "amount": [120, 90, 150]})
    sold.to_csv(folder / "sold.csv", index=False)
    for words in (
        ["pace", folder / "run", "--charts", "none", "--trials", "50"],
        ["propose", folder / "run", "--actuals", folder / "sold.csv"],
    ):
        done = CliRunner().invoke(main, [*map(str, words), "--quiet"])
        assert done.exit_code == 0, done.output
    return folder / "run"


def test_actions_and_edits_are_those_of_the_files(run: Path) -> None:
    blocks = blocks_of(page_of(run))
    people = table_of(blocks["activities"]["people"])
    file = pd.read_csv(run / "pace" / "activity_status.csv")
    assert people[["rep", "step", "count"]].values.tolist() == (
        file[["rep", "step", "count"]].values.tolist()
    )
    steps = table_of(blocks["activities"]["steps"]).set_index("step")["count"]
    assert steps.to_dict() == file.groupby("step")["count"].sum().to_dict()
    edits = table_of(blocks["proposal"]["edits"])
    kept = pd.read_csv(run / "propose" / "proposal.csv", dtype=str, keep_default_na=False)
    assert edits["after"].tolist() == kept["after"].tolist()
    assert "accept" not in edits


def test_of_the_next_plan_only_our_own_words_are_told_in_chinese() -> None:
    edits = pd.DataFrame(
        [
            ("people", "Open Chengdu", "ability", "0.8"),
            ("activity", "all / visit", "deal_size", "20"),
            ("people", "", "commit", "3 offers"),
            ("scenario", "all", "goal", "growth 0.1 on 2023Q1, 2023Q2"),
        ],
        columns=["table", "row", "column", "before"],
    )
    told = chinese_block({"proposal": {"edits": encode(edits, {})}})
    assert told == {
        "table": {"people": "人员", "activity": "销售动作", "scenario": "方案"},
        "whose": {"all / visit": "全部 / visit"},
        "column": {
            "ability": "能力系数",
            "deal_size": "客单价",
            "commit": "自报",
            "goal": "总目标",
        },
        "before": {
            "3 offers": "3 份自报",
            "growth 0.1 on 2023Q1, 2023Q2": "2023Q1, 2023Q2 基础上增长 0.1",
        },
    }


def test_costs_told_by_part_of_pay_have_its_words() -> None:
    names = ["everyone from target", "everyone, bonus from 1", "pool cup", "commission"]
    table = pd.DataFrame({"dimension": "tier", "name": names})
    told = chinese_block({"cost": {"stress_by": encode(table, {})}})
    assert told == {
        "rate": {
            "everyone from target": "everyone：自目标起",
            "everyone, bonus from 1": "everyone：奖金自 1 起",
        },
        "component": {"pool cup": "奖金池 cup"},
    }
    assert chinese_block({"cost": {"stress_by": encode(pd.DataFrame({"mean": ["x"]}), {})}}) is None


def test_a_page_of_a_region_has_its_own_actions_and_no_proposal(run: Path) -> None:
    page = page_of(run, region="East")
    blocks = blocks_of(page)
    people = table_of(blocks["activities"]["people"])
    assert set(people["rep"]) == {"Ann", "Bob"}
    steps = table_of(blocks["activities"]["steps"]).set_index("step")["count"]
    assert steps.to_dict() == people.groupby("step")["count"].sum().to_dict()
    assert "proposal" not in blocks
    assert "Cid" not in page


def test_a_damaged_table_of_actions_is_told_in_words(run: Path) -> None:
    path = run / "pace" / "activity_status.csv"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept.replace("step", "stop", 1), encoding="utf-8")
    try:
        with pytest.raises(InputError, match="lacks the column step"):
            page_of(run)
    finally:
        path.write_text(kept, encoding="utf-8")
