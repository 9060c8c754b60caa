"""The elastic twin of step 1 on region level: the same rules, with limits that may give way.

Only what somebody demands is modelled: where no minimum and no lock asks for anything, nothing
need be placed, and there the ask alone counts. So the program stays small however many people
there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.model.contradiction_ask import (
    Ask,
    add_ask,
    is_everything,
    named_with_product,
)
from optimizer.model.pieces import Pieces
from optimizer.model.pooled_program import add_amounts, add_volumes, mixed_cells
from optimizer.model.pooled_rows import RowAdder
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.problem.instance import ALL, Bools, Floats, Instance, Ints
from optimizer.solve.program import ProgramBuilder, Solution, Solver

FAMILIES = ("band_min", "band_max", "region_lock", "rep_lock", "min", "potential", "capacity")
DEMANDS = FAMILIES[:5]
"""What a planner has decided and may decide otherwise; potential and capacity are facts."""

_COST = {"min": 1.0, "band_min": 1.1, "band_max": 1.1, "region_lock": 1.5, "rep_lock": 1.5}


@dataclass(frozen=True)
class Limits:
    """Limits that may give way, one per row.

    Attributes
    ----------
    family : (limit,) ints
        Position in `FAMILIES`.
    row : (limit,) ints
        Row of the instance's bands, locks or potentials; pool for min and capacity.
    program_row : (limit,) ints
    columns : (limit, 2) ints
        Columns that add to the row, and that take from it; -1 where there is none.
    """

    family: Ints
    row: Ints
    program_row: Ints
    columns: Ints

    def of(self, *families: str) -> Bools:
        """Return which limits belong to some families, shape (limit,)."""
        return np.isin(self.family, [FAMILIES.index(name) for name in families])


@dataclass(frozen=True)
class Elastic:
    """The program, its limits, and a warm solver.

    Attributes
    ----------
    instance, rules, pools
        Of `pools` only those of which something is demanded.
    scale : float
    ask : Ask
    street_low, street_high : (pool,) floats
    limits, solver
    """

    instance: Instance
    rules: Rules
    pools: Pools | None
    scale: float
    ask: Ask
    street_low: Floats
    street_high: Floats
    limits: Limits
    solver: Solver

    def solve(self, free: Ints, most: Sequence[tuple[int, Floats, Floats]] = ()) -> Solution:
        """Find the cheapest way out in which only some limits give way.

        Parameters
        ----------
        free : (number,) ints
            Limits that may give way as far as they like.
        most : sequence of (limit, least, most)
            Limits that give way within bounds, each two scaled amounts: added, taken.
        """
        columns = self.limits.columns
        low, high = np.zeros(columns.shape), np.zeros(columns.shape)
        high[free] = np.inf
        for limit, least, largest in most:
            low[limit], high[limit] = least, largest
        there = columns >= 0
        self.solver.set_bounds(columns[there], low[there], high[there])
        return self.solver.solve()

    def gives(self, found: Solution) -> Floats:
        """Return by how much each limit gives way, scaled, shape (limit, 2)."""
        columns = self.limits.columns
        return np.where(columns >= 0, found.values[columns], 0.0)


def build_elastic(instance: Instance, rules: Rules, pools: Pools | None) -> Elastic:
    """Return the elastic twin of an instance's rules; no rep's min may be over its capacity."""
    demanded = _demanded(rules, pools, instance)
    tied = _tied(instance, rules, pools, demanded)
    carried = np.flatnonzero(rules.carried & (demanded & tied)[rules.leaf, rules.period])
    pools, low, high, strict = _some(pools, demanded, tied)
    builder = ProgramBuilder()
    scale = instance.ask_total / max(len(rules.open_cell), 1)
    ask = add_ask(builder, instance, rules, tied, scale)
    placed = add_amounts(
        builder, rules.placed_low[carried] / scale, rules.placed_high[carried] / scale
    )
    street = add_amounts(builder, np.zeros(len(low)), np.full(len(low), np.inf))
    volumes = add_volumes(builder, instance, rules, strict, scale)
    adder = RowAdder(builder, instance, rules, scale, ask.cell, carried, placed, street, volumes)
    least, most, band_rows = _bands(builder, instance, ask, scale)
    adder.backing()
    potential, region_lock = adder.potential(), adder.region_locks()
    adder.cover_mixed(mixed_cells(rules, strict))
    adder.cover_plain(strict)
    adder.balance(strict)
    rep_lock = adder.rep_locks(strict)
    _back_loose(builder, instance, ask, street, pools)
    minimum = _street_rows(builder, street, low / scale, np.full(len(low), np.inf))
    capacity = _street_rows(builder, street, np.full(len(low), -np.inf), high / scale)
    limits = _limits(
        builder,
        [least, most, region_lock, rep_lock, minimum, potential, capacity],
        {0: band_rows[0], 1: band_rows[1], 5: rules.potential_rows},
    )
    solver = Solver(builder.build(), presolve=False)
    return Elastic(instance, rules, pools, scale, ask, low, high, limits, solver)


def _demanded(rules: Rules, pools: Pools | None, instance: Instance) -> Bools:
    """Return where a minimum or a lock demands something, shape (leaf, period)."""
    demanded = _by_single_cells(instance, rules, pools)
    if pools is not None:
        some = pools.curves.street_low > 0
        demanded[pools.leaf[some], pools.period[some]] = True
    return demanded


def _by_single_cells(instance: Instance, rules: Rules, pools: Pools | None) -> Bools:
    """Return where more than the minimums of people demands something, (leaf, period)."""
    demanded = np.zeros(instance.reference.shape[:2], dtype=bool)
    cells = np.concatenate([rules.region_lock.cell, np.flatnonzero(rules.placed_low > 0)])
    demanded[rules.leaf[cells], rules.period[cells]] = True
    if pools is None or instance.reps is None:
        return demanded
    if instance.volume_low is not None:
        some = (instance.volume_low[pools.group, pools.period] > 0).any(axis=1)
        demanded[pools.leaf[some], pools.period[some]] = True
    locks = instance.rep_locks
    for rep, period in zip(locks.rep, locks.period, strict=True):
        when = slice(None) if period == ALL else period
        demanded[instance.reps.leaf[rep], when] = True
    return demanded


def _tied(instance: Instance, rules: Rules, pools: Pools | None, demanded: Bools) -> Bools:
    """Return where single cells matter, and not only totals over products, (leaf, period)."""
    limited = np.zeros(demanded.shape, dtype=bool)
    cells = np.concatenate([rules.potential.cell, np.flatnonzero(rules.own_potential >= 0)])
    limited[rules.leaf[cells], rules.period[cells]] = True
    if pools is not None:
        limited[pools.leaf[~pools.plain], pools.period[~pools.plain]] = True
    limited |= _by_single_cells(instance, rules, pools)
    return (demanded & limited) | named_with_product(instance)


def _some(
    pools: Pools | None, demanded: Bools, tied: Bools
) -> tuple[Pools | None, Floats, Floats, Pools | None]:
    """Return the pools of which something is demanded, what they can carry, and the tied ones.

    The tied ones come first.
    """
    if pools is None:
        return None, np.zeros(0), np.zeros(0), None
    kept = np.flatnonzero(demanded[pools.leaf, pools.period])
    loose = ~tied[pools.leaf[kept], pools.period[kept]]
    kept = kept[np.argsort(loose, kind="stable")]
    chosen, strict = (
        replace(
            pools,
            group=pools.group[places],
            leaf=pools.leaf[places],
            period=pools.period[places],
            plain=pools.plain[places],
            number=_renumbered(pools.number, places),
        )
        for places in (kept, kept[: int((~loose).sum())])
    )
    return chosen, pools.curves.street_low[kept], pools.curves.street_high[kept], strict


def _back_loose(
    builder: ProgramBuilder, instance: Instance, ask: Ask, street: Pieces, pools: Pools | None
) -> None:
    """S ≤ (1 + o_I) · D in total where only totals matter: Y may lie anywhere between."""
    if pools is None:
        return
    total = ask.total[pools.leaf, pools.period]
    loose = np.flatnonzero(total >= 0)
    rows = builder.add_rows(np.zeros(len(loose)), np.full(len(loose), np.inf))
    builder.add_entries(rows, total[loose], 1.0 + instance.over_rep)
    builder.add_entries(rows, street.columns[loose, 0], -1.0)


def _renumbered(number: Ints, kept: Ints) -> Ints:
    new = np.full(int(number.max(initial=-1)) + 2, -1, dtype=np.int64)
    new[kept] = np.arange(len(kept))
    return np.asarray(new[number])


def _bands(
    builder: ProgramBuilder, instance: Instance, ask: Ask, scale: float
) -> tuple[Ints, Ints, tuple[Ints, Ints]]:
    """Add bands; a share of everything needs no sum over everything, which is known."""
    bands, everything = instance.bands, is_everything(instance)
    rows = []
    chosen = (np.flatnonzero(bands.low > 0), np.flatnonzero(np.isfinite(bands.high)))
    for kept, share, sign in zip(chosen, (bands.low, bands.high), (1.0, -1.0), strict=True):
        known = np.where(everything, sign * share, 0.0)[kept] * instance.ask_total / scale
        added = builder.add_rows(known, np.full(len(kept), np.inf))
        number = np.full(len(bands.low), -1, dtype=np.int64)
        number[kept] = added
        inside = number[ask.part.row] >= 0
        builder.add_entries(number[ask.part.row[inside]], ask.part.cell[inside], sign)
        inside = number[ask.whole.row] >= 0
        above = ask.whole.row[inside]
        builder.add_entries(number[above], ask.whole.cell[inside], -sign * share[above])
        rows.append(added)
    return rows[0], rows[1], chosen


def _street_rows(builder: ProgramBuilder, street: Pieces, low: Floats, high: Floats) -> Ints:
    rows = builder.add_rows(low, high)
    builder.add_entries(rows, street.columns[:, 0], 1.0)
    return rows


def _limits(builder: ProgramBuilder, rows: list[Ints], own_rows: dict[int, Ints]) -> Limits:
    """Add a column for each way in which a limit may give; `rows` in the order of `FAMILIES`."""
    signs = ((1.0,), (1.0,), (1.0, -1.0), (1.0, -1.0), (1.0,), (-1.0,), (-1.0,))
    family, row, columns = [], [], []
    for number, (name, places, ways) in enumerate(zip(FAMILIES, rows, signs, strict=True)):
        own = np.full((len(places), 2), -1, dtype=np.int64)
        for sign in ways:
            nothing = np.zeros(len(places))
            cost = np.full(len(places), _COST.get(name, 1.0))
            column = builder.add_columns(nothing, nothing, cost)
            builder.add_entries(places, column, sign)
            own[:, 0 if sign > 0 else 1] = column
        family.append(np.full(len(places), number))
        row.append(own_rows.get(number, np.arange(len(places))))
        columns.append(own)
    return Limits(
        np.concatenate(family), np.concatenate(row), np.concatenate(rows), np.vstack(columns)
    )
