"""What is within reach of all caps together: the total, and the moves that were asked for.

One small linear program with whole numbers, solved for one wish after another: limits hold,
the total is met, moves come as near as possible to what was asked, and the largest miss is
small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from optimizer.errors import Change, ContradictionError, SolverError
from optimizer.problem.instance import ALL, Bools, Floats, Ints
from optimizer.recalibrate.board import Board
from optimizer.recalibrate.caps import Caps, Span
from optimizer.recalibrate.problem import Market

_GIVE, _GIVE_OF_LARGE = 1e-6, 1e-12
"""By how much a wish may be missed for the ones that follow: in units, and of the total."""


@dataclass(frozen=True)
class Reach:
    """What can be had.

    Attributes
    ----------
    caps : Caps
    market : Market
        Both with limits that cannot be kept let out.
    goal : float
        The total to plan for, in units: what was asked, or the least that caps allow.
    moved : (move,) floats
        What each slice that was to be moved can be, in units.
    """

    caps: Caps
    market: Market
    goal: float
    moved: Floats


class _Program:
    """Columns, rows, and wishes in their order."""

    def __init__(self, total: float) -> None:
        self.give = _GIVE + _GIVE_OF_LARGE * total
        self.wishes = 0
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[int] = []
        self.entries: list[tuple[int, int, float]] = []
        self.sides: list[tuple[float, float]] = []

    @property
    def dust(self) -> float:
        """What the wishes so far, and the solver, may leave of an amount that is none."""
        return 10.0 * self.give * max(self.wishes, 1)

    def add(self, low: float, high: float, *, whole: bool = False) -> int:
        self.low.append(low)
        self.high.append(high)
        self.whole.append(int(whole))
        return len(self.low) - 1

    def keep(self, terms: Sequence[tuple[int, float]], low: float, high: float) -> None:
        row = len(self.sides)
        self.entries += [(row, column, factor) for column, factor in terms]
        self.sides.append((low, high))

    def least(self, wish: Sequence[int]) -> Floats:
        """Minimise the sum of some columns, keep that for later wishes, and return the answer."""
        cost = np.zeros(len(self.low))
        cost[list(wish)] = 1.0
        row, column, factor = (np.array(part) for part in zip(*self.entries, strict=True))
        matrix = coo_array((factor, (row, column)), shape=(len(self.sides), len(cost)))
        low, high = np.array(self.sides).T
        found = milp(
            cost,
            integrality=np.array(self.whole),
            bounds=Bounds(np.array(self.low), np.array(self.high)),
            constraints=LinearConstraint(matrix.tocsr(), low, high),
        )
        if found.x is None:
            raise SolverError(
                "No targets keep what was sold and the minimums of people at once; lower a "
                "minimum, and recalibrate again"
            )
        answer: Floats = np.asarray(found.x)
        best = float(answer[list(wish)].sum())
        self.wishes += 1
        self.keep([(each, 1.0) for each in wish], -np.inf, best + self.give)
        return answer


def find_reach(
    board: Board,
    caps: Caps,
    market: Market,
    goal: float,
    moves: Sequence[tuple[Bools, float]],
    works: Bools | None,
) -> Reach:
    """Return what is within reach.

    Parameters
    ----------
    board : Board
    caps : Caps
    market : Market
    goal : float
        In units.
    moves : sequence of (cells, amount asked in units)
    works : (rep,) bools or None
        Who may carry targets; None in a regional plan.

    Raises
    ------
    ContradictionError
        Where locks cannot be kept at all.
    SolverError
        Where people cannot keep their own limits at once.
    """
    if works is not None:
        caps = replace(caps, cells=_carried(board, caps, works))
    program = _Program(goal)
    cells: Ints = np.argwhere(board.now > 0)
    number: Ints = np.full(board.now.shape, -1, dtype=np.int64)
    number[cells[:, 0], cells[:, 1]] = np.arange(len(cells))
    under, over = _add_cells(program, caps, cells)
    excess, locks = _keep_market(program, caps, market, number)
    if works is not None:
        _keep_people(program, board, caps, number, works)
    short, beyond = program.add(0.0, np.inf), program.add(0.0, np.inf)
    every = [(cell, 1.0) for cell in range(len(cells))]
    program.keep([*every, (short, 1.0), (beyond, -1.0)], goal, goal)
    sums, misses, worst = _add_moves(program, moves, number)
    if locks:
        _check_locks(board, market, program.least(np.ravel(locks).tolist()), locks, program.dust)
    answer = program.least([*excess, *under, *over])
    answer = program.least([short, beyond])
    if moves:
        answer = program.least(misses)
        answer = program.least([worst])
    dust = program.dust
    let_go = _let_go(caps.cells, cells, answer[under] - dust, answer[over] - dust)
    return Reach(
        caps=replace(caps, cells=let_go),
        market=_with_room(caps, market, answer[excess] - dust),
        goal=goal + float(np.ceil(answer[beyond] - dust)),
        moved=np.rint(answer[sums]) if sums else np.zeros(0),
    )


def _add_cells(program: _Program, caps: Caps, cells: Ints) -> tuple[list[int], list[int]]:
    """Add the cells, which come first, and by how much each is under or over its cap."""
    low, high = (side[cells[:, 0], cells[:, 1]] for side in (caps.cells.low, caps.cells.high))
    for _ in cells:
        program.add(0.0, np.inf)
    under = [program.add(0.0, np.inf) for _ in cells]
    over = [program.add(0.0, np.inf) for _ in cells]
    for cell in range(len(cells)):
        program.keep([(cell, 1.0), (under[cell], 1.0)], float(low[cell]), np.inf)
        program.keep([(cell, 1.0), (over[cell], -1.0)], -np.inf, float(high[cell]))
    return under, over


def _keep_market(
    program: _Program, caps: Caps, market: Market, number: Ints
) -> tuple[list[int], list[tuple[int, int]]]:
    """Keep potentials and locks; return by how much each is missed, locks below and above."""
    excess = []
    for mask, usable in zip(market.cells, market.usable, strict=True):
        inside = number[mask & (number >= 0)]
        limit = max(float(usable), float(caps.cells.low[mask].sum()))
        excess.append(program.add(0.0, np.inf))
        terms = [*((int(cell), 1.0) for cell in inside), (excess[-1], -1.0)]
        program.keep(terms, -np.inf, limit)
    locks = []
    for mask, amount in zip(market.locked, market.amount, strict=True):
        inside = number[mask & (number >= 0)]
        below, above = program.add(0.0, np.inf), program.add(0.0, np.inf)
        terms = [*((int(cell), 1.0) for cell in inside), (below, 1.0), (above, -1.0)]
        program.keep(terms, float(amount), float(amount))
        locks.append((below, above))
    return excess, locks


def _with_room(caps: Caps, market: Market, excess: Floats) -> Market:
    """Return a market that gives what people must carry, whose sold amounts stay."""
    least = np.array([caps.cells.low[mask].sum() for mask in market.cells])
    needed = np.maximum(market.usable, least) + np.ceil(excess)
    return replace(market, usable=np.where(excess > 0, needed, market.usable))


def _check_locks(
    board: Board, market: Market, answer: Floats, locks: Sequence[tuple[int, int]], dust: float
) -> None:
    """Raise where locks cannot be kept, with what they can be set to."""
    changes = []
    slices = board.whole.region_locks.slices
    rows = np.flatnonzero((slices.period == board.at) | (slices.period == ALL))
    for row, amount, (below, above) in zip(rows, market.amount, locks, strict=True):
        miss = float(answer[above] - answer[below])
        if abs(miss) <= dust:
            continue
        region = board.whole.tree.names[slices.region[row]]
        product = "*" if slices.product[row] == ALL else board.whole.products[slices.product[row]]
        old, new = (board.unit * value for value in (amount, float(np.rint(amount + miss))))
        where = ", ".join(name for name in (region, product) if name != "*") or "the period"
        text = (
            f"the lock on {where} is {old:,.10g}; what is sold, and what people and market can "
            f"still carry there, leave {new:,.10g}: set it to that, or leave it out"
        )
        period = board.whole.periods[board.at]
        changes.append(
            Change("lock", "equal", period, region, product, "*", old, abs(new - old), text, new)
        )
    if changes:
        raise ContradictionError(changes)


def _keep_people(program: _Program, board: Board, caps: Caps, number: Ints, works: Bools) -> None:
    """Let people carry what their region places: volumes of each group and product."""
    whole = board.whole
    assert whole.reps is not None and whole.groups is not None and caps.reps is not None
    group, count = whole.reps.group, len(whole.groups.leaf)
    least = np.bincount(group[works], weights=caps.reps.low[works], minlength=count)
    most = np.bincount(group[works], weights=caps.reps.high[works], minlength=count)
    by_cell: dict[tuple[int, int], list[int]] = {}
    for each in np.unique(group[works]).tolist():
        leaf = int(whole.groups.leaf[each])
        sold = np.flatnonzero(whole.groups.sells[each] & (number[leaf] >= 0)).tolist()
        columns = [program.add(0.0, np.inf) for _ in sold]
        if columns:
            terms = [(column, 1.0) for column in columns]
            program.keep(terms, float(least[each]), float(most[each]))
        for product, column in zip(sold, columns, strict=True):
            by_cell.setdefault((leaf, product), []).append(column)
    for leaf, product in np.argwhere(number >= 0).tolist():
        carried = [(column, 1.0) for column in by_cell.get((leaf, product), [])]
        cell = int(number[leaf, product])
        program.keep([*carried, (cell, -1.0)], 0.0, np.inf)
        program.keep([*carried, (cell, -1.0 - whole.over_rep)], -np.inf, 0.0)


def _add_moves(
    program: _Program, moves: Sequence[tuple[Bools, float]], number: Ints
) -> tuple[list[int], list[int], int]:
    """Add the sum of each slice, its misses on both sides, and the largest part missed."""
    sums, misses = [], []
    worst = program.add(0.0, np.inf)
    for mask, asked in moves:
        total = program.add(0.0, np.inf, whole=True)
        inside = [(int(cell), 1.0) for cell in number[mask & (number >= 0)]]
        program.keep([*inside, (total, -1.0)], 0.0, 0.0)
        below, above = program.add(0.0, np.inf), program.add(0.0, np.inf)
        program.keep([(total, 1.0), (below, 1.0), (above, -1.0)], asked, asked)
        part = max(asked, 1.0)
        program.keep([(below, 1.0 / part), (above, 1.0 / part), (worst, -1.0)], -np.inf, 0.0)
        sums.append(total)
        misses += [below, above]
    return sums, misses, worst


def _carried(board: Board, caps: Caps, works: Bools) -> Span:
    """Return spans of regions whose people may carry what they must: lowest targets give way.

    Where people leave and the others may not take it over, the mix of the region stays.
    """
    assert board.whole.reps is not None and caps.reps is not None
    span, leaf = caps.cells, board.whole.reps.leaf
    most = np.bincount(
        leaf[works], weights=caps.reps.high[works], minlength=len(board.whole.leaves)
    )
    least = span.low.sum(axis=1)
    part = np.divide(most, least, out=np.ones(len(least)), where=least > most)
    return replace(span, low=np.floor(span.low * part[:, None] + _GIVE))


def _let_go(span: Span, cells: Ints, under: Floats, over: Floats) -> Span:
    low, high = span.low.copy(), span.high.copy()
    low[cells[:, 0], cells[:, 1]] -= np.ceil(under)
    high[cells[:, 0], cells[:, 1]] += np.ceil(over)
    return replace(span, low=np.maximum(low, 0.0), high=high)
