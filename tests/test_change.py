"""A scenario with one thing changed is the scenario that files with that change would give."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from worlds import write_world

from optimizer.change import edits
from optimizer.change.capacities import set_capacities
from optimizer.change.contradiction import apply_changes
from optimizer.domain.scenario import Scenario
from optimizer.errors import Change, InputError, Part
from optimizer.inputs.load import load_scenarios
from optimizer.problem.build import build_instance
from optimizer.problem.stages import same

SETTINGS: dict[str, Any] = {
    "periods": ["2024Q1", "2024Q2"],
    "goal": {"floor": 800, "target": 1000, "stretch": 1300},
    "tolerance": {"region": 0.1, "period": 0.05},
    "ramp": {"factors": [0.5]},
}
TABLES: dict[str, list[dict[str, Any]]] = {
    "people": [
        {"rep": "Li Na", "region": "North", "capacity": 300, "min": 50, "start": "2024-01-15"},
        {"rep": "Bo", "region": "South", "capacity": 400, "products": "MES", "x_grade": "A"},
    ],
    "regions": [
        {"region": "Area"},
        {"region": "North", "parent": "Area", "share": 0.6},
        {"region": "South", "parent": "Area", "share": 0.4},
    ],
    "potential": [{"region": "North", "product": "MES", "potential": 500}],
    "locks": [{"region": "South", "amount": 100, "owner": "Ms Wu", "expires": "2024-12-31"}],
    "capacity": [{"rep": "Li Na", "period": "2024Q2", "capacity": 333, "min": 44}],
}


def read(folder: Path, settings: dict[str, Any], tables: dict[str, Any]) -> Scenario:
    """Return a scenario by way of its files."""
    return load_scenarios(write_world(folder, settings, **tables)).scenarios[0]


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return read(tmp_path / "as it is", SETTINGS, TABLES)


def with_rows(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {**TABLES, name: rows}


def changed_row(name: str, row: int, **values: Any) -> dict[str, Any]:
    rows = [dict(item) for item in TABLES[name]]
    rows[row] |= values
    return with_rows(name, rows)


LI, BO = TABLES["people"]
PERIODS = [{"period": "2024Q1", "share": 0.3, "max_share": 0.4}, {"period": "2024Q2"}]
NO_PRODUCTS = [{"product": "MES", "min_share": 0.2}]
SLICE = {"period": "2024Q1", "region": "North", "share": 0.5, "min_share": 0.2}
HALF = {"goal": {"floor": 400, "target": 500, "stretch": 650}}
BUFFERS: dict[str, Any] = {"over_assignment": {"rep": 0.05}}
TWO_LOCKS = [*TABLES["locks"], {"rep": "Bo", "period": "2024Q1", "amount": 90, "reason": "deal"}]
CASES: dict[str, tuple[Callable[[Scenario], Scenario], dict[str, Any], dict[str, Any]]] = {
    "goal": (lambda s: edits.set_goal(s, 500), HALF, {}),
    "buffer": (
        lambda s: edits.set_buffer(s, "over_assignment_rep", 0.05), {"buffers": BUFFERS}, {},
    ),
    "capacity buffer": (
        lambda s: edits.set_buffer(s, "capacity", 0.2), {"buffers": {"capacity": 0.2}}, {},
    ),
    "region share": (
        lambda s: edits.set_share(s, "region_share", 0.6, 0.55, 0.65, region="North"),
        {}, changed_row("regions", 1, share=0.6, min_share=0.55, max_share=0.65),
    ),
    "period share without a table": (
        lambda s: edits.set_share(s, "period_share", 0.3, max_share=0.4, period="2024Q1"),
        {}, with_rows("periods", PERIODS),
    ),
    "product share without a table": (
        lambda s: edits.set_share(s, "product_share", min_share=0.2, product="MES"),
        {}, with_rows("products", NO_PRODUCTS),
    ),
    "slice": (
        lambda s: edits.set_share(s, "share", 0.5, 0.2, period="2024Q1", region="North"),
        {}, with_rows("shares", [SLICE]),
    ),
    "potential of a row": (
        lambda s: edits.set_potential(s, 77, region="North", product="MES"),
        {}, changed_row("potential", 0, potential=77),
    ),
    "potential of another slice": (
        lambda s: edits.set_potential(s, 0, period="2024Q1", region="North"),
        {},
        with_rows(
            "potential",
            [*TABLES["potential"], {"period": "2024Q1", "region": "North", "potential": 0}],
        ),
    ),
    "capacity of all periods": (
        lambda s: edits.set_capacity(s, "Li Na", 200),
        {},
        {
            **changed_row("people", 0, capacity=200),
            "capacity": [{"rep": "Li Na", "period": "2024Q2", "min": 44}],
        },
    ),
    "capacity of a period": (
        lambda s: edits.set_capacity(s, "Bo", 200, "2024Q1"),
        {},
        with_rows(
            "capacity", [*TABLES["capacity"], {"rep": "Bo", "period": "2024Q1", "capacity": 200}]
        ),
    ),
    "minimum of a period": (
        lambda s: edits.set_minimum(s, "Li Na", 11, "2024Q2"),
        {}, changed_row("capacity", 0, min=11),
    ),
    "minimum of all periods": (
        lambda s: edits.set_minimum(s, "Bo", 60), {}, changed_row("people", 1, min=60),
    ),
    "products": (
        lambda s: edits.set_products(s, "Bo", []), {}, changed_row("people", 1, products=""),
    ),
    "limits over all periods": (
        lambda s: edits.set_year_limits(s, "Bo", min_total=100, max_total=700),
        {}, changed_row("people", 1, min_total=100, max_total=700),
    ),
    "rep": (
        lambda s: edits.add_rep(
            s, "New", "South", start="2024-02-01", capacity=90, products=["MES"], x_grade="B"
        ),
        {},
        with_rows(
            "people",
            [
                LI, BO,
                {"rep": "New", "region": "South", "start": "2024-02-01", "capacity": 90,
                 "products": "MES", "x_grade": "B"},
            ],
        ),
    ),
    "new lock": (
        lambda s: edits.set_lock(s, 90, period="2024Q1", rep="Bo", reason="deal"),
        {}, with_rows("locks", TWO_LOCKS),
    ),
    "moved lock": (
        lambda s: edits.set_lock(s, 90, region="South", owner="Ms Wu"),
        {}, with_rows("locks", [{"region": "South", "amount": 90, "owner": "Ms Wu"}]),
    ),
    "removed lock": (lambda s: edits.remove_lock(s, region="South"), {}, with_rows("locks", [])),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_what_files_would_say(name: str, scenario: Scenario, tmp_path: Path) -> None:
    change, settings, tables = CASES[name]
    before = {table: frame.copy() for table, frame in scenario.tables.items()}
    changed = change(scenario)
    files = read(tmp_path / "files", {**SETTINGS, **settings}, tables or TABLES)
    assert not same(build_instance(scenario), build_instance(changed)) or name == "products"
    assert same(build_instance(changed), build_instance(files))
    assert changed.settings == dataclasses.replace(files.settings, name=changed.settings.name)
    for table, frame in files.tables.items():
        found = changed.tables[table]
        assert found.dtypes.to_dict() == frame.dtypes.to_dict(), table
    for table, frame in before.items():
        pd.testing.assert_frame_equal(frame, scenario.tables[table])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: edits.set_potential(s, 1, region="Nort"), "no region Nort. Did you mean North?"),
        (lambda s: edits.set_capacity(s, "Li Nа", 1), "Did you mean Li Na?"),
        (lambda s: edits.set_minimum(s, "Bo", 1, "2024Q3"), "no period 2024Q3"),
        (lambda s: edits.set_products(s, "Bo", ["MSE"]), "Did you mean MES?"),
        (lambda s: edits.set_buffer(s, "capactiy", 0.1), "Did you mean capacity?"),
        (lambda s: edits.set_buffer(s, "capacity", 1.0), "must be below 1"),
        (lambda s: edits.set_share(s, "regoin_share", 1), "Did you mean region_share?"),
        (lambda s: edits.set_share(s, "region_share", 1), "say which region"),
        (lambda s: edits.set_share(s, "share", 1), "names a period, a region or a product"),
        (lambda s: edits.set_share(s, "share", None, 0.1, region="North"), "a new one needs share"),
        (lambda s: edits.set_share(s, "region_share", max_share=2, region="North"), "from 0 to 1"),
        (lambda s: edits.set_goal(s, -1), "the goal is -1"),
        (lambda s: edits.set_goal(s, 0), "above 0"),
        (lambda s: edits.set_potential(s, float("nan")), "must be a number"),
        (lambda s: edits.set_potential(s, float("inf")), "must be a number at least 0"),
        (lambda s: edits.set_potential(s, 1.1e15), "1e+15 is the most that is exact"),
        (lambda s: edits.set_goal(s, 10**400), "the goal is inf, and must be a number"),
        (lambda s: set_capacities(s, {("Bo", "2024Q1"): 1e308}), "1e+15 is the most"),
        (lambda s: edits.add_rep(s, " Bo ", "North"), "there is a rep Bo already"),
        (lambda s: edits.add_rep(s, "*", "North"), "* stands for all"),
        (lambda s: edits.add_rep(s, "", "North"), "the new rep, column rep: the value is missing"),
        (lambda s: edits.add_rep(s, "Al", "Area"), "Area has regions below it"),
        (lambda s: edits.add_rep(s, "Al", "North", capcity=1), "Did you mean capacity?"),
        (lambda s: edits.add_rep(s, "Al", "North", products="MSE"), "Did you mean MES?"),
        (lambda s: edits.remove_lock(s, region="North"), "no lock on exactly region North"),
        (lambda s: edits.set_lock(s, 5, rep="Bob"), "no rep Bob. Did you mean Bo?"),
        (lambda s: edits.set_goal(s, 0.3), "less than half the rounding unit"),
        (lambda s: edits.set_goal(s, 1e20), "the most that is exact"),
        (lambda s: edits.set_capacity(s, "Li Na", 40), "min is above capacity, which is 40"),
        (lambda s: edits.set_capacity(s, "Li Na", 40, "2024Q2"), "min is above capacity"),
        (lambda s: edits.set_minimum(s, "Bo", 401), "min is above capacity, which is 400"),
        (lambda s: set_capacities(s, {("Li Na", "2024Q2"): 40}), "min is above capacity"),
        (
            lambda s: edits.set_share(s, "region_share", max_share=0.3, region="North"),
            "above the row's own max_share",
        ),
        (
            lambda s: edits.set_share(s, "region_share", 0.2, 0.1, 0.3, region="Area"),
            "add up to less than 1",
        ),
        (lambda s: edits.set_share(s, "share", 1.3, region="North"), "from 0 to 1"),
        (lambda s: edits.set_potential(s, 5, region=7), "the region is 7, and must be text"),
        (lambda s: edits.set_potential(s, 5, period=None), "the period is None"),
        (lambda s: edits.set_products(s, "Bo", ["MES", 3]), "the product is 3"),
        (lambda s: edits.set_products(s, "Bo", None), "must be a list of names"),
        (lambda s: edits.set_year_limits(s, "Bo", min_total=9, max_total=5), "above max_total"),
        (lambda s: edits.set_year_limits(s, "Bo", max_growth=-2), "below -1"),
        (lambda s: edits.set_year_limits(s, "Bo", most=5), "no limit over all periods most"),
        (lambda s: edits.add_rep(s, "Al", "North", start="nonsense"), "this is not a date"),
        (lambda s: edits.add_rep(s, "Al", "North", floor=1.2), "the number is above 1"),
        (lambda s: edits.add_rep(s, "Al", "North", open="maybe"), "neither yes nor no"),
        (lambda s: edits.add_rep(s, "Al", "North", capacity=-5), "the number is negative"),
        (lambda s: edits.add_rep(s, "Al", "North", min=9, capacity=5), "min is above capacity"),
        (lambda s: edits.add_rep(s, "Al", "North", capacity=5, 产能=6), "there twice"),
        (lambda s: edits.set_lock(s, 99.5, rep="Bo"), "no multiple of the rounding 1"),
        (lambda s: edits.set_lock(s, 99, rep="Bo", region="North"), "the rep works in South"),
        (lambda s: edits.set_lock(s, 99, rep="Bo", expires="soon"), "this is not a date"),
        (lambda s: edits.remove_lock(s, rep="Bo"), "Locked: region South"),
        (lambda s: edits.remove_lock(edits.remove_lock(s, region="South")), "nothing is locked"),
    ],
)
def test_what_cannot_be_is_refused(
    change: Callable[[Scenario], Scenario], said: str, scenario: Scenario
) -> None:
    with pytest.raises(InputError) as told:
        change(scenario)
    assert said in str(told.value)
    assert not str(told.value).startswith("command line")
    assert "?." not in str(told.value)


def test_a_goal_by_growth_gives_way_to_a_number(tmp_path: Path) -> None:
    history = [{"period": "2023Q1", "region": "North", "amount": 100}]
    goal = {"growth": 0.5, "base": ["2023Q1"]}
    grown = read(tmp_path / "a", {**SETTINGS, "goal": goal}, {**TABLES, "history": history})
    assert build_instance(edits.set_goal(grown, 700)).goal == 700
    goal["floor"] = 120
    fixed = read(tmp_path / "b", {**SETTINGS, "goal": goal}, {**TABLES, "history": history})
    with pytest.raises(InputError, match="growth on a base"):
        edits.set_goal(fixed, 700)


def test_changes_of_a_contradiction_are_made(scenario: Scenario) -> None:
    place = ("*", "South", "*", "*")
    changes = [
        Change("lock", "equal", *place, 100.0, 20.0, "", 80.0),
        Change("region_share", "max", *place, 0.5, 0.1, "", 0.6),
        Change("potential", "max", "*", "North", "MES", "*", 500.0, 100.0, "", 600.0),
        Change("rounding", "equal", "*", "*", "*", "*", 1.0, 0.9, "", 0.1),
        Change(
            "min", "min", "2024Q1", "North", "*", "*", 44.0, 4.0, "", 40.0,
            (Part("Li Na", 44.0, 40.0),),
        ),
    ]  # fmt: skip
    changed = apply_changes(scenario, changes)
    locks, regions = changed.tables["locks"], changed.tables["regions"].set_index("region")
    (lock,) = locks.to_dict("records")
    assert (lock["amount"], lock["owner"], str(lock["expires"])[:10]) == (80, "Ms Wu", "2024-12-31")
    assert regions.loc["South", "max_share"] == 0.6
    assert changed.tables["potential"]["potential"].tolist() == [600.0]
    assert changed.settings.rounding == 0.1
    assert changed.tables["capacity"]["min"].tolist() == [44.0, 40.0]
    years = [
        Change("year", "max", "*", "South", "*", "Bo", 500.0, 200.0, "", 700.0),
        Change("year", "min", "*", "South", "*", "Bo", 90.0, 20.0, "", 70.0),
        Change("growth", "max", "*", "South", "*", "Bo", 500.0, 200.0, "", None),
    ]
    grown = edits.set_year_limits(scenario, "Bo", min_total=90, max_total=500, max_growth=0.1)
    (row,) = apply_changes(grown, years).tables["people"].query("rep == 'Bo'").to_dict("records")
    assert (row["min_total"], row["max_total"]) == (70.0, 700.0)
    assert np.isnan(row["max_growth"])
    with pytest.raises(InputError, match="what to write instead"):
        apply_changes(scenario, [Change("min", "min", *place, 1.0, 1.0, "too much")])
    with pytest.raises(InputError, match="no such lock"):
        apply_changes(scenario, [Change("lock", "equal", "*", "North", "*", "*", 1, 1, "", 2.0)])


def test_many_capacities_at_once_are_the_same_one_by_one(scenario: Scenario) -> None:
    wanted = {("Bo", "2024Q1"): 200.0, ("Li Na", "2024Q2"): 350.0, ("Li Na", "2024Q1"): 310.0}
    one_by_one = scenario
    for (rep, period), amount in wanted.items():
        one_by_one = edits.set_capacity(one_by_one, rep, amount, period)
    together = set_capacities(scenario, wanted)
    pd.testing.assert_frame_equal(together.tables["capacity"], one_by_one.tables["capacity"])
    with pytest.raises(InputError, match="Did you mean Li Na"):
        set_capacities(scenario, {("Li Nq", "2024Q1"): 1.0})


def test_amounts_that_are_none_are_told(scenario: Scenario) -> None:
    for wrong in (None, "abc", True):
        with pytest.raises(InputError, match="must be a number"):
            edits.set_capacity(scenario, "Bo", wrong)  # type: ignore[arg-type]


def test_a_lock_that_has_expired_is_refused(scenario: Scenario) -> None:
    dated = dataclasses.replace(
        scenario, settings=dataclasses.replace(scenario.settings, as_of=dt.date(2024, 2, 1))
    )
    with pytest.raises(InputError, match="has expired"):
        edits.set_lock(dated, 5, rep="Bo", expires=dt.date(2024, 1, 1))


def test_a_team_lies_in_one_region_and_a_lock_needs_a_product_that_is_sold(
    scenario: Scenario,
) -> None:
    first = edits.add_rep(scenario, "Al", "North", team="T1", products="MES;MES ; ")
    assert first.tables["people"]["products"].iloc[-1] == "MES"
    with pytest.raises(InputError, match="the team lies in North and in South"):
        edits.add_rep(first, "Cy", "South", team="T1")
    history = pd.DataFrame({"period": ["2023Q1"], "region": ["North"], "product": ["Service"]})
    wide = dataclasses.replace(
        scenario, tables={**scenario.tables, "history": history.assign(amount=1.0)}
    )
    with pytest.raises(InputError, match="does not sell this product"):
        edits.set_lock(wide, 5, rep="Bo", product="Service")
    locked = edits.set_lock(wide, 5, rep="Bo", product="MES")
    with pytest.raises(InputError, match="does not sell this product"):
        edits.set_products(locked, "Bo", "Service")


def test_a_first_rep_does_not_turn_a_regional_plan_into_another(tmp_path: Path) -> None:
    tables = {"regions": TABLES["regions"]}
    regional = read(tmp_path / "regional", SETTINGS, tables)
    with pytest.raises(InputError, match="the plan is regional"):
        edits.add_rep(regional, "Al", "North")
    with pytest.raises(InputError, match="the plan is regional"):
        edits.set_capacity(regional, "Al", 5)


def test_values_are_taken_as_python_has_them(scenario: Scenario) -> None:
    hired = edits.add_rep(
        scenario, "Al", "North", capacity=np.float32(12.5), open=True, start=dt.date(2024, 2, 3),
        x_note="new", 能力系数="110%",
    ).tables["people"]  # fmt: skip
    row = hired.iloc[-1]
    assert (row["capacity"], row["open"], row["ability"]) == (12.5, True, 1.1)
    assert (str(row["start"])[:10], row["x_note"], row["x_grade"]) == ("2024-02-03", "new", "")
    assert hired["x_note"].iloc[0] == ""
    locked = edits.set_lock(scenario, np.int64(70), rep="Bo", expires="2024-06-30")
    assert str(locked.tables["locks"]["expires"].iloc[-1])[:10] == "2024-06-30"
    assert edits.set_goal(scenario, np.int64(900)).settings.goal.target == 900.0
