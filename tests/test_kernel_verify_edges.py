"""Single steps of the verifier at their edges, each worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from verify_company import company
from verify_plans import Draft, read
from worlds import write_world

from optimizer.pipeline import plan
from optimizer.verify import check_equals, verify
from optimizer.verify.acting import _sizes
from optimizer.verify.axes import joint
from optimizer.verify.check_fairness import _markets
from optimizer.verify.check_groups import _figures
from optimizer.verify.check_owners import check_lock_rows
from optimizer.verify.columns import same
from optimizer.verify.facts import Lock
from optimizer.verify.failures import Failure
from optimizer.verify.files import UnreadableError, _plain_csv, read_columns
from optimizer.verify.written import _strange_rows


def where(failures: Iterable[Failure]) -> list[str]:
    return [one.where for one in failures]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    return company(tmp_path_factory.mktemp("company"))


def seats(**columns: object) -> Any:
    """Return seats of one group and period, free of limits but for what is named."""
    number = len(next(iter(columns.values())))  # type: ignore[arg-type]
    nothing, endless = np.zeros(number), np.full(number, np.inf)
    known = {
        "rep": np.arange(number), "period": np.zeros(number, dtype=np.int64),
        "group": np.zeros(number, dtype=np.int64), "weight": np.ones(number),
        "reference": np.ones(number), "low": nothing, "high": endless, "least": nothing,
        "most": endless, "total": np.ones(number),
    }  # fmt: skip
    return check_equals._Seats(**known | {name: np.array(one) for name, one in columns.items()})


def facts_of(shape: tuple[int, int, int], heads: int, periods: int) -> Any:
    crew = SimpleNamespace(
        names=[f"r{rep}" for rep in range(heads)], leaf=np.zeros(heads, dtype=np.int64),
        by_effort=False, high=np.full((heads, periods), np.inf),
    )  # fmt: skip
    years = SimpleNamespace(low=np.zeros(heads), high=np.full(heads, np.inf))
    return SimpleNamespace(crew=crew, axes=SimpleNamespace(shape=shape), years=years, unit=1.0)


def test_equal_seats_are_looked_at_again_where_numbers_fell_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check_equals._Seats, "unlike", lambda self, _: np.arange(len(self.rep)))
    monkeypatch.setattr(check_equals, "_where", lambda _, seats, row: str(row))
    some = seats(weight=[1.0, 1.0, 2.0, 2.0], total=[5.0, 6.0, 9.0, 7.0])
    monkeypatch.setattr(check_equals, "_seats", lambda *_: some)
    plan: Any = SimpleNamespace(targets_file="x")
    assert where(check_equals.check_equals(facts_of((1, 1, 1), 4, 1), plan)) == ["2"]


def test_reps_are_in_order_within_their_period_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two groups in three periods with one product; only in the last is somebody out of order."""
    monkeypatch.setattr(check_equals, "_where", lambda _, seats, row: str(row))
    some = seats(
        group=[0, 0, 1, 1, 1, 1], period=[1, 2, 0, 1, 2, 2], reference=[1.0, 1, 2, 2, 2, 3],
        total=[9.0, 9.0, 5.0, 5.0, 6.0, 3.0],
    )  # fmt: skip
    monkeypatch.setattr(check_equals, "_seats", lambda *_: some)
    rows = SimpleNamespace(by_rep=lambda _: np.zeros((6, 3)))
    plan: Any = SimpleNamespace(rows=rows, targets_file="x")
    assert where(check_equals.check_order(facts_of((1, 3, 1), 6, 3), plan)) == ["5"]


def test_an_unknown_label_on_every_long_axis_is_no_place() -> None:
    length = 40_000
    texts = pd.Series(["known", "odd"])
    axis = (lambda labels: np.where(labels == "known", length - 1, -1), texts, length)
    placed = joint(axis, axis)
    assert placed[0] == length**2 - 1
    assert placed[1] < 0


def test_a_blank_cell_is_not_the_same_as_any_text() -> None:
    assert same(pd.Categorical(["a", None, "b"]), "a").tolist() == [True, False, False]


def test_a_plain_table_is_read_by_columns() -> None:
    table = _plain_csv(b"rep,target\nAnn,1\nBob,2\n", ["target"])
    assert table is not None
    assert table.column_names == ["rep", "target"]
    assert table["target"].to_pylist() == [1.0, 2.0]


def test_a_group_without_a_reference_has_no_share_near_it() -> None:
    none = np.array([np.nan, np.nan])
    owners: Any = SimpleNamespace(reference=np.zeros(2), target=np.ones(2), multiple=none, acts={})
    frame = pd.DataFrame({
        "name": ["East"], "reps": [2.0], "within_10": [np.nan], "within_20": [np.nan],
        "reference": [0.0], "target": [2.0], "multiple": [np.nan], "limits": [""],
    })  # fmt: skip
    facts: Any = SimpleNamespace(unit=1.0)
    members = np.zeros(2, dtype=np.int64)
    with np.errstate(invalid="raise"):
        told = where(_figures(facts, owners, frame, "region", members, np.array([0]), "x"))
    assert not [one for one in told if "within" in one]


def test_strange_locks_are_told_in_order(draft: Draft) -> None:
    row = {"rep": "*", "product": "Twin", "owner": "a", "reason": "b", "expires": "",
           "amount": 1.0, "price": 0.0, "text": "a b"}  # fmt: skip
    frame = pd.DataFrame([
        {"period": period, "region": region, **row}
        for period, region in (("2024Q2", "West"), ("2024Q1", "West"), ("2024Q2", "East"))
    ])  # fmt: skip
    facts = draft.of(locks=()).facts
    limits = pd.DataFrame(columns=["period", "region", "rep", "product", "shadow_price"])
    told = where(check_lock_rows(facts, limits, frame, "x"))
    assert told == ["2024Q1, West, *, Twin", "2024Q2, East, *, Twin", "2024Q2, West, *, Twin"]
    locks = tuple(Lock((period, 2, 1), -1, 1.0, "a", "b", "") for period in (1, 0))
    told = where(check_lock_rows(draft.of(locks=locks).facts, limits, frame[:0], "x"))
    assert told == sorted(told)
    assert len(told) == 2


def test_a_period_that_was_never_seen_has_the_mix_of_the_others(tmp_path: Path) -> None:
    toml = 'periods = ["2024Q1", "2024Q2"]\ngoal = 200\n'
    rows = "period,region,product,amount\n" + "".join(
        f"2023Q1,{region},{product},{amount}\n"
        for region, product, amount in (
            ("A", "x", 40),
            ("A", "y", 10),
            ("B", "x", 10),
            ("B", "y", 40),
        )
    )
    facts, failures = read(
        tmp_path, toml, history=rows, regions="region\nA\nB\n", products="product\nx\ny\n"
    )
    assert not failures
    ask = facts.reference.ask
    assert ask[:, 1] == pytest.approx(ask[:, 0])
    assert ask[0, 1, 0] / ask[0, 1, 1] == pytest.approx(ask[0, 0, 0] / ask[0, 0, 1])
    assert ask[0, 0, 0] > 3 * ask[0, 0, 1]


@pytest.mark.parametrize(
    ("rows", "whole"),
    [
        ({(0, 0): 1.0, (0, 1): 2.0, (1, 1): 4.0}, 7.0),
        ({(0, 0): 1.0, (0, -1): 2.0, (1, 1): 4.0}, 6.0),
        ({(0, 0): 1.0, (-1, 0): 2.0, (1, 1): 4.0}, 6.0),
        ({(0, 0): 1.0, (-1, -1): 2.0}, 2.0),
        ({(0, -1): 1.0, (-1, -1): 2.0}, 2.0),
        ({(-1, 1): 1.0, (-1, -1): 2.0}, 2.0),
        ({(0, -1): 1.0, (-1, 1): 2.0}, 3.0),
        ({}, np.nan),
    ],
)
def test_a_market_inside_a_wider_one_is_not_added_to_it(
    rows: dict[tuple[int, int], float], whole: float
) -> None:
    """Markets of one region by (period, product), -1 for all of them."""
    period, product = np.array(list(rows), dtype=np.int64).reshape(-1, 2).T
    markets = SimpleNamespace(
        places=(np.zeros_like(period), period, product), given=np.array(list(rows.values()))
    )
    tree = SimpleNamespace(names=["A"], leaf_node=np.array([0]))
    axes = SimpleNamespace(tree=tree, shape=(1, 2, 2))
    facts: Any = SimpleNamespace(axes=axes, markets=markets, crew=None)
    none: Any = None
    assert _markets(facts, none) == pytest.approx([whole], nan_ok=True)


def test_what_rounding_moves_grows_with_the_cells_under_a_label(tmp_path: Path) -> None:
    """Two regions of an area and one beside it, three periods, two products."""
    toml = 'periods = ["2024Q1", "2024Q2", "2024Q3"]\ngoal = 200\n'
    facts, failures = read(
        tmp_path,
        toml,
        regions="region,parent\nHome,\nA,Home\nB,Home\nC,\n",
        products="product\nx\ny\n",
    )
    assert not failures
    assert facts.axes.shape == (3, 3, 2)
    found = _sizes(
        facts.axes, pd.Index(["*", "2024Q2"]), pd.Index(["*", "Home", "A"]), pd.Index(["y", "*"])
    )
    assert [sizes.tolist() for sizes in found] == [[3.0, 1.0], [3.0, 2.0, 1.0], [1.0, 2.0]]


@pytest.mark.parametrize(("rep", "told"), [("", []), ("Zoe", ["row 0, rep"])])
def test_a_plan_without_people_has_rows_of_nobody(
    tmp_path: Path, rep: str, told: list[str]
) -> None:
    facts, _ = read(tmp_path, 'periods = ["2024Q1"]\ngoal = 10\n', regions="region\nA\n")
    assert facts.crew is None
    frame = pd.DataFrame({"period": ["2024Q1"], "region": ["A"], "product": ["all"], "rep": [rep]})
    assert where(_strange_rows(facts, frame, "targets.csv")) == told


@pytest.mark.parametrize("wanted", [{"other"}, {"rep"}])
def test_a_table_without_the_wanted_columns_has_no_rows(tmp_path: Path, wanted: set[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text("rep,target\nAnn,1\nBob,2\n", encoding="utf-8")
    frame, names = read_columns(path, (), wanted)
    assert len(frame) == (2 if "rep" in wanted else 0)
    assert names == ("rep", "target")


def test_inputs_that_cannot_be_read_are_told_and_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = write_world(
        tmp_path / "world",
        {"name": "w", "periods": ["2024Q1"], "goal": 10},
        people=[{"rep": "Ann", "region": "A"}],
    )
    plan(world, tmp_path / "run")

    def broken(*_: object) -> None:
        raise UnreadableError("people.csv cannot be read")

    monkeypatch.setattr(verify, "_facts", broken)
    told = verify.verify_run(tmp_path / "run")
    assert [one for one in told.failures if "people.csv cannot be read" in str(one)]
