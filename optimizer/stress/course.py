"""Everybody's pay, period after period, in some trials."""

from __future__ import annotations

import numpy as np

from optimizer.pay.line import BEFORE, GUARANTEE, POOL
from optimizer.problem.instance import Floats
from optimizer.stress.payout import Tell, pay
from optimizer.stress.world import Paying, World


class Course:
    """Pays the periods of a plan in their order, for the same trials.

    Parameters
    ----------
    world : World
    tell : function, optional
        Is told the amounts of each tier and component.
    """

    def __init__(self, world: World, tell: Tell | None = None) -> None:
        self._world, self._tell = world, tell
        self._sold: list[Floats] = []
        self._before = world.before
        self._paid: list[list[Floats]] = [[] for _ in world.paying]
        self._needs_sales = any(not one.basis.is_own for one in world.paying)

    def pay(self, period: int, attainment: Floats) -> Floats:
        """Return what everybody is paid in a period, (trial, rep) floats.

        Parameters
        ----------
        period : int
            The one after that of the last call.
        attainment : (trial, rep) floats
        """
        world, tell = self._world, self._tell
        if self._needs_sales:
            self._sold.append(attainment * world.target[period])
        paid = self._by_plans(period, attainment)
        for fund in world.funds[period]:
            if len(fund.member) == attainment.shape[1] and fund.is_in_order:
                shared = fund.paid(attainment * world.target[period])
                paid += shared
            else:
                own = np.take(attainment, fund.member, axis=1)
                shared = fund.paid(own * world.target[period, fund.member])
                paid[:, fund.member] += shared
            if tell is not None:
                tell("component", f"{POOL} {fund.name}", shared)
        for one in world.paying:
            guarantee = one.schedules[period].guarantee
            if (guarantee > 0).any():
                short = np.maximum(guarantee - paid[:, one.reps], 0.0)
                if tell is not None:
                    tell("component", GUARANTEE, short)
                paid[:, one.reps] += short
        self._before = attainment
        return paid

    def _by_plans(self, period: int, attainment: Floats) -> Floats:
        """Return what plans pay, before pools and guarantee."""
        paying = self._world.paying
        if len(paying) == 1 and len(paying[0].reps) == attainment.shape[1]:
            return self._by_plan(0, paying[0], period, attainment)
        paid = np.zeros_like(attainment)
        for place, one in enumerate(paying):
            paid[:, one.reps] = self._by_plan(place, one, period, attainment)
        return paid

    def _by_plan(self, place: int, one: Paying, period: int, attainment: Floats) -> Floats:
        schedule, basis = one.schedules[period], one.basis
        if not basis.is_own:
            own = basis.attainment(period, self._sold, one.reps)
        elif len(one.reps) == attainment.shape[1]:
            own = attainment
        else:
            own = np.take(attainment, one.reps, axis=1)
        before = self._before
        if before is not None:
            before = before[..., one.reps] if schedule.progress is not None else None
        paid = pay(schedule, own, before, self._tell)
        if one.plan.basis == "period":
            return paid
        counted = [self._paid[place][earlier] for earlier in basis.counted[period][:-1]]
        already = np.minimum(sum(counted, np.zeros_like(paid)), paid)
        if self._tell is not None:
            self._tell("component", BEFORE, -already)
        self._paid[place].append(paid - already)
        return paid - already
