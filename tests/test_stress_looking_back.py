"""Awards, progress and other measures: stress pays what `pay` pays, history before the run too."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cli import main
from optimizer.errors import InputError
from optimizer.incentives.plan import Award, Commission, Gate, IncentivePlan, Plan
from optimizer.pay.actuals import metrics_of
from optimizer.pay.history import read_previous
from optimizer.pay.pay import pay_run
from optimizer.pay.write import write_pay
from optimizer.pipeline import plan
from optimizer.stress.awards import build_reward
from optimizer.stress.blocks import attainment_blocks
from optimizer.stress.course import Course
from optimizer.stress.earlier import Earlier
from optimizer.stress.rules import StressRules
from optimizer.stress.simulate import simulate
from optimizer.stress.stress import read_parts, read_world, stress_run
from optimizer.stress.world import World, build_world
from tests.stress_worlds import METRICS, SHAPES, exact, make_payees, tiers

SCENARIO = """
name = "{name}"
periods = {periods}
goal = 3600
seed = 3

[pay]
unit = "CNY"
per_unit = 1000

[measure.customers]
goal = 900
unit = "customers"

[stress]
measures = {{ margin = 0.35 }}
metrics = {{ collection_rate = 0.95 }}
"""

INCENTIVE = """
[[plan]]
name = "lead"
match = { role = "lead" }
of = "team"

[[plan.commission]]
mode = "marginal"
products = ["A"]
tiers = [{ from = 0.5, rate = 0.002 }, { from = "target", rate = 0.004 }]

[[plan.commission]]
mode = "retroactive"
measure = "customers"
per_unit = 1
tiers = [{ from = "floor", rate = 10 }, { from = 1.05, rate = 15 }]

[plan.bonus]
target_incentive = 4000
mode = "band"
bands = [{ from = 0.7, multiplier = 0.2 }, { from = 1.0, multiplier = 1.0 }]
progress = { gain = 0.05, from = 0.8, multiplier = 1.5 }

[[plan]]
name = "senior"
match = { role = "senior" }

[[plan.commission]]
mode = "marginal"
measure = "margin"
tiers = [{ from = 0.0, rate = 0.01 }, { from = 0.9, rate = 0.03 }]

[[plan.commission]]
mode = "retroactive"
measure = "customers"
per_unit = 1
products = ["B"]
tiers = [{ from = 0.8, rate = 100 }, { from = "target", rate = 150 }, { from = 1.2, rate = 180 }]

[plan.bonus]
target_incentive = 1000
mode = "linear"
bands = [{ from = 0.5, multiplier = 0.2 }, { from = 1.0, multiplier = 1.0 }, { from = 1.4, multiplier = 1.7 }]
progress = { gain = 0.1, multiplier = 2.0 }

[[plan]]
name = "rest"
basis = "cumulative"
guarantee = { amount = 2900, periods = 2 }

[[plan.commission]]
mode = "marginal"
products = ["A"]
tiers = [{ from = 0.0, rate = 0.005 }, { from = 0.8, rate = 0.02 }]

[[plan.commission]]
mode = "retroactive"
measure = "margin"
tiers = [{ from = 0.9, rate = 0.01 }, { from = 1.1, rate = 0.02 }]

[[award]]
name = "two running"
metric = "attainment"
at_least = 1.0
periods = 2
amount = 500

[[award]]
name = "any three"
metric = "attainment"
at_least = 0.9
periods = 3
consecutive = false
match = { role = ["senior", "newcomer"] }
amount = 700

[[award]]
name = "collects"
metric = "collection_rate"
at_least = 0.9
periods = 2
match = { region = "East" }
amount = 90

[[award]]
name = "cup"
metric = "attainment"
at_least = 1.1
text = "a cup"
"""  # noqa: E501

ROLES = ["lead", "senior", "senior", "senior", "newcomer", "newcomer"]


def planned(folder: Path, name: str, periods: str) -> Path:
    """Plan the scenario over some periods and return the run folder."""
    scenario = folder / name
    scenario.mkdir()
    text = SCENARIO.format(name=name, periods=periods)
    (scenario / "scenario.toml").write_text(text, encoding="utf-8")
    (scenario / "incentive.toml").write_text(INCENTIVE, encoding="utf-8")
    people = [
        (f"{region}{team}{place}", region, f"{region}-{team}", role, 1 + place / 10)
        for region in ("East", "West")
        for team in (1, 2)
        for place, role in enumerate(ROLES)
    ]
    names = ["rep", "region", "team", "role", "resource"]
    pd.DataFrame(people, columns=names).to_csv(scenario / "people.csv", index=False)
    shares = pd.DataFrame({"product": ["A", "B"], "share": [0.6, 0.4]})
    shares.to_csv(scenario / "products.csv", index=False)
    plan(scenario, folder / f"{name}-run")
    return folder / f"{name}-run"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a run of two quarters, paid, and one of the three quarters after it."""
    folder = tmp_path_factory.mktemp("back")
    first = planned(folder, "first", '["2023Q3", "2023Q4"]')
    world = read_world(first)
    sold(world, attained(world, 77)).to_csv(folder / "sold.csv", index=False)
    write_pay(pay_run(first, folder / "sold.csv"), first / "pay", folder / "sold.csv")
    return first, planned(folder, "second", '["2024Q1", "2024Q2", "2024Q3"]')


def attained(world: World, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    found = np.round(np.exp(random.normal(0, 0.25, world.target.shape)), 2)
    found[random.random(found.shape) < 0.2] = 1.0
    return found


def sold(world: World, attainment: np.ndarray) -> pd.DataFrame:
    """Return actuals in which everybody has these attainments of all measures."""
    payees = world.payees
    customers = payees.others["customers"]["target"]
    rows = []
    for period, name in enumerate(payees.periods):
        for place, rep in enumerate(payees.labels("rep")):
            for number, product in enumerate(payees.products):
                level = attainment[period, place]
                amount = float(level * payees.target[period, place, number])
                people = float(level * customers[period, place, number])
                rows.append((name, rep, product, amount, 0.35 * amount, people, 0.95))
    columns = ["period", "rep", "product", "amount", "margin", "customers", "collection_rate"]
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("looks_back", [False, True])
def test_both_pay_the_same(
    runs: tuple[Path, Path], tmp_path: Path, seed: int, looks_back: bool
) -> None:
    first, run = runs
    previous = (first,) if looks_back else ()
    world = read_world(run, previous=previous)
    attainment = attained(world, seed)
    sold(world, attainment).to_csv(tmp_path / "sold.csv", index=False)
    found = pay_run(run, tmp_path / "sold.csv", previous=previous)
    exactly = {(payout.period, payout.rep): float(payout.amount) for payout in found.payouts}
    names = {line.name for payout in found.payouts for line in payout.lines}
    assert {"two running", "any three", "collects", "cup"} <= names
    course = Course(world)
    for period, name in enumerate(world.payees.periods):
        paid = course.pay(period, attainment[period][None])[0]
        wanted = [exactly[name, rep] for rep in world.payees.labels("rep")]
        assert paid == pytest.approx(wanted, abs=0.06)


def test_awards_are_a_component_of_their_own(runs: tuple[Path, Path]) -> None:
    first, run = runs
    found = stress_run(run, trials=64, previous=(first,))
    assert found.methods["two running"] == "simulation"
    assert "cup" not in found.methods
    parts = found.by[found.by["dimension"] == "component"].set_index("name")["mean"]
    assert parts.sum() == pytest.approx(found.figures["mean"].value, rel=1e-5)
    # Held in each of three quarters, so paid in the second; of the past it is not known.
    assert parts["award collects"] == pytest.approx(12 * 90, rel=1e-5)
    alone = stress_run(run, trials=64).by.set_index(["dimension", "name"])["mean"]
    assert parts["award two running"] > 1.05 * alone["component", "award two running"] > 0
    said = "customers: a rep's attainment is the same as that of amount"
    assert said in found.as_dict()["assumptions"]


@pytest.mark.parametrize("of", ["rep", "team"])
@pytest.mark.parametrize("measure", ["amount", "customers", "margin"])
def test_blocks_of_some_products_look_at_their_own_attainment(of: str, measure: str) -> None:
    """Mixes differ, so the attainment of a block is not that of all products."""
    payees = make_payees(10, 2, periods=3)
    others = {"customers": make_payees(10, 2, periods=3, seed=9).levels()}
    payees = replace(payees, others=others)
    block = Commission("retroactive", tiers(("floor", 0.1), (1.0, 0.2)), ("B",), measure)
    whole = Plan("p", of=of, basis="cumulative", commissions=(block,))
    rules = StressRules(measures={"margin": 0.5})
    course = Course(build_world(payees, IncentivePlan((whole,)), rules, goals(payees)))
    levels = others["customers"] if measure == "customers" else payees.levels()
    target, floor = (levels[name][:, :, 1] for name in ("target", "floor"))
    due, attainment = np.zeros(10), np.random.default_rng(4).uniform(0.7, 1.3, (3, 10))
    for period in range(3):
        paid = course.pay(period, attainment[period][None])[0]
        now = np.zeros(10)
        for rep in range(10):
            group = [rep] if of == "rep" else [one for one in range(10) if one // 5 == rep // 5]
            upto = slice(0, period + 1)
            sold = (attainment[upto, group] * target[upto, group]).sum()
            goal, least = target[upto, group].sum(), floor[upto, group].sum()
            rate = 0.2 if sold >= goal else 0.1 if sold >= least else 0.0
            now[rep] = rate * sold * (0.5 if measure == "margin" else 1)
        if of == "team":
            # Everybody on a team is paid on all that the team sells.
            assert paid[:5] == pytest.approx([paid[0]] * 5)
        assert paid == pytest.approx(np.maximum(now - due, 0), rel=1e-5, abs=1e-9)
        due += paid


def award_cost(
    award: Award, attainments: list[list[float]], metrics: pd.DataFrame | None = None
) -> list[list[float]]:
    """Return what one rep receives in each trial, by period."""
    payees = make_payees(1, 1, periods=len(attainments[0]))
    if metrics is not None:
        scenario = replace(payees.scenario, tables={**payees.scenario.tables, "metrics": metrics})
        payees = replace(payees, scenario=scenario)
    world = build_world(payees, IncentivePlan((), (), (award,)), StressRules(), goals(payees))
    course = Course(world)
    return [
        course.pay(period, np.array([[row[period]] for row in attainments]))[:, 0].tolist()
        for period in range(len(attainments[0]))
    ]


def goals(payees: object) -> dict[str, pd.Series]:
    return {name: pd.Series(dtype=float) for name in payees.periods}  # type: ignore[attr-defined]


def test_a_run_of_periods_counts_once() -> None:
    award = Award("stock", "attainment", exact(1), periods=2, amount=exact(8))
    rows = [[1.02, 1.0, 1.0, 1.0], [1.05, 0.99, 1.0, 1.0], [0.99, 1.01, 1.03, 0.9]]
    assert award_cost(award, rows) == [[0, 0, 0], [8, 0, 0], [0, 0, 8], [8, 8, 0]]
    any_two = replace(award, consecutive=False)
    assert award_cost(any_two, rows) == [[0, 0, 0], [8, 0, 0], [0, 8, 8], [8, 0, 0]]


def test_dated_attainments_of_the_table_metrics_are_history() -> None:
    award = Award("stock", "attainment", exact(1), periods=3, amount=exact(8))
    rows = [("2023Q4", 1.0), ("2023Q3", 1.1), ("2023Q1", 1.2), ("old", 1.0), ("2024Q2", 1.5)]
    table = pd.DataFrame(
        [(name, "S00000", "attainment", value) for name, value in rows],
        columns=["period", "rep", "metric", "value"],
    )
    assert award_cost(award, [[1.0, 1.0]], table) == [[8], [0]]
    # Without the quarter before the run, nothing runs on.
    assert award_cost(award, [[1.0, 1.0]], table[1:]) == [[0], [0]]
    any_three = replace(award, consecutive=False)
    assert award_cost(any_three, [[0.9, 1.0, 1.0, 1.0]], table[1:]) == [[0], [8], [0], [0]]


@pytest.mark.parametrize("name", [*SHAPES, "award"])
def test_simulated_trials_are_paid_like_any_other(name: str) -> None:
    """Nothing of a trial is overwritten before it is paid."""
    payees = make_payees(20, 2, periods=4)
    award = Award("stock", "attainment", exact(1), periods=2, amount=exact(8))
    rules = StressRules(metrics=METRICS, seed=5)
    shape = SHAPES.get(name, SHAPES["bands"])
    incentives = IncentivePlan((shape,), (), (award,) if name == "award" else ())
    world = build_world(payees, incentives, rules, goals(payees))
    total = simulate(world, 8, cells=100).total
    for block in attainment_blocks(world, 8):
        course = Course(world)
        paid = sum(
            course.pay(period, level.astype(float)).sum(axis=1)
            for period, level in enumerate(block.attainment)
        )
        assert total[block.replicate, block.rows] == pytest.approx(paid, rel=1e-5)


def test_who_has_no_target_holds_no_award() -> None:
    payees = make_payees(2, 1)
    payees = replace(payees, target=payees.target * np.array([0.0, 1.0])[:, None])
    award = Award("stock", "attainment", exact(0), amount=exact(8))
    world = build_world(payees, IncentivePlan((), (), (award,)), StressRules(), goals(payees))
    assert Course(world).pay(0, np.ones((1, 2))).tolist() == [[0, 8]]


def test_what_nothing_is_known_of_is_refused_in_words() -> None:
    payees = make_payees(2, 1)
    award = Award("card", "score", exact(80), amount=exact(8))
    with pytest.raises(InputError, match="award card looks at score, which is not known"):
        build_reward(award, payees, StressRules(), Earlier(payees))
    known = build_reward(award, payees, StressRules(metrics={"score": 81}), Earlier(payees))
    assert known is not None and known.given is not None and known.given.all()
    block = Commission("marginal", tiers((0, 0.1)), measure="margin")
    incentives = IncentivePlan((Plan("p", commissions=(block,)),))
    with pytest.raises(InputError, match=r"measures = { margin = 0.3 } in the scenario"):
        build_world(payees, incentives, StressRules(), goals(payees))


@pytest.mark.parametrize(
    ("award", "is_paid"),
    [
        (Award("a", "attainment", exact(1)), False),
        (Award("a", "attainment", exact(1), periods=100_000, amount=exact(5)), False),
        (Award("a", "attainment", exact(1), amount=exact(5), match={"role": ("boss",)}), False),
        (Award("a", "attainment", Decimal("1e300"), amount=exact(5)), True),
    ],
)
def test_awards_out_of_reach_cost_nothing(award: Award, is_paid: bool) -> None:
    payees = make_payees(4, 1)
    assert (build_reward(award, payees, StressRules(), Earlier(payees)) is not None) == is_paid
    incentives = IncentivePlan((SHAPES["marginal"],), (), (award,))
    with_it = build_world(payees, incentives, StressRules(), goals(payees))
    without = replace(with_it, rewards=())
    assert np.array_equal(simulate(with_it, 4).total, simulate(without, 4).total)
    if not is_paid:
        with pytest.raises(InputError, match=r"no plan of incentive.toml pays anybody"):
            build_world(payees, IncentivePlan((), (), (award,)), StressRules(), goals(payees))


def test_gates_in_proportion_leave_value_over_threshold() -> None:
    payees, rules = make_payees(4, 1), StressRules(metrics=METRICS)
    gate = Gate("collection_rate", exact(0.9), None)
    gated = replace(SHAPES["marginal"], gates=(gate,))
    world = build_world(payees, IncentivePlan((gated,)), rules, goals(payees))
    assert world.paying[0].schedules[0].factor == pytest.approx(np.full(4, 0.85 / 0.9))


def test_the_command_takes_earlier_runs(runs: tuple[Path, Path], tmp_path: Path) -> None:
    first, run = runs
    options = ["--trials", "32", "--out", str(tmp_path / "out"), "--json"]
    done = CliRunner().invoke(main, ["stress", str(run), "--previous", str(first), *options])
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)["cost"]["mean"]["value"]
    parts = read_parts(run, previous=(first,))
    assert parts.earlier == read_previous([first], metrics_of(parts.incentives))
    assert shown == stress_run(run, trials=32, previous=(first,)).figures["mean"].value
    wrong = CliRunner().invoke(main, ["stress", str(run), "--previous", str(run), *options])
    assert wrong.exit_code == 2
    assert "pay that run first" in wrong.stderr
