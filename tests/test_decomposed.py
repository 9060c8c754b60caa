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
from optimizer.model import gap_causes
from optimizer.model.contradiction import check_limits
from optimizer.model.gapped import solve_gapped
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools
from optimizer.model.rules import cube_of, read_rules
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


def raised(instance: Instance, factor: float) -> Instance:
    """The same problem with a goal so many times as high, and all else as it is."""
    reps = instance.reps
    if reps is not None:
        reps = replace(reps, reference=reps.reference * factor)
    reference = instance.reference * factor
    return replace(instance, goal=instance.goal * factor, reference=reference, reps=reps)


@settings(max_examples=EXAMPLES // 3, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_prices_find_the_plan_where_the_goal_is_out_of_reach(world: World) -> None:
    """The least gap is the same, and F but for what the program may leave of the two totals."""
    with tempfile.TemporaryDirectory() as name:
        try:
            instance = instance_of(write_world(Path(name), world.settings, **world.tables))
            instance = raised(instance, 1.5)
            check_limits(instance)
            program = solve_pooled(instance)
        except InputError:
            return
        except ContradictionError:
            assert solve_decomposed(instance, fill=True)[0] is None
            return
    rules, pools = read_rules(instance), read_pools(instance)
    found = solve_gapped(instance, rules, pools)
    if found is None:
        event("handed over")
        return
    event("gap" if program.placed_most < instance.ask_total * (1 - 1e-9) else "full")
    size = max(program.bound, 1e-6 * instance.goal)
    assert found.placed_most == pytest.approx(program.placed_most, rel=1e-8)
    if pools is not None:
        assert found.street_most == pytest.approx(program.street_most, rel=1e-8)
    assert found.objective - found.bound <= 1e-6 * size
    assert abs(found.objective - program.objective) <= 1e-4 * size
    assert found.placed.sum() == pytest.approx(found.placed_most, rel=1e-9)
    assert found.ask is not None
    assert found.ask.sum() == pytest.approx(instance.ask_total, rel=1e-11)
    assert (found.ask >= found.placed - 1e-11 * instance.ask_total).all()


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


def short(folder: Path, tolerance: float, over: float = 0.0, **tables: object) -> Instance:
    """Two regions of 100 each in a quarter; people of A carry 70, B sells 45 of X at most."""
    return instance_of(
        write_world(
            folder,
            {
                "periods": ["2024Q1"],
                "goal": 200,
                "tolerance": {"region": tolerance, "product": 0.0, "period": 0.0},
                "buffers": {"over_assignment": {"rep": over}},
            },
            **{
                "people": [
                    {"rep": "Li", "region": "A", "capacity": 40},
                    {"rep": "Wang", "region": "A", "capacity": 30},
                    {"rep": "Zhao", "region": "B", "capacity": 150},
                ],
                "regions": shares("region", {"A": 50, "B": 50}),
                "products": shares("product", {"X": 50, "Y": 50}),
                "potential": [{"region": "B", "product": "X", "potential": 45}],
                **tables,
            },
        )
    )


def gapped(instance: Instance) -> tuple[float, float, np.ndarray]:
    """Placed and carried totals, and what is placed by region and product."""
    found = solve_gapped(instance, read_rules(instance), read_pools(instance))
    assert found is not None and found.placed_most is not None
    placed = cube_of(instance, read_rules(instance), found.placed)
    return found.placed_most, found.street_most, placed[:, 0]


def test_bands_decide_what_is_left_out_of_a_goal(tmp_path: Path) -> None:
    """With 5 points of room B is asked for 110, 45 of it X; without, for 100."""
    placed, carried, cells = gapped(short(tmp_path / "narrow", 0.05))
    assert placed == pytest.approx(70 + 45 + 65)
    assert carried == pytest.approx(placed)
    assert cells[1] == pytest.approx([45, 65])
    placed, _, _ = gapped(short(tmp_path / "fixed", 0.0))
    assert placed == pytest.approx(70 + 45 + 55)


def test_a_lock_keeps_its_amount_where_the_goal_is_out_of_reach(tmp_path: Path) -> None:
    lock = [{"region": "A", "product": "X", "amount": 20, "reason": "agreed"}]
    instance = short(tmp_path, 0.05, locks=lock)
    solved = solve(instance, fill=True)
    program = solve_pooled(instance)
    assert solved.method == "decomposed"
    assert solved.allocation.placed[0, 0, 0] == pytest.approx(20)
    assert np.abs(solved.allocation.placed - program.placed).max() <= 1e-4 * instance.goal
    assert np.abs(solved.allocation.ask - program.ask).max() <= 1e-4 * instance.goal


def test_people_carry_as_much_more_as_they_can(tmp_path: Path) -> None:
    """A's people stand at 70; Zhao carries a tenth more than the 110 placed in B."""
    placed, carried, _ = gapped(short(tmp_path, 0.05, over=0.1))
    assert placed == pytest.approx(180)
    assert carried == pytest.approx(70 + 1.1 * 110)


def test_where_products_do_not_go_with_totals_the_program_takes_over(tmp_path: Path) -> None:
    people = [
        {"rep": "Li", "region": "A", "capacity": 40, "products": "X"},
        {"rep": "Wang", "region": "A", "capacity": 30, "products": "Y"},
        {"rep": "Zhao", "region": "B", "capacity": 150, "products": "X"},
    ]
    instance = short(tmp_path, 0.05, people=people)
    assert solve_gapped(instance, read_rules(instance), read_pools(instance)) is None
    assert solve(instance, fill=True).method == "pooled"


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
def test_prices_name_the_same_causes_as_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tolerance: float
) -> None:
    instance = short(tmp_path, tolerance)
    by_program = gap_causes.gap_causes(instance, read_rules(instance))
    monkeypatch.setattr(gap_causes, "LARGE", 0)
    by_prices = gap_causes.gap_causes(instance, read_rules(instance))
    for kind in ("potential", "capacity", "no_rep", "share_band", "eligibility", "lock"):
        assert np.array_equal(getattr(by_program, kind), getattr(by_prices, kind)), kind
