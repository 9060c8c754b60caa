"""The verifier's own arithmetic, against figures worked out by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.verify.amounts import above, differ, whole
from optimizer.verify.axes import place
from optimizer.verify.check_fairness import _gini
from optimizer.verify.crew import whole_down, whole_up
from optimizer.verify.cube import ALL, grow_tree, inside, margins, spread
from optimizer.verify.facts import Facts, read_facts
from optimizer.verify.files import UnreadableError, read_texts, unguarded
from optimizer.verify.months import months_of_label, months_of_periods, ramp_share
from optimizer.verify.terms import read_terms

REGIONS = {"Coast": "", "East": "Coast", "South": "Coast", "West": "", "Far": ""}


def facts_of(folder: Path, toml: str, **tables: str) -> Facts:
    """Return the facts of a scenario written as text."""
    scenario = folder / "scenario"
    scenario.mkdir()
    for name, text in tables.items():
        (scenario / f"{name}.csv").write_text(text, encoding="utf-8")
    (scenario / "scenario.toml").write_text(toml, encoding="utf-8")
    settings = tomllib.loads(toml)
    facts, failures = read_facts(folder, read_terms(settings)[0])
    assert not failures
    return facts


@pytest.mark.parametrize(
    ("label", "months"),
    [
        ("2024", (24288, 12)), ("2024H2", (24294, 6)), ("2024Q3", (24294, 3)),
        ("2024-12", (24299, 1)), ("2024Q5", None), ("2024-13", None), ("spring", None),
    ],
)  # fmt: skip
def test_months_of_labels(label: str, months: tuple[int, int] | None) -> None:
    assert months_of_label(label) == months


def test_undated_periods_run_to_the_next_start() -> None:
    assert months_of_periods(("a", "b"), {"a": 10, "b": 14}) == ((10, 4), (14, 4))
    assert months_of_periods(("a",), {"a": 10}) == ((10, 3),)
    assert months_of_periods(("a",), {}) == (None,)


@pytest.mark.parametrize(
    ("start", "share"), [(0, 0.5), (1, 0.25), (2, 0.25 / 3), (3, 0.0), (-3, 1.0), (-1, 2.25 / 3)]
)
def test_ramp_is_a_mean_over_months(start: int, share: float) -> None:
    assert ramp_share((0, 3), start, (0.25, 0.5, 0.75)) == pytest.approx(share)


def test_tree_holds_every_region_below_its_parent() -> None:
    tree = grow_tree(REGIONS)
    assert tree.names == ("*", "Coast", "East", "South", "Far", "West")
    assert tree.leaves == ("East", "Far", "South", "West")
    assert tree.under(1).tolist() == [True, False, True, False]
    assert tree.children(0) == [1, 4, 5]


def test_spread_is_the_transpose_of_margins() -> None:
    tree, shape = grow_tree(REGIONS), (4, 2, 3)
    numbers = np.random.default_rng(1)
    cells, prices = numbers.random(shape), numbers.random((6, 3, 4))
    assert (margins(cells, tree) * prices).sum() == pytest.approx(
        (cells * spread(prices, tree)).sum()
    )


def test_margins_of_a_slice_are_its_sum() -> None:
    tree, shape = grow_tree(REGIONS), (4, 2, 3)
    cells = np.arange(24.0).reshape(shape)
    for q, node, p in ((ALL, 0, ALL), (1, 1, ALL), (ALL, 3, 2), (0, 5, 1)):
        members = inside(tree, shape, q, node, p)
        assert margins(cells, tree)[node, q, p] == cells[members].sum()


def test_rounding_inward() -> None:
    assert whole_down(np.array([0.9 * 150, 1.99, np.inf]), 1.0).tolist() == [135, 1, np.inf]
    assert whole_up(np.array([1.01, 2.0, 0.1 * 3 * 10]), 1.0).tolist() == [2, 2, 3]
    assert whole_down(np.array(12345.0), 1e-6) == pytest.approx(12345, abs=1e-9)


def test_comparisons_in_whole_units() -> None:
    amounts = np.array([1.0, 1.5, np.nan, -2.0])
    assert whole(amounts, 1.0).tolist() == [True, False, True, True]
    assert differ(amounts, np.array([1.0, 1.0, np.nan, np.nan]), 1.0).tolist() == [
        False, True, False, True,
    ]  # fmt: skip
    assert above(amounts, np.array([1.0, 1.0, 1.0, -np.inf]), 1.0).tolist() == [
        False, True, False, True,
    ]  # fmt: skip


def test_gini_is_half_the_mean_difference_of_all_pairs() -> None:
    values = np.random.default_rng(2).random(30)
    pairs = np.abs(values[:, None] - values[None, :]).mean()
    assert _gini(values) == pytest.approx(pairs / 2.0 / values.mean())


def test_labels_are_found_and_blank_means_all() -> None:
    found = place(("a", "b"), pd.Series(["b", "", "*", "c"]))
    assert found.tolist() == [1, -1, -1, -2]


def test_formula_guards_come_off() -> None:
    cells = pd.Series(["'=1+1", "'quoted'", "plain", "'-5", ""])
    assert unguarded(cells).tolist() == ["=1+1", "'quoted'", "plain", "-5", ""]


def test_table_of_the_wrong_width_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2,3\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match="as a table"):
        read_texts(tmp_path / "a.csv")


def test_ability_by_rank_and_ties_at_the_cut(tmp_path: Path) -> None:
    sold = [180, 170, 150, 140, 130, 120, 110, 100, 70, 70]
    people = "rep,region,resource\n" + "".join(f"{name},East,\n" for name in "ABCDEFGHIJ")
    history = "rep,amount\n" + "".join(
        f"{name},{amount}\n" for name, amount in zip("ABCDEFGHIJ", sold, strict=True)
    )
    facts = facts_of(tmp_path, 'periods = ["2024"]\ngoal = 1000\n', people=people, history=history)
    assert facts.crew is not None
    assert facts.crew.weight[:, 0].tolist() == [1.2, 1.2, *[1.0] * 6, 0.8, 0.8]


def test_tie_at_the_cut_gets_one(tmp_path: Path) -> None:
    people = "rep,region\n" + "".join(f"{name},East\n" for name in "ABCDE")
    history = "rep,amount\nA,9\nB,9\nC,5\nD,4\n"
    facts = facts_of(tmp_path, 'periods = ["2024"]\ngoal = 100\n', people=people, history=history)
    assert facts.crew is not None
    assert facts.crew.weight[:, 0].tolist() == [1.0, 1.0, 1.0, 0.8, 1.0]


def test_blank_shares_take_what_the_others_leave(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path,
        'periods = ["2024"]\ngoal = 100\n[tolerance]\nregion = 0.1\n',
        regions="region,share,max_share\nEast,0.5,0.55\nSouth,,\nWest,,\n",
        history="region,amount\nSouth,30\nWest,10\nEast,99\n",
    )
    by_region = dict(zip(facts.axes.tree.leaves, facts.reference.ask[:, 0, 0], strict=True))
    assert by_region == pytest.approx({"East": 50.0, "South": 37.5, "West": 12.5})
    bands = {facts.axes.tree.names[band.part[1]]: (band.low, band.high) for band in facts.bands
             if band.kind == "region_share"}  # fmt: skip
    assert bands["East"] == pytest.approx((0.4, 0.55))
    assert bands["South"] == pytest.approx((0.275, 0.475))


def test_like_quarters_of_whole_years_give_the_season(tmp_path: Path) -> None:
    history = "date,amount\n" + "".join(f"2022-{month:02d}-03,{month}\n" for month in range(1, 13))
    facts = facts_of(
        tmp_path,
        'periods = ["2024Q1", "2024Q2"]\ngoal = 210\n',
        history=history + "2023-01-05,9999\n",
    )
    assert facts.reference.ask[0, :, 0] == pytest.approx([60.0, 150.0])
    assert not facts.bands


def test_goal_by_growth(tmp_path: Path) -> None:
    facts = facts_of(
        tmp_path,
        'periods = ["2024Q3"]\ngoal = { growth = 0.35, base = ["2023Q3"] }\n',
        history="period,date,amount\n2023Q3,,1000\n,2023-09-30,37.04\n2023Q4,,5\n",
    )
    assert (facts.goal, facts.floor_goal, facts.stretch_goal) == (1400.0, 1120.0, 1680.0)
