"""Limits, and what becomes of them, in a planner's words."""

from __future__ import annotations

import numpy as np

from optimizer.model.contradiction_program import FAMILIES, Elastic
from optimizer.model.contradiction_set import Way, stated
from optimizer.model.listing import rep_lock_names, slice_names
from optimizer.problem.instance import Bools, Instance, Ints, Slices
from optimizer.problem.reference import sellable

_NAMED = 3
"""How many limits are named that another one runs into."""

Place = tuple[str, str, str, str]
"""Period, region, product, rep; ``*`` means all."""


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100.0 * share:.6g} %"


def amount_text(amount: float) -> str:
    """Return an amount with separators and without needless digits."""
    return f"{amount:,.10g}"


def family_of(elastic: Elastic, limit: int) -> tuple[str, int]:
    """Return the family of a limit and its row there."""
    return FAMILIES[elastic.limits.family[limit]], int(elastic.limits.row[limit])


def place_of(elastic: Elastic, limit: int) -> Place:
    """Return where a limit holds."""
    instance = elastic.instance
    family, row = family_of(elastic, limit)
    if family == "rep_lock":
        return rep_lock_names(instance, row)
    if family in ("min", "capacity"):
        pools = elastic.pools
        assert pools is not None
        named = reps_of(elastic, row)
        rep = named[0] if len(named) == 1 else "*"
        return instance.periods[pools.period[row]], instance.leaves[pools.leaf[row]], "*", rep
    slices = {
        "band_min": instance.bands.part,
        "band_max": instance.bands.part,
        "region_lock": instance.region_locks.slices,
        "potential": instance.potentials.slices,
    }[family]
    return (*slice_names(instance, slices, row), "*")


def members_of(elastic: Elastic, pool: int) -> Ints:
    """Return the reps of a pool."""
    pools, reps = elastic.pools, elastic.instance.reps
    assert pools is not None and reps is not None
    inside = pools.number[reps.group[pools.item_rep], pools.item_period] == pool
    return np.asarray(pools.item_rep[inside])


def reps_of(elastic: Elastic, pool: int) -> list[str]:
    """Return the names of a pool's reps."""
    reps = elastic.instance.reps
    assert reps is not None
    return [reps.names[rep] for rep in members_of(elastic, pool)]


def where(place: Place) -> str:
    """Return a place as a planner names it."""
    period, region, product, rep = place
    first = rep if rep != "*" else region
    named = [name for name in (first, product, period) if name != "*"]
    return " ".join(named) or "everything"


def limit_text(elastic: Elastic, limit: int) -> str:
    """Return a limit as it stands."""
    family, row = family_of(elastic, limit)
    at, amount = where(place_of(elastic, limit)), stated(elastic, limit)
    if family.startswith("band"):
        return f"{at}'s {family[5:]} share of {percent(amount)}{_of_whole(elastic.instance, row)}"
    if family in ("region_lock", "rep_lock"):
        return f"the lock of {amount_text(amount)} on {at}{note_of(elastic, limit)}"
    if family == "min":
        return f"the minimums of {at}, {amount_text(amount)} in all"
    if family == "potential":
        return f"the usable potential of {at}, {amount_text(amount)}"
    return f"the usable capacity of {at}, {amount_text(amount)}"


def note_of(elastic: Elastic, limit: int) -> str:
    """Return who decided a lock, why and until when, in brackets; empty where nothing is told."""
    family, row = family_of(elastic, limit)
    instance = elastic.instance
    notes = (instance.region_locks if family == "region_lock" else instance.rep_locks).note
    return f" ({notes[row]})" if notes and notes[row] else ""


def _of_whole(instance: Instance, row: int) -> str:
    """Return of what a band is a share, where it is not the goal."""
    whole = where((*slice_names(instance, instance.bands.whole, row), "*"))
    return "" if whole == "everything" else f" of {whole}"


def remedy(elastic: Elastic, limit: int, new: float, *, named: bool) -> str:
    """Return what to do about a limit; `named` where the sentence does not name it yet."""
    family, row = family_of(elastic, limit)
    place, old = place_of(elastic, limit), stated(elastic, limit)
    word = "raise" if new > old else "lower"
    at = where(place)
    if family.startswith("band"):
        what = f"{at}'s {family[5:]} share{_of_whole(elastic.instance, row)}" if named else "it"
        return f"{word} {what} from {percent(old)} to {percent(new)}"
    by = f"by {amount_text(abs(new - old))}"
    if family in ("region_lock", "rep_lock"):
        what = f"the lock on {at}{note_of(elastic, limit)}" if named else "it"
        return f"{word} {what} {by} to {amount_text(new)}"
    if family == "min":
        one = place[3] != "*"
        it = "it" if one else "them"
        what = f"the minimum{'' if one else 's'} of {at}" if named else it
        return f"{word} {what} {by}"
    if family == "potential":
        potentials = elastic.instance.potentials
        given = given_potential(elastic.instance, new)
        old_given = float(potentials.given[row])
        what = f"the potential of {at}"
        return f"{word} {what} from {amount_text(old_given)} to {amount_text(given)}"
    return f"{word} the usable capacity of {at} {by}"


def given_potential(instance: Instance, usable: float) -> float:
    """Return the potential to write, so that `usable` is left of it."""
    given = usable / (1.0 - instance.potentials.kept_back)
    return float(np.ceil(given * 1e6 - 1e-4) / 1e6)


def against_text(elastic: Elastic, way: Way, but: Ints) -> str:
    """Return the limits that another one runs into, in brackets; empty where none has a price."""
    others = [int(limit) for limit in way.against if limit not in but]
    if not others:
        return ""
    told = [limit_text(elastic, limit) for limit in others[:_NAMED]]
    if len(others) > _NAMED:
        told.append(f"{len(others) - _NAMED} more")
    return f" ({'; '.join(told)})"


def closed_text(instance: Instance, slices: Slices, row: int) -> str:
    """Return why nothing can be asked in a slice; empty where something can."""
    if len(instance.members(slices, row)):
        return ""
    all_shut = instance.shut is not None and bool(shut_in(instance, slices, row).any())
    return "its potential is 0 everywhere" if all_shut else "its share or potential is 0 everywhere"


def shut_in(instance: Instance, slices: Slices, row: int) -> Bools:
    """Return the cells of a slice that only a potential of 0 closes, (leaf, period, product)."""
    assert instance.shut is not None
    period, product = slices.period[row], slices.product[row]
    inside = instance.shut & instance.tree.covers[slices.region[row]][:, None, None]
    if period >= 0:
        inside = inside & (np.arange(inside.shape[1]) == period)[None, :, None]
    if product >= 0:
        inside = inside & (np.arange(inside.shape[2]) == product)
    return np.asarray(inside)


def nobody_text(elastic: Elastic, limit: int) -> str:
    """Return why nobody can carry a lock; empty where somebody can."""
    instance = elastic.instance
    family, row = family_of(elastic, limit)
    if family == "region_lock":
        slices = instance.region_locks.slices
        if closed := closed_text(instance, slices, row):
            return f"nothing can be placed there: {closed}"
        cells = elastic.rules.region_lock.cell[elastic.rules.region_lock.row == row]
        carried = elastic.rules.carried[cells].any()
        return "" if carried else "nobody who could carry it works there"
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    locks = instance.rep_locks
    sold = sellable(instance.reference, groups)[reps.group[locks.rep[row]]]
    sold = sold & (reps.reference[locks.rep[row]] > 0)[:, None]
    period, product = locks.period[row], locks.product[row]
    sold = sold[slice(None) if period < 0 else slice(period, period + 1)]
    sold = sold[:, slice(None) if product < 0 else slice(product, product + 1)]
    if sold.any():
        return ""
    return "nothing can be given there: no weight, or no product that is open in the region"
