"""The reference: what history and shares suggest before any limit speaks."""

from __future__ import annotations

import numpy as np

from optimizer.problem.history import History
from optimizer.problem.instance import Bools, Floats, Groups, Ints

HISTORY_WEIGHT = 0.99
_ROUNDS = 2000
_EXACT = 1e-13
NEGLIGIBLE_MISS = 1e-9
"""Share of the goal below which a margin counts as met."""

_LEAST = 1e-6
"""Least reference of an open cell, as a part of its even share, where the shares are out of
reach: the fit would drive some open cells towards 0 for ever, and 0 means closed."""


def history_cube(history: History, shares: Floats, first_alike: Ints) -> Floats | None:
    """Return past sales per cell; a dimension that a row does not tell is spread by share.

    Parameters
    ----------
    history : History
    shares : (leaf, period, product) floats
        Product of the three margins, summing to 1.
    first_alike : (period,) ints
        The first period of the same season; it holds the history of all of them.
    """
    shape = shares.shape
    period = history.period if (history.period >= 0).any() else np.full_like(history.period, -1)
    usable = (period >= 0) | ~(period >= 0).any()
    cube = np.zeros(shape)
    margins = [shares.sum(axis=(1, 2)), shares.sum(axis=(0, 2)), shares.sum(axis=(0, 1))]
    known = np.column_stack([history.leaf >= 0, period >= 0, history.product >= 0])
    for pattern in np.unique(known[usable], axis=0):
        rows = usable & (known == pattern).all(axis=1)
        flat = _sums(history, period, rows, pattern, shape)
        spread = [
            np.ones(1) if told else margin for told, margin in zip(pattern, margins, strict=True)
        ]
        cube += flat * spread[0][:, None, None] * spread[1][None, :, None] * spread[2]
    cube = cube[:, first_alike, :]
    unseen = cube.sum(axis=(0, 2)) <= 0
    if unseen.any() and cube.sum() > 0:
        cube[:, unseen, :] = cube.sum(axis=1, keepdims=True)
    return cube / cube.sum() if cube.sum() > 0 else None


def _sums(
    history: History, period: Ints, rows: Bools, pattern: Bools, shape: tuple[int, ...]
) -> Floats:
    size = tuple(length if told else 1 for length, told in zip(shape, pattern, strict=True))
    index = [
        axis[rows] if told else np.zeros(rows.sum(), dtype=np.int64)
        for axis, told in zip((history.leaf, period, history.product), pattern, strict=True)
    ]
    flat = np.ravel_multi_index(tuple(index), size)
    sums = np.bincount(flat, weights=history.amount[rows], minlength=int(np.prod(size)))
    return np.maximum(sums.reshape(size), 0.0)


def reference_ask(
    leaf_share: Floats,
    period_share: Floats,
    product_share: Floats,
    history: History | None,
    first_alike: Ints,
    closed: Bools,
    total: float,
) -> tuple[Floats, float]:
    """Return the reference ask D0 of each cell and the largest share that it misses.

    The history cube is brought to the share margins by iterative proportional fitting
    (Deming & Stephan 1940). Closed cells stay 0. A period, region or product without one open
    cell leaves its share to the others, in proportion; where closed cells put the shares out of
    reach in another way, the fit comes as near as its rounds take it and no open cell falls to 0.

    Returns
    -------
    (leaf, period, product) floats, float
        Reference summing to `total`; largest absolute miss of a margin, as a share.
    """
    even = leaf_share[:, None, None] * period_share[None, :, None] * product_share[None, None, :]
    cube = None if history is None else history_cube(history, even, first_alike)
    start = even if cube is None else HISTORY_WEIGHT * cube + (1.0 - HISTORY_WEIGHT) * even
    opened = ~closed & (even > 0)
    fitted = np.where(opened, start, 0.0)
    if fitted.sum() <= 0:
        return fitted, 1.0
    margins = ((leaf_share, (1, 2)), (period_share, (0, 2)), (product_share, (0, 1)))
    within_reach = tuple((_open_part(margin, opened, others), others) for margin, others in margins)
    fitted, miss = _fit(fitted, within_reach)
    if miss > NEGLIGIBLE_MISS:
        fitted = np.where(opened, np.maximum(fitted, _LEAST * even), 0.0)
    fitted = fitted / fitted.sum()
    return fitted * total, _largest_miss(fitted, margins)


def _open_part(margin: Floats, opened: Bools, others: tuple[int, int]) -> Floats:
    """Return the shares with those that no open cell can take given to the others."""
    kept = np.where(opened.any(axis=others), margin, 0.0)
    return np.asarray(kept / kept.sum())


def _fit(
    fitted: Floats, margins: tuple[tuple[Floats, tuple[int, int]], ...]
) -> tuple[Floats, float]:
    miss = _largest_miss(fitted, margins)
    for _ in range(_ROUNDS):
        if miss <= _EXACT:
            break
        for margin, others in margins:
            sums = fitted.sum(axis=others)
            factor = np.divide(margin, sums, out=np.zeros_like(margin), where=sums > 0)
            fitted = fitted * np.expand_dims(factor, others)
        before, miss = miss, _largest_miss(fitted, margins)
        if miss > _EXACT and abs(before - miss) <= _EXACT * _EXACT:
            break
    return fitted, miss


def _largest_miss(fitted: Floats, margins: tuple[tuple[Floats, tuple[int, int]], ...]) -> float:
    return max(float(np.abs(fitted.sum(axis=others) - margin).max()) for margin, others in margins)


def reference_targets(reference: Floats, leaf: Ints, weight: Floats, over_rep: float) -> Floats:
    """Return T0, the reference target of each rep and period.

    T0[i,q] = (1 + o_I) · Σ_p D0[r(i),q,p] · w[i,q] / Σ_{j in r(i)} w[j,q]

    Parameters
    ----------
    reference : (leaf, period, product) floats
    leaf : (rep,) ints
    weight : (rep, period) floats

    Returns
    -------
    (rep, period) floats
    """
    total = np.zeros((reference.shape[0], reference.shape[1]))
    np.add.at(total, leaf, weight)
    ask = reference.sum(axis=2)
    per_weight = np.divide(ask, total, out=np.zeros_like(ask), where=total > 0)
    return np.asarray((1.0 + over_rep) * per_weight[leaf] * weight)


def sellable(reference: Floats, groups: Groups) -> Bools:
    """Return the open cells of each group, shape (group, period, product)."""
    return (reference[groups.leaf] > 0) & groups.sells[:, None, :]
