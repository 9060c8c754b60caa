"""Run folders that reports are tried on, and their pages as the browser finds them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.pipeline import plan

HOSTILE = '</script><img src=x onerror="window.broken=1">'
"""A name that would run as a program where a page takes it for markup."""

_BLOCK = re.compile(r'<script type="application/json" id="([^"]+)">(.*?)</script>', re.DOTALL)


def write_scenario(folder: Path, keys: str, **tables: pd.DataFrame) -> Path:
    """Write a scenario of some tables and return its folder."""
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(keys, encoding="utf-8")
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def hostile_run(folder: Path) -> Path:
    """Plan a scenario whose every name would do harm in a page that does not escape it."""
    people = pd.DataFrame(
        {
            "rep": [HOSTILE, "=1+1", "__proto__", "a b & <b>"],
            "region": ["<!--", "<!--", "constructor", "constructor"],
            "team": ["</title>", "t", "", ""],
            "name": ["<svg/onload=window.broken=2>", "' OR 1=1", "", "李 <i>娜</i>"],
        }
    )
    keys = (
        f"name = {json.dumps(HOSTILE)}\nunit = '<b>€</b>'\nperiods = ['2023Q3', '2023Q4']\n"
        "goal = 400\n"
    )
    run = folder / "hostile-run"
    plan(write_scenario(folder / "hostile", keys, people=people), run, hold=False)
    return run


def many_run(folder: Path, people: int) -> Path:
    """Plan a scenario of many people in a few regions."""
    table = pd.DataFrame(
        {
            "rep": [f"P{place:05}" for place in range(people)],
            "region": [f"R{place % 20:02}" for place in range(people)],
            "role": ["senior" if place % 3 else "newcomer" for place in range(people)],
        }
    )
    keys = f"name = 'many'\nunit = 'EUR'\nperiods = ['2024Q1', '2024Q2']\ngoal = {people * 40}\n"
    run = folder / "many-run"
    plan(write_scenario(folder / "many", keys, people=table), run, hold=False)
    return run


def blocks_of(page: str) -> dict[str, Any]:
    """Return the data that a page carries, block by block."""
    return {name: json.loads(text) for name, text in _BLOCK.findall(page)}


def table_of(block: dict[str, Any]) -> pd.DataFrame:
    """Decode a table of a page, as the page does."""
    columns = {name: column_of(raw, block["n"]) for name, raw in block["c"].items()}
    return pd.DataFrame(columns, index=range(block["n"]))


def column_of(raw: dict[str, Any], rows: int) -> list[Any]:
    """Decode a column of a page."""
    if "l" not in raw:
        return [None if value is None else value / raw.get("s", 1) for value in raw["v"]]
    codes = raw.get("v")
    if codes is None:
        pairs = zip(raw["r"][::2], raw["r"][1::2], strict=True)
        codes = [code for code, length in pairs for _ in range(length)]
    assert len(codes) == rows
    return [raw["l"][code] for code in codes]
