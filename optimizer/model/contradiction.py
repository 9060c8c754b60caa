"""Why no plan exists: the smallest set of changes that would make one possible, in words.

The elastic twin of step 1 says which limits must give way (`contradiction_program`,
`contradiction_set`); here that becomes changes of the inputs, each with what to write instead
and, where another change would do as well, with that one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.errors import Change, ContradictionError, Part, SolverError
from optimizer.model.contradiction_applied import with_changes
from optimizer.model.contradiction_changes import Tale, is_possible
from optimizer.model.contradiction_market import open_market
from optimizer.model.contradiction_people import people_changes
from optimizer.model.contradiction_program import build_elastic
from optimizer.model.contradiction_set import smallest_way
from optimizer.model.contradiction_words import amount_text
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import Rules, read_rules
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Floats, Instance, Reps

_NEGLIGIBLE = 1e-7
_MOST_TRIED = 3
"""For how many reps it is tried whether more capacity would do as well."""


def explain_contradiction(
    instance: Instance, rules: Rules, pools: Pools | None
) -> ContradictionError:
    """Return the error that says which changes would make a plan possible.

    Raises
    ------
    SolverError
        Where the limits miss each other by less than numbers can tell.
    """
    changes = _elastic_changes(instance, rules, pools, None)
    changes += _of_people(instance, rules, pools, changes)
    if not changes:
        raise SolverError(
            "HiGHS finds no plan, but a plan as soon as any limit may be missed by nothing: "
            "some share or amount is too small beside the others for its accuracy."
        )
    return ContradictionError(changes)


def check_limits(instance: Instance) -> None:
    """Refuse a market without one open cell, and reps with a minimum over their capacity.

    Raises
    ------
    ContradictionError
    """
    changes: list[Change] = []
    if not (instance.reference > 0).any():
        instance, changes = open_market(instance)
    if not (instance.reference > 0).any():
        raise ContradictionError(changes)
    crossed = _crossed(instance)
    if changes or crossed:
        raise ContradictionError([*changes, *_with_crossed(instance, crossed, alone=not changes)])


def _with_crossed(
    instance: Instance, crossed: list[tuple[int, int]], *, alone: bool
) -> list[Change]:
    """Return the changes for reps whose minimum is over their capacity, and those beyond."""
    reps = instance.reps
    if reps is None:
        return _elastic_changes(instance, read_rules(instance), None, None)
    mended = replace(instance, reps=replace(reps, low=np.minimum(reps.low, most_totals(instance))))
    rules = read_rules(mended)
    pools = read_pools(mended)
    others = _elastic_changes(mended, rules, pools, reps.low)
    others += _of_people(mended, rules, pools, others)
    told = {(part.rep, change.period) for change in others for part in change.parts}
    left = [
        (rep, period)
        for rep, period in crossed
        if (reps.names[rep], instance.periods[period]) not in told
    ]
    tried = alone and not others and len(left) <= _MOST_TRIED
    return [_crossed_change(mended, reps, *place, tried=tried) for place in left] + others


def _crossed(instance: Instance) -> list[tuple[int, int]]:
    reps = instance.reps
    if reps is None:
        return []
    most = np.where(reps.reference > 0, most_totals(instance), reps.high)
    rows, periods = np.nonzero(reps.low > most + _NEGLIGIBLE * instance.unit)
    return list(zip(rows.tolist(), periods.tolist(), strict=True))


def _crossed_change(mended: Instance, reps: Reps, rep: int, period: int, *, tried: bool) -> Change:
    low, high = float(reps.low[rep, period]), float(most_totals(mended)[rep, period])
    name, label = reps.names[rep], mended.periods[period]
    text = f"{name} {label}: the minimum is {amount_text(low)} but "
    if reps.reference[rep, period] <= 0:
        text += "nothing can be given there: no weight, or no product that is open in the region"
    else:
        text += f"the usable capacity {'is' if mended.effort is None else 'carries'} "
        text += amount_text(high)
    text += f": lower the minimum by {amount_text(low - high)}"
    tried = tried and mended.effort is None and bool(reps.reference[rep, period] > 0)
    if tried and _raised_is_enough(mended, rep, period, low):
        text += ", or raise the capacity by as much"
    parts = (Part(name, low, high),)
    region = mended.leaves[reps.leaf[rep]]
    return Change("min", "min", label, region, "*", name, low, low - high, text, high, parts)


def _raised_is_enough(mended: Instance, rep: int, period: int, low: float) -> bool:
    """Return whether more capacity for one rep does in place of a lower minimum."""
    reps = mended.reps
    assert reps is not None
    least, most = reps.low.copy(), reps.high.copy()
    least[rep, period] = most[rep, period] = low
    return is_possible(replace(mended, reps=replace(reps, low=least, high=most)))


def _of_people(
    instance: Instance, rules: Rules, pools: Pools | None, made: list[Change]
) -> list[Change]:
    """Return what effort and limits over all periods need beyond changes made."""
    reps = instance.reps
    if reps is None or (instance.effort is None and reps.total_low is None):
        return []
    if not made:
        return people_changes(instance, rules, pools)
    mended = with_changes(instance, made)
    return people_changes(mended, read_rules(mended), read_pools(mended))


def _elastic_changes(
    instance: Instance, rules: Rules, pools: Pools | None, stated: Floats | None
) -> list[Change]:
    elastic = build_elastic(instance, rules, pools)
    return Tale(elastic, smallest_way(elastic), stated).changes()
