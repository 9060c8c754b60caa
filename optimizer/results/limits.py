"""Every limit with its value, its slack and its price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Buffers
from optimizer.model.bound import Prices
from optimizer.model.limit_prices import LimitPrices, closed_lists, goal_price, limit_prices
from optimizer.problem.instance import ALL, Bools, Floats, Instance
from optimizer.problem.whole import over_assigned
from optimizer.results.limit_rows import LimitRows, limit_table, places_of, sums_of
from optimizer.results.limit_years import year_rows
from optimizer.results.rounding import WholePlan


@dataclass(frozen=True)
class _Ledger:
    instance: Instance
    plan: WholePlan
    worth: LimitPrices
    buffers: Buffers
    objective: float
    with_gap: bool


def limits_table(
    instance: Instance,
    plan: WholePlan,
    prices: dict[str, Prices],
    buffers: Buffers,
    *,
    objective: float,
    with_gap: bool,
) -> pd.DataFrame:
    """Return ``limits.csv``.

    The price of a minimum is per unit by which it falls, that of a maximum per unit by which
    it rises, that of a goal or lock per unit by which it rises: the gap closed where a gap is
    left, the fall of F otherwise. All are per unit of the limit as the inputs give it.

    Parameters
    ----------
    prices : dict of Prices
        The prices of all steps.
    objective : float
        F of the exact plan.
    """
    worth = limit_prices(instance, prices, with_gap=with_gap)
    ledger = _Ledger(instance, plan, worth, buffers, objective, with_gap)
    families = (
        _goal, _bands, _potentials, _coverage, _lists, _reps, _years, _region_locks, _rep_locks,
    )  # fmt: skip
    return limit_table(instance, (rows for family in families for rows in family(ledger)))


def _goal(ledger: _Ledger) -> Iterator[LimitRows]:
    instance = ledger.instance
    objective = None if ledger.with_gap else ledger.objective
    value = float(ledger.plan.ask.sum() * instance.unit)
    yield LimitRows(
        "goal", "equal", ALL, 0, ALL, ALL,
        np.array([instance.ask_total]), np.array([value]),
        np.array([goal_price(instance, ledger.worth, objective)]),
    )  # fmt: skip


def _bands(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, bands = ledger.instance, ledger.instance.bands
    ask = ledger.plan.ask * instance.unit
    part, whole = sums_of(instance, bands.part, ask), sums_of(instance, bands.whole, ask)
    kind = np.array(bands.kind, dtype=object)
    for side, share, price in (
        ("min", bands.low, ledger.worth.band_min),
        ("max", bands.high, ledger.worth.band_max),
    ):
        stated = np.isfinite(share) & ((share > 0) | (side == "max"))
        yield LimitRows(
            kind[stated],
            side,
            **places_of(bands.part, stated),
            rep=ALL,
            limit=share[stated] * whole[stated],
            value=part[stated],
            price=price[stated] * whole[stated],
        )


def _potentials(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, potentials = ledger.instance, ledger.instance.potentials
    yield LimitRows(
        "potential",
        "max",
        **places_of(potentials.slices, slice(None)),
        rep=ALL,
        limit=potentials.usable,
        value=sums_of(instance, potentials.slices, ledger.plan.placed * instance.unit),
        price=ledger.worth.potential * (1.0 - ledger.buffers.potential),
    )


def _coverage(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, plan = ledger.instance, ledger.plan
    if instance.reps is None or plan.cells is None:
        return
    street = np.zeros(instance.reference.shape[:2])
    np.add.at(street, instance.reps.leaf, plan.cells.sum(axis=2) * instance.unit)
    target = plan.placed.sum(axis=2)
    most = over_assigned(target, instance.over_rep)
    leaf, period = (index.ravel() for index in np.indices(street.shape))
    for side, limit, price in (
        ("min", target, ledger.worth.cover_min),
        ("max", most, ledger.worth.cover_max),
    ):
        yield LimitRows(
            "coverage",
            side,
            period,
            instance.tree.leaf_node[leaf],
            ALL,
            ALL,
            (limit * instance.unit).ravel(),
            street.ravel(),
            _dearest(price, instance.reference > 0).ravel(),
        )


def _dearest(price: Floats, chosen: Bools) -> Floats:
    """Return the highest price along the last axis among those chosen; 0 where none is."""
    best = np.where(chosen, price, -np.inf).max(axis=2)
    return np.where(np.isfinite(best), best, 0.0)


def _lists(ledger: _Ledger) -> Iterator[LimitRows]:
    """Yield what reps may carry of products that are not on their lists: nothing."""
    instance = ledger.instance
    if instance.groups is None:
        return
    closed = closed_lists(instance)
    best = np.full(instance.reference.shape, -np.inf)
    np.maximum.at(best, instance.groups.leaf, np.where(closed, ledger.worth.opening, -np.inf))
    leaf, period, product = np.nonzero(np.isfinite(best))
    nothing = np.zeros(len(leaf))
    yield LimitRows(
        "eligibility",
        "max",
        period,
        instance.tree.leaf_node[leaf],
        product,
        ALL,
        nothing,
        nothing,
        best[leaf, period, product],
    )


def _reps(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, plan, reps = ledger.instance, ledger.plan, ledger.instance.reps
    if reps is None or plan.cells is None:
        return
    total = plan.cells.sum(axis=2) * instance.unit
    kept = 1.0 - ledger.buffers.capacity
    capacity, carried = "capacity", total
    if instance.effort is not None:
        capacity, carried = "effort", (plan.cells @ instance.effort) * instance.unit
    for kind, side, limit, value, price, ramp in (
        ("min", "min", reps.low, total, ledger.worth.rep_min, reps.low_ramp),
        (capacity, "max", reps.high, carried, ledger.worth.rep_max * kept, reps.high_ramp),
    ):
        given = price if ramp is None else price * ramp
        stated = (reps.reference > 0) & np.isfinite(limit) & ((limit > 0) | (side == "max"))
        rep, period = np.nonzero(stated)
        yield LimitRows(
            kind,
            side,
            period,
            instance.tree.leaf_node[reps.leaf[rep]],
            ALL,
            rep,
            limit[stated],
            value[stated],
            given[stated],
        )


def _years(ledger: _Ledger) -> Iterator[LimitRows]:
    if ledger.plan.cells is not None:
        yield from year_rows(ledger.instance, ledger.worth, ledger.plan.cells)


def _region_locks(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, locks = ledger.instance, ledger.instance.region_locks
    yield LimitRows(
        "lock",
        "equal",
        **places_of(locks.slices, slice(None)),
        rep=ALL,
        limit=locks.amount,
        value=sums_of(instance, locks.slices, ledger.plan.placed * instance.unit),
        price=ledger.worth.region_lock,
    )


def _rep_locks(ledger: _Ledger) -> Iterator[LimitRows]:
    instance, cells, reps = ledger.instance, ledger.plan.cells, ledger.instance.reps
    if cells is None or reps is None:
        return
    locks = instance.rep_locks
    value = [
        cells[
            rep,
            slice(None) if period < 0 else slice(period, period + 1),
            slice(None) if product < 0 else slice(product, product + 1),
        ].sum()
        for rep, period, product in zip(locks.rep, locks.period, locks.product, strict=True)
    ]
    yield LimitRows(
        "lock",
        "equal",
        locks.period,
        instance.tree.leaf_node[reps.leaf[locks.rep]],
        locks.product,
        locks.rep,
        locks.amount,
        np.array(value, dtype=float) * instance.unit,
        ledger.worth.rep_lock,
    )
