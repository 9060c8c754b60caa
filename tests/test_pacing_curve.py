"""Curves and weekly targets: the worked cases, and sums that hold for any number of weeks."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import InputError
from optimizer.pacing.curve import Phases, phase_curve, phase_weeks, read_phases, weighted_curve
from optimizer.pacing.learned import History, learn_curve
from optimizer.pacing.simulate import back_loaded
from optimizer.pacing.status import status_of
from optimizer.pacing.weekly import cumulative_targets, spread_evenly, weekly_targets

DEFAULT = phase_curve(13, Phases())


def test_thirteen_weeks_of_a_team() -> None:
    """Case PR-01: 1400 with a floor of 1200, exact at the end of each phase."""
    due = 1400 * DEFAULT.due
    assert due[[3, 9, 12]].tolist() == [420, 1120, 1400]
    assert due == pytest.approx(
        [105, 210, 315, 420, 536 + 2 / 3, 653 + 1 / 3, 770, 886 + 2 / 3, 1003 + 1 / 3, 1120,
         1213 + 1 / 3, 1306 + 2 / 3, 1400]
    )  # fmt: skip
    assert 0.8 * 1200 * DEFAULT.due[6] == pytest.approx(528)
    assert DEFAULT.phase == ("phase 1",) * 4 + ("phase 2",) * 6 + ("phase 3",) * 3


@pytest.mark.parametrize(
    ("weeks", "spread"),
    [
        (13, (4, 6, 3)), (12, (4, 5, 3)), (14, (4, 7, 3)),
        (5, (2, 2, 1)), (4, (1, 2, 1)), (2, (1, 1, 0)),
    ],
)  # fmt: skip
def test_other_numbers_of_weeks(weeks: int, spread: tuple[int, ...]) -> None:
    """Case PR-02."""
    assert phase_weeks(weeks, (4, 6, 3)) == spread


def test_a_phase_without_a_week_gives_its_share_to_the_others() -> None:
    """Case PR-02: with two weeks the last phase's 20 % go where the others are."""
    assert phase_curve(2, Phases()).share == (Fraction(3, 8), Fraction(5, 8))


@given(
    weeks=st.integers(1, 53),
    phases=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 100)), min_size=1, max_size=6
    ).filter(lambda found: any(w for w, _ in found) and any(s for _, s in found)),
    targets=st.lists(st.integers(0, 5000), min_size=1, max_size=30),
    unit=st.sampled_from([1.0, 5.0, 0.5, 0.01]),
)
def test_weeks_add_up_for_any_curve(
    weeks: int, phases: list[tuple[int, int]], targets: list[int], unit: float
) -> None:
    """Weeks are whole units, add up exactly, and are within one unit of their exact figure."""
    total = sum(share for _, share in phases)
    curve = phase_curve(
        weeks,
        Phases(
            tuple(count for count, _ in phases),
            tuple(Fraction(share, total) for _, share in phases),
            ("",) * len(phases),
        ),
    )
    assert sum(curve.share) == 1
    assert len(curve.share) == weeks
    assert min(curve.share) >= 0
    target = np.array(targets) * unit
    due = np.tile(curve.due, (len(target), 1))
    cumulative = cumulative_targets(target, due, unit, np.arange(len(target)))
    weekly = weekly_targets(cumulative)
    assert (weekly >= 0).all()
    assert np.array_equal(cumulative[:, -1], target)
    assert np.abs(weekly / unit - np.rint(weekly / unit)).max() < 1e-6
    assert np.abs(cumulative - target[:, None] * due).max() < unit * (1 + 1e-6)
    assert np.abs(weekly - target[:, None] * curve.weekly).max() < unit * (1 + 1e-6)


def test_weeks_coarser_than_the_target_leave_the_rest_to_the_last_week() -> None:
    cumulative = cumulative_targets(
        np.array([47.25, 3.0]), np.tile(DEFAULT.due, (2, 1)), 10.0, np.array([0, 1])
    )
    assert (cumulative[:, -1] == [47.25, 3.0]).all()
    assert (weekly_targets(cumulative) >= 0).all()
    assert (cumulative[0, :-1] % 10 == 0).all()


def test_equal_targets_do_not_all_round_the_same_way() -> None:
    """A region of 64 equal targets of 150 is near its own curve: 720 after one week, not 704."""
    cumulative = cumulative_targets(
        np.full(64, 150.0), np.tile(DEFAULT.due, (64, 1)), 1.0, np.arange(64)
    )
    assert np.abs(cumulative.sum(axis=0) - 64 * 150 * DEFAULT.due).max() <= 2
    assert spread_evenly(np.arange(4)).tolist() == [0.5, 0.25, 0.75, 0.125]


def test_weights_of_weeks_stay_inside_their_phase() -> None:
    curve = weighted_curve(DEFAULT, [Fraction(days) for days in (5, 5, 0, 5) + (5,) * 9])
    assert curve.share[:4] == (Fraction(1, 10), Fraction(1, 10), 0, Fraction(1, 10))
    assert curve.share[4:] == DEFAULT.share[4:]


@pytest.mark.parametrize(
    ("sold", "status"),
    [(287, "red"), (288, "yellow"), (360, "yellow"), (419.99, "yellow"), (420, "green")],
)
def test_lights_of_week_four(sold: float, status: str) -> None:
    """Case PR-03: floor due 360, target due 420."""
    due = DEFAULT.due[3]
    found = status_of(np.array([sold]), np.array([1200 * due]), np.array([1400 * due]))
    assert found.tolist() == [status]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"weeks": [4, 6], "shares": [0.5, 0.3, 0.2]}, "2 weeks, 3 shares"),
        ({"weeks": [0, 0], "shares": [0.5, 0.5]}, "no phase has a week"),
        ({"weeks": [6, 7], "shares": [0.5, 0.4]}, "add up to 0.9"),
    ],
)
def test_phases_that_contradict_themselves(settings: dict[str, list[float]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_phases(settings)


def test_a_learned_curve_finds_the_one_that_made_the_weeks() -> None:
    """From 12 quarters of 60 reps: each week within a point, the scatter within a tenth."""
    truth, random = back_loaded(13), np.random.default_rng(3)
    tables = []
    for quarter in range(12):
        own = random.lognormal(0.0, 0.2, (60, 1)) * truth
        scattered = own * _factor(random, 0.1, (1, 13)) * _factor(random, 0.5, (60, 13))
        tables.append(
            pd.DataFrame(
                {
                    "period": f"q{quarter:02}",
                    "week": np.tile(np.arange(1, 14), 60),
                    "rep": np.repeat([f"r{rep}" for rep in range(60)], 13),
                    "amount": scattered.ravel(),
                }
            )
        )
    learned = History(pd.concat(tables)).learned(13)
    assert learned is not None
    assert learned.quarters == 12
    assert sum(learned.curve.share) == 1
    assert np.abs(learned.curve.weekly - truth).max() < 0.01
    assert learned.own_week == pytest.approx(0.5, abs=0.05)
    assert learned.common_week == pytest.approx(0.1, abs=0.03)


def test_a_curve_is_read_off_quarters_of_other_lengths() -> None:
    """12 and 14 even weeks teach 13 even weeks."""
    tables = [
        pd.DataFrame({"period": f"{weeks}", "week": range(1, weeks + 1), "amount": 5.0})
        for weeks in (12, 14)
    ]
    learned = learn_curve(pd.concat(tables), 13)
    assert learned is not None
    assert learned.curve.weekly == pytest.approx(np.full(13, 1 / 13), abs=1e-7)


def _factor(random: np.random.Generator, cv: float, shape: tuple[int, int]) -> np.ndarray:
    variance = np.log1p(cv * cv)
    return np.exp(np.sqrt(variance) * random.standard_normal(shape) - variance / 2)
