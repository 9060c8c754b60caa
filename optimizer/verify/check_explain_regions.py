"""Check 12, for regions: the steps of every cell lead from the shares to the target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from optimizer.verify.acting import Limits, acting_cells
from optimizer.verify.axes import joint
from optimizer.verify.check_reference import reference_cells
from optimizer.verify.cube import Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure
from optimizer.verify.waterfalls import (
    LIMITS,
    check_ends,
    check_given_step,
    check_limit_step,
    check_steps,
    read_waterfalls,
)
from optimizer.verify.written import Plan, where_cell

FIRST = ("shares", "history mix")


def check_explain_regions(
    facts: Facts, plan: Plan, limits: Limits, frame: pd.DataFrame, file: str
) -> Iterator[Failure]:
    """Yield steps of cells that are wrong by themselves, by the inputs or by the limits."""
    axes = facts.axes
    leaves, periods, products = axes.shape
    cells = joint(
        (axes.leaf, frame["region"], leaves),
        (axes.period, frame["period"], periods),
        (axes.product, frame["product"], products),
    )
    count = leaves * periods * products
    falls, failures = read_waterfalls(frame, file, FIRST, count, cells, partial(_words, facts))
    yield from failures
    yield from check_steps(falls, facts.unit)
    reference = reference_cells(facts, plan)
    even = _even(reference)
    target = plan.leaf("target", facts).ravel()
    yield from check_ends(falls, target, (even > 0.0).ravel(), facts.unit)
    mix = np.where(reference > 0.0, reference - even, 0.0)
    size = np.maximum(reference, even).ravel()
    for name, step, told in (
        ("shares", even, "the goal by the shares of region, period and product"),
        ("history mix", mix, "what history makes of the shares"),
    ):
        yield from check_given_step(falls, name, step.ravel(), size, facts.unit, told)
    acts = acting_cells(facts, limits)
    for kind in LIMITS:
        nowhere = np.zeros(axes.shape, dtype=bool)
        yield from check_limit_step(falls, kind, acts.get(kind, nowhere).ravel())


def _even(reference: Floats) -> Floats:
    """Return the cube that has the margins of the reference and favours no cell."""
    total = float(reference.sum())
    if total <= 0.0:
        return np.zeros_like(reference)
    region, period, product = (reference.sum(axis=axes) for axes in ((1, 2), (0, 2), (0, 1)))
    return np.asarray(
        np.einsum("r,q,p->rqp", region, period / total, product / total), dtype=np.float64
    )


def _words(facts: Facts, cell: int) -> str:
    leaf, period, product = np.unravel_index(cell, facts.axes.shape)
    return where_cell(facts.axes, int(leaf), int(period), int(product))
