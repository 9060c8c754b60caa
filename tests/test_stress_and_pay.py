"""Stress pays what `pay` pays, but for the cent: two readings of the same rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.pay.pay import pay_run
from optimizer.pipeline import plan
from optimizer.stress.course import Course
from optimizer.stress.stress import read_world

SCENARIO = """
name = "both"
periods = ["2024Q1", "2024Q2", "2024Q3"]
goal = 3600
seed = 3

[pay]
unit = "CNY"
per_unit = 1000

[stress]
metrics = { collection_rate = 0.85 }
"""

INCENTIVE = """
[[plan]]
name = "lead"
match = { role = "lead" }
of = "team"

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.5, rate = 0.002 }, { from = "target", rate = 0.004 }]

[plan.bonus]
target_incentive = 4000
mode = "linear"
bands = [{ from = 0.7, multiplier = 0.2 }, { from = 1.0, multiplier = 1.0 }, { from = 1.3, multiplier = 1.9 }]

[[plan]]
name = "senior"
match = { role = "senior" }
cap = { of = "target_incentive", times = 2.2 }

[[plan.commission]]
mode = "retroactive"
products = ["A"]
tiers = [{ from = "floor", rate = 0.01 }, { from = "target", rate = 0.02 }, { from = "stretch", rate = 0.03 }]

[[plan.commission]]
mode = "marginal"
products = ["B"]
tiers = [{ from = 0.0, rate = 0.01 }, { from = 0.9, rate = 0.03 }]

[plan.bonus]
target_incentive = 3000
mode = "band"
bands = [{ from = 0.6, multiplier = 0.8 }, { from = 1.0, multiplier = 1.2 }, { from = 1.2, multiplier = 2.0 }]
rank = { top = 0.2, within = "region", multiplier = 2.5, from = 0.9, min_group = 3 }
progress = { gain = 0.15, from = 0.8, multiplier = 1.0 }

[[plan.gate]]
metric = "collection_rate"
below = 0.9
factor = 0.8

[[plan.gate]]
metric = "collection_rate"
below = 0.8
factor = 0.5

[[plan]]
name = "rest"
basis = "cumulative"
guarantee = { amount = 900, periods = 2 }

[[plan.commission]]
mode = "marginal"
tiers = [{ from = 0.0, rate = 0.005 }, { from = 0.8, rate = 0.02 }]

[plan.bonus]
target_incentive = 1000
mode = "band"
bands = [{ from = 0.9, multiplier = 1.0 }, { from = 1.1, multiplier = 1.6 }]

[[pool]]
name = "team fund"
of = "team"
over = 1.0
trigger = 1.05
rate = 0.03
split = "amount"

[[pool]]
name = "regional"
of = "region"
measured_against = "street"
rate = 0.02
split = "equal"
match = { role = ["senior", "lead"] }
"""  # noqa: E501


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("both")
    scenario = folder / "scenario"
    scenario.mkdir()
    (scenario / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    (scenario / "incentive.toml").write_text(INCENTIVE, encoding="utf-8")
    roles = ["lead", "senior", "senior", "senior", "newcomer", "newcomer"]
    people = [
        (f"{region}{team}{place}", region, f"{region}-{team}", role, 1 + place / 10)
        for region in ("East", "West")
        for team in (1, 2)
        for place, role in enumerate(roles)
    ]
    names = ["rep", "region", "team", "role", "resource"]
    table = pd.DataFrame(people, columns=names)
    table["start"] = np.where(table["rep"] == "East15", "2024-02-10", "")
    table.to_csv(scenario / "people.csv", index=False)
    shares = pd.DataFrame({"product": ["A", "B"], "share": [0.6, 0.4]})
    shares.to_csv(scenario / "products.csv", index=False)
    plan(scenario, folder / "run")
    return folder / "run"


# The last four have reps exactly on a threshold of the year to date, or of progress.
@pytest.mark.parametrize("seed", [0, 1, 2, 3, 20, 24, 38, 44])
def test_both_pay_the_same(run: Path, tmp_path: Path, seed: int) -> None:
    world = read_world(run)
    payees = world.payees
    random = np.random.default_rng(seed)
    attainment = np.round(np.exp(random.normal(0, 0.25, world.target.shape)), 2)
    attainment[random.random(attainment.shape) < 0.15] = 1.0
    rows = []
    for period, name in enumerate(payees.periods):
        for place, rep in enumerate(payees.labels("rep")):
            for product, target in zip(payees.products, payees.target[period, place], strict=True):
                amount = round(float(attainment[period, place] * target), 4)
                rows.append((name, rep, product, amount, 0.85))
    columns = ["period", "rep", "product", "amount", "collection_rate"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "sold.csv", index=False)
    exact = {
        (payout.period, payout.rep): float(payout.amount)
        for payout in pay_run(run, tmp_path / "sold.csv").payouts
    }
    course = Course(world)
    for period, name in enumerate(payees.periods):
        paid = course.pay(period, attainment[period][None])[0]
        wanted = [exact[name, rep] for rep in payees.labels("rep")]
        assert paid == pytest.approx(wanted, abs=0.06)
