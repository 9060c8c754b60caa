"""Check 12: the steps of every rep lead from an even share to the target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from optimizer.verify.acting import OWN, Limits, acting_cells, acting_reps
from optimizer.verify.axes import joint, place
from optimizer.verify.check_reference import reference_cells, rep_references
from optimizer.verify.crew import Crew
from optimizer.verify.cube import Bools, Floats
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault
from optimizer.verify.waterfalls import (
    CHECK,
    LIMITS,
    Waterfalls,
    check_ends,
    check_given_step,
    check_limit_step,
    check_steps,
    read_waterfalls,
)
from optimizer.verify.written import Plan

FIRST = ("equal share", "ability", "resource", "ramp", "over-assignment")
GIVEN = {
    "equal share": "the region's reference ask in equal parts among its reps",
    "ability": "what the rep's ability makes of an equal share",
    "resource": "what the rep's resource factor adds or takes off",
    "ramp": "what part time and ramp-up add or take off",
    "over-assignment": "the over-assignment of reps on the reference",
}


def check_explain(
    facts: Facts, plan: Plan, limits: Limits, frame: pd.DataFrame, file: str
) -> Iterator[Failure]:
    """Yield steps of reps that are wrong by themselves, by the inputs or by the limits."""
    crew = facts.crew
    if crew is None or facts.targets is None:
        for row in frame.index[:1]:
            yield fault(CHECK, file, f"row {row}", "a regional plan has no reps to explain")
        return
    periods = facts.axes.periods
    falls, failures = read_waterfalls(
        frame,
        file,
        FIRST,
        crew.weight.size,
        joint(
            (partial(place, crew.names), frame["rep"], len(crew.names)),
            (facts.axes.period, frame["period"], len(periods)),
        ),
        lambda at: f"{crew.names[at // len(periods)]}, {periods[at % len(periods)]}",
    )
    yield from failures
    yield from check_steps(falls, facts.unit)
    total = plan.rows.by_rep("target")
    wanted = facts.targets > 0.0
    yield from check_ends(falls, total.ravel(), wanted.ravel(), facts.unit)
    yield from _given(facts, plan, crew, falls)
    yield from _limits(facts, crew, limits, falls)


def _given(facts: Facts, plan: Plan, crew: Crew, falls: Waterfalls) -> Iterator[Failure]:
    """Compare the steps down to the reference with those that weights and shares give."""
    ask = reference_cells(facts, plan).sum(axis=2)
    reference = rep_references(facts, plan)
    even = np.ones(crew.weight.shape)
    weights = (
        even, even * crew.ability[:, None], even * (crew.ability * crew.resource)[:, None],
        crew.weight,
    )  # fmt: skip
    levels = [_by_weight(crew, ask, weight) for weight in weights]
    steps = [levels[0], *(after - before for before, after in pairwise(levels))]
    steps.append(reference * (1.0 - 1.0 / (1.0 + facts.terms.over_rep)))
    size = np.maximum(reference, levels[0]).ravel()
    for name, step in zip(FIRST, steps, strict=True):
        yield from check_given_step(falls, name, step.ravel(), size, facts.unit, GIVEN[name])


def _by_weight(crew: Crew, ask: Floats, weight: Floats) -> Floats:
    """Return each rep's part of the region's reference ask, shape (rep, period)."""
    total = crew.sums(weight, len(ask))
    part = np.divide(ask, total, out=np.zeros_like(ask), where=total > 0.0)
    return np.asarray(part[crew.leaf] * weight, dtype=np.float64)


def _limits(facts: Facts, crew: Crew, limits: Limits, falls: Waterfalls) -> Iterator[Failure]:
    acts = _acting(facts, crew, limits)
    nobody = np.zeros(crew.weight.shape, dtype=bool)
    for kind in LIMITS:
        yield from check_limit_step(falls, kind, acts.get(kind, nobody).ravel())


def _acting(facts: Facts, crew: Crew, limits: Limits) -> Mapping[str, Bools]:
    """Return by kind where a limit acts on a rep, shape (rep, period)."""
    cells = acting_cells(facts, limits)
    found = {
        kind: _somewhere(mask)[crew.leaf]
        for kind, mask in cells.items()
        if kind not in (*OWN, "coverage")
    }
    found |= acting_reps(limits)
    found["lock"] = found["lock"] | _somewhere(limits.cells("lock", limits.bound))[crew.leaf]
    return found


def _somewhere(cells: Bools) -> Bools:
    return np.asarray(cells.any(axis=2), dtype=bool)
