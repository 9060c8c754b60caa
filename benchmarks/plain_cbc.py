"""The joint model in PuLP + CBC with default options and nothing around it: favoured peers.

``python -m benchmarks.plain_cbc PEER SCENARIO RUN`` prints, as JSON, the seconds from arrays
in memory to amounts in memory: PuLP's objects are built, handed to CBC, solved, read back.
Not counted: start of Python, imports, reading, preparing, rounding, checking, writing.

``gap`` is one linear program, step 1 alone: place as much as possible. ``fairness`` is one
linear program, the first pass of step 3: the squared terms as five tangents each, and what
steps 1 and 2 find is taken from RUN, made by the pooled method, for nothing. Its answer is a
relaxation, not yet a plan. ``refined`` is all three steps, with tangents added until F lies
within 10⁻⁴ of the relaxation: the accuracy that a plan must have and no more, no proof.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pulp

from optimizer.inputs.load import load_scenarios
from optimizer.model.joint import Work, add_rules
from optimizer.model.joint_fairness import MUST, TangentCosts
from optimizer.model.joint_plan import read_plan, unfairness
from optimizer.model.joint_rules import placed_most, street_most
from optimizer.model.joint_variables import JointVariables, add_variables
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance

GIVE = 1e-7
"""Share of the totals of steps 1 and 2 that CBC's default tolerances may miss."""

MOST_ROUNDS = 40


@dataclass(frozen=True)
class Answer:
    """What a peer found, in the goal's unit, and how many programs it solved."""

    value: float
    programs: int


def build(instance: Instance) -> JointVariables:
    """Return the joint model with the rules of every step, and no objective."""
    model = add_variables(instance)
    if not add_rules(Work(model, "CBC")):
        raise RuntimeError("a rule is broken whatever is planned")
    return model


def solve(model: JointVariables) -> float:
    """Solve with CBC as PuLP brings it; return the value of the objective."""
    model.problem.solve(pulp.PULP_CBC_CMD(msg=False))
    if model.problem.sol_status != pulp.LpSolutionOptimal:
        raise RuntimeError(f"CBC stopped: {pulp.LpStatus[model.problem.status]}")
    return float(pulp.value(model.problem.objective)) * model.scale


def least_gap(model: JointVariables) -> float:
    """Step 1: return the most that can be placed."""
    model.problem.setObjective(-pulp.lpSum(model.placed.values()))
    return -solve(model)


def fullest_cover(model: JointVariables) -> float:
    """Step 2: return the most that people can be given."""
    model.problem.setObjective(-pulp.lpSum(model.total.values()))
    return -solve(model)


def keep_placed(model: JointVariables, amount: float) -> None:
    """Keep what step 1 found."""
    rule = placed_most(model, amount * (1.0 - GIVE))
    model.problem.addConstraint(rule.relation, "placed_most")


def keep_street(model: JointVariables, amount: float) -> None:
    """Keep what step 2 found."""
    rule = street_most(model, amount * (1.0 - GIVE))
    model.problem.addConstraint(rule.relation, "street_most")


def lay_tangents(model: JointVariables) -> TangentCosts:
    """Step 3: put five tangents under every squared term."""
    assert model.instance.reps is not None
    people = model.instance.reps.reference
    terms = [*model.placed.values(), *model.total.values()]
    reference = np.concatenate([model.instance.reference.flat[model.cells], people[people > 0]])
    return TangentCosts(model.problem, terms, reference / model.scale)


def gap(instance: Instance, proof: dict[str, float]) -> Answer:
    """One linear program: step 1."""
    return Answer(least_gap(build(instance)), 1)


def fairness(instance: Instance, proof: dict[str, float]) -> Answer:
    """One linear program: the first pass of step 3, steps 1 and 2 being known."""
    model = build(instance)
    keep_placed(model, proof["placed_most"])
    keep_street(model, proof["street_most"])
    lay_tangents(model)
    return Answer(solve(model), 1)


def refined(instance: Instance, proof: dict[str, float]) -> Answer:
    """All steps, until F is within `MUST` of its relaxation; return F."""
    model = build(instance)
    keep_placed(model, least_gap(model))
    keep_street(model, fullest_cover(model))
    costs = lay_tangents(model)
    best = np.inf
    for round_ in range(1, MOST_ROUNDS + 1):
        relaxed = solve(model)
        best = min(best, unfairness(instance, read_plan(model)))
        allowed = MUST * max(relaxed, 1e-6 * instance.goal)
        if best - relaxed <= allowed:
            return Answer(best, 2 + round_)
        costs.refine(0.1 * allowed / model.scale / len(costs.variables))
    raise RuntimeError(f"not within {MUST:g} after {MOST_ROUNDS} rounds")


PEERS: dict[str, Callable[[Instance, dict[str, float]], Answer]] = {
    "gap": gap,
    "fairness": fairness,
    "refined": refined,
}


def timed(peer: str, scenario: Path, run: Path) -> dict[str, float]:
    """Read a scenario, then time one peer from arrays to amounts."""
    instance = build_instance(load_scenarios(scenario).scenarios[0])
    proof = json.loads((run / "run.json").read_text(encoding="utf-8"))["proof"]
    started = time.perf_counter()
    answer = PEERS[peer](instance, proof)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "value": answer.value, "programs": answer.programs}


if __name__ == "__main__":
    print(json.dumps(timed(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
