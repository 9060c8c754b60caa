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


def same(one: Any, other: Any) -> bool:
    """Return whether two values agree to the last bit, arrays and all."""
    if dataclasses.is_dataclass(one):
        return all(
            same(getattr(one, field.name), getattr(other, field.name))
            for field in dataclasses.fields(one)
        )
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and bool(
            np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        )
    return bool(one == other)


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
        (lambda s: edits.add_rep(s, "Bo", "North"), "a new rep needs a new name"),
        (lambda s: edits.add_rep(s, "Al", "Area"), "Area has regions below it"),
        (lambda s: edits.add_rep(s, "Al", "North", capcity=1), "Did you mean capacity?"),
        (lambda s: edits.add_rep(s, "Al", "North", products="MSE"), "Did you mean MES?"),
        (lambda s: edits.remove_lock(s, region="North"), "no lock on exactly region North"),
        (lambda s: edits.set_lock(s, 5, rep="Bob"), "no rep Bob. Did you mean Bo?"),
    ],
)
def test_what_cannot_be_is_refused(
    change: Callable[[Scenario], Scenario], said: str, scenario: Scenario
) -> None:
    with pytest.raises(InputError) as told:
        change(scenario)
    assert said in str(told.value)


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
