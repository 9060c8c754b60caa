"""The site has every page, every public name, every Chinese header; it builds without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import documents
import pytest

import optimizer
from cli import main
from optimizer.domain.columns import CHINESE

DOCS = documents.ROOT / "docs"
WITHOUT_FUNCTION = {"plan-doc"}
"""Commands that only show what a function of another one returns."""


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = set(re.findall(r"^[\w/-]+$", text_of("index.md"), re.MULTILINE))
    pages = {path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md")}
    assert pages - {"index"} == listed


def test_every_public_name_is_on_the_page_of_the_package() -> None:
    named = re.findall(r"^\.\. auto\w+:: optimizer\.(\w+)$", text_of("api.md"), re.MULTILINE)
    assert sorted(named) == sorted(optimizer.__all__)


def test_every_command_has_its_function() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| `(\w+)` \|$", text_of("api.md"), re.MULTILINE)
    assert {command for command, _ in rows} == set(main.commands) - WITHOUT_FUNCTION
    assert {function for _, function in rows} <= set(optimizer.__all__)


def test_every_chinese_header_is_in_the_glossary() -> None:
    text = text_of("glossary.md")
    for name, headers in CHINESE.items():
        assert f"| {name} | {headers[0]} | {headers[-1]} |" in text


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason="the site is an extra: pip install -e .[docs]")
    command = ["sphinx", "-q", "-W", "--keep-going", "-b", "html", str(DOCS), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "recalibration.html" in (tmp_path / "index.html").read_text(encoding="utf-8")
