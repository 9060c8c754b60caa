"""A gap in a sentence: how much is missing, where, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats, Instance, Ints

TOLD = 5
"""How many regions and periods a sentence names; the rest is told as one sum."""

_WHY = {
    "no_rep": "nobody works there",
    "potential": "the market does not give more",
    "capacity": "its people are at their capacity",
    "eligibility": "who has room does not sell what is asked",
    "share_band": "the shares let no other place take it",
    "lock": "a lock holds it",
    "rounding": "whole units do not come out even",
}


@dataclass(frozen=True)
class Shortage:
    """What one region and period lack.

    Attributes
    ----------
    region, period : str
    gap, ask : float
    causes : tuple of str
        As in ``gaps.csv``.
    carries : float
        What its people can carry at most; NaN in a regional plan, and where more than their
        capacities limits it: effort of products, or limits over all periods.
    people : int
    """

    region: str
    period: str
    gap: float
    ask: float
    causes: tuple[str, ...]
    carries: float
    people: int

    def __str__(self) -> str:
        where = f"{self.region} {self.period} lacks {self.gap:,.10g} of {self.ask:,.10g}"
        if self.causes == ("capacity",) and np.isfinite(self.carries):
            people = "1 rep" if self.people == 1 else f"{self.people} reps"
            return f"{where}: its {people} can carry {self.carries:,.10g}"
        return f"{where}: {' and '.join(_WHY[cause] for cause in self.causes)}"


def shortages(instance: Instance, ask: Floats, gaps: pd.DataFrame) -> tuple[Shortage, ...]:
    """Return what each region and period lacks, the largest first.

    Parameters
    ----------
    instance : Instance
    ask : (leaf, period, product) floats
        Whole asks in the scenario's unit.
    gaps : DataFrame
        ``gaps.csv``.
    """
    return tuple(
        sorted(_shortages(instance, ask, gaps), key=lambda one: (-one.gap, one.region, one.period))
    )


def _shortages(instance: Instance, ask: Floats, gaps: pd.DataFrame) -> Iterator[Shortage]:
    leaf_of = {name: index for index, name in enumerate(instance.leaves)}
    period_of = {name: index for index, name in enumerate(instance.periods)}
    order = {cause: number for number, cause in enumerate(_WHY)}
    lacking: dict[tuple[str, str], float] = {}
    causes: dict[tuple[str, str], set[str]] = {}
    columns = (gaps[name].tolist() for name in ("region", "period", "gap", "cause"))
    for region, period, gap, cause in zip(*columns, strict=True):
        place = (region, period)
        lacking[place] = lacking.get(place, 0.0) + gap
        causes.setdefault(place, set()).update(cause.split(";"))
    carries, people = _carried(instance)
    asked = ask.sum(axis=2)
    for (region, period), gap in lacking.items():
        at = leaf_of[region], period_of[period]
        found = tuple(sorted(causes[region, period], key=order.__getitem__))
        yield Shortage(
            region, period, gap, float(asked[at]), found, float(carries[at]), int(people[at])
        )


def _carried(instance: Instance) -> tuple[Floats, Ints]:
    """Return what the people of each region and period can carry, and how many they are."""
    shape, reps = instance.reference.shape[:2], instance.reps
    if reps is None or instance.effort is not None or reps.total_high is not None:
        return np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    working = reps.reference > 0
    carries, people = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    np.add.at(carries, reps.leaf, np.where(working, reps.high, 0.0))
    np.add.at(people, reps.leaf, working)
    return carries, people


def shortage_sentence(found: tuple[Shortage, ...], goal: float, unit: str) -> str:
    """Return the gap in words; empty where there is none."""
    if not found:
        return ""
    missing = sum(one.gap for one in found)
    of_goal = f"{goal:,.10g} {unit}".rstrip()
    said = [f"{missing:,.10g} of the goal of {of_goal} are backed by nothing."]
    said += [f"{one}." for one in found[:TOLD]]
    if len(found) > TOLD:
        rest = sum(one.gap for one in found[TOLD:])
        more = len(found) - TOLD
        told = "1 more place lacks" if more == 1 else f"{more} more places together lack"
        said.append(f"{told} {rest:,.10g}.")
    return " ".join(said)
