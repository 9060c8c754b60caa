"""Regional cells in whole units: first regions by periods, then products within them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.members import Entries
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results.chained import chain_cells
from optimizer.results.nearest import Nearest
from optimizer.results.people_room import Room, keeps_room
from optimizer.results.whole_people import keep_people, keep_years, within_street
from optimizer.results.whole_rules import (
    Frame,
    keep_ask_total,
    keep_backing,
    keep_bands,
    keep_near_slices,
    keep_near_tree,
    keep_placed_total,
    keep_row_bands,
    keep_row_slices,
    keeps_backing,
    keeps_bands,
    no_whole_plan,
    whole_ask,
    whole_most,
)

ROW_WEIGHT = 60.0
"""How dear it is to leave the whole total of a region and period again."""

_NEAR_ENOUGH = 1000.0
"""What whole numbers within effort may cost more than the best: less than a unit placed."""

_NODES = 10
"""How long a search for them may be: rows of effort are no network, and searches long."""

CHAINED = 20_000
"""Open cells beyond which no program rounds them, as long as a walk keeps all limits."""


@dataclass(frozen=True)
class WholeCells:
    """Ask and placed in whole units, each (leaf, period, product)."""

    ask: Ints
    placed: Ints


def round_cells(
    instance: Instance,
    rules: Rules,
    pools: Pools | None,
    ask: Floats,
    placed: Floats,
    placed_most: float,
    room: Room | None = None,
) -> WholeCells:
    """Return whole ask and placed nearest to the exact ones within all limits.

    Where all that is asked is placed, both are one; else what is placed is rounded first
    and the ask above it. Limits that leave no way for one after the other are met by
    rounding both at once. A stretch plan is rounded without an ask of its own.

    Parameters
    ----------
    ask, placed : (leaf, period, product) floats
    placed_most : float
        What can be placed at most, exactly; no rounding goes beyond it.
    room : Room, optional
        What effort and year limits of people leave.

    Raises
    ------
    ContradictionError
        Where no whole numbers keep all limits.
    """
    frame = Frame(instance, rules, pools, placed_most / instance.unit, room)
    exact_ask, exact_placed = (
        cube.ravel()[rules.open_cell] / instance.unit for cube in (ask, placed)
    )
    same = np.allclose(exact_ask, exact_placed, rtol=1e-9, atol=1e-6)
    if len(exact_ask) > CHAINED and (pools is None or pools.plain.all()):
        chained = _chain(frame, exact_placed if same else exact_ask, exact_placed, same=same)
        if chained is not None:
            return chained
    if same:
        both = _round_placed(frame, exact_placed, banded=True)
        if both is not None and both.sum() == whole_ask(instance):
            return WholeCells(_cube(frame, both), _cube(frame, both))
    whole = _round_placed(frame, exact_placed, banded=False)
    if whole is not None and instance.is_stretch:
        return WholeCells(_cube(frame, whole), _cube(frame, whole))
    asked = None if whole is None else _round_ask(frame, exact_ask, whole)
    if whole is None or asked is None:
        asked, whole = _round_together(frame, exact_ask, exact_placed)
    return WholeCells(_cube(frame, asked), _cube(frame, whole))


def _chain(frame: Frame, ask: Floats, placed: Floats, *, same: bool) -> WholeCells | None:
    """Round by a walk along the tree; None where that breaks a limit."""
    instance, rules = frame.instance, frame.rules
    everywhere = np.zeros(frame.rows), np.full(frame.rows, np.inf)
    streets = within_street(frame, *everywhere)
    total = whole_ask(instance) if same else whole_most(frame)
    whole = chain_cells(instance, rules, placed, _placed_limits(frame), streets, total)
    if whole is None or not keeps_backing(frame, whole):
        return None
    if frame.room is not None and not keeps_room(frame.room, _cube(frame, whole)):
        return None
    asked = whole
    if not same and not instance.is_stretch:
        limits = whole.astype(float), np.full(len(whole), np.inf)
        wanted = np.maximum(ask, whole)
        found = chain_cells(instance, rules, wanted, limits, everywhere, whole_ask(instance))
        if found is None:
            return None
        asked = found
    if not instance.is_stretch and not keeps_bands(frame, asked):
        return None
    return WholeCells(_cube(frame, asked), _cube(frame, whole))


def _round_placed(frame: Frame, exact: Floats, *, banded: bool) -> Ints | None:
    """Round what is placed; `banded` where it is the ask as well."""
    low, high = _placed_limits(frame)
    rows = _round_rows(frame, exact, low, high, backed=True, banded=banded)
    if rows is None:
        return None
    cells = Nearest(exact, low, high, np.ones(len(exact), dtype=bool))
    keep_placed_total(frame, cells, np.arange(len(exact)))
    _keep_rows_and_products(frame, cells, exact, rows)
    keep_backing(frame, cells, 0)
    keep_people(frame, cells, 0)
    if banded:
        _keep_cell_bands(frame, cells)
    return _search(frame, cells)


def _search(frame: Frame, problem: Nearest) -> Ints | None:
    """Solve a problem that keeps what effort leaves room for, which makes searches long.

    Reps lose up to a unit each to effort, so a unit of a region and period is not searched for.
    """
    if frame.room is None or not len(frame.room.high):
        return problem.solve()
    return problem.solve(gap=_NEAR_ENOUGH, most_nodes=_NODES, may_lose=frame.rows)


def _round_ask(frame: Frame, exact: Floats, placed: Ints) -> Ints | None:
    """Round the ask, nowhere below what is placed."""
    wanted = np.maximum(exact, placed)
    low, high = placed.astype(float), np.full(len(exact), np.inf)
    rows = _round_rows(frame, wanted, low, high, backed=False, banded=True)
    if rows is None:
        return None
    cells = Nearest(wanted, low, high, np.zeros(len(exact), dtype=bool))
    keep_ask_total(frame, cells, np.arange(len(exact)))
    _keep_rows_and_products(frame, cells, wanted, rows)
    _keep_cell_bands(frame, cells)
    return cells.solve()


def _round_together(frame: Frame, ask: Floats, placed: Floats) -> tuple[Ints, Ints]:
    """Round ask and placed in one program, for limits that leave no other way."""
    count = len(ask)
    low, high = _placed_limits(frame)
    free = np.full(count, np.inf)
    both = Nearest(
        np.concatenate([ask, placed]),
        np.concatenate([np.zeros(count), low]),
        np.concatenate([free, high]),
        np.repeat([False, True], count),
    )
    every = np.arange(count)
    backed = both.add_rows(np.zeros(count), free)
    both.put(backed, Entries(every, every), 1.0)
    both.put(backed, Entries(every, every + count), -1.0)
    keep_ask_total(frame, both, every)
    keep_placed_total(frame, both, every + count)
    _keep_products(frame, both, ask)
    keep_backing(frame, both, count)
    keep_people(frame, both, count)
    _keep_cell_bands(frame, both)
    found = _search(frame, both)
    if found is None:
        raise no_whole_plan(frame.instance)
    return found[:count], found[count:]


def _round_rows(
    frame: Frame, exact: Floats, low: Floats, high: Floats, *, backed: bool, banded: bool
) -> Ints | None:
    """Round the totals of regions by periods, keeping the tree's totals near."""
    row, rows = frame.row_of_cell, frame.rows
    total: Floats = np.bincount(row, weights=exact, minlength=rows).astype(float)
    least: Floats = np.bincount(row, weights=low, minlength=rows).astype(float)
    most: Floats = np.bincount(row, weights=np.minimum(high, 2.0**53), minlength=rows).astype(float)
    if backed:
        least, most = within_street(frame, least, most)
    totals = Nearest(total, least, np.maximum(most, least), np.full(rows, backed))
    leaf, period = np.divmod(np.arange(rows), len(frame.instance.periods))
    keep_near_tree(frame, totals, total, leaf, period, len(frame.instance.periods), plain=True)
    if backed:
        keep_placed_total(frame, totals, np.arange(rows))
        keep_row_slices(frame, totals)
        keep_years(frame, totals, leaf, 0)
    else:
        keep_ask_total(frame, totals, np.arange(rows))
    if banded:
        keep_row_bands(frame, totals)
    return totals.solve()


def _placed_limits(frame: Frame) -> tuple[Floats, Floats]:
    rules, unit = frame.rules, frame.instance.unit
    low = np.rint(rules.placed_low / unit)
    high = np.where(rules.carried, np.rint(rules.placed_high / unit), 0.0)
    return low, np.maximum(high, low)


def _keep_rows_and_products(frame: Frame, cells: Nearest, exact: Floats, rows: Ints) -> None:
    in_row = Entries(frame.row_of_cell, np.arange(len(exact)))
    cells.keep_near(in_row, rows.astype(float), ROW_WEIGHT)
    _keep_products(frame, cells, exact)
    keep_near_slices(frame, cells, exact)


def _keep_products(frame: Frame, cells: Nearest, exact: Floats) -> None:
    products = len(frame.instance.products)
    if products > 1:
        leaf, product = frame.rules.leaf, frame.rules.product
        keep_near_tree(frame, cells, exact, leaf, product, products, plain=False)


def _keep_cell_bands(frame: Frame, cells: Nearest) -> None:
    rules = frame.rules
    chosen = np.arange(len(frame.instance.bands.low))
    keep_bands(frame, cells, rules.band_part, rules.band_whole, chosen)


def _cube(frame: Frame, values: Ints) -> Ints:
    cube = np.zeros(frame.instance.reference.size, dtype=np.int64)
    cube[frame.rules.open_cell] = values
    return cube.reshape(frame.instance.reference.shape)
