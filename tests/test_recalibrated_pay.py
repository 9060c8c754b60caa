"""What a recalibration does to pay: by hand, against the command that pays, and files."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from worlds import shares, write_world

import cli
from optimizer.errors import InputError
from optimizer.pacing.pace import pace_run
from optimizer.pay.pay import pay_run
from optimizer.pipeline import plan
from optimizer.recalibrate.recalibration import Recalibration
from optimizer.recalibrate.run import recalibrate_run
from optimizer.recalibrate.text import render_recalibration
from optimizer.verify.verify import verify_run

WEEK = "2023Q3W06"
DUE = 0.3 + 0.5 * 2 / 6
"""Share of the quarter that is due after six weeks: four at 30 % together, two of six at 50 %."""

MARGINAL = """
[[plan]]
name = "all"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = "target", rate = 0.02 }]
"""

RICH = """
[[plan]]
name = "lead"
match = { role = "lead" }
of = "team"

[plan.bonus]
target_incentive = 4000
mode = "linear"
bands = [
  { from = 0.5, multiplier = 0.2 },
  { from = 1.0, multiplier = 1.0 },
  { from = 1.5, multiplier = 1.9 },
]

[[plan]]
name = "year"
match = { role = "senior" }
basis = "cumulative"

[[plan.commission]]
mode = "retroactive"
tiers = [{ from = 0.5, rate = 0.10 }, { from = 0.9, rate = 0.15 }, { from = 1.0, rate = 0.20 }]

[[plan]]
name = "rest"
guarantee = { amount = 900, periods = 2 }

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.5 }, { from = "target", rate = 1.0 }]

[plan.bonus]
target_incentive = 3000
mode = "band"
bands = [{ from = 0.6, multiplier = 0.8 }, { from = 1.0, multiplier = 1.2 }]
rank = { top = 0.3, within = "region", multiplier = 2.5, from = 0.8, min_group = 2 }

[[pool]]
name = "fund"
of = "region"
measured_against = "goal"
over = 0.8
trigger = 0.8
rate = 0.05
split = "amount"
"""

PEOPLE = [
    {"rep": name, "region": region, "team": team, "role": role, "ability": 1}
    for name, region, team, role in (
        ("A", "East", "E1", "lead"), ("B", "East", "E1", "senior"), ("C", "East", "E1", ""),
        ("D", "East", "E2", ""), ("E", "South", "S1", "senior"), ("F", "South", "S1", ""),
        ("G", "South", "S1", ""),
    )
]  # fmt: skip


def planned(home: Path, rules: str | None, **settings: Any) -> Path:
    """Plan seven people in two regions, with rules of pay or none."""
    keys = {"name": "case", "unit": "k", "periods": ["2023Q3"], "goal": 1400}
    folder = write_world(
        home / "scenario",
        {**keys, "pay": {"unit": "CNY", "per_unit": 1000}, **settings},
        people=PEOPLE,
        regions=shares("region", {"East": 800, "South": 600}),
    )
    if rules is not None:
        (folder / "incentive.toml").write_text(rules, encoding="utf-8")
    plan(folder, home / "run")
    return home / "run"


@pytest.fixture(scope="module")
def marginal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that is paid by two tiers; each of the seven carries 200."""
    return planned(tmp_path_factory.mktemp("marginal"), MARGINAL)


def weeks(
    run: Path, parts: dict[str, float], extra: tuple[dict[str, Any], ...] = (), **labels: Any
) -> Path:
    """Write six weeks of sales that land each rep at a part of the target; all of it if unsaid."""
    table = pd.read_csv(run / "targets.csv").query("period == '2023Q3'")
    rows = [
        {"period": "2023Q3", "week": week, "rep": rep, **labels,
         "amount": target * parts.get(str(rep), 1.0) * DUE / 6}
        for rep, target in table.groupby("rep")["target"].sum().items()
        for week in range(1, 7)
    ]  # fmt: skip
    path = run.parent / "weeks.csv"
    pd.DataFrame([*rows, *extra]).to_csv(path, index=False)
    return path


def told(found: Recalibration) -> dict[str, float]:
    """Return the pay effect of each rep whom the table of changes tells."""
    rows = found.changes.dropna(subset="pay_effect")
    assert not rows["rep"].duplicated().any()
    return {str(rep): float(effect) for rep, effect in rows[["rep", "pay_effect"]].to_numpy()}


def test_a_lower_target_pays_what_the_higher_tier_gives(marginal: Path, tmp_path: Path) -> None:
    """Landing on the old target of 200: 180 at 1 % and 20 at 2 %, where 200 at 1 % were."""
    found = recalibrate_run(
        marginal, weeks(marginal, {"G": 0.9}), WEEK, tmp_path / "again", goal=1260
    )
    assert told(found) == dict.fromkeys("ABCDEF", 200.0) | {"G": 0.0}
    assert found.as_dict()["pay_effect"] == {
        "unit": "CNY", "total": "1200.00", "people": dict.fromkeys("ABCDEF", "200.00")
    }  # fmt: skip
    assert "changes by +1,200.00 CNY in all" in render_recalibration(found)
    lines = (tmp_path / "again" / "changes.csv").read_text().splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines if ",G,*," in line] == ["0.00"]
    assert not verify_run(tmp_path / "again").failures


def test_pay_falls_where_targets_rise(marginal: Path, tmp_path: Path) -> None:
    """Landing at 240 of 200: 40 at the higher rate; of a target of 220, 20."""
    found = recalibrate_run(
        marginal, weeks(marginal, {"A": 1.2}), WEEK, tmp_path / "again", goal=1540
    )
    assert told(found)["A"] == -200.0
    text = (tmp_path / "again" / "changes.csv").read_text()
    assert ",-200.00\n" in text, "a negative amount is a number, not a guarded text"
    assert not verify_run(tmp_path / "again").failures


def test_the_effect_is_what_the_command_pays_before_and_after(tmp_path: Path) -> None:
    """Groups, ranks, pools, a guarantee and the year to date: two runs paid by `pay`."""
    run = planned(tmp_path, RICH, periods=["2023Q2", "2023Q3"], goal=2800)
    earlier = tuple(
        {"period": "2023Q2", "week": week, "rep": one["rep"], "amount": 14.0}
        for one in PEOPLE
        for week in range(1, 14)
    )
    parts = {"A": 0.9, "B": 0.93, "C": 1.1, "D": 0.97, "E": 0.95, "F": 1.3, "G": 0.0}
    actuals = weeks(run, parts, earlier)
    again = tmp_path / "again"
    (tmp_path / "shares.csv").write_text("region,share\nEast,0.52\nSouth,0.48\n")
    found = recalibrate_run(run, actuals, WEEK, again, goal=1260, shares=tmp_path / "shares.csv")
    now = pace_run(run, actuals=actuals, as_of=WEEK).now
    landed = now[now["level"] == "rep"][["name", "projected"]].to_numpy().tolist()
    table = [("2023Q3", rep, amount) for rep, amount in landed]
    table += [("2023Q2", one["rep"], 14.0 * 13) for one in PEOPLE]
    landing = tmp_path / "landing.csv"
    pd.DataFrame(table, columns=["period", "rep", "amount"]).to_csv(landing, index=False)
    before, after = (
        {one.rep: one.amount for one in pay_run(folder, landing, period="2023Q3").payouts}
        for folder in (run, again)
    )
    effects = {rep: float(after[rep] - before[rep]) for rep in before}
    assert told(found) == effects
    assert len(set(effects.values())) > 4


def test_pay_that_moves_by_the_targets_of_others_is_noted(tmp_path: Path) -> None:
    run = planned(tmp_path, RICH.replace('basis = "cumulative"', 'of = "region"'))
    actuals = weeks(run, {"B": 1.2})
    people = pd.DataFrame(PEOPLE)
    people["min"] = people["rep"].map({"B": 200.0})
    people["capacity"] = people["min"]
    people.to_csv(tmp_path / "people.csv", index=False)
    found = recalibrate_run(run, actuals, WEEK, goal=1260, people=tmp_path / "people.csv")
    assert "B" not in told(found)
    assert found.pay_effect is not None and found.pay_effect.amounts is not None
    assert found.pay_effect.amounts["B"] > 0
    assert any("B, whose own targets stay" in note for note in found.notes)


def test_who_comes_or_goes_has_no_effect_told(marginal: Path, tmp_path: Path) -> None:
    people = [one for one in PEOPLE if one["rep"] != "D"]
    joined = {"rep": "H", "region": "East", "team": "E2", "role": "", "ability": 1}
    pd.DataFrame([*people, joined]).to_csv(tmp_path / "people.csv", index=False)
    found = recalibrate_run(marginal, weeks(marginal, {}), WEEK, people=tmp_path / "people.csv")
    moved = set(found.changes["rep"]) - {"*"}
    assert {"D", "H"} <= moved
    assert not {"D", "H"} & set(told(found))


def test_without_rules_of_pay_the_column_is_blank(tmp_path: Path) -> None:
    run = planned(tmp_path, None)
    found = recalibrate_run(run, weeks(run, {}), WEEK, goal=1260)
    assert found.changes["pay_effect"].isna().all()
    assert found.pay_effect is None
    assert "pay_effect" not in found.as_dict()


def test_explain_tells_what_a_move_does_to_pay(marginal: Path, tmp_path: Path) -> None:
    found = recalibrate_run(
        marginal, weeks(marginal, {"G": 0.9}), WEEK, tmp_path / "again", goal=1260
    )
    effects = told(found)
    explained = CliRunner().invoke(cli.main, ["explain", str(tmp_path / "again"), "--json"])
    assert explained.exit_code == 0, explained.output
    sentences = json.loads(explained.stdout)["sentences"]
    own = {text.split(" (")[0]: text for text in sentences if "2023Q3" in text}
    assert effects and set(effects) <= set(own)
    for rep, effect in effects.items():
        words = f"changes by {effect:+,.2f}." if effect else "landing stays."
        assert own[rep].endswith(words)


def test_rules_from_now_on_are_kept_and_pay_both_runs(tmp_path: Path) -> None:
    run = planned(tmp_path, None)
    rules = tmp_path / "rules.toml"
    rules.write_text(MARGINAL, encoding="utf-8")
    again = tmp_path / "again"
    result = CliRunner().invoke(
        cli.main,
        ["recalibrate", str(run), "--actuals", str(weeks(run, {})), "--as-of", WEEK, "--goal",
         "1260", "--incentive", str(rules), "--out", str(again), "--json"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["pay_effect"]["total"] == "1400.00"
    assert (again / "scenario" / "incentive.toml").read_text() == MARGINAL
    record = json.loads((again / "run.json").read_text())
    assert "--incentive" in record["inputs"]
    rules.write_text(MARGINAL.replace("marginal", "margin"), encoding="utf-8")
    with pytest.raises(InputError, match="margin"):
        recalibrate_run(run, weeks(run, {}), WEEK, incentive=rules)


def test_gates_without_a_value_are_left_out_and_named(tmp_path: Path) -> None:
    gate = '\n[[plan.gate]]\nmetric = "collection"\nbelow = 0.9\nfactor = 0.5\n'
    folder = tmp_path / "scenario"
    folder.mkdir()
    rows = ["period,rep,metric,value", *(f"2023Q3,{name},collection,0.8" for name in "ABCDEF")]
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = planned(tmp_path, MARGINAL + gate)
    found = recalibrate_run(run, weeks(run, {}), WEEK, goal=1260)
    assert told(found) == dict.fromkeys("ABCDEF", 100.0) | {"G": 200.0}
    assert [note for note in found.notes if "gates on collection for G," in note]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (MARGINAL.replace('mode =', 'measure = "margin"\nmode ='), "paid on margin"),
        (MARGINAL.replace('mode =', 'products = ["all"]\nmode ='), "pays by product"),
        (MARGINAL.replace('"all"', '"all"\nbasis = "cumulative"'), "nothing for 2023Q2"),
    ],
)  # fmt: skip
def test_what_pay_needs_and_actuals_lack_is_said(tmp_path: Path, rules: str, said: str) -> None:
    run = planned(tmp_path, rules, periods=["2023Q2", "2023Q3"], goal=2800)
    found = recalibrate_run(run, weeks(run, {}), WEEK, goal=1260)
    assert found.changes["pay_effect"].isna().all()
    assert any("pay_effect is blank" in note and said in note for note in found.notes)
    assert found.as_dict()["pay_effect"]["total"] is None


def test_blocks_of_one_product_are_paid_by_its_own_sales(tmp_path: Path) -> None:
    rules = MARGINAL.replace("mode =", 'products = ["all"]\nmode =')
    run = planned(tmp_path, rules)
    product = pd.read_csv(run / "targets.csv")["product"].iloc[0]
    (run / "scenario" / "incentive.toml").write_text(rules.replace('"all"]', f'"{product}"]'))
    found = recalibrate_run(run, weeks(run, {}, product=product), WEEK, goal=1260)
    assert told(found) == dict.fromkeys("ABCDEFG", 200.0)


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        (",A,*,", "12.5", "no amount with two decimals"),
        (",A,*,", "many", "no amount with two decimals"),
        ("East,*,", "1.00", "a region has an effect"),
    ],
)
def test_verify_reads_the_column(
    marginal: Path, tmp_path: Path, row: str, cell: str, said: str
) -> None:
    again = tmp_path / "again"
    recalibrate_run(marginal, weeks(marginal, {}), WEEK, again, goal=1260)
    path = again / "changes.csv"
    lines = path.read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if row in line)
    lines[place] = lines[place].rsplit(",", 1)[0] + f",{cell}"
    path.write_text("\n".join(lines) + "\n")
    failures = verify_run(again).failures
    assert any(said in one.text for one in failures)


def test_effects_are_whole_hundredths(tmp_path: Path) -> None:
    run = planned(tmp_path, RICH.replace('basis = "cumulative"\n', ""))
    found = recalibrate_run(run, weeks(run, {"B": 0.977, "F": 1.033}), WEEK, goal=1301)
    assert found.pay_effect is not None and found.pay_effect.amounts is not None
    assert all(amount == round(amount, 2) for amount in found.pay_effect.amounts.values())
    assert isinstance(next(iter(found.pay_effect.amounts.values())), Decimal)


def test_a_commission_on_another_measure_is_paid_by_its_own_targets(tmp_path: Path) -> None:
    """Units fall from 100 to 90 each, and 10 of 100 are paid at the higher rate."""
    rules = MARGINAL.replace("mode =", 'measure = "units"\nmode =')
    run = planned(tmp_path, rules, measure={"units": {"goal": 700}})
    table = pd.read_csv(weeks(run, {})).groupby(["period", "week", "rep"], as_index=False).sum()
    actuals = tmp_path / "two.csv"
    table.assign(amount=200 * DUE / 6, units=100 * DUE / 6).to_csv(actuals, index=False)
    found = recalibrate_run(run, actuals, WEEK, tmp_path / "again", goal=630, measure="units")
    assert told(found) == dict.fromkeys("ABCDEFG", 100.0)
    assert set(found.changes.dropna(subset="pay_effect")["measure"]) == {"units"}
    assert not verify_run(tmp_path / "again").failures
    table.assign(amount=200 * DUE / 6).to_csv(actuals, index=False)
    blank = recalibrate_run(run, actuals, WEEK, goal=1260)
    assert blank.changes["pay_effect"].isna().all()
    assert any("what each rep sold of it" in note for note in blank.notes)


def test_a_main_measure_by_another_name_is_paid_on_its_sales(tmp_path: Path) -> None:
    """Its own column, or `amount`: 200 at 1 % and 40 at 2 %; after the fall 20 more at 2 %."""
    keys = {"name": "case", "periods": ["2023Q3"], "measure": {"revenue": {"goal": 1400}}}
    folder = write_world(
        tmp_path / "scenario",
        keys,
        people=PEOPLE,
        regions=shares("region", {"East": 4, "South": 3}),
    )
    (folder / "incentive.toml").write_text(MARGINAL, encoding="utf-8")
    plan(folder, tmp_path / "run")
    landing = tmp_path / "landing.csv"
    for header, row in (("amount", "240"), ("amount,revenue", "240,240")):
        landing.write_text(f"period,rep,{header}\n2023Q3,A,{row}\n", encoding="utf-8")
        paid = {one.rep: one.amount for one in pay_run(tmp_path / "run", landing).payouts}
        assert paid["A"] == Decimal("2.80")
    run = tmp_path / "run"
    found = recalibrate_run(run, weeks(run, {"A": 1.2}), WEEK, goal=1260)
    assert told(found)["A"] == 0.2
