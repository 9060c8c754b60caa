"""All levers of a problem in one program: those tried alone, and those pulled together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.advice import hiring, limit_levers, lock_levers, share_levers
from optimizer.advice.combination import Combination
from optimizer.advice.costs import LeverPrices
from optimizer.advice.lever import SEVERAL, Lever, up
from optimizer.advice.opening import Openings
from optimizer.advice.parts import Part
from optimizer.domain.scenario import Buffers
from optimizer.model.backing import Backing
from optimizer.model.bound import Prices
from optimizer.model.pools import Pools, read_pools
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import ceil_units

_DUST = 1e-9
"""Part of the ask below which an amount is a solver's dust."""


class Levers:
    """The levers of a problem.

    Parameters
    ----------
    instance : Instance
    kept : Buffers
        What is kept back.
    prices : Prices
        Of the least gap.
    shortage : (leaf,) floats
        Each region's part of the gap.
    allowed : LeverPrices
    """

    def __init__(
        self,
        instance: Instance,
        kept: Buffers,
        prices: Prices,
        shortage: Floats,
        allowed: LeverPrices,
    ) -> None:
        self._instance, self._allowed = instance, allowed
        short = np.flatnonzero(shortage > 0) if "rep" in allowed.allowed else np.zeros(0, int)
        self._candidates = hiring.with_candidates(instance, short, kept.capacity)
        staffed = self._candidates.instance
        self._pools = read_pools(staffed)
        own = read_pools(instance) if len(self._candidates.leaf) else self._pools
        rows = _rows_of(own, self._pools)
        self._alone = self._kept(_promising(instance, own, rows, prices, kept))
        together = list(_every(instance, own, rows, kept))
        if self._pools is not None:
            hired = (instance, self._pools, self._candidates, kept.capacity)
            together += hiring.more_reps(*hired)
        self._together = self._kept(together)
        is_open = "product" in allowed.allowed
        self._openings = Openings.of(staffed, self._pools if is_open else None)
        self._program: Backing | None = None

    def alone(self, before: float) -> Iterator[Part]:
        """Yield each lever that moves anything by itself, pulled as far as it helps.

        Parameters
        ----------
        before : float
            What can be placed without any.
        """
        unit, program = self._instance.unit, self._start()
        for number, lever in enumerate(self._alone):
            placed, amount = program.pull(number, lever.most)
            if placed - before > unit * 0.5 and amount > 0:
                yield lever.part(_amount(lever, amount, program))

    def together(self, enough: float) -> Combination | None:
        """Return the cheapest levers that place enough, or the most they can; not tried yet."""
        program, self._program = self._start(), None
        first, levers, openings = len(self._alone), self._together, self._openings
        shut = np.zeros(first)
        price = self._allowed.price
        own = np.array([price[lever.kind] * lever.room for lever in levers])
        most = np.array([lever.most for lever in levers])
        cost = np.concatenate([shut, own, np.full(len(openings.most), price["product"])])
        if not len(own) + len(openings.most):
            return None
        reaches, amounts = program.pull_together(
            np.concatenate([shut, most, openings.most]),
            cost,
            enough,
            np.concatenate([shut, [lever.in_whole for lever in levers], 0.0 * openings.most]) > 0,
        )
        amounts = np.where(amounts > self._dust(), amounts, 0.0)
        return self._combination(amounts[first:], own, program, reaches)

    def _combination(
        self, amounts: Floats, price: Floats, program: Backing, reaches: float
    ) -> Combination:
        """Return the combination that amounts of levers and openings come to."""
        is_pulled = amounts[: len(self._together)] > 0
        others = [
            number
            for number, lever in enumerate(self._together)
            if lever.kind == "capacity" and not is_pulled[number]
        ]
        pulled = np.flatnonzero(is_pulled).tolist() + others[:SEVERAL]
        levers = tuple(self._together[number] for number in pulled)
        exact = [
            _amount(lever, float(amounts[number]), program)
            for lever, number in zip(levers, pulled, strict=True)
        ]
        opened = ceil_units(amounts[len(self._together) :], self._instance.unit)
        opening_cost = float(self._allowed.price["product"] * opened.sum())
        return Combination(
            levers,
            tuple(
                round(up(amount / lever.step, 1.0))
                for lever, amount in zip(levers, exact, strict=True)
            ),
            tuple(
                float(price[number] * lever.step)
                for lever, number in zip(levers, pulled, strict=True)
            ),
            tuple(self._openings.parts(opened)),
            opening_cost,
            float(price[pulled] @ exact) + opening_cost,
            reaches,
        )

    def _start(self) -> Backing:
        """Return the program with all levers shut; a search for whole numbers spoils it."""
        if self._program is None:
            gives = [lever.gives for lever in (*self._alone, *self._together)]
            self._program = Backing(
                self._candidates.instance,
                (*gives, *self._openings.gives),
                enough=self._instance.goal,
                idle=self._candidates.idle(self._pools),
            )
        return self._program

    def _dust(self) -> Floats:
        levers = (*self._alone, *self._together)
        room = [max(lever.room, 1.0) for lever in levers]
        per_unit = np.concatenate([room, np.ones(len(self._openings.most))])
        return np.asarray(_DUST * self._instance.ask_total / per_unit)

    def _kept(self, levers: list[Lever]) -> list[Lever]:
        return [lever for lever in levers if lever.kind in self._allowed.allowed and lever.gives]


def _amount(lever: Lever, amount: float, program: Backing) -> float:
    """Return a lever's amount as its part takes it, shares of what is asked in the end."""
    if lever.band < 0:
        return amount
    entries, rules = program.rules.band_whole, program.rules
    cells = entries.cell[entries.row == lever.band]
    asked = float(program.asked[cells].sum())
    usual = float(rules.reference[cells].sum())
    return amount * usual / asked if asked > 0 else amount


def _promising(
    instance: Instance, pools: Pools | None, rows: Ints, prices: Prices, kept: Buffers
) -> list[Lever]:
    """Return the levers whose limit has a price in the least gap; others move nothing alone."""
    full = limit_levers.worth_raising(instance, pools, prices)
    short = limit_levers.worth_finding(instance, prices)
    return [
        *limit_levers.buffers(instance, pools, rows, kept),
        *share_levers.moves(instance, prices),
        *limit_levers.capacities(instance, pools, full, rows, kept.capacity),
        *limit_levers.potentials(instance, short, kept.potential),
    ]


def _every(instance: Instance, pools: Pools | None, rows: Ints, kept: Buffers) -> Iterator[Lever]:
    """Yield all levers that can be pulled together, but for people and products."""
    high = np.zeros(0) if pools is None else pools.curves.street_high
    bounded = np.flatnonzero(np.isfinite(high))
    every = range(len(instance.potentials.given))
    yield from limit_levers.buffers(instance, pools, rows, kept)
    yield from share_levers.sides(instance)
    yield from limit_levers.capacities(instance, pools, bounded, rows, kept.capacity)
    yield from limit_levers.potentials(instance, every, kept.potential)
    yield from lock_levers.lock_moves(instance)


def _rows_of(own: Pools | None, staffed: Pools | None) -> Ints:
    """Return where each pool stands among those with candidates."""
    if own is None or staffed is None:
        return np.zeros(0, dtype=np.int64)
    return staffed.number[own.group, own.period]
