"""The joint model's solution as arrays, cleaned of the solver's last digits.

Per rep cell the model knows more than a plan needs: people of a group are interchangeable
but for their limits, so a plan keeps what the group sells and what each person's total is.
With limits over all periods, or on effort, only people who are the same are interchangeable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.model.alike import alike
from optimizer.model.joint_variables import JointVariables
from optimizer.problem.instance import Floats, Instance


@dataclass(frozen=True)
class JointPlan:
    """A feasible point of the joint model, in the scenario's unit.

    Attributes
    ----------
    ask, placed : (leaf, period, product) floats
    total : (rep, period) floats
    volume : (group, period, product) floats
        Without people, both are empty.
    """

    ask: Floats
    placed: Floats
    total: Floats
    volume: Floats


def read_plan(model: JointVariables) -> JointPlan:
    """Read the last solve; negative digits are cut and each group's people evened out."""
    shape = model.instance.reference.shape
    ask, placed = np.zeros(shape), np.zeros(shape)
    ask.flat[model.cells] = _values(list(model.ask.values()), model.scale)
    placed.flat[model.cells] = _values(list(model.placed.values()), model.scale)
    instance = model.instance
    if instance.reps is None or instance.groups is None:
        empty = np.zeros((0, *shape[1:]))
        return JointPlan(ask, placed, empty[:, :, 0], empty)
    volume = np.zeros((len(instance.groups.leaf), *shape[1:]))
    sold = _values(list(model.split.values()), model.scale)
    for (rep, cell), amount in zip(model.split, sold.tolist(), strict=True):
        period, product = divmod(cell % (shape[1] * shape[2]), shape[2])
        volume[instance.reps.group[rep], period, product] += amount
    total = even_out(instance, volume.sum(axis=2))
    if instance.effort is not None or instance.reps.total_high is not None:
        total = average_alike(instance, _totals(model, sold))
    return JointPlan(ask, placed, total, _fit_volume(instance, volume, total))


def _totals(model: JointVariables, sold: Floats) -> Floats:
    assert model.instance.reps is not None
    total = np.zeros(model.instance.reps.reference.shape)
    shape = model.instance.reference.shape
    for (rep, cell), amount in zip(model.split, sold.tolist(), strict=True):
        total[rep, cell // shape[2] % shape[1]] += amount
    return total


def average_alike(instance: Instance, total: Floats) -> Floats:
    """Return totals with those of people who are the same evened out, (rep, period)."""
    kind = alike(instance, np.arange(len(total)))
    count = np.bincount(kind)
    sums = np.zeros((len(count), total.shape[1]))
    np.add.at(sums, kind, total)
    return np.asarray((sums / count[:, None])[kind])


def even_out(instance: Instance, street: Floats) -> Floats:
    """Share each group's street out to its people as fairly as their limits allow.

    T[i,q] = clip(m·T0[i,q], min, capacity) with one multiple m per group and period: the
    least Σ (T − T0)²/T0 for the given sum, and the same for people who are the same.

    Parameters
    ----------
    instance : Instance
    street : (group, period) floats

    Returns
    -------
    (rep, period) floats
    """
    assert instance.reps is not None
    reps = instance.reps
    total = np.zeros(reps.reference.shape)
    for group, period in np.argwhere(street > 0).tolist():
        people = np.flatnonzero((reps.group == group) & (reps.reference[:, period] > 0))
        wish, low, high = (part[people, period] for part in (reps.reference, reps.low, reps.high))
        total[people, period] = fill(wish, low, high, float(street[group, period]))
    return total


def fill(wish: Floats, low: Floats, high: Floats, amount: float) -> Floats:
    """Return clip(m·wish, low, high) with the m whose sum is `amount`, or comes nearest."""
    steps = np.concatenate([low / wish, high / wish])
    steps = np.unique(steps[np.isfinite(steps)])
    endless = wish[np.isinf(high)].sum()
    if endless > 0:
        steps = np.append(steps, steps[-1] + amount / endless)
    sums = np.clip(steps[:, None] * wish, low, high).sum(axis=1)
    filled: Floats = np.clip(np.interp(amount, sums, steps) * wish, low, high)
    return filled


def blend(one: JointPlan, other: JointPlan, weight: float) -> JointPlan:
    """Return one + weight·(other − one); feasible where both are and weight is in [0, 1]."""
    return JointPlan(
        one.ask + weight * (other.ask - one.ask),
        one.placed + weight * (other.placed - one.placed),
        one.total + weight * (other.total - one.total),
        one.volume + weight * (other.volume - one.volume),
    )


def unfairness(instance: Instance, plan: JointPlan) -> float:
    """Return F = Σ (Y − D0)²/D0 + Σ (T − T0)²/T0 over open cells and rep-periods."""
    cells = instance.reference > 0
    value = _squares(plan.placed[cells], instance.reference[cells])
    if instance.reps is not None:
        people = instance.reps.reference > 0
        value += _squares(plan.total[people], instance.reps.reference[people])
    return value


def fairer(instance: Instance, one: JointPlan, other: JointPlan) -> JointPlan:
    """Return the fairest plan on the line between two feasible ones."""
    terms = [(instance.reference, one.placed, other.placed)]
    if instance.reps is not None:
        terms.append((instance.reps.reference, one.total, other.total))
    return blend(one, other, fairest_weight(terms))


def fairest_weight(terms: Sequence[tuple[Floats, Floats, Floats]]) -> float:
    """Return the w in [0, 1] with the least Σ (v − v0)²/v0 at v = here + w·(there − here).

    Parameters
    ----------
    terms : sequence of (v0, here, there)
    """
    slope = curve = 0.0
    for reference, here, there in terms:
        at = reference > 0
        move = there[at] - here[at]
        slope -= float(np.sum((here[at] - reference[at]) * move / reference[at]))
        curve += float(np.sum(move**2 / reference[at]))
    return min(max(slope / curve, 0.0), 1.0) if curve > 0 else 0.0


def _values(variables: list[object], scale: float) -> Floats:
    found = np.array([getattr(variable, "varValue", None) for variable in variables], dtype=float)
    # a solver leaves out what appears in no row; such a variable is free to be 0
    amounts: Floats = np.maximum(np.nan_to_num(found), 0.0) * scale
    return amounts


def _squares(values: Floats, reference: Floats) -> float:
    return float(np.sum((values - reference) ** 2 / reference))


def _fit_volume(instance: Instance, volume: Floats, total: Floats) -> Floats:
    """Scale each group's products to the sum of its people's totals."""
    assert instance.reps is not None
    street = np.zeros(volume.shape[:2])
    np.add.at(street, instance.reps.group, total)
    sold = volume.sum(axis=2)
    factor: Floats = np.divide(street, sold, out=np.zeros_like(sold), where=sold > 0)
    fitted: Floats = volume * factor[:, :, None]
    return fitted
