"""The joint model: the whole plan as one linear program with a variable per rep cell.

Readable, solved by any PuLP solver, exportable, and the oracle of the tests; made for
small plans. Steps, each kept while the next is solved: least gap, fullest cover, fairest;
then, with a gap, the ask nearest to the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pulp

from optimizer.errors import Change, ContradictionError, InputError, SolverError
from optimizer.model.allocation import Allocation, Price, SolverReport
from optimizer.model.joint_fairness import TangentCosts, refine_until_certified
from optimizer.model.joint_plan import JointPlan, fairer, fairest_weight, read_plan, unfairness
from optimizer.model.joint_prices import as_prices, fairness_bound, read_prices
from optimizer.model.joint_row import Rule
from optimizer.model.joint_rules import ASK_FAMILIES, FAMILIES, placed_most, street_most
from optimizer.model.joint_variables import JointVariables, add_variables
from optimizer.problem.effort import most_totals
from optimizer.problem.instance import Floats, Instance
from optimizer.solve.pulp_backend import Termination, check_solver, solve, version
from optimizer.together import appearing_together

NOTHING = 1e-9
"""Share of the amount asked that counts as no gap."""

GIVES = (0.0, 1e-9, 1e-8, 1e-7)
"""How far (relative) a step may fall behind an earlier one: the first that solves is used."""

SUFFIXES = (".lp", ".mps")

Explain = Callable[[Instance], Sequence[Change]]


@dataclass
class Work:
    """A model while its steps are solved.

    Attributes
    ----------
    rules : list of Rule
        The priced rules of the current step.
    kept : list of (Rule, float)
        The rules that keep earlier steps, with their right sides (scaled).
    prices : list of Price
        Of all steps so far.
    """

    model: JointVariables
    solver: str
    rules: list[Rule] = field(default_factory=list)
    kept: list[tuple[Rule, float]] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)


def solve_joint(
    instance: Instance,
    *,
    solver: str = "HiGHS",
    export: Path | None = None,
    explain: Explain | None = None,
) -> Allocation:
    """Plan an instance with the joint model.

    Parameters
    ----------
    instance : Instance
    solver : str
        ``"HiGHS"``, ``"CBC"`` or any name that PuLP knows.
    export : Path, optional
        Write the fairness step here, tangents included, as ``.lp`` or ``.mps``.
    explain : callable, optional
        Finds the changes to report where the rules contradict each other.

    Returns
    -------
    Allocation
        With HiGHS and CBC, amounts keep all limits to about 1e-8 of a typical cell.

    Raises
    ------
    InputError
        If the solver is unknown, the export has another suffix, or the instance has least
        amounts of groups or of reps' cells.
    ContradictionError
        If no plan keeps all rules.
    SolverError
        If the solver is not installed, fails, or cannot prove its plan.
    """
    check_export(export)
    check_solver(solver)
    if instance.volume_low is not None or instance.cells_low is not None:
        raise InputError(
            "The joint method knows no least amounts of what groups or people sell of a product; "
            "use the pooled method."
        )
    work = Work(add_variables(instance), solver)
    if impossible(instance) or not add_rules(work) or not place_most(work):
        raise ContradictionError(explain(instance) if explain else ())
    if instance.reps is not None:
        cover_most(work)
    plan, bound, rounds = fairest(work, export)
    best = [-rule.relation.constant * work.model.scale for rule, _ in work.kept]
    ask = plan.ask
    if instance.ask_total - best[0] > NOTHING * instance.ask_total:
        ask = closest_ask(instance, plan, solver)
    objective = unfairness(instance, plan)
    has_people = instance.reps is not None
    return Allocation(
        ask=ask,
        placed=plan.placed,
        rep_total=plan.total if has_people else None,
        volume=plan.volume if has_people else None,
        placed_most=best[0],
        street_most=best[-1],
        objective=objective,
        bound=min(bound, objective),
        prices=tuple(work.prices),
        solver=SolverReport(solver, version(solver), Termination.OPTIMAL.value, rounds),
    )


def check_export(export: Path | None) -> None:
    """Refuse a file to export to that is neither ``.lp`` nor ``.mps``."""
    if export is not None and export.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"The model can be exported as .lp or .mps; the name {export.name} ends in neither."
        )


def write_problem(problem: Any, export: Path) -> None:
    """Write a problem by the suffix of the file."""
    with appearing_together(export.parent) as draft:
        path = str(draft / export.name)
        if export.suffix.lower() == ".lp":
            problem.writeLP(path)
        else:
            problem.writeMPS(path)


def impossible(instance: Instance) -> bool:
    """Tell whether a rep's min is above what the rep can carry."""
    if instance.reps is None:
        return False
    reps = instance.reps
    most = np.where(reps.reference > 0, most_totals(instance), 0.0)
    return bool(np.any(reps.low > most))


def add_rules(work: Work, families: Sequence[str] = tuple(FAMILIES)) -> bool:
    """Add the rules of some families; False if one is broken whatever is planned."""
    for name in families:
        for number, rule in enumerate(FAMILIES[name](work.model)):
            if len(rule.relation) == 0:
                if not rule.relation.valid(NOTHING):
                    return False
                continue
            work.model.problem.addConstraint(rule.relation, f"{name}_{number}")
            if rule.place.kind:
                work.rules.append(rule)
    return True


def place_most(work: Work) -> bool:
    """Step 1, least gap: maximise Σ Y. False if there is no plan at all."""
    model = work.model
    model.problem.setObjective(-pulp.lpSum(model.placed.values()))
    if solve(model.problem, work.solver) is Termination.INFEASIBLE:
        return False
    asked = model.instance.ask_total
    placed = float(read_plan(model).placed.sum())
    if asked - placed <= NOTHING * asked:
        placed = asked
    _close_step(work, "gap")
    _keep(work, placed_most(model, placed), "placed_most")
    return True


def cover_most(work: Work) -> None:
    """Step 2, fullest cover: maximise Σ T."""
    model = work.model
    model.problem.setObjective(-pulp.lpSum(model.total.values()))
    _solve_kept(work)
    street = float(read_plan(model).total.sum())
    _close_step(work, "cover")
    _keep(work, street_most(model, street), "street_most")


def fairest(work: Work, export: Path | None = None) -> tuple[JointPlan, float, int]:
    """Step 3, fairest: minimise F by tangents. Return the plan, the bound of F, the rounds."""
    model, instance = work.model, work.model.instance
    reference = instance.reference.flat[model.cells]
    carried = model.covered[model.leaf, model.period]
    fixed = float(reference[~carried].sum()) / model.scale
    variables = [model.placed[cell] for cell in model.cells[carried].tolist()]
    wishes = [reference[carried]]
    if instance.reps is not None:
        variables += model.total.values()
        wishes.append(instance.reps.reference[instance.reps.reference > 0])
    costs = TangentCosts(model.problem, variables, np.concatenate(wishes) / model.scale)
    plans: list[JointPlan] = []
    bounds: list[tuple[float, Floats | None]] = []

    def assess() -> tuple[float, float]:
        found = read_plan(model)
        plans[:] = [fairer(instance, plans[0], found) if plans else found]
        prices = read_prices(model, work.rules)
        if prices is None:
            bounds.append((fixed + costs.known(), None))
        else:
            bounds.append((fairness_bound(model, work.rules, prices), prices))
        bounds[:] = [max(bounds, key=lambda each: each[0])]
        return unfairness(instance, plans[0]) / model.scale, bounds[0][0]

    goal = instance.goal / model.scale
    rounds = refine_until_certified(costs, lambda: _solve_kept(work), assess, goal)
    if export is not None:
        write_problem(model.problem, export)
    bound, prices = bounds[0]
    if prices is not None:
        work.prices.extend(as_prices("fairness", work.rules, prices))
    return plans[0], bound * model.scale, rounds


def closest_ask(instance: Instance, plan: JointPlan, solver: str) -> Floats:
    """With a gap: the ask closest to the reference, Σ (D − D0)²/D0 least, with D ≥ Y."""
    work = Work(add_variables(instance, "ask"), solver)
    model = work.model
    add_rules(work, ASK_FAMILIES)
    # the ask of step 3 is feasible, so nothing is asked of this step that it cannot give
    least = np.minimum(plan.placed, plan.ask).flat[model.cells] / model.scale
    for variable, amount in zip(model.ask.values(), least.tolist(), strict=True):
        variable.lowBound = amount
    reference = instance.reference.flat[model.cells] / model.scale
    costs = TangentCosts(model.problem, list(model.ask.values()), reference)
    best: list[Floats] = []

    def assess() -> tuple[float, float]:
        found = np.maximum(costs.values(), least)
        if best:
            weight = fairest_weight([(reference, best[0], found)])
            found = best[0] + weight * (found - best[0])
        best[:] = [found]
        return float(np.sum((found - reference) ** 2 / reference)), costs.known()

    goal = instance.goal / model.scale
    refine_until_certified(costs, lambda: _solve_kept(work), assess, goal)
    ask = np.zeros(instance.reference.shape)
    ask.flat[model.cells] = best[0] * model.scale
    return ask


def _solve_kept(work: Work) -> None:
    """Solve; if earlier steps cannot quite be kept, give way by the solver's last digits."""
    for give in GIVES:
        for rule, amount in work.kept:
            rule.relation.changeRHS(amount * (1.0 - give))
        if solve(work.model.problem, work.solver) is Termination.OPTIMAL:
            return
    raise SolverError(
        f"The solver {work.solver} found a plan but could not keep it while making it fairer. "
        "Try another solver, or the pooled method."
    )


def _keep(work: Work, rule: Rule, name: str) -> None:
    work.model.problem.addConstraint(rule.relation, name)
    work.rules.append(rule)
    work.kept.append((rule, -rule.relation.constant))


def _close_step(work: Work, step: str) -> None:
    prices = read_prices(work.model, work.rules)
    if prices is not None:
        work.prices.extend(as_prices(step, work.rules, prices))
