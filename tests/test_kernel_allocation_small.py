"""Plans of the same problem with all amounts a thousandth part: the same, but for their size.

The part is a power of two. Prices, multiples and shares have no size, and stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from agreement import make_world
from allocation_worlds import bound_world, short_world
from instances import Person, two_by_two
from test_kernel_allocation import tied

from optimizer.errors import ContradictionError
from optimizer.model.allocation import Allocation
from optimizer.model.bound import least_value, no_prices
from optimizer.model.decomposed import solve_blocks
from optimizer.model.filled import solve_filled
from optimizer.model.pooled import solve_pooled
from optimizer.model.pools import read_pools
from optimizer.model.rules import read_rules
from optimizer.problem.instance import Instance

PART = 2.0**-10
AMOUNTS = ("goal", "floor_goal", "stretch_goal", "unit", "reference", "placed_low", "volume_low",
           "cells_low")  # fmt: skip
OF_REPS = ("reference", "low", "high", "carries", "total_low", "total_high")
FIGURES = ("placed", "rep_total", "placed_most", "street_most", "objective", "bound")


def small(instance: Instance) -> Instance:
    """Return a problem with all amounts, and the unit, a 1,024th part."""
    return replace(
        _part(instance, *AMOUNTS),
        potentials=_part(instance.potentials, "given", "exact", "usable"),
        region_locks=_part(instance.region_locks, "amount"),
        rep_locks=_part(instance.rep_locks, "amount"),
        reps=instance.reps and _part(instance.reps, *OF_REPS),
    )


def _part(some: Any, *names: str) -> Any:
    known = {name: getattr(some, name) for name in names if getattr(some, name, None) is not None}
    return replace(some, **{name: value * PART for name, value in known.items()})


def is_part(less: Any, plan: Any, digits: float) -> None:
    """Check that all figures of one plan are a 1,024th part of those of another."""
    for name in FIGURES:
        one, other = (getattr(each, name) for each in (less, plan))
        if other is None:
            assert one is None
            continue
        size = float(np.abs(other).max(initial=0.0)) * PART
        assert one == pytest.approx(np.asarray(other) * PART, rel=digits, abs=digits * size), name


@pytest.mark.parametrize("seed", range(40))
def test_pooled_plans_are_as_small_as_the_amounts(seed: int) -> None:
    instance = make_world(seed)

    def plan(world: Instance) -> Allocation | None:
        try:
            return solve_pooled(world)
        except ContradictionError:
            return None

    large, less = plan(instance), plan(small(instance))
    assert (large is None) is (less is None)
    if large is not None and less is not None:
        assert less.placed_most == pytest.approx(large.placed_most * PART, rel=1e-7)
        assert less.street_most == pytest.approx(large.street_most * PART, rel=1e-7, abs=1e-9)
        assert less.objective == pytest.approx(large.objective * PART, rel=1e-4, abs=1e-6)
        assert less.ask.sum() == pytest.approx(large.ask.sum() * PART, rel=1e-7)


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("people", [False, True])
def test_plans_by_prices_are_as_small_as_the_amounts(people: bool, locked: bool) -> None:
    instance = tied(people, locked=locked)
    found = [
        solve_blocks(world, read_rules(world), read_pools(world))
        for world in (small(instance), instance)
    ]
    is_part(*found, 1e-7)


@pytest.mark.parametrize("width", [0.08, 0.01])
@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(3))
def test_plans_of_random_worlds_are_as_small_as_the_amounts(
    seed: int, over: float, width: float
) -> None:
    made = bound_world(seed, over, width)
    is_part(
        *(solve_blocks(one, read_rules(one), read_pools(one)) for one in (small(made), made)), 1e-7
    )


@pytest.mark.parametrize("over", [0.0, 0.05])
@pytest.mark.parametrize("seed", range(4))
def test_filled_plans_are_as_small_as_the_amounts(seed: int, over: float) -> None:
    made = short_world(seed, over)
    is_part(
        *(solve_filled(one, read_rules(one), read_pools(one)) for one in (small(made), made)), 1e-9
    )


@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
@pytest.mark.parametrize("seed", range(6))
def test_bounds_are_as_small_as_the_amounts(seed: int, step: str) -> None:
    """With people, markets, locks, limits of years and effort, as the world has them."""
    instance, rng = make_world(seed), np.random.default_rng(seed)
    nothing = no_prices(instance)
    prices = replace(
        nothing, goal=-0.2, placed=0.3, street=0.2,
        potential=rng.uniform(0, 1, nothing.potential.shape),
        cover_min=rng.uniform(0, 1, nothing.cover_min.shape),
        cover_max=rng.uniform(0, 1, nothing.cover_max.shape),
        region_lock=rng.normal(size=nothing.region_lock.shape),
        rep_lock=rng.normal(size=nothing.rep_lock.shape),
        year_max=rng.uniform(0, 1, nothing.year_max.shape),
    )  # fmt: skip
    large, less = (
        least_value(one, read_rules(one), prices, step, 80.0 * part, 70.0 * part)[0]
        for one, part in ((instance, 1.0), (small(instance), PART))
    )
    assert less == pytest.approx(large * PART, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_stretch_plan_by_the_program_places_as_much(mixed: bool) -> None:
    """Products are told apart everywhere there, also where totals alone would do."""
    people = [Person("Ann", "A", 40.0, sells=("p",)) if mixed else Person("Ann", "A", 40.0),
              Person("Bob", "A", 30.0), Person("Cid", "B", 35.0)]  # fmt: skip
    plain = two_by_two(people=people, over_rep=0.05)
    assert plain.groups is not None
    low = np.zeros((len(plain.groups.leaf), *plain.reference.shape[1:]))
    found = [solve_pooled(one) for one in (replace(plain, is_stretch=True, volume_low=low), plain)]
    assert found[0].placed_most == pytest.approx(found[1].placed_most, abs=2 * plain.unit)
    assert (found[0].ask == found[0].placed).all()
