"""The loop: what a plan that is over, and its results, propose for the next one."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from click.testing import CliRunner, Result

import optimizer
from cli import main
from optimizer.errors import InputError
from optimizer.proposal.accept import read_accepted
from optimizer.proposal.following import write_following
from optimizer.proposal.moving import moved_label

QUARTERS = ("2023Q2", "2023Q3", "2023Q4")
REPS = {"Ann": 150, "Bob": 100, "Cid": 100, "Dan": 100, "Eva": 50}
"""What each sells in a quarter; together 500."""


def write(
    folder: Path, people: str = "", history: str = "", toml: str = "", **more: object
) -> Path:
    """Write a scenario of one quarter with five reps in one region."""
    folder.mkdir(parents=True)
    keys: dict[str, object] = {"name": "team 2024Q1", "goal": 500, "periods": ["2024Q1"], **more}
    (folder / "scenario.toml").write_bytes(tomli_w.dumps(keys).encode() + toml.encode())
    rows = "".join(f"{rep},East\n" for rep in REPS)
    (folder / "people.csv").write_text(people or f"rep,region\n{rows}", encoding="utf-8")
    past = "".join(
        f"{quarter},{rep},{amount}\n" for quarter in QUARTERS for rep, amount in REPS.items()
    )
    (folder / "history.csv").write_text(history or f"period,rep,amount\n{past}", encoding="utf-8")
    return folder


def sold(folder: Path, sales: dict[str, float], *periods: str) -> Path:
    path = folder / "sold.csv"
    rows = [f"{period},{rep},{sales[rep]}" for period in periods or ("2024Q1",) for rep in sales]
    path.write_text("\n".join(["period,rep,amount", *rows]), encoding="utf-8")
    return path


def planned(folder: Path, **more: object) -> Path:
    optimizer.plan(write(folder / "q1", **more), folder / "run")  # type: ignore[arg-type]
    return folder / "run"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of the five, never written into."""
    return planned(tmp_path_factory.mktemp("plain"))


def propose(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["propose", *map(str, arguments)])


def edits_of(proposal: optimizer.Proposal, table: str) -> dict[tuple[str, str], object]:
    return {(edit.row, edit.column): edit.after for edit in proposal.edits if edit.table == table}


# Labels


@pytest.mark.parametrize(
    ("label", "months", "following"),
    [
        ("2024Q1", 3, "2024Q2"), ("2024Q4", 3, "2025Q1"), ("2024H2", 6, "2025H1"),
        ("2024", 12, "2025"), ("2024-12", 1, "2025-01"), ("2024Q3", 12, "2025Q3"),
        ("2024-02", 12, "2025-02"),
    ],
)  # fmt: skip
def test_labels_move_on(label: str, months: int, following: str) -> None:
    assert moved_label(label, months) == following


# Abilities


def test_rank_by_results_beside_colleagues(plain: Path, tmp_path: Path) -> None:
    sales = {"Ann": 20.0, "Bob": 100.0, "Cid": 250.0, "Dan": 100.0, "Eva": 50.0}
    found = optimizer.propose_run(plain, sold(tmp_path, sales))
    # Over four quarters Ann sold 470, Cid 550: Cid is the top fifth now, Eva stays the bottom.
    assert edits_of(found, "people") == {("Ann", "ability"): 1.0, ("Cid", "ability"): 1.2}
    cid = next(edit for edit in found.edits if edit.row == "Cid")
    assert (cid.before, cid.observations) == (1.0, 4)
    index = (3 * 1.0 + 250 / 104) / 4
    assert f"sold {index:.2f} of the mean of East in 4 periods" in cid.reason
    assert f"as 4 : 2.0: {(4 * index + 2) / 6:.2f}" in cid.reason


def test_given_abilities_follow_results_and_keep_their_mean(tmp_path: Path) -> None:
    people = "rep,region,ability,resource\nAnn,East,1,1\nBob,East,1,2\nCid,West,1.1,1\n"
    history = "period,rep,amount\n" + "".join(
        f"{quarter},{rep},{amount}\n"
        for quarter in QUARTERS
        for rep, amount in {"Ann": 120, "Bob": 160, "Cid": 90}.items()
    )
    run = planned(tmp_path, people=people, history=history)
    found = optimizer.propose_run(run, sold(tmp_path, {"Ann": 120.0, "Bob": 160.0, "Cid": 90.0}))
    after = edits_of(found, "people")
    # Bob's patch is twice as rich, so 160 there is 80 beside Ann's 120: 1.2 and 0.8, drawn to 1.
    assert after == {("Ann", "ability"): 1.13, ("Bob", "ability"): 0.87}
    assert any(note.startswith("ability: 1 of 3 people") for note in found.notes)


def test_a_newcomer_keeps_the_ability_until_there_is_evidence(tmp_path: Path) -> None:
    people = (
        "rep,region,start\n" + "".join(f"{rep},East,\n" for rep in REPS) + "New,East,2023-12-01\n"
    )
    run = planned(tmp_path, people=people, ramp={"factors": [0.5, 0.75]})
    sales = {rep: float(amount) for rep, amount in REPS.items()} | {"New": 5.0}
    found = optimizer.propose_run(run, sold(tmp_path, sales))
    assert ("New", "ability") not in edits_of(found, "people")
    assert "1 of 6 people have sold in fewer than 2 periods" in "".join(found.notes)


def test_weights_from_history_need_no_edit(tmp_path: Path) -> None:
    run = planned(tmp_path, ability={"from": "history"})
    found = optimizer.propose_run(run, sold(tmp_path, dict.fromkeys(REPS, 10.0)))
    assert edits_of(found, "people") == {}


# Seasons


def year_run(folder: Path, years: int, shares: tuple[float, ...] = (0.25,) * 4) -> Path:
    quarters = [f"2024Q{number}" for number in (1, 2, 3, 4)]
    past = "".join(
        f"{2024 - back}Q{number},{rep},{100 * number}\n"
        for back in range(1, years + 1)
        for number in (1, 2, 3, 4)
        for rep in REPS
    )
    folder.mkdir(parents=True, exist_ok=True)
    scenario = write(
        folder / "year", history=f"period,rep,amount\n{past}", periods=quarters, goal=4000
    )
    rows = "".join(
        f"{one},{share},0.05,0.35\n" for one, share in zip(quarters, shares, strict=True)
    )
    text = f"period,share,min_share,max_share\n{rows}"
    (scenario / "periods.csv").write_text(text, encoding="utf-8")
    optimizer.plan(scenario, folder / "run")
    return folder / "run"


def test_shares_follow_the_seasons_of_whole_years(tmp_path: Path) -> None:
    quarters = tuple(f"2024Q{number}" for number in (1, 2, 3, 4))
    actuals = sold(tmp_path, dict.fromkeys(REPS, 100.0), *quarters)
    found = optimizer.propose_run(year_run(tmp_path, 2), actuals)
    assert found.move.periods["2024Q1"] == "2025Q1"
    # Two years at 10, 20, 30, 40 %, one at 25 % each, and the present share as a year more.
    exact = {"2025Q1": 0.175, "2025Q2": 0.225, "2025Q3": 0.275, "2025Q4": 0.325}
    shares = edits_of(found, "periods")
    for period, share in exact.items():
        assert shares[period, "share"] == pytest.approx(share)
    write_following(found, tmp_path / "next")
    table = pd.read_csv(tmp_path / "next" / "periods.csv").set_index("period")
    assert table["share"].to_dict() == pytest.approx(exact)
    assert optimizer.plan(tmp_path / "next", tmp_path / "run-2").exit_code == 0


def test_one_whole_year_is_too_thin_for_seasons(tmp_path: Path) -> None:
    quarters = tuple(f"2024Q{number}" for number in (1, 2, 3, 4))
    run = year_run(tmp_path, 1)
    (tmp_path / "run" / "scenario" / "history.csv").write_text(
        "period,rep,amount\n2023Q1,Ann,1\n", encoding="utf-8"
    )
    found = optimizer.propose_run(run, sold(tmp_path, dict.fromkeys(REPS, 100.0), *quarters))
    assert all(row == "" for row, _ in edits_of(found, "periods"))
    assert "history holds 1 whole years" in "".join(found.notes)


def test_a_plan_that_is_not_over_is_refused(tmp_path: Path) -> None:
    actuals = sold(tmp_path, dict.fromkeys(REPS, 100.0), "2024Q1", "2024Q2")
    result = propose(year_run(tmp_path, 1), "--actuals", actuals)
    assert result.exit_code == 2
    assert "2024Q3 has no sales" in result.stderr
    assert "until then use recalibrate" in result.stderr


# Shares of regions and products


def test_regions_follow_what_they_sold(tmp_path: Path) -> None:
    people = "rep,region\nAnn,East\nBob,West\nCid,West\nNew,Islands\n"
    sales = {"Ann": 300.0, "Bob": 50.0, "Cid": 50.0, "New": 20.0}
    history = "period,rep,amount\n" + "".join(
        f"{quarter},{rep},{sales[rep]}\n" for quarter in QUARTERS for rep in ("Ann", "Bob", "Cid")
    )
    scenario = write(tmp_path / "q1", people=people, history=history)
    regions = "region,share,max_share\nEast,50,0.66\nWest,40,\nIslands,10,\n"
    (scenario / "regions.csv").write_text(regions, encoding="utf-8")
    optimizer.plan(scenario, tmp_path / "run")
    found = optimizer.propose_run(tmp_path / "run", sold(tmp_path, sales))
    # East sold 75 % three times and 300 / 420 once; with the 50 % of now as a fifth period that
    # is 0.6929. West comes to 0.2776, and both share the 90 % that the Islands leave.
    east, west = (3 * 0.75 + 300 / 420 + 0.5) / 5, (3 * 0.25 + 100 / 420 + 0.4) / 5
    after = edits_of(found, "regions")
    assert after["West", "share"] == pytest.approx(0.9 * west / (east + west), abs=1e-4)
    assert after["East", "share"] == pytest.approx(0.9 * east / (east + west), abs=1e-4)
    assert ("Islands", "share") not in after
    assert "share of Islands: sold in fewer than 2" in "".join(found.notes)
    write_following(found, tmp_path / "q2")
    table = pd.read_csv(tmp_path / "q2" / "regions.csv").set_index("region")
    assert table["share"].sum() == pytest.approx(1.0, abs=1e-3)
    assert table.loc["Islands", "share"] == pytest.approx(0.1)
    assert optimizer.plan(tmp_path / "q2").exit_code == 0


def test_shares_stay_within_their_bands_and_in_their_whole(tmp_path: Path) -> None:
    people = "rep,region,products\nAnn,North,\nBob,South,\nCid,West,\n"
    sales = {"Ann": 90.0, "Bob": 10.0, "Cid": 100.0}
    history = "period,rep,product,amount\n" + "".join(
        f"{quarter},{rep},{product},{sales[rep] * part}\n"
        for quarter in QUARTERS
        for rep in sales
        for product, part in (("A", 0.8), ("B", 0.2))
    )
    scenario = write(tmp_path / "q1", people=people, history=history)
    regions = (
        "region,parent,share,max_share\nEast,,,\nWest,,,\nNorth,East,0.5,0.6\nSouth,East,0.5,\n"
    )
    (scenario / "regions.csv").write_text(regions, encoding="utf-8")
    (scenario / "products.csv").write_text("product,share\nA,0.5\nB,0.5\n", encoding="utf-8")
    optimizer.plan(scenario, tmp_path / "run")
    found = optimizer.propose_run(tmp_path / "run", sold(tmp_path, sales))
    # Three quarters, as what was sold in the plan has no products; West and East are blank.
    assert edits_of(found, "products")["A", "share"] == pytest.approx((3 * 0.8 + 0.5) / 4)
    assert edits_of(found, "regions") == {
        ("North", "share"): 0.6,
        ("South", "share"): pytest.approx((4 * 0.1 + 0.5) / 5),
    }


# Rates


FUNNEL = """
[[funnel]]
steps = ["visit", "demo", "deal"]
conversion = [0.5, 0.5]
deal_size = 10
"""


def actions(folder: Path, visits: int, demos: int, deals: int) -> Path:
    rows = [
        f"2024Q1,{week},{rep},{step},{count}"
        for week in range(1, 14)
        for rep in REPS
        for step, count in (("visit", visits), ("demo", demos), ("deal", deals))
    ]
    path = folder / "done.csv"
    path.write_text("\n".join(["period,week,rep,step,count", *rows]), encoding="utf-8")
    return path


def test_rates_are_mixed_with_the_planned_ones(tmp_path: Path) -> None:
    run = planned(tmp_path, toml=FUNNEL)
    sales = {rep: float(amount) for rep, amount in REPS.items()}
    done = actions(tmp_path, 4, 1, 1)
    found = optimizer.propose_run(run, sold(tmp_path, sales), activities=done)
    visits, demos = 4 * 65, 65
    assert edits_of(found, "activity") == {
        ("all / visit", "conversion"): round((demos + 20 * 0.5) / (visits + 20), 4),
        ("all / demo", "conversion"): round((65 + 20 * 0.5) / (demos + 20), 4),
        ("all / deal", "deal_size"): 8.0,  # (5010 · 10) / (65 + 10)
    }
    write_following(found, tmp_path / "next")
    table = pd.read_csv(tmp_path / "next" / "activity.csv").set_index("step")
    assert table.loc["visit", "conversion"] == pytest.approx(75 / 280, abs=1e-4)
    pacing = optimizer.pace_run(run_of(tmp_path / "next", tmp_path / "run-2"), trials=1)
    assert pacing.activities is not None
    first = pacing.activities.standing.set_index(["rep", "step"])
    assert first.loc[("Bob", "deal"), "count"] == np.ceil(pacing.seats.target[1] / 8.0)


def run_of(scenario: Path, run: Path) -> Path:
    optimizer.plan(scenario, run)
    return run


def test_a_few_actions_change_no_rate(tmp_path: Path) -> None:
    run = planned(tmp_path, toml=FUNNEL)
    done = tmp_path / "done.csv"
    rows = [f"2024Q1,{week},Ann,{step},1" for week in range(1, 14) for step in ("visit", "deal")]
    done.write_text("\n".join(["period,week,rep,step,count", *rows]), encoding="utf-8")
    found = optimizer.propose_run(run, sold(tmp_path, dict.fromkeys(REPS, 50.0)), activities=done)
    told = "\n".join(found.notes)
    assert "conversion of visit, all: 0 done, fewer than 30" in told
    assert edits_of(found, "activity") == {("all / deal", "deal_size"): pytest.approx(6.522)}


def test_actions_without_a_funnel_are_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the scenario has no \[\[funnel\]\]"):
        optimizer.propose_run(plain, sold(tmp_path, {"Ann": 1.0}), activities=tmp_path / "done.csv")


# The next scenario


def test_the_next_scenario_builds_on_the_run(tmp_path: Path) -> None:
    people = "rep,region,commit,email\nAnn,East,90,a@b.c\nBob,East,110,b@b.c\n"
    run = planned(tmp_path, people=people, as_of="2023-12-15")
    next_one = tmp_path / "deep" / "q2"
    result = propose(
        run, "--actuals", sold(tmp_path, {"Ann": 30.0, "Bob": 200.0}), "--goal", 600,
        "--next", next_one,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    loaded = optimizer.load_scenarios(next_one).scenarios[0]
    settings = loaded.settings
    assert (settings.name, settings.periods) == ("team 2024Q2", ("2024Q2",))
    assert (settings.goal.target, str(settings.as_of)) == (600.0, "2024-03-31")
    assert loaded.tables["people"]["commit"].isna().all()
    history = loaded.tables["history"]
    assert history[history["period"] == "2024Q1"]["amount"].tolist() == [30.0, 200.0]
    assert len(history) == 3 * len(REPS) + 2
    assert (next_one / "scenario.toml").read_text(encoding="utf-8").startswith("extends = ")
    assert CliRunner().invoke(main, ["check", str(next_one)]).exit_code == 0
    assert optimizer.plan(next_one, tmp_path / "run-2").exit_code == 0
    again = propose(run, "--actuals", tmp_path / "sold.csv", "--next", next_one)
    assert again.exit_code == 2
    assert "it holds something; name a new folder" in again.stderr


def test_tables_of_periods_move_on_and_decisions_end(tmp_path: Path) -> None:
    scenario = write(tmp_path / "q1")
    tables = {
        "potential": "period,region,potential\n2024Q1,East,900\n",
        "capacity": "rep,period,capacity\nAnn,2024Q1,300\n",
        "locks": "rep,amount,owner\nAnn,100,chief\n",
        "metrics": "period,rep,metric,value\n2024Q1,Ann,collection,0.9\n",
        "periods": "period,start,weeks,share\n2024Q1,2024-01-01,13,1\n",
        "weekly": "period,week,rep,amount\n" + "".join(f"2023Q4,{w},Ann,5\n" for w in range(1, 14)),
    }
    for name, text in tables.items():
        (scenario / f"{name}.csv").write_text(text, encoding="utf-8")
    optimizer.plan(scenario, tmp_path / "run")
    rows = [f"2024Q1,{week},{rep},8" for week in range(1, 14) for rep in REPS]
    actuals = tmp_path / "weeks.csv"
    actuals.write_text("\n".join(["period,week,rep,amount", *rows]), encoding="utf-8")
    found = optimizer.propose_run(tmp_path / "run", actuals)
    write_following(found, tmp_path / "q2")
    loaded = optimizer.load_scenarios(tmp_path / "q2").scenarios[0].tables
    assert loaded["potential"]["period"].tolist() == ["2024Q2"]
    assert loaded["capacity"]["period"].tolist() == ["2024Q2"]
    assert loaded["periods"]["start"].dt.date.astype(str).tolist() == ["2024-04-01"]
    assert len(loaded.get("locks", [])) == len(loaded.get("metrics", [])) == 0
    assert set(loaded["weekly"]["period"]) == {"2023Q4", "2024Q1"}
    assert loaded["weekly"]["amount"].sum() == 13 * 5 + 13 * 5 * 8
    assert optimizer.plan(tmp_path / "q2", tmp_path / "run-2").exit_code == 0


def test_growth_counts_from_the_next_base(tmp_path: Path) -> None:
    run = planned(tmp_path, goal={"growth": 0.1, "base": ["2023Q4"]})
    found = optimizer.propose_run(run, sold(tmp_path, dict.fromkeys(REPS, 60.0)))
    assert edits_of(found, "scenario")["", "goal"] == "growth 0.1 on 2024Q1"
    write_following(found, tmp_path / "q2")
    assert optimizer.plan(tmp_path / "q2").main.summary["goal"] == 330


def test_only_what_is_accepted_is_written(plain: Path, tmp_path: Path) -> None:
    sales = {"Ann": 20.0, "Bob": 100.0, "Cid": 250.0, "Dan": 100.0, "Eva": 50.0}
    actuals = sold(tmp_path, sales)
    assert propose(plain, "--actuals", actuals, "--out", tmp_path / "out").exit_code == 0
    answers = tmp_path / "out" / "proposal.csv"
    table = pd.read_csv(answers, dtype=str, keep_default_na=False)
    assert table["accept"].tolist() == ["needed"] * 3 + ["yes", "yes"]
    table.loc[table["row"] == "Ann", "accept"] = "no"
    table.loc[table["row"] == "Cid", "after"] = "1.3"
    table.to_csv(answers, index=False)
    result = propose(plain, "--actuals", actuals, "--accept", answers, "--next", tmp_path / "q2")
    assert result.exit_code == 0, result.stderr
    people = pd.read_csv(tmp_path / "q2" / "people.csv").set_index("rep")
    assert people["ability"].to_dict() == {"Ann": 1.2, "Bob": 1, "Cid": 1.3, "Dan": 1, "Eva": 0.8}
    assert pd.read_csv(answers, dtype=str)["accept"].tolist()[-2:] == ["no", "yes"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("accept", "perhaps", "this is neither yes nor no (found: perhaps)"),
        ("after", "-1", "the new ability is no number above 0"),
        ("after", "much", "Write one, such as the 1.0 that was proposed"),
        ("row", "Anne", "nothing is proposed for people, Anne, ability"),
    ],
)
def test_answers_that_are_none(
    plain: Path, tmp_path: Path, column: str, value: str, said: str
) -> None:
    sales = {"Ann": 20.0, "Bob": 100.0, "Cid": 250.0, "Dan": 100.0, "Eva": 50.0}
    found = optimizer.propose_run(plain, sold(tmp_path, sales))
    table = found.table().astype(str)
    table.loc[table["row"] == "Ann", column] = value
    table.loc[table["observations"] == "nan", "observations"] = ""
    table.to_csv(tmp_path / "answers.csv", index=False)
    with pytest.raises(InputError) as caught:
        read_accepted(tmp_path / "answers.csv", found)
    assert said in str(caught.value)


def test_the_move_itself_cannot_be_refused(plain: Path, tmp_path: Path) -> None:
    found = optimizer.propose_run(plain, sold(tmp_path, dict.fromkeys(REPS, 9.0)))
    found.table().assign(accept="no").to_csv(tmp_path / "answers.csv", index=False)
    with pytest.raises(InputError, match="scenario periods must change with the periods"):
        read_accepted(tmp_path / "answers.csv", found)


# What is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "sold.csv"),
        ("period,rep,amount\n", "has no rows"),
        ("period,rep,amount\n2024Q1,Anne,5\n", "Did you mean Ann?"),
        ("period,rep,amount\n2024Q2,Ann,5\n", "the plan has no such period"),
        ("period,rep,amount\n2024Q1,Ann,nan\n", "column amount"),
        ("period,rep,amount\n2024Q1,Ann,-5\n", "returns outweigh sales there"),
        ("period,rep\n2024Q1,Ann\n", "amount"),
        ("period,week,rep,amount\n2024Q1,6,Ann,5\n", "2024Q1 ends with week 6 of 13"),
    ],
)
def test_sales_that_do_not_fit(plain: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sold.csv").write_text(text, encoding="utf-8")
    next_one = tmp_path / "q2"
    result = propose(plain, "--actuals", tmp_path / "sold.csv", "--next", next_one)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert not next_one.exists()


def test_other_things_that_are_refused(plain: Path, tmp_path: Path) -> None:
    actuals = sold(tmp_path, {"Ann": 5.0})
    for arguments, said in (
        ((plain, "--actuals", tmp_path / "none.csv"), "there is no such file"),
        ((plain, "--actuals", actuals, "--goal", -3), "give a number above 0"),
        ((plain, "--actuals", actuals, "--goal", "nan"), "give a number above 0"),
        ((plain, "--actuals", actuals, "--accept", actuals), "give --next"),
        ((plain, "--actuals", actuals, "--accept", tmp_path / "no", "--next", tmp_path / "n"),
         "--accept"),
        ((tmp_path, "--actuals", actuals), "name a folder that 'plan' wrote"),
    ):  # fmt: skip
        result = propose(*arguments)
        assert result.exit_code == 2, result.output
        assert said in result.stderr
    named = write(tmp_path / "spring", periods=["Spring"])
    optimizer.plan(named, tmp_path / "run-spring")
    spring = sold(tmp_path, {"Ann": 5.0}, "Spring")
    with pytest.raises(InputError, match="a label without a date"):
        optimizer.propose_run(tmp_path / "run-spring", spring)
    measures = {"customers": {"goal": 10}}
    optimizer.plan(write(tmp_path / "two", measure=measures), tmp_path / "run-two")
    with pytest.raises(InputError, match="has the measures amount, customers"):
        optimizer.propose_run(tmp_path / "run-two", actuals)


def test_json_and_the_folder(plain: Path, tmp_path: Path) -> None:
    actuals = sold(tmp_path, dict.fromkeys(REPS, 9.0))
    result = propose(plain, "--actuals", actuals, "--out", tmp_path / "out", "--json")
    shown = json.loads(result.stdout)
    assert shown["periods"] == ["2024Q2"]
    assert shown["out"] == [str(tmp_path / "out")]
    assert [edit["column"] for edit in shown["edits"][:3]] == ["periods", "name", "rows"]
    assert optimizer.verify_run(plain).failures == ()


def test_quarter_after_quarter(tmp_path: Path) -> None:
    """Five quarters in a row, each planned from what the one before it proposed."""
    scenario = write(tmp_path / "2024Q1")
    labels = ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1"]
    for label, following in pairwise(labels):
        run = run_of(scenario, tmp_path / f"run-{label}")
        found = optimizer.propose_run(run, sold(tmp_path, dict.fromkeys(REPS, 100.0), label))
        scenario = tmp_path / following
        write_following(found, scenario)
    loaded = optimizer.load_scenarios(scenario).scenarios[0]
    assert loaded.settings.name == "team 2025Q1"
    assert loaded.tables["history"]["period"].nunique() == 3 + 4
    # All sold the same for a year, so nobody is ahead any more.
    result = optimizer.plan(scenario)
    assert set(result.main.targets["target"]) == {100}


def test_a_plan_without_people(tmp_path: Path) -> None:
    scenario = write(
        tmp_path / "q1", history="period,region,amount\n2023Q4,East,5\n2023Q4,West,5\n"
    )
    (scenario / "people.csv").unlink()
    optimizer.plan(scenario, tmp_path / "run")
    actuals = tmp_path / "sold.csv"
    actuals.write_text("period,region,amount\n2024Q1,East,300\n2024Q1,West,100\n", encoding="utf-8")
    write_following(optimizer.propose_run(tmp_path / "run", actuals), tmp_path / "q2")
    targets = optimizer.plan(tmp_path / "q2").main.targets.groupby("region", observed=True)
    assert targets["target"].sum().to_dict() == {"East": 372, "West": 128}
