"""Pools: what a group has above its goal, and who shares it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.incentives.plan import Pool
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Payees

COMPANY = "*"


@dataclass(frozen=True)
class Fund:
    """One pool in one period.

    Attributes
    ----------
    name : str
    member : (member,) ints
        Positions of the reps that fill it, group by group.
    first : (group,) ints
        Where each group begins in `member`.
    goal : (group,) floats
        In the scenario's unit.
    weight : (member,) floats
        Part of the group's pool that each receives; all 0 where shared by amount.
    shares : (member,) floats
        1 for those who share by amount.
    rate : float
        Pay units per unit of the excess.
    over, trigger : float
    """

    name: str
    member: Ints
    first: Ints
    goal: Floats
    weight: Floats
    shares: Floats
    rate: float
    over: float
    trigger: float

    @property
    def is_in_order(self) -> bool:
        """Whether the members are the first reps, in their order."""
        return bool((self.member == np.arange(len(self.member))).all())

    def paid(self, amount: Floats) -> Floats:
        """Return what each member receives, (trial, member) floats.

        Parameters
        ----------
        amount : (trial, member) floats
            What each has sold.
        """
        sold = np.add.reduceat(amount, self.first, axis=1)
        excess = np.maximum(sold - self.over * self.goal, 0.0) * self.rate
        excess *= (sold >= self.trigger * self.goal) & (self.goal > 0)
        size = np.diff(np.append(self.first, len(self.member)))
        if not self.shares.any():
            return np.asarray(np.repeat(excess, size, axis=1) * self.weight)
        part = amount * self.shares
        whole = np.add.reduceat(part, self.first, axis=1)
        each = np.divide(excess, whole, out=np.zeros_like(excess), where=whole > 0)
        return np.asarray(np.repeat(each, size, axis=1) * part)


def in_single(fund: Fund) -> Fund:
    """Return a pool whose arrays are of single precision, for simulation."""
    single = np.float32
    return replace(
        fund,
        goal=fund.goal.astype(single),
        weight=fund.weight.astype(single),
        shares=fund.shares.astype(single),
    )


def build_fund(
    pool: Pool, payees: Payees, period: int, goals: pd.Series, members: pd.DataFrame | None
) -> Fund | None:
    """Lay a pool on its reps in a period; None where it has no group.

    Parameters
    ----------
    goals : Series
        Region → its goal of the period, in the scenario's unit; ``*`` is the company.
    members : DataFrame, optional
        The table pool_members.

    Raises
    ------
    InputError
        Where a table of members is missing.
    """
    group, share = _groups(pool, payees, members)
    shared = payees.matching(pool.match) & (group != "")
    member = np.flatnonzero(group != "")
    if not len(member):
        return None
    member = member[np.argsort(group[member], kind="stable")]
    names, first = np.unique(group[member], return_index=True)
    counts = shared[member].astype(float)
    if pool.split == "share":
        counts = counts * share[member]
    elif pool.split == "none":
        counts = np.ones(len(member))
    whole = np.add.reduceat(counts, first)
    size = np.diff(np.append(first, len(member)))
    weight = np.divide(counts, np.repeat(whole, size), out=np.zeros(len(member)),
                       where=np.repeat(whole, size) > 0)  # fmt: skip
    by_amount = pool.split == "amount"
    return Fund(
        pool.name,
        member,
        first,
        _goal(pool, payees, period, goals, group, names),
        np.zeros(len(member)) if by_amount else weight,
        counts if by_amount else np.zeros(len(member)),
        float(pool.rate) * payees.per_unit,
        float(pool.over),
        float(pool.trigger),
    )


def _groups(pool: Pool, payees: Payees, members: pd.DataFrame | None) -> tuple[np.ndarray, Floats]:
    """Return the group of each rep, blank for none, and the share that a table gives it."""
    number = len(payees)
    share: Floats = np.ones(number)
    rows = None if members is None else members[members["pool"].astype(str) == pool.name]
    if pool.of == "members" or pool.split == "share":
        if rows is None or rows.empty:
            raise InputError(
                f"pool {pool.name}: the table pool_members names nobody for it; add its members"
            )
        given = rows.set_index(rows["rep"].astype(str))["share"].astype(float)
        known = given.reindex(payees.labels("rep"))
        share = known.fillna(0.0).to_numpy(dtype=float)
        if pool.of == "members":
            return np.where(known.notna(), pool.name, "").astype(object), share
    if pool.of == "company":
        return np.full(number, COMPANY, dtype=object), share
    return payees.labels(pool.of), share


def _goal(
    pool: Pool,
    payees: Payees,
    period: int,
    goals: pd.Series,
    group: np.ndarray,
    names: np.ndarray,
) -> Floats:
    """Return what each group is measured against, (group,) floats."""
    place = pd.Index(names).get_indexer(pd.Index(group))
    inside = place >= 0
    found = np.zeros(len(names))
    if pool.measured_against == "street" or pool.of == "members":
        target = payees.target[period].sum(axis=1)
        np.add.at(found, place[inside], target[inside])
        return found
    if pool.of == "company":
        return np.array([float(goals.get(COMPANY, 0.0))])
    reference = payees.reference[period].sum(axis=1)
    region = payees.labels("region")
    whole = pd.Series(reference).groupby(region).sum()
    of_region = np.array([float(goals.get(name, 0.0)) for name in region])
    weight = whole.reindex(region).to_numpy()
    part = np.divide(reference, weight, out=np.zeros(len(region)), where=weight > 0) * of_region
    np.add.at(found, place[inside], part[inside])
    return found
