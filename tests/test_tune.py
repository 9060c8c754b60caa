"""Tuned rates: the optimum of the whole linear program, within the rules, checked afresh."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pulp
import pytest
from click.testing import CliRunner, Result

from cli import main
from optimizer.incentives.plan import Bonus, Cap, Commission, Guarantee, Plan
from optimizer.stress.factors import REPLICATES
from optimizer.stress.measures import TAIL, tail_mean
from optimizer.stress.rules import Spread, StressRules
from optimizer.stress.simulate import simulate
from optimizer.stress.stress import stress_run
from optimizer.tune.lines import cost_lines, excellence, pay_lines
from optimizer.tune.rate import Design, build_design, with_rates
from optimizer.tune.search import build_question, search
from optimizer.tune.tail import Question, tail_cost, tuned
from optimizer.tune.tune import tune_run
from tests.finance_worlds import finance_run
from tests.stress_worlds import (
    BANDS,
    CAP,
    GATE,
    LINE,
    MARGINAL,
    METRICS,
    RETROACTIVE,
    SHAPES,
    exact,
    make_payees,
    make_world,
    tiers,
)

RULES = StressRules(
    seed=5, spreads=(Spread("lognormal", 0.95, 0.25),), company=0.3, region=0.2, metrics=METRICS
)
STRAIGHT = ("marginal", "retroactive", "two blocks", "bands", "line", "team")
JUMP = Bonus(exact(3), "linear", (*LINE.knots[:2], replace(LINE.knots[1], multiplier=exact(1.3))))


def design_of(*plans: Plan, reps: int = 12, most: float = 2.0) -> Design:
    named = tuple(replace(one, name=f"p{place}") for place, one in enumerate(plans))
    world = make_world(named, RULES, make_payees(reps, 3, 2))
    return build_design(world, 0.5, most)


def question_of(design: Design, trials: int, share: float = 1.0) -> Question:
    """Ask for rates within a share of what the worst trials cost today."""
    values = design.present
    lines = cost_lines(design, values, trials)
    question = build_question(design, excellence(design, trials), lines, values, 1.0)
    return replace(question, budget=share * tail_cost(question, values)[0])


def whole_program(question: Question) -> float:
    """Return the most gain by the whole linear program: a row and a variable per trial."""
    number, trials = len(question.gain), len(question.fixed)
    problem = pulp.LpProblem("tune", pulp.LpMaximize)
    scale = question.scale
    low, high = question.low / scale, question.high / scale
    rates = [problem.add_variable(f"r{k}", low[k], high[k]) for k in range(number)]
    edge = problem.add_variable("edge")
    above = [problem.add_variable(f"u{t}", 0) for t in range(trials)]

    def line(weights: np.ndarray) -> pulp.LpAffineExpression:
        return pulp.LpAffineExpression(list(zip(rates, weights * scale, strict=True)))

    problem += line(question.gain)
    for first, second, sign in question.steps:
        problem += sign * (scale[second] * rates[second] - scale[first] * rates[first]) >= 0
    for held, due in zip(question.held, question.due, strict=True):
        problem += line(held) == due
    for trial in range(trials):
        part = line(question.slope[trial]) + float(question.fixed[trial])
        problem += above[trial] >= part - edge
    problem += edge + (1 / (TAIL * trials)) * pulp.lpSum(above) <= question.budget
    assert problem.solve(pulp.HiGHS(msg=False)) == pulp.LpStatusOptimal
    return float(pulp.value(problem.objective))


@pytest.mark.parametrize("share", [0.97, 1.1])
def test_the_answer_is_the_optimum_of_the_whole_program(share: float) -> None:
    first = Plan("", {"role": ("senior",)}, commissions=(MARGINAL,), bonus=BANDS, gates=GATE)
    design = design_of(first, Plan("", commissions=(RETROACTIVE,), bonus=LINE))
    question = question_of(design, 2000 // REPLICATES, share)
    assert len(question.fixed) == 2000
    found = tuned(question)
    assert found.gain == pytest.approx(whole_program(question), rel=1e-6)
    assert found.least is None
    assert found.tail <= question.budget * (1 + 1e-6)
    assert found.gain != pytest.approx(question.gain @ question.present, rel=1e-3)
    for one, other, sign in question.steps:
        assert sign * (found.values[other] - found.values[one]) >= -1e-8
    assert question.held @ found.values == pytest.approx(question.due, rel=1e-6)
    assert (found.values >= question.low).all()
    assert (found.values <= question.high).all()


def test_rates_that_gain_nothing_stay_near_what_they_are() -> None:
    design = design_of(Plan("", commissions=(MARGINAL,)))
    question = question_of(design, 40, 10.0)
    beyond = np.array([0.0, 0.0, 1.0, 0.0])
    found = tuned(replace(question, gain=beyond))
    assert found.values[2] == pytest.approx(question.high[2])
    assert found.values[3] == pytest.approx(max(question.present[3], found.values[2]), rel=1e-6)


def test_an_impossible_budget_is_told_with_the_least_that_works() -> None:
    design = design_of(Plan("", commissions=(MARGINAL,), bonus=BANDS))
    question = question_of(design, 100)
    found = tuned(replace(question, budget=question.budget * 0.1))
    assert found.least is not None
    again = tuned(replace(question, budget=found.least * (1 + 1e-6)))
    assert again.least is None
    assert tuned(replace(question, budget=found.least * (1 - 1e-5))).least is not None


@pytest.mark.parametrize("shape", STRAIGHT)
def test_lines_are_the_cost_at_any_rates(shape: str) -> None:
    design = design_of(SHAPES[shape])
    assert design.is_straight
    lines = cost_lines(design, design.present, 40)
    other = design.present * np.linspace(0.6, 1.7, len(design.present))
    for values in (design.present, other):
        paid = simulate(with_rates(design, values), 40).total.ravel()
        assert lines.at(values) == pytest.approx(paid, rel=1e-5)


@pytest.mark.parametrize(
    "bent",
    [
        Plan("", commissions=(MARGINAL,), bonus=BANDS, gates=GATE, cap=CAP),
        Plan("", commissions=(MARGINAL,), bonus=LINE, guarantee=Guarantee(exact(2.5), 9)),
        SHAPES["rank"],
        SHAPES["progress"],
        Plan("", bonus=JUMP, cap=Cap(amount=exact(3.5))),
    ],
)
def test_lines_touch_cost_where_something_caps_or_lifts_pay(bent: Plan) -> None:
    design = design_of(bent)
    assert not design.is_straight
    values = design.present * 1.1
    lines = cost_lines(design, values, 40)
    assert lines.at(values) == pytest.approx(simulate(with_rates(design, values), 40).total.ravel())
    for place in range(len(values)):
        if not values[place]:
            continue
        step = np.zeros(len(values))
        step[place] = 1e-4 * values[place]
        sides = [simulate(with_rates(design, values + way * step), 40).total for way in (1, -1)]
        change = (sides[0] - sides[1]).sum() / (2 * step[place])
        slope = lines.slope[:, place].sum()
        assert slope == pytest.approx(change, rel=0.02, abs=0.01 * lines.slope.sum())


@pytest.mark.parametrize("share", [0.95, 1.0, 1.1])
@pytest.mark.parametrize("bent", ["cap", "everything"])
def test_bent_rules_keep_the_budget_and_are_never_worse_than_today(bent: str, share: float) -> None:
    plain = Plan("", commissions=(MARGINAL,), bonus=BANDS, cap=Cap(amount=exact(7)))
    full = replace(
        SHAPES["rank"],
        commissions=(MARGINAL,),
        gates=GATE,
        cap=CAP,
        guarantee=Guarantee(exact(1), 2),
    )
    design = design_of(plain if bent == "cap" else full)
    level = excellence(design, 64)
    budget = share * tail_mean(simulate(design.world, 64).total.ravel())
    found = search(design, level, budget, 64)
    assert found.keeps
    tail = tail_mean(simulate(with_rates(design, found.values), 64).total.ravel())
    assert tail == pytest.approx(found.tail, rel=1e-5)
    assert tail <= budget * (1 + 2e-5)

    def pay_at(values: np.ndarray, attainment: float) -> float:
        return float(pay_lines(design, values, np.array([attainment])).at(values)[0])

    assert pay_at(found.values, 1.0) == pytest.approx(pay_at(design.present, 1.0), rel=1e-6)
    if share >= 1:
        assert pay_at(found.values, level[0]) >= pay_at(design.present, level[0])


def test_a_plan_on_the_year_to_date_is_left_as_it_is() -> None:
    design = design_of(replace(SHAPES["year to date"], match={"role": ("senior",)}),
                       Plan("", commissions=(MARGINAL,)))  # fmt: skip
    assert design.left == ("p0",)
    assert {rate.plan for rate in design.rates} == {"p1"}
    lines = cost_lines(design, design.present, 40)
    other = design.present * 1.3
    paid = simulate(with_rates(design, other), 40).total.ravel()
    assert lines.at(other) == pytest.approx(paid, rel=1e-5)


def test_the_point_of_excellence_is_exceeded_by_a_tenth() -> None:
    design = design_of(Plan("", commissions=(MARGINAL,)), reps=60)
    log_spread = np.sqrt(np.log1p(0.25**2))
    tenth = 0.95 * np.exp(-(log_spread**2) / 2 + 1.2815516 * log_spread)
    assert excellence(design, 2000)[0] == pytest.approx(tenth, rel=0.01)


def test_falling_tiers_may_go_on_falling() -> None:
    falling = Commission("marginal", tiers((0.0, 0.02), (1.0, 0.01), (1.2, 0.01)))
    question = question_of(design_of(Plan("", commissions=(falling,))), 40)
    assert question.steps == ((0, 1, -1), (1, 2, 1))
    values = tuned(question).values
    assert values[0] >= values[1]
    assert values[2] >= values[1] - 1e-9


INCENTIVE = """
[[plan]]
name = "people"

[[plan.commission]]
mode = "retroactive"
tiers = [
  { from = 0.0, rate = 0.0 },
  { from = 0.8, rate = 0.01 },
  { from = 1.0, rate = 0.018 },
  { from = 1.2, rate = 0.025 },
]

[plan.bonus]
target_incentive = 1
mode = "linear"
bands = [
  { from = 0.5, multiplier = 0.0 },
  { from = 1.0, multiplier = 1.0 },
  { from = 1.4, multiplier = 2.0 },
]
"""
STRESS = "\n[stress]\ntrials = 1600\nbudget = 40\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finance_run(tmp_path_factory.mktemp("tune"), STRESS, INCENTIVE)


def _tune(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["tune", *map(str, arguments)])


def test_files_say_rates_before_and_after_and_the_overrun(run: Path, tmp_path: Path) -> None:
    done = _tune(run, "--budget", 48, "--json")
    assert done.exit_code == 0, done.output
    kept = json.loads((run / "tune" / "tune.json").read_text(encoding="utf-8"))
    assert (kept["measure"], kept["incentive"]) == ("amount", "incentive.toml")
    shown = json.loads(done.stdout)
    assert {key: shown[key] for key in kept} == kept
    assert kept["budget"] == 48
    assert kept["trials"] == 1600
    assert kept["is_straight"] is True
    after = kept["cost"]["after"]["cvar95"]["value"]
    assert kept["out_of_sample_overrun"] == pytest.approx(after / 48 - 1)
    assert kept["in_sample_cvar95"] == pytest.approx(48, rel=1e-4)
    pay = kept["pay"][0]
    assert pay["at_target_after"] == pytest.approx(pay["at_target_before"], rel=1e-4)
    assert pay["at_excellence_after"] > pay["at_excellence_before"]
    # The rules written are paid as was said: on the same fresh trials, and tuning again stays.
    tuned_file = run / "tune" / "incentive.toml"
    seed = kept["seed"] + 1
    stressed = stress_run(run, incentive=tuned_file, seed=seed)
    assert stressed.figures["cvar95"].value == pytest.approx(after)
    written = tomllib.loads(tuned_file.read_text(encoding="utf-8"))
    rates = [tier["rate"] for tier in written["plan"][0]["commission"][0]["tiers"]]
    rates += [band["multiplier"] for band in written["plan"][0]["bonus"]["bands"]]
    assert rates == [rate["after"] for rate in kept["rates"]]
    assert _tune(run, "--budget", 48, "--out", tmp_path / "again").exit_code == 0
    for path in sorted((tmp_path / "again").iterdir()):
        assert path.read_bytes() == (run / "tune" / path.name).read_bytes(), path.name


def test_the_budget_of_the_scenario_is_the_default(run: Path) -> None:
    assert tune_run(run).budget == 40


def test_the_least_budget_that_is_named_is_enough(run: Path, tmp_path: Path) -> None:
    told = _tune(run, "--budget", "2")
    words = re.search(r"the least is ([\d,.]+)\. Name", told.stderr)
    assert words is not None, told.stderr
    least = float(words[1].replace(",", ""))
    done = _tune(run, "--budget", least, "--out", tmp_path / "least")
    assert done.exit_code == 0, done.stderr
    assert _tune(run, "--budget", least * (1 - 2e-5)).exit_code == 2


def test_the_summary_says_what_a_planner_asks(run: Path, tmp_path: Path) -> None:
    said = _tune(run, "--out", tmp_path / "said")
    for words in ("before", "bounds", "which a tenth exceed", "on fresh trials", "probability"):
        assert words in said.stdout, said.output
    assert "note: assumed attainment" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "there is no such run folder"),
        (("{run}", "--budget", "0"), "name a budget above 0"),
        (("{run}", "--budget", "2"), "the least is"),
        (("{run}", "--least", "1.5"), "--least lies between 0 and 1"),
        (("{run}", "--trials", "0"), "--trials is at least 1"),
        (("{run}", "--out", "{run}"), "holds no earlier 'tune' run"),
    ],
)
def test_mistakes_are_told_in_words(run: Path, arguments: tuple[str, ...], words: str) -> None:
    done = _tune(*(text.format(run=run) for text in arguments))
    assert done.exit_code == 2, done.output
    assert words in done.stderr
