"""Whole units under effort, year limits, locks and a gap: limits kept, little lost."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instances import Person, Where, make_instance, region_bands
from worlds import write_world

from optimizer.errors import ContradictionError
from optimizer.inputs.load import load_scenarios
from optimizer.model import asking
from optimizer.model.asking import closest_ask
from optimizer.model.pooled import solve_pooled
from optimizer.model.rules import read_rules
from optimizer.pipeline import plan
from optimizer.problem.build import build_instance
from optimizer.problem.instance import Instance
from optimizer.results.broken_limits import broken_rows
from optimizer.results.exchanges import make_room, read_exchanges
from optimizer.results.rounding import round_plan
from optimizer.verify.verify import verify_run

EFFORTS = (0.5, 0.8, 1.0, 1.25, 1.5, 2.0)

# ---------------------------------------------------------------- exchanges


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(EFFORTS), min_size=1, max_size=6))
def test_exchanges_leave_totals_alone_and_relieve_the_rep(effort: list[float]) -> None:
    found = read_exchanges(tuple(effort))
    assert (found.handed.sum(axis=1) == 0).all()
    assert (found.effort > 0).all()
    assert found.effort == pytest.approx(found.handed @ np.array(effort))
    assert len(np.unique(found.handed, axis=0)) == len(found.handed)
    assert (len(found.handed) > 0) == (len(set(effort)) > 1)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000))
def test_room_is_made_within_everybodys_limits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reps, products = int(rng.integers(2, 8)), int(rng.integers(2, 5))
    effort = rng.choice(EFFORTS, products)
    base = rng.integers(0, 2, (reps, products))
    allowed = rng.random((reps, products)) < 0.8
    cells = base + np.where(allowed, rng.integers(0, 6, (reps, products)), 0)
    capacity = cells @ effort + rng.uniform(0.0, 0.6, reps)
    capacity[0] -= 0.5
    before, slack = cells.copy(), capacity - cells @ effort
    if not make_room(read_exchanges(tuple(effort.tolist())), cells, base, allowed, slack, 0):
        return
    assert (cells.sum(axis=1) == before.sum(axis=1)).all()
    assert (cells.sum(axis=0) == before.sum(axis=0)).all()
    assert (cells >= base).all()
    assert (cells <= before)[~allowed].all()
    assert (cells @ effort <= capacity + 1e-9).all()


def test_two_units_for_two_use_up_what_one_for_one_cannot() -> None:
    effort, none = (1.25, 1.0, 0.8), np.zeros((3, 3), dtype=np.int64)
    cells = np.array([[2, 2, 2], [0, 4, 1], [0, 4, 1]])
    slack = np.array([-0.1, 0.07, 0.07])
    assert make_room(read_exchanges(effort), cells, none, none == 0, slack, 0)
    assert cells.sum(axis=0).tolist() == [2, 10, 4]
    assert (slack >= -1e-9).all()


# ---------------------------------------------------------------- whole plans


def crowd(seed: int, heads: int) -> Instance:
    """Draw two regions whose people cannot carry the goal, by effort, year and lists."""
    rng = np.random.default_rng(seed)
    mix = {"p": 0.4, "r": 0.3, "s": 0.2, "t": 0.1}
    parts = {"A": 60.0 * heads, "B": 40.0 * heads}
    people = []
    for number in range(heads):
        region = "A" if number % 5 < 3 else "B"
        own = () if rng.random() < 0.8 else tuple(mix)[: int(rng.integers(2, 4))]
        high = float(rng.choice([40.25, 55.0, 70.1], p=[0.4, 0.3, 0.3]))
        most = float(rng.choice([inf, inf, 80.0]))
        people.append(Person(f"{number:03}", region, high, 0.0, 1.0, own, 0.0, most))
    locks = [("000", "Q1", "*", 20.0)] if rng.random() < 0.5 else []
    return make_instance(
        parts, 100.0 * heads, products=mix, periods={"Q1": 0.45, "Q2": 0.55}, people=people,
        effort={name: float(rng.choice(EFFORTS[2:])) for name in mix},
        bands=region_bands(parts, 0.1), over_rep=float(rng.choice([0.0, 0.03])),
        rep_locks=locks,
        potentials=[(Where("Q1", "A", "p"), 12.0 * heads)],
    )  # fmt: skip


@pytest.mark.parametrize(("seed", "heads"), [(1, 6), (2, 6), (3, 15), (4, 15), (5, 40), (6, 80)])
def test_a_crowd_with_a_gap_keeps_all_limits_and_loses_less_than_a_unit_each(
    seed: int, heads: int
) -> None:
    instance = crowd(seed, heads)
    exact = solve_pooled(instance)
    found = round_plan(instance, exact, instance)
    assert found.cells is not None and instance.reps is not None
    assert not broken_rows(instance, found.cells).any()
    sums = np.zeros_like(found.placed)
    np.add.at(sums, instance.reps.leaf, found.cells)
    assert (sums >= found.placed).all()
    assert (found.ask >= found.placed).all()
    assert found.ask.sum() == 100 * heads
    assert exact.placed_most < 100 * heads
    lost = exact.placed_most - found.placed.sum()
    assert -1e-6 <= lost < heads * len(instance.periods)
    for amount, rep in zip(instance.rep_locks.amount, instance.rep_locks.rep, strict=True):
        assert found.cells[rep, 0].sum() == amount


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_rows_changes_no_unit(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    people: list[dict[str, Any]] = [
        {"rep": f"s{k:02}", "region": "NS"[k % 2], "capacity": round(rng.uniform(20, 60), 2)}
        for k in range(12)
    ]
    settings_of = {
        "name": "crowd", "periods": ["2024Q1", "2024Q2"], "goal": 1500, "rounding": 1,
        "tolerance": {"region": 0.2, "product": 0.1},
    }  # fmt: skip
    products = [
        {"product": name, "share": share, "effort": effort}
        for name, share, effort in (("a", 2, 1.0), ("b", 1, 1.37), ("c", 1, 2.0))
    ]
    found = []
    for turn, rows in enumerate((people, [people[k] for k in rng.permutation(12)])):
        scenario = write_world(tmp_path / f"{turn}", settings_of, people=rows, products=products)
        instance = build_instance(load_scenarios(scenario).scenarios[0])
        exact = solve_pooled(instance)
        assert exact.placed_most < instance.goal
        found.append(round_plan(instance, exact, instance).cells)
    assert np.array_equal(found[0], found[1])


def test_an_unlimited_rep_may_carry_what_effort_leaves_over(tmp_path: Path) -> None:
    """Eighteen reps leave half a unit each; the last one takes these units, and verify agrees."""
    people: list[dict[str, Any]] = [
        {"rep": f"s{k:02}", "region": "N", "capacity": 9.0} for k in range(18)
    ]
    scenario = write_world(
        tmp_path / "s", {"name": "n", "periods": ["2024"], "goal": 150, "rounding": 1},
        people=[*people, {"rep": "z", "region": "N"}],
        products=[{"product": "a", "share": 1, "effort": 2.0}],
    )  # fmt: skip
    assert plan(scenario, tmp_path / "run").status == "complete"
    assert not verify_run(tmp_path / "run").failures


# ---------------------------------------------------------------- the ask


@pytest.mark.parametrize("seed", range(4))
def test_the_ask_by_prices_is_the_one_that_a_program_finds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = crowd(seed + 20, 12)
    try:
        found = solve_pooled(instance)
    except ContradictionError:
        pytest.skip("the draw contradicts itself")
    rules = read_rules(instance)
    by_program = closest_ask(instance, rules, found.placed, found.placed_most)
    monkeypatch.setattr(asking, "_MANY", 0)
    by_prices = closest_ask(instance, rules, found.placed, found.placed_most)
    assert by_prices == pytest.approx(by_program, abs=1e-4 * instance.goal)
    assert by_prices.sum() == pytest.approx(instance.ask_total)
    assert (by_prices >= found.placed - 1e-6).all()
