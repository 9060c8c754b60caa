"""Numbers: paths and solvers agree, and numbers beyond what is exact are refused in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import agreement
import highspy
import hostile
import numpy as np
import pytest
from instances import Where, two_by_two
from worlds import shares, write_world

from optimizer.errors import InputError
from optimizer.model.solve import solve_decomposed
from optimizer.pipeline import plan
from optimizer.solve.answer import Limits
from optimizer.solve.program import ProgramBuilder


def test_paths_and_solvers_agree() -> None:
    tally = agreement.Tally()
    for seed in range(6):
        agreement.compare(seed, tally)
    assert tally.disagreements == []
    assert tally.planned["joint CBC: plan"] >= 3
    assert tally.planned["decomposed: plan"] >= 1


def test_a_small_region_gives_up_no_unit_that_has_room() -> None:
    """Three people whose limits of the year have room for just what is placed."""
    tally = agreement.Tally()
    agreement.compare(4328, tally, ("HiGHS",))
    assert tally.disagreements == []
    assert tally.differences["units placed"] == 0


@pytest.mark.parametrize(
    ("seed", "solver"),
    [(5310, "HiGHS"), (6160, "HiGHS"), (30, "CBC"), (2590, "CBC"), (12110, "CBC")],
)
def test_the_joint_model_proves_a_plan_that_leaves_no_wish_by_its_last_digits(
    seed: int, solver: str
) -> None:
    tally = agreement.Tally()
    agreement.compare(seed, tally, (solver,))
    assert tally.disagreements == []
    assert tally.planned[f"joint {solver}: plan"] == 1


def test_a_disagreement_is_counted() -> None:
    tally = agreement.Tally()
    tally.note(7, "F of joint HiGHS", 0.5, agreement.CERTIFIED)
    assert tally.disagreements == ["world 7: F of joint HiGHS differs by 0.5"]


@pytest.mark.parametrize("seed", [0, 5, 13, 20, 22, 2620, 3933, 4374])
def test_hostile_numbers_end_in_a_plan_or_in_words(seed: int) -> None:
    assert hostile.outcome(seed) in hostile.FINE


@pytest.mark.parametrize(("people", "goal"), [(5000, 12345.0), (1000, 1.0)])
def test_thousands_of_equal_reps_have_a_plan(people: int, goal: float) -> None:
    settings = {"name": "equals", "periods": ["2024Q1"], "goal": goal}
    tables = {
        "people": [{"rep": f"rep {number}", "region": "东"} for number in range(people)],
        "regions": shares("region", {"东": 1}),
    }
    assert hostile.ending(settings, tables) == "complete"


def test_a_slow_world_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile, "SECONDS", 0.0)
    assert hostile.outcome(0).startswith("slow: ")


@pytest.mark.parametrize(
    ("table", "column", "values", "words"),
    [
        ("people", "ability", (5e-324, 1), "nearer to 0 than 1e-09"),
        ("people", "fte", (1e-6, 1e6), "lost beside the largest of the column, 1000000"),
        ("people", "fte", (None, 1e12), "the number, 1, is lost beside the largest of the col"),
        ("products", "effort", (1e12, None), "the number, 1, is lost beside the largest of the"),
        ("products", "effort", (1, 1e-300), "nearer to 0 than 1e-09"),
        ("products", "share", (1e-12, 1), "nearer to 0 than 1e-09.*Write 0"),
        ("products", "share", (1, 1e12), "may be 1e\\+09 times the smallest"),
    ],
)
def test_weights_that_would_be_lost_are_refused(
    tmp_path: Path, table: str, column: str, values: tuple[float, float], words: str
) -> None:
    world = two_of_each(tmp_path, table, column, values)
    with pytest.raises(InputError, match=words) as raised:
        plan(world, tmp_path / "run")
    assert raised.value.exit_code == 2


def test_a_weight_lost_as_a_product_is_refused(tmp_path: Path) -> None:
    people = [
        {"rep": "王芳", "region": "东", "ability": 1e-5, "resource": 1e-5},
        {"rep": "李雷", "region": "东", "ability": None, "resource": 1},
    ]
    settings = {"name": "lost", "periods": ["2024Q1"], "goal": 100}
    world = write_world(
        tmp_path / "s", settings, people=people, regions=shares("region", {"东": 1})
    )
    with pytest.raises(InputError, match=r"row 2.*weight \(ability × resource.*1e-10, is lost"):
        plan(world, tmp_path / "run")


@pytest.mark.parametrize("values", [(0.0, 1.0), (1e-9, 1e-9), (0.001, 1e6)])
def test_weights_that_count_are_kept(tmp_path: Path, values: tuple[float, float]) -> None:
    world = two_of_each(tmp_path, "products", "share", values)
    assert plan(world, tmp_path / "run").status == "complete"


def two_of_each(folder: Path, table: str, column: str, values: tuple[float, float]) -> Path:
    """Write two reps and two products, with two values in one column."""
    tables: dict[str, list[dict[str, Any]]] = {
        "people": [{"rep": "王芳", "region": "东"}, {"rep": "李雷", "region": "东"}],
        "products": [{"product": "p", "share": 0.5}, {"product": "q", "share": 0.5}],
    }
    for row, value in zip(tables[table], values, strict=True):
        row[column] = value
    settings = {"name": "lost", "periods": ["2024Q1"], "goal": 100}
    tables["regions"] = shares("region", {"东": 1})
    return write_world(folder / "scenario", settings, **tables)


def test_newton_takes_no_step_for_a_rule_on_closed_cells() -> None:
    closed = two_by_two(region_locks=[(Where(region="A", product="p"), 5.0)])
    reference = closed.reference.copy()
    reference[0, 0, 0] = 0.0
    with np.errstate(all="raise"):
        found, _ = solve_decomposed(replace(closed, reference=reference))
    assert found is None


@pytest.mark.parametrize(
    ("settings", "capacity", "words"),
    [
        ({"goal": 1e300}, 60, r"the goal 1e\+300 is beyond 1e\+15, the most that is exact"),
        ({"goal": 1e16, "rounding": 3}, 60, r"the goal 1e\+16 is beyond 1e\+15"),
        ({"goal": 9e14}, 60, r"the stretch goal 1\.08e\+15 is beyond 1e\+15"),
        ({"goal": {"target": 5e14, "stretch": 2e15}}, 60, r"the stretch goal 2e\+15 is beyond"),
        ({"goal": 1e14, "rounding": 0}, 60, r"the goal is more than 2\^53 times"),
        ({"goal": 8e9, "rounding": 0}, 60, r"the stretch goal is more than 2\^53 times"),
        ({"goal": 5e-324}, 60, "less than half the rounding unit"),
        ({"rounding": 1e-12}, 60, r"finer than amounts are kept.*at least 0\.000001"),
        ({}, 1e300, r"beyond 1e\+15, the most that is exact.*leave blank what has no limit"),
        ({}, 2.0**53, r"beyond 1e\+15"),
    ],
)
def test_numbers_that_cannot_be_exact_are_refused(
    tmp_path: Path, settings: dict[str, Any], capacity: float, words: str
) -> None:
    world = write_world(
        tmp_path / "scenario",
        {"name": "vast", "periods": ["2024Q1"], "goal": 100, **settings},
        people=[{"rep": "王芳", "region": "东", "capacity": capacity}],
        regions=shares("region", {"东": 1}),
    )
    with pytest.raises(InputError, match=words) as raised:
        plan(world, tmp_path / "run")
    assert raised.value.exit_code == 2
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("amount", "growth", "words"),
    [
        (9e14, 0.2, r"the goal 1\.08e\+15 is beyond 1e\+15"),
        (8e14, 0.2, r"the stretch goal 1\.152e\+15 is beyond 1e\+15"),
        (10.0, -0.99, "less than half the rounding unit"),
    ],
)
def test_goals_as_growth_are_held_to_the_same_sizes(
    tmp_path: Path, amount: float, growth: float, words: str
) -> None:
    world = write_world(
        tmp_path / "scenario",
        {"name": "grown", "periods": ["2024Q1"], "goal": {"growth": growth, "base": ["2023Q1"]}},
        regions=shares("region", {"东": 1}),
        history=[{"period": "2023Q1", "region": "东", "product": "", "amount": amount}],
    )
    with pytest.raises(InputError, match=words):
        plan(world, tmp_path / "run")


def two_columns() -> Limits:
    """Return x + 2y ≤ 4 with x and y from 0 to 3, at a cost of −1 each."""
    builder = ProgramBuilder()
    columns = builder.add_columns(np.zeros(2), np.full(2, 3.0), np.full(2, -1.0))
    rows = builder.add_rows(np.array([-np.inf]), np.array([4.0]))
    builder.add_entries(rows.repeat(2), columns, np.array([1.0, 2.0]))
    program: highspy.HighsLp = builder.build()
    return Limits(program)


@pytest.mark.parametrize(
    ("values", "cost", "fault"),
    [
        ([3.0, 0.5], -3.5, ""),
        ([3.0, 0.5 + 1e-9], -3.5, ""),
        ([3.0, 1.0], -4.0, "break a limit"),
        ([3.1, 0.0], -3.1, "break a limit"),
        ([-0.1, 0.0], 0.1, "break a limit"),
        ([3.0, 0.5], -4.0, "cost -4, but they cost -3.5"),
        ([np.nan, 0.5], -3.5, "no numbers"),
        ([3.0, 0.5], np.nan, "no numbers"),
        ([3.0], -3.0, "1 values for 2 amounts"),
    ],
)
def test_answers_are_held_against_the_limits(values: list[float], cost: float, fault: str) -> None:
    found = two_columns().fault_of(np.array(values), cost)
    assert fault in found
    assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("whole", "first", "fault"), [([0], 2.5, "off by 0.5"), ([1], 2.5, ""), ([0], 3 - 1e-9, "")]
)
def test_what_should_be_whole_is_held_to_that(whole: list[int], first: float, fault: str) -> None:
    limits = two_columns()
    limits.whole = np.array(whole)
    found = limits.fault_of(np.array([first, 0.0]), -first)
    assert fault in found
    assert bool(found) == bool(fault)


def test_changed_coefficients_count() -> None:
    limits = two_columns()
    limits.set_coefficients(np.array([0]), np.array([1]), np.array([1.0]))
    assert limits.fault_of(np.array([3.0, 1.0]), -4.0) == ""
    limits.set_coefficients(np.array([0]), np.array([0]), np.array([9.0]))
    assert "break a limit" in limits.fault_of(np.array([3.0, 1.0]), -4.0)
