"""The pieces of stress, one by one, against textbook formulas and other programs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats
from scipy.stats import qmc

from optimizer.errors import InputError
from optimizer.incentives.plan import Cap
from optimizer.problem.instance import Floats
from optimizer.stress.attainment import (
    Attainments,
    GammaQuantiles,
    HistoryQuantiles,
    Quantiles,
    _sample,
    log_normal,
)
from optimizer.stress.closed import (
    NODES,
    Curves,
    _by_shocks,
    _settled,
    chebyshev_nodes,
    fine_table,
    fitted,
    has_closed_form,
)
from optimizer.stress.gaming import _gain
from optimizer.stress.measures import (
    QUANTILES,
    cost_figures,
    mean,
    overrun,
    quantile,
    reserve,
    shared_variance,
    standard_errors,
    steps,
    tail,
    tail_mean,
)
from optimizer.stress.moments import pay_cumulants, tidied
from optimizer.stress.payout import least_multiplier, pay
from optimizer.stress.pieces import Pieces
from optimizer.stress.pools import Fund
from optimizer.stress.schedule import Bands, Ranking, Schedule, _as_slice, _cap
from optimizer.stress.schedule import in_single as schedule_in_single
from optimizer.stress.sobol import (
    BITS,
    MOST_DIMENSIONS,
    _directions,
    _scrambled,
    sobol_points,
)
from optimizer.stress.tiers import Tiers

# ---------------------------------------------------------------- Sobol points


def test_direction_numbers_are_those_of_joe_and_kuo() -> None:
    """Without scrambling, points are those of another program, in another order."""
    number = 256
    theirs = qmc.Sobol(MOST_DIMENSIONS, scramble=False, bits=BITS).random(number)
    index = np.arange(number, dtype=np.uint64)
    for dimension in range(MOST_DIMENSIONS):
        words = np.zeros(number, dtype=np.uint64)
        for bit, word in enumerate(_directions(dimension)[:8]):
            words ^= ((index >> np.uint64(bit)) & np.uint64(1)) * word
        assert (np.sort(words / 2.0**BITS) == np.sort(theirs[:, dimension])).all()
        gray = (index ^ (index >> np.uint64(1))).astype(np.intp)
        assert (words[gray] / 2.0**BITS == theirs[:, dimension]).all(), dimension


def test_late_direction_numbers_follow_the_recurrence_too() -> None:
    """All 32 of each dimension: point 2^bit has that direction number alone, in Gray code."""
    far = qmc.Sobol(MOST_DIMENSIONS, scramble=False, bits=BITS)
    first = far.random(1)
    assert (first == 0).all()
    known = np.asarray(far._sv, dtype=np.uint64)
    for dimension in range(MOST_DIMENSIONS):
        assert (_directions(dimension) == known[dimension]).all()


def test_scrambling_is_a_lower_triangle_of_bits() -> None:
    rng = np.random.default_rng(3)
    chosen = rng.integers(2**BITS, size=(2, BITS), dtype=np.uint64)
    directions = np.stack([_directions(0), _directions(5)])
    assert (_scrambled(directions, np.zeros_like(chosen)) == directions).all()
    found = _scrambled(directions, chosen)
    for dimension in range(2):
        for place, word in enumerate(directions[dimension].tolist()):
            expected = 0
            for bit in range(BITS):
                own = 1 << (BITS - 1 - bit)
                above = (2**BITS - 1) ^ (2 * own - 1)
                row = (int(chosen[dimension, bit]) & above & (2**BITS - 1)) | own
                expected |= own * (bin(word & row).count("1") % 2)
            assert int(found[dimension, place]) == expected


@pytest.mark.parametrize("number", [1, 2, 64])
def test_each_interval_holds_one_point_and_none_is_at_an_end(number: int) -> None:
    points = sobol_points(number, 3, np.random.default_rng(1))
    assert points.shape == (number, 3)
    assert 0 < points.min() <= points.max() < 1
    for column in np.floor(points * number).T:
        assert sorted(column) == list(range(number))
    other = sobol_points(number, 3, np.random.default_rng(2))
    assert (points != other).all()


# ---------------------------------------------------------------- figures


SETS = np.random.default_rng(5).gamma(2.0, 10.0, (8, 250))


def test_figures_of_cost_are_those_of_the_textbook() -> None:
    found = cost_figures(SETS)
    assert found["mean"].value == pytest.approx(SETS.mean())
    means = SETS.mean(axis=1)
    assert found["mean"].standard_error == pytest.approx(means.std(ddof=1) / np.sqrt(8))
    assert found["sd"].value == pytest.approx(SETS.std(ddof=1))
    squares = ((SETS - SETS.mean()) ** 2).mean(axis=1)
    error = squares.std(ddof=1) / np.sqrt(8) / (2 * SETS.std(ddof=1))
    assert found["sd"].standard_error == pytest.approx(error)
    for name, level in {"p5": 5, "p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90,
                        "p95": 95, "p99": 99}.items():  # fmt: skip
        expected = np.quantile(SETS, level / 100, method="median_unbiased")
        assert found[name].value == pytest.approx(expected)
        assert QUANTILES[name] == level / 100
    edge = np.quantile(SETS, 0.95)
    worst = edge + np.maximum(SETS - edge, 0).mean() / 0.05
    assert found["cvar95"].value == pytest.approx(worst) == tail_mean(SETS.ravel())
    each = np.maximum(SETS - found["p95"].value, 0).mean(axis=1) / 0.05
    assert tail(SETS).standard_error == pytest.approx(each.std(ddof=1) / np.sqrt(8))
    assert mean(SETS) == found["mean"]


@pytest.mark.parametrize("level", [0.001, 0.05, 0.5, 0.9, 0.999])
def test_the_error_of_a_quantile_comes_from_shares_read_off_all_trials(level: float) -> None:
    found = quantile(SETS, level)
    shares = [(sets < found.value).mean() for sets in SETS]
    error = np.std(shares, ddof=1) / np.sqrt(8)
    low, high = max(level - 2 * error, 0.0), min(level + 2 * error, 1.0)
    ends = np.quantile(SETS, [low, high], method="median_unbiased")
    expected = (ends[1] - ends[0]) / (2 * (high - low) / (2 * error))
    assert found.standard_error == pytest.approx(expected, rel=1e-9)


def test_numbers_that_are_all_the_same_have_no_error_and_are_steps() -> None:
    same = np.full((4, 50), 7.0)
    figures = cost_figures(same)
    assert {one.value for name, one in figures.items() if name != "sd"} == {7.0}
    assert {one.standard_error for one in figures.values()} == {0.0}
    assert figures["sd"].value == 0.0
    assert steps(same, figures) == dict.fromkeys(QUANTILES, 1.0)
    assert reserve(same).value == 0.0
    assert quantile(np.array([[3.0], [5.0]]), 0.5).value == 4.0
    assert quantile(np.array([[3.0]] * 2), 0.99).value == 3.0


def test_a_step_is_two_trials_and_a_share_of_all() -> None:
    costs = np.arange(1000.0).reshape(4, 250)
    assert steps(costs, cost_figures(costs)) == {}
    costs[0, :2] = 500.0
    costs[2, 0] = 500.0
    at = cost_figures(costs) | {"p50": quantile(costs, 0.5)}
    at["p50"] = replace(at["p50"], value=500.0 * (1 + 5e-7))
    assert steps(costs, at) == {"p50": 0.003}
    at["p50"] = replace(at["p50"], value=500.0 * (1 + 5e-6))
    assert steps(costs, at) == {}
    at["p50"] = replace(at["p50"], value=400.0)
    for number, found in ((1000, {"p50": 0.002}), (1002, {})):
        few = np.arange(float(number))
        few[0] = 400.0
        assert steps(few.reshape(2, -1), at) == found
    assert steps(np.array([[400.0], [1.0]]), at) == {}


def test_overrun_is_strictly_above() -> None:
    sets = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert overrun(sets, 2.0).value == 0.5
    assert overrun(sets, 2.0).standard_error == pytest.approx(0.5)
    assert standard_errors(np.array([[1.0], [3.0], [5.0]])) == pytest.approx(2 / np.sqrt(3))


def test_the_reserve_pulls_on_both_quantiles() -> None:
    found = reserve(SETS)
    high, low = quantile(SETS, 0.9), quantile(SETS, 0.5)
    assert found.value == high.value - low.value
    pulls = []
    for one in (high, low):
        share = np.array(
            [((each < one.value).mean() + (each <= one.value).mean()) / 2 for each in SETS]
        )
        pulls.append(share * one.standard_error / (share.std(ddof=1) / np.sqrt(8)))
    error = (pulls[0] - pulls[1]).std(ddof=1) / np.sqrt(8)
    assert found.standard_error == pytest.approx(error)
    assert 0 < found.standard_error < 2 * (high.standard_error + low.standard_error)


def test_what_twins_share_is_their_covariance() -> None:
    twins = SETS * 0.5 + 3.0
    assert shared_variance(SETS, twins) == pytest.approx(SETS.var(axis=1, ddof=1) / 2)


# ---------------------------------------------------------------- moments


CURVES = Pieces(
    start=np.array([[0.0, 0.0], [0.8, 0.5], [1.0, 1.0], [1.3, 1.0]]),
    level=np.array([[0.0, 1.0], [2.0, 1.0], [-3.0, 0.5], [9.0, -1.0]]),
    slope=np.array([[1.0, 0.0], [0.0, 2.0], [6.0, 3.0], [0.0, 4.0]]),
)


@pytest.mark.parametrize("spread", [0.15, 0.6])
def test_cumulants_of_pay_are_those_of_an_integral(spread: float) -> None:
    log_mean, log_spread = np.array([-0.05, 0.1]), np.array([spread, spread / 2])
    found = pay_cumulants(CURVES, log_mean, log_spread)
    for rep in range(2):
        law = stats.lognorm(log_spread[rep], scale=np.exp(log_mean[rep]))

        def moment(order: int, rep: int = rep, law: stats.rv_continuous = law) -> float:
            total = 0.0
            ends = [*CURVES.start[1:, rep], np.inf]
            for place, end in enumerate(ends):
                level, slope = CURVES.level[place, rep], CURVES.slope[place, rep]
                total += integrate.quad(
                    lambda a, level=level, slope=slope: (level + slope * a) ** order * law.pdf(a),
                    CURVES.start[place, rep], min(end, 60.0), limit=200,
                )[0]  # fmt: skip
            return total

        first, second, third = (moment(order) for order in (1, 2, 3))
        cumulants = [first, second - first**2, third - 3 * first * second + 2 * first**3]
        assert found[:, rep] == pytest.approx(cumulants, rel=1e-5, abs=1e-6)


def test_reps_who_are_alike_have_the_cumulants_of_each_alone() -> None:
    both = Pieces(*(np.repeat(part[:, :1], 2, axis=1) for part in
                    (CURVES.start, CURVES.level, CURVES.slope)))  # fmt: skip
    alone = Pieces(CURVES.start[:, :1], CURVES.level[:, :1], CURVES.slope[:, :1])
    same = pay_cumulants(both, np.zeros(2), np.full(2, 0.3))
    one = pay_cumulants(alone, np.zeros(1), np.full(1, 0.3))
    assert (same == one).all()
    apart = pay_cumulants(both, np.array([0.0, 0.2]), np.full(2, 0.3))
    other = pay_cumulants(alone, np.array([0.2]), np.full(1, 0.3))
    assert apart == pytest.approx(np.concatenate([one, other], axis=1))
    wide = pay_cumulants(both, np.zeros(2), np.array([0.3, 0.5]))
    assert wide[:, 1:] == pytest.approx(pay_cumulants(alone, np.zeros(1), np.full(1, 0.5)))


def test_empty_pieces_and_those_that_go_on_are_left_out() -> None:
    curves = Pieces(
        start=np.array([[0.0, 0.0], [0.5, 0.6], [0.5, 0.6], [0.9, 0.9], [1.0, 1.2]]),
        level=np.array([[0.0, 0.0], [9.0, 9.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]),
        slope=np.array([[1.0, 1.0], [9.0, 9.0], [1.0, 1.0], [1.0, 1.0], [2.0, 1.0]]),
    )
    found = tidied(curves)
    assert found.start.tolist() == [[0.0, 0.0], [0.5, 0.6], [1.0, 1.2]]
    assert found.level.tolist() == [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    assert found.slope.tolist() == [[1.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    half = Pieces(
        np.array([[0.0, 0.0], [0.5, 0.0]]), np.zeros((2, 2)), np.array([[1.0] * 2, [2.0] * 2])
    )
    assert tidied(half).start.tolist() == [[0.0, 0.0], [0.5, 0.0]]


# ---------------------------------------------------------------- attainment


def test_a_lognormal_has_the_mean_and_spread_asked_for() -> None:
    log_mean, log_spread = log_normal(1.1, 0.3)
    law = stats.lognorm(log_spread, scale=np.exp(log_mean))
    assert (law.mean(), law.std() / law.mean()) == pytest.approx((1.1, 0.3))


def test_gamma_quantiles_are_those_of_the_law() -> None:
    normal = np.array([-3.0, -1.234, 0.0, 0.5, 2.5, 5.0])
    law = stats.gamma(1 / 0.4**2, scale=0.9 * 0.4**2)
    assert GammaQuantiles(0.9, 0.4)(normal) == pytest.approx(
        law.ppf(stats.norm.cdf(normal)), rel=1e-4
    )
    assert GammaQuantiles(0.9, 0.0)(normal).tolist() == [0.9] * 6
    far = np.array([-8.5, -7.0, 7.0, 8.0, 8.5, 9.0])
    tail = stats.norm.sf(np.minimum(abs(far), 8.5))
    expected = np.where(far < 0, law.ppf(tail), law.isf(tail))
    assert GammaQuantiles(0.9, 0.4)(far) == pytest.approx(expected, rel=1e-4)


def test_past_attainments_are_each_as_likely_edges_going_up() -> None:
    law = HistoryQuantiles(np.array([0.7, 1.3, 0.9, 1.0]))
    at = stats.norm.ppf([0.01, 0.24, 0.25, 0.49, 0.5, 0.74, 0.75, 0.99])
    assert law(at).tolist() == [0.7, 0.7, 0.9, 0.9, 1.0, 1.0, 1.3, 1.3]


def test_some_reps_keep_their_laws_in_a_smaller_world() -> None:
    double = Quantiles(np.array([1, 3]), lambda normal: 2 * normal, 7.0)
    is_lognormal = np.array([True, False, True, False, True])
    log_mean, log_spread = np.array([0.0, 0, 0.1, 0, 0.2]), np.array([0.5, 0, 0.6, 0, 0.7])
    laws = Attainments(log_mean, log_spread, is_lognormal, (double,), 0.5, 0.75)
    assert laws.own == 0.0
    assert replace(laws, region=0.125).own == 0.375
    found = laws.means()
    assert found[[1, 3]].tolist() == [7.0, 7.0]
    assert found[2] == pytest.approx(np.exp(0.1 + 0.18))
    some = laws.chosen(np.array([3, 4]))
    assert some.others[0].reps.tolist() == [0]
    assert (some.log_spread.tolist(), some.log_mean.tolist()) == ([0, 0.7], [0, 0.2])
    assert laws.chosen(np.array([0, 2])).others == ()
    normal = np.array([[1.0, 1, 1, -1, 0]])
    assert laws.of_normal(normal.copy())[0] == pytest.approx(
        [np.exp(0.5), 2, np.exp(0.7), -2, np.exp(0.2)]
    )
    assert some.of_normal(normal[:, 3:].copy())[0] == pytest.approx([-2, np.exp(0.2)])


# ---------------------------------------------------------------- closed form


def test_polynomials_at_nodes_give_back_what_they_were_fitted_to() -> None:
    nodes = chebyshev_nodes(9)
    assert nodes[4] == pytest.approx(0.0, abs=1e-12)
    assert nodes[0] == pytest.approx(np.cos(np.pi / 18))
    values = np.stack([nodes**3 - nodes, np.exp(nodes), 2 + 0 * nodes])[None, :, :, None]
    table = fine_table(fitted(values, nodes), 0.5)
    assert table.shape == (1, 1, 2049, 3)
    at = np.linspace(-1, 1, 2049)
    assert table[0, 0, :, 0] == pytest.approx(at**3 - at, abs=1e-9)
    assert table[0, 0, :, 1] == pytest.approx(np.exp(at), abs=1e-6)
    assert table[0, 0, :, 2] == pytest.approx(2.0)
    alone = fine_table(fitted(values[:, :, :1], chebyshev_nodes(1)), 0.0)
    assert alone.shape == (1, 1, 1, 3)
    assert alone[0, 0, 0].tolist() == values[0, :, 0, 0].tolist()
    assert list(NODES) == sorted(NODES)


def test_a_table_is_read_off_between_its_steps_and_cut_off_beyond() -> None:
    steps_at = np.linspace(-3.0, 3.0, 2049)
    table = np.stack([steps_at, 2 * steps_at + 1, 0 * steps_at], axis=1)
    curves = Curves(3.0, 0.1, {(): np.stack([table, -table])[None]})
    factor = np.array([[0.0, 1.2345], [-3.0, 3.0], [-9.0, 9.0]])
    found = curves.at((), 0, factor)
    assert found.shape == (3, 3, 2)
    inside = np.clip(factor, -3, 3) * [1, -1]
    assert found[0] == pytest.approx(inside, abs=1e-5)
    assert found[1] == pytest.approx(2 * inside + [1, -1], abs=1e-5)
    still = Curves(0.0, 0.0, {(): np.array([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]])})
    assert still.at((), 0, np.zeros((2, 2))).tolist() == [
        [[1, 4], [1, 4]], [[2, 5], [2, 5]], [[3, 6], [3, 6]],
    ]  # fmt: skip


def test_coefficients_are_settled_where_the_last_two_are_next_to_nothing() -> None:
    def settled(last: float, before: float, quantity: int) -> bool:
        found = np.zeros((1, 3, 6, 2))
        found[0, :, 0] = 1.0
        found[0, quantity, -1, 0], found[0, quantity, -2, 0] = last, before
        return _settled(found)

    assert settled(1.9e-5, 0.0, 0) and not settled(2.1e-5, 0.0, 0)
    assert settled(0.0, 1.9e-5, 0) and not settled(0.0, -2.1e-5, 0)
    assert settled(1.9e-3, 0.0, 1) and not settled(2.1e-3, 0.0, 1)
    assert settled(5.0, 5.0, 2)


def test_trials_come_by_the_shocks_that_have_struck() -> None:
    struck = np.array([[True, False], [False, False], [True, False]])
    found = {comes: rows.tolist() for comes, rows in _by_shocks(struck)}
    assert found == {(True, False): [0, 2], (False, False): [1]}
    ((comes, rows),) = _by_shocks(np.zeros((2, 0), dtype=bool))
    assert (comes, rows.tolist()) == ((), [0, 1])


# ---------------------------------------------------------------- rules as arrays


def schedule(**more: object) -> Schedule:
    """Return rules of two reps that pay nothing but what is named."""
    none = np.zeros(2)
    plain: dict[str, object] = {
        "reps": np.arange(2), "tiers": (), "bands": None, "factor": none + 1,
        "cap": none + np.inf, "guarantee": none,
    }  # fmt: skip
    return Schedule(**(plain | more))  # type: ignore[arg-type]


def tiers(*, is_marginal: bool) -> Tiers:
    start = np.array([[0.0, 0.0], [0.8, 0.9], [1.0, 1.0]])
    return Tiers(("a", "b", "c"), start, np.array([0.01, 0.03, 0.02]), np.array([100.0, 200.0]),
                 is_marginal, False)  # fmt: skip


def told(rules: Schedule, attainment: Floats) -> tuple[Floats, dict[tuple[str, str], Floats]]:
    found: dict[tuple[str, str], Floats] = {}
    paid = pay(rules, attainment, tell=lambda *one: found.update({one[:2]: one[2].copy()}))
    return paid, found


AT = np.array([[0.0, 0.85], [0.8, 0.9], [1.0, 1.1], [1.5, 0.5]])


def test_slices_and_steps_are_paid_and_told_by_tier() -> None:
    slices, parts = told(schedule(tiers=(tiers(is_marginal=True),)), AT)
    expected = [[0, 1.7], [0.8, 1.8], [1.4, 2.8], [2.4, 1.0]]
    assert slices == pytest.approx(np.array(expected))
    by_tier = [parts["tier", name] for name in "abc"]
    assert sum(by_tier) == pytest.approx(slices)
    assert by_tier[1] == pytest.approx(np.array([[0, 0], [0, 0], [0.6, 0.6], [0.6, 0]]))
    whole, parts = told(schedule(tiers=(tiers(is_marginal=False),)), AT)
    assert whole == pytest.approx(np.array([[0, 1.7], [2.4, 5.4], [2.0, 4.4], [3.0, 1.0]]))
    by_tier = [parts["tier", name] for name in "abc"]
    assert sum(by_tier) == pytest.approx(whole)
    assert by_tier[1] == pytest.approx(np.array([[0, 0], [2.4, 5.4], [0, 0], [0, 0]]))
    assert parts["component", "commission"] == pytest.approx(whole)


def bands(*, is_linear: bool) -> Bands:
    return Bands(("x", "y", "z"), np.array([0.8, 1.0, 1.0]), np.array([0.5, 0.8, 1.0]), is_linear,
                 np.array([10.0, 20.0]))  # fmt: skip


def test_a_curve_of_knots_goes_straight_and_jumps() -> None:
    jumps, slopes = bands(is_linear=True).steps
    assert jumps == pytest.approx([0.5, 0.0, 0.2])
    assert slopes == pytest.approx([1.5, -1.5, 0.0])
    jumps, slopes = bands(is_linear=False).steps
    assert jumps == pytest.approx([0.5, 0.3, 0.2])
    assert slopes.tolist() == [0, 0, 0]
    paid, parts = told(schedule(bands=bands(is_linear=True)), AT)
    assert paid == pytest.approx(np.array([[0, 11.5], [5, 13], [10, 20], [10, 0]]))
    assert parts["tier", "x"] == pytest.approx(np.array([[0, 11.5], [5, 13], [0, 0], [0, 0]]))
    assert parts["tier", "z"] == pytest.approx(np.array([[0, 0], [0, 0], [10, 20], [10, 0]]))
    assert parts["component", "bonus"] == pytest.approx(paid)
    banded, _ = told(schedule(bands=bands(is_linear=False)), AT)
    assert banded == pytest.approx(np.array([[0, 10], [5, 10], [10, 20], [10, 0]]))


def test_gates_come_before_the_cap_and_both_are_told() -> None:
    rules = schedule(bands=bands(is_linear=True), factor=np.array([0.5, 1.0]),
                     cap=np.array([4.0, np.inf]))  # fmt: skip
    paid, parts = told(rules, AT)
    assert paid == pytest.approx(np.array([[0, 11.5], [2.5, 13], [4, 20], [4, 0]]))
    assert parts["component", "gate"][:, 0] == pytest.approx([0, -2.5, -5, -5])
    assert parts["component", "cap"] == pytest.approx(np.array([[0, 0], [0, 0], [-1, 0], [-1, 0]]))
    assert ("component", "cap") not in told(schedule(bands=bands(is_linear=True)), AT)[1]
    assert ("component", "gate") not in told(schedule(bands=bands(is_linear=True)), AT)[1]
    assert pay(schedule(), AT).tolist() == np.zeros_like(AT).tolist()


def test_rank_and_progress_lift_the_multiplier() -> None:
    whole = Ranking(((slice(0, 4), 4, 2),), 1.5, 0.9, True)
    attainment = np.array([[1.0, 0.8, 1.0, 0.95], [0.89, 0.7, 0.6, 0.5]])
    none = np.zeros(4)
    rules = schedule(reps=np.arange(4), factor=none + 1, cap=none + np.inf, guarantee=none)
    ranked = replace(rules, ranking=whole)
    assert least_multiplier(rules, attainment, None) is None
    found = least_multiplier(ranked, attainment, None)
    assert found is not None
    assert found.tolist() == [[1.5, 0, 1.5, 0], [0, 0, 0, 0]]
    three = replace(ranked, ranking=replace(whole, groups=((slice(0, 4), 4, 1),)))
    found = least_multiplier(three, attainment, None)
    assert found is not None
    assert found[0].tolist() == [1.5, 0, 1.5, 0]
    apart = Ranking(((np.array([0, 3]), 2, 1), (np.array([1, 2]), 2, 1)), 1.5, 0.0, False)
    found = least_multiplier(replace(rules, ranking=apart), attainment, None)
    assert found is not None
    assert found.tolist() == [[1.5, 0, 1.5, 0], [1.5, 1.5, 0, 0]]
    even = Ranking(((slice(0, 2), 2, 1), (slice(2, 4), 2, 1)), 1.5, 0.0, True)
    found = least_multiplier(replace(rules, ranking=even), attainment, None)
    assert found is not None
    assert found.tolist() == [[1.5, 0, 1.5, 0], [1.5, 0, 1.5, 0]]
    before = np.array([[0.9, 0.6, 0.9001, np.nan], [0.5, 0.5, 0.5, 0.4]])
    gaining = replace(rules, progress=(0.1, 0.6, 1.25))
    assert least_multiplier(gaining, attainment, None) is None
    found = least_multiplier(gaining, attainment, before)
    assert found is not None
    assert found.tolist() == [[1.25, 1.25, 0, 0], [1.25, 1.25, 1.25, 0]]
    found = least_multiplier(replace(ranked, progress=(0.1, 0.6, 1.25)), attainment, before)
    assert found is not None
    assert found[0].tolist() == [1.5, 1.25, 1.5, 0]


def test_a_cap_is_an_amount_or_so_many_incentives() -> None:
    incentive = np.array([10.0, 20.0])
    assert _cap(None, incentive, 2).tolist() == [np.inf, np.inf]
    assert _cap(Cap(amount=Decimal(7)), incentive, 2).tolist() == [14, 14]
    assert _cap(Cap("target_incentive", Decimal("1.5")), incentive, 2).tolist() == [15, 30]
    assert _as_slice(np.array([3, 4, 5])) == slice(3, 6)
    assert np.asarray(_as_slice(np.array([3, 5]))).tolist() == [3, 5]


def test_single_precision_is_that_of_every_array() -> None:
    rules = schedule(bands=bands(is_linear=True), tiers=(tiers(is_marginal=True),))
    single = schedule_in_single(rules)
    assert single.bands is not None
    arrays = [
        single.factor, single.cap, single.guarantee, single.bands.start, single.bands.multiplier,
        single.bands.incentive, single.tiers[0].start, single.tiers[0].rate,
        single.tiers[0].amount,
    ]  # fmt: skip
    assert {one.dtype for one in arrays} == {np.dtype(np.float32)}
    attained = AT.astype(np.float32)
    assert pay(single, attained).dtype == np.float32
    assert pay(single, attained) == pytest.approx(pay(rules, AT), rel=1e-5)


# ---------------------------------------------------------------- pools


def fund(**more: object) -> Fund:
    plain: dict[str, object] = {
        "name": "pool", "member": np.array([0, 2, 1]), "first": np.array([0, 2]),
        "goal": np.array([10.0, 5.0]), "weight": np.array([0.25, 0.75, 1.0]),
        "shares": np.zeros(3), "rate": 0.5, "over": 1.0, "trigger": 1.0,
    }  # fmt: skip
    return Fund(**(plain | more))  # type: ignore[arg-type]


def test_a_pool_pays_its_part_of_the_excess_from_the_trigger_on() -> None:
    sold = np.array([[6.0, 8.0, 7.0], [6.0, 4.0, 4.0], [6.0, 3.0, 5.0]])
    assert fund().paid(sold).tolist() == [[0.5, 1.5, 1.0], [0, 0, 0], [0, 0, 0]]
    assert fund(over=0.8).paid(sold)[1].tolist() == [0.25, 0.75, 0.0]
    assert fund(trigger=1.5).paid(sold).tolist() == [[0, 0, 0]] * 3
    assert fund(trigger=1.4).paid(sold)[0].tolist() == [0.5, 1.5, 1.0]
    assert fund(goal=np.array([0.0, 5.0])).paid(sold)[0].tolist() == [0, 0, 1.0]
    by_amount = fund(shares=np.array([1.0, 1.0, 0.0]))
    assert by_amount.paid(sold)[0] == pytest.approx([2 * 6 / 14, 2 * 8 / 14, 0])
    assert fund(shares=np.array([0.0, 1.0, 0.0])).paid(sold * 0).tolist() == [[0, 0, 0]] * 3
    assert not fund().is_in_order
    assert fund(member=np.array([0, 1, 2])).is_in_order


# ---------------------------------------------------------------- what may be worked out how


@pytest.mark.parametrize(
    ("change", "is_closed"),
    [
        ({}, True), ({"periods": 2}, False), ({"bonus": True}, True), ({"rank": True}, False),
        ({"progress": True}, False), ({"is_own": False}, False), ({"own": 0.05}, True),
        ({"own": 0.049}, False), ({"spread": 0.0}, False), ({"lognormal": False}, False),
        ({"fund": 99}, False), ({"fund": 100}, True), ({"reward": 0}, False), ({"shocks": 3}, True),
        ({"shocks": 4}, False),
    ],
    ids=str,
)  # fmt: skip
def test_three_hundred_reps_and_periods_alone_have_a_closed_form(
    change: dict[str, Any], is_closed: bool
) -> None:
    """100 of 101 reps in 3 periods; each change by itself."""
    spread, lognormal = np.full(101, 0.2), np.ones(101, dtype=bool)
    spread[50], lognormal[50] = change.get("spread", 0.2), change.get("lognormal", True)
    funds = [[SimpleNamespace(member=np.array([change["fund"]]))]] if "fund" in change else []
    rewards = [SimpleNamespace(reps=np.array([change["reward"]]))] if "reward" in change else []
    world = SimpleNamespace(
        laws=SimpleNamespace(own=change.get("own", 0.5), is_lognormal=lognormal, log_spread=spread),
        funds=funds, rewards=rewards,
        rules=SimpleNamespace(shocks=[None] * change.get("shocks", 0)),
    )  # fmt: skip
    bonus = None
    if change.keys() & {"bonus", "rank", "progress"}:
        bonus = SimpleNamespace(rank=change.get("rank"), progress=change.get("progress"))
    paying = SimpleNamespace(
        plan=SimpleNamespace(bonus=bonus), reps=np.arange(100),
        basis=SimpleNamespace(is_own=change.get("is_own", True)),
        schedules=[None] * change.get("periods", 3),
    )  # fmt: skip
    assert has_closed_form(world, paying) is is_closed  # type: ignore[arg-type]


def test_past_attainments_are_brought_to_the_mean_that_is_asked_for() -> None:
    past = pd.Series([0.5, 1.5, 9.0, 0.5], index=["a", "b", "c", "a"])
    payees = SimpleNamespace(labels=lambda name: {"rep": np.array(["a", "b", "c"])}[name])
    chosen = np.array([True, True, False])
    assert _sample(past, payees, chosen, None).tolist() == [0.5, 1.5, 0.5]  # type: ignore[arg-type]
    brought = _sample(past, payees, chosen, 1.25)  # type: ignore[arg-type]
    assert brought == pytest.approx([0.75, 2.25, 0.75])
    with pytest.raises(InputError, match="finds no past of these reps"):
        _sample(past, payees, np.zeros(3, dtype=bool), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "later", "gained"),
    [
        # 5 % of the smaller target, 100, is 0.05 now and 0.025 later.
        ([0.96, 0.5], [0.5, 0.5], 1.01 * 10),
        ([0.94, 0.5], [0.5, 0.5], 0.0),
        ([0.5, 0.5], [0.98, 0.5], 1.005 * 20),
        ([0.5, 0.5], [0.97, 0.5], 0.0),
        ([1.5, 0.01], [0.5, 0.01], 0.05 * 10),
        ([1.02, 0.0], [1.5, 0.0], 0.0),
        ([1.5, 0.0], [1.5, 0.0], 0.0),
    ],
)
def test_deals_go_where_they_pay_most_by_a_share_of_the_smaller_target(
    now: list[float], later: list[float], gained: float
) -> None:
    """From the target on, 10 now and 20 in the next period for each 100 %, of the first rep."""

    def cliff(amount: float) -> Schedule:
        start = np.array([[1.0, 1.0]])
        block = Tiers(("a",), start, np.array([1.0]), np.array([amount, 0.0]), False, True)
        return schedule(tiers=(block,))

    target = np.array([[100.0, 100.0], [200.0, 200.0]])
    paying = SimpleNamespace(
        schedules=[cliff(10.0), cliff(20.0)], basis=SimpleNamespace(target=target),
        reps=np.arange(2),
    )  # fmt: skip
    own = np.array([now, now]), np.array([later, later])
    found = _gain(paying, 0, *own)  # type: ignore[arg-type]
    assert found == pytest.approx(gained)
