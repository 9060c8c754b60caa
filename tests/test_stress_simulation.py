"""Cost of trials: same digits, honest errors, closed form and simulation alike, sums that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from optimizer.domain.scenario import Goal, Scenario, Settings
from optimizer.errors import InputError
from optimizer.stress.calibration import calibrate, past_attainments
from optimizer.stress.closed import build_curves, closed_costs
from optimizer.stress.cost import CLOSED, SIMULATED, CostModel
from optimizer.stress.factors import REPLICATES, draw_factors, stream
from optimizer.stress.gaming import gaming_gain
from optimizer.stress.groups import build_groups
from optimizer.stress.measures import Figure, cost_figures, overrun, reserve, tail_mean
from optimizer.stress.rules import Shock, Spread, StressRules, read_rules
from optimizer.stress.simulate import Turn, simulate
from optimizer.stress.sobol import MOST_DIMENSIONS, sobol_points
from optimizer.stress.whole import averaged
from optimizer.stress.world import World
from optimizer.workers.here import on_this_machine
from tests.stress_worlds import FUND, METRICS, SHAPES, make_payees, make_world

RULES = StressRules(trials=1600, seed=11, metrics=METRICS, spreads=(Spread(mean=0.95, cv=0.3),))
SHOCK = Shock("rival", 0.7, 0.2, {"region": ("R00",)})


def agree(one: Figure, other: Figure, widths: float = 4.0) -> bool:
    error = float(np.hypot(one.standard_error, other.standard_error))
    return abs(one.value - other.value) <= widths * error


def test_sobol_points_cover_every_dimension_evenly() -> None:
    for seed in (1, 2):
        points = sobol_points(256, MOST_DIMENSIONS, stream(seed, 0))
        for column in points.T:
            assert sorted((column * 256).astype(int)) == list(range(256))
    # Two dimensions: one point in each box of 1/16 × 1/16.
    pair = (points[:, :2] * 16).astype(int)
    assert len({tuple(box) for box in pair.tolist()}) == 256


def test_sobol_points_integrate_better_than_chance() -> None:
    def mean(points: np.ndarray) -> float:
        return float(np.prod(1 + (points - 0.5) / 2, axis=1).mean())

    errors = [mean(sobol_points(1024, 8, stream(seed, 3))) - 1 for seed in range(10)]
    plain = [mean(stream(seed, 4).random((1024, 8))) - 1 for seed in range(10)]
    assert np.std(errors) < np.std(plain) / 20


def test_factors_are_standard_normal_and_shocks_as_likely_as_said() -> None:
    size = np.array([1.0, 5.0, 2.0])
    found = [draw_factors(3, one, 512, 2, size, np.array([0.1, 0.0])) for one in range(16)]
    company = np.concatenate([one.company for one in found])
    region = np.concatenate([one.region for one in found]).reshape(len(company), -1)
    every = np.column_stack([company, region, np.concatenate([one.own for one in found])])
    assert every.mean(axis=0) == pytest.approx(np.zeros(every.shape[1]), abs=0.01)
    assert np.cov(every.T) == pytest.approx(np.eye(every.shape[1]), abs=0.04)
    struck = np.concatenate([one.struck for one in found])
    assert struck.mean(axis=0) == pytest.approx([0.1, 0.0], abs=0.002)


@pytest.mark.parametrize("name", ["core", "rank", "progress", "team", "year to date"])
def test_same_digits_for_any_block_and_workers(name: str) -> None:
    world = make_world(SHAPES[name], RULES, make_payees(40, 3, periods=2), (FUND,))
    groups = build_groups(world, REPLICATES)
    plain = simulate(world, 25, groups=groups)
    for other in (simulate(world, 25, groups=groups, cells=40 * 7), simulate(world, 25, cells=1)):
        assert np.array_equal(other.total, plain.total)
    assert np.array_equal(simulate(world, 25, groups=groups, cells=300).detail, plain.detail)


def test_two_workers_find_the_same_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(SHAPES["rank"], RULES, make_payees(20, 2))
    alone = simulate(world, 20)
    numbers = []
    monkeypatch.setattr(
        "optimizer.stress.simulate.on_this_machine",
        lambda number: numbers.append(number) or on_this_machine(number),
    )
    assert np.array_equal(simulate(world, 20, workers=2).total, alone.total)
    assert numbers.pop() == 1, "so little is done at once"
    monkeypatch.setattr("optimizer.stress.simulate.WORTH_PROCESSES", 20 * REPLICATES * 20)
    assert np.array_equal(simulate(world, 20, workers=2).total, alone.total)
    assert numbers.pop() == 2


@pytest.mark.parametrize(
    "name", ["marginal", "retroactive", "two blocks", "bands", "line", "core", "guarantee"]
)
def test_closed_form_and_simulation_agree(name: str) -> None:
    rules = replace(RULES, shocks=(SHOCK,), seed=5)
    world = make_world(SHAPES[name], rules, make_payees(160, 3, periods=2))
    closed = cost_figures(closed_costs(world, build_curves(world, world.paying), 1024).total)
    plain = cost_figures(simulate(world, 300).total)
    for figure in ("mean", "sd", "p5", "p50", "p95", "cvar95"):
        assert agree(closed[figure], plain[figure]), figure
    assert closed["mean"].standard_error < plain["mean"].standard_error


@pytest.mark.parametrize("region", [0.0, 0.3])
def test_many_regions_as_one_change_nothing(region: float) -> None:
    rules = replace(RULES, region=region, shocks=(SHOCK,))
    world = make_world(SHAPES["retroactive"], rules, make_payees(300, 10))
    curves = build_curves(world, world.paying)
    apart = cost_figures(closed_costs(world, curves, 4096).total)
    together = cost_figures(closed_costs(world, averaged(world, curves), 4096).total)
    for figure in ("mean", "sd", "p5", "p50", "p95", "p99", "cvar95"):
        assert agree(apart[figure], together[figure]), figure
        assert together[figure].value == pytest.approx(apart[figure].value, rel=5e-3)


def test_without_anything_in_common_the_sum_keeps_its_skew() -> None:
    rules = replace(RULES, company=0.0, region=0.0)
    world = make_world(SHAPES["retroactive"], rules, make_payees(300, 2))
    closed = closed_costs(world, build_curves(world, world.paying), 4096).total
    plain = simulate(world, 1500).total
    skew = [float(((one - one.mean()) ** 3).mean() / one.std() ** 3) for one in (closed, plain)]
    assert skew[0] == pytest.approx(skew[1], abs=0.05)
    assert skew[0] > 0.02
    assert agree(cost_figures(closed)["p95"], cost_figures(plain)["p95"])


def test_plans_with_and_without_closed_form_share_their_factors() -> None:
    payees = make_payees(400, 2)
    plans = (
        replace(SHAPES["marginal"], name="many", match={"role": ("senior",)}),
        replace(SHAPES["rank"], name="best"),
    )
    rules = replace(RULES, trials=6400)
    world = make_world(plans, rules, make_payees(460, 2), ())
    model = CostModel(world)
    assert model.methods == {"many": CLOSED, "best": SIMULATED}
    mixed, plain = cost_figures(model.costs()), cost_figures(simulate(world, 400).total)
    for figure in ("mean", "sd", "p5", "p95"):
        assert agree(mixed[figure], plain[figure]), figure
    pooled = CostModel(make_world(plans, rules, payees, (FUND,)))
    assert pooled.methods == {"many": SIMULATED, "best": SIMULATED, "fund": SIMULATED}


@pytest.mark.parametrize("model", ["lognormal", "gamma"])
def test_attainments_have_the_mean_spread_and_correlation_that_were_asked_for(model: str) -> None:
    rules = replace(RULES, spreads=(Spread(model, 0.9, 0.4),), company=0.3, region=0.2)
    world = make_world(SHAPES["marginal"], rules, make_payees(40, 4))
    found = attained(world, 200)
    assert found.mean() == pytest.approx(0.9, rel=0.02)
    assert found.std() / found.mean() == pytest.approx(0.4, rel=0.03)
    if model == "lognormal":
        together = np.corrcoef(np.log(found).T)
        same = world.region[:, None] == world.region
        others = ~np.eye(40, dtype=bool)
        assert together[~same].mean() == pytest.approx(0.3, abs=0.03)
        assert together[same & others].mean() == pytest.approx(0.5, abs=0.03)


def attained(world: World, trials: int) -> np.ndarray:
    """Return attainments, (set × trial, rep): what a plan of 1 per sale pays, by target."""
    from optimizer.stress.simulate import attainments, factors_of

    tables = []
    for replicate in range(REPLICATES):
        factors = factors_of(world, replicate, trials, Turn())
        own = stream(1, replicate, 99).standard_normal((trials, len(world.region)))
        tables.append(attainments(world, factors, 0, slice(0, trials), own))
    return np.concatenate(tables)


def test_history_draws_what_was_and_nothing_else() -> None:
    payees = make_payees(10, 2)
    past = pd.Series([0.5, 1.0, 1.0, 1.2], index=["S00000", "S00001", "S00002", "S00003"])
    rules = replace(RULES, spreads=(Spread("history", None),))
    world = build_with_past(payees, rules, past)
    found = attained(world, 200)
    values, counts = np.unique(found, return_counts=True)
    assert values.tolist() == [0.5, 1.0, 1.2]
    assert counts / found.size == pytest.approx([0.25, 0.5, 0.25], abs=0.02)
    with pytest.raises(InputError, match="finds no past"):
        build_with_past(payees, rules, None)


def build_with_past(payees: object, rules: StressRules, past: pd.Series | None) -> World:
    from optimizer.incentives.plan import IncentivePlan
    from optimizer.stress.payees import Payees
    from optimizer.stress.world import build_world

    assert isinstance(payees, Payees)
    return build_world(payees, IncentivePlan((SHAPES["marginal"],)), rules, {}, past)


def test_the_first_spread_that_matches_counts() -> None:
    newcomers = Spread(mean=0.5, cv=0.1, match={"role": ("newcomer",)})
    rules = replace(RULES, spreads=(newcomers, Spread(mean=1.0, cv=0.2)))
    world = make_world(SHAPES["marginal"], rules, make_payees(9, 1))
    is_new = world.payees.labels("role") == "newcomer"
    assert world.laws.means() == pytest.approx(np.where(is_new, 0.5, 1.0))
    wrong = replace(rules, spreads=(replace(newcomers, match={"role": ("boss",)}), Spread()))
    with pytest.raises(InputError, match="nobody has role boss"):
        make_world(SHAPES["marginal"], wrong, make_payees(9, 1))


def test_costs_by_group_add_up_to_the_mean() -> None:
    world = make_world(SHAPES["core"], RULES, make_payees(60, 3), (FUND,))
    model = CostModel(world)
    mean = cost_figures(model.costs())["mean"]
    by, errors = model.by_group(mean)
    assert list(by.columns) == ["dimension", "name", "mean", "p50", "p95", "share"]
    for dimension in ("region", "team", "role", "plan", "component"):
        own = by[by["dimension"] == dimension]
        assert own["mean"].sum() == pytest.approx(mean.value, rel=1e-5)
        assert own["share"].sum() == pytest.approx(1, rel=1e-5)
    paid = by[(by["dimension"] == "component") & by["name"].isin(["commission", "bonus"])]
    tiers = by[by["dimension"] == "tier"]
    assert tiers["mean"].sum() == pytest.approx(paid["mean"].sum(), rel=1e-5)
    assert (errors["mean"] >= 0).all() and errors["mean"].sum() > 0


@pytest.mark.parametrize("name", ["marginal", "rank"])
def test_variance_splits_into_company_regions_and_individuals(name: str) -> None:
    whole = {}
    for company, region in ((0.6, 0.0), (0.0, 0.6), (0.0, 0.0)):
        rules = replace(RULES, company=company, region=region, trials=4000)
        model = CostModel(make_world(SHAPES[name], rules, make_payees(300, 4)))
        found = model.variance()
        total = model.costs().var()
        error = 4 * sum(one.standard_error for one in found.values()) + 0.1 * total
        assert sum(one.value for one in found.values()) == pytest.approx(total, abs=error)
        whole[company, region] = max(found, key=lambda key: found[key].value)
    assert list(whole.values()) == ["company", "region", "individual"]


def test_a_shock_moves_the_mean_by_its_chance() -> None:
    payees = make_payees(300, 3)
    plan = SHAPES["marginal"]
    calm = CostModel(make_world(plan, replace(RULES, trials=8000), payees))
    mean = cost_figures(calm.costs())["mean"]
    rules = replace(RULES, trials=8000, shocks=(SHOCK, replace(SHOCK, name="if", probability=None)))
    model = CostModel(make_world(plan, rules, payees))
    risky = cost_figures(model.costs())["mean"]
    table = model.by_shock(risky).set_index("name")
    assert table.loc["if", "change"] < 0
    # Certain against a chance of one in five: four fifths of the fall are still to come.
    fall = mean.value - risky.value
    assert -table.loc["rival", "change"] == pytest.approx(4 * fall, rel=0.1)
    assert pd.isna(table.loc["if", "probability"])


def test_figures_with_a_shock_scatter_as_their_errors_say() -> None:
    payees, names = make_payees(20, 2), ("mean", "p50", "p95", "cvar95", "change")
    told = []
    for seed in range(40):
        rules = replace(RULES, seed=seed, trials=512, shocks=(SHOCK,))
        model = CostModel(make_world(SHAPES["rank"], rules, payees))
        told.append(model.by_shock(cost_figures(model.costs())["mean"]).iloc[0])
    table = pd.DataFrame(told)
    for name in names:
        stated = np.sqrt((table[f"{name}_error"].astype(float) ** 2).mean())
        assert stated == pytest.approx(table[name].astype(float).std(), rel=0.4), name


def test_figures_of_known_numbers() -> None:
    sets = np.tile(np.arange(1.0, 101.0), (4, 1))
    found = cost_figures(sets)
    assert found["mean"].value == 50.5
    assert found["p50"].value == 50.5
    assert all(one.standard_error == 0 for name, one in found.items())
    assert tail_mean(np.arange(1.0, 101.0)) == pytest.approx(98.0, abs=0.06)
    assert overrun(sets, 90).value == pytest.approx(0.1)
    assert reserve(sets).value == pytest.approx(found["p90"].value - 50.5)


def test_shifting_deals_pays_only_where_there_is_a_cliff() -> None:
    payees = make_payees(20, 2, periods=2)
    flat = replace(SHAPES["marginal"], commissions=(SHAPES["marginal"].commissions[0],))
    gain = {
        name: gaming_gain(make_world(plan, RULES, payees))
        for name, plan in (("bands", SHAPES["bands"]), ("flat", flat))
    }
    assert gain["bands"] is not None and gain["flat"] is not None
    assert gain["bands"].value > 5 * gain["flat"].value > 0
    assert gaming_gain(make_world(SHAPES["team"], RULES, payees)) is None


def test_calibration_finds_what_history_was_made_with() -> None:
    random = np.random.default_rng(8)
    payees = make_payees(60, 6)
    spread, periods = 0.3, [f"2020-{month:02d}" for month in range(1, 13)] * 2
    rows = []
    for place, _ in enumerate(periods):
        company, region = random.normal(size=1), random.normal(size=6)[payees.order % 6]
        region = region[np.sort(payees.order % 6)]
        own = random.normal(size=60)
        logs = spread * (np.sqrt(0.3) * company + np.sqrt(0.2) * region + np.sqrt(0.5) * own)
        rows += [
            {"period": str(place), "rep": rep, "metric": "attainment", "value": value}
            for rep, value in zip(payees.labels("rep"), 0.9 * np.exp(logs), strict=True)
        ]
    table = pd.DataFrame(rows)
    people = payees.people
    scenario = Scenario(Settings("w", ("a",), Goal(1.0)), {"people": people, "metrics": table})
    found = calibrate(scenario)
    assert (found.source, found.periods, found.reps) == ("attainment", 24, 60)
    for one, true in ((found.cv, 0.307), (found.company, 0.3), (found.region, 0.2)):
        assert abs(one.value - true) < 3.5 * one.standard_error
        assert one.standard_error < 0.12
    past = past_attainments(scenario)
    assert past is not None and len(past) == 24 * 60
    amounts = table.rename(columns={"value": "amount"}).drop(columns="metric")
    amounts["amount"] *= amounts["rep"].map(dict.fromkeys(people["rep"], 50.0))
    by_amount = calibrate(
        Scenario(Settings("w", ("a",), Goal(1.0)), {"people": people, "history": amounts})
    )
    assert by_amount.mean is None
    assert by_amount.cv.value == pytest.approx(found.cv.value, rel=0.1)
    few = Scenario(Settings("w", ("a",), Goal(1.0)), {"people": people})
    with pytest.raises(InputError, match="at least 3 past periods"):
        calibrate(few)


def test_what_is_not_said_is_assumed_and_told() -> None:
    settings = Settings("w", ("a",), Goal(1.0), seed=9)
    found = read_rules(settings)
    assert (found.trials, found.seed, len(found.assumed)) == (10_000, 9, 2)
    given = {
        "trials": 50, "budget": 7, "correlation": {"company": 0.4},
        "attainment": {"model": "history"},
        "by": [{"match": {"role": "newcomer"}, "attainment": {"mean": 0.7, "cv": 0.4}}],
        "shock": [{"name": "x", "factor": 0.5, "match": {"region": ["A", "B"]}}],
    }  # fmt: skip
    found = read_rules(replace(settings, other={"stress": given}))
    assert (found.company, found.region, found.assumed) == (0.4, 0.0, ())
    assert [spread.mean for spread in found.spreads] == [0.7, None]
    assert found.shocks == (Shock("x", 0.5, None, {"region": ("A", "B")}),)
    for wrong, words in (
        ({"shock": [{"name": "x"}]}, "no factor"),
        ({"shock": given["shock"] * 2}, "are named x"),
    ):  # type: ignore[operator]
        with pytest.raises(InputError, match=words):
            read_rules(replace(settings, other={"stress": wrong}))
