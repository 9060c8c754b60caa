"""Check 6: equals are treated equally, and more is not asked of those who should carry less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.verify.amounts import above
from optimizer.verify.check_people import effort_used
from optimizer.verify.cube import Bools, Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "equals"
SAME = ("group", "period", "weight", "low", "high", "least", "most")
"""What makes two seats equal."""


def check_equals(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps of one region with the same data whose totals differ by more than a unit."""
    seats = _seats(facts, plan)
    if seats is None:
        return
    totals = seats.frame(seats.unlike(facts.unit)).groupby(list(SAME))["total"]
    least_of, most_of = totals.min().to_numpy(), totals.max().to_numpy()
    wrong = above(most_of, least_of + facts.unit, facts.unit)
    lowest, highest = totals.idxmin().to_numpy()[wrong], totals.idxmax().to_numpy()[wrong]
    for low, high in zip(lowest.tolist(), highest.tolist(), strict=True):
        least, most = seats.total[low], seats.total[high]
        yield fault(
            CHECK, plan.targets_file, _where(facts, seats, high),
            f"equal reps differ by more than {facts.unit:g}: "
            f"{_name(facts, seats, low)} has {least:.12g}",
            f"{least:.12g} or {least + facts.unit:.12g}", most,
        )  # fmt: skip


def check_order(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps with a larger reference and a smaller target than another of their region.

    Only reps with the same products are compared, and none whose own min, capacity or year
    limit may bind: with effort, room for a unit of every product is none, over all periods
    room for a unit in each.
    """
    seats = _seats(facts, plan)
    if seats is None:
        return
    unit = facts.unit
    free = above(seats.total, seats.low + unit, unit) | (seats.low <= 0.0)
    free &= above(_room(facts, plan)[seats.rep, seats.period], np.array(unit), unit)
    free &= _free_of_year(facts, plan)[seats.rep]
    rows = np.flatnonzero(free)
    group = seats.group[rows] * facts.axes.shape[1] + seats.period[rows]
    order = np.lexsort((seats.reference[rows], group))
    rows, group = rows[order], group[order]
    before = _most_before(group, seats.reference[rows], seats.total[rows])
    wrong = np.flatnonzero(above(before, seats.total[rows], unit))
    for row, bar in zip(rows[wrong].tolist(), before[wrong].tolist(), strict=True):
        yield fault(
            CHECK, plan.targets_file, _where(facts, seats, row),
            "a rep with a smaller reference has the larger target, and no limit explains it",
            f"at least {bar:.12g}", seats.total[row],
        )  # fmt: skip


def _most_before(group: Ints, reference: Floats, total: Floats) -> Floats:
    """Return the largest total of those in the group with a smaller reference; -inf for none.

    Rows are in the order of group and reference.
    """
    if not len(group):
        return np.zeros(0)
    # References equal but for the last digits are no order.
    same = (np.diff(group, prepend=-1) == 0) & (
        np.diff(reference, prepend=np.nan) <= 1e-9 * np.abs(reference)
    )
    begins = np.flatnonzero(~same)
    most = pd.Series(np.maximum.reduceat(total, begins)).groupby(group[begins]).cummax()
    before = np.roll(most.to_numpy(), 1)
    before[np.diff(group[begins], prepend=-1) != 0] = -np.inf
    return np.asarray(before[np.cumsum(~same) - 1], dtype=np.float64)


@dataclass(frozen=True)
class _Seats:
    """Reps whom no lock names, in each period with a reference; each (seat,)."""

    rep: Ints
    period: Ints
    group: Ints
    weight: Floats
    reference: Floats
    low: Floats
    high: Floats
    least: Floats
    most: Floats
    total: Floats

    def frame(self, rows: Ints) -> pd.DataFrame:
        """Return what makes seats equal, and their totals, of some seats."""
        return pd.DataFrame({name: getattr(self, name)[rows] for name in (*SAME, "total")}, rows)

    def unlike(self, unit: float) -> Ints:
        """Return seats among which all equal ones are that differ by more than a unit.

        Equal seats have the same number, and others hardly ever.
        """
        number = np.zeros(len(self.rep), dtype=np.uint64)
        for name in SAME:
            number ^= (getattr(self, name) + 0.0).view(np.uint64)
            number *= np.uint64(0x9E3779B97F4A7C15)
            number ^= number >> np.uint64(32)
        order = np.argsort(number)
        begins = np.flatnonzero(np.diff(number[order], prepend=~number[order[:1]]))
        total = self.total[order]
        least, most = (take.reduceat(total, begins) for take in (np.minimum, np.maximum))
        size = np.diff(begins, append=len(order))
        return np.sort(order[np.repeat(above(most, least + unit, unit), size)])


def _seats(facts: Facts, plan: Plan) -> _Seats | None:
    if facts.crew is None or facts.targets is None or facts.years is None:
        return None
    crew, years = facts.crew, facts.years
    rep, period = np.nonzero((facts.targets > 0.0) & ~_locked(facts)[:, None])
    return _Seats(
        rep=rep,
        period=period,
        group=crew.groups[0][rep],
        weight=crew.weight[rep, period],
        reference=facts.targets[rep, period],
        low=crew.low[rep, period],
        high=crew.high[rep, period],
        least=years.low[rep],
        most=years.high[rep],
        total=plan.rows.by_rep("target")[rep, period],
    )


def _room(facts: Facts, plan: Plan) -> Floats:
    """Return by how much the target of each rep and period might rise, shape (rep, period)."""
    crew = facts.crew
    assert crew is not None
    if not crew.by_effort:
        return np.asarray(crew.high - plan.rows.by_rep("target"), dtype=np.float64)
    spare = crew.high - effort_used(facts, plan, plan.rows.target)
    sold = facts.opened[crew.leaf] & crew.sells[:, None, :]
    each = (sold * crew.effort).sum(axis=2)
    endless = np.full(spare.shape, np.inf)
    return np.asarray(np.divide(spare, each, out=endless, where=each > 0.0), dtype=np.float64)


def _free_of_year(facts: Facts, plan: Plan) -> Bools:
    """Return which reps no year limit may bind."""
    assert facts.years is not None
    low, high = facts.years.low, facts.years.high
    total = plan.rows.by_rep("target")
    year, each = total.sum(axis=1), total.shape[1] * facts.unit
    return np.asarray(((low <= 0.0) | (year >= low + each)) & (year <= high - each), dtype=bool)


def _locked(facts: Facts) -> Bools:
    assert facts.crew is not None
    locked = np.zeros(len(facts.crew.names), dtype=bool)
    locked[[lock.rep for lock in facts.locks if lock.rep >= 0]] = True
    return locked


def _where(facts: Facts, seats: _Seats, row: int) -> str:
    assert facts.crew is not None
    rep = int(seats.rep[row])
    leaf = int(facts.crew.leaf[rep])
    return where_cell(facts.axes, leaf, int(seats.period[row]), -1, facts.crew.names[rep])


def _name(facts: Facts, seats: _Seats, row: int) -> str:
    assert facts.crew is not None
    return facts.crew.names[int(seats.rep[row])]
