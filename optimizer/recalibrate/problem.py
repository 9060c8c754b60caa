"""The planning problem of a recalibration: targets as they are for a reference, caps for limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem.instance import (
    ALL,
    Bands,
    Bools,
    Floats,
    Instance,
    Ints,
    Potentials,
    RegionLocks,
    RepLocks,
    Reps,
    Slices,
)
from optimizer.recalibrate.board import Board, People
from optimizer.recalibrate.caps import Caps


@dataclass(frozen=True)
class Market:
    """Limits of the market and locks on regions, of the period alone, in units.

    Attributes
    ----------
    cells, locked : list of (leaf, product) bools
        What each row speaks of.
    usable, amount : (row,) floats
        Usable potential, and locked amounts.
    """

    cells: list[Bools]
    usable: Floats
    locked: list[Bools]
    amount: Floats


def read_market(board: Board) -> Market:
    """Return market limits and locks; of those over all periods, what the others leave."""
    whole = board.whole
    rows = _of_period(whole.potentials.slices, board.at)
    cells = [_cells(whole, whole.potentials.slices, row) for row in rows]
    usable = whole.potentials.usable[rows] / whole.unit
    usable = usable - _elsewhere(board, whole.potentials.slices, rows, cells)
    locks = _of_period(whole.region_locks.slices, board.at)
    locked = [_cells(whole, whole.region_locks.slices, row) for row in locks]
    amount = whole.region_locks.amount[locks] / whole.unit
    amount = amount - _elsewhere(board, whole.region_locks.slices, locks, locked)
    return Market(cells, np.maximum(np.floor(usable + 1e-9), 0.0), locked, np.maximum(amount, 0.0))


def _of_period(slices: Slices, at: int) -> Ints:
    return np.flatnonzero((slices.period == at) | (slices.period == ALL))


def _cells(whole: Instance, slices: Slices, row: int) -> Bools:
    chosen = np.zeros((len(whole.leaves), len(whole.products)), dtype=bool)
    product = slices.product[row]
    columns = slice(None) if product == ALL else [product]
    chosen[whole.tree.below(int(slices.region[row])), columns] = True
    return chosen


def _elsewhere(board: Board, slices: Slices, rows: Ints, cells: list[Bools]) -> Floats:
    sums = [
        board.elsewhere[mask].sum() if slices.period[row] == ALL else 0.0
        for row, mask in zip(rows, cells, strict=True)
    ]
    return np.array(sums, dtype=float)


def rep_reference(board: Board, people: People, own: Bools) -> Floats:
    """Return what each rep would have, did nothing but the people change, (rep,) in units.

    The street of a region stays: who joins or is raised takes from colleagues there, who leaves
    leaves to them, in proportion.

    Parameters
    ----------
    own : (rep,) bools
        Whose own row of people changed in what weights hang on.
    """
    reps = board.whole.reps
    assert reps is not None
    now = people.now.astype(float)
    ratio = np.divide(
        people.weight, people.weight_before,
        out=np.ones(len(now)), where=(people.weight_before > 0) & own,
    )  # fmt: skip
    stays = ~people.leaves & ~people.joins & (now > 0)
    count = len(board.whole.leaves)
    street = np.bincount(reps.leaf[stays], weights=now[stays], minlength=count)
    weight = np.bincount(reps.leaf[stays], weights=people.weight[stays], minlength=count)
    left_over = np.bincount(
        reps.leaf[people.leaves], weights=(now - people.sold)[people.leaves], minlength=count
    )
    new = np.bincount(reps.leaf[people.joins], weights=people.weight[people.joins], minlength=count)
    alone = weight <= 0
    street = np.where(alone, np.maximum(left_over, 0.0), street)
    per_weight = street / np.where(alone, np.maximum(new, 1e-12), np.maximum(weight, 1e-12))
    joined = per_weight[reps.leaf] * people.weight
    reference = np.where(stays, now * np.where(ratio > 0, ratio, 1.0), 0.0)
    reference = np.where(people.joins, joined, reference)
    wanted = np.bincount(reps.leaf, weights=reference, minlength=count)
    whole = np.bincount(reps.leaf, weights=now, minlength=count) - np.bincount(
        reps.leaf[people.leaves], weights=people.sold[people.leaves], minlength=count
    )
    part = np.divide(
        np.maximum(whole, 0.0), wanted, out=np.ones(count), where=(wanted > 0) & (whole > 0)
    )
    shared = reference * part[reps.leaf]
    return np.asarray(np.where(people.leaves, np.maximum(now, 1.0), shared))


def period_instance(
    board: Board,
    caps: Caps,
    market: Market,
    goal: float,
    reference: Floats | None,
    locks: list[tuple[int, int, float]],
) -> Instance:
    """Return the planning problem.

    Parameters
    ----------
    board : Board
    caps : Caps
    market : Market
    goal : float
        New total, in units.
    reference : (rep,) floats or None
        In units; None in a regional plan.
    locks : list of (region node, product, amount in units)
        Slices that are moved to an amount; product `ALL` for all.
    """
    whole, unit, at = board.whole, board.unit, board.at
    scale = goal / board.now.sum()
    cells = np.asarray(board.now * (scale * unit), dtype=float)[:, None, :]
    reps = None
    if whole.reps is not None and reference is not None and caps.reps is not None:
        reps = _reps(whole.reps, caps, reference * scale, unit)
    return replace(
        whole,
        periods=(whole.periods[at],),
        goal=goal * unit,
        floor_goal=goal * unit * whole.floor_goal / whole.goal,
        stretch_goal=goal * unit * whole.stretch_goal / whole.goal,
        over_region=0.0,
        reference=cells,
        bands=_no_bands(),
        potentials=_potentials(board, caps, market),
        region_locks=_region_locks(board, market, locks),
        rep_locks=_rep_locks(board),
        reps=reps,
        shut=None,
        placed_low=caps.cells.low[:, None, :] * unit,
        effort=None,
        assumptions=(),
    )


def _reps(reps: Reps, caps: Caps, reference: Floats, unit: float) -> Reps:
    assert caps.reps is not None
    works = reference > 0
    return Reps(
        names=reps.names,
        leaf=reps.leaf,
        team=reps.team,
        weight=reference[:, None],
        reference=(reference * unit)[:, None],
        low=np.where(works, caps.reps.low, 0.0)[:, None] * unit,
        high=np.where(works, caps.reps.high, 0.0)[:, None] * unit,
        group=reps.group,
        floor_ratio=reps.floor_ratio,
        stretch_ratio=reps.stretch_ratio,
    )


def _potentials(board: Board, caps: Caps, market: Market) -> Potentials:
    """Return market limits, and the highest target of each cell as one more."""
    whole, unit = board.whole, board.unit
    rows = _of_period(whole.potentials.slices, board.at)
    given = whole.potentials.slices.at(rows)
    least = np.array([caps.cells.low[mask].sum() for mask in market.cells])
    usable = np.maximum(market.usable, least) * unit
    leaf, product = np.nonzero(board.now > 0)
    most = np.where(
        np.isfinite(caps.cells.high), caps.cells.high, board.now.sum() * 4.0
    )[leaf, product] * unit  # fmt: skip
    slices = Slices(
        period=np.zeros(len(rows) + len(leaf), dtype=np.int64),
        region=np.concatenate([given.region, whole.tree.leaf_node[leaf]]),
        product=np.concatenate([given.product, product]),
    )
    both = np.concatenate([usable, most])
    return Potentials(slices, both, both)


def _region_locks(board: Board, market: Market, moved: list[tuple[int, int, float]]) -> RegionLocks:
    slices = board.whole.region_locks.slices
    rows = _of_period(slices, board.at)
    region = [*slices.region[rows].tolist(), *(node for node, _, _ in moved)]
    product = [*slices.product[rows].tolist(), *(index for _, index, _ in moved)]
    amount = [*market.amount.tolist(), *(units for _, _, units in moved)]
    seen: dict[tuple[int, int], float] = {}
    for place, units in zip(zip(region, product, strict=True), amount, strict=True):
        seen.setdefault(place, units)
    places = np.array(list(seen), dtype=np.int64).reshape(-1, 2)
    period = np.zeros(len(seen), dtype=np.int64)
    return RegionLocks(
        Slices(period, places[:, 0], places[:, 1]),
        np.array(list(seen.values()), dtype=float) * board.unit,
        ("",) * len(seen),
    )


def _rep_locks(board: Board) -> RepLocks:
    """Return the locks on reps of the period; those over all periods less the others."""
    locks, people = board.whole.rep_locks, board.people
    if people is None:
        return locks
    rows = np.flatnonzero((locks.period == board.at) | (locks.period == ALL))
    other = np.where(locks.period[rows] == ALL, people.elsewhere[locks.rep[rows]], 0.0)
    return RepLocks(
        locks.rep[rows],
        np.zeros(len(rows), dtype=np.int64),
        locks.product[rows],
        locks.amount[rows] - other * board.unit,
    )


def _no_bands() -> Bands:
    none = np.zeros(0, dtype=np.int64)
    slices, nothing = Slices(none, none, none), np.zeros(0)
    return Bands((), slices, slices, nothing, nothing, nothing)
