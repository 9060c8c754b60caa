"""Pictures and workbooks of finance and pacing in Chinese: the same figures, other words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.report import chinese
from optimizer.report.picture import with_unit
from optimizer.report.wording import ENGLISH, Wording
from optimizer.report.wording_zh import CHINESE
from tests.finance_worlds import done, finance_run, write_sold_as_planned
from tests.worlds import REGIONS, ROOT

INCENTIVE = """
[[plan]]
name = "bonus"
match = { role = "senior" }
paid = "with the salary"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = 0.02 }]

[[plan]]
name = "{name}"

[[plan.commission]]
mode = "retroactive"
tiers = [{ from = 0.0, rate = 0.0 }, { from = 1.0, rate = 0.018 }]

[[award]]
name = "cup"
metric = "attainment"
at_least = 1.0
periods = 1
amount = 1
"""
STRESS = """
[pay]
unit = "CNY"

[stress]
trials = 400
budget = 40

[[stress.shock]]
name = "region"
factor = 1.1
probability = 0.25
"""
SAID = {
    "stress": {
        "cost": "company-a：激励成本的分布",
        "payout_curve": "company-a：薪酬曲线",
        "shocks": "成本均值的变化（CNY）",
    },
    "tune": {"rates": "bonus：自 1 起", "payout_curve": "一成人员可超过"},
    "frontier": {"frontier": "达成总目标的概率（%）"},
}
OWN = {"bonus", "{name}", "region", "newcomer", "senior", "CNY", "CVaR95", "cup", *REGIONS}
"""What people named, money and measures: they stay as they are."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = finance_run(tmp_path_factory.mktemp("finance"), STRESS, INCENTIVE)
    write_sold_as_planned(run, run.parent / "sales.csv")
    return run


def _cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(path, read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def _texts(tables: dict[str, list[tuple[Any, ...]]]) -> Iterator[str]:
    for name, rows in tables.items():
        yield name
        yield from (cell for row in rows for cell in row if isinstance(cell, str))


def _numbers(tables: dict[str, list[tuple[Any, ...]]]) -> list[list[Any]]:
    return [
        [[cell for cell in row if not isinstance(cell, str)] for row in rows]
        for rows in tables.values()
    ]


@pytest.mark.parametrize("command", [*SAID, "pay"])
def test_pictures_and_workbook_speak_chinese(run: Path, tmp_path: Path, command: str) -> None:
    given: list[object] = [command, run, "--xlsx"]
    given += ["--actuals", run.parent / "sales.csv"] if command == "pay" else ["--charts", "svg"]
    noted = done(*given, "--lang", "zh", "--out", tmp_path / "zh").stderr
    for name, text in SAID.get(command, {}).items():
        picture = tmp_path / "zh" / f"{name}.svg"
        assert ("no font" in noted) != picture.is_file()
        if picture.is_file():
            assert f"<!-- {text} -->" in picture.read_text(encoding="utf-8")
    done(*given, "--out", tmp_path / "en")
    told, english = (_cells(tmp_path / lang / f"{command}.xlsx") for lang in ("zh", "en"))
    assert _numbers(told) == _numbers(english)
    assert len(told) == len(english)
    for text in _texts(told):
        is_said = chinese.is_chinese(text) or text in OWN
        assert is_said or not re.search("[A-Za-z]{3}", text), text
    words = set(_texts(told))
    if command == "stress":
        assert {"bonus", "{name}：自 1 起", "区域", "提成", "奖项 cup", "region", "模拟"} <= words
    if command == "pay":
        assert {"自 0 % 起", "bonus，发放时间：with the salary", "组成", "奖项 cup"} <= words


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_of_pacing_speak_a_language(run: Path, tmp_path: Path, lang: str) -> None:
    given = ("pace", run, "--trials", 4, "--charts", "svg", "--lang", lang)
    noted = done(*given, "--out", tmp_path / "simulated").stderr
    texts = {
        "en": ("week", "red, back-loaded", "company-a, 2023Q3: simulated lights"),
        "zh": ("周", "红灯，前松后紧", "company-a，2023Q3：模拟的灯号"),
    }
    picture = tmp_path / "simulated" / "simulation.svg"
    if "no font" in noted:
        assert lang == "zh"
        return
    drawn = picture.read_text(encoding="utf-8")
    assert all(f"<!-- {text} -->" in drawn for text in texts[lang])


def test_where_no_font_is_found_the_workbook_is_written_all_the_same(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chinese, "FONTS", ())
    given = ("frontier", run, "--charts", "png", "--xlsx", "--lang", "zh", "--out", tmp_path / "f")
    assert "note: no pictures: some of their texts are Chinese" in done(*given).stderr
    written = {path.name for path in (tmp_path / "f").iterdir()}
    assert "frontier.xlsx" in written
    assert "frontier.png" not in written


def test_a_language_that_there_is_none_of_is_refused(run: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["stress", str(run), "--lang", "fr", "--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "'fr' is not one of 'en', 'zh'" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_unit_stands_as_each_language_writes_it() -> None:
    assert with_unit("cost", "CNY") == "cost, CNY"
    assert with_unit("成本", "CNY") == "成本（CNY）"
    assert with_unit("成本", "") == "成本"


def _constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_is_said_is_known_and_what_is_known_is_said() -> None:
    sources = [path for path in (ROOT / "optimizer").rglob("*.py") if path.name != "wording_zh.py"]
    somewhere = {text.replace("_", " ") for path in sources for text in _constants(path)}
    somewhere |= {f"at {what} {when}" for what in ("target", "excellence")
                  for when in ("before", "after")}  # fmt: skip
    somewhere |= {f"{figure} error" for figure in ("mean", "p50", "p95", "cvar95", "change")}
    assert set(CHINESE) - somewhere == set()
    for path in (ROOT / "optimizer" / "report").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "say":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    assert first.value in CHINESE, f"{path.name}: {first.value}"


def test_both_languages_have_the_same_slots() -> None:
    for english, told in CHINESE.items():
        slots = sorted(re.findall(r"\{(\w+)\}", english))
        assert slots == sorted(re.findall(r"\{(\w+)\}", told)), english
        values = {name: f"{{{name}}} {number}" for number, name in enumerate(slots)}
        for say in (ENGLISH, Wording("zh")):
            assert all(value in say(english, **values) for value in values.values())
