"""The best plan of an instance, by the quickest path that proves it."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.allocation import Allocation, SolverReport
from optimizer.model.decomposed import Start, solve_blocks
from optimizer.model.listing import list_prices
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools
from optimizer.model.rules import cube_of, read_rules
from optimizer.model.volumes import fit_volumes
from optimizer.problem.instance import Instance


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


def solve(instance: Instance, start: Start | None = None) -> Solved:
    """Return the best plan: region by region at common prices, else as one program.

    Parameters
    ----------
    instance : Instance
    start : Start, optional
        From a plan with the same rules and other numbers.

    Raises
    ------
    ContradictionError
        Where no plan keeps all limits.
    SolverError
        Where HiGHS fails, or the bound cannot be proven.
    """
    allocation, found = solve_decomposed(instance, start)
    if allocation is None:
        return Solved(solve_pooled(instance), "pooled", None)
    return Solved(allocation, "decomposed", found)


def solve_decomposed(
    instance: Instance, start: Start | None = None
) -> tuple[Allocation | None, Start | None]:
    """Return the best plan by prices alone, and the prices; None where that path does not reach.

    It reaches wherever the whole goal can be placed and carried, and nobody's product list or
    lock keeps a region's people from sharing its products.
    """
    rules = read_rules(instance)
    pools = read_pools(instance, rules)
    found = solve_blocks(instance, rules, pools, start)
    if found is None:
        return None, None
    placed = cube_of(instance, rules, found.placed)
    totals = found.rep_total
    volume = None if totals is None else fit_volumes(instance, placed, totals)
    allocation = Allocation(
        ask=placed,
        placed=placed,
        rep_total=totals,
        volume=volume,
        placed_most=instance.ask_total,
        street_most=found.street_most,
        objective=found.objective,
        bound=found.bound,
        prices=list_prices(instance, found.prices),
        solver=SolverReport("prices by Newton's method", "", "optimal", found.rounds),
    )
    return allocation, found.start
