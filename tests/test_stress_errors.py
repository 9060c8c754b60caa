"""Standard errors that are true: what is stated is how far figures scatter, in every shape.

Over 50 seeds the scatter itself is known to 1/√(2 × 49) = 10 %: a single ratio of stated to true
error lies between 0.7 and 1.45 in all but one case in a thousand, even where the truth is 1.0. The
mean over all shapes is known to about 4 %, as they share their seeds but not all their chance;
stated errors, of 16 sets, are right in the square, so that mean has to lie within 0.85 and 1.25.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from optimizer.problem.instance import Floats
from optimizer.stress.closed import build_curves, closed_costs, has_closed_form
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import (
    QUANTILES,
    Figure,
    cost_figures,
    mean,
    quantile,
    quantiles,
    reserve,
    steps,
)
from optimizer.stress.rules import Spread, StressRules
from optimizer.stress.simulate import simulate
from optimizer.stress.world import World
from tests.stress_worlds import METRICS, SHAPES, make_payees, make_world

SEEDS, TRIALS = 50, 64
RULES = StressRules(trials=1600, metrics=METRICS, spreads=(Spread(mean=0.95, cv=0.3),))
CLOSED = ("marginal", "retroactive", "two blocks", "bands", "capped", "guarantee")
SIMULATED = ("rank", "progress", "team", "year to date")
"""The first two with a commission beside the bonus: without, twenty reps cost few values."""

Ratios = dict[str, dict[str, float]]


def figures_of(costs: Floats) -> dict[str, Figure]:
    return {**cost_figures(costs), "reserve": reserve(costs)}


def ratios_of(draw: Callable[[int], Floats], times: int) -> dict[str, float]:
    """Return stated over true standard error of each figure, the draws being independent."""
    found = [figures_of(draw(number)) for number in range(times)]
    return {name: ratio([one[name] for one in found]) for name in found[0]}


def ratio(figures: Sequence[Figure]) -> float:
    """Return stated over true standard error; 1 where a figure never moves, and says so."""
    stated = float(np.sqrt(np.mean([one.standard_error**2 for one in figures])))
    true = float(np.std([one.value for one in figures], ddof=1))
    return stated / true if true > 0 else 1.0 + stated


def drawn(world: World) -> Callable[[int], Floats]:
    """Return the costs of a world by seed."""
    curves = build_curves(world, world.paying) if has_closed_form(world, world.paying[0]) else None

    def costs(seed: int) -> Floats:
        own = replace(world, rules=replace(RULES, seed=seed))
        found = simulate(own, TRIALS) if curves is None else closed_costs(own, curves, TRIALS)
        return found.total

    return costs


@pytest.fixture(scope="module")
def ratios() -> Ratios:
    """Draw ten shapes with fifty seeds each."""
    many, few = make_payees(300, 2), make_payees(20, 2)
    found = {name: make_world(SHAPES[name], RULES, many) for name in CLOSED}
    assert all(has_closed_form(world, world.paying[0]) for world in found.values())
    for name in SIMULATED:
        whole = replace(SHAPES[name], commissions=SHAPES["marginal"].commissions)
        found[name] = make_world(whole, RULES, few)
    return {name: ratios_of(drawn(world), SEEDS) for name, world in found.items()}


@pytest.mark.parametrize("shape", [*CLOSED, *SIMULATED])
def test_stated_errors_are_true_in_every_shape(ratios: Ratios, shape: str) -> None:
    for name, found in ratios[shape].items():
        assert 0.7 < found < 1.45, (shape, name, found)


@pytest.mark.parametrize(
    "name", ["mean", "sd", "p5", "p50", "p75", "p90", "p95", "p99", "cvar95", "reserve"]
)
def test_stated_errors_are_true_over_all_shapes(ratios: Ratios, name: str) -> None:
    own = [one[name] for one in ratios.values()]
    assert 0.85 < np.exp(np.mean(np.log(own))) < 1.25, (name, own)


LAWS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "normal": lambda random: random.normal(10, 1, (REPLICATES, TRIALS)),
    "exponential": lambda random: random.exponential(1, (REPLICATES, TRIALS)),
    "fine steps": lambda random: random.normal(10, 1, (REPLICATES, TRIALS)).round(2),
    "sets that differ": lambda random: (
        random.normal(10, 1, (REPLICATES, TRIALS)) + 0.1 * random.normal(size=(REPLICATES, 1))
    ),
}


@pytest.mark.parametrize("law", LAWS)
def test_stated_errors_are_true_of_known_laws(law: str) -> None:
    random = np.random.default_rng(5)
    found = ratios_of(lambda _: LAWS[law](random), 200)
    for name, one in found.items():
        assert 0.8 < one < 1.3, (name, one)


def test_a_quantile_of_few_values_moves_as_often_as_is_said() -> None:
    random = np.random.default_rng(7)
    # 60 % of trials cost 1, so that P50 is 1 whatever is drawn; P90 lies at the edge of a step.
    middle = [quantile(random.choice([0.0, 1, 2], (16, 64), p=[0.2, 0.6, 0.2]), 0.5)
              for _ in range(200)]  # fmt: skip
    assert {(one.value, one.standard_error) for one in middle} == {(1.0, 0.0)}
    edge = [quantile(random.choice([0.0, 1, 2], (16, 64), p=[0.3, 0.6, 0.1]), 0.9)
            for _ in range(400)]  # fmt: skip
    true = np.std([one.value for one in edge])
    stated = np.sqrt(np.mean([one.standard_error**2 for one in edge]))
    assert true > 0.4
    assert 0.4 < stated / true < 1.25


@pytest.mark.parametrize("law", ["normal", "exponential"])
@pytest.mark.parametrize(
    ("name", "of_normal"), [("p50", 0.0), ("p90", 1.2815516), ("p99", 2.3263479)]
)
def test_quantiles_lie_above_the_truth_half_of_the_time(
    law: str, name: str, of_normal: float
) -> None:
    random, level = np.random.default_rng(3), QUANTILES[name]
    truth = 10 + of_normal if law == "normal" else -np.log(1 - level)
    above = np.mean([quantile(LAWS[law](random), level).value > truth for _ in range(1500)])
    assert abs(above - 0.5) < 4 * 0.5 / np.sqrt(1500)


def test_columns_are_as_each_by_itself() -> None:
    random = np.random.default_rng(1)
    sets = random.gamma(2, 3, (16, 2, 5)).round(1)
    values, errors = quantiles(sets, (0.5, 0.95))
    for place, level in enumerate((0.5, 0.95)):
        for column in range(5):
            one = quantile(sets[..., column], level)
            assert one == Figure(float(values[place, column]), float(errors[place, column]))
    assert (errors >= 0).all() and np.isfinite(errors).all()


def test_costs_that_are_all_alike_have_no_error() -> None:
    for cost in (0.0, 7.5):
        found = figures_of(np.full((16, 2), cost))
        assert all(one.standard_error == 0 for one in found.values())
        assert found["p99"].value == cost
        assert set(steps(np.full((16, 2), cost), found)) == set(QUANTILES)


def test_steps_are_told_with_their_share() -> None:
    random = np.random.default_rng(2)
    few = 3.0 * random.binomial(12, 0.4, (16, 256))
    told = steps(few, cost_figures(few))
    assert set(told) == set(QUANTILES)
    assert told["p50"] == pytest.approx((few == np.median(few)).mean())
    smooth = random.normal(10, 1, (16, 256))
    assert steps(smooth, cost_figures(smooth)) == {}
    # Summed in single precision, one cost is many numbers close by.
    rough = few * (1 + 1e-8 * random.normal(size=few.shape))
    assert steps(rough, cost_figures(rough)) == pytest.approx(told)


def test_few_trials_reach_no_farther_than_the_worst() -> None:
    sets = np.arange(32.0).reshape(16, 2)
    for level in (0.01, 0.99):
        one = quantile(sets, level)
        assert 0 <= one.value <= 31
        assert 0 <= one.standard_error <= 31
    assert mean(sets).value == 15.5
