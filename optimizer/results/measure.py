"""The plan of one measure, with all that was understood and found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.domain.scenario import Scenario
from optimizer.model.allocation import Allocation
from optimizer.problem.instance import Instance
from optimizer.results.rounding import WholePlan


@dataclass(frozen=True)
class MeasurePlan:
    """The plan of one measure: what was understood, what was found, and its tables."""

    scenario: Scenario
    instance: Instance
    allocation: Allocation
    whole: WholePlan
    targets: pd.DataFrame
    rollup: pd.DataFrame
    gaps: pd.DataFrame
    limits: pd.DataFrame
    prices: pd.DataFrame
    commits: pd.DataFrame
    fairness: dict[str, float | int | None]
    summary: dict[str, Any]
