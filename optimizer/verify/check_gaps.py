"""Check 9: every cell with a gap is listed, with causes that can be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.verify.amounts import above, differ, whole
from optimizer.verify.cube import Bools, Floats, inside, slices_union
from optimizer.verify.facts import Facts, barred_cells
from optimizer.verify.failures import Failure, fault
from optimizer.verify.written import Plan, where_cell

CHECK = "gaps"
FILE = "gaps.csv"
CAUSES = ("potential", "capacity", "no_rep", "share_band", "eligibility", "lock", "rounding")


def check_gaps(facts: Facts, plan: Plan, frame: pd.DataFrame) -> Iterator[Failure]:
    """Yield cells whose gap is missing, wrong, or listed without being one."""
    axes, unit = facts.axes, facts.unit
    q, node, p = (
        axes.period(frame["period"]),
        axes.leaf(frame["region"]),
        axes.product(frame["product"]),
    )
    good = (q >= 0) & (node >= 0) & (p >= 0)
    for row in frame.index[~good]:
        labels = ", ".join(frame.loc[row, ["period", "region", "product"]])
        yield fault(CHECK, FILE, f"row {row}", f"{labels} is an unknown label")
    listed = np.zeros(axes.shape)
    listed[node[good], q[good], p[good]] = frame["gap"].to_numpy(dtype=float)[good]
    short = plan.leaf("ask", facts) - plan.leaf("target", facts)
    gap = facts.goal - float(plan.leaf("target", facts).sum())
    yield from _amounts(facts, listed, short, max(gap, 0.0))
    for row in frame.index[~whole(frame["gap"].to_numpy(dtype=float), unit)]:
        yield fault(CHECK, FILE, f"row {row}, gap", f"is no whole multiple of {unit:g}",
                    found=frame.at[row, "gap"])  # fmt: skip


def _amounts(facts: Facts, listed: Floats, short: Floats, gap: float) -> Iterator[Failure]:
    """Compare what is listed with ask − target, less the part that is over-assignment."""
    unit, total = facts.unit, float(short.sum())
    part = gap / total if total > 0.0 else 0.0
    slack = 0.0 if above(np.array(gap), np.array(total - unit), unit) else unit
    exact = short * part
    wrong = above(np.abs(listed - exact), np.array(slack), unit) | above(listed, short, unit)
    for leaf, q, p in np.argwhere(wrong):
        words = "is missing" if listed[leaf, q, p] == 0.0 else "is not the gap of the cell"
        yield fault(CHECK, FILE, where_cell(facts.axes, leaf, q, p), words,
                    exact[leaf, q, p], listed[leaf, q, p])  # fmt: skip
    found = float(listed.sum())
    if differ(np.array(found), np.array(gap), unit):
        yield fault(CHECK, FILE, "all rows", "do not add up to the gap", gap, found)


def check_causes(facts: Facts, frame: pd.DataFrame) -> Iterator[Failure]:
    """Yield causes that are not on the list, or that no limit on the cell can be."""
    if frame.empty:
        return
    possible = _possible(facts)
    axes = facts.axes
    cells = np.column_stack(
        [axes.leaf(frame["region"]), axes.period(frame["period"]), axes.product(frame["product"])]
    )
    for cell, row in zip(cells, frame.itertuples(), strict=True):
        causes = [cause.strip() for cause in str(row.cause).split(";")]
        where = f"{row.period}, {row.region}, {row.product}, cause"
        for cause in causes:
            if cause not in CAUSES:
                yield fault(CHECK, FILE, where, "is no known cause", "; ".join(CAUSES), cause)
            elif cell.min() >= 0 and not possible[cause][tuple(cell)]:
                yield fault(CHECK, FILE, where,
                            f"{cause} cannot be a cause: the scenario has no such limit there",
                            found=cause)  # fmt: skip
        if cell.min() < 0:
            continue
        staffed = facts.staffed[cell[0], cell[1]]
        if not staffed and "no_rep" not in causes:
            yield fault(CHECK, FILE, where, "no rep works there", "no_rep", row.cause)
        if staffed and "no_rep" in causes:
            yield fault(CHECK, FILE, where, "reps work there: no_rep is no cause", found=row.cause)


def _possible(facts: Facts) -> dict[str, Bools]:
    """Return by cause the cells that such a limit touches, (leaf, period, product)."""
    axes, crew = facts.axes, facts.crew
    shape = axes.shape
    found = {cause: np.zeros(shape, dtype=bool) for cause in CAUSES}
    found["potential"] = slices_union(axes.tree, shape, *facts.markets.places)
    for lock in facts.locks:
        q, node, p = lock.where
        if lock.rep >= 0 and crew is not None:
            node = int(axes.tree.leaf_node[crew.leaf[lock.rep]])
        found["lock"] |= inside(axes.tree, shape, q, node, p)
    found["share_band"][:] = bool(facts.bands)
    found["rounding"][:] = True
    if crew is not None and facts.targets is not None:
        works = facts.targets > 0.0
        found["no_rep"][:] = True
        bounded = np.isfinite(crew.high)
        if facts.years is not None:
            bounded = bounded | np.isfinite(facts.years.high)[:, None]
        found["capacity"][:] = crew.somebody(works & bounded, shape[0])[:, :, None]
        found["eligibility"] = barred_cells(facts)
    return found
