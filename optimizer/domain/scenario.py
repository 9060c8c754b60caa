"""A scenario as it is understood: settings and tables, frozen, without files or solvers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Goal:
    """The number handed down, at its three levels, in the scenario's unit.

    Exactly one of `target` and `growth` is set by the inputs; `growth` means
    ``(1 + growth) × history of the base periods``. Levels left out are None and come
    from ``[levels]``.
    """

    target: float | None = None
    floor: float | None = None
    stretch: float | None = None
    growth: float | None = None
    base: tuple[str, ...] = ()


@dataclass(frozen=True)
class Levels:
    """Floor and stretch as ratios to the target where the goal is one number."""

    floor: float = 0.8
    stretch: float = 1.2


@dataclass(frozen=True)
class Buffers:
    """Shares kept back, and over-assignment; each at least 0, the first two below 1."""

    potential: float = 0.0
    capacity: float = 0.0
    over_assignment_region: float = 0.0
    over_assignment_rep: float = 0.0


@dataclass(frozen=True)
class Tolerance:
    """Half-width of share bands in points; None where the scenario sets none."""

    period: float | None = None
    product: float | None = None
    region: float | None = None


@dataclass(frozen=True)
class AbilityRule:
    """Ability of reps without one: by rank of history within the region, or by history itself."""

    top_share: float = 0.2
    top_factor: float = 1.2
    bottom_share: float = 0.2
    bottom_factor: float = 0.8
    from_history: bool = False


@dataclass(frozen=True)
class Settings:
    """What ``scenario.toml`` says, defaults filled in.

    `other` keeps the blocks that later stages read (pacing, recalibration, pay, stress,
    funnel, contingency, advice), checked for known keys and otherwise as written.
    """

    name: str
    periods: tuple[str, ...]
    goal: Goal
    unit: str = ""
    rounding: float = 1.0
    seed: int = 0
    as_of: dt.date | None = None
    levels: Levels = field(default_factory=Levels)
    buffers: Buffers = field(default_factory=Buffers)
    tolerance: Tolerance = field(default_factory=Tolerance)
    ability: AbilityRule = field(default_factory=AbilityRule)
    ramp_factors: tuple[float, ...] = ()
    measure: str = "amount"
    other: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pay_unit(self) -> str:
        """Money of pay amounts: the unit of the plan unless ``[pay]`` names another."""
        return str(self.other.get("pay", {}).get("unit", self.unit))


@dataclass(frozen=True)
class Scenario:
    """One measure of a scenario folder, read, checked and ready to plan.

    Attributes
    ----------
    settings : Settings
    tables : mapping of table name to DataFrame
        Only tables that exist. Columns carry canonical English names, all columns of the
        table's declaration are present: text columns hold ``""`` where blank, number
        columns float64 with NaN where blank, dates ``datetime64`` with NaT. Columns named
        ``x_…`` are kept as text. The index is the row in the source file (header = 1).
    sources : mapping of table name to file or sheet name
        For messages.
    digests : mapping of input path to sha256
        Of every file read, path relative to the scenario folder.
    root : str
        Folder (or workbook) the scenario was read from; never written to an output.
    """

    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    sources: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    root: str = ""

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table, or None where the scenario does not have it."""
        return self.tables.get(name)
