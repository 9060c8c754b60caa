"""The command `pace` on bundled plans: files that add up, lights, errors in a planner's words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import optimizer
from cli import main
from optimizer.errors import InputError
from optimizer.pacing.pace import pace_run
from optimizer.pacing.seats import period_weeks
from optimizer.pipeline import plan
from tests.worlds import PLANNED, SCENARIOS, write_world


@pytest.fixture(scope="module")
def company_a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "company-a"
    plan(SCENARIOS / "company-a", folder)
    return folder


def _pace(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["pace", *map(str, arguments), "--charts", "none"])


def _sold(run: Path, weeks: int, factor: float = 1.0) -> pd.DataFrame:
    """Return actuals that are the weekly targets × a factor."""
    table = pace_run(run, trials=1).weekly
    table = table[table["week"] <= weeks]
    return table.assign(amount=table["target"] * factor)[["period", "week", "rep", "amount"]]


@pytest.mark.parametrize("name", PLANNED)
def test_weeks_of_every_bundled_plan_add_up(name: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    plan(SCENARIOS / name, run)
    assert _pace(run, "--trials", 2).exit_code == 0
    targets = pd.read_csv(run / "targets.csv", keep_default_na=False)
    if "measure" in targets:
        targets = targets[targets["measure"] == targets["measure"].iloc[0]]
    weekly = pd.read_csv(run / "pace" / "pacing.csv", keep_default_na=False)
    keys = ["period", "region", "rep"]
    ends = weekly.groupby(keys)["target"].sum()
    assert ends.to_dict() == pytest.approx(targets.groupby(keys)["target"].sum().to_dict())
    assert (weekly["target"] >= 0).all()
    running = weekly.groupby(keys, sort=False)["target"].cumsum()
    assert running.to_numpy() == pytest.approx(weekly["cumulative"].to_numpy())


def test_company_a_by_week(company_a: Path) -> None:
    """Case PR-01: a senior's 150 is 45 / 75 / 30, a newcomer's 80 is 24 / 40 / 16."""
    weekly = pace_run(company_a, trials=1).weekly
    by_phase = weekly.pivot_table(index="rep", columns="phase", values="target", aggfunc="sum")
    assert by_phase.loc["S1"].tolist() == [45, 75, 30]
    assert by_phase.loc["N1"].tolist() == [24, 40, 16]
    assert weekly["start"].iloc[[0, 12]].tolist() == ["2023-07-01", "2023-09-23"]


def test_status_levels_sums_and_new_alerts(company_a: Path, tmp_path: Path) -> None:
    sold = _sold(company_a, 5)
    late = (sold["rep"] == "S1") & (sold["week"] == 5)
    sold.loc[late, "amount"] = -40.0
    sold.to_csv(tmp_path / "weeks.csv", index=False)
    found = pace_run(company_a, actuals=tmp_path / "weeks.csv", as_of="2023Q3W05")
    assert found.status is not None
    assert found.alerts is not None
    now = found.status[found.status["week"] == 5].set_index(["level", "name"])
    for level in ("region", "rep"):
        for column in ("actual", "floor_due", "target_due"):
            assert now.loc[level][column].sum() == pytest.approx(now.loc[("company", "*"), column])
    assert now.loc[("rep", "S1"), "status"] == "red"
    assert (found.alerts["name"] == "S1").any()
    assert now.loc[("company", "*"), "low"] < now.loc[("company", "*"), "high"]
    assert set(found.status["week"]) == {1, 2, 3, 4, 5}


def test_people_without_a_row_are_named(company_a: Path, tmp_path: Path) -> None:
    sold = _sold(company_a, 2)
    sold[sold["rep"] != "S1"].to_csv(tmp_path / "weeks.csv", index=False)
    found = pace_run(company_a, actuals=tmp_path / "weeks.csv", as_of="2")
    (note,) = (one for one in found.notes if "no row" in one)
    assert note.startswith("2023Q3: 1 with a target have no row in the actuals and count as 0 (S1)")
    assert note in found.as_dict()["notes"]
    sold.to_csv(tmp_path / "weeks.csv", index=False)
    whole = pace_run(company_a, actuals=tmp_path / "weeks.csv", as_of="2")
    assert not any("no row" in one for one in whole.notes)


def test_columns_that_pay_reads_may_stand_in_the_same_file(company_a: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(company_a, run)
    rules = '[[award]]\nname = "a"\nmetric = "回款率"\nat_least = 1.0\namount = 7\n'
    (run / "scenario" / "incentive.toml").write_text(rules, encoding="utf-8")
    sold = _sold(run, 2).assign(回款率=0.9)
    sold.to_csv(tmp_path / "weeks.csv", index=False)
    found = pace_run(run, actuals=tmp_path / "weeks.csv", as_of="2")
    sold.drop(columns="回款率").to_csv(tmp_path / "plain.csv", index=False)
    plain = pace_run(run, actuals=tmp_path / "plain.csv", as_of="2")
    pd.testing.assert_frame_equal(found.now, plain.now)
    sold.rename(columns={"回款率": "margins"}).to_csv(tmp_path / "weeks.csv", index=False)
    with pytest.raises(InputError, match="margins"):
        pace_run(run, actuals=tmp_path / "weeks.csv", as_of="2")


def test_the_last_week_is_certain(company_a: Path, tmp_path: Path) -> None:
    """At the end nothing is forecast any more."""
    _sold(company_a, 13, 0.9).to_csv(tmp_path / "weeks.csv", index=False)
    found = pace_run(company_a, actuals=tmp_path / "weeks.csv", as_of="13")
    assert found.status is not None
    end = found.status[found.status["week"] == 13]
    assert end["low"].to_numpy() == pytest.approx(end["actual"].to_numpy())
    assert end["high"].to_numpy() == pytest.approx(end["actual"].to_numpy())
    assert set(end["probability_target"]) == {0.0}
    assert set(end["probability_floor"]) == {1.0}


def test_products_have_lights_where_actuals_have_products(company_a: Path, tmp_path: Path) -> None:
    targets = pd.read_csv(company_a / "targets.csv")
    sold = targets.assign(week=1, amount=targets["target"] * 0.075)
    sold.loc[sold["product"] == "MES", "amount"] *= 0.5
    sold[["period", "week", "rep", "product", "amount"]].to_csv(tmp_path / "w.csv", index=False)
    found = pace_run(company_a, actuals=tmp_path / "w.csv", as_of="1")
    assert found.status is not None
    lights = found.status.set_index(["level", "name"])["status"]
    assert lights[("product", "MES")] == "red"
    assert lights[("product", "Service")] == "green"


def test_command_writes_tells_and_keeps_the_run(company_a: Path, tmp_path: Path) -> None:
    before = sorted((path.name, path.read_bytes()) for path in company_a.glob("*.csv"))
    _sold(company_a, 3, 0.5).to_csv(tmp_path / "weeks.csv", index=False)
    out = tmp_path / "pace"
    result = _pace(company_a, "--actuals", tmp_path / "weeks.csv", "--as-of", 3, "--out", out)
    assert result.exit_code == 0, result.output
    assert "red" in result.stdout
    assert "RRR.........." in result.stdout
    assert {path.name for path in out.iterdir()} == {
        "pacing.csv", "status.csv", "alerts.csv", "activities.csv", "activity_status.csv",
        "pace.json", "run.json",
    }  # fmt: skip
    assert sorted((path.name, path.read_bytes()) for path in company_a.glob("*.csv")) == before
    plain = _pace(company_a, "--trials", 3, "--out", out, "--json")
    assert set(json.loads(plain.stdout)["simulation"]) == {"as planned", "back-loaded"}
    assert not (out / "status.csv").exists()


@pytest.mark.parametrize(
    ("text", "as_of", "words"),
    [
        ("period,week,rep,amount\n2023Q3,1,S11,5\n", "1", ["row 2", "S11", "S1"]),
        ("period,week,rep,amount\n2023Q3,1,S1,5\n", "3", ["no sales in week 2, 3"]),
        ("period,week,rep,amount\n2023Q3,14,S1,5\n", "1", ["no such week", "1 to 13"]),
        ("period,week,rep,amount\n2023Q3,1,S1,much\n", "1", ["much"]),
        ("period,week,amount\n2023Q3,1,5\n", "1", ["rep or region"]),
        ("period,week,rep,amount\n2023Q3,1,S1,5\n", "2023Q4W01", ["no period 2023Q4"]),
        ("period,week,rep,amount\n2023Q3,1,S1,5\n", "soon", ["2023Q3W06"]),
        ("period,week,rep,amount\n2023Q3,1,S1,5\n", "15", ["weeks 1 to 13"]),
    ],
)
def test_wrong_actuals(
    company_a: Path, tmp_path: Path, text: str, as_of: str, words: list[str]
) -> None:
    (tmp_path / "weeks.csv").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    result = _pace(company_a, "--actuals", tmp_path / "weeks.csv", "--as-of", as_of, "--out", out)
    assert result.exit_code == 2
    assert not out.exists()
    for word in words:
        assert word in result.stderr, result.stderr


def test_wrong_arguments(company_a: Path, tmp_path: Path) -> None:
    assert _pace(company_a, "--as-of", 3).exit_code == 2
    assert _pace(company_a, "--calibrate").exit_code == 2
    assert "weekly" in _pace(company_a, "--calibrate").stderr
    assert _pace(tmp_path / "none").exit_code == 2
    assert _pace(SCENARIOS / "company-a").exit_code == 2
    with pytest.raises(InputError, match="no period 2024Q1"):
        pace_run(company_a, period="2024Q1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", 0], "--workers 0: give at least 1"),
        (["--trials", 0], "--trials 0: give at least 1"),
        (["--seed", -1], "--seed -1: give at least 0"),
        (["--calibrate", "--actuals", "w.csv", "--as-of", 1], "drop --actuals"),
        (["--actuals", "none.csv", "--as-of", 1], "there is no such file"),
    ],
)
def test_arguments_that_cannot_be(company_a: Path, arguments: list[object], words: str) -> None:
    result = _pace(company_a, *arguments)
    assert (result.exit_code, words in result.stderr) == (2, True), result.output


def test_actuals_with_chinese_headers_in_gb18030(tmp_path: Path) -> None:
    """Chinese names and headers from end to end, pictures too where the machine has a font."""
    people = [
        {"rep": name, "region": region, "team": team}
        for name, region, team in (
            ("张伟", "上海", "一组"),
            ("王芳", "上海", ""),
            ("李娜", "杭州", ""),
        )
    ]
    write_world(tmp_path / "in", {"periods": ["2024Q1"], "goal": 900}, people=people)
    plan(tmp_path / "in", tmp_path / "run")
    rows = [f"2024Q1,{week},{one['rep']},{5 * week}" for week in (1, 2) for one in people]
    text = "\n".join(["周期,周次,销售员,金额", *rows])
    (tmp_path / "weeks.csv").write_text(text, encoding="gb18030")
    arguments = ["pace", tmp_path / "run", "--actuals", tmp_path / "weeks.csv", "--as-of", 2]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert "上海" in result.stdout
    status = pd.read_csv(tmp_path / "run" / "pace" / "status.csv", keep_default_na=False)
    assert status.loc[status["level"] == "team", "name"].tolist() == ["一组", "一组"]
    assert status.loc[status["level"] == "company", "actual"].tolist() == [15, 45]
    drawn = {path.name for path in (tmp_path / "run" / "pace").glob("*.png")}
    assert drawn == {"landing.png", "weeks.png"} or "no font" in result.stderr


@pytest.mark.parametrize("weeks", [0, 4, 13])
def test_pictures_are_drawn_and_in_mid_period_twice_the_same(
    company_a: Path, tmp_path: Path, weeks: int
) -> None:
    """Simulated; in mid-period; at its end, where there is no band any more."""
    arguments: list[object] = [company_a, "--trials", 4]
    names = {"simulation.svg"}
    if weeks:
        _sold(company_a, weeks, 0.9).to_csv(tmp_path / "weeks.csv", index=False)
        arguments = [company_a, "--actuals", tmp_path / "weeks.csv", "--as-of", weeks]
        names = {"landing.svg", "weeks.svg"}
    for out in ("one", "two")[: 2 if weeks == 4 else 1]:
        given = ["pace", *arguments, "--charts", "svg", "--out", tmp_path / out]
        result = CliRunner().invoke(main, list(map(str, given)))
        assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "one").glob("*.svg")} == names
    for name in names if weeks == 4 else ():
        drawn = (tmp_path / "one" / name).read_bytes()
        assert drawn == (tmp_path / "two" / name).read_bytes()
    assert ("The period is over: floor reached." in result.stdout) == (weeks == 13)


def test_lights_that_rise_with_the_weeks(tmp_path: Path) -> None:
    """Red below 0.5, 0.75 and 1 of the floor due; green from 1.2, 1.1 and 1 of the target."""
    write_world(
        tmp_path / "in",
        {"periods": ["2024Q1"], "goal": 300, "levels": {"floor": 0.5},
         "pacing": {"weeks": [1], "shares": [1.0], "names": ["all"],
                    "red_below": [0.5, 1.0], "green_from": [1.2, 1.0]}},
        people=[{"rep": name, "region": "A"} for name in ("a", "b", "c")],
        periods=[{"period": "2024Q1", "weeks": 3}],
    )  # fmt: skip
    plan(tmp_path / "in", tmp_path / "run")
    so_far = {"a": (8, 26, 49), "b": (9, 25, 51), "c": (40, 73, 100)}
    rows = [
        {"period": "2024Q1", "week": week + 1, "rep": name,
         "amount": sold[week] - (sold[week - 1] if week else 0)}
        for name, sold in so_far.items() for week in range(3)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "weeks.csv", index=False)
    found = pace_run(tmp_path / "run", actuals=tmp_path / "weeks.csv", as_of=3)
    assert found.status is not None
    lights = found.status[found.status["level"] == "rep"].groupby("name")["status"].agg(list)
    assert lights["a"] == ["red", "yellow", "red"]
    assert lights["b"] == ["yellow", "yellow", "yellow"]
    assert lights["c"] == ["green", "yellow", "green"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("red_below = []", "the list is empty"),
        ("red_below = [0.5, 1.5]", "the number is too large"),
        ("green_from = 0.9", "the number is too small"),
        ('green_from = "late"', "this must be a number or a list of numbers"),
    ],
)
def test_lights_that_cannot_be(tmp_path: Path, keys: str, words: str) -> None:
    write_world(
        tmp_path, {"periods": ["2024Q1"], "goal": 300}, people=[{"rep": "a", "region": "A"}]
    )
    text = (tmp_path / "scenario.toml").read_text(encoding="utf-8")
    (tmp_path / "scenario.toml").write_text(f"{text}\n[pacing]\n{keys}\n", encoding="utf-8")
    with pytest.raises(InputError, match=words):
        plan(tmp_path, tmp_path / "run")


def test_a_week_is_of_the_period_asked_for(tmp_path: Path) -> None:
    write_world(
        tmp_path / "in",
        {"periods": ["2024Q1", "2024Q2"], "goal": 600},
        people=[{"rep": "a", "region": "A"}],
    )
    plan(tmp_path / "in", tmp_path / "run")
    (tmp_path / "w.csv").write_text("period,week,rep,amount\n2024Q2,1,a,5\n", encoding="utf-8")
    sold = {"actuals": tmp_path / "w.csv"}
    found = pace_run(tmp_path / "run", **sold, as_of=1, period="2024Q2")
    assert (found.seats.period, found.week) == ("2024Q2", 1)
    with pytest.raises(InputError, match="--as-of 2024Q1W01 is a week of 2024Q1, --period asks"):
        pace_run(tmp_path / "run", **sold, as_of="2024Q1W01", period="2024Q2")
    with pytest.raises(InputError, match="the plan has 2 periods"):
        pace_run(tmp_path / "run", **sold, as_of=1)


def test_from_python(company_a: Path, tmp_path: Path) -> None:
    """The facade's function: tables, and what a prompt and a notebook show."""
    _sold(company_a, 3, 0.9).to_csv(tmp_path / "weeks.csv", index=False)
    simulated = optimizer.pace_run(company_a, trials=8)
    assert len(simulated.now) == 0
    assert set(simulated.simulation["selling"]) == {"as planned", "back-loaded"}
    assert "8 targets, together 990 10k CNY, in 13 weeks; as planned: 0." in repr(simulated)
    stands = optimizer.pace_run(company_a, actuals=tmp_path / "weeks.csv", as_of=3)
    assert set(stands.now["week"]) == {3}
    assert "end of week 3: 91 % of what is due, yellow, landing" in repr(stands)
    for found in (simulated, stands):
        html = found._repr_html_()
        assert html.startswith("<p>Pacing of company-a, 2023Q3: ")
        assert "<table" in html


def _late_team(folder: Path, **pacing: object) -> Path:
    """Write a scenario whose weeks of eight past quarters were sold late, and plan it."""
    random, rows = np.random.default_rng(5), []
    months = np.repeat([0.24 / 4, 0.34 / 4, 0.42 / 5], [4, 4, 5])
    for quarter in range(8):
        for rep in range(20):
            own = random.lognormal(0, 0.2) * 100 * months * random.lognormal(-0.02, 0.2, 13)
            rows += [
                {"period": f"202{quarter // 4}Q{quarter % 4 + 1}", "week": week + 1,
                 "rep": f"r{rep:02}", "amount": round(float(amount), 2)}
                for week, amount in enumerate(own)
            ]  # fmt: skip
    write_world(
        folder / "scenario",
        {"periods": ["2024Q1"], "goal": 2000, "pacing": {"red_below": 0.8, **pacing}},
        people=[{"rep": f"r{rep:02}", "region": f"R{rep % 4}"} for rep in range(20)],
        weekly=rows,
    )
    plan(folder / "scenario", folder / "run")
    return folder / "run"


def test_a_curve_from_history_paces_the_plan(tmp_path: Path) -> None:
    weekly = pace_run(_late_team(tmp_path, curve="history", learn_by="region"), trials=1).weekly
    by_week = weekly.groupby("week")["target"].sum()
    assert by_week[9:].mean() > 1.2 * by_week[:4].mean()
    assert by_week.sum() == 2000


def test_phases_and_weeks_of_their_own(tmp_path: Path) -> None:
    write_world(
        tmp_path / "scenario",
        {
            "periods": ["2024Q1", "2024-04", "later"],
            "goal": 3000,
            "pacing": {
                "by": [{"match": {"region": "B"}, "weeks": [1, 1], "shares": [0.9, 0.1],
                        "names": ["dash", "rest"]}],
            },
        },
        people=[{"rep": "a", "region": "A"}, {"rep": "b", "region": "B"}],
        periods=[{"period": "2024Q1", "weeks": 12}, {"period": "2024-04"}, {"period": "later"}],
    )  # fmt: skip
    result = plan(tmp_path / "scenario", tmp_path / "run")
    scenario = result.main.scenario
    assert [period_weeks(scenario, name) for name in scenario.settings.periods] == [12, 4, 13]
    weekly = pace_run(tmp_path / "run", trials=1).weekly
    early = weekly[(weekly["rep"] == "b") & (weekly["phase"] == "dash")]
    assert early.groupby("period")["target"].sum().tolist() == pytest.approx([450] * 3, abs=1)


def test_phases_of_some_take_no_names_of_other_phases(tmp_path: Path) -> None:
    write_world(
        tmp_path / "scenario",
        {
            "periods": ["2024Q1"],
            "goal": 2600,
            "pacing": {
                "weeks": [4, 6, 3], "shares": [0.3, 0.5, 0.2], "names": ["open", "push", "close"],
                "by": [{"match": {"region": "B"}, "weeks": [6, 7], "shares": [0.5, 0.5]},
                       {"match": {"region": "C"}, "shares": [0.2, 0.5, 0.3]}],
            },
        },
        people=[{"rep": name, "region": name.upper()} for name in "abc"],
    )  # fmt: skip
    plan(tmp_path / "scenario", tmp_path / "run")
    weekly = pace_run(tmp_path / "run", trials=1).weekly
    phases = weekly.groupby("rep", observed=True)["phase"].unique().map(list).to_dict()
    usual = ["open", "push", "close"]
    assert phases == {"a": usual, "b": ["phase 1", "phase 2"], "c": usual}


def test_working_days_weigh_the_weeks(tmp_path: Path) -> None:
    """Spring Festival 2024: the week of 12 February has one working day (a Sunday made up)."""
    pytest.importorskip("holidays", reason="the calendar is an extra")
    write_world(
        tmp_path / "scenario",
        {"periods": ["2024Q1"], "goal": 1300, "pacing": {"weeks": [13], "shares": [1.0],
         "names": ["quarter"], "holidays": "CN"}},
        people=[{"rep": "a", "region": "A"}],
    )  # fmt: skip
    plan(tmp_path / "scenario", tmp_path / "run")
    weekly = pace_run(tmp_path / "run", trials=1).weekly
    assert weekly["target"].sum() == 1300
    assert weekly["target"].idxmin() == 6
    assert weekly["target"].min() < 50
