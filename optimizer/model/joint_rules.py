"""The joint model's rules, one small generator per family.

Every docstring gives, in this order: what the rule says, where it applies, the relation as
the solver gets it, and the unit. Letters as on the model page: D asked, Y placed, T rep
totals, x rep cells, c an open cell, i a rep, q a period. Inequalities are all written
g ≥ 0 so that a row's price is the price of the rule. `FAMILIES` is the table of contents;
rep limits are bounds of T (`joint_variables`), tangents belong to step 3
(`joint_fairness`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pulp

from optimizer.model.joint_limits import effort, year_max, year_min
from optimizer.model.joint_row import EVERY, Family, Place, Rule
from optimizer.model.joint_variables import JointVariables
from optimizer.problem.instance import ALL, Slices


def goal_total(model: JointVariables) -> Iterator[Rule]:
    """Ask for the whole goal, over-assignment of the regions included.

    Once. Σ_c D_c = G(1 + o_R). Unit: scaled amount.
    """
    asked = pulp.lpSum(model.ask.values())
    yield Rule(Place("goal", "equal"), asked == model.instance.ask_total / model.scale)


def share_band_min(model: JointVariables) -> Iterator[Rule]:
    """Ask at least the lowest share of the whole from a part.

    Per band with a lower limit. Σ_part D − low·Σ_whole D ≥ 0. Unit: scaled amount.
    """
    bands = model.instance.bands
    for row in range(len(bands.kind)):
        if bands.low[row] > 0:
            part, whole = _asked(model, bands.part, row), _asked(model, bands.whole, row)
            place = _place(model, bands.kind[row], "min", bands.part, row)
            yield Rule(place, part - float(bands.low[row]) * whole >= 0)


def share_band_max(model: JointVariables) -> Iterator[Rule]:
    """Ask at most the highest share of the whole from a part.

    Per band with an upper limit below 1. high·Σ_whole D − Σ_part D ≥ 0. Unit: scaled amount.
    """
    bands = model.instance.bands
    for row in range(len(bands.kind)):
        if bands.high[row] < 1:
            part, whole = _asked(model, bands.part, row), _asked(model, bands.whole, row)
            place = _place(model, bands.kind[row], "max", bands.part, row)
            yield Rule(place, float(bands.high[row]) * whole - part >= 0)


def backing(model: JointVariables) -> Iterator[Rule]:
    """Place nothing that is not asked.

    Per open cell. D_c − Y_c ≥ 0. Unit: scaled amount. Not priced.
    """
    for cell, ask in model.ask.items():
        yield Rule(Place("", "min"), ask - model.placed[cell] >= 0)


def least_placed(model: JointVariables) -> Iterator[Rule]:
    """Place at least what a cell has to keep.

    Per open cell with such an amount. Y_c − least ≥ 0. Unit: scaled amount.
    """
    instance = model.instance
    if instance.placed_low is None:
        return
    least = instance.placed_low.reshape(-1)[model.cells] / model.scale
    for number in np.flatnonzero(least > 0).tolist():
        place = Place(
            "least", "min",
            instance.periods[model.period[number]],
            instance.leaves[model.leaf[number]],
            instance.products[model.product[number]],
        )  # fmt: skip
        placed = model.placed[int(model.cells[number])]
        yield Rule(place, placed - float(least[number]) >= 0)


def market_potential(model: JointVariables) -> Iterator[Rule]:
    """Place no more in a slice of the market than its usable potential.

    Per row of potential. V' − Σ_slice Y ≥ 0. Unit: scaled amount.
    """
    potentials = model.instance.potentials
    for row in range(len(potentials.slices)):
        placed = _placed(model, potentials.slices, row)
        place = _place(model, "potential", "max", potentials.slices, row)
        yield Rule(place, float(potentials.usable[row]) / model.scale - placed >= 0)


def region_lock(model: JointVariables) -> Iterator[Rule]:
    """Place exactly the locked amount in a slice.

    Per lock without a rep. Σ_slice Y = amount. Unit: scaled amount.
    """
    locks = model.instance.region_locks
    for row in range(len(locks.slices)):
        placed = _placed(model, locks.slices, row)
        place = _place(model, "lock", "equal", locks.slices, row)
        yield Rule(place, placed == float(locks.amount[row]) / model.scale)


def rep_total(model: JointVariables) -> Iterator[Rule]:
    """Add a rep's products up to the rep's target.

    Per rep and period with a reference. Σ_p x[i,q,p] − T[i,q] = 0. Unit: scaled amount.
    Not priced.
    """
    shape = model.instance.reference.shape
    sold: dict[tuple[int, int], list[Any]] = {key: [] for key in model.total}
    for (rep, cell), variable in model.split.items():
        sold[rep, cell // shape[2] % shape[1]].append(variable)
    for key, total in model.total.items():
        yield Rule(Place("", "equal"), pulp.lpSum(sold[key]) - total == 0)


def coverage_min(model: JointVariables) -> Iterator[Rule]:
    """Let the people of a cell carry at least what is placed there.

    Per open cell of a region and period with people. Σ_i x[i,c] − Y_c ≥ 0.
    Unit: scaled amount.
    """
    for cell, place in _covered_cells(model, "min"):
        yield Rule(place, pulp.lpSum(model.carriers[cell]) - model.placed[cell] >= 0)


def coverage_max(model: JointVariables) -> Iterator[Rule]:
    """Let the people of a cell carry at most what is placed there and their over-assignment.

    Per open cell of a region and period with people. (1 + o_I)·Y_c − Σ_i x[i,c] ≥ 0.
    Unit: scaled amount.
    """
    most = 1.0 + model.instance.over_rep
    for cell, place in _covered_cells(model, "max"):
        yield Rule(place, most * model.placed[cell] - pulp.lpSum(model.carriers[cell]) >= 0)


def rep_lock(model: JointVariables) -> Iterator[Rule]:
    """Give a rep exactly the locked amount of a period and product.

    Per lock with a rep. Σ_slice x[i] = amount. Unit: scaled amount.
    """
    instance, locks = model.instance, model.instance.rep_locks
    if instance.reps is None:
        return
    for row, (rep, period, product) in enumerate(
        zip(locks.rep.tolist(), locks.period.tolist(), locks.product.tolist(), strict=True)
    ):
        node = instance.tree.leaf_node[instance.reps.leaf[rep]]
        one = Slices(np.array([period]), np.array([node]), np.array([product]))
        cells = instance.members(one, 0).tolist()
        held = [model.split[rep, cell] for cell in cells if (rep, cell) in model.split]
        place = Place(
            "lock", "equal",
            _label(instance.periods, period),
            instance.leaves[instance.reps.leaf[rep]],
            _label(instance.products, product),
            instance.reps.names[rep],
        )  # fmt: skip
        yield Rule(place, pulp.lpSum(held) == float(locks.amount[row]) / model.scale)


FAMILIES: dict[str, Family] = {
    "goal_total": goal_total,
    "share_band_min": share_band_min,
    "share_band_max": share_band_max,
    "backing": backing,
    "least_placed": least_placed,
    "market_potential": market_potential,
    "region_lock": region_lock,
    "rep_total": rep_total,
    "coverage_min": coverage_min,
    "coverage_max": coverage_max,
    "rep_lock": rep_lock,
    "effort": effort,
    "year_min": year_min,
    "year_max": year_max,
}
"""The rules of every step, in the order in which they enter the model."""

ASK_FAMILIES = ("goal_total", "share_band_min", "share_band_max")
"""The rules on the ask alone."""


def placed_most(model: JointVariables, amount: float) -> Rule:
    """Keep what step 1 could place.

    Once, in steps 2 and 3. Σ_c Y_c ≥ placed_most. Unit: scaled amount.
    """
    placed = pulp.lpSum(model.placed.values())
    return Rule(Place("placed", "min"), placed >= amount / model.scale)


def street_most(model: JointVariables, amount: float) -> Rule:
    """Keep what step 2 could put on people.

    Once, in step 3. Σ_iq T[i,q] ≥ street_most. Unit: scaled amount.
    """
    street = pulp.lpSum(model.total.values())
    return Rule(Place("street", "min"), street >= amount / model.scale)


def _asked(model: JointVariables, slices: Slices, row: int) -> Any:
    cells = model.instance.members(slices, row).tolist()
    return pulp.lpSum(model.ask[cell] for cell in cells)


def _placed(model: JointVariables, slices: Slices, row: int) -> Any:
    cells = model.instance.members(slices, row).tolist()
    return pulp.lpSum(model.placed[cell] for cell in cells)


def _covered_cells(model: JointVariables, side: str) -> Iterator[tuple[int, Place]]:
    instance = model.instance
    if instance.reps is None:
        return
    for cell, leaf, period, product in zip(
        model.cells.tolist(), model.leaf, model.period, model.product, strict=True
    ):
        if model.covered[leaf, period]:
            yield cell, Place(
                "coverage", side,
                instance.periods[period], instance.leaves[leaf], instance.products[product],
            )  # fmt: skip


def _label(names: tuple[str, ...], index: int) -> str:
    return EVERY if index == ALL else names[index]


def _place(model: JointVariables, kind: str, side: str, slices: Slices, row: int) -> Place:
    instance = model.instance
    return Place(
        kind,
        side,
        _label(instance.periods, int(slices.period[row])),
        instance.tree.names[int(slices.region[row])],
        _label(instance.products, int(slices.product[row])),
    )
