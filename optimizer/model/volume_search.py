"""The small program of the volumes that go with given totals and given cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.pooled_program import add_volumes, mixed_cells
from optimizer.model.pooled_rows import Volumes
from optimizer.model.pools import Pools
from optimizer.model.rules import Rules
from optimizer.model.streets import Cuts, read_cuts
from optimizer.problem.effort import begun_totals
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.solve.program import ProgramBuilder

Miss = tuple[Ints, tuple[Ints, Ints]]
"""Columns of what is missed, and leaf and period of each."""


@dataclass(frozen=True)
class VolumeSearch:
    """The program: least sum of what is missed.

    Attributes
    ----------
    builder : ProgramBuilder
    volumes : Volumes
    misses : tuple of Miss
    scale : float
        What amounts are divided by.
    """

    builder: ProgramBuilder
    volumes: Volumes
    misses: tuple[Miss, ...]
    scale: float


def search_volumes(
    instance: Instance, rules: Rules, pools: Pools, placed: Floats, totals: Floats
) -> VolumeSearch:
    """Return the program for the pools that are not plain.

    Volumes add up to each pool's total, cover what is placed, and leave nobody without the
    light products that the totals need.

    Parameters
    ----------
    placed : (cell,) floats
    totals : (rep, period) floats
    """
    builder = ProgramBuilder()
    scale = instance.ask_total / len(rules.open_cell)
    volumes = add_volumes(builder, instance, rules, pools, scale)
    misses = _cover(
        builder, instance, rules, pools, volumes, placed / scale, instance.cover_give / scale
    )
    _keep_totals(builder, pools, volumes, totals / scale)
    cuts = read_cuts(instance, pools, ~pools.plain)
    needed = light_needed(instance, pools, cuts, totals)
    for level, one in enumerate(cuts.effort):
        misses.append(
            _light_rows(
                builder,
                instance,
                rules,
                pools,
                volumes,
                cuts,
                level,
                float(one),
                needed[:, level] / scale,
            )
        )
    return VolumeSearch(builder, volumes, tuple(misses), scale)


def _cover(
    builder: ProgramBuilder,
    instance: Instance,
    rules: Rules,
    pools: Pools,
    volumes: Volumes,
    placed: Floats,
    give: float,
) -> list[Miss]:
    """Y ≤ Σ X ≤ (1 + o_I) · Y in each cell, and what of it is missed."""
    cell = np.flatnonzero(mixed_cells(rules, pools))
    number = np.full(len(rules.open_cell), -1, dtype=np.int64)
    number[cell] = np.arange(len(cell))
    target = placed[cell]
    rows = builder.add_rows(target, (1.0 + instance.over_rep) * target + give)
    builder.add_entries(rows[number[volumes.cell]], volumes.column, 1.0)
    where = (rules.leaf[cell], rules.period[cell])
    return [(_miss(builder, rows, sign), where) for sign in (1.0, -1.0)]


def _keep_totals(builder: ProgramBuilder, pools: Pools, volumes: Volumes, totals: Floats) -> None:
    """Σ_p X = Σ T in each pool that is not plain."""
    mixed = np.flatnonzero(~pools.plain)
    number = np.full(len(pools.group), -1, dtype=np.int64)
    number[mixed] = np.arange(len(mixed))
    own = totals[pools.item_rep, pools.item_period]
    street: Floats = np.bincount(pools.curves.pool, weights=own, minlength=len(pools.group)).astype(
        float
    )
    sums = builder.add_rows(street[mixed], street[mixed])
    builder.add_entries(sums[number[volumes.pool]], volumes.column, 1.0)


def light_needed(instance: Instance, pools: Pools, cuts: Cuts, totals: Floats) -> Floats:
    """Return Σ_i max(0, e · T − C) of each pool and effort, (pool, level), where it is cut.

    That much Σ_p max(0, e − e[p]) · X must be. Cells that must be count with capacity and
    effort of their own.
    """
    begun, left = (amounts[pools.item_rep, pools.item_period] for amounts in begun_totals(instance))
    more = totals[pools.item_rep, pools.item_period] - begun
    needed = np.zeros(cuts.there.shape)
    for level, effort in enumerate(cuts.effort):
        over = np.maximum(effort * more - left, 0.0)
        sums = np.bincount(pools.curves.pool, weights=over, minlength=len(needed))
        kept = np.zeros(len(needed))
        if instance.volume_low is not None and instance.effort is not None:
            spare = np.maximum(effort - instance.effort, 0.0)
            kept = instance.volume_low[pools.group, pools.period] @ spare
        needed[:, level] = np.where(cuts.there[:, level], sums + kept, 0.0)
    return needed


def _light_rows(
    builder: ProgramBuilder,
    instance: Instance,
    rules: Rules,
    pools: Pools,
    volumes: Volumes,
    cuts: Cuts,
    level: int,
    effort: float,
    needed: Floats,
) -> Miss:
    assert instance.effort is not None
    chosen = np.flatnonzero(cuts.there[:, level])
    number = np.full(len(pools.group), -1, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    rows = builder.add_rows(needed[chosen], np.full(len(chosen), np.inf))
    inside = number[volumes.pool] >= 0
    spare = np.maximum(effort - instance.effort, 0.0)[rules.product[volumes.cell[inside]]]
    builder.add_entries(rows[number[volumes.pool[inside]]], volumes.column[inside], spare)
    return _miss(builder, rows, 1.0), (pools.leaf[chosen], pools.period[chosen])


def _miss(builder: ProgramBuilder, rows: Ints, sign: float) -> Ints:
    zeros = np.zeros(len(rows))
    columns = builder.add_columns(zeros, zeros + np.inf, zeros + 1.0)
    builder.add_entries(rows, columns, sign)
    return columns
