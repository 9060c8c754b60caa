"""Sound keys → Settings: of one measure, with the defaults of the keys that are not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.domain.scenario import (
    AbilityRule,
    Buffers,
    Goal,
    Levels,
    Settings,
    Tolerance,
)
from optimizer.inputs.sound_keys import as_date

MAIN = "amount"
"""Name of the measure whose goal stands at the top level."""

OTHER = (
    "pacing", "recalibration", "pay", "stress", "review", "contingency", "funnel", "advice",
)  # fmt: skip
"""Blocks that later stages read; kept as written."""


def measure_names(keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the measures a scenario plans, the main one first."""
    names = tuple(keys.get("measure", {}))
    return names if names and "goal" not in keys else (MAIN, *names)


def of_measure(keys: Mapping[str, Any], measure: str) -> dict[str, Any]:
    """Return the top-level keys with those of a measure merged over them."""
    top = {name: value for name, value in keys.items() if name != "measure"}
    if measure == MAIN:
        return top
    shared = {name: value for name, value in top.items() if name not in ("goal", "tables")}
    return merged(shared, keys["measure"][measure])


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of `base` with those of `over` merged deep over them.

    A goal in numbers takes the place of a goal as growth, and the other way round.
    """
    result = dict(base)
    for name, value in over.items():
        below = result.get(name)
        if isinstance(below, dict) and isinstance(value, dict):
            if "target" in value:
                below = {key: item for key, item in below.items() if key not in ("growth", "base")}
            elif "growth" in value:
                below = {key: item for key, item in below.items() if key != "target"}
            result[name] = merged(below, value)
        else:
            result[name] = value
    return result


def build_settings(keys: Mapping[str, Any], measure: str, name: str) -> Settings:
    """Return the settings of one measure; the keys have been checked."""
    buffers = keys.get("buffers", {})
    over = buffers.get("over_assignment", {})
    ability = keys.get("ability", {})
    factors = {
        f"{group}_{part}": float(value)
        for group in ("top", "bottom")
        for part, value in ability.get(group, {}).items()
    }
    return Settings(
        name=keys.get("name", name),
        periods=tuple(keys["periods"]),
        goal=_goal(keys["goal"]),
        unit=keys.get("unit", ""),
        rounding=float(keys.get("rounding", 1.0)),
        seed=keys.get("seed", 0),
        as_of=as_date(keys.get("as_of")),
        levels=Levels(**_floats(keys.get("levels", {}))),
        buffers=Buffers(
            potential=float(buffers.get("potential", 0.0)),
            capacity=float(buffers.get("capacity", 0.0)),
            over_assignment_region=float(over.get("region", 0.0)),
            over_assignment_rep=float(over.get("rep", 0.0)),
        ),
        tolerance=Tolerance(**_floats(keys.get("tolerance", {}))),
        ability=AbilityRule(**factors, from_history=ability.get("from") == "history"),
        ramp_factors=tuple(map(float, keys.get("ramp", {}).get("factors", ()))),
        measure=measure,
        other={block: keys[block] for block in OTHER if block in keys},
    )


def _goal(written: Any) -> Goal:
    """Return the goal from a number or a table."""
    if not isinstance(written, dict):
        return Goal(target=float(written))
    numbers = {name: float(value) for name, value in written.items() if name != "base"}
    return Goal(**numbers, base=tuple(written.get("base", ())))


def _floats(keys: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in keys.items()}
