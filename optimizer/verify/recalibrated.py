"""A recalibrated run as it stands in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from optimizer.verify.terms import Terms

EVERY = "*"
LABELS = ("period", "region", "team", "product")

Place = tuple[str, str, str]
"""Region, rep, product; ``*`` = all."""


@dataclass(frozen=True)
class Recalibrated:
    """The tables of a recalibrated run.

    Attributes
    ----------
    terms : Terms
    content : mapping
        ``run.json``.
    period : str
    cap : float
    targets, rollup, changes, not_moved, original, sold, pacing : DataFrame
    inputs : mapping of table to DataFrame
        Tables of ``scenario/`` that are there.
    """

    terms: Terms
    content: Mapping[str, Any]
    period: str
    cap: float
    targets: pd.DataFrame
    rollup: pd.DataFrame
    changes: pd.DataFrame
    not_moved: pd.DataFrame
    original: pd.DataFrame
    sold: pd.DataFrame
    pacing: pd.DataFrame
    inputs: Mapping[str, pd.DataFrame]

    @property
    def unit(self) -> float:
        """The rounding unit."""
        return self.terms.unit

    @cached_property
    def give(self) -> float:
        """By how much sums may miss for binary fractions."""
        return self.unit * 1e-3 + 1e-12 * float(self.targets["target"].sum())

    @cached_property
    def weekly_give(self) -> float:
        """The same of weeks, which are written with six decimals at most."""
        return self.give + 2e-5

    def rough(self, amount: float) -> float:
        """Return the same of amounts that are written with nine digits."""
        return self.give + 1e-8 * abs(amount)

    @cached_property
    def has_people(self) -> bool:
        """Whether targets are those of people."""
        return bool((self.targets["rep"] != "").any())

    @cached_property
    def leaves(self) -> pd.DataFrame:
        """Rows of the roll-up of single periods and products, in regions without parts."""
        parents = {"*"}
        regions = self.inputs.get("regions")
        if regions is not None and "parent" in regions:
            parents |= set(regions["parent"]) - {""}
        table = self.rollup
        return table[
            (table["period"] != "*")
            & (table["team"] == "*")
            & (table["product"] != "*")
            & ~table["region"].isin(parents)
        ]

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """The leaf regions that each region holds."""
        every = frozenset(self.leaves["region"])
        found: dict[str, set[str]] = {name: set() for name in {*self.rollup["region"]}}
        regions = self.inputs.get("regions")
        above: dict[str, str] = {}
        if regions is not None and "parent" in regions:
            above = dict(zip(regions["region"], regions["parent"], strict=True))
        for leaf in every:
            name = leaf
            while name and leaf not in found[name]:
                found[name].add(leaf)
                name = above.get(name, "")
        return {**{name: frozenset(held) for name, held in found.items()}, "*": every}

    def margins(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return sums by period, region, team and product, over all of each but the team."""
        held = [(leaf, name) for name, leaves in self.below.items() for leaf in sorted(leaves)]
        holders = pd.DataFrame(held, columns=["region", "holder"])
        wide = rows.merge(holders, on="region").drop(columns="region")
        wide = wide.rename(columns={"holder": "region"})
        starred: tuple[dict[str, str], ...] = (
            {}, {"period": EVERY}, {"product": EVERY}, {"period": EVERY, "product": EVERY},
        )  # fmt: skip
        parts = [wide.assign(**stars) for stars in starred]
        return pd.concat(parts).groupby(list(LABELS)).sum()

    @property
    def has_effort(self) -> bool:
        """Whether products differ in the capacity that they take."""
        products = self.inputs.get("products")
        return products is not None and "effort" in products

    @cached_property
    def now(self) -> Mapping[Place, float]:
        """Targets of the period: of regions, reps and their cells."""
        own = self.targets[self.targets["period"] == self.period]
        cells = self.leaves[self.leaves["period"] == self.period]
        return self._places(own, cells)

    @cached_property
    def first(self) -> Mapping[Place, float]:
        """The same of the first plan."""
        own = self.original[self.original["period"] == self.period]
        return self._places(own[own["rep"] != ""], own[own["rep"] == ""])

    @cached_property
    def before(self) -> Mapping[Place, float]:
        """The same before the recalibration."""
        found = dict(self.now)
        for region, rep, product, before in self.changes[
            ["region", "rep", "product", "before"]
        ].itertuples(index=False):
            found[region, rep, product] = before
        return found

    def _places(self, own: pd.DataFrame, cells: pd.DataFrame) -> dict[Place, float]:
        found: dict[Place, float] = {}
        region_rep = "*" if self.has_people else ""
        for region, product, amount in cells[["region", "product", "target"]].itertuples(
            index=False
        ):
            found[region, region_rep, product] = float(amount)
        if not self.has_people:
            return found
        for region, rep, product, amount in own[["region", "rep", "product", "target"]].itertuples(
            index=False
        ):
            found[region, rep, product] = float(amount)
            found[region, rep, "*"] = found.get((region, rep, "*"), 0.0) + float(amount)
        return found
