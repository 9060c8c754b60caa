"""Every rule on plans written down by hand, at its edge: what it lets pass, and what just not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import verify_changes  # noqa: F401, puts its changes on the list
import verify_level_changes  # noqa: F401
from verify_edits import CHANGES, WORLDS, Change
from verify_plans import Draft, read

from optimizer.verify import check_equals, check_levels
from optimizer.verify.bands import Band
from optimizer.verify.check_backing import _potential
from optimizer.verify.check_limits import _band_words, check_bands, locked
from optimizer.verify.check_people import check_years, over
from optimizer.verify.facts import Lock
from optimizer.verify.reference import open_weight
from optimizer.verify.verify import RULES


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Draft]:
    folder = tmp_path_factory.mktemp("plans")
    return {name: make(folder / name) for name, make in WORLDS.items()}


@pytest.mark.parametrize("world", WORLDS)
def test_no_rule_objects_to_a_sound_plan(drafts: dict[str, Draft], world: str) -> None:
    for _, check in RULES:
        assert drafts[world].said(check) == []


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name)
def test_a_rule_says_where_a_change_breaks_it_and_nothing_else(
    drafts: dict[str, Draft], case: Change
) -> None:
    assert tuple(case.change(drafts[case.world]).said(case.check)) == case.said


@pytest.mark.parametrize(
    ("used", "most", "unit", "is_over"),
    [
        (1e6 + 9e-4, 1e6, 1.0, False), (1e6 + 1.1e-3, 1e6, 1.0, True), (1 + 9e-4, 1.0, 1e3, False),
        (1 + 1.1e-3, 1.0, 1e3, True), (1e300, np.inf, 1.0, False), (1e-6, 0.0, 1.0, False),
        (1.1e-6, 0.0, 1.0, True),
    ],
)  # fmt: skip
def test_effort_is_over_beyond_what_floats_leave(
    used: float, most: float, unit: float, is_over: bool
) -> None:
    assert over(np.array([used]), np.array([most]), unit).tolist() == [is_over]


@pytest.mark.parametrize(
    ("most", "grown", "name"),
    [(400.0, 399.0, "max_growth"), (399.0, 399.0, "max_total"), (399.0, np.inf, "max_total")],
)
def test_a_year_is_held_by_the_tighter_of_its_limits(
    drafts: dict[str, Draft], most: float, grown: float, name: str
) -> None:
    draft = drafts["company"]
    years = draft.facts.years
    assert years is not None
    limits = {"most": years.most.copy(), "grown": years.grown.copy()}
    limits["most"][-1], limits["grown"][-1] = most, grown  # Hal, who is asked for 440
    changed = draft.of(years=replace(years, **limits))
    found = check_years(changed.facts, changed.plan())
    texts = [one.text for one in found if "target" in one.where]
    assert [name in text for text in texts] == [True]


def test_a_band_is_told_in_words(drafts: dict[str, Draft]) -> None:
    facts = drafts["company"].facts
    band = Band("share", (0, 2, -1), (0, 1, -1), None, 0.25)
    assert _band_words(facts, band) == "0 % to 0.25 of 2024Q1, Coast, *"
    band = Band("share", (0, 2, -1), (0, 1, -1), 0.125, None)
    assert _band_words(facts, band) == "0.125 to 100 % of 2024Q1, Coast, *"
    for own, due in ((band, []), (Band("share", (0, 2, -1), (0, 1, -1), 0.8, None),
                                  ["2024Q1, East, *, ask | 1280 to 1600 | 1200"]),
                     (Band("share", (0, 2, -1), (0, 1, -1), None, 0.7),
                      ["2024Q1, East, *, ask | 0 to 1120 | 1200"])):  # fmt: skip
        assert drafts["company"].of(bands=(own,)).said(check_bands) == due


def test_the_tightest_market_counts_where_a_lone_label_is_left_out(tmp_path: Path) -> None:
    potential = "region,period,product,potential\nA,2024,,9\nA,,,8\nA,,x,3\nB,,x,5\nB,,y,7\n"
    facts, failures = read(
        tmp_path, 'periods = ["2024"]\ngoal = 10\n', potential=potential, regions="region\nA\nB\n"
    )
    assert not failures
    found = np.nan_to_num(_potential(facts), nan=-1.0).tolist()
    company, a, b = [8, -1, -1], [3, -1, 8], [5, 7, 12]
    assert found == [[company, company], [a, a], [b, b]]


@pytest.mark.parametrize(
    ("cells", "unit", "most"), [(1, 1.0, 110.0), (2, 1.0, 111.0), (1, 0.1, 110.0), (3, 0.1, 110.2)]
)
@pytest.mark.parametrize("units_off", [0, 1])
def test_stretch_passes_a_market_by_over_assignment_and_part_units_alone(
    monkeypatch: pytest.MonkeyPatch, cells: int, unit: float, most: float, units_off: int
) -> None:
    """A market of 100 and a tenth more, which floats make 110.00000000000001."""
    monkeypatch.setattr(check_levels, "margins", lambda *_: np.array([float(cells)]))
    monkeypatch.setattr(check_levels, "label", lambda *_: "here")
    markets = SimpleNamespace(places=[0], given=np.array([100.0]), where=lambda _row: None)
    facts: Any = SimpleNamespace(
        terms=SimpleNamespace(over_rep=0.1), crew=object(), markets=markets, unit=unit,
        reference=SimpleNamespace(ask=np.ones(cells)), axes=SimpleNamespace(tree=None),
    )  # fmt: skip
    stretch = np.array([most + units_off * unit])
    plan: Any = SimpleNamespace(margin={"street": np.zeros(1), "stretch": stretch})
    assert len(list(check_levels._stretch_markets(facts, plan))) == units_off


def test_a_lock_is_set_against_the_targets_of_its_rep(drafts: dict[str, Draft]) -> None:
    """The first rep of all, in one period, one product, or everything."""
    draft = drafts["company"]
    plan = draft.plan()
    target = np.zeros((len(draft.facts.crew.names), *draft.facts.axes.shape[1:]))
    np.add.at(target, (plan.rows.rep, plan.rows.period, plan.rows.product), plan.rows.target)
    for rep in (0, 1):
        for where in ((0, 0, -1), (-1, 0, 0), (1, 0, 1), (-1, 0, -1)):
            lock = Lock(where, rep, 1.0, "", "", "")
            (found,) = locked(replace(draft.facts, locks=(lock,)), plan)
            period, _, product = where
            some = target[rep]
            some = some if period < 0 else some[period : period + 1]
            some = some if product < 0 else some[:, product : product + 1]
            assert found == pytest.approx(some.sum())


def test_room_by_effort_is_that_of_a_unit_of_all_that_may_be_sold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two reps in two regions; the second product is closed in the second region."""
    monkeypatch.setattr(check_equals, "effort_used", lambda *_: np.array([[4.0], [4.0]]))
    crew = SimpleNamespace(
        by_effort=True, high=np.full((2, 1), 10.0), leaf=np.array([0, 1]),
        sells=np.array([[True, True, False], [True, True, False]]),
        effort=np.array([1.0, 2.0, 9.0]),
    )  # fmt: skip
    opened = np.array([[[True, True, True]], [[True, False, True]]])
    facts: Any = SimpleNamespace(crew=crew, opened=opened)
    plan: Any = SimpleNamespace(rows=SimpleNamespace(target=None))
    assert check_equals._room(facts, plan).tolist() == [[2.0], [6.0]]
    crew.sells[1] = False
    assert check_equals._room(facts, plan).tolist() == [[2.0], [np.inf]]


def test_who_has_nothing_open_to_sell_weighs_nothing() -> None:
    crew: Any = SimpleNamespace(
        groups=(np.array([0, 1, 0]), np.array([0, 1])), leaf=np.array([0, 0, 0]),
        sells=np.array([[True, False], [False, True], [True, False]]),
        weight=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    )  # fmt: skip
    ask = np.array([[[7.0, 0.0], [0.0, 0.5]]])
    assert open_weight(crew, ask).tolist() == [[1.0, 0.0], [0.0, 4.0], [5.0, 0.0]]
