"""What reading a scenario gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.domain.scenario import Scenario
from optimizer.errors import Finding


@dataclass(frozen=True)
class Loaded:
    """A scenario folder or workbook, read and checked.

    Attributes
    ----------
    scenarios : tuple of Scenario
        One per measure, the main one first.
    notes : tuple of Finding
        What is worth knowing but not wrong.
    beside : mapping of file name to bytes
        ``incentive.toml`` and ``scorecard.toml`` as they lie beside the scenario.
    """

    scenarios: tuple[Scenario, ...]
    notes: tuple[Finding, ...] = ()
    beside: Mapping[str, bytes] = field(default_factory=dict)
