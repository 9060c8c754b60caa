"""``score``: a run and its actuals become scores, files, words, and refusals that help."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import optimizer
from cli import main
from optimizer.errors import DefectError, InputError
from optimizer.scorecards.recount import recount
from optimizer.scorecards.scores import score_run
from optimizer.scorecards.tables import SCORES
from tests.score_world import (
    ScoreWorld,
    read_case,
    rows_of,
    score_world,
    write_rows,
    write_world,
)
from tests.worlds import SCENARIOS


def score(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


def case(name: str, folder: Path) -> tuple[Path, Path]:
    """Write a case of the public table as a run folder and actuals."""
    return write_world(read_case(name)[0], folder)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the run of the bundled scenario, and its actuals."""
    folder = tmp_path_factory.mktemp("example")
    optimizer.plan(SCENARIOS / "scorecards", folder / "run")
    return folder / "run", SCENARIOS / "scorecards" / "actuals.csv"


def test_partial_scores_come_with_range_and_known_weight(tmp_path: Path) -> None:
    """SC-02: two of six measures known, 55 of 100."""
    run, actuals = case("sc-02-hole-60", tmp_path)
    done = score(run, "--actuals", actuals)
    assert done.exit_code == 0, done.stderr
    assert "2023Q3: mean 80.91 of 3 people; values missing for 3" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["S003", "South", "100.00", "55", "%", "75.50", "100.00", "1", "1"] in lines
    assert ["S001", "East", "85.45", "55", "%", "67.50", "92.00", "2", "1"] in lines
    assert ["S002", "North", "57.27", "55", "%", "52.00", "76.50", "3", "1"] in lines
    assert "new customers of S001, S002, S003 has no value for the period before" in done.stdout
    rows = rows_of(run / "score" / "scores.csv")
    assert list(rows[0]) == list(SCORES)
    (total,) = [row for row in rows if (row["rep"], row["metric"]) == ("S001", "score")]
    assert total["value"] == total["points"] == "85.454545454545"
    assert (total["weight"], total["weighted"]) == ("0.55", "47")
    assert (total["low"], total["high"]) == ("67.5", "92")
    assert (total["rank"], total["region_rank"]) == ("2", "1")
    assert total["remark"] == "0.55 of the weight is known"
    (sales,) = [row for row in rows if (row["rep"], row["metric"]) == ("S001", "sales")]
    assert (sales["actual"], sales["against"], sales["value"]) == ("575000", "500000", "1.15")
    assert (sales["points"], sales["weight"], sales["weighted"]) == ("80", "0.4", "32")
    (growth,) = [row for row in rows if (row["rep"], row["metric"]) == ("S001", "new customers")]
    assert (growth["value"], growth["low"], growth["high"]) == ("", "8", "20")
    assert growth["remark"] == "no value for the period before"


def test_attainments_of_three_reps_and_of_all() -> None:
    """SC-02: 115, 85 and 120 %; 107.13 % of all targets, and 106.67 % on the mean of the three."""
    world, _ = read_case("sc-02-hole-60")
    found = score_world(world).scores
    sales = {one.rep: one.lines[0].reading for one in found}
    assert {rep: reading.value for rep, reading in sales.items()} == {
        "S001": Fraction(115, 100), "S002": Fraction(85, 100), "S003": Fraction(120, 100),
    }  # fmt: skip
    sold = sum(reading.actual or 0 for reading in sales.values())
    asked = sum(reading.against or 0 for reading in sales.values())
    assert (sold, asked) == (1607000, 1500000)
    assert round(float(sold / asked), 4) == 1.0713
    assert round(float(sum(one.value or 0 for one in sales.values()) / 3), 4) == 1.0667
    orders = {"S001": 8500, "S002": 6800, "S003": 10400}
    counted = {rep: Fraction(reading.actual or 0, orders[rep]) for rep, reading in sales.items()}
    assert [round(float(counted[rep]), 2) for rep in orders] == [67.65, 60.0, 60.0]


def test_groups_are_told_at_three_levels(example: tuple[Path, Path], tmp_path: Path) -> None:
    run, actuals = example
    done = score(run, "--actuals", actuals, "--period", "2024Q2", "--out", tmp_path / "o")
    assert "2024Q2: mean 92.13 of 8 people; grades A 6, B 2, C 0" in done.stdout
    rows = rows_of(tmp_path / "o" / "score_by.csv")
    told = {(row["dimension"], row["name"]): row for row in rows}
    assert told["company", "*"]["grades"] == "A 6; B 2; C 0"
    assert {name for kind, name in told if kind == "region"} == {"East", "West"}
    assert {name for kind, name in told if kind == "team"} == {"East 1", "East 2", "West 1",
                                                               "West 2"}  # fmt: skip
    assert sum(int(row["reps"]) for row in rows if row["dimension"] == "team") == 8
    content = json.loads((tmp_path / "o" / "score.json").read_text(encoding="utf-8"))
    (period,) = content["periods"]
    assert (period["mean"], period["grades"]) == ("92.125", {"A": 6, "B": 2, "C": 0})
    assert [one["name"] for one in period["by_region"]] == ["East", "West"]


def test_three_cards_by_match_and_the_shift_of_newcomers(example: tuple[Path, Path]) -> None:
    """SC-09: key accounts, consumer goods, new markets; newcomers' results join later."""
    found = score_run(*example)
    cards = {(one.rep, one.period): one for one in found.scores}
    names = {
        rep: [line.metric.name for line in cards[rep, "2024Q3"].lines]
        for rep in ("Chen", "Ma", "Zhao", "Tang")
    }
    assert names["Chen"] == [
        "sales", "repurchase", "visits per customer", "executive contacts", "complaint rate",
    ]  # fmt: skip
    assert names["Ma"][:2] == ["sales", "new customers"]
    assert names["Zhao"][2:] == ["distribution rate", "display compliance", "complaint rate"]
    assert names["Tang"][2:] == ["first-order conversion", "penetration", "lead conversion"]
    shared = {
        line.metric.name: line.metric
        for one in (cards["Chen", "2024Q3"], cards["Zhao", "2024Q3"])
        for line in one.lines
    }
    assert shared["complaint rate"].match == {"role": ("key account", "consumer goods")}
    newcomer = {
        period: {line.metric.name: str(line.metric.weight) for line in cards["Lin", period].lines}
        for period in ("2024Q1", "2024Q2", "2024Q3")
    }
    assert newcomer == {
        "2024Q1": {"visits": "3/5", "training": "2/5"},
        "2024Q2": {"sales": "2/5", "visits": "3/10", "training": "3/10"},
        "2024Q3": {"sales": "4/5", "visits": "1/5"},
    }
    assert ("Xu", "2024Q1") not in cards
    assert cards["Xu", "2024Q2"].card == "newcomer, months 0 to 3"
    assert max(len(one.lines) for one in found.scores) <= 5


def test_json_holds_the_result_and_nothing_else(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    done = score(run, "--actuals", actuals, "--json")
    content = json.loads(done.stdout)
    assert content["exit_code"] == 0
    assert content["periods"][0]["mean"] == "79.5"
    assert content["measures"][0] == "sales"
    assert done.stderr == ""
    assert score(run, "--actuals", actuals, "--quiet").output == ""


def test_an_earlier_score_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    assert score(run, "--actuals", actuals).exit_code == 0
    first = (run / "score" / "scores.csv").read_bytes()
    assert score(run, "--actuals", actuals).exit_code == 0
    assert (run / "score" / "scores.csv").read_bytes() == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    refused = score(run, "--actuals", actuals, "--out", tmp_path / "mine")
    assert refused.exit_code == 2
    assert "is not empty and holds no earlier 'score' run" in refused.stderr
    assert score(run, "--actuals", actuals, "--out", run, "--force").exit_code == 2
    assert score(run, "--actuals", actuals, "--out", tmp_path / "mine", "--force").exit_code == 0
    assert not (tmp_path / "mine" / "notes.txt").exists()


def test_a_missing_value_is_an_error_where_the_card_says_so(tmp_path: Path) -> None:
    world, _ = read_case("sc-05")
    del world.metrics["2024Q1", "P"]["margin"]
    world.sales["2024Q1", "P"]["target"] = "0"
    run, actuals = write_world(world, tmp_path)
    done = score(run, "--actuals", actuals)
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "2024Q1: sales of P has no target (it looks at attainment); let another card match them, "
        'or write missing = "reweight" or "neutral" in the measure',
        "2024Q1: gross margin of P has no value (it looks at margin); add the values to "
        'metrics.csv or, as a column, to the actuals, or write missing = "reweight" or "neutral" '
        "in the measure.",
    ]
    assert not (run / "score").exists()


def previous(tmp_path: Path, metrics: dict[str, str]) -> tuple[Path, Path, Path]:
    """Return the run of the quarter before, this quarter's run, and its actuals."""
    world, _ = read_case("sc-03")
    for own in world.metrics.values():
        own.pop("new_customers_before", None)
    run, actuals = write_world(world, tmp_path / "now")
    world.periods = ["2023Q2"]
    for table in (world.sales, world.metrics):
        for place in list(table):
            table["2023Q2", place[1]] = table.pop(place)
    for rep, value in metrics.items():
        world.metrics["2023Q2", rep]["new_customers"] = value
    before, sold = write_world(world, tmp_path / "before")
    assert score(before, "--actuals", sold).exit_code == 0
    return before, run, actuals


def test_growth_is_over_the_run_before(tmp_path: Path) -> None:
    """SC-03 from two runs; a last count of 0 is a missing value."""
    before, run, actuals = previous(tmp_path, {"S001": "10", "S002": "10", "S003": "12"})
    found = score_run(run, actuals, previous=[before])
    assert {one.rep: (one.total, one.rank) for one in found.scores} == {
        "S001": (86, 2), "S002": (59.5, 3), "S003": (93, 1),
    }  # fmt: skip
    (before / "scenario" / "metrics.csv").unlink()
    again = score_run(run, actuals, previous=[before])
    assert [one.total for one in again.scores] == [one.total for one in found.scores]
    table = before / "score" / "scores.csv"
    table.write_text(table.read_text().replace("new_customers,10,", "new_customers,0,"))
    (one, *_) = score_run(run, actuals, previous=[before]).scores
    (growth,) = [line for line in one.lines if line.metric.kind == "growth"]
    assert (growth.points, growth.reading.remark) == (None, "the period before is 0")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda run: (run / "scenario" / "scenario.toml").unlink(), "scenario"),
        (lambda run: (run / "score" / "scores.csv").write_text("a,b\n1,2\n"), "cannot be read"),
    ],
)
def test_a_run_before_that_is_broken_is_told(tmp_path: Path, change: Any, told: str) -> None:
    before, run, actuals = previous(tmp_path, {})
    change(before)
    done = score(run, "--actuals", actuals, "--previous", before)
    assert (done.exit_code, told in done.stderr) == (2, True)


def test_runs_before_are_of_other_periods(tmp_path: Path) -> None:
    before, run, actuals = previous(tmp_path, {})
    twice = score(run, "--actuals", actuals, "--previous", before, "--previous", before)
    assert "period 2023Q2 is in an earlier one too" in twice.stderr
    assert score(run, "--actuals", actuals).exit_code == 0
    itself = score(run, "--actuals", actuals, "--previous", run)
    assert "period 2023Q3 is one of this plan too" in itself.stderr
    none = score(run, "--actuals", actuals, "--previous", tmp_path)
    assert "there is no run of 'plan'" in none.stderr
    assert {twice.exit_code, itself.exit_code, none.exit_code} == {2}


def test_a_later_quarter_does_not_grow_over_an_earlier_year(tmp_path: Path) -> None:
    before, run, actuals = previous(tmp_path, {"S001": "10"})
    for path in (before / "scenario" / "scenario.toml", before / "scenario" / "metrics.csv",
                 before / "score" / "scores.csv"):  # fmt: skip
        path.write_text(path.read_text(encoding="utf-8").replace("2023Q2", "2022Q3"))
    for one in score_run(run, actuals, previous=[before]).scores:
        (growth,) = [line for line in one.lines if line.metric.kind == "growth"]
        assert growth.reading.remark == "no value for the period before"


SALES = [{"period": "2023Q3", "rep": "S001", "amount": "575000"}]


@pytest.mark.parametrize(
    ("rows", "arguments", "told"),
    [
        ([{**SALES[0], "rep": "S01"}], [], "the plan has no such rep (found: S01). Did you mean"),
        ([{**SALES[0], "period": "2023Q4"}], [], "the plan has no such period"),
        ([{**SALES[0], "colection_rate": "1"}], [], "Did you mean collection_rate?"),
        ([{"period": "2023Q3", "rep": "S001"}], [], "the required column is missing"),
        ([{**SALES[0], "amount": "a lot"}], [], "column amount"),
        ([{**SALES[0], "team_work": "9"}, {**SALES[0], "team_work": "8"}], [],
         "has another team_work in this period in an earlier row"),
        (SALES, ["--period", "2023Q2"], "the plan has no period 2023Q2. Did you mean 2023Q3?"),
        (SALES, ["--scorecard", "none.toml"], "none.toml: cannot be read"),
    ],
)  # fmt: skip
def test_wrong_inputs_are_told_in_words(
    tmp_path: Path, rows: list[dict[str, str]], arguments: list[str], told: str
) -> None:
    run, _ = case("sc-03", tmp_path)
    write_rows(tmp_path / "sales.csv", rows)
    done = score(run, "--actuals", tmp_path / "sales.csv", *arguments)
    assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert not (run / "score").exists()


def test_a_run_with_broken_tables_is_told(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    (run / "targets.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = score(run, "--actuals", actuals)
    assert done.exit_code == 2
    assert (
        "targets.csv: it has no column floor, period, product, reference, region, rep"
        in done.stderr
    )
    (run / "targets.csv").unlink()
    assert "targets.csv: cannot be read; plan again" in score(run, "--actuals", actuals).stderr


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    assert "there is no such run folder" in score(tmp_path / "x", "--actuals", actuals).stderr
    assert "this is no run of 'plan'" in score(tmp_path, "--actuals", actuals).stderr
    (run / "scenario" / "scorecard.toml").rename(tmp_path / "scorecard.toml")
    without = score(run, "--actuals", actuals)
    assert "the run has no scorecard.toml; name one with --scorecard" in without.stderr
    given = score(run, "--actuals", actuals, "--scorecard", tmp_path / "scorecard.toml")
    assert given.exit_code == 0
    (run / "scenario" / "people.csv").unlink()
    (run / "scenario" / "metrics.csv").unlink()
    assert "has no people to score" in score(run, "--actuals", actuals).stderr


def test_an_empty_table_of_actuals_is_told(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    actuals.write_text("period,rep,amount\n", encoding="utf-8")
    done = score(run, "--actuals", actuals)
    assert (done.exit_code, "has no rows" in done.stderr) == (2, True)


def test_columns_of_the_actuals_go_before_the_table_of_metrics(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    rows = [{**row, "回款率": "", "satisfaction": "3"} for row in rows_of(actuals)]
    write_rows(actuals, rows)
    found = score_run(run, actuals)
    points = {line.metric.name: line.points for line in found.scores[0].lines}
    assert (points["satisfaction"], points["timely collection"]) == (50, 100)


def test_products_are_looked_at_where_a_measure_names_them(tmp_path: Path) -> None:
    optimizer.plan(SCENARIOS / "company-a", tmp_path / "run")
    card = tmp_path / "card.toml"
    card.write_text(
        'missing = "reweight"\n[[metric]]\nname = "services"\nweight = 1.0\nkind = "ratio"\n'
        'source = "amount"\nproducts = ["Service"]\nmode = "linear"\n'
        "bands = [{ from = 0.0, points = 0 }, { from = 1.0, points = 100 }]\n",
        encoding="utf-8",
    )
    write_rows(tmp_path / "a.csv", [{"period": "2023Q3", "rep": "S1", "amount": "9"}])
    done = score(tmp_path / "run", "--actuals", tmp_path / "a.csv", "--scorecard", card)
    assert "services looks at some products, and the actuals have none" in done.stderr
    targets = rows_of(tmp_path / "run" / "targets.csv")
    (target,) = [row["target"] for row in targets
                 if (row["rep"], row["product"]) == ("S1", "Service")]  # fmt: skip
    rows = [
        {"period": "2023Q3", "rep": "S1", "product": "Service", "amount": target},
        {"period": "2023Q3", "rep": "S1", "product": "MES", "amount": "1"},
    ]
    write_rows(tmp_path / "a.csv", rows)
    found = score_run(tmp_path / "run", tmp_path / "a.csv", scorecard=card)
    assert {one.rep: one.total for one in found.scores if one.rep in ("S1", "S2")} == {
        "S1": 100, "S2": 0,
    }  # fmt: skip
    assert found.scores[0].lines[0].metric.figure == "amount of Service"


def test_people_whom_no_card_matches_are_named(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    file = run / "scenario" / "scorecard.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[[metric]]\n", '[[metric]]\nmatch = { region = "East" }\n'))
    found = score_run(run, actuals)
    assert [one.rep for one in found.scores] == ["S001"]
    assert found.notes == ("2023Q3: no measure matches S002, S003, so there is no score for them",)


def test_a_total_just_below_a_grade_does_not_look_like_it(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    card = tmp_path / "card.toml"
    card.write_text(
        'missing = "reweight"\ngrades = [{ from = 0, name = "B" }, { from = 115, name = "A" }]\n'
        '[[metric]]\nname = "sales"\nweight = 1.0\nkind = "ratio"\nsource = "amount"\n'
        'mode = "linear"\nbands = [{ from = 0.0, points = 0 }, { from = 2.0, points = 200 }]\n',
        encoding="utf-8",
    )
    rows = [{**row, "amount": "574999.99" if row["rep"] == "S001" else row["amount"]}
            for row in rows_of(actuals)]  # fmt: skip
    write_rows(actuals, rows)
    shown = score(run, "--actuals", actuals, "--scorecard", card).stdout
    assert "B      114.99999800" in shown
    lines = score(run, "--actuals", actuals, "--scorecard", card, "--rep", "S001").stdout
    assert "score 114.99999800, grade B" in lines


def test_a_period_of_which_nothing_is_known_has_no_mean(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    card = tmp_path / "card.toml"
    card.write_text(
        'missing = "reweight"\n[[metric]]\nname = "calls"\nweight = 1.0\nkind = "level"\n'
        'source = "calls"\nmode = "linear"\n'
        "bands = [{ from = 0, points = 0 }, { from = 9, points = 100 }]\n",
        encoding="utf-8",
    )
    shown = score(run, "--actuals", actuals, "--scorecard", card).stdout
    assert "2023Q3: no totals of 3 people; values missing for 3" in shown


def test_who_has_no_row_of_sales_is_named(tmp_path: Path) -> None:
    """No row is no sales, hence few points: that is said, so that a forgotten row is found."""
    run, actuals = case("sc-03", tmp_path)
    write_rows(actuals, [row for row in rows_of(actuals) if row["rep"] != "S002"])
    found = score_run(run, actuals)
    points = {one.rep: one.lines[0].points for one in found.scores}
    assert points == {"S001": 80, "S002": 40, "S003": 100}
    told = "2023Q3: the actuals have no row of S002, which counts as no sales"
    assert told in found.notes


def test_nothing_known_is_no_total_and_no_rank(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    (run / "scenario" / "scorecard.toml").write_text(
        'missing = "reweight"\ngrades = [{ from = 0, name = "=A" }]\n[[metric]]\n'
        'name = "=visits"\nweight = 1.0\nkind = "level"\nsource = "visits"\nmode = "band"\n'
        "bands = [{ from = 0.0, points = 1 }, { from = 9, points = 2 }]\n",
        encoding="utf-8",
    )
    rows = [{**row, "visits": "9" if row["rep"] == "S003" else ""} for row in rows_of(actuals)]
    write_rows(actuals, rows)
    done = score(run, "--actuals", actuals)
    assert "nothing is known of S001, S002, so there is no total and no rank" in done.stdout
    table = rows_of(run / "score" / "scores.csv")
    totals = {row["rep"]: row for row in table if row["metric"] == "score"}
    assert (totals["S001"]["points"], totals["S001"]["rank"], totals["S001"]["grade"]) == ("",) * 3
    assert (totals["S001"]["low"], totals["S001"]["high"]) == ("1", "2")
    assert (totals["S003"]["rank"], totals["S003"]["grade"]) == ("1", "'=A")
    assert {row["metric"] for row in table} == {"score", "'=visits"}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("weighted", "48", "says 48"),
        ("weight", "0.5", "says 0.5"),
        ("points", "86", "weighted says"),
        ("low", "67", "low says 67"),
        ("high", "93", "high says 93"),
        ("rank", "1", "rank is too low"),
        ("region_rank", "2", "region_rank is not 1"),
    ],
)
def test_damaged_scores_are_never_written(
    tmp_path: Path, column: str, value: str, told: str
) -> None:
    run, actuals = case("sc-02-hole-60", tmp_path)
    score(run, "--actuals", actuals)
    with (run / "score" / "scores.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert recount(header, rows) > 20
    place = next(number for number, row in enumerate(rows) if (row[1], row[2]) == ("S001", "score"))
    rows[place][header.index(column)] = value
    with pytest.raises(DefectError, match=told):
        recount(header, rows)


def test_many_people_are_shown_by_group(tmp_path: Path) -> None:
    world, _ = read_case("graded")
    world.people = [
        {**world.people[0], "rep": f"r{number:02}", "region": ("East", "West")[number % 2]}
        for number in range(30)
    ]
    world.sales = {("2024Q1", one["rep"]): {"target": "9", "amount": "9"} for one in world.people}
    world.metrics = {}
    run, actuals = write_world(world, tmp_path)
    text = score(run, "--actuals", actuals).stdout
    assert "2024Q1: mean 75.00 of 30 people; grades A 0, B 0, C 30; values missing for 30" in text
    assert "r00 " not in text.partition("note:")[0]
    assert "complaints of r00, r01, r02, r03, r04 and 25 more has no value" in text
    assert "70 points stand for it" in text


def test_the_facade_scores_too(tmp_path: Path) -> None:
    run, actuals = case("sc-03", tmp_path)
    found = optimizer.score_run(run, actuals)
    assert isinstance(found, optimizer.Scores)
    card = optimizer.read_scorecard(run / "scenario" / "scorecard.toml")
    assert card == found.scorecard
    with pytest.raises(InputError, match="cannot be read"):
        optimizer.read_scorecard(tmp_path)


def test_open_positions_are_scored_only_where_the_actuals_name_them() -> None:
    world, _ = read_case("graded")
    world.people = [{**one, "open": "yes" if one["rep"] in "ab" else ""} for one in world.people]
    del world.sales["2024Q1", "a"]
    assert "a" not in {one.rep for one in score_world(world).scores}
    assert "b" in {one.rep for one in score_world(world).scores}


def test_a_yearly_value_is_carried_from_the_run_before(tmp_path: Path) -> None:
    """SC-06: the yearly measure of the quarter before stands, whatever its place."""
    world, _ = read_case("sc-06")
    runs = []
    for period in world.periods:
        own = ScoreWorld(world.rules, [period], world.people, {}, {})
        own.sales = {place: cell for place, cell in world.sales.items() if place[0] == period}
        own.metrics = {place: cell for place, cell in world.metrics.items() if place[0] == period}
        runs.append(write_world(own, tmp_path / period))
    (before, sold), (run, actuals) = runs
    refused = score(run, "--actuals", actuals)
    assert "yearly repurchase of P has no value" in refused.stderr
    for scored in (False, True):
        if scored:
            assert score(before, "--actuals", sold).exit_code == 0
            (before / "scenario" / "metrics.csv").unlink()
        (one,) = score_run(run, actuals, previous=[before]).scores
        carried = one.lines[1].reading
        assert (one.total, carried.value, carried.remark) == (93, 1, "carried from 2024Q1")


def test_the_lines_of_a_rep_are_shown(example: tuple[Path, Path], tmp_path: Path) -> None:
    run, actuals = example
    done = score(run, "--actuals", actuals, "--rep", "Tang", "--out", tmp_path / "o")
    assert done.exit_code == 0, done.stderr
    assert (
        "2024Q1, Tang (new market, market growing): score 55.56, grade C, rank 7, 3 in West; "
        "90 % known, so between 54.00 and 60.00"
    ) in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["sales", "30", "40", "75", "%", "0.00", "0.4", "0.00"] in lines
    assert ["new", "customers", "6", "4", "50", "%", "100.00", "0.2", "20.00"] in lines
    assert ["lead", "conversion", "no", "value", "0.1"] in lines
    assert ["total", "55.56", "0.9", "50.00"] in lines
    told = score(run, "--actuals", actuals, "--rep", "Tang", "--out", tmp_path / "o", "--json")
    rows = json.loads(told.stdout)["lines"]
    assert {row["rep"] for row in rows} == {"Tang"}
    assert [row["metric"] for row in rows][:5] == [
        "sales", "new customers", "first-order conversion", "penetration", "lead conversion",
    ]  # fmt: skip
    wrong = score(run, "--actuals", actuals, "--rep", "Tnag", "--out", tmp_path / "p")
    assert (wrong.exit_code, "the plan has no Tnag. Did you mean Tang?" in wrong.stderr) == (
        2,
        True,
    )
    early = score(run, "--actuals", actuals, "--rep", "Xu", "--period", "2024Q1")
    assert "Xu has no score: no measure matches, or the start is later" in early.stderr
    assert not (tmp_path / "p").exists()
