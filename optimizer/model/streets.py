"""Street variables of the pooled program: the parts into which it cuts the totals of pools.

Mostly a pool has one street total. Two rules tell its people apart:

- a limit over all periods: people who would break theirs get streets of their own, so that a
  row can add up their periods; people who are alike in all numbers share one, and stay equal;
- effort: a rep who carries more than C/e needs products lighter than e. So totals are cut at
  C/e for every effort e that is sold, and a street holds the parts between two cuts. Later
  parts are dearer, and stand in every row in which earlier ones stand: they are filled last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer.model.alike import alike
from optimizer.model.curves import Curves, build_curves
from optimizer.model.pools import Pools, spread_effort
from optimizer.problem.effort import begun_totals, reach
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable


@dataclass(frozen=True)
class Cuts:
    """Where effort cuts the totals of pools.

    Attributes
    ----------
    effort : (level,) floats
        The efforts of products, falling: a higher one cuts sooner.
    there : (pool, level) bools
        Whether a pool is cut there.
    number : (pool, level) ints
        How many cuts of the pool lie at or below that one.
    """

    effort: Floats
    there: Bools
    number: Ints


@dataclass(frozen=True)
class Streets:
    """Parts of the totals of pools.

    Attributes
    ----------
    pool : (street,) ints
    cut : (street,) ints
        How many cuts lie below the part.
    kind : (street,) ints
        Kind of people whose limits over all periods have a row; -1 for all others.
    rep_kind : (rep,) ints
        The same of each rep.
    cuts : Cuts
    item_rep, item_period : (item,) ints
    base : (item,) floats
        Where the part of each item begins.
    begin : (street,) floats
        Σ base.
    curves : Curves
        One per street; its items are totals cut to the part, so the part holds the curve's
        street less `begin`.
    """

    pool: Ints
    cut: Ints
    kind: Ints
    rep_kind: Ints
    cuts: Cuts
    item_rep: Ints
    item_period: Ints
    base: Floats
    begin: Floats
    curves: Curves

    def totals(self, amount: Floats, shape: tuple[int, ...]) -> Floats:
        """Return T, (rep, period), for given amounts of the streets, (street,)."""
        every = np.arange(len(self.pool))
        targets = self.curves.targets(self.curves.multiple(every, amount + self.begin))
        totals = np.zeros(shape)
        np.add.at(totals, (self.item_rep, self.item_period), targets - self.base)
        return totals

    def kinds(self) -> tuple[Ints, Ints]:
        """Return one rep of each kind with a row, and how many there are, (kind,) each."""
        limited = np.flatnonzero(self.rep_kind >= 0)
        _, first, members = np.unique(self.rep_kind[limited], return_index=True, return_counts=True)
        return limited[first], members


@dataclass(frozen=True)
class _Parts:
    """Items between two cuts."""

    item: Ints
    low: Floats
    high: Floats
    cut: Ints


def every_street(instance: Instance, pools: Pools) -> Streets:
    """Return streets with which a program keeps all effort, and everybody's year."""
    reps = instance.reps
    assert reps is not None
    limited = np.zeros(len(reps.leaf), dtype=bool)
    if reps.total_low is not None and reps.total_high is not None:
        limited = (reps.total_low > 0) | np.isfinite(reps.total_high)
    spread = spread_effort(instance)[pools.group, pools.period]
    return read_streets(instance, pools, limited, spread & ~pools.plain)


def read_streets(instance: Instance, pools: Pools, limited: Bools, cut: Bools) -> Streets:
    """Return the streets of pools.

    Parameters
    ----------
    limited : (rep,) bools
        Whose limits over all periods have a row.
    cut : (pool,) bools
        Which pools are cut by effort.
    """
    rep_kind = np.full(len(limited), -1, dtype=np.int64)
    chosen = np.flatnonzero(limited)
    if len(chosen):
        rep_kind[chosen] = alike(instance, chosen)
    cuts = read_cuts(instance, pools, cut)
    if not len(chosen) and not cuts.there.any():
        every, zeros = np.arange(len(pools.group)), np.zeros(len(pools.item_rep))
        return Streets(
            every, np.zeros_like(every), np.full_like(every, -1), rep_kind, cuts,
            pools.item_rep, pools.item_period, zeros, np.zeros(len(every)), pools.curves,
        )  # fmt: skip
    return _parted(instance, pools, rep_kind, cuts)


def _parted(instance: Instance, pools: Pools, rep_kind: Ints, cuts: Cuts) -> Streets:
    parts = list(_parts(instance, pools, cuts))
    item, below = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("item", "cut")
    )
    base, end = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("low", "high")
    )
    pool, kind = pools.curves.pool[item], rep_kind[pools.item_rep[item]]
    kinds, depth = int(rep_kind.max(initial=-1)) + 2, int(below.max(initial=0)) + 1
    key = (pool * kinds + kind + 1) * depth + below
    order = np.lexsort((pools.item_rep[item], key))
    item, base, end, key = item[order], base[order], end[order], key[order]
    found, street = np.unique(key, return_inverse=True)
    rest, street_cut = np.divmod(found, depth)
    street_pool, street_kind = np.divmod(rest, kinds)
    curves = build_curves(
        street,
        len(found),
        pools.curves.reference[item],
        np.clip(pools.curves.low[item], base, end),
        np.minimum(end, pools.curves.high[item]),
    )
    begin = np.bincount(street, weights=base).astype(float)
    return Streets(
        street_pool, street_cut, street_kind - 1, rep_kind, cuts,
        pools.item_rep[item], pools.item_period[item], base, begin, curves,
    )  # fmt: skip


def read_cuts(instance: Instance, pools: Pools, cut: Bools) -> Cuts:
    """Return where effort cuts the totals of the pools that are `cut`, (pool,) bools."""
    if instance.effort is None or not cut.any():
        nothing = np.zeros((len(cut), 0))
        return Cuts(np.zeros(0), nothing.astype(bool), nothing.astype(np.int64))
    assert instance.groups is not None
    sold = sellable(instance.reference, instance.groups)[pools.group, pools.period]
    effort = np.unique(instance.effort)[::-1]
    there = np.stack([(sold & (instance.effort == one)).any(axis=1) for one in effort], axis=1)
    lightest = np.where(sold, instance.effort, np.inf).min(axis=1)
    there &= cut[:, None] & (effort > lightest[:, None])
    return Cuts(effort, there, np.cumsum(there, axis=1))


def _parts(instance: Instance, pools: Pools, cuts: Cuts) -> Iterator[_Parts]:
    """Yield the parts of all items from the lowest on; parts without room are left out."""
    begun, left = (amounts[pools.item_rep, pools.item_period] for amounts in begun_totals(instance))
    pool, high = pools.curves.pool, pools.curves.high
    base, below = np.zeros(len(pool)), np.zeros(len(pool), dtype=np.int64)
    for level, effort in enumerate(cuts.effort):
        cut = cuts.there[pool, level]
        end = np.minimum(begun + reach(left, np.asarray(effort)), high)
        first = below == 0
        item = np.flatnonzero(cut & (first | (end > base)))
        yield _Parts(item, base[item], end[item], below[item])
        base, below = np.where(cut, end, base), below + cut
    item = np.flatnonzero((below == 0) | (high > base))
    yield _Parts(item, base[item], high[item], below[item])
