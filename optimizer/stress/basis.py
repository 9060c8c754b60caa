"""What a plan pays on: own sales or those of a group, of a period or of the year to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.incentives.plan import Plan
from optimizer.pay.book import year_to_date
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payees import Payees

LEVELS = ("floor", "target", "stretch")

DECIMALS = 6
"""Attainments that are quotients or differences are rounded, so that one on a threshold is in."""


@dataclass(frozen=True)
class Basis:
    """What a plan pays its reps on.

    Attributes
    ----------
    counted : tuple of tuple of int
        For each period, the positions of the periods that count.
    target : (period, rep) floats
        What attainment is measured against, for the reps whom the plan pays.
    order, first : ints or None
        All reps group by group, and where each group begins; None where own sales count.
    group : (rep,) ints or None
        Group of each rep whom the plan pays.
    """

    counted: tuple[tuple[int, ...], ...]
    target: Floats
    order: Ints | None = None
    first: Ints | None = None
    group: Ints | None = None

    @property
    def is_own(self) -> bool:
        """Whether a rep's own attainment of the period is all that counts."""
        return self.group is None and all(len(one) == 1 for one in self.counted)

    def attainment(self, period: int, sold: Sequence[Floats], reps: Ints) -> Floats:
        """Return what attainment the reps of a plan are paid on, (trial, rep) floats.

        Parameters
        ----------
        sold : sequence of (trial, rep) floats
            Of all reps, by period up to this one.
        reps : (rep,) ints
            Whom the plan pays.
        """
        amount = sum(sold[one] for one in self.counted[period][1:]) + sold[self.counted[period][0]]
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


def build_basis(plan: Plan, payees: Payees, reps: Ints) -> tuple[Basis, list[Mapping[str, Floats]]]:
    """Return what a plan pays on, and by period the levels of it.

    Returns
    -------
    Basis
    list of mapping of level to (rep, product) floats
        For the reps whom the plan pays.
    """
    counted = tuple(
        (period,)
        if plan.basis == "period"
        else tuple(map(payees.periods.index, year_to_date(payees.periods, name)))
        for period, name in enumerate(payees.periods)
    )
    order = first = group = code = None
    if plan.of != "rep":
        _, code = np.unique(payees.labels(plan.of), return_inverse=True)
        order = np.argsort(code, kind="stable")
        first = np.searchsorted(code[order], np.arange(code.max() + 1))
        group = code[reps]
    levels: list[Mapping[str, Floats]] = []
    for periods in counted:
        of_period = {}
        for name in LEVELS:
            table = getattr(payees, name)[list(periods)].sum(axis=0)
            if order is not None and first is not None:
                table = np.add.reduceat(table[order], first, axis=0)[group]
            else:
                table = table[reps]
            of_period[name] = table
        levels.append(of_period)
    target = np.stack([one["target"].sum(axis=1) for one in levels])
    return Basis(counted, target, order, first, group), levels
