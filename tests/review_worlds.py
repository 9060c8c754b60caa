"""Small worlds to look back at: runs whose targets are exactly those given, and their sales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.pipeline import plan
from tests.worlds import write_world

Targets = Mapping[str, Sequence[float]]
"""Rep → target of each period."""


def run_with(
    folder: Path,
    targets: Targets,
    periods: Sequence[str],
    regions: Mapping[str, str] | None = None,
    people: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> Path:
    """Plan a world in which capacity and minimum hold every rep at the target given.

    Parameters
    ----------
    regions : mapping of rep to region, optional
        ``North`` for who is not named.
    people : mapping of rep to further columns, optional
    settings : keys of ``scenario.toml``, or tables as lists of rows
    """
    tables = {name: settings.pop(name) for name in ("history", "potential") if name in settings}
    rows = [
        {"rep": rep, "region": (regions or {}).get(rep, "North"), **(people or {}).get(rep, {})}
        for rep in targets
    ]
    held = [
        {"rep": rep, "period": period, "capacity": target, "min": target}
        for rep, own in targets.items()
        for period, target in zip(periods, own, strict=True)
    ]
    world = write_world(
        folder / "scenario",
        {
            "name": "world",
            "periods": list(periods),
            "goal": sum(map(sum, targets.values())),
            "tolerance": {"period": 1.0, "region": 1.0},
            **settings,
        },
        people=rows,
        capacity=held,
        **tables,
    )
    plan(world, folder / "run")
    return folder / "run"


def write_sales(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write actuals."""
    pd.DataFrame(list(rows)).to_csv(path, index=False)
    return path


def sales_of(
    path: Path, targets: Targets, attainments: Mapping[str, Sequence[float]],
    periods: Sequence[str],
) -> Path:  # fmt: skip
    """Write the actuals that give these attainments; a rep without one sold nothing."""
    return write_sales(
        path,
        [
            {"period": period, "rep": rep, "amount": round(target * part, 6)}
            for rep, own in targets.items()
            for period, target, part in zip(periods, own, attainments[rep], strict=True)
        ],
    )


def read(folder: Path, name: str) -> pd.DataFrame:
    """Return a table of a review as texts."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
