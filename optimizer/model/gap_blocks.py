"""One region and period by itself where more is asked than placed.

Beside what is placed each cell has an ask, which is never less and which share bands and the
goal stand on. At given prices of the rules a cell takes the best of both in closed form: apart
where the ask alone is larger, else tied to each other. People carry between what is placed and
(1 + o_I) times that.

What is worth to place and to carry comes first, at prices so high that nothing else counts.
Among what is as good, costs keep cells, asks and people near where they aim: at their
references in the search for the fairest plan, at a plan that is known in a search for the
prices that prove it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.blocks import Apart, Blocks, Placement, read_blocks
from optimizer.model.coupling import Coupling
from optimizer.model.curves import build_curves
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Bools, Floats, Instance


@dataclass(frozen=True)
class Aims:
    """What is worth to reach, and what to stay near.

    Attributes
    ----------
    placed_worth, street_worth : float
        Of a unit placed and of a unit carried.
    placed, asked : (cell,) floats
    multiple : (block,) floats
        Street total as a multiple of the reference.
    ease : float
        How much further asks go for the same price than amounts placed.
    """

    placed_worth: float
    street_worth: float
    placed: Floats
    asked: Floats
    multiple: Floats
    ease: float


@dataclass(frozen=True)
class GapBlocks(Blocks):
    """The blocks of all open cells, with their aims; nothing is placed where nobody works."""

    aims: Aims

    def place(self, coupling: Coupling, price: Floats, theta: Floats) -> Placement | None:
        """Return what the blocks do; None where a block finds no balance.

        Parameters
        ----------
        coupling : Coupling
        price : (node + rule,) floats
        theta : (block,) floats
            Where to start the search.
        """
        ask_worth, worth = coupling.worth_apart(price)
        cells = _Cells(self, ask_worth, worth + self.aims.placed_worth)
        if self.curves is None:
            at_cells = cells.place(np.zeros(len(worth)))[0]
            cost = cells.cost(at_cells)
            return Placement(at_cells, theta, cost, cells.give, np.zeros(0), cells.apart(at_cells))
        pull = self._pull
        over, theta, loose = self._regime(cells, pull, theta)
        balanced = self.balance(cells.place, over, pull, theta, loose)
        if balanced is None:
            return None
        found, placed, give, falls = balanced
        moves = (falls > 0) & ~loose
        drag = np.divide(over, falls, out=np.zeros_like(falls), where=moves)
        cost = cells.cost(placed) + self._people_cost(self.multiple(found))
        return Placement(placed, found, cost, give, drag, cells.apart(placed))

    @property
    def _pull(self) -> Floats:
        """The multiple of references where cover has no price."""
        return self.aims.multiple + self.aims.street_worth / 2.0

    def multiple(self, theta: Floats) -> Floats:
        """Return people's common multiple of their references at a price of cover."""
        return self._pull + theta / (2.0 * np.where(theta > 0, 1.0, 1.0 + self.over))

    def street(self, theta: Floats) -> Floats:
        """Return what people carry at a price of cover, (block,)."""
        return np.zeros(0) if self.curves is None else self.curves.street(self.multiple(theta))[0]

    def toward(self, aims: Aims, *, apart: bool) -> GapBlocks:
        """Return the blocks with other aims, their people told apart or as one street."""
        if apart or self.curves is None:
            return replace(self, aims=aims)
        curves, every = self.curves, np.arange(self.number)
        limits = curves.street_reference, curves.street_low, curves.street_high
        return replace(self, aims=aims, curves=build_curves(every, self.number, *limits))

    def _regime(self, cells: _Cells, pull: Floats, theta: Floats) -> tuple[Floats, Floats, Bools]:
        """Return what holds each block: what is placed, (1 + o_I) times that, or neither."""
        assert self.curves is not None
        if self.over == 0:
            return np.ones(self.number), theta, np.zeros(self.number, dtype=bool)
        placed = self.sums(cells.place(np.zeros(len(self.block)))[0])
        street, _ = self.curves.street(pull)
        least, most = street < placed, street > (1.0 + self.over) * placed
        theta = np.where(least, np.maximum(theta, 0.0), np.where(most, np.minimum(theta, 0.0), 0.0))
        return np.where(least, 1.0, 1.0 + self.over), theta, ~(least | most)

    def _people_cost(self, multiple: Floats) -> float:
        """Return what people's distance from their aims costs, less what they carry is worth."""
        assert self.curves is not None
        aim, size = self.aims.multiple, self.curves.street_reference
        street, _ = self.curves.street(multiple)
        moved = 2.0 * (1.0 - aim) * street + (np.square(aim) - 1.0) * size
        carried = self.aims.street_worth * float(street.sum())
        return self.curves.unfairness(multiple) + float(moved.sum()) - carried


class _Cells:
    """All cells at given prices of ask and placed."""

    def __init__(self, blocks: GapBlocks, ask_worth: Floats, worth: Floats) -> None:
        aims = blocks.aims
        self._low, self._high, self._aims = blocks.low, blocks.high, aims
        self._soft, self._ask_soft = blocks.reference / 2.0, blocks.reference / 2.0 * aims.ease
        self._wanted = aims.placed + self._soft * worth
        alone = aims.asked + self._ask_soft * ask_worth
        self._alone, self._stays = np.maximum(alone, 0.0), alone <= 0.0
        both = 1.0 / (1.0 + aims.ease)
        self._together = both * (aims.ease * self._wanted + alone)
        self._soft_together = both * self._ask_soft
        self.give = np.zeros(len(worth))
        self._tied = np.zeros(len(worth), dtype=bool)

    def place(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return what is placed at a price of cover, and how fast it follows its price."""
        free = self._wanted - self._soft * theta
        placed = np.clip(free, self._low, self._high)
        self._tied = placed > self._alone
        soft = np.where(self._tied, self._soft_together, self._soft)
        free = np.where(self._tied, self._together - self._soft_together * theta, free)
        placed = np.clip(free, self._low, self._high)
        self.give = np.where((free > self._low) & (free < self._high), soft, 0.0)
        return placed, self.give

    def apart(self, placed: Floats) -> Apart:
        """Return the asks that go with what was placed last."""
        alone = np.where(self._stays, 0.0, self._ask_soft)
        tied = np.where(self._tied, self.give, 0.0)
        asked = np.where(self._tied, placed, self._alone)
        return Apart(asked, np.where(self._tied, self.give, alone), tied)

    def cost(self, placed: Floats) -> float:
        """Return what the distance from the aims costs, less what is placed is worth."""
        asked = np.where(self._tied, placed, self._alone)
        away = np.square(placed - self._aims.placed) / self._soft
        away += np.square(asked - self._aims.asked) / self._ask_soft
        return float(away.sum()) / 2.0 - self._aims.placed_worth * float(placed.sum())


def read_gap_blocks(instance: Instance, rules: Rules, pools: Pools | None) -> GapBlocks | None:
    """Return the blocks of all open cells, aiming at references; None where there are none."""
    blocks = read_blocks(instance, rules, pools)
    if blocks is None or (pools is not None and blocks.number == 0):
        return None
    count, carried = len(rules.reference), rules.carried
    low, high = np.zeros(count), np.zeros(count)
    low[carried], high[carried] = blocks.low, blocks.high
    # a cell that nothing is placed in may stand in any block; here, in that of the cell before
    place = np.maximum(np.cumsum(carried) - 1, 0)
    block = blocks.block[place] if len(blocks.block) else np.zeros(count, dtype=np.int64)
    aims = Aims(0.0, 0.0, rules.reference, rules.reference, np.ones(blocks.number), 1.0)
    return GapBlocks(rules.reference, low, high, block, blocks.over, blocks.curves, aims)
