"""Prices alone find the plan that the linear program finds, wherever they reach."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from strategies import World, worlds
from worlds import PLANNED, SCENARIOS, shares, write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios
from optimizer.model.contradiction import check_limits
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools
from optimizer.model.solve import solve, solve_decomposed
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance

EXAMPLES = int(os.environ.get("QUOTAPLAN_EXAMPLES", "60"))
LIGHT = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
NEAR = 1e-6


def instance_of(folder: Path) -> Instance:
    return build_instance(load_scenarios(folder).scenarios[0])


def reaches(instance: Instance) -> bool:
    """Whether people share their region's products, so that prices alone can tell."""
    pools = read_pools(instance)
    return pools is None or bool(pools.plain.all())


@LIGHT
@given(worlds())
def test_prices_and_program_find_the_same_plan(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            instance = instance_of(write_world(Path(name), world.settings, **world.tables))
            check_limits(instance)
            program = solve_pooled(instance)
        except InputError:
            return
        except ContradictionError:
            assert solve_decomposed(instance)[0] is None
            return
    found, _ = solve_decomposed(instance)
    full = program.placed_most >= instance.ask_total * (1 - 1e-9)
    covered = program.street_most >= (1 + instance.over_rep) * instance.ask_total * (1 - 1e-9)
    if found is None:
        event("handed over")
        assert not (full and covered and reaches(instance))
        return
    event("found by prices" if full else "filled")
    size = max(program.bound, 1e-6 * instance.goal)
    assert found.objective - found.bound <= 1e-9 * size
    assert abs(found.objective - program.objective) <= 1e-4 * size
    assert found.ask.sum() == pytest.approx(instance.ask_total, rel=1e-11)
    assert found.placed.sum() == pytest.approx(found.placed_most, rel=1e-11)
    assert found.placed_most == pytest.approx(program.placed_most, rel=1e-8)
    assert found.street_most == pytest.approx(program.street_most, rel=1e-8)


@pytest.mark.parametrize("name", PLANNED)
def test_bundled_scenarios_agree(name: str) -> None:
    instance = instance_of(SCENARIOS / name)
    program, solved = solve_pooled(instance), solve(instance)
    size = max(program.bound, 1e-6 * instance.goal)
    assert abs(solved.allocation.objective - program.objective) <= 1e-4 * size
    assert solved.allocation.placed.sum() == pytest.approx(program.placed.sum(), rel=1e-8)


def tight(folder: Path) -> Instance:
    """Two regions, two products; one capacity, one potential and one band bind."""
    people = [
        {"rep": "Li", "region": "A", "capacity": 55},
        {"rep": "Wang", "region": "A", "capacity": 80},
        {"rep": "Zhao", "region": "B"},
    ]
    return instance_of(
        write_world(
            folder,
            {
                "periods": ["2024Q1", "2024Q2"],
                "goal": 480,
                "tolerance": {"region": 0.1, "product": 0.05, "period": 0.0},
            },
            people=people,
            regions=shares("region", {"A": 50, "B": 50}),
            products=shares("product", {"X": 60, "Y": 40}),
            periods=shares("period", {"2024Q1": 50, "2024Q2": 50}),
            potential=[{"region": "B", "product": "X", "potential": 120}],
        )
    )


def test_a_warm_start_ends_where_a_cold_one_does(tmp_path: Path) -> None:
    instance = tight(tmp_path)
    allocation, start = solve_decomposed(instance)
    assert allocation is not None and start is not None
    raised = replace(
        instance,
        goal=instance.goal * 1.01,
        reference=instance.reference * 1.01,
        reps=replace(instance.reps, reference=instance.reps.reference * 1.01),  # type: ignore[type-var,union-attr]
    )
    warm, _ = solve_decomposed(raised, start)
    cold, _ = solve_decomposed(raised)
    assert warm is not None and cold is not None
    assert np.abs(warm.placed - cold.placed).max() <= NEAR * instance.goal
    assert warm.solver.rounds <= cold.solver.rounds


def test_a_start_of_another_shape_is_not_used(tmp_path: Path) -> None:
    _, start = solve_decomposed(tight(tmp_path / "one"))
    other = instance_of(SCENARIOS / "east-china")
    found, _ = solve_decomposed(other, start)
    again, _ = solve_decomposed(other)
    assert found is not None and again is not None
    assert np.array_equal(found.placed, again.placed)


def test_where_the_goal_cannot_be_placed_the_program_takes_over() -> None:
    solved = solve(instance_of(SCENARIOS / "company-a"))
    assert solved.method == "pooled"
    assert solved.start is None


def test_a_wide_potential_that_binds_is_proven_in_every_step(tmp_path: Path) -> None:
    instance = instance_of(
        write_world(
            tmp_path,
            {"periods": ["2024Q1", "2024Q2"], "goal": 300, "tolerance": {"region": 0.3}},
            regions=shares("region", {"A": 50, "B": 50}),
            potential=[{"region": "A", "potential": 120}],
        )
    )
    found, _ = solve_decomposed(instance)
    assert found is not None
    steps = {price.step: price.kind for price in found.prices if price.kind == "potential"}
    assert steps == {"fairness": "potential"}


def test_regions_without_people_count_in_unfairness(tmp_path: Path) -> None:
    """B has no rep and no band: its reference of 100 stays empty, at a cost of 100."""
    instance = instance_of(
        write_world(
            tmp_path,
            {"periods": ["2024Q1"], "goal": 200},
            people=[{"rep": "Li", "region": "A"}],
            regions=[{"region": "A"}, {"region": "B"}],
            potential=[{"region": "A", "potential": 200}, {"region": "B", "potential": 200}],
        )
    )
    found, _ = solve_decomposed(instance)
    program = solve_pooled(instance)
    assert found is not None
    assert found.objective == pytest.approx(program.objective, rel=1e-6)
