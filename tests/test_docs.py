"""The documents are true: links lead somewhere, blocks run, every column is described."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import documents
import pytest

from optimizer.domain import tables
from optimizer.domain.columns import Column, Kind, Table
from optimizer.domain.keys import KEYS
from optimizer.inputs.load import load_scenarios

DOCS = documents.ROOT / "docs"
FORMATS = (DOCS / "formats.md").read_text(encoding="utf-8")
LANGUAGES = {"console", "csv", "python", "sh", "text", "toml", "{eval-rst}"}
EXAMPLE_TABLES = {
    "people_2024.csv": "rep,region\nAnn,North\nBob,South\n",
    "potential_customers.csv": "region,potential\nNorth,40\n",
    "history.csv": "period,region,amount\n2022Q3,North,700\n2022Q3,South,300\n",
    "regions.csv": "region\nNorth\nSouth\n",
}
RUN = [path for path in documents.DOCUMENTS if path != documents.README and documents.steps(path)]


def name_of(path: Path) -> str:
    return path.relative_to(documents.ROOT).as_posix()


def sections(text: str) -> dict[str, str]:
    """Return the text under each heading, by heading."""
    parts = re.split(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchors(path: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    yield from re.findall(r"\]\(([^)\s]+)\)", text)


@pytest.mark.parametrize("path", documents.DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        if link.startswith(("http://", "https://")):
            continue
        target, _, anchor = link.partition("#")
        page = (path.parent / target).resolve() if target else path
        assert page.exists(), link
        assert documents.ROOT in [page, *page.parents], link
        assert not anchor or anchor in anchors(page), link


@pytest.mark.parametrize("path", documents.DOCUMENTS, ids=name_of)
def test_blocks_say_their_language(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    opened = re.findall(r"^```(\S*)$", text, re.MULTILINE)[::2]
    assert set(opened) <= LANGUAGES


@pytest.mark.parametrize("block", documents.blocks_in("toml", documents.DOCUMENTS), ids=str)
def test_toml_parses(block: documents.Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("path", RUN, ids=name_of)
def test_commands_and_programs_print_what_is_shown(path: Path, tmp_path: Path) -> None:
    """Console blocks, and Python blocks with the text block after them, in order."""
    for step in documents.steps(path):
        shown = documents.same_for_all_runs(documents.shown_by(step, tmp_path))
        expected = "" if step.answer is None else documents.same_for_all_runs(step.answer.text)
        assert shown == expected, str(step.block)


def test_every_key_is_described() -> None:
    own = [key for key in KEYS if not key.path.startswith("measure.")]
    assert [key.path for key in own if f"`{key.path}`" not in FORMATS] == []


def test_scenario_examples_are_understood(tmp_path: Path) -> None:
    """The TOML blocks of the formats page, each as a scenario with the tables it names."""
    blocks = documents.blocks_in("toml", [DOCS / "formats.md"])
    assert len(blocks) >= 3
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "scenario.toml").write_text(block.text, encoding="utf-8")
        for name, text in EXAMPLE_TABLES.items():
            (folder / name).write_text(text, encoding="utf-8")
        loaded = load_scenarios(folder)
        keys = tomllib.loads(block.text)
        assert loaded.scenarios[0].settings.name == keys["name"], str(block)
        assert len(loaded.scenarios) == 1 + len(keys.get("measure", {})), str(block)


def described(table: Table) -> str:
    """Return the paragraph and the column list that formats.md shows for a table."""
    lines = [table.meaning]
    if table.key:
        lines += ["", f"One row per {', '.join(table.key)}."]
    if table.either:
        lines += ["", f"Every row fills at least one of {', '.join(table.either)}."]
    lines += ["", "| column | holds | meaning |", "|---|---|---|"]
    for column in table.columns:
        name = f"**{column.name}**" if column.required else column.name
        shown = " ".join([name, *column.aliases[:1]])
        lines.append(f"| {shown} | {held(column)} | {column.meaning} |")
    return "\n".join(lines)


def held(column: Column) -> str:
    """Return what a column holds, with its bounds, in words."""
    words = {
        Kind.TEXT: "text",
        Kind.LABEL: "name",
        Kind.LIST: "names",
        Kind.DATE: "date",
        Kind.BOOL: "yes or no",
        Kind.NUMBER: "whole number" if column.whole else "number",
    }[column.kind]
    if column.low is not None and column.high is not None:
        return f"{words} {column.low:g} to {column.high:g}"
    return words if column.low is None else f"{words} ≥ {column.low:g}"


@pytest.mark.parametrize("table", tables.TABLES, ids=[table.name for table in tables.TABLES])
def test_every_input_table_is_described_as_declared(table: Table) -> None:
    written = sections(FORMATS)[table.name].strip()
    assert written.startswith(described(table)), f"expected:\n\n{described(table)}"
