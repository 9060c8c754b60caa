"""The pooled model: the default way to a plan.

Regions hide their people (model page, section 4): given the street total of a group of reps
and a period, the fairest targets are known in closed form, so the program needs cells and
street totals only. Three steps in order: least gap, fullest cover, fairest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import SolverError
from optimizer.model.allocation import Allocation, SolverReport
from optimizer.model.asking import closest_ask
from optimizer.model.bound import Prices, least_value
from optimizer.model.contradiction import explain_contradiction
from optimizer.model.light_volumes import mend_volumes
from optimizer.model.listing import list_prices
from optimizer.model.pieces import bounds_of
from optimizer.model.pooled_prices import read_prices
from optimizer.model.pooled_program import PooledProgram, build_program
from optimizer.model.pools import Pools, read_pools, spread_effort
from optimizer.model.relaxed_pools import (
    broken_years,
    lacking_volumes,
    product_locks,
    relax_pools,
)
from optimizer.model.rules import Rules, cube_of, read_rules
from optimizer.model.scaling import badly_scaled
from optimizer.model.streets import Streets, read_streets
from optimizer.model.volumes import fit_volumes
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.solve.program import Solution, Solver
from optimizer.solve.quiet import solver_version

CERTIFIED_GAP = 1e-4
"""Largest (F − bound) / max(bound, 10⁻⁶ · G) of a plan."""

_WANTED_GAP = 1e-11
_FINEST = 2e-6
"""Width of pieces, as a share of the reference, below which refining adds nothing."""

_MOST_ROUNDS = 40
_SLACK = 1e-9
"""By how much of the ask the totals of steps 1 and 2 may be missed in later steps."""


@dataclass(frozen=True)
class Steps:
    """What the three steps found."""

    placed_most: float
    street_most: float
    prices: dict[str, Prices]
    placed: Floats
    totals: Floats
    objective: float
    bound: float
    rounds: int


def solve_pooled(instance: Instance, first: Allocation | None = None) -> Allocation:
    """Return the best plan of an instance, exact up to the certified bound.

    A stretch plan has no ask of its own: what it places stands for it.

    Parameters
    ----------
    instance : Instance
    first : Allocation, optional
        A plan that may break effort and years: where it does, rows are put in at once.

    Raises
    ------
    ContradictionError
        Where no plan keeps all limits.
    SolverError
        Where HiGHS fails, or the bound cannot be proven.
    """
    rules = read_rules(instance)
    pools = read_pools(instance)
    steps = _best_steps(instance, rules, pools, first)
    placed = cube_of(instance, rules, steps.placed)
    totals = None
    volume = None
    if pools is not None and instance.reps is not None:
        totals = steps.totals
        volume = fit_volumes(instance, placed, totals)
        volume = mend_volumes(instance, rules, pools, steps.placed, totals, volume)
    return Allocation(
        ask=placed
        if instance.is_stretch
        else closest_ask(instance, rules, placed, steps.placed_most),
        placed=placed,
        rep_total=totals,
        volume=volume,
        placed_most=steps.placed_most,
        street_most=steps.street_most,
        objective=steps.objective,
        bound=steps.bound,
        prices=list_prices(instance, steps.prices),
        solver=SolverReport("HiGHS", solver_version(), "optimal", steps.rounds),
    )


def relative_gap(instance: Instance, objective: float, bound: float) -> float:
    """Return the certified gap of a plan's value."""
    return (objective - bound) / max(bound, 1e-6 * instance.goal)


@dataclass
class _Search:
    """The program being solved, and the prices that prove what was found."""

    instance: Instance
    rules: Rules
    pools: Pools | None
    program: PooledProgram
    solver: Solver
    prices: dict[str, Prices]

    def placed(self, found: Solution) -> Floats:
        return self.program.placed_of(found, len(self.rules.open_cell))

    def totals(self, found: Solution) -> Floats:
        streets, reps = self.program.streets, self.instance.reps
        if streets is None or reps is None:
            return np.zeros((0, len(self.instance.periods)))
        return streets.totals(self.program.street_of(found), reps.reference.shape)

    def prove(self, step: str, found: Solution, placed_most: float, street_most: float) -> float:
        """Return the bound of a step that a solution's prices prove, and keep the prices."""
        raw = read_prices(self.instance, self.rules, self.pools, self.program, found)
        value, self.prices[step] = least_value(
            self.instance, self.rules, raw, step, placed_most, street_most
        )
        return value


def _best_steps(
    instance: Instance, rules: Rules, pools: Pools | None, first: Allocation | None
) -> Steps:
    """Return the steps; products and years are told apart only where totals do not suffice.

    Above the targets of a stretch plan little room is left, so there they mostly do not.
    """
    if pools is None:
        return _run_steps(instance, rules, None, None)
    limited = np.zeros(0 if instance.reps is None else len(instance.reps.leaf), dtype=bool)
    everywhere = np.ones(instance.reference.shape[:2], dtype=bool)
    apart = everywhere if instance.is_stretch else product_locks(instance, pools)
    spread = spread_effort(instance)[pools.group, pools.period]
    if first is not None and first.rep_total is not None:
        placed, relaxed = first.placed.ravel()[rules.open_cell], relax_pools(pools, apart)
        apart = apart | lacking_volumes(instance, rules, pools, relaxed, placed, first.rep_total)
        limited = broken_years(instance, first.rep_total)
    while True:
        relaxed = relax_pools(pools, apart)
        streets = read_streets(instance, relaxed, limited, spread & ~relaxed.plain)
        steps = _run_steps(instance, rules, relaxed, streets)
        lacking = lacking_volumes(instance, rules, pools, relaxed, steps.placed, steps.totals)
        broken = broken_years(instance, steps.totals) & ~limited
        if not lacking.any() and not broken.any():
            return steps
        apart, limited = apart | lacking, limited | broken


def _run_steps(
    instance: Instance, rules: Rules, pools: Pools | None, streets: Streets | None
) -> Steps:
    """Least gap, then fullest cover, then fairest; each keeps what the one before found."""
    program = build_program(instance, rules, pools, streets)
    search = _Search(instance, rules, pools, program, Solver(program.builder.build()), {})
    found = _with_costs(program, search.solver, placed=-1.0, street=0.0)
    if not found.feasible:
        raise explain_contradiction(instance, rules, read_pools(instance))
    placed_most = float(search.placed(found).sum())
    _must_prove(instance, -search.prove("gap", found, 0.0, 0.0), placed_most, "least gap")
    _hold(search.solver, program, program.rows.placed, placed_most, instance)
    street_most = _fullest(search, placed_most)
    return _fairest(search, placed_most, street_most)


def _fullest(search: _Search, placed_most: float) -> float:
    """Return the most that all streets can carry, once the least gap is kept.

    Without over-assignment a street is what is placed, and step 1 proves this step too.
    """
    instance, program = search.instance, search.program
    if search.pools is not None and instance.over_rep == 0:
        cover_max = search.prices["gap"].cover_max.copy()
        cover_max[search.pools.leaf, search.pools.period] += 1.0
        following = replace(search.prices["gap"], cover_max=cover_max)
        value, search.prices["cover"] = least_value(
            instance, search.rules, following, "cover", placed_most, 0.0
        )
        _must_prove(instance, -value, placed_most, "fullest cover")
        return placed_most
    found = _with_costs(program, search.solver, placed=0.0, street=-1.0)
    street_most = float(program.street_of(found).sum())
    proven = -search.prove("cover", found, placed_most, 0.0)
    _must_prove(instance, proven, street_most, "fullest cover")
    _hold(search.solver, program, program.rows.street, street_most, instance)
    return street_most


def _fairest(search: _Search, placed_most: float, street_most: float) -> Steps:
    """Refine the pieces where the solution lies until the bound proves it.

    A stretch plan keeps every limit and places the most that can be placed, but need not be
    proven the fairest: it stands on targets that are rounded already.
    """
    instance, program = search.instance, search.program
    rounds, objective, bound = 0, np.inf, -np.inf
    best: tuple[Floats, Floats] | None = None
    best_prices: Prices | None = None
    while rounds < _MOST_ROUNDS and not _fine_enough(instance, program, objective, bound):
        rounds += 1
        _cut(search.solver, program, first=rounds == 1)
        found = search.solver.solve()
        if not found.feasible:
            raise SolverError(f"HiGHS lost a plan that it had found. {badly_scaled(instance)}")
        here = (search.placed(found), search.totals(found))
        value = _fairness(instance, search.rules, *here)
        if value < objective:
            objective, best = value, here
        proven = search.prove("fairness", found, placed_most, street_most)
        if proven > bound:
            bound, best_prices = proven, search.prices["fairness"]
        for pieces in (program.placed, program.street):
            pieces.follow(found.values[pieces.columns].sum(axis=1))
    gap = relative_gap(instance, objective, bound)
    unproven = gap > CERTIFIED_GAP and not instance.is_stretch
    if best is None or best_prices is None or unproven:
        told = f"No proof of fairness after {rounds} rounds (gap {gap:.2g})."
        raise SolverError(f"{told} {badly_scaled(instance)}")
    search.prices["fairness"] = best_prices
    bound = min(bound, objective)
    return Steps(placed_most, street_most, search.prices, *best, objective, bound, rounds)


def _fine_enough(
    instance: Instance, program: PooledProgram, objective: float, bound: float
) -> bool:
    gap = relative_gap(instance, objective, bound)
    if gap <= _WANTED_GAP:
        return True
    finest = max(program.placed.coarseness(), program.street.coarseness())
    return gap <= CERTIFIED_GAP and finest <= _FINEST


def _with_costs(
    program: PooledProgram, solver: Solver, *, placed: float, street: float
) -> Solution:
    for pieces, cost in ((program.placed, placed), (program.street, street)):
        columns = pieces.columns.ravel()
        solver.set_costs(columns, np.full(len(columns), cost))
    return solver.solve()


def _hold(
    solver: Solver, program: PooledProgram, rows: Ints, total: float, instance: Instance
) -> None:
    least = (total - _SLACK * instance.ask_total) / program.scale
    solver.set_row_bounds(rows, np.array([least]), np.array([np.inf]))


def _cut(solver: Solver, program: PooledProgram, *, first: bool) -> None:
    for pieces in (program.placed, program.street):
        breakpoints = pieces.first_breakpoints() if first else pieces.breakpoints()
        low, high = bounds_of(breakpoints)
        columns = pieces.columns.ravel()
        solver.set_bounds(columns, low.ravel(), high.ravel())
        solver.set_costs(columns, pieces.costs(breakpoints).ravel())


def _must_prove(instance: Instance, proven: float, found: float, step: str) -> None:
    """Refuse a step that its prices do not prove; with effort, the bound of stretch is weak."""
    if instance.is_stretch and instance.effort is not None:
        return
    if proven - found > 1e-6 * instance.ask_total:
        raise SolverError(
            f"HiGHS calls its answer to the step '{step}' the best, but its own prices do not "
            f"prove it ({found:,.9g} against {proven:,.9g}). {badly_scaled(instance)}"
        )


def _fairness(instance: Instance, rules: Rules, placed: Floats, totals: Floats) -> float:
    """Return F at the plan: squared distance from the reference, per unit of reference."""
    value = float((np.square(placed - rules.reference) / rules.reference).sum())
    if instance.reps is None:
        return value
    works = instance.reps.reference > 0
    reference = instance.reps.reference[works]
    return value + float((np.square(totals[works] - reference) / reference).sum())
