"""A contradiction names the fewest changes that help, and they do help."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from contradictions import contradiction, contradictory_worlds, has_plan
from hypothesis import HealthCheck, event, given, settings
from strategies import World
from worlds import write_world

from optimizer.change.contradiction import apply_changes
from optimizer.domain.scenario import Scenario
from optimizer.errors import ContradictionError, InputError
from optimizer.inputs.load import load_scenarios

EXAMPLES = int(os.environ.get("QUOTAPLAN_EXAMPLES", "60"))


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(contradictory_worlds())
def test_the_changes_help_and_none_is_superfluous(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write_world(Path(name) / "world", world.settings, **world.tables)
        try:
            scenario = load_scenarios(folder).scenarios[0]
        except InputError:
            event("input error")
            return
    error = contradiction(scenario)
    if error is None:
        event("a plan")
        return
    event(f"{min(len(error.changes), 5)} changes")
    assert json.loads(json.dumps(error.as_dict()))["changes"]
    for change in error.changes:
        event(change.kind)
        assert change.amount > 0
        assert change.new_limit is not None
    assert has_plan(apply_changes(scenario, error.changes)), error
    for change in error.changes:
        rest = [other for other in error.changes if other is not change]
        assert not has_plan(apply_changes(scenario, rest)), (change.text, error)


GOAL: dict[str, Any] = {"periods": ["2024Q1"], "goal": 400}


def told(
    folder: Path, keys: dict[str, Any] = GOAL, **tables: list[dict[str, Any]]
) -> tuple[Scenario, ContradictionError]:
    """Return a scenario and its contradiction, whose changes must help."""
    scenario = load_scenarios(write_world(folder, keys, **tables)).scenarios[0]
    error = contradiction(scenario)
    assert error is not None
    assert has_plan(apply_changes(scenario, error.changes)), error
    return scenario, error


def quarter(names: str, **columns: Any) -> list[dict[str, Any]]:
    """Return regions with the same share."""
    return [{"region": name, "share": 1 / len(names), **columns} for name in names]


def test_a_lock_names_its_owner_reason_and_last_day(tmp_path: Path) -> None:
    _, error = told(
        tmp_path / "world",
        regions=quarter("NS", max_share=1, min_share=0),
        people=[{"rep": "Li Na", "region": "N", "capacity": 100}, {"rep": "Bo", "region": "S"}],
        locks=[
            {"rep": "Li Na", "period": "2024Q1", "amount": 150, "owner": "Ms Wu",
             "reason": "key account", "expires": "2024-12-31"},
        ],
    )  # fmt: skip
    (change,) = error.changes
    assert (change.limit, change.new_limit, change.rep) == (150, 100, "Li Na")
    assert change.text == (
        "lock of 150 on Li Na 2024Q1 (Ms Wu: key account, until 2024-12-31), but the usable "
        "capacity there is 100: lower it by 50 to 100, or raise the usable capacity of Li Na "
        "2024Q1 by 50"
    )


def test_a_lock_where_nobody_works_says_so(tmp_path: Path) -> None:
    _, error = told(
        tmp_path / "world",
        regions=quarter("NS"),
        people=[{"rep": "Bo", "region": "S"}],
        locks=[{"region": "N", "amount": 150}],
    )
    (change,) = error.changes
    assert change.text == (
        "lock of 150 on N, but nobody who could carry it works there: lower it by 150 to 0"
    )


def test_minimums_are_scaled_down_in_proportion(tmp_path: Path) -> None:
    people = [
        {"rep": name, "region": "N", "min": low}
        for name, low in (("a", 100), ("b", 50), ("c", 0), ("d", 101))
    ]
    _, error = told(
        tmp_path / "world",
        regions=[{"region": "N", "share": 0.4, "max_share": 0.5}, {"region": "S", "share": 0.6}],
        people=[*people, {"rep": "e", "region": "S"}],
    )
    (change,) = error.changes
    assert (change.kind, change.limit, change.amount, change.new_limit) == ("min", 251, 91, 160)
    assert [(part.rep, part.new_limit) for part in change.parts] == [
        ("a", 64),
        ("b", 32),
        ("d", 64),
    ]


def test_a_band_around_a_closed_market_says_what_closes_it(tmp_path: Path) -> None:
    _, error = told(
        tmp_path / "world",
        regions=quarter("NSEW"),
        people=[{"rep": f"rep {name}", "region": name} for name in "NSEW"],
        potential=[{"region": "N", "potential": 0}],
    )
    closed = next(change for change in error.changes if change.region == "N")
    assert closed.text == (
        "N: its min share is 25 %, but its potential is 0 everywhere: lower the min share to 0 %, "
        "or give it a potential"
    )
    others = [change for change in error.changes if change is not closed]
    assert [(change.side, change.limit, change.new_limit) for change in others] == [
        ("max", 0.25, 0.5)
    ]


def test_a_share_of_a_parent_is_told_as_one(tmp_path: Path) -> None:
    regions = [
        {"region": "Area", "share": 0.5},
        {"region": "S", "share": 0.5},
        {"region": "N", "parent": "Area", "share": 0.5, "max_share": 0.55, "min_share": 0.45},
        {"region": "M", "parent": "Area", "share": 0.5, "max_share": 0.55, "min_share": 0.3},
    ]
    people = [{"rep": name, "region": name, "min": 125 if name == "N" else 0} for name in "NMS"]
    _, error = told(tmp_path / "world", regions=regions, people=people)
    (change,) = error.changes
    assert change.text == (
        "N 2024Q1: the minimum is 125, but at most 110 can be given there (Area's max share of "
        "50 %; N's max share of 55 % of Area): lower it by 15, or raise N's max share of Area from "
        "55 % to 62.5 %"
    )


def test_more_capacity_is_told_only_where_it_helps(tmp_path: Path) -> None:
    people = [{"rep": "a", "region": "N", "capacity": 90, "min": 100}, {"rep": "b", "region": "S"}]
    final = [{"rep": "a", "period": "2024Q1", "capacity": 60}]
    for share, ending in ((0.5, "lower the minimum by 40, or raise the capacity by as much"),
                          (0.2, "lower the minimum by 40")):  # fmt: skip
        rows = [{**people[0], "capacity": 110}, people[1]]
        regions = [{"region": "N", "share": share}, {"region": "S", "share": 1 - share}]
        folder = tmp_path / f"world {share}"
        _, error = told(folder, regions=regions, people=rows, capacity=final)
        (change,) = error.changes
        assert (
            change.text == f"a 2024Q1: the minimum is 100 but the usable capacity is 60: {ending}"
        )


@pytest.mark.parametrize("with_people", [False, True])
def test_a_market_that_is_closed_altogether_is_opened(tmp_path: Path, with_people: bool) -> None:
    tables: dict[str, Any] = {"regions": quarter("NS", min_share=0, max_share=1)}
    if with_people:
        tables["people"] = [{"rep": name, "region": name, "min": 10} for name in "NS"]
    potential = [{"region": name, "potential": 0} for name in "NS"]
    _, error = told(tmp_path / "world", potential=potential, **tables)
    opened = [change for change in error.changes if change.kind == "potential"]
    assert [(change.region, change.new_limit) for change in opened] == [("N", 400)]
    assert [change.rep for change in error.changes if change.kind == "min"] == ["S"] * with_people


def test_different_contradictions_are_all_told(tmp_path: Path) -> None:
    _, error = told(
        tmp_path / "world",
        regions=quarter("NSEW", min_share=0, max_share=0.3),
        people=[{"rep": f"rep {name}", "region": name, "min": 130} for name in "NSEW"],
    )
    assert sorted(change.region for change in error.changes) == sorted("NSEW")
    assert sum(change.amount for change in error.changes if change.kind == "min") == 120


LOCKED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "a part above its whole": (
        [
            {"region": "N", "period": "2024Q1", "amount": 100},
            {"region": "N", "period": "2024Q1", "product": "A", "amount": 150},
        ],
        "lock of 150 on N A 2024Q1, but at most 100 can be placed there (the lock of 100 on N "
        "2024Q1): lower it by 50 to 100, or raise the lock on N 2024Q1 by 50 to 150",
    ),
    "parts below their whole": (
        [
            {"region": "N", "amount": 250},
            {"region": "N", "product": "A", "amount": 100},
            {"region": "N", "product": "B", "amount": 100},
        ],
        "lock of 250 on N, but at most 200 can be placed there (the lock of 100 on N A; the lock "
        "of 100 on N B): lower it by 50 to 200, or raise the lock on N A by 50 to 150, or raise "
        "the lock on N B by 50 to 150",
    ),
    "a rep above the region": (
        [
            {"region": "N", "period": "2024Q1", "amount": 200},
            {"rep": "Li Na", "period": "2024Q1", "amount": 260},
        ],
        "lock of 260 on Li Na 2024Q1, but at most 200 can be placed there (the lock of 200 on N "
        "2024Q1): lower it by 60 to 200, or raise the lock on N 2024Q1 by 60 to 260",
    ),
}


@pytest.mark.parametrize("name", LOCKED)
def test_of_overlapping_locks_the_other_is_named(name: str, tmp_path: Path) -> None:
    locks, text = LOCKED[name]
    _, error = told(
        tmp_path / "world",
        regions=quarter("NS", min_share=0, max_share=1),
        products=[{"product": name, "share": 0.5, "min_share": 0.2} for name in "AB"],
        people=[{"rep": "Li Na", "region": "N"}, {"rep": "Bo", "region": "S"}],
        locks=locks,
    )
    (change,) = error.changes
    assert change.text == text


def test_no_cent_more_would_fit(tmp_path: Path) -> None:
    keys = {
        **GOAL,
        "goal": 100_000,
        "rounding": 0.01,
        "tolerance": {"region": 0.01, "product": 0.0},
        "buffers": {"over_assignment": {"rep": 0.03}},
    }
    regions = {"A": 0.367, "B": 0.193, "C": 0.409, "D": 0.031}
    products = {"p": 0.44, "q": 0.43, "r": 0.13}
    minimums = (
        (30_000, "A"),
        (50_000, "B"),
        (50_000, "C"),
        (50_000, "D"),
        (50_000, "A"),
        (5_000, "B"),
    )
    scenario, error = told(
        tmp_path / "world",
        keys=keys,
        regions=[{"region": name, "share": share} for name, share in regions.items()],
        products=[{"product": name, "share": share} for name, share in products.items()],
        people=[
            {"rep": f"p{number}", "region": region, "min": low}
            for number, (low, region) in enumerate(minimums)
        ],
    )
    for change in error.changes:
        first = change.parts[0]
        more = dataclasses.replace(first, new_limit=first.new_limit + 0.01)
        higher = dataclasses.replace(change, parts=(more, *change.parts[1:]))
        others = [other for other in error.changes if other is not change]
        assert not has_plan(apply_changes(scenario, [higher, *others])), change.text
