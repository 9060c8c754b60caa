"""The bound that prices prove, against a Lagrangian that is written down rule by rule.

The rules are put as sums of amounts over cells and reps; L is evaluated at nothing and at one
unit of each amount, and its least is taken amount by amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product as every
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from verify_edits import WORLDS, inexact
from verify_plans import Draft

from optimizer.verify.cube import inside
from optimizer.verify.failures import Failure
from optimizer.verify.prices import read_prices
from optimizer.verify.proof import (
    Prover,
    _check_bound,
    _check_most,
    _check_status,
    _check_whole,
    _moved_by_rounding,
    _unfairness,
    check_proof,
)

MOST = {"placed": 3600.0, "street": 3960.0}
COLUMNS = ["step", "kind", "side", "period", "region", "product", "rep"]


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Draft]:
    folder = tmp_path_factory.mktemp("plans")
    return {name: make(folder / name) for name, make in WORLDS.items()}


def said(failures: Iterable[Failure]) -> list[str]:
    """Return failures as: where | what should be there | what is."""
    return [" | ".join((one.where, one.expected, one.found)) for one in failures]


def prices(rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=[*COLUMNS, "price"]).astype({"price": float})


RULES = {
    "company": """goal equal * * * *
period_share min 2024Q1 * * *
period_share max 2024Q2 * * *
product_share min * * Twin *
region_share max * East * *
region_share min * Coast * *
share max 2024Q2 * Twin *
potential max 2024Q1 South Twin *
potential max 2024Q2 West * *
coverage min 2024Q1 East * *
coverage max 2024Q2 South * *
lock equal 2024Q1 East Twin *
lock equal 2024Q2 West * Hal
year min * West * Hal
year max * West * Hal
placed min * * * *
street min * * * *""",
    "regional": """goal equal * * * *
region_share min * North * *
period_share max 2024H1 * * *
potential max 2024H1 North * *
potential max * South * *
placed min * * * *""",
    "by_effort": """goal equal * * * *
product_share max * * Heavy *
coverage min 2024Q1 East * *
coverage max 2024Q3 East * *
year max * East * Ann
year max * East * Bob
placed min * * * *
street min * * * *""",
}


def some_prices(world: str, seed: int) -> pd.DataFrame:
    """Return random prices of the fairness step, and a few of the others."""
    rng = np.random.default_rng(seed)
    rows = []
    for line in RULES[world].splitlines():
        for step in ("gap", "cover", "fairness"):
            size = round(float(rng.uniform(0, 0.5)), 3)
            sign = rng.choice([-1, 1]) if " equal " in line else 1
            rows.append((step, *line.split(), sign * size))
    return prices(rows)


class Lagrangian:
    """L of a plan's rules as a function of asked, placed and sold amounts."""

    def __init__(self, draft: Draft, frame: pd.DataFrame, step: str, exact: bool) -> None:
        self.facts, self.step, self.exact = draft.facts, step, exact
        self.rows = frame[frame["step"] == step]
        self.shape = draft.facts.axes.shape
        self.known: dict[tuple[int, int, int], np.ndarray] = {}

    def limit(self, row: Any) -> float:
        facts, kind = self.facts, row.kind
        markets, years, crew = facts.markets, facts.years, facts.crew
        if kind == "potential":
            usable = markets.exact if self.exact else markets.usable
            at = [number for number, where in enumerate(markets.slices()) if where == self.at(row)]
            return float(usable[at].min())
        if kind == "lock":
            rep = -1 if row.rep == "*" else crew.names.index(row.rep)  # type: ignore[union-attr]
            (found,) = [lock.amount for lock in facts.locks if lock.rep == rep]
            return found
        if kind == "year":
            rep = crew.names.index(row.rep)  # type: ignore[union-attr]
            low, high = (
                (years.least, years.exact_high) if self.exact else (years.low, years.high)  # type: ignore[union-attr]
            )
            return float((low if row.side == "min" else high)[rep])
        return facts.ask_total if kind == "goal" else MOST[kind]

    def at(self, row: Any) -> tuple[int, int, int]:
        axes = self.facts.axes
        period = axes.periods.index(row.period) if row.period != "*" else -1
        product = axes.products.index(row.product) if row.product != "*" else -1
        return period, axes.tree.names.index(row.region), product

    def sum(self, cells: np.ndarray, where: tuple[int, int, int]) -> float:
        if where not in self.known:
            self.known[where] = inside(self.facts.axes.tree, self.shape, *where)
        return float(cells[self.known[where]].sum())

    def rule(self, row: Any, ask: np.ndarray, placed: np.ndarray, sold: np.ndarray) -> float:
        """Return g of a rule, which is 0 or must not be below it."""
        facts, where, crew = self.facts, self.at(row), self.facts.crew
        street = np.zeros(self.shape)
        if crew is not None:
            np.add.at(street, crew.leaf, sold)
        low = 1.0 if row.side == "min" else -1.0
        if row.kind == "goal":
            return self.sum(ask, (-1, 0, -1)) - self.limit(row)
        if row.kind in ("region_share", "period_share", "product_share", "share"):
            (band,) = [one for one in facts.bands if (one.kind, one.part) == (row.kind, where)]
            share = band.low if row.side == "min" else band.high
            assert share is not None
            return low * (self.sum(ask, where) - share * self.sum(ask, band.whole))
        if row.kind == "potential":
            return self.limit(row) - self.sum(placed, where)
        if row.kind == "coverage":
            over = 1.0 if row.side == "min" else 1.0 + facts.terms.over_rep
            return low * (self.sum(street, where) - over * self.sum(placed, where))
        if row.kind == "lock" and row.rep == "*":
            return self.sum(placed, where) - self.limit(row)
        if row.kind in ("lock", "year"):
            assert crew is not None
            own = np.zeros_like(sold)
            rep = crew.names.index(row.rep)
            own[rep] = sold[rep]
            cells = np.zeros(self.shape)
            np.add.at(cells, crew.leaf, own)
            apart = self.sum(cells, (where[0], 0, where[2])) - self.limit(row)
            return apart if row.kind == "lock" else low * apart
        if row.kind == "placed":
            return float(placed.sum()) - self.limit(row)
        return float(sold.sum()) - self.limit(row)

    def linear(self, ask: np.ndarray, placed: np.ndarray, sold: np.ndarray) -> float:
        """Return what is not unfairness: −Σ price · g, and what the first two steps earn."""
        earned = {"gap": float(placed.sum()), "cover": float(sold.sum()), "fairness": 0.0}
        rules = (row.price * self.rule(row, ask, placed, sold) for row in self.rows.itertuples())
        return -earned[self.step] - sum(rules)

    def least(self) -> float:
        """Return the least over asked amounts of the goal's total, placed and sold amounts."""
        facts, crew = self.facts, self.facts.crew
        reference, targets = facts.reference.ask, facts.targets
        reps = 0 if crew is None else len(crew.names)
        none = np.zeros(self.shape), np.zeros(self.shape), np.zeros((reps, *self.shape[1:]))
        value = self.linear(*none)
        slopes = [np.zeros_like(one) for one in none]
        for number, slope in enumerate(slopes):
            for cell in np.ndindex(slope.shape):
                unit = [one.copy() for one in none]
                unit[number][cell] = 1.0
                slope[cell] = self.linear(*unit) - value
        ask, placed, sold = slopes
        # What is placed in a cell is asked there too, and all that is asked is the goal: the
        # cheapest cell takes what is not placed anywhere.
        shift = min(0.0, float(ask.min()))
        value += shift * facts.ask_total
        for cell in np.ndindex(self.shape):
            slope, due = placed[cell] + ask[cell] - shift, reference[cell]
            if self.step != "fairness":
                value += min(slope, 0.0) * facts.ask_total if facts.staffed[cell[:2]] else 0.0
            elif not facts.staffed[cell[:2]]:
                value += due
            else:
                best = max(due * (1 - slope / 2), 0.0)
                value += (best - due) ** 2 / due + slope * best
        if crew is None or targets is None:
            return value
        high = crew.exact_high if self.exact else crew.high
        end = (1.0 + facts.terms.over_rep) * facts.ask_total
        for rep, q in np.ndindex(targets.shape):
            due = targets[rep, q]
            if due <= 0.0:
                continue
            lowest = 0.0 if self.exact else crew.low[rep, q]
            costs = [(sold[rep, q, p], crew.effort[p]) for p in range(self.shape[2])
                     if crew.sells[rep, p]]  # fmt: skip
            value += least_of_rep(costs, due, lowest, high[rep, q], end, self.step == "fairness")
        return value


def least_of_rep(
    costs: list[tuple[float, float]],
    due: float,
    low: float,
    capacity: float,
    end: float,
    fair: bool,
) -> float:
    """Return the least of the unfairness and the cost of a target, split over the products."""

    def cost(target: float) -> float:
        away = (target - due) ** 2 / due if fair else 0.0
        found = []
        for (one, heavy), (other, light) in every(costs, costs):
            if heavy * target <= capacity + 1e-9:
                found.append(one * target)
            elif heavy > light and light * target <= capacity + 1e-9:
                part = (capacity - light * target) / (heavy - light)
                found.append(one * part + other * (target - part))
        return away + min(found, default=np.inf)

    last = min(capacity / min(one for _, one in costs), np.inf if fair else end)
    left, right = low, min(last, 1e4 * due)
    for _ in range(60):  # the cost is convex
        third = (right - left) / 3.0
        if cost(left + third) <= cost(right - third):
            right -= third
        else:
            left += third
    return min(cost(low), cost(min(last, 1e4 * due)), cost((left + right) / 2.0))


def absent(draft: Draft) -> Draft:
    """Return the plan where the first rep has nothing to do in the first period."""
    if draft.facts.targets is None:
        return draft
    targets = draft.facts.targets.copy()
    targets[0, 0] = 0.0
    return draft.of(targets=targets)


@pytest.mark.parametrize("step", ["gap", "cover", "fairness"])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("world", WORLDS)
def test_the_bound_is_the_least_of_the_lagrangian(
    drafts: dict[str, Draft], world: str, exact: bool, step: str
) -> None:
    draft = drafts[world]
    if years := draft.facts.years:  # limits of a year that rounding moves
        moved = replace(years, least=years.least + 0.25, most=years.most + 0.75)
        draft = draft.of(years=moved)
    prover = Prover(draft.facts, draft.plan(), MOST)
    for seed in range(5):
        frame = some_prices(world, seed)
        if seed:  # somebody does not work in the first period
            draft = absent(draft)
            prover = Prover(draft.facts, draft.plan(), MOST)
        if world == "regional":
            frame = frame[frame["kind"] != "street"]
        steps, failures = read_prices(draft.facts, frame)
        assert not failures
        due = Lagrangian(draft, frame, step, exact).least()
        found = prover.least(step, steps[step], exact=exact)
        assert found == pytest.approx(due, rel=1e-9, abs=1e-6)


# ---------------------------------------------------------------- rows of prices.csv


@pytest.mark.parametrize(
    ("row", "is_told"),
    [
        ("gap goal equal * * * * -1", False), ("gap goal min * * * * 1", True),
        ("gap goal equal 2024Q1 * * * 1", True), ("gap goal equal * East * * 1", True),
        ("luck goal equal * * * * 1", True), ("gap wish equal * * * * 1", True),
        ("gap goal most * * * * 1", True), ("gap potential max 2024Q2 West * * 1", False),
        ("gap potential max 2024Q2 West * * -1", True), ("gap potential max * West * * 1", True),
        ("gap potential min 2024Q2 West * * 1", True), ("gap potential max 2024Q2 Far * * 1", True),
        ("gap lock equal 2024Q2 West * Hal -2", False), ("gap lock equal 2024Q2 * * Hal 2", False),
        ("gap lock equal 2024Q2 East * Hal 2", False), ("gap lock equal 2024Q1 * * Hal 2", True),
        ("gap lock equal 2024Q1 East Twin * 2", False), ("gap lock equal 2024Q1 East * * 2", True),
        ("gap year max * West * Hal 1", False), ("gap year max * East * Ann 1", True),
        ("gap year max * * * * 1", True), ("gap year max 2024Q1 West * Hal 1", True),
        ("gap share min 2024Q2 * Twin * 1", False), ("gap share min 2024Q1 * Twin * 1", True),
        ("gap product_share min * * Twin * 1", False), ("gap share equal 2024Q2 * Twin * 1", True),
        ("gap placed min * * * * 1", False), ("gap placed max * * * * 1", True),
        ("gap placed min 2024Q1 * * * 1", True), ("gap street min * * * * 1", False),
        ("gap share min 2031Q2 * Twin * 1", True), ("gap share min 2024Q2 * Rope * 1", True),
        ("gap region_share max * Mars * * 1", True), ("gap year min * East * Zoe 1", True),
        ("gap street max * * * * 1", True), ("gap coverage min 2024Q1 East * * 1", False),
        ("gap lock odd 2024Q2 West * Hal 1", True), ("gap year odd * West * Hal 1", True),
        ("gap potential odd 2024Q2 West * * 1", True), ("gap placed odd * * * * 1", True),
        ("gap wish min * West * Hal 1", True), ("gap wish max * West * Hal 1", True),
        ("gap coverage odd 2024Q1 East * * 1", True), ("gap share odd 2024Q2 * Twin * 1", True),
        ("gap coverage equal 2024Q1 East * * 1", True), ("gap year min * East * Ann 1", False),
    ],
)  # fmt: skip
def test_prices_are_of_rules_that_the_scenario_has(
    drafts: dict[str, Draft], row: str, is_told: bool
) -> None:
    sound = ("cover", "goal", "equal", "*", "*", "*", "*", 1.0)
    steps, failures = read_prices(drafts["company"].facts, prices([sound, tuple(row.split())]))
    name, kind, side, *_ = row.split()
    assert [one.where for one in failures] == [f"row 1, {name} {kind} {side}"] * is_told
    assert len(steps["cover"].price) == 1
    assert len(steps["gap"].price) == (0 if is_told else 1)


@pytest.mark.parametrize(
    ("kind", "side"), [("street", "min"), ("coverage", "min"), ("year", "max")]
)
def test_a_regional_plan_has_no_prices_of_people(
    drafts: dict[str, Draft], kind: str, side: str
) -> None:
    row = ("cover", kind, side, "*", "*", "*", "*", 1.0)
    assert len(read_prices(drafts["regional"].facts, prices([row]))[1]) == 1


# ---------------------------------------------------------------- what run.json claims


def test_the_most_is_what_the_prices_prove(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    frame = some_prices("company", 1)
    steps, _ = read_prices(draft.facts, frame)
    prover = Prover(draft.facts, draft.plan(), MOST)
    for step, words in (("gap", "placed"), ("cover", "street")):
        right = -prover.least(step, steps[step])
        for off, is_told in ((3.9e-3, False), (-3.9e-3, False), (4.1e-3, True), (-4.1e-3, True)):
            found = said(_check_most(draft.facts, prover, steps, step, right + off))
            due = [f"proof.{words}_most | {right:.12g} | {right + off:.12g}"]
            assert found == (due if is_told else [])


@pytest.mark.parametrize(
    ("proven", "objective", "bound", "expected"),
    [
        (100, 100, 100, []), (99.9991, 100, 100, []),
        (99.998, 100, 100, ["bound | at most 99.998 | 100"]), (200, 100.0099, 100, []),
        (200, 100.01, 100, []), (200, 99.99, 100, []),
        (200, 100.0101, 100, ["objective | 100 | 100.0101"]), (200, 99.9901, 100, []),
        (200, 99.98, 100, ["objective | 100 | 99.98"]), (0, 3.9e-7, 0, []),
        (0, 4.1e-7, 0, ["objective | 0 | 4.1e-07"]), (-3.9e-8, 0, 0, []),
        (-4.1e-8, 0, 0, ["bound | at most -4.1e-08 | 0"]),
    ],
)  # fmt: skip
def test_a_bound_is_proven_and_near_the_objective(
    drafts: dict[str, Draft], proven: float, objective: float, bound: float, expected: list[str]
) -> None:
    assert said(_check_bound(drafts["company"].facts, proven, objective, bound)) == expected


def test_unfairness_counts_what_is_beyond_the_slack() -> None:
    amount, reference = np.array([12.0, 7.0, 5.0, 9.0]), np.array([10.0, 10.0, 5.0, 0.0])
    assert _unfairness(amount, reference, np.zeros(4)) == pytest.approx(0.4 + 0.9)
    assert _unfairness(amount, reference, np.full(4, 2.0)) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("figures", "most", "expected"),
    [
        ({}, 3600, []),
        ({"objective_rounded": 400.004}, 3600, ["objective_rounded | 400 | 400.004"]),
        ({"objective_rounded": 400.0004}, 3600, []),
        ({"objective_rounded": None}, 3600, ["objective_rounded | 400 | nan"]),
        ({"objective": 388.3}, 3600, []),  # 298² / 300 + 98² / 100 is 392.05
        ({"objective": 388}, 3600, ["all rows | unfairness of about 388 | 400"]),
        ({}, 3613, []), ({}, 3614, ["*, *, *, target | 3614 | 3600"]), ({}, 3599, []),
        ({}, 3598, ["*, *, *, target | 3598 | 3600"]),
    ],
)  # fmt: skip
def test_whole_units_are_as_near_to_the_reference_as_they_can_be(
    drafts: dict[str, Draft], figures: dict[str, Any], most: float, expected: list[str]
) -> None:
    draft = drafts["company"]  # West is empty in the first quarter: 300²/300 + 100²/100
    summary = {"objective": 400.0, "objective_rounded": 400.0, **figures}
    found = said(_check_whole(draft.facts, draft.plan(), summary, float(most)))
    assert found == expected


@pytest.mark.parametrize(("away", "is_told"), [(2, False), (4, False), (5, True)])
def test_rounding_moves_a_target_by_a_few_units_only(
    drafts: dict[str, Draft], away: float, is_told: bool
) -> None:
    # Two units each, and as products differ in effort one more for each of two reps.
    draft, light = drafts["by_effort"], {"period": "2024Q1", "product": "Light"}
    moved = draft.target("target", away, rep="Ann", **light)
    moved = moved.target("target", -away, rep="Bob", **light)
    value = 2 * away**2 / 100
    summary = {"objective": 0.0, "objective_rounded": value}
    found = said(_check_whole(moved.facts, moved.plan(), summary, 800.0))
    assert found == [f"all rows | unfairness of about 0 | {value:.12g}"] * is_told


@pytest.mark.parametrize(("by_effort", "units"), [(True, [4, 3, 2]), (False, [2, 2, 2])])
def test_rounding_moves_a_region_by_two_units_and_one_for_each_rep(
    by_effort: bool, units: list[int]
) -> None:
    crew = SimpleNamespace(by_effort=by_effort, leaf=np.array([0, 0, 1]))
    facts: Any = SimpleNamespace(axes=SimpleNamespace(shape=(3, 1, 1)), crew=crew, unit=0.5)
    assert _moved_by_rounding(facts).tolist() == [one / 2 for one in units]
    facts.crew = None
    assert _moved_by_rounding(facts).tolist() == [1.0] * 3


def test_effort_may_leave_units_over(drafts: dict[str, Draft]) -> None:
    draft = drafts["by_effort"]
    summary = {"objective": 0.0, "objective_rounded": 0.0}
    # Ten units, and one for each of two products of two reps in three periods.
    for most, is_told in ((822.0, False), (823.0, True)):
        found = said(_check_whole(draft.facts, draft.plan(), summary, most))
        assert bool(found) == is_told
        # Whoever does not work leaves nothing over.
        idle = absent(draft)
        found = said(_check_whole(idle.facts, idle.plan(), summary, most - 2.0))
        assert any("*, *, *, target" in one for one in found) == is_told


def test_a_complete_plan_can_place_the_goal(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]  # of West's market, rounding takes off nearly a unit
    exact = draft.facts.markets.usable + 0.9
    draft = draft.of(markets=replace(draft.facts.markets, exact=exact))
    nothing, _ = read_prices(draft.facts, prices([])[:0])
    prover = Prover(draft.facts, draft.plan(), MOST)
    assert said(_check_status(draft.facts, prover, nothing["gap"], {"status": "complete"})) == []
    held = prices([("gap", "goal", "equal", "*", "*", "*", "*", -1.0),
                   ("gap", "potential", "max", "2024Q2", "West", "*", "*", 1.0)])  # fmt: skip
    steps, _ = read_prices(draft.facts, held)
    most = -prover.least("gap", steps["gap"], exact=True)
    for goal, is_told in ((most, False), (most * (1 + 2e-6), True)):
        facts = replace(draft.facts, goal=goal)
        found = said(_check_status(facts, prover, steps["gap"], {"status": "complete"}))
        assert found == ["status | gap | complete"] * is_told
        assert said(_check_status(facts, prover, steps["gap"], {"status": "gap"})) == []


def test_figures_of_the_proof_must_be_there(drafts: dict[str, Draft]) -> None:
    draft = drafts["company"]
    summary = {"objective": 1.0, "bound": True}
    frame, proof = prices([])[:0], {"placed_most": 1}
    found = said(check_proof(draft.facts, draft.plan(), frame, summary, proof))
    assert found == ["street, bound |  | "]


def test_a_loose_reference_is_proven_as_it_is_written(drafts: dict[str, Draft]) -> None:
    draft = inexact(drafts["company"]).roll(
        "reference", 10, period="2024Q1", region="South", team="*", product="MES"
    )
    prover = Prover(draft.facts, draft.plan(), MOST)
    assert prover.ask[1, 0, 0] == 310
    assert prover.targets is not None
    assert prover.targets[3, 0] == pytest.approx(451)


def test_figures_that_prices_prove_are_let_pass(drafts: dict[str, Draft]) -> None:
    draft, plan = drafts["company"], drafts["company"].plan()
    frame = some_prices("company", 5)
    frame = frame[~frame["kind"].isin(["placed", "street"])]
    steps, _ = read_prices(draft.facts, frame)
    prover = Prover(draft.facts, plan, MOST)
    placed, street = (-prover.least(step, steps[step]) for step in ("gap", "cover"))
    bound = prover.least("fairness", steps["fairness"])
    summary = {"objective": bound, "bound": bound, "objective_rounded": 400.0, "status": "gap"}
    proof = {"placed_most": placed, "street_most": street}
    found = said(check_proof(draft.facts, plan, frame, summary, proof))
    # Any prices prove a bound; these are not the best ones, and the plan is not near theirs.
    assert {one.split(" | ")[0] for one in found} <= {"*, *, *, target", "all rows"}
    wrong = {**summary, "bound": bound + abs(bound)}
    found = said(check_proof(draft.facts, plan, frame, wrong, proof))
    assert {"bound", "objective"} <= {one.split(" | ")[0] for one in found}
    found = said(check_proof(draft.facts, plan, frame, summary, {**proof, "street_most": 1.0}))
    assert f"proof.street_most | {street:.12g} | 1" in found
