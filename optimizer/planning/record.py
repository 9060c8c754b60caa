"""What a run folder says of itself, and its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.errors import Finding
from optimizer.explain.rep_waterfalls import rep_blocks
from optimizer.explain.waterfalls import region_waterfalls
from optimizer.planning.measure import MeasurePlan
from optimizer.results.run_folder import decimals_of, write_json
from optimizer.results.table_file import write_blocks
from optimizer.results.tables import in_unit
from optimizer.results.target_rows import extra_columns, target_blocks

TABLES = {
    "rollup": "rollup",
    "gaps": "gaps",
    "advice": "advice_table",
    "limits": "limits",
    "off_reference": "off_reference",
    "fairness": "fairness_groups",
    "prices": "prices",
}
"""File of each table that is held whole, and the attribute of a plan that holds it."""
_SIGNIFICANT = 12
"""Digits of amounts that are no whole units; what follows is what solvers leave."""


def run_record(
    notes: Sequence[Finding],
    measures: tuple[MeasurePlan, ...],
    seconds: dict[str, float],
) -> dict[str, Any]:
    """Return ``run.json``, but for the digests of the outputs and the verification."""
    main = measures[0]
    settings = main.scenario.settings
    statuses = [measure.summary["status"] for measure in measures]
    words = [str(note) for note in notes]
    record: dict[str, Any] = {
        "name": settings.name,
        "command": "plan",
        "status": "gap" if "gap" in statuses else "complete",
        "version": package_version(),
        "seed": settings.seed,
        "method": main.method,
        "unit": settings.unit,
        **{name: value for name, value in main.summary.items() if name != "status"},
        "assumptions": words + _assumptions(measures),
        "inputs": dict(sorted(main.scenario.digests.items())),
        "origin": None,
        "solver": _solver(main),
        "proof": _proof(main),
        "stretch": _stretch(main),
        "seconds": seconds,
        "verification": {"checks": 0, "failed": 0},
    }
    if len(measures) > 1:
        record["measures"] = {one.scenario.settings.measure: _block(one) for one in measures}
    return record


def _assumptions(measures: tuple[MeasurePlan, ...]) -> list[str]:
    """Return what was assumed: what all measures share once, the rest with the measure's name."""
    found: dict[str, list[str]] = {}
    for one in measures:
        for text in one.instance.assumptions:
            found.setdefault(text, []).append(one.scenario.settings.measure)
    return [
        text if len(names) == len(measures) else f"{', '.join(names)}: {text}"
        for text, names in found.items()
    ]


def _block(measure: MeasurePlan) -> dict[str, Any]:
    return {
        **measure.summary,
        "unit": measure.scenario.settings.unit,
        "method": measure.method,
        "proof": _proof(measure),
        "stretch": _stretch(measure),
    }


def _solver(measure: MeasurePlan) -> dict[str, str]:
    report = measure.allocation.solver
    return {"name": report.name, "version": report.version, "status": report.status}


def _proof(measure: MeasurePlan) -> dict[str, float]:
    allocation = measure.allocation
    most = {"placed_most": allocation.placed_most, "street_most": allocation.street_most}
    return {name: float(f"{amount:.{_SIGNIFICANT}g}") for name, amount in most.items()}


def _stretch(measure: MeasurePlan) -> dict[str, float]:
    unit = measure.instance.unit
    goal = round(measure.instance.stretch_goal / unit)
    return {
        "goal": in_unit(goal, unit),
        "placed": in_unit(measure.whole.stretch_placed, unit),
    }


def write_tables(
    draft: Path,
    measures: tuple[MeasurePlan, ...],
    table_format: str,
) -> None:
    """Write all tables of a plan into a folder.

    Parameters
    ----------
    table_format : str
        ``csv``, ``parquet``, or ``auto``: Parquet for large tables.
    """
    decimals = {"": decimals_of(measures[0].scenario.settings.rounding)}
    decimals |= {
        one.scenario.settings.measure: decimals_of(one.scenario.settings.rounding)
        for one in measures
    }

    def write(name: str, tables: Sequence[Iterable[pd.DataFrame]]) -> None:
        write_blocks(_blocks(measures, tables), draft, name, decimals, table_format)

    for name in ("commits", "locks"):
        if any(len(getattr(one, name)) for one in measures):
            write(name, [[getattr(one, name)] for one in measures])
    for name, attribute in TABLES.items():
        write(name, [[getattr(one, attribute)] for one in measures])
    places = [(one.scenario, one.instance) for one in measures]
    extra = list(dict.fromkeys(name for place in places for name in extra_columns(*place)))
    write("targets", [
        target_blocks(*place, one.whole, extra) for place, one in zip(places, measures, strict=True)
    ])  # fmt: skip
    moves = [one.moves for one in measures]
    write("explain", [rep_blocks(one) for one in moves])
    write("explain_regions", [[region_waterfalls(one)] for one in moves])
    fairness: dict[str, Any] = dict(measures[0].fairness)
    if len(measures) > 1:
        fairness = {one.scenario.settings.measure: one.fairness for one in measures}
    write_json(fairness, draft / "fairness.json")


def _blocks(
    measures: tuple[MeasurePlan, ...], tables: Sequence[Iterable[pd.DataFrame]]
) -> Iterator[pd.DataFrame]:
    """Yield a table of all measures, with a column `measure` where there are several.

    Blocks without rows are left out, but for the first where all are.
    """
    empty: list[pd.DataFrame] = []
    rows = 0
    for one, blocks in zip(measures, tables, strict=True):
        for block in blocks:
            if len(measures) > 1:
                block = block.copy(deep=False)
                block.insert(0, "measure", one.scenario.settings.measure)
            rows += len(block)
            if len(block):
                yield block
            else:
                empty.append(block)
    if not rows:
        yield empty[0]


def package_version() -> str:
    """Return the installed version of quotaplan."""
    try:
        return version("quotaplan")
    except PackageNotFoundError:
        return "0.1.0"
