"""What other commands say of a recalibrated run, and runs of several measures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from worlds import SCENARIOS, one_each, shares, write_world

import cli
import optimizer
from optimizer.errors import ContradictionError, InputError
from optimizer.explain.text import render_explanation
from optimizer.pipeline import plan
from optimizer.recalibrate.text import render_recalibration

WEEK = "2023Q3W06"


def sold(run: Path, part: float, measures: tuple[str, ...] = ("amount",)) -> Path:
    """Write six weeks of sales as a part of every target, a column for each measure."""
    targets = pd.read_csv(run / "targets.csv")
    if "measure" not in targets:
        targets["measure"] = "amount"
    street = targets.groupby(["rep", "measure"])["target"].sum().unstack()
    rows = [
        {"period": "2023Q3", "week": week, "rep": rep}
        | {name: street.loc[rep, name] * part / 6 for name in measures}
        for rep in street.index
        for week in range(1, 7)
    ]
    path = run.parent / f"weeks-{'-'.join(measures)}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan 1000 over two regions; lower it to 900; then raise a product and let one leave."""
    home = tmp_path_factory.mktemp("chain")
    people = [
        {"rep": name, "region": region, "ability": 1}
        for name, region in (("A", "East"), ("B", "East"), ("C", "South"), ("D", "South"))
    ]
    folder = write_world(
        home / "scenario",
        {"name": "chain", "unit": "EUR", "periods": ["2023Q3"], "goal": 1000,
         "contingency": [{"name": "B", "move": [{"product": "Y", "to": 470}]}]},
        people=people,
        regions=shares("region", {"East": 600, "South": 400}),
        products=shares("product", {"X": 0.5, "Y": 0.5}),
    )  # fmt: skip
    plan(folder, home / "first")
    weeks = sold(home / "first", 0.2)
    optimizer.recalibrate_run(home / "first", weeks, WEEK, home / "second", goal=900)
    pd.DataFrame(people[1:]).to_csv(home / "people.csv", index=False)
    optimizer.recalibrate_run(
        home / "second", weeks, WEEK, home / "third", contingency="B", people=home / "people.csv"
    )
    return home


def test_explain_leads_from_the_first_plan_over_moves_to_now(chain: Path) -> None:
    found = optimizer.explain_run(chain / "third")
    targets = pd.read_csv(chain / "third" / "targets.csv")
    sums = found.waterfall.groupby("rep")["amount"].sum().to_dict()
    assert sums == targets.groupby("rep")["target"].sum().to_dict()
    assert (found.waterfall["amount"] % 1 == 0).all()
    of_b = found.waterfall[found.waterfall["rep"] == "B"].set_index("step")["amount"]
    assert of_b["first plan"] == 300
    assert of_b["earlier recalibrations"] == -30
    reasons = set(of_b.index) - {"first plan", "earlier recalibrations"}
    assert reasons
    changes = pd.read_csv(chain / "third" / "changes.csv")
    own = changes[(changes["rep"] == "B") & (changes["product"] != "*")]
    assert of_b[list(reasons)].to_dict() == own.groupby("reason")["change"].sum().to_dict()
    cells = found.regions.groupby(["region", "product"])["amount"].sum()
    rollup = pd.read_csv(chain / "third" / "rollup.csv").query("team == '*' and period != '*'")
    placed = rollup.set_index(["region", "product"])["target"]
    assert cells.to_dict() == placed.reindex(cells.index).to_dict()


def test_explain_tells_a_sentence_for_each(chain: Path) -> None:
    one = optimizer.explain_run(chain / "second", rep="A")
    assert one.sentences == (
        "A (East), 2023Q3: 300 to 270 (-30 for: goal 1,000 to 900). That is -10.0 % of the first "
        "plan's 300; the cap is 20 %.",
    )
    text = render_explanation(optimizer.explain_run(chain / "third"))
    assert "2023Q3 recalibrated at the end of week 6, cap 0.2; amounts in EUR" in text
    assert "A (East), 2023Q3: 270 to 60 (" in text
    with pytest.raises(InputError, match="no such rep"):
        optimizer.explain_run(chain / "third", rep="Z")


def test_explain_says_that_other_periods_are_as_planned(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path / "scenario",
        {"name": "year", "periods": ["2023Q3", "2023Q4"], "goal": 1000},
        people=one_each({"East": 1, "South": 1}),
        regions=shares("region", {"East": 1, "South": 1}),
    )
    plan(folder, tmp_path / "run")
    weeks = sold(tmp_path / "run", 0.0)
    optimizer.recalibrate_run(tmp_path / "run", weeks, WEEK, tmp_path / "again", goal=480)
    last = optimizer.explain_run(tmp_path / "again", period="2023Q4")
    assert last.sentences[0] == "Rep East (East), 2023Q4: 250, as planned."
    result = CliRunner().invoke(
        cli.main, ["explain", str(tmp_path / "again"), "--region", "South", "--json"]
    )
    told = json.loads(result.stdout)
    assert [row["amount"] for row in told["waterfall"]] == [250, -10]
    assert told["not_moved"] == []


def test_explain_of_a_regional_plan_tells_its_regions(tmp_path: Path) -> None:
    plan(SCENARIOS / "company-a-regions", tmp_path / "run")
    targets = pd.read_csv(tmp_path / "run" / "targets.csv")
    period = targets["period"].iloc[0]
    targets = targets[targets["period"] == period]
    has_people = targets["rep"].notna().any()
    label = "rep" if has_people else "region"
    rows = [{"period": period, "week": 1, label: name, "amount": 1} for name in set(targets[label])]
    weeks = tmp_path / "weeks.csv"
    pd.DataFrame(rows).to_csv(weeks, index=False)
    goal = 0.95 * targets["target"].sum()
    optimizer.recalibrate_run(tmp_path / "run", weeks, f"{period}W01", tmp_path / "b", goal=goal)
    found = optimizer.explain_run(tmp_path / "b")
    sums = found.regions.groupby("product")["amount"].sum().sum()
    assert sums == pytest.approx(round(goal))
    assert all("for: goal" in text or "stays" in text for text in found.sentences)


def test_compare_holds_recalibrated_runs_against_any(chain: Path) -> None:
    found = optimizer.compare_runs([chain / "first", chain / "second", chain / "third"])
    reps = found.reps.set_index("rep")
    assert reps.loc["A", ["target first", "target second", "target third"]].tolist() == [
        300,
        270,
        60,
    ]
    assert reps.loc["A", "difference third"] == -240
    assert found.limits.empty
    assert any("second is recalibrated in mid-period" in note for note in found.notes)
    assert not any("method" in note for note in found.notes)
    again = optimizer.compare_runs([chain / "second", chain / "third"])
    assert again.limits.empty
    assert again.notes == ()
    assert set(again.inputs["file"]) == {"people"}


@pytest.fixture(scope="module")
def measures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan revenue and customers."""
    home = tmp_path_factory.mktemp("measures")
    plan(SCENARIOS / "customers", home / "run")
    return home / "run"


def both(run: Path, out: str, **options: Any) -> optimizer.Recalibration:
    weeks = sold(run, 0.3, ("amount", "customers"))
    return optimizer.recalibrate_run(run, weeks, WEEK, run.parent / out, **options)


def test_a_measure_is_recalibrated_and_the_others_stay(measures: Path) -> None:
    before = pd.read_csv(measures / "targets.csv")
    found = both(measures, "customers", measure="customers", goal=22)
    totals = found.targets.groupby("measure")["target"].sum().to_dict()
    assert totals == {"amount": 1400, "customers": 22}
    assert set(found.changes["measure"]) == {"customers"}
    stays = [table[table["measure"] == "amount"]["target"].tolist()
             for table in (before, found.targets)]  # fmt: skip
    assert stays[0] == stays[1]
    written = {
        name: pd.read_csv(found.out / f"{name}.csv")
        for name in ("targets", "rollup", "changes", "original", "sold", "pacing")
    }
    assert all(table.columns[0] == "measure" for table in written.values())
    record = json.loads((found.out / "run.json").read_text())
    assert record["placed"] == 1400
    assert record["measures"]["customers"]["placed"] == 22
    assert found.verification.failures == ()
    assert "customers 20 → 22" in repr(found)
    assert "targets stay at 1,400" in render_recalibration(found)
    again = optimizer.recalibrate_run(
        found.out, sold(measures, 0.3, ("amount", "customers")), WEEK, measure="customers", goal=30
    )
    assert again.measures[1].placed <= 24
    told = optimizer.explain_run(found.out, measure="customers")
    assert told.waterfall["amount"].sum() == 22


def test_people_leave_in_every_measure_that_has_them(measures: Path) -> None:
    people = pd.read_csv(measures / "scenario" / "people.csv").iloc[1:]
    path = measures.parent / "people.csv"
    people.to_csv(path, index=False)
    found = both(measures, "people", people=path)
    gone = found.targets[found.targets["rep"] == "Rep East"].groupby("measure")["target"].sum()
    assert gone.to_dict() == {"amount": 140, "customers": 2}
    rollup = found.main.rollup
    own = rollup[(rollup["region"] == "East") & (rollup["period"] == "2023Q3")]
    mix = own[own["product"] != "*"].set_index("product")["target"].to_dict()
    assert mix == pytest.approx({"Digital Twin": 42, "MES": 84, "Service": 14}, abs=1)
    rises = found.changes[found.changes["change"] > 0]
    assert set(rises["reason"]) == {"takes over what others may not carry"}
    assert found.exit_code == 3
    assert found.verification.failures == ()


def test_a_measure_without_sales_stays_or_is_refused(measures: Path) -> None:
    weeks = sold(measures, 0.3)
    found = optimizer.recalibrate_run(measures, weeks, WEEK, goal=1300)
    assert found.measures[1].placed == 20
    own = found.weekly[found.weekly["measure"] == "customers"]
    assert own["target"].sum() == 20
    assert "the actuals do not say what was sold" in render_recalibration(found)
    with pytest.raises(InputError, match="add a column customers"):
        optimizer.recalibrate_run(measures, weeks, WEEK, measure="customers", goal=22)
    with pytest.raises(InputError, match=r"no measure custmers\. Did you mean customers"):
        optimizer.recalibrate_run(measures, weeks, WEEK, measure="custmers", goal=22)


def test_the_verifier_looks_at_every_measure(measures: Path) -> None:
    found = both(measures, "damaged", measure="customers", goal=22)
    path = found.out / "targets.csv"
    damaged = pd.read_csv(path, keep_default_na=False)
    damaged.loc[damaged.index[-1], "target"] = 9
    damaged.to_csv(path, index=False)
    texts = [fault.text for fault in optimizer.verify_run(found.out).failures]
    assert any("the weeks do not add up to the target" in text for text in texts)
    assert any("street of people" in text for text in texts)


PEOPLE = [
    {"rep": "A", "region": "East", "ability": 1},
    {"rep": "B", "region": "East", "ability": 1},
    {"rep": "C", "region": "South", "ability": 1},
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan 500 over two regions, one of them locked."""
    home = tmp_path_factory.mktemp("plain")
    folder = write_world(
        home / "scenario",
        {"name": "plain", "periods": ["2023Q3"], "goal": 500},
        people=PEOPLE,
        regions=shares("region", {"East": 1, "South": 1}),
        locks=[{"region": "South", "amount": 250}],
    )
    plan(folder, home / "run")
    return home / "run"


def week_rows(amount: float, weeks: int = 6, **more: Any) -> list[dict[str, Any]]:
    return [
        {"period": "2023Q3", "week": week, "rep": row["rep"], "amount": amount, **more}
        for row in PEOPLE
        for week in range(1, weeks + 1)
    ]


TAKEN_BACK = [*week_rows(30, 1), *({**row, "week": 2, "amount": -25} for row in week_rows(1, 1))]


@pytest.mark.parametrize(
    ("rows", "week", "options", "words"),
    [
        ([{"period": "", "week": "", "rep": "", "amount": ""}], 6, {}, "has no rows"),
        ([*week_rows(1), {**week_rows(1)[0], "rep": "Q"}], 6, {}, "has no such rep"),
        (week_rows(1), 0, {}, "weeks 1 to 13"),
        (week_rows(1, 13), 13, {}, "over at the end of week 13"),
        (week_rows(1, 13), 14, {}, "weeks 1 to 13"),
        (week_rows(1, 3), 6, {}, "has no sales in week 4, 5, 6"),
        (week_rows(1, product="Q"), 6, {}, "has no such product"),
        (week_rows(1), 6, {"goal": 1e9}, "more than 1,000 times the 500"),
        (week_rows(1), 6, {"goal": 1e-3}, "nothing in whole multiples of 1"),
        (week_rows(1), 6, {"goal": float("nan")}, "above 0"),
        (week_rows(1), 6, {"cap": float("nan")}, "such as 0.2"),
    ],
)  # fmt: skip
def test_odd_inputs_are_told(
    plain: Path, rows: list[dict[str, Any]], week: int, options: dict[str, Any], words: str
) -> None:
    weeks = plain.parent / "odd.csv"
    pd.DataFrame(rows).to_csv(weeks, index=False)
    with pytest.raises(InputError, match=words):
        optimizer.recalibrate_run(plain, weeks, f"2023Q3W{week:02}", **options)


@pytest.mark.parametrize(
    ("rows", "goal", "placed"),
    [
        (week_rows(-10), 490, 490),
        (week_rows(100), 490, 500),
        (week_rows(1e6), 520, 520),
        (week_rows(1) + week_rows(2), 490, 490),
        (TAKEN_BACK, 490, 490),
    ],
    ids=["returns only", "beyond the target", "far beyond", "rows twice", "returns"],
)  # fmt: skip
def test_odd_sales_are_taken_as_they_are(
    plain: Path, rows: list[dict[str, Any]], goal: float, placed: float
) -> None:
    weeks = plain.parent / "odd.csv"
    pd.DataFrame(rows).to_csv(weeks, index=False)
    done = max(row["week"] for row in rows)
    found = optimizer.recalibrate_run(plain, weeks, f"2023Q3W{done:02}", goal=goal)
    assert found.main.placed == placed
    assert found.verification.failures == ()


def test_a_market_below_what_is_sold_gives_way_and_is_declared(plain: Path) -> None:
    weeks, potential = plain.parent / "sold.csv", plain.parent / "potential.csv"
    rows = [{**row, "amount": 20 if row["rep"] == "A" else 1} for row in week_rows(1)]
    pd.DataFrame(rows).to_csv(weeks, index=False)
    pd.DataFrame([{"region": "East", "potential": 180}]).to_csv(potential, index=False)
    found = optimizer.recalibrate_run(plain, weeks, WEEK, potential=potential, cap=0.2)
    targets = found.targets.groupby("rep")["target"].sum()
    assert targets[["A", "B"]].tolist() == [120, 100]
    assert found.not_moved["what"].tolist() == ["potential"]
    assert found.verification.failures == ()


def test_people_twice_are_told(plain: Path) -> None:
    people, weeks = plain.parent / "people.csv", plain.parent / "weeks.csv"
    pd.DataFrame([*PEOPLE, PEOPLE[0]]).to_csv(people, index=False)
    pd.DataFrame(week_rows(1)).to_csv(weeks, index=False)
    with pytest.raises(InputError, match="stands in row 2 too"):
        optimizer.recalibrate_run(plain, weeks, WEEK, people=people)


def test_a_lock_that_nobody_can_carry_is_told_with_what_is_left(plain: Path) -> None:
    people, weeks = plain.parent / "people.csv", plain.parent / "weeks.csv"
    pd.DataFrame([*PEOPLE[:2], {**PEOPLE[2], "capacity": 220}]).to_csv(people, index=False)
    pd.DataFrame(week_rows(1)).to_csv(weeks, index=False)
    with pytest.raises(ContradictionError, match="the lock on South is 250") as raised:
        optimizer.recalibrate_run(plain, weeks, WEEK, people=people)
    assert raised.value.changes[0].new_limit == 220


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("targets.csv", "x\n1\n", "targets.csv: it has no column floor, period"),
        ("rollup.csv", None, "rollup.csv: cannot be read"),
        (
            "rollup.csv",
            "period,region,team,product\n",
            "rollup.csv: it has no column ask, capacity",
        ),
    ],
)
def test_a_damaged_run_is_told(
    plain: Path, tmp_path: Path, file: str, content: str | None, words: str
) -> None:
    shutil.copytree(plain, tmp_path / "run")
    path = tmp_path / "run" / file
    path.unlink() if content is None else path.write_text(content)
    weeks = tmp_path / "weeks.csv"
    pd.DataFrame(week_rows(1)).to_csv(weeks, index=False)
    with pytest.raises(InputError, match=words):
        optimizer.recalibrate_run(tmp_path / "run", weeks, WEEK, goal=490)


def test_nothing_of_the_old_run_is_written_over(plain: Path) -> None:
    weeks = plain.parent / "weeks.csv"
    pd.DataFrame(week_rows(1)).to_csv(weeks, index=False)
    before = {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()}
    for out in (plain, plain / "scenario"):
        with pytest.raises(InputError, match="name another folder"):
            optimizer.recalibrate_run(plain, weeks, WEEK, out, goal=490, force=True)
    assert {path: path.read_bytes() for path in plain.rglob("*") if path.is_file()} == before
