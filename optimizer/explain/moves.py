"""How steps that work against each other are told: no step that another one undoes."""

from __future__ import annotations

import numpy as np

from optimizer.problem.instance import Floats

_SLIGHT = 0.01
"""A step that others undo but for this part of it is told as undone."""


def add_moves(moves: Floats, new: Floats, *, hold: bool) -> Floats:
    """Add new moves to those told so far; the sum over all stays their sum.

    New moves against each other cancel first. If what is left goes against the moves so far,
    the weaker side is not told at all and the stronger one only in what it achieves; with
    `hold`, a limit that holds back a part of a move is told beside it.

    Parameters
    ----------
    moves : (move, ...) floats
    new : (new move, ...) floats
    hold : bool

    Returns
    -------
    (move + new move, ...) floats
    """
    new = one_way(new)
    before, added = moves.sum(axis=0), new.sum(axis=0)
    both = before + added
    against = before * added < 0
    turned = against & (np.abs(added) >= np.abs(before))
    lessened = against & ~turned
    if hold:
        lessened &= np.abs(both) <= _SLIGHT * np.abs(before)
    moves = np.where(turned, 0.0, _scaled(moves, lessened, both, before))
    new = np.where(lessened, 0.0, _scaled(new, turned, both, added))
    return np.concatenate([moves, new])


def one_way(moves: Floats) -> Floats:
    """Return the moves in the direction of their sum, cut so that they still add up to it."""
    total = moves.sum(axis=0)
    kept = np.where(np.sign(moves) == np.sign(total), moves, 0.0)
    return np.asarray(_scaled(kept, np.ones(total.shape, dtype=bool), total, kept.sum(axis=0)))


def _scaled(moves: Floats, where: Floats, wanted: Floats, total: Floats) -> Floats:
    factor = np.divide(wanted, total, out=np.zeros_like(total), where=total != 0)
    return np.asarray(np.where(where, moves * factor, moves))
