"""Scores of random cards: as the slow interpreter says, and with the properties they must have."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.pay.scores import read_scores
from optimizer.scorecards.card import Knot, Metric
from optimizer.scorecards.points import best, points, worst
from optimizer.scorecards.recount import recount
from optimizer.scorecards.score import ranks
from optimizer.scorecards.scores import score_run
from optimizer.scorecards.tables import SCORES, score_rows
from optimizer.scorecards.write import write_scores
from tests.score_interpreter import Interpreter
from tests.score_random import score_worlds
from tests.score_world import ScoreWorld, score_world, write_world
from tests.test_score_cases import said

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(score_worlds())
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_the_interpreter_says_the_same(world: ScoreWorld) -> None:
    found = score_world(world)
    engine = {(one.period, one.rep): said(one) for one in found.scores}
    assert engine == Interpreter(world).run()
    assert recount(SCORES, score_rows(found.scores)) >= len(found.scores)


@given(score_worlds())
@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
def test_totals_lie_in_their_range_and_order_of_rows_says_nothing(world: ScoreWorld) -> None:
    found = {(one.period, one.rep): one for one in score_world(world).scores}
    for one in found.values():
        low, high = one.range
        assert low <= one.weighted + low - sum(
            (line.least for line in one.lines if line.points is not None), Fraction(0)
        )
        assert low <= high
        if one.is_whole and one.weight:
            assert low == high == one.total
    turned = replace(
        world,
        people=world.people[::-1],
        sales=dict(reversed(world.sales.items())),
        metrics=dict(reversed(world.metrics.items())),
    )
    again = {(one.period, one.rep): one for one in score_world(turned).scores}
    assert again == found


@given(score_worlds())
@settings(max_examples=5, deadline=None, suppress_health_check=SLOW)
def test_files_hold_the_same_scores(world: ScoreWorld) -> None:
    world.sales = {
        (period, one["rep"]): world.sales.get((period, one["rep"]), {"target": "0", "amount": "0"})
        for period in world.periods
        for one in world.people
    }
    expected = {(one.period, one.rep): one.total for one in score_world(world).scores}
    with TemporaryDirectory() as folder:
        run, actuals = write_world(world, Path(folder))
        found = score_run(run, actuals)
        assert {(one.period, one.rep): one.total for one in found.scores} == expected
        write_scores(found, run / "score", actuals)
        totals = {place: total for place, total in expected.items() if total is not None}
        stored = read_scores(run / "score")
        assert set(stored) == set(totals)
        for place, total in stored.items():
            assert abs(Fraction(total) - totals[place]) <= Fraction(1, 10**12)


def measure(mode: str, better: str, knots: tuple[Knot, ...]) -> Metric:
    return Metric("m", Fraction(1), "level", "m", knots, better=better, mode=mode)


NUMBERS = st.fractions(0, 10, max_denominator=40)


@given(
    st.sampled_from(["band", "linear"]),
    st.sampled_from(["higher", "lower"]),
    st.lists(NUMBERS, min_size=1, max_size=5, unique=True),
    st.lists(NUMBERS, min_size=5, max_size=5),
    NUMBERS,
    NUMBERS,
)
@settings(max_examples=50)
def test_better_values_earn_no_fewer_points(
    mode: str, better: str, starts: list[Fraction], earned: list[Fraction], one: Fraction,
    other: Fraction,
) -> None:  # fmt: skip
    earned = sorted(earned[: len(starts)], reverse=better == "lower")
    knots = tuple(map(Knot, sorted(starts), earned))
    metric = measure(mode, better, knots)
    low, high = points(metric, min(one, other)), points(metric, max(one, other))
    assert low <= high if better == "higher" else low >= high
    assert worst(metric) <= min(low, high) <= max(low, high) <= best(metric)


@given(st.dictionaries(st.text(max_size=3), st.fractions(0, 100, max_denominator=3), max_size=8))
@settings(max_examples=25)
def test_ranks_count_who_is_better(totals: dict[str, Fraction]) -> None:
    found = ranks(totals)
    for name, total in totals.items():
        assert found[name] == 1 + sum(other > total for other in totals.values())


def test_equal_totals_share_a_rank() -> None:
    totals = {"a": Fraction(5), "b": Fraction(7), "c": Fraction(7), "d": Fraction(9)}
    assert ranks(totals) == {"d": 1, "b": 2, "c": 2, "a": 4}
    assert ranks({}) == {}
