"""Which kinds of limits keep a cell from being backed: those that step 1 puts a price on.

In step 1 a unit that is asked of a cell and not placed costs nothing to ask, so the prices of
what may back it (potential, coverage, locks) add up to at least 1 there: one of them holds the
gap. Bands hold it too where a unit asked of some other cell would be placed.

Where several limits stop a cell at the same amount, prices are not unique. So bands are
widened by a hair first: they are a cause only where moving the ask would help by itself. And
a potential, capacity or lock is a cause wherever it has a price once the other kinds have
given way by a hair: each of several limits at one amount is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import SolverError
from optimizer.model.bound import Prices, ask_prices, least_value
from optimizer.model.gap_steps import least_gap_prices
from optimizer.model.limit_prices import NOISE, LimitPrices, closed_lists, limit_prices
from optimizer.model.pooled_prices import read_prices
from optimizer.model.pooled_program import build_program
from optimizer.model.pools import read_pools
from optimizer.model.rules import Rules, active_periods, cube_of, read_rules
from optimizer.model.scaling import badly_scaled
from optimizer.model.solve import LARGE
from optimizer.problem.instance import Bools, Instance
from optimizer.problem.reference import sellable
from optimizer.solve.program import Solver

_HAIR, _WIDER_HAIR = 1e-6, 1e-4
"""By how much bands, and then other limits, give way: part of the ask of a typical cell."""


@dataclass(frozen=True)
class GapCauses:
    """Where each kind of limit keeps asks from being backed, all (leaf, period, product) bools."""

    potential: Bools
    capacity: Bools
    no_rep: Bools
    share_band: Bools
    eligibility: Bools
    lock: Bools


def gap_causes(instance: Instance, rules: Rules) -> GapCauses:
    """Return what holds the gap of each cell; nothing is named where no gap need be.

    Raises
    ------
    SolverError
        Where HiGHS finds no plan for limits that another plan keeps.
    """
    wide = _widened(instance, rules)
    prices = _step_prices(wide)
    found = _local(wide, rules, prices)
    for kept in _told_apart(instance):
        eased = _eased(wide, kept)
        again = _local(eased, rules, _step_prices(eased))
        for kind in ("lock", "eligibility") if kept is None else (kept,):
            found[kind] = found[kind] | again[kind]
    asked, _ = ask_prices(wide, rules, prices)
    free = asked <= NOISE
    movable = free & (len(instance.bands.low) > 0) & bool((~free).any())
    no_rep = ~active_periods(instance)[:, :, None] & (instance.reference > 0)
    return GapCauses(
        **{kind: cells & ~no_rep for kind, cells in found.items()},
        no_rep=no_rep,
        share_band=cube_of(instance, rules, movable),
    )


def _widened(instance: Instance, rules: Rules) -> Instance:
    bands = instance.bands
    whole = rules.wholes.sums(rules.reference)
    amount = np.full(len(whole), _HAIR * _typical(instance))
    hair = np.divide(amount, whole, out=np.zeros_like(whole), where=whole > 0)
    low = np.maximum(bands.low - hair, 0.0)
    return replace(instance, bands=replace(bands, low=low, high=bands.high + hair))


def _told_apart(instance: Instance) -> tuple[str | None, ...]:
    """Return the kinds that need prices of their own: all, where there is more than one.

    None stands for what cannot give way by a hair: locks and product lists.
    """
    kinds: dict[str | None, bool] = {
        "potential": len(instance.potentials.usable) > 0,
        "capacity": instance.reps is not None and bool(np.isfinite(instance.reps.high).any()),
        None: len(instance.region_locks.amount) + len(instance.rep_locks.amount) > 0
        or (instance.reps is not None and bool(closed_lists(instance).any())),
    }
    present = tuple(kind for kind, there in kinds.items() if there)
    return present if len(present) > 1 else ()


def _eased(instance: Instance, kept: str | None) -> Instance:
    """Let potentials and capacities give way by a hair, but for the kind that is kept."""
    hair = _WIDER_HAIR * _typical(instance)
    if kept != "potential":
        potentials = instance.potentials
        potentials = replace(potentials, usable=potentials.usable + hair)
        instance = replace(instance, potentials=potentials)
    if kept != "capacity" and instance.reps is not None:
        reps = replace(instance.reps, high=instance.reps.high + hair)
        if reps.total_high is not None:
            reps = replace(reps, total_high=reps.total_high + hair)
        instance = replace(instance, reps=reps)
    return instance


def _typical(instance: Instance) -> float:
    """Return the ask of a typical cell."""
    return instance.ask_total / int((instance.reference > 0).sum())


def _step_prices(instance: Instance) -> Prices:
    """Return the prices of step 1, of large plans without a program where that can be."""
    rules = read_rules(instance)
    pools = read_pools(instance)
    if len(rules.open_cell) > LARGE:
        prices = least_gap_prices(instance, rules, pools)
        if prices is not None:
            return prices
    program = build_program(instance, rules, pools)
    solver = Solver(program.builder.build())
    for pieces, cost in ((program.placed, -1.0), (program.street, 0.0)):
        columns = pieces.columns.ravel()
        solver.set_costs(columns, np.full(len(columns), cost))
    found = solver.solve()
    if not found.feasible:
        raise SolverError(f"HiGHS lost a plan that it had found. {badly_scaled(instance)}")
    raw = read_prices(instance, rules, pools, program, found)
    return least_value(instance, rules, raw, "gap", 0.0, 0.0)[1]


def _local(instance: Instance, rules: Rules, prices: Prices) -> dict[str, Bools]:
    """Return where each kind of limit on what may back a cell has a price."""
    worth = limit_prices(instance, {"gap": prices}, with_gap=True)
    cells = len(rules.open_cell)
    own = np.append(worth.potential, 0.0)[rules.own_potential]
    market = own + rules.potential.spread(worth.potential[rules.potential_rows], cells)
    locked = rules.region_lock.spread(np.maximum(worth.region_lock, 0.0), cells)
    nowhere = np.zeros(instance.reference.shape, dtype=bool)
    found = {
        "potential": cube_of(instance, rules, market > NOISE),
        "lock": cube_of(instance, rules, locked > NOISE),
        "capacity": nowhere,
        "eligibility": nowhere,
    }
    if instance.reps is None:
        return found
    found["lock"] = found["lock"] | _locked_reps(instance, worth)
    return {**found, **_people(instance, worth)}


def _people(instance: Instance, worth: LimitPrices) -> dict[str, Bools]:
    reps, groups = instance.reps, instance.groups
    assert reps is not None and groups is not None
    scarce = _scarce(worth)
    full = np.zeros((len(groups.leaf), len(instance.periods)), dtype=bool)
    year = (worth.year_max > 0)[:, None] & (reps.reference > 0)
    np.logical_or.at(full, reps.group, (worth.rep_max > 0) | year)
    sells = sellable(instance.reference, groups)
    sold, busy, capacity, opening = (np.zeros_like(scarce) for _ in range(4))
    np.logical_or.at(sold, groups.leaf, sells)
    np.logical_or.at(busy, groups.leaf, np.broadcast_to(full[:, :, None], sells.shape))
    np.logical_or.at(capacity, groups.leaf, sells & full[:, :, None])
    np.logical_or.at(opening, groups.leaf, worth.opening > 0)
    # nobody sells it, and those who could take it up may be full besides
    capacity |= busy & ~sold
    return {"capacity": capacity & scarce, "eligibility": (opening | ~sold) & scarce}


def _scarce(worth: LimitPrices) -> Bools:
    """Return the cells where one more unit that people carry would be placed."""
    return np.asarray(worth.cover_min - worth.cover_max > 0)


def _locked_reps(instance: Instance, worth: LimitPrices) -> Bools:
    """Return the cells of reps that sell less than they could because of a lock."""
    locks, reps = instance.rep_locks, instance.reps
    assert reps is not None
    locked = np.zeros(instance.reference.shape, dtype=bool)
    for row in np.flatnonzero(worth.rep_lock > 0):
        period, product = int(locks.period[row]), int(locks.product[row])
        periods = slice(None) if period < 0 else slice(period, period + 1)
        products = slice(None) if product < 0 else slice(product, product + 1)
        locked[reps.leaf[locks.rep[row]], periods, products] = True
    return locked & _scarce(worth)
