"""Check 8: the proof that no plan is better, worked out again from the stored prices.

With every rule written g ≥ 0 (price ≥ 0) or g = 0 (any price), the least value of
L = objective − Σ price · g is a lower bound of the objective over all plans, whatever the
prices are. L splits into single cells and rep-periods, so its least value has a closed form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.verify.check_reference import reference_cells, rep_references
from optimizer.verify.cube import Floats, spread
from optimizer.verify.effort import least_part, pieces_of
from optimizer.verify.facts import Facts
from optimizer.verify.failures import Failure, fault, show
from optimizer.verify.prices import CHECK, FILE, Rules, Weights, read_prices, weigh
from optimizer.verify.written import Plan

KEPT = 2e-9
"""How much of the ask the fairest plan may place less than the most: a solver's last digits."""

SOLVED = 1e-6
"""Relative tolerance of the two linear steps: what a solver leaves."""
CERTIFIED = 1e-4
FLOOR_OF_GAP = 1e-6
"""Below this part of the goal, F counts as this part when the gap is made relative."""


def check_proof(
    facts: Facts, plan: Plan, frame: pd.DataFrame, summary: Mapping[str, Any],
    proof: Mapping[str, Any],
) -> Iterator[Failure]:  # fmt: skip
    """Yield prices that are wrong and bounds that they do not prove."""
    steps, failures = read_prices(facts, frame)
    yield from failures
    most = {name: _number(proof, f"{name}_most") for name in ("placed", "street")}
    objective, bound = _number(summary, "objective"), _number(summary, "bound")
    figures = {**most, "objective": objective, "bound": bound}
    unknown = [key for key, value in figures.items() if np.isnan(value)]
    if unknown:
        yield fault(CHECK, "run.json", ", ".join(unknown), "is missing or no number")
        return
    prover = Prover(facts, plan, most)
    yield from _check_most(facts, prover, steps, "gap", most["placed"])
    if facts.crew is not None:
        yield from _check_most(facts, prover, steps, "cover", most["street"])
    yield from _check_bound(facts, prover.least("fairness", steps["fairness"]), objective, bound)
    yield from _check_whole(facts, plan, summary, most["placed"])
    yield from _check_status(facts, prover, steps["gap"], summary)


class Prover:
    """The least value of the Lagrangian of one plan's rules, for any prices."""

    def __init__(self, facts: Facts, plan: Plan, most: Mapping[str, float]) -> None:
        self.facts = facts
        self.most = most
        self.ask = reference_cells(facts, plan)
        self.opened = self.ask > 0.0
        self.carried = self.opened & facts.staffed[:, :, None]
        self.targets = None if facts.crew is None else rep_references(facts, plan)

    def least(self, step: str, rules: Rules, *, exact: bool = False) -> float:
        """Return the bound of a step; `exact` takes limits as they were before rounding."""
        weights = weigh(self.facts, rules, self.most, exact=exact)
        slope, moved = self._placed_slope(weights)
        value = weights.constant + moved + self._cells(step, slope)
        if self.targets is not None:
            value += self._reps(step, weights, exact)
        return value

    def _placed_slope(self, weights: Weights) -> tuple[Floats, float]:
        """Return the slope of each open cell's placed amount, and what the constant takes beside.

        Asking must cost at least 0 in every open cell; where it does not, the goal's price
        is moved until it does, which keeps the bound valid. The slope includes that of the ask.
        """
        tree = self.facts.axes.tree
        cost = spread(weights.ask, tree)
        shift = min(0.0, float(cost[self.opened].min(initial=0.0)))
        slope = np.asarray(spread(weights.placed, tree) + cost - shift, dtype=np.float64)
        return slope, shift * self.facts.ask_total

    def _cells(self, step: str, slope: Floats) -> float:
        slope, reference = slope[self.carried], self.ask[self.carried]
        idle = float(self.ask[self.opened & ~self.carried].sum())
        if step != "fairness":
            slope = slope - (1.0 if step == "gap" else 0.0)
            return float(np.minimum(slope, 0.0).sum() * self.facts.ask_total)
        placed = np.maximum(reference * (1.0 - slope / 2.0), 0.0)
        return idle + float(((placed - reference) ** 2 / reference + slope * placed).sum())

    def _reps(self, step: str, weights: Weights, exact: bool) -> float:
        crew, targets = self.facts.crew, self.targets
        assert crew is not None and targets is not None
        low = np.zeros(targets.shape) if exact else crew.low
        high = crew.exact_high if exact else crew.high
        extra = np.full(len(targets), weights.street + (1.0 if step == "cover" else 0.0))
        np.add.at(extra, *weights.of_year)
        most = np.inf
        if step != "fairness":
            most = (1.0 + self.facts.terms.over_rep) * self.facts.ask_total
        if crew.by_effort:
            return self._reps_by_effort(weights, extra, low, high, most)
        works = targets > 0.0
        worth = (self._worth(weights) + extra[:, None])[works]
        reference, low, high = targets[works], low[works], np.minimum(high[works], most)
        if step != "fairness":
            return -float(np.maximum(worth * low, worth * high).sum())
        target = np.clip(reference * (1.0 + worth / 2.0), low, high)
        return float(((target - reference) ** 2 / reference - worth * target).sum())

    def _reps_by_effort(
        self, weights: Weights, extra: Floats, low: Floats, high: Floats, most: float
    ) -> float:
        """Return the least over targets whose products differ in effort; no F below a `most`."""
        crew, targets = self.facts.crew, self.targets
        assert crew is not None and targets is not None
        value = 0.0
        for members, worth in self._worths(weights):
            allowed = self.opened[crew.leaf[members[0]]] & crew.sells[members[0]]
            for q in np.flatnonzero((targets[members] > 0.0).any(axis=0)):
                here = members[targets[members, q] > 0.0]
                pieces = list(pieces_of(worth[q, allowed[q]], crew.effort[allowed[q]]))
                reference = targets[here, q] if np.isinf(most) else None
                limits = low[here, q], high[here, q], most
                value += float(least_part(pieces, extra[here], *limits, reference).sum())
        return value

    def _worths(self, weights: Weights) -> Iterator[tuple[np.ndarray, Floats]]:
        """Yield groups of reps and what a unit is worth to them, (period, product)."""
        crew = self.facts.crew
        assert crew is not None
        worth, apart = self._sold(weights)
        group, first = crew.groups
        order = np.argsort(group, kind="stable")
        for members in np.split(order, np.searchsorted(group[order], np.arange(1, len(first)))):
            alike = np.array([rep for rep in members if rep not in apart], dtype=np.int64)
            if len(alike):
                yield alike, worth[crew.leaf[alike[0]]]
        for rep, own in apart.items():
            yield np.array([rep], dtype=np.int64), own

    def _worth(self, weights: Weights) -> Floats:
        """Return what a unit of each rep's target is worth, at the best of their products."""
        crew = self.facts.crew
        assert crew is not None
        worth, apart = self._sold(weights)
        group, first = crew.groups
        best = self._best(worth[crew.leaf[first]], first)[group]
        for rep, own in apart.items():
            best[rep] = self._best(own[None], np.array([rep]))[0]
        return best

    def _sold(self, weights: Weights) -> tuple[Floats, dict[int, Floats]]:
        """Return what a unit is worth by region, and for each rep with a lock of their own."""
        crew = self.facts.crew
        assert crew is not None
        worth = spread(weights.sold, self.facts.axes.tree)
        apart: dict[int, Floats] = {}
        locks = weights.of_rep
        columns = (one.tolist() for one in (locks.rep, locks.period, locks.product, locks.price))
        for rep, q, p, price in zip(*columns, strict=True):
            own = apart.setdefault(rep, worth[crew.leaf[rep]].copy())
            own[slice(None) if q < 0 else q, slice(None) if p < 0 else p] += price
        return worth, apart

    def _best(self, worth: Floats, reps: np.ndarray) -> Floats:
        crew = self.facts.crew
        assert crew is not None
        allowed = self.opened[crew.leaf[reps]] & crew.sells[reps][:, None, :]
        best = np.where(allowed, worth, -np.inf).max(axis=2)
        return np.where(np.isfinite(best), best, 0.0)


def _check_most(
    facts: Facts, prover: Prover, steps: Mapping[str, Rules], step: str, claimed: float
) -> Iterator[Failure]:
    words = {"gap": "placed", "cover": "street"}[step]
    proven = -prover.least(step, steps[step])
    if abs(proven - claimed) > SOLVED * max(facts.ask_total, facts.unit):
        yield fault(
            CHECK, "run.json", f"proof.{words}_most",
            f"is not the most that the {step} prices of {FILE} prove", proven, claimed,
        )  # fmt: skip


def _check_bound(facts: Facts, proven: float, objective: float, bound: float) -> Iterator[Failure]:
    scale = max(abs(bound), FLOOR_OF_GAP * facts.goal)
    if not proven >= bound - CERTIFIED / 10.0 * scale:
        yield fault(CHECK, "run.json", "bound", f"is more than the prices of {FILE} prove",
                    f"at most {show(proven)}", bound)  # fmt: skip
    if not abs(objective - bound) <= CERTIFIED * scale * (1.0 + 1e-6):
        yield fault(
            CHECK, "run.json", "objective",
            f"is not within {CERTIFIED:g} of its bound", show(bound), objective,
        )  # fmt: skip


def _check_whole(
    facts: Facts, plan: Plan, summary: Mapping[str, Any], placed_most: float
) -> Iterator[Failure]:
    """Yield what whole units say against the exact plan: unfairness, and amounts left over."""
    target, unit = plan.leaf("target", facts), facts.unit
    ask = reference_cells(facts, plan)
    by_leaf = _moved_by_rounding(facts)
    value = _unfairness(target, ask, np.zeros_like(ask))
    least = _unfairness(target, ask, np.broadcast_to(by_leaf[:, None, None], ask.shape))
    if facts.crew is not None:
        total = plan.rows.by_rep("target")
        targets = rep_references(facts, plan)
        moved = np.broadcast_to(by_leaf[facts.crew.leaf][:, None], targets.shape)
        value += _unfairness(total, targets, np.zeros_like(targets))
        least += _unfairness(total, targets, moved)
    claimed, objective = _number(summary, "objective_rounded"), _number(summary, "objective")
    if not abs(claimed - value) <= 1e-6 * value + 1e-9 * facts.goal:
        yield fault(CHECK, "run.json", "objective_rounded",
                    "is not the unfairness of the written plan", value, claimed)  # fmt: skip
    if least > 1.01 * objective + FLOOR_OF_GAP * facts.goal:
        yield fault(
            CHECK, plan.targets_file, "all rows",
            "the plan is farther from its reference than rounding the best plan explains",
            f"unfairness of about {show(objective)}", value,
        )  # fmt: skip
    placed = float(target.sum())
    lost = max(10.0, 1.0 + float(facts.opened.sum())) * unit + _lost_by_effort(facts)
    lost += KEPT * facts.ask_total
    if placed < placed_most - lost or placed > placed_most * (1.0 + SOLVED) + unit:
        yield fault(CHECK, "rollup.csv", "*, *, *, target",
                    "is not what can be placed", show(placed_most), placed)  # fmt: skip


def _moved_by_rounding(facts: Facts) -> Floats:
    """Return by how much whole units may move a cell, or a rep's total, of each leaf.

    Two units; where products differ in effort, each rep may leave one more to another.
    """
    units = np.full(facts.axes.shape[0], 2.0)
    if facts.crew is not None and facts.crew.by_effort:
        units += np.bincount(facts.crew.leaf, minlength=len(units))
    return units * facts.unit


def _lost_by_effort(facts: Facts) -> float:
    """Return what may be left over where whole units do not use up capacities of effort."""
    if facts.crew is None or facts.targets is None or not facts.crew.by_effort:
        return 0.0
    return float((facts.targets > 0.0).sum()) * len(facts.axes.products) * facts.unit


def _check_status(
    facts: Facts, prover: Prover, rules: Rules, summary: Mapping[str, Any]
) -> Iterator[Failure]:
    most = -prover.least("gap", rules, exact=True)
    if summary.get("status") == "complete" and most < facts.goal * (1.0 - SOLVED):
        yield fault(CHECK, "run.json", "status",
                    f"no plan can place more than {show(most)}", "gap", "complete")  # fmt: skip


def _unfairness(amount: Floats, reference: Floats, slack: Floats) -> float:
    known = reference > 0.0
    away = np.maximum(np.abs(amount - reference)[known] - slack[known], 0.0)
    return float((away**2 / reference[known]).sum())


def _number(values: Mapping[str, Any], key: str) -> float:
    value = values.get(key)
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if usable else float("nan")  # type: ignore[arg-type]
