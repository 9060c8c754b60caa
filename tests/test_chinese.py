"""What runs say in sentences is told in Chinese: all of it, with every name and number kept."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import PLANNED, ROOT, SCENARIOS, write_world

import optimizer
from optimizer.chinese import sentences
from optimizer.chinese.sentences import each_in_chinese, in_chinese
from optimizer.chinese.templates import DAY, NAME, NUMBER, SENTENCE, Slot, Template, templates
from optimizer.inputs.load import load_scenarios
from optimizer.page.run import read_page_run
from optimizer.page.spoken import chinese_block
from optimizer.page.write import page_blocks
from optimizer.pipeline import plan
from optimizer.problem.build import build_instance
from optimizer.workbook.write import write_plan_workbook

CATALOGUE = "optimizer/chinese/sentences.json"
SOURCES = [path for path in (ROOT / "optimizer").rglob("*.py") if path.parent.name != "chinese"]
EVERY = [(group, one) for group, own in templates().items() for one in own]
PHRASE = re.compile(r"[A-Za-z']{2,}(?: [A-Za-z']{2,}){2,}")
OWN_WORDS = (
    "framework contract signed for the year", "promised to the distributor", "Head of East",
    "agreed in the yearly review", "Head of Overseas", "Team one Zhang",
)  # fmt: skip
"""What people wrote in the bundled scenarios; nobody translates it."""


def source_texts() -> Iterator[str]:
    """Yield every text of the sources, cut where values are filled in."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"\{\w*\}", "\0", node.value)


def english_left(text: str) -> list[str]:
    for own in OWN_WORDS:
        text = text.replace(own, "")
    return PHRASE.findall(text)


def said_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield all sentences that a plan leaves in its run folder."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    yield from ((SENTENCE, note) for note in record["assumptions"])
    for name, column, group in (
        ("advice", "text", SENTENCE), ("locks", "text", SENTENCE), ("changes", "reason", SENTENCE),
        ("not_moved", "text", SENTENCE), ("not_moved", "what", "refusal"),
        ("gaps", "cause", "limits"), ("limits", "kind", "limit"), ("limits", "side", "side"),
        ("off_reference", "limit", "limits"), ("explain", "step", "step"),
        ("advice", "lever", "lever"),
    ):  # fmt: skip
        path = folder / f"{name}.csv"
        if path.is_file():
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
            yield from ((group, text) for text in table[column].unique() if text)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("chinese")
    for name in PLANNED:
        plan(SCENARIOS / name, home / name, hold=False)
    return {name: home / name for name in PLANNED}


def test_every_sentence_of_the_bundled_scenarios_is_told_in_chinese(runs: dict[str, Path]) -> None:
    counted = 0
    for folder in runs.values():
        for group, text in said_in(folder):
            counted += 1
            told = in_chinese(text, group)
            assert told != text, f"no template in {CATALOGUE} says: {text}"
            assert not english_left(told), f"{CATALOGUE} tells only a part of: {text}"
            assert numbers(told) == numbers(text)
    assert counted > 100


def numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d[\d,.]*\d|\d", text))


def test_every_note_on_inputs_is_told_in_chinese(tmp_path: Path) -> None:
    people = [{"rep": name, "region": region, "capacity": 900, "max_growth": 0.1, "role": "a"}
              for name, region in (("Ann", "North"), ("Bo", "South"))]  # fmt: skip
    folder = write_world(
        tmp_path / "one",
        {"periods": ["2024Q1", "2024Q2"], "rounding": 10, "recalibration": {"cap": 0.3},
         "goal": {"base": ["2023Q1", "2023Q2"], "growth": 0.153}, "buffers": {"capacity": 0.1},
         "measure": {"customers": {"goal": 20}}},
        people=people,
        history=[{"period": "2023Q1", "amount": 400}, {"period": "2023Q2", "amount": 300}],
        regions=[{"region": "North", "share": 3}, {"region": "South", "share": 4}],
        locks=[{"period": "2024Q1", "region": "North", "amount": 100, "expires": "2024-12-31"}],
    )  # fmt: skip
    near = write_world(
        tmp_path / "two",
        {"periods": ["2024Q1"], "goal": 100},
        people=people,
        potential=[{"region": "Nort", "period": "2024Q1", "potential": 900}],
    )
    loaded = [load_scenarios(one) for one in (folder, near)]
    instance = build_instance(loaded[0].scenarios[0])
    said = [*map(str, loaded[0].notes), *map(str, loaded[1].notes), *instance.assumptions]
    for beginning in ("scenario.toml", "regions.csv", "locks.csv", "people.csv", "potential.csv",
                      "goal =", "goal.target", "max_growth sets", "period shares"):  # fmt: skip
        assert any(text.startswith(beginning) for text in said), (beginning, said)
    for text in said:
        told = in_chinese(text)
        assert told != text and not english_left(told), text
        assert numbers(told) == numbers(text)


EXAMPLES = {
    "Put 2 more reps without a limit into East: closes about 3 of the gap; "
    "no lever was found for the other 2": (
        "在 East 增加 2 名销售员，不设产能上限：约可补缺口 3；其余 2 未找到办法"
    ),
    "Let Ann, Bo, Chen and 3 more (华东) sell MES as well: closes 20 of the gap": (
        "让 华东 的 Ann, Bo, Chen 等另外 3 项 兼售 MES：可补缺口 20"
    ),
    "Keep back 3.00% of all capacity instead of 10.00%: closes 7 of the gap": (
        "全部产能的缓冲由 10.00% 降至 3.00%：可补缺口 7"
    ),
    "everything is locked at 90 (until 2024-12-31); it costs nothing": (
        "全部锁定为 90（至 2024-12-31 有效）；没有代价"
    ),
    "capacity 80 to 100, role newcomer to senior; potential East 480 to none": (
        "产能由 80 改为 100，岗位由 newcomer 改为 senior；East 的市场潜力由 480 改为 未给定"
    ),
    "role West has 1 past period, fewer than 2: the company's curve is used": (
        "岗位 West 只有过去 1 个周期，少于 2 个：改用公司曲线"
    ),
    "amount, customers: period shares assumed from rep weight: Q1 0.5 and 3 more": (
        "amount, customers：周期占比由人员权重推定：Q1 0.5 等另外 3 项"
    ),
    "people, rep S1, period 2024Q1: capacity blank → 160": (
        "people，销售员 S1，周期 2024Q1：产能 空白 → 160"
    ),
    "the period before is below 0": "上一周期低于 0",
    "two plans 2024Q1, 2024Q2, one 2024Q3: a period that a run does not have counts as 0": (
        "周期不同（two 2024Q1, 2024Q2, one 2024Q3）：某次运行没有的周期按 0 计"
    ),
    "two plans 1 to 12 (12 periods), one 2024Q3: a period that a run does not have counts as 0": (
        "周期不同（two 1 至 12（12 个周期），one 2024Q3）：某次运行没有的周期按 0 计"
    ),
    "sold 1.16 of the mean of 浦东 in 4 periods, drawn towards 1 as 4 : 0.5: 1.14": (
        "4 个周期的销售为 浦东 均值的 1.16 倍，按 4 : 0.5 向 1 收缩：1.14"
    ),
    "share of MES, 服务: sold in fewer than 2 of the last 4 periods; it stays": (
        "MES, 服务 的占比：最近 4 个周期中有销售的少于 2 个；不变"
    ),
    "a has paid 2024Q1, 2024Q2, b nothing: other periods, other pay": (
        "已付薪酬的周期不同（a 2024Q1, 2024Q2, b 未付），薪酬也就不同"
    ),
    "asked for 120.0 % of potential; 4.7 % of the others sold as much of theirs; "
    "asked for 99.9 % of capacity; 0.0 % of the others sold as much of theirs": (
        "要求为市场潜力的 120.0 %，其他人中 4.7 % 卖到同样比例；"
        "要求为产能的 99.9 %，其他人中 0.0 % 卖到同样比例"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("english", "chinese"), EXAMPLES.items())
def test_sentences_are_told_as_a_planner_says_them(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


@pytest.mark.parametrize(
    "text",
    ["", "promised to the distributor", "Raise the roof: closes 130 of the gap",
     "region shares assumed from hearsay: East 0.4",
     "Cheapest together (cost 3 by the prices of the levers): raise the roof; "
     "let A's share fall to 3.00%: closes 3 of the gap"],
)  # fmt: skip
def test_what_is_not_known_as_a_whole_stays_as_it_is(text: str) -> None:
    assert in_chinese(text) == text
    assert each_in_chinese([text]) == {}


@pytest.mark.parametrize("name", ["Ann; let Bo", "a: b", "A's share rise to 3.00%", "李 {x} 娜",
                                  "\\1 $", "and 3 more", "__proto__"])  # fmt: skip
def test_names_that_look_like_sentences_stay_names(name: str) -> None:
    text = f"Put one more rep of capacity 80 per period into {name}: closes 60 of the gap"
    assert in_chinese(text) == f"在 {name} 增加一名销售员，每人每周期产能 80：可补缺口 60"
    both = (
        f"Cheapest together (cost 9 by the prices of the levers): put one more rep without a "
        f"limit into {name}; keep back 0.00% of all potential instead of 5.00%: closes 9 of the gap"
    )
    told = in_chinese(both)
    assert told.count(name) == 1 and not english_left(told.replace(name, ""))


@given(st.text(max_size=60))
def test_any_text_is_told_or_stays(text: str) -> None:
    for group in templates():
        assert isinstance(in_chinese(text, group), str)


def test_a_sentence_that_takes_too_long_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "let " + " and ".join(["A's share fall to 1%"] * 3000) + ": closes 1 of the gap"
    assert in_chinese(text) == text
    assert in_chinese("keeps the total; joins") != "keeps the total; joins"
    monkeypatch.setattr(sentences, "_EFFORT", 40)
    assert in_chinese("keeps the total; joins") == "keeps the total; joins"


@pytest.mark.parametrize(("group", "template"), EVERY, ids=lambda one: getattr(one, "english", one))
def test_templates_have_the_same_slots_in_both_languages(group: str, template: Template) -> None:
    names = [slot.name for slot in template.slots]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted(re.findall(r"\{([^}]*)\}", template.chinese)), template.english
    for slot in template.slots:
        assert slot.kind in {DAY, NAME, NUMBER, *templates()}, slot
    for one, following in zip(template.pieces, template.pieces[1:], strict=False):
        beside = isinstance(one, Slot) and isinstance(following, Slot)
        assert not beside, f"{template.english}: two slots stand side by side"


def test_every_template_is_said_somewhere() -> None:
    everything = "\1".join(source_texts())
    for group, template in EVERY:
        for words in map(str.strip, template.words):
            if re.search("[A-Za-z]", words):
                assert words in everything, (
                    f"no code says “{words}” any more: mend “{template.english}” in the group "
                    f"{group} of {CATALOGUE}, and its Chinese, as the code says it now"
                )


def test_every_group_is_used() -> None:
    used = {slot.kind for _, template in EVERY for slot in template.slots}
    asked = set(re.findall(r'"(\w+)"', "".join(
        (ROOT / "optimizer" / room / "spoken.py").read_text(encoding="utf-8")
        for room in ("page", "workbook")
    )))  # fmt: skip
    assert set(templates()) <= used | asked | {SENTENCE}


def test_words_are_those_of_the_page() -> None:
    path = Path(optimizer.__file__).parent / "page" / "browser" / "words.json"
    words = json.loads(path.read_text(encoding="utf-8"))["zh"]
    for group in ("limit", "lever", "side", "step"):
        of_page = {key.partition(".")[2]: told for key, told in words.items()
                   if key.startswith(f"{group}.")}  # fmt: skip
        assert {one.english: one.chinese for one in templates()[group]} == of_page


def test_a_page_carries_the_chinese_of_what_it_says_and_nothing_else(
    runs: dict[str, Path],
) -> None:
    for name, region in (("company-a", ""), ("annual", "浦东")):
        blocks = page_blocks(read_page_run(runs[name], region))
        told = blocks.pop("chinese")
        carried = json.dumps(blocks, ensure_ascii=False)
        for texts in told.values():
            for english, chinese in texts.items():
                assert json.dumps(english, ensure_ascii=False) in carried
                assert not english_left(chinese)
    assert set(told["text"]) == {text for text in told["text"] if text.startswith("浦东 朱芳")}
    assert chinese_block({"core": {"assumptions": []}}) is None


def cells_of(path: Path) -> dict[str, list[Any]]:
    book = openpyxl.load_workbook(path, read_only=True)
    return {
        sheet.title: [cell for row in sheet.iter_rows(values_only=True) for cell in row]
        for sheet in book
    }


def test_a_chinese_workbook_speaks_chinese(runs: dict[str, Path], tmp_path: Path) -> None:
    for name in ("company-a", "east-china"):
        write_plan_workbook(runs[name], tmp_path / "zh.xlsx", "zh")
        for title, cells in cells_of(tmp_path / "zh.xlsx").items():
            texts = [cell for cell in cells if isinstance(cell, str)]
            left = [text for text in texts if english_left(text) and not text.startswith("quota")]
            assert title == "记录" or left == []
            assert not {"capacity", "combination", "coverage", "equal share"} & set(texts)


def test_an_english_workbook_speaks_english(runs: dict[str, Path], tmp_path: Path) -> None:
    write_plan_workbook(runs["company-a"], tmp_path / "en.xlsx")
    texts = pd.read_csv(runs["company-a"] / "advice.csv")["text"]
    assert set(texts) <= set(cells_of(tmp_path / "en.xlsx")["advice"])
