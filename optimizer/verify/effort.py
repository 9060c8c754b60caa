"""What a rep's target is worth at most where products take different parts of a capacity.

A target T of one rep and period is split over products p of worth w[p] and effort e[p]:
W(T) = max Σ w·x with Σ x = T and Σ e·x ≤ C. For any charge s ≥ 0 per unit of effort,
W(T) ≤ T · max(w − s·e) + s·C, with equality for the best s. That s rises with T at a few
figures only, where one product gives way to a lighter one: W is concave, in straight pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.verify.cube import Floats


@dataclass(frozen=True)
class Piece:
    """A straight piece of W: slope · T + charge · C for C / heavy ≤ T ≤ C / light."""

    slope: float
    charge: float
    heavy: float
    light: float


def pieces_of(worth: Floats, effort: Floats) -> Iterator[Piece]:
    """Yield the pieces of W from T = 0 upward; (product,) each, at least one product.

    A `heavy` of inf stands for T = 0.
    """
    best = worth >= worth.max()
    here = int(np.flatnonzero(best)[np.argmin(effort[best])])
    yield Piece(float(worth[here]), 0.0, np.inf, float(effort[here]))
    while (effort < effort[here]).any():
        lighter = np.flatnonzero(effort < effort[here])
        charges = (worth[here] - worth[lighter]) / (effort[here] - effort[lighter])
        charge = float(charges.min())
        near = lighter[charges <= charge + 1e-12 * (1.0 + charge)]
        slope, heavy = float(worth[here] - charge * effort[here]), float(effort[here])
        here = int(near[np.argmin(effort[near])])
        yield Piece(slope, charge, heavy, float(effort[here]))


def least_part(
    pieces: list[Piece],
    extra: Floats,
    low: Floats,
    capacity: Floats,
    most: float,
    reference: Floats | None,
) -> Floats:
    """Return the least of F(T) − W(T) of several reps; F is 0 where no reference is given.

    Parameters
    ----------
    pieces : list of Piece
    extra : (rep,) floats
        What any unit is worth beside its product.
    low, capacity : (rep,) floats
    most : float
        More than any target can be.
    reference : (rep,) floats or None

    Returns
    -------
    (rep,) floats
    """
    least = np.full(len(low), np.inf)
    for piece in pieces:
        first = np.maximum(_over(capacity, piece.heavy), low)
        last = np.minimum(_over(capacity, piece.light), most)
        if piece is pieces[-1]:
            # A min that floats put a hair above the capacity leaves that one target.
            first, last = np.minimum(first, np.maximum(last, low)), np.maximum(last, low)
        inside = (first <= last) & (np.isfinite(capacity) | (piece.charge == 0.0))
        first, last, slope = first[inside], last[inside], piece.slope + extra[inside]
        charge = piece.charge * capacity[inside] if piece.charge > 0.0 else 0.0
        if reference is None:
            target = np.where(slope > 0.0, last, first)
            value = -slope * target - charge
        else:
            target = np.clip(reference[inside] * (1.0 + slope / 2.0), first, last)
            away = (target - reference[inside]) ** 2 / reference[inside]
            value = away - slope * target - charge
        least[inside] = np.minimum(least[inside], value)
    return least


def _over(capacity: Floats, effort: float) -> Floats:
    """Return the target that a capacity carries at some effort per unit."""
    if np.isinf(effort):
        return np.zeros(len(capacity))
    return capacity / effort if effort > 0.0 else np.full(len(capacity), np.inf)
