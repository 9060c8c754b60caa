"""The verifier's own arithmetic, against figures worked out by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.inputs.load import load_scenarios
from optimizer.pipeline import plan
from optimizer.problem.build import build_instance
from optimizer.verify.amounts import above, differ, whole
from optimizer.verify.axes import place
from optimizer.verify.check_fairness import _correlations, _gini
from optimizer.verify.crew import whole_down, whole_up
from optimizer.verify.cube import ALL, grow_tree, inside, margins, spread
from optimizer.verify.facts import Facts, read_facts
from optimizer.verify.files import UnreadableError, read_texts, unguarded
from optimizer.verify.layout import ROLLUP, TARGETS, read_table
from optimizer.verify.months import months_of_label, months_of_periods, ramp_share
from optimizer.verify.terms import read_terms
from optimizer.verify.written import Plan, lay_out

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


SEASONS = 'periods = ["Spring", "Summer"]\ngoal = 100\n'
STARTS = "period,start\nSpring,2024-03-01\nSummer,2024-06-01\n"


@pytest.mark.parametrize(
    ("history", "asked"),
    [
        ("period,amount\nSpring,30\nSummer,10\n", [75.0, 25.0]),
        ("period,amount\nSpring,30\n", [50.0, 50.0]),
        ("period,date,amount\nSpring,2023-03-01,30\nSummer,2023-06-01,10\n", [50.0, 50.0]),
        ("period,amount\nSpring,30\nSummer,10\n2023Q2,900\n", [75.0, 25.0]),
    ],
    ids=["both", "one", "dated but no whole year", "a dated one beside them"],
)
@pytest.mark.parametrize("starts", [True, False])
def test_undated_labels_of_history_are_like_periods_where_none_is_missing(
    tmp_path: Path, history: str, asked: list[float], starts: bool
) -> None:
    tables = {"periods": STARTS} if starts else {}
    if not starts and "date" in history:
        asked = [75.0, 25.0]  # without a start, labels are all there is
    facts = facts_of(tmp_path, SEASONS, history=history, **tables)
    assert facts.reference.ask[0, :, 0] == pytest.approx(asked)
    scenario = load_scenarios(tmp_path / "scenario").scenarios[0]
    assert build_instance(scenario).reference[0, :, 0] == pytest.approx(asked)


def test_people_of_the_main_measure_come_without_their_amounts(tmp_path: Path) -> None:
    toml = """
        periods = ["2024"]
        goal = 1000
        [measure.customers]
        goal = 20
        [measure.visits]
        goal = 20
        tables = { people = "visitors" }
    """
    people = "rep,region,capacity,min,resource\nAnn,East,500,100,2\n"
    main = facts_of(tmp_path, toml, people=people, visitors=people.replace("500,100", "9,5"))
    terms = read_terms(tomllib.loads(toml))
    crews = [main.crew, *(read_facts(tmp_path, one)[0].crew for one in terms[1:])]
    limits = [(crew.low[0, 0], crew.high[0, 0], crew.weight[0, 0]) for crew in crews if crew]
    assert limits == [(100, 500, 2), (0, np.inf, 2), (5, 9, 2)]


def test_without_a_main_measure_people_are_everybodys(tmp_path: Path) -> None:
    toml = 'periods = ["2024"]\n[measure.a]\ngoal = 10\n[measure.b]\ngoal = 20\n'
    assert not any(one.borrows_people for one in read_terms(tomllib.loads(toml)))


def test_correlations_are_those_of_the_textbook(tmp_path: Path) -> None:
    regions = "region,share\nA,0.5\nB,0.3\nC,0.2\n"
    potential = (
        "region,period,potential\nA,,900\nA,2024Q1,800\nB,2024Q1,300\nB,2024Q2,350\nC,,500\n"
    )
    history = "period,region,amount\n2020,A,10\n2020,B,70\n2021,B,5\n2020,C,20\n2020,,999\n"
    toml = 'periods = ["2024Q1", "2024Q2"]\ngoal = 100\n'
    run = tmp_path / "run"
    facts_of(tmp_path, toml, regions=regions, potential=potential, history=history)
    plan(tmp_path / "scenario", run)
    facts, _ = read_facts(run, read_terms(tomllib.loads(toml))[0])
    written = pd.read_csv(run / "targets.csv").groupby("region")["target"].sum()
    found = _correlations(facts, _plan_of(run, facts))
    for name, other in (("potential", [900, 650, 500]), ("history", [10, 75, 20])):
        expected = np.corrcoef(written[["A", "B", "C"]], other)[0, 1]
        assert found[f"correlation_{name}"] == pytest.approx(expected, abs=1e-9)


def _plan_of(run: Path, facts: Facts) -> Plan:
    targets, rollup = (read_table(run, layout, ["amount"]).frame for layout in (TARGETS, ROLLUP))
    assert targets is not None
    assert rollup is not None
    laid_out, failures = lay_out(facts, targets, rollup, "targets.csv")
    assert not failures
    return laid_out
