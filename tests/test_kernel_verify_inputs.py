"""What a plan must keep, read from inputs: every setting and column, worked out by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from verify_plans import read

from optimizer.verify.bands import Band
from optimizer.verify.crew import _by_history, _by_rank
from optimizer.verify.facts import Facts, Lock, label, nearest
from optimizer.verify.files import UnreadableError
from optimizer.verify.past import _whole_years
from optimizer.verify.reference import reference_ask
from optimizer.verify.shares import first_alike
from optimizer.verify.tables import read_tables
from optimizer.verify.terms import read_terms

ALL = -1
TOML = """
name = "rich"
seed = 7
periods = ["2024Q3", "Autumn", "Late"]
rounding = 5
as_of = 2024-06-30
goal = { growth = 0.25, base = ["2023Q3", "Autumn", "Late"], floor = 700 }
tables = { potential = "markets" }
[levels]
stretch = 1.5
[buffers]
potential = 0.1
capacity = 0.2
over_assignment = { region = 0.05, rep = 0.1 }
[tolerance]
period = 0.1
[ability]
top = { share = 0.5, factor = 1.5 }
bottom = { share = 0.25, factor = 0.5 }
[ramp]
factors = [0.25, 0.5]
[advice]
never = ["rep"]
"""
TABLES = {
    "periods": "period,start\n2024Q3,\nAutumn,2024-10-01\nLate,2024-12-15\n",
    "regions": """region,parent,share,min_share,max_share
Coast,,0.6,,0.9
East,Coast,,,
South,Coast,0.25,0.2,
West,,,,
""",
    "products": "product,share,effort,min_share\nMES,3,1.5,\nTwin,1,,0.1\n",
    "people": """rep,region,team,start,ability,resource,fte,capacity,min,products,floor,stretch
Bob,East,A,,,,,,,,,
Ann,East,A,2024-09-01,,2,0.5,100,23,MES; Twin,0.5,
Cid,East,,,,,,,,,,
Dee,East,,2024-12-01,,,,60,,Twin,,1.4
Eve,West,B,,0.9,,,,,,,
Not,Coast,,,,,,,,,,
""",
    "capacity": "rep,period,capacity,min\nAnn,Autumn,77,\nDee,Late,,9\nZoe,Late,5,\n",
    "markets": "period,region,product,potential\n2024Q3,East,MES,93\n,West,,0\nLate,Far,,5\n",
    "history": """period,date,region,team,rep,product,amount
2023Q3,,East,,Bob,MES,100
,2023-08-05,,,Ann,Twin,60
Autumn,,,A,,MES,40
Late,,South,,,,20
2023Q4,,West,,,Twin,30
,,West,,Cid,,7
2022,,,,Dee,,12
""",
    "locks": """period,region,product,rep,amount,owner,reason,expires
Late,East,,,50,b,r,2024-06-30
,,MES,Bob,20,,,
Autumn,,,Ann,7,,,2024-06-29
Late,Far,,,1,,,
,,,Zoe,1,,,
""",
    "shares": """period,region,product,share,min_share,max_share
Late,,,0.3,,
Late,East,,0.4,,0.6
,East,Twin,0.2,0.1,
,,MES,0.7,,
""",
}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, list[str]]:
    return read(tmp_path_factory.mktemp("rich"), TOML, **TABLES)


def test_labels_that_nothing_knows_are_told_with_their_row(rich: tuple[Facts, list[str]]) -> None:
    assert rich[1] == [
        "scenario/capacity.csv, row 4, rep: Zoe is not a known rep",
        "scenario/markets.csv, row 4, region: Far is not a known region",
        "scenario/locks.csv, row 5, region: Far is not a known region",
        "scenario/locks.csv, row 6, rep: Zoe is not a known rep",
    ]


def test_settings_are_read_as_they_stand(rich: tuple[Facts, list[str]]) -> None:
    terms = rich[0].terms
    assert (terms.name, terms.seed, terms.measure) == ("rich", 7, "amount")
    assert (terms.goal, terms.floor, terms.stretch) == (None, 700, None)
    assert (terms.growth, terms.base) == (0.25, ("2023Q3", "Autumn", "Late"))
    assert (terms.floor_level, terms.stretch_level, terms.rounding) == (0.8, 1.5, 5)
    assert (terms.as_of, terms.never) == ("2024-06-30", ("rep",))
    assert (terms.potential_buffer, terms.capacity_buffer) == (0.1, 0.2)
    assert (terms.over_region, terms.over_rep, terms.tolerance) == (0.05, 0.1, {"period": 0.1})
    assert (terms.top, terms.bottom, terms.ramp) == ((0.5, 1.5), (0.25, 0.5), (0.25, 0.5))
    assert not terms.from_history


def test_what_is_not_set_has_its_default() -> None:
    (terms,) = read_terms({"goal": 10, "rounding": 0, "as_of": "2024-01-01"})
    assert (terms.name, terms.seed, terms.periods, terms.goal) == (None, 0, (), 10)
    assert (terms.floor_level, terms.stretch_level, terms.unit) == (0.8, 1.2, 1e-6)
    assert (terms.top, terms.bottom, terms.ramp) == ((0.2, 1.2), (0.2, 0.8), ())
    assert (terms.potential_buffer, terms.capacity_buffer) == (0, 0)
    assert (terms.over_region, terms.over_rep) == (0, 0)
    assert (terms.as_of, terms.tolerance, terms.stems) == ("2024-01-01", {}, {})
    assert read_terms({"goal": 1})[0].unit == 1
    assert read_terms({"goal": 1, "ability": {"from": "history"}})[0].from_history
    assert read_terms({"goal": 1, "tolerance": {"region": None}})[0].tolerance == {"region": 0}


@pytest.mark.parametrize(
    "settings",
    [
        {}, {"goal": True}, {"goal": "9"}, {"goal": 1, "rounding": "x"}, {"goal": 1, "periods": 3},
        {"goal": 1, "levels": 3}, {"goal": 1, "ramp": {"factors": 3}},
        {"goal": 1, "ramp": {"factors": ["a"]}}, {"goal": 1, "measure": {"a": 3}},
    ],
)  # fmt: skip
def test_settings_of_the_wrong_kind_cannot_be_understood(settings: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        read_terms(settings)


def test_measures_take_what_is_shared_and_leave_amounts_of_the_main_one() -> None:
    settings = tomllib.loads("""
        goal = 10
        rounding = 2
        levels = { floor = 0.7, stretch = 1.3 }
        tables = { people = "staff", products = "goods" }
        [measure.a]
        goal = 5
        levels = { floor = 0.6 }
        tables = { history = "old" }
        [measure.b]
        goal = 6
        rounding = 1
        tables = { people = "others" }
    """)
    main, a, b = read_terms(settings)
    assert [one.measure for one in (main, a, b)] == ["amount", "a", "b"]
    assert main.stems == {"people": "staff", "products": "goods"}
    gone = dict.fromkeys(("potential", "locks", "shares", "capacity"), "")
    assert a.stems == {**main.stems, **gone, "history": "old"}
    assert b.stems == {**gone, "history": "", "people": "others", "products": "goods"}
    assert [one.borrows_people for one in (main, a, b)] == [False, True, False]
    assert (a.floor_level, a.stretch_level, a.unit, a.goal) == (0.6, 1.3, 2, 5)
    assert (b.floor_level, b.stretch_level, b.unit, b.goal) == (0.7, 1.3, 1, 6)
    settings.pop("goal")
    alone, _ = read_terms(settings)
    assert (alone.measure, alone.borrows_people) == ("a", False)
    assert alone.stems == {"people": "staff", "products": "goods", "history": "old"}


def test_axes_are_those_of_the_tables(rich: tuple[Facts, list[str]]) -> None:
    axes = rich[0].axes
    assert axes.months == ((24294, 3), (24297, 2), (24299, 2))
    assert (axes.products, axes.shape) == (("MES", "Twin"), (3, 3, 2))
    assert axes.tree.names == ("*", "Coast", "East", "South", "West")
    assert axes.node(pd.Series(["", "*", "Coast", "West", "Far"])).tolist() == [0, 0, 1, 4, -2]
    assert axes.leaf(pd.Series(["", "East", "Coast", "West"])).tolist() == [-2, 0, -2, 2]
    assert axes.product(pd.Series(["*", "Twin", "x"])).tolist() == [-1, 1, -2]
    assert first_alike(axes) == [0, 1, 2]


def test_levels_are_whole_units_of_what_was_sold_and_its_growth(
    rich: tuple[Facts, list[str]],
) -> None:
    # 100 + 60 in 2023Q3, 40 and 20 by label; 1.25 of that, and 1.5 of it in fives.
    facts = rich[0]
    assert (facts.goal, facts.floor_goal, facts.stretch_goal) == (275, 700, 415)
    assert facts.ask_total == pytest.approx(288.75)
    assert facts.floor_ratio == pytest.approx(700 / 275)
    assert [nearest(one, 5.0) for one in (12.4, 12.5, 12.4999999999, 17.5)] == [10, 15, 15, 20]


def test_bands_are_limits_of_the_table_else_tolerances(rich: tuple[Facts, list[str]]) -> None:
    third = pytest.approx(1 / 3 - 0.1), pytest.approx(1 / 3 + 0.1)
    whole = (ALL, 0, ALL)
    assert list(rich[0].bands) == [
        *(Band("period_share", (q, 0, ALL), whole, *third) for q in range(3)),
        Band("product_share", (ALL, 0, 0), whole, 0.75, 0.75),
        Band("product_share", (ALL, 0, 1), whole, 0.1, 0.25),
        Band("region_share", (ALL, 1, ALL), whole, 0.6, 0.9),
        Band("region_share", (ALL, 3, ALL), (ALL, 1, ALL), 0.2, 0.25),
        Band("share", (2, 0, ALL), whole, pytest.approx(0.2), 0.4),
        Band("share", (2, 2, ALL), (2, 0, ALL), 0.4, 0.6),
        Band("share", (ALL, 2, 1), (ALL, 2, ALL), 0.1, 0.2),
        Band("share", (ALL, 0, 0), whole, 0.7, 0.7),
    ]


def test_markets_are_usable_in_whole_units(rich: tuple[Facts, list[str]]) -> None:
    markets = rich[0].markets
    assert markets.slices() == [(0, 2, 0), (ALL, 4, ALL)]
    assert [markets.where(row) for row in (0, 1)] == markets.slices()
    assert markets.given.tolist() == [93, 0]
    assert markets.exact.tolist() == pytest.approx([83.7, 0])
    assert markets.usable.tolist() == [80, 0]
    assert [one.tolist() for one in markets.places] == [[2, 4], [0, -1], [0, -1]]
    assert not rich[0].opened[2].any() and rich[0].opened[:2].all()


def test_locks_hold_to_their_last_day(rich: tuple[Facts, list[str]]) -> None:
    assert rich[0].locks == (
        Lock((2, 2, ALL), ALL, 50.0, "b", "r", "2024-06-30"),
        Lock((ALL, 0, 0), 1, 20.0, "", "", ""),
    )


def test_people_have_weights_and_limits_of_the_inputs(rich: tuple[Facts, list[str]]) -> None:
    crew = rich[0].crew
    assert crew is not None
    none = np.inf
    assert crew.names == ("Ann", "Bob", "Cid", "Dee", "Eve")
    assert crew.teams == ("A", "A", "", "", "B")
    assert (crew.row.tolist(), crew.leaf.tolist()) == ([1, 0, 2, 3, 4], [0, 0, 0, 0, 2])
    assert crew.sells.tolist() == [[True, True]] * 3 + [[False, True], [True, True]]
    # Bob and Ann sold most of four, Cid least; Ann's weight is 1.5 · 2 · 0.5 times her ramp.
    assert crew.ability.tolist() == [1.5, 1.5, 0.5, 1.0, 0.9]
    assert crew.resource.tolist() == [2, 1, 1, 1, 1]
    ramp = [[0.25 / 3, 0.75, 1], [1] * 3, [1] * 3, [0, 0, 0.375], [1] * 3]
    factor = np.array([1.5, 1.5, 0.5, 1.0, 0.9])
    assert crew.weight.tolist() == [pytest.approx(row) for row in factor[:, None] * np.array(ramp)]
    assert crew.low.tolist() == [[5, 20, 25], [0] * 3, [0] * 3, [0, 0, 10], [0] * 3]
    raw = [[100 / 12, 77, 100], [none] * 3, [none] * 3, [0, 0, 22.5], [none] * 3]
    assert crew.raw_high.tolist() == [pytest.approx(row) for row in raw]
    usable = [pytest.approx([0.8 * one for one in row]) for row in raw]
    assert crew.high.tolist() == crew.exact_high.tolist() == usable
    assert (crew.effort.tolist(), crew.by_effort) == ([1.5, 1.0], True)
    assert crew.groups[0].tolist() == [0, 0, 0, 1, 2]
    assert crew.groups[1].tolist() == [0, 3, 4]
    for found, due in ((crew.floor_ratio, {0: 0.5}), (crew.stretch_ratio, {3: 1.4})):
        assert {rep: one for rep, one in enumerate(found.tolist()) if one == one} == due
    amounts = np.arange(10.0).reshape(5, 2)
    assert crew.sums(amounts, 3).tolist() == [[12, 16], [0, 0], [8, 9]]
    assert crew.somebody(amounts > 6, 3).tolist() == [[False, True], [False] * 2, [True, True]]


def test_reference_has_the_shares_and_the_mix_of_history(rich: tuple[Facts, list[str]]) -> None:
    ask = rich[0].reference.ask
    assert rich[0].reference.exact
    assert ask.sum(axis=(1, 2)).tolist() == pytest.approx([288.75 * 0.75, 288.75 * 0.25, 0])
    assert ask.sum(axis=(0, 2)).tolist() == pytest.approx([96.25] * 3)
    assert ask.sum(axis=(0, 1)).tolist() == pytest.approx([288.75 * 0.75, 288.75 * 0.25])
    sold = np.zeros((2, 3, 2))
    sold[0, 0], sold[0, 1, 0], sold[1, 2] = [100, 60], 40, [15, 5]
    even = np.einsum("r,q,p->rqp", [0.45, 0.15], np.ones(3) / 3, [0.75, 0.25])
    base = 0.99 * sold / 220 + 0.01 * even
    # Fitting to shares keeps every ratio of ratios of cells.
    ratios = []
    for cells in (ask[:2], base):
        mixed = cells / (cells[:, :1] * cells[:1] / cells[:1, :1])
        ratios.append((mixed / mixed[:, :, :1]).ravel().tolist())
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-6)


def test_targets_of_reps_are_parts_by_weight(rich: tuple[Facts, list[str]]) -> None:
    facts = rich[0]
    assert facts.targets is not None and facts.crew is not None
    asked = facts.reference.ask.sum(axis=2)[0]
    weight = facts.crew.weight[:4]
    due = 1.1 * asked * weight / weight.sum(axis=0)
    assert facts.targets[:4].tolist() == [pytest.approx(row) for row in due]
    assert not facts.targets[4].any()
    assert facts.staffed.tolist() == [[True] * 3, [False] * 3, [False] * 3]


def test_past_rows_stand_where_their_labels_or_people_are(rich: tuple[Facts, list[str]]) -> None:
    past = rich[0].past
    assert past is not None
    assert past.leaf.tolist() == [0, 0, 0, 1, 2, 2, 0]
    assert past.period.tolist() == [0, 0, 1, 2, -2, -1, -2]
    assert past.product.tolist() == [0, 1, 0, -1, 1, -1, -1]
    assert past.whole.tolist() == [False] * 6 + [True]
    assert past.dated.tolist() == [True, True, False, False, True, False, True]


def test_slices_are_told_by_their_labels(rich: tuple[Facts, list[str]]) -> None:
    axes = rich[0].axes
    assert label(axes, (0, 2, 0)) == "2024Q3, East, MES"
    assert label(axes, (ALL, 0, ALL), "rep Ann") == "*, *, *, rep Ann"


# ---------------------------------------------------------------- ability


@pytest.mark.parametrize(
    ("amounts", "top", "bottom", "factors"),
    [
        ([50, 40, 30, 20, 10], 0.2, 0.2, [1.2, 1, 1, 1, 0.8]),
        ([50, 40, 30, 20, 10], 0.4, 0.59, [1.2, 1.2, 1, 0.8, 0.8]),
        ([50, 40, 30, 20, 10], 0.6, 0.6, [1.2, 1.2, 1.2, 0.8, 0.8]),
        ([50, 50, 30, 10, 10], 0.2, 0.2, [1, 1, 1, 1, 1]),
        ([50, 50, 30, 10, 10], 0.4, 0.4, [1.2, 1.2, 1, 0.8, 0.8]),
        ([np.nan, 50, 30, 10, np.nan], 0.2, 0.2, [1, 1.2, 1, 0.8, 1]),
        ([np.nan, 50, np.nan], 1.0, 1.0, [1, 1.2, 1]),
        ([10, 20, 30], 0.3, 0.3, [1, 1, 1]),
    ],
)
def test_factors_go_by_rank_and_ties_at_a_cut_get_none(
    amounts: list[float], top: float, bottom: float, factors: list[float]
) -> None:
    settings = {"goal": 1, "ability": {"top": {"share": top}, "bottom": {"share": bottom}}}
    (terms,) = read_terms(settings)
    assert _by_rank(np.array(amounts, dtype=float), terms).tolist() == factors


def test_weights_go_by_history_one_on_average() -> None:
    assert _by_history(np.array([10.0, 30.0, np.nan])).tolist() == [0.5, 1.5, 1.0]
    assert _by_history(np.array([0.25, 0.75])).tolist() == [0.5, 1.5]
    assert _by_history(np.array([np.nan, np.nan])).tolist() == [1.0, 1.0]
    assert _by_history(np.array([0.0, 0.0])).tolist() == [1.0, 1.0]
    assert _by_history(np.array([-5.0, 2.0])).tolist() == [1.0, 1.0]


def test_ability_of_history_is_that_of_each_region(tmp_path: Path) -> None:
    facts, failures = read(
        tmp_path,
        'periods = ["2024"]\ngoal = 100\nability = { from = "history" }\n',
        people="rep,region,ability\nA,East,\nB,East,\nC,East,3\nD,West,\nE,West,\n",
        history="rep,amount\nA,10\nB,30\nC,999\nD,5\n",
    )
    assert not failures
    assert facts.crew is not None
    assert facts.crew.ability.tolist() == [0.5, 1.5, 3.0, 1.0, 1.0]
    assert not facts.crew.by_effort


# ---------------------------------------------------------------- shares


def shares_of(folder: Path, toml: str, **tables: str) -> list[float]:
    facts, failures = read(folder, f'periods = ["2024Q1", "2024Q2"]\ngoal = 1200\n{toml}', **tables)
    assert not failures
    return [float(one) for one in facts.reference.ask.sum(axis=(1, 2))]


MARKETS = "region,period,product,potential\n"


@pytest.mark.parametrize(
    ("tables", "regions"),
    [
        ({"history": "region,amount\nA,30\nB,10\nA,20\n"}, [1000, 200]),
        ({"history": "region,amount\nA,30\nB,-10\n"}, [1200, 0]),
        ({"potential": MARKETS + "A,,,700\nB,,,900\n"}, [525, 675]),
        ({"potential": MARKETS + "A,2024Q1,,100\nA,2024Q2,,500\nB,,,900\n"}, [480, 720]),
        ({"potential": MARKETS + "A,2024Q1,,900\nB,,,900\n"}, [600, 600]),
        ({"potential": MARKETS + "A,,x,100\nA,,y,500\nB,,,900\n", "products": "product\nx\ny\n"},
         [480, 720]),
        ({"people": "rep,region,resource\nP,A,1\nQ,A,1\nR,B,6\n"}, [300, 900]),
        ({"people": "rep,region\nP,A\nQ,A\nR,B\n", "potential": MARKETS + "A,,,900\nB,,,900\n"},
         [600, 600]),
        ({"people": "rep,region\nP,A\nQ,A\nR,B\n", "history": "region,amount\nA,0\n"}, [800, 400]),
        ({}, [600, 600]),
    ],
)  # fmt: skip
def test_blank_shares_follow_history_then_markets_then_people(
    tmp_path: Path, tables: dict[str, str], regions: list[float]
) -> None:
    assert shares_of(tmp_path, "", regions="region\nA\nB\n", **tables) == pytest.approx(regions)


def test_blank_shares_of_periods_follow_the_season(tmp_path: Path) -> None:
    rows = "".join(f"2023-{month:02d}-09,{month}\n" for month in range(1, 13))
    facts, _ = read(tmp_path, 'periods = ["2024Q1", "2024Q2", "2025Q1"]\ngoal = 27\n',
                    history=f"date,amount\n{rows}")  # fmt: skip
    # 6, 15 and again 6 of 27: the first quarters of two years are alike.
    assert facts.reference.ask.sum(axis=(0, 2)).tolist() == pytest.approx([6, 15, 6])
    assert first_alike(facts.axes) == [0, 1, 0]
    assert facts.reference.ask.shape == (1, 3, 1)


def test_blank_shares_of_products_and_periods_follow_their_markets(tmp_path: Path) -> None:
    potential = "product,period,potential\nx,2024Q1,100\nx,2024Q2,200\ny,2024Q1,300\ny,2024Q2,600\n"
    facts, failures = read(
        tmp_path, 'periods = ["2024Q1", "2024Q2"]\ngoal = 1200\n', potential=potential
    )
    assert not failures
    assert facts.reference.ask.sum(axis=(0, 1)).tolist() == pytest.approx([300, 900])
    assert facts.reference.ask.sum(axis=(0, 2)).tolist() == pytest.approx([400, 800])


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ("A,2\nB,6\n", [0.25, 0.75]), ("A,0.4\nB,\n", [0.4, 0.6]), ("A,1\nB,\n", [1, 0]),
    ],
)  # fmt: skip
def test_given_shares_are_scaled_and_blank_ones_take_the_rest(
    tmp_path: Path, given: str, shares: list[float]
) -> None:
    found = shares_of(tmp_path, "", regions=f"region,share\n{given}")
    assert found == pytest.approx([1200 * share for share in shares])


# ---------------------------------------------------------------- the reference


def test_shares_that_are_all_zero_belong_to_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="shares of every region that are all 0"):
        shares_of(tmp_path, "", regions="region,share\nA,0\nB,0\n")


def test_a_reference_without_history_is_even_where_cells_are_open() -> None:
    half, closed = np.array([0.5, 0.5]), np.zeros((2, 2, 1), dtype=bool)
    found = reference_ask(half, np.array([0.25, 0.75]), np.ones(1), None, closed, 80.0)
    assert found.ask[:, :, 0].tolist() == [[10, 30], [10, 30]]
    assert found.exact and found.opened.all()
    found = reference_ask(np.array([1.0, 0.0]), half, np.ones(1), None, closed, 80.0)
    assert found.ask[:, :, 0].tolist() == [[40, 40], [0, 0]]
    assert found.opened[:, :, 0].tolist() == [[True, True], [False, False]]
    found = reference_ask(half, half, np.ones(1), None, ~closed, 80.0)
    assert not found.ask.any() and not found.opened.any() and not found.exact


def test_a_region_that_is_closed_leaves_its_share_to_the_others() -> None:
    closed = np.zeros((2, 2, 1), dtype=bool)
    closed[0] = True
    half = np.array([0.5, 0.5])
    found = reference_ask(half, half, np.ones(1), None, closed, 80.0)
    assert found.ask[:, :, 0].tolist() == [[0, 0], [40, 40]] and found.exact


def test_closed_cells_may_keep_the_reference_from_its_shares() -> None:
    closed = np.zeros((2, 2, 1), dtype=bool)
    closed[0, 0] = True
    # The first region must take half the goal in a period that has a tenth of it.
    found = reference_ask(np.array([0.5, 0.5]), np.array([0.9, 0.1]), np.ones(1), None, closed, 80)
    assert not found.exact
    assert found.ask.sum() == pytest.approx(80)
    assert (found.ask > 0).tolist() == found.opened.tolist() == (~closed).tolist()


# ---------------------------------------------------------------- faults of the tables


@pytest.mark.parametrize(
    ("name", "text", "texts", "left"),
    [
        ("people", "rep,region\nA,x\nA,y\n,z\nB,\n",
         ["people.csv, row 4, rep: is blank", "people.csv, row 5, region: is blank",
          "people.csv, row 3: A stands there twice"], ["A"]),
        ("people", "rep,region,capacity\nA,x,many\nB,x,\nC,x,-1\n",
         ["people.csv, row 2, capacity: is not a number (found many)"], ["A", "B", "C"]),
        ("people", "rep,team\nA,x\n", ["people.csv: lacks the column region"], None),
        ("people", "team\nx\n", ["people.csv: lacks the column rep, region"], None),
        ("people", "", ["people.csv: is empty"], None),
        ("people", "rep,region\nA,x\nB,x\n", [], ["A", "B"]),
    ],
)  # fmt: skip
def test_faulty_rows_are_told_and_left_out(
    tmp_path: Path, name: str, text: str, texts: list[str], left: list[str] | None
) -> None:
    (tmp_path / "scenario").mkdir()
    (tmp_path / f"scenario/{name}.csv").write_text(text, encoding="utf-8")
    (terms,) = read_terms({"goal": 1})
    tables = read_tables(tmp_path, terms)
    assert [one.text.removeprefix("scenario/") for one in tables.failures] == texts
    frame = tables.get(name)
    assert (None if frame is None else list(frame["rep"])) == left


def test_keys_of_two_columns_are_told_with_both(tmp_path: Path) -> None:
    (tmp_path / "scenario").mkdir()
    text = "rep,period,capacity\nA,Q1,1\nA,Q2,1\nA,Q1,2\n"
    (tmp_path / "scenario/capacity.csv").write_text(text, encoding="utf-8")
    tables = read_tables(tmp_path, read_terms({"goal": 1})[0])
    assert [one.text for one in tables.failures] == [
        "scenario/capacity.csv, row 4: A, Q1 stands there twice"
    ]
    frame = tables.get("capacity")
    assert frame is not None
    assert frame["capacity"].tolist() == [1, 1]


def test_a_table_named_in_the_settings_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "scenario").mkdir()
    terms = read_terms({"goal": 1, "tables": {"people": "staff"}})[0]
    tables = read_tables(tmp_path, terms)
    assert [one.text for one in tables.failures] == ["scenario/staff.csv: is missing"]


@pytest.mark.parametrize("periods", ["[]", '["2024Q1", "2024Q1"]'])
def test_periods_are_named_once(tmp_path: Path, periods: str) -> None:
    with pytest.raises(UnreadableError, match="names no periods"):
        read(tmp_path, f"periods = {periods}\ngoal = 1\n")


def test_labels_come_from_any_table_where_none_lists_them(tmp_path: Path) -> None:
    facts, failures = read(
        tmp_path,
        'periods = ["2024"]\ngoal = 1\n',
        people="rep,region,products\nA,North,x; y\n",
        history="region,product,amount\nSouth,z,1\n",
        shares="region,product,share\nWest,x,0.5\n",
        locks="region,product,rep,amount\n,,A,1\n",
    )
    assert not failures
    assert facts.axes.products == ("x", "y", "z")
    assert facts.axes.tree.leaves == ("North", "South", "West")
    bare, _ = read(tmp_path / "bare", 'periods = ["2024"]\ngoal = 1\n')
    assert (bare.axes.products, bare.axes.tree.names) == (("all",), ("*", "all"))


def test_unknown_periods_and_products_are_told(tmp_path: Path) -> None:
    _, failures = read(
        tmp_path,
        'periods = ["2024"]\ngoal = 1\n',
        products="product\nx\n",
        history="period,product,amount\n1999,y,1\n2024,x,1\n",
        potential="period,product,potential\n1999,x,1\n2024,*,1\n",
    )
    assert failures == [
        "scenario/potential.csv, row 2, period: 1999 is not a known period",
        "scenario/history.csv, row 2, product: y is not a known product",
    ]


# ---------------------------------------------------------------- limits of a year


@pytest.mark.parametrize(
    ("history", "grown"),
    [
        ("2023Q1,A,100\n2023Q2,A,20\n2023Q1,B,5\n2023Q2,B,-9\n", [150, 0, np.inf]),
        ("2023Q1,A,100\n2023Q2,B,20\n", [125, 25, np.inf]),
        ("2023Q1,A,100\n", [np.inf] * 3),
        ("2023Q1,A,100\n2023Q2,,20\n", [np.inf] * 3),
        ("2023,A,100\n", [np.inf] * 3),
        ("2023Q1,A,100\n2023Q2,A,20\n2022Q1,A,5\n2023Q3,A,70\nlong ago,A,9\n",
         [150, np.inf, np.inf]),
        ("2023-01,A,1\n2023-02,A,1\n2023-03,A,1\n2023Q2,A,1\n", [5, np.inf, np.inf]),
        ("2023-01,A,1\n2023-02,A,1\n2023Q2,A,1\n", [np.inf] * 3),
    ],
)  # fmt: skip
def test_growth_is_on_what_was_sold_in_the_same_months(
    tmp_path: Path, history: str, grown: list[float]
) -> None:
    facts, _ = read(
        tmp_path,
        'periods = ["2024Q1", "2024Q2"]\ngoal = 1000\nrounding = 2\n',
        people="rep,region,max_growth,min_total,max_total\nA,x,0.25,3,\nB,x,0.25,,40.5\nC,x,,,\n",
        history=f"period,rep,amount\n{history}",
    )
    years = facts.years
    assert years is not None
    assert years.grown.tolist() == pytest.approx(grown)
    assert (years.low.tolist(), years.least.tolist()) == ([4, 0, 0], [3, 0, 0])
    most = np.minimum([np.inf, 40.5, np.inf], grown)
    assert years.exact_high.tolist() == pytest.approx(most.tolist())
    assert years.high.tolist() == pytest.approx((np.floor(most / 2) * 2).tolist())


def test_growth_needs_dated_periods_and_a_history(tmp_path: Path) -> None:
    people = "rep,region,max_growth\nA,x,0.25\n"
    rows = "period,rep,amount\n2023Q1,A,100\n"
    toml = 'periods = ["Spring"]\ngoal = 1000\n'
    undated, _ = read(tmp_path / "a", toml, people=people, history=rows)
    none, _ = read(tmp_path / "b", 'periods = ["2024Q1"]\ngoal = 1000\n', people=people)
    for facts in (undated, none):
        assert facts.years is not None and facts.years.grown.tolist() == [np.inf]
    regional, _ = read(tmp_path / "c", toml, history=rows)
    assert regional.years is None


def test_an_empty_history_is_none(tmp_path: Path) -> None:
    facts, failures = read(tmp_path, 'periods = ["2024"]\ngoal = 5\n', history="region,amount\n")
    assert facts.past is None and not failures
    growth = 'periods = ["2024"]\ngoal = { growth = 0.5, base = ["2023"] }\n'
    nothing, _ = read(tmp_path / "growth", growth)
    assert (nothing.goal, nothing.floor_ratio) == (0.0, 0.0)


def test_no_growth_is_what_was_sold(tmp_path: Path) -> None:
    rows = "period,amount\n2023,100\n"
    toml = 'periods = ["2024"]\ngoal = { growth = 0.0, base = ["2023"] }\n'
    facts, failures = read(tmp_path, toml, history=rows)
    assert (facts.goal, failures) == (100.0, [])


@pytest.mark.parametrize("size", [1.0, 1000.0])
def test_seasons_are_learned_from_sales_of_any_size(tmp_path: Path, size: float) -> None:
    parts = {"2023Q1": 0.25, "2023Q2": 0.75, "2023Q3": 0.5, "2023Q4": 0.5}
    rows = "period,amount\n" + "".join(f"{name},{part * size}\n" for name, part in parts.items())
    toml = 'periods = ["2024Q1", "2024Q2"]\ngoal = 100\n'
    facts, failures = read(tmp_path, toml, history=rows)
    assert not failures
    assert facts.reference.ask.sum(axis=(0, 2)).tolist() == pytest.approx([25.0, 75.0])


@pytest.mark.parametrize(("market", "is_open"), [(0.5, True), (0.0, False)])
def test_a_small_market_is_one(tmp_path: Path, market: float, is_open: bool) -> None:
    facts, _ = read(
        tmp_path, 'periods = ["2024"]\ngoal = 10\nrounding = 0.1\n', regions="region\nA\nB\n",
        potential=f"region,potential\nA,{market}\n",
    )  # fmt: skip
    assert facts.opened.ravel().tolist() == [is_open, True]


def test_growth_is_on_a_label_that_is_no_date(tmp_path: Path) -> None:
    rows = "period,amount\nAutumn,40\nSpring,7\n2023Q3,100\n"
    for base, goal in (('["Autumn"]', 60.0), ('["2023Q3", "Autumn"]', 210.0)):
        toml = f'periods = ["2024"]\ngoal = {{ growth = 0.5, base = {base} }}\n'
        facts, _ = read(tmp_path / str(goal), toml, history=rows)
        assert facts.goal == goal


def test_a_span_over_the_end_of_a_year_makes_no_year_whole() -> None:
    year = 2023 * 12
    months = [(year + month, 1) for month in range(12)]
    assert _whole_years([*months, None]).tolist() == [True] * 12 + [False]
    assert not _whole_years([*months[:9], (year + 10, 3)]).any()
    assert _whole_years([*months[:9], (year + 9, 3)]).all()
