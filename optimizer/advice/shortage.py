"""A gap in a sentence: how much is missing, where, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.problem.instance import Floats, Instance

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
        What its people can carry at most; NaN in a regional plan.
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
    for (region, period), rows in gaps.groupby(["region", "period"], sort=False):
        found = {cause for text in rows["cause"] for cause in str(text).split(";")}
        leaf, number = leaf_of[str(region)], period_of[str(period)]
        carries, people = _carried(instance, leaf, number)
        yield Shortage(
            str(region),
            str(period),
            float(rows["gap"].sum()),
            float(ask[leaf, number].sum()),
            tuple(sorted(found, key=order.__getitem__)),
            carries,
            people,
        )


def _carried(instance: Instance, leaf: int, period: int) -> tuple[float, int]:
    reps = instance.reps
    if reps is None:
        return float("nan"), 0
    working = (reps.leaf == leaf) & (reps.reference[:, period] > 0)
    return float(reps.high[working, period].sum()), int(working.sum())


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
        said.append(f"{len(found) - TOLD} more places lack {rest:,.10g} together.")
    return " ".join(said)
