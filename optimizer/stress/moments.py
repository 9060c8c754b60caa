"""Mean, variance and third cumulant of pay, where attainment is lognormal, in closed form.

With log attainment normal (mean μ, standard deviation σ), E[aʲ; u ≤ a < v] is
exp(jμ + j²σ²/2) · (Φ((ln v − μ)/σ − jσ) − Φ((ln u − μ)/σ − jσ)).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from optimizer.problem.instance import Floats
from optimizer.stress.pieces import Pieces

ORDERS = 4
"""Partial moments of order 0, 1, 2, 3."""


def pay_cumulants(pieces: Pieces, log_mean: Floats, log_spread: Floats) -> Floats:
    """Return mean, variance and third cumulant of what each rep is paid.

    Parameters
    ----------
    pieces : Pieces
        Payout curves, (piece, rep).
    log_mean, log_spread : (rep,) floats
        Of log attainment; the spread above 0.

    Returns
    -------
    (3, rep) floats
    """
    orders = np.arange(ORDERS)[:, None]
    scale = np.exp(orders * log_mean + orders**2 * log_spread**2 / 2)
    raw = np.zeros((ORDERS, len(log_mean)))
    with np.errstate(divide="ignore"):
        edges = (np.log(np.maximum(pieces.start, 0.0)) - log_mean) / log_spread
    below = _below(edges[0], log_spread)
    for place, (level, slope) in enumerate(zip(pieces.level, pieces.slope, strict=True)):
        last = place + 1 == len(pieces.level)
        above = np.ones((ORDERS, 1)) if last else _below(edges[place + 1], log_spread)
        part = (above - below) * scale
        below = above
        raw[1] += level * part[0] + slope * part[1]
        square, both, steep = level * level, 2 * level * slope, slope * slope
        raw[2] += square * part[0] + both * part[1] + steep * part[2]
        raw[3] += (
            level * square * part[0]
            + 1.5 * level * both * part[1]
            + 3 * level * steep * part[2]
            + slope * steep * part[3]
        )
    _, mean, second, third = raw
    variance = np.maximum(second - mean**2, 0.0)
    return np.stack([mean, variance, third - 3 * mean * second + 2 * mean**3])


def _below(edge: Floats, log_spread: Floats) -> Floats:
    """Return Φ(edge − jσ) for each order j, (order, rep) floats; one rep where all are alike."""
    if (edge == edge[0]).all() and (log_spread == log_spread[0]).all():
        edge, log_spread = edge[:1], log_spread[:1]
    return np.asarray(ndtr(edge - np.arange(ORDERS)[:, None] * log_spread))


def tidied(pieces: Pieces) -> Pieces:
    """Return the same curves without pieces that are empty, or go on as the one before, for all."""
    length = pieces.end - pieces.start
    kept = np.flatnonzero(length.max(axis=1) > 0)
    pieces = Pieces(pieces.start[kept], pieces.level[kept], pieces.slope[kept])
    new = np.abs(np.diff(pieces.level, axis=0)) + np.abs(np.diff(pieces.slope, axis=0))
    turns = np.append(True, new.any(axis=1))
    return Pieces(pieces.start[turns], pieces.level[turns], pieces.slope[turns])
