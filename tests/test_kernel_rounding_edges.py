"""Whole plans of random small worlds that a small mistake would change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from agreement import make_world
from instances import make_instance

from optimizer.model.pooled import solve_pooled
from optimizer.problem.instance import Instance
from optimizer.results.rounding import _down_the_tree, _round, round_plan


def raised(instance: Instance, factor: float) -> Instance:
    """Return the stretch problem where everything but the market is larger by a factor."""
    reps = instance.reps
    return replace(
        instance,
        goal=instance.goal * factor,
        reference=factor * instance.reference,
        reps=reps and replace(reps, reference=factor * reps.reference, high=factor * reps.high),
    )


@pytest.mark.parametrize("factor", [1.02, 1.1])
@pytest.mark.parametrize("seed", [90014, 90054, 90241, 90341, 90492])
def test_no_stretch_lies_below_its_target(seed: int, factor: float) -> None:
    """Without the targets as minimums it would, in a cell of one of the reps."""
    instance = make_world(seed)
    plan = round_plan(instance, solve_pooled(instance), raised(instance, factor))
    assert plan.cells is not None
    assert (plan.stretch >= plan.cells).all()
    assert (plan.floor <= plan.cells).all()
    if instance.over_rep == 0.0:
        assert plan.stretch.sum() == plan.stretch_placed


@pytest.mark.parametrize("seed", [90001, 90008, 90040, 90156, 90337])
def test_what_is_asked_of_a_region_is_the_next_unit_though_people_end_it(seed: int) -> None:
    """People limit what is placed, not what is asked."""
    instance = make_world(seed)
    exact = solve_pooled(instance)
    whole, _ = _round(instance, exact, None)
    assert whole.placed.sum() < whole.ask.sum()
    wanted = np.maximum(exact.ask / instance.unit, whole.placed).sum(axis=2)
    assert np.abs(whole.ask.sum(axis=2) - wanted).max() < 1.0


def test_of_many_equal_regions_the_first_get_what_is_left() -> None:
    """Forty regions, in turn of one area and the other, share a unit for every second of them."""
    names = [f"L{number:02}" for number in range(40)]
    parents = {name: ("P", "R")[number % 2] for number, name in enumerate(names)}
    instance = make_instance(dict.fromkeys(names, 1.0), 20.0, parents=parents)
    halves = np.full((40, 1), 0.5)
    given = _down_the_tree(instance, np.arange(40), halves, np.array([20]))
    assert given[:, 0].tolist() == [1] * 20 + [0] * 20
