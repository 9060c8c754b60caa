"""Waterfalls: from an even share, or the shares of the goal, to each target, step by step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.explain.cells import BANDS, REGION_LOCK, SHIFT, CellMoves, explain_cells
from optimizer.explain.exact import in_amounts, shown, whole_steps
from optimizer.explain.people import Multiples, read_multiples
from optimizer.model.allocation import Allocation
from optimizer.problem.instance import Floats, Instance, Ints, Reps
from optimizer.results.label_column import label_column
from optimizer.results.rounding import WholePlan
from optimizer.results.run_folder import decimals_of

LIMITS = (
    "potential", "period_share", "region_share", "product_share", "share", "lock",
    "capacity", "min", "effort", "year", "growth", "eligibility", "coverage",
)  # fmt: skip
"""Steps named after the limits that act, as in ``limits.csv``."""

REFERENCE_STEPS = ("equal share", "ability", "resource", "ramp", "over-assignment")
REGION_STEPS = ("shares", "history mix")
ROUNDING = "rounding"
REP_STEPS = (*REFERENCE_STEPS, *LIMITS, SHIFT, ROUNDING)
CELL_STEPS = (*REGION_STEPS, *LIMITS, SHIFT, ROUNDING)
REP_COLUMNS = ("rep", "period", "step", "amount")
_BLOCK = 1 << 16
"""Reps that are told at a time: all steps of all of them take much room."""

_OUTSIDE = ("potential", *BANDS, REGION_LOCK)


def rep_waterfalls(instance: Instance, allocation: Allocation, whole: WholePlan) -> pd.DataFrame:
    """Return ``explain.csv``: each rep's target of each period, step by step.

    Parameters
    ----------
    instance : Instance
        As `build_instance` makes it: with the factors of the weights.
    allocation : Allocation
        The exact plan with its prices.
    whole : WholePlan
        The plan in whole units, made from `allocation`.

    Returns
    -------
    DataFrame
        Columns rep, period, step, amount, in the order of `REP_STEPS`. The amounts of a rep
        and period, whole hundredths of the rounding unit, sum to the target exactly. Steps of
        0 are left out, but for ``equal share``. Empty in a regional plan.
    """
    reps = instance.reps
    if reps is None or allocation.rep_total is None or whole.cells is None:
        return pd.DataFrame(columns=list(REP_COLUMNS))
    multiples = read_multiples(instance, allocation.rep_total, whole.cells)
    cells = explain_cells(instance, allocation, multiples)
    steps = _reference_steps(instance, reps) | dict.fromkeys(LIMITS, np.zeros(()))
    for name, values in _limit_steps(instance, reps, cells, multiples).items():
        steps[name] = steps[name] + values if name in steps else values
    steps["eligibility"] = steps["eligibility"] + steps.pop("no market")
    steps["lock"] = steps["lock"] + steps.pop(REGION_LOCK)
    total = whole.cells.sum(axis=2)
    told = [
        _told(instance, reps, steps, total, slice(start, start + _BLOCK))
        for start in range(0, max(len(total), 1), _BLOCK)
    ]
    rep, period, step, amount = (np.concatenate(parts) for parts in zip(*told, strict=True))
    return pd.DataFrame(
        {
            "rep": label_column(reps.names, rep),
            "period": label_column(instance.periods, period),
            "step": label_column(REP_STEPS, step),
            "amount": amount,
        }
    )


def _told(
    instance: Instance, reps: Reps, steps: Mapping[str, Floats], total: Ints, rows: slice
) -> tuple[Ints, Ints, Ints, Floats]:
    """Return rep, period, step and amount of what is told of some reps."""
    reference = reps.reference[rows]
    order = np.stack(
        [
            np.broadcast_to(steps[name], reps.reference.shape)[rows].astype(np.float64)
            for name in REP_STEPS[:-1]
        ],
        axis=-1,
    )
    size = np.maximum(reference, order[..., :1].max(axis=-1))
    parts = whole_steps(order, size, total[rows], instance.unit, len(REFERENCE_STEPS))
    rep, period, step = shown(parts)
    amount = _amounts(instance, parts[rep, period, step])
    first = rows.start or 0
    return (
        (rep + first).astype(np.int32),
        period.astype(np.int32),
        step.astype(np.int32),
        amount,
    )


def region_waterfalls(instance: Instance, allocation: Allocation, whole: WholePlan) -> pd.DataFrame:
    """Return ``explain_regions.csv``: the target of each region, period and product.

    Parameters
    ----------
    instance : Instance
    allocation : Allocation
    whole : WholePlan

    Returns
    -------
    DataFrame
        Columns period, region, product, step, amount, in the order of `CELL_STEPS`; sums and
        omissions as in `rep_waterfalls`, the first step being ``shares``. Cells that get no
        share of the goal are left out.
    """
    multiples = None
    if allocation.rep_total is not None:
        multiples = read_multiples(instance, allocation.rep_total, whole.cells)
    moves = explain_cells(instance, allocation, multiples).moves
    reference, even = instance.reference, _even(instance.reference)
    closed = reference <= 0
    steps: dict[str, Floats] = {name: reference * moves[name] for name in (*LIMITS, SHIFT)}
    steps["lock"] += reference * moves[REGION_LOCK]
    steps["shares"], steps["history mix"] = even, np.where(closed, 0.0, reference - even)
    steps["potential"] = np.where(closed, -even, steps["potential"])
    order = np.stack([steps[name] for name in CELL_STEPS[:-1]], axis=-1)
    size = np.maximum(reference, even)
    parts = whole_steps(order, size, whole.placed, instance.unit, len(REGION_STEPS))
    parts[even <= 0] = 0
    leaf, period, product, step = shown(parts)
    kept = np.lexsort((step, product, leaf, period))
    kept = kept[(even[leaf, period, product] > 0)[kept]]
    leaf, period, product, step = leaf[kept], period[kept], product[kept], step[kept]
    return pd.DataFrame(
        {
            "period": label_column(instance.periods, period),
            "region": label_column(instance.leaves, leaf),
            "product": label_column(instance.products, product),
            "step": label_column(CELL_STEPS, step),
            "amount": _amounts(instance, parts[leaf, period, product, step]),
        }
    )


def _even(reference: Floats) -> Floats:
    """Return the cube with the margins of the reference that favours no cell."""
    total = reference.sum()
    if total <= 0:
        return np.zeros_like(reference)
    region, period, product = (
        reference.sum(axis=others) / total for others in ((1, 2), (0, 2), (0, 1))
    )
    return np.asarray(total * region[:, None, None] * period[:, None] * product)


def _reference_steps(instance: Instance, reps: Reps) -> dict[str, Floats]:
    """Return the steps from an even share of the region to the reference target."""
    if reps.ability is None or reps.resource is None or reps.fte_ramp is None:
        raise ValueError("the instance does not know the factors of the reps' weights")
    ask = instance.reference.sum(axis=2)[reps.leaf]
    even = np.ones(reps.weight.shape)
    able = even * reps.ability[:, None]
    placed = able * reps.resource[:, None]
    levels = [
        ask * _proportion(weight, reps.leaf)
        for weight in (even, able, placed, placed * reps.fte_ramp, reps.weight)
    ]
    return {
        "equal share": levels[0],
        "ability": levels[1] - levels[0],
        "resource": levels[2] - levels[1],
        "ramp": levels[3] - levels[2],
        "no market": levels[4] - levels[3],
        "over-assignment": reps.reference - levels[4],
    }


def _proportion(weight: Floats, leaf: Ints) -> Floats:
    total = np.zeros((int(leaf.max(initial=-1)) + 1, weight.shape[1]))
    np.add.at(total, leaf, weight)
    return np.divide(weight, total[leaf], out=np.zeros_like(weight), where=total[leaf] > 0)


def _limit_steps(
    instance: Instance, reps: Reps, cells: CellMoves, multiples: Multiples
) -> dict[str, Floats]:
    """Return the steps from the reference target to the exact target.

    What limits move the region reaches each rep by reference; then what others do not carry;
    then the rep's own limits.
    """
    region = cells.by_region(instance, _OUTSIDE)
    moved = 1.0 + np.asarray(sum(region.values()))
    multiple = multiples.nearest(moved)
    own = multiples.own(reps, multiple)
    steps = {name: part[reps.leaf] * reps.reference for name, part in region.items()}
    shift = (multiple - moved)[reps.leaf] * reps.reference
    held = np.asarray(sum(own.values()))
    if cells.lists.any():
        common = multiple[reps.leaf] * reps.reference
        steps["eligibility"] = np.where(
            cells.lists[reps.leaf][:, None], multiples.total - common - held, 0.0
        )
    turned = (held * shift < 0) & (np.abs(held) >= np.abs(shift))
    for name, values in own.items():
        steps[name] = np.where(turned & (values != 0), held + shift, values)
    return {**steps, SHIFT: np.where(turned, 0.0, shift)}


def _amounts(instance: Instance, parts: Ints) -> Floats:
    return in_amounts(parts, instance.unit, decimals_of(instance.unit))
