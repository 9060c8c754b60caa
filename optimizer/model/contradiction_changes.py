"""From limits that must give way to changes of the inputs, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import Change, Part, SolverError
from optimizer.model.contradiction_program import Elastic, build_elastic
from optimizer.model.contradiction_set import Bound, Way, bound_of, settle, stated
from optimizer.model.contradiction_words import (
    against_text,
    amount_text,
    closed_text,
    family_of,
    members_of,
    nobody_text,
    note_of,
    percent,
    place_of,
    remedy,
    shut_in,
    where,
)
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Floats, Instance, Ints

_MOST_TRIED, _MOST_TOLD = 3, 2
"""How many other remedies are tried for a change, and told."""

_MOST_DISCUSSED = 5
"""For how many changes other remedies are looked for."""


@dataclass(frozen=True)
class Tale:
    """What there is to tell: the way out, and minimums as they were stated."""

    elastic: Elastic
    way: Way
    stated: Floats | None

    def changes(self) -> list[Change]:
        """Return the changes of the inputs, one per limit that must give way."""
        told = []
        for position, limit in enumerate(self.way.limits.tolist()):
            others = list(self._others(position)) if position < _MOST_DISCUSSED else []
            family, _ = family_of(self.elastic, limit)
            tell = {"min": self._minimum, "region_lock": self._lock, "rep_lock": self._lock}
            told.append(tell.get(family, self._band)(limit, float(self.way.new[position]), others))
        return told

    def _band(self, limit: int, new: float, others: list[str]) -> Change:
        elastic, bands = self.elastic, self.elastic.instance.bands
        family, row = family_of(elastic, limit)
        place, side, old = place_of(elastic, limit), family[5:], stated(elastic, limit)
        at = where(place)
        closed = closed_text(elastic.instance, bands.part, row)
        if closed:
            why = f"{at}: its {side} share is {percent(old)}, but {closed}"
            remedies = [f"lower the {side} share to {percent(new)}"]
            if opened_is_enough(elastic.instance, row):
                remedies.append("give it a potential")
        else:
            word = "no more" if side == "min" else "no less"
            why = f"{at}'s {side} share is {percent(old)}, but the other limits leave it {word} "
            why += f"than {percent(new)}{against_text(elastic, self.way, self.way.limits)}"
            remedies = [remedy(elastic, limit, new, named=False), *others]
        moved = round(abs(new - old), 10)
        return Change(bands.kind[row], side, *place, old, moved, _said(why, remedies), new)

    def _lock(self, limit: int, new: float, others: list[str]) -> Change:
        elastic = self.elastic
        place, old = place_of(elastic, limit), stated(elastic, limit)
        head = f"lock of {amount_text(old)} on {where(place)}{note_of(elastic, limit)}"
        why = nobody_text(elastic, limit)
        if not why:
            word = "at most {} can" if new < old else "at least {} must"
            why = f"{word.format(amount_text(new))} be placed there"
            if new < old and _carried(elastic, limit) == new:
                why = f"the usable capacity there is {amount_text(new)}"
            else:
                why += against_text(elastic, self.way, self.way.limits)
        text = _said(f"{head}, but {why}", [remedy(elastic, limit, new, named=False), *others])
        return Change("lock", "equal", *place, old, abs(new - old), text, new)

    def _minimum(self, limit: int, new: float, others: list[str]) -> Change:
        elastic = self.elastic
        reps, pools = elastic.instance.reps, elastic.pools
        assert reps is not None and pools is not None
        _, pool = family_of(elastic, limit)
        place, members = place_of(elastic, limit), members_of(elastic, pool)
        period = int(pools.period[pool])
        low = reps.low[members, period]
        asked = low if self.stated is None else self.stated[members, period]
        old, named = float(asked.sum()), int((asked > 0).sum())
        parts = tuple(
            Part(reps.names[rep], float(before), round(float(after), 9))
            for rep, before, after in zip(
                members, asked, spread(low, new, elastic.instance.unit), strict=True
            )
            if after < before
        )
        region = (*place[:3], "*")
        if named == 1:
            one = reps.names[members[int(np.argmax(asked))]]
            place = (*place[:3], one)
            why = f"{where(place)}: the minimum is {amount_text(old)}, but at most "
            why += f"{amount_text(new)} can be given there"
        else:
            why = f"{where(region)}: minimums of {named} reps sum to {amount_text(old)}, at most "
            why += f"{amount_text(new)} may be given to them"
        why += against_text(elastic, self.way, self.way.limits)
        by = f"lower {'it' if named == 1 else 'them'} by {amount_text(old - new)}"
        text = _said(why, [by, *others])
        return Change("min", "min", *place, old, old - new, text, new, parts)

    def _others(self, position: int) -> Iterator[str]:
        """Yield other remedies that would do in place of a change, the rest as it is."""
        bounds = self._bounds(position)
        told = 0
        for limits in self._candidates()[:_MOST_TRIED] if bounds is not None else ():
            try:
                found = settle(self.elastic, limits, bounds or ())
            except SolverError:
                continue
            if len(limits) == 1:
                yield remedy(self.elastic, int(limits[0]), float(found.new[0]), named=True)
            else:
                more = float(found.new.sum()) - sum(
                    stated(self.elastic, int(limit)) for limit in limits
                )
                yield f"raise the usable capacity of its reps by {amount_text(more)} in all"
            told += 1
            if told == _MOST_TOLD:
                return

    def _bounds(self, position: int) -> list[Bound] | None:
        """Return how far the other changes go; None where that depends on the plan."""
        bounds = []
        for other, limit in enumerate(self.way.limits.tolist()):
            if other != position:
                bound = bound_of(self.elastic, limit, float(self.way.new[other]))
                if bound is None:
                    return None
                bounds.append(bound)
        return bounds

    def _candidates(self) -> list[Ints]:
        """Return the limits that stand against the changes, what is easiest to change first."""
        limits, against = self.elastic.limits, self.way.against
        found = [
            np.array([limit])
            for families in (("band_min", "band_max"), ("rep_lock", "region_lock", "min"))
            for limit in against[limits.of(*families)[against]]
        ]
        capacity = against[limits.of("capacity")[against]]
        if len(capacity):
            found.append(capacity)
        return found + [np.array([limit]) for limit in against[limits.of("potential")[against]]]


def spread(low: Floats, total: float, unit: float) -> Floats:
    """Scale minimums down in proportion to a new sum, in whole units by largest remainder.

    Parameters
    ----------
    low : (rep,) floats
        Whole multiples of `unit`.
    total : float
        At most their sum.
    """
    before = np.round(low / unit)
    if not before.any():
        return low
    wanted = before * (round(total / unit) / before.sum())
    whole = np.floor(wanted + 1e-9)
    left = round(total / unit) - int(whole.sum())
    first = np.argsort(-(wanted - whole), kind="stable")[:left]
    whole[first] += 1.0
    return np.asarray(np.minimum(whole * unit, low))


def opened_is_enough(instance: Instance, band: int) -> bool:
    """Return whether a plan exists as soon as the slice of a band has a potential."""
    if instance.shut is None:
        return False
    shut = shut_in(instance, instance.bands.part, band)
    if not shut.any():
        return False
    typical = instance.ask_total / shut.size
    opened = replace(instance, reference=np.where(shut, typical, instance.reference))
    return is_possible(opened)


def is_possible(instance: Instance) -> bool:
    """Return whether some plan keeps all limits; no rep's min may be over its capacity."""
    rules = read_rules(instance)
    elastic = build_elastic(instance, rules, read_pools(instance))
    return elastic.solve(np.zeros(0, dtype=np.int64)).feasible


def _carried(elastic: Elastic, limit: int) -> float:
    """Return the usable capacity below a lock, over all periods that it covers."""
    instance, pools = elastic.instance, elastic.pools
    family, row = family_of(elastic, limit)
    if pools is None:
        return float("inf")
    if family == "rep_lock":
        assert instance.reps is not None
        locks = instance.rep_locks
        inside = pools.group == instance.reps.group[locks.rep[row]]
        period = locks.period[row]
    else:
        slices = instance.region_locks.slices
        inside = instance.tree.covers[slices.region[row]][pools.leaf]
        period = slices.period[row]
    inside = inside & ((period < 0) | (pools.period == period))
    return float(elastic.street_high[inside].sum())


def _said(why: str, remedies: list[str]) -> str:
    return f"{why}: {', or '.join(remedies)}"
