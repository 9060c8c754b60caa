"""Check 4: no hard limit is broken, after rounding too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.verify.amounts import above, differ
from optimizer.verify.bands import Band
from optimizer.verify.columns import rows_where
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "hard limits"
ROLLUP = "rollup.csv"


def check_markets(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield slices whose target exceeds the usable potential."""
    found = plan.margin["target"][facts.markets.places]
    usable = facts.markets.usable
    for row in np.flatnonzero(above(found, usable, facts.unit)):
        yield fault(CHECK, ROLLUP, f"{label(facts.axes, facts.markets.where(int(row)))}, target",
                    "is above the usable potential", usable[row], found[row])  # fmt: skip


def check_closed(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield closed cells that carry something, and targets where nobody could carry them."""
    axes = facts.axes
    target, ask = plan.leaf("target", facts), plan.leaf("ask", facts)
    for column, cells in (("target", target), ("ask", ask)):
        for leaf, q, p in np.argwhere(~facts.opened & above(cells, np.zeros(()), facts.unit)):
            yield fault(
                CHECK, ROLLUP, f"{where_cell(axes, leaf, q, p)}, {column}",
                "the cell is closed (no market, or reference 0)", 0, cells[leaf, q, p],
            )  # fmt: skip
    empty = ~facts.staffed[:, :, None] & facts.opened
    for leaf, q, p in np.argwhere(empty & above(target, np.zeros(()), facts.unit)):
        yield fault(
            CHECK, ROLLUP, f"{where_cell(axes, leaf, q, p)}, target",
            "no rep works there, so nothing can be carried", 0, target[leaf, q, p],
        )  # fmt: skip


def check_reps(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps above their usable capacity or below their min in a period.

    Capacity that products take different parts of is checked as effort.
    """
    if facts.crew is None or facts.targets is None:
        return
    crew, axes = facts.crew, facts.axes
    total = plan.rows.by_rep("target")
    works = facts.targets > 0.0
    low = np.where(works, crew.low, 0.0)
    high = np.full(crew.high.shape, np.inf) if crew.by_effort else crew.high
    for wrong, limit, words in (
        (above(total, high, facts.unit), high, "is above the rep's usable capacity"),
        (above(low, total, facts.unit), low, "is below the rep's min"),
    ):
        for rep, q in np.argwhere(wrong):
            yield fault(
                CHECK, plan.targets_file,
                f"{where_cell(axes, crew.leaf[rep], q, -1, crew.names[rep])}, target",
                f"the rep's total of the period {words}", limit[rep, q], total[rep, q],
            )  # fmt: skip


def check_locks(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield active locks that the plan does not keep."""
    for lock, found in zip(facts.locks, locked(facts, plan), strict=True):
        if lock.rep >= 0:
            file = plan.targets_file
            who = facts.crew.names[lock.rep] if facts.crew else ""
            where = label(facts.axes, lock.where, f"rep {who}")
        else:
            file = ROLLUP
            where = label(facts.axes, lock.where)
        if differ(np.array(found), np.array(lock.amount), facts.unit):
            yield fault(CHECK, file, f"{where}, target",
                        "is not the amount that a lock fixes", lock.amount, found)  # fmt: skip


def check_bands(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield slices whose ask is outside its share band.

    In whole units the band holds within less than one unit:
    low · whole − 1 < part < high · whole + 1.
    """
    ask, unit = plan.margin["ask"], facts.unit
    for band in facts.bands:
        part, whole = (ask[node, q, p] for q, node, p in (band.part, band.whole))
        low = -np.inf if band.low is None else band.low * whole - unit
        high = np.inf if band.high is None else band.high * whole + unit
        # A band of no width may put its edge exactly one unit away from a whole number.
        slack = 1e-6 * unit + 1e-12 * abs(float(np.nan_to_num(whole)))
        if low - slack < part < high + slack:
            continue
        if np.isnan(part) or np.isnan(whole):
            continue
        yield fault(
            CHECK, ROLLUP, f"{label(facts.axes, band.part)}, ask",
            f"is outside the share band of {_band_words(facts, band)}",
            f"{max(low + unit, 0.0):.12g} to {min(high - unit, whole):.12g}", float(part),
        )  # fmt: skip


def _band_words(facts: Facts, band: Band) -> str:
    low = "0 %" if band.low is None else f"{band.low:.6g}"
    high = "100 %" if band.high is None else f"{band.high:.6g}"
    return f"{low} to {high} of {label(facts.axes, band.whole)}"


def locked(facts: Facts, plan: Plan) -> list[float]:
    """Return what the plan has where each lock is: the rep's targets, or the region's."""
    rows, target = plan.rows, plan.margin["target"]
    fixed = np.zeros(rows.reps + 1, dtype=bool)
    fixed[[lock.rep for lock in facts.locks if lock.rep >= 0]] = True
    few = rows_where(len(rows.rep) if fixed.any() else 0, lambda part: fixed[rows.rep[part]])
    rep, period, product = rows.rep[few], rows.period[few], rows.product[few]
    found = []
    for lock in facts.locks:
        q, node, p = lock.where
        if lock.rep < 0:
            found.append(float(target[node, q, p]))
            continue
        mine = (rep == lock.rep) & ((period == q) | (q < 0)) & ((product == p) | (p < 0))
        found.append(float(rows.target[few[mine]].sum()))
    return found
