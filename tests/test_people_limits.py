"""Effort and year limits of people: in whole units, in ``limits.csv``, and before the verifier."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from instances import Person, make_instance, product_bands
from strategies import World, limited_worlds
from verify_runs import Row, add, edit, pick, refresh
from worlds import write_world

from optimizer.errors import ContradictionError, InputError
from optimizer.model.pooled import solve_pooled
from optimizer.pipeline import PlanResult, plan
from optimizer.problem.instance import Floats, Instance, Ints
from optimizer.results.broken_limits import broken_rows
from optimizer.results.exact_cells import exact_cells
from optimizer.results.rounding import round_plan
from optimizer.results.unit_by_unit import Table, give_units
from optimizer.verify.effort import least_part, pieces_of
from optimizer.verify.verify import verify_run

EXAMPLES = max(int(os.environ.get("QUOTAPLAN_EXAMPLES", "60")) // 6, 1)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(limited_worlds())
def test_plans_with_effort_and_year_limits_pass_verify(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        scenario = write_world(Path(name) / "scenario", world.settings, **world.tables)
        try:
            result = plan(scenario, Path(name) / "run")
        except (ContradictionError, InputError) as error:
            event(type(error).__name__)
            return
        event(result.status)
        found = verify_run(Path(name) / "run")
        assert not found.failures, [failure.text for failure in found.failures]


# ---------------------------------------------------------------- whole units


def whole_cells(instance: Instance) -> Ints:
    """Return the cells of a plan rounded to units."""
    cells = round_plan(instance, solve_pooled(instance), instance).cells
    assert cells is not None
    assert not broken_rows(instance, cells).any()
    return cells


def test_largest_remainders_that_break_a_year_limit_are_mended() -> None:
    periods = {f"Q{number}": 0.25 for number in range(1, 5)}
    people = [Person(name, "A", total_high=101) for name in ("a", "b", "c")]
    instance = make_instance(
        {"A": 1.0}, 402, periods=periods, people=[*people, Person("d", "A", total_low=99)]
    )
    total = whole_cells(instance).sum(axis=2)
    assert total.sum() == 402
    assert (total.sum(axis=1)[:3] <= 101).all()
    assert total.sum(axis=1)[3] >= 99
    assert np.ptp(total[:3], axis=0).max() <= 1


def test_a_year_limit_that_holds_one_rep_leaves_the_rest_to_others() -> None:
    people = [Person("a", "A", total_high=31), Person("b", "A"), Person("c", "A")]
    instance = make_instance({"A": 1.0}, 200, periods={"Q1": 0.5, "Q2": 0.5}, people=people)
    total = whole_cells(instance).sum(axis=2)
    assert total.sum(axis=1)[0] == 31
    assert sorted(total[0].tolist()) == [15, 16]
    assert np.ptp(total[1:], axis=0).max() <= 1


def test_effort_is_kept_in_whole_units() -> None:
    people = [Person(name, "A", high=50.0) for name in ("a", "b", "c")] + [Person("d", "A")]
    instance = make_instance(
        {"A": 1.0}, 240, products={"p": 0.5, "r": 0.5}, people=people,
        effort={"p": 1.0, "r": 1.37},
    )  # fmt: skip
    cells = whole_cells(instance)
    assert cells.sum() == 240
    assert (cells[:3, 0] @ np.array([1.0, 1.37]) <= 50.0 + 1e-9).all()
    assert np.ptp(cells[:3].sum(axis=2)) <= 1


def test_units_that_effort_leaves_no_room_for_go_elsewhere() -> None:
    people = [Person("a", "A", high=20.0), Person("b", "A", high=20.0), Person("c", "B")]
    instance = make_instance(
        {"A": 0.4, "B": 0.6}, 60, products={"p": 1.0}, people=people, effort={"p": 1.5}
    )
    cells = whole_cells(instance)
    assert cells[:2].sum(axis=(1, 2)).tolist() == [12, 12]
    tight = make_instance(
        {"A": 0.5, "B": 0.5}, 60, products={"p": 1.0}, people=people, effort={"p": 1.5}
    )
    cells = whole_cells(tight)
    assert cells[:2].sum(axis=(1, 2)).tolist() == [13, 13]
    assert cells.sum() == 60


def test_a_forced_split_of_heavy_and_light_products_is_found() -> None:
    people = [Person("a", "A", high=5300.0, total_high=2650.0), Person("b", "A", high=7000.0)]
    instance = make_instance(
        {"A": 1.0}, 16_650, products={"p": 2650.0, "r": 14_000.0}, people=people,
        effort={"p": 2.0, "r": 0.5},
    )  # fmt: skip
    assert whole_cells(instance)[:, 0].tolist() == [[2650, 0], [0, 14_000]]


def test_a_region_at_the_edge_of_effort_loses_a_few_units_at_most() -> None:
    mix = {"p": 0.4, "r": 0.3, "s": 0.2, "t": 0.1}
    people = [Person(f"{k:02}", "A", high=[108.0, 126.0, 90.0][k % 3]) for k in range(20)]
    instance = make_instance(
        {"A": 1.0}, 2040, products=mix, people=people, bands=product_bands(mix),
        effort={"p": 1.0, "r": 1.37, "s": 0.8, "t": 1.2},
    )  # fmt: skip
    most = solve_pooled(instance).placed_most
    cells = whole_cells(instance)
    assert 2000 < most < 2040
    assert most - 3 <= cells.sum() <= most
    for first in range(3):
        assert np.ptp(cells[first::3].sum(axis=2)) <= 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_units_given_one_by_one_keep_capacities_and_leave_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(2, 8)), int(rng.integers(2, 5))
    effort = rng.choice([0.5, 1.0, 1.25, 1.5, 2.0], columns)
    known = rng.uniform(3.0, 20.0, (rows, columns))
    total, placed = np.floor(known.sum(axis=1)), np.floor(known.sum(axis=0)).astype(np.int64)
    table = Table(
        exact=known, base=np.zeros((rows, columns), dtype=np.int64),
        allowed=np.ones((rows, columns), dtype=bool), effort=effort,
        capacity=known @ effort, most=np.full(rows, np.inf), kind=np.arange(rows),
        least=placed, column_most=placed,
    )  # fmt: skip
    cells = give_units(table, total.astype(np.int64), np.full(rows, np.inf))
    assert (cells >= 0).all()
    assert (cells @ effort <= table.capacity).all()
    assert (cells.sum(axis=0) <= placed).all()
    assert cells.sum() >= placed.sum() - 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_exact_cells_keep_margins_and_capacity(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    effort = rng.choice([0.5, 1.0, 1.5, 2.0], columns)
    known = rng.uniform(1.0, 20.0, (rows, columns))
    capacity = (known @ effort) * rng.uniform(1.0, 1.2, rows)
    allowed = np.ones((rows, columns), dtype=bool)
    total, column = known.sum(axis=1), known.sum(axis=0)
    cells = exact_cells(total, column, allowed, effort, capacity)
    assert cells.sum(axis=1) == pytest.approx(total)
    assert cells.sum(axis=0) == pytest.approx(column, rel=1e-3)
    assert (cells @ effort <= capacity * (1.0 + 1e-3)).all()


# ---------------------------------------------------------------- the verifier's own figures


def test_what_a_target_is_worth_has_two_pieces_where_a_lighter_product_pays_less() -> None:
    heavy, light = pieces_of(np.array([3.0, 2.0]), np.array([2.0, 1.0]))
    assert (heavy.slope, heavy.charge, heavy.light) == (3.0, 0.0, 2.0)
    assert (light.slope, light.charge, light.heavy, light.light) == (1.0, 1.0, 2.0, 1.0)
    one, ten = np.zeros(1), np.array([10.0])
    assert least_part([heavy, light], one, one, ten, 100.0, None).tolist() == [-20.0]
    fair = least_part([heavy, light], one, one, ten, np.inf, np.array([5.0]))
    assert fair[0] == pytest.approx(min(float((t - 5) ** 2 / 5 - worth(t)) for t in GRID))


GRID = np.linspace(0.0, 10.0, 100_001)


def worth(total: float) -> float:
    """Return what the example's target is worth: 3 a unit up to 5, then 1 more for each."""
    return 3.0 * total if total <= 5.0 else 15.0 + (total - 5.0)


# ---------------------------------------------------------------- run folders

TOML: dict[str, Any] = {
    "name": "limits",
    "periods": ["2024Q1", "2024Q2"],
    "goal": 1000,
    "buffers": {"capacity": 0.1},
    "tolerance": {"region": 0.05},
}
TABLES: dict[str, list[dict[str, Any]]] = {
    "regions": [{"region": "East", "share": 0.6}, {"region": "West", "share": 0.4}],
    "products": [
        {"product": "Kit", "share": 0.5, "effort": 1.5},
        {"product": "Pen", "share": 0.5},
    ],
    "people": [
        {"rep": "Ann", "region": "East", "capacity": 120},
        {"rep": "Bob", "region": "East", "max_total": 190},
        {"rep": "Cid", "region": "East"},
        {"rep": "Dee", "region": "West", "max_growth": 0.1},
        {"rep": "Eve", "region": "West", "min_total": 230},
    ],
    "history": [
        {"period": period, "rep": rep, "region": region, "product": "Pen", "amount": 80}
        for period in ("2023Q1", "2023Q2")
        for rep, region in (("Ann", "East"), ("Bob", "East"), ("Dee", "West"), ("Eve", "West"))
    ],
}


def planned(folder: Path, **changes: dict[str, Any]) -> PlanResult:
    """Plan the world; `changes` go to people by name."""
    people = [{**row, **changes.get(row["rep"], {})} for row in TABLES["people"]]
    tables: dict[str, Any] = {**TABLES, "people": people}
    return plan(write_world(folder / "scenario", TOML, **tables), folder / "run")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder whose people are at all kinds of limits."""
    folder = tmp_path_factory.mktemp("limits")
    planned(folder)
    return folder / "run"


def limit_rows(folder: Path, kind: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the limits of a kind by side, rep and period."""
    with (folder / "limits.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    return {(row["side"], row["rep"], row["period"]): row for row in rows}


def test_year_limits_and_effort_are_listed(run: Path) -> None:
    year, growth, effort = (limit_rows(run, kind) for kind in ("year", "growth", "effort"))
    assert set(year) == {("max", "Bob", "*"), ("min", "Eve", "*")}
    assert float(year["max", "Bob", "*"]["limit"]) == 190
    assert float(growth["max", "Dee", "*"]["limit"]) == 176
    assert set(effort) == {("max", "Ann", "2024Q1"), ("max", "Ann", "2024Q2")}
    assert float(effort["max", "Ann", "2024Q1"]["limit"]) == pytest.approx(108)
    assert not limit_rows(run, "capacity")
    for rows in (year, growth, effort):
        assert all(float(row["slack"]) >= -1e-9 for row in rows.values())
    assert all(row["binding"] == "true" for row in (*year.values(), *growth.values()))


@pytest.mark.parametrize(
    ("kind", "side", "rep", "column", "amount", "step"),
    [
        ("year", "max", "Bob", "max_total", 190, 2.0),
        ("year", "min", "Eve", "min_total", 230, -2.0),
        ("growth", "max", "Dee", "max_growth", 0.1, 0.0125),
        ("effort", "max", "Ann", "capacity", 120, 2.0),
    ],
)
def test_the_price_of_a_limit_is_what_moving_it_brings(
    run: Path, tmp_path: Path, kind: str, side: str, rep: str, column: str, amount: float,
    step: float,
) -> None:  # fmt: skip
    rows = limit_rows(run, kind)
    price = sum(float(row["shadow_price"]) for key, row in rows.items() if key[:2] == (side, rep))
    values = [
        planned(tmp_path / str(sign), **{rep: {column: amount + sign * step}}).main.summary[
            "objective"
        ]
        for sign in (-1, 1)
    ]
    assert (values[0] - values[1]) / (2 * abs(step)) == pytest.approx(price, rel=0.1, abs=1e-4)


def swap(rows: list[Row], giver: str, taker: str, amount: float, product: str = "Pen") -> None:
    """Move targets of all periods from one rep to another."""
    for period in ("2024Q1", "2024Q2"):
        for rep, sign in ((giver, -1), (taker, 1)):
            row = pick(rows, period=period, rep=rep, product=product)
            for column in ("floor", "target", "stretch"):
                add(row, column, sign * amount)


DAMAGES: list[tuple[str, str, Callable[[Path], None]]] = [
    ("targets.csv", "max_total allows", lambda run: edit(
        run, "targets.csv", lambda rows: swap(rows, "Cid", "Bob", 3))),
    ("targets.csv", "max_growth allows", lambda run: edit(
        run, "targets.csv", lambda rows: swap(rows, "Eve", "Dee", 3))),
    ("targets.csv", "below the rep's min_total", lambda run: edit(
        run, "targets.csv", lambda rows: swap(rows, "Eve", "Dee", 3))),
    ("targets.csv", "effort of the rep's products is above", lambda run: edit(
        run, "targets.csv", lambda rows: swap(rows, "Cid", "Ann", 20, "Kit"))),
    ("limits.csv", "row is missing", lambda run: edit(
        run, "limits.csv", lambda rows: [row for row in rows if row["kind"] != "growth"])),
    ("limits.csv", "does not agree with the inputs and tables", lambda run: edit(
        run, "limits.csv", lambda rows: add(pick(rows, kind="year", side="max"), "limit", 5))),
    ("run.json", "is more than the prices of prices.csv prove", lambda run: edit(
        run, "prices.csv", lambda rows: [row for row in rows if row["kind"] != "year"])),
]  # fmt: skip


@pytest.mark.parametrize(("file", "words", "damage"), DAMAGES)
def test_broken_limits_are_found(
    run: Path, tmp_path: Path, file: str, words: str, damage: Callable[[Path], None]
) -> None:
    for path in run.rglob("*"):
        if path.is_file():
            copy = tmp_path / "run" / path.relative_to(run)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    damage(tmp_path / "run")
    refresh(tmp_path / "run")
    texts = [one.text for one in verify_run(tmp_path / "run").failures if one.file == file]
    assert any(words in text for text in texts), texts


def test_stretch_of_a_rep_with_a_ratio_stays_within_the_year(tmp_path: Path) -> None:
    result = planned(tmp_path, Bob={"stretch": 1.5}, Ann={"stretch": 1.5})
    targets = result.main.targets
    stretch: Floats = targets.groupby("rep")["stretch"].sum()
    assert stretch["Bob"] == 190
    effort = np.where(targets["product"] == "Kit", 1.5, 1.0) * targets["stretch"]
    ann = effort[(targets["rep"] == "Ann") & (targets["period"] == "2024Q1")].sum()
    assert 108 < ann <= 120 + 1e-9
