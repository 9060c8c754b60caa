"""How far targets may move: the cap on the original, what was sold, capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.problem.instance import Bools, Floats, Ints
from optimizer.problem.whole import ceil_units, floor_units, over_assigned
from optimizer.recalibrate.board import Board, People

_DUST = 1e-6
"""Part of a unit that binary fractions may leave."""


@dataclass(frozen=True)
class Span:
    """Lowest and highest targets.

    Attributes
    ----------
    low, high : floats
        In whole units.
    exact_low, exact_high : floats
        What the cap alone says; single units of `low` and `high` may be let out to it.
    """

    low: Floats
    high: Floats
    exact_low: Floats
    exact_high: Floats


@dataclass(frozen=True)
class Caps:
    """Spans of region targets, (leaf, product), and of reps, (rep,), in units.

    `capacity` and `least` are what people may and must carry, whatever the cap says, (rep,).
    """

    cells: Span
    reps: Span | None
    capacity: Floats | None
    least: Floats | None


def read_caps(board: Board, cap: float) -> Caps:
    """Return how far each target may move.

    Parameters
    ----------
    board : Board
    cap : float
        Largest move, as a share of the original target.
    """
    sold = np.zeros(board.now.shape) if board.sold is None else board.sold
    cells = _span(board.original, board.now.astype(float), sold, cap)
    if board.people is None:
        return Caps(cells, None, None, None)
    people = board.people
    capacity, least = _own_limits(board, people)
    now = people.now.astype(float)
    span = _span(people.original, now, people.sold, cap)
    free = np.isnan(people.original) | people.joins
    low = np.where(free, np.minimum(ceil_units(np.maximum(people.sold, 0.0), 1.0), now), span.low)
    high = np.where(free, np.inf, span.high)
    low = np.maximum(low, np.minimum(np.minimum(least, capacity), high))
    high = np.maximum(np.minimum(high, capacity), low)
    kept = np.maximum(np.rint(people.sold), 0.0)
    low, high = (np.where(people.leaves, kept, side) for side in (low, high))
    bound = people.leaves | free
    exact_low = np.where(bound, low, np.minimum(span.exact_low, low))
    exact_high = np.where(bound, high, np.clip(span.exact_high, high, np.maximum(capacity, high)))
    return Caps(cells, Span(low, high, exact_low, exact_high), capacity, least)


def _span(original: Floats, now: Floats, sold: Floats, cap: float) -> Span:
    """Return spans: never beyond the cap, unless a target stands there already."""
    first = np.nan_to_num(original)
    kept = np.minimum(np.maximum(sold, 0.0), now)
    exact_low = np.maximum(np.minimum((1.0 - cap) * first, now), kept)
    exact_high = np.maximum((1.0 + cap) * first, now)
    low = np.maximum(ceil_units(np.maximum(exact_low, 0.0), 1.0), 0.0)
    high = floor_units(exact_high, 1.0)
    held = ceil_units(kept, 1.0) >= low
    return Span(low, high, np.where(held, low, np.maximum(exact_low, 0.0)), exact_high)


def _own_limits(board: Board, people: People) -> tuple[Floats, Floats]:
    """Return the capacity and the minimum of each rep in units of targets, (rep,) each."""
    whole, unit = board.whole, board.unit
    reps = whole.reps
    assert reps is not None
    capacity, least = reps.high[:, board.at] / unit, reps.low[:, board.at] / unit
    known = board.now.sum(axis=0)
    if whole.effort is not None:
        mix = np.where(people.now[:, None] > 0, people.cells, known)
        effort = mix @ whole.effort / np.maximum(mix.sum(axis=1), 1)
        capacity = np.divide(capacity, effort, out=np.full_like(capacity, np.inf), where=effort > 0)
    if reps.total_low is not None and reps.total_high is not None:
        capacity = np.minimum(capacity, reps.total_high / unit - people.elsewhere)
        least = np.maximum(least, reps.total_low / unit - people.elsewhere)
    return floor_units(np.maximum(capacity, 0.0), 1.0), ceil_units(np.maximum(least, 0.0), 1.0)


def let_out(board: Board, caps: Caps, goal: float, moves: Sequence[tuple[Bools, float]]) -> Caps:
    """Let single units out where rounding keeps targets together from what the cap allows them.

    A cap of 20 % lets 467 fall to 373.6, which is 374 in whole units; if all do so, the company
    cannot fall by 20 %. So where the goal or a move needs it, limits of a fraction are rounded
    the other way, first those where the unit is the smallest part of the original.

    Parameters
    ----------
    board : Board
    caps : Caps
    goal : float
        In units.
    moves : sequence of (cells, amount asked in units)
    """
    everywhere = np.ones(board.now.shape, dtype=bool)
    cells = caps.cells
    for mask, asked in [(everywhere, goal), *moves]:
        cells = _let_out_span(cells, board.original, mask, asked)
    if caps.reps is None or board.people is None or board.whole.reps is None:
        return Caps(cells, None, None, None)
    leaf, over = board.whole.reps.leaf, board.whole.over_rep
    count = len(board.whole.leaves)
    lowest = over_assigned(cells.low.sum(axis=1).astype(np.int64), over)
    highest = cells.high.sum(axis=1)
    span = caps.reps
    least = np.bincount(leaf, weights=span.low, minlength=count)
    most = np.bincount(leaf, weights=span.high, minlength=count)
    first = np.nan_to_num(board.people.original)
    low, high = span.low, span.high
    if np.maximum(cells.low.sum(axis=1), np.ceil(least / (1.0 + over))).sum() > goal:
        low = _units_off(
            low, span.exact_low, first, leaf, np.asarray(least - lowest, dtype=float), -1.0
        )
    if np.minimum(highest, most).sum() < goal:
        high = _units_off(high, span.exact_high, first, leaf, highest - most, 1.0)
    reps = Span(low, np.maximum(high, low), span.exact_low, span.exact_high)
    return Caps(cells, reps, caps.capacity, caps.least)


def _let_out_span(span: Span, original: Floats, mask: Bools, asked: float) -> Span:
    """Let out as many units as a slice needs to come to `asked`, within the cap of the slice."""
    none = np.zeros(int(mask.sum()), dtype=np.int64)
    low, high = span.low.copy(), span.high.copy()
    least = max(asked, float(np.ceil(span.exact_low[mask].sum() - _DUST)))
    most = min(asked, float(np.floor(span.exact_high[mask].sum() + _DUST)))
    low[mask] = _units_off(
        low[mask], span.exact_low[mask], original[mask], none,
        np.array([low[mask].sum() - least]), -1.0,
    )  # fmt: skip
    high[mask] = _units_off(
        high[mask], span.exact_high[mask], original[mask], none,
        np.array([most - high[mask].sum()]), 1.0,
    )  # fmt: skip
    return Span(low, high, span.exact_low, span.exact_high)


def _units_off(
    side: Floats, exact: Floats, original: Floats, group: Ints, excess: Floats, step: float
) -> Floats:
    """Move limits of a fraction by one unit, in each group as many as are in excess."""
    known = np.isfinite(side) & np.isfinite(exact)
    distance = np.subtract(exact, side, out=np.zeros(len(side)), where=known) * step
    beyond, inside = 1.0 - distance, distance > _DUST
    dear = np.where(inside & (original > 0), beyond / np.maximum(original, 1.0), np.inf)
    order = np.lexsort((np.arange(len(side)), dear, group))
    place = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    chosen = np.isfinite(dear[order]) & (place < excess[group[order]])
    moved = side.copy()
    moved[order[chosen]] += step
    return moved
