"""Every limit with its value, its slack and its price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.domain.scenario import Buffers
from optimizer.model.bound import Prices, no_prices, rep_rewards
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.model.rules import Rules
from optimizer.problem.instance import Floats, Instance
from optimizer.problem.whole import over_assigned
from optimizer.results.rounding import WholePlan

COLUMNS = (
    "kind", "side", "period", "region", "product", "rep", "limit", "value", "slack",
    "binding", "shadow_price",
)  # fmt: skip
_NEGLIGIBLE = 1e-9

Row = tuple[str, str, str, str, str, str, float, float, float, bool, float]


@dataclass(frozen=True)
class _Ledger:
    instance: Instance
    rules: Rules
    plan: WholePlan
    prices: Prices
    buffers: Buffers
    with_gap: bool

    def row(
        self,
        kind: str,
        side: str,
        place: tuple[str, str, str, str],
        limit: float,
        value: float,
        price: float,
    ) -> Row:
        slack = value - limit if side == "min" else limit - value
        if side == "equal":
            slack = abs(value - limit)
        if abs(slack) <= _NEGLIGIBLE * max(1.0, abs(limit)):
            slack = 0.0
        price = 0.0 if abs(price) <= _NEGLIGIBLE else price
        return (kind, side, *place, limit, value, slack, price != 0.0, price)


def limits_table(
    instance: Instance,
    rules: Rules,
    plan: WholePlan,
    prices: dict[str, Prices],
    buffers: Buffers,
    *,
    with_gap: bool,
) -> pd.DataFrame:
    """Return ``limits.csv``.

    Prices are those of the least gap where a gap is left (gap closed per unit of limit), of
    fairness otherwise (fall of F per unit), per unit of the limit as the inputs give it.
    """
    step = prices.get("gap" if with_gap else "fairness", no_prices(instance))
    ledger = _Ledger(instance, rules, plan, step, buffers, with_gap)
    rows: list[Row] = [_goal(ledger)]
    for family in (_bands, _potentials, _coverage, _reps, _region_locks, _rep_locks):
        rows.extend(family(ledger))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _goal(ledger: _Ledger) -> Row:
    limit = ledger.instance.ask_total
    value = float(ledger.plan.ask.sum() * ledger.instance.unit)
    prices = ledger.prices
    price = prices.goal
    if not ledger.with_gap:
        price += prices.placed + prices.street * (1.0 + ledger.instance.over_rep)
    price *= 1.0 + ledger.instance.over_region
    return ledger.row("goal", "equal", ("*", "*", "*", "*"), limit, value, -price)


def _bands(ledger: _Ledger) -> Iterator[Row]:
    bands, rules = ledger.instance.bands, ledger.rules
    ask = ledger.plan.ask.ravel()[rules.open_cell] * ledger.instance.unit
    part = rules.band_part.sums(ask, len(bands.low))
    whole = rules.band_whole.sums(ask, len(bands.low))
    for row, kind in enumerate(bands.kind):
        place = (*slice_names(ledger.instance, bands.part, row), "*")
        for side, share, price in (
            ("min", float(bands.low[row]), float(ledger.prices.band_min[row])),
            ("max", float(bands.high[row]), float(ledger.prices.band_max[row])),
        ):
            if (side == "min" and share > 0) or (side == "max" and np.isfinite(share)):
                limit, total = share * float(whole[row]), float(whole[row])
                yield ledger.row(kind, side, place, limit, float(part[row]), price * total)


def _potentials(ledger: _Ledger) -> Iterator[Row]:
    potentials = ledger.instance.potentials
    placed = ledger.plan.placed * ledger.instance.unit
    kept = 1.0 - ledger.buffers.potential
    for row in range(len(potentials.given)):
        members = ledger.instance.members(potentials.slices, row)
        yield ledger.row(
            "potential",
            "max",
            (*slice_names(ledger.instance, potentials.slices, row), "*"),
            float(potentials.usable[row]),
            float(placed.ravel()[members].sum()),
            float(ledger.prices.potential[row]) * kept,
        )


def _coverage(ledger: _Ledger) -> Iterator[Row]:
    instance, plan = ledger.instance, ledger.plan
    if instance.reps is None or plan.cells is None:
        return
    street = np.zeros(instance.reference.shape[:2])
    np.add.at(street, instance.reps.leaf, plan.cells.sum(axis=2) * instance.unit)
    target = plan.placed.sum(axis=2) * instance.unit
    leaves = instance.leaves
    for leaf, period in np.ndindex(*street.shape):
        place = (instance.periods[period], leaves[leaf], "*", "*")
        value, base = float(street[leaf, period]), float(target[leaf, period])
        least = float(ledger.prices.cover_min[leaf, period].max())
        most = float(ledger.prices.cover_max[leaf, period].max())
        yield ledger.row("coverage", "min", place, base, value, least)
        top = over_assigned(plan.placed[leaf, period].sum(keepdims=True), instance.over_rep)
        yield ledger.row("coverage", "max", place, float(top[0]) * instance.unit, value, most)


def _reps(ledger: _Ledger) -> Iterator[Row]:
    """Yield mins and capacities; their prices follow from what a unit of target is worth."""
    instance, plan = ledger.instance, ledger.plan
    reps = instance.reps
    if reps is None or plan.cells is None:
        return
    total = plan.cells.sum(axis=2) * instance.unit
    worth = rep_rewards(instance, ledger.prices)
    leaves = instance.leaves
    kept = 1.0 - ledger.buffers.capacity
    for side, limit in (("min", reps.low), ("max", reps.high)):
        price = _limit_price(ledger, side, limit, worth)
        ramp = reps.low_ramp if side == "min" else reps.high_ramp
        given = (1.0 if side == "min" else kept) * (np.ones_like(limit) if ramp is None else ramp)
        stated = (reps.reference > 0) & np.isfinite(limit) & ((limit > 0) | (side == "max"))
        for rep, period in zip(*np.nonzero(stated), strict=True):
            place = (
                instance.periods[period],
                leaves[reps.leaf[rep]],
                "*",
                reps.names[rep],
            )
            yield ledger.row(
                "min" if side == "min" else "capacity",
                side,
                place,
                float(limit[rep, period]),
                float(total[rep, period]),
                float(price[rep, period] * given[rep, period]),
            )


def _limit_price(ledger: _Ledger, side: str, limit: Floats, worth: Floats) -> Floats:
    reps = ledger.instance.reps
    assert reps is not None
    marginal = worth
    if not ledger.with_gap:
        bounded = np.where(np.isfinite(limit), limit, 0.0)
        multiple = np.divide(
            bounded, reps.reference, out=np.ones_like(bounded), where=reps.reference > 0
        )
        marginal = worth - 2.0 * (multiple - 1.0)
    return np.maximum(-marginal if side == "min" else marginal, 0.0)


def _region_locks(ledger: _Ledger) -> Iterator[Row]:
    locks = ledger.instance.region_locks
    placed = ledger.plan.placed.ravel()[ledger.rules.open_cell] * ledger.instance.unit
    sums = ledger.rules.region_lock.sums(placed, len(locks.amount))
    for row, amount in enumerate(locks.amount):
        place = (*slice_names(ledger.instance, locks.slices, row), "*")
        price = -float(ledger.prices.region_lock[row])
        yield ledger.row("lock", "equal", place, float(amount), float(sums[row]), price)


def _rep_locks(ledger: _Ledger) -> Iterator[Row]:
    locks, cells = ledger.instance.rep_locks, ledger.plan.cells
    if cells is None:
        return
    for row, (rep, period, product) in enumerate(
        zip(locks.rep, locks.period, locks.product, strict=True)
    ):
        periods = slice(None) if period < 0 else slice(period, period + 1)
        products = slice(None) if product < 0 else slice(product, product + 1)
        value = float(cells[rep, periods, products].sum() * ledger.instance.unit)
        price = -float(ledger.prices.rep_lock[row])
        place = rep_lock_names(ledger.instance, row)
        yield ledger.row("lock", "equal", place, float(locks.amount[row]), value, price)
