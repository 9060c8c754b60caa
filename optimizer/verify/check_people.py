"""Check 4 for people: effort within capacity, and totals of all periods within year limits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.verify.amounts import above
from optimizer.verify.cube import Bools, Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "hard limits"
NEARLY = 1e-6
"""Part of a unit that efforts may be off, being sums of products of floats."""


def check_effort(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps whose products take more than their usable capacity in a period."""
    crew = facts.crew
    if crew is None or not crew.by_effort:
        return
    for amount, most, words in (
        (plan.rows.target, crew.high, "target"),
        (plan.rows.stretch, _stretch_capacity(facts, plan), "stretch"),
    ):
        used = effort_used(facts, plan, amount)
        for rep, q in np.argwhere(over(used, most, facts.unit)):
            yield fault(
                CHECK, plan.targets_file,
                f"{where_cell(facts.axes, crew.leaf[rep], q, -1, crew.names[rep])}, {words}",
                "the effort of the rep's products is above the capacity",
                most[rep, q], used[rep, q],
            )  # fmt: skip


def check_years(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield reps whose total of all periods is outside their year limits."""
    crew, years = facts.crew, facts.years
    if crew is None or years is None:
        return
    total = {column: plan.rows.by_rep(column).sum(axis=1) for column in ("target", "stretch")}
    most = {"target": years.high, "stretch": np.maximum(years.high, total["target"])}
    least = {"target": years.low, "stretch": np.zeros(len(years.low))}
    for column, found in total.items():
        for rep in np.flatnonzero(above(least[column], found, facts.unit)):
            yield _off_year(facts, plan, int(rep), column, "is below the rep's min_total",
                            years.low[rep], found[rep])  # fmt: skip
        for rep in np.flatnonzero(above(found, most[column], facts.unit)):
            name = "max_growth" if years.grown[rep] < years.most[rep] else "max_total"
            yield _off_year(facts, plan, int(rep), column, f"is above what {name} allows the rep",
                            most[column][rep], found[rep])  # fmt: skip


def _off_year(
    facts: Facts, plan: Plan, rep: int, column: str, words: str, limit: float, found: float
) -> Failure:
    assert facts.crew is not None
    where = f"{facts.crew.names[rep]}, all periods, {column}"
    return fault(CHECK, plan.targets_file, where, f"the total {words}", limit, found)


def effort_used(facts: Facts, plan: Plan, amount: Floats) -> Floats:
    """Return the effort that a column of the targets takes, shape (rep, period)."""
    crew = facts.crew
    assert crew is not None
    return plan.rows.added_by_rep(amount * crew.effort[plan.rows.product])


def over(used: Floats, most: Floats, unit: float) -> Bools:
    """Return where efforts exceed a capacity."""
    return np.asarray(used > most + NEARLY * unit + 1e-9 * most, dtype=bool)


def _stretch_capacity(facts: Facts, plan: Plan) -> Floats:
    crew = facts.crew
    assert crew is not None
    return np.maximum(crew.raw_high, effort_used(facts, plan, plan.rows.target))
