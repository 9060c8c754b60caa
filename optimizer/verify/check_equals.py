"""Check 6: equals are treated equally, and more is not asked of those who should carry less."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.verify.amounts import above
from optimizer.verify.check_people import effort_used
from optimizer.verify.crew import Crew
from optimizer.verify.cube import Bools, Floats, Ints
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "equals"


def check_equals(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps of one region with the same data whose totals differ by more than a unit."""
    frame = _periods(facts, plan)
    if frame is None:
        return
    key = ["group", "period", "weight", "low", "high", "least", "most"]
    totals = frame.groupby(key)["total"]
    least_of, most_of = totals.min().to_numpy(), totals.max().to_numpy()
    wrong = above(most_of, least_of + facts.unit, facts.unit)
    lowest, highest = totals.idxmin().to_numpy()[wrong], totals.idxmax().to_numpy()[wrong]
    for low, high in zip(lowest.tolist(), highest.tolist(), strict=True):
        least, most = frame.loc[low], frame.loc[high]
        yield fault(
            CHECK, plan.targets_file, _where(facts, most),
            f"equal reps differ by more than {facts.unit:g}: "
            f"{_name(facts, least)} has {least['total']:.12g}",
            f"{least['total']:.12g} or {least['total'] + facts.unit:.12g}", most["total"],
        )  # fmt: skip


def check_order(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps with a larger reference and a smaller target than another of their region.

    Only reps with the same products are compared, and none whose own min, capacity or year
    limit may bind: with effort, room for a unit of every product is none, over all periods
    room for a unit in each.
    """
    frame = _periods(facts, plan)
    if frame is None:
        return
    total, unit = frame["total"].to_numpy(), facts.unit
    free = above(total, frame["low"].to_numpy() + unit, unit)
    free |= frame["low"].to_numpy() <= 0.0
    free &= above(frame["room"].to_numpy(), np.array(unit), unit)
    free &= frame["free_year"].to_numpy()
    frame = frame[free].sort_values(["group", "period", "reference", "total"])
    # References equal but for the last digits are no order.
    frame["step"] = _steps(frame)
    cell = frame.groupby(["group", "period", "step"])["total"]
    most = cell.max().groupby(level=["group", "period"]).cummax()
    before = most.groupby(level=["group", "period"]).shift()
    bar = pd.MultiIndex.from_frame(frame[["group", "period", "step"]])
    frame["before"] = before.reindex(bar).to_numpy()
    wrong = frame["before"].notna().to_numpy() & above(
        frame["before"].fillna(0.0).to_numpy(), frame["total"].to_numpy(), unit
    )
    for _, row in frame[wrong].iterrows():
        yield fault(
            CHECK, plan.targets_file, _where(facts, row),
            "a rep with a smaller reference has the larger target, and no limit explains it",
            f"at least {row['before']:.12g}", row["total"],
        )  # fmt: skip


def _steps(frame: pd.DataFrame) -> Ints:
    reference = frame["reference"].to_numpy()
    same = (
        (frame["group"].diff() == 0)
        & (frame["period"].diff() == 0)
        & (np.diff(reference, prepend=np.nan) <= 1e-9 * np.abs(reference))
    )
    return np.cumsum(~same.to_numpy()).astype(np.int64)


def _periods(facts: Facts, plan: Plan) -> pd.DataFrame | None:
    """Return the totals of reps that no lock names, by rep and period with a reference."""
    if facts.crew is None or facts.targets is None:
        return None
    crew = facts.crew
    total = plan.rows.by_rep(plan.rows.target, crew, facts.axes)
    rep, period = np.nonzero((facts.targets > 0.0) & ~_locked(facts)[:, None])
    least, most, free = _year(facts, total)
    return pd.DataFrame(
        {
            "rep": rep,
            "period": period,
            "group": groups_of(crew)[0][rep],
            "weight": crew.weight[rep, period],
            "reference": facts.targets[rep, period],
            "low": crew.low[rep, period],
            "high": crew.high[rep, period],
            "total": total[rep, period],
            "room": _room(facts, plan, total)[rep, period],
            "least": least[rep],
            "most": most[rep],
            "free_year": free[rep],
        }
    )


def _room(facts: Facts, plan: Plan, total: Floats) -> Floats:
    """Return by how much the target of each rep and period might rise, shape (rep, period)."""
    crew = facts.crew
    assert crew is not None
    if not crew.by_effort:
        return np.asarray(crew.high - total, dtype=np.float64)
    spare = crew.high - effort_used(facts, plan, plan.rows.target)
    sold = facts.opened[crew.leaf] & crew.sells[:, None, :]
    each = (sold * crew.effort).sum(axis=2)
    endless = np.full(spare.shape, np.inf)
    return np.asarray(np.divide(spare, each, out=endless, where=each > 0.0), dtype=np.float64)


def _year(facts: Facts, total: Floats) -> tuple[Floats, Floats, Bools]:
    """Return the year limits of each rep, and who is free of them, each (rep,)."""
    assert facts.years is not None
    low, high = facts.years.low, facts.years.high
    year, each = total.sum(axis=1), total.shape[1] * facts.unit
    free = ((low <= 0.0) | (year >= low + each)) & (year <= high - each)
    return low, high, np.asarray(free, dtype=bool)


def _locked(facts: Facts) -> Bools:
    assert facts.crew is not None
    locked = np.zeros(len(facts.crew.names), dtype=bool)
    locked[[lock.rep for lock in facts.locks if lock.rep >= 0]] = True
    return locked


def groups_of(crew: Crew) -> tuple[Ints, Ints]:
    """Return each rep's group (same region, same products) and the first rep of each group."""
    key = np.column_stack([crew.leaf, np.packbits(crew.sells, axis=1)])
    _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return group.reshape(-1), first


def _where(facts: Facts, row: pd.Series) -> str:
    assert facts.crew is not None
    rep = int(row["rep"])
    leaf = int(facts.crew.leaf[rep])
    return where_cell(facts.axes, leaf, int(row["period"]), -1, facts.crew.names[rep])


def _name(facts: Facts, row: pd.Series) -> str:
    assert facts.crew is not None
    return facts.crew.names[int(row["rep"])]
