"""The best plan of an instance, by the quickest path that proves it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.model.allocation import Allocation, SolverReport
from optimizer.model.backing import least_gap
from optimizer.model.decomposed import Start, solve_blocks
from optimizer.model.filled import solve_filled
from optimizer.model.gapped import solve_gapped
from optimizer.model.light_volumes import mend_volumes
from optimizer.model.listing import list_prices
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import Pools, read_pools
from optimizer.model.rules import cube_of, read_rules
from optimizer.model.volumes import fit_volumes
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Instance

LARGE = 2_000
"""Open cells beyond which a goal out of reach is first tried without a program; below, programs
are quick, and of the prices that prove a plan they find the smaller ones."""


@dataclass(frozen=True)
class Solved:
    """A plan and how it was found.

    Attributes
    ----------
    allocation : Allocation
    method : str
        ``decomposed`` or ``pooled``.
    start : Start or None
        Prices from which the same problem with other numbers is solved sooner.
    """

    allocation: Allocation
    method: str
    start: Start | None


def solve(
    instance: Instance,
    start: Start | None = None,
    *,
    fill: bool = False,
    pools: Pools | None = None,
) -> Solved:
    """Return the best plan: region by region at common prices, else as one program.

    Parameters
    ----------
    instance : Instance
    start : Start, optional
        From a plan with the same rules and other numbers.
    fill : bool
        Go without a program where a goal is out of reach, of whatever size the plan is.
    pools : Pools, optional
        Those of the instance, where they are known already.

    Raises
    ------
    ContradictionError
        Where no plan keeps all limits.
    SolverError
        Where HiGHS fails, or the bound cannot be proven.
    """
    allocation, found = solve_decomposed(instance, start, fill=fill, pools=pools)
    if allocation is None:
        return Solved(solve_pooled(instance, _without_years(instance)), "pooled", None)
    return Solved(allocation, "decomposed", found)


def _without_years(instance: Instance) -> Allocation | None:
    """Return the plan that would be best without effort and year limits, where that is quick."""
    reps = instance.reps
    if reps is None or instance.is_stretch:
        return None
    if instance.effort is None and reps.total_low is None:
        return None
    free = replace(reps, high=most_totals(instance), total_low=None, total_high=None)
    return solve_decomposed(replace(instance, reps=free, effort=None))[0]


def most_placed(instance: Instance) -> float:
    """Return how much of the ask can be placed at most."""
    allocation, _ = solve_decomposed(instance)
    return least_gap(instance) if allocation is None else allocation.placed_most


def solve_decomposed(
    instance: Instance,
    start: Start | None = None,
    *,
    fill: bool = False,
    pools: Pools | None = None,
) -> tuple[Allocation | None, Start | None]:
    """Return the best plan by prices alone, and the prices; None where that path does not reach.

    It reaches wherever the whole goal can be placed and carried, nobody's product list, effort
    or lock keeps a region's people from sharing its products, and nobody's year is limited. Of
    large plans, of stretch, and where `fill` asks for it, it finds those as well whose goal is
    out of reach.
    """
    rules = read_rules(instance)
    pools = pools or read_pools(instance)
    found = solve_blocks(instance, rules, pools, start)
    if found is None and (fill or instance.is_stretch or len(rules.open_cell) > LARGE):
        found = solve_filled(instance, rules, pools) or solve_gapped(instance, rules, pools)
    if found is None:
        return None, None
    placed = cube_of(instance, rules, found.placed)
    totals = found.rep_total
    volume = None
    if totals is not None and pools is not None:
        volume = fit_volumes(instance, placed, totals)
        volume = mend_volumes(instance, rules, pools, found.placed, totals, volume)
    allocation = Allocation(
        ask=placed if found.ask is None else cube_of(instance, rules, found.ask),
        placed=placed,
        rep_total=totals,
        volume=volume,
        placed_most=instance.ask_total if found.placed_most is None else found.placed_most,
        street_most=found.street_most,
        objective=found.objective,
        bound=found.bound,
        prices=list_prices(instance, found.prices),
        solver=SolverReport("prices by Newton's method", "", "optimal", found.rounds),
    )
    return allocation, found.start
