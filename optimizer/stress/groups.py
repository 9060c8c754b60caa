"""Costs added up by region, team, role, plan, tier and component, trial by trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.pay.line import AWARD, BEFORE, BONUS, CAP, COMMISSION, GATE, GUARANTEE, POOL
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.world import World

PEOPLE = ("region", "team", "role")
MOST_CELLS = 2_000_000
"""Trials × columns that are kept, over all sets."""


@dataclass(frozen=True)
class Grouping:
    """One dimension that splits the reps.

    Attributes
    ----------
    order : (rep,) ints
        Positions of the reps, group by group.
    first : (group,) ints
        Where each group begins in `order`.
    place : int
        Column of its first group.
    is_sorted : bool
        Whether reps already lie group by group.
    """

    order: Ints
    first: Ints
    place: int
    is_sorted: bool


@dataclass(frozen=True)
class Groups:
    """By what costs are added up.

    Attributes
    ----------
    columns : tuple of (str, str)
        Dimension and name.
    groupings : tuple of Grouping
    kept : int
        Trials of a set whose costs by group are kept.
    """

    columns: tuple[tuple[str, str], ...]
    groupings: tuple[Grouping, ...]
    kept: int


def build_groups(world: World, sets: int) -> Groups:
    """Return the groups of a world, for `sets` sets of trials."""
    columns: list[tuple[str, str]] = []
    groupings = []
    plan = np.full(len(world.payees), "", dtype=object)
    for one in world.paying:
        plan[one.reps] = one.plan.name
    for dimension in (*PEOPLE, "plan"):
        label = plan if dimension == "plan" else world.payees.labels(dimension)
        names, code = np.unique(label.astype(str), return_inverse=True)
        if dimension != "plan" and not names[-1]:
            continue
        order = np.argsort(code, kind="stable")
        first = np.searchsorted(code[order], np.arange(len(names)))
        is_sorted = bool((order == np.arange(len(order))).all())
        groupings.append(Grouping(order, first, len(columns), is_sorted))
        columns += [(dimension, str(name)) for name in names]
    columns += [("tier", name) for name in dict.fromkeys(_tiers(world))]
    columns += [("component", name) for name in dict.fromkeys(_components(world))]
    kept = max(16, MOST_CELLS // len(columns) // sets)
    return Groups(tuple(columns), tuple(groupings), kept)


def _tiers(world: World) -> Sequence[str]:
    found: list[str] = []
    for one in world.paying:
        schedule = one.schedules[0]
        for block in schedule.tiers:
            found += block.names
        found += schedule.bands.names if schedule.bands is not None else ()
    return found


def _components(world: World) -> Sequence[str]:
    found: list[str] = []
    for one in world.paying:
        plan = one.plan
        found += [COMMISSION] if plan.commissions else []
        found += [BONUS] if plan.bonus is not None else []
        found += [GATE] if plan.gates else []
        found += [CAP] if plan.cap is not None else []
    found += [BEFORE] if any(one.plan.basis != "period" for one in world.paying) else []
    found += [f"{POOL} {fund.name}" for funds in world.funds for fund in funds]
    found += [f"{AWARD} {reward.name}" for reward in world.rewards]
    found += [GUARANTEE] if any(one.plan.guarantee is not None for one in world.paying) else []
    return found


class Ledger:
    """Adds up costs of the first trials of a set.

    Parameters
    ----------
    groups : Groups
    kept : int
        How many trials.
    """

    def __init__(self, groups: Groups, kept: int) -> None:
        self._groups = groups
        self._place = {column: place for place, column in enumerate(groups.columns)}
        self._rows = slice(0, 0)
        self.amounts = np.zeros((kept, len(groups.columns)))

    def opened(self, rows: slice) -> bool:
        """Say which trials the next amounts are of; return whether any of them is kept."""
        self._rows = slice(rows.start, min(rows.stop, len(self.amounts)))
        return self._rows.stop > self._rows.start

    def tell(self, dimension: str, name: str, amounts: Floats) -> None:
        """Add amounts to a tier or component, (trial, rep) floats."""
        rows = self._rows
        kept = amounts[: rows.stop - rows.start]
        self.amounts[rows, self._place[dimension, name]] += kept.sum(axis=1)

    def book(self, paid: Floats) -> None:
        """Add what each rep is paid to the groups of the rep, (trial, rep) floats."""
        rows = self._rows
        kept = paid[: rows.stop - rows.start]
        for grouping in self._groups.groupings:
            columns = slice(grouping.place, grouping.place + len(grouping.first))
            ordered = kept if grouping.is_sorted else np.take(kept, grouping.order, axis=1)
            self.amounts[rows, columns] += np.add.reduceat(ordered, grouping.first, axis=1)
