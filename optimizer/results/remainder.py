"""Largest remainder: whole units that add up, each within one unit of its exact value."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats, Ints

_GUARD = 1e-7
"""An exact value this close below a whole unit counts as that unit."""


def whole_part(exact: Floats) -> tuple[Ints, Floats]:
    """Return the whole units of exact amounts, and what is left, in [0, 1)."""
    guard = np.minimum(_GUARD + 1e-15 * np.abs(exact), 0.25)
    base = np.floor(exact + guard)
    return base.astype(np.int64), np.clip(exact - base, 0.0, 1.0)


def largest_remainder(
    exact: Floats, group: Ints, totals: Ints, low: Ints | None = None, high: Ints | None = None
) -> Ints:
    """Round so that each group adds up to its total.

    Units go to the largest remainders first, ties to the item that stands first; a unit that
    finds no room goes to the next item that has some, round after round.

    Parameters
    ----------
    exact : (item,) floats
        In units, at least 0.
    group : (item,) ints
        Sorted.
    totals : (group,) ints
    low, high : (item,) ints, optional
        Limits of each item.

    Returns
    -------
    (item,) ints
    """
    base, left = whole_part(exact)
    if low is not None:
        base = np.maximum(base, low)
    if high is not None:
        base = np.minimum(base, high)
    missing = totals - _sums(base, group, len(totals))
    while (missing != 0).any():
        step = np.sign(missing)[group]
        room = step != 0
        if high is not None:
            room &= (step < 0) | (base < high)
        floor = np.zeros_like(base) if low is None else low
        room &= (step > 0) | (base > floor)
        order = np.lexsort((np.arange(len(base)), np.where(step > 0, -left, left), ~room, group))
        first = np.searchsorted(group, np.arange(len(totals)))
        rank = np.arange(len(base)) - first[group[order]]
        taken = order[(rank < np.abs(missing)[group[order]]) & room[order]]
        if not len(taken):
            break
        base[taken] += step[taken]
        missing = totals - _sums(base, group, len(totals))
        left = np.zeros_like(left)
    return base


def _sums(values: Ints, group: Ints, groups: int) -> Ints:
    return np.asarray(np.rint(np.bincount(group, weights=values, minlength=groups)), dtype=np.int64)
