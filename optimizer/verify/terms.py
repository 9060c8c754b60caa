"""What ``scenario/scenario.toml`` asks for, measure by measure, read afresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.verify.files import UnreadableError

MAIN = "amount"
OWN_TABLES = ("history", "potential", "locks", "shares", "capacity")
"""Tables in amounts of the main measure: beside it, others have them only by name."""
SMALLEST = 1e-6
"""The unit of a plan that is not rounded."""


@dataclass(frozen=True)
class Terms:
    """The settings of one measure.

    Attributes
    ----------
    name : str or None
        Name of the scenario, where it has one.
    stems : mapping
        File stem of each table that does not go by its own name; ``""`` = not for this measure.
    goal, floor, stretch : float or None
        The three levels as given; None where they come from growth or the level ratios.
    borrows_people : bool
        Whether the people are the main measure's: their amounts are not of this one.
    never : tuple of str
        Levers that advice must not use.
    tolerance : mapping
        Half-width of the bands by ``period``, ``product``, ``region``, where set.
    """

    name: str | None
    seed: int
    measure: str
    periods: tuple[str, ...]
    goal: float | None
    floor: float | None
    stretch: float | None
    growth: float | None
    base: tuple[str, ...]
    floor_level: float
    stretch_level: float
    rounding: float
    as_of: str
    potential_buffer: float
    capacity_buffer: float
    over_region: float
    over_rep: float
    tolerance: Mapping[str, float]
    top: tuple[float, float]
    bottom: tuple[float, float]
    from_history: bool
    ramp: tuple[float, ...]
    stems: Mapping[str, str] = field(default_factory=dict)
    borrows_people: bool = False
    never: tuple[str, ...] = ()

    @property
    def unit(self) -> float:
        """The rounding unit."""
        return self.rounding if self.rounding > 0 else SMALLEST


def read_terms(settings: Mapping[str, Any]) -> tuple[Terms, ...]:
    """Return the settings of every measure, the main one first.

    Raises
    ------
    UnreadableError
        Where a key is not what it should be.
    """
    measures = _block(settings, "measure")
    tables = {str(table): str(stem) for table, stem in _block(settings, "tables").items()}
    terms = [_terms(MAIN, settings, tables)] if "goal" in settings else []
    has_main = bool(terms)
    absent = dict.fromkeys(OWN_TABLES, "") if has_main else {}
    for name in measures:
        own = _block(measures, name)
        shared = {key: value for key, value in settings.items() if key != "goal"}
        named = {str(table): str(stem) for table, stem in _block(own, "tables").items()}
        stems = {**tables, **absent, **named}
        borrows = has_main and "people" not in named
        found = _terms(str(name), _merged(shared, own), stems)
        terms.append(replace(found, borrows_people=borrows))
    if not terms:
        raise UnreadableError("names no goal")
    return tuple(terms)


def _terms(measure: str, settings: Mapping[str, Any], stems: Mapping[str, str]) -> Terms:
    given = settings.get("goal")
    goal = given if isinstance(given, dict) else {"target": given}
    levels, buffers = _block(settings, "levels"), _block(settings, "buffers")
    over, ability = _block(buffers, "over_assignment"), _block(settings, "ability")
    top, bottom = _block(ability, "top"), _block(ability, "bottom")
    tolerance = _block(settings, "tolerance")
    return Terms(
        name=str(settings["name"]) if "name" in settings else None,
        seed=int(_number(settings, "seed", 0.0)),
        measure=measure,
        periods=_texts(settings, "periods"),
        goal=_maybe(goal, "target"),
        floor=_maybe(goal, "floor"),
        stretch=_maybe(goal, "stretch"),
        growth=_maybe(goal, "growth"),
        base=_texts(goal, "base"),
        floor_level=_number(levels, "floor", 0.8),
        stretch_level=_number(levels, "stretch", 1.2),
        rounding=_number(settings, "rounding", 1.0),
        as_of=_day(settings.get("as_of", "")),
        potential_buffer=_number(buffers, "potential", 0.0),
        capacity_buffer=_number(buffers, "capacity", 0.0),
        over_region=_number(over, "region", 0.0),
        over_rep=_number(over, "rep", 0.0),
        tolerance={key: _number(tolerance, key, 0.0) for key in tolerance},
        top=(_number(top, "share", 0.2), _number(top, "factor", 1.2)),
        bottom=(_number(bottom, "share", 0.2), _number(bottom, "factor", 0.8)),
        from_history=ability.get("from") == "history",
        ramp=_factors(settings),
        stems=stems,
        never=_texts(_block(settings, "advice"), "never"),
    )


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(under, dict) and isinstance(value, dict)
        result[key] = _merged(under, value) if both else value  # type: ignore[arg-type]
    return result


def _block(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    block = settings.get(key, {})
    if not isinstance(block, dict):
        raise UnreadableError(f"cannot be understood: {key} must be a block of keys")
    return block


def _maybe(settings: Mapping[str, Any], key: str) -> float | None:
    value = settings.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableError(f"cannot be understood: {key} must be a number, not {value!r}")
    return float(value)


def _number(settings: Mapping[str, Any], key: str, default: float) -> float:
    value = _maybe(settings, key)
    return default if value is None else value


def _texts(settings: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = settings.get(key, [])
    if not isinstance(value, list):
        raise UnreadableError(f"cannot be understood: {key} must be a list")
    return tuple(str(item) for item in value)


def _factors(settings: Mapping[str, Any]) -> tuple[float, ...]:
    ramp = _block(settings, "ramp")
    factors = ramp.get("factors", [])
    if not isinstance(factors, list):
        raise UnreadableError("cannot be understood: ramp.factors must be a list of numbers")
    return tuple(_number({"ramp.factors": value}, "ramp.factors", 1.0) for value in factors)


def _day(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, dt.date) else str(value)
