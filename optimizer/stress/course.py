"""Everybody's pay, period after period, in some trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.pay.line import AWARD, BEFORE, GUARANTEE, POOL
from optimizer.problem.instance import Floats, Ints
from optimizer.stress.payout import Tell, pay
from optimizer.stress.world import Paying, World

if TYPE_CHECKING:
    from optimizer.compiled.kernels import Kernels


class Look(NamedTuple):
    """What a plan looks at in a period.

    Attributes
    ----------
    attainment : (trial, rep) floats
        Of those whom it pays.
    blocks : tuple of (trial, rep) floats or None
        Of each commission block, None where it is that of the plan.
    before : (trial, rep) floats or None
        Of the period before, NaN where it is not known; None where progress does not count.
    """

    attainment: Floats
    blocks: tuple[Floats | None, ...]
    before: Floats | None


class Course:
    """Pays the periods of a plan in their order, for the same trials.

    Parameters
    ----------
    world : World
    tell : function, optional
        Is told the amounts of each tier and component.
    kernels : Kernels, optional
        Compiled ones, where the world is of single precision; the same digits.

    Attributes
    ----------
    looks : list of Look
        Of each plan in the period that was paid last.
    """

    def __init__(
        self, world: World, tell: Tell | None = None, kernels: Kernels | None = None
    ) -> None:
        self._world, self._tell, self._kernels = world, tell, kernels
        self._attained: list[Floats] = []
        self._reached: Floats | None = None
        self._paid: list[list[Floats]] = [[] for _ in world.paying]
        self._held: list[Ints] = [reward.held for reward in world.rewards]
        self._keeps = any(not one.basis.is_own for one in world.paying)
        self.looks: list[Look] = []

    def pay(self, period: int, attainment: Floats) -> Floats:
        """Return what everybody is paid in a period, (trial, rep) floats; with kernels, for now.

        Parameters
        ----------
        period : int
            The one after that of the last call.
        attainment : (trial, rep) floats
            Stays as it is until the last period where the world is cumulative.
        """
        world = self._world
        if self._keeps:
            self._attained.append(attainment)
        self.looks = [self._look(one, period, attainment) for one in world.paying]
        if world.looks_back:
            self._reached = self._as_paid(period, attainment)
        paid = self._by_plans(period, attainment)
        self._add_funds(period, attainment, paid)
        self._add_rewards(period, paid)
        self._add_guarantees(period, paid)
        return paid

    def _look(self, one: Paying, period: int, attainment: Floats) -> Look:
        basis, is_everybody = one.basis, len(one.reps) == attainment.shape[1]
        if not basis.is_own:
            own = basis.attainment(period, self._attained, one.reps)
        else:
            own = attainment if is_everybody else np.take(attainment, one.reps, axis=1)
        blocks = tuple(
            None if block is None else block.attainment(period, self._attained, one.reps)
            for block in one.blocks
        )
        before = None
        if one.schedules[period].progress is not None:
            before = self._before(period, one.reps)
        return Look(own, blocks, before)

    def _before(self, period: int, reps: Ints) -> Floats | None:
        """Return the attainment of the period before as it is known, else as it was paid on."""
        known, reached = self._world.before[period], self._reached
        if known is None:
            return None if reached is None else reached[:, reps]
        if reached is None:
            return known[reps]
        return np.where(np.isnan(known), reached, known)[:, reps]

    def _as_paid(self, period: int, attainment: Floats) -> Floats:
        """Return what everybody's attainment is for what comes later; NaN without a target."""
        world = self._world
        found = np.where(world.target[period] > 0, attainment, attainment.dtype.type(np.nan))
        for one, look in zip(world.paying, self.looks, strict=True):
            if not one.basis.is_own:
                has_target = one.basis.target[period] > 0
                found[:, one.reps] = np.where(has_target, look.attainment, np.nan)
        return np.asarray(found)

    def _by_plans(self, period: int, attainment: Floats) -> Floats:
        """Return what plans pay, before pools, awards and guarantee."""
        paying = self._world.paying
        if len(paying) == 1 and len(paying[0].reps) == attainment.shape[1]:
            return self._by_plan(0, period)
        paid = np.zeros_like(attainment)
        for place, one in enumerate(paying):
            paid[:, one.reps] = self._by_plan(place, period)
        return paid

    def _by_plan(self, place: int, period: int) -> Floats:
        one, look = self._world.paying[place], self.looks[place]
        schedule = one.schedules[period]
        looked_at = look.attainment, look.before, self._tell, look.blocks
        paid = pay(schedule, *looked_at, self._kernels)
        if one.plan.basis == "period":
            return paid
        counted = [self._paid[place][earlier] for earlier in one.basis.counted[period][:-1]]
        already = np.minimum(sum(counted, np.zeros_like(paid)), paid)
        if self._tell is not None:
            self._tell("component", BEFORE, -already)
        self._paid[place].append(paid - already)
        return paid - already

    def _add_funds(self, period: int, attainment: Floats, paid: Floats) -> None:
        target = self._world.target[period]
        for fund in self._world.funds[period]:
            if len(fund.member) == attainment.shape[1] and fund.is_in_order:
                shared = fund.paid(attainment * target)
                paid += shared
            else:
                own = np.take(attainment, fund.member, axis=1)
                shared = fund.paid(own * target[fund.member])
                paid[:, fund.member] += shared
            if self._tell is not None:
                self._tell("component", f"{POOL} {fund.name}", shared)

    def _add_rewards(self, period: int, paid: Floats) -> None:
        for place, reward in enumerate(self._world.rewards):
            assert self._reached is not None
            held = reward.is_held(period, self._reached)
            number = reward.counted(held, self._held[place])
            self._held[place] = number
            given = reward.paid(held, number, paid.dtype)
            paid[:, reward.reps] += given
            if self._tell is not None:
                self._tell("component", f"{AWARD} {reward.name}", given)

    def _add_guarantees(self, period: int, paid: Floats) -> None:
        for one in self._world.paying:
            guarantee = one.schedules[period].guarantee
            if (guarantee > 0).any():
                short = np.maximum(guarantee - paid[:, one.reps], 0.0)
                if self._tell is not None:
                    self._tell("component", GUARANTEE, short)
                paid[:, one.reps] += short
