"""Why no plan exists: the same rules with a give, and which of them must use it.

The elastic twin of step 1: share bands, region minimums, potentials and locks may each be
missed at a price per unit; the cheapest way out names the rules that contradict each other
and by how much they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimizer.errors import Change, ContradictionError, SolverError
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.model.pooled_program import PooledProgram, build_program
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import Rules, read_rules
from optimizer.problem.instance import Floats, Instance, Ints, Reps
from optimizer.problem.whole import ceil_units
from optimizer.solve.program import Solver

_GIVE = {"band": 1.0, "potential": 2.0, "lock": 1.5, "min": 1.0}
"""What a unit of give costs: potentials are facts, so they give last."""

_NEGLIGIBLE = 1e-7


def explain_contradiction(instance: Instance, rules: Rules) -> ContradictionError:
    """Return the error that says which changes would make a plan possible."""
    changes = _elastic_changes(instance, rules)
    if not changes:
        raise SolverError(
            "HiGHS finds no plan, but a plan as soon as any limit may be missed by nothing: "
            "some share or amount is too small beside the others for its accuracy."
        )
    return ContradictionError(changes)


def check_limits(instance: Instance) -> None:
    """Refuse a market without one open cell, and reps with a minimum over their capacity.

    Raises
    ------
    ContradictionError
    """
    if not (instance.reference > 0).any():
        raise ContradictionError([_no_market(instance)])
    crossed = _crossed_limits(instance)
    if crossed and instance.reps is not None:
        lowered = replace(instance.reps, low=np.minimum(instance.reps.low, instance.reps.high))
        mended = replace(instance, reps=lowered)
        raise ContradictionError([*crossed, *_elastic_changes(mended, read_rules(mended))])


def _no_market(instance: Instance) -> Change:
    goal = instance.goal
    text = (
        f"nothing can be asked anywhere: each cell has a share or a potential of 0, against a "
        f"goal of {goal:,.10g}: open at least one region, product and period"
    )
    return Change("goal", "equal", "*", "*", "*", "*", goal, goal, text)


def _crossed_limits(instance: Instance) -> list[Change]:
    reps = instance.reps
    if reps is None:
        return []
    rows, periods = np.nonzero(reps.low > reps.high + _NEGLIGIBLE * instance.unit)
    return [
        _crossed(instance, reps, int(rep), int(period))
        for rep, period in zip(rows, periods, strict=True)
    ]


def _crossed(instance: Instance, reps: Reps, rep: int, period: int) -> Change:
    low, high = float(reps.low[rep, period]), float(reps.high[rep, period])
    name, label = reps.names[rep], instance.periods[period]
    region = instance.leaves[reps.leaf[rep]]
    if reps.reference[rep, period] <= 0:
        why = "nothing can be given there: no weight, or no product that is open in the region"
    else:
        why = f"the usable capacity is {high:,.10g}"
    text = (
        f"{name} {label}: the minimum is {low:,.10g} but {why}: "
        f"lower the minimum by {low - high:,.10g}, or raise the capacity by as much"
    )
    return Change("min", "min", label, region, "*", name, low, low - high, text)


def _elastic_changes(instance: Instance, rules: Rules) -> list[Change]:
    relaxed, minimums = _without_minimums(instance)
    pools = read_pools(relaxed, rules)
    program = build_program(relaxed, rules, pools)
    builder, rows = program.builder, program.rows
    gives = [
        ("band", rows.band_min, 1.0, "min"),
        ("band", rows.band_max, 1.0, "max"),
        ("band", rows.band_min, -1.0, "max"),
        ("potential", rows.potential, -1.0, "max"),
        ("lock", rows.region_lock, 1.0, "region"),
        ("lock", rows.region_lock, -1.0, "region"),
        ("lock", rows.rep_lock, 1.0, "rep"),
        ("lock", rows.rep_lock, -1.0, "rep"),
    ]
    columns = []
    for family, positions, sign, _ in gives:
        column = _add_give(program, len(positions), _GIVE[family], np.inf)
        builder.add_entries(positions, column, sign)
        columns.append(column)
    low_give = _elastic_minimums(program, pools, minimums)
    found = Solver(builder.build()).solve()
    if not found.feasible:
        raise SolverError("No plan exists, and no change of one limit alone makes one possible.")
    changes: list[Change] = []
    for (family, _, sign, side), column in zip(gives, columns, strict=True):
        for row, amount in _amounts(instance, program, found.values[column]):
            row = int(rules.potential_rows[row]) if family == "potential" else row
            changes.append(_change(instance, family, side, row, sign, amount))
    if pools is not None:
        for pool, amount in _amounts(instance, program, found.values[low_give]):
            changes.append(_minimum_change(instance, pools, pool, amount))
    return changes


def _amounts(
    instance: Instance, program: PooledProgram, values: Floats
) -> Iterator[tuple[int, float]]:
    """Yield which rules give way and by how much, rounded up to the unit."""
    amounts = values * program.scale
    for row in np.flatnonzero(amounts > _NEGLIGIBLE * max(program.scale, instance.unit)):
        yield int(row), float(ceil_units(amounts[row], instance.unit))


def _without_minimums(instance: Instance) -> tuple[Instance, Floats]:
    if instance.reps is None:
        return instance, np.zeros((0, 0))
    free = replace(instance.reps, low=np.zeros_like(instance.reps.low))
    return replace(instance, reps=free), instance.reps.low


def _add_give(program: PooledProgram, number: int, price: float, most: float) -> Ints:
    return program.builder.add_columns(
        np.zeros(number), np.full(number, most), np.full(number, price)
    )


def _elastic_minimums(program: PooledProgram, pools: Pools | None, minimums: Floats) -> Ints:
    """Add S + give ≥ Σ min per pool."""
    if pools is None:
        return np.zeros(0, dtype=np.int64)
    number = len(pools.group)
    wanted = np.bincount(
        pools.curves.pool,
        weights=minimums[pools.item_rep, pools.item_period],
        minlength=number,
    )
    give = _add_give(program, number, _GIVE["min"], np.inf)
    rows = program.builder.add_rows(wanted / program.scale, np.full(number, np.inf))
    columns = program.street.columns
    program.builder.add_entries(np.repeat(rows, columns.shape[1]), columns.ravel(), 1.0)
    program.builder.add_entries(rows, give, 1.0)
    return give


def _change(
    instance: Instance, family: str, side: str, row: int, sign: float, amount: float
) -> Change:
    if family == "band":
        return _band_change(instance, side, row, amount)
    if family == "potential":
        return _potential_change(instance, row, amount)
    raise_it = sign < 0
    word = "raise" if raise_it else "lower"
    if side == "rep":
        period, region, product, rep = rep_lock_names(instance, row)
        limit = float(instance.rep_locks.amount[row])
        owner = f"rep {rep}"
    else:
        period, region, product = slice_names(instance, instance.region_locks.slices, row)
        rep, limit = "*", float(instance.region_locks.amount[row])
        owner = f"region {region}"
    text = f"lock on {owner}, {_where(period, product)}: {word} {limit:,.10g} by {amount:,.10g}"
    return Change("lock", "equal", period, region, product, rep, limit, amount, text)


def _band_change(instance: Instance, side: str, row: int, amount: float) -> Change:
    bands = instance.bands
    period, region, product = slice_names(instance, bands.part, row)
    limit = float(bands.low[row] if side == "min" else bands.high[row])
    points = amount / instance.ask_total
    word, name = ("lower", "least") if side == "min" else ("raise", "largest")
    what = {
        "period_share": f"period {period}",
        "product_share": f"product {product}",
        "region_share": f"region {region}",
        "share": f"slice {period} {region} {product}",
    }[bands.kind[row]]
    text = (
        f"{what}: {word} the {name} share of {limit:.4%} so far that it gives way by "
        f"{amount:,.10g} ({points:.2%} of the goal)"
    )
    return Change(bands.kind[row], side, period, region, product, "*", limit, amount, text)


def _potential_change(instance: Instance, wide: int, amount: float) -> Change:
    period, region, product = slice_names(instance, instance.potentials.slices, wide)
    limit = float(instance.potentials.given[wide])
    text = (
        f"potential of region {region}, {_where(period, product)}: the usable part of "
        f"{limit:,.10g} must be {amount:,.10g} higher"
    )
    return Change("potential", "max", period, region, product, "*", limit, amount, text)


def _minimum_change(instance: Instance, pools: Pools, pool: int, amount: float) -> Change:
    reps = instance.reps
    assert reps is not None
    inside = pools.curves.pool == pool
    low = reps.low[pools.item_rep[inside], pools.item_period[inside]]
    limit, count = float(low.sum()), int((low > 0).sum())
    region = instance.leaves[pools.leaf[pool]]
    period = instance.periods[pools.period[pool]]
    text = (
        f"{region} {period}: minimums of {count} reps sum to {limit:,.10g}, at most "
        f"{limit - amount:,.10g} may be given to them: lower them by {amount:,.10g}, or let "
        f"more be asked of the region"
    )
    return Change("min", "min", period, region, "*", "*", limit, amount, text)


def _where(period: str, product: str) -> str:
    named = [label for label in (period, product) if label != "*"]
    return " ".join(named) if named else "in all"
