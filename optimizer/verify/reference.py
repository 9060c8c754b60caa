"""The reference ask of each cell and the reference target of each rep, worked out afresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.verify.axes import Axes
from optimizer.verify.crew import Crew
from optimizer.verify.cube import Bools, Floats
from optimizer.verify.past import Past
from optimizer.verify.shares import first_alike

HISTORY_PART = 0.99
ROUNDS = 2000
CLOSE = 1e-12
MET = 5e-10
"""Largest miss of a share, as a part of the goal, with which the fit counts as exact."""

LEAST = 1e-6
"""Least reference of an open cell, as a part of its even share, where the fit is not exact."""


@dataclass(frozen=True)
class Reference:
    """The reference ask.

    Attributes
    ----------
    ask : (leaf, period, product) floats
        D0; 0 where a cell is closed.
    opened : (leaf, period, product) bools
        Cells with a market and a share in each direction.
    exact : bool
        Whether closed cells let it meet all shares, so that it is the only right one.
    """

    ask: Floats
    opened: Bools
    exact: bool


def reference_ask(
    region: Floats, period: Floats, product: Floats, past: Floats | None, closed: Bools,
    total: float,
) -> Reference:  # fmt: skip
    """Return past sales brought to the shares of regions, periods and products.

    A share that no open cell can take is taken by the others of its kind, in proportion.

    Parameters
    ----------
    region, period, product : floats
        Shares of the goal, each summing to 1.
    past : (leaf, period, product) floats or None
        Past sales per cell, summing to 1.
    closed : (leaf, period, product) bools
        Cells without a market.
    total : float
        What the reference sums to.
    """
    even = np.einsum("r,q,p->rqp", region, period, product)
    cells = even if past is None else HISTORY_PART * past + (1.0 - HISTORY_PART) * even
    opened = ~closed & (even > 0.0)
    cells = np.where(opened, cells, 0.0)
    if cells.sum() <= 0.0:
        return Reference(cells, opened, exact=False)
    wanted = []
    for share, others in ((region, (1, 2)), (period, (0, 2)), (product, (0, 1))):
        takes = share * opened.any(axis=others)
        wanted.append((takes / takes.sum(), others))
    miss = _miss(cells, wanted)
    for _ in range(ROUNDS):
        if miss <= CLOSE:
            break
        for share, others in wanted:
            sums = cells.sum(axis=others)
            factor = np.divide(share, sums, out=np.zeros_like(share), where=sums > 0.0)
            cells = cells * np.expand_dims(factor, others)
        miss = _miss(cells, wanted)
    exact = miss <= MET
    if not exact:
        cells = np.where(opened, np.maximum(cells, LEAST * even), 0.0)
    return Reference(cells * (total / cells.sum()), opened, exact)


def past_cells(axes: Axes, past: Past | None, even: Floats) -> Floats | None:
    """Return past sales per cell, summing to 1; None where there are none.

    What a row does not tell is spread by share. A period without any past sales takes the
    mix of all periods.
    """
    if past is None:
        return None
    dated = bool((past.period >= 0).any())
    cells = np.zeros(axes.shape)
    shares = [even.sum(axis=(1, 2)), even.sum(axis=(0, 2)), even.sum(axis=(0, 1))]
    places = np.column_stack([past.leaf, past.period, past.product])
    told = places >= 0
    for pattern in np.unique(told[past.period >= 0] if dated else told, axis=0):
        rows = (told == pattern).all(axis=1)
        size = [length if known else 1 for length, known in zip(axes.shape, pattern, strict=True)]
        sums = np.zeros(size)
        np.add.at(sums, tuple(np.where(pattern, places[rows], 0).T), past.amount[rows])
        spread = [
            np.ones(1) if known else share for known, share in zip(pattern, shares, strict=True)
        ]
        cells += np.maximum(sums, 0.0) * np.einsum("r,q,p->rqp", *spread)
    cells = cells[:, first_alike(axes), :]
    unseen = cells.sum(axis=(0, 2)) <= 0.0
    cells[:, unseen, :] = cells.sum(axis=1, keepdims=True)
    total = float(cells.sum())
    return cells / total if total > 0.0 else None


def open_weight(crew: Crew, ask: Floats) -> Floats:
    """Return weights that count 0 where a rep has no open cell to sell, shape (rep, period)."""
    group, first = crew.groups
    opened = (ask > 0.0)[crew.leaf[first]]
    sellable = np.asarray((opened & crew.sells[first][:, None, :]).any(axis=2), dtype=bool)
    return np.where(sellable[group], crew.weight, 0.0)


def reference_targets(crew: Crew, ask: Floats, over: float) -> Floats:
    """Return T0: the region's ask by weight, times 1 + over-assignment, shape (rep, period)."""
    weight = open_weight(crew, ask)
    total = crew.sums(weight, len(ask))
    asked = ask.sum(axis=2)
    per_weight = np.divide(asked, total, out=np.zeros_like(asked), where=total > 0.0)
    return np.asarray((1.0 + over) * per_weight[crew.leaf] * weight, dtype=np.float64)


def _miss(cells: Floats, wanted: Sequence[tuple[Floats, tuple[int, int]]]) -> float:
    return max(float(np.abs(cells.sum(axis=others) - share).max()) for share, others in wanted)
