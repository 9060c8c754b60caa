"""Capacity that products take: the effort of a unit, and what it leaves room for."""

from __future__ import annotations

import numpy as np

from optimizer.domain.scenario import Scenario
from optimizer.problem.instance import Bools, Floats, Instance
from optimizer.problem.labels import Labels
from optimizer.problem.reference import sellable


def read_effort(scenario: Scenario, labels: Labels) -> Floats | None:
    """Return the effort of each product, (product,); None where it is 1 for all."""
    table = scenario.table("products")
    if table is None:
        return None
    effort = np.ones(len(labels.products))
    effort[labels.product_index(table["product"])] = table["effort"].fillna(1.0)
    return None if (effort == 1.0).all() else effort


def most_totals(instance: Instance) -> Floats:
    """Return the most that a rep's target can be in a period by capacity alone.

    Without effort this is the usable capacity; with it, what is left of the capacity by cells
    that must be, spent on the product of least effort that the rep may sell there.

    Returns
    -------
    (rep, period) floats
        inf where nothing limits it.
    """
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    if instance.effort is None:
        return reps.high
    lightest = least_effort(instance.effort, sellable(instance.reference, groups))[reps.group]
    begun, left = begun_totals(instance)
    return np.where(reps.reference > 0, begun + reach(left, lightest), 0.0)


def begun_totals(instance: Instance) -> tuple[Floats, Floats]:
    """Return what each rep must sell of single cells, and the capacity that this leaves.

    Returns
    -------
    (rep, period) floats, (rep, period) floats
    """
    reps, cells = instance.reps, instance.cells_low
    assert reps is not None
    if cells is None or instance.effort is None:
        return np.zeros_like(reps.high), reps.high
    return cells.sum(axis=2), np.maximum(reps.high - cells @ instance.effort, 0.0)


def reach(capacity: Floats, effort: Floats) -> Floats:
    """Return how much a capacity carries of a product; inf of one that takes no effort."""
    whole = np.broadcast_to(effort, capacity.shape)
    return np.divide(capacity, whole, out=np.full_like(capacity, np.inf), where=whole > 0)


def least_effort(effort: Floats, sold: Bools) -> Floats:
    """Return the least effort among the products sold, (…,); 0 where none is.

    Parameters
    ----------
    effort : (product,) floats
    sold : (…, product) bools
    """
    least = np.where(sold, effort, np.inf).min(axis=-1)
    return np.where(np.isfinite(least), least, 0.0)
