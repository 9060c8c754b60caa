"""The command `review`: files that add up, three views, errors in words of sales."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.pipeline import plan
from optimizer.review import write
from optimizer.review.effects import EFFECTS
from optimizer.review.flags import percent
from optimizer.review.run import review_run
from optimizer.review.text import render_review
from tests.review_worlds import read, run_with, write_sales
from tests.worlds import SCENARIOS, shares, write_world

QUARTERS = ["2024Q1", "2024Q2", "2024Q3"]
PEOPLE = {f"R{number:02}": {"team": f"T{number % 3}", "role": "senior" if number % 2 else "new",
                            "x_patch": f"P{number % 4}", "start": f"20{10 + number}-02-01"}
          for number in range(12)}  # fmt: skip
REGIONS = {name: ("北区" if number % 3 == 0 else f"South {number % 3}")
           for number, name in enumerate(PEOPLE)}  # fmt: skip
TARGETS = {name: [100 + 10 * number] * 3 for number, name in enumerate(PEOPLE)}


def quotaplan(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def sold(seed: int = 3) -> list[dict[str, Any]]:
    """Return orders of uneven amounts, one of them far above all others."""
    draws = np.random.default_rng(seed)
    rows = [
        {"period": period, "rep": rep, "product": product, "order": f"{period} {rep} {number}",
         "amount": round(float(TARGETS[rep][0] / 6 * draws.lognormal(0, 0.4)), 2)}
        for period in QUARTERS
        for rep in PEOPLE
        for product in ("MES", "Service")
        for number in range(3)
    ]  # fmt: skip
    rows.append({"period": "2024Q2", "rep": "R03", "product": "MES", "order": "=big",
                 "amount": 2500})  # fmt: skip
    rows.append({"period": "2024Q3", "region": "South 1", "product": "MES", "order": "house",
                 "amount": 12.5})  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run, sales as orders, and what they come to without orders."""
    folder = tmp_path_factory.mktemp("review")
    history = [
        {"period": f"2023Q{quarter}", "rep": rep, "region": REGIONS[rep], "product": product,
         "amount": TARGETS[rep][0] * (0.5 if product == "MES" else 0.3)}
        for quarter in (1, 2, 3, 4) for rep in PEOPLE for product in ("MES", "Service")
    ]  # fmt: skip
    run_with(folder, TARGETS, QUARTERS, REGIONS, PEOPLE, history=history, unit="k")
    write_sales(folder / "orders.csv", sold())
    totals = pd.DataFrame(sold()).fillna("").groupby(["period", "rep", "region", "product"])
    write_sales(folder / "totals.csv", totals["amount"].sum().reset_index().to_dict("records"))
    return folder


def test_files_add_up_exactly(world: Path) -> None:
    done = quotaplan("review", world / "run", "--actuals", world / "orders.csv",
                     "--out", world / "a", "--change-at", "2024Q2")  # fmt: skip
    assert done.exit_code == 0, done.output
    effects = read(world / "a", "effects")
    for cells in effects.to_dict("records"):
        parts = [Decimal(cells[name]) for name in EFFECTS]
        assert sum(parts) == Decimal(cells["difference"])
        assert Decimal(cells["difference"]) == Decimal(cells["actual"]) - Decimal(cells["target"])
    company = {cells["period"]: cells for cells in effects.to_dict("records")
               if cells["dimension"] == "company"}  # fmt: skip
    sums = {}
    for (dimension, period), rows in effects.groupby(["dimension", "period"]):
        if dimension not in ("team", "role", "x_patch", "rep"):
            for name in ("actual", *EFFECTS):
                whole = sum(map(Decimal, rows[name]))
                assert whole == Decimal(company[period][name]), (dimension, period, name)
            sums[dimension] = True
    assert set(sums) == {"company", "region", "product"}
    record = json.loads((world / "a" / "run.json").read_text())
    assert set(record["outputs"]) == {
        f"{name}.csv" for name in ("attainment", "effects", "streaks", "outliers", "flags",
                                   "set_up_to_fail", "before_after")
    } | {"review.json", "target_quality.json"}  # fmt: skip


def test_attainment_adds_up_from_people_to_the_company(world: Path) -> None:
    found = review_run(world / "run", world / "totals.csv").attainment
    whole = found[found["product"] == "*"]
    for period in (*QUARTERS, "*"):
        rows = whole[whole["period"] == period].set_index("dimension")
        company = rows.loc["company", "actual"]
        for dimension in ("region", "team", "role", "x_patch", "rep"):
            nobody = 0 if dimension == "region" or period in QUARTERS[:2] else 1250
            assert rows.loc[dimension, "actual"].sum() + nobody == company, (period, dimension)
        products = found[(found["dimension"] == "product") & (found["period"] == period)]
        assert products["actual"].sum() == company
    assert set(whole["dimension"]) == {"company", "region", "team", "role", "x_patch", "rep"}


def test_totals_and_orders_tell_the_same_and_orders_may_stand_apart(world: Path) -> None:
    apart = review_run(world / "run", world / "totals.csv", orders=world / "orders.csv")
    joined = review_run(world / "run", world / "orders.csv")
    pd.testing.assert_frame_equal(apart.attainment, joined.attainment)
    assert apart.outliers.table["order"].tolist() == ["=big"]
    without = review_run(world / "run", world / "totals.csv")
    assert without.outliers.table.empty
    pd.testing.assert_frame_equal(apart.effects, without.effects)


def test_the_order_of_rows_changes_nothing(world: Path) -> None:
    rows = sold()
    turned = write_sales(world / "turned.csv", rows[::-1])
    for name, actuals in (("b", world / "orders.csv"), ("c", turned)):
        assert quotaplan("review", world / "run", "--actuals", actuals, "--out", world / name,
                         "--quiet").exit_code == 0  # fmt: skip
    for name in ("attainment", "effects", "streaks", "set_up_to_fail", "flags"):
        assert read(world / "b", name).equals(read(world / "c", name)), name


def test_a_formula_in_an_order_is_made_harmless(world: Path) -> None:
    done = quotaplan("review", world / "run", "--actuals", world / "orders.csv", "--json",
                     "--out", world / "d")  # fmt: skip
    found = json.loads(done.stdout)
    assert [order["order"] for order in found["outliers"]["orders"]] == ["=big"]
    assert (world / "d" / "outliers.csv").read_text().splitlines()[1].startswith("2024Q2,'=big,")
    assert found["exit_code"] == 0
    assert {"company", "attainment", "effects", "target_quality", "flags", "notes"} <= set(found)
    assert "rep" not in {row["dimension"] for row in found["attainment"]}


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["world (k)", "on last year", "Targets: ", "large orders", "Streaks at", "R03"]),
        (["--region", "北区"], ["region 北区", "R00", "R03"]),
        (["--team", "T1"], ["team T1", "R01", "R10"]),
        (["--rep", "R03"], ["rep R03", "MES", "large order"]),
    ],
    ids=["company", "region", "team", "rep"],
)
def test_three_views(world: Path, options: list[str], shown: list[str]) -> None:
    done = quotaplan("review", world / "run", "--actuals", world / "orders.csv", "--force",
                     "--out", world / "v", *options)  # fmt: skip
    assert done.exit_code == 0, done.output
    for text in shown:
        assert text in done.stdout
    if options and options[0] != "--region":
        assert "R02" not in done.stdout


def test_targets_that_hardly_anybody_reaches_are_named(tmp_path: Path) -> None:
    """Eleven grew by 0 to 10 % on a year ago; one was asked for twice as much."""
    targets = {f"R{number:02}": [105] for number in range(11)} | {"Poor": [200]}
    history = [{"period": "2023Q1", "rep": rep, "region": "North", "amount": 100}
               for rep in targets]  # fmt: skip
    run = run_with(tmp_path, targets, ["2024Q1"], history=history)
    rows = [{"period": "2024Q1", "rep": rep, "amount": 100 + at} for at, rep in enumerate(targets)]
    found = review_run(run, write_sales(tmp_path / "s.csv", rows))
    assert found.failing["name"].tolist() == ["Poor"]
    assert found.failing[["history", "history_chance"]].to_numpy().tolist() == [[100, 0]]
    assert found.quality["set_up_to_fail"] == {
        "named": 1, "missed": 1.0, "others": 11, "others_missed": 5 / 11,
    }  # fmt: skip
    halved = [{**row, "amount": row["amount"] / 2} for row in rows]
    worse = review_run(run, write_sales(tmp_path / "t.csv", halved))
    assert worse.failing["name"].tolist() == ["Poor"]
    told = "Set up to fail by the rule: 1 of 12 targets. 100.0 % of them were missed (those above)"
    assert f"{told}, and 45.5 % of the others." in render_review(found)
    assert f"{told}, and 100.0 % of the others: no more of those named" in render_review(worse)


def test_a_regional_plan_is_reviewed_by_region(tmp_path: Path) -> None:
    settings = {"periods": QUARTERS[:1], "goal": 1000, "tolerance": {"region": 0.1}}
    world = write_world(
        tmp_path / "scenario", settings, regions=shares("region", {"East": 0.6, "西区": 0.4})
    )
    plan(world, tmp_path / "run")
    table = pd.read_csv(tmp_path / "run" / "targets.csv")
    rows = [{"period": period, "region": region, "amount": amount}
            for period, region, amount in table.groupby(["period", "region"])["target"].sum()
            .reset_index().itertuples(index=False)]  # fmt: skip
    sales = write_sales(tmp_path / "s.csv", rows)
    done = quotaplan("review", tmp_path / "run", "--actuals", sales)
    assert done.exit_code == 0, done.output
    assert "100.0 %" in done.stdout
    assert set(read(tmp_path / "run" / "review", "attainment")["dimension"]) == {
        "company", "region",
    }  # fmt: skip
    unnamed = quotaplan("review", tmp_path / "run", "--actuals", sales, "--rep", "East")
    assert (unnamed.exit_code, "The run has no reps to name." in unnamed.output) == (2, True)
    refused = write_sales(tmp_path / "r.csv", [{**rows[0], "rep": "Ann"}])
    done = quotaplan("review", tmp_path / "run", "--actuals", refused)
    assert done.exit_code == 2
    assert "the plan has no people" in done.output


def test_large_tables_are_parquet(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = review_run(world / "run", world / "orders.csv")
    write.write_review(found, world / "csv")
    monkeypatch.setattr(write, "is_parquet", lambda rows, _form: rows > 0)
    write.write_review(found, world / "parquet")
    numbers = ["actual", "difference", *EFFECTS]
    stored = pd.read_parquet(world / "parquet" / "effects.parquet")
    texts = read(world / "csv", "effects")
    assert stored[numbers].to_numpy(float) == pytest.approx(texts[numbers].to_numpy(float))


HEAD = "period,rep,amount\n"
REFUSED: Mapping[str, tuple[str, list[str], str]] = {
    "empty file": ("", [], "the file or sheet is empty"),
    "no rows": (HEAD, [], "has no rows"),
    "no amount": ("period,rep\n2024Q1,R01\n", [], "required column is missing"),
    "blank amount": (HEAD + "2024Q1,R01,\n", [], "the value is missing"),
    "infinite": (HEAD + "2024Q1,R01,inf\n", [], "this is not a number"),
    "huge": (HEAD + "2024Q1,R01,1e300\n", [], "beyond 1e+15, the most that is exact"),
    "unknown rep": (HEAD + "2024Q1,R0l,5\n", [], "Did you mean R0"),
    "unknown period": (HEAD + "2023Q4,R01,5\n", [], "--history"),
    "neither period nor date": ("rep,amount\nR01,5\n", [], "neither a period nor a date"),
    "day outside": ("date,rep,amount\n2023-01-05,R01,5\n", [], "in no period of the plan"),
    "unknown region": ("period,region,amount\n2024Q1,Nord,5\n", [], "on its lowest level"),
    "blank product": ("period,rep,product,amount\n2024Q1,R01,,5\n", [], "no such product"),
    "unknown column": ("period,rep,amuont\n2024Q1,R01,5\n", [], "amount"),
    "two headers": ("period,rep,rep,amount\n2024Q1,R01,R01,5\n", [], "there twice"),
    "first period": (HEAD + "2024Q1,R01,5\n", ["--change-at", "2024Q1"], "nothing is known before"),
    "no such change": (HEAD + "2024Q1,R01,5\n", ["--change-at", "2025Q1"], "no such period"),
    "who without when": (HEAD + "2024Q1,R01,5\n", ["--changed", "role=new"], "--change-at"),
    "no such column": (
        HEAD + "2024Q1,R01,5\n2024Q2,R01,5\n",
        ["--change-at", "2024Q2", "--changed", "rolle=new"],
        "Did you mean role?",
    ),
    "nobody changed": (
        HEAD + "2024Q1,R01,5\n2024Q2,R01,5\n",
        ["--change-at", "2024Q2", "--changed", "role=junior"],
        "nobody who sold or had a target is junior",
    ),
    "named twice": (
        HEAD + "2024Q1,R01,5\n2024Q2,R01,5\n",
        ["--change-at", "2024Q2", "--change-at", "2024Q2"],
        "named twice",
    ),
    "no such measure": (HEAD + "2024Q1,R01,5\n", ["--measure", "x"], "no measure x"),
    "no such rep": (HEAD + "2024Q1,R01,5\n", ["--rep", "R0l"], "Did you mean R0"),
    "no history": (HEAD + "2024Q1,R01,5\n", ["--history", "no.csv"], "there is no such file"),
    "no orders": (HEAD + "2024Q1,R01,5\n", ["--orders", "no.csv"], "there is no such file"),
    "never reviewed": (HEAD + "2024Q1,R01,5\n", ["--previous", "no"], "it has no review"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_said_in_words_of_sales(world: Path, tmp_path: Path, name: str) -> None:
    text, options, wanted = REFUSED[name]
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    done = quotaplan("review", world / "run", "--actuals", tmp_path / "s.csv",
                     "--out", tmp_path / "out", *options)  # fmt: skip
    assert done.exit_code == 2, done.output
    assert wanted in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


def test_an_earlier_review_must_be_of_the_same_thing(world: Path, tmp_path: Path) -> None:
    earlier = run_with(tmp_path, {"R01": [50]}, ["2023Q4"], unit="CNY")
    sales = write_sales(tmp_path / "s.csv", [{"period": "2023Q4", "rep": "R01", "amount": 50}])
    assert quotaplan("review", earlier, "--actuals", sales).exit_code == 0
    done = quotaplan("review", world / "run", "--actuals", world / "orders.csv",
                     "--previous", earlier, "--out", tmp_path / "out")  # fmt: skip
    assert done.exit_code == 2
    assert "its review is of unit 'CNY', this one of 'k'" in done.output
    again = quotaplan("review", earlier, "--actuals", sales, "--previous", earlier)
    assert "is reviewed already" in again.output


def test_settings_are_checked_and_used(tmp_path: Path) -> None:
    targets = {"Ann": [100] * 2, "Bob": [100] * 2}
    quarters = QUARTERS[:2]
    run = run_with(tmp_path, targets, quarters, review={"top": 1, "floor_periods": 1})
    rows = [{"period": quarter, "rep": rep, "amount": amount}
            for quarter in quarters for rep, amount in (("Ann", 90), ("Bob", 70))]  # fmt: skip
    found = review_run(run, write_sales(tmp_path / "s.csv", rows))
    tops = found.streaks[found.streaks["kind"] == "top"]
    assert set(tops["name"]) == {"Ann"}
    assert "streak: floor" in set(found.flags["flag"])
    (tmp_path / "scenario" / "scenario.toml").write_text(
        'name = "w"\nperiods = ["2024Q1"]\ngoal = 1\n[review]\ntopp = 3\n', encoding="utf-8"
    )
    done = quotaplan("check", tmp_path / "scenario")
    assert done.exit_code == 2
    assert "review.topp" in done.output
    assert "Did you mean top?" in done.output


def test_few_orders_are_not_judged_and_equal_ones_hold_a_little_more(tmp_path: Path) -> None:
    run = run_with(tmp_path, {"Ann": [1000], "Bob": [1000]}, ["2024Q1"])
    rows = [{"period": "2024Q1", "rep": "Ann", "order": f"A{at}", "amount": amount}
            for at, amount in enumerate([10.0] * 18 + [13.0, 14.0])]  # fmt: skip
    found = review_run(run, write_sales(tmp_path / "s.csv", rows))
    assert found.outliers.table["order"].tolist() == ["A19"]  # 10 × 1.1³ = 13.31
    few = review_run(run, write_sales(tmp_path / "t.csv", rows[1:]))
    assert few.outliers.table.empty
    assert any("fewer than 20 of them are known" in note for note in few.notes)
    lines = write_sales(tmp_path / "o.csv", rows)
    small = write_sales(tmp_path / "u.csv", [{"period": "2024Q1", "rep": "Ann", "amount": 5}])
    odd = review_run(run, small, orders=lines)
    assert any("larger than what the actuals hold" in note for note in odd.notes)


def test_history_that_leaves_a_month_out_is_not_compared(tmp_path: Path) -> None:
    history = [{"date": f"2023-{month:02}-10", "rep": "Ann", "region": "North", "amount": 30}
               for month in (4, 5, 6, 7, 8)]  # fmt: skip
    run = run_with(tmp_path, {"Ann": [100, 100]}, ["2024Q2", "2024Q3"], history=history)
    rows = [{"period": period, "rep": "Ann", "amount": 99} for period in ("2024Q2", "2024Q3")]
    found = review_run(run, write_sales(tmp_path / "s.csv", rows))
    own = found.attainment[found.attainment["dimension"] == "rep"].set_index("period")
    assert own.loc["2024Q2", "change_year"] == pytest.approx(0.1)
    assert own.loc[["2024Q3", "*"], "change_year"].isna().all()
    assert any("2024Q3: neither the table history" in note for note in found.notes)


def test_who_sits_where_history_names_nobody_has_no_figure(tmp_path: Path) -> None:
    targets, regions = {"Ann": [100], "Bob": [100]}, {"Ann": "North", "Bob": "South"}
    history = [
        {"period": "2023Q1", "rep": "Ann", "region": "North", "amount": 80},
        {"period": "2023Q1", "rep": "Bob", "region": "South", "amount": 70},
        {"period": "2023Q1", "rep": "", "region": "South", "amount": 10},
    ]
    run = run_with(tmp_path, targets, ["2024Q1"], regions, history=history)
    rows = [{"period": "2024Q1", "rep": rep, "amount": 100} for rep in targets]
    found = review_run(run, write_sales(tmp_path / "s.csv", rows)).attainment
    before = found.set_index(["dimension", "name"])["year_before"]
    assert before["company", "*"] == 160
    assert before["region", "South"] == 80
    assert before["rep", "Ann"] == 80
    assert np.isnan(before["rep", "Bob"])


def test_periods_without_dates_follow_each_other_by_their_order(tmp_path: Path) -> None:
    runs = []
    for name, sold in (("first", 50), ("second", 40)):
        periods = [f"{name} half"]
        runs.append(run_with(tmp_path / name, {"Ann": [100]}, periods))
        sales = write_sales(tmp_path / f"{name}.csv",
                            [{"period": periods[0], "rep": "Ann", "amount": sold}])  # fmt: skip
        done = quotaplan("review", runs[-1], "--actuals", sales,
                         *(("--previous", runs[0]) if len(runs) > 1 else ()))  # fmt: skip
        assert done.exit_code == 0, done.output
    table = read(runs[1] / "review", "attainment").set_index("dimension")
    assert table.loc["rep", ["before", "change", "attainment_before"]].tolist() == [
        "50", "-0.2", "0.5",
    ]  # fmt: skip
    assert "no longer" not in done.output
    streaks = read(runs[1] / "review", "streaks")
    assert streaks.loc[streaks["kind"] == "floor", "length"].tolist() == ["2"]


def test_customers_and_columns_of_ones_own_are_told_without_targets(tmp_path: Path) -> None:
    run = run_with(tmp_path, {"Ann": [100, 100]}, QUARTERS[:2])
    rows = [
        {"period": period, "rep": "Ann", "customer": customer, "x_tier": tier, "amount": amount}
        for period, customer, tier, amount in (
            ("2024Q1", "Acme", "A", 60.5), ("2024Q1", "=Bolt", "B", 39.5),
            ("2024Q2", "Acme", "A", 90.75), ("2024Q2", "", "B", 9.25),
        )
    ]  # fmt: skip
    sales = write_sales(tmp_path / "s.csv", rows)
    done = quotaplan("review", run, "--actuals", sales)
    assert done.exit_code == 0, done.output
    assert "90.75" in done.stdout
    table = read(run / "review", "sold_by")
    assert table.to_numpy().tolist() == [
        ["2024Q1", "customer", "Acme", "60.50", "0.605", "", ""],
        ["2024Q1", "customer", "'=Bolt", "39.50", "0.395", "", ""],
        ["2024Q2", "customer", "Acme", "90.75", "0.9075", "60.50", "0.5"],
        ["2024Q2", "customer", "", "9.25", "0.0925", "0.00", ""],
        ["2024Q2", "customer", "'=Bolt", "0.00", "0", "39.50", "-1"],
        ["2024Q1", "x_tier", "A", "60.50", "0.605", "", ""],
        ["2024Q1", "x_tier", "B", "39.50", "0.395", "", ""],
        ["2024Q2", "x_tier", "A", "90.75", "0.9075", "60.50", "0.5"],
        ["2024Q2", "x_tier", "B", "9.25", "0.0925", "39.50", "-0.765822785"],
    ]


def test_a_recalibrated_run_is_reviewed_against_the_targets_that_it_left(tmp_path: Path) -> None:
    people = [{"rep": rep, "region": "North", "capacity": 90} for rep in ("Ann", "Bob")]
    goal = {"floor": 90, "target": 100, "stretch": 130}
    settings = {"periods": ["2024Q1"], "goal": goal, "recalibration": {"cap": 0.2}}
    plan(write_world(tmp_path / "scenario", settings, people=people), tmp_path / "run")
    weeks = [{"period": "2024Q1", "week": week, "rep": rep, "amount": 4}
             for week in (1, 2) for rep in ("Ann", "Bob")]  # fmt: skip
    moved = quotaplan("recalibrate", tmp_path / "run", "--actuals",
                      write_sales(tmp_path / "w.csv", weeks), "--as-of", "2024Q1W02",
                      "--goal", 110, "--out", tmp_path / "moved")  # fmt: skip
    assert moved.exit_code == 0, moved.output
    rows = [{"period": "2024Q1", "rep": rep, "amount": 55} for rep in ("Ann", "Bob")]
    sales = write_sales(tmp_path / "s.csv", rows)
    done = quotaplan("review", tmp_path / "moved", "--actuals", sales)
    assert done.exit_code == 0, done.output
    table = read(tmp_path / "moved" / "review", "attainment")
    assert set(table["attainment"]) == {"1"}
    company = table[table["dimension"] == "company"].iloc[0]
    assert [company[name] for name in ("floor", "target", "stretch")] == ["99", "110", "143"]


def test_one_file_of_actuals_is_scored_and_reviewed(tmp_path: Path) -> None:
    """Columns that the cards look at are no errors in a review; others still are."""
    plan(SCENARIOS / "scorecards", tmp_path / "run")
    actuals = SCENARIOS / "scorecards" / "actuals.csv"
    for command in ("score", "review"):
        done = quotaplan(command, tmp_path / "run", "--actuals", actuals)
        assert done.exit_code == 0, done.output
    company = review_run(tmp_path / "run", actuals).attainment.iloc[0]
    assert (company["target"], company["actual"]) == (240, 208)
    strange = tmp_path / "strange.csv"
    strange.write_text(actuals.read_text("utf-8").replace("visits,", "vists,", 1), "utf-8")
    done = quotaplan("review", tmp_path / "run", "--actuals", strange)
    assert done.exit_code == 2
    assert "vists" in done.output


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(0.99999, "99.9 %"), (0.9994, "99.9 %"), (1.0, "100.0 %"), (1 - 1e-15, "100.0 %"),
     (1.00001, "100.0 %"), (float("nan"), "")],
)  # fmt: skip
def test_what_missed_is_not_rounded_up_to_all(ratio: float, shown: str) -> None:
    assert percent(ratio) == shown


def test_a_further_measure_read_from_amounts_is_told(tmp_path: Path) -> None:
    plan(SCENARIOS / "customers", tmp_path / "run")
    rows = [{"period": "2023Q3", "rep": "Rep East", "amount": 7}]
    amounts = write_sales(tmp_path / "a.csv", rows)
    counted = write_sales(tmp_path / "b.csv", [{**rows[0], "customers": 7}])
    told = "the actuals have no column customers, so their column amount is taken for it"
    for sales, measure, is_told in (
        (amounts, "customers", True), (counted, "customers", False), (amounts, None, False),
    ):  # fmt: skip
        found = review_run(tmp_path / "run", sales, measure=measure)
        assert found.book.actual.sum() == 7
        assert any(note.startswith(told) for note in found.notes) == is_told


def test_what_is_shown_alone_is_in_the_json_too(world: Path) -> None:
    done = quotaplan("review", world / "run", "--actuals", world / "orders.csv", "--json",
                     "--out", world / "e", "--rep", "R03", "--region", "北区")  # fmt: skip
    region, rep = json.loads(done.stdout)["views"]
    assert (region["name"], rep["name"]) == ("北区", "R03")
    assert "large order" in {flag["flag"] for flag in rep["flags"]}
    for view in (region, rep):
        assert [row["period"] for row in view["effects"]] == [*QUARTERS, "*"]
        for row in view["effects"]:
            assert sum(row[name] for name in EFFECTS) == pytest.approx(row["difference"])


def test_the_terminal_says_what_the_difference_is_the_sum_of(world: Path) -> None:
    """Every effect with a figure is in words, whichever view."""
    for options in ([], ["--rep", "R03"]):
        done = quotaplan("review", world / "run", "--actuals", world / "orders.csv",
                         "--out", world / "f", *options)  # fmt: skip
        told = [line for line in done.stdout.splitlines() if line.startswith("Difference = ")]
        assert len(told) == 1
        for name in ("common", "region", "product", "own"):
            assert f"{name} (" in told[0]
