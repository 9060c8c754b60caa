"""Check 5: floor ≤ target ≤ stretch, and both levels are what the scenario asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from optimizer.verify.amounts import above, differ
from optimizer.verify.columns import rows_where
from optimizer.verify.crew import whole_down, whole_up
from optimizer.verify.cube import Bools, Floats, margins
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "levels"


def check_order(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield cells where the floor is above the target or the stretch below it."""
    rows = plan.rows
    for low, high, column, words in (
        (rows.floor, rows.target, rows.floor, "floor is above the target"),
        (rows.target, rows.stretch, rows.stretch, "stretch is below the target"),
    ):
        for row in rows_where(len(low), partial(_falls, low, high, facts.unit)):
            yield fault(CHECK, plan.targets_file, _where(facts, plan, row), words,
                        rows.target[row], column[row])  # fmt: skip


def _falls(low: Floats, high: Floats, unit: float, rows: slice) -> Bools:
    return above(low[rows], high[rows], unit)


def check_floor(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield floors more than a unit away from target × ratio, in a cell or in total."""
    rows, unit = plan.rows, facts.unit
    exact = rows.target * _ratios(facts, plan)

    def away(part: slice) -> Bools:
        return above(np.abs(rows.floor[part] - exact[part]), np.array(unit), unit)

    for row in rows_where(len(exact), away):
        yield fault(
            CHECK, plan.targets_file, f"{_where(facts, plan, row)}, floor",
            "is more than a unit away from target × floor ratio", exact[row], rows.floor[row],
        )  # fmt: skip
    total, found = float(exact.sum()), float(rows.floor.sum())
    if above(np.array(abs(found - total)), np.array(unit), unit):
        yield fault(CHECK, plan.targets_file, "all rows, floor",
                    "the floors do not add up to target × floor ratio", total, found)  # fmt: skip


def check_stretch(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps whose stretch exceeds their capacity without buffer."""
    if facts.crew is None:
        yield from _stretch_markets(facts, plan)
        return
    crew, axes, rows = facts.crew, facts.axes, plan.rows
    stretch = rows.by_rep("stretch")
    target = rows.by_rep("target")
    raw = np.full(target.shape, np.inf) if crew.by_effort else crew.raw_high
    most = np.maximum(raw, target)
    for rep, q in np.argwhere(above(stretch, most, facts.unit)):
        yield fault(
            CHECK, plan.targets_file,
            f"{where_cell(axes, crew.leaf[rep], q, -1, crew.names[rep])}, stretch",
            "the rep's total of the period is above the capacity without buffer",
            most[rep, q], stretch[rep, q],
        )  # fmt: skip
    if np.isnan(crew.stretch_ratio).all():
        yield from _stretch_markets(facts, plan)


def _stretch_markets(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield slices whose stretch is above the potential without buffer.

    With reps the street may exceed the region's stretch by the over-assignment.
    """
    from_targets = plan.margin["street"]
    over = 1.0 + (facts.terms.over_rep if facts.crew else 0.0)
    places = facts.markets.places
    raw = whole_down(facts.markets.given, facts.unit)
    # Over-assignment is rounded up in each cell by less than a unit.
    cells = margins((facts.reference.ask > 0.0).astype(float), facts.axes.tree)[places]
    more = np.maximum(cells - 1.0, 0.0) if over > 1.0 else 0.0
    room = whole_up(over * raw, facts.unit) + more * facts.unit
    limit = np.maximum(room, from_targets[places])
    found = plan.margin["stretch"][places]
    for row in np.flatnonzero(above(found, limit, facts.unit)):
        where = label(facts.axes, facts.markets.where(int(row)))
        yield fault(CHECK, "rollup.csv", f"{where}, stretch",
                    "is above the potential without buffer", limit[row], found[row])  # fmt: skip


def check_stretch_gap(
    facts: Facts, plan: Plan, summary: Mapping[str, Any], stretch: Mapping[str, Any]
) -> Iterator[Failure]:
    """Yield a stretch gap that is not the stretch goal less what stretch places."""
    goal, placed = (_number(stretch.get(key)) for key in ("goal", "placed"))
    gap = _number(summary.get("stretch_gap"))
    for key, found, expected in (
        ("stretch.goal", goal, facts.stretch_goal),
        ("stretch_gap", gap, max(goal - placed, 0.0)),
    ):
        if differ(np.array(found), np.array(expected), facts.unit) or np.isnan(found):
            yield fault(CHECK, "run.json", key, "does not agree with the inputs", expected, found)
    street = float(plan.margin["stretch"][0, -1, -1])
    target = float(plan.margin["target"][0, -1, -1])
    if above(np.array(target), np.array(placed), facts.unit):
        yield fault(CHECK, "run.json", "stretch.placed",
                    "is below the target", target, placed)  # fmt: skip
    alike = facts.crew is None or bool(np.isnan(facts.crew.stretch_ratio).all())
    if alike and above(np.array(placed), np.array(street), facts.unit):
        yield fault(CHECK, "run.json", "stretch.placed",
                    "is above what the stretch cells add up to", street, placed)  # fmt: skip


def _ratios(facts: Facts, plan: Plan) -> Floats:
    if facts.crew is None:
        return np.full(len(plan.rows.target), facts.floor_ratio)
    own = facts.crew.floor_ratio
    return np.minimum(np.where(np.isnan(own), facts.floor_ratio, own), 1.0)[plan.rows.rep]


def _where(facts: Facts, plan: Plan, row: np.signedinteger) -> str:
    rows = plan.rows
    rep = facts.crew.names[rows.rep[row]] if facts.crew else ""
    return where_cell(facts.axes, *rows.place(int(row)), rep)


def _number(value: object) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable else float("nan")  # type: ignore[arg-type]
