"""One region and period by itself: what it places and gives its people at given prices.

Prices per unit placed turn the joint problem into one small problem per region and period (a
block): least Σ (Y − D0)²/D0 − π·Y over its cells plus the fairness of its people, who carry
(1 + o_I) · Σ Y together. Cells and people meet at one number per block, the price θ of a unit
of cover, found by a safeguarded Newton search on a falling function that is straight in
pieces; all blocks at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimizer.model.coupling import Coupling
from optimizer.model.curves import Curves, build_curves
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance, Ints

_MOST_ROUNDS = 80
_CLOSE = 1e-13


@dataclass(frozen=True)
class Apart:
    """What is asked, where it may be more than what is placed.

    Attributes
    ----------
    asked : (cell,) floats
    give : (cell,) floats
        How fast the ask follows its own price.
    tied : (cell,) floats
        How fast what is placed follows the price of the ask, and the other way round; 0 where
        more is asked than placed.
    """

    asked: Floats
    give: Floats
    tied: Floats


@dataclass(frozen=True)
class Placement:
    """What all blocks do at some prices.

    Attributes
    ----------
    placed : (cell,) floats
        Y of the carried cells.
    theta : (block,) floats
        Price of a unit of cover, (1 + o_I) · 2 · (m − 1) with m the multiple of the people.
    cost : float
        F, cells and people.
    give : (cell,) floats
        dY/dπ where the block's θ stays; 0 in cells at a limit.
    drag : (block,) floats
        (1 + o_I) over the slope of the block's balance: dθ = drag · Σ give · dπ.
    apart : Apart or None
        None where all that is asked is placed.
    """

    placed: Floats
    theta: Floats
    cost: float
    give: Floats
    drag: Floats
    apart: Apart | None = None

    @property
    def asked(self) -> Floats:
        """What is asked of each cell."""
        return self.placed if self.apart is None else self.apart.asked


@dataclass(frozen=True)
class Blocks:
    """The blocks of an instance.

    Attributes
    ----------
    reference, low, high : (cell,) floats
        Of the carried cells.
    block : (cell,) ints
    over : float
        o_I.
    curves : Curves or None
        One pool per block; None in a regional plan, whose cells stand alone.
    """

    reference: Floats
    low: Floats
    high: Floats
    block: Ints
    over: float
    curves: Curves | None

    @property
    def number(self) -> int:
        """How many blocks there are."""
        return 0 if self.curves is None else len(self.curves.street_low)

    def can_cover(self, total: float) -> bool:
        """Whether cells can take what people must, and both can take a total."""
        if self.curves is None:
            return float(self.high.sum()) >= total
        most = (1.0 + self.over) * self.sums(self.high)
        least = (1.0 + self.over) * self.sums(self.low)
        curves = self.curves
        fits = (most >= curves.street_low) & (least <= curves.street_high)
        room = np.minimum(most, curves.street_high).sum()
        return bool(fits.all() and room >= (1.0 + self.over) * total)

    def place(self, coupling: Coupling, price: Floats, theta: Floats) -> Placement | None:
        """Return what the blocks do; None where a block finds no balance.

        Parameters
        ----------
        coupling : Coupling
        price : (node + rule,) floats
            Of its rules; they make π, what a unit placed is worth.
        theta : (block,) floats
            Where to start the search.
        """
        worth = coupling.worth(price)
        if self.curves is None:
            placed, give = self._cells(worth, np.zeros(len(worth)))
            return Placement(placed, theta, self._cell_cost(placed), give, np.zeros(0))

        def cells(theta: Floats) -> tuple[Floats, Floats]:
            return self._cells(worth, theta)

        over = np.full(self.number, 1.0 + self.over)
        balanced = self.balance(cells, over, np.ones(self.number), theta)
        if balanced is None:
            return None
        found, placed, give, falls = balanced
        multiple = 1.0 + found / (2.0 * (1.0 + self.over))
        drag = np.divide(1.0 + self.over, falls, out=np.zeros_like(falls), where=falls > 0)
        cost = self._cell_cost(placed) + self.curves.unfairness(multiple)
        return Placement(placed, found, cost, give, np.asarray(drag))

    def balance(
        self,
        cells: Callable[[Floats], tuple[Floats, Floats]],
        over: Floats,
        pull: Floats,
        theta: Floats,
        loose: Bools | None = None,
    ) -> tuple[Floats, Floats, Floats, Floats] | None:
        """Solve over · Σ Y(θ) = street(pull + θ / 2·over) for each block.

        Parameters
        ----------
        cells : (cell,) floats → (cell,) floats, (cell,) floats
            Y at a θ of each cell, and dY/dπ.
        over, pull, theta : (block,) floats
        loose : (block,) bools, optional
            Blocks that need no balance and keep their θ.

        Returns
        -------
        θ, Y, dY/dπ, and how fast the balance falls with θ; None where there is no balance.
        """
        assert self.curves is not None
        size = np.maximum(self.curves.street_reference, 1e-300)
        least, most = np.full(self.number, -np.inf), np.full(self.number, np.inf)
        step = np.ones(self.number)
        theta = theta.copy()
        for _ in range(_MOST_ROUNDS):
            placed, give = cells(theta[self.block])
            street, rise = self.curves.street(pull + theta / (2.0 * over))
            more = over * self.sums(placed) - street
            if loose is not None:
                more[loose] = 0.0
            falls = over * self.sums(give) + rise / (2.0 * over)
            if (np.abs(more) <= _CLOSE * size).all():
                return theta, placed, give, falls
            least = np.where(more >= 0, theta, least)
            most = np.where(more <= 0, theta, most)
            newton = theta + np.divide(more, falls, out=np.full_like(more, np.inf), where=falls > 0)
            inside = (newton > least) & (newton < most)
            bounded = np.isfinite(least) & np.isfinite(most)
            halved = np.add(least, most, out=theta.copy(), where=bounded) / 2.0
            beyond = theta + np.where(more > 0, step, -step)
            tried = np.where(inside, newton, np.where(bounded, halved, beyond))
            step = np.where(inside | bounded, step, step * 4.0)
            still = (np.abs(more) <= _CLOSE * size) | (tried == theta)
            if still.all():
                near = bool((np.abs(more) <= 1e-9 * size).all())
                return (theta, placed, give, falls) if near else None
            theta = np.where(still, theta, tried)
        return None

    def _cells(self, price: Floats, theta: Floats) -> tuple[Floats, Floats]:
        free = self.reference * (1.0 + (price - theta) / 2.0)
        placed = np.clip(free, self.low, self.high)
        inside = (free > self.low) & (free < self.high)
        return placed, np.where(inside, self.reference / 2.0, 0.0)

    def _cell_cost(self, placed: Floats) -> float:
        return float((np.square(placed - self.reference) / self.reference).sum())

    def sums(self, values: Floats) -> Floats:
        """Return sums over the cells of each block."""
        return np.bincount(self.block, weights=values, minlength=self.number).astype(float)


def read_blocks(instance: Instance, rules: Rules, pools: Pools | None) -> Blocks | None:
    """Return the blocks; None where a lock names a product or several periods of a rep.

    People of one region and period share a curve whatever they sell; whether volumes of
    products go with the totals that come out is for the caller to see. A lock on a rep's total
    is a min and a capacity of that amount.
    """
    carried = rules.carried
    low, high = rules.placed_low[carried], rules.placed_high[carried]
    high = np.maximum(low, np.minimum(high, instance.ask_total))
    reference = rules.reference[carried]
    if pools is None:
        block = np.zeros(len(reference), dtype=np.int64)
        return Blocks(reference, low, high, block, 0.0, None)
    limits = _with_locks(instance, pools)
    if limits is None or instance.cover_give > 0:
        return None
    shape = instance.reference.shape[:2]
    number = np.full(shape, -1, dtype=np.int64)
    there = np.zeros(shape, dtype=bool)
    there[pools.leaf, pools.period] = True
    number[there] = np.arange(int(there.sum()))
    of_pool = number[pools.leaf, pools.period]
    alike = (of_pool == np.arange(int(there.sum()))) if len(of_pool) == there.sum() else False
    curves = pools.curves
    if not np.all(alike) or len(instance.rep_locks.amount):
        curves = build_curves(
            of_pool[pools.curves.pool], int(there.sum()), pools.curves.reference, *limits
        )
    block = number[rules.leaf[carried], rules.period[carried]]
    return Blocks(reference, low, high, block, instance.over_rep, curves)


def _with_locks(instance: Instance, pools: Pools) -> tuple[Floats, Floats] | None:
    """Return min and capacity of each item, locked totals in both; None where locks are wider."""
    low, high, locks = pools.curves.low, pools.curves.high, instance.rep_locks
    if not len(locks.amount):
        return low, high
    if (locks.product >= 0).any() or (locks.period < 0).any():
        return None
    assert instance.reps is not None
    item = np.full(instance.reps.reference.shape, -1, dtype=np.int64)
    item[pools.item_rep, pools.item_period] = np.arange(len(pools.item_rep))
    locked, amount = item[locks.rep, locks.period], locks.amount
    if (locked < 0).any() or len(np.unique(locked)) < len(locked):
        return None
    if ((amount < low[locked]) | (amount > high[locked])).any():
        return None
    low, high = low.copy(), high.copy()
    low[locked] = high[locked] = amount
    return low, high
