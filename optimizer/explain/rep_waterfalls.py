"""The waterfall of each rep and period, block by block: there may be tens of millions of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.explain.cells import BANDS, REGION_LOCK, SHIFT
from optimizer.explain.exact import amounts_of, shown, whole_steps
from optimizer.explain.people import Multiples, parts_of, sums_by_leaf
from optimizer.explain.waterfalls import LIMITS, ROUNDING, Moves
from optimizer.problem.instance import Bools, Floats, Instance, Reps
from optimizer.results.label_column import Labels

REFERENCE_STEPS = ("equal share", "ability", "resource", "ramp", "over-assignment")
REP_STEPS = (*REFERENCE_STEPS, *LIMITS, SHIFT, ROUNDING)
REP_COLUMNS = ("rep", "period", "step", "amount")

_BLOCK = 1 << 20
"""Rows of a block, about."""

_NO_MARKET = "no market"
_OUTSIDE = ("potential", *BANDS, REGION_LOCK)


def rep_waterfalls(told: Moves) -> pd.DataFrame:
    """Return ``explain.csv``: each rep's target of each period, step by step.

    Returns
    -------
    DataFrame
        Columns rep, period, step, amount, in the order of `REP_STEPS`. The amounts of a rep
        and period, whole hundredths of the rounding unit, sum to the target exactly. Steps of
        0 are left out, but for ``equal share``. Empty in a regional plan.
    """
    return pd.concat(rep_blocks(told), ignore_index=True)


def rep_blocks(told: Moves) -> Iterator[pd.DataFrame]:
    """Yield ``explain.csv`` from top to bottom, at least one block; see `rep_waterfalls`."""
    instance, reps = told.instance, told.instance.reps
    if reps is None or told.multiples is None or told.whole.cells is None:
        yield pd.DataFrame(columns=list(REP_COLUMNS))
        return
    labels = Labels(reps.names), Labels(instance.periods), Labels(REP_STEPS)

    def block() -> pd.DataFrame:
        rep, period, step, amount = map(np.concatenate, zip(*rows, strict=True))
        columns = [each.column(at) for each, at in zip(labels, (rep, period, step), strict=True)]
        return pd.DataFrame(dict(zip(REP_COLUMNS, [*columns, amount], strict=True)), copy=False)

    rows: list[tuple[NDArray[Any], ...]] = []
    for told_rows in _rows(told, reps, told.multiples):
        rows.append(told_rows)
        if sum(len(amount) for *_, amount in rows) >= _BLOCK:
            yield block()
            rows.clear()
    if rows:
        yield block()


def _rows(told: Moves, reps: Reps, multiples: Multiples) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield rep, period, step and amount of what is told of some reps."""
    instance, whole = told.instance, told.whole
    assert whole.cells is not None
    totals = [
        sums_by_leaf(reps.leaf, weight, len(instance.reference))
        for weight in _weights(reps, slice(None))
    ]
    outside = told.cells.by_region(instance, _OUTSIDE)
    outside = {name: part for name, part in outside.items() if part.any()}
    for some in parts_of(reps):
        steps = _reference_steps(instance, reps, totals, some)
        limits = _limit_steps(reps, outside, told.cells.lists, multiples, some)
        for name, values in (*limits.items(), ("eligibility", steps.pop(_NO_MARKET))):
            steps[name] = steps[name] + values if name in steps else values
        chosen = [
            number
            for number, name in enumerate(REP_STEPS)
            if name in steps and (name in REFERENCE_STEPS or name == SHIFT or steps[name].any())
        ]
        order = np.stack([steps[REP_STEPS[number]] for number in chosen], axis=-1)
        size = np.maximum(reps.reference[some], order[..., 0])
        total = whole.cells[some].sum(axis=2)
        parts = whole_steps(order, size, total, instance.unit, len(REFERENCE_STEPS))
        rep, period, step = shown(parts)
        numbers = np.array([*chosen, REP_STEPS.index(ROUNDING)])
        amount = amounts_of(parts[rep, period, step], instance.unit)
        yield rep + some.start, period, numbers[step], amount


def _weights(reps: Reps, some: slice) -> tuple[Floats, ...]:
    """Return what the region is shared by, step by step, (rep, period) each."""
    if reps.ability is None or reps.resource is None or reps.fte_ramp is None:
        raise ValueError("the instance does not know the factors of the reps' weights")
    even = np.ones(reps.weight[some].shape)
    able = even * reps.ability[some, None]
    placed = able * reps.resource[some, None]
    return even, able, placed, placed * reps.fte_ramp[some], reps.weight[some]


def _reference_steps(
    instance: Instance, reps: Reps, totals: list[Floats], some: slice
) -> dict[str, Floats]:
    """Return the steps from an even share of the region to the reference target.

    Parameters
    ----------
    totals : list of (leaf, period) floats
        Sums of `_weights`.
    """
    leaf = reps.leaf[some]
    ask = instance.reference.sum(axis=2)[leaf]
    levels = []
    for weight, total in zip(_weights(reps, some), totals, strict=True):
        whole = total[leaf]
        levels.append(ask * np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0))
    return {
        "equal share": levels[0],
        "ability": levels[1] - levels[0],
        "resource": levels[2] - levels[1],
        "ramp": levels[3] - levels[2],
        _NO_MARKET: levels[4] - levels[3],
        "over-assignment": reps.reference[some] - levels[4],
    }


def _limit_steps(
    reps: Reps,
    outside: dict[str, Floats],
    lists: Bools,
    multiples: Multiples,
    some: slice,
) -> dict[str, Floats]:
    """Return the steps from the reference target to the exact target.

    What limits move the region reaches each rep by reference; then what others do not carry;
    then the rep's own limits.

    Parameters
    ----------
    outside : dict of name to (leaf, period) floats
        What moved the regions, as parts of their references.
    lists : (leaf,) bools
        Where some rep does not sell all open products.
    """
    leaf, reference = reps.leaf[some], reps.reference[some]
    moved = 1.0 + sum(outside.values(), np.zeros(multiples.least.shape))
    multiple = multiples.nearest(moved)
    own = multiples.own(reps, multiple, some)
    steps = {name: part[leaf] * reference for name, part in outside.items()}
    if REGION_LOCK in steps:
        steps["lock"] = steps.pop(REGION_LOCK)
    shift = (multiple - moved)[leaf] * reference
    held = sum(own.values(), np.zeros(reference.shape))
    if lists.any():
        common = multiple[leaf] * reference
        apart = multiples.total[some] - common - held
        steps["eligibility"] = np.where(lists[leaf][:, None], apart, 0.0)
    turned = (held * shift < 0) & (np.abs(held) >= np.abs(shift))
    for name, values in own.items():
        added = np.where(turned & (values != 0), held + shift, values)
        steps[name] = steps[name] + added if name in steps else added
    return {**steps, SHIFT: np.where(turned, 0.0, shift)}
