"""Pictures and workbooks of finance: what they show is what the commands found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import pytest

from optimizer.frontier.frontier import frontier_run
from optimizer.report import pay_book
from optimizer.report.frontier_figures import draw_chance, draw_cost
from optimizer.report.picture import LINES
from optimizer.report.sheets import MONEY, Number, Sheet, write_book
from optimizer.report.stress_figures import draw_cost as draw_distribution
from optimizer.report.stress_figures import draw_curves
from optimizer.report.tune_figures import draw_rates
from optimizer.stress.stress import stress_run
from optimizer.tune.tune import tune_run
from tests.finance_worlds import done, finance_run, write_sold_as_planned

INCENTIVE = """
[[plan]]
name = "=1+1"
match = { role = "senior" }
paid = "with the salary"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 1.0, rate = 0.02 }, { from = 1.2, rate = 0.03 }]

[[plan]]
name = "_$x^"

[[plan.commission]]
mode = "retroactive"
tiers = [{ from = 0.0, rate = 0.0 }, { from = 0.8, rate = 0.01 }, { from = 1.0, rate = 0.018 }]
"""
STRESS = """
[pay]
unit = "CNY"
per_unit = 10000

[stress]
trials = 1600
budget = 20
elasticity = 1
attainment = { model = "lognormal", mean = 1.0, cv = 0.2 }
correlation = { company = 0.3, region = 0.2 }

[[stress.shock]]
name = "@boom"
factor = 1.1
probability = 0.25
"""
PICTURES = {
    "stress": {"payout_curve", "cost", "shocks"},
    "tune": {"rates", "payout_curve"},
    "frontier": {"frontier"},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finance_run(tmp_path_factory.mktemp("finance"), STRESS, INCENTIVE)


def _rows(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    """Return the rows of a sheet; no cell of the workbook may be a formula."""
    book = openpyxl.load_workbook(path)
    for one in book:
        assert one.freeze_panes == "A2"
        assert one.dimensions.startswith(one.auto_filter.ref)
        for row in one.iter_rows():
            assert not {cell.data_type for cell in row} & {"e", "f"}
    return list(book[sheet].iter_rows(values_only=True))


@pytest.mark.parametrize("command", list(PICTURES))
def test_pictures_and_workbook_are_the_same_bytes_each_time(
    run: Path, tmp_path: Path, command: str
) -> None:
    folders = [tmp_path / "once", tmp_path / "again"]
    for folder in folders:
        done(command, run, "--charts", "png", "--xlsx", "--out", folder)
    once, again = ({path.name: path.read_bytes() for path in one.iterdir()} for one in folders)
    assert once == again
    drawn = {name.removesuffix(".png") for name in once if name.endswith(".png")}
    assert drawn == PICTURES[command]
    assert all(once[f"{name}.png"].startswith(b"\x89PNG") for name in drawn)
    assert f"{command}.xlsx" in once
    assert set(json.loads(once["run.json"])["outputs"]) == set(once) - {"run.json"}


def test_the_workbook_of_stress_has_the_figures(run: Path, tmp_path: Path) -> None:
    done("stress", run, "--xlsx", "--out", tmp_path / "s")
    kept = json.loads((tmp_path / "s" / "stress.json").read_text(encoding="utf-8"))
    path = tmp_path / "s" / "stress.xlsx"
    figures = {row[0]: row[1:] for row in _rows(path, "figures")}
    for name, shown in (("mean", "mean"), ("sd", "standard deviation"), ("p95", "P95")):
        own = kept["cost"][name]
        assert figures[f"cost, {shown}"] == pytest.approx((own["value"], own["standard_error"]))
    assert figures["budget"][0] == kept["budget"] == 200_000
    over = kept["overrun_probability"]["value"]
    assert figures["probability that it is exceeded"][0] == pytest.approx(over)
    table = pd.read_csv(tmp_path / "s" / "stress_by.csv")
    shown = pd.DataFrame(_rows(path, "by group")[1:]).iloc[:, [0, 1, 2, 8]]
    assert shown[2].to_numpy() == pytest.approx(table["mean"].to_numpy())
    assert "=1+1" in set(shown[1])
    assert _rows(path, "shocks")[1][0] == "@boom"


def test_the_workbook_of_tune_has_rates_and_both_curves(run: Path, tmp_path: Path) -> None:
    done("tune", run, "--xlsx", "--out", tmp_path / "t")
    kept = json.loads((tmp_path / "t" / "tune.json").read_text(encoding="utf-8"))
    path = tmp_path / "t" / "tune.xlsx"
    after = [row[3] for row in _rows(path, "rates")[1:]]
    assert after == pytest.approx([rate["after"] for rate in kept["rates"]])
    assert after != [rate["before"] for rate in kept["rates"]]
    for when in ("before", "after"):
        at = {row[:2]: row[2] for row in _rows(path, f"curve {when}")[1:]}
        assert at["=1+1", 1] == pytest.approx(kept["pay"][0][f"at_target_{when}"], rel=1e-5)
    cost = {row[0]: row for row in _rows(path, "cost")}
    assert cost["CVaR95"][3] == pytest.approx(kept["cost"]["after"]["cvar95"]["value"])


def test_the_workbook_of_frontier_has_the_rows_and_the_cheapest(run: Path, tmp_path: Path) -> None:
    done("frontier", run, "--xlsx", "--out", tmp_path / "f")
    kept = json.loads((tmp_path / "f" / "frontier.json").read_text(encoding="utf-8"))
    path = tmp_path / "f" / "frontier.xlsx"
    head, *rows = _rows(path, "frontier")
    table = pd.DataFrame(rows, columns=head)
    written = pd.DataFrame(kept["rows"])
    for shown, name in (("over assignment",) * 2, ("cost mean", "cost_mean"), ("sales",) * 2):
        name = name.replace(" ", "_")
        assert table[shown].to_numpy() == pytest.approx(written[name].to_numpy())
    errors = [row["probability"] for row in kept["errors"]]
    assert table["probability, standard error"].to_numpy() == pytest.approx(errors)
    figures = {row[0]: row[1] for row in _rows(path, "figures")}
    cheapest = kept["cheapest"]["over_assignment"]
    assert figures["cheapest over-assignment that has it"] == pytest.approx(cheapest)


def test_the_workbook_of_pay_is_the_ledger(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = write_sold_as_planned(run, tmp_path / "sales.csv")
    arguments = ("pay", run, "--actuals", sold, "--xlsx", "--out")
    assert "When it is paid. =1+1: with the salary." in done(*arguments, tmp_path / "p").stdout
    kept = json.loads((tmp_path / "p" / "pay.json").read_text(encoding="utf-8"))
    assert kept["when_paid"] == {"=1+1": "with the salary"}
    for name in ("payouts", "ledger"):
        table = pd.read_csv(tmp_path / "p" / f"{name}.csv")
        rows = _rows(tmp_path / "p" / "pay.xlsx", name)[1:]
        assert len(rows) == len(table)
        assert sum(row[-1] for row in rows) == pytest.approx(table.iloc[:, -1].sum())
    head, *rows = _rows(tmp_path / "p" / "pay.xlsx", "payouts")
    assert not any(isinstance(amount, str) for row in rows for amount in row[3:])
    assert head[10] == "pool"
    monkeypatch.setattr(pay_book, "MOST_ROWS", 3)
    done(*arguments, tmp_path / "q")
    book = openpyxl.load_workbook(tmp_path / "q" / "pay.xlsx")
    assert book.sheetnames == ["by period", "by plan", "pools", "notes"]
    notes = [row[0] for row in book["notes"].iter_rows(values_only=True)]
    assert any("ledger: " in note and note.endswith("see ledger.csv") for note in notes)


def test_texts_are_texts_and_what_is_no_number_is_blank(tmp_path: Path) -> None:
    texts = ("=1+1", "+1", "@x", "#N/A", "a\x07b", "'quoted", "张三", "")
    rows = [(text, 1.5) for text in texts]
    rows += [("none", value) for value in (None, float("nan"), float("inf"))]
    sheet = Sheet("sheet", ("=head", "value"), [*rows, ("own", Number(0.5, "0%"))],
                  {"value": MONEY})  # fmt: skip
    write_book([sheet], tmp_path / "book.xlsx")
    assert _rows(tmp_path / "book.xlsx", "sheet")[1:] == [
        ("=1+1", 1.5), ("+1", 1.5), ("@x", 1.5), ("#N/A", 1.5), ("ab", 1.5), ("'quoted", 1.5),
        ("张三", 1.5), (None, 1.5), ("none", None), ("none", None), ("none", None), ("own", 0.5),
    ]  # fmt: skip
    cells = openpyxl.load_workbook(tmp_path / "book.xlsx")["sheet"]
    assert cells["B2"].number_format == MONEY
    assert cells["B13"].number_format == "0%"
    assert cells["A2"].quotePrefix


def test_the_frontier_marks_the_plan_and_the_cheapest(run: Path) -> None:
    found = frontier_run(run)
    cheapest = found.cheapest
    assert cheapest is not None
    figure, (chance, cost) = plt.subplots(2)
    draw_chance(found, chance)
    draw_cost(found, cost)
    at = 100 * cheapest["over_assignment"]
    for axes, column, times in ((chance, "probability", 100), (cost, "cost_mean", 1)):
        lines = {str(line.get_label()): line for line in axes.lines}
        star = next(line for line in axes.lines if line.get_marker() == "*")
        assert np.ravel(star.get_data()) == pytest.approx([at, times * cheapest[column]])
        assert f"as planned: {100 * found.present:.2f} %" in lines
    assert f"cheapest for 80 %: {at:.2f} %" in {str(line.get_label()) for line in chance.lines}
    plt.close(figure)


def test_lines_of_a_picture_differ_without_their_colours(run: Path) -> None:
    assert len({(dashes, marker) for _, dashes, marker in LINES}) == len(LINES)
    found = stress_run(run)
    figure, (curves, cost) = plt.subplots(2)
    draw_curves(found, curves)
    legend = curves.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["=1+1", " _$x^"]
    draw_distribution(found, cost)
    dashes = [line.get_linestyle() for line in cost.lines]
    assert len(set(dashes)) == len(dashes) == 4
    over = [patch for patch in cost.patches if patch.get_hatch()]
    assert found.budget is not None
    assert sum(patch.get_height() for patch in over) == (found.costs > found.budget).sum()
    plt.close(figure)


def test_rates_are_drawn_as_multiples_of_what_they_are(run: Path) -> None:
    found = tune_run(run)
    figure, axes = plt.subplots()
    draw_rates(found, axes)
    after = next(line for line in axes.lines if line.get_label() == "after")
    rows = found.rates[found.rates["before"] != 0]
    times = (rows["after"] / rows["before"]).to_numpy()
    assert np.asarray(after.get_xdata())[::-1] == pytest.approx(times)
    names = [text.get_text() for text in axes.get_yticklabels()][::-1]
    assert names == list(rows["rate"])
    assert len(names) == len(found.rates) - 1
    plt.close(figure)
