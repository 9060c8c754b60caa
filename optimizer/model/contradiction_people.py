"""Contradictions of limits over all periods, and of effort: which must give way, by how much.

Asked only where all other rules agree with each other. Then lower minimums, lower locks and
wider limits over all periods always make a plan possible, and a linear program finds the least
sum of such moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.errors import Change, Part
from optimizer.model.contradiction_words import amount_text, percent
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.model.pieces import Pieces
from optimizer.model.pooled_program import add_amounts, add_volumes, mixed_cells
from optimizer.model.pooled_rows import RowAdder
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.streets import Streets, every_street
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.problem.whole import ceil_units, floor_units
from optimizer.solve.program import ProgramBuilder, Solver

_COSTS = {"min": 1.0, "year_min": 1.0, "year_max": 1.2, "rep_lock": 1.5, "region_lock": 1.5}
_NEGLIGIBLE = 1e-6
"""Part of a typical cell by which a move counts as none."""


@dataclass(frozen=True)
class _Moves:
    """By how much limits move, in the scenario's unit.

    Attributes
    ----------
    minimum : (street,) floats
    year_min, year_max : (kind,) floats
    rep_lock, region_lock : (lock,) floats
        What a lock rises by; below 0 it falls.
    """

    minimum: Floats
    year_min: Floats
    year_max: Floats
    rep_lock: Floats
    region_lock: Floats


def people_changes(instance: Instance, rules: Rules, pools: Pools | None) -> list[Change]:
    """Return the changes that make a plan possible; none where these limits are not at fault."""
    reps = instance.reps
    if pools is None or reps is None:
        return []
    streets = every_street(instance, pools)
    moves = _least_moves(instance, rules, pools, streets)
    if moves is None:
        return []
    return [
        *_minimums(instance, pools, streets, moves.minimum),
        *_years(instance, streets, moves),
        *_locks(instance, moves),
    ]


def _least_moves(instance: Instance, rules: Rules, pools: Pools, streets: Streets) -> _Moves | None:
    builder = ProgramBuilder()
    scale = instance.ask_total / len(rules.open_cell)
    limits = _rows(builder, instance, rules, pools, streets, scale)
    ways = (
        ("min", 1.0), ("year_min", 1.0), ("year_max", -1.0),
        ("rep_lock", 1.0), ("rep_lock", -1.0), ("region_lock", 1.0), ("region_lock", -1.0),
    )  # fmt: skip
    columns = [_give(builder, limits[name], sign, _COSTS[name]) for name, sign in ways]
    found = Solver(builder.build()).solve()
    if not found.feasible:
        return None
    moved = [np.maximum(found.values[own], 0.0) * scale for own in columns]
    still = _NEGLIGIBLE * scale
    moved = [np.where(amount > still, amount, 0.0) for amount in moved]
    return _Moves(moved[0], moved[1], moved[2], moved[4] - moved[3], moved[6] - moved[5])


def _rows(
    builder: ProgramBuilder,
    instance: Instance,
    rules: Rules,
    pools: Pools,
    streets: Streets,
    scale: float,
) -> dict[str, Ints]:
    """Add all rules, and return the rows of those that may give way."""
    cells = len(rules.open_cell)
    ask = builder.add_columns(np.zeros(cells), np.full(cells, np.inf), np.zeros(cells))
    carried = np.flatnonzero(rules.carried)
    least = rules.placed_low[carried] / scale
    placed = add_amounts(builder, least, rules.placed_high[carried] / scale)
    room = np.minimum(streets.curves.street_high - streets.begin, 4.0 * instance.ask_total)
    street = add_amounts(builder, np.zeros(len(room)), np.maximum(room, 0.0) / scale)
    volumes = add_volumes(builder, instance, rules, pools, scale)
    adder = RowAdder(
        builder, instance, rules, scale, ask, carried, placed, street, volumes, streets.pool
    )
    adder.goal()
    adder.bands()
    adder.backing()
    adder.potential()
    adder.cover_mixed(mixed_cells(rules, pools))
    adder.cover_plain(pools)
    adder.balance(pools)
    adder.efforts(pools, streets)
    low = (streets.curves.street_low - streets.begin) / scale
    minimum = builder.add_rows(low, np.full(len(low), np.inf))
    builder.add_entries(minimum, street.columns[:, 0], 1.0)
    year_min, year_max = _year_rows(builder, instance, streets, street, scale)
    return {
        "min": minimum,
        "year_min": year_min,
        "year_max": year_max,
        "rep_lock": adder.rep_locks(pools),
        "region_lock": adder.region_locks(),
    }


def _give(builder: ProgramBuilder, rows: Ints, sign: float, cost: float) -> Ints:
    zeros = np.zeros(len(rows))
    columns = builder.add_columns(zeros, zeros + np.inf, zeros + cost)
    builder.add_entries(rows, columns, sign)
    return columns


def _year_rows(
    builder: ProgramBuilder, instance: Instance, streets: Streets, street: Pieces, scale: float
) -> tuple[Ints, Ints]:
    """Add both sides of the limits over all periods, each by itself, one row per kind."""
    reps = instance.reps
    assert reps is not None
    one, members = streets.kinds()
    if reps.total_low is None or reps.total_high is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    low, high = members * reps.total_low[one] / scale, members * reps.total_high[one] / scale
    own = np.flatnonzero(streets.kind >= 0)
    free = np.full(len(one), np.inf)
    both = builder.add_rows(low, free), builder.add_rows(-free, high)
    for rows in both:
        builder.add_entries(rows[streets.kind[own]], street.columns[own, 0], 1.0)
    return both


def _minimums(
    instance: Instance, pools: Pools, streets: Streets, moved: Floats
) -> Iterator[Change]:
    """Tell what becomes of minimums, one change per region and period."""
    reps, curves, unit = instance.reps, streets.curves, instance.unit
    assert reps is not None
    room = np.maximum(curves.street_low - streets.begin, 0.0)
    part = np.divide(moved, room, out=np.zeros_like(room), where=room > 0)
    given = (curves.low - streets.base) * part[curves.pool]
    lower = np.zeros(reps.low.shape)
    np.add.at(lower, (streets.item_rep, streets.item_period), given)
    for leaf, period in sorted({
        (int(reps.leaf[rep]), int(when)) for rep, when in np.argwhere(lower > 0)
    }):  # fmt: skip
        members = np.flatnonzero((reps.leaf == leaf) & (lower[:, period] > 0))
        before = reps.low[members, period]
        after = np.maximum(floor_units(before - lower[members, period], unit), 0.0)
        parts = tuple(
            Part(reps.names[rep], float(old), float(new))
            for rep, old, new in zip(members, before, after, strict=True)
        )
        name = parts[0].rep if len(parts) == 1 else "*"
        old, new = float(before.sum()), float(after.sum())
        who = (
            f"the minimum of {name} is" if name != "*" else f"minimums of {len(parts)} reps sum to"
        )
        text = (
            f"{instance.leaves[leaf]} {instance.periods[period]}: {who} {amount_text(old)}, but "
            f"what their products take of capacity, and their limits over all periods, leave "
            f"{amount_text(new)}: lower by {amount_text(old - new)}"
        )
        yield Change(
            "min", "min", instance.periods[period], instance.leaves[leaf], "*", name,
            old, old - new, text, new, parts,
        )  # fmt: skip


def _years(instance: Instance, streets: Streets, moves: _Moves) -> Iterator[Change]:
    """Tell what becomes of limits over all periods, rep by rep."""
    reps, unit = instance.reps, instance.unit
    assert reps is not None
    _, members = streets.kinds()
    for rep in np.flatnonzero(streets.rep_kind >= 0).tolist():
        kind = streets.rep_kind[rep]
        lower, raised = moves.year_min[kind] / members[kind], moves.year_max[kind] / members[kind]
        if lower > 0 and reps.total_low is not None:
            old = float(reps.total_low[rep])
            new = max(float(floor_units(np.array(old - lower), unit)), 0.0)
            yield _least_change(instance, rep, old, new)
        if raised > 0 and reps.total_high is not None:
            old = float(reps.total_high[rep])
            yield _most_change(instance, rep, old, float(ceil_units(np.array(old + raised), unit)))


def _least_change(instance: Instance, rep: int, old: float, new: float) -> Change:
    reps = instance.reps
    assert reps is not None
    name = reps.names[rep]
    text = (
        f"{name}: min_total is {amount_text(old)}, but other limits leave {amount_text(new)} "
        f"over all periods: lower it by {amount_text(old - new)}"
    )
    region = instance.leaves[reps.leaf[rep]]
    return Change("year", "min", "*", region, "*", name, old, old - new, text, new)


def _most_change(instance: Instance, rep: int, old: float, new: float) -> Change:
    reps = instance.reps
    assert reps is not None and reps.total_given is not None
    name, given, region = reps.names[rep], reps.total_given, instance.leaves[reps.leaf[rep]]
    needs = f"{name}: minimums and locks need {amount_text(new)} over all periods, but "
    if not given.by_growth[rep]:
        text = f"{needs}max_total is {amount_text(old)}: raise it by {amount_text(new - old)}"
        return Change("year", "max", "*", region, "*", name, old, new - old, text, new)
    before = float(given.before[rep])
    text = (
        f"{needs}max_growth on {amount_text(before)} of the year before allows {amount_text(old)}"
    )
    growth = None
    if before > 0:
        growth = float(np.ceil((new / before - 1.0) * 1e6 - 1e-6) / 1e6)
        text += f": raise max_growth to {percent(growth)}"
    else:
        text += ": leave max_growth blank"
    return Change("growth", "max", "*", region, "*", name, old, new - old, text, growth)


def _locks(instance: Instance, moves: _Moves) -> Iterator[Change]:
    """Tell what becomes of locks."""
    unit = instance.unit
    owned = (
        (moves.rep_lock, instance.rep_locks.amount, True),
        (moves.region_lock, instance.region_locks.amount, False),
    )
    for moved, amounts, personal in owned:
        for row in np.flatnonzero(moved != 0.0).tolist():
            old, exact = float(amounts[row]), amounts[row] + moved[row]
            whole = floor_units(exact, unit) if moved[row] < 0 else ceil_units(exact, unit)
            new = max(float(whole), 0.0)
            place = (
                rep_lock_names(instance, row)
                if personal
                else (*slice_names(instance, instance.region_locks.slices, row), "*")
            )
            named = " ".join(label for label in place[::-1] if label != "*")
            text = (
                f"{named}: locked to {amount_text(old)}, but what people's products take of "
                f"capacity, and their limits over all periods, leave {amount_text(new)}: "
                f"change the lock by {amount_text(new - old)}"
            )
            yield Change("lock", "equal", *place, old, abs(new - old), text, new)
