"""A market without one open cell: which potentials to raise so that something can be asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.errors import Change
from optimizer.model.contradiction_words import amount_text, given_potential, where
from optimizer.model.listing import slice_names
from optimizer.problem.instance import Bools, Floats, Instance, Ints
from optimizer.problem.reference import sellable
from optimizer.problem.whole import ceil_units


def open_market(instance: Instance) -> tuple[Instance, list[Change]]:
    """Return the instance with some cells open, and the changes that open them.

    The fewest potentials of 0 are raised to what would hold the whole goal; among equally few
    those that open the most cells.
    """
    closing = _closing(instance)
    shut = instance.shut
    if shut is None or not shut.any():
        text = (
            f"nothing can be asked anywhere: each cell has a share of 0, against a goal of "
            f"{amount_text(instance.goal)}: give one region, product and period a share"
        )
        goal = instance.goal
        return instance, [Change("goal", "equal", "*", "*", "*", "*", goal, goal, text)]
    flat = shut.ravel() & (closing.sum(axis=0) > 0)
    sets = np.unique(closing[:, flat], axis=1)
    opened = [(closing[:, flat] <= chosen[:, None]).all(axis=0) for chosen in sets.T]
    best = min(
        range(len(opened)),
        key=lambda k: (sets[:, k].sum(), -opened[k].sum(), tuple(~sets[:, k])),
    )
    reference = np.zeros(shut.size)
    reference[np.flatnonzero(flat)[opened[best]]] = instance.ask_total / opened[best].sum()
    rows = np.flatnonzero(instance.potentials.given <= 0)[sets[:, best]]
    changes = [_raised(instance, int(row)) for row in rows]
    return _with_market(instance, reference.reshape(shut.shape), rows), changes


def _closing(instance: Instance) -> Bools:
    """Return which potentials of 0 close which cells, shape (row, cell)."""
    slices = instance.potentials.slices
    rows = np.flatnonzero(instance.potentials.given <= 0)
    closing = np.zeros((len(rows), *instance.reference.shape), dtype=bool)
    for position, row in enumerate(rows):
        period, product = int(slices.period[row]), int(slices.product[row])
        closing[
            position,
            instance.tree.covers[slices.region[row]],
            slice(None) if period < 0 else slice(period, period + 1),
            slice(None) if product < 0 else slice(product, product + 1),
        ] = True
    return closing.reshape(len(rows), instance.reference.size)


def _enough(instance: Instance) -> float:
    return float(ceil_units(np.array([instance.ask_total]), instance.unit)[0])


def _raised(instance: Instance, row: int) -> Change:
    place = (*slice_names(instance, instance.potentials.slices, row), "*")
    new = given_potential(instance, _enough(instance))
    text = (
        f"nothing can be asked anywhere, and the potential of {where(place)} is 0: raise it, "
        f"to {amount_text(new)} for the whole goal"
    )
    return Change("potential", "max", *place, 0.0, new, text, new)


def _with_market(instance: Instance, reference: Floats, rows: Ints) -> Instance:
    usable = instance.potentials.usable.copy()
    usable[rows] = _enough(instance)
    potentials = replace(instance.potentials, usable=usable)
    reps, groups = instance.reps, instance.groups
    if reps is not None and groups is not None and reps.carries is not None:
        busy = np.asarray(sellable(reference, groups).any(axis=2), dtype=bool)[reps.group]
        high = np.where(busy, reps.carries, 0.0)
        reps = replace(reps, reference=(high > 0).astype(float), high=high)
    return replace(instance, reference=reference, potentials=potentials, reps=reps)
