"""Newton's step on the prices of coupling rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.blocks import Blocks, Placement
from optimizer.model.coupling import Coupling, Missed
from optimizer.problem.instance import Bools, Floats, Ints

_FLAT = 1e-9
_RIDGE = 1e-13
"""Added to the diagonal as a part of its sum: rules may repeat each other, or touch only cells
that are at a limit."""

_LEAST_GIVE = 1e-10
"""How far a leaf follows its price at least, as a part of what it would without limits, or of
what leaves do on average."""

_AT_ONCE = 2_000_000
"""Sets × cells worked on at a time."""


@dataclass(frozen=True)
class _Curvature:
    """How sums over sets follow prices on sets, and with which leaves.

    Attributes
    ----------
    matrix : (set, set) floats
    by_leaf : (leaf, set) floats
    """

    matrix: Floats
    by_leaf: Floats


@dataclass(frozen=True)
class _Follows:
    """How fast bands of regions close by their own prices, (node,), and leaves follow, (leaf,).

    `freely` is without limits of cells and people; `give` is never 0.
    """

    here: Floats
    freely: Floats
    give: Floats


def newton_step(
    blocks: Blocks,
    coupling: Coupling,
    price: Floats,
    here: Placement,
    missed: Missed,
    free: Bools,
    close: float,
    soft: float = 0.0,
) -> tuple[Floats, bool]:
    """Return Newton's step; where the dual has no curvature, one along its slope, and True.

    A rule over cells that are all held by other limits is missed by the same amount until its
    price outweighs theirs; on the way there the dual is straight.

    `soft` shortens the step, and keeps it short where the dual is straight: cells are taken to
    follow prices by so much more of their reference, and rules by so much of theirs.
    """
    nodes = coupling.nodes
    tied, rules = free[:nodes], np.flatnonzero(free[nodes:])
    region, miss = missed.miss[:nodes], missed.miss[nodes:][rules]
    sets, table = _table(coupling, rules)
    curvature = _curvature(blocks, coupling, sets, here, soft)
    matrix = table @ curvature.matrix @ table.T
    follows = _follows(blocks, coupling, curvature, missed)
    step = np.zeros(len(free))
    natural = _natural(blocks, coupling)[rules]
    flat = (np.diag(matrix) <= _FLAT * natural) & (np.abs(miss) > close)
    flat_region = tied & (follows.here <= _FLAT * follows.freely) & (np.abs(region) > close)
    if flat.any() or flat_region.any():
        step[:nodes][flat_region] = _along(region[flat_region], follows.freely[flat_region])
        step[nodes + rules[flat]] = _along(miss[flat], natural[flat])
        return step, True
    ridge = _RIDGE * (float(np.trace(matrix)) + float(blocks.reference.mean()))
    matrix += np.diag(ridge + soft * natural)
    if not tied.any():
        step[nodes + rules] = np.linalg.solve(matrix, miss)
        return step, False
    pull = np.abs(price[:nodes]) + np.abs(region) / np.maximum(follows.freely, 1e-300)
    tied = coupling.regions.loosened(tied, pull)
    moves = curvature.by_leaf @ table.T
    wanted = np.column_stack([region, coupling.regions.sides(missed.side, moves)])
    found = coupling.regions.solve(tied, missed.side, follows.give, wanted)
    back = moves.T @ coupling.regions.worth(found, missed.side)
    step[nodes + rules] = np.linalg.solve(matrix - back[:, 1:], miss - back[:, 0])
    step[:nodes] = found[:, 0] - found[:, 1:] @ step[nodes + rules]
    return step, False


def _along(miss: Floats, natural: Floats) -> Floats:
    """Return a step along the slope; 0 for a rule on closed cells alone, which none can keep."""
    return np.divide(miss, natural, out=np.zeros_like(miss), where=natural > 0)


def _follows(blocks: Blocks, coupling: Coupling, curvature: _Curvature, missed: Missed) -> _Follows:
    halves, leaves = blocks.reference / 2.0, coupling.leaves
    plain = np.bincount(coupling.leaf, weights=halves, minlength=leaves).astype(float)
    give = curvature.by_leaf[:, 0]
    return _Follows(
        coupling.regions.follows(missed.side, give),
        coupling.regions.follows(missed.side, plain),
        np.maximum(give, _LEAST_GIVE * np.maximum(plain, plain.mean())),
    )


def _table(coupling: Coupling, rules: Ints) -> tuple[Ints, Floats]:
    """Return the sets that some rules stand on, set 0 first, and their factors (rule, set)."""
    number = np.full(len(coupling.least), -1, dtype=np.int64)
    number[rules] = np.arange(len(rules))
    chosen = np.flatnonzero(number[coupling.rule] >= 0)
    sets = np.union1d(np.zeros(1, dtype=np.int64), coupling.of[chosen])
    table = np.zeros((len(rules), len(sets)))
    place = np.searchsorted(sets, coupling.of[chosen])
    np.add.at(table, (number[coupling.rule[chosen]], place), coupling.factor[chosen])
    return sets, table


def _natural(blocks: Blocks, coupling: Coupling) -> Floats:
    """Return about how fast each rule would follow its price if nothing else held its cells."""
    sums = coupling.sets.sums(blocks.reference, coupling.number)
    sums[0] = blocks.reference.sum()
    weights = np.square(coupling.factor) * sums[coupling.of] / 2.0
    return np.bincount(coupling.rule, weights=weights, minlength=len(coupling.least)).astype(float)


def _curvature(
    blocks: Blocks, coupling: Coupling, sets: Ints, here: Placement, soft: float
) -> _Curvature:
    """Return E · (dY/dπ) · Eᵀ for the sets E; a block's cover ties its cells together."""
    matrix = np.zeros((len(sets), len(sets)))
    on_ask = sets < coupling.asks
    by_leaf = np.zeros((coupling.leaves, len(sets)))
    number = np.full(coupling.number, -1, dtype=np.int64)
    number[sets] = np.arange(len(sets))
    cells = len(coupling.leaf)
    leaf_start = np.flatnonzero(np.diff(coupling.leaf, prepend=-1))
    step = max(1, _AT_ONCE // len(sets))
    begin = 0
    while begin < cells:
        later = leaf_start[leaf_start >= min(begin + step, cells)]
        end = int(later[0]) if len(later) else cells
        inside = np.zeros((len(sets), end - begin))
        first, last = np.searchsorted(coupling.sets.cell, (begin, end))
        row = number[coupling.sets.row[first:last]]
        inside[row[row >= 0], coupling.sets.cell[first:last][row >= 0] - begin] = 1.0
        inside[0] = 1.0
        part, moved = _moves(blocks, here, inside, on_ask, begin, end)
        if soft > 0:
            extra = soft / 2.0 * inside * blocks.reference[begin:end]
            moved[on_ask] += extra[on_ask]
            part += np.where(on_ask[:, None] == on_ask, extra @ inside.T, 0.0)
        matrix += part
        leaf = coupling.leaf[begin:end]
        starts = np.flatnonzero(np.diff(leaf, prepend=-1))
        by_leaf[leaf[starts]] = np.add.reduceat(moved, starts, axis=1).T
        begin = end
    return _Curvature(matrix, by_leaf)


def _moves(
    blocks: Blocks, here: Placement, inside: Floats, on_ask: Bools, begin: int, end: int
) -> tuple[Floats, Floats]:
    """Return the curvature of some cells, and how the ask of each follows a price on each set."""
    cells = slice(begin, end)
    asked, placed, matrix = _follow(here, inside, on_ask, cells)
    if blocks.number:
        block = blocks.block[cells]
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        sums = np.add.reduceat(placed, starts, axis=1)
        held = sums * here.drag[block[starts]]
        matrix -= held @ sums.T
        tied = here.give if here.apart is None else here.apart.tied
        asked -= np.repeat(held, np.diff(starts, append=end - begin), axis=1) * tied[cells]
    return matrix, asked


def _follow(
    here: Placement, inside: Floats, on_ask: Bools, cells: slice
) -> tuple[Floats, Floats, Floats]:
    """Return how asks and placed amounts follow prices on sets, and the curvature, θ staying."""
    if here.apart is None:
        moved = inside * here.give[cells]
        return moved, moved, moved @ inside.T
    both = inside * here.apart.tied[cells]
    asked, placed = both.copy(), both
    asked[on_ask] = inside[on_ask] * here.apart.give[cells]
    placed[~on_ask] = inside[~on_ask] * here.give[cells]
    matrix = np.empty((len(inside), len(inside)))
    matrix[:, on_ask], matrix[:, ~on_ask] = asked @ inside[on_ask].T, placed @ inside[~on_ask].T
    return asked, placed, matrix
