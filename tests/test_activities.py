"""Activities: what targets take in actions, what is left, and where conversion is low."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from cli import main
from optimizer.activities.counts import due_of_rest, steps_needed, weekly_counts
from optimizer.activities.funnel import Funnel
from optimizer.activities.standing import low_conversion
from optimizer.errors import InputError
from optimizer.pipeline import plan

PEOPLE = "rep,region,role\nAnn,East,senior\nBob,East,newcomer\nCid,West,senior\n"
TOML = """
name = "team"
unit = "10k CNY"
goal = 360
periods = ["2024Q1"]
"""
FUNNEL = """
[[funnel]]
steps = ["visit", "demo", "contract"]
conversion = [0.5333, 0.4]
deal_size = 20
"""


def funnel(conversion: list[float | str], size: float, *steps: str) -> Funnel:
    names = steps or tuple(f"step {number}" for number in range(len(conversion) + 1))
    return Funnel(names, tuple(Fraction(str(one)) for one in conversion), Fraction(str(size)))


def write(folder: Path, toml: str = TOML + FUNNEL, **tables: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.toml").write_text(toml, encoding="utf-8")
    for name, text in {"people": PEOPLE, **tables}.items():
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def planned(folder: Path, toml: str = TOML + FUNNEL, **tables: str) -> Path:
    plan(write(folder / "scenario", toml, **tables), folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three reps with 120 each: 6 contracts, 15 demos and 29 visits."""
    return planned(tmp_path_factory.mktemp("team"))


def sales(folder: Path, weeks: int, **each: float) -> Path:
    path = folder / "weeks.csv"
    rows = [f"2024Q1,{week},{rep},{each[rep]}" for week in range(1, weeks + 1) for rep in each]
    path.write_text("\n".join(["period,week,rep,amount", *rows]), encoding="utf-8")
    return path


def done(folder: Path, weeks: int, **each: dict[str, float]) -> Path:
    path = folder / "done.csv"
    rows = [
        f"2024Q1,{week},{rep},{step},{count}"
        for week in range(1, weeks + 1)
        for rep, own in each.items()
        for step, count in own.items()
    ]
    path.write_text("\n".join(["period,week,rep,step,count", *rows]), encoding="utf-8")
    return path


# Worked cases


@pytest.mark.parametrize("rate", ["0.53333", "0.5333", "0.5333333333333333", "8/15"])
def test_an_01_what_is_left_to_do(rate: str) -> None:
    chain = funnel([rate, "0.4"], 20, "visit", "demo", "contract")
    assert steps_needed(chain, Fraction(60)) == (15, 8, 3)
    assert steps_needed(chain, Fraction("40.01")) == (15, 8, 3)
    assert steps_needed(chain, Fraction(40)) == (10, 5, 2)


def test_an_02_demos_for_twenty_customers() -> None:
    assert steps_needed(funnel(["0.4"], 1, "demo", "customer"), Fraction(20)) == (50, 20)
    assert steps_needed(funnel(["0.3"], 1, "demo", "customer"), Fraction(20)) == (67, 20)


def test_an_03_leads_and_opportunities() -> None:
    chain = funnel(["0.4", "0.3333"], 1, "lead", "opportunity", "customer")
    assert steps_needed(chain, Fraction(20)) == (150, 60, 20)


def test_an_04_visits_of_newcomers() -> None:
    assert steps_needed(funnel(["0.0577"], 1), Fraction(15)) == (260, 15)
    assert steps_needed(funnel(["15/260"], 1), Fraction(15)) == (260, 15)


def test_an_05_active_and_converting_too_little() -> None:
    rate, due = np.full(6, 0.3), np.full(6, 40.0)
    visits = np.array([40.0, 40.0, 50.0, 39.0, 0.0, np.nan])
    demos = np.array([9.6, 9.0, 12.0, 1.0, 0.0, 5.0])  # 80 % of plan is 9.6, and 12 of 50
    found = low_conversion(visits, due, demos, rate)
    assert found.tolist() == [False, True, False, False, False, False]


def test_a_short_rate_is_taken_as_it_stands() -> None:
    assert steps_needed(funnel(["0.533"], 1), Fraction(8)) == (16, 8)
    assert steps_needed(funnel(["0.0625"], 1), Fraction(1000)) == (16000, 1000)
    assert steps_needed(funnel(["0.30000000000000004"], 1), Fraction(3)) == (10, 3)


def test_nothing_to_sell_takes_nothing() -> None:
    assert steps_needed(funnel(["0.4"], 20), Fraction(0)) == (0, 0)
    assert steps_needed(funnel(["0.4"], 20), Fraction(-5)) == (0, 0)
    assert steps_needed(funnel([], 20), Fraction(1)) == (1,)


@given(
    counts=st.lists(st.integers(0, 10**6), min_size=1, max_size=4),
    parts=st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(any),
    data=st.data(),
)
def test_weeks_add_up_and_are_never_behind(
    counts: list[int], parts: list[int], data: st.DataObject
) -> None:
    due = np.cumsum(parts)[None, :] / sum(parts)
    weeks = weekly_counts(np.array([counts]), due)
    assert (weeks >= 0).all()
    assert weeks.sum(axis=1).tolist() == [counts]
    running = weeks.cumsum(axis=1)[0]
    exact = np.array(counts)[None, :] * due[0][:, None]
    assert (running >= exact - 1e-3).all()
    assert (running <= exact + 1).all()
    if len(parts) > 1:
        rest = due_of_rest(due, data.draw(st.integers(1, len(parts) - 1)))
        assert rest[0, -1] == pytest.approx(1.0)
        assert (np.diff(rest[0]) >= 0).all()


# The tables


def test_what_the_targets_take(team: Path) -> None:
    found = optimizer.pace_run(team, trials=1).activities
    assert found is not None
    assert (found.period, found.week, found.steps) == ("2024Q1", 0, ("visit", "demo", "contract"))
    assert list(found.table.columns) == ["period", "week", "region", "rep", "step", "count"]
    sums = found.table.groupby(["rep", "step"])["count"].sum().unstack()
    assert sums.loc["Ann"].to_dict() == {"visit": 29, "demo": 15, "contract": 6}
    assert len(found.table) == 3 * 13 * 3
    assert found.standing["due"].isna().all()
    assert found.flagged.empty


def test_what_is_left_after_six_weeks(team: Path, tmp_path: Path) -> None:
    weeks = sales(tmp_path, 6, Ann=10, Bob=30, Cid=0)
    actions = done(
        tmp_path, 6, Ann={"visit": 4, "demo": 1}, Bob={"visit": 1, "demo": 1}, Cid={"visit": 0}
    )
    found = optimizer.pace_run(team, actuals=weeks, as_of=6, activities=actions).activities
    assert found is not None
    now = found.standing.set_index(["rep", "step"])
    assert now.loc["Ann", "left"].to_dict() == {"visit": 15, "demo": 8, "contract": 3}
    assert now.loc["Bob", "left"].to_dict() == {"visit": 0, "demo": 0, "contract": 0}
    assert now.loc["Cid", "left"].to_dict() == {"visit": 29, "demo": 15, "contract": 6}
    left = found.table.groupby(["rep", "step"])["left"].sum()
    assert (left == now["left"].sort_index()).all()
    assert found.table.loc[found.table["week"] <= 6, "left"].isna().all()
    assert found.table.loc[found.table["week"] > 6, "left"].notna().all()
    ann = now.loc["Ann", "visit"]
    assert (ann["done"], ann["due"], ann["converted"]) == (24, 14, 0.25)
    assert ann["share"] == pytest.approx(0.25 / 0.5333)
    assert ann["chance"] == pytest.approx(0.0045, abs=0.0005)
    assert found.flagged[["rep", "step"]].to_numpy().tolist() == [["Ann", "visit"]]
    assert now.loc["Ann"]["done"].isna().tolist() == [False, False, True]


def test_the_last_week_leaves_no_week_but_says_what_is_missing(team: Path, tmp_path: Path) -> None:
    weeks = sales(tmp_path, 13, Ann=5, Bob=10, Cid=10)
    found = optimizer.pace_run(team, actuals=weeks, as_of=13).activities
    assert found is not None
    assert found.table["left"].isna().all()
    left = found.standing.groupby("rep")["left"].max()
    assert left.to_dict() == {"Ann": 15, "Bob": 0, "Cid": 0}
    assert found.standing["done"].isna().all()


def test_the_command_writes_and_tells(team: Path, tmp_path: Path) -> None:
    arguments = [
        "pace", team, "--actuals", sales(tmp_path, 6, Ann=10, Bob=30, Cid=0), "--as-of", 6,
        "--activities", done(tmp_path, 6, Ann={"visit": 4, "demo": 1}), "--out", tmp_path / "out",
        "--charts", "none",
    ]  # fmt: skip
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    assert "Activities still to do in 2024Q1 after week 6" in result.stdout
    assert "Ann: visit on plan (24 of 14 due), but 25 % convert where 53 % are" in result.stdout
    table = pd.read_csv(tmp_path / "out" / "activities.csv")
    assert list(table) == ["period", "week", "region", "rep", "step", "count", "left"]
    status = pd.read_csv(tmp_path / "out" / "activity_status.csv").set_index(["rep", "step"])
    assert status.loc[("Ann", "visit"), "flag"] == "conversion"
    assert np.isnan(status.loc[("Bob", "visit"), "done"])
    shown = json.loads((tmp_path / "out" / "pace.json").read_text(encoding="utf-8"))["activities"]
    assert shown["steps"]["visit"]["left"] == 15 + 0 + 29
    assert shown["flags"] == [{"rep": "Ann", "region": "East", "step": "visit",
                               "flag": "conversion"}]  # fmt: skip


# Whose funnel


def test_the_first_funnel_that_matches_counts(tmp_path: Path) -> None:
    toml = TOML + FUNNEL.replace("steps =", 'match = { role = "senior" }\nsteps =')
    run = planned(tmp_path, toml)
    found = optimizer.pace_run(run, trials=1).activities
    assert found is not None
    assert set(found.standing["rep"]) == {"Ann", "Cid"}
    assert found.notes == ("no activities for 1 of 3: no [[funnel]] matches (Bob)",)
    every = FUNNEL.replace("20", "60")
    both = optimizer.pace_run(planned(tmp_path / "b", toml + every), trials=1).activities
    assert both is not None
    deals = both.standing[both.standing["step"] == "contract"].set_index("rep")["count"]
    assert deals.to_dict() == {"Ann": 6, "Bob": 2, "Cid": 6}


def test_the_nearest_row_of_the_table_counts(tmp_path: Path) -> None:
    activity = (
        "rep,role,region,step,conversion,deal_size\n,,,contract,,30\n,,East,contract,,40\n"
        ",senior,,contract,,60\nCid,,,contract,,120\n,,,demo,50%,\nCid,,,demo,1,\n"
    )
    found = optimizer.pace_run(planned(tmp_path, activity=activity), trials=1).activities
    assert found is not None
    counts = found.standing.pivot(index="rep", columns="step", values="count")
    assert counts["contract"].to_dict() == {"Ann": 2, "Bob": 3, "Cid": 1}
    assert counts["demo"].to_dict() == {"Ann": 4, "Bob": 6, "Cid": 1}


def test_the_table_alone_is_a_funnel(tmp_path: Path) -> None:
    activity = "步骤,转化率,客单价,岗位\nvisit,0.25,,\ncontract,,20,senior\n"
    found = optimizer.pace_run(planned(tmp_path, TOML, activity=activity), trials=1).activities
    assert found is not None
    assert found.steps == ("visit", "contract")
    assert found.standing.set_index(["rep", "step"]).loc[("Ann", "visit"), "count"] == 24
    assert found.notes == ("no activities for 1 of 3: no deal size (Bob)",)


def test_a_plan_without_people_and_a_row_for_the_region_above(tmp_path: Path) -> None:
    regions = "region,parent,share\nNorth,,\nWest,North,0.5\nEast,North,0.5\n"
    activity = "region,step,conversion,deal_size\nNorth,contract,,90\n"
    toml = TOML + FUNNEL.replace("steps =", 'match = { region = "North" }\nsteps =')
    run = planned(tmp_path, toml, people="", regions=regions, activity=activity)
    found = optimizer.pace_run(run, trials=1).activities
    assert found is not None
    assert set(found.standing["region"]) == {"East", "West"}
    assert set(found.standing.loc[found.standing["step"] == "contract", "count"]) == {2}


def test_another_measure_has_a_funnel_of_its_own(tmp_path: Path) -> None:
    customers = '\n[measure.customers]\ngoal = 60\nunit = "customers"\n'
    own = '\n[[funnel]]\nmeasure = "customers"\nsteps = ["demo", "win"]\nconversion = [0.4]\n'
    run = planned(tmp_path, TOML + FUNNEL + own + "deal_size = 1\n" + customers)
    main_steps = optimizer.pace_run(run, trials=1).activities
    found = optimizer.pace_run(run, trials=1, measure="customers").activities
    assert main_steps is not None
    assert found is not None
    assert main_steps.steps == ("visit", "demo", "contract")
    assert found.standing.groupby("step")["count"].sum().to_dict() == {"demo": 150, "win": 60}


def test_a_scenario_without_a_funnel_has_no_activities(tmp_path: Path) -> None:
    run = planned(tmp_path, TOML)
    assert optimizer.pace_run(run, trials=1).activities is None
    weeks = sales(tmp_path, 1, Ann=1)
    with pytest.raises(InputError, match=r"no \[\[funnel\]\] for amount; write one"):
        optimizer.pace_run(run, actuals=weeks, as_of=1, activities=done(tmp_path, 1))


# What is refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[0.5333, 0.4]", "[0.5, 0]"), "the number is too small (found: [0.5, 0])"),
        (("[0.5333, 0.4]", "[0.5, 1.2]"), "the number is too large"),
        (("[0.5333, 0.4]", "[0.5]"), "3 steps need 2 conversions, not 1"),
        (("deal_size = 20", "deal_size = 0"), "the number is too small"),
        (("deal_size = 20", ""), "the deal size is missing"),
        (("conversion = [0.5333, 0.4]", ""), "the conversions are missing"),
        (('"visit", "demo", "contract"', ""), "there are no steps"),
        (('steps = ["visit", "demo", "contract"]', ""), "the steps are missing"),
        (('"demo"', '"visit"'), "the step visit stands there 2 times"),
        (('"demo"', '" "'), "a step has no plain name"),
        (("deal_size", "match = { roles = 'senior' }\ndeal_size"), "people have no column roles"),
        (("deal_size", "match = 'senior'\ndeal_size"), "this does not say whom to match"),
        (("deal_size", "measure = 'customer'\ndeal_size"), "the scenario has no such measure"),
        (("deal_size", "deal_sise"), "Did you mean deal_size?"),
    ],
)
def test_funnels_that_are_wrong(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    folder = write(tmp_path / "s", TOML + FUNNEL.replace(*change))
    with pytest.raises(InputError) as caught:
        optimizer.load_scenarios(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (",,,demo,0,", "row 2, column conversion: with 0 no deal ever comes about"),
        (",,,demo,1.5,", "column conversion"),
        (",,,contract,,0", "column deal_size: with 0 no deal ever comes about"),
        (",,,demo,,", "conversion"),
        (",,,demoo,0.5,", "no funnel has such a step (found: demoo). Did you mean demo?"),
        (",junior,,demo,0.5,", "nobody in people has this role"),
        ("Anne,,,demo,0.5,", "Did you mean Ann?"),
        (",,,demo,0.5,\n,,,demo,0.6,", "stands in row 2 too"),
        (",,,demo,x,", "column conversion"),
    ],
)
def test_rates_that_are_wrong(tmp_path: Path, rows: str, said: str) -> None:
    activity = f"rep,role,region,step,conversion,deal_size\n{rows}\n"
    folder = write(tmp_path / "s", activity=activity)
    with pytest.raises(InputError) as caught:
        optimizer.load_scenarios(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("period,week,rep,step,count\n2024Q1,1,Anna,visit,1\n", "Did you mean Ann?"),
        ("period,week,rep,step,count\n2024Q1,1,Ann,visits,1\n", "the funnels have no such step"),
        ("period,week,rep,step,count\n2024Q1,14,Ann,visit,1\n", "Weeks run from 1 to 13."),
        ("period,week,rep,step,count\n2024Q1,1,Ann,visit,1\n", "has no activities in week 2"),
        ("period,week,rep,step,count\n2024Q1,1,Ann,visit,-1\n", "negative"),
        ("period,week,rep,step,count\n2024Q1,1,Ann,visit,1.5\n", "whole"),
        ("period,week,rep,step,count\n2024Q1,1,Ann,visit,nan\n", "column count"),
        ("period,week,rep,count\n2024Q1,1,Ann,3\n", "step"),
        ("", "done.csv"),
    ],
)
def test_actions_that_do_not_fit(team: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "done.csv").write_text(text, encoding="utf-8")
    arguments = [
        "pace", team, "--actuals", sales(tmp_path, 2, Ann=1), "--as-of", 2,
        "--activities", tmp_path / "done.csv", "--out", tmp_path / "out",
    ]  # fmt: skip
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_actions_need_sales_beside_them(team: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give --actuals and --as-of too"):
        optimizer.pace_run(team, activities=tmp_path / "done.csv")
    with pytest.raises(InputError, match="there is no such file"):
        weeks = sales(tmp_path, 1, Ann=1)
        optimizer.pace_run(team, actuals=weeks, as_of=1, activities=tmp_path / "none.csv")
