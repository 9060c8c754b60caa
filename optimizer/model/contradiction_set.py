"""The smallest set of limits that must give way, and how far each has to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import SolverError
from optimizer.model.contradiction_ask import is_everything
from optimizer.model.contradiction_program import DEMANDS, FAMILIES, Elastic
from optimizer.problem.instance import Floats, Ints
from optimizer.problem.whole import ceil_units, floor_units
from optimizer.solve.program import Solution

SHARE_UNIT = 1e-4
"""Shares are proposed in whole hundredths of a percent."""

_DIGITS = 8
"""Decimals of a share that a solver's answer is good for."""

_NEGLIGIBLE = 1e-7
_PRICED = 1e-9
_MOST_ALONE, _MOST_IN_PAIRS = 16, 6
"""Among how many limits one, or two, are looked for that are enough."""

_DUST = 1e-7
"""What a solver leaves of an amount, as a part of it or of a typical cell."""

_MOST_DUST = 1e-3
"""Part of a whole unit beyond which a rest is none of the solver's."""

Bound = tuple[int, Floats, Floats]


@dataclass(frozen=True)
class Way:
    """A way out: which limits give way, to what, and what holds against them.

    Attributes
    ----------
    limits : (change,) ints
        Limits of the elastic twin.
    new : (change,) floats
        What each becomes: a share of its whole, a locked amount, the sum of a pool's minimums,
        a usable potential, or the usable capacity of a pool.
    against : ints
        Limits that have a price without giving way: those that the others run into.
    """

    limits: Ints
    new: Floats
    against: Ints


def smallest_way(elastic: Elastic) -> Way:
    """Return the fewest limits that a search finds, the cheaper ones where it is even.

    None of them is superfluous: without any one of them there is no plan, however far the
    others give way.

    Raises
    ------
    SolverError
        Where the limits miss each other by less than numbers can tell.
    """
    everything = np.flatnonzero(elastic.limits.of(*DEMANDS))
    found = elastic.solve(everything)
    if not found.feasible:
        raise SolverError("No plan exists, and no change of one limit alone makes one possible.")
    amounts = elastic.gives(found).sum(axis=1)
    used = np.flatnonzero(amounts > _NEGLIGIBLE * max(1.0, elastic.instance.unit / elastic.scale))
    if len(used) and not elastic.solve(used).feasible:
        used = np.flatnonzero(amounts > 0)
    if not len(used):
        return Way(used, np.zeros(0), used)
    few = _fewest(elastic, found, used)
    if few is None:
        few = _without_superfluous(elastic, used[np.argsort(amounts[used], kind="stable")])
    return settle(elastic, few, ())


def settle(elastic: Elastic, chosen: Ints, bounds: Sequence[Bound]) -> Way:
    """Return how far chosen limits must give way at least, in numbers that can be written.

    Locks come first, one after another: only they can give way too far.

    Parameters
    ----------
    elastic : Elastic
    chosen : ints
    bounds : sequence of Bound
        How far further limits may give way.

    Raises
    ------
    SolverError
        Where the chosen limits are not enough.
    """
    found = elastic.solve(chosen, bounds)
    if not found.feasible:
        raise SolverError("HiGHS lost a way out that it had found; the numbers are badly scaled.")
    fixed = list(bounds)
    locks = chosen[elastic.limits.of("region_lock", "rep_lock")[chosen]]
    amounts: dict[int, float] = {}
    for position, lock in enumerate(locks):
        rest = np.concatenate([np.setdiff1d(chosen, locks), locks[position + 1 :]])
        amounts[int(lock)], bound, found = _round_lock(elastic, int(lock), rest, fixed, found)
        fixed.append(bound)
    new = [amounts.get(int(limit), _new_limit(elastic, int(limit), found)) for limit in chosen]
    priced = np.abs(found.price[elastic.limits.program_row]) > _PRICED
    priced[chosen] = False
    against = _locks_against(elastic, chosen, bounds)
    return Way(chosen, np.array(new), against if len(against) else np.flatnonzero(priced))


def _locks_against(elastic: Elastic, chosen: Ints, bounds: Sequence[Bound]) -> Ints:
    """Return the locks that stand against a lock, each of which could give way in its place.

    Where locks overlap, prices may lie on the shares between them, that nobody need change.
    """
    locks = elastic.limits.of("region_lock", "rep_lock")
    others = np.setdiff1d(np.flatnonzero(locks), chosen)[:_MOST_ALONE]
    if bounds or len(chosen) != 1 or not locks[chosen[0]]:
        return others[:0]
    return np.array(
        [lock for lock in others.tolist() if elastic.solve(np.array([lock])).feasible],
        dtype=np.int64,
    )


def bound_of(elastic: Elastic, limit: int, new: float) -> Bound | None:
    """Return how far a limit gives way where it has become `new`; None where that depends."""
    family, row = FAMILIES[elastic.limits.family[limit]], int(elastic.limits.row[limit])
    unit = elastic.scale
    if family.startswith("band"):
        if not is_everything(elastic.instance)[row]:
            return None
        unit = elastic.scale / elastic.instance.ask_total
    moved = (stated(elastic, limit) - new) / unit
    if family in ("region_lock", "rep_lock"):
        exact = np.array([max(moved, 0.0), max(-moved, 0.0)])
        return limit, exact, exact
    far = np.where(elastic.limits.columns[limit] >= 0, abs(moved), 0.0)
    return limit, np.zeros(2), far


def stated(elastic: Elastic, limit: int) -> float:
    """Return a limit as it stands: a share, or an amount in the scenario's unit."""
    instance = elastic.instance
    of_family = {
        "band_min": instance.bands.low,
        "band_max": instance.bands.high,
        "region_lock": instance.region_locks.amount,
        "rep_lock": instance.rep_locks.amount,
        "min": elastic.street_low,
        "potential": instance.potentials.usable,
        "capacity": elastic.street_high,
    }[FAMILIES[elastic.limits.family[limit]]]
    return float(of_family[elastic.limits.row[limit]])


def _fewest(elastic: Elastic, found: Solution, used: Ints) -> Ints | None:
    """Return one limit that is enough, or two; None where none are among those concerned."""
    concerned = np.abs(found.price[elastic.limits.program_row]) > _PRICED
    concerned &= elastic.limits.of(*DEMANDS)
    concerned[used] = True
    tried = np.flatnonzero(concerned)
    for number, most in ((1, _MOST_ALONE), (2, _MOST_IN_PAIRS)):
        if number == len(used):
            return used
        if len(tried) > most:
            return None
        best, least = None, np.inf
        for few in itertools.combinations(tried.tolist(), number):
            way = elastic.solve(np.array(few))
            if way.feasible and way.cost < least - _PRICED:
                best, least = np.array(few), way.cost
        if best is not None:
            return best
    return None


def _without_superfluous(elastic: Elastic, used: Ints) -> Ints:
    """Leave out each limit that need not give way where the others do."""
    kept = used
    for limit in used:
        others = kept[kept != limit]
        if len(others) and elastic.solve(others).feasible:
            kept = others
    return np.sort(kept)


def _round_lock(
    elastic: Elastic, lock: int, rest: Ints, fixed: list[Bound], found: Solution
) -> tuple[float, Bound, Solution]:
    """Move a lock to a whole amount with which the other limits still have a way out."""
    unit, old = elastic.instance.unit, stated(elastic, lock)
    added, taken = elastic.gives(found)[lock]
    exact = _dusted(elastic, np.array([max(old - (added - taken) * elastic.scale, 0.0)]))
    below, above = _written(floor_units(exact, unit)), _written(ceil_units(exact, unit))
    for amount in (below, above) if added > taken else (above, below):
        bound = bound_of(elastic, lock, amount)
        assert bound is not None
        way = elastic.solve(rest, [*fixed, bound])
        if amount != old and way.feasible:
            return amount, bound, way
    bound = bound_of(elastic, lock, float(exact[0]))
    assert bound is not None
    return float(exact[0]), bound, elastic.solve(rest, [*fixed, bound])


def _new_limit(elastic: Elastic, limit: int, found: Solution) -> float:
    """Return the limit that a solution keeps, rounded to what can be written."""
    instance, row = elastic.instance, int(elastic.limits.row[limit])
    family = FAMILIES[elastic.limits.family[limit]]
    if family.startswith("band"):
        part, whole = (
            float(found.values[entries.cell[entries.row == row]].sum())
            for entries in (elastic.ask.part, elastic.ask.whole)
        )
        if is_everything(instance)[row]:
            whole = instance.ask_total / elastic.scale
        units = np.array([round(part / whole, _DIGITS) if whole > 0 else 0.0])
        if family == "band_min":
            return round(max(float(floor_units(units, SHARE_UNIT)[0]), 0.0), 4)
        return round(min(float(ceil_units(units, SHARE_UNIT)[0]), 1.0), 4)
    added, taken = elastic.gives(found)[limit] * elastic.scale
    amount = _dusted(elastic, np.array([stated(elastic, limit) - added + taken]))
    if family == "min":
        return max(_written(floor_units(amount, instance.unit)), 0.0)
    return _written(ceil_units(amount, instance.unit))


def _dusted(elastic: Elastic, amount: Floats) -> Floats:
    """Return an amount without what a solver leaves of it beside a whole unit."""
    unit = elastic.instance.unit
    whole = np.round(amount / unit) * unit
    dust = min(_DUST * max(elastic.scale, float(amount.max())), _MOST_DUST * unit)
    return np.where(np.abs(amount - whole) <= dust, whole, amount)


def _written(amount: Floats) -> float:
    """Return an amount as it is written, without the last digits that binary floats leave."""
    return round(float(amount[0]), 9)
