"""Recalibration in mid-period: worked cases, people who come and go, chains, files, messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from worlds import one_each, shares, write_world

import cli
from optimizer.errors import InputError
from optimizer.pacing.pace import pace_run
from optimizer.pipeline import plan
from optimizer.recalibrate.recalibrate import MeasureRecalibration
from optimizer.recalibrate.run import recalibrate_run
from optimizer.verify.verify import verify_run

REGIONS = {"East": 400, "South": 360, "North": 240, "West": 120, "Overseas": 80}
WEEK = "2023Q3W06"


def planned(folder: Path, goal: float, products: dict[str, float], **more: Any) -> Path:
    """Plan Company A's regions with one rep each, without limits."""
    tables: dict[str, Any] = {
        "people": one_each(REGIONS),
        "regions": shares("region", REGIONS),
        "products": shares("product", products),
    }
    keys = {"name": "case", "periods": ["2023Q3"], "goal": goal, "recalibration": {"cap": 0.2}}
    settings = {key: value for key, value in more.items() if key not in tables}
    tables |= {key: value for key, value in more.items() if key in (*tables, "potential", "locks")}
    settings = {key: value for key, value in settings.items() if key not in ("potential", "locks")}
    plan(write_world(folder / "scenario", {**keys, **settings}, **tables), folder / "run")
    return folder / "run"


def weeks(run: Path, part: float, done: int = 6, **own: float) -> Path:
    """Write sales of each rep up to a week, as a part of the target, or an amount of their own."""
    targets = pd.read_csv(run / "targets.csv").groupby("rep")["target"].sum()
    rows = [
        {"period": "2023Q3", "week": week, "rep": rep,
         "amount": own.get(str(rep).replace(" ", "_"), target * part) / done}
        for rep, target in targets.items()
        for week in range(1, done + 1)
    ]  # fmt: skip
    path = run.parent / "weeks.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def moved(run: Path, part: float = 0.1, **options: Any) -> MeasureRecalibration:
    """Recalibrate with a part of every target sold; write, verify, and return it."""
    again = run.parent / "again"
    found = recalibrate_run(run, weeks(run, part), WEEK, again, force=True, **options)
    assert not verify_run(again).failures
    return found.main


def by(found: MeasureRecalibration, column: str) -> dict[str, float]:
    """Return targets by one of their labels."""
    sums: dict[str, float] = found.targets.groupby(column)["target"].sum().to_dict()
    return sums


def table(folder: Path, name: str, rows: Sequence[dict[str, Any]]) -> Path:
    """Write one table."""
    path = folder / f"{name}.csv"
    pd.DataFrame(list(rows)).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 1400 over five regions, one product."""
    return planned(tmp_path_factory.mktemp("base"), 1400, {"all": 1})


def test_a_fall_by_the_cap_reaches_every_region(base: Path) -> None:
    """Case PR-05: 1400 to 1120, each region × 0.8, 373 1/3 and 74 2/3 rounded."""
    found = moved(base, goal=1120)
    assert by(found, "region") == {
        "East": 373, "South": 336, "North": 224, "West": 112, "Overseas": 75
    }  # fmt: skip
    assert found.exit_code == 0


def test_a_fall_beyond_the_cap_is_refused_in_part(base: Path) -> None:
    """Case PR-05: 1400 to 1000 lands at 1120, and the cap keeps 120 back."""
    found = moved(base, goal=1000)
    assert found.placed == 1120
    assert found.not_moved[["what", "asked", "reached", "refused"]].values.tolist() == [
        ["goal", 1000, 1120, 120]
    ]
    assert "120 are not moved" in found.not_moved["text"].iloc[0]
    assert found.exit_code == 3


def test_a_rise_beyond_the_cap_is_a_gap(base: Path) -> None:
    """Case PR-05: the highest is 1680."""
    found = moved(base, goal=1700)
    assert (found.placed, found.gap, found.exit_code) == (1680, 20, 3)
    assert moved(base, goal=1680).exit_code == 0


def test_the_cap_of_a_chain_counts_from_the_first_plan(tmp_path: Path) -> None:
    """Case PR-05: of two falls by 20 % the second is refused."""
    run = planned(tmp_path, 1400, {"all": 1})
    names = [tmp_path / name for name in ("second", "third")]
    actuals = weeks(run, 0.1)
    recalibrate_run(run, actuals, WEEK, names[0], goal=1120)
    second = recalibrate_run(names[0], actuals, WEEK, names[1], goal=896).main
    assert second.placed == 1120
    assert second.not_moved["refused"].tolist() == [224]
    records = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("run", "third")]
    digest = records[0]["outputs"]["targets.csv"]
    assert records[1]["origin"] == {"name": "case", "file": "targets.csv", "sha256": digest}
    assert not verify_run(tmp_path / "third").failures
    back = recalibrate_run(names[1], actuals, WEEK, goal=1400).main
    assert by(back, "region") == pytest.approx(
        {"East": 467, "South": 420, "North": 280, "West": 140, "Overseas": 93}, abs=1
    )


def test_plan_b_stops_at_the_cap(tmp_path: Path) -> None:
    """Case PR-06: service from 120 to 150 stops at 144; 0.25 lets it through."""
    move = {"name": "free rival", "when": "…", "move": [{"product": "Service", "to": 150}]}
    run = planned(
        tmp_path, 1200, {"MES": 0.6, "Digital Twin": 0.3, "Service": 0.1}, contingency=[move]
    )
    found = moved(run, contingency="free rival")
    assert by(found, "product")["Service"] == 144
    assert by(found, "product")["MES"] == pytest.approx(704, abs=1)
    assert found.placed == 1200
    assert found.not_moved[["where", "refused"]].values.tolist() == [["Service", 6]]
    reasons = found.changes.set_index("product")["reason"]
    assert set(reasons.loc["Service"]) == {"contingency free rival"}
    assert set(reasons.loc["MES"]) == {"keeps the total"}
    through = moved(run, contingency="free rival", cap=0.25)
    assert by(through, "product")["Service"] == 150
    assert through.exit_code == 0


def test_new_shares_come_as_near_as_the_cap_allows(tmp_path: Path) -> None:
    """Case PR-07: premium 30 to 45 % stops at 36 %, 9 points short; a cap of 0.5 reaches it."""
    run = planned(tmp_path, 1000, {"premium": 0.3, "low-price": 0.7},
                  regions=shares("region", {"East": 1}), people=one_each(["East"]))  # fmt: skip
    new = table(tmp_path, "shares", shares("product", {"premium": 0.45, "low-price": 0.55}))
    found = moved(run, shares=new)
    assert by(found, "product") == {"premium": 360, "low-price": 640}
    refused = found.not_moved.set_index("where")
    assert refused.loc["premium", "refused"] == 90
    assert "The share is 0.36, 9 points from 0.45" in refused.loc["premium", "text"]
    reached = moved(run, shares=new, cap=0.5)
    assert by(reached, "product") == {"premium": 450, "low-price": 550}
    assert reached.exit_code == 0


def test_what_is_sold_is_not_taken_back(base: Path) -> None:
    actuals = weeks(base, 0.1, Rep_East=450.0)
    found = recalibrate_run(base, actuals, WEEK, goal=1250).main
    assert by(found, "rep")["Rep East"] == 450
    assert found.placed == 1250
    over = recalibrate_run(base, weeks(base, 0.1, Rep_East=900.0), WEEK, goal=1250).main
    assert by(over, "rep")["Rep East"] == 467


def test_a_smaller_market_moves_as_far_as_the_cap(tmp_path: Path) -> None:
    rows = [{"region": "East", "potential": 480}]
    run = planned(tmp_path, 1400, {"all": 1}, potential=rows)
    new = table(tmp_path, "potential", [{"region": "East", "potential": 440}])
    found = moved(run, potential=new)
    assert by(found, "region")["East"] == 440
    assert found.placed == 1400
    reasons = found.changes[found.changes["region"] == "East"]["reason"]
    assert set(reasons) == {"potential East 480 to 440"}
    new = table(tmp_path, "potential", [{"region": "East", "potential": 300}])
    found = moved(run, potential=new)
    assert by(found, "region")["East"] == 374
    assert found.not_moved[["what", "asked", "reached"]].values.tolist() == [
        ["potential", 300, 374]
    ]


TEAM = [
    {"rep": "A", "region": "East", "ability": 1, "capacity": 200},
    {"rep": "B", "region": "East", "ability": 1, "capacity": 200},
    {"rep": "C", "region": "East", "ability": 1, "capacity": 200},
    {"rep": "D", "region": "South", "ability": 1, "capacity": 400},
    {"rep": "E", "region": "South", "ability": 1, "capacity": 400},
]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """Return a run of two regions: three people with 100 each, two with 150."""
    return planned(
        tmp_path, 600, {"X": 0.5, "Y": 0.5}, people=TEAM,
        regions=shares("region", {"East": 300, "South": 300}),
    )  # fmt: skip


def test_who_leaves_keeps_what_was_sold_and_the_others_take_over(team: Path) -> None:
    people = table(team.parent, "people", TEAM[1:])
    found = moved(team, 0.3, people=people)
    targets = by(found, "rep")
    assert targets["A"] == 30
    assert targets["B"] == targets["C"] == 120
    assert sum(targets.values()) == 600
    reason = found.changes[(found.changes["rep"] == "A") & (found.changes["product"] == "*")]
    assert reason["reason"].tolist() == ["leaves, and keeps what was sold"]
    of_b = found.changes[found.changes["rep"] == "B"]["reason"]
    assert set(of_b) == {"A leaves, and keeps what was sold"}
    again = team.parent / "again"
    status = pace_run(again, actuals=team.parent / "weeks.csv", as_of=WEEK).status
    assert status is not None
    assert "A" in set(status["name"])


def test_who_joins_gets_a_fair_part(team: Path) -> None:
    joined = [*TEAM, {"rep": "New", "region": "East", "ability": 0.5, "capacity": 100}]
    found = moved(team, 0.1, people=table(team.parent, "people", joined))
    targets = by(found, "rep")
    assert targets["New"] == pytest.approx(43, abs=2)
    assert targets["A"] == pytest.approx(86, abs=1)
    assert by(found, "region") == {"East": 300, "South": 300}
    rows = found.changes[(found.changes["rep"] == "New") & (found.changes["product"] == "*")]
    assert rows["before"].tolist() == [0]
    assert rows["share"].isna().all()


def test_a_new_ability_moves_its_own_rep(team: Path) -> None:
    people = [{**TEAM[0], "ability": 1.1}, *TEAM[1:]]
    found = moved(team, people=table(team.parent, "people", people))
    targets = by(found, "rep")
    assert targets["A"] == pytest.approx(106, abs=1)
    assert targets["B"] == pytest.approx(targets["C"], abs=1)
    assert targets["B"] < 100
    assert (targets["D"], targets["E"]) == (150, 150)
    reasons = found.changes.set_index("rep")["reason"]
    assert set(reasons.loc[["A"]]) == {"ability 1 to 1.1"}


def test_nobody_left_is_a_gap_and_is_declared(team: Path) -> None:
    found = moved(team, 0.3, people=table(team.parent, "people", TEAM[3:]))
    assert by(found, "region") == {"East": 90, "South": 360}
    assert (found.gap, found.exit_code) == (150, 3)
    assert set(found.not_moved["what"]) == {"cap"}


def test_all_capacity_counts_what_was_kept_back_too(tmp_path: Path) -> None:
    people = [{"rep": f"P{number}", "region": "East", "capacity": 100} for number in range(4)]
    run = planned(
        tmp_path, 400, {"X": 1}, people=people, regions=shares("region", {"East": 1}),
        buffers={"capacity": 0.1}, recalibration={"cap": 0.05},
    )  # fmt: skip
    found = moved(run, goal=380)
    assert (found.before, found.placed) == (360, 378)
    assert found.gap == 2
    assert any("0.1" in note for note in moved(run, goal=380, cap=0.2).changed.notes)


def test_over_assignment_stays_where_nothing_changes(tmp_path: Path) -> None:
    run = planned(
        tmp_path, 1000, {"X": 0.5, "Y": 0.5},
        buffers={"over_assignment": {"rep": 0.05}}, tolerance={"region": 0.1},
    )  # fmt: skip
    assert moved(run).changes.empty
    found = moved(run, goal=900)
    assert sum(by(found, "rep").values()) == pytest.approx(945, abs=5)


def test_pace_only_keeps_targets_and_sold_weeks(base: Path) -> None:
    actuals = weeks(base, 0.2)
    found = recalibrate_run(base, actuals, WEEK, pace_only=True).main
    assert found.changes.empty
    assert found.targets.equals(found.standing.targets)
    east = found.weekly[found.weekly["rep"] == "Rep East"]
    assert east["target"].iloc[:6].tolist() == pytest.approx([467 * 0.2 / 6] * 6)
    assert east["target"].sum() == pytest.approx(467)
    later, share = east["target"].iloc[6:].to_numpy(), [50 / 6] * 4 + [20 / 3] * 3
    rest = 467 * 0.8
    assert later == pytest.approx([rest * part / sum(share) for part in share], abs=1)


def test_a_year_moves_one_quarter(tmp_path: Path) -> None:
    folder = write_world(
        tmp_path / "scenario",
        {"name": "year", "periods": ["2024Q1", "2024Q2"], "goal": 1000},
        people=TEAM,
        regions=shares("region", {"East": 1, "South": 1}),
        products=shares("product", {"X": 1, "Y": 1}),
    )
    plan(folder, tmp_path / "run")
    rows = [{"period": "2024Q2", "week": 1, "rep": one["rep"], "amount": 3} for one in TEAM]
    actuals = table(tmp_path, "weeks", rows)
    found = recalibrate_run(tmp_path / "run", actuals, "2024Q2W01", tmp_path / "again", goal=450)
    totals = found.targets.groupby("period")["target"].sum().to_dict()
    assert totals == {"2024Q1": 500, "2024Q2": 450}
    rollup = found.rollup.set_index(["period", "region", "team", "product"])["target"]
    assert rollup.loc[("*", "*", "*", "*")] == 950
    record = json.loads((tmp_path / "again" / "run.json").read_text())
    assert (record["goal"], record["placed"], record["gap"]) == (950, 950, 0)


def test_a_gap_stays_unless_a_new_total_is_set(tmp_path: Path) -> None:
    people = [{"rep": "P", "region": "East", "capacity": 300}]
    run = planned(tmp_path, 400, {"X": 1}, people=people, regions=shares("region", {"East": 1}))
    told = []
    for options in ({}, {"goal": 290.0}):
        moved(run, **options)
        record = json.loads((tmp_path / "again" / "run.json").read_text())
        told.append((record["goal"], record["placed"], record["gap"], record["status"]))
    assert told == [(400, 300, 100, "gap"), (290, 290, 0, "complete")]


def test_a_regional_plan_moves_its_regions(tmp_path: Path) -> None:
    run = planned(tmp_path, 1400, {"all": 1}, people=[])
    rows = [{"period": "2023Q3", "week": 1, "region": name, "amount": 5} for name in REGIONS]
    actuals = table(tmp_path, "weeks", rows)
    found = recalibrate_run(run, actuals, "1", tmp_path / "again", goal=1300)
    assert found.targets["target"].sum() == 1300
    assert set(found.changes["rep"]) == {""}


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["recalibrate", *map(str, arguments)])


def test_command_tells_writes_and_keeps_the_run(base: Path, tmp_path: Path) -> None:
    before = sorted((path.name, path.read_bytes()) for path in base.glob("*.*"))
    out = tmp_path / "again"
    common = (base, "--actuals", weeks(base, 0.1), "--as-of", WEEK, "--out", out)
    result = _run(*common, "--goal", 1000)
    assert result.exit_code == 3, result.output
    assert "1,400 before, 1,120 now" in result.stdout
    assert "Not moved:" in result.stdout
    assert {path.name for path in out.iterdir()} == {
        "changes.csv", "not_moved.csv", "original.csv", "pacing.csv", "rollup.csv", "run.json",
        "scenario", "sold.csv", "targets.csv",
    }  # fmt: skip
    assert sorted((path.name, path.read_bytes()) for path in base.glob("*.*")) == before
    plain = _run(*common, "--pace-only", "--json")
    assert plain.exit_code == 0, plain.output
    assert json.loads(plain.stdout)["placed"] == 1400
    refused = _run(base, "--actuals", weeks(base, 0.1), "--as-of", WEEK, "--out", base)
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pace_only": True, "goal": 5.0}, "--goal would move them"),
        ({"goal": -1.0}, "above 0"),
        ({"cap": -0.1}, "such as 0.2"),
        ({"contingency": "free rivl"}, "no contingency free rivl"),
        ({"people": Path("nobody.csv")}, "no such file"),
    ],
)
def test_wrong_options_are_told(base: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        recalibrate_run(base, weeks(base, 0.1), WEEK, **options)


@pytest.mark.parametrize(
    ("move", "words"),
    [
        ({"product": "Service"}, "either to = the new target"),
        ({"product": "Servce", "to": 5}, "Service"),
        ({"to": 5}, "use --goal"),
        ({"product": "Service", "to": -5}, "negative"),
        ({"product": "Service", "to": 5, "rep": "A"}, "the key rep"),
        ({"product": "Service", "to": 5, "period": "2023Q4"}, "use --as-of a week of 2023Q4"),
    ],
)
def test_wrong_moves_are_told(tmp_path: Path, move: dict[str, Any], words: str) -> None:
    run = planned(
        tmp_path, 1200, {"MES": 0.9, "Service": 0.1}, contingency=[{"name": "B", "move": [move]}]
    )
    with pytest.raises(InputError, match=words):
        recalibrate_run(run, weeks(run, 0.1), WEEK, contingency="B")


def test_a_rep_who_changes_region_is_told(team: Path) -> None:
    people = [{**TEAM[0], "region": "South"}, *TEAM[1:]]
    with pytest.raises(InputError, match="one leaves and another joins"):
        moved(team, people=table(team.parent, "people", people))


@pytest.mark.parametrize(
    ("file", "column", "change", "words"),
    [
        ("targets.csv", "target", -60, "cap of 0.2"),
        ("rollup.csv", "target", 3, "sum of its parts"),
        ("changes.csv", "share", 0.5, "part of the original"),
        ("pacing.csv", "target", 4, "add up to the target"),
    ],
)
def test_damage_is_found(
    base: Path, tmp_path: Path, file: str, column: str, change: float, words: str
) -> None:
    out = tmp_path / "again"
    recalibrate_run(base, weeks(base, 0.1), WEEK, out, goal=1200)
    assert not verify_run(out).failures
    damaged = pd.read_csv(out / file, keep_default_na=False)
    damaged.loc[0, column] = float(damaged.loc[0, column]) + change
    damaged.to_csv(out / file, index=False)
    assert any(words in failure.text for failure in verify_run(out).failures)
