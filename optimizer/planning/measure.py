"""The plan of one measure, with all that was understood and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from optimizer.advice.advise import advice_table
from optimizer.advice.parts import Advice
from optimizer.advice.shortage import shortage_sentence, shortages
from optimizer.domain.scenario import Scenario, Settings
from optimizer.explain.rep_waterfalls import rep_waterfalls
from optimizer.explain.waterfalls import Moves, read_moves, region_waterfalls
from optimizer.model.allocation import Allocation
from optimizer.model.bound import Prices
from optimizer.problem.instance import Instance
from optimizer.results.rounding import WholePlan
from optimizer.results.target_rows import targets_table


@dataclass(frozen=True)
class MeasureReport:
    """What a terminal shows of the plan of one measure.

    Attributes
    ----------
    settings : Settings
    depth : mapping of region to int
        Its level in the tree, 1 right below the company.
    summary : dict
        Totals, as in ``run.json``.
    rollup, gaps, locks : DataFrame
        Tables of the run folder.
    shortage : str
        The gap in a sentence; empty where there is none.
    """

    settings: Settings
    depth: Mapping[str, int]
    summary: dict[str, Any]
    rollup: pd.DataFrame
    gaps: pd.DataFrame
    locks: pd.DataFrame
    shortage: str


@dataclass(frozen=True)
class MeasurePlan:
    """The plan of one measure: what was understood, what was found, and its tables.

    Attributes
    ----------
    scenario : Scenario
    instance : Instance
    allocation : Allocation
        The exact plan.
    method : str
        ``decomposed``, ``pooled`` or ``joint``: how it was found.
    whole : WholePlan
        The plan in whole units.
    gap_prices : Prices
        Prices of the least gap.
    advice : tuple of Advice
        What would close the gap; the cheapest combination last.
    summary : dict
        Totals, as in ``run.json``.
    fairness : dict
        ``fairness.json``.
    rollup, gaps, limits, prices, commits, locks : DataFrame
    off_reference, fairness_groups : DataFrame
        The tables of the run folder; labels are categories where there may be many rows.
    """

    scenario: Scenario
    instance: Instance
    allocation: Allocation
    method: str
    whole: WholePlan
    gap_prices: Prices
    advice: tuple[Advice, ...]
    summary: dict[str, Any]
    fairness: dict[str, float | int | None]
    rollup: pd.DataFrame
    gaps: pd.DataFrame
    limits: pd.DataFrame
    prices: pd.DataFrame
    commits: pd.DataFrame
    locks: pd.DataFrame
    off_reference: pd.DataFrame
    fairness_groups: pd.DataFrame

    @cached_property
    def targets(self) -> pd.DataFrame:
        """``targets.csv``, put together when it is asked for: it may be very large."""
        return targets_table(self.scenario, self.instance, self.whole)

    @property
    def moves(self) -> Moves:
        """What ``explain.csv`` and ``explain_regions.csv`` are made of."""
        return read_moves(self.instance, self.allocation, self.whole)

    @property
    def explain(self) -> pd.DataFrame:
        """``explain.csv``, worked out when it is asked for: it is the largest of all."""
        return rep_waterfalls(self.moves)

    @property
    def explain_regions(self) -> pd.DataFrame:
        """``explain_regions.csv``, worked out when it is asked for."""
        return region_waterfalls(self.moves)

    @property
    def advice_table(self) -> pd.DataFrame:
        """``advice.csv``."""
        return advice_table(self.advice)

    def shortage(self) -> str:
        """Return the gap in a sentence; empty where there is none."""
        ask = self.whole.ask * self.instance.unit
        found = shortages(self.instance, ask, self.gaps)
        return shortage_sentence(found, self.instance.goal, self.scenario.settings.unit)

    @property
    def report(self) -> MeasureReport:
        """What a terminal shows, with nothing in it that is large."""
        return MeasureReport(
            self.scenario.settings,
            self.instance.tree.depth,
            self.summary,
            self.rollup,
            self.gaps,
            self.locks,
            self.shortage(),
        )
