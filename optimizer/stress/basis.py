"""What a plan pays on: own sales or those of a group, of a period or of the year to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.incentives.plan import Plan
from optimizer.pay.book import year_to_date
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import LEVELS, Payees

DECIMALS = 6
"""Attainments that are quotients or differences are rounded, so that one on a threshold is in."""

Levels = Mapping[str, Floats]
"""Level → (rep,) floats."""


@dataclass(frozen=True)
class Basis:
    """What reps are paid on.

    Attributes
    ----------
    counted : tuple of tuple of int
        For each period, the positions of the periods that count.
    weight : (period, rep) floats
        Targets of all reps: what each one's attainment counts for.
    target : (period, rep) floats
        What attainment is measured against, for the reps whom the plan pays.
    order, first : ints or None
        All reps group by group, and where each group begins; None where own sales count.
    group : (rep,) ints or None
        Group of each rep whom the plan pays.
    """

    counted: tuple[tuple[int, ...], ...]
    weight: Floats
    target: Floats
    order: Ints | None = None
    first: Ints | None = None
    group: Ints | None = None

    @property
    def is_own(self) -> bool:
        """Whether a rep's own attainment of the period is all that counts."""
        return self.group is None and all(len(one) == 1 for one in self.counted)

    def attainment(self, period: int, attained: Sequence[Floats], reps: Ints) -> Floats:
        """Return what attainment the reps of a plan are paid on, (trial, rep) floats.

        Parameters
        ----------
        attained : sequence of (trial, rep) floats
            Attainments of all reps, by period up to this one.
        reps : (rep,) ints
            Whom the plan pays.
        """
        first, *others = self.counted[period]
        amount = attained[first] * self.weight[first]
        for one in others:
            amount += attained[one] * self.weight[one]
        if self.group is None:
            amount = np.take(amount, reps, axis=1)
        else:
            assert self.order is not None
            assert self.first is not None
            ordered = np.take(amount, self.order, axis=1)
            amount = np.take(np.add.reduceat(ordered, self.first, axis=1), self.group, axis=1)
        target = self.target[period]
        has_target = target > 0
        found = np.divide(amount, target, out=np.zeros_like(amount), where=has_target)
        return np.asarray(np.round(found, DECIMALS))

    def chosen(self, reps: Ints) -> Basis:
        """Return the same for some of all reps; all of them where groups count."""
        return replace(self, weight=self.weight[:, reps])


def in_single(basis: Basis) -> Basis:
    """Return a basis of single precision, for simulation."""
    return replace(basis, weight=basis.weight.astype(np.float32))


def build_basis(
    plan: Plan, payees: Payees, reps: Ints, measure: str = "", products: tuple[str, ...] = ()
) -> tuple[Basis, list[Levels]]:
    """Return what a plan, or one of its commission blocks, pays on, and the levels of it.

    Parameters
    ----------
    reps : (rep,) ints
        Whom the plan pays.
    measure : str
        A planned one; the main one if left out.
    products : tuple of str
        All if empty.

    Returns
    -------
    Basis
    list of Levels
        By period: floor, target and stretch of the reps, or of their groups.
    """
    counted = tuple(
        (period,)
        if plan.basis == "period"
        else tuple(map(payees.periods.index, year_to_date(payees.periods, name)))
        for period, name in enumerate(payees.periods)
    )
    order = first = group = None
    if plan.of != "rep":
        _, code = np.unique(payees.labels(plan.of), return_inverse=True)
        order = np.argsort(code, kind="stable")
        first = np.searchsorted(code[order], np.arange(code.max() + 1))
        group = code[reps]
    chosen = payees.of_products(products)
    tables = {
        name: table[:, :, chosen].sum(axis=2) for name, table in payees.levels(measure).items()
    }
    levels: list[Levels] = []
    for periods in counted:
        of_period = {}
        for name in LEVELS:
            whole = tables[name][list(periods)].sum(axis=0)
            if order is not None and first is not None:
                of_period[name] = np.add.reduceat(whole[order], first)[group]
            else:
                of_period[name] = whole[reps]
        levels.append(of_period)
    target = np.stack([one["target"] for one in levels])
    return Basis(counted, tables["target"], target, order, first, group), levels
