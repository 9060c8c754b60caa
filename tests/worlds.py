"""Small worlds for tests: scenario folders written from plain Python values."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

Rows = Sequence[Mapping[str, Any]] | pd.DataFrame

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = ROOT / "scenarios"
EXAMPLES = tuple(sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.toml")))
PLANNED = tuple(name for name in EXAMPLES if name != "contradiction")

REGIONS = {"East": 400, "South": 360, "North": 240, "West": 120, "Overseas": 80}
PRODUCTS = {"MES": 0.6, "Digital Twin": 0.3, "Service": 0.1}

# Company A (AL-03, assignment 1) and with a senior in the wrong place (AL-04).
ASSIGNED = {
    "East": ("S1", "S2", "N1"),
    "South": ("S3", "S4"),
    "North": ("S5",),
    "West": ("N2",),
    "Overseas": ("N3",),
}
MISPLACED = {
    "East": ("S1", "S2", "N1"),
    "South": ("S3", "N2"),
    "North": ("S4",),
    "West": ("N3",),
    "Overseas": ("S5",),
}


def shared() -> Path | None:
    """Return the folder of shared data beside the repository, or None where there is none."""
    named = os.environ.get("QUOTAPLAN_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if folder.is_dir() else None


def expected(name: str) -> dict[str, Any]:
    """Return what a bundled scenario must come to."""
    text = (SCENARIOS / name / "expected.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def toml(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(name)} = {toml(item)}" for name, item in value.items())
        return "{ " + pairs + " }"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Iterable):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return repr(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def write_world(folder: Path, settings: Mapping[str, Any], **tables: Rows) -> Path:
    """Write a scenario folder; tables left empty are not written.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    settings : mapping
        Keys of ``scenario.toml``.
    **tables : sequence of mappings, or DataFrame
        Rows by table name; columns missing in a row are blank.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{_key(name)} = {toml(value)}" for name, value in settings.items()]
    (folder / "scenario.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, rows in tables.items():
        table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        if not table.empty:
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    return folder


def shares(column: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a table of regions, products or periods with their shares."""
    return [{column: name, "share": value} for name, value in values.items()]


def company_a_people(
    seats: Mapping[str, Sequence[str]] = ASSIGNED,
    senior: float = 150,
    newcomer: float = 80,
    extra: Mapping[str, Sequence[float]] | None = None,
) -> list[dict[str, Any]]:
    """Return Company A's people; `extra` adds reps by region, with their capacities."""
    rows: list[dict[str, Any]] = []
    for region, names in seats.items():
        for name in names:
            new = name.startswith("N")
            rows.append(
                {
                    "rep": name,
                    "region": region,
                    "role": "newcomer" if new else "senior",
                    "capacity": newcomer if new else senior,
                    "min": 60 if new else None,
                }
            )
        for number, capacity in enumerate((extra or {}).get(region, ()), start=1):
            rows.append({"rep": f"X{number} {region}", "region": region, "capacity": capacity})
    return rows


def company_a(
    folder: Path,
    people: Rows,
    goal: Any = None,
    region_tolerance: float = 0.0,
    **settings: Any,
) -> Path:
    """Write Company A's third quarter with these people."""
    keys: dict[str, Any] = {
        "name": "company-a",
        "unit": "10k CNY",
        "periods": ["2023Q3"],
        "rounding": 1,
        "goal": {"floor": 1200, "target": 1400, "stretch": 1600} if goal is None else goal,
        "tolerance": {"period": 0.0, "product": 0.0, "region": region_tolerance},
        **settings,
    }
    return write_world(
        folder,
        keys,
        people=people,
        regions=shares("region", REGIONS),
        products=shares("product", PRODUCTS),
    )


def one_each(regions: Iterable[str]) -> list[dict[str, Any]]:
    """Return one rep without limits per region."""
    return [{"rep": f"Rep {region}", "region": region} for region in regions]
