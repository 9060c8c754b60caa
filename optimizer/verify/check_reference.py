"""Check 7: the reference is what shares, history and weights say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from optimizer.verify.amounts import far
from optimizer.verify.columns import rows_where
from optimizer.verify.cube import Bools, Floats, margins
from optimizer.verify.facts import Facts, label
from optimizer.verify.failures import Failure, fault
from optimizer.verify.reference import reference_targets
from optimizer.verify.written import Plan, where_cell

CHECK = "reference"
FITTED = 1e-6
"""Relative distance allowed between two fits of the reference to its margins."""


def check_reference_ask(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield cells whose reference is not the one that shares and history give.

    Where closed cells keep the fit from meeting the shares, only its total and its closed
    cells are known for sure.
    """
    found, ask = plan.margin["reference"], facts.reference.ask
    if not facts.reference.exact:
        total = np.array(facts.ask_total)
        if far(found[0, -1, -1], total, facts.ask_total):
            yield fault(CHECK, "rollup.csv", "*, *, *, reference",
                        "does not add up to the goal with over-assignment",
                        facts.ask_total, found[0, -1, -1])  # fmt: skip
        written = plan.leaf("reference", facts)
        for leaf, q, p in np.argwhere((written > 0.0) != facts.opened):
            yield fault(CHECK, "rollup.csv", f"{where_cell(facts.axes, leaf, q, p)}, reference",
                        "is open where it should be closed, or closed where it should be open",
                        found=written[leaf, q, p])  # fmt: skip
        return
    expected = margins(ask, facts.axes.tree)
    wrong = np.abs(found - expected) > FITTED * expected + 1e-9 * facts.ask_total
    periods, products = facts.axes.shape[1:]
    for node, q, p in np.argwhere(wrong):
        where = (-1 if q == periods else int(q), int(node), -1 if p == products else int(p))
        yield fault(CHECK, "rollup.csv", f"{label(facts.axes, where)}, reference",
                    "is not what shares and history give",
                    expected[node, q, p], found[node, q, p])  # fmt: skip


def check_reference_targets(facts: Facts, plan: Plan) -> Iterator[Failure]:
    """Yield rows whose reference is not the rep's part of the region's by weight."""
    rows, axes = plan.rows, facts.axes
    scale = facts.ask_total / max(len(rows.cell), 1)
    expected = _row_reference(facts, plan)

    def wrong(part: slice) -> Bools:
        due = expected(part)
        return np.asarray(
            np.abs(rows.reference[part] - due) > FITTED * due + 1e-6 * scale, dtype=bool
        )

    for row in rows_where(len(rows.cell), wrong):
        rep = facts.crew.names[rows.rep[row]] if facts.crew else ""
        where = where_cell(axes, *rows.place(int(row)), rep)
        yield fault(CHECK, plan.targets_file, f"{where}, reference",
                    "is not what region, product mix and weight give",
                    expected(slice(row, row + 1))[0], rows.reference[row])  # fmt: skip


def _row_reference(facts: Facts, plan: Plan) -> Callable[[slice], Floats]:
    """Return what gives the references of a slice of rows."""
    rows, crew, cells = plan.rows, facts.crew, reference_cells(facts, plan).ravel()
    if crew is None or facts.targets is None:
        return lambda part: cells[rows.cell[part]]
    ask = cells.reshape(facts.axes.shape)
    group, first = crew.groups
    sold = np.einsum("iqp,ip->iq", ask[crew.leaf[first]], crew.sells[first])[group]
    told = rep_references(facts, plan)
    per_unit = np.divide(told, sold, out=np.zeros_like(told), where=sold > 0.0).ravel()
    return lambda part: cells[rows.cell[part]] * per_unit[rows.seat[part]]


def reference_cells(facts: Facts, plan: Plan) -> Floats:
    """Return D0 as recomputed, or as written where shares alone do not settle it."""
    return facts.reference.ask if facts.reference.exact else plan.leaf("reference", facts)


def rep_references(facts: Facts, plan: Plan) -> Floats:
    """Return T0 that belongs to `reference_cells`, shape (rep, period)."""
    from_inputs = facts.targets
    assert facts.crew is not None and from_inputs is not None
    if facts.reference.exact:
        return from_inputs
    return reference_targets(facts.crew, plan.leaf("reference", facts), facts.terms.over_rep)
