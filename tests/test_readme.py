"""What README.md shows is what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import documents
import pytest
import totals

TEXT = documents.README.read_text(encoding="utf-8")


def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    steps = documents.steps(documents.README)
    assert any("$ quotaplan plan " in step.block.text for step in steps)
    for step in steps:
        assert step.answer is not None
        shown = documents.shown_by(step, tmp_path)
        expected = documents.same_for_all_runs(step.answer.text)
        assert documents.same_for_all_runs(shown) == expected, str(step.block)


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (documents.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^make (\w+)$", TEXT, re.MULTILINE)
    assert targets == ["demo", "test"]
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_ci_finds_the_commands_it_runs() -> None:
    script = (documents.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    headings = re.findall(r'\brun_readme "([^"]+)"', script)
    assert len(headings) == 2
    for heading in headings:
        section = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
        assert "```sh\n" in section, heading


NAMES = [path.name for path in totals.SCENARIOS]


@pytest.mark.parametrize("scenario", totals.SCENARIOS, ids=NAMES)
def test_totals_of_every_scenario_are_shown_and_add_up(scenario: Path, tmp_path: Path) -> None:
    shown = [
        line
        for line in totals.table_in(TEXT).splitlines()
        if re.match(rf"\| {scenario.name}[ :]", line)
    ]
    assert shown == totals.totals(scenario, tmp_path / "run")
    last = "exit code 4" if scenario.name == "contradiction" else "0"
    assert all(line.endswith(f"| {last} |") for line in shown)


def test_the_table_names_no_other_scenario() -> None:
    shown = re.findall(r"^\| ([\w-]+)", totals.table_in(TEXT), re.MULTILINE)
    assert sorted(set(shown)) == NAMES
